// Restates math_*.py: the rest of the math functions.
import * as tf from 'tfgraph';
import { arr, attempt, ints, type Program } from '../oracle.ts';

type Feed = [tf.Tensor, tf.NDArray][];
const wide64 = (a: tf.NDArray): tf.NDArray => new tf.NDArray(tf.float64, a.shape, Float64Array.from(a.data as Float32Array));
const f32 = (shape: readonly number[], ...v: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from(v));

export function math_rest(): Program {
  const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
  const d = tf.placeholder(tf.float64, [4], { name: 'd' });
  const u = tf.placeholder(tf.float32, { name: 'u' });
  const m = tf.math;
  const t = [m.besselI0(x), m.besselI0e(x), m.besselI1(x), m.besselI1e(x), m.besselI0e(d, { name: 'e' }), m.besselI1e(d), m.besselI0(1.5), m.besselI1([0, 2], { name: 'own' }),
    m.cumulativeLogsumexp(x), m.cumulativeLogsumexp(x, 1, { exclusive: true }), m.cumulativeLogsumexp(x, { axis: -1, reverse: true, name: 'back' }), m.cumulativeLogsumexp(d, { exclusive: true, reverse: true }), m.cumulativeLogsumexp(u, 0),
    m.reciprocalNoNan(x), m.reciprocalNoNan([2, 0, -.5]), m.reciprocalNoNan(d, { name: 'inverse' }),
    tf.histogramFixedWidth(x, [-1, 1], { nbins: 5 }), tf.histogramFixedWidth(d, tf.constant([0, 2], tf.float64), 4, { dtype: tf.int64, name: 'h' }), tf.histogramFixedWidthBins(x, [-1, 1], { nbins: 5 }), tf.histogramFixedWidthBins(u, [0, 1]),
    tf.histogramFixedWidth(tf.constant([1, 2, 7], tf.int32), [0, 8], 4)];
  const i = tf.placeholder(tf.int32, [2, 2], { name: 'i' });
  const j = tf.placeholder(tf.int64, [2, 3, 2], { name: 'j' });
  const p3 = tf.placeholder(tf.float32, [2, 3, 4], { name: 'p3' });
  const late = tf.placeholder(tf.int32, [null, 2], { name: 'late' });
  const b = [tf.batchGather(x, i), tf.batchGather(p3, i), tf.batchGather(p3, j, { name: 'three' }), tf.batchGather(x, late), tf.batchGather([[1, 2], [3, 4]], [[1], [0]]), tf.batchGather(x.at(0), [2, 0])];
  attempt('rank', () => tf.batchGather(x, tf.placeholder(tf.int32)));
  attempt('deep', () => tf.batchGather(x, tf.zeros([2, 3, 1], tf.int32)));
  attempt('bins', () => tf.histogramFixedWidth(x, [0, 1], { nbins: 0 }));
  attempt('range', () => tf.histogramFixedWidth(x, [0, 1, 2]));
  attempt('axis dtype', () => m.cumulativeLogsumexp(tf.constant([1, 2], tf.int32)));
  const g = [m.besselI0(x), m.besselI1(x).mul(2), m.besselI0e(x), m.besselI1e(x), m.cumulativeLogsumexp(x, 1), m.cumulativeLogsumexp(x, 0, { reverse: true, exclusive: false }).neg(), m.reciprocalNoNan(x), tf.batchGather(x, i)].map((y) => tf.gradients(y, x)[0]);
  const f: Feed = [[x, arr([2, 3], 1, -2, 2)], [d, wide64(arr([4], 2, 0, 30))], [u, arr([5], 3)], [i, ints([2, 2], 3, 4)], [j, ints([2, 3, 2], 4, 5, tf.int64)], [p3, arr([2, 3, 4], 6)], [late, ints([2, 2], 3, 7)]];
  const changed = (...by: Feed): Feed => f.map(([k, v]): Feed[number] => [k, by.find(([t2]) => t2 === k)?.[1] ?? v]);
  const f2 = changed([x, f32([2, 3], 0, -0, 50, -.5, 8, -9)], [u, f32([3], Infinity, 1, -1e30)]);
  const f3 = changed([i, new tf.NDArray(tf.int32, [2, 2], Int32Array.of(0, 3, -1, 0))]);
  return { runs: [{ fetch: [...t, ...b], feed: f }, { fetch: g, feed: f }, { fetch: t, feed: f2 }, { fetch: b[1], feed: f3 }, { fetch: tf.histogramFixedWidth(x, [1, 1]), feed: f }, { fetch: m.cumulativeLogsumexp(u, 1), feed: [[u, f32([2], 1, 2)]] }] };
}
