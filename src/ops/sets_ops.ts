// Set operations on the last dimension of tensors. Follows python/ops/sets_impl.py and core/ops/set_ops.cc (1.15).
import { int32 } from '../graph/dtype.ts';
import { TypeError } from '../graph/errors.ts';
import { TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { matrix, subshape, vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';
import { SparseTensor } from './sparse_tensor.ts';

const sparseOf = (rank: number | null): TensorShape[] => [matrix(null, rank), vector(null), vector(rank)];
const denseToDense: ShapeFn = (c) => {
  const a = c.withRankAtLeast(c.input(0), 2);
  if (a.dims === null) return sparseOf(c.withRankAtLeast(c.input(1), 2).ndims);
  const b = c.withRank(c.input(1), a.dims.length);
  c.merge(subshape(a, 0, -1), subshape(b, 0, -1));
  return sparseOf(a.dims.length);
};
defineOp('DenseToDenseSetOperation', { shape: denseToDense, grad: null });
defineOp('DenseToSparseSetOperation', {
  shape: (c) => { const { ndims } = c.withRankAtLeast(c.input(0), 2); return sparseOf(ndims ?? c.input(3).dims?.[0] ?? null); }, grad: null,
});
defineOp('SparseToSparseSetOperation', { shape: (c) => sparseOf(c.input(2).dims?.[0] ?? c.input(5).dims?.[0] ?? null), grad: null });
defineOp('SetSize', { shape: () => [new TensorShape(null)], grad: null });

type SetLike = TensorLike | SparseTensor;
interface SetParams { a: SetLike; b: SetLike; validateIndices?: boolean }
const VALID = new Set(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'string']);

/** Errors: TypeError for dtypes that sets cannot have, and for two of them. */
function operate(p: SetParams, operation: string, whenFlipped = operation): SparseTensor {
  const convert = (v: SetLike, name: string): Tensor | SparseTensor => (v instanceof SparseTensor ? v : convertToTensor(v, { name, preferred: int32 }));
  let a = convert(p.a, 'a');
  if (!VALID.has(a.dtype.baseDtype.name)) throw new TypeError(`'a' invalid dtype ${a.dtype.str}.`);
  let b = convert(p.b, 'b');
  if (b.dtype.baseDtype !== a.dtype.baseDtype) throw new TypeError(`Types don't match, ${a.dtype.str} vs ${b.dtype.str}.`);
  const flip = a instanceof SparseTensor && !(b instanceof SparseTensor);
  if (flip) [a, b] = [b, a];
  const attrs = { set_operation: flip ? whenFlipped : operation, validate_indices: p.validateIndices ?? true };
  const parts = (t: Tensor | SparseTensor): Tensor[] => (t instanceof SparseTensor ? [t.indices, t.values, t.denseShape] : [t]);
  const kind = (t: Tensor | SparseTensor): string => (t instanceof SparseTensor ? 'Sparse' : 'Dense');
  const [indices, values, shape] = applyOp(`${kind(a)}To${kind(b)}SetOperation`, [...parts(a), ...parts(b)], attrs).outputs as [Tensor, Tensor, Tensor];
  return new SparseTensor(indices, values, shape);
}

/** `tf.sets.difference`: in each row of the last dimension the values of `a` that are not in `b` (the other way round without
 * `aminusb`), sorted, as a SparseTensor. The sets are dense or sparse tensors of integers or strings. */
export const setDifference = api('setDifference', ['a', 'b', 'aminusb', 'validateIndices'], (p: SetParams & { aminusb?: boolean }): SparseTensor =>
  (p.aminusb ?? true ? operate(p, 'a-b', 'b-a') : operate(p, 'b-a', 'a-b')), { required: 2 });
/** `tf.sets.intersection`. */
export const setIntersection = api('setIntersection', ['a', 'b', 'validateIndices'], (p: SetParams): SparseTensor => operate(p, 'intersection'), { required: 2 });
/** `tf.sets.union`. */
export const setUnion = api('setUnion', ['a', 'b', 'validateIndices'], (p: SetParams): SparseTensor => operate(p, 'union'), { required: 2 });
/** `tf.sets.size`: the number of distinct values in each row of a SparseTensor, as int32. Errors: TypeError when it is not sparse. */
export const setSize = api('setSize', ['a', 'validateIndices'], (p: { a: SparseTensor; validateIndices?: boolean }): Tensor => {
  const { a } = p;
  if (!(a instanceof SparseTensor)) throw new TypeError(`Expected \`SparseTensor\`, got ${String(a)}.`);
  if (!VALID.has(a.dtype.baseDtype.name)) throw new TypeError(`Invalid dtype ${a.dtype.str}.`);
  return op1('SetSize', [a.indices, a.values, a.denseShape], { validate_indices: p.validateIndices ?? true });
}, { required: 1 });
