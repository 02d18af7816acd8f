// Special and inverse hyperbolic functions to some 150 bits in integer arithmetic: the oracle for kernels/special.ts.
import { abs, atanOf, BITS, bitsOf, constant, depth, exp, fixed, log, oddSeries, one, type Precise, ratio, shifted, small, squareRoot, times } from './precise.ts';

/** log of m with p bits of fraction, right to p bits of fraction near 1 too. */
function logOf(m: bigint, p: number): bigint {
  if (m < 2n * one(p) && 2n * m > one(p)) return 2n * oddSeries(ratio(m - one(p), m + one(p), p), p, 1n);
  return fixed(log({ value: m, scale: -p }), p);
}
function asinh(x: Precise): Precise {
  const p = depth(x) + 64, X = fixed(x, p), a = abs(X), y = logOf(a + squareRoot(one(p) + times(a, a, p), p), p);
  return { value: X < 0n ? -y : y, scale: -p };
}
function acosh(x: Precise): Precise {
  const p = 2 * BITS, X = fixed(x, p);
  return { value: logOf(X + squareRoot(times(X, X, p) - one(p), p), p), scale: -p };
}
function atanh(x: Precise): Precise {
  const p = depth(x) + 64, X = fixed(x, p);
  return { value: 2n * abs(X) < one(p) ? oddSeries(X, p, 1n) : logOf(ratio(one(p) + X, one(p) - X, p), p) / 2n, scale: -p };
}

/** erf(x) with p bits of fraction: 2x/sqrt(pi) e^(-x^2) (1 + 2x^2/3 (1 + 2x^2/5 (...))). */
function erfOf(x: Precise, p: number): bigint {
  const X = fixed(x, p), z = times(X, X, p);
  let sum = one(p), term = one(p);
  for (let k = 1n; term !== 0n; k++) { term = (2n * times(term, z, p)) / (2n * k + 1n); sum += term; }
  // e^(-z) by halving: (e^(-z/2^n))^(2^n) would lose bits; a sum of positive terms divides instead.
  let e = one(p), t = one(p);
  for (let k = 1n; t !== 0n; k++) { t = times(t, z, p) / k; e += t; }
  return ratio(ratio(2n * times(X, sum, p), squareRoot(constant('pi', p), p), p), e, p);
}
/** Beyond these the results are 1, 2 and 0 in binary64. */
const ERF_FAR = 6, ERFC_FAR = 28;
const size = (x: Precise): number => bitsOf(x.value) + x.scale;
const number = (x: Precise): number => Number(shifted(x.value, -x.scale - 40)) / 2 ** 40;
function erf(x: Precise): Precise {
  if (size(x) > 4 || Math.abs(number(x)) > ERF_FAR) return { value: x.value < 0n ? -1n : 1n, scale: 0 };
  const p = depth(x) + 200;
  return { value: erfOf(x, p), scale: -p };
}
function erfc(x: Precise): Precise {
  if (size(x) > 6 || Math.abs(number(x)) > ERFC_FAR) return { value: x.value < 0n ? 2n : 0n, scale: 0 };
  const p = size(x) < -1200 ? 400 : number(x) > 1 ? 2600 : 500;
  return { value: one(p) - erfOf(x, p), scale: -p };
}

