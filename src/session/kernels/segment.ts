// Rows gathered into segments or scattered to places, and the ops that sort values by a list of indices. Sums run in the
// order of the rows, one rounding an addition. Follows tensorflow/core/kernels/{segment_reduction_ops,scatter_nd_op,
// dynamic_partition_op,listdiff_op,bcast_ops}.cc.
import { type DType, int32, int64 } from '../../graph/dtype.ts';
import { allocate, countOf, NDArray } from '../../graph/ndarray.ts';
import { broadcast, flatIndices, fromNumbers, indexText, intAttr, invalid, normalAxis, repeat, sameShape, shapeText, sizeOf, stringAttr, toNumber, toNumbers, typeAttr, zeros } from './common.ts';
import { evaluate, roundedOnce, type ValueRow } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { copyUnits, filled, unitsOf } from './move.ts';
import { scalarOne, take } from './array.ts';
import { joinRuns } from './scatter.ts';

type Kind = 'Add' | 'Mul' | 'Min' | 'Max';

/** Rows joined by place: each place starts as its first row, later ones join in order; a place without rows is 0, of products 1. */
export function joinRows(op: string, kind: Kind, data: NDArray, at: readonly number[], count: number): NDArray {
  const dtype = data.dtype.baseDtype, rest = data.shape.slice(1), shape = [count, ...rest], run = sizeOf(rest);
  const out = kind === 'Mul' ? filled(scalarOne(dtype), shape) : zeros(dtype, shape);
  const src = unitsOf(dtype, data.data), dst = unitsOf(dtype, out.data), row = run * src.per, seen = new Set<number>();
  const starts = at.map((v, i) => {
    if (seen.has(v)) return v * run;
    seen.add(v);
    copyUnits(src.units, i * row, dst.units, v * row, row);
    return -1;
  });
  return joinRuns(op, kind, out, data, starts, run);
}
/** Sorted ids of segments as numbers, checked; `count`: how many segments there may be. */
export function segmentIds(ids: NDArray, count?: number): { readonly at: readonly number[]; readonly count: number } {
  const at = toNumbers(ids), rows = count ?? (at.length === 0 ? 0 : at[at.length - 1]! + 1);
  at.forEach((v, i) => {
    if (i > 0 && v < at[i - 1]!) throw invalid('segment ids are not increasing');
  });
  at.forEach((v) => { if (v < 0 || v >= rows) throw invalid(`Segment id ${v} out of range [0, ${rows}), possibly because 'segment_ids' input is not sorted.`); });
  return { at, count: rows };
}
function checkSegments(data: NDArray, ids: NDArray): void {
  if (ids.shape.length !== 1) throw invalid('segment_ids should be a vector.');
  if (data.shape.length === 0 || data.shape[0] !== ids.shape[0]) throw invalid(`segment_ids should be the same size as dimension 0 of input.`);
}
const segment = (kind: Kind): Kernel => ([data, ids], node) => {
  checkSegments(data!, ids!);
  const { at, count } = segmentIds(ids!);
  return [joinRows(node.op, kind, data!, at, count)];
};

/** A number for each of `count` rows, to broadcast over them. */
export function perRow(values: readonly number[], like: { readonly dtype: DType; readonly shape: readonly number[] }): NDArray {
  const dtype = like.dtype.baseDtype, shape = [values.length, ...like.shape.slice(1).map(() => 1)];
  if (!dtype.isComplex) return fromNumbers(dtype, shape, values);
  const data = allocate(dtype, values.length) as Float64Array;
  values.forEach((v, i) => { data[2 * i] = v; });
  return new NDArray(dtype, shape, data);
}
/** How many rows each place has; 1 where it has none. */
export function counts(at: readonly number[], count: number): number[] {
  const n = repeat(count, 0);
  for (const v of at) n[v]!++;
  return n.map((c) => Math.max(c, 1));
}
export const DIVIDE: ValueRow = { float: (o, s, n) => o.div(s, n), int: (o, s, n) => o.div(s, n), complex: (o, [re, im], [n]) => [o.div(re, n), o.div(im, n)] };
const segmentMean: Kernel = ([data, ids], node) => {
  checkSegments(data!, ids!);
  const { at, count } = segmentIds(ids!);
  return [roundedOnce(data!, (x) => evaluate(node.op, DIVIDE, [joinRows(node.op, 'Add', x, at, count), perRow(counts(at, count), x)]))];
};

