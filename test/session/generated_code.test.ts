// Code that the wasm engine generates: what a plan says of it after its first run, and hosts that compile large modules
// only without blocking (browsers on their main thread).
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { bitsOf } from '../support/compile.ts';
import { feeds, model } from './engine/model.ts';

beforeEach(() => { tf.resetDefaultGraph(); });
afterEach(() => { vi.restoreAllMocks(); });

interface Host { Module: new (bytes: Uint8Array) => object; Instance: new (m: object, imports: object) => object; compile(bytes: Uint8Array): Promise<object>; instantiate(m: object, imports: object): Promise<object> }
const host = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;

/** A host that refuses modules over a number of bytes when it would have to block. */
function limit(bytes: number): { readonly refused: () => number } {
  const { Module, Instance } = host;
  const small = new WeakSet<object>(); // others may be of any size
  let refused = 0;
  const refuse = (): never => { refused++; throw new RangeError(`WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than ${bytes}B.`); };
  vi.spyOn(host, 'Module').mockImplementation(function module(b) { if (b.length > bytes) refuse(); const m = new Module(b); small.add(m); return m; });
  vi.spyOn(host, 'Instance').mockImplementation(function instance(m, imports) { return small.has(m) ? new Instance(m, imports) : refuse(); });
  vi.spyOn(host, 'compile');
  return { refused: () => refused };
}
/** A program whose generated code no other test has. */
function fresh(alpha: number) {
  const x = tf.placeholder(tf.float32, [5], { name: 'x' });
  const y = tf.nn.leakyRelu(x, { alpha, name: 'y' });
  const run = [y, [[x, [-2, -1, 0, 1, 2]]]] as const;
  return { run, want: [-2, -1, 0, 1, 2].map((v) => (v > 0 ? v : Math.fround(Math.fround(alpha) * v) + 0)) };
}

describe('what a plan runs on', () => {
  test('modules, bytes and milliseconds, told by explain after the first run, and by RunMetadata of a traced one', () => {
    const { run } = fresh(0.11);
    using sess = new tf.Session();
    expect(sess.explain(...run).report).toBeNull();
    sess.runSync(...run);
    const { code, declined } = sess.explain(...run).report!;
    expect([code.modules, declined]).toEqual([1, []]);
    expect(code.bytes).toBeGreaterThan(100);
    expect(code.milliseconds).toBeGreaterThan(0);
    const runMetadata = new tf.RunMetadata();
    sess.runSync(...run, { runMetadata, options: new tf.RunOptions({ traceLevel: tf.RunOptions.FULL_TRACE }) });
    expect(runMetadata.engineReport).toEqual({ code, declined: [], peakBytes: expect.any(Number) as number });
    sess.runSync(...run, { runMetadata });
    expect(runMetadata.engineReport).toBeNull();
    using other = new tf.Session();
    other.runSync(...run);
    expect(other.explain(...run).report!.code).toEqual(code); // compiled once per process
    using reference = new tf.Session({ engine: 'reference' });
    reference.runSync(...run);
    expect(reference.explain(...run).report).toBeNull();
  });

  test('calls that a kernel leaves to reference are counted, and printed', () => {
    const [a, b] = [tf.placeholder(tf.int32, [2], { name: 'a' }), tf.placeholder(tf.int32, [2], { name: 'b' })];
    const q = tf.reciprocal(a, { name: 'r' });
    using sess = new tf.Session();
    const fed = [[a, [1, 2]], [b, [3, 4]]] as const;
    expect(bitsOf(sess.runSync(q, fed))).toBe('int32[2] 1 0');
    const plan = sess.explain(q, fed);
    expect(plan.report!.declined).toEqual([{ node: 'r', op: 'Reciprocal', calls: 1 }]);
    expect(String(plan).split('\n').at(-1)).toBe(' last run: Reciprocal on reference (its kernel on wasm declined, once)  # r');
  });
});

