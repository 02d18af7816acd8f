// Images resized on the `wasm` engine, and both gradients: the positions and the order of kernels/resize.ts. Between pixels, each
// row of the image is stretched once, then two rows are mixed. Dtypes whose sums round at each step stay with the reference kernel.
import { float32 } from '../../graph/dtype.ts';
import type { DeviceNode } from '../engines/engine.ts';
import { betweenOf, nearestOf, places, sizesOf } from '../kernels/resize.ts';
import { JOINS } from '../kernels/scatter.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { bytesOf, laneStorage } from '../jit/lanes.ts';
import { zeros } from './array.ts';
import { castValue } from './elementwise.ts';
import { onHost } from './host.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { valueBody } from './map.ts';
import { gatherRows, offsetsFrom, updateRows } from './rows.ts';

type Geometry = ReturnType<typeof sizesOf>;
/** Sizes; undefined where the reference kernel is to speak. */
function geometry(k: Kit, node: DeviceNode, image: WasmValue, size: WasmValue): Geometry | undefined {
  try {
    places(node);
    return sizesOf(k.look(image), k.look(size));
  } catch {
    return undefined;
  }
}
/** Bytes of a pixel of binary32. */
const FLOAT = 4;
function columnsOf(k: Kit, node: DeviceNode, from: number, to: number, pixel: number): number { return listOf(k, betweenOf(node, from, to), pixel); }
/** For each column: bytes to the pixels on its left and right, how far it is from either. */
export function listOf(k: Kit, columns: ReturnType<typeof betweenOf>, pixel: number): number {
  const at = k.scratch(16 * columns.length), { i32, f32 } = k.heap;
  columns.forEach(({ low, high, weight }, i) => {
    const p = (at >>> 2) + 4 * i;
    i32[p] = low * pixel;
    i32[p + 1] = high * pixel;
    f32[p + 2] = weight;
    f32[p + 3] = Math.fround(1 - weight);
  });
  return at;
}

const bilinear: WasmKernel = (k, [image, size], node) => {
  const g = geometry(k, node, image!, size!);
  if (!g) return undefined;
  const { batch, height, width, channels, rows, columns } = g, x = image!.type === float32 ? image! : castValue(k, image!, float32), shape = [batch, rows, columns, channels];
  if (rows === height && columns === width) return [k.copy(k.view(x, shape))];
  const out = k.make(float32, shape), pixel = channels * FLOAT, row = columns * pixel, vectors = Math.ceil(channels / 4);
  const list = columnsOf(k, node, width, columns, pixel), between = betweenOf(node, height, rows), weight = k.scratch(FLOAT), stretched = [k.scratch(row), k.scratch(row)];
  const stretch = k.code('resize.stretch', stretchFunction), mix = k.code('resize.mix', mixFunction);
  for (let b = 0; b < batch; b++) {
    const known = [-1, -1];
    /** Where a row of the image is, stretched; `other` stays where it is. */
    const rowAt = (r: number, other: number): number => {
      let slot = known.indexOf(r);
      if (slot < 0) {
        slot = known[0] === other ? 1 : 0;
        stretch(columns, vectors, x.address + (b * height + r) * width * pixel, stretched[slot]!, list, pixel);
        known[slot] = r;
      }
      return stretched[slot]!;
    };
    between.forEach(({ low, high, weight: w }, i) => {
      const top = rowAt(low, high), bottom = rowAt(high, low);
      k.heap.f32[weight >>> 2] = w;
      mix(Math.ceil(row / 16), top, bottom, out.address + (b * rows + i) * row, weight);
    });
  }
  return [out];
};

const bilinearGrad: WasmKernel = (k, [grad, image], node, state) => {
  const [batch, rows, columns, channels] = grad!.shape as [number, number, number, number], [n, height, width, depth] = image!.shape as [number, number, number, number];
  if (image!.type.storage !== 'f32' || image!.size === 0) return onHost(k, [grad!, image!], node, state);
  if (grad!.shape.length !== 4 || image!.shape.length !== 4 || batch !== n || channels !== depth) return undefined;
  try { places(node); } catch { return undefined; }
  const dx = zeros(k, image!, image!.shape), pixel = channels * FLOAT, vectors = Math.ceil(channels / 4), list = columnsOf(k, node, width, columns, pixel), weights = k.scratch(2 * FLOAT);
  const spread = k.code('resize.spread', spreadFunction);
  for (let b = 0; b < batch; b++) {
    betweenOf(node, height, rows).forEach(({ low, high, weight }, i) => {
      const line = (r: number): number => dx.address + (b * height + r) * width * pixel;
      k.heap.f32[weights >>> 2] = weight;
      k.heap.f32[(weights >>> 2) + 1] = Math.fround(1 - weight);
      spread(columns, vectors, grad!.address + (b * rows + i) * columns * pixel, line(low), line(high), list, pixel, weights);
    });
  }
  return [dx];
};

