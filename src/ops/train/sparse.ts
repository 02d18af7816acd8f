// Sparse updates: summing the rows of IndexedSlices that occur more than once, and the scatter ops on reference
// variables. Follows _deduplicate_indexed_slices in python/training/optimizer.py and core/ops/state_ops.cc (1.15).
import { applyOp, op1 } from '../op_def_library.ts';
import { shape } from '../array_ops.ts';
import { IndexedSlices } from '../indexed_slices.ts';
import { unsortedSegmentSum } from '../math_ops.ts';
import { defineOp } from '../registry.ts';
import type { ShapeFn } from '../shape_inference.ts';
import { subshape } from '../shape_fns.ts';
import type { Tensor } from '../../graph/tensor.ts';
import '../tensor_operators.ts';

/** updates = indices.shape + ref.shape[1:], or a scalar. */
const scatterShape: ShapeFn = (c) => {
  const ref = c.input(0);
  const rows = subshape(c.withRankAtLeast(ref, 1), 1);
  if (c.input(2).ndims !== 0) c.merge(c.input(2), c.input(1).concatenate(rows));
  return [ref];
};
for (const op of ['ScatterUpdate', 'ScatterAdd', 'ScatterSub', 'ScatterMul', 'ScatterDiv']) defineOp(op, { shape: scatterShape, grad: null });
for (const op of ['ScatterMin', 'ScatterMax']) defineOp(op, { shape: scatterShape });

/** Adds or subtracts rows of a reference variable; the result is its reference. */
export function scatter(op: 'ScatterAdd' | 'ScatterSub', ref: Tensor, indices: Tensor, updates: Tensor, useLocking: boolean): Tensor {
  return op1(op, [ref, indices, updates], { use_locking: useLocking });
}

/** The same gradient with every row once. */
export function deduplicateSlices(g: IndexedSlices): IndexedSlices {
  const [unique, position] = applyOp('Unique', [g.indices]).outputs as [Tensor, Tensor];
  const summed = unsortedSegmentSum(g.values, position, shape(unique).at(0));
  return new IndexedSlices(summed, unique, g.denseShape);
}
