// Restates conv_*.py: convolution, pooling, normalisation.
import * as tf from 'tfgraph';
import { applyOp } from '../../../src/ops/op_def_library.ts';
import { arr, attempt, note, type Program, type Step } from '../oracle.ts';

export function conv_norm(): Program {
  const runs: Step[] = [];
  const x = tf.placeholder(tf.float32, [null, 3, 4, 5], { name: 'x' });
  const scale = tf.constant(arr([5], 2, 0.5, 1.5), { name: 's' }), offset = tf.constant(arr([5], 3), { name: 'o' });
  const r = tf.constant(arr([3, 4, 5], 7), { name: 'r' });
  const feed: [tf.Tensor, tf.NDArray][] = [[x, arr([2, 3, 4, 5], 1)]];
  let [y, mean, variance] = tf.nn.fusedBatchNorm(x, scale, offset, { name: 'train' });
  runs.push({ fetch: [y, mean, variance], feed });
  runs.push({ fetch: tf.gradients(y.mul(r), [x, scale, offset]), feed });
  const m = tf.constant(arr([5], 4), { name: 'm' }), v = tf.constant(arr([5], 5, 0.5, 2), { name: 'v' });
  [y] = tf.nn.fusedBatchNorm(x, scale, offset, m, v, { epsilon: 0.01, isTraining: false });
  runs.push({ fetch: y, feed });
  runs.push({ fetch: tf.gradients(y.mul(r), [x, scale, offset]), feed });
  const half = tf.cast(x, tf.float16, { name: 'half' });
  [y, mean, variance] = tf.nn.fusedBatchNorm(half, scale, offset);
  note('dtypes', [y.dtype.name, mean.dtype.name]);
  runs.push({ fetch: [mean, variance], feed });
  const nchw = tf.placeholder(tf.float32, [2, 5, null, 4], { name: 'nchw' });
  tf.gradients(tf.nn.fusedBatchNorm(nchw, scale, offset, { dataFormat: 'NCHW' })[0], [nchw, scale]);
  tf.gradients(tf.nn.fusedBatchNorm(nchw, scale, offset, m, v, { dataFormat: 'NCHW', isTraining: false })[0], [nchw, scale, offset]);
  attempt('given while training', () => tf.nn.fusedBatchNorm(x, scale, offset, { mean: m }));
  attempt('channels', () => tf.nn.fusedBatchNorm(x, tf.constant(arr([4], 1)), offset));
  attempt('rank', () => tf.nn.fusedBatchNorm(tf.placeholder(tf.float32, [2, 3]), scale, offset));
  const old = applyOp('FusedBatchNorm', [x, scale, offset, [], []], { epsilon: 0.1 }).outputs[0]!;
  runs.push({ fetch: tf.gradients(old.mul(x), [x, scale, offset]), feed });
  for (const scaleAfterNormalization of [true, false]) runs.push({ fetch: tf.nn.batchNormWithGlobalNormalization(x, m, v, offset, scale, 0.02, scaleAfterNormalization), feed });
  const w = tf.constant(arr([4, 1], 6, 0.5, 2), { name: 'w' });
  for (const [name, keepDims] of [['kept', true], ['gone', false]] as const) runs.push({ fetch: tf.nn.weightedMoments(x, [0, 2], w, { name, keepDims }), feed });
  tf.nn.weightedMoments(half, [0, 1, 2], 2.0);
  return { runs };
}

