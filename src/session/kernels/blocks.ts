// The arithmetic of arith.ts on blocks of up to 1,024 elements in typed arrays: one literal loop per primitive, so that
// each loop stays monomorphic and fast. Values live in pooled buffers that are good until the next begin().
import { type FloatArith, type IntArith } from './arith.ts';
import { piOver2Remainder } from './elementary.ts';

export const BLOCK = 512;
export type Mask = Uint8Array;
export type Floats = Float32Array | Float64Array;
export type Ints = Int32Array | Uint32Array;
export type Bigs = BigInt64Array | BigUint64Array;
export type BlockData = Floats | Ints | Bigs;

/** Buffers handed out in turn and reused from block to block. */
class Pool<A> {
  readonly #make: () => A;
  readonly #items: A[] = [];
  used = 0;
  constructor(make: () => A) { this.#make = make; }
  take(): A {
    if (this.used === this.#items.length) this.#items.push(this.#make());
    return this.#items[this.used++]!;
  }
}

/** What all three block arithmetics share: length, masks, constants. */
abstract class Base<A extends BlockData> {
  n = 0;
  protected readonly values: Pool<A>;
  protected readonly masks: Pool<Mask> = new Pool(() => new Uint8Array(BLOCK));
  readonly #constants = new Map<number, A>();
  readonly make: (n: number) => A;
  constructor(make: (n: number) => A) {
    this.make = make;
    this.values = new Pool(() => make(BLOCK));
  }
  /** Starts a block of n elements; buffers of the block before are free again. */
  begin(n: number): void { this.n = n; this.values.used = 0; this.masks.used = 0; }
  /** A scratch buffer of the current block. */
  buffer(): A { return this.values.take(); }
  c(x: number): A {
    let a = this.#constants.get(x);
    if (a === undefined) {
      a = this.make(BLOCK);
      if (a instanceof BigInt64Array || a instanceof BigUint64Array) a.fill(BigInt(x));
      else a.fill(x);
      this.#constants.set(x, a);
    }
    return a;
  }
  not(m: Mask): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = m[i]! ^ 1; return o; }
  both(a: Mask, b: Mask): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! & b[i]!; return o; }
  either(a: Mask, b: Mask): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! | b[i]!; return o; }
}

/** binary32 and binary64: JavaScript computes in binary64, the store into a Float32Array is the one rounding (exact
 * for + - * / and sqrt of binary32 operands, by the double-rounding theorem). */
