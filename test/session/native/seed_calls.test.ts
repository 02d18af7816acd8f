// The question the project answers, on TensorFlow's own kernels: its four `run` calls on both programs, with updates in
// between, have one set of bits; and the drift that TensorFlow 1.15 as installed shows between the two equal models (losses
// 8e-4 apart after 20 steps of Adam, 1e-7 with its rewriter off) is absent.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { hashBits, sameBits, type Value } from '../../../examples/vbn/bits.ts';
import { loadDigits } from '../../../examples/vbn/data.ts';
import { buildPair, loadVariables, type OptimizerName, type Pair } from '../../../examples/vbn/pair.ts';
import { ENGINES } from '../../support/engines.ts';

const BATCH = 8, STEPS = 10;

describe.skipIf(!ENGINES.includes('native')).each(['NCHW', 'NHWC'] as const)('native: two programs that are one, %s', (format) => {
  const digits = loadDigits(BATCH, 1, format);
  async function started(): Promise<{ sess: tf.Session; pair: Pair; feeds: (step: number) => [tf.Tensor, tf.NDArray][] }> {
    const pair = buildPair(digits.reference, BATCH, format, 1);
    const sess = await new tf.Session({ graph: pair.graph, engine: 'native', onWarning: () => undefined }).ready();
    sess.runSync(pair.init);
    await loadVariables(sess, pair.double.variables, sess.runSync([...pair.single.variables]) as Value[]);
    return { sess, pair, feeds: (step) => { const b = digits.batches(step); return [[pair.x, b.images], [pair.y, b.labels]]; } };
  }

  test('the four calls, three times with training in between', async () => {
    const { sess, pair: { single, double }, feeds } = await started();
    const outputs = [single.logits, double.logits], gradients = [...single.gradients, ...double.gradients];
    const weights = (): string => hashBits(sess.runSync([...single.variables, ...double.variables]) as Value[]);
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const before = weights();
      const first = sess.runSync(outputs, feeds(0)) as Value[];
      const both = sess.runSync([...outputs, ...gradients], feeds(0)) as Value[];
      const alone = sess.runSync(gradients, feeds(0)) as Value[];
      const again = sess.runSync(outputs, feeds(0)) as Value[];
      expect(hashBits(both.slice(0, 2))).toBe(hashBits(first));
      expect(hashBits(again)).toBe(hashBits(first));
      expect(hashBits(alone)).toBe(hashBits(both.slice(2)));
      expect(weights()).toBe(before);
      if (round === 0) expect(sameBits(first[0]!, first[1]!)).toBe(true);
      seen.add(before);
      for (let s = 0; s < 2; s++) sess.runSync([single.momentum.step, double.adam.step], feeds(s));
    }
    expect(seen.size).toBe(3);
    sess.close();
  });
  test.each(['adam', 'momentum'] as const)('%s: both train alike', async (optimizer: OptimizerName) => {
    const { sess, pair: { single, double }, feeds } = await started();
    const losses = new Set<number>();
    for (let s = 0; s < STEPS; s++) {
      const [a, b] = sess.runSync([single.loss, double.loss, single[optimizer].step, double[optimizer].step], feeds(s)) as unknown as [number, number];
      expect(Math.abs(a - b), `step ${s}`).toBeLessThanOrEqual(1e-5 * Math.abs(a));
      losses.add(a);
    }
    expect(losses.size).toBe(STEPS);
    sess.close();
  });
});
