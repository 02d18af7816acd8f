// Pooling of the `wasm` engine against the reference kernels.
import { describe, expect, test } from 'vitest';
import { f32, i32, nd, run, runAll, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';
import type { NDArray } from '../../../src/graph/ndarray.ts';

const FLOATS = ['float16', 'bfloat16', 'float32', 'float64'], INTEGERS = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'int64'];
/** The input, channels last, and window, strides. */
interface Case { readonly x: readonly number[]; readonly ksize: readonly number[]; readonly strides: readonly number[]; readonly padding: string }
const IMAGES: readonly Case[] = [
  { x: [2, 6, 7, 5], ksize: [2, 2], strides: [2, 2], padding: 'VALID' }, { x: [2, 7, 5, 8], ksize: [3, 3], strides: [2, 2], padding: 'SAME' },
  { x: [1, 9, 9, 1], ksize: [3, 2], strides: [1, 2], padding: 'SAME' }, { x: [3, 4, 4, 3], ksize: [4, 4], strides: [1, 1], padding: 'VALID' },
  { x: [2, 9, 8, 4], ksize: [3, 3], strides: [1, 1], padding: 'SAME' }, { x: [1, 7, 7, 6], ksize: [5, 5], strides: [2, 3], padding: 'SAME' }, { x: [1, 8, 9, 3], ksize: [6, 5], strides: [1, 2], padding: 'SAME' },
];
const VOLUMES: readonly Case[] = [
  { x: [2, 4, 5, 3, 5], ksize: [2, 2, 2], strides: [2, 2, 1], padding: 'VALID' }, { x: [1, 5, 4, 6, 4], ksize: [3, 2, 3], strides: [2, 1, 2], padding: 'SAME' }, { x: [1, 3, 3, 3, 9], ksize: [3, 3, 3], strides: [1, 1, 1], padding: 'SAME' },
];
function setUp(c: Case, first: boolean): { attrs: Record<string, string | number[]>; shape: number[] } {
  const spread = (v: readonly number[]): number[] => (first ? [1, 1, ...v] : [1, ...v, 1]);
  const volume = c.x.length === 5, n = c.x.length - 1;
  return {
    attrs: { data_format: volume ? (first ? 'NCDHW' : 'NDHWC') : first ? 'NCHW' : 'NHWC', ksize: spread(c.ksize), strides: spread(c.strides), padding: c.padding },
    shape: first ? [c.x[0]!, c.x[n]!, ...c.x.slice(1, n)] : [...c.x],
  };
}
/** Few values, so that there are ties. */
const tied = (d: string, shape: readonly number[]): NDArray => nd(d, shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7919) % 13) % 3));

