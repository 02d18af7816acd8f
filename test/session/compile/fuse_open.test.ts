// Ops that stand for a formula: their nodes, and that no bit depends on it.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { openSession } from '../../support/engines.ts';
import { agree, filled, ph, regions } from '../../support/fusion.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** Ops of a plan's single steps. */
async function singles(fetches: readonly tf.Tensor[], feeds: readonly tf.Tensor[]): Promise<string[]> { return (await openSession('wasm')).explain(fetches as tf.Tensor[], feeds).steps.flatMap((s) => (s.kind === 'kernel' ? [s.node.op] : [])); }

describe.each([[[3, 5, 7, 8]], [[2, 33, 32, 4]], [[4, 6, 6, 5]], [[1, 1, 2, 16]], [[1, 1, 1, 8]]])('batch normalisation of %j', (shape) => {
  const setup = (r: Random): { x: tf.Tensor; vectors: tf.Tensor[]; feeds: [tf.Tensor, tf.NDArray][] } => {
    const x = ph('x', shape), vectors = ['scale', 'offset', 'mean', 'variance'].map((name) => ph(name, shape.slice(-1)));
    return { x, vectors, feeds: [[x, filled(r, shape)], ...vectors.map((v, i): [tf.Tensor, tf.NDArray] => [v, filled(r, shape.slice(-1), i === 3 ? 0.1 : -2, 2)])] };
  };
  test('in training, with what is before and after, and its gradient', async () => {
    const { x, vectors: [scale, offset], feeds } = setup(new Random(1)), a = tf.tanh(x);
    const [y, mean, variance] = tf.nn.fusedBatchNorm(a, scale!, offset!, { epsilon: 0.01 });
    const out = tf.nn.relu(y), loss = tf.reduceSum(tf.square(out.sub(0.3))), grads = tf.gradients(loss, [x, scale!, offset!]) as tf.Tensor[];
    expect((await singles([loss, ...grads], feeds.map(([t]) => t))).filter((op) => op.includes('BatchNorm'))).toEqual([]);
    for (const set of [[y], [out, mean, variance], [loss, ...grads], [grads[1]!], [grads[0]!, y]]) await agree(set, feeds);
  });
  test('with the statistics of a population, and its gradient', async () => {
    const { x, vectors: [scale, offset, mean, variance], feeds } = setup(new Random(2));
    const [y] = tf.nn.fusedBatchNorm(x, scale!, offset!, { mean: mean!, variance: variance!, epsilon: 0.01, isTraining: false });
    const out = tf.nn.relu(y), grads = tf.gradients(tf.reduceSum(tf.square(out)), [x, scale!, offset!]) as tf.Tensor[];
    for (const set of [[out], [y, ...grads]]) await agree(set, feeds);
  });
  test('numbers at the ends of their range', async () => {
    const { x, vectors: [scale, offset], feeds } = setup(new Random(3)), odd = [NaN, Infinity, -0, 1e-42, 3e38, -Infinity], data = (feeds[0]![1].data as Float32Array).slice();
    odd.forEach((v, i) => { if (3 * i < data.length) data[3 * i] = v; });
    feeds[0] = [x, new tf.NDArray(tf.float32, shape, data)];
    const [y] = tf.nn.fusedBatchNorm(x, scale!, offset!);
    await agree([y, ...tf.gradients(tf.reduceSum(tf.square(y)), [x, scale!]) as tf.Tensor[], tf.nn.l2Loss(x)], feeds);
  });
});

