// Op blocks of segments of rows, of rows chosen by lists, and of what is counted.
// Follows core/ops/{math_ops,array_ops}.cc and python/ops/{math_grad,array_grad}.py.
import { int32 } from '../graph/dtype.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { gatherRows } from './array_gather.ts';
import { concat } from './array_join.ts';
import { rankTensor, shapeTensor } from './array_shape.ts';
import { sliceWith } from './array_slice.ts';
import { onesLikeTensor, zerosLikeTensor } from './array_values.ts';
import { grad1, inputOf, scalarOf } from './building.ts';
import { constantNode } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { gatherKeepingNonNegative, keepingNonNegative, segmentShape, unsortedSegmentShape } from './math_sequence.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimOf, scalarValue, subshape, vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';

// --- sorted ids ----------------------------------------------------------------------------------------------------

defineOp('SegmentProd', { shape: segmentShape });
defineOp('SegmentMean', {
  shape: segmentShape,
  grad: grad1((op, g) => {
    const ids = inputOf(op, 1), rank = rankTensor(inputOf(op, 0));
    const rows = shapeTensor(ids), tail = op1('Fill', [op1('ExpandDims', [rank.sub(scalarOf(1, int32)), scalarOf(0, int32)]), scalarOf(1, int32)]);
    const shape = concat([rows, tail], 0), ones = op1('Fill', [shape, constantNode(scalarOf(1, g.dtype))]);
    return [gatherRows(g.truediv(op1('SegmentSum', [ones, ids])), ids), null];
  }),
});
/** The gradient goes in equal parts to the rows that are extremes. */
const extremeGrad = grad1((op, g) => {
  const [data, ids] = [inputOf(op, 0), inputOf(op, 1)];
  const none = zerosLikeTensor(data, data.dtype.baseDtype);
  const chosen = op1('Equal', [data, gatherRows(op.outputs[0]!, ids)]);
  const count = op1('SegmentSum', [castTensor(chosen, g.dtype), ids]);
  return [op1('Select', [chosen, gatherRows(g.truediv(count), ids), none]), null];
});
defineOp('SegmentMin', { shape: segmentShape, grad: extremeGrad });
defineOp('SegmentMax', { shape: segmentShape, grad: extremeGrad });

// --- any ids -------------------------------------------------------------------------------------------------------

const unsortedExtremeGrad = grad1((op, g) => {
  const [data, ids, count] = [inputOf(op, 0), inputOf(op, 1), inputOf(op, 2)];
  const { gathered, clipped, positive } = keepingNonNegative(op.outputs[0]!, ids);
  let chosen = op1('Equal', [data, gathered]);
  chosen = op1('LogicalAnd', [chosen, positive]);
  const among = op1('UnsortedSegmentSum', [castTensor(chosen, g.dtype), ids, count]);
  const parts = keepingNonNegative(g.truediv(among), ids, clipped, positive).gathered;
  return [op1('Select', [chosen, parts, zerosLikeTensor(parts)]), null, null];
});
defineOp('UnsortedSegmentMin', { shape: unsortedSegmentShape, grad: unsortedExtremeGrad });
defineOp('UnsortedSegmentMax', { shape: unsortedSegmentShape, grad: unsortedExtremeGrad });
defineOp('UnsortedSegmentProd', {
  shape: unsortedSegmentShape,
  /** The product over each element; where that is the only zero of its segment, the product of the others. */
  grad: grad1((op, grad) => {
    const [data, ids, count] = [inputOf(op, 0), inputOf(op, 1), inputOf(op, 2)];
    const isZero = op1('Equal', [data, scalarOf(0, data.dtype.baseDtype)]);
    const zeroCount = op1('UnsortedSegmentSum', [castTensor(isZero, int32), ids, count]);
    const g = op1('Select', [op1('Greater', [zeroCount, scalarOf(1, int32)]), zerosLikeTensor(grad), grad]);
    const others = op1('UnsortedSegmentProd', [op1('Select', [isZero, onesLikeTensor(data), data]), ids, count]);
    const clipped = op1('Maximum', [ids, zerosLikeTensor(ids)]);
    const [product, rest] = [gatherRows(op.outputs[0]!, clipped), gatherRows(others, clipped)];
    const derivative = op1('Select', [isZero, rest, product.truediv(data)]);
    return [gatherKeepingNonNegative(g, ids, clipped).mul(derivative), null, null];
  }),
});

// --- rows of a list ------------------------------------------------------------------------------------------------

const sparseSegmentShape = (numbered: boolean): ShapeFn => (c) => {
  const data = c.withRankAtLeast(c.input(0), 1);
  const [indices, ids] = [c.withRank(c.input(1), 1), c.withRank(c.input(2), 1)];
  if (numbered) c.withRank(c.input(3), 0);
  c.merge(indices, ids);
  const n = numbered ? scalarValue(c, 3) : undefined;
  if (n !== undefined && n < 0) c.fail('Cannot specify a negative value for num_segments');
  return [vector(n ?? null).concatenate(subshape(data, 1))];
};
const rowsOf = (op: Operation): Tensor => sliceWith(shapeTensor(inputOf(op, 0)), [0]);
for (const numbered of [false, true]) {
  const rest = numbered ? [null, null, null] : [null, null], name = (kind: string): string => `SparseSegment${kind}${numbered ? 'WithNumSegments' : ''}`;
  defineOp(name('Sum'), { shape: sparseSegmentShape(numbered), grad: grad1((op, g) => { const rows = rowsOf(op); return [op1('UnsortedSegmentSum', [gatherRows(g, inputOf(op, 2)), inputOf(op, 1), rows]), ...rest]; }) });
  for (const kind of ['Mean', 'SqrtN']) defineOp(name(kind), { shape: sparseSegmentShape(numbered), grad: grad1((op, g) => [op1(`SparseSegment${kind}Grad`, [g, inputOf(op, 1), inputOf(op, 2), rowsOf(op)]), ...rest]) });
}
const sparseSegmentGradShape: ShapeFn = (c) => {
  const data = c.withRankAtLeast(c.input(0), 1);
  c.merge(c.input(2), c.withRank(c.input(1), 1));
  c.withRank(c.input(3), 0);
  const n = scalarValue(c, 3);
  if (n !== undefined && n < 0) c.fail('Cannot specify a negative value for output_dim0');
  return [vector(n ?? null).concatenate(subshape(data, 1))];
};
defineOp('SparseSegmentMeanGrad', { shape: sparseSegmentGradShape });
defineOp('SparseSegmentSqrtNGrad', { shape: sparseSegmentGradShape });

// --- counted -------------------------------------------------------------------------------------------------------

defineOp('Bincount', { shape: (c) => {
  c.withRank(c.input(1), 0);
  const n = scalarValue(c, 1);
  if (n !== undefined && n < 0) c.fail(`size (${n}) must be non-negative`);
  return [vector(n ?? null)];
} });
defineOp('HistogramFixedWidth', { shape: (c) => {
  c.withValue(dimOf(c.withRank(c.input(1), 1), 0), 2);
  c.withRank(c.input(2), 0);
  const n = scalarValue(c, 2);
  if (n !== undefined && n <= 0) c.fail(`Requires nbins > 0: ${n}`);
  return [vector(n ?? null)];
} });
defineOp('UniqueV2', { shape: (c) => [vector(null), c.input(0)] });
defineOp('UniqueWithCountsV2', { shape: (c) => [vector(null), c.input(0), vector(null)] });
