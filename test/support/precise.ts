// Elementary functions to some 160 bits in integer arithmetic: the oracle for binary64. A result is value * 2^scale.

export interface Precise { readonly value: bigint; readonly scale: number }
export const BITS = 160;

export const abs = (x: bigint): bigint => (x < 0n ? -x : x);
/** x / 2^n, toward -infinity for n > 0. */
export const shifted = (x: bigint, n: number): bigint => (n >= 0 ? x >> BigInt(n) : x << BigInt(-n));
export const bitsOf = (x: bigint): number => abs(x).toString(2).length;
/** a/b with p bits of fraction; both with p. */
export const ratio = (a: bigint, b: bigint, p: number): bigint => (a << BigInt(p)) / b;
export const times = (a: bigint, b: bigint, p: number): bigint => (a * b) >> BigInt(p);
export const one = (p: number): bigint => 1n << BigInt(p);

/** The number as an integer times a power of two. */
export function exactly(x: number): Precise {
  const v = new DataView(new ArrayBuffer(8));
  v.setFloat64(0, x);
  const bits = v.getBigUint64(0), e = Number((bits >> 52n) & 2047n), m = (bits & ((1n << 52n) - 1n)) | (e > 0 ? 1n << 52n : 0n);
  return { value: bits >> 63n ? -m : m, scale: Math.max(e, 1) - 1075 };
}
/** With p bits of fraction. */
export const fixed = ({ value, scale }: Precise, p: number): bigint => shifted(value, -(p + scale));
/** Bits of fraction that leave BITS significant ones of x. */
export const depth = ({ value, scale }: Precise): number => BITS + Math.max(0, -(bitsOf(value) + scale));

const constants = new Map<string, bigint>();
export function constant(name: 'ln2' | 'pi', p: number): bigint {
  const key = `${name}${p}`;
  let c = constants.get(key);
  if (c === undefined) {
    const q = p + 32;
    constants.set(key, c = (name === 'ln2' ? 2n * inverse(3n, q, 1n) : 16n * inverse(5n, q, -1n) - 4n * inverse(239n, q, -1n)) >> 32n);
  }
  return c;
}
/** atanh(1/n) (sign 1) or atan(1/n) (sign -1). */
function inverse(n: bigint, p: number, sign: bigint): bigint {
  let sum = 0n, term = one(p) / n;
  for (let k = 1n, s = 1n; term !== 0n; k += 2n, s *= sign) { sum += (s * term) / k; term /= n * n; }
  return sum;
}
/** first + first*z/(..)+ ...: each term the one before times z / divisor(k). */
export function series(first: bigint, z: bigint, p: number, divisor: (k: bigint) => bigint): bigint {
  let sum = first, term = first;
  for (let k = 1n; term !== 0n && term !== -1n; k++) { term = times(term, z, p) / divisor(k); sum += term; }
  return sum;
}
/** x + sign*x^3/3 + x^5/5 ...: atanh or atan of a small number. */
export function oddSeries(x: bigint, p: number, sign: bigint): bigint {
  const z = times(x, x, p);
  let sum = 0n, term = x;
  for (let k = 1n, s = 1n; term !== 0n && term !== -1n; k += 2n, s *= sign) { sum += (s * term) / k; term = times(term, z, p); }
  return sum;
}
export function squareRoot(x: bigint, p: number): bigint {
  const n = x << BigInt(p);
  if (n === 0n) return 0n;
  let r = one((bitsOf(n) + 2) >> 1);
  for (;;) { const next = (r + n / r) >> 1n; if (next >= r) return r; r = next; }
}

export function exp(x: Precise): Precise {
  const p = BITS + 1100, X = fixed(x, p), ln2 = constant('ln2', p), n = (X + ln2 / 2n) / ln2 - (X < -ln2 / 2n ? 1n : 0n);
  const r = (X - n * ln2) >> 1100n;
  return { value: series(one(BITS), r, BITS, (k) => k), scale: Number(n) - BITS };
}
const negated = ({ value, scale }: Precise): Precise => ({ value: -value, scale });
export const small = (x: Precise): boolean => bitsOf(x.value) + x.scale <= 0;
const sinhSeries = (X: bigint, p: number): bigint => series(X, times(X, X, p), p, (k) => 2n * k * (2n * k + 1n));
const coshSeries = (X: bigint, p: number): bigint => series(one(p), times(X, X, p), p, (k) => 2n * k * (2n * k - 1n));
/** Nothing below tells 800 from more. */
const capped = (x: Precise): Precise => (bitsOf(x.value) + x.scale > 10 ? { value: x.value < 0n ? -800n : 800n, scale: 0 } : x);
/** e^x and e^-x with 1300 bits of fraction. */
const both = (x: Precise): [bigint, bigint] => [fixed(exp(capped(x)), 1300), fixed(exp(negated(capped(x))), 1300)];

