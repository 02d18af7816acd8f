// `sess.prepare`: plans of several runs made ahead, on every engine; what is no list of runs is told.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { passes } from '../../src/session/compile/pipeline.ts';
import { bitsOf } from '../support/compile.ts';
import { ENGINES, openSession } from '../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

function model(): { x: tf.Tensor; loss: tf.Tensor; step: tf.Operation; w: tf.Variable; init: tf.Operation } {
  const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' });
  const w = new tf.Variable(tf.ones([3, 1]), { name: 'w' });
  const loss = tf.reduceMean(tf.square(tf.matmul(x, w.value())), { name: 'loss' });
  return { x, loss, w, step: new tf.train.AdamOptimizer(0.1).minimize(loss), init: tf.globalVariablesInitializer() };
}
/** A session that counts the plans it compiles. */
async function counting(engine: string): Promise<{ sess: tf.Session; compiled: () => number }> {
  let n = 0;
  const [first, ...rest] = passes;
  const sess = await openSession(engine, { toolchain: { passes: [{ ...first!, run: (p, t) => { n++; return first!.run(p, t); } }, ...rest] } });
  return { sess, compiled: () => n };
}

describe.each(ENGINES)('%s', (engine) => {
  test('prepared runs compile nothing; values are those of a session that was not prepared', async () => {
    const { x, loss, step, w, init } = model();
    const value = [[x, [[1, 2, 3], [4, 5, 6]]]] as const;
    const { sess, compiled } = await counting(engine);
    const plain = await openSession(engine);
    for (const s of [sess, plain]) s.runSync(init);
    await sess.prepare([{ fetches: loss, feeds: [...value] }, { fetches: [loss, step], feeds: [x] }, { fetches: { w } }]);
    const before = compiled();
    const runs: readonly (() => tf.Fetchable)[] = [() => [loss, step], () => loss, () => ({ w }), () => [loss, step], () => ({ w })];
    for (const r of runs) {
      const feeds = 'w' in (r() as object) ? [] : [...value];
      const [a, b] = [sess, plain].map((s) => s.runSync(r() as tf.Tensor, feeds) as unknown);
      const flat = (v: unknown): unknown[] => (v instanceof tf.NDArray || typeof v === 'number' ? [bitsOf(v as tf.NDArray)] : Object.values((v ?? {}) as object).flatMap(flat));
      expect(flat(a)).toEqual(flat(b));
    }
    expect(compiled()).toBe(before);
    // The training step was prepared for any batch.
    sess.runSync([loss, step], [[x, [[1, 2, 3]]]]);
    expect(compiled()).toBe(before);
    sess.close();
    plain.close();
    expect(sess.deviceMemory().tensors).toBe(0);
  });
  test('in the middle of training variables stay, also when it is said twice', async () => {
    const { x, loss, step, w, init } = model();
    const feeds = [[x, [[1, 2, 3]]]] as [tf.Tensor, number[][]][];
    const [sess, plain] = [await openSession(engine), await openSession(engine)];
    for (const s of [sess, plain]) { await s.run(init); await s.run(step, feeds); }
    for (let i = 0; i < 2; i++) {
      await sess.prepare([{ fetches: loss, feeds }, { fetches: step, feeds }]);
      for (const s of [sess, plain]) { await s.run(step, feeds); await s.run(loss, feeds); }
      expect(bitsOf(await sess.run(w))).toBe(bitsOf(await plain.run(w)));
    }
    sess.close();
    plain.close();
    expect(sess.deviceMemory().tensors).toBe(0);
  });
});

test('what is no list of runs', async () => {
  const { loss, x } = model();
  using sess = new tf.Session();
  const prepare = (runs: unknown): Promise<void> => sess.prepare(runs as never);
  await expect(prepare(loss)).rejects.toThrow(/prepare: the runs must be a list[^]*sess\.prepare\(\[\{ fetches/);
  await expect(prepare([loss])).rejects.toThrow(/prepare: a run is \{ fetches, feeds \}/);
  await expect(prepare([{ fetches: loss, feed: [x] }])).rejects.toThrow("prepare: a run has no 'feed'.");
  await expect(prepare([{ fetches: 'nothing:0' }])).rejects.toThrow(/nothing:0/);
  sess.close();
  await expect(prepare([])).rejects.toThrow('Attempted to use a closed Session.');
});
