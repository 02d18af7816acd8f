// Conditionals as real graphs have them: Switch and Merge with pivots, as TensorFlow's cond builds them. What is not taken
// is dead: no value, no write, whatever the passes fold, merge or take away. Then a graph made by TensorFlow 1.15.5
// with the values it computed.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../src/ops/op_def_library.ts';
import { ENGINES, openSession, plain } from '../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** tf.cond's nodes: a pivot per branch, control edges from it, outside tensors through `enter`. */
function cond(pred: tf.Tensor, yes: (enter: (t: tf.Tensor) => tf.Tensor) => tf.Tensor, no: (enter: (t: tf.Tensor) => tf.Tensor) => tf.Tensor): tf.Tensor {
  const [off, on] = applyOp('Switch', [pred, pred]).outputs as readonly tf.Tensor[];
  const pivots = [tf.identity(off!), tf.identity(on!)];
  const [f, t] = [no, yes].map((branch, i) => tf.controlDependencies([pivots[i]!], () => branch((x) => applyOp('Switch', [x, pred]).outputs[i]!)));
  return applyOp('Merge', [[f!, t!]]).outputs[0]!;
}

describe.each(ENGINES)('on %s', (engine) => {
  /** Values of a fetch for pred = true and pred = false. */
  async function both(fetch: unknown, pred: tf.Tensor, feeds: readonly (readonly [tf.Tensor, unknown])[] = []): Promise<unknown[]> {
    const sess = await openSession(engine);
    return [true, false].map((p) => plain(sess.runSync(fetch as tf.Tensor, [[pred, p], ...feeds] as never)));
  }
  const predicate = (): tf.Tensor => tf.placeholder(tf.bool, [], { name: 'pred' });

  test('branches that are constants only', async () => {
    const p = predicate();
    expect(await both(cond(p, () => tf.constant(1.), () => tf.constant(2.)), p)).toEqual([1, 2]);
  });

  test('equal constants and equal nodes of two branches stay apart', async () => {
    const p = predicate();
    const x = tf.placeholder(tf.float32, [], { name: 'x' });
    expect(await both(cond(p, (enter) => enter(x).add(tf.constant(3.)), (enter) => enter(x).mul(tf.constant(3.))), p, [[x, 5]])).toEqual([8, 15]);
  });

  test('what folds in a branch is still of the branch', async () => {
    const p = predicate();
    const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
    expect(await both(cond(p, () => tf.exp(tf.constant(0.)).add(1.), () => tf.constant(2.).neg()), p)).toEqual([2, -2]);
    expect(await both(cond(p, (enter) => op1('Size', [enter(x)]), (enter) => op1('Rank', [enter(x)])), p, [[x, [[1, 2, 3], [4, 5, 6]]]])).toEqual([6, 2]);
  });

  test('identities, double negations and reshapes inside a branch', async () => {
    const p = predicate();
    const x = tf.placeholder(tf.float32, [3], { name: 'x' });
    const y = cond(p, (enter) => tf.identity(tf.negative(tf.negative(enter(x)))), () => tf.reshape(tf.constant([7., 8., 9.]), [3]));
    expect(await both(y, p, [[x, [1, 2, 3]]])).toEqual([[1, 2, 3], [7, 8, 9]]);
  });

  test('a pair that cancels, whose inner node waits for the branch, is dead with it', async () => {
    const p = predicate();
    const x = tf.placeholder(tf.float32, [], { name: 'x' }); // not through a Switch
    const twist = (): tf.Tensor => tf.negative(tf.negative(x));
    expect(await both(cond(p, twist, () => tf.constant(2.)), p, [[x, 5]])).toEqual([5, 2]);
    expect(await both(cond(p, () => tf.constant(2.), twist), p, [[x, 5]])).toEqual([2, 5]);
  });

  test('writes of a branch happen where it is taken, through groups too', async () => {
    const p = predicate();
    const v = new tf.Variable(1., { name: 'v' });
    const x = tf.placeholder(tf.float32, [], { name: 'x' });
    const y = cond(p, (enter) => {
      const a = tf.negative(enter(x));
      const write = tf.controlDependencies([a], () => tf.assignAdd(v, 10.));
      const done = tf.group(write, tf.assignSub(v, tf.constant(1.)));
      return tf.controlDependencies([done], () => tf.identity(a));
    }, () => tf.constant(0.));
    const sess = await openSession(engine);
    const run = (on: boolean): unknown[] => { sess.runSync(v.initializer); return [sess.runSync(y, [[p, on], [x, 5]]), sess.runSync(v)]; };
    expect(run(false)).toEqual([0, 1]);
    expect(run(true)).toEqual([-5, 10]);
  });

  test('a write that waits for the second of two equal nodes', async () => {
    const p = predicate();
    const v = new tf.Variable(1., { name: 'v' });
    const x = tf.placeholder(tf.float32, [], { name: 'x' });
    const [off, on] = applyOp('Switch', [x, p]).outputs as readonly [tf.Tensor, tf.Tensor];
    const [a, b] = [tf.negative(on), tf.negative(on)]; // one node after mergeCommon
    const write = tf.controlDependencies([b], () => tf.assignAdd(v, x));
    const y = applyOp('Merge', [[off, a.add(b)]]).outputs[0]!;
    const sess = await openSession(engine);
    const run = (taken: boolean): unknown[] => { sess.runSync(v.initializer); return [sess.runSync([y, write.op], [[p, taken], [x, 5]]), sess.runSync(v)]; };
    expect(run(false)).toEqual([[5, null], 1]);
    expect(run(true)).toEqual([[-10, null], 6]);
  });

  test('whether a variable has a value, asked in a branch', async () => {
    const p = predicate();
    const v = new tf.Variable(1., { name: 'v' });
    const y = cond(p, () => tf.isVariableInitialized(v), () => tf.logicalNot(tf.isVariableInitialized(v)));
    expect(await both(y, p)).toEqual([false, true]);
  });

  test('conditionals in conditionals', async () => {
    const [p, q] = [predicate(), tf.placeholder(tf.bool, [], { name: 'q' })];
    const y = cond(p, (enter) => cond(enter(q), () => tf.constant(1.), () => tf.constant(2.)), () => tf.constant(3.));
    for (const [on, inner] of [[true, 1], [false, 2]] as const) expect(await both(y, p, [[q, on]])).toEqual([inner, 3]);
  });

  test('fetching what was not taken', async () => {
    const p = predicate();
    const dead: tf.Tensor[] = [];
    const y = cond(p, () => { const c = tf.constant(1.).add(0.); dead.push(c); return c; }, () => tf.constant(2.));
    const sess = await openSession(engine);
    expect(sess.runSync([y, dead[0]!], [[p, true]])).toEqual([1, 1]);
    expect(() => sess.runSync([y, dead[0]!], [[p, false]])).toThrow(/^Retval\[1\] does not have value/);
  });

  test('a graph of TensorFlow 1.15.5 gives its values', async () => {
    const graph = new tf.Graph();
    const bytes = gunzipSync(readFileSync(new URL('../golden/1.15.5/flow_cond/graph.pb.gz', import.meta.url)));
    graph.asDefault(() => { tf.importGraphDef(tf.graphDefFromBytes(bytes), { name: '' }); });
    const sess = await openSession(engine, { graph });
    sess.runSync('init');
    const fetches = ['cond/Merge:0', 'two/Merge:0', 'two/Merge_1:0', 'nest/Merge:0', 'cs/cond/Merge:0', 'gradients/AddN_1:0', 'gradients/cond/mul/Switch_grad/cond_grad:0',
      'gradients/nest/cond/add/Switch_grad/cond_grad:0', 'gradients_1/two/mul/Switch_grad/cond_grad:0', 'gradients_1/two/mul/Switch_1_grad/cond_grad:0'];
    const want: Readonly<Record<number, unknown[]>> = {
      3: [9, [2, 4], 7, 30, 1, 13, [3, 3], 0, 0, 0],
      0.5: [1.5, [1, 2], 1, 12, 0, 23, [0.5, 0.5], 1, 2, 0.5], // v has become 2
      [-1]: [-6, [1, 2], -3, 0, -1, 1, [0, 0], 0, 3, -1], // and 3
    };
    for (const [i, x] of [3, 0.5, -1].entries()) {
      expect(plain(sess.runSync(fetches, { 'x:0': x, 'y:0': [1, 2] })), `x = ${x}`).toEqual(want[x]);
      fetches.forEach((f, k) => { expect(plain(sess.runSync(f, { 'x:0': x, 'y:0': [1, 2] })), `${f} alone, x = ${x}`).toEqual(want[x]![k]); });
      expect(sess.runSync('upd/Merge:0', { 'x:0': x, 'y:0': [1, 2] })).toBe([2, 3, 2][i]);
    }
    expect(sess.runSync('v:0')).toBe(2);
    expect([3, 0.5].map((x) => sess.runSync('case/cond/Merge:0', { 'x:0': x, 'y:0': [1, 2] }))).toEqual([9, -0.5]);
    expect(() => sess.runSync('case/cond/Merge:0', { 'x:0': -1, 'y:0': [1, 2] })).toThrow(/^assertion failed: \[Input error: exclusive=True: more than 1 conditions \(Less_2:0, Less_3:0\) evaluated as True:\] \[1 1\]/);
  });
});
