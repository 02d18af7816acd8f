// Cost graphs: in which runs they come, and what they hold; the same through a server.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { MasterClient } from '../support/master_client.ts';
import { ENGINES } from '../support/engines.ts';

function program(): { graph: tf.Graph; x: tf.Tensor; y: tf.Tensor } {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
    return { graph, x, y: tf.matmul(x, tf.constant([[1, 2], [3, 4], [5, 6]], { name: 'k' }), { name: 'y' }) };
  });
}
const ones = new tf.NDArray(tf.float32, [2, 3], new Float32Array(6).fill(1));

test.each(ENGINES)('every third run after the first two, on %s', async (engine) => {
  const { graph, x, y } = program();
  using sess = new tf.Session({ graph, engine, config: { graphOptions: { buildCostModel: 3, buildCostModelAfter: 2 } } });
  const told: number[] = [];
  let last: tf.RunMetadata | undefined;
  for (let step = 0; step < 9; step++) {
    const runMetadata = new tf.RunMetadata();
    await sess.run(y, [[x, ones]], { runMetadata });
    if (runMetadata.costGraph) { told.push(step); last = runMetadata; }
  }
  expect(told).toEqual([4, 7]);
  const nodes = last!.costGraph!.node, product = nodes.find((n) => n.outputInfo.some((o) => o.shape.toString() === '(2, 2)' && o.size === 16))!;
  expect(nodes.map((n) => n.id)).toEqual(nodes.map((_, i) => i));
  expect(product).toMatchObject({ inaccurate: false, isFinal: false });
  expect(product.computeCost).toBeGreaterThan(0);
  for (const { precedingNode } of product.inputInfo) expect(nodes[precedingNode]).toBeDefined();
  expect(nodes.filter((n) => n.isFinal).length).toBe(1);
  expect(last!.stepStats.devStats).toEqual([]);
});
test('runs that nobody asks about are counted', async () => {
  const { graph, x, y } = program();
  using sess = new tf.Session({ graph, config: { graphOptions: { buildCostModel: 2 } } });
  await sess.run(y, [[x, ones]]);
  const runMetadata = new tf.RunMetadata();
  await sess.run(y, [[x, ones]], { runMetadata });
  expect(runMetadata.costGraph).not.toBeNull();
  await sess.run(y, [[x, ones]], { runMetadata });
  expect(runMetadata.costGraph).toBeNull();
});
test('through a server', async () => {
  const c = new MasterClient(), s = await c.open(program().graph, { graphOptions: { buildCostModel: 2 } });
  const run = () => c.call('RunStep', { sessionHandle: s.handle, fetch: ['y:0'], feed: [{ name: 'x:0', tensor: ones }] });
  expect((await run()).metadata?.costGraph).toBeUndefined();
  const { node = [] } = (await run()).metadata!.costGraph!;
  expect(node.find((n) => n.name === 'y')).toMatchObject({ device: '/job:localhost/replica:0/task:0/device:CPU:0', outputInfo: [{ size: 16, aliasInputPort: -1, dtype: tf.float32 }] });
});
