// P5 over 10,000 runs of every kind, with every option of the engine `wasm`: steps with feeds of changing shapes, callables, partial runs,
// traced and failing runs. Values alive, on the host and on the device, and the engine's memory itself end as they were after the first rounds.
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import type { SessionOptions } from '../../src/session/options.ts';

const RUNS = 10_000;
v8.setFlagsFromString('--expose_gc');
const collect = vm.runInNewContext('gc') as () => void;

/** A run that must fail; `expect` keeps notes of its own, which would be counted. */
async function fails(run: () => unknown, as: abstract new (...a: never[]) => Error): Promise<void> {
  try {
    await run();
  } catch (e) {
    if (e instanceof as) return;
    throw e;
  }
  throw new Error('nothing failed');
}
/** What hosts put off while promises follow each other (ends of threads, of what hooks watch) is done now. */
const turn = (): Promise<void> => new Promise((r) => { setImmediate(r); });

const batch = (n: number, at = 0.1): tf.NDArray => new tf.NDArray(tf.float32, [n, 48], new Float32Array(48 * n).fill(at));

function program() {
  const graph = new tf.Graph();
  graph.seed = 1;
  return graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, [null, 48], { name: 'x' }), to = tf.placeholder(tf.int32, [2], { name: 'to' });
    const w = new tf.Variable(tf.ones([48, 64]).mul(0.01), { name: 'w' }), never = new tf.Variable(tf.ones([2]), { name: 'never', trainable: false });
    const h = tf.tanh(tf.matmul(x, w)), image = tf.reshape(h, [-1, 8, 8, 1]), k = new tf.Variable(tf.ones([3, 3, 1, 8]).mul(0.1), { name: 'k' });
    const y = tf.nn.relu(tf.nn.conv2d(image, k, [1, 1, 1, 1], 'SAME')), loss = tf.reduceMean(tf.square(y).add(tf.randomUniform([], { seed: 3 })));
    const rows = tf.booleanMask(h, tf.greater(tf.reduceSum(h, 1), 0)), train = new tf.train.AdamOptimizer(0.001).minimize(loss);
    const failing = tf.controlDependencies([train], () => tf.reduceSum(tf.reshape(h, to)));
    return { graph, x, to, y, h, loss, rows, train, failing, unset: never.value().add(1), init: tf.variablesInitializer(tf.globalVariables().filter((v) => v !== never)) };
  });
}

const OPTIONS: Readonly<Record<string, SessionOptions>> = {
  'as it is': {}, 'two threads': { threads: 2 }, 'mode fast': { mode: 'fast' }, 'mode fast, two threads': { mode: 'fast', threads: 2 }, 'a shared heap': { heap: 'shared' }, 'the heap of TensorFlow.js': { heap: 'tfjs' },
};

test.each(Object.entries(OPTIONS))(`${RUNS} runs: %s`, async (_, options) => {
  const p = program(), sess = await new tf.Session({ graph: p.graph, engine: 'wasm', onWarning: () => undefined, ...options }).ready();
  sess.runSync(p.init);
  const step = sess.makeCallable([p.loss, p.train], [p.x]), forward = sess.makeCallable(p.y, [p.x]);
  const sizes = [8, 5, 16, 1, 8, 33, 2, 8, 12, 7, 64];
  const round = async (i: number): Promise<number> => {
    const n = sizes[i % sizes.length]!;
    sess.runSync([p.loss, p.train], [[p.x, batch(n)]]);
    step.sync(batch(n));
    await forward(batch(8));
    forward.sync(batch(n));
    await sess.run([p.rows, p.loss], [[p.x, batch(n, i % 2 === 0 ? 0.1 : -0.1)]]);
    await fails(() => sess.runSync([p.loss, p.failing], [[p.x, batch(n)], [p.to, [3, 5]]]), tf.errors.InvalidArgumentError);
    await fails(() => sess.runSync([p.h, p.unset, p.train], [[p.x, batch(n)]]), tf.errors.FailedPreconditionError);
    await fails(() => sess.run([p.loss, p.train], [[p.x, batch(n)], [p.to, [1]]]), tf.errors.ValueError);
    sess.runSync(p.loss, [[p.x, batch(n)]], new tf.RunOptions({ traceLevel: 3 }), new tf.RunMetadata());
    if (i % 3 === 0) {
      const handle = await sess.partialRunSetup([p.h, p.loss, p.train], [p.x]);
      await sess.partialRun(handle, [p.h, p.loss], [[p.x, batch(n)]]);
      return 11;
    }
    return 9;
  };
  const count = (): object => ({ host: sess.memory(), device: sess.deviceMemory() });
  const used = async (): Promise<number> => {
    for (let n = 0; n < 2; n++) { await turn(); collect(); }
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  let runs = 0, i = 0;
  for (; i < 3 * sizes.length; i++) runs += await round(i); // every kind with every size, and each again
  const before = count(), bytes = await used(), from = runs;
  for (; runs < from + RUNS; i++) runs += await round(i);
  while (i % (3 * sizes.length) !== 0) { await round(i++); }
  expect(count()).toEqual(before);
  expect((await used() - bytes) / 2 ** 20, 'MiB the process holds more').toBeLessThan(8);
  sess.close();
  expect(sess.memory()).toEqual({ tensors: 0, bytes: 0 });
}, 1_200_000);
