// Elementwise ops: one row of arithmetic per op. Formulas and their order of roundings follow TF's CPU functors
// (tensorflow/core/kernels/cwise_ops.h, relu_op_functor.h, softplus_op.h).
import { bool, complex128, complex64, type DType } from '../../graph/dtype.ts';
import { InvalidArgumentError } from '../../graph/errors.ts';
import { bfloat16ToFloat, bytesEqual, floatToBfloat16, floatToHalf, halfToFloat, NDArray } from '../../graph/ndarray.ts';
import { type Arith, type FloatArith, type IntArith, type Pair } from './arith.ts';
import { cadd, ccos, cdiv, cexp, clog, cmul, cneg, conj, csin, csqrt, csub, cabs, one, zeroWhere } from './complex.ts';
import { cacosh, casinh, catanh } from './complex_inverse.ts';
import { boolAttr, broadcast, broadcastStrides, floatAttr, sameShape, shapeText } from './common.ts';
import { commonShape, evaluate, evaluateTest, interleave, type TestRow, type ValueRow } from './compute.ts';
import * as fn from './elementary.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { gatherBox } from './move.ts';
import { pow } from './pow.ts';
import * as special from './special.ts';

// ---- shared formulas

/** a<b ? b : a: NaN and signed zeros as TF has them (the first operand wins unless it is smaller). */
export function maximum<V, M>(o: Arith<V, M>, a: V, b: V): V { return o.sel(o.lt(a, b), b, a); }
export function minimum<V, M>(o: Arith<V, M>, a: V, b: V): V { return o.sel(o.lt(b, a), b, a); }

function floorDivInt<V, M>(o: IntArith<V, M>, a: V, b: V): V {
  const q = o.div(a, b);
  return o.sel(wrapsDown(o, o.rem(a, b), b), o.sub(q, o.c(1)), q);
}
function floorModInt<V, M>(o: IntArith<V, M>, a: V, b: V): V {
  const r = o.rem(a, b);
  return o.sel(wrapsDown(o, r, b), o.add(r, b), r);
}
/** r != 0 and r, b of different sign. */
function wrapsDown<V, M>(o: IntArith<V, M>, r: V, b: V): M {
  const zero = o.c(0), rNeg = o.lt(r, zero), bNeg = o.lt(b, zero);
  const differ = o.either(o.both(rNeg, o.not(bNeg)), o.both(o.not(rNeg), bNeg));
  return o.both(o.not(o.eq(r, zero)), differ);
}
function floorModFloat<V, M>(o: FloatArith<V, M>, a: V, b: V): V {
  const zero = o.c(0), r = o.rem(a, b), rNeg = o.lt(r, zero), bNeg = o.lt(b, zero);
  const differ = o.either(o.both(rNeg, o.not(bNeg)), o.both(o.not(rNeg), bNeg));
  return o.sel(o.both(o.not(o.eq(r, zero)), differ), o.add(r, b), r);
}
function signOf<V, M>(o: Arith<V, M>, x: V): V {
  const zero = o.c(0), one = o.c(1);
  return o.sel(o.lt(zero, x), one, o.sel(o.lt(x, zero), o.neg(one), zero));
}
/** Integer power by squaring (32 steps cover every 32-bit exponent; larger ones only matter for bases -1, 0, 1). */
function powInt<V, M>(o: IntArith<V, M>, x: V, y: V): V {
  let r = o.c(1), base = x, e = y;
  const two = o.c(2), one = o.c(1);
  for (let i = 0; i < 32; i++) {
    r = o.sel(o.eq(o.and(e, one), one), o.mul(r, base), r);
    base = o.mul(base, base);
    e = o.div(e, two);
  }
  return r;
}

// ---- the tables

