// Restates sparse_*.py: sparse tensors.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program } from '../oracle.ts';

export function sparse_rest(): Program {
  const v = tf.placeholder(tf.float32, [4], { name: 'v' });
  const ind = [[0, 0], [0, 2], [1, 1], [2, 0]];
  const a = new tf.SparseTensor(ind, v, [3, 4]);
  const b = new tf.SparseTensor([[0, 0], [1, 2], [2, 0]], [1, -2, 3], [3, 4]);
  const late = tf.sparsePlaceholder(tf.float32, { name: 'late' });
  const c = new tf.SparseTensor([[0, 0, 1], [0, 1, 0], [1, 1, 1]], [1, 2, 3], [2, 2, 2]);
  const parts = (s: tf.SparseTensor): tf.Tensor[] => [s.indices, s.values, s.denseShape];
  const sl = new tf.IndexedSlices(tf.constant(arr([3, 2], 1)), tf.constant([4, 1, 7], tf.int32), tf.constant([9, 2], tf.int32));
  const m = tf.sparseMask(sl, [1, 7, 2]);
  const S = [tf.sparseMaximum(a, b), tf.sparse.minimum(a, b, { name: 'least' }), tf.sparseSoftmax(a), tf.sparse.softmax(c, { name: 'soft' }), tf.sparseResetShape(a), tf.sparse.resetShape(a, [3, 5]), tf.sparseResetShape(late), tf.sparseResetShape(late, [9, 9]),
    tf.sparse.expandDims(a), tf.sparse.expandDims(a, 0, { name: 'front' }), tf.sparse.expandDims(c, { axis: -2 }), tf.sparseConcat(1, [a, b]), tf.sparseConcat(0, [a, new tf.SparseTensor([[0, 1]], [5], [1, 2])], { expandNonconcatDim: true }),
    tf.sparse.concat(-1, [a, late], { expandNonconcatDim: true })];
  S.push(...tf.sparseSplit({ spInput: a, numSplit: 2, axis: 1 }), ...tf.sparse.split({ spInput: a, numSplit: 3, axis: 1, name: 'three' }));
  note('static', S.map((s) => s.getShape()));
  const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
  const mm = [tf.sparseMatmul(x, tf.transpose(x)), tf.sparseMatmul(x, x, { transposeA: true, bIsSparse: true, name: 'mm' })] as const;
  const g = [tf.gradients(S[2]!.values, v)[0], tf.gradients(tf.square(S[2]!.values), v)[0], tf.gradients(mm[0], x)[0], tf.gradients(tf.square(mm[1]), x)[0]];
  attempt('both', () => tf.sparseConcat(1, [a, b], { expandNonconcatDims: true }));
  attempt('maximum gradient', () => tf.gradients(S[0]!.values, v));
  attempt('too small', () => tf.sparseResetShape(a, [2, 5]));
  attempt('rank', () => tf.sparseResetShape(a, [4, 4, 4]));
  attempt('split axis', () => tf.sparseSplit({ spInput: a, numSplit: 2 }));
  attempt('split number', () => tf.sparseSplit({ spInput: a, axis: 0 }));
  attempt('split positional', () => tf.sparseSplit(a, 2 as never, 1 as never));
  attempt('not sparse', () => tf.sparseResetShape(x as never));
  const longs = (shape: readonly number[], ...n: number[]): tf.NDArray => new tf.NDArray(tf.int64, shape, BigInt64Array.from(n, BigInt));
  const f: [tf.Tensor | tf.SparseTensor, unknown][] = [[v, arr([4], 2)], [x, arr([2, 3], 3)], [late, new tf.SparseTensorValue(longs([2, 2], 0, 1, 2, 3), new tf.NDArray(tf.float32, [2], Float32Array.of(1, 2)), longs([2], 3, 5))]];
  const feed = f as unknown as tf.Feeds;
  const bad = [tf.sparseSplit({ spInput: a, numSplit: 4, axis: 0 })[0]!.values, tf.sparseMaximum(a, new tf.SparseTensor([[0, 0]], [1], [3, 3])).values, tf.sparseMaximum(a, c).values, tf.sparseSoftmax(new tf.SparseTensor([[0]], [1], [3])).values,
    tf.sparseResetShape(late, [2, 9]).denseShape];
  return { runs: [{ fetch: [...S.map(parts), [m.indices, m.values, m.denseShape], mm], feed }, { fetch: g, feed }, ...bad.map((q) => ({ fetch: q, feed }))] };
}
