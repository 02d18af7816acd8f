// `tf.losses`: losses with weights, reductions and collections. Follows python/ops/losses/losses_impl.py (1.15).
import { float32 } from '../../graph/dtype.ts';
import { GraphKeys } from '../../graph/collections.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { where } from '../array_gather.ts';
import { oneOf, rank as rankOf, shape as shapeOf, size, squeeze } from '../array_shape.ts';
import { onesLike, stopGradient, zerosLike } from '../array_values.ts';
import { afterOps, inScope } from '../building.ts';
import { cond } from '../cond.ts';
import { removeSqueezableDimensions } from '../confusion_matrix.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { add, divNoNan, maximum, minimum, multiply, squaredDifference, subtract } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal } from '../math_logic.ts';
import { reduceSum } from '../math_reduce.ts';
import { range } from '../math_sequence.ts';
import { abs, log, square } from '../math_unary.ts';
import { relu } from '../nn_activation.ts';
import { sigmoidCrossEntropyWithLogits, softmaxCrossEntropyWithLogitsV2, sparseSoftmaxCrossEntropyWithLogits } from '../nn_softmax.ts';
import { assertBroadcastable, broadcastWeights } from '../weights_broadcast_ops.ts';
import { addLoss } from './util.ts';
import '../tensor_operators.ts';

const KINDS = ['none', 'weighted_sum', 'weighted_mean', 'weighted_sum_over_batch_size', 'weighted_sum_by_nonzero_weights'] as const;
type Kind = (typeof KINDS)[number];
/** `tf.losses.Reduction`: how weighted losses become one number: NONE leaves them as they are, MEAN divides by the sum of the weights. */
export const Reduction = Object.freeze({
  NONE: 'none', SUM: 'weighted_sum', SUM_OVER_BATCH_SIZE: 'weighted_sum_over_batch_size', MEAN: 'weighted_mean',
  SUM_BY_NONZERO_WEIGHTS: 'weighted_sum_by_nonzero_weights', SUM_OVER_NONZERO_WEIGHTS: 'weighted_sum_by_nonzero_weights',
  all: (): readonly Kind[] => [...KINDS, 'weighted_sum_by_nonzero_weights'],
  /** Errors: ValueError for anything else. */
  validate: (key: string): void => { if (!KINDS.includes(key as Kind)) throw new ValueError(`Invalid Reduction Key ${key}.`); },
});

interface Weighted { weights?: TensorLike; scope?: string | null; lossCollection?: string | null; reduction?: Kind }
const numElements = (losses: Tensor): Tensor => inScope(null, 'num_elements', [losses], (scope) => castTensor(size(losses, { name: scope }), losses.dtype));
const safeMean = (losses: Tensor, count: Tensor): Tensor => divNoNan(reduceSum(losses), count, { name: 'value' });

/** How many losses have a weight that is not zero. */
function numPresent(losses: Tensor, weights: Tensor, perBatch = false): Tensor {
  return inScope(null, 'num_present', [losses, weights], (scope) => {
    const w = castTensor(weights, float32);
    const present = broadcastWeights(where(equal(w, 0), zerosLike(w), onesLike(w)), losses);
    return perBatch ? reduceSum(present, { axis: range(1, rankOf(present)), keepdims: true, name: scope }) : reduceSum(present, { name: scope });
  });
}

interface WeightedLoss extends Weighted { losses: TensorLike }
/** `tf.losses.compute_weighted_loss`: losses times `weights` (1; a scalar, or of the losses' rank with dimensions 1 or equal), reduced, added to
 * `lossCollection` (GraphKeys.LOSSES; null for none). Errors: ValueError for another reduction and for weights that do not fit. */
