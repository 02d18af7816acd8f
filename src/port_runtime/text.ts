// Python's texts: str, repr, print, format specifications, %-formats, methods of strings.
import { TypeError, ValueError } from '../graph/errors.ts';
import { arrayText } from '../graph/numpy_repr.ts';
import { printFloat } from '../graph/printf.ts';
import { stringRepr } from '../graph/python_repr.ts';
import { formatPieces, percentPieces } from '../port/python_string.ts';
import { type Dynamic, isPlainObject, NDArray, typeName } from './dynamic.ts';
import { item, iter } from './items.ts';
import { shownType, typedText } from './typed_text.ts';

/** `repr(x)`; the type is told where the value does not tell it (typed_text.ts). */
export function repr(v: Dynamic, type?: string): string {
  return type === undefined ? plainRepr(v) : typedText(v, shownType(type), plainRepr);
}
function plainRepr(v: Dynamic): string {
  if (v === null || v === undefined) return 'None';
  switch (typeof v) {
    case 'boolean': return v ? 'True' : 'False';
    case 'number': return numberText(v);
    case 'bigint': return String(v);
    case 'symbol': return v.description === 'AUTO_REUSE' ? '_ReuseMode.AUTO_REUSE' : String(v.description);
    case 'string': return stringRepr(v);
    case 'function': return `<function ${v.name}>`;
    default:
  }
  if (typeof v.__repr__ === 'function') return v.__repr__() as string;
  if (Array.isArray(v)) return `[${v.map(plainRepr).join(', ')}]`;
  if (v instanceof Map || isPlainObject(v)) return `{${[...(v instanceof Map ? v : Object.entries(v))].map(([k, x]) => `${plainRepr(k)}: ${plainRepr(x)}`).join(', ')}}`;
  if (v instanceof Set) return v.size === 0 ? 'set()' : `{${[...v].map(plainRepr).join(', ')}}`;
  if (v instanceof NDArray && v.ndim === 0) return arrayText(v, ' ', 0, stringRepr);
  if (v instanceof NDArray) return v.dtype.storage === 'string' ? plainRepr(v.toArray()) : `array(${arrayText(v, ', ', 6, stringRepr)}${/^(float64|int64|bool)$/.test(v.dtype.name) ? '' : `, dtype=${v.dtype.name}`})`;
  if (v instanceof Uint8Array) return `b${stringRepr(String.fromCharCode(...v))}`;
  if (typeof v.repr === 'string') return v.repr;
  return String(v);
}
/** `str(x)`. */
export function str(v: Dynamic, type?: string): string {
  if (type !== undefined) return typedText(v, shownType(type), (x) => (x === v ? str(x) : plainRepr(x)));
  if (typeof v === 'string') return v;
  if (v instanceof Error) return (v as { text?: string }).text ?? v.message;
  if (v instanceof NDArray) return arrayText(v, ' ', 0, v.ndim === 0 ? (s) => s : stringRepr);
  if (typeof v?.__str__ === 'function') return v.__str__() as string;
  return typeof v === 'object' && v !== null && !Array.isArray(v) && !(v instanceof Map) && !(v instanceof Set) && !isPlainObject(v) && !(v instanceof Uint8Array) ? String(v) : repr(v);
}
/** A number as Python prints a float: exponents of two digits from 1e16 on and below 1e-4. Integral numbers below 2^64 print as integers: JavaScript has one kind of number. */
export function numberText(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  const a = Math.abs(x);
  if (a !== 0 && (a < 1e-4 || a >= 1e16) && !(Number.isInteger(x) && a < 2 ** 64)) return x.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return Number.isInteger(x) && a > Number.MAX_SAFE_INTEGER ? String(BigInt(x)) : String(x);
}

export function print(...values: readonly unknown[]): void { console.log(values.map((v) => str(v)).join(' ')); }
/** `print(..., end=, sep=, file=)`. */
export function printTo(o: { readonly end?: string; readonly sep?: string; readonly file?: { write(s: string): unknown } | null }, ...values: readonly unknown[]): void {
  (o.file ?? process.stdout).write(`${values.map((v) => str(v)).join(o.sep ?? ' ')}${o.end ?? '\n'}`);
}

