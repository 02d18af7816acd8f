// Constants, placeholders, pass-through ops and arrays made of one value. Follows constant_op.py, array_ops.py
// (zeros, ones, zeros_like, ones_like, placeholder) and array_grad.py.
import { bool, type DType, float32, string } from '../graph/dtype.ts';
import { LookupError, TypeError, ValueError } from '../graph/errors.ts';
import { attrBytes } from '../graph/attr_equal.ts';
import { attr, type AttrBytes } from '../graph/node_def.ts';
import { allocate, NDArray } from '../graph/ndarray.ts';
import { bytesRepr } from '../graph/python_repr.ts';
import { Dimension, type ShapeLike, TensorShape, toShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { grad1, indexTensor, inScope, int32Vector, scalarOf } from './building.ts';
import { constantNode, convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { type ArrayLike, makeArray } from './make_array.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type GradFn, type TfjsMapping } from './registry.ts';
import { intsOf, sameShapes, unchangedShape } from './shape_fns.ts';
import { allAxes, shapeTensor } from './array_shape.ts';

/** A tfjs kernel that copies its input. */
const copies: TfjsMapping = { kernel: 'Identity', inputs: { x: 0 }, exact: true };

defineOp('Const', { shape: (c) => { const v = c.attr('value'); return [v.kind === 'tensor' ? new TensorShape(v.value.shape) : new TensorShape(null)]; }, grad: null });
/**
 * `tf.constant`: a Const node. A list shorter than `shape` is filled with its last element. Bare numbers are float32
 * unless `dtype` says otherwise. Errors: ValueError for `null`, for ragged lists and for too many elements; TypeError for
 * values that do not fit `dtype`, and with `verifyShape` for a shape that is not the value's.
 */
export const constant = api('constant', ['value', 'dtype', 'shape', 'name', 'verifyShape'], (p: {
  value: ArrayLike; dtype?: DType | null; shape?: ShapeLike; name?: string | null; verifyShape?: boolean;
}) => {
  if (p.value === null) throw new ValueError('None values not supported.');
  const shape = p.shape === undefined || p.shape === null ? undefined : toShape(p.shape).asList() as number[];
  if (p.verifyShape === true && shape) {
    const own = makeArray(p.value, p.dtype ?? undefined).shape;
    if (own.length !== shape.length || own.some((d, i) => d !== shape[i])) throw new TypeError(`Expected Tensor's shape: ${new TensorShape(shape)}, got ${new TensorShape(own)}.`);
  }
  return constantNode(p.value, { dtype: p.dtype?.baseDtype, name: p.name, ...(shape ? { shape } : {}) });
}, { required: 1 });

defineOp('Placeholder', { shape: (c) => [c.shapeAttr('shape')] });
/** `tf.placeholder`: a tensor that every run must be fed. `shape` null (the default) leaves even the rank open. */
export const placeholder = api('placeholder', ['dtype', 'shape', 'name'], (p: { dtype: DType; shape?: ShapeLike; name?: string | null }) =>
  op1('Placeholder', [], { dtype: p.dtype, shape: toShape(p.shape ?? null) }, p.name), { required: 1 });

const passGradient: GradFn = (_op, ...grads) => grads;
defineOp('PlaceholderWithDefault', {
  shape: (c) => { const s = c.shapeAttr('shape'); c.merge(c.input(0), s); return [s]; },
  grad: passGradient, tfjs: copies,
});
/** `tf.placeholder_with_default`: passes its input through unless it is fed. `shape` may be less specific than the input's. */
export const placeholderWithDefault = api('placeholderWithDefault', ['input', 'shape', 'name'], (p: { input: TensorLike; shape: ShapeLike; name?: string | null }) =>
  op1('PlaceholderWithDefault', [p.input], { shape: toShape(p.shape) }, p.name), { required: 2 });

defineOp('Identity', { shape: unchangedShape, grad: passGradient, tfjs: copies });
/** `tf.identity`: the same value under a new node. */
export const identity = api('identity', ['input', 'name'], (p: { input: TensorLike; name?: string | null }) => op1('Identity', [p.input], undefined, p.name), { required: 1 });

defineOp('IdentityN', { shape: sameShapes, grad: passGradient });
/** `tf.identity_n`: the same values under one new node. */
export const identityN = api('identityN', ['input', 'name'], (p: { input: readonly TensorLike[]; name?: string | null }) => [...applyOp('IdentityN', [p.input], undefined, p.name).outputs], { required: 1 });

defineOp('RefIdentity', { shape: unchangedShape, grad: passGradient });

defineOp('StopGradient', { shape: unchangedShape, grad: null, tfjs: copies });
/** `tf.stop_gradient`: the same value; gradients do not flow through. */
export const stopGradient = api('stopGradient', ['input', 'name'], (p: { input: TensorLike; name?: string | null }) => op1('StopGradient', [p.input], undefined, p.name), { required: 1 });

defineOp('PreventGradient', {
  shape: unchangedShape, tfjs: copies,
  grad: (op) => { throw new LookupError(`Gradient explicitly disabled. Reason: ${bytesRepr(attrBytes(op.getAttr('message') as AttrBytes))}`, { node: op.name, op: op.type }); },
});

defineOp('CheckNumerics', {
  shape: unchangedShape,
  grad: grad1((op, g) => [op1('CheckNumerics', [g], { message: `Not a number (NaN) or infinity (Inf) values detected in gradient. ${String(op.getAttr('message'))}` })]),
});
/** `tf.check_numerics`: passes its input through; a run fails with InvalidArgumentError when it holds NaN or Inf. */
export const checkNumerics = api('checkNumerics', ['tensor', 'message', 'name'], (p: { tensor: TensorLike; message: string; name?: string | null }) =>
  op1('CheckNumerics', [p.tensor], { message: p.message }, p.name), { required: 2 });

defineOp('Fill', {
  shape: (c) => {
    c.withRank(c.input(0), 1);
    c.withRank(c.input(1), 0);
    const s = c.valueAsShape(0);
    const v = c.value(0);
    if (v && intsOf(v).some((d) => d < 0)) c.fail('Fill dimensions must be >= 0');
    return [s];
  },
  grad: grad1((_op, g) => [null, op1('Sum', [g, allAxes(g)])]),
});
/** `tf.fill`: a tensor of shape `dims` (int32 or int64 vector) where every element is `value` (a scalar). */
export const fill = api('fill', ['dims', 'value', 'name'], (p: { dims: TensorLike; value: TensorLike; name?: string | null }) => op1('Fill', [p.dims, p.value], undefined, p.name), { required: 2 });

defineOp('ZerosLike', { shape: unchangedShape, grad: null, tfjs: { kernel: 'ZerosLike', inputs: { x: 0 }, exact: true } });
defineOp('OnesLike', { shape: unchangedShape, grad: null, tfjs: { kernel: 'OnesLike', inputs: { x: 0 }, exact: true } });

/** What `zeros` and `ones` take for a shape. */
export type ShapeInput = ShapeLike | TensorLike | readonly (TensorLike | Dimension | null)[];

/** `array_ops.zeros` and `ones`: fewer than 1000 elements of a known shape are one Const, else Fill. */
export function filled(what: 'zeros' | 'ones', shape: ShapeInput, dtype: DType = float32, name?: string | null): Tensor {
  const d = dtype.baseDtype;
  const value: ArrayLike = d === bool ? what === 'ones' : d === string ? '' : scalarOf(what === 'ones' ? 1 : 0, d);
  return inScope(name, what, [shape], (scope) => {
    let s: Tensor;
    if (isTensorLike(shape)) s = convertToTensor(shape);
    else {
      const dims = staticDims(shape);
      if (dims && typeof shape !== 'number' && dims.reduce((a, b) => a * b, 1) < 1000) return constantNode(dims.includes(0) ? new NDArray(d, dims, allocate(d, 0)) : value, { dtype: d, shape: dims, name: scope });
      if (!dims) tryProduct(shape);
      s = dims ? constantNode(int32Vector(dims), { name: 'shape_as_tensor' }) : indexTensor(shape as TensorLike);
    }
    if (s.shape.ndims === null || s.shape.ndims === 0) s = op1('Reshape', [s, int32Vector([-1])]);
    return op1('Fill', [s, constantNode(value, { dtype: d })], undefined, scope);
  });
}

/** Sizes that are plain non-negative numbers; undefined when tensors or -1 are among them. */
function staticDims(shape: ShapeInput): number[] | undefined {
  const list: unknown = shape instanceof TensorShape ? shape.dims : typeof shape === 'number' ? [shape] : ArrayBuffer.isView(shape) ? Array.from(shape as unknown as ArrayLike[]) : shape;
  if (!Array.isArray(list)) return undefined;
  const dims = list.map((x: unknown) => (x instanceof Dimension ? x.value : typeof x === 'bigint' ? Number(x) : x));
  return dims.every((x) => typeof x === 'number' && x >= 0) ? dims as number[] : undefined;
}

/** TF multiplies the sizes to see whether there are few of them; with tensors among them that leaves these nodes behind. */
function tryProduct(shape: ShapeInput): void {
  if (!Array.isArray(shape) || !(shape as unknown[]).some((x) => x instanceof Tensor)) return;
  const list = shape as (TensorLike | Dimension)[];
  let product: Tensor | number | undefined;
  for (const x of list) {
    if (product === undefined) product = x instanceof Tensor ? x : Number(x);
    else if (typeof product === 'number' && !(x instanceof Tensor)) product *= Number(x);
    else product = op1('Mul', [product, x], undefined, 'mul');
  }
  op1('Less', [product as Tensor, 1000]);
}

/** `tf.zeros`: a Const below 1000 elements, else a Fill. `shape` may hold tensors. */
export const zeros = api('zeros', ['shape', 'dtype', 'name'], (p: { shape: ShapeInput; dtype?: DType | null; name?: string | null }) => filled('zeros', p.shape, p.dtype ?? float32, p.name), { required: 1 });
/** `tf.ones`: like `zeros`. */
export const ones = api('ones', ['shape', 'dtype', 'name'], (p: { shape: ShapeInput; dtype?: DType | null; name?: string | null }) => filled('ones', p.shape, p.dtype ?? float32, p.name), { required: 1 });

/** `array_ops.zeros_like`: as `zeros` when the shape is known, else ZerosLike. */
export function zerosLikeTensor(tensor: TensorLike, dtype?: DType | null, name?: string | null, optimize = true): Tensor {
  return inScope(name, 'zeros_like', [tensor], (scope) => {
    const t = convertToTensor(tensor, { name: 'tensor' });
    const d = dtype ?? t.dtype;
    if (optimize && t.shape.isFullyDefined && t.dtype.baseDtype.name !== 'variant') return filled('zeros', t.shape, d, scope);
    if (dtype && dtype !== t.dtype && dtype.name !== 'variant') return filled('zeros', shapeTensor(t, { optimize }), d, scope);
    return op1('ZerosLike', [t], undefined, scope);
  });
}
/** `array_ops.ones_like`: always through a shape tensor. */
export function onesLikeTensor(tensor: TensorLike, dtype?: DType | null, name?: string | null, optimize = true): Tensor {
  return inScope(name, 'ones_like', [tensor], (scope) => {
    const t = convertToTensor(tensor, { name: 'tensor' });
    const out = filled('ones', shapeTensor(t, { optimize }), dtype ?? t.dtype, scope);
    out.setShape(t.shape);
    return out;
  });
}
interface Like { tensor: TensorLike; dtype?: DType | null; name?: string | null; optimize?: boolean }
/** `tf.zeros_like`: zeros with the shape (and by default the dtype) of a tensor. */
export const zerosLike = api('zerosLike', ['tensor', 'dtype', 'name', 'optimize'], (p: Like) => zerosLikeTensor(p.tensor, p.dtype, p.name, p.optimize ?? true), { required: 1 });
/** `tf.ones_like`: ones with the shape (and by default the dtype) of a tensor. */
export const onesLike = api('onesLike', ['tensor', 'dtype', 'name', 'optimize'], (p: Like) => onesLikeTensor(p.tensor, p.dtype, p.name, p.optimize ?? true), { required: 1 });

defineOp('EnsureShape', {
  shape: (c) => { const s = c.shapeAttr('shape'); return [c.merge(c.input(0), s)]; },
  grad: grad1((_op, g) => [g]),
});
/** `tf.ensure_shape`: passes its input through; a run fails when its shape is not compatible with `shape`. */
export const ensureShape = api('ensureShape', ['x', 'shape', 'name'], (p: { x: TensorLike; shape: ShapeLike; name?: string | null }) =>
  op1('EnsureShape', [p.x], { shape: attr.shape(toShape(p.shape)) }, p.name), { required: 2 });

