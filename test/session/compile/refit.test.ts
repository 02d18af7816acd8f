// refit: a plan made to fit feeds of other shapes is the plan that would be compiled for them, or there is none; and runs of
// a session that has seen other shapes have the bits of one that has not.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { compileKept, type CompileRequest, resolve } from '../../../src/session/compile/pipeline.ts';
import type { Plan } from '../../../src/session/plan.ts';
import { printPlan } from '../../../src/session/plan_print.ts';
import { targetOn } from '../../support/compile.ts';
import { openSession } from '../../support/engines.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

interface Fed { readonly tensor: tf.Tensor; readonly shape: (n: number) => number[] }
interface Batched { readonly fetches: readonly (tf.Tensor | tf.Operation)[]; readonly feeds: readonly Fed[] }

const values = (seed: number, shape: readonly number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, new Random(seed).floats(shape.reduce((a, b) => a * b, 1), -2, 2));
const variable = (name: string, shape: readonly number[]): tf.Tensor => tf.getVariable(name, { initializer: tf.constant(values(name.length + shape[0]!, shape)) }).value();
const training = (loss: tf.Tensor): (tf.Tensor | tf.Operation)[] => [loss, new tf.train.AdamOptimizer(0.01).minimize(loss)];
const batch = (name: string, ...rest: number[]): Fed => ({ tensor: tf.placeholder(tf.float32, [null, ...rest], { name }), shape: (n) => [n, ...rest] });

