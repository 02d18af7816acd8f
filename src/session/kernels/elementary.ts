// Elementary functions, written once over FloatArith so that every back end computes the same bits.
// binary32 exp, log, tanh, sigmoid: polynomials in binary32 steps. binary32 of the others, and all of binary64: Taylor and
// atanh series in binary64 (coefficients are the rationals themselves), rounded once at the end.
// Largest errors in ulp, measured over every exponent (test/session/kernels/elementary.slow.test.ts), binary32 and binary64:
// exp 0.95 0.87, log 0.75 0.69, sigmoid 1.85 1.6, tanh 1.25 2.3; in binary32 all others 0.51; in binary64 expm1 1.4, log1p
// 1.2, sinh 2.4, cosh 2.7, sin and cos 1.9, tan 2.8, atan 1.4, atan2 1.7, asin 1.8, acos 2.3, pow (pow.ts) 0.6. (Beside them, in
// cwise.ts: rsqrt 1.4 1.3; softplus 1 0.6 or, as TensorFlow's formula has it, 3 units of 2^-24 (2^-53) absolute; special.ts.)
import { type FloatArith } from './arith.ts';

type F<V, M> = FloatArith<V, M>;

/** Clamps to [lo, hi]; NaN passes. */
export function clamp<V, M>(o: F<V, M>, x: V, lo: number, hi: number): V {
  const l = o.c(lo), h = o.c(hi);
  const y = o.sel(o.lt(x, l), l, x);
  return o.sel(o.lt(h, y), h, y);
}

/** y * 2^n in two steps, so that overflow and denormals come out right. */
export function scale<V, M>(o: F<V, M>, y: V, n: V): V {
  const h = o.floor(o.mul(n, o.c(0.5)));
  return o.mul(o.mul(y, o.pow2(h)), o.pow2(o.sub(n, h)));
}

export const LOG2E = 1.4426950408889634;
export const LN2_HI = 0.6931471803691238; // ln 2 with 32 trailing zero bits: n * LN2_HI is exact
export const LN2_LO = 1.9082149292705877e-10;

/** A polynomial two coefficients at a time: half as long a chain of dependent steps as Horner's rule. z = x*x. */
export function polyPairs<V, M>(o: F<V, M>, x: V, z: V, c: readonly number[]): V {
  const pair = (i: number): V => o.add(o.mul(o.c(c[i]!), x), o.c(c[i + 1]!));
  const odd = c.length % 2;
  let y = odd ? o.c(c[0]!) : pair(0);
  for (let i = 2 - odd; i < c.length; i += 2) y = o.add(o.mul(y, z), pair(i));
  return y;
}

// ---- exp

/** Of (e^r - 1 - r) / r^2 for |r| <= ln(2)/2: minimax, 0.05 of a rounding off. */
const EXP32 = [0.0013818938750773668, 0.008368703536689281, 0.04166828840970993, 0.1666652113199234, 0.4999999403953552];

/** binary64, by the series or as much of it as is needed. */
export function exp64<V, M>(o: F<V, M>, x: V, series: readonly number[] = EXPM1_64): V {
  const r = clamp(o, x, -746, 710), n = o.rint(o.mul(r, o.c(LOG2E)));
  return scale(o, o.add(expm1Small(o, reduceLn2(o, r, n), series), o.c(1)), n);
}
export function exp<V, M>(o: F<V, M>, x: V): V {
  if (o.bits === 64) return exp64(o, x);
  const [y, n] = exp32(o, clamp(o, x, -104, 89));
  const low = o.c(-125), m = o.sel(o.lt(n, low), low, n); // y * 2^n in two steps: only the last one may round
  return o.mul(o.mul(y, o.pow2(o.add(o.sub(n, m), o.c(1)))), o.pow2(o.add(m, o.c(-1))));
}
/** [y, n] with e^x = y * 2^n, binary32. */
function exp32<V, M>(o: F<V, M>, x: V): [y: V, n: V] {
  const n = o.rint(o.mul(x, o.c(LOG2E)));
  let r = o.sub(x, o.mul(n, o.c(0.693359375)));
  r = o.sub(r, o.mul(n, o.c(-2.12194440e-4)));
  const z = o.mul(r, r);
  return [o.add(o.add(o.mul(polyPairs(o, r, z, EXP32), z), r), o.c(1)), n];
}
/** 2^64 * e^x for x <= 0 (and NaN), binary32: never a denormal. */
function expTimes64<V, M>(o: F<V, M>, x: V): V {
  const low = o.c(-104), [y, n] = exp32(o, o.sel(o.lt(x, low), low, x));
  return o.mul(y, o.pow2(o.add(n, o.c(64))));
}
/** exp for x <= 0 (and NaN): the same bits in fewer steps. */
export function expNonPositive<V, M>(o: F<V, M>, x: V): V { return o.bits === 64 ? exp(o, x) : o.mul(expTimes64(o, x), o.c(2 ** -64)); }

