// Golden programs of the family `flow` in tfgraph; read each beside programs/<name>.py.
import * as tf from 'tfgraph';
import { merge, switchTensor, withDependencies } from '../../../src/ops/control_flow_ops.ts';
import { attempt, type Feed, note, type Program } from '../oracle.ts';

/** A Python int, or a list of them. */
const int = (...values: number[]): tf.NDArray => new tf.NDArray(tf.int32, values.length === 1 ? [] : [values.length], Int32Array.from(values));

export function flow_cond(): Program {
  const x = tf.placeholder(tf.float32, [], { name: 'x' });
  const y = tf.placeholder(tf.float32, [2], { name: 'y' });
  const v = new tf.Variable(1., { name: 'v' });
  const a = tf.cond(x.greater(0.), () => tf.reduceSum(y.mul(x)), () => x.sub(5.));
  const [b, c] = tf.cond(tf.less(x, 2.), () => [y, x.mul(v)], () => [y.mul(2.), tf.constant(7.)], { name: 'two' });
  const n = tf.cond(x.greater(0.), () => tf.cond(x.greater(1.), () => x.mul(10.), () => x.mul(20.).add(v)), () => tf.constant(0.), { name: 'nest' });
  const up = tf.cond(x.greater(0.), () => tf.assignAdd(v, 1.), () => tf.assignSub(v, 1.), { name: 'upd' });
  const g = tf.gradients(a.add(n), [x, y, v]);
  const g2 = tf.gradients(c, [x, v]);
  const cs = tf.case([[x.less(0.), () => tf.constant(-1.)], [x.greater(1.), () => tf.constant(1.)]], { default: () => tf.constant(0.), name: 'cs' });
  const cx = tf.case([[x.less(0.), () => x], [x.less(1.), () => x.neg()]], { default: () => x.mul(x), exclusive: true });
  const chk = tf.controlDependencies([tf.Assert(x.less(5.), [x, y], { name: 'chk' })], () => tf.identity(x));
  const ae = tf.assertEqual(x, 1., { message: 'not one', data: [x] });
  const eq = tf.controlDependencies([ae], () => tf.identity(x));
  const pr = tf.Print(x, [x], 'x=');
  attempt('structure', () => tf.cond(x.greater(0.), () => [x, x], () => [x]));
  attempt('not callable', () => tf.cond(x.greater(0.), x as never, x as never));
  attempt('none', () => tf.cond(x.greater(0.), () => null, () => x));
  attempt('static assert', () => tf.assertPositive(tf.constant([-1.])));
  attempt('rank assert', () => tf.assertRank(y, 2));
  note('contexts', tf.getDefaultGraph().getOperations().filter((o) => o.controlFlowContext !== null).map((o) => [o.name, o.controlFlowContext!.name]).slice(0, 60));
  const init = tf.globalVariablesInitializer();
  const runs: Program['runs'] = [{ fetch: init }];
  const ys = (xv: number): Feed => [[x, xv], [y, [1., 2.]]];
  for (const xv of [3., .5, -1.]) {
    const f = ys(xv);
    runs.push({ fetch: [a, b, c, n, cs, pr], feed: f }, { fetch: cx, feed: f }, { fetch: [...g, ...g2], feed: f }, { fetch: up, feed: f });
  }
  const f = ys(6.);
  return { runs: [...runs, { fetch: v }, { fetch: chk, feed: f }, { fetch: eq, feed: f }, { fetch: 'cond/pred_id:0', feed: f }, { fetch: 'cond/Switch:0', feed: f }, { fetch: 'cond/Sum:0', feed: f }, { fetch: 'cond/Sum:0', feed: ys(-1.) }] };
}

