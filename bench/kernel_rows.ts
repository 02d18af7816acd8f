// More rows of the benchmark of kernels: losses, moved elements, comparisons, normalisation, convolutions beside the plain one,
// images, rare ops, and other dtypes (those TensorFlow.js does not have run without a rival).
import * as tfjs from '@tensorflow/tfjs-core';
import * as tf from 'tfgraph';
import { n1, random, type Row, row, unary } from './kernel_row.ts';

type T2 = tfjs.Tensor2D;
type T4 = tfjs.Tensor4D;
type Ours = (...x: tf.Tensor[]) => tf.Tensor;
type Rival = ((...x: tfjs.Tensor[]) => tfjs.Tensor) | null;
const index = (n: number, below: number): Int32Array => Int32Array.from(random(n, 9), (v) => Math.floor(((v + 1) / 2) * below));
const ids = (list: Int32Array, shape: readonly number[] = [list.length]): tf.Tensor => tf.constant(new tf.NDArray(tf.int32, [...shape], list));
/** A kernel of TensorFlow.js that has no function of its own. */
const kernel = (name: string, inputs: Record<string, tfjs.Tensor>, attrs: object = {}): tfjs.Tensor => tfjs.engine().runKernel(name, inputs, attrs as Parameters<ReturnType<typeof tfjs.engine>['runKernel']>[2]) as tfjs.Tensor;
/** What TensorFlow.js gives several of, kept as long as it takes to return one. */
const firstOf = (f: (...x: tfjs.Tensor[]) => tfjs.Tensor[]): ((...x: tfjs.Tensor[]) => tfjs.Tensor) => (...x) => tfjs.tidy(() => f(...x)[0]!);

export function lossRows(): Row[] {
  const dense = (x: tfjs.Tensor, y: tfjs.Tensor): tfjs.Tensor => tfjs.neg(tfjs.sum(tfjs.mul(tfjs.logSoftmax(x as T2), y), 1));
  const one = (name: string, shape: readonly number[], f: Ours, g: Rival): Row => row('loss', `${name} ${shape.join('x')}`, [shape, shape], f, g);
  return ([[4096, 10], [256, 1000], [128, 512]] as const).flatMap((shape) => {
    const labels = index(shape[0], shape[1]);
    return [
      one('softmax cross entropy', shape, (x, y) => tf.nn.softmaxCrossEntropyWithLogits({ logits: x, labels: tf.stopGradient(y) }), (x, y) => tfjs.tidy(() => dense(x, y))),
      one('softmax cross entropy and gradient', shape, (x, y) => tf.gradients(tf.nn.softmaxCrossEntropyWithLogits({ logits: x, labels: tf.stopGradient(y) }), [x])[0] as tf.Tensor, (x, y) => tfjs.tidy(() => { dense(x, y); return tfjs.sub(tfjs.softmax(x as T2), y); })),
      one('sparse softmax cross entropy', shape, (x) => tf.nn.sparseSoftmaxCrossEntropyWithLogits({ logits: x, labels: ids(labels) }), (x) => tfjs.tidy(() => dense(x, tfjs.oneHot(tfjs.tensor1d(labels, 'int32'), shape[1])))),
      one('sparse softmax cross entropy and gradient', shape, (x) => tf.gradients(tf.nn.sparseSoftmaxCrossEntropyWithLogits({ logits: x, labels: ids(labels) }), [x])[0] as tf.Tensor, (x) => tfjs.tidy(() => { const y = tfjs.oneHot(tfjs.tensor1d(labels, 'int32'), shape[1]); dense(x, y); return tfjs.sub(tfjs.softmax(x as T2), y); })),
    ];
  });
}

