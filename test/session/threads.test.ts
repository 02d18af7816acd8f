// Threads: results do not depend on their number, because only rows and columns of results are shared out. The parts of
// calls and of kernels are run here one after the other, last first, where every bit must be that of the whole, and by real
// threads: also by some that never begin, and in jobs longer than their memory.
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { FunctionBuilder } from '../../src/session/jit/function.ts';
import { webAssembly } from '../../src/session/jit/host.ts';
import { encodeModule } from '../../src/session/jit/module.ts';
import { type SharedFunction, Threads } from '../../src/session/wasm/threads.ts';
import { Random } from '../support/random.ts';

afterEach(() => { vi.restoreAllMocks(); });

function numbers(shape: readonly number[], seed: number): tf.NDArray {
  const r = new Random(seed);
  return new tf.NDArray(tf.float32, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => r.between(-1000, 1000) / 512));
}

/** Products in all forms, batches, convolutions with what follows and their gradients, normalisation over rows, loops with and without broadcasting, of sizes that end anywhere. */
function program(seed: number) {
  const r = new Random(seed), graph = new tf.Graph();
  const [m, k, n] = [r.between(60, 140), r.between(60, 500), r.between(60, 140)];
  const side = r.between(9, 14), [from, to] = [r.between(3, 33), r.between(9, 36)];
  return graph.asDefault(() => {
    const feeds: [tf.Tensor, tf.NDArray][] = [];
    const input = (shape: number[]): tf.Tensor => {
      const x = tf.placeholder(tf.float32, shape);
      feeds.push([x, numbers(shape, seed + feeds.length)]);
      return x;
    };
    const [a, b, at, bt] = [input([m, k]), input([k, n]), input([k, m]), input([n, k])] as const;
    const batch = input([6, 40, 50]), image = input([8, side, side, from]), w = input([3, 3, from, to]);
    const y = tf.nn.conv2d(image, w, [1, 1, 1, 1], 'SAME');
    const big = input([300, 131]), row = input([131]), wide = input([260, 132]);
    // Rows in whole blocks of terms, twice as many and more.
    const channels = 4 * r.between(1, 6), rows = input([8, 16, 16, channels]), filter = input([3, 3, channels, 16]), bias = input([16]), stride = r.between(1, 2);
    const z = tf.nn.relu(tf.nn.biasAdd(tf.nn.conv2d(rows, filter, [1, stride, stride, 1], 'SAME'), bias)), one = input([16, 20, 20, 1]), thin = input([3, 3, 1, r.between(5, 9)]);
    const norm = z.sub(tf.reduceMean(z, [0, 1, 2])).mul(tf.rsqrt(tf.reduceMean(tf.square(z), [0, 1, 2]).add(1e-3)));
    // What folds its rows between, what products of many pairs, of binary64 and of channels first go on as.
    const even = input([1261, 36]), weight = input([1261, 36]), heads = input([12, 36, 24]), tall = input([90, 37, 8]), first = input([6, 8, 13, 12]), planes = input([3, 3, 8, 12]);
    const centred = even.sub(tf.reduceMean(even, -1, true)), normed = centred.mul(tf.rsqrt(tf.reduceMean(tf.square(centred), -1, true).add(1e-3)));
    const scores = tf.nn.softmax(tf.matmul(heads, heads, { transposeB: true }).mul(0.125)), classes = tf.nn.softmaxCrossEntropyWithLogitsV2({ labels: tf.nn.softmax(weight), logits: tf.matmul(even, input([36, 36])) });
    const folded = [normed, scores, classes, tf.nn.softmax(even.mul(weight)).mul(weight), tf.reduceMax(tf.exp(even.mul(0.25)), -1), tf.expandDims(tf.reduceSum(tf.tanh(tf.matmul(tall, tall, { transposeB: true }))), 0),
      tf.nn.relu(tf.nn.conv2d(first, planes, [1, 1, 1, 1], 'SAME', { dataFormat: 'NCHW' })).mul(0.5), tf.expandDims(tf.reduceSum(tf.square(big.mul(row))), 0),
      tf.cast(tf.tanh(tf.matmul(tf.cast(even, tf.float64), tf.cast(input([36, 20]), tf.float64))), tf.float32)];
    const dense = tf.nn.relu(tf.nn.biasAdd(tf.matmul(a, b), input([n]))), edge = tf.nn.conv2d(one, thin, [1, 2, 2, 1], 'SAME'), point = tf.nn.conv2d(rows, input([1, 1, channels, 20]), [1, 1, 1, 1], 'SAME');
    // Filter gradients that pack one factor only: of the windows, of the output.
    const deep = input([6, 9, 10, 16]), deepFilter = input([3, 3, 16, 21]), narrow = input([3, 3, 1, 32]);
    const filters = tf.gradients([tf.reduceSum(tf.square(tf.nn.conv2d(deep, deepFilter, [1, 1, 1, 1], 'SAME'))), tf.reduceSum(tf.square(tf.nn.conv2d(one, narrow, [1, 1, 2, 1], 'SAME')))], [deepFilter, narrow]) as tf.Tensor[];
    return { graph, feeds, fetches: [
      ...filters, tf.matmul(a, b), tf.matmul(at, b, { transposeA: true }), tf.matmul(a, bt, { transposeB: true }), tf.matmul(at, bt, { transposeA: true, transposeB: true }),
      tf.matmul(batch, batch, { transposeB: true }), y, ...tf.gradients(tf.reduceSum(tf.square(y)), [image, w]) as tf.Tensor[],
      tf.tanh(big.mul(row)).add(1.), tf.exp(tf.negative(wide)).mul(wide), tf.reduceSum(tf.square(big), [0]), tf.nn.softmax(big), tf.nn.softmax(wide), tf.nn.logSoftmax(wide),
      ...folded, norm, dense, edge, point, tf.expandDims(tf.reduceSum(tf.exp(rows.mul(0.25))), 0), ...tf.gradients([tf.reduceSum(tf.square(norm)), tf.reduceSum(tf.square(dense)), tf.reduceSum(tf.tanh(edge)), tf.reduceSum(tf.square(point))], [rows, filter, bias, a, b, one, thin]) as tf.Tensor[],
    ] };
  });
}
type P = ReturnType<typeof program>;
/** The bytes of the results; none of them is NaN. */
const bytes = (sess: tf.Session, p: P): string[] => (sess.runSync(p.fetches, p.feeds) as tf.NDArray[]).map((a) => {
  const { data } = a as { data: Float32Array };
  expect(data.some(Number.isNaN)).toBe(false);
  return createHash('sha1').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest('hex');
});
const run = (p: P, threads: number): string[][] => {
  using sess = new tf.Session({ graph: p.graph, engine: 'wasm', threads });
  return [bytes(sess, p), bytes(sess, p)];
};

