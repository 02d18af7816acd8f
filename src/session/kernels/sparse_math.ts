// Arithmetic and rearrangement of sparse tensors, and sets. Sums run in the order of the stored elements, one rounding an
// addition. Follows tensorflow/core/kernels/{sparse_add_op,sparse_tensor_dense_add_op,sparse_reorder_op,sparse_reshape_op,
// sparse_slice_op,sparse_concat_op,sparse_reduce_op,sparse_tensor_dense_matmul_op,sparse_fill_empty_rows_op,set_kernels}.cc.
import { bool, int32, int64 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { take } from './array.ts';
import { boolAttr, fromNumbers, intAttr, invalid, sameShape, shapeText, sizeOf, stridesOf, stringAttr, toNumbers, zeros } from './common.ts';
import { narrow, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { concat } from './move.ts';
import { checkOrder } from './sparse.ts';

type Numbers = Float64Array;
/** Rows of an index matrix. */
export function rowsOf(indices: NDArray): number[][] {
  const flat = toNumbers(indices), rank = indices.shape[1] ?? 1;
  return Array.from({ length: indices.shape[0]! }, (_, i) => flat.slice(i * rank, (i + 1) * rank));
}
export function indicesOf(rows: readonly (readonly number[])[], rank: number): NDArray { return fromNumbers(int64, [rows.length, rank], rows.flat()); }
export const vectorOf = (v: readonly number[]): NDArray => fromNumbers(int64, [v.length], v);
export function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
/** out[i] += value, in the dtype of the array. */
const join = (out: Numbers, i: number, value: number): void => { out[i] = out[i]! + value; };
const stored = (a: NDArray, data: Numbers, shape: readonly number[]): NDArray => new NDArray(a.dtype.baseDtype, shape, narrow(a.dtype.baseDtype, data));
/** A zeroed array of the same kind. */
const alike = (a: Numbers, n: number): Numbers => new (a.constructor as new (n: number) => Numbers)(n);
const numbers = (a: NDArray): Numbers => widen(a) as Numbers;
/** Numbers of an element: the parts of complex ones stand side by side. */
const widthOf = (a: NDArray): number => (a.dtype.isComplex ? 2 : 1);

const reorder: Kernel = ([indices, values]) => {
  const rows = rowsOf(indices!);
  const order = rows.map((_, i) => i).sort((a, b) => compare(rows[a]!, rows[b]!) || a - b);
  return [indicesOf(order.map((i) => rows[i]!), indices!.shape[1]!), take(values!, order, [order.length], 0)];
};

const reshape: Kernel = ([indices, shape, wanted]) => {
  const from = toNumbers(shape!), to = toNumbers(wanted!);
  const open = to.indexOf(-1);
  if (open >= 0 && to.indexOf(-1, open + 1) >= 0) throw invalid(`only one output dimension may be -1, not both ${open} and ${to.indexOf(-1, open + 1)}`);
  to.forEach((d, i) => { if (d < -1) throw invalid(`size ${i} must be non-negative, not ${d}`); });
  const total = sizeOf(from), rest = to.reduce((n, d) => (d === -1 ? n : n * d), 1);
  if (open >= 0) {
    if (rest <= 0) throw invalid('reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are non-zero');
    if (total % rest !== 0) throw invalid(`Input to reshape is a SparseTensor with ${total} dense values, but the requested shape requires a multiple of ${rest}. input_shape=${shapeText(from)} output_shape=${shapeText(to)}`);
    to[open] = total / rest;
  } else if (rest !== total) throw invalid(`Input to reshape is a tensor with ${total} dense values, but the requested shape has ${rest}. input_shape=${shapeText(from)} output_shape=${shapeText(to)}`);
  const [a, b] = [stridesOf(from), stridesOf(to)];
  const rows = rowsOf(indices!).map((row) => {
    const flat = row.reduce((n, x, d) => n + x * a[d]!, 0);
    return b.map((s, d) => Math.floor(flat / s) % Math.max(to[d]!, 1));
  });
  return [indicesOf(rows, to.length), vectorOf(to)];
};

const slice: Kernel = ([indices, values, shape, start, size]) => {
  const dims = toNumbers(shape!), begin = toNumbers(start!), extent = toNumbers(size!);
  const out = dims.map((d, i) => Math.max(0, Math.min(begin[i]! + extent[i]!, d) - begin[i]!));
  const rows = rowsOf(indices!), kept = rows.map((_, i) => i).filter((i) => rows[i]!.every((x, d) => x >= begin[d]! && x < begin[d]! + out[d]!));
  return [indicesOf(kept.map((i) => rows[i]!.map((x, d) => x - begin[d]!)), dims.length), take(values!, kept, [kept.length], 0), vectorOf(out)];
};

const concatSparse: Kernel = (inputs, node) => {
  const n = inputs.length / 3;
  const shapes = inputs.slice(2 * n).map(toNumbers);
  const rank = shapes[0]!.length, given = intAttr(node, 'concat_dim'), axis = given < 0 ? given + rank : given;
  if (!(axis >= 0 && axis < rank)) throw invalid(`Concat dimension must be in range [${-rank}, ${rank}), got ${given}`);
  let at = 0;
  const all: { row: number[]; from: number }[] = [];
  let count = 0;
  shapes.forEach((s, k) => {
    s.forEach((d, i) => { if (i !== axis && d !== shapes[0]![i]) throw invalid(`Input shapes must match: expected ${shapes[0]![i]} for dimension ${i} but got ${d} at position ${k}`); });
    for (const row of rowsOf(inputs[k]!)) all.push({ row: row.map((x, d) => (d === axis ? x + at : x)), from: count++ });
    at += s[axis]!;
  });
  all.sort((a, b) => compare(a.row, b.row) || a.from - b.from);
  const values = concat(inputs.slice(n, 2 * n), 0);
  return [indicesOf(all.map((e) => e.row), rank), take(values, all.map((e) => e.from), [all.length], 0), vectorOf(shapes[0]!.map((d, i) => (i === axis ? at : d)))];
};

/** Reduction over some axes of the dense shape; `dense`: zeros where nothing is stored. */
const reduce = (kind: 'sum' | 'max', dense: boolean): Kernel => ([indices, values, shape, axes], node) => {
  const dims = toNumbers(shape!), rank = dims.length, keep = boolAttr(node, 'keep_dims', false);
  const given = toNumbers(axes!);
  given.forEach((a) => { if (a < -rank || a >= rank) throw invalid(`Invalid reduction dimension ${a}, for input with ${rank} dimensions.`); });
  const gone = new Set(given.length === 0 ? dims.map((_, i) => i) : given.map((a) => (a < 0 ? a + rank : a)));
  const project = (row: readonly number[]): number[] => (keep ? row.map((x, i) => (gone.has(i) ? 0 : x)) : row.filter((_, i) => !gone.has(i)));
  const out = keep ? dims.map((d, i) => (gone.has(i) ? 1 : d)) : dims.filter((_, i) => !gone.has(i));
  const groups = new Map<string, { row: number[]; items: number[] }>();
  rowsOf(indices!).forEach((row, i) => {
    const to = project(row), key = to.join();
    const g = groups.get(key) ?? { row: to, items: [] };
    g.items.push(i);
    groups.set(key, g);
  });
  const sorted = [...groups.values()].sort((a, b) => compare(a.row, b.row));
  const from = numbers(values!), width = widthOf(values!), joined = alike(from, sorted.length * width);
  sorted.forEach((g, k) => {
    for (let c = 0; c < width; c++) {
      const to = k * width + c;
      joined[to] = from[g.items[0]! * width + c]!;
      for (const i of g.items.slice(1)) { const v = from[i * width + c]!; if (kind === 'sum') join(joined, to, v); else if (joined[to]! < v) joined[to] = v; }
    }
  });
  if (!dense) return [indicesOf(sorted.map((g) => g.row), out.length), stored(values!, joined, [sorted.length]), vectorOf(out)];
  const result = alike(from, sizeOf(out) * width), strides = stridesOf(out);
  sorted.forEach((g, k) => { for (let c = 0; c < width; c++) result[g.row.reduce((n, x, d) => n + x * strides[d]!, 0) * width + c] = joined[k * width + c]!; });
  return [stored(values!, result, out)];
};

const denseMatMul: Kernel = ([indices, values, shape, b], node) => {
  const [adjointA, adjointB] = [boolAttr(node, 'adjoint_a', false), boolAttr(node, 'adjoint_b', false)];
  if (b!.shape.length !== 2) throw invalid('Tensor \'b\' is not a matrix');
  const dims = toNumbers(shape!);
  if (dims.length !== 2) throw invalid(`Tensor 'a_shape' must have 2 elements`);
  const [rows, inner] = adjointA ? [dims[1]!, dims[0]!] : [dims[0]!, dims[1]!];
  const [bi, columns] = adjointB ? [b!.shape[1]!, b!.shape[0]!] : [b!.shape[0]!, b!.shape[1]!];
  if (bi !== inner) throw invalid(`Cannot multiply A and B because inner dimension does not match: ${inner} vs. ${bi}.  Did you forget a transpose?  Dimensions of A: [${dims.join(', ')}).  Dimensions of B: ${shapeText(b!.shape)}`);
  const a = numbers(values!), x = numbers(b!);
  const width = widthOf(values!), out = alike(a, rows * columns * width);
  const round = out instanceof Float32Array ? Math.fround : (v: number): number => v, times = (out as unknown) instanceof Int32Array ? Math.imul : (p: number, q: number): number => round(p * q);
  rowsOf(indices!).forEach((row, i) => {
    const [m, k] = adjointA ? [row[1]!, row[0]!] : [row[0]!, row[1]!];
    if (!(k >= 0 && k < inner)) throw invalid(`k (${k}) from index[${i},${adjointA ? 0 : 1}] out of bounds (>=${inner})`);
    if (!(m >= 0 && m < rows)) throw invalid(`m (${m}) from index[${i},${adjointA ? 1 : 0}] out of bounds (>=${rows})`);
    for (let n = 0; n < columns; n++) {
      const to = m * columns + n, from = adjointB ? n * inner + k : k * columns + n;
      if (width === 1) { join(out, to, times(a[i]!, x[from]!)); continue; }
      const [ar, ai, br, bi] = [a[2 * i]!, adjointA ? -a[2 * i + 1]! : a[2 * i + 1]!, x[2 * from]!, adjointB ? -x[2 * from + 1]! : x[2 * from + 1]!];
      join(out, 2 * to, round(round(ar * br) - round(ai * bi)));
      join(out, 2 * to + 1, round(round(ar * bi) + round(ai * br)));
    }
  });
  return [stored(values!, out, [rows, columns])];
};

const denseAdd: Kernel = ([indices, values, shape, b]) => {
  const dims = toNumbers(shape!);
  if (!sameShape(dims, b!.shape)) throw invalid(`Dimension 0 does not equal (no broadcasting is supported): sparse side ${dims[0]} vs dense side ${b!.shape[0]}`);
  const out = numbers(b!).slice(), from = numbers(values!), strides = stridesOf(dims), width = widthOf(b!);
  rowsOf(indices!).forEach((row, i) => {
    const bad = row.findIndex((x, d) => !(x >= 0 && x < dims[d]!));
    if (bad >= 0) throw invalid(`Sparse tensor has some invalid index on dimension ${bad}; dense tensor shape: ${shapeText(dims)}`);
    const to = row.reduce((n, x, d) => n + x * strides[d]!, 0);
    for (let c = 0; c < width; c++) join(out, to * width + c, from[i * width + c]!);
  });
  return [stored(b!, out, dims)];
};

/** Both sorted; where both have an element its sum is kept if it is at least `thresh` in size. */
const add: Kernel = ([ai, av, shape, bi, bv, bShape, thresh]) => {
  if (!sameShape(toNumbers(shape!), toNumbers(bShape!))) throw invalid('Operands\' shapes do not match');
  const [a, b, x, y] = [rowsOf(ai!), rowsOf(bi!), numbers(av!), numbers(bv!)];
  const limit = numbers(thresh!)[0]!;
  const width = widthOf(av!), rows: number[][] = [], sums = alike(x, (a.length + b.length) * width);
  const size = (k: number): number => {
    const [re, im] = [sums[k * width]!, width === 2 ? sums[k * width + 1]! : 0];
    return width === 2 ? Math.hypot(re, im) : re < 0 ? -re : re;
  };
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    const order = i >= a.length ? 1 : j >= b.length ? -1 : compare(a[i]!, b[j]!), k = rows.length;
    for (let c = 0; c < width; c++) sums[k * width + c] = order > 0 ? y[j * width + c]! : order < 0 ? x[i * width + c]! : x[i * width + c]! + y[j * width + c]!;
    if (order !== 0 || limit <= size(k)) rows.push(order > 0 ? b[j]! : a[i]!);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return [indicesOf(rows, ai!.shape[1]!), stored(av!, sums.slice(0, rows.length * width), [rows.length]), shape!];
};

const fillEmptyRows: Kernel = ([indices, values, shape, value]) => {
  const rows = rowsOf(indices!), dims = toNumbers(shape!), n = dims[0]!;
  const held: number[][] = Array.from({ length: n }, () => []);
  rows.forEach((row, i) => {
    if (!(row[0]! >= 0 && row[0]! < n)) throw invalid(`indices(${i}, 0) is invalid: ${row[0]} >= ${n}`);
    held[row[0]!]!.push(i);
  });
  const out: number[][] = [], from: number[] = [], reverse: number[] = Array.from({ length: rows.length }, () => 0);
  held.forEach((items, r) => {
    if (items.length === 0) { out.push([r, ...dims.slice(1).map(() => 0)]); from.push(rows.length); }
    for (const i of items) { reverse[i] = out.length; out.push(rows[i]!); from.push(i); }
  });
  const filled = take(concat([values!, value!.reshape([1])], 0), from, [from.length], 0);
  return [indicesOf(out, dims.length), filled, new NDArray(bool, [n], Uint8Array.from(held, (h) => Number(h.length === 0))), vectorOf(reverse)];
};
const fillEmptyRowsGrad: Kernel = ([reverse, grad]) => {
  const at = toNumbers(reverse!), g = numbers(grad!);
  const used = new Set(at);
  const rest = zeros(grad!.dtype.baseDtype, []), sum = numbers(rest).slice();
  const width = widthOf(grad!);
  for (let i = 0; i < grad!.size; i++) if (!used.has(i)) for (let c = 0; c < width; c++) join(sum, c, g[i * width + c]!);
  return [take(grad!, at, [at.length], 0), stored(grad!, sum, [])];
};

/** For each row of `of`, the gradient of the same row of `among`, or zero. */
function gradientsAt(grad: NDArray, of: readonly (readonly number[])[], among: NDArray): NDArray {
  const place = new Map(rowsOf(among).map((row, i) => [row.join(), i] as const));
  const padded = concat([grad, zeros(grad.dtype.baseDtype, [1])], 0);
  return take(padded, of.map((row) => place.get(row.join()) ?? grad.size), [of.length], 0);
}
const addGrad: Kernel = ([grad, a, b, sum]) => [gradientsAt(grad!, rowsOf(a!), sum!), gradientsAt(grad!, rowsOf(b!), sum!)];
const sliceGrad: Kernel = ([grad, indices, start, out]) => { const begin = toNumbers(start!); return [gradientsAt(grad!, rowsOf(indices!).map((row) => row.map((x, d) => x - begin[d]!)), out!)]; };

// --- sets ----------------------------------------------------------------------------------------------------------

/** Groups of values by their row of all but the last dimension; keys in row-major order. */
type Groups = ReadonlyMap<string, { readonly row: readonly number[]; readonly places: readonly number[] }>;
function denseGroups(a: NDArray): Groups {
  const outer = a.shape.slice(0, -1), n = a.shape[a.shape.length - 1]!, strides = stridesOf(outer);
  return new Map(Array.from({ length: sizeOf(outer) }, (_, g) => {
    const row = outer.map((d, i) => Math.floor(g / strides[i]!) % d);
    return [row.join(), { row, places: Array.from({ length: n }, (_x, k) => g * n + k) }];
  }));
}
function sparseGroups(indices: NDArray): Groups {
  const groups = new Map<string, { row: number[]; places: number[] }>();
  rowsOf(indices).forEach((r, i) => {
    const row = r.slice(0, -1), g = groups.get(row.join()) ?? { row, places: [] };
    g.places.push(i);
    groups.set(row.join(), g);
  });
  return groups;
}
type Value = number | bigint | string;
function valuesAt(a: NDArray): (i: number) => Value {
  const text = new TextDecoder();
  return (i) => { const v: unknown = a.flat(i); return v instanceof Uint8Array ? text.decode(v) : v as Value; };
}

const setOperation = (sparseA: boolean, sparseB: boolean): Kernel => (inputs, node) => {
  const [a, rest] = sparseA ? [inputs[1]!, inputs.slice(3)] : [inputs[0]!, inputs.slice(1)];
  const b = sparseB ? rest[1]! : rest[0]!;
  const outer = (sparseA ? toNumbers(inputs[2]!) : a.shape).slice(0, -1);
  if (sparseA) checkOrder(toNumbers(inputs[0]!), a.size, toNumbers(inputs[2]!));
  if (sparseB) checkOrder(toNumbers(rest[0]!), b.size, toNumbers(rest[2]!));
  const [ga, gb] = [sparseA ? sparseGroups(inputs[0]!) : denseGroups(a), sparseB ? sparseGroups(rest[0]!) : denseGroups(b)];
  const [va, vb] = [valuesAt(a), valuesAt(b)];
  const both = concat([a.reshape([a.size]), b.reshape([b.size])], 0);
  const operation = stringAttr(node, 'set_operation');
  const groups = [...new Map([...ga, ...gb].map(([k, g]) => [k, g.row] as const))].sort(([, x], [, y]) => compare(x, y));
  const rows: number[][] = [], from: number[] = [];
  let widest = 0;
  for (const [key, row] of groups) {
    const x = new Map((ga.get(key)?.places ?? []).map((i) => [va(i), i] as const)), y = new Map((gb.get(key)?.places ?? []).map((i) => [vb(i), a.size + i] as const));
    const kept = [...(operation === 'union' ? new Map([...y, ...x]) : operation === 'b-a' ? y : x)].filter(([v]) => (operation === 'a-b' ? !y.has(v) : operation === 'b-a' ? !x.has(v) : operation === 'union' || y.has(v)));
    kept.sort(([p], [q]) => (p < q ? -1 : p > q ? 1 : 0));
    kept.forEach(([, i], k) => { rows.push([...row, k]); from.push(i); });
    widest = Math.max(widest, kept.length);
  }
  return [indicesOf(rows, outer.length + 1), take(both, from, [from.length], 0), vectorOf([...outer, widest])];
};
const setSize: Kernel = ([indices, values, shape]) => {
  const outer = toNumbers(shape!).slice(0, -1), strides = stridesOf(outer), value = valuesAt(values!);
  checkOrder(toNumbers(indices!), values!.size, toNumbers(shape!));
  const out = Array.from({ length: sizeOf(outer) }, () => 0);
  for (const { row, places } of sparseGroups(indices!).values()) out[row.reduce((n, x, d) => n + x * strides[d]!, 0)] = new Set(places.map(value)).size;
  return [fromNumbers(int32, outer, out)];
};

export const sparseMathKernels: readonly KernelDef[] = [
  { op: 'SparseReorder', kernel: reorder }, { op: 'SparseReshape', kernel: reshape }, { op: 'SparseSlice', kernel: slice }, { op: 'SparseConcat', kernel: concatSparse },
  { op: 'SparseReduceSum', kernel: reduce('sum', true) }, { op: 'SparseReduceMax', kernel: reduce('max', true) }, { op: 'SparseReduceSumSparse', kernel: reduce('sum', false) }, { op: 'SparseReduceMaxSparse', kernel: reduce('max', false) },
  { op: 'SparseTensorDenseMatMul', kernel: denseMatMul }, { op: 'SparseTensorDenseAdd', kernel: denseAdd }, { op: 'SparseAdd', kernel: add },
  { op: 'SparseAddGrad', kernel: addGrad }, { op: 'SparseSliceGrad', kernel: sliceGrad },
  { op: 'SparseFillEmptyRows', kernel: fillEmptyRows }, { op: 'SparseFillEmptyRowsGrad', kernel: fillEmptyRowsGrad },
  { op: 'DenseToDenseSetOperation', kernel: setOperation(false, false) }, { op: 'DenseToSparseSetOperation', kernel: setOperation(false, true) }, { op: 'SparseToSparseSetOperation', kernel: setOperation(true, true) }, { op: 'SetSize', kernel: setSize },
];
