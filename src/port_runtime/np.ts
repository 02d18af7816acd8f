// `np`: the part of numpy that TensorFlow 1 scripts use on their host side, on tfgraph's NDArray.
import { readFileSync, writeFileSync } from 'node:fs';
import * as dtypes from '../graph/dtype.ts';
import { NDArray } from '../graph/ndarray.ts';
import { readNpy, readNpz, writeNpy, writeNpz } from '../graph/npy.ts';
import type { Dynamic } from './dynamic.ts';
import { asArray, astype as cast, type DTypeLike, scalarOr } from './np_array.ts';
import { binaryArray, compareArray, ufunc1, ufunc2 } from './np_math.ts';

export { array, asArray as asarray, asArray as ascontiguousarray } from './np_array.ts';
export { dot, dot as matmul } from './np_math.ts';
export {
  arange, arraySplit, concatenate, copy, empty, expandDims, eye, flatten, flip, fliplr, flipud, full, hstack, identity, linspace, meshgrid, ndim, ones, onesLike, ravel, repeat, reshape, shape, size, split, squeeze,
  stack, tile, transpose, vstack, zeros, zerosLike,
} from './np_shape.ts';
export { all, allclose, any, argmax, argmin, argsort, arrayEqual, average, bincount, cumsum, max, max as amax, mean, median, min, min as amin, nonzero, prod, sort, std, sum, unique, var, where } from './np_reduce.ts';
export { random } from './np_random.ts';
export { NDArray as ndarray };

/** A dtype that converts when it is called: `np.float32(3)`. */
function scalar(dtype: dtypes.DType): ((v?: Dynamic) => Dynamic) & { readonly dtype: dtypes.DType } {
  return Object.assign((v: Dynamic = 0): Dynamic => { const a = cast(asArray(v), dtype); return a.ndim === 0 ? a : scalarOr(a); }, { dtype });
}
export const float16 = scalar(dtypes.float16);
export const float32 = scalar(dtypes.float32);
export const float64 = scalar(dtypes.float64);
export const int8 = scalar(dtypes.int8);
export const int16 = scalar(dtypes.int16);
export const int32 = scalar(dtypes.int32);
export const int64 = scalar(dtypes.int64);
export const uint8 = scalar(dtypes.uint8);
export const uint16 = scalar(dtypes.uint16);
export const bool = scalar(dtypes.bool);
export const bool_ = bool;
export const float = float64;
export const int = int64;

export const [pi, e, inf, nan, newaxis] = [Math.PI, Math.E, Infinity, NaN, null];
export const [sqrt, exp, log, log2, log10, log1p] = [ufunc1(Math.sqrt), ufunc1(Math.exp), ufunc1(Math.log), ufunc1(Math.log2), ufunc1(Math.log10), ufunc1(Math.log1p)];
export const [sin, cos, tan, tanh, arctan, arcsin, arccos] = [ufunc1(Math.sin), ufunc1(Math.cos), ufunc1(Math.tan), ufunc1(Math.tanh), ufunc1(Math.atan), ufunc1(Math.asin), ufunc1(Math.acos)];
export const [floor, ceil, square, abs, sign, negative] = [ufunc1(Math.floor), ufunc1(Math.ceil), ufunc1((x) => x * x, true), ufunc1(Math.abs, true), ufunc1(Math.sign, true), ufunc1((x) => -x, true)];
export const absolute = abs;
export const isnan = (v: Dynamic): Dynamic => compareArray('!=', asArray(v), asArray(v));
/** Rounds half to even, as numpy does. */
export function round(v: Dynamic, decimals: Dynamic = 0): Dynamic {
  const p = 10 ** Number(typeof decimals === 'object' ? decimals.decimals ?? 0 : decimals);
  return ufunc1((x) => { const y = x * p; const r = Math.round(y); return (Math.abs(y % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r) / p; }, true)(v);
}
export const [rint, around] = [(v: Dynamic): Dynamic => round(v), round];
export const [maximum, minimum, power, mod, subtract, add, multiply, divide] = [
  ufunc2((a, b) => (a > b || Number.isNaN(a) ? a : b)), ufunc2((a, b) => (a < b || Number.isNaN(a) ? a : b)), (a: Dynamic, b: Dynamic): Dynamic => binaryArray('**', a, b), (a: Dynamic, b: Dynamic): Dynamic => binaryArray('%', a, b),
  (a: Dynamic, b: Dynamic): Dynamic => binaryArray('-', a, b), (a: Dynamic, b: Dynamic): Dynamic => binaryArray('+', a, b), (a: Dynamic, b: Dynamic): Dynamic => binaryArray('*', a, b), (a: Dynamic, b: Dynamic): Dynamic => binaryArray('/', a, b),
];
export const clip = (v: Dynamic, low: Dynamic, high: Dynamic): Dynamic => minimum(maximum(v, low), high);
export const outer = (a: Dynamic, b: Dynamic): Dynamic => { const [x, y] = [asArray(a), asArray(b)]; return binaryArray('*', new NDArray(x.dtype, [x.size, 1], x.data), new NDArray(y.dtype, [1, y.size], y.data)); };
/** `a.astype(d)`. */
export function astype(a: Dynamic, d: DTypeLike): NDArray { return cast(asArray(a), d); }
/** `a.tolist()`. */
export function toList(a: Dynamic): Dynamic { return a instanceof NDArray ? a.toArray() : a; }
export const item = (a: Dynamic): Dynamic => (a instanceof NDArray ? a.item() : a);
export const tobytes = (a: Dynamic): Uint8Array => { const d = asArray(a).data as Float64Array; return new Uint8Array(d.buffer as ArrayBuffer, d.byteOffset, d.byteLength); };
export const fill = (a: NDArray, v: Dynamic): void => { (a.data as Float64Array).fill((a.data instanceof BigInt64Array ? BigInt(v) : Number(v)) as number); };
/** `np.save(file, a)`: `.npy` is added to the name when it has none. */
export function save(file: string, a: Dynamic): void { writeFileSync(file.endsWith('.npy') ? file : `${file}.npy`, writeNpy(asArray(a))); }
export function savez(file: string, ...arrays: readonly Dynamic[]): void {
  const last: unknown = arrays.at(-1);
  const named = typeof last === 'object' && last !== null && Object.getPrototypeOf(last) === Object.prototype ? last as Record<string, unknown> : {};
  const positional = Object.keys(named).length > 0 ? arrays.slice(0, -1) : arrays;
  const all = new Map<string, NDArray>([...positional.map((a, i): [string, NDArray] => [`arr_${i}`, asArray(a)]), ...Object.entries(named).map(([k, v]): [string, NDArray] => [k, asArray(v)])]);
  writeFileSync(file.endsWith('.npz') ? file : `${file}.npz`, writeNpz(Object.fromEntries(all) as never));
}
export function load(file: string): Dynamic { const bytes = readFileSync(file); return file.endsWith('.npz') ? readNpz(bytes) : readNpy(bytes); }
