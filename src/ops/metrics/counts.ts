// `tf.metrics`: how often two classes were told right and wrong, and precision and recall from that. Follows python/ops/metrics_impl.py (1.15).
import { bool, float32 } from '../../graph/dtype.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { where } from '../array_gather.ts';
import { rank as rankOf } from '../array_shape.ts';
import { identity } from '../array_values.ts';
import { afterOps } from '../building.ts';
import { assertRankIn, assertType } from '../check_ops.ts';
import { div, multiply } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal, greater, logicalAnd } from '../math_logic.ts';
import { reduceSum } from '../math_reduce.ts';
import { assignAdd } from '../state_ops.ts';
import type { Updated } from '../variables.ts';
import { variableScope } from '../variable_scope.ts';
import { collected, isGiven, type Metric, metricVariable, PREDICTED, type Predicted, squeezed, type Weighted } from './support.ts';

function countOf(condition: Tensor, p: Weighted): Metric<Updated> {
  assertType(condition, bool);
  const count = metricVariable([], float32, 'count');
  let values = castTensor(condition, float32);
  if (isGiven(p.weights)) {
    const { weights } = p;
    values = afterOps([assertRankIn(weights, [0, rankOf(values)])], () => multiply(values, castTensor(weights, float32)));
  }
  return collected(p, () => identity(count), () => assignAdd(count, reduceSum(values)));
}

const asBools = (p: Predicted): ReturnType<typeof squeezed> => squeezed(castTensor(p.predictions, bool), castTensor(p.labels, bool), p.weights);
/** Counts examples with this label and this prediction. */
const counter = (scope: string, label: boolean, prediction: boolean) => (p: Predicted): Metric<Updated> =>
  variableScope(p.name ?? null, scope, [p.predictions, p.labels, p.weights], () => {
    const { labels, predictions, weights } = asBools(p);
    return countOf(logicalAnd(equal(labels, label), equal(predictions, prediction)), { ...p, weights: weights ?? null });
  });
const COUNTERS = {
  tp: counter('true_positives', true, true), fn: counter('false_negatives', true, false), tn: counter('true_negatives', false, false), fp: counter('false_positives', false, true),
};
/** `tf.metrics.true_positives`: the sum of weights where label and prediction, cast to bool, are true; the other three alike.
 * Errors: ValueError for incompatible shapes, and for weights that are neither scalar nor of the labels' rank. */
export const truePositives = api('truePositives', PREDICTED, COUNTERS.tp, { required: 2 });
/** `tf.metrics.false_negatives`. */
export const falseNegatives = api('falseNegatives', PREDICTED, COUNTERS.fn, { required: 2 });
/** `tf.metrics.true_negatives`. */
export const trueNegatives = api('trueNegatives', PREDICTED, COUNTERS.tn, { required: 2 });
/** `tf.metrics.false_positives`. */
export const falsePositives = api('falsePositives', PREDICTED, COUNTERS.fp, { required: 2 });

/** The share of true positives in the sum of them and another count; 0 when there are none. */
const share = (scope: string, wrong: 'fp' | 'fn') => (p: Predicted): Metric => variableScope(p.name ?? null, scope, [p.predictions, p.labels, p.weights], () => {
  const { labels, predictions, weights } = asBools(p);
  const again = { labels, predictions, weights: weights ?? null };
  const [right, newRight] = COUNTERS.tp(again);
  const [other, newOther] = COUNTERS[wrong](again);
  const of = (a: Updated, b: Updated, name: string): Tensor => where(greater(a.add(b), 0), div(a, a.add(b)), 0, name);
  return collected(p, () => of(right, other, 'value'), () => of(newRight, newOther, 'update_op'));
});
/** `tf.metrics.precision`: true positives of all that was predicted true; 0 when nothing was. */
export const precision = api('precision', PREDICTED, share('precision', 'fp'), { required: 2 });
/** `tf.metrics.recall`: true positives of all labels that are true; 0 when none is. */
export const recall = api('recall', PREDICTED, share('recall', 'fn'), { required: 2 });
