// Restates grad_*.py: gradients of single ops.
import * as tf from 'tfgraph';
import { arr, type Program, type Step } from '../oracle.ts';

export function grad_rows(): Program {
  const R = tf.rawOps;
  const i32 = (v: number | number[] | number[][]): tf.Tensor => tf.constant(v, tf.int32);
  const i64 = (v: number | number[]): tf.Tensor => tf.constant(v, tf.int64);
  const runs: Step[] = [];
  const both = (name: string, make: (x: tf.Tensor) => tf.Tensor, shape: number[], o: { known?: boolean; values?: tf.NDArray } = {}): void => {
    const x = tf.placeholder(tf.float32, o.known === false ? shape.map(() => null) : shape, { name: `${name}_x` });
    const [y, g] = tf.nameScope(name, () => {
      const made = make(x);
      return [made, tf.gradients(made, x, { gradYs: tf.multiply(made, 0.5, { name: 'half' }) })[0] as tf.Tensor];
    }) as [tf.Tensor, tf.Tensor];
    runs.push({ fetch: [y, g], feed: [[x, o.values ?? arr(shape, runs.length + 1)]] });
  };

  both('roll', (input) => R.Roll({ input, shift: i32([1, -2]), axis: i32([0, 1]) }), [3, 4]);
  both('reverse', (input) => R.ReverseSequence({ input, seqLengths: i64([2, 3, 0]), seqDim: 1, batchDim: 0 }), [3, 4]);
  both('to_batch_nd', (input) => R.SpaceToBatchND({ input, blockShape: i32([2]), paddings: i32([[1, 0]]) }), [1, 3, 2]);
  both('from_batch_nd', (input) => R.BatchToSpaceND({ input, blockShape: i32([2]), crops: i32([[1, 0]]) }), [2, 2, 2]);
  both('to_batch', (input) => R.SpaceToBatch({ input, paddings: i32([[1, 0], [0, 0]]), blockSize: 2 }), [1, 3, 2, 1]);
  both('from_batch', (input) => R.BatchToSpace({ input, crops: i32([[1, 0], [0, 0]]), blockSize: 2 }), [4, 2, 1, 1]);
  both('to_depth', (input) => R.SpaceToDepth({ input, blockSize: 2 }), [1, 2, 4, 1]);
  both('from_depth', (input) => R.DepthToSpace({ input, blockSize: 2 }), [1, 1, 2, 4]);
  both('diag', (diagonal) => R.MatrixDiag({ diagonal }), [2, 3]);
  both('diag_part', (input) => R.MatrixDiagPart({ input }), [2, 3, 3]);
  both('diag_part_of_any', (input) => R.MatrixDiagPart({ input }), [2, 3, 2], { known: false });
  both('set_diag', (input) => R.MatrixSetDiag({ input, diagonal: R.MatrixDiagPart({ input }) }), [2, 3, 2]);
  both('set_diag_of_any', (input) => R.MatrixSetDiag({ input, diagonal: R.MatrixDiagPart({ input }) }), [2, 3, 2], { known: false });
  both('band', (input) => R.MatrixBandPart({ input, numLower: i64(1), numUpper: i64(0) }), [3, 3]);
  both('mirror', (input) => R.MirrorPad({ input, paddings: i32([[1, 0], [2, 1]]), mode: 'REFLECT' }), [2, 3]);

  const [ids, anyIds, count] = [i32([0, 0, 2, 2]), i32([2, 0, -1, 2]), i32(3)];
  const ties = arr([4, 2], 3), t = ties.data as Float32Array;
  t.copyWithin(2, 0, 2);
  for (const op of ['SegmentSum', 'SegmentMean', 'SegmentMin', 'SegmentMax'] as const) both(op, (data) => R[op]({ data, segmentIds: ids }), [4, 2], { values: ties });
  const zero = arr([4, 2], 4), z = zero.data as Float32Array;
  z[0] = z[3] = z[7] = 0;
  for (const op of ['UnsortedSegmentSum', 'UnsortedSegmentProd', 'UnsortedSegmentMin', 'UnsortedSegmentMax'] as const) both(op, (data) => R[op]({ data, segmentIds: anyIds, numSegments: count }), [4, 2], { values: zero });
  for (const op of ['SparseSegmentSum', 'SparseSegmentMean', 'SparseSegmentSqrtN'] as const) {
    both(op, (data) => R[op]({ data, indices: i32([3, 0, 0]), segmentIds: i32([0, 0, 1]) }), [4, 2], { known: op !== 'SparseSegmentMean' });
    both(`${op}Num`, (data) => R[`${op}WithNumSegments`]({ data, indices: i32([3, 0, 0]), segmentIds: i32([0, 0, 1]), numSegments: count }), [4, 2]);
  }
  for (const op of ['TensorScatterUpdate', 'TensorScatterAdd', 'TensorScatterSub'] as const) both(op, (tensor) => R[op]({ tensor, indices: i32([[2], [0]]), updates: tf.slice(tensor, [0, 0], [2, 2]) }), [4, 2]);
  both('top', (input) => R.TopKV2({ input, k: i32(2) }).values, [2, 5]);
  both('top_of_any', (input) => R.TopKV2({ input, k: i32(2) }).values, [2, 5], { known: false });
  return { runs };
}
