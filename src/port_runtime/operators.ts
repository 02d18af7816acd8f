// Python's operators on values whose types the port did not know: tensors' own methods, numpy's arithmetic on arrays,
// numbers as Python computes them, strings and lists joined.
import { TypeError } from '../graph/errors.ts';
import { binaryArray, compareArray, unaryArray } from './np_math.ts';
import { Dimension, type Dynamic, isNone, isNumeric, isSymbolic, NDArray, TensorShape, typeName } from './dynamic.ts';
import { ZeroDivisionError } from './errors.ts';

type Op = '+' | '-' | '*' | '/' | '//' | '%' | '**';
const METHOD: Readonly<Record<string, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'truediv', '//': 'floordiv', '%': 'mod', '**': 'pow', '@': 'matmul', '&': 'and', '|': 'or', '^': 'xor' };

function operate(op: Op, a: Dynamic, b: Dynamic): Dynamic {
  if (isSymbolic(a)) return a[METHOD[op]!](b);
  if (isSymbolic(b)) return b[`r${METHOD[op]!}`](a);
  if (a instanceof Dimension || b instanceof Dimension) return dimension(op, a, b);
  if (isNumeric(a) && isNumeric(b)) return numbers(op, a, b);
  if (a instanceof NDArray || b instanceof NDArray) return binaryArray(op, a, b);
  if (op === '+') {
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  }
  if (op === '*') {
    if (typeof a === 'string' && isNumeric(b)) return a.repeat(Math.max(0, Number(b)));
    if (typeof b === 'string' && isNumeric(a)) return b.repeat(Math.max(0, Number(a)));
    if (Array.isArray(a) && isNumeric(b)) return Array.from({ length: Math.max(0, Number(b)) }, () => a as unknown[]).flat();
    if (Array.isArray(b) && isNumeric(a)) return Array.from({ length: Math.max(0, Number(a)) }, () => b as unknown[]).flat();
  }
  if (op === '-' && a instanceof Set && b instanceof Set) return new Set([...a].filter((x) => !b.has(x)));
  const own = special(op, a, b);
  if (own !== undefined) return own;
  throw new TypeError(`unsupported operand type(s) for ${op}: '${typeName(a)}' and '${typeName(b)}'`);
}

const SPECIAL: Readonly<Record<Op, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'truediv', '//': 'floordiv', '%': 'mod', '**': 'pow' };
/** The operators a class of the program defines: `__add__`, `__radd__`, and `__iadd__` where it has no `__add__`. */
function special(op: Op, a: Dynamic, b: Dynamic): unknown {
  const [own, reflected, inPlace] = [`__${SPECIAL[op]}__`, `__r${SPECIAL[op]}__`, `__i${SPECIAL[op]}__`];
  return typeof a?.[own] === 'function' ? a[own](b) : typeof a?.[inPlace] === 'function' ? a[inPlace](b) : typeof b?.[reflected] === 'function' ? b[reflected](a) : undefined;
}

function dimension(op: Op, a: Dynamic, b: Dynamic): Dynamic {
  const [x, y] = [a, b].map((v: Dynamic) => (v instanceof Dimension ? v.value : Number(v)));
  return new Dimension(x === null || y === null ? null : numbers(op === '/' ? '//' : op, x!, y!) as number);
}

function numbers(op: Op, a: number | bigint | boolean, b: number | bigint | boolean): number | bigint {
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    if (Number.isInteger(Number(a)) && Number.isInteger(Number(b)) && op !== '/') return bigints(op, BigInt(a), BigInt(b));
  }
  const [x, y] = [Number(a), Number(b)];
  switch (op) {
    case '+': return x + y;
    case '-': return x - y;
    case '*': return x * y;
    case '/': return x / nonZero(y);
    case '//': return Math.floor(x / nonZero(y));
    case '%': { const r = x % nonZero(y); return r !== 0 && (r < 0) !== (y < 0) ? r + y : r; }
    case '**': return x ** y;
  }
}
function bigints(op: Op, a: bigint, b: bigint): bigint {
  switch (op) {
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '**': return a ** b;
    default: {
      const r = ((a % b) + b) % b;
      return op === '%' ? r : (a - r) / b;
    }
  }
}
function nonZero(y: number): number { if (y === 0) throw new ZeroDivisionError('division by zero'); return y; }