function reduceLn2<V, M>(o: F<V, M>, x: V, n: V): V {
  return o.sub(o.sub(x, o.mul(n, o.c(LN2_HI))), o.mul(n, o.c(LN2_LO)));
}

/** 1/14!, ..., 1/2! */
export const EXPM1_64: number[] = [];
for (let k = 2, f = 2; k <= 14; k++, f *= k) EXPM1_64.unshift(1 / f);

/** e^r - 1 for |r| <= ln(2)/2, binary64. */
function expm1Small<V, M>(o: F<V, M>, r: V, series: readonly number[] = EXPM1_64): V {
  return o.add(r, o.mul(o.mul(r, r), o.poly(r, series)));
}

export function expm1<V, M>(o: F<V, M>, x: V): V {
  return o.wide(expm1Wide, x);
}
function expm1Wide<V, M>(o: F<V, M>, x: V): V {
  const r = clamp(o, x, -56, 710);
  const n = o.rint(o.mul(r, o.c(LOG2E)));
  const s = expm1Small(o, reduceLn2(o, r, n));
  const y = scale(o, o.add(s, o.sub(o.c(1), o.pow2(clamp(o, o.neg(n), -1022, 1022)))), n);
  return o.sel(o.eq(n, o.c(0)), o.sel(o.eq(x, o.c(0)), x, s), y);
}

// ---- log

const LOG32 = [7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1];
/** 2/23, ..., 2/5, 2/3: log((1+s)/(1-s)) = 2s + s * (2/3 s^2 + 2/5 s^4 + ...). */
export const LOG64 = Array.from({ length: 11 }, (_, i) => 2 / (23 - 2 * i));

export function log<V, M>(o: F<V, M>, x: V): V { return logBy(o, x, LOG64); }
/** With so much of the series of binary64 as is needed. */
export function logBy<V, M>(o: F<V, M>, x: V, series: readonly number[]): V {
  const tiny = o.lt(x, o.c(o.bits === 32 ? 2 ** -126 : 2 ** -1022)); // denormal (or not positive)
  const up = o.bits === 32 ? 23 : 52;
  const a = o.sel(tiny, o.mul(x, o.c(2 ** up)), x);
  let e = o.sub(o.exponent(a), o.sel(tiny, o.c(up), o.c(0)));
  let m = o.mantissa(a);
  const low = o.lt(m, o.c(Math.SQRT1_2));
  e = o.sub(e, o.sel(low, o.c(1), o.c(0)));
  m = o.sub(o.sel(low, o.add(m, m), m), o.c(1));
  let y: V;
  if (o.bits === 32) {
    const z = o.mul(m, m);
    y = o.mul(o.mul(o.poly(m, LOG32), m), z);
    y = o.sub(o.add(y, o.mul(e, o.c(-2.12194440e-4))), o.mul(z, o.c(0.5)));
    y = o.add(o.add(m, y), o.mul(e, o.c(0.693359375)));
  } else { // log(1+m) = m - (h - s*(h + R)), h = m*m/2, s = m/(2+m)
    const s = o.div(m, o.add(m, o.c(2)));
    const z = o.mul(s, s);
    const h = o.mul(o.c(0.5), o.mul(m, m));
    const t = o.add(o.mul(s, o.add(h, o.mul(z, o.poly(z, series)))), o.mul(e, o.c(LN2_LO)));
    y = o.sub(o.mul(e, o.c(LN2_HI)), o.sub(o.sub(h, t), m));
  }
  y = o.sel(o.eq(x, o.c(Infinity)), x, y);
  y = o.sel(o.eq(x, o.c(0)), o.c(-Infinity), y);
  return o.sel(o.le(o.c(0), x), y, o.c(NaN));
}

