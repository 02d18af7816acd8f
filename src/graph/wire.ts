// Protobuf wire format: a bounds-checked reader and a growing writer, nothing about any message. Every length is
// checked against the enclosing message before anything is allocated, nesting is limited, and errors carry the byte
// offset. Follows the protobuf encoding specification.
import { DecodeError, ValueError } from './errors.ts';
import { type AttrInt } from './node_def.ts';

/** Tag of field `n` with wire type VARINT, LEN, I32 or I64. */
export const varintTag = (n: number): number => n << 3;
export const lenTag = (n: number): number => (n << 3) | 2;
export const i32Tag = (n: number): number => (n << 3) | 5;
export const i64Tag = (n: number): number => (n << 3) | 1;

/** Limits of decoding; what exceeds them is refused with a DecodeError. */
export interface DecodeLimits {
  /** Bytes that what is read may take in memory (an estimate, mostly too high). Default: 4 times the input and 64 MiB.
   * Raise it for graphs whose constants repeat one value over large shapes, and for large tables of strings. */
  readonly maxBytes?: number;
  /** Nesting of messages. Default 100, as protobuf's own. */
  readonly maxDepth?: number;
  /** Long tensors may be views of the input, which is theirs then: their elements are moved in it to where they may lie. Default: all are copies. */
  readonly sharesBytes?: boolean;
}
export const MAX_DEPTH = 100;
/** `maxBytes` by default, for an input of so many bytes. */
export const memoryFor = (inputBytes: number): number => 4 * inputBytes + 2 ** 26;

