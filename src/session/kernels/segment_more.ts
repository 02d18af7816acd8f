// Segments joined by other functions than sums, means of segments, and segments of rows looked up. Sums run in the order of the rows.
// Follows tensorflow/core/kernels/{segment_reduction_ops_impl_*,sparse_segment_reduction}.cc as of segment_reduction_ops.cc (1.15).
import type { DType } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { makeArray } from '../../ops/make_array.ts';
import { take } from './array.ts';
import { indexText, invalid, sameShape, shapeText, sizeOf, toNumber, toNumbers, zeros } from './common.ts';
import { asFloat32, evaluate, narrow, noKernel, type ValueRow, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { joinRuns } from './scatter.ts';

const LIMITS: Readonly<Record<string, readonly [number | bigint, number | bigint]>> = {
  float32: [-3.4028234663852886e38, 3.4028234663852886e38], float64: [-Number.MAX_VALUE, Number.MAX_VALUE], float16: [-65504, 65504], bfloat16: [-3.3895313892515355e38, 3.3895313892515355e38],
  int8: [-128, 127], int16: [-32768, 32767], int32: [-(2 ** 31), 2 ** 31 - 1], int64: [-(2n ** 63n), 2n ** 63n - 1n], uint8: [0, 255], uint16: [0, 65535],
};
/** What a segment of no rows holds. */
function emptyValue(kind: 'Mul' | 'Min' | 'Max', dtype: DType): number | bigint {
  if (kind === 'Mul') return 1;
  const limits = LIMITS[dtype.name];
  if (!limits) throw noKernel(kind === 'Min' ? 'UnsortedSegmentMin' : 'UnsortedSegmentMax', dtype);
  return limits[kind === 'Min' ? 1 : 0];
}
const unsorted = (kind: 'Mul' | 'Min' | 'Max'): Kernel => ([data, ids, count], node) => {
  const n = toNumber(count!), rank = ids!.shape.length;
  if (n < 0) throw invalid(`Input num_segments == ${n} must not be negative.`);
  if (!sameShape(data!.shape.slice(0, rank), ids!.shape)) throw invalid(`data.shape = ${shapeText(data!.shape)} does not start with segment_ids.shape = ${shapeText(ids!.shape)}`);
  const at = toNumbers(ids!);
  at.forEach((v, i) => { if (v >= n) throw invalid(`segment_ids${indexText(i, ids!.shape)} = ${v} is out of range [0, ${n})`); });
  const rest = data!.shape.slice(rank), run = sizeOf(rest), dtype = data!.dtype.baseDtype;
  const one = makeArray(emptyValue(kind, dtype), dtype);
  const start = take(one.reshape([1]), Array.from({ length: n * run }, () => 0), [n * run], 0).reshape([n, ...rest]);
  return [joinRuns(node.op, kind, start, data!, at.map((v) => v * run), run)];
};

const QUOTIENT: ValueRow = { float: (o, a, b) => o.div(a, b) };
/** Rows summed by sorted ids, then divided by their number or its root; no rows: zero. */
function averaged(op: string, given: NDArray, ids: readonly number[], count: number, root: boolean | undefined): NDArray {
  const dtype = given.dtype.baseDtype, rows = asFloat32(given), rest = rows.shape.slice(1), run = sizeOf(rest);
  if (!dtype.isFloating && root !== undefined) throw noKernel(op, dtype);
  const format = rows.dtype.baseDtype;
  const sums = joinRuns(op, 'Add', zeros(format, [count, ...rest]), rows, ids.map((v) => v * run), run);
  if (root === undefined) return sums;
  const sizes = Array.from({ length: count }, () => 0);
  for (const v of ids) sizes[v]!++;
  const divisor = makeArray(sizes.map((n) => (root ? Math.sqrt(Math.max(n, 1)) : Math.max(n, 1))), format, [count, ...rest.map(() => 1)]);
  const out = evaluate(op, QUOTIENT, [sums, divisor]);
  return dtype === format ? out : new NDArray(dtype, out.shape, narrow(dtype, widen(out)));
}
function sortedIds(ids: NDArray, rows: number, count?: number): { at: number[]; n: number } {
  if (ids.shape.length !== 1) throw invalid('segment_ids should be a vector.');
  if (ids.size !== rows) throw invalid('segment_ids and indices should have same size.');
  const at = toNumbers(ids);
  at.forEach((v, i) => { if (i > 0 && v < at[i - 1]!) throw invalid('segment ids are not increasing'); if (v < 0) throw invalid('segment ids must be >= 0'); });
  const n = count ?? (at.length === 0 ? 0 : at[at.length - 1]! + 1);
  if (at.some((v) => v >= n)) throw invalid('segment ids must be < num_segments');
  return { at, n };
}
const segmentMean: Kernel = ([data, ids], node) => {
  const { at, n } = sortedIds(ids!, data!.shape[0]!);
  return [averaged(node.op, data!, at, n, false)];
};
const lookedUp = (root: boolean | undefined): Kernel => ([data, indices, ids, count], node) => {
  const places = toNumbers(indices!), rows = data!.shape[0]!;
  const { at, n } = sortedIds(ids!, places.length, count ? toNumber(count) : undefined);
  places.forEach((v, i) => { if (!(v >= 0 && v < rows)) throw invalid(`Bad: indices[${i}] == ${v} out of range [0, ${rows})`); });
  return [averaged(node.op, take(data!, places, [places.length], 0), at, n, root)];
};
/** The gradient of an average: each row takes its share of its segment's. */
const lookedUpGrad = (root: boolean): Kernel => ([grad, indices, ids, rows], node) => {
  const places = toNumbers(indices!), at = toNumbers(ids!), n = toNumber(rows!), rest = grad!.shape.slice(1), run = sizeOf(rest);
  const sizes = new Map<number, number>();
  for (const v of at) sizes.set(v, (sizes.get(v) ?? 0) + 1);
  places.forEach((v, i) => { if (!(v >= 0 && v < n)) throw invalid(`Index ${v} out of range [0, ${n}) at ${i}.`); });
  const dtype = grad!.dtype.baseDtype, g = asFloat32(grad!);
  const share = makeArray(at.map((v) => 1 / (root ? Math.sqrt(sizes.get(v)!) : sizes.get(v)!)), g.dtype.baseDtype, [at.length, ...rest.map(() => 1)]);
  const parts = evaluate(node.op, { float: (o, a, b) => o.mul(a, b) }, [take(g, at, [at.length], 0), share]);
  const out = joinRuns(node.op, 'Add', zeros(g.dtype.baseDtype, [n, ...rest]), parts, places.map((v) => v * run), run);
  return [dtype === out.dtype ? out : new NDArray(dtype, out.shape, narrow(dtype, widen(out)))];
};

export const segmentMoreKernels: readonly KernelDef[] = [
  { op: 'UnsortedSegmentProd', kernel: unsorted('Mul') }, { op: 'UnsortedSegmentMin', kernel: unsorted('Min') }, { op: 'UnsortedSegmentMax', kernel: unsorted('Max') }, { op: 'SegmentMean', kernel: segmentMean },
  ...([['Sum', undefined], ['Mean', false], ['SqrtN', true]] as const).flatMap(([kind, root]): KernelDef[] => [{ op: `SparseSegment${kind}`, kernel: lookedUp(root) }, { op: `SparseSegment${kind}WithNumSegments`, kernel: lookedUp(root) }]),
  { op: 'SparseSegmentMeanGrad', kernel: lookedUpGrad(false) }, { op: 'SparseSegmentSqrtNGrad', kernel: lookedUpGrad(true) },
];
