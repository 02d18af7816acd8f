// The engine native in the executors of a server: TensorFlow in several threads of one process, each with variables of its own.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { ENGINES } from '../../support/engines.ts';
import { executorScript } from '../../support/executor_script.ts';
import { MasterClient, newMaster, refusal } from '../../support/master_client.ts';

/** Least squares by Adam: `x` -> `loss`, `train`, `init`. */
function program(): tf.Graph {
  const g = new tf.Graph();
  g.asDefault(() => {
    const x = tf.placeholder(tf.float32, [null, 4], { name: 'x' }), w = tf.getVariable('w', { shape: [4, 3], initializer: tf.onesInitializer() });
    const loss = tf.reduceMean(tf.square(tf.matmul(x, w).sub(1)), { name: 'loss' });
    new tf.train.AdamOptimizer(0.1).minimize(loss, { name: 'train' });
    tf.globalVariablesInitializer();
  });
  return g;
}

describe.skipIf(!ENGINES.includes('native'))('native behind a server', () => {
  const feed = { 'x:0': new tf.NDArray(tf.float32, [2, 4], Float32Array.from({ length: 8 }, (_, i) => i)) };

  test.each([0, 2])('native trains in sessions that share variables and in one that does not, in %i threads', async (executors) => {
    const c = new MasterClient(newMaster({ engineName: 'native', executors, script: await executorScript() }));
    const [a, b, alone] = [await c.open(program()), await c.open(program()), await c.open(program(), { isolateSessionState: true })];
    for (const s of [a, alone]) await s.run([], {}, { target: ['init'] });
    const losses = [];
    for (let i = 0; i < 10; i++) losses.push((await (i % 2 === 0 ? a : b).run(['loss:0'], feed, { target: ['train'] }))[0]);
    for (const l of losses) expect((await alone.run(['loss:0'], feed, { target: ['train'] }))[0]).toBe(l);
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    expect(await refusal(a.run(['loss:0'], { 'x:0': new tf.NDArray(tf.float32, [1, 5], new Float32Array(5)) }))).toMatch(/^InvalidArgumentError: [^]*\[\[\{\{node MatMul\}\}\]\]/);
    for (const s of [a, b, alone]) await s.close();
    await c.master.close();
  });
});
