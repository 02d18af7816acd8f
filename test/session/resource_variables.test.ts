// Resource variables in a session: what a read sees (P4: the ReadVariableOp is itself the consumer), fetch sets (P3),
// handles in branches, errors that leave the state as it was.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';

const quiet = { engine: 'reference', onWarning: (): void => undefined } as const;
/** A session over a graph that `build` made, with all variables initialized. */
function started<T extends object>(build: () => T): T & { sess: tf.Session } {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const made = build();
    const sess = new tf.Session({ graph, ...quiet });
    sess.runSync(tf.globalVariablesInitializer());
    return { ...made, sess };
  });
}
const variable = (value: tf.TensorLike, name: string): tf.Variable => new tf.Variable(value, { name, useResource: true });
/** A write without TF's read after it. */
const add = (v: tf.Variable, x: tf.TensorLike): tf.Operation => v.assignAdd(x, { readValue: false });

describe('the four cases: v = 1, inc = assign_add(v, 10)', () => {
  const build = (): { v: tf.Variable; inc: tf.Operation } => { const v = variable(1., 'v'); return { v, inc: add(v, 10.) }; };
  test('under control of inc a new read is 11, an old one stays 1', () => {
    const { sess, fresh, stale } = started(() => {
      const { v, inc } = build();
      const old = v.value();
      return tf.controlDependencies([inc], () => ({ fresh: tf.identity(v), stale: tf.identity(old) }));
    });
    expect(sess.runSync([fresh, stale])).toEqual([11, 1]);
  });
  test('run([v * 2, inc]) reads before; run([v, inc]) too; afterwards v has both', () => {
    const { sess, v, inc, twice } = started(() => { const made = build(); return { ...made, twice: made.v.mul(2.) }; });
    expect(sess.runSync([twice, inc])).toEqual([2, null]);
    expect(sess.runSync([v, inc])).toEqual([11, null]);
    expect(sess.runSync(v)).toBe(21);
  });
});

test('the result of a write reads after it; only control dependencies order two writes', () => {
  const { sess, a, b, v } = started(() => {
    const v = variable([1., 2.], 'v');
    const a = v.assign([5., 6.]);
    return { v, a, b: tf.controlDependencies([a], () => v.assignAdd([1., 1.])) };
  });
  const [first, second] = sess.runSync([a, b]) as tf.NDArray[];
  expect([first!.toArray(), second!.toArray()]).toEqual([[5, 6], [6, 7]]);
  expect((sess.runSync(v) as tf.NDArray).toArray()).toEqual([6, 7]);
});

test('fetching more changes nothing of what was fetched before', () => {
  const build = () => started(() => {
    const w = variable([0.3, -0.7, 1.1], 'w');
    const loss = tf.reduceSum(tf.square(w.mul(1.7).sub(0.3)));
    const g = tf.gradients(loss, w)[0] as tf.Tensor;
    return { w, loss, g, step: new tf.train.AdamOptimizer(0.1).minimize(loss) };
  });
  const values = (v: unknown): unknown => (v instanceof tf.NDArray ? v.toArray() : v);
  const alone = build(), more = build();
  for (let i = 0; i < 3; i++) {
    const a = alone.sess.runSync([alone.loss, alone.step]);
    const b = more.sess.runSync([more.loss, more.step, more.g, more.w]);
    expect(values(b[0])).toEqual(values(a[0]));
  }
  expect(values(more.sess.runSync(more.w))).toEqual(values(alone.sess.runSync(alone.w)));
});

test('a branch reads and writes through its handle only when it is taken', () => {
  const { sess, p, v, out } = started(() => {
    const v = variable(1., 'v');
    const p = tf.placeholder(tf.bool, []);
    const out = tf.cond(p, () => v.assignAdd(10.), () => v.mul(-1.));
    return { v, p, out };
  });
  expect(sess.runSync(out, [[p, false]])).toBe(-1);
  expect(sess.runSync(v)).toBe(1);
  expect(sess.runSync(out, [[p, true]])).toBe(11);
  expect(sess.runSync(v)).toBe(11);
});

test('an uninitialized variable in a branch fails only where it is read', () => {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const v = variable(1., 'v');
    const p = tf.placeholder(tf.bool, []);
    const out = tf.cond(p, () => tf.identity(v), () => tf.constant(7.));
    const sess = new tf.Session({ graph, ...quiet });
    expect(sess.runSync(out, [[p, false]])).toBe(7);
    expect(() => sess.runSync(out, [[p, true]])).toThrow(/Error while reading resource variable v from Container: localhost/);
  });
});

test('initial values that read resource variables start from their initializers', () => {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const v = variable(3., 'v');
    const w = new tf.Variable(v.initializedValue().mul(2.), { name: 'w', useResource: true });
    const sess = new tf.Session({ graph, ...quiet });
    sess.runSync(tf.globalVariablesInitializer());
    expect(sess.runSync([v, w])).toEqual([3, 6]);
  });
});

test('a failed run writes nothing', () => {
  const { sess, v, bad } = started(() => {
    const v = variable([1., 2.], 'v');
    const bad = tf.controlDependencies([add(v, [1., 1.])], () => tf.scatterUpdate(v, [5], [0.]));
    return { v, bad };
  });
  expect(() => sess.runSync(bad)).toThrow(/indices\[0\] = 5 is not in \[0, 2\)/);
  expect((sess.runSync(v) as tf.NDArray).toArray()).toEqual([1, 2]);
});

test('assert_variables_initialized fails until every variable has a value', () => {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const [a, b] = [new tf.Variable(1., { name: 'a' }), new tf.Variable([1.], { name: 'b' })];
    const check = tf.assertVariablesInitialized()!;
    const sess = new tf.Session({ graph, ...quiet });
    sess.runSync(a.initializer);
    expect(() => sess.runSync(check)).toThrow(/Attempting to use uninitialized value b/);
    sess.runSync(b.initializer);
    expect((sess.runSync(check) as tf.NDArray).toArray()).toEqual([0, 1]);
  });
});

test('nodes that share a name share the value', () => {
  const { sess, v, other } = started(() => {
    const v = variable(4., 'v');
    const def = tf.getDefaultGraph().asGraphDef();
    const [read] = tf.importGraphDef({ ...def, node: def.node.filter((n) => n.name === 'v' || n.name === 'v/Read/ReadVariableOp') }, { name: 'copy', returnElements: ['v/Read/ReadVariableOp:0'] })!;
    return { v, other: read as tf.Tensor };
  });
  expect(sess.runSync([v, other])).toEqual([4, 4]);
});
