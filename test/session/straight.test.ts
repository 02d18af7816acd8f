// Repeated synchronous runs take a short way through plans that only feed, compute and fetch: the values are those of the
// first run and of `reference`, errors are told alike, and everything else that a run may ask for goes the general way.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { bitsOf } from '../support/compile.ts';
import { openSession } from '../support/engines.ts';
import { randomGraph } from '../support/random_graph.ts';

const f32 = (shape: number[], from: number): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(from + i)));

/** Whether nothing it comes from writes. */
function isPure(t: tf.Tensor): boolean {
  const seen = new Set<tf.Operation>(), stack = [t.op];
  for (let op = stack.pop(); op; op = stack.pop()) {
    if (seen.has(op)) continue;
    seen.add(op);
    if (/Assign|Apply/.test(op.type)) return false;
    stack.push(...op.inputs.map((x) => x.op), ...op.controlInputs);
  }
  return true;
}

test('random graphs, run again and again', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const g = randomGraph(seed), fetches = g.fetchable.map((t) => g.graph.asGraphElement(t) as tf.Tensor).filter(isPure);
    expect(fetches.length).toBeGreaterThan(5);
    using ours = await openSession('wasm', { graph: g.graph, onWarning: () => undefined });
    using theirs = await openSession('reference', { graph: g.graph, onWarning: () => undefined });
    ours.runSync(g.init);
    theirs.runSync(g.init);
    const want = bitsOf(theirs.runSync(fetches, g.feeds));
    const call = ours.makeCallable(fetches, g.feeds.map(([t]) => t));
    for (let i = 0; i < 3; i++) {
      expect(bitsOf(ours.runSync(fetches, g.feeds))).toEqual(want);
      expect(bitsOf(call.sync(...g.feeds.map(([, v]) => v)))).toEqual(want);
      expect(bitsOf(await call(...g.feeds.map(([, v]) => v)))).toEqual(want);
    }
    const after = ours.deviceMemory();
    ours.runSync(fetches, g.feeds);
    expect(ours.deviceMemory()).toEqual(after);
  }
});

function program() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, [null, 3]), to = tf.placeholder(tf.int32, [1]);
    const w = new tf.Variable(f32([3, 3], 1), { name: 'w' });
    const y = tf.matmul(tf.tanh(x), w);
    return { graph, x, to, w, y, sum: tf.reduceSum(y), zero: tf.reduceSum(tf.zerosLike(y)), flat: tf.reshape(y, to), noise: tf.randomUniform([2], { seed: 3 }), bump: tf.assignAdd(w, tf.ones([3, 3])), init: tf.globalVariablesInitializer() };
  });
}

test('variables are those of now, and none at all is the same error each time', async () => {
  const p = program(), x = f32([2, 3], 5);
  using a = await openSession('wasm', { graph: p.graph });
  using b = await openSession('reference', { graph: p.graph });
  const told = (s: tf.Session): string => { try { s.runSync(p.y, [[p.x, x]]); return 'no error'; } catch (e) { return `${(e as Error).name} ${(e as Error).message}`; } };
  for (let i = 0; i < 3; i++) expect(told(a)).toBe(told(b));
  expect(told(a)).toMatch(/FailedPreconditionError.*uninitialized value w/);
  for (const s of [a, b]) s.runSync(p.init);
  for (let i = 0; i < 4; i++) {
    expect(bitsOf(a.runSync([p.y, p.sum, p.zero], [[p.x, x]]))).toEqual(bitsOf(b.runSync([p.y, p.sum, p.zero], [[p.x, x]])));
    expect(a.runSync(p.zero, [[p.x, x]])).toBe(0);
    for (const s of [a, b]) s.runSync(p.bump.op);
  }
});
test('a step that fails says so every time, and leaves nothing behind', async () => {
  const p = program(), x = f32([2, 3], 5);
  using s = await openSession('wasm', { graph: p.graph });
  s.runSync(p.init);
  const run = (n: number): unknown => s.runSync([p.flat, p.sum], [[p.x, x], [p.to, Int32Array.of(n)]]);
  const good = bitsOf(run(6)), memory = s.deviceMemory();
  for (let i = 0; i < 5; i++) {
    expect(bitsOf(run(6))).toEqual(good);
    expect(() => run(7)).toThrow(/Input to reshape is a tensor with 6 values, but the requested shape has 7/);
    expect(s.deviceMemory()).toEqual(memory);
  }
});
test('results are the caller\'s: fed and fetched arrays share nothing, runs neither', async () => {
  const graph = new tf.Graph();
  const { x, y } = graph.asDefault(() => { const a = tf.placeholder(tf.float32, [4]); return { x: a, y: tf.identity(a) }; });
  using s = await openSession('wasm', { graph });
  const v = f32([4], 1), out: tf.NDArray[] = [];
  for (let i = 0; i < 4; i++) out.push(s.runSync(y, [[x, v]]) as tf.NDArray);
  (out[3]!.data as Float32Array).fill(7);
  (v.data as Float32Array)[0] = 9;
  for (const o of out.slice(0, 3)) expect(Array.from(o.data as Float32Array)).toEqual(Array.from(f32([4], 1).data as Float32Array));
});
test('random ops go on, run by run', async () => {
  const p = program();
  using a = await openSession('wasm', { graph: p.graph });
  using b = await openSession('reference', { graph: p.graph });
  for (let i = 0; i < 5; i++) expect(bitsOf(a.runSync([p.noise]))).toEqual(bitsOf(b.runSync([p.noise])));
});
test('a closed session, other shapes, and edits of the graph', async () => {
  const p = program();
  const s = await openSession('wasm', { graph: p.graph });
  s.runSync(p.init);
  const call = s.makeCallable([p.sum], [p.x]);
  for (const n of [2, 2, 3, 2, 5, 3, 3]) expect(call.sync(f32([n, 3], n))).toEqual([s.runSync(p.sum, [[p.x, f32([n, 3], n)]])]);
  expect(() => call.sync(f32([2, 4], 1))).toThrow(/Cannot feed value of shape \(2, 4\)/);
  p.graph.preventFetching(p.sum.op);
  expect(() => call.sync(f32([2, 3], 1))).toThrow(/has been marked as not fetchable/);
  s.close();
  expect(() => call.sync(f32([2, 3], 1))).toThrow(/Attempted to use a closed Session/);
});

