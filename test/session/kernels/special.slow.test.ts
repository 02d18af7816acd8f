// Special and inverse hyperbolic functions over every exponent of both formats: the largest error against integer arithmetic
// (support/precise_special.ts), and the same bits from the `wasm` engine. SHOW_ULP=1 prints the figures.
import { describe, expect, test } from 'vitest';
import { bitsOf, distance, exactly, type Precise } from '../../support/precise.ts';
import { angle, PRECISE_SPECIAL } from '../../support/precise_special.ts';
import { same } from '../engine/compare.ts';
import { nd, rng, run, SPECIAL } from './helpers.ts';

interface Row {
  /** ulp, binary32 and binary64. */
  readonly bounds: readonly [number, number];
  /** Where it is defined and not all but constant; absent: everywhere. */
  readonly domain?: (x: number) => boolean;
  /** An error below so many units of 2^-24 (2^-53) counts for nothing: next to zeros of the function. */
  readonly absolute?: number;
}
/** The bounds that kernels/special.ts states. */
const ROWS: Readonly<Record<string, Row>> = {
  Asinh: { bounds: [0.51, 1.5] }, Acosh: { bounds: [0.51, 1.5], domain: (x) => x > 1 }, Atanh: { bounds: [0.51, 1.5], domain: (x) => Math.abs(x) < 1 },
  Erf: { bounds: [1.5, 3] }, Erfc: { bounds: [0.51, 8], domain: (x) => x < 27 },
  Lgamma: { bounds: [0.51, 3], absolute: 8, domain: (x) => x > -1000 && !(x < 0 && Number.isInteger(x)) }, Digamma: { bounds: [0.51, 10], absolute: 8, domain: (x) => x > -1000 && !(x < 0 && Number.isInteger(x)) },
  Rsqrt: { bounds: [1.5, 1.5], domain: (x) => x > 0 }, Softplus: { bounds: [2, 2], absolute: 3 },
};

const buffer = new DataView(new ArrayBuffer(8));
/** Every exponent and both signs, and as many numbers again where results are neither tiny nor huge. */
function inputs(bits: 32 | 64): number[] {
  const r = rng(bits), out: number[] = [], dense = bits === 32 ? 8000 : 1500;
  for (let e = 0; e < (bits === 32 ? 255 : 2047); e += bits === 32 ? 1 : 3) {
    for (let k = 0; k < (bits === 32 ? 8 : 1); k++) {
      const m = k === 1 ? 2 ** (bits === 32 ? 23 : 52) - 1 : Math.floor(r() * 2 ** (bits === 32 ? 23 : 52)) || 1;
      if (bits === 32) buffer.setUint32(0, e * 2 ** 23 + m); else buffer.setBigUint64(0, (BigInt(e) << 52n) | BigInt(m));
      const x = bits === 32 ? buffer.getFloat32(0) : buffer.getFloat64(0);
      out.push(x, -x);
    }
  }
  for (let i = 0; i < dense; i++) { const x = (r() - 0.5) * 2 * [1, 3, 6, 30, 100][i % 5]!; out.push(bits === 32 ? Math.fround(x) : x); }
  return out;
}
function ulpAt(y: number, bits: 32 | 64): number { return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(y))), bits === 32 ? -126 : -1022) - (bits === 32 ? 23 : 52)); }
/** The largest error in ulp, and where. */
function worstOf(x: readonly number[], y: ArrayLike<number>, exact: (i: number) => Precise, bits: 32 | 64, absolute = 0): [number, number] {
  let worst = 0, at = 0;
  x.forEach((_, i) => {
    const got = y[i]!, want = exact(i);
    if (!Number.isFinite(got)) {
      if (bitsOf(want.value) + want.scale < (bits === 32 ? 128 : 1024)) expect.fail(`${x[i]} gives ${got}`);
      return;
    }
    const e = distance(got, want, ulpAt(got, bits));
    if (e * ulpAt(got, bits) <= absolute * 2 ** (bits === 32 ? -24 : -53)) return;
    if (!(e <= worst)) { worst = e; at = i; }
  });
  return [worst, at];
}

describe.each(Object.entries(ROWS))('%s', (op, { bounds, domain, absolute }) => {
  test.each([32, 64] as const)('binary%i', (bits) => {
    const dtype = bits === 32 ? 'float32' : 'float64', top = bits === 32 ? 2 ** 127 : 2 ** 1016, x = inputs(bits).filter((v) => v !== 0 && Math.abs(v) < top && (domain?.(v) ?? true));
    const input = nd(dtype, [x.length], x), y = run(op, [input]).data as Float64Array, [worst, at] = worstOf(x, y, (i) => PRECISE_SPECIAL[op]!(exactly(x[i]!)), bits, absolute);
    if (process.env['SHOW_ULP']) process.stdout.write(`ulp ${op} f${bits} ${worst.toFixed(3)} at ${x[at]} of ${x.length}\n`);
    expect(worst, `${op}(${x[at]}) = ${y[at]}`).toBeLessThanOrEqual(bounds[bits === 32 ? 0 : 1]);
    same(op, [input]);
    same(op, [nd(dtype, [SPECIAL.length], SPECIAL)]);
  });
});

test.each([[32, 0.51], [64, 2]] as const)('Atan2, binary%i: all quadrants, every exponent', (bits, bound) => {
  const dtype = bits === 32 ? 'float32' : 'float64', all = inputs(bits).filter((v) => v !== 0), r = rng(3), x = all.map((v, i) => (i % 3 === 0 ? all[Math.floor(r() * all.length)]! : v * (r() - 0.5) * 8 || 1)).map((v) => (bits === 32 ? Math.fround(v) || 1 : v));
  const kept = all.map((_, i) => i).filter((i) => Number.isFinite(x[i]!) && Math.abs(Math.log2(Math.abs(all[i]! / x[i]!))) < 900), [ys, xs] = [kept.map((i) => all[i]!), kept.map((i) => x[i]!)];
  const operands = [ys, xs].map((v) => nd(dtype, [v.length], v)), got = run('Atan2', operands).data as Float64Array, [worst, at] = worstOf(ys, got, (i) => angle(exactly(ys[i]!), exactly(xs[i]!)), bits);
  if (process.env['SHOW_ULP']) process.stdout.write(`ulp Atan2 f${bits} ${worst.toFixed(3)} at ${ys[at]}, ${xs[at]} of ${ys.length}\n`);
  expect(worst, `atan2(${ys[at]}, ${xs[at]}) = ${got[at]}`).toBeLessThanOrEqual(bound);
  same('Atan2', operands);
});