export function log1p<V, M>(o: F<V, M>, x: V): V { return o.wide(log1pWide, x); }
function log1pWide<V, M>(o: F<V, M>, x: V): V {
  const u = o.add(x, o.c(1));
  const lost = o.div(o.sub(x, o.sub(u, o.c(1))), u); // what rounding 1+x took away, as a first-order correction
  const l = log(o, u);
  const whole = o.either(o.eq(u, o.c(0)), o.eq(u, o.c(Infinity)));
  const y = o.sel(whole, l, o.add(l, lost));
  return o.sel(o.eq(x, o.c(0)), x, y);
}

// ---- hyperbolic and logistic

const TANH32 = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1];

export function tanh<V, M>(o: F<V, M>, x: V): V {
  const a = o.abs(x);
  if (o.bits === 64) {
    const t = expm1Wide(o, o.mul(a, o.c(-2)));
    const y = o.copysign(o.div(t, o.add(t, o.c(2))), x);
    return o.sel(o.eq(x, x), y, x);
  }
  const z = o.mul(x, x);
  const small = o.add(o.mul(o.mul(o.poly(z, TANH32), z), x), x);
  const far = o.c(20), near = o.sel(o.lt(far, a), far, a); // where tanh is 1, and powers of e are far from overflow
  const [e, n] = exp32(o, o.add(near, near));
  const big = o.sub(o.c(1), o.div(o.c(2), o.add(o.mul(e, o.pow2(n)), o.c(1))));
  return o.copysign(o.sel(o.le(a, o.c(0.625)), small, big), x);
}

/** 1/(1+t) or t/(1+t) with t = e^-|x|, in binary32 both scaled by 2^64. */
export function sigmoid<V, M>(o: F<V, M>, x: V): V {
  const single = o.bits === 32, one = o.c(single ? 2 ** 64 : 1), far = o.neg(o.abs(x));
  const t = single ? expTimes64(o, far) : exp(o, far), d = o.add(one, t);
  const whole = o.sel(o.le(o.c(0), x), one, o.c(0));
  const y = o.div(o.sel(o.lt(t, whole), whole, t), d); // t <= 1
  const lost = o.sub(t, o.sub(d, one)); // by rounding 1 + t
  return o.sub(y, o.mul(y, single ? o.mul(lost, o.c(2 ** -64)) : lost));
}

export function sinh<V, M>(o: F<V, M>, x: V): V { return o.wide(sinhWide, x); }
function sinhWide<V, M>(o: F<V, M>, x: V): V {
  const a = o.abs(x);
  const t = expm1Wide(o, a); // sinh = (t + t/(t+1)) / 2; for large a: e^(a/2)/2 * e^(a/2)
  const small = o.mul(o.c(0.5), o.add(t, o.div(t, o.add(t, o.c(1)))));
  const h = exp(o, o.mul(o.c(0.5), a));
  const y = o.sel(o.lt(a, o.c(40)), small, o.mul(o.mul(o.c(0.5), h), h));
  return o.copysign(y, x);
}
export function cosh<V, M>(o: F<V, M>, x: V): V { return o.wide(coshWide, x); }
function coshWide<V, M>(o: F<V, M>, x: V): V {
  const h = exp(o, o.mul(o.c(0.5), o.abs(x)));
  const e = o.mul(h, h);
  const small = o.mul(o.c(0.5), o.add(e, o.div(o.c(1), e)));
  return o.sel(o.lt(h, o.c(1e9)), small, o.mul(o.mul(o.c(0.5), h), h));
}