/** The smallest or largest finite number of a dtype. */
export function extreme(dtype: DType, largest: boolean): NDArray {
  const data = allocate(dtype, 1), bits = BigInt(dtype.size * 8);
  switch (dtype.storage) {
    case 'f16': (data as Uint16Array)[0] = largest ? 0x7bff : 0xfbff; break;
    case 'bf16': (data as Uint16Array)[0] = largest ? 0x7f7f : 0xff7f; break;
    case 'f32': (data as Float32Array)[0] = (largest ? 1 : -1) * 3.4028234663852886e38; break;
    case 'f64': (data as Float64Array)[0] = (largest ? 1 : -1) * Number.MAX_VALUE; break;
    default: {
      const x = dtype.isUnsigned ? (largest ? (1n << bits) - 1n : 0n) : largest ? (1n << (bits - 1n)) - 1n : -(1n << (bits - 1n));
      if (dtype.size === 8) (data as BigInt64Array)[0] = x; else (data as Int32Array)[0] = Number(x);
    }
  }
  return new NDArray(dtype, [], data);
}
/** Ops that join rows by any ids: how, and what places start with. */
export const UNSORTED: Readonly<Record<string, { readonly kind: 'Add' | 'Mul' | 'MinLast' | 'MaxLast'; start(dtype: DType): NDArray }>> = {
  UnsortedSegmentSum: { kind: 'Add', start: (d) => zeros(d, []) }, UnsortedSegmentProd: { kind: 'Mul', start: scalarOne },
  UnsortedSegmentMin: { kind: 'MinLast', start: (d) => extreme(d, true) }, UnsortedSegmentMax: { kind: 'MaxLast', start: (d) => extreme(d, false) },
};
/** Negative ids are left out. */
const unsortedSegment: Kernel = ([data, ids, count], node) => {
  const { kind, start } = UNSORTED[node.op]!, rank = ids!.shape.length, dtype = data!.dtype.baseDtype;
  if (count!.shape.length !== 0) throw invalid(`num_segments should be a scalar, not shape ${shapeText(count!.shape)}`);
  const n = toNumber(count!);
  if (!sameShape(data!.shape.slice(0, rank), ids!.shape)) throw invalid(`data.shape = ${shapeText(data!.shape)} does not start with segment_ids.shape = ${shapeText(ids!.shape)}`);
  if (n < 0) throw invalid(`Input num_segments == ${n} must not be negative.`);
  const at = toNumbers(ids!);
  at.forEach((v, i) => { if (v >= n) throw invalid(`segment_ids${indexText(i, ids!.shape)} = ${v} is out of range [0, ${n})`); });
  const rest = data!.shape.slice(rank), run = sizeOf(rest);
  return [joinRuns(node.op, kind, filled(start(dtype), [n, ...rest]), data!, at.map((v) => v * run), run)];
};

/** Runs of strings put behind what is in their places. */
function joinStrings(from: readonly Uint8Array[], at: readonly number[], run: number, dims: readonly number[], dtype: DType): NDArray {
  const out: Uint8Array[] = Array.from({ length: countOf(sizeOf(dims)) }, () => new Uint8Array());
  at.forEach((to, i) => {
    for (let k = 0; k < run; k++) out[to * run + k] = Uint8Array.from([...out[to * run + k]!, ...from[i * run + k]!]);
  });
  return new NDArray(dtype, dims, out);
}

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
  if (updates!.dtype.storage === 'string') return [joinStrings(updates!.data as Uint8Array[], at, run, dims, updates!.dtype.baseDtype)];
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

