// What fuse makes of programs for the wasm engine: which nodes go together, what stays apart, and that no bit and no
// error depends on it.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../../src/ops/op_def_library.ts';
import type { SessionOptions } from '../../../src/session/options.ts';
import { expectBits, NUMERIC } from '../kernels/helpers.ts';
import { random } from '../engine/compare.ts';
import { openSession, plain } from '../../support/engines.ts';
import { agree, APART, filled, ph, regions } from '../../support/fusion.ts';
import { findFetchDependence } from '../../support/fetch_sets.ts';
import { Random } from '../../support/random.ts';
import { randomGraph } from '../../support/random_graph.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

const f32 = (shape: readonly number[], from = -1): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i / 7));

describe('regions', () => {
  test('a chain is one step; what others read leaves it', async () => {
    const x = ph('x', [3, 4]);
    const a = tf.tanh(x, { name: 'a' }), b = tf.exp(a, { name: 'b' }), c = tf.multiply(b, a, { name: 'c' });
    expect(await regions([c, b], [x])).toEqual(['a b c']);
    await agree([c, b], [[x, f32([3, 4])]]);
  });
  test('a node of another kind keeps its sides apart', async () => {
    const x = ph('x', [4, 4]);
    const a = tf.tanh(x, { name: 'a' }), m = tf.matmul(a, x, { name: 'm' });
    const b = tf.add(a, m, { name: 'b' }), c = tf.exp(b, { name: 'c' });
    expect(await regions(c, [x])).toEqual(['m b c']); // a with them would wait for m, which waits for a
    await agree([c], [[x, f32([4, 4])]]);
  });
  test('what is used late only is computed late', async () => {
    const x = ph('x', [4, 4]), y = ph('y', [4, 4]);
    const positive = tf.greater(y, 0, 'positive'), m = tf.matmul(x, y, { name: 'm' });
    const out = tf.where(positive, m, tf.negative(m, { name: 'n' }), { name: 'out' });
    expect(await regions(out, [x, y])).toEqual(['m positive n out']);
    await agree([out], [[x, f32([4, 4])], [y, f32([4, 4], -2)]]);
  });
  test('scalars are computed inside; smaller arrays are not', async () => {
    const x = ph('x', [64, 32]), s = ph('s', []), row = ph('row', [32]);
    const scale = tf.divide(1., tf.sqrt(s, { name: 'root' }), { name: 'scale' });
    const shift = tf.exp(tf.negative(row, { name: 'minus' }), { name: 'shift' });
    const y = tf.add(tf.multiply(x, scale, { name: 'scaled' }), shift, { name: 'y' });
    expect(await regions(y, [x, s, row])).toEqual(['minus shift', 'root scale scaled y']);
    await agree([y], [[x, f32([64, 32])], [s, 3], [row, f32([32])]]);
  });
  test('updates join what feeds them', async () => {
    const x = ph('x', [5]);
    const v = new tf.Variable(f32([5]), { name: 'v' });
    const train = new tf.train.AdamOptimizer(0.1).applyGradients([[tf.multiply(x, tf.tanh(x, { name: 't' }), { name: 'g' }), v]]);
    expect((await regions(train, [x])).filter((r) => r.includes('ApplyAdam'))).toEqual(['t g Adam/update_v/ApplyAdam']);
  });
  test('random numbers are drawn once', async () => {
    const r = tf.randomUniform([4], { seed: 3, name: 'r' });
    const a = r.add(1.), b = r.mul(2.);
    expect((await regions([a, b], [])).join(' ')).not.toContain('RandomUniform');
    const [drawn, more, twice] = (await openSession('wasm')).runSync([r, a, b]) as unknown as [tf.NDArray, tf.NDArray, tf.NDArray];
    expect([more, twice].map((v) => v.toArray())).toEqual([[...drawn.data as Float32Array].map((v) => Math.fround(v + 1)), [...drawn.data as Float32Array].map((v) => v * 2)]);
  });
  test('integer division, which can fail, stays apart', async () => {
    const x = ph('x', [4], tf.int32);
    const y = tf.floordiv(tf.multiply(x, 3, { name: 'a' }), tf.add(x, 1, { name: 'b' }), { name: 'd' });
    expect(await regions(y, [x])).toEqual(['a b']);
  });
  test('long chains are cut', async () => {
    const x = ph('x', [4]);
    let y = x;
    for (let i = 0; i < 150; i++) y = y.add(x);
    expect((await regions(y, [x])).map((r) => r.split(' ').length)).toEqual([64, 64, 22]);
    await agree([y], [[x, f32([4])]]);
  });
});