describe.each(['last', 'first'])('channels %s', (where) => {
  test.each([['images', IMAGES, ''], ['volumes', VOLUMES, '3D']] as const)('%s: pools, gradients and theirs', (_, cases, kind) => {
    for (const c of cases) {
      const { attrs, shape } = setUp(c, where === 'first');
      for (const d of FLOATS) for (const x of [random(d, shape, 1), tied(d, shape)]) {
        same(`MaxPool${kind}`, [x], attrs);
        same(`AvgPool${kind}`, [x], attrs);
        const y = run(`MaxPool${kind}`, [x], attrs), dy = random(d, y.shape, 2);
        same(`AvgPool${kind}Grad`, [vec(...shape), dy], attrs);
        same(`MaxPool${kind}Grad`, [x, y, dy], attrs);
        same(`MaxPool${kind}GradGrad`, [x, y, random(d, shape, 3)], attrs);
      }
    }
  });
});
test('max pools of integers, gradients and theirs', () => {
  for (const c of IMAGES) for (const first of [false, true]) {
    const { attrs, shape } = setUp(c, first);
    for (const d of INTEGERS) for (const x of [random(d, shape, 1), tied(d, shape)]) {
      same('MaxPool', [x], attrs);
      const y = run('MaxPool', [x], attrs);
      same('MaxPoolGrad', [x, y, random(d, y.shape, 2)], attrs);
      same('MaxPoolGradGrad', [x, y, random(d, shape, 3)], attrs);
    }
  }
});
test('windows as inputs', () => {
  for (const c of IMAGES) {
    const { attrs: { ksize, strides, ...attrs }, shape } = setUp(c, false);
    const x = random('float32', shape, 1), sizes = [vec(...ksize as number[]), vec(...strides as number[])];
    same('MaxPoolV2', [x, ...sizes], attrs);
    const y = run('MaxPoolV2', [x, ...sizes], attrs);
    same('MaxPoolGradV2', [x, y, random('float32', y.shape, 2), ...sizes], attrs);
    same('MaxPoolGradGradV2', [x, y, random('float32', shape, 3), ...sizes], attrs);
  }
});
test('with the place of each maximum', () => {
  for (const c of IMAGES) {
    const { attrs: { data_format: _, ...plain }, shape } = setUp(c, false);
    for (const d of [...FLOATS, ...INTEGERS]) for (const x of [random(d, shape, 1), tied(d, shape)]) for (const include_batch_in_index of [false, true]) for (const Targmax of ['int32', 'int64']) {
      const attrs = { ...plain, include_batch_in_index, Targmax: nd(Targmax, [0], []).dtype };
      same('MaxPoolWithArgmax', [x], attrs);
      const [y, argmax] = runAll('MaxPoolWithArgmax', [x], attrs);
      same('MaxPoolGradWithArgmax', [x, random(d, y!.shape, 2), argmax!], attrs);
    }
  }
});

const SQUARE = { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' };
test('contract: an all-zero window sends the gradient to its first element', () => {
  const x = f32([1, 2, 2, 1], [0, 0, 0, 0]), g = f32([1, 1, 1, 1], [5]);
  same('MaxPoolGrad', [x, g, g], SQUARE);
  expect([...(run('MaxPoolGrad', [x, g, g], SQUARE).data as Float32Array)]).toEqual([5, 0, 0, 0]);
});
test('contract: the gradient of the gradient takes the first element equal to the maximum', () => {
  const x = f32([1, 2, 2, 1], [1, 3, 3, 2]), y = f32([1, 1, 1, 1], [3]), g = f32([1, 2, 2, 1], [10, 20, 30, 40]);
  expect([...(run('MaxPoolGradGrad', [x, y, g], SQUARE).data as Float32Array)]).toEqual([20]);
  expect([...(run('MaxPoolGradGrad', [x, f32([1, 1, 1, 1], [7]), g], SQUARE).data as Float32Array)]).toEqual([0]);
});
test('three-dimensional max pooling: all elements within 1e-5 of the maximum get the gradient', () => {
  const attrs = { ksize: [1, 1, 2, 2, 1], strides: [1, 1, 1, 1, 1], padding: 'VALID' };
  const x = f32([1, 1, 2, 2, 1], [1, 1 - 5e-6, 0.5, 1]), g = f32([1, 1, 1, 1, 1], [7]);
  expect([...(run('MaxPool3DGrad', [x, f32([1, 1, 1, 1, 1], [1]), g], attrs).data as Float32Array)]).toEqual([7, 7, 0, 7]);
});
test('errors are the reference kernel\'s', () => {
  const x = random('float32', [1, 2, 2, 1], 1), one = f32([1, 1, 1, 1], [1]);
  const cases: [string, NDArray[], Record<string, string | number[]>][] = [
    ['MaxPoolGradWithArgmax', [x, one, nd('int64', [1, 1, 1, 1], [4])], SQUARE], ['MaxPoolGradGrad', [x, one, one], SQUARE], ['MaxPool', [i32([2], [1, 2])], SQUARE], ['MaxPool', [x], { ...SQUARE, ksize: [2, 2, 2, 1] }],
  ];
  for (const [op, inputs, attrs] of cases) {
    const [got, want] = sameError(op, inputs, attrs);
    expect(want).not.toBe('no error');
    expect(got).toBe(want);
  }
});
