// The native engine in a worker: the same values, errors and state as in this thread, while the event loop goes on; runs in
// order, and what ends a run that waits or is under way.
import type { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { bitsOf } from '../../support/compile.ts';
import { ENGINES, openSession } from '../../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); tf.setRandomSeed(3); });

const open = (options: object = {}): Promise<tf.Session> => openSession('native', { worker: true, ...options });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
const fed = (n: number): tf.NDArray => new tf.NDArray(tf.float32, [n, n], Float32Array.from({ length: n * n }, (_, i) => Math.sin(i) / n));

/** A product that takes the worker some hundred milliseconds. */
function long(name = 'long'): { x: tf.Tensor; y: tf.Tensor; value: tf.NDArray } {
  const x = tf.placeholder(tf.float32, [700, 700]);
  let y: tf.Tensor = x;
  for (let i = 0; i < 40; i++) y = tf.matmul(y, x);
  return { x, y: tf.reduceSum(y, { name }), value: fed(700) };
}

describe('options', () => {
  test('only the native engine runs in a worker', () => {
    expect(() => new tf.Session({ engine: 'wasm', worker: true })).toThrow("worker: engine 'wasm' runs in the thread it is called from.\n\nremedy: leave it out, or use engine 'native'");
    expect(() => new tf.Session({ worker: true })).toThrow(/engine 'wasm' runs in the thread/);
  });
});

describe.skipIf(!ENGINES.includes('native'))('native (npm run test:native, when TensorFlow is installed)', () => {
  test('values and variables are those of this thread, bit by bit', async () => {
    const x = tf.placeholder(tf.float32, [4, 3]);
    const w = tf.getVariable('w', [3, 2], { initializer: tf.randomNormalInitializer(0, 1, { seed: 2 }) });
    const loss = tf.reduceMean(tf.square(tf.matmul(x, w.value())));
    const step = new tf.train.AdamOptimizer(0.1).minimize(loss);
    const look = { w, long: tf.cast(loss, tf.float64), half: tf.cast(w.value(), tf.float16), whole: tf.cast(w.value(), tf.int64), bytes: tf.cast(w.value(), tf.int8), big: tf.cast(loss, tf.bool), c: tf.complex(loss, loss) };
    const feed = [[x, fed(4).data.slice(0, 12)]] as const;
    const all = [];
    for (const worker of [false, true]) {
      const sess = await openSession('native', { worker });
      await sess.run(tf.globalVariablesInitializer());
      const out: unknown[] = [];
      for (let i = 0; i < 3; i++) out.push(await sess.run([loss, step], [[x, new tf.NDArray(tf.float32, [4, 3], feed[0]![1] as Float32Array)]]));
      out.push(await sess.run(look, [[x, new tf.NDArray(tf.float32, [4, 3], feed[0]![1] as Float32Array)]]));
      all.push(out.flatMap((o) => Object.values(o as object)).map((v) => (v === null ? null : bitsOf(v as tf.NDArray))));
      sess.close();
    }
    expect(all[1]).toEqual(all[0]);
  });
  test('the event loop goes on during a long run; in this thread it does not', async () => {
    const { x, y, value } = long();
    const ticks = async (worker: boolean): Promise<number> => {
      using sess = await openSession('native', { worker });
      await sess.run(y, [[x, value]]);
      let n = 0;
      const timer = setInterval(() => { n++; }, 1);
      await sess.run(y, [[x, value]]);
      clearInterval(timer);
      return n;
    };
    expect(await ticks(false)).toBeLessThanOrEqual(1);
    expect(await ticks(true)).toBeGreaterThan(3);
  });
  test('runSync and explain block, also before anything was awaited', () => {
    const x = tf.placeholder(tf.float32, [2]), v = new tf.Variable([1, 2], { name: 'v', dtype: tf.float64 });
    using sess = new tf.Session({ engine: 'native', worker: true });
    sess.runSync(tf.globalVariablesInitializer());
    expect((sess.runSync(x.mul(3), [[x, [1, 2]]]) as tf.NDArray).toArray()).toEqual([3, 6]);
    expect((sess.runSync(tf.assignAdd(v, v.value())) as tf.NDArray).toArray()).toEqual([2, 4]);
    expect(String(sess.explain(x.mul(3), [x]))).toContain('native call');
  });
  test('overlapping runs take their turns in order, and runSync waits for none of them', async () => {
    const { x, y, value } = long();
    const v = new tf.Variable(0, { name: 'v', dtype: tf.float32 });
    const add = tf.assignAdd(v, 1);
    using sess = await open();
    await sess.run(tf.globalVariablesInitializer());
    const order: unknown[] = [];
    const runs = [sess.run(y, [[x, value]]).then(() => order.push('long')), ...[1, 2, 3].map(() => sess.run(add).then((r) => order.push(r)))];
    expect(() => sess.runSync(add)).toThrow(/An asynchronous run of this session has not finished/);
    await Promise.all(runs);
    expect(order).toEqual(['long', 1, 2, 3]);
  });
  test('errors have class, node, line and fetch set as in this thread', async () => {
    const x = tf.placeholder(tf.float32, [null], { name: 'x' }), to = tf.placeholder(tf.int32, [2], { name: 'to' }), m = tf.placeholder(tf.float32, [null, null], { name: 'm' });
    const v = new tf.Variable(1, { name: 'v', dtype: tf.float32 });
    const cases: readonly (readonly [tf.Fetchable, readonly (readonly [tf.Tensor, unknown])[]])[] = [
      [tf.reshape(tf.square(x), to, { name: 'shaped' }), [[x, [1, 2]], [to, [3, 3]]]], [tf.matrixInverse(m, { name: 'inverse' }), [[m, [[1, 2], [2, 4]]]]],
      [v.value().add(1), []], [x, []], [tf.checkNumerics(tf.log(x), 'no number', { name: 'check' }), [[x, [-1]]]],
    ];
    const [here, there] = [await openSession('native'), await open()];
    for (const [fetches, feeds] of cases) {
      const told = async (s: tf.Session): Promise<Error> => { try { await s.run(fetches, feeds as never); } catch (e) { return e as Error; } throw new Error('it did not fail'); };
      const [a, b] = [await told(here), await told(there)];
      expect(b.message).toBe(a.message);
      expect(b.constructor).toBe(a.constructor);
    }
    expect(await there.run(tf.square(x), [[x, [3]]])).toMatchObject({ shape: [1] });
    here.close();
    there.close();
  });

  describe('what ends a run', () => {
    const aborted = async (p: Promise<unknown>): Promise<{ error: unknown; after: number }> => {
      const start = performance.now();
      try { await p; } catch (error) { return { error, after: performance.now() - start }; }
      throw new Error('it ended well');
    };
    test('a signal ends a waiting run at once, and it has written nothing; those around it go on', async () => {
      const { x, y, value } = long();
      const v = new tf.Variable(0, { name: 'v', dtype: tf.float32 });
      const add = tf.assignAdd(v, 1);
      using sess = await open();
      await sess.run(tf.globalVariablesInitializer());
      const order: string[] = [];
      const running = sess.run(y, [[x, value]]).then(() => order.push('long'));
      const stop = new AbortController();
      const waiting = sess.run(add, { signal: stop.signal }).catch((e: unknown) => { order.push('stopped'); return e; });
      const next = sess.run(add);
      stop.abort();
      expect(await waiting).toBeInstanceOf(tf.errors.CancelledError);
      await running;
      expect(order).toEqual(['stopped', 'long']);
      expect(await next).toBe(1);
    });
    test('a timeout ends a waiting run', async () => {
      const { x, y, value } = long();
      const v = new tf.Variable(0, { name: 'v', dtype: tf.float32 });
      using sess = await open();
      await sess.run(tf.globalVariablesInitializer());
      await sess.run(y, [[x, value]]);
      const running = sess.run(y, [[x, value]]);
      const waiting = sess.run(tf.assignAdd(v, 1), { options: new tf.RunOptions({ timeoutInMs: 1 }) }).catch((e: unknown) => e);
      const e = await waiting as Error;
      expect(e).toBeInstanceOf(tf.errors.DeadlineExceededError);
      expect(e.message).toMatch(/Timed out waiting for notification[^]*the run was given 1 ms/);
      await running;
      expect(await sess.run(v)).toBe(0);
    });
    test('a signal ends a run in the middle of its call; the session goes on, nothing is kept', async () => {
      const { x, y, value } = long();
      using sess = await open();
      const whole = await sess.run(y, [[x, value]]);
      const memory = sess.deviceMemory();
      for (let i = 0; i < 3; i++) {
        const stop = new AbortController();
        setTimeout(() => { stop.abort(new Error('enough')); }, 5);
        const { error } = await aborted(sess.run(y, [[x, value]], { signal: stop.signal }));
        expect(error).toMatchObject({ constructor: tf.errors.CancelledError, cause: { message: 'enough' } });
        expect((error as Error).message).toContain('fetches: long:0');
      }
      expect(await sess.run(y, [[x, value]])).toBe(whole);
      await sleep(1);
      expect(sess.deviceMemory()).toEqual(memory);
    });
    test('a call that writes variables is waited for: the run counts', async () => {
      const { x, y, value } = long();
      const v = new tf.Variable(0, { name: 'v', dtype: tf.float32 });
      const step = new tf.train.GradientDescentOptimizer(1).minimize(v.value().mul(tf.stopGradient(y.mul(0).add(1))), { varList: [v] });
      using sess = await open();
      await sess.run(tf.globalVariablesInitializer());
      const stop = new AbortController();
      const run = sess.run(step, [[x, value]], { signal: stop.signal });
      await sleep(2);
      stop.abort();
      const ended = await run.then(() => 'well', () => 'early');
      expect([ended, await sess.run(v)]).toEqual(ended === 'well' ? ['well', -1] : ['early', 0]);
    });
    test('closing ends what runs and what waits, and then the worker', async () => {
      const { x, y, value } = long();
      const threads = process.getBuiltinModule('node:worker_threads') as { Worker: typeof Worker };
      const made: Worker[] = [], plain = threads.Worker;
      threads.Worker = class extends plain { constructor(...a: ConstructorParameters<typeof Worker>) { super(...a); made.push(this); } };
      const sess = await open().finally(() => { threads.Worker = plain; });
      const exit = new Promise((resolve) => { made[0]!.on('exit', resolve); });
      await sess.run(y, [[x, value]]);
      const runs = [sess.run(y, [[x, value]]), sess.run(y, [[x, value]])].map((r) => r.catch((e: unknown) => e));
      await sleep(1);
      sess.close();
      for (const r of runs) expect(await r).toMatchObject({ constructor: tf.errors.CancelledError, text: 'Session has been closed.' });
      await expect(sess.run(y, [[x, value]])).rejects.toThrow('Attempted to use a closed Session.');
      expect(await exit).toBe(0);
    });
  });

  test('two sessions have their own state, and work at the same time', async () => {
    const v = new tf.Variable(0, { name: 'v', dtype: tf.float32 });
    const { x, y, value } = long();
    const add = tf.assignAdd(v, 1);
    const [a, b] = [await open(), await open()];
    for (const s of [a, b]) await s.run(tf.globalVariablesInitializer());
    const busy = a.run(y, [[x, value]]);
    let first = '';
    const both = [busy.then(() => { first ||= 'a'; }), (async () => { for (let i = 0; i < 3; i++) await b.run(add); first ||= 'b'; })()];
    await Promise.all(both);
    expect([first, await a.run(v), await b.run(v)]).toEqual(['b', 0, 3]);
    a.close();
    expect(await b.run(add)).toBe(4);
    b.close();
  });
  test('thousands of runs, good and failing, leave memory as it was', async () => {
    const x = tf.placeholder(tf.float32, [null]), to = tf.placeholder(tf.int32, [1]);
    const w = new tf.Variable(tf.zeros([64]), { name: 'w' });
    const step = new tf.train.AdamOptimizer(0.1).minimize(tf.reduceSum(tf.square(w.value().add(tf.reshape(x, to)))));
    using sess = await open();
    await sess.run(tf.globalVariablesInitializer());
    const value = new tf.NDArray(tf.float32, [64], new Float32Array(64));
    const rounds = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) {
        await sess.run([step, w], [[x, value], [to, [64]]]);
        if (i % 10 === 0) await expect(sess.run(step, [[x, value], [to, [63]]])).rejects.toThrow(/requested shape has 63/);
      }
    };
    await rounds(500);
    const [memory, rss] = [sess.deviceMemory(), process.memoryUsage().rss];
    await rounds(2000);
    expect(sess.deviceMemory()).toEqual(memory);
    expect(process.memoryUsage().rss - rss).toBeLessThan(64e6);
  });
});
