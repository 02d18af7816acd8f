// Hashes of strings: FarmHash's Fingerprint64, SipHash-2-4 under a key, and TF's old Hash64, with the ops over them.
// Follows farmhash (farmhashna), core/lib/hash/hash.cc and core/kernels/{string_to_hash_bucket_op,fingerprint_op}.cc (1.15).
import { int64, uint8 } from '../../graph/dtype.ts';
import { NDArray, toBytes } from '../../graph/ndarray.ts';
import { attrOf, invalid, shapeText, sizeOf } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

const M64 = (1n << 64n) - 1n;
const rot = (x: bigint, n: bigint): bigint => ((x >> n) | (x << (64n - n))) & M64;
const viewOf = (s: Uint8Array): DataView => new DataView(s.buffer, s.byteOffset, s.byteLength);

// ---- FarmHash

const K0 = 0xc3a5c85c97cb3127n, K1 = 0xb492b66fbe98f273n, K2 = 0x9ae16a3b2f90404fn;
const shiftMix = (x: bigint): bigint => x ^ (x >> 47n);
function hash16(u: bigint, v: bigint, mul: bigint): bigint {
  const a = shiftMix(((u ^ v) * mul) & M64);
  return (shiftMix(((v ^ a) * mul) & M64) * mul) & M64;
}
function weakHash32(v: DataView, at: number, a: bigint, b: bigint): [bigint, bigint] {
  const [w, x, y, z] = [0, 8, 16, 24].map((i) => v.getBigUint64(at + i, true)) as [bigint, bigint, bigint, bigint];
  a = (a + w) & M64;
  b = rot((b + a + z) & M64, 21n);
  const c = a;
  a = (a + x + y) & M64;
  b = (b + rot(a, 44n)) & M64;
  return [(a + z) & M64, (b + c) & M64];
}

/** `Fingerprint64` of FarmHash. */
export function fingerprint64(s: Uint8Array): bigint {
  const n = s.length, v = viewOf(s), len = BigInt(n), mul = (K2 + len * 2n) & M64;
  const f = (i: number): bigint => v.getBigUint64(i, true);
  if (n > 64) return fingerprintLong(v, n);
  if (n > 32) {
    const a = (f(0) * K2) & M64, b = f(8), c = (f(n - 8) * mul) & M64, d = (f(n - 16) * K2) & M64;
    const y = (rot((a + b) & M64, 43n) + rot(c, 30n) + d) & M64;
    const z = hash16(y, (a + rot((b + K2) & M64, 18n) + c) & M64, mul);
    const e = (f(16) * mul) & M64, g = f(24), h = ((y + f(n - 32)) * mul) & M64, i = ((z + f(n - 24)) * mul) & M64;
    return hash16((rot((e + g) & M64, 43n) + rot(h, 30n) + i) & M64, (e + rot((g + a) & M64, 18n) + h) & M64, mul);
  }
  if (n > 16) {
    const a = (f(0) * K1) & M64, b = f(8), c = (f(n - 8) * mul) & M64, d = (f(n - 16) * K2) & M64;
    return hash16((rot((a + b) & M64, 43n) + rot(c, 30n) + d) & M64, (a + rot((b + K2) & M64, 18n) + c) & M64, mul);
  }
  if (n >= 8) {
    const a = (f(0) + K2) & M64, b = f(n - 8);
    return hash16((rot(b, 37n) * mul + a) & M64, ((rot(a, 25n) + b) * mul) & M64, mul);
  }
  if (n >= 4) return hash16((len + (BigInt(v.getUint32(0, true)) << 3n)) & M64, BigInt(v.getUint32(n - 4, true)), mul);
  if (n > 0) {
    const y = BigInt(s[0]! + (s[n >> 1]! << 8)), z = len + BigInt(s[n - 1]! << 2);
    return (shiftMix(((y * K2) & M64) ^ ((z * K0) & M64)) * K2) & M64;
  }
  return K2;
}
function fingerprintLong(v: DataView, n: number): bigint {
  const f = (i: number): bigint => v.getBigUint64(i, true);
  let x = 81n, y = (81n * K1 + 113n) & M64, z = (shiftMix((y * K2 + 113n) & M64) * K2) & M64;
  let p: [bigint, bigint] = [0n, 0n], q: [bigint, bigint] = [0n, 0n];
  x = (x * K2 + f(0)) & M64;
  const end = Math.floor((n - 1) / 64) * 64, rest = (n - 1) & 63;
  const block = (s: number, mul: bigint, nine: bigint): void => {
    x = (rot((x + y + p[0] + f(s + 8)) & M64, 37n) * mul) & M64;
    y = (rot((y + p[1] + f(s + 48)) & M64, 42n) * mul) & M64;
    x ^= (q[1] * nine) & M64;
    y = (y + p[0] * nine + f(s + 40)) & M64;
    z = (rot((z + q[0]) & M64, 33n) * mul) & M64;
    p = weakHash32(v, s, (p[1] * mul) & M64, (x + q[0]) & M64);
    q = weakHash32(v, s + 32, (z + q[1]) & M64, (y + f(s + 16)) & M64);
    [z, x] = [x, z];
  };
  for (let s = 0; s < end; s += 64) block(s, K1, 1n);
  const mul = K1 + ((z & 0xffn) << 1n);
  q[0] = (q[0] + BigInt(rest)) & M64;
  p[0] = (p[0] + q[0]) & M64;
  q[0] = (q[0] + p[0]) & M64;
  block(end + rest - 63, mul, 9n);
  return hash16((hash16(p[0], q[0], mul) + shiftMix(y) * K0 + z) & M64, (hash16(p[1], q[1], mul) + x) & M64, mul);
}

