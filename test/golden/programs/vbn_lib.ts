// Restates programs/vbn_lib.py: the two virtual-batch-norm networks, corrected so that they run.
import * as tf from 'tfgraph';
import { arr, note, onehot, type Program, type Run } from '../oracle.ts';

export type Format = 'NHWC' | 'NCHW';
const momentAxes = (fmt: Format): number[] => (fmt === 'NCHW' ? [0, 2, 3] : [0, 1, 2]);
const spatial = (fmt: Format): number[] => (fmt === 'NCHW' ? [2, 3] : [1, 2]);
const paramShape = (shape: readonly number[], fmt: Format): number[] => (fmt === 'NCHW' ? [1, shape[1]!, 1, 1] : [1, 1, 1, shape[3]!]);

function conv(x: tf.Tensor, n: number, scope: string, fmt: Format, stride = 1): tf.Tensor {
  return tf.contrib.layers.conv2d(x, n, [3, 3], { stride, padding: 'SAME', activationFn: null, dataFormat: fmt, scope });
}

export function vbnSingle(x: tf.Tensor, fmt: Format, scope: string, epsilon = 1e-5): tf.Tensor {
  const shape = x.getShape().asList() as number[];
  const halfSize = Math.floor(shape[0]! / 2);
  return tf.variableScope(scope, 'VBN', () => {
    const refHalf = tf.slice(x, [0, 0, 0, 0], [halfSize, shape[1]!, shape[2]!, shape[3]!]);
    const gamma = tf.getVariable('gamma', paramShape(shape, fmt), { initializer: tf.constantInitializer(1.) });
    const beta = tf.getVariable('beta', paramShape(shape, fmt), { initializer: tf.constantInitializer(0.) });
    const [refMean, refVar] = tf.nn.moments(refHalf, momentAxes(fmt), { keepDims: true });
    const invStd = tf.rsqrt(refVar.add(epsilon));
    const coeff = invStd.mul(gamma);
    return x.mul(coeff).add(beta.sub(refMean.mul(coeff)));
  });
}

export class VbnDouble {
  readonly fmt: Format;
  readonly scope: string;
  readonly mean: tf.Tensor;
  readonly invStd: tf.Tensor;
  readonly referenceOutput: tf.Tensor;
  constructor(x: tf.Tensor, fmt: Format, scope: string, epsilon = 1e-5) {
    this.fmt = fmt;
    this.scope = scope;
    [this.mean, this.invStd, this.referenceOutput] = tf.variableScope(scope, () => {
      const [mean, variance] = tf.nn.moments(x, momentAxes(fmt), { keepDims: true });
      const invStd = tf.rsqrt(variance.add(epsilon));
      return [mean, invStd, this.#normalize(x, mean, invStd)] as const;
    });
  }
  call(x: tf.Tensor): tf.Tensor {
    return tf.variableScope(this.scope, { reuse: true }, () => this.#normalize(x, this.mean, this.invStd));
  }
  #normalize(x: tf.Tensor, mean: tf.Tensor, invStd: tf.Tensor): tf.Tensor {
    const shape = x.getShape().asList() as number[];
    const gamma = tf.getVariable('gamma', paramShape(shape, this.fmt), { initializer: tf.constantInitializer(1.) });
    const beta = tf.getVariable('beta', paramShape(shape, this.fmt), { initializer: tf.constantInitializer(0.) });
    const coeff = gamma.mul(invStd);
    return x.mul(coeff).add(beta.sub(mean.mul(coeff)));
  }
}

export type Net = (ref: tf.Variable, inputs: tf.Tensor, channels: readonly number[], fmt: Format) => tf.Tensor;

/** First implementation: concat, one tower, second half of the result. */
export const netSingle: Net = (ref, inputs, channels, fmt) => {
  let h = tf.concat([ref, inputs], { axis: 0 });
  h = tf.variableScope('convnet', () => {
    channels.forEach((c, i) => {
      h = conv(h, c, `Layer${i}`, fmt);
      h = vbnSingle(h, fmt, `Norm${i}`);
      h = tf.nn.relu(h, { name: `Activ${i}` });
    });
    const shape = h.getShape().asList() as number[];
    const half = Math.floor(shape[0]! / 2);
    h = tf.slice(h, [half, 0, 0, 0], [half, shape[1]!, shape[2]!, shape[3]!]);
    return tf.reduceMean(h, { axis: spatial(fmt) });
  });
  return tf.contrib.layers.fullyConnected(h, { numOutputs: 2, activationFn: null, scope: 'head' });
};

/** Second implementation: reference tower, then the input tower with reuse. */
export const netDouble: Net = (ref, inputs, channels, fmt) => {
  const vbn: VbnDouble[] = [];
  tf.variableScope('convnet', () => {
    let h: tf.Tensor | tf.Variable = ref;
    channels.forEach((c, i) => {
      const y = conv(h as tf.Tensor, c, `Layer${i}`, fmt);
      vbn.push(new VbnDouble(y, fmt, `Norm${i}`));
      h = tf.nn.relu(vbn[i]!.referenceOutput, { name: `Activ${i}` });
    });
  });
  const h = tf.variableScope('convnet', { reuse: true }, () => {
    let x = inputs;
    channels.forEach((c, i) => {
      x = conv(x, c, `Layer${i}`, fmt);
      x = vbn[i]!.call(x);
      x = tf.nn.relu(x, { name: `Activ${i}` });
    });
    return tf.reduceMean(x, { axis: spatial(fmt) });
  });
  return tf.contrib.layers.fullyConnected(h, { numOutputs: 2, activationFn: null, scope: 'head' });
};

export function lossOf(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  return tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels, logits }), { name: 'loss' });
}

/** Network + loss + optimizer, trace of `steps` steps with fixed feeds. */
export function training(net: Net, opt: tf.train.Optimizer, trainable: boolean, steps = 10, n = 4, hw = 6, channels: readonly number[] = [3, 4], fmt: Format = 'NHWC'): Program {
  tf.setRandomSeed(11);
  const x = tf.placeholder(tf.float32, [n, hw, hw, 1], { name: 'x' });
  const y = tf.placeholder(tf.float32, [n, 2], { name: 'y' });
  const ref = tf.getVariable('reference_batch', { initializer: arr([n, hw, hw, 1], 1), trainable });
  const logits = net(ref, x, channels, fmt);
  const loss = lossOf(logits, y);
  const gv = opt.computeGradients(loss);
  const train = opt.applyGradients(gv);
  const init = tf.globalVariablesInitializer();
  note('grads', gv.map(([g, v]) => [g?.name, v.name]));
  const runs: (Run | 'VARS')[] = [{ fetch: init }, 'VARS'];
  for (let s = 0; s < steps; s++) {
    const feed: [tf.Tensor, tf.NDArray][] = [[x, arr([n, hw, hw, 1], 10 + s % 3)], [y, onehot(n, 20 + s % 3)]];
    runs.push({ fetch: s === 0 || s === steps - 1 ? [loss, logits, gv.map(([g]) => g)] : [loss, logits], feed, label: `before step ${s}` });
    runs.push({ fetch: [train, loss], feed, label: `step ${s}` });
    if (s === 0 || s === 1 || s === steps - 1) runs.push('VARS');
  }
  return { runs };
}
