// Restates layers_*.py: layers, losses, metrics.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program } from '../oracle.ts';

export function layers_losses(): Program {
  const lo = tf.losses, R = tf.losses.Reduction, C = tf.contrib.layers;
  const p = tf.placeholder(tf.float32, [4, 3], { name: 'p' });
  const y = tf.constant(arr([4, 3], 2), { name: 'y' });
  const oh = tf.constant([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], { name: 'oh' });
  const w1 = tf.constant([1, 0, 2, .5], { name: 'w1' });
  const w2 = tf.constant([[1], [0], [2], [0]], { name: 'w2' });
  const classes = (v: number[] | number[][]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
  const L = [lo.meanSquaredError(y, p), lo.meanSquaredError(y, p, { weights: w2 }), lo.meanSquaredError(y, p, { reduction: R.NONE, lossCollection: null }), lo.meanSquaredError(y, p, { weights: .5, reduction: R.SUM }),
    lo.meanSquaredError(y, p, w2, { reduction: R.MEAN }), lo.absoluteDifference(y, p, w2, { reduction: R.SUM_OVER_BATCH_SIZE }), lo.huberLoss(y, p, { delta: .3 }), lo.hingeLoss(oh, p), lo.logLoss(oh, tf.sigmoid(p)),
    lo.cosineDistance(tf.nn.l2Normalize(y, 1), tf.nn.l2Normalize(p, 1), { axis: 1 }), lo.softmaxCrossEntropy(oh, p), lo.softmaxCrossEntropy(oh, p, { weights: w1, labelSmoothing: .1 }), lo.sigmoidCrossEntropy(oh, p, { labelSmoothing: .2 }),
    lo.sparseSoftmaxCrossEntropy(classes([0, 1, 2, 0]), p), lo.sparseSoftmaxCrossEntropy(classes([[0], [1], [2], [0]]), p, { weights: w1 }), lo.meanPairwiseSquaredError(y, p), lo.computeWeightedLoss(tf.abs(p), 2, { lossCollection: 'mine' }),
    lo.meanSquaredError(y, p, { scope: 'named' })];
  C.applyRegularization(C.sumRegularizer([C.l1Regularizer(.1), C.l2Regularizer(.2)])!, [tf.getVariable('rv', { initializer: arr([3], 5) }) as tf.Variable]);
  const tot = lo.getTotalLoss();
  note('collection', lo.getLosses());
  const g = tf.gradients(tot, p);
  attempt('shape', () => lo.meanSquaredError(y, p.at([null, 2])));
  attempt('weights', () => lo.meanSquaredError(y, p, { weights: tf.ones([3]) }));
  attempt('none', () => lo.meanSquaredError(null, p));
  attempt('reduction', () => lo.meanSquaredError(y, p, { reduction: 'x' as never }));
  attempt('weights none', () => lo.meanSquaredError(y, p, { weights: null as never }));
  const init = tf.globalVariablesInitializer();
  return { runs: [{ fetch: init }, { fetch: L, feed: [[p, arr([4, 3], 1)]] }, { fetch: [tot, g], feed: [[p, arr([4, 3], 1)]] }] };
}
