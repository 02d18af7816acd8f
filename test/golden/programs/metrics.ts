// Restates metrics_*.py: tf.metrics beyond layers_metrics.
import * as tf from 'tfgraph';
import { arr, attempt, ints, note, type Program } from '../oracle.ts';

type Feed = [tf.Tensor, tf.NDArray][];
const noteCollections = (...keys: string[]): void => { for (const c of keys) note(c, tf.getCollection(c).map((v) => (v as tf.Tensor).name)); };
const locals = (): Program['runs'][number] => ({ fetch: Object.fromEntries(tf.localVariables().map((v) => [v.name, v])) });

export function metrics_more(): Program {
  const m = tf.metrics;
  const y = tf.placeholder(tf.float32, [4, 2], { name: 'y' });
  const x = tf.placeholder(tf.float32, [4, 2], { name: 'x' });
  const n = tf.placeholder(tf.float32, [4, 2], { name: 'n' });
  const u = tf.placeholder(tf.float32, { name: 'u' });
  const uw = tf.placeholder(tf.float32, { name: 'uw' });
  const l = tf.placeholder(tf.int64, [6], { name: 'l' });
  const p = tf.placeholder(tf.int32, [6], { name: 'p' });
  const q = tf.placeholder(tf.float32, [6, 1], { name: 'q' });
  const w = tf.placeholder(tf.float32, [6], { name: 'w' });
  const t = [.2, .5, .8];
  const M = [m.mean(x, { weights: tf.constant([[1], [0], [2], [1]]) }), m.mean(x, 2, 'values', ['updates', 'more'], 'mine'), m.mean(u, { weights: uw }), m.meanTensor(x, { weights: tf.constant([[1, 2]]) }),
    m.meanTensor(x, { weights: tf.constant([1, 0, 2, 1]) }), m.meanRelativeError(y, x, n), m.meanCosineDistance(y, x, 1, { weights: tf.constant([1, 0, 2, 1]) }), m.accuracy(u, uw), m.accuracy(l, q),
    m.percentageBelow(x, .5, { name: 'below' }), m.rootMeanSquaredError(y, x, { weights: 2, metricsCollections: 'values', updatesCollections: 'updates', name: 'rmse' }),
    m.truePositives(l, p, { weights: w }), m.trueNegatives(l, p), m.falsePositives(l, p, { name: 'fp' }), m.falseNegatives(l, p, { weights: 2 }), m.precision(l, p, w), m.recall(l, p, w, 'values', 'updates'),
    m.truePositivesAtThresholds(l, q, t), m.trueNegativesAtThresholds(l, q, t, { weights: w }), m.falsePositivesAtThresholds(l, q, t, { name: 'at' }), m.falseNegativesAtThresholds(l, q, t, { updatesCollections: ['updates'] }),
    m.precisionAtThresholds(l, q, t), m.recallAtThresholds(l, q, t, w), m.sensitivityAtSpecificity(l, q, .6, { numThresholds: 7 }), m.specificityAtSensitivity(l, q, .6, w, 7),
    m.auc(l, q, { curve: 'PR', numThresholds: 5 }), m.auc(l, q, { curve: 'PR', summationMethod: 'careful_interpolation', numThresholds: 5 }), m.auc(l, q, w, { summationMethod: 'minoring', thresholds: [.7, .3] }), m.auc(l, q, { summationMethod: 'majoring', numThresholds: 4 }),
    m.meanIou(tf.reshape(l, [2, 3]), tf.reshape(p, [2, 3]), 3, { weights: tf.reshape(w, [2, 3]) }), m.meanPerClassAccuracy(l, p, 3), m.meanPerClassAccuracy(tf.reshape(l, [2, 3]), tf.reshape(p, [2, 3]), 2, tf.reshape(w, [2, 3]), 'values', 'updates')];
  noteCollections('values', 'updates', 'more', tf.GraphKeys.METRIC_VARIABLES, tf.GraphKeys.LOCAL_VARIABLES);
  attempt('shapes', () => m.meanSquaredError(y, tf.zeros([3, 2])));
  attempt('weights', () => m.mean(x, { weights: tf.zeros([3, 1]) }));
  attempt('rank', () => m.mean(x, { weights: tf.zeros([4, 2, 1, 1]) }));
  attempt('count weights', () => m.truePositives(l, p, { weights: tf.zeros([6, 1, 1]) }));
  attempt('curve', () => m.auc(l, q, { curve: 'X' }));
  attempt('method', () => m.auc(l, q, { summationMethod: 'x' }));
  attempt('specificity', () => m.sensitivityAtSpecificity(l, q, 1.5));
  attempt('sensitivity', () => m.specificityAtSensitivity(l, q, -1));
  attempt('tensor shape', () => m.meanTensor(u));
  attempt('iou', () => m.meanIou(l, tf.zeros([5], tf.int64), 2));
  attempt('per class', () => m.meanPerClassAccuracy(l, tf.zeros([5], tf.int64), 2));
  const init = tf.localVariablesInitializer();
  const f = (i: number, a: readonly number[], b: readonly number[]): Feed => [[y, arr([4, 2], i)], [x, arr([4, 2], i + 9)], [n, ints([4, 2], 3, i)], [u, arr(a, i)], [uw, arr(b, i + 3, 0, 1)], [l, ints([6], 2, i)],
    [p, ints([6], 2, i + 50)], [q, arr([6, 1], i, 0, 1)], [w, arr([6], i + 7, 0, 1)]];
  const late = M.filter((_, i) => i !== 7);
  const [vals, ups] = [late.map(([a]) => a), late.map(([, b]) => b)];
  const runs: Program['runs'] = [{ fetch: init }, { fetch: vals }];
  for (const [a, b] of [[[5], [5]], [[4, 3], [4]], [[3, 2], [3, 2, 1]]] as const) runs.push({ fetch: ups, feed: f(runs.length, a, b) }, { fetch: vals });
  for (const [a, b] of [[[4, 1], [4]], [[4], [4, 1]], [[2, 2], [2, 2]]] as const) runs.push({ fetch: M[7]![1], feed: [[u, arr(a, 1)], [uw, arr(b, 1)]] });
  const bad = f(0, [5], [5]).map(([k, v]): Feed[number] => [k, k === q ? arr([6, 1], 0, .5, 1.5) : v]);
  return { runs: [...runs, { fetch: M[17]![1], feed: bad }, locals()] };
}