export const BINARY: Readonly<Record<string, ValueRow>> = {
  Add: { any: (o, a, b) => o.add(a, b), complex: cadd },
  AddV2: { any: (o, a, b) => o.add(a, b), complex: cadd },
  Sub: { any: (o, a, b) => o.sub(a, b), complex: csub },
  Mul: { any: (o, a, b) => o.mul(a, b), complex: cmul },
  MulNoNan: { float: (o, a, b) => o.sel(o.eq(b, o.c(0)), o.c(0), o.mul(a, b)), complex: (o, a, b) => zeroWhere(o, b, cmul(o, a, b)) },
  Div: { float: (o, a, b) => o.div(a, b), int: (o, a, b) => o.div(a, b), complex: cdiv },
  RealDiv: { float: (o, a, b) => o.div(a, b), int: (o, a, b) => o.div(a, b), complex: cdiv },
  DivNoNan: { float: (o, a, b) => o.sel(o.eq(b, o.c(0)), o.c(0), o.div(a, b)), complex: (o, a, b) => zeroWhere(o, b, cdiv(o, a, b)) },
  TruncateDiv: { int: (o, a, b) => o.div(a, b) },
  FloorDiv: { float: (o, a, b) => o.floor(o.div(a, b)), int: floorDivInt },
  Mod: { float: (o, a, b) => o.rem(a, b), int: (o, a, b) => o.rem(a, b) },
  TruncateMod: { float: (o, a, b) => o.rem(a, b), int: (o, a, b) => o.rem(a, b) },
  FloorMod: { float: floorModFloat, int: floorModInt },
  Maximum: { any: maximum },
  Minimum: { any: minimum },
  Pow: { float: pow, int: powInt, complex: (o, a, b) => {
    const zero = o.both(o.eq(a[0], o.c(0)), o.eq(a[1], o.c(0))), none = o.both(o.eq(b[0], o.c(0)), o.eq(b[1], o.c(0)));
    const p = cexp(o, cmul(o, b, clog(o, a)));
    return [o.sel(none, o.c(1), o.sel(zero, o.c(0), p[0])), o.sel(o.either(none, zero), o.c(0), p[1])];
  } },
  SquaredDifference: { any: (o, a, b) => { const d = o.sub(a, b); return o.mul(d, d); }, complex: (o, a, b) => { const d = csub(o, a, b); return cmul(o, d, conj(o, d)); } },
  Atan2: { float: fn.atan2 },
  Xdivy: { float: (o, a, b) => o.sel(o.eq(a, o.c(0)), o.c(0), o.div(a, b)), complex: (o, a, b) => zeroWhere(o, a, cdiv(o, a, b)) },
  Xlogy: { float: (o, a, b) => o.sel(o.eq(a, o.c(0)), o.c(0), o.mul(a, fn.log(o, b))), complex: (o, a, b) => zeroWhere(o, a, cmul(o, a, clog(o, b))) },
  BitwiseAnd: { int: (o, a, b) => o.and(a, b) },
  BitwiseOr: { int: (o, a, b) => o.or(a, b) },
  BitwiseXor: { int: (o, a, b) => o.xor(a, b) },
};

