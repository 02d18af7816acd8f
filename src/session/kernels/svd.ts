// Singular values by one-sided Jacobi rotations (Hestenes): columns are turned against each other until all are orthogonal; their lengths
// are the singular values. Singular vectors are known up to a phase of each pair. Follows tensorflow/core/kernels/svd_op_impl.h.
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr } from './common.ts';
import { adjoint, eachMatrix, type Field, identity, matrixSizes, type Rows } from './field.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

const EPS = 2 ** -52;
const SWEEPS = 60;

/** a = u diag(s) v*, s descending; u and v have min(m, n) columns. */
export function singularValues<T>(f: Field<T>, a: Rows<T>): { s: number[]; u: Rows<T>; v: Rows<T> } {
  const [m, n] = [a.length, a[0]?.length ?? 0];
  if (m < n) { const { s, u, v } = singularValues(f, adjoint(f, a)); return { s, u: v, v: u }; }
  const columns = Array.from({ length: n }, (_, c) => a.map((row) => row[c]!));
  const turns = identity(f, n); // by columns too
  for (let sweep = 0, turned = true; turned && sweep < SWEEPS; sweep++) {
    turned = false;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) if (rotate(f, columns, turns, p, q)) turned = true;
  }
  const lengths = columns.map((c) => Math.sqrt(c.reduce((sum, x) => sum + f.abs(x) ** 2, 0)));
  const order = lengths.map((_, i) => i).sort((i, j) => lengths[j]! - lengths[i]!);
  const least = (lengths[order[0]!] ?? 0) * EPS;
  const units: T[][] = [];
  for (const i of order) if (lengths[i]! > least) units.push(columns[i]!.map((x) => f.div(x, f.of(lengths[i]!))));
  const v = order.map((i) => turns[i]!);
  return { s: order.map((i) => lengths[i]!), u: byRows(completed(f, units, m, n), m), v: byRows(v, n) };
}

/** Makes columns p and q orthogonal; false when they are. */
function rotate<T>(f: Field<T>, columns: T[][], turns: T[][], p: number, q: number): boolean {
  const [x, y] = [columns[p]!, columns[q]!];
  let [alpha, beta, gamma] = [0, 0, f.of(0)];
  for (let i = 0; i < x.length; i++) {
    alpha += f.abs(x[i]!) ** 2;
    beta += f.abs(y[i]!) ** 2;
    gamma = f.add(gamma, f.mul(f.conj(x[i]!), y[i]!));
  }
  const size = f.abs(gamma);
  if (!(size > EPS * Math.sqrt(alpha * beta)) || size === 0) return false;
  const zeta = (beta - alpha) / (2 * size);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta)), c = 1 / Math.sqrt(1 + t * t), s = c * t;
  const phase = f.div(gamma, f.of(size)); // of the inner product: taken out of y
  for (const set of [columns, turns]) {
    const [a, b] = [set[p]!, set[q]!];
    for (let i = 0; i < a.length; i++) {
      const [u, w] = [a[i]!, f.mul(f.conj(phase), b[i]!)];
      a[i] = f.sub(f.mul(f.of(c), u), f.mul(f.of(s), w));
      b[i] = f.add(f.mul(f.of(s), u), f.mul(f.of(c), w));
    }
  }
  return true;
}

/** `count` orthonormal columns that begin with those given, as unit vectors come to hand. */
function completed<T>(f: Field<T>, units: readonly T[][], m: number, count: number): T[][] {
  const out = [...units];
  for (let e = 0; out.length < count && e < m; e++) {
    let v = Array.from({ length: m }, (_, i) => f.of(i === e ? 1 : 0));
    for (let pass = 0; pass < 2; pass++) for (const u of out) {
      const dot = u.reduce((sum, x, i) => f.add(sum, f.mul(f.conj(x), v[i]!)), f.of(0));
      v = v.map((x, i) => f.sub(x, f.mul(dot, u[i]!)));
    }
    const length = Math.sqrt(v.reduce((sum, x) => sum + f.abs(x) ** 2, 0));
    if (length > 1e-8) out.push(v.map((x) => f.div(x, f.of(length))));
  }
  return out;
}
const byRows = <T>(columns: readonly T[][], rows: number): Rows<T> => Array.from({ length: rows }, (_, r) => columns.map((c) => c[r]!));
const byColumns = <T>(a: Rows<T>): T[][] => (a[0] ?? []).map((_, c) => a.map((row) => row[c]!));

const svd: Kernel = (inputs, node) => {
  const [[m, n]] = matrixSizes(inputs) as [[number, number]], p = Math.min(m, n);
  const full = boolAttr(node, 'full_matrices', false);
  if (!boolAttr(node, 'compute_uv', true)) {
    const [s] = eachMatrix(node, inputs, [{ shape: [p] }], (f, a) => [[singularValues(f, a!).s.map((x) => f.of(x))]]);
    return [s!, empty(s!), empty(s!)];
  }
  return eachMatrix(node, inputs, [{ shape: [p] }, { shape: [m, full ? m : p] }, { shape: [n, full ? n : p] }], (f, a) => {
    const { s, u, v } = singularValues(f, a!);
    const whole = (x: Rows<typeof u[number][number]>, size: number) => (full ? byRows(completed(f, byColumns(x), size, size), size) : x);
    return [[s.map((x) => f.of(x))], whole(u, m), whole(v, n)];
  });
};
/** What stands for vectors that were not asked for. */
export function empty(a: NDArray): NDArray { return new NDArray(a.dtype, [0], (a.data as Float32Array).slice(0, 0)); }

export const svdKernels: readonly KernelDef[] = [{ op: 'Svd', kernel: svd }];
