// Restates conv_*.py: convolution, pooling, normalisation.
import * as tf from 'tfgraph';
import { applyOp } from '../../../src/ops/op_def_library.ts';
import { arr, attempt, note, type Program, type Step } from '../oracle.ts';

export function conv_norm(): Program {
  const runs: Step[] = [];
  const x = tf.placeholder(tf.float32, [null, 3, 4, 5], { name: 'x' });
  const scale = tf.constant(arr([5], 2, 0.5, 1.5), { name: 's' }), offset = tf.constant(arr([5], 3), { name: 'o' });
  const r = tf.constant(arr([3, 4, 5], 7), { name: 'r' });
  const feed: [tf.Tensor, tf.NDArray][] = [[x, arr([2, 3, 4, 5], 1)]];
  let [y, mean, variance] = tf.nn.fusedBatchNorm(x, scale, offset, { name: 'train' });
  runs.push({ fetch: [y, mean, variance], feed });
  runs.push({ fetch: tf.gradients(y.mul(r), [x, scale, offset]), feed });
  const m = tf.constant(arr([5], 4), { name: 'm' }), v = tf.constant(arr([5], 5, 0.5, 2), { name: 'v' });
  [y] = tf.nn.fusedBatchNorm(x, scale, offset, m, v, { epsilon: 0.01, isTraining: false });
  runs.push({ fetch: y, feed });
  runs.push({ fetch: tf.gradients(y.mul(r), [x, scale, offset]), feed });
  const half = tf.cast(x, tf.float16, { name: 'half' });
  [y, mean, variance] = tf.nn.fusedBatchNorm(half, scale, offset);
  note('dtypes', [y.dtype.name, mean.dtype.name]);
  runs.push({ fetch: [mean, variance], feed });
  const nchw = tf.placeholder(tf.float32, [2, 5, null, 4], { name: 'nchw' });
  tf.gradients(tf.nn.fusedBatchNorm(nchw, scale, offset, { dataFormat: 'NCHW' })[0], [nchw, scale]);
  tf.gradients(tf.nn.fusedBatchNorm(nchw, scale, offset, m, v, { dataFormat: 'NCHW', isTraining: false })[0], [nchw, scale, offset]);
  attempt('given while training', () => tf.nn.fusedBatchNorm(x, scale, offset, { mean: m }));
  attempt('channels', () => tf.nn.fusedBatchNorm(x, tf.constant(arr([4], 1)), offset));
  attempt('rank', () => tf.nn.fusedBatchNorm(tf.placeholder(tf.float32, [2, 3]), scale, offset));
  const old = applyOp('FusedBatchNorm', [x, scale, offset, [], []], { epsilon: 0.1 }).outputs[0]!;
  runs.push({ fetch: tf.gradients(old.mul(x), [x, scale, offset]), feed });
  for (const scaleAfterNormalization of [true, false]) runs.push({ fetch: tf.nn.batchNormWithGlobalNormalization(x, m, v, offset, scale, 0.02, scaleAfterNormalization), feed });
  const w = tf.constant(arr([4, 1], 6, 0.5, 2), { name: 'w' });
  for (const [name, keepDims] of [['kept', true], ['gone', false]] as const) runs.push({ fetch: tf.nn.weightedMoments(x, [0, 2], w, { name, keepDims }), feed });
  tf.nn.weightedMoments(half, [0, 1, 2], 2.0);
  return { runs };
}

