// An LSTM of 128 units unrolled over 50 steps, batch 32, 64 inputs, 10 classes, Adam.
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';
import { eagerTraining, graphTraining, nd, type Program, random } from './step.ts';

const STEPS = 50, BATCH = 32, INPUTS = 64, UNITS = 128, CLASSES = 10;
const SHAPES = [[INPUTS + UNITS, 4 * UNITS], [4 * UNITS], [UNITS, CLASSES], [CLASSES]];
const series = random(STEPS * BATCH * INPUTS, 3), labels = Float32Array.from({ length: BATCH * CLASSES }, (_, i) => (i % CLASSES === Math.floor(i / CLASSES) % CLASSES ? 1 : 0));

/** Forward, the gradient of the matrix, and those of all states but the first. */
const FLOPS = 2 * BATCH * (4 * UNITS * (2 * STEPS * (INPUTS + UNITS) + (STEPS - 1) * UNITS) + 3 * UNITS * CLASSES);
export const lstm: Program = {
  name: 'LSTM-50, 128 units, batch 32, Adam', tf1: 'lstm', flops: FLOPS,
  ours: (options) => graphTraining(SHAPES, (v) => {
    const x = tf.placeholder(tf.float32, [STEPS, BATCH, INPUTS]), y = tf.placeholder(tf.float32, [BATCH, CLASSES]);
    let c: tf.Tensor = tf.zeros([BATCH, UNITS]), h: tf.Tensor = tf.zeros([BATCH, UNITS]);
    for (const xt of tf.unstack(x)) {
      const [i, j, f, o] = tf.split(tf.nn.biasAdd(tf.matmul(tf.concat([xt, h], 1), v[0]!), v[1]!), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      c = c.mul(tf.sigmoid(f.add(1.))).add(tf.sigmoid(i).mul(tf.tanh(j)));
      h = tf.tanh(c).mul(tf.sigmoid(o));
    }
    const logits = tf.nn.biasAdd(tf.matmul(h, v[2]!), v[3]!);
    return { loss: tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels: y, logits })), feeds: [[x, nd([STEPS, BATCH, INPUTS], series)], [y, nd([BATCH, CLASSES], labels)]] };
  }, options),
  eager: () => {
    const x = tfjs.unstack(tfjs.tensor(series, [STEPS, BATCH, INPUTS])) as tfjs.Tensor2D[], y = tfjs.tensor(labels, [BATCH, CLASSES]);
    return eagerTraining(SHAPES, (v) => {
      let c: tfjs.Tensor = tfjs.zeros([BATCH, UNITS]), h: tfjs.Tensor = tfjs.zeros([BATCH, UNITS]);
      for (const xt of x) {
        const z = tfjs.add(tfjs.matMul(tfjs.concat([xt, h as tfjs.Tensor2D], 1), v[0] as tfjs.Tensor2D), v[1]!);
        const [i, j, f, o] = tfjs.split(z, 4, 1) as [tfjs.Tensor, tfjs.Tensor, tfjs.Tensor, tfjs.Tensor];
        c = tfjs.add(tfjs.mul(c, tfjs.sigmoid(tfjs.add(f, 1))), tfjs.mul(tfjs.sigmoid(i), tfjs.tanh(j)));
        h = tfjs.mul(tfjs.tanh(c), tfjs.sigmoid(o));
      }
      const logits = tfjs.add(tfjs.matMul(h as tfjs.Tensor2D, v[2] as tfjs.Tensor2D), v[3]!);
      return tfjs.neg(tfjs.mean(tfjs.sum(tfjs.mul(y, tfjs.logSoftmax(logits)), 1)));
    });
  },
};
