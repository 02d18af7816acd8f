// Programs whose number of examples is left open: training steps of the other benchmarks' kinds, small enough that what a
// new size costs beside its run is seen.
import * as tf from 'tfgraph';
import { nd, random, RATE } from './step.ts';

/** `feeds` for some number of examples; `first`: the number it is compiled for, `later`: those that follow. */
export interface AnySize { readonly name: string; readonly build: () => { readonly loss: tf.Tensor; readonly feeds: (n: number) => [tf.Tensor, tf.NDArray][] } ; readonly first: number; readonly later: readonly number[] }

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const floats = (...shape: number[]): tf.NDArray => nd(shape, random(size(shape), shape.length));
let made = 0;
const variable = (...shape: number[]): tf.Tensor => tf.getVariable(`v${made++}`, { initializer: tf.constant(nd(shape, random(size(shape), made, 0.1))) }).value();
const images = (side: number, channels: number): tf.Tensor => tf.placeholder(tf.float32, [null, side, side, channels]);
const layer = (h: tf.Tensor, units: number): tf.Tensor => tf.nn.biasAdd(tf.matmul(h, variable(h.shape.dims![1]!, units)), variable(units));
const entropy = (y: tf.Tensor, logits: tf.Tensor): tf.Tensor => tf.reduceMean(tf.nn.softmaxCrossEntropyWithLogits({ labels: y, logits }));