/** log of a positive number. */
export function log({ value, scale }: Precise): Precise {
  const p = BITS + 96, e = bitsOf(value) - 1, m = shifted(value, e - p);
  return { value: BigInt(e + scale) * constant('ln2', p) + 2n * oddSeries(ratio(m - one(p), m + one(p), p), p, 1n), scale: -p };
}
export function sinCos(x: Precise): { sin: Precise; cos: Precise } {
  const p = depth(x) + 128, wide = p + Math.max(0, bitsOf(x.value) + x.scale), quarter = constant('pi', wide) >> 1n, X = fixed(x, wide);
  let n = X / quarter;
  let r = X - n * quarter;
  if (abs(r) * 2n > quarter) { const s = r < 0n ? -1n : 1n; n += s; r -= s * quarter; }
  r = shifted(r, wide - p);
  const z = -times(r, r, p), s = series(r, z, p, (k) => 2n * k * (2n * k + 1n)), c = series(one(p), z, p, (k) => 2n * k * (2n * k - 1n));
  const [sin, cos] = ([[s, c], [c, -s], [-s, -c], [-c, s]] as const)[Number(((n % 4n) + 4n) % 4n)]!;
  return { sin: { value: sin, scale: -p }, cos: { value: cos, scale: -p } };
}
/** atan of X with p bits of fraction. */
export function atanOf(X: bigint, p: number): bigint {
  if (abs(X) > one(p)) return (X < 0n ? -1n : 1n) * (constant('pi', p) >> 1n) - atanOf(ratio(one(p), X, p), p);
  let y = X;
  for (let i = 0; i < 3; i++) y = ratio(y, one(p) + squareRoot(one(p) + times(y, y, p), p), p);
  return 8n * oddSeries(y, p, -1n);
}
const acosOf = (X: bigint, p: number): bigint => (X === -one(p) ? constant('pi', p) : 2n * atanOf(squareRoot(ratio(one(p) - X, one(p) + X, p), p), p));

/** By TF's names; arguments inside the domain, finite, not zero. */
export const PRECISE: Readonly<Record<string, (x: Precise) => Precise>> = {
  Exp: exp, Log: log,
  Expm1: (x) => { const p = depth(x) + 32; return small(x) ? { value: series(fixed(x, p), fixed(x, p), p, (k) => k + 1n), scale: -p } : { value: fixed(exp(capped(x)), 1300) - one(1300), scale: -1300 }; },
  Log1p: (x) => { const p = depth(x) + 64, X = fixed(x, p); return small(x) && 2n * abs(X) < one(p) ? { value: 2n * oddSeries(ratio(X, 2n * one(p) + X, p), p, 1n), scale: -p } : log({ value: X + one(p), scale: -p }); },
  Tanh: (x) => { const p = depth(x) + 32, X = fixed(x, p); if (small(x)) return { value: ratio(sinhSeries(X, p), coshSeries(X, p), p), scale: -p }; const [a, b] = both(x); return { value: ratio(a - b, a + b, 1300), scale: -1300 }; },
  Sinh: (x) => { const p = depth(x) + 32; if (small(x)) return { value: sinhSeries(fixed(x, p), p), scale: -p }; const [a, b] = both(x); return { value: a - b, scale: -1301 }; },
  Cosh: (x) => { const p = BITS + 32; if (small(x)) return { value: coshSeries(fixed(x, p), p), scale: -p }; const [a, b] = both(x); return { value: a + b, scale: -1301 }; },
  Sigmoid: (x) => { const [a, b] = both(x); return x.value > 0n ? { value: ratio(one(1300), one(1300) + b, 1300), scale: -1300 } : { value: ratio(a << 1100n, one(1300) + a, 1300), scale: -2400 }; },
  Sin: (x) => sinCos(x).sin, Cos: (x) => sinCos(x).cos,
  Tan: (x) => { const { sin, cos } = sinCos(x); return { value: (sin.value << 1300n) / cos.value, scale: -1300 }; },
  Atan: (x) => { const p = depth(x) + 32; return { value: atanOf(fixed(x, p), p), scale: -p }; },
  Asin: (x) => { const p = depth(x) + 128, X = fixed(x, p); return { value: 2n * atanOf(ratio(X, one(p) + squareRoot(one(p) - times(X, X, p), p), p), p), scale: -p }; },
  Acos: (x) => { const p = BITS + 1200; return { value: acosOf(fixed(x, p), p), scale: -p }; },
};

/** x^y for x > 0. */
export function power(x: Precise, y: Precise): Precise { const l = log(x); return exp({ value: l.value * y.value, scale: l.scale + y.scale }); }

/** |y - exact| in units of `ulp` (a power of two). */
export function distance(y: number, exact: Precise, ulp: number): number {
  const a = exactly(y), low = Math.min(a.scale, exact.scale), d = abs(shifted(a.value, low - a.scale) - shifted(exact.value, low - exact.scale)), cut = Math.max(0, bitsOf(d) - 60);
  return Number(d >> BigInt(cut)) * 2 ** (low + cut - Math.log2(ulp));
}
