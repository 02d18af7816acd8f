// Sums over axes in the middle, or over several last ones, end a step: of each image, of each channel of each image.
import { beforeEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { agree, filled, ph, regions } from '../../support/fusion.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

test.each([
  [[3, 12, 11, 8], [1, 2]], [[2, 1030, 4], [1]], [[2, 33, 33], [1, 2]], [[4, 7, 11, 16], [1, 2, 3]], [[2, 3, 260, 4], [2]], [[2, 33_001], [1]], [[3, 30, 40, 1], [1, 2]], [[2, 1, 41, 5, 6], [2, 3]], [[2, 2049, 5], [1]], [[1, 3, 350, 3], [2, 3]], [[1, 1, 1100, 4], [2]], [[3, 2, 2600], [1, 2]],
])('%j over %j', async (shape, axes) => {
  const r = new Random(3), x = ph('x', shape), row = ph('row', shape.slice(-1)), each = ph('each', shape.map((n, i) => (axes.includes(i) ? 1 : n)));
  const data = r.floats(x.shape.numElements!, -3, 3);
  [NaN, Infinity, -0, 1e-42].forEach((v, i) => { if (i > 1 || shape[0]! > 1) data[(7 * i + 3) % shape[shape.length - 1]!] = v; });
  const y = tf.tanh(x, { name: 'y' }), z = tf.multiply(y.sub(each), row, { name: 'z' });
  const sums = [tf.reduceSum(z, axes, { name: 's' }), tf.reduceMean(tf.square(z, { name: 'q' }), axes, { keepdims: true, name: 'm' }), tf.reduceSum(y, axes, { name: 't' })];
  expect((await regions([...sums, z], [x, row, each])).length).toBe(1);
  const feeds: tf.Feeds = [[x, new tf.NDArray(tf.float32, shape, data)], [row, filled(r, shape.slice(-1))], [each, filled(r, each.shape.asList() as number[])]];
  for (const set of [[...sums, z], sums.slice(0, 2), [sums[2]!], [y, sums[1]!]]) await agree(set, feeds);
});

test('small groups keep their own kernel, and groups of another kind theirs', async () => {
  const x = ph('x', [4, 5, 8]), y = tf.exp(x, { name: 'y' });
  expect(await regions([tf.reduceSum(y, 1, { name: 'few' })], [x])).toEqual([]);
  const big = ph('big', [2, 40, 32]), z = tf.exp(big, { name: 'z' }), set = [tf.reduceSum(z, 1, { name: 'middle' }), tf.reduceSum(z, 0, { name: 'first' })];
  expect(await regions(set, [big])).toEqual(['z middle']);
  await agree([...set, tf.reduceSum(y, 1)], [[x, filled(new Random(1), [4, 5, 8])], [big, filled(new Random(2), [2, 40, 32])]]);
});

test('instance normalisation of a convolution, its gradients, and the mean of each channel', async () => {
  const r = new Random(6), x = ph('x', [3, 10, 12, 4]), w = ph('w', [3, 3, 4, 16]), gamma = ph('gamma', [16]), feeds: tf.Feeds = [[x, filled(r, [3, 10, 12, 4])], [w, filled(r, [3, 3, 4, 16])], [gamma, filled(r, [16])]];
  const h = tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME', { name: 'conv' }), [mean, variance] = tf.nn.moments(h, [1, 2], { keepDims: true }) as [tf.Tensor, tf.Tensor];
  const y = tf.nn.relu(h.sub(mean).mul(tf.rsqrt(variance.add(1e-5))).mul(gamma)), pooled = tf.reduceMean(y, [1, 2], { name: 'pooled' }), loss = tf.reduceSum(tf.square(pooled));
  expect((await regions([pooled], [x, w, gamma])).filter((s) => / pooled$|^conv .*mean$/.test(s)).length).toBe(2);
  const grads = tf.gradients(loss, [x, w, gamma]) as tf.Tensor[];
  for (const set of [[pooled], [mean, variance], [loss, ...grads], [y, pooled, grads[0]!]]) await agree(set, feeds);
});

test('the same on two threads', async () => {
  const r = new Random(5), x = ph('x', [7, 50, 40, 8]), z = tf.tanh(x.mul(2.)), feeds: tf.Feeds = [[x, filled(r, [7, 50, 40, 8])]], a = tf.reduceSum(z, [1, 2]), b = tf.reduceMean(tf.exp(x.mul(0.5)), [1, 2, 3]), odd = ph('odd', [9, 2051]), c = tf.reduceSum(tf.tanh(tf.reshape(odd, [9, 7, 293])), [1, 2]);
  using two = await new tf.Session({ engine: 'wasm', threads: 2 }).ready();
  using want = new tf.Session({ engine: 'reference' });
  const all: tf.Feeds = [...feeds as [tf.Tensor, tf.NDArray][], [odd, filled(r, [9, 2051])]];
  for (let i = 0; i < 4; i++) expect(two.runSync([a, b, c], all)).toEqual(want.runSync([a, b, c], all));
});
