// The native engine's own matters: dtypes in and out, variables that move between plans, who shares memory, what a failed
// run leaves, what is said when it cannot run. The promises it shares with the other engines are tested with them.
import { createRequire } from 'node:module';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { type Binding, loadAddon } from '../../../src/session/engines/native/addon.ts';
import { nativeEngine } from '../../../src/session/engines/native.ts';
import { Module } from '../../../src/session/engines/native/module.ts';
import { download, upload } from '../../../src/session/engines/native/values.ts';
import { SharedState } from '../../../src/session/shared_state.ts';
import { bitsOf } from '../../support/compile.ts';
import { ENGINES, openSession } from '../../support/engines.ts';
import { runNative } from '../../support/native_call.ts';

const THREADS = { intraOpThreads: 0, interOpThreads: 0 };
/** The addon as npm installs it. */
const withoutCalls = (b: Binding): Binding => Object.create(b, Object.fromEntries(['makeTensor', 'tensorBytes', 'prepareCall', 'runCall'].map((k) => [k, { value: undefined }]))) as Binding;

beforeEach(() => { tf.resetDefaultGraph(); tf.setRandomSeed(3); });
const near = (a: unknown, b: unknown, what = ''): void => {
  const [x, y] = [a, b].map((v) => (v instanceof tf.NDArray ? Array.from({ length: v.size }, (_, i) => v.flat(i) as number) : [v as number])) as [number[], number[]];
  expect(x.length, what).toBe(y.length);
  x.forEach((v, i) => { expect(Math.abs(v - y[i]!), `${what}[${i}]: ${v} for ${y[i]}`).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(y[i]!))); });
};

