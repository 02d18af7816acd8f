// Segments of rows on the `wasm` engine against the reference kernels: every op and dtype, rows of every rest of a group
// of four, places without rows, ids in any order. And what is counted or sorted on the heap.
import { expect, test } from 'vitest';
import { f32, INTEGERS, i32, nd, NUMERIC, REAL_FLOATS, run, scalar, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

const COMPLEX = ['complex64', 'complex128'];
const ROWS = [1, 2, 3, 4, 5, 7, 8, 13];

test.each(['SegmentSum', 'SegmentProd', 'SegmentMin', 'SegmentMax', 'SegmentMean'])('%s', (op) => {
  for (const d of [...NUMERIC, ...(op === 'SegmentSum' || op === 'SegmentProd' ? COMPLEX : [])]) {
    for (const row of ROWS) same(op, [random(d, [7, row], 1), vec(0, 0, 2, 2, 2, 5, 6)]);
    same(op, [random(d, [4], 1), nd('int64', [4], [1, 1, 1, 3])]);
    same(op, [random(d, [3, 2, 1, 2, 1, 3], 1), vec(0, 1, 1)]);
    same(op, [random(d, [0, 3], 1), nd('int32', [0], [])]);
    same(op, [random(d, [2, 0], 1), vec(0, 2)]);
  }
});
test.each(['UnsortedSegmentSum', 'UnsortedSegmentProd', 'UnsortedSegmentMin', 'UnsortedSegmentMax'])('%s', (op) => {
  for (const d of [...NUMERIC, ...(op === 'UnsortedSegmentSum' || op === 'UnsortedSegmentProd' ? COMPLEX : [])]) {
    for (const row of ROWS) same(op, [random(d, [6, row], 1), vec(3, -1, 0, 3, 3, 0), scalar('int32', 5)]);
    same(op, [random(d, [2, 3, 2], 1), nd('int64', [2, 3], [1, 0, 1, -5, 2, 1]), scalar('int32', 3)]);
    same(op, [random(d, [], 1), scalar('int32', 1), scalar('int32', 3)]);
    same(op, [random(d, [0, 2], 1), nd('int32', [0], []), scalar('int64', 3)]);
    same(op, [random(d, [2, 2], 1), vec(-1, -1), scalar('int32', 0)]);
  }
});
test.each(['Sum', 'Mean', 'SqrtN'])('SparseSegment%s', (kind) => {
  for (const d of kind === 'Sum' ? NUMERIC : ['float32', 'float64']) {
    for (const row of ROWS) {
      same(`SparseSegment${kind}`, [random(d, [5, row], 1), vec(4, 0, 0, 2, 4, 1), vec(0, 0, 0, 2, 2, 3)]);
      same(`SparseSegment${kind}WithNumSegments`, [random(d, [5, row], 1), vec(4, 0, 0, 2, 4, 1), vec(0, 0, 0, 2, 2, 3), scalar('int32', 6)]);
    }
    same(`SparseSegment${kind}`, [random(d, [5], 1), nd('int64', [3], [4, 0, 4]), vec(0, 1, 1)]);
    same(`SparseSegment${kind}`, [random(d, [5, 2], 1), nd('int32', [0], []), nd('int32', [0], [])]);
  }
  if (kind === 'Sum') return;
  for (const d of ['float32', 'float64']) for (const row of ROWS) same(`SparseSegment${kind}Grad`, [random(d, [4, row], 1), vec(4, 0, 0, 2, 4, 1), vec(0, 0, 0, 2, 2, 3), scalar('int32', 6)]);
});
test('a NaN wins in the order of unsorted extremes: the later row comes first', () => {
  const ids = vec(0, 0), one = scalar('int32', 1);
  expect(run('UnsortedSegmentMax', [f32([2], [NaN, 1]), ids, one]).flat(0)).toBe(1);
  expect(run('UnsortedSegmentMax', [f32([2], [1, NaN]), ids, one]).flat(0)).toBeNaN();
  same('UnsortedSegmentMax', [f32([2], [1, NaN]), ids, one]);
});
test('sorted and counted on the heap', () => {
  for (const d of [...INTEGERS, ...REAL_FLOATS]) {
    const x = nd(d, [2, 5], [3, 1, 3, 2, 0, 1, 1, 4, 4, 2]);
    for (const k of [0, 1, 2, 5]) { same('TopKV2', [x, scalar('int32', k)], { sorted: true }); same('TopK', [x], { k, sorted: true }); }
    same('TopKV2', [random(d, [3, 0], 1), scalar('int32', 0)]);
  }
  for (const d of ['int32', 'int64', 'float32', 'float64']) {
    same('Bincount', [vec(1, 3, 1, 9), scalar('int32', 5), nd(d, [0], [])]);
    same('Bincount', [i32([2, 2], [1, 3, 1, 0]), scalar('int32', 5), nd(d, [2, 2], [1, 2, 3, 4])]);
    for (const out of ['int32', 'int64']) same('HistogramFixedWidth', [nd(d, [6], [-1, 0, 2, 5, 4, 9]), nd(d, [2], [0, 5]), scalar('int32', 5)], { dtype: nd(out, [], [0]).dtype });
  }
  for (const d of [...NUMERIC, ...COMPLEX, 'bool']) {
    same('UniqueV2', [random(d, [6], 1), nd('int64', [0], [])]);
    for (const axis of [0, 1, -1]) same('UniqueWithCountsV2', [nd(d, [3, 2], [1, 0, 1, 0, 0, 0]), vec(axis)]);
  }
  same('InTopK', [f32([2, 3], [1, 2, 3, 3, 2, 1]), vec(2, 2)], { k: 2 });
});
test('what is wrong is told in the words of the reference kernel', () => {
  const a = f32([3, 2], [1, 2, 3, 4, 5, 6]), num = scalar('int32', 2);
  for (const [op, inputs, attrs] of [
    ['SegmentSum', [a, vec(0, 2, 1)], {}], ['SegmentMean', [a, vec(0, 2)], {}], ['UnsortedSegmentSum', [a, vec(0, 1, 2), num], {}], ['UnsortedSegmentMax', [a, vec(0, 1), num], {}],
    ['SparseSegmentSum', [a, vec(3), vec(0)], {}], ['SparseSegmentMean', [a, vec(1), vec(0, 1)], {}], ['SparseSegmentSumWithNumSegments', [a, vec(1), vec(2), num], {}], ['SparseSegmentMean', [i32([1], [1]), vec(0), vec(0)], {}],
    ['SparseSegmentMeanGrad', [a, vec(2), vec(0), num], {}], ['TopKV2', [a, scalar('int32', 3)], {}], ['Bincount', [vec(-1), num, f32([0], [])], {}], ['HistogramFixedWidth', [a, f32([2], [1, 1]), num], {}], ['UniqueV2', [a, vec(2)], {}],
  ] as const) {
    const [got, want] = sameError(op, inputs, attrs);
    expect(want, op).not.toBe('no error');
    expect(got).toBe(want);
  }
});
