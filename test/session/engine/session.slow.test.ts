// Longer runs of the `wasm` engine: fetch independence, and thousands of steps that leave nothing behind.
import { expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { OwnHeap } from '../../../src/session/wasm/heap.ts';
import { expectBits, randomF32 } from '../kernels/helpers.ts';
import { arrays, feeds, model } from './model.ts';

test('fetching more changes no bit', () => {
  const m = model();
  using sess = new tf.Session({ graph: m.graph, engine: 'wasm' });
  sess.runSync(m.init);
  const few = arrays([sess.runSync(m.logits, feeds(m, 1))])[0]!;
  const inner = m.graph.getOperations().filter((o) => o.outputs.length > 0 && o.outputs[0]!.dtype === tf.float32 && !/Initializer|^init|_power|Adam|Assign/.test(o.name) && o.type !== 'Placeholder').map((o) => o.outputs[0]!);
  for (let k = 1; k < inner.length; k += 7) {
    const got = sess.runSync([m.logits, ...inner.slice(0, k), ...inner.slice(-k)], feeds(m, 1)) as unknown[];
    expectBits(arrays([got[0]])[0]!, few);
  }
});
test('1,000 runs leave nothing behind, also when they fail', () => {
  const m = model();
  using sess = new tf.Session({ graph: m.graph, engine: 'wasm' });
  sess.runSync(m.init);
  sess.runSync([m.loss, m.train], feeds(m, 1));
  const wrong = [[m.x, randomF32([6, 8, 8, 2], 1)], [m.y, randomF32([5, 4], 1)]] as const;
  expect(() => sess.runSync(m.loss, wrong)).toThrow(tf.errors.InvalidArgumentError);
  const before = [sess.memory(), sess.deviceMemory()];
  for (let i = 0; i < 1000; i++) {
    sess.runSync([m.loss, m.train], feeds(m, 1));
    if (i % 100 === 0) expect(() => sess.runSync(m.loss, wrong)).toThrow(tf.errors.InvalidArgumentError);
  }
  expect([sess.memory(), sess.deviceMemory()]).toEqual(before);
  sess.close();
  expect(sess.deviceMemory()).toEqual({ tensors: 0, bytes: 0 });
});
test('10,000 training steps: tensors, bytes and the size of the memory stay', () => {
  const alloc = vi.spyOn(OwnHeap.prototype, 'alloc');
  const m = model();
  using sess = new tf.Session({ graph: m.graph, engine: 'wasm' });
  sess.runSync(m.init);
  const heap = alloc.mock.contexts[0] as OwnHeap;
  alloc.mockRestore();
  const step = (i: number): unknown => sess.runSync([m.loss, m.train], feeds(m, i, 2));
  const state = (): unknown => [sess.memory(), sess.deviceMemory(), heap.used, heap.memory.buffer.byteLength];
  for (let i = 0; i < 50; i++) step(i);
  const before = state();
  for (let i = 0; i < 10_000; i++) {
    step(i);
    if (i % 1000 === 999) expect(state(), `after ${i + 1} steps`).toEqual(before);
  }
});
