// Strings that stand for numbers and bytes: to_number, raw bytes, base64. Follows core/lib/strings/{numbers,base64}.cc and
// core/kernels/{string_to_number_op,decode_raw_op,decode_padded_raw_op,base64_ops}.cc (1.15).
import { type DType, float32, string } from '../../graph/dtype.ts';
import { allocate, fromBytes, NDArray } from '../../graph/ndarray.ts';
import { dataTypeString } from '../../graph/summarize.ts';
import { boolAttr, invalid, shapeText, toNumber, typeAttr } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

const latin1 = new TextDecoder('latin1');
const bytesOf = (a: NDArray): readonly Uint8Array[] => a.data as readonly Uint8Array[];

// ---- numbers

const INTEGER = /^[ \t-\r]*(-?)(\d+)[ \t-\r]*$/;
const REAL = /^[ \t-\r]*([+-]?)(?:(inf)|(nan)|(0x[\da-f]+)|((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))[ \t-\r]*$/i;
/** Longer texts are no numbers to TF. */
const LONGEST_REAL = 31;

export function parseInteger(text: string, bits: number): bigint | undefined {
  const m = INTEGER.exec(text);
  if (!m) return undefined;
  const v = BigInt(m[2]!) * (m[1] === '-' ? -1n : 1n);
  return BigInt.asIntN(bits, v) === v ? v : undefined;
}
export function parseReal(text: string, dtype: DType): number | undefined {
  if (text.length > LONGEST_REAL || text === '') return undefined;
  if (/^[ \t-\r]*$/.test(text)) return 0;
  const m = REAL.exec(text);
  if (!m) return undefined;
  const [, sign, inf, nan, hex, decimal] = m;
  const size = inf !== undefined ? Infinity : nan !== undefined ? NaN : hex !== undefined ? Number(hex) : dtype === float32 ? nearestFloat(decimal!) : Number(decimal);
  return sign === '-' ? -size : size;
}
/** The binary32 number nearest to a decimal one: rounding to binary64 first may land on the middle between two of them. */
function nearestFloat(decimal: string): number {
  const d = Number(decimal), f = Math.fround(d);
  if (f === d || !Number.isFinite(f)) return f;
  const bits = new Uint32Array(Float32Array.of(f).buffer);
  bits[0] = d > f ? bits[0]! + 1 : bits[0]! - 1;
  const other = new Float32Array(bits.buffer)[0]!;
  if (d - f !== other - d) return f;
  const c = compareDecimal(decimal, d);
  return c === 0 ? f : c > 0 ? Math.max(f, other) : Math.min(f, other);
}
/** Sign of (decimal - x), exactly; x > 0. */
function compareDecimal(decimal: string, x: number): number {
  const [mantissa, exponent = '0'] = decimal.toLowerCase().split('e') as [string, string?];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  let a = BigInt(whole + fraction), b = 1n;
  const ten = Number(exponent) - fraction.length;
  if (ten >= 0) a *= 10n ** BigInt(ten); else b *= 10n ** BigInt(-ten);
  let scaled = x;
  while (!Number.isInteger(scaled)) { scaled *= 2; a *= 2n; }
  const right = BigInt(scaled) * b;
  return a > right ? 1 : a < right ? -1 : 0;
}

const stringToNumber: Kernel = ([a], node) => {
  const dtype = typeAttr(node, 'out_type', float32);
  const data = allocate(dtype, a!.size) as Float64Array;
  bytesOf(a!).forEach((s, i) => {
    const text = latin1.decode(s);
    const v = dtype.isInteger ? parseInteger(text, 8 * dtype.size) : parseReal(text, dtype);
    if (v === undefined) throw invalid(`StringToNumberOp could not correctly convert string: ${new TextDecoder().decode(s)}`);
    data[i] = (dtype.size === 8 && dtype.isInteger ? v : Number(v)) as number;
  });
  return [new NDArray(dtype, a!.shape, data)];
};

// ---- raw bytes

/** Elements of `dtype` from bytes; `width` bytes of each number are turned round where the host reads them the other way. */
function elements(dtype: DType, shape: readonly number[], bytes: Uint8Array, littleEndian: boolean): NDArray {
  const whole = dtype.size; // complex numbers are turned round as a whole, as in TF
  if (!littleEndian && whole > 1) for (let i = 0; i < bytes.length; i += whole) bytes.subarray(i, i + whole).reverse();
  return fromBytes(dtype, shape, bytes);
}
const decodeRaw: Kernel = ([a], node) => {
  const dtype = typeAttr(node, 'out_type'), strings = bytesOf(a!);
  const size = strings[0]?.length ?? 0;
  strings.forEach((s, i) => { if (s.length !== size) throw invalid(`DecodeRaw requires input strings to all be the same size, but element ${i} has size ${size} != ${s.length}`); });
  if (size % dtype.size !== 0) throw invalid(`Input to DecodeRaw has length ${size} that is not a multiple of ${dtype.size}, the size of ${dataTypeString(dtype)}`);
  const bytes = new Uint8Array(size * strings.length);
  strings.forEach((s, i) => { bytes.set(s, i * size); });
  return [elements(dtype, [...a!.shape, size / dtype.size], bytes, boolAttr(node, 'little_endian', true))];
};
const decodePaddedRaw: Kernel = ([a, fixed], node) => {
  const dtype = typeAttr(node, 'out_type'), strings = bytesOf(a!);
  if (fixed!.ndim !== 0) throw invalid(`k must be scalar, got shape ${shapeText(fixed!.shape)}`);
  const size = toNumber(fixed!);
  if (size % dtype.size !== 0) throw invalid(`fixed_length (${size}) must be a multiple of the size of out_type (${dtype.size})`);
  if (!(size > 0)) throw invalid(`fixed_length (${size}) must be greater than zero.`);
  const bytes = new Uint8Array(size * strings.length);
  strings.forEach((s, i) => { bytes.set(s.subarray(0, size), i * size); });
  return [elements(dtype, [...a!.shape, size / dtype.size], bytes, boolAttr(node, 'little_endian', true))];
};

// ---- base64, the web-safe kind

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PAD = '='.charCodeAt(0);
const valueOf = new Map(Array.from(DIGITS, (c, i) => [c.charCodeAt(0), i]));

function toBase64(s: Uint8Array, pad: boolean): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < s.length; i += 3) {
    const n = Math.min(3, s.length - i), bits = (s[i]! << 16) | ((s[i + 1] ?? 0) << 8) | (s[i + 2] ?? 0);
    for (let k = 0; k <= n; k++) out.push(DIGITS.charCodeAt((bits >> (18 - 6 * k)) & 63));
    if (pad) for (let k = n; k < 3; k++) out.push(PAD);
  }
  return Uint8Array.from(out);
}
function fromBase64(s: Uint8Array): Uint8Array {
  let n = s.length;
  if (n > 0 && n % 4 === 0 && s[n - 1] === PAD) n -= s[n - 2] === PAD ? 2 : 1;
  const whole = (Math.ceil(s.length / 4) - 1) * 4; // what stands in front of the last four is read first
  const out: number[] = [];
  const take = (from: number, count: number): void => {
    let bits = 0;
    for (let k = 0; k < 4; k++) {
      const v = k < count ? valueOf.get(s[from + k]!) : 0;
      if (v === undefined) throw invalid('Invalid character found in base64.');
      bits = (bits << 6) | v;
    }
    out.push(...[bits >> 16, (bits >> 8) & 255, bits & 255].slice(0, count - 1));
  };
  for (let i = 0; i < whole; i += 4) take(i, 4);
  if (n - whole === 1) throw invalid('Base64 string length cannot be 1 modulo 4.');
  if (n > 0) take(Math.max(whole, 0), n - Math.max(whole, 0));
  return Uint8Array.from(out);
}
const each = (f: (s: Uint8Array, node: Parameters<Kernel>[1]) => Uint8Array): Kernel => ([a], node) => [new NDArray(string, a!.shape, bytesOf(a!).map((s) => f(s, node)))];

const KERNELS: Readonly<Record<string, Kernel>> = {
  StringToNumber: stringToNumber, DecodeRaw: decodeRaw, DecodePaddedRaw: decodePaddedRaw,
  EncodeBase64: each((s, node) => toBase64(s, boolAttr(node, 'pad', false))), DecodeBase64: each(fromBase64),
};
export const stringNumberKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
