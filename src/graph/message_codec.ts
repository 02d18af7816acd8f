// Protobuf messages by table: one description of a message's fields serves its binary and its text form. For the small
// messages around a graph (meta_graph_messages.ts); graphs themselves have codecs of their own, written for speed.
// Follows the protobuf encoding specification and google/protobuf/text_format.py.
import { type DType, protoName } from './dtype.ts';
import { type AttrInt } from './node_def.ts';
import { readDType } from './attr_codec.ts';
import { readDTypeText } from './attr_text.ts';
import { floatRepr } from './python_repr.ts';
import { quote, type TextReader, type TextWriter } from './text_format.ts';
import { COST, i32Tag, i64Tag, lenTag, varintTag, type WireReader, type WireWriter } from './wire.ts';

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
type Scalar = 'string' | 'bytes' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'fixed64' | 'bool' | 'float' | 'double' | 'dtype';
type FieldType = Scalar | EnumType | MessageType | CustomType;

interface Field {
  readonly number: number;
  /** Proto name (`restore_op_name`) and the key of the value (`restoreOpName`). */
  readonly name: string;
  readonly key: string;
  readonly type: () => FieldType;
  readonly label: Label | undefined;
}
/** `map` has string keys, `intMap` int32 keys; fields labelled `oneof` exclude each other and show even with default values. */
type Label = 'repeated' | 'map' | 'intMap' | 'oneof';

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
const isMap = (f: Field): boolean => f.label === 'map' || f.label === 'intMap';
/** Scalars and enums: what repeated fields pack. */
const isPacked = (t: FieldType): t is Packed => typeof t === 'object' ? 'enum' in t : t !== 'string' && t !== 'bytes';
type Packed = Exclude<Scalar, 'string' | 'bytes'> | EnumType;
const wireType = (t: Packed): number => (t === 'float' ? 5 : t === 'double' || t === 'fixed64' ? 1 : 0);

function set(into: Value, key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}
/** Puts a value that was read into its place. */
function store(m: MessageType, f: Field, into: Value, value: unknown, mapKey = ''): void {
  if (f.label === 'repeated') ((into[f.key] ??= []) as unknown[]).push(value);
  else if (isMap(f)) set((into[f.key] ??= {}) as Value, mapKey, value);
  else {
    if (f.label === 'oneof') for (const other of m.fields) if (other.label === 'oneof') delete into[other.key];
    into[f.key] = value;
  }
}
const sorted = (map: object): [string, unknown][] => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
/** The value of a map entry without one. */
const emptyValue = (t: FieldType): unknown => (t === 'string' ? '' : isPacked(t) ? 0 : {});

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
  if (isMap(f)) {
    if (wire !== 2) return false;
    const outer = r.enter();
    let key = '';
    let value: unknown;
    for (let u = r.tag(); u !== 0; u = r.tag()) {
      if (f.label === 'map' && u === lenTag(1)) key = r.string();
      else if (f.label === 'intMap' && u === varintTag(1)) key = String(r.int32());
      else if (u === lenTag(2) && !isPacked(type)) value = readLen(r, type);
      else if (isPacked(type) && u === ((2 << 3) | wireType(type))) value = readScalar(r, type);
      else r.skip(u);
    }
    r.leave(outer);
    store(m, f, out, value ?? emptyValue(type), key || (f.label === 'intMap' ? '0' : ''));
    return true;
  }
  if (!isPacked(type)) {
    if (wire !== 2) return false;
    store(m, f, out, readLen(r, type));
    return true;
  }
  if (wire !== wireType(type) && !(wire === 2 && f.label === 'repeated')) return false;
  r.packed(t, () => store(m, f, out, readScalar(r, type)));
  return true;
}

function readLen(r: WireReader, type: Exclude<FieldType, Packed>): unknown {
  if (type === 'string') return r.string();
  if (type === 'bytes') {
    const v = r.view();
    r.charge(COST.bytes + v.length);
    return v.slice();
  }
  return isMessage(type) ? readMessage(r, type) : type.read(r);
}