// ---- SipHash and Hash64

/** SipHash-2-4 with a 128-bit key. */
export function sipHash([k0, k1]: readonly [bigint, bigint], s: Uint8Array): bigint {
  let a = k0 ^ 0x736f6d6570736575n, b = k1 ^ 0x646f72616e646f6dn, c = k0 ^ 0x6c7967656e657261n, d = k1 ^ 0x7465646279746573n;
  const round = (): void => {
    a = (a + b) & M64; c = (c + d) & M64;
    b = rot(b, 51n) ^ a; d = rot(d, 48n) ^ c;
    a = rot(a, 32n);
    c = (c + b) & M64; a = (a + d) & M64;
    b = rot(b, 47n) ^ c; d = rot(d, 43n) ^ a;
    c = rot(c, 32n);
  };
  const absorb = (m: bigint): void => { d ^= m; round(); round(); a ^= m; };
  const v = viewOf(s), whole = s.length & ~7;
  for (let i = 0; i < whole; i += 8) absorb(v.getBigUint64(i, true));
  let last = BigInt(s.length & 255) << 56n;
  for (let i = whole; i < s.length; i++) last |= BigInt(s[i]!) << BigInt(8 * (i - whole));
  absorb(last);
  c ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return a ^ b ^ c ^ d;
}

/** TF's Hash64 (a MurmurHash). */
export function hash64(s: Uint8Array, seed = 0xdecafcaffen): bigint {
  const m = 0xc6a4a7935bd1e995n, v = viewOf(s), whole = s.length & ~7;
  let h = seed ^ ((BigInt(s.length) * m) & M64);
  for (let i = 0; i < whole; i += 8) {
    const k = shiftMix((v.getBigUint64(i, true) * m) & M64);
    h = ((h ^ ((k * m) & M64)) * m) & M64;
  }
  if (s.length > whole) {
    for (let i = whole; i < s.length; i++) h ^= BigInt(s[i]!) << BigInt(8 * (i - whole));
    h = (h * m) & M64;
  }
  return shiftMix((shiftMix(h) * m) & M64);
}

// ---- ops

function buckets(a: NDArray, n: bigint, hash: (s: Uint8Array) => bigint): NDArray[] {
  return [new NDArray(int64, a.shape, BigInt64Array.from(a.data as readonly Uint8Array[], (s) => hash(s) % n))];
}
const bucketsOf = (hash: (s: Uint8Array) => bigint): Kernel => ([a], node) => buckets(a!, BigInt(attrOf(node, 'num_buckets', 'i')), hash);
const strong: Kernel = ([a], node) => {
  const key = (attrOf(node, 'key', 'list').i ?? []).map((k) => BigInt.asUintN(64, BigInt(k)));
  if (key.length !== 2) throw invalid('Key must have 2 elements');
  return buckets(a!, BigInt(attrOf(node, 'num_buckets', 'i')), (s) => sipHash(key as [bigint, bigint], s));
};

const fingerprint: Kernel = ([data, method]) => {
  if (method!.ndim !== 0) throw invalid(`\`method\` should be a scalar string: ${shapeText(method!.shape)}`);
  const name = String(method!.flat(0));
  if (name !== 'farmhash64') throw invalid(`Unsupported fingerprint method: ${name}`);
  if (data!.ndim === 0) throw invalid(`\`data\` should have at least one dimension: ${shapeText(data!.shape)}`);
  const rows = data!.shape[0]!, columns = sizeOf(data!.shape.slice(1));
  const out = new Uint8Array(8 * rows), view = viewOf(out);
  let bytes: Uint8Array;
  if (data!.dtype.storage === 'string') {
    const strings = data!.data as readonly Uint8Array[];
    bytes = new Uint8Array(8 * strings.length);
    const own = viewOf(bytes);
    strings.forEach((s, i) => { own.setBigUint64(8 * i, fingerprint64(s), true); });
    if (columns === 1) return [new NDArray(uint8, [rows, 8], bytes)];
  } else bytes = toBytes(data!);
  const width = rows === 0 ? 0 : bytes.length / rows;
  for (let i = 0; i < rows; i++) view.setBigUint64(8 * i, fingerprint64(bytes.subarray(i * width, (i + 1) * width)), true);
  return [new NDArray(uint8, [rows, 8], out)];
};

const KERNELS: Readonly<Record<string, Kernel>> = {
  StringToHashBucket: bucketsOf((s) => hash64(s)), StringToHashBucketFast: bucketsOf(fingerprint64), StringToHashBucketStrong: strong, Fingerprint: fingerprint,
};
export const stringHashKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
