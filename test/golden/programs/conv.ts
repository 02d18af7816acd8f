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
