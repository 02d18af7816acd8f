// Text format of NodeDefs, attr values, tensors and shapes. Whole graphs are in graph_def_text.ts; the binary twin is
// attr_codec.ts. Follows google/protobuf/text_format.py and core/framework/{node_def,attr_value,tensor}.proto.
import { type DType, dtypeFromEnum, dtypeFromName, protoName } from './dtype.ts';
import { ValueError } from './errors.ts';
import { type NDArray } from './ndarray.ts';
import { type AttrMap, type AttrValue, type FuncAttr, type ListAttr, type NodeDef } from './node_def.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from './shape.ts';
import { sortedKeys } from './attr_codec.ts';
import { floatRepr } from './python_repr.ts';
import { buildTensor, contentBytes, formValues, type TensorFields, tensorForm, VALUE_FIELDS, valueField } from './tensor_codec.ts';
import { quote, type TextReader, type TextWriter } from './text_format.ts';
import { COST } from './wire.ts';

// --- writing -------------------------------------------------------------------------------------------------------

export const str = (w: TextWriter, name: string, v: string | undefined): void => { if (v) w.scalar(name, quote(v)); };
export const flag = (w: TextWriter, name: string, v: boolean | undefined): void => { if (v) w.scalar(name, 'true'); };

export function writeNodeText(w: TextWriter, n: NodeDef): void {
  str(w, 'name', n.name);
  str(w, 'op', n.op);
  for (const s of n.input) w.scalar('input', quote(s));
  str(w, 'device', n.device);
  writeAttrMap(w, n.attr);
}

export function writeAttrMap(w: TextWriter, attrs: AttrMap): void {
  for (const k of sortedKeys(attrs)) {
    w.message('attr', () => {
      w.scalar('key', quote(k));
      w.message('value', () => writeAttrText(w, attrs[k]!));
    });
  }
}

export function writeAttrText(w: TextWriter, a: AttrValue): void {
  switch (a.kind) {
    case 's': w.scalar('s', quote(a.value)); break;
    case 'i': w.scalar('i', String(a.value)); break;
    case 'f': w.scalar('f', floatRepr(a.value)); break;
    case 'b': w.scalar('b', String(a.value)); break;
    case 'type': w.scalar('type', protoName(a.value)); break;
    case 'shape': w.message('shape', () => writeShapeText(w, a.value)); break;
    case 'tensor': w.message('tensor', () => writeTensorText(w, a.value)); break;
    case 'list': w.message('list', () => writeListText(w, a.value)); break;
    case 'func': w.message('func', () => writeFunc(w, a.value)); break;
    case 'placeholder': w.scalar('placeholder', quote(a.value)); break;
  }
}

export function writeListText(w: TextWriter, l: ListAttr): void {
  for (const v of l.s ?? []) w.scalar('s', quote(v));
  for (const v of l.i ?? []) w.scalar('i', String(v));
  for (const v of l.f ?? []) w.scalar('f', floatRepr(v));
  for (const v of l.b ?? []) w.scalar('b', String(v));
  for (const v of l.type ?? []) w.scalar('type', protoName(v));
  for (const v of l.shape ?? []) w.message('shape', () => writeShapeText(w, v));
  for (const v of l.tensor ?? []) w.message('tensor', () => writeTensorText(w, v));
  for (const v of l.func ?? []) w.message('func', () => writeFunc(w, v));
}

function writeFunc(w: TextWriter, f: FuncAttr): void {
  str(w, 'name', f.name);
  writeAttrMap(w, f.attr);
}

export function writeShapeText(w: TextWriter, s: TensorShape): void {
  if (s.dims === null) w.scalar('unknown_rank', 'true');
  else for (const d of s.dims) w.message('dim', () => { if (d !== 0) w.scalar('size', String(d ?? -1)); });
}