export function conv_pool(): Program {
  const runs: Step[] = [];
  const x = tf.placeholder(tf.float32, [null, 5, 6, 3], { name: 'x' });
  const feed: [tf.Tensor, tf.NDArray][] = [[x, arr([2, 5, 6, 3], 1)]];
  const square = (t: tf.Tensor): tf.Tensor => t.mul(t);
  const grad = (y: tf.Tensor, by: tf.Tensor, name?: string): tf.Tensor => tf.gradients(square(y), by, { name: name ?? null })[0] as tf.Tensor;
  ([[tf.nn.maxPool, 'SAME'], [tf.nn.avgPool, 'VALID'], [tf.nn.avgPool2d, 'SAME'], [tf.nn.maxPool2d, 'VALID']] as const).forEach(([f, padding], i) => {
    const y = f(x, [2, 3], [1, 2], padding), g = grad(y, x, `g${i}`);
    runs.push({ fetch: [y, g, grad(g, x, `gg${i}`)], feed });
  });
  tf.nn.maxPool(tf.placeholder(tf.float32), 2, 2, 'SAME');
  tf.nn.avgPool(tf.placeholder(tf.float32, [null, 3, null, null]), [1, 1, 2, 2], [1, 1, 2, 2], 'VALID', { dataFormat: 'NCHW' });
  attempt('ksize zero', () => tf.nn.maxPool(x, 0, 1, 'SAME'));
  attempt('length', () => tf.nn.maxPool(x, [1, 2, 3], 1, 'SAME'));
  attempt('too big', () => tf.nn.avgPool(x, [1, 7, 2, 1], [1, 1, 1, 1], 'VALID'));
  attempt('stride values', () => applyOp('MaxPool', [x], { ksize: [1, 2, 2, 1], strides: [1, 2], padding: 'VALID' }));
  attempt('ksize values', () => applyOp('AvgPool', [x], { ksize: [2, 2], strides: [1, 2, 2, 1], padding: 'VALID' }));
  attempt('stride 0', () => applyOp('MaxPool', [x], { ksize: [1, 2, 2, 1], strides: [1, 0, 1, 1], padding: 'VALID' }));
  const s = tf.placeholder(tf.float32, [2, 7, 3], { name: 's' });
  for (const f of [tf.nn.maxPool1d, tf.nn.avgPool1d]) {
    const y = f(s, 3, 2, 'SAME');
    runs.push({ fetch: [y, grad(y, s)], feed: [[s, arr([2, 7, 3], 2)]] });
  }
  tf.nn.maxPool1d(s, [2], [2], 'VALID', { dataFormat: 'NCW', name: 'ncw' });
  const v = tf.placeholder(tf.float32, [2, 4, 5, null, 2], { name: 'v' });
  for (const [f, padding] of [[tf.nn.maxPool3d, 'SAME'], [tf.nn.avgPool3d, 'VALID']] as const) {
    const y = f(v, [2, 3, 2], [2, 2, 1], padding), g = grad(y, v);
    runs.push({ fetch: [y, g, grad(g, v)], feed: [[v, arr([2, 4, 5, 3, 2], 3)]] });
  }
  tf.nn.avgPool3d(v, 2, 2, 'SAME', { name: 'cubes' });
  tf.nn.maxPool3d(tf.placeholder(tf.float32, [null, 2, 8, 8, 8]), 2, 2, 'SAME', { dataFormat: 'NCDHW' });
  attempt('3d values', () => applyOp('MaxPool3D', [v], { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 2, 1], padding: 'VALID' }));
  attempt('3d stride values', () => applyOp('AvgPool3D', [v], { ksize: [1, 2, 2, 2, 1], strides: [1, 2], padding: 'VALID' }));
  for (const t of [s, x, v]) {
    tf.nn.maxPoolV2(t, 2, 2, 'VALID');
    tf.nn.avgPoolV2(t, 2, 1, 'SAME', { name: 'by_rank' });
  }
  attempt('rank 2', () => tf.nn.maxPoolV2(tf.zeros([2, 3]), 2, 2, 'VALID'));
  const k = tf.constant([1, 2, 2, 1], { dtype: tf.int32, name: 'k' }), st = tf.placeholder(tf.int32, [4], { name: 'st' });
  let y = applyOp('MaxPoolV2', [x, k, [1, 2, 1, 1]], { padding: 'SAME' }).output;
  const g = grad(y, x);
  runs.push({ fetch: [y, g, grad(g, x)], feed });
  runs.push({ fetch: applyOp('MaxPoolV2', [x, k, st], { padding: 'VALID' }).output, feed: [...feed, [st, new tf.NDArray(tf.int32, [4], Int32Array.of(1, 1, 3, 1))]] });
  let at: tf.Tensor;
  [y, at] = tf.nn.maxPoolWithArgmax(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME');
  runs.push({ fetch: [y, at, grad(y, x)], feed });
  [y, at] = tf.nn.maxPoolWithArgmax(x, [1, 3, 2, 1], [1, 1, 2, 1], 'VALID', { includeBatchInIndex: true });
  runs.push({ fetch: [y, at], feed });
  attempt('argmax NCHW', () => tf.nn.maxPoolWithArgmax(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME', { dataFormat: 'NCHW' }));
  for (const dtype of [tf.int32, tf.int64, tf.uint8, tf.float64]) runs.push({ fetch: tf.nn.maxPool(tf.cast(x.mul(40), dtype), 2, 2, 'SAME'), feed: [[x, arr([2, 5, 6, 3], 1, 0, 3)]] });
  return { runs };
}

export function conv_transposed(): Program {
  const runs: Step[] = [];
  const { nn } = tf, square = (t: tf.Tensor): tf.Tensor => t.mul(t);
  const grads = (y: tf.Tensor, by: readonly tf.Tensor[]): tf.Tensor[] => tf.gradients(square(y), by) as tf.Tensor[];
  const s = tf.placeholder(tf.float32, [null, 8, 3], { name: 's' }), f = tf.constant(arr([3, 3, 4], 2), { name: 'f' });
  for (const [padding, stride] of [['SAME', 1], ['VALID', 2]] as const) {
    const y = nn.conv1d(s, f, stride, padding);
    runs.push({ fetch: [y, ...grads(y, [s, f])], feed: [[s, arr([2, 8, 3], 1)]] });
  }
  nn.conv1d(tf.placeholder(tf.float32, [2, 3, null]), f, [2], 'SAME', { dataFormat: 'NCW', name: 'ncw' });
  attempt('format', () => nn.conv1d(s, f, 1, 'SAME', { dataFormat: 'CNW' }));
  attempt('stride', () => nn.conv1d(s, f, [1, 2], 'SAME'));
  let y = nn.conv1dTranspose(tf.constant(arr([2, 4, 4], 3)), f, [2, 8, 3], 2);
  runs.push({ fetch: [y, ...grads(y, [f])] });
  const shape = tf.placeholder(tf.int32, [3], { name: 'shape' });
  y = nn.conv1dTranspose(tf.constant(arr([2, 4, 4], 3)), f, shape, 2, { padding: 'VALID', name: 'given' });
  runs.push({ fetch: y, feed: [[shape, new tf.NDArray(tf.int32, [3], Int32Array.of(2, 9, 3))]] });
  const x = tf.placeholder(tf.float32, [null, 4, 5, 3], { name: 'x' }), w = tf.constant(arr([3, 2, 2, 3], 4), { name: 'w' });
  const feed: [tf.Tensor, tf.NDArray][] = [[x, arr([2, 4, 5, 3], 5)]];
  y = nn.conv2dTranspose(x, w, [2, 8, 10, 2], [2, 2]);
  const g = grads(y, [x, w]);
  runs.push({ fetch: [y, ...g], feed });
  runs.push({ fetch: grads(g[0]!, [w]), feed });
  y = nn.conv2dTranspose(x, w, tf.stack([tf.shape(x).at(0), 9, 10, 2]), [1, 2, 2, 1], { padding: 'VALID', name: 'stacked' });
  runs.push({ fetch: y, feed });
  nn.conv2dTranspose(tf.placeholder(tf.float32, [2, 3, 4, 4]), w, [2, 2, 8, 8], 2, { dataFormat: 'NCHW' });
  const back = nn.conv2dBackpropInput([2, 4, 5, 2], w, x, [1, 1, 1, 1], 'SAME');
  runs.push({ fetch: back, feed });
  runs.push({ fetch: nn.conv2dBackpropFilter(back, [3, 2, 2, 3], x, [1, 1, 1, 1], [[0, 0], [1, 1], [0, 1], [0, 0]]), feed });
  const v = tf.placeholder(tf.float32, [null, 3, 4, 5, 2], { name: 'v' }), u = tf.constant(arr([2, 3, 2, 2, 3], 6), { name: 'u' });
  const vf: [tf.Tensor, tf.NDArray][] = [[v, arr([2, 3, 4, 5, 2], 7)]];
  for (const [padding, strides] of [['SAME', [1, 1, 1, 1, 1]], ['VALID', [1, 1, 2, 1, 1]]] as const) {
    const z = nn.conv3d(v, u, strides, padding), h = grads(z, [v, u]);
    runs.push({ fetch: [z, ...h], feed: vf });
    runs.push({ fetch: grads(h[0]!, [v, u]), feed: vf });
    runs.push({ fetch: grads(h[1]!, [v, u]), feed: vf });
  }
  nn.conv3d(tf.placeholder(tf.float32, [2, 2, null, 4, 5]), u, [1, 1, 1, 2, 3], 'SAME', { dataFormat: 'NCDHW', name: 'ncdhw' });
  attempt('3d depth', () => nn.conv3d(v, tf.zeros([2, 2, 2, 3, 4]), [1, 1, 1, 1, 1], 'SAME'));
  attempt('3d filter', () => nn.conv3d(v, tf.zeros([4, 2, 2, 2, 4]), [1, 1, 1, 1, 1], 'VALID'));
  attempt('3d rank', () => nn.conv3d(x, u, [1, 1, 1, 1, 1], 'VALID'));
  y = nn.conv3dTranspose(nn.conv3d(v, u, [1, 2, 1, 2, 1], 'SAME', { name: 'down' }), u, [2, 3, 4, 5, 2], [2, 1, 2]);
  runs.push({ fetch: [y, ...tf.gradients(y, [v, u])], feed: vf });
  runs.push({ fetch: nn.convTranspose(x, w, [2, 4, 5, 2], 1), feed });
  attempt('transpose rank', () => nn.convTranspose(x, w, [2, 4], 1));
  runs.push({ fetch: nn.conv3d(tf.cast(v, tf.float64), tf.cast(u, tf.float64), [1, 1, 1, 1, 1], 'SAME'), feed: vf });
  return { runs };
}

export function conv_dilated(): Program {
  const runs: Step[] = [];
  const { nn } = tf, square = (t: tf.Tensor): tf.Tensor => t.mul(t);
  const grads = (y: tf.Tensor, by: readonly tf.Tensor[]): tf.Tensor[] => tf.gradients(square(y), by) as tf.Tensor[];
  const x = tf.placeholder(tf.float32, [2, 7, 8, 3], { name: 'x' }), w = tf.constant(arr([3, 2, 3, 4], 2), { name: 'w' });
  const feed: [tf.Tensor, tf.NDArray][] = [[x, arr([2, 7, 8, 3], 1)]];
  for (const [padding, dilationRate] of [['SAME', [2, 3]], ['VALID', [2, 1]], ['SAME', [1, 1]]] as const) {
    const y = nn.convolution(x, w, padding, { dilationRate });
    runs.push({ fetch: [y, ...grads(y, [x, w])], feed });
  }
  let y = nn.atrousConv2d(x, w, 2, 'SAME', { name: 'atrous' });
  runs.push({ fetch: y, feed });
  const p = tf.placeholder(tf.float32, [null, null, 8, 3], { name: 'p' });
  const pf: [tf.Tensor, tf.NDArray][] = [[p, arr([2, 5, 8, 3], 3)]];
  y = nn.atrousConv2d(p, w, 2, 'SAME');
  runs.push({ fetch: [y, ...grads(y, [p, w])], feed: pf });
  runs.push({ fetch: nn.convolution(p, w, 'VALID', { dilationRate: [2, 2], name: 'valid' }), feed: pf });
  nn.convolution(tf.placeholder(tf.float32, [2, 3, 7, 8]), w, 'SAME', { dilationRate: [2, 2], dataFormat: 'NCHW' });
  nn.convolution(tf.placeholder(tf.float32, [2, 3, null, 8]), w, 'SAME', { dilationRate: [2, 2], dataFormat: 'NCHW', name: 'first' });
  const s = tf.placeholder(tf.float32, [2, 9, 3], { name: 's' });
  for (const more of [{}, { strides: [2] }, { dilationRate: [2] }]) runs.push({ fetch: nn.convolution(s, tf.constant(arr([3, 3, 2], 4)), 'SAME', more), feed: [[s, arr([2, 9, 3], 5)]] });
  const v = tf.placeholder(tf.float32, [1, 5, 4, 5, 2], { name: 'v' });
  for (const more of [{ strides: [2, 1, 1] }, { dilationRate: [2, 1, 2] }]) runs.push({ fetch: nn.convolution(v, tf.constant(arr([2, 2, 2, 2, 3], 6)), 'VALID', more), feed: [[v, arr([1, 5, 4, 5, 2], 7)]] });
  const d = tf.constant(arr([3, 3, 3, 2], 8), { name: 'd' });
  for (const more of [{ strides: [1, 2, 2, 1], padding: 'SAME' }, { strides: [1, 1, 1, 1], padding: 'VALID', rate: [2, 2] }, { strides: [1, 1, 1, 1], padding: 'SAME', rate: [1, 2] }]) {
    y = nn.depthwiseConv2d({ input: x, filter: d, ...more });
    runs.push({ fetch: [y, ...grads(y, [x, d])], feed });
  }
  const g = tf.gradients(square(y), [x, d], { name: 'first' }) as tf.Tensor[];
  tf.gradients(square(g[0]!), [x, d], { name: 'second' });
  nn.depthwiseConv2d(tf.placeholder(tf.float32, [2, 3, 7, 8]), d, [1, 1, 1, 1], 'SAME', { dataFormat: 'NCHW', name: 'dfirst' });
  const m = tf.constant(arr([1, 1, 6, 4], 9), { name: 'm' });
  for (const more of [{}, { rate: [2, 2] }]) {
    y = nn.separableConv2d(x, d, m, [1, 1, 1, 1], 'SAME', more);
    runs.push({ fetch: [y, ...grads(y, [x, d, m])], feed });
  }
  for (const more of [{ windowShape: [2, 3], poolingType: 'MAX', padding: 'SAME', strides: [2, 1] }, { windowShape: [2, 2], poolingType: 'AVG', padding: 'VALID', dilationRate: [2, 3] }]) {
    y = nn.pool({ input: x, ...more });
    runs.push({ fetch: [y, ...grads(y, [x])], feed });
  }
  runs.push({ fetch: nn.pool(s, [2], 'MAX', 'VALID', { name: 'one' }), feed: [[s, arr([2, 9, 3], 5)]] });
  runs.push({ fetch: nn.pool(v, [2, 2, 2], 'AVG', 'SAME', { name: 'three' }), feed: [[v, arr([1, 5, 4, 5, 2], 7)]] });
  y = tf.spaceToBatch(x, [[1, 0], [0, 0]], 2);
  runs.push({ fetch: [y, tf.batchToSpace(y, [[1, 0], [0, 0]], 2), ...grads(y, [x])], feed });
  y = tf.spaceToBatchNd(p, [2, 4], [[0, 1], [2, 2]]);
  const back = tf.batchToSpaceNd(y, [2, 4], [[0, 1], [2, 2]]);
  runs.push({ fetch: [y, back, ...grads(back, [p])], feed: pf });
  for (const base of [null, [[1, 2], [0, 0]]]) runs.push({ fetch: tf.requiredSpaceToBatchPaddings([5, 6], [2, 4], base) });
  runs.push({ fetch: tf.requiredSpaceToBatchPaddings(tf.shape(p).at([1, 3]), [2, 4], [[1, 2], [0, 0]], { name: 'req' }), feed: pf });
  y = tf.layers.conv2d(x, 4, 3, { dilationRate: 2, padding: 'same', kernelInitializer: tf.zerosInitializer(), name: 'layer' });
  note('layer', y.name);
  attempt('stride and rate', () => nn.convolution(x, w, 'SAME', { strides: [2, 2], dilationRate: [2, 2] }));
  attempt('rank', () => nn.convolution(tf.zeros([2, 3]), tf.zeros([1, 2]), 'SAME'));
  attempt('channels', () => nn.convolution(x, tf.zeros([3, 3, 4, 2]), 'SAME', { dilationRate: [2, 2] }));
  attempt('rate 0', () => nn.depthwiseConv2d(x, d, [1, 1, 1, 1], 'SAME', { rate: [0, 1] }));
  attempt('pool same', () => nn.pool(x, [2, 2], 'MAX', 'SAME', { dilationRate: [2, 2] }));
  attempt('pool strides', () => nn.pool(x, [2, 2], 'MAX', 'SAME', { strides: [3, 3] }));
  attempt('pool kind', () => nn.pool(x, [2, 2], 'MIN', 'SAME'));
  attempt('block', () => tf.spaceToBatchNd(x, [2, 2], [[0, 0], [0, 0]]));
  attempt('crops', () => tf.batchToSpaceNd(x, [2, 1], [[0, 15], [0, 0]]));
  return { runs };
}

export function conv_morphology(): Program {
  const runs: Step[] = [];
  const { nn } = tf, square = (t: tf.Tensor): tf.Tensor => t.mul(t);
  const x = tf.placeholder(tf.float32, [null, 4, 5, 6], { name: 'x' });
  const feed: [tf.Tensor, tf.NDArray][] = [[x, arr([2, 4, 5, 6], 1)]];
  for (const more of [{}, { depthRadius: 2, bias: 1.5, alpha: 0.4, beta: 0.75 }, { depthRadius: 1, beta: 1, name: 'one' }]) {
    const y = nn.lrn(x, more);
    runs.push({ fetch: [y, ...tf.gradients(square(y), x)], feed });
  }
  nn.localResponseNormalization(tf.placeholder(tf.float16, null, { name: 'half' }), 3);
  const f = tf.constant(arr([2, 3, 6], 2), { name: 'f' });
  for (const [strides, rates, padding] of [[[1, 1, 2, 1], [1, 1, 1, 1], 'SAME'], [[1, 1, 1, 1], [1, 2, 1, 1], 'VALID']] as const) {
    const y = nn.dilation2d(x, f, strides, rates, padding);
    runs.push({ fetch: [y, ...tf.gradients(square(y), [x, f])], feed });
    runs.push({ fetch: nn.erosion2d(x, f, strides, rates, padding), feed });
  }
  nn.dilation2d(tf.placeholder(tf.float32, [3, null, 5, 6], { name: 'p' }), f, [1, 1, 1, 1], [1, 1, 1, 1], 'VALID', { name: 'unknown' });
  for (const dtype of [tf.int32, tf.float64, tf.uint8]) runs.push({ fetch: nn.dilation2d(tf.cast(x.mul(9), dtype), tf.cast(f.mul(5), dtype), [1, 1, 1, 1], [1, 1, 1, 1], 'SAME'), feed: [[x, arr([2, 4, 5, 6], 1, 0, 2)]] });
  attempt('depth', () => nn.dilation2d(x, tf.zeros([2, 2, 5]), [1, 1, 1, 1], [1, 1, 1, 1], 'SAME'));
  attempt('rank', () => nn.lrn(tf.zeros([2, 3])));
  return { runs };
}
