// Partial runs: order, what is refused, what runs when (as measured on TensorFlow
// 1.15.5).
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { partialGraph } from '../support/partial_graph.ts';

const g = partialGraph();
const { a, b, c, r1, r2, v, inc, noop, x, y, xy } = g;

/** `Class: text`, node suffix cut off. */
async function refusal(p: Promise<unknown>): Promise<string> {
  try { await p; } catch (e) { return `${(e as Error).name}: ${(e as tf.errors.TfError).text.split('\n\t')[0]}`; }
  return 'no error';
}
const NO_SETUP = "InvalidArgumentError: Must run 'setup' before performing partial runs!";

describe('handles', () => {
  test('are TensorFlow\'s texts: sorted unless these names were seen in this order, and numbered', async () => {
    using s = g.open();
    const names: string[] = [];
    for (const [fetches, feeds] of [[[r2, r1], [c, b, a]], [[r2, r1], [c, b, a]], [[r2, r1], [c, a, b]], [[r2, r1], [c, a, b]], [[r1, r2], [a, b, c]]] as const) names.push(await s.partialRunSetup(fetches, feeds));
    expect(names).toEqual([
      'a:0,b:0,c:0->r1:0,r2:0//1/;0', 'c:0,b:0,a:0->r2:0,r1:0//1/;1', 'a:0,b:0,c:0->r1:0,r2:0//1/;2', 'c:0,a:0,b:0->r2:0,r1:0//1/;3', 'a:0,b:0,c:0->r1:0,r2:0//1/;4',
    ]);
    expect(await s.partialRunSetup([r1, noop], [a, b])).toBe('a:0,b:0->r1:0/noop/1/;5');
    expect(await s.partialRunSetup(r1, a)).toBe('a:0->r1:0//1/;6');
  });
  test('of refused setups are used up', async () => {
    using s = g.open();
    expect(await refusal(s.partialRunSetup([r1], [a, a, b]))).toBe('InvalidArgumentError: Endpoint "a:0" fed more than once.');
    expect(await refusal(s.partialRunSetup([], [a, a]))).toBe('InvalidArgumentError: Must specify at least one target to fetch or execute.');
    expect(await refusal(s.partialRunSetup([r1, a], [a, b]))).toBe('InvalidArgumentError: a:0 is both fed and fetched.');
    expect(await refusal(s.partialRunSetup(null as never, [a]))).toBe("TypeError: Fetch argument None has invalid type <class 'NoneType'>");
    expect(await refusal(s.partialRunSetup(r1, ['nope:0']))).toBe("KeyError: Cannot interpret feed_list key as Tensor: The name 'nope:0' refers to a Tensor which does not exist. The operation, 'nope', does not exist in the graph.");
    expect(await s.partialRunSetup([r1, r1], [a, b])).toBe('a:0,b:0->r1:0//1/;3');
  });
});

