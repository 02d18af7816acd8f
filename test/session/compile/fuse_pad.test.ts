// Zeros before and behind are not written: what is padded along its outermost axis is read where it lies.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { NUMERIC } from '../kernels/helpers.ts';
import { random } from '../engine/compare.ts';
import { openSession } from '../../support/engines.ts';
import { agree, filled, ph, regions } from '../../support/fusion.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** Pads along an axis. */
function padded(x: tf.Tensor, axis: number, before: number, after: number, name = 'pad'): tf.Tensor {
  return tf.pad(x, x.shape.asList().map((_, i) => (i === axis ? [before, after] : [0, 0])), { name });
}

test('the gradient of a slice of images, with its bias gradient', async () => {
  const x = ph('x', [8, 6, 6, 4]), dy = ph('dy', [8, 6, 6, 4]), r = new Random(1), h = tf.tanh(x, { name: 'h' });
  const first = tf.slice(h, [0, 0, 0, 0], [3, -1, -1, -1]), m = tf.reduceMean(first, [0, 1, 2]), y = tf.nn.relu(h.sub(m)).mul(dy), [g] = tf.gradients(y, [h]) as [tf.Tensor];
  const sum = tf.reduceSum(g, [0, 1, 2], { name: 'sum' });
  expect((await regions([sum, g], [x, dy])).filter((s) => /Slice_grad\/Pad .*AddN.* sum$/.test(s)).length).toBe(1);
  const feeds: tf.Feeds = [[x, filled(r, [8, 6, 6, 4])], [dy, filled(r, [8, 6, 6, 4])]];
  for (const set of [[sum], [g], [sum, g, m]]) await agree(set, feeds);
});

const SHAPES = [[[4, 3], 0, 2, 1], [[1, 5, 8], 1, 0, 3], [[6], 0, 3, 4], [[600, 4], 0, 1500, 77], [[3, 33], 0, 1, 0], [[40, 9], 0, 100, 1100], [[1, 1, 7, 5, 8], 2, 4, 9], [[1500], 0, 4001, 900], [[2, 40, 9], 0, 1, 1], [[13, 130], 0, 0, 30], [[1, 2, 3, 1], 1, 1, 1]] as const;
describe.each(SHAPES)('%j along %i: %i before, %i behind', (shape, axis, before, after) => {
  test('the bits of reference, in every place of a region', async () => {
    const whole = shape.map((n, i) => (i === axis ? n + before + after : n)), r = new Random(3), last = whole.length - 1;
    const x = ph('x', shape), y = ph('y', whole), z = ph('z', shape), row = ph('row', whole.slice(-1)), column = ph('column', [...whole.slice(0, -1), 1]);
    const data = r.floats(x.shape.numElements!, -3, 3);
    [NaN, -Infinity, -0, 1e-42].forEach((v, i) => { data[(7 * i) % data.length] = v; });
    const feeds: tf.Feeds = [[x, new tf.NDArray(tf.float32, shape, data)], [z, filled(r, shape)], [y, filled(r, whole)], [row, filled(r, whole.slice(-1))], [column, filled(r, [...whole.slice(0, -1), 1])]];
    const p = padded(x, axis, before, after), q = padded(tf.tanh(z.mul(2.)), axis, before, after, 'q');
    const a = tf.add(y.mul(row), p, { name: 'a' }), b = tf.add(tf.exp(p.sub(column)), q.mul(p), { name: 'b' }), c = tf.multiply(p, -1., { name: 'c' });
    expect((await regions([a], [x, y, row]))[0]).toMatch(/^pad .*a$/);
    const lead = [...whole.keys()].slice(0, -1), sums = last > 0 ? [tf.reduceSum(a, lead), tf.reduceMean(c, lead, { keepdims: true }), tf.nn.softmax(b).mul(p), tf.reduceMax(p.mul(2.), last), tf.reduceSum(p, lead)] : [];
    for (const set of [[a], [b], [c], [a, b, c], [tf.reduceSum(b)], [tf.reduceSum(p)], [p, a], ...sums.map((s) => [s]), [...sums, a, c]]) await agree(set, feeds);
  });
});

test.each([...NUMERIC, 'complex64', 'bool'])('zeros of %s', async (name) => {
  const v = random(name, [5, 6], 1), w = random(name, [9, 6], 2), { dtype } = v, x = ph('x', [5, 6], dtype), y = ph('y', [9, 6], dtype), p = padded(x, 0, 1, 3), m = ph('m', [9, 6], tf.bool);
  const out = [tf.where(m, p, y), tf.cast(p, tf.float32).mul(2.)];
  const feeds: tf.Feeds = [[x, v], [y, w], [m, random('bool', [9, 6], 3)]], want = (await openSession('reference')).runSync(out, feeds);
  expect((await openSession('wasm')).runSync(out, feeds)).toEqual(want);
});

test('what is read as another shape, padded along more axes, or by a product, is written', async () => {
  const r = new Random(4), x = ph('x', [1, 4]), y = ph('y', [6, 5, 4]), w = ph('w', [4, 4]), t = ph('t', [2, 3]), feeds: [tf.Tensor, tf.NDArray][] = [[x, filled(r, [1, 4])], [y, filled(r, [6, 5, 4])], [w, filled(r, [4, 4])], [t, filled(r, [2, 3])]];
  const p = padded(tf.reshape(x, [1, 1, 4]), 1, 2, 2, 'broad'), both = tf.pad(t, [[1, 1], [2, 0]]), product = tf.matmul(padded(x, 0, 2, 1, 'factor'), w);
  for (const set of [[y.mul(p)], [both.mul(2.)], [tf.tanh(product)], [y.mul(p), p.add(1.), tf.tanh(product), padded(w, 0, 1, 2, 'third').mul(3.)]]) await agree(set, feeds);
});

test('the same on two threads', async () => {
  const r = new Random(5), x = ph('x', [700, 64]), y = ph('y', [2000, 64]), p = padded(x, 0, 601, 699), z = tf.tanh(y.add(p)), sum = tf.reduceSum(z, 0);
  const feeds: tf.Feeds = [[x, filled(r, [700, 64])], [y, filled(r, [2000, 64])]];
  using a = await new tf.Session({ engine: 'wasm', threads: 2 }).ready();
  using b = new tf.Session({ engine: 'reference' });
  for (let i = 0; i < 4; i++) expect(a.runSync([z, sum], feeds)).toEqual(b.runSync([z, sum], feeds));
});
