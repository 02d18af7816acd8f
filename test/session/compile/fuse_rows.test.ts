// Loops over rows: sums over everything of what is made row by row, folds of rows and what reads their results.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { fromNumbers } from '../../../src/session/kernels/common.ts';
import { openSession } from '../../support/engines.ts';
import { agree, filled, ph, regions } from '../../support/fusion.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

describe('the sum of all that a step makes of rows', () => {
  test.each([[[7, 33]], [[3, 5, 257]], [[40, 3]], [[1, 6, 1030]], [[2, 3, 4, 36]], [[9, 5000]]])('%j', async (shape) => {
    const r = new Random(4), lead = shape.slice(0, -1), x = ph('x', shape), row = ph('row', shape.slice(-1)), column = ph('column', [...lead, 1]), mask = ph('mask', shape.length > 2 ? shape.with(1, 1) : shape.slice(-1));
    const y = tf.tanh(x.mul(row).add(column), { name: 'y' }), z = tf.square(y.mul(mask), { name: 'z' });
    const feeds: tf.Feeds = [[x, filled(r, shape)], [row, filled(r, shape.slice(-1))], [column, filled(r, [...lead, 1])], [mask, filled(r, mask.shape.asList() as number[])]];
    const sum = tf.reduceSum(z, { name: 'sum' }), mean = tf.reduceMean(y, { name: 'mean' });
    expect((await regions([sum, mean, z], [x, row, column, mask])).length).toBe(1);
    for (const set of [[sum], [sum, mean], [z, sum, mean], [y, z, mean]]) await agree(set, feeds);
  });
  test.each([[300, 7, 24], [130, 40, 13], [1500, 3, 8]])('of a product: [%i, %i, %i]', async (M, K, N) => {
    const r = new Random(6), x = ph('x', [M, K]), w = ph('w', [K, N]), b = ph('b', [N]);
    const feeds: tf.Feeds = [[x, filled(r, [M, K])], [w, filled(r, [K, N])], [b, filled(r, [N])]];
    const h = tf.nn.biasAdd(tf.matmul(x, w, { name: 'm' }), b), loss = tf.reduceMean(tf.square(h), { name: 'loss' });
    expect(await regions(loss, [x, w, b])).toEqual(['m BiasAdd Square loss']);
    await agree([loss], feeds);
    await agree([loss, h], feeds);
  });
});

