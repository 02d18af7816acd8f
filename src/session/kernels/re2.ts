// Regular expressions as RE2 has them, compiled for the host: RE2's syntax is checked and written in JavaScript's, where
// every difference has a form of its own (ASCII classes, flags within the pattern, `$`, `.`). Strings are taken as UTF-8;
// bytes that are not stand as lone surrogates, which no class contains. Not there: `\C`, one byte of a character.
// Follows re2/parse.cc as TensorFlow 1.15 has it.
import { UnimplementedError } from '../../graph/errors.ts';

/** What RE2 says of a pattern that is none. */
export class Re2Error extends Error {}
function fail(what: string, at: string): never { throw new Re2Error(at === '' ? what : `${what}: ${at}`); }

// ---- text with bytes that are not UTF-8 as U+DC80 to U+DCFF

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
export function decodeEscaped(s: Uint8Array): string {
  try { return strict.decode(s); } catch { /* byte by byte below */ }
  let out = '';
  for (let i = 0; i < s.length;) {
    const lead = s[i]!, n = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    let char: string | undefined;
    try { char = i + n <= s.length ? strict.decode(s.subarray(i, i + n)) : undefined; } catch { char = undefined; }
    out += char ?? String.fromCharCode(0xdc00 + lead);
    i += char === undefined ? 1 : n;
  }
  return out;
}
const encoder = new TextEncoder();
export function encodeEscaped(s: string): Uint8Array {
  if (!/[\udc80-\udcff](?<![\ud800-\udbff][\udc80-\udcff])/.test(s)) return encoder.encode(s);
  const out: number[] = [];
  for (const c of s) {
    const p = c.codePointAt(0)!;
    if (p >= 0xdc80 && p <= 0xdcff) out.push(p - 0xdc00); else out.push(...encoder.encode(c));
  }
  return Uint8Array.from(out);
}

// ---- classes

/** The bytes that are no characters. */
const NO_CHAR = '\\u{dc80}-\\u{dcff}';
const PERL: Readonly<Record<string, string>> = { d: '0-9', s: '\\t\\n\\f\\r ', w: '0-9A-Za-z_' };
const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z', alpha: 'A-Za-z', ascii: '\\x00-\\x7f', blank: '\\t ', cntrl: '\\x00-\\x1f\\x7f', digit: '0-9', graph: '!-~', lower: 'a-z', print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~', space: '\\t\\n\\v\\f\\r ', upper: 'A-Z', word: '0-9A-Za-z_', xdigit: '0-9A-Fa-f',
};
const CATEGORIES = new Set('C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs'.split(' '));

const hex = (p: number): string => `\\u{${p.toString(16)}}`;
/** Everything a character matches when case is ignored. */
function folded(p: number): number[] {
  const c = String.fromCodePoint(p);
  const out = new Set([p]);
  for (const x of [c.toLowerCase(), c.toUpperCase(), c.toUpperCase().toLowerCase()]) if (x.length === c.length) out.add(x.codePointAt(0)!);
  for (const orbit of [[0x4b, 0x6b, 0x212a], [0x53, 0x73, 0x17f], [0xc5, 0xe5, 0x212b]]) if (orbit.includes(p)) for (const x of orbit) out.add(x);
  return [...out];
}
/** Ranges wider than this are folded in their ASCII part only. */
const FOLDED_RANGE = 4096;
function rangeText(from: number, to: number, ignoreCase: boolean): string {
  const own = from === to ? hex(from) : `${hex(from)}-${hex(to)}`;
  if (!ignoreCase) return own;
  let more = '';
  const last = to - from > FOLDED_RANGE ? Math.min(to, 0x7f) : to;
  for (let p = from; p <= last; p++) for (const f of folded(p)) if (f < from || f > to) more += hex(f);
  return own + more;
}

// ---- the parser

interface Flags { readonly i: boolean; readonly s: boolean; readonly m: boolean; readonly U: boolean }
/** A piece of the pattern in JavaScript; `repeats`: the product of the repetition counts nested in it. */
interface Piece { readonly text: string; readonly repeats: number }

