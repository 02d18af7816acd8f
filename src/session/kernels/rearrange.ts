// Elements put at other places, or left zero: diagonals and bands, blocks of space, depth and batch, rolls and reversed sequences.
// Follows tensorflow/core/kernels/{diag_op,matrix_*_op,spacetodepth_op,depthtospace_op,spacetobatch_op,batchtospace_op,roll_op,
// reverse_sequence_op,mirror_pad_op,extract_image_patches_op}.cc.
import { NDArray } from '../../graph/ndarray.ts';
import { take } from './array.ts';
import { intAttr, intsAttr, invalid, sizeOf, stridesOf, stringAttr, toNumber, toNumbers, zeros } from './common.ts';
import { narrow, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { concat } from './move.ts';

/** Visits every index vector of a shape in row-major order. */
function each(shape: readonly number[], visit: (at: readonly number[], flat: number) => void): void {
  const n = sizeOf(shape), at = shape.map(() => 0);
  for (let flat = 0; flat < n; flat++) {
    visit(at, flat);
    for (let d = shape.length - 1; d >= 0 && ++at[d]! === shape[d]; d--) at[d] = 0;
  }
}
/** An array of `shape` whose elements come from flat positions of `a`, or are zero where there is none (-1). */
function gathered(a: NDArray, shape: readonly number[], from: (at: readonly number[]) => number): NDArray {
  const places: number[] = [];
  let holes = false;
  each(shape, (at) => { const k = from(at); if (k < 0) holes = true; places.push(k < 0 ? a.size : k); });
  const flat = a.reshape([a.size]);
  return take(holes ? concat([flat, zeros(a.dtype.baseDtype, [1])], 0) : flat, places, shape, 0);
}
const dot = (a: readonly number[], strides: readonly number[]): number => a.reduce((n, x, i) => n + x * strides[i]!, 0);

// --- diagonals -----------------------------------------------------------------------------------------------------

const diag: Kernel = ([x]) => {
  const s = x!.shape, strides = stridesOf(s);
  return [gathered(x!, [...s, ...s], (at) => (s.every((_, i) => at[i] === at[i + s.length]) ? dot(at.slice(0, s.length), strides) : -1))];
};
const diagPart: Kernel = ([x]) => {
  const half = x!.shape.length / 2, strides = stridesOf(x!.shape);
  if (half === 0 || half % 1 !== 0) throw invalid(`The rank of the tensor should be even and positive, got shape [${x!.shape.join(',')}]`);
  for (let i = 0; i < half; i++) if (x!.shape[i] !== x!.shape[i + half]) throw invalid(`Invalid shape [${x!.shape.join(',')}]: dimensions ${i} and ${i + half} do not match.`);
  return [gathered(x!, x!.shape.slice(0, half), (at) => dot([...at, ...at], strides))];
};
const matrixDiag: Kernel = ([x]) => {
  if (x!.shape.length === 0) throw invalid('input must be at least 1-dim, received shape: []');
  const n = x!.shape[x!.shape.length - 1]!, strides = stridesOf(x!.shape);
  return [gathered(x!, [...x!.shape, n], (at) => (at[at.length - 1] === at[at.length - 2] ? dot(at.slice(0, -1), strides) : -1))];
};
const matrixDiagPart: Kernel = ([x]) => {
  const s = x!.shape, strides = stridesOf(s);
  if (s.length < 2) throw invalid(`input must be at least 2-dim, received shape: [${s.join(',')}]`);
  return [gathered(x!, [...s.slice(0, -2), Math.min(s[s.length - 2]!, s[s.length - 1]!)], (at) => dot([...at, at[at.length - 1]!], strides))];
};
const matrixSetDiag: Kernel = ([x, d]) => {
  const s = x!.shape, strides = stridesOf(d!.shape), both = concat([x!.reshape([x!.size]), d!.reshape([d!.size])], 0);
  if (s.length < 2) throw invalid(`input must be at least 2-dim, received shape: [${s.join(',')}]`);
  const want = [...s.slice(0, -2), Math.min(s[s.length - 2]!, s[s.length - 1]!)];
  if (want.join() !== d!.shape.join()) throw invalid(`must have diagonal.shape == input.shape[:-2] + min(input.shape[-2:]), but received input shape: [${s.join(',')}] and diagonal shape: [${d!.shape.join(',')}]`);
  let flat = -1;
  return [gathered(both, s, (at) => { flat++; return at[at.length - 1] === at[at.length - 2] ? x!.size + dot(at.slice(0, -1), strides) : flat; })];
};
const matrixBandPart: Kernel = ([x, lower, upper]) => {
  const [lo, up] = [toNumber(lower!), toNumber(upper!)], s = x!.shape;
  if (s.length < 2) throw invalid(`input must be at least 2-dim, received shape: [${s.join(',')}]`);
  const [rows, columns] = [s[s.length - 2]!, s[s.length - 1]!];
  if (lo > rows) throw invalid(`num_lower must be negative or less or equal to number of rows (${rows}) got: ${lo}`);
  if (up > columns) throw invalid(`num_upper must be negative or less or equal to number of columns (${columns}) got: ${up}`);
  let flat = -1;
  return [gathered(x!, s, (at) => {
    flat++;
    const [i, j] = [at[at.length - 2]!, at[at.length - 1]!];
    return (lo < 0 || i - j <= lo) && (up < 0 || j - i <= up) ? flat : -1;
  })];
};

// --- blocks --------------------------------------------------------------------------------------------------------

/** Shape as [batch, height, width, depth], and a position back in the order of the format. */
const formatOf = (node: Parameters<Kernel>[1]): { nhwc: (s: readonly number[]) => number[]; back: (s: readonly number[]) => number[] } =>
  (stringAttr(node, 'data_format', 'NHWC') === 'NCHW' ? { nhwc: ([n, c, h, w]) => [n!, h!, w!, c!], back: ([n, h, w, c]) => [n!, c!, h!, w!] } : { nhwc: (s) => [...s], back: (s) => [...s] });

const spaceToDepth: Kernel = ([x], node) => {
  const block = intAttr(node, 'block_size'), f = formatOf(node), strides = stridesOf(x!.shape);
  const [n, h, w, c] = f.nhwc(x!.shape) as [number, number, number, number];
  if (h % block !== 0 || w % block !== 0) throw invalid(`Image width ${w} and height ${h} should be divisible by block_size: ${block}`);
  return [gathered(x!, f.back([n, h / block, w / block, c * block * block]), (at) => {
    const [b, i, j, d] = f.nhwc(at) as [number, number, number, number];
    const offset = Math.floor(d / c);
    return dot(f.back([b, i * block + Math.floor(offset / block), j * block + (offset % block), d % c]), strides);
  })];
};
const depthToSpace: Kernel = ([x], node) => {
  const block = intAttr(node, 'block_size'), f = formatOf(node), strides = stridesOf(x!.shape);
  const [n, h, w, c] = f.nhwc(x!.shape) as [number, number, number, number];
  if (c % (block * block) !== 0) throw invalid(`Input depth dimension ${c} should be divisible by: ${block * block}`);
  const depth = c / (block * block);
  return [gathered(x!, f.back([n, h * block, w * block, depth]), (at) => {
    const [b, i, j, d] = f.nhwc(at) as [number, number, number, number];
    return dot(f.back([b, Math.floor(i / block), Math.floor(j / block), ((i % block) * block + (j % block)) * depth + d]), strides);
  })];
};
const reverseSequence: Kernel = ([x, lengths], node) => {
  const [seq, batch] = [intAttr(node, 'seq_dim'), intAttr(node, 'batch_dim', 0)], n = toNumbers(lengths!), strides = stridesOf(x!.shape);
  if (n.length !== x!.shape[batch]) throw invalid(`Length of seq_lengths != input.dims(${batch}), (${n.length} vs. ${x!.shape[batch]})`);
  n.forEach((v, i) => {
    if (v < 0) throw invalid(`seq_lens(${i}) < 0`);
    if (v > x!.shape[seq]!) throw invalid(`seq_lens(${i}) > input.dims(${seq})`);
  });
  return [gathered(x!, x!.shape, (at) => dot(at.map((v, d) => (d === seq && v < n[at[batch]!]! ? n[at[batch]!]! - 1 - v : v)), strides))];
};
const roll: Kernel = ([x, shift, axis]) => {
  const s = x!.shape, strides = stridesOf(s), total = s.map(() => 0), [by, on] = [toNumbers(shift!), toNumbers(axis!)];
  if (s.length < 1) throw invalid('input must be 1-D or higher');
  if (by.length !== on.length) throw invalid('shift and axis must have the same size');
  on.forEach((a, i) => {
    const d = a < 0 ? a + s.length : a;
    if (!(d >= 0 && d < s.length)) throw invalid(`axis ${a} is out of range`);
    total[d]! += by[i]!;
  });
  return [gathered(x!, s, (at) => dot(at.map((v, d) => { const n = Math.max(s[d]!, 1); return (((v - total[d]!) % n) + n) % n; }), strides))];
};

/** Each border element of the gradient goes back to the element it mirrored. */
const mirrorPadGrad: Kernel = ([g, paddings], node) => {
  const pads = toNumbers(paddings!), offset = stringAttr(node, 'mode') === 'SYMMETRIC' ? 0 : 1;
  const shape = g!.shape.map((n, d) => n - pads[2 * d]! - pads[2 * d + 1]!), strides = stridesOf(shape);
  const out = widen(zeros(g!.dtype.baseDtype, shape)).slice() as Float64Array, from = widen(g!) as Float64Array;
  const reflect = (v: number, d: number): number => (v < 0 ? -v - 1 + offset : v >= shape[d]! ? 2 * shape[d]! - 1 - v - offset : v);
  each(g!.shape, (at, flat) => { const k = dot(at.map((v, d) => reflect(v - pads[2 * d]!, d)), strides); out[k] = out[k]! + from[flat]!; });
  return [new NDArray(g!.dtype.baseDtype, shape, narrow(g!.dtype.baseDtype, out))];
};

/** Patches of [batch, rows, columns, depth], flattened into the last dimension. */
const extractImagePatches: Kernel = ([x], node) => {
  const [k, stride, rate] = [intsAttr(node, 'ksizes'), intsAttr(node, 'strides'), intsAttr(node, 'rates')];
  const s = x!.shape as [number, number, number, number], strides = stridesOf(s), same = stringAttr(node, 'padding') === 'SAME';
  const window = [1, 2].map((d) => {
    const extent = (k[d]! - 1) * rate[d]! + 1;
    const out = same ? Math.ceil(s[d]! / stride[d]!) : Math.ceil((s[d]! - extent + 1) / stride[d]!);
    return { out: Math.max(out, 0), before: same ? Math.floor(Math.max((out - 1) * stride[d]! + extent - s[d]!, 0) / 2) : 0 };
  });
  const [rows, columns] = window as [typeof window[number], typeof window[number]];
  return [gathered(x!, [s[0], rows.out, columns.out, k[1]! * k[2]! * s[3]], ([b, i, j, d]) => {
    const cell = Math.floor(d! / s[3]);
    const r = i! * stride[1]! - rows.before + Math.floor(cell / k[2]!) * rate[1]!, c = j! * stride[2]! - columns.before + (cell % k[2]!) * rate[2]!;
    return r < 0 || r >= s[1] || c < 0 || c >= s[2] ? -1 : dot([b!, r, c, d! % s[3]], strides);
  })];
};

export const rearrangeKernels: readonly KernelDef[] = [
  { op: 'Diag', kernel: diag }, { op: 'DiagPart', kernel: diagPart }, { op: 'MatrixDiag', kernel: matrixDiag }, { op: 'MatrixDiagPart', kernel: matrixDiagPart }, { op: 'MatrixSetDiag', kernel: matrixSetDiag },
  { op: 'MatrixBandPart', kernel: matrixBandPart }, { op: 'SpaceToDepth', kernel: spaceToDepth }, { op: 'DepthToSpace', kernel: depthToSpace },
  { op: 'ReverseSequence', kernel: reverseSequence }, { op: 'Roll', kernel: roll }, { op: 'MirrorPadGrad', kernel: mirrorPadGrad }, { op: 'ExtractImagePatches', kernel: extractImagePatches },
];
