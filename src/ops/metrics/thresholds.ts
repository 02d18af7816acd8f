// `tf.metrics`: the four counts at several thresholds of a probability, and what is made of them. Follows python/ops/metrics_impl.py (1.15).
import { bool, float32, int32, int64 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { expandDims, reshape, shape as shapeOf, transpose } from '../array_shape.ts';
import { tile } from '../array_slice.ts';
import { constant, identity } from '../array_values.ts';
import { afterOps, indexTensor } from '../building.ts';
import { assertGreaterEqual, assertLessEqual } from '../check_ops.ts';
import { convertToTensor } from '../convert.ts';
import { div } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal, greater, logicalAnd } from '../math_logic.ts';
import { argmax, argmin, cumsum, reduceMin, reduceSum } from '../math_reduce.ts';
import { abs, logicalNot } from '../math_unary.ts';
import { assignAdd } from '../state_ops.ts';
import type { Updated } from '../variables.ts';
import { variableScope } from '../variable_scope.ts';
import { broadcastWeights } from '../weights_broadcast_ops.ts';
import { collected, type Metric, metricVariable, OPTIONS, type Predicted, squeezed } from './support.ts';

/** True and false positives and negatives, in TF's order of making them. */
const CELLS = { tp: 'true_positives', fn: 'false_negatives', tn: 'true_negatives', fp: 'false_positives' } as const;
export type Cell = keyof typeof CELLS;
export type Counts<K extends Cell, T extends Updated = Updated> = Readonly<Record<K, T>>;
const ALL: readonly Cell[] = ['tp', 'fn', 'tn', 'fp'];
/** More than rounding can take a probability below 0 or above 1. */
export const MARGIN = 1e-7;

/** `_confusion_matrix_at_thresholds`: variables `[thresholds]` and their updates; a prediction above the threshold is a positive one.
 * Errors: InvalidArgumentError in the run for predictions outside of [0, 1]. */
export function countsAt<K extends Cell>(p: Predicted, thresholds: readonly number[], includes: readonly K[]): { values: Counts<K>; updates: Counts<K> } {
  const given = convertToTensor(p.predictions);
  const message = 'predictions must be in [0, 1]';
  const checks = [assertGreaterEqual(given, castTensor(0.0, given.dtype), { message }), assertLessEqual(given, castTensor(1.0, given.dtype), { message })];
  const { predictions, labels, weights } = afterOps(checks, () => squeezed(castTensor(given, float32), castTensor(p.labels, bool), p.weights));
  const n = thresholds.length;
  const has = (...cells: Cell[]): boolean => cells.some((c) => (includes as readonly Cell[]).includes(c));

  const column = reshape(predictions, [-1, 1]);
  const row = reshape(castTensor(labels, bool), [1, -1]);
  const count = column.shape.dims?.[0] ?? shapeOf(column).at(0);
  const limits = tile(expandDims(constant([...thresholds]), [1]), indexTensor([1, count], 'stack'));
  const predicted = greater(tile(transpose(column), [n, 1]), limits);
  const notPredicted = has('fn', 'tn') ? logicalNot(predicted) : predicted;
  const labelled = tile(row, [n, 1]);
  const notLabelled = has('fp', 'tn') ? logicalNot(labelled) : labelled;
  let each: Tensor | undefined;
  if (weights !== undefined) {
    const tiled = each = tile(reshape(broadcastWeights(castTensor(weights, float32), predictions), [1, -1]), [n, 1]);
    limits.shape.assertIsCompatibleWith(tiled.shape);
  }
  const operands: Record<Cell, [Tensor, Tensor]> = { tp: [labelled, predicted], fn: [labelled, notPredicted], tn: [notLabelled, notPredicted], fp: [notLabelled, predicted] };
  const [values, updates]: [Partial<Record<Cell, Updated>>, Partial<Record<Cell, Updated>>] = [{}, {}];
  for (const cell of ALL.filter((c) => has(c))) {
    const variable = metricVariable([n], float32, CELLS[cell]);
    let hits = castTensor(logicalAnd(...operands[cell]), float32);
    if (each !== undefined) hits = hits.mul(each);
    updates[cell] = assignAdd(variable, reduceSum(hits, 1));
    values[cell] = variable;
  }
  return { values: values as Counts<K>, updates: updates as Counts<K> };
}

interface AtThresholds extends Predicted { thresholds: readonly number[] }
const THRESHOLDS = ['labels', 'predictions', 'thresholds', ...OPTIONS] as const;
const inOwnScope = <R>(p: Predicted, name: string, body: () => R): R => variableScope(p.name ?? null, name, [p.predictions, p.labels, p.weights], body);

const counter = (cell: Cell) => (p: AtThresholds): Metric<Updated> => inOwnScope(p, CELLS[cell], () => {
  const { values, updates } = countsAt(p, p.thresholds, [cell]);
  return collected(p, () => identity(values[cell]), () => updates[cell]);
});
/** `tf.metrics.true_positives_at_thresholds`: for each threshold in [0, 1] the sum of weights where the label is true and the prediction, a
 * probability, above it: `[thresholds]`. Errors: ValueError for incompatible shapes and weights that do not fit; InvalidArgumentError in the run
 * for predictions outside of [0, 1]. The others alike. */