export function moveRows(): Row[] {
  const one = (name: string, shape: readonly number[], f: (x: tf.Tensor) => tf.Tensor, g: Rival): Row => row('move', `${name} ${shape.join('x')}`, [shape], f, g);
  const transposed = (shape: readonly number[], perm: number[]): Row => one(`transpose ${perm.join('')} of`, shape, (x) => tf.transpose(x, perm), (x) => tfjs.transpose(x, perm));
  const image = [32, 32, 32, 16], places = index(20_000, 50_000);
  return [
    transposed([1000, 1003], [1, 0]), transposed([3, 300_000], [1, 0]), transposed([300_000, 3], [1, 0]), transposed([32, 56, 56, 3], [0, 3, 1, 2]), transposed([32, 3, 56, 56], [0, 2, 3, 1]),
    transposed([64, 32, 16, 33], [0, 2, 1, 3]), transposed([64, 50, 8, 32], [0, 2, 3, 1]), transposed([30, 40, 50, 17], [3, 1, 2, 0]),
    one('tile 1x8 of', [1000, 100], (x) => tf.tile(x, [1, 8]), (x) => tfjs.tile(x, [1, 8])), one('tile 8x1 of', [100, 1000], (x) => tf.tile(x, [8, 1]), (x) => tfjs.tile(x, [8, 1])),
    one('pad 1 of', image, (x) => tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), (x) => tfjs.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])), one('pad 1 of', [32, 64, 64, 3], (x) => tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), (x) => tfjs.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])),
    one('mirror pad 1 of', image, (x) => tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], 'REFLECT'), (x) => tfjs.mirrorPad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], 'reflect')),
    row('move', 'concat over 1 of two 4096x100', [[4096, 100], [4096, 100]], (x, y) => tf.concat([x, y], 1), (x, y) => tfjs.concat([x, y], 1)), row('move', 'concat over 0 of two 512x512', [[512, 512], [512, 512]], (x, y) => tf.concat([x, y], 0), (x, y) => tfjs.concat([x, y], 0)),
    one('split in 4 over 1 of', [4096, 256], (x) => tf.split(x, 4, 1)[0]!, (x) => { const [a, ...rest] = tfjs.split(x, 4, 1); tfjs.dispose(rest); return a!; }),
    one('slice of', [1024, 1024], (x) => tf.slice(x, [100, 101], [800, 803]), (x) => tfjs.slice(x, [100, 101], [800, 803])),
    one('every second column of', [1024, 1024], (x) => tf.stridedSlice(x, [0, 0], [1024, 1024], [1, 2]), (x) => tfjs.stridedSlice(x, [0, 0], [1024, 1024], [1, 2])), one('every second row of', [1024, 1024], (x) => tf.stridedSlice(x, [0, 0], [1024, 1024], [2, 1]), (x) => tfjs.stridedSlice(x, [0, 0], [1024, 1024], [2, 1])),
    one('reverse over 1 of', [1024, 1024], (x) => tf.reverse(x, [1]), (x) => tfjs.reverse(x, 1)), one('reverse over 0 of', [1024, 1024], (x) => tf.reverse(x, [0]), (x) => tfjs.reverse(x, 0)),
    one('space to depth 2 of', image, (x) => tf.spaceToDepth(x, 2), null), one('depth to space 2 of', image, (x) => tf.depthToSpace(x, 2), (x) => tfjs.depthToSpace(x as T4, 2, 'NHWC')),
    one('scatter_nd into 50000x32', [20_000, 32], (x) => tf.scatterNd(ids(places, [20_000, 1]), x, [50_000, 32]), (x) => tfjs.tidy(() => tfjs.scatterND(tfjs.tensor2d(places, [20_000, 1], 'int32'), x, [50_000, 32]))),
    one('gather_nd 20000 of', [50_000, 32], (x) => tf.gatherNd(x, ids(places, [20_000, 1])), (x) => tfjs.tidy(() => tfjs.gatherND(x, tfjs.tensor2d(places, [20_000, 1], 'int32')))),
    one('gather 16 columns of', [8192, 64], (x) => tf.gather(x, ids(index(16, 64)), { axis: 1 }), (x) => tfjs.tidy(() => tfjs.gather(x, tfjs.tensor1d(index(16, 64), 'int32'), 1))),
    row('move', 'stack two 512x512', [[512, 512], [512, 512]], (x, y) => tf.stack([x, y]), (x, y) => tfjs.stack([x, y])),
  ];
}