const BERNOULLI: (readonly [bigint, bigint])[] = [];
/** B(2), B(4), ... as fractions, by the recurrence of the Bernoulli numbers. */
function bernoulli(n: number): readonly [bigint, bigint] {
  for (let m = BERNOULLI.length; m <= 2 * n; m++) {
    let [a, b] = m === 0 ? [1n, 1n] : [0n, 1n], c = 1n;
    for (let k = 0; k < m; k++) { // B(m) = -1/(m+1) sum C(m+1, k) B(k)
      const [u, v] = BERNOULLI[k]!;
      a = a * v + c * u * b; b *= v;
      c = (c * BigInt(m + 1 - k)) / BigInt(k + 1);
    }
    if (m > 0) { a = -a; b *= BigInt(m + 1); }
    let [g, h] = [abs(a), b];
    while (h > 0n) [g, h] = [h, g % h];
    BERNOULLI.push(g > 0n ? [a / g, b / g] : [a, b]);
  }
  return BERNOULLI[2 * n]!;
}
/** From here on 40 terms of Stirling's series are enough. */
const STIRLING_FROM = 48, TERMS = 36;
/** lgamma (or digamma) of X > 0 with p bits of fraction. */
function gammaOf(X: bigint, p: number, derivative: boolean): bigint {
  let y = X, product = one(p), sum = 0n;
  while (y < BigInt(STIRLING_FROM) << BigInt(p)) {
    if (derivative) sum += ratio(one(p), y, p); else product = times(product, y, p);
    y += one(p);
  }
  const l = logOf(y, p), r = ratio(one(p), y, p), z = times(r, r, p);
  let out = derivative ? l - r / 2n - sum : times(y - one(p) / 2n, l, p) - y + logOf(2n * constant('pi', p), p) / 2n - logOf(product, p);
  for (let k = 1, power = derivative ? z : r; k <= TERMS; k++, power = times(power, z, p)) {
    const [a, b] = bernoulli(k), n = BigInt(2 * k);
    if (derivative) out -= (power * a) / (b * n); else out += (power * a) / (b * n * (n - 1n));
  }
  return out;
}
/** sin and cos of pi*r, |r| <= 1/2. */
function sinCosPi(r: bigint, p: number): [sin: bigint, cos: bigint] {
  const a = times(r, constant('pi', p), p), z = -times(a, a, p);
  let [s, c, t, u] = [a, one(p), a, one(p)];
  for (let k = 1n; abs(t) > 1n || abs(u) > 1n; k++) { u = times(u, z, p) / (2n * k * (2n * k - 1n)); c += u; t = times(t, z, p) / (2n * k * (2n * k + 1n)); s += t; }
  return [s, c];
}
/** Not at poles. */
const gamma = (derivative: boolean) => (x: Precise): Precise => {
  const p = depth(x) + 128, X = fixed(x, p);
  if (X > 0n) return { value: gammaOf(X, p, derivative), scale: -p };
  const nearest = ((X + one(p) / 2n) >> BigInt(p)) << BigInt(p), [s, c] = sinCosPi(X - nearest, p), mirrored = gammaOf(one(p) - X, p, derivative), pi = constant('pi', p);
  if (derivative) return { value: mirrored - ratio(times(pi, c, p), s, p), scale: -p };
  return { value: logOf(ratio(pi, abs(s), p), p) - mirrored, scale: -p };
};

/** By TF's names; arguments inside the domain, finite, not zero. */
export const PRECISE_SPECIAL: Readonly<Record<string, (x: Precise) => Precise>> = { Asinh: asinh, Acosh: acosh, Atanh: atanh, Erf: erf, Erfc: erfc, Lgamma: gamma(false), Digamma: gamma(true), Rsqrt: (x) => {
  const p = BITS + 1200;
  return { value: ratio(one(p), squareRoot(fixed(x, p), p), p), scale: -p };
}, Softplus: (x) => (small(x) || size(x) < 11 ? { value: logOf(one(1400) + fixed(exp(x), 1400), 1400), scale: -1400 } : x.value < 0n ? { value: 0n, scale: 0 } : x) };
/** atan2 of two finite numbers, not zero. */
export function angle(y: Precise, x: Precise): Precise {
  const shift = Math.max(0, size(x) - size(y)), p = BITS + 64 + shift, q = { value: (abs(y.value) << BigInt(p + 1100)) / abs(x.value), scale: y.scale - x.scale - p - 1100 };
  const t = size(q) > 300 ? constant('pi', p) / 2n : atanOf(fixed(q, p), p), a = x.value < 0n ? constant('pi', p) - t : t;
  return { value: y.value < 0n ? -a : a, scale: -p };
}