/** The number of the pixel each of a large image's pixels is taken from, in one image. */
function pixels(node: DeviceNode, height: number, width: number, rows: number, columns: number): number[] {
  const xs = nearestOf(node, width, columns);
  return nearestOf(node, height, rows).flatMap((y) => xs.map((x) => y * width + x));
}
const nearest: WasmKernel = (k, [image, size], node) => {
  const g = geometry(k, node, image!, size!);
  if (!g) return undefined;
  const { batch, height, width, channels, rows, columns } = g, pixel = channels * bytesOf(laneStorage(image!.type.storage)), out = k.make(image!.type.baseDtype, [batch, rows, columns, channels]);
  gatherRows(k, offsetsFrom(k, pixels(node, height, width, rows, columns), pixel), pixel, image!.address, out.address, batch, height * width * pixel);
  return [out];
};
const nearestGrad: WasmKernel = (k, [grad, size], node, state) => {
  const s = laneStorage(grad!.type.storage);
  if (s !== 'f32' && s !== 'f64' && s !== 'i32') return onHost(k, [grad!, size!], node, state);
  const [height, width] = k.numbers(size!) as [number, number], [batch, rows, columns, channels] = grad!.shape as [number, number, number, number];
  if (grad!.shape.length !== 4 || size!.shape.length !== 1 || size!.size !== 2 || height <= 0 || width <= 0) return undefined;
  try { places(node); } catch { return undefined; }
  const dx = zeros(k, grad!, [batch, height, width, channels]), pixel = channels * bytesOf(s), at = offsetsFrom(k, pixels(node, height, width, rows, columns), pixel);
  for (let b = 0; b < batch; b++) updateRows(k, 'Add', valueBody(JOINS['Add']!, s)!, at, channels, { storage: s, tables: [dx.address + b * height * width * pixel], rows: [grad!.address + b * rows * columns * pixel] });
  return [dx];
};

// ---- one row of pixels; vectors of channels, what one writes too much the next pixel overwrites

/** (columns, vectors, row of the image, result, list of columns, bytes of a pixel): left + (right - left) * weight. */
function stretchFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 6 }, () => 'i32' as const)), [columns, vectors, row, to, list, pixel] = [0, 1, 2, 3, 4, 5];
  const left = f.local(), right = f.local(), out = f.local(), n = f.local(), w = f.local('v128'), a = f.local('v128');
  return f.repeat(columns!, () => {
    f.get(row!).get(list!).mem('i32.load').op('i32.add').set(left).get(row!).get(list!).mem('i32.load', 4).op('i32.add').set(right).get(list!).simdMem('v128.load32_splat', 8).set(w);
    f.get(to!).set(out).get(vectors!).set(n);
    f.repeat(n, () => {
      f.get(left).simdMem('v128.load').set(a);
      f.get(out).get(a).get(right).simdMem('v128.load').get(a).simd('f32x4.sub').get(w).simd('f32x4.mul').simd('f32x4.add').simdMem('v128.store');
      f.addConst(left, 16).addConst(right, 16).addConst(out, 16);
    });
    f.addConst(list!, 16).addLocal(to!, pixel!);
  });
}
/** (vectors, upper row, lower row, result, address of the weight) */
function mixFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 5 }, () => 'i32' as const)), w = f.local('v128'), a = f.local('v128');
  f.get(4).simdMem('v128.load32_splat').set(w);
  return f.repeat(0, () => {
    f.get(1).simdMem('v128.load').set(a);
    f.get(3).get(a).get(2).simdMem('v128.load').get(a).simd('f32x4.sub').get(w).simd('f32x4.mul').simd('f32x4.add').simdMem('v128.store');
    f.addConst(1, 16).addConst(2, 16).addConst(3, 16);
  });
}
/** (columns, vectors, row of gradients, upper and lower row of results, list of columns, bytes of a pixel, address of the lower and the upper row's
 * weight). Channels behind the last one get +0. */
export function spreadFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 8 }, () => 'i32' as const)), P = { columns: 0, vectors: 1, from: 2, upper: 3, lower: 4, list: 5, pixel: 6, weights: 7 } as const;
  const [low, high, left, right, part, v] = Array.from({ length: 6 }, () => f.local('v128')) as [Local, Local, Local, Local, Local, Local];
  const g = f.local(), offset = f.local(), n = f.local(), bytes = f.local(), to = f.local();
  f.get(P.weights).simdMem('v128.load32_splat').set(high).get(P.weights).simdMem('v128.load32_splat', 4).set(low);
  /** Adds the part of the upper or the lower row to the pixel on the left or on the right. */
  const add = (row: Local, side: 0 | 4, weight: Local): void => {
    f.get(row).get(P.list).mem('i32.load', side).op('i32.add').get(offset).op('i32.add').tee(to);
    f.get(to).simdMem('v128.load').get(part).get(weight).simd('f32x4.mul').simd('f32x4.add').simdMem('v128.store');
  };
  return f.repeat(P.columns, () => {
    f.get(P.list).simdMem('v128.load32_splat', 8).set(right).get(P.list).simdMem('v128.load32_splat', 12).set(left);
    f.get(P.from).set(g).i32(0).set(offset).get(P.pixel).set(bytes).get(P.vectors).set(n);
    f.repeat(n, () => {
      f.get(g).simdMem('v128.load').get(bytes).simd('i32x4.splat').v128(new Uint8Array(Int32Array.of(0, 4, 8, 12).buffer)).simd('i32x4.gt_s').simd('v128.and').set(v);
      for (const [row, share] of [[P.upper, low], [P.lower, high]] as const) {
        f.get(v).get(share).simd('f32x4.mul').set(part);
        add(row, 0, left);
        add(row, 4, right);
      }
      f.addConst(g, 16).addConst(offset, 16).addConst(bytes, -16);
    });
    f.addConst(P.list, 16).addLocal(P.from, P.pixel);
  });
}

export const resizeKernels: readonly (readonly [string, WasmKernel])[] = [
  ['ResizeBilinear', bilinear], ['ResizeBilinearGrad', bilinearGrad], ['ResizeNearestNeighbor', nearest], ['ResizeNearestNeighborGrad', nearestGrad],
];
