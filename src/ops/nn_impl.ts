// Composite nn functions: moments, batch normalisation, L2, dropout. Follows python/ops/nn_impl.py and nn_ops.py (1.15).
import { float16, float32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { SCALAR_SHAPE } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { shape as shapeOf, squeeze, stopGradient } from './array_ops.ts';
import { inScope } from './building.ts';
import { constantValue } from './constant_value.ts';
import { convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { castTensor, maximum, multiply, reduceMean, reduceSum, rsqrt, square, squaredDifference } from './math_ops.ts';
import { op1 } from './op_def_library.ts';
import { randomUniform } from './random_ops.ts';
import { defineOp } from './registry.ts';
import './tensor_operators.ts';

interface MomentsParams { x: TensorLike; axes: readonly number[]; shift?: null; name?: string | null; keepDims?: boolean | null; keepdims?: boolean | null }
/** `tf.nn.moments`: [mean, variance] over `axes`; `keepDims` keeps them with size 1. float16 is computed in float32. */
export const moments = api('moments', ['x', 'axes', 'shift', 'name', 'keepDims', 'keepdims'], (p: MomentsParams): [mean: Tensor, variance: Tensor] => {
  const keep = p.keepdims ?? p.keepDims ?? false;
  return inScope(p.name, 'moments', [p.x], () => {
    const x = convertToTensor(p.x);
    const y = x.dtype.baseDtype === float16 ? castTensor(x, float32) : x;
    let mean = reduceMean(y, [...p.axes], { keepdims: true, name: 'mean' });
    let variance = reduceMean(squaredDifference(y, stopGradient(mean)), [...p.axes], { keepdims: true, name: 'variance' });
    if (!keep) {
      mean = squeeze(mean, { axis: [...p.axes] });
      variance = squeeze(variance, { axis: [...p.axes] });
    }
    return x.dtype.baseDtype === float16 ? [castTensor(mean, float16), castTensor(variance, float16)] : [mean, variance];
  });
}, { required: 2 });

interface BatchNormParams { x: TensorLike; mean: TensorLike; variance: TensorLike; offset: TensorLike | null; scale: TensorLike | null; varianceEpsilon: number; name?: string | null }
/** `tf.nn.batch_normalization`: scale * (x - mean) / sqrt(variance + epsilon) + offset, computed as x * inv + (offset - mean * inv). */
export const batchNormalization = api('batchNormalization', ['x', 'mean', 'variance', 'offset', 'scale', 'varianceEpsilon', 'name'], (p: BatchNormParams): Tensor =>
  inScope(p.name, 'batchnorm', [p.x, p.mean, p.variance, p.scale, p.offset], () => {
    const x = convertToTensor(p.x, { name: 'x' });
    // Numbers are computed with as numbers, as Python does.
    const [mean, variance] = [operand(p.mean), operand(p.variance)];
    const scale = p.scale === null || p.scale === undefined ? null : operand(p.scale);
    const offset = p.offset === null || p.offset === undefined ? null : operand(p.offset);
    let inv = rsqrt(typeof variance === 'number' ? variance + p.varianceEpsilon : variance.add(p.varianceEpsilon));
    if (scale !== null) inv = inv.mul(scale);
    const scaled = x.mul(castTensor(inv, x.dtype.baseDtype));
    const times = (m: number | Tensor): Tensor => (typeof m === 'number' ? inv.rmul(m) : m.mul(inv));
    const shift = offset === null ? times(typeof mean === 'number' ? -mean : mean.neg())
      : typeof offset === 'number' ? times(mean).rsub(offset) : offset.sub(times(mean));
    return scaled.add(castTensor(shift, x.dtype.baseDtype));
  }), { required: 6 });

/** A bare number stays one; everything else becomes a tensor. */
function operand(v: TensorLike): number | Tensor { return typeof v === 'number' ? v : convertToTensor(v); }

defineOp('L2Loss', { shape: () => [SCALAR_SHAPE], grad: (op, g) => [op.inputs[0]!.mul(g!)] });
/** `tf.nn.l2_loss`: sum(t ** 2) / 2. */
export const l2Loss = api('l2Loss', ['t', 'name'], (p: { t: TensorLike; name?: string | null }): Tensor => op1('L2Loss', [p.t], {}, p.name), { required: 1 });

interface L2NormalizeParams { x: TensorLike; axis?: number | readonly number[] | null; epsilon?: number; name?: string | null; dim?: number | readonly number[] | null }
/** `tf.nn.l2_normalize`: x / sqrt(max(sum(x ** 2, axis), epsilon)), epsilon 1e-12. */
export const l2Normalize = api('l2Normalize', ['x', 'axis', 'epsilon', 'name', 'dim'], (p: L2NormalizeParams): Tensor => inScope(p.name, 'l2_normalize', [p.x], (scope) => {
  const x = convertToTensor(p.x, { name: 'x' });
  const axis = p.axis ?? p.dim ?? null;
  const sum = reduceSum(square(x), axis as TensorLike | null, { keepdims: true });
  return multiply(x, rsqrt(maximum(sum, p.epsilon ?? 1e-12)), { name: scope });
}), { required: 1 });

interface DropoutParams { x: TensorLike; keepProb?: TensorLike | null; noiseShape?: TensorLike | null; seed?: number | null; name?: string | null; rate?: TensorLike | null }
/** `tf.nn.dropout`: zeroes elements with probability `rate` (or 1 - `keepProb`) and scales the rest by 1 / (1 - rate).
 * Errors: ValueError without a rate, for a rate outside [0, 1) and for integer tensors. */
export const dropout = api('dropout', ['x', 'keepProb', 'noiseShape', 'seed', 'name', 'rate'], (p: DropoutParams): Tensor => {
  let { rate = null } = p;
  if (p.keepProb !== undefined && p.keepProb !== null) {
    if (rate !== null) throw new ValueError("Cannot specify both 'rate' and 'keep_prob'");
    rate = isTensorLike(p.keepProb) ? convertToTensor(p.keepProb).rsub(1) : 1 - (p.keepProb as number);
  }
  if (rate === null) throw new ValueError('You must provide a rate to dropout.');
  const given: TensorLike = rate;
  return inScope(p.name, 'dropout', [p.x], () => {
    const x = convertToTensor(p.x, { name: 'x' });
    if (!x.dtype.isFloating) throw new ValueError(`x has to be a floating point tensor since it's going to be scaled. Got a ${x.dtype.baseDtype.str} tensor instead.`, { node: x.op.name });
    if (typeof given === 'number') {
      if (!(given >= 0 && given < 1)) throw new ValueError(`rate must be a scalar tensor or a float in the range [0, 1), got ${given}`);
      if (given === 0) return x;
    }
    const r = convertToTensor(given, { dtype: x.dtype.baseDtype, name: 'rate' });
    const known = constantValue(r);
    if (known && Number(known.flat(0)) === 0) return x;
    const random = randomUniform((p.noiseShape ?? shapeOf(x)) as Tensor, { seed: p.seed ?? null, dtype: x.dtype.baseDtype });
    const keep = r.rsub(1);
    const scale = keep.rtruediv(1);
    const mask = random.greaterEqual(r);
    const out = x.mul(scale).mul(castTensor(mask, x.dtype.baseDtype));
    out.setShape(x.shape);
    return out;
  });
}, { required: 1 });
