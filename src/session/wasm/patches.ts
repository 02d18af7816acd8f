// Patches of images and volumes on the `wasm` engine: for each place in a window a box of pixels, one of each patch. Where a place lies outside
// of the image there are zeros.
import { intsAttr, sizeOf, stridesOf, stringAttr } from '../kernels/common.ts';
import { patchDims } from '../kernels/patches.ts';
import { zeros } from './array.ts';
import type { WasmKernel } from './kit.ts';
import { copyBox } from './move.ts';
import { unitOf } from './rows.ts';

/** How many steps from the first one on stay inside of `size` pixels: step i is at start + i * stride. */
function inside(start: number, stride: number, steps: number, size: number): readonly [first: number, count: number] {
  const first = Math.max(0, Math.ceil(-start / stride)), end = Math.min(steps, Math.ceil((size - start) / stride));
  return [first, Math.max(0, end - first)];
}

const patches = (axes: 2 | 3): WasmKernel => (k, [x], node) => {
  const { shape } = x!, [window, stride, rate] = [intsAttr(node, 'ksizes'), intsAttr(node, 'strides'), intsAttr(node, 'rates')];
  if (shape.length !== axes + 2) return undefined;
  const dims = patchDims(shape, window, stride, rate, stringAttr(node, 'padding') === 'SAME'), depth = shape[axes + 1]!, batch = shape[0]!;
  const taps = window.slice(1, axes + 1), out = zeros(k, x!, [batch, ...dims.map((d) => d.out), sizeOf(taps) * depth]), unit = unitOf(out);
  if (out.size === 0 || x!.size === 0) return [out];
  const from = stridesOf(shape), to = stridesOf(out.shape), tapStrides = stridesOf(taps);
  for (let tap = 0; tap < sizeOf(taps); tap++) {
    const runs = dims.map((d, a) => {
      const at = Math.floor(tap / tapStrides[a]!) % taps[a]!, start = at * (rate[a + 1] ?? 1) - d.before, [first, count] = inside(start, stride[a + 1]!, d.out, shape[a + 1]!);
      return { first, count, pixel: start + first * stride[a + 1]! };
    });
    const [src, dst] = runs.reduce(([p, q], r, a) => [p + r.pixel * from[a + 1]!, q + r.first * to[a + 1]!], [0, tap * depth]) as [number, number];
    copyBox(k, unit, x!.address + src * unit, [from[0]!, ...runs.map((_, a) => from[a + 1]! * stride[a + 1]!), 1], out.address + dst * unit, to, [batch, ...runs.map((r) => r.count), depth]);
  }
  return [out];
};

export const patchKernels: readonly (readonly [string, WasmKernel])[] = [['ExtractImagePatches', patches(2)], ['ExtractVolumePatches', patches(3)]];
