// Sparse tensors masked, compared, split, softmaxed and reshaped. Follows python/ops/{sparse_ops,array_ops,sparse_grad}.py and core/ops/sparse_ops.cc (1.15).
import { int32, int64 } from '../graph/dtype.ts';
import { NotImplementedError, TypeError, ValueError } from '../graph/errors.ts';
import { type Dim } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gather, whereV2 } from './array_gather.ts';
import { concat } from './array_join.ts';
import { shape as shapeOf } from './array_shape.ts';
import { slice } from './array_slice.ts';
import { identity, onesLike, zeros } from './array_values.ts';
import { grad1, inScope, scalarOf } from './building.ts';
import { assertEqual, assertLessEqual } from './check_ops.ts';
import { constantValue } from './constant_value.ts';
import { withDependencies } from './control_flow_ops.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { add, maximum } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { reduceMax } from './math_reduce.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimOf, intsOf, matrix, vector } from './shape_fns.ts';
import { type SparseLike, sparseOf, sparseReduceSum } from './sparse_math.ts';
import { SparseTensor } from './sparse_tensor.ts';
import './tensor_operators.ts';

defineOp('SparseSplit', {
  shape: (c) => {
    const n = c.op.outputs.length / 3, shape = c.input(3);
    const rank: Dim = shape.numElements;
    return Array.from({ length: 3 * n }, (_, i) => (i < n ? matrix(null, rank) : i < 2 * n ? vector(null) : shape));
  },
});
for (const op of ['SparseSparseMaximum', 'SparseSparseMinimum']) {
  defineOp(op, { shape: (c) => { c.withRank(c.input(1), 1); c.withRank(c.input(0), 2); return [matrix(null, null), vector(null)]; }, grad: () => { throw new NotImplementedError(`Gradient for ${op} is currently not implemented yet.`); } });
}
defineOp('SparseDenseCwiseAdd', { shape: (c) => [vector(dimOf(c.withRank(c.input(0), 2), 0))], grad: () => { throw new NotImplementedError('Gradient for SparseDenseCwiseAdd is currently not implemented yet.'); } });
defineOp('SparseSoftmax', {
  shape: (c) => { c.withRank(c.input(0), 2); c.withRank(c.input(2), 1); return [c.withRank(c.input(1), 1)]; },
  grad: grad1((op, g) => {
    const [indices, , shape] = op.inputs as readonly [Tensor, Tensor, Tensor], out = op.outputs[0]!;
    const softmax = new SparseTensor(indices, out, shape);
    const grad = new SparseTensor(indices, g, shape);
    const product = new SparseTensor(indices, softmax.values.mul(grad.values), shape);
    const sums = sparseReduceSum(product, [-1], { keepdims: true }).neg();
    const moved = new SparseTensor(grad.indices, op1('SparseDenseCwiseAdd', [grad.indices, grad.values, grad.denseShape, sums]), grad.denseShape);
    return [null, moved.values.mul(softmax.values), null];
  }),
});

interface Two { spA: SparseTensor; spB: SparseTensor; name?: string | null }
const pairwise = (op: string) => (p: Two): SparseTensor => {
  const { spA: a, spB: b } = p;
  const { outputs } = inScope(p.name, op, [a.indices, a.values, b.indices, b.values], (scope) => applyOp(op, [a.indices, a.values, a.denseShape, b.indices, b.values, b.denseShape], undefined, scope));
  return new SparseTensor(outputs[0]!, outputs[1]!, a.denseShape);
};
/** `tf.sparse_maximum` (`tf.sparse.maximum`): the greater of two sparse tensors of one shape, element by element; what is not stored is 0. Not differentiable, as in TensorFlow. */
export const sparseMaximum = api('sparseMaximum', ['spA', 'spB', 'name'], pairwise('SparseSparseMaximum'), { required: 2 });
/** `tf.sparse_minimum` (`tf.sparse.minimum`): the lesser. */
export const sparseMinimum = api('sparseMinimum', ['spA', 'spB', 'name'], pairwise('SparseSparseMinimum'), { required: 2 });

/** `tf.sparse_softmax` (`tf.sparse.softmax`): softmax of the stored elements of every row of the last axis; of rank 2 or more. */
export const sparseSoftmax = api('sparseSoftmax', ['spInput', 'name'], (p: { spInput: SparseTensor; name?: string | null }): SparseTensor => inScope(p.name, 'SparseSoftmax', [p.spInput.indices, p.spInput.values], () =>
  new SparseTensor(p.spInput.indices, op1('SparseSoftmax', [p.spInput.indices, p.spInput.values, p.spInput.denseShape]), p.spInput.denseShape)), { required: 1 });

interface Split { keywordRequired?: unknown; spInput?: SparseLike | null; numSplit?: number | null; axis?: number | null; name?: string | null; splitDim?: number | null }
/** `tf.sparse_split` (`tf.sparse.split`): `numSplit` parts along `axis`; where it does not come out even, the first parts are one longer. Takes its arguments by name only.
 * Errors: ValueError for what is missing; a run fails with InvalidArgumentError for more parts than there is to split. */
