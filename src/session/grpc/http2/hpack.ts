// HPACK (RFC 7541): header lists to bytes and back. What is sent again and again is one byte after the first time. Strings are
// written as they are; Huffman's code is only read.
import { COMPRESSION_ERROR, ConnectionFault, ENHANCE_YOUR_CALM } from './frames.ts';
import { HUFFMAN_BITS, STATIC_TABLE } from './hpack_tables.ts';

export type Header = readonly [name: string, value: string];

/** What a table may hold until its reader says otherwise, in the bytes of section 4.1. */
export const TABLE_BYTES = 4096;
/** What a header list may be large, in the same bytes; gRPC's own servers take 8 to 16 kB. */
export const MAX_LIST_BYTES = 1 << 16;
const ENTRY_BYTES = 32;
const costOf = ([name, value]: Header): number => name.length + value.length + ENTRY_BYTES;

const fail = (why: string): never => { throw new ConnectionFault(COMPRESSION_ERROR, `headers: ${why}`); };

/** The dynamic table of one direction: the newest entry is the first; what does not fit falls off the end. */
class DynamicTable {
  /** Oldest first. */
  readonly #entries: Header[] = [];
  #bytes = 0;
  #limit = TABLE_BYTES;
  /** Entries ever made: an entry's number minus this tells where it is now. */
  made = 0;

