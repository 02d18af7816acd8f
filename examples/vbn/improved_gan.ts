// The form both implementations come from: virtual batch normalisation of the improved-GAN code (openai/improved-gan,
// imagenet/model.py, class VBN). Unlike theirs, each example is normalised with the reference batch *and itself*: its
// own mean and mean of squares enter with weight 1/(N+1).
import * as tf from 'tfgraph';
import { type DataFormat, momentAxes, spatialAxes, staticShape } from './data_format.ts';

export class ImprovedGanVbn {
  readonly name: string;
  readonly epsilon: number;
  readonly dataFormat: DataFormat;
  readonly batchSize: number;
  readonly mean: tf.Tensor;
  readonly meanSq: tf.Tensor;
  readonly referenceOutput: tf.Tensor;

  constructor(x: tf.Tensor, name: string, epsilon = 1e-5, dataFormat: DataFormat = 'NHWC') {
    this.name = name;
    this.epsilon = epsilon;
    this.dataFormat = dataFormat;
    this.batchSize = staticShape(x, 'ImprovedGanVbn')[0]!;
    const made = tf.variableScope(name, () => {
      const mean = tf.reduceMean(x, momentAxes(dataFormat), { keepDims: true });
      const meanSq = tf.reduceMean(tf.square(x), momentAxes(dataFormat), { keepDims: true });
      return { mean, meanSq, out: this.normalize(x, mean, meanSq) };
    });
    this.mean = made.mean;
    this.meanSq = made.meanSq;
    this.referenceOutput = made.out;
  }

  /** Python's `__call__`. */
  call(x: tf.Tensor): tf.Tensor {
    return tf.variableScope(this.name, { reuse: true }, () => {
      const newCoeff = 1 / (this.batchSize + 1);
      const oldCoeff = 1 - newCoeff;
      const newMean = tf.reduceMean(x, spatialAxes(this.dataFormat), { keepDims: true });
      const newMeanSq = tf.reduceMean(tf.square(x), spatialAxes(this.dataFormat), { keepDims: true });
      const mean = newMean.rmul(newCoeff).add(this.mean.rmul(oldCoeff));
      const meanSq = newMeanSq.rmul(newCoeff).add(this.meanSq.rmul(oldCoeff));
      return this.normalize(x, mean, meanSq);
    });
  }

  private normalize(x: tf.Tensor, mean: tf.Tensor, meanSq: tf.Tensor): tf.Tensor {
    const shape = staticShape(x, 'ImprovedGanVbn');
    const channels = this.dataFormat === 'NCHW' ? shape[1]! : shape[3]!;
    const broadcast = this.dataFormat === 'NCHW' ? [1, -1, 1, 1] : [1, 1, 1, -1];
    const gamma = tf.reshape(tf.getVariable('gamma', [channels], { initializer: tf.randomNormalInitializer(1, 0.02, { seed: 5 }) }), broadcast);
    const beta = tf.reshape(tf.getVariable('beta', [channels], { initializer: tf.constantInitializer(0) }), broadcast);
    const std = tf.sqrt(meanSq.radd(this.epsilon).sub(tf.square(mean)));
    let out = x.sub(mean);
    out = out.truediv(std);
    out = out.mul(gamma);
    return out.add(beta);
  }
}
