// A server and what may reach it: bytes that are no messages, messages that ask for too much, clients that vanish. All get a
// status or nothing, memory stays bounded, and the session that was there before goes on.
import * as fc from 'fast-check';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import * as tf from 'tfgraph';
import { float32, int32, int64 } from '../../src/graph/dtype.ts';
import { NDArray } from '../../src/graph/ndarray.ts';
import { attr, type GraphDef, type NodeDef } from '../../src/graph/node_def.ts';
import { lenTag, varintTag, WireWriter } from '../../src/graph/wire.ts';
import { serve, type ServerEvent, type Serving } from '../../src/server/serve.ts';
import { type Method, METHODS, pathOf } from '../../src/session/grpc/service.ts';
import { executorScript } from '../support/executor_script.ts';
import { MasterClient, newMaster, refusal } from '../support/master_client.ts';

const bytesAsTheyAre = (b: Uint8Array): Buffer => Buffer.from(b);
function ask(client: Client, path: string, body: Uint8Array): Promise<{ code: number; details: string; body: Uint8Array }> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, bytesAsTheyAre, (b: Buffer) => b, body, (e: ServiceError | null, answer?: Buffer) => {
      resolve({ code: e?.code ?? 0, details: e?.details ?? '', body: answer ?? new Uint8Array() });
    });
  });
}
const METHOD_NAMES = Object.keys(METHODS) as Method[];
const graph = (node: readonly Partial<NodeDef>[]): GraphDef => ({ versions: { producer: 134 }, node: node.map((n) => ({ name: 'n', op: 'NoOp', input: [], device: '', attr: {}, ...n })) });
const int = (...v: number[]): NDArray => new NDArray(int32, [v.length], Int32Array.from(v));

