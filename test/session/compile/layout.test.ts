// layout: which nodes are computed in another order of axes, and that no bit changes, whatever the values and whatever is
// fetched with them.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../../src/ops/op_def_library.ts';
import { passes } from '../../../src/session/compile/pipeline.ts';
import type { Program } from '../../../src/session/compile/program.ts';
import { CHANNEL_OPS } from '../../../src/session/compile/turn.ts';
import { bitsOf, type FeedPairs, lines, programs, targetOn } from '../../support/compile.ts';
import { Random } from '../../support/random.ts';
import { SPECIAL } from '../../support/random_program.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
const int = (v: number): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
const SHAPE = [2, 3, 4, 5] as const;
function values(shape: readonly number[], r: Random, special = 0.05): tf.NDArray { return new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (r.bool(special) ? r.pick(SPECIAL) : 4 * r.next() - 2))); }
const image = (): tf.Tensor => tf.placeholder(tf.float32, SHAPE, { name: 'x' });
const weights = (ci: number, co: number, seed: number): tf.Tensor => tf.constant(values([3, 3, ci, co], new Random(seed), 0));
const conv = (x: tf.Tensor, co = x.shape.dims![1]!, name?: string): tf.Tensor => op1('Conv2D', [x, weights(x.shape.dims![1]!, co, 3)], { strides: [1, 1, 1, 1], padding: 'SAME', data_format: 'NCHW' }, name);
const turn = (x: tf.Tensor, ...perm: number[]): tf.Tensor => op1('Transpose', [x, ints(...perm)]);
const vector = (n: number): tf.Tensor => tf.constant(values([n], new Random(7), 0));

function compiled(fetches: readonly (tf.Tensor | tf.Operation)[], feeds: FeedPairs): Program { return programs(fetches, feeds, targetOn(fetches[0]!.graph, 'wasm', passes.filter((p) => p.name !== 'fuse'))).get('sweep')!; }
const count = (p: Program, op: string): number => Object.values(p.nodes).filter((n) => n.op === op).length;
const first = (p: Program): string[] => Object.values(p.nodes).filter((n) => CHANNEL_OPS.has(n.op) && String(n.attr['data_format']?.value) === 'NCHW').map((n) => n.name);

/** Runs without the pass and by the reference kernels; every fetch, alone and with all others. */
async function agree(sets: readonly (readonly tf.Tensor[])[], feeds: FeedPairs): Promise<void> {
  const { graph } = sets[0]![0]!;
  const run = (sess: tf.Session, f: readonly tf.Tensor[]): unknown[] => (sess.runSync([...f], [...feeds]) as unknown as unknown[]).map(bitsOf);
  using wasm = await new tf.Session({ graph, engine: 'wasm' }).ready(), plain = await new tf.Session({ graph, engine: 'reference', toolchain: { passes: [] } }).ready();
  for (const f of sets) expect(run(wasm, f), f.map((t) => t.name).join()).toEqual(run(plain, f));
}

