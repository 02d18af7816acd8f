// The program framework_more.py in tfgraph.
import * as tf from 'tfgraph';
import { attempt, note, type Program, type Run } from '../oracle.ts';

const f32 = (shape: readonly number[], v: readonly number[] = []): tf.NDArray => new tf.NDArray(tf.float32, shape, v.length > 0 ? Float32Array.from(v) : new Float32Array(shape.reduce((a, b) => a * b, 1)));
const i32 = (...v: readonly number[]): tf.NDArray => new tf.NDArray(tf.int32, [v.length], Int32Array.from(v));

export function framework_more(): Program {
  const fw = tf.contrib.framework;
  const a = tf.constant([[1, 2], [3, 4]], { name: 'a' }), b = tf.constant([1, 2, 3], { name: 'b' });
  const p = tf.placeholder(tf.float32, { name: 'p' }), q = tf.placeholder(tf.float32, [null, 2], 'q');
  tf.placeholder(tf.float32, [null, 1], 'r');
  const sums = [fw.reduceSumN([a, b]), fw.reduceSumN([a], { name: 'one' })];
  const scalar = fw.assertScalarInt(tf.constant(new tf.NDArray(tf.int32, [], Int32Array.of(3))), { name: 'si' });
  const shaped = [fw.withShape([2, 2], a), fw.withShape([2, 2], p), fw.withShape([2, 2], q), fw.withShape([], tf.constant([5], { name: 'five' })), fw.withShape([], p), fw.withShape(tf.constant(i32(2, 2)), a), fw.withSameShape(a, p), fw.withSameShape(q, a)];
  const squeezed = [fw.removeSqueezableDimensions(tf.constant([[1], [2]], { name: 'pred' }), tf.constant([1, 2])), fw.removeSqueezableDimensions(b, tf.constant([[1], [2], [3]], { name: 'lab' }), { name: 'rs' }), fw.removeSqueezableDimensions(p, b)];
  note('names', [...sums, scalar, ...shaped, ...squeezed.flat()].map((t) => [t.name, t.shape]));
  note('graph', [fw.getGraphFromInputs([a, b]) === tf.getDefaultGraph(), fw.getNameScope(), fw.getPlaceholders(tf.getDefaultGraph()).map((x) => x.name)]);
  tf.nameScope('outer', () => note('scope', fw.getNameScope()));
  const { assertShapes } = tf.debugging;
  const x = tf.placeholder(tf.float32, [null, 3], 'x'), y = tf.placeholder(tf.float32, [4, null], 'y');
  const checks = [
    assertShapes([[x, ['N', 3]], [y, ['N', 'D']], [b, ['D']]]), assertShapes([[a, [2, 2]], [b, ['Q']], [tf.constant(1), []]], { message: 'static' }), assertShapes([[x, ['*', 3]], [y, [null, 'K']], [q, ['.', 2]]], { name: 'loose' }),
    assertShapes([[p, ['A', 'B']]], { summarize: 2 }),
  ];
  note('checks', checks.map((c) => [c.name, c.type]));
  const errors: readonly [string, () => unknown][] = [
    ['size', () => assertShapes([[a, [2, 3]]], { message: 'msg' })], ['symbol', () => assertShapes([[a, ['N', 'N']], [b, ['N']]])], ['iterable', () => assertShapes([[a, 2 as never]])], ['star', () => assertShapes([[a, [2, '*']]])], ['rank', () => assertShapes([[a, [1, 2, 3]]])],
    ['with_shape', () => fw.withShape([3], a)], ['with_shape rank', () => fw.withShape(i32(2).reshape([1, 1]), a)], ['with_shape dtype', () => fw.withShape(tf.constant([2]), a)], ['scalar int', () => fw.assertScalarInt(tf.constant(1))], ['scalar', () => fw.assertScalarInt(tf.constant(i32(1)))], ['none', () => fw.reduceSumN([])],
  ];
  for (const [label, f] of errors) attempt(label, f);
  const hints = [tf.convertToTensor([1, 2], { dtypeHint: tf.float32 }), tf.convertToTensor([1, 2], { preferredDtype: tf.int64, name: 'pref' }), tf.convertToTensor(2.5, { dtypeHint: tf.int32 })];
  note('hints', hints.map((t) => [t.name, t.dtype]));
  note('static', [tf.getStaticValue(a), tf.getStaticValue(tf.stack([tf.constant(new tf.NDArray(tf.int32, [], Int32Array.of(1))), tf.shape(q).at(1)])) === null]);
  tf.setRandomSeed(7);
  const kernels = [
    fw.convolutionalOrthogonal1d({ seed: 1 }).initialize([3, 2, 3], { dtype: tf.float32 }), fw.convolutionalOrthogonal2d({ gain: 2, seed: 2 }).initialize([2, 2, 2, 2], { dtype: tf.float32 }),
    fw.convolutionalOrthogonal3d({ seed: 3 }).initialize([2, 2, 2, 2, 2], { dtype: tf.float32 }), fw.convolutionalOrthogonal2d({ seed: 4 }).initialize([1, 1, 2, 3], { dtype: tf.float32 }),
  ];
  note('kernels', kernels.map((k) => [k.name, k.shape]));
  attempt('rank1', () => fw.convolutionalOrthogonal1d().initialize([3, 2]));
  attempt('in', () => fw.convolutionalOrthogonal2d().initialize([2, 2, 3, 2]));
  attempt('square', () => fw.convolutionalOrthogonal2d().initialize([2, 3, 2, 2]));
  attempt('rank3', () => fw.convolutionalOrthogonal3d().initialize([2, 2, 2, 2]));
  const v = tf.getVariable('v', [2], { synchronization: tf.VariableSynchronization.ON_WRITE, aggregation: tf.VariableAggregation.SUM });
  const l = tf.getLocalVariable('l', [2], { aggregation: tf.VariableAggregation.MEAN });
  note('variables', [v.name, l.name, v.trainable, l.trainable]);
  const of = (fetch: unknown, ...feed: readonly (readonly [tf.Tensor, unknown])[]): Run => ({ fetch, feed: feed as unknown as tf.Feeds });
  return {
    runs: [
      { fetch: [...sums, scalar] }, of([...shaped.slice(0, 4), ...shaped.slice(5)], [p, [[1, 2], [3, 4]]], [q, [[1, 2], [5, 6]]]), { fetch: squeezed.slice(0, 2) }, of(squeezed[2], [p, [[1], [2], [3]]]), of(shaped[1], [p, [1]]), of(shaped[4], [p, [7]]),
      of(checks[0], [x, f32([4, 3])], [y, f32([4, 3])]), of(checks[0], [x, f32([5, 3])], [y, f32([4, 3])]), of(checks[3], [p, [1]]), { fetch: kernels },
    ],
  };
}
