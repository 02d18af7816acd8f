// Executors in the long run: thousands of sessions in a small memory, and graphs of a million nodes.
import { afterEach, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { attr, type GraphDef } from '../../src/graph/node_def.ts';
import type { Master } from '../../src/server/master.ts';
import { executorScript } from '../support/executor_script.ts';
import { MasterClient, newMaster, refusal } from '../support/master_client.ts';

const masters: Master[] = [];
async function client(heapLimitBytes: number): Promise<MasterClient> {
  const master = newMaster({ executors: 2, script: await executorScript(), executor: { engine: 'wasm', memoryLimitBytes: 2 ** 26, root: null, heapLimitBytes } });
  masters.push(master);
  return new MasterClient(master);
}
afterEach(async () => { await Promise.all(masters.splice(0).map((m) => m.close())); });

function program(): tf.Graph {
  const g = new tf.Graph();
  g.asDefault(() => {
    const x = tf.placeholder(tf.float32, [null, 4], { name: 'x' }), v = tf.getVariable('v', { shape: [4, 4], initializer: tf.onesInitializer() });
    let y: tf.Tensor = tf.matmul(x, v);
    for (let i = 0; i < 20; i++) y = tf.nn.relu(y.add(1));
    tf.identity(y, { name: 'y' });
    tf.globalVariablesInitializer();
  });
  return g;
}

test('thousands of sessions come and go in a memory that holds hundreds', async () => {
  const c = await client(2 ** 27), def = program().asGraphDef(), x = new tf.NDArray(tf.float32, [1, 4], Float32Array.of(1, 2, 3, 4));
  for (let i = 0; i < 2000; i++) {
    const s = await c.open(def, { isolateSessionState: i % 4 === 0 });
    await s.run([], {}, { target: ['init'] });
    expect(await s.run(['y:0'], { 'x:0': x })).toEqual([[[30, 30, 30, 30]]]);
    if (i % 8 > 0) await s.close(); else void refusal(s.run(['y:0'], { 'x:0': x })).then(() => s.close());
  }
  while (c.master.sessions > 0) await new Promise((r) => { setTimeout(r, 10); });
  expect(c.master.executors).toBeLessThanOrEqual(2);
}, 600_000);

test('a graph of a million nodes is taken where there is room, and refused where there is none; others go on meanwhile', async () => {
  const f = { T: attr.type(tf.float32) };
  const large: GraphDef = { versions: { producer: 134 }, node: Array.from({ length: 1_000_000 }, (_, i) => (i === 0
    ? { name: 'n0', op: 'Placeholder', input: [], device: '', attr: { dtype: attr.type(tf.float32) } } : { name: `n${i}`, op: 'Neg', input: [`n${i - 1}`], device: '', attr: f })) };
  const feed = { 'n0:0': new tf.NDArray(tf.float32, [], Float32Array.of(7)) };

  const small = await client(2 ** 29), def = program().asGraphDef(), other = await small.open(def);
  expect(await refusal(small.open(large))).toBe(`ResourceExhaustedError: The graphs of the sessions that share an executor would have ${def.node.length + 1_000_000} nodes, where ${2 ** 17} are as many as the memory limit of ${2 ** 29} bytes allows.`);
  await other.run([], {}, { target: ['init'] });

  const c = await client(2 ** 32), beside = await c.open(program(), { isolateSessionState: true });
  let steps = 0, isOpen = false;
  const opening = c.open(large).finally(() => { isOpen = true; });
  await beside.run([], {}, { target: ['init'] });
  for (; !isOpen; steps++) await beside.run(['v:0']);
  expect(steps).toBeGreaterThan(10);
  const s = await opening;
  expect(await s.run(['n5:0'], feed)).toEqual([-7]);
  expect(await beside.run(['v/read:0'])).toEqual([Array.from({ length: 4 }, () => [1, 1, 1, 1])]);
  await s.close();
}, 600_000);