describe('behind gRPC', () => {
  let server: Serving, client: Client, handle: string;
  const events: ServerEvent[] = [];
  const step = async (requestId: bigint): Promise<unknown> => {
    const r = await ask(client, pathOf('RunStep'), METHODS.RunStep.request.encode({ sessionHandle: handle, fetch: ['v:0'], requestId }));
    return METHODS.RunStep.response.decode(r.body).tensor?.[0]?.tensor?.toArray();
  };
  let id = 100n;
  /** The session that was there first is as it was. */
  const unharmed = async (): Promise<void> => { expect(await step(id++)).toEqual([1, 2]); };

  beforeAll(async () => {
    server = await serve({ maxMessageBytes: 1 << 20, memoryLimitBytes: 1 << 26, executorScript: await executorScript(), onEvent: (e) => events.push(e) });
    client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const g = new tf.Graph();
    g.asDefault(() => { tf.getVariable('v', { initializer: tf.constant([1, 2], { dtype: tf.float32 }) }); tf.globalVariablesInitializer(); });
    const created = await ask(client, pathOf('CreateSession'), METHODS.CreateSession.request.encode({ graphDef: g.asGraphDef() }));
    handle = METHODS.CreateSession.response.decode(created.body).sessionHandle!;
    await ask(client, pathOf('RunStep'), METHODS.RunStep.request.encode({ sessionHandle: handle, target: ['init'] }));
    await unharmed();
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  test('tells that it serves', async () => {
    expect([...(await ask(client, '/grpc.health.v1.Health/Check', new Uint8Array())).body]).toEqual([8, 1]);
    expect(events[0]).toEqual({ event: 'listening', port: server.port });
  });
  test('methods that are not there', async () => {
    expect((await ask(client, '/tensorflow.MasterService/Nothing', new Uint8Array())).code).toBe(12);
    expect((await ask(client, '/tensorflow.grpc.MasterService/RunStep', new Uint8Array())).code).toBe(12);
    await unharmed();
  });
  test.each(METHOD_NAMES.filter((m) => m !== 'Reset'))('%s with bytes that are no message', async (method) => {
    for (const body of [Uint8Array.of(0), Uint8Array.of(10, 255, 255, 255, 255, 15), Uint8Array.of(10, 5, 1), new Uint8Array(1000).fill(255), Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255)]) {
      expect((await ask(client, pathOf(method), body)).code).toBe(3);
    }
    await unharmed();
  });
  test('messages above the limit', async () => {
    expect((await ask(client, pathOf('RunStep'), new Uint8Array((1 << 20) + 1))).code).toBe(8);
    await unharmed();
  });
  test('connections that say nothing, say nonsense, or break', async () => {
    for (const text of ['', 'GET / HTTP/1.1\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\0\0\0\0\0', 'x'.repeat(100_000)]) {
      const socket = createConnection(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await new Promise((r) => { socket.once('connect', r); });
      if (text !== '') await new Promise((r) => { socket.write(text, r); });
      socket.destroy();
    }
    const call = client.makeUnaryRequest(pathOf('ListDevices'), bytesAsTheyAre, (b: Buffer) => b, new Uint8Array(), () => undefined);
    call.cancel();
    await unharmed();
  });
  test('a port that is taken', async () => { expect(await refusal(serve({ port: server.port }))).toContain('UnavailableError: Cannot listen on'); });
  test('an engine that is not there', async () => { expect(await refusal(serve({ engine: 'none' }))).toContain("ValueError: Unknown engine 'none'."); });
});

describe('messages that are wrong or too much', () => {
  const program = METHODS.CreateSession.request.encode({
    graphDef: graph([{ name: 'c', op: 'Const', attr: { dtype: attr.type(int32), value: attr.tensor(int(1, 2, 3)) } }, { name: 'd', op: 'Neg', input: ['c'], attr: { T: attr.type(int32) } }]), config: { operationTimeoutInMs: 5 }, target: 'grpc://x',
  });
  const answers = async (body: Uint8Array, method: Method = 'CreateSession'): Promise<number> => {
    const a = await new MasterClient().master.answer(method, body, new AbortController().signal);
    return a.status?.code ?? 0;
  };

  test('a message that ends early', async () => { for (let n = 0; n < program.length; n++) expect([0, 3]).toContain(await answers(program.subarray(0, n))); });
  test('bytes that changed', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(program.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
      const b = program.slice();
      for (const [at, value] of changes) b[at] = value;
      expect([0, 3]).toContain(await answers(b));
    }), { numRuns: 300 });
  });
  test('any bytes, to any method', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...METHOD_NAMES), async (b, method) => { expect([0, 3, 10, 12]).toContain(await answers(b, method)); }), { numRuns: 500 });
  });
  test('messages in messages without end', async () => {
    let inner: Uint8Array = new Uint8Array();
    for (let i = 0; i < 2000; i++) { // AttrValue.func.attr.value, again and again
      const w = new WireWriter();
      w.uint32(lenTag(10));
      const at = w.begin();
      w.uint32(lenTag(2));
      const entry = w.begin();
      w.uint32(lenTag(2));
      const value = w.begin();
      w.raw(inner);
      for (const x of [value, entry, at]) w.end(x);
      inner = w.finish();
    }
    const w = new WireWriter();
    const ends: number[] = [];
    for (const field of [1, 1, 5, 2]) { w.uint32(lenTag(field)); ends.push(w.begin()); }
    w.raw(inner);
    for (const at of ends.reverse()) w.end(at);
    expect(await answers(w.finish())).toBe(3);
  });
  test.each([
    ['a constant', [2 ** 20, 2 ** 20, 2 ** 10]], ['sizes whose product is too large to count', Array<number>(30).fill(2 ** 31)],
  ])('%s of a shape that no memory holds, from one value', async (_, dims) => {
    const w = new WireWriter();
    const field = (tag: number, f: () => void): void => { w.uint32(tag); const at = w.begin(); f(); w.end(at); };
    field(lenTag(1), () => {
      field(lenTag(1), () => {
        field(lenTag(1), () => { w.raw(Buffer.from('c')); });
        field(lenTag(2), () => { w.raw(Buffer.from('Const')); });
        field(lenTag(5), () => {
          field(lenTag(1), () => { w.raw(Buffer.from('value')); });
          field(lenTag(2), () => field(lenTag(8), () => {
            w.uint32(varintTag(1)); w.uint32(1);
            field(lenTag(2), () => { for (const d of dims) field(lenTag(2), () => { w.uint32(varintTag(1)); w.int64(d); }); });
            field(lenTag(5), () => { w.raw(new Uint8Array(4)); });
          }));
        });
      });
    });
    expect(await answers(w.finish())).toBe(3);
  });
  test.each(['reference', 'wasm'])('results that no memory holds, on %s', async (engineName) => {
    const c = new MasterClient(newMaster({ engineName }));
    const s = await c.open(graph([
      { name: 'dims', op: 'Placeholder', attr: { dtype: attr.type(int64) } }, { name: 'one', op: 'Const', attr: { dtype: attr.type(float32), value: attr.tensor(new NDArray(float32, [], Float32Array.of(1))) } },
      { name: 'y', op: 'Fill', input: ['dims', 'one'], attr: { T: attr.type(float32), index_type: attr.type(int64) } },
    ]));
    const dims = (...v: bigint[]): Record<string, NDArray> => ({ 'dims:0': new NDArray(int64, [v.length], BigInt64Array.from(v)) });
    expect(await refusal(s.run(['y:0'], dims(2n ** 40n)))).toMatch(/^(ResourceExhaustedError|InvalidArgumentError): /);
    expect(await refusal(s.run(['y:0'], dims(2n ** 20n, 2n ** 20n)))).toMatch(/^(ResourceExhaustedError|InvalidArgumentError): /);
    expect(await refusal(s.run(['y:0'], dims(2n ** 62n, 2n ** 62n)))).toMatch(/^(ResourceExhaustedError|InvalidArgumentError): /);
    expect(await refusal(s.run(['y:0'], dims(-1n)))).toContain('InvalidArgumentError: ');
    expect(await s.run(['y:0'], dims(2n))).toEqual([[1, 1]]);
    // Strings are objects of the host, which ends the process where an array of them finds no place.
    const words = await c.open(graph([
      { name: 'dims', op: 'Placeholder', attr: { dtype: attr.type(int64) } }, { name: 'a', op: 'Const', attr: { dtype: attr.type(tf.string), value: attr.tensor(new NDArray(tf.string, [], [Uint8Array.of(97)])) } },
      { name: 'y', op: 'Fill', input: ['dims', 'a'], attr: { T: attr.type(tf.string), index_type: attr.type(int64) } }, { name: 's', op: 'Shape', input: ['y'], attr: { T: attr.type(tf.string), out_type: attr.type(int64) } },
    ]));
    expect(await refusal(words.run(['s:0'], dims(10n ** 8n)))).toMatch(/^ResourceExhaustedError: /);
    expect(await words.run(['s:0'], dims(3n))).toEqual([[3]]);
  });
  test('more outputs than there can be', async () => {
    const split = graph([{ name: 'x', op: 'Placeholder', attr: { dtype: attr.type(float32) } }, { name: 'y', op: 'Unpack', input: ['x'], attr: { T: attr.type(float32), num: attr.i(1e9) } }]);
    expect(await refusal(new MasterClient().open(split))).toMatch(/^(ResourceExhaustedError|InvalidArgumentError): /);
  });
  test('variables that another graph made of another dtype', async () => {
    const c = new MasterClient();
    const made = (dtype: typeof float32, value: NDArray): GraphDef => graph([
      { name: 'v', op: 'VariableV2', attr: { dtype: attr.type(dtype), shape: attr.shape(new tf.TensorShape([])) } }, { name: 'k', op: 'Const', attr: { dtype: attr.type(dtype), value: attr.tensor(value) } },
      { name: 'a', op: 'Assign', input: ['v', 'k'], attr: { T: attr.type(dtype) } }, { name: 'r', op: 'Identity', input: ['v'], attr: { T: attr.type(dtype) } },
    ]);
    const [f, i] = [await c.open(made(float32, new NDArray(float32, [], Float32Array.of(1.5)))), await c.open(made(int32, new NDArray(int32, [], Int32Array.of(7))))];
    await f.run([], {}, { target: ['a'] });
    expect(await refusal(i.run(['r:0']))).toBe('InvalidArgumentError: Trying to access variable v with dtype int32, but it holds float32.\n\t [[{{node v}}]]');
    expect(await f.run(['r:0'])).toEqual([1.5]);
  });
  test('a long chain of nodes', async () => {
    const n = 20_000;
    const c = new MasterClient();
    const s = await c.open(graph(Array.from({ length: n }, (_, i): Partial<NodeDef> => (i === 0 ? { name: 'n0', op: 'Placeholder', attr: { dtype: attr.type(int32) } } : { name: `n${i}`, op: 'Square', input: [`n${i - 1}`], attr: { T: attr.type(int32) } }))));
    expect(await s.run([`n${n - 1}:0`], { 'n0:0': int(-1) })).toEqual([[1]]);
  });
});
