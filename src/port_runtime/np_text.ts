// numpy's way of printing arrays: eight digits, columns of one width, summarised beyond a thousand elements.
import type { NDArray } from '../graph/ndarray.ts';

const [THRESHOLD, EDGE] = [1000, 3];

export function arrayText(a: NDArray, separator: string, indent: number): string {
  const short = a.size > THRESHOLD;
  const picked = (n: number): (number | null)[] => (short && n > 2 * EDGE ? [0, 1, 2, null, n - 3, n - 2, n - 1] : Array.from({ length: n }, (_, i) => i));
  const leaves: unknown[] = [];
  const collect = (axis: number, base: number): void => {
    if (axis === a.ndim) { leaves.push(a.flat(base)); return; }
    for (const i of picked(a.shape[axis]!)) if (i !== null) collect(axis + 1, base * a.shape[axis]! + i);
  };
  collect(0, 0);
  const format = formatter(leaves, a);
  const build = (axis: number, base: number, pad: number): string => {
    if (axis === a.ndim) return format(a.flat(base));
    const parts = picked(a.shape[axis]!).map((i) => (i === null ? '...' : build(axis + 1, base * a.shape[axis]! + i, pad + 1)));
    const line = axis === a.ndim - 1 ? separator : `${separator.trimEnd()}\n${'\n'.repeat(Math.max(0, a.ndim - axis - 2))}${' '.repeat(pad + 1)}`;
    return `[${parts.join(line)}]`;
  };
  return build(0, 0, indent);
}

function formatter(leaves: readonly unknown[], a: NDArray): (v: unknown) => string {
  const pad = (texts: readonly string[]): number => Math.max(0, ...texts.map((t) => t.length));
  if (!a.dtype.isFloating) {
    const text = (v: unknown): string => (typeof v === 'boolean' ? (v ? 'True' : 'False') : typeof v === 'string' ? `'${v}'` : String(v));
    const width = pad(leaves.map(text));
    return (v) => text(v).padStart(width);
  }
  const finite = (leaves as number[]).filter((v) => Number.isFinite(v) && v !== 0).map(Math.abs);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const exponent = finite.length > 0 && (high >= 1e8 || low < 1e-4 || high / low > 1e3);
  const special = (v: number): string | undefined => (Number.isNaN(v) ? 'nan' : Number.isFinite(v) ? undefined : v > 0 ? 'inf' : '-inf');
  const digits = (v: number): string => (a.dtype.name === 'float32' ? Number(Number(v.toPrecision(9)).toFixed(8)) === Number(v.toFixed(8)) ? shortest32(v) : v.toFixed(8) : String(v));
  const fraction = (t: string): number => Math.min(8, (/\.(\d*?)0*$/.exec(t)?.[1] ?? '').length);
  const places = exponent ? Math.max(0, ...(leaves as number[]).filter(Number.isFinite).map((v) => Math.min(8, (/\.(\d+)/.exec(v.toExponential())?.[1] ?? '').length))) : Math.max(0, ...(leaves as number[]).filter(Number.isFinite).map((v) => fraction(Number(v.toFixed(8)) === v ? String(v).includes('e') ? v.toFixed(8) : String(v) : digits(v).includes('e') ? v.toFixed(8) : Number(digits(v)).toFixed(8))));
  const text = (v: number): string => special(v) ?? (exponent ? v.toExponential(places).replace(/e([+-])(\d)$/, 'e$10$2') : places === 0 ? `${v.toFixed(0)}.` : v.toFixed(places).replace(/0+$/, (z) => ' '.repeat(z.length)).replace(/\.( *)$/, '.$1'));
  const width = pad((leaves as number[]).map(text));
  return (v) => text(v as number).padStart(width);
}
/** The shortest decimal that is this float32. */
function shortest32(v: number): string {
  for (let p = 1; p <= 9; p++) { const s = v.toPrecision(p); if (Math.fround(Number(s)) === v) return String(Number(s)); }
  return String(v);
}
