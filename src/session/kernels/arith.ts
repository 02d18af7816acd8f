// The words in which the numeric contract is written: arithmetic over an opaque value type V and truth type M.
// Every elementwise op is one function over these (cwise.ts, elementary.ts, state.ts); blocks.ts runs them on typed
// arrays, and an emitter may run the very same functions to write machine code. Each method is one rounding.

/** What numbers of every kind can do. Integers wrap. */
export interface Arith<V, M> {
  /** A constant, rounded to the format. */
  c(x: number): V;
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  neg(a: V): V;
  abs(a: V): V;
  lt(a: V, b: V): M;
  le(a: V, b: V): M;
  eq(a: V, b: V): M;
  not(m: M): M;
  both(m: M, n: M): M;
  either(m: M, n: M): M;
  /** m ? a : b, moving bits. */
  sel(m: M, a: V, b: V): V;
}

/** IEEE binary32 or binary64, round to nearest even, denormals kept. */
export interface FloatArith<V, M> extends Arith<V, M> {
  readonly bits: 32 | 64;
  div(a: V, b: V): V;
  sqrt(a: V): V;
  floor(a: V): V;
  ceil(a: V): V;
  /** To the nearest integer, ties to even. */
  rint(a: V): V;
  /** C's fmod: exact, the sign of a. */
  rem(a: V, b: V): V;
  copysign(a: V, sign: V): V;
  /** c[0]*x^(k-1) + ... + c[k-1] by Horner's rule: y = c[0]; y = y*x + c[i], both roundings, coefficients rounded to the format. */
  poly(x: V, c: readonly number[]): V;
  /** e with |a| = m * 2^e and m in [0.5, 1), for normal a. */
  exponent(a: V): V;
  /** m of the same, with a's sign. */
  mantissa(a: V): V;
  /** 2^n for integral n in the normal range of exponents. */
  pow2(n: V): V;
  /** [r, q]: r = a - n*pi/2 with |r| <= pi/4 (correct to 1 ulp), q = n mod 4 in 0..3. NaN for infinities. */
  quadrant(a: V): readonly [V, V];
  /** Evaluates f in binary64 and rounds its result once (for bits = 64: just f). */
  wide(f: <W>(o: FloatArith<W, M>, ...x: W[]) => W, ...x: V[]): V;
}

/** Two's complement or unsigned integers. Division by zero is excluded beforehand. */
export interface IntArith<V, M> extends Arith<V, M> {
  /** Quotient, rounded toward zero. */
  div(a: V, b: V): V;
  /** Remainder of that division: the sign of a. */
  rem(a: V, b: V): V;
  and(a: V, b: V): V;
  or(a: V, b: V): V;
  xor(a: V, b: V): V;
}

/** Real and imaginary part. */
export type Pair<V> = readonly [re: V, im: V];
