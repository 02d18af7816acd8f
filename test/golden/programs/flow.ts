// Golden programs of the family `flow` in tfgraph; read each beside programs/<name>.py.
import * as tf from 'tfgraph';
import { attempt, type Feed, note, type Program } from '../oracle.ts';

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
