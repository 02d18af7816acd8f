// `tf.metrics.auc`: the area under a curve of two rates over thresholds. Follows python/ops/metrics_impl.py (1.15).
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { where } from '../array_gather.ts';
import { onesLike } from '../array_values.ts';
import { div, divNoNan, maximum, minimum, multiply } from '../math_binary.ts';
import { logicalAnd } from '../math_logic.ts';
import { reduceSum } from '../math_reduce.ts';
import { log } from '../math_unary.ts';
import { warning } from '../tf_logging.ts';
import type { Updated } from '../variables.ts';
import { variableScope } from '../variable_scope.ts';
import { collected, type Metric, type Predicted } from './support.ts';
import { type Cell, type Counts, countsAt, MARGIN, spaced } from './thresholds.ts';

interface Auc extends Predicted { numThresholds?: number; curve?: string; summationMethod?: string; thresholds?: readonly number[] | null }

/** The area under precision over recall with counts, not precisions, taken as linear between thresholds (Davis and Goadrich 2006). */
function interpolated({ tp, fp, fn }: Counts<Cell>, n: number): Tensor {
  const first = (t: Updated): Tensor => t.at([null, n - 1]);
  const rest = (t: Updated): Tensor => t.at([1, null]);
  const dtp = first(tp).sub(rest(tp));
  const p = tp.add(fp);
  const slope = divNoNan(dtp, maximum(first(p).sub(rest(p)), 0), { name: 'prec_slope' });
  const intercept = rest(tp).sub(multiply(slope, rest(p)));
  const ratio = where(logicalAnd(first(p).greater(0), rest(p).greater(0)), divNoNan(first(p), maximum(rest(p), 0), { name: 'recall_relative_ratio' }), onesLike(rest(p)));
  return reduceSum(divNoNan(slope.mul(dtp.add(intercept.mul(log(ratio)))), maximum(rest(tp).add(rest(fn)), 0), { name: 'pr_auc_increment' }), { name: 'interpolate_pr_auc' });
}

function area(counts: Counts<Cell>, n: number, curve: string, method: string, name: string): Tensor {
  const { tp, fn, tn, fp } = counts;
  const epsilon = 1.0e-6;
  if (curve === 'PR') {
    if (method === 'trapezoidal') warning('Trapezoidal rule is known to produce incorrect PR-AUCs; please switch to "careful_interpolation" instead.');
    else if (method === 'careful_interpolation') return interpolated(counts, n);
  }
  const recall = div(tp.add(epsilon), tp.add(fn).add(epsilon));
  const [x, y] = curve === 'ROC' ? [div(fp, fp.add(tn).add(epsilon)), recall] : [recall, div(tp.add(epsilon), tp.add(fp).add(epsilon))];
  const first = (t: Tensor): Tensor => t.at([null, n - 1]);
  const rest = (t: Tensor): Tensor => t.at([1, null]);
  const height = method === 'minoring' ? (): Tensor => minimum(first(y), rest(y)) : method === 'majoring' ? (): Tensor => maximum(first(y), rest(y)) : (): Tensor => first(y).add(rest(y)).truediv(2.0);
  if (!['trapezoidal', 'careful_interpolation', 'minoring', 'majoring'].includes(method)) throw new ValueError(`Invalid summation_method: ${method}`);
  return reduceSum(multiply(first(x).sub(rest(x)), height()), { name });
}

/** `tf.metrics.auc`: the area under the ROC `curve` (true over false positive rate; 'PR' for precision over recall) drawn through `numThresholds` (200)
 * evenly spaced thresholds, or through `thresholds` and the ends. `summationMethod`: 'trapezoidal', 'careful_interpolation' (better for PR), 'minoring'
 * (a lower bound) or 'majoring' (an upper one). Errors: ValueError for another curve or method, incompatible shapes and weights that do not
 * fit; InvalidArgumentError in the run for predictions outside of [0, 1]. */
export const auc = api('auc', ['labels', 'predictions', 'weights', 'numThresholds', 'metricsCollections', 'updatesCollections', 'curve', 'name', 'summationMethod', 'thresholds'], (p: Auc): Metric =>
  variableScope(p.name ?? null, 'auc', [p.labels, p.predictions, p.weights], () => {
    const curve = p.curve ?? 'ROC';
    const method = p.summationMethod ?? 'trapezoidal';
    if (curve !== 'ROC' && curve !== 'PR') throw new ValueError(`curve must be either ROC or PR, ${curve} unknown`);
    const thresholds = p.thresholds ? [0.0 - MARGIN, ...[...p.thresholds].sort((a, b) => a - b), 1.0 + MARGIN] : spaced(p.numThresholds ?? 200);
    const { values, updates } = countsAt<Cell>(p, thresholds, ['tp', 'fn', 'tn', 'fp']);
    return collected(p, () => area(values, thresholds.length, curve, method, 'value'), () => area(updates, thresholds.length, curve, method, 'update_op'));
  }), { required: 2 });
