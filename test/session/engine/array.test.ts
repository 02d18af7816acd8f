// Data movement on the `wasm` engine against the reference kernels: every element size, rank 0 to 6, empty arrays.
import { expect, test } from 'vitest';
import { f32, i32, nd, scalar, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

/** One dtype per element size, and the rest where it matters. */
const DTYPES = ['bool', 'int8', 'float16', 'bfloat16', 'int16', 'float32', 'int32', 'uint32', 'float64', 'int64', 'complex64', 'complex128'];
const REAL = DTYPES.filter((d) => !d.startsWith('complex'));

test('views', () => {
  for (const d of DTYPES) {
    same('Identity', [random(d, [2, 3], 1)]);
    same('Reshape', [random(d, [2, 6], 1), vec(3, -1)]);
    same('Reshape', [random(d, [0, 6], 1), vec(2, 0)]);
    same('ExpandDims', [random(d, [2, 6], 1), scalar('int32', -2)]);
    same('Squeeze', [random(d, [1, 2, 1], 1)]);
    same('Squeeze', [random(d, [1, 2, 1], 1)], { squeeze_dims: [-1] });
  }
});
test('transpose', () => {
  for (const d of REAL) {
    for (const [shape, perm] of [[[], []], [[3], [0]], [[4, 7], [1, 0]], [[2, 3, 40], [1, 0, 2]], [[2, 3, 4, 5], [0, 3, 1, 2]], [[2, 3, 4, 5], [0, 2, 3, 1]], [[2, 1, 3, 2, 2, 3], [5, 0, 3, 1, 4, 2]], [[0, 4], [1, 0]], [[37, 21], [1, 0]], [[16, 35], [1, 0]], [[3, 18, 17], [0, 2, 1]], [[2, 5, 6, 33], [0, 3, 1, 2]]]) {
      same('Transpose', [random(d, shape!, 1), vec(...perm!)]);
    }
  }
});
test('joining and cutting', () => {
  for (const d of DTYPES) {
    same('ConcatV2', [random(d, [2, 3, 4], 1), random(d, [2, 0, 4], 2), random(d, [2, 5, 4], 3), scalar('int32', 1)]);
    same('Concat', [scalar('int32', 0), random(d, [2, 30], 1), random(d, [1, 30], 2)]);
    same('Pack', [random(d, [3, 20], 1), random(d, [3, 20], 2)], { axis: 1 });
    same('Pack', [random(d, [], 1), random(d, [], 2)], { axis: -1 });
    same('Unpack', [random(d, [3, 4, 5], 1)], { axis: 1, num: 4 });
    same('Split', [scalar('int32', -1), random(d, [3, 6], 1)], { num_split: 3 });
    same('SplitV', [random(d, [7, 2], 1), vec(2, -1, 0), scalar('int32', 0)], { num_split: 3 });
  }
});
test('repeating, turning, padding', () => {
  for (const d of DTYPES) {
    same('Tile', [random(d, [2, 3], 1), vec(3, 2)]);
    same('Tile', [random(d, [2, 3], 1), vec(0, 2)]);
    same('BroadcastTo', [random(d, [3, 1], 1), vec(2, 3, 4)]);
    same('ReverseV2', [random(d, [2, 3, 4], 1), vec(0, -1)]);
    same('Fill', [vec(2, 3), random(d, [], 1)]);
    same('ZerosLike', [random(d, [2, 3], 1)]);
    same('Pad', [random(d, [2, 3], 1), i32([2, 2], [1, 0, 2, 3])]);
    same('PadV2', [random(d, [3], 1), i32([1, 2], [2, 2]), random(d, [], 4)]);
  }
});
test('slices', () => {
  for (const d of DTYPES) {
    same('Slice', [random(d, [4, 5, 6], 1), vec(1, 0, 2), vec(2, -1, 3)]);
    same('StridedSlice', [random(d, [7, 8], 1), vec(6, 1), vec(0, 8), vec(-2, 3)]);
    same('StridedSlice', [random(d, [2, 3, 4], 1), vec(1, 0, 2), vec(2, 0, 3), vec(1, 1, 1)], { ellipsis_mask: 2, shrink_axis_mask: 5 });
    same('StridedSlice', [random(d, [3, 4], 1), vec(0, 1), vec(0, 2), vec(1, 1)], { new_axis_mask: 1, begin_mask: 2 });
    same('StridedSliceGrad', [vec(7, 8), vec(6, 1), vec(0, 8), vec(-2, 3), random(d, [3, 3], 1)]);
  }
});
test('shapes, ones, slices of variables, checks', () => {
  for (const d of DTYPES) {
    for (const shape of [[], [0], [2, 3], [2, 1, 3, 1, 2, 2]]) {
      same('Shape', [random(d, shape, 1)]);
      same('Shape', [random(d, shape, 1)], { out_type: nd('int64', [], [0]).dtype });
      same('ShapeN', [random(d, shape, 1), random(d, [3], 2)]);
      same('Size', [random(d, shape, 1)]);
      same('Size', [random(d, shape, 1)], { out_type: nd('int64', [], [0]).dtype });
      same('Rank', [random(d, shape, 1)]);
      same('OnesLike', [random(d, shape, 1)]);
      same('ZerosLike', [random(d, shape, 1)]);
      same('EnsureShape', [random(d, shape, 1)]);
    }
    same('Transpose', [random(d, [2, 3, 4], 1), vec(2, 0, 1)]);
    same('ConjugateTranspose', [random(d, [2, 3, 4], 1), vec(2, 0, 1)]);
    for (const op of ['StridedSliceAssign', 'ResourceStridedSliceAssign']) {
      same(op, [random(d, [7, 8], 1), vec(6, 1), vec(0, 8), vec(-2, 3), random(d, [3, 3], 2)]);
      same(op, [random(d, [7, 8], 1), vec(2, 1), vec(2, 8), vec(1, 3), random(d, [0, 3], 2)]);
    }
    for (const n of [0, 1, 3, 100]) same('Fill', [vec(n, 3), random(d, [], 1)]);
  }
  for (const d of ['float16', 'bfloat16', 'float32', 'float64']) same('CheckNumerics', [nd(d, [2, 3], [1, -0, 2, 3, 65504, 1e-45])], { message: 'm' });
});
test('errors are the reference kernel\'s', () => {
  const a = f32([2, 2], [1, 2, 3, 4]);
  for (const [op, inputs] of [['Reshape', [a, vec(3)]], ['CheckNumerics', [f32([2], [1, NaN])]], ['CheckNumerics', [f32([3], [1, Infinity, -Infinity])]], ['StridedSliceAssign', [a, vec(0), vec(1), vec(1), f32([1], [1])]], ['Slice', [a, vec(0, 0), vec(3, 1)]], ['Transpose', [a, vec(0, 0)]], ['ConcatV2', [a, vec(1), scalar('int32', 0)]]] as const) {
    const [got, want] = sameError(op, inputs, op === 'CheckNumerics' ? { message: 'm' } : {});
    expect(want).not.toBe('no error');
    expect(got).toBe(want);
  }
});
