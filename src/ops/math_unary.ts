// Element-wise ops of one input, their gradients and second-order gradients. Follows math_ops.py and math_grad.py.
import { float32 } from '../graph/dtype.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { filled } from './array_values.ts';
import { shapeTensor } from './array_shape.ts';
import { afterOps, conj, grad1, inputOf, inScope, scalarOf } from './building.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { defineOp, type Grad, type GradFn, type TfjsMapping } from './registry.ts';
import { unchangedShape } from './shape_fns.ts';

/** tfjs kernel of a unary op; `exact` where its bits are the contract's. */
const kernel = (name: string, exact = false): TfjsMapping => ({ kernel: name, inputs: { x: 0 }, exact });
/** One that computes int32 in float32, or does not wrap. */
const floats = (name: string): TfjsMapping => ({ ...kernel(name, true), dtypes: [float32] });

/** Gradient built under a control dependency on the incoming one, from the op's input. */
const fromInput = (f: (x: Tensor, g: Tensor) => Grad): GradFn => grad1((op, g) => afterOps([g], () => [f(conj(inputOf(op, 0)), g)]));
/** The same from the op's output. */
const fromOutput = (f: (y: Tensor, g: Tensor) => Grad): GradFn => grad1((op, g) => afterOps([g], () => [f(conj(op.outputs[0]!), g)]));
/** Second order: gradients of a two-input `XGrad` op. */
const second = (f: (op: Operation, g: Tensor) => readonly Grad[]): GradFn => grad1((op, g) => afterOps([g], () => f(op, g)));
const c = (value: number, like: Tensor): Tensor => constantNode(scalarOf(value, like.dtype.baseDtype));

function unary(op: string, grad: GradFn | null | undefined, tfjs?: TfjsMapping): void {
  defineOp(op, { shape: unchangedShape, ...(grad === undefined ? {} : { grad }), ...(tfjs ? { tfjs } : {}) });
}
const noGradient: GradFn = () => [null];

unary('Neg', grad1((_op, g) => [g.neg()]), floats('Neg'));
unary('Abs', grad1((op, g) => [g.mul(op1('Sign', [inputOf(op, 0)]))]), floats('Abs'));
unary('Sign', grad1((op) => { const x = inputOf(op, 0); return [filled('zeros', shapeTensor(x), x.dtype)]; }), kernel('Sign'));
unary('Square', fromInput((x, g) => { const two = c(2, x); return op1('Mul', [g, op1('Mul', [x, two])]); }), floats('Square'));
unary('Sqrt', grad1((op, g) => [op1('SqrtGrad', [op.outputs[0]!, g])]), kernel('Sqrt'));
unary('Rsqrt', grad1((op, g) => [op1('RsqrtGrad', [op.outputs[0]!, g])]), kernel('Rsqrt'));
unary('Exp', fromOutput((y, g) => g.mul(y)), kernel('Exp'));
unary('Expm1', fromInput((x, g) => g.mul(op1('Exp', [x]))), kernel('Expm1'));
unary('Log', fromInput((x, g) => g.mul(op1('Reciprocal', [x]))), kernel('Log'));
unary('Log1p', fromInput((x, g) => g.mul(op1('Reciprocal', [x.radd(1)]))), kernel('Log1p'));
unary('Tanh', fromOutput((y, g) => op1('TanhGrad', [y, g])), kernel('Tanh'));
unary('Sigmoid', fromOutput((y, g) => op1('SigmoidGrad', [y, g])), kernel('Sigmoid'));
unary('Sin', fromInput((x, g) => g.mul(op1('Cos', [x]))), kernel('Sin'));
unary('Cos', fromInput((x, g) => { const n = g.neg(); return n.mul(op1('Sin', [x])); }), kernel('Cos'));
unary('Tan', fromInput((x, g) => op1('Square', [op1('Reciprocal', [op1('Cos', [x])])]).mul(g)), kernel('Tan'));
/** sqrt(1 - x^2), inverted. */
const overRoot = (x: Tensor, like: Tensor): Tensor => {
  const x2 = op1('Square', [x]);
  return op1('Reciprocal', [op1('Sqrt', [op1('Sub', [c(1, like), x2])])]);
};
unary('Asin', fromInput((x, g) => g.mul(overRoot(x, g))), kernel('Asin'));
unary('Acos', fromInput((x, g) => { const inverse = overRoot(x, g); return g.neg().mul(inverse); }), kernel('Acos'));
unary('Atan', fromInput((x, g) => { const x2 = op1('Square', [x]); return g.mul(op1('Reciprocal', [op1('Add', [c(1, g), x2])])); }), kernel('Atan'));
unary('Sinh', fromInput((x, g) => g.mul(op1('Cosh', [x]))), kernel('Sinh'));
unary('Cosh', fromInput((x, g) => g.mul(op1('Sinh', [x]))), kernel('Cosh'));
unary('Asinh', fromOutput((y, g) => g.truediv(op1('Cosh', [y]))), kernel('Asinh'));
unary('Acosh', fromOutput((y, g) => g.truediv(op1('Sinh', [y]))), kernel('Acosh'));
unary('Atanh', fromInput((x, g) => { const x2 = op1('Square', [x]); return g.mul(op1('Reciprocal', [op1('Sub', [c(1, g), x2])])); }), kernel('Atanh'));
/** grad * slope * exp(-x^2), for the error function and its complement. */
const erfGrad = (slope: number): GradFn => grad1((op, g) => {
  const k = c(slope, g);
  return afterOps([g], () => {
    const x = conj(inputOf(op, 0));
    const scaled = g.mul(k);
    return [scaled.mul(op1('Exp', [op1('Square', [x]).neg()]))];
  });
});
unary('Erf', erfGrad(2 / Math.sqrt(Math.PI)), kernel('Erf'));
unary('Erfc', erfGrad(-2 / Math.sqrt(Math.PI)));
unary('Lgamma', fromInput((x, g) => g.mul(op1('Digamma', [x]))));
unary('Digamma', fromInput((x, g) => { const one = c(1, x); return g.mul(op1('Polygamma', [one, x])); }));
unary('Floor', noGradient, kernel('Floor', true));
unary('Ceil', noGradient, kernel('Ceil', true));
unary('Round', noGradient, kernel('Round'));
unary('Rint', noGradient);
unary('Reciprocal', grad1((op, g) => [op1('ReciprocalGrad', [op.outputs[0]!, g])]), kernel('Reciprocal'));
unary('Inv', grad1((op, g) => [op1('ReciprocalGrad', [op.outputs[0]!, g])]), kernel('Reciprocal'));
unary('IsNan', undefined, kernel('IsNan', true));
unary('IsInf', undefined, kernel('IsInf', true));
unary('IsFinite', undefined, kernel('IsFinite', true));
unary('LogicalNot', null, kernel('LogicalNot', true));
unary('Conj', grad1((_op, g) => [conj(g)]));

