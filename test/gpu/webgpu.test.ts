// Engine `tfjs:webgpu` in Node, on a software adapter: `npm run test:gpu` brings it. What a GPU cannot promise runs on
// reference; the rest has the bits of reference in exact mode and is close in fast mode.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { checkEngine } from '../support/engine_check.ts';
import { openSession, plain } from '../support/engines.ts';
import { checkRow, ROWS } from '../support/exact_rows.ts';

const packages = process.env['GPU_TESTS'];

describe.skipIf(packages === undefined)('tfjs:webgpu (skipped without the packages of npm run test:gpu)', () => {
  beforeAll(async () => {
    const { create, globals } = await import(`${packages}/node_modules/webgpu/index.js`);
    Object.assign(globalThis, globals);
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: create(['backend=vulkan']), userAgent: 'node' }, configurable: true });
    await import(`${packages}/node_modules/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.node.js`);
  });
  beforeEach(() => { tf.resetDefaultGraph(); });

  test('the programs of the engine suite', async () => {
    const checked = await checkEngine({ engine: 'tfjs:webgpu' }, 1e-3);
    expect(checked.filter((c) => c.fault !== null)).toEqual([]);
    // In fast mode the device does most of a convolutional network.
    expect(checked.find((c) => c.program.startsWith('conv2d') && c.mode === 'fast')).toMatchObject({ kernels: 3, onEngine: 3 });
  });
  test.each(Object.entries(ROWS))('exact: %s of special values has the bits of reference', async (op, row) => {
    for (const dtype of row.dtypes) {
      tf.resetDefaultGraph();
      expect((await checkRow('tfjs:webgpu', op, row, dtype)).wrong, dtype).toEqual([]);
    }
  });
  test('the plan says why a step does not run on the device', async () => {
    const x = tf.placeholder(tf.float32, [2, 2], { name: 'x' });
    const sess = await openSession('tfjs:webgpu');
    const text = String(sess.explain([x.add(x), tf.reshape(x, [4]), tf.cast(x, tf.int32).add(1)], [x]));
    expect(text).toMatch(/AddV2\(.*\) on reference \(Add on webgpu does not keep the bits of small numbers and NaN\)/);
    const fast = await openSession('tfjs:webgpu', { mode: 'fast' });
    expect(String(fast.explain(tf.cast(x, tf.int32).add(1), [x]))).toMatch(/AddV2\(.*\) on reference \(tfjs:webgpu has no int32\)/);
    expect(text).toMatch(/Reshape\(%\d+, %\d+\) {2}/);
  });
  test('training leaves nothing on the device', async () => {
    const x = tf.placeholder(tf.float32, [null, 3]);
    const w = new tf.Variable([[1.], [2.], [3.]]);
    const loss = tf.reduceMean(tf.square(tf.matmul(x, w)));
    const train = new tf.train.AdamOptimizer(0.1).minimize(loss);
    const sess = await openSession('tfjs:webgpu', { mode: 'fast' });
    await sess.run(tf.globalVariablesInitializer());
    const step = (): Promise<unknown> => sess.run([loss, train], [[x, [[1, 2, 3], [4, 5, 6]]]]);
    await step();
    const before = [sess.memory(), sess.deviceMemory()];
    for (let i = 0; i < 20; i++) await step();
    expect([sess.memory(), sess.deviceMemory()]).toEqual(before);
    expect(plain(await sess.run(w))).not.toEqual([[1], [2], [3]]);
  });
});
