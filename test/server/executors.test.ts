// Executors: threads that run the sessions of a container. What happens in one leaves the others, and whoever asks the server
// anything else, alone; what is cancelled, closed or late is answered at once, whatever its executor does.
import { afterEach, describe, expect, test } from 'vitest';
import { Client, credentials } from '@grpc/grpc-js';
import * as tf from 'tfgraph';
import { MOST_CALLS } from '../../src/server/call_words.ts';
import type { Master, MasterOptions } from '../../src/server/master.ts';
import { serve } from '../../src/server/serve.ts';
import { METHODS, pathOf } from '../../src/session/grpc/service.ts';
import { executorScript } from '../support/executor_script.ts';
import { MasterClient, newMaster, refusal } from '../support/master_client.ts';

const ISOLATED = { isolateSessionState: true };
const scalar = (v: number): tf.NDArray => new tf.NDArray(tf.float32, [], Float32Array.of(v));

/** `long`: one kernel (a product of matrices of size n, in plain TypeScript) that nothing interrupts; `chain`: more of them than
 * anybody waits for; `k`: 5; a variable `v`, in a container of its own when that is named. */
function program(n = 64, container = ''): tf.Graph {
  const g = new tf.Graph();
  g.asDefault(() => {
    const x = tf.fill(tf.constant([n, n], { dtype: tf.int32 }), tf.placeholder(tf.float32, [], { name: 'x' }));
    tf.identity(tf.matmul(x, x), { name: 'long' });
    let y = x;
    for (let i = 0; i < 300; i++) y = tf.matmul(y, y);
    tf.identity(y, { name: 'chain' });
    tf.constant(5, { name: 'k' });
    g.container(container, () => {
      const v = tf.getVariable('v', { initializer: tf.constant(2) });
      tf.assignAdd(v, tf.reduceSum(tf.matmul(x, x)), { name: 'late' });
    });
    tf.globalVariablesInitializer();
  });
  return g;
}
/** Such a kernel takes a second, a tenth of one, minutes. */
const SECOND = 600, TENTH = 300, MINUTES = 6000;

const masters: Master[] = [];
async function client(options: Partial<MasterOptions> & { readonly engineName?: string } = {}): Promise<MasterClient> {
  const master = newMaster({ executors: 2, script: await executorScript(), ...options });
  masters.push(master);
  return new MasterClient(master);
}
afterEach(async () => { await Promise.all(masters.splice(0).map((m) => m.close())); });

/** Names of promises in the order in which they end. */
function order(what: Readonly<Record<string, Promise<unknown>>>): Promise<string[]> {
  const ended: string[] = [];
  return Promise.all(Object.entries(what).map(([name, p]) => p.then(() => { ended.push(name); }, () => { ended.push(name); }))).then(() => ended);
}
/** Once the executor of a session works on what it was sent before: it takes orders one by one. */
const soon = (): Promise<void> => new Promise((r) => { setTimeout(r, 100); });

