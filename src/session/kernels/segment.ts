// Rows gathered into segments or scattered to places, and the ops that sort values by a list of indices. Sums run in the
// order of the rows, one rounding an addition. Follows tensorflow/core/kernels/{segment_reduction_ops,scatter_nd_op,
// dynamic_partition_op,listdiff_op,bcast_ops}.cc.
import { int32, int64 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { broadcast, flatIndices, fromNumbers, indexText, intAttr, invalid, sameShape, shapeText, sizeOf, toNumber, toNumbers, typeAttr, zeros } from './common.ts';
import { narrow, noKernel, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { copyUnits, unitsOf } from './move.ts';
import { take } from './array.ts';
import { makeArray } from '../../ops/make_array.ts';

type Join = (a: number, b: number) => number;
const SUM: Join = (a, b) => a + b;
const PROD: Join = (a, b) => a * b;
const MIN: Join = (a, b) => (b < a ? b : a);
const MAX: Join = (a, b) => (a < b ? b : a);

/** out[at[i]] = join(out[at[i]], rows[i]) for rows of `run` numbers, in order; -1 leaves a row out. */
function accumulate(out: NDArray, rows: NDArray, at: readonly number[], join: Join): NDArray {
  const dtype = out.dtype;
  const dst = (widen(out) as Float64Array).slice(), src = widen(rows) as Float64Array;
  const run = at.length === 0 ? 0 : src.length / at.length;
  // 16-bit floats are joined in binary32; every other format rounds by being stored.
  at.forEach((to, i) => { if (to >= 0) for (let k = 0; k < run; k++) dst[to * run + k] = join(dst[to * run + k]!, src[i * run + k]!); });
  return new NDArray(dtype, out.shape, narrow(dtype, dst));
}

/** One row per segment; `ids` are sorted; a row of no segment is 0, of a product 1. */
const segment = (join: Join): Kernel => ([data, ids], node) => {
  if (data!.dtype.isComplex && join !== SUM && join !== PROD) throw noKernel(node.op, data!.dtype);
  if (ids!.shape.length !== 1) throw invalid('segment_ids should be a vector.');
  if (data!.shape.length === 0 || data!.shape[0] !== ids!.shape[0]) throw invalid(`segment_ids should be the same size as dimension 0 of input.`);
  const at = toNumbers(ids!);
  at.forEach((v, i) => {
    if (i > 0 && v < at[i - 1]!) throw invalid('segment ids are not increasing');
  });
  const rest = data!.shape.slice(1), count = at.length === 0 ? 0 : at[at.length - 1]! + 1;
  at.forEach((v) => { if (v < 0 || v >= count) throw invalid(`Segment id ${v} out of range [0, ${count}), possibly because 'segment_ids' input is not sorted.`); });
  const out = makeArray(join === PROD ? 1 : 0, data!.dtype.baseDtype, [count, ...rest]);
  const first = new Map<number, number>();
  at.forEach((v, i) => { if (!first.has(v)) first.set(v, i); });
  // Each segment starts as its first row.
  const src = unitsOf(out.dtype, data!.data), dst = unitsOf(out.dtype, out.data), row = sizeOf(rest) * src.per;
  for (const [v, i] of first) copyUnits(src.units, i * row, dst.units, v * row, row);
  return [accumulate(out, data!, at.map((v, i) => (first.get(v) === i ? -1 : v)), join)];
};

/** Rows summed by any ids; negative ids are dropped. */
const unsortedSegmentSum: Kernel = ([data, ids, count]) => {
  const n = toNumber(count!), rank = ids!.shape.length;
  if (n < 0) throw invalid(`Input num_segments == ${n} must not be negative.`);
  if (!sameShape(data!.shape.slice(0, rank), ids!.shape)) throw invalid(`data.shape = ${shapeText(data!.shape)} does not start with segment_ids.shape = ${shapeText(ids!.shape)}`);
  const at = toNumbers(ids!);
  at.forEach((v, i) => { if (v >= n) throw invalid(`segment_ids${indexText(i, ids!.shape)} = ${v} is out of range [0, ${n})`); });
  return [accumulate(zeros(data!.dtype.baseDtype, [n, ...data!.shape.slice(rank)]), data!, at, SUM)];
};

const scatterNd: Kernel = ([indices, updates, shape]) => {
  const dims = toNumbers(shape!);
  const depth = indices!.shape.length > 0 ? indices!.shape[indices!.shape.length - 1]! : 1;
  const outer = indices!.shape.slice(0, -1);
  if (sizeOf(dims) === 0 && (indices!.size > 0 || updates!.size > 0)) throw invalid(`Indices and updates specified for empty output tensor`);
  if (!sameShape(updates!.shape.slice(0, outer.length), outer)) throw invalid(`Outer dimensions of indices and update must match. Indices shape: ${shapeText(indices!.shape)}, updates shape:${shapeText(updates!.shape)}`);
  if (depth > dims.length || !sameShape(updates!.shape, [...outer, ...dims.slice(depth)])) {
    throw invalid(`The inner ${dims.length - depth} dimensions of output.shape=${shapeText(dims)} must match the inner ${updates!.shape.length - outer.length} dimensions of updates.shape=${shapeText(updates!.shape)}`);
  }
  const at = flatIndices(indices!, depth, dims, 'shape');
  return [accumulate(zeros(updates!.dtype.baseDtype, dims), updates!, at, SUM)];
};

const dynamicPartition: Kernel = ([data, partitions], node) => {
  const n = intAttr(node, 'num_partitions'), rank = partitions!.shape.length;
  if (!sameShape(data!.shape.slice(0, rank), partitions!.shape)) throw invalid(`data.shape must start with partitions.shape, got data.shape = ${shapeText(data!.shape)}, partitions.shape = ${shapeText(partitions!.shape)}`);
  const rest = data!.shape.slice(rank);
  const rows: number[][] = Array.from({ length: n }, () => []);
  toNumbers(partitions!).forEach((p, i) => {
    if (!(p >= 0 && p < n)) throw invalid(`partitions${indexText(i, partitions!.shape)} = ${p} is not in [0, ${n})`);
    rows[p]!.push(i);
  });
  const flat = data!.reshape([sizeOf(partitions!.shape), ...rest]);
  return rows.map((r) => take(flat, r, [r.length], 0));
};

/** Elements as keys of a Map: equal where C++ finds them equal, so no NaN is another. */
function keys(a: NDArray): unknown[] { return Array.from({ length: a.size }, (_, i) => { const v: unknown = a.flat(i); return Number.isNaN(v) ? Symbol('NaN') : v; }); }

/** The distinct elements in the order they come first, the place of every element among them, and how often each occurs. */
const unique = (counts: boolean): Kernel => ([x], node) => {
  if (x!.shape.length !== 1) throw invalid('unique expects a 1D vector.');
  const places = new Map<unknown, number>(), first: number[] = [], count: number[] = [];
  const place = keys(x!).map((key, i) => {
    let at = places.get(key);
    if (at === undefined) { places.set(key, at = first.length); first.push(i); count.push(0); }
    count[at]!++;
    return at;
  });
  const as = typeAttr(node, 'out_idx', int32), n = first.length;
  const out = [take(x!, first, [n], 0), fromNumbers(as, [place.length], place)];
  return counts ? [...out, fromNumbers(as, [n], count)] : out;
};

const listDiff: Kernel = ([x, y], node) => {
  if (x!.shape.length !== 1) throw invalid('x should be a 1D vector.');
  if (y!.shape.length !== 1) throw invalid('y should be a 1D vector.');
  const out = new Set(keys(y!)), of = keys(x!);
  const keep = of.map((_, i) => i).filter((i) => !out.has(of[i]));
  return [take(x!, keep, [keep.length], 0), fromNumbers(typeAttr(node, 'out_idx', int32), [keep.length], keep)];
};

const broadcastArgs: Kernel = ([a, b]) => {
  const [x, y] = [toNumbers(a!), toNumbers(b!)];
  const shape = broadcast(x, y);
  if (!shape) throw invalid(`Incompatible shapes: ${shapeText(x)} vs. ${shapeText(y)}`);
  return [fromNumbers(a!.dtype.storage === 'i64' ? int64 : int32, [shape.length], shape)];
};

const ensureShape: Kernel = ([x], node) => {
  const want = node.attr['shape'];
  if (want?.kind === 'shape' && want.value.dims !== null && !want.value.isCompatibleWith(x!.shape)) {
    throw invalid(`Shape of tensor ${node.name} ${shapeText(x!.shape)} is not compatible with expected shape ${want.value.debug}.`);
  }
  return [x!];
};

export const segmentKernels: readonly KernelDef[] = [
  { op: 'SegmentSum', kernel: segment(SUM) }, { op: 'SegmentProd', kernel: segment(PROD) }, { op: 'SegmentMin', kernel: segment(MIN) }, { op: 'SegmentMax', kernel: segment(MAX) },
  { op: 'UnsortedSegmentSum', kernel: unsortedSegmentSum }, { op: 'ScatterNd', kernel: scatterNd }, { op: 'DynamicPartition', kernel: dynamicPartition },
  { op: 'ListDiff', kernel: listDiff }, { op: 'Unique', kernel: unique(false) }, { op: 'UniqueWithCounts', kernel: unique(true) }, { op: 'BroadcastArgs', kernel: broadcastArgs }, { op: 'EnsureShape', kernel: ensureShape },
];
