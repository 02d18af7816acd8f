// A small model for the tests of whole sessions.
import * as tf from 'tfgraph';
import { NDArray } from '../../../src/graph/ndarray.ts';
import { randomF32 } from '../kernels/helpers.ts';

/** A small convolutional classifier with batch norms and an optimizer. */
export function model(optimizer: () => tf.train.Optimizer = () => new tf.train.AdamOptimizer(0.01)) {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    tf.setRandomSeed(3);
    const x = tf.placeholder(tf.float32, [null, 8, 8, 2], { name: 'x' });
    const y = tf.placeholder(tf.float32, [null, 4], { name: 'y' });
    let h: tf.Tensor = x;
    for (const [i, n] of [5, 6].entries()) {
      const w = tf.getVariable(`w${i}`, [3, 3, h.shape.dims![3]!, n], { initializer: tf.truncatedNormalInitializer({ stddev: 0.3 }) });
      const b = tf.getVariable(`b${i}`, [n], { initializer: tf.zerosInitializer() });
      h = tf.nn.biasAdd(tf.nn.conv2d(h, w, [1, 2, 2, 1], 'SAME'), b);
      const m = tf.reduceMean(h, [0, 1, 2], { keepdims: true });
      h = tf.nn.relu(h.sub(m).mul(tf.rsqrt(tf.reduceMean(tf.square(h.sub(m)), [0, 1, 2], { keepdims: true }).add(1e-3))));
    }
    const flat = tf.reshape(h, [-1, 2 * 2 * 6]);
    const dense = tf.getVariable('dense', [24, 4], { initializer: tf.truncatedNormalInitializer({ stddev: 0.3 }) });
    const logits = tf.matmul(flat, dense);
    const loss = tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels: y, logits }));
    const train = optimizer().minimize(loss);
    return { graph, x, y, loss, logits, h, train, init: tf.globalVariablesInitializer(), variables: tf.globalVariables() };
  });
}
type Feed = readonly [tf.Tensor, NDArray];
export const feeds = (m: ReturnType<typeof model>, step: number, n = 6): readonly Feed[] => [[m.x, randomF32([n, 8, 8, 2], step)] as const, [m.y, new NDArray(tf.float32, [n, 4], Float32Array.from({ length: 4 * n }, (_, i) => (i % 4 === (i >> 2) % 4 ? 1 : 0)))] as const];
export const arrays = (values: unknown): NDArray[] => (values as unknown[]).map((v) => (v instanceof NDArray ? v : new NDArray(tf.float32, [], Float32Array.of(v as number))));