describe('order (case 42)', () => {
  test('feeds and fetches come in parts; a part may only feed', async () => {
    using s = g.open();
    const h = await s.partialRunSetup([r1, r2], [a, b, c]);
    expect(await s.partialRun(h, [], [[a, 1]])).toEqual([]);
    expect(await s.partialRun(h, { x: r1, y: [r1] }, [[b, 2]])).toEqual({ x: 3, y: [3] });
    expect(await refusal(s.partialRun(h, r2, [[c, [1, 2]]]))).toBe("ValueError: Cannot feed value of shape (2,) for Tensor 'c:0', which has shape '()'");
    expect(await s.partialRun(h, r2, [[c, 2]])).toBe(6);
    expect(await refusal(s.partialRun(h, r2, [[c, 2]]))).toBe(NO_SETUP);
    expect(await s.run(v)).toBe(1);
  });
  test('what is fed may be fetched in the same part, though it was not set up', async () => {
    using s = g.open();
    const h = await s.partialRunSetup([r1], [a, b]);
    expect(await s.partialRun(h, [a, r1], [[a, 1], [b, 2]])).toEqual([1, 3]);
  });
  test('a refused part changes nothing', async () => {
    using s = g.open();
    let h = await s.partialRunSetup([r1, r2], [a, b, c]);
    expect(await refusal(s.partialRun(h, r2, [[a, 1]]))).toBe("InvalidArgumentError: Fetch c:0 can't be computed from the feeds that have been fed so far.");
    expect(await s.partialRun(h, r1, [[a, 1], [b, 2]])).toBe(3);
    expect(await refusal(s.partialRun(h, r1, [[b, 2]]))).toBe('InvalidArgumentError: The feed b:0 has already been fed.');
    expect(await refusal(s.partialRun(h, r1, [[c, 2]]))).toBe('InvalidArgumentError: The fetch r1:0 has already been fetched.');
    expect(await refusal(s.partialRun(h, [v, r1], [[c, 1], [v, 2]]))).toBe('InvalidArgumentError: The feed v:0 was not specified in partial_run_setup.');
    h = await s.partialRunSetup([r1], [a, b]);
    expect(await refusal(s.partialRun(h, r2, [[a, 1]]))).toBe('InvalidArgumentError: The fetch r2:0 was not specified in partial_run_setup.');
    expect(await s.partialRun(h, r1, [[a, 1], [b, 2]])).toBe(3);
    expect(await s.run(v)).toBe(1);
  });
  test('the walk for missing feeds goes on behind a fed tensor, and along control edges', async () => {
    using s = g.open();
    let h = await s.partialRunSetup([r2], [a, b, c, r1]);
    expect(await refusal(s.partialRun(h, r2, [[c, 2], [r1, 5]]))).toBe("InvalidArgumentError: Fetch a:0 can't be computed from the feeds that have been fed so far.");
    const late = g.graph.asDefault(() => tf.controlDependencies([tf.identity(c)], () => tf.identity(a)));
    h = await s.partialRunSetup([late], [a, c]);
    expect(await refusal(s.partialRun(h, late, [[a, 1]]))).toBe("InvalidArgumentError: Fetch c:0 can't be computed from the feeds that have been fed so far.");
  });
  test('operations are refused, and run when what they need has come', async () => {
    using s = g.open();
    const h = await s.partialRunSetup([r1, noop], [a, b]);
    expect(await refusal(s.partialRun(h, noop, [[a, 1]]))).toBe('RuntimeError: partial_run() requires empty target_list.');
    expect(await s.partialRun(h, [r1], [[a, 1], [b, 2]])).toEqual([3]);
    expect(await s.run(v)).toBe(2);
  });
  test('no handle is a run, an unknown one an error', async () => {
    using s = g.open();
    expect(await s.partialRun(null, r1, [[a, 1], [b, 1]])).toBe(2);
    expect(await refusal(s.partialRun('x', r1, [[a, 1]]))).toBe(NO_SETUP);
    expect(await s.partialRun('x', [])).toEqual([]);
  });
  test('two at once, each with its own feeds', async () => {
    using s = g.open();
    const [h, i] = [await s.partialRunSetup([r1, r2], [a, b, c]), await s.partialRunSetup([r1, r2], [a, b, c])];
    expect([await s.partialRun(h, r1, [[a, 1], [b, 2]]), await s.partialRun(i, r1, [[a, 10], [b, 20]])]).toEqual([3, 30]);
    expect([await s.partialRun(h, r2, [[c, 2]]), await s.partialRun(i, r2, [[c, 2]])]).toEqual([6, 60]);
  });
  test('parts and runs that are not awaited keep their order', async () => {
    using s = g.open();
    const h = await s.partialRunSetup([r1, inc], [a, b]);
    const all = [s.partialRun(h, inc, [[a, 5]]), s.run(v), s.partialRun(h, r1, [[b, 5]])];
    expect(await Promise.all(all)).toEqual([6, 6, 10]);
  });
});

