// Small network functions made of other ops. Follows python/ops/{nn_impl,nn_ops}.py (1.15).
import { float32, int32, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gather } from './array_gather.ts';
import { concat } from './array_join.ts';
import { oneOf, shape as shapeOf, size as sizeOf } from './array_shape.ts';
import { where } from './array_gather.ts';
import { identity, onesLike, zeros, zerosLike } from './array_values.ts';
import { afterOps, inScope } from './building.ts';
import { cond } from './cond.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { customGradient } from './custom_gradient.ts';
import { add, multiply, squaredDifference, subtract } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { matmul } from './math_linear.ts';
import { logicalAnd, notEqual } from './math_logic.ts';
import { reduceProd, reduceSum } from './math_reduce.ts';
import { exp, log, log1p, abs, reciprocal, sigmoid, square } from './math_unary.ts';
import { biasAdd, relu } from './nn_activation.ts';
import { op1 } from './op_def_library.ts';
import './tensor_operators.ts';

interface Layer { x: TensorLike; weights: TensorLike; biases: TensorLike; name?: string | null }
const LAYER = ['x', 'weights', 'biases', 'name'] as const;
const product = (p: Layer): { xw: Tensor; biases: Tensor } => {
  const [x, weights, biases] = [convertToTensor(p.x, { name: 'x' }), convertToTensor(p.weights, { name: 'weights' }), convertToTensor(p.biases, { name: 'biases' })];
  return { xw: matmul(x, weights), biases };
};
/** `tf.nn.xw_plus_b`: matmul(x, weights) + biases. */
export const xwPlusB = api('xwPlusB', LAYER, (p: Layer): Tensor => inScope(p.name, 'xw_plus_b', [p.x, p.weights, p.biases], (scope) => { const { xw, biases } = product(p); return biasAdd(xw, biases, { name: scope }); }), { required: 3, python: 'xw_plus_b' });
/** `tf.nn.relu_layer`: the same, rectified. */
export const reluLayer = api('reluLayer', LAYER, (p: Layer): Tensor => inScope(p.name, 'relu_layer', [p.x, p.weights, p.biases], (scope) => { const { xw, biases } = product(p); return relu(biasAdd(xw, biases), { name: scope }); }), { required: 3 });

/** `tf.nn.crelu`: relu(x) and relu(-x) side by side in `axis` (the last). */
export const crelu = api('crelu', ['features', 'name', 'axis'], (p: { features: TensorLike; name?: string | null; axis?: number }): Tensor => inScope(p.name, 'CRelu', [p.features], (scope) => {
  const x = convertToTensor(p.features, { name: 'features' });
  return op1('Relu', [concat([x, x.neg()], { axis: p.axis ?? -1, name: scope })]);
}), { required: 1 });

const swished = customGradient<[TensorLike], Tensor>((x) => {
  const grad = (dy: Tensor): Tensor => {
    const s = afterOps([dy], () => sigmoid(x));
    return dy.mul(s.mul(x.mul(s.rsub(1)).radd(1)));
  };
  return [x.mul(sigmoid(x)), grad as never];
});
/** `tf.nn.swish`: x * sigmoid(x); its gradient keeps only x. */
export const swish = api('swish', ['features'], (p: { features: TensorLike }): Tensor => swished(p.features), { required: 1 });

