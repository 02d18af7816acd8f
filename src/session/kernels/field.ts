// Linear algebra over real and complex numbers alike: what an algorithm needs of its numbers, and batches of matrices as rows of
// them. All is computed in binary64 and rounded once to the dtype. Follows tensorflow/core/kernels/linalg_ops_common.cc.
import type { DType } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { invalid, sizeOf } from './common.ts';
import { asFloat32, narrow, noKernel } from './compute.ts';
import type { KernelNode } from './kernel.ts';

export type Complex = readonly [re: number, im: number];
/** Real or complex numbers. */
export interface Field<T> {
  readonly complex: boolean;
  of(re: number, im?: number): T;
  re(a: T): number;
  im(a: T): number;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  conj(a: T): T;
  /** |a|. */
  abs(a: T): number;
}
const REAL: Field<number> = {
  complex: false, of: (re) => re, re: (a) => a, im: () => 0,
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, conj: (a) => a, abs: Math.abs,
};
const COMPLEX: Field<Complex> = {
  complex: true, of: (re, im = 0) => [re, im], re: (a) => a[0], im: (a) => a[1],
  add: (a, b) => [a[0] + b[0], a[1] + b[1]], sub: (a, b) => [a[0] - b[0], a[1] - b[1]],
  mul: (a, b) => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]],
  div: (a, b) => { const d = b[0] * b[0] + b[1] * b[1]; return [(a[0] * b[0] + a[1] * b[1]) / d, (a[1] * b[0] - a[0] * b[1]) / d]; },
  conj: (a) => [a[0], -a[1]], abs: (a) => Math.sqrt(a[0] * a[0] + a[1] * a[1]),
};

/** A matrix by rows. */
export type Rows<T> = T[][];
/** What an op does to the matrices of one member of the batch: matrices in, matrices out (vectors and scalars are rows). */
export interface Task { <T>(f: Field<T>, ...matrices: Rows<T>[]): Rows<T>[] }
/** Inner shape of an output, and its dtype where it is not that of the inputs. */
export interface Out { readonly shape: readonly number[]; readonly dtype?: DType }

/** Sizes of the matrices of a batch: [rows, columns] of each input. Errors: InvalidArgumentError when ranks or batches do not fit. */
export function matrixSizes(inputs: readonly NDArray[]): [rows: number, columns: number][] {
  return inputs.map((a, i) => {
    const first = inputs[0]!.shape;
    if (i === 0 && a.shape.length < 2) throw invalid(`Input tensor 0 must have rank >= 2, got ${a.shape.length}`);
    if (a.shape.length !== first.length) throw invalid('All input tensors must have the same rank.');
    if (a.shape.slice(0, -2).some((d, k) => d !== first[k])) throw invalid('All input tensors must have the same outer dimensions.');
    return a.shape.slice(-2) as [number, number];
  });
}

/** Runs a task on every member of the batch. */
export function eachMatrix(node: KernelNode, inputs: readonly NDArray[], outs: readonly Out[], task: Task): NDArray[] {
  const dtype = inputs[0]!.dtype.baseDtype;
  if (!dtype.isFloating && !dtype.isComplex) throw noKernel(node.op, dtype);
  return dtype.isComplex ? over(COMPLEX, inputs, outs, task) : over(REAL, inputs, outs, task);
}
function over<T>(f: Field<T>, inputs: readonly NDArray[], outs: readonly Out[], task: Task): NDArray[] {
  const batch = inputs[0]!.shape.slice(0, -2), members = sizeOf(batch), own = inputs[0]!.dtype.baseDtype;
  const from = inputs.map((a) => (a.dtype.isComplex ? a : asFloat32(a)).data as Float64Array);
  const parts = f.complex ? 2 : 1;
  const to = outs.map((o) => new Float64Array(members * sizeOf(o.shape) * (o.dtype === undefined ? parts : 1)));
  for (let b = 0; b < members; b++) {
    const matrices = inputs.map((a, i) => {
      const [rows, columns] = a.shape.slice(-2) as [number, number];
      const at = (r: number, c: number): T => { const p = ((b * rows + r) * columns + c) * parts; return f.of(from[i]![p]!, f.complex ? from[i]![p + 1]! : 0); };
      return Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_v, c) => at(r, c)));
    });
    task(f, ...matrices).forEach((rows, i) => {
      const wide = outs[i]!.dtype === undefined && f.complex;
      let p = b * sizeOf(outs[i]!.shape) * (wide ? 2 : 1);
      for (const row of rows) for (const x of row) { to[i]![p++] = f.re(x); if (wide) to[i]![p++] = f.im(x); }
    });
  }
  return outs.map((o, i) => {
    const dtype = o.dtype ?? own, data = to[i]!;
    const rounded = dtype.storage === 'f64' || dtype.storage === 'c128' ? data : dtype.isComplex ? Float32Array.from(data) : dtype.isFloating ? narrow(dtype, Float32Array.from(data))
      : dtype.storage === 'i64' ? BigInt64Array.from(data, (v) => BigInt(v)) : Int32Array.from(data);
    return new NDArray(dtype, [...batch, ...o.shape], rounded);
  });
}

/** The conjugate transpose. */
export function adjoint<T>(f: Field<T>, a: Rows<T>): Rows<T> { return transposed(a).map((row) => row.map((x) => f.conj(x))); }
function transposed<T>(a: Rows<T>): Rows<T> { return Array.from({ length: a[0]?.length ?? 0 }, (_, c) => a.map((row) => row[c]!)); }
/** a b. */
export function product<T>(f: Field<T>, a: Rows<T>, b: Rows<T>): Rows<T> {
  return a.map((row) => (b[0] ?? []).map((_, c) => row.reduce((sum, x, k) => f.add(sum, f.mul(x, b[k]![c]!)), f.of(0))));
}
/** 1 on the diagonal, 0 elsewhere. */
export function identity<T>(f: Field<T>, n: number, columns = n): Rows<T> { return Array.from({ length: n }, (_, r) => Array.from({ length: columns }, (_v, c) => f.of(r === c ? 1 : 0))); }
