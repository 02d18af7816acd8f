// narrow: only the part of a product that is read is computed, with the bits of the whole.
import { beforeEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { openSession } from '../../support/engines.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });
const ph = (name: string, shape: readonly number[]): tf.Tensor => tf.placeholder(tf.float32, shape, { name });
const values = (r: Random, shape: readonly number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, r.floats(shape.reduce((a, b) => a * b, 1), -2, 2));

/** Shapes of the products a plan computes. */
async function products(fetches: readonly tf.Tensor[], feeds: readonly tf.Tensor[]): Promise<string[]> {
  const plan = (await openSession('reference')).explain(fetches as tf.Tensor[], feeds);
  return plan.steps.flatMap((s) => (s.kind === 'kernel' && s.node.op === 'MatMul' ? [plan.slots[s.outputs[0]!]!.shape.debug] : []));
}

test.each([[false, false], [true, false], [false, true], [true, true]])('rows and columns of a product, transposed %s and %s', async (ta, tb) => {
  const r = new Random(1), [M, K, N] = [9, 33, 20];
  const x = ph('x', ta ? [K, M] : [M, K]), w = ph('w', tb ? [N, K] : [K, N]), feeds: tf.Feeds = [[x, values(r, ta ? [K, M] : [M, K])], [w, values(r, tb ? [N, K] : [K, N])]];
  const product = (): tf.Tensor => tf.matmul(x, w, { transposeA: ta, transposeB: tb });
  const cases = [[[0, 3], [-1, 8]], [[2, 0], [5, -1]], [[1, 4], [7, 9]]] as const;
  const parts = cases.map(([begin, size]) => tf.slice(tf.tanh(product()).op.inputs[0]!, begin, size));
  const whole = product();
  for (const [i, p] of parts.entries()) {
    expect(await products([p], [x, w])).toEqual([p.shape.debug]);
    const wanted = tf.slice(whole, ...cases[i]!);
    for (const engine of ['reference', 'wasm']) {
      const sess = await openSession(engine), [, full] = sess.runSync([whole, wanted], feeds) as unknown as tf.NDArray[];
      expect(sess.runSync([p], feeds), engine).toEqual([full]);
      expect((sess.runSync([p, whole], feeds) as unknown as tf.NDArray[])[0], engine).toEqual(full);
    }
  }
});

test('the gradient of one input of a concat: the part for the other, which waits for nobody, is not computed', async () => {
  const x = ph('x', [4, 6]), h = ph('h', [4, 3]), w = ph('w', [9, 8]);
  const [g] = tf.gradients(tf.matmul(tf.concat([x, h], 1), w), [h]) as [tf.Tensor];
  expect(await products([g], [w])).toEqual(['[4,3]']);
});

test('a product that is read elsewhere, or whose part is not known, stays whole', async () => {
  const x = ph('x', [4, 4]), m = tf.matmul(x, x), n = tf.placeholder(tf.int32, [2]);
  const part = tf.slice(m, [0, 1], [4, 2]);
  expect(await products([part, m], [x])).toEqual(['[4,4]']);
  expect(await products([part, tf.tanh(m)], [x])).toEqual(['[4,4]']);
  expect(await products([tf.slice(tf.matmul(x, x), n, [4, 2])], [x, n])).toEqual(['[4,4]']);
  expect(() => tf.slice(tf.matmul(x, x), [0, 3], [4, 2])).not.toThrow();
  await expect((async () => (await openSession('wasm')).runSync(tf.slice(tf.matmul(x, x), [0, 3], [4, 2]), [[x, values(new Random(2), [4, 4])]]))()).rejects.toThrow(/Expected size\[1\] in \[0, 1\], but got 2/);
});

test('one slice of a factor serves all products with it', async () => {
  const w = ph('w', [6, 12]), xs = [0, 1, 2].map((i) => ph(`x${i}`, [4, 6]));
  const out = xs.map((x) => tf.slice(tf.matmul(x, w), [0, 4], [-1, 8]));
  const plan = (await openSession('reference')).explain(out, [w, ...xs]);
  expect(plan.steps.filter((s) => s.kind === 'kernel' && s.node.op === 'Slice').length).toBe(1);
});