/** Binary ops whose operands must agree in shape: gradients in terms of the output y or the input x, and g. */
export const GRADIENTS: Readonly<Record<string, ValueRow>> = {
  ReluGrad: { any: (o, g, x) => o.sel(o.lt(o.c(0), x), g, o.c(0)) },
  Relu6Grad: { any: (o, g, x) => o.sel(o.both(o.lt(o.c(0), x), o.lt(x, o.c(6))), g, o.c(0)) },
  EluGrad: { float: (o, g, y) => o.sel(o.lt(y, o.c(0)), o.mul(o.add(y, o.c(1)), g), g) },
  SeluGrad: { float: (o, g, y) => o.sel(o.lt(y, o.c(0)), o.mul(g, o.add(y, o.c(SELU_SCALE_ALPHA))), o.mul(g, o.c(SELU_SCALE))) },
  SoftplusGrad: { float: (o, g, x) => o.div(g, o.add(fn.exp(o, o.neg(x)), o.c(1))) },
  SoftsignGrad: { float: (o, g, x) => { const d = o.add(o.c(1), o.abs(x)); return o.div(g, o.mul(d, d)); } },
};
export const OUTPUT_GRADIENTS: Readonly<Record<string, ValueRow>> = {
  TanhGrad: { float: (o, y, g) => o.mul(g, o.sub(o.c(1), o.mul(y, y))), complex: (o, y, g) => cmul(o, g, csub(o, one(o), cmul(o, y, y))) },
  SigmoidGrad: { float: (o, y, g) => o.mul(o.mul(g, y), o.sub(o.c(1), y)), complex: (o, y, g) => cmul(o, cmul(o, g, y), csub(o, one(o), y)) },
  ReciprocalGrad: { float: (o, y, g) => o.neg(o.mul(y, o.mul(g, y))), complex: (o, y, g) => { const c = conj(o, y); return cneg(o, cmul(o, c, cmul(o, g, c))); } },
  InvGrad: { float: (o, y, g) => o.neg(o.mul(y, o.mul(g, y))), complex: (o, y, g) => { const c = conj(o, y); return cneg(o, cmul(o, c, cmul(o, g, c))); } },
  SqrtGrad: { float: (o, y, g) => o.div(o.mul(o.c(0.5), g), y), complex: (o, y, g) => cdiv(o, [o.mul(o.c(0.5), g[0]), o.mul(o.c(0.5), g[1])], conj(o, y)) },
  RsqrtGrad: { float: (o, y, g) => o.mul(o.mul(o.c(-0.5), o.mul(g, y)), o.mul(y, y)), complex: (o, y, g) => {
    const c = conj(o, y), gy = cmul(o, g, c);
    return cmul(o, [o.mul(o.c(-0.5), gy[0]), o.mul(o.c(-0.5), gy[1])], cmul(o, c, c));
  } },
};

const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

export const UNARY: Readonly<Record<string, ValueRow>> = {
  Neg: { any: (o, x) => o.neg(x), complex: cneg },
  Abs: { any: (o, x) => o.abs(x) },
  Sign: { any: signOf, complex: (o, z) => {
    const r = cabs(o, z), none = o.eq(r, o.c(0));
    return [o.sel(none, o.c(0), o.div(z[0], r)), o.sel(none, o.c(0), o.div(z[1], r))];
  } },
  Square: { any: (o, x) => o.mul(x, x), complex: (o, z) => cmul(o, z, z) },
  Sqrt: { float: (o, x) => o.sqrt(x), complex: csqrt },
  Rsqrt: { float: (o, x) => o.div(o.c(1), o.sqrt(x)), complex: (o, z) => cdiv(o, one(o), csqrt(o, z)) },
  Reciprocal: { float: (o, x) => o.div(o.c(1), x), int: (o, x) => o.div(o.c(1), x), complex: (o, z) => cdiv(o, one(o), z) },
  Inv: { float: (o, x) => o.div(o.c(1), x), int: (o, x) => o.div(o.c(1), x), complex: (o, z) => cdiv(o, one(o), z) },
  Exp: { float: fn.exp, complex: cexp },
  Expm1: { float: fn.expm1, complex: (o, z) => csub(o, cexp(o, z), one(o)) },
  Log: { float: fn.log, complex: clog },
  Log1p: { float: fn.log1p, complex: (o, z) => clog(o, cadd(o, z, one(o))) },
  Tanh: { float: fn.tanh, complex: (o, z) => { const e = cexp(o, cadd(o, z, z)); return cdiv(o, csub(o, e, one(o)), cadd(o, e, one(o))); } },
  Sigmoid: { float: fn.sigmoid, complex: (o, z) => cdiv(o, one(o), cadd(o, one(o), cexp(o, cneg(o, z)))) },
  Sin: { float: fn.sin, complex: csin }, Cos: { float: fn.cos, complex: ccos },
  Tan: { float: fn.tan, complex: (o, z) => cdiv(o, csin(o, z), ccos(o, z)) },
  Asin: { float: fn.asin }, Acos: { float: fn.acos }, Atan: { float: fn.atan },
  Sinh: { float: fn.sinh, complex: (o, [a, b]) => [o.mul(fn.sinh(o, a), fn.cos(o, b)), o.mul(fn.cosh(o, a), fn.sin(o, b))] },
  Cosh: { float: fn.cosh, complex: (o, [a, b]) => [o.mul(fn.cosh(o, a), fn.cos(o, b)), o.mul(fn.sinh(o, a), fn.sin(o, b))] },
  Asinh: { float: special.asinh, complex: casinh }, Acosh: { float: special.acosh, complex: cacosh }, Atanh: { float: special.atanh, complex: catanh },
  Erf: { float: special.erf }, Erfc: { float: special.erfc }, Lgamma: { float: special.lgamma }, Digamma: { float: special.digamma }, BesselI0e: { float: special.besselI0e }, BesselI1e: { float: special.besselI1e },
  Floor: { float: (o, x) => o.floor(x) },
  Ceil: { float: (o, x) => o.ceil(x) },
  Rint: { float: (o, x) => o.rint(x) },
  Round: { float: (o, x) => o.rint(x), int: (_, x) => x },
  Invert: { int: (o, x) => o.sub(o.neg(x), o.c(1)) },
  Conj: { complex: conj },
  Relu: { any: (o, x) => maximum(o, x, o.c(0)) },
  Relu6: { any: (o, x) => minimum(o, maximum(o, x, o.c(0)), o.c(6)) },
  Elu: { float: (o, x) => o.sel(o.lt(x, o.c(0)), o.sub(fn.expNonPositive(o, minimum(o, x, o.c(0))), o.c(1)), x) },
  Selu: { float: (o, x) => o.sel(o.lt(x, o.c(0)), o.mul(o.c(SELU_SCALE_ALPHA), o.sub(fn.expNonPositive(o, minimum(o, x, o.c(0))), o.c(1))), o.mul(o.c(SELU_SCALE), x)) },
  Softplus: { float: softplus },
  Softsign: { float: (o, x) => o.div(x, o.add(o.abs(x), o.c(1))) },
};

