// Gamma and Poisson variates as TensorFlow 1.15.5 gave them: an exponential one, small and great concentrations, both ways to a Poisson variate.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { ENGINES } from '../support/engines.ts';

test.each(ENGINES.filter((e) => e === 'reference' || e === 'wasm'))('%s', (engine) => new tf.Graph().asDefault(async () => {
  const three = new tf.NDArray(tf.int32, [1], Int32Array.of(3));
  const gamma = tf.randomGamma(three, [1, 0.2, 7], { seed: 5 }), poisson = tf.randomPoisson([10, 250, 4], three, { seed: 6 });
  const [g, p] = await new tf.Session({ engine }).run([gamma, poisson] as const) as unknown as [tf.NDArray, tf.NDArray];
  const want = [0.766334355, 0.000309337833, 4.14410925, 0.667576313, 0.000399213255, 9.13015556, 0.568610311, 0.0216599405, 5.81145287];
  want.forEach((w, i) => expect(Math.abs((g.data as Float32Array)[i]! / w - 1)).toBeLessThan(2e-7));
  expect([...(p.data as Float32Array)]).toEqual([6, 226, 4, 18, 253, 5, 5, 233, 3]);
}));
