// Special and inverse hyperbolic functions, over FloatArith like elementary.ts: computed in binary64, rounded once at the
// end, by series and continued fractions with their own coefficients (small rationals); erf of binary32 by polynomials in binary32 steps.
// Largest errors, measured over every exponent (test/session/kernels/special.slow.test.ts): in binary32 erf 1.1, all others 0.51 ulp; in binary64
// asinh, atanh 1.3, acosh 1.2, erf 2.4, erfc 7.5, lgamma 2.6, digamma 8.5 ulp; next to the zeros of lgamma and digamma 8 units
// of 2^-24 (2^-53) absolute. Against TensorFlow's: test/session/kernels/oracle.test.ts.
import { type FloatArith } from './arith.ts';
import { cos, exp, exp64, EXPM1_64, expNonPositive, log, log1p, polyPairs, sin } from './elementary.ts';

type F<V, M> = FloatArith<V, M>;

const LN2 = 0.6931471805599453;
const BIG = 2 ** 28;

export function asinh<V, M>(o: F<V, M>, x: V): V {
  return o.wide((w, v) => {
    const a = w.abs(v), one = w.c(1), z = w.mul(a, a);
    const small = log1p(w, w.add(a, w.div(z, w.add(one, w.sqrt(w.add(one, z))))));
    return w.copysign(w.sel(w.lt(w.c(BIG), a), w.add(log(w, a), w.c(LN2)), small), v);
  }, x);
}
export function acosh<V, M>(o: F<V, M>, x: V): V {
  return o.wide((w, v) => {
    const t = w.sub(v, w.c(1));
    const small = log1p(w, w.add(t, w.sqrt(w.add(w.add(t, t), w.mul(t, t)))));
    const y = w.sel(w.lt(w.c(BIG), v), w.add(log(w, v), w.c(LN2)), small);
    return w.sel(w.lt(t, w.c(0)), w.c(NaN), y);
  }, x);
}
export function atanh<V, M>(o: F<V, M>, x: V): V {
  return o.wide((w, v) => {
    const a = w.abs(v), one = w.c(1);
    const y = w.mul(w.c(0.5), log1p(w, w.div(w.add(a, a), w.sub(one, a))));
    return w.copysign(w.sel(w.lt(one, a), w.c(NaN), y), v);
  }, x);
}

// ---- error function

const SQRT_PI = 1.7724538509055159;
/** Terms of the two expansions: enough for 1e-17 on their sides of CROSSOVER. */
const ERFC_LEVELS = 130, CROSSOVER = 1;
/** 2^k / (1*3*5*...*(2k+1)), highest power first. */
const ERF_SERIES = Array.from({ length: 41 }, (_, k) => Array.from({ length: k }, (_v, j) => 2 / (2 * j + 3)).reduce((p, v) => p * v, 1)).reverse();
/** The same for a result in binary32: 1e-10. */
const SHORT = { series: ERF_SERIES.slice(-29), levels: 20, crossover: 2, exp: EXPM1_64.slice(-9) };

/** e^(-x*x), the square split so that its rounding does not reach the exponent. */
function expMinusSquare<V, M>(o: F<V, M>, x: V): V {
  const c = o.mul(x, o.c(134217729));
  const hi = o.sub(c, o.sub(c, x)); // the upper half of the bits of x: hi * hi is exact
  return o.mul(exp(o, o.neg(o.mul(hi, hi))), exp(o, o.neg(o.mul(o.sub(x, hi), o.add(x, hi)))));
}

/** erf(x) = 2x/sqrt(pi) * e^(-x^2) * (1 + 2x^2/3 (1 + 2x^2/5 (1 + ...))): no term is negative. For |x| <= CROSSOVER. */
function erfSmall<V, M>(o: F<V, M>, x: V): V {
  const z = o.mul(x, x);
  return o.mul(o.mul(o.mul(x, o.c(2 / SQRT_PI)), o.poly(z, ERF_SERIES)), exp(o, o.neg(z)));
}
/** erfc(x) = e^(-x^2)/sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))), what is left of it as if it went on with one
 * numerator: d = x + (n/2)/d. For x >= CROSSOVER. */
