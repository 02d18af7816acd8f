// The largest elements of rows, and elements counted into bins. Follows tensorflow/core/kernels/{topk_op,bincount_op,
// histogram_op}.cc.
import { bool, int32 } from '../../graph/dtype.ts';
import { NDArray, allocate } from '../../graph/ndarray.ts';
import { fromNumbers, intAttr, invalid, repeat, shapeText, toNumber, toNumbers, typeAttr } from './common.ts';
import { take } from './array.ts';
import { noKernel, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

/** The k largest of every row with their places, largest first, equal ones in the order of their places. */
const topK: Kernel = ([input, kInput], node) => {
  const { shape } = input!;
  if (kInput && kInput.shape.length !== 0) throw invalid(`k must be scalar, got shape ${shapeText(kInput.shape)}`);
  const k = kInput ? toNumber(kInput) : intAttr(node, 'k');
  if (k < 0) throw invalid(`Need k >= 0, got ${k}`);
  if (shape.length < 1) throw invalid(`input must be >= 1-D, got shape ${shapeText(shape)}`);
  const columns = shape[shape.length - 1]!;
  if (columns < k) throw invalid(`input must have at least k columns. Had ${columns}, needed ${k}`);
  if (input!.dtype.isComplex || input!.dtype.isBool) throw noKernel(node.op, input!.dtype);
  const x = widen(input!) as Float64Array, rows = columns === 0 ? 0 : input!.size / columns, places: number[] = [];
  for (let r = 0; r < rows; r++) {
    const order = repeat(columns, 0).map((_, i) => r * columns + i);
    if (k < columns || k > 1) order.sort((a, b) => (x[b]! < x[a]! ? -1 : x[b]! > x[a]! ? 1 : a - b));
    for (let i = 0; i < k; i++) places.push(order[i]!);
  }
  const out = [...shape.slice(0, -1), k];
  return [take(input!.reshape([input!.size]), places, out, 0), fromNumbers(int32, out, places.map((p) => p % columns))];
};

/** Sums of weights (without any: numbers of elements) by value. */
const bincount: Kernel = ([arr, size, weights]) => {
  const bins = toNumber(size!), dtype = weights!.dtype.baseDtype;
  if (bins < 0) throw invalid(`size (${bins}) must be non-negative`);
  const at = toNumbers(arr!);
  if (at.some((v) => v < 0)) throw invalid('Input arr must be non-negative!');
  if (weights!.size > 0 && weights!.size !== at.length) throw invalid(`weights must be the same shape as arr or length 0, got ${shapeText(weights!.shape)} for ${shapeText(arr!.shape)}`);
  const out = allocate(dtype, bins) as Float64Array, w = weights!.data as Float64Array;
  const one = (dtype.storage === 'i64' ? 1n : 1) as number;
  at.forEach((v, i) => { if (v < bins) out[v] = out[v]! + (weights!.size > 0 ? w[i]! : one); });
  return [new NDArray(dtype, [bins], out)];
};

/** How many values fall into each of equal parts of a range; those outside belong to the outermost. */
const histogramFixedWidth: Kernel = ([values, range, count], node) => {
  if (range!.shape.length !== 1) throw invalid('value_range should be a vector.');
  if (range!.size !== 2) throw invalid('value_range should be a vector of 2 elements.');
  if (count!.shape.length !== 0) throw invalid('nbins should be a scalar.');
  const bins = toNumber(count!), [low, high] = [range!.flat(0), range!.flat(1)].map(Number) as [number, number];
  if (!(low < high)) throw invalid(`value_range should satisfy value_range[0] < value_range[1], but got '[${low}, ${high}]'`);
  if (bins <= 0) throw invalid(`nbins should be a positive number, but got '${bins}'`);
  const round = values!.dtype.storage === 'f32' ? Math.fround : (x: number): number => x;
  const step = round(high - low) / bins, out = repeat(bins, 0);
  for (let i = 0; i < values!.size; i++) {
    const x = Number(values!.flat(i)), at = Math.min(round((x < low ? low : x) - low) / step, bins - 1);
    if (at >= 0) out[Math.trunc(at)]!++; // NaN is nowhere
  }
  return [fromNumbers(typeAttr(node, 'dtype', int32), [bins], out)];
};

/** Whether each target is among the k most probable classes of its row. */
const inTopK: Kernel = ([predictions, targets, k], node) => {
  const [rows, classes] = predictions!.shape as [number, number];
  if (predictions!.shape.length !== 2) throw invalid('predictions must be 2-dimensional');
  if (targets!.shape.length !== 1) throw invalid('targets must be 1-dimensional');
  if (k && k.shape.length !== 0) throw invalid(`k must be 0-D, got shape ${shapeText(k.shape)}`);
  if (targets!.shape[0] !== rows) throw invalid(`First dimension of predictions ${rows} must match length of targets ${targets!.shape[0]}`);
  const values = predictions!.data as Float32Array;
  const bound = k ? Number(k.flat(0)) : intAttr(node, 'k');
  return [new NDArray(bool, [rows], Uint8Array.from({ length: rows }, (_, i) => {
    const row = values.subarray(i * classes, (i + 1) * classes);
    const best = row[Number(targets!.flat(i))];
    // A target that is no class, or one value that is not finite (in TF: up to where the answer is clear), is a no.
    if (best === undefined || !Number.isFinite(best)) return 0;
    let above = 0;
    for (const x of row) {
      if (!Number.isFinite(x)) return 0;
      if (x > best && ++above > bound) break;
    }
    return above < bound ? 1 : 0;
  }))];
};

export const countingKernels: readonly KernelDef[] = [
  { op: 'InTopK', kernel: inTopK }, { op: 'InTopKV2', kernel: inTopK },
  { op: 'TopK', kernel: topK }, { op: 'TopKV2', kernel: topK }, { op: 'Bincount', kernel: bincount }, { op: 'HistogramFixedWidth', kernel: histogramFixedWidth },
];