test.each([1, 2, 3, 4])('parts of calls, last first: program %i', (seed) => {
  const p = program(seed), want = run(p, 1);
  let divided = 0;
  vi.spyOn(Threads.prototype, 'isFree', 'get').mockReturnValue(true);
  vi.spyOn(Threads.prototype, 'together').mockImplementation((parts) => {
    divided++;
    expect(parts.length).toBeGreaterThan(1);
    for (const part of [...parts].reverse()) part();
  });
  for (const threads of [2, 3, 5]) expect(run(p, threads)).toEqual(want);
  expect(divided).toBeGreaterThan(40);
});

test('real threads take part, and the bits stay', async () => {
  const p = program(7), [want] = run(p, 1);
  const taken = vi.spyOn(Threads.prototype, 'together');
  const sess = new tf.Session({ graph: p.graph, engine: 'wasm', threads: 2 });
  expect(String(sess.explain(p.fetches, p.feeds)).split('\n')[0]).toMatch(/mode=exact {2}threads=2 {2}/);
  // The other thread may come in the middle of a run, and takes part only when it is free: until it has done so often enough.
  for (let i = 0; taken.mock.calls.length <= 20 && i < 600; i++) {
    expect(bytes(sess, p)).toEqual(want);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  const calls = taken.mock.calls.length;
  sess.close();
  sess.close();
  expect(calls).toBeGreaterThan(20);
});

test('where the file of a thread is not there (a bundler left it out), the session goes on alone, and plans say so', async () => {
  const { getBuiltinModule } = process, real = getBuiltinModule('node:worker_threads');
  class Nowhere extends real.Worker { constructor(url: URL, o: object) { super(new URL('./nowhere.js', url), o); } }
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) => (name === 'node:worker_threads' ? { ...real, Worker: Nowhere } : getBuiltinModule(name))) as typeof getBuiltinModule);
  const p = program(3), [want] = run(p, 1);
  using sess = new tf.Session({ graph: p.graph, engine: 'wasm', threads: 2 });
  expect(bytes(sess, p)).toEqual(want);
  const head = (): string => String(sess.explain(p.fetches, p.feeds)).split('\n')[0]!;
  for (let i = 0; head().includes('threads=2') && i < 200; i++) await new Promise((resolve) => { setTimeout(resolve, 20); });
  expect(head()).toMatch(/ {2}threads=1 \(its threads did not start: Cannot find module .*nowhere\.js'.*\) {2}/);
  expect(bytes(sess, p)).toEqual(want);
});

