// Choosing and placing rows by index on the `wasm` engine against the reference kernels: every element size, rows of every
// length, index dtypes, rank 0 to 6, empty arrays.
import { expect, test } from 'vitest';
import { f32, i32, INTEGERS, nd, NUMERIC, scalar, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

const DTYPES = [...NUMERIC, 'bool', 'complex64', 'complex128'];
const INDEX = ['int32', 'int64'];

test('rows of every length, on any axis', () => {
  for (const row of [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 64, 65, 100]) {
    for (const d of ['bool', 'float16', 'float32', 'float64', 'complex128']) {
      same('Gather', [random(d, [5, row], 1), vec(4, 0, 2, 2, 1)]);
      same('GatherV2', [random(d, [3, 5, row], 1), nd('int64', [2, 2], [4, 0, 2, 2]), scalar('int32', 1)]);
      same('GatherV2', [random(d, [row, 5], 1), vec(3, 3, 0), scalar('int32', -1)]);
    }
  }
});
test('gather: every dtype, rank 1 to 6, no rows', () => {
  for (const d of DTYPES) {
    for (const ix of INDEX) {
      same('GatherV2', [random(d, [2, 3, 1, 2, 2, 3], 1), nd(ix, [3], [1, 1, 0]), scalar('int64', 4)]);
      same('GatherNd', [random(d, [4, 3, 2], 1), nd(ix, [2, 2, 2], [3, 2, 0, 0, 1, 1, 3, 0])]);
      same('GatherNd', [random(d, [4, 3], 1), nd(ix, [3, 2], [3, 2, 0, 0, 1, 1])]);
      same('GatherNd', [random(d, [4, 3, 5], 1), nd(ix, [2], [3, 2])]);
    }
    same('GatherV2', [random(d, [4, 3], 1), nd('int32', [0, 2], []), scalar('int32', 1)]);
    same('GatherV2', [random(d, [4, 0], 1), vec(1, 2), scalar('int32', 0)]);
    same('Gather', [random(d, [4], 1), scalar('int32', 3)]);
    same('GatherNd', [random(d, [4, 3], 1), nd('int32', [2, 0], [])]);
    same('GatherNd', [random(d, [4, 3], 1), nd('int32', [0, 2], [])]);
  }
});
test('stitch and partition', () => {
  for (const d of DTYPES) {
    for (const op of ['DynamicStitch', 'ParallelDynamicStitch']) {
      same(op, [scalar('int32', 6), vec(4, 1), i32([2, 2], [5, 2, 0, 4]), random(d, [2], 1), random(d, [2, 2], 2), random(d, [2, 2, 2], 3)]);
      same(op, [vec(0, 2), vec(1), random(d, [2, 5], 1), random(d, [1, 5], 2)]);
      same(op, [nd('int32', [0], []), random(d, [0, 3], 1)]);
    }
    same('DynamicPartition', [random(d, [7, 3], 1), vec(2, 0, 0, 2, 1, 0, 2)], { num_partitions: 4 });
    same('DynamicPartition', [random(d, [2, 3], 1), i32([2, 3], [1, 0, 0, 1, 1, 0])], { num_partitions: 2 });
    same('DynamicPartition', [random(d, [0, 3], 1), nd('int32', [0], [])], { num_partitions: 2 });
    same('DynamicPartition', [random(d, [3], 1), scalar('int32', 1)], { num_partitions: 2 });
  }
});
test('one-hot: every axis, index dtype and value dtype; what is no class stays cold', () => {
  for (const d of DTYPES) {
    for (const ix of ['uint8', 'int32', 'int64']) {
      for (const axis of [-1, 0, 1, 2]) same('OneHot', [nd(ix, [2, 3], [0, 5, 1, 3, 2, 9]), scalar('int32', 4), random(d, [], 1), random(d, [], 2)], { axis });
      same('OneHot', [scalar(ix, 2), scalar('int32', 3), random(d, [], 1), random(d, [], 2)], { axis: -1 });
    }
    same('OneHot', [nd('int64', [3], [-1, 2n ** 40n, 2]), scalar('int32', 3), random(d, [], 1), random(d, [], 2)]);
    same('OneHot', [vec(1, -1), scalar('int32', 0), random(d, [], 1), random(d, [], 2)]);
    same('OneHot', [nd('int32', [0, 2], []), scalar('int32', 3), random(d, [], 1), random(d, [], 2)]);
  }
});
test('where: every dtype, rank 0 to 6', () => {
  for (const d of DTYPES) {
    for (const shape of [[], [0], [1], [37], [5, 7], [3, 0, 2], [2, 3, 4], [2, 1, 3, 2, 2, 2]]) same('Where', [random(d, shape, shape.length + 3)]);
    same('Where', [nd(d, [4], [0, 1, 0, 1])]);
  }
  for (const d of ['float16', 'bfloat16', 'float32', 'float64', 'complex64']) same('Where', [nd(d, [5], [-0, NaN, 0, Infinity, 1e-45])]);
});
test('mirrored borders', () => {
  for (const d of DTYPES) {
    for (const mode of ['SYMMETRIC', 'REFLECT']) {
      same('MirrorPad', [random(d, [3, 4], 1), i32([2, 2], [1, 2, 3, 0])], { mode });
      same('MirrorPad', [random(d, [3, 2, 4], 1), nd('int64', [3, 2], [0, 0, 1, 1, 2, 3])], { mode });
      same('MirrorPad', [random(d, [2, 3, 2, 2, 1, 3], 1), i32([6, 2], [1, 0, 2, 1, 0, 0, 1, 1, 0, 0, 2, 2])], { mode });
      same('MirrorPad', [random(d, [], 1), nd('int32', [0, 2], [])], { mode });
    }
  }
});
test('what is wrong is told in the words of the reference kernel', () => {
  const a = f32([2, 2], [1, 2, 3, 4]);
  for (const [op, inputs, attrs] of [
    ['GatherV2', [a, vec(2), scalar('int32', 0)], {}], ['GatherV2', [a, vec(-1), scalar('int32', 1)], {}], ['GatherV2', [a, vec(0), scalar('int32', 2)], {}], ['GatherNd', [a, i32([1, 2], [0, 2])], {}], ['GatherNd', [a, i32([1, 3], [0, 0, 0])], {}],
    ['GatherV2', [a, nd('int64', [1], [2n ** 32n]), scalar('int32', 0)], {}],
    ['DynamicPartition', [a, vec(0, 2)], { num_partitions: 2 }], ['DynamicStitch', [vec(0, -1), a], {}], ['DynamicStitch', [vec(0), a], {}], ['OneHot', [vec(0), scalar('int32', -1), scalar('float32', 1), scalar('float32', 0)], {}],
    ['MirrorPad', [a, i32([2, 2], [2, 0, 0, 0])], { mode: 'REFLECT' }],
  ] as const) {
    const [got, want] = sameError(op, inputs, attrs);
    expect(want, op).not.toBe('no error');
    expect(got).toBe(want);
  }
});
test('indices and shapes are bookkeeping on the heap', () => {
  for (const d of ['int32', 'int64']) {
    same('InvertPermutation', [nd(d, [4], [2, 0, 3, 1])]);
    same('ConcatOffset', [scalar('int32', 1), vec(2, 3, 4), vec(2, 1, 4)]);
    same('BroadcastArgs', [nd(d, [3], [2, 1, 3]), nd(d, [2], [5, 1])]);
    same('BroadcastGradientArgs', [nd(d, [3], [2, 1, 3]), nd(d, [2], [5, 1])]);
    same('BroadcastGradientArgs', [nd(d, [0], []), nd(d, [1], [4])]);
  }
  for (const d of ['int32', 'int64', 'float32', 'float64', 'bfloat16']) {
    same('Range', [scalar(d, 2), scalar(d, 11), scalar(d, 3)]);
    same('Range', [scalar(d, 2), scalar(d, -11), scalar(d, -3)]);
    same('Range', [scalar(d, 2), scalar(d, 2), scalar(d, 1)]);
  }
  for (const d of ['float32', 'float64']) { same('LinSpace', [scalar(d, 0.1), scalar(d, 7), scalar('int32', 9)]); same('LinSpace', [scalar(d, 3), scalar(d, 7), scalar('int64', 1)]); }
  for (const d of DTYPES) {
    for (const out of INDEX) {
      same('Unique', [random(d, [23], 4)], { out_idx: nd(out, [], [0]).dtype });
      same('UniqueWithCounts', [nd(d, [6], [1, 0, 1, 1, 0, 1])], { out_idx: nd(out, [], [0]).dtype });
      same('ListDiff', [nd(d, [6], [1, 0, 1, 1, 0, 1]), nd(d, [1], [1])], { out_idx: nd(out, [], [0]).dtype });
    }
    same('Unique', [random(d, [0], 4)]);
  }
  for (const d of INTEGERS.slice(2, 4)) { same('CountUpTo', [scalar(d, 3)], { limit: 9 }); same('ResourceCountUpTo', [scalar(d, 3)], { limit: 9 }); }
  same('Assert', [scalar('bool', 1), f32([1], [2])], { summarize: 3 });
  const [got, want] = sameError('Assert', [scalar('bool', 0), f32([1], [2])], { summarize: 3 });
  expect([got, want]).toEqual([want, 'assertion failed: [2]']);
  same('NoOp', []);
});
