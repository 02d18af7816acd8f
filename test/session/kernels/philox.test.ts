// Random numbers: Philox's known answer, and numbers that real TensorFlow 1.x printed.
import { describe, expect, test } from 'vitest';
import { float32 } from '../../../src/graph/dtype.ts';
import { NDArray } from '../../../src/graph/ndarray.ts';
import { Philox } from '../../../src/session/kernels/philox.ts';
import { run, stateful, vec } from './helpers.ts';

const OP_SEED_ONLY = 87654321;
const printed = (a: NDArray): number[] => Array.from(a.data as Float32Array);
function near(got: readonly number[], want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  want.forEach((w, i) => { if (Math.abs(got[i]! - w) > 2e-7 * Math.max(1, Math.abs(w))) expect.fail(`${i}: ${got[i]} is not ${w}`); });
}
const mul = (a: number[], s: number): number[] => a.map((v) => Math.fround(v * s));

test('counter 0, key 0', () => {
  const out = new Uint32Array(4);
  const p = new Philox([0, 0], [0, 0, 0, 0]);
  p.next(out);
  expect([...out].map((v) => v.toString(16))).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
  expect(p.counter).toEqual([1, 0, 0, 0]);
});
test('the counter carries', () => {
  const p = new Philox([0, 0], [0xffffffff, 0xffffffff, 0xffffffff, 4]);
  p.next(new Uint32Array(4));
  expect(p.counter).toEqual([0, 0, 0, 5]);
  expect(new Philox([0, 0], [0xffffffff, 1, 0, 0]).skip(2).counter).toEqual([1, 2, 0, 0]);
  expect(new Philox([0, 0], [1, 0xffffffff, 0xffffffff, 0]).skip(2n ** 32n).counter).toEqual([1, 0, 0, 1]);
});
describe('values TF printed', () => {
  test('random_uniform, op seed 1', () => {
    near(printed(run('RandomUniform', [vec(2, 3)], { seed: OP_SEED_ONLY, seed2: 1, dtype: float32 })), [0.2390374, 0.92039955, 0.05051243, 0.49574447, 0.8355223, 0.02647042]);
  });
  test('the second run goes on', () => {
    const s = stateful(), a = { seed: OP_SEED_ONLY, seed2: 1, dtype: float32 };
    near(printed(run('RandomUniform', [vec(1)], a, s)), [0.2390374]);
    near(printed(run('RandomUniform', [vec(1)], a, s)), [0.22267115]);
  });
  test('random_normal, op seed 1', () => {
    near(printed(run('RandomStandardNormal', [vec(6)], { seed: OP_SEED_ONLY, seed2: 1, dtype: float32 })), [-0.8113182, 1.4845988, 0.06532937, -2.4427042, 0.0992484, 0.5912243]);
  });
  test('random_normal stddev 3, op seed 2', () => {
    near(mul(printed(run('RandomStandardNormal', [vec(12)], { seed: OP_SEED_ONLY, seed2: 2, dtype: float32 })), 3),
      [-2.5743325, -0.58986896, 0.41685134, -3.6638303, -1.2102386, -3.4362123, 1.9194721, -4.7298355, -3.078032, 1.885525, -2.4846714, 1.0400314]);
  });
  test('truncated_normal stddev 3, op seed 2', () => {
    near(mul(printed(run('TruncatedNormal', [vec(12)], { seed: OP_SEED_ONLY, seed2: 2, dtype: float32 })), 3),
      [-2.5743325, -0.58986896, 0.41685134, -3.6638303, -0.6237943, -5.334839, -1.3404311, -0.33711153, -3.2932882, 1.2972201, -0.12828581, 0.8206395]);
  });
  test('graph seeds', () => {
    near(printed(run('RandomStandardNormal', [vec(3)], { seed: 777, seed2: 3, dtype: float32 })), [2.2086694, -0.73225045, 0.33533147]);
    near(printed(run('RandomStandardNormal', [vec(1)], { seed: 777, seed2: 12, dtype: float32 })), [-0.8204183]);
    near(printed(run('RandomStandardNormal', [vec(1)], { seed: 66, seed2: 3, dtype: float32 })), [0.06524777]);
    near(printed(run('RandomUniform', [vec(2)], { seed: 777, seed2: 9, dtype: float32 })), [0.08186948, 0.42999184]);
    near(printed(run('RandomUniform', [vec(6)], { seed: 777, seed2: 16, dtype: float32 })), [0.43535876, 0.7693343, 0.6513095, 0.90863407, 0.06278825, 0.85073185]);
  });
});