describe('jobs', () => {
  /** put(at, value), next(at): one more there, and so it returns; fail(at): beyond the memory when `at` is. */
  async function open() {
    const memory = new webAssembly.Memory({ initial: 1, maximum: 1, shared: true }), words = new Int32Array(memory.buffer);
    const put = new FunctionBuilder(['i32', 'i32']).get(0).get(1).mem('i32.store');
    const next = new FunctionBuilder(['i32'], ['i32']).get(0).get(0).mem('i32.load').i32(1).op('i32.add').mem('i32.store').get(0).mem('i32.load');
    const sources = { put, next }, bytes = encodeModule(sources, true), module = new webAssembly.Module(bytes);
    const { exports } = new webAssembly.Instance(module, { env: { memory, quadrantRest: () => 0, quadrantTurn: () => 0 } });
    const all = Object.keys(sources).map((name) => exports[name] as SharedFunction['own']);
    const f = (index: number, here: boolean): SharedFunction => ({ own: all[index]!, module, bytes, all, index, here });
    const threads = new Threads(memory, 2), ready = threads.isFree;
    for (let i = 0; !threads.isFree && i < 600; i++) await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect([ready, threads.isFree]).toEqual([false, true]);
    return { threads, words, put: f(0, false), next: f(1, true), nothing: () => undefined };
  }
  test('calls in order, also longer lists than a job holds', async () => {
    const { threads, words, put, nothing } = await open();
    threads.together([() => { threads.call(put, undefined, [0, 1]); }, () => { for (let i = 0; i <= 400_000; i++) threads.call(put, undefined, [8, i]); }]);
    expect([words[0], words[2]]).toEqual([1, 400_000]);
    threads.together([nothing, () => { threads.call(put, undefined, [8, 5]); }]);
    expect(words[2]).toBe(5);
    threads.close();
  });
  test('a function that returns something runs here, between those before and after it', async () => {
    const { threads, words, put, next, nothing } = await open();
    for (let i = 0; i < 20; i++) {
      threads.together([nothing, () => {
        threads.call(put, undefined, [4, 10 * i]);
        expect(threads.call(next, undefined, [4])).toBe(10 * i + 1);
        threads.call(next, undefined, [4]);
        threads.call(put, undefined, [12, i]);
      }]);
      expect([words[1], words[3]]).toEqual([10 * i + 2, i]);
    }
    threads.close();
  });
  test('a call that fails ends its job; the next one is done', async () => {
    const { threads, words, put, nothing } = await open();
    const job = (at: number) => (): void => { threads.call(put, undefined, [at, 7]); threads.call(put, undefined, [16, at]); };
    for (let i = 0; i < 5; i++) {
      expect(() => { threads.together([nothing, job(1 << 20)]); }).toThrow(/a generated function failed in another thread|memory access out of bounds/);
      expect(() => { threads.together([() => { throw new Error('here'); }, job(20)]); }).toThrow('here');
      expect(() => { threads.together([nothing, () => { job(24)(); throw new Error('while writing'); }]); }).toThrow('while writing');
      expect([words[4], words[5], words[6]]).toEqual([24, 7, 7]);
      words.fill(0);
    }
    threads.close();
  });
  test('what the other thread has not begun is done here', async () => {
    const { threads, words, put, nothing } = await open();
    threads.together([nothing, () => { threads.call(put, undefined, [0, 1]); }]); // it has the module
    threads.close();
    await new Promise((resolve) => { setTimeout(resolve, 100); }); // and is gone
    expect(threads.isFree).toBe(false);
    threads.together([nothing, () => { for (let i = 0; i < 9; i++) threads.call(put, undefined, [4 * i, i]); }]);
    expect([...words.subarray(0, 9)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('where there is one thread only', () => {
  const head = (options: object): string => {
    const graph = new tf.Graph();
    const y = graph.asDefault(() => tf.constant([1., 2.]).add(tf.placeholder(tf.float32, [2])));
    using sess = new tf.Session({ graph, engine: 'wasm', ...options });
    return String(sess.explain(y, [])).split('\n')[0]!;
  };
  test('the plan says why', () => {
    expect(head({ threads: 2, heap: 'own' })).toContain("threads=1 (the heap 'own' is that of one thread)");
    vi.stubGlobal('SharedArrayBuffer', undefined);
    try {
      expect(head({ threads: 2 })).toContain('threads=1 (this host shares no memory between threads: a page has to be cross-origin isolated)');
    } finally {
      vi.unstubAllGlobals();
    }
    expect(head({})).toMatch(/threads=1 {2}/);
    expect(head({ threads: 1 })).toMatch(/threads=1 {2}/);
  });
  test('bad numbers are refused', () => {
    for (const threads of [0, 1.5, -1, 65, NaN]) expect(() => new tf.Session({ threads })).toThrow(`threads must be a whole number from 1 to 64, got ${threads}`);
    expect(() => new tf.Session({ threads: '2' as never })).toThrow("threads must be a number, but got <class 'str'>");
    expect(() => new tf.Session({ threads: 2, engine: 'reference' })).toThrow("threads: engine 'reference' has no threads of its own.");
  });
});
