// Reductions under the contract's tree, and Max, Min, All, Any, ArgMax, ArgMin, Cumsum, norms.
//
// THE TREE. The R terms of one output element are taken in row-major order of the graph's axes and cut into blocks of
// 1,024 (the last may be shorter). In a block, term i goes to lane i mod 8; each of the 8 lanes starts at +0 (Prod: 1)
// and adds its terms in order; a lane without terms stays +0. The block is ((l0+l4)+(l2+l6))+((l1+l5)+(l3+l7)).
// Block sums are joined pairwise: neighbours (0,1), (2,3), ... become one level; an odd last one moves up unchanged;
// repeat until one is left. (So n sums split at the largest power of two below n.) No terms: +0 (Prod: 1). One term is
// moved as it is (TF copies: a single -0 stays -0, two give +0). Prod is the same tree with * for +. Each + and * rounds to the format; float16 and bfloat16
// run in binary32 and round the final result once; integers wrap.
//
// Max starts at -Inf (integers: the lowest value) and takes acc<x ? x : acc; Min likewise.
import { type DType, float64, int64 } from '../../graph/dtype.ts';
import { InvalidArgumentError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { type BlockData, type Floats } from './blocks.ts';
import { cast } from './cast.ts';
import { boolAttr, fromNumbers, normalAxis, repeat, sizeOf, stridesOf, toNumber, toNumbers, typeAttr } from './common.ts';
import { evaluate, interleave, narrow, noKernel, roundedOnce, type ValueRow, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { transpose } from './move.ts';

/** An input brought into the form [outer..., R] or [R, inner]: `step` between terms, `spread` between outputs. */
interface Layout {
  readonly data: BlockData | readonly Uint8Array[];
  readonly outputs: number;
  readonly terms: number;
  readonly step: number;
  readonly spread: number;
  readonly shape: number[];
}

function axesOf(a: NDArray, indices: NDArray): boolean[] {
  const rank = a.shape.length;
  const reduced = repeat(rank, false);
  for (const v of toNumbers(indices)) {
    const d = v < 0 ? v + rank : v;
    if (!(d >= 0 && d < rank)) throw new InvalidArgumentError(`Invalid reduction dimension (${v} for input with ${rank} dimension(s)`);
    reduced[d] = true;
  }
  return reduced;
}

function layout(a: NDArray, reduced: readonly boolean[], keepDims: boolean): Layout {
  const kept: number[] = [], gone: number[] = [];
  reduced.forEach((r, d) => (r ? gone : kept).push(d));
  const shape = keepDims ? a.shape.map((d, i) => (reduced[i] ? 1 : d)) : kept.map((d) => a.shape[d]!);
  const outputs = sizeOf(kept.map((d) => a.shape[d]!)), terms = sizeOf(gone.map((d) => a.shape[d]!));
  const big = a.shape.map((d, i) => (d > 1 ? i : -1)).filter((i) => i >= 0);
  const firstKept = big.findIndex((d) => !reduced[d]), lastGone = big.findLastIndex((d) => reduced[d]!);
  if (firstKept > lastGone && firstKept >= 0 && lastGone >= 0) return { data: widen(a), outputs, terms, step: outputs, spread: 1, shape }; // [R, inner]
  const t = transpose(a, [...kept, ...gone]);
  return { data: widen(t), outputs, terms, step: 1, spread: terms, shape };
}

const TERMS = 1024;
const fround = Math.fround;

/** All outputs' sums for binary32: block by block over all outputs (for the cache's sake), then the joins. */
function sums32(x: Float32Array, outputs: number, R: number, step: number, spread: number): Float32Array {
  let level: Float32Array[] = [];
  for (let first = 0; first === 0 || first < R; first += TERMS) {
    const sums = new Float32Array(outputs);
    const n = Math.min(TERMS, R - first);
    for (let o = 0; o < outputs; o++) sums[o] = block32(x, o * spread + first * step, n, step);
    level.push(sums);
  }
  while (level.length > 1) {
    const next: Float32Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) {
      const a = level[i]!, b = level[i + 1]!;
      for (let o = 0; o < outputs; o++) a[o] = a[o]! + b[o]!;
      next.push(a);
    }
    if (level.length % 2 === 1) next.push(level[level.length - 1]!);
    level = next;
  }
  return level[0]!;
}
function block32(x: Float32Array, at: number, n: number, s: number): number {
  let l0 = fround(0), l1 = fround(0), l2 = fround(0), l3 = fround(0), l4 = fround(0), l5 = fround(0), l6 = fround(0), l7 = fround(0);
  let p = at, i = 0;
  for (; i + 8 <= n; i += 8, p += 8 * s) {
    l0 = fround(l0 + x[p]!); l1 = fround(l1 + x[p + s]!); l2 = fround(l2 + x[p + 2 * s]!); l3 = fround(l3 + x[p + 3 * s]!);
    l4 = fround(l4 + x[p + 4 * s]!); l5 = fround(l5 + x[p + 5 * s]!); l6 = fround(l6 + x[p + 6 * s]!); l7 = fround(l7 + x[p + 7 * s]!);
  }
  const rest = n - i;
  if (rest > 0) l0 = fround(l0 + x[p]!);
  if (rest > 1) l1 = fround(l1 + x[p + s]!);
  if (rest > 2) l2 = fround(l2 + x[p + 2 * s]!);
  if (rest > 3) l3 = fround(l3 + x[p + 3 * s]!);
  if (rest > 4) l4 = fround(l4 + x[p + 4 * s]!);
  if (rest > 5) l5 = fround(l5 + x[p + 5 * s]!);
  if (rest > 6) l6 = fround(l6 + x[p + 6 * s]!);
  return fround(fround(fround(l0 + l4) + fround(l2 + l6)) + fround(fround(l1 + l5) + fround(l3 + l7)));
}

/** The tree for any format: `term(k)` is the k-th term, `join` one rounded operation, `unit` what a lane starts with. */
function tree<T>(R: number, term: (k: number) => T, join: (a: T, b: T) => T, unit: T): T {
  const block = (first: number, n: number): T => {
    const l = [unit, unit, unit, unit, unit, unit, unit, unit];
    for (let i = 0; i < n; i++) l[i & 7] = join(l[i & 7]!, term(first + i));
    return join(join(join(l[0]!, l[4]!), join(l[2]!, l[6]!)), join(join(l[1]!, l[5]!), join(l[3]!, l[7]!)));
  };
  return R <= TERMS ? block(0, R) : joinBlocks(R, block, join);
}
function joinBlocks<T>(R: number, block: (first: number, n: number) => T, join: (a: T, b: T) => T): T {
  let level: T[] = [];
  for (let first = 0; first < R; first += TERMS) level.push(block(first, Math.min(TERMS, R - first)));
  while (level.length > 1) {
    const next: T[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) next.push(join(level[i]!, level[i + 1]!));
    if (level.length % 2 === 1) next.push(level[level.length - 1]!);
    level = next;
  }
  return level[0]!;
}

/** Wrapping of + and * for one dtype's compute format. */
function ring(dtype: DType): { add(a: number, b: number): number; mul(a: number, b: number): number } {
  switch (dtype.storage) {
    case 'f64': return { add: (a, b) => a + b, mul: (a, b) => a * b };
    case 'f32': case 'f16': case 'bf16': return { add: (a, b) => fround(a + b), mul: (a, b) => fround(a * b) };
    case 'u32': return { add: (a, b) => (a + b) >>> 0, mul: (a, b) => Math.imul(a, b) >>> 0 };
    default: return { add: (a, b) => (a + b) | 0, mul: (a, b) => Math.imul(a, b) };
  }
}

const isBig = (d: DType): boolean => d.storage === 'i64' || d.storage === 'u64';

/** Sum or Prod over the reduced axes. */
export function reduceTree(a: NDArray, reduced: readonly boolean[], keepDims: boolean, what: 'sum' | 'prod'): NDArray {
  const dtype = a.dtype.baseDtype;
  const { data, outputs, terms: R, step, spread, shape } = layout(a, reduced, keepDims);
  if (dtype.storage === 'bool' || dtype.storage === 'string') throw noKernel(what === 'sum' ? 'Sum' : 'Prod', dtype);
  if (R === 1) return new NDArray(dtype, shape, a.data);
  if (dtype.isComplex) return reduceComplex(dtype, data as Floats, shape, outputs, R, step, spread, what);
  if (isBig(dtype)) {
    const x = data as BigInt64Array;
    const out = new (dtype.storage === 'i64' ? BigInt64Array : BigUint64Array)(outputs);
    for (let o = 0; o < outputs; o++) {
      let s = what === 'sum' ? 0n : 1n;
      for (let k = 0, p = o * spread; k < R; k++, p += step) s = BigInt.asIntN(64, what === 'sum' ? s + x[p]! : s * x[p]!);
      out[o] = s;
    }
    return new NDArray(dtype, shape, out);
  }
  if (data instanceof Float32Array && what === 'sum') {
    return new NDArray(dtype, shape, narrow(dtype, sums32(data, outputs, R, step, spread)));
  }
  const x = data as Float64Array;
  const r = ring(dtype);
  const out = new (x.constructor as Float64ArrayConstructor)(outputs);
  for (let o = 0; o < outputs; o++) {
    const at = o * spread;
    out[o] = what === 'sum' ? tree(R, (k) => x[at + k * step]!, r.add, 0) : tree(R, (k) => x[at + k * step]!, r.mul, 1);
  }
  return new NDArray(dtype, shape, narrow(dtype, out));
}

type Complex = readonly [number, number];
/** + and * of complex numbers whose parts round to binary32 or binary64. */
function complexRing(dtype: DType): { add(a: Complex, b: Complex): Complex; mul(a: Complex, b: Complex): Complex } {
  const f = dtype.storage === 'c64' ? fround : (v: number): number => v;
  return { add: (a, b) => [f(a[0] + b[0]), f(a[1] + b[1])], mul: (a, b) => [f(f(a[0] * b[0]) - f(a[1] * b[1])), f(f(a[0] * b[1]) + f(a[1] * b[0]))] };
}
function reduceComplex(dtype: DType, x: Floats, shape: number[], outputs: number, R: number, step: number, spread: number, what: 'sum' | 'prod'): NDArray {
  const make = dtype.storage === 'c64' ? Float32Array : Float64Array;
  const re = new make(outputs), im = new make(outputs), { add, mul } = complexRing(dtype);
  for (let o = 0; o < outputs; o++) {
    const term = (k: number): Complex => { const p = 2 * (o * spread + k * step); return [x[p]!, x[p + 1]!]; };
    [re[o], im[o]] = what === 'sum' ? tree<Complex>(R, term, add, [0, 0]) : tree<Complex>(R, term, mul, [1, 0]);
  }
  return new NDArray(dtype, shape, interleave(re, im));
}

/** Sum over the axes marked true. */
export function reduceSum(a: NDArray, reduced: readonly boolean[], keepDims = false): NDArray { return reduceTree(a, reduced, keepDims, 'sum'); }

export const LOWEST: Readonly<Record<string, number | bigint>> = {
  f16: -Infinity, bf16: -Infinity, f32: -Infinity, f64: -Infinity, i8: -128, i16: -32768, i32: -2147483648, u8: 0, u16: 0, u32: 0, i64: -(2n ** 63n), u64: 0n,
};
const HIGHEST: Readonly<Record<string, number | bigint>> = {
  f16: Infinity, bf16: Infinity, f32: Infinity, f64: Infinity, i8: 127, i16: 32767, i32: 2147483647, u8: 255, u16: 65535, u32: 4294967295, i64: 2n ** 63n - 1n, u64: 2n ** 64n - 1n,
};

/** Max (or Min) over the axes marked true. */
export function reduceMax(a: NDArray, reduced: readonly boolean[], keepDims = false, least = false): NDArray {
  const dtype = a.dtype.baseDtype;
  const start = (least ? HIGHEST : LOWEST)[dtype.storage];
  if (start === undefined) throw noKernel(least ? 'Min' : 'Max', dtype);
  const { data, outputs, terms: R, step, spread, shape } = layout(a, reduced, keepDims);
  const x = data as Float32Array;
  const out = new (x.constructor as Float32ArrayConstructor)(outputs);
  for (let o = 0; o < outputs; o++) {
    let m = start as number;
    if (least) for (let k = 0, p = o * spread; k < R; k++, p += step) { const v = x[p]!; if (v < m) m = v; }
    else for (let k = 0, p = o * spread; k < R; k++, p += step) { const v = x[p]!; if (m < v) m = v; }
    out[o] = m;
  }
  return new NDArray(dtype, shape, narrow(dtype, out));
}

const keep = (node: Parameters<Kernel>[1]): boolean => (node.attr['keep_dims'] ? boolAttr(node, 'keep_dims') : boolAttr(node, 'keepdims', false));
const sum: Kernel = ([a, i], node) => [reduceTree(a!, axesOf(a!, i!), keep(node), 'sum')];
const prod: Kernel = ([a, i], node) => [reduceTree(a!, axesOf(a!, i!), keep(node), 'prod')];

/** Sum / R (integers: R as one of them, the quotient truncated; of nothing: 0, but NaN for floats). */
export function reduceMean(a: NDArray, reduced: readonly boolean[], keepDims: boolean): NDArray {
  const R = a.shape.reduce((n, d, i) => (reduced[i] ? n * d : n), 1);
  const dtype = a.dtype.baseDtype;
  if (dtype.storage === 'f16' || dtype.storage === 'bf16') return roundedOnce(a, (x) => reduceMean(x, reduced, keepDims));
  const s = reduceTree(a, reduced, keepDims, 'sum');
  if (R === 0 && !dtype.isFloating) return s;
  const count = dtype.isInteger ? toNumber(fromNumbers(dtype, [], [R])) : R;
  if (count === 0 && dtype.isInteger) throw new InvalidArgumentError('Integer division by zero');
  return evaluate('Mean', {
    float: (o, x) => o.div(x, o.c(R)), int: (o, x) => o.div(x, o.c(count)),
    complex: (o, [re, im]) => [o.div(re, o.c(R)), o.div(im, o.c(R))],
  }, [s]);
}
const mean: Kernel = ([a, i], node) => [reduceMean(a!, axesOf(a!, i!), keep(node))];
const max: Kernel = ([a, i], node) => [reduceMax(a!, axesOf(a!, i!), keep(node))];
const min: Kernel = ([a, i], node) => [reduceMax(a!, axesOf(a!, i!), keep(node), true)];

const logical = (all: boolean): Kernel => ([a, i], node) => {
  const { data, outputs, terms: R, step, spread, shape } = layout(a!, axesOf(a!, i!), keep(node));
  const x = data as Int32Array;
  const out = new Uint8Array(outputs);
  for (let o = 0; o < outputs; o++) {
    let v = all;
    for (let k = 0, p = o * spread; k < R; k++, p += step) if ((x[p] !== 0) !== all) { v = !all; break; }
    out[o] = v ? 1 : 0;
  }
  return [new NDArray(a!.dtype.baseDtype, shape, out)];
};

/** Index of the first largest (smallest) element. */
const argReduce = (least: boolean): Kernel => ([a, d], node) => {
  const rank = a!.shape.length, given = toNumber(d!);
  const axis = normalAxis(given, rank, () => `Expected dimension in the range [${-rank}, ${rank}), but got ${given}`);
  if (a!.shape[axis] === 0) throw new InvalidArgumentError(`Reduction axis ${axis} is empty in shape [${a!.shape.join(',')}]`);
  const { data, outputs, terms: R, step, spread, shape } = layout(a!, a!.shape.map((_, i) => i === axis), false);
  const x = data as Float32Array;
  const out = repeat(outputs, 0);
  for (let o = 0; o < outputs; o++) {
    let best = 0, m = x[o * spread]!;
    // TF starts from the lowest value, so a leading NaN never wins over a later number.
    for (let k = 1, p = o * spread + step; k < R; k++, p += step) { const v = x[p]!; if (least ? v < m : v > m) { m = v; best = k; } else if (m !== m && v === v) { m = v; best = k; } }
    out[o] = best;
  }
  return [fromNumbers(typeAttr(node, 'output_type', int64), shape, out)];
};

const scan = (what: 'sum' | 'prod'): Kernel => ([a, d], node) => {
  const rank = a!.shape.length, given = toNumber(d!);
  const axis = normalAxis(given, rank, () => `ScanOp: Expected scan axis in the range [${-rank}, ${rank}), but got ${given}`);
  const exclusive = boolAttr(node, 'exclusive', false), backward = boolAttr(node, 'reverse', false);
  const dtype = a!.dtype.baseDtype, big = isBig(dtype);
  const x = widen(a!) as Float64Array;
  const out = new (x.constructor as Float64ArrayConstructor)(x.length);
  const n = a!.shape[axis]!, step = stridesOf(a!.shape)[axis]!;
  if (dtype.isComplex) return [scanComplex(a!, n, step, what, exclusive, backward)];
  const r = big
    ? { add: (p: bigint, q: bigint) => BigInt.asIntN(64, p + q), mul: (p: bigint, q: bigint) => BigInt.asIntN(64, p * q) } as unknown as ReturnType<typeof ring>
    : ring(dtype);
  const unit = (big ? (what === 'sum' ? 0n : 1n) : what === 'sum' ? 0 : 1) as number;
  const rows = n === 0 ? 0 : a!.size / n;
  for (let row = 0; row < rows; row++) {
    const at = Math.floor(row / step) * n * step + (row % step);
    let s = unit;
    for (let i = 0; i < n; i++) {
      const p = at + (backward ? n - 1 - i : i) * step;
      if (exclusive) out[p] = s;
      s = what === 'sum' ? r.add(s, x[p]!) : r.mul(s, x[p]!);
      if (!exclusive) out[p] = s;
    }
  }
  return [new NDArray(dtype, a!.shape, narrow(dtype, out))];
};

function scanComplex(a: NDArray, n: number, step: number, what: 'sum' | 'prod', exclusive: boolean, backward: boolean): NDArray {
  const x = a.data as Float64Array, out = x.slice(), { add, mul } = complexRing(a.dtype);
  for (let row = 0; row < (n === 0 ? 0 : a.size / n); row++) {
    const at = Math.floor(row / step) * n * step + (row % step);
    let s: Complex = what === 'sum' ? [0, 0] : [1, 0];
    for (let i = 0; i < n; i++) {
      const p = 2 * (at + (backward ? n - 1 - i : i) * step), before = s;
      s = (what === 'sum' ? add : mul)(s, [x[p]!, x[p + 1]!]);
      [out[p], out[p + 1]] = (exclusive ? before : s) as [number, number];
    }
  }
  return new NDArray(a.dtype.baseDtype, a.shape, out);
}

/** |x|^2, and the root of a sum of those. */
export const SQUARE: ValueRow = { any: (o, x) => o.mul(x, x), complex: (o, [re, im]) => [o.add(o.mul(re, re), o.mul(im, im)), o.c(0)] };
export const NORM: ValueRow = { float: (o, v) => o.sqrt(v), complex: (o, [re, im]) => [o.sqrt(re), im] };
const square = (a: NDArray): NDArray => evaluate('Square', SQUARE, [a]);
const all = (a: NDArray): boolean[] => a.shape.map(() => true);

/** Sum(x*x) / 2. */
const l2Loss: Kernel = ([a]) => [roundedOnce(a!, (x) => evaluate('L2Loss', { float: (o, s) => o.mul(s, o.c(0.5)) }, [reduceSum(square(x), all(x))]))];
/** sqrt(Sum(x*x)); over one term TF copies, so the sign stays. Integers: the root truncated. */
const euclideanNorm: Kernel = ([a, i], node) => {
  const reduced = axesOf(a!, i!);
  if (a!.shape.every((d, k) => !reduced[k] || d === 1)) return [reduceSum(a!, reduced, keep(node))];
  return [roundedOnce(a!, (x) => {
    const s = reduceSum(square(x), reduced, keep(node));
    if (x.dtype.isInteger) return cast(evaluate('Sqrt', { float: (o, v) => o.sqrt(v) }, [cast(s, float64)]), x.dtype.baseDtype);
    return evaluate('EuclideanNorm', NORM, [s]);
  })];
};

const KERNELS: Readonly<Record<string, Kernel>> = {
  Sum: sum, Prod: prod, Mean: mean, Max: max, Min: min, All: logical(true), Any: logical(false),
  ArgMax: argReduce(false), ArgMin: argReduce(true), Cumsum: scan('sum'), Cumprod: scan('prod'),
  L2Loss: l2Loss, EuclideanNorm: euclideanNorm,
};
export const reduceKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
