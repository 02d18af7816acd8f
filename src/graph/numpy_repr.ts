// numpy's `str` of arrays, as TF's messages show values known while building and ported programs print them. Follows numpy/core/arrayprint.py (1.18)
// with its default print options: 8 digits, 1000 elements before the middle is left out.
import type { NDArray } from './ndarray.ts';

const DIGITS = 8;
const [THRESHOLD, EDGE] = [1000, 3];

/** `str(array)`: `[1. 2.5]`, `[[1 2]\n [3 4]]`; a scalar without brackets. */
export function numpyStr(a: NDArray): string { return arrayText(a, ' ', 0, (s) => `b'${s}'`); }

/** The elements of an array; `indent` columns stand before the first line, `quoted` spells strings. */
export function arrayText(a: NDArray, separator: string, indent: number, quoted: (s: string) => string): string {
  const plain = (v: number | bigint | boolean | string): string => (v === true ? 'True' : v === false ? 'False' : typeof v === 'string' ? quoted(v) : String(v));
  const shown = a.size > THRESHOLD ? shownIndices(a) : Array.from({ length: a.size }, (_, i) => i);
  const values = shown.map((i) => a.flat(i) as number | bigint | boolean | string);
  const real = a.dtype.isFloating;
  if (a.ndim === 0) return real ? scalarFloat(values[0] as number, a.dtype.size) : plain(values[0]!);
  const texts = real ? floatTexts(values as number[], a.dtype.size) : padded(values.map(plain));
  const at = new Map(shown.map((i, k) => [i, texts[k]!]));
  const build = (axis: number, offset: number): string => {
    const n = a.shape[axis]!;
    const stride = a.shape.slice(axis + 1).reduce((x, y) => x * y, 1);
    const skip = a.size > THRESHOLD && n > 2 * EDGE;
    const parts = Array.from({ length: n }, (_, k) => k).filter((k) => !skip || k < EDGE || k >= n - EDGE)
      .map((k) => (axis === a.ndim - 1 ? at.get(offset + k)! : build(axis + 1, offset + k * stride)));
    if (skip) parts.splice(EDGE, 0, '...');
    return `[${parts.join(axis === a.ndim - 1 ? separator : `${separator.trimEnd()}${'\n'.repeat(a.ndim - 1 - axis)}${' '.repeat(indent + axis + 1)}`)}]`;
  };
  return build(0, 0);
}

function shownIndices(a: NDArray): number[] {
  let list = [0];
  a.shape.forEach((n) => {
    const keep = Array.from({ length: n }, (_, k) => k).filter((k) => n <= 2 * EDGE || k < EDGE || k >= n - EDGE);
    list = list.flatMap((base) => keep.map((k) => base * n + k));
  });
  return list;
}

function padded(texts: readonly string[]): string[] {
  const width = Math.max(0, ...texts.map((t) => t.length));
  return texts.map((t) => t.padStart(width));
}

/** Digits that read back as the same value of that precision. */
function shortest(x: number, bytes: number): string {
  if (bytes === 8) return String(x);
  for (let p = 1; p <= 9; p++) { const s = x.toPrecision(p); if (Math.fround(Number(s)) === Math.fround(x)) return String(Number(s)); }
  return String(x);
}
export function scalarFloat(x: number, bytes: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf';
  const a = Math.abs(x);
  if (a !== 0 && (a >= 1e16 || a < 1e-4)) return exponential(shortest(x, bytes), undefined);
  const s = Number(shortest(x, bytes)).toFixed(20).replace(/0+$/, '');
  return trimmed(s, shortest(x, bytes));
}
function trimmed(fixed: string, short: string): string { return short.includes('e') ? fixed : short.includes('.') ? short : `${short}.0`; }
function exponential(short: string, digits: number | undefined): string {
  const [m, e] = Number(short).toExponential(digits).split('e') as [string, string];
  return `${m.includes('.') || digits === undefined ? m : `${m}.`}e${e[0]}${e.slice(1).padStart(2, '0')}`;
}

function floatTexts(values: readonly number[], bytes: number): string[] {
  const finite = values.filter(Number.isFinite).map((x) => Math.abs(x)).filter((x) => x !== 0);
  const [max, min] = [Math.max(0, ...finite), Math.min(Infinity, ...finite)];
  const scientific = finite.length > 0 && (max >= 1e8 || min < 1e-4 || max / min > 1000);
  const odd = (x: number): string => (Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf');
  if (scientific) {
    const digits = Math.max(0, ...values.filter(Number.isFinite).map((x) => (Number(Number(shortest(x, bytes)).toPrecision(DIGITS + 1)).toExponential().split('e')[0]!.split('.')[1] ?? '').length));
    return padded(values.map((x) => (Number.isFinite(x) ? exponential(shortest(x, bytes), digits) : odd(x))));
  }
  const fractions = values.map((x) => (Number.isFinite(x) ? Number(Number(shortest(x, bytes)).toFixed(DIGITS)).toFixed(DIGITS).replace(/0+$/, '').split('.')[1] ?? '' : ''));
  const digits = Math.max(0, ...fractions.map((f) => f.length));
  const texts = values.map((x, i) => {
    if (!Number.isFinite(x)) return odd(x);
    const whole = Number(shortest(x, bytes)).toFixed(DIGITS).split('.')[0]!;
    return `${Object.is(x, -0) ? '-' : ''}${whole}.${fractions[i]!.padEnd(digits)}`;
  });
  return padded(texts);
}
