// Functions of segments of rows, over the op blocks of math_segment.ts. Follows python/ops/math_ops.py (1.15).
import { int32 } from '../graph/dtype.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { reshape, shape as shapeOf } from './array_shape.ts';
import { ones } from './array_values.ts';
import { inScope } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import './math_segment.ts';
import './tensor_operators.ts';

interface Segment { data: TensorLike; segmentIds: TensorLike; name?: string | null }
type SegmentFunction = ReturnType<typeof api<Segment, readonly ['data', 'segmentIds', 'name'], Tensor>>;
const segment = (name: string, op: string): SegmentFunction => api(name, ['data', 'segmentIds', 'name'] as const, (p: Segment) => op1(op, [p.data, p.segmentIds], {}, p.name), { required: 2 });
/** `tf.segment_mean`: means of the rows of each segment; ids are sorted and start at 0. */
export const segmentMean: SegmentFunction = segment('segmentMean', 'SegmentMean');
/** `tf.segment_prod`. */
export const segmentProd: SegmentFunction = segment('segmentProd', 'SegmentProd');
/** `tf.segment_min`. */
export const segmentMin: SegmentFunction = segment('segmentMin', 'SegmentMin');
/** `tf.segment_max`. */
export const segmentMax: SegmentFunction = segment('segmentMax', 'SegmentMax');

interface Unsorted extends Segment { numSegments: TensorLike }
type UnsortedFunction = ReturnType<typeof api<Unsorted, readonly ['data', 'segmentIds', 'numSegments', 'name'], Tensor>>;
const unsorted = (name: string, impl: (p: Unsorted) => Tensor): UnsortedFunction => api(name, ['data', 'segmentIds', 'numSegments', 'name'] as const, impl, { required: 3 });
const direct = (op: string) => (p: Unsorted): Tensor => op1(op, [p.data, p.segmentIds, p.numSegments], {}, p.name);
/** `tf.unsorted_segment_prod`: products of the rows of each of `numSegments` segments; rows of negative ids are dropped. */
export const unsortedSegmentProd: UnsortedFunction = unsorted('unsortedSegmentProd', direct('UnsortedSegmentProd'));
/** `tf.unsorted_segment_min`: empty segments hold the greatest value of the dtype. */
export const unsortedSegmentMin: UnsortedFunction = unsorted('unsortedSegmentMin', direct('UnsortedSegmentMin'));
/** `tf.unsorted_segment_max`: empty segments hold the least value of the dtype. */
export const unsortedSegmentMax: UnsortedFunction = unsorted('unsortedSegmentMax', direct('UnsortedSegmentMax'));
const averaged = (scopeName: string, by: (n: Tensor) => Tensor) => (p: Unsorted): Tensor => inScope(p.name, scopeName, [], () => {
  const data = convertToTensor(p.data);
  const ids = convertToTensor(p.segmentIds, { preferred: int32 });
  const counted = op1('UnsortedSegmentSum', [ones(shapeOf(ids), data.dtype.baseDtype), ids, p.numSegments]);
  const shape = [p.numSegments, ...Array.from({ length: data.shape.ndims! - ids.shape.ndims! }, () => 1)];
  const n = op1('Maximum', [reshape(counted, shape as unknown as TensorLike), 1]);
  const sums = op1('UnsortedSegmentSum', [data, ids, p.numSegments]);
  return sums.truediv(by(n));
});
/** `tf.unsorted_segment_mean`: means; empty segments are zero. */
export const unsortedSegmentMean: UnsortedFunction = unsorted('unsortedSegmentMean', averaged('UnsortedSegmentMean', (n) => n));
/** `tf.unsorted_segment_sqrt_n`: sums divided by the root of their number. */
export const unsortedSegmentSqrtN: UnsortedFunction = unsorted('unsortedSegmentSqrtN', averaged('UnsortedSegmentSqrtN', (n) => op1('Sqrt', [n])));

interface Sparse { data: TensorLike; indices: TensorLike; segmentIds: TensorLike; name?: string | null; numSegments?: TensorLike | null }
const SPARSE = ['data', 'indices', 'segmentIds', 'name', 'numSegments'] as const;
const sparse = (op: string) => (p: Sparse): Tensor => (p.numSegments === undefined || p.numSegments === null
  ? op1(op, [p.data, p.indices, p.segmentIds], {}, p.name) : op1(`${op}WithNumSegments`, [p.data, p.indices, p.segmentIds, p.numSegments], {}, p.name));
/** `tf.sparse_segment_sum` (`tf.sparse.segment_sum`): sums of the rows `indices` of data by sorted segment ids. */
export const sparseSegmentSum = api('sparseSegmentSum', SPARSE, sparse('SparseSegmentSum'), { required: 3 });
/** `tf.sparse_segment_mean` (`tf.sparse.segment_mean`). */
export const sparseSegmentMean = api('sparseSegmentMean', SPARSE, sparse('SparseSegmentMean'), { required: 3 });
/** `tf.sparse_segment_sqrt_n` (`tf.sparse.segment_sqrt_n`): sums divided by the root of their number. */
export const sparseSegmentSqrtN = api('sparseSegmentSqrtN', SPARSE, sparse('SparseSegmentSqrtN'), { required: 3 });