unary('SqrtGrad', second((op, g) => {
  const a = inputOf(op, 0);
  const y = op.outputs[0]!;
  const ga = g.truediv(a);
  return [conj(ga).neg().mul(y), ga.rmul(0.5)];
}));
unary('RsqrtGrad', second((op, g) => {
  const [a, b] = [conj(inputOf(op, 0)), inputOf(op, 1)];
  const left = conj(g).rmul(-1.5).mul(b);
  return [left.mul(op1('Square', [a])), op1('RsqrtGrad', [a, g])];
}));
unary('TanhGrad', second((op, g) => {
  const [a, b] = [conj(inputOf(op, 0)), conj(inputOf(op, 1))];
  return [g.mul(-2).mul(b).mul(a), op1('TanhGrad', [a, g])];
}));
unary('SigmoidGrad', second((op, g) => {
  const [a, b] = [conj(inputOf(op, 0)), conj(inputOf(op, 1))];
  const gb = g.mul(b);
  return [gb.sub(gb.rmul(2).mul(a)), op1('SigmoidGrad', [a, g])];
}));
const reciprocalGradGrad = second((op, g) => {
  const a = conj(inputOf(op, 0));
  return [conj(g).mul(-2).mul(inputOf(op, 1)).mul(a), op1('ReciprocalGrad', [a, g])];
});
unary('ReciprocalGrad', reciprocalGradGrad);
unary('InvGrad', reciprocalGradGrad);

