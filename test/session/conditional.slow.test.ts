// P3 on conditional graphs: fetching more never changes a bit of what was fetched before, on every engine; all engines
// agree with the interpreter of the rules; and gradients through random conditionals against central differences.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { ENGINES } from '../support/engines.ts';
import { Random } from '../support/random.ts';
import { buildSwitchGraph, Interpreter } from '../support/switch_graph.ts';

const GRAPHS = 250;

test.each(ENGINES)(`${GRAPHS} random Switch/Merge graphs, random supersets of fetches, on %s`, async (engine) => {
  let compared = 0;
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const r = new Random(seed);
    const g = buildSwitchGraph(Array.from({ length: 120 }, () => r.int(10_000)));
    const feeds = g.feeds(r.int(8));
    using sess = new tf.Session({ graph: g.graph, engine, onWarning: () => {} });
    await sess.ready();
    const run = (fetches: readonly tf.Tensor[]): unknown[] => {
      sess.runSync(g.init);
      return sess.runSync([...fetches], feeds) as unknown[];
    };
    const all = new Interpreter(g, g.tensors, feeds);
    const live = g.tensors.filter((t) => all.fetched(t) !== undefined);
    for (let i = 0; i < 6; i++) {
      const small = r.sample(live, r.between(1, 4));
      const large = [...new Set([...r.sample(live, r.between(1, live.length)), ...small])];
      const a = run(small);
      const b = run(large);
      const model = new Interpreter(g, large, feeds);
      small.forEach((t, k) => {
        compared++;
        expect(Object.is(b[large.indexOf(t)], a[k]), `graph ${seed} on ${engine}: ${t.name} depends on what else is fetched`).toBe(true);
      });
      large.forEach((t, k) => { expect(b[k], `graph ${seed} on ${engine}: ${t.name}`).toEqual(model.fetched(t)); });
    }
  }
  expect(compared).toBeGreaterThan(GRAPHS * 6);
}, 600_000);

test.each(ENGINES)('memory after a run is the memory after the second, branches taken or failing, on %s', async (engine) => {
  const graph = new tf.Graph();
  const { p, x, r, check, init } = graph.asDefault(() => {
    const p = tf.placeholder(tf.bool, []);
    const x = tf.placeholder(tf.float32, [4]);
    const v = new tf.Variable([1., 2., 3., 4.]);
    const r = tf.cond(p, () => tf.assignAdd(v, x).mul(2.), () => tf.cond(tf.reduceSum(x).greater(0.), () => v.mul(x), () => x.neg()));
    const check = tf.controlDependencies([tf.Assert(tf.reduceSum(x).less(100.), [x])], () => r.add(1.));
    return { p, x, r, check, init: tf.globalVariablesInitializer() };
  });
  using sess = new tf.Session({ graph, engine });
  await sess.ready();
  sess.runSync(init);
  const round = (): void => {
    for (const b of [true, false]) {
      sess.runSync([r, r.op], [[p, b], [x, [1, 2, 3, 4]]]);
      sess.runSync(r, [[p, b], [x, [-1, -2, -3, -4]]]);
      sess.runSync(check, [[p, b], [x, [1, 2, 3, 4]]]);
      expect(() => sess.runSync(check, [[p, b], [x, [100, 2, 3, 4]]])).toThrow(/^assertion failed/);
    }
  };
  round();
  round();
  const [device, host] = [sess.deviceMemory(), sess.memory()];
  for (let i = 0; i < 5; i++) round();
  expect(sess.deviceMemory()).toEqual(device);
  expect(sess.memory()).toEqual(host);
}, 120_000);

test('gradients through random nested conditionals agree with central differences', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const r = new Random(seed);
    const graph = new tf.Graph();
    graph.asDefault(() => {
      const x = tf.placeholder(tf.float64, [3]);
      const w = new tf.Variable(new tf.NDArray(tf.float64, [3], Float64Array.from(r.floats(3))));
      const expression = (depth: number): tf.Tensor => {
        const leaf = (): tf.Tensor => r.pick([() => x, () => w.value(), () => x.mul(w), () => tf.tanh(x), () => tf.constant(new tf.NDArray(tf.float64, [3], Float64Array.from(r.floats(3))))])();
        const kind = r.int(depth === 0 ? 3 : 6);
        if (kind === 0) return leaf();
        if (kind < 3) return r.pick([(a: tf.Tensor, b: tf.Tensor) => a.add(b), (a: tf.Tensor, b: tf.Tensor) => a.mul(b), (a: tf.Tensor, b: tf.Tensor) => a.sub(b)])(leaf(), depth === 0 ? leaf() : expression(depth - 1));
        const at = r.int(3);
        const shared = leaf();
        return tf.cond(x.at(at).greater(0.), () => expression(depth - 1).add(shared), () => expression(depth - 1)) as tf.Tensor;
      };
      const y = tf.cond(x.at(0).greater(0.), () => expression(2), () => expression(2)).mul(expression(1));
      const loss = tf.reduceSum(y.mul(y));
      const grads = tf.gradients(loss, [x, w]).map((g, i) => (g === null ? tf.zerosLike([x, w.value()][i]!) : g as tf.Tensor));
      using sess = new tf.Session({ graph });
      sess.runSync(tf.globalVariablesInitializer());
      const at = Float64Array.from({ length: 3 }, () => (r.bool() ? 1 : -1) * (0.2 + 0.7 * r.next()));
      const feed = (v: Float64Array): [tf.Tensor, tf.NDArray][] => [[x, new tf.NDArray(tf.float64, [3], v)]];
      const [gx] = sess.runSync(grads, feed(at)) as tf.NDArray[];
      const h = 1e-6;
      for (let i = 0; i < 3; i++) {
        const f = (d: number): number => sess.runSync(loss, feed(at.map((v, k) => (k === i ? v + d : v)))) as number;
        const numeric = (f(h) - f(-h)) / (2 * h);
        expect(Math.abs(Number(gx!.flat(i)) - numeric), `graph ${seed}, x[${i}]`).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(numeric)));
      }
    });
  }
}, 120_000);