test('code of a fused step is still counted when a later run is traced, and fused nodes that do not fit are named', () => {
  const [x, y] = [tf.placeholder(tf.float32, null, { name: 'x' }), tf.placeholder(tf.float32, null, { name: 'y' })];
  const z = tf.tanh(x.mul(y).add(0.77), { name: 'z' });
  using sess = new tf.Session();
  const fits = [[x, [1, 2, 3]], [y, [4, 5, 6]]] as const;
  sess.runSync(z, fits);
  const { code } = sess.explain(z, fits).report!;
  expect(code.modules).toBeGreaterThan(0);
  const runMetadata = new tf.RunMetadata();
  sess.runSync(z, fits, { runMetadata, options: new tf.RunOptions({ traceLevel: tf.RunOptions.FULL_TRACE }) });
  expect(runMetadata.engineReport).toEqual({ code, declined: [], peakBytes: expect.any(Number) as number });
  // More shapes than get plans of their own: whether nodes go together is known in the run.
  const [p, q] = [tf.placeholder(tf.float32, [null, 3], { name: 'p' }), tf.placeholder(tf.float32, [null, 3], { name: 'q' })];
  const a = tf.tanh(p, { name: 'a' });
  const fetches = [a, tf.add(a, q, { name: 'b' })];
  const feeds = (n: number): tf.Feeds => [[p, [[1, 2, 3]]], [q, Array.from({ length: n }, () => [4, 5, 6])]];
  using fast = new tf.Session({ mode: 'fast' }); // where no plan is made to fit other shapes
  for (let n = 1; n <= 9; n++) fast.runSync(fetches, feeds(n));
  const plan = fast.explain(fetches, feeds(9));
  expect(plan.report!.declined).toEqual([{ node: 'b', op: 'fused', calls: 1 }]);
  expect(String(plan).split('\n')).toContain(' last run: fused nodes one by one (they do not fit, once)  # b');
});

describe('a host that compiles large modules only without blocking', () => {
  test('run waits for the code and gives the same bits; then runSync has it', async () => {
    const m = model();
    const step = (sess: tf.Session, s: number): unknown => sess.runSync([m.loss, m.logits, m.train], feeds(m, s));
    using reference = new tf.Session({ graph: m.graph, engine: 'reference' });
    reference.runSync(m.init);
    const want = [step(reference, 1), step(reference, 2)];
    const { refused } = limit(60);
    using sess = new tf.Session({ graph: m.graph, heap: 'shared' }); // its modules are compiled nowhere else in this file
    await sess.run(m.init);
    const got = [await sess.run([m.loss, m.logits, m.train], feeds(m, 1)), step(sess, 2)];
    expect(got.map((r) => (r as unknown[]).map(bitsOf))).toEqual(want.map((r) => (r as unknown[]).map(bitsOf)));
    expect(refused()).toBeGreaterThan(0);
    expect(vi.mocked(host.compile).mock.calls.length).toBeLessThan(5); // one module a plan
    const before = [sess.memory(), sess.deviceMemory()];
    await sess.run([m.loss, m.logits, m.train], feeds(m, 3));
    expect([sess.memory(), sess.deviceMemory()]).toEqual(before);
  });

  test('runSync says what to do, keeps nothing, and works after one run', async () => {
    const { run, want } = fresh(0.13);
    limit(60);
    using sess = new tf.Session();
    expect(() => sess.runSync(...run)).toThrow(/^runSync cannot compile the code of 'y': this host compiles modules of that size only without blocking\.\n\t [^]*\n\nnode: y \(op: LeakyRelu\)[^]*remedy: await sess\.run\(\) with these fetches and feeds once/);
    expect(sess.deviceMemory()).toEqual({ tensors: 0, bytes: 0 });
    await sess.run(...run);
    expect((sess.runSync(...run) as tf.NDArray).toArray()).toEqual(want);
  });

  test('a call that is made again moves its random stream once', async () => {
    const noise = [tf.randomNormal([9], { seed: 4 }), tf.truncatedNormal([9], { seed: 5 }), tf.randomUniform([3], { seed: 6 })];
    using reference = new tf.Session({ engine: 'reference' });
    const want = [reference.runSync(noise), reference.runSync(noise)].map((r) => r.map(bitsOf));
    const { refused } = limit(60);
    using sess = new tf.Session({ heap: 'shared' });
    expect([await sess.run(noise), await sess.run(noise)].map((r) => r.map(bitsOf))).toEqual(want);
    expect(refused()).toBeGreaterThan(0);
  });

  test('small modules never wait', async () => {
    const { run, want } = fresh(0.17);
    const { refused } = limit(4096);
    using sess = new tf.Session();
    expect((sess.runSync(...run) as tf.NDArray).toArray()).toEqual(want);
    expect(refused()).toBe(0);
    await Promise.resolve();
  });

  test('overlapping runs keep their order, and a compilation that fails fails the run', async () => {
    const v = new tf.Variable([1., 2.], { name: 'v' });
    const grow = tf.assign(v, tf.nn.leakyRelu(v, { alpha: 0.19 }).mul(2.));
    limit(60);
    using sess = new tf.Session({ heap: 'shared' });
    const runs = [sess.run(v.initializer), sess.run(grow), sess.run(grow), sess.run(v)];
    expect(((await Promise.all(runs))[3] as tf.NDArray).toArray()).toEqual([4, 8]);
    vi.mocked(host.compile).mockRejectedValueOnce(new Error('the tab is out of memory'));
    const { run } = fresh(0.23);
    await expect(sess.run(...run)).rejects.toThrow('the tab is out of memory');
    await sess.run(...run);
  });
});

