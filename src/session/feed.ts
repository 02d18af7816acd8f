// Feeds: keys to tensors, values to arrays. Checks and texts are those of Session._run in python/client/session.py
// (1.15); conversion is numpy's `np.asarray(value, dtype)`, which truncates, wraps and widens without asking.
import { complex64, type DType, type TensorData } from '../graph/dtype.ts';
import { TfError, TypeError, ValueError } from '../graph/errors.ts';
import { type Graph, pythonTypeName } from '../graph/graph.ts';
import { allocate, encodeUtf8, floatToBfloat16, floatToHalf, NDArray } from '../graph/ndarray.ts';
import { TensorShape } from '../graph/shape.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { IndexedSlices, IndexedSlicesValue } from '../ops/indexed_slices.ts';
import { type ArrayLike, makeArray, naturalDtype, pythonRepr } from '../ops/make_array.ts';
import { SparseTensor, SparseTensorValue } from '../ops/sparse_tensor.ts';
import { conversionOf, expandFeed } from './conversions.ts';
import { fetchRepr, isPlainObject } from './fetch.ts';

/** A tensor of TensorFlow.js, known by its shape: this module does not import it. */
export interface TfjsTensor { readonly dataId: object; readonly shape: number[]; readonly dtype: string; readonly isDisposed: boolean; dataSync(): ArrayLike }
/** What can be fed. */
export type FeedValue = ArrayLike | TfjsTensor | null;
/** Keys are tensors, variables or tensor names; sparse tensors, whose value is made of several; or a list of keys for a list of values. */
export type FeedKey = Tensor | string | { asGraphElement(): Tensor } | SparseTensor | IndexedSlices | readonly FeedKey[];
/** A value, or the parts of a sparse one, or a list of values. */
export type FedValue = FeedValue | SparseTensorValue | IndexedSlicesValue | readonly FedValue[];
export type Feeds = ReadonlyMap<FeedKey, FedValue> | readonly (readonly [FeedKey, FedValue])[] | { readonly [tensorName: string]: FedValue };

/** A checked feed. A tensor of TensorFlow.js stays as it is: the engine decides whether it must be copied. */
export interface Fed { readonly tensor: Tensor; readonly value: NDArray | TfjsTensor; readonly shape: readonly number[] }

/** Checks and converts feeds, in order, one for each tensor. A key given twice: the last counts. */
export function readFeeds(graph: Graph, feeds: Feeds | null | undefined): readonly Fed[] {
  if (feeds === null || feeds === undefined) return NO_FEEDS;
  const out: Fed[] = [];
  for (const [whole, part] of entries(feeds)) {
    if (!(whole instanceof Tensor) && conversionOf(whole)) for (const [key, value] of expandFeed(whole, part)) collect(out, readFeed(graph, key, value, whole, part));
    else collect(out, readFeed(graph, whole, part, whole, part));
  }
  return out;
}
const NO_FEEDS: readonly Fed[] = [];

/** Feeds whose keys and values come in two lists; what is missing in either is not fed. */
export function readFeedList(graph: Graph, keys: readonly FeedKey[], values: readonly unknown[]): readonly Fed[] {
  const n = Math.min(keys.length, values.length);
  if (keys.every((k) => k instanceof Tensor)) {
    const out: Fed[] = [];
    for (let i = 0; i < n; i++) collect(out, readFeed(graph, keys[i], values[i], keys[i], values[i]));
    return out;
  }
  return readFeeds(graph, keys.slice(0, n).map((k, i): readonly [FeedKey, FedValue] => [k, values[i] as FedValue]));
}

