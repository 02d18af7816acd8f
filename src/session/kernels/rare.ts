// Kernels of rare ops: buckets, rows set in place, data formats, n-th elements, packed bits, shifts, neighbours of floats. Follows
// core/kernels/{bucketize_op,inplace_ops,data_format_ops,nth_element_op,compare_and_bitpack_op,cwise_op_left_shift,next_after_op}.cc (1.15).
import { type DType, int32, uint8 } from '../../graph/dtype.ts';
import { allocate, NDArray } from '../../graph/ndarray.ts';
import { attrOf, broadcast, broadcastStrides, eachIndex, invalid, shapeText, sizeOf, stringAttr, toNumber, toNumbers, typeAttr } from './common.ts';
import { widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { joinRuns } from './scatter.ts';

const bucketize: Kernel = ([a], node) => {
  const limits = attrOf(node, 'boundaries', 'list', {}).f ?? [];
  if (limits.some((x, i) => i > 0 && limits[i - 1]! > x)) throw invalid('Expected sorted boundaries');
  const values = a!.data as ArrayLike<number | bigint>;
  // The limits are binary32, integers are compared as they are.
  const bucket = (x: number | bigint): number => { let lo = 0, hi = limits.length; while (lo < hi) { const mid = (lo + hi) >> 1; if (x < limits[mid]!) hi = mid; else lo = mid + 1; } return lo; };
  return [new NDArray(int32, a!.shape, Int32Array.from(values as ArrayLike<number>, bucket))];
};

const inplace = (kind: 'Update' | 'Add' | 'Sub'): Kernel => ([x, i, v], node) => {
  if (i!.ndim !== 1) throw invalid(`i must be a vector. ${shapeText(i!.shape)}`);
  if (x!.ndim !== v!.ndim) throw invalid(`x and v shape doesn't match (ranks differ): ${shapeText(x!.shape)} vs. ${shapeText(v!.shape)}`);
  x!.shape.forEach((d, k) => { if (k > 0 && d !== v!.shape[k]) throw invalid(`x and v shape doesn't match at index ${k} : ${shapeText(x!.shape)} vs. ${shapeText(v!.shape)}`); });
  if (i!.shape[0] !== v!.shape[0]) throw invalid(`i and x shape doesn't match at index 0: ${shapeText(i!.shape)} vs. ${shapeText(v!.shape)}`);
  const rows = x!.shape[0]!, inner = sizeOf(x!.shape.slice(1));
  return [joinRuns(node.op, kind, x!, v!, toNumbers(i!).map((r) => (((r % rows) + rows) % rows) * inner), inner)];
};

/** Places of the source format's letters in the destination's. */
function formats(src: string, dst: string): number[] {
  for (const [what, f] of [['Source', src], ['Destination', dst]] as const) if (f.length !== 4 && f.length !== 5) throw invalid(`${what} format must be of length 4 or 5, received ${what === 'Source' ? 'src' : 'dst'}_format = ${f}`);
  if (src.length !== dst.length || new Set(src).size !== src.length || new Set(dst).size !== dst.length || [...src].some((c) => !dst.includes(c))) throw invalid(`Destination and source format must determine a permutation, got ${src} and ${dst}`);
  return Array.from(src, (c) => dst.indexOf(c));
}
const dimMap: Kernel = ([a], node) => {
  const to = formats(stringAttr(node, 'src_format', 'NHWC'), stringAttr(node, 'dst_format', 'NCHW'));
  const data = allocate(a!.dtype, a!.size) as unknown as (number | bigint)[];
  toNumbers(a!).forEach((x, i) => { const v = to[((x % 4) + 4) % 4]!; data[i] = a!.dtype.size === 8 ? BigInt(v) : v; });
  return [new NDArray(a!.dtype, a!.shape, data as never)];
};
const vecPermute: Kernel = ([a], node) => {
  const { shape } = a!;
  if (a!.ndim !== 1 && a!.ndim !== 2) throw invalid(`input must be a vector or 2D tensor, but got shape ${shapeText(shape)}`);
  if (a!.ndim === 1 && shape[0] !== 4) throw invalid(`1D input must be of size 4, but got shape ${shapeText(shape)}`);
  if (a!.ndim === 2 && shape[0] !== 4) throw invalid(`First dimension of 2D input must be of size 4, but got shape ${shapeText(shape)}`);
  if (a!.ndim === 2 && shape[1] !== 2) throw invalid(`Second dimension of 2D input must be of size 2, but got shape ${shapeText(shape)}`);
  const to = formats(stringAttr(node, 'src_format', 'NHWC'), stringAttr(node, 'dst_format', 'NCHW')), width = a!.ndim === 2 ? 2 : 1;
  const data = allocate(a!.dtype, a!.size) as unknown as unknown[], from = a!.data as ArrayLike<unknown>;
  // There are four values even where formats have five letters, as in TensorFlow.
  to.forEach((j, i) => { if (i < 4 && j < 4) for (let k = 0; k < width; k++) data[j * width + k] = from[i * width + k]; });
  return [new NDArray(a!.dtype, shape, data as never)];
};

const nthElement: Kernel = ([a, n], node) => {
  if (n!.ndim !== 0) throw invalid(`N must be scalar, got shape ${shapeText(n!.shape)}`);
  const k = toNumber(n!);
  if (k < 0) throw invalid(`Need n >= 0, got ${k}`);
  if (a!.ndim < 1) throw invalid(`Input must be >= 1-D, got shape ${shapeText(a!.shape)}`);
  const width = a!.shape.at(-1)!;
  if (width <= k) throw invalid('Input must have at least n+1 columns');
  const reverse = attrOf(node, 'reverse', 'b', false), rows = a!.size / width, at = reverse ? width - k - 1 : k;
  const out = allocate(a!.dtype, rows) as unknown as unknown[], wide = widen(a!) as ArrayLike<number | bigint>, raw = a!.data as ArrayLike<unknown>;
  for (let r = 0; r < rows; r++) {
    const order = Array.from({ length: width }, (_, i) => r * width + i).sort((x, y) => (wide[x]! < wide[y]! ? -1 : wide[y]! < wide[x]! ? 1 : 0));
    out[r] = raw[order[at]!];
  }
  return [new NDArray(a!.dtype, a!.shape.slice(0, -1), out as never)];
};

const bitpack: Kernel = ([a, threshold]) => {
  if (threshold!.ndim !== 0) throw invalid(`Compare must be a scalar, but saw shape: ${shapeText(threshold!.shape)}`);
  if (a!.ndim === 0) throw invalid('Input should be at least a vector, but saw a scalar');
  if (a!.shape.at(-1)! % 8 !== 0) throw invalid(`Inner dimension of input should be divisible by 8, but saw shape: ${shapeText(a!.shape)}`);
  const x = widen(a!) as ArrayLike<number | bigint>, limit = (widen(threshold!) as ArrayLike<number | bigint>)[0]!;
  const out = new Uint8Array(a!.size / 8);
  for (let i = 0; i < out.length; i++) for (let b = 0; b < 8; b++) out[i] = (out[i]! << 1) | (x[i * 8 + b]! > limit ? 1 : 0);
  return [new NDArray(uint8, [...a!.shape.slice(0, -1), a!.shape.at(-1)! / 8], out)];
};

/** Element by element over broadcast operands of one dtype. */
function pairwise(a: NDArray, b: NDArray, f: (x: never, y: never) => number | bigint): NDArray {
  const shape = broadcast(a.shape, b.shape);
  if (!shape) throw invalid(`Incompatible shapes: ${shapeText(a.shape)} vs. ${shapeText(b.shape)}`);
  const [sa, sb] = [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)];
  const out = allocate(a.dtype, sizeOf(shape)) as unknown as (number | bigint)[];
  let n = 0;
  eachIndex(shape, (at) => {
    const i = at.reduce((s, x, k) => s + x * sa[k]!, 0), j = at.reduce((s, x, k) => s + x * sb[k]!, 0);
    out[n++] = f((a.data as unknown as ArrayLike<never>)[i]!, (b.data as unknown as ArrayLike<never>)[j]!);
  });
  return new NDArray(a.dtype, shape, out as never);
}
/** A shift by what lies within the width of the dtype. */
const shifted = (left: boolean): Kernel => ([a, b]) => {
  const bits = 8 * a!.dtype.size, most = bits - 1;
  if (bits === 64) return [pairwise(a!, b!, (x: bigint, y: bigint) => { const n = y < 0n ? 0n : y > 63n ? 63n : y; return left ? x << n : x >> n; })];
  const within = (y: number): number => Math.min(Math.max(y, 0), most);
  return [pairwise(a!, b!, (x: number, y: number) => (left ? x << within(y) : x < 0 || bits < 32 ? x >> within(y) : x >>> within(y)))];
};

