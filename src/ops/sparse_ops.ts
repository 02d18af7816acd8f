// Sparse tensors fed and made dense. Follows python/ops/sparse_ops.py, array_ops.py (sparse_placeholder) and
// core/ops/sparse_ops.cc.
import { type DType, int64 } from '../graph/dtype.ts';
import { TypeError } from '../graph/errors.ts';
import { type Dim, Dimension, type ShapeLike, TensorShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gatherNd } from './array_gather.ts';
import { placeholder, zeros, zerosLike } from './array_values.ts';
import { grad1 } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { pythonRepr } from './make_array.ts';
import { reduceSum } from './math_reduce.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { SparseTensor, SparseTensorValue } from './sparse_tensor.ts';

/** `tf.sparse_placeholder` (`tf.sparse.placeholder`): a sparse tensor that every run must be fed, with a SparseTensorValue
 * or `[indices, values, shape]`. `shape`: of the dense tensor; null (the default) leaves it open, and unknown sizes leave
 * only the rank fixed. */
export const sparsePlaceholder = api('sparsePlaceholder', ['dtype', 'shape', 'name'], (p: { dtype: DType; shape?: ShapeLike | Tensor; name?: string | null }): SparseTensor => {
  const named = (part: string): string | null => (p.name === undefined || p.name === null ? null : `${p.name}/${part}`);
  const dims = p.shape === undefined || p.shape === null ? null : p.shape instanceof Tensor ? p.shape : sizes(p.shape);
  const rank: Dim = dims === null ? null : dims instanceof Tensor ? dims.shape.dims?.[0] ?? null : dims.length;
  const denseShape = dims === null || (!(dims instanceof Tensor) && dims.includes(null))
    ? placeholder(int64, [rank], { name: named('shape') })
    : convertToTensor(dims as TensorLike, { dtype: int64, name: named('shape') ?? undefined });
  const values = placeholder(p.dtype, [null], { name: named('values') });
  const indices = placeholder(int64, [null, rank], { name: named('indices') });
  return new SparseTensor({ indices, values, denseShape });
}, { required: 1 });

function sizes(shape: Exclude<ShapeLike, null>): readonly Dim[] | null {
  if (shape instanceof TensorShape) return shape.dims;
  return (typeof shape === 'number' ? [shape] : shape).map((d) => (d instanceof Dimension ? d.value : d));
}

defineOp('SparseToDense', {
  shape: (c) => [c.valueAsShape(1)],
  grad: grad1((op, grad) => {
    const values = gatherNd(grad, op.inputs[0]!);
    const rest = reduceSum(grad).sub(reduceSum(values));
    return [zerosLike(op.inputs[0]!), zerosLike(op.inputs[1]!), values, rest];
  }),
});

/** `tf.sparse_to_dense`: a tensor of shape `outputShape` with `sparseValues` at `sparseIndices` (int32 or int64; scalar,
 * vector or one row per value) and `defaultValue` elsewhere. With `validateIndices` (default) a run fails with
 * InvalidArgumentError when indices are repeated, out of bounds or not sorted. */
export const sparseToDense = api('sparseToDense', ['sparseIndices', 'outputShape', 'sparseValues', 'defaultValue', 'validateIndices', 'name'], (p: {
  sparseIndices: TensorLike; outputShape: TensorLike; sparseValues: TensorLike; defaultValue?: TensorLike | null; validateIndices?: boolean; name?: string | null;
}): Tensor => op1('SparseToDense', [p.sparseIndices, p.outputShape, p.sparseValues, p.defaultValue ?? 0], { validate_indices: p.validateIndices ?? true }, p.name), { required: 3 });

/** `tf.sparse_tensor_to_dense` (`tf.sparse.to_dense`): the sparse tensor with `defaultValue` (zero) where it holds nothing.
 * Errors: TypeError when the input is not sparse. */
export const sparseTensorToDense = api('sparseTensorToDense', ['spInput', 'defaultValue', 'validateIndices', 'name'], (p: {
  spInput: SparseTensor | SparseTensorValue<TensorLike>; defaultValue?: TensorLike | null; validateIndices?: boolean; name?: string | null;
}): Tensor => {
  const sp = p.spInput instanceof SparseTensorValue ? SparseTensor.fromValue(p.spInput) : p.spInput;
  if (!(sp instanceof SparseTensor)) throw new TypeError(`Input must be a SparseTensor.`, { remedy: `got ${pythonRepr(sp)}` });
  const background = p.defaultValue ?? zeros([], { dtype: sp.dtype });
  return op1('SparseToDense', [sp.indices, sp.denseShape, sp.values, background], { validate_indices: p.validateIndices ?? true }, p.name);
}, { required: 1 });
