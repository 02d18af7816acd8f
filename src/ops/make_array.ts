// JavaScript values -> NDArray: what `tf.constant`, feeds and op inputs accept. Follows make_tensor_proto in
// python/framework/tensor_util.py; the dtype of a bare JS number is decided by its position (docs: API conventions).
import { bool, type DType, float32, float64, int16, int32, int64, int8, string, type TensorData, uint16, uint32, uint64, uint8 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { allocate, encodeUtf8, floatToBfloat16, floatToHalf, NDArray } from '../graph/ndarray.ts';
import { Dimension, TensorShape } from '../graph/shape.ts';
import { pythonTypeName } from '../graph/graph.ts';

type TypedArray = Exclude<TensorData, readonly Uint8Array[]>;

/** A JS value that can become a constant. */
export type ArrayLike =
  | number | bigint | boolean | string | NDArray | TypedArray | TensorShape | Dimension | StridedLike
  | readonly ArrayLike[];
/** `ndarray`-like objects: data with a shape. */
export interface StridedLike { readonly data: TypedArray | readonly number[]; readonly shape: readonly number[] }

/** Whether the value's dtype is open: bare JS numbers (or nested lists of them). */
export function isBareNumber(v: unknown): boolean {
  while (Array.isArray(v)) {
    if (v.length === 0) return true;
    v = (v as unknown[])[0];
  }
  return typeof v === 'number';
}

/** Whether every number in a bare-number value is an integer. */
export function isIntegral(v: unknown): boolean {
  return Array.isArray(v) ? (v as unknown[]).every(isIntegral) : typeof v === 'number' && Number.isInteger(v);
}

/** The dtype a value brings along, or undefined for bare numbers. */
export function naturalDtype(v: unknown): DType | undefined {
  if (v instanceof NDArray) return v.dtype;
  if (v instanceof TensorShape || v instanceof Dimension) return int32;
  if (Array.isArray(v)) {
    for (const x of v as unknown[]) {
      const d = naturalDtype(x);
      if (d) return d;
    }
    return undefined;
  }
  if (ArrayBuffer.isView(v)) return TYPED.find(([c]) => v instanceof c)?.[1];
  if (typeof v === 'boolean') return bool;
  if (typeof v === 'string') return string;
  if (typeof v === 'bigint') return int64;
  if (isStrided(v) && ArrayBuffer.isView(v.data)) return naturalDtype(v.data);
  return undefined;
}

const TYPED: readonly [abstract new (...a: never[]) => object, DType][] = [
  [Float32Array, float32], [Float64Array, float64], [Int32Array, int32], [Int16Array, int16], [Int8Array, int8], [BigInt64Array, int64],
  [Uint8Array, uint8], [Uint8ClampedArray, uint8], [Uint16Array, uint16], [Uint32Array, uint32], [BigUint64Array, uint64],
];

function isStrided(v: unknown): v is StridedLike { return typeof v === 'object' && v !== null && 'data' in v && 'shape' in v && Array.isArray(v.shape); }

/**
 * The value as an array of `dtype` (default: its natural dtype, float32 for bare numbers), reshaped to `shape` when
 * given (a single value fills it). Throws TypeError when a conversion would lose the kind of the value, ValueError on
 * ragged lists and shape mismatches.
 */
export function makeArray(value: ArrayLike, dtype?: DType, shape?: readonly number[]): NDArray {
  const want = dtype?.baseDtype;
  let a: NDArray;
  if (value instanceof NDArray) a = want && want !== value.dtype ? castExact(value, want) : value;
  else if (value instanceof TensorShape) {
    if (!value.isFullyDefined) throw new ValueError(`Cannot convert a partially known TensorShape to a Tensor: ${value}`);
    a = makeArray(value.asList() as number[], want ?? int32);
  }
  else if (ArrayBuffer.isView(value)) {
    const own = naturalDtype(value)!;
    const data = value instanceof Uint8ClampedArray ? new Uint8Array(value) : value;
    a = new NDArray(own, [data.length], (data as Float32Array).slice());
    if (want && want !== own) a = castExact(a, want);
  } else if (isStrided(value)) {
    a = makeArray(value.data as ArrayLike, want).reshape(value.shape);
  } else a = fromNested(value, want ?? naturalDtype(value) ?? float32);
  if (shape === undefined) return a;
  const n = shape.reduce((x, y) => x * y, 1);
  if (n === a.size) return a.reshape(shape);
  if (a.size === 0 || a.size > n) throw new ValueError(`Too many elements provided. Needed at most ${n}, but received ${a.size}`);
  return fill(a, shape, n);
}

/** Repeats the last element, as TF's TensorProto does. */
function fill(a: NDArray, shape: readonly number[], n: number): NDArray {
  const data = allocate(a.dtype, n) as Float32Array;
  const src = a.data as Float32Array;
  const parts = a.dtype.isComplex ? 2 : 1, last = src.length - parts;
  for (let i = 0; i < n * parts; i++) data[i] = src[i < src.length ? i : last + i % parts]!;
  return new NDArray(a.dtype, shape, data, a.size === 1);
}

function fromNested(value: unknown, dtype: DType): NDArray {
  const shape: number[] = [];
  for (let v = value; Array.isArray(v); v = (v as unknown[])[0]) shape.push(v.length);
  const n = shape.reduce((a, b) => a * b, 1);
  const data = allocate(dtype, n);
  let k = 0;
  const walk = (v: unknown, axis: number): void => {
    if (v instanceof NDArray && v.shape.length === 0) v = v.flat(0);
    if (axis === shape.length) {
      if (Array.isArray(v)) throw ragged(value, shape, dtype);
      put(data, k++, v, dtype, value);
      return;
    }
    if (!Array.isArray(v) || v.length !== shape[axis]) throw ragged(value, shape, dtype);
    for (const x of v as unknown[]) walk(x, axis + 1);
  };
  walk(value, 0);
  return new NDArray(dtype, shape, data);
}

/** TF's text: the shape up to where the lists still agree, and the one their first elements promise. */
function ragged(value: unknown, wanted: readonly number[], dtype: DType): ValueError {
  const agreed: number[] = [];
  for (let level: unknown[] = [value]; level.every((x) => Array.isArray(x) && x.length === (level[0] as unknown[]).length); level = level.flat()) agreed.push((level[0] as unknown[]).length);
  const repr = (v: unknown): string => (Array.isArray(v) ? `[${(v as unknown[]).map(repr).join(', ')}]` : dtype.isFloating && typeof v === 'number' && Number.isInteger(v) ? `${v}.0` : pythonRepr(v));
  return new ValueError(`Argument must be a dense tensor: ${repr(value)} - got shape [${agreed.join(', ')}], but wanted [${wanted.join(', ')}].`);
}

function put(data: TensorData, i: number, v: unknown, dtype: DType, whole: unknown): void {
  if (v instanceof Dimension) v = v.valueOf();
  const d = data as Float64Array;
  const wrong = (): never => {
    const names: Record<string, string> = { f32: 'float32', i32: 'int32' };
    throw new TypeError(`Expected ${names[dtype.storage] ?? dtype.name}, got ${pythonRepr(v)} of type '${pythonTypeName(v)}' instead.`, { remedy: `the whole value was ${pythonRepr(whole)}` });
  };
  switch (dtype.storage) {
    case 'string':
      if (typeof v === 'string') (data as Uint8Array[])[i] = encodeUtf8(v);
      else if (v instanceof Uint8Array) (data as Uint8Array[])[i] = v;
      else throw new TypeError(`Expected string, got ${pythonRepr(v)} of type '${pythonTypeName(v)}' instead.`);
      return;
    case 'bool':
      if (typeof v !== 'boolean') throw new TypeError(`Expected bool, got ${pythonRepr(v)} of type '${pythonTypeName(v)}' instead.`);
      (data as Uint8Array)[i] = v ? 1 : 0;
      return;
    case 'c64': case 'c128':
      if (Array.isArray(v)) { d[2 * i] = v[0] as number; d[2 * i + 1] = v[1] as number; } else if (typeof v === 'number') { d[2 * i] = v; d[2 * i + 1] = 0; } else wrong();
      return;
    case 'i64': case 'u64':
      if (typeof v === 'bigint') (data as BigInt64Array)[i] = v;
      else if (typeof v === 'number' && Number.isInteger(v)) (data as BigInt64Array)[i] = BigInt(v);
      else wrong();
      return;
    case 'f16': case 'bf16':
      if (typeof v !== 'number') { wrong(); return; }
      (data as Uint16Array)[i] = dtype.storage === 'f16' ? floatToHalf(v) : floatToBfloat16(v);
      return;
    case 'f32': case 'f64':
      if (typeof v === 'number' || typeof v === 'bigint') d[i] = Number(v); else wrong();
      return;
    default: {
      const x = typeof v === 'bigint' ? Number(v) : v;
      if (typeof x !== 'number' || !Number.isInteger(x)) { wrong(); return; }
      d[i] = x;
      if (d[i] !== x) throw new ValueError(`Python integer ${x} out of bounds for ${dtype.name}`);
    }
  }
}

/** Conversion between number kinds that keeps the value (ints to floats, float64 to float32); float to int is refused. */
function castExact(a: NDArray, dtype: DType): NDArray {
  if (dtype.storage === 'string' || a.dtype.storage === 'string' || dtype.isBool !== a.dtype.isBool || (dtype.isInteger && !a.dtype.isInteger) || (a.dtype.isComplex && !dtype.isComplex)) {
    throw new TypeError(`Expected ${dtype.name}, got an array of type '${a.dtype.name}' instead.`);
  }
  const data = allocate(dtype, a.size);
  for (let i = 0; i < a.size; i++) put(data, i, a.flat(i), dtype, `array of ${a.dtype.name}`);
  return new NDArray(dtype, a.shape, data);
}

/** Python's `repr` of a JS value, as it appears inside messages. */
export function pythonRepr(v: unknown): string {
  if (v === null || v === undefined) return 'None';
  if (typeof v === 'boolean') return v ? 'True' : 'False';
  if (typeof v === 'string') return v.includes("'") && !v.includes('"') ? `"${v}"` : `'${v.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n')}'`;
  if (Array.isArray(v)) return `[${(v as unknown[]).map(pythonRepr).join(', ')}]`;
  if (typeof v === 'object' && 'repr' in v && typeof v.repr === 'string') return v.repr;
  if (v instanceof NDArray) return `array(${pythonRepr(v.toArray())})`;
  if (typeof v === 'object' && ArrayBuffer.isView(v)) return `array(${pythonRepr(Array.from(v as unknown as number[]))})`;
  return String(v as number);
}

/** Python's `str(v)`: as its repr, but strings and graph elements as they print. */
export function pythonStr(v: unknown): string {
  return typeof v === 'string' || (typeof v === 'object' && v !== null && 'repr' in v) ? String(v) : pythonRepr(v);
}
