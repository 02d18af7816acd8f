// Products of other kinds that begin a step: many pairs of matrices, binary64, convolutions with the channels first.
import { beforeEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { agree, filled, ph, regions } from '../../support/fusion.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

test.each([
  [[2, 3, 5, 7], [2, 3, 7, 9]], [[4, 6, 8], [4, 8, 4]], [[3, 1, 5, 8], [4, 8, 6]], [[70, 33, 16], [70, 16, 40]], [[2, 300, 20], [1, 20, 70]], [[6, 2, 3], [3, 4]],
] as const)('batch products, scale, mask, softmax: %j by %j', async (as, bs) => {
  const r = new Random(1), a = ph('a', as), b = ph('b', bs);
  const m = tf.matmul(a, b, { name: 'm' }), shape = m.shape.asList() as number[], mask = ph('mask', shape.slice(-2)), feeds: tf.Feeds = [[a, filled(r, as)], [b, filled(r, bs)], [mask, filled(r, shape.slice(-2))]];
  const w = tf.nn.softmax(tf.add(m.mul(0.5), mask, { name: 'masked' }), { name: 'w' });
  expect(await regions([w], [a, b, mask])).toEqual(['m mul masked w']);
  const loss = tf.reduceSum(tf.square(w)), grads = tf.gradients(loss, [a, b]) as tf.Tensor[];
  for (const set of [[w], [loss, ...grads], [m, w, ...grads], [tf.reduceSum(m.mul(2.), [...shape.keys()].slice(0, -1)), loss]]) await agree(set, feeds);
});
test.each([[[3, 5, 8], [3, 8, 4], false, true], [[3, 8, 5], [3, 8, 4], true, false], [[2, 8, 5], [2, 8, 4], true, true]] as const)('turned factors: %j by %j, %s, %s', async (as, bs, x, y) => {
  const r = new Random(2), a = ph('a', as), b = ph('b', y ? [bs[0], bs[2], bs[1]] : bs), feeds: tf.Feeds = [[a, filled(r, as)], [b, filled(r, b.shape.asList() as number[])]];
  const out = tf.tanh(tf.matmul(a, b, { adjointA: x, adjointB: y }));
  await agree([out], feeds);
  await agree([out, tf.reduceMean(out, 2)], feeds);
});
test.each([[33, 20, 17], [300, 9, 8]])('binary64: [%i, %i, %i]', async (M, K, N) => {
  const r = new Random(3), wide = (shape: number[]): tf.NDArray => new tf.NDArray(tf.float64, shape, Float64Array.from(r.floats(shape.reduce((a, b) => a * b, 1), -2, 2), (v) => v * 1.1));
  const a = ph('a', [M, K], tf.float64), b = ph('b', [K, N], tf.float64), c = ph('c', [N], tf.float64), batch = ph('batch', [2, M, K], tf.float64);
  const feeds: tf.Feeds = [[a, wide([M, K])], [b, wide([K, N])], [c, wide([N])], [batch, wide([2, M, K])]];
  const h = tf.nn.relu(tf.nn.biasAdd(tf.matmul(a, b, { name: 'm' }), c, { name: 'h' }), 'out'), sum = tf.addN([tf.matmul(a, b), tf.matmul(a.mul(2.), b)]), many = tf.tanh(tf.matmul(batch, tf.stack([b, b])));
  expect((await regions([h], [a, b, c]))).toEqual(['m h out']);
  for (const set of [[h], [h, tf.exp(sum.mul(0.1))], [many]]) await agree(set, feeds);
});
test.each([[[2, 4, 9, 8], [3, 3, 4, 8], 1, 'SAME'], [[3, 5, 11, 7], [3, 2, 5, 6], 2, 'VALID'], [[2, 1, 6, 6], [1, 1, 1, 3], 1, 'SAME'], [[5, 8, 16, 16], [1, 1, 8, 4], 1, 'SAME']] as const)('convolution with the channels first, %j by %j, stride %i, %s', async (xs, fs, stride, padding) => {
  const r = new Random(6), x = ph('x', xs), w = ph('w', fs), b = ph('b', [fs[3]]), feeds: tf.Feeds = [[x, filled(r, xs)], [w, filled(r, fs)], [b, filled(r, [fs[3]])]];
  const h = tf.nn.biasAdd(tf.nn.conv2d(x, w, [1, 1, stride, stride], padding, { dataFormat: 'NCHW', name: 'c' }), b, { dataFormat: 'NCHW', name: 'h' }), y = tf.nn.relu(h, 'y');
  expect(await regions([y], [x, w, b])).toEqual(['c h y']);
  const loss = tf.reduceSum(tf.square(y)), grads = tf.gradients(loss, [x, w, b]) as tf.Tensor[];
  for (const set of [[y], [h, y], [loss, ...grads]]) await agree(set, feeds);
});
test.each([[[3, 5, 8], 12], [[2, 3, 4, 6], 7], [[8, 64, 16], 24], [[1, 2, 5], 4], [[2, 1, 300], 70]] as const)('products of rows that lie in more axes: %j to %i', async (shape, units) => {
  const r = new Random(7), rank = shape.length, last = shape.at(-1)!, x = ph('x', shape), w = ph('w', [last, units]), b = ph('b', [units]), rest = ph('rest', [...shape.slice(0, -1), units]), middle = ph('middle', [shape.at(-2)!, 1]);
  const feeds: tf.Feeds = [[x, filled(r, shape)], [w, filled(r, [last, units])], [b, filled(r, [units])], [rest, filled(r, [...shape.slice(0, -1), units])], [middle, filled(r, [shape.at(-2)!, 1])]];
  const h = tf.reshape(tf.matmul(tf.reshape(x, [-1, last]), w, { name: 'm' }), [-1, ...shape.slice(1, -1), units], 'h'), y = tf.add(tf.nn.relu(tf.nn.biasAdd(h, b, { name: 'biased' }), 'active'), rest, { name: 'y' });
  expect(await regions([y], feeds.map(([t]) => t as tf.Tensor))).toEqual(['m h biased active y']);
  const normal = tf.nn.softmax(y.mul(middle)), loss = tf.reduceSum(tf.square(normal)), grads = tf.gradients(loss, [x, w, b]) as tf.Tensor[];
  for (const set of [[y], [h, y], [loss], [loss, ...grads], [tf.reduceSum(h, [...Array(rank - 1).keys()]), grads[0]!]]) await agree(set, feeds);
  // Another last axis is not rows of the product; a product that is read as it is stays so.
  const other = tf.tanh(tf.reshape(h, [-1, 1])), both = tf.matmul(tf.reshape(x, [-1, last]), w), asImage = tf.exp(tf.reshape(both, [...shape.slice(0, -1), units]).mul(0.1));
  for (const set of [[other], [asImage, tf.tanh(both)], [both, asImage]]) await agree(set, feeds);
});
