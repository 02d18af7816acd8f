// Sums, means and scaled sums of rows that a list of indices names, by segments; and the gradients of the means.
// Follows tensorflow/core/kernels/segment_reduction_ops.cc.
import type { NDArray } from '../../graph/ndarray.ts';
import { invalid, shapeText, toNumber, toNumbers } from './common.ts';
import { take } from './array.ts';
import { evaluate, noKernel } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { counts, DIVIDE, joinRows, perRow, segmentIds } from './segment.ts';

/** What a sum of n rows is divided by. */
const DIVISORS = { Sum: undefined, Mean: (n: number): number => n, SqrtN: Math.sqrt } as const;
export type SparseSegmentKind = keyof typeof DIVISORS;
/** The divisors of the rows; undefined: none. */
export function divisors(kind: SparseSegmentKind, at: readonly number[], count: number): number[] | undefined { const f = DIVISORS[kind]; return f && counts(at, count).map(f); }

function checkLists(indices: NDArray, ids: NDArray): void {
  if (indices.shape.length !== 1) throw invalid('indices should be a vector.');
  if (ids.shape.length !== 1) throw invalid('segment_ids should be a vector.');
  if (indices.size !== ids.size) throw invalid('segment_ids and indices should have same size.');
}
const reduction = (kind: SparseSegmentKind): Kernel => ([data, indices, ids, num], node) => {
  const dtype = data!.dtype.baseDtype;
  if (dtype.isComplex || (kind !== 'Sum' && dtype.storage !== 'f32' && dtype.storage !== 'f64')) throw noKernel(node.op, dtype);
  if (num && num.shape.length !== 0) throw invalid(`num_segments should be a scalar, not shape ${shapeText(num.shape)}`);
  const given = num && toNumber(num);
  if (given !== undefined && given < 0) throw invalid('segment ids must be >= 0');
  checkLists(indices!, ids!);
  const last = ids!.size === 0 ? 0 : Number(ids!.data[ids!.size - 1]) + 1;
  if (given !== undefined && given < last) throw invalid('segment ids must be < num_segments');
  if (last < 0 || (ids!.size > 0 && (given ?? last) === 0)) throw invalid('segment ids must be >= 0');
  const { at, count } = segmentIds(ids!, given), index = toNumbers(indices!), n = data!.shape[0]!;
  index.forEach((v, i) => { if (!(v >= 0 && v < n)) throw invalid(`Bad: indices[${i}] == ${v} out of range [0, ${n})`); });
  const sum = joinRows(node.op, 'Add', take(data!, index, [index.length], 0), at, count), by = divisors(kind, at, count);
  return [by ? evaluate(node.op, DIVIDE, [sum, perRow(by, sum)]) : sum];
};

/** Rows of the gradient, scaled, added to the places their data came from. */
const gradient = (kind: SparseSegmentKind): Kernel => ([grad, indices, ids, size], node) => {
  checkLists(indices!, ids!);
  if (size!.shape.length !== 0) throw invalid('output_dim0 should be a scalar.');
  const rows = toNumber(size!), segments = grad!.shape[0]!, at = toNumbers(ids!), index = toNumbers(indices!);
  if (rows === 0 || at.length === 0) return [joinRows(node.op, 'Add', take(grad!, [], [0], 0), [], rows)];
  if (at[at.length - 1]! + 1 > segments) throw invalid('Invalid number of segments');
  at.forEach((v) => { if (!(v >= 0 && v < segments)) throw invalid(`Segment id ${v} out of range [0, ${segments}).`); });
  index.forEach((v) => { if (!(v >= 0 && v < rows)) throw invalid(`Index ${v} out of range [0, ${rows}).`); });
  return [joinRows(node.op, 'Add', evaluate(node.op, SCALE, [take(grad!, at, [at.length], 0), perRow(scales(kind, at, segments), grad!)]), index, rows)];
};
export const SCALE = { float: <V>(o: { mul(a: V, b: V): V }, x: V, s: V): V => o.mul(x, s) };
/** The factor of every row of the list: one over what its segment was divided by. */
export function scales(kind: SparseSegmentKind, at: readonly number[], segments: number): number[] {
  const by = divisors(kind, at, segments)!;
  return at.map((v) => 1 / by[v]!);
}

const KINDS = ['Sum', 'Mean', 'SqrtN'] as const;
export const sparseSegmentKernels: readonly KernelDef[] = [
  ...KINDS.flatMap((kind): KernelDef[] => [`SparseSegment${kind}`, `SparseSegment${kind}WithNumSegments`].map((op) => ({ op, kernel: reduction(kind) }))),
  { op: 'SparseSegmentMeanGrad', kernel: gradient('Mean') }, { op: 'SparseSegmentSqrtNGrad', kernel: gradient('SqrtN') },
];
