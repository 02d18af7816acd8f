// Depthwise convolution of the `wasm` engine against the reference kernels.
import { expect, test } from 'vitest';
import type { NDArray } from '../../../src/graph/ndarray.ts';
import { f32, nd, randomF32, run, vec } from '../kernels/helpers.ts';
import { random, same } from './compare.ts';

const cast = (d: string, a: NDArray): NDArray => (d === 'float32' ? a : run('Cast', [a], { DstT: nd(d, [], [0]).dtype }));
interface Case { readonly x: readonly number[]; readonly f: readonly number[]; readonly strides?: number[]; readonly dilations?: number[]; readonly padding?: string }
const CASES: readonly Case[] = [
  { x: [2, 7, 6, 3], f: [3, 3, 3, 1] }, { x: [1, 8, 9, 16], f: [3, 3, 16, 1], strides: [2, 2] }, { x: [2, 6, 5, 21], f: [2, 3, 21, 1], padding: 'VALID' }, { x: [2, 5, 6, 5], f: [3, 2, 5, 3], strides: [2, 1] },
  { x: [1, 9, 8, 4], f: [3, 3, 4, 2], dilations: [2, 3] }, { x: [2, 4, 5, 1], f: [3, 3, 1, 8] }, { x: [1, 4, 4, 8], f: [1, 1, 8, 2], strides: [3, 3] }, { x: [1, 3, 2, 4], f: [5, 5, 4, 1] }, { x: [0, 5, 5, 2], f: [3, 3, 2, 2] },
  { x: [1, 12, 11, 37], f: [3, 3, 37, 1], strides: [2, 2], padding: 'VALID' },
];
function each(layout: string, c: Case, make: (shape: readonly number[], seed: number) => NDArray): void {
  const nchw = layout === 'NCHW';
  const spatial = ([h, w]: readonly number[]): number[] => (nchw ? [1, 1, h!, w!] : [1, h!, w!, 1]);
  const attrs = { data_format: layout, strides: spatial(c.strides ?? [1, 1]), dilations: spatial(c.dilations ?? [1, 1]), padding: c.padding ?? 'SAME' };
  const x = make(nchw ? [c.x[0]!, c.x[3]!, c.x[1]!, c.x[2]!] : c.x, 1), f = make(c.f, 2);
  same('DepthwiseConv2dNative', [x, f], attrs);
  const dy = make(run('DepthwiseConv2dNative', [x, f], attrs).shape, 3);
  same('DepthwiseConv2dNativeBackpropInput', [vec(...x.shape), f, dy], attrs);
  same('DepthwiseConv2dNativeBackpropFilter', [x, vec(...f.shape), dy], attrs);
}

test.each(['NHWC', 'NCHW'])('forward and both gradients, %s', (layout) => {
  for (const c of CASES) for (const d of ['float32', 'float64', 'float16', 'bfloat16']) each(layout, c, (shape, seed) => cast(d, randomF32(shape, seed)));
});
test('special values', () => { for (const c of CASES) for (const d of ['float32', 'float64', 'float16']) each('NHWC', c, (shape, seed) => random(d, shape, seed)); });

test('contract: K = (kh, kw), padding taps are multiplied as +0', () => {
  const attrs = { strides: [1, 1, 1, 1], padding: 'SAME' };
  const x = randomF32([1, 3, 3, 1], 4), f = randomF32([3, 3, 1, 1], 5), a = x.data as Float32Array, w = f.data as Float32Array;
  const want: number[] = [];
  for (let oh = 0; oh < 3; oh++) for (let ow = 0; ow < 3; ow++) {
    let acc = 0;
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) {
      const ih = oh + i - 1, iw = ow + j - 1, v = ih >= 0 && ih < 3 && iw >= 0 && iw < 3 ? a[ih * 3 + iw]! : 0;
      acc = Math.fround(acc + Math.fround(v * w[i * 3 + j]!));
    }
    want.push(acc);
  }
  expect([...(run('DepthwiseConv2dNative', [x, f], attrs).data as Float32Array)]).toEqual(want);
  same('DepthwiseConv2dNative', [x, f], attrs);
  const infinite = f32([3, 3, 1, 1], [Infinity, 1, 1, 1, 1, 1, 1, 1, 1]);
  expect(run('DepthwiseConv2dNative', [x, infinite], attrs).at(0, 0, 0, 0)).toBeNaN();
});
test('contract: the input gradient adds (acc = 0; over the multiplier: acc += dy*w) with outputs ascending', () => {
  const attrs = { strides: [1, 1, 1, 1], padding: 'VALID' };
  const f = randomF32([1, 3, 1, 2], 6), dy = randomF32([1, 1, 4, 2], 7), w = f.data as Float32Array, g = dy.data as Float32Array;
  const want = Array.from({ length: 6 }, (_, iw) => {
    let dx = 0;
    for (let ow = 0; ow < 4; ow++) {
      const j = iw - ow;
      if (j < 0 || j > 2) continue;
      let acc = 0;
      for (let q = 0; q < 2; q++) acc = Math.fround(acc + Math.fround(g[2 * ow + q]! * w[2 * j + q]!));
      dx = Math.fround(dx + acc);
    }
    return dx;
  });
  const inputs = [vec(1, 1, 6, 1), f, dy];
  expect([...(run('DepthwiseConv2dNativeBackpropInput', inputs, attrs).data as Float32Array)]).toEqual(want);
  same('DepthwiseConv2dNativeBackpropInput', inputs, attrs);
});
