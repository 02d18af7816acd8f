// Python's built-in functions about numbers, types and attributes.
import { AssertionError, AttributeError, TypeError, ValueError } from '../graph/errors.ts';
import { type DType, float32 as float32Type, int32 as int32Type } from '../graph/dtype.ts';
import { Dimension, type Dynamic, isNumeric, isSymbolic, NDArray, toNumber, typeName } from './dynamic.ts';
import { list } from './items.ts';
import { asArray } from './np_array.ts';
import { unaryArray } from './np_math.ts';
import { add, compare, truth } from './operators.ts';
import { str } from './text.ts';

export function int(v: Dynamic = 0, base?: number): number {
  if (typeof v === 'string') {
    const s = v.trim().replaceAll('_', '');
    const n = base === undefined || base === 10 ? (/^[-+]?\d+$/.test(s) ? Number(s) : NaN) : parseInt(s.replace(/^0[xob]/i, ''), base === 0 ? (/^0x/i.test(s) ? 16 : /^0o/i.test(s) ? 8 : /^0b/i.test(s) ? 2 : 10) : base);
    if (Number.isNaN(n)) throw new ValueError(`invalid literal for int() with base ${base ?? 10}: '${v}'`);
    return n;
  }
  if (v === null || v === undefined) throw new TypeError('int() argument must be a string, a bytes-like object or a number, not \'NoneType\'');
  return Math.trunc(v instanceof Dimension ? v.valueOf() : toNumber(v));
}
export function float(v: Dynamic = 0): number {
  if (typeof v !== 'string') return v instanceof Dimension ? v.valueOf() : toNumber(v);
  const s = v.trim().toLowerCase();
  const n = /^[-+]?(inf|infinity)$/.test(s) ? (s.startsWith('-') ? -Infinity : Infinity) : /^[-+]?nan$/.test(s) ? NaN : s === '' ? undefined : Number(s);
  if (n === undefined || (Number.isNaN(n) && !s.includes('nan'))) throw new ValueError(`could not convert string to float: '${v}'`);
  return n;
}
export const bool = (v: unknown = false): boolean => truth(v);
/** Python's integers where the graph sees them: an int32 array. */
export function int32(v: Dynamic): Dynamic { return isSymbolic(v) ? v : asArray(v, int32Type); }

/** Python's floats where the graph sees them and JavaScript has an int. */
export function float32(v: Dynamic): Dynamic { return isSymbolic(v) ? v : asArray(v, float32Type); }