export class FloatBlocks<A extends Floats> extends Base<A> implements FloatArith<A, Mask> {
  readonly bits: 32 | 64;
  constructor(bits: 32 | 64, make: (n: number) => A) { super(make); this.bits = bits; }
  add(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! + b[i]!; return o; }
  sub(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! - b[i]!; return o; }
  mul(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! * b[i]!; return o; }
  div(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! / b[i]!; return o; }
  neg(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = -a[i]!; return o; }
  abs(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = Math.abs(a[i]!); return o; }
  sqrt(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = Math.sqrt(a[i]!); return o; }
  floor(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = Math.floor(a[i]!); return o; }
  ceil(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = Math.ceil(a[i]!); return o; }
  rem(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! % b[i]!; return o; }
  lt(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! < b[i]!); return o; }
  le(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! <= b[i]!); return o; }
  eq(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! === b[i]!); return o; }
  /** By integer masks: no branch to mispredict, no bit of a NaN lost. */
  sel(m: Mask, a: A, b: A): A {
    const o = this.buffer(), n = this.n;
    const x = words(a, n), y = words(b, n), z = words(o, n);
    if (this.bits === 32) for (let i = 0; i < n; i++) { const k = -m[i]!; z[i] = (x[i]! & k) | (y[i]! & ~k); }
    else for (let i = 0; i < n; i++) {
      const k = -m[i]!;
      z[2 * i] = (x[2 * i]! & k) | (y[2 * i]! & ~k);
      z[2 * i + 1] = (x[2 * i + 1]! & k) | (y[2 * i + 1]! & ~k);
    }
    return o;
  }
  poly(x: A, c: readonly number[]): A {
    const o = this.buffer(), n = this.n, k = c.length;
    if (this.bits === 32) {
      const f = Math.fround, w = Float32Array.from(c);
      for (let i = 0; i < n; i++) {
        const t = x[i]!;
        let y = f(w[0]!);
        for (let j = 1; j < k; j++) y = f(f(y * t) + w[j]!);
        o[i] = y;
      }
    } else {
      for (let i = 0; i < n; i++) {
        const t = x[i]!;
        let y = c[0]!;
        for (let j = 1; j < k; j++) y = y * t + c[j]!;
        o[i] = y;
      }
    }
    return o;
  }
  rint(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = roundEven(a[i]!); return o; }
  copysign(a: A, sign: A): A {
    const o = this.buffer(), n = this.n;
    const x = words(a, n), y = words(sign, n), z = words(o, n);
    if (this.bits === 32) for (let i = 0; i < n; i++) z[i] = (x[i]! & 0x7fffffff) | (y[i]! & 0x80000000);
    else for (let i = 0; i < n; i++) { z[2 * i] = x[2 * i]!; z[2 * i + 1] = (x[2 * i + 1]! & 0x7fffffff) | (y[2 * i + 1]! & 0x80000000); }
    return o;
  }
  exponent(a: A): A {
    const o = this.buffer(), n = this.n;
    if (this.bits === 32) { const w = words(a, n); for (let i = 0; i < n; i++) o[i] = ((w[i]! >> 23) & 255) - 126; }
    else { const w = words(a, n); for (let i = 0; i < n; i++) o[i] = ((w[2 * i + 1]! >> 20) & 2047) - 1022; }
    return o;
  }
  mantissa(a: A): A {
    const o = this.buffer(), n = this.n;
    const v = words(a, n), w = words(o, n);
    if (this.bits === 32) for (let i = 0; i < n; i++) w[i] = (v[i]! & 0x807fffff) | 0x3f000000;
    else for (let i = 0; i < n; i++) { w[2 * i] = v[2 * i]!; w[2 * i + 1] = (v[2 * i + 1]! & 0x800fffff) | 0x3fe00000; }
    return o;
  }
  pow2(e: A): A {
    const o = this.buffer(), n = this.n;
    const w = words(o, n);
    if (this.bits === 32) for (let i = 0; i < n; i++) w[i] = (e[i]! + 127) << 23;
    else for (let i = 0; i < n; i++) { w[2 * i] = 0; w[2 * i + 1] = (e[i]! + 1023) << 20; }
    return o;
  }
  quadrant(a: A): readonly [A, A] {
    const r = this.buffer(), q = this.buffer(), n = this.n;
    for (let i = 0; i < n; i++) { q[i] = piOver2Remainder(a[i]!, out2); r[i] = out2[0]!; }
    return [r, q];
  }
  wide(f: <W>(o: FloatArith<W, Mask>, ...x: W[]) => W, ...x: A[]): A {
    if (this.bits === 64) return f<A>(this, ...x);
    const d = WIDE, n = this.n;
    d.begin(n);
    const y = f<Float64Array>(d, ...x.map((v) => { const w = d.buffer(); for (let i = 0; i < n; i++) w[i] = v[i]!; return w; }));
    const o = this.buffer();
    for (let i = 0; i < n; i++) o[i] = y[i]!;
    return o;
  }
}
const out2 = new Float64Array(1);

const ZERO = 0; // x * 0 is a zero with the sign of x

/** To the nearest integer, ties to even, the sign of zero kept. */
export function roundEven(x: number): number {
  if (Math.abs(x) < 2251799813685248) { // 2^51: adding 1.5 * 2^52 drops the fraction by rounding
    const r = x + 6755399441055744 - 6755399441055744;
    return r === 0 ? x * ZERO : r;
  }
  const f = Math.floor(x), d = x - f;
  return d === 0.5 ? (f % 2 === 0 ? f : f + 1) : d > 0.5 ? f + 1 : f === f ? f : x;
}

function words(a: Floats, n: number): Int32Array { return new Int32Array(a.buffer as ArrayBuffer, a.byteOffset, (n * a.BYTES_PER_ELEMENT) >> 2); }

/** Integers of up to 32 bits. Narrower types compute here too and wrap when stored (one op never tells the difference). */
export class IntBlocks<A extends Ints> extends Base<A> implements IntArith<A, Mask> {
  add(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! + b[i]!; return o; }
  sub(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! - b[i]!; return o; }
  mul(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = Math.imul(a[i]!, b[i]!); return o; }
  div(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = Math.trunc(a[i]! / b[i]!); return o; }
  rem(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! % b[i]!; return o; }
  and(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! & b[i]!; return o; }
  or(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! | b[i]!; return o; }
  xor(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! ^ b[i]!; return o; }
  neg(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = -a[i]!; return o; }
  abs(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = Math.abs(a[i]!); return o; }
  lt(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! < b[i]!); return o; }
  le(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! <= b[i]!); return o; }
  eq(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! === b[i]!); return o; }
  sel(m: Mask, a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) { const k = -m[i]!; o[i] = (a[i]! & k) | (b[i]! & ~k); } return o; }
}