export function writeTensorText(w: TextWriter, a: NDArray): void {
  const form = tensorForm(a);
  w.scalar('dtype', protoName(a.dtype));
  if (!form.shapeless) w.message('tensor_shape', () => writeShapeText(w, new TensorShape(a.shape)));
  if (form.content) w.scalar('tensor_content', quote(contentBytes(a)));
  const { name, kind } = valueField(a.dtype);
  const v = formValues(a, form);
  for (let i = 0; i < v.length; i++) {
    const x = v[i]!;
    if (kind === 'message') throw new ValueError(`${a} holds handles, which have no text form`);
    else w.scalar(name, kind === 'bytes' ? quote(x as Uint8Array) : kind === 'bool' ? String(x !== 0) : kind === 'int' ? String(x) : floatRepr(x as number));
  }
}

// --- reading -------------------------------------------------------------------------------------------------------

const NODE_DEF = new Set(['input', 'attr']);
const ATTR = new Set(['attr']);
const LIST = new Set(['s', 'i', 'f', 'b', 'type', 'shape', 'tensor', 'func']);
const DIM = new Set(['dim']);
const TENSOR = new Set(VALUE_FIELDS.map((f) => f.name));

export function readNodeText(r: TextReader): NodeDef {
  r.charge(COST.node);
  let [name, op, device] = ['', '', ''];
  const input: string[] = [];
  const attr: Record<string, AttrValue> = {};
  r.message('NodeDef', (f) => {
    switch (f) {
      case 'name': name = r.string(); return true;
      case 'op': op = r.string(); return true;
      case 'input': r.each(() => input.push(r.string())); return true;
      case 'device': device = r.string(); return true;
      case 'attr': r.each(() => readAttrEntryText(r, attr)); return true;
      case 'experimental_debug_info': r.message('NodeDef.ExperimentalDebugInfo', (g) => (/^original_(node|func)_names$/.test(g) ? (r.each(() => r.string()), true) : false), new Set(['original_node_names', 'original_func_names'])); return true;
      default: return false;
    }
  }, NODE_DEF);
  return { name, op, input, device, attr };
}