function collect(out: Fed[], fed: Fed): void {
  for (let i = 0; i < out.length; i++) if (out[i]!.tensor === fed.tensor) { out[i] = fed; return; }
  out.push(fed);
}
function readFeed(graph: Graph, key: unknown, value: unknown, whole: unknown, part: unknown): Fed {
  const tensor = keyTensor(graph, key);
  const fed = readValue(tensor, value, whole, part);
  if (!fits(tensor.shape, fed.shape)) {
    throw new ValueError(`Cannot feed value of shape ${tuple(fed.shape)} for Tensor '${tensor.name}', which has shape '${tensor.shape}'`, {
      node: tensor.op.name, op: tensor.op.type, ...(tensor.op.site ? { site: tensor.op.site.location } : {}),
    });
  }
  if (!graph.isFeedable(tensor)) throw new ValueError(`Tensor ${describe(tensor)} may not be fed.`, { node: tensor.op.name, op: tensor.op.type });
  return fed;
}
function fits({ dims }: TensorShape, shape: readonly number[]): boolean {
  if (dims === null) return true;
  if (dims.length !== shape.length) return false;
  for (let i = 0; i < dims.length; i++) if (dims[i] !== null && dims[i] !== shape[i]) return false;
  return true;
}

/** Feeds as pairs, in order. */
export function feedEntries(feeds: Feeds): readonly (readonly [FeedKey, FedValue])[] { return entries(feeds) as readonly (readonly [FeedKey, FedValue])[]; }

type Entry = readonly [unknown, unknown];
/** Keys and values; a list of keys is taken apart with its list of values, as `nest.flatten_dict_items` does. */
function entries(feeds: Feeds): readonly Entry[] {
  const all = pairs(feeds);
  for (const [key] of all) if (Array.isArray(key)) return flattened(all);
  return all;
}
function flattened(all: readonly Entry[]): Entry[] {
  const out = new Map<unknown, unknown>();
  const add = (key: unknown, value: unknown): void => {
    if (out.has(key)) throw new ValueError(`Could not flatten dictionary: key ${describe(key)} is not unique.`);
    out.set(key, value);
  };
  for (const [key, value] of all) {
    if (!Array.isArray(key)) { add(key, value); continue; }
    const [keys, values] = [flatten(key), flatten(value)];
    if (keys.length !== values.length) {
      throw new ValueError(`Could not flatten dictionary. Key had ${keys.length} elements, but value had ${values.length} elements. Key: [${keys.map(fetchRepr).join(', ')}], value: ${pythonRepr(values)}.`);
    }
    keys.forEach((k, i) => { add(k, values[i]); });
  }
  return [...out];
}
function flatten(v: unknown): unknown[] {
  if (Array.isArray(v)) return (v as unknown[]).flatMap(flatten);
  return v instanceof SparseTensorValue || v instanceof IndexedSlicesValue ? [...v as Iterable<unknown>].flatMap(flatten) : [v];
}

function pairs(feeds: Feeds): readonly Entry[] {
  if (feeds instanceof Map) return [...feeds as Map<unknown, unknown>];
  if (Array.isArray(feeds)) {
    for (const e of feeds as unknown[]) {
      if (!Array.isArray(e) || e.length !== 2) throw new TypeError(`Feeds must be a Map, a list of [tensor, value] pairs, or an object keyed by tensor name; got the list item ${pythonRepr(e)}`);
    }
    return feeds as Entry[];
  }
  if (isPlainObject(feeds)) return Object.entries(feeds);
  throw new TypeError(`Feeds must be a Map, a list of [tensor, value] pairs, or an object keyed by tensor name; got ${pythonTypeName(feeds)}`);
}

/** The tensor a key means. Throws TypeError with TF's text. */
export function keyTensor(graph: Graph, key: unknown): Tensor {
  try {
    return graph.asGraphElement(key, true, false) as Tensor;
  } catch (e) {
    if (!(e instanceof TfError)) throw e;
    throw new TypeError(`Cannot interpret feed_dict key as Tensor: ${e.text}`, typeof key === 'string' && graph.find(key) ? { remedy: `feed '${key}:0'` } : undefined);
  }
}

/** Checks and converts a value; `whole` and `part` are the key and the value as they were given. */
function readValue(tensor: Tensor, value: unknown, whole: unknown, part: unknown): Fed {
  const dtype = tensor.dtype.baseDtype;
  if (value instanceof Tensor || value instanceof Operation || (typeof value === 'object' && value !== null && 'asGraphElement' in value)) {
    throw new TypeError(`The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was ${describe(part)} which was passed to the feed with key ${describe(whole)}.`, { remedy: 'run the tensor first, or feed its value' });
  }
  if (isTfjsTensor(value)) {
    if (value.isDisposed) throw new ValueError(`The TensorFlow.js tensor fed for Tensor '${tensor.name}' is disposed.`, { node: tensor.op.name, op: tensor.op.type });
    if (value.dtype !== tfjsDtype(dtype)) return withShape(tensor, asarray(fromTfjs(value), dtype));
    return { tensor, value, shape: value.shape };
  }
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) checkFits(tensor, dtype, value);
  return withShape(tensor, asarray(value, dtype));
}
function withShape(tensor: Tensor, value: NDArray): Fed { return { tensor, value, shape: value.shape }; }