describe.skipIf(!ENGINES.includes('native'))('native (npm run test:native, when TensorFlow is installed)', () => {
  let addon: Binding;
  beforeAll(async () => {
    (await openSession('native', { graph: new tf.Graph() })).close();
    const require = createRequire(import.meta.url);
    addon = require(Object.keys(require.cache).find((f) => f.endsWith('tfjs_binding.node'))!) as Binding;
  });

  describe('dtypes go in and out bit by bit', () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 11) & 255);
    const arrays: readonly (readonly [tf.DType, new (b: ArrayBuffer) => unknown])[] = [
      [tf.float32, Float32Array], [tf.float64, Float64Array], [tf.int8, Int8Array], [tf.int16, Int16Array], [tf.int32, Int32Array], [tf.int64, BigInt64Array],
      [tf.uint8, Uint8Array], [tf.uint16, Uint16Array], [tf.uint32, Uint32Array], [tf.uint64, BigUint64Array], [tf.float16, Uint16Array], [tf.bfloat16, Uint16Array],
      [tf.complex64, Float32Array], [tf.complex128, Float64Array],
    ];
    test.each(arrays.map(([d, a]) => [d.name, d, a] as const))('%s', async (_, dtype, Data) => {
      const data = new Data(bytes.slice().buffer) as Float32Array;
      const n = data.length / (dtype.isComplex ? 2 : 1);
      const x = tf.placeholder(dtype, [2, n / 2]);
      const sess = await openSession('native');
      const moved = tf.transpose(x); // every dtype has it
      const got = sess.runSync(moved, [[x, new tf.NDArray(dtype, [2, n / 2], data)]]) as tf.NDArray;
      const y = tf.placeholder(dtype, [n / 2, 2]);
      const back = sess.runSync(tf.transpose(y), [[y, got]]) as tf.NDArray;
      expect(back.dtype).toBe(dtype);
      expect(Buffer.from((back.data as Float32Array).slice().buffer).equals(Buffer.from(bytes))).toBe(true);
      sess.close();
    });
    test.each(arrays.map(([d, a]) => [d.name, d, a] as const))('%s by an addon without our part', (_, dtype, Data) => {
      const data = new Data(bytes.slice().buffer) as Float32Array;
      const a = new tf.NDArray(dtype, [2, data.length / (dtype.isComplex ? 4 : 2)], data), plain = withoutCalls(addon);
      for (const [to, from] of [[addon, plain], [plain, addon], [plain, plain]] as const) {
        const id = upload(to, a), back = download(from, id, a.shape, dtype);
        expect(Buffer.from((back.data as Float32Array).slice().buffer).equals(Buffer.from(bytes))).toBe(true);
        addon.deleteTensor(id);
      }
    });
    test('bool, scalars and nothing at all', async () => {
      const b = tf.placeholder(tf.bool, [3]), s = tf.placeholder(tf.float64, []), e = tf.placeholder(tf.float32, [0, 4]);
      using sess = await openSession('native');
      expect((sess.runSync(tf.logicalNot(b), [[b, [true, false, true]]]) as tf.NDArray).toArray()).toEqual([false, true, false]);
      expect(sess.runSync(s.mul(2), [[s, -0.1]])).toBe(-0.2);
      expect((sess.runSync(tf.square(e), [[e, new tf.NDArray(tf.float32, [0, 4], new Float32Array(0))]]) as tf.NDArray).shape).toEqual([0, 4]);
    });
  });

  describe('our part of the addon', () => {
    const unary = (op: string, x: tf.NDArray, binding: Binding): tf.NDArray => {
      const engine = nativeEngine(THREADS, () => ({ ...loadAddon(THREADS), binding }));
      return runNative(op, [x], {}, engine)![0]!;
    };
    test('a call has the bits of one without it, light or not', () => {
      for (const n of [3, 1 << 17]) {
        const x = new tf.NDArray(tf.float32, [n], Float32Array.from({ length: n }, (_, i) => Math.sin(i)));
        expect(bitsOf(unary('Tanh', x, addon))).toBe(bitsOf(unary('Tanh', x, withoutCalls(addon))));
      }
    });
    test('what does not fit is an error, never a crash', () => {
      const { makeTensor, tensorBytes, prepareCall, runCall } = addon as Required<Binding>;
      const before = addon.getNumOfTensors();
      expect(() => makeTensor(1, [3], Float32Array.of(1, 2))).toThrow('the array has 8 bytes, the tensor 12');
      expect(() => makeTensor(1, [3], [1, 2, 3] as never)).toThrow('a dtype, a shape and a typed array are expected');
      expect(() => makeTensor(7, [1], Uint8Array.of(1))).toThrow(/the array has 1 bytes/);
      expect(() => tensorBytes(1 << 30)).toThrow('no such tensor');
      expect(() => prepareCall(1 << 30, 'x:0', 'y:0', true)).toThrow('no such session');
      expect(() => runCall({}, [])).toThrow('a call and a list of tensors are expected');
      expect(addon.getNumOfTensors()).toBe(before);
    });
  });

  /** Two networks that are trained in turns, a look at both, and a reset; the same on every engine. */
  function rivals(): { init: tf.Operation; steps: readonly (readonly [string, tf.Fetchable])[]; feeds: readonly (readonly [tf.Tensor, tf.NDArray])[] } {
    const x = tf.placeholder(tf.float32, [4, 3]);
    const v = (name: string, shape: number[]): tf.Variable => tf.getVariable(name, shape, { initializer: tf.randomNormalInitializer(0, 0.5, { seed: 5 }) });
    const [g, d, both] = [v('g', [3, 3]), v('d', [3, 1]), v('both', [3])];
    const made = tf.tanh(tf.matmul(x, g.value()).add(both.value()));
    const score = tf.reduceMean(tf.square(tf.matmul(made, d.value()).add(tf.reduceSum(both.value()))));
    const adam = (name: string): tf.train.AdamOptimizer => new tf.train.AdamOptimizer(0.01, { name });
    const [down, up] = [adam('down').minimize(score, { varList: [d, both] }), adam('up').minimize(score.mul(-1), { varList: [g, both] })];
    const copy = tf.assign(both, tf.reduceSum(g.value(), 0)), shared = tf.assign(g, tf.ones([3, 3]).mul(0.1));
    return {
      init: tf.globalVariablesInitializer(), feeds: [[x, new tf.NDArray(tf.float32, [4, 3], Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)))]],
      steps: [['train one', [score, down]], ['again', [score, down]], ['train the other', [score, up]], ['look', { score, g, both }], ['both', [score, down, up]], ['one and its variable', [d, down]],
        ['write over', [copy]], ['train on', [score, down]], ['write the other', [shared]], ['the other', [score, up]], ['look again', { score, g, d, both }]],
    };
  }
  test('variables move between the plans that update them, and nothing stays behind', async () => {
    const p = rivals();
    const run = (sess: tf.Session): unknown[] => p.steps.map(([, f]) => sess.runSync(f as tf.Tensor, [...p.feeds]) as unknown);
    const reference = await openSession('reference'), native = await openSession('native');
    const empty = [addon.getNumOfTensors(), (addon as unknown as { getNumOfSavedModels(): number }).getNumOfSavedModels()];
    for (const s of [reference, native]) s.runSync(p.init);
    let tensors = 0;
    for (let round = 0; round < 6; round++) {
      const [want, got] = [run(reference), run(native)];
      const flat = (v: unknown): unknown[] => (v instanceof tf.NDArray || typeof v === 'number' ? [v] : Object.values((v ?? {}) as object).flatMap(flat));
      want.forEach((w, i) => { flat(w).forEach((a, k) => { near(flat(got[i])[k], a, `round ${round}, ${p.steps[i]![0]}`); }); });
      if (round === 2) tensors = addon.getNumOfTensors();
      if (round > 2) expect(addon.getNumOfTensors()).toBe(tensors);
    }
    native.close();
    expect([addon.getNumOfTensors(), (addon as unknown as { getNumOfSavedModels(): number }).getNumOfSavedModels()]).toEqual(empty);
    expect(native.deviceMemory()).toEqual({ tensors: 0, bytes: 0 });
  });
  /** Moves of variables between models, and reads of whole models, in what is done. */
  function moves(what: () => void): { loads: number; saves: number; models: number } {
    const models = (): number => (addon as unknown as { getNumOfSavedModels(): number }).getNumOfSavedModels(), before = models();
    const [take, give] = [vi.spyOn(Module.prototype, 'take'), vi.spyOn(Module.prototype, 'give')];
    try {
      what();
      return { loads: take.mock.calls.length, saves: give.mock.calls.length, models: models() - before };
    } finally {
      for (const s of [take, give]) s.mockRestore();
    }
  }
  test('plans that are prepared together are one model: what they update and read stays where it is', async () => {
    const p = rivals();
    const trained = p.steps.slice(0, 3), fetches = [...trained.map(([, f]) => f), p.steps[1]![1]];
    const score = (p.steps[0]![1] as unknown as [tf.Tensor])[0];
    const [apart, together] = [await openSession('native'), await openSession('native')];
    for (const s of [apart, together]) s.runSync(p.init);
    await together.prepare([...fetches, score].map((f) => ({ fetches: f, feeds: [...p.feeds] })));
    const round = (s: tf.Session) => (): void => { for (const f of [...fetches, score]) s.runSync(f as tf.Tensor, [...p.feeds]); };
    expect(moves(round(together))).toMatchObject({ models: 0 });
    expect(moves(round(together))).toEqual({ loads: 0, saves: 0, models: 0 });
    round(apart)();
    expect(moves(round(apart)).loads).toBeGreaterThan(0);
    for (let i = 0; i < 2; i++) expect(bitsOf(together.runSync(score, [...p.feeds]))).toBe(bitsOf(apart.runSync(score, [...p.feeds])));
    // Another plan is another model, which takes nothing from this one.
    const other = score.mul(2);
    together.runSync(fetches[0] as tf.Tensor, [...p.feeds]);
    expect(moves(() => { together.runSync(other, [...p.feeds]); })).toMatchObject({ loads: 0, models: 1 });
    expect(moves(() => { together.runSync(fetches[0] as tf.Tensor, [...p.feeds]); })).toEqual({ loads: 0, saves: 0, models: 0 });
    for (const s of [apart, together]) s.close();
  });
  test('a plan that is given up leaves the variables that lived in it', async () => {
    const w = new tf.Variable(tf.zeros([2]), { name: 'w' });
    const step = new tf.train.AdamOptimizer(0.5).minimize(tf.reduceSum(w.value().mul([1, -1])));
    using sess = await openSession('native');
    sess.runSync(tf.globalVariablesInitializer());
    sess.runSync(step);
    const before = bitsOf(sess.runSync(w));
    const x = tf.placeholder(tf.float32, [2]);
    for (let i = 0; i < 80; i++) sess.runSync(x.add(i), [[x, [1, 2]]]);
    expect(bitsOf(sess.runSync(w))).toBe(before);
    sess.runSync(step);
    near(sess.runSync(w), new tf.NDArray(tf.float32, [2], Float32Array.of(-1, 1)));
  });
  test('variables share no memory with arrays of the caller, whatever their size', async () => {
    const n = 1 << 16;
    const w = new tf.Variable(tf.zeros([n]), { name: 'w' }), x = tf.placeholder(tf.float32, [n]);
    const write = tf.assign(w, tf.identity(x)), step = new tf.train.GradientDescentOptimizer(1).minimize(tf.reduceSum(w.value()));
    using sess = await openSession('native');
    const mine = new tf.NDArray(tf.float32, [n], new Float32Array(n).fill(5));
    sess.runSync(tf.globalVariablesInitializer());
    sess.runSync(write, [[x, mine]]);
    (mine.data as Float32Array).fill(-1);
    const first = sess.runSync(w) as tf.NDArray;
    expect(first.flat(n - 1)).toBe(5);
    sess.runSync(step);
    expect((mine.data as Float32Array)[0]).toBe(-1);
    expect([first.flat(0), (sess.runSync(w) as tf.NDArray).flat(0)]).toEqual([5, 4]);
  });

  /** A session whose plans are made for a GPU, though there is none. */
  const likeOnGpu = (softPlacement = false): Promise<tf.Session> => new tf.Session({ onWarning: () => undefined, sharedState: new SharedState(nativeEngine({ ...THREADS, softPlacement }, (o) => {
    const a = loadAddon(o);
    return { ...a, binding: Object.create(a.binding, { isUsingGpuDevice: { value: () => true } }) as Binding };
  })) }).ready();
  test('devices are asked for, and softened when the config says so', async () => {
    const x = tf.placeholder(tf.float32, [2]);
    const w = tf.device('/cpu:0', () => new tf.Variable(tf.ones([2]), { name: 'w' }));
    const step = new tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduceSum(w.value().mul(x)), { varList: [w] });
    const y = tf.device('/gpu:0', () => tf.exp(x, { name: 'there' }));
    const [hard, soft] = [await likeOnGpu(), await likeOnGpu(true)];
    for (const s of [hard, soft]) { s.runSync(tf.globalVariablesInitializer()); s.runSync(step, [[x, [1, 2]]]); }
    near(hard.runSync(w), new tf.NDArray(tf.float32, [2], Float32Array.of(0.9, 0.8)));
    expect(() => hard.runSync(y, [[x, [0, 1]]])).toThrow(/there[^]*(GPU|device)/);
    near(soft.runSync(y, [[x, [0, 1]]]), new tf.NDArray(tf.float32, [2], Float32Array.of(1, Math.E)));
    for (const s of [hard, soft]) s.close();
  });
  test('NHWC as NCHW has the values of the graph as it is: gradients, pools, broadcasts, reductions, moves', async () => {
    const x = tf.placeholder(tf.float32, [2, 6, 6, 3]);
    const array = (...shape: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7)));
    const [w, d, b] = [tf.constant(array(3, 3, 3, 4)), tf.constant(array(3, 3, 4, 2)), tf.constant(array(4))];
    const conv = tf.nn.biasAdd(tf.nn.conv2d(x, w, [1, 2, 2, 1], 'SAME'), b);
    const [mean, variance] = [tf.reduceMean(conv, [0, 1, 2]), tf.reduceMean(tf.square(conv.sub(b)), [1, 2], { keepdims: true })];
    const normed = tf.nn.relu(conv.sub(mean).mul(tf.rsqrt(variance.add(1e-3))).add(tf.constant(array(3, 3, 4))));
    const deep = tf.nn.depthwiseConv2dNative(tf.pad(normed, [[0, 0], [1, 1], [1, 0], [0, 0]]), d, [1, 1, 1, 1], 'VALID');
    const pooled = tf.concat([tf.nn.avgPool(deep, [1, 2, 2, 1], [1, 1, 1, 1], 'SAME'), tf.nn.maxPool(deep, [1, 2, 2, 1], [1, 1, 1, 1], 'SAME')], 3);
    const loss = tf.reduceSum(pooled.mul(tf.tile(tf.reshape(mean, [1, 1, 1, 4]), [1, 1, 1, 4])).at([0, 1], [1, 3])).add(tf.reduceSum(tf.reshape(pooled, [2, -1]), 1).at(0));
    const fetches = { conv, mean, variance, normed, deep, pooled, loss, gradients: tf.gradients(loss, [x, w, d, b]) as tf.Tensor[] };
    const [plain, turned] = [await openSession('native'), await likeOnGpu()];
    const [want, got] = [plain, turned].map((s) => s.runSync(fetches as never, [[x, array(2, 6, 6, 3)]]) as typeof fetches);
    for (const k of ['conv', 'mean', 'variance', 'normed', 'deep', 'pooled', 'loss'] as const) near(got![k], want![k], k);
    want!.gradients.forEach((g, i) => { near(got!.gradients[i], g, `gradient ${i}`); });
    for (const s of [plain, turned]) s.close();
  });
  test('mode fast with XLA computes and updates the same within rounding', async () => {
    const x = tf.placeholder(tf.float32, [4, 3]);
    const w = tf.getVariable('w', [3, 2], { initializer: tf.randomNormalInitializer(0, 1, { seed: 2 }) });
    const loss = tf.reduceMean(tf.square(tf.tanh(tf.matmul(x, w.value()))));
    const step = new tf.train.AdamOptimizer(0.1).minimize(loss);
    const feeds = [[x, new tf.NDArray(tf.float32, [4, 3], Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)))]] as [tf.Tensor, tf.NDArray][];
    const [exact, fast] = [await openSession('native'), await openSession('native', { mode: 'fast', config: { graphOptions: { optimizerOptions: { globalJitLevel: tf.OptimizerOptions.ON_1 } } } })];
    expect(String(fast.explain([loss, step], feeds))).toMatch(/native call\(.*\) compiled by XLA: bits may depend on the fetch set; updates w/);
    for (const s of [exact, fast]) s.runSync(tf.globalVariablesInitializer());
    for (let i = 0; i < 3; i++) {
      const [a, b] = [exact, fast].map((s) => s.runSync([loss, step], feeds));
      near(b![0], a![0]);
    }
    near(fast.runSync(w), exact.runSync(w));
    for (const s of [exact, fast]) s.close();
  });
  test('failing runs keep nothing, large feeds neither', async () => {
    const x = tf.placeholder(tf.float32, [null]), to = tf.placeholder(tf.int32, [2]);
    const y = tf.reshape(x.mul(2), to);
    using sess = await openSession('native');
    const big = new tf.NDArray(tf.float32, [1 << 20], new Float32Array(1 << 20));
    const fail = (times: number): void => { for (let i = 0; i < times; i++) expect(() => sess.runSync(y, [[x, big], [to, [3, 5]]])).toThrow(/requested shape has 15/); };
    fail(20);
    const [tensors, rss] = [addon.getNumOfTensors(), process.memoryUsage().rss];
    fail(150);
    expect(addon.getNumOfTensors()).toBe(tensors);
    // Each feed is 4 MB: kept, they would be 600.
    expect(process.memoryUsage().rss - rss).toBeLessThan(300e6);
  });
  test('a check that fails, in TensorFlow or beside it, has written nothing and keeps nothing', async () => {
    const x = tf.placeholder(tf.float32, [1 << 16], { name: 'x' });
    const w = new tf.Variable(tf.ones([1 << 16]), { name: 'w' });
    const loss = tf.reduceSum(tf.square(w.value().mul(tf.checkNumerics(x, 'bad input', { name: 'check' }))));
    const step = new tf.train.AdamOptimizer(0.1).minimize(loss);
    const guarded = tf.controlDependencies([tf.Assert(tf.less(tf.reduceMax(x), 2), ['too large:', tf.reduceMax(x)], { name: 'small' })], () => tf.assign(w, x));
    using sess = await openSession('native');
    sess.runSync(tf.globalVariablesInitializer());
    const of = (v: number): tf.NDArray => new tf.NDArray(tf.float32, [1 << 16], new Float32Array(1 << 16).fill(v));
    const fail = (): void => {
      expect(() => sess.runSync(step, [[x, of(NaN)]])).toThrow(/bad input : Tensor had NaN values[^]*node: check/);
      expect(() => sess.runSync(guarded, [[x, of(5)]])).toThrow(/assertion failed: \[too large:\] \[5\]/);
    };
    sess.runSync(step, [[x, of(1)]]);
    const before = bitsOf(sess.runSync(w));
    for (let i = 0; i < 3; i++) fail();
    const tensors = addon.getNumOfTensors();
    for (let i = 0; i < 20; i++) fail();
    expect(addon.getNumOfTensors()).toBe(tensors);
    expect(bitsOf(sess.runSync(w))).toBe(before);
    sess.runSync(step, [[x, of(1)]]);
    expect(bitsOf(sess.runSync(w))).not.toBe(before);
  });
  test('what TensorFlow refuses and the reference kernels do not is told in its words, at its node', async () => {
    const x = tf.placeholder(tf.float32, [null, null], { name: 'x' });
    const y = tf.matrixInverse(x, { name: 'inverse' });
    using sess = await openSession('native');
    expect(() => sess.runSync(y, [[x, [[1, 2], [2, 4]]]])).toThrow(/Input is not invertible\.\n\t \[\[node inverse \(defined at /);
  });
  test('the number of threads is one for the process', async () => {
    const graph = new tf.Graph();
    await expect(openSession('native', { graph, config: { intraOpParallelismThreads: 63 } })).rejects.toThrow(/already runs in this process with .* threads an op; this session asks for 63\.[^]*part of the numerics/);
    expect((await openSession('auto', { graph })).engine).toBe('native');
  });
});
