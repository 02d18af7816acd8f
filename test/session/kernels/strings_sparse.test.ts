// Strings and sparse tensors, against what TensorFlow 1.15.5 returned for the same inputs.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';

const run = (build: () => tf.Tensor): unknown => {
  const graph = new tf.Graph();
  using sess = new tf.Session({ graph });
  const value = sess.runSync(graph.asDefault(build));
  return value instanceof tf.NDArray ? value.toArray() : value;
};
const failure = (build: () => tf.Tensor): string => {
  try { run(build); } catch (e) { return (e as tf.errors.TfError).text.split('\n\t')[0]!; }
  return 'no error';
};

const x = [0.0078125, 1, -2.5, 1e22, Infinity, -Infinity, NaN, 1e-7, 0, -0, 123456.789, 3e38];
const one = x.slice(0, 3);

test.each<[string, readonly number[], Record<string, unknown>, string[]]>([
  ['%f', x, {}, ['0.007812', '1.000000', '-2.500000', '9999999778196308361216.000000', 'inf', '-inf', 'nan', '0.000000', '0.000000', '-0.000000', '123456.789062', '300000000549775575777803994281145270272.000000']],
  ['%.2f', x, { precision: 2 }, ['0.01', '1.00', '-2.50', '9999999778196308361216.00', 'inf', '-inf', 'nan', '0.00', '0.00', '-0.00', '123456.79', '300000000549775575777803994281145270272.00']],
  ['%.0f', one, { precision: 0 }, ['0', '1', '-2']],
  ['%e', x, { scientific: true }, ['7.812500e-03', '1.000000e+00', '-2.500000e+00', '1.000000e+22', 'inf', '-inf', 'nan', '1.000000e-07', '0.000000e+00', '-0.000000e+00', '1.234568e+05', '3.000000e+38']],
  ['%.0e', one, { scientific: true, precision: 0 }, ['8e-03', '1e+00', '-2e+00']],
  ['%g', x, { shortest: true }, ['0.0078125', '1', '-2.5', '1e+22', 'inf', '-inf', 'nan', '1e-07', '0', '-0', '123457', '3e+38']],
  ['%.2g', x, { shortest: true, precision: 2 }, ['0.0078', '1', '-2.5', '1e+22', 'inf', '-inf', 'nan', '1e-07', '0', '-0', '1.2e+05', '3e+38']],
  ['%12f', one, { width: 12 }, ['    0.007812', '    1.000000', '   -2.500000']],
  ['%012f', x.slice(0, 7), { width: 12, fill: '0' }, ['00000.007812', '00001.000000', '-0002.500000', '9999999778196308361216.000000', '         inf', '        -inf', '         nan']],
  ['%-12f', one, { width: 12, fill: '-' }, ['0.007812    ', '1.000000    ', '-2.500000   ']],
  ['%+12f', x.slice(0, 7), { width: 12, fill: '+' }, ['   +0.007812', '   +1.000000', '   -2.500000', '+9999999778196308361216.000000', '        +inf', '        -inf', '        +nan']],
])('as_string prints floats as C does: %s', (_, values, options, want) => {
  expect(run(() => tf.asString(tf.constant(values), options))).toEqual(want);
});

test('as_string of other dtypes', () => {
  expect(run(() => tf.asString(tf.constant([1, -5], { dtype: tf.int32 }), { width: 5, fill: '0' }))).toEqual(['00001', '-0005']);
  expect(run(() => tf.asString(tf.constant([2n ** 62n, -1n], { dtype: tf.int64 })))).toEqual(['4611686018427387904', '-1']);
  expect(run(() => tf.asString(tf.constant([true, false])))).toEqual(['true', 'false']);
  expect(run(() => tf.asString(tf.constant([123456.789], { dtype: tf.float64 })))).toEqual(['123456.789000']);
  expect(failure(() => tf.asString(tf.constant([1.]), { scientific: true, shortest: true }))).toBe('Cannot select both scientific and shortest notation');
  expect(failure(() => tf.asString(tf.constant([1.]), { fill: 'xy' }))).toBe('Fill string must be one or fewer characters');
  expect(failure(() => tf.asString(tf.constant([1.]), { fill: 'x' }))).toBe('Fill argument not supported: "x"');
  expect(failure(() => tf.asString(tf.constant(1, { dtype: tf.int32 }), { precision: 3 }))).toBe('precision not supported for datatype int32');
  expect(failure(() => tf.asString(tf.constant(1, { dtype: tf.int32 }), { scientific: true }))).toBe('scientific and shortest format not supported for datatype int32');
});

