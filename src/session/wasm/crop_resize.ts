// CropAndResize and its gradient by the image on the `wasm` engine: the places of kernels/crop_resize.ts. The pixels of a row that lie inside
// the image are neighbours, so a row is some pixels made of others and a constant on both sides.
import { float32 } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { floatAttr, typeAttr } from '../kernels/common.ts';
import { type Axis, axisOf, cropsOf, gradientOf, isNearest } from '../kernels/crop_resize.ts';
import { JOINS } from '../kernels/scatter.ts';
import { FunctionBuilder } from '../jit/function.ts';
import { zeros } from './array.ts';
import { castValue } from './elementwise.ts';
import { onHost } from './host.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { valueBody } from './map.ts';
import { betweenFunction, listOf, spreadFunction } from './resize.ts';
import { gatherRows, type Offsets, offsetsFrom, updateRows } from './rows.ts';

/** Bytes of a number of binary32. */
const FLOAT = 4;
/** What the reference makes of the inputs, or undefined where it has an error to tell. */
function checked<T>(k: Kit, x: readonly WasmValue[], f: (...x: NDArray[]) => T): T | undefined {
  try { return f(...x.map((v) => k.look(v))); } catch { return undefined; }
}
/** The pixels that lie inside: from which on, and how many; and how each lies between two. */
function insideOf(a: Axis): { readonly first: number; readonly count: number; readonly between: { low: number; high: number; weight: number }[] } {
  const first = a.at.findIndex((v) => !Number.isNaN(v)), between: { low: number; high: number; weight: number }[] = [];
  for (let i = Math.max(first, 0); i < a.at.length && !Number.isNaN(a.at[i]); i++) between.push({ low: a.low[i]!, high: a.high[i]!, weight: a.weight[i]! });
  return { first, count: between.length, between };
}
interface Box { readonly ys: Axis; readonly xs: Axis; readonly down: ReturnType<typeof insideOf>; readonly across: ReturnType<typeof insideOf> }
/** Does the boxes that meet their image one after the other; scratch of a box ends with it. */
function eachBox(k: Kit, cut: { readonly box: Float32Array; readonly of: readonly number[] }, [, height, width]: readonly number[], rows: number, columns: number, f: (box: Box, of: number, number: number) => void): void {
  const corners = cut.box.slice(); // memory may grow
  cut.of.forEach((of, b) => {
    const [y1, x1, y2, x2] = corners.subarray(4 * b, 4 * b + 4) as unknown as [number, number, number, number], ys = axisOf(y1, y2, height!, rows), xs = axisOf(x1, x2, width!, columns);
    k.call(() => { f({ ys, xs, down: insideOf(ys), across: insideOf(xs) }, of, b); return undefined; });
  });
}
/** Where the pixels inside are found that are the nearest. */
function nearestAt(k: Kit, { xs, across }: Box, pixel: number): Offsets { return offsetsFrom(k, xs.nearest.subarray(across.first, across.first + across.count), pixel); }

const crop: WasmKernel = (k, x, node) => {
  const made = checked(k, x, cropsOf);
  if (!made) return undefined;
  const { sizes, cut, rows, columns } = made, [, height, width, depth] = sizes, pixel = depth * FLOAT, line = width * pixel, row = columns * pixel, nearest = isNearest(node);
  const image = x[0]!.type === float32 ? x[0]! : castValue(k, x[0]!, float32), out = k.make(float32, [cut.of.length, rows, columns, depth]), outside = k.scratch(FLOAT);
  k.heap.f32[outside >>> 2] = floatAttr(node, 'extrapolation_value', 0);
  const between = k.code('resize.between', betweenFunction), code = k.code('crop.fill', fillFunction), fill = (pixels: number, at: number): void => { if (pixels > 0) code(pixels * depth >> 2, pixels * depth & 3, at, outside); };
  eachBox(k, cut, sizes, rows, columns, (box, of, b) => {
    const { ys, down, across } = box, from = image.address + of * height * line, to = out.address + b * rows * row;
    if (down.count === 0 || across.count === 0) { fill(rows * columns, to); return; }
    const start = to + down.first * row, end = across.first + across.count;
    // What is written too much behind the end of a row is written again.
    if (nearest) { const at = nearestAt(k, box, pixel); for (let i = 0; i < down.count; i++) gatherRows(k, at, pixel, from + ys.nearest[down.first + i]! * line, start + i * row + across.first * pixel); }
    else between(1, down.count, across.count, Math.ceil(depth / 4), from, start + across.first * pixel, listOf(k, down.between, line), listOf(k, across.between, pixel), pixel, row, 0);
    fill(down.first * columns, to);
    fill((rows - down.first - down.count) * columns, start + down.count * row);
    if (across.count < columns) for (let i = 0, at = start; i < down.count; i++, at += row) { fill(across.first, at); fill(columns - end, at + end * pixel); }
  });
  return [out];
};

const gradImage: WasmKernel = (k, x, node, state) => {
  if (typeAttr(node, 'T') !== float32) return onHost(k, x, node, state);
  const made = checked(k, x, gradientOf);
  if (!made) return undefined;
  const { sizes, grads: [, rows, columns], cut } = made, [, height, width, depth] = sizes, pixel = depth * FLOAT, line = width * pixel, row = columns * pixel, nearest = isNearest(node);
  const dx = zeros(k, x[0]!, sizes), spread = k.code('resize.spread', spreadFunction), add = valueBody(JOINS['Add']!, 'f32')!;
  eachBox(k, cut, sizes, rows, columns, (box, of, b) => {
    const { ys, down, across } = box, to = dx.address + of * height * line, from = x[0]!.address + (b * rows + down.first) * row + across.first * pixel;
    if (down.count === 0 || across.count === 0) return;
    if (nearest) { const at = nearestAt(k, box, pixel); for (let i = 0; i < down.count; i++) updateRows(k, 'Add', add, at, depth, { storage: 'f32', tables: [to + ys.nearest[down.first + i]! * line], rows: [from + i * row] }); }
    else spread(1, down.count, across.count, Math.ceil(depth / 4), from, to, listOf(k, down.between, line), listOf(k, across.between, pixel), pixel, row, 0);
  });
  return [dx];
};

/** (whole vectors, numbers beside them, destination, address of the number) */
function fillFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']), v = f.local('v128');
  f.get(3).simdMem('v128.load32_splat').set(v);
  f.repeat(0, () => { f.get(2).get(v).simdMem('v128.store').addConst(2, 16); });
  return f.repeat(1, () => { f.get(2).get(v).laneMem('v128.store32_lane', 0).addConst(2, FLOAT); });
}

export const cropResizeKernels: readonly (readonly [string, WasmKernel])[] = [['CropAndResize', crop], ['CropAndResizeGradImage', gradImage]];
