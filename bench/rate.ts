// The rate of matrix products, of 512x512 floats through a session: how long the products and convolutions of a step would
// take alone. What a step takes longer is everything else.
import * as tf from 'tfgraph';
import { time } from './measure.ts';
import { random } from './models/step.ts';

const SIDE = 512;

export interface Rate { /** Milliseconds for so many multiplications and additions, at the rate of now. */ ms(flops: number): number; close(): void }
export function productRate(): Rate {
  const graph = new tf.Graph();
  const { product, init } = graph.asDefault(() => {
    const [a, b] = [1, 2].map((seed) => tf.getVariable(`x${seed}`, { initializer: tf.constant(new tf.NDArray(tf.float32, [SIDE, SIDE], random(SIDE * SIDE, seed))) }).value()) as [tf.Tensor, tf.Tensor];
    return { product: tf.matmul(a, b).op, init: tf.globalVariablesInitializer() };
  });
  const sess = new tf.Session({ graph, engine: 'wasm' });
  sess.runSync(init);
  return { ms: (flops) => flops / (2 * SIDE ** 3) * time(() => { sess.runSync(product); }), close: () => { sess.close(); } };
}