export function testRows(): Row[] {
  const two = (name: string, f: Ours, g: Rival): Row => row('test', `${name} 1M`, [n1, n1], f, g);
  return [
    two('greater', (x, y) => tf.greater(x, y), (x, y) => tfjs.greater(x, y)), two('equal', (x, y) => tf.equal(x, y), (x, y) => tfjs.equal(x, y)), two('maximum', (x, y) => tf.maximum(x, y), (x, y) => tfjs.maximum(x, y)),
    two('mul', (x, y) => tf.multiply(x, y), (x, y) => tfjs.mul(x, y)), two('div', (x, y) => tf.div(x, y), (x, y) => tfjs.div(x, y)), two('sub', (x, y) => tf.subtract(x, y), (x, y) => tfjs.sub(x, y)), two('squared difference', (x, y) => tf.squaredDifference(x, y), (x, y) => tfjs.squaredDifference(x, y)),
    two('compare and select', (x, y) => tf.where(tf.greater(x, y), x, y), (x, y) => tfjs.tidy(() => tfjs.where(tfjs.greater(x, y), x, y))),
    row('test', 'add 4M', [[4 << 20], [4 << 20]], (x, y) => tf.add(x, y), (x, y) => tfjs.add(x, y)), row('test', 'add 64k', [[1 << 16], [1 << 16]], (x, y) => tf.add(x, y), (x, y) => tfjs.add(x, y)), row('test', 'add 4k', [[4096], [4096]], (x, y) => tf.add(x, y), (x, y) => tfjs.add(x, y)),
    row('test', 'add 1024x1024 and a column', [[1024, 1024], [1024, 1]], (x, y) => tf.add(x, y), (x, y) => tfjs.add(x, y)), row('test', 'mul 32x64x64x3 and channels', [[32, 64, 64, 3], [3]], (x, y) => tf.multiply(x, y), (x, y) => tfjs.mul(x, y)),
    unary('relu', tf.nn.relu, tfjs.relu, n1, 'test'), unary('clip by value', (x) => tf.clipByValue(x, -0.5, 0.5), (x) => tfjs.clipByValue(x, -0.5, 0.5), n1, 'test'), unary('abs', tf.abs, tfjs.abs, n1, 'test'), unary('neg', tf.negative, tfjs.neg, n1, 'test'),
    unary('square', tf.square, tfjs.square, n1, 'test'), unary('floor', tf.floor, tfjs.floor, n1, 'test'), unary('round', tf.round, tfjs.round, n1, 'test'), unary('sign', tf.sign, tfjs.sign, n1, 'test'), unary('relu6', tf.nn.relu6, tfjs.relu6, n1, 'test'), unary('leaky relu', tf.nn.leakyRelu, tfjs.leakyRelu, n1, 'test'),
    unary('cast to int32', (x) => tf.cast(x, tf.int32), (x) => tfjs.cast(x, 'int32'), n1, 'test'), unary('cast to bool', (x) => tf.cast(x, tf.bool), (x) => tfjs.cast(x, 'bool'), n1, 'test'), unary('cast to int64', (x) => tf.cast(x, tf.int64), null, n1, 'test'), unary('cast to float16', (x) => tf.cast(x, tf.float16), null, n1, 'test'), unary('cast to float64', (x) => tf.cast(x, tf.float64), null, n1, 'test'),
    unary('isnan', tf.isNan, tfjs.isNaN, n1, 'test'),
  ];
}

