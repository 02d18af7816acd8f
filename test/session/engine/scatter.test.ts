// Updates of rows by index on the `wasm` engine against the reference kernels: every kind and dtype, rows of every rest of
// a group of four, rows named twice, scalars for all, empty arrays.
import { describe, expect, test } from 'vitest';
import { SPARSE_UPDATES } from '../../../src/session/kernels/sparse_apply.ts';
import { f32, i32, nd, NUMERIC, REAL_FLOATS, run, scalar, vec } from '../kernels/helpers.ts';
import { nonZero, random, same, sameError } from './compare.ts';

const COMPLEX = ['complex64', 'complex128'];
const KINDS = ['Update', 'Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'];
const dtypesOf = (kind: string): string[] => [...NUMERIC, ...(kind === 'Min' || kind === 'Max' ? [] : COMPLEX), ...(kind === 'Update' ? ['bool'] : [])];
const ROWS = [1, 2, 3, 4, 5, 7, 8, 13];

describe.each(KINDS)('Scatter%s', (kind) => {
  test('rows', () => {
    for (const op of [`Scatter${kind}`, `ResourceScatter${kind}`]) {
      for (const d of dtypesOf(kind)) {
        for (const row of ROWS) same(op, [random(d, [5, row], 1), vec(4, 0, 2, 2, 4, 2), nonZero(d, [6, row], 2)]);
        same(op, [random(d, [4], 1), nd('int64', [2, 2], [3, 1, 3, 0]), nonZero(d, [2, 2], 2)]);
        same(op, [random(d, [4, 2, 1, 3, 2, 1], 1), vec(3, 1), nonZero(d, [2, 2, 1, 3, 2, 1], 2)]);
        same(op, [random(d, [4, 3], 1), scalar('int32', 2), nonZero(d, [3], 2)]);
        same(op, [random(d, [4, 5], 1), vec(3, 1, 3), nonZero(d, [], 2)]);
        same(op, [random(d, [4], 1), vec(3, 1, 3), nonZero(d, [], 2)]);
        same(op, [random(d, [4], 1), scalar('int32', 1), nonZero(d, [], 2)]);
        same(op, [random(d, [4, 3], 1), nd('int32', [0], []), nonZero(d, [0, 3], 2)]);
        same(op, [random(d, [4, 0], 1), vec(1), nonZero(d, [1, 0], 2)]);
      }
    }
  });
});
test.each(['Update', 'Add', 'Sub'])('ScatterNd%s', (kind) => {
  for (const op of [`ScatterNd${kind}`, `ResourceScatterNd${kind}`]) {
    for (const d of [...dtypesOf(kind), 'bool'].filter((t) => t !== 'bool' || kind !== 'Sub')) {
      for (const row of ROWS) same(op, [random(d, [3, 4, row], 1), nd('int32', [4, 2], [2, 3, 0, 0, 2, 3, 1, 2]), random(d, [4, row], 2)]);
      same(op, [random(d, [3, 4], 1), nd('int64', [2, 2, 2], [2, 3, 0, 0, 2, 3, 1, 2]), random(d, [2, 2], 2)]);
      same(op, [random(d, [3, 4], 1), vec(2, 1), random(d, [], 2)]);
      same(op, [random(d, [3], 1), nd('int32', [0, 1], []), random(d, [0], 2)]);
    }
  }
});
test('bools: a sum is either, the one difference that TensorFlow has is whether they differ', () => {
  const v = nd('bool', [4], [1, 1, 0, 0]), at = i32([4, 1], [0, 1, 2, 3]), u = nd('bool', [4], [1, 0, 1, 0]);
  for (const [op, want] of [['ResourceScatterNdAdd', [1, 1, 1, 0]], ['ResourceScatterNdSub', [0, 1, 1, 0]]] as const) {
    same(op, [v, at, u]);
    expect([op, ...(run(op, [v, at, u]).data as Uint8Array)]).toEqual([op, ...want]);
  }
  for (const op of ['TensorScatterSub', 'ScatterSub']) {
    const [got, want] = sameError(op, [v, op === 'ScatterSub' ? i32([4], [0, 1, 2, 3]) : at, u]);
    expect([got, want]).toEqual(Array.from({ length: 2 }, () => `No OpKernel was registered to support Op '${op}' with dtype bool`));
  }
});
test('ScatterNd', () => {
  for (const d of [...NUMERIC, ...COMPLEX, 'bool']) {
    for (const ix of ['int32', 'int64']) {
      same('ScatterNd', [nd(ix, [4, 1], [4, 3, 4, 7]), random(d, [4, 3], 2), nd(ix, [2], [8, 3])]);
      same('ScatterNd', [nd(ix, [2, 2], [1, 1, 0, 2]), random(d, [2], 2), nd(ix, [2], [2, 3])]);
      same('ScatterNd', [nd(ix, [0, 2], []), random(d, [0], 2), nd(ix, [2], [2, 3])]);
    }
  }
});
test.each(['Update', 'Add', 'Sub'])('TensorScatter%s', (kind) => {
  for (const d of dtypesOf(kind)) {
    for (const row of ROWS) same(`TensorScatter${kind}`, [random(d, [3, 4, row], 1), nd('int32', [4, 2], [2, 3, 0, 0, 2, 3, 1, 2]), random(d, [4, row], 2)]);
    same(`TensorScatter${kind}`, [random(d, [5], 1), nd('int64', [3, 1], [2, 2, 0]), random(d, [3], 2)]);
    same(`TensorScatter${kind}`, [random(d, [3], 1), nd('int32', [0, 1], []), random(d, [0], 2)]);
  }
});
test.each(Object.entries(SPARSE_UPDATES))('%s', (op, u) => {
  for (const name of [op, `Resource${op}`]) {
    for (const d of REAL_FLOATS) {
      for (const row of [[], [1], [4], [5], [2, 3], [1, 2, 1, 3, 1]]) {
        for (const flag of [false, true]) {
          const state = u.state.map((_, i) => random(d, [5, ...row], i + 1));
          const scalars = u.scalars.map((n, i) => (n === 'global_step' ? scalar('int64', 3) : scalar(d, 0.1 + 0.2 * i)));
          const inputs = [...state, ...scalars];
          inputs.splice(u.grad, 0, random(d, [4, ...row], 9), vec(3, 0, 3, 1));
          same(name, inputs, { use_nesterov: flag, update_slots: flag });
        }
      }
    }
  }
});
test('what is wrong is told in the words of the reference kernel', () => {
  const a = f32([3, 2], [1, 2, 3, 4, 5, 6]), row = f32([1, 2], [1, 2]), k = i32([2], [5, 6]);
  for (const [op, inputs] of [
    ['ScatterAdd', [a, vec(3), row]], ['ScatterUpdate', [a, vec(-1), row]], ['ScatterSub', [a, vec(0, 1), row]], ['ScatterDiv', [k, vec(0), vec(0)]], ['ScatterNdAdd', [a, i32([1, 1], [3]), row]],
    ['ScatterNd', [i32([1, 1], [3]), row, vec(2, 2)]], ['TensorScatterAdd', [a, i32([1, 1], [3]), row]], ['TensorScatterSub', [a, i32([2, 1], [1, 0]), row]],
    ['SparseApplyAdagrad', [a, a, scalar('float32', 1), row, vec(3)]], ['ScatterMul', [nd('bool', [2], [1, 0]), vec(0), nd('bool', [1], [1])]],
  ] as const) {
    const [got, want] = sameError(op, inputs);
    expect(want, op).not.toBe('no error');
    expect(got).toBe(want);
  }
});