/** `format(value, spec)`. */
export function format(v: Dynamic, spec = '', shown?: string): string {
  const m = /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d+)?(,)?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/s.exec(spec);
  if (!m) throw new ValueError('Invalid format specifier');
  const [, fill0, align0, sign, , zero, width, comma, precision, type] = m;
  const numeric = typeof v === 'number' || typeof v === 'bigint' || typeof v === 'boolean' || (v instanceof NDArray && v.size === 1);
  if (spec === '') return str(v, shown);
  let body: string;
  let negative = false;
  if (numeric && type !== 's') {
    const x = v instanceof NDArray ? Number(v.item()) : Number(v);
    negative = x < 0 || Object.is(x, -0);
    body = numberBody(Math.abs(x), type, precision === undefined ? undefined : Number(precision), typeof v === 'boolean', shown);
    if (comma) body = body.replace(/^\d+/, (d) => d.replace(/\B(?=(\d{3})+$)/g, ','));
  } else {
    if (type && type !== 's') throw new ValueError(`Unknown format code '${type}' for object of type '${typeName(v)}'`);
    body = precision === undefined ? str(v) : str(v).slice(0, Number(precision));
  }
  const head = negative ? '-' : sign === '+' ? '+' : sign === ' ' ? ' ' : '';
  const n = Number(width ?? 0) - head.length - body.length;
  if (n <= 0) return head + body;
  const fill = (fill0 ?? (zero ? '0' : ' ')).repeat(n);
  switch (align0 ?? (zero && numeric ? '=' : numeric ? '>' : '<')) {
    case '<': return head + body + fill;
    case '=': return head + fill + body;
    case '^': return fill.slice(0, n >> 1) + head + body + fill.slice(n >> 1);
    default: return fill + head + body;
  }
}
function numberBody(x: number, type: string | undefined, precision: number | undefined, bool: boolean, shown: string | undefined): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : 'inf';
  switch (type) {
    case 'd': case 'n': return String(Math.trunc(x));
    case 'b': return x.toString(2);
    case 'o': return x.toString(8);
    case 'x': return x.toString(16);
    case 'X': return x.toString(16).toUpperCase();
    case 'c': return String.fromCodePoint(x);
    case 'f': case 'F': return float(x, 'f', precision);
    case '%': return `${float(x * 100, 'f', precision)}%`;
    case 'e': return float(x, 'e', precision);
    case 'E': return float(x, 'e', precision).toUpperCase();
    case 'g': case 'G': return float(x, 'g', precision);
    default: return precision !== undefined ? float(x, 'g', precision) : bool ? (x ? 'True' : 'False') : shown === undefined ? numberText(x) : str(x, shown);
  }
}

const float = (x: number, conversion: 'f' | 'e' | 'g', precision = 6): string => printFloat(x, conversion, precision, 0, '');