/** `tf.nn.zero_fraction` (`tf.math.zero_fraction`): the share of zeros, as float32. */
export const zeroFraction = api('zeroFraction', ['value', 'name'], (p: { value: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'zero_fraction', [p.value], () => {
  const value = convertToTensor(p.value, { name: 'value' });
  const size = sizeOf(value, { outType: int64 });
  // Unlike `tf.count_nonzero`, it sums in the type of the result.
  const count = (dtype: typeof int32): Tensor => inScope('count_nonzero', '', [value], () => {
    const zero = zeros([], value.dtype);
    return reduceSum(castTensor(notEqual(value, zero), dtype), null, { name: 'nonzero_count' });
  });
  const nonzero = cond(size.lessEqual(2 ** 31 - 1), () => castTensor(count(int32), int64), () => count(int64)) as Tensor;
  const fraction = inScope('counts_to_fraction', '', [], () => {
    const none = castTensor(size.sub(nonzero), float32);
    return none.truediv(castTensor(size, float32));
  });
  return identity(fraction, { name: 'fraction' });
}), { required: 1 });

interface LogPoisson { targets: TensorLike; logInput: TensorLike; computeFullLoss?: boolean; name?: string | null }
/** `tf.nn.log_poisson_loss`: exp(logInput) - logInput * targets, with Stirling's approximation of log(targets!) in the full loss. Errors: ValueError for two shapes. */
export const logPoissonLoss = api('logPoissonLoss', ['targets', 'logInput', 'computeFullLoss', 'name'], (p: LogPoisson): Tensor => inScope(p.name, 'log_poisson_loss', [p.logInput, p.targets], () => {
  const input = convertToTensor(p.logInput, { name: 'log_input' });
  const targets = convertToTensor(p.targets, { name: 'targets' });
  if (!targets.shape.isCompatibleWith(input.shape)) throw new ValueError(`log_input and targets must have the same shape (${input.shape} vs ${targets.shape})`);
  const loss = exp(input).sub(input.mul(targets));
  if (!p.computeFullLoss) return loss;
  const half = constantNode(0.5, { dtype: targets.dtype.baseDtype });
  const twoPi = constantNode(2 * Math.PI, { dtype: targets.dtype.baseDtype });
  const main = targets.mul(log(targets)).sub(targets);
  const stirling = main.add(half.mul(log(twoPi.mul(targets))));
  const [none, ones] = [zerosLike(targets, targets.dtype), onesLike(targets, targets.dtype)];
  const low = targets.greaterEqual(none);
  return loss.add(where(logicalAnd(low, targets.lessEqual(ones)), none, stirling));
}), { required: 2 });

interface WeightedXent { labels?: TensorLike | null; logits?: TensorLike | null; posWeight?: TensorLike | null; name?: string | null; targets?: TensorLike | null }
/** `tf.nn.weighted_cross_entropy_with_logits`: sigmoid cross-entropy whose positive examples count `posWeight` times. Errors: ValueError for two shapes. */
export const weightedCrossEntropyWithLogits = api('weightedCrossEntropyWithLogits', ['labels', 'logits', 'posWeight', 'name', 'targets'], (p: WeightedXent): Tensor => {
  const given = oneOf('labels', p.labels, 'targets', p.targets);
  return inScope(p.name, 'logistic_loss', [p.logits, given], (scope) => {
    const logits = convertToTensor(p.logits!, { name: 'logits' });
    const labels = convertToTensor(given!, { name: 'labels' });
    if (!labels.shape.isCompatibleWith(logits.shape)) throw new ValueError(`logits and labels must have the same shape (${logits.shape} vs ${labels.shape})`);
    const q = p.posWeight!;
    // (1 + (q - 1) z): Python subtracts before there is a tensor when q is a number.
    const weight = (typeof q === 'number' ? labels.rmul(q - 1) : convertToTensor(q).sub(1).mul(labels)).radd(1);
    const first = labels.rsub(1).mul(logits);
    const rest = log1p(exp(abs(logits).neg()));
    return add(first, weight.mul(rest.add(relu(logits.neg()))), { name: scope });
  });
});

interface Sufficient { x: TensorLike; axes: readonly number[]; shift?: TensorLike | null; keepDims?: boolean | null; name?: string | null; keepdims?: boolean | null }
/** `tf.nn.sufficient_statistics`: [count, sum, sum of squares, shift] over `axes`, of x or of x - shift. */
export const sufficientStatistics = api('sufficientStatistics', ['x', 'axes', 'shift', 'keepDims', 'name', 'keepdims'], (p: Sufficient): [Tensor, Tensor, Tensor, Tensor | null] => inScope(p.name, 'sufficient_statistics', [p.x, p.shift], () => {
  const axes = [...new Set(p.axes)].sort((a, b) => a - b);
  const keepdims = oneOf('keepdims', p.keepdims, 'keep_dims', p.keepDims) ?? false;
  const x = convertToTensor(p.x, { name: 'x' });
  const sizes = x.shape.dims === null ? undefined : axes.map((a) => x.shape.at(a).value);
  const counts = sizes?.every((d) => d !== null) ? constantNode(sizes.reduce<number>((a, d) => a * d!, 1), { dtype: x.dtype.baseDtype })
    : reduceProd(gather(castTensor(shapeOf(x), x.dtype), axes), { name: 'count' });
  const shift = p.shift === undefined || p.shift === null ? null : convertToTensor(p.shift, { name: 'shift' });
  const [m, v] = shift ? [subtract(x, shift), squaredDifference(x, shift)] : [x, square(x)];
  const mean = reduceSum(m, { axis: axes, keepdims, name: 'mean_ss' });
  return [counts, mean, reduceSum(v, { axis: axes, keepdims, name: 'var_ss' }), shift];
}), { required: 2 });

interface Normalize { counts: TensorLike; meanSs: TensorLike; varianceSs: TensorLike; shift: TensorLike | null; name?: string | null }
/** `tf.nn.normalize_moments`: [mean, variance] from what `sufficientStatistics` gives. */
export const normalizeMoments = api('normalizeMoments', ['counts', 'meanSs', 'varianceSs', 'shift', 'name'], (p: Normalize): [Tensor, Tensor] => inScope(p.name, 'normalize', [p.counts, p.meanSs, p.varianceSs, p.shift], () => {
  const divisor = reciprocal(p.counts, { name: 'divisor' });
  const shifted = multiply(p.meanSs, divisor, { name: p.shift === null ? 'mean' : 'shifted_mean' });
  const mean = p.shift === null ? shifted : add(shifted, p.shift, { name: 'mean' });
  const square_ = multiply(p.varianceSs, divisor);
  return [mean, subtract(square_, square(shifted), { name: 'variance' })];
}), { required: 4 });
