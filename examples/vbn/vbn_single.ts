// First implementation: one function. The batch holds the reference images in its first half and the inputs in its
// second; statistics come from the first half and normalise both.
// Differences from the text as asked, and why:
// - rank 2 is reshaped to [N, C, 1, 1] (not [N, C, 0, 0], which has no elements), and the result back (the text did not);
// - the data format is an argument, so NHWC works too;
// - an unknown batch size is an error that says so: the text took half of None;
// - no check that epsilon is a float and no unused `batch_size`: types see to the first.
// Kept on purpose: half of the batch is the reference, so both parts must be equally large; the original's mixing with
// each example's own statistics (improved_gan.ts) is left out.
import * as tf from 'tfgraph';
import { channelShape, type DataFormat, momentAxes, staticShape } from './data_format.ts';

export interface VbnOptions {
  readonly epsilon?: number;
  readonly dataFormat?: DataFormat;
  readonly scope?: string | null;
}

export const vbnSingle = tf.contrib.framework.addArgScope(function vbnSingle(x: tf.Tensor, options: VbnOptions = {}): tf.Tensor {
  const { epsilon = 1e-5, dataFormat = 'NCHW', scope = null } = options;
  const origShape = staticShape(x, 'vbnSingle');
  const halfSize = Math.floor(origShape[0]! / 2);
  const needsReshape = origShape.length !== 4;
  if (needsReshape) x = tf.reshape(x, fourDims(origShape, dataFormat));
  const shape = staticShape(x, 'vbnSingle');
  return tf.variableScope(scope, 'VBN', () => {
    const refHalf = tf.slice(x, [0, 0, 0, 0], [halfSize, shape[1]!, shape[2]!, shape[3]!]);
    const gamma = tf.getVariable('gamma', channelShape(shape, dataFormat), { initializer: tf.constantInitializer(1) });
    const beta = tf.getVariable('beta', channelShape(shape, dataFormat), { initializer: tf.constantInitializer(0) });
    const [refMean, refVar] = tf.nn.moments(refHalf, momentAxes(dataFormat), { keepDims: true });
    const invStd = tf.rsqrt(refVar.add(epsilon));
    const coeff = invStd.mul(gamma);
    const out = x.mul(coeff).add(beta.sub(refMean.mul(coeff)));
    return needsReshape ? tf.reshape(out, origShape) : out;
  });
});

/** The four-dimensional form of [N, C] or [N]. */
export function fourDims(shape: readonly number[], dataFormat: DataFormat): number[] {
  const [n, c] = shape;
  if (shape.length === 2) return dataFormat === 'NCHW' ? [n!, c!, 1, 1] : [n!, 1, 1, c!];
  if (shape.length === 1) return [n!, 1, 1, 1];
  throw new Error(`virtual batch normalisation takes rank 1, 2 or 4, got shape [${shape.join(', ')}]`);
}
