// numpy's reductions and searches. Sums run pairwise in blocks of 128, as numpy's along the last axis do.
import { bool, type DType, float64, int64 } from '../graph/dtype.ts';
import { NDArray } from '../graph/ndarray.ts';
import type { Dynamic } from './dynamic.ts';
import { asArray, fromNumbers, numbersOf, scalarOr, sizeOf } from './np_array.ts';
import { binaryArray, elementwise, ufunc2, unaryArray } from './np_math.ts';
import { axisOf, reshape } from './np_shape.ts';

interface ReduceOptions { readonly axis?: Dynamic; readonly keepdims?: boolean; readonly ddof?: number }
const named = (axis: Dynamic, more: ReduceOptions): ReduceOptions => (typeof axis === 'object' && axis !== null && !Array.isArray(axis) ? axis as ReduceOptions : { axis, ...more });

type Reducer = (values: Float64Array, round: (x: number) => number) => number;
function reduce(v: Dynamic, o: ReduceOptions, f: Reducer, dtype: (d: DType) => DType): Dynamic {
  const a = asArray(v);
  const axes = o.axis === undefined || o.axis === null ? a.shape.map((_, i) => i) : (Array.isArray(o.axis) ? o.axis : [o.axis]).map((x: Dynamic) => axisOf(x, a.ndim));
  const kept = a.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const strides = a.shape.map((_, i) => sizeOf(a.shape.slice(i + 1)));
  const n = numbersOf(a);
  const count = sizeOf(axes.map((i) => a.shape[i]!));
  const out = new Float64Array(sizeOf(kept.map((i) => a.shape[i]!)));
  const row = new Float64Array(count);
  const round = a.dtype.name === 'float32' ? Math.fround : (x: number): number => x;
  const offset = (flat: number, over: readonly number[]): number => {
    let [rest, at] = [flat, 0];
    for (let i = over.length - 1; i >= 0; i--) { const d = a.shape[over[i]!]!; at += (rest % d) * strides[over[i]!]!; rest = Math.floor(rest / d); }
    return at;
  };
  for (let i = 0; i < out.length; i++) {
    const base = offset(i, kept);
    for (let k = 0; k < count; k++) row[k] = n[base + offset(k, axes)]!;
    out[i] = f(row, round);
  }
  const shape = o.keepdims ? a.shape.map((d, i) => (axes.includes(i) ? 1 : d)) : kept.map((i) => a.shape[i]!);
  return scalarOr(fromNumbers(out, shape, dtype(a.dtype)));
}

function pairwise(v: Float64Array, round: (x: number) => number, begin = 0, n = v.length): number {
  if (n < 8) { let s = n > 0 ? v[begin]! : 0; for (let i = 1; i < n; i++) s = round(s + v[begin + i]!); return s; }
  if (n <= 128) {
    const r = Array.from({ length: 8 }, (_, k) => v[begin + k]!);
    let i = 8;
    for (; i < n - (n % 8); i += 8) for (let k = 0; k < 8; k++) r[k] = round(r[k]! + v[begin + i + k]!);
    let s = round(round(round(r[0]! + r[1]!) + round(r[2]! + r[3]!)) + round(round(r[4]! + r[5]!) + round(r[6]! + r[7]!)));
    for (; i < n; i++) s = round(s + v[begin + i]!);
    return s;
  }
  let half = Math.floor(n / 2);
  half -= half % 8;
  return round(pairwise(v, round, begin, half) + pairwise(v, round, begin + half, n - half));
}
const wide = (d: DType): DType => (d.isBool || (d.isInteger && !d.isUnsigned) ? int64 : d);
const real = (d: DType): DType => (d.isFloating ? d : float64);
const same = (d: DType): DType => d;