test('calls at fixed places: other values each time, other plans and a growing memory in between', async () => {
  const graph = new tf.Graph();
  const m = graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, [5]), n = tf.placeholder(tf.int32, []), big = tf.placeholder(tf.float32, [null]);
    const y = tf.exp(x.mul(0.5)).add([1., 2., 3., 4., 5.]).mul(tf.cast(n, tf.float32));
    return { x, n, big, y, z: tf.maximum(y, x), wide: tf.tanh(big).add(1.), count: n.add(1) };
  });
  using a = await openSession('wasm', { graph });
  using b = await openSession('reference', { graph });
  const call = a.makeCallable([m.y, m.z, m.count], [m.x, m.n]), other = a.makeCallable(m.wide, [m.big]);
  const memory: unknown[] = [], results: unknown[] = [], wants: unknown[] = [];
  for (let i = 0; i < 8; i++) {
    const x = f32([5], i), n = new tf.NDArray(tf.int32, [], Int32Array.of(i)), big = f32([i < 4 ? 7 : 20000 * i], i);
    const want = bitsOf(b.runSync([m.y, m.z, m.count], [[m.x, x], [m.n, n]])), got = call.sync(x, n);
    expect(bitsOf(got)).toEqual(want);
    expect(bitsOf(a.runSync([m.y, m.z, m.count], [[m.x, x], [m.n, n]]))).toEqual(want);
    expect(bitsOf(other.sync(big))).toEqual(bitsOf(b.runSync(m.wide, [[m.big, big]])));
    results.push(got);
    wants.push(want);
    memory.push(a.deviceMemory());
  }
  expect(results.map(bitsOf)).toEqual(wants); // nobody wrote over them
  expect(memory[3]).toEqual(memory[2]);
  // What is not like the call before: numbers, other dtypes, missing values, a graph that forbids it, a closed session.
  const plain = bitsOf(call.sync([1, 2, 3, 4, 5], 2));
  expect(bitsOf(call.sync(new tf.NDArray(tf.float64, [5], Float64Array.of(1, 2, 3, 4, 5)), new tf.NDArray(tf.int64, [], BigInt64Array.of(2n))))).toEqual(plain);
  expect(() => call.sync(f32([4], 1), 2)).toThrow("Cannot feed value of shape (4,) for Tensor 'Placeholder:0', which has shape '(5,)'");
  expect(() => call.sync(f32([5], 1))).toThrow(/You must feed a value for placeholder tensor 'Placeholder_1'/);
  graph.preventFeeding(m.n);
  expect(() => call.sync(f32([5], 1), new tf.NDArray(tf.int32, [], Int32Array.of(1)))).toThrow('may not be fed');
  a.close();
  expect(() => call.sync(f32([5], 1), 1)).toThrow('Attempted to use a closed Session.');
});
