// The two networks of the question, put right so that they run and compute what was meant: three blocks of
// convolution, virtual batch normalisation and ReLU, a mean over height and width, a linear layer with two classes.
// Statements stand in the order of the text, `L` is its list of layers. What was changed, and why:
// - the three blocks are a loop (the text spells them out), so `Activq` is `Activ1` and the missing brackets are there;
// - Layer0 gets the joined batch (the text built `full_inputs` and then used `inputs`);
// - `activationFn: null` in the convolutions and the head (contrib's default ReLU would cut off half of what the
//   normaliser sees, and half of the logits);
// - the data format is an argument everywhere (contrib's default is NHWC, the text's VBN is written for NCHW);
// - the reference batch is made by the caller, who decides whether it is trained (get_variable's default is that it is);
// - the head has a name and stands outside the reusing scope, where its variables could not be created: in the text
//   the indentation is lost, and an unnamed head gets a new name in a second model;
// - channels, strides and image size, which the text leaves out (`[...]`) or has at 256 x 256, are the caller's, too.
// Variables have equal names in both networks; ops of the second tower stand under `convnet_1/`.
import * as tf from 'tfgraph';
import { type DataFormat, spatialAxes, staticShape } from './data_format.ts';
import { VbnDouble } from './vbn_double.ts';
import { vbnSingle } from './vbn_single.ts';

/** Sizes of a network: output channels and strides of its blocks. */
export interface NetworkSize {
  readonly channels: readonly number[];
  /** Default 1 everywhere. */
  readonly strides?: readonly number[];
}

const conv2d = tf.contrib.layers.conv2d;
const last = (L: readonly tf.Tensor[]): tf.Tensor => L[L.length - 1]!;

/** First implementation: the reference batch and the inputs go through one tower together. */
export function netSingle(referenceBatch: tf.Variable, inputs: tf.Tensor, size: NetworkSize, dataFormat: DataFormat): tf.Tensor {
  const { channels, strides = [] } = size;
  const fullInputs = tf.concat([referenceBatch, inputs], { axis: 0 });
  const L: tf.Tensor[] = [fullInputs];
  tf.variableScope('convnet', () => {
    for (const [i, c] of channels.entries()) {
      L.push(conv2d(last(L), c, [3, 3], { stride: strides[i] ?? 1, activationFn: null, dataFormat, scope: `Layer${i}` }));
      L.push(vbnSingle(last(L), { dataFormat, scope: `Norm${i}` }));
      L.push(tf.nn.relu(last(L), { name: `Activ${i}` }));
    }
    const shape = staticShape(last(L), 'netSingle');
    const halfSize = shape[0]! / 2;
    L.push(tf.slice(last(L), [halfSize, 0, 0, 0], [halfSize, shape[1]!, shape[2]!, shape[3]!]));
    L.push(tf.reduceMean(last(L), { axis: spatialAxes(dataFormat) }));
  });
  return tf.contrib.layers.fullyConnected(last(L), { numOutputs: 2, activationFn: null, scope: 'head' });
}

/** Second implementation: a tower on the reference batch, then the same tower, with reuse, on the inputs. */
export function netDouble(referenceBatch: tf.Variable, inputs: tf.Tensor, size: NetworkSize, dataFormat: DataFormat): tf.Tensor {
  const { channels, strides = [] } = size;
  const vbn: VbnDouble[] = [];
  const L: tf.Tensor[] = [];
  tf.variableScope('convnet', () => {
    for (const [i, c] of channels.entries()) {
      L.push(conv2d(i === 0 ? referenceBatch : last(L), c, [3, 3], { stride: strides[i] ?? 1, activationFn: null, dataFormat, scope: `Layer${i}` }));
      vbn.push(new VbnDouble(last(L), { dataFormat, scope: `Norm${i}` }));
      L.push(vbn[i]!.referenceOutput);
      L.push(tf.nn.relu(last(L), { name: `Activ${i}` }));
    }
  });
  L.push(inputs);
  tf.variableScope('convnet', { reuse: true }, () => {
    for (const [i, c] of channels.entries()) {
      L.push(conv2d(last(L), c, [3, 3], { stride: strides[i] ?? 1, activationFn: null, dataFormat, scope: `Layer${i}` }));
      L.push(vbn[i]!.call(last(L)));
      L.push(tf.nn.relu(last(L), { name: `Activ${i}` }));
    }
    L.push(tf.reduceMean(last(L), { axis: spatialAxes(dataFormat) }));
  });
  return tf.contrib.layers.fullyConnected(last(L), { numOutputs: 2, activationFn: null, scope: 'head' });
}

export type Network = typeof netSingle;

/** Mean softmax cross-entropy; `labels` are one-hot rows. */
export function lossOf(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  return tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels, logits }), { name: 'loss' });
}

/** Share of rows whose larger logit is the labelled one. */
export function accuracyOf(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  return tf.reduceMean(tf.cast(tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1)), tf.float32), { name: 'accuracy' });
}
