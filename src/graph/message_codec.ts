// Protobuf messages by table: one description of a message's fields serves its binary and its text form. For the small
// messages around a graph (meta_graph_messages.ts); graphs themselves have codecs of their own, written for speed.
// Follows the protobuf encoding specification and google/protobuf/text_format.py.
import { type DType, protoName } from './dtype.ts';
import { type AttrInt } from './node_def.ts';
import { readDType } from './attr_codec.ts';
import { readDTypeText } from './attr_text.ts';
import { floatRepr } from './python_repr.ts';
import { quote, type TextReader, type TextWriter } from './text_format.ts';
import { COST, i32Tag, lenTag, varintTag, type WireReader, type WireWriter } from './wire.ts';

/** Names of an enum's values, by number. */
export interface EnumType { readonly enum: Readonly<Record<string, number>> }
/** A message: its name, and its fields in the order of their numbers. */
export interface MessageType { readonly message: string; readonly fields: readonly Field[] }
/** A message with a codec of its own: it starts behind the tag, or behind the field's name. */
export interface CustomType {
  readonly read: (r: WireReader) => unknown;
  readonly write: (w: WireWriter, v: never) => void;
  readonly readText: (r: TextReader) => unknown;
  readonly writeText: (w: TextWriter, field: string, v: never) => void;
}
type Scalar = 'string' | 'bytes' | 'int32' | 'int64' | 'bool' | 'float' | 'dtype';
type FieldType = Scalar | EnumType | MessageType | CustomType;

interface Field {
  readonly number: number;
  /** Proto name (`restore_op_name`) and the key of the value (`restoreOpName`). */
  readonly name: string;
  readonly key: string;
  readonly type: () => FieldType;
  readonly label: Label | undefined;
}
/** `map` has string keys; fields labelled `oneof` exclude each other and show even with default values. */
type Label = 'repeated' | 'map' | 'oneof';

/** Describes a message: proto name of each field -> number, type (a function where types refer to each other), label.
 * Decoded values have a key only for fields that are there. */
export function messageType(name: string, fields: Readonly<Record<string, readonly [number, FieldType | (() => FieldType), Label?]>>): MessageType {
  const list = Object.entries(fields).map(([field, [number, type, label]]): Field => ({
    number, name: field, key: field.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase()), type: typeof type === 'function' ? type : () => type, label,
  }));
  return { message: name, fields: list.sort((a, b) => a.number - b.number) };
}

type Value = Record<string, unknown>;
const isMessage = (t: FieldType): t is MessageType => typeof t === 'object' && 'message' in t;
const isCustom = (t: FieldType): t is CustomType => typeof t === 'object' && 'read' in t;

function set(into: Value, key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}
/** Puts a value that was read into its place. */
function store(m: MessageType, f: Field, into: Value, value: unknown, mapKey = ''): void {
  if (f.label === 'repeated') ((into[f.key] ??= []) as unknown[]).push(value);
  else if (f.label === 'map') set((into[f.key] ??= {}) as Value, mapKey, value);
  else {
    if (f.label === 'oneof') for (const other of m.fields) if (other.label === 'oneof') delete into[other.key];
    into[f.key] = value;
  }
}
const sorted = (map: object): [string, unknown][] => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));

// --- binary --------------------------------------------------------------------------------------------------------

/** Reads the fields of a message up to the reader's end. */
export function readFields(r: WireReader, m: MessageType): Value {
  const out: Value = {};
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    const f = m.fields.find((x) => x.number === t >>> 3);
    const type = f?.type();
    if (!f || type === undefined || !readField(r, m, f, type, t, out)) r.skip(t);
  }
  return out;
}
function readMessage(r: WireReader, m: MessageType): Value {
  const outer = r.enter();
  const out = readFields(r, m);
  r.leave(outer);
  return out;
}

