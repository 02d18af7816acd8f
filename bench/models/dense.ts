// A dense network 784-512-512-10, batch 128, softmax cross-entropy, Adam.
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';
import { eagerTraining, graphTraining, nd, type Program, random } from './step.ts';

const SIZES = [784, 512, 512, 10] as const, BATCH = 128;
const SHAPES = [1, 2, 3].flatMap((i) => [[SIZES[i - 1]!, SIZES[i]!], [SIZES[i]!]]);
const rows = random(BATCH * SIZES[0], 2), classes = Float32Array.from({ length: BATCH * 10 }, (_, i) => (i % 10 === Math.floor(i / 10) % 10 ? 1 : 0));

export const dense: Program = {
  name: 'dense 784-512-512-10, batch 128, Adam', tf1: 'dense',
  ours: (options) => graphTraining(SHAPES, (v) => {
    const x = tf.placeholder(tf.float32, [BATCH, SIZES[0]]), y = tf.placeholder(tf.float32, [BATCH, 10]);
    const layer = (h: tf.Tensor, i: number): tf.Tensor => tf.nn.biasAdd(tf.matmul(h, v[2 * i]!), v[2 * i + 1]!);
    const loss = tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels: y, logits: layer(tf.nn.relu(layer(tf.nn.relu(layer(x, 0)), 1)), 2) }));
    return { loss, feeds: [[x, nd([BATCH, SIZES[0]], rows)], [y, nd([BATCH, 10], classes)]] };
  }, options),
  eager: () => {
    const x = tfjs.tensor(rows, [BATCH, SIZES[0]]), y = tfjs.tensor(classes, [BATCH, 10]);
    return eagerTraining(SHAPES, (v) => {
      const layer = (h: tfjs.Tensor, i: number): tfjs.Tensor => tfjs.add(tfjs.matMul(h as tfjs.Tensor2D, v[2 * i] as tfjs.Tensor2D), v[2 * i + 1]!);
      const logits = layer(tfjs.relu(layer(tfjs.relu(layer(x, 0)), 1)), 2);
      return tfjs.neg(tfjs.mean(tfjs.sum(tfjs.mul(y, tfjs.logSoftmax(logits)), 1)));
    });
  },
};
