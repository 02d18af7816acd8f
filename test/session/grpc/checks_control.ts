// Ending runs early, and servers that die.
import * as tf from 'tfgraph';
import { expect } from 'vitest';
import type { Check } from './checks.ts';
import { blocked, failure, inGraph } from './check_support.ts';

const { AbortedError, CancelledError, DeadlineExceededError, UnavailableError } = tf.errors;

export const CONTROL_CHECKS: readonly Check[] = [
  { name: 'a timeout of the run', run: async ({ open, wire }) => {
    const { y, a, graph } = inGraph(() => ({ y: blocked(), a: tf.constant(1) }));
    const sess = open(graph);
    const e = await failure(() => sess.run(y, null, new tf.RunOptions({ timeoutInMs: 150 })));
    expect([e.constructor, e.text]).toEqual([DeadlineExceededError, 'Deadline Exceeded']);
    expect(e.detail).toMatchObject({ fetches: ['dequeue:0'], remedy: expect.stringContaining('150 ms') });
    expect(wire.calls[1]!.request).toMatchObject({ options: { timeoutInMs: 150 } });
    expect(await sess.run(a)).toBe(1);
  } },
  { name: 'a timeout of the configuration', run: async ({ open, wire }) => {
    const { y, graph } = inGraph(() => ({ y: blocked() }));
    const e = await failure(() => open(graph, { config: { operationTimeoutInMs: 1000 } }).run(y));
    expect(e.constructor).toBe(DeadlineExceededError);
    expect(wire.calls[1]!.request).toMatchObject({ options: { timeoutInMs: 1000 } });
  } },
  { name: 'a signal', run: async ({ open }) => {
    const { y, a, graph } = inGraph(() => ({ y: blocked(), a: tf.constant(1) }));
    const sess = open(graph);
    await sess.run(a);
    const stop = new AbortController();
    setTimeout(() => { stop.abort('enough'); }, 100);
    const e = await failure(() => sess.run(y, { signal: stop.signal }));
    expect([e.constructor, e.text, (e.cause as Error).cause]).toEqual([CancelledError, 'Run call was cancelled', 'enough']);
    expect(await sess.run(a)).toBe(1);
  } },
  { name: 'a signal that has been given already', run: async ({ open, wire }) => {
    const { a, graph } = inGraph(() => ({ a: tf.constant(1) }));
    const sess = open(graph);
    await sess.run(a);
    expect((await failure(() => sess.run(a, { signal: AbortSignal.abort() }))).constructor).toBe(CancelledError);
    expect(wire.calls.map((c) => c.method)).toEqual(['CreateSession', 'RunStep']);
  } },
  { name: 'closing a session ends the runs it has', run: async ({ open }) => {
    const { y, a, graph } = inGraph(() => ({ y: blocked(), a: tf.constant(1) }));
    const sess = open(graph);
    await sess.run(a);
    const run = failure(() => sess.run(y));
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    await sess[Symbol.asyncDispose]();
    const e = await run;
    expect([e.constructor, e.text]).toEqual([CancelledError, expect.stringContaining('Session::Close()')]);
  } },
  { name: 'nobody listens: without waiting', run: async () => {
    const { a, graph } = inGraph(() => ({ a: tf.constant(1) }));
    const e = await failure(() => new tf.Session({ target: 'grpc://127.0.0.1:1', graph, rpc: { waitForReady: false, maxRetries: 1 } }).run(a));
    expect([e.constructor, e.detail.remedy]).toEqual([UnavailableError, expect.stringContaining('is there a server at 127.0.0.1:1')]);
  } },
  { name: 'nobody listens: waiting until the timeout', run: async () => {
    const { a, graph } = inGraph(() => ({ a: tf.constant(1) }));
    const e = await failure(() => new tf.Session({ target: 'grpc://127.0.0.1:1', graph, config: { operationTimeoutInMs: 300 } }).run(a));
    expect([e.constructor, e.text]).toEqual([DeadlineExceededError, 'Deadline Exceeded']);
  } },
  { name: 'the server dies and comes back: the old session is lost, a new one works', run: async ({ open, kill, restart }) => {
    const { v, init, graph } = inGraph(() => { const v = tf.getVariable('v', { initializer: tf.constant(1) }); return { v, init: tf.globalVariablesInitializer() }; });
    const old = open(graph);
    await old.run(init);
    await kill();
    const waiting = failure(() => old.run(v));
    await restart();
    for (const e of [await waiting, await failure(() => old.run(v))]) {
      expect([e.constructor, e.text]).toEqual([AbortedError, expect.stringContaining('is not found')]);
      expect(e.detail.remedy).toContain('open a new session and restore the variables');
    }
    const sess = open(graph);
    expect((await failure(() => sess.run(v))).constructor).toBe(tf.errors.FailedPreconditionError);
    await sess.run(init);
    expect(await sess.run(v)).toBe(1);
  } },
  { name: 'the server dies in the middle of a step', run: async ({ open, kill, restart }) => {
    const { y, a, graph } = inGraph(() => ({ y: blocked(), a: tf.constant(1) }));
    const sess = open(graph, { rpc: { waitForReady: false, maxRetries: 2 } });
    await sess.run(a);
    const run = failure(() => sess.run(y));
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    await kill();
    expect((await run).constructor).toBe(UnavailableError);
    await restart();
  } },
];
