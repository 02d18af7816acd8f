// A session that is closed lets go of its memory at once: not only when the job ends that made it, until which hosts hold
// what a WeakRef was made of. Thousands of sessions in one job would use up the addresses there are.
import v8 from 'node:v8';
import vm from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { OwnHeap } from '../../src/session/wasm/heap.ts';

const { alloc } = OwnHeap.prototype;
afterEach(() => { OwnHeap.prototype.alloc = alloc; });

test('memories of sessions that are closed are collected within the job', async () => {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc') as () => void;
  let gone = 0;
  const registry = new FinalizationRegistry<undefined>(() => { gone++; }), known = new WeakSet<object>();
  OwnHeap.prototype.alloc = function watched(this: OwnHeap, bytes) { // a mock would keep what it was called on
    if (!known.has(this.memory)) { known.add(this.memory); registry.register(this.memory, undefined); }
    return alloc.call(this, bytes);
  };
  const SESSIONS = 12;
  for (let i = 0; i < SESSIONS; i++) {
    const graph = new tf.Graph();
    graph.asDefault(() => {
      const x = tf.placeholder(tf.float32, [null, 3]), v = new tf.Variable(tf.ones([3, 4])), y = tf.reduceSum(tf.tanh(tf.matmul(x, v.value())));
      using sess = new tf.Session({ engine: 'wasm' });
      sess.runSync(v.initializer);
      for (let n = 1; n < 5; n++) expect(sess.runSync(y, [[x, Array.from({ length: n }, () => [0, 0, 0])]])).toBe(0);
    });
  }
  gc();
  for (let i = 0; i < 50 && gone < SESSIONS - 2; i++) await new Promise((r) => { setTimeout(r, 2); });
  expect(gone).toBeGreaterThanOrEqual(SESSIONS - 2); // the last ones may still be on the stack
});
