// Pooling of the `wasm` engine against the reference kernels.
import { expect, test } from 'vitest';
import { f32, run, vec } from '../kernels/helpers.ts';
import { random, same } from './compare.ts';

const CASES: readonly { x: number[]; ksize: [number, number]; strides: [number, number]; padding: string }[] = [
  { x: [2, 6, 7, 5], ksize: [2, 2], strides: [2, 2], padding: 'VALID' }, { x: [2, 7, 5, 8], ksize: [3, 3], strides: [2, 2], padding: 'SAME' },
  { x: [1, 9, 9, 1], ksize: [3, 2], strides: [1, 2], padding: 'SAME' }, { x: [3, 4, 4, 3], ksize: [4, 4], strides: [1, 1], padding: 'VALID' },
];
test.each(['NHWC', 'NCHW'])('pools and gradients, %s', (data_format) => {
  const nchw = data_format === 'NCHW';
  for (const c of CASES) {
    for (const d of ['float16', 'bfloat16', 'float32', 'float64']) {
      const spatial = ([h, w]: [number, number]): number[] => (nchw ? [1, 1, h, w] : [1, h, w, 1]);
      const attrs = { data_format, ksize: spatial(c.ksize), strides: spatial(c.strides), padding: c.padding };
      const x = random(d, nchw ? [c.x[0]!, c.x[3]!, c.x[1]!, c.x[2]!] : c.x, 1);
      same('MaxPool', [x], attrs);
      same('AvgPool', [x], attrs);
      const y = run('MaxPool', [x], attrs), dy = random(d, y.shape, 2);
      same('AvgPoolGrad', [vec(...x.shape), dy], attrs);
      if (d !== 'float64') same('MaxPoolGrad', [x, y, dy], attrs);
    }
  }
});
test('contract: an all-zero window sends the gradient to its first element', () => {
  const attrs = { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' };
  const x = f32([1, 2, 2, 1], [0, 0, 0, 0]), g = f32([1, 1, 1, 1], [5]);
  same('MaxPoolGrad', [x, g, g], attrs);
  expect([...(run('MaxPoolGrad', [x, g, g], attrs).data as Float32Array)]).toEqual([5, 0, 0, 0]);
});
