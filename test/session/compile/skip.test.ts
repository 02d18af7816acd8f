// skipUnneeded: gradients that others only wait for do not run; what may fail does, and fails as it would in TensorFlow.
import { beforeEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../../src/ops/op_def_library.ts';
import { openSession } from '../../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });
const f32 = (shape: readonly number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 7 - 1));
const nodesOf = (p: { steps: readonly { kind: string; nodes: readonly string[] }[] }): string[] => p.steps.filter((s) => s.kind === 'kernel' || s.kind === 'fused').flatMap((s) => s.nodes);

test('the gradient of a matrix product by its fed input is not computed for a training step', async () => {
  const x = tf.placeholder(tf.float32, [4, 3], { name: 'x' });
  const w = new tf.Variable(f32([3, 2]), { name: 'w' });
  const train = new tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduceSum(tf.square(tf.matmul(x, w))));
  for (const engine of ['reference', 'wasm']) {
    const sess = await openSession(engine);
    const nodes = nodesOf(sess.explain(train, [x]));
    expect(nodes).toContain('gradients/MatMul_grad/MatMul_1');
    expect(nodes).not.toContain('gradients/MatMul_grad/MatMul');
    sess.runSync(tf.globalVariablesInitializer());
    expect(() => sess.runSync(train, [[x, f32([4, 3])]])).not.toThrow();
  }
});

test('a target runs, whatever it is', async () => {
  const x = tf.placeholder(tf.float32, [4], { name: 'x' });
  expect(nodesOf((await openSession('reference')).explain(tf.tanh(x, { name: 'y' }).op, [x]))).toEqual(['y']);
});

test('what can fail is waited for, also above what is skipped', async () => {
  const x = tf.placeholder(tf.float32, [2], { name: 'x' }), k = tf.placeholder(tf.int32, [2], { name: 'k' });
  const checked = op1('CheckNumerics', [x], { message: 'bad' }, 'checked');
  const above = tf.tanh(tf.gather(x, k, { name: 'picked' }), { name: 'above' });
  const y = tf.controlDependencies([checked, above], () => tf.add(x, 1., { name: 'y' }));
  for (const engine of ['reference', 'wasm']) {
    const sess = await openSession(engine);
    const nodes = nodesOf(sess.explain(y, [x, k]));
    expect(nodes.filter((n) => n !== 'y').sort()).toEqual(['checked', 'picked']);
    expect(() => sess.runSync(y, [[x, [NaN, 1]], [k, [0, 1]]])).toThrow(/^bad : Tensor had NaN/);
    expect(() => sess.runSync(y, [[x, [0, 1]], [k, [0, 2]]])).toThrow(/^indices\[1\] = 2 is not in \[0, 2\)/);
    expect((sess.runSync(y, [[x, [0, 1]], [k, [0, 1]]]) as unknown as tf.NDArray).toArray()).toEqual([1, 2]);
  }
});

test('shapes that come with the run may be wrong', async () => {
  const x = tf.placeholder(tf.float32, [null], { name: 'x' }), z = tf.placeholder(tf.float32, [null], { name: 'z' });
  const y = tf.controlDependencies([tf.add(x, z, { name: 'sum' })], () => tf.add(x, 1., { name: 'y' }));
  for (const engine of ['reference', 'wasm']) {
    const sess = await openSession(engine);
    expect(() => sess.runSync(y, [[x, [1, 2]], [z, [1, 2, 3]]])).toThrow(/^Incompatible shapes: \[2\] vs\. \[3\]/);
    expect(nodesOf(sess.explain(y, [[x, [1, 2]], [z, [1, 2]]]))).not.toContain('sum');
  }
});

test('a check of what is known to hold does not run; one that fails does', async () => {
  const x = tf.placeholder(tf.float32, [null], { name: 'x' }), few = tf.less(tf.size(x), 4, { name: 'few' });
  const check = applyOp('Assert', [few, [x]], {}, 'check'), y = tf.controlDependencies([check], () => tf.add(x, 1., { name: 'y' }));
  const sess = await openSession('reference');
  expect(nodesOf(sess.explain(y, [[x, [1, 2]]]))).toEqual(['y']);
  expect(sess.runSync(y, [[x, [1, 2]]])).toMatchObject({ shape: [2] });
  expect(() => sess.runSync(y, [[x, [1, 2, 3, 4]]])).toThrow(/assertion failed: \[1 2 3\.\.\.\]/);
  expect(nodesOf(sess.explain(check, [[x, [1, 2]]]))).toEqual(['check']); // a target
});
