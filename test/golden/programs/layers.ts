// Restates layers_*.py: layers, losses, metrics.
import * as tf from 'tfgraph';
import { arr, attempt, ints, note, type Program } from '../oracle.ts';

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

export function layers_core(): Program {
  const L = tf.layers;
  tf.setRandomSeed(5);
  const x = tf.placeholder(tf.float32, [2, 8, 8, 3], { name: 'x' });
  const t = tf.placeholder(tf.bool, [], { name: 'training' });
  const c1 = L.conv2d(x, 4, 3, { padding: 'same', activation: tf.nn.relu });
  const p1 = L.maxPooling2d(c1, 2, 2);
  const b1 = L.batchNormalization(p1, { training: t });
  const c2 = L.conv2d(b1, 5, [3, 2], { strides: [2, 1], name: 'second', useBias: false, kernelInitializer: tf.constantInitializer(.1) });
  const a2 = L.averagePooling2d(c2, 1, 1, { padding: 'same' });
  const u2 = L.conv2dTranspose(a2, 2, 3, { strides: 2, padding: 'same' });
  const f = tf.reshape(u2, [2, -1]);
  const d1 = L.dense(f, 6, { activation: tf.nn.tanh, name: 'fc' });
  const dr = L.dropout(d1, .4, { training: t, seed: 9 });
  const d2 = L.dense(dr, 3);
  const d3 = L.dense(dr, 3);
  const d4 = L.dense(d3, 3, { useBias: false, name: 'nb', kernelRegularizer: tf.contrib.layers.l2Regularizer(.1) });
  const shared = L.dense(d1.at([null, null], [null, 6]), 6, { name: 'fc2' });
  const again = L.dense(d1.mul(2.), 6, { name: 'fc2', reuse: true });
  const obj = new L.Dense({ units: 2, name: 'obj' });
  const o = [obj.apply(d2), obj.apply(d3)];
  const r3 = L.dense(tf.ones([2, 3, 4]), 5, { name: 'rank3' });
  const se = L.separableConv2d(x, 3, 3, { name: 'sep' });
  const c1d = L.conv1d(tf.ones([2, 6, 3]), 4, 3);
  attempt('reuse missing', () => L.dense(d1, 2, { name: 'missing', reuse: true }));
  attempt('same name', () => L.dense(d1, 2, { name: 'fc' }));
  attempt('reuse shape', () => L.dense(d1, 7, { name: 'fc', reuse: true }));
  const outs = [c1, p1, b1, c2, u2, d1, d2, d3, d4, shared, again, r3, se, c1d, ...o];
  note('names', outs.map((v) => v.name));
  note('updates', tf.getCollection(tf.GraphKeys.UPDATE_OPS));
  const up = tf.group(...tf.getCollection(tf.GraphKeys.UPDATE_OPS) as tf.Operation[]);
  const init = tf.globalVariablesInitializer();
  const feed = (b: boolean): tf.Feeds => [[x, arr([2, 8, 8, 3], 1)], [t, b]];
  return { runs: [{ fetch: init }, 'VARS', { fetch: outs, feed: feed(false) }, { fetch: b1, feed: feed(true) }, { fetch: up, feed: feed(true) }, 'VARS', { fetch: b1, feed: feed(false) },
    { fetch: [dr, tf.gradients(d3, d1)], feed: feed(true) }] };
}

export function layers_metrics(): Program {
  const m = tf.metrics;
  const l = tf.placeholder(tf.int64, [null], { name: 'l' });
  const p = tf.placeholder(tf.int64, [null], { name: 'p' });
  const s = tf.placeholder(tf.float32, [null], { name: 's' });
  const M = [m.accuracy(l, p), m.accuracy(l, p, { weights: s, name: 'acc2' }), m.mean(s), m.precision(l, p), m.recall(l, p), m.auc(l, s, { numThresholds: 10 }), m.meanSquaredError(s, s.mul(.5)), m.meanAbsoluteError(s, s.mul(.5)),
    m.rootMeanSquaredError(s, s.mul(.5)), m.truePositives(l, p), m.falseNegatives(l, p), m.meanIou(l, p, 2), m.meanTensor(tf.reshape(s, [8])), m.percentageBelow(s, .5)];
  const init = tf.localVariablesInitializer();
  const f = (i: number): [tf.Tensor, tf.NDArray][] => [[l, ints([8], 2, i)], [p, ints([8], 2, i + 50)], [s, arr([8], i, 0, 1)]];
  const [vals, ups] = [M.map(([a]) => a), M.map(([, b]) => b)];
  const runs: Program['runs'] = [{ fetch: init }];
  for (let i = 0; i < 3; i++) runs.push({ fetch: ups, feed: f(i) }, { fetch: vals });
  return { runs: [...runs, { fetch: Object.fromEntries(tf.localVariables().map((v) => [v.name, v])) }] };
}

