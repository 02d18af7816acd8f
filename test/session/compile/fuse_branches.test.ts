// Fusion where values can be dead: nodes that are dead in the same runs go together, in branches and behind them.
import { beforeEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { APART, filled, ph, regions } from '../../support/fusion.ts';
import { openSession } from '../../support/engines.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** On reference, on wasm and without fusion, in both branches: all the same. */
async function agreeInBoth(fetches: readonly tf.Tensor[], feeds: readonly (readonly [tf.Tensor, tf.NDArray])[], on: tf.Tensor, init?: tf.Operation): Promise<void> {
  const sessions = await Promise.all([openSession('reference'), openSession('wasm'), openSession('wasm', APART)]);
  if (init) for (const s of sessions) s.runSync(init);
  for (const side of [true, false, true]) {
    const [want, ...got] = sessions.map((s) => s.runSync(fetches as tf.Tensor[], [...feeds, [on, side]] as tf.Feeds));
    for (const g of got) expect(g).toEqual(want);
  }
}

test('each branch and what follows are steps of their own', async () => {
  const x = ph('x', [6, 8]), w = ph('w', [8, 8]), on = tf.placeholder(tf.bool, [], { name: 'on' }), feeds = [[x, filled(new Random(1), [6, 8])], [w, filled(new Random(2), [8, 8])]] as const;
  const a = tf.tanh(x.mul(2.), 'a');
  const y = tf.cond(on, () => tf.nn.softmax(tf.exp(tf.matmul(a, w, { name: 'm' }).add(1.), 'e'), { name: 's' }), () => tf.sqrt(tf.abs(a.sub(3.), 'b'), 'r')) as tf.Tensor;
  const z = tf.reduceSum(tf.square(y, { name: 'q' }).mul(x), { name: 'z' });
  const found = await regions([z], [x, w, on]);
  expect(found.some((r) => /\bm\b.*\be\b.*\bs$/.test(r.replaceAll('cond/', ''))), found.join('; ')).toBe(true);
  expect(found.some((r) => /\bb\b.*\br$/.test(r.replaceAll('cond/', ''))), found.join('; ')).toBe(true);
  expect(found.some((r) => r.endsWith('q mul_1 z')), found.join('; ')).toBe(true);
  await agreeInBoth([z], feeds, on);
  await agreeInBoth([z, y, a], feeds, on);
});

test('training with normalisation that a fed flag turns on', async () => {
  const x = ph('x', [12, 8]), on = tf.placeholder(tf.bool, [], { name: 'on' }), r = new Random(3), feeds = [[x, filled(r, [12, 8])]] as const;
  const w = tf.getVariable('w', { initializer: tf.constant(filled(r, [8, 8])) }), moving = tf.getVariable('moving', { initializer: tf.constant(filled(r, [8])), trainable: false });
  const h = tf.matmul(tf.tanh(x), w.value());
  const mean = tf.cond(on, () => tf.reduceMean(h, 0), () => moving.value().mul(1.)) as tf.Tensor;
  const update = tf.cond(on, () => tf.assign(moving, moving.value().mul(0.9).add(mean.mul(0.1))), () => tf.identity(moving.value())) as tf.Tensor;
  const loss = tf.reduceMean(tf.square(tf.nn.relu(h.sub(mean)).sub(1.))), train = new tf.train.AdamOptimizer(0.1).minimize(loss, { varList: [w] });
  const step = tf.controlDependencies([train, update.op], () => tf.identity(loss));
  const found = await regions([step], [x, on]);
  expect(found.some((s) => s.includes('ApplyAdam')), found.join('; ')).toBe(true);
  await agreeInBoth([step, mean], feeds, on, tf.globalVariablesInitializer());
});

test('switches in switches, and their gradient', async () => {
  const x = ph('x', [5, 8]), on = tf.placeholder(tf.bool, [], { name: 'on' }), off = tf.placeholder(tf.bool, [], { name: 'off' }), feeds = [[x, filled(new Random(4), [5, 8])], [off, new tf.NDArray(tf.bool, [], Uint8Array.of(0))]] as const;
  const y = tf.cond(on, () => tf.cond(off, () => tf.exp(x.mul(2.)), () => tf.tanh(x.add(1.)).mul(x)) as tf.Tensor, () => tf.log(tf.abs(x).add(1.)).sub(tf.reduceMax(x, 1, { keepdims: true }))) as tf.Tensor;
  const g = tf.gradients(tf.reduceSum(tf.square(y)), [x]) as tf.Tensor[];
  await agreeInBoth([y, ...g], feeds, on);
  const sess = await openSession('wasm'), all = [...feeds, [on, false]] as tf.Feeds;
  expect(sess.runSync([y], all)).toEqual((await openSession('reference')).runSync([y], all));
});