function readField(r: WireReader, m: MessageType, f: Field, type: FieldType, t: number, out: Value): boolean {
  const wire = t & 7;
  if (f.label === 'map') {
    if (wire !== 2) return false;
    const outer = r.enter();
    let key = '';
    let value: unknown;
    for (let u = r.tag(); u !== 0; u = r.tag()) {
      if (u === lenTag(1)) key = r.string();
      else if (u === lenTag(2)) value = readLen(r, type);
      else r.skip(u);
    }
    r.leave(outer);
    store(m, f, out, value ?? (type === 'string' ? '' : {}), key);
    return true;
  }
  if (typeof type === 'object' && !('enum' in type) || type === 'string' || type === 'bytes') {
    if (wire !== 2) return false;
    store(m, f, out, readLen(r, type));
    return true;
  }
  const own = type === 'float' ? 5 : 0;
  if (wire !== own && !(wire === 2 && f.label === 'repeated')) return false;
  r.packed(t, () => store(m, f, out, readScalar(r, type)));
  return true;
}

function readLen(r: WireReader, type: FieldType): unknown {
  if (type === 'string') return r.string();
  if (type === 'bytes') {
    const v = r.view();
    r.charge(COST.bytes + v.length);
    return v.slice();
  }
  return isMessage(type) ? readMessage(r, type) : (type as CustomType).read(r);
}

function readScalar(r: WireReader, type: Scalar | EnumType): unknown {
  switch (type) {
    case 'int32': return r.int32();
    case 'int64': return r.int64();
    case 'bool': return r.bool();
    case 'float': return r.float();
    case 'dtype': return readDType(r);
    default: return enumName(type as EnumType, r.int32());
  }
}
function enumName(e: EnumType, n: number): string | number { return Object.keys(e.enum).find((k) => e.enum[k] === n) ?? n; }
function enumNumber(e: EnumType, v: unknown): number { return typeof v === 'number' ? v : e.enum[v as string] ?? 0; }

/** Writes the fields of a message, by number; scalars with default values are left out. */
export function writeFields(w: WireWriter, m: MessageType, value: object): void {
  for (const f of m.fields) {
    const v = (value as Value)[f.key];
    if (v === undefined) continue;
    const type = f.type();
    if (f.label === 'map') {
      for (const [k, x] of sorted(v as object)) {
        w.uint32(lenTag(f.number));
        const at = w.begin();
        w.uint32(lenTag(1));
        w.string(k);
        writeOne(w, 2, type, x);
        w.end(at);
      }
    } else if (f.label === 'repeated') {
      const list = v as readonly unknown[];
      if (type === 'string' || type === 'bytes' || typeof type === 'object' && !('enum' in type)) for (const x of list) writeOne(w, f.number, type, x);
      else if (list.length > 0) {
        w.uint32(lenTag(f.number));
        const at = w.begin();
        for (const x of list) writeScalar(w, type, x);
        w.end(at);
      }
    } else if (f.label === 'oneof' || !isDefault(type, v)) writeOne(w, f.number, type, v);
  }
}

function isDefault(type: FieldType, v: unknown): boolean {
  if (typeof type === 'object') return 'enum' in type && enumNumber(type, v) === 0;
  return type !== 'dtype' && (v === '' || v === false || v instanceof Uint8Array && v.length === 0 || v === 0n || Object.is(v, 0));
}

function writeOne(w: WireWriter, n: number, type: FieldType, v: unknown): void {
  if (type === 'float') { w.uint32(i32Tag(n)); w.float(v as number); return; }
  if (type === 'string' || type === 'bytes') { w.uint32(lenTag(n)); w.text(v as string); return; }
  if (isCustom(type)) { w.uint32(lenTag(n)); type.write(w, v as never); return; }
  if (isMessage(type)) {
    w.uint32(lenTag(n));
    const at = w.begin();
    writeFields(w, type, v as object);
    w.end(at);
    return;
  }
  w.uint32(varintTag(n));
  writeScalar(w, type, v);
}
function writeScalar(w: WireWriter, type: FieldType, v: unknown): void {
  if (type === 'float') w.float(v as number);
  else if (type === 'bool') w.bool(v as boolean);
  else if (type === 'dtype') w.uint32((v as DType).enum);
  else w.int64(typeof type === 'object' ? enumNumber(type as EnumType, v) : v as AttrInt);
}

