// Out of memory at every point of a training step in turn.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { OwnHeap } from '../../src/session/wasm/heap.ts';
import { bitsOf } from '../support/compile.ts';
import { feeds, model } from './engine/model.ts';

beforeEach(() => { tf.resetDefaultGraph(); });
afterEach(() => { vi.restoreAllMocks(); });

test.each(['fails', 'and all after it fail'])('whichever allocation of a training step %s: the step does without or fails with nothing written, and the session goes on with the bits it has anywhere', (how) => {
  const m = model();
  const state = (sess: tf.Session): string => (sess.runSync([...m.variables]) as unknown[]).map(bitsOf).join();
  const step = (sess: tf.Session, s: number): string => `${bitsOf((sess.runSync([m.loss, m.train], feeds(m, s, 7)) as unknown[])[0])} ${state(sess)}`;
  using reference = new tf.Session({ graph: m.graph, engine: 'reference' });
  reference.runSync(m.init);
  const begin = state(reference), want = [step(reference, 1), step(reference, 2)];
  const { alloc } = OwnHeap.prototype;
  let left = Infinity;
  vi.spyOn(OwnHeap.prototype, 'alloc').mockImplementation(function limited(this: OwnHeap, bytes) {
    left--;
    if (left === 0 || (left < 0 && how !== 'fails')) throw new tf.errors.ResourceExhaustedError('OOM when allocating in WebAssembly memory', { memory: `${bytes} bytes asked for` });
    return alloc.call(this, bytes);
  });
  let failed = 0, did = 0;
  for (let k = 1, done = false; !done; k++) {
    using sess = new tf.Session({ graph: m.graph, engine: 'wasm' });
    sess.runSync(m.init);
    left = k;
    let first: string | undefined;
    try {
      first = String(bitsOf((sess.runSync([m.loss, m.train], feeds(m, 1, 7)) as unknown[])[0]));
      done = left > 0;
      did++;
    } catch (e) {
      if (!(e instanceof tf.errors.ResourceExhaustedError)) throw e;
      failed++;
      expect(e.text).toMatch(/^OOM when allocating/);
      expect(e.detail.memory).toMatch(/ bytes asked for; the plan's values take .* at their peak; largest: /);
    }
    left = Infinity;
    if (first === undefined) expect(state(sess) === begin, `allocation ${k} has failed: variables`).toBe(true);
    expect((first === undefined ? step(sess, 1) : `${first} ${state(sess)}`) === want[0], `allocation ${k}: first step`).toBe(true);
    expect(step(sess, 2) === want[1], `allocation ${k}: second step`).toBe(true);
  }
  // One refusal is made good: an area, scratch memory, what is kept for later can be done without, or nodes are run one by one.
  if (how === 'fails') expect([failed, did > 20]).toEqual([0, true]);
  else expect(failed).toBeGreaterThan(5);
});
