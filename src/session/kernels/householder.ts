// Decompositions by Householder reflections, with the signs Eigen gives them: QR, and eigenvalues of self-adjoint matrices (tridiagonal form, then
// QR steps with Wilkinson's shift). Follows tensorflow/core/kernels/{qr_op_impl,self_adjoint_eig_v2_op_impl}.h.
import { boolAttr, invalid } from './common.ts';
import { eachMatrix, type Field, identity, matrixSizes, type Rows } from './field.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { empty } from './svd.ts';

/** 1 - tau v v* maps a vector to beta times the first unit vector; v[0] is 1. */
interface Reflection<T> { readonly v: T[]; readonly tau: T; readonly beta: number }
function reflection<T>(f: Field<T>, x: readonly T[]): Reflection<T> {
  const head = x[0]!;
  let tail = 0;
  for (let i = 1; i < x.length; i++) tail += f.abs(x[i]!) ** 2;
  const v = x.map((_, i) => f.of(i === 0 ? 1 : 0));
  if (tail <= Number.MIN_VALUE && f.im(head) ** 2 <= Number.MIN_VALUE) return { v, tau: f.of(0), beta: f.re(head) };
  const size = Math.sqrt(f.abs(head) ** 2 + tail), beta = f.re(head) >= 0 ? -size : size;
  for (let i = 1; i < x.length; i++) v[i] = f.div(x[i]!, f.sub(head, f.of(beta)));
  return { v, tau: f.conj(f.div(f.sub(f.of(beta), head), f.of(beta))), beta };
}
/** x := (1 - tau v v*) x for rows from `row` and columns from `column` on. */
function reflect<T>(f: Field<T>, x: Rows<T>, v: readonly T[], tau: T, row: number, column: number): void {
  for (let c = column; c < (x[0]?.length ?? 0); c++) {
    let dot = f.of(0);
    for (let i = 0; i < v.length; i++) dot = f.add(dot, f.mul(f.conj(v[i]!), x[row + i]![c]!));
    const scaled = f.mul(tau, dot);
    for (let i = 0; i < v.length; i++) x[row + i]![c] = f.sub(x[row + i]![c]!, f.mul(scaled, v[i]!));
  }
}
/** The product of the adjoint reflections, the k-th of which begins at row k + shift: an orthonormal matrix of `columns` columns. */
function orthonormal<T>(f: Field<T>, all: readonly Reflection<T>[], rows: number, columns: number, shift = 0): Rows<T> {
  const q = identity(f, rows, columns);
  for (let k = all.length - 1; k >= 0; k--) reflect(f, q, all[k]!.v, f.conj(all[k]!.tau), k + shift, 0);
  return q;
}

const qr: Kernel = (inputs, node) => {
  const [[m, n]] = matrixSizes(inputs) as [[number, number]], p = boolAttr(node, 'full_matrices', false) ? m : Math.min(m, n);
  return eachMatrix(node, inputs, [{ shape: [m, p] }, { shape: [p, n] }], (f, a) => {
    const x = a!, all = Array.from({ length: Math.min(m, n) }, (_, k) => {
      const r = reflection(f, x.slice(k).map((row) => row[k]!));
      x[k]![k] = f.of(r.beta);
      for (let i = k + 1; i < m; i++) x[i]![k] = f.of(0);
      reflect(f, x, r.v, r.tau, k, k + 1);
      return r;
    });
    return [orthonormal(f, all, m, p), x.slice(0, p)];
  });
};

/** Turns a self-adjoint matrix (its lower part is read) into a real tridiagonal one: q t q*. */
function tridiagonal<T>(f: Field<T>, a: Rows<T>): { diagonal: number[]; below: number[]; q: Rows<T> } {
  const n = a.length, x = a.map((row, i) => row.map((v, j) => (j <= i ? v : f.conj(a[j]![i]!))));
  const all: Reflection<T>[] = [], below: number[] = [];
  for (let k = 0; k + 1 < n; k++) {
    const r = reflection(f, x.slice(k + 1).map((row) => row[k]!)), size = n - k - 1;
    all.push(r);
    below.push(r.beta);
    // B - v w* - w v*, with w = tau B v - (tau w0, v)/2 v
    const w = Array.from({ length: size }, (_, i) => f.mul(f.conj(r.tau), r.v.reduce((sum, v, j) => f.add(sum, f.mul(x[k + 1 + i]![k + 1 + j]!, v)), f.of(0))));
    const dot = w.reduce((sum, y, i) => f.add(sum, f.mul(f.conj(y), r.v[i]!)), f.of(0)), half = f.mul(f.mul(f.conj(r.tau), f.of(-0.5)), dot);
    w.forEach((y, i) => { w[i] = f.add(y, f.mul(half, r.v[i]!)); });
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) {
      const both = f.add(f.mul(r.v[i]!, f.conj(w[j]!)), f.mul(w[i]!, f.conj(r.v[j]!)));
      x[k + 1 + i]![k + 1 + j] = f.sub(x[k + 1 + i]![k + 1 + j]!, both);
    }
  }
  return { diagonal: x.map((row, i) => f.re(row[i]!)), below, q: orthonormal(f, all, n, n, 1) };
}

