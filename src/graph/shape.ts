// Static shapes: unknown rank, partly known, fully known. Follows tensorflow/python/framework/tensor_shape.py
// (1.15, where indexing a shape yields a Dimension).
import { ValueError, TypeError as PyTypeError } from './errors.ts';

/** A static dimension: a size or null (unknown). */
export type Dim = number | null;
/** What users may write for a shape: `[2, null]`, a TensorShape, null (unknown rank), or one number (a vector). */
export type ShapeLike = TensorShape | readonly (Dim | Dimension)[] | number | null;

/** `tf.Dimension` of TF 1.x: one size of a static shape, possibly unknown. */
export class Dimension {
  /** Size, or null when unknown. */
  readonly value: Dim;
  constructor(value: Dim | Dimension) {
    this.value = value instanceof Dimension ? value.value : value;
    if (this.value !== null && this.value < 0) throw new ValueError(`Dimension ${this.value} must be >= 0`);
  }
  /** Python's `int(dim)`. Throws TypeError when the size is unknown. */
  valueOf(): number {
    if (this.value === null) throw new PyTypeError('__int__ returned non-int (type NoneType)');
    return this.value;
  }
  /** Python's `dim // n`. */
  floordiv(n: number | Dimension): Dimension { return this.#with(n, (a, b) => Math.floor(a / b)); }
  add(n: number | Dimension): Dimension { return this.#with(n, (a, b) => a + b); }
  sub(n: number | Dimension): Dimension { return this.#with(n, (a, b) => a - b); }
  mul(n: number | Dimension): Dimension { return this.#with(n, (a, b) => a * b); }
  #with(n: number | Dimension, f: (a: number, b: number) => number): Dimension {
    const b = n instanceof Dimension ? n.value : n;
    return new Dimension(this.value === null || b === null ? null : f(this.value, b));
  }
  toString(): string { return this.value === null ? '?' : String(this.value); }
  get repr(): string { return `Dimension(${this.value === null ? 'None' : this.value})`; }
}

/** `tf.TensorShape`. Immutable. */
export class TensorShape {
  /** Sizes, null where unknown; null when even the rank is unknown. */
  readonly dims: readonly Dim[] | null;
  constructor(dims: ShapeLike) {
    this.dims = dims instanceof TensorShape ? dims.dims
      : dims === null ? null
      : typeof dims === 'number' ? [checkDim(dims)]
      : dims.map((d) => checkDim(d instanceof Dimension ? d.value : d));
  }
  /** Rank; null when unknown. */
  get ndims(): number | null { return this.dims === null ? null : this.dims.length; }
  get rank(): number | null { return this.ndims; }
  get isFullyDefined(): boolean { return this.dims !== null && !this.dims.includes(null); }
  /** Number of elements, or null when not fully known. */
  get numElements(): number | null { return this.isFullyDefined ? (this.dims as number[]).reduce((a, b) => a * b, 1) : null; }
  /** Python's `shape[i]` (negative counts from the end). */
  at(i: number): Dimension {
    if (this.dims === null) return new Dimension(null);
    const j = i < 0 ? i + this.dims.length : i;
    if (j < 0 || j >= this.dims.length) throw new IndexError('list index out of range');
    return new Dimension(this.dims[j]!);
  }
  /** Python's `as_list()`: sizes with null for unknown ones. Throws ValueError when the rank is unknown. */
  asList(): Dim[] {
    if (this.dims === null) throw new ValueError('as_list() is not defined on an unknown TensorShape.');
    return [...this.dims];
  }
  isCompatibleWith(other: ShapeLike): boolean {
    const o = toShape(other);
    if (this.dims === null || o.dims === null) return true;
    return this.dims.length === o.dims.length && this.dims.every((d, i) => d === null || o.dims![i] === null || d === o.dims![i]);
  }
  assertIsCompatibleWith(other: ShapeLike): void {
    if (!this.isCompatibleWith(other)) throw new ValueError(`Shapes ${this} and ${written(other)} are incompatible`);
  }
  /** The most specific shape compatible with both. Throws ValueError when they disagree. */
  mergeWith(other: ShapeLike): TensorShape {
    const o = toShape(other);
    if (this.dims === null) return o;
    if (o.dims === null) return this;
    if (!this.isCompatibleWith(o)) throw new ValueError(`Shapes ${this} and ${o} are not compatible`);
    return new TensorShape(this.dims.map((d, i) => d ?? o.dims![i]!));
  }
  concatenate(other: ShapeLike): TensorShape {
    const o = toShape(other);
    return this.dims === null || o.dims === null ? UNKNOWN_SHAPE : new TensorShape([...this.dims, ...o.dims]);
  }
  withRank(rank: number): TensorShape {
    if (this.dims === null) return new TensorShape(Array<Dim>(rank).fill(null));
    if (this.dims.length !== rank) throw new ValueError(`Shape ${this} must have rank ${rank}`);
    return this;
  }
  /** This shape when its rank is unknown or at least `rank`. Errors: ValueError otherwise. */
  withRankAtLeast(rank: number): TensorShape {
    if (this.dims !== null && this.dims.length < rank) throw new ValueError(`Shape ${this} must have rank at least ${rank}`);
    return this;
  }
  /** This shape when its rank is unknown or at most `rank`. Errors: ValueError otherwise. */
  withRankAtMost(rank: number): TensorShape {
    if (this.dims !== null && this.dims.length > rank) throw new ValueError(`Shape ${this} must have rank at most ${rank}`);
    return this;
  }
  /** Errors: ValueError when a size or the rank is unknown. */
  assertIsFullyDefined(): void {
    if (!this.isFullyDefined) throw new ValueError(`Shape ${this} is not fully defined`);
  }
  /** Python's `shape[begin:end]`. Of an unknown shape only the rank of the slice is known, and that only from bounds that do not count from the end. */
  slice(begin = 0, end?: number): TensorShape {
    if (this.dims !== null) return new TensorShape(this.dims.slice(begin, end));
    return end === undefined || begin < 0 || end < 0 ? UNKNOWN_SHAPE : UNKNOWN_SHAPE.withRank(end - begin);
  }
  /** Whether both know the same: the same sizes, and unknown ones in the same places. */
  equals(other: ShapeLike): boolean {
    const o = toShape(other);
    if (this.dims === null || o.dims === null) return this.dims === o.dims;
    return this.dims.length === o.dims.length && this.dims.every((d, i) => d === o.dims![i]);
  }
  /** Python's `str(shape)`: `(2, ?)`, `(3,)`, `<unknown>`. */
  toString(): string {
    if (this.dims === null) return '<unknown>';
    const s = this.dims.map((d) => (d === null ? '?' : String(d)));
    return s.length === 1 ? `(${s[0]},)` : `(${s.join(', ')})`;
  }
  get repr(): string { return this.dims === null ? 'TensorShape(None)' : `TensorShape([${this.dims.map((d) => new Dimension(d).repr).join(', ')}])`; }
  /** C++'s form, as shape errors print it: `[2,?]`, `?` when the rank is unknown. */
  get debug(): string { return this.dims === null ? '?' : `[${this.dims.map((d) => (d === null ? '?' : d)).join(',')}]`; }
  *[Symbol.iterator](): Iterator<Dimension> {
    if (this.dims === null) throw new ValueError('Cannot iterate over a shape with unknown rank.');
    for (const d of this.dims) yield new Dimension(d);
  }
}

/** A shape as an error names it: as it was given. */
function written(s: ShapeLike): string {
  return Array.isArray(s) ? `[${(s as readonly (Dim | Dimension)[]).map((d) => (d instanceof Dimension ? d.repr : d ?? 'None')).join(', ')}]` : s === null ? 'None' : String(s);
}

/** Python's IndexError. */
export class IndexError extends RangeError { override name = 'IndexError'; }

function checkDim(d: Dim): Dim {
  if (d === null) return null;
  if (d === -1) return null;
  if (!Number.isInteger(d) || d < 0) throw new ValueError(`Dimension ${d} must be >= 0`);
  return d;
}

export const UNKNOWN_SHAPE: TensorShape = new TensorShape(null);
export const SCALAR_SHAPE: TensorShape = new TensorShape([]);

/** `tf.TensorShape(x)` without copying one that is already a shape. */
export function toShape(s: ShapeLike): TensorShape { return s instanceof TensorShape ? s : s === null ? UNKNOWN_SHAPE : new TensorShape(s); }

/** Numpy broadcasting of static shapes; undefined when they cannot broadcast. Follows core/framework/common_shape_fns.cc. */
export function broadcastShapes(a: TensorShape, b: TensorShape): TensorShape | undefined {
  if (a.dims === null || b.dims === null) return UNKNOWN_SHAPE;
  const n = Math.max(a.dims.length, b.dims.length);
  const out: Dim[] = [];
  for (let i = 0; i < n; i++) {
    const x = i < n - a.dims.length ? 1 : a.dims[i - (n - a.dims.length)]!;
    const y = i < n - b.dims.length ? 1 : b.dims[i - (n - b.dims.length)]!;
    if (x === null || y === null) out.push(x !== null && x > 1 ? x : y !== null && y > 1 ? y : x === 1 ? y : y === 1 ? x : null);
    else if (x === y || y === 1) out.push(x);
    else if (x === 1) out.push(y);
    else return undefined;
  }
  return new TensorShape(out);
}