/** Ops between two convolutions with channels first: all is turned but what goes in and comes out. */
const BETWEEN: Readonly<Record<string, (h: tf.Tensor) => tf.Tensor>> = {
  'Relu': (h) => tf.nn.relu(h), 'Mul with itself': (h) => h.mul(tf.tanh(h)), 'Cast': (h) => tf.cast(tf.cast(h, tf.float64), tf.float32),
  'BiasAdd': (h) => op1('BiasAdd', [h, vector(3)], { data_format: 'NCHW' }),
  'a vector of channels': (h) => h.mul(tf.reshape(vector(3), [3, 1, 1])).add(tf.reshape(vector(3), [1, 3, 1, 1])),
  'a row': (h) => h.add(vector(5)), 'a number': (h) => h.mul(2.5).add(tf.constant([[[[1]]]], { dtype: tf.float32 })), 'a column': (h) => tf.constant(values([4, 1], new Random(2))).sub(h),
  'Select': (h) => tf.where(tf.greater(h, 0.5), h, tf.zerosLike(h)), 'AddN': (h) => tf.addN([h, tf.square(h), tf.negative(h)]),
  'Mean over height and width': (h) => h.sub(tf.reduceMean(h, [2, 3], { keepdims: true })), 'Max over channels': (h) => h.sub(tf.reduceMax(h, [1], { keepdims: true })),
  'Mean and variance of channels': (h) => { const m = tf.reduceMean(h, [0, 2, 3]), c = h.sub(tf.reshape(m, [1, 3, 1, 1])); return c.mul(tf.reshape(tf.rsqrt(tf.reduceMean(tf.square(c), [0, -1, -2]).add(1e-3)), [1, 3, 1, 1])); },
  'MaxPool': (h) => op1('MaxPool', [h], { ksize: [1, 1, 2, 2], strides: [1, 1, 2, 1], padding: 'SAME', data_format: 'NCHW' }), 'AvgPool': (h) => op1('AvgPool', [h], { ksize: [1, 1, 2, 3], strides: [1, 1, 1, 1], padding: 'VALID', data_format: 'NCHW' }),
  'FusedBatchNorm': (h) => applyOp('FusedBatchNormV3', [h, vector(3), vector(3), tf.constant([], { dtype: tf.float32 }), tf.constant([], { dtype: tf.float32 })], { data_format: 'NCHW', is_training: true }).outputs[0]!,
  'Slice': (h) => tf.slice(h, [0, 1, 0, 2], [-1, 2, 4, 3]), 'Pad': (h) => op1('Pad', [h, tf.constant([[0, 0], [1, 0], [0, 2], [1, 1]], { dtype: tf.int32 })]), 'MirrorPad': (h) => op1('MirrorPad', [h, tf.constant([[0, 0], [0, 0], [1, 1], [2, 0]], { dtype: tf.int32 })], { mode: 'REFLECT' }),
  'ConcatV2': (h) => op1('ConcatV2', [[h, tf.nn.relu(h)], int(1)]), 'Split': (h) => { const [a, b] = applyOp('Split', [int(-2), h], { num_split: 2 }).outputs as [tf.Tensor, tf.Tensor]; return a.mul(b); },
  'SplitV': (h) => applyOp('SplitV', [h, ints(1, 2), int(1)], { num_split: 2 }).outputs[1]!, 'ReverseV2': (h) => op1('ReverseV2', [h, ints(1, 3)]), 'Tile': (h) => op1('Tile', [h, ints(1, 2, 1, 3)]), 'BroadcastTo': (h) => op1('BroadcastTo', [tf.reduceMax(h, [2], { keepdims: true }), ints(2, 3, 6, 5)]),
  'depthwise': (h) => op1('DepthwiseConv2dNative', [h, weights(3, 2, 5)], { strides: [1, 1, 2, 2], padding: 'SAME', data_format: 'NCHW' }),
  'explicit zeros and dilations': (h) => op1('Conv2D', [h, weights(3, 4, 6)], { strides: [1, 1, 2, 1], dilations: [1, 1, 1, 2], padding: 'EXPLICIT', explicit_paddings: [0, 0, 0, 0, 2, 1, 1, 3], data_format: 'NCHW' }),
};
describe.each(Object.entries(BETWEEN))('between two convolutions: %s', (_, build) => {
  test('is computed with channels last, bit by bit the same', async () => {
    const x = image(), y = conv(build(conv(x, 3, 'in')), 2, 'out'), feeds = [[x, values(SHAPE, new Random(1))]] as const;
    const p = compiled([y], feeds);
    expect(first(p)).toEqual([]);
    expect(count(p, 'Transpose')).toBe(2);
    const every = x.graph.getOperations().flatMap((o) => (['Placeholder', 'Const'].includes(o.type) ? [] : o.outputs)).filter((t) => t.dtype !== tf.int32);
    await agree([[y], every, ...every.map((t) => [t])], feeds);
  });
});

test.each(Array.from({ length: 12 }, (_, i) => [i + 1]))('random chains, whatever is fetched: %i', async (seed) => {
  const r = new Random(seed), x = image(), made: tf.Tensor[] = [];
  const keepsShape = Object.values(BETWEEN).slice(0, 13);
  let h = x;
  for (let i = 0; i < 8; i++) {
    const step = r.pick([...keepsShape, conv, (t: tf.Tensor): tf.Tensor => (made.length > 0 ? t.add(r.pick(made)) : t), (t: tf.Tensor): tf.Tensor => turn(tf.nn.relu(turn(t, 0, 2, 3, 1)), 0, 3, 1, 2)]);
    made.push(h = step(r.bool(0.8) ? h : r.pick([x, ...made])));
  }
  const feeds = [[x, values(SHAPE, r)]] as const;
  await agree([[h], made, r.sample(made, 3), r.sample(made, 2)], feeds);
});

test('gradients of a network with channels first are computed with channels last', async () => {
  const x = image(), w = tf.constant(values([3, 3, 3, 4], new Random(1), 0)), b = vector(4), beta = vector(4);
  let h = op1('BiasAdd', [op1('Conv2D', [x, w], { strides: [1, 1, 2, 2], padding: 'SAME', data_format: 'NCHW' }), b], { data_format: 'NCHW' });
  h = tf.nn.relu(applyOp('FusedBatchNorm', [h, b, beta, tf.constant([], { dtype: tf.float32 }), tf.constant([], { dtype: tf.float32 })], { data_format: 'NCHW' }).outputs[0]!);
  h = tf.nn.maxPool(conv(h, 4), [1, 1, 2, 2], [1, 1, 1, 1], 'SAME', { dataFormat: 'NCHW' });
  const loss = tf.reduceMean(tf.square(tf.reshape(h, [2, -1]))), grads = tf.gradients(loss, [w, b, beta, x]) as tf.Tensor[];
  const feeds = [[x, values(SHAPE, new Random(2), 0)]] as const, p = compiled([loss, ...grads], feeds);
  expect(first(p)).toEqual([]);
  expect(count(p, 'Transpose')).toBe(4); // the images and their gradient, the flattened ones and theirs
  await agree([[loss, ...grads], [grads[0]!], [grads[3]!, h]], feeds);
});