// ---- trigonometric

/** -1/17!, 1/15!, ..., -1/3! and 1/16!, ..., 1/4! (signs alternate). */
const SIN64: number[] = [];
const COS64: number[] = [];
for (let k = 2, f = 2, s = 1; k <= 17; k++, f *= k) {
  if (k % 2 === 1) SIN64.unshift((s = -s) / f);
  else if (k >= 4) COS64.unshift((k % 4 === 0 ? 1 : -1) / f);
}

/** The terms a result in binary32 needs: 2^-32 off. */
const SIN32 = SIN64.slice(-5), COS32 = COS64.slice(-4);

/** The sine `shift` quarters of a turn on. */
function sinCosAt<V, M>(o: F<V, M>, x: V, shift: number, short: boolean): V {
  const [r, q] = o.quadrant(x);
  const z = o.mul(r, r);
  const s = o.add(r, o.mul(o.mul(r, z), o.poly(z, short ? SIN32 : SIN64)));
  const h = o.mul(o.c(0.5), z);
  const w = o.sub(o.c(1), h);
  const c = o.add(w, o.add(o.sub(o.sub(o.c(1), w), h), o.mul(o.mul(z, z), o.poly(z, short ? COS32 : COS64))));
  const turn = o.rem(o.add(q, o.c(shift)), o.c(4));
  const odd = o.eq(o.rem(turn, o.c(2)), o.c(1));
  const y = o.sel(odd, c, s);
  return o.sel(o.lt(turn, o.c(2)), y, o.neg(y));
}
export function sin<V, M>(o: F<V, M>, x: V): V { const s = o.bits === 32; return o.wide((w, v) => w.sel(w.eq(v, w.c(0)), v, sinCosAt(w, v, 0, s)), x); }
export function cos<V, M>(o: F<V, M>, x: V): V { const s = o.bits === 32; return o.wide((w, v) => sinCosAt(w, v, 1, s), x); }
export function tan<V, M>(o: F<V, M>, x: V): V { const s = o.bits === 32; return o.wide((w, v) => w.sel(w.eq(v, w.c(0)), v, w.div(sinCosAt(w, v, 0, s), sinCosAt(w, v, 1, s))), x); }

/** 1/29, ..., 1/5, -1/3: atan(x) = x + x*z*P(z), z = x*x. */
const ATAN64 = Array.from({ length: 14 }, (_, i) => { const k = 14 - i; return (k % 2 === 1 ? -1 : 1) / (2 * k + 1); });

