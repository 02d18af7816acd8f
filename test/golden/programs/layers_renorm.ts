// Restates layers_renorm.py: batch normalization that is corrected, taken in parts, adjusted.
import * as tf from 'tfgraph';
import { arr, attempt, type Program } from '../oracle.ts';

const { layers: L, fill } = tf, { layers: C, slim } = tf.contrib;

export function layers_renorm(): Program {
  tf.setRandomSeed(17);
  const x = tf.placeholder(tf.float32, [4, 3, 3, 2], { name: 'x' }), v = tf.placeholder(tf.float32, [4, 5], { name: 'v' }), t = tf.placeholder(tf.bool, [], { name: 't' });
  const fed = (training: boolean): tf.Feeds => [[x, arr([4, 3, 3, 2], 1, -1, 3)], [v, arr([4, 5], 2)], [t, training]];
  const clip = { rmin: 0.5, rmax: 2, dmax: 1 };
  const outs = [
    L.batchNormalization(x, { training: true, renorm: true }), L.batchNormalization(v, { training: false, renorm: true, name: 'still' }),
    L.batchNormalization(x, { training: t, renorm: true, renormClipping: clip, renormMomentum: 0.8, momentum: 0.9, name: 'fed' }),
    L.batchNormalization(tf.transpose(x, [0, 3, 1, 2]), { axis: 1, training: true, renorm: true, renormClipping: { dmax: 0.25 }, scale: false, name: 'first' }),
  ];
  outs.push(
    L.batchNormalization(x, { training: true, virtualBatchSize: 2, name: 'ghost' }), L.batchNormalization(v, { training: t, virtualBatchSize: 2, momentum: 0.5, name: 'ghosts' }),
    L.batchNormalization(v, { training: false, virtualBatchSize: 2 }),
  );
  const wide = (shape: tf.Tensor): [tf.Tensor, tf.Tensor] => [fill([shape.at(0), 1], 1.5), fill([shape.at(0), 1], -0.25)];
  outs.push(
    L.batchNormalization(v, { training: true, adjustment: wide, name: 'moved' }), L.batchNormalization(v, { training: t, adjustment: wide, center: false }), L.batchNormalization(v, { training: false, adjustment: wide }),
    C.batchNorm(x, { renorm: true, renormClipping: clip, renormDecay: 0.7, scale: true }), slim.batchNorm(v, { isTraining: t, renorm: true, scope: 'slim' }), C.batchNorm(v, { adjustment: wide, scope: 'both' }),
  );
  attempt('in place', () => slim.batchNorm(v, { renorm: true, updatesCollections: null }));
  attempt('clip', () => L.batchNormalization(v, { renorm: true, renormClipping: { max: 1.5 } as never }));
  attempt('axis', () => L.batchNormalization(x, 0, { virtualBatchSize: 2 }));
  attempt('size', () => L.batchNormalization(x, { virtualBatchSize: 0 }));
  attempt('both', () => L.batchNormalization(x, { virtualBatchSize: 2, adjustment: wide }));
  const updates = tf.getCollection(tf.GraphKeys.UPDATE_OPS) as unknown[];
  const g = tf.gradients(tf.addN(outs.map((o) => tf.reduceSum(o.pow(3)))), [x, v]);
  return { runs: [{ fetch: tf.globalVariablesInitializer() }, { fetch: outs, feed: fed(true) }, { fetch: updates, feed: fed(true) }, 'VARS', { fetch: outs, feed: fed(true) }, { fetch: g, feed: fed(true) }, { fetch: updates, feed: fed(false) }, 'VARS'] };
}
