// Batch normalisation as one op, and its relatives. Follows python/ops/nn_impl.py, nn_grad.py and FusedBatchNormShape,
// FusedBatchNormGradShape in core/framework/common_shape_fns.cc (1.15).
import { float16, float32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { type Dim, type TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { constant, squeeze, transpose, zerosLike } from './array_ops.ts';
import { inScope } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { castTensor, multiply, reciprocal, reduceSum, squaredDifference } from './math_ops.ts';
import { axesOf, type DataFormat } from './nn_conv.ts';
import { batchNormalization } from './nn_impl.ts';
import { applyOp, type AttrInput } from './op_def_library.ts';
import { defineOp, type GradFn } from './registry.ts';
import type { ShapeContext } from './shape_inference.ts';
import { replaceDim, vector } from './shape_fns.ts';
import './tensor_operators.ts';

// --- shapes

/** The image's shape with the number of channels that it and the vectors agree on. */
function channelsOf(c: ShapeContext, images: readonly number[], vectors: readonly number[]): { image: TensorShape; channels: Dim } {
  const axis = axesOf(c.str('data_format')).c;
  const shapes = images.map((i) => c.withRank(c.input(i), 4));
  let channels: Dim = null;
  for (const s of shapes) channels = c.mergeDim(channels, s.dims![axis]!);
  for (const i of vectors) channels = c.mergeDim(channels, c.withRank(c.input(i), 1).dims![0]!);
  return { image: replaceDim(shapes[0]!, axis, channels), channels };
}
function normShape(c: ShapeContext): TensorShape[] {
  const { image, channels } = channelsOf(c, [0], c.bool('is_training') ? [1, 2] : [1, 2, 3, 4]);
  return [image, ...Array.from({ length: 4 }, () => vector(channels))];
}
function normGradShape(c: ShapeContext): TensorShape[] {
  const { image, channels } = channelsOf(c, [0, 1], [2, 3, 4]);
  const reserved = vector(c.bool('is_training') ? 0 : channels);
  return [image, vector(channels), vector(channels), reserved, reserved];
}
/** BatchNormWithGlobalNormalization: channels last. */
function globalChannels(c: ShapeContext, image: number, vectors: readonly number[]): { x: TensorShape; channels: Dim } {
  const x = c.withRank(c.input(image), 4);
  let channels: Dim = x.dims![3]!;
  for (const i of vectors) channels = c.mergeDim(channels, c.withRank(c.input(i), 1).dims![0]!);
  return { x: replaceDim(x, 3, channels), channels };
}

// --- op blocks

const normGrad = (gradOp: string): GradFn => (op, ...grads) => {
  const [x, scale, , mean, variance] = op.inputs as readonly Tensor[];
  const training = isTrue(op, 'is_training'), nchw = formatOf(op) === 'NCHW';
  const third = gradOp.endsWith('V3') ? [op.outputs[5]!] : [];
  const build = (dy: Tensor, image: Tensor, statistics: readonly Tensor[], data_format: AttrInput): readonly Tensor[] =>
    applyOp(gradOp, [dy, image, scale!, ...statistics, ...third], { epsilon: op.attr('epsilon')!, data_format, is_training: training }).outputs;
  if (training) return build(grads[0]!, x!, [op.outputs[3]!, op.outputs[4]!], op.attr('data_format')!).slice(0, 5);
  const toNhwc = (t: Tensor): Tensor => (nchw ? transpose(t, [0, 2, 3, 1]) : t);
  const image = toNhwc(x!), dy = toNhwc(grads[0]!);
  const [dx, dScale, dOffset] = build(dy, image, [mean!, variance!], 'NHWC');
  return [nchw ? transpose(dx!, [0, 3, 1, 2]) : dx!, dScale!, dOffset!, null, null];
};
const isTrue = (op: Operation, name: string): boolean => { const a = op.attr(name); return a?.kind === 'b' && a.value; };
function formatOf(op: Operation): string { const a = op.attr('data_format'); return a?.kind === 's' ? String(a.value) : ''; }

defineOp('FusedBatchNorm', { shape: normShape, grad: normGrad('FusedBatchNormGrad') });
defineOp('FusedBatchNormV2', { shape: normShape, grad: normGrad('FusedBatchNormGradV2') });
defineOp('FusedBatchNormV3', { shape: (c) => [...normShape(c), UNKNOWN_SHAPE], grad: normGrad('FusedBatchNormGradV3') });
defineOp('FusedBatchNormGrad', { shape: normGradShape });
defineOp('FusedBatchNormGradV2', { shape: normGradShape });
defineOp('FusedBatchNormGradV3', { shape: normGradShape });
defineOp('BatchNormWithGlobalNormalization', {
  shape: (c) => [globalChannels(c, 0, [1, 2, 3, 4]).x],
  grad: (op, g) => applyOp('BatchNormWithGlobalNormalizationGrad', [op.inputs[0]!, op.inputs[1]!, op.inputs[2]!, op.inputs[4]!, g!], {
    variance_epsilon: op.attr('variance_epsilon')!, scale_after_normalization: op.attr('scale_after_normalization')!,
  }).outputs,
});
defineOp('BatchNormWithGlobalNormalizationGrad', {
  shape: (c) => {
    const { x, channels } = globalChannels(c, 0, [1, 2, 3]);
    const whole = c.merge(x, c.input(4));
    const all = vector(c.mergeDim(channels, whole.dims![3]!));
    return [replaceDim(whole, 3, all.dims![0]!), all, all, all, all];
  },
});

// --- functions

interface FusedParams {
  x: TensorLike; scale: TensorLike; offset: TensorLike; mean?: TensorLike | null; variance?: TensorLike | null; epsilon?: number; dataFormat?: DataFormat; isTraining?: boolean; name?: string | null;
}
/** `tf.nn.fused_batch_norm`: [y, mean, variance] of images `x` [batch, height, width, channels], float32 or float16. Training
 * normalises by the batch's own mean and variance (the returned variance has Bessel's correction), else by the `mean`
 * and `variance` given. `epsilon` is at least 1.001e-5 (default 0.001). NCHW runs here, unlike on TensorFlow's CPU.
 * Errors: ValueError when `mean` or `variance` are given for training. */
export const fusedBatchNorm = api('fusedBatchNorm', ['x', 'scale', 'offset', 'mean', 'variance', 'epsilon', 'dataFormat', 'isTraining', 'name'], (p: FusedParams): [y: Tensor, batchMean: Tensor, batchVariance: Tensor] => {
  const x = convertToTensor(p.x, { name: 'input' }), scale = convertToTensor(p.scale, { name: 'scale' }), offset = convertToTensor(p.offset, { name: 'offset' });
  const training = p.isTraining ?? true;
  if (training && ((p.mean ?? null) !== null || (p.variance ?? null) !== null)) throw new ValueError("Both 'mean' and 'variance' must be None if is_training is True.");
  const none = (): Tensor => constant([], { dtype: float32 });
  const mean = p.mean ?? none(), variance = p.variance ?? none();
  const epsilon = Math.max(p.epsilon ?? 0.001, 1.001e-5);
  const [y, batchMean, batchVariance] = applyOp('FusedBatchNormV3', [x, scale, offset, mean, variance], { epsilon, data_format: p.dataFormat ?? 'NHWC', is_training: training }, p.name).outputs;
  return [y!, batchMean!, batchVariance!];
}, { required: 3 });

interface GlobalParams {
  t?: TensorLike | null; m?: TensorLike | null; v?: TensorLike | null; beta?: TensorLike | null; gamma?: TensorLike | null; varianceEpsilon?: number | null; scaleAfterNormalization?: boolean | null; name?: string | null;
  input?: TensorLike | null; mean?: TensorLike | null; variance?: TensorLike | null;
}
/** `tf.nn.batch_norm_with_global_normalization`: `tf.nn.batch_normalization`, with `gamma` only if `scaleAfterNormalization`. */
export const batchNormWithGlobalNormalization = api('batchNormWithGlobalNormalization', ['t', 'm', 'v', 'beta', 'gamma', 'varianceEpsilon', 'scaleAfterNormalization', 'name', 'input', 'mean', 'variance'], (p: GlobalParams): Tensor =>
  batchNormalization(p.input ?? p.t!, p.mean ?? p.m!, p.variance ?? p.v!, p.beta ?? null, p.scaleAfterNormalization ? p.gamma ?? null : null, p.varianceEpsilon!, p.name ?? null), { required: 0 });

interface WeightedParams { x: TensorLike; axes: readonly number[]; frequencyWeights: TensorLike; name?: string | null; keepDims?: boolean | null; keepdims?: boolean | null }
/** `tf.nn.weighted_moments`: [mean, variance] over `axes`, every element counted as often as `frequencyWeights` (broadcast
 * with `x`) says; `keepDims` keeps the axes with size 1. float16 is computed in float32. */
export const weightedMoments = api('weightedMoments', ['x', 'axes', 'frequencyWeights', 'name', 'keepDims', 'keepdims'], (p: WeightedParams): [mean: Tensor, variance: Tensor] =>
  inScope(p.name, 'weighted_moments', [p.x, p.frequencyWeights, p.axes], () => {
    const keep = p.keepdims ?? p.keepDims ?? false, axes = [...p.axes];
    let x = convertToTensor(p.x, { name: 'x' }), weights = convertToTensor(p.frequencyWeights, { name: 'frequency_weights' });
    const half = x.dtype.baseDtype === float16;
    if (half) x = castTensor(x, float32);
    if (weights.dtype !== x.dtype) weights = castTensor(weights, x.dtype);
    const weightedSum = reduceSum(weights.mul(x), axes, { name: 'weighted_input_sum', keepdims: true });
    const everywhere = weights.add(zerosLike(x));
    const divisor = reciprocal(reduceSum(everywhere, axes, { name: 'sum_of_weights', keepdims: true }), { name: 'inv_weight_sum' });
    let mean = multiply(weightedSum, divisor);
    const squares = reduceSum(weights.mul(squaredDifference(x, mean)), axes, { name: 'weighted_distsq', keepdims: true });
    let variance = multiply(squares, divisor);
    if (!keep) [mean, variance] = [squeeze(mean, { axis: axes }), squeeze(variance, { axis: axes })];
    return half ? [castTensor(mean, float16), castTensor(variance, float16)] : [mean, variance];
  }), { required: 3 });
