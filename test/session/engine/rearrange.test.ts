// Ops that carry boxes of elements on the `wasm` engine against the reference kernels: every element size, rank 1 to 6,
// empty arrays.
import { expect, test } from 'vitest';
import { f32, i32, nd, NUMERIC, scalar, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

const DTYPES = [...NUMERIC, 'bool', 'complex64', 'complex128'];

test('roll', () => {
  for (const d of DTYPES) {
    for (const t of ['int32', 'int64']) {
      same('Roll', [random(d, [7], 1), scalar(t, 3), scalar(t, 0)]);
      same('Roll', [random(d, [3, 5, 4], 1), nd(t, [3], [-2, 7, 1]), nd(t, [3], [0, 1, -1])]);
      same('Roll', [random(d, [4, 3], 1), nd(t, [3], [1, 1, 2]), nd(t, [3], [0, 0, 1])]);
    }
    same('Roll', [random(d, [2, 3, 1, 2, 2, 3], 1), vec(1, 2, 1), vec(0, 1, 5)]);
    same('Roll', [random(d, [0, 3], 1), vec(1, 1), vec(0, 1)]);
    same('Roll', [random(d, [3], 1), nd('int32', [0], []), nd('int32', [0], [])]);
  }
});
test('reversed sequences', () => {
  for (const d of DTYPES) {
    for (const t of ['int32', 'int64']) {
      same('ReverseSequence', [random(d, [3, 5], 1), nd(t, [3], [0, 5, 3])], { seq_dim: 1, batch_dim: 0 });
      same('ReverseSequence', [random(d, [5, 2, 4], 1), nd(t, [4], [1, 5, 2, 0])], { seq_dim: 0, batch_dim: 2 });
    }
    same('ReverseSequence', [random(d, [2, 3, 2, 1, 2], 1), vec(2, 1)], { seq_dim: 2, batch_dim: 4 });
    same('ReverseSequence', [random(d, [0, 3], 1), nd('int32', [0], [])], { seq_dim: 1, batch_dim: 0 });
  }
});
test('space, batch and depth', () => {
  for (const d of DTYPES) {
    for (const [shape, block, pads] of [[[2, 4, 6, 3], [2, 3], [0, 0, 0, 0]], [[1, 3, 4, 2], [2, 2], [1, 0, 0, 2]], [[3, 5], [3], [2, 5]], [[2, 3, 2, 2, 1, 2], [3, 1, 2], [1, 2, 0, 0, 0, 0]], [[1, 1, 2], [4], [3, 4]], [[0, 4, 2], [2], [0, 0]]] as const) {
      const k = block.length;
      same('SpaceToBatchND', [random(d, shape, 1), vec(...block), i32([k, 2], pads)]);
      const blocked = [shape[0] * block.reduce((a: number, b) => a * b, 1), ...block.map((n, i) => (shape[i + 1]! + pads[2 * i]! + pads[2 * i + 1]!) / n), ...shape.slice(k + 1)];
      same('BatchToSpaceND', [random(d, blocked, 1), nd('int64', [k], block), nd('int64', [k, 2], pads)]);
    }
    same('SpaceToBatch', [random(d, [2, 3, 4, 3], 1), i32([2, 2], [1, 0, 0, 2])], { block_size: 2 });
    same('BatchToSpace', [random(d, [8, 2, 3, 3], 1), i32([2, 2], [1, 0, 0, 2])], { block_size: 2 });
    same('SpaceToDepth', [random(d, [2, 4, 6, 3], 1)], { block_size: 2, data_format: 'NHWC' });
    same('DepthToSpace', [random(d, [2, 2, 3, 18], 1)], { block_size: 3, data_format: 'NHWC' });
    same('DepthToSpace', [random(d, [2, 0, 3, 8], 1)], { block_size: 2, data_format: 'NHWC' });
  }
});
test('diagonals and bands', () => {
  for (const d of DTYPES) {
    for (const shape of [[1], [4], [0], [3, 5], [2, 3, 4], [2, 1, 2, 1, 3]]) same('MatrixDiag', [random(d, shape, 1)]);
    for (const shape of [[3, 3], [3, 5], [5, 3], [2, 4, 3], [2, 0, 3], [2, 1, 2, 1, 3, 2]]) {
      same('MatrixDiagPart', [random(d, shape, 1)]);
      const [rows, columns] = shape.slice(-2) as [number, number];
      same('MatrixSetDiag', [random(d, shape, 1), random(d, [...shape.slice(0, -2), Math.min(rows, columns)], 2)]);
      for (const [lower, upper] of [[0, 0], [1, -1], [-1, 0], [0, 2], [-1, -1], [1, 1]]) if (lower! <= rows && upper! <= columns) same('MatrixBandPart', [random(d, shape, 1), scalar('int64', lower!), scalar('int64', upper!)]);
    }
  }
});
test('what is wrong is told in the words of the reference kernel', () => {
  const a = f32([2, 2], [1, 2, 3, 4]);
  for (const [op, inputs, attrs] of [
    ['Roll', [a, scalar('int32', 1), scalar('int32', 2)], {}], ['Roll', [a, vec(1, 2), vec(0)], {}], ['ReverseSequence', [a, vec(1, 3)], { seq_dim: 1 }], ['ReverseSequence', [a, vec(1)], { seq_dim: 1 }],
    ['SpaceToBatchND', [a, vec(3), i32([1, 2], [0, 0])], {}], ['BatchToSpaceND', [a, vec(4), i32([1, 2], [0, 0])], {}], ['DepthToSpace', [a], { block_size: 2, data_format: 'NHWC' }],
    ['MatrixDiagPart', [vec(1)], {}], ['MatrixBandPart', [a, scalar('int64', 3), scalar('int64', 0)], {}], ['MatrixSetDiag', [a, vec(1)], {}],
  ] as const) {
    const [got, want] = sameError(op, inputs, attrs);
    expect(want, op).not.toBe('no error');
    expect(got).toBe(want);
  }
});
