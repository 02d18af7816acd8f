// The arithmetic of arith.ts on single binary64 numbers, for the few places that go element by element.
import { type FloatArith } from './arith.ts';
import { piOver2Remainder } from './elementary.ts';

const f64 = new Float64Array(1);
const u32 = new Uint32Array(f64.buffer);
const rest = new Float64Array(1);

export const SCALAR64: FloatArith<number, boolean> = {
  bits: 64,
  c: (x) => x,
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b,
  neg: (a) => -a, abs: Math.abs, sqrt: Math.sqrt, floor: Math.floor, ceil: Math.ceil,
  rem: (a, b) => a % b,
  rint: (a) => {
    if (!(Math.abs(a) < 2 ** 52)) return a;
    const big = a < 0 || Object.is(a, -0) ? -(2 ** 52) : 2 ** 52;
    const r = a + big - big;
    return r === 0 && big < 0 ? -0 : r;
  },
  lt: (a, b) => a < b, le: (a, b) => a <= b, eq: (a, b) => a === b,
  not: (m) => !m, both: (m, n) => m && n, either: (m, n) => m || n,
  sel: (m, a, b) => (m ? a : b),
  copysign: (a, s) => (s < 0 || Object.is(s, -0) ? -Math.abs(a) : Math.abs(a)),
  exponent: (a) => { f64[0] = a; return ((u32[1]! >> 20) & 2047) - 1022; },
  mantissa: (a) => { f64[0] = a; u32[1] = (u32[1]! & 0x800fffff) | 0x3fe00000; return f64[0]!; },
  pow2: (n) => { u32[0] = 0; u32[1] = (n + 1023) << 20; return f64[0]!; },
  quadrant: (a) => { const q = piOver2Remainder(a, rest); return [rest[0]!, q]; },
  pow64: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b)),
  wide(f, ...x) { return f<number>(this, ...x); },
};