export function flow_branches(): Program {
  const { smartCase, smartCond, smartConstantValue } = tf.contrib.framework;
  const x = tf.placeholder(tf.float32, [], { name: 'x' });
  const y = tf.placeholder(tf.float32, [null, 2], { name: 'y' });
  const p = tf.placeholder(tf.bool, [], { name: 'p' });
  const v = new tf.Variable(2., { name: 'v' });
  const e = new tf.Variable([[1., 2.], [3., 4.], [5., 6.]], { name: 'e' });
  const outside = tf.add(x, 1., { name: 'outside' });

  // Control dependencies across the border, from inside and from outside; devices; colocation.
  const branch = (): tf.Tensor => {
    const [a, b] = tf.controlDependencies([outside], () => {
      const one = tf.constant(1., { name: 'waits_outside' });
      return [one, tf.add(one, x, { name: 'b' })] as const;
    });
    const c = tf.controlDependencies([a], () => tf.constant(2., { name: 'waits_inside' }));
    const d = tf.controlDependencies(null, () => tf.constant(3., { name: 'escaped' }));
    const f = tf.device('/cpu:0', () => tf.multiply(c, outside, { name: 'on_cpu' }));
    const h = tf.colocateWith(v, () => tf.multiply(f, outside, { name: 'with_v' }));
    const i = tf.colocateWith(f, () => tf.multiply(h, y, { name: 'with_f' }));
    return b.add(d).add(tf.reduceSum(i));
  };
  const r1 = tf.cond(p, branch, () => x, { name: 'border' });
  const r2 = tf.device('/device:CPU:0', () => tf.controlDependencies([outside], () => tf.cond(p, () => x.mul(2.), () => tf.constant(4.), { name: 'deps' })));

  // Structures, operations, variables, numbers.
  const r3 = tf.cond(p, () => ({ b: x, a: [v, 3.] as const }), () => ({ b: outside, a: [x, v] }), { name: 'dict' });
  const r4 = tf.cond(p, () => [x], () => [outside], { strict: true, name: 'strict' });
  const r5 = tf.cond(p, () => tf.assign(v, 5.).op, () => tf.noOp(), { name: 'ops' });
  const r6 = tf.cond(p, () => tf.group(tf.assignAdd(v, 1.), tf.assignAdd(e, e)), () => tf.noOp(), { name: 'grouped' });
  const r7 = tf.cond(tf.constant(true), () => int(1), () => int(2), { name: 'known' });
  const r8 = tf.cond(p, () => tf.cond(x.greater(0.), () => tf.cond(x.greater(1.), () => x, () => v.add(y)), () => y.mul(v)), () => y.sub(outside), { name: 'deep' });
  note('shapes', [r1.shape, r8.shape, r3.a[0].shape, r6.shape]);

  // Gradients.
  const g1 = tf.gradients(r8, [x, y, v]);
  const g2 = tf.gradients(tf.cond(p, () => tf.reduceSum(tf.gather(e, [0, 2, 0])), () => tf.reduceSum(e.mul(e)), { name: 'sparse' }), [e], { name: 'gs' });
  const g3 = tf.cond(p, () => tf.gradients(x.mul(x).mul(v), [x, v])[0] as tf.Tensor, () => tf.gradients(tf.sin(x), x)[0], { name: 'inside' });
  const g4 = tf.gradients(tf.gradients(tf.cond(p, () => x.mul(x).mul(x), () => v.mul(x).mul(x), { name: 'second' }), x)[0] as tf.Tensor, [x, v]);
  const g5 = tf.gradients(tf.cond(p, () => tf.stopGradient(x), () => x.mul(x), { name: 'stopped' }), x, { colocateGradientsWithOps: true, gateGradients: true });
  const [f, t] = switchTensor(x, p, 'byhand');
  const [m, mi] = merge([f.mul(3.), t.mul(4.)], 'byhand_merge');
  const g6 = tf.gradients(m, x, { name: 'gh' });

  // case, smart_cond.
  const c1 = tf.case([[p, () => x], [x.greater(3.), () => x.mul(2.)], [x.less(-3.), () => x.mul(3.)]], { name: 'nodefault' });
  const c2 = tf.case(new Map([[p, () => x], [x.greater(3.), () => outside]]), { default: () => x.mul(7.), exclusive: true, name: 'bydict' });
  const c3 = tf.case([[p, () => [x]]], { default: () => [outside], strict: true });
  note('smart', [smartConstantValue(tf.constant(false)), smartConstantValue(tf.logicalNot(tf.constant(false))), smartConstantValue(1), smartConstantValue(true)]);
  const c4 = smartCond(tf.constant(1, tf.int32).greater(0), () => x, () => outside);
  const c5 = smartCond(p, () => x, () => outside, { name: 'smart' });
  const c6 = smartCase([[false, () => x], [p, () => outside]], { default: () => v.mul(1.) });

  // group, tuple, with_dependencies.
  const w = tf.device('/cpu:0', () => tf.add(x, 5., { name: 'w' }));
  const gr = tf.group(w, [outside, { k: v } as never], { name: 'both_devices' });
  tf.group({ name: 'empty' });
  const tu = tf.tuple([x, null, w, outside.op], { controlInputs: [gr], name: 'tup' });
  const wd = withDependencies([gr], v.ref(), 'wd');
  const tn = tf.identityN([x, y]);

  // Asserts.
  const A = tf.debugging;
  const checks = [
    A.assertEqual(x, outside), A.assertNoneEqual(x, 1., { summarize: 1 }), A.assertLess(x, outside, { message: 'less!' }), A.assertLessEqual(y, x), A.assertGreater(x, -9.),
    A.assertGreaterEqual(y, -9., { name: 'ge' }), A.assertNegative(x), A.assertPositive(x, { message: 'pos' }), A.assertNonNegative(y), A.assertNonPositive(x, { data: [y] }),
    A.assertNear(x, outside), A.assertNear(x, outside, { rtol: 1., atol: 2., message: 'far' }),
  ];
  const u = tf.placeholder(tf.float32, { name: 'u' });
  const ranks = [A.assertRank(u, 1), A.assertRankAtLeast(u, 2, { message: 'more' }), A.assertRankIn(u, [0, 2]), A.assertRank(y, 2), A.assertRank(u, tf.cast(x, tf.int32))];
  attempt('same', () => A.assertEqual(x, x));
  attempt('static equal', () => A.assertEqual(int(1, 2), int(1, 3), { message: 'here' }));
  attempt('static less', () => A.assertLess(tf.constant([1., 2.5]), 2., { data: ['a', tf.constant([[1, 20], [300, 4]], tf.int32)] }));
  attempt('static fine', () => A.assertLess(int(1, 2), int(3)));
  attempt('rank at least', () => A.assertRankAtLeast(y, 3, { message: 'm' }));
  attempt('rank in', () => A.assertRankIn(y, [1, 3]));
  attempt('rank in one', () => A.assertRankIn(y, [1]));
  attempt('rank vector', () => A.assertRank(y, [2]));
  attempt('rank type', () => A.assertRank(y, 2.5));
  attempt('type', () => A.assertType(x, tf.int32, { message: 'm' }));
  attempt('integer', () => A.assertInteger(x));
  attempt('integer fine', () => A.assertInteger(int(3)));
  attempt('scalar', () => A.assertScalar(y));
  attempt('scalar fine', () => A.assertScalar(x));
  attempt('same float', () => A.assertSameFloatDtype([x, tf.constant(1., tf.float64)]));
  attempt('not float', () => A.assertSameFloatDtype([tf.constant(1, tf.int32)]));
  attempt('float', () => A.assertSameFloatDtype([x, null], tf.float32).name);
  note('numeric', [A.isNumericTensor(x), A.isNumericTensor(p), A.isNumericTensor(3)]);

  // Texts.
  const anyCond = tf.cond as unknown as (...args: unknown[]) => unknown;
  attempt('python bool', () => tf.cond(true, () => x, () => x));
  attempt('number', () => tf.cond(int(1), () => x, () => x));
  attempt('no true_fn', () => anyCond(p));
  attempt('no false_fn', () => anyCond(p, () => x));
  attempt('fn1', () => tf.cond(p, { fn1: () => x, fn2: () => outside }));
  attempt('both', () => anyCond(p, () => x, { fn1: () => x, fn2: () => x }));
  attempt('lengths', () => tf.cond(p, () => [x, x], () => [x, x, x]));
  attempt('keys', () => tf.cond(p, () => ({ a: x, b: x }), () => ({ a: x, c: x })));
  attempt('list and dict', () => tf.cond(p, () => [x, x], () => ({ a: x })));
  attempt('nested', () => tf.cond(p, () => [x, [x, x]], () => [x, x]));
  attempt('dtypes', () => tf.cond(p, () => x, () => tf.constant(1, tf.int32)));
  attempt('op and tensor', () => tf.cond(p, () => tf.noOp(), () => x));
  attempt('nothing', () => tf.cond(p, () => [], () => []));
  attempt('vector', () => tf.cond(tf.constant([true, false]), () => x, () => x));
  attempt('case empty', () => tf.case([]));
  attempt('case type', () => tf.case(3 as never));
  attempt('case predicate', () => tf.case([[x, () => x]]));
  attempt('case python', () => tf.case([[true as never, () => x]]));
  attempt('case function', () => tf.case([[p, x as never]]));
  attempt('smart predicate', () => smartCond(3, () => x, () => x));
  attempt('smart function', () => smartCond(true, x as never, () => x));
  attempt('group', () => tf.group(x, 3));
  attempt('tuple', () => tf.tuple([null]));
  note('contexts', tf.getDefaultGraph().getOperations().filter((o) => o.controlFlowContext !== null).map((o) => [o.name, o.controlFlowContext!.name]));
  const init = tf.globalVariablesInitializer();
  const runs: Program['runs'] = [];
  for (const pv of [true, false]) {
    for (const xv of [2., .5, -4.]) {
      const feed: Feed = [[x, xv], [p, pv], [y, [[1., -2.], [.5, 3.]]], [u, [1., 2.]]];
      const R = (...fetches: unknown[]): void => { for (const fetch of fetches) runs.push({ fetch, feed }); };
      runs.push({ fetch: init });
      R([r1, r2, r4, r7, r8], r3, g1, g2, [g3, g4, g5, g6, m, mi], c1, c2, [c3, c4, c5, c6], gr, [tu[0], tu[2], wd, tn]);
      R(r5, v, r6, [v, e]);
      R(...checks);
      R(...ranks);
    }
  }
  return { runs };
}
