// Images resized by filters: bicubic and its gradient, area averages, and any of eight filters with scale and translation
// (ScaleAndTranslate) and its gradient. Weights and sums in binary32, in the order of TensorFlow's loops. Follows
// tensorflow/core/kernels/{resize_bicubic_op,resize_area_op,scale_and_translate_op}.cc, sampling_kernels.h, image_resizer_state.h.
import { float32 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, invalid, shapeText, sizeOf, stringAttr } from './common.ts';
import * as fn from './elementary.ts';
import type { Kernel, KernelDef, KernelNode } from './kernel.ts';
import { roundEven } from './blocks.ts';
import { dims, floatsOf, places, scaleOf, sizesOf, Sums } from './resize.ts';
import { SCALAR32, SCALAR64 } from './scalar.ts';

const f = Math.fround;
const TINY = f(1000 * 2 ** -126);
const bound = (x: number, limit: number): number => Math.min(limit - 1, Math.max(0, x));

// --- bicubic

/** The cubic's values in steps of 1 / 1024: pairs at distance x and 1 + x. */
const STEPS = 1024;
function coefficients(a: number): Float32Array {
  const table = new Float32Array(2 * (STEPS + 1));
  for (let i = 0; i <= STEPS; i++) {
    const x = f(i / STEPS), y = f(x + 1);
    table[2 * i] = ((a + 2) * x - (a + 3)) * x * x + 1;
    table[2 * i + 1] = ((a * y - 5 * a) * y + 8 * a) * y - 4 * a;
  }
  return table;
}
const KEYS = coefficients(-0.5), SHARP = coefficients(-0.75);

/** Four pixels of `from` and their weights. */
interface Taps { readonly at: readonly number[]; readonly weights: readonly number[] }
function cubicTaps(node: KernelNode, from: number, to: number): Taps[] {
  const half = boolAttr(node, 'half_pixel_centers', false), scale = scaleOf(node, from, to), table = half ? KEYS : SHARP;
  return Array.from({ length: to }, (_, i): Taps => {
    const place = half ? f(f(f(i + 0.5) * scale) - 0.5) : f(i * scale), low = Math.floor(place), offset = roundEven(f(f(place - low) * STEPS));
    const wanted = [low - 1, low, low + 1, low + 2], at = wanted.map((x) => bound(x, from));
    const weights = [table[2 * offset + 1]!, table[2 * offset]!, table[2 * (STEPS - offset)]!, table[2 * (STEPS - offset) + 1]!];
    if (!half) return { at, weights };
    // Pixels beyond the border do not count.
    const inside = weights.map((w, k) => (at[k] === wanted[k] ? w : 0)), sum = f(f(f(inside[0]! + inside[1]!) + inside[2]!) + inside[3]!);
    if (Math.abs(sum) < TINY) return { at, weights: inside };
    const each = f(1 / sum);
    return { at, weights: inside.map((w) => f(w * each)) };
  });
}
const blend = (w: readonly number[], a: number, b: number, c: number, d: number): number => f(f(f(f(a * w[0]!) + f(b * w[1]!)) + f(c * w[2]!)) + f(d * w[3]!));

const bicubic: Kernel = ([image, size], node) => {
  places(node);
  const { batch, height, width, channels, rows, columns } = sizesOf(image!, size!), x = floatsOf(image!);
  const ys = cubicTaps(node, height, rows), xs = cubicTaps(node, width, columns), shape = [batch, rows, columns, channels], out = new Float32Array(sizeOf(shape));
  const line = new Float32Array(width * channels), stride = width * channels;
  let o = 0;
  for (let b = 0; b < batch; b++) for (const y of ys) {
    const [r0, r1, r2, r3] = y.at.map((r) => (b * height + r) * stride) as [number, number, number, number];
    for (let i = 0; i < stride; i++) line[i] = blend(y.weights, x[r0 + i]!, x[r1 + i]!, x[r2 + i]!, x[r3 + i]!);
    for (const t of xs) {
      const [c0, c1, c2, c3] = t.at.map((p) => p * channels) as [number, number, number, number];
      for (let c = 0; c < channels; c++) out[o++] = blend(t.weights, line[c0 + c]!, line[c1 + c]!, line[c2 + c]!, line[c3 + c]!);
    }
  }
  return [new NDArray(float32, shape, out)];
};
const bicubicGrad: Kernel = ([g, image], node) => {
  places(node);
  const [batch, rows, columns, channels] = dims(g!, 'input_grad'), [, height, width] = dims(image!, 'original_image');
  const d = g!.data as Float32Array, dtype = image!.dtype.baseDtype, sum = new Sums('ResizeBicubicGrad', dtype, [batch, height, width, channels]);
  const ys = cubicTaps(node, height, rows), xs = cubicTaps(node, width, columns), double = dtype.storage === 'f64', r = double ? (v: number): number => v : f;
  let i = 0;
  for (let b = 0; b < batch; b++) for (const y of ys) for (const x of xs) for (let c = 0; c < channels; c++) {
    const v = d[i++]!;
    for (let j = 0; j < 4; j++) for (let k = 0; k < 4; k++) sum.add(((b * height + y.at[j]!) * width + x.at[k]!) * channels + c, r(r(v * y.weights[j]!) * x.weights[k]!));
  }
  return [sum.done()];
};

