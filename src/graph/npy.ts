// numpy's .npy and .npz files, read and written. Every dtype numpy and TF share: f2 f4 f8, i1..i8, u1..u8, b1, c8 c16,
// S and U strings; C and Fortran order, either byte order, header versions 1 to 3. Nothing is allocated before the
// bytes that would fill it are known to be there; what is wrong is a DecodeError with its byte offset.
// Follows numpy/lib/format.py and PKWARE's APPNOTE.TXT (zip).
import { inflateSync, zipSync } from 'fflate';
import { type DType, bool, complex128, complex64, float16, float32, float64, int16, int32, int64, int8, string, uint16, uint32, uint64, uint8 } from './dtype.ts';
import { DecodeError, ValueError } from './errors.ts';
import { NDArray, allocate, toBytes } from './ndarray.ts';

function fail(what: string, offset: number): never { throw new DecodeError(`${what} (at byte ${offset})`); }

const KINDS: Readonly<Record<string, DType>> = {
  f2: float16, f4: float32, f8: float64, i1: int8, i2: int16, i4: int32, i8: int64,
  u1: uint8, u2: uint16, u4: uint32, u8: uint64, b1: bool, c8: complex64, c16: complex128,
};

// ---- the header: a Python dict literal

type Literal = string | number | boolean | null | Literal[] | Map<string, Literal>;

/** Parses the few Python literals a header may hold. */
class HeaderParser {
  readonly #text: string;
  readonly #base: number;
  #at = 0;
  constructor(text: string, base: number) { this.#text = text; this.#base = base; }
  fail(what: string): never { return fail(`npy header: ${what}`, this.#base + this.#at); }
  #skip(): void { while (' \t\n\r'.includes(this.#text[this.#at] ?? '!')) this.#at++; }
  #take(token: string): boolean {
    this.#skip();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }
  #expect(token: string): void { if (!this.#take(token)) this.fail(`expected ${token}`); }
  end(): void { this.#skip(); if (this.#at < this.#text.length) this.fail('unexpected text after the dict'); }
  value(depth = 0): Literal {
    if (depth > 8) this.fail('nested too deeply');
    this.#skip();
    const c = this.#text[this.#at];
    if (c === '{') return this.#dict(depth);
    if (c === '(' || c === '[') {
      this.#at++;
      const close = c === '(' ? ')' : ']', out: Literal[] = [];
      while (!this.#take(close)) { out.push(this.value(depth + 1)); if (!this.#take(',')) { this.#expect(close); break; } }
      return out;
    }
    if (c === "'" || c === '"') return this.#string(c);
    if (this.#take('True')) return true;
    if (this.#take('False')) return false;
    if (this.#take('None')) return null;
    const m = /^-?\d{1,19}/.exec(this.#text.slice(this.#at, this.#at + 24));
    if (!m) return this.fail('expected a value');
    this.#at += m[0].length;
    this.#take('L'); // Python 2 wrote long integers so
    return Number(m[0]);
  }
  #string(quote: string): string {
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) this.fail('unterminated string');
    const s = this.#text.slice(this.#at + 1, end);
    if (s.includes('\\')) this.fail('escapes in strings are not supported');
    this.#at = end + 1;
    return s;
  }
  #dict(depth: number): Map<string, Literal> {
    this.#expect('{');
    const out = new Map<string, Literal>();
    while (!this.#take('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string') this.fail('a key must be a string');
      this.#expect(':');
      out.set(key as string, this.value(depth + 1));
      if (!this.#take(',')) { this.#expect('}'); break; }
    }
    return out;
  }
}

interface Header { readonly kind: string; readonly itemSize: number; readonly bigEndian: boolean; readonly fortran: boolean; readonly shape: number[]; readonly end: number }

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

function readHeader(bytes: Uint8Array, base: number): Header {
  if (bytes.length < 10) fail(`npy: ${bytes.length} bytes are too few for a header`, base + bytes.length);
  MAGIC.forEach((b, i) => { if (bytes[i] !== b) fail('npy: not an npy file (magic string \\x93NUMPY missing)', base + i); });
  const version = bytes[6]!;
  if (version < 1 || version > 3) fail(`npy: unknown format version ${version}.${bytes[7]}`, base + 6);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) fail('npy: truncated header', base + bytes.length);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > bytes.length - start) fail(`npy: header of ${length} bytes goes beyond the file's end`, base + 8);
  if (length > 65536) fail(`npy: header of ${length} bytes is unreasonably long`, base + 8);
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length));
  const p = new HeaderParser(text, base + start);
  const dict = p.value();
  p.end();
  if (!(dict instanceof Map)) return p.fail('not a dict');
  const [descr, fortran, shape] = ['descr', 'fortran_order', 'shape'].map((k) => dict.get(k));
  if (typeof fortran !== 'boolean') p.fail("'fortran_order' must be True or False");
  if (!Array.isArray(shape) || !shape.every((d) => typeof d === 'number' && Number.isSafeInteger(d) && d >= 0)) p.fail("'shape' must be a tuple of sizes");
  if (typeof descr !== 'string') p.fail('structured dtypes are not supported');
  const m = /^([<>=|])?([a-zA-Z])(\d{0,9})$/.exec(descr as string);
  if (!m) return p.fail(`dtype ${JSON.stringify(descr)} is not supported`);
  const width = Number(m[3]);
  const kind = m[2] === 'S' || m[2] === 'a' ? 'S' : m[2] === 'U' ? 'U' : m[2] === '?' ? 'b1' : m[2]! + m[3]!;
  if (kind !== 'S' && kind !== 'U' && !KINDS[kind]) p.fail(`dtype ${JSON.stringify(descr)} is not supported`);
  return { kind, itemSize: kind === 'U' ? 4 * width : width, bigEndian: m[1] === '>', fortran: fortran as boolean, shape: shape as number[], end: start + length };
}

/** Reverses the bytes of every `width`-byte word in place. */
function swapBytes(b: Uint8Array, width: number): void {
  for (let i = 0; i < b.length; i += width) b.subarray(i, i + width).reverse();
}

/** Column-major elements to row-major. */
function fromFortran(dtype: DType, shape: readonly number[], data: NDArray['data']): NDArray['data'] {
  const per = dtype.isComplex ? 2 : 1, n = data.length / per;
  if (shape.length < 2 || n === 0) return data;
  const out = allocate(dtype, n) as Float64Array, src = data as Float64Array;
  const at = shape.map(() => 0), strides: number[] = [];
  let s = 1;
  for (const d of shape) { strides.push(s); s *= d; }
  for (let k = 0, from = 0; k < n; k++) {
    for (let j = 0; j < per; j++) out[k * per + j] = src[from * per + j]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d]!;
      if (++at[d]! < shape[d]!) break;
      from -= strides[d]! * shape[d]!;
      at[d] = 0;
    }
  }
  return out;
}

function decodeString(b: Uint8Array, h: Header, offset: number): Uint8Array {
  let end = b.length;
  if (h.kind === 'S') { while (end > 0 && b[end - 1] === 0) end--; return b.slice(0, end); }
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  let s = '';
  while (end > 0 && view.getUint32(end - 4, !h.bigEndian) === 0) end -= 4;
  for (let i = 0; i < end; i += 4) {
    const c = view.getUint32(i, !h.bigEndian);
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) fail(`npy: U+${c.toString(16)} is not a character`, offset + i);
    s += String.fromCodePoint(c);
  }
  return new TextEncoder().encode(s);
}