test('string_join', () => {
  expect(run(() => tf.strings.join([['x', 'y'], 'z'], { separator: '-' }))).toEqual(['x-z', 'y-z']);
  expect(run(() => tf.strings.join(['x', 'z']))).toBe('xz');
  const joined = (): string => {
    const [a, b] = [tf.placeholder(tf.string), tf.placeholder(tf.string)];
    using sess = new tf.Session();
    try { sess.runSync(tf.stringJoin([a, b]), [[a, ['x', 'y']], [b, ['z']]]); } catch (e) { return (e as tf.errors.TfError).text; }
    return 'no error';
  };
  expect(new tf.Graph().asDefault(joined)).toMatch(/^Input shapes do not match: \[2\] vs\. \[1\]\n/);
});

test.each<[unknown, number[], unknown, number, unknown]>([
  [1, [3], 5, 0, [0, 5, 0]],
  [[0, 2], [3], [5, 6], 9, [5, 9, 6]],
  [[0, 2], [3], 5, 9, [5, 9, 5]],
  [[[0, 1]], [2, 2], 3, 7, [[7, 3], [7, 7]]],
  [[[0, 1], [0, 0]], [2, 2], [1, 2], 0, 'indices[1] = [0,0] is out of order. Many sparse ops require sorted indices.\n    Use `tf.sparse.reorder` to create a correctly ordered copy.\n\n'],
  [[[0, 1], [0, 1]], [2, 2], [1, 2], 0, 'indices[1] = [0,1] is repeated'],
  [[[0, 1], [0, -1]], [2, 2], [1, 2], 0, 'indices[1] = [0,-1] is out of bounds: need 0 <= index < [2,2]'],
  [[[[0]]], [2], [1], 0, 'sparse_indices should be a scalar, vector, or matrix, got shape [1,1,1]'],
  [[[0, 1]], [2, 2, 2], [1], 0, 'output_shape has incorrect number of elements: 3 should be: 2'],
  [[[0, 1]], [2, 2], [1, 2], 0, 'sparse_values has incorrect shape [2], should be [] or [1]'],
])('sparse_to_dense(%j, %j, %j, %j)', (indices, shape, values, background, want) => {
  const build = (): tf.Tensor => tf.sparseToDense(tf.constant(indices as number[], { dtype: tf.int64 }), tf.constant(shape, { dtype: tf.int64 }), tf.constant(values as number[]), background);
  if (typeof want === 'string') expect(failure(build)).toBe(want);
  else expect(run(build)).toEqual(want);
});

test('unchecked indices may repeat, not lie outside', () => {
  const dense = (indices: number[][]) => (): tf.Tensor => tf.sparseToDense(indices, [2, 2], [1., 2.], 0., { validateIndices: false });
  expect(run(dense([[0, 1], [0, 1]]))).toEqual([[0, 2], [0, 0]]);
  expect(failure(dense([[0, 5], [0, 0]]))).toBe('Indices are not valid (out of bounds).  Shape: [2,2]');
});

test('SparseTensor checks its parts and knows its shape', () => {
  new tf.Graph().asDefault(() => {
    const sp = new tf.SparseTensor([[0, 1]], tf.constant([2.]), [3, 3]);
    expect(sp.shape.dims).toEqual([3, 3]);
    expect(String(sp)).toBe('SparseTensor(indices=Tensor("SparseTensor/indices:0", shape=(1, 2), dtype=int64), values=Tensor("Const:0", shape=(1,), dtype=float32), dense_shape=Tensor("SparseTensor/dense_shape:0", shape=(2,), dtype=int64))');
    expect(() => new tf.SparseTensor([[0, 1]], [1., 2.], [3, 3])).toThrow('Dimensions 1 and 2 are not compatible');
    expect(() => new tf.SparseTensor([[0, 1, 2]], [1.], [3, 3])).toThrow('Dimensions 3 and 2 are not compatible');
    expect(() => new tf.SparseTensor([0, 1], [1.], [3, 3])).toThrow('Shape (2,) must have rank 2');
    expect(() => tf.SparseTensor.fromValue(3 as never)).toThrow('Neither a SparseTensor nor SparseTensorValue: 3.');
    expect(tf.SparseTensor.fromValue(new tf.SparseTensorValue<tf.TensorLike>([[0, 1]], [1.], [3, 3])).values.name).toBe('SparseTensor_4/values:0');
    expect(String(tf.sparsePlaceholder(tf.float32, [null, 3], 'zz'))).toBe('SparseTensor(indices=Tensor("zz/indices:0", shape=(?, 2), dtype=int64), values=Tensor("zz/values:0", shape=(?,), dtype=float32), dense_shape=Tensor("zz/shape:0", shape=(2,), dtype=int64))');
    expect(tf.sparsePlaceholder(tf.float32, [2, 3]).denseShape.op.type).toBe('Const');
  });
});