/** Slices along an axis as keys: those of their elements, joined. */
function sliceKeys(x: NDArray, axis: number): unknown[] {
  const n = x.shape[axis]!, inner = sizeOf(x.shape.slice(axis + 1)), of = keys(x);
  if (inner === 1 && n === x.size) return of;
  return Array.from({ length: n }, (_, i) => {
    const own = of.filter((_v, k) => Math.floor(k / inner) % n === i);
    return own.some((v) => typeof v === 'symbol') ? Symbol('NaN') : own.map((v) => (Object.is(v, -0) ? '0' : String(v))).join();
  });
}
/** Where each element stands among the distinct ones, and where those come first. */
interface Distinct { readonly place: ArrayLike<number>; readonly first: ArrayLike<number> }
function distinct(keys: readonly unknown[]): Distinct {
  const places = new Map<unknown, number>(), first: number[] = [];
  return { first, place: keys.map((key, i) => {
    let at = places.get(key);
    if (at === undefined) { places.set(key, at = first.length); first.push(i); }
    return at;
  }) };
}
/** The same of integers of 32 or 64 bits, by a table that holds the number of each where its hash says, or behind that. */
function distinctIntegers({ data, size }: NDArray, per: 1 | 2): Distinct {
  const words = new Int32Array((data as Int32Array).buffer, (data as Int32Array).byteOffset, size * per), bits = Math.ceil(Math.log2(size + 1)) + 1, mask = (1 << bits) - 1;
  const table = new Int32Array(1 << bits), place = new Int32Array(size), first = new Int32Array(size);
  let n = 0;
  for (let i = 0; i < size; i++) {
    const low = words[i * per]!, high = per === 2 ? words[2 * i + 1]! : 0;
    let slot = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> (32 - bits), at = table[slot]!;
    while (at > 0 && (words[first[at - 1]! * per] !== low || (per === 2 && words[first[at - 1]! * 2 + 1] !== high))) at = table[slot = (slot + 1) & mask]!;
    if (at === 0) { first[n++] = i; table[slot] = at = n; }
    place[i] = at - 1;
  }
  return { place, first: first.subarray(0, n) };
}
/** The distinct elements (of V2: slices along an axis) in the order they come first, the place of every element among them, and how often each occurs. */
const unique = (counted: boolean): Kernel => ([x, axisInput], node) => {
  let axis = 0;
  if (axisInput && axisInput.shape.length !== 1) throw invalid('axis expects a 1D vector.');
  if (axisInput && axisInput.size > 1) throw invalid('axis does not support input tensors larger than 1 elements');
  if (axisInput && axisInput.size === 1) axis = normalAxis(toNumber(axisInput), x!.shape.length, () => `axis has to be between [0, ${x!.shape.length})`);
  else if (x!.shape.length !== 1) throw invalid('unique expects a 1D vector.');
  const { storage } = x!.dtype, per = storage === 'i32' ? 1 : storage === 'i64' ? 2 : undefined;
  const { place, first } = per !== undefined && x!.shape.length === 1 && x!.size < MANY ? distinctIntegers(x!, per) : distinct(sliceKeys(x!, axis));
  const as = typeAttr(node, 'out_idx', int32), n = first.length;
  const out = [take(x!, first, [n], axis), fromNumbers(as, [place.length], place)];
  if (!counted) return out;
  const count = new Int32Array(n);
  for (let i = 0; i < place.length; i++) count[place[i]!]!++;
  return [...out, fromNumbers(as, [n], count)];
};
/** Tables are not made for more. */
const MANY = 1 << 26;

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
    throw invalid(`Shape of tensor ${stringAttr(node, 'input')} ${shapeText(x!.shape)} is not compatible with expected shape ${want.value.debug}.`);
  }
  return [x!];
};

export const segmentKernels: readonly KernelDef[] = [
  { op: 'SegmentSum', kernel: segment('Add') }, { op: 'SegmentProd', kernel: segment('Mul') }, { op: 'SegmentMin', kernel: segment('Min') }, { op: 'SegmentMax', kernel: segment('Max') },
  { op: 'SegmentMean', kernel: segmentMean },
  ...Object.keys(UNSORTED).map((op): KernelDef => ({ op, kernel: unsortedSegment })), { op: 'ScatterNd', kernel: scatterNd }, { op: 'DynamicPartition', kernel: dynamicPartition },
  { op: 'ListDiff', kernel: listDiff }, { op: 'Unique', kernel: unique(false) }, { op: 'UniqueWithCounts', kernel: unique(true) }, { op: 'UniqueV2', kernel: unique(false) }, { op: 'UniqueWithCountsV2', kernel: unique(true) }, { op: 'BroadcastArgs', kernel: broadcastArgs }, { op: 'EnsureShape', kernel: ensureShape },
];
