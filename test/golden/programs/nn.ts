// Restates nn_*.py: neural network ops.
import * as tf from 'tfgraph';
import { arr, attempt, type Feed, ints, type Program, type Step } from '../oracle.ts';

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

const fields = (o: object): tf.Tensor[] => Object.values(o) as tf.Tensor[];
export function nn_rest(): Program {
  const n = tf.nn;
  tf.setRandomSeed(21);
  const x = tf.placeholder(tf.float32, [2, 5, 6, 3], { name: 'x' }), part = tf.placeholder(tf.float32, [null, null, 6, 3], { name: 'part' });
  const w = tf.constant(arr([3, 2, 4, 3], 2), { name: 'w' }), size = tf.placeholder(tf.int32, [4], { name: 'size' });
  const feed: Feed = [[x, arr([2, 5, 6, 3], 1)], [part, arr([2, 5, 6, 3], 1)], [size, [2, 5, 6, 4]]];
  const outs = [
    n.atrousConv2dTranspose(x, w, [2, 5, 6, 4], 2, 'SAME'), n.atrousConv2dTranspose(x, w, [2, 9, 8, 4], 2, 'VALID'), n.atrousConv2dTranspose(part, w, size, 2, 'SAME', { name: 'up' }), n.atrousConv2dTranspose(x, w, [2, 5, 6, 4], 1, 'SAME'),
    n.atrousConv2dTranspose(x, w, [tf.shape(part).at(0), 5, 6, 4], 3, 'SAME'),
  ];
  const d = tf.constant(arr([3, 2, 3, 2], 3), { name: 'd' }), f = tf.constant(arr([2, 5, 6, 6], 4), { name: 'f' });
  outs.push(n.depthwiseConv2dNativeBackpropInput([2, 5, 6, 3], d, f, [1, 1, 1, 1], 'SAME'), n.depthwiseConv2dBackpropInput(tf.shape(part), d, f, [1, 1, 1, 1], 'SAME', { name: 'di' }), n.depthwiseConv2dNativeBackpropFilter(x, [3, 2, 3, 2], f, [1, 1, 1, 1], 'SAME'), n.depthwiseConv2dBackpropFilter(x, [3, 2, 3, 2], f, [1, 1, 1, 1], 'SAME'));
  const v = tf.reshape(x, [1, 2, 5, 6, 3]), g = tf.constant(arr([1, 2, 3, 3, 2], 5), { name: 'g' });
  outs.push(n.conv3dBackpropFilter(v, [2, 3, 2, 3, 2], g, [1, 1, 2, 2, 1], 'SAME'), n.conv3dBackpropFilterV2(v, [2, 3, 2, 3, 2], g, { strides: [1, 1, 2, 2, 1], padding: 'SAME', name: 'by_filter' }));
  const runs: Step[] = [{ fetch: outs, feed }];
  // fractional pools
  const pools: tf.Tensor[][] = [], grads: unknown[] = [];
  for (const pool of [n.fractionalMaxPool, n.fractionalAvgPool]) {
    for (const pseudo of [false, true]) {
      for (const overlap of [false, true]) {
        const y = pool(x, [1, 1.4, 1.7, 1], pseudo, overlap, true, 5, 9);
        pools.push(fields(y));
        grads.push(tf.gradients(y.output.mul(y.output), x));
      }
    }
    pools.push(fields(pool(tf.cast(x.mul(20), tf.int32), [1, 1.5, 2, 1], { deterministic: true, seed: 3, name: 'ints' })));
    pool(part, [1, 1.5, 2, 1]);
  }
  runs.push({ fetch: pools, feed }, { fetch: pools.slice(0, 2), feed }, { fetch: grads, feed });
  runs.push({ fetch: n.fractionalMaxPool(x, [1, 1.4, 1.7, 1], { seed: 4 }).output, feed });
  attempt('pool ratio', () => n.fractionalMaxPool(tf.zeros([2, 2]), [1, 1.5, 1.5, 1]));
  attempt('pool gradient', () => tf.gradients(n.fractionalAvgPool(part, [1, 1.5, 2, 1]).output, part));
  // samplers
  const seen = tf.placeholder(tf.int64, [3, 2], { name: 'true' }), unigrams = [5, 1, 3, 0.5, 2, 9];
  const samplers = [
    n.allCandidateSampler(seen, 2, 5, true), n.fixedUnigramCandidateSampler(seen, 2, 4, true, 8, { unigrams, numReservedIds: 2, seed: 3 }), n.fixedUnigramCandidateSampler(seen, 2, 9, false, 3, { distortion: 0.75, numShards: 2, shard: 1, unigrams, seed: 4, name: 'shard' }),
    n.learnedUnigramCandidateSampler(seen, 2, 4, true, 9, { seed: 5 }), tf.random.learnedUnigramCandidateSampler(seen, 2, 6, false, 9, { seed: 6, name: 'seen' }),
  ].map(fields);
  for (let i = 0; i < 3; i++) runs.push({ fetch: samplers, feed: [[seen, ints([3, 2], 8, i, tf.int64)]] });
  runs.push({ fetch: n.fixedUnigramCandidateSampler(seen, 2, 4, true, 8).sampledCandidates, feed: [[seen, ints([3, 2], 8, 0, tf.int64)]] });
  runs.push({ fetch: n.learnedUnigramCandidateSampler(seen, 2, 10, true, 9).sampledCandidates, feed: [[seen, ints([3, 2], 8, 0, tf.int64)]] });
  // lookups
  const table = tf.constant(arr([5, 3], 6), { name: 'table' }), other = tf.constant(arr([4, 3], 7), { name: 'other' }), ids = tf.placeholder(tf.int32, [2, 2], { name: 'ids' }), loose = tf.placeholder(tf.int32, { name: 'loose' });
  const looked = [
    n.embeddingLookup(table, ids, { maxNorm: 0.8 }), n.embeddingLookup([table, other], ids, { maxNorm: 0.5 }), n.embeddingLookup(table, loose, { maxNorm: 0.7 }), n.embeddingLookup(table, 3, { maxNorm: 0.2 }),
    n.embeddingLookup([table, other], ids, 'div', { maxNorm: 1.2, name: 'div' }),
  ];
  const longs = (a: number[] | number[][]): tf.Tensor => tf.constant(a, tf.int64);
  const sp = new tf.SparseTensor(longs([[0, 0], [0, 1], [2, 0], [3, 1]]), longs([1, -1, 4, 3]), longs([4, 2])), sw = new tf.SparseTensor(sp.indices, tf.constant([0.5, 1, -2, 3]), sp.denseShape);
  const deep = tf.sparsePlaceholder(tf.int64, [2, null, 2], { name: 'deep' });
  for (const c of ['mean', 'sum', 'sqrtn'] as const) {
    looked.push(n.safeEmbeddingLookupSparse(table, sp, { combiner: c }), n.safeEmbeddingLookupSparse([table, other], sp, sw, c, { defaultId: 2, name: `with_${c}` }), n.safeEmbeddingLookupSparse(table, sp, sw, c, { partitionStrategy: 'mod', maxNorm: 0.6 }));
  }
  looked.push(n.safeEmbeddingLookupSparse(table, deep), n.embeddingLookupSparse(table, new tf.SparseTensor(sp.indices, tf.abs(sp.values), sp.denseShape), sw, { combiner: 'sum', maxNorm: 0.9 }));
  runs.push({ fetch: looked, feed: [[ids, [[0, 3], [3, 1]]], [loose, [1, 2]], [deep.indices, [[0, 0, 1], [1, 2, 0]]], [deep.values, [3, 2]], [deep.denseShape, [2, 3, 2]]] });
  attempt('no weights', () => n.safeEmbeddingLookupSparse([], sp));
  attempt('no table', () => n.safeEmbeddingLookupSparse(null!, sp));
  // losses and labels
  const loss = tf.placeholder(tf.float32, [4, 2], { name: 'loss' }), losses = tf.placeholder(tf.float64, { name: 'losses' });
  const rest: unknown[] = [
    n.computeAverageLoss(loss), n.computeAverageLoss(loss, [1, 2, 0, 1]), n.computeAverageLoss(loss, tf.ones([4, 2, 1]), 8), n.computeAverageLoss(losses), n.computeAverageLoss(losses, 0.5, 3), n.scaleRegularizationLoss(loss), n.scaleRegularizationLoss([1, 2]),
  ];
  const labels = tf.placeholder(tf.int32, [3, 6], { name: 'labels' }), lengths = tf.placeholder(tf.int32, [3], { name: 'lengths' }), free = tf.placeholder(tf.int64, [null, null], { name: 'free' });
  rest.push(n.collapseRepeated(labels, lengths), n.collapseRepeated(free, tf.cast(lengths, tf.int64), { name: 'merged' }));
  const same = [[1, 1, 2, 2, 2, 3], [0, 0, 0, 0, 0, 0], [4, 5, 5, 4, 4, 1]];
  runs.push({ fetch: rest, feed: [[loss, arr([4, 2], 8)], [losses, arr([3, 2], 9, -1, 1, tf.float64)], [labels, same], [lengths, [6, 4, 3]], [free, same]] });
  attempt('scalar loss', () => n.computeAverageLoss(tf.constant(1)));
  attempt('atrous channels', () => n.atrousConv2dTranspose(x, tf.zeros([3, 2, 4, 2]), [2, 5, 6, 4], 2, 'SAME'));
  attempt('atrous rate', () => n.atrousConv2dTranspose(x, w, [2, 5, 6, 4], 0, 'SAME'));
  attempt('atrous shape', () => n.atrousConv2dTranspose(x, w, [5, 6, 4], 2, 'SAME'));
  attempt('atrous out', () => n.atrousConv2dTranspose(x, w, [2, 5, 6, 3], 2, 'SAME'));
  attempt('atrous padding', () => n.atrousConv2dTranspose(x, w, [2, 5, 6, 4], 2, 'FULL'));
  return { runs };
}
