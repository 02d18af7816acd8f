// QR decomposition by Householder reflections, in the dtype's own arithmetic. Each reflection maps a column to the multiple of the first
// unit vector whose sign is opposite to the column's first element, as Eigen does it. Follows tensorflow/core/kernels/qr_op_impl.h.
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, invalid, sizeOf } from './common.ts';
import { asFloat32, narrow, noKernel } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

type Floats = Float32Array | Float64Array;

const qr: Kernel = ([a], node) => {
  const dtype = a!.dtype.baseDtype;
  if (!dtype.isFloating) throw noKernel('Qr', dtype);
  if (a!.shape.length < 2) throw invalid('Input tensor 0 must have rank >= 2');
  const wide = asFloat32(a!), from = wide.data as Floats, double = from instanceof Float64Array;
  const round = double ? (x: number): number => x : Math.fround;
  const make = (n: number): Floats => (double ? new Float64Array(n) : new Float32Array(n));
  const outer = a!.shape.slice(0, -2), [m, n] = a!.shape.slice(-2) as [number, number];
  const p = boolAttr(node, 'full_matrices', false) ? m : Math.min(m, n), batch = sizeOf(outer);
  const q = make(batch * m * p), r = make(batch * p * n);
  for (let b = 0; b < batch; b++) {
    const x = from.slice(b * m * n, (b + 1) * m * n);
    const reflections: { v: Floats; tau: number }[] = [];
    for (let k = 0; k < Math.min(m, n); k++) {
      const head = x[k * n + k]!;
      let tail = 0;
      for (let i = k + 1; i < m; i++) tail = round(tail + round(x[i * n + k]! * x[i * n + k]!));
      const v = make(m);
      v[k] = 1;
      if (tail <= Number.MIN_VALUE) { reflections.push({ v, tau: 0 }); continue; }
      const size = round(Math.sqrt(round(round(head * head) + tail)));
      const beta = head >= 0 ? -size : size;
      for (let i = k + 1; i < m; i++) v[i] = x[i * n + k]! / round(head - beta);
      const tau = round(round(beta - head) / beta);
      reflections.push({ v, tau });
      reflect(x, n, v, tau, k, k, round);
      x[k * n + k] = beta;
      for (let i = k + 1; i < m; i++) x[i * n + k] = 0;
    }
    const own = q.subarray(b * m * p, (b + 1) * m * p);
    for (let i = 0; i < p; i++) own[i * p + i] = 1;
    for (let k = reflections.length - 1; k >= 0; k--) reflect(own, p, reflections[k]!.v, reflections[k]!.tau, k, 0, round);
    for (let i = 0; i < p; i++) for (let j = i; j < n; j++) r[b * p * n + i * n + j] = x[i * n + j]!;
  }
  const out = (data: Floats, rows: number, columns: number): NDArray => new NDArray(dtype, [...outer, rows, columns], narrow(dtype, data));
  return [out(q, m, p), out(r, p, n)];
};

/** x := (1 - tau v v') x for rows from `row` and columns from `column` on. */
function reflect(x: Floats, columns: number, v: Floats, tau: number, row: number, column: number, round: (x: number) => number): void {
  if (tau === 0) return;
  for (let j = column; j < columns; j++) {
    let dot = 0;
    for (let i = row; i < v.length; i++) dot = round(dot + round(v[i]! * x[i * columns + j]!));
    const scaled = round(tau * dot);
    for (let i = row; i < v.length; i++) x[i * columns + j] = round(x[i * columns + j]! - round(scaled * v[i]!));
  }
}

export const qrKernels: readonly KernelDef[] = [{ op: 'Qr', kernel: qr }];