test('five axes', async () => {
  const x = tf.placeholder(tf.float32, [1, 2, 3, 4, 5]), w = tf.constant(values([2, 2, 2, 2, 2], new Random(1), 0));
  const c = (t: tf.Tensor): tf.Tensor => op1('Conv3D', [t, w], { strides: [1, 1, 1, 2, 1], padding: 'SAME', data_format: 'NCDHW' });
  const y = c(tf.nn.relu(op1('BiasAdd', [c(x), vector(2)], { data_format: 'NCHW' }))), feeds = [[x, values([1, 2, 3, 4, 5], new Random(1))]] as const;
  expect([first(compiled([y], feeds)), count(compiled([y], feeds), 'Transpose')]).toEqual([[], 2]);
  await agree([[y]], feeds);
});

test('nodes between a transposition and its inverse are computed without both', async () => {
  const x = image(), y = turn(op1('BiasAdd', [tf.nn.relu(turn(x, 0, 2, 3, 1)), vector(3)]), 0, 3, 1, 2), feeds = [[x, values(SHAPE, new Random(1))]] as const;
  expect(lines(compiled([y], feeds)).map((l) => l.replace(/^.* = (\w+)\(.*$/, '$1'))).toEqual(['Relu', 'BiasAdd']);
  await agree([[y], [y, y.op.inputs[0]!], [y.op.inputs[0]!]], feeds);
});
test('a transposition that others read, or whose inverse is far, is left', async () => {
  const x = image(), t = turn(x, 0, 2, 3, 1), feeds = [[x, values(SHAPE, new Random(1))]] as const;
  expect(count(compiled([tf.nn.relu(t)], feeds), 'Transpose')).toBe(1);
  const soft = tf.nn.softmax(t);
  expect(count(compiled([turn(soft, 0, 3, 1, 2)], feeds), 'Transpose')).toBe(2); // over the last axis
  const all = turn(t.sub(tf.reduceMean(t, { keepdims: true })), 0, 3, 1, 2);
  await agree([[all], [tf.nn.relu(t), soft, all]], feeds);
});
test('a matrix and a batch of matrices', async () => {
  const x = tf.placeholder(tf.float32, [6, 4]), z = tf.placeholder(tf.float32, [2, 5, 3]);
  const y = turn(tf.exp(turn(x, 1, 0)).add(vector(6)), 1, 0), u = turn(tf.tanh(turn(z, 0, 2, 1)), 0, 2, 1);
  const feeds = [[x, values([6, 4], new Random(1))], [z, values([2, 5, 3], new Random(2))]] as const, p = compiled([y, u], feeds);
  expect(count(p, 'Transpose')).toBe(0);
  await agree([[y], [u], [y, u]], feeds);
});

test('a sum over all axes takes its terms in the order of the graph', async () => {
  const x = image(), h = conv(conv(x)), all = tf.reduceSum(h), feeds = [[x, values(SHAPE, new Random(3), 0)]] as const;
  const p = compiled([all], feeds);
  expect([first(p), count(p, 'Transpose')]).toEqual([[], 2]);
  await agree([[all], [all, h]], feeds);
});

test('one convolution alone stays: turning is what its kernel does', () => {
  const x = image(), feeds = [[x, values(SHAPE, new Random(1))]] as const;
  expect(first(compiled([conv(x, 3, 'y')], feeds))).toEqual(['y']);
});
test('only where the engine wants channels last', () => {
  const x = image(), y = conv(tf.nn.relu(conv(x))), feeds = [[x, values(SHAPE, new Random(1))]] as const;
  expect(programs([y], feeds, targetOn(x.graph, 'reference')).get('layout')!.log.filter((l) => l.pass === 'layout')).toEqual([]);
});
test('what a variable becomes is in its own order', async () => {
  const v = new tf.Variable(values(SHAPE, new Random(5), 0)), y = v.assign(conv(tf.nn.relu(conv(v.value()))));
  using sess = await new tf.Session({ engine: 'wasm' }).ready(), plain = await new tf.Session({ engine: 'reference', toolchain: { passes: [] } }).ready();
  const init = tf.globalVariablesInitializer();
  for (const s of [sess, plain]) s.runSync(init);
  for (let i = 0; i < 2; i++) expect(bitsOf(sess.runSync(y as tf.Tensor))).toEqual(bitsOf(plain.runSync(y as tf.Tensor)));
  expect(bitsOf(sess.runSync(v.value()))).toEqual(bitsOf(plain.runSync(v.value())));
});
test('where values can be dead, what is turned dies with what it is made of', async () => {
  const x = image(), on = tf.placeholder(tf.bool, []), y = tf.cond(on, () => conv(tf.nn.relu(conv(x))), () => tf.negative(conv(conv(x))));
  for (const b of [0, 1]) await agree([[y as tf.Tensor]], [[x, values(SHAPE, new Random(1))], [on, new tf.NDArray(tf.bool, [], Uint8Array.of(b))]]);
});