// --- area

/** The pixels an output pixel covers, with how much of each. */
interface Span { readonly start: number; readonly parts: readonly number[] }
function areaSpans(scale: number, to: number): Span[] {
  return Array.from({ length: to }, (_, i) => {
    const from = f(i * scale), until = f((i + 1) * scale), start = Math.floor(from), end = Math.ceil(until);
    const part = (v: number): number => (v < from ? (v + 1 > until ? scale : f(f(v + 1) - from)) : v + 1 > until ? f(until - v) : 1);
    return { start, parts: Array.from({ length: end - start }, (__, k) => part(start + k)) };
  });
}
const area: Kernel = ([image, size], node) => {
  const { batch, height, width, channels, rows, columns } = sizesOf(image!, size!), x = floatsOf(image!);
  const [down, across] = [scaleOf(node, height, rows), scaleOf(node, width, columns)], scale = f(1 / f(down * across));
  const ys = areaSpans(down, rows), xs = areaSpans(across, columns), shape = [batch, rows, columns, channels], out = new Float32Array(sizeOf(shape));
  let o = 0;
  for (let b = 0; b < batch; b++) for (const y of ys) for (const s of xs) for (let c = 0; c < channels; c++) {
    let sum = 0;
    y.parts.forEach((partY, j) => {
      const row = (b * height + bound(y.start + j, height)) * width, last = s.parts.length - 1;
      // The pixels between the first and the last count in full.
      const at = (k: number): number => x[(row + bound(s.start + k, width)) * channels + c]!;
      let line = f(at(0) * s.parts[0]!);
      for (let k = 1; k <= last; k++) line = f(line + (k < last ? at(k) : f(at(k) * s.parts[k]!)));
      sum = f(sum + f(line * partY));
    });
    out[o++] = f(sum * scale);
  }
  return [new NDArray(float32, shape, out)];
};

// --- scale and translate

interface Filter { readonly radius: number; readonly value: (x: number) => number }
const lanczos = (radius: number): Filter => ({ radius, value: (x) => {
  const pi = f(3.14159265359);
  if (x > radius) return 0;
  if (x <= 1e-3) return 1;
  const top = f(f(radius * fn.sin(SCALAR32, f(pi * x))) * fn.sin(SCALAR32, f(f(pi * x) / radius)));
  return f(top / f(f(f(pi * pi) * x) * x));
} });
const cubic = (value: (x: number) => number): Filter => ({ radius: 2, value: (x) => (x >= 2 ? 0 : value(x)) });
const poly = (x: number, ...c: readonly number[]): number => c.slice(1).reduce((y, k) => f(f(y * x) + f(k)), f(c[0]!));
const FILTERS: Readonly<Record<string, Filter>> = {
  lanczos1: lanczos(1), lanczos3: lanczos(3), lanczos5: lanczos(5),
  gaussian: { radius: 1.5, value: (x) => (x >= 1.5 ? 0 : f(fn.exp(SCALAR64, f(-x * x) / (2 * 0.5 * 0.5)))) },
  box: { radius: 1, value: (x) => (x < 0.5 ? 1 : x === 0.5 ? 0.5 : 0) },
  triangle: { radius: 1, value: (x) => (x < 1 ? f(1 - x) : 0) },
  keyscubic: cubic((x) => (x >= 1 ? poly(x, -0.5, 2.5, -4, 2) : f(f(f(f(f(1.5 * x) - 2.5) * x) * x) + 1))),
  mitchellcubic: cubic((x) => (x >= 1 ? poly(x, f(-7) / 18, 2, f(-10) / 3, f(16) / 9) : f(f(f(f(f(f(7 / 6) * x) - 2) * x) * x) + f(8 / 9)))),
};

