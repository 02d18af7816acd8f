// Solving linear systems: LU with partial pivoting and what rests on it, triangular matrices, Cholesky. Follows
// tensorflow/core/kernels/{matrix_inverse_op,determinant_op,matrix_solve_op,matrix_triangular_solve_op,cholesky_op,lu_op,matrix_solve_ls_op_impl}.
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, invalid, typeAttr } from './common.ts';
import { int32 } from '../../graph/dtype.ts';
import { adjoint, eachMatrix, type Field, identity, matrixSizes, product, type Rows } from './field.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { singularValues } from './svd.ts';

/** L (unit lower) and U in one matrix with the rows `order` of the input, and whether the rows were swapped an odd number of times. `a` is used up. */
function decompose<T>(f: Field<T>, a: Rows<T>): { lu: Rows<T>; order: number[]; odd: boolean } {
  const n = a.length, order = a.map((_, i) => i);
  let odd = false;
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k + 1; i < n; i++) if (f.abs(a[i]![k]!) > f.abs(a[p]![k]!)) p = i;
    if (p !== k) { [a[p], a[k]] = [a[k]!, a[p]!]; [order[p], order[k]] = [order[k]!, order[p]!]; odd = !odd; }
    if (f.abs(a[k]![k]!) === 0) continue;
    for (let i = k + 1; i < n; i++) {
      const factor = a[i]![k] = f.div(a[i]![k]!, a[k]![k]!);
      for (let c = k + 1; c < n; c++) a[i]![c] = f.sub(a[i]![c]!, f.mul(factor, a[k]![c]!));
    }
  }
  return { lu: a, order, odd };
}
/** x with (lower or upper part of a) x = b; `unit`: its diagonal counts as ones. */
function substitute<T>(f: Field<T>, a: Rows<T>, b: Rows<T>, lower: boolean, unit = false): Rows<T> {
  const x = b.map((row) => [...row]), n = a.length;
  for (let step = 0; step < n; step++) {
    const i = lower ? step : n - 1 - step;
    for (let c = 0; c < (x[i]?.length ?? 0); c++) {
      let sum = x[i]![c] as T;
      for (let k = lower ? 0 : i + 1; k < (lower ? i : n); k++) sum = f.sub(sum, f.mul(a[i]![k]!, x[k]![c]!));
      x[i]![c] = unit ? sum : f.div(sum, a[i]![i]!);
    }
  }
  return x;
}
const singular = <T>(f: Field<T>, a: Rows<T>): boolean => a.some((row, i) => !(f.abs(row[i]!) > 0));
function solve<T>(f: Field<T>, a: Rows<T>, b: Rows<T>, text: string): Rows<T> {
  const { lu, order } = decompose(f, a);
  if (singular(f, lu)) throw invalid(text);
  return substitute(f, lu, substitute(f, lu, order.map((i) => b[i]!), true, true), false);
}
/** Lower triangular L with L L* = a; only the lower part of a is read. */
function cholesky<T>(f: Field<T>, a: Rows<T>): Rows<T> {
  const l = a.map((row) => row.map(() => f.of(0)));
  a.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      let sum = row[j] as T;
      for (let k = 0; k < j; k++) sum = f.sub(sum, f.mul(l[i]![k]!, f.conj(l[j]![k]!)));
      if (i !== j) l[i]![j] = f.div(sum, l[j]![j]!);
      else if (f.re(sum) <= 0) throw invalid('Cholesky decomposition was not successful. The input might not be valid.');
      else l[i]![i] = f.of(Math.sqrt(f.re(sum))); // NaN passes, as in TF
    }
  });
  return l;
}

/** Size of the square matrices of an input. */
function squareSize(inputs: readonly NDArray[]): number {
  const [[rows, columns]] = matrixSizes(inputs) as [[number, number]];
  if (rows !== columns) throw invalid('Input matrix must be square.');
  return rows;
}
/** Sizes of a system of equations: unknowns and right-hand sides. */
function systemSize(inputs: readonly NDArray[]): [unknowns: number, sides: number] {
  const [[m, n], [rows, sides]] = matrixSizes(inputs) as [[number, number], [number, number]];
  if (m !== n) throw invalid('First input (lhs) must be a square matrix.');
  if (m !== rows) throw invalid('Input matrix and rhs are incompatible.');
  return [n, sides];
}

