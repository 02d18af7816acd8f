// Steps that run again and again: from the third run on what they did is written down, and then done again. Their bits are
// those of the reference engine in every run, wherever values lie, and what a kernel reads still decides what it does.
import { expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { Chains } from '../../../src/session/chains.ts';
import { OwnHeap } from '../../../src/session/wasm/heap.ts';
import { Kit, type WasmKernel, type WasmValue } from '../../../src/session/wasm/kit.ts';
import { Replays } from '../../../src/session/wasm/replay.ts';
import { Threads } from '../../../src/session/wasm/threads.ts';
import { expectBits, randomF32, vec } from '../kernels/helpers.ts';
import { Random } from '../../support/random.ts';
import { randomGraph } from '../../support/random_graph.ts';
import { arrays } from './model.ts';

/** A recurrent net over a convolution with statistics, trained by Adam: products that share packed weights, sums of products, means, parts of inputs. */
function model(): { readonly graph: tf.Graph; readonly x: tf.Tensor; readonly all: readonly tf.Tensor[]; readonly train: tf.Operation; readonly init: tf.Operation } {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    tf.setRandomSeed(3);
    const x = tf.placeholder(tf.float32, [null, 4, 8, 8, 2]);
    const w = tf.getVariable('w', { shape: [48, 128] }), b = tf.getVariable('b', { shape: [128] });
    let h: tf.Tensor = tf.zerosLike(tf.slice(tf.reshape(x, [-1, 512]), [0, 0], [-1, 32])), c = h;
    for (const t of tf.unstack(x, 4, 1)) {
      const image = tf.layers.conv2d(t, 4, 3, { strides: 2, padding: 'same', name: 'conv', reuse: tf.AUTO_REUSE });
      const flat = tf.reshape(tf.nn.relu(image.sub(tf.reduceMean(image, [0, 1, 2]))), [-1, 64]);
      const z = tf.nn.biasAdd(tf.matmul(tf.concat([tf.slice(flat, [0, 0], [-1, 16]), h], 1), w.value()), b.value());
      const [i, j, f, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      c = c.mul(tf.sigmoid(f.add(1.))).add(tf.sigmoid(i).mul(tf.tanh(j)));
      h = tf.tanh(c).mul(tf.sigmoid(o));
    }
    const loss = tf.reduceMean(tf.square(h.sub(0.5)));
    const train = new tf.train.AdamOptimizer(0.01).minimize(loss);
    return { graph, x, all: [loss, h, c], train, init: tf.globalVariablesInitializer() };
  });
}

test.each(['own', 'tfjs'] as const)('heap %s: the bits of the reference engine in every run, batch sizes and fetches changing', async (heap) => {
  const m = model();
  using a = await new tf.Session({ graph: m.graph, engine: 'wasm', heap }).ready();
  using b = new tf.Session({ graph: m.graph, engine: 'reference' });
  for (const s of [a, b]) s.runSync(m.init);
  const play = vi.spyOn(Replays.prototype, 'play');
  for (let n = 0; n < 16; n++) {
    const feeds = [[m.x, randomF32([n % 5 === 3 ? 2 : 3, 4, 8, 8, 2], n)]] as const, fetches = [...m.all.slice(0, 1 + Number(n % 7 === 6)), m.train];
    const [got, want] = [a, b].map((s) => arrays(s.runSync(fetches, feeds) as unknown[])) as [tf.NDArray[], tf.NDArray[]];
    want.forEach((v, i) => { if (v) expectBits(got[i]!, v); });
  }
  expect(play.mock.results.filter((r) => r.value !== undefined).length).toBeGreaterThan(100);
  play.mockRestore();
  const variables = m.graph.asDefault(() => tf.globalVariables().map((v) => v.value()));
  const [got, want] = [a, b].map((s) => arrays(s.runSync(variables) as unknown[])) as [tf.NDArray[], tf.NDArray[]];
  want.forEach((v, i) => { expectBits(got[i]!, v); });
});

