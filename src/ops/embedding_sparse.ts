// Rows of a table, combined by sparse lists of ids. Follows python/ops/embedding_ops.py (1.15).
import { bfloat16, bool, float16, float32, int32 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gather, unique, where } from './array_gather.ts';
import { concat, stack } from './array_join.ts';
import { expandDims, rank, reshape, shape as shapeOf, size } from './array_shape.ts';
import { slice, tile } from './array_slice.ts';
import { fill, onesLike, zerosLike } from './array_values.ts';
import { inScope, int32Vector, scalarOf } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { embeddingLookup } from './embedding_ops.ts';
import { div, pow } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { greater, greaterEqual, logicalAnd } from './math_logic.ts';
import { reduceProd } from './math_reduce.ts';
import { segmentSum } from './math_sequence.ts';
import { sqrt } from './math_unary.ts';
import { PartitionedVariable } from './partitioned_variables.ts';
import { isResourceVariable } from './resource_variable_ops.ts';
import { sparseSegmentMean, sparseSegmentSqrtN, sparseSegmentSum } from './segment_ops.ts';
import { sparseFillEmptyRows, sparseReshape, sparseRetain } from './sparse_math.ts';
import { SparseTensor } from './sparse_tensor.ts';
import type { Variable } from './variables.ts';
import './tensor_operators.ts';

interface SparseParams {
  params: TensorLike | PartitionedVariable | readonly (TensorLike | Variable)[];
  spIds: SparseTensor;
  spWeights: SparseTensor | null;
  partitionStrategy?: 'mod' | 'div';
  name?: string | null;
  combiner?: 'mean' | 'sqrtn' | 'sum' | null;
  maxNorm?: number | null;
}
const COMBINED = { sum: sparseSegmentSum, mean: sparseSegmentMean, sqrtn: sparseSegmentSqrtN } as const;

/** `tf.nn.embedding_lookup_sparse`: for each row of `spIds` [n, any] the rows of the table that its ids name, times `spWeights` (null: 1), combined by 'sum',
 * 'mean' (default; divided by the sum of the weights) or 'sqrtn' (by the root of the sum of their squares). Errors: TypeError for what is not sparse,
 * ValueError for another combiner and for shapes that differ. */
export const embeddingLookupSparse = api('embeddingLookupSparse', ['params', 'spIds', 'spWeights', 'partitionStrategy', 'name', 'combiner', 'maxNorm'], (p: SparseParams): Tensor => {
  const combiner = p.combiner ?? 'mean', { spIds: ids, spWeights: sparse } = p;
  if (!(combiner in COMBINED)) throw new ValueError("combiner must be one of 'mean', 'sqrtn' or 'sum'");
  if (!(ids instanceof SparseTensor)) throw new TypeError('sp_ids must be SparseTensor');
  if (sparse !== null) {
    if (!(sparse instanceof SparseTensor)) throw new TypeError('sp_weights must be either None or SparseTensor');
    for (const part of ['values', 'indices', 'denseShape'] as const) ids[part].shape.assertIsCompatibleWith(sparse[part].shape);
  }
  const tables = p.params instanceof PartitionedVariable ? [...p.params] : Array.isArray(p.params) ? p.params as unknown[] : [p.params];
  return inScope(p.name, 'embedding_lookup_sparse', [...tables, ids.values], (name) => {
    const rows = castTensor(ids.indices.at([null, null], 0), int32);
    const { y: once, idx: index } = unique(ids.values);
    let found = embeddingLookup(p.params, once, { partitionStrategy: p.partitionStrategy ?? 'mod', maxNorm: p.maxNorm ?? null });
    if (found.dtype === float16 || found.dtype === bfloat16) found = castTensor(found, float32);
    if (sparse === null) return COMBINED[combiner](found, index, rows, { name });
    let weights = castTensor(sparse.values, found.dtype);
    found = gather(found, index);
    const known = weights.shape;
    const ones = fill(expandDims(rank(found).sub(1), 0), new NDArray(int32, [], Int32Array.of(1)));
    weights = reshape(weights, concat([shapeOf(weights), ones], 0));
    if (found.shape.dims !== null) weights.setShape(known.concatenate(new TensorShape(found.shape.dims.slice(1).map(() => 1))));
    found = found.mul(weights);
    if (combiner === 'sum') return segmentSum(found, rows, { name });
    const sum = segmentSum(found, rows);
    return div(sum, combiner === 'mean' ? segmentSum(weights, rows) : sqrt(segmentSum(pow(weights, 2), rows)), { name });
  });
}, { required: 3 });

