// Restates layers_contrib_more.py: contrib.layers and slim off the beaten track.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program } from '../oracle.ts';

export function layers_contrib_more(): Program {
  const C = tf.contrib.layers, { slim } = tf.contrib, { nn } = tf;
  tf.setRandomSeed(23);
  const x = tf.placeholder(tf.float32, [2, 6, 6, 3], { name: 'x' });
  const v = tf.placeholder(tf.float32, [4, 3], { name: 'v' });
  const t = tf.placeholder(tf.bool, [], { name: 't' });
  const seq = tf.reshape(x, [2, 12, 9]);
  const vol = tf.reshape(x, [2, 3, 4, 3, 3]);
  const outs = [C.conv1d(seq, 2, 3, { stride: 2, rate: 1 }), C.conv3d(vol, 2, [2, 1, 2], { padding: 'VALID', activationFn: null }), C.convolution(x, 2, 3, { rate: 2, scope: 'dilated' }),
    C.separableConv2d(x, null, 3, 2, { stride: 2 }), C.separableConv2d(x, null, [3, 2], 1, { normalizerFn: slim.batchNorm, normalizerParams: { isTraining: false } }),
    C.conv2dTranspose(x, 2, [2, 3], { stride: [2, 1], padding: 'VALID', biasesInitializer: null, activationFn: null }),
    C.avgPool3d(vol, 2), C.maxPool3d(vol, [2, 2, 1], { stride: 1, padding: 'SAME' }), slim.pool(x, [2, 3], 'AVG', { stride: [1, 2] }), slim.pool(x, 2, 'MAX', { dilationRate: 2, scope: 'wide' })];
  slim.argScope([slim.conv2d], { padding: 'VALID', variablesCollections: { weights: ['w'], biases: ['b'] } }, () => slim.argScope([slim.modelVariable], { device: '/cpu:0' }, () => {
    outs.push(slim.repeat(x, 2, slim.conv2d, 2, 2, { activationFn: null }), slim.stack(x, slim.conv2d, [[2, [1, 2]], [3, 1]]));
  }));
  outs.push(slim.stack(v, slim.linear, [2, 3]), slim.repeat(v, 2, slim.fullyConnected, 2), slim.linear(v, 2, { outputsCollections: ['ends', 'more'] }), slim.relu6(v, 2), C.elu(v, 2, { scope: 'elu' }));
  const bn = (a: tf.Tensor, o: object): tf.Tensor => C.batchNorm(a, { decay: .9, ...o });
  outs.push(bn(x, { batchWeights: [1, .5] }), bn(x, { batchWeights: [1, .5], isTraining: t, updatesCollections: null, center: false, scale: true }), bn(x, { fused: false, updatesCollections: 'mine', isTraining: t, variablesCollections: ['bn'] }),
    bn(seq, { updatesCollections: null, fused: false, dataFormat: 'NCHW', scale: true }), bn(x, { updatesCollections: null, isTraining: t }), bn(v, { center: false, dataFormat: 'NCHW', paramInitializers: { moving_mean: tf.constantInitializer(.5) } }),
    bn(x, { dataFormat: 'NCHW', fused: false, isTraining: false }), bn(vol, { isTraining: true, trainable: false }));
  outs.push(C.layerNorm(x, { beginNormAxis: 2, beginParamsAxis: -2, activationFn: tf.nn.relu, scope: 'ln' }), C.layerNorm(x, { center: false, scale: false }), C.instanceNorm(x, { dataFormat: 'NCHW', epsilon: .1 }), C.instanceNorm(seq, { scale: false }),
    C.unitNorm(x, 0), C.unitNorm(x, 2, 1e-3), C.softmax(x), C.biasAdd(x, { activationFn: tf.nn.relu, initializer: tf.constantInitializer(.5), dataFormat: 'NCHW' }), C.oneHotEncoding(tf.constant([2, 0], { dtype: tf.int64 }), 3, 2, -1, { scope: 'hot' }),
    C.flatten(x, 'ends'), C.dropout(v, tf.constant(1), { isTraining: t }), C.dropout(v, .5, { noiseShape: [4, 1], seed: 3 }), C.embedSequence([[0, 1], [1, 1]], 3, 2, { unique: true }));
  const at = [[0, 0], [0, 1], [2, 0]];
  const ids = new tf.SparseTensor(at, tf.constant([1, 2, 1], { dtype: tf.int64 }), [3, 2]);
  const weights = new tf.SparseTensor(at, [.5, 2, 3], [3, 2]);
  const table = tf.constant(arr([4, 2], 3), { name: 'table' });
  outs.push(...(['sum', 'mean', 'sqrtn'] as const).map((combiner) => nn.embeddingLookupSparse(table, ids, weights, { combiner })), ...(['sum', 'sqrtn'] as const).map((combiner) => nn.embeddingLookupSparse([table, table], ids, null, 'div', { combiner })));
  attempt('format', () => C.maxPool2d(x, 2, { dataFormat: 'NWC' }));
  attempt('conv format', () => C.conv2d(x, 2, 3, { dataFormat: 'X' as 'NHWC' }));
  attempt('rank', () => C.conv2d(v, 2, 3));
  attempt('stack args', () => slim.stack(v, slim.linear, 3 as never));
  attempt('unit norm', () => C.unitNorm(v, 2));
  attempt('softmax rank', () => C.softmax(tf.ones([3])));
  attempt('embed', () => C.embedSequence([[0]], 3));
  attempt('layer norm', () => C.layerNorm(v, { beginNormAxis: 2 }));
  attempt('combiner', () => nn.embeddingLookupSparse(table, ids, null, { combiner: 'max' as 'sum' }));
  attempt('pool rank', () => slim.pool(v, 2, 'MAX'));
  attempt('bias rank', () => C.biasAdd(v, { dataFormat: 'NCHW' }));
  note('names', outs.map((o) => o.name));
  note('collections', Object.fromEntries(['w', 'b', 'ends', 'more', 'mine', 'bn'].map((k) => [k, tf.getCollection(k)])));
  const init = tf.globalVariablesInitializer();
  const fed = (b: boolean): tf.Feeds => [[x, arr([2, 6, 6, 3], 1)], [v, arr([4, 3], 2)], [t, b]];
  return { runs: [{ fetch: init }, { fetch: outs.filter((o) => !o.name.startsWith('BatchNorm_5/')), feed: fed(true) }, { fetch: tf.getCollection('mine'), feed: fed(true) }, { fetch: tf.getCollection('mine'), feed: fed(false) }] };
}
