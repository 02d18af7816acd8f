// Reductions, bias gradients, softmax and cross-entropies of the `wasm` engine against the reference kernels.
import { expect, test } from 'vitest';
import { f32, nd, NUMERIC, randomF32, run, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';
import type { NDArray } from '../../../src/graph/ndarray.ts';

const FLOATS = ['float16', 'bfloat16', 'float32', 'float64'];

test('contract: blocks of 1,024 terms in eight lanes, joined pairwise', () => {
  const n = 5 * 1024 + 77, x = randomF32([n], 3), v = x.data as Float32Array, f = Math.fround;
  const blocks: number[] = [];
  for (let b = 0; b < n; b += 1024) {
    const l = new Float32Array(8);
    for (let i = b; i < Math.min(n, b + 1024); i++) l[i & 7] = l[i & 7]! + v[i]!;
    blocks.push(f(f(f(l[0]! + l[4]!) + f(l[2]! + l[6]!)) + f(f(l[1]! + l[5]!) + f(l[3]! + l[7]!))));
  }
  let level = blocks;
  while (level.length > 1) level = level.flatMap((a, i) => (i % 2 === 1 ? [] : i + 1 < level.length ? [f(a + level[i + 1]!)] : [a]));
  expect(run('Sum', [x, vec(0)]).item()).toBe(level[0]);
  same('Sum', [x, vec(0)]);
});

const SHAPES: [number[], number[]][] = [
  [[], []], [[1], [0]], [[7], [0]], [[9, 5], [0]], [[9, 5], [1]], [[9, 5], [0, 1]], [[9, 5], []], [[3, 4, 17], [1]], [[3, 4, 2], [1]], [[3, 4, 5, 6], [0, 2]], [[3, 4, 5, 6], [-1, 1]],
  [[2, 3, 4, 5], [0, 1, 2]], [[2, 3, 4, 5], [1, 2]], [[2, 3, 1, 5, 2, 2], [0, 2, 4]], [[0, 5], [0]], [[0, 5], [1]], [[5, 0], [1]], [[1030, 3], [0]], [[2100, 5], [0]], [[3, 2049], [1]], [[2, 1500, 6], [0, 1]], [[1, 6], [0]],
];
test.each(['Sum', 'Prod', 'Max', 'Min', 'Mean'])('%s over any axes, every dtype', (op) => {
  for (const [shape, axes] of SHAPES) {
    for (const d of NUMERIC) {
      const narrow = /int(8|16)$/.test(d), empty = shape.some((s, i) => s === 0 && axes.includes(i));
      if ((op === 'Max' || op === 'Min') && narrow && empty) continue;
      for (const keep of [false, true]) same(op, [random(d, shape, 5), vec(...axes)], { keep_dims: keep });
    }
  }
});
test('complex numbers over any axes', () => {
  for (const [shape, axes] of SHAPES) for (const d of ['complex64', 'complex128']) {
    for (const op of ['Sum', 'Mean', 'Prod']) same(op, [random(d, shape, 5), vec(...axes)]);
    same('Prod', [unitCircle(d, shape), vec(...axes)], { keep_dims: true });
  }
});
/** Complex numbers whose products neither vanish nor overflow. */
const unitCircle = (d: string, shape: readonly number[]): NDArray => nd(d, shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => [Math.cos(i * i), Math.sin(i * i)] as const));
test('means of small integers: the number of terms is one of them', () => {
  const ascending = (d: string, n: number): NDArray => nd(d, [n], Array.from({ length: n }, (_, i) => i));
  for (const [d, want] of [['int8', 1], ['uint8', 1], ['int16', -68], ['uint16', 149], ['int32', 149]] as const) {
    same('Mean', [ascending(d, 300), vec(0)]);
    expect([d, run('Mean', [ascending(d, 300), vec(0)]).item()]).toEqual([d, want]);
  }
  const [got, want] = sameError('Mean', [ascending('int8', 512), vec(0)]);
  expect([got, want]).toEqual(Array.from({ length: 2 }, () => 'Integer division by zero'));
});
test('contract: Max keeps the first of two zeros and skips NaN', () => {
  for (const d of ['float32', 'float64']) {
    for (const row of [[-0, 0, -1], [0, -0], [-3, -2, -0, 0, -0, 0, 0, 0, 0, 0], [NaN, NaN], [NaN, -Infinity], [NaN, 1, NaN], [-1, -2, -3, -4, -5, -0, 0, -0, 0]]) {
      for (const op of ['Max', 'Min']) { same(op, [nd(d, [row.length], row), vec(0)]); same(op, [nd(d, [row.length, 2], row.flatMap((v) => [v, -v])), vec(0)]); }
    }
  }
});
test('bias gradients in both layouts', () => {
  for (const d of NUMERIC) {
    for (const shape of [[3, 4], [2, 3, 4, 5], [40, 9, 9, 6], [2, 1, 3, 1]]) for (const data_format of ['NHWC', 'NCHW']) if (data_format === 'NHWC' || shape.length > 2) same('BiasAddGrad', [random(d, shape, 1)], { data_format });
  }
});
test('half the sum of squares', () => { for (const d of FLOATS) for (const shape of [[], [1], [37], [3, 700], [0, 2]]) same('L2Loss', [random(d, shape, 1)]); });
test.each(['ArgMax', 'ArgMin'])('%s', (op) => {
  for (const d of NUMERIC) {
    for (const [shape, axis] of [[[1], 0], [[9], 0], [[7, 10], 1], [[7, 10], 0], [[3, 4, 5], -2]] as const) {
      same(op, [random(d, shape, 4), vec(axis).reshape([])]);
      same(op, [random(d, shape, 8), vec(axis).reshape([])], { output_type: vec().dtype });
    }
  }
  const few = (n: number): number[] => Array.from({ length: n }, (_, k) => [0, -0, 1, 1, -1, NaN, 2, NaN, 2, 0, NaN][(k * 7) % 11]!);
  for (const n of [1, 3, 4, 5, 8, 9, 31]) for (const d of ['float32', 'float64', 'float16']) same(op, [nd(d, [6, n], few(6 * n)), vec(1).reshape([])]);
  for (const n of [4, 12]) same(op, [f32([2, n], Array.from({ length: 2 * n }, () => NaN)), vec(1).reshape([])]);
  same(op, [f32([3, 3], [NaN, 1, 2, NaN, NaN, NaN, 1, NaN, 1]), vec(1).reshape([])]);
});
test('softmax family', () => {
  for (const d of FLOATS) {
    for (const shape of [[1], [5, 10], [7, 1], [3, 33], [2, 3, 4]]) { same('Softmax', [random(d, shape, 1)]); same('LogSoftmax', [random(d, shape, 2)]); }
    for (const [a, b] of [[[6, 10], [6, 10]], [[1, 4], [5, 4]], [[5, 4], [5, 1]]] as const) same('SoftmaxCrossEntropyWithLogits', [random(d, a, 1), random(d, b, 2)]);
    same('SparseSoftmaxCrossEntropyWithLogits', [random(d, [6, 10], 1), vec(0, 9, 3, 3, 1, 5)]);
    same('SparseSoftmaxCrossEntropyWithLogits', [random(d, [2, 3], 1), nd('int64', [2], [2, 0])]);
  }
  // More rows than are worked on at a time, rows that do not end with a group of four, a row longer than a part.
  for (const shape of [[37, 1001], [9, 4099], [2, 70_001]] as const) {
    const x = random('float32', shape, 1), labels = random('int32', [shape[0]], 2).data as Int32Array;
    same('Softmax', [x]);
    same('LogSoftmax', [x]);
    same('SoftmaxCrossEntropyWithLogits', [x, random('float32', shape, 2)]);
    same('SparseSoftmaxCrossEntropyWithLogits', [x, vec(...Array.from(labels, (v) => Math.abs(v) % shape[1]))]);
  }
  same('Softmax', [f32([2, 3], [1, 2, 3, -1000, 0, 1000])]);
});