  get limit(): number { return this.#limit; }
  set limit(bytes: number) {
    this.#limit = bytes;
    this.#evict(0);
  }
  /** Entries at hand. */
  get size(): number { return this.#entries.length; }
  at(index: number): Header | undefined { return this.#entries[this.#entries.length - 1 - index]; }
  add(h: Header): void {
    const cost = costOf(h);
    this.#evict(cost);
    this.made++;
    if (cost > this.#limit) return;
    this.#entries.push(h);
    this.#bytes += cost;
  }
  #evict(room: number): void {
    while (this.#entries.length > 0 && this.#bytes + room > this.#limit) this.#bytes -= costOf(this.#entries.shift()!);
  }
}

export class HpackDecoder {
  readonly #table = new DynamicTable();
  #b: Uint8Array = new Uint8Array();
  #at = 0;

  /** The headers of a whole block. Throws ConnectionFault: after it, what follows on this connection cannot be read. */
  decode(block: Uint8Array): Header[] {
    this.#b = block;
    this.#at = 0;
    const out: Header[] = [];
    let bytes = 0;
    while (this.#at < block.length) {
      const first = block[this.#at]!;
      let h: Header;
      if (first >= 0x80) h = this.#entry(this.#integer(7));
      else if (first >= 0x40) this.#table.add(h = this.#literal(6));
      else if (first >= 0x20) {
        if (out.length > 0) fail('the size of the table changes in the middle');
        const limit = this.#integer(5);
        if (limit > TABLE_BYTES) fail('a larger table than was allowed');
        this.#table.limit = limit;
        continue;
      } else h = this.#literal(4);
      bytes += costOf(h);
      if (bytes > MAX_LIST_BYTES) throw new ConnectionFault(ENHANCE_YOUR_CALM, `headers of more than ${MAX_LIST_BYTES} bytes`);
      out.push(h);
    }
    return out;
  }

  #entry(index: number): Header {
    return (index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.#table.at(index - STATIC_TABLE.length - 1)) ?? fail(`no entry ${index}`);
  }
  #literal(bits: number): Header {
    const index = this.#integer(bits);
    const name = index === 0 ? this.#string() : this.#entry(index)[0];
    return [name, this.#string()];
  }
  /** Section 5.1. */
  #integer(bits: number): number {
    const b = this.#b, most = (1 << bits) - 1;
    let v = b[this.#at++]! & most;
    if (v < most) return v;
    for (let shift = 0; ; shift += 7) {
      const next = this.#at < b.length ? b[this.#at++]! : fail('they end in a number');
      if (shift > 21) fail('a number is too large');
      v += (next & 127) << shift;
      if (next < 128) return v;
    }
  }
  /** Section 5.2; bytes as characters. */
  #string(): string {
    const coded = this.#at < this.#b.length ? this.#b[this.#at]! >= 0x80 : fail('they end where a string begins');
    const n = this.#integer(7), from = this.#at;
    if (n > this.#b.length - from) fail('they end in a string');
    this.#at += n;
    const bytes = this.#b.subarray(from, from + n);
    return coded ? huffmanDecode(bytes) : characters(bytes);
  }
}

function characters(bytes: Uint8Array): string { return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'); }

/** By length of the words: the first word, and where its symbol stands in `SYMBOLS`. */
const LONGEST = 30;
const SYMBOLS = HUFFMAN_BITS.map((_, s) => s).sort((a, b) => HUFFMAN_BITS[a]! - HUFFMAN_BITS[b]! || a - b);
const COUNTS = Array.from({ length: LONGEST + 1 }, (_, bits) => HUFFMAN_BITS.filter((b) => b === bits).length);
const END = 256;

function huffmanDecode(bytes: Uint8Array): string {
  const out = new Uint8Array(Math.floor(bytes.length * 8 / 5));
  let n = 0;
  let word = 0, length = 0, first = 0, passed = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      // Canonical: the words of one length are consecutive numbers; `first` is the first of them, `passed` the shorter ones before.
      word = word * 2 + ((byte >> bit) & 1);
      length++;
      first *= 2;
      const count = COUNTS[length]!;
      if (word - first < count) {
        const symbol = SYMBOLS[passed + word - first]!;
        if (symbol === END) fail('the end of a string stands inside it');
        out[n++] = symbol;
        word = length = first = passed = 0;
      } else {
        first += count;
        passed += count;
      }
    }
  }
  // What is left over must be the beginning of the end: less than a byte of ones.
  if (length > 7 || word !== (1 << length) - 1) fail('a string ends in the middle of a character');
  return characters(out.subarray(0, n));
}

export class HpackEncoder {
  readonly #table = new DynamicTable();
  /** Entries of the table by name and value: their numbers. */
  readonly #known = new Map<string, number>();
  /** A new size of the table that the peer has to be told. */
  #resized = false;
  /** Headers that came again, written: good as long as nothing new stands in the table. */
  readonly #blocks = new Map<readonly Header[], { readonly made: number; readonly bytes: Uint8Array }>();

  /** The peer's table holds so many bytes. */
  set peerLimit(bytes: number) {
    const limit = Math.min(bytes, TABLE_BYTES);
    if (limit === this.#table.limit) return;
    this.#table.limit = limit;
    this.#resized = true;
    this.#blocks.clear();
  }

  /** Writes a block. `kept`: headers that come again, a list of which there are few; the others are written out every time. */
  encode(kept: readonly Header[], others: readonly Header[] = []): Uint8Array {
    const old = this.#blocks.get(kept);
    if (old?.made === this.#table.made && others.length === 0) return old.bytes;
    const out = new Bytes(), { made } = this.#table, resized = this.#resized;
    if (resized) {
      out.integer(5, 0x20, this.#table.limit);
      this.#resized = false;
    }
    for (const h of kept) this.#write(out, h);
    if (made === this.#table.made && !resized && others.length === 0) this.#blocks.set(kept, { made, bytes: out.bytes });
    for (const [name, value] of others) {
      out.integer(4, 0, NAMES.get(name) ?? 0);
      if (!NAMES.has(name)) out.string(name);
      out.string(value);
    }
    return out.bytes;
  }

  #write(out: Bytes, h: Header): void {
    const [name, value] = h, key = `${name}\0${value}`;
    const fixed = PAIRS.get(key);
    if (fixed !== undefined) { out.integer(7, 0x80, fixed); return; }
    const number = this.#known.get(key), at = number === undefined ? Infinity : this.#table.made - 1 - number;
    if (at < this.#table.size) { out.integer(7, 0x80, STATIC_TABLE.length + 1 + at); return; }
    out.integer(6, 0x40, NAMES.get(name) ?? 0);
    if (!NAMES.has(name)) out.string(name);
    out.string(value);
    if (this.#known.size > 1000) this.#known.clear(); // mostly of entries that have gone
    this.#known.set(key, this.#table.made);
    this.#table.add(h);
  }
}
const PAIRS = new Map(STATIC_TABLE.map(([name, value], i) => [`${name}\0${value}`, i + 1]));
/** The first entry of each name. */
const NAMES = new Map([...STATIC_TABLE].reverse().map(([name], i) => [name, STATIC_TABLE.length - i]));

/** A few bytes that grow. */
class Bytes {
  #b = Buffer.allocUnsafe(256);
  #n = 0;
  get bytes(): Uint8Array { return this.#b.subarray(0, this.#n); }
  integer(bits: number, pattern: number, v: number): void {
    const most = (1 << bits) - 1;
    this.#room(6);
    if (v < most) { this.#b[this.#n++] = pattern | v; return; }
    this.#b[this.#n++] = pattern | most;
    for (v -= most; v > 127; v >>>= 7) this.#b[this.#n++] = (v & 127) | 128;
    this.#b[this.#n++] = v;
  }
  string(s: string): void {
    this.integer(7, 0, s.length);
    this.#room(s.length);
    this.#n += this.#b.write(s, this.#n, 'latin1');
  }
  #room(n: number): void {
    if (this.#n + n <= this.#b.length) return;
    const grown = Buffer.allocUnsafe(2 * (this.#n + n));
    grown.set(this.#b);
    this.#b = grown;
  }
}
