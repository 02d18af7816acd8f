// Scatter updates of variables: rows of the first dimension, or slices addressed by index vectors, in the order of the
// indices. The result is the variable's new value. Follows tensorflow/core/kernels/{scatter_op,scatter_nd_op}.cc.
import type { DType } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { flatIndices, invalid, sameShape, shapeText, sizeOf, toNumbers } from './common.ts';
import { narrow, noKernel, type ValueRow, widen } from './compute.ts';
import { BINARY, maximum, minimum } from './cwise.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { SCALAR32, SCALAR64 } from './scalar.ts';

type Join = (a: number, b: number) => number;
/** How a value and an update become one, by the kind of ScatterAdd, ScatterNdAdd, TensorScatterAdd; Update sets. */
export const JOINS: Readonly<Record<string, ValueRow>> = {
  Add: BINARY['Add']!, Sub: BINARY['Sub']!, Mul: BINARY['Mul']!, Div: BINARY['Div']!, Min: BINARY['Minimum']!, Max: BINARY['Maximum']!,
  MinLast: { any: (o, a, b) => minimum(o, b, a) }, MaxLast: { any: (o, a, b) => maximum(o, b, a) }, // the update comes first
};
const NUMBERS: Readonly<Record<string, { num: Join; big: (a: bigint, b: bigint) => bigint }>> = {
  Update: { num: (_, b) => b, big: (_, b) => b },
  Add: { num: (a, b) => a + b, big: (a, b) => a + b },
  Sub: { num: (a, b) => a - b, big: (a, b) => a - b },
  Mul: { num: (a, b) => a * b, big: (a, b) => a * b },
  Div: { num: (a, b) => a / b, big: (a, b) => a / b },
  Min: { num: (a, b) => (b < a ? b : a), big: (a, b) => (b < a ? b : a) },
  Max: { num: (a, b) => (a < b ? b : a), big: (a, b) => (a < b ? b : a) },
  MinLast: { num: (a, b) => (a < b ? a : b), big: (a, b) => (a < b ? a : b) },
  MaxLast: { num: (a, b) => (b < a ? a : b), big: (a, b) => (b < a ? a : b) },
};
/** The one difference of bools that TensorFlow has: whether they differ. */
export const BOOL_SUB = 'ResourceScatterNdSub';
function joinOf(kind: string, dtype: DType): Join {
  if (dtype.storage === 'i64' || dtype.storage === 'u64') return NUMBERS[kind]!.big as unknown as Join;
  return dtype.isInteger && kind === 'Mul' ? Math.imul : NUMBERS[kind]!.num;
}

/**
 * The array with `inner` elements from every start joined with those of updates, one run after the other; a start below 0
 * leaves its run out. `single`: one element for all. 16-bit floats are joined in binary32 and rounded at the end.
 */
export function joinRuns(op: string, kind: string, ref: NDArray, updates: NDArray, starts: readonly number[], inner: number, single = false): NDArray {
  const dtype = ref.dtype.baseDtype;
  if (dtype.storage === 'string' || dtype.isBool) {
    if (kind !== 'Update' && !(dtype.isBool && (kind === 'Add' || op === BOOL_SUB))) throw noKernel(op, dtype);
    const out = (ref.data as Uint8Array[]).slice(), u = updates.data as Uint8Array[];
    starts.forEach((at, k) => { if (at >= 0) for (let i = 0; i < inner; i++) { const v = u[single ? 0 : k * inner + i]!; if (kind === 'Sub') out[at + i] = Number(out[at + i] !== v) as never; else if (kind === 'Update' || Number(v)) out[at + i] = v; } });
    return new NDArray(dtype, ref.shape, out);
  }
  const out = (widen(ref) as Float64Array).slice(), u = widen(updates) as Float64Array;
  if (kind === 'Div' && dtype.isInteger && (u as ArrayLike<number | bigint>).length > 0 && Array.prototype.some.call(u, (v: number | bigint) => Number(v) === 0)) throw invalid('Integer division by zero');
  if (dtype.isComplex && kind !== 'Update') joinComplex(op, kind, dtype, out, u, starts, inner, single);
  else {
    const per = dtype.isComplex ? 2 : 1, run = inner * per, join = joinOf(kind, dtype);
    starts.forEach((at, k) => {
      if (at >= 0) for (let i = 0; i < run; i++) out[at * per + i] = join(out[at * per + i]!, u[single ? i % per : k * run + i]!);
    });
  }
  return new NDArray(dtype, ref.shape, narrow(dtype, out));
}
function joinComplex(op: string, kind: string, dtype: DType, out: Float64Array, u: Float64Array, starts: readonly number[], inner: number, single: boolean): void {
  const join = JOINS[kind]!.complex, o = dtype.storage === 'c64' ? SCALAR32 : SCALAR64;
  if (!join) throw noKernel(op, dtype);
  starts.forEach((at, k) => {
    if (at >= 0) for (let i = 0; i < inner; i++) {
      const a = 2 * (at + i), b = single ? 0 : 2 * (k * inner + i);
      [out[a], out[a + 1]] = join<number, boolean>(o, [out[a]!, out[a + 1]!], [u[b]!, u[b + 1]!]) as [number, number];
    }
  });
}

