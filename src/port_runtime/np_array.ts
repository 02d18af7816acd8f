// numpy's arrays as tfgraph's NDArray: making them, their dtypes and promotion. Row-major, copied by every function.
import { bool, type DType, dtypeFromName, float32, float64, int32, int64 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { allocate, encodeUtf8, floatToBfloat16, floatToHalf, NDArray } from '../graph/ndarray.ts';
import { type Dynamic, isNone, TensorShape } from './dynamic.ts';

/** What may name a dtype: `'float32'`, `np.float32`, `tf.float32`, Python's `float`, `int`, `bool`. */
export type DTypeLike = DType | string | { readonly dtype: DType } | ((...a: never[]) => unknown);
const SHORT: Readonly<Record<string, string>> = { float: 'float64', int: 'int64', bool_: 'bool', f: 'float32', d: 'float64', f4: 'float32', f8: 'float64', i4: 'int32', i8: 'int64', i2: 'int16', u1: 'uint8', b1: 'bool', double: 'float64', single: 'float32', str: 'string', object: 'string' };
export function dtypeOf(d: DTypeLike): DType {
  if (typeof d === 'object' && 'storage' in d) return d;
  if ((typeof d === 'object' || typeof d === 'function') && 'dtype' in d) return d.dtype as DType;
  const name = typeof d === 'string' ? d.replace(/^[<>=|]/, '') : (d as { name: string }).name;
  const found = dtypeFromName(SHORT[name] ?? name);
  if (!found) throw new TypeError(`data type "${name}" not understood`);
  return found;
}

/** Elements as JavaScript numbers (int64 too: exact to 2^53). */
export function numbersOf(a: NDArray): ArrayLike<number> {
  const { data } = a;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Array.from(data as BigInt64Array, Number);
  if (a.dtype.storage === 'f16' || a.dtype.storage === 'bf16') return Array.from({ length: a.size }, (_, i) => a.flat(i) as number);
  if (a.dtype.storage === 'string') throw new TypeError('numbers expected, not strings');
  return data as Float64Array;
}
/** An array of a dtype from numbers. */
export function fromNumbers(values: ArrayLike<number>, shape: readonly number[], dtype: DType): NDArray {
  const out = allocate(dtype, values.length);
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) { for (let i = 0; i < values.length; i++) out[i] = BigInt(Math.trunc(values[i]!)); }
  else if (dtype.isBool) for (let i = 0; i < values.length; i++) (out as Uint8Array)[i] = values[i] === 0 ? 0 : 1;
  else if (dtype.storage === 'f16' || dtype.storage === 'bf16') (out as Uint16Array).set(Array.from(values, dtype.storage === 'f16' ? floatToHalf : floatToBfloat16));
  else (out as Float64Array).set(values as number[]);
  return new NDArray(dtype, shape, out);
}
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A shape argument: a number or a list. */
export function shapeOf(s: Dynamic): number[] { return s === undefined || s === null ? [] : s instanceof TensorShape ? [...s].map(Number) : typeof s === 'object' ? [...s as Iterable<unknown>].map(Number) : [Number(s)]; }

/** Python's numbers are float64, int64 or bool; which of the first two, JavaScript does not say: integral is int64. */
function scalarDtype(v: unknown): DType {
  if (typeof v === 'boolean') return bool;
  if (typeof v === 'bigint') return int64;
  return Number.isInteger(v) ? int64 : float64;
}

