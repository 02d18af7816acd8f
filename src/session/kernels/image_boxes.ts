// Random crops that keep enough of given boxes, boxes drawn into images, glimpses. Follows tensorflow/core/kernels/{
// sample_distorted_bounding_box_op,draw_bounding_box_op,attention_ops}.cc, eigen_attention.h, lib/random/simple_philox.cc.
import { float32 } from '../../graph/dtype.ts';
import { strCatNumber } from '../../graph/python_repr.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { attrOf, boolAttr, floatAttr, fromNumbers, intAttr, invalid, shapeText, stringAttr, toNumbers } from './common.ts';
import { roundEven } from './blocks.ts';
import type { Kernel, KernelDef, KernelNode } from './kernel.ts';
import { Philox, toFloat, Words } from './philox.ts';
import { boxMuller, reserve } from './random.ts';
import { SCALAR32 } from './scalar.ts';

const f = Math.fround;

// --- distorted boxes

/** Corners in pixels. */
interface Rectangle { readonly x: number; readonly y: number; readonly right: number; readonly bottom: number }
function areaOf(r: Rectangle): number { return f((r.right - r.x) * (r.bottom - r.y)); }
function commonArea(a: Rectangle, b: Rectangle): number {
  const common = { x: Math.max(a.x, b.x), y: Math.max(a.y, b.y), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) };
  return common.x > common.right || common.y > common.bottom ? 0 : areaOf(common);
}
/** A whole number below n, every one as likely: words too small are drawn again. */
function below(words: Words, n: number): number {
  const left = n > 0 && (n & (n - 1)) !== 0 ? (0xffffffff % n) + 1 : 0;
  let v = words.next();
  while (v < left) v = words.next();
  return n === 0 ? 0 : v % n;
}
/** A crop of the given proportions, its area a random part of the image; undefined when there is none. */
function randomCrop(width: number, height: number, least: number, most: number, aspect: number, words: Words): Rectangle | undefined {
  if (most <= 0 || aspect <= 0 || width <= 0 || height <= 0 || least > most) return undefined;
  const minArea = f(f(least * width) * height), maxArea = f(f(most * width) * height), root = (x: number): number => roundEven(f(Math.sqrt(f(x / aspect))));
  const across = (h: number): number => roundEven(f(h * aspect));
  let h = root(minArea), top = root(maxArea);
  if (across(top) > width) top = Math.trunc((width + 0.5 - f(0.0000001)) / aspect);
  top = Math.min(top, height);
  if (h >= top) h = top;
  if (h < top) h += below(words, top - h + 1);
  let w = across(h), area = f(w * h);
  if (area < minArea) { h++; w = across(h); area = f(w * h); }
  if (area > maxArea) { h--; w = across(h); area = f(w * h); }
  if (area < minArea || area > maxArea || w > width || h > height || w <= 0 || h <= 0) return undefined;
  const y = h < height ? below(words, height - h) : 0, x = w < width ? below(words, width - w) : 0;
  return { x, y, right: x + w, bottom: y + h };
}
function floatList(node: KernelNode, name: string, fallback: readonly [number, number], what: string): [number, number] {
  const list = (attrOf(node, name, 'list', {}).f ?? fallback).map(Math.fround);
  if (list.length !== 2) throw invalid(`${what} field must specify 2 dimensions`);
  if (!(list[0]! > 0 && list[1]! > 0)) throw invalid(`${what} must be non-negative: [${list.map((v) => strCatNumber(v)).join(', ')}]`);
  return list as [number, number];
}
const distorted: Kernel = ([size, boxes, covered], node, state) => {
  if (size!.shape.length !== 1) throw invalid(`image_size must be 1-dimensional${shapeText(size!.shape)}`);
  if (size!.shape[0] !== 3) throw invalid(`image_size must contain 3 elements${shapeText(size!.shape)}`);
  const aspects = floatList(node, 'aspect_ratio_range', [0.75, 1.33], 'Aspect ratio range'), areas = floatList(node, 'area_range', [0.05, 1], 'Area range'), attempts = intAttr(node, 'max_attempts', 100);
  if (areas[0] > 1 || areas[1] > 1) throw invalid(`Area range must be less then or equal to 1.0: [${areas.map((v) => strCatNumber(v)).join(', ')}]`);
  if (attempts <= 0) throw invalid(`Max attempts must be non-negative: ${attempts}`);
  const [height, width] = toNumbers(size!) as [number, number, number];
  for (const [n, what] of [[height, 'height'], [width, 'width']] as const) if (n < 0 || n >= 2 ** 31 - 1) throw invalid(`image ${what} cannot be >= int32 max`);
  if (boxes!.shape.length !== 3) throw invalid(`input boxes must be 3-dimensional [batch, num_boxes, coords]: ${shapeText(boxes!.shape)}`);
  if (boxes!.shape[2] !== 4) throw invalid(`bounding boxes must have shape [4] or [*, 4], got ${shapeText(boxes!.shape)}`);
  const least = covered ? (covered.data as Float32Array)[0]! : floatAttr(node, 'min_object_covered', f(0.1));
  if (!(least >= 0)) throw invalid(`Min object covered must be non-negative: ${strCatNumber(least)}`);
  const b = boxes!.data as Float32Array, given: Rectangle[] = [], image = { x: 0, y: 0, right: width, bottom: height };
  const bad = b.find((v) => !(v >= 0 && v <= 1));
  if (bad !== undefined) throw invalid(`All bounding box coordinates must be in [0.0, 1.0]: ${strCatNumber(bad)}`);
  for (let i = 0; i < b.length; i += 4) {
    const at = (k: number, n: number): number => Math.trunc(f(b[i + k]! * n));
    given.push({ x: at(1, width), y: at(0, height), right: at(3, width), bottom: at(2, height) });
  }
  if (given.length === 0) {
    if (!boolAttr(node, 'use_image_if_no_bounding_boxes', false)) throw invalid('No bounding boxes provided as input. One must enable use_image_if_no_bounding_boxes if you wish to not provide any bounding boxes.');
    given.push(image);
  }
  const words = new Words(reserve(node, state, attempts));
  let crop: Rectangle = image;
  for (let i = 0; i < attempts; i++) {
    const aspect = f(f(toFloat(words.next()) * f(aspects[1] - aspects[0])) + aspects[0]);
    const r = randomCrop(width, height, areas[0], areas[1], aspect, words);
    if (r && areaOf(r) >= 1 && given.some((g) => areaOf(g) >= 1 && f(commonArea(r, g) / areaOf(g)) >= least)) { crop = r; break; }
  }
  const dtype = size!.dtype.baseDtype, corners = Float32Array.of(crop.y / height, crop.x / width, crop.bottom / height, crop.right / width);
  return [fromNumbers(dtype, [3], [crop.y, crop.x, 0]), fromNumbers(dtype, [3], [crop.bottom - crop.y, crop.right - crop.x, -1]), new NDArray(float32, [1, 1, 4], corners)];
};