export const add = (a: unknown, b: unknown): Dynamic => operate('+', a, b);
export const sub = (a: unknown, b: unknown): Dynamic => operate('-', a, b);
export const mul = (a: unknown, b: unknown): Dynamic => operate('*', a, b);
export const truediv = (a: unknown, b: unknown): Dynamic => operate('/', a, b);
export const floordiv = (a: unknown, b: unknown): Dynamic => operate('//', a, b);
export const mod = (a: unknown, b: unknown): Dynamic => operate('%', a, b);
export const pow = (a: unknown, b: unknown): Dynamic => operate('**', a, b);
/** Python 2's `/`: integers round down. */
export function div(a: Dynamic, b: Dynamic): Dynamic {
  if (isSymbolic(a)) return a.div(b);
  if (isSymbolic(b)) return b.rdiv(a);
  return isNumeric(a) && isNumeric(b) && Number.isInteger(Number(a)) && Number.isInteger(Number(b)) ? floordiv(a, b) : truediv(a, b);
}
export function matmul(a: Dynamic, b: Dynamic): Dynamic { return isSymbolic(a) ? a.matmul(b) : isSymbolic(b) ? b.rmatmul(a) : binaryArray('@', a, b); }

function bits(op: '&' | '|' | '^', a: Dynamic, b: Dynamic): Dynamic {
  if (isSymbolic(a)) return a[METHOD[op]!](b);
  if (isSymbolic(b)) return b[METHOD[op]!](a);
  if (a instanceof Set && b instanceof Set) return op === '&' ? new Set([...a].filter((x) => b.has(x))) : op === '|' ? new Set([...a, ...b]) : new Set([...[...a].filter((x) => !b.has(x)), ...[...b].filter((x) => !a.has(x))]);
  if (a instanceof NDArray || b instanceof NDArray) return binaryArray(op, a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return op === '&' ? a && b : op === '|' ? a || b : a !== b;
  const [x, y] = [BigInt(a), BigInt(b)];
  return Number(op === '&' ? x & y : op === '|' ? x | y : x ^ y);
}
export const bitAnd = (a: unknown, b: unknown): Dynamic => bits('&', a, b);
export const bitOr = (a: unknown, b: unknown): Dynamic => bits('|', a, b);
export const bitXor = (a: unknown, b: unknown): Dynamic => bits('^', a, b);
export const shiftLeft = (a: Dynamic, b: Dynamic): number => Number(BigInt(a) << BigInt(b));
export const shiftRight = (a: Dynamic, b: Dynamic): number => Number(BigInt(a) >> BigInt(b));

export function neg(v: Dynamic): Dynamic { return isSymbolic(v) ? v.neg() : typeof v?.__neg__ === 'function' ? v.__neg__() : v instanceof NDArray ? unaryArray(v, (x) => -x) : typeof v === 'bigint' ? -v : -Number(v); }
export function pos(v: Dynamic): Dynamic { return v; }
export function invert(v: Dynamic): Dynamic { return isSymbolic(v) ? v.invert() : v instanceof NDArray ? unaryArray(v, v.dtype.isBool ? (x) => 1 - x : (x) => -x - 1) : -Number(v) - 1; }

// --- comparisons --------------------------------------------------------------------------------------------------------

const COMPARE = { '<': 'less', '<=': 'lessEqual', '>': 'greater', '>=': 'greaterEqual' } as const;
const SWAP = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
function order(op: keyof typeof COMPARE, a: Dynamic, b: Dynamic): Dynamic {
  if (isSymbolic(a)) return a[COMPARE[op]](b);
  if (isSymbolic(b)) return b[COMPARE[SWAP[op]]](a);
  if (a instanceof NDArray || b instanceof NDArray) return compareArray(op, a, b);
  const c = compare(a, b);
  return op === '<' ? c < 0 : op === '<=' ? c <= 0 : op === '>' ? c > 0 : c >= 0;
}
/** Order of two values: numbers, strings, lists element by element. NaN compares as nothing. */
export function compare(a: Dynamic, b: Dynamic): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) { const c = compare(a[i], b[i]); if (c !== 0) return c; }
    return a.length - b.length;
  }
  if (typeof a?.__lt__ === 'function') return a.__lt__(b) ? -1 : typeof b?.__lt__ === 'function' && b.__lt__(a) ? 1 : 0;
  return a < b ? -1 : a > b ? 1 : a == b ? 0 : NaN; // eslint-disable-line eqeqeq -- numbers and bigints
}
export const lt = (a: unknown, b: unknown): Dynamic => order('<', a, b);
export const le = (a: unknown, b: unknown): Dynamic => order('<=', a, b);
export const gt = (a: unknown, b: unknown): Dynamic => order('>', a, b);
export const ge = (a: unknown, b: unknown): Dynamic => order('>=', a, b);