function erfcLarge<V, M>(o: F<V, M>, x: V): V {
  let d = o.mul(o.c(0.5), o.add(x, o.sqrt(o.add(o.mul(x, x), o.c(2 * ERFC_LEVELS + 2)))));
  for (let k = ERFC_LEVELS; k >= 1; k--) d = o.add(x, o.div(o.c(k / 2), d));
  return o.div(expMinusSquare(o, x), o.mul(d, o.c(SQRT_PI)));
}
/** erf of |x| <= 2 and erfc of x >= 2 for results in binary32: the fraction as a quotient of two recurrences, one division. */
function erfShort<V, M>(o: F<V, M>, v: V): { near: V; tail: V } {
  const a = o.abs(v), x = o.sel(o.lt(a, o.c(SHORT.crossover)), o.c(SHORT.crossover), atMost(o, a, 28)), capped = atMost(o, a, 28);
  const z = o.mul(capped, capped), e = exp64(o, o.neg(z), SHORT.exp);
  let [p, q, p1, q1] = [x, o.c(1), o.c(1), o.c(0)];
  for (let k = 1; k <= SHORT.levels; k++) [p, q, p1, q1] = [o.add(o.mul(x, p), o.mul(o.c(k / 2), p1)), o.add(o.mul(x, q), o.mul(o.c(k / 2), q1)), p, q];
  return { near: o.mul(o.mul(o.mul(v, o.c(2 / SQRT_PI)), polyPairs(o, z, o.mul(z, z), SHORT.series)), e), tail: o.div(o.mul(e, q), o.mul(p, o.c(SQRT_PI))) };
}
/** Keeps large arguments (whose result is 0 or 1 anyway) out of the square. */
function atMost<V, M>(o: F<V, M>, a: V, limit: number): V { return o.sel(o.lt(o.c(limit), a), o.c(limit), a); }

/** Of erf(x) / x - 1 by x*x for |x| <= 0.92, and of -log(erfc(x)) by x up to where erf is 1 in binary32: minimax. */
const ERF32 = [8.409920701524243e-05, -0.0008152627851814032, 0.005201960448175669, -0.026859799399971962, 0.11283703148365021, -0.37612634897232056, 0.12837916612625122];
const LOG_ERFC32 = [2.1161906261113472e-05, -0.000435218884376809, 0.004174643196165562, -0.025128625333309174, 0.10829394310712814, 0.6333346366882324, 1.1295207738876343, -0.0001758745638653636];
function erf32<V, M>(o: F<V, M>, x: V): V {
  const a = atMost(o, o.abs(x), 3.93), z = o.mul(a, a);
  const near = o.add(x, o.mul(x, polyPairs(o, z, o.mul(z, z), ERF32))), far = o.sub(o.c(1), expNonPositive(o, o.neg(polyPairs(o, a, z, LOG_ERFC32))));
  return o.sel(o.lt(a, o.c(0.92)), near, o.copysign(far, x));
}
export function erf<V, M>(o: F<V, M>, x: V): V {
  if (o.bits === 32) return erf32(o, x);
  const a = o.abs(x), far = o.sub(o.c(1), erfcLarge(o, o.sel(o.lt(a, o.c(1)), o.c(1), atMost(o, a, 27))));
  return o.sel(o.eq(x, x), o.sel(o.lt(o.c(CROSSOVER), a), o.copysign(far, x), erfSmall(o, x)), x);
}
export function erfc<V, M>(o: F<V, M>, x: V): V {
  return o.wide((w, v) => {
    const a = w.abs(v), one = w.c(1), short = o.bits === 32 ? erfShort(w, v) : undefined;
    const tail = short ? short.tail : erfcLarge(w, w.sel(w.lt(a, one), one, atMost(w, a, 28)));
    const far = w.sel(w.lt(v, w.c(0)), w.sub(w.c(2), tail), tail);
    const near = w.sub(one, short ? short.near : erfSmall(w, v));
    return w.sel(w.eq(v, v), w.sel(w.lt(w.c(short ? SHORT.crossover : CROSSOVER), a), far, near), v);
  }, x);
}

