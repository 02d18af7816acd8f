// One head-split attention block with residual and a linear layer (batch 8, 64 positions, 128 units in 4 heads), Adam; and
// an embedding of 20,000 words with a softmax over 512 classes, forward (TensorFlow.js has no gradient of a gather on wasm).
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';
import { eagerStep, eagerTraining, graphStep, graphTraining, nd, type Program, random, startOf } from './step.ts';

const BATCH = 8, PLACES = 64, UNITS = 128, HEADS = 4, EACH = UNITS / HEADS;
const SHAPES = [[UNITS, 3 * UNITS], [UNITS, UNITS], [UNITS]];
const INPUT = [BATCH, PLACES, UNITS] as const, values = random(BATCH * PLACES * UNITS, 6);

export const attention: Program = {
  name: 'attention block, batch 8, 64 positions, 128 units, Adam', tf1: 'attention',
  ours: () => graphTraining(SHAPES, (v) => {
    const x = tf.placeholder(tf.float32, INPUT);
    const flat = tf.reshape(x, [-1, UNITS]);
    const split = (t: tf.Tensor): tf.Tensor => tf.transpose(tf.reshape(t, [BATCH, PLACES, HEADS, EACH]), [0, 2, 1, 3]);
    const [q, k, u] = tf.split(tf.matmul(flat, v[0]!), 3, 1).map(split) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const weights = tf.nn.softmax(tf.matmul(q, k, { transposeB: true }).mul(1 / Math.sqrt(EACH)));
    const joined = tf.reshape(tf.transpose(tf.matmul(weights, u), [0, 2, 1, 3]), [-1, UNITS]);
    const y = flat.add(tf.nn.biasAdd(tf.matmul(joined, v[1]!), v[2]!));
    return { loss: tf.reduceMean(tf.square(y)), feeds: [[x, nd(INPUT, values)]] };
  }),
  eager: () => {
    const x = tfjs.tensor(values, [...INPUT]), flat = tfjs.reshape(x, [-1, UNITS]) as tfjs.Tensor2D;
    return eagerTraining(SHAPES, (v) => {
      const split = (t: tfjs.Tensor): tfjs.Tensor => tfjs.transpose(tfjs.reshape(t, [BATCH, PLACES, HEADS, EACH]), [0, 2, 1, 3]);
      const [q, k, u] = tfjs.split(tfjs.matMul(flat, v[0] as tfjs.Tensor2D), 3, 1).map(split) as [tfjs.Tensor, tfjs.Tensor, tfjs.Tensor];
      const weights = tfjs.softmax(tfjs.mul(tfjs.matMul(q, k, false, true), 1 / Math.sqrt(EACH)));
      const joined = tfjs.reshape(tfjs.transpose(tfjs.matMul(weights, u), [0, 2, 1, 3]), [-1, UNITS]) as tfjs.Tensor2D;
      const y = tfjs.add(flat, tfjs.add(tfjs.matMul(joined, v[1] as tfjs.Tensor2D), v[2]!));
      return tfjs.mean(tfjs.square(y));
    });
  },
};

const WORDS = 20_000, WIDE = 64, CLASSES = 512, ROWS = 512;
const TABLES = [[WORDS, WIDE], [WIDE, CLASSES]], ids = Int32Array.from({ length: ROWS }, (_, i) => (i * 7919) % WORDS);

export const embedding: Program = {
  name: 'embedding of 20,000 words and softmax over 512 classes, 512 rows, forward', tf1: 'embedding',
  ours: () => graphStep(() => {
    const x = tf.placeholder(tf.int32, [ROWS]);
    const [table, out] = startOf(TABLES).map((a, i) => tf.getVariable(`v${i}`, { initializer: tf.constant(nd(TABLES[i]!, a)) }).value()) as [tf.Tensor, tf.Tensor];
    return { fetches: [tf.nn.softmax(tf.matmul(tf.nn.embeddingLookup(table, x), out))], feeds: [[x, new tf.NDArray(tf.int32, [ROWS], ids)]], init: tf.globalVariablesInitializer() };
  }),
  eager: () => {
    const x = tfjs.tensor1d(ids, 'int32'), [table, out] = startOf(TABLES).map((a, i) => tfjs.tensor(a, [...TABLES[i]!] as [number, number])) as [tfjs.Tensor2D, tfjs.Tensor2D];
    return eagerStep(() => tfjs.softmax(tfjs.matMul(tfjs.gather(table, x), out)));
  },
};