test('a convolution hands its sums on; what follows normalises as it reads', async () => {
  const r = new Random(4), x = ph('x', [4, 9, 8, 3]), w = ph('w', [3, 3, 3, 8]), scale = ph('scale', [8]), offset = ph('offset', [8]);
  const feeds: tf.Feeds = [[x, filled(r, [4, 9, 8, 3])], [w, filled(r, [3, 3, 3, 8])], [scale, filled(r, [8])], [offset, filled(r, [8])]];
  const h = tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME', { name: 'c' }), [y, mean, variance] = tf.nn.fusedBatchNorm(h, scale, offset, { name: 'bn' }), out = tf.nn.relu(y, 'out');
  expect(await regions([out], [x, w, scale, offset])).toEqual(['c bn', 'bn', 'bn', 'bn out']);
  for (const set of [[out], [h, out, mean], [variance, ...tf.gradients(tf.reduceSum(tf.square(out)), [x, w, scale]) as tf.Tensor[]]]) await agree(set, feeds);
});
test('with known statistics all of it is in the step of the convolution', async () => {
  const r = new Random(5), x = ph('x', [2, 9, 8, 3]), w = ph('w', [3, 3, 3, 8]), vectors = ['scale', 'offset', 'mean', 'variance'].map((name) => ph(name, [8]));
  const feeds: tf.Feeds = [[x, filled(r, [2, 9, 8, 3])], [w, filled(r, [3, 3, 3, 8])], ...vectors.map((v): [tf.Tensor, tf.NDArray] => [v, filled(r, [8], 0.5)])];
  const [y] = tf.nn.fusedBatchNorm(tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME', { name: 'c' }), vectors[0]!, vectors[1]!, { mean: vectors[2]!, variance: vectors[3]!, isTraining: false, name: 'bn' }), out = tf.nn.relu(y, 'out');
  expect((await regions([out], [x, w, ...vectors])).at(-1)).toBe('c bn out');
  await agree([out], feeds);
});
test('channels first beside a convolution are turned, then opened', async () => {
  const r = new Random(8), x = ph('x', [2, 4, 9, 8]), w = ph('w', [3, 3, 4, 8]), v = ph('v', [8]), format = { dataFormat: 'NCHW' } as const;
  const feeds: tf.Feeds = [[x, filled(r, [2, 4, 9, 8])], [w, filled(r, [3, 3, 4, 8])], [v, filled(r, [8])]];
  const [y] = tf.nn.fusedBatchNorm(tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME', format), v, v, format), out = tf.nn.relu(y), g = tf.gradients(tf.reduceSum(tf.square(out)), [x, w, v]) as tf.Tensor[];
  expect((await singles([out, ...g], [x, w, v])).filter((op) => op.includes('BatchNorm'))).toEqual([]);
  for (const set of [[out], [out, ...g], [g[1]!]]) await agree(set, feeds);
});
test('losses of weights and of gradients', async () => {
  const r = new Random(6), x = ph('x', [40, 30]), w = ph('w', [30, 70]), feeds: tf.Feeds = [[x, filled(r, [40, 30])], [w, filled(r, [30, 70])]];
  const y = tf.tanh(tf.matmul(x, w)), loss = tf.nn.l2Loss(y), [g] = tf.gradients(loss, [w]) as [tf.Tensor], [clipped] = tf.clipByGlobalNorm([g], 0.5)[0] as [tf.Tensor];
  for (const set of [[loss], [tf.nn.l2Loss(w)], [clipped], [g, loss, clipped, tf.nn.l2Loss(tf.reshape(x, [-1]))]]) await agree(set, feeds);
  expect(await singles([loss, clipped], [x, w])).not.toContain('L2Loss');
});
test('other layouts, other dtypes and images of nothing stay', async () => {
  const r = new Random(7), x = ph('x', [2, 8, 3, 4]), v = ph('v', [8]), none = ph('none', [0, 2, 2, 8]), half = ph('half', [3, 4], tf.float64);
  const [y] = tf.nn.fusedBatchNorm(x, v, v, { dataFormat: 'NCHW' }), [z] = tf.nn.fusedBatchNorm(none, v, v), l = tf.nn.l2Loss(half), noLoss = tf.nn.l2Loss(none);
  const feeds: tf.Feeds = [[x, filled(r, [2, 8, 3, 4])], [v, filled(r, [8])], [none, filled(r, [0, 2, 2, 8])], [half, new tf.NDArray(tf.float64, [3, 4], Float64Array.from(r.floats(12, -1, 1)))]];
  await agree([y, z, l, noLoss], feeds);
  expect(await singles([y, z, l, noLoss], [x, v, none, half])).toEqual(['FusedBatchNormV3', 'FusedBatchNormV3', 'L2Loss', 'L2Loss']);
  const bad = ph('bad', [null, 2, 2, 8]), wrong = ph('wrong', [null]), [broken] = tf.nn.fusedBatchNorm(bad, wrong, wrong);
  const sess = await openSession('wasm');
  expect(() => sess.runSync(broken, [[bad, filled(r, [1, 2, 2, 8])], [wrong, filled(r, [5])]])).toThrow(/scale must have the same number of elements|must have the same number/);
});
