// Elementary functions over all exponents, against Math.* in binary64: within the stated bounds, special values exact.
import { describe, expect, test } from 'vitest';
import { nd, rng, run } from './helpers.ts';

type Unary = (x: number) => number;
const FUNCTIONS: readonly [op: string, f: Unary, ulp32: number, ulp64: number][] = [
  ['Exp', Math.exp, 2, 2], ['Log', Math.log, 2, 2], ['Tanh', Math.tanh, 2, 3], ['Sigmoid', (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))), 3, 3],
  ['Expm1', Math.expm1, 1, 3], ['Log1p', Math.log1p, 1, 3], ['Sin', Math.sin, 1, 2], ['Cos', Math.cos, 1, 2], ['Tan', Math.tan, 1, 4],
  ['Sinh', Math.sinh, 1, 4], ['Cosh', Math.cosh, 1, 4], ['Atan', Math.atan, 1, 2], ['Asin', Math.asin, 1, 3], ['Acos', Math.acos, 1, 3],
];
const f32 = new Float32Array(1), i32 = new Int32Array(f32.buffer);
const f64 = new Float64Array(1), i64 = new BigInt64Array(f64.buffer);

/** Every exponent, both signs, with random mantissas and the edges. */
function inputs(bits: 32 | 64): number[] {
  const r = rng(bits), out = [0, -0, 1, -1, NaN, Infinity, -Infinity];
  const top = bits === 32 ? 255 : 2047;
  for (let e = 0; e < top; e++) {
    for (let k = 0; k < (bits === 32 ? 60 : 12); k++) {
      const m = k === 0 ? 0 : k === 1 ? 1 - 2 ** -30 : r();
      if (bits === 32) { i32[0] = (e << 23) | Math.floor(m * 2 ** 23); out.push(f32[0]!, -f32[0]!); }
      else { i64[0] = (BigInt(e) << 52n) | BigInt(Math.floor(m * 2 ** 52)); out.push(f64[0]!, -f64[0]!); }
    }
  }
  for (let k = 0; k < 20000; k++) { const x = (r() - 0.5) * 2 * [1, 4, 20, 110, 800][k % 5]!; out.push(bits === 32 ? Math.fround(x) : x); }
  return out;
}
/** Size of the last place at |y|. */
function ulp(y: number, bits: 32 | 64): number {
  const p = bits === 32 ? 23 : 52, low = bits === 32 ? -126 : -1022;
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(y))), low) - p);
}
function worst(op: string, f: (i: number) => number, args: number[][], bits: 32 | 64): number {
  const dtype = bits === 32 ? 'float32' : 'float64', n = args[0]!.length;
  const got = run(op, args.map((a) => nd(dtype, [n], a))).data as Float64Array;
  let max = 0;
  for (let i = 0; i < n; i++) {
    const y = got[i]!, w = f(i), rounded = bits === 32 ? Math.fround(w) : w;
    if (Object.is(y, rounded)) continue;
    const where = `${op}(${args.map((a) => a[i]).join(', ')}) = ${y}, not ${w}`;
    if (Number.isNaN(y) || Number.isNaN(w)) expect.fail(where);
    if (rounded === 0 && y === 0) expect.fail(`sign: ${where}`);
    const e = Number.isFinite(y) && w !== 0 ? Math.abs(y - w) / ulp(w, bits) : y === rounded ? 0 : Math.abs(w) > 3.4e38 && Math.abs(y) > 3.4e38 ? 1 : y === 0 || w === 0 ? Math.abs(y - w) / ulp(0, bits) : Infinity;
    if (e > max) max = e;
    if (e > 16) expect.fail(`${where} (${e} ulp)`);
  }
  return max;
}

/** The measured figures, for whoever changes a polynomial: SHOW_ULP=1. */
function shown(op: string, bits: number, e: number): void { if (process.env['SHOW_ULP']) process.stdout.write(`ulp ${op} f${bits} ${e.toFixed(3)}\n`); }

describe.each(FUNCTIONS)('%s', (op, f, ulp32, ulp64) => {
  test(`binary32 within ${ulp32} ulp`, () => { const x = inputs(32); const e = worst(op, (i) => f(x[i]!), [x], 32); shown(op, 32, e); expect(e).toBeLessThanOrEqual(ulp32); });
  test(`binary64 within ${ulp64} ulp`, () => { const x = inputs(64); const e = worst(op, (i) => f(x[i]!), [x], 64); shown(op, 64, e); expect(e).toBeLessThanOrEqual(ulp64); });
});