const scatter = (kind: string): Kernel => ([ref, indices, updates], node) => {
  if (ref!.shape.length === 0) throw invalid(`params must be at least 1-D, got shape ${shapeText(ref!.shape)}`);
  const rows = ref!.shape[0]!, rest = ref!.shape.slice(1), inner = sizeOf(rest);
  const single = updates!.shape.length === 0;
  if (!single && !sameShape(updates!.shape, [...indices!.shape, ...rest])) {
    throw invalid(`Must have updates.shape = indices.shape + params.shape[1:] or updates.shape = [], got updates.shape ${shapeText(updates!.shape)}, indices.shape ${shapeText(indices!.shape)}, params.shape ${shapeText(ref!.shape)}`);
  }
  const index = toNumbers(indices!);
  index.forEach((v, i) => { if (!(v >= 0 && v < rows)) throw invalid(`indices[${i}] = ${v} is not in [0, ${rows})`); });
  return [joinRuns(node.op, kind, ref!, updates!, index.map((v) => v * inner), inner, single)];
};

/** Slices addressed by index vectors: the last axis of `indices`. */
const scatterNd = (kind: string): Kernel => ([ref, indices, updates], node) => {
  const outer = indices!.shape.slice(0, -1), depth = indices!.shape[indices!.shape.length - 1] ?? 1;
  const shape = ref!.shape, rest = shape.slice(depth);
  if (shape.length === 0) throw invalid(`Output must be at least 1-D, got shape: ${shapeText(shape)}`);
  if (depth > shape.length) throw invalid(`index innermost dimension length must be <= params rank; saw: ${depth} vs. ${shape.length}`);
  if (!sameShape(updates!.shape, [...outer, ...rest])) {
    throw invalid(`Must have updates.shape = indices.shape[:batch_dim] + params_shape[slice_dim:], got updates.shape: ${shapeText(updates!.shape)}, indices.shape: ${shapeText(indices!.shape)}, params_shape: ${shapeText(shape)}, slice_dim: ${depth}, and batch_dim: ${outer.length}`);
  }
  const inner = sizeOf(rest);
  const starts = flatIndices(indices!, depth, shape, 'shape').map((row) => row * inner);
  return [joinRuns(node.op, kind, ref!, updates!, starts, inner)];
};

/** The same on a value that is no variable. */
const tensorScatter = (kind: string): Kernel => ([input, indices, updates], node) => {
  const { shape } = input!, outer = indices!.shape.slice(0, -1), depth = indices!.shape[outer.length];
  if (depth === undefined) throw invalid(`Indices shape must have rank at least one. Found:${shapeText(indices!.shape)}`);
  if (updates!.shape.length === 0) throw invalid(`Updates shape must have rank at least one. Found:${shapeText(updates!.shape)}`);
  if (input!.size === 0 && (indices!.size > 0 || updates!.size > 0)) throw invalid('Indices and updates specified for empty output shape');
  if (!sameShape(updates!.shape.slice(0, outer.length), outer)) throw invalid(`Outer dimensions of indices and update must match. Indices shape: ${shapeText(indices!.shape)}, updates shape:${shapeText(updates!.shape)}`);
  const rest = shape.slice(depth), inner = updates!.shape.slice(outer.length);
  if (inner.length !== shape.length - depth) throw invalid(`Inner dimensions of output shape must match inner dimensions of updates shape. Output: ${shapeText(shape)} updates: ${shapeText(updates!.shape)}`);
  if (!sameShape(inner, rest)) throw invalid(`The inner ${rest.length} dimensions of output.shape=${shapeText(shape)} must match the inner ${inner.length} dimensions of updates.shape=${shapeText(updates!.shape)}`);
  const run = sizeOf(rest);
  return [joinRuns(node.op, kind, input!, updates!, flatIndices(indices!, depth, shape, 'shape').map((row) => row * run), run)];
};

/** Kinds of row updates. */
export const SCATTERS = ['Update', 'Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'] as const;
const both = (op: string, kernel: Kernel): KernelDef[] => [{ op, kernel, writes: [0] }, { op: `Resource${op}`, kernel, writes: [0] }];
export const scatterKernels: readonly KernelDef[] = [
  ...SCATTERS.flatMap((kind) => both(`Scatter${kind}`, scatter(kind))),
  ...['Update', 'Add', 'Sub'].flatMap((kind) => both(`ScatterNd${kind}`, scatterNd(kind))),
  { op: 'ScatterNdNonAliasingAdd', kernel: tensorScatter('Add') },
  ...['Update', 'Add', 'Sub'].map((kind): KernelDef => ({ op: `TensorScatter${kind}`, kernel: tensorScatter(kind) })),
];
