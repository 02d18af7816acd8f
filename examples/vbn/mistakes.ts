// Mistakes of the text as asked that build and run without complaint. Each function is the first implementation with
// exactly one of them; `correct` is the same without any. The reference batch is made inside, because one of the
// mistakes is how it is made.
import * as tf from 'tfgraph';
import { channelShape, type DataFormat, momentAxes, spatialAxes, staticShape } from './data_format.ts';
import type { NetworkSize } from './networks.ts';
import { vbnSingle } from './vbn_single.ts';

/** What a program of this file makes. `labels` are those that belong to the logits. */
export interface Model { readonly logits: tf.Tensor; readonly labels: tf.Tensor; readonly reference: tf.Variable }
export type Builder = (referenceImages: tf.NDArray, inputs: tf.Tensor, labels: tf.Tensor, size: NetworkSize, dataFormat: DataFormat) => Model;

type Normalizer = (x: tf.Tensor, scope: string, dataFormat: DataFormat) => tf.Tensor;
const vbn: Normalizer = (x, scope, dataFormat) => vbnSingle(x, { scope, dataFormat });

/** How a tower is built; without options, correctly. */
interface Tower { readonly normalize?: Normalizer; readonly conv?: { readonly activationFn?: null; readonly dataFormat?: DataFormat }; readonly vbnFormat?: DataFormat }

/** The three blocks. */
function blocks(h: tf.Tensor, size: NetworkSize, dataFormat: DataFormat, { normalize = vbn, conv = { activationFn: null, dataFormat }, vbnFormat = dataFormat }: Tower = {}): tf.Tensor {
  for (const [i, c] of size.channels.entries()) {
    h = tf.contrib.layers.conv2d(h, c, [3, 3], { stride: size.strides?.[i] ?? 1, ...conv, scope: `Layer${i}` });
    h = normalize(h, `Norm${i}`, vbnFormat);
    h = tf.nn.relu(h, { name: `Activ${i}` });
  }
  return h;
}

/** Second half of a batch. */
function secondHalf(h: tf.Tensor): tf.Tensor {
  const shape = staticShape(h, 'secondHalf');
  const half = shape[0]! / 2;
  return tf.slice(h, [half, ...shape.slice(1).map(() => 0)], [half, ...shape.slice(1)]);
}

const fixedReference = (images: tf.NDArray): tf.Variable => tf.getVariable('reference_batch', { initializer: images, trainable: false });
const head = (h: tf.Tensor): tf.Tensor => tf.contrib.layers.fullyConnected(h, { numOutputs: 2, activationFn: null, scope: 'head' });

/** A tower over the joined batch, as in `netSingle`. */
function tower(reference: tf.Variable, inputs: tf.Tensor, size: NetworkSize, dataFormat: DataFormat, options: Tower = {}): tf.Tensor {
  const fullInputs = tf.concat([reference, inputs], { axis: 0 });
  return tf.variableScope('convnet', () =>
    tf.reduceMean(secondHalf(blocks(fullInputs, size, dataFormat, options)), { axis: spatialAxes(options.vbnFormat ?? dataFormat) }));
}

export const correct: Builder = (images, inputs, labels, size, dataFormat) => {
  const reference = fixedReference(images);
  return { reference, labels, logits: head(tower(reference, inputs, size, dataFormat)) };
};

/** `reference_batch` is trainable by default: the optimizer changes the reference images. */
export const trainableReference: Builder = (images, inputs, labels, size, dataFormat) => {
  const reference = tf.getVariable('reference_batch', { initializer: images });
  return { reference, labels, logits: head(tower(reference, inputs, size, dataFormat)) };
};

/** contrib's fully_connected ends in a ReLU unless told otherwise: logits below zero are cut off and get no gradient. */
export const reluLogits: Builder = (images, inputs, labels, size, dataFormat) => {
  const reference = fixedReference(images);
  return { reference, labels, logits: tf.contrib.layers.fullyConnected(tower(reference, inputs, size, dataFormat), { numOutputs: 2, scope: 'head' }) };
};

