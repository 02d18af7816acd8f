// `tf.metrics`: means over all batches, of values and of errors. Follows python/ops/metrics_impl.py (1.15).
import { float32 } from '../../graph/dtype.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { where } from '../array_gather.ts';
import { size } from '../array_shape.ts';
import { onesLike, zerosLike } from '../array_values.ts';
import { afterOps } from '../building.ts';
import { removeSqueezableDimensions } from '../confusion_matrix.ts';
import type { TensorLike } from '../convert.ts';
import { div, multiply, squaredDifference, subtract } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal, less } from '../math_logic.ts';
import { reduceSum } from '../math_reduce.ts';
import { abs, sqrt } from '../math_unary.ts';
import { assignAdd } from '../state_ops.ts';
import { variableScope } from '../variable_scope.ts';
import { collected, isGiven, type Metric, metricVariable, OPTIONS, PREDICTED, type Predicted, ratio, squeezed, type Weighted, weightsOf } from './support.ts';

function meanOf(values: TensorLike, p: Weighted, name: string | null = p.name ?? null): Metric {
  return variableScope(name, 'mean', [values, p.weights], () => {
    let x = castTensor(values, float32);
    const total = metricVariable([], float32, 'total');
    const count = metricVariable([], float32, 'count');
    let n: Tensor;
    if (isGiven(p.weights)) {
      const weights = weightsOf(x, p.weights);
      x = multiply(x, weights);
      n = reduceSum(weights);
    } else n = castTensor(size(x), float32);
    const newTotal = assignAdd(total, reduceSum(x));
    const newCount = afterOps([x], () => assignAdd(count, n));
    return collected(p, () => ratio(total, count, 'value'), () => ratio(newTotal, newCount, 'update_op'));
  });
}

interface Values extends Weighted { values: TensorLike }
/** `tf.metrics.mean`: [mean, updateOp] of all values seen, of any shape, as float32; 0 before the first. The variables `total` and `count` are local:
 * initialize them with `tf.localVariablesInitializer()`. Errors: ValueError for weights that do not fit (the others alike). */
export const mean = api('mean', ['values', ...OPTIONS], (p: Values): Metric => meanOf(p.values, p), { required: 1 });

/** `tf.metrics.mean_tensor`: like `mean`, but element by element: values always have one, fully known, shape, which is that of the mean. */
export const meanTensor = api('meanTensor', ['values', ...OPTIONS], (p: Values): Metric => variableScope(p.name ?? null, 'mean', [p.values, p.weights], () => {
  let x = castTensor(p.values, float32);
  const total = metricVariable(x.shape, float32, 'total_tensor');
  const count = metricVariable(x.shape, float32, 'count_tensor');
  let n = onesLike(x);
  if (isGiven(p.weights)) {
    const weights = weightsOf(x, p.weights);
    x = multiply(x, weights);
    n = multiply(n, weights);
  }
  const newTotal = assignAdd(total, x);
  const newCount = afterOps([x], () => assignAdd(count, n));
  return collected(p, () => ratio(total, count, 'value'), () => ratio(newTotal, newCount, 'update_op'));
}), { required: 1 });

/** `tf.metrics.percentage_below`: the share (0 to 1) of values below `threshold`. */
export const percentageBelow = api('percentageBelow', ['values', 'threshold', ...OPTIONS], (p: Values & { threshold: TensorLike }): Metric =>
  meanOf(castTensor(less(p.values, p.threshold), float32), p, p.name || 'percentage_below_threshold'), { required: 2 });

/** The mean of what is computed from labels and predictions of one shape. */
function meanOfErrors<P extends Predicted>(name: string, errors: (labels: Tensor, predictions: Tensor, p: P) => Tensor): (p: P) => Metric {
  return (p) => {
    const { labels, predictions, weights } = squeezed(p.predictions, p.labels, p.weights);
    return meanOf(errors(labels, predictions, p), { ...p, weights: weights ?? null }, p.name || name);
  };
}

/** `tf.metrics.accuracy`: how often predictions equal labels; predictions are cast to the labels' dtype. Errors: ValueError for incompatible shapes (the others alike). */
export const accuracy = api('accuracy', PREDICTED, meanOfErrors<Predicted>('accuracy', (labels, predictions) =>
  castTensor(equal(labels.dtype === predictions.dtype ? predictions : castTensor(predictions, labels.dtype), labels), float32)), { required: 2 });
/** `tf.metrics.mean_absolute_error`. */
export const meanAbsoluteError = api('meanAbsoluteError', PREDICTED, meanOfErrors<Predicted>('mean_absolute_error', (labels, predictions) => abs(predictions.sub(labels))), { required: 2 });

const squaredErrors = meanOfErrors<Predicted>('mean_squared_error', (labels, predictions) => squaredDifference(labels, predictions));
/** `tf.metrics.mean_squared_error`. */
export const meanSquaredError = api('meanSquaredError', PREDICTED, squaredErrors, { required: 2 });
/** `tf.metrics.root_mean_squared_error`: the square root of the mean. */
export const rootMeanSquaredError = api('rootMeanSquaredError', PREDICTED, (p: Predicted): Metric => {
  const { labels, predictions, weights } = squeezed(p.predictions, p.labels, p.weights);
  const [value, update] = squaredErrors({ labels, predictions, weights: weights ?? null, name: p.name || 'root_mean_squared_error' });
  return collected(p, () => sqrt(value), () => sqrt(update));
}, { required: 2 });

interface Relative extends Predicted { normalizer: TensorLike }
/** `tf.metrics.mean_relative_error`: the mean of |labels - predictions| / normalizer, 0 where the normalizer is 0. */
export const meanRelativeError = api('meanRelativeError', ['labels', 'predictions', 'normalizer', ...OPTIONS], meanOfErrors<Relative>('mean_relative_error', (labels, given, p) => {
  const [predictions, normalizer] = removeSqueezableDimensions(given, p.normalizer);
  predictions.shape.assertIsCompatibleWith(normalizer.shape);
  return where(equal(normalizer, 0.0), zerosLike(labels), div(abs(labels.sub(predictions)), normalizer));
}), { required: 3 });

interface Cosine extends Predicted { dim: number }
/** `tf.metrics.mean_cosine_distance`: 1 - the mean dot product over dimension `dim` of labels and predictions, which should have unit length. */
export const meanCosineDistance = api('meanCosineDistance', ['labels', 'predictions', 'dim', ...OPTIONS], (p: Cosine): Metric => {
  const { labels, predictions, weights } = squeezed(p.predictions, p.labels, p.weights);
  const products = reduceSum(multiply(predictions, labels), { axis: [p.dim], keepdims: true });
  const [value, update] = meanOf(products, { weights: weights ?? null }, p.name || 'mean_cosine_distance');
  const [distance, updated] = [subtract(1.0, value), subtract(1.0, update)];
  return collected(p, () => distance, () => updated);
}, { required: 3 });