describe('folds of rows go on in the step', () => {
  const shapes = [[6, 8], [3, 5, 12], [70, 131], [2, 2049], [1, 64], [9, 4], [2, 3, 7, 33]];
  test.each(shapes.map((s) => [s]))('softmax with arithmetic before and after, and its gradient: %j', async (shape) => {
    const r = new Random(3), x = ph('x', shape), mask = ph('mask', shape.with(0, 1)), drop = ph('drop', shape);
    const feeds: tf.Feeds = [[x, filled(r, shape, -5, 5)], [mask, filled(r, shape.with(0, 1))], [drop, filled(r, shape)]];
    const w = tf.multiply(tf.nn.softmax(tf.add(x.mul(0.125), mask, { name: 'masked' }), { name: 'soft' }), drop, { name: 'w' });
    expect(await regions([w], [x, mask, drop])).toEqual(['mul masked soft w']);
    const loss = tf.reduceSum(tf.square(w)), [g] = tf.gradients(loss, [x]) as [tf.Tensor];
    expect((await regions([loss, g], [x, mask, drop])).length).toBe(1);
    for (const set of [[w], [loss], [g], [loss, g], [w, loss, g, ...x.graph.getOperations().filter((o) => o.type === 'Softmax').flatMap((o) => o.outputs)]]) await agree(set, feeds);
  });
  test.each(shapes.map((s) => [s]))('log-softmax, sums, means and extrema of rows: %j', async (shape) => {
    const r = new Random(5), x = ph('x', shape), y = ph('y', shape), feeds: tf.Feeds = [[x, filled(r, shape, -5, 5)], [y, filled(r, shape)]];
    const a = x.mul(y), last = shape.length - 1, l = tf.nn.logSoftmax(a), most = tf.reduceMax(a, last), least = tf.reduceMin(a, last, { keepdims: true }), mean = tf.reduceMean(a, last, { keepdims: true });
    const scaled = a.sub(least).div(mean.add(7.)), entropy = tf.negative(tf.reduceSum(tf.exp(l).mul(l), last)), logs = tf.log(tf.reduceSum(tf.exp(a), [last]));
    for (const set of [[l], [most, entropy], [scaled], [least, mean, scaled, most], [logs, entropy, l], [tf.reduceSum(scaled), tf.reduceMean(entropy), logs]]) await agree(set, feeds);
    expect((await regions([entropy], [x, y])).length).toBe(1);
  });
  test.each([[5, 10], [40, 257], [3, 1500]])('softmax cross-entropy and its gradient: [%i, %i]', async (rows, classes) => {
    const r = new Random(7), x = ph('x', [rows, 6]), w = ph('w', [6, classes]), b = ph('b', [classes]), labels = ph('labels', [rows, classes]);
    const feeds: tf.Feeds = [[x, filled(r, [rows, 6])], [w, filled(r, [6, classes])], [b, filled(r, [classes])], [labels, filled(r, [rows, classes])]];
    const logits = tf.nn.biasAdd(tf.matmul(x, w), b), each = tf.nn.softmaxCrossEntropyWithLogitsV2({ labels, logits }), loss = tf.reduceMean(each);
    const grads = tf.gradients(loss, [x, w, b]) as tf.Tensor[];
    for (const set of [[loss], [each, ...grads], [loss, logits, ...grads]]) await agree(set, feeds);
  });
  test.each([[5, 10, tf.int32], [40, 257, tf.int64], [300, 8, tf.int32], [3, 1500, tf.int64], [1, 4, tf.int32]] as const)('sparse cross-entropy and its gradient: [%i, %i]', async (rows, classes, type) => {
    const r = new Random(9), x = ph('x', [rows, 6]), w = ph('w', [6, classes]), b = ph('b', [classes]), labels = ph('labels', [rows], type);
    const given = (f: (i: number) => number): tf.NDArray => fromNumbers(type, [rows], Array.from({ length: rows }, (_, i) => f(i)));
    const feeds: [tf.Tensor, tf.NDArray][] = [[x, filled(r, [rows, 6])], [w, filled(r, [6, classes])], [b, filled(r, [classes])], [labels, given((i) => (i * 7) % classes)]];
    const logits = tf.nn.biasAdd(tf.matmul(x, w, { name: 'm' }), b, { name: 'b' }), each = tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels, logits, name: 'each' }), loss = tf.reduceMean(each);
    const grads = tf.gradients(loss, [x, w, b]) as tf.Tensor[];
    expect((await regions([loss, ...grads], feeds.map(([t]) => t)))[0]).toMatch(rows > 1 ? /^m b_1 each\/each/ : /^b_1 each\/each/);
    for (const set of [[loss], [each, ...grads], [loss, logits, ...grads]]) await agree(set, feeds);
    const sess = await openSession('wasm');
    for (const bad of [-1, classes]) {
      expect(() => sess.runSync([loss, ...grads], [...feeds.slice(0, 3), [labels, given((i) => (i === rows - 1 ? bad : 0))]])).toThrow(`Received a label value of ${bad} which is outside the valid range of [0, ${classes})`);
    }
    await agree([loss], feeds);
  });
  test('labels made of the logits, parts of labels, odd logits', async () => {
    const r = new Random(10), x = ph('x', [6, 8]), many = ph('many', [9, 2], tf.int32), a = tf.tanh(x), data = r.floats(48, -3, 3);
    [NaN, Infinity, -Infinity, -0, 3e38, 1e-42].forEach((v, i) => { data[9 * i] = v; });
    const feeds: tf.Feeds = [[x, new tf.NDArray(tf.float32, [6, 8], data)], [many, new tf.NDArray(tf.int32, [9, 2], Int32Array.from({ length: 18 }, (_, i) => i % 8))]];
    const xent = (logits: tf.Tensor, labels: tf.Tensor): tf.Tensor => tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels, logits });
    const self = xent(a, tf.cast(tf.reduceMax(tf.abs(a), 1), tf.int32)), part = xent(x.mul(2.), tf.slice(tf.reshape(many, [-1]), [3], [6]));
    for (const set of [[self], [part], [xent(x.mul(1.), tf.slice(tf.transpose(many), [1, 2], [1, 6]).at(0))], [self, part, ...tf.gradients([self, part], [x]) as tf.Tensor[]]]) await agree(set, feeds);
  });
  test.each([[[9, 16], [1]], [[40, 33], [1]], [[3, 5, 64], [2]], [[200, 8], [0]], [[4, 6, 6, 8], [0, 1, 2]]])('moments and normalisation, forward and backward: %j over %j', async (shape, axes) => {
    const r = new Random(8), last = shape.slice(-1), x = ph('x', shape), gamma = ph('gamma', last), beta = ph('beta', last), target = ph('target', shape);
    const feeds: tf.Feeds = [[x, filled(r, shape)], [gamma, filled(r, last)], [beta, filled(r, last)], [target, filled(r, shape)]];
    const [mean, variance] = tf.nn.moments(x, axes, { keepDims: true }) as [tf.Tensor, tf.Tensor];
    const y = tf.nn.relu(tf.nn.batchNormalization(x, mean, variance, beta, gamma, 1e-5)), loss = tf.reduceMean(tf.square(y.sub(target)));
    const grads = tf.gradients(loss, [x, gamma, beta]) as tf.Tensor[];
    for (const set of [[y], [loss, ...grads], [mean, variance, y, loss], [grads[0]!], grads.slice(1)]) await agree(set, feeds);
  });
  test('infinities, NaN and zeros of both signs', async () => {
    const rows = [[-0, 0, -0, -0, 0], [NaN, 1, 2, 3, 4], [Infinity, 1, 2, Infinity, 0], [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity], [1, NaN, Infinity, -Infinity, -0], [1e-42, -1e-42, 3e38, -3e38, 1]];
    const x = ph('x', [6, 5]), feeds: tf.Feeds = [[x, new tf.NDArray(tf.float32, [6, 5], Float32Array.from(rows.flat()))]], a = x.mul(1.5);
    for (const y of [tf.nn.softmax(a).mul(2.), tf.nn.logSoftmax(a).neg(), a.sub(tf.reduceMax(a, 1, { keepdims: true })), tf.reduceMin(a, [-1]), tf.reduceMax(a, [-1]), tf.reduceSum(a, 1)]) await agree([y], feeds);
  });
  test('what waits for the region outside keeps its parts apart', async () => {
    const x = ph('x', [8, 8]), feeds: tf.Feeds = [[x, filled(new Random(2), [8, 8])]];
    const a = tf.tanh(x, { name: 'a' }), s = tf.reduceSum(a, 1, { keepdims: true, name: 's' }), m = tf.matmul(a, a, { name: 'm' }), b = tf.add(m, s, { name: 'b' }), c = tf.reduceMax(b, 0, { keepdims: true }), d = tf.add(tf.nn.softmax(b), c, { name: 'd' });
    const columns = tf.reduceSum(a, 0, { name: 'columns' }), e = tf.subtract(a.sub(s), columns, { name: 'e' });
    for (const set of [[b], [d], [d, s], [e], [e, s, columns, d]]) await agree(set, feeds);
  });
  test('short rows, single elements and rows of nothing stay with their own kernels', async () => {
    for (const shape of [[4, 1], [4, 2], [0, 8], [4, 0], [8]]) {
      const x = ph('x', shape), feeds: tf.Feeds = [[x, filled(new Random(1), shape)]], a = tf.tanh(x);
      const run = async (engine: string): Promise<unknown> => { return (await openSession(engine)).runSync([tf.nn.softmax(a).mul(2.), a.sub(tf.reduceSum(a, -1, { keepdims: true }))], feeds); };
      expect(await run('wasm')).toEqual(await run('reference'));
    }
  });
});