export const sparseSplit = api('sparseSplit', ['keywordRequired', 'spInput', 'numSplit', 'axis', 'name', 'splitDim'], (p: Split): SparseTensor[] => {
  if (p.keywordRequired !== undefined) throw new ValueError('Keyword arguments are required for this function.');
  for (const k of ['spInput', 'numSplit', 'axis'] as const) if (p[k] === undefined || p[k] === null) throw new ValueError(`${{ spInput: 'sp_input', numSplit: 'num_split', axis: 'axis' }[k]} is required`);
  if (p.splitDim !== undefined && p.splitDim !== null) throw new ValueError("Cannot specify both 'axis' and 'split_dim'");
  const s = sparseOf(p.spInput), n = p.numSplit!;
  const { outputs } = applyOp('SparseSplit', [scalarOf(p.axis!, int64), s.indices, s.values, s.denseShape], { num_split: n }, p.name);
  return Array.from({ length: n }, (_, i) => new SparseTensor(outputs[i]!, outputs[n + i]!, outputs[2 * n + i]!));
});

/** `tf.sparse.expand_dims`: a new axis of size 1 at `axis` (default: last). Errors: TypeError for an axis that is no integer. */
export const sparseExpandDims = api('sparseExpandDims', ['spInput', 'axis', 'name'], (p: { spInput: SparseTensor; axis?: number | Tensor | null; name?: string | null }): SparseTensor => {
  const { indices, values, denseShape } = p.spInput;
  const rank = denseShape.shape.dims?.[0] ?? null;
  const given = p.axis ?? -1;
  return inScope(p.name, 'expand_dims', [indices, values, denseShape], () => {
    if (!(given instanceof Tensor) && !Number.isInteger(given)) throw new TypeError('axis must be an integer value in range [-rank(sp_input) - 1, rank(sp_input)]');
    const at = convertToTensor(given, { name: 'axis', dtype: int32 });
    if (rank === null) throw new TypeError("unsupported operand type(s) for +: 'Tensor' and 'NoneType'", { remedy: 'give the sparse tensor a shape of known rank' });
    const axis = whereV2(at.greaterEqual(0), at, at.add(rank).add(1));
    const rows = shapeOf(indices).at(0);
    const column = zeros([rows, 1], { dtype: int64 });
    const before = slice(indices, [0, 0], [-1, axis] as unknown as TensorLike);
    const after = slice(indices, [0, axis] as unknown as TensorLike, [-1, -1]);
    const all = concat([before, column, after], 1);
    const shapeBefore = slice(denseShape, [0], [axis] as unknown as TensorLike);
    const shapeAfter = slice(denseShape, [axis] as unknown as TensorLike, [-1]);
    const one = convertToTensor([1], { name: 'new_shape', dtype: int64 });
    return new SparseTensor(all, values, concat([shapeBefore, one, shapeAfter], 0));
  });
}, { required: 1 });

const numpyInts = (v: readonly number[]): string => `[${v.join(' ')}]`;
/** `tf.sparse_reset_shape` (`tf.sparse.reset_shape`): the same elements in another shape (default: the least that holds them). Errors: ValueError for a shape that is known to be too small or of
 * another rank; else a run fails with InvalidArgumentError. */
export const sparseResetShape = api('sparseResetShape', ['spInput', 'newShape'], (p: { spInput: SparseLike; newShape?: TensorLike | null }): SparseTensor => {
  const s = sparseOf(p.spInput);
  const [indices, values, shape] = [identity(s.indices), identity(s.values), identity(s.denseShape)];
  if (p.newShape === undefined || p.newShape === null) {
    const last = reduceMax(indices, { axis: 0 });
    const zero = constantNode(scalarOf(0, int64));
    return new SparseTensor(indices, values, maximum(zero, add(last, onesLike(shape))));
  }
  let wanted = convertToTensor(p.newShape, { preferred: int32, ...(Array.isArray(p.newShape) && p.newShape.every((d) => typeof d === 'number') ? { dtype: int32 } : {}) });
  if (wanted.shape.ndims !== null && wanted.shape.ndims !== 1) throw new ValueError(`Shape ${wanted.shape} must have rank 1`);
  wanted = castTensor(wanted, int64);
  const [have, want] = [shape.shape.dims?.[0] ?? null, wanted.shape.dims?.[0] ?? null];
  if (have !== null && want !== null && have !== want) throw new ValueError(`Dimensions ${want} and ${have} are not compatible`);
  const known = constantValue(wanted);
  if (known && s.shape.isFullyDefined) {
    const [old, sizes] = [s.shape.asList() as number[], intsOf(known)];
    if (!old.every((d, i) => d <= sizes[i]!)) throw new ValueError(`Requested new_shape should have dimension sizes >= sp_input.shape.  Found new_shape (${numpyInts(old)}), sp_input.shape (${numpyInts(sizes)}).`);
    return new SparseTensor(indices, values, known);
  }
  const ranked = withDependencies([assertEqual(shapeOf(shape), shapeOf(wanted))], wanted);
  return new SparseTensor(indices, values, withDependencies([assertLessEqual(shape, ranked)], ranked));
}, { required: 1 });

/** `tf.sparse_mask` (`tf.sparse.mask`): the rows of IndexedSlices whose indices are not among `maskIndices`. */
export const sparseMask = api('sparseMask', ['a', 'maskIndices', 'name'], (p: { a: IndexedSlices; maskIndices: TensorLike; name?: string | null }): IndexedSlices => inScope(p.name, 'sparse_mask', [p.a.values, p.maskIndices], (scope) => {
  const [indices, kept] = applyOp('ListDiff', [p.a.indices, p.maskIndices]).outputs as readonly [Tensor, Tensor];
  return new IndexedSlices(gather(p.a.values, kept, { name: scope }), indices, p.a.denseShape);
}), { required: 2 });
