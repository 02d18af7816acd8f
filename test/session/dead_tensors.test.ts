// Values of branches that are not taken: what is dead, what a run says about it, and random Switch/Merge graphs (also
// such as no tf.cond makes) against an interpreter that knows nothing but the rules.
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { float32 } from '../../src/graph/dtype.ts';
import { controlDependencies } from '../../src/ops/framework.ts';
import { applyOp, op1 } from '../../src/ops/op_def_library.ts';
import { buildSwitchGraph, Interpreter } from '../support/switch_graph.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** Switch, by hand. */
function switched(x: tf.Tensor, p: tf.Tensor): readonly tf.Tensor[] { return applyOp('Switch', [x, p]).outputs; }
function merged(...xs: tf.Tensor[]): readonly tf.Tensor[] { return applyOp('Merge', [xs]).outputs; }

describe('the rules of real TensorFlow, measured', () => {
  const build = () => {
    const p = tf.placeholder(tf.bool, [], { name: 'p' });
    const x = tf.placeholder(tf.float32, [], { name: 'x' });
    const [f, t] = switched(x, p);
    const a = tf.identity(f!, { name: 'a' });
    const b = t!.add(1.);
    return { p, x, f: f!, a, b };
  };
  const run = (fetch: tf.Fetchable, p: tf.Tensor, x: tf.Tensor, pv: boolean): unknown => new tf.Session().runSync(fetch, [[p, pv], [x, 5]]);
  const dead = /^Retval\[0\] does not have value/;

  test('a Merge passes the live input on, with its index', () => {
    const { p, x, a, b } = build();
    const m = merged(a, b);
    expect(run([...m], p, x, true)).toEqual([6, 1]);
    expect(run([...m], p, x, false)).toEqual([5, 0]);
  });
  test('fetching a dead tensor fails, running a dead operation does not', () => {
    const { p, x, a, f } = build();
    for (const t of [a, f]) expect(() => run(t, p, x, true)).toThrow(dead);
    expect(run(a.op, p, x, true)).toBeNull();
    expect(run(a, p, x, false)).toBe(5);
  });
  test('the message counts fetches by name', () => {
    const { p, x, a, b } = build();
    const z = tf.identity(a, { name: 'z' });
    const m = tf.identity(merged(a, b)[0]!, { name: 'm' });
    expect(() => run([z, m], p, x, true)).toThrow(/^Retval\[1\] does not have value/);
    expect(() => run([z, m, a], p, x, true)).toThrow(/^Retval\[0\] does not have value/);
  });
  test('control edges carry deadness, also through NoOps, also to constants', () => {
    const { p, x, a } = build();
    const d = controlDependencies([a], () => tf.constant(3.));
    const e = controlDependencies([tf.group(a.op)], () => tf.identity(x));
    for (const t of [d, e]) expect(() => run(t, p, x, true)).toThrow(dead);
    expect(run([d, e], p, x, false)).toEqual([3, 5]);
  });
  test('the control edge of a Switch is alive when the Switch is', () => {
    const { p, x, f } = build();
    expect(run(controlDependencies([f.op], () => tf.constant(3.)), p, x, true)).toBe(3);
  });
  test('a Merge lives whatever it waits for', () => {
    const { p, x, a } = build();
    expect(run(controlDependencies([a], () => merged(x, x.add(1.))[0]!), p, x, true)).toBe(5);
  });
  test('a ControlTrigger is never dead', () => {
    const { p, x, a } = build();
    const trigger = controlDependencies([a], () => applyOp('ControlTrigger', []));
    expect(run(controlDependencies([trigger], () => tf.identity(x)), p, x, true)).toBe(5);
  });
  test('a Merge of dead inputs is dead', () => {
    const { p, x, a } = build();
    expect(() => run(merged(a, a.add(1.))[0]!, p, x, true)).toThrow(dead);
  });
  test('a placeholder of the branch that is not taken need not be fed', () => {
    const { p, x } = build();
    const r = tf.cond(p, () => x, () => tf.placeholder(tf.float32, [], { name: 'inner' }));
    expect(run(r, p, x, true)).toBe(5);
    expect(() => run(r, p, x, false)).toThrow(/^You must feed a value for placeholder tensor/);
  });
  test('a predicate that is no scalar', () => {
    const q = tf.placeholder(tf.bool, null, { name: 'q' });
    const x = tf.placeholder(tf.float32, [], { name: 'x' });
    expect(() => new tf.Session().runSync(switched(x, q)[0]!, [[q, [true, false]], [x, 1]])).toThrow(/^The second input must be a scalar, but it has shape \[2\]/);
  });
});