describe('the code of a plan', () => {
  test('is one module, compiled before the first run; another batch size adds at most one for the ends of its rows', () => {
    const graph = new tf.Graph();
    const p = graph.asDefault(() => {
      const x = tf.placeholder(tf.float32, [null, 37]), w = new tf.Variable(new tf.NDArray(tf.float32, [37, 19], Float32Array.from({ length: 37 * 19 }, (_, i) => Math.cos(i))));
      const loss = tf.reduceMean(tf.square(tf.tanh(tf.reverse(tf.cumsum(tf.matmul(x, w), 1), [1])))); // kinds of code that are no loops of one
      return { x, loss, train: new tf.train.MomentumOptimizer(0.01, 0.9).minimize(loss), init: tf.globalVariablesInitializer() };
    });
    const run = (sess: tf.Session, n: number): unknown => sess.runSync([p.loss, p.train], [[p.x, new tf.NDArray(tf.float32, [n, 37], Float32Array.from({ length: 37 * n }, (_, i) => Math.sin(i)))]]);
    using reference = new tf.Session({ graph, engine: 'reference' });
    using sess = new tf.Session({ graph, heap: 'shared' }); // little of it is compiled elsewhere in this file
    for (const s of [reference, sess]) s.runSync(p.init);
    const compiled = vi.spyOn(host, 'Module');
    const before = sess.deviceMemory();
    for (const [n, most] of [[64, 2], [64, 0], [128, 1], [65, 1], [66, 1], [65, 0]] as const) {
      compiled.mockClear();
      expect(run(sess, n)).toEqual(run(reference, n));
      expect(compiled.mock.calls.length).toBeLessThanOrEqual(most);
    }
    expect(sess.deviceMemory().tensors - before.tensors).toBeLessThan(30); // constants of the plans
  });

  test('a rehearsal touches nothing: variables, random streams and memory are what they were', () => {
    const build = () => {
      const graph = new tf.Graph();
      return graph.asDefault(() => {
        const v = new tf.Variable([1., 2., 3.], { name: 'v' });
        const noise = tf.randomNormal([3], { seed: 7 });
        return { graph, v, noise, step: tf.assign(v, tf.cumsum(v.add(tf.reverse(v, [0])))), init: tf.globalVariablesInitializer() };
      });
    };
    const trace = (engine: string): unknown[] => {
      const m = build();
      using sess = new tf.Session({ graph: m.graph, engine });
      sess.runSync(m.init);
      const out: unknown[] = [];
      for (let i = 0; i < 3; i++) out.push(bitsOf(sess.runSync([m.step, m.noise])), bitsOf(sess.runSync(m.v)));
      return out;
    };
    expect(trace('wasm')).toEqual(trace('reference'));
  });
});