export function atan<V, M>(o: F<V, M>, x: V): V { return o.wide(atanWide, x); }
function atanWide<V, M>(o: F<V, M>, x: V): V {
  const a = o.abs(x), one = o.c(1);
  const inverted = o.lt(one, a);
  const t = o.sel(inverted, o.div(one, a), a); // [0, 1]
  const k = o.rint(o.mul(t, o.c(4))); // nearest quarter: atan(t) = atan(k/4) + atan((t - k/4) / (1 + t*k/4))
  const p = o.mul(k, o.c(0.25));
  const d = o.div(o.sub(t, p), o.add(one, o.mul(t, p)));
  const z = o.mul(d, d);
  let base = o.c(0);
  for (let i = 1; i <= 4; i++) base = o.sel(o.eq(k, o.c(i)), o.c(Math.atan(i / 4)), base);
  let y = o.add(base, o.add(d, o.mul(o.mul(d, z), o.poly(z, ATAN64))));
  y = o.sel(inverted, o.sub(o.c(Math.PI / 2), o.sub(y, o.c(6.123233995736766e-17))), y);
  return o.copysign(y, x);
}
export function atan2<V, M>(o: F<V, M>, y: V, x: V): V { return o.wide(atan2Wide, y, x); }
function atan2Wide<V, M>(o: F<V, M>, y: V, x: V): V {
  const zero = o.c(0), inf = o.c(Infinity);
  const ay = o.abs(y), ax = o.abs(x);
  const bothInf = o.both(o.eq(ay, inf), o.eq(ax, inf));
  const bothZero = o.both(o.eq(ay, zero), o.eq(ax, zero));
  let t = atanWide(o, o.div(ay, ax));
  t = o.sel(bothInf, o.c(Math.PI / 4), o.sel(bothZero, zero, t));
  t = o.sel(o.lt(o.copysign(o.c(1), x), zero), o.sub(o.c(Math.PI), o.sub(t, o.c(1.2246467991473532e-16))), t);
  const nan = o.not(o.both(o.eq(x, x), o.eq(y, y)));
  return o.sel(nan, o.c(NaN), o.copysign(t, y));
}
export function asin<V, M>(o: F<V, M>, x: V): V { return o.wide((w, v) => { const one = w.c(1); return atan2Wide(w, v, w.sqrt(w.mul(w.sub(one, v), w.add(one, v)))); }, x); }
export function acos<V, M>(o: F<V, M>, x: V): V { return o.wide((w, v) => { const one = w.c(1); return w.mul(w.c(2), atan2Wide(w, w.sqrt(w.sub(one, v)), w.sqrt(w.add(one, v)))); }, x); }

// ---- reduction of angles, one number at a time

/** pi/2 in three parts of 33 bits: n times the first two is exact for |n| < 2^20. */
export const PI_OVER_2 = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21] as const;
/** Larger angles are reduced with as many bits of pi as it takes. */
export const HUGE_ANGLE = 1e6;

/** Writes r = x - n*pi/2 (|r| <= pi/4, to 1 ulp) into out[0] and returns n mod 4; NaN and 0 for infinities and NaN. */
export function piOver2Remainder(x: number, out: Float64Array): number {
  const a = Math.abs(x);
  if (!(a < Infinity)) { out[0] = NaN; return 0; }
  if (a > HUGE_ANGLE) return hugeRemainder(x, out);
  const n = nearest(x * (2 / Math.PI)), [p, q, r] = PI_OVER_2;
  out[0] = x - n * p - n * q - n * r;
  return n & 3;
}
/** To the nearest integer, ties to even, for |x| < 2^51. */
function nearest(x: number): number { return x + 6755399441055744 - 6755399441055744; }

const FRACTION = 1280n;
let twoOverPi: bigint | undefined;

function hugeRemainder(x: number, out: Float64Array): number {
  twoOverPi ??= (2n << (2n * FRACTION)) / pi(FRACTION);
  let e = Math.max(0, Math.floor(Math.log2(Math.abs(x))) - 52);
  while (x / 2 ** e !== Math.round(x / 2 ** e)) e--;
  const turns = (BigInt(x / 2 ** e) << BigInt(Math.max(e, 0))) * twoOverPi; // x * 2/pi, FRACTION bits of fraction
  const scaled = e < 0 ? turns >> BigInt(-e) : turns;
  const n = (scaled + (1n << (FRACTION - 1n))) >> FRACTION;
  const rest = scaled - (n << FRACTION);
  out[0] = Number(rest >> (FRACTION - 200n)) * 2 ** -200 * (Math.PI / 2);
  return Number(n & 3n);
}

/** pi * 2^bits by Machin's formula. */
function pi(bits: bigint): bigint {
  const guard = bits + 32n;
  const arctan = (q: bigint): bigint => {
    let term = (1n << guard) / q, sum = term;
    for (let k = 3n, s = -1n; term !== 0n; k += 2n, s = -s) { term /= q * q; sum += (s * term) / k; }
    return sum;
  };
  return (16n * arctan(5n) - 4n * arctan(239n)) >> 32n;
}