test.each([1, 2])('steps that repeat one after the other are done as one, on %i threads: the bits of the reference engine and no memory more, whatever comes between', async (threads) => {
  const m = model();
  const halve = m.graph.asDefault(() => tf.group(...tf.trainableVariables().map((v) => tf.assign(v, v.value().mul(0.5)))));
  using a = new tf.Session({ graph: m.graph, engine: 'wasm', threads });
  using b = new tf.Session({ graph: m.graph, engine: 'reference' });
  for (const s of [a, b]) s.runSync(m.init);
  const follow = vi.spyOn(Chains.prototype, 'follow'), done = (): number => follow.mock.results.reduce((n, r, i) => n + (r.value as number) - follow.mock.calls[i]![0], 0);
  const bytes: number[] = [], steps: number[] = [];
  for (let n = 0; n < 44; n++) {
    follow.mockClear();
    const feeds = [[m.x, randomF32([n === 25 ? 9 : 3, 4, 8, 8, 2], n)]] as const; // a larger run moves what lies in the area
    const [got, want] = [a, b].map((s) => arrays(s.runSync([...m.all, m.train], feeds) as unknown[])) as [tf.NDArray[], tf.NDArray[]];
    want.forEach((v, i) => { if (v) expectBits(got[i]!, v); });
    if (n % 11 === 6) for (const s of [a, b]) s.runSync(halve);
    if (threads > 1) await new Promise((go) => { setTimeout(go, 5); });
    bytes.push(a.deviceMemory().bytes);
    steps.push(done());
  }
  follow.mockRestore();
  expect(new Set(bytes.slice(25))).toHaveProperty('size', 1); // before that plans come with their constants
  expect(steps[0]).toBe(0);
  expect(steps.slice(10).filter((x) => x > 30).length).toBeGreaterThan(20);
});

