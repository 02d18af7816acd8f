// `tf.metrics.average_precision_at_k`: precision averaged over the ranks at which relevant classes come. Follows python/ops/metrics_impl.py (1.15).
import { float64, int64 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { whereV2 } from '../array_gather.ts';
import { concat } from '../array_join.ts';
import { expandDims, reshape, shape as shapeOf, size } from '../array_shape.ts';
import { slice, tile } from '../array_slice.ts';
import { onesLike, zerosLike } from '../array_values.ts';
import { inScope } from '../building.ts';
import { cond } from '../cond.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { div, divNoNan, minimum, multiply } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { greaterEqual } from '../math_logic.ts';
import { cumsum, reduceMax, reduceSum } from '../math_reduce.ts';
import { topK } from '../nn_top_k.ts';
import { setSize } from '../sets_ops.ts';
import { sparseConcat, sparseReshape } from '../sparse_math.ts';
import { SparseTensor } from '../sparse_tensor.ts';
import { assignAdd } from '../state_ops.ts';
import { convertToTensorOrSparseTensor } from '../static_values.ts';
import type { Updated, Variable } from '../variables.ts';
import { broadcastWeights } from '../weights_broadcast_ops.ts';
import { atKName, countAtK, expandLabels, type Labels } from './at_k.ts';
import { collected, isGiven, type Metric, metricVariable, type Weighted } from './support.ts';

type Sets = Tensor | SparseTensor;

/** Labels `[..., n]` as `[..., k, n]`. */
function perRank(labels: Sets, k: number): Sets {
  return inScope('labels_per_k', 'expand_and_tile', [labels, k], (scope) => {
    if (labels instanceof SparseTensor) {
      const shape = labels.denseShape;
      const outer = reshape(size(shape).add(-1), [1]);
      const expanded = sparseReshape(labels, concat([slice(shape, [0], outer), [1], slice(shape, outer, [-1])], 0, 'expanded_shape'), 'expand');
      return k === 1 ? expanded : sparseConcat(-2, Array.from({ length: k }, () => expanded), scope);
    }
    const expanded = expandDims(labels, -2, 'expand');
    if (k === 1) return expanded;
    const ones = onesLike(shapeOf(labels));
    return tile(expanded, concat([ones.at([null, -1]), [k], ones.at([-1, null])], 0, 'multiples'), scope);
  });
}

/** How many labels there are, k at most; negative ones do not count. */
function relevantOf(labels: Sets, k: number): Tensor {
  return inScope(null, 'num_relevant', [labels], (scope) => {
    if (labels instanceof SparseTensor) return minimum(setSize(labels), k, scope);
    return minimum(reduceSum(whereV2(greaterEqual(labels, 0), onesLike(labels), zerosLike(labels)), -1), k, scope);
  });
}

function averagePrecision(given: Labels, indices: Tensor): Tensor {
  return inScope(null, 'average_precision', [indices, given], (scope) => {
    const predictions = castTensor(indices, int64, 'predictions_idx');
    if (predictions.shape.ndims === 0) throw new ValueError('The rank of predictions_idx must be at least 1.');
    const k = predictions.shape.asList().at(-1) ?? null;
    if (k === null) throw new ValueError('The last dimension of predictions_idx must be set.');
    const labels = expandLabels(given, predictions);
    const predictionsPerK = expandDims(predictions, -1, 'predictions_idx_per_k');
    const relevant = countAtK('true_positive', perRank(labels, k), predictionsPerK, { name: 'relevant_per_k' });
    const right = cumsum(relevant, { axis: -1, name: 'tp_per_k' });
    const retrieved = cumsum(onesLike(relevant), { axis: -1, name: 'retrieved_per_k' });
    const precision = div(castTensor(right, float64), castTensor(retrieved, float64), 'precision_per_k');
    const sum = reduceSum(multiply(precision, castTensor(relevant, float64), 'relevant_precision_per_k'), { axis: [-1], name: 'precision_sum' });
    return div(sum, castTensor(relevantOf(labels, k), float64), scope);
  });
}

/** Labels that are no class become -1, which is in no set of predictions. */
function withoutOutOfRange(labels: Sets, numClasses: Tensor): Sets {
  const clean = (v: Tensor): Tensor => whereV2(greaterEqual(v, numClasses), onesLike(v).rmul(-1), v);
  const greatest = reduceMax(labels instanceof SparseTensor ? labels.values : labels);
  return cond(greaterEqual(greatest, numClasses),
    () => (labels instanceof SparseTensor ? new SparseTensor(labels.indices, clean(labels.values), labels.denseShape) : clean(labels)) as Tensor, () => labels) as Sets;
}

/** A running sum in a scope of its own. */
function summed(name: string, average: Tensor, batch: () => Tensor): [Variable, Updated] {
  return inScope(null, name, [average], (scope) => {
    const variable = metricVariable([], float64, scope);
    return [variable, assignAdd(variable, batch(), { name: 'update' })];
  });
}

interface AveragePrecision extends Weighted { labels: Labels; predictions: TensorLike; k: number }
function averagePrecisionAt(p: AveragePrecision): Metric {
  const { k } = p;
  if (k < 1) throw new ValueError(`Invalid k=${k}.`);
  return inScope(p.name, atKName('average_precision', k), [p.predictions, p.labels, p.weights], (outer) => {
    const predictions = convertToTensor(p.predictions);
    const { indices } = topK(predictions, k);
    const labels = withoutOutOfRange(convertToTensorOrSparseTensor(p.labels), castTensor(shapeOf(predictions).at(-1), int64));
    return inScope(outer, 'average_precision_at_top_k', [indices, labels, p.weights], (scope) => {
      let average = averagePrecision(labels, indices);
      let weights: Tensor | undefined;
      if (isGiven(p.weights)) {
        weights = broadcastWeights(castTensor(p.weights, float64), average);
        average = multiply(average, weights);
      }
      const [max, newMax] = summed('max', average, () => (weights === undefined ? castTensor(size(average, { name: 'batch_max' }), float64) : reduceSum(weights, { name: 'batch_max' })));
      const [total, newTotal] = summed('total', average, () => reduceSum(average, { name: 'batch_total' }));
      return collected(p, () => divNoNan(total, max, 'mean'), () => divNoNan(newTotal, newMax, scope));
    });
  });
}
const ORDER = ['labels', 'predictions', 'k', 'weights', 'metricsCollections', 'updatesCollections', 'name'] as const;
/** `tf.metrics.average_precision_at_k`: the mean over examples of the average precision of the `k` greatest of `predictions` `[..., classes]`: the
 * precision at each rank where a label comes, summed, over the number of labels (`k` at most). Labels are int64, dense or sparse; those that are no class
 * are never found. float64; 0 before the first example. Errors: ValueError for k below 1, labels of another rank and weights that do not fit. */
export const averagePrecisionAtK = api('averagePrecisionAtK', ORDER, averagePrecisionAt, { required: 3, python: 'average_precision_at_k' });
/** `tf.metrics.sparse_average_precision_at_k`: the old name of `averagePrecisionAtK`. */
export const sparseAveragePrecisionAtK = api('sparseAveragePrecisionAtK', ORDER, averagePrecisionAt, { required: 3, python: 'sparse_average_precision_at_k' });
