// The contract's matrix product: per output element acc = 0; for k ascending: acc = round(acc + round(a*b)). No FMA,
// no split sums. Tiling changes nothing: an accumulator stored to C and loaded again is the same accumulator.

/** A matrix inside an array: element (i, j) at offset + i*row + j*col. */
export interface View<A> { readonly data: A; readonly offset: number; readonly row: number; readonly col: number }

const fround = Math.fround;
const KC = 512; // depth of a packed panel
type Floats = Float32Array | Float64Array;

/**
 * C[i, j] = sum over k of A[i, k] * B[k, j], rows of C at c[offset + i*ldc]. With `more` the sums already in C are
 * continued instead of started at +0.
 */
export function gemm<T extends Floats>(M: number, N: number, K: number, a: View<T>, b: View<T>, c: T, offset: number, ldc: number, more = false): void {
  if (M === 0 || N === 0) return;
  if (K === 0) { if (!more) for (let i = 0; i < M; i++) c.fill(0, offset + i * ldc, offset + i * ldc + N); return; }
  const single = c instanceof Float32Array;
  const panelsN = Math.ceil(N / 4);
  const depth = Math.min(K, KC);
  const make = (n: number): Floats => (single ? new Float32Array(n) : new Float64Array(n));
  const wa = make(4 * depth), wb = make(4 * depth * panelsN), tile = make(16);
  for (let k0 = 0; k0 < K; k0 += KC) {
    const kc = Math.min(KC, K - k0);
    for (let p = 0; p < panelsN; p++) pack(b.data, b.offset + k0 * b.row + 4 * p * b.col, b.row, b.col, Math.min(4, N - 4 * p), kc, wb, p * 4 * kc);
    const fresh = k0 === 0 && !more;
    for (let i = 0; i < M; i += 4) {
      const mr = Math.min(4, M - i);
      pack(a.data, a.offset + i * a.row + k0 * a.col, a.col, a.row, mr, kc, wa, 0);
      for (let p = 0; p < panelsN; p++) {
        const nr = Math.min(4, N - 4 * p);
        const at = offset + i * ldc + 4 * p;
        if (fresh) tile.fill(0);
        else for (let r = 0; r < mr; r++) for (let s = 0; s < nr; s++) tile[4 * r + s] = c[at + r * ldc + s]!;
        if (single) tile32(wa as Float32Array, wb as Float32Array, p * 4 * kc, kc, tile as Float32Array);
        else tile64(wa as Float64Array, wb as Float64Array, p * 4 * kc, kc, tile as Float64Array);
        for (let r = 0; r < mr; r++) for (let s = 0; s < nr; s++) c[at + r * ldc + s] = tile[4 * r + s]!;
      }
    }
  }
}

/** Lays `width` <= 4 lines of kc elements out as kc groups of four (zeros beyond the width). */
function pack(src: Floats, at: number, stepK: number, stepLine: number, width: number, kc: number, dst: Floats, to: number): void {
  if (width === 4) {
    const s2 = 2 * stepLine, s3 = 3 * stepLine;
    for (let k = 0, p = at, q = to; k < kc; k++, p += stepK, q += 4) {
      dst[q] = src[p]!; dst[q + 1] = src[p + stepLine]!; dst[q + 2] = src[p + s2]!; dst[q + 3] = src[p + s3]!;
    }
    return;
  }
  for (let k = 0, p = at, q = to; k < kc; k++, p += stepK, q += 4) for (let j = 0; j < 4; j++) dst[q + j] = j < width ? src[p + j * stepLine]! : 0;
}

/** Sixteen accumulators over kc steps, binary32. */
function tile32(A: Float32Array, B: Float32Array, at: number, kc: number, t: Float32Array): void {
  let c00 = fround(t[0]!), c01 = fround(t[1]!), c02 = fround(t[2]!), c03 = fround(t[3]!);
  let c10 = fround(t[4]!), c11 = fround(t[5]!), c12 = fround(t[6]!), c13 = fround(t[7]!);
  let c20 = fround(t[8]!), c21 = fround(t[9]!), c22 = fround(t[10]!), c23 = fround(t[11]!);
  let c30 = fround(t[12]!), c31 = fround(t[13]!), c32 = fround(t[14]!), c33 = fround(t[15]!);
  for (let p = 0, q = at, end = 4 * kc; p < end; p += 4, q += 4) {
    const b0 = B[q]!, b1 = B[q + 1]!, b2 = B[q + 2]!, b3 = B[q + 3]!;
    let a = A[p]!;
    c00 = fround(c00 + fround(a * b0)); c01 = fround(c01 + fround(a * b1)); c02 = fround(c02 + fround(a * b2)); c03 = fround(c03 + fround(a * b3));
    a = A[p + 1]!;
    c10 = fround(c10 + fround(a * b0)); c11 = fround(c11 + fround(a * b1)); c12 = fround(c12 + fround(a * b2)); c13 = fround(c13 + fround(a * b3));
    a = A[p + 2]!;
    c20 = fround(c20 + fround(a * b0)); c21 = fround(c21 + fround(a * b1)); c22 = fround(c22 + fround(a * b2)); c23 = fround(c23 + fround(a * b3));
    a = A[p + 3]!;
    c30 = fround(c30 + fround(a * b0)); c31 = fround(c31 + fround(a * b1)); c32 = fround(c32 + fround(a * b2)); c33 = fround(c33 + fround(a * b3));
  }
  t[0] = c00; t[1] = c01; t[2] = c02; t[3] = c03; t[4] = c10; t[5] = c11; t[6] = c12; t[7] = c13;
  t[8] = c20; t[9] = c21; t[10] = c22; t[11] = c23; t[12] = c30; t[13] = c31; t[14] = c32; t[15] = c33;
}

/** The same in binary64. */
function tile64(A: Float64Array, B: Float64Array, at: number, kc: number, t: Float64Array): void {
  for (let r = 0; r < 4; r++) {
    let c0 = t[4 * r]!, c1 = t[4 * r + 1]!, c2 = t[4 * r + 2]!, c3 = t[4 * r + 3]!;
    for (let p = r, q = at, end = at + 4 * kc; q < end; p += 4, q += 4) {
      const a = A[p]!;
      c0 += a * B[q]!; c1 += a * B[q + 1]!; c2 += a * B[q + 2]!; c3 += a * B[q + 3]!;
    }
    t[4 * r] = c0; t[4 * r + 1] = c1; t[4 * r + 2] = c2; t[4 * r + 3] = c3;
  }
}