// ---- gamma

const EULER = 0.5772156649015329;
/** zeta(2), zeta(3), ...: Euler-Maclaurin from the 64th term on. */
const ZETA = Array.from({ length: 53 }, (_, i) => {
  const s = i + 2, n = 64;
  let sum = n ** (1 - s) / (s - 1) + n ** -s / 2 + (s * n ** (-s - 1)) / 12 - (s * (s + 1) * (s + 2) * n ** (-s - 3)) / 720
    + (s * (s + 1) * (s + 2) * (s + 3) * (s + 4) * n ** (-s - 5)) / 30240;
  for (let k = n - 1; k >= 1; k--) sum += k ** -s;
  return sum;
});
/** Of lgamma(1+t) = -EULER*t + t^2 * P(t) and digamma(1+t) = -EULER + t * Q(t), highest power first, |t| <= 1/2. */
const LGAMMA_NEAR_1 = ZETA.map((z, i) => (i % 2 === 0 ? z : -z) / (i + 2)).reverse();
const DIGAMMA_NEAR_1 = ZETA.map((z, i) => (i % 2 === 0 ? z : -z)).reverse();

/** B(2k) / (2k (2k-1)), k = 1..8: Stirling's series of lgamma; times (2k-1): that of digamma. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];
/** From here on the series is exact to the last bit; below, the recurrence leads to [1/2, 3/2]. */
const LARGE = 12;

/** Moves 0 < x < LARGE into [1/2, 3/2], telling `step` every y that is left behind downwards. */
function reduce<V, M>(o: F<V, M>, x: V, step: (passed: M, y: V) => void): V {
  let y = x;
  for (let k = 0; k < LARGE; k++) {
    const above = o.lt(o.c(1.5), y);
    y = o.sel(above, o.sub(y, o.c(1)), y);
    step(above, y);
  }
  return y;
}

/** lgamma for x > 0. */
function lgammaPositive<V, M>(o: F<V, M>, x: V): V {
  const one = o.c(1), far = o.le(o.c(LARGE), x), low = o.lt(x, o.c(0.5));
  const near = o.sel(far, one, o.sel(low, o.add(x, one), x));
  let p = one;
  const y = reduce(o, near, (passed, v) => { p = o.sel(passed, o.mul(p, v), p); });
  const t = o.sub(y, one);
  const series = o.add(o.mul(t, o.c(-EULER)), o.mul(o.mul(t, t), o.poly(t, LGAMMA_NEAR_1)));
  const small = o.sub(o.add(log(o, p), series), o.sel(low, log(o, o.sel(low, x, one)), o.c(0)));
  const r = o.div(one, o.sel(far, x, one)), z = o.mul(r, r);
  const l = log(o, o.sel(far, x, one));
  const big = o.add(o.add(o.sub(o.mul(o.sub(x, o.c(0.5)), l), x), o.c(0.9189385332046728)), o.mul(o.poly(z, STIRLING.toReversed()), r));
  return o.sel(far, big, small);
}
export function lgamma<V, M>(o: F<V, M>, x: V): V {
  return o.wide((w, v) => {
    const zero = w.c(0), one = w.c(1), inf = w.c(Infinity);
    const negative = w.le(v, zero);
    const whole = w.both(negative, w.eq(w.floor(v), v));
    const straight = lgammaPositive(w, w.sel(negative, one, w.sel(w.eq(v, inf), one, v)));
    // log(pi / |sin(pi x)|) - lgamma(1 - x)
    const s = w.abs(sin(w, w.mul(w.c(Math.PI), w.sub(v, w.rint(v)))));
    const mirrored = w.sub(log(w, w.div(w.c(Math.PI), w.sel(whole, one, s))), lgammaPositive(w, w.sel(negative, w.sub(one, v), one)));
    const y = w.sel(w.either(whole, w.eq(w.abs(v), inf)), inf, w.sel(negative, mirrored, straight));
    return w.sel(w.eq(v, v), y, v);
  }, x);
}