export function readAttrEntryText(r: TextReader, into: Record<string, AttrValue>): void {
  let key = '';
  let value: AttrValue | undefined;
  r.message('NodeDef.AttrEntry', (f) => {
    if (f === 'key') key = r.string();
    else if (f === 'value') value = readAttrText(r);
    else return false;
    return true;
  });
  if (value !== undefined) Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

export function readAttrText(r: TextReader): AttrValue | undefined {
  let a: AttrValue | undefined;
  r.message('AttrValue', (f) => { const v = readAttrField(r, f); if (v) a = v; return v !== undefined; });
  return a;
}

export function readAttrField(r: TextReader, f: string): AttrValue | undefined {
  switch (f) {
    case 's': return { kind: 's', value: r.text() };
    case 'i': return { kind: 'i', value: r.int64() };
    case 'f': return { kind: 'f', value: Math.fround(r.float()) };
    case 'b': return { kind: 'b', value: r.bool() };
    case 'type': return { kind: 'type', value: readDTypeText(r) };
    case 'shape': return { kind: 'shape', value: readShapeText(r) };
    case 'tensor': return { kind: 'tensor', value: readTensorText(r) };
    case 'list': return { kind: 'list', value: readList(r) };
    case 'func': return { kind: 'func', value: readFunc(r) };
    case 'placeholder': return { kind: 'placeholder', value: r.string() };
    default: return undefined;
  }
}

export function readDTypeText(r: TextReader): DType {
  r.colon();
  const at = r.at;
  const s = r.enumName();
  const d = /^\d+$/.test(s) ? dtypeFromEnum(Number(s)) : s.startsWith('DT_') ? dtypeFromName(s) : undefined;
  return d ?? r.fail(s === 'DT_INVALID' || s === '0' ? 'DT_INVALID is not a dtype' : `Enum type "tensorflow.DataType" has no value named ${s}.`, at);
}

function readList(r: TextReader): ListAttr {
  const l: { -readonly [K in keyof ListAttr]: NonNullable<ListAttr[K]>[number][] } = {};
  r.message('AttrValue.ListValue', (f) => {
    switch (f) {
      case 's': r.each(() => (l.s ??= []).push(r.text())); return true;
      case 'i': r.each(() => (l.i ??= []).push(r.int64())); return true;
      case 'f': r.each(() => (l.f ??= []).push(Math.fround(r.float()))); return true;
      case 'b': r.each(() => (l.b ??= []).push(r.bool())); return true;
      case 'type': r.each(() => (l.type ??= []).push(readDTypeText(r))); return true;
      case 'shape': r.each(() => (l.shape ??= []).push(readShapeText(r))); return true;
      case 'tensor': r.each(() => (l.tensor ??= []).push(readTensorText(r))); return true;
      case 'func': r.each(() => (l.func ??= []).push(readFunc(r))); return true;
      default: return false;
    }
  }, LIST);
  return l;
}

function readFunc(r: TextReader): FuncAttr {
  let name = '';
  const attr: Record<string, AttrValue> = {};
  r.message('NameAttrList', (f) => {
    if (f === 'name') name = r.string();
    else if (f === 'attr') r.each(() => readAttrEntryText(r, attr));
    else return false;
    return true;
  }, ATTR);
  return { name, attr };
}

export function readShapeText(r: TextReader): TensorShape {
  r.charge(COST.shape);
  let unknown = false;
  const dims: Dim[] = [];
  r.message('TensorShapeProto', (f) => {
    if (f === 'unknown_rank') unknown = r.bool();
    else if (f === 'dim') r.each(() => dims.push(readDim(r)));
    else return false;
    return true;
  }, DIM);
  return unknown ? UNKNOWN_SHAPE : new TensorShape(dims);
}

function readDim(r: TextReader): Dim {
  let size: Dim = 0;
  r.message('TensorShapeProto.Dim', (f) => {
    if (f === 'name') { r.string(); return true; }
    if (f !== 'size') return false;
    r.colon();
    const at = r.at;
    const v = r.int64();
    if (typeof v === 'bigint' || v < -1) r.fail(`dimension of size ${v}`, at);
    size = v === -1 ? null : v;
    return true;
  });
  return size;
}

export function readTensorText(r: TextReader): NDArray {
  const start = r.at;
  const f: TensorFields = { dtype: undefined, shape: null, content: undefined, fixed: undefined, values: undefined, field: 0 };
  const floats: number[] = [];
  r.charge(COST.tensor);
  r.message('TensorProto', (name) => {
    const field = VALUE_FIELDS.find((v) => v.name === name);
    if (field) {
      if (f.field !== 0 && f.field !== field.number) r.fail('elements in two value fields');
      f.field = field.number;
      const values = (f.values ??= []);
      r.each(() => {
        switch (field.kind) {
          case 'float': case 'double': floats.push(r.float()); break;
          case 'bytes': values.push(r.bytes()); break;
          case 'bool': values.push(r.bool() ? 1 : 0); break;
          case 'int': values.push(field.name === 'uint64_val' ? r.int(0n, 2n ** 64n - 1n) : field.name === 'uint32_val' ? r.uint32() : field.name === 'int64_val' ? r.int64() : r.int32()); break;
          case 'message': r.fail(`${name} is not supported in the text form`);
        }
      });
      return true;
    }
    switch (name) {
      case 'dtype': f.dtype = readDTypeText(r); return true;
      case 'tensor_shape': { const at = r.at; const s = readShapeText(r); if (!s.isFullyDefined) r.fail(`tensor of shape ${s}, not fully known`, at); f.shape = s.dims as number[]; return true; }
      case 'version_number': r.int32(); return true;
      case 'tensor_content': f.content = r.bytes(); return true;
      default: return false;
    }
  }, TENSOR);
  if (floats.length > 0) {
    const double = VALUE_FIELDS.find((v) => v.number === f.field)!.kind === 'double';
    f.fixed = new Uint8Array((double ? Float64Array.from(floats) : Float32Array.from(floats)).buffer);
    f.values = undefined;
  }
  return buildTensor(f, (why) => r.fail(why, start), (bytes) => r.charge(bytes, start));
}