/** Where the inputs of each output begin, and `size` weights for each. */
interface Spans { readonly size: number; readonly starts: Int32Array; readonly weights: Float32Array }
function spansOf(filter: Filter, to: number, from: number, scale: number, translate: number, antialias: boolean): Spans {
  const inverse = f(1 / scale), moved = f(-inverse * translate), stretch = antialias ? Math.max(inverse, 1) : 1, reach = f(filter.radius * stretch);
  const size = Math.min(2 * Math.ceil(reach) + 1, from), starts = new Int32Array(to), weights = new Float32Array(size * to), shrink = f(1 / stretch);
  for (let x = 0; x < to; x++) {
    const place = f(f(f(x + 0.5) * inverse) + moved);
    if (place < 0 || place > from) continue;
    const start = bound(Math.ceil(f(f(place - reach) - 0.5)), from), end = bound(Math.floor(f(f(place + reach) - 0.5)), from) + 1;
    const own: number[] = [];
    let total = 0;
    for (let i = start; i < end; i++) {
      const w = filter.value(Math.abs(f(f(f(i + 0.5) - place) * shrink)));
      total = f(total + w);
      own.push(w);
    }
    if (Math.abs(total) >= TINY) { const each = f(1 / total); own.forEach((w, k) => { weights[size * x + k] = f(w * each); }); }
    starts[x] = start;
  }
  return { size, starts, weights };
}
/** The transposed spans: for each input of the forward pass, the outputs it reaches. */
function gradSpans({ size, starts, weights }: Spans, to: number, from: number): Spans {
  const reached = Array.from({ length: from }, (): (readonly [index: number, weight: number])[] => []);
  for (let o = 0; o < to; o++) for (let j = 0; j < size; j++) {
    const w = weights[o * size + j]!, i = starts[o]! + j;
    if (w !== 0 && i < from) reached[i]!.push([o, w]);
  }
  const width = Math.max(0, ...reached.map((r) => (r.length === 0 ? 0 : r.at(-1)![0] - r[0]![0] + 1)));
  const first = Int32Array.from(reached, (r) => r[0]?.[0] ?? 0), out = new Float32Array(width * from);
  reached.forEach((r, i) => { for (const [o, w] of r) out[i * width + o - first[i]!] = w; });
  return { size: width, starts: first, weights: out };
}
/** Weighted sums of rows, then of columns. */
function gather(x: Float32Array, shape: readonly [number, number, number, number], rows: Spans, columns: Spans): NDArray {
  const [batch, height, width, channels] = shape, [toRows, toColumns] = [rows.starts.length, columns.starts.length], stride = width * channels;
  const out = new Float32Array(batch * toRows * toColumns * channels), line = new Float32Array(stride);
  for (let b = 0, o = 0; b < batch; b++) for (let y = 0; y < toRows; y++) {
    line.fill(0);
    for (let j = 0; j < Math.min(rows.size, height - rows.starts[y]!); j++) {
      const w = rows.weights[y * rows.size + j]!, at = (b * height + rows.starts[y]! + j) * stride;
      for (let i = 0; i < stride; i++) line[i] = f(line[i]! + f(w * x[at + i]!));
    }
    for (let k = 0; k < toColumns; k++) for (let c = 0; c < channels; c++) {
      let sum = 0;
      const start = columns.starts[k]!, count = Math.min(columns.size, width - start);
      for (let j = 0; j < count; j++) sum = f(sum + f(columns.weights[k * columns.size + j]! * line[(start + j) * channels + c]!));
      out[o++] = sum;
    }
  }
  return new NDArray(float32, [batch, toRows, toColumns, channels], out);
}
function filterOf(node: KernelNode): Filter {
  const kind = stringAttr(node, 'kernel_type', 'lanczos3'), filter = FILTERS[kind.toLowerCase()];
  if (!filter) throw invalid(`Unrecognized kernel type: ${kind}`);
  return filter;
}
function pair(a: NDArray): [number, number] {
  if (a.shape.length !== 1) throw invalid(`t must be 1-dimensional${shapeText(a.shape)}`);
  if (a.size !== 2) throw invalid(`t must have two elements${shapeText(a.shape)}`);
  return Array.from(a.data as Float32Array) as [number, number];
}
function scales(scale: NDArray): [number, number] {
  const [down, across] = pair(scale);
  if (!(down > 0 && across > 0)) throw invalid('Scale must be greater than zero.');
  return [down, across];
}
const scaleAndTranslate: Kernel = ([image, size, scale, translation], node) => {
  const filter = filterOf(node), antialias = boolAttr(node, 'antialias', true);
  const { batch, height, width, channels, rows, columns } = sizesOf(image!, size!, 'output_shape_t');
  const [down, across] = scales(scale!), [moveY, moveX] = pair(translation!);
  return [gather(floatsOf(image!), [batch, height, width, channels], spansOf(filter, rows, height, down, moveY, antialias), spansOf(filter, columns, width, across, moveX, antialias))];
};
const scaleAndTranslateGrad: Kernel = ([g, image, scale, translation], node) => {
  const filter = filterOf(node), antialias = boolAttr(node, 'antialias', true);
  const [batch, rows, columns, channels] = dims(g!, 'input_grad'), [, height, width] = dims(image!, 'original_image');
  const [down, across] = scales(scale!), [moveY, moveX] = pair(translation!);
  const back = (to: number, from: number, by: number, move: number): Spans => gradSpans(spansOf(filter, to, from, by, move, antialias), to, from);
  return [gather(g!.data as Float32Array, [batch, rows, columns, channels], back(rows, height, down, moveY), back(columns, width, across, moveX))];
};

export const resizeFilterKernels: readonly KernelDef[] = [
  { op: 'ResizeBicubic', kernel: bicubic }, { op: 'ResizeBicubicGrad', kernel: bicubicGrad }, { op: 'ResizeArea', kernel: area },
  { op: 'ScaleAndTranslate', kernel: scaleAndTranslate }, { op: 'ScaleAndTranslateGrad', kernel: scaleAndTranslateGrad },
];