/** digamma for x > 0. */
function digammaPositive<V, M>(o: F<V, M>, x: V): V {
  const one = o.c(1), zero = o.c(0), far = o.le(o.c(LARGE), x), low = o.lt(x, o.c(0.5));
  let sum = o.sel(low, o.neg(o.div(one, x)), zero);
  const y = reduce(o, o.sel(far, one, o.sel(low, o.add(x, one), x)), (passed, v) => { sum = o.add(sum, o.sel(passed, o.div(one, v), zero)); });
  const t = o.sub(y, one);
  const small = o.add(sum, o.add(o.c(-EULER), o.mul(t, o.poly(t, DIGAMMA_NEAR_1))));
  const r = o.div(one, x), z = o.mul(r, r);
  const big = o.sub(o.sub(log(o, o.sel(far, x, one)), o.mul(o.c(0.5), r)), o.mul(o.poly(z, STIRLING.map((c, k) => c * (2 * k + 1)).reverse()), z));
  return o.sel(far, big, small);
}
export function digamma<V, M>(o: F<V, M>, x: V): V {
  return o.wide((w, v) => {
    const zero = w.c(0), one = w.c(1);
    const negative = w.le(v, zero);
    const pole = w.both(negative, w.eq(w.floor(v), v));
    const straight = digammaPositive(w, w.sel(negative, one, v));
    const angle = w.mul(w.c(Math.PI), w.sub(v, w.rint(v))); // digamma(1 - x) - pi / tan(pi x)
    const mirrored = w.sub(digammaPositive(w, w.sel(negative, w.sub(one, v), one)), w.div(w.mul(w.c(Math.PI), cos(w, angle)), sin(w, w.sel(pole, one, angle))));
    const y = w.sel(pole, w.c(Infinity), w.sel(negative, mirrored, straight));
    return w.sel(w.eq(v, v), w.sel(w.eq(v, w.c(Infinity)), v, y), v);
  }, x);
}

// ---- modified Bessel functions

/** From here on the asymptotic series is exact to the last bit; below, the power series is. */
const BESSEL_FAR = 20;
const factorials = (k: number): number => Array.from({ length: k }, (_, j) => j + 1).reduce((p, v) => p * v, 1);
/** Of I0(x) and 2/x I1(x) in (x/2)^2, highest power first. */
const BESSEL_NEAR = [0, 1].map((order) => Array.from({ length: 48 }, (_, k) => 1 / factorials(k) / factorials(k + order)).reverse());
/** Of sqrt(2 pi x) e^-x In(x) in 1/x, highest power first. */
const BESSEL_ASYMPTOTIC = [0, 1].map((order) => Array.from({ length: 31 }, (_, k) =>
  Array.from({ length: k }, (_v, j) => ((2 * j + 1) ** 2 - 4 * order * order) / (8 * (j + 1))).reduce((p, v) => p * v, 1)).reverse());
function besselE<V, M>(o: F<V, M>, x: V, order: 0 | 1): V {
  return o.wide((w, v) => {
    const a = w.abs(v), far = w.c(BESSEL_FAR);
    const near = w.sel(w.lt(a, far), a, far), half = w.mul(near, w.c(0.5));
    const series = w.mul(w.poly(w.mul(half, half), BESSEL_NEAR[order]!), exp(w, w.neg(near)));
    const beyond = w.sel(w.lt(far, a), a, far);
    const tail = w.div(w.poly(w.div(w.c(1), beyond), BESSEL_ASYMPTOTIC[order]!), w.sqrt(w.mul(beyond, w.c(2 * Math.PI))));
    const y = w.sel(w.lt(far, a), tail, order === 0 ? series : w.mul(series, half));
    return w.sel(w.eq(v, v), order === 0 ? y : w.copysign(y, v), v);
  }, x);
}
/** e^-|x| I0(x). */
export function besselI0e<V, M>(o: F<V, M>, x: V): V { return besselE(o, x, 0); }
/** e^-|x| I1(x). */
export function besselI1e<V, M>(o: F<V, M>, x: V): V { return besselE(o, x, 1); }