/** `a == b`: arrays element by element, lists and dicts by their elements, tensors by identity (TensorFlow 1); None of a dimension that is not known. */
export function eq(a: Dynamic, b: Dynamic): Dynamic {
  if (isUnknown(a) || isUnknown(b)) return null;
  if (a instanceof NDArray || b instanceof NDArray) return isNone(a) || isNone(b) ? a === b : compareArray('==', a, b);
  return same(a, b);
}
export function ne(a: Dynamic, b: Dynamic): Dynamic {
  if (isUnknown(a) || isUnknown(b)) return null;
  if (a instanceof NDArray || b instanceof NDArray) return isNone(a) || isNone(b) ? a !== b : compareArray('!=', a, b);
  return !same(a, b);
}
const isUnknown = (v: unknown): boolean => v instanceof Dimension && v.value === null;
export function same(a: Dynamic, b: Dynamic): boolean {
  if (a === b) return true;
  if (isUnknown(a) || isUnknown(b)) return false;
  if (isNone(a) || isNone(b)) return isNone(a) && isNone(b);
  if (isNumeric(a) && isNumeric(b)) return Number(a) === Number(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
  if (a instanceof Map && b instanceof Map) return a.size === b.size && [...a].every(([k, v]) => b.has(k) && same(v, b.get(k)));
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((x) => b.has(x));
  // Two sizes that are not known are not equal, not even to each other.
  if (a instanceof TensorShape) return a.dims?.includes(null) !== true && a.equals(b);
  return typeof a.equals === 'function' ? a.equals(b) as boolean : false;
}

/** Python's truth of a value. */
export function truth(v: Dynamic): boolean {
  if (v === null || v === undefined) return false;
  if (typeof v === 'string' || Array.isArray(v)) return v.length > 0;
  if (v instanceof Map || v instanceof Set) return v.size > 0;
  if (v instanceof NDArray) {
    if (v.size !== 1) throw new TypeError('The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()');
    return Boolean(v.flat(0));
  }
  if (isSymbolic(v)) throw new TypeError('Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not None:` instead of `if t:` to test if a tensor is defined, and use TensorFlow ops such as tf.cond to execute subgraphs conditioned on the value of a tensor.');
  if (typeof v === 'object' && Object.getPrototypeOf(v) === Object.prototype) return Object.keys(v as object).length > 0;
  if (typeof v === 'object' && typeof v.__bool__ === 'function') return Boolean(v.__bool__());
  if (typeof v === 'object' && typeof v.__len__ === 'function') return v.__len__() !== 0;
  return v instanceof Dimension ? v.value !== 0 && v.value !== null : Boolean(v);
}
export function or(a: unknown, b: () => unknown): Dynamic { return truth(a) ? a : b(); }
export function and(a: unknown, b: () => unknown): Dynamic { return truth(a) ? b() : a; }
/** `x in container`. */
export function contains(container: Dynamic, x: Dynamic): boolean {
  if (typeof container === 'string') return container.includes(String(x));
  if (container instanceof Map || container instanceof Set) return container.has(x);
  if (typeof container?.__contains__ === 'function') return container.__contains__(x) as boolean;
  if (typeof container?.[Symbol.iterator] === 'function') { for (const v of container) if (same(v, x)) return true; return false; }
  return typeof container === 'object' && container !== null && Object.hasOwn(container as object, String(x));
}