interface SafeParams {
  embeddingWeights: TensorLike | PartitionedVariable | readonly (TensorLike | Variable)[]; sparseIds: SparseTensor; sparseWeights?: SparseTensor | null; combiner?: 'mean' | 'sqrtn' | 'sum' | null; defaultId?: number | null;
  name?: string | null; partitionStrategy?: 'mod' | 'div'; maxNorm?: number | null;
}
/** Ids below 0 go, and with `positive` those whose weight is not above 0. */
function pruned(ids: SparseTensor, weights: SparseTensor | null, positive: boolean): [SparseTensor, SparseTensor | null] {
  let valid = greaterEqual(ids.values, scalarOf(0, ids.values.dtype.baseDtype));
  if (weights) valid = logicalAnd(valid, onesLike(weights.values, bool));
  const [kept, keptWeights] = [sparseRetain(ids, valid), weights && sparseRetain(weights, valid)];
  if (!positive || !keptWeights) return [kept, keptWeights];
  const heavy = greater(keptWeights.values, 0);
  return [sparseRetain(kept, heavy), sparseRetain(keptWeights, heavy)];
}
/** internal: `scopeOf` names the scope and says what a lookup without a default is called. */
export function safeLookup(p: SafeParams, combiner: 'mean' | 'sqrtn' | 'sum'): Tensor {
  const given: unknown = p.embeddingWeights;
  if (given === null || given === undefined || (Array.isArray(given) && given.length === 0)) throw new ValueError(`Missing embedding_weights ${given === null || given === undefined ? 'None' : '[]'}.`);
  const dtype = p.sparseWeights?.dtype;
  const list = (given instanceof PartitionedVariable ? [...given] : Array.isArray(given) ? given as unknown[] : [given]) as (Tensor | Variable)[];
  const tables = list.map((w) => (isResourceVariable(w) && (dtype === undefined || w.dtype === dtype) ? w : convertToTensor(w, { dtype })));
  return inScope(p.name, 'embedding_lookup', [...tables, p.sparseIds.values, p.sparseWeights?.values], (scope) => {
    const shape = p.sparseIds.denseShape, known = shape.shape.dims?.[0] ?? null, rankOf: number | Tensor = known ?? size(shape);
    const before = typeof rankOf === 'number' ? scalarOf(rankOf - 1, int32) : undefined;
    const less = (): TensorLike => before ?? (rankOf as Tensor).sub(1), lessVector = (): TensorLike => (typeof rankOf === 'number' ? int32Vector([rankOf - 1]) : [(rankOf as Tensor).sub(1)]);
    const rows = reduceProd(slice(shape, int32Vector([0]), lessVector()));
    let ids = sparseReshape(p.sparseIds, [rows, gather(shape, less())]);
    let weights = p.sparseWeights ? new SparseTensor(ids.indices, p.sparseWeights.values, ids.denseShape) : null;
    [ids, weights] = pruned(ids, weights, combiner !== 'sum');
    const [filled, empty] = sparseFillEmptyRows(ids, p.defaultId ?? 0);
    if (weights) [weights] = sparseFillEmptyRows(weights, 1);
    const anyDefault = p.defaultId !== null && p.defaultId !== undefined;
    let result = embeddingLookupSparse(tables as unknown as TensorLike[], filled, weights, { combiner, partitionStrategy: p.partitionStrategy ?? 'div', name: anyDefault ? scope : null, maxNorm: p.maxNorm ?? null });
    if (!anyDefault) {
      const none = tile(reshape(empty, int32Vector([-1, 1])), stack([scalarOf(1, int32), shapeOf(result).at(1)]));
      result = where(none, zerosLike(result), result, { name: scope }) as Tensor;
    }
    const outer = slice(castTensor(shape, int32), int32Vector([0]), lessVector());
    const final = reshape(result, concat([outer, slice(shapeOf(result), int32Vector([1]), int32Vector([-1]))], 0));
    final.setShape((known === null ? UNKNOWN_SHAPE : new TensorShape(Array<null>(known - 1).fill(null))).concatenate(result.shape.slice(1)));
    return final;
  });
}
/** `tf.nn.safe_embedding_lookup_sparse`: `embeddingLookupSparse` that leaves out ids below 0 and (but for 'sum') weights of 0 or less; a row without ids is `defaultId`'s, or zeros. `sparseIds` may have
 * more than two dimensions, the last is combined ('mean'). Tables follow each other ('div'). Errors: ValueError without tables. */
export const safeEmbeddingLookupSparse = api('safeEmbeddingLookupSparse', ['embeddingWeights', 'sparseIds', 'sparseWeights', 'combiner', 'defaultId', 'name', 'partitionStrategy', 'maxNorm'], (p: SafeParams): Tensor => safeLookup(p, p.combiner ?? 'mean'), { required: 2 });