// --- drawn boxes

const COLORS: readonly (readonly number[])[] = [
  [1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1], [0.5, 0.5, 0, 1], [0.5, 0, 0, 1], [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1],
];
const draw: Kernel = ([images, boxes, colors]) => {
  if (images!.shape.length !== 4) throw invalid('The rank of the images should be 4');
  if (boxes!.shape.length !== 3) throw invalid('The rank of the boxes tensor should be 3');
  const [batch, height, width, depth] = images!.shape as [number, number, number, number];
  if (boxes!.shape[0] !== batch) throw invalid('The batch sizes should be the same');
  if (depth !== 4 && depth !== 1 && depth !== 3) throw invalid('Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)');
  if (boxes!.shape[2] !== 4) throw invalid(`The size of the third dimension of the box must be 4. Received: ${shapeText(boxes!.shape)}`);
  let table = COLORS.map((c) => (depth === 1 ? [1, ...c.slice(1)] : c));
  if (colors) {
    if (colors.shape.length !== 2) throw invalid(`colors must be a 2-D matrix${shapeText(colors.shape)}`);
    const n = colors.shape[1]!;
    if (n < depth) throw invalid(`colors must have equal or more channels than the image provided: ${shapeText(colors.shape)}`);
    if (colors.size > 0) table = Array.from({ length: colors.shape[0]! }, (_, i) => Array.from((colors.data as Float32Array).subarray(i * n, (i + 1) * n)));
  }
  const canvas = (images!.data as Float32Array).slice(), d = boxes!.data as Float32Array, count = boxes!.shape[1]!;
  for (let b = 0; b < batch; b++) for (let k = 0; k < count; k++) {
    const color = table[k % table.length]!, at = (i: number, n: number): number => Math.trunc(f(d[(b * count + k) * 4 + i]! * (n - 1)));
    const [top, left, bottom, right] = [at(0, height), at(1, width), at(2, height), at(3, width)];
    if (!(top <= bottom && left <= right) || top >= height || bottom < 0 || left >= width || right < 0) continue;
    const paint = (y: number, x: number): void => { for (let c = 0; c < depth; c++) canvas[((b * height + y) * width + x) * depth + c] = color[c]!; };
    const [y1, y2, x1, x2] = [Math.max(top, 0), Math.min(bottom, height - 1), Math.max(left, 0), Math.min(right, width - 1)];
    for (const y of [top, bottom]) if (y >= 0 && y < height) for (let x = x1; x <= x2; x++) paint(y, x);
    for (const x of [left, right]) if (x >= 0 && x < width) for (let y = y1; y <= y2; y++) paint(y, x);
  }
  return [new NDArray(images!.dtype.baseDtype, images!.shape, canvas)];
};

// --- glimpses

