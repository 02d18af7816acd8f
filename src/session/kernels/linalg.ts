// Kernels of linear algebra, in the dtype's own arithmetic (16-bit floats in binary32, rounded once): LU with partial
// pivoting, and Cholesky row by row. Follows tensorflow/core/kernels/{matrix_inverse_op,cholesky_op,linalg_ops_common}.cc.
import { bool } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, intAttr, invalid, shapeText } from './common.ts';
import { asFloat32, narrow, noKernel } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

type Floats = Float32Array | Float64Array;
/** Rounds a result of the arithmetic. */
type Round = (x: number) => number;

/** Applies `f` to every matrix of a batch; `f` writes into its second argument. */
function eachMatrix(op: string, a: NDArray, f: (m: Floats, out: Floats, n: number, r: Round) => void): NDArray {
  if (!a.dtype.isFloating) throw noKernel(op, a.dtype);
  const rank = a.shape.length;
  if (rank < 2) throw invalid('Input tensor 0 must have rank >= 2');
  const n = a.shape[rank - 1]!;
  if (a.shape[rank - 2] !== n) throw invalid('Input matrix must be square.');
  const wide = asFloat32(a);
  const from = wide.data as Floats;
  const r: Round = wide.dtype.storage === 'f64' ? (x) => x : Math.fround;
  const out = wide.dtype.storage === 'f64' ? new Float64Array(from.length) : new Float32Array(from.length);
  for (let at = 0; at < from.length; at += n * n) f(from.slice(at, at + n * n), out.subarray(at, at + n * n), n, r);
  return new NDArray(a.dtype.baseDtype, a.shape, narrow(a.dtype, out));
}

const matrixInverse: Kernel = ([a], node) => {
  const adjoint = boolAttr(node, 'adjoint', false);
  return [eachMatrix('MatrixInverse', a!, (m, out, n, r) => {
    if (adjoint) for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) [m[i * n + j], m[j * n + i]] = [m[j * n + i]!, m[i * n + j]!];
    invert(m, out, n, r);
  })];
};

/** Gauss-Jordan with the pivots of LU: `m` is used up, `out` becomes its inverse. */
function invert(m: Floats, out: Floats, n: number, r: Round): void {
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  const swap = (x: Floats, i: number, j: number): void => { for (let c = 0; c < n; c++) [x[i * n + c], x[j * n + c]] = [x[j * n + c]!, x[i * n + c]!]; };
  const subtract = (x: Floats, to: number, from: number, factor: number): void => { for (let c = 0; c < n; c++) x[to * n + c] = r(x[to * n + c]! - r(factor * x[from * n + c]!)); };
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(m[i * n + k]!) > Math.abs(m[p * n + k]!)) p = i;
    if (!(Math.abs(m[p * n + k]!) > 0)) throw invalid('Input is not invertible.');
    if (p !== k) { swap(m, p, k); swap(out, p, k); }
    for (let i = k + 1; i < n; i++) {
      const factor = r(m[i * n + k]! / m[k * n + k]!);
      subtract(m, i, k, factor);
      subtract(out, i, k, factor);
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let c = 0; c < n; c++) out[k * n + c] = r(out[k * n + c]! / m[k * n + k]!);
    for (let i = 0; i < k; i++) subtract(out, i, k, m[i * n + k]!);
  }
}

const cholesky: Kernel = ([a]) => [eachMatrix('Cholesky', a!, (m, out, n, r) => {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = m[i * n + j]!;
      for (let k = 0; k < j; k++) sum = r(sum - r(out[i * n + k]! * out[j * n + k]!));
      if (i !== j) out[i * n + j] = r(sum / out[j * n + j]!);
      else if (sum <= 0) throw invalid('Cholesky decomposition was not successful. The input might not be valid.');
      else out[i * n + i] = r(Math.sqrt(sum)); // NaN passes, as in TF
    }
  }
})];

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

const KERNELS: Readonly<Record<string, Kernel>> = { MatrixInverse: matrixInverse, Cholesky: cholesky, InTopK: inTopK, InTopKV2: inTopK };
export const linalgKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
