// CropAndResize and its gradient by the image on the `wasm` engine: the places of kernels/crop_resize.ts. The pixels of a row that lie inside
// the image are neighbours, so a row is some pixels made of others and a constant on both sides.
import { float32 } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { floatAttr, typeAttr } from '../kernels/common.ts';
import { type Axis, axisOf, cropsOf, gradientOf, isNearest } from '../kernels/crop_resize.ts';
import { JOINS } from '../kernels/scatter.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { zeros } from './array.ts';
import { castValue } from './elementwise.ts';
import { onHost } from './host.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { valueBody } from './map.ts';
import { listOf, spreadFunction } from './resize.ts';
import { gatherRows, offsetsFrom, updateRows } from './rows.ts';

/** Bytes of a number of binary32. */
const FLOAT = 4;
/** What the reference makes of the inputs, or undefined where it has an error to tell. */
function checked<T>(k: Kit, x: readonly WasmValue[], f: (...x: NDArray[]) => T): T | undefined {
  try { return f(...x.map((v) => k.look(v))); } catch { return undefined; }
}
/** The pixels that lie inside: from which on, and how many. */
function insideOf({ at }: Axis): { readonly first: number; readonly count: number } {
  const first = at.findIndex((v) => !Number.isNaN(v));
  return { first, count: at.reduce((n, v) => n + (Number.isNaN(v) ? 0 : 1), 0) };
}
/** How pixels inside lie between two. */
const betweenOf = (a: Axis, { first, count }: { readonly first: number; readonly count: number }): { low: number; high: number; weight: number }[] => Array.from({ length: count }, (_, i) => ({ low: a.low[first + i]!, high: a.high[first + i]!, weight: a.weight[first + i]! }));

const crop: WasmKernel = (k, x, node) => {
  const made = checked(k, x, cropsOf);
  if (!made) return undefined;
  const { sizes: [, height, width, depth], cut, rows, columns } = made, pixel = depth * FLOAT, line = width * pixel, nearest = isNearest(node);
  const corners = cut.box.slice(), image = x[0]!.type === float32 ? x[0]! : castValue(k, x[0]!, float32), out = k.make(float32, [cut.of.length, rows, columns, depth]), weight = k.scratch(2 * FLOAT);
  k.heap.f32[(weight >>> 2) + 1] = floatAttr(node, 'extrapolation_value', 0);
  const between = k.code('crop.between', betweenFunction), fill = k.code('crop.fill', fillFunction);
  let to = out.address;
  cut.of.forEach((of, b) => {
    const [y1, x1, y2, x2] = corners.subarray(4 * b, 4 * b + 4) as unknown as [number, number, number, number], ys = axisOf(y1, y2, height, rows), xs = axisOf(x1, x2, width, columns);
    const own = insideOf(xs), from = image.address + of * height * line;
    k.call(() => { // scratch of this box ends with it
      const list = nearest ? offsetsFrom(k, xs.nearest.subarray(own.first, own.first + own.count), pixel).address : listOf(k, betweenOf(xs, own), pixel);
      // In order: what is written too much behind the end of a run is overwritten.
      for (let i = 0; i < rows; i++, to += columns * pixel) {
        if (own.count === 0 || Number.isNaN(ys.at[i])) { fill(Math.ceil(columns * depth / 4), to, weight + FLOAT); continue; }
        fill(Math.ceil(own.first * depth / 4), to, weight + FLOAT);
        if (nearest) gatherRows(k, { address: list, count: own.count }, pixel, from + ys.nearest[i]! * line, to + own.first * pixel);
        else {
          k.heap.f32[weight >>> 2] = ys.weight[i]!;
          between(own.count, Math.ceil(depth / 4), from + ys.low[i]! * line, from + ys.high[i]! * line, to + own.first * pixel, list, pixel, weight);
        }
        const done = own.first + own.count;
        fill(Math.ceil((columns - done) * depth / 4), to + done * pixel, weight + FLOAT);
      }
      return undefined;
    });
  });
  return [out];
};

