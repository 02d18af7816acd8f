// numpy's indexing: integers, slices, `...`, None, index arrays and masks. Results are copies, not views.
import { NDArray } from '../graph/ndarray.ts';
import { asArray, fromNumbers, numbersOf, scalarOr, sizeOf } from './np_array.ts';
import { positions } from './np_math.ts';
import type { Dynamic } from './dynamic.ts';
import { IndexError } from './errors.ts';

interface SliceLike { over(n: number): { start: number; count: number; step: number } }
const isSlice = (v: unknown): v is SliceLike => typeof v === 'object' && v !== null && 'over' in v;
const isArrayIndex = (v: unknown): boolean => v instanceof NDArray || Array.isArray(v);

/** The positions an index selects, and the shape they take. */
function select(a: NDArray, index: readonly Dynamic[]): { at: number[]; shape: number[] } {
  const given = index.length === 1 && Array.isArray(index[0]) && index[0].some((x: unknown) => isSlice(x) || x === null) ? index[0] as Dynamic[] : [...index];
  const used = given.filter((x) => x !== null && typeof x !== 'symbol').reduce<number>((n, x) => n + (x instanceof NDArray && x.dtype.isBool ? x.ndim : 1), 0);
  if (used > a.ndim) throw new IndexError(`too many indices for array: array is ${a.ndim}-dimensional, but ${used} were indexed`);
  const at = given.findIndex((x) => typeof x === 'symbol');
  const fill = Array.from({ length: a.ndim - used }, (): SliceLike => ({ over: (n) => ({ start: 0, count: n, step: 1 }) }));
  const full = at < 0 ? [...given, ...fill] : [...given.slice(0, at), ...fill, ...given.slice(at + 1)];

  // Per axis of the result: the offsets its positions add. Index arrays move together, as one group of axes.
  const strides = a.shape.map((_, i) => sizeOf(a.shape.slice(i + 1)));
  const parts: { shape: number[]; offsets: number[] }[] = [];
  let group: { shape: number[]; offsets: number[] } | undefined;
  let axis = 0;
  for (const x of full) {
    if (x === null) { parts.push({ shape: [1], offsets: [0] }); continue; }
    const [n, stride] = [a.shape[axis]!, strides[axis]!];
    if (isSlice(x)) {
      const { start, count, step } = x.over(n);
      parts.push({ shape: [count], offsets: Array.from({ length: count }, (_, k) => (start + k * step) * stride) });
      axis++;
    } else if (isArrayIndex(x)) {
      const k = asArray(x);
      if (k.dtype.isBool) {
        const inner = strides.slice(axis, axis + k.ndim);
        const offsets: number[] = [];
        for (let i = 0; i < k.size; i++) if (k.flat(i)) offsets.push(offsetOf(i, k.shape, inner));
        parts.push({ shape: [offsets.length], offsets });
        axis += k.ndim;
        continue;
      }
      const offsets = Array.from(numbersOf(k), (i) => wrapped(i, n, axis) * stride);
      if (!group) parts.push(group = { shape: [...k.shape], offsets });
      else group.offsets = combine(group, { shape: [...k.shape], offsets });
      axis++;
    } else {
      parts.push({ shape: [], offsets: [wrapped(Number(x), n, axis) * stride] });
      axis++;
    }
  }
  let offsets = [0];
  for (const p of parts) offsets = offsets.flatMap((o) => p.offsets.map((q) => o + q));
  return { at: offsets, shape: parts.flatMap((p) => p.shape) };
}
function combine(a: { shape: number[]; offsets: number[] }, b: { shape: number[]; offsets: number[] }): number[] {
  const big = sizeOf(a.shape) >= sizeOf(b.shape) ? a.shape : b.shape;
  const [p, q] = [positions(a.shape, big), positions(b.shape, big)];
  const out = Array.from({ length: sizeOf(big) }, (_, i) => a.offsets[p(i)]! + b.offsets[q(i)]!);
  a.shape = big;
  return out;
}
function offsetOf(flat: number, shape: readonly number[], strides: readonly number[]): number {
  let [rest, out] = [flat, 0];
  for (let i = shape.length - 1; i >= 0; i--) { out += (rest % shape[i]!) * strides[i]!; rest = Math.floor(rest / shape[i]!); }
  return out;
}
function wrapped(i: number, n: number, axis: number): number {
  const k = i < 0 ? i + n : i;
  if (!(k >= 0 && k < n)) throw new IndexError(`index ${i} is out of bounds for axis ${axis} with size ${n}`);
  return k;
}

/** `a[...]`. */
export function getArray(a: NDArray, index: readonly Dynamic[]): Dynamic {
  const { at, shape } = select(a, index);
  if (a.dtype.storage === 'string') return scalarOr(new NDArray(a.dtype, shape, at.map((i) => (a.data as Uint8Array[])[i]!)));
  const data = (a.data as Float64Array).constructor as new (n: number) => Float64Array;
  const out = new data(at.length);
  for (let k = 0; k < at.length; k++) out[k] = (a.data as Float64Array)[at[k]!]!;
  return scalarOr(new NDArray(a.dtype, shape, out));
}
/** `a[...] = value`. */
export function setArray(a: NDArray, value: Dynamic, index: readonly Dynamic[]): void {
  const { at, shape } = select(a, index);
  const v = asArray(value);
  const from = positions(v.shape, shape);
  const cast = v.dtype === a.dtype ? v : fromNumbers(Float64Array.from(numbersOf(v), a.dtype.isInteger ? Math.trunc : (x) => x), v.shape, a.dtype);
  for (let k = 0; k < at.length; k++) (a.data as Float64Array)[at[k]!] = (cast.data as Float64Array)[from(k)]!;
}