export const computeWeightedLoss = api('computeWeightedLoss', ['losses', 'weights', 'scope', 'lossCollection', 'reduction'], (p: WeightedLoss): Tensor => {
  const reduction = p.reduction ?? Reduction.SUM_BY_NONZERO_WEIGHTS;
  Reduction.validate(reduction);
  const given = p.weights === undefined ? 1.0 : p.weights;
  return inScope(p.scope, 'weighted_loss', [p.losses, given], () => afterOps([assertBroadcastable(given, p.losses)], () => {
    const input = convertToTensor(p.losses);
    const losses = castTensor(input, float32);
    const weights = castTensor(given, float32);
    const weighted = multiply(losses, weights);
    let loss = weighted;
    if (reduction !== Reduction.NONE) {
      loss = reduceSum(weighted);
      if (reduction === Reduction.MEAN) loss = safeMean(loss, reduceSum(onesLike(losses).mul(weights)));
      else if (reduction === Reduction.SUM_BY_NONZERO_WEIGHTS) loss = safeMean(loss, numPresent(losses, weights));
      else if (reduction === Reduction.SUM_OVER_BATCH_SIZE) loss = safeMean(loss, numElements(losses));
    }
    loss = castTensor(loss, input.dtype);
    addLoss(loss, p.lossCollection === undefined ? GraphKeys.LOSSES : p.lossCollection);
    return loss;
  }));
}, { required: 1 });

const weighted = (losses: Tensor, weights: TensorLike | undefined, scope: string, p: Weighted): Tensor => computeWeightedLoss({
  losses, ...(weights === undefined ? {} : { weights }), scope, ...(p.lossCollection === undefined ? {} : { lossCollection: p.lossCollection }), ...(p.reduction === undefined ? {} : { reduction: p.reduction }),
});
function given<T>(v: T | null, name: string): T {
  if (v === null) throw new ValueError(`${name} must not be None.`);
  return v;
}
function compatible(a: Tensor, b: Tensor): void {
  if (!a.shape.isCompatibleWith(b.shape)) throw new ValueError(`Shapes ${a.shape} and ${b.shape} are incompatible`);
}

interface Predicted extends Weighted { labels: TensorLike | null; predictions: TensorLike | null }
/** A loss of predictions and labels as floats of one shape. */
function predicted<P extends Predicted>(scopeName: string, losses: (predictions: Tensor, labels: Tensor, p: P) => Tensor): (p: P) => Tensor {
  return (p) => {
    const [l, x] = [given(p.labels, 'labels'), given(p.predictions, 'predictions')];
    return inScope(p.scope, scopeName, [x, l, p.weights], (scope) => {
      const predictions = castTensor(x, float32);
      const labels = castTensor(l, float32);
      compatible(predictions, labels);
      return weighted(losses(predictions, labels, p), p.weights, scope, p);
    });
  };
}
const PREDICTED = ['labels', 'predictions', 'weights', 'scope', 'lossCollection', 'reduction'] as const;

/** `tf.losses.absolute_difference`: |predictions - labels|. Errors: ValueError for null labels or predictions and incompatible shapes (the others alike). */
export const absoluteDifference = api('absoluteDifference', PREDICTED, predicted<Predicted>('absolute_difference', (x, y) => abs(subtract(x, y))), { required: 2 });
/** `tf.losses.mean_squared_error`. */
export const meanSquaredError = api('meanSquaredError', PREDICTED, predicted<Predicted>('mean_squared_error', (x, y) => squaredDifference(x, y)), { required: 2 });

interface Cosine extends Predicted { axis?: number | null; dim?: number | null }
/** `tf.losses.cosine_distance`: 1 - the dot product over `axis` of predictions and labels, which should have unit length. */
export const cosineDistance = api('cosineDistance', ['labels', 'predictions', 'axis', 'weights', 'scope', 'lossCollection', 'reduction', 'dim'], (p: Cosine): Tensor => {
  const axis = oneOf('axis', p.axis, 'dim', p.dim);
  if (axis === null) throw new ValueError("You must specify 'axis'.");
  return predicted<Cosine>('cosine_distance_loss', (x, y) => reduceSum(multiply(x, y), { axis: [axis], keepdims: true }).rsub(1))(p);
}, { required: 2 });

