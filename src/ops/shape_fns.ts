// Shape functions that many ops share, and the dimension arithmetic they are made of.
// Follows core/framework/common_shape_fns.cc and shape_inference.cc.
import type { NDArray } from '../graph/ndarray.ts';
import { broadcastShapes, type Dim, SCALAR_SHAPE, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';

/** Every output has the shape of the first input. */
export const unchangedShape: ShapeFn = (c) => [c.input(0)];
export const scalarShape: ShapeFn = () => [SCALAR_SHAPE];
/** Outputs shaped as the inputs, one by one. */
export const sameShapes: ShapeFn = (c) => c.inputs().map((t) => t.shape);

export function vector(n: Dim): TensorShape { return new TensorShape([n]); }
export function matrix(rows: Dim, cols: Dim): TensorShape { return new TensorShape([rows, cols]); }
export function unknownOfRank(rank: number): TensorShape { return new TensorShape(Array<Dim>(rank).fill(null)); }

/** Size of a dimension; negative indices count from the end; unknown when the rank is. */
export function dimOf(s: TensorShape, i: number): Dim { return s.dims === null ? null : s.dims[i < 0 ? i + s.dims.length : i] ?? null; }

/** `s[start:end]`; unknown when the rank is. */
export function subshape(s: TensorShape, start: number, end?: number): TensorShape {
  return s.dims === null ? UNKNOWN_SHAPE : new TensorShape(s.dims.slice(start, end));
}
export function replaceDim(s: TensorShape, i: number, d: Dim): TensorShape {
  return s.dims === null ? s : new TensorShape(s.dims.map((x, k) => (k === (i < 0 ? i + s.dims!.length : i) ? d : x)));
}

export function addDims(a: Dim, b: Dim): Dim { return a === 0 ? b : b === 0 ? a : a === null || b === null ? null : a + b; }
export function multiplyDims(a: Dim, b: Dim): Dim {
  if (a === 0 || b === 0) return 0;
  return a === 1 ? b : b === 1 ? a : a === null || b === null ? null : a * b;
}
/** `a - b`, with TF's text when that is negative. */
export function subtractDims(c: ShapeContext, a: Dim, b: Dim): Dim {
  if (b === 0) return a;
  if (a === null || b === null) return null;
  if (a < b) c.fail(`Negative dimension size caused by subtracting ${b} from ${a}`);
  return a - b;
}
/** `a / n` without remainder. */
export function divideDim(c: ShapeContext, a: Dim, n: number, context = ''): Dim {
  if (n === 1) return a;
  if (a === null) return null;
  if (a % n !== 0) c.fail(`Dimension size must be evenly divisible by ${n} but is ${a}${context}`);
  return a / n;
}

/** Numpy broadcasting of two shapes, with TF's text when they cannot; unknown instead when mismatches are allowed. */
export function broadcast(c: ShapeContext, a: TensorShape, b: TensorShape, strict = true): TensorShape {
  if (a.dims !== null && a === b && a.isFullyDefined) return a;
  const s = broadcastShapes(a, b);
  if (s) return s;
  if (!strict) return UNKNOWN_SHAPE;
  const n = Math.max(a.dims!.length, b.dims!.length);
  for (let i = 0; i < n; i++) {
    const [x, y] = [a.dims![i - n + a.dims!.length] ?? 1, b.dims![i - n + b.dims!.length] ?? 1];
    if (x !== y && x !== 1 && y !== 1) c.fail(`Dimensions must be equal, but are ${x} and ${y}`);
  }
  return UNKNOWN_SHAPE;
}
/** Element-wise ops of two inputs. */
export const broadcastBinary: ShapeFn = (c) => [broadcast(c, c.input(0), c.input(1))];

/** Values of a constant integer array. */
export function intsOf(a: NDArray): number[] { return Array.from({ length: a.size }, (_, i) => Number(a.flat(i))); }

/** Value of an integer input of one element, when it is constant. */
export function scalarValue(c: ShapeContext, i: number): number | undefined {
  const v = c.value(i);
  return v === undefined ? undefined : Number(v.flat(0));
}

/** A scalar input as a size; null when not constant. */
export function dimFromScalar(c: ShapeContext, i: number): Dim {
  const v = c.value(i);
  if (!v) return null;
  if (v.shape.length !== 0) c.fail(`Input must be scalar but has rank ${v.shape.length}`);
  const n = Number(v.flat(0));
  if (n < 0) c.fail(`Dimension size, given by scalar input ${i}, must be non-negative but is ${n}`);
  return n;
}

/** A scalar input as an axis of a tensor of some rank, counted from 0; null when not constant or not known. */
export function axisFromScalar(c: ShapeContext, i: number, rank: number | null): Dim {
  const v = c.value(i);
  if (!v) return null;
  if (v.shape.length !== 0) c.fail(`Input must be scalar but has rank ${v.shape.length}`);
  const n = Number(v.flat(0));
  if (rank === null) return n < 0 ? null : n;
  if (n < -rank || n >= rank) c.fail(`Dimension size, given by scalar input ${n} must be in range [-${rank}, ${rank})`);
  return n < 0 ? n + rank : n;
}

/** Reductions: input, axes; attr keep_dims. */
export const reductionShape: ShapeFn = (c) => {
  const s = c.input(0);
  c.withRankAtMost(c.input(1), 1);
  const keep = c.bool('keep_dims');
  const axes = c.value(1);
  if (!axes || s.dims === null) return [keep && s.dims !== null ? unknownOfRank(s.dims.length) : UNKNOWN_SHAPE];
  const rank = s.dims.length;
  const reduced = new Set<number>();
  for (const a of intsOf(axes)) {
    if (a < -rank || a >= rank) c.fail(`Invalid reduction dimension ${a} for input with ${rank} dimensions.`);
    reduced.add(a < 0 ? a + rank : a);
  }
  return [new TensorShape(keep ? s.dims.map((d, i) => (reduced.has(i) ? 1 : d)) : s.dims.filter((_, i) => !reduced.has(i)))];
};

/** Concatenation of `inputs[first..last)` along the axis that input `axis` holds. */
export function concatShape(c: ShapeContext, first: number, last: number, axis: number): TensorShape {
  c.withRank(c.input(axis), 0);
  let rank: number | null = null;
  for (let i = first; i < last; i++) {
    rank ??= c.input(i).ndims;
    if (rank !== null) c.withRank(c.input(i), rank);
  }
  if (rank === 0) c.fail("Can't concatenate scalars (use tf.stack instead)");
  const at = scalarValue(c, axis);
  if (at === undefined) return rank === null ? UNKNOWN_SHAPE : unknownOfRank(rank);
  const minRank = at < 0 ? -at : at + 1;
  const part = (i: number): [TensorShape, Dim, TensorShape] => {
    const s = c.withRankAtLeast(c.input(i), minRank);
    return [subshape(s, 0, at), dimOf(s, at), at === -1 ? SCALAR_SHAPE : subshape(s, at + 1)];
  };
  let [before, middle, after] = part(last - 1);
  for (let i = last - 2; i >= first; i--) {
    const [b, m, a] = part(i);
    before = c.merge(b, before);
    middle = addDims(middle, m);
    after = c.merge(a, after);
  }
  return before.concatenate([middle]).concatenate(after);
}

/** Shapes that must agree, merged from the last input to the first as TF does. */
export function mergeAll(c: ShapeContext, n: number): TensorShape {
  let s = c.input(n - 1);
  for (let i = n - 2; i >= 0; i--) {
    const t = c.input(i);
    if (t !== s) s = c.merge(t, s, `\n\tFrom merging shape ${i} with other shapes.`);
  }
  return s;
}

/** The output shape of Reshape; the missing size follows from the number of elements. */
export const reshapeShape: ShapeFn = (c) => {
  const from = c.input(0);
  c.withRank(c.input(1), 1);
  const to = c.valueAsShape(1);
  if (to.dims === null || from.dims === null) return [to];
  const missing = to.dims.indexOf(null);
  const open = from.dims.indexOf(null);
  if ((missing >= 0 && to.dims.indexOf(null, missing + 1) >= 0) || (open >= 0 && from.dims.indexOf(null, open + 1) >= 0)) return [to];
  const count = (dims: readonly Dim[]): number => dims.reduce<number>((a, d) => a * (d ?? 1), 1);
  const [have, want] = [count(from.dims), count(to.dims)];
  if (missing < 0 && open < 0) {
    if (have !== want) c.fail(`Cannot reshape a tensor with ${have} elements to shape ${to.debug} (${want} elements)`);
    return [to];
  }
  if (open < 0) return [want > 0 ? replaceDim(to, missing, divideDim(c, have, want)) : to];
  if (missing < 0 && have !== 0) divideDim(c, want, have);
  return [to];
};
