// Rows of a table, combined by sparse lists of ids. Follows python/ops/embedding_ops.py (1.15).
import { bfloat16, float16, float32, int32 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gather, unique } from './array_gather.ts';
import { concat } from './array_join.ts';
import { expandDims, rank, reshape, shape as shapeOf } from './array_shape.ts';
import { fill } from './array_values.ts';
import { inScope } from './building.ts';
import type { TensorLike } from './convert.ts';
import { embeddingLookup } from './embedding_ops.ts';
import { div, pow } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { segmentSum } from './math_sequence.ts';
import { sqrt } from './math_unary.ts';
import { PartitionedVariable } from './partitioned_variables.ts';
import { sparseSegmentMean, sparseSegmentSqrtN, sparseSegmentSum } from './segment_ops.ts';
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
}
const COMBINED = { sum: sparseSegmentSum, mean: sparseSegmentMean, sqrtn: sparseSegmentSqrtN } as const;

/** `tf.nn.embedding_lookup_sparse`: for each row of `spIds` [n, any] the rows of the table that its ids name, times `spWeights` (null: 1), combined by 'sum',
 * 'mean' (default; divided by the sum of the weights) or 'sqrtn' (by the root of the sum of their squares). Errors: TypeError for what is not sparse,
 * ValueError for another combiner and for shapes that differ. */
export const embeddingLookupSparse = api('embeddingLookupSparse', ['params', 'spIds', 'spWeights', 'partitionStrategy', 'name', 'combiner'], (p: SparseParams): Tensor => {
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
    let found = embeddingLookup(p.params, once, { partitionStrategy: p.partitionStrategy ?? 'mod' });
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
