// Moving elements without looking at them: every dtype is seen as an array of 1-, 2- or 4-byte units (or of strings),
// so NaN payloads survive and the loops below meet only four array types.
import { type DType, type TensorData } from '../../graph/dtype.ts';
import { NDArray, allocate } from '../../graph/ndarray.ts';
import { repeat, sizeOf, stridesOf } from './common.ts';

export type Units = Uint8Array | Uint16Array | Uint32Array | Uint8Array[];

/** Storage seen as units; `per` units make one element. */
export interface UnitView { readonly units: Units; readonly per: number }

export function unitsOf(dtype: DType, data: TensorData): UnitView {
  if (Array.isArray(data)) return { units: data as Uint8Array[], per: 1 };
  const d = data as Uint8Array;
  const buffer = d.buffer as ArrayBuffer;
  switch (d.BYTES_PER_ELEMENT) {
    case 1: return { units: new Uint8Array(buffer, d.byteOffset, d.byteLength), per: 1 };
    case 2: return { units: new Uint16Array(buffer, d.byteOffset, d.byteLength >> 1), per: 1 };
    default: return { units: new Uint32Array(buffer, d.byteOffset, d.byteLength >> 2), per: dtype.size >> 2 };
  }
}

/** Copies `count` units from src[from] to dst[to]. */
export function copyUnits(src: Units, from: number, dst: Units, to: number, count: number): void {
  if (count >= 24 && !Array.isArray(src)) (dst as Uint32Array).set((src as Uint32Array).subarray(from, from + count), to);
  else for (let i = 0; i < count; i++) (dst as Uint32Array)[to + i] = (src as Uint32Array)[from + i]!;
}

/**
 * Copies a box: element (i, j, ...) of `dims` goes from src[srcAt + i*ss[0] + j*ss[1] + ...] to dst[dstAt + ...].
 * Strides and offsets count elements; they may be 0 (repeat) or negative (reverse) on the source side.
 */
export function copyBox(
  src: UnitView, srcAt: number, srcStrides: readonly number[],
  dst: UnitView, dstAt: number, dstStrides: readonly number[], dims: readonly number[],
): void {
  if (dims.includes(0)) return;
  const per = src.per;
  const shape: number[] = [], ss: number[] = [], ds: number[] = [];
  dims.forEach((d, i) => { // drop size-1 dims, merge dims that both sides walk contiguously
    if (d === 1) return;
    const k = shape.length - 1;
    const s = srcStrides[i]! * per, t = dstStrides[i]! * per;
    if (k >= 0 && ss[k] === s * d && ds[k] === t * d) { shape[k]! *= d; ss[k] = s; ds[k] = t; } else { shape.push(d); ss.push(s); ds.push(t); }
  });
  const rank = shape.length;
  const last = rank - 1;
  let inner = 1, si = 0, di = 0;
  let runs = true; // whole inner rows are contiguous on both sides
  let outer = rank;
  if (rank > 0 && ss[last] === per && ds[last] === per) { inner = shape[last]! * per; outer = last; }
  else if (rank > 0 && per === 1) { runs = false; inner = shape[last]!; si = ss[last]!; di = ds[last]!; outer = last; }
  else inner = per;
  const at = repeat(outer, 0);
  let from = srcAt * per, to = dstAt * per;
  const a = src.units as Uint32Array, b = dst.units as Uint32Array;
  for (;;) {
    if (runs) copyUnits(a, from, b, to, inner);
    else for (let i = 0, p = from, q = to; i < inner; i++, p += si, q += di) b[q] = a[p]!;
    let d = outer - 1;
    while (d >= 0 && at[d]! === shape[d]! - 1) { from -= at[d]! * ss[d]!; to -= at[d]! * ds[d]!; at[d] = 0; d--; }
    if (d < 0) return;
    at[d]!++;
    from += ss[d]!;
    to += ds[d]!;
  }
}

/** A new array of `shape` read from `a` with the given strides and offset (in elements). */
export function gatherBox(a: NDArray, shape: readonly number[], strides: readonly number[], offset = 0): NDArray {
  const data = allocate(a.dtype, sizeOf(shape));
  copyBox(unitsOf(a.dtype, a.data), offset, strides, unitsOf(a.dtype, data), 0, stridesOf(shape), shape);
  return new NDArray(a.dtype, shape, data);
}

/** Axes in the order `perm`. */
export function transpose(a: NDArray, perm: readonly number[]): NDArray {
  if (perm.every((p, i) => p === i)) return a;
  const own = stridesOf(a.shape);
  return gatherBox(a, perm.map((p) => a.shape[p]!), perm.map((p) => own[p]!));
}

/** Joins arrays of equal dtype along an axis; other dims must agree (checked by the caller). */
export function concat(parts: readonly NDArray[], axis: number): NDArray {
  const first = parts[0]!;
  const shape = [...first.shape];
  shape[axis] = parts.reduce((n, p) => n + p.shape[axis]!, 0);
  const data = allocate(first.dtype, sizeOf(shape));
  const dst = unitsOf(first.dtype, data), strides = stridesOf(shape);
  let at = 0;
  for (const p of parts) {
    copyBox(unitsOf(p.dtype, p.data), 0, stridesOf(p.shape), dst, at * strides[axis]!, strides, p.shape);
    at += p.shape[axis]!;
  }
  return new NDArray(first.dtype, shape, data);
}

/** The box begin..begin+size of an array. */
export function box(a: NDArray, begin: readonly number[], size: readonly number[]): NDArray {
  const strides = stridesOf(a.shape);
  return gatherBox(a, size, strides, begin.reduce((s, b, i) => s + b * strides[i]!, 0));
}

/** An array of `shape` whose every element is the scalar `value`. */
export function filled(value: NDArray, shape: readonly number[]): NDArray {
  const data = allocate(value.dtype, sizeOf(shape));
  const dst = unitsOf(value.dtype, data);
  const src = unitsOf(value.dtype, value.data);
  if (src.per === 1) (dst.units as Uint32Array).fill((src.units as Uint32Array)[0]!);
  else for (let i = 0; i < dst.units.length; i++) (dst.units as Uint32Array)[i] = (src.units as Uint32Array)[i % src.per]!;
  return new NDArray(value.dtype, shape, data);
}
