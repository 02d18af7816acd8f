// P4 on chains of writes: scatters and assigns through each other's references, reads in between, writes that nothing
// orders. Every engine must agree; the values are worked out by hand.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../src/ops/op_def_library.ts';
import { ENGINES, openSession, plain } from '../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

const after = (...ops: (tf.Tensor | tf.Operation | tf.Variable)[]) => <R>(body: () => R): R => tf.controlDependencies(ops, body);
const row = (i: number[]): tf.Tensor => tf.constant(i, { dtype: tf.int32 });

describe.each(ENGINES)('on %s', (engine) => {
  async function start(): Promise<(fetches: unknown) => unknown> {
    const sess = await openSession(engine);
    sess.runSync(tf.globalVariablesInitializer());
    return (fetches) => plain(sess.runSync(fetches as tf.Tensor));
  }

  test('a chain of scatters: each output is the variable after its own write, the last is committed', async () => {
    const t = new tf.Variable([1, 2, 3], { dtype: tf.float32, name: 't' });
    const a = op1('ScatterAdd', [t.ref(), row([0, 2, 0]), [10., 10., 10.]]);
    const b = op1('ScatterUpdate', [a, row([1]), [9.]]);
    const c = op1('ScatterSub', [b, row([0]), [1.]]);
    const run = await start();
    expect(run([t, a, b, c])).toEqual([[1, 2, 3], [21, 2, 13], [21, 9, 13], [20, 9, 13]]);
    expect(run(t)).toEqual([20, 9, 13]);
  });

  test('scatters with indices that repeat apply in order', async () => {
    const t = new tf.Variable([1, 1], { dtype: tf.float32 });
    const mul = op1('ScatterMul', [t.ref(), row([0, 0]), [2., 3.]]);
    const set = after(mul)(() => op1('ScatterUpdate', [t.ref(), row([1, 1]), [5., 7.]]));
    const run = await start();
    expect(run([set, mul])).toEqual([[6, 7], [6, 1]]);
  });

  test('a chain of assigns through references', async () => {
    const v = new tf.Variable(1., { name: 'v' });
    const a = tf.assign(v, 3.);
    const b = tf.assignAdd(a, 4.);
    const c = tf.assignSub(b, 1.);
    const run = await start();
    expect(run([c, a, b, v])).toEqual([6, 3, 7, 1]); // TF's aliasing may show 6 in all four
    expect(run(v)).toBe(6);
  });

  test('a write that reads its own variable: the reader sees the writes it waits for', async () => {
    const v = new tf.Variable(1., { name: 'v' });
    const doubled = tf.assign(v, v.mul(2.));
    const outside = v.add(1.); // waits for nothing
    const late = after(doubled)(() => tf.assign(v, outside));
    const later = after(late)(() => tf.assign(v, v.add(10.)));
    const run = await start();
    expect(run([later, late, doubled])).toEqual([12, 2, 2]);
    expect(run(later)).toBe(23); // 2 * 12 is overwritten by 12 + 1, then + 10
  });

  test('reads between ordered writes see what they wait for', async () => {
    const v = new tf.Variable(1., { name: 'v' });
    const r0 = tf.identity(v.ref());
    const a = after(r0)(() => tf.assignAdd(v, 10.));
    const r1 = after(a)(() => tf.identity(v.ref()));
    const b = after(r1)(() => tf.assignAdd(v, 100.));
    const r2 = after(b)(() => v.add(0.));
    const run = await start();
    expect(run([r2, r1, r0])).toEqual([111, 11, 1]);
    expect(run([r1, r0])).toEqual([121, 111]); // the second write was not asked for
    expect(run(v)).toBe(121);
  });

  test('unordered writes: the committed value replays them all in topological order, ties in graph order', async () => {
    const v = new tf.Variable(1., { name: 'v' });
    const add = tf.assignAdd(v, 10., { name: 'add' });
    const set = tf.assign(v, 5., { name: 'set' });
    const add2 = tf.assignAdd(v, 2., { name: 'add2' });
    const run = await start();
    expect(run([add2, set, add])).toEqual([3, 5, 11]);
    expect(run(v)).toBe(7); // (1 + 10), then 5, then + 2
    set.op._addControlInputs([add2.op]); // now add2 comes before set, though it was made after it
    expect(run([add, set, add2])).toEqual([17, 5, 9]);
    expect(run(v)).toBe(5);
  });

  test('writes of two variables by one op, unordered with a write of one of them', async () => {
    const v = new tf.Variable(8., { name: 'v' });
    const m = new tf.Variable(2., { name: 'm' });
    const step = op1('ApplyMomentum', [v.ref(), m.ref(), 1., 4., 0.5]); // m = 0.5 m + 4, v = v - m
    const bump = tf.assignAdd(m, 100.);
    const run = await start();
    expect(run([step, bump])).toEqual([3, 102]);
    expect(run([v, m])).toEqual([3, 105]);
  });

  test.each([['int32', tf.int32], ['int64', tf.int64], ['float64', tf.float64], ['bool', tf.bool]] as const)('a %s variable is written and kept', async (_, dtype) => {
    const of = (x: number): tf.Tensor => tf.cast(x, dtype);
    const v = new tf.Variable(of(1), { name: 'v' });
    const set = tf.assign(v, of(0));
    const back = after(set)(() => tf.assign(v, of(1)));
    const run = await start();
    const [no, yes] = dtype === tf.bool ? [false, true] : [0, 1];
    expect(run([v, set, back])).toEqual([yes, no, yes]);
    expect(run(set)).toBe(no);
    expect(run(v)).toBe(no);
  });
});

test('two writes that nothing orders warn once, however often and with whatever else they run', async () => {
  const v = new tf.Variable(1., { name: 'v' });
  const a = tf.assignAdd(v, 1., { name: 'a' });
  const b = tf.assignAdd(v, 10., { name: 'b' });
  const read = v.mul(2.);
  const warnings: string[] = [];
  const sess = await openSession('reference', { onWarning: (w) => warnings.push(w) });
  sess.runSync(tf.globalVariablesInitializer());
  for (const fetches of [a, b, [a, read]]) sess.runSync(fetches);
  expect(warnings).toEqual([]);
  for (const fetches of [[a, b], [b, a], [a, b], [read, a, b]]) sess.runSync(fetches);
  expect(warnings).toEqual(["Nothing orders the writes 'a' and 'b' of variable 'v' in this run; they are applied in graph order. Add a control dependency to say which comes first."]);
});

test('a control dependency, or a way through a third node, is an order: no warning', async () => {
  const v = new tf.Variable(1., { name: 'v' });
  const a = tf.assignAdd(v, 1.);
  const b = after(tf.identity(a))(() => tf.assignAdd(v, 10.));
  const c = tf.assignSub(b, 3.);
  const warnings: string[] = [];
  const sess = await openSession('reference', { onWarning: (w) => warnings.push(w) });
  sess.runSync(tf.globalVariablesInitializer());
  expect(sess.runSync([a, b, c])).toEqual([2, 12, 9]);
  expect(warnings).toEqual([]);
});
