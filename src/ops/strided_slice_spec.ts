// What `x[begin:end:stride, ...]` means once masks, ellipsis and new axes are resolved against a shape. Used by shape
// inference and by whoever executes a StridedSlice. Follows core/util/strided_slice_op.cc.
import type { Dim } from '../graph/shape.ts';

export interface SliceMasks { readonly begin: number; readonly end: number; readonly ellipsis: number; readonly newAxis: number; readonly shrinkAxis: number }

export interface DenseSlice {
  /** Per input axis: first index, one past the last, step (begin and end only when known). */
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
  /** Size per input axis after slicing. */
  readonly processing: readonly Dim[];
  /** Output shape: sliced axes in order, without shrunk ones, with new ones. */
  readonly shape: readonly Dim[];
}

const NEW_AXIS = -1;
const SHRINK_AXIS = -2;

/** Resolves a sparse slice spec; `begin` and `end` may be unknown. `fail` throws with TF's text. */
export function denseSlice(input: readonly Dim[], begin: readonly number[] | undefined, end: readonly number[] | undefined, strides: readonly number[], masks: SliceMasks, fail: (text: string) => never): DenseSlice {
  const rank = input.length;
  const full = { begin: Array<number>(rank).fill(0), end: Array<number>(rank).fill(0), strides: Array<number>(rank).fill(1), beginMask: 0, endMask: 0, shrinkMask: 0 };
  const gather: number[] = [];
  let ellipsis = masks.ellipsis;
  let n = strides.length;
  let newAfter = 0;
  for (let i = 0, seen = false; i < n; i++) {
    if (seen && (masks.newAxis >> i & 1) !== 0) newAfter++;
    if ((ellipsis >> i & 1) !== 0) seen = true;
  }
  if (ellipsis === 0) ellipsis = 1 << n++;
  let axis = 0;
  for (let i = 0; i < n; i++) {
    if ((ellipsis >> i & 1) !== 0) {
      for (const next = Math.min(rank - (n - i) + 1 + newAfter, rank); axis < next; axis++) {
        full.beginMask |= 1 << axis;
        full.endMask |= 1 << axis;
        gather.push(axis);
      }
    } else if ((masks.newAxis >> i & 1) !== 0) gather.push(NEW_AXIS);
    else {
      if (axis === rank) fail(`Index out of range using input dim ${axis}; input has only ${rank} dims`);
      if (begin) full.begin[axis] = begin[i]!;
      if (end) full.end[axis] = end[i]!;
      full.strides[axis] = strides[i]!;
      if ((masks.begin >> i & 1) !== 0) full.beginMask |= 1 << axis;
      if ((masks.end >> i & 1) !== 0) full.endMask |= 1 << axis;
      if ((masks.shrinkAxis >> i & 1) !== 0) {
        gather.push(SHRINK_AXIS);
        full.shrinkMask |= 1 << axis;
      } else gather.push(axis);
      axis++;
    }
  }
  const processing: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const step = full.strides[i]!;
    const size = input[i]!;
    const shrink = (full.shrinkMask >> i & 1) !== 0;
    if (step === 0) fail(`strides[${i}] must be non-zero`);
    if (size === null) {
      processing.push(shrink ? 1 : null);
      continue;
    }
    if (shrink && step <= 0) fail('only stride 1 allowed on non-range indexing.');
    const [maskB, maskE] = [(full.beginMask >> i & 1) !== 0, (full.endMask >> i & 1) !== 0];
    let length: number | undefined;
    if (begin && end) {
      if (shrink) {
        const at = full.begin[i]! < 0 ? size + full.begin[i]! : full.begin[i]!;
        if (at < 0 || at >= size) fail(`slice index ${at} of dimension ${i} out of bounds.`);
        full.begin[i] = at;
        full.end[i] = at + 1;
      } else {
        full.begin[i] = canonical(full.begin[i]!, maskB, true, step, size);
        full.end[i] = canonical(full.end[i]!, maskE, false, step, size);
      }
      length = full.end[i]! - full.begin[i]!;
    } else if (shrink) length = 1;
    else if (maskB && maskE) length = step < 0 ? -size : size;
    processing.push(length === undefined ? null : length === 0 || length < 0 !== step < 0 ? 0 : Math.ceil(length / step));
  }
  const shape = gather.filter((g) => g !== SHRINK_AXIS).map((g) => (g === NEW_AXIS ? 1 : processing[g]!));
  return { begin: full.begin, end: full.end, strides: full.strides, processing, shape };
}

/** A begin or end index clamped into the axis. */
function canonical(x: number, masked: boolean, isBegin: boolean, step: number, size: number): number {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  if (masked) return (step > 0) === isBegin ? low : high;
  return Math.min(high, Math.max(low, x < 0 ? size + x : x));
}
