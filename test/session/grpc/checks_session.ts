// Sessions: what is sent when, several at once, growing graphs, partial runs, callables, devices, metadata.
import * as tf from 'tfgraph';
import { expect } from 'vitest';
import { Session } from '../../../src/session/session.ts';
import type { Check } from './checks.ts';
import { failure, inGraph, plain } from './check_support.ts';

const methods = (calls: readonly { readonly method: string }[]): string[] => calls.map((c) => c.method);
interface Sent { readonly graphDef: tf.GraphDef; readonly currentGraphVersion?: number; readonly config?: object; readonly requestId?: number }

export const SESSION_CHECKS: readonly Check[] = [
  { name: 'a session that never runs sends nothing', run: async ({ open, wire }) => {
    const { graph } = inGraph(() => ({ a: tf.constant(1) }));
    await open(graph)[Symbol.asyncDispose]();
    expect(wire.calls).toEqual([]);
  } },
  { name: 'the first run sends the whole graph, later ones only themselves, closing one call', run: async ({ open, wire }) => {
    const { a, graph } = inGraph(() => { const a = tf.constant(1); tf.constant(2, { name: 'never_fetched' }); return { a }; });
    const sess = open(graph);
    for (let i = 0; i < 3; i++) await sess.run(a);
    await sess[Symbol.asyncDispose]();
    await sess[Symbol.asyncDispose]();
    expect(methods(wire.calls)).toEqual(['CreateSession', 'RunStep', 'RunStep', 'RunStep', 'CloseSession']);
    const { graphDef } = wire.calls[0]!.request as unknown as Sent;
    expect([graphDef.node.map((n) => n.name), graphDef.versions.producer]).toEqual([['Const', 'never_fetched'], 134]);
    const ids = wire.calls.slice(1, 4).map((c) => (c.request as unknown as Sent).requestId);
    expect(new Set(ids).size).toBe(3);
    expect((await failure(() => sess.run(a))).text).toBe('Attempted to use a closed Session.');
  } },
  { name: 'a graph that grows: only new nodes are sent', run: async ({ open, wire }) => {
    const { a, graph } = inGraph(() => ({ a: tf.constant(1, { name: 'a' }) }));
    const sess = open(graph);
    expect(await sess.run(a)).toBe(1);
    const b = graph.asDefault(() => a.sub(-1));
    expect(await sess.run(b)).toBe(2);
    const c = graph.asDefault(() => b.mul(5));
    graph.asDefault(() => tf.constant(0, { name: 'more' }));
    expect(await sess.run([c, b])).toEqual([10, 2]);
    expect(methods(wire.calls)).toEqual(['CreateSession', 'RunStep', 'ExtendSession', 'RunStep', 'ExtendSession', 'RunStep']);
    const sent = wire.calls.map((c) => (c.request as unknown as Sent).graphDef?.node.length);
    expect([sent[2], sent[4]]).toEqual([2, 3]);
    expect((wire.calls[4]!.request as unknown as Sent).currentGraphVersion).toBeGreaterThan(0);
  } },
  { name: 'runs that overlap while the graph grows', run: async ({ open }) => {
    const { x, graph } = inGraph(() => ({ x: tf.placeholder(tf.int32, [], { name: 'x' }) }));
    const sess = open(graph);
    const runs: Promise<unknown>[] = [];
    for (let i = 0; i < 12; i++) {
      const y = graph.asDefault(() => x.mul(i).sub(-1));
      runs.push(sess.run(y, [[x, 10]]));
    }
    expect(await Promise.all(runs)).toEqual(Array.from({ length: 12 }, (_, i) => 10 * i + 1));
  } },
  { name: 'nodes changed after they were sent: told once, no effect', run: async ({ open }) => {
    const said: string[] = [];
    const { a, y, graph } = inGraph(() => { const a = tf.constant(1, { name: 'a' }); return { a, y: a.sub(-1) }; });
    const sess = open(graph, { onWarning: (text) => said.push(text) });
    await sess.run(y);
    y.op._setAttr('_mark', { kind: 'b', value: true });
    for (let i = 0; i < 2; i++) expect(await sess.run(y)).toBe(2);
    expect([said.length, said[0]]).toEqual([1, expect.stringContaining("Operation 'sub' was changed after it was run by a session. This mutation will have no effect")]);
    void a;
  } },
  { name: 'exact mode asks the server not to rewrite', run: async ({ open, wire }) => {
    const { a, graph } = inGraph(() => ({ a: tf.constant(1) }));
    await open(graph).run(a);
    await open(graph, { mode: 'fast' }).run(a);
    const configs = wire.calls.filter((c) => c.method === 'CreateSession').map((c) => (c.request as unknown as Sent).config);
    expect(configs).toEqual([{ graphOptions: { rewriteOptions: { disableMetaOptimizer: true } }, isolateSessionState: true, operationTimeoutInMs: 20_000 }, { isolateSessionState: true, operationTimeoutInMs: 20_000 }]);
  } },
  { name: 'the configuration travels', run: async ({ open, wire }) => {
    const { a, graph } = inGraph(() => ({ a: tf.constant(1) }));
    await open(graph, { config: { deviceCount: { CPU: 1 }, interOpParallelismThreads: 2, allowSoftPlacement: true, gpuOptions: { perProcessGpuMemoryFraction: 0.5 }, deviceFilters: ['/job:localhost'] } }).run(a);
    expect((wire.calls[0]!.request as unknown as Sent).config).toMatchObject({ deviceCount: { CPU: 1 }, interOpParallelismThreads: 2, allowSoftPlacement: true, gpuOptions: { perProcessGpuMemoryFraction: 0.5 }, deviceFilters: ['/job:localhost'] });
  } },
  { name: 'two sessions share variables by name', run: async ({ open }) => {
    const build = (): { v: tf.Variable; up: tf.Fetchable; init: tf.Operation; graph: tf.Graph } => inGraph(() => { const v = tf.getVariable('shared_by_two', { initializer: tf.constant(1) }) as tf.Variable; return { v, up: tf.assignAdd(v, 1), init: tf.globalVariablesInitializer() }; });
    const [g, h] = [build(), build()];
    const [a, b] = [open(g.graph, { shared: true }), open(h.graph, { shared: true })];
    await a.run(g.init);
    await b.run(h.up);
    expect(await a.run(g.v)).toBe(2);
  } },
  { name: 'isolated sessions share nothing', run: async ({ open }) => {
    const { v, init, graph } = inGraph(() => { const v = tf.getVariable('v', { initializer: tf.constant(1) }); return { v, init: tf.globalVariablesInitializer() }; });
    const [a, b] = [open(graph), open(graph)];
    await a.run(init);
    expect((await failure(() => b.run(v))).constructor).toBe(tf.errors.FailedPreconditionError);
  } },
  { name: 'eight sessions at once: no answers are mixed up', run: async ({ open }) => {
    const parts = Array.from({ length: 8 }, (_, k) => {
      const g = inGraph(() => { const x = tf.placeholder(tf.int32, [], { name: 'x' }); return { x, y: x.mul(k), z: x.sub(-k) }; });
      return { ...g, sess: open(g.graph) };
    });
    const got = await Promise.all(parts.flatMap(({ sess, x, y, z }) => Array.from({ length: 10 }, (_, i) => sess.run([y, z], [[x, i]]))));
    expect(got).toEqual(parts.flatMap((_, k) => Array.from({ length: 10 }, (_, i) => [i * k, i + k])));
  } },
  { name: 'fifty runs of one session at once', run: async ({ open }) => {
    const { x, y, graph } = inGraph(() => { const x = tf.placeholder(tf.int32, [], { name: 'x' }); return { x, y: tf.square(x) }; });
    const sess = open(graph);
    expect(await Promise.all(Array.from({ length: 50 }, (_, i) => sess.run(y, [[x, i]])))).toEqual(Array.from({ length: 50 }, (_, i) => i * i));
  } },
  { name: 'devices', run: async ({ open, wire, old }) => {
    const { graph } = inGraph(() => ({ a: tf.constant(1) }));
    const devices = await open(graph).listDevices();
    expect(devices[0]).toMatchObject({ name: `/job:localhost/replica:0/task:0/${old ? 'cpu:0' : 'device:CPU:0'}`, deviceType: 'CPU', memoryLimitBytes: 268435456 });
    expect(methods(wire.calls)).toEqual(['CreateSession', 'ListDevices']);
  } },
  { name: 'device strings of nodes', run: async ({ open }) => {
    const { a, graph } = inGraph(() => ({ a: ['/cpu:0', '/device:CPU:0', '/job:localhost/replica:0/task:0/device:CPU:0'].map((d) => tf.device(d, () => tf.constant(d))) }));
    expect(graph.asGraphDef().node.map((n) => n.device)).toEqual(['/device:CPU:0', '/device:CPU:0', '/job:localhost/replica:0/task:0/device:CPU:0']);
    expect(await open(graph).run(a)).toEqual(['/cpu:0', '/device:CPU:0', '/job:localhost/replica:0/task:0/device:CPU:0']);
  } },
  { name: 'a run in parts', run: async ({ open, wire }) => {
    const { a, b, c, r1, r2, graph } = inGraph(() => {
      const [a, b, c] = ['a', 'b', 'c'].map((name) => tf.placeholder(tf.float32, [], { name })) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const r1 = a.sub(b);
      return { a, b, c, r1, r2: r1.mul(c) };
    });
    const sess = open(graph);
    const h = await sess.partialRunSetup([r1, r2], [a, b, c]);
    expect(await sess.partialRun(h, r1, [[a, 1], [b, -2]])).toBe(3);
    expect(await sess.partialRun(h, r2, [[c, 17]])).toBe(51);
    const e = await failure(() => sess.partialRun(h, r2, [[c, 17]]));
    expect([e.constructor, e.text]).toEqual([tf.errors.InvalidArgumentError, expect.stringContaining('Must run PartialRunSetup before performing partial runs')]);
    expect(methods(wire.calls)).toEqual(['CreateSession', 'PartialRunSetup', 'RunStep', 'RunStep', 'RunStep']);
  } },
  { name: 'parts that were not set up', run: async ({ open }) => {
    const { a, b, y, graph } = inGraph(() => { const a = tf.placeholder(tf.float32, [], { name: 'a' }), b = tf.placeholder(tf.float32, [], { name: 'b' }); return { a, b, y: a.sub(1) }; });
    const sess = open(graph);
    const h = await sess.partialRunSetup(y, [a]);
    expect(await failure(() => sess.partialRun(h, y, [[b, 1]]))).toBeInstanceOf(tf.errors.InvalidArgumentError);
  } },
  { name: 'makeCallable: one RunStep a call', run: async ({ open, wire }) => {
    const { x, y, graph } = inGraph(() => { const x = tf.placeholder(tf.float32, [], { name: 'x' }); return { x, y: x.mul(2) }; });
    const double = open(graph).makeCallable(y, [x]);
    expect([await double(1), await double(4)]).toEqual([2, 8]);
    expect(methods(wire.calls)).toEqual(['CreateSession', 'RunStep', 'RunStep']);
  } },
  { name: 'a callable the server keeps', run: async ({ open, wire, old }) => {
    const { v, init, graph } = inGraph(() => {
      const x = tf.placeholder(tf.float32, [2], { name: 'x' }), v = tf.getVariable('v', { initializer: tf.constant(1) });
      x.mul(2).mul(2);
      tf.assignAdd(v, 1, { name: 'up' });
      return { v, init: tf.globalVariablesInitializer() };
    });
    const sess = open(graph);
    await sess.run(init);
    const call = await sess.makeCallableFromOptions({ feed: ['x:0'], fetch: ['mul:0', 'mul_1:0'], target: ['up'] });
    expect((await call([1, 2])).map(plain)).toEqual([[2, 4], [4, 8]]);
    expect((await call([3, 4])).map(plain)).toEqual([[6, 8], [12, 16]]);
    expect(await sess.run(v)).toBe(3);
    const short = await failure(() => call());
    expect([short.constructor, short.text]).toEqual([tf.errors.InvalidArgumentError, 'Expected 1 feed tensors, but got 0']);
    await call.release();
    expect(await failure(() => call([1, 2]))).toBeInstanceOf(tf.errors.InvalidArgumentError);
    if (old) expect(methods(wire.calls)).toEqual(['CreateSession', 'RunStep', 'MakeCallable', 'RunStep', 'RunStep', 'RunStep']); // 1.2 has no callables
    else expect(methods(wire.calls)).toEqual(['CreateSession', 'RunStep', 'MakeCallable', 'RunCallable', 'RunCallable', 'RunStep', 'ReleaseCallable', 'RunCallable']);
  } },
  { name: 'a callable that connects tensors', run: async ({ open, old }) => {
    const { graph } = inGraph(() => { const x = tf.placeholder(tf.float32, [], { name: 'x' }); tf.constant(20, { name: 'twenty' }); return { y: x.mul(2) }; });
    const make = (): Promise<() => Promise<unknown>> => open(graph).makeCallableFromOptions({ fetch: ['mul:0'], tensorConnection: [{ fromTensor: 'twenty:0', toTensor: 'x:0' }] });
    if (old) expect(await failure(make)).toMatchObject({ name: 'UnimplementedError', detail: { remedy: expect.stringContaining('no callables') } });
    else expect(await (await make())()).toEqual([40]);
  } },
  { name: 'a callable fails with the op\'s line', run: async ({ open }) => {
    const { graph } = inGraph(() => { const x = tf.placeholder(tf.int32, [], { name: 'x' }); return { y: tf.floordiv(1, x, 'div') }; });
    const call = await open(graph).makeCallableFromOptions({ feed: ['x:0'], fetch: ['div:0'] });
    const e = await failure(() => call(0));
    expect([e.constructor, e.nodeName, e.detail.site]).toEqual([tf.errors.InvalidArgumentError, 'div', expect.stringContaining('checks_session')]);
  } },
  { name: 'step stats and the timeline', run: async ({ open, old }) => {
    const { x, y, graph } = inGraph(() => { const x = tf.placeholder(tf.float32, [2, 2], { name: 'x' }); return { x, y: tf.matmul(x, x, { name: 'product' }) }; });
    const runMetadata = new tf.RunMetadata();
    await open(graph).run(y, [[x, [[1, 2], [3, 4]]]], { options: new tf.RunOptions({ traceLevel: tf.RunOptions.FULL_TRACE }), runMetadata });
    const devices = runMetadata.stepStats.devStats;
    expect(devices.map((d) => d.device).sort()).toEqual(old ? ['/job:localhost/replica:0/task:0/cpu:0'] : ['/host:CPU', '/job:localhost/replica:0/task:0/device:CPU:0']);
    const node = devices.find((d) => d.device.startsWith('/job'))!.nodeStats.find((n) => n.nodeName === 'product')!;
    expect(node).toMatchObject({ timelineLabel: expect.stringContaining('product = MatMul('), output: [{ slot: 0, tensorDescription: { dtype: tf.float32 } }] });
    const trace = JSON.parse(new tf.Timeline(runMetadata.stepStats).generateChromeTraceFormat()) as { traceEvents: { name: string; args?: { name?: string } }[] };
    expect(trace.traceEvents.filter((e) => e.args?.name === 'product').length).toBeGreaterThan(0);
  } },
  { name: 'partition graphs', run: async ({ open }) => {
    const { x, y, graph } = inGraph(() => { const x = tf.placeholder(tf.float32, [], { name: 'x' }); return { x, y: tf.negative(x, 'turned') }; });
    const runMetadata = new tf.RunMetadata();
    await open(graph).run(y, [[x, 1]], new tf.RunOptions({ outputPartitionGraphs: true }), runMetadata);
    expect(runMetadata.partitionGraphs.map((g) => g.node.some((n) => n.name === 'turned' && n.op === 'Neg'))).toEqual([true]);
    expect(runMetadata.stepStats.devStats).toEqual([]);
  } },
  { name: 'metadata of a run that asked for none', run: async ({ open }) => {
    const { y, graph } = inGraph(() => ({ y: tf.constant(1) }));
    const runMetadata = new tf.RunMetadata();
    await open(graph).run(y, { runMetadata });
    expect([runMetadata.stepStats.devStats, runMetadata.partitionGraphs]).toEqual([[], []]);
  } },
  { name: 'reset clears containers and ends sessions', run: async ({ open, wire, target }) => {
    const { v, init, graph } = inGraph(() => { const v = tf.getVariable('to_be_reset', { initializer: tf.constant(1) }); return { v, init: tf.globalVariablesInitializer() }; });
    const old = open(graph, { shared: true });
    await old.run(init);
    await Session.reset(target, ['localhost'], { operationTimeoutInMs: 20_000 });
    const e = await failure(() => old.run(v));
    expect([e.constructor, e.text]).toEqual([tf.errors.AbortedError, expect.stringContaining('is not found')]);
    expect(e.detail.remedy).toContain('open a new session');
    expect((await failure(() => open(graph, { shared: true }).run(v))).constructor).toBe(tf.errors.FailedPreconditionError);
    expect(methods(wire.calls)).toContain('Reset');
  } },
];