export function normRows(): Row[] {
  const image = [32, 32, 32, 32], c = [32];
  const norm = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Tensor => tf.nn.fusedBatchNorm(x, scale, offset)[0];
  const rival = (x: tfjs.Tensor, s: tfjs.Tensor, o: tfjs.Tensor): tfjs.Tensor => tfjs.tidy(() => { const { mean, variance } = tfjs.moments(x, [0, 1, 2]); return tfjs.batchNorm(x, mean as tfjs.Tensor1D, variance as tfjs.Tensor1D, o as tfjs.Tensor1D, s as tfjs.Tensor1D); });
  return [
    row('norm', 'batch norm, training, 32x32x32x32', [image, c, c], norm, rival),
    row('norm', 'batch norm, inference, 32x32x32x32', [image, c, c], (x, s, o) => tf.nn.fusedBatchNorm(x, s, o, { mean: o, variance: tf.abs(s), isTraining: false })[0], (x, s, o) => tfjs.tidy(() => tfjs.batchNorm(x, o as tfjs.Tensor1D, tfjs.abs(s) as tfjs.Tensor1D, o as tfjs.Tensor1D, s as tfjs.Tensor1D))),
    row('norm', 'batch norm and gradient, 32x32x32x32', [image, c, c], (x, s, o) => tf.gradients(norm(x, s, o), [x, s, o], { gradYs: [x] })[0] as tf.Tensor, null),
    row('norm', 'moments over 0,1,2 of 32x32x32x32', [image], (x) => tf.nn.moments(x, [0, 1, 2])[1], (x) => tfjs.tidy(() => tfjs.moments(x, [0, 1, 2]).variance)),
    row('norm', 'local response 32x32x32x32', [image], (x) => tf.nn.lrn(x), (x) => tfjs.localResponseNormalization(x as T4)),
    row('norm', 'local response gradient 32x32x32x32', [image], (x) => tf.gradients(tf.nn.lrn(x), [x])[0] as tf.Tensor, (x) => tfjs.tidy(() => kernel('LRNGrad', { x, y: tfjs.localResponseNormalization(x as T4), dy: tfjs.ones(image) }, { depthRadius: 5, bias: 1, alpha: 1, beta: 0.5 }))),
    row('norm', 'l2 normalize over 1 of 4096x256', [[4096, 256]], (x) => tf.nn.l2Normalize(x, 1), null),
    ...([['min', tf.reduceMin, tfjs.min], ['prod', tf.reduceProd, tfjs.prod], ['mean', tf.reduceMean, tfjs.mean], ['max', tf.reduceMax, tfjs.max]] as const).flatMap(([name, f, g]) => ([[1, [64, 128, 128]], [1, [16384, 64]], [0, [16384, 64]], [2, [64, 128, 100]]] as const).map(([axis, shape]) => row('norm', `${name} over ${axis} of ${shape.join('x')}`, [shape], (x) => f(x, [axis]), (x) => g(x, axis)))),
    row('norm', 'sum over 1 of 512x512x4', [[512, 512, 4]], (x) => tf.reduceSum(x, [1]), (x) => tfjs.sum(x, 1)), row('norm', 'sum over 0,2 of 64x128x128', [[64, 128, 128]], (x) => tf.reduceSum(x, [0, 2]), (x) => tfjs.sum(x, [0, 2])), row('norm', 'sum over 1,2 of 32x32x32x32', [image], (x) => tf.reduceSum(x, [1, 2]), (x) => tfjs.sum(x, [1, 2])),
    row('norm', 'argmax over 0 of 16384x64', [[16384, 64]], (x) => tf.argmax(x, 0), (x) => tfjs.argMax(x, 0)), row('norm', 'argmax over 1 of 4096x10', [[4096, 10]], (x) => tf.argmax(x, 1), (x) => tfjs.argMax(x, 1)), row('norm', 'argmin over 3 of 32x32x32x8', [[32, 32, 32, 8]], (x) => tf.argmin(x, 3), (x) => tfjs.argMin(x, 3)),
    row('norm', 'all of 1M', [n1], (x) => tf.reduceAll(tf.greater(x, -2.)), (x) => tfjs.tidy(() => tfjs.all(tfjs.greater(x, -2)))),
    row('norm', 'cumsum over 1 of 1000x1000', [[1000, 1000]], (x) => tf.cumsum(x, { axis: 1 }), (x) => tfjs.cumsum(x, 1)), row('norm', 'cumprod over 1 of 1000x1000', [[1000, 1000]], (x) => tf.cumprod(x, { axis: 1 }), (x) => tfjs.cumprod(x, 1)),
  ];
}

