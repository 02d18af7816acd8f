// Rarer functions: products and quotients safe at zero, functions around gamma, bits, polynomials, spreads.
// Follows python/ops/{math_ops,math_grad,bitwise_ops}.py (1.15).
import { TypeError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { broadcastOperandsAtRun, reduceTo } from './array_broadcast.ts';
import { zerosLike } from './array_values.ts';
import { afterOps, conj, grad1, inputOf, inScope, knownShape, sameDims } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { binaryFunction, type BinaryFunction } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { notEqual } from './math_logic.ts';
import { reduced, reduceMean } from './math_reduce.ts';
import { op1 } from './op_def_library.ts';
import { defineOp, type GradFn } from './registry.ts';
import { broadcastBinary, unchangedShape } from './shape_fns.ts';
import './tensor_operators.ts';

/** 1 where x is not zero. */
const present = (x: Tensor): Tensor => castTensor(notEqual(x, castTensor(0, x.dtype)), x.dtype);

defineOp('Xlogy', {
  shape: broadcastBinary,
  grad: grad1((op, g) => {
    const [x, y] = [inputOf(op, 0), inputOf(op, 1)], [tx, ty] = broadcastOperandsAtRun(x, y);
    return afterOps([g], () => {
      const px = op1('Xlogy', [present(x), y]);
      const py = op1('Xdivy', [x, y]);
      const gx = reduceTo(px.mul(g), tx);
      return [gx, reduceTo(py.mul(g), ty)];
    });
  }),
});
defineOp('Xdivy', {
  shape: broadcastBinary,
  grad: grad1((op, g) => {
    const [x, y] = [inputOf(op, 0), inputOf(op, 1)], [tx, ty] = broadcastOperandsAtRun(x, y);
    return afterOps([g], () => {
      const px = op1('Xdivy', [present(x), y]);
      const minus = op1('Neg', [x]);
      const py = op1('Xdivy', [minus, y.pow(2)]);
      const gx = reduceTo(px.mul(g), tx);
      return [gx, reduceTo(py.mul(g), ty)];
    });
  }),
});
defineOp('MulNoNan', {
  shape: broadcastBinary,
  grad: grad1((op, g) => {
    const [x, y] = [inputOf(op, 0), inputOf(op, 1)];
    const shapes = [x, y, g].map(knownShape);
    if (shapes.every((s) => s !== undefined && sameDims(s, shapes[0]!))) { const gx = op1('MulNoNan', [g, y]); return [gx, op1('MulNoNan', [x, g])]; }
    const [tx, ty] = broadcastOperandsAtRun(inputOf(op, 0), inputOf(op, 1));
    const gx = reduceTo(op1('MulNoNan', [g, y]), tx);
    return [gx, reduceTo(op1('MulNoNan', [x, g]), ty)];
  }),
});
defineOp('Zeta', {
  shape: broadcastBinary,
  grad: grad1((op, g) => {
    const [, ty] = broadcastOperandsAtRun(inputOf(op, 0), inputOf(op, 1));
    return afterOps([g], () => {
      const [x, q] = [conj(inputOf(op, 0)), conj(inputOf(op, 1))];
      const minus = x.neg();
      return [null, reduceTo(minus.mul(op1('Zeta', [x.add(1), q])).mul(g), ty)];
    });
  }),
});
/** d/dx igamma(a, x) through logarithms; d/da is an op of its own. */
const igammaGrad = (sign: (t: Tensor) => Tensor): GradFn => grad1((op, g) => {
  const [a, x] = [inputOf(op, 0), inputOf(op, 1)], [tx, ty] = broadcastOperandsAtRun(a, x);
  const [ga, gx] = afterOps([g], () => {
    const pa = op1('IgammaGradA', [a, x]);
    const minus = x.neg();
    const power = a.sub(1);
    const px = op1('Exp', [minus.add(power.mul(op1('Log', [x]))).sub(op1('Lgamma', [a]))]);
    const first = reduceTo(pa.mul(g), tx);
    return [first, reduceTo(px.mul(g), ty)] as const;
  });
  return [sign(ga), sign(gx)];
});
defineOp('Igamma', { shape: broadcastBinary, grad: igammaGrad((t) => t) });
defineOp('Igammac', { shape: broadcastBinary, grad: igammaGrad((t) => t.neg()) });
defineOp('IgammaGradA', { shape: broadcastBinary });
defineOp('Betainc', {
  shape: (c) => {
    let s = c.input(0);
    for (const i of [1, 2]) if (c.input(i).ndims !== 0) s = s.ndims === 0 ? c.input(i) : c.merge(s, c.input(i));
    return [s];
  },
  grad: grad1((op, g) => {
    const [a, b, x] = op.inputs as readonly [Tensor, Tensor, Tensor];
    const [, tx] = broadcastOperandsAtRun(a, x);
    const gammas = op1('Lgamma', [a]).add(op1('Lgamma', [b]));
    const logBeta = gammas.sub(op1('Lgamma', [a.add(b)]));
    const first = b.sub(1).mul(op1('Log', [x.rsub(1)]));
    const px = op1('Exp', [first.add(a.sub(1).mul(op1('Log', [x]))).sub(logBeta)]);
    return [null, null, reduceTo(px.mul(g), tx)];
  }),
});
for (const op of ['BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'LeftShift', 'RightShift']) defineOp(op, { shape: broadcastBinary, grad: null });
defineOp('Invert', { shape: unchangedShape, grad: null });
defineOp('PopulationCount', { shape: unchangedShape, grad: null });
defineOp('NextAfter', {
  shape: broadcastBinary,
  grad: grad1((op, g) => {
    const [tx, ty] = broadcastOperandsAtRun(inputOf(op, 0), inputOf(op, 1));
    return afterOps([g], () => {
      const ones = op1('Fill', [tx.shape, castTensor(1, inputOf(op, 0).dtype)]), zeros = op1('Fill', [ty.shape, castTensor(0, inputOf(op, 1).dtype)]);
      return [reduceTo(ones.mul(g), tx), reduceTo(zeros.mul(g), ty)];
    });
  }),
});

/** `tf.math.xlogy`: x log y, zero where x is. */
export const xlogy: BinaryFunction = binaryFunction('xlogy', 'Xlogy');
/** `tf.math.xdivy`: x / y, zero where x is. */
export const xdivy: BinaryFunction = binaryFunction('xdivy', 'Xdivy');
/** `tf.zeta` (`tf.math.zeta`): the Hurwitz zeta function, the sum of (q + n)^-x. */
export const zeta = api('zeta', ['x', 'q', 'name'], (p: { x: TensorLike; q: TensorLike; name?: string | null }): Tensor => op1('Zeta', [p.x, p.q], {}, p.name), { required: 2 });
/** `tf.polygamma` (`tf.math.polygamma`): the derivative of order `a` of digamma at `x`. */
export const polygamma = api('polygamma', ['a', 'x', 'name'], (p: { a: TensorLike; x: TensorLike; name?: string | null }): Tensor => op1('Polygamma', [p.a, p.x], {}, p.name), { required: 2 });
/** `tf.igamma` (`tf.math.igamma`): the lower regularised incomplete gamma function. */
export const igamma = api('igamma', ['a', 'x', 'name'], (p: { a: TensorLike; x: TensorLike; name?: string | null }): Tensor => op1('Igamma', [p.a, p.x], {}, p.name), { required: 2 });
/** `tf.igammac` (`tf.math.igammac`): the upper one. */
export const igammac = api('igammac', ['a', 'x', 'name'], (p: { a: TensorLike; x: TensorLike; name?: string | null }): Tensor => op1('Igammac', [p.a, p.x], {}, p.name), { required: 2 });
/** `tf.betainc` (`tf.math.betainc`): the regularised incomplete beta function. */
export const betainc = api('betainc', ['a', 'b', 'x', 'name'], (p: { a: TensorLike; b: TensorLike; x: TensorLike; name?: string | null }): Tensor => op1('Betainc', [p.a, p.b, p.x], {}, p.name), { required: 3 });
/** `tf.bitwise.bitwise_and`: of integers, as the next ones. */
export const bitwiseAnd: BinaryFunction = binaryFunction('bitwiseAnd', 'BitwiseAnd');
/** `tf.bitwise.bitwise_or`. */
export const bitwiseOr: BinaryFunction = binaryFunction('bitwiseOr', 'BitwiseOr');
/** `tf.bitwise.bitwise_xor`. */
export const bitwiseXor: BinaryFunction = binaryFunction('bitwiseXor', 'BitwiseXor');
/** `tf.bitwise.left_shift`. */
export const leftShift: BinaryFunction = binaryFunction('leftShift', 'LeftShift');
/** `tf.bitwise.right_shift`: arithmetic for signed types. */
export const rightShift: BinaryFunction = binaryFunction('rightShift', 'RightShift');
/** `tf.bitwise.invert`: every bit flipped. */
export const invert = api('invert', ['x', 'name'], (p: { x: TensorLike; name?: string | null }): Tensor => op1('Invert', [p.x], {}, p.name), { required: 1 });
/** `tf.math.nextafter`: the next representable number from x1 towards x2. */
export const nextafter = api('nextafter', ['x1', 'x2', 'name'], (p: { x1: TensorLike; x2: TensorLike; name?: string | null }): Tensor => op1('NextAfter', [p.x1, p.x2], {}, p.name), { required: 2 });

/** `tf.math.multiply_no_nan`: x * y, zero where y is, whatever x. Errors: TypeError for two dtypes. */
export const multiplyNoNan = api('multiplyNoNan', ['x', 'y', 'name'], (p: { x: TensorLike; y: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'multiply_no_nan', [p.x, p.y], (scope) => {
  const x = convertToTensor(p.x, { name: 'x' });
  const y = convertToTensor(p.y, { name: 'y', dtype: x.dtype.baseDtype });
  if (x.dtype.baseDtype !== y.dtype.baseDtype) throw new TypeError(`x and y must have the same dtype, got ${x.dtype.baseDtype.repr} != ${y.dtype.baseDtype.repr}`);
  return op1('MulNoNan', [x, y], {}, scope);
}), { required: 2 });
/** `tf.log_sigmoid` (`tf.math.log_sigmoid`): -softplus(-x). */
export const logSigmoid = api('logSigmoid', ['x', 'name'], (p: { x: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'LogSigmoid', [p.x], (scope) =>
  op1('Neg', [op1('Softplus', [convertToTensor(p.x, { name: 'x' }).neg()])], {}, scope)), { required: 1 });
/** `tf.math.polyval`: coeffs[0] x^(n-1) + ... + coeffs[n-1] by Horner's rule. */
export const polyval = api('polyval', ['coeffs', 'x', 'name'], (p: { coeffs: readonly TensorLike[]; x: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'polyval', [...p.coeffs, p.x], (scope) => {
  const x = convertToTensor(p.x, { name: 'x' });
  if (p.coeffs.length === 0) return zerosLike(x, { name: scope });
  const coeffs = p.coeffs.map((c, i) => convertToTensor(c, { name: `coeff_${i}` }));
  return coeffs.slice(1).reduce((sum, c) => c.add(sum.mul(x)), coeffs[0]!);
}), { required: 2 });

interface Spread { inputTensor: TensorLike; axis?: TensorLike | null; keepdims?: boolean | null; name?: string | null }
const SPREAD = ['inputTensor', 'axis', 'keepdims', 'name'] as const;
function variance(p: Spread): Tensor {
  return inScope(p.name || 'reduce_variance', '', [], () => {
    const input = p.inputTensor;
    const means = reduceMean(input, { axis: p.axis ?? null, keepdims: true });
    const squares = op1('Square', [convertToTensor(input).sub(means)]);
    return reduceMean(squares, { axis: p.axis ?? null, keepdims: p.keepdims ?? false });
  });
}
/** `tf.math.reduce_variance`: variances over `axis`. */
export const reduceVariance = api('reduceVariance', SPREAD, variance, { required: 1 });
/** `tf.math.reduce_std`: standard deviations over `axis`. */
export const reduceStd = api('reduceStd', SPREAD, (p: Spread): Tensor => inScope(p.name || 'reduce_std', '', [], () => op1('Sqrt', [variance({ ...p, name: null })])), { required: 1 });
/** `tf.math.reduce_euclidean_norm`: roots of the sums of squares over `axis`. */
export const reduceEuclideanNorm = api('reduceEuclideanNorm', SPREAD, (p: Spread): Tensor => reduced('EuclideanNorm', p.inputTensor, p.axis ?? null, p.keepdims ?? false, p.name), { required: 1 });
