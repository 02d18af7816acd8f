// Two tasks, `ps` and `worker`; the worker is the master.
import * as tf from 'tfgraph';
import { expect } from 'vitest';
import type { Check } from './checks.ts';
import { failure, inGraph } from './check_support.ts';

interface Model { readonly v: tf.Tensor; readonly y: tf.Tensor; readonly up: tf.Fetchable; readonly init: tf.Operation; readonly graph: tf.Graph }
const model = (): Model => inGraph(() => {
  const v = tf.device('/job:ps/task:0', () => tf.getVariable('v', { initializer: tf.constant(2) }));
  return tf.device('/job:worker/task:0', () => ({ v: tf.identity(v), y: v.mul(3), up: tf.assignAdd(v, 1), init: tf.globalVariablesInitializer() }));
});

export const CLUSTER_CHECKS: readonly Check[] = ([
  { name: 'devices of all tasks', run: async ({ open, old }) => {
    const names = (await open(model().graph).listDevices()).filter((d) => d.deviceType === 'CPU').map((d) => d.name);
    expect(names.sort()).toEqual(['ps', 'worker'].map((job) => `/job:${job}/replica:0/task:0/${old ? 'cpu:0' : 'device:CPU:0'}`));
  } },
  { name: 'variables on ps, computing on the worker', run: async ({ open }) => {
    const { y, up, init, graph } = model();
    const sess = open(graph);
    await sess.run(init);
    expect([await sess.run(y), await sess.run(up), await sess.run(y)]).toEqual([6, 3, 9]);
  } },
  { name: 'what each task executes', run: async ({ open }) => {
    const { y, init, graph } = model();
    const sess = open(graph);
    await sess.run(init);
    const runMetadata = new tf.RunMetadata();
    await sess.run(y, null, new tf.RunOptions({ outputPartitionGraphs: true }), runMetadata);
    const parts = runMetadata.partitionGraphs.map((g) => new Map(g.node.map((n) => [n.op, n.device])));
    expect(parts.map((p) => p.get('VariableV2')).filter(Boolean)).toEqual(['/job:ps/replica:0/task:0/device:CPU:0']);
    expect(parts.some((p) => p.has('_Send')) && parts.some((p) => p.has('_Recv'))).toBe(true);
  } },
  { name: 'device filters leave tasks out', run: async ({ open, old }) => {
    const { a, graph } = inGraph(() => ({ a: tf.constant(1) }));
    const sess = open(graph, { config: { deviceFilters: ['/job:worker'] } });
    expect(await sess.run(a)).toBe(1);
    expect((await sess.listDevices()).some((d) => d.name.startsWith('/job:ps'))).toBe(old); // 1.2 names all
  } },
  { name: 'an error on another task names node and line', run: async ({ open }) => {
    const { y, x, graph } = inGraph(() => { const x = tf.placeholder(tf.int32, [], { name: 'x' }); return { x, y: tf.device('/job:ps', () => tf.floordiv(1, x, 'div')) }; });
    const e = await failure(() => open(graph).run(y, [[x, 0]]));
    expect([e.constructor, e.nodeName, e.detail.site]).toEqual([tf.errors.InvalidArgumentError, 'div', expect.stringContaining('checks_cluster')]);
  } },
  { name: 'ps dies and comes back', run: async ({ open, kill, restart, old: isOld }) => {
    const { y, init, graph } = model();
    const old = open(graph, { config: { operationTimeoutInMs: 2000 } });
    await old.run(init);
    await kill('ps');
    const lost = await failure(() => old.run(y));
    expect([tf.errors.DeadlineExceededError, tf.errors.UnavailableError, tf.errors.AbortedError]).toContain(lost.constructor);
    await restart('ps');
    const forgotten = await failure(() => old.run(y));
    if (isOld) expect(forgotten.constructor).toBe(tf.errors.FailedPreconditionError); // 1.2 goes on, with variables that have no value
    else expect([forgotten.constructor, forgotten.detail.remedy]).toEqual([tf.errors.AbortedError, expect.stringContaining('new session')]);
    const sess = open(graph);
    expect((await failure(() => sess.run(y))).constructor).toBe(tf.errors.FailedPreconditionError);
    await sess.run(init);
    expect(await sess.run(y)).toBe(6);
  } },
] satisfies Check[]).map((c) => ({ ...c, cluster: true }));