describe('a kernel that takes long', () => {
  test('holds up nobody but those who share its variables', async () => {
    const c = await client();
    const [busy, same, other] = [await c.open(program(SECOND)), await c.open(program()), await c.open(program(), ISOLATED)];
    const long = busy.run(['long:0'], { 'x:0': scalar(1) });
    const queued = same.run(['k:0']);
    expect(await order({ long, queued, other: other.run(['k:0']).then(() => other.run(['k:0'])), devices: c.call('ListDevices', { sessionHandle: busy.handle }) })).toEqual(['devices', 'other', 'long', 'queued']);
    expect(((await long)[0] as number[][])[0]![0]).toBe(SECOND);
    expect(await queued).toEqual([5]);
  });
  test.each([false, true])('is cancelled, timed out and closed for its client at once (status in the body: %s)', async (storeErrorsInResponseBody) => {
    const c = await client();
    const s = await c.open(program(SECOND)), gone = new AbortController();
    const run = (more = {}, signal?: AbortSignal): Promise<string> => refusal(s.run(['long:0'], { 'x:0': scalar(1) }, { storeErrorsInResponseBody, ...more }, signal));
    const cancelled = run({}, gone.signal), late = run({ options: { timeoutInMs: 20 } }), closed = run();
    const next = c.open(program()).then((n) => n.run(['k:0']));
    await soon();
    gone.abort();
    expect((await order({ next, closed, cancelled, late, close: s.close() })).at(-1)).toBe('next');
    expect(await Promise.all([cancelled, late, closed])).toEqual(['CancelledError: Run call was cancelled', 'DeadlineExceededError: Timed out waiting for notification', 'CancelledError: Step was cancelled by an explicit call to `Session::Close()`.']);
    expect(await next).toEqual([5]);
  });
  test('writes nothing when it was cancelled', async () => {
    const c = await client();
    const s = await c.open(program(SECOND)), gone = new AbortController();
    await s.run([], {}, { target: ['init'] });
    const late = refusal(s.run([], { 'x:0': scalar(0) }, { target: ['late'] }, gone.signal));
    await soon();
    gone.abort();
    expect(await late).toBe('CancelledError: Run call was cancelled');
    expect(await s.run(['v:0'])).toEqual([2]);
  });
  test('goes with its container: Reset leaves it behind, and ends its thread when that does not come back', async () => {
    const c = await client({ graceMs: 300 });
    const s = await c.open(program(MINUTES));
    await s.run([], {}, { target: ['init'] });
    const long = refusal(s.run(['long:0'], { 'x:0': scalar(1) }));
    await soon();
    await c.call('Reset', {});
    expect(await long).toBe('CancelledError: Step was cancelled by an explicit call to `Session::Close()`.');
    expect(await refusal(s.run(['k:0']))).toBe(`AbortedError: Session ${s.handle} is not found.`);
    const next = await c.open(program());
    expect(await next.run(['k:0'])).toEqual([5]);
    expect(await refusal(next.run(['v:0']))).toContain('Attempting to use uninitialized value v');
    while (c.master.executors > 1) await soon();
    expect(await next.run(['k:0'])).toEqual([5]);
  });
  test('leaves a server that stops', async () => {
    const server = await serve({ engine: 'reference', executorScript: await executorScript() });
    const grpc = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const ask = (path: string, body: Uint8Array): Promise<{ readonly code: number; readonly body: Buffer }> => new Promise((resolve) => {
      grpc.makeUnaryRequest(path, (b: Uint8Array) => Buffer.from(b), (b: Buffer) => b, body, (e, answer) => { resolve({ code: e?.code ?? 0, body: answer ?? Buffer.alloc(0) }); });
    });
    const { sessionHandle } = METHODS.CreateSession.response.decode((await ask(pathOf('CreateSession'), METHODS.CreateSession.request.encode({ graphDef: program(MINUTES).asGraphDef() }))).body);
    const long = ask(pathOf('RunStep'), METHODS.RunStep.request.encode({ sessionHandle: sessionHandle!, fetch: ['long:0'], feed: [{ name: 'x:0', tensor: scalar(1) }] }));
    await soon();
    const health = ask('/grpc.health.v1.Health/Check', new Uint8Array());
    const stopped = health.then(() => server.stop(50));
    expect(await order({ long, health, stopped })).toEqual(['health', 'long', 'stopped']);
    expect((await long).code).toBe(1);
    grpc.close();
  });
});

describe('a step of many kernels', () => {
  test('ends between two of them, and its session goes on', async () => {
    const c = await client({ executors: 1 });
    const s = await c.open(program(TENTH)), other = await c.open(program()), gone = new AbortController();
    const chain = (more = {}, signal?: AbortSignal): Promise<string> => refusal(s.run(['chain:0'], { 'x:0': scalar(1) }, more, signal));
    const cancelled = chain({}, gone.signal);
    await soon();
    gone.abort();
    await cancelled;
    expect(await s.run(['k:0'])).toEqual([5]); // long before the chain would have ended
    await chain({ options: { timeoutInMs: 30 } });
    expect(await s.run(['k:0'])).toEqual([5]);
    const closed = chain();
    await soon();
    await s.close();
    await closed;
    expect(await other.run(['k:0'])).toEqual([5]);
  });
  test('lets others open sessions beside it', async () => {
    const c = await client({ executors: 1 });
    const s = await c.open(program(TENTH)), gone = new AbortController();
    const chain = refusal(s.run(['chain:0'], { 'x:0': scalar(1) }, {}, gone.signal));
    await soon();
    const opened = c.open(program());
    opened.finally(() => { gone.abort(); }).catch(() => undefined);
    expect(await order({ chain, opened })).toEqual(['opened', 'chain']);
  });
  test('is left by Reset of other containers with the variables it has', async () => {
    const c = await client();
    const [a, box] = [await c.open(program(TENTH)), await c.open(program(64, 'box'))];
    for (const s of [a, box]) await s.run([], {}, { target: ['init'] });
    const chain = refusal(a.run(['chain:0'], { 'x:0': scalar(1) }));
    await soon();
    await c.call('Reset', { container: ['box'] });
    expect(await chain).toBe('CancelledError: Step was cancelled by an explicit call to `Session::Close()`.');
    expect(await (await c.open(program())).run(['v:0'])).toEqual([2]);
    expect(await refusal((await c.open(program(64, 'box'))).run(['v:0']))).toContain('Attempting to use uninitialized value v');
  });
});