/** A whole number that the dtype cannot hold is refused (only for bare scalars, as in TF). */
function checkFits(tensor: Tensor, dtype: DType, value: number | bigint): void {
  if (!dtype.isInteger && !dtype.isBool) return;
  const a = asarray(value, dtype).flat(0);
  if (BigInt(a as number | bigint | boolean) === BigInt(value)) return;
  throw new TypeError(`Type of feed value ${value} with type <class 'int'> is not compatible with Tensor type <class 'numpy.${dtype.isBool ? 'bool_' : dtype.name}'>. Try explicitly setting the type of the feed tensor to a larger type (e.g. int64).`, { node: tensor.op.name, op: tensor.op.type });
}

/** `np.asarray(value, dtype)`. Typed arrays are copied (the caller may write into them later), NDArrays are not. */
export function asarray(value: unknown, dtype: DType): NDArray {
  if (value instanceof NDArray) return value.dtype === dtype ? value : cast(value, dtype);
  if (value instanceof Uint8Array && dtype.storage === 'string') return new NDArray(dtype, [], [value.slice()]); // bytes are one string
  if (ArrayBuffer.isView(value)) {
    const own = naturalDtype(value);
    if (own === undefined) throw new TypeError(`Cannot feed a ${pythonTypeName(value)}.`);
    const data = value instanceof Uint8ClampedArray ? Uint8Array.from(value) : (value as Float32Array).slice();
    return cast(new NDArray(own, [data.length], data), dtype);
  }
  if (value instanceof TensorShape) return asarray(makeArray(value), dtype);
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && 'shape' in value && 'data' in value) {
    const v = value as { shape: readonly number[]; data: unknown };
    return asarray(v.data, dtype).reshape(v.shape);
  }
  const shape: number[] = [];
  let first = value;
  for (; Array.isArray(first); first = (first as unknown[])[0]) shape.push(first.length);
  if (first instanceof NDArray) shape.push(...first.shape);
  else if (ArrayBuffer.isView(first) && dtype.storage !== 'string') shape.push((first as Uint8Array).length);
  const n = shape.reduce((a, b) => a * b, 1);
  const data = allocate(dtype, n);
  let k = 0;
  const walk = (v: unknown, axis: number): void => {
    if (v instanceof NDArray || ArrayBuffer.isView(v)) {
      const a = asarray(v, dtype);
      if (a.shape.length !== shape.length - axis || a.shape.some((d, i) => d !== shape[axis + i])) throw new ValueError('setting an array element with a sequence.');
      for (let i = 0; i < a.size; i++) put(data, k++, dtype.storage === 'string' ? (a.data as Uint8Array[])[i] : a.flat(i), dtype);
      return;
    }
    if (axis === shape.length) {
      if (Array.isArray(v)) throw new ValueError('setting an array element with a sequence.');
      put(data, k++, v, dtype);
      return;
    }
    if (!Array.isArray(v) || v.length !== shape[axis]) throw new ValueError('setting an array element with a sequence.');
    for (const x of v as unknown[]) walk(x, axis + 1);
  };
  walk(value, 0);
  return new NDArray(dtype, shape, data);
}

function cast(a: NDArray, dtype: DType): NDArray {
  if (a.dtype === dtype) return a;
  const n = a.size;
  const data = allocate(dtype, n);
  if (isPlainNumber(a.dtype) && isPlainNumber(dtype) && (dtype.isFloating || a.dtype.isInteger)) {
    const [src, dst] = [a.data as Float64Array, data as Float64Array];
    for (let i = 0; i < n; i++) dst[i] = src[i]!;
  } else for (let i = 0; i < n; i++) put(data, i, a.flat(i), dtype);
  return new NDArray(dtype, a.shape, data);
}
function isPlainNumber(d: DType): boolean { return ['f32', 'f64', 'i8', 'i16', 'i32', 'u8', 'u16', 'u32'].includes(d.storage); }

