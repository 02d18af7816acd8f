// Kernels on a heap that grows while they run: every block they make may move the views that JavaScript has of the memory.
import { expect, test } from 'vitest';
import { Kit } from '../../../src/session/wasm/kit.ts';
import { OwnHeap } from '../../../src/session/wasm/heap.ts';
import { wasmKernels } from '../../../src/session/wasm/table.ts';
import type { NDArray } from '../../../src/graph/ndarray.ts';
import { expectBits, i32, nd, randomF32, runAll, scalar, stateful, vec } from '../kernels/helpers.ts';
import { type Attrs, nodeOf, random } from './compare.ts';

const N = 40_000, ids = i32([N], Array.from({ length: N }, (_, i) => (i * 7919) % 1000)), sorted = i32([N], Array.from({ length: N }, (_, i) => i >> 5));
const f32 = nd('float32', [], [0]).dtype, rows = randomF32([N, 3], 1), table = randomF32([1000, 3], 2), half = random('float16', [N], 3), one = scalar('float32', 1);
const CASES: readonly (readonly [string, readonly NDArray[], Attrs?])[] = [
  ['GatherV2', [table, ids, scalar('int32', 0)]], ['GatherNd', [table, ids.reshape([N, 1])]], ['Where', [random('bool', [N], 1)]], ['OneHot', [ids, scalar('int32', 30), one, scalar('float32', 0.5)]],
  ['DynamicPartition', [rows, i32([N], Array.from({ length: N }, (_, i) => i % 3))], { num_partitions: 3 }], ['DynamicStitch', [ids, rows]], ['Unique', [ids]], ['ListDiff', [ids, vec(1, 2)]],
  ['ScatterAdd', [table, ids, rows]], ['ScatterUpdate', [random('float16', [1000], 4), ids, half]], ['ScatterMul', [random('float16', [1000], 4), ids, half]], ['ScatterNd', [ids.reshape([N, 1]), rows, vec(1000, 3)]], ['TensorScatterSub', [table, ids.reshape([N, 1]), rows]],
  ['SparseApplyMomentum', [table, table, one, rows, ids, one]], ['SegmentMean', [half, sorted]], ['SegmentProd', [rows, sorted]], ['UnsortedSegmentMax', [rows, ids, scalar('int32', 1000)]], ['SparseSegmentMean', [table, ids, sorted]],
  ['RandomUniform', [vec(N)], { dtype: f32, seed: 1, seed2: 2 }], ['TruncatedNormal', [vec(N)], { dtype: half.dtype, seed: 1, seed2: 2 }], ['RandomStandardNormal', [vec(N)], { dtype: f32, seed: 1, seed2: 2 }], ['RandomShuffle', [rows], { seed: 1, seed2: 2 }],
  ['StatelessRandomNormal', [vec(N), vec(1, 2)], { dtype: f32 }], ['Cumsum', [half, scalar('int32', 0)], { reverse: true }], ['Cumprod', [rows, scalar('int32', 0)], { exclusive: true }], ['All', [random('bool', [200, 200], 1), vec(0)]], ['EuclideanNorm', [half, vec(0)]],
  ['MirrorPad', [rows, i32([2, 2], [9, 9, 1, 1])], { mode: 'REFLECT' }], ['MirrorPadGrad', [rows, i32([2, 2], [9, 9, 1, 1])], { mode: 'SYMMETRIC' }], ['Bitcast', [half], { type: nd('int16', [], [0]).dtype }], ['Roll', [rows, vec(5, 1), vec(0, 1)]], ['MatrixDiag', [randomF32([150], 1)]],
  ['SpaceToBatchND', [rows, vec(4), i32([1, 2], [3, 2])]], ['OnesLike', [rows]], ['ConjugateTranspose', [random('complex64', [100, 80], 1), vec(1, 0)]], ['Complex', [rows, rows]], ['TopKV2', [rows.reshape([1, 3 * N]), scalar('int32', 9)]],
];
test.each(CASES.map((c) => [c[0], c] as const))('%s', (_, [op, inputs, attrs = {}]) => {
  const kit = new Kit(new OwnHeap()), before = kit.heap.u8.length;
  const want = runAll(op, inputs, attrs);
  const x = kit.call(() => inputs.map((v) => kit.write(v)))!;
  const out = kit.call(() => wasmKernels.get(op)!(kit, x, nodeOf(op, inputs, attrs), stateful()));
  expect(out).toBeDefined();
  expect(kit.heap.u8.length).toBeGreaterThan(before);
  out!.forEach((v, i) => { expectBits(kit.read(v), want[i]!); kit.release(v); });
  for (const v of x) kit.release(v);
  expect(kit.memory).toEqual({ tensors: 0, bytes: 0 });
});
