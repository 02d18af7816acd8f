// The entry question: "should these two programs train differently (any loss, any optimizer)?" Program one joins two
// batches and convolves once; program two convolves each batch, the second time with reuse, and joins the results.
// Differences from the text as asked, and why: the text called tf.nn.conv2d with the arguments of
// tf.contrib.layers.conv2d, and program one fed it an undefined name (`inputs`, meant was `full_inputs`). contrib's
// default ReLU is left out, as tf.nn.conv2d has none. The placeholders have names, and the data format is an argument.
import * as tf from 'tfgraph';
import { type DataFormat, imageShape } from './data_format.ts';

/** A program: what is fed and what comes out. */
export interface EntryProgram {
  readonly inputs1: tf.Tensor;
  readonly inputs2: tf.Tensor;
  readonly outputs: tf.Tensor;
}

const conv = (inputs: tf.Tensor, dataFormat: DataFormat): tf.Tensor =>
  tf.contrib.layers.conv2d(inputs, { kernelSize: [3, 3], numOutputs: 1, stride: [1, 1], padding: 'VALID', activationFn: null, dataFormat });

/** First code: concat, then one convolution. */
export function programOne(dataFormat: DataFormat, batch = 16, size = 32): EntryProgram {
  const inputs1 = tf.placeholder({ shape: imageShape(batch, size, dataFormat), dtype: tf.float32, name: 'inputs1' });
  const inputs2 = tf.placeholder({ shape: imageShape(batch, size, dataFormat), dtype: tf.float32, name: 'inputs2' });
  const fullInputs = tf.concat([inputs1, inputs2], { axis: 0 });
  const outputs = tf.variableScope('convnet', () => conv(fullInputs, dataFormat));
  return { inputs1, inputs2, outputs };
}

/** Second code: one convolution each, the second with reuse, then concat. */
export function programTwo(dataFormat: DataFormat, batch = 16, size = 32): EntryProgram {
  const inputs1 = tf.placeholder({ shape: imageShape(batch, size, dataFormat), dtype: tf.float32, name: 'inputs1' });
  const inputs2 = tf.placeholder({ shape: imageShape(batch, size, dataFormat), dtype: tf.float32, name: 'inputs2' });
  const outputs1 = tf.variableScope('convnet', () => conv(inputs1, dataFormat));
  const outputs2 = tf.variableScope('convnet', { reuse: true }, () => conv(inputs2, dataFormat));
  const outputs = tf.concat([outputs1, outputs2], { axis: 0 });
  return { inputs1, inputs2, outputs };
}
