// Running sums and products, norms, truth over axes and parts of complex numbers on the `wasm` engine against the reference
// kernels: every dtype, rank 0 to 6, empty arrays, special values.
import { expect, test } from 'vitest';
import { dtypeFromName } from '../../../src/graph/dtype.ts';
import { OPTIMIZERS } from '../../../src/session/kernels/state.ts';
import { f32, NUMERIC, nd, REAL_FLOATS, run, scalar, vec } from '../kernels/helpers.ts';
import { random, same, sameError } from './compare.ts';

const COMPLEX = ['complex64', 'complex128'];

test.each(['Cumsum', 'Cumprod'])('%s', (op) => {
  for (const d of [...NUMERIC, ...COMPLEX]) {
    for (const [shape, axes] of [[[1], [0]], [[0], [0]], [[37], [0]], [[3, 0, 2], [0, 1]], [[5, 7], [0, 1, -1]], [[4, 3, 6], [0, 1, 2]], [[2, 3, 1, 2, 2, 3], [1, 3, 5]]] as const) {
      for (const axis of axes) for (const exclusive of [false, true]) for (const reverse of [false, true]) same(op, [random(d, shape, 1), scalar(axis === 0 ? 'int64' : 'int32', axis)], { exclusive, reverse });
    }
  }
});
test('complex running products are products', () => {
  const out = run('Cumprod', [nd('complex64', [3], [[0, 1], [0, 1], [2, 3]]), scalar('int32', 0)]);
  expect(Array.from(out.data as Float32Array)).toEqual([0, 1, -1, 0, -2, -3]);
});

const AXES: [number[], number[]][] = [
  [[], []], [[1], [0]], [[7], [0]], [[40], [0]], [[0], [0]], [[9, 33], [0]], [[9, 33], [1]], [[9, 5], [0, 1]], [[9, 5], []], [[3, 4, 17], [1]], [[3, 4, 5, 6], [0, 2]], [[2, 3, 1, 5, 2, 2], [0, 2, 4]], [[0, 5], [0]], [[0, 5], [1]], [[5, 0], [1]], [[1, 6], [0]],
];
test.each(['All', 'Any'])('%s', (op) => {
  for (const [shape, axes] of AXES) {
    for (const keep of [false, true]) {
      same(op, [random('bool', shape, 1), vec(...axes)], { keep_dims: keep });
      for (const v of [0, 1]) same(op, [nd('bool', shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => v)), nd('int64', [axes.length], axes)], { keep_dims: keep });
    }
  }
  for (let at = 0; at < 40; at++) same(op, [nd('bool', [40], Array.from({ length: 40 }, (_, i) => ((i === at) === (op === 'Any') ? 1 : 0))), vec(0)]);
});
test('EuclideanNorm', () => {
  for (const d of [...NUMERIC.filter((t) => t !== 'uint64'), ...COMPLEX]) for (const [shape, axes] of AXES) for (const keep of [false, true]) same('EuclideanNorm', [random(d, shape, 1), vec(...axes)], { keep_dims: keep });
});
test('sums and means of complex numbers', () => {
  for (const d of COMPLEX) for (const op of ['Sum', 'Mean']) for (const [shape, axes] of AXES) same(op, [random(d, shape, 1), vec(...axes)], { keep_dims: true });
});

test('parts of complex numbers', () => {
  for (const d of COMPLEX) {
    for (const shape of [[], [0], [5], [3, 7], [2, 1, 3, 1, 2, 2]]) for (const op of ['Real', 'Imag', 'ComplexAbs', 'Angle']) same(op, [random(d, shape, 1)], { T: dtypeFromName(d)! });
    const r = d === 'complex64' ? 'float32' : 'float64';
    for (const [a, b] of [[[], []], [[5], [5]], [[4, 1], [3]], [[0, 2], [2]]]) same('Complex', [random(r, a!, 1), random(r, b!, 2)]);
  }
});
test('bits as another dtype; every NaN is one', () => {
  const DTYPES = [...NUMERIC, ...COMPLEX];
  for (const from of DTYPES) {
    for (const to of DTYPES) {
      const [a, b] = [dtypeFromName(from)!.size, dtypeFromName(to)!.size];
      if (Math.max(a, b) % Math.min(a, b) !== 0) continue;
      const shape = a < b ? [3, b / a] : [3, 2];
      same('Bitcast', [random(from, shape, 1)], { type: dtypeFromName(to)! });
      same('Bitcast', [nd(from, a < b ? [0, b / a] : [0], [])], { type: dtypeFromName(to)! });
    }
  }
  for (const [d, to] of [['float16', 'uint16'], ['bfloat16', 'int16'], ['float32', 'int32'], ['float64', 'int64'], ['complex64', 'int64']] as const) same('Bitcast', [nd(d, [4], [NaN, -NaN, -0, Infinity])], { type: dtypeFromName(to)! });
});

test('dense updates through a handle', () => {
  for (const d of [...NUMERIC, ...COMPLEX]) for (const op of ['AssignAddVariableOp', 'AssignSubVariableOp']) for (const shape of [[], [0], [5], [2, 3, 1, 2, 1, 2]]) same(op, [random(d, shape, 1), random(d, shape, 2)]);
  for (const [op, o] of Object.entries(OPTIMIZERS)) {
    for (const d of REAL_FLOATS) {
      const inputs = [...Array.from({ length: o.state }, (_, i) => random(d, [3, 7], i + 1)), ...o.scalars.map((n, i) => (n === 'global_step' ? scalar('int64', 3) : scalar(d, 0.1 + 0.2 * i)))];
      inputs.splice(o.grad, 0, random(d, [3, 7], 9));
      same(`Resource${op}`, inputs);
    }
  }
});
test('matrices', () => {
  for (const d of REAL_FLOATS) {
    same('MatrixInverse', [nd(d, [2, 2, 2], [4, 1, 1, 3, 2, 1, 1, 5])], { adjoint: false });
    same('Cholesky', [nd(d, [2, 2], [4, 1, 1, 3])]);
  }
  for (const t of ['int32', 'int64']) same('InTopKV2', [f32([2, 3], [1, 2, 3, 3, NaN, 1]), nd(t, [2], [2, 0]), scalar(t, 1)]);
  for (const d of [...NUMERIC, ...COMPLEX, 'bool']) for (const t of ['int32', 'int64']) same('SparseToDense', [nd(t, [2, 2], [0, 1, 2, 0]), nd(t, [2], [3, 2]), random(d, [2], 1), random(d, [], 2)]);
});
test('what is wrong is told in the words of the reference kernel', () => {
  const a = f32([2, 2], [1, 2, 3, 4]);
  for (const [op, inputs, attrs] of [
    ['Cumsum', [a, scalar('int32', 2)], {}], ['All', [nd('bool', [2], [1, 0]), vec(1)], {}], ['EuclideanNorm', [a, vec(-3)], {}], ['Complex', [f32([2], [1, 2]), f32([3], [1, 2, 3])], {}],
    ['Bitcast', [f32([3], [1, 2, 3])], { type: dtypeFromName('float64')! }], ['ResourceApplyGradientDescent', [a, scalar('float32', 1), f32([2], [1, 2])], {}], ['AssignAddVariableOp', [a, f32([2], [1, 2])], {}],
    ['Cholesky', [f32([2, 2], [-1, 0, 0, 1])], {}], ['MatrixInverse', [f32([2, 2], [0, 0, 0, 0])], {}],
  ] as const) {
    const [got, want] = sameError(op, inputs, attrs);
    expect(want, op).not.toBe('no error');
    expect(got).toBe(want);
  }
});