/** `format % values`: a list is the tuple of values. */
export function percent(text: string, values: Dynamic): string {
  const pieces = percentPieces(text);
  if (!pieces) throw new ValueError('unsupported format character');
  let i = 0;
  const list: readonly unknown[] = Array.isArray(values) ? values : [values];
  return pieces.map((p) => {
    if (typeof p === 'string') return p;
    if (p.key === null && i >= list.length) throw new TypeError('not enough arguments for format string');
    const v: Dynamic = p.key === null ? list[i++] : item(values, p.key);
    const m = /^([-+ #0]*)(\d+)?(\.\d+)?$/.exec(p.spec)!;
    const left = m[1]!.includes('-');
    const flags = `${/[sra]/.test(p.type) ? (left ? '<' : '>') : left ? '<' : ''}${m[1]!.includes('+') ? '+' : ''}${m[1]!.includes('0') && !left ? '0' : ''}`;
    const value = p.type === 'r' || p.type === 'a' ? repr(v) : p.type === 's' ? str(v) : p.type === 'c' && typeof v === 'string' ? v : /[diu]/.test(p.type) ? Math.trunc(Number(v)) : v;
    const type = /[sra]/.test(p.type) ? 's' : /[iu]/.test(p.type) ? 'd' : p.type === 'c' ? '' : p.type;
    return format(value, `${flags}${m[2] ?? ''}${m[3] ?? (/[eEfF]/.test(p.type) ? '.6' : '')}${type}`);
  }).join('');
}
/** `text.format(...)`. */
export function strFormat(text: string, ...args: readonly Dynamic[]): string {
  const pieces = formatPieces(text);
  if (!pieces) throw new ValueError('nested or malformed format string');
  const named: Dynamic = isPlainObject(args.at(-1)) ? args.at(-1) : {};
  let i = 0;
  return pieces.map((p) => {
    if (typeof p === 'string') return p;
    const [, head, path] = /^(\w*)(.*)$/s.exec(p.key)!;
    let v: Dynamic = head === '' ? args[i++] : /^\d+$/.test(head!) ? args[Number(head)] : named[head!];
    for (const step of path!.matchAll(/\.(\w+)|\[([^\]]*)\]/g)) v = step[1] !== undefined ? v[step[1]] : item(v, /^\d+$/.test(step[2]!) ? Number(step[2]) : step[2]);
    return format(p.conversion === 'r' ? repr(v) : v, p.spec);
  }).join('');
}

// --- methods of strings -------------------------------------------------------------------------------------------------

const edge = (chars: string): string => `[${chars.replace(/[\\\]^-]/g, '\\$&')}]+`;
export const lstrip = (s: string, chars: string): string => s.replace(new RegExp(`^${edge(chars)}`), '');
export const rstrip = (s: string, chars: string): string => s.replace(new RegExp(`${edge(chars)}$`), '');
export const strip = (s: string, chars: string): string => rstrip(lstrip(s, chars), chars);
export function split(s: string, sep?: string | null, max?: number): string[] {
  const parts = sep === undefined || sep === null ? s.trim().split(/\s+/).filter((x) => x !== '') : s.split(sep);
  return max === undefined || parts.length <= max + 1 ? parts : [...parts.slice(0, max), parts.slice(max).join(sep ?? ' ')];
}
export const replace = (s: string, a: string, b: string, n: number): string => { let out = s; for (let i = 0; i < n; i++) out = out.replace(a, () => b); return out; };
const oneOf = (x: Dynamic): string[] => (Array.isArray(x) ? x as string[] : [x as string]);
export const startsWith = (s: string, x: Dynamic): boolean => oneOf(x).some((p) => s.startsWith(p));
export const endsWith = (s: string, x: Dynamic): boolean => oneOf(x).some((p) => s.endsWith(p));
export const splitLines = (s: string): string[] => { const l = s.split(/\r\n|\r|\n/); if (l.at(-1) === '') l.pop(); return l; };
export const isDigit = (s: string): boolean => /^\d+$/.test(s);
export const isAlpha = (s: string): boolean => /^\p{L}+$/u.test(s);
export const title = (s: string): string => s.toLowerCase().replace(/\b\p{L}/gu, (c) => c.toUpperCase());
export const capitalize = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1).toLowerCase();
export const swapCase = (s: string): string => Array.from(s, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join('');
export function center(s: string, width: number, fill = ' '): string {
  const n = Math.max(0, width - s.length);
  const left = (n >> 1) + (n & width & 1);
  return fill.repeat(left) + s + fill.repeat(n - left);
}
export const isAlnum = (s: string): boolean => /^[\p{L}\p{N}]+$/u.test(s);
export const isSpace = (s: string): boolean => /^\s+$/.test(s);
export const isUpper = (s: string): boolean => s === s.toUpperCase() && s !== s.toLowerCase();
export const isLower = (s: string): boolean => s === s.toLowerCase() && s !== s.toUpperCase();
export function partition(s: string, sep: string): [string, string, string] { const i = s.indexOf(sep); return i < 0 ? [s, '', ''] : [s.slice(0, i), sep, s.slice(i + sep.length)]; }
export function rpartition(s: string, sep: string): [string, string, string] { const i = s.lastIndexOf(sep); return i < 0 ? ['', '', s] : [s.slice(0, i), sep, s.slice(i + sep.length)]; }
/** `s.rsplit(sep, max)`. */
export function rsplit(s: string, sep?: string | null, max?: number): string[] {
  const parts = split(s, sep);
  return max === undefined || parts.length <= max + 1 ? parts : [parts.slice(0, parts.length - max).join(sep ?? ' '), ...parts.slice(parts.length - max)];
}
export const encode = (s: string): Uint8Array => new TextEncoder().encode(s);
export const decode = (b: Uint8Array | string): string => (typeof b === 'string' ? b : new TextDecoder().decode(b));
/** `b'...'`: one byte a character. */
export const bytes = (s: Dynamic): Uint8Array => (typeof s === 'string' ? Uint8Array.from(s, (c) => c.charCodeAt(0)) : Uint8Array.from(iter(s)));