/** One QR step with Wilkinson's shift on the block [start, end]; the columns of q turn along. */
function qrStep<T>(f: Field<T>, d: number[], e: number[], start: number, end: number, q: Rows<T>): void {
  const half = (d[end - 1]! - d[end]!) * 0.5, last = e[end - 1]!;
  const mu = half === 0 ? d[end]! - Math.abs(last) : d[end]! - last / ((half + (half > 0 ? 1 : -1) * Math.hypot(half, last)) / last);
  let [x, z] = [d[start]! - mu, e[start]!];
  for (let k = start; k < end && z !== 0; k++) {
    const [c, s] = givens(x, z);
    const sdk = s * d[k]! + c * e[k]!, next = s * e[k]! + c * d[k + 1]!;
    d[k] = c * (c * d[k]! - s * e[k]!) - s * (c * e[k]! - s * d[k + 1]!);
    d[k + 1] = s * sdk + c * next;
    e[k] = c * sdk - s * next;
    if (k > start) e[k - 1] = c * e[k - 1]! - s * z;
    x = e[k]!;
    if (k < end - 1) { z = -s * e[k + 1]!; e[k + 1] = c * e[k + 1]!; }
    for (const row of q) {
      const [a, b] = [row[k]!, row[k + 1]!];
      row[k] = f.sub(f.mul(f.of(c), a), f.mul(f.of(s), b));
      row[k + 1] = f.add(f.mul(f.of(s), a), f.mul(f.of(c), b));
    }
  }
}
/** [c, s] with s p + c q = 0. */
function givens(p: number, q: number): [c: number, s: number] {
  if (q === 0) return [p < 0 ? -1 : 1, 0];
  if (p === 0) return [0, q < 0 ? 1 : -1];
  if (Math.abs(p) > Math.abs(q)) { const t = q / p, u = Math.sqrt(1 + t * t) * (p < 0 ? -1 : 1); return [1 / u, -t / u]; }
  const t = p / q, u = Math.sqrt(1 + t * t) * (q < 0 ? -1 : 1);
  return [t / u, -1 / u];
}

const STEPS = 30;
/** Eigenvalues, ascending, and eigenvectors in the columns of v. */
function eigen<T>(f: Field<T>, a: Rows<T>): { e: number[]; v: Rows<T> } {
  const n = a.length, scale = Math.max(0, ...a.flatMap((row, i) => row.slice(0, i + 1).map((x) => f.abs(x)))) || 1;
  if (Number.isNaN(scale) || scale === Infinity) throw invalid('Self-adjoint eigen decomposition was not successful. The input might not be valid.');
  const { diagonal: d, below: e, q } = tridiagonal(f, a.map((row) => row.map((x) => f.div(x, f.of(scale)))));
  let [end, steps] = [n - 1, 0];
  while (end > 0) {
    for (let i = 0; i < end; i++) if (Math.abs(e[i]!) <= 2 ** -52 * (Math.abs(d[i]!) + Math.abs(d[i + 1]!)) || Math.abs(e[i]!) <= 2 ** -1022) e[i] = 0;
    while (end > 0 && e[end - 1] === 0) end--;
    if (end <= 0) break;
    if (++steps > STEPS * n) throw invalid('Self-adjoint eigen decomposition was not successful. The input might not be valid.');
    let start = end - 1;
    while (start > 0 && e[start - 1] !== 0) start--;
    qrStep(f, d, e, start, end, q);
  }
  for (let i = 0; i + 1 < n; i++) {
    let k = i;
    for (let j = i + 1; j < n; j++) if (d[j]! < d[k]!) k = j;
    if (k === i) continue;
    [d[i], d[k]] = [d[k]!, d[i]!];
    for (const row of q) [row[i], row[k]] = [row[k]!, row[i]!];
  }
  return { e: d.map((x) => x * scale), v: q };
}
const selfAdjointEig: Kernel = (inputs, node) => {
  const [[n, columns]] = matrixSizes(inputs) as [[number, number]];
  if (n !== columns) throw invalid('Input matrix must be square.');
  const vectors = boolAttr(node, 'compute_v', true);
  const [e, v] = eachMatrix(node, inputs, [{ shape: [n] }, ...(vectors ? [{ shape: [n, n] }] : [])], (f, a) => {
    const found = eigen(f, a!);
    return [[found.e.map((x) => f.of(x))], ...(vectors ? [found.v] : [])];
  });
  return [e!, v ?? empty(e!)];
};

export const householderKernels: readonly KernelDef[] = [{ op: 'Qr', kernel: qr }, { op: 'SelfAdjointEigV2', kernel: selfAdjointEig }];
