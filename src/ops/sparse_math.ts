// Sparse tensors computed with and rearranged. Follows python/ops/sparse_ops.py, sparse_grad.py and core/ops/sparse_ops.cc (1.15).
import { bool, type DType, float32, int32, int64 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, stack } from './array_join.ts';
import { gather, gatherNd, whereV2 } from './array_gather.ts';
import { expandDims, reshape, shape as shapeOf, transpose } from './array_shape.ts';
import { constant, fill, identity, ones } from './array_values.ts';
import { inputOf, inScope, int32Vector } from './building.ts';
import { constantValue } from './constant_value.ts';
import { constantNode, convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { minimum } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { notEqual } from './math_logic.ts';
import { reduceSum } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type GradFn } from './registry.ts';
import { addDims, dimOf, intsOf, matrix, vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';
import { SparseTensor, SparseTensorValue } from './sparse_tensor.ts';
import { sparseTensorToDense } from './sparse_ops.ts';
import './tensor_operators.ts';

export type SparseLike = SparseTensor | SparseTensorValue<TensorLike>;
const isSparse = (v: unknown): v is SparseLike => v instanceof SparseTensor || v instanceof SparseTensorValue;
/** Errors: TypeError for what is not sparse. */
export function sparseOf(v: unknown): SparseTensor {
  if (v instanceof SparseTensorValue) return SparseTensor.fromValue(v as SparseTensorValue<TensorLike>);
  if (!(v instanceof SparseTensor)) throw new TypeError('Input must be a SparseTensor.');
  return v;
}
const parts = (s: SparseTensor): [Tensor, Tensor, Tensor] => [s.indices, s.values, s.denseShape];
const made = (op: Operation): SparseTensor => new SparseTensor(op.outputs[0]!, op.outputs[1]!, op.outputs[2]!);

// --- op blocks -----------------------------------------------------------------------------------------------------

defineOp('SparseReorder', {
  shape: (c) => [c.withRank(c.input(0), 2), c.withRank(c.input(1), 1)],
  grad: (op, _i, g) => {
    const count = shapeOf(inputOf(op, 0)).at(0);
    const order = range(count);
    const sorted = op1('InvertPermutation', [sparseReorder(new SparseTensor(inputOf(op, 0), order, inputOf(op, 2))).values]);
    return [null, gather(g!, sorted), null];
  },
});
defineOp('SparseReshape', { shape: (c) => { const i = c.withRank(c.input(0), 2); const s = c.withRank(c.input(2), 1); return [matrix(dimOf(i, 0), dimOf(s, 0)), s]; }, grad: null });
defineOp('SparseSlice', {
  shape: (c) => { const i = c.withRank(c.input(0), 2); const s = c.withRank(c.input(2), 1); return [matrix(null, dimOf(i, 1)), vector(null), s]; },
  grad: (op, _i, g) => {
    const out = op1('SparseSliceGrad', [g!, inputOf(op, 0), inputOf(op, 3), op.outputs[0]!]);
    out.setShape(inputOf(op, 1).shape);
    return [null, out, null, null, null];
  },
});
defineOp('SparseConcat', {
  shape: (c) => {
    const n = c.numInputs / 3;
    let [rows, columns, shape]: [Dim, Dim, TensorShape] = [0, null, UNKNOWN_SHAPE];
    for (let i = 0; i < n; i++) {
      const [indices, values] = [c.withRank(c.input(i), 2), c.withRank(c.input(n + i), 1)];
      rows = addDims(rows, c.mergeDim(dimOf(indices, 0), dimOf(values, 0)));
      columns = c.mergeDim(columns, dimOf(indices, 1));
      shape = c.merge(shape, c.withRank(c.input(2 * n + i), 1));
    }
    return [matrix(rows, columns), vector(rows), shape];
  },
  grad: null,
});
const reducedSparse: ShapeFn = () => [UNKNOWN_SHAPE, UNKNOWN_SHAPE, UNKNOWN_SHAPE];
const reducedDense: ShapeFn = (c) => {
  const s = c.valueAsShape(2), axes = c.value(3);
  if (s.dims === null || !axes) return [UNKNOWN_SHAPE];
  const rank = s.dims.length;
  const gone = new Set(intsOf(axes).map((a) => {
    if (a < -rank || a >= rank) c.fail(`Invalid reduction dimension ${a} for input with ${rank} dimensions.`);
    return a < 0 ? a + rank : a;
  }));
  if (c.bool('keep_dims')) return [new TensorShape(s.dims.map((d, i) => (gone.has(i) ? 1 : d)))];
  return [new TensorShape(s.dims.filter((_, i) => !gone.has(i)))];
};
defineOp('SparseReduceSum', {
  shape: reducedDense,
  grad: (op, g) => {
    const [indices, , shape, axes] = op.inputs as readonly [Tensor, Tensor, Tensor, Tensor];
    const kept = op1('DynamicStitch', [[range(rankOfShape(shape)), castTensor(axes, int32).add(rankOfShape(shape)).mod(rankOfShape(shape))], [shape, op1('Fill', [shapeOf(axes), constantNode(1, { dtype: int64 })])]]);
    const scale = op1('FloorDiv', [shape, castTensor(kept, int64)]);
    return [null, gatherNd(reshape(g!, kept), op1('FloorDiv', [indices, scale])), null, null];
  },
});
const rankOfShape = (shape: Tensor): Tensor => shapeOf(shape).at(0);
defineOp('SparseReduceMax', { shape: reducedDense });
defineOp('SparseReduceSumSparse', { shape: reducedSparse });
defineOp('SparseReduceMaxSparse', { shape: reducedSparse });
defineOp('SparseTensorDenseAdd', { shape: (c) => [c.input(3)], grad: (op, g) => [null, gatherNd(g!, inputOf(op, 0)), null, g] });
defineOp('SparseAdd', {
  shape: (c) => { const s = c.withRank(c.input(2), 1); return [matrix(null, dimOf(s, 0)), vector(null), s]; },
  grad: (op, _i, g) => {
    const [a, b] = applyOp('SparseAddGrad', [g!, inputOf(op, 0), inputOf(op, 3), op.outputs[0]!]).outputs as readonly [Tensor, Tensor];
    a.setShape(inputOf(op, 1).shape);
    b.setShape(inputOf(op, 4).shape);
    return [null, a, null, null, b, null, null];
  },
});
defineOp('SparseAddGrad', { shape: (c) => [vector(dimOf(c.withRank(c.input(1), 2), 0)), vector(dimOf(c.withRank(c.input(2), 2), 0))], grad: null });
defineOp('SparseSliceGrad', { shape: (c) => [vector(dimOf(c.withRank(c.input(1), 2), 0))] });
defineOp('SparseFillEmptyRows', {
  shape: (c) => {
    const i = c.withRank(c.input(0), 2), s = c.withRank(c.input(2), 1);
    c.withRank(c.input(3), 0);
    const rows = c.valueAsShape(2).dims?.[0] ?? null;
    return [matrix(null, c.mergeDim(dimOf(i, 1), dimOf(s, 0))), vector(null), vector(rows), vector(dimOf(i, 0))];
  },
  grad: (op, _i, g) => {
    const [values, rest] = applyOp('SparseFillEmptyRowsGrad', [op.outputs[3]!, g!]).outputs as readonly [Tensor, Tensor];
    return [null, values, null, rest];
  },
});
defineOp('SparseFillEmptyRowsGrad', { shape: (c) => [c.withRank(c.input(0), 1), new TensorShape([])] });

const denseMatMulGrad: GradFn = (op, g) => {
  const [indices, values, shape, b] = op.inputs as readonly [Tensor, Tensor, Tensor, Tensor];
  const [adjointA, adjointB] = [op.getAttr('adjoint_a') as boolean, op.getAttr('adjoint_b') as boolean];
  let ofB = op1('SparseTensorDenseMatMul', [indices, values, shape, g!], { adjoint_a: !adjointA });
  if (adjointB) ofB = transpose(ofB);
  const rows = indices.at(null, 0);
  const columns = indices.at(null, 1);
  const partsA = gather(g!, adjointA ? columns : rows);
  const partsB = gather(adjointB ? transpose(b) : b, adjointA ? rows : columns);
  return [null, reduceSum(partsA.mul(partsB), { axis: 1 }), null, ofB];
};
defineOp('SparseTensorDenseMatMul', {
  shape: (c) => {
    const b = c.withRank(c.input(3), 2), a = c.withRank(c.valueAsShape(2), 2);
    const [adjointA, adjointB] = [c.bool('adjoint_a'), c.bool('adjoint_b')];
    c.mergeDim(dimOf(a, adjointA ? 0 : 1), dimOf(b, adjointB ? 1 : 0));
    return [matrix(dimOf(a, adjointA ? 1 : 0), dimOf(b, adjointB ? 0 : 1))];
  },
  grad: denseMatMulGrad,
});

// --- functions -----------------------------------------------------------------------------------------------------

/** `tf.sparse_add` (`tf.sparse.add`): the sum of two tensors of one shape, at least one of them sparse: a SparseTensor when both are, without
 * elements smaller than `threshold` (0) in size; else dense. Errors: TypeError when neither is sparse, ValueError for other shapes. */
export const sparseAdd = api('sparseAdd', ['a', 'b', 'threshold', 'thresh'], (p: { a: SparseLike | TensorLike; b: SparseLike | TensorLike; threshold?: TensorLike | null; thresh?: TensorLike | null }): SparseTensor | Tensor => {
  const { a, b } = p;
  if (!isSparse(a) && !isSparse(b)) throw new TypeError('At least one input should be SparseTensor; do you mean to use tf.add()?');
  if (!isSparse(a) || !isSparse(b)) {
    const [sp, dense] = isSparse(b) ? [b, a as TensorLike] : [a as SparseLike, b];
    return op1('SparseTensorDenseAdd', [...parts(sp as SparseTensor), dense]);
  }
  const [x, y] = [sparseOf(a), sparseOf(b)];
  const real: DType = x.dtype.baseDtype.isComplex ? float32 : x.dtype.baseDtype;
  const threshold = convertToTensor(p.threshold ?? p.thresh ?? 0, { dtype: real, name: 'threshold' });
  const out = applyOp('SparseAdd', [...parts(x), ...parts(y), threshold]);
  const shape = x.shape.mergeWith(y.shape);
  return new SparseTensor(out.outputs[0]!, out.outputs[1]!, shape.isFullyDefined ? shape.dims as number[] : out.outputs[2]!);
}, { required: 2 });

/** `tf.sparse_reorder` (`tf.sparse.reorder`): the elements in row-major order of their indices. */
export const sparseReorder = api('sparseReorder', ['spInput', 'name'], (p: { spInput: SparseLike; name?: string | null }): SparseTensor => {
  const sp = sparseOf(p.spInput);
  const [indices, values] = applyOp('SparseReorder', parts(sp), {}, p.name).outputs as readonly [Tensor, Tensor];
  const { shape } = sp;
  return new SparseTensor(indices, values, shape.isFullyDefined ? shape.dims as number[] : identity(sp.denseShape));
}, { required: 1 });

/** `tf.sparse_reshape` (`tf.sparse.reshape`): another dense shape of as many elements; one size may be -1. Errors: ValueError when it is known not to fit. */
export const sparseReshape = api('sparseReshape', ['spInput', 'shape', 'name'], (p: { spInput: SparseLike; shape: TensorLike; name?: string | null }): SparseTensor => {
  const sp = sparseOf(p.spInput);
  const mixed = Array.isArray(p.shape) && p.shape.some((d) => isTensorLike(d));
  const wanted = castTensor(mixed ? p.shape : convertToTensor(p.shape, { preferred: int32 }), int64);
  return inScope(p.name, 'SparseReshape', parts(sp), (scope) => {
    const [indices, shape] = applyOp('SparseReshape', [sp.indices, sp.denseShape, wanted], {}, scope).outputs as readonly [Tensor, Tensor];
    const value = constantValue(wanted);
    let out: Tensor | readonly number[] = shape;
    if (value && sp.shape.isFullyDefined) {
      const dims = intsOf(value), count = (sp.shape.dims as number[]).reduce((a, b) => a * b, 1);
      if (dims.filter((d) => d === -1).length > 1) throw new ValueError(`At most one dimension can be inferred (-1). Found: [${dims.join(' ')}]`);
      const open = dims.indexOf(-1);
      const full = dims.map((d, i) => (i === open ? Math.floor(count / dims.reduce((a, b, k) => (k === open ? a : a * b), 1)) : d));
      const size = full.reduce((a, b) => a * b, 1);
      if (size !== count) throw new ValueError(`Cannot reshape a tensor with ${count} elements to shape [${dims.map((d) => (d === -1 ? 'None' : d)).join(', ')}] (${size} elements).`);
      out = constant(full, { dtype: int64 });
    }
    return new SparseTensor(indices, identity(sp.values), out);
  });
}, { required: 2 });

/** `tf.sparse_slice` (`tf.sparse.slice`): the box of `size` from `start`. */
export const sparseSlice = api('sparseSlice', ['spInput', 'start', 'size', 'name'], (p: { spInput: SparseLike; start: TensorLike; size: TensorLike; name?: string | null }): SparseTensor => {
  const sp = sparseOf(p.spInput);
  const [start, size] = [convertToTensor(p.start, { dtype: int64 }), convertToTensor(p.size, { dtype: int64 })];
  return inScope(p.name, 'SparseSlice', parts(sp), (scope) => made(applyOp('SparseSlice', [...parts(sp), start, size], {}, scope)));
}, { required: 3 });

type Axis = TensorLike | null;
interface Reduce { spInput: SparseTensor; axis?: Axis; keepdims?: boolean | null; reductionAxes?: Axis; keepDims?: boolean | null }
const REDUCE = ['spInput', 'axis', 'keepdims', 'reductionAxes', 'keepDims'] as const;
/** Axes given, or all of them. */
const reduceOp = (op: string, p: Reduce): Operation => {
  const rank = p.spInput.denseShape.shape.dims?.[0] ?? null;
  const axes = p.axis ?? p.reductionAxes ?? (rank !== null && p.spInput.shape.isFullyDefined ? constantNode(int32Vector(Array.from({ length: rank }, (_, i) => i))) : range(0, sparseRank(p.spInput)));
  return applyOp(op, [...parts(p.spInput), axes], { keep_dims: p.keepdims ?? p.keepDims ?? false });
};
const sparseRank = (sp: SparseTensor): Tensor => inScope(null, 'Rank', [], (scope) => op1('Size', [sp.denseShape], { out_type: int32 }, scope));
/** `tf.sparse_reduce_sum` (`tf.sparse.reduce_sum`): sums over `axis` (default all), as a dense tensor. */
export const sparseReduceSum = api('sparseReduceSum', REDUCE, (p: Reduce): Tensor => reduceOp('SparseReduceSum', p).output, { required: 1 });
/** `tf.sparse_reduce_max` (`tf.sparse.reduce_max`): maxima of the stored elements. */
export const sparseReduceMax = api('sparseReduceMax', REDUCE, (p: Reduce): Tensor => reduceOp('SparseReduceMax', p).output, { required: 1 });
/** `tf.sparse_reduce_sum_sparse`: sums as a SparseTensor. */
export const sparseReduceSumSparse = api('sparseReduceSumSparse', REDUCE, (p: Reduce): SparseTensor => made(reduceOp('SparseReduceSumSparse', p)), { required: 1 });
/** `tf.sparse_reduce_max_sparse`. */
export const sparseReduceMaxSparse = api('sparseReduceMaxSparse', REDUCE, (p: Reduce): SparseTensor => made(reduceOp('SparseReduceMaxSparse', p)), { required: 1 });

interface DenseMatMul { spA: SparseLike; b: TensorLike; adjointA?: boolean; adjointB?: boolean; name?: string | null }
/** `tf.sparse_tensor_dense_matmul` (`tf.sparse.matmul`): a sparse matrix times a dense one, either of them adjoint. */
export const sparseTensorDenseMatmul = api('sparseTensorDenseMatmul', ['spA', 'b', 'adjointA', 'adjointB', 'name'], (p: DenseMatMul): Tensor => {
  const a = sparseOf(p.spA);
  return inScope(p.name, 'SparseTensorDenseMatMul', [a.indices, a.values, p.b], () => {
    const b = convertToTensor(p.b, { name: 'b' });
    return op1('SparseTensorDenseMatMul', [...parts(a), b], { adjoint_a: p.adjointA ?? false, adjoint_b: p.adjointB ?? false });
  });
}, { required: 2 });

/** `tf.sparse_retain` (`tf.sparse.retain`): the elements at which the bool vector `toRetain` is true. */
export const sparseRetain = api('sparseRetain', ['spInput', 'toRetain'], (p: { spInput: SparseLike; toRetain: TensorLike }): SparseTensor => {
  const sp = sparseOf(p.spInput);
  const keep = convertToTensor(p.toRetain, { dtype: bool });
  const at = reshape(whereV2(keep) as Tensor, int32Vector([-1]));
  const [indices, values] = [gather(sp.indices, at), gather(sp.values, at)];
  return new SparseTensor(indices, values, identity(sp.denseShape));
}, { required: 2 });

/** `tf.sparse_fill_empty_rows` (`tf.sparse.fill_empty_rows`): [with `defaultValue` at the start of every row that holds nothing, which rows those were]. */
export const sparseFillEmptyRows = api('sparseFillEmptyRows', ['spInput', 'defaultValue', 'name'], (p: { spInput: SparseLike; defaultValue: TensorLike; name?: string | null }): [SparseTensor, Tensor] => {
  const sp = sparseOf(p.spInput);
  return inScope(p.name, 'SparseFillEmptyRows', parts(sp), () => {
    const value = convertToTensor(p.defaultValue, { dtype: sp.dtype.baseDtype });
    const [indices, values, empty] = applyOp('SparseFillEmptyRows', [...parts(sp), value]).outputs as readonly [Tensor, Tensor, Tensor];
    return [new SparseTensor(indices, values, sp.denseShape), empty];
  });
}, { required: 2 });

/** `tf.sparse_concat` (`tf.sparse.concat`): sparse tensors one after another along an axis; the sizes of other axes agree. */
export const sparseConcat = api('sparseConcat', ['axis', 'spInputs', 'name'], (p: { axis: number; spInputs: readonly SparseLike[]; name?: string | null }): SparseTensor => {
  if (!Array.isArray(p.spInputs)) throw new TypeError('Inputs must be a list or tuple.');
  const list = p.spInputs.map(sparseOf);
  if (list.length === 1) return list[0]!;
  const out = applyOp('SparseConcat', [list.map((s) => s.indices), list.map((s) => s.values), list.map((s) => s.denseShape)], { concat_dim: p.axis }, p.name);
  const shapes = list.map((s) => constantValue(s.denseShape));
  if (!shapes.every((s) => s !== undefined)) return made(out);
  const dims = shapes.map((s) => intsOf(s));
  const axis = p.axis < 0 ? p.axis + dims[0]!.length : p.axis;
  const joined = dims[0]!.map((d, i) => (i === axis ? dims.reduce((n, s) => n + s[axis]!, 0) : d));
  return new SparseTensor(out.outputs[0]!, out.outputs[1]!, convertToTensor(joined, { dtype: int64 }));
}, { required: 2 });

/** `tf.sparse_transpose` (`tf.sparse.transpose`): axes in the order `perm` (default reversed). */
export const sparseTranspose = api('sparseTranspose', ['spInput', 'perm', 'name'], (p: { spInput: SparseTensor; perm?: TensorLike | null; name?: string | null }): SparseTensor => {
  const sp = sparseOf(p.spInput);
  return inScope(p.name, 'SparseTranspose', parts(sp), () => {
    let perm = p.perm ?? null;
    if (perm === null) { const n = sparseRank(sp); perm = n.sub(1).sub(range(0, n, 1)); }
    const indices = transpose(gather(transpose(sp.indices), perm));
    const order = constantValue(convertToTensor(perm, { preferred: int32 }));
    const shape = order && sp.shape.isFullyDefined ? intsOf(order).map((i) => sp.shape.dims![i]!) : gather(sp.denseShape, perm);
    return sparseReorder(new SparseTensor(indices, sp.values, shape as TensorLike));
  });
}, { required: 1 });

/** `tf.sparse.from_dense`: the elements that are not zero. */
export const fromDense = api('fromDense', ['tensor', 'name'], (p: { tensor: TensorLike; name?: string | null }): SparseTensor => inScope(p.name, 'dense_to_sparse', [], () => {
  const t = convertToTensor(p.tensor);
  const indices = whereV2(notEqual(t, constant(0, { dtype: t.dtype.baseDtype }))) as Tensor;
  const values = gatherNd(t, indices);
  return new SparseTensor(indices, values, shapeOf(t, { outType: int64 }));
}), { required: 1 });

/** `tf.sparse.eye`: ones on the diagonal. */
export const sparseEye = api('sparseEye', ['numRows', 'numColumns', 'dtype', 'name'], (p: { numRows: TensorLike; numColumns?: TensorLike | null; dtype?: DType | null; name?: string | null }): SparseTensor =>
  inScope(p.name, 'eye', [p.numRows, p.numColumns], () => {
    const size = (v: TensorLike, name: string): Tensor => (v instanceof Tensor ? castTensor(v, int64) : convertToTensor(v, { name, dtype: int64 }));
    const rows = size(p.numRows, 'num_rows');
    const columns = p.numColumns === undefined || p.numColumns === null ? rows : size(p.numColumns, 'num_columns');
    const n = minimum(rows, columns);
    const diagonal = range(n, { dtype: int64 });
    return new SparseTensor(stack([diagonal, diagonal], 1), ones(n, p.dtype ?? float32), [rows, columns]);
  }), { required: 1 });

interface Merge { spIds: SparseLike | readonly SparseLike[]; spValues: SparseLike; vocabSize: TensorLike | readonly TensorLike[]; name?: string | null; alreadySorted?: boolean }
/** `tf.sparse_merge` (`tf.sparse.merge`): the last index of each element replaced by an id (or several), with the values of another tensor. */
export const sparseMerge = api('sparseMerge', ['spIds', 'spValues', 'vocabSize', 'name', 'alreadySorted'], (p: Merge): SparseTensor => {
  const single = isSparse(p.spIds);
  const list = (single ? [p.spIds] : p.spIds) as readonly SparseLike[];
  const sizes = (single ? [p.vocabSize] : p.vocabSize) as readonly TensorLike[];
  if (list.length !== sizes.length) throw new ValueError('sp_ids and vocab_size have to have equal lengths.');
  return inScope(p.name, 'SparseMerge', list.flatMap((s) => parts(sparseOf(s))), () => {
    const ids = list.map(sparseOf);
    const values = sparseOf(p.spValues);
    const columns = ids.map((s) => expandDims(castTensor(s.values, int64), 1));
    const counts = sizes.map((v) => castTensor(typeof v === 'number' ? constantNode(v, { dtype: int32, name: 'Cast/x' }) : v, int64));
    const kept = ids[0]!.indices.at(null, [null, -1]);
    const indices = concat([kept, ...columns], 1);
    const shape = concat([ids[0]!.denseShape.at([null, -1]), stack(counts)], 0);
    const merged = new SparseTensor(indices, values.values, shape);
    if (p.alreadySorted) return merged;
    const sorted = sparseReorder(merged);
    return new SparseTensor(sorted.indices, sorted.values, shape);
  });
}, { required: 3 });

/** `tf.sparse_to_indicator` (`tf.sparse.to_indicator`): a bool tensor, true at [.., id] for every id the sparse tensor holds. */
export const sparseToIndicator = api('sparseToIndicator', ['spInput', 'vocabSize', 'name'], (p: { spInput: SparseLike; vocabSize: TensorLike; name?: string | null }): Tensor => {
  const sp = sparseOf(p.spInput);
  return inScope(p.name, 'SparseToIndicator', parts(sp), (scope) => {
    const entries = shapeOf(sp.indices).at(0);
    const yes = fill(expandDims(entries, 0), true);
    const marks = new SparseTensor(sp.indices, yes, sp.denseShape);
    return sparseTensorToDense(sparseMerge(sp, marks, p.vocabSize, scope), { defaultValue: false, validateIndices: false, name: scope });
  });
}, { required: 2 });