// --- text ----------------------------------------------------------------------------------------------------------

/** Writes the fields of a message as Python's printer does. */
export function writeFieldsText(w: TextWriter, m: MessageType, value: object): void {
  for (const f of m.fields) {
    const v = (value as Value)[f.key];
    if (v === undefined) continue;
    const type = f.type();
    if (f.label === 'map') for (const [k, x] of sorted(v as object)) w.message(f.name, () => { w.scalar('key', quote(k)); writeOneText(w, 'value', type, x); });
    else if (f.label === 'repeated') for (const x of v as readonly unknown[]) writeOneText(w, f.name, type, x);
    else if (f.label === 'oneof' || !isDefault(type, v)) writeOneText(w, f.name, type, v);
  }
}

function writeOneText(w: TextWriter, name: string, type: FieldType, v: unknown): void {
  if (type === 'string' || type === 'bytes') w.scalar(name, quote(v as string));
  else if (type === 'float') w.scalar(name, floatRepr(v as number));
  else if (type === 'dtype') w.scalar(name, protoName(v as DType));
  else if (typeof type === 'string') w.scalar(name, String(v));
  else if (isMessage(type)) w.message(name, () => writeFieldsText(w, type, v as object));
  else if (isCustom(type)) type.writeText(w, name, v as never);
  else w.scalar(name, String(typeof v === 'number' ? enumName(type, v) : v));
}

/** One field by its name in text, for `TextReader.root` and `message`; false when the message has no such field. */
export function readFieldText(r: TextReader, m: MessageType, into: Value, name: string): boolean {
  const f = m.fields.find((x) => x.name === name);
  if (!f) return false;
  const type = f.type();
  if (f.label === 'map') r.each(() => readEntryText(r, m, f, type, into));
  else if (f.label === 'repeated') r.each(() => store(m, f, into, readOneText(r, type)));
  else store(m, f, into, readOneText(r, type));
  return true;
}
/** Names of the fields that may be given more than once. */
export function repeatedNames(m: MessageType): ReadonlySet<string> {
  return new Set(m.fields.filter((f) => f.label === 'repeated' || f.label === 'map').map((f) => f.name));
}
function readMessageText(r: TextReader, m: MessageType): Value {
  const out: Value = {};
  r.message(m.message, (name) => readFieldText(r, m, out, name), repeatedNames(m));
  return out;
}

function readEntryText(r: TextReader, m: MessageType, f: Field, type: FieldType, into: Value): void {
  let key = '';
  let value: unknown;
  r.message(`${m.message}.Entry`, (name) => {
    if (name === 'key') key = r.string();
    else if (name === 'value') value = readOneText(r, type);
    else return false;
    return true;
  });
  store(m, f, into, value ?? (type === 'string' ? '' : {}), key);
}

function readOneText(r: TextReader, type: FieldType): unknown {
  switch (type) {
    case 'string': return r.string();
    case 'bytes': return r.bytes();
    case 'int32': return r.int32();
    case 'int64': return r.int64();
    case 'bool': return r.bool();
    case 'float': return Math.fround(r.float());
    case 'dtype': return readDTypeText(r);
    default:
  }
  if (isMessage(type)) return readMessageText(r, type);
  if (isCustom(type)) return type.readText(r);
  r.colon();
  const at = r.at;
  const s = r.enumName();
  if (/^\d+$/.test(s)) return enumName(type as EnumType, Number(s));
  return s in (type as EnumType).enum ? s : r.fail(`Enum type has no value named ${s}.`, at);
}
