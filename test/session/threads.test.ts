// Threads: results do not depend on their number, because only rows and columns of results are shared out. The parts of
// calls and of kernels are run here one after the other, last first, where every bit must be that of the whole, and by real
// threads: also by some that never begin, and in jobs longer than their memory.
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { Threads } from '../../src/session/wasm/threads.ts';
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
    const dense = tf.nn.relu(tf.nn.biasAdd(tf.matmul(a, b), input([n]))), edge = tf.nn.conv2d(one, thin, [1, 2, 2, 1], 'SAME'), point = tf.nn.conv2d(rows, input([1, 1, channels, 20]), [1, 1, 1, 1], 'SAME');
    return { graph, feeds, fetches: [
      tf.matmul(a, b), tf.matmul(at, b, { transposeA: true }), tf.matmul(a, bt, { transposeB: true }), tf.matmul(at, bt, { transposeA: true, transposeB: true }),
      tf.matmul(batch, batch, { transposeB: true }), y, ...tf.gradients(tf.reduceSum(tf.square(y)), [image, w]) as tf.Tensor[],
      tf.tanh(big.mul(row)).add(1.), tf.exp(tf.negative(wide)).mul(wide), tf.reduceSum(tf.square(big), [0]), tf.nn.softmax(big), tf.nn.softmax(wide), tf.nn.logSoftmax(wide),
      norm, dense, edge, point, tf.expandDims(tf.reduceSum(tf.exp(rows.mul(0.25))), 0), ...tf.gradients([tf.reduceSum(tf.square(norm)), tf.reduceSum(tf.square(dense)), tf.reduceSum(tf.tanh(edge)), tf.reduceSum(tf.square(point))], [rows, filter, bias, a, b, one, thin]) as tf.Tensor[],
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
  for (const threads of [2, 3]) expect(run(p, threads)).toEqual(want);
  expect(divided).toBeGreaterThan(40);
});

test('real threads take part, and the bits stay', async () => {
  const p = program(7), [want] = run(p, 1);
  const taken = vi.spyOn(Threads.prototype, 'together');
  const sess = new tf.Session({ graph: p.graph, engine: 'wasm', threads: 2 });
  expect(String(sess.explain(p.fetches, p.feeds)).split('\n')[0]).toMatch(/mode=exact {2}threads=2 {2}/);
  for (let i = 0; taken.mock.calls.length === 0 && i < 600; i++) {
    expect(bytes(sess, p)).toEqual(want);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  expect(taken.mock.calls.length).toBeGreaterThan(5);
  for (let i = 0; i < 3; i++) expect(bytes(sess, p)).toEqual(want);
  const calls = taken.mock.calls.length;
  sess.close();
  sess.close();
  expect(calls).toBeGreaterThan(20);
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
