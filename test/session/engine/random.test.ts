// Random ops of the `wasm` engine against the reference kernels: every dtype, every rest of a group of blocks, positions
// in the stream where a word of the counter overflows, state from call to call.
import { expect, test } from 'vitest';
import type { KernelState } from '../../../src/session/kernels/kernel.ts';
import { Philox } from '../../../src/session/kernels/philox.ts';
import { expectBits, f32, nd, runAll, scalar, stateful, vec } from '../kernels/helpers.ts';
import { kits, nodeOf, random, same, sameError } from './compare.ts';
import { wasmKernels } from '../../../src/session/wasm/table.ts';

const FLOATS = ['float16', 'bfloat16', 'float32', 'float64'];
const dtypeOf = (name: string) => nd(name, [], [0]).dtype;
const SHAPES = [[], [0], [1], [2], [3], [4], [5], [7], [8], [15], [16], [17], [31], [33], [3, 0], [5, 7, 3], [2, 1, 3, 2, 2, 2], [1000]];

/** A stream that stands at a counter. */
function standing(counter: readonly number[]): KernelState {
  let at: unknown = new Philox([123, 456], counter);
  return { get: <T>() => at as T, set: (v) => { at = v; } };
}

test.each(['RandomUniform', 'RandomStandardNormal', 'TruncatedNormal'])('%s', (op) => {
  for (const d of FLOATS) {
    for (const shape of SHAPES) for (const t of ['int32', 'int64']) same(op, [nd(t, [shape.length], shape)], { dtype: dtypeOf(d), seed: 87654321, seed2: shape.length + 1 });
    same(op, [vec(70_003)], { dtype: dtypeOf(d), seed: 5, seed2: 9 });
  }
});
test.each(['StatelessRandomUniform', 'StatelessRandomNormal', 'StatelessTruncatedNormal'])('%s', (op) => {
  for (const d of FLOATS) for (const shape of SHAPES) same(op, [nd('int32', [shape.length], shape), nd('int64', [2], [-7, 2n ** 40n + 3n])], { dtype: dtypeOf(d) });
});
test('integers: ranges up to the whole type', () => {
  const bounds = { int32: [[0, 10], [-5, 7], [-2147483648, 2147483647], [2147483646, 2147483647], [-3, 2147483647]], int64: [[0n, 10n], [-5n, 7n], [-(2n ** 63n), 2n ** 63n - 1n], [0n, 2n ** 40n]] } as const;
  for (const d of ['int32', 'int64'] as const) {
    for (const [lo, hi] of bounds[d]) {
      for (const n of [0, 1, 3, 8, 17, 100]) {
        same('RandomUniformInt', [vec(n), scalar(d, lo), scalar(d, hi)], { seed: 3, seed2: 4 });
        same('StatelessRandomUniformInt', [vec(n), nd('int64', [2], [1, n]), scalar(d, lo), scalar(d, hi)]);
      }
    }
  }
});
const kit = kits[0]!;
test('words of the counter overflow into the next', () => {
  for (const counter of [[4294967290, 7, 5, 6], [4294967295, 0, 0, 0], [4294960000, 3, 4294967295, 4294967295]]) {
    for (const op of ['RandomUniform', 'RandomStandardNormal', 'TruncatedNormal']) {
      for (const d of ['float32', 'float64']) {
        const a = { dtype: dtypeOf(d) }, shape = vec(133);
        const want = runAll(op, [shape], a, standing(counter));
        const out = kit.call(() => { const x = kit.write(shape); return wasmKernels.get(op)!(kit, [x], nodeOf(op, [shape], a), standing(counter)); })!;
        expectBits(kit.read(out[0]!), want[0]!);
        kit.release(out[0]!);
      }
    }
  }
});
test('the state moves on as on reference, and stays where a call is refused', () => {
  const seeds = { dtype: dtypeOf('float32'), seed: 11, seed2: 12 };
  const [mine, theirs] = [stateful(), stateful()];
  for (const op of ['RandomUniform', 'TruncatedNormal', 'RandomStandardNormal', 'RandomUniform']) {
    const want = runAll(op, [vec(9)], seeds, theirs);
    const out = kit.call(() => wasmKernels.get(op)!(kit, [kit.write(vec(9))], nodeOf(op, [vec(9)], seeds), mine))!;
    expectBits(kit.read(out[0]!), want[0]!);
    kit.release(out[0]!);
    expect(kit.call(() => wasmKernels.get(op)!(kit, [kit.write(vec(-1))], nodeOf(op, [vec(-1)], seeds), mine))).toBeUndefined();
  }
  expect(mine.get(() => new Philox([0, 0], [0, 0, 0, 0])).counter).toEqual(theirs.get(() => new Philox([0, 0], [0, 0, 0, 0])).counter);
});
test('shuffles and samples', () => {
  for (const d of ['bool', 'float16', 'int32', 'float64', 'complex128']) for (const shape of [[], [1], [0, 3], [9], [23, 5], [4, 2, 3]]) same('RandomShuffle', [random(d, shape, 1)], { seed: 3, seed2: 4 });
  for (const d of FLOATS) {
    const logits = nd(d, [2, 4], [1, 2, -1, 0.5, 0, 0, 3, -Infinity]);
    for (const out of ['int32', 'int64']) {
      same('Multinomial', [logits, scalar('int32', 7)], { seed: 3, seed2: 4, output_dtype: dtypeOf(out) });
      same('StatelessMultinomial', [logits, scalar('int32', 7), nd('int64', [2], [3, 4])], { output_dtype: dtypeOf(out) });
    }
  }
});
test('what is wrong is told in the words of the reference kernel', () => {
  const dtype = dtypeOf('float32');
  for (const [op, inputs] of [
    ['RandomUniform', [vec(-1)]], ['RandomUniform', [scalar('int32', 2)]], ['RandomUniformInt', [vec(2), scalar('int32', 3), scalar('int32', 3)]], ['RandomUniformInt', [vec(2), vec(3), scalar('int32', 3)]],
    ['StatelessRandomNormal', [vec(2), vec(1, 2, 3)]], ['Multinomial', [f32([2], [1, 2]), scalar('int32', 2)]],
  ] as const) {
    const [got, want] = sameError(op, inputs, { dtype, seed: 1, seed2: 1 });
    expect(want, op).not.toBe('no error');
    expect(got).toBe(want);
  }
});
