// Sparse updates: summing the rows of IndexedSlices that occur more than once.
// Follows _deduplicate_indexed_slices in python/training/optimizer.py (1.15).
import { applyOp } from '../op_def_library.ts';
import { shape } from '../array_ops.ts';
import { IndexedSlices } from '../indexed_slices.ts';
import { unsortedSegmentSum } from '../math_ops.ts';
import type { Tensor } from '../../graph/tensor.ts';
import '../tensor_operators.ts';

/** The same gradient with every row once. */
export function deduplicateSlices(g: IndexedSlices): IndexedSlices {
  const [unique, position] = applyOp('Unique', [g.indices]).outputs as [Tensor, Tensor];
  const summed = unsortedSegmentSum(g.values, position, shape(unique).at(0));
  return new IndexedSlices(summed, unique, g.denseShape);
}