function readScalar(r: WireReader, type: Packed): unknown {
  switch (type) {
    case 'int32': return r.int32();
    case 'uint32': return r.uint32();
    case 'int64': return r.int64();
    case 'uint64': return r.uint64();
    case 'fixed64': return r.fixed64();
    case 'bool': return r.bool();
    case 'float': return r.float();
    case 'double': return r.double();
    case 'dtype': return readDType(r);
    default: return enumName(type, r.int32());
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
    if (isMap(f)) {
      for (const [k, x] of sorted(v as object)) {
        w.uint32(lenTag(f.number));
        const at = w.begin();
        if (f.label === 'map') { w.uint32(lenTag(1)); w.string(k); }
        else { w.uint32(varintTag(1)); w.int64(Number(k)); }
        writeOne(w, 2, type, x);
        w.end(at);
      }
    } else if (f.label === 'repeated') {
      const list = v as readonly unknown[];
      if (!isPacked(type)) for (const x of list) writeOne(w, f.number, type, x);
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
  if (isPacked(type)) {
    const wire = wireType(type);
    w.uint32(wire === 0 ? varintTag(n) : wire === 5 ? i32Tag(n) : i64Tag(n));
    writeScalar(w, type, v);
    return;
  }
  w.uint32(lenTag(n));
  if (isCustom(type)) type.write(w, v as never);
  else if (isMessage(type)) {
    const at = w.begin();
    writeFields(w, type, v as object);
    w.end(at);
  } else w.text(v as string);
}
function writeScalar(w: WireWriter, type: Packed, v: unknown): void {
  switch (type) {
    case 'float': w.float(v as number); break;
    case 'double': w.double(v as number); break;
    case 'fixed64': w.fixed64(v as AttrInt); break;
    case 'bool': w.bool(v as boolean); break;
    case 'dtype': w.uint32((v as DType).enum); break;
    default: w.int64(typeof type === 'object' ? enumNumber(type, v) : v as AttrInt);
  }
}

// --- text ----------------------------------------------------------------------------------------------------------

/** Writes the fields of a message as Python's printer does. */
export function writeFieldsText(w: TextWriter, m: MessageType, value: object): void {
  for (const f of m.fields) {
    const v = (value as Value)[f.key];
    if (v === undefined) continue;
    const type = f.type();
    if (isMap(f)) for (const [k, x] of sorted(v as object)) w.message(f.name, () => { w.scalar('key', f.label === 'map' ? quote(k) : k); writeOneText(w, 'value', type, x); });
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
  if (isMap(f)) r.each(() => readEntryText(r, m, f, type, into));
  else if (f.label === 'repeated') r.each(() => store(m, f, into, readOneText(r, type)));
  else store(m, f, into, readOneText(r, type));
  return true;
}
/** Names of the fields that may be given more than once. */
export function repeatedNames(m: MessageType): ReadonlySet<string> {
  return new Set(m.fields.filter((f) => f.label === 'repeated' || isMap(f)).map((f) => f.name));
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
    if (name === 'key') key = f.label === 'map' ? r.string() : String(r.int32());
    else if (name === 'value') value = readOneText(r, type);
    else return false;
    return true;
  });
  store(m, f, into, value ?? emptyValue(type), key);
}

function readOneText(r: TextReader, type: FieldType): unknown {
  switch (type) {
    case 'string': return r.string();
    case 'bytes': return r.bytes();
    case 'int32': return r.int32();
    case 'uint32': return r.uint32();
    case 'int64': return r.int64();
    case 'uint64': case 'fixed64': return BigInt(r.int(0n, 2n ** 64n - 1n));
    case 'bool': return r.bool();
    case 'float': return Math.fround(r.float());
    case 'double': return r.float();
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