function parse(bytes: Uint8Array, base: number): NDArray {
  const h = readHeader(bytes, base);
  const count = h.shape.reduce((n, d) => n * d, 1);
  const need = count * h.itemSize, have = bytes.length - h.end;
  if (!Number.isSafeInteger(need)) fail(`npy: shape (${h.shape.join(', ')}) is too large`, base + h.end);
  if (need > have) fail(`npy: truncated: ${need} bytes of data declared, ${have} there`, base + bytes.length);
  if (need < have) fail(`npy: ${have - need} bytes after the array's end`, base + h.end + need);
  if (h.kind === 'S' || h.kind === 'U') {
    if (h.itemSize === 0 && count > 65536) fail(`npy: ${count} strings of width 0`, base + h.end);
    const items = Array.from({ length: count }, (_, i) => decodeString(bytes.subarray(h.end + i * h.itemSize, h.end + (i + 1) * h.itemSize), h, base + h.end + i * h.itemSize));
    return new NDArray(string, h.shape, h.fortran ? fromFortran(string, h.shape, items) : items);
  }
  const dtype = KINDS[h.kind]!;
  const data = allocate(dtype, count) as Uint8Array;
  const raw = new Uint8Array(data.buffer as ArrayBuffer);
  raw.set(bytes.subarray(h.end));
  if (h.bigEndian && h.itemSize > 1) swapBytes(raw, dtype.isComplex ? h.itemSize / 2 : h.itemSize);
  if (dtype === bool) for (let i = 0; i < data.length; i++) if (data[i]! > 1) data[i] = 1;
  return new NDArray(dtype, h.shape, h.fortran ? fromFortran(dtype, h.shape, data) : data);
}

/** Reads a .npy file. Throws DecodeError (with byte offset) on anything that is not one. */
export function readNpy(bytes: Uint8Array): NDArray { return parse(bytes, 0); }

const DESCR = new Map<DType, string>(Object.entries(KINDS).map(([k, d]) => [d, (d.size === 1 ? '|' : '<') + k]));