test('products of a batch of 66 with bias, activation, gradients and sums of products, on one thread and two', async () => {
  const graph = new tf.Graph();
  const m = graph.asDefault(() => {
    tf.setRandomSeed(5);
    const x = tf.placeholder(tf.float32, [66, 390]), w = tf.getVariable('w', { shape: [390, 514] }), b = tf.getVariable('b', { shape: [514] });
    const y = tf.nn.relu(tf.nn.biasAdd(tf.matmul(x, w.value()), b.value())), z = tf.matmul(y, w.value(), { transposeB: true });
    const loss = tf.reduceMean(tf.square(z));
    return { x, all: [loss, y, z], train: new tf.train.GradientDescentOptimizer(0.1).minimize(loss), init: tf.globalVariablesInitializer() };
  });
  const trace = async (options: tf.SessionOptions): Promise<tf.NDArray[][]> => {
    using sess = new tf.Session({ graph, ...options });
    sess.runSync(m.init);
    const out: tf.NDArray[][] = [];
    for (let n = 0; n < 5; n++) {
      out.push(arrays((sess.runSync([...m.all, m.train], [[m.x, randomF32([66, 390], n)]]) as unknown[]).slice(0, 3)));
      if (options.threads) await new Promise((done) => { setTimeout(done, 30); }); // time for the other thread to begin
    }
    return out;
  };
  const want = await trace({ engine: 'reference' });
  for (const threads of [1, 2]) (await trace({ engine: 'wasm', threads })).forEach((got, n) => { got.forEach((v, i) => { expectBits(v, want[n]![i]!); }); });
});
test('several parts of a kernel at once, taken down and done again', async () => {
  const graph = new tf.Graph();
  const m = graph.asDefault(() => {
    const [a, b] = [tf.placeholder(tf.float32, [160, 200]), tf.placeholder(tf.float32, [200, 96])], images = tf.placeholder(tf.float32, [8, 16, 16, 8]);
    const y = tf.nn.conv2d(images, tf.constant(randomF32([3, 3, 8, 24], 1)), [1, 1, 1, 1], 'SAME');
    return { feeds: [a, b, images], all: [tf.tanh(tf.matmul(a, b)), tf.nn.relu(y.sub(tf.reduceMean(y, [0, 1, 2]))), tf.matmul(tf.expandDims(a, 0), tf.expandDims(a, 0), { transposeB: true })] };
  });
  const feeds = (n: number): [tf.Tensor, tf.NDArray][] => m.feeds.map((f, i) => [f, randomF32(f.shape.dims as number[], 10 * n + i)]);
  using sess = new tf.Session({ graph, engine: 'wasm', threads: 2 });
  using other = new tf.Session({ graph, engine: 'reference' });
  const play = vi.spyOn(Replays.prototype, 'play'), together = vi.spyOn(Threads.prototype, 'together');
  const replayed = (): number => play.mock.results.filter((r) => r.value !== undefined).length;
  for (let n = 0; n < 60 && !(replayed() > 8 && together.mock.calls.length > 8); n++) {
    const got = arrays(sess.runSync(m.all, feeds(n % 4)) as unknown[]);
    if (n < 4 || n % 12 < 4) arrays(other.runSync(m.all, feeds(n % 4)) as unknown[]).forEach((v, i) => { expectBits(got[i]!, v); });
    await new Promise((done) => { setTimeout(done, 5); });
  }
  expect(replayed()).toBeGreaterThan(8);
  play.mockRestore();
  together.mockRestore();
});
test('random graphs: the reference engine in every run', () => {
  for (let seed = 401; seed <= 408; seed++) {
    const g = randomGraph(seed), r = new Random(seed);
    using sess = new tf.Session({ graph: g.graph, engine: 'wasm' });
    using other = new tf.Session({ graph: g.graph, engine: 'reference' });
    const sets = Array.from({ length: 3 }, () => r.sample(g.fetchable, r.between(1, 8)));
    for (let n = 0; n < 6; n++) {
      for (const s of [sess, other]) s.runSync(g.init);
      for (const fetches of sets) for (let k = 0; k < 2; k++) expect(sess.runSync(fetches, g.feeds as tf.Feeds), `graph ${seed}, run ${n}`).toEqual(other.runSync(fetches, g.feeds as tf.Feeds));
    }
  }
});
test('what a kernel reads decides what it does in every run', () => {
  const graph = new tf.Graph();
  const m = graph.asDefault(() => {
    const v = tf.placeholder(tf.float32, [4, 6]), at = tf.placeholder(tf.int32, [2]);
    return { v, at, rows: tf.gather(v, at), part: tf.slice(v, at, [1, 2]), shaped: tf.reshape(v, at), sum: tf.reduceSum(v, at), padded: tf.pad(v, tf.stack([at, at])), filled: tf.fill(at, 2.) };
  });
  using sess = new tf.Session({ graph, engine: 'wasm' });
  using other = new tf.Session({ graph, engine: 'reference' });
  const value = randomF32([4, 6], 1), two = [m.rows, m.part, m.padded, m.filled];
  const both = (fetches: tf.Tensor[], at: number[], v = value): void => {
    const [got, want] = [sess, other].map((s) => arrays(s.runSync(fetches, [[m.v, v], [m.at, vec(...at)]]) as unknown[])) as [tf.NDArray[], tf.NDArray[]];
    want.forEach((w, i) => { expectBits(got[i]!, w); });
  };
  for (let n = 0; n < 12; n++) both(two, n % 4 === 3 ? [2, 3] : [1, 1], randomF32([4, 6], n));
  for (const [f, ats] of [[m.shaped, [[4, 6], [6, 4], [24, 1]]], [m.sum, [[0, 1], [1, 0], [1, 1]]]] as const) {
    for (let n = 0; n < 6; n++) both([f], [...ats[0]]);
    for (const at of ats.slice(0, 2)) both([f], [...at]);
  }
  for (const [f, at, text] of [[m.rows, [1, 9], 'not in [0, 4)'], [m.part, [0, 5], 'Expected size[1]'], [m.shaped, [5, 5], 'Input to reshape is a tensor with 24 values'], [m.sum, [0, 2], 'Invalid reduction dimension']] as const) {
    for (let n = 0; n < 4; n++) expect(() => sess.runSync(f, [[m.v, value], [m.at, vec(...at)]])).toThrow(text);
  }
});

