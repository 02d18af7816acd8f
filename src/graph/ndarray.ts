// The value of a tensor outside the engines: dtype, shape, row-major data. What `sess.run` returns for non-scalars,
// what Const nodes hold, what feeds become. Immutable by contract: nobody writes into `data` after construction.
import { type DType, type Storage, type TensorData } from './dtype.ts';
import { ValueError } from './errors.ts';

export type NestedArray<T> = T | readonly NestedArray<T>[];
export type Scalar = number | bigint | boolean | string | readonly [re: number, im: number];

/** n-dimensional array. Data layout: int64 BigInt64Array, f16/bf16 Uint16Array (bits), bool Uint8Array of 0/1,
 * complex interleaved (2 entries an element), strings Uint8Array[]. The constructor throws ValueError for another holder or length. */
export class NDArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
  /** Made by repeating one value: its TensorProto carries that value once, as TF writes `constant(0., shape=[3])`. */
  readonly splat: boolean;

  constructor(dtype: DType, shape: readonly number[], data: TensorData, splat = false) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
    this.splat = splat;
    let want = dtype.isComplex ? 2 : 1;
    for (const d of shape) want *= d;
    if (data.length !== want) throw new ValueError(`cannot reshape array of size ${data.length} into shape (${shape.join(',')})`);
    // Engines take the bytes as they are. Tags, because instanceof differs between realms.
    const of = TYPED[dtype.storage as keyof typeof TYPED] ?? Array;
    if (data.constructor === of) return;
    const holder = of.name, is = Array.isArray(data) ? 'Array' : (data as Float32Array)[Symbol.toStringTag];
    if (is !== holder) throw new ValueError(`an array of ${dtype.name} holds its elements in ${holder}, not ${String(is)}`);
  }
  /** Number of elements. */
  get size(): number { return this.dtype.isComplex ? this.data.length / 2 : this.data.length; }
  get ndim(): number { return this.shape.length; }
  /** Bytes of the elements; strings count their lengths. */
  get byteLength(): number {
    return Array.isArray(this.data) ? (this.data as Uint8Array[]).reduce((n, s) => n + s.length, 0) : (this.data as Float32Array).byteLength;
  }
  /** Element at a flat index as a JS value: int64 as number up to 2^53 (bigint beyond), f16/bf16 as number, strings as Uint8Array decoded by `toArray`. */
  flat(i: number): Scalar {
    const d = this.data;
    switch (this.dtype.storage) {
      case 'bool': return (d as Uint8Array)[i] !== 0;
      case 'i64': case 'u64': return unwrapBigint((d as BigInt64Array)[i]!);
      case 'f16': return halfToFloat((d as Uint16Array)[i]!);
      case 'bf16': return bfloat16ToFloat((d as Uint16Array)[i]!);
      case 'c64': case 'c128': return [(d as Float64Array)[2 * i]!, (d as Float64Array)[2 * i + 1]!];
      case 'string': return decodeUtf8((d as Uint8Array[])[i]!);
      default: return (d as Float64Array)[i]!;
    }
  }
  /** Element at a multi-index; negative indices count from the end. */
  at(...index: number[]): Scalar {
    if (index.length !== this.shape.length) throw new ValueError(`expected ${this.shape.length} indices, got ${index.length}`);
    let k = 0;
    index.forEach((v, axis) => {
      const n = this.shape[axis]!;
      const j = v < 0 ? v + n : v;
      if (!(j >= 0 && j < n)) throw new ValueError(`index ${v} is out of bounds for axis ${axis} with size ${n}`);
      k = k * n + j;
    });
    return this.flat(k);
  }
  /** The only element of a size-1 array. */
  item(): Scalar {
    if (this.size !== 1) throw new ValueError('can only convert an array of size 1 to a scalar');
    return this.flat(0);
  }
  /** Nested JS arrays (a bare value for a scalar). */
  toArray(): NestedArray<Scalar> {
    let k = 0;
    const build = (axis: number): NestedArray<Scalar> =>
      axis === this.shape.length ? this.flat(k++) : Array.from({ length: this.shape[axis]! }, () => build(axis + 1));
    return build(0);
  }
  reshape(shape: readonly number[]): NDArray { return new NDArray(this.dtype, shape, this.data); }
  *[Symbol.iterator](): Iterator<Scalar | NDArray> {
    if (this.shape.length === 0) throw new ValueError('iteration over a 0-d array');
    const rest = this.shape.slice(1);
    const n = rest.reduce((a, b) => a * b, 1);
    const step = this.dtype.isComplex ? 2 * n : n;
    for (let i = 0; i < this.shape[0]!; i++) {
      if (rest.length === 0) yield this.flat(i);
      else yield new NDArray(this.dtype, rest, this.data.slice(i * step, (i + 1) * step) as TensorData);
    }
  }
  toString(): string { return `NDArray(${this.dtype.name}[${this.shape.join(',')}])`; }
}

/** The most elements of an array of JavaScript's that grows one by one: the host ends the process, and throws nothing, where one
 * finds no place. */
const MAX_ITEMS = 2 ** 25;
/** n, if an array may have so many elements. Throws RangeError, as the host does where it can. */
export function countOf(n: number): number {
  if (n > MAX_ITEMS) throw new RangeError('Invalid array length');
  return n;
}

