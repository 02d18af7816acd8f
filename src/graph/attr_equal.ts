// Equality and hashing of attr values: floats by bits (NaN equals itself, -0 differs from 0), tensors by their values
// whatever fields carry them. Follows AreAttrValuesEqual and AttrValueHash in core/framework/attr_value_util.cc.
import { arraysEqual, bytesEqual, encodeUtf8, type NDArray, toBytes } from './ndarray.ts';
import { type AttrBytes, type AttrMap, type AttrValue, type FuncAttr, type ListAttr } from './node_def.ts';
import { type TensorShape } from './shape.ts';
import { sameForm } from './tensor_codec.ts';

/** Same kind and same value. With `forms`, tensors must also be written in the same fields. */
export function attrEqual(a: AttrValue, b: AttrValue, forms = false): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 's': return b.kind === 's' && textEqual(a.value, b.value);
    case 'i': return b.kind === 'i' && (a.value === b.value || BigInt(a.value) === BigInt(b.value));
    case 'f': return b.kind === 'f' && Object.is(a.value, b.value);
    case 'b': case 'type': case 'placeholder': return b.kind === a.kind && a.value === b.value;
    case 'shape': return b.kind === 'shape' && shapeEqual(a.value, b.value);
    case 'tensor': return b.kind === 'tensor' && tensorEqual(a.value, b.value, forms);
    case 'func': return b.kind === 'func' && funcEqual(a.value, b.value, forms);
    case 'list': return b.kind === 'list' && listEqual(a.value, b.value, forms);
  }
}

/** The bytes of a string attr. */
export function attrBytes(v: AttrBytes): Uint8Array { return typeof v === 'string' ? encodeUtf8(v) : v; }

function textEqual(a: AttrBytes, b: AttrBytes): boolean {
  return typeof a === 'string' && typeof b === 'string' ? a === b : bytesEqual(attrBytes(a), attrBytes(b));
}
function shapeEqual(a: TensorShape, b: TensorShape): boolean { return a === b || a.equals(b); }

export function tensorEqual(a: NDArray, b: NDArray, forms: boolean): boolean {
  if (a === b) return true;
  if (forms && (a.size > 0 || b.size > 0) && !sameForm(a, b)) return false;
  if (a.dtype.storage !== 'none') return arraysEqual(a, b);
  const [x, y] = [a.data as readonly Uint8Array[], b.data as readonly Uint8Array[]];
  return a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]) && x.every((v, i) => bytesEqual(v, y[i]!));
}

function funcEqual(a: FuncAttr, b: FuncAttr, forms: boolean): boolean { return a.name === b.name && attrMapEqual(a.attr, b.attr, forms); }

export function attrMapEqual(a: AttrMap, b: AttrMap, forms = false): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => Object.hasOwn(b, k) && attrEqual(a[k]!, b[k]!, forms));
}

function listEqual(a: ListAttr, b: ListAttr, forms: boolean): boolean {
  const same = <T>(x: readonly T[] | undefined, y: readonly T[] | undefined, eq: (p: T, q: T) => boolean): boolean =>
    (x?.length ?? 0) === (y?.length ?? 0) && (x ?? []).every((v, i) => eq(v, y![i]!));
  return same(a.s, b.s, textEqual) && same(a.i, b.i, (p, q) => p === q || BigInt(p) === BigInt(q)) && same(a.f, b.f, Object.is)
    && same(a.b, b.b, Object.is) && same(a.type, b.type, Object.is) && same(a.shape, b.shape, shapeEqual)
    && same(a.tensor, b.tensor, (p, q) => tensorEqual(p, q, forms)) && same(a.func, b.func, (p, q) => funcEqual(p, q, forms));
}

// --- hashing ---------------------------------------------------------------------------------------------------------

/** Running 64-bit hash in two lanes; feed it, then `digest`. Equal input sequences give equal digests. */
export class Hasher {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;
  int(v: number): void {
    this.#a = Math.imul(this.#a ^ v, 0x01000193);
    this.#a ^= this.#a >>> 13;
    this.#b = Math.imul((this.#b << 13) | (this.#b >>> 19), 5) + Math.imul(v ^ (v >>> 16), 0xcc9e2d51);
    this.#b |= 0;
  }
  string(s: string): void {
    this.int(s.length);
    for (let i = 0; i < s.length; i++) this.int(s.charCodeAt(i));
  }
  bytes(b: Uint8Array): void {
    this.int(b.length);
    for (let i = 0; i < b.length; i++) this.int(b[i]!);
  }
  /** 16 hex digits. */
  digest(): string {
    const mix = (h: number): number => {
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      return (h ^ (h >>> 16)) >>> 0;
    };
    return mix(this.#a).toString(16).padStart(8, '0') + mix(this.#b ^ this.#a).toString(16).padStart(8, '0');
  }
}

const f64 = new Float64Array(1);
const f64Bytes = new Uint8Array(f64.buffer);

/** Feeds what `attrEqual` (without forms) compares. */
export function hashAttr(h: Hasher, a: AttrValue): void {
  h.string(a.kind);
  switch (a.kind) {
    case 's': h.bytes(attrBytes(a.value)); break;
    case 'i': h.string(String(a.value)); break;
    case 'f': hashFloat(h, a.value); break;
    case 'b': h.int(a.value ? 1 : 0); break;
    case 'type': h.int(a.value.enum); break;
    case 'placeholder': h.string(a.value); break;
    case 'shape': h.string(a.value.debug); break;
    case 'tensor': hashTensor(h, a.value); break;
    case 'func': hashFunc(h, a.value); break;
    case 'list': {
      const l = a.value;
      for (const s of l.s ?? []) h.bytes(attrBytes(s));
      for (const i of l.i ?? []) h.string(String(i));
      for (const f of l.f ?? []) hashFloat(h, f);
      for (const b of l.b ?? []) h.int(b ? 1 : 2);
      for (const t of l.type ?? []) h.int(t.enum);
      for (const s of l.shape ?? []) h.string(s.debug);
      for (const t of l.tensor ?? []) hashTensor(h, t);
      for (const f of l.func ?? []) hashFunc(h, f);
    }
  }
}

function hashFloat(h: Hasher, x: number): void { f64[0] = Number.isNaN(x) ? NaN : x; h.bytes(f64Bytes); }
function hashTensor(h: Hasher, a: NDArray): void {
  h.int(a.dtype.enum);
  h.string(a.shape.join(','));
  if (a.dtype.storage === 'string' || a.dtype.storage === 'none') for (const s of a.data as readonly Uint8Array[]) h.bytes(s);
  else h.bytes(toBytes(a));
}
function hashFunc(h: Hasher, f: FuncAttr): void { h.string(f.name); hashAttrMap(h, f.attr); }

export function hashAttrMap(h: Hasher, attrs: AttrMap, keep: (key: string) => boolean = () => true): void {
  for (const k of Object.keys(attrs).filter(keep).sort()) { h.string(k); hashAttr(h, attrs[k]!); }
}