/** 64-bit integers. */
export class BigBlocks<A extends Bigs> extends Base<A> implements IntArith<A, Mask> {
  add(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! + b[i]!; return o; }
  sub(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! - b[i]!; return o; }
  mul(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! * b[i]!; return o; }
  div(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! / b[i]!; return o; }
  rem(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! % b[i]!; return o; }
  and(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! & b[i]!; return o; }
  or(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! | b[i]!; return o; }
  xor(a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! ^ b[i]!; return o; }
  neg(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = -a[i]!; return o; }
  abs(a: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = a[i]! < 0n ? -a[i]! : a[i]!; return o; }
  lt(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! < b[i]!); return o; }
  le(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! <= b[i]!); return o; }
  eq(a: A, b: A): Mask { const o = this.masks.take(), n = this.n; for (let i = 0; i < n; i++) o[i] = Number(a[i]! === b[i]!); return o; }
  sel(m: Mask, a: A, b: A): A { const o = this.buffer(), n = this.n; for (let i = 0; i < n; i++) o[i] = m[i] !== 0 ? a[i]! : b[i]!; return o; }
}

export const F32: FloatBlocks<Float32Array> = new FloatBlocks(32, (n) => new Float32Array(n));
export const F64: FloatBlocks<Float64Array> = new FloatBlocks(64, (n) => new Float64Array(n));
const WIDE: FloatBlocks<Float64Array> = new FloatBlocks(64, (n) => new Float64Array(n));
export const I32: IntBlocks<Int32Array> = new IntBlocks((n) => new Int32Array(n));
export const U32: IntBlocks<Uint32Array> = new IntBlocks((n) => new Uint32Array(n));
export const I64: BigBlocks<BigInt64Array> = new BigBlocks((n) => new BigInt64Array(n));
export const U64: BigBlocks<BigUint64Array> = new BigBlocks((n) => new BigUint64Array(n));

/** An input as the blocks see it: its elements, and how it repeats over the output. */
export interface Operand<A> {
  readonly data: A;
  /** Row-major strides over the output's dims; undefined: same shape as the output. */
  readonly strides: readonly number[] | undefined;
}

/**
 * Runs `f` over all n elements, block by block, and stores its results into `outs`.
 * `dims` is the output shape (used only where an operand has strides).
 */
export function runBlocks<A extends BlockData>(
  o: Base<A>, n: number, dims: readonly number[], args: readonly Operand<A>[],
  f: (x: readonly A[]) => readonly (A | Mask)[], outs: readonly (A | Mask)[],
): void {
  const readers = args.map((a) => reader(o, a, dims, n));
  for (let start = 0; start < n; start += BLOCK) {
    const len = Math.min(BLOCK, n - start);
    o.begin(len);
    const ys = f(readers.map((r) => r(start, len)));
    for (let k = 0; k < outs.length; k++) {
      const y = ys[k]!;
      (outs[k] as Float32Array).set((y.length === len ? y : y.subarray(0, len)) as Float32Array, start);
    }
  }
}

function reader<A extends BlockData>(o: Base<A>, a: Operand<A>, dims: readonly number[], n: number): (start: number, len: number) => A {
  const { data, strides } = a;
  if (strides === undefined) return n <= BLOCK ? () => data : (start, len) => data.subarray(start, start + len) as A;
  if (strides.every((s) => s === 0)) { // one value for all
    const filled = o.make(Math.min(n, BLOCK));
    (filled as Float32Array).fill((data as Float32Array)[0]!);
    return () => filled;
  }
  return (start, len) => { const b = o.buffer(); gather(data, strides, dims, start, len, b); return b; };
}

/** Copies elements start..start+len-1 of the broadcast view into `out`. */
function gather<A extends BlockData>(data: A, strides: readonly number[], dims: readonly number[], start: number, len: number, out: A): void {
  const last = dims.length - 1;
  const inner = dims[last]!, step = strides[last]!;
  const at = dims.map(() => 0);
  let rest = start, offset = 0;
  for (let d = last; d >= 0; d--) { at[d] = rest % dims[d]!; rest = Math.floor(rest / dims[d]!); offset += at[d]! * strides[d]!; }
  const src = data as Float32Array, dst = out as Float32Array;
  let k = 0;
  for (;;) {
    const run = Math.min(inner - at[last]!, len - k);
    if (step === 0) dst.fill(src[offset]!, k, k + run);
    else if (run >= 64) dst.set(src.subarray(offset, offset + run), k);
    else for (let i = 0; i < run; i++) dst[k + i] = src[offset + i]!;
    k += run;
    if (k === len) return;
    offset -= at[last]! * step;
    at[last] = 0;
    let d = last - 1;
    while (d >= 0 && at[d]! === dims[d]! - 1) { offset -= at[d]! * strides[d]!; at[d] = 0; d--; }
    at[d]!++;
    offset += strides[d]!;
  }
}