export function layers_bn(): Program {
  const L = tf.layers, C = tf.contrib.layers;
  const x = tf.placeholder(tf.float32, [3, 4, 4, 2], { name: 'x' });
  const v = tf.placeholder(tf.float32, [5, 3], { name: 'v' });
  const tr = tf.placeholder(tf.bool, [], { name: 'tr' });
  const outs = [L.batchNormalization(x, { training: true }), L.batchNormalization(x, { training: false, fused: false }), L.batchNormalization(x, { training: true, fused: false, momentum: .8, epsilon: 1e-2, center: false }),
    L.batchNormalization(v, { training: true }), L.batchNormalization(v, { training: tr, scale: false }), C.batchNorm(x), C.batchNorm(x, { isTraining: false, scale: true }), C.batchNorm(x, { fused: false, decay: .9, scale: true }),
    C.batchNorm(v, { isTraining: tr, decay: .5 }), C.batchNorm(x, { updatesCollections: null, decay: .5, scope: 'inplace' }), C.batchNorm(v, { zeroDebiasMovingMean: true, scope: 'debias', decay: .9 }),
    C.batchNorm(x, { center: false, activationFn: tf.nn.relu, outputsCollections: 'outs' }), C.layerNorm(v), C.instanceNorm(x), L.batchNormalization(x, { training: true, renorm: false, name: 'named', gammaInitializer: tf.constantInitializer(2) })];
  const channelsFirst = L.batchNormalization(x, { axis: 1, training: false, name: 'axis1' });
  note('names', outs.map((o) => o.name));
  const loss = tf.addN(outs.map((o) => tf.reduceSum(tf.square(o).mul(.5).add(o))));
  const grads = tf.gradients(loss, [x, v, ...tf.trainableVariables()]);
  const updates = tf.getCollection(tf.GraphKeys.UPDATE_OPS) as tf.Tensor[];
  const train = tf.controlDependencies(updates, () => tf.identity(loss, { name: 'train' }));
  const init = tf.globalVariablesInitializer();
  const fed = (b: boolean, s: number): tf.Feeds => [[x, arr([3, 4, 4, 2], s)], [v, arr([5, 3], s + 1)], [tr, b]];
  return { runs: [{ fetch: init }, { fetch: outs, feed: fed(true, 1) }, { fetch: grads.filter((g) => g !== null), feed: fed(true, 1) }, { fetch: train, feed: fed(true, 2) }, 'VARS', { fetch: train, feed: fed(true, 3) },
    { fetch: outs, feed: fed(false, 4) }, 'VARS', { fetch: channelsFirst, feed: fed(false, 4) }] };
}

export function layers_contrib(): Program {
  const C = tf.contrib.layers, { slim } = tf.contrib;
  tf.setRandomSeed(17);
  const x = tf.placeholder(tf.float32, [2, 9, 9, 3], { name: 'x' });
  const frozen = { normalizerFn: slim.batchNorm, normalizerParams: { isTraining: false } };
  const [c, sc] = slim.argScope([slim.conv2d, slim.fullyConnected], { weightsRegularizer: slim.l2Regularizer(.01), weightsInitializer: slim.xavierInitializer() }, () =>
    slim.argScope([slim.conv2d], { stride: 2, ...frozen }, (scope) => {
      const first = slim.conv2d(x, 4, [3, 3], { scope: 'c1' });
      return [slim.conv2d(first, 4, [3, 3], { stride: 1, activationFn: null, scope: 'c2' }), scope] as const;
    }));
  const n2 = slim.argScope(sc, () => slim.conv2d(x, 2, 1, { outputsCollections: 'ends' }));
  const n = slim.repeat(c, 2, slim.conv2d, 3, [3, 3], { scope: 'rep' });
  const m = slim.maxPool2d(n, [2, 2], { scope: 'pool' });
  const a = slim.avgPool2d(n, [3, 3], { stride: 1, padding: 'SAME' });
  const f = slim.flatten(m);
  const s = slim.stack(f, slim.fullyConnected, [6, 5], { scope: 'st' });
  const d = slim.dropout(s, .7, { isTraining: false });
  const o = slim.fullyConnected(d, 2, { activationFn: null, biasesInitializer: null, weightsRegularizer: slim.l1Regularizer(.1) });
  const o2 = C.fullyConnected(o, 2, { normalizerFn: C.batchNorm });
  const ct = C.conv2dTranspose(n, 2, 3, { stride: 2 });
  const se = C.separableConv2d(x, 6, 3, 2);
  const r3 = C.fullyConnected(tf.ones([2, 3, 4]), 2);
  const un = C.unitNorm(o, 1);
  const oh = C.oneHotEncoding(tf.constant([1, 0], { dtype: tf.int32 }), 3);
  const bi = C.biasAdd(o);
  const sm = C.softmax(o);
  const em = C.embedSequence([[0, 1], [2, 2]], 4, 3);
  attempt('same scope', () => slim.conv2d(x, 4, [3, 3], { scope: 'c1' }));
  const again = tf.variableScope('', { reuse: true }, () => slim.conv2d(x, 4, [3, 3], { stride: 2, scope: 'c1', ...frozen }));
  const outs = [n, n2, m, a, f, s, d, o, o2, ct, se, r3, un, oh, bi, sm, em, again];
  note('names', outs.map((t) => t.name));
  const total = tf.addN(tf.getCollection(tf.GraphKeys.REGULARIZATION_LOSSES) as tf.Tensor[]);
  note('model variables', slim.getModelVariables().map((v) => v.name));
  const init = tf.globalVariablesInitializer();
  return { runs: [{ fetch: init }, 'VARS', { fetch: outs, feed: [[x, arr([2, 9, 9, 3], 1)]] }, { fetch: total }] };
}
