// The virtual-batch-norm convnet (32+32 images of 64x64x1, channels 32-64-64, strides 2, Adam), and the same layers
// without normalisation run forward.
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';
import { eagerStep, eagerTraining, graphStep, graphTraining, nd, type Options, type Program, random, startOf, type Step } from './step.ts';

const SIDE = 64, CHANNELS = [1, 32, 64, 64] as const, EPSILON = 1e-3;
export const HALF = 32;
export const INPUT = [2 * HALF, SIDE, SIDE, 1] as const;
export const images = random(2 * HALF * SIDE * SIDE, 1);
const answers = Float32Array.from({ length: 2 * HALF }, (_, i) => i % 2);
const LAST = [8 * 8 * 64, 1];
/** Filter, bias, gamma, beta of each layer, then the last matrix. */
const VBN = [...[1, 2, 3].flatMap((i) => [[3, 3, CHANNELS[i - 1]!, CHANNELS[i]!], [CHANNELS[i]!], [CHANNELS[i]!], [CHANNELS[i]!]]), LAST];
/** Filter and bias of each layer, then the last matrix. */
export const PLAIN = [...[1, 2, 3].flatMap((i) => [[3, 3, CHANNELS[i - 1]!, CHANNELS[i]!], [CHANNELS[i]!]]), LAST];

function vbnOurs(v: tf.Tensor[], x: tf.Tensor, y: tf.Tensor, dataFormat: 'NHWC' | 'NCHW'): tf.Tensor {
  const first = dataFormat === 'NCHW', axes = first ? [0, 2, 3] : [0, 1, 2];
  const wide = (t: tf.Tensor): tf.Tensor => (first ? tf.reshape(t, [1, -1, 1, 1]) : t);
  let h = x;
  for (let i = 0; i < 3; i++) {
    const [w, b, gamma, beta] = v.slice(4 * i, 4 * i + 4) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    h = tf.nn.biasAdd(tf.nn.conv2d(h, w, first ? [1, 1, 2, 2] : [1, 2, 2, 1], 'SAME', { dataFormat }), b, { dataFormat });
    const reference = tf.slice(h, [0, 0, 0, 0], [HALF, -1, -1, -1]);
    const mean = tf.reduceMean(reference, axes);
    const variance = tf.reduceMean(tf.square(reference.sub(wide(mean))), axes);
    h = tf.nn.relu(h.sub(wide(mean)).mul(wide(tf.rsqrt(variance.add(EPSILON)).mul(gamma))).add(wide(beta)));
  }
  const logits = tf.matmul(tf.reshape(h, [2 * HALF, -1]), v[12]!);
  return tf.reduceMean(tf.nn.sigmoidCrossEntropyWithLogits({ labels: y, logits }));
}
/** A step in one of the two formats (of one channel: the images are the same bytes). */
export function vbnStep(dataFormat: 'NHWC' | 'NCHW', options?: Options): Step {
  return graphTraining(VBN, (v) => {
    const shape = dataFormat === 'NHWC' ? INPUT : [2 * HALF, 1, SIDE, SIDE];
    const x = tf.placeholder(tf.float32, shape), y = tf.placeholder(tf.float32, [2 * HALF, 1]);
    return { loss: vbnOurs(v, x, y, dataFormat), feeds: [[x, nd(shape, images)], [y, nd([2 * HALF, 1], answers)]] };
  }, options);
}
function vbnEager(x: tfjs.Tensor, y: tfjs.Tensor): (v: tfjs.Tensor[]) => tfjs.Scalar {
  return (v) => {
    let h = x as tfjs.Tensor4D;
    for (let i = 0; i < 3; i++) {
      const [w, b, gamma, beta] = v.slice(4 * i, 4 * i + 4) as [tfjs.Tensor4D, tfjs.Tensor, tfjs.Tensor, tfjs.Tensor];
      h = tfjs.add(tfjs.conv2d(h, w, 2, 'same'), b);
      const reference = tfjs.slice(h, [0, 0, 0, 0], [HALF, -1, -1, -1]);
      const mean = tfjs.mean(reference, [0, 1, 2]);
      const variance = tfjs.mean(tfjs.square(tfjs.sub(reference, mean)), [0, 1, 2]);
      h = tfjs.relu(tfjs.add(tfjs.mul(tfjs.sub(h, mean), tfjs.mul(tfjs.rsqrt(tfjs.add(variance, EPSILON)), gamma)), beta));
    }
    const logits = tfjs.matMul(tfjs.reshape(h, [2 * HALF, -1]), v[12] as tfjs.Tensor2D);
    const positive = tfjs.relu(logits), rest = tfjs.log1p(tfjs.exp(tfjs.neg(tfjs.abs(logits))));
    return tfjs.mean(tfjs.add(tfjs.sub(positive, tfjs.mul(logits, y)), rest));
  };
}

/** Forward, and two gradients of each layer but the first, which has one. */
const FLOPS = 2 * 2 * HALF * ([2, 3, 3].reduce((n, times, i) => n + times * (SIDE >> i + 1) ** 2 * 9 * CHANNELS[i]! * CHANNELS[i + 1]!, 0) + 3 * LAST[0]!);
export const vbn: Program = {
  name: 'VBN convnet, Adam', tf1: 'vbn', flops: FLOPS,
  ours: (options) => vbnStep('NHWC', options),
  eager: () => eagerTraining(VBN, vbnEager(tfjs.tensor(images, [...INPUT]), tfjs.tensor(answers, [2 * HALF, 1]))),
};

export const convnet: Program = {
  name: 'convnet, forward, batch 64', tf1: 'convnet',
  ours: (options) => graphStep(() => {
    const x = tf.placeholder(tf.float32, INPUT);
    const v = startOf(PLAIN).map((a, i) => tf.getVariable(`v${i}`, { initializer: tf.constant(nd(PLAIN[i]!, a)) }).value());
    let h = x;
    for (let i = 0; i < 3; i++) h = tf.nn.relu(tf.nn.biasAdd(tf.nn.conv2d(h, v[2 * i]!, [1, 2, 2, 1], 'SAME'), v[2 * i + 1]!));
    return { fetches: [tf.matmul(tf.reshape(h, [2 * HALF, -1]), v[6]!)], feeds: [[x, nd(INPUT, images)]], init: tf.globalVariablesInitializer() };
  }, options),
  eager: () => {
    const x = tfjs.tensor(images, [...INPUT]) as tfjs.Tensor4D, v = startOf(PLAIN).map((a, i) => tfjs.tensor(a, PLAIN[i]!));
    return eagerStep(() => {
      let h = x;
      for (let i = 0; i < 3; i++) h = tfjs.relu(tfjs.add(tfjs.conv2d(h, v[2 * i] as tfjs.Tensor4D, 2, 'same'), v[2 * i + 1]!));
      return tfjs.matMul(tfjs.reshape(h, [2 * HALF, -1]), v[6] as tfjs.Tensor2D);
    });
  },
};
