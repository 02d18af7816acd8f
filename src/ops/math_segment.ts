// Segments: joined by other functions than sums, of rows looked up, averaged. Follows python/ops/{math_ops,math_grad}.py and core/ops/math_ops.cc (1.15).
import { bool, int32 } from '../graph/dtype.ts';
import { UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gather, where } from './array_gather.ts';
import { concat } from './array_join.ts';
import { expandDims, rank as rankOf, reshape, shape as shapeOf } from './array_shape.ts';
import { fill, ones, onesLike, zerosLike } from './array_values.ts';
import { grad1, inputOf, inScope, scalarOf } from './building.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { divide, maximum } from './math_binary.ts';
import { equal, greater, greaterEqual, logicalAnd } from './math_logic.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimFromScalar, replaceDim, subshape, vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';
import './tensor_operators.ts';

const segmentShape: ShapeFn = (c) => { c.withRank(c.input(1), 1); return [vector(null).concatenate(subshape(c.withRankAtLeast(c.input(0), 1), 1))]; };
const unsortedShape: ShapeFn = (c) => {
  const data = c.input(0), ids = c.input(1), n = dimFromScalar(c, 2);
  if (ids.dims === null || data.dims === null) return [UNKNOWN_SHAPE];
  c.merge(subshape(data, 0, ids.dims.length), ids);
  return [vector(n).concatenate(subshape(data, ids.dims.length))];
};

// --- blocks --------------------------------------------------------------------------------------------------------

defineOp('SegmentMean', {
  shape: segmentShape,
  grad: grad1((op, g) => {
    const r = rankOf(inputOf(op, 0));
    const sizes = concat([shapeOf(inputOf(op, 1)), fill(expandDims(r.sub(1), 0), scalarOf(1, int32))], 0);
    const counted = fill(sizes, constantNode(1, { dtype: g.dtype.baseDtype }));
    const scaled = divide(g, op1('SegmentSum', [counted, inputOf(op, 1)]));
    return [gather(scaled, inputOf(op, 1)), null];
  }),
});
for (const op of ['SegmentMin', 'SegmentMax']) {
  defineOp(op, {
    shape: segmentShape,
    grad: grad1((node, g) => {
      const [x, ids] = [inputOf(node, 0), inputOf(node, 1)];
      const zeros = zerosLike(x, x.dtype);
      const chosen = equal(x, gather(node.outputs[0]!, ids));
      const count = op1('SegmentSum', [castTensor(chosen, g.dtype), ids]);
      return [where(chosen, gather(divide(g, count), ids), zeros), null];
    }),
  });
}
defineOp('SegmentProd', { shape: segmentShape });

/** Rows by ids that may be negative: those give zeros. Also the ids without negatives, and which elements are of rows. */
function rowsOrZeros(params: Tensor, ids: Tensor, clipped?: Tensor, positive?: Tensor): [rows: Tensor, clipped: Tensor, positive: Tensor] {
  const at = clipped ?? maximum(ids, zerosLike(ids));
  const rows = gather(params, at);
  let there = positive;
  if (!there) {
    there = greaterEqual(ids, 0);
    for (let i = (rows.shape.ndims ?? 0) - (there.shape.ndims ?? 0); i > 0; i--) there = expandDims(there, -1);
    there = there.and(onesLike(rows, bool));
  }
  return [where(there, rows, zerosLike(rows)), at, there];
}
for (const op of ['UnsortedSegmentMin', 'UnsortedSegmentMax']) {
  defineOp(op, {
    shape: unsortedShape,
    grad: grad1((node, g) => {
      const [x, ids, n] = node.inputs as readonly [Tensor, Tensor, Tensor];
      const [rows, clipped, positive] = rowsOrZeros(node.outputs[0]!, ids);
      const chosen = logicalAnd(equal(x, rows), positive);
      const count = op1('UnsortedSegmentSum', [castTensor(chosen, g.dtype), ids, n]);
      const [grads] = rowsOrZeros(divide(g, count), ids, clipped, positive);
      return [where(chosen, grads, zerosLike(grads)), null, null];
    }),
  });
}
defineOp('UnsortedSegmentProd', {
  shape: unsortedShape,
  // Products of the others: by division where nothing is zero, of the rest where one is, zero beyond.
  grad: grad1((op, g) => {
    const [x, ids, n] = op.inputs as readonly [Tensor, Tensor, Tensor];
    const isZero = equal(x, 0);
    const zeros = op1('UnsortedSegmentSum', [castTensor(isZero, int32), ids, n]);
    const grads = where(greater(zeros, 1), zerosLike(g), g);
    const others = op1('UnsortedSegmentProd', [where(isZero, onesLike(x), x), ids, n]);
    const clipped = maximum(ids, zerosLike(ids));
    const product = gather(op.outputs[0]!, clipped);
    const rest = gather(others, clipped);
    const partial = where(isZero, rest, product.truediv(x));
    const [upstream] = rowsOrZeros(grads, ids, clipped);
    return [upstream.mul(partial), null, null];
  }),
});

const lookedUp: ShapeFn = (c) => {
  const data = c.withRankAtLeast(c.input(0), 1);
  c.merge(c.withRank(c.input(1), 1), c.withRank(c.input(2), 1));
  const n = c.numInputs > 3 ? dimFromScalar(c, 3) : null;
  return [replaceDim(data, 0, n)];
};
for (const kind of ['Sum', 'Mean', 'SqrtN']) {
  for (const suffix of ['', 'WithNumSegments']) {
    defineOp(`SparseSegment${kind}${suffix}`, {
      shape: lookedUp,
      grad: grad1((op, g) => {
        const [data, indices, ids] = op.inputs as readonly [Tensor, Tensor, Tensor];
        const rows = shapeOf(data).at(0);
        const back = kind === 'Sum' ? op1('UnsortedSegmentSum', [gather(g, ids), indices, rows]) : op1(`SparseSegment${kind}Grad`, [g, indices, ids, rows]);
        return [back, null, null, ...(suffix === '' ? [] : [null])];
      }),
    });
  }
}
for (const kind of ['Mean', 'SqrtN']) defineOp(`SparseSegment${kind}Grad`, { shape: (c) => [replaceDim(c.withRankAtLeast(c.input(0), 1), 0, dimFromScalar(c, 3))] });

// --- functions -----------------------------------------------------------------------------------------------------

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
