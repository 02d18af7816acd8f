// Matrix products and convolutions of the `wasm` engine against the reference kernels.
import { describe, expect, test } from 'vitest';
import { f32, nd, NUMERIC, randomF32, run, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';
import type { NDArray } from '../../../src/graph/ndarray.ts';

const small = (d: string, shape: readonly number[], seed: number): NDArray => (d === 'float32' ? randomF32(shape, seed) : run('Cast', [randomF32(shape, seed, -9, 9)], { DstT: nd(d, [], [0]).dtype }));

describe('matmul', () => {
  test('contract: acc = 0; for k ascending: acc = round(acc + round(a*b))', () => {
    const [M, K, N] = [5, 700, 11], a = randomF32([M, K], 1), b = randomF32([K, N], 2);
    const x = a.data as Float32Array, y = b.data as Float32Array;
    const out = new Float32Array(M * N);
    for (let i = 0; i < M; i++) for (let j = 0; j < N; j++) { let acc = 0; for (let k = 0; k < K; k++) acc = Math.fround(acc + Math.fround(x[i * K + k]! * y[k * N + j]!)); out[i * N + j] = acc; }
    expect([...(run('MatMul', [a, b]).data as Float32Array)]).toEqual([...out]);
    same('MatMul', [a, b]);
  });
  test('all transposed forms, odd sizes, every dtype', () => {
    const sizes = [[1, 1, 1], [4, 8, 8], [3, 5, 7], [1, 33, 9], [17, 1, 1], [9, 6, 16], [100, 13, 21], [97, 513, 8], [5, 1030, 19], [131, 260, 13], [6, 259, 12], [2, 0, 3], [0, 3, 2], [3, 2, 0]];
    for (const [M, K, N] of sizes as [number, number, number][]) {
      for (const ta of [false, true]) {
        for (const tb of [false, true]) {
          const shapes = [ta ? [K, M] : [M, K], tb ? [N, K] : [K, N]] as const;
          for (const d of M * K * N < 20000 ? NUMERIC : ['float32', 'float64']) same('MatMul', [small(d, shapes[0], 1), small(d, shapes[1], 2)], { transpose_a: ta, transpose_b: tb });
        }
      }
    }
  });
  test('more columns and a greater depth than are packed at a time', () => {
    for (const [M, K, N] of [[66, 390, 530], [130, 3, 1027]] as const) for (const d of ['float32', 'float64', 'int32']) for (const tb of [false, true]) same('MatMul', [small(d, [M, K], 1), small(d, tb ? [N, K] : [K, N], 2)], { transpose_b: tb });
  });
  test('one row or one column: every number of lines at an end, all transposed forms', () => {
    for (const d of ['float32', 'float64', 'int32', 'int64', 'float16']) {
      for (const [n, K] of [[61, 70], [62, 69], [63, 68], [64, 71], [75, 67]] as const) {
        for (const transpose of [false, true]) {
          same('MatMul', [small(d, [1, K], 1), small(d, transpose ? [n, K] : [K, n], 2)], { transpose_b: transpose });
          same('MatMul', [small(d, transpose ? [K, n] : [n, K], 1), small(d, [K, 1], 2)], { transpose_a: transpose });
        }
      }
    }
    for (const K of [1, 2, 3]) same('MatMul', [small('float32', [4101, K], 1), small('float32', [K, 1], 2)]);
    same('BatchMatMul', [small('float32', [3, 1, 70], 1), small('float32', [3, 70, 63], 2)]);
    same('BatchMatMul', [small('float32', [3, 70, 63], 1), small('float32', [3, 63, 1], 2)]);
    same('MatMul', [small('float32', [1, 5000], 1), small('float32', [5000, 1], 2)]);
  });
  test('special values', () => { for (const d of ['float32', 'float64', 'float16', 'bfloat16']) same('MatMul', [random(d, [9, 14], 1), random(d, [14, 10], 2)]); });
  test('complex numbers: four products and two sums, each rounded; adjoints conjugate', () => {
    for (const d of ['complex64', 'complex128']) for (const ta of [false, true]) for (const tb of [false, true]) for (const [M, K, N] of [[1, 1, 1], [3, 5, 4], [7, 40, 9], [2, 3, 1], [4, 0, 3]] as const) {
      const a = random(d, ta ? [K, M] : [M, K], 1), b = random(d, tb ? [N, K] : [K, N], 2);
      same('MatMul', [a, b], { transpose_a: ta, transpose_b: tb });
      const many = (v: NDArray, n: number, seed: number): NDArray => random(d, [n, ...v.shape], seed);
      same('BatchMatMul', [many(a, 3, 3), many(b, 3, 4)], { adj_x: ta, adj_y: tb });
      same('BatchMatMulV2', [random(d, [2, 1, ...a.shape], 5), many(b, 3, 6)], { adj_x: ta, adj_y: tb });
    }
  });
  test('batches, broadcast', () => {
    for (const d of ['float32', 'float64', 'int32', 'int64', 'float16']) {
      same('BatchMatMul', [small(d, [2, 3, 4, 5], 1), small(d, [2, 3, 5, 6], 2)]);
      same('BatchMatMul', [small(d, [4, 5, 3], 1), small(d, [4, 7, 5], 2)], { adj_x: true, adj_y: true });
      same('BatchMatMulV2', [small(d, [3, 1, 4, 5], 1), small(d, [2, 5, 6], 2)]);
      same('BatchMatMulV2', [small(d, [0, 4, 5], 1), small(d, [5, 6], 2)]);
      same('BatchMatMulV2', [small(d, [7, 4, 5], 1), small(d, [5, 6], 2)]);
      same('BatchMatMulV2', [small(d, [7, 5, 4], 1), small(d, [5, 6], 2)], { adj_x: true });
      same('BatchMatMulV2', [small(d, [9, 11], 1), small(d, [2, 3, 11, 13], 2)]);
      same('BatchMatMulV2', [small(d, [2, 1, 3, 9, 11], 1), small(d, [4, 1, 11, 13], 2)]);
    }
  });
});

interface Case { readonly x: readonly number[]; readonly f: readonly number[]; readonly strides?: number[]; readonly dilations?: number[]; readonly padding?: string; readonly explicit?: number[] }
const CASES: readonly Case[] = [
  { x: [2, 7, 6, 3], f: [3, 3, 3, 4] }, { x: [2, 8, 8, 1], f: [3, 3, 1, 9], strides: [2, 2] }, { x: [1, 9, 7, 5], f: [3, 2, 5, 7], strides: [2, 1], padding: 'VALID' },
  { x: [2, 11, 10, 4], f: [3, 3, 4, 8], dilations: [2, 3] }, { x: [1, 5, 5, 2], f: [5, 5, 2, 3], strides: [3, 3] }, { x: [3, 6, 6, 16], f: [1, 1, 16, 8] },
  { x: [2, 6, 5, 8], f: [1, 1, 8, 3], strides: [2, 2] }, { x: [1, 4, 9, 2], f: [4, 1, 2, 2], padding: 'EXPLICIT', explicit: [0, 0, 2, 1, 0, 3, 0, 0] }, { x: [0, 5, 5, 2], f: [3, 3, 2, 4] },
  { x: [2, 33, 40, 24], f: [3, 3, 24, 20], strides: [2, 2] },
  // Rows of windows that are whole tiles: several images at a time, rows of one, one row longer than a block, padded and not.
  { x: [5, 9, 11, 16], f: [3, 3, 16, 7], strides: [2, 2] }, { x: [2, 26, 21, 16], f: [3, 2, 16, 5], dilations: [2, 1], padding: 'VALID' }, { x: [1, 5, 410, 16], f: [3, 1, 16, 3] },
  // Images two by two: an odd number of them, windows that reach over every border, zeros that no window and windows that no pixel is under, several blocks of taps.
  { x: [3, 7, 9, 16], f: [3, 3, 16, 32] }, { x: [4, 8, 8, 32], f: [3, 3, 32, 16], strides: [2, 2] }, { x: [5, 9, 10, 16], f: [5, 4, 16, 16], strides: [3, 2], dilations: [2, 1] },
  { x: [2, 4, 3, 16], f: [2, 3, 16, 16], strides: [1, 2], padding: 'EXPLICIT', explicit: [0, 0, 5, 3, 4, 6, 0, 0] }, { x: [2, 9, 8, 16], f: [2, 2, 16, 16], strides: [3, 3], padding: 'VALID' },
  { x: [2, 6, 6, 144], f: [3, 3, 144, 16] }, { x: [3, 5, 6, 16], f: [3, 3, 16, 16], dilations: [2, 2] },
  // Small windows, channels of the output whole tiles.
  { x: [3, 21, 20, 1], f: [3, 3, 1, 32], strides: [2, 1] }, { x: [2, 9, 12, 2], f: [3, 2, 2, 16], dilations: [3, 1], padding: 'VALID' },
  // Sums over channels that are not finished in one go.
  { x: [2, 4, 3, 5], f: [2, 2, 5, 390] },
];
test('many small products, more than are packed at a time', () => {
  for (const [n, M, K, N] of [[700, 8, 8, 8], [300, 7, 9, 5], [90, 33, 40, 30], [9, 130, 270, 20]] as const) {
    for (const adj of [false, true]) same('BatchMatMul', [randomF32(adj ? [n, K, M] : [n, M, K], 1), randomF32(adj ? [n, N, K] : [n, K, N], 2)], { adj_x: adj, adj_y: adj });
  }
});

describe('conv2d', () => {
  test.each(['NHWC', 'NCHW'])('forward and both gradients, %s', (layout) => {
    for (const c of CASES) {
      for (const d of ['float32', 'float64', 'float16', 'bfloat16']) {
        const nchw = layout === 'NCHW';
        const spatial = (v: readonly number[] | undefined): number[] => { const [h, w] = v ?? [1, 1]; return nchw ? [1, 1, h!, w!] : [1, h!, w!, 1]; };
        const pads = c.explicit && (nchw ? [0, 0, 0, 0, ...c.explicit.slice(2, 6)] : c.explicit);
        const attrs = { data_format: layout, strides: spatial(c.strides), dilations: spatial(c.dilations), padding: c.padding ?? 'SAME', ...(pads ? { explicit_paddings: pads } : {}) };
        const shape = (s: readonly number[]): number[] => (nchw ? [s[0]!, s[3]!, s[1]!, s[2]!] : [...s]);
        const x = small(d, shape(c.x), 1), f = small(d, c.f, 2);
        same('Conv2D', [x, f], attrs);
        const y = run('Conv2D', [x, f], attrs);
        const dy = small(d, y.shape, 3);
        same('Conv2DBackpropInput', [vec(...x.shape), f, dy], attrs);
        same('Conv2DBackpropFilter', [x, vec(...f.shape), dy], attrs);
      }
    }
  });
  test('contract: padding taps are multiplied as +0', () => {
    const attrs = { strides: [1, 1, 1, 1], padding: 'SAME' };
    const f = f32([3, 3, 1, 1], [Infinity, 1, 1, 1, 1, 1, 1, 1, 1]);
    same('Conv2D', [randomF32([1, 4, 4, 1], 1), f], attrs);
    expect(Number(run('Conv2D', [randomF32([1, 4, 4, 1], 1), f], attrs).at(0, 0, 0, 0))).toBeNaN();
    same('Conv2D', [random('float32', [2, 5, 5, 3], 1), random('float32', [3, 3, 3, 5], 2)], attrs);
    same('Conv2DBackpropInput', [vec(2, 5, 5, 3), random('float32', [3, 3, 3, 5], 2), random('float32', [2, 5, 5, 5], 3)], attrs);
    same('Conv2DBackpropFilter', [random('float32', [2, 5, 5, 3], 1), vec(3, 3, 3, 5), random('float32', [2, 5, 5, 5], 3)], attrs);
    for (const strides of [[1, 1, 1, 1], [1, 2, 2, 1]]) for (const x of [[3, 6, 7, 16], [2, 5, 4, 16]] as const) {
      const wide = { strides, padding: 'SAME' }, filters = random('float32', [3, 3, 16, 16], 2), dy = random('float32', run('Conv2D', [randomF32(x, 1), randomF32([3, 3, 16, 16], 2)], wide).shape, 3);
      for (const w of [filters, f32([3, 3, 16, 16], Array.from({ length: 9 * 256 }, (_, i) => (i === 8 * 256 ? Infinity : i === 1 ? NaN : i === 5 * 256 + 7 ? -Infinity : i % 7 - 3)))]) same('Conv2D', [randomF32(x, 1), w], wide);
      same('Conv2DBackpropInput', [vec(...x), filters, dy], wide);
      same('Conv2DBackpropFilter', [random('float32', x, 1), vec(3, 3, 16, 16), dy], wide);
      const one = randomF32(dy.shape, 4), last = one.data as Float32Array;
      last[last.length - 3] = Infinity;
      last[2] = NaN;
      same('Conv2DBackpropFilter', [randomF32(x, 1), vec(3, 3, 16, 16), one], wide);
    }
  });
  test('groups of channels are refused as TensorFlow\'s CPU refuses them', () => {
    const x = randomF32([1, 4, 4, 4], 1), f = randomF32([3, 3, 2, 6], 2), dy = randomF32([1, 4, 4, 6], 3), attrs = { strides: [1, 1, 1, 1], padding: 'SAME' };
    for (const [op, inputs] of [['Conv2D', [x, f]], ['Conv2DBackpropInput', [vec(1, 4, 4, 4), f, dy]], ['Conv2DBackpropFilter', [x, vec(3, 3, 2, 6), dy]]] as const) {
      const [got, want] = sameError(op, inputs, attrs);
      expect(want).toBe(`The ${op} op currently does not support grouped convolutions on the CPU. A grouped convolution was attempted to be run because the input depth of 4 does not match the filter input depth of 2`);
      expect(got).toBe(want);
    }
  });
});
