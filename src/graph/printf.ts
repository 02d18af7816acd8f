// Numbers as C's printf writes them (%f, %e, %g): exact decimal digits, rounded half to even, which JS's own toFixed and
// toExponential are not.

/** x = m * 2^e exactly; x finite and not negative. */
function parts(x: number): [m: bigint, e: number] {
  const v = new DataView(new ArrayBuffer(8));
  v.setFloat64(0, x);
  const bits = v.getBigUint64(0);
  const exponent = Number(bits >> 52n) & 2047, fraction = bits & ((1n << 52n) - 1n);
  return exponent === 0 ? [fraction, -1074] : [fraction | (1n << 52n), exponent - 1075];
}

/** round(x * 10^p), ties to even. */
function scaled(x: number, p: number): bigint {
  const [m, e] = parts(x);
  let num = m, den = 1n;
  if (p >= 0) num *= 10n ** BigInt(p); else den *= 10n ** BigInt(-p);
  if (e >= 0) num <<= BigInt(e); else den <<= BigInt(-e);
  const q = num / den, twice = 2n * (num % den);
  return twice > den || (twice === den && (q & 1n) === 1n) ? q + 1n : q;
}

function fixed(x: number, p: number): string {
  const digits = scaled(x, p).toString().padStart(p + 1, '0');
  return p === 0 ? digits : `${digits.slice(0, -p)}.${digits.slice(-p)}`;
}

/** Digits and decimal exponent of x rounded to p + 1 significant digits. */
function significant(x: number, p: number): [digits: string, exponent: number] {
  if (x === 0) return ['0'.repeat(p + 1), 0];
  let exponent = Number(x.toExponential(20).split('e')[1]);
  let digits = scaled(x, p - exponent).toString();
  if (digits.length > p + 1) { exponent++; digits = scaled(x, p - exponent).toString(); }
  return [digits, exponent];
}

const exponentText = (e: number): string => `e${e < 0 ? '-' : '+'}${String(Math.abs(e)).padStart(2, '0')}`;

function scientific(x: number, p: number): string {
  const [d, e] = significant(x, p);
  return `${d[0]!}${p === 0 ? '' : `.${d.slice(1)}`}${exponentText(e)}`;
}

/** `%g`: p significant digits, trailing zeros dropped, whichever notation suits the size. */
function general(x: number, p: number): string {
  const n = Math.max(p, 1);
  const [d, e] = significant(x, n - 1);
  const trim = (s: string): string => (s.includes('.') ? s.replace(/\.?0+$/, '') : s);
  return e < -4 || e >= n ? `${trim(`${d[0]!}.${d.slice(1)}`)}${exponentText(e)}` : trim(fixed(x, n - 1 - e));
}

/** printf's flags: zero padding, left alignment, a plus or a space in front of what is not negative. */
export type Fill = '' | ' ' | '0' | '-' | '+';

/** Pads `text` of a number with the sign in front. */
export function padded(negative: boolean, text: string, width: number, fill: Fill): string {
  const sign = negative ? '-' : fill === '+' || fill === ' ' ? fill : '';
  if (fill === '-') return (sign + text).padEnd(width);
  if (fill === '0') return sign + text.padStart(Math.max(0, width - sign.length), '0');
  return (sign + text).padStart(width);
}

/** A float as `%<fill><width>.<precision><conversion>`; precision below 0: C's default, 6. */
export function printFloat(x: number, conversion: 'f' | 'e' | 'g', precision: number, width: number, fill: Fill): string {
  if (Number.isNaN(x)) return padded(false, 'nan', width, fill === '0' ? '' : fill);
  const negative = x < 0 || Object.is(x, -0), a = Math.abs(x), p = precision < 0 ? 6 : precision;
  if (a === Infinity) return padded(negative, 'inf', width, fill === '0' ? '' : fill);
  return padded(negative, conversion === 'f' ? fixed(a, p) : conversion === 'e' ? scientific(a, p) : general(a, p), width, fill);
}
