// Modified Bessel functions, running logarithms of sums of exponentials, 1/x that is 0 at 0, histograms. Follows
// python/ops/{math_ops,math_grad,special_math_ops,histogram_ops}.py (1.15).
import { type DType, float16, float64, int32 } from '../graph/dtype.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { where, whereV2 } from './array_gather.ts';
import { reshape, shape as shapeOf } from './array_shape.ts';
import { zerosLike } from './array_values.ts';
import { afterOps, grad1, inputOf, inScope, scalarOf } from './building.ts';
import { clipByValue } from './math_sequence.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { truediv } from './math_binary.ts';
import { greater, less } from './math_logic.ts';
import { abs, exp, floor, log, reciprocal, sign } from './math_unary.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { unchangedShape } from './shape_fns.ts';
import './tensor_operators.ts';

interface X { x: TensorLike; name?: string | null }

defineOp('BesselI0e', {
  shape: unchangedShape,
  grad: grad1((op, g) => {
    const x = inputOf(op, 0);
    return [afterOps([g], () => {
      const slope = besselI1e(x).sub(sign(x).mul(op.outputs[0]!));
      return g.mul(slope);
    })];
  }),
});
/** At 0 the formula has 0/0; there the derivative is 1/2. */
defineOp('BesselI1e', {
  shape: unchangedShape,
  grad: grad1((op, g) => {
    const x = inputOf(op, 0);
    const { baseDtype: dtype } = x.dtype;
    const eps = dtype === float64 ? 2 ** -52 : dtype === float16 ? 2 ** -10 : 2 ** -23;
    return [afterOps([g], () => {
      const zeros = zerosLike(x);
      const large = abs(x).greater(eps);
      const safe = where(large, x, zeros.radd(eps));
      const slope = besselI0e(safe).sub(op.outputs[0]!.mul(sign(safe).add(reciprocal(safe))));
      return g.mul(where(large, slope, zeros.radd(0.5)));
    })];
  }),
});
/** `tf.math.bessel_i0e`: exp(-|x|) times the modified Bessel function of order 0. */
export const besselI0e = api('besselI0e', ['x', 'name'], (p: X): Tensor => op1('BesselI0e', [p.x], undefined, p.name), { required: 1, python: 'bessel_i0e' });
/** `tf.math.bessel_i1e`: the same of order 1. */
export const besselI1e = api('besselI1e', ['x', 'name'], (p: X): Tensor => op1('BesselI1e', [p.x], undefined, p.name), { required: 1, python: 'bessel_i1e' });
/** `tf.math.bessel_i0`: the modified Bessel function of order 0. */
export const besselI0 = api('besselI0', ['x', 'name'], (p: X): Tensor => inScope(p.name, 'bessel_i0', [p.x], () => exp(abs(p.x)).mul(besselI0e(p.x))), { required: 1, python: 'bessel_i0' });
/** `tf.math.bessel_i1`: the modified Bessel function of order 1. */
export const besselI1 = api('besselI1', ['x', 'name'], (p: X): Tensor => inScope(p.name, 'bessel_i1', [p.x], () => exp(abs(p.x)).mul(besselI1e(p.x))), { required: 1, python: 'bessel_i1' });

/** The least finite number of a dtype. */
const lowest = (d: DType): number => -(d === float64 ? Number.MAX_VALUE : d === float16 ? 65504 : (2 - 2 ** -23) * 2 ** 127);
/** The parts of the gradient that are positive and negative go through logarithms one by one. */
defineOp('CumulativeLogsumexp', {
  shape: unchangedShape,
  grad: grad1((op, g) => {
    const [x, axis, out] = [inputOf(op, 0), inputOf(op, 1), op.outputs[0]!];
    const low = lowest(g.dtype.baseDtype);
    const positive = whereV2(greater(g, 0), log(g), low);
    const negative = whereV2(less(g, 0), log(g.neg()), low);
    const options = { axis, reverse: !(op.getAttr('reverse') as boolean), exclusive: op.getAttr('exclusive') as boolean };
    const part = (logs: Tensor): Tensor => exp(cumulativeLogsumexp(logs.sub(out), options).add(x));
    const [up, down] = [part(positive), part(negative)];
    return [up.sub(down), null];
  }),
});
interface Cumulate extends X { axis?: TensorLike; exclusive?: boolean; reverse?: boolean }
/** `tf.math.cumulative_logsumexp`: log of the running sums of exp(x) along `axis` (0); `exclusive` leaves the element itself out (the first is then the dtype's
 * least number), `reverse` runs from the end. */
export const cumulativeLogsumexp = api('cumulativeLogsumexp', ['x', 'axis', 'exclusive', 'reverse', 'name'], (p: Cumulate): Tensor => inScope(p.name, 'CumulativeLogsumexp', [p.x], (scope) =>
  op1('CumulativeLogsumexp', [convertToTensor(p.x, { name: 'x' }), p.axis ?? 0], { exclusive: p.exclusive ?? false, reverse: p.reverse ?? false }, scope)), { required: 1 });

/** `tf.math.reciprocal_no_nan`: 1 / x, and 0 where x is 0. */
export const reciprocalNoNan = api('reciprocalNoNan', ['x', 'name'], (p: X): Tensor => inScope(p.name, 'reciprocal_no_nan', [p.x], (scope) => {
  const x = convertToTensor(p.x, { name: 'x' });
  const one = convertToTensor(scalarOf(1, x.dtype.baseDtype), { name: 'one' });
  return op1('DivNoNan', [one, x], undefined, scope);
}), { required: 1 });

interface Histogram { values: TensorLike; valueRange: TensorLike; nbins?: TensorLike; dtype?: DType; name?: string | null }
const HISTOGRAM = ['values', 'valueRange', 'nbins', 'dtype', 'name'] as const;
const count = (n: TensorLike | undefined): TensorLike => (n === undefined ? scalarOf(100, int32) : typeof n === 'number' ? scalarOf(n, int32) : n);
/** `tf.histogram_fixed_width`: how many values fall into each of `nbins` (100) equal parts of `valueRange` [low, high); those outside belong to the outermost.
 * Errors: ValueError for no bins; a run fails with InvalidArgumentError unless low < high. */
export const histogramFixedWidth = api('histogramFixedWidth', HISTOGRAM, (p: Histogram): Tensor => inScope(p.name, 'histogram_fixed_width', [p.values, p.valueRange, p.nbins], (scope) =>
  op1('HistogramFixedWidth', [p.values, p.valueRange, count(p.nbins)], { dtype: p.dtype ?? int32 }, scope)), { required: 2 });
/** `tf.histogram_fixed_width_bins`: into which part each value falls, int32 (whatever `dtype` says, as in TensorFlow). */
export const histogramFixedWidthBins = api('histogramFixedWidthBins', HISTOGRAM, (p: Histogram): Tensor => inScope(p.name, 'histogram_fixed_width_bins', [p.values, p.valueRange, p.nbins], () => {
  const given = convertToTensor(p.values, { name: 'values' });
  const shape = shapeOf(given);
  const values = reshape(given, [-1]);
  const range = convertToTensor(p.valueRange, { name: 'value_range' });
  const bins = castTensor(convertToTensor(count(p.nbins), { dtype: int32, name: 'nbins' }), values.dtype);
  const from = values.sub(range.at(0));
  const scaled = truediv(from, range.at(1).sub(range.at(0)), { name: 'scaled_values' });
  const places = floor(bins.mul(scaled), { name: 'indices' });
  return reshape(castTensor(clipByValue(places, 0, bins.sub(1)), int32), shape);
}), { required: 2 });