const dense: AnySize = { name: 'dense 784-512-512-10', first: 64, later: [48, 61, 50, 33, 47, 90, 12, 77, 65], build: () => {
  const x = tf.placeholder(tf.float32, [null, 784]), y = tf.placeholder(tf.float32, [null, 10]);
  return { loss: entropy(y, layer(tf.nn.relu(layer(tf.nn.relu(layer(x, 512)), 512)), 10)), feeds: (n) => [[x, floats(n, 784)], [y, floats(n, 10)]] };
} };
const REFERENCE = 8, SIDE = 32;
const vbn: AnySize = { name: `VBN convnet, ${REFERENCE} reference images of ${SIDE}x${SIDE}`, first: 16, later: [12, 15, 13, 20, 18, 11, 24, 17, 19], build: () => {
  const x = images(SIDE, 1), y = tf.placeholder(tf.float32, [null, 1]);
  let h = x;
  for (const channels of [32, 64, 64]) {
    h = tf.nn.biasAdd(tf.nn.conv2d(h, variable(3, 3, h.shape.dims![3]!, channels), [1, 2, 2, 1], 'SAME'), variable(channels));
    const reference = tf.slice(h, [0, 0, 0, 0], [REFERENCE, -1, -1, -1]), mean = tf.reduceMean(reference, [0, 1, 2]), variance = tf.reduceMean(tf.square(reference.sub(mean)), [0, 1, 2]);
    h = tf.nn.relu(h.sub(mean).mul(tf.rsqrt(variance.add(1e-3)).mul(variable(channels))).add(variable(channels)));
  }
  const flat = tf.reshape(h, [-1, (SIDE / 8) ** 2 * 64]);
  return { loss: tf.reduceMean(tf.nn.sigmoidCrossEntropyWithLogits({ labels: y, logits: layer(flat, 1) })), feeds: (n) => [[x, floats(n, SIDE, SIDE, 1)], [y, floats(n, 1)]] };
} };
const batchNorm = (format: 'NHWC' | 'NCHW'): AnySize => ({ name: `convnet with batch normalisation, ${format}`, first: 16, later: [12, 15, 13, 20, 18, 11, 24, 17, 19], build: () => {
  const last = format === 'NHWC', shape = last ? [SIDE, SIDE, 1] : [1, SIDE, SIDE], x = tf.placeholder(tf.float32, [null, ...shape]), y = tf.placeholder(tf.float32, [null, 10]);
  const dataFormat = last ? 'channels_last' : 'channels_first';
  let h = x;
  for (const channels of [16, 32, 32]) h = tf.nn.relu(tf.layers.batchNormalization(tf.layers.conv2d(h, channels, 3, { strides: 2, padding: 'same', dataFormat }), { axis: last ? -1 : 1, training: true }));
  return { loss: entropy(y, layer(tf.reshape(h, [-1, (SIDE / 8) ** 2 * 32]), 10)), feeds: (n) => [[x, floats(n, ...shape)], [y, floats(n, 10)]] };
} });
const STEPS = 50, UNITS = 64;
const lstm: AnySize = { name: `LSTM of ${STEPS} steps, ${UNITS} units`, first: 16, later: [12, 15, 13, 20, 18, 11, 24, 17, 19], build: () => {
  const x = tf.placeholder(tf.float32, [STEPS, null, 32]), y = tf.placeholder(tf.float32, [null, 10]), w = variable(32 + UNITS, 4 * UNITS), b = variable(4 * UNITS);
  const zero = tf.zeros(tf.stack([tf.shape(x).at(1), UNITS]));
  let c: tf.Tensor = zero, h: tf.Tensor = zero;
  for (const xt of tf.unstack(x)) {
    const [i, j, f, o] = tf.split(tf.nn.biasAdd(tf.matmul(tf.concat([xt, h], 1), w), b), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    c = c.mul(tf.sigmoid(f.add(1.))).add(tf.sigmoid(i).mul(tf.tanh(j)));
    h = tf.tanh(c).mul(tf.sigmoid(o));
  }
  return { loss: entropy(y, layer(h, 10)), feeds: (n) => [[x, floats(STEPS, n, 32)], [y, floats(n, 10)]] };
} };
const PLACES = 32, HEADS = 4, WIDE = 64;
const attention: AnySize = { name: `attention block, ${PLACES} positions, ${WIDE} units`, first: 8, later: [6, 7, 5, 10, 9, 3, 12, 11, 13], build: () => {
  const x = tf.placeholder(tf.float32, [null, PLACES, WIDE]), flat = tf.reshape(x, [-1, WIDE]);
  const split = (t: tf.Tensor): tf.Tensor => tf.transpose(tf.reshape(t, [-1, PLACES, HEADS, WIDE / HEADS]), [0, 2, 1, 3]);
  const [q, k, u] = tf.split(tf.matmul(flat, variable(WIDE, 3 * WIDE)), 3, 1).map(split) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const weights = tf.nn.softmax(tf.matmul(q, k, { transposeB: true }).mul(1 / Math.sqrt(WIDE / HEADS)));
  const joined = tf.reshape(tf.transpose(tf.matmul(weights, u), [0, 2, 1, 3]), [-1, WIDE]);
  return { loss: tf.reduceMean(tf.square(flat.add(layer(joined, WIDE)))), feeds: (n) => [[x, floats(n, PLACES, WIDE)]] };
} };
const WORDS = 2000;
const embedding: AnySize = { name: 'embedding and softmax', first: 64, later: [48, 61, 50, 33, 47, 90, 12, 77, 65], build: () => {
  const x = tf.placeholder(tf.int32, [null]), y = tf.placeholder(tf.int32, [null]);
  const logits = layer(tf.nn.embeddingLookup(variable(WORDS, 64), x), 128), ids = (n: number, of: number): tf.NDArray => new tf.NDArray(tf.int32, [n], Int32Array.from({ length: n }, (_, i) => (i * 7919) % of));
  return { loss: tf.reduceMean(tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: y, logits })), feeds: (n) => [[x, ids(n, WORDS)], [y, ids(n, 128)]] };
} };
export const ANY_SIZE: Readonly<Record<string, AnySize>> = { dense, vbn, norm: batchNorm('NHWC'), norm_nchw: batchNorm('NCHW'), lstm, attention, embedding };

/** The training step: what to fetch. */
export function trainingOf(loss: tf.Tensor): tf.Tensor[] { return [loss, new tf.train.AdamOptimizer(RATE).minimize(loss)] as tf.Tensor[]; }
