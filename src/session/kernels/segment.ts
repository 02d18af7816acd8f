// Rows gathered into segments or scattered to places, and the ops that sort values by a list of indices. Sums run in the
// order of the rows, one rounding an addition. Follows tensorflow/core/kernels/{segment_reduction_ops,scatter_nd_op,
// dynamic_partition_op,listdiff_op,bcast_ops}.cc.
import { int32, int64 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { broadcast, flatIndices, fromNumbers, indexText, intAttr, invalid, sameShape, shapeText, sizeOf, toNumber, toNumbers, typeAttr, zeros } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { copyUnits, filled, unitsOf } from './move.ts';
import { scalarOne, take } from './array.ts';
import { joinRuns } from './scatter.ts';

type Kind = 'Add' | 'Mul' | 'Min' | 'Max';

/** One row per segment; `ids` are sorted; a row of no segment is 0, of a product 1. */
const segment = (kind: Kind): Kernel => ([data, ids], node) => {
  if (ids!.shape.length !== 1) throw invalid('segment_ids should be a vector.');
  if (data!.shape.length === 0 || data!.shape[0] !== ids!.shape[0]) throw invalid(`segment_ids should be the same size as dimension 0 of input.`);
  const at = toNumbers(ids!);
  at.forEach((v, i) => {
    if (i > 0 && v < at[i - 1]!) throw invalid('segment ids are not increasing');
  });
  const rest = data!.shape.slice(1), count = at.length === 0 ? 0 : at[at.length - 1]! + 1;
  at.forEach((v) => { if (v < 0 || v >= count) throw invalid(`Segment id ${v} out of range [0, ${count}), possibly because 'segment_ids' input is not sorted.`); });
  const dtype = data!.dtype.baseDtype, shape = [count, ...rest];
  const out = kind === 'Mul' ? filled(scalarOne(dtype), shape) : zeros(dtype, shape);
  const first = new Map<number, number>();
  at.forEach((v, i) => { if (!first.has(v)) first.set(v, i); });
  // Each segment starts as its first row.
  const src = unitsOf(out.dtype, data!.data), dst = unitsOf(out.dtype, out.data), row = sizeOf(rest) * src.per;
  for (const [v, i] of first) copyUnits(src.units, i * row, dst.units, v * row, row);
  const run = sizeOf(rest);
  return [joinRuns(node.op, kind, out, data!, at.map((v, i) => (first.get(v) === i ? -1 : v * run)), run)];
};

/** Rows summed by any ids; negative ids are dropped. */
const unsortedSegmentSum: Kernel = ([data, ids, count], node) => {
  const n = toNumber(count!), rank = ids!.shape.length;
  if (n < 0) throw invalid(`Input num_segments == ${n} must not be negative.`);
  if (!sameShape(data!.shape.slice(0, rank), ids!.shape)) throw invalid(`data.shape = ${shapeText(data!.shape)} does not start with segment_ids.shape = ${shapeText(ids!.shape)}`);
  const at = toNumbers(ids!);
  at.forEach((v, i) => { if (v >= n) throw invalid(`segment_ids${indexText(i, ids!.shape)} = ${v} is out of range [0, ${n})`); });
  const rest = data!.shape.slice(rank), run = sizeOf(rest);
  return [joinRuns(node.op, 'Add', zeros(data!.dtype.baseDtype, [n, ...rest]), data!, at.map((v) => v * run), run)];
};

const scatterNd: Kernel = ([indices, updates, shape], node) => {
  const dims = toNumbers(shape!);
  const depth = indices!.shape.length > 0 ? indices!.shape[indices!.shape.length - 1]! : 1;
  const outer = indices!.shape.slice(0, -1);
  if (sizeOf(dims) === 0 && (indices!.size > 0 || updates!.size > 0)) throw invalid(`Indices and updates specified for empty output tensor`);
  if (!sameShape(updates!.shape.slice(0, outer.length), outer)) throw invalid(`Outer dimensions of indices and update must match. Indices shape: ${shapeText(indices!.shape)}, updates shape:${shapeText(updates!.shape)}`);
  if (depth > dims.length || !sameShape(updates!.shape, [...outer, ...dims.slice(depth)])) {
    throw invalid(`The inner ${dims.length - depth} dimensions of output.shape=${shapeText(dims)} must match the inner ${updates!.shape.length - outer.length} dimensions of updates.shape=${shapeText(updates!.shape)}`);
  }
  const at = flatIndices(indices!, depth, dims, 'shape');
  const run = sizeOf(dims.slice(depth));
  return [joinRuns(node.op, 'Add', zeros(updates!.dtype.baseDtype, dims), updates!, at.map((v) => v * run), run)];
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
  { op: 'SegmentSum', kernel: segment('Add') }, { op: 'SegmentProd', kernel: segment('Mul') }, { op: 'SegmentMin', kernel: segment('Min') }, { op: 'SegmentMax', kernel: segment('Max') },
  { op: 'UnsortedSegmentSum', kernel: unsortedSegmentSum }, { op: 'ScatterNd', kernel: scatterNd }, { op: 'DynamicPartition', kernel: dynamicPartition },
  { op: 'ListDiff', kernel: listDiff }, { op: 'Unique', kernel: unique(false) }, { op: 'UniqueWithCounts', kernel: unique(true) }, { op: 'BroadcastArgs', kernel: broadcastArgs }, { op: 'EnsureShape', kernel: ensureShape },
];
