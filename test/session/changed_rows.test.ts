// Tables of which a run changes rows are written where they lie, when nobody else reads what they held: no bit, no read and
// no failing run may tell.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../src/ops/op_def_library.ts';
import type { KernelStep } from '../../src/session/plan.ts';
import { openSession, plain } from '../support/engines.ts';
import { Random } from '../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

const ROWS = 300, WIDE = 17, TABLE = ROWS * WIDE * 4;
const numbers = (r: Random, shape: readonly number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, r.floats(shape.reduce((a, b) => a * b, 1), -1, 1));
/** Ops of a plan that write over tables. */
const overOf = (plan: { readonly steps: readonly { readonly kind: string }[] }): string[] => plan.steps.filter((s): s is KernelStep => s.kind === 'kernel' && (s as KernelStep).over !== undefined).flatMap((s) => s.over!.map(() => s.node.op));
async function peak(sess: tf.Session, fetches: unknown, feeds: tf.Feeds): Promise<number> {
  const runMetadata = new tf.RunMetadata();
  await sess.run(fetches as tf.Tensor, feeds, { options: new tf.RunOptions({ traceLevel: 3 }), runMetadata });
  return runMetadata.engineReport!.peakBytes;
}

const OPTIMIZERS: Readonly<Record<string, readonly [tf.train.Optimizer, number]>> = { // with the tables' worth of memory that a step needs
  GradientDescent: [new tf.train.GradientDescentOptimizer(0.1), 0], Momentum: [new tf.train.MomentumOptimizer(0.1, 0.9, { useNesterov: true }), 0], Adagrad: [new tf.train.AdagradOptimizer(0.1), 0],
  RMSProp: [new tf.train.RMSPropOptimizer(0.1, { momentum: 0.5, centered: true }), 0], Ftrl: [new tf.train.FtrlOptimizer(0.1, { l1RegularizationStrength: 0.01 }), 0], Adadelta: [new tf.train.AdadeltaOptimizer(0.1), 0],
  ProximalAdagrad: [new tf.train.ProximalAdagradOptimizer(0.1, { l1RegularizationStrength: 0.01 }), 0], LazyAdam: [new tf.contrib.opt.LazyAdamOptimizer(0.1), 0], Adam: [new tf.train.AdamOptimizer(0.1), 3],
};
describe.each([false, true])('optimizers, resource variables: %s', (useResource) => {
  test.each(Object.keys(OPTIMIZERS))('%s', async (name) => {
    const r = new Random(3), [optimizer, tables] = OPTIMIZERS[name]!;
    const ids = tf.placeholder(tf.int32, [null], { name: 'ids' }), table = tf.getVariable('table', { initializer: tf.constant(numbers(r, [ROWS, WIDE])), useResource });
    const h = tf.nn.embeddingLookup(table, ids), loss = tf.reduceSum(tf.square(tf.tanh(h))), train = optimizer.minimize(loss);
    const init = tf.globalVariablesInitializer(), all = tf.globalVariables();
    const given = [[5, 0, 299, 5], [17], [], [0, 0, 0, 299, 1, 2, 3, 4, 5, 6]].map((x) => new tf.NDArray(tf.int32, [x.length], Int32Array.from(x)));
    const values = async (engine: string): Promise<unknown[]> => {
      const sess = await openSession(engine), out: unknown[] = [];
      sess.runSync(init);
      for (const x of given) out.push(sess.runSync([loss, train], [[ids, x]]), sess.runSync([loss], [[ids, x]]));
      // Old values beside the update; then what came of it.
      out.push(sess.runSync([table.value(), train, ...all], [[ids, given[0]!]]), sess.runSync(all), sess.runSync([train, h], [[ids, given[0]!]]), sess.runSync(all));
      return out;
    };
    expect(await values('wasm')).toEqual(await values('reference'));
    const sess = await openSession('wasm');
    sess.runSync(init);
    const alone = overOf(sess.explain(train, [ids])).length, beside = overOf(sess.explain([train, table.value()], [ids])).length;
    expect(beside).toBe(name === 'Adam' ? alone : alone - 1); // whose update of the table itself is a dense one
    sess.runSync(train, [[ids, given[0]!]]); // until then a table is its initial value, which belongs to the plan
    const { bytes } = sess.memory();
    for (let i = 0; i < 3; i++) expect(await peak(sess, train, [[ids, given[0]!]])).toBeLessThan((tables + 0.5) * TABLE);
    expect(sess.memory().bytes).toBe(bytes);
  });
});

