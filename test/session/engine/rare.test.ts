// The largest of rows, sparse times dense and Fourier transforms of the `wasm` engine against the reference kernels.
import { expect, test } from 'vitest';
import { f32, INTEGERS, nd, randomF32, REAL_FLOATS, rng, runAll, scalar, vec } from '../kernels/helpers.ts';
import { type Attrs, random, same, sameError } from './compare.ts';

test('the largest of rows: any number of them, many equal, all in order', () => {
  const r = rng(5);
  for (const d of [...INTEGERS, ...REAL_FLOATS]) for (const columns of [1, 2, 3, 7, 8, 33]) {
    const few = nd(d, [3, columns], Array.from({ length: 3 * columns }, () => Math.floor(r() * 5))), up = nd(d, [columns], Array.from({ length: columns }, (_, i) => i)), down = nd(d, [columns], Array.from({ length: columns }, (_, i) => columns - i));
    for (const k of new Set([0, 1, 2, columns >> 1, columns - 1, columns])) if (k <= columns) for (const x of [few, up, down]) same('TopKV2', [x, scalar('int32', k)], { sorted: r() < 0.5 });
  }
  for (const d of ['uint32', 'uint64', 'uint8', 'uint16']) same('TopK', [random(d, [4, 40], 1)], { k: 9 });
  const zeros = f32([2, 9], [0, -0, 1, -0, 0, -Infinity, Infinity, 0, -0, -1, -2, -0, 0, -3, -Infinity, -Infinity, -0, 0]);
  for (const k of [1, 4, 9]) same('TopKV2', [zeros, scalar('int32', k)]);
  for (const d of ['float16', 'float32', 'float64']) for (const k of [1, 3, 6]) same('TopKV2', [nd(d, [2, 6], [1, 2, NaN, 0, 5, 3, 4, NaN, NaN, 2, 9, 1]), scalar('int32', k)]);
  same('TopKV2', [randomF32([5, 1000], 2), scalar('int32', 1000)]);
  for (const [k, text] of [[-1, 'Need k >= 0, got -1'], [4, 'input must have at least k columns. Had 3, needed 4']] as const) expect(sameError('TopKV2', [f32([1, 3], [1, 2, 3]), scalar('int32', k)])).toEqual([text, text]);
});
test('among the largest', () => {
  for (const t of ['int32', 'int64']) for (const classes of [1, 4, 6, 13]) {
    const x = nd('float32', [7, classes], Array.from({ length: 7 * classes }, rng(classes)).map((v) => Math.floor(v * 6))), targets = nd(t, [7], [0, classes - 1, classes, -1, classes >> 1, 0, 0].map((v) => BigInt(v)));
    for (const k of [-1, 0, 1, 2, 5, 2 ** 31 - 1]) same('InTopKV2', [x, targets, scalar(t, k)]);
    for (const odd of [NaN, Infinity, -Infinity]) for (let at = 0; at < classes; at++) same('InTopKV2', [nd('float32', [1, classes], Array.from({ length: classes }, (_, i) => (i === at ? odd : i))), nd(t, [1], [classes - 1]), scalar(t, 2)]);
  }
  same('InTopK', [randomF32([0, 4], 1), nd('int32', [0], [])], { k: 2 });
});
test('a sparse matrix times a dense one', () => {
  const pairs = [0, 1, 2, 3, 0, 0, 0, 1, 4, 2, 2, 3, 4, 4, 0, 1];
  for (const d of ['float32', 'float64', 'int32', 'complex64', 'complex128', 'bfloat16', 'int64']) for (const columns of [0, 1, 2, 3, 4, 5, 8, 33]) for (const adjoint_a of [false, true]) for (const adjoint_b of [false, true]) {
    const [m, k] = [5, 6], inner = adjoint_a ? m : k;
    for (const t of ['int32', 'int64']) same('SparseTensorDenseMatMul', [nd(t, [8, 2], pairs), random(d, [8], columns + 1), nd('int64', [2], [m, k]), random(d, adjoint_b ? [columns, inner] : [inner, columns], columns + 2)], { adjoint_a, adjoint_b });
  }
  same('SparseTensorDenseMatMul', [nd('int64', [0, 2], []), f32([0], []), nd('int64', [2], [3, 2]), randomF32([2, 3], 1)]);
  for (const at of [[0, 2], [3, 0], [-1, 0]]) {
    const [got, want] = sameError('SparseTensorDenseMatMul', [nd('int64', [1, 2], at), f32([1], [1]), nd('int64', [2], [3, 2]), randomF32([2, 3], 1)]);
    expect(want).toMatch('out of bounds');
    expect(got).toBe(want);
  }
  expect(sameError('SparseTensorDenseMatMul', [nd('int64', [1, 2], [0, 0]), f32([1], [1]), nd('int64', [2], [3, 2]), randomF32([3, 3], 1)])[0]).toMatch('Cannot multiply A and B because inner dimension does not match: 2 vs. 3');
  // Integers wrap, however large the product.
  expect([...(runAll('SparseTensorDenseMatMul', [nd('int64', [2, 2], [0, 0, 0, 0]), nd('int32', [2], [2147483647, 2147483645]), nd('int64', [2], [1, 1]), nd('int32', [1, 1], [2147483647])])[0]!.data as Int32Array)]).toEqual([4]);
});
test('sparse tensors written out', () => {
  for (const d of [...INTEGERS, ...REAL_FLOATS, 'bool', 'complex64', 'complex128']) {
    for (const validate_indices of [false, true]) {
      same('SparseToDense', [nd('int64', [4, 3], [0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 2]), nd('int64', [3], [2, 2, 3]), random(d, [4], 1), random(d, [], 2)], { validate_indices });
      same('SparseToDense', [vec(0, 2, 3), vec(5), random(d, [], 1), random(d, [], 2)], { validate_indices });
      same('SparseToDense', [scalar('int32', 2), vec(5), random(d, [1], 1), random(d, [], 2)], { validate_indices });
    }
    same('SparseToDense', [nd('int32', [3, 1], [4, 0, 4]), vec(5), random(d, [3], 1), random(d, [], 2)], { validate_indices: false });
    same('SparseToDense', [nd('int32', [0, 2], []), vec(2, 3), random(d, [0], 1), random(d, [], 2)]);
    same('SparseToDense', [nd('int32', [0, 2], []), vec(0, 3), random(d, [0], 1), random(d, [], 2)]);
  }
  for (const [at, text] of [[[0, 0, 0, 0], 'is repeated'], [[1, 0, 0, 2], 'out of order'], [[0, 0, 2, 0], 'out of bounds'], [[-1, 0, 0, 0], 'out of bounds']] as const) {
    const [got, want] = sameError('SparseToDense', [nd('int32', [2, 2], at), vec(2, 3), f32([2], [1, 2]), scalar('float32', 0)]);
    expect(want).toMatch(text);
    expect(got).toBe(want);
  }
});
test('Fourier transforms: powers of two, other lengths, one to three axes', () => {
  for (const d of ['complex64', 'complex128']) for (const op of ['FFT', 'IFFT']) {
    for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 64]) same(op, [random(d, [2, n], n + 1)]);
    same(`${op}2D`, [random(d, [2, 4, 6], 1)]);
    same(`${op}2D`, [random(d, [8, 16], 1)]);
    same(`${op}3D`, [random(d, [2, 3, 4, 5], 1)]);
    same(op, [nd(d, [3, 8], Array.from({ length: 24 }, (_, i): [number, number] => [i === 3 ? NaN : i === 12 ? Infinity : -i, i]))]);
  }
  for (const [rank, shape, n] of [[1, [3, 8], [8]], [1, [3, 8], [5]], [1, [7], [7]], [1, [4], [1]], [2, [2, 6, 8], [4, 8]], [2, [6, 7], [6, 7]], [3, [4, 5, 6], [4, 3, 6]], [1, [0, 4], [4]]] as const) {
    const d = rank === 1 ? '' : `${rank}D`, length = vec(...n), attrs: Attrs = {};
    same(`RFFT${d}`, [randomF32(shape, 3), length], attrs);
    same(`IRFFT${d}`, [random('complex64', shape, 4), length], attrs);
  }
  for (const n of [1, 2, 3, 6, 7]) same('IRFFT', [random('complex64', [2, 4], n), vec(n)]);
  for (const [op, x] of [['RFFT', randomF32([4], 1)], ['IRFFT', random('complex64', [2], 1)]] as const) {
    const [got, want] = sameError(op, [x, vec(8)]);
    expect(want).toMatch('must have length of at least');
    expect(got).toBe(want);
  }
});