/** `inputs` instead of `full_inputs` goes into Layer0: the statistics come from the first half of each minibatch, only
 * the second half is classified, and half of the labels are left over. */
export const halfBatch: Builder = (images, inputs, labels, size, dataFormat) => {
  const reference = fixedReference(images);
  const fullInputs = tf.concat([reference, inputs], { axis: 0 });
  void fullInputs; // the mistake
  const h = tf.variableScope('convnet', () => tf.reduceMean(secondHalf(blocks(inputs, size, dataFormat)), { axis: spatialAxes(dataFormat) }));
  return { reference, labels: secondHalf(labels), logits: head(h) };
};

/** contrib's conv2d ends in a ReLU unless told otherwise, too: what is normalised has lost its negative half. */
export const reluBeforeVbn: Builder = (images, inputs, labels, size, dataFormat) => {
  const reference = fixedReference(images);
  return { reference, labels, logits: head(tower(reference, inputs, size, dataFormat, { conv: { dataFormat } })) };
};

/** No data_format for the convolutions (contrib's default is NHWC), while VBN and the mean are written for NCHW. Every
 * shape fits: rows or columns are taken for channels. */
export const mixedFormats: Builder = (images, inputs, labels, size, dataFormat) => {
  const reference = fixedReference(images);
  return { reference, labels, logits: head(tower(reference, inputs, size, dataFormat, { conv: { activationFn: null }, vbnFormat: 'NCHW' })) };
};

/** The statistics are taken as constants: no gradient flows through the reference images. */
export const stopGradient: Builder = (images, inputs, labels, size, dataFormat) => {
  const reference = fixedReference(images);
  const normalize: Normalizer = (x, scope) => tf.variableScope(scope, () => {
    const shape = staticShape(x, 'stopGradient');
    const gamma = tf.getVariable('gamma', channelShape(shape, dataFormat), { initializer: tf.constantInitializer(1) });
    const beta = tf.getVariable('beta', channelShape(shape, dataFormat), { initializer: tf.constantInitializer(0) });
    const refHalf = tf.slice(x, [0, 0, 0, 0], [shape[0]! / 2, ...shape.slice(1)]);
    const [m, v] = tf.nn.moments(refHalf, momentAxes(dataFormat), { keepDims: true });
    const refMean = tf.stopGradient(m);
    const coeff = tf.rsqrt(tf.stopGradient(v).add(1e-5)).mul(gamma);
    return x.mul(coeff).add(beta.sub(refMean.mul(coeff)));
  });
  return { reference, labels, logits: head(tower(reference, inputs, size, dataFormat, { normalize })) };
};

export interface Mistake {
  readonly name: string;
  readonly what: string;
  /** A mistake of the text; false for a variant that shows what matters. */
  readonly inText: boolean;
  /** The lint rule that names it; null where the program may be meant. */
  readonly rule: string | null;
  readonly build: Builder;
}
/** The mistakes in the order of the report. */
export const MISTAKES: readonly Mistake[] = [
  { name: 'trainable reference', what: 'get_variable makes reference_batch trainable by default', inText: true, rule: 'trainable-data', build: trainableReference },
  { name: "relu'd logits", what: 'fully_connected ends in a ReLU by default', inText: true, rule: 'relu-logits', build: reluLogits },
  { name: 'half batch', what: 'Layer0 gets `inputs` instead of `full_inputs`', inText: true, rule: 'batch-mismatch', build: halfBatch },
  { name: 'relu before VBN', what: 'conv2d ends in a ReLU by default', inText: true, rule: null, build: reluBeforeVbn },
  { name: 'mixed formats', what: 'data_format left out: convolutions are NHWC, VBN is written for NCHW', inText: true, rule: null, build: mixedFormats },
  { name: 'stop_gradient', what: 'a variant: the statistics are treated as constants', inText: false, rule: null, build: stopGradient },
];