function dense(): Batched {
  const x = batch('x', 12), y = batch('y', 5);
  const h = tf.nn.relu(tf.matmul(x.tensor, variable('w', [12, 19])).add(variable('b', [19])));
  const logits = tf.matmul(h, variable('w2', [19, 5])).add(variable('b2', [5]));
  return { fetches: training(tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels: y.tensor, logits }))), feeds: [x, y] };
}
function convolutional(): Batched {
  const x = batch('x', 9, 9, 2), w = variable('w', [3, 3, 2, 6]), w2 = variable('w2', [3, 3, 6, 5]);
  const layer = (h: tf.Tensor, f: tf.Tensor): tf.Tensor => {
    const z = tf.nn.conv2d(h, f, [1, 2, 2, 1], 'SAME'), reference = tf.slice(z, [0, 0, 0, 0], [3, -1, -1, -1]), mean = tf.reduceMean(reference, [0, 1, 2]);
    return tf.nn.relu(z.sub(mean).mul(tf.rsqrt(tf.reduceMean(tf.square(reference.sub(mean)), [0, 1, 2]).add(1e-3))));
  };
  return { fetches: training(tf.reduceMean(tf.square(tf.reshape(layer(layer(x.tensor, w), w2), [-1, 45])))), feeds: [x] };
}
function recurrent(): Batched {
  const x: Fed = { tensor: tf.placeholder(tf.float32, [4, null, 3], { name: 'x' }), shape: (n) => [4, n, 3] }, y = batch('y', 2);
  const w = variable('w', [3 + 6, 24]), b = variable('b', [24]), zero = tf.zeros(tf.stack([tf.shape(x.tensor).at(1), 6]));
  let c: tf.Tensor = zero, h: tf.Tensor = zero;
  for (const xt of tf.unstack(x.tensor)) {
    const [i, j, f, o] = tf.split(tf.nn.biasAdd(tf.matmul(tf.concat([xt, h], 1), w), b), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    c = c.mul(tf.sigmoid(f.add(1.))).add(tf.sigmoid(i).mul(tf.tanh(j)));
    h = tf.tanh(c).mul(tf.sigmoid(o));
  }
  return { fetches: training(tf.reduceMean(tf.square(tf.matmul(h, variable('w2', [6, 2])).sub(y.tensor)))), feeds: [x, y] };
}
/** Batch normalisation, a regulariser and, in one of the formats, axes that are turned: passes that take ops apart and make constants of shapes. */
const normalised = (format: 'NHWC' | 'NCHW') => (): Batched => {
  const shape = format === 'NHWC' ? [8, 8, 3] : [3, 8, 8], x = batch('x', ...shape), dataFormat = format === 'NHWC' ? 'channels_last' : 'channels_first', w = variable('w', [48, 4]);
  let h = x.tensor;
  for (const channels of [4, 12]) h = tf.nn.relu(tf.layers.batchNormalization(tf.layers.conv2d(h, channels, 3, { strides: 2, padding: 'same', dataFormat, kernelInitializer: tf.constantInitializer(values(channels, [3, 3, h.shape.dims![format === 'NHWC' ? 3 : 1]!, channels])) }), { axis: format === 'NHWC' ? -1 : 1, training: true }));
  return { fetches: training(tf.reduceMean(tf.square(tf.matmul(tf.reshape(h, [-1, 48]), w))).add(tf.nn.l2Loss(w).mul(0.1))), feeds: [x] };
};
function attending(): Batched {
  const x = batch('x', 6, 8), flat = tf.reshape(x.tensor, [-1, 8]);
  const [q, k, u] = tf.split(tf.matmul(flat, variable('w', [8, 24])), 3, 1).map((t) => tf.transpose(tf.reshape(t, [-1, 6, 2, 4]), [0, 2, 1, 3])) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const joined = tf.reshape(tf.transpose(tf.matmul(tf.nn.softmax(tf.matmul(q, k, { transposeB: true }).mul(0.5)), u), [0, 2, 1, 3]), [-1, 8]);
  return { fetches: training(tf.reduceMean(tf.square(flat.add(tf.matmul(joined, variable('w2', [8, 8])))))), feeds: [x] };
}

/** Compiles for a first number of examples. */
function compiled({ fetches, feeds }: Batched, n: number, engine: string): ReturnType<typeof compileKept> & { for(n: number): Plan; fitted(n: number): Plan | undefined } {
  const target = targetOn(fetches[0]!.graph, engine), kept = (m: number): ReturnType<typeof compileKept> => {
    const request: CompileRequest = {
      fetches: fetches.filter((f): f is tf.Tensor => f instanceof tf.Tensor), targets: fetches.filter((f): f is tf.Operation => f instanceof tf.Operation),
      feeds: feeds.map((f) => ({ tensor: f.tensor, shape: new tf.TensorShape(f.shape(m)) })),
    };
    return compileKept(request, target, undefined, resolve(request, target), true);
  };
  const first = kept(n);
  return { ...first, for: (m) => kept(m).plan, fitted: (m) => {
    const plan = typeof first.refit === 'string' ? first.refit : first.refit.to(feeds.map((f) => new tf.TensorShape(f.shape(m))));
    return typeof plan === 'string' ? undefined : plan;
  } };
}
/** What sessions give for these numbers of examples: one for all of them, and a new one for each. */
async function runs({ fetches, feeds }: Batched, sizes: readonly number[], engine: string): Promise<{ readonly all: unknown[]; readonly each: unknown[] }> {
  const init = tf.globalVariablesInitializer(), fed = (n: number): [tf.Tensor, tf.NDArray][] => feeds.map((f, i) => [f.tensor, values(n + i, f.shape(n))]);
  const one = await openSession(engine), all: unknown[] = [], each: unknown[] = [];
  for (const n of sizes) {
    for (const [sess, out] of [[one, all], [await openSession(engine), each]] as const) {
      sess.runSync(init); // every step from the same variables
      try { out.push(sess.runSync(fetches as tf.Tensor[], fed(n))); } catch (e) { out.push((e as Error).message.split('\n')[0]); }
    }
  }
  return { all, each };
}

describe.each(['reference', 'wasm'])('on %s', (engine) => {
  test.each([['a dense network', dense], ['convolutions with a normalisation over some examples', convolutional], ['a recurrent network', recurrent],
    ['batch normalisation', normalised('NHWC')], ['batch normalisation with channels first', normalised('NCHW')], ['attention', attending]] as const)('%s: the plan that would be compiled', async (_, build) => {
    const b = build(), c = compiled(b, 11, engine);
    for (const n of [7, 23, 64, 8, 300]) {
      const fitted = c.fitted(n);
      expect(fitted, String(n)).toBeDefined();
      expect(printPlan(fitted!)).toBe(printPlan(c.for(n)));
    }
    const { all, each } = await runs(b, [11, 7, 23, 11, 64, 1, 8, 3, 7], engine);
    expect(all).toEqual(each);
  });

  test('what asks for the number of examples gets an answer of its own', async () => {
    const x = batch('x', 4), n = tf.shape(x.tensor).at(0) as tf.Tensor;
    const b: Batched = { feeds: [x], fetches: [
      tf.minimum(n, 10), tf.range(n), tf.tile(x.tensor, tf.stack([n, 1])), tf.cast(n, tf.float32).mul(0.5), tf.reshape(x.tensor, tf.stack([n.mul(2), 2])),
      tf.reduceSum(x.tensor, { axis: tf.cast(tf.less(n, 10), tf.int32) }), tf.where(tf.less(n, 10), x.tensor.mul(2.), x.tensor.mul(3.)), tf.concat([x.tensor, tf.ones(tf.stack([tf.maximum(n.sub(8), 0), 4]))], 0),
    ] };
    const { all, each } = await runs(b, [9, 8, 10, 12, 9, 7, 100, 2, 1, 0, 30], engine);
    expect(all).toEqual(each);
  });

  test('shapes that do not fit fail as they do anywhere', async () => {
    const x = batch('x', 4), y = batch('y', 4);
    const b: Batched = { feeds: [x, { ...y, shape: (n) => [n === 6 ? 5 : n, 4] }], fetches: [tf.slice(x.tensor, [2, 0], [3, 4]), x.tensor.add(y.tensor), tf.reshape(y.tensor, [-1, 16])] };
    const { all, each } = await runs(b, [8, 12, 4, 6, 5, 16], engine);
    expect(all).toEqual(each);
    expect(all.filter((v) => typeof v === 'string')).toHaveLength(3);
  });
});

test('what was one by chance, is one or none, or was looked at: compiled anew', () => {
  const fits = (build: () => Batched, first: number, then: number): boolean => { tf.resetDefaultGraph(); return compiled(build(), first, 'wasm').fitted(then) !== undefined; };
  expect(fits(dense, 11, 1)).toBe(false);
  expect(fits(dense, 1, 11)).toBe(false);
  expect(fits(dense, 11, 0)).toBe(false);
  // As many examples as the first layer is wide.
  expect(fits(dense, 19, 19)).toBe(true);
  expect(fits(dense, 19, 23)).toBe(true);
  expect(fits(dense, 23, 19)).toBe(true);
  const axis = (): Batched => { const x = batch('x', 4); return { feeds: [x], fetches: [tf.reduceSum(x.tensor, { axis: tf.cast(tf.less(tf.shape(x.tensor).at(0) as tf.Tensor, 10), tf.int32) })] }; };
  expect(fits(axis, 8, 9)).toBe(true);
  expect(fits(axis, 8, 12)).toBe(false);
  const side = (): Batched => { const x = batch('x', 4), small = tf.less(tf.shape(x.tensor).at(0) as tf.Tensor, 10); return { feeds: [x], fetches: [tf.cond(small, () => x.tensor.mul(2.), () => x.tensor.mul(3.))] }; };
  expect(fits(side, 8, 9)).toBe(true);
  expect(fits(side, 8, 12)).toBe(false);
});

test('how plans came about is told', async () => {
  const b = dense(), init = tf.globalVariablesInitializer(), sess = await openSession('wasm');
  sess.runSync(init);
  const fed = (n: number): (readonly [tf.Tensor, tf.NDArray])[] => b.feeds.map((f) => [f.tensor, values(1, f.shape(n))] as const), fetches = b.fetches as tf.Tensor[];
  expect(sess.explain(fetches, fed(4)).cache).toBeNull();
  for (const n of [11, 11, 12, 1, 13]) sess.runSync(fetches, fed(n));
  const plan = sess.explain(fetches, fed(12));
  expect(plan.cache).toEqual({ compiled: 3, fitted: 1, dropped: 0, why: 'a feed was [1,12] and is [13,12]' });
  expect(String(plan).split('\n').at(-1)).toBe(' plans for other shapes: 3 compiled, 1 made to fit; the last was compiled because a feed was [1,12] and is [13,12]');
});

test('shapes of fetches that are asked for no more are forgotten', async () => {
  const x = batch('x', 3), sess = await openSession('wasm'), ends = Array.from({ length: 200 }, (_, i) => x.tensor.mul(i));
  for (let n = 2; n < 30; n++) sess.runSync(ends[0]!, [[x.tensor, values(n, [n, 3])]]);
  for (const end of ends) sess.runSync(end, [[x.tensor, values(4, [4, 3])]]);
  expect(sess.explain(ends[0]!, [[x.tensor, values(4, [4, 3])]]).cache).toBeNull();
  expect(sess.explain(ends[199]!, [[x.tensor, values(4, [4, 3])]]).cache).toMatchObject({ compiled: 1 });
});

test('feeds that never have a shape twice: as much is kept after thousands as after a hundred; what is fitted and dropped is told', async () => {
  const b = dense(), lines: string[] = [], init = tf.globalVariablesInitializer();
  vi.stubEnv('GRAPH_DEBUG', '1');
  vi.spyOn(console, 'error').mockImplementation((text: string) => { lines.push(text); });
  const sess = await openSession('wasm');
  vi.unstubAllEnvs();
  sess.runSync(init);
  const run = (n: number): void => { sess.runSync(b.fetches as tf.Tensor[], b.feeds.map((f) => [f.tensor, values(1, f.shape(n))] as const)); };
  const kept = (): number[] => [sess.memory().tensors, sess.deviceMemory().tensors];
  for (let n = 2; n < 120; n++) run(n);
  const before = kept();
  for (let n = 120; n < 400; n++) run(n);
  expect(kept()).toEqual(before);
  vi.restoreAllMocks();
  const count = (what: string): number => lines.filter((l) => l.startsWith(`tfgraph: ${what} `)).length;
  expect([count('compiled') < 20, count('fitted') > 380, count('dropped') > 300]).toEqual([true, true, true]);
  expect(lines.find((l) => l.includes('dropped the plan of Mean'))).toMatch(/^tfgraph: dropped the plan of Mean:0, \^Adam for x:0 \[\d+,12\], y:0 \[\d+,5\], used least lately: 64 are kept$/);
});
