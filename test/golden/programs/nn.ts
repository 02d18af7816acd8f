// Restates nn_*.py: neural network ops.
import * as tf from 'tfgraph';
import { arr, ints, type Program, type Step } from '../oracle.ts';

export function nn_sparse_xent(): Program {
  const runs: Step[] = [];
  for (const [name, logitsShape, labelsShape] of [['known', [2, 3, 4], [2, 3]], ['part', [null, 3, 4], [null, 3]], ['rank', null, null]] as const) {
    const logits = tf.placeholder(tf.float32, logitsShape, { name: `${name}_logits` });
    const labels = tf.placeholder(tf.int32, labelsShape, { name: `${name}_labels` });
    const cost = tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels, logits, name });
    const g = tf.gradients(cost, logits)[0]!;
    runs.push({ fetch: [cost, g], feed: [[logits, arr([2, 3, 4], 1)], [labels, ints([2, 3], 4, 2)]] });
    if (name === 'part') runs.push({ fetch: cost, feed: [[logits, arr([2, 3, 4], 1)], [labels, ints([3, 3], 4, 2)]] });
  }
  return { runs };
}
