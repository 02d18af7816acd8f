// x^y over FloatArith. binary32: in binary64 through exp(y log|x|), rounded once. binary64: the logarithm and its product
// with y as unevaluated sums of two numbers, some 65 bits, so that the exponential of up to 745 still is right to the last place.
import { type FloatArith } from './arith.ts';
import { clamp, exp64, EXPM1_64, LN2_HI, LN2_LO, LOG2E, LOG64, logBy, scale } from './elementary.ts';

type F<V, M> = FloatArith<V, M>;
/** hi + lo, lo a rounding error of hi. */
type Sum<V> = readonly [hi: V, lo: V];

/** The terms a result in binary32 needs: 2^-32 off. */
const LOG_SHORT = LOG64.slice(-7), EXP_SHORT = EXPM1_64.slice(-7);

export function pow<V, M>(o: F<V, M>, x: V, y: V): V {
  return o.wide((w, u, v) => signed(w, u, v, o.bits === 64 ? powPositive(w, w.abs(u), v) : exp64(w, w.mul(v, logBy(w, w.abs(u), LOG_SHORT)), EXP_SHORT)), x, y);
}

/** x^y from r = |x|^y: signs, and what no product of logarithms tells. */
function signed<V, M>(o: F<V, M>, x: V, y: V, power: V): V {
  const zero = o.c(0), one = o.c(1), inf = o.c(Infinity), a = o.abs(x);
  const whole = o.eq(o.rint(y), y), half = o.mul(y, o.c(0.5));
  const odd = o.both(whole, o.not(o.eq(o.rint(half), half)));
  let r = o.sel(o.both(odd, o.lt(o.copysign(one, x), zero)), o.neg(power), power);
  const finiteNegative = o.both(o.lt(x, zero), o.lt(a, inf));
  r = o.sel(o.both(finiteNegative, o.not(whole)), o.c(NaN), r);
  r = o.sel(o.both(o.eq(a, one), o.eq(o.abs(y), inf)), one, r);
  return o.sel(o.either(o.eq(x, one), o.eq(y, zero)), one, r);
}

/** a + b for |a| >= |b| (or a = 0). */
function sumOf<V, M>(o: F<V, M>, a: V, b: V): Sum<V> { const s = o.add(a, b); return [s, o.sub(b, o.sub(s, a))]; }
/** a * b, by halves of 26 bits. */
function productOf<V, M>(o: F<V, M>, a: V, b: V): Sum<V> {
  const p = o.mul(a, b), [ah, al] = halves(o, a), [bh, bl] = halves(o, b);
  return [p, o.add(o.add(o.add(o.sub(o.mul(ah, bh), p), o.mul(ah, bl)), o.mul(al, bh)), o.mul(al, bl))];
}
function halves<V, M>(o: F<V, M>, a: V): Sum<V> { const c = o.mul(a, o.c(2 ** 27 + 1)), hi = o.sub(c, o.sub(c, a)); return [hi, o.sub(a, hi)]; }
/** (a + lower a) * (b + lower b). */
function times<V, M>(o: F<V, M>, [a, a1]: Sum<V>, [b, b1]: Sum<V>): Sum<V> { const [p, q] = productOf(o, a, b); return [p, o.add(q, o.add(o.mul(a, b1), o.mul(a1, b)))]; }

/** 2/27, ..., 2/7, 2/5: log((1+s)/(1-s)) = 2s + s*z * (2/3 + z * (2/5 + ...)), z = s*s. */
const LOG_SERIES = Array.from({ length: 12 }, (_, i) => 2 / (27 - 2 * i));
const TWO_THIRDS: Sum<number> = [2 / 3, 2 ** -53 / 3];

/** log of a positive finite number. */
function logSum<V, M>(o: F<V, M>, a: V): Sum<V> {
  const one = o.c(1), zero = o.c(0), tiny = o.lt(a, o.c(2 ** -1022)), x = o.sel(tiny, o.mul(a, o.c(2 ** 54)), a);
  const half = o.mantissa(x), low = o.lt(half, o.c(Math.SQRT1_2));
  const e = o.sub(o.sub(o.exponent(x), o.sel(tiny, o.c(54), zero)), o.sel(low, one, zero));
  const m = o.sel(low, o.add(half, half), half), f = o.sub(m, one), [g, g1] = sumOf(o, one, m);
  const q = o.div(f, g), [p, p1] = productOf(o, q, g);
  const s: Sum<V> = [q, o.div(o.sub(o.sub(o.sub(f, p), p1), o.mul(q, g1)), g)];
  const z = times(o, s, s), tail = o.poly(z[0], LOG_SERIES), u = o.mul(z[0], tail);
  const [t, t1] = sumOf(o, o.c(TWO_THIRDS[0]), u);
  const w = times(o, s, times(o, z, [t, o.add(t1, o.add(o.c(TWO_THIRDS[1]), o.mul(z[1], tail)))]));
  const [h, h1] = sumOf(o, o.add(s[0], s[0]), w[0]), [l, l1] = sumOf(o, o.mul(e, o.c(LN2_HI)), h);
  return sumOf(o, l, o.add(l1, o.add(o.mul(e, o.c(LN2_LO)), o.add(h1, o.add(w[1], o.add(s[1], s[1]))))));
}

/** a^y for a >= 0, binary64. */
function powPositive<V, M>(o: F<V, M>, a: V, y: V): V {
  const zero = o.c(0), one = o.c(1), inf = o.c(Infinity);
  // An exponent of 2^66 takes every number but 1 to infinity or to zero.
  const k = clamp(o, y, -(2 ** 66), 2 ** 66), [l, l1] = logSum(o, a), [p, p1] = productOf(o, k, l);
  const x = clamp(o, p, -746, 710), rest = o.sel(o.eq(x, p), o.add(p1, o.mul(k, l1)), zero);
  const n = o.rint(o.mul(x, o.c(LOG2E))), r = o.sub(x, o.mul(n, o.c(LN2_HI))), c = o.mul(n, o.c(LN2_LO)), t = o.sub(r, c);
  const t1 = o.add(o.sub(o.sub(r, t), c), rest), s = o.add(one, t), lost = o.sub(t, o.sub(s, one));
  const q = o.mul(o.mul(t, t), o.poly(t, EXPM1_64)), v = o.add(q, o.mul(t1, o.add(s, q)));
  const down = o.lt(y, zero), power = scale(o, o.add(s, o.add(lost, v)), n);
  const ends = o.sel(o.eq(a, zero), o.sel(down, inf, zero), o.sel(o.eq(a, inf), o.sel(down, zero, inf), power));
  return o.sel(o.both(o.eq(a, a), o.eq(y, y)), ends, o.c(NaN));
}