describe('state', () => {
  test('a write is there for other runs as soon as what it waits for has come', async () => {
    using s = g.open();
    const h = await s.partialRunSetup([r1, inc], [a, b]);
    expect(await s.run(v)).toBe(1);
    expect(await s.partialRun(h, inc, [[a, 5]])).toBe(6);
    expect(await s.run(v)).toBe(6);
    expect(await s.partialRun(h, r1, [[b, 5]])).toBe(10);
    expect(await s.run(v)).toBe(6);
  });
  test('a write that waits for an operation waits for its feeds', async () => {
    const graph = new tf.Graph();
    const t = graph.asDefault(() => {
      const [p, q] = [tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])];
      const w = new tf.Variable(0., { name: 'w' });
      const gate = tf.identity(q);
      const set = tf.controlDependencies([gate], () => tf.assign(w, p));
      return { p, q, w, gate, set, out: tf.square(p), init: tf.globalVariablesInitializer() };
    });
    using s = new tf.Session({ graph });
    s.runSync(t.init);
    const h = await s.partialRunSetup([t.out, t.gate, t.set], [t.p, t.q]);
    expect(await s.partialRun(h, t.out, [[t.p, 3]])).toBe(9);
    expect(await s.run(t.w)).toBe(0);
    expect(await s.partialRun(h, [t.gate, t.set], [[t.q, 1]])).toEqual([1, 3]);
    expect(await s.run(t.w)).toBe(3);
  });
  test('variables are read as they were at setup', async () => {
    const graph = new tf.Graph();
    const t = graph.asDefault(() => {
      const w = new tf.Variable(1., { name: 'w' });
      const p = tf.placeholder(tf.float32, []);
      return { w, p, sum: tf.add(w, p), set: tf.assign(w, p), init: tf.globalVariablesInitializer() };
    });
    for (const engine of ['reference', 'tfjs:cpu']) {
      using s = new tf.Session({ graph, engine });
      await s.run(t.init);
      await s.run(t.set, [[t.p, 1]]);
      const h = await s.partialRunSetup([t.sum], [t.p]);
      await s.run(t.set, [[t.p, 100]]);
      expect(await s.partialRun(h, t.sum, [[t.p, 1]]), engine).toBe(2);
    }
  });
  test('targets that need no feed run at setup', async () => {
    using s = g.open();
    await s.run(inc, [[a, 4]]);
    await s.partialRunSetup([g.init], [a]);
    expect(await s.run(v)).toBe(1);
  });
  test('a random op runs once', async () => {
    const graph = new tf.Graph();
    const t = graph.asDefault(() => {
      const r = tf.randomUniform([], { seed: 1 });
      const [p, q] = [tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])];
      return { p, q, one: tf.add(r, p), two: tf.add(r, q) };
    });
    using s = new tf.Session({ graph });
    const h = await s.partialRunSetup([t.one, t.two], [t.p, t.q]);
    const first = await s.partialRun(h, t.one, [[t.p, 0]]);
    expect(first).toBeCloseTo(0.2390374, 7);
    expect(await s.partialRun(h, t.two, [[t.q, 0]])).toBe(first);
  });
  test('what is handed out or fed may be written to', async () => {
    using s = g.open();
    const [fromSum, fromFeed] = g.graph.asDefault(() => [tf.multiply(xy, c), tf.multiply(x, c)]);
    const h = await s.partialRunSetup([xy, fromSum!, fromFeed!], [x, y, c]);
    const fed = new tf.NDArray(tf.float32, [2], Float32Array.of(1, 2));
    const sum = await s.partialRun(h, xy, [[x, fed], [y, [10, 20]]]) as tf.NDArray;
    (sum.data as Float32Array).fill(99);
    (fed.data as Float32Array).fill(99);
    expect((await s.partialRun(h, fromSum!, [[c, 2]]) as tf.NDArray).toArray()).toEqual([22, 44]);
    expect((await s.partialRun(h, fromFeed!) as tf.NDArray).toArray()).toEqual([2, 4]);
  });
});

describe('failures', () => {
  test('a part that fails ends the partial run and cancels later runs, not other partial runs', async () => {
    using s = g.open();
    const other = await s.partialRunSetup([r1, r2], [a, b, c]);
    const h = await s.partialRunSetup([xy, r1, inc], [x, y, a, b]);
    expect(await refusal(s.partialRun(h, xy, [[x, [1, 2]], [y, [1, 2, 3]], [a, 7]]))).toBe('InvalidArgumentError: Incompatible shapes: [2] vs. [3]');
    expect(await refusal(s.partialRun(h, r1, [[a, 1], [b, 2]]))).toBe(NO_SETUP);
    expect(await refusal(s.run(v))).toBe('CancelledError: Run call was cancelled');
    expect(await refusal(s.makeCallable(v)())).toBe('CancelledError: Run call was cancelled');
    expect(await s.run([])).toEqual([]);
    expect(await s.run(a, [[a, 1]])).toBe(1);
    expect(await s.partialRun(other, r1, [[a, 1], [b, 2]])).toBe(3);
    const after = await s.partialRunSetup([r1, v], [a, b]);
    expect(await s.partialRun(after, [r1, v], [[a, 1], [b, 2]])).toEqual([3, 1]); // the failed part wrote nothing
  });
  test('what fails at setup fails the next part', async () => {
    using s = g.open();
    const h = await s.partialRunSetup([r1], [a]);
    expect(await refusal(s.partialRun(h, r1, [[a, 1]]))).toBe("InvalidArgumentError: You must feed a value for placeholder tensor 'b' with dtype float");
    expect(await refusal(s.run(v))).toBe('CancelledError: Run call was cancelled');
  });
  test('a closed session refuses', async () => {
    const s = g.open();
    const h = await s.partialRunSetup([r1], [a, b]);
    s.close();
    expect(await refusal(s.partialRun(h, r1, [[a, 1], [b, 2]]))).toBe('RuntimeError: Attempted to use a closed Session.');
    expect(await refusal(s.partialRunSetup([r1], [a, b]))).toBe('RuntimeError: Attempted to use a closed Session.');
  });
});
