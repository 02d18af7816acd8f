// Boxes cut out of images and resized, and the gradients by the image and by the boxes, in the order of TensorFlow's loops; places
// and weights in binary32. Follows tensorflow/core/kernels/crop_and_resize_op.cc.
import { float32 } from '../../graph/dtype.ts';
import { OutOfRangeError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { floatAttr, invalid, shapeText, sizeOf, stringAttr, toNumbers, typeAttr } from './common.ts';
import type { Kernel, KernelDef, KernelNode } from './kernel.ts';
import { floatsOf, Sums } from './resize.ts';

const f = Math.fround;
type Sizes = readonly [batch: number, height: number, width: number, depth: number];

/** One axis of a crop: where each of its pixels lies; NaN outside of the image. */
export interface Axis { readonly at: Float32Array; readonly low: Int32Array; readonly high: Int32Array; readonly weight: Float32Array; readonly nearest: Int32Array }
export function axisOf(from: number, to: number, size: number, count: number, ratio = false): Axis {
  const at = new Float32Array(count), [low, high, nearest] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)], weight = new Float32Array(count);
  // The gradient by the boxes divides first, the others multiply first.
  const step = count > 1 ? (ratio ? f(f(to - from) * f((size - 1) / (count - 1))) : f(f(f(to - from) * (size - 1)) / (count - 1))) : 0;
  for (let i = 0; i < count; i++) {
    const x = count > 1 ? f(f(from * (size - 1)) + f(i * step)) : f(0.5 * f(from + to) * (size - 1));
    if (!(x >= 0 && x <= size - 1)) { at[i] = NaN; continue; }
    [at[i], low[i], high[i], nearest[i]] = [x, Math.floor(x), Math.ceil(x), Math.floor(x + 0.5)];
    weight[i] = f(x - Math.floor(x));
  }
  return { at, low, high, weight, nearest };
}
function rank4(a: NDArray, what: string): Sizes {
  if (a.shape.length !== 4) throw invalid(`${what} must be 4-D${shapeText(a.shape)}`);
  return a.shape as unknown as Sizes;
}
/** The boxes and the image each is of. */
function boxesOf(boxes: NDArray, index: NDArray, batch: number): { box: Float32Array; of: number[] } {
  if (boxes.size > 0 || index.size > 0) {
    if (boxes.shape.length !== 2) throw invalid(`boxes must be 2-D${shapeText(boxes.shape)}`);
    if (boxes.shape[1] !== 4) throw invalid('boxes must have 4 columns');
    if (index.shape.length !== 1) throw invalid(`box_index must be 1-D${shapeText(index.shape)}`);
    if (index.shape[0] !== boxes.shape[0]) throw invalid('box_index has incompatible shape');
  }
  const of = toNumbers(index);
  if (of.some((b) => b < 0 || b >= batch)) throw new OutOfRangeError('box_index has values outside [0, batch_size)');
  return { box: boxes.data as Float32Array, of };
}
export const isNearest = (node: KernelNode): boolean => stringAttr(node, 'method', 'bilinear') === 'nearest';

/** Calls `pixel` for each pixel of each crop that lies inside the image; `outside` for the others. */
function eachPixel(boxes: ReturnType<typeof boxesOf>, [, height, width]: Sizes, rows: number, columns: number, ratio: boolean, pixel: (box: number, y: number, x: number, ys: Axis, xs: Axis) => void, outside?: (box: number, y: number, x: number) => void): void {
  boxes.of.forEach((_, b) => {
    const [y1, x1, y2, x2] = boxes.box.subarray(4 * b, 4 * b + 4) as unknown as [number, number, number, number];
    const ys = axisOf(y1, y2, height, rows, ratio), xs = axisOf(x1, x2, width, columns, ratio);
    for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) {
      if (Number.isNaN(ys.at[y]) || Number.isNaN(xs.at[x])) outside?.(b, y, x);
      else pixel(b, y, x, ys, xs);
    }
  });
}

