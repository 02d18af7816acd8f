// Elementwise ops of the `wasm` engine against the reference kernels: every row, every dtype, broadcasting, casts.
import { describe, expect, test } from 'vitest';
import { BINARY, DIVIDES, GRADIENTS, OUTPUT_GRADIENTS, TESTS, UNARY } from '../../../src/session/kernels/cwise.ts';
import { OPTIMIZERS } from '../../../src/session/kernels/state.ts';
import { i32, nd, run, scalar, vec } from '../kernels/helpers.ts';
import { NUMERIC, nonZero, random, same, sameError } from './compare.ts';

const DTYPES = [...NUMERIC, 'complex64', 'complex128', 'bool'];

/** Left to the reference for integers. */
const INTEGER_RECIPROCAL = new Set(['Reciprocal', 'Inv']);
/** Dtypes the reference has the op for. */
function dtypesOf(op: string, arity: number): string[] {
  return DTYPES.filter((d) => {
    try { run(op, Array.from({ length: arity }, () => nonZero(d, [2], 3))); return true; } catch (e) {
      return !(e as Error).message.startsWith('No OpKernel was registered');
    }
  });
}
const second = (op: string, d: string, shape: readonly number[], seed: number) => {
  const b = DIVIDES.has(op) ? nonZero(d, shape, seed) : random(d, shape, seed);
  if (op !== 'Pow' || !b.dtype.isInteger) return b;
  return nd(b.dtype, shape, Array.from(b.data as ArrayLike<number>, (v) => Math.abs(Number(v)) % 7));
};

describe('rows', () => {
  test.each(Object.keys(UNARY))('%s', (op) => { for (const d of dtypesOf(op, 1).filter((t) => !INTEGER_RECIPROCAL.has(op) || /float/.test(t))) same(op, [random(d, [97], 11)]); });
  test.each([...Object.keys(BINARY), ...Object.keys(GRADIENTS), ...Object.keys(OUTPUT_GRADIENTS)])('%s', (op) => {
    for (const d of dtypesOf(op, 2)) same(op, [random(d, [131], 5), second(op, d, [131], 6)]);
  });
  test.each([...Object.keys(TESTS), 'Equal', 'NotEqual'])('%s', (op) => {
    const arity = op.startsWith('Is') || op === 'LogicalNot' ? 1 : 2;
    for (const d of dtypesOf(op, arity)) same(op, Array.from({ length: arity }, (_, i) => random(d, [67], 20 + i)));
  });
  test.each(['AddN', 'ClipByValue'])('%s', (op) => {
    for (const d of dtypesOf(op, 3)) same(op, [random(d, [30], 1), random(d, [30], 2), random(d, [30], 3)]);
  });
  test('leaky relu', () => {
    for (const d of ['float16', 'bfloat16', 'float32', 'float64']) {
      same('LeakyRelu', [random(d, [50], 1)], { alpha: { f: 0.3 } });
      same('LeakyReluGrad', [random(d, [50], 1), random(d, [50], 2)], { alpha: { f: 0.1 } });
    }
  });
});

test('shapes: rank 0 to 6, sizes 0 and 1, broadcasting on either side', () => {
  const pairs: [number[], number[]][] = [
    [[], []], [[1], []], [[0], [1]], [[3, 0, 2], [1, 2]], [[5], []], [[], [7]], [[4, 9], [9]], [[4, 9], [4, 1]], [[9], [4, 9]], [[1, 3], [5, 1]],
    [[2, 3, 4, 5], [5]], [[2, 3, 4, 5], [3, 1, 1]], [[2, 1, 4, 1], [1, 3, 1, 17]], [[6, 2, 64], [6, 1, 64]], [[2, 2, 2, 2, 2, 9], [2, 1, 2, 1, 2, 1]], [[3, 1, 2, 1, 3, 1], [1, 4, 1, 2, 1, 11]],
    [[100, 33], [33]], [[7, 130], [7, 1]],
  ];
  for (const [a, b] of pairs) for (const d of ['float32', 'int8', 'float16', 'int64', 'complex64', 'complex128']) same('Sub', [random(d, a, 1), random(d, b, 2)]);
  for (const [a, b] of pairs) for (const d of ['float32', 'float64', 'bool']) same(d === 'bool' ? 'LogicalOr' : 'Less', [random(d, a, 1), random(d, b, 2)]);
});

test('a large array is done in chunks', () => { same('Mul', [random('float32', [70_001], 1), random('float32', [70_001], 2)]); same('Add', [random('float32', [1100, 67], 1), random('float32', [67], 2)]); });

test('casts between all dtypes', () => {
  for (const from of DTYPES) {
    for (const to of DTYPES) {
      if (from.startsWith('complex') && to === 'bool') continue;
      const a = random(from, [203], 9);
      same('Cast', [a], { DstT: nd(to, [], [0]).dtype });
    }
  }
  const edges = [2147483647, 2147483648, -2147483648, -2147483649, 2147483647.5, -2147483648.5, 2 ** 63, -(2 ** 63), 2 ** 64, 1e30, 127.5, 65535.9, NaN];
  for (const from of ['float32', 'float64']) for (const to of NUMERIC) same('Cast', [nd(from, [edges.length], edges)], { DstT: nd(to, [], [0]).dtype });
});

test('select moves bits by mask, row or scalar', () => {
  for (const d of DTYPES) {
    same('Select', [random('bool', [4, 5], 1), random(d, [4, 5], 2), random(d, [4, 5], 3)]);
    same('Select', [random('bool', [4], 1), random(d, [4, 9], 2), random(d, [4, 9], 3)]);
    same('Select', [scalar('bool', 1), random(d, [3], 2), random(d, [3], 3)]);
    same('SelectV2', [random('bool', [4, 1], 1), random(d, [9], 2), random(d, [2, 4, 9], 3)]);
  }
});

test('bias in both layouts', () => {
  for (const d of ['float32', 'float64', 'int32', 'bfloat16', 'complex64']) {
    same('BiasAdd', [random(d, [2, 3, 4, 5], 1), random(d, [5], 2)], { data_format: 'NHWC' });
    same('BiasAdd', [random(d, [2, 3, 4, 5], 1), random(d, [3], 2)], { data_format: 'NCHW' });
  }
});

test('optimizer updates in one pass', () => {
  for (const [op, o] of Object.entries(OPTIMIZERS)) {
    for (const d of ['float16', 'bfloat16', 'float32', 'float64']) {
      const positive = (n: number) => run('Abs', [random(d, [37], n)]);
      const inputs = [...Array.from({ length: o.state }, (_, i) => positive(i + 1)), ...o.scalars.map((_, i) => scalar(d, 0.25 + i / 16))];
      inputs.splice(o.grad, 0, random(d, [37], 99));
      same(op, inputs);
      if (op === 'ApplyMomentum' || op === 'ApplyAdam') same(op, inputs, { use_nesterov: true });
    }
  }
  for (const op of ['AssignAdd', 'AssignSub']) for (const d of NUMERIC) same(op, [random(d, [19], 1), random(d, [19], 2)]);
});

test('errors are the reference kernel\'s', () => {
  const cases: [string, Parameters<typeof same>[1]][] = [
    ['Add', [i32([2], [1, 2]), vec(1, 2, 3)]], ['FloorDiv', [vec(4, 5), vec(2, 0)]], ['ReluGrad', [i32([2], [1, 2]), i32([1, 2], [1, 2])]],
  ];
  for (const [op, inputs] of cases) {
    const [got, want] = sameError(op, inputs);
    expect(want).not.toBe('no error');
    expect(got).toBe(want);
  }
});