describe('variables in branches', () => {
  test('only the write of the branch that is taken happens, and reads after it see it', () => {
    const p = tf.placeholder(tf.bool, []);
    const v = new tf.Variable(1., { name: 'v' });
    const r = tf.cond(p, () => controlDependencies([tf.assignAdd(v, 10.)], () => v.readValue()), () => controlDependencies([tf.assign(v, -1.)], () => v.readValue()));
    const warnings: string[] = [];
    const sess = new tf.Session({ onWarning: (w) => warnings.push(w) });
    sess.runSync(tf.globalVariablesInitializer());
    expect([true, false, true].map((x) => [sess.runSync(r, [[p, x]]), sess.runSync(v)])).toEqual([[11, 11], [-1, -1], [9, 9]]);
    expect(warnings).toEqual([]); // the two writes exclude each other
  });
  test('an uninitialized variable is an error only in the branch that is taken', () => {
    const p = tf.placeholder(tf.bool, []);
    const v = new tf.Variable(1., { name: 'v' });
    const w = new tf.Variable(2., { name: 'w' });
    const r = tf.cond(p, () => v.readValue(), () => w.readValue(), { name: 'c' });
    const sess = new tf.Session();
    sess.runSync(v.initializer);
    expect(sess.runSync(r, [[p, true]])).toBe(1);
    expect(() => sess.runSync(r, [[p, false]])).toThrow(/^Attempting to use uninitialized value c\/read_1\/Switch\n\t \[\[.*node c\/read_1/);
  });
  test('the guard on an initial value: is_variable_initialized chooses', () => {
    const v = new tf.Variable(1., { name: 'v' });
    const guarded = tf.cond(tf.isVariableInitialized(v), () => v.readValue(), () => v.initialValue);
    const w = variableOp('w');
    const init = op1('Assign', [w, guarded]);
    const sess = new tf.Session();
    sess.runSync(init);
    expect(sess.runSync(w)).toBe(1);
    expect(() => sess.runSync(v)).toThrow(/^Attempting to use uninitialized value v\n/);
    sess.runSync(v.initializer);
    sess.runSync(tf.assign(v, 7.));
    sess.runSync(init);
    expect(sess.runSync(w)).toBe(7);
  });
  test('whether a variable is initialized, after a write that may not happen', () => {
    const p = tf.placeholder(tf.bool, []);
    const w = variableOp('w');
    const c = tf.cond(p, () => op1('Assign', [w, 3.]).op, () => tf.noOp());
    const there = controlDependencies([c.op], () => tf.isVariableInitialized(w));
    const sess = new tf.Session();
    expect(sess.runSync(there, [[p, false]])).toBe(false);
    expect(() => sess.runSync(w)).toThrow(/^Attempting to use uninitialized value w\n/);
    expect(sess.runSync(there, [[p, true]])).toBe(true);
    expect(sess.runSync([w, there], [[p, false]])).toEqual([3, true]);
  });
  test('a RefMerge of two variables gives the value of the one that lives', () => {
    const p = tf.placeholder(tf.bool, []);
    const [a, b] = [new tf.Variable(1.), new tf.Variable(2.)];
    const r = tf.cond(p, () => tf.assignAdd(a, 10.), () => tf.assignAdd(b, 20.));
    expect(r.op.type).toBe('RefMerge');
    const sess = new tf.Session();
    sess.runSync(tf.globalVariablesInitializer());
    expect([sess.runSync(r.mul(1.), [[p, true]]), sess.runSync(r.mul(1.), [[p, false]]), sess.runSync([a, b])]).toEqual([11, 22, [11, 22]]);
  });
  test('a failing run leaves every variable as it was', () => {
    const x = tf.placeholder(tf.float32, []);
    const v = new tf.Variable(1., { name: 'v' });
    const inc = tf.assignAdd(v, 1.);
    const ok = controlDependencies([inc, tf.Assert(x.less(5.), [x])], () => tf.identity(x));
    const sess = new tf.Session();
    sess.runSync(tf.globalVariablesInitializer());
    expect(sess.runSync(ok, [[x, 1]])).toBe(1);
    expect(() => sess.runSync(ok, [[x, 6]])).toThrow(/^assertion failed: \[6\]\n/);
    expect(sess.runSync(v)).toBe(2);
  });
});

function variableOp(name: string): tf.Tensor { return op1('VariableV2', [], { shape: [], dtype: float32 }, name); }

test('tf.Print writes to standard error when it is computed, the first few times', () => {
  const lines: unknown[] = [];
  const spy = vi.spyOn(console, 'error').mockImplementation((s) => { lines.push(s); });
  try {
    const p = tf.placeholder(tf.bool, []);
    const x = tf.constant([[1., 2.], [3., 4.]]);
    const r = tf.cond(p, () => tf.Print(x, [x, tf.shape(x)], 'x=', { summarize: 2, firstN: 2 }), () => x);
    const sess = new tf.Session();
    for (const pv of [true, false, true, true]) sess.runSync(r, [[p, pv]]);
  } finally {
    spy.mockRestore();
  }
  expect(lines).toEqual(['x=[[1 2]...][2 2]', 'x=[[1 2]...][2 2]']);
});

const tapes = fc.array(fc.nat(10_000), { minLength: 60, maxLength: 160 });

test('random Switch/Merge graphs with writes agree with the interpreter', () => {
  let deadSeen = 0;
  let liveSeen = 0;
  fc.assert(fc.property(tapes, fc.nat(7), (tape, bits) => {
    const g = buildSwitchGraph(tape);
    using sess = new tf.Session({ graph: g.graph, onWarning: () => {} });
    sess.runSync(g.init);
    const fetches = g.tensors.filter((_, i) => tape[(i * 5 + 1) % tape.length]! % 3 === 0);
    const feeds = g.feeds(bits);
    const model = new Interpreter(g, fetches, feeds);
    const want = fetches.map((t) => model.fetched(t));
    for (const w of want) { if (w === undefined) deadSeen++; else liveSeen++; }
    const live = fetches.filter((_, i) => want[i] !== undefined);
    const deadOps = fetches.filter((_, i) => want[i] === undefined).map((t) => t.op);
    if (deadOps.length > 0) expect(() => sess.runSync([...fetches], feeds)).toThrow(/^Retval\[\d+\] does not have value/);
    // A failed run has written nothing, so this one starts from the same state; the dead ones take part as operations.
    const got = sess.runSync([...live, ...deadOps], feeds) as unknown[];
    expect(got.slice(0, live.length)).toEqual(want.filter((w) => w !== undefined));
    expect(sess.runSync([...g.variables])).toEqual(g.variables.map((v) => model.committed(v)));
  }), { seed: 11, numRuns: 150 });
  expect(deadSeen).toBeGreaterThan(100);
  expect(liveSeen).toBeGreaterThan(400);
});