/** Writes a .npy file (version 1.0, C order, little-endian). Throws ValueError for dtypes numpy lacks. */
export function writeNpy(a: NDArray): Uint8Array {
  const dtype = a.dtype.baseDtype;
  let descr = DESCR.get(dtype), body: Uint8Array;
  if (dtype === string) {
    const items = a.data as readonly Uint8Array[];
    const width = items.reduce((w, s) => Math.max(w, s.length), 1);
    body = new Uint8Array(items.length * width);
    items.forEach((s, i) => {
      if (s.length > 0 && s[s.length - 1] === 0) throw new ValueError('numpy cannot keep a byte string that ends in NUL');
      body.set(s, i * width);
    });
    descr = `|S${width}`;
  } else {
    if (descr === undefined) throw new ValueError(`numpy has no dtype for ${dtype.name}`);
    body = toBytes(a);
  }
  const shape = a.shape.length === 1 ? `(${a.shape[0]},)` : `(${a.shape.join(', ')})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  if (length > 65535) throw new ValueError('shape too long for an npy header');
  const out = new Uint8Array(10 + length + body.length);
  out.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  out.set(new TextEncoder().encode(dict.padEnd(length - 1) + '\n'), 10);
  out.set(body, 10 + length);
  return out;
}

// ---- npz: a zip of npy files

let crcTable: Uint32Array | undefined;
function crc32(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = crcTable[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

interface Member { readonly name: string; readonly method: number; readonly crc: number; readonly packed: number; readonly size: number; readonly at: number; readonly entry: number }

/** The members a zip's central directory lists. */
function members(bytes: Uint8Array): Member[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  for (const least = Math.max(0, bytes.length - 22 - 65535); end >= least && view.getUint32(end, true) !== 0x06054b50; end--);
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) fail('npz: not a zip file, or truncated (no end-of-directory record)', bytes.length);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) fail('npz: zip64 directories are not supported', end);
  const out: Member[] = [];
  for (let k = 0; k < count; k++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) fail(`npz: entry ${k + 1} of ${count} of the directory is damaged`, at);
    const nameLength = view.getUint16(at + 28, true), extra = view.getUint16(at + 30, true), comment = view.getUint16(at + 32, true);
    const next = at + 46 + nameLength + extra + comment;
    if (next > end) fail('npz: directory entry goes beyond the directory', at);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (view.getUint16(at + 8, true) & 1) fail(`npz: ${name} is encrypted`, at + 8);
    const [packed, size, local] = [20, 24, 42].map((o) => view.getUint32(at + o, true)) as [number, number, number];
    if (packed === 0xffffffff || size === 0xffffffff || local === 0xffffffff) fail(`npz: ${name} is larger than 4 GiB`, at + 20);
    out.push({ name, method: view.getUint16(at + 10, true), crc: view.getUint32(at + 16, true), packed, size, at: local, entry: at });
    at = next;
  }
  return out;
}

function unpack(bytes: Uint8Array, m: Member): { data: Uint8Array; at: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (m.at + 30 > bytes.length || view.getUint32(m.at, true) !== 0x04034b50) fail(`npz: no local header of ${m.name}`, m.at);
  const at = m.at + 30 + view.getUint16(m.at + 26, true) + view.getUint16(m.at + 28, true);
  if (at + m.packed > bytes.length) fail(`npz: ${m.name} goes beyond the file's end`, m.at);
  const packed = bytes.subarray(at, at + m.packed);
  let data: Uint8Array;
  if (m.method === 0) {
    if (m.packed !== m.size) fail(`npz: sizes of the stored member ${m.name} differ`, m.entry + 20);
    data = packed;
  } else if (m.method === 8) {
    if (m.size > 1032 * m.packed + 64) fail(`npz: ${m.name} claims ${m.size} bytes, more than ${m.packed} deflated bytes can hold`, m.entry + 24);
    try { data = inflateSync(packed, { out: new Uint8Array(m.size) }); } catch (e) { return fail(`npz: ${m.name} is damaged: ${(e as Error).message}`, at); }
    if (data.length !== m.size) fail(`npz: ${m.name} has ${data.length} bytes instead of ${m.size}`, at);
  } else return fail(`npz: ${m.name} uses compression method ${m.method}`, m.entry + 10);
  if (crc32(data) !== m.crc) fail(`npz: checksum of ${m.name} does not match`, at);
  return { data, at };
}

/** Reads a .npz archive: arrays by name (without `.npy`), in the archive's order. */
export function readNpz(bytes: Uint8Array): Map<string, NDArray> {
  if (bytes.length < 22) fail(`npz: ${bytes.length} bytes are too few for a zip file`, bytes.length);
  const out = new Map<string, NDArray>();
  for (const m of members(bytes)) {
    if (!m.name.endsWith('.npy')) continue;
    const { data, at } = unpack(bytes, m);
    try { out.set(m.name.slice(0, -4), parse(data, 0)); } catch (e) {
      throw e instanceof DecodeError ? new DecodeError(`npz: ${m.name}: ${e.text}; the member's data begin at byte ${at}`) : e;
    }
  }
  return out;
}

/** Writes a .npz archive (deflated unless `compress` is false). */
export function writeNpz(arrays: ReadonlyMap<string, NDArray> | Readonly<Record<string, NDArray>>, options: { readonly compress?: boolean } = {}): Uint8Array {
  const entries = arrays instanceof Map ? [...arrays as ReadonlyMap<string, NDArray>] : Object.entries(arrays as Readonly<Record<string, NDArray>>);
  const files = Object.fromEntries(entries.map(([name, a]) => [`${name}.npy`, writeNpy(a)]));
  return zipSync(files, { level: options.compress === false ? 0 : 6, mtime: new Date(1980, 0, 1) });
}
