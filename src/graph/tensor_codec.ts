// TensorProto: which fields carry the elements, and back to an NDArray. Values only; the wire and text forms of the
// fields are in graph_def_codec.ts and graph_def_text.ts. Follows tensorflow/python/framework/tensor_util.py
// (make_tensor_proto) and core/framework/tensor.cc (FromProto).
import { type DType } from './dtype.ts';
import { allocate, fromBytes, NDArray, toBytes } from './ndarray.ts';
import { ValueError } from './errors.ts';
import { COST } from './wire.ts';

/** Where a TensorProto keeps its elements: raw bytes, or so many leading elements as values (the last one repeats). */
export interface TensorForm {
  readonly content: boolean;
  /** Elements written as values. */
  readonly count: number;
  /** No tensor_shape field at all (scalars written by hand). */
  readonly shapeless?: boolean;
}

/** The value field of a dtype: name, number, and how elements are written. */
export interface ValueField {
  readonly name: string;
  readonly number: number;
  readonly kind: 'float' | 'double' | 'int' | 'bool' | 'bytes' | 'message';
  /** Entries per element: 2 for complex. */
  readonly per: number;
}

const field = (name: string, number: number, kind: ValueField['kind'], per = 1): ValueField => ({ name, number, kind, per });
const INT = field('int_val', 7, 'int');
const HALF = field('half_val', 13, 'int');
const BY_STORAGE: Readonly<Partial<Record<DType['storage'], ValueField>>> = {
  f32: field('float_val', 5, 'float'), f64: field('double_val', 6, 'double'),
  i8: INT, i16: INT, i32: INT, u8: INT, u16: INT, f16: HALF, bf16: HALF,
  string: field('string_val', 8, 'bytes'), c64: field('scomplex_val', 9, 'float', 2), i64: field('int64_val', 10, 'int'),
  bool: field('bool_val', 11, 'bool'), c128: field('dcomplex_val', 12, 'double', 2),
  u32: field('uint32_val', 16, 'int'), u64: field('uint64_val', 17, 'int'),
};
const RESOURCE = field('resource_handle_val', 14, 'message');
const VARIANT = field('variant_val', 15, 'message');
/** Every value field, by number and by name. */
export const VALUE_FIELDS: readonly ValueField[] = [...new Set([...Object.values(BY_STORAGE), RESOURCE, VARIANT])].sort((a, b) => a.number - b.number);

export function valueField(d: DType): ValueField {
  return BY_STORAGE[d.storage] ?? (d.baseDtype.name === 'resource' ? RESOURCE : VARIANT);
}

/** Python writes these as tensor_content when there is more than one element; the others always as values. */
const CONTENT_TYPES = new Set(['float32', 'float64', 'int32', 'uint8', 'int16', 'int8', 'int64', 'qint8', 'quint8', 'qint16', 'quint16', 'qint32', 'uint32', 'uint64']);

const forms = new WeakMap<NDArray, TensorForm>();

/** How `a` is written: as it was read, or else as Python's make_tensor_proto would. */
export function tensorForm(a: NDArray): TensorForm {
  return forms.get(a) ?? pythonForm(a);
}

/** How tensors travel between processes: raw bytes, except when there are none. */
export function contentForm(a: NDArray): TensorForm { return { content: a.data.length > 0, count: 0 }; }

/** Fixes how `a` is written where that differs from Python's way (op defaults parsed from text, fills of the last
 * value: `constant([1, 2], shape=[5])` is `{content: false, count: 2}`). */
export function setTensorForm(a: NDArray, form: TensorForm): NDArray {
  const p = pythonForm(a);
  if (p.content !== form.content || p.count !== form.count || form.shapeless) forms.set(a, form);
  return a;
}

export function sameForm(a: NDArray, b: NDArray): boolean {
  const [x, y] = [tensorForm(a), tensorForm(b)];
  return x.content === y.content && x.count === y.count && x.shapeless === y.shapeless;
}

function pythonForm(a: NDArray): TensorForm {
  const n = a.size;
  if (n > 1 && a.splat) return { content: false, count: 1 };
  return n > 1 && CONTENT_TYPES.has(a.dtype.name) ? { content: true, count: 0 } : { content: false, count: n };
}

/** The fields of a TensorProto as a parser collects them. */
export interface TensorFields {
  dtype: DType | undefined;
  /** Null when there was no tensor_shape. */
  shape: readonly number[] | null;
  content: Uint8Array | undefined;
  /** Raw little-endian elements of float_val, double_val, scomplex_val, dcomplex_val. */
  fixed: Uint8Array | undefined;
  /** Elements of the other value fields. */
  values: (number | bigint | Uint8Array)[] | undefined;
  /** Number of the value field the elements came from. */
  field: number;
}