interface Huber extends Predicted { delta?: number }
/** `tf.losses.huber_loss`: quadratic up to `delta` (1), linear beyond. */
export const huberLoss = api('huberLoss', ['labels', 'predictions', 'weights', 'delta', 'scope', 'lossCollection', 'reduction'], predicted<Huber>('huber_loss', (x, y, p) => {
  const delta = p.delta ?? 1.0;
  const size = abs(subtract(x, y));
  const quadratic = minimum(size, delta);
  const linear = subtract(size, quadratic);
  const half = convertToTensor(0.5, { dtype: quadratic.dtype });
  const squares = multiply(quadratic, quadratic);
  return add(multiply(half, squares), multiply(delta, linear));
}), { required: 2 });

interface LogLoss extends Predicted { epsilon?: number }
/** `tf.losses.log_loss`: cross-entropy of probabilities; `epsilon` (1e-7) keeps logarithms finite. */
export const logLoss = api('logLoss', ['labels', 'predictions', 'weights', 'epsilon', 'scope', 'lossCollection', 'reduction'], predicted<LogLoss>('log_loss', (x, y, p) => {
  const epsilon = p.epsilon ?? 1e-7;
  const of = multiply(y, log(x.add(epsilon))).neg();
  const rest = y.rsub(1);
  return of.sub(multiply(rest, log(x.rsub(1).add(epsilon))));
}), { required: 2 });

interface Hinge extends Weighted { labels: TensorLike | null; logits: TensorLike | null }
const LOGITS = ['labels', 'logits', 'weights', 'scope', 'lossCollection', 'reduction'] as const;
/** `tf.losses.hinge_loss`: max(0, 1 - labels * logits) with labels 0 and 1 taken as -1 and 1. */
export const hingeLoss = api('hingeLoss', LOGITS, (p: Hinge): Tensor => {
  const [y, x] = [given(p.labels, 'labels'), given(p.logits, 'logits')];
  return inScope(p.scope, 'hinge_loss', [x, y, p.weights], (scope) => {
    const logits = castTensor(x, float32);
    const labels = castTensor(y, float32);
    compatible(logits, labels);
    const ones = onesLike(labels);
    const signs = subtract(labels.rmul(2), ones);
    return weighted(relu(subtract(ones, multiply(signs, logits))), p.weights, scope, p);
  });
}, { required: 2 });

interface Pairwise extends Omit<Predicted, 'reduction'> {}
/** `tf.losses.mean_pairwise_squared_error`: of the differences of all pairs of one example's elements. */
export const meanPairwiseSquaredError = api('meanPairwiseSquaredError', ['labels', 'predictions', 'weights', 'scope', 'lossCollection'], (p: Pairwise): Tensor => {
  const [l, x] = [given(p.labels, 'labels'), given(p.predictions, 'predictions')];
  return inScope(p.scope, 'mean_pairwise_squared_error', [x, l, p.weights], () => {
    const weights = castTensor(p.weights === undefined ? 1.0 : p.weights, float32);
    const labels = castTensor(l, float32);
    return afterOps([assertBroadcastable(weights, labels)], () => {
      const predictions = castTensor(x, float32);
      compatible(predictions, labels);
      const diffs = subtract(predictions, labels);
      const axis = range(1, rankOf(diffs));
      const squares = reduceSum(square(diffs), { axis, keepdims: true });
      const present = numPresent(diffs, weights, true);
      const first = divNoNan(squares, maximum(present.sub(1), 0), { name: 'value' }).rmul(2);
      const sum = reduceSum(diffs, { axis, keepdims: true });
      const squared = square(sum);
      const second = divNoNan(squared, maximum(multiply(present, present.sub(1)), 0), { name: 'value' }).rmul(2);
      const loss = reduceSum(multiply(first.sub(second), weights));
      const mean = where(reduceSum(present).greater(0), loss, zerosLike(loss), { name: 'value' });
      addLoss(mean, p.lossCollection === undefined ? GraphKeys.LOSSES : p.lossCollection);
      return mean;
    });
  });
}, { required: 2 });

