// Ops that compare and count: the greatest elements of rows, places in sorted rows, counts of small integers, coordinates of flat
// places, cross products. Follows tensorflow/core/kernels/{topk_op,searchsorted_op,bincount_op,unravel_index_op,cross_op}.cc.
import { int32 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { take } from './array.ts';
import { fromNumbers, invalid, sizeOf, stridesOf, toNumbers, typeAttr, zeros } from './common.ts';
import { evaluate, type ValueRow, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';


/** For every value the first place in its sorted row that is not less (or that is greater). */
const bound = (upper: boolean): Kernel => ([sorted, values], node) => {
  const [rows, n] = sorted!.shape as [number, number], m = values!.shape[1]!;
  if (values!.shape[0] !== rows) throw invalid('Leading dim_size of both tensors must match.');
  const [s, v] = [widen(sorted!) as Float64Array, widen(values!) as Float64Array];
  const out = Array.from({ length: rows * m }, (_, i) => {
    const r = Math.floor(i / m), x = v[i]!;
    let [lo, hi] = [0, n];
    while (lo < hi) { const mid = (lo + hi) >> 1; if (upper ? s[r * n + mid]! <= x : s[r * n + mid]! < x) lo = mid + 1; else hi = mid; }
    return lo;
  });
  return [fromNumbers(typeAttr(node, 'out_type', int32), values!.shape, out)];
};


const unravelIndex: Kernel = ([indices, dims]) => {
  const shape = toNumbers(dims!), flat = toNumbers(indices!), strides = stridesOf(shape), total = sizeOf(shape);
  flat.forEach((v) => { if (v >= total) throw invalid('index is out of bound as with dims'); });
  return [fromNumbers(indices!.dtype.baseDtype, indices!.shape.length === 0 ? [shape.length] : [shape.length, flat.length], shape.flatMap((n, d) => flat.map((v) => Math.floor(v / strides[d]!) % n)))];
};

const PRODUCT_DIFFERENCE: ValueRow = { any: (o, a, b, c, d) => o.sub(o.mul(a!, b!), o.mul(c!, d!)) };
const cross: Kernel = ([u, v], node) => {
  const n = u!.size / 3, shape = u!.shape.slice(0, -1);
  const part = (a: NDArray, k: number): NDArray => take(a.reshape([n, 3]), [k], [1], 1).reshape(shape);
  const parts = [0, 1, 2].map((k) => {
    const [i, j] = [(k + 1) % 3, (k + 2) % 3];
    return evaluate(node.op, PRODUCT_DIFFERENCE, [part(u!, i), part(v!, j), part(u!, j), part(v!, i)]);
  });
  const flat = parts.map((p) => p.reshape([n]));
  const out = zeros(u!.dtype.baseDtype, [3 * n]);
  flat.forEach((p, k) => { for (let i = 0; i < n; i++) (out.data as Float64Array)[3 * i + k] = (p.data as Float64Array)[i]!; });
  return [out.reshape(u!.shape)];
};

export const orderKernels: readonly KernelDef[] = [
  { op: 'LowerBound', kernel: bound(false) }, { op: 'UpperBound', kernel: bound(true) }, { op: 'UnravelIndex', kernel: unravelIndex }, { op: 'Cross', kernel: cross },
];
