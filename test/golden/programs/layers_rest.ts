// Restates layers_rest.py: layers off the beaten track.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program } from '../oracle.ts';

const { layers: L } = tf, { layers: C, slim } = tf.contrib;

export function layers_rest(): Program {
  tf.setRandomSeed(31);
  const x = tf.placeholder(tf.float32, [2, 6, 6, 4], { name: 'x' }), vol = tf.placeholder(tf.float32, [2, 3, 4, 3, 2], { name: 'vol' }), seq = tf.placeholder(tf.float32, [2, 9, 3], { name: 'seq' });
  const part = tf.placeholder(tf.float32, [null, null, 6, 4], { name: 'part' });
  const feed: tf.Feeds = [[x, arr([2, 6, 6, 4], 1)], [vol, arr([2, 3, 4, 3, 2], 2)], [seq, arr([2, 9, 3], 3)], [part, arr([2, 6, 6, 4], 4)]];
  const outs = [L.conv3dTranspose(vol, 3, 2), L.conv3dTranspose(vol, 2, [2, 3, 2], [2, 1, 2], 'same', { activation: tf.nn.relu, useBias: false, name: 'up' })];
  L.conv3dTranspose(tf.reshape(vol, [2, 2, 3, 4, 3]), 2, 3, 2, { dataFormat: 'channels_first' });
  outs.push(L.separableConv1d(seq, 4, 3), L.separableConv1d(seq, 2, 2, 2, 'same', { depthMultiplier: 2, activation: tf.nn.tanh, name: 'sep' }), L.separableConv1d(seq, 2, 3, { dilationRate: 2, useBias: false }));
  const dense = new L.Dense(5, tf.nn.relu, true, { name: 'dense_by_place' });
  outs.push(
    dense.apply(seq), dense.apply(seq), new L.Conv2D(3, 2, 2, 'same', { name: 'conv_by_place' }).apply(x), new L.Conv1D(2, 3).apply(seq), new L.Conv2DTranspose(2, 3, 2).apply(x), new L.Conv3DTranspose(2, 2, [2, 1, 1], 'same').apply(vol),
    new L.SeparableConv1D(2, 3).apply(seq), new L.SeparableConv2D(3, [2, 1], 1, 'same').apply(x),
  );
  outs.push(
    new L.MaxPooling2D(2, 2).apply(x), new L.MaxPooling1D(3, 2, 'same').apply(seq), new L.AveragePooling3D([1, 2, 3], 1).apply(vol), new L.Flatten().apply(x), new L.Dropout(0.3, null, 5).apply(x, { training: true }),
    new L.BatchNormalization(-1, 0.9, 1e-2, { name: 'bn' }).apply(x, { training: true }),
  );
  outs.push(C.conv2dInPlane(x, 3), slim.conv2dInPlane(x, [2, 1], { stride: 2, padding: 'VALID', activationFn: null, normalizerFn: slim.batchNorm as never, scope: 'plane' }), C.conv2dInPlane(x, 2, { biasesInitializer: null, variablesCollections: ['mine'] }));
  outs.push(C.conv3dTranspose(vol, 3, [2, 2, 1], { stride: 2 }), slim.conv3dTranspose(vol, 2, 2, { activationFn: null, normalizerFn: slim.batchNorm as never, normalizerParams: { isTraining: false }, padding: 'VALID', scope: 'deconv' }));
  outs.push(
    C.groupNorm(x, 2), slim.groupNorm(x, 4, -1, [-3, -2], { center: false, activationFn: tf.nn.relu, scope: 'gn' }), C.groupNorm(tf.transpose(x, [0, 3, 1, 2]), 2, { channelsAxis: 1, reductionAxes: [2, 3], scale: false }),
    C.groupNorm(x, 2, { meanCloseToZero: true, epsilon: 1e-3, paramInitializers: { beta: tf.constantInitializer(0.5) } }), C.groupNorm(tf.placeholderWithDefault(x, [null, 6, 6, 4]), 1),
  );
  outs.push(
    C.maxout(x, 2), slim.maxout(part, 3, { axis: 2, scope: 'most' }), C.imagesToSequence(x), slim.imagesToSequence(x, { dataFormat: 'NCHW', scope: 'rows', outputsCollections: 'ends' }), C.sequenceToImages(tf.transpose(seq, [1, 0, 2]), 2),
    slim.sequenceToImages(tf.transpose(seq, [1, 0, 2]), 1, 'channels_first', { scope: 'back' }),
  );
  outs.push(C.spatialSoftmax(x), C.spatialSoftmax(part, { temperature: 0.5, name: 'soft', trainable: false }), C.spatialSoftmax(tf.transpose(x, [0, 3, 1, 2]), { dataFormat: 'NCHW' }));
  outs.push(C.legacyFullyConnected(seq, 3, tf.nn.tanh), C.legacyRelu(tf.reshape(x, [2, 144]), 2, { name: 'old' }), C.legacyLinear(part, 2, { biasInit: null, weightRegularizer: C.l2Regularizer(0.1) }));
  const ids = tf.constant([[1, 0, 2], [0, 0, 3]], tf.int32, { name: 'ids' });
  const sparse = C.denseToSparse(ids), more = C.denseToSparse(ids, { eosToken: 3, scope: 'without' });
  outs.push(sparse.indices, sparse.values, more.values, more.denseShape);
  const longs = (a: number[] | number[][]): tf.Tensor => tf.constant(a, tf.int64);
  outs.push(C.bowEncoder(ids, 5, 3), C.bowEncoder(ids, 5, 2, { sparseLookup: false, scope: 'bow' }));
  const own = longs([1, 4]);
  outs.push(C.bowEncoder(new tf.SparseTensor([[0, 1], [2, 0]], own, [3, 2]), 5, 2));
  const table = tf.getVariable('table', [5, 2]), two = longs([1, -1]);
  const sp = new tf.SparseTensor([[0, 0], [2, 1]], two, [3, 2]);
  outs.push(C.safeEmbeddingLookupSparse([table], sp), C.safeEmbeddingLookupSparse([table], sp, new tf.SparseTensor(sp.indices, [0.5, 2], sp.denseShape), 'sum', { defaultId: 3 }));
  const chooser = new slim.VariableDeviceChooser(2, { replica: 1 });
  note('places', [0, 1, 2].map(() => chooser()));
  note('one place', new slim.VariableDeviceChooser({ deviceType: 'GPU', deviceIndex: 1 })());
  slim.argScope([slim.conv2d], { padding: 'VALID' }, () => note('scope', slim.currentArgScope().size === 1));
  note('spec', [String(new L.InputSpec({ ndim: 3 }).ndim), new L.InputSpec({ shape: [null, 4] }).ndim, new L.InputSpec({ minNdim: 2, maxNdim: 4 }).maxNdim]);
  attempt('axis', () => C.groupNorm(x, 2, { channelsAxis: 5 }));
  attempt('groups', () => C.groupNorm(x, 5));
  attempt('shared', () => C.groupNorm(x, 3));
  attempt('overlap', () => C.groupNorm(x, 2, { reductionAxes: [-1, -2] }));
  attempt('unknown', () => C.groupNorm(part, 2));
  attempt('maxout', () => C.maxout(x, 3));
  attempt('sequence format', () => C.imagesToSequence(x, 'NWC' as never));
  attempt('transpose format', () => C.conv3dTranspose(vol, 2, 2, { dataFormat: 'NHWC' as never }));
  attempt('softmax format', () => C.spatialSoftmax(x, { dataFormat: 'HWC' as never }));
  attempt('legacy rank', () => C.legacyLinear(tf.ones([3]), 2));
  attempt('bow', () => C.bowEncoder(ids, 0, 2));
  attempt('conv3d rank', () => L.conv3dTranspose(x, 2, 2, { name: 'flat' }));
  attempt('no units', () => new L.Dense({} as never));
  const init = tf.globalVariablesInitializer();
  const loss = tf.addN([...outs.slice(0, 6), ...outs.slice(20, 30)].map((o) => tf.reduceSum(tf.square(o))));
  return { runs: [{ fetch: init }, { fetch: outs, feed }, { fetch: tf.gradients(loss, [x, vol, seq]), feed }] };
}
