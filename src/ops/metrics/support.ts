// What the metrics share: their variables, arguments brought to one rank, collections. Follows python/ops/metrics_impl.py (1.15).
import { type DType, float32 } from '../../graph/dtype.ts';
import { GraphKeys } from '../../graph/collections.ts';
import type { ShapeLike } from '../../graph/shape.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { expandDims, rank as rankOf, squeeze } from '../array_shape.ts';
import { zeros } from '../array_values.ts';
import { cond } from '../cond.ts';
import { removeSqueezableDimensions } from '../confusion_matrix.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { divNoNan, maximum } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal } from '../math_logic.ts';
import { type Updated, Variable } from '../variables.ts';
import { broadcastWeights } from '../weights_broadcast_ops.ts';
import '../variable_operators.ts';

/** What every function of `tf.metrics` gives: the value so far, and the op that takes in a batch. */
export type Metric<U extends Updated = Tensor> = [value: Tensor, updateOp: U];
type Collections = string | readonly string[] | null;

export interface Collected {
  /** Collections to which the value is added. Default none. */
  metricsCollections?: Collections;
  /** Collections to which the update is added. Default none. */
  updatesCollections?: Collections;
  /** Variable scope of the metric. Default: a name of its own, made unique. */
  name?: string | null;
}
export interface Weighted extends Collected {
  /** A scalar, or of the values' rank with dimensions 1 or equal; 0 leaves values out. Default 1 for all. */
  weights?: TensorLike | null;
}
export interface Predicted extends Weighted { labels: TensorLike; predictions: TensorLike }
/** The parameters that end almost every signature. */
export const OPTIONS = ['weights', 'metricsCollections', 'updatesCollections', 'name'] as const;
export const PREDICTED = ['labels', 'predictions', ...OPTIONS] as const;

/** `metric_variable`: zeros in GraphKeys.LOCAL_VARIABLES and METRIC_VARIABLES, not trained. */
export function metricVariable(shape: ShapeLike, dtype: DType, name: string): Variable {
  return new Variable({ initialValue: () => zeros(shape, dtype), trainable: false, collections: [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES], name });
}

const collect = (names: Collections | undefined, v: unknown): void => { if (names) getDefaultGraph().addToCollections(names, v); };
/** Builds the value, then the update, and adds each to its collections. */
export function collected<U extends Updated>(p: Collected, value: () => Tensor, update: () => U): Metric<U> {
  const v = value();
  collect(p.metricsCollections, v);
  const u = update();
  collect(p.updatesCollections, u);
  return [v, u];
}

/** total / count; 0 where nothing was counted. */
export function ratio(total: Updated, count: Updated, name: string | null): Tensor { return divNoNan(total, maximum(count, 0), { name }); }

type Squeezed<L, W> = { readonly predictions: Tensor; readonly labels: L; readonly weights: W | undefined };
/** `_remove_squeezable_dimensions`: a last dimension of 1 goes from the labels or predictions, whichever have one rank too many; then
 * weights (unless scalar) get or lose theirs. Errors: ValueError for incompatible shapes. */
export function squeezed(predictions: TensorLike, labels: TensorLike, weights: TensorLike | null | undefined): Squeezed<Tensor, Tensor> {
  const [l, p] = removeSqueezableDimensions(labels, convertToTensor(predictions));
  p.shape.assertIsCompatibleWith(l.shape);
  return { predictions: p, labels: l, weights: isGiven(weights) ? rankedLike(p, weights) : undefined };
}
export function isGiven<T>(v: T | null | undefined): v is T { return v !== null && v !== undefined; }

function rankedLike(values: Tensor, given: TensorLike): Tensor {
  const weights = convertToTensor(given);
  const [w, v] = [weights.shape.ndims, values.shape.ndims];
  if (w === 0) return weights;
  const expand = (): Tensor => expandDims(weights, [-1]);
  const shrink = (): Tensor => squeeze(weights, [-1]);
  const keep = (): Tensor => weights;
  if (w !== null && v !== null) return w - v === 1 ? shrink() : v - w === 1 ? expand() : weights;
  const rank = rankOf(weights);
  const diff = rank.sub(rankOf(values));
  const last = weights.shape.dims?.at(-1);
  const maySqueeze = w === null || last === null || last === 1;
  const adjust = (): Tensor => cond(equal(diff, 1), maySqueeze ? shrink : keep, () => cond(equal(diff, -1), expand, keep)) as Tensor;
  return cond(equal(rank, 0), keep, adjust) as Tensor;
}

/** Weights as float32 in the shape of the values. Errors: ValueError for shapes that do not fit. */
export function weightsOf(values: Tensor, weights: TensorLike): Tensor { return broadcastWeights(castTensor(rankedLike(values, weights), float32), values); }
