// Binary protobuf of NodeDefs, attr values, tensors and shapes, straight between bytes and the IR (no message objects between).
// Whole graphs are in graph_def_codec.ts. Writes what TF's Python writes: map keys sorted, defaults left
// out. Follows core/framework/{attr_value,tensor,tensor_shape}.proto.
import { type DType, dtypeFromEnum } from './dtype.ts';
import { encodeUtf8, type NDArray, toBytes } from './ndarray.ts';
import { type AttrBytes, type AttrInt, type AttrMap, type AttrValue, type FuncAttr, type ListAttr, type NodeDef } from './node_def.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from './shape.ts';
import { buildTensor, contentBytes, formValues, type TensorFields, type TensorForm, tensorForm, VALUE_FIELDS, valueField } from './tensor_codec.ts';
import { COST, i32Tag, lenTag, varintTag, WireReader, WireWriter } from './wire.ts';

// --- reading -------------------------------------------------------------------------------------------------------

export function readNodeDef(r: WireReader): NodeDef {
  const outer = r.enter(COST.node);
  const context = r.context;
  let [name, op, device] = ['', '', ''];
  const input: string[] = [];
  const attr: Record<string, AttrValue> = {};
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    switch (t) {
      case lenTag(1): name = r.string(); r.context = `node '${name}'`; break;
      case lenTag(2): op = r.string(); break;
      case lenTag(3): input.push(r.string()); break;
      case lenTag(4): device = r.string(); break;
      case lenTag(5): readAttrEntry(r, attr); break;
      default: r.skip(t);
    }
  }
  r.leave(outer);
  r.context = context;
  return { name, op, input, device, attr };
}

/** Reads the entries of `map<string, AttrValue>` into `into`; the key of an attr without any value is left out. */
export function readAttrEntry(r: WireReader, into: Record<string, AttrValue>): void {
  const outer = r.enter();
  let key = '';
  let value: AttrValue | undefined;
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t === lenTag(1)) key = r.string();
    else if (t === lenTag(2)) value = readAttrValue(r);
    else r.skip(t);
  }
  r.leave(outer);
  if (value === undefined) return;
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

/** Undefined when no field is set. */
export function readAttrValue(r: WireReader): AttrValue | undefined {
  const outer = r.enter();
  let v: AttrValue | undefined;
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    switch (t) {
      case lenTag(1): v = { kind: 'list', value: readList(r) }; break;
      case lenTag(2): v = { kind: 's', value: r.text() }; break;
      case varintTag(3): v = { kind: 'i', value: r.int64() }; break;
      case i32Tag(4): v = { kind: 'f', value: r.float() }; break;
      case varintTag(5): v = { kind: 'b', value: r.bool() }; break;
      case varintTag(6): v = { kind: 'type', value: readDType(r) }; break;
      case lenTag(7): v = { kind: 'shape', value: readShape(r) }; break;
      case lenTag(8): v = { kind: 'tensor', value: readTensor(r) }; break;
      case lenTag(9): v = { kind: 'placeholder', value: r.string() }; break;
      case lenTag(10): v = { kind: 'func', value: readFunc(r) }; break;
      default: r.skip(t);
    }
  }
  r.leave(outer);
  return v;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] | undefined ? E[] : T[K] };

function readList(r: WireReader): ListAttr {
  const outer = r.enter();
  const l: Mutable<ListAttr> = {};
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    switch (t >>> 3) {
      case 2: if (t === lenTag(2)) (l.s ??= []).push(r.text()); else r.skip(t); break;
      case 3: { const a: AttrInt[] = (l.i ??= []); r.packed(t, () => a.push(r.int64())); break; }
      case 4: { const a: number[] = (l.f ??= []); r.packed(t, () => a.push(r.float())); break; }
      case 5: { const a: boolean[] = (l.b ??= []); r.packed(t, () => a.push(r.bool())); break; }
      case 6: { const a: DType[] = (l.type ??= []); r.packed(t, () => a.push(readDType(r))); break; }
      case 7: if (t === lenTag(7)) (l.shape ??= []).push(readShape(r)); else r.skip(t); break;
      case 8: if (t === lenTag(8)) (l.tensor ??= []).push(readTensor(r)); else r.skip(t); break;
      case 9: if (t === lenTag(9)) (l.func ??= []).push(readFunc(r)); else r.skip(t); break;
      default: r.skip(t);
    }
  }
  r.leave(outer);
  return l;
}

function readFunc(r: WireReader): FuncAttr {
  const outer = r.enter();
  let name = '';
  const attr: Record<string, AttrValue> = {};
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t === lenTag(1)) name = r.string();
    else if (t === lenTag(2)) readAttrEntry(r, attr);
    else r.skip(t);
  }
  r.leave(outer);
  return { name, attr };
}

