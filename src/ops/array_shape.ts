// Shapes as tensors and ops that only re-shape. Follows array_ops.py (shape_internal, size, rank, reshape, expand_dims,
// squeeze, transpose) and array_grad.py.
import { type DType, int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { allocate, NDArray } from '../graph/ndarray.ts';
import { api } from './api.ts';
import { grad1, inScope, inputOf, int32Vector, scalarOf } from './building.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type TfjsNode } from './registry.ts';
import type { ShapeFn } from './shape_inference.ts';
import { intsOf, reshapeShape, scalarShape, unknownOfRank, vector } from './shape_fns.ts';

defineOp('Shape', { shape: (c) => [vector(c.input(0).ndims)], grad: null });
defineOp('ShapeN', { shape: (c) => c.inputs().map((t) => vector(t.shape.ndims)), grad: null });
defineOp('Size', { shape: scalarShape, grad: null });
defineOp('Rank', { shape: scalarShape, grad: null });

interface Optimized { name?: string | null | undefined; outType?: DType | null | undefined; optimize?: boolean }

/** `array_ops.shape_internal`: a Const when the static shape says it all. */
export function shapeTensor(input: TensorLike, o: Optimized = {}): Tensor {
  return inScope(o.name, 'Shape', [input], (scope) => {
    const t = convertToTensor(input);
    const outType = o.outType ?? int32;
    if ((o.optimize ?? true) && t.shape.isFullyDefined) return constantNode(ints(t.shape.dims as number[], outType), { name: scope });
    return op1('Shape', [t], { out_type: outType }, scope);
  });
}
function ints(values: readonly number[], dtype: DType): NDArray {
  const data = allocate(dtype, values.length);
  values.forEach((v, i) => { if (dtype.size === 8) (data as BigInt64Array)[i] = BigInt(v); else (data as Int32Array)[i] = v; });
  return new NDArray(dtype, [values.length], data);
}
/** `array_ops.size_internal`. */
export function sizeTensor(input: TensorLike, o: Optimized = {}): Tensor {
  return inScope(o.name, 'Size', [input], (scope) => {
    const t = convertToTensor(input);
    const outType = o.outType ?? int32;
    if (o.optimize ?? true) {
      const n = t.shape.numElements ?? (t.shape.dims?.includes(0) === true ? 0 : null);
      if (n !== null) return constantNode(scalarOf(n, outType), { name: scope });
    }
    return op1('Size', [t], { out_type: outType }, scope);
  });
}
/** `array_ops.rank_internal`. */
export function rankTensor(input: TensorLike, o: Omit<Optimized, 'outType'> = {}): Tensor {
  return inScope(o.name, 'Rank', [input], (scope) => {
    const t = convertToTensor(input);
    if ((o.optimize ?? true) && t.shape.ndims !== null) return constantNode(scalarOf(t.shape.ndims, int32), { name: scope });
    return op1('Rank', [t], undefined, scope);
  });
}

/** Every axis as an int32 vector: a Const named `Const`, or a range when the rank is open and for what is no tensor yet (`_ReductionDims`). */
export function allAxes(t: TensorLike): Tensor {
  const n = t instanceof Tensor ? t.shape.ndims : null;
  if (n !== null) return constantNode(int32Vector(Array.from({ length: n }, (_, i) => i)));
  return op1('Range', [scalarOf(0, int32), rankTensor(t), scalarOf(1, int32)], undefined, 'range');
}

/** `tf.shape`: the shape as an int32 (or int64) vector; a constant when it is known while building. */
export const shape = api('shape', ['input', 'name', 'outType'], (p: { input: TensorLike; name?: string | null; outType?: DType | null }) => shapeTensor(p.input, p), { required: 1 });
/** `tf.shape_n`: shapes of several tensors at once. */
export const shapeN = api('shapeN', ['input', 'outType', 'name'], (p: { input: readonly TensorLike[]; outType?: DType | null; name?: string | null }) =>
  [...applyOp('ShapeN', [p.input], { out_type: p.outType ?? int32 }, p.name).outputs], { required: 1 });
/** `tf.size`: number of elements; a constant when it is known while building. */
export const size = api('size', ['input', 'name', 'outType'], (p: { input: TensorLike; name?: string | null; outType?: DType | null }) => sizeTensor(p.input, p), { required: 1 });
/** `tf.rank`: number of dimensions; a constant when it is known while building. */
export const rank = api('rank', ['input', 'name'], (p: { input: TensorLike; name?: string | null }) => rankTensor(p.input, p), { required: 1 });

/** The gradient reshaped to the shape of the op's input. */
export function reshapeToInput(op: Operation, g: Tensor): Tensor { return op1('Reshape', [g, shapeTensor(inputOf(op, 0))]); }
/** tfjs's Reshape serves every op that keeps the elements' order. */
const reshapes = { kernel: 'Reshape', inputs: { x: 0 }, exact: true } as const;
const reshapeTo = (n: TfjsNode): { shape: number[] } | undefined => {
  const s = n.constant(1);
  if (!s) return undefined;
  const dims = intsOf(s);
  const elements = n.inputShapes[0]!.reduce((a, b) => a * b, 1);
  const known = dims.reduce((a, d) => (d < 0 ? a : a * d), 1);
  return { shape: dims.map((d) => (d < 0 ? elements / Math.max(known, 1) : d)) };
};

defineOp('Reshape', { shape: reshapeShape, grad: grad1((op, g) => [reshapeToInput(op, g), null]), tfjs: { ...reshapes, attrs: reshapeTo } });
/** `tf.reshape`: the same elements in another shape; one size may be -1. Errors: ValueError when the sizes cannot fit. */
export const reshape = api('reshape', ['tensor', 'shape', 'name'], (p: { tensor: TensorLike; shape: TensorLike; name?: string | null }) => op1('Reshape', [p.tensor, p.shape], undefined, p.name), { required: 2 });

defineOp('ExpandDims', {
  shape: (c) => {
    const s = c.input(0);
    const v = c.value(1);
    if (v && v.size !== 1) c.fail("'dim' input must be a tensor with a single value");
    if (!v || s.dims === null) return [UNKNOWN_SHAPE];
    const [n, at] = [s.dims.length, Number(v.flat(0))];
    if (at < -n - 1 || at > n) c.fail(`dim ${at} not in the interval [${-n - 1}, ${n}].`);
    const dims: Dim[] = [...s.dims];
    dims.splice(at < 0 ? at + n + 1 : at, 0, 1);
    return [new TensorShape(dims)];
  },
  grad: grad1((op, g) => [reshapeToInput(op, g), null]),
  tfjs: { kernel: 'ExpandDims', inputs: { input: 0 }, attrs: (n) => { const d = n.constant(1); return d ? { dim: Number(d.flat(0)) } : undefined; }, exact: true },
});
/** `tf.expand_dims`: inserts a dimension of size 1 at `axis` (negative counts from the end). Errors: ValueError without an axis or with one out of range. */
export const expandDims = api('expandDims', ['input', 'axis', 'name', 'dim'], (p: { input: TensorLike; axis?: TensorLike | null; name?: string | null; dim?: TensorLike | null }) => {
  const axis = oneOf('axis', p.axis, 'dim', p.dim);
  if (axis === null) throw new ValueError('Must specify an axis argument to tf.expand_dims()');
  return op1('ExpandDims', [p.input, axis], undefined, p.name);
}, { required: 1 });

/** A parameter and its deprecated name; ValueError when both are given (`deprecated_argument_lookup`). */
export function oneOf<T>(newName: string, value: T | null | undefined, oldName: string, oldValue: T | null | undefined): T | null {
  if (oldValue === null || oldValue === undefined) return value ?? null;
  if (value !== null && value !== undefined) throw new ValueError(`Cannot specify both '${oldName}' and '${newName}'`);
  return oldValue;
}

defineOp('Squeeze', {
  shape: (c) => {
    const s = c.input(0);
    if (s.dims === null) return [UNKNOWN_SHAPE];
    const n = s.dims.length;
    const axes = c.ints('squeeze_dims').map((a, i) => {
      if (a < -n || a >= n) c.fail(`squeeze_dims[${i}] not in [${-n},${n}).`);
      return a < 0 ? a + n : a;
    });
    if (axes.length === 0) return [s.dims.includes(null) ? UNKNOWN_SHAPE : new TensorShape(s.dims.filter((d) => d !== 1))];
    for (const a of [...axes].sort((x, y) => x - y)) {
      const d = s.dims[a]!;
      if (d !== null && d !== 1) c.fail(`Can not squeeze dim[${a}], expected a dimension of 1, got ${d}`);
    }
    return [new TensorShape(s.dims.filter((_, i) => !axes.includes(i)))];
  },
  grad: grad1((op, g) => [reshapeToInput(op, g)]),
  tfjs: { ...reshapes, attrs: (n) => {
    const axes = n.attr['squeeze_dims'];
    const dims = n.inputShapes[0]!;
    const list = axes?.kind === 'list' ? (axes.value.i ?? []).map((a) => (Number(a) + dims.length) % dims.length) : [];
    return { shape: dims.filter((d, i) => (list.length > 0 ? !list.includes(i) : d !== 1)) };
  } },
});
/** `tf.squeeze`: removes dimensions of size 1, all of them or those in `axis`. Errors: ValueError when one of these is known not to be 1. */
export const squeeze = api('squeeze', ['input', 'axis', 'name', 'squeezeDims'], (p: { input: TensorLike; axis?: number | readonly number[] | null; name?: string | null; squeezeDims?: number | readonly number[] | null }) => {
  const axis = oneOf('axis', p.axis, 'squeeze_dims', p.squeezeDims);
  return op1('Squeeze', [p.input], { squeeze_dims: axis === null ? [] : typeof axis === 'number' ? [axis] : axis }, p.name);
}, { required: 1 });

const transposeShape: ShapeFn = (c) => {
  const [s, p] = [c.input(0), c.input(1)];
  const elements = p.numElements;
  if (s.dims === null && elements === null && !c.value(1)) return [UNKNOWN_SHAPE];
  const n = s.dims?.length ?? elements ?? c.value(1)!.size;
  if (s.dims === null && n < 2) return [s];
  c.withRank(p, 1);
  c.withValue(elements, n);
  const perm = c.value(1);
  if (!perm || s.dims === null) return [unknownOfRank(n)];
  return [new TensorShape(intsOf(perm).map((i) => {
    if (i >= n) c.fail(`perm dim ${i} is out of range of input rank ${n}`);
    return s.dims![i] ?? null;
  }))];
};
defineOp('Transpose', {
  shape: transposeShape,
  grad: grad1((op, g) => [op1('Transpose', [g, op1('InvertPermutation', [inputOf(op, 1)])], undefined, 'transpose'), null]),
  tfjs: { kernel: 'Transpose', inputs: { x: 0 }, attrs: (n) => { const perm = n.constant(1) && intsOf(n.constant(1)!); return perm && new Set(perm).size === perm.length ? { perm } : undefined; }, exact: true },
});
defineOp('ConjugateTranspose', {
  shape: transposeShape,
  grad: grad1((op, g) => [transposed(g, op1('InvertPermutation', [inputOf(op, 1)]), null, true), null]),
});
/** `array_ops.transpose`. */
export function transposed(a: TensorLike, perm: TensorLike | null, name?: string | null, conjugate = false): Tensor {
  return inScope(name, 'transpose', [a], (scope) => {
    if (perm !== null) {
      const t = convertToTensor(a, { name: 'x' });
      return op1(conjugate && t.dtype.isComplex ? 'ConjugateTranspose' : 'Transpose', [t, perm], undefined, scope);
    }
    const t = convertToTensor(a, { name: 'a' });
    const type = conjugate && t.dtype.isComplex ? 'ConjugateTranspose' : 'Transpose';
    const n = t.shape.ndims;
    let p: TensorLike;
    if (n === null || n === 0) {
      const r = op1('Rank', [t]);
      const last = op1('Sub', [r, scalarOf(1, int32)], undefined, 'sub');
      p = op1('Sub', [last, op1('Range', [scalarOf(0, int32), r, scalarOf(1, int32)])], undefined, 'sub');
    } else p = int32Vector(Array.from({ length: n }, (_, i) => n - 1 - i));
    const out = op1(type, [t, p], undefined, scope);
    if (t.shape.dims !== null) out.setShape([...t.shape.dims].reverse());
    return out;
  });
}
/** `tf.transpose`: axes in the order `perm`, by default reversed; `conjugate` also conjugates complex values. */
export const transpose = api('transpose', ['a', 'perm', 'name', 'conjugate'], (p: { a: TensorLike; perm?: TensorLike | null; name?: string | null; conjugate?: boolean }) =>
  transposed(p.a, p.perm ?? null, p.name, p.conjugate ?? false), { required: 1 });

defineOp('InvertPermutation', { shape: (c) => [c.withRank(c.input(0), 1)], grad: null });
/** `tf.invert_permutation`: the inverse of a permutation (int vector). */
export const invertPermutation = api('invertPermutation', ['x', 'name'], (p: { x: TensorLike; name?: string | null }) => op1('InvertPermutation', [p.x], undefined, p.name), { required: 1 });

defineOp('Bitcast', {
  shape: (c) => {
    const s = c.input(0);
    const from = c.dtype(0).size;
    const t = c.attr('type');
    const to = t.kind === 'type' ? t.value.size : from;
    if (s.dims === null) return [UNKNOWN_SHAPE];
    if (from === to) return [s];
    if (from > to) return [s.concatenate([from / to])];
    c.withRankAtLeast(s, 1);
    const last = s.dims[s.dims.length - 1]!;
    if (last !== null && last !== to / from) c.fail(`Cannot bitcast due to shape. ${last} does not match ${to / from}`);
    return [new TensorShape(s.dims.slice(0, -1))];
  },
});
/** `tf.bitcast`: the same bits as another dtype; the last dimension grows or shrinks with the element size. */
export const bitcast = api('bitcast', ['input', 'type', 'name'], (p: { input: TensorLike; type: DType; name?: string | null }) => op1('Bitcast', [p.input], { type: p.type }, p.name), { required: 2 });
