// Colours, pixel by pixel: RGB and HSV, contrast, hue, saturation. Each step is rounded to the format (float16 and bfloat16 compute
// in binary32 and round once). Follows tensorflow/core/kernels/{colorspace_op.h,adjust_contrast_op,adjust_hue_op,adjust_saturation_op}.cc.
import { FailedPreconditionError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { invalid, shapeText, sizeOf } from './common.ts';
import { noKernel, roundedOnce } from './compute.ts';
import type { Kernel, KernelDef } from './kernel.ts';

type Round = (x: number) => number;
type Color = readonly [number, number, number];
const f = Math.fround;
const max = (a: number, b: number): number => (a < b ? b : a), min = (a: number, b: number): number => (b < a ? b : a);

/** The array with each triple of its last dimension changed. */
function eachColor(a: NDArray, change: (r: Round, x: number, y: number, z: number) => Color): NDArray {
  const from = a.data as Float32Array | Float64Array, to = from.slice(), round: Round = a.dtype.storage === 'f64' ? (x) => x : f;
  for (let i = 0; i < from.length; i += 3) to.set(change(round, from[i]!, from[i + 1]!, from[i + 2]!), i);
  return new NDArray(a.dtype.baseDtype, a.shape, to);
}
const floats = new Set(['f16', 'bf16', 'f32', 'f64']);
const colorspace = (op: string, change: (r: Round, x: number, y: number, z: number) => Color): KernelDef => ({
  op,
  kernel: ([a]) => {
    if (a!.shape.length < 1) throw invalid(`input must be at least 1D${shapeText(a!.shape)}`);
    const channels = a!.shape.at(-1)!;
    if (channels !== 3) throw new FailedPreconditionError(`input must have 3 channels but input only has ${channels} channels.`);
    if (!floats.has(a!.dtype.storage)) throw noKernel(op, a!.dtype);
    return [roundedOnce(a!, (x) => eachColor(x, change))];
  },
});

const toHsv = (r: Round, red: number, green: number, blue: number): Color => {
  const v = max(max(red, green), blue), range = r(v - min(min(red, green), blue)), s = v > 0 ? r(range / v) : 0;
  const norm = r(r(1 / range) * r(1 / 6));
  let h = red === v ? r(norm * r(green - blue)) : green === v ? r(r(norm * r(blue - red)) + r(2 / 6)) : r(r(norm * r(red - green)) + r(4 / 6));
  if (!(range > 0)) h = 0;
  return [h < 0 ? r(h + 1) : h, s, v];
};
const toRgb = (r: Round, h: number, s: number, v: number): Color => {
  const d = r(h * 6), limit = (x: number): number => min(max(x, 0), 1), rest = r(1 - s);
  const part = (x: number): number => r(r(rest + r(s * limit(x))) * v);
  return [part(r(Math.abs(r(d - 3)) - 1)), part(r(2 - Math.abs(r(d - 2)))), part(r(2 - Math.abs(r(d - 4))))];
};

// --- contrast

/** The sums of each channel, the halves of the image added again and again. */
function channelSums(x: Float32Array, pixels: number, channels: number): Float32Array {
  let sums = x, left = pixels;
  do {
    const right = left >> 1, from = sums === x ? x.slice() : sums;
    left -= right;
    for (let i = 0; i < right * channels; i++) from[i] = from[i]! + from[left * channels + i]!;
    sums = from;
  } while (left > 1);
  return sums;
}
const contrast: Kernel = ([images, factor]) => {
  if (images!.shape.length < 3) throw invalid(`input must be at least 3-D, got shape${shapeText(images!.shape)}`);
  if (factor!.shape.length !== 0) throw invalid(`contrast_factor must be scalar: ${shapeText(factor!.shape)}`);
  const by = (factor!.data as Float32Array)[0]!;
  return [roundedOnce(images!, (a) => {
    const [height, width, channels] = a.shape.slice(-3) as [number, number, number], plane = height * width * channels;
    const x = a.data as Float32Array, out = new Float32Array(x.length), each = f(1 / (height * width));
    for (let at = 0; at < x.length; at += plane) {
      const sums = channelSums(x.subarray(at, at + plane), height * width, channels);
      for (let i = 0; i < plane; i++) {
        const mean = f(sums[i % channels]! * each);
        out[at + i] = f(mean + f(by * f(x[at + i]! - mean)));
      }
    }
    return new NDArray(a.dtype, a.shape, out);
  })];
};

// --- hue and saturation

function adjusted(what: string, [images, amount]: readonly NDArray[], change: (by: number) => (r: Round, x: number, y: number, z: number) => Color): NDArray[] {
  if (images!.shape.length < 3) throw invalid(`input must be at least 3-D, got shape${shapeText(images!.shape)}`);
  if (amount!.shape.length !== 0) throw invalid(`${what} must be scalar: ${shapeText(amount!.shape)}`);
  const channels = images!.shape.at(-1)!;
  if (channels !== 3) throw invalid(`input must have 3 channels but instead has ${channels} channels.`);
  return [sizeOf(images!.shape) === 0 ? images! : roundedOnce(images!, (a) => eachColor(a, change((amount!.data as Float32Array)[0]!)))];
}

/** Hue in [0, 6), smallest and largest component. */
function hueOf(r: number, g: number, b: number): Color {
  const [sector, high, mid, low] = r < g ? (b < r ? [1, g, r, b] : b > g ? [3, b, g, r] : [2, g, b, r]) : b < g ? [0, r, g, b] : b > r ? [4, b, r, g] : [5, r, b, g];
  if (high === low) return [0, low, high];
  const ratio = f(f(mid - low) / f(high - low));
  return [f(sector + (sector % 2 === 0 ? ratio : f(1 - ratio))), low, high];
}
function fromHue(h: number, low: number, high: number): Color {
  const sector = Math.trunc(h), part = f(h - sector), mid = f(low + f((sector % 2 === 0 ? part : f(1 - part)) * f(high - low)));
  switch (sector) {
    case 0: return [high, mid, low];
    case 1: return [mid, high, low];
    case 2: return [low, high, mid];
    case 3: return [low, mid, high];
    case 4: return [mid, low, high];
    default: return [high, low, mid];
  }
}
/** Above this a turn changes nothing, and counting turns would never end. */
const TURNS = 2 ** 22;
const hue: Kernel = (inputs) => adjusted('delta', inputs, (delta) => {
  const by = f(delta * 6);
  if (Math.abs(by) >= TURNS) throw invalid(`delta must be a turn of the hue, but it is ${delta}`);
  return (_, r, g, b) => {
    const [start, low, high] = hueOf(r, g, b);
    let h = f(start + by);
    while (h < 0) h = f(h + 6);
    while (h >= 6) h = f(h - 6);
    return fromHue(h, low, high);
  };
});

/** As `toHsv`, but the thirds are added in binary64. */
function saturationOf(r: number, g: number, b: number): Color {
  const v = max(r, max(g, b)), range = f(v - min(r, min(g, b))), s = v > 0 ? f(range / v) : 0, norm = f(1 / f(6 * range));
  let h = r === v ? f(norm * f(g - b)) : g === v ? f(f(norm * f(b - r)) + 2 / 6) : f(f(norm * f(r - g)) + 4 / 6);
  if (range <= 0) h = 0;
  return [h < 0 ? f(h + 1) : h, s, v];
}
function fromSaturation(h: number, s: number, v: number): Color {
  const c = f(s * v), m = f(v - c), d = f(h * 6);
  let turn = d;
  while (turn <= 0) turn = f(turn + 2);
  while (turn >= 2) turn = f(turn - 2);
  const x = f(c * f(1 - Math.abs(f(turn - 1))));
  const parts: Color = ([[c, x, 0], [x, c, 0], [0, c, x], [0, x, c], [x, 0, c], [c, 0, x]] as const)[Math.trunc(d)] ?? [0, 0, 0];
  return [f(parts[0] + m), f(parts[1] + m), f(parts[2] + m)];
}
const saturation: Kernel = (inputs) => adjusted('scale', inputs, (scale) => (_, r, g, b) => {
  const [h, s, v] = saturationOf(r, g, b);
  return fromSaturation(h, min(1, max(0, f(s * scale))), v);
});

export const colorKernels: readonly KernelDef[] = [
  colorspace('RGBToHSV', toHsv), colorspace('HSVToRGB', toRgb), { op: 'AdjustContrastv2', kernel: contrast }, { op: 'AdjustHue', kernel: hue }, { op: 'AdjustSaturation', kernel: saturation },
];