export const sum = (v: Dynamic, axis?: Dynamic, more: ReduceOptions = {}): Dynamic => reduce(v, named(axis, more), pairwise, wide);
export const prod = (v: Dynamic, axis?: Dynamic, more: ReduceOptions = {}): Dynamic => reduce(v, named(axis, more), (r, f) => r.reduce((a, b) => f(a * b), 1), wide);
export const mean = (v: Dynamic, axis?: Dynamic, more: ReduceOptions = {}): Dynamic => reduce(v, named(axis, more), (r, f) => f(pairwise(r, f) / r.length), real);
/** `np.average(x, axis, weights)`. */
export function average(v: Dynamic, axis?: Dynamic, weights?: Dynamic): Dynamic {
  const { axis: along, weights: w } = typeof axis === 'object' && axis !== null && !Array.isArray(axis) ? axis as { axis?: Dynamic; weights?: Dynamic } : { axis, weights };
  return w === undefined || w === null ? mean(v, along) : ufunc2((a, b) => a / b)(sum(binaryArray('*', v, w), along), sum(w, along));
}
function variance(r: Float64Array, f: (x: number) => number, ddof: number): number {
  const m = f(pairwise(r, f) / r.length);
  return f(pairwise(r.map((x) => { const d = f(x - m); return f(d * d); }), f) / (r.length - ddof));
}
const varOf = (v: Dynamic, axis: Dynamic, more: ReduceOptions, last: (x: number) => number): Dynamic => { const o = named(axis, more); return reduce(v, o, (r, f) => f(last(variance(r, f, o.ddof ?? 0))), real); };
export const std = (v: Dynamic, axis?: Dynamic, more: ReduceOptions = {}): Dynamic => varOf(v, axis, more, Math.sqrt);
const variances = (v: Dynamic, axis?: Dynamic, more: ReduceOptions = {}): Dynamic => varOf(v, axis, more, (x) => x);
export { variances as var };
const extreme = (better: (a: number, b: number) => boolean): Reducer => (r) => { let m = r[0]!; for (const x of r) if (Number.isNaN(x) || better(x, m)) m = x; return m; };
export const max = (v: Dynamic, axis?: Dynamic, more: ReduceOptions = {}): Dynamic => reduce(v, named(axis, more), extreme((a, b) => a > b), same);
export const min = (v: Dynamic, axis?: Dynamic, more: ReduceOptions = {}): Dynamic => reduce(v, named(axis, more), extreme((a, b) => a < b), same);
const arg = (better: (a: number, b: number) => boolean): Reducer => (r) => { let k = 0; r.forEach((x, i) => { if (better(x, r[k]!)) k = i; }); return k; };
export const argmax = (v: Dynamic, axis?: Dynamic): Dynamic => reduce(v, named(axis, {}), arg((a, b) => a > b), () => int64);
export const argmin = (v: Dynamic, axis?: Dynamic): Dynamic => reduce(v, named(axis, {}), arg((a, b) => a < b), () => int64);
export const all = (v: Dynamic, axis?: Dynamic): Dynamic => reduce(v, named(axis, {}), (r) => (r.every((x) => x !== 0) ? 1 : 0), () => bool);
export const any = (v: Dynamic, axis?: Dynamic): Dynamic => reduce(v, named(axis, {}), (r) => (r.some((x) => x !== 0) ? 1 : 0), () => bool);
export const median = (v: Dynamic, axis?: Dynamic): Dynamic => reduce(v, named(axis, {}), (r) => { const s = r.toSorted(); const h = s.length >> 1; return s.length % 2 ? s[h]! : (s[h - 1]! + s[h]!) / 2; }, real);

/** Along the last axis (or the given one), the order that sorts. */
export function argsort(v: Dynamic): NDArray { return rows(v, int64, (r) => Array.from(r.keys()).sort((a, b) => r[a]! - r[b]! || a - b)); }
export function sort(v: Dynamic): NDArray { return rows(v, asArray(v).dtype, (r) => Array.from(r).sort((a, b) => a - b)); }
export function cumsum(v: Dynamic): NDArray { let s = 0; return unaryArray(reshape(asArray(v), -1), (x) => (s += x), wide(asArray(v).dtype)); }
function rows(v: Dynamic, dtype: DType, f: (r: number[]) => number[]): NDArray {
  const a = asArray(v);
  const n = a.shape.at(-1) ?? 1;
  const all2 = Array.from(numbersOf(a));
  return fromNumbers(Array.from({ length: a.size / Math.max(1, n) }, (_, i) => f(all2.slice(i * n, (i + 1) * n))).flat(), a.shape, dtype);
}
/** `np.where(c, x, y)`, and the positions of what is true for one argument. */
export function where(c: Dynamic, x?: Dynamic, y?: Dynamic): Dynamic {
  const k = asArray(c);
  if (x === undefined) return nonzero(k);
  const both = elementwise((a) => a, asArray(x), k, asArray(x).dtype) as NDArray;
  const mask = asArray(elementwise((a) => a, k, asArray(both), bool));
  const [p, q] = [asArray(both), asArray(elementwise((a) => a, asArray(y), asArray(both), asArray(y).dtype))];
  const [yes, no] = [numbersOf(p), numbersOf(q)];
  return scalarOr(asArray(elementwise((i, m) => (m ? yes[i]! : no[i]!), fromNumbers(Float64Array.from({ length: p.size }, (_, i) => i), p.shape, float64), mask, p.dtype.isFloating || !q.dtype.isFloating ? p.dtype : q.dtype)));
}
export function nonzero(v: Dynamic): NDArray[] {
  const a = asArray(v);
  const hits: number[] = [];
  const n = numbersOf(a);
  for (let i = 0; i < a.size; i++) if (n[i] !== 0) hits.push(i);
  return a.shape.map((d, k) => { const stride = sizeOf(a.shape.slice(k + 1)); return fromNumbers(hits.map((i) => Math.floor(i / stride) % d), [hits.length], int64); });
}
export function unique(v: Dynamic): NDArray { const u = [...new Set(Array.from(numbersOf(asArray(v))))].sort((a, b) => a - b); return fromNumbers(u, [u.length], asArray(v).dtype); }
export function bincount(v: Dynamic): NDArray { const n = Array.from(numbersOf(asArray(v))); const out = new Float64Array(Math.max(-1, ...n) + 1); for (const i of n) out[i]!++; return fromNumbers(out, [out.length], int64); }
export function allclose(a: Dynamic, b: Dynamic, options: { readonly rtol?: number; readonly atol?: number } = {}): boolean {
  const { rtol = 1e-5, atol = 1e-8 } = options;
  return asArray(elementwise((x, y) => (x === y || Math.abs(x - y) <= atol + rtol * Math.abs(y) ? 1 : 0), asArray(a), asArray(b), bool)).data.every((x: unknown) => x !== 0);
}
export const arrayEqual = (a: Dynamic, b: Dynamic): boolean => { const [x, y] = [asArray(a), asArray(b)]; return x.shape.length === y.shape.length && x.shape.every((n, i) => n === y.shape[i]) && allclose(x, y, { rtol: 0, atol: 0 }); };
