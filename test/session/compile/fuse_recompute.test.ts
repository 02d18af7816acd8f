// Values computed again where they are read: when that is done, and that no bit depends on it.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import type { FusedStep } from '../../../src/session/plan.ts';
import { openSession } from '../../support/engines.ts';
import { agree, filled, ph } from '../../support/fusion.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** The ops of each fused step. */
async function ops(fetches: readonly tf.Tensor[], feeds: readonly tf.Tensor[]): Promise<string[]> { return (await openSession('wasm')).explain(fetches as tf.Tensor[], feeds).steps.filter((s): s is FusedStep => s.kind === 'fused').map((s) => s.parts.map((p) => p.node.op).join(' ')); }

describe.each([[[40, 1024]], [[8, 33, 32, 4]]])('the deviation from a mean of %j', (shape) => {
  const setup = (): { x: tf.Tensor; d: tf.Tensor; y: tf.Tensor; feeds: [tf.Tensor, tf.NDArray][] } => {
    const x = ph('x', shape), mean = ph('mean', shape.slice(-1)), d = tf.subtract(x, mean, { name: 'd' });
    const variance = tf.reduceMean(tf.square(d), [...shape.keys()].slice(0, -1)), y = tf.multiply(d, tf.rsqrt(variance.add(0.1)), { name: 'y' }), r = new Random(1);
    return { x, d, y, feeds: [[x, filled(r, shape)], [mean, filled(r, shape.slice(-1))]] };
  };
  test('is computed in both steps that read it', async () => {
    const { x, d, y, feeds } = setup(), all = await ops([y], feeds.map(([t]) => t));
    expect(all.filter((s) => /\bSub\b/.test(s)).length, all.join("; ")).toBe(2);
    const [g] = tf.gradients(tf.reduceSum(tf.tanh(y)), [x]) as [tf.Tensor];
    for (const set of [[y], [g], [y, g], [d, y]]) await agree(set, feeds);
  });
  test('is stored where it is asked for, or where a product reads it', async () => {
    const { d, y, feeds } = setup(), fed = feeds.map(([t]) => t);
    expect((await ops([y, d], fed)).filter((s) => /\bSub\b/.test(s)).length).toBe(1);
    const flat = tf.reshape(d, [-1, shape.at(-1)!]), product = tf.matmul(flat, flat, { transposeA: true });
    expect((await ops([y, product], fed)).filter((s) => /\bSub\b/.test(s)).length).toBe(1);
    await agree([y, product], feeds);
  });
});
test('what costs more than memory is stored, and what is small', async () => {
  const r = new Random(2), shape = [64, 1024], x = ph('x', shape), few = ph('few', [4, 16]), e = tf.exp(tf.tanh(x)), d = few.sub(1.5);
  const y = e.mul(tf.reduceSum(e, 0)), z = d.mul(tf.reduceSum(d, 0)), feeds: tf.Feeds = [[x, filled(r, shape)], [few, filled(r, [4, 16])]];
  const all = await ops([y, z], [x, few]);
  expect(all.filter((s) => s.includes('Exp')).length).toBe(1);
  expect(all.filter((s) => s.includes('Sub')).length).toBe(1);
  await agree([y, z], feeds);
});
test('chains, values of several inputs, random numbers once, updates of variables', async () => {
  const r = new Random(3), shape = [64, 600], x = ph('x', shape), y = ph('y', shape), row = ph('row', [600]);
  const feeds: tf.Feeds = [[x, filled(r, shape)], [y, filled(r, shape)], [row, filled(r, [600])]];
  const a = x.sub(row), b = a.mul(2.), c = tf.maximum(a.add(y), b), total = tf.reduceSum(c.mul(c), 0, { keepdims: true }), late = tf.square(c.mul(total)).add(b).sub(a).add(x);
  const noise = tf.randomUniform(shape, 0, 1, { seed: 5 }), n = noise.mul(0.5), both = n.mul(tf.reduceMean(n, 0)).add(n);
  for (const set of [[late], [late, total], [late, a, ...tf.gradients(late, [x, row]) as tf.Tensor[]], [both]]) await agree(set, feeds);
  const random = (await openSession('wasm')).explain([both], []).steps.filter((s) => s.kind === 'kernel' && s.node.op === 'RandomUniform');
  expect(random.length).toBe(1);
  const runs = await Promise.all(['wasm', 'reference'].map(async (engine) => {
    const graph = new tf.Graph();
    const { w, read, update, init } = graph.asDefault(() => {
      const v = tf.getVariable('w', { initializer: tf.constant(filled(new Random(4), shape)) }), t = v.value(), d = t.sub(0.25), s = tf.reduceSum(tf.square(d), 0);
      return { w: v.value(), read: d.mul(s), update: tf.assign(v, d.mul(tf.rsqrt(s.add(1.)))), init: tf.globalVariablesInitializer() };
    });
    const sess = await openSession(engine, { graph });
    sess.runSync(init);
    return [1, 2, 3].map(() => sess.runSync([read, update, w]));
  }));
  expect(runs[0]).toEqual(runs[1]);
});
