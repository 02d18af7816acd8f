// The program raw_rare.py in tfgraph.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program, type Run } from '../oracle.ts';

const ints = (shape: readonly number[], ...v: readonly number[]): tf.NDArray => new tf.NDArray(tf.int32, shape, Int32Array.from(v));
const i32 = (...v: readonly number[]): tf.NDArray => ints([v.length], ...v);

export function raw_rare(): Program {
  const r = tf.rawOps;
  const x = tf.constant(arr([3, 4], 1, -5, 5), { name: 'x' }), i = tf.constant(ints([2, 3], -7, 0, 3, 5, 11, 100), { name: 'i' });
  const wide = tf.cast(i, tf.int64);
  const p = tf.placeholder(tf.float32, { name: 'p' }), q = tf.placeholder(tf.int32, { name: 'q' });
  const scalar = (v: number, dtype: tf.DType): tf.Tensor => tf.constant(v, { dtype });
  const one = (): tf.Tensor => x.add(0);
  const out = [
    r.Bucketize({ input: x, boundaries: [-2, 0, 2.5] }), r.Bucketize({ input: i, boundaries: [0, 5, 10] }), r.Bucketize({ input: wide, boundaries: [] }), r.Bucketize({ input: tf.constant([0, 1, 2]), boundaries: [1, 1] }),
    r.InplaceUpdate({ x: one(), i: i32(0, -1), v: arr([2, 4], 2) }), r.InplaceAdd({ x: i.add(0), i: i32(1, 1), v: ints([2, 3], 1, 2, 3, 10, 20, 30) }), r.InplaceSub({ x: one(), i: i32(2), v: arr([1, 4], 3) }), r.DeepCopy({ x }),
    r.DataFormatDimMap({ x: i32(0, 1, 2, 3, -1, -4) }), r.DataFormatDimMap({ x: scalar(2, tf.int64), srcFormat: 'NCHW', dstFormat: 'NHWC' }), r.DataFormatVecPermute({ x: i32(7, 8, 9, 10) }), r.DataFormatVecPermute({ x: ints([4, 2], 1, 2, 3, 4, 5, 6, 7, 8), srcFormat: 'NCHW', dstFormat: 'NHWC' }),
    r.NthElement({ input: x, n: 1 }), r.NthElement({ input: x, n: 0, reverse: true }), r.NthElement({ input: i, n: 2 }), r.CompareAndBitpack({ input: arr([2, 16], 4), threshold: 0.1 }), r.CompareAndBitpack({ input: [true, false, true, false, true, false, true, false], threshold: false }),
    r.ScatterNdNonAliasingAdd({ input: x, indices: ints([3, 2], 0, 1, 2, 3, 0, 1), updates: [1, 2, 3] }), r.ScatterNdNonAliasingAdd({ input: i32(1, 2, 3), indices: ints([1, 1], 1), updates: i32(10) }),
    r.LeftShift({ x: i, y: i32(0, 2, 40) }), r.RightShift({ x: i, y: ints([2, 1], 1, -3) }), r.LeftShift({ x: tf.constant([-1, 1, 127], { dtype: tf.int8 }), y: tf.constant([1, 7, 9], { dtype: tf.int8 }) }),
    r.RightShift({ x: tf.constant([255, 128], { dtype: tf.uint8 }), y: tf.constant([1, 8], { dtype: tf.uint8 }) }), r.LeftShift({ x: wide, y: scalar(60, tf.int64) }), r.RightShift({ x: wide.mul(1e12), y: scalar(3, tf.int64) }),
    tf.math.nextafter(x, 0), r.NextAfter({ x1: tf.constant([0, 1, -1, Infinity, NaN, 3.4028235e38]), x2: tf.constant([1, Infinity, -2, 0, 1, Infinity]) }), r.NextAfter({ x1: tf.constant([[0], [1]], { dtype: tf.float64 }), x2: tf.constant([-1, 1], { dtype: tf.float64 }) }),
    r.GuaranteeConst({ input: x }), r.ParallelConcat({ values: [[[1, 2]], [[3, 4]]], shape: [2, 2] }), r.Empty({ shape: [2, 3], dtype: tf.float32, init: true }), r.Empty({ shape: [2], dtype: tf.string, init: true }),
  ];
  note('shapes', out.map((t) => [t.name, t.shape, t.dtype]));
  const unknown = [r.Bucketize({ input: p, boundaries: [1] }), r.NthElement({ input: p, n: q }), r.CompareAndBitpack({ input: p, threshold: 0 }), r.Empty({ shape: q, dtype: tf.float32 }), r.DataFormatDimMap({ x: q }), r.InplaceUpdate({ x: p, i: q, v: p })];
  note('unknown', unknown.map((t) => t.shape));
  const errors: readonly [string, () => unknown][] = [
    ['pack', () => r.CompareAndBitpack({ input: [1, 2], threshold: 0 })], ['nth', () => r.NthElement({ input: x, n: 4 })], ['nth n', () => r.NthElement({ input: x, n: -1 })], ['nth rank', () => r.NthElement({ input: 1, n: 0 })],
    ['shift', () => r.LeftShift({ x: i32(1, 2), y: i32(1, 2, 3) })], ['parallel', () => r.ParallelConcat({ values: [[[1]], [[2, 3]]], shape: [2, 1] })],
  ];
  for (const [label, f] of errors) attempt(label, f);
  const bad = [
    r.Bucketize({ input: x, boundaries: [2, 1] }), unknown[1]!, r.DataFormatDimMap({ x: i32(4), name: 'dim' }), r.DataFormatVecPermute({ x: q, name: 'perm' }), r.InplaceUpdate({ x: p, i: q, v: arr([1, 2], 5), name: 'up' }), unknown[2]!,
    r.DataFormatDimMap({ x: i32(1), srcFormat: 'NHW', name: 'short' }),
  ];
  const fed = (fetch: tf.Tensor, p0: unknown, q0: unknown): Run => ({ fetch, feed: [...(p0 === null ? [] : [[p, p0]]), ...(q0 === null ? [] : [[q, q0]])] as unknown as tf.Feeds });
  return {
    runs: [
      { fetch: out }, { fetch: bad[0]! }, fed(bad[1]!, [1, 2], 2), fed(bad[1]!, [1, 2], [0]), fed(bad[1]!, 3, 0), { fetch: bad[2]! }, fed(bad[3]!, null, [1, 2]), fed(bad[3]!, null, [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]), fed(bad[3]!, null, 1),
      fed(bad[4]!, [[1, 2]], 0), fed(bad[4]!, [1, 2], [0]), fed(bad[4]!, [[1, 2, 3]], [0]), fed(bad[4]!, [[1, 2], [3, 4]], [0, 1]), fed(bad[4]!, [[1, 2], [3, 4]], [1]), fed(bad[5]!, [1, 2], null),
    ],
  };
}
