// Element-wise arithmetic of two inputs with broadcasting, and its gradients. Follows math_ops.py and math_grad.py.
import { bfloat16, complex128, complex64, type DType, float16, float32, float64, int16, int32, int64, int8, uint16, uint8 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { type BroadcastOperand, broadcastOperands, broadcastOperandsAtRun, reduceTo } from './array_broadcast.ts';
import { shapeTensor } from './array_shape.ts';
import { filled, onesLikeTensor, zerosLikeTensor } from './array_values.ts';
import { afterOps, conj, grad1, inputOf, inScope, knownShape, sameDims } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { castTensor, dtypeOfValue } from './math_cast.ts';
import { op1 } from './op_def_library.ts';
import { defineOp, type GradFn, type TfjsMapping } from './registry.ts';
import { broadcastBinary } from './shape_fns.ts';

const kernel = (name: string, exact: boolean): TfjsMapping => ({ kernel: name, inputs: { a: 0, b: 1 }, exact });
const noGradient: GradFn = () => [null, null];
function binary(op: string, grad: GradFn | undefined, tfjs?: TfjsMapping): void {
  defineOp(op, { shape: broadcastBinary, ...(grad ? { grad } : {}), ...(tfjs ? { tfjs } : {}) });
}

/** Both operands and the gradient have one static shape: nothing to sum or reshape. */
function allEqual(x: Tensor, y: Tensor, g: Tensor): boolean {
  const s = knownShape(x);
  return s !== undefined && y.shape.isFullyDefined && g.shape.isFullyDefined && sameDims(s, y.shape.dims!) && sameDims(s, g.shape.dims!);
}
const bring = (to: BroadcastOperand, g: Tensor): Tensor => (to.reduce ? reduceTo(g, to) : g);

const addGrad: GradFn = grad1((op, g) => {
  const [x, y] = [inputOf(op, 0), inputOf(op, 1)];
  if (allEqual(x, y, g)) return [g, g];
  const [tx, ty] = broadcastOperands(x, y, g);
  const gx = bring(tx, g);
  return [gx, bring(ty, g)];
});
binary('Add', addGrad, kernel('Add', true));
binary('AddV2', addGrad, kernel('Add', true));
binary('Sub', grad1((op, g) => {
  const [x, y] = [inputOf(op, 0), inputOf(op, 1)];
  if (allEqual(x, y, g)) return [g, g.neg()];
  const [tx, ty] = broadcastOperands(x, y, g);
  const gx = bring(tx, g);
  return [gx, bring(ty, g.neg())];
}), kernel('Sub', true));
binary('Mul', grad1((op, g) => {
  let [x, y] = [inputOf(op, 0), inputOf(op, 1)];
  if ((g.dtype === float32 || g.dtype === int32) && allEqual(x, y, g)) {
    const gx = op1('Mul', [g, y]);
    return [gx, op1('Mul', [g, x])];
  }
  const [tx, ty] = broadcastOperands(x, y, g);
  x = conj(x);
  y = conj(y);
  const gx = bring(tx, op1('Mul', [g, y]));
  return [gx, bring(ty, op1('Mul', [x, g]))];
}), { ...kernel('Multiply', true), dtypes: [float32] }); // products of int32 do not wrap there

/** x / y by some division op: grad / y, and grad * (-x / y / y). */
const quotientGrad = (divide: (x: Tensor, y: Tensor) => Tensor): GradFn => grad1((op, g) => {
  const [x0, y0] = [inputOf(op, 0), inputOf(op, 1)];
  const [tx, ty] = broadcastOperandsAtRun(x0, y0);
  const [x, y] = [conj(x0), conj(y0)];
  const gx = reduceTo(divide(g, y), tx);
  return [gx, reduceTo(g.mul(divide(divide(x.neg(), y), y)), ty)];
});
binary('RealDiv', quotientGrad((x, y) => op1('RealDiv', [x, y])), kernel('RealDiv', true));
binary('Div', quotientGrad((x, y) => x.truediv(y)));
binary('DivNoNan', quotientGrad(divideNoNan), kernel('DivNoNan', false));
binary('FloorDiv', noGradient, kernel('FloorDiv', false));
binary('TruncateDiv', noGradient);
binary('TruncateMod', undefined);
binary('Mod', undefined);
binary('FloorMod', grad1((op, g) => {
  const [x, y] = [conj(inputOf(op, 0)), conj(inputOf(op, 1))];
  const [tx, ty] = broadcastOperandsAtRun(x, y);
  const quotient = op1('FloorDiv', [x, y]);
  const gx = reduceTo(g, tx);
  return [gx, reduceTo(g.mul(op1('Neg', [quotient])), ty)];
}), kernel('Mod', false));
binary('Pow', grad1((op, g) => {
  const [x0, y0] = [inputOf(op, 0), inputOf(op, 1)];
  const [tx, ty] = broadcastOperands(x0, y0, g);
  const [x, y] = [conj(x0), conj(y0)];
  const scaled = g.mul(y);
  const gx = bring(tx, scaled.mul(op1('Pow', [x, y.sub(1)])));
  const z = conj(op.outputs[0]!);
  const mask = x.dtype.isComplex ? op1('NotEqual', [x, 0]) : x.greater(0);
  const safe = op1('Select', [mask, x, onesLikeTensor(x)]);
  const logX = op1('Log', [safe]);
  const logs = op1('Select', [mask, logX, zerosLikeTensor(x)]);
  return [gx, bring(ty, g.mul(z).mul(logs))];
}), kernel('Pow', false));

const extremeGrad = (selector: string): GradFn => grad1((op, g) => {
  const [x, y] = [inputOf(op, 0), inputOf(op, 1)];
  const [sx, sy, sg] = [shapeTensor(x), shapeTensor(y), shapeTensor(g)];
  const zeros = filled('zeros', sg, g.dtype);
  const mask = op1(selector, [x, y]);
  const axes = applyBroadcast(sx, sy);
  const gx = op1('Reshape', [op1('Sum', [op1('Select', [mask, g, zeros]), axes[0]!]), sx]);
  return [gx, op1('Reshape', [op1('Sum', [op1('Select', [mask, zeros, g]), axes[1]!]), sy])];
});
function applyBroadcast(sx: Tensor, sy: Tensor): readonly Tensor[] { return op1('BroadcastGradientArgs', [sx, sy]).op.outputs; }
binary('Maximum', extremeGrad('GreaterEqual'), kernel('Maximum', false));
binary('Minimum', extremeGrad('LessEqual'), kernel('Minimum', false));
binary('SquaredDifference', grad1((op, g) => {
  const [x, y] = [inputOf(op, 0), inputOf(op, 1)];
  const gx = afterOps([g], () => scaled(2, g).mul(x.sub(y)));
  if (allEqual(x, y, g)) return [gx, gx.neg()];
  const [tx, ty] = broadcastOperands(x, y, g);
  const out = bring(tx, gx);
  return [out, bring(ty, gx).neg()];
}), kernel('SquaredDifference', false));
binary('Atan2', grad1((op, g) => {
  const [y, x] = [inputOf(op, 0), inputOf(op, 1)];
  return afterOps([g], () => {
    const inverse = g.truediv(op1('Square', [x]).add(op1('Square', [y])));
    const gy = x.mul(inverse);
    return [gy, y.neg().mul(inverse)];
  });
}), kernel('Atan2', false));
binary('Polygamma', grad1((op, g) => {
  const [n0, x0] = [inputOf(op, 0), inputOf(op, 1)];
  const [, tx] = broadcastOperandsAtRun(n0, x0);
  return afterOps([g], () => {
    const partial = op1('Polygamma', [conj(n0).add(1), conj(x0)]);
    return [null, reduceTo(g.mul(partial), tx)];
  });
}));

/** Parameters of a function of two operands. */
export interface XY { x: TensorLike; y: TensorLike; name?: string | null }
export type BinaryFunction = ReturnType<typeof api<XY, readonly ['x', 'y', 'name'], Tensor>>;
export function binaryFunction(name: string, op: string, defaultName?: string): BinaryFunction {
  return api(name, ['x', 'y', 'name'] as const, (p: XY) => op1(op, [p.x, p.y], undefined, p.name ?? defaultName), { required: 2 });
}
/** `tf.add`: x + y (op Add). */
export const add: BinaryFunction = binaryFunction('add', 'Add');
/** `tf.subtract`: x - y. */
export const subtract: BinaryFunction = binaryFunction('subtract', 'Sub');
/** `tf.multiply`: x * y. */
export const multiply: BinaryFunction = binaryFunction('multiply', 'Mul');
/** `tf.realdiv`: x / y of floating dtypes. */
export const realdiv: BinaryFunction = binaryFunction('realdiv', 'RealDiv');
/** `tf.floordiv`: x / y rounded down. */
export const floordiv: BinaryFunction = binaryFunction('floordiv', 'FloorDiv', 'floordiv');
/** `tf.floor_div`: x / y rounded down (default name FloorDiv). */
export const floorDiv: BinaryFunction = binaryFunction('floorDiv', 'FloorDiv');
/** `tf.floormod`: the remainder that goes with `floordiv`. */
export const floormod: BinaryFunction = binaryFunction('floormod', 'FloorMod');
/** `tf.mod`: the same as `floormod`. */
export const mod: BinaryFunction = binaryFunction('mod', 'FloorMod');
/** `tf.truncatediv`: x / y rounded towards zero. */
export const truncatediv: BinaryFunction = binaryFunction('truncatediv', 'TruncateDiv');
/** `tf.truncatemod`: the remainder that goes with `truncatediv`. */
export const truncatemod: BinaryFunction = binaryFunction('truncatemod', 'TruncateMod');
/** `tf.maximum`: the larger of x and y. */
export const maximum: BinaryFunction = binaryFunction('maximum', 'Maximum');
/** `tf.minimum`: the smaller of x and y. */
export const minimum: BinaryFunction = binaryFunction('minimum', 'Minimum');
/** `tf.pow`: x to the power y. */
export const pow: BinaryFunction = binaryFunction('pow', 'Pow');
/** `tf.squared_difference`: (x - y)^2. */
export const squaredDifference: BinaryFunction = binaryFunction('squaredDifference', 'SquaredDifference');
/** `tf.atan2`: the angle of the point (x, y). */
export const atan2: BinaryFunction = api('atan2', ['y', 'x', 'name'] as const, (p: XY) => op1('Atan2', [p.y, p.x], undefined, p.name), { required: 2 }) as unknown as BinaryFunction;

const TRUEDIV: ReadonlyMap<DType, DType | null> = new Map<DType, DType | null>([
  [uint8, float32], [int8, float32], [uint16, float32], [int16, float32], [int32, float64], [int64, float64],
  [bfloat16, null], [float16, null], [float32, null], [float64, null], [complex64, null], [complex128, null],
]);
/** Both operands as tensors; a bare number takes the other's dtype. */
function operands(x: TensorLike, y: TensorLike): [Tensor, Tensor] {
  const tx = convertToTensor(x, { name: 'x', preferred: dtypeOfValue(y) });
  return [tx, convertToTensor(y, { name: 'y', preferred: tx.dtype.baseDtype })];
}
function sameDtype(x: Tensor, y: Tensor): DType {
  const [a, b] = [x.dtype.baseDtype, y.dtype.baseDtype];
  if (a !== b) throw new TypeError(`x and y must have the same dtype, got ${a.repr} != ${b.repr}`);
  return a;
}
/** Python 3's `/`: integers are divided as floats (`_truediv_python3`). */
export function trueDivide(x: TensorLike, y: TensorLike, name?: string | null): Tensor {
  return inScope(name, 'truediv', [x, y], (scope) => {
    let [a, b] = operands(x, y);
    const d = sameDtype(a, b);
    const as = TRUEDIV.get(d);
    if (as === undefined) throw new TypeError(`Invalid dtype ${d.repr} in __truediv__`);
    if (as) { a = castTensor(a, as); b = castTensor(b, as); }
    return op1('RealDiv', [a, b], undefined, scope);
  });
}
/** Python 2's `/`: integers are divided rounding down (`_div_python2`). */
export function classicDivide(x: TensorLike, y: TensorLike, name?: string | null): Tensor {
  return inScope(name, 'div', [x, y], (scope) => {
    const a = convertToTensor(x, { name: 'x', preferred: dtypeOfValue(y) });
    const b = convertToTensor(y, { name: 'y', dtype: a.dtype.baseDtype });
    const d = sameDtype(a, b);
    return op1(d.isFloating || d.isComplex ? 'RealDiv' : 'FloorDiv', [a, b], undefined, scope);
  });
}
function divideNoNan(x: TensorLike, y: TensorLike, name?: string | null): Tensor {
  return inScope(name, 'div_no_nan', [x, y], (scope) => {
    const a = convertToTensor(x, { name: 'x', preferred: dtypeOfValue(y) });
    return op1('DivNoNan', [a, convertToTensor(y, { name: 'y', dtype: a.dtype.baseDtype })], undefined, scope);
  });
}
/** `tf.truediv`: x / y; integers are divided as floats (int32, int64 as float64). Errors: TypeError when the dtypes differ. */
export const truediv: BinaryFunction = api('truediv', ['x', 'y', 'name'] as const, (p: XY) => trueDivide(p.x, p.y, p.name), { required: 2 });
/** `tf.divide`: Python's x / y. */
export const divide: BinaryFunction = api('divide', ['x', 'y', 'name'] as const, (p: XY) => trueDivide(p.x, p.y, p.name), { required: 2 });
/** `tf.div`: Python 2's x / y; integers round down. */
export const div: BinaryFunction = api('div', ['x', 'y', 'name'] as const, (p: XY) => classicDivide(p.x, p.y, p.name), { required: 2 });
/** `tf.div_no_nan`: x / y, and 0 where y is 0. */
export const divNoNan: BinaryFunction = api('divNoNan', ['x', 'y', 'name'] as const, (p: XY) => divideNoNan(p.x, p.y, p.name), { required: 2 });

/** `math_ops.scalar_mul`. */
function scaled(scalar: TensorLike, x: Tensor, name?: string | null): Tensor {
  const s = convertToTensor(scalar, { dtype: x.dtype.baseDtype, name: 'scalar' });
  if (s.shape.ndims !== 0) throw new ValueError(`Only scalar multiply works, got shape ${s.shape}`);
  return op1('Mul', [s, x], undefined, name);
}
/** `tf.scalar_mul`: a scalar times a tensor or IndexedSlices. Errors: ValueError when `scalar` is not one. */
export const scalarMul = api('scalarMul', ['scalar', 'x', 'name'], (p: { scalar: TensorLike; x: Tensor | IndexedSlices; name?: string | null }): Tensor => {
  if (!(p.x instanceof IndexedSlices)) return scaled(p.scalar, p.x, p.name);
  return new IndexedSlices(scaled(p.scalar, p.x.values, p.name), p.x.indices, p.x.denseShape) as unknown as Tensor;
}, { required: 2 });