/** What things take in memory, roughly: what is charged against `maxBytes` where they are read. */
export const COST = {
  /** A message without any claims of its own. */
  message: 64,
  node: 180,
  tensor: 400,
  shape: 80,
  dim: 16,
  function: 700,
  opDef: 400,
  /** Entry of a list while the list grows. */
  item: 24,
  bigint: 32,
  /** A byte string of its own, without its bytes. */
  bytes: 250,
} as const;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class WireReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #maxDepth: number;
  readonly sharesBytes: boolean;
  pos = 0;
  /** End of the innermost message. */
  end: number;
  /** What is being read, for messages: `NodeDef 'a/b'`. */
  context = '';
  #budget: number;
  readonly #maxBytes: number;
  #what: string;
  #depth = 0;
  /** Low and high 32 bits of the varint read last. */
  #lo = 0;
  #hi = 0;

  constructor(bytes: Uint8Array, what: string, limits: DecodeLimits = {}) {
    // A plain view: a Buffer's slice() would not copy.
    this.bytes = bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
    this.#what = what;
    this.#maxDepth = limits.maxDepth ?? MAX_DEPTH;
    this.sharesBytes = limits.sharesBytes ?? false;
    this.#budget = this.#maxBytes = limits.maxBytes ?? memoryFor(bytes.length);
  }

  fail(why: string, at = this.pos): never {
    throw new DecodeError(`${this.#what} is corrupt at byte ${at}${this.context === '' ? '' : ` (in ${this.context})`}: ${why}`);
  }

  /** Takes memory from the budget, before it is allocated. */
  charge(bytes: number, at = this.pos): void {
    this.#budget -= bytes;
    if (this.#budget < 0) this.fail(overBudget(this.#maxBytes), at);
  }

  /** Next tag of this message, 0 at its end. */
  tag(): number {
    if (this.pos >= this.end) return 0;
    const at = this.pos;
    this.#varint();
    const t = this.#lo >>> 0;
    if (t >>> 3 === 0 || this.#hi !== 0) this.fail(`invalid tag ${this.#hi === 0 ? t : 'beyond 32 bits'}`, at);
    return t;
  }

  /** Enters a length-prefixed message; give the result to `leave`. */
  enter(cost: number = COST.message): number {
    const outer = this.end;
    const n = this.length('message');
    this.charge(cost);
    if (++this.#depth > this.#maxDepth) this.fail(`messages nested more than ${this.#maxDepth} deep`);
    this.end = this.pos + n;
    return outer;
  }
  leave(outer: number): void {
    this.#depth--;
    this.end = outer;
  }

  /** A length that fits into the enclosing message. */
  length(of: string): number {
    const at = this.pos;
    this.#varint();
    const n = (this.#hi >>> 0) * 4294967296 + (this.#lo >>> 0);
    if (n > this.end - this.pos) this.fail(`${of} of ${n} bytes where ${this.end - this.pos} remain`, at);
    return n;
  }

  /** A view of a length-prefixed byte field (not a copy). */
  view(): Uint8Array {
    const n = this.length('field');
    const v = this.bytes.subarray(this.pos, this.pos + n);
    this.pos += n;
    return v;
  }

  string(): string {
    const n = this.length('string');
    const at = this.pos;
    this.pos += n;
    const s = decodeText(this.bytes, at, at + n);
    if (s === undefined) this.fail('string is not valid UTF-8', at);
    this.charge(COST.item + fresh, at);
    return s;
  }

  /** A byte field as a string where it is UTF-8, else as a copy of the bytes. */
  text(): string | Uint8Array {
    const n = this.length('bytes');
    const at = this.pos;
    this.pos += n;
    const s = decodeText(this.bytes, at, at + n);
    this.charge(s === undefined ? COST.bytes + n : COST.item + fresh, at);
    return s ?? this.bytes.slice(at, at + n);
  }

  /** Varint as int64: a number where it is a safe integer. */
  int64(): AttrInt {
    this.#varint();
    const hi = this.#hi | 0;
    const v = hi * 4294967296 + (this.#lo >>> 0);
    if (Number.isSafeInteger(v)) return v;
    this.charge(COST.bigint);
    return (BigInt(hi) << 32n) | BigInt(this.#lo >>> 0);
  }
  uint64(): bigint {
    this.#varint();
    this.charge(COST.bigint);
    return (BigInt(this.#hi >>> 0) << 32n) | BigInt(this.#lo >>> 0);
  }
  int32(): number { this.#varint(); return this.#lo | 0; }
  uint32(): number { this.#varint(); return this.#lo >>> 0; }
  bool(): boolean { this.#varint(); return (this.#lo | this.#hi) !== 0; }
  float(): number {
    if (this.end - this.pos < 4) this.fail('float runs past the end of its message');
    const v = this.#view.getFloat32(this.pos, true);
    this.pos += 4;
    return v;
  }
  double(): number {
    if (this.end - this.pos < 8) this.fail('double runs past the end of its message');
    const v = this.#view.getFloat64(this.pos, true);
    this.pos += 8;
    return v;
  }
  fixed64(): bigint {
    if (this.end - this.pos < 8) this.fail('fixed64 runs past the end of its message');
    const v = this.#view.getBigUint64(this.pos, true);
    this.pos += 8;
    this.charge(COST.bigint);
    return v;
  }
  /** A view of `n` raw bytes. */
  raw(n: number): Uint8Array {
    if (this.end - this.pos < n) this.fail(`${n} bytes where ${this.end - this.pos} remain`);
    this.pos += n;
    return this.bytes.subarray(this.pos - n, this.pos);
  }

  /** Reads the elements of a packed field, or the one of an unpacked one, by `read`. */
  packed(tag: number, read: () => void): void {
    if ((tag & 7) !== 2) { this.charge(COST.item); read(); return; }
    const outer = this.end;
    const n = this.length('packed field');
    this.end = this.pos + n;
    while (this.pos < this.end) { this.charge(COST.item); read(); }
    this.end = outer;
  }

  /** Skips a field nobody asked for (newer producers write such). */
  skip(tag: number): void {
    const at = this.pos;
    switch (tag & 7) {
      case 0: this.#varint(); return;
      case 1: this.raw(8); return;
      case 2: { const n = this.length('field'); this.pos += n; return; } // length() moves pos as well
      case 5: this.raw(4); return;
      default: this.fail(`wire type ${tag & 7} of field ${tag >>> 3} is not supported`, at);
    }
  }

  #varint(): void {
    const { bytes, end } = this;
    let p = this.pos;
    let b = p < end ? bytes[p++]! : this.#truncated();
    if (b < 128) { this.#lo = b; this.#hi = 0; this.pos = p; return; }
    let lo = b & 127;
    let hi = 0;
    for (let shift = 7; ; shift += 7) {
      if (p >= end) this.#truncated();
      b = bytes[p++]!;
      const v = b & 127;
      if (shift < 28) lo |= v << shift;
      else if (shift === 28) { lo |= v << 28; hi = v >>> 4; }
      else if (shift < 70) hi |= shift - 32 < 32 ? v << (shift - 32) : 0;
      else this.fail('varint of more than 10 bytes');
      if (b < 128) break;
    }
    this.#lo = lo;
    this.#hi = hi;
    this.pos = p;
  }
  #truncated(): never { return this.fail(this.end === this.bytes.length ? 'data end here, in the middle of a field' : 'number runs past the end of its message'); }
}

/** Strings seen lately, by hash: keys, op types and names of inputs come again and again, and a string found here makes
 * no garbage. */
const recent: string[] = new Array<string>(1 << 14).fill('');
const codes: number[] = [];
/** What the string decoded last takes in memory; 0 when it was there already. */
let fresh = 0;

export function overBudget(maxBytes: number): string {
  return `decoding would take more than ${maxBytes} bytes (raise maxBytes to read it)`;
}

/** Bytes to a string; undefined when they are not UTF-8. */
function decodeText(b: Uint8Array, from: number, to: number): string | undefined {
  const n = to - from;
  fresh = n + 24;
  if (n > 128) return decodeLong(b, from, to);
  let h = n;
  let all = 0;
  for (let i = from; i < to; i++) {
    const c = b[i]!;
    all |= c;
    h = (Math.imul(h, 31) + c) | 0;
  }
  if (all > 127) return decodeLong(b, from, to);
  const slot = (h ^ (h >>> 15)) & 0x3fff;
  const old = recent[slot]!;
  if (old.length === n) {
    let i = 0;
    while (i < n && old.charCodeAt(i) === b[from + i]) i++;
    if (i === n) { fresh = 0; return old; }
  }
  codes.length = n;
  for (let i = 0; i < n; i++) codes[i] = b[from + i]!;
  return (recent[slot] = String.fromCharCode.apply(null, codes));
}
function decodeLong(b: Uint8Array, from: number, to: number): string | undefined {
  return isUtf8(b, from, to) ? utf8.decode(b.subarray(from, to)) : undefined;
}

/** Looked at by hand: a decoder that throws costs 20 us a string. */
export function isUtf8(b: Uint8Array, from = 0, to = b.length): boolean {
  for (let i = from; i < to;) {
    const c = b[i++]!;
    if (c < 0x80) continue;
    const more = c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 0;
    if (more === 0 || i + more > to) return false;
    const second = b[i]!;
    // Overlong forms, surrogates and what lies beyond U+10FFFF.
    if (c === 0xe0 && second < 0xa0 || c === 0xed && second > 0x9f || c === 0xf0 && second < 0x90 || c === 0xf4 && second > 0x8f) return false;
    for (const end = i + more; i < end; i++) if ((b[i]! & 0xc0) !== 0x80) return false;
  }
  return true;
}

const encoder = new TextEncoder();

const EMPTY = new Uint8Array(0);
/** Byte strings of this length are copied once, by `finish`; until then they must not change. */
const ASIDE = 1 << 14;
/** The most bytes a message may have: protobuf's own limit. */
const MAX_MESSAGE = 2 ** 31 - 1;

export class WireWriter {
  #buf: Uint8Array;
  #view: DataView;
  #pos = 0;
  /** Long byte strings, each in front of what stands at `at`, and their length. */
  readonly #aside: { at: number; readonly bytes: Uint8Array }[] = [];
  #asideLength = 0;

  constructor(capacity = 1024) {
    this.#buf = new Uint8Array(capacity);
    this.#view = new DataView(this.#buf.buffer);
  }
  /** A copy of what was written, behind `lead` bytes of room, in `memory` of so many bytes. Throws ValueError for more than protobuf
   * allows (2 GiB - 1). */
  finish(lead = 0, memory = (bytes: number): Uint8Array => new Uint8Array(bytes)): Uint8Array {
    const n = this.#pos + this.#asideLength;
    if (n > MAX_MESSAGE) throw new ValueError(`A message of ${n} bytes is more than protobuf's limit of ${MAX_MESSAGE} bytes.`);
    if (this.#asideLength === 0 && lead === 0) return this.#buf.slice(0, this.#pos);
    const out = memory(lead + n);
    let [from, to] = [0, lead];
    for (const { at, bytes } of [...this.#aside, { at: this.#pos, bytes: EMPTY }]) {
      out.set(this.#buf.subarray(from, at), to);
      out.set(bytes, to + at - from);
      to += at - from + bytes.length;
      from = at;
    }
    return out;
  }

  #reserve(n: number): void {
    const need = this.#pos + n;
    if (need <= this.#buf.length) return;
    const grown = new Uint8Array(Math.max(need, this.#buf.length * 2));
    grown.set(this.#buf.subarray(0, this.#pos));
    this.#buf = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** Tag or other varint below 2^32. */
  uint32(v: number): void {
    this.#reserve(5);
    let p = this.#pos;
    for (; v > 127; v >>>= 7) this.#buf[p++] = (v & 127) | 128;
    this.#buf[p++] = v;
    this.#pos = p;
  }
  /** Signed varint: negative numbers take ten bytes. */
  int64(v: AttrInt): void {
    if (typeof v === 'number' && v >= 0 && v <= 0xffffffff) { this.uint32(v); return; }
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(v));
    for (; rest > 127n; rest >>= 7n) this.#buf[this.#pos++] = Number(rest & 127n) | 128;
    this.#buf[this.#pos++] = Number(rest);
  }
  bool(v: boolean): void { this.uint32(v ? 1 : 0); }
  float(v: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#pos, v, true);
    this.#pos += 4;
  }
  double(v: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#pos, v, true);
    this.#pos += 8;
  }
  fixed64(v: AttrInt): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#pos, BigInt.asUintN(64, BigInt(v)), true);
    this.#pos += 8;
  }
  raw(b: Uint8Array): void {
    if (b.length >= ASIDE) {
      this.#aside.push({ at: this.#pos, bytes: b });
      this.#asideLength += b.length;
      return;
    }
    this.#reserve(b.length);
    this.#buf.set(b, this.#pos);
    this.#pos += b.length;
  }
  /** Length and bytes. */
  bytes(b: Uint8Array): void { this.uint32(b.length); this.raw(b); }
  /** Length and UTF-8. */
  string(s: string): void {
    const n = s.length;
    if (n > 127) { this.bytes(encoder.encode(s)); return; }
    this.#reserve(n + 1);
    const buf = this.#buf;
    const p = this.#pos + 1;
    for (let i = 0; i < n; i++) {
      const c = s.charCodeAt(i);
      if (c > 127) { this.bytes(encoder.encode(s)); return; }
      buf[p + i] = c;
    }
    buf[p - 1] = n;
    this.#pos = p + n;
  }
  text(v: string | Uint8Array): void { if (typeof v === 'string') this.string(v); else this.bytes(v); }

  /** Starts a length-prefixed message; give the result to `end`. */
  begin(): number {
    this.#reserve(1);
    return ++this.#pos;
  }
  /** Puts the length in front of what was written since `begin`. */
  end(start: number): void {
    let n = this.#pos - start;
    let first = this.#aside.length;
    while (first > 0 && this.#aside[first - 1]!.at >= start) n += this.#aside[--first]!.bytes.length;
    if (n < 128) { this.#buf[start - 1] = n; return; }
    let extra = 0;
    for (let v = n >>> 7; v > 0; v >>>= 7) extra++;
    this.#reserve(extra);
    this.#buf.copyWithin(start + extra, start, this.#pos);
    for (let i = first; i < this.#aside.length; i++) this.#aside[i]!.at += extra;
    let p = start - 1;
    let v = n;
    for (; v > 127; v >>>= 7) this.#buf[p++] = (v & 127) | 128;
    this.#buf[p] = v;
    this.#pos += extra;
  }

  // Whole fields; proto3 leaves out a field that has its default value.
  stringField(n: number, v: string): void { if (v !== '') { this.uint32(lenTag(n)); this.string(v); } }
  boolField(n: number, v: boolean | undefined): void { if (v) { this.uint32(varintTag(n)); this.uint32(1); } }
  intField(n: number, v: AttrInt | undefined): void { if (v !== undefined && v !== 0 && v !== 0n) { this.uint32(varintTag(n)); this.int64(v); } }
}