class Parser {
  readonly #p: string;
  #at = 0;
  #flags: Flags = { i: false, s: false, m: false, U: false };
  groups = 0;
  constructor(pattern: string) { this.#p = pattern; }

  parse(): string {
    const { text } = this.#alternatives();
    if (this.#at < this.#p.length) fail('missing )', this.#p);
    return text;
  }

  #alternatives(): Piece {
    const branches: Piece[] = [];
    do branches.push(this.#sequence()); while (this.#take('|'));
    return { text: branches.map((b) => b.text).join('|'), repeats: Math.max(...branches.map((b) => b.repeats)) };
  }

  #sequence(): Piece {
    let text = '', repeats = 1;
    while (this.#at < this.#p.length && this.#p[this.#at] !== '|' && this.#p[this.#at] !== ')') {
      const piece = this.#repeated();
      if (!piece) continue; // flags only
      text += piece.text;
      repeats = Math.max(repeats, piece.repeats);
    }
    return { text, repeats };
  }

  #repeated(): Piece | undefined {
    const first = this.#repetition();
    if (first) fail('no argument for repetition operator', this.#p.slice(first.start, first.end));
    const atom = this.#atom();
    if (!atom) return undefined;
    let { text, repeats } = atom;
    const op = this.#repetition();
    if (!op) return atom;
    const { start, end, min, max } = op;
    this.#at = end;
    if (min > 1000 || (max !== null && (max > 1000 || max < min))) fail('invalid repetition size', this.#p.slice(start, end));
    const lazy = this.#take('?');
    const opEnd = this.#at;
    const again = this.#repetition();
    if (again) fail('bad repetition operator', this.#p.slice(start, again.end));
    if (this.#p[start] === '{' && (min >= 2 || (max ?? 0) >= 2)) {
      repeats *= Math.max(1, max ?? min);
      if (repeats > 1000) fail('invalid repetition size', this.#p.slice(start, opEnd));
    }
    text = `(?:${text}){${min},${max ?? ''}}${lazy !== this.#flags.U ? '?' : ''}`;
    return { text, repeats };
  }

  /** A repetition operator that stands here; nothing is taken. */
  #repetition(): { readonly start: number; readonly end: number; readonly min: number; readonly max: number | null } | undefined {
    const start = this.#at, c = this.#p[start];
    if (c === '*') return { start, end: start + 1, min: 0, max: null };
    if (c === '+') return { start, end: start + 1, min: 1, max: null };
    if (c === '?') return { start, end: start + 1, min: 0, max: 1 };
    const m = c === '{' ? /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#p.slice(start)) : null;
    if (!m) return undefined;
    const min = Number(m[1]);
    return { start, end: start + m[0].length, min, max: m[2] === undefined ? min : m[3] === '' ? null : Number(m[3]) };
  }

  #atom(): Piece | undefined {
    const c = this.#next();
    const plain = (text: string): Piece => ({ text, repeats: 1 });
    switch (c) {
      case '(': return this.#group();
      case '[': return plain(this.#class());
      case '.': return plain(this.#flags.s ? `[^${NO_CHAR}]` : `[^\\n${NO_CHAR}]`);
      case '^': return plain(this.#flags.m ? '(?<![^\\n])' : '(?<![^])');
      case '$': return plain(this.#flags.m ? '(?![^\\n])' : '(?![^])');
      case '\\': return this.#escape();
      default: return plain(this.#literal(c.codePointAt(0)!));
    }
  }
  #literal(p: number): string {
    const all = this.#flags.i ? folded(p) : [p];
    return all.length === 1 ? hex(p) : `[${all.map(hex).join('')}]`;
  }

  #group(): Piece | undefined {
    const outer = this.#flags;
    const start = this.#at - 1;
    let open = '(';
    if (this.#take('?')) {
      if (this.#p.startsWith('P<', this.#at)) {
        const end = this.#p.indexOf('>', this.#at);
        if (end < 0) fail('invalid named capture group', this.#p.slice(start));
        const name = this.#p.slice(this.#at + 2, end);
        if (!/^\w+$/.test(name)) fail('invalid named capture group', this.#p.slice(start, end + 1));
        this.#at = end + 1;
      } else {
        if (!this.#readFlags(start)) return undefined;
        open = '(?:';
      }
    }
    if (open === '(') this.groups++;
    const body = this.#alternatives();
    if (!this.#take(')')) fail('missing )', this.#p);
    this.#flags = outer;
    return { text: `${open}${body.text})`, repeats: body.repeats };
  }
  /** `i-s:` or `i-s)` behind `(?`; false: they hold from here on. */
  #readFlags(start: number): boolean {
    const flags = { ...this.#flags };
    let value = true, some = false;
    for (;;) {
      if (this.#at >= this.#p.length) fail('invalid perl operator', this.#p.slice(start));
      const c = this.#next();
      const bad = (): never => fail('invalid perl operator', this.#p.slice(start, this.#at));
      if (c === 'i' || c === 's' || c === 'm' || c === 'U') { flags[c] = value; some = true; } else if (c === '-') {
        if (!value) bad();
        value = false;
        some = false;
      } else if (c === ':' || c === ')') {
        if (!value && !some) bad();
        this.#flags = flags;
        return c === ':';
      } else bad();
    }
  }

  #escape(): Piece | undefined {
    const plain = (text: string): Piece => ({ text, repeats: 1 });
    const c = this.#p[this.#at];
    switch (c) {
      case undefined: return fail('trailing \\', '');
      case 'A': this.#at++; return plain('(?<![^])');
      case 'z': this.#at++; return plain('(?![^])');
      case 'b': this.#at++; return plain('\\b');
      case 'B': this.#at++; return plain('\\B');
      case 'C': throw new UnimplementedError('Regular expressions of single bytes (\\C) are not there.');
      case 'Q': {
        const end = this.#p.indexOf('\\E', this.#at + 1);
        const text = this.#p.slice(this.#at + 1, end < 0 ? undefined : end);
        this.#at = end < 0 ? this.#p.length : end + 2;
        // What is repeated is the last character.
        if (text === '') return undefined;
        const points = Array.from(text, (x) => x.codePointAt(0)!), last = points.pop()!;
        const repeated = this.#repetition();
        if (!repeated) return plain([...points, last].map((p) => this.#literal(p)).join(''));
        const tail = `(?:${this.#literal(last)}){${repeated.min},${repeated.max ?? ''}}`;
        this.#at = repeated.end;
        return plain(`${points.map((p) => this.#literal(p)).join('')}${tail}${this.#take('?') !== this.#flags.U ? '?' : ''}`);
      }
      default: {
        const set = this.#set();
        if (set) return plain(set.negated ? `[^${set.text}${NO_CHAR}]` : `[${set.text}]`);
        return plain(this.#literal(this.#character()));
      }
    }
  }
  /** `\d`, `\W`, `\pL`, `\P{Greek}` behind the backslash. */
  #set(): { readonly text: string; readonly negated: boolean } | undefined {
    const c = this.#p[this.#at]!, start = this.#at - 1;
    const perl = PERL[c.toLowerCase()];
    if (perl !== undefined) { this.#at++; return { text: this.#flags.i && /w/i.test(c) ? `${perl}\\u{17f}\\u{212a}` : perl, negated: c < 'a' }; }
    if (c !== 'p' && c !== 'P') return undefined;
    this.#at++;
    let name = this.#at < this.#p.length ? this.#next() : fail('invalid character class range', this.#p.slice(start));
    if (name === '{') {
      const end = this.#p.indexOf('}', this.#at);
      if (end < 0) fail('invalid character class range', this.#p.slice(start));
      name = this.#p.slice(this.#at, end);
      this.#at = end + 1;
    }
    const not = name.startsWith('^');
    if (not) name = name.slice(1);
    const property = name === 'Any' ? 'Any' : CATEGORIES.has(name) ? name : `Script=${name}`;
    const text = `\\p{${property}}`;
    if (!compiles(text)) fail('invalid character class range', this.#p.slice(start, this.#at));
    return { text, negated: (c === 'P') !== not };
  }
  /** One character behind the backslash. */
  #character(): number {
    const start = this.#at - 1;
    const bad = (): never => fail('invalid escape sequence', this.#p.slice(start, this.#at));
    if (this.#at >= this.#p.length) fail('trailing \\', '');
    const c = this.#next();
    if (/[0-7]/.test(c)) {
      // \1 to \7 alone would be back references.
      if (c !== '0' && !/[0-7]/.test(this.#p[this.#at] ?? '')) bad();
      let v = Number(c);
      for (let k = 0; k < 2 && /[0-7]/.test(this.#p[this.#at] ?? ''); k++) v = 8 * v + Number(this.#next());
      return v;
    }
    if (c === 'x') {
      const m = /^(?:([\da-fA-F]{2})|\{([\da-fA-F]+)(\}?))/.exec(this.#p.slice(this.#at));
      if (!m) { if (this.#at < this.#p.length) this.#next(); bad(); }
      const v = Number.parseInt(m![1] ?? m![2]!, 16);
      if (m![2] !== undefined && (m![3] === '' || v > 0x10ffff)) {
        this.#at += m![0].length - m![3]!.length;
        bad();
      }
      this.#at += m![0].length;
      return v;
    }
    const simple = 'nrtafv'.indexOf(c);
    if (simple >= 0) return [10, 13, 9, 7, 12, 11][simple]!;
    if (/[\w]/.test(c) || c > '\x7f') bad();
    return c.codePointAt(0)!;
  }

  #class(): string {
    const start = this.#at - 1;
    const negated = this.#take('^');
    // Sets that are negated themselves are classes of their own.
    let inner = '';
    const others: string[] = [];
    const add = (set: { readonly text: string; readonly negated: boolean }): void => { if (set.negated) others.push(`[^${set.text}${NO_CHAR}]`); else inner += set.text; };
    let first = true;
    for (;; first = false) {
      if (this.#at >= this.#p.length) fail('missing ]', this.#p.slice(start));
      if (this.#p[this.#at] === ']' && !first) { this.#at++; break; }
      if (this.#p.startsWith('[:', this.#at)) {
        const end = this.#p.indexOf(':]', this.#at + 2);
        if (end >= 0) {
          const name = this.#p.slice(this.#at, end + 2), not = name[2] === '^', set = POSIX[name.slice(not ? 3 : 2, -2)];
          if (set === undefined) fail('invalid character class range', name);
          this.#at = end + 2;
          add({ text: this.#flags.i && /lower|upper/.test(name) ? 'A-Za-z\\u{17f}\\u{212a}' : set!, negated: not });
          continue;
        }
      }
      if (this.#p[this.#at] === '\\' && this.#at + 1 < this.#p.length) {
        const at = this.#at;
        this.#at++;
        const set = this.#set();
        if (set) { add(set); continue; }
        this.#at = at;
      }
      const from = this.#at, low = this.#classCharacter(start);
      let high = low;
      if (this.#p[this.#at] === '-' && this.#at + 1 < this.#p.length && this.#p[this.#at + 1] !== ']') {
        this.#at++;
        high = this.#classCharacter(start);
        if (high < low) fail('invalid character class range', this.#p.slice(from, this.#at));
      }
      inner += rangeText(low, high, this.#flags.i);
    }
    if (others.length === 0) return negated ? `[^${inner}${NO_CHAR}]` : inner === '' ? '(?!)' : `[${inner}]`;
    const all = [...(inner === '' ? [] : [`[${inner}]`]), ...others].join('|');
    return negated ? `(?:(?!${all})[^${NO_CHAR}])` : `(?:${all})`;
  }
  #classCharacter(start: number): number {
    if (this.#at >= this.#p.length) return fail('missing ]', this.#p.slice(start));
    const c = this.#next();
    return c === '\\' ? this.#character() : c.codePointAt(0)!;
  }

  #next(): string {
    const c = String.fromCodePoint(this.#p.codePointAt(this.#at)!);
    this.#at += c.length;
    return c;
  }
  #take(c: string): boolean {
    if (this.#p[this.#at] !== c) return false;
    this.#at++;
    return true;
  }
}

function compiles(source: string): boolean {
  try { return new RegExp(source, 'u') instanceof RegExp; } catch { return false; }
}

/** A compiled pattern. */
export interface Re2 { readonly groups: number; readonly source: string }
/** Errors: Re2Error with RE2's text; UnimplementedError for `\C`. */
export function compileRe2(pattern: string): Re2 {
  const parser = new Parser(pattern);
  const source = parser.parse();
  return { groups: parser.groups, source };
}