/** The next number from x towards y. */
function nextAfter(x: number, y: number, dtype: DType): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (x === y) return y;
  const single = dtype.storage === 'f32', holder = single ? Float32Array.of(x) : Float64Array.of(x);
  if (x === 0) return (y > 0 ? 1 : -1) * (single ? 2 ** -149 : 2 ** -1074);
  const bits = single ? new Int32Array(holder.buffer) : new BigInt64Array(holder.buffer), away = (y > x) === (x > 0);
  if (bits instanceof Int32Array) bits[0]! += away ? 1 : -1; else bits[0]! += away ? 1n : -1n;
  return holder[0]!;
}

const parallelConcat: Kernel = (inputs, node) => {
  const shape = attrOf(node, 'shape', 'shape').dims as readonly number[], dtype = typeAttr(node, 'T', inputs[0]!.dtype);
  const out = allocate(dtype, sizeOf(shape)) as unknown as unknown[];
  let at = 0;
  for (const a of inputs) for (const v of a.data as Iterable<unknown>) out[at++] = v;
  return [new NDArray(dtype, shape, out as never)];
};
const empty: Kernel = ([shape], node) => {
  if (shape!.ndim !== 1) throw invalid(`shape must be a vector of int32, got shape ${shapeText(shape!.shape)}`);
  const dims = toNumbers(shape!), dtype = typeAttr(node, 'dtype');
  dims.forEach((d) => { if (d < 0) throw invalid(`Dimension ${d} must be >= 0`); });
  return [new NDArray(dtype, dims, allocate(dtype, sizeOf(dims)))];
};
const same: Kernel = ([a]) => [a!];

const KERNELS: Readonly<Record<string, Kernel>> = {
  Bucketize: bucketize, InplaceUpdate: inplace('Update'), InplaceAdd: inplace('Add'), InplaceSub: inplace('Sub'), DataFormatDimMap: dimMap, DataFormatVecPermute: vecPermute, NthElement: nthElement,
  CompareAndBitpack: bitpack, LeftShift: shifted(true), RightShift: shifted(false), NextAfter: ([a, b]) => [pairwise(a!, b!, (x: number, y: number) => nextAfter(x, y, a!.dtype))],
  ParallelConcat: parallelConcat, Empty: empty, DeepCopy: same, GuaranteeConst: same,
};
export const rareKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