export function conv_pool(): Program {
  const runs: Step[] = [];
  const x = tf.placeholder(tf.float32, [null, 5, 6, 3], { name: 'x' });
  const feed: [tf.Tensor, tf.NDArray][] = [[x, arr([2, 5, 6, 3], 1)]];
  const square = (t: tf.Tensor): tf.Tensor => t.mul(t);
  const grad = (y: tf.Tensor, by: tf.Tensor, name?: string): tf.Tensor => tf.gradients(square(y), by, { name: name ?? null })[0] as tf.Tensor;
  ([[tf.nn.maxPool, 'SAME'], [tf.nn.avgPool, 'VALID'], [tf.nn.avgPool2d, 'SAME'], [tf.nn.maxPool2d, 'VALID']] as const).forEach(([f, padding], i) => {
    const y = f(x, [2, 3], [1, 2], padding), g = grad(y, x, `g${i}`);
    runs.push({ fetch: [y, g, grad(g, x, `gg${i}`)], feed });
  });
  tf.nn.maxPool(tf.placeholder(tf.float32), 2, 2, 'SAME');
  tf.nn.avgPool(tf.placeholder(tf.float32, [null, 3, null, null]), [1, 1, 2, 2], [1, 1, 2, 2], 'VALID', { dataFormat: 'NCHW' });
  attempt('ksize zero', () => tf.nn.maxPool(x, 0, 1, 'SAME'));
  attempt('length', () => tf.nn.maxPool(x, [1, 2, 3], 1, 'SAME'));
  attempt('too big', () => tf.nn.avgPool(x, [1, 7, 2, 1], [1, 1, 1, 1], 'VALID'));
  attempt('stride values', () => applyOp('MaxPool', [x], { ksize: [1, 2, 2, 1], strides: [1, 2], padding: 'VALID' }));
  attempt('ksize values', () => applyOp('AvgPool', [x], { ksize: [2, 2], strides: [1, 2, 2, 1], padding: 'VALID' }));
  attempt('stride 0', () => applyOp('MaxPool', [x], { ksize: [1, 2, 2, 1], strides: [1, 0, 1, 1], padding: 'VALID' }));
  const s = tf.placeholder(tf.float32, [2, 7, 3], { name: 's' });
  for (const f of [tf.nn.maxPool1d, tf.nn.avgPool1d]) {
    const y = f(s, 3, 2, 'SAME');
    runs.push({ fetch: [y, grad(y, s)], feed: [[s, arr([2, 7, 3], 2)]] });
  }
  tf.nn.maxPool1d(s, [2], [2], 'VALID', { dataFormat: 'NCW', name: 'ncw' });
  const v = tf.placeholder(tf.float32, [2, 4, 5, null, 2], { name: 'v' });
  for (const [f, padding] of [[tf.nn.maxPool3d, 'SAME'], [tf.nn.avgPool3d, 'VALID']] as const) {
    const y = f(v, [2, 3, 2], [2, 2, 1], padding), g = grad(y, v);
    runs.push({ fetch: [y, g, grad(g, v)], feed: [[v, arr([2, 4, 5, 3, 2], 3)]] });
  }
  tf.nn.avgPool3d(v, 2, 2, 'SAME', { name: 'cubes' });
  tf.nn.maxPool3d(tf.placeholder(tf.float32, [null, 2, 8, 8, 8]), 2, 2, 'SAME', { dataFormat: 'NCDHW' });
  attempt('3d values', () => applyOp('MaxPool3D', [v], { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 2, 1], padding: 'VALID' }));
  attempt('3d stride values', () => applyOp('AvgPool3D', [v], { ksize: [1, 2, 2, 2, 1], strides: [1, 2], padding: 'VALID' }));
  for (const t of [s, x, v]) {
    tf.nn.maxPoolV2(t, 2, 2, 'VALID');
    tf.nn.avgPoolV2(t, 2, 1, 'SAME', { name: 'by_rank' });
  }
  attempt('rank 2', () => tf.nn.maxPoolV2(tf.zeros([2, 3]), 2, 2, 'VALID'));
  const k = tf.constant([1, 2, 2, 1], { dtype: tf.int32, name: 'k' }), st = tf.placeholder(tf.int32, [4], { name: 'st' });
  let y = applyOp('MaxPoolV2', [x, k, [1, 2, 1, 1]], { padding: 'SAME' }).output;
  const g = grad(y, x);
  runs.push({ fetch: [y, g, grad(g, x)], feed });
  runs.push({ fetch: applyOp('MaxPoolV2', [x, k, st], { padding: 'VALID' }).output, feed: [...feed, [st, new tf.NDArray(tf.int32, [4], Int32Array.of(1, 1, 3, 1))]] });
  let at: tf.Tensor;
  [y, at] = tf.nn.maxPoolWithArgmax(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME');
  runs.push({ fetch: [y, at, grad(y, x)], feed });
  [y, at] = tf.nn.maxPoolWithArgmax(x, [1, 3, 2, 1], [1, 1, 2, 1], 'VALID', { includeBatchInIndex: true });
  runs.push({ fetch: [y, at], feed });
  attempt('argmax NCHW', () => tf.nn.maxPoolWithArgmax(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME', { dataFormat: 'NCHW' }));
  for (const dtype of [tf.int32, tf.int64, tf.uint8, tf.float64]) runs.push({ fetch: tf.nn.maxPool(tf.cast(x.mul(40), dtype), 2, 2, 'SAME'), feed: [[x, arr([2, 5, 6, 3], 1, 0, 3)]] });
  return { runs };
}