/** log(e^x + 1), replaced by x or e^x where that is exact. */
function softplus<V, M>(o: FloatArith<V, M>, x: V): V {
  const edge = Math.log(o.bits === 32 ? 2 ** -23 : 2 ** -52) + 2;
  const e = fn.exp(o, x);
  const mid = fn.log(o, o.add(e, o.c(1)));
  return o.sel(o.lt(o.c(-edge), x), x, o.sel(o.lt(x, o.c(edge)), e, mid));
}

export const TESTS: Readonly<Record<string, TestRow>> = {
  Less: { any: (o, a, b) => o.lt(a, b) },
  LessEqual: { any: (o, a, b) => o.le(a, b) },
  Greater: { any: (o, a, b) => o.lt(b, a) },
  GreaterEqual: { any: (o, a, b) => o.le(b, a) },
  LogicalAnd: { bool: (o, a, b) => o.both(a, b) },
  LogicalOr: { bool: (o, a, b) => o.either(a, b) },
  LogicalNot: { bool: (o, a) => o.not(a) },
  IsNan: { float: (o, x) => o.not(o.eq(x, x)) },
  IsInf: { float: (o, x) => o.eq(o.abs(x), o.c(Infinity)) },
  IsFinite: { float: (o, x) => o.lt(o.abs(x), o.c(Infinity)) },
};
export const EQUAL: TestRow = {
  any: (o, a, b) => o.eq(a, b),
  complex: (o, a, b) => o.both(o.eq(a[0], b[0]), o.eq(a[1], b[1])),
  bool: (o, a, b) => o.either(o.both(a, b), o.both(o.not(a), o.not(b))),
};
export const NOT_EQUAL: TestRow = {
  any: (o, a, b) => o.not(o.eq(a, b)),
  complex: (o, a, b) => o.not(o.both(o.eq(a[0], b[0]), o.eq(a[1], b[1]))),
  bool: (o, a, b) => o.either(o.both(a, o.not(b)), o.both(o.not(a), b)),
};

/** Integer division by zero is an error in TF, found before anything is computed. */
function checkDivisor(op: string, inputs: readonly NDArray[]): void {
  const b = inputs[1]!;
  if (op === 'Pow') {
    if (b.dtype.isInteger && (b.data as Int32Array).some((v) => v < 0)) throw new InvalidArgumentError('Integers to negative integer powers are not allowed');
  } else if (b.dtype.isInteger && commonShape(inputs).every((d) => d > 0) && (b.data as Int32Array).some((v) => Number(v) === 0)) {
    throw new InvalidArgumentError('Integer division by zero');
  }
}
export const DIVIDES: ReadonlySet<string> = new Set(['Div', 'RealDiv', 'TruncateDiv', 'FloorDiv', 'Mod', 'TruncateMod', 'FloorMod', 'Pow']);