describe('one element of each row is hot', () => {
  test.each([[[7], 5, -1], [[3, 4], 9, -1], [[3, 4], 6, 0], [[2, 3, 5], 4, 1], [[1], 3, -1], [[], 8, -1]] as const)('indices %j, depth %i, axis %i', async (shape, depth, axis) => {
    const r = new Random(11), n = shape.reduce<number>((a, b) => a * b, 1);
    for (const type of [tf.int32, tf.int64, tf.uint8]) {
      const indices = ph(`indices_${type.name}`, shape, type), value = tf.oneHot(indices, depth, { axis, onValue: 2, offValue: -1, dtype: tf.float32 }), dims = value.shape.asList() as number[];
      const q = ph(`q_${type.name}`, dims), y = tf.reduceSum(tf.tanh(q).mul(value), dims.length - 1), wide = tf.add(tf.oneHot(indices, depth, { axis, dtype: tf.float64 }), 0.5);
      const feeds: tf.Feeds = [[q, filled(r, dims)], [indices, fromNumbers(type, shape, Array.from({ length: n }, (_, i) => (type === tf.uint8 ? i * 37 % 256 : i * 3 - 2)))]];
      expect((await regions([y], [q, indices]))[0]).toMatch(/one_hot/);
      for (const set of [[y], [y, value.mul(1.5), wide], [tf.reduceMean(value.add(q))]]) await agree(set, feeds);
    }
  });
  test('indices that are made, and parts of others', async () => {
    const r = new Random(12), x = ph('x', [4, 6]), many = ph('many', [4, 3, 2], tf.int64), one = ph('one', [], tf.float32);
    const feeds: tf.Feeds = [[x, filled(r, [4, 6])], [one, new tf.NDArray(tf.float32, [], Float32Array.of(2.5))], [many, fromNumbers(tf.int64, [4, 3, 2], Array.from({ length: 24 }, (_, i) => (i === 5 ? 2 ** 32 + 1 : i % 7)))]];
    const best = tf.oneHot(tf.argmax(x, 1), 6), scalar = tf.oneHot(tf.cast(one, tf.int32), 6), slices = tf.oneHot(tf.slice(many, [0, 1, 0], [4, 2, 2]), 5), own = tf.oneHot(tf.cast(tf.reduceSum(tf.abs(x), 1), tf.int32), 6);
    for (const set of [[x.mul(best)], [x.add(scalar)], [slices.mul(3.)], [x.mul(own), tf.reduceSum(tf.abs(x), 1)], [tf.nn.softmax(x.mul(2.)).sub(best), slices.add(1.)]]) await agree(set, feeds);
  });
  test('run again and again, with other labels', async () => {
    const r = new Random(13), x = ph('x', [5, 12]), labels = ph('labels', [5], tf.int32), big = ph('big', [64, 300]);
    const loss = tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels, logits: x.mul(2.) }), hot = x.sub(tf.oneHot(labels, 12)), other = tf.nn.softmax(tf.tanh(big));
    const [wasm, reference] = [await openSession('wasm'), await openSession('reference')], data = [filled(r, [5, 12]), filled(r, [64, 300])] as const;
    for (let i = 0; i < 12; i++) {
      const feeds: tf.Feeds = [[x, data[0]], [big, data[1]], [labels, fromNumbers(tf.int32, [5], [0, 1, 2, 3, 4].map((k) => (i < 6 ? k : (k * i) % 12)))]];
      expect(wasm.runSync([loss, hot, other], feeds)).toEqual(reference.runSync([loss, hot, other], feeds));
    }
  });
});