export function abs(v: Dynamic): Dynamic { return isSymbolic(v) ? v.abs() : v instanceof NDArray ? unaryArray(v, Math.abs) : typeof v === 'bigint' ? (v < 0n ? -v : v) : Math.abs(Number(v)); }
/** Rounds half to even, as Python 3 does. */
export function round(v: Dynamic, digits?: Dynamic): number {
  const p = 10 ** Number(digits ?? 0);
  const y = toNumber(v) * p;
  const r = Math.round(y);
  return (Math.abs(y % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r) / p;
}
export const divmod = (a: number, b: number): [number, number] => [Math.floor(a / b), a - Math.floor(a / b) * b];
export function sum(x: unknown, start: unknown = 0): Dynamic { return list(x).reduce((a: unknown, b: unknown): unknown => add(a, b), start); }
interface Extreme { readonly key?: ((x: Dynamic) => unknown) | null; readonly default?: unknown }
function extreme(sign: 1 | -1, args: readonly Dynamic[]): Dynamic {
  const last: unknown = args.at(-1);
  const o: Extreme | undefined = typeof last === 'object' && last !== null && Object.getPrototypeOf(last) === Object.prototype ? last : undefined;
  const given = o ? args.slice(0, -1) : args;
  const all = given.length === 1 ? list(given[0]) : [...given];
  const key = o?.key ?? ((v: unknown): unknown => v);
  if (all.length === 0) { if (o && 'default' in o) return o.default; throw new ValueError(`${sign > 0 ? 'max' : 'min'}() arg is an empty sequence`); }
  return all.reduce((m: unknown, v: unknown) => (compare(key(v), key(m)) * sign > 0 ? v : m));
}
export const max = (...args: readonly unknown[]): Dynamic => extreme(1, args);
export const min = (...args: readonly unknown[]): Dynamic => extreme(-1, args);
export const all = (x: unknown): boolean => list(x).every(truth);
export const any = (x: unknown): boolean => list(x).some(truth);
export const chr = (n: number): string => String.fromCodePoint(n);
export const ord = (s: string): number => s.codePointAt(0)!;
const based = (base: number, prefix: string) => (n: Dynamic): string => `${Number(n) < 0 ? '-' : ''}${prefix}${Math.abs(Number(n)).toString(base)}`;
export const [hex, bin, oct] = [based(16, '0x'), based(2, '0b'), based(8, '0o')];
export const hash = (v: unknown): number => [...str(v)].reduce((h, c) => (Math.imul(h, 31) + c.codePointAt(0)!) | 0, 7);
export const callable = (v: Dynamic): boolean => typeof v === 'function' || typeof v?.call === 'function';

// --- types and attributes -----------------------------------------------------------------------------------------------

/** `isinstance(v, types)`: classes, Python's own types by their functions here. */
export function isinstance(v: Dynamic, types: Dynamic): boolean {
  if (Array.isArray(types)) return types.some((t) => isinstance(v, t));
  const names: Readonly<Record<string, () => boolean>> = {
    int: () => typeof v === 'bigint' || typeof v === 'boolean' || (typeof v === 'number' && Number.isInteger(v)), float: () => typeof v === 'number' && !Number.isInteger(v) || Number.isNaN(v), bool: () => typeof v === 'boolean', str: () => typeof v === 'string',
    list: () => Array.isArray(v), tuple: () => Array.isArray(v), dict: () => typeName(v) === 'dict', set: () => v instanceof Set, bytes: () => v instanceof Uint8Array,
  };
  const own = typeof types === 'function' ? names[types.name as string] : undefined;
  if (own && !isClass(types)) return own();
  if (typeof types === 'object' && types !== null && 'dtype' in types) return isNumeric(v) || v instanceof NDArray;
  return typeof types === 'function' && v instanceof types;
}
const isClass = (f: Dynamic): boolean => /^class\b/.test(Function.prototype.toString.call(f));
export const issubclass = (a: Dynamic, b: Dynamic): boolean => a === b || a.prototype instanceof b;
/** `type(v)`. */
export function typeOf(v: Dynamic): Dynamic { return v !== null && typeof v === 'object' && !Array.isArray(v) ? v.constructor : { name: typeName(v), __name__: typeName(v) }; }
export function hasattr(v: Dynamic, name: string): boolean { return v !== null && v !== undefined && (name in Object(v) || camel(name) in Object(v)); }
const camel = (n: string): string => n.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());
export function getattr(v: Dynamic, name: string, fallback?: unknown): Dynamic {
  const key = name in Object(v) ? name : camel(name) in Object(v) ? camel(name) : undefined;
  if (key === undefined) { if (fallback !== undefined) return fallback; throw new AttributeError(`'${typeName(v)}' object has no attribute '${name}'`); }
  const value: unknown = v[key];
  return typeof value === 'function' && !isClass(value) && v.constructor !== Object && typeof v !== 'function' && Object.prototype.toString.call(v) !== '[object Module]' ? (value as (...a: unknown[]) => unknown).bind(v) : value;
}
/** `vars(x)`: its attributes, as a dict. */
export const vars = (v: object): Map<string, Dynamic> => new Map(Object.entries(v));
export function setattr(v: Dynamic, name: string, value: unknown): void { v[name in Object(v) ? name : camel(name) in Object(v) ? camel(name) : name] = value; }
const ids = new WeakMap<object, number>();
let counter = 0;
export function id(v: Dynamic): number { if (typeof v !== 'object' && typeof v !== 'function') return hash(v); let n = ids.get(v as object); if (n === undefined) ids.set(v as object, n = ++counter); return n; }

/** `assert test, message`. */
export function assert(test: unknown, message?: () => unknown): void { if (!truth(test)) throw new AssertionError(message ? str(message()) : ''); }
export type { DType };
