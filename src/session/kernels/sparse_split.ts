// Sparse tensors compared, split, added to and softmaxed. Follows tensorflow/core/kernels/{sparse_sparse_binary_op_shared,sparse_split_op,
// sparse_softmax_op,sparse_dense_binary_op_shared,sparse_matmul_op}.cc.
import { NDArray } from '../../graph/ndarray.ts';
import { take } from './array.ts';
import { attrOf, broadcast, broadcastStrides, intAttr, invalid, sameShape, shapeText, toNumber, toNumbers } from './common.ts';
import { asFloat32, narrow, widen } from './compute.ts';
import { exp } from './elementary.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { matmulKernels } from './matmul.ts';
import { SCALAR32, SCALAR64 } from './scalar.ts';
import { compare, indicesOf, rowsOf, vectorOf } from './sparse_math.ts';

type Numbers = Float64Array;
const summary = (a: NDArray): string => toNumbers(a).join(' ');

/** The union of the stored elements, joined by f; what one of the two does not store is 0 there. */
const pairwise = (f: (a: number | bigint, b: number | bigint) => number | bigint): Kernel => ([aIndices, aValues, aShape, bIndices, bValues, bShape]) => {
  if (!sameShape(aShape!.shape, bShape!.shape)) throw invalid(`Operands do not have the same ranks; got shapes: ${summary(aShape!)} and ${summary(bShape!)}`);
  const [sa, sb] = [toNumbers(aShape!), toNumbers(bShape!)];
  sa.forEach((d, i) => { if (d !== sb[i]) throw invalid(`Operands' shapes do not match: got ${d} and ${sb[i]} for dimension ${i}`); });
  const [a, b] = [rowsOf(aIndices!), rowsOf(bIndices!)];
  const dtype = aValues!.dtype.baseDtype, big = dtype.storage === 'i64' || dtype.storage === 'u64';
  const [x, y] = [aValues!, bValues!].map((v) => (big ? v.data : widen(v)) as unknown as (number | bigint)[]) as [(number | bigint)[], (number | bigint)[]];
  const zero = big ? 0n : 0, rows: number[][] = [], out: (number | bigint)[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const order = i === a.length ? 1 : j === b.length ? -1 : compare(a[i]!, b[j]!);
    rows.push(order <= 0 ? a[i]! : b[j]!);
    out.push(f(order <= 0 ? x[i]! : zero, order >= 0 ? y[j]! : zero));
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  const data = new (x.constructor as new (n: number) => Numbers)(out.length);
  out.forEach((v, i) => { data[i] = v as number; });
  return [indicesOf(rows, sa.length), new NDArray(dtype, [out.length], big ? data : narrow(dtype, data))];
};

const split: Kernel = ([dim, indices, values, shape], node) => {
  const axis = toNumber(dim!), dims = toNumbers(shape!), n = intAttr(node, 'num_split');
  if (!(axis >= 0 && axis < dims.length)) throw invalid(`Input split_dim should be between 0 and rank (${dims.length}), got ${axis}`);
  if (!(n >= 1 && n <= dims[axis]!)) throw invalid(`Input num_split should be between 1 and the splitting dimension size (${dims[axis]!}), got ${n}`);
  const size = Math.floor(dims[axis]! / n), longer = dims[axis]! % n; // the first parts are one longer
  const begin = (k: number): number => k * size + Math.min(k, longer);
  const rows = rowsOf(indices!);
  const partsOf = Array.from({ length: n }, (_, k) => rows.map((_r, i) => i).filter((i) => rows[i]![axis]! >= begin(k) && rows[i]![axis]! < begin(k + 1)));
  return [
    ...partsOf.map((kept, k) => indicesOf(kept.map((i) => rows[i]!.map((x, d) => (d === axis ? x - begin(k) : x))), dims.length)),
    ...partsOf.map((kept) => take(values!, kept, [kept.length], 0)),
    ...partsOf.map((_, k) => vectorOf(dims.map((d, i) => (i === axis ? begin(k + 1) - begin(k) : d)))),
  ];
};

/** Rows of the last axis, one after the other, in the order of the sorted indices. */
const softmax: Kernel = ([indices, values, shape]) => {
  if (shape!.size < 2) throw invalid(`Input should have rank >= 2, but received shape: ${summary(shape!)}`);
  const rows = rowsOf(indices!), x = values!.data as Numbers, out = x.slice();
  const o = values!.dtype.storage === 'f64' ? SCALAR64 : SCALAR32;
  const order = rows.map((_, i) => i).sort((a, b) => compare(rows[a]!, rows[b]!) || a - b);
  const outer = (i: number): readonly number[] => rows[order[i]!]!.slice(0, -1);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && compare(outer(from), outer(to)) === 0) to++;
    const group = order.slice(from, to).map((i) => x[i]!), most = group.reduce((m, v) => (m < v ? v : m), -Infinity);
    const powers = group.map((v) => exp(o, o.sub(v, most)));
    const scale = o.div(1, powers.reduce((sum, v) => o.add(sum, v), 0));
    powers.forEach((v, k) => { out[from + k] = o.mul(v, scale); });
    from = to;
  }
  return [new NDArray(values!.dtype.baseDtype, values!.shape, out)];
};

/** The stored elements plus those of a dense tensor that broadcasts to the shape. */
const denseAdd: Kernel = ([indices, values, shape, dense]) => {
  const dims = toNumbers(shape!);
  if (broadcast(dims, dense!.shape) === undefined || dense!.shape.length > dims.length) throw invalid(`SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: ${shapeText(dims)} vs. ${shapeText(dense!.shape)}`);
  const strides = broadcastStrides(dense!.shape, dims), dtype = values!.dtype.baseDtype, x = widen(values!) as Numbers, y = widen(dense!) as Numbers, out = x.slice();
  rowsOf(indices!).forEach((row, i) => { out[i] = x[i]! + y[row.reduce((at, r, d) => at + r * strides[d]!, 0)]!; });
  return [new NDArray(dtype, values!.shape, narrow(dtype, out))];
};

const matMul = matmulKernels.find((k) => k.op === 'MatMul')!.kernel;
/** Zeros are multiplied like other numbers: the product of the operands in float32. */
const sparseMatMul: Kernel = (inputs, node, state) => { attrOf(node, 'transpose_a', 'b', false); return matMul(inputs.map((a) => asFloat32(a)), node, state); };

export const sparseMoreKernels: readonly KernelDef[] = [
  { op: 'SparseSparseMaximum', kernel: pairwise((a, b) => (a < b ? b : a)) }, { op: 'SparseSparseMinimum', kernel: pairwise((a, b) => (b < a ? b : a)) }, { op: 'SparseSplit', kernel: split },
  { op: 'SparseSoftmax', kernel: softmax }, { op: 'SparseDenseCwiseAdd', kernel: denseAdd }, { op: 'SparseMatMul', kernel: sparseMatMul },
];