export function spatialRows(): Row[] {
  const x = [16, 32, 32, 32], w = [3, 3, 32, 1], strides = [1, 1, 1, 1];
  const depthwise = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.nn.depthwiseConv2dNative(a, b, strides, 'SAME');
  const volume = [4, 16, 16, 16, 8], cube = [3, 3, 3, 8, 16];
  const conv3d = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.nn.conv3d(a, b, [1, 1, 1, 1, 1], 'SAME');
  const pool = { filterSize: 2, strides: 2, pad: 'same' };
  return [
    row('spatial', 'depthwise 3x3 16x32x32x32', [x, w], depthwise, (a, b) => tfjs.depthwiseConv2d(a as T4, b as T4, 1, 'same')),
    row('spatial', 'depthwise dX', [x, w], (a, b) => tf.gradients(depthwise(a, b), [a], { gradYs: [a] })[0] as tf.Tensor, null), row('spatial', 'depthwise dW', [x, w], (a, b) => tf.gradients(depthwise(a, b), [b], { gradYs: [a] })[0] as tf.Tensor, null),
    row('spatial', 'conv1d 3 32x256x32->64', [[32, 256, 32], [3, 32, 64]], (a, b) => tf.nn.conv1d(a, b, 1, 'SAME'), (a, b) => tfjs.conv1d(a as tfjs.Tensor3D, b as tfjs.Tensor3D, 1, 'same'), 2 * 32 * 256 * 3 * 32 * 64),
    row('spatial', 'conv 1x1 32x16x16x64->64', [[32, 16, 16, 64], [1, 1, 64, 64]], (a, b) => tf.nn.conv2d(a, b, strides, 'SAME'), (a, b) => tfjs.conv2d(a as T4, b as T4, 1, 'same'), 2 * 32 * 256 * 64 * 64),
    row('spatial', 'conv3d 3x3x3 4x16x16x16x8->16', [volume, cube], conv3d, (a, b) => tfjs.conv3d(a as tfjs.Tensor5D, b as tfjs.Tensor5D, 1, 'same'), 2 * 4 * 4096 * 27 * 8 * 16),
    row('spatial', 'conv3d dX', [[4, 16, 16, 16, 16], cube, volume], (g, b, a) => tf.gradients(conv3d(a, b), [a], { gradYs: [g] })[0] as tf.Tensor, (g, b) => kernel('Conv3DBackpropInputV2', { dy: g, filter: b }, { strides: 1, pad: 'same', inputShape: volume })),
    row('spatial', 'conv3d dW', [[4, 16, 16, 16, 16], cube, volume], (g, b, a) => tf.gradients(conv3d(a, b), [b], { gradYs: [g] })[0] as tf.Tensor, (g, _, a) => kernel('Conv3DBackpropFilterV2', { x: a!, dy: g }, { strides: 1, pad: 'same', filterShape: cube })),
    row('spatial', 'max pool gradient 2x2 s2 of 32x32x32x32', [[32, 32, 32, 32], [32, 16, 16, 32]], (a, g) => tf.gradients(tf.nn.maxPool(a, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME'), [a], { gradYs: [g] })[0] as tf.Tensor, (a, g) => tfjs.tidy(() => kernel('MaxPoolGrad', { dy: g, input: a, output: tfjs.maxPool(a as T4, 2, 2, 'same') }, pool))),
    row('spatial', 'avg pool gradient 2x2 s2 of 32x32x32x32', [[32, 32, 32, 32], [32, 16, 16, 32]], (a, g) => tf.gradients(tf.nn.avgPool(a, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME'), [a], { gradYs: [g] })[0] as tf.Tensor, (a, g) => kernel('AvgPoolGrad', { dy: g, input: a }, pool)),
    row('spatial', 'dilation2d 3x3 16x32x32x32', [x, [3, 3, 32]], (a, b) => tf.nn.dilation2d(a, b, strides, [1, 1, 1, 1], 'SAME'), (a, b) => tfjs.dilation2d(a as T4, b as tfjs.Tensor3D, 1, 'same')),
  ];
}

export function imageRows(): Row[] {
  const one = (name: string, shape: readonly number[], f: (x: tf.Tensor) => tf.Tensor, g: Rival): Row => row('image', `${name} ${shape.join('x')}`, [shape], f, g);
  const resizes = ([[8, 64, 64, 3], [8, 64, 64, 32], [4, 224, 224, 3]] as const).flatMap((shape) => ([[128, 128], [50, 40]] as const).flatMap((to) => [
    one(`resize bilinear to ${to.join('x')} of`, shape, (x) => tf.image.resizeBilinear(x, [...to]), (x) => tfjs.image.resizeBilinear(x as T4, [...to])),
    one(`resize nearest to ${to.join('x')} of`, shape, (x) => tf.image.resizeNearestNeighbor(x, [...to]), (x) => tfjs.image.resizeNearestNeighbor(x as T4, [...to])),
  ]));
  const boxes = Float32Array.from({ length: 4 * 64 }, (_, i) => (i % 4 < 2 ? 0.1 : 0.7) + (i % 7) / 40), of = index(64, 8), many = Float32Array.from(random(4 * 2000, 5), (v, i) => (i % 4 < 2 ? v : v + 0.3)), scores = random(2000, 6);
  const box = (a: Float32Array): tf.Tensor => tf.constant(new tf.NDArray(tf.float32, [a.length / 4, 4], a));
  const gradient = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor): tf.Tensor => tf.gradients(f(x), [x])[0] as tf.Tensor;
  const crop = (x: tf.Tensor): tf.Tensor => tf.image.cropAndResize(x, box(boxes), ids(of), [14, 14]);
  return [...resizes,
    one('resize bilinear gradient from 128x128 to', [8, 64, 64, 3], gradient((x) => tf.image.resizeBilinear(x, [128, 128])), (x) => tfjs.tidy(() => kernel('ResizeBilinearGrad', { images: x, dy: tfjs.ones([8, 128, 128, 3]) }, { alignCorners: false }))),
    one('crop and resize 64 of 14x14 of', [8, 64, 64, 32], crop, (x) => tfjs.tidy(() => tfjs.image.cropAndResize(x as T4, tfjs.tensor2d(boxes, [64, 4]), tfjs.tensor1d(of, 'int32'), [14, 14]))),
    one('crop and resize 64 of 14x14 of', [8, 64, 64, 3], crop, (x) => tfjs.tidy(() => tfjs.image.cropAndResize(x as T4, tfjs.tensor2d(boxes, [64, 4]), tfjs.tensor1d(of, 'int32'), [14, 14]))),
    one('crop and resize gradient', [8, 64, 64, 32], gradient(crop), null),
    row('image', 'non-max suppression of 2000', [[1]], (x) => tf.image.nonMaxSuppression(tf.add(box(many), x), tf.constant(new tf.NDArray(tf.float32, [2000], scores)), 100), (x) => tfjs.tidy(() => tfjs.image.nonMaxSuppression(tfjs.add(tfjs.tensor2d(many, [2000, 4]), x), tfjs.tensor1d(scores), 100))),
    one('resize bicubic to 128x128 of', [8, 64, 64, 3], (x) => tf.image.resizeBicubic(x, [128, 128]), null),
    one('rgb to hsv', [8, 128, 128, 3], tf.image.rgbToHsv, null), one('image patches 3x3', [8, 32, 32, 16], (x) => tf.extractImagePatches(x, [1, 3, 3, 1], [1, 1, 1, 1], [1, 1, 1, 1], 'SAME'), null),
  ];
}

export function rareRows(): Row[] {
  const one = (name: string, shapes: readonly (readonly number[])[], f: Ours, g: Rival): Row => row('rare', name, shapes, f, g);
  const rows = index(20_000, 2000).sort(), pairs = new tf.NDArray(tf.int64, [20_000, 2], BigInt64Array.from({ length: 40_000 }, (_, i) => BigInt(i % 2 === 0 ? rows[i >> 1]! : (i * 7919) % 1000)));
  const sparse = (values: tf.Tensor): tf.SparseTensor => new tf.SparseTensor(pairs, values, [2000, 1000]);
  const spd = (x: tf.Tensor, n: number): tf.Tensor => tf.add(tf.matmul(x, x, { transposeB: true }), tf.constant(new tf.NDArray(tf.float32, [n, n], Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? n : 0)))));
  return [
    one('top 5 of 256x1000', [[256, 1000]], (x) => tf.nn.topK(x, 5).values, firstOf((x) => { const { values, indices } = tfjs.topk(x!, 5); return [values, indices]; })), one('top 100 of 64x10000', [[64, 10_000]], (x) => tf.nn.topK(x, 100).values, firstOf((x) => { const { values, indices } = tfjs.topk(x!, 100); return [values, indices]; })), one('top 1000 of 16x1000 (sort)', [[16, 1000]], (x) => tf.nn.topK(x, 1000).values, firstOf((x) => { const { values, indices } = tfjs.topk(x!, 1000); return [values, indices]; })),
    one('in top 5, 256x1000', [[256, 1000]], (x) => tf.nn.inTopK(x, ids(index(256, 1000)), 5), null),
    one('sparse 2000x1000 (20,000) times 1000x64', [[20_000], [1000, 64]], (v, b) => tf.sparseTensorDenseMatmul(sparse(v), b), null), one('sparse 2000x1000 (20,000) times 1000x1', [[20_000], [1000, 1]], (v, b) => tf.sparseTensorDenseMatmul(sparse(v), b), null), one('its adjoint times 2000x64', [[20_000], [2000, 64]], (v, b) => tf.sparseTensorDenseMatmul(sparse(v), b, { adjointA: true }), null),
    one('fft 64x1024', [[64, 1024]], (x) => tf.fft(tf.complex(x, x)), null), one('fft 16x1000', [[16, 1000]], (x) => tf.fft(tf.complex(x, x)), null), one('rfft 64x512', [[64, 512]], (x) => tf.spectral.rfft(x), null), one('fft2d 4x128x128', [[4, 128, 128]], (x) => tf.fft2d(tf.complex(x, x)), null), one('irfft 64x257', [[64, 257]], (x) => tf.spectral.irfft(tf.complex(x, x)), null),
    one('cholesky 128', [[128, 128]], (x) => tf.cholesky(spd(x, 128)), null), one('cholesky 100 of 8', [[100, 8, 8]], (x) => tf.cholesky(spd(x, 8)), null), one('triangular solve 128', [[128, 128]], (x) => tf.matrixTriangularSolve(spd(x, 128), x), null), one('solve 128', [[128, 128]], (x) => tf.matrixSolve(spd(x, 128), x), null), one('inverse 64', [[64, 64]], (x) => tf.matrixInverse(spd(x, 64)), null), one('qr 64', [[64, 64]], (x) => tf.qr(x).q, null), one('svd 32', [[32, 32]], (x) => tf.svd(x, { computeUv: false }) as tf.Tensor, null),
    one('unique of 50,000', [[50_000]], (x) => tf.unique(tf.cast(tf.multiply(x, 500.), tf.int32)).y, null), one('bincount of 50,000', [[50_000]], (x) => tf.bincount(tf.cast(tf.abs(tf.multiply(x, 500.)), tf.int32)), null),
    one('multinomial 256x1000, 10 each', [[256, 1000]], (x) => tf.multinomial(x, 10, { seed: 1 }), null), one('sparse to dense, 20,000', [[20_000]], (v) => tf.sparseTensorToDense(sparse(v), { validateIndices: false }), null),
    one('igamma of 50,000', [[50_000]], (x) => tf.igamma(tf.add(tf.abs(x), 1.), tf.abs(x)), null),
  ];
}

export function dtypeRows(): Row[] {
  const types = [tf.float64, tf.float16, tf.bfloat16, tf.int32, tf.int64, tf.int8, tf.uint8, tf.int16];
  const one = (t: tf.DType, name: string, shapes: readonly (readonly number[])[], f: Ours, g: Rival = null): Row => row('dtypes', `${t.name} ${name}`, shapes, f, t === tf.int32 ? g : null, undefined, t);
  const image = [8, 32, 32, 16];
  return types.flatMap((t): Row[] => [
    one(t, 'add 1M', [n1, n1], (x, y) => tf.add(x, y)), one(t, 'mul 1M', [n1, n1], (x, y) => tf.multiply(x, y)),
    ...(t.isFloating ? [one(t, 'exp 1M', [n1], (x) => tf.exp(x)), one(t, 'log 1M', [n1], (x) => tf.log(tf.abs(x))), one(t, 'tanh 1M', [n1], (x) => tf.tanh(x)), one(t, 'sigmoid 1M', [n1], (x) => tf.sigmoid(x)), one(t, 'softmax 256x1000', [[256, 1000]], (x) => tf.nn.softmax(x)), one(t, 'erf 1M', [n1], (x) => tf.erf(x)), one(t, 'sqrt 1M', [n1], (x) => tf.sqrt(tf.abs(x)))] : []),
    ...(t.isInteger ? [one(t, 'floordiv 1M', [n1, n1], (x, y) => tf.floordiv(x, tf.bitwise.bitwiseOr(y, tf.cast(1, t))))] : []),
    ...(t.size >= 4 || t.isFloating ? [one(t, 'matmul 256', [[256, 256], [256, 256]], (x, y) => tf.matmul(x, y)), one(t, 'cumsum over 1 of 1000x1000', [[1000, 1000]], (x) => tf.cumsum(x, { axis: 1 }))] : []),
    one(t, 'sum over 0 of 16384x64', [[16384, 64]], (x) => tf.reduceSum(x, [0])), one(t, 'sum over 1 of 16384x64', [[16384, 64]], (x) => tf.reduceSum(x, [1])), one(t, 'max over 1 of 16384x64', [[16384, 64]], (x) => tf.reduceMax(x, [1])), one(t, 'argmax over 1 of 16384x64', [[16384, 64]], (x) => tf.argmax(x, 1)),
    one(t, 'transpose 1024x1024', [[1024, 1024]], (x) => tf.transpose(x)), one(t, 'cast to float32 1M', [n1], (x) => tf.cast(x, tf.float32)), one(t, 'greater 1M', [n1, n1], (x, y) => tf.greater(x, y)),
    ...(t.isFloating ? [one(t, 'conv 3x3 8x32x32x16->16', [image, [3, 3, 16, 16]], (a, b) => tf.nn.conv2d(a, b, [1, 1, 1, 1], 'SAME')), one(t, 'max pool 2x2 s2', [image], (x) => tf.nn.maxPool(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME'))] : []),
  ]);
}
