// Out of memory: TensorFlow's error with the node, the size asked for and the largest values alive; the session can be used
// on and keeps nothing. And a heap that grows in the middle of a run does no harm.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { humanBytes } from '../../src/session/oom.ts';
import { OwnHeap } from '../../src/session/wasm/heap.ts';
import { bitsOf } from '../support/compile.ts';
import { feeds, model } from './engine/model.ts';

beforeEach(() => { tf.resetDefaultGraph(); });
afterEach(() => { vi.restoreAllMocks(); });

const MiB = 1 << 20;
const floats = (n: number): tf.NDArray => new tf.NDArray(tf.float32, [n], Float32Array.from({ length: n }, (_, i) => i % 7));
/** The outer product of a vector with its tanh: small values, then a large one (a sum along rows needs all of it). */
function outer() {
  const x = tf.placeholder(tf.float32, [null], { name: 'x' });
  const a = tf.tanh(x, { name: 'a' });
  const mm = tf.matmul(tf.reshape(x, [-1, 1], { name: 'column' }), tf.reshape(a, [1, -1], { name: 'row' }), { name: 'mm' });
  return { x, mm, sum: tf.reduceSum(tf.cumsum(mm, 1), null, { name: 'sum' }) };
}
function failure(f: () => unknown): tf.errors.ResourceExhaustedError {
  try { f(); } catch (e) {
    expect(e).toBeInstanceOf(tf.errors.ResourceExhaustedError);
    return e as tf.errors.ResourceExhaustedError;
  }
  throw new Error('nothing failed');
}

