// Local response normalisation and grayscale dilation of the `wasm` engine against the reference kernels.
import { expect, test } from 'vitest';
import { f32, nd, randomF32, run } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

test('local response normalisation and its gradient', () => {
  for (const shape of [[2, 3, 4, 7], [1, 1, 2, 1], [1, 2, 2, 13]]) {
    for (const d of ['float16', 'bfloat16', 'float32']) {
      for (const [depth_radius, beta] of [[5, 0.5], [1, 1], [2, 0.75], [0, 0.5], [40, 0.3]] as const) {
        const attrs = { depth_radius, bias: { f: 1.5 }, alpha: { f: 0.7 }, beta: { f: beta } };
        for (const x of [random(d, shape, 1), run('Cast', [randomF32(shape, 2)], { DstT: nd(d, [], [0]).dtype })]) {
          same('LRN', [x], attrs);
          same('LRNGrad', [random(d, shape, 3), x, run('LRN', [x], attrs)], attrs);
        }
      }
    }
  }
});
test('contract: a window of channels is summed ascending', () => {
  const x = randomF32([1, 1, 1, 6], 1), v = x.data as Float32Array, f = Math.fround;
  const want = Array.from({ length: 6 }, (_, c) => {
    let sum = 0;
    for (let k = Math.max(0, c - 2); k <= Math.min(5, c + 2); k++) sum = f(sum + f(v[k]! * v[k]!));
    return f(v[c]! * f(1 / f(f(sum * f(0.5)) + 2)));
  });
  expect([...(run('LRN', [x], { depth_radius: 2, bias: { f: 2 }, alpha: { f: 0.5 }, beta: { f: 1 } }).data as Float32Array)]).toEqual(want);
});

const CASES = [
  { x: [2, 6, 5, 3], f: [2, 3, 3], strides: [1, 2], rates: [1, 1], padding: 'SAME' }, { x: [1, 9, 8, 6], f: [3, 2, 6], strides: [2, 1], rates: [2, 3], padding: 'VALID' }, { x: [1, 4, 4, 1], f: [4, 4, 1], strides: [3, 3], rates: [1, 1], padding: 'SAME' },
  { x: [1, 7, 7, 9], f: [3, 3, 9], strides: [1, 1], rates: [2, 2], padding: 'SAME' },
];
test('dilation and its gradients', () => {
  for (const c of CASES) {
    const attrs = { strides: [1, ...c.strides, 1], rates: [1, ...c.rates, 1], padding: c.padding };
    for (const d of ['float16', 'bfloat16', 'float32', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'int64']) {
      const small = (shape: number[], k: number) => nd(d, shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * k) % 11) % 4));
      for (const [x, f] of [[random(d, c.x, 1), random(d, c.f, 2)], [small(c.x, 7919), small(c.f, 104729)]] as const) {
        same('Dilation2D', [x, f], attrs);
        const dy = random(d, run('Dilation2D', [x, f], attrs).shape, 3);
        same('Dilation2DBackpropInput', [x, f, dy], attrs);
        same('Dilation2DBackpropFilter', [x, f, dy], attrs);
      }
    }
  }
});
test('dilation: the first greatest sum gets the gradient; integers too', () => {
  const attrs = { strides: [1, 1, 1, 1], rates: [1, 1, 1, 1], padding: 'VALID' };
  const x = f32([1, 1, 3, 1], [1, 3, 2]), f = f32([1, 3, 1], [2, 0, 1]), dy = f32([1, 1, 1, 1], [5]);
  expect([...(run('Dilation2DBackpropInput', [x, f, dy], attrs).data as Float32Array)]).toEqual([5, 0, 0]);
  expect([...(run('Dilation2DBackpropFilter', [x, f, dy], attrs).data as Float32Array)]).toEqual([5, 0, 0]);
  expect([...(run('Dilation2D', [nd('int64', [1, 1, 3, 1], [1, 3, 2]), nd('int64', [1, 3, 1], [2, 0, 1])], attrs).data as BigInt64Array)]).toEqual([3n]);
  const [got, want] = sameError('Dilation2D', [x, randomF32([1, 3, 2], 1)], attrs);
  expect(want).toBe('input and filter must have the same depth: 1 vs 2');
  expect(got).toBe(want);
});