/** One element, as numpy converts it. */
function put(data: TensorData, i: number, v: unknown, dtype: DType): void {
  const d = data as Float64Array;
  switch (dtype.storage) {
    case 'string':
      (data as Uint8Array[])[i] = v instanceof Uint8Array ? v : encodeUtf8(typeof v === 'string' ? v : pythonRepr(v));
      return;
    case 'bool':
      (data as Uint8Array)[i] = (typeof v === 'string' ? v !== '' : Array.isArray(v) ? v[0] !== 0 || v[1] !== 0 : Boolean(v) || Number.isNaN(v)) ? 1 : 0;
      return;
    case 'c64': case 'c128': {
      const pair = Array.isArray(v) ? v as number[] : [number(v, dtype), 0];
      d[2 * i] = pair[0]!;
      d[2 * i + 1] = pair[1]!;
      return;
    }
    case 'i64': case 'u64':
      (data as BigInt64Array)[i] = typeof v === 'bigint' ? v : BigInt(Math.trunc(finite(number(v, dtype))));
      return;
    case 'f16': (data as Uint16Array)[i] = floatToHalf(number(v, dtype)); return;
    case 'bf16': (data as Uint16Array)[i] = floatToBfloat16(number(v, dtype)); return;
    case 'f32': case 'f64': d[i] = number(v, dtype); return;
    case 'none': throw new TypeError(`Tensors of dtype ${dtype.name} cannot be fed.`);
    default: d[i] = typeof v === 'bigint' ? Number(BigInt.asIntN(32, v)) : number(v, dtype); // the typed array truncates and wraps
  }
}

function finite(x: number): number { return Number.isFinite(x) ? x : -(2 ** 63); }

function number(v: unknown, dtype: DType): number {
  if (typeof v === 'number') return v;
  if (typeof v === 'boolean') return v ? 1 : 0;
  if (typeof v === 'bigint') return Number(v);
  if (v === null || v === undefined) {
    if (dtype.isInteger) throw new TypeError("int() argument must be a string, a bytes-like object or a number, not 'NoneType'");
    return NaN;
  }
  if (typeof v === 'string') {
    const x = v.trim() === '' ? NaN : Number(v);
    if (Number.isNaN(x) && v.trim().toLowerCase() !== 'nan') throw new ValueError(dtype.isInteger ? `invalid literal for int() with base 10: ${pythonRepr(v)}` : `could not convert string to float: ${pythonRepr(v)}`);
    return x;
  }
  throw new TypeError(`${dtype.isInteger ? 'int' : 'float'}() argument must be a string or a number, not '${pythonTypeName(v)}'`);
}

/** `(3,)`, `(2, 3)`: Python's print of a shape tuple. */
export function tuple(shape: readonly number[]): string { return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`; }

/** Python's `str` of a tensor: `Tensor("x:0", shape=(2, ?), dtype=float32)`. */
function describe(v: unknown): string { return typeof v === 'string' ? v : v instanceof Tensor || v instanceof Operation || v instanceof SparseTensor || v instanceof IndexedSlices ? String(v) : pythonRepr(v); }

export function isTfjsTensor(v: unknown): v is TfjsTensor {
  return typeof v === 'object' && v !== null && !(v instanceof NDArray) && 'dataId' in v && 'shape' in v && 'dataSync' in v && typeof v.dataSync === 'function';
}
function tfjsDtype(d: DType): string { return d.name; }
/** Reads a TensorFlow.js tensor back. */
export function fromTfjs(t: TfjsTensor): NDArray {
  const data = t.dataSync() as unknown as Float32Array | Int32Array | Uint8Array | string[];
  if (t.dtype === 'complex64') return new NDArray(complex64, t.shape, (data as Float32Array).slice());
  const a = t.dtype === 'bool' ? makeArray(Array.from(data as Uint8Array, (x) => x !== 0)) : Array.isArray(data) ? makeArray(data) : makeArray(data);
  return a.reshape(t.shape);
}