describe('an executor that ends', () => {
  /** The thread of an executor that does something else when it is to make a callable. */
  const faulty = async (fault: string): Promise<URL> => new URL(`data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    await import(${JSON.stringify((await executorScript()).href)});
    parentPort.on('message', (order) => { if (order[3] === 'MakeCallable') { ${fault} } });`)}`);

  test.each([
    ['for want of memory', 'const kept = []; for (;;) kept.push(Array.from({ length: 100 }, () => ({})));', 8, `ResourceExhaustedError: The sessions that share an executor with this one took more than ${2 ** 27} bytes for graphs and plans. Their variables are lost.`],
    ['by a fault', 'throw new Error("oh");', 13, 'InternalError: The executor of this session failed: oh. Its variables are lost.'],
    ['without a word', 'process.exit(3);', 13, 'InternalError: The executor of this session ended with code 3. Its variables are lost.'],
  ])('%s takes its own sessions along and no others', async (_, fault, code, text) => {
    const lost: [number, number][] = [];
    const c = await client({ script: await faulty(fault), executor: { engine: 'reference', memoryLimitBytes: null, root: null, heapLimitBytes: 2 ** 27 }, onLost: (why, sessions) => { lost.push([why.code, sessions]); } });
    const [a, b, other] = [await c.open(program()), await c.open(program()), await c.open(program(), ISOLATED)];
    await other.run([], {}, { target: ['init'] });
    const call = refusal(c.call('MakeCallable', { sessionHandle: a.handle, options: { fetch: ['k:0'] } })), queued = refusal(b.run(['k:0']));
    expect(['no error', text]).toContain(await call); // its answer may be on its way when the thread ends
    expect(await queued).toBe(text);
    for (const s of [a, b]) expect(await refusal(s.run(['k:0']))).toBe(`AbortedError: Session ${s.handle} is not found.`);
    expect(lost).toEqual([[code, 2]]);
    expect(await other.run(['v:0'])).toEqual([2]);
    expect(await (await c.open(program())).run(['k:0'])).toEqual([5]);
  });
  test('as soon as it begins', async () => {
    const c = await client({ script: new URL('data:text/javascript,throw new Error("oh")') });
    expect(await refusal(c.open(program()))).toBe('InternalError: The executor of this session failed: oh. Its variables are lost.');
    expect(c.master.sessions).toBe(0);
  });
});

test('containers beyond the threads share them, and threads without one are used again', async () => {
  const c = await client({ executors: 2 });
  const open = await Promise.all(Array.from({ length: 5 }, () => c.open(program(), ISOLATED)));
  expect(c.master.executors).toBe(2);
  await Promise.all(open.map((s) => s.run([], {}, { target: ['init'] })));
  await open[0]!.run([], { 'x:0': scalar(0) }, { target: ['late'] });
  expect(await Promise.all(open.map((s) => s.run(['v:0'])))).toEqual(open.map(() => [2]));
  await Promise.all(open.map((s) => s.close()));
  for (let i = 0; i < 5; i++) {
    const s = await c.open(program(), ISOLATED);
    expect(await refusal(s.run(['v:0']))).toContain('uninitialized');
    await s.close();
  }
  expect(c.master.executors).toBe(2);
});
test('calls under way have a limit', async () => {
  const c = await client({ executors: 1 });
  const s = await c.open(program(MINUTES)), gone = new AbortController();
  const long = refusal(s.run(['long:0'], { 'x:0': scalar(1) }, {}, gone.signal));
  const rest = Array.from({ length: MOST_CALLS - 1 }, () => refusal(s.run(['k:0'])));
  expect(await refusal(s.run(['k:0']))).toBe(`ResourceExhaustedError: The server has ${MOST_CALLS} calls of these sessions under way, as many as it may.`);
  await c.master.close();
  await Promise.all([long, ...rest]);
});