interface Sigmoid extends Weighted { multiClassLabels: TensorLike | null; logits: TensorLike | null; labelSmoothing?: number }
/** `tf.losses.sigmoid_cross_entropy`: of independent classes; `labelSmoothing` moves labels towards 1/2. */
export const sigmoidCrossEntropy = api('sigmoidCrossEntropy', ['multiClassLabels', 'logits', 'weights', 'labelSmoothing', 'scope', 'lossCollection', 'reduction'], (p: Sigmoid): Tensor => {
  const [y, x] = [given(p.multiClassLabels, 'multi_class_labels'), given(p.logits, 'logits')];
  return inScope(p.scope, 'sigmoid_cross_entropy_loss', [x, y, p.weights], (scope) => {
    const logits = convertToTensor(x);
    let labels = castTensor(y, logits.dtype);
    compatible(logits, labels);
    const smoothing = p.labelSmoothing ?? 0;
    if (smoothing > 0) labels = labels.mul(1 - smoothing).add(0.5 * smoothing);
    return weighted(sigmoidCrossEntropyWithLogits({ labels, logits, name: 'xentropy' }), p.weights, scope, p);
  });
}, { required: 2 });

interface Softmax extends Weighted { onehotLabels: TensorLike | null; logits: TensorLike | null; labelSmoothing?: number }
/** `tf.losses.softmax_cross_entropy`: of exclusive classes; labels are probabilities, and no gradient reaches them; `labelSmoothing` moves them towards 1/classes. */
export const softmaxCrossEntropy = api('softmaxCrossEntropy', ['onehotLabels', 'logits', 'weights', 'labelSmoothing', 'scope', 'lossCollection', 'reduction'], (p: Softmax): Tensor => {
  const [y, x] = [given(p.onehotLabels, 'onehot_labels'), given(p.logits, 'logits')];
  return inScope(p.scope, 'softmax_cross_entropy_loss', [x, y, p.weights], (scope) => {
    const logits = convertToTensor(x);
    let labels = castTensor(y, logits.dtype);
    compatible(logits, labels);
    const smoothing = p.labelSmoothing ?? 0;
    if (smoothing > 0) {
      const classes = castTensor(shapeOf(labels).at(-1), logits.dtype);
      const negatives = classes.rtruediv(smoothing);
      labels = labels.mul(1 - smoothing).add(negatives);
    }
    labels = stopGradient(labels, { name: 'labels_stop_gradient' });
    return weighted(softmaxCrossEntropyWithLogitsV2({ labels, logits, name: 'xentropy' }), p.weights, scope, p);
  });
}, { required: 2 });

/** Labels one rank below the logits, weights of the labels' rank. */
function squeezed(l: TensorLike, x: TensorLike, w: TensorLike | null): [Tensor, Tensor, Tensor | null] {
  const [labels, logits] = removeSqueezableDimensions(l, x, 1);
  if (w === null) return [labels, logits, null];
  const weights = convertToTensor(w);
  const [a, b] = [labels.shape.ndims, weights.shape.ndims];
  if (a !== null && b !== null) return [labels, logits, b - a === 1 ? squeeze(weights, [-1]) : weights];
  const diff = rankOf(weights).sub(rankOf(labels));
  const size = weights.shape.dims?.at(-1);
  if (b !== null && !(b > 0 && (size === null || size === 1))) return [labels, logits, weights];
  return [labels, logits, cond(equal(1, diff), () => squeeze(weights, [-1]), () => weights) as Tensor];
}
/** `tf.losses.sparse_softmax_cross_entropy`: labels are class numbers. */
export const sparseSoftmaxCrossEntropy = api('sparseSoftmaxCrossEntropy', LOGITS, (p: Hinge): Tensor => {
  const [y, x] = [given(p.labels, 'labels'), given(p.logits, 'logits')];
  return inScope(p.scope, 'sparse_softmax_cross_entropy_loss', [x, y, p.weights], (scope) => {
    const [labels, logits, weights] = squeezed(y, x, p.weights === undefined ? 1.0 : p.weights);
    const losses = sparseSoftmaxCrossEntropyWithLogits({ labels, logits, name: 'xentropy' });
    return weighted(losses, weights as TensorLike, scope, p);
  });
}, { required: 2 });