const matrixInverse: Kernel = (inputs, node) => {
  const n = squareSize(inputs), adj = boolAttr(node, 'adjoint', false);
  return eachMatrix(node, inputs, [{ shape: [n, n] }], (f, a) => [solve(f, adj ? adjoint(f, a!) : a!, identity(f, n), 'Input is not invertible.')]);
};
/** [sign, log |det|]: the determinant may be beyond the range of numbers. */
function signAndLog<T>(f: Field<T>, a: Rows<T>): [sign: T, log: number] {
  const { lu, odd } = decompose(f, a);
  let [sign, log] = [f.of(odd ? -1 : 1), 0];
  lu.forEach((row, i) => {
    const size = f.abs(row[i]!);
    log += Math.log(size);
    sign = f.mul(sign, f.div(row[i]!, f.of(size)));
  });
  return Number.isFinite(log) ? [sign, log] : [f.of(0), log > 0 ? Infinity : -Infinity];
}
const matrixDeterminant: Kernel = (inputs, node) => {
  squareSize(inputs);
  return eachMatrix(node, inputs, [{ shape: [] }], (f, a) => { const [sign, log] = signAndLog(f, a!); return [[[f.mul(sign, f.of(Math.exp(log)))]]]; });
};
const logMatrixDeterminant: Kernel = (inputs, node) => {
  squareSize(inputs);
  return eachMatrix(node, inputs, [{ shape: [] }, { shape: [] }], (f, a) => { const [sign, log] = signAndLog(f, a!); return [[[sign]], [[f.of(log)]]]; });
};
const matrixSolve: Kernel = (inputs, node) => {
  const adj = boolAttr(node, 'adjoint', false);
  return eachMatrix(node, inputs, [{ shape: systemSize(inputs) }], (f, a, b) => [solve(f, adj ? adjoint(f, a!) : a!, b!, 'Input matrix is not invertible.')]);
};
const matrixTriangularSolve: Kernel = (inputs, node) => {
  const lower = boolAttr(node, 'lower', true), adj = boolAttr(node, 'adjoint', false);
  return eachMatrix(node, inputs, [{ shape: systemSize(inputs) }], (f, a, b) => {
    if (singular(f, a!)) throw invalid('Input matrix is not invertible.');
    return [substitute(f, adj ? adjoint(f, a!) : a!, b!, lower !== adj)];
  });
};
const choleskyKernel: Kernel = (inputs, node) => {
  const n = squareSize(inputs);
  return eachMatrix(node, inputs, [{ shape: [n, n] }], (f, a) => [cholesky(f, a!)]);
};
const lu: Kernel = (inputs, node) => {
  const n = squareSize(inputs);
  return eachMatrix(node, inputs, [{ shape: [n, n] }, { shape: [n], dtype: typeAttr(node, 'output_idx_type', int32) }], (f, a) => {
    const d = decompose(f, a!);
    if (singular(f, d.lu)) throw invalid('Input is not invertible.');
    return [d.lu, [d.order.map((i) => f.of(i))]];
  });
};
/** Least squares: by the normal equations with a regularizer, or (not `fast`) the shortest solution by singular values. */
const matrixSolveLs: Kernel = ([a, b, regularizer], node) => {
  const [[m, n], [rows, sides]] = matrixSizes([a!, b!]) as [[number, number], [number, number]];
  if (regularizer!.shape.length !== 0) throw invalid(`l2_regularizer must be scalar, got shape [${regularizer!.shape.join(',')}]`);
  const l2 = Number(regularizer!.flat(0));
  if (l2 < 0) throw invalid('l2_regularizer must be >= 0.');
  if (m !== rows) throw invalid('Input matrix and rhs are incompatible.');
  const fast = boolAttr(node, 'fast', true);
  return eachMatrix(node, [a!, b!], [{ shape: [n, sides] }], (f, x, y) => {
    if (!fast) return [shortest(f, x!, y!)];
    const star = adjoint(f, x!), over = m >= n;
    const gramian = over ? product(f, star, x!) : product(f, x!, star);
    gramian.forEach((row, i) => { row[i] = f.add(row[i]!, f.of(l2)); });
    const l = cholesky(f, gramian);
    const back = (v: Rows<typeof l[number][number]>) => substitute(f, adjoint(f, l), substitute(f, l, v, true), false);
    return [over ? back(product(f, star, y!)) : product(f, star, back(y!))];
  });
};
function shortest<T>(f: Field<T>, a: Rows<T>, b: Rows<T>): Rows<T> {
  const { s, u, v } = singularValues(f, a);
  const least = (s[0] ?? 0) * Math.max(a.length, a[0]?.length ?? 0) * 2 ** -24;
  const coefficients = product(f, adjoint(f, u), b).map((row, i) => row.map((x) => (s[i]! > least ? f.div(x, f.of(s[i]!)) : f.of(0))));
  return product(f, v, coefficients);
}

export const linalgKernels: readonly KernelDef[] = [
  { op: 'MatrixInverse', kernel: matrixInverse }, { op: 'MatrixDeterminant', kernel: matrixDeterminant }, { op: 'LogMatrixDeterminant', kernel: logMatrixDeterminant }, { op: 'MatrixSolve', kernel: matrixSolve },
  { op: 'MatrixTriangularSolve', kernel: matrixTriangularSolve }, { op: 'Cholesky', kernel: choleskyKernel }, { op: 'Lu', kernel: lu }, { op: 'MatrixSolveLs', kernel: matrixSolveLs },
];
