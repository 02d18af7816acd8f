// Distinct elements and differences of vectors; the expected values are TensorFlow 1.15.5's.
import { beforeEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });
const list = (v: unknown): unknown[] => [...(v as tf.NDArray).data as unknown as Iterable<unknown>];

test.each([
  ['floats: both zeros are one, every NaN is another', () => tf.constant([3, -0, 0, NaN, 3, NaN]), [3, -0, NaN, NaN], [0, 1, 1, 2, 0, 3], [2, 2, 1, 1]],
  ['64-bit integers', () => tf.constant([7n, 7n, 9n, 7n]), [7n, 9n], [0, 0, 1, 0], [3, 1]],
  ['nothing', () => tf.constant([], { dtype: tf.float32 }), [], [], []],
] as const)('%s', (_, x, y, idx, count) => {
  const u = tf.uniqueWithCounts(x());
  using sess = new tf.Session();
  const got = sess.runSync([u.y, u.idx, u.count]).map(list);
  expect(got).toEqual([y, idx, count]);
});

test('strings, and indices as int64', () => {
  const u = tf.unique(tf.constant(['b', 'a', 'b']), tf.int64);
  using sess = new tf.Session();
  const [y, idx] = sess.runSync([u.y, u.idx]);
  expect([(y as tf.NDArray).toArray(), list(idx)]).toEqual([['b', 'a'], [0n, 1n, 0n]]);
});

test('a NaN is in no other list', () => {
  const d = tf.setdiff1d(tf.constant([1, NaN, 2]), tf.constant([2, NaN]));
  using sess = new tf.Session();
  expect(sess.runSync([d.out, d.idx]).map(list)).toEqual([[1, NaN], [0, 1]]);
});

test('only vectors', () => {
  expect(() => tf.unique(tf.constant([[1]]))).toThrow("Shape must be rank 1 but is rank 2 for 'Unique' (op: 'Unique') with input shapes: [1,1].");
  const x = tf.placeholder(tf.int32);
  using sess = new tf.Session();
  expect(() => sess.runSync(tf.unique(x).y, [[x, [[1]]]])).toThrow(/^unique expects a 1D vector\./);
  expect(tf.unique(tf.constant([1, 2])).idx.shape.toString()).toBe('(2,)');
});

test('many integers: of both signs, of 64 bits that differ in one half only', () => {
  const r = new Random(5), n = 5000, numbers = Array.from({ length: n }, () => r.between(-300, 300) * (r.between(0, 1) === 0 ? 1 : 4096));
  for (const x of [Int32Array.from(numbers), BigInt64Array.from(numbers, (v, i) => (i % 2 === 0 ? BigInt(v) : (BigInt(v) << 32n) + 7n))]) {
    const u = tf.uniqueWithCounts(tf.constant(new tf.NDArray(x instanceof Int32Array ? tf.int32 : tf.int64, [n], x))), all = [...new Set<number | bigint>(x)];
    using sess = new tf.Session();
    const [y, idx, count] = sess.runSync([u.y, u.idx, u.count]).map(list) as [unknown[], number[], number[]];
    expect([y, idx.map((i) => y[i])]).toEqual([all, [...x]]);
    const times = new Map<unknown, number>();
    for (const v of x) times.set(v, (times.get(v) ?? 0) + 1);
    expect(count).toEqual(all.map((v) => times.get(v)));
  }
});