/** Builds the array. `fail` throws with the place; `charge` takes the memory of the elements from the reader's budget. */
export function buildTensor(f: TensorFields, fail: (why: string) => never, charge: (bytes: number) => void): NDArray {
  const { dtype } = f;
  if (dtype === undefined) return fail('TensorProto has no dtype');
  const shape = f.shape ?? [];
  const n = shape.reduce((a, b) => a * b, 1);
  if (!Number.isSafeInteger(n)) return fail(`tensor of shape [${shape.join(',')}] has too many elements`);
  const want = valueField(dtype);
  if (f.content !== undefined && f.content.length > 0) return withForm(contentTensor(dtype, shape, n, f.content, fail, charge), true, n, f);
  const given = f.fixed ? f.fixed.length / (want.kind === 'double' ? 8 : 4) : f.values?.length ?? 0;
  if (given > 0 && f.field !== want.number) return fail(`tensor of dtype ${dtype.name} has its elements in ${VALUE_FIELDS.find((v) => v.number === f.field)?.name ?? 'no field'} instead of ${want.name}`);
  if (!Number.isInteger(given / want.per)) return fail(`${want.name} has ${given} entries, not whole elements`);
  const count = Math.min(given / want.per, n);
  charge(n * (dtype.size || 8));
  return withForm(new NDArray(dtype, shape, valueData(dtype, n, count, f), count === 1 && n > 1), false, count, f);
}

function withForm(a: NDArray, content: boolean, count: number, f: TensorFields): NDArray {
  return setTensorForm(a, { content, count: content ? 0 : count, ...(f.shape === null ? { shapeless: true } : {}) });
}

function contentTensor(dtype: DType, shape: readonly number[], n: number, content: Uint8Array, fail: (why: string) => never, charge: (bytes: number) => void): NDArray {
  if (dtype.size === 0) return new NDArray(dtype, shape, unpackStrings(content, n, fail, charge)); // strings, or handles as bytes
  if (content.length !== n * dtype.size) return fail(`tensor_content has ${content.length} bytes, shape [${shape.join(',')}] of ${dtype.name} needs ${n * dtype.size}`);
  charge(content.length);
  return dtype.isBool ? new NDArray(dtype, shape, content.map((x) => (x === 0 ? 0 : 1))) : fromBytes(dtype, shape, content);
}

function valueData(dtype: DType, n: number, count: number, f: TensorFields): NDArray['data'] {
  if (dtype.storage === 'string' || dtype.storage === 'none') {
    const v = (f.values ?? []) as Uint8Array[];
    const last = v[count - 1] ?? new Uint8Array(0);
    return n === v.length ? v : Array.from({ length: n }, (_, i) => (i < count ? v[i]! : last));
  }
  const data = allocate(dtype, n) as Float32Array;
  const per = dtype.isComplex ? 2 : 1;
  if (f.fixed) new Uint8Array(data.buffer).set(f.fixed.subarray(0, count * dtype.size));
  else if (f.values) {
    const big = dtype.storage === 'i64' || dtype.storage === 'u64';
    for (let i = 0; i < count; i++) (data as unknown as (number | bigint)[])[i] = big ? BigInt(f.values[i] as bigint) : Number(f.values[i]);
  }
  if (count > 0 && count < n) {
    if (per === 1) data.fill(data[count - 1]!, count);
    else for (let i = count * 2; i < data.length; i++) data[i] = data[i - 2]!;
  }
  return data;
}

/** The raw bytes of a tensor, as tensor_content has them. */
export function contentBytes(a: NDArray): Uint8Array { return a.dtype.size === 0 ? packStrings(a.data as Uint8Array[]) : toBytes(a); }

/** Strings as tensor_content: all lengths as varints, then all bytes. */
function packStrings(strings: readonly Uint8Array[]): Uint8Array {
  const head: number[] = [];
  let total = 0;
  for (const s of strings) {
    let v = s.length;
    for (; v > 127; v >>>= 7) head.push((v & 127) | 128);
    head.push(v);
    total += s.length;
  }
  const out = new Uint8Array(head.length + total);
  out.set(head);
  let p = head.length;
  for (const s of strings) { out.set(s, p); p += s.length; }
  return out;
}

function unpackStrings(b: Uint8Array, n: number, fail: (why: string) => never, charge: (bytes: number) => void): Uint8Array[] {
  if (n > b.length) return fail(`tensor_content has ${b.length} bytes for ${n} strings`);
  charge(n * (COST.bytes + COST.item) + b.length);
  const lengths: number[] = [];
  let p = 0;
  while (lengths.length < n) {
    let v = 0;
    for (let shift = 0; ; shift += 7) {
      const c = b[p++];
      if (c === undefined || shift > 28) return fail('lengths of the strings in tensor_content are corrupt');
      v += (c & 127) * 2 ** shift;
      if (c < 128) break;
    }
    lengths.push(v);
  }
  return lengths.map((len) => {
    if (p + len > b.length) return fail('strings in tensor_content run past its end');
    p += len;
    return b.slice(p - len, p);
  });
}

/** The elements written as values under `form`, for the text format and the wire. Floats as numbers. */
export function formValues(a: NDArray, form: TensorForm): ArrayLike<number | bigint | Uint8Array> {
  const per = a.dtype.isComplex ? 2 : 1;
  const d = a.data as ArrayLike<number | bigint | Uint8Array>;
  if (form.count * per === d.length) return d;
  if (form.count * per > d.length) throw new ValueError(`form of ${a} asks for ${form.count} elements`);
  return (a.data as Float32Array).slice(0, form.count * per);
}
