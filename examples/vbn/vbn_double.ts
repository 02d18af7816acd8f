// Second implementation: a class. The constructor normalises the reference tower's tensor and keeps its mean and
// inv_std; calling the object normalises another tensor with them, under the same variables (reuse).
// Differences from the text as asked, and why:
// - rank 2 becomes [N, C, 1, 1] (not [N, C, 0, 0], which has no elements);
// - the data format is an argument (the text used an undefined name, and axes [0, 2, 3] whatever it was);
// - `__call__` is `call`: JavaScript objects cannot be called.
// Kept on purpose: the scope's *name* is kept and re-opened, so a call works only under the same outer variable scope
// as the constructor (refused.ts shows the other case).
import * as tf from 'tfgraph';
import { channelShape, type DataFormat, momentAxes, staticShape } from './data_format.ts';
import { fourDims } from './vbn_single.ts';

export interface VbnDoubleOptions {
  readonly epsilon?: number;
  readonly dataFormat?: DataFormat;
  readonly scope: string;
}

export class VbnDouble {
  readonly epsilon: number;
  readonly dataFormat: DataFormat;
  readonly scope: string;
  readonly mean: tf.Tensor;
  readonly var: tf.Tensor;
  readonly invStd: tf.Tensor;
  readonly batchSize: number;
  readonly referenceOutput: tf.Tensor;

  constructor(x: tf.Tensor, { epsilon = 1e-5, dataFormat = 'NCHW', scope }: VbnDoubleOptions) {
    const origShape = staticShape(x, 'VbnDouble');
    const needsReshape = origShape.length !== 4;
    if (needsReshape) x = tf.reshape(x, fourDims(origShape, dataFormat));
    this.epsilon = epsilon;
    this.dataFormat = dataFormat;
    this.scope = scope;
    this.batchSize = origShape[0]!;
    const made = tf.variableScope(scope, () => {
      const [mean, variance] = tf.nn.moments(x, momentAxes(dataFormat), { keepDims: true });
      const invStd = tf.rsqrt(variance.add(epsilon));
      return { mean, variance, invStd, out: this.normalize(x, mean, invStd) };
    });
    this.mean = made.mean;
    this.var = made.variance;
    this.invStd = made.invStd;
    this.referenceOutput = needsReshape ? tf.reshape(made.out, origShape) : made.out;
  }

  /** Python's `__call__`. */
  call(x: tf.Tensor): tf.Tensor {
    const origShape = staticShape(x, 'VbnDouble');
    const needsReshape = origShape.length !== 4;
    if (needsReshape) x = tf.reshape(x, fourDims(origShape, this.dataFormat));
    const out = tf.variableScope(this.scope, { reuse: true }, () => this.normalize(x, this.mean, this.invStd));
    return needsReshape ? tf.reshape(out, origShape) : out;
  }

  private normalize(x: tf.Tensor, mean: tf.Tensor, invStd: tf.Tensor): tf.Tensor {
    const shape = staticShape(x, 'VbnDouble');
    const gamma = tf.getVariable('gamma', channelShape(shape, this.dataFormat), { initializer: tf.constantInitializer(1) });
    const beta = tf.getVariable('beta', channelShape(shape, this.dataFormat), { initializer: tf.constantInitializer(0) });
    const coeff = gamma.mul(invStd);
    return x.mul(coeff).add(beta.sub(mean.mul(coeff)));
  }
}
