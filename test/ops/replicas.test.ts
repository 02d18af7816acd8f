// Clusters, servers and the placement of replicas against real TensorFlow 1.15.5 (fixtures/make_replicas.py).
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';

interface Failed { error: string; text: string }
interface Cluster { str: string; jobs: string[]; dict: object; def: [string, object][]; counts: [string, number, number[]][]; lists: unknown[]; address: unknown; missing: unknown }
interface Setter { cluster?: never; ps_tasks?: number; ps_device?: string; worker_device?: string; merge_devices?: boolean; ps_ops?: string[]; ps_strategy?: string }
interface Fixture { clusters: [never, Cluster | Failed][]; setters: Record<string, Setter>; models: Record<string, [string, string, string][]>; bad: Failed[]; servers: [never, { job_name?: string; task_index?: number }, unknown][] }
const fixture = JSON.parse(gunzipSync(readFileSync(new URL('fixtures/replicas.json.gz', import.meta.url))).toString()) as Fixture;

function attempt(f: () => unknown): unknown {
  try {
    return f();
  } catch (e) {
    return { error: (e as Error).name, text: (e as tf.errors.TfError).text };
  }
}

test.each(fixture.clusters)('cluster %j', (c, want) => {
  const got = attempt(() => {
    const s = new tf.train.ClusterSpec(c);
    const again = new tf.train.ClusterSpec(s.asClusterDef());
    expect(again.equals(s) && new tf.train.ClusterSpec(s).equals(s)).toBe(true);
    return {
      str: String(s), jobs: s.jobs, dict: s.asDict(), def: s.asClusterDef().job.map((j) => [j.name, j.tasks]), counts: s.jobs.map((j) => [j, s.numTasks(j), s.taskIndices(j)]), lists: s.jobs.map((j) => attempt(() => s.jobTasks(j))),
      address: attempt(() => s.taskAddress('worker', 0)), missing: attempt(() => s.numTasks('nothing')),
    };
  });
  expect(got).toEqual(want);
});

test.each(Object.entries(fixture.setters))('placement: %s', (name, s) => {
  const graph = new tf.Graph();
  const defined = <T extends object>(o: T): T => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as T;
  graph.asDefault(() => tf.device(tf.train.replicaDeviceSetter(defined({
    cluster: s.cluster, psTasks: s.ps_tasks, psDevice: s.ps_device, workerDevice: s.worker_device, mergeDevices: s.merge_devices, psOps: s.ps_ops, psStrategy: s.ps_strategy === undefined ? undefined : (op: tf.Operation) => op.name.length % 4,
  }) as never), () => {
    const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' });
    const w = tf.getVariable('w', [3, 2], { initializer: tf.onesInitializer() });
    const zeros = (n: string, more = {}): tf.Variable => tf.getVariable(n, [2], { initializer: tf.zerosInitializer(), ...more }) as tf.Variable;
    const b = zeros('b'), r = zeros('r', { useResource: true });
    const [h, v] = tf.device('/gpu:0', () => [tf.matmul(x, w).add(b), zeros('v')] as const);
    const u = tf.device('/job:ps/task:1', () => zeros('u'));
    const e = tf.device('/job:elsewhere', () => zeros('e'));
    const loss = tf.reduceSum(h.add(v).add(u).add(e).add(r));
    const step = tf.train.getOrCreateGlobalStep() as tf.Variable;
    new tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss, { globalStep: step });
    tf.globalVariablesInitializer();
  }));
  expect(graph.asGraphDef().node.map((n) => [n.name, n.op, n.device])).toEqual(fixture.models[name]);
});

test('what is refused', () => {
  expect([attempt(() => tf.train.replicaDeviceSetter({ psTasks: 1, psStrategy: 3 as never })), attempt(() => tf.train.replicaDeviceSetter({ cluster: 3 as never }))]).toEqual(fixture.bad);
});

test.each(fixture.servers)('server %j %j', (cluster, { job_name, task_index }, want) => {
  const got = attempt(() => {
    const { serverDef: d } = new tf.train.Server(cluster, { start: false, jobName: job_name ?? null, taskIndex: task_index ?? null });
    return [d.jobName, d.taskIndex, d.protocol];
  });
  expect(got).toEqual(want);
});
test('a server is described, not started', () => {
  const cluster = { ps: ['a:1', 'b:2'], worker: ['c:3'] };
  const server = new tf.train.Server(cluster, 'ps', 1, { start: false });
  expect(server.target).toBe('grpc://b:2');
  expect(new tf.train.Server(server.serverDef, { taskIndex: 0, start: false }).target).toBe('grpc://a:1');
  expect(new tf.train.Server({ serverOrClusterDef: cluster, jobName: 'worker', start: false }).target).toBe('grpc://c:3');
  expect(() => new tf.train.Server({ local: ['localhost:0'] })).toThrow(tf.errors.UnimplementedError);
  expect(() => server.start()).toThrow('/job:ps/task:1 of a cluster is a process of TensorFlow, which tfgraph does not start.');
});
