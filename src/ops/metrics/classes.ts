// `tf.metrics`: means over classes. Follows python/ops/metrics_impl.py (1.15).
import { float32, float64, int32, int64 } from '../../graph/dtype.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { diagPart } from '../array_diag.ts';
import { where } from '../array_gather.ts';
import { reshape, size } from '../array_shape.ts';
import { ones, onesLike } from '../array_values.ts';
import { confusion } from '../confusion_matrix.ts';
import { convertToTensor } from '../convert.ts';
import { div } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal, greater, notEqual } from '../math_logic.ts';
import { reduceMean, reduceSum } from '../math_reduce.ts';
import { assignAdd, scatterAdd } from '../state_ops.ts';
import type { Updated, Variable } from '../variables.ts';
import { variableScope } from '../variable_scope.ts';
import { collected, isGiven, type Metric, metricVariable, OPTIONS, type Predicted, ratio } from './support.ts';

interface Classes extends Predicted { numClasses: number }
const CLASSES = ['labels', 'predictions', 'numClasses', ...OPTIONS] as const;
const flat = (t: Tensor): Tensor => (t.shape.ndims !== null && t.shape.ndims > 1 ? reshape(t, [-1]) : t);

function meanIouOf(counts: Variable): Tensor {
  const rows = castTensor(reduceSum(counts, 0), float32);
  const columns = castTensor(reduceSum(counts, 1), float32);
  const both = castTensor(diagPart(counts), float32);
  const union = rows.add(columns).sub(both);
  // A class that was never seen has an empty union and does not count.
  const seen = reduceSum(castTensor(notEqual(union, 0), float32));
  const safe = where(greater(union, 0), union, onesLike(union));
  const iou = div(both, safe);
  return where(greater(seen, 0), reduceSum(iou, { name: 'mean_iou' }).truediv(seen), 0);
}
/** `tf.metrics.mean_iou`: the mean over the classes seen of intersection over union of labels and predictions (classes from 0 to `numClasses` - 1, of
 * any shape); the update is the confusion matrix, float64. Errors: ValueError for incompatible shapes; InvalidArgumentError in the run for other classes. */
export const meanIou = api('meanIou', CLASSES, (p: Classes): Metric<Updated> => variableScope(p.name ?? null, 'mean_iou', [p.predictions, p.labels, p.weights], () => {
  const [given, truth] = [convertToTensor(p.predictions), convertToTensor(p.labels)];
  given.shape.assertIsCompatibleWith(truth.shape);
  const total = metricVariable([p.numClasses, p.numClasses], float64, 'total_confusion_matrix');
  let predictions = castTensor(given, int64);
  let labels = castTensor(truth, int64);
  const numClasses = castTensor(p.numClasses, int64);
  predictions = flat(predictions);
  labels = flat(labels);
  const weights = isGiven(p.weights) ? flat(convertToTensor(p.weights)) : null;
  const update = assignAdd(total, confusion({ labels, predictions, numClasses, weights, dtype: float64 }));
  return collected(p, () => meanIouOf(total), () => update);
}), { required: 3, python: 'mean_iou' });

/** `tf.metrics.mean_per_class_accuracy`: the mean over all classes of each one's accuracy (0 for a class never seen); the update gives the accuracies
 * `[numClasses]`. Errors: ValueError for incompatible shapes; InvalidArgumentError in the run for labels out of range. */
export const meanPerClassAccuracy = api('meanPerClassAccuracy', CLASSES, (p: Classes): Metric => variableScope(p.name ?? null, 'mean_accuracy', [p.predictions, p.labels, p.weights], () => {
  const labels = flat(castTensor(p.labels, int64));
  let predictions = flat(convertToTensor(p.predictions, { preferred: int32 }));
  predictions.shape.assertIsCompatibleWith(labels.shape);
  const total = metricVariable([p.numClasses], float32, 'total');
  const count = metricVariable([p.numClasses], float32, 'count');
  let each = ones([size(labels)], float32);
  if (predictions.dtype !== labels.dtype) predictions = castTensor(predictions, labels.dtype);
  let right = castTensor(equal(predictions, labels), float32);
  if (isGiven(p.weights)) {
    const weights = castTensor(flat(convertToTensor(p.weights)), float32);
    right = right.mul(weights);
    each = each.mul(weights);
  }
  const newTotal = scatterAdd(total, labels, each);
  const newCount = scatterAdd(count, labels, right);
  return collected(p, () => reduceMean(ratio(count, total, null), { name: 'mean_accuracy' }), () => ratio(newCount, newTotal, 'update_op'));
}), { required: 3 });