describe('on wasm', () => {
  test('says what TensorFlow says, then what was asked for and what is alive', () => {
    const { x, mm, sum } = outer();
    const w = new tf.Variable(floats(1000), { name: 'w' });
    using sess = new tf.Session({ memoryLimitBytes: MiB });
    sess.runSync(w.initializer);
    expect(sess.runSync(sum, [[x, floats(200)]])).toBeGreaterThan(0);
    const run = (options?: tf.RunOptions): tf.errors.ResourceExhaustedError => failure(() => sess.runSync([sum, w], [[x, floats(1024)]], options));
    const error = run();
    const before = [sess.memory(), sess.deviceMemory()];
    const text = `OOM when allocating tensor with shape[1024,1024] and type float on /job:localhost/replica:0/task:0/device:wasm by allocator wasm\n\t [[node mm (defined at ${error.detail.site!.replace(/:\d+$/, '')}) ]]`;
    expect(error.text).toBe(`${text}\nHint: If you want to see a list of allocated tensors when OOM happens, add report_tensor_allocations_upon_oom to RunOptions for current allocation info.\n`);
    expect(error.detail).toMatchObject({ node: 'mm', op: 'MatMul', fetches: ['sum:0', 'w:0'] });
    expect(error.detail.site).toMatch(/out_of_memory\.test\.ts:\d+:\d+$/);
    expect(error.detail.memory).toMatch(/^4194304 bytes asked for; \d+ bytes in \d+ blocks are in use, at most 1048576 can be; the plan's values take 8.0\dMiB at their peak; largest: 4\.0KiB from column, 4\.0KiB from row, 3\.9KiB from w, 8B from /);
    expect(error.message).toContain(`\nmemory: ${error.detail.memory}\nremedy: smaller batches`);
    expect(run(new tf.RunOptions({ reportTensorAllocationsUponOom: true })).text).toBe(`${text}\n\nCurrent usage from device: /job:localhost/replica:0/task:0/device:wasm, allocator: wasm\n  4.0KiB from column\n  4.0KiB from row\n  3.9KiB from w\n  Remaining 4 nodes with 28B\n`);
    expect([sess.memory(), sess.deviceMemory()]).toEqual(before);
    expect(sess.runSync(sum, [[x, floats(200)]])).toBeGreaterThan(0);
    expect(mm.graph).toBe(x.graph);
  });

  test('where the run alone knows a size, the peak is not told', () => {
    const x = tf.placeholder(tf.float32, [null], { name: 'x' }), where = tf.where(tf.greater(x, 0.));
    const { mm } = ((column: tf.Tensor) => ({ mm: tf.matmul(column, column, { transposeB: true }) }))(tf.cast(where, tf.float32));
    using sess = new tf.Session({ memoryLimitBytes: MiB });
    const error = failure(() => sess.runSync(mm, [[x, floats(1024)]]));
    expect(error.detail.memory).toMatch(/can be; the plan has values whose size only the run knows; largest: /);
  });

  test('a hundred failures leave memory and variables as they were', () => {
    const { x, sum } = outer();
    const v = new tf.Variable(0., { name: 'v' });
    const step = tf.assignAdd(v, sum);
    using sess = new tf.Session({ memoryLimitBytes: MiB });
    sess.runSync(v.initializer);
    const fail = (i: number): unknown => failure(() => sess.runSync(step, [[x, floats(600 + 5 * (i % 8))]]));
    for (let i = 0; i < 9; i++) fail(i); // plans and their constants stay
    sess.runSync(step, [[x, floats(8)]]);
    const before = [sess.memory(), sess.deviceMemory(), sess.runSync(v)];
    for (let i = 0; i < 100; i++) fail(i);
    expect([sess.memory(), sess.deviceMemory(), sess.runSync(v)]).toEqual(before);
  });

  test.each(['a feed', 'a constant', 'a partial run'])('%s that finds no place', async (what) => {
    const c = tf.constant(floats(500_000), { name: 'c' });
    const x = tf.placeholder(tf.float32, [500_000], { name: 'x' });
    const p = tf.placeholder(tf.float32, [1], { name: 'p' });
    const [fed, added, small] = [tf.reduceSum(x), tf.add(p, c), p.add(1.)];
    using sess = new tf.Session({ memoryLimitBytes: MiB });
    const fail = async (): Promise<unknown> => {
      try {
        if (what === 'a feed') sess.runSync(fed, [[x, floats(500_000)]]);
        else if (what === 'a constant') sess.runSync(added, [[p, [1]]]);
        else await sess.partialRunSetup([added], [p]);
      } catch (e) { return e; }
      return undefined;
    };
    const error = await fail();
    expect(error).toBeInstanceOf(tf.errors.ResourceExhaustedError);
    const { text, detail } = error as tf.errors.ResourceExhaustedError;
    expect(text).toMatch(/^OOM when allocating tensor with shape\[500000\] and type float on .* by allocator wasm\n\t \[\[node /);
    expect(detail.node).toBe(what === 'a feed' ? 'x' : 'c');
    const state = (): unknown => [sess.runSync(small, [[p, [1]]]), sess.memory(), sess.deviceMemory()];
    const before = state();
    await fail();
    expect(state()).toEqual(before);
  });
});

test('on reference: an array that JavaScript refuses is the same error', () => {
  const n = tf.placeholder(tf.int32, [2], { name: 'n' });
  const a = tf.negative(tf.ones([300]), { name: 'a' });
  const big = tf.add(tf.reduceSum(a), tf.reduceSum(tf.fill(n, 1., { name: 'big' })));
  using sess = new tf.Session({ engine: 'reference' });
  const error = failure(() => sess.runSync(big, [[n, [1 << 20, 1 << 22]]]));
  expect(error.text).toMatch(/^OOM when allocating tensor with shape\[\?,\?\] and type float on \/job:localhost\/replica:0\/task:0\/device:CPU:0 by allocator cpu\n\t \[\[node big /);
  expect(sess.runSync(big, [[n, [2, 2]]])).toBe(-296);
});

test('memoryLimitBytes is checked', () => {
  tf.placeholder(tf.float32, []);
  expect(() => new tf.Session({ memoryLimitBytes: 100 })).toThrow(new tf.errors.ValueError('memoryLimitBytes must be at least 65536, got 100'));
  expect(() => new tf.Session({ memoryLimitBytes: Number.NaN })).toThrow('must be at least 65536, got NaN');
  expect(() => new tf.Session({ memoryLimitBytes: '1' as never })).toThrow("memoryLimitBytes must be a number, but got <class 'str'>");
  expect(() => new tf.Session({ memoryLimitBytes: MiB, engine: 'tfjs:cpu' })).toThrow("memoryLimitBytes: engine 'tfjs:cpu' has no memory of its own.");
});

test('bytes are written as TensorFlow writes them', () => {
  expect([0, 1023, 1024, 4000, 1 << 20, 16_000_000, 2 ** 31, 3 * 2 ** 40].map(humanBytes)).toEqual(['0B', '1023B', '1.0KiB', '3.9KiB', '1.00MiB', '15.26MiB', '2.00GiB', '3.00TiB']);
});

test('a heap that grows under every allocation of a training step does not change a bit', () => {
  const m = model();
  const trace = (engine: string): unknown[] => {
    using sess = new tf.Session({ graph: m.graph, engine });
    sess.runSync(m.init);
    return [1, 2, 3].flatMap((s) => [...sess.runSync([m.loss, m.logits, m.train], feeds(m, s, 5 + s)) as unknown[], ...sess.runSync([...m.variables]) as unknown[]].map(bitsOf));
  };
  const want = trace('reference');
  const { alloc } = OwnHeap.prototype;
  let calls = 0;
  vi.spyOn(OwnHeap.prototype, 'alloc').mockImplementation(function grows(this: OwnHeap, bytes) {
    const old = this.u8;
    this.memory.grow(1); // every view from before is dead now
    expect(old.length).toBe(0);
    calls++;
    return alloc.call(this, bytes);
  });
  expect(trace('wasm')).toEqual(want);
  expect(calls).toBeGreaterThan(150); // scratch memory is one piece of the heap: only values, and the scratch of a first run, ask it
});
