// `tf.metrics`: precision and recall of the k best predictions. Follows python/ops/metrics_impl.py (1.15).
import { float64, int64 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { concat } from '../array_join.ts';
import { expandDims, rank as rankOf, reshape, shape as shapeOf, size } from '../array_shape.ts';
import { fill } from '../array_values.ts';
import { afterOps, inScope } from '../building.ts';
import { cond } from '../cond.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { add, div, multiply } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal } from '../math_logic.ts';
import { reducedShape, reduceSum } from '../math_reduce.ts';
import { topK } from '../nn_top_k.ts';
import { setDifference, setIntersection, setSize } from '../sets_ops.ts';
import { type SparseLike, sparseReshape, sparseRetain } from '../sparse_math.ts';
import { SparseTensor } from '../sparse_tensor.ts';
import { assignAdd } from '../state_ops.ts';
import { convertToTensorOrSparseTensor } from '../static_values.ts';
import type { Updated, Variable } from '../variables.ts';
import { assertBroadcastable } from '../weights_broadcast_ops.ts';
import { collected, isGiven, type Metric, metricVariable, type Weighted } from './support.ts';

/** Class numbers, int64: dense `[..., labels]` or `[...]`, or sparse `[..., labels]`. */
export type Labels = TensorLike | SparseLike;
type Sets = Tensor | SparseTensor;

export function atKName(name: string, k: number | null, classId: number | null = null): string { return `${name}_at_${k ?? 'k'}${classId === null ? '' : `_class${classId}`}`; }

/** `_maybe_expand_labels`: labels of one rank less than the predictions get a last dimension of 1. Errors: ValueError for other ranks. */
export function expandLabels(given: Labels, predictions: Tensor): Sets {
  return inScope(null, 'expand_labels', [given, predictions], (scope) => {
    const labels = convertToTensorOrSparseTensor(given);
    if (labels instanceof SparseTensor) {
      return cond(equal(rankOf(predictions), size(labels.denseShape).add(1)),
        () => sparseReshape(labels, concat([labels.denseShape, [1]], 0), scope), () => labels);
    }
    const [l, p] = [labels.shape.ndims, predictions.shape.ndims];
    const expanded = (): Tensor => expandDims(labels, -1, scope);
    if (l === null || p === null) return cond(equal(rankOf(predictions), rankOf(labels).add(1)), expanded, () => labels) as Tensor;
    if (p === l) return labels;
    if (p === l + 1) return expanded();
    throw new ValueError(`Unexpected labels shape ${labels.shape} for predictions shape ${predictions.shape}.`);
  });
}

/** Of each set only this class, where it is there. */
function selected(ids: Sets, classId: number): SparseTensor {
  if (ids instanceof SparseTensor) return sparseRetain(ids, equal(ids.values, classId));
  const shape = shapeOf(ids, { outType: int64 });
  const last = size(shape).sub(1);
  const found = setIntersection(fill(reducedShape(shape, reshape(last, [1])), castTensor(classId, int64)), ids);
  return new SparseTensor(found.indices, found.values, shape);
}

const CELLS = {
  true_positive: (p: Sets, l: Sets): SparseTensor => setIntersection(p, l),
  false_negative: (p: Sets, l: Sets): SparseTensor => setDifference(p, l, { aminusb: false }),
  false_positive: (p: Sets, l: Sets): SparseTensor => setDifference(p, l, { aminusb: true }),
};
type Cell = keyof typeof CELLS;
interface Options { classId?: number | null; weights?: TensorLike | null | undefined; name?: string | null }
/** How many of the k classes of each example are in a cell, times its weight; float64. */
export function countAtK(cell: Cell, labels: Sets, predictions: Tensor, o: Options): Tensor {
  return inScope(o.name, `${cell}s`, [predictions, labels, o.weights], () => {
    let [l, p]: [Sets, Sets] = [labels, predictions];
    if (isGiven(o.classId)) [l, p] = [selected(l, o.classId), selected(p, o.classId)];
    const n = castTensor(setSize(CELLS[cell](p, l)), float64);
    const { weights } = o;
    return isGiven(weights) ? afterOps([assertBroadcastable(weights, n)], () => multiply(n, castTensor(weights, float64))) : n;
  });
}
function streamed(cell: Cell, labels: Sets, predictions: Tensor, k: number | null, o: Options): [Variable, Updated] {
  return inScope(null, atKName(cell, k, o.classId), [predictions, labels, o.weights], (scope) => {
    const total = castTensor(reduceSum(countAtK(cell, labels, predictions, o)), float64);
    const variable = metricVariable([], float64, scope);
    return [variable, assignAdd(variable, total, { name: 'update' })];
  });
}

interface AtK extends Weighted { labels: Labels; classId?: number | null }
interface AtTopK extends AtK { predictionsIdx: TensorLike; k?: number | null }
interface AtBest extends AtK { predictions: TensorLike; k: number }

const atTopK = (name: 'recall' | 'precision', wrong: Cell) => (p: AtTopK): Metric => {
  const k = p.k ?? null;
  const classId = p.classId ?? null;
  return inScope(p.name, atKName(name, k, classId), [p.predictionsIdx, p.labels, p.weights], (scope) => {
    const given = convertToTensor(p.predictionsIdx);
    const labels = expandLabels(p.labels, given);
    const predictions = castTensor(given, int64);
    const o = { classId, weights: p.weights };
    const [right, newRight] = streamed('true_positive', labels, predictions, k, o);
    const [other, newOther] = streamed(wrong, labels, predictions, k, o);
    return collected(p, () => div(right, add(right, other), { name: scope }), () => div(newRight, add(newRight, newOther), { name: 'update' }));
  });
};
const RECALL = atTopK('recall', 'false_negative');
const PRECISION = atTopK('precision', 'false_positive');
const atK = (name: string, of: (p: AtTopK) => Metric) => (p: AtBest): Metric =>
  inScope(p.name, atKName(name, p.k, p.classId), [p.predictions, p.labels, p.weights], (scope) => of({ ...p, predictionsIdx: topK(p.predictions, p.k).indices, name: scope }));

const TOP = ['labels', 'predictionsIdx', 'k', 'classId', 'weights', 'metricsCollections', 'updatesCollections', 'name'] as const;
const BEST = ['labels', 'predictions', 'k', 'classId', 'weights', 'metricsCollections', 'updatesCollections', 'name'] as const;
/** `tf.metrics.recall_at_k`: how many of the labels (int64 `[..., labels]`, `[...]` for one each, or sparse) are among the `k` greatest of `predictions`
 * `[..., classes]`, as float64; `classId` looks at one class only. `weights` are scalar or `[...]`. NaN before the first label.
 * Errors: ValueError for labels of another rank and weights that do not fit. The others alike. */
export const recallAtK = api('recallAtK', BEST, atK('recall', RECALL), { required: 3, python: 'recall_at_k' });
/** `tf.metrics.recall_at_top_k`: of class numbers `[..., k]`, best first, in place of predictions; `k` only names the nodes. */
export const recallAtTopK = api('recallAtTopK', TOP, RECALL, { required: 2, python: 'recall_at_top_k' });
/** `tf.metrics.precision_at_k`: how many of the `k` greatest predictions are among the labels. */
export const precisionAtK = api('precisionAtK', BEST, atK('precision', PRECISION), { required: 3, python: 'precision_at_k' });
/** `tf.metrics.precision_at_top_k`: of class numbers `[..., k]` in place of predictions. */
export const precisionAtTopK = api('precisionAtTopK', TOP, PRECISION, { required: 2, python: 'precision_at_top_k' });
/** `tf.metrics.sparse_precision_at_k`: the old name of `precisionAtK`. */
export const sparsePrecisionAtK = api('sparsePrecisionAtK', BEST, atK('precision', PRECISION), { required: 3, python: 'sparse_precision_at_k' });
