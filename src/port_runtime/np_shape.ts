// numpy's ways of making and rearranging arrays.
import { type DType, float64, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { allocate, NDArray } from '../graph/ndarray.ts';
import { type Dynamic, isNone } from './dynamic.ts';
import { asArray, type DTypeLike, dtypeOf, fromNumbers, isDtypeOption, numbersOf, promote, shapeOf, sizeOf } from './np_array.ts';
import { getArray } from './np_index.ts';
import { tuple } from './np_math.ts';

type DtypeArg = DTypeLike | { readonly dtype?: DTypeLike | null } | null;
const dtypeArg = (d: DtypeArg | undefined, fallback: DType): DType => { const v = isDtypeOption(d) ? d.dtype : d as DTypeLike | null | undefined; return isNone(v) ? fallback : dtypeOf(v); };
const filled = (shape: Dynamic, value: number, d: DtypeArg | undefined): NDArray => { const s = shapeOf(isDtypeOption(shape) ? (shape as { shape?: unknown }).shape : shape); return fromNumbers(new Float64Array(sizeOf(s)).fill(value), s, dtypeArg(d, float64)); };

export const zeros = (shape: Dynamic, dtype?: DtypeArg): NDArray => filled(shape, 0, dtype);
export const ones = (shape: Dynamic, dtype?: DtypeArg): NDArray => filled(shape, 1, dtype);
export const empty = zeros;
export const full = (shape: Dynamic, value: Dynamic, dtype?: DtypeArg): NDArray => filled(shape, Number(value), dtype ?? (Number.isInteger(value) ? int64 : float64));
export const zerosLike = (a: Dynamic, dtype?: DtypeArg): NDArray => filled(asArray(a).shape, 0, dtypeArg(dtype, asArray(a).dtype));
export const onesLike = (a: Dynamic, dtype?: DtypeArg): NDArray => filled(asArray(a).shape, 1, dtypeArg(dtype, asArray(a).dtype));
/** `np.eye(n, m)`. */
export function eye(n: Dynamic, m?: Dynamic, options?: DtypeArg): NDArray {
  const named = typeof m === 'object' ? m as DtypeArg : options;
  const [rows, columns] = [Number(n), m === undefined || typeof m === 'object' ? Number(n) : Number(m)];
  return fromNumbers(Float64Array.from({ length: rows * columns }, (_, i) => (Math.floor(i / columns) === i % columns ? 1 : 0)), [rows, columns], dtypeArg(named ?? undefined, float64));
}
export const identity = (n: Dynamic, dtype?: DtypeArg): NDArray => eye(n, undefined, dtype);
/** `np.arange`. */
export function arange(...args: readonly Dynamic[]): NDArray {
  const named = isDtypeOption(args.at(-1)) ? args.at(-1) as { dtype?: DTypeLike } : undefined;
  const n = (named ? args.slice(0, -1) : args).map(Number);
  const [begin, end, step] = n.length === 1 ? [0, n[0]!, 1] : [n[0]!, n[1]!, n[2] ?? 1];
  return fromNumbers(Float64Array.from({ length: Math.max(0, Math.ceil((end - begin) / step)) }, (_, i) => begin + i * step), [Math.max(0, Math.ceil((end - begin) / step))], dtypeArg(named, n.every(Number.isInteger) ? int64 : float64));
}
/** `np.linspace(start, stop, num)`. */
export function linspace(start: Dynamic, stop: Dynamic, num: Dynamic = 50): NDArray {
  const n = Number(typeof num === 'object' ? num.num ?? 50 : num);
  const [a, b] = [Number(start), Number(stop)];
  const step = (b - a) / (n - 1);
  return fromNumbers(Float64Array.from({ length: n }, (_, i) => (i === n - 1 && n > 1 ? b : n === 1 ? a : i * step + a)), [n], float64);
}

export function reshape(v: Dynamic, ...to: readonly Dynamic[]): NDArray {
  const a = asArray(v);
  const shape = to.length === 1 ? shapeOf(to[0]) : to.map(Number);
  const known = sizeOf(shape.filter((d) => d !== -1));
  const out = shape.map((d) => (d === -1 ? (known === 0 ? 0 : a.size / known) : d));
  if (sizeOf(out) !== a.size || !out.every(Number.isInteger)) throw new ValueError(`cannot reshape array of size ${a.size} into shape ${tuple(shape)}`);
  return new NDArray(a.dtype, out, a.data.slice() as typeof a.data);
}
export const ravel = (v: Dynamic): NDArray => reshape(v, -1);
export const flatten = ravel;
export const copy = (v: Dynamic): NDArray => reshape(v, asArray(v).shape);
export function squeeze(v: Dynamic, axis?: Dynamic): NDArray {
  const a = asArray(v);
  const at = axis === undefined || axis === null ? undefined : axisOf(typeof axis === 'object' ? axis.axis : axis, a.ndim);
  return reshape(a, a.shape.filter((n, i) => (at === undefined ? n !== 1 : i !== at)));
}
export function expandDims(v: Dynamic, axis: Dynamic): NDArray {
  const a = asArray(v);
  const at = Number(typeof axis === 'object' ? axis.axis : axis);
  return reshape(a, a.shape.toSpliced(at < 0 ? at + a.ndim + 1 : at, 0, 1));
}
export function axisOf(axis: Dynamic, ndim: number): number {
  const k = Number(axis) < 0 ? Number(axis) + ndim : Number(axis);
  if (!(k >= 0 && k < ndim)) throw new ValueError(`axis ${axis} is out of bounds for array of dimension ${ndim}`);
  return k;
}
export function transpose(v: Dynamic, ...axes: readonly Dynamic[]): NDArray {
  const a = asArray(v);
  const given = axes.length === 1 && (Array.isArray(axes[0]) || axes[0] === null) ? axes[0] as number[] | null : axes.length === 0 ? null : axes.map(Number);
  const perm = given ?? a.shape.map((_, i) => a.ndim - 1 - i);
  const shape = perm.map((p) => a.shape[axisOf(p, a.ndim)]!);
  const strides = perm.map((p) => sizeOf(a.shape.slice(axisOf(p, a.ndim) + 1)));
  const out = a.dtype.storage === 'string' ? [] as Uint8Array[] : allocate(a.dtype, a.size) as Float64Array;
  for (let i = 0; i < a.size; i++) {
    let [rest, at] = [i, 0];
    for (let k = shape.length - 1; k >= 0; k--) { at += (rest % shape[k]!) * strides[k]!; rest = Math.floor(rest / shape[k]!); }
    out[i] = (a.data as Float64Array)[at]! as never;
  }
  return new NDArray(a.dtype, shape, out);
}

const axisArg = (axis: Dynamic, fallback: number): number | null => (typeof axis === 'object' && axis !== null ? axis.axis ?? fallback : axis === undefined ? fallback : axis) as number | null;
/** `np.append(a, b)`: flat, or along an axis. */
export const append = (a: Dynamic, b: Dynamic, axis: Dynamic = null): NDArray => concatenate([a, b], typeof axis === 'object' && axis !== null ? axis : { axis });
export function concatenate(parts: Dynamic, axis: Dynamic = 0): NDArray {
  const at = axisArg(axis, 0);
  let all = [...parts as Iterable<unknown>].map((p) => asArray(p));
  if (at === null) all = all.map(ravel);
  const k = axisOf(at ?? 0, all[0]!.ndim);
  const dtype = all.map((a) => a.dtype).reduce(promote);
  for (const a of all) if (a.ndim !== all[0]!.ndim || a.shape.some((n, i) => i !== k && n !== all[0]!.shape[i])) throw new ValueError('all the input array dimensions for the concatenation axis must match exactly');
  const shape = all[0]!.shape.map((n, i) => (i === k ? all.reduce((s, a) => s + a.shape[k]!, 0) : n));
  const outer = sizeOf(shape.slice(0, k));
  const out = new Float64Array(sizeOf(shape));
  let at2 = 0;
  const numbers = all.map(numbersOf);
  for (let o = 0; o < outer; o++) {
    all.forEach((a, i) => {
      const width = sizeOf(a.shape.slice(k));
      for (let j = 0; j < width; j++) out[at2++] = numbers[i]![o * width + j]!;
    });
  }
  return fromNumbers(out, shape, dtype);
}
export function stack(parts: Dynamic, axis: Dynamic = 0): NDArray {
  const at = axisArg(axis, 0) ?? 0;
  return concatenate([...parts as Iterable<unknown>].map((p) => expandDims(p, at)), at);
}
const atLeast = (v: Dynamic, n: number): NDArray => { const a = asArray(v); return a.ndim >= n ? a : reshape(a, n === 1 ? [1] : [1, a.size]); };
export const vstack = (parts: Dynamic): NDArray => concatenate([...parts as Iterable<unknown>].map((p) => atLeast(p, 2)), 0);
export const hstack = (parts: Dynamic): NDArray => { const all = [...parts as Iterable<unknown>].map((p) => atLeast(p, 1)); return concatenate(all, all[0]!.ndim === 1 ? 0 : 1); };
export function split(v: Dynamic, sections: Dynamic, axis: Dynamic = 0): NDArray[] { return splitAt(v, sections, axis, true); }
export function arraySplit(v: Dynamic, sections: Dynamic, axis: Dynamic = 0): NDArray[] { return splitAt(v, sections, axis, false); }
function splitAt(v: Dynamic, sections: Dynamic, axis: Dynamic, equal: boolean): NDArray[] {
  const a = asArray(v);
  const k = axisOf(axisArg(axis, 0) ?? 0, a.ndim);
  const n = a.shape[k]!;
  let cuts: number[];
  if (typeof sections === 'object') cuts = [0, ...shapeOf(sections), n];
  else {
    const m = Number(sections);
    if (equal && n % m !== 0) throw new ValueError('array split does not result in an equal division');
    cuts = [0];
    for (let i = 0; i < m; i++) cuts.push(cuts.at(-1)! + Math.floor(n / m) + (i < n % m ? 1 : 0));
  }
  return cuts.slice(1).map((end, i) => getArray(a, [...Array<null>(k).fill(null).map(() => range(0, Infinity)), range(cuts[i]!, end)]) as NDArray);
}
const range = (begin: number, end: number) => ({ over: (n: number) => ({ start: begin, count: Math.max(0, Math.min(end, n) - begin), step: 1 }) });
export function tile(v: Dynamic, reps: Dynamic): NDArray {
  const r = shapeOf(reps);
  let a = asArray(v);
  while (a.ndim < r.length) a = reshape(a, [1, ...a.shape]);
  const full = [...Array<number>(a.ndim - r.length).fill(1), ...r];
  return full.reduce((x, n, axis) => concatenate(Array.from({ length: n }, () => x), axis), a);
}
export function repeat(v: Dynamic, n: Dynamic, axis?: Dynamic): NDArray {
  const a = axis === undefined || axis === null ? ravel(v) : asArray(v);
  const k = axisOf(axisArg(axis, 0) ?? 0, a.ndim);
  const index = fromNumbers(Float64Array.from({ length: a.shape[k]! * Number(n) }, (_, i) => Math.floor(i / Number(n))), [a.shape[k]! * Number(n)], int64);
  return getArray(a, [...Array.from({ length: k }, () => range(0, Infinity)), index]) as NDArray;
}
export function flip(v: Dynamic, axis: number): NDArray { const a = asArray(v); return getArray(a, [...Array.from({ length: axis }, () => range(0, Infinity)), { over: (n: number) => ({ start: n - 1, count: n, step: -1 }) }]) as NDArray; }
export const fliplr = (v: Dynamic): NDArray => flip(v, 1);
export const flipud = (v: Dynamic): NDArray => flip(v, 0);
export function meshgrid(x: Dynamic, y: Dynamic): NDArray[] {
  const [a, b] = [asArray(x), asArray(y)];
  return [tile(reshape(a, [1, -1]), [b.size, 1]), tile(reshape(b, [-1, 1]), [1, a.size])];
}
export function shape(v: Dynamic): number[] { return [...asArray(v).shape]; }
export const ndim = (v: Dynamic): number => asArray(v).ndim;
export const size = (v: Dynamic): number => asArray(v).size;