export function readDType(r: WireReader): DType {
  const at = r.pos;
  const n = r.int32();
  return dtypeFromEnum(n) ?? r.fail(n === 0 ? 'DT_INVALID is not a dtype' : `unknown dtype number ${n}`, at);
}

export function readShape(r: WireReader): TensorShape {
  const outer = r.enter(COST.shape);
  let unknown = false;
  const dims: Dim[] = [];
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t === varintTag(3)) unknown = r.bool();
    else if (t === lenTag(2)) dims.push(readDim(r));
    else r.skip(t);
  }
  r.leave(outer);
  return unknown ? UNKNOWN_SHAPE : new TensorShape(dims);
}

function readDim(r: WireReader): Dim {
  const outer = r.enter(COST.dim);
  let size: Dim = 0;
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t !== varintTag(1)) { r.skip(t); continue; }
    const at = r.pos;
    const v = r.int64();
    if (typeof v === 'bigint' || v < -1) r.fail(`dimension of size ${v}`, at);
    size = v === -1 ? null : v;
  }
  r.leave(outer);
  return size;
}

export function readTensor(r: WireReader): NDArray {
  const start = r.pos;
  const outer = r.enter(COST.tensor);
  const a = readTensorFields(r, start);
  r.leave(outer);
  return a;
}
/** A TensorProto that is no part of another message. Errors: DecodeError. */
export function decodeTensor(bytes: Uint8Array): NDArray { return readTensorFields(new WireReader(bytes, 'TensorProto'), 0); }
function readTensorFields(r: WireReader, start: number): NDArray {
  const f: TensorFields = { dtype: undefined, shape: null, content: undefined, fixed: undefined, values: undefined, field: 0 };
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    const n = t >>> 3;
    if (t === varintTag(1)) f.dtype = readDType(r);
    else if (t === lenTag(2)) f.shape = fullShape(r);
    else if (t === lenTag(4)) f.content = r.view();
    else if (n >= 5 && n <= 17) readValues(r, t, f);
    else r.skip(t);
  }
  return buildTensor(f, (why) => r.fail(why, start), (bytes) => r.charge(bytes, start));
}

function fullShape(r: WireReader): readonly number[] {
  const at = r.pos;
  const s = readShape(r);
  if (!s.isFullyDefined) r.fail(`tensor of shape ${s}, not fully known`, at);
  return s.dims as number[];
}

function readValues(r: WireReader, t: number, f: TensorFields): void {
  const n = t >>> 3;
  const at = r.pos;
  if (f.field !== 0 && f.field !== n) r.fail('elements in two value fields', at);
  f.field = n;
  const kind = VALUE_FIELDS.find((v) => v.number === n)!.kind;
  if (kind === 'float' || kind === 'double') {
    const width = kind === 'float' ? 4 : 8;
    const chunk = (t & 7) === 2 ? r.view() : (t & 7) === (width === 4 ? 5 : 1) ? r.raw(width) : (r.skip(t), EMPTY);
    r.charge(3 * chunk.length);
    if (chunk.length % width !== 0) r.fail(`packed field of ${chunk.length} bytes, not whole elements of ${width}`, at);
    f.fixed = f.fixed === undefined ? chunk : concat(f.fixed, chunk);
    return;
  }
  const values = (f.values ??= []);
  if (kind === 'bytes' || kind === 'message') {
    if ((t & 7) !== 2) { r.skip(t); return; }
    const v = r.view();
    r.charge(COST.bytes + v.length);
    values.push(v.slice());
  } else if ((t & 7) !== 0 && (t & 7) !== 2) r.skip(t);
  else r.packed(t, kind === 'bool' ? () => values.push(r.bool() ? 1 : 0) : n === 17 ? () => values.push(r.uint64()) : n === 16 ? () => values.push(r.uint32()) : () => values.push(r.int64()));
}
const EMPTY = new Uint8Array(0);

/** Grows geometrically inside one buffer, so a million unpacked floats stay linear. */
function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const need = a.length + b.length;
  const spare = grown.get(a.buffer as ArrayBuffer) === a.length && a.buffer.byteLength >= need;
  const buf = spare ? (a.buffer as ArrayBuffer) : new ArrayBuffer(Math.max(64, need * 2));
  const out = new Uint8Array(buf, 0, need);
  if (!spare) out.set(a);
  out.set(b, a.length);
  grown.set(buf, need);
  return out;
}
const grown = new WeakMap<ArrayBuffer, number>();

// --- writing -------------------------------------------------------------------------------------------------------

export function writeNodeDef(w: WireWriter, n: NodeDef): void {
  const at = w.begin();
  w.stringField(1, n.name);
  w.stringField(2, n.op);
  for (const s of n.input) { w.uint32(lenTag(3)); w.string(s); }
  w.stringField(4, n.device);
  writeAttrs(w, 5, n.attr);
  w.end(at);
}

