// The arithmetic of arith.ts on single numbers, for the few places that go element by element.
import { type FloatArith } from './arith.ts';
import { roundEven } from './blocks.ts';
import { piOver2Remainder } from './elementary.ts';

const f64 = new Float64Array(1);
const w64 = new Uint32Array(f64.buffer);
const f32 = new Float32Array(1);
const w32 = new Uint32Array(f32.buffer);
const rest = new Float64Array(1);

const shared = {
  neg: (a: number) => -a, abs: Math.abs, floor: Math.floor, ceil: Math.ceil, rint: roundEven,
  rem: (a: number, b: number) => a % b, // exact
  lt: (a: number, b: number) => a < b, le: (a: number, b: number) => a <= b, eq: (a: number, b: number) => a === b,
  not: (m: boolean) => !m, both: (m: boolean, n: boolean) => m && n, either: (m: boolean, n: boolean) => m || n,
  sel: (m: boolean, a: number, b: number) => (m ? a : b),
  copysign: (a: number, s: number) => (s < 0 || Object.is(s, -0) ? -Math.abs(a) : Math.abs(a)),
};

/** One binary64 number at a time. */
export const SCALAR64: FloatArith<number, boolean> = {
  ...shared,
  bits: 64,
  c: (x) => x,
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b, sqrt: Math.sqrt,
  poly: (x, c) => c.reduce((y, v) => y * x + v),
  exponent: (a) => { f64[0] = a; return ((w64[1]! >> 20) & 2047) - 1022; },
  mantissa: (a) => { f64[0] = a; w64[1] = (w64[1]! & 0x800fffff) | 0x3fe00000; return f64[0]!; },
  pow2: (n) => { w64[0] = 0; w64[1] = (n + 1023) << 20; return f64[0]!; },
  quadrant: (a) => { const q = piOver2Remainder(a, rest); return [rest[0]!, q]; },
  wide(f, ...x) { return f<number>(this, ...x); },
};

const r = Math.fround;

/** One binary32 number at a time. */
export const SCALAR32: FloatArith<number, boolean> = {
  ...shared,
  bits: 32,
  c: r,
  add: (a, b) => r(a + b), sub: (a, b) => r(a - b), mul: (a, b) => r(a * b), div: (a, b) => r(a / b), sqrt: (a) => r(Math.sqrt(a)),
  poly: (x, c) => c.slice(1).reduce((y, v) => r(r(y * x) + r(v)), r(c[0]!)),
  exponent: (a) => { f32[0] = a; return ((w32[0]! >> 23) & 255) - 126; },
  mantissa: (a) => { f32[0] = a; w32[0] = (w32[0]! & 0x807fffff) | 0x3f000000; return f32[0]!; },
  pow2: (n) => { w32[0] = (n + 127) << 23; return f32[0]!; },
  quadrant: (a) => { const q = piOver2Remainder(a, rest); return [r(rest[0]!), q]; },
  wide(f, ...x) { return r(f<number>(SCALAR64, ...x)); },
};
