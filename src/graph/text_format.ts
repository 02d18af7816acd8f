// Protobuf's text format: a reader that knows tokens, fields and literals but no message, and the escaping of the
// writer. Errors have Python's text and name line and column. Follows google/protobuf/text_format.py.
import { DecodeError } from './errors.ts';
import { encodeUtf8 } from './ndarray.ts';
import { COST, type DecodeLimits, isUtf8, MAX_DEPTH, memoryFor, overBudget } from './wire.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Kinds of token: punctuation is its own character. */
type Kind = 'word' | 'number' | 'string' | 'end' | 'punctuation';

export class TextReader {
  readonly #text: string;
  readonly #maxDepth: number;
  #what: string;
  #pos = 0;
  #depth = 0;
  #kind: Kind = 'end';
  #start = 0;
  #value = '';
  readonly #maxBytes: number;
  #budget: number;

  constructor(text: string, what: string, limits: DecodeLimits = {}) {
    this.#text = text;
    this.#what = what;
    this.#maxDepth = limits.maxDepth ?? MAX_DEPTH;
    this.#budget = this.#maxBytes = limits.maxBytes ?? memoryFor(text.length);
    this.#next();
  }

  /** Offset of the current token, for `fail`. */
  get at(): number { return this.#start; }

  /** Throws with the place: `3:7 : ...`. */
  fail(why: string, at = this.#start): never {
    let line = 1;
    let from = 0;
    for (let i = this.#text.indexOf('\n'); i >= 0 && i < at; i = this.#text.indexOf('\n', i + 1)) { line++; from = i + 1; }
    throw new DecodeError(`${line}:${at - from + 1} : ${why}`, { remedy: `line ${line} of the text form of ${this.#what}` });
  }

  /** Takes memory from the budget, before it is allocated. */
  charge(bytes: number, at = this.#start): void {
    this.#budget -= bytes;
    if (this.#budget < 0) this.fail(overBudget(this.#maxBytes), at);
  }

  /** Reads the whole text as the fields of one message. */
  root(message: string, field: (name: string) => boolean, repeated?: ReadonlySet<string>): void {
    this.#fields(message, field, repeated, 'end', '');
  }

  /** Reads `{ fields }` or `< fields >` after a field name. `field` reads the value of one field, or returns false when
   * there is no such field; fields not in `repeated` may occur once. */
  message(message: string, field: (name: string) => boolean, repeated?: ReadonlySet<string>): void {
    this.charge(COST.message);
    this.#take(':');
    const close = this.#value === '<' ? '>' : '}';
    if (this.#kind !== 'punctuation' || (this.#value !== '{' && this.#value !== '<')) this.fail('Expected "{".');
    if (++this.#depth > this.#maxDepth) this.fail(`Message nested more than ${this.#maxDepth} deep.`);
    this.#next();
    this.#fields(message, field, repeated, 'punctuation', close);
    this.#next();
    this.#depth--;
  }

  /** Calls `read` for a value, or for each value of `[a, b]`. */
  each(read: () => void): void {
    const colon = this.#take(':');
    if (!this.#is('[')) {
      if (!colon && !this.#is('{') && !this.#is('<')) this.fail('Expected ":".');
      this.charge(COST.item);
      read();
      return;
    }
    this.#next();
    if (this.#take(']')) return;
    for (;;) {
      this.charge(COST.item);
      read();
      if (this.#take(']')) return;
      if (!this.#take(',')) this.fail('Expected ",".');
    }
  }

  #fields(message: string, field: (name: string) => boolean, repeated: ReadonlySet<string> | undefined, endKind: Kind, close: string): void {
    const seen = new Set<string>();
    while (!(this.#kind === endKind && (endKind === 'end' || this.#value === close))) {
      const at = this.#start;
      if (this.#kind === 'end') this.fail(`Expected "${close}".`);
      if (this.#kind !== 'word') this.fail('Expected identifier or number, got ' + this.#shown());
      const name = this.#value;
      if (!repeated?.has(name)) {
        if (seen.has(name)) this.fail(`Message type "tensorflow.${message}" should not have multiple "${name}" fields.`);
        seen.add(name);
      }
      this.#next();
      if (!field(name)) this.fail(`Message type "tensorflow.${message}" has no field named "${name}".`, at);
      if (!this.#take(',')) this.#take(';');
    }
  }

  /** Takes the optional colon, so that `at` is the value. */
  colon(): void { this.#take(':'); }

  // --- literals ------------------------------------------------------------------------------------------------------
  string(): string {
    const at = this.#start;
    const b = this.bytes();
    return isUtf8(b) ? utf8.decode(b) : this.fail('string is not valid UTF-8', at);
  }
  /** UTF-8 as a string, else the bytes. */
  text(): string | Uint8Array {
    const b = this.bytes();
    return isUtf8(b) ? utf8.decode(b) : b;
  }
  bytes(): Uint8Array {
    this.#take(':');
    if (this.#kind !== 'string') this.fail(`Expected string but found: '${this.#shown()}'`);
    const parts: Uint8Array[] = [];
    let length = 0;
    while (this.#kind === 'string') {
      this.charge(COST.bytes + this.#value.length);
      const b = unescape(this.#value, (why, i) => this.fail(why, this.#start + 1 + i));
      parts.push(b);
      length += b.length;
      this.#next();
    }
    if (parts.length === 1) return parts[0]!;
    this.charge(length);
    const out = new Uint8Array(length);
    let at = 0;
    for (const b of parts) { out.set(b, at); at += b.length; }
    return out;
  }
  /** Integer between the given limits. */
  int(min: bigint, max: bigint): bigint {
    this.#take(':');
    const m = this.#kind === 'number' ? /^(-?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(this.#value) : null;
    if (!m) return this.fail(`Couldn't parse integer: ${this.#shown()}`);
    const digits = m[2]!;
    if (digits.length > 24) this.fail(`Value out of range: ${this.#shown()}`);
    const abs = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    const v = m[1] === '-' ? -abs : abs;
    if (v < min || v > max) this.fail(`Value out of range: ${this.#value}`);
    this.#next();
    return v;
  }
  int32(): number { return Number(this.int(-2147483648n, 2147483647n)); }
  uint32(): number { return Number(this.int(0n, 4294967295n)); }
  /** A number where it is a safe integer. */
  int64(): number | bigint {
    const v = this.int(-(2n ** 63n), 2n ** 63n - 1n);
    if (Number.isSafeInteger(Number(v))) return Number(v);
    this.charge(COST.bigint);
    return v;
  }
  float(): number {
    this.#take(':');
    const s = this.#value.toLowerCase();
    if (this.#kind === 'number' || this.#kind === 'word') {
      const m = /^(-?)(inf|infinity|nan)f?$/.exec(s);
      const v = m ? (m[2] === 'nan' ? NaN : m[1] === '-' ? -Infinity : Infinity) : /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?f?$/.test(s) ? Number(s.replace(/f$/, '')) : undefined;
      if (v !== undefined) { this.#next(); return v; }
    }
    return this.fail(`Couldn't parse float: ${this.#shown()}`);
  }
  bool(): boolean {
    this.#take(':');
    const v = /^(true|t|1|True)$/.test(this.#value) ? true : /^(false|f|0|False)$/.test(this.#value) ? false : undefined;
    if (v === undefined || this.#kind === 'string') return this.fail('Expected "true" or "false".');
    this.#next();
    return v;
  }
  /** An enum value: its name, or its number as text. */
  enumName(): string {
    this.#take(':');
    if (this.#kind !== 'word' && this.#kind !== 'number') this.fail(`Expected an enum value, got ${this.#shown()}`);
    const v = this.#value;
    this.#next();
    return v;
  }

  // --- tokens --------------------------------------------------------------------------------------------------------
  #is(c: string): boolean { return this.#kind === 'punctuation' && this.#value === c; }
  #take(c: string): boolean {
    if (!this.#is(c)) return false;
    this.#next();
    return true;
  }
  #shown(): string { return this.#kind === 'end' ? 'end of text' : this.#value.length > 60 ? `${this.#value.slice(0, 57)}...` : this.#value; }

  #next(): void {
    const s = this.#text;
    let i = this.#pos;
    let c = 0;
    for (;;) {
      c = s.charCodeAt(i);
      if (c === 35 /* # */) { const e = s.indexOf('\n', i); i = e < 0 ? s.length : e; } else if (c === 32 || (c >= 9 && c <= 13)) i++;
      else break;
    }
    this.#start = i;
    if (i >= s.length) { this.#set('end', '', i); return; }
    if (c === 34 || c === 39) { this.#string(i, c); return; }
    if (isWordStart(c)) {
      let e = i + 1;
      while (isWordStart(s.charCodeAt(e)) || isDigit(s.charCodeAt(e))) e++;
      this.#set('word', s.slice(i, e), e);
    } else if (isDigit(c) || c === 45 || c === 46) {
      let e = i + 1;
      for (;; e++) {
        const d = s.charCodeAt(e);
        if (!(isWordStart(d) || isDigit(d) || d === 46 || ((d === 43 || d === 45) && /[eE]/.test(s[e - 1]!)))) break;
      }
      this.#set('number', s.slice(i, e), e);
    } else this.#set('punctuation', s[i]!, i + 1);
  }

  #string(i: number, quote: number): void {
    const s = this.#text;
    let e = i + 1;
    for (; e < s.length; e++) {
      const c = s.charCodeAt(e);
      if (c === quote) break;
      if (c === 10) this.fail('String missing ending quote: line ends here', e);
      if (c === 92) e++;
    }
    if (e >= s.length) this.fail('String missing ending quote: text ends here');
    this.#set('string', s.slice(i + 1, e), e + 1);
  }

  #set(kind: Kind, value: string, pos: number): void {
    this.#kind = kind;
    this.#value = value;
    this.#pos = pos;
  }
}

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const isWordStart = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;

/** The bytes a literal stands for. One pass into one buffer: no escape is shorter than what it stands for. */
function unescape(s: string, fail: (why: string, at: number) => never): Uint8Array {
  let i = s.indexOf('\\');
  if (i < 0) return encodeUtf8(s);
  const out = new Uint8Array(/^[\0-\x7f]*$/.test(s) ? s.length : 3 * s.length);
  let n = 0;
  let plain = 0;
  const text = (t: string): void => { n += encoder.encodeInto(t, out.subarray(n)).written; };
  for (; i >= 0; i = s.indexOf('\\', plain)) {
    if (i > plain) text(s.slice(plain, i));
    const c = s.charCodeAt(i + 1);
    plain = i + 2;
    if (c >= 48 && c <= 55) {
      let v = c - 48;
      for (let d = s.charCodeAt(plain); plain < i + 4 && d >= 48 && d <= 55; d = s.charCodeAt(++plain)) v = v * 8 + d - 48;
      out[n++] = v & 255;
    } else if (SIMPLE[c] !== undefined) out[n++] = SIMPLE[c];
    else {
      HEX.lastIndex = i;
      const m = HEX.exec(s);
      const point = m ? parseInt(m[1] ?? m[2] ?? m[3]!, 16) : 0x110000;
      if (!m || point > 0x10ffff) fail(`Invalid escape ${m?.[0] ?? s.slice(i, i + 2)}`, i);
      if (m![1] !== undefined) out[n++] = point; else text(String.fromCodePoint(point));
      plain = i + m![0].length;
    }
  }
  if (plain < s.length) text(s.slice(plain));
  return out.slice(0, n);
}
const SIMPLE: Readonly<Record<number, number>> = { 97: 7, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9, 118: 11, 92: 92, 39: 39, 34: 34, 63: 63 };
const HEX = /\\(?:[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
const encoder = new TextEncoder();

/** How each byte is printed, as bytes. */
const ESCAPED: readonly Uint8Array[] = Array.from({ length: 256 }, (_, c) => encodeUtf8(
  c === 10 ? '\\n' : c === 13 ? '\\r' : c === 9 ? '\\t' : c === 34 ? '\\"' : c === 39 ? "\\'" : c === 92 ? '\\\\'
    : c >= 32 && c < 127 ? String.fromCharCode(c) : `\\${c.toString(8).padStart(3, '0')}`));

/** `"..."` with C escapes, bytes beyond ASCII in octal, as Python's printer writes strings and bytes alike. */
export function quote(v: string | Uint8Array): string {
  if (typeof v === 'string' && /^[ !#-&(-[\]-~]*$/.test(v)) return `"${v}"`;
  const b = typeof v === 'string' ? encodeUtf8(v) : v;
  // In pieces, as bytes: a string grown by one character at a time keeps a node for each.
  const parts: string[] = [];
  const piece = new Uint8Array(4 * Math.min(b.length, PIECE));
  for (let i = 0; i < b.length;) {
    let n = 0;
    for (const end = Math.min(b.length, i + PIECE); i < end; i++) {
      const e = ESCAPED[b[i]!]!;
      for (let k = 0; k < e.length; k++) piece[n++] = e[k]!;
    }
    parts.push(utf8.decode(piece.subarray(0, n)));
  }
  return `"${parts.join('')}"`;
}
const PIECE = 1 << 16;

/** Collects printed fields: indented lines, or one line. */
export class TextWriter {
  #out = '';
  #depth = 0;
  readonly #oneLine: boolean;
  constructor(oneLine = false) { this.#oneLine = oneLine; }
  #line(s: string): void {
    if (this.#oneLine) this.#out += this.#out === '' ? s : ` ${s}`;
    else this.#out += `${INDENT[this.#depth] ?? '  '.repeat(this.#depth)}${s}\n`;
  }
  /** `name: value`. */
  scalar(name: string, value: string): void { this.#line(`${name}: ${value}`); }
  message(name: string, body: () => void): void {
    this.#line(`${name} {`);
    this.#depth++;
    body();
    this.#depth--;
    this.#line('}');
  }
  finish(): string { return this.#out; }
}
const INDENT = Array.from({ length: 16 }, (_, i) => '  '.repeat(i));