/** Keys of a map in the order deterministic serialisation gives them (by bytes). */
export function sortedKeys(map: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(map);
  return keys.length < 2 ? keys : keys.sort();
}

/** Writes `map<string, AttrValue>` as field `n`. */
export function writeAttrs(w: WireWriter, n: number, attrs: AttrMap): void {
  for (const k of sortedKeys(attrs)) {
    w.uint32(lenTag(n));
    const at = w.begin();
    w.uint32(lenTag(1));
    w.string(k);
    w.uint32(lenTag(2));
    writeAttrValue(w, attrs[k]!);
    w.end(at);
  }
}

export function writeAttrValue(w: WireWriter, a: AttrValue): void {
  const at = w.begin();
  switch (a.kind) {
    case 'list': w.uint32(lenTag(1)); writeList(w, a.value); break;
    case 's': w.uint32(lenTag(2)); w.text(a.value); break;
    case 'i': w.uint32(varintTag(3)); w.int64(a.value); break;
    case 'f': w.uint32(i32Tag(4)); w.float(a.value); break;
    case 'b': w.uint32(varintTag(5)); w.bool(a.value); break;
    case 'type': w.uint32(varintTag(6)); w.uint32(a.value.enum); break;
    case 'shape': w.uint32(lenTag(7)); writeShape(w, a.value); break;
    case 'tensor': w.uint32(lenTag(8)); writeTensor(w, a.value); break;
    case 'placeholder': w.uint32(lenTag(9)); w.string(a.value); break;
    case 'func': w.uint32(lenTag(10)); writeFunc(w, a.value); break;
  }
  w.end(at);
}

function writeList(w: WireWriter, l: ListAttr): void {
  const at = w.begin();
  const each = <T>(n: number, v: readonly T[] | undefined, write: (x: T) => void): void => {
    if (v) for (const x of v) { w.uint32(lenTag(n)); write(x); }
  };
  each<AttrBytes>(2, l.s, (x) => w.text(x));
  packed(w, 3, l.i, (x) => w.int64(x));
  packed(w, 4, l.f, (x) => w.float(x));
  packed(w, 5, l.b, (x) => w.bool(x));
  packed(w, 6, l.type, (x) => w.uint32(x.enum));
  each(7, l.shape, (x) => writeShape(w, x));
  each(8, l.tensor, (x) => writeTensor(w, x));
  each(9, l.func, (x) => writeFunc(w, x));
  w.end(at);
}

export function packed<T>(w: WireWriter, n: number, v: ArrayLike<T> | undefined, write: (x: T) => void): void {
  if (!v || v.length === 0) return;
  w.uint32(lenTag(n));
  const at = w.begin();
  for (let i = 0; i < v.length; i++) write(v[i]!);
  w.end(at);
}

function writeFunc(w: WireWriter, f: FuncAttr): void {
  const at = w.begin();
  w.stringField(1, f.name);
  writeAttrs(w, 2, f.attr);
  w.end(at);
}

export function writeShape(w: WireWriter, s: TensorShape): void {
  const at = w.begin();
  if (s.dims === null) w.boolField(3, true);
  else {
    for (const d of s.dims) {
      w.uint32(lenTag(2));
      const dim = w.begin();
      w.intField(1, d ?? -1);
      w.end(dim);
    }
  }
  w.end(at);
}

export function writeTensor(w: WireWriter, a: NDArray, form: TensorForm = tensorForm(a)): void {
  const at = w.begin();
  writeTensorFields(w, a, form);
  w.end(at);
}
/** A TensorProto that is no part of another message. */
export function encodeTensor(a: NDArray): Uint8Array {
  const w = new WireWriter();
  writeTensorFields(w, a, tensorForm(a));
  return w.finish();
}
function writeTensorFields(w: WireWriter, a: NDArray, form: TensorForm): void {
  w.uint32(varintTag(1));
  w.uint32(a.dtype.enum);
  if (!form.shapeless) {
    w.uint32(lenTag(2));
    writeShape(w, new TensorShape(a.shape));
  }
  if (form.content) {
    w.uint32(lenTag(4));
    w.bytes(contentBytes(a));
  } else if (form.count > 0) {
    const { number, kind } = valueField(a.dtype);
    const v = formValues(a, form);
    if (kind === 'float' || kind === 'double') {
      w.uint32(lenTag(number));
      w.bytes(toBytes(a).subarray(0, form.count * a.dtype.size));
    } else if (kind === 'bytes' || kind === 'message') {
      for (let i = 0; i < v.length; i++) {
        w.uint32(lenTag(number));
        const x = v[i] as Uint8Array | string;
        w.bytes(typeof x === 'string' ? encodeUtf8(x) : x);
      }
    } else packed(w, number, v as ArrayLike<AttrInt>, (x) => w.int64(x));
  }
}