/** Zeroed storage for n elements (strings: empty). Throws RangeError when there is no memory. */
export function allocate(dtype: DType, n: number): TensorData {
  const ctor = TYPED[dtype.storage as keyof typeof TYPED];
  if (ctor) return new ctor(dtype.isComplex ? 2 * n : n);
  if (dtype.storage === 'string') return Array.from({ length: countOf(n) }, () => EMPTY_BYTES);
  throw new ValueError(`no array storage for dtype ${dtype.name}`);
}
const EMPTY_BYTES = new Uint8Array(0);

const TYPED = {
  f32: Float32Array, f64: Float64Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, i64: BigInt64Array,
  u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, u64: BigUint64Array, f16: Uint16Array, bf16: Uint16Array,
  bool: Uint8Array, c64: Float32Array, c128: Float64Array,
} as const satisfies Partial<Record<Storage, unknown>>;

/** Reinterprets raw little-endian bytes as elements (copies when they are unaligned, or a part of a larger buffer). `share`: never copies; unaligned
 * bytes are moved by up to 7 bytes to where elements may lie, over what stands in front of them. */
export function fromBytes(dtype: DType, shape: readonly number[], bytes: Uint8Array, share = false): NDArray {
  const ctor = TYPED[dtype.storage as keyof typeof TYPED];
  if (!ctor) throw new ValueError(`no raw byte form for dtype ${dtype.name}`);
  const w = ctor.BYTES_PER_ELEMENT;
  const off = bytes.byteOffset % w;
  if (share && off !== 0) bytes = moved(bytes, off);
  else if (!share && (off !== 0 || bytes.byteLength !== bytes.buffer.byteLength)) bytes = new Uint8Array(bytes); // a Buffer's slice would not copy
  return new NDArray(dtype, shape, new ctor(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / w) as TensorData);
}

/** The bytes moved so far to the front. */
function moved(bytes: Uint8Array, by: number): Uint8Array {
  const all = new Uint8Array(bytes.buffer, bytes.byteOffset - by, bytes.length + by);
  all.copyWithin(0, by);
  return all.subarray(0, bytes.length);
}

/** The raw little-endian bytes of a non-string array (a view, not a copy). */
export function toBytes(a: NDArray): Uint8Array {
  const d = a.data as Float32Array;
  return new Uint8Array(d.buffer as ArrayBuffer, d.byteOffset, d.byteLength);
}

/** Bits equal: same dtype, shape and bytes (so NaN equals itself, -0 differs from +0). */
export function arraysEqual(a: NDArray, b: NDArray): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length || a.shape.some((n, i) => n !== b.shape[i])) return false;
  if (a.dtype.storage === 'string') {
    const [x, y] = [a.data as Uint8Array[], b.data as Uint8Array[]];
    return x.every((s, i) => bytesEqual(s, y[i]!));
  }
  return bytesEqual(toBytes(a), toBytes(b));
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function unwrapBigint(v: bigint): number | bigint {
  return v >= -9007199254740991n && v <= 9007199254740991n ? Number(v) : v;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Strict UTF-8; throws ValueError on bytes that are not UTF-8. */
export function decodeUtf8(b: Uint8Array): string {
  try { return utf8.decode(b); } catch { throw new ValueError(`bytes are not valid UTF-8 (${b.length} bytes); read them as Uint8Array`); }
}
const encoder = new TextEncoder();
export function encodeUtf8(s: string): Uint8Array { return encoder.encode(s); }

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** IEEE half bits -> number. */
export function halfToFloat(h: number): number {
  const e = (h >> 10) & 31;
  const m = h & 1023;
  const s = h & 0x8000 ? -1 : 1;
  if (e === 0) return s * m * 2 ** -24;
  if (e === 31) return m === 0 ? s * Infinity : NaN;
  return s * (1 + m / 1024) * 2 ** (e - 15);
}
/** number -> IEEE half bits, round to nearest even from the float32 value (TF converts through float). */
export function floatToHalf(x: number): number {
  f32[0] = x;
  const u = u32[0]!;
  const sign = (u >>> 16) & 0x8000;
  const abs = u & 0x7fffffff;
  if (abs > 0x7f800000) return sign | 0x7e00;
  if (abs >= 0x47800000) return sign | 0x7c00;
  if (abs < 0x38800000) { // subnormal half (or zero): scale so that the unit is 2^-24, round to nearest even
    const v = Math.abs(f32[0]!) * 2 ** 24;
    const fl = Math.floor(v);
    const r = v - fl;
    return sign | (r > 0.5 || (r === 0.5 && (fl & 1) === 1) ? fl + 1 : fl);
  }
  const lsb = (abs >>> 13) & 1;
  const r = abs + 0xfff + lsb;
  return sign | (((r >>> 13) - (112 << 10)) & 0x7fff);
}
export function bfloat16ToFloat(b: number): number { u32[0] = b << 16; return f32[0]!; }
/** number -> bfloat16 bits, round to nearest even. */
export function floatToBfloat16(x: number): number {
  f32[0] = x;
  const u = u32[0]!;
  if ((u & 0x7fffffff) > 0x7f800000) return ((u >>> 16) & 0x8000) | 0x7fc0;
  return ((u + 0x7fff + ((u >>> 16) & 1)) >>> 16) & 0xffff;
}
