// A dense network 784-512-512-10, batch 128, softmax cross-entropy, with Adam and with plain gradient descent.
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';
import { eagerTraining, type Graph, graphTraining, nd, type Program, random, type Step } from './step.ts';

export const SIZES = [784, 512, 512, 10] as const, BATCH = 128, SGD_RATE = 0.01;
export const SHAPES = [1, 2, 3].flatMap((i) => [[SIZES[i - 1]!, SIZES[i]!], [SIZES[i]!]]);
export const rows = random(BATCH * SIZES[0], 2);
export const classes = Float32Array.from({ length: BATCH * 10 }, (_, i) => (i % 10 === Math.floor(i / 10) % 10 ? 1 : 0));

function lossOf(v: tf.Tensor[]): { loss: tf.Tensor; feeds: Graph['feeds'] } {
  const x = tf.placeholder(tf.float32, [BATCH, SIZES[0]]), y = tf.placeholder(tf.float32, [BATCH, 10]);
  const layer = (h: tf.Tensor, i: number): tf.Tensor => tf.nn.biasAdd(tf.matmul(h, v[2 * i]!), v[2 * i + 1]!);
  const loss = tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels: y, logits: layer(tf.nn.relu(layer(tf.nn.relu(layer(x, 0)), 1)), 2) }));
  return { loss, feeds: [[x, nd([BATCH, SIZES[0]], rows)], [y, nd([BATCH, 10], classes)]] };
}
function eager(adam: boolean): Step {
  const x = tfjs.tensor(rows, [BATCH, SIZES[0]]), y = tfjs.tensor(classes, [BATCH, 10]);
  return eagerTraining(SHAPES, (v) => {
    const layer = (h: tfjs.Tensor, i: number): tfjs.Tensor => tfjs.add(tfjs.matMul(h as tfjs.Tensor2D, v[2 * i] as tfjs.Tensor2D), v[2 * i + 1]!);
    const logits = layer(tfjs.relu(layer(tfjs.relu(layer(x, 0)), 1)), 2);
    return tfjs.neg(tfjs.mean(tfjs.sum(tfjs.mul(y, tfjs.logSoftmax(logits)), 1)));
  }, adam ? undefined : tfjs.train.sgd(SGD_RATE));
}

/** Forward, and two gradients of each layer but the first, which has one. */
const FLOPS = 2 * BATCH * [2, 3, 3].reduce((n, times, i) => n + times * SIZES[i]! * SIZES[i + 1]!, 0);
export const dense: Program = { name: 'dense 784-512-512-10, batch 128, Adam', tf1: 'dense', flops: FLOPS, ours: (options) => graphTraining(SHAPES, lossOf, options), eager: () => eager(true) };
export const sgd: Program = {
  name: 'dense 784-512-512-10, batch 128, gradient descent', tf1: 'sgd', flops: FLOPS,
  ours: (options) => graphTraining(SHAPES, lossOf, options, new tf.train.GradientDescentOptimizer(SGD_RATE)), eager: () => eager(false),
};