/** The input, by way of a copy that is kept, scratch memory and a value in between. */
const roundabout: WasmKernel = (k, [x]) => {
  const out = k.make(x!.type, x!.shape), bytes = x!.size * 4, aside = k.make(x!.type, x!.shape), at = k.scratch(bytes);
  k.move(at, k.keep(x!.dataId, 'copy', bytes, (to) => { k.move(to, x!.address, bytes); }) ?? x!.address, bytes);
  k.move(aside.address, at, bytes);
  k.move(out.address, aside.address, bytes);
  return [out];
};
test('values that move, memory that is taken, and values that end', () => {
  const kit = new Kit(new OwnHeap(1 << 22)), replays = new Replays(), before = kit.heap.used.blocks;
  const write = (seed: number): WasmValue => kit.own(() => kit.write(randomF32([300], seed)));
  const go = (x: WasmValue): WasmValue => kit.again(replays, [x], [], () => roundabout(kit, [x], undefined as never, undefined as never))![0]!;
  const held: WasmValue[] = [];
  for (let n = 0; n < 60; n++) {
    const x = write(n);
    for (let again = 0; again < n % 4; again++) {
      const out = go(x);
      expectBits(kit.read(out), kit.read(x));
      if (n % 3 === 0) held.push(out); else kit.release(out); // its block is not free the next time
    }
    kit.release(x);
    if (n % 9 === 8) for (const v of held.splice(0, 3)) kit.release(v);
    if (n === 30) kit.rest();
  }
  for (const v of held) kit.release(v);
  expect(kit.memory).toEqual({ tensors: 0, bytes: 0 });
  kit.rest();
  expect(kit.heap.used.blocks).toBe(before);
});

test('what is asked of elements is asked again: indices and labels that are wrong once', async () => {
  const graph = new tf.Graph();
  const m = graph.asDefault(() => {
    const ids = tf.placeholder(tf.int32, [12]), labels = tf.placeholder(tf.int64, [12]), table = tf.placeholder(tf.float32, [9, 8]);
    const h = tf.gather(table, ids), each = tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels, logits: tf.tanh(h) });
    return { ids, labels, table, all: [h, each, ...tf.gradients(each, [h]) as tf.Tensor[]] };
  });
  using a = await new tf.Session({ graph, engine: 'wasm' }).ready();
  using b = new tf.Session({ graph, engine: 'reference' });
  const play = vi.spyOn(Replays.prototype, 'play');
  for (let n = 0; n < 14; n++) {
    const ids = Int32Array.from({ length: 12 }, (_, i) => (i * n) % 9), labels = BigInt64Array.from({ length: 12 }, (_, i) => BigInt((i + n) % 8));
    if (n === 8) ids[11] = 9;
    if (n === 9) ids[0] = -1;
    if (n === 10) labels[11] = 8n;
    if (n === 11) labels[3] = -(1n << 32n);
    const feeds = [[m.ids, new tf.NDArray(tf.int32, [12], ids)], [m.labels, new tf.NDArray(tf.int64, [12], labels)], [m.table, randomF32([9, 8], n)]] as const;
    const run = (s: tf.Session): unknown => { try { return s.runSync(m.all, feeds); } catch (e) { return (e as Error).message.split('\n')[0]; } };
    const [got, want] = [run(a), run(b)];
    expect([n, got]).toEqual([n, want]);
    expect([n, typeof got]).toEqual([n, n >= 8 && n <= 11 ? 'string' : 'object']);
  }
  expect(play.mock.results.filter((r) => r.value !== undefined).length).toBeGreaterThan(8);
  play.mockRestore();
});