const gradImage: WasmKernel = (k, x, node, state) => {
  if (typeAttr(node, 'T') !== float32) return onHost(k, x, node, state);
  const made = checked(k, x, gradientOf);
  if (!made) return undefined;
  const { sizes: [batch, height, width, depth], grads: [, rows, columns], cut } = made, pixel = depth * FLOAT, line = width * pixel, nearest = isNearest(node);
  const corners = cut.box.slice(), grads = x[0]!, dx = zeros(k, grads, [batch, height, width, depth]), weights = k.scratch(2 * FLOAT), spread = k.code('resize.spread', spreadFunction);
  let g = grads.address;
  cut.of.forEach((of, b) => {
    const [y1, x1, y2, x2] = corners.subarray(4 * b, 4 * b + 4) as unknown as [number, number, number, number], ys = axisOf(y1, y2, height, rows), xs = axisOf(x1, x2, width, columns);
    const own = insideOf(xs), to = dx.address + of * height * line;
    k.call(() => {
      const at = nearest ? offsetsFrom(k, xs.nearest.subarray(own.first, own.first + own.count), pixel) : { address: listOf(k, betweenOf(xs, own), pixel), count: own.count };
      for (let i = 0; i < rows; i++, g += columns * pixel) {
        if (own.count === 0 || Number.isNaN(ys.at[i])) continue;
        const from = g + own.first * pixel;
        if (nearest) { updateRows(k, 'Add', valueBody(JOINS['Add']!, 'f32')!, at, depth, { storage: 'f32', tables: [to + ys.nearest[i]! * line], rows: [from] }); continue; }
        k.heap.f32[weights >>> 2] = ys.weight[i]!;
        k.heap.f32[(weights >>> 2) + 1] = Math.fround(1 - ys.weight[i]!);
        spread(own.count, Math.ceil(depth / 4), from, to + ys.low[i]! * line, to + ys.high[i]! * line, at.address, pixel, weights);
      }
      return undefined;
    });
  });
  return [dx];
};

/** (columns, vectors, upper row, lower row, result, list of columns, bytes of a pixel, address of the lower row's weight) */
function betweenFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 8 }, () => 'i32' as const)), P = { columns: 0, vectors: 1, upper: 2, lower: 3, to: 4, list: 5, pixel: 6, weight: 7 } as const;
  const down = f.local('v128'), across = f.local('v128'), a = f.local('v128'), top = f.local('v128'), left = f.local(), right = f.local(), out = f.local(), n = f.local();
  /** Leaves a + (b - a) weight, for a in a local and b on top of the stack. */
  const lerp = (weight: Local): FunctionBuilder => f.get(a).simd('f32x4.sub').get(weight).simd('f32x4.mul').get(a).simd('f32x4.add');
  const row = (start: Local): FunctionBuilder => {
    f.get(start).get(left).op('i32.add').simdMem('v128.load').set(a).get(start).get(right).op('i32.add').simdMem('v128.load');
    return lerp(across);
  };
  f.get(P.weight).simdMem('v128.load32_splat').set(down);
  return f.repeat(P.columns, () => {
    f.get(P.list).mem('i32.load').set(left).get(P.list).mem('i32.load', 4).set(right).get(P.list).simdMem('v128.load32_splat', 8).set(across).get(P.to).set(out).get(P.vectors).set(n);
    f.repeat(n, () => {
      row(P.upper).set(top);
      row(P.lower).get(top).set(a);
      lerp(down).set(top).get(out).get(top).simdMem('v128.store');
      f.addConst(left, 16).addConst(right, 16).addConst(out, 16);
    });
    f.addConst(P.list, 16).addLocal(P.to, P.pixel);
  });
}
/** (vectors, destination, address of the number) */
function fillFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32']), v = f.local('v128');
  f.get(2).simdMem('v128.load32_splat').set(v);
  return f.repeat(0, () => { f.get(1).get(v).simdMem('v128.store').addConst(1, 16); });
}

export const cropResizeKernels: readonly (readonly [string, WasmKernel])[] = [['CropAndResize', crop], ['CropAndResizeGradImage', gradImage]];