/** The text of TF's element-wise ops without broadcasting. */
function requireSameShapes(name: string, op: string, inputs: readonly NDArray[]): void {
  for (let i = 1; i < inputs.length; i++) {
    const [a, b] = [inputs[0]!.shape, inputs[i]!.shape];
    if (!sameShape(a, b)) throw new InvalidArgumentError(`Inputs to operation ${name} of type ${op} must have the same size and shape.  Input 0: ${shapeText(a)} != input ${i}: ${shapeText(b)}`);
  }
}

export const ADD_N: ValueRow = { any: (o, ...x) => x.reduce((s, v) => o.add(s, v)), complex: (o, ...x) => x.reduce((s, v) => cadd(o, s, v)) };
const addN: Kernel = (inputs, node) => {
  requireSameShapes(node.name, node.op, inputs);
  return [evaluate('AddN', ADD_N, inputs)];
};

export const CLIP: ValueRow = { any: (o, v, l, h) => maximum(o, minimum(o, v, h), l) };

const clipByValue: Kernel = (inputs) => {
  const [x, lo, hi] = inputs as [NDArray, NDArray, NDArray];
  for (const b of [lo, hi]) {
    if (b.shape.length > 0 && !sameShape(b.shape, x.shape)) {
      throw new InvalidArgumentError(`clip_value_min and clip_value_max must be either of the same shape as input, or a scalar. input shape: ${shapeText(x.shape)}clip_value_min shape: ${shapeText(lo.shape)}clip_value_max shape: ${shapeText(hi.shape)}`);
    }
  }
  return [evaluate('ClipByValue', CLIP, inputs)];
};

/** The attr alpha, as a number of the dtype. */
export function slopeOf(node: KernelNode, dtype: DType): number {
  const alpha = floatAttr(node, 'alpha', 0.2);
  return dtype.storage === 'f16' ? halfToFloat(floatToHalf(alpha)) : dtype.storage === 'bf16' ? bfloat16ToFloat(floatToBfloat16(alpha)) : alpha;
}
/** Rows that depend on it; it may be negative, or more than 1. */
export const leakyReluRow = (alpha: number): ValueRow => ({ float: (o, x) => o.sel(o.lt(o.c(0), x), x, o.mul(x, o.c(alpha))) });
export const leakyReluGradRow = (alpha: number): ValueRow => ({ float: (o, g, x) => o.sel(o.lt(o.c(0), x), g, o.mul(g, o.c(alpha))) });
const leakyRelu: Kernel = (inputs, node) => [evaluate('LeakyRelu', leakyReluRow(slopeOf(node, inputs[0]!.dtype)), inputs)];
const leakyReluGrad: Kernel = (inputs, node) => {
  requireSameShapes(node.name, node.op, inputs);
  return [evaluate('LeakyReluGrad', leakyReluGradRow(slopeOf(node, inputs[0]!.dtype)), inputs)];
};

/** Calls f with the two strings of every element of the broadcast. */
function eachString(inputs: readonly NDArray[], f: (a: Uint8Array, b: Uint8Array, k: number) => void): readonly number[] {
  const shape = commonShape(inputs);
  const [x, y] = inputs.map((a) => gatherBox(a, shape, broadcastStrides(a.shape, shape)).data as Uint8Array[]) as [Uint8Array[], Uint8Array[]];
  x.forEach((a, k) => f(a, y[k]!, k));
  return shape;
}
function stringsEqual(inputs: readonly NDArray[], want: boolean): NDArray {
  const out: number[] = [];
  const shape = eachString(inputs, (a, b) => { out.push(bytesEqual(a, b) === want ? 1 : 0); });
  return new NDArray(bool, shape, Uint8Array.from(out));
}
function joinStrings(inputs: readonly NDArray[]): NDArray {
  const out: Uint8Array[] = [];
  const shape = eachString(inputs, (a, b) => { const s = new Uint8Array(a.length + b.length); s.set(a); s.set(b, a.length); out.push(s); });
  return new NDArray(inputs[0]!.dtype.baseDtype, shape, out);
}