export function metrics_at_k(): Program {
  const m = tf.metrics;
  const s = tf.placeholder(tf.float32, [3, 5], { name: 's' });
  const l = tf.placeholder(tf.int64, [3], { name: 'l' });
  const l2 = tf.placeholder(tf.int64, [3, 2], { name: 'l2' });
  const lu = tf.placeholder(tf.int64, { name: 'lu' });
  const values = tf.constant([0, 3, 1, 4, 2, 0], tf.int64);
  const sp = new tf.SparseTensor([[0, 0], [0, 1], [1, 0], [2, 0], [2, 1], [2, 2]], values, [3, 3]);
  const w = tf.constant([1, 0, 2], tf.float32);
  const top = tf.constant([[1, 0], [4, 3], [2, 1]], tf.int32);
  const M = [m.recallAtK(l, s, 2), m.precisionAtK(l2, s, 2), m.recallAtK(l2, s, 3, { classId: 1, weights: w, name: 'mine' }), m.precisionAtK(l, s, 1, { classId: 0 }), m.recallAtTopK(l2, top), m.precisionAtTopK(l, top, { k: 2, weights: .5 }),
    m.recallAtK(lu, s, 2), m.precisionAtK(sp, s, 2), m.recallAtK(sp, s, 2, { classId: 4 }), m.sparsePrecisionAtK(l2, s, 2, { metricsCollections: 'values', updatesCollections: 'updates' }),
    m.averagePrecisionAtK(l2, s, 3), m.averagePrecisionAtK(l, s, 1), m.averagePrecisionAtK(l2, s, 2, { weights: w, metricsCollections: 'values', updatesCollections: 'updates', name: 'ap' }),
    m.averagePrecisionAtK(sp, s, 3), m.averagePrecisionAtK(sp, s, 1), m.sparseAveragePrecisionAtK(lu, s, 2)];
  noteCollections('values', 'updates', tf.GraphKeys.METRIC_VARIABLES);
  attempt('k', () => m.averagePrecisionAtK(l, s, 0));
  attempt('labels', () => m.recallAtK(tf.zeros([3, 1, 1], tf.int64), s, 2));
  attempt('weights', () => m.precisionAtK(l2, s, 2, { weights: tf.zeros([4]) }));
  attempt('dtype', () => m.precisionAtK(tf.zeros([3], tf.int32), s, 2));
  attempt('top k', () => m.recallAtK(l, s, 6));
  const init = tf.localVariablesInitializer();
  const f = (i: number): Feed => [[s, arr([3, 5], i)], [l, ints([3], 5, i)], [l2, ints([3, 2], i === 2 ? 7 : 5, i + 5)], [lu, ints(i === 0 ? [3] : [3, 2], 5, i + 7)]];
  const [vals, ups] = [M.map(([a]) => a), M.map(([, b]) => b)];
  const runs: Program['runs'] = [{ fetch: init }, { fetch: vals }];
  for (let i = 0; i < 3; i++) runs.push({ fetch: ups, feed: f(i) }, { fetch: vals });
  return { runs: [...runs, locals()] };
}

export function metrics_resource(): Program {
  const m = tf.metrics;
  const l = tf.placeholder(tf.int64, [6], { name: 'l' });
  const q = tf.placeholder(tf.float32, [6], { name: 'q' });
  const M = tf.variableScope('r', { useResource: true }, () => {
    const p = tf.cast(q.add(.5), tf.int64);
    return [m.mean(q), m.meanTensor(q), m.truePositives(l, p), m.precision(l, p), m.truePositivesAtThresholds(l, q, [.2, .5]), m.recallAtThresholds(l, q, [.2, .5]), m.auc(l, q, { numThresholds: 4 }),
      m.auc(l, q, { curve: 'PR', summationMethod: 'careful_interpolation', numThresholds: 4 }), m.sensitivityAtSpecificity(l, q, .6, { numThresholds: 4 }), m.specificityAtSensitivity(l, q, .6, { numThresholds: 4 }),
      m.meanIou(l, p, 2), m.meanPerClassAccuracy(l, p, 2), m.recallAtK(tf.reshape(l, [3, 2]), tf.reshape(q, [3, 2]), 1), m.averagePrecisionAtK(tf.reshape(l, [3, 2]), tf.reshape(q, [3, 2]), 2)];
  });
  const init = tf.localVariablesInitializer();
  const [vals, ups] = [M.map(([a]) => a), M.map(([, b]) => b)];
  const runs: Program['runs'] = [{ fetch: init }];
  for (let i = 0; i < 2; i++) runs.push({ fetch: ups, feed: [[l, ints([6], 2, i)], [q, arr([6], i, 0, 1)]] }, { fetch: vals });
  return { runs: [...runs, locals()] };
}