/** `np.asarray`: numbers, nested lists, arrays, strings. */
export function asArray(v: Dynamic, dtype?: DTypeLike | null): NDArray {
  const want = isNone(dtype) ? undefined : dtypeOf(dtype);
  if (v instanceof NDArray) return want && want !== v.dtype ? astype(v, want) : v;
  if (ArrayBuffer.isView(v)) return asArray(Array.from(v as Float64Array), want ?? (v instanceof Float32Array ? float32 : v instanceof Int32Array ? int32 : v instanceof Uint8Array ? 'uint8' : undefined));
  const leaves: unknown[] = [];
  const shape = flatten(v, leaves);
  if (leaves.some((x) => typeof x === 'string')) return new NDArray(dtypeFromName('string')!, shape, leaves.map((x) => encodeUtf8(String(x))));
  if (leaves.some((x) => x instanceof NDArray)) {
    const parts = leaves as NDArray[];
    const d = want ?? parts.map((p) => p.dtype).reduce(promote);
    const all = parts.flatMap((p) => Array.from(numbersOf(p)));
    return fromNumbers(all, [...shape, ...parts[0]!.shape], d);
  }
  const d = want ?? (leaves.length === 0 ? float64 : leaves.map(scalarDtype).reduce(promote));
  return fromNumbers(leaves.map(Number), shape, d);
}
function flatten(v: Dynamic, out: unknown[]): number[] {
  if (v instanceof Map || typeof v !== 'object' || v === null || v instanceof NDArray || typeof v[Symbol.iterator] !== 'function') {
    out.push(v instanceof NDArray && v.ndim === 0 ? v.item() : v);
    return [];
  }
  const all = [...v as Iterable<unknown>];
  let inner: number[] | undefined;
  for (const x of all) {
    const s = flatten(x, out);
    if (inner && (inner.length !== s.length || inner.some((n, i) => n !== s[i]))) throw new ValueError('setting an array element with a sequence.');
    inner = s;
  }
  const last = all[0];
  return [all.length, ...(inner ?? []), ...(last instanceof NDArray && last.ndim > 0 && inner?.length === 0 ? [] : [])];
}
export function astype(a: NDArray, d: DTypeLike): NDArray {
  const dtype = dtypeOf(d);
  const integral = dtype.isInteger && !a.dtype.isInteger;
  const n = numbersOf(a);
  return fromNumbers(integral ? Float64Array.from(n, Math.trunc) : Float64Array.from(n), a.shape, dtype);
}
export function array(v: unknown, options: { readonly dtype?: DTypeLike | null } | DTypeLike = {}): NDArray {
  const d = isDtypeOption(options) ? options.dtype : options as DTypeLike;
  const a = asArray(v, d);
  return a === v ? astype(a, a.dtype) : a;
}
/** The dtype of an options object or of a bare argument. */
export function isDtypeOption(o: unknown): o is { readonly dtype?: DTypeLike | null } { return typeof o === 'object' && o !== null && !('storage' in o) && Object.getPrototypeOf(o) === Object.prototype; }

const RANK: Readonly<Record<string, readonly [kind: number, bits: number]>> = {
  bool: [0, 8], uint8: [1, 8], uint16: [1, 16], uint32: [1, 32], uint64: [1, 64], int8: [2, 8], int16: [2, 16], int32: [2, 32], int64: [2, 64], float16: [3, 16], float32: [3, 32], float64: [3, 64],
};
/** numpy's common dtype of two arrays. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const [x, y] = [RANK[a.name], RANK[b.name]];
  if (!x || !y) throw new TypeError(`no common dtype of ${a.name} and ${b.name}`);
  const [low, high] = x[0] <= y[0] ? [x, y] : [y, x];
  const name = (n: string): DType => dtypeFromName(n)!;
  if (low[0] === high[0]) return low[1] >= high[1] ? (low === x ? a : b) : (high === x ? a : b);
  const larger = high === x ? a : b;
  if (low[0] === 0) return larger;
  if (high[0] === 2) { const bits = Math.max(high[1], low[1] * 2); return bits > 64 ? float64 : name(`int${bits}`); } // unsigned with signed
  const bits = Math.max(high[1], low[1] <= 8 ? 16 : low[1] <= 16 ? 32 : 64);
  return name(`float${bits}`);
}

/** An element as scripts expect it: arrays without dimensions become numbers. */
export function scalarOr(a: NDArray): Dynamic { return a.ndim === 0 ? a.item() : a; }