/** Parameters of a unary function. */
interface X { x: TensorLike; name?: string | null }
type UnaryFunction = ReturnType<typeof api<X, readonly ['x', 'name'], Tensor>>;
function unaryFunction(name: string, op: string): UnaryFunction {
  return api(name, ['x', 'name'] as const, (p: X) => op1(op, [p.x], undefined, p.name), { required: 1 });
}
/** `tf.negative`: -x. */
export const negative: UnaryFunction = unaryFunction('negative', 'Neg');
/** `tf.sign`: -1, 0 or 1. */
export const sign: UnaryFunction = unaryFunction('sign', 'Sign');
/** `tf.square`: x * x. */
export const square: UnaryFunction = unaryFunction('square', 'Square');
/** `tf.sqrt`: square root. */
export const sqrt: UnaryFunction = unaryFunction('sqrt', 'Sqrt');
/** `tf.rsqrt`: 1 / sqrt(x). */
export const rsqrt: UnaryFunction = unaryFunction('rsqrt', 'Rsqrt');
/** `tf.exp`: e to the power x. */
export const exp: UnaryFunction = unaryFunction('exp', 'Exp');
/** `tf.expm1`: exp(x) - 1 without cancellation. */
export const expm1: UnaryFunction = unaryFunction('expm1', 'Expm1');
/** `tf.log`: natural logarithm. */
export const log: UnaryFunction = unaryFunction('log', 'Log');
/** `tf.log1p`: log(1 + x) without cancellation. */
export const log1p: UnaryFunction = unaryFunction('log1p', 'Log1p');
/** `tf.tanh`: hyperbolic tangent. */
export const tanh: UnaryFunction = unaryFunction('tanh', 'Tanh');
/** `tf.sigmoid`: 1 / (1 + exp(-x)). */
export const sigmoid: UnaryFunction = unaryFunction('sigmoid', 'Sigmoid');
/** `tf.sin` (radians). */
export const sin: UnaryFunction = unaryFunction('sin', 'Sin');
/** `tf.cos` (radians). */
export const cos: UnaryFunction = unaryFunction('cos', 'Cos');
/** `tf.tan` (radians). */
export const tan: UnaryFunction = unaryFunction('tan', 'Tan');
/** `tf.asin`. */
export const asin: UnaryFunction = unaryFunction('asin', 'Asin');
/** `tf.acos`. */
export const acos: UnaryFunction = unaryFunction('acos', 'Acos');
/** `tf.atan`. */
export const atan: UnaryFunction = unaryFunction('atan', 'Atan');
/** `tf.sinh`. */
export const sinh: UnaryFunction = unaryFunction('sinh', 'Sinh');
/** `tf.cosh`. */
export const cosh: UnaryFunction = unaryFunction('cosh', 'Cosh');
/** `tf.asinh`. */
export const asinh: UnaryFunction = unaryFunction('asinh', 'Asinh');
/** `tf.acosh`. */
export const acosh: UnaryFunction = unaryFunction('acosh', 'Acosh');
/** `tf.atanh`. */
export const atanh: UnaryFunction = unaryFunction('atanh', 'Atanh');
/** `tf.erf`: the error function. */
export const erf: UnaryFunction = unaryFunction('erf', 'Erf');
/** `tf.erfc`: 1 - erf(x). */
export const erfc: UnaryFunction = unaryFunction('erfc', 'Erfc');
/** `tf.lgamma`: log of the absolute value of the gamma function. */
export const lgamma: UnaryFunction = unaryFunction('lgamma', 'Lgamma');
/** `tf.digamma`: derivative of lgamma. */
export const digamma: UnaryFunction = unaryFunction('digamma', 'Digamma');
/** `tf.floor`: largest integer not above x. */
export const floor: UnaryFunction = unaryFunction('floor', 'Floor');
/** `tf.ceil`: smallest integer not below x. */
export const ceil: UnaryFunction = unaryFunction('ceil', 'Ceil');
/** `tf.rint`: nearest integer, halves to even. */
export const rint: UnaryFunction = unaryFunction('rint', 'Rint');
/** `tf.reciprocal`: 1 / x. */
export const reciprocal: UnaryFunction = unaryFunction('reciprocal', 'Reciprocal');
/** `tf.is_nan`: bool. */
export const isNan: UnaryFunction = unaryFunction('isNan', 'IsNan');
/** `tf.is_inf`: bool. */
export const isInf: UnaryFunction = unaryFunction('isInf', 'IsInf');
/** `tf.is_finite`: bool. */
export const isFinite: UnaryFunction = unaryFunction('isFinite', 'IsFinite');
/** `tf.logical_not`: bool. */
export const logicalNot: UnaryFunction = unaryFunction('logicalNot', 'LogicalNot');

/** `math_ops.abs`. */
export function absolute(x: TensorLike, name?: string | null): Tensor {
  return inScope(name, 'Abs', [x], (scope) => {
    const t = convertToTensor(x, { name: 'x' });
    return t.dtype.isComplex ? op1('ComplexAbs', [t], { Tout: t.dtype.realDtype }, scope) : op1('Abs', [t], undefined, scope);
  });
}
/** `tf.abs`: absolute value; the modulus of complex values. */
export const abs = api('abs', ['x', 'name'], (p: X) => absolute(p.x, p.name), { required: 1 });
/** `tf.round`: nearest integer, halves to even; integer tensors are returned as they are. */
export const round = api('round', ['x', 'name'], (p: X) => {
  const t = convertToTensor(p.x, { name: 'x' });
  return t.dtype.isInteger ? t : op1('Round', [t], undefined, p.name);
}, { required: 1 });