test('the plan prints the nodes of a step', async () => {
  const x = ph('x', [2, 3]);
  const y = tf.nn.relu(tf.add(x, 1., { name: 'a' }), { name: 'y' });
  expect(String((await openSession('wasm')).explain(y, [x]))).toMatchInlineSnapshot(`
    "plan y:0  engine=wasm  mode=exact  threads=1  peak=24B  area=128B  (3 nodes -> 3 steps)
     %1:float[] = const 1                               # a/y
     %0:float[2,3] = feed x:0                           # x
     %3 = fused (%0, %1) of 2 nodes, %3 in place of %0
       %2:float[2,3] = Add(%0, %1)                      # a
       %3:float[2,3] = Relu(%2)                         # y
     fetch y:0 %3                                       # y
     free %3"
  `);
});

test('shapes that come with the run', async () => {
  const x = ph('x', [null, 3]), y = ph('y', [null, 3]);
  const z = tf.tanh(tf.add(x, y, { name: 'sum' }), { name: 'z' });
  const sess = await openSession('wasm');
  for (let n = 1; n < 14; n++) expect(plain(sess.runSync(z, [[x, f32([n, 3])], [y, f32([1, 3])]])), `${n} rows`).toEqual(plain((await openSession('reference')).runSync(z, [[x, f32([n, 3])], [y, f32([1, 3])]])));
  // More shapes than get plans of their own: sizes that do not fit are the node's error.
  expect(() => sess.runSync(z, [[x, f32([4, 3])], [y, f32([2, 3])]])).toThrow(/^Incompatible shapes: \[4,3\] vs\. \[2,3\]\n\t \[\[node sum /);
  expect(plain(sess.runSync(z, [[x, f32([4, 3])], [y, f32([4, 3])]]))).toEqual(plain((await openSession('reference')).runSync(z, [[x, f32([4, 3])], [y, f32([4, 3])]])));
});

test('results of several shapes at run time: the nodes run one by one', async () => {
  const x = ph('x', [null, 3]), y = ph('y', [null, 3]);
  const a = tf.tanh(x, { name: 'a' }), b = tf.add(a, y, { name: 'b' });
  const sess = await openSession('wasm');
  for (let n = 1; n < 12; n++) {
    const feeds: tf.Feeds = [[x, f32([1, 3])], [y, f32([n, 3])]];
    expect((sess.runSync([a, b], feeds) as unknown as tf.NDArray[]).map(plain), `${n} rows`).toEqual(((await openSession('reference')).runSync([a, b], feeds) as unknown as tf.NDArray[]).map(plain));
  }
});

test.each([...NUMERIC, 'complex64', 'complex128'])('between nodes an element is what it is in memory: %s', async (name) => {
  const values = [random(name, [41], 1), random(name, [41], 2)], { dtype } = values[0]!;
  const [x, y] = [ph('x', [41], dtype), ph('y', [41], dtype)];
  // TensorFlow has few ops for small and unsigned integers.
  const z = dtype.isInteger && dtype.name !== 'int32' && dtype.name !== 'int64'
    ? op1('BitwiseXor', [dtype.size < 4 ? op1('Mul', [op1('Mul', [x, y]), x]) : op1('Invert', [x]), op1('BitwiseAnd', [x, y])])
    : op1('AddV2', [op1('Mul', [op1('AddV2', [x, y]), op1('Sub', [x, y])]), op1('Square', [y])]);
  const outs = [z, op1('Cast', [op1('Cast', [z], { DstT: tf.float32 })], { DstT: tf.int32 }), ...(dtype.isComplex ? [] : [op1('Select', [op1('Less', [x, y]), z, x])])];
  const run = async (engine: string, options: SessionOptions = {}): Promise<tf.NDArray[]> => (await openSession(engine, options)).runSync(outs, [[x, values[0]!], [y, values[1]!]]) as unknown as tf.NDArray[];
  const want = await run('reference');
  for (const got of [await run('wasm'), await run('wasm', APART)]) got.forEach((g, i) => { expectBits(g, want[i]!); });
});

test('random graphs: fused, unfused and reference agree bit for bit, whatever else is fetched', async () => {
  for (let seed = 301; seed <= 306; seed++) {
    const g = randomGraph(seed);
    const open = async (engine: string, options: SessionOptions = {}): Promise<tf.Session> => { const s = await openSession(engine, { graph: g.graph, ...options }); s.runSync(g.init); return s; };
    const [fused, apart, reference] = [await open('wasm'), await open('wasm', APART), await open('reference')];
    for (const sess of [fused, apart]) {
      expect(findFetchDependence(g, seed, 4, sess), `graph ${seed}`).toBeUndefined();
      sess.runSync(g.init);
    }
    const r = new Random(seed);
    for (let k = 0; k < 4; k++) {
      const fetches = r.sample(g.fetchable, r.between(1, 8));
      const want = reference.runSync(fetches, g.feeds as tf.Feeds);
      expect(fused.runSync(fetches, g.feeds as tf.Feeds), `graph ${seed}, set ${k}`).toEqual(want);
      expect(apart.runSync(fetches, g.feeds as tf.Feeds), `graph ${seed}, set ${k}`).toEqual(want);
    }
  }
});

test.each([[[70_003]], [[37, 130]], [[5, 9, 64]], [[3, 3000, 5]]])('long arithmetic in stages over blocks, shape %j', async (shape) => {
  const n = shape.reduce((a, b) => a * b, 1);
  const x = ph('x', shape), row = ph('row', shape.slice(-1)), s = ph('s', []);
  const scale = tf.exp(s, { name: 'scale' });
  const a = tf.tanh(x.mul(scale).add(row)), b = tf.exp(a), c = tf.log(b.add(a)), d = tf.where(tf.greater(c, a), tf.sigmoid(c), tf.tanh(b));
  await agree([d, b, tf.cast(d.mul(100.), tf.int8)], [[x, new tf.NDArray(tf.float32, shape, new Random(1).floats(n, -2, 2))], [row, f32(shape.slice(-1))], [s, 0.3]]);
});

test.each([[9, 13], [9, 16], [70, 131]])('results lie where inputs lay that nobody reads any more, [%i, %i]', async (rows, cols) => {
  const x = ph('x', [rows, 6]), w = ph('w', [6, cols]), row = ph('row', [cols]);
  const m = tf.cumsum(tf.matmul(x, w), { name: 'm' }), n = tf.cumsum(tf.matmul(x.neg(), w), { name: 'n' });
  const y = tf.add(tf.tanh(tf.exp(tf.tanh(m.add(row)))), n, { name: 'y' }), z = tf.multiply(m, row, { name: 'z' }), last = tf.subtract(tf.log(y), tf.exp(n), { name: 'last' });
  const { steps } = (await openSession('wasm')).explain([y, z, last], [x, w, row]);
  expect(steps.flatMap((s) => (s.kind === 'fused' ? s.takes : [])).length).toBeGreaterThanOrEqual(2);
  const r = new Random(2);
  await agree([y, z, last], [[x, new tf.NDArray(tf.float32, [rows, 6], r.floats(rows * 6))], [w, new tf.NDArray(tf.float32, [6, cols], r.floats(6 * cols))], [row, new tf.NDArray(tf.float32, [cols], r.floats(cols))]]);
});

describe('products that begin a step', () => {
  test.each([[32, 48, 24], [300, 70, 13], [5, 3, 9], [2049, 5, 8], [7, 600, 4]])('matmul, bias, activation, residual, sums: [%i, %i, %i]', async (M, K, N) => {
    const r = new Random(5), x = ph('x', [M, K]), w = ph('w', [K, N]), b = ph('b', [N]), rest = ph('rest', [M, N]);
    const feeds: tf.Feeds = [[x, filled(r, [M, K])], [w, filled(r, [K, N])], [b, filled(r, [N])], [rest, filled(r, [M, N])]];
    const biased = tf.nn.biasAdd(tf.matmul(x, w, { name: 'm' }), b, { name: 'biased' }), h = tf.nn.relu(biased, { name: 'h' }), out = tf.add(h, rest, { name: 'out' });
    const sum = tf.reduceSum(out, 0, { name: 'sum' });
    const names = await regions([out, biased, sum], feeds.map(([t]) => t as tf.Tensor));
    expect(names[0]).toMatch(/^m biased h out/);
    await agree([out, biased, sum], feeds);
    await agree([out], feeds);
    await agree([sum], feeds);
    // Two products for one step, and the sum of all of what one begins.
    await agree([tf.add(tf.matmul(x, w), tf.matmul(rest, tf.reshape(w, [N, K]), false, false).mul(0).at(null, [0, 1]).mul(1).add(b)), tf.reduceSum(tf.tanh(tf.matmul(w, x, true, true)).mul(2))], feeds);
  });
  test.each([[4, 32, 24, 48], [3, 200, 7, 130], [2, 5, 384, 9], [2, 6, 400, 8]])('sums of %i products: [%i, %i, %i]', async (count, M, K, N) => {
    const r = new Random(8), b = ph('b', [N]), feeds: [tf.Tensor, tf.NDArray][] = [[b, filled(r, [N])]];
    const terms = Array.from({ length: count }, (_, i) => {
      const t = i % 2 === 1, x = ph(`x${i}`, t ? [K, M] : [M, K]), w = ph(`w${i}`, t ? [N, K] : [K, N]);
      feeds.push([x, filled(r, t ? [K, M] : [M, K])], [w, filled(r, t ? [N, K] : [K, N])]);
      return tf.matmul(x, w, { transposeA: t, transposeB: t, name: `m${i}` });
    });
    const total = tf.addN(terms, { name: 'total' }), out = tf.nn.relu(total.add(b), { name: 'out' }), sum = tf.reduceSum(total, 0, { name: 'sum' });
    const names = await regions([out], feeds.map(([t]) => t));
    expect(names).toEqual(K <= 384 ? [`${terms.map((t) => t.op.name).join(' ')} total add out`] : ['m0 total add out']);
    await agree([out], feeds);
    await agree([total], feeds);
    await agree([out, total, sum], feeds);
    await agree([out, sum, terms[0]!], feeds);
  });
  test('a factor used again stays packed until it is overwritten', async () => {
    const r = new Random(9), x = ph('x', [8, 80]), y = ph('y', [80, 80]), feeds: tf.Feeds = [[x, filled(r, [8, 80])], [y, filled(r, [80, 80])]];
    const times = (a: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.tanh(tf.matmul(a, w)).mul(0.5), w = tf.cumsum(y, { name: 'w' });
    const m = times(times(times(x, w), w), w), v = tf.tanh(w.mul(0.1).add(tf.reduceSum(m).mul(0)), { name: 'v' });
    const out = times(times(times(m, v), v), tf.transpose(v));
    await agree([out], feeds);
    const sess = await openSession('wasm'), [first, again] = [sess.runSync([out, m], feeds), sess.runSync([out, m], feeds)];
    expect(again).toEqual(first);
    const variable = new tf.Variable(filled(r, [80, 80])), z = times(times(x, variable.value()), variable.value()), update = tf.assign(variable, tf.tanh(variable.value()));
    const trained = await Promise.all(['wasm', 'reference'].map(async (engine) => {
      const s = await openSession(engine);
      s.runSync(variable.initializer);
      return [1, 2, 3].map(() => s.runSync([z, update], feeds));
    }));
    expect(trained[0]).toEqual(trained[1]);
  });
  test('what others read of the product leaves the step too', async () => {
    const x = ph('x', [8, 8]), m = tf.matmul(x, x, { name: 'm' }), y = tf.exp(tf.tanh(m, { name: 'a' }), { name: 'b' }), later = tf.add(tf.matmul(tf.tanh(y), x, { name: 'n' }), m, { name: 'c' });
    expect(await regions([y, m], [x])).toEqual(['m a b']);
    expect(await regions([y, tf.matmul(m, x)], [x])).toEqual(['m a b']);
    expect(await regions([later], [x])).toEqual(['m a b Tanh', 'n c']);
    for (const set of [[y, m], [later], [m, later, y]]) await agree(set, [[x, f32([8, 8])]]);
  });
  test('what reads the product earlier, or parts of it, keeps it apart', async () => {
    const x = ph('x', [8, 8]), m = tf.matmul(x, x, { name: 'm' }), least = tf.reduceMax(tf.matmul(m, m, { name: 'n' })), y = tf.tanh(tf.multiply(m, least, { name: 'a' }), { name: 'b' });
    expect(await regions([y], [x])).toEqual(['a b']);
    const part = tf.exp(tf.add(m, tf.slice(m, [0, 0], [1, 8])));
    expect((await regions([part], [x])).some((s) => s.includes('m'))).toBe(false);
    for (const set of [[y], [part], [m, y, part]]) await agree(set, [[x, f32([8, 8], -0.4)]]);
  });
  test.each([[[3, 9, 8, 4], [3, 3, 4, 8], 1, 'SAME'], [[3, 9, 8, 4], [3, 3, 4, 8], 2, 'SAME'], [[2, 11, 7, 3], [3, 2, 3, 5], 2, 'VALID'], [[5, 16, 16, 8], [1, 1, 8, 8], 1, 'SAME'], [[33, 8, 8, 4], [3, 3, 4, 4], 2, 'SAME'], [[1, 66, 130, 8], [3, 3, 8, 4], 2, 'SAME'], [[4, 8, 7, 16], [3, 3, 16, 16], 2, 'SAME'], [[6, 6, 8, 2], [3, 3, 2, 32], 1, 'SAME'], [[5, 7, 8, 16], [2, 3, 16, 16], 2, 'VALID']] as const)('convolution %j by %j, stride %i, %s: bias, normalisation, gradients', async (xs, fs, stride, padding) => {
    const r = new Random(6), x = ph('x', xs), w = ph('w', fs), b = ph('b', [fs[3]]), feeds: tf.Feeds = [[x, filled(r, xs)], [w, filled(r, fs)], [b, filled(r, [fs[3]])]];
    const h = tf.nn.biasAdd(tf.nn.conv2d(tf.tanh(x), w, [1, stride, stride, 1], padding), b);
    const mean = tf.reduceMean(h, [0, 1, 2]), y = tf.nn.relu(h.sub(mean).mul(tf.rsqrt(tf.reduceMean(tf.square(h.sub(mean)), [0, 1, 2]).add(1e-3))));
    const loss = tf.reduceSum(tf.square(y)), grads = tf.gradients(loss, [x, w, b]) as tf.Tensor[];
    expect((await regions([loss, ...grads], [x, w, b])).filter((s) => s.startsWith('Conv2D ') || s.startsWith('gradients/Conv2D_grad/Conv2DBackpropInput ')).length).toBe(padding === 'SAME' && fs[0] === 1 ? 1 : 2);
    for (const set of xs[0] === 1 ? [[h, grads[1]!]] : [[loss, ...grads], [y, ...grads.slice(1)], [h, y, mean], [h], [tf.nn.relu(h), h.op.inputs[0]!]]) await agree(set, feeds);
  });
  test.each([[[3, 9, 8, 16], [3, 3, 16, 7], 2], [[2, 10, 10, 1], [3, 3, 1, 16], 1], [[2, 7, 6, 3], [2, 3, 3, 5], 1], [[3, 5, 4, 8], [1, 1, 8, 4], 1]] as const)('filter gradients begin what follows, several of one filter as their sum: %j by %j, stride %i', async (xs, fs, stride) => {
    const r = new Random(10), feeds: [tf.Tensor, tf.NDArray][] = [], small = ph('small', fs.slice(3));
    feeds.push([small, filled(r, fs.slice(3))]);
    const terms = [0, 1, 2, 3].map((i) => {
      const shape = [xs[0] + i, ...xs.slice(1)], out = [xs[0] + i, Math.ceil(xs[1] / stride), Math.ceil(xs[2] / stride), fs[3]], x = ph(`x${i}`, shape), dy = ph(`dy${i}`, out);
      feeds.push([x, filled(r, shape)], [dy, filled(r, out)]);
      return tf.nn.conv2dBackpropFilter(x, [...fs], dy, [1, stride, stride, 1], 'SAME', { name: `f${i}` });
    });
    const total = tf.addN(terms.slice(0, 3), { name: 'total' }), out = tf.nn.relu(total.add(small), { name: 'out' }), one = tf.tanh(terms[3]!.mul(0.1), { name: 'one' });
    expect(await Promise.all([out, one].map((t) => regions([t], feeds.map(([x]) => x))))).toEqual([['f0 f1 f2 total add out'], ['f3 mul one']]);
    for (const set of [[out], [total], [one], [out, total, one], [out, terms[1]!, terms[3]!]]) await agree(set, feeds);
  });
  test.each([[4, 8, 8, 1], [3, 33, 40, 1], [5, 7, 9, 2]])('the sum of all of an input gradient, which comes image by image: [%i, %i, %i, %i]', async (n, rows, cols, channels) => {
    const r = new Random(9), dy = ph('dy', [n, Math.ceil(rows / 2), Math.ceil(cols / 2), 4]), w = ph('w', [5, 5, channels, 4]);
    const dx = tf.nn.conv2dBackpropInput([n, rows, cols, channels], w, dy, [1, 2, 2, 1], 'SAME'), y = tf.tanh(dx.mul(0.1)), all = tf.reduceSum(y), bias = op1('BiasAddGrad', [y]);
    const feeds: tf.Feeds = [[dy, filled(r, dy.shape.asList() as number[])], [w, filled(r, [5, 5, channels, 4])]];
    for (const set of [[y, all], [y, bias], [bias], [all]]) await agree(set, feeds);
  });
});

describe('parts are read where they lie', () => {
  test('slices, splits, stacks and transposes', async () => {
    const x = ph('x', [6, 10, 8]), row = ph('row', [4]);
    const [i, j] = tf.split(x, 2, 2) as [tf.Tensor, tf.Tensor], s = tf.slice(x, [0, 2, 3], [6, 10 - 2 - 3, 5], 's');
    const u = tf.unstack(x) as tf.Tensor[], t = tf.transpose(x, [1, 0, 2], { name: 't' }), strided = x.at([1, 5], null, [2, 7]);
    const out = [
      tf.add(tf.sigmoid(i), tf.tanh(j).mul(row), { name: 'gates' }), tf.exp(s, { name: 'es' }), tf.multiply(u[0]!, u[5]!, { name: 'uu' }),
      tf.square(t, { name: 'tt' }), tf.negative(strided, { name: 'st' }), tf.reduceMean(s, [0, 1], { name: 'mean' }), tf.reduceSum(tf.slice(x, [1, 0, 0], [3, -1, -1])),
    ];
    const names = await regions(out, [x, row]);
    expect(names.filter((n) => /^(split .*gates|s es|unstack uu|t tt|strided_slice st|s mean)$/.test(n)).length).toBe(6);
    const feeds: tf.Feeds = [[x, new tf.NDArray(tf.float32, [6, 10, 8], new Random(7).floats(480, -3, 3))], [row, f32([4])]];
    await agree(out, feeds);
    await agree([...out, s, i, u[3]!], feeds);
    for (const f of out) await agree([f], feeds);
  });
  test.each([[[5, 6, 16], [1]], [[5, 6, 24], [0, 1]], [[3, 7, 33], [-2]], [[4, 7, 3], [0]], [[6, 17, 1], [0]], [[70, 128], [0]], [[3, 6, 8], [1]], [[4, 40], [1]]])('what is reversed: %j over %j', async (shape, axes) => {
    const r = new Random(4), x = ph('x', shape), row = ph('row', shape.slice(-1)), v = tf.reverse(x, axes, { name: 'v' }), y = tf.tanh(v.mul(row), { name: 'y' });
    const feeds: tf.Feeds = [[x, filled(r, shape)], [row, filled(r, shape.slice(-1))]], lead = [...shape.keys()].slice(0, -1);
    expect(await regions([y], [x, row])).toEqual([shape.slice(axes.at(-1)! < 0 ? -1 : axes.at(-1)! + 1).reduce((a, b) => a * b, 1) >= 16 ? 'v mul y' : 'mul y']); // short runs are not worth it
    for (const set of [[y], [y.add(x)], [v, y], [tf.reduceSum(y.mul(v), lead)], [tf.nn.softmax(v).mul(v)], [tf.reduceSum(v, lead)], [tf.reduceSum(tf.square(v))], [tf.concat([y, v.add(1.)], shape.length - 1)]]) await agree(set, feeds);
  });
  test('a part whose place comes with the run', async () => {
    const x = ph('x', [4, 8]), at = ph('at', [2], tf.int32), y = tf.tanh(tf.slice(x, at, [2, -1]).mul(2));
    await agree([y], [[x, f32([4, 8])], [at, [1, 3]]]);
  });
  test.each([[[6, 8]], [[3, 5, 12]], [[70, 128]], [[33, 4]], [[1, 4]], [[5, 6]]])('values side by side: %j', async (shape) => {
    const r = new Random(8), n = shape.reduce((a, b) => a * b, 1), last = shape.length - 1;
    const x = ph('x', shape), w = ph('w', [shape[last]!, shape[last]!]), row = ph('row', shape.slice(-1)), middle = ph('middle', [...shape.slice(0, -1), 1]);
    const a = tf.tanh(x.mul(row)), b = tf.exp(a.mul(0.5)), c = tf.sigmoid(b.sub(middle)), all = tf.concat([c, a, b, a], last, 'all');
    const names = await regions([all, b], [x, row, middle]);
    expect(names.some((s) => s.endsWith(' all'))).toBe(shape[last]! % 4 === 0);
    const feeds: tf.Feeds = [[x, new tf.NDArray(tf.float32, shape, r.floats(n, -2, 2))], [row, f32(shape.slice(-1))], [middle, new tf.NDArray(tf.float32, [...shape.slice(0, -1), 1], r.floats(n / shape[last]!))], [w, new tf.NDArray(tf.float32, [shape[last]!, shape[last]!], r.floats(shape[last]! ** 2))]];
    const sums = [tf.reduceSum(b, [...shape.keys()].slice(0, -1)), tf.reduceMean(c, [...shape.keys()].slice(0, -1))];
    const flat = tf.matmul(tf.reshape(x, [-1, shape[last]!]), w), biased = tf.nn.biasAdd(flat, row), beside = tf.concat([tf.nn.relu(biased), biased], 1), narrow = tf.concat([tf.cast(a.mul(9), tf.int8), tf.cast(b, tf.int8)], last);
    const crossed = tf.concat([a.add(tf.reduceSum(x, 0, { keepdims: true })), a], last);
    for (const set of [[all], [crossed], [all, b], [all, ...sums, a], [beside], [beside, biased], [narrow, all], [tf.reduceSum(b), all]]) await agree(set, feeds);
  });
  test('a part of what the step makes is not read in it', async () => {
    const x = ph('x', [4, 8]), a = tf.tanh(x, { name: 'a' }), first = tf.slice(a, [0, 0], [1, 8], 'first'), b = tf.add(a, first, { name: 'b' });
    expect(await regions(b, [x])).toEqual(['first b']);
    await agree([b], [[x, f32([4, 8])]]);
    await agree([b, a, first], [[x, f32([4, 8])]]);
  });
});

test.each([[[2500, 33], [0]], [[3000, 8], [0]], [[70_001], [0]], [[3, 1100, 8], [0, 1]], [[1024, 4], [0]], [[2049, 5], [0]], [[41, 6], [0, 1]], [[2, 3, 1, 4], [0, 1, -2]]])('sums end a step: %j over %j', async (shape, axes) => {
  const n = shape.reduce((a, b) => a * b, 1), r = new Random(3);
  const x = ph('x', shape), row = ph('row', shape.slice(-1));
  const y = tf.tanh(x, { name: 'y' }), z = tf.multiply(y, row, { name: 'z' });
  const sums = [tf.reduceSum(z, axes, { name: 's' }), tf.reduceMean(tf.square(z, { name: 'q' }), axes, { keepdims: true, name: 'm' }), tf.reduceSum(y, axes, { name: 't' })];
  const names = await regions([...sums, z], [x, row]);
  if (shape.length > 1) expect(names).toEqual(['y z q s m t']);
  const feeds: tf.Feeds = [[x, new tf.NDArray(tf.float32, shape, r.floats(n, -3, 3))], [row, new tf.NDArray(tf.float32, shape.slice(-1), r.floats(shape.at(-1)!))]];
  await agree([...sums, z], feeds);
  await agree(sums.slice(0, 2), feeds);
  if (shape.length > 1 && axes.length === shape.length - 1) await agree([op1('BiasAddGrad', [z], {}, 'b')], feeds);
});

test('an extremum of columns stays apart, and so does a sum of another kind than the one there is', async () => {
  const x = ph('x', [6, 8]), y = tf.exp(x, { name: 'y' });
  expect(await regions([tf.reduceSum(y, 1, { name: 'rows' }), tf.reduceMax(y, 0, { name: 'most' }), tf.reduceSum(y, 0, { name: 'columns' }), tf.reduceSum(y, { name: 'all' })], [x])).toEqual(['y rows columns']);
});

test('tiles of single elements are addressing', async () => {
  const x = ph('x', [3, 1, 8]), y = ph('y', [3, 5, 8]), s = ph('s', [1, 1, 1]);
  const t = tf.tile(x, [1, 5, 1], { name: 't' }), u = tf.broadcastTo(s, [3, 5, 8], { name: 'u' }), whole = tf.tile(y, [2, 1, 1], { name: 'whole' });
  const z = tf.addN([op1('ReluGrad', [t, y], {}, 'p'), u], { name: 'z' }), sum = tf.reduceSum(z, [0, 1], { name: 'sum' });
  expect(await regions([sum, tf.exp(whole, { name: 'e' })], [x, y, s])).toEqual(['t u p z sum']);
  await agree([sum, z, t], [[x, f32([3, 1, 8])], [y, f32([3, 5, 8])], [s, f32([1, 1, 1])]]);
});