function equality(row: TestRow, want: boolean): Kernel {
  return (inputs, node) => {
    const [a, b] = inputs as [NDArray, NDArray];
    if (!boolAttr(node, 'incompatible_shape_error', true) && broadcast(a.shape, b.shape) === undefined) return [new NDArray(bool, [], Uint8Array.of(want ? 0 : 1))];
    return [a.dtype.storage === 'string' ? stringsEqual(inputs, want) : evaluateTest(node.op, row, inputs)];
  };
}

/** Parts and absolute value of complex numbers; complex from parts. */
const complexPart = (k: 0 | 1): Kernel => ([a]) => {
  const d = a!.data as Float32Array;
  const out = a!.dtype.storage === 'c64' ? new Float32Array(a!.size) : new Float64Array(a!.size);
  for (let i = 0; i < out.length; i++) out[i] = d[2 * i + k]!;
  return [new NDArray(a!.dtype.realDtype, a!.shape, out)];
};
const realOf = complexPart(0);
function fromComplex(op: string, f: <V, M>(o: FloatArith<V, M>, z: Pair<V>) => V): Kernel {
  return (inputs, node, state) => realOf([evaluate(op, { complex: (o, z) => [f(o, z), o.c(0)] }, inputs)], node, state);
}
const complexOf: Kernel = (inputs) => {
  const shape = commonShape(inputs);
  const [re, im] = [0, 1].map((i) => evaluate('Complex', { any: (_, a, b) => (i === 0 ? a : b) }, inputs, shape).data as Float32Array) as [Float32Array, Float32Array];
  return [new NDArray(inputs[0]!.dtype.storage === 'f32' ? complex64 : complex128, shape, interleave(re, im))];
};

const defs: KernelDef[] = [
  { op: 'AddN', kernel: addN },
  { op: 'AccumulateNV2', kernel: addN },
  { op: 'ClipByValue', kernel: clipByValue },
  { op: 'LeakyRelu', kernel: leakyRelu },
  { op: 'LeakyReluGrad', kernel: leakyReluGrad },
  { op: 'Equal', kernel: equality(EQUAL, true) },
  { op: 'NotEqual', kernel: equality(NOT_EQUAL, false) },
  { op: 'Real', kernel: realOf },
  { op: 'Imag', kernel: complexPart(1) },
  { op: 'Complex', kernel: complexOf },
  { op: 'ComplexAbs', kernel: fromComplex('ComplexAbs', cabs) },
  { op: 'Angle', kernel: fromComplex('Angle', (o, z) => fn.atan2(o, z[1], z[0])) },
];
for (const [op, row] of Object.entries(BINARY)) {
  if (op === 'Add') defs.push({ op, kernel: (inputs) => [inputs[0]!.dtype.storage === 'string' ? joinStrings(inputs) : evaluate(op, row, inputs)] });
  else defs.push({ op, kernel: DIVIDES.has(op) ? (inputs) => { checkDivisor(op, inputs); return [evaluate(op, row, inputs)]; } : (inputs) => [evaluate(op, row, inputs)] });
}
for (const [op, row] of Object.entries(GRADIENTS)) defs.push({ op, kernel: (inputs, node) => { requireSameShapes(node.name, op, inputs); return [evaluate(op, row, inputs)]; } });
for (const [op, row] of Object.entries(OUTPUT_GRADIENTS)) defs.push({ op, kernel: (inputs) => [evaluate(op, row, inputs)] });
for (const [op, row] of Object.entries(UNARY)) defs.push({ op, kernel: (inputs) => [evaluate(op, row, inputs)] });
for (const [op, row] of Object.entries(TESTS)) defs.push({ op, kernel: (inputs) => [evaluateTest(op, row, inputs)] });

/** Kernels of the elementwise ops. */
export const cwiseKernels: readonly KernelDef[] = defs;
