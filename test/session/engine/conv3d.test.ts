// Three-dimensional convolution of the `wasm` engine against the reference kernels.
import { expect, test } from 'vitest';
import type { NDArray } from '../../../src/graph/ndarray.ts';
import { f32, nd, randomF32, run, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

interface Case { readonly x: readonly number[]; readonly f: readonly number[]; readonly strides?: number[]; readonly dilations?: number[]; readonly padding?: string }
const CASES: readonly Case[] = [
  { x: [2, 4, 5, 6, 3], f: [3, 3, 3, 3, 4] }, { x: [1, 5, 4, 7, 2], f: [2, 3, 2, 2, 9], strides: [2, 1, 3], padding: 'VALID' }, { x: [1, 3, 3, 3, 5], f: [1, 1, 1, 5, 6] },
  { x: [1, 7, 6, 5, 1], f: [3, 2, 2, 1, 3], dilations: [2, 3, 1] }, { x: [2, 2, 2, 2, 4], f: [4, 3, 3, 4, 2], strides: [1, 2, 2] }, { x: [0, 3, 3, 3, 2], f: [2, 2, 2, 2, 3] }, { x: [1, 4, 9, 12, 16], f: [3, 3, 3, 16, 20], strides: [2, 2, 2] },
];
function each(first: boolean, c: Case, make: (shape: readonly number[], seed: number) => NDArray): void {
  const spread = (v: readonly number[] = [1, 1, 1]): number[] => (first ? [1, 1, ...v] : [1, ...v, 1]);
  const attrs = { data_format: first ? 'NCDHW' : 'NDHWC', strides: spread(c.strides), dilations: spread(c.dilations), padding: c.padding ?? 'SAME' };
  const x = make(first ? [c.x[0]!, c.x[4]!, ...c.x.slice(1, 4)] : c.x, 1), f = make(c.f, 2);
  same('Conv3D', [x, f], attrs);
  const dy = make(run('Conv3D', [x, f], attrs).shape, 3);
  same('Conv3DBackpropInputV2', [vec(...x.shape), f, dy], attrs);
  same('Conv3DBackpropFilterV2', [x, vec(...f.shape), dy], attrs);
}
const cast = (d: string, a: NDArray): NDArray => (d === 'float32' ? a : run('Cast', [a], { DstT: nd(d, [], [0]).dtype }));

test.each(['last', 'first'])('forward and both gradients, channels %s', (where) => {
  for (const c of CASES) for (const d of ['float32', 'float64', 'float16', 'bfloat16']) each(where === 'first', c, (shape, seed) => cast(d, randomF32(shape, seed)));
});
test('special values', () => { for (const c of CASES) for (const d of ['float32', 'float64']) each(false, c, (shape, seed) => random(d, shape, seed)); });

const SAME = { strides: [1, 1, 1, 1, 1], padding: 'SAME' };
test('contract: K = (plane, row, column, channel), padding taps are multiplied as +0', () => {
  const x = randomF32([1, 3, 2, 2, 2], 4), f = randomF32([3, 2, 1, 2, 1], 5), a = x.data as Float32Array, w = f.data as Float32Array;
  const want: number[] = [];
  for (let od = 0; od < 3; od++) for (let oh = 0; oh < 2; oh++) for (let ow = 0; ow < 2; ow++) {
    let acc = 0, k = 0;
    for (let i = 0; i < 3; i++) for (let j = 0; j < 2; j++) for (let c = 0; c < 2; c++) {
      const id = od + i - 1, ih = oh + j, v = id >= 0 && id < 3 && ih < 2 ? a[((id * 2 + ih) * 2 + ow) * 2 + c]! : 0;
      acc = Math.fround(acc + Math.fround(v * w[k++]!));
    }
    want.push(acc);
  }
  expect([...(run('Conv3D', [x, f], SAME).data as Float32Array)]).toEqual(want);
  const infinite = f32([3, 1, 1, 1, 1], [Infinity, 1, 1]);
  expect(run('Conv3D', [randomF32([1, 2, 1, 1, 1], 1), infinite], SAME).at(0, 0, 0, 0, 0)).toBeNaN();
});
test('one plane is the two-dimensional convolution', () => {
  const x = randomF32([2, 1, 6, 5, 3], 1), f = randomF32([1, 3, 3, 3, 4], 2);
  const flat = run('Conv2D', [x.reshape([2, 6, 5, 3]), f.reshape([3, 3, 3, 4])], { strides: [1, 1, 1, 1], padding: 'SAME' });
  expect([...(run('Conv3D', [x, f], SAME).data as Float32Array)]).toEqual([...(flat.data as Float32Array)]);
});
test('errors are the reference kernel\'s', () => {
  const x = randomF32([1, 2, 2, 2, 4], 1), f = randomF32([1, 1, 1, 2, 1], 2), dy = randomF32([1, 2, 2, 1, 1], 3);
  for (const [op, inputs] of [['Conv3D', [x, f]], ['Conv3D', [x, randomF32([1, 1, 1, 3, 1], 2)]], ['Conv3D', [randomF32([2, 2], 1), f]], ['Conv3DBackpropFilterV2', [x, vec(1, 1, 1, 4, 1), dy]]] as const) {
    const [got, want] = sameError(op, inputs, SAME);
    expect(want).not.toBe('no error');
    expect(got).toBe(want);
  }
});