interface Crops { readonly sizes: Sizes; readonly cut: ReturnType<typeof boxesOf>; readonly rows: number; readonly columns: number }
/** Checked sizes of crops, and the boxes. */
export function cropsOf(image?: NDArray, boxes?: NDArray, index?: NDArray, size?: NDArray): Crops {
  const sizes = rank4(image!, 'input image'), [batch, height, width] = sizes;
  if (height <= 0 || width <= 0) throw invalid('image dimensions must be positive');
  if (size!.shape.length !== 1) throw invalid(`crop_size must be 1-D${shapeText(size!.shape)}`);
  if (size!.size !== 2) throw invalid(`crop_size must have two elements${shapeText(size!.shape)}`);
  const [rows, columns] = toNumbers(size!) as [number, number];
  if (rows <= 0 || columns <= 0) throw invalid('crop dimensions must be positive');
  return { sizes, cut: boxesOf(boxes!, index!, batch), rows, columns };
}
const cropAndResize: Kernel = ([image, boxes, index, size], node) => {
  const { sizes, cut, rows, columns } = cropsOf(image, boxes, index, size), [, height, width, depth] = sizes, shape = [cut.of.length, rows, columns, depth], out = new Float32Array(sizeOf(shape));
  const x = floatsOf(image!), nearest = isNearest(node), filled = floatAttr(node, 'extrapolation_value', 0);
  const place = (b: number, row: number, column: number): number => ((cut.of[b]! * height + row) * width + column) * depth;
  const to = (b: number, row: number, column: number): number => ((b * rows + row) * columns + column) * depth;
  const lerp = (a: number, b: number, w: number): number => f(a + f(f(b - a) * w));
  eachPixel(cut, sizes, rows, columns, false, (b, i, j, ys, xs) => {
    const o = to(b, i, j);
    if (nearest) { out.set(x.subarray(place(b, ys.nearest[i]!, xs.nearest[j]!), place(b, ys.nearest[i]!, xs.nearest[j]!) + depth), o); return; }
    const [tl, tr] = [place(b, ys.low[i]!, xs.low[j]!), place(b, ys.low[i]!, xs.high[j]!)], [bl, br] = [place(b, ys.high[i]!, xs.low[j]!), place(b, ys.high[i]!, xs.high[j]!)];
    for (let d = 0; d < depth; d++) out[o + d] = lerp(lerp(x[tl + d]!, x[tr + d]!, xs.weight[j]!), lerp(x[bl + d]!, x[br + d]!, xs.weight[j]!), ys.weight[i]!);
  }, (b, i, j) => { out.fill(filled, to(b, i, j), to(b, i, j) + depth); });
  return [new NDArray(float32, shape, out)];
};