describe('a run that fails leaves tables as they were', () => {
  const start = async (): Promise<{ sess: tf.Session; t: tf.Variable; at: tf.Tensor; ok: tf.Tensor; write: tf.Tensor }> => {
    const t = new tf.Variable(numbers(new Random(4), [50, 3]), { name: 't' }), at = tf.placeholder(tf.int32, [null], { name: 'at' }), ok = tf.placeholder(tf.bool, [], { name: 'ok' });
    const write = op1('ScatterAdd', [t.ref(), at, tf.ones(tf.stack([tf.size(at), 3]))]), sess = await openSession('wasm');
    sess.runSync(tf.globalVariablesInitializer());
    return { sess, t, at, ok, write };
  };
  const ids = (...x: number[]): tf.NDArray => new tf.NDArray(tf.int32, [x.length], Int32Array.from(x));
  test('by what comes after the write', async () => {
    const { sess, t, at, ok, write } = await start(), before = plain(sess.runSync(t));
    const checked = tf.controlDependencies([write], () => tf.group(tf.Assert(ok, ['no'])));
    expect(overOf(sess.explain(checked, [at, ok]))).toEqual(['ScatterAdd']);
    for (let i = 0; i < 2; i++) {
      expect(() => sess.runSync(checked, [[at, ids(3, 49, 3)], [ok, false]])).toThrow('assertion failed: [no]');
      expect(plain(sess.runSync(t))).toEqual(before);
    }
    const { tensors } = sess.memory();
    sess.runSync(checked, [[at, ids(3, 49, 3)], [ok, true]]);
    expect((plain(sess.runSync(t)) as number[][]).map((r, i) => Math.round(r[0]! - (before as number[][])[i]![0]!)).flatMap((d, i) => (d === 0 ? [] : [[i, d]]))).toEqual([[3, 2], [49, 1]]);
    expect(sess.memory().tensors).toBe(tensors);
  });
  test('by the write itself, or by that of another table', async () => {
    const { sess, t, at, write } = await start(), before = plain(sess.runSync(t));
    const u = new tf.Variable(numbers(new Random(5), [10, 2])), second = tf.controlDependencies([write], () => op1('ScatterMul', [u.ref(), at, 2.]));
    sess.runSync(u.initializer);
    const other = plain(sess.runSync(u));
    expect(() => sess.runSync(write, [[at, ids(3, 50)]])).toThrow('indices[1] = 50 is not in [0, 50)');
    expect(() => sess.runSync([write.op, second.op], [[at, ids(3, 20)]])).toThrow('indices[1] = 20 is not in [0, 10)');
    expect([plain(sess.runSync(t)), plain(sess.runSync(u))]).toEqual([before, other]);
  });
  test('who reads the table late, or twice, keeps it whole', async () => {
    const { sess, t, at, write } = await start(), old = t.value().mul(1.), now = tf.controlDependencies([write], () => t.value().add(0.));
    const twice = op1('ScatterAdd', [write, at, tf.gather(t.value(), at)]);
    const want = await openSession('reference');
    want.runSync(tf.globalVariablesInitializer());
    for (const set of [[old, write], [now, old], [now], [write.op, now, old], [twice], [twice.op, old, write], [write.op]]) {
      expect(sess.runSync(set as tf.Tensor[], [[at, ids(3, 4, 3)]])).toEqual(want.runSync(set as tf.Tensor[], [[at, ids(3, 4, 3)]]));
      expect(sess.runSync(t)).toEqual(want.runSync(t));
    }
  });
});

describe('who has the table outside', () => {
  const build = (): { t: tf.Variable; at: tf.Tensor; train: tf.Operation } => {
    const t = new tf.Variable(numbers(new Random(6), [40, 8])), at = tf.placeholder(tf.int32, [3]);
    return { t, at, train: new tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduceSum(tf.square(tf.gather(t, at)))) as tf.Operation };
  };
  const at3 = new tf.NDArray(tf.int32, [3], Int32Array.of(7, 0, 7));
  test('a tensor of TensorFlow.js keeps what it was', async () => {
    const { t, at, train } = build(), sess = await openSession('wasm', { heap: 'tfjs' });
    sess.runSync(tf.globalVariablesInitializer());
    for (let i = 0; i < 4; i++) {
      const out = sess.runSync(t.value(), null, { asTfjs: true }) as unknown as { dataSync(): Float32Array; dispose(): void }, before = out.dataSync().slice(), host = sess.runSync(t) as unknown as tf.NDArray;
      expect(before).toEqual(host.data);
      sess.runSync(train, [[at, at3]]);
      expect(out.dataSync()).toEqual(before);
      expect((sess.runSync(t) as unknown as tf.NDArray).data).not.toEqual(before);
      out.dispose();
    }
  });
  test('arrays that were fetched, a partial run under way, two threads', async () => {
    const { t, at, train } = build(), x = tf.placeholder(tf.float32, []), late = t.value().mul(x), sess = await openSession('wasm', { threads: 2 }), want = await openSession('reference');
    for (const s of [sess, want]) s.runSync(tf.globalVariablesInitializer());
    for (let i = 0; i < 3; i++) for (const s of [sess, want]) s.runSync(train, [[at, at3]]);
    const old = sess.runSync(t) as unknown as tf.NDArray, copy = (old.data as Float32Array).slice();
    const sum = tf.reduceSum(t.value()), [part, other] = await Promise.all([sess, want].map(async (s) => {
      const run = await s.partialRunSetup([sum, late], [x]), first = await s.partialRun(run, sum);
      s.runSync(train, [[at, at3]]);
      return [first, await s.partialRun(run, late, [[x, 2]])];
    }));
    expect(part).toEqual(other);
    expect(old.data).toEqual(copy);
    expect(sess.runSync(t)).toEqual(want.runSync(t));
  });
});
