// The second back end of the arithmetic in kernels/arith.ts: its methods build expressions instead of computing. A
// truth value is a vector of all-ones and all-zeros lanes as wide as the format. Bits are those of blocks.ts.
import type { FloatArith, IntArith } from '../kernels/arith.ts';
import { HUGE_ANGLE, PI_OVER_2 } from '../kernels/elementary.ts';
import { type Expr, type ExprPool, laneShuffle, type LaneWork, splatBytes } from './expr.ts';
import type { PlainOp, SimdOp } from './opcodes.ts';

const HIGH_HALF = laneShuffle(8, [1, 1]);
const LOW_HALVES = laneShuffle(8, [0, 2]);

abstract class Masks {
  protected readonly pool: ExprPool;
  constructor(pool: ExprPool) { this.pool = pool; }
  not(m: Expr): Expr { return this.pool.simd('v128.not', m); }
  both(m: Expr, n: Expr): Expr { return this.pool.simd('v128.and', m, n); }
  either(m: Expr, n: Expr): Expr { return this.pool.simd('v128.or', m, n); }
}

/** binary32 in four lanes, binary64 in two. */
export class FloatExprs extends Masks implements FloatArith<Expr, Expr> {
  readonly bits: 32 | 64;
  readonly #shape: 'f32x4' | 'f64x2';
  constructor(pool: ExprPool, bits: 32 | 64) {
    super(pool);
    this.bits = bits;
    this.#shape = bits === 32 ? 'f32x4' : 'f64x2';
  }
  c(x: number): Expr { return this.pool.constant(splatBytes(this.bits === 32 ? 'f32' : 'f64', x)); }
  add(a: Expr, b: Expr): Expr { return this.#op('add', a, b); }
  sub(a: Expr, b: Expr): Expr { return this.#op('sub', a, b); }
  mul(a: Expr, b: Expr): Expr { return this.#op('mul', a, b); }
  div(a: Expr, b: Expr): Expr { return this.#op('div', a, b); }
  /** -|x| is a single instruction. */
  neg(a: Expr): Expr {
    if (a.work.kind === 'simd' && a.work.op === `${this.#shape}.abs`) return this.pool.simd('v128.or', a.args[0]!, this.#bits(this.bits === 32 ? 0x80000000 : 1n << 63n));
    return this.#op('neg', a);
  }
  abs(a: Expr): Expr { return this.#op('abs', a); }
  sqrt(a: Expr): Expr { return this.#op('sqrt', a); }
  floor(a: Expr): Expr { return this.#op('floor', a); }
  ceil(a: Expr): Expr { return this.#op('ceil', a); }
  rint(a: Expr): Expr { return this.#op('nearest', a); }
  lt(a: Expr, b: Expr): Expr { return this.#op('lt', a, b); }
  le(a: Expr, b: Expr): Expr { return this.#op('le', a, b); }
  eq(a: Expr, b: Expr): Expr { return this.#op('eq', a, b); }
  /** a<b ? b : a and b<a ? b : a are single instructions. */
  sel(m: Expr, a: Expr, b: Expr): Expr {
    if (m.work.kind === 'simd' && m.work.op === `${this.#shape}.lt`) {
      const [p, q] = m.args as [Expr, Expr];
      if (p === b && q === a) return this.#op('pmax', b, a);
      if (p === a && q === b) return this.#op('pmin', b, a);
    }
    if (isZero(b)) return this.pool.simd('v128.and', a, m);
    if (isZero(a)) return this.pool.simd('v128.andnot', b, m);
    return this.pool.simd('v128.bitselect', a, b, m);
  }
  /**
   * C's fmod, exact: by a power of two through truncation; binary32 as a - b * trunc(a / b) in binary64, which is exact
   * while the quotient has 28 bits; else number by number.
   */
  rem(a: Expr, b: Expr): Expr {
    const d = b.work.kind === 'const' ? constantOf(b.work.bytes, this.bits) : NaN;
    if (d === 1 || d === 2 || d === 4) return this.copysign(this.sub(a, this.mul(this.#op('trunc', this.div(a, b)), b)), a);
    if (this.bits === 64) return this.pool.lanes({ ...DOUBLES, scalar: { call: 'fmod' } }, a, b);
    return this.#inDoubles((w, x, y) => {
      const q = w.#op('trunc', w.div(x, y));
      const far = w.not(w.both(w.lt(w.abs(q), w.c(2 ** 28)), w.lt(w.abs(y), w.c(Infinity))));
      return w.sel(far, this.pool.lanes({ ...DOUBLES, scalar: { call: 'fmod' }, rare: true }, x, y, far), w.copysign(w.sub(x, w.mul(q, y)), x));
    }, a, b);
  }
  copysign(a: Expr, sign: Expr): Expr { return this.pool.simd('v128.bitselect', sign, a, this.#bits(this.bits === 32 ? 0x80000000 : 1n << 63n)); }
  poly(x: Expr, c: readonly number[]): Expr {
    let y = this.c(c[0]!);
    for (let i = 1; i < c.length; i++) y = this.add(this.mul(y, x), this.c(c[i]!));
    return y;
  }
  exponent(a: Expr): Expr {
    if (this.bits === 32) {
      const e = this.pool.simd('v128.and', this.pool.shift('i32x4.shr_u', a, 23), this.#bits(255));
      return this.pool.simd('f32x4.convert_i32x4_s', this.pool.simd('i32x4.sub', e, this.#bits(126)));
    }
    // A small integer in the low bits of 2^52 is that integer more.
    const e = this.pool.simd('v128.and', this.pool.shift('i64x2.shr_u', a, 52), this.#bits(2047n));
    return this.sub(this.sub(this.pool.simd('v128.or', e, this.c(2 ** 52)), this.c(2 ** 52)), this.c(1022));
  }
  mantissa(a: Expr): Expr {
    const [keep, one] = this.bits === 32 ? [0x807fffff, 0x3f000000] : [0x800fffffffffffffn, 0x3fe0000000000000n];
    return this.pool.simd('v128.or', this.pool.simd('v128.and', a, this.#bits(keep)), this.#bits(one));
  }
  /** A number whose lowest bits are n + bias, shifted into the exponent. A constant in n joins the bias: such sums are exact. */
  pow2(n: Expr): Expr {
    const sum = n.work.kind === 'simd' && n.work.op === `${this.#shape}.add` && n.args[1]!.work.kind === 'const';
    const [m, k] = sum ? [n.args[0]!, constantOf((n.args[1]!.work as { readonly bytes: Uint8Array }).bytes, this.bits)] : [n, 0];
    if (this.bits === 32) return this.pool.shift('i32x4.shl', this.add(m, this.c(1.5 * 2 ** 23 + 127 + k)), 23);
    return this.pool.shift('i64x2.shl', this.add(m, this.c(2 ** 52 + 1023 + k)), 52);
  }
  quadrant(a: Expr): readonly [Expr, Expr] {
    const n = this.rint(this.mul(a, this.c(2 / Math.PI)));
    const rest = PI_OVER_2.reduce((r, part) => this.sub(r, this.mul(n, this.c(part))), a), turn = this.sub(n, this.mul(this.floor(this.mul(n, this.c(0.25))), this.c(4)));
    const huge = this.lt(this.c(HUGE_ANGLE), this.abs(a));
    const far = (call: 'quadrantRest' | 'quadrantTurn'): Expr => this.pool.lanes({ ...DOUBLES, scalar: { call }, rare: true }, a, huge);
    return [this.sel(huge, far('quadrantRest'), rest), this.sel(huge, far('quadrantTurn'), turn)];
  }
  wide(f: <W>(o: FloatArith<W, Expr>, ...x: W[]) => W, ...x: Expr[]): Expr { return this.bits === 64 ? f<Expr>(this, ...x) : this.#inDoubles((d, ...y) => f<Expr>(d, ...y), ...x); }

  #inDoubles(f: (d: FloatExprs, ...x: Expr[]) => Expr, ...x: Expr[]): Expr {
    const d = new FloatExprs(this.pool, 64), p = this.pool;
    const low = f(d, ...x.map((v) => p.simd('f64x2.promote_low_f32x4', v)));
    const high = f(d, ...x.map((v) => p.simd('f64x2.promote_low_f32x4', p.shuffle(HIGH_HALF, v, v))));
    return p.shuffle(LOW_HALVES, p.simd('f32x4.demote_f64x2_zero', low), p.simd('f32x4.demote_f64x2_zero', high));
  }
  #op(name: string, ...a: Expr[]): Expr { return this.pool.simd(`${this.#shape}.${name}` as SimdOp, ...a); }
  #bits(n: number | bigint): Expr { return this.pool.constant(splatBytes(this.bits === 32 ? 'i32' : 'i64', typeof n === 'number' ? n | 0 : n)); }
}
const DOUBLES = { extract: 'f64x2.extract_lane', replace: 'f64x2.replace_lane', lanes: 2 } as const;

/** All bits zero: what a mask leaves where it is false. */
function isZero(e: Expr): boolean { return e.work.kind === 'const' && e.work.bytes.every((b) => b === 0); }
function constantOf(bytes: Uint8Array, bits: 32 | 64): number {
  const v = new DataView(bytes.buffer, bytes.byteOffset);
  return bits === 32 ? v.getFloat32(0, true) : v.getFloat64(0, true);
}

/** Integers of 32 bits in four lanes, of 64 bits in two; signed or not. */
export class IntExprs extends Masks implements IntArith<Expr, Expr> {
  readonly #bits: 32 | 64;
  readonly #signed: boolean;
  readonly #shape: 'i32x4' | 'i64x2';
  constructor(pool: ExprPool, bits: 32 | 64, signed: boolean) {
    super(pool);
    this.#bits = bits;
    this.#signed = signed;
    this.#shape = bits === 32 ? 'i32x4' : 'i64x2';
  }
  c(x: number): Expr { return this.pool.constant(splatBytes(this.#bits === 32 ? 'i32' : 'i64', this.#bits === 32 ? x | 0 : BigInt(x))); }
  add(a: Expr, b: Expr): Expr { return this.#op('add', a, b); }
  sub(a: Expr, b: Expr): Expr { return this.#op('sub', a, b); }
  mul(a: Expr, b: Expr): Expr { return this.#op('mul', a, b); }
  neg(a: Expr): Expr { return this.#op('neg', a); }
  abs(a: Expr): Expr { return this.#signed ? this.#op('abs', a) : a; }
  eq(a: Expr, b: Expr): Expr { return this.#op('eq', a, b); }
  lt(a: Expr, b: Expr): Expr { return this.#compare('lt', a, b); }
  le(a: Expr, b: Expr): Expr { return this.#compare('le', a, b); }
  sel(m: Expr, a: Expr, b: Expr): Expr { return this.pool.simd('v128.bitselect', a, b, m); }
  and(a: Expr, b: Expr): Expr { return this.pool.simd('v128.and', a, b); }
  or(a: Expr, b: Expr): Expr { return this.pool.simd('v128.or', a, b); }
  xor(a: Expr, b: Expr): Expr { return this.pool.simd('v128.xor', a, b); }
  /** Lanes behind the end may hold anything: no divisor traps. lowest / -1 wraps, as in the reference. */
  div(a: Expr, b: Expr): Expr {
    const one = this.c(1), zero = this.eq(b, this.c(0));
    if (b === this.c(2)) return this.#half(a);
    if (!this.#signed) return this.#lanes('div_u', a, this.sel(zero, one, b));
    const minus = this.eq(b, this.c(-1));
    return this.sel(minus, this.neg(a), this.#lanes('div_s', a, this.sel(this.either(zero, minus), one, b)));
  }
  rem(a: Expr, b: Expr): Expr { return this.#lanes(this.#signed ? 'rem_s' : 'rem_u', a, this.sel(this.eq(b, this.c(0)), this.c(1), b)); }

  /** a / 2, toward zero. */
  #half(a: Expr): Expr {
    const shift = (op: 'shr_s' | 'shr_u', x: Expr, by: number): Expr => this.pool.shift(`${this.#shape}.${op}`, x, by);
    if (!this.#signed) return shift('shr_u', a, 1);
    return this.#bits === 32 ? shift('shr_s', this.add(a, shift('shr_u', a, 31)), 1) : shift('shr_s', this.add(a, shift('shr_u', a, 63)), 1);
  }
  #compare(what: 'lt' | 'le', a: Expr, b: Expr): Expr {
    if (this.#signed) return this.#op(`${what}_s`, a, b);
    if (this.#bits === 32) return this.#op(`${what}_u`, a, b);
    const flip = this.pool.constant(splatBytes('i64', 1n << 63n)); // no unsigned comparison of 64-bit lanes
    return this.#op(`${what}_s`, this.xor(a, flip), this.xor(b, flip));
  }
  #op(name: string, ...a: Expr[]): Expr { return this.pool.simd(`${this.#shape}.${name}` as SimdOp, ...a); }
  #lanes(op: string, ...a: Expr[]): Expr {
    const scalar: LaneWork['scalar'] = { op: `i${this.#bits}.${op}` as PlainOp };
    return this.pool.lanes({ extract: `${this.#shape}.extract_lane`, replace: `${this.#shape}.replace_lane`, lanes: this.#bits === 32 ? 4 : 2, scalar }, ...a);
  }
}
