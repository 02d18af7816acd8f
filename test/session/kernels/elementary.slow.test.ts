// Elementary functions over every exponent of both formats: the largest error against integer arithmetic of 160 bits
// (binary64) or Math.* (binary32), and the same bits from the `wasm` engine. SHOW_ULP=1 prints the figures.
import { describe, expect, test } from 'vitest';
import { distance, exactly, power, PRECISE } from '../../support/precise.ts';
import { same } from '../engine/compare.ts';
import { nd, rng, run } from './helpers.ts';

const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const LIBRARY: Readonly<Record<string, (x: number) => number>> = {
  Exp: Math.exp, Log: Math.log, Expm1: Math.expm1, Log1p: Math.log1p, Tanh: Math.tanh, Sinh: Math.sinh, Cosh: Math.cosh, Sigmoid: sigmoid,
  Sin: Math.sin, Cos: Math.cos, Tan: Math.tan, Atan: Math.atan, Asin: Math.asin, Acos: Math.acos,
};
/** The bounds kernels/elementary.ts states: binary32, binary64. */
const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  Exp: [1, 1], Log: [0.9, 1], Expm1: [0.51, 1.5], Log1p: [0.51, 1.2], Tanh: [1.4, 2.5], Sinh: [0.51, 2.5], Cosh: [0.51, 3], Sigmoid: [2, 2],
  Sin: [0.51, 2], Cos: [0.51, 2], Tan: [0.51, 3], Atan: [0.51, 1.5], Asin: [0.51, 2], Acos: [0.51, 2.5],
};

const buffer = new DataView(new ArrayBuffer(8));
/** Every exponent and both signs: the least and the greatest mantissa and random ones between; then special values. */
function sweep(bits: 32 | 64, perExponent: number): number[] {
  const r = rng(bits + perExponent), out: number[] = [0, -0, Infinity, -Infinity, NaN];
  for (let e = 0; e < (bits === 32 ? 255 : 2047); e++) {
    for (let k = 0; k < perExponent; k++) {
      const m = k === 0 ? (e === 0 ? 1 : 0) : k === 1 ? 2 ** (bits === 32 ? 23 : 52) - 1 : Math.floor(r() * 2 ** (bits === 32 ? 23 : 52));
      if (bits === 32) buffer.setUint32(0, e * 2 ** 23 + m); else buffer.setBigUint64(0, (BigInt(e) << 52n) | BigInt(m));
      const x = bits === 32 ? buffer.getFloat32(0) : buffer.getFloat64(0);
      out.push(x, -x);
    }
  }
  return out;
}
/** Where results are neither tiny nor huge, as many again. */
function dense(bits: 32 | 64, n: number): number[] {
  const r = rng(7 + bits);
  return Array.from({ length: n }, (_, i) => { const x = (r() - 0.5) * 2 * [1, 2, 8, 40, 100, 700][i % 6]!; return bits === 32 ? Math.fround(x) : x; });
}
function ulpAt(y: number, bits: 32 | 64): number { return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(y))), bits === 32 ? -126 : -1022) - (bits === 32 ? 23 : 52)); }

describe.each(Object.keys(BOUNDS))('%s', (op) => {
  test.each([32, 64] as const)('binary%i', (bits) => {
    const x = [...sweep(bits, bits === 32 ? 120 : 3), ...dense(bits, bits === 32 ? 60_000 : 2000)], dtype = bits === 32 ? 'float32' : 'float64';
    const input = nd(dtype, [x.length], x), y = run(op, [input]).data as Float64Array, library = LIBRARY[op]!;
    const top = bits === 32 ? 2 ** 128 * (1 - 2 ** -25) : Infinity;
    let worst = 0, at = 0;
    x.forEach((v, i) => {
      const w = library(v), got = y[i]!;
      if (Number.isNaN(w) || Math.abs(w) >= top || w === 0 || v === 0 || !Number.isFinite(v)) {
        const wanted = bits === 32 ? Math.fround(w) : w;
        if (!Object.is(got, wanted) && !(w === 0 && Math.abs(got) <= 5e-324)) expect.fail(`${op}(${v}) = ${got}, not ${w}`);
        return;
      }
      const e = !Number.isFinite(got) ? (Math.abs(w) > 1.79e308 ? 0 : Infinity) : bits === 32 ? Math.abs(got - w) / ulpAt(w, 32) : distance(got, PRECISE[op]!(exactly(v)), ulpAt(w, 64));
      if (!(e <= worst)) { worst = e; at = i; }
    });
    if (process.env['SHOW_ULP']) process.stdout.write(`ulp ${op} f${bits} ${worst.toFixed(3)} at ${x[at]}\n`);
    expect(worst, `${op}(${x[at]}) = ${y[at]}`).toBeLessThanOrEqual(BOUNDS[op]![bits === 32 ? 0 : 1]);
    same(op, [input]);
  });
});

test.each([[32, 0.51], [64, 1]] as const)('Pow, binary%i: every exponent of the base, results of every size', (bits, bound) => {
  const r = rng(5), x = sweep(bits, bits === 32 ? 40 : 4).map(Math.abs).filter((v) => v > 0 && v < Infinity && v !== 1), range = bits === 32 ? 88 : 708;
  const y = x.map((v) => { const p = ((r() - 0.5) * 2 * range) / Math.log(v); return bits === 32 ? Math.fround(p) : p; });
  const dtype = bits === 32 ? 'float32' : 'float64', inputs = [x, y].map((v) => nd(dtype, [v.length], v)), got = run('Pow', inputs).data as Float64Array;
  let worst = 0;
  x.forEach((v, i) => { worst = Math.max(worst, distance(got[i]!, power(exactly(v), exactly(y[i]!)), ulpAt(got[i]!, bits))); });
  if (process.env['SHOW_ULP']) process.stdout.write(`ulp Pow f${bits} ${worst.toFixed(3)}\n`);
  expect(worst).toBeLessThanOrEqual(bound);
  same('Pow', inputs);
  const special = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 2.5, 1e10, -1e10, 2 ** 53, -(2 ** 53), Infinity, -Infinity, NaN, 1e-320, 2 ** -1022, 1e308];
  const pairs = special.flatMap((a) => special.map((b): [number, number] => [a, b])), c = (x1: number, y1: number): number => (x1 === 1 || (x1 === -1 && Math.abs(y1) === Infinity) ? 1 : Math.pow(x1, y1));
  if (bits === 64) {
    const z = run('Pow', [0, 1].map((j) => nd(dtype, [pairs.length], pairs.map((p) => p[j]!)))).data as Float64Array;
    pairs.forEach(([a, b], i) => { if (!Object.is(z[i], c(a, b)) && !(Math.abs(z[i]! / c(a, b) - 1) < 3e-16)) expect.fail(`${a} ^ ${b} = ${z[i]}, not ${c(a, b)}`); });
  }
  same('Pow', [0, 1].map((j) => nd(dtype, [pairs.length], pairs.map((p) => p[j]!))));
});
