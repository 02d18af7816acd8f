// Images resized by bilinear interpolation or to the nearest pixel, and both gradients: positions and weights in binary32, the
// gradient added up in the image's dtype, pixel by pixel of the large image in order. Follows
// tensorflow/core/kernels/{image_resizer_state.h,resize_bilinear_op.cc,resize_nearest_neighbor_op.cc} (whose bilinear gradient does
// not look whether batch and channels of its two inputs agree).
import { type DType, float32 } from '../../graph/dtype.ts';
import { allocate, floatToHalf, halfToFloat, NDArray } from '../../graph/ndarray.ts';
import { boolAttr, fromNumbers, invalid, shapeText, sizeOf, toNumbers } from './common.ts';
import { narrow, noKernel, widen } from './compute.ts';
import type { Kernel, KernelDef, KernelNode } from './kernel.ts';

const f = Math.fround;
type Position = (i: number) => number;

/** A sum of an image's dtype at each pixel, rounded at each step. */
export class Sums {
  readonly #dtype: DType;
  readonly #shape: readonly number[];
  readonly #at: Float64Array;
  readonly #round: (x: number) => number;
  constructor(op: string, dtype: DType, shape: readonly number[]) {
    const round = ROUNDED[dtype.storage];
    if (!round) throw noKernel(op, dtype);
    [this.#dtype, this.#shape, this.#at, this.#round] = [dtype, shape, new Float64Array(sizeOf(shape)), round];
  }
  add(i: number, x: number): void { this.#at[i] = this.#round(this.#at[i]! + this.#round(x)); }
  done(): NDArray {
    if (!this.#dtype.isFloating) return fromNumbers(this.#dtype, this.#shape, Array.from(this.#at));
    return new NDArray(this.#dtype, this.#shape, this.#dtype.storage === 'f64' ? this.#at : narrow(this.#dtype, Float32Array.from(this.#at)));
  }
}
const ROUNDED: Readonly<Record<string, (x: number) => number>> = {
  f16: (x) => halfToFloat(floatToHalf(x)), f32: f, f64: (x) => x, i8: (x) => (x << 24) >> 24, u8: (x) => x & 0xff, i32: (x) => x | 0,
};

/** How many of `from` pixels each of `to` pixels stands for. */
export function scaleOf(node: KernelNode, from: number, to: number): number { return boolAttr(node, 'align_corners', false) && to > 1 ? f((from - 1) / (to - 1)) : f(from / to); }
/** Where pixel i of `to` pixels lies among `from` pixels. */
function position(node: KernelNode, from: number, to: number, nearest: boolean): Position {
  const scale = scaleOf(node, from, to);
  if (!boolAttr(node, 'half_pixel_centers', false)) return (i) => f(i * scale);
  return nearest ? (i) => f(f(i + 0.5) * scale) : (i) => f(f(f(i + 0.5) * scale) - 0.5);
}
/** Throws when both ways of placing pixels are asked for. */
export function places(node: KernelNode): void {
  if (boolAttr(node, 'half_pixel_centers', false) && boolAttr(node, 'align_corners', false)) throw invalid('If half_pixel_centers is True, align_corners must be False.');
}
/** The index of the nearest pixel for each of `to`. */
export function nearestOf(node: KernelNode, from: number, to: number): number[] {
  const at = position(node, from, to, true), pick = boolAttr(node, 'align_corners', false) ? (x: number) => Math.floor(x + 0.5) : Math.floor;
  return Array.from({ length: to }, (_, i) => Math.max(0, Math.min(pick(at(i)), from - 1)));
}
interface Between { readonly low: number; readonly high: number; readonly weight: number }
/** The two pixels each of `to` lies between, and its distance from the first. */
export function betweenOf(node: KernelNode, from: number, to: number): Between[] {
  const at = position(node, from, to, false);
  return Array.from({ length: to }, (_, i) => {
    const x = at(i), floor = Math.floor(x);
    return { low: Math.max(floor, 0), high: Math.min(Math.ceil(x), from - 1), weight: f(x - floor) };
  });
}

export function dims(a: NDArray, what = 'input'): [number, number, number, number] {
  if (a.shape.length !== 4) throw invalid(`${what} must be 4-dimensional${shapeText(a.shape)}`);
  return a.shape as unknown as [number, number, number, number];
}
function sizes(a: NDArray, what = 'shape_t'): [number, number] {
  if (a.shape.length !== 1) throw invalid(`${what} must be 1-dimensional${shapeText(a.shape)}`);
  if (a.size !== 2) throw invalid(`${what} must have two elements${shapeText(a.shape)}`);
  return toNumbers(a) as [number, number];
}
/** Sizes of an image [batch, height, width, channels] and of the one to make; `what` is what messages call the second input. */
export function sizesOf(image: NDArray, size: NDArray, what = 'shape_t'): { batch: number; height: number; width: number; channels: number; rows: number; columns: number } {
  const [batch, height, width, channels] = dims(image), [rows, columns] = sizes(size, what);
  if (rows <= 0 || columns <= 0) throw invalid('output dimensions must be positive');
  if (channels <= 0) throw invalid('image must have at least one channel');
  if (height <= 0 || width <= 0) throw invalid('input image must be of non-zero size');
  return { batch, height, width, channels, rows, columns };
}

/** The elements of an image as binary32. */
export function floatsOf(image: NDArray): Float32Array { return Float32Array.from(image.dtype.isFloating ? widen(image) as Float32Array : toNumbers(image)); }

const bilinear: Kernel = ([image, size], node) => {
  places(node);
  const { batch, height, width, channels, rows, columns } = sizesOf(image!, size!);
  const x = floatsOf(image!), shape = [batch, rows, columns, channels];
  if (rows === height && columns === width) return [new NDArray(float32, shape, x)];
  const ys = betweenOf(node, height, rows), xs = betweenOf(node, width, columns), out = new Float32Array(sizeOf(shape));
  const lerp = (a: number, b: number, weight: number): number => f(a + f(f(b - a) * weight));
  let o = 0;
  for (let b = 0; b < batch; b++) for (const y of ys) for (const column of xs) {
    const at = (row: number, col: number): number => ((b * height + row) * width + col) * channels;
    const [tl, tr, bl, br] = [at(y.low, column.low), at(y.low, column.high), at(y.high, column.low), at(y.high, column.high)];
    for (let c = 0; c < channels; c++) out[o++] = lerp(lerp(x[tl + c]!, x[tr + c]!, column.weight), lerp(x[bl + c]!, x[br + c]!, column.weight), y.weight);
  }
  return [new NDArray(float32, shape, out)];
};

const bilinearGrad: Kernel = ([g, image], node) => {
  const [batch, rows, columns, channels] = dims(g!, 'input_grad'), [n, height, width, depth] = dims(image!, 'original_image');
  if (batch !== n || channels !== depth) throw invalid(`input_grad ${shapeText(g!.shape)} and original_image ${shapeText(image!.shape)} must have the same batch and channels`);
  places(node);
  const d = g!.data as Float32Array, sum = new Sums('ResizeBilinearGrad', image!.dtype.baseDtype, image!.shape);
  if (image!.size > 0) {
    const ys = betweenOf(node, height, rows), xs = betweenOf(node, width, columns);
    let i = 0;
    for (let b = 0; b < batch; b++) for (const y of ys) for (const x of xs) {
      const at = (row: number, col: number): number => ((b * height + row) * width + col) * channels;
      const [tl, tr, bl, br] = [at(y.low, x.low), at(y.low, x.high), at(y.high, x.low), at(y.high, x.high)];
      const [restY, restX] = [f(1 - y.weight), f(1 - x.weight)];
      for (let c = 0; c < channels; c++) {
        const v = d[i++]!, top = f(v * restY), bottom = f(v * y.weight);
        sum.add(tl + c, f(top * restX)); sum.add(tr + c, f(top * x.weight));
        sum.add(bl + c, f(bottom * restX)); sum.add(br + c, f(bottom * x.weight));
      }
    }
  }
  return [sum.done()];
};

const nearest: Kernel = ([image, size], node) => {
  places(node);
  const { batch, height, width, channels, rows, columns } = sizesOf(image!, size!);
  const ys = nearestOf(node, height, rows), xs = nearestOf(node, width, columns), shape = [batch, rows, columns, channels];
  const from = image!.data as Float32Array, to = allocate(image!.dtype.baseDtype, sizeOf(shape)) as Float32Array;
  let o = 0;
  for (let b = 0; b < batch; b++) for (const y of ys) for (const x of xs) {
    const at = ((b * height + y) * width + x) * channels;
    for (let c = 0; c < channels; c++) to[o++] = from[at + c]!;
  }
  return [new NDArray(image!.dtype.baseDtype, shape, to)];
};

const nearestGrad: Kernel = ([g, size], node) => {
  places(node);
  const [batch, rows, columns, channels] = dims(g!), [height, width] = sizes(size!);
  if (height <= 0 || width <= 0) throw invalid("shape_t's elements must be positive");
  const sum = new Sums('ResizeNearestNeighborGrad', g!.dtype.baseDtype, [batch, height, width, channels]);
  const ys = nearestOf(node, height, rows), xs = nearestOf(node, width, columns), d = g!.dtype.isFloating ? widen(g!) as Float32Array : g!.data as Int32Array;
  let i = 0;
  for (let b = 0; b < batch; b++) for (const y of ys) for (const x of xs) {
    const at = ((b * height + y) * width + x) * channels;
    for (let c = 0; c < channels; c++) sum.add(at + c, d[i++]!);
  }
  return [sum.done()];
};

export const resizeKernels: readonly KernelDef[] = [
  { op: 'ResizeBilinear', kernel: bilinear }, { op: 'ResizeBilinearGrad', kernel: bilinearGrad }, { op: 'ResizeNearestNeighbor', kernel: nearest }, { op: 'ResizeNearestNeighborGrad', kernel: nearestGrad },
];
