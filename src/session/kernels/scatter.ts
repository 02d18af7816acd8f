// Scatter updates of variables: rows of the first dimension, or slices addressed by index vectors, in the order of the
// indices. The result is the variable's new value. Follows tensorflow/core/kernels/{scatter_op,scatter_nd_op}.cc.
import type { DType } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { flatIndices, invalid, sameShape, shapeText, sizeOf, toNumbers } from './common.ts';
import { narrow, noKernel, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

type Join = (a: number, b: number) => number;
const SCATTER: Readonly<Record<string, { num: Join; big: (a: bigint, b: bigint) => bigint }>> = {
  ScatterUpdate: { num: (_, b) => b, big: (_, b) => b },
  ScatterAdd: { num: (a, b) => a + b, big: (a, b) => a + b },
  ScatterSub: { num: (a, b) => a - b, big: (a, b) => a - b },
  ScatterMul: { num: (a, b) => a * b, big: (a, b) => a * b },
  ScatterDiv: { num: (a, b) => a / b, big: (a, b) => a / b },
  ScatterMin: { num: (a, b) => (b < a ? b : a), big: (a, b) => (b < a ? b : a) },
  ScatterMax: { num: (a, b) => (a < b ? b : a), big: (a, b) => (a < b ? b : a) },
};
/** The kind of `ScatterAdd`, `ResourceScatterAdd`, `ScatterNdAdd`: how a value and an update become one. */
function joinOf(kind: string, dtype: DType): Join {
  if (dtype.storage === 'i64' || dtype.storage === 'u64') return SCATTER[kind]!.big as unknown as Join;
  return dtype.isInteger && kind === 'ScatterMul' ? Math.imul : SCATTER[kind]!.num;
}
/** Joins runs of `per` consecutive elements of updates into those of a copy, one after the other. */
function applyRuns(kind: string, ref: NDArray, updates: NDArray, starts: readonly number[], inner: number, single: boolean): NDArray {
  const dtype = ref.dtype.baseDtype;
  if (dtype.storage === 'string' || dtype.isBool) {
    if (kind !== 'ScatterUpdate') throw noKernel(kind, dtype);
    const out = (ref.data as Uint8Array[]).slice(), u = updates.data as Uint8Array[];
    starts.forEach((at, k) => { for (let i = 0; i < inner; i++) out[at + i] = u[single ? 0 : k * inner + i]!; });
    return new NDArray(dtype, ref.shape, out);
  }
  if (dtype.isComplex && !['ScatterUpdate', 'ScatterAdd', 'ScatterSub'].includes(kind)) throw noKernel(kind, dtype);
  const out = (widen(ref) as Float64Array).slice(), u = widen(updates) as Float64Array;
  const per = dtype.isComplex ? 2 : 1, run = inner * per;
  const join = joinOf(kind, dtype);
  starts.forEach((at, k) => {
    for (let i = 0; i < run; i++) out[at * per + i] = join(out[at * per + i]!, u[single ? i % per : k * run + i]!);
  });
  return new NDArray(dtype, ref.shape, narrow(dtype, out));
}

const scatter = (kind: string): Kernel => ([ref, indices, updates]) => {
  if (ref!.shape.length === 0) throw invalid(`params must be at least 1-D, got shape ${shapeText(ref!.shape)}`);
  const rows = ref!.shape[0]!, rest = ref!.shape.slice(1), inner = sizeOf(rest);
  const single = updates!.shape.length === 0;
  if (!single && !sameShape(updates!.shape, [...indices!.shape, ...rest])) {
    throw invalid(`Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got updates.shape ${shapeText(updates!.shape)}, indices.shape ${shapeText(indices!.shape)}, params.shape ${shapeText(ref!.shape)}`);
  }
  const index = toNumbers(indices!);
  index.forEach((v, i) => { if (!(v >= 0 && v < rows)) throw invalid(`indices[${i}] = ${v} is not in [0, ${rows})`); });
  return [applyRuns(kind, ref!, updates!, index.map((v) => v * inner), inner, single)];
};

/** Slices addressed by index vectors: the last axis of `indices`. */
const scatterNd = (kind: string): Kernel => ([ref, indices, updates]) => {
  const outer = indices!.shape.slice(0, -1), depth = indices!.shape[indices!.shape.length - 1] ?? 1;
  const shape = ref!.shape, rest = shape.slice(depth);
  if (shape.length === 0) throw invalid(`Output must be at least 1-D, got shape: ${shapeText(shape)}`);
  if (depth > shape.length) throw invalid(`index innermost dimension length must be <= params rank; saw: ${depth} vs. ${shape.length}`);
  if (!sameShape(updates!.shape, [...outer, ...rest])) {
    throw invalid(`Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got updates.shape: ${shapeText(updates!.shape)}, indices.shape: ${shapeText(indices!.shape)}, params_shape: ${shapeText(shape)}, slice_dim: ${depth}, and batch_dim: ${outer.length}`);
  }
  const inner = sizeOf(rest);
  const starts = flatIndices(indices!, depth, shape, 'shape').map((row) => row * inner);
  return [applyRuns(kind.replace('Nd', ''), ref!, updates!, starts, inner, false)];
};

const both = (op: string, kernel: Kernel): KernelDef[] => [{ op, kernel, writes: [0] }, { op: `Resource${op}`, kernel, writes: [0] }];
export const scatterKernels: readonly KernelDef[] = [
  ...Object.keys(SCATTER).flatMap((kind) => both(kind, scatter(kind))),
  ...['ScatterNdUpdate', 'ScatterNdAdd', 'ScatterNdSub'].flatMap((kind) => both(kind, scatterNd(kind))),
  // The same on a tensor instead of a variable.
  ...['Update', 'Add', 'Sub'].map((kind): KernelDef => ({ op: `TensorScatter${kind}`, kernel: scatterNd(`ScatterNd${kind}`) })),
];
