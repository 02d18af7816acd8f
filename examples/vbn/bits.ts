// Comparing values by their bits and by their size.
import { createHash } from 'node:crypto';
import type * as tf from 'tfgraph';

/** What a fetched float tensor comes back as: scalars are numbers. */
export type Value = tf.NDArray | number;

const bytesOf = (v: Value): Uint8Array => {
  const d = typeof v === 'number' ? new Float64Array([v]) : (v.data as Float32Array);
  return new Uint8Array(d.buffer, d.byteOffset, d.byteLength);
};

/** Twelve hexadecimal digits that stand for the bits of some values in order. */
export function hashBits(values: Value | readonly Value[]): string {
  const h = createHash('sha256');
  for (const v of isList(values) ? values : [values]) {
    h.update(typeof v === 'number' ? 'scalar' : `${v.dtype.name}${v.shape.join(',')}`);
    h.update(bytesOf(v));
  }
  return h.digest('hex').slice(0, 12);
}

/** Bits equal, pair by pair. */
export function sameBits(a: Value | readonly Value[], b: Value | readonly Value[]): boolean { return hashBits(a) === hashBits(b); }

/** Elements as numbers. */
export function elements(v: Value): ArrayLike<number> { return typeof v === 'number' ? [v] : (v.data as Float32Array); }

/** Euclidean norm. */
export function norm(v: Value): number {
  const x = elements(v);
  let s = 0;
  for (let i = 0; i < x.length; i++) s += x[i]! ** 2;
  return Math.sqrt(s);
}

/** Norm of the difference of two values of the same size. */
export function distance(a: Value, b: Value): number {
  const [x, y] = [elements(a), elements(b)];
  let s = 0;
  for (let i = 0; i < x.length; i++) s += (x[i]! - y[i]!) ** 2;
  return Math.sqrt(s);
}

/** Largest absolute difference of two values of the same size. */
export function maxDifference(a: Value, b: Value): number {
  const [x, y] = [elements(a), elements(b)];
  let m = 0;
  for (let i = 0; i < x.length; i++) {
    const d = Math.abs(x[i]! - y[i]!);
    if (!(d <= m)) m = d;
  }
  return m;
}

function isList(v: Value | readonly Value[]): v is readonly Value[] { return Array.isArray(v); }

/** Uniform numbers in [0, 1) from an integer hash: test data that is the same everywhere (24 bits, exact in float32). */
export function hash01(n: number, seed: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let h = (Math.imul(i, 2654435761) + Math.imul(seed, 40503) + 12345) >>> 0;
    h ^= h >>> 15;
    h = Math.imul(h, 2246822519) >>> 0;
    h ^= h >>> 13;
    h = Math.imul(h, 3266489917) >>> 0;
    h = (h ^ (h >>> 16)) >>> 0;
    out[i] = (h >>> 8) / 16777216;
  }
  return out;
}