export const truePositivesAtThresholds = api('truePositivesAtThresholds', THRESHOLDS, counter('tp'), { required: 3 });
/** `tf.metrics.false_negatives_at_thresholds`. */
export const falseNegativesAtThresholds = api('falseNegativesAtThresholds', THRESHOLDS, counter('fn'), { required: 3 });
/** `tf.metrics.true_negatives_at_thresholds`. */
export const trueNegativesAtThresholds = api('trueNegativesAtThresholds', THRESHOLDS, counter('tn'), { required: 3 });
/** `tf.metrics.false_positives_at_thresholds`. */
export const falsePositivesAtThresholds = api('falsePositivesAtThresholds', THRESHOLDS, counter('fp'), { required: 3 });

const share = (name: 'precision' | 'recall', wrong: 'fp' | 'fn') => (p: AtThresholds): Metric => inOwnScope(p, `${name}_at_thresholds`, () => {
  const { values, updates } = countsAt(p, p.thresholds, ['tp', wrong]);
  const of = (c: Counts<Cell>, what: string): Tensor => div(c.tp, c.tp.radd(1e-7).add(c[wrong]), `${name}_${what}`);
  return collected(p, () => of(values as Counts<Cell>, 'value'), () => of(updates as Counts<Cell>, 'update_op'));
});
/** `tf.metrics.precision_at_thresholds`: true positives of all that was predicted true at each threshold, `[thresholds]`. */
export const precisionAtThresholds = api('precisionAtThresholds', THRESHOLDS, share('precision', 'fp'), { required: 3 });
/** `tf.metrics.recall_at_thresholds`: true positives of all labels that are true. */
export const recallAtThresholds = api('recallAtThresholds', THRESHOLDS, share('recall', 'fn'), { required: 3 });

/** Evenly spaced thresholds with one below 0 at the start and one at the end. */
export function spaced(n: number, end = 1.0 + MARGIN): number[] {
  return [0.0 - MARGIN, ...Array.from({ length: Math.max(0, n - 2) }, (_, i) => (i + 1) * 1.0 / (n - 1)), end];
}

/** One rate at the threshold where the other is nearest to what is wanted. */
function rateAt<P extends Predicted & { numThresholds?: number }>(name: string, wantedName: 'specificity' | 'sensitivity', end: number, rate: (c: Counts<Cell>, wanted: number, name: string) => Tensor) {
  return (p: P): Metric => {
    const wanted = (p as unknown as Record<string, number>)[wantedName]!;
    if (wanted < 0 || wanted > 1) throw new ValueError(`\`${wantedName}\` must be in the range [0, 1].`);
    return inOwnScope(p, name, () => {
      const { values, updates } = countsAt(p, spaced(p.numThresholds ?? 200, end), ALL);
      return collected(p, () => rate(values, wanted, 'value'), () => rate(updates, wanted, 'update_op'));
    });
  };
}
const RATED = ['weights', 'numThresholds', 'metricsCollections', 'updatesCollections', 'name'] as const;

/** `tf.metrics.sensitivity_at_specificity`: the share of true labels predicted true, at that of `numThresholds` (200) thresholds where the share of
 * false labels predicted false is nearest to `specificity`. Errors: ValueError when that is not in [0, 1], and those of the others. */
export const sensitivityAtSpecificity = api('sensitivityAtSpecificity', ['labels', 'predictions', 'specificity', ...RATED],
  rateAt<Predicted & { specificity: number; numThresholds?: number }>('sensitivity_at_specificity', 'specificity', 1.0 + MARGIN, ({ tp, tn, fp, fn }, wanted, name) => {
    const specificities = div(tn, tn.add(fp).add(MARGIN));
    const best = castTensor(argmin(abs(specificities.sub(wanted)), 0), int32);
    return div(tp.at(best), tp.at(best).add(fn.at(best)).add(MARGIN), name);
  }), { required: 3 });

/** `tf.metrics.specificity_at_sensitivity`: the share of false labels predicted false, at the last threshold where the share of true labels
 * predicted true is nearest to `sensitivity`. */
export const specificityAtSensitivity = api('specificityAtSensitivity', ['labels', 'predictions', 'sensitivity', ...RATED],
  rateAt<Predicted & { sensitivity: number; numThresholds?: number }>('specificity_at_sensitivity', 'sensitivity', 1.0 - MARGIN, ({ tp, tn, fp, fn }, wanted, name) => {
    const sensitivities = div(tp, tp.add(fn).add(MARGIN));
    const least = reduceMin(abs(sensitivities.sub(wanted)));
    const nearest = castTensor(equal(abs(sensitivities.sub(wanted)), least), int64);
    // The running count is greatest first where the last of the nearest is.
    const last = castTensor(argmax(cumsum(nearest), 0), int32);
    return div(tn.at(last), tn.at(last).add(fp.at(last)).add(MARGIN), name);
  }), { required: 3 });