/** Checked sizes of a gradient: of the crops, and the boxes. */
function checkedGrads(grads: NDArray, boxes: NDArray, index: NDArray, batch: number): { grads: Sizes; cut: ReturnType<typeof boxesOf> } {
  const sizes = rank4(grads, 'grads image');
  if (sizes[1] <= 0 || sizes[2] <= 0) throw invalid('grads dimensions must be positive');
  const cut = boxesOf(boxes, index, batch);
  if (sizes[0] !== cut.of.length) throw invalid('boxes and grads have incompatible shape');
  return { grads: sizes, cut };
}
interface Gradients { readonly sizes: Sizes; readonly grads: Sizes; readonly cut: ReturnType<typeof boxesOf> }
/** The same of the gradient by the image. */
export function gradientOf(g?: NDArray, boxes?: NDArray, index?: NDArray, size?: NDArray): Gradients {
  if (size!.shape.length !== 1) throw invalid(`image_size must be 1-D${shapeText(size!.shape)}`);
  if (size!.size !== 4) throw invalid(`image_size must have 4 elements${shapeText(size!.shape)}`);
  const sizes = toNumbers(size!) as unknown as Sizes, [batch, height, width, depth] = sizes, { grads, cut } = checkedGrads(g!, boxes!, index!, batch);
  if (height <= 0 || width <= 0) throw invalid('image dimensions must be positive');
  if (grads[3] !== depth) throw invalid('image_size and grads are incompatible');
  return { sizes, grads, cut };
}
const gradImage: Kernel = ([g, boxes, index, size], node) => {
  const { sizes, grads: [, rows, columns], cut } = gradientOf(g, boxes, index, size), [, height, width, depth] = sizes;
  const d = g!.data as Float32Array, sum = new Sums('CropAndResizeGradImage', typeAttr(node, 'T'), sizes), nearest = isNearest(node);
  eachPixel(cut, sizes, rows, columns, false, (b, i, j, ys, xs) => {
    const place = (row: number, column: number): number => ((cut.of[b]! * height + row) * width + column) * depth, from = ((b * rows + i) * columns + j) * depth;
    const [wy, wx] = [ys.weight[i]!, xs.weight[j]!];
    for (let c = 0; c < depth; c++) {
      const v = d[from + c]!;
      if (nearest) { sum.add(place(ys.nearest[i]!, xs.nearest[j]!) + c, v); continue; }
      const top = f(f(1 - wy) * v), bottom = f(wy * v);
      sum.add(place(ys.low[i]!, xs.low[j]!) + c, f(f(1 - wx) * top)); sum.add(place(ys.low[i]!, xs.high[j]!) + c, f(wx * top));
      sum.add(place(ys.high[i]!, xs.low[j]!) + c, f(f(1 - wx) * bottom)); sum.add(place(ys.high[i]!, xs.high[j]!) + c, f(wx * bottom));
    }
  });
  return [sum.done()];
};
const gradBoxes: Kernel = ([g, image, boxes, index]) => {
  const sizes = rank4(image!, 'input image'), [batch, height, width, depth] = sizes;
  const { grads: [, rows, columns, channels], cut } = checkedGrads(g!, boxes!, index!, batch);
  if (height <= 0 || width <= 0) throw invalid('image dimensions must be positive');
  if (channels !== depth) throw invalid('image, grads depth differ');
  const d = g!.data as Float32Array, x = floatsOf(image!), out = new Float32Array(4 * cut.of.length);
  const [down, across] = [rows > 1 ? f((height - 1) / (rows - 1)) : 0, columns > 1 ? f((width - 1) / (columns - 1)) : 0];
  const add = (at: number, v: number): void => { out[at] = out[at]! + v; };
  eachPixel(cut, sizes, rows, columns, true, (b, i, j, ys, xs) => {
    const place = (row: number, column: number): number => ((cut.of[b]! * height + row) * width + column) * depth, from = ((b * rows + i) * columns + j) * depth;
    const [tl, tr, bl, br] = [place(ys.low[i]!, xs.low[j]!), place(ys.low[i]!, xs.high[j]!), place(ys.high[i]!, xs.low[j]!), place(ys.high[i]!, xs.high[j]!)];
    const [wy, wx] = [ys.weight[i]!, xs.weight[j]!];
    for (let c = 0; c < depth; c++) {
      const [topLeft, topRight, bottomLeft, bottomRight] = [x[tl + c]!, x[tr + c]!, x[bl + c]!, x[br + c]!], v = d[from + c]!;
      const byY = f(f(f(f(1 - wx) * f(bottomLeft - topLeft)) + f(wx * f(bottomRight - topRight))) * v);
      const byX = f(f(f(f(1 - wy) * f(topRight - topLeft)) + f(wy * f(bottomRight - bottomLeft))) * v);
      if (rows > 1) { add(4 * b, f(byY * f(height - 1 - f(i * down)))); add(4 * b + 2, f(byY * f(i * down))); }
      else { add(4 * b, byY * 0.5 * (height - 1)); add(4 * b + 2, byY * 0.5 * (height - 1)); }
      if (columns > 1) { add(4 * b + 1, f(byX * f(width - 1 - f(j * across)))); add(4 * b + 3, f(byX * f(j * across))); }
      else { add(4 * b + 1, byX * 0.5 * (width - 1)); add(4 * b + 3, byX * 0.5 * (width - 1)); }
    }
  });
  return [new NDArray(float32, boxes!.shape, out)];
};

export const cropResizeKernels: readonly KernelDef[] = [
  { op: 'CropAndResize', kernel: cropAndResize }, { op: 'CropAndResizeGradImage', kernel: gradImage }, { op: 'CropAndResizeGradBoxes', kernel: gradBoxes },
];
