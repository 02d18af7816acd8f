// Large graphs: half convolutions, half dense layers, with gradients and Adam.
import * as tf from 'tfgraph';

const WIDTH = 8;
const CONVS_OF_TEN = 5;

/** Half convolutions, half dense layers, softmax cross-entropy, gradients, Adam, initializer. */
export function buildChain(layers: number): tf.Graph {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, [4, WIDTH, WIDTH, 1], { name: 'x' });
    const y = tf.placeholder(tf.float32, [4, WIDTH], { name: 'y' });
    let h: tf.Tensor = x;
    const convs = Math.floor((layers * CONVS_OF_TEN) / 10);
    for (let i = 0; i < convs; i++) h = tf.contrib.layers.conv2d(h, WIDTH, [3, 3], { scope: `conv${i}` });
    h = tf.reduceMean(h, { axis: [1, 2] });
    for (let i = convs; i < layers; i++) h = tf.contrib.layers.fullyConnected(h, WIDTH, { activationFn: i === layers - 1 ? null : tf.nn.relu, scope: `dense${i}` });
    const loss = tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels: y, logits: h }));
    new tf.train.AdamOptimizer(0.01).minimize(loss);
    tf.globalVariablesInitializer();
  });
  return graph;
}

/** Layers that make about this many nodes. */
export function layersFor(nodes: number): number {
  const [a, b] = [10, 30].map((n) => buildChain(n).size) as [number, number];
  return Math.round(10 + (nodes - a) / ((b - a) / 20));
}
