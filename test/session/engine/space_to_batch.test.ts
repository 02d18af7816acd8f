// Blocks of space into the batch and back on the `wasm` engine against the reference kernels.
import { expect, test } from 'vitest';
import { expectBits, i32, nd, run, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

const DTYPES = ['bool', 'int8', 'float16', 'float32', 'int64', 'float64', 'complex64', 'complex128'];
/** Input, block, paddings. */
const CASES: readonly (readonly [number[], number[], number[]])[] = [
  [[2, 4, 6, 3], [2, 3], [0, 0, 0, 0]], [[1, 5, 4, 2], [2, 3], [1, 2, 0, 2]], [[3, 7], [4], [5, 4]], [[2, 3, 2, 5, 2], [1, 2, 3], [0, 0, 1, 1, 2, 2]], [[1, 2, 2], [1, 1], [0, 0, 0, 0]],
];
test('there and back again', () => {
  for (const [shape, block, paddings] of CASES) {
    const b = vec(...block), margins = i32([block.length, 2], paddings);
    for (const d of DTYPES) {
      const x = random(d, shape, 1);
      same('SpaceToBatchND', [x, b, margins]);
      const y = run('SpaceToBatchND', [x, b, margins]);
      same('BatchToSpaceND', [y, b, margins]);
      expectBits(run('BatchToSpaceND', [y, b, margins]), x);
    }
  }
  const x = random('float32', [2, 4, 6, 3], 2), none = nd('int64', [2, 2], [0, 0, 0, 0]);
  same('SpaceToBatch', [x, none], { block_size: 2 });
  expectBits(run('SpaceToBatch', [x, none], { block_size: 2 }), run('SpaceToBatchND', [x, vec(2, 2), none]));
  same('BatchToSpace', [random('float32', [8, 2, 3, 3], 3), nd('int64', [2, 2], [1, 0, 0, 2])], { block_size: 2 });
});
test('errors are the reference kernel\'s', () => {
  const x = random('float32', [3, 4, 5, 1], 1), none = i32([2, 2], [0, 0, 0, 0]);
  for (const [op, inputs] of [['SpaceToBatchND', [x, vec(2, 2), none]], ['BatchToSpaceND', [x, vec(2, 2), none]], ['SpaceToBatchND', [x, vec(2), none]], ['SpaceToBatchND', [x, vec(0, 2), none]]] as const) {
    const [got, want] = sameError(op, inputs);
    expect(want).not.toBe('no error');
    expect(got).toBe(want);
  }
});
