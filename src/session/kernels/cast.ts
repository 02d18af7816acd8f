// Cast between all numeric dtypes and bool, and Bitcast.
// Float to integer truncates toward zero; what does not fit follows TF on x86-64: int64 and int32 give their lowest
// value, uint64 the wrapped bits, narrower types the low bits of the int32 (uint32: int64) conversion.
// float64 to a 16-bit float rounds through float32, as TF does. Bitcast of a NaN to an integer gives the canonical NaN.
// Follows tensorflow/core/kernels/cast_op.cc, bitcast_op.cc.
import { type DType, type TensorData } from '../../graph/dtype.ts';
import { InvalidArgumentError, UnimplementedError } from '../../graph/errors.ts';
import { NDArray, allocate, floatToBfloat16, floatToHalf } from '../../graph/ndarray.ts';
import { dataTypeString } from '../../graph/summarize.ts';
import { shapeText, sizeOf, typeAttr } from './common.ts';
import { noKernel, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

/** Elements as numbers (floats, small integers) or bigints (64-bit integers); complex: the real parts. */
function values(a: NDArray): ArrayLike<number> | ArrayLike<bigint> {
  if (!a.dtype.isComplex) return widen(a) as ArrayLike<number>;
  const d = a.data as Float32Array;
  const re = new Float64Array(d.length / 2);
  for (let i = 0; i < re.length; i++) re[i] = d[2 * i]!;
  return re;
}

const TWO63 = 2 ** 63;
function toInt64(x: number): bigint { return x >= -TWO63 && x < TWO63 ? BigInt(Math.trunc(x)) : -(2n ** 63n); }
function toUint64(x: number): bigint {
  if (x < TWO63) return BigInt.asUintN(64, toInt64(x));
  return BigInt.asUintN(64, toInt64(x - TWO63) ^ (1n << 63n));
}
function toInt32(x: number): number { return x > -2147483649 && x < 2147483648 ? Math.trunc(x) : -2147483648; }

/** A 64-bit integer as a double that rounds to float32 as the integer itself would (sticky low bit). */
export function bigToDouble(v: bigint, single: boolean): number {
  if (!single || (v >= -(1n << 53n) && v <= 1n << 53n)) return Number(v);
  const neg = v < 0n, a = neg ? -v : v;
  const kept = (a >> 12n) | ((a & 0xfffn) !== 0n ? 1n : 0n);
  const x = Number(kept) * 4096;
  return neg ? -x : x;
}

function convert(from: DType, to: DType, x: ArrayLike<number> | ArrayLike<bigint>): TensorData {
  const n = x.length;
  const out = allocate(to, n);
  const fromBig = from.storage === 'i64' || from.storage === 'u64';
  const toBig = to.storage === 'i64' || to.storage === 'u64';
  if (fromBig) {
    const v = x as ArrayLike<bigint>;
    if (to.storage === 'bool') { const o = out as Uint8Array; for (let i = 0; i < n; i++) o[i] = v[i] !== 0n ? 1 : 0; return out; }
    if (toBig) { const o = out as BigInt64Array; for (let i = 0; i < n; i++) o[i] = v[i]!; return out; }
    if (to.isInteger) { const o = out as Int32Array; for (let i = 0; i < n; i++) o[i] = Number(BigInt.asIntN(32, v[i]!)); return out; }
    const single = to.storage !== 'f64' && to.storage !== 'c128';
    const d = new Float64Array(n);
    for (let i = 0; i < n; i++) d[i] = bigToDouble(v[i]!, single);
    return store(to, d, out);
  }
  const v = x as ArrayLike<number>;
  const floating = from.isFloating || from.isComplex;
  switch (to.storage) {
    case 'bool': { const o = out as Uint8Array; for (let i = 0; i < n; i++) o[i] = v[i] !== 0 ? 1 : 0; return out; }
    case 'i64': { const o = out as BigInt64Array; for (let i = 0; i < n; i++) o[i] = toInt64(v[i]!); return out; }
    case 'u64': { const o = out as BigUint64Array; for (let i = 0; i < n; i++) o[i] = toUint64(v[i]!); return out; }
    case 'u32': { const o = out as Uint32Array; for (let i = 0; i < n; i++) o[i] = floating ? Number(BigInt.asUintN(32, toInt64(v[i]!))) : v[i]!; return out; }
    case 'i8': case 'i16': case 'i32': case 'u8': case 'u16': { const o = out as Int32Array; for (let i = 0; i < n; i++) o[i] = floating ? toInt32(v[i]!) : v[i]!; return out; }
    default: return store(to, v, out);
  }
}
/** Rounds numbers into a float or complex array. */
function store(to: DType, v: ArrayLike<number>, out: TensorData): TensorData {
  const n = v.length, o = out as Float64Array;
  switch (to.storage) {
    case 'f16': for (let i = 0; i < n; i++) o[i] = floatToHalf(v[i]!); break;
    case 'bf16': for (let i = 0; i < n; i++) o[i] = floatToBfloat16(v[i]!); break;
    case 'c64': case 'c128': for (let i = 0; i < n; i++) o[2 * i] = v[i]!; break;
    default: for (let i = 0; i < n; i++) o[i] = v[i]!;
  }
  return out;
}

/** `a` converted to another dtype. */
export function cast(a: NDArray, to: DType): NDArray {
  const from = a.dtype.baseDtype;
  if (from === to) return a.dtype.isRef ? new NDArray(from, a.shape, a.data) : a;
  if (from.storage === 'string' || to.storage === 'string' || from.storage === 'none' || to.storage === 'none') throw new UnimplementedError(`Cast ${dataTypeString(from)} to ${dataTypeString(to)} is not supported`);
  if (from.isComplex && to.isComplex) return new NDArray(to, a.shape, to.storage === 'c64' ? new Float32Array(a.data as Float64Array) : new Float64Array(a.data as Float32Array));
  return new NDArray(to, a.shape, convert(from, to, values(a)));
}

const castKernel: Kernel = ([a], node) => [cast(a!, typeAttr(node, 'DstT'))];

/** Bytes with every NaN of a float array replaced by the canonical quiet one. */
function canonicalBytes(a: NDArray): Uint8Array {
  const d = a.data as Uint8Array;
  const bytes = new Uint8Array(d.buffer as ArrayBuffer, d.byteOffset, d.byteLength).slice();
  const words = new Uint16Array(bytes.buffer);
  const s = a.dtype.storage;
  if (s === 'f16' || s === 'bf16') {
    const inf = s === 'f16' ? 0x7c00 : 0x7f80;
    for (let i = 0; i < words.length; i++) if ((words[i]! & 0x7fff) > inf) words[i] = s === 'f16' ? 0x7e00 : 0x7fc0;
  } else if (s === 'f32' || s === 'c64') {
    const f = new Float32Array(bytes.buffer), u = new Uint32Array(bytes.buffer);
    for (let i = 0; i < f.length; i++) if (f[i] !== f[i]) u[i] = 0x7fc00000;
  } else if (s === 'f64' || s === 'c128') {
    const f = new Float64Array(bytes.buffer), u = new BigUint64Array(bytes.buffer);
    for (let i = 0; i < f.length; i++) if (f[i] !== f[i]) u[i] = 0x7ff8000000000000n;
  }
  return bytes;
}

const bitcast: Kernel = ([a], node) => {
  const from = a!.dtype.baseDtype, to = typeAttr(node, 'type');
  if (from.size === 0 || to.size === 0) throw noKernel('Bitcast', from.size === 0 ? from : to);
  let shape = [...a!.shape];
  if (from.size > to.size) {
    if (from.size % to.size !== 0) throw new InvalidArgumentError(`Cannot bitcast from ${from.name} to ${to.name}: ${from.size} is not divisible by ${to.size}`);
    shape.push(from.size / to.size);
  } else if (from.size < to.size) {
    const ratio = to.size / from.size;
    if (shape.length === 0 || shape[shape.length - 1] !== ratio) throw new InvalidArgumentError(`Cannot bitcast from ${from.name} to ${to.name}: ${shapeText(shape)}`);
    shape = shape.slice(0, -1);
  }
  const float = (d: DType): boolean => d.isFloating || d.isComplex;
  const d = a!.data as Uint8Array;
  const bytes = float(from) && !float(to) ? canonicalBytes(a!) : new Uint8Array(d.buffer as ArrayBuffer, d.byteOffset, d.byteLength);
  const out = allocate(to, sizeOf(shape)) as Uint8Array;
  new Uint8Array(out.buffer as ArrayBuffer).set(bytes);
  return [new NDArray(to, shape, out)];
};

export const castKernels: readonly KernelDef[] = [{ op: 'Cast', kernel: castKernel }, { op: 'Bitcast', kernel: bitcast }];