/** Numbers for what lies beyond the image. TensorFlow's differ from run to run; these are of the same distribution, always the same. */
function noiseOf(kind: string, image: Float32Array, depth: number, size: number): Float32Array {
  const out = new Float32Array(size), words = new Words(Philox.seeded(1n, BigInt(size)));
  if (kind === 'zero') return out;
  if (kind === 'uniform') {
    let [low, high] = [Infinity, -Infinity];
    for (const v of image) { low = Math.min(low, v); high = Math.max(high, v); }
    return out.map(() => f(low + f(toFloat(words.next()) * f(high - low))));
  }
  for (let c = 0; c < depth; c++) {
    const own = image.filter((_, i) => i % depth === c), mean = f(own.reduce((a, v) => a + v, 0) / own.length);
    const sigma = f(Math.sqrt(own.reduce((a, v) => a + (v - mean) ** 2, 0) / own.length)), low = own.reduce((a, v) => Math.min(a, v), Infinity), high = own.reduce((a, v) => Math.max(a, v), -Infinity);
    for (let i = c; i < size; i += depth) out[i] = Math.max(low, Math.min(high, f(mean + f(boxMuller(SCALAR32, toFloat(words.next()), toFloat(words.next()))[0] * sigma))));
  }
  return out;
}
const glimpse: Kernel = ([input, size, offsets], node) => {
  const uniform = boolAttr(node, 'uniform_noise', true), given = stringAttr(node, 'noise', 'uniform');
  if (uniform && given !== '' && given !== 'uniform') throw invalid('The uniform_noise and noise could not be specified at the same time');
  if (!['', 'uniform', 'gaussian', 'zero'].includes(given)) throw invalid(`The noise could only be uniform, gaussian, or zero, got${given}`);
  const noise = given === '' ? (uniform ? 'uniform' : 'gaussian') : given;
  if (input!.shape.length !== 4) throw invalid(`input must be 4-dimensional (batch_size, height, width, depth)${shapeText(input!.shape)}`);
  if (size!.shape.length !== 1 || size!.shape[0] !== 2) throw invalid(`input must be a vector of size 2 (height, width)${shapeText(size!.shape)}`);
  const [batch, height, width, depth] = input!.shape as [number, number, number, number], [rows, columns] = toNumbers(size!) as [number, number];
  if (offsets!.shape.length !== 2) throw invalid(`input must be a matrix${shapeText(offsets!.shape)}`);
  if (offsets!.shape[0] !== batch) throw invalid(`first dimension should be batch${shapeText(offsets!.shape)}`);
  if (offsets!.shape[1] !== 2) throw invalid(`second dimension should be of size 2 (y,x)${shapeText(offsets!.shape)}`);
  if (rows < 0 || columns < 0) throw invalid(`Expected size_ >= 0 for each axis, got ${rows} and ${columns}`);
  const [normalized, centered] = [boolAttr(node, 'normalized', true), boolAttr(node, 'centered', true)];
  const x = input!.data as Float32Array, at = offsets!.data as Float32Array, plane = height * width * depth, part = rows * columns * depth, out = new Float32Array(batch * part);
  const first = (v: number, n: number, window: number): number => {
    let p = normalized ? f(v * n) : v;
    if (centered) p = f(f(p / 2) + f(n / 2));
    return Math.trunc(f(p - f(window / 2)));
  };
  /** Where the overlap begins in image and glimpse, and its length. */
  const overlap = (from: number, n: number, window: number): { image: number; glimpse: number; length: number; partial: boolean } => {
    if (from < 0) { const length = Math.max(0, window + from); return { image: 0, glimpse: window - length, length: Math.min(n, length), partial: true }; }
    if (from + window >= n) return { image: from, glimpse: 0, length: Math.max(0, n - from), partial: true };
    return { image: from, glimpse: 0, length: window, partial: false };
  };
  for (let b = 0; b < batch; b++) {
    const own = x.subarray(b * plane, (b + 1) * plane), y = overlap(first(at[2 * b]!, height, rows), height, rows), c = overlap(first(at[2 * b + 1]!, width, columns), width, columns);
    if (y.partial || c.partial) out.set(noiseOf(noise, own, depth, part), b * part);
    for (let i = 0; i < y.length; i++) {
      const from = ((y.image + i) * width + c.image) * depth;
      out.set(own.subarray(from, from + c.length * depth), b * part + ((y.glimpse + i) * columns + c.glimpse) * depth);
    }
  }
  return [new NDArray(float32, [batch, rows, columns, depth], out)];
};

export const imageBoxKernels: readonly KernelDef[] = [
  { op: 'SampleDistortedBoundingBox', kernel: distorted }, { op: 'SampleDistortedBoundingBoxV2', kernel: distorted },
  { op: 'DrawBoundingBoxes', kernel: draw }, { op: 'DrawBoundingBoxesV2', kernel: draw }, { op: 'ExtractGlimpse', kernel: glimpse },
];
