// Restates image_*.py: images.
import * as tf from 'tfgraph';
import { floatToHalf } from '../../../src/graph/ndarray.ts';
import { arr, attempt, ints, type Feed, type Program, type Step } from '../oracle.ts';

const im = tf.image;
type Pair = [tf.Tensor, tf.FeedValue];
const feedOf = (...pairs: Pair[]): Feed => pairs;

export function image_geometry(): Program {
  tf.setRandomSeed(7);
  const known = tf.placeholder(tf.float32, [4, 5, 3], { name: 'known' }), part = tf.placeholder(tf.float32, [null, 5, 3], { name: 'part' }), rank = tf.placeholder(tf.float32, [null, null, null], { name: 'rank' });
  const batch = tf.placeholder(tf.float32, [2, 4, 5, 3], { name: 'batch' }), batches = tf.placeholder(tf.float32, [null, null, 5, null], { name: 'batches' });
  const none = tf.placeholder(tf.float32, { name: 'none' }), size = tf.placeholder(tf.int32, [], { name: 'size' });
  const one = arr([4, 5, 3], 1), many = arr([2, 4, 5, 3], 2);
  const feed = feedOf([known, one], [part, one], [rank, one], [batch, many], [batches, many], [none, one], [size, 3]);
  const images = [known, part, rank, batch, batches], all = [...images, none], outs: unknown[] = [];
  for (const x of all) outs.push([im.flipLeftRight(x), im.flipUpDown(x), im.transpose(x), im.transposeImage(x, { name: 'turned' })]);
  for (const x of images) outs.push([im.rot90(x), im.rot90(x, 3, { name: 'quarter' }), im.rot90(x, size)]);
  for (const x of all) outs.push([im.randomFlipLeftRight(x, { seed: 3 }), im.randomFlipUpDown(x)]);
  for (const x of images) outs.push([im.centralCrop(x, 0.5), im.centralCrop(x, 0.87), im.centralCrop(x, 1)]);
  for (const x of all) {
    outs.push([im.padToBoundingBox(x, 1, 2, 6, 8), im.cropToBoundingBox(x, 1, 2, 3, 2)]);
    outs.push([im.resizeWithCropOrPad(x, 6, 3), im.resizeImageWithCropOrPad(x, 3, 8)]);
  }
  for (const x of [known, rank, batch]) {
    outs.push([im.padToBoundingBox(x, size, 0, 8, 5), im.cropToBoundingBox(x, 0, size, 2, 2), im.cropToBoundingBox(x, 0, 0, size, size)]);
    outs.push([im.resizeWithCropOrPad(x, size, 7), im.resizeWithCropOrPad(x, 6, size)]);
  }
  outs.push(im.randomCrop(known, [2, 3, 3], { seed: 5 }));
  const g = tf.gradients(im.flipLeftRight(known).mul(im.resizeWithCropOrPad(known, 4, 5)), known);
  const runs: Step[] = [{ fetch: outs, feed }, { fetch: outs.slice(11, 17), feed }, { fetch: g, feed }];
  runs.push({ fetch: im.cropToBoundingBox(rank, 2, 2, 3, 3), feed });
  runs.push({ fetch: im.padToBoundingBox(rank, 0, 0, 3, 5), feed });
  runs.push({ fetch: im.resizeWithCropOrPad(known, size, 3), feed: feedOf([known, one], [size, 0]) });
  const flat = tf.zeros([4, 5]);
  const checked: Record<string, (x: tf.Tensor) => unknown> = { flip_left_right: im.flipLeftRight, flip_up_down: im.flipUpDown, random_flip_left_right: im.randomFlipLeftRight, transpose: im.transpose, rot90: im.rot90 };
  for (const [name, f] of Object.entries(checked)) {
    attempt(`${name} 2`, () => f(flat));
    attempt(`${name} 5`, () => f(tf.zeros([1, 1, 2, 2, 3])));
    attempt(`${name} empty`, () => f(tf.zeros([4, 0, 3])));
  }
  attempt('central 0', () => im.centralCrop(known, 0));
  attempt('central 2', () => im.centralCrop(known, 1.5));
  attempt('central rank', () => im.centralCrop(tf.zeros([1, 2, 3, 4, 5]), 0.5));
  attempt('pad rank', () => im.padToBoundingBox(flat, 0, 0, 5, 5));
  attempt('pad offset', () => im.padToBoundingBox(known, -1, 0, 5, 5));
  attempt('pad offset width', () => im.padToBoundingBox(known, 0, -1, 5, 5));
  attempt('pad height', () => im.padToBoundingBox(known, 0, 0, 3, 5));
  attempt('pad width', () => im.padToBoundingBox(known, 0, 1, 5, 5));
  attempt('crop rank', () => im.cropToBoundingBox(flat, 0, 0, 5, 5));
  attempt('crop target', () => im.cropToBoundingBox(known, 0, 0, 0, 5));
  attempt('crop offset', () => im.cropToBoundingBox(known, 0, -1, 2, 5));
  attempt('crop width', () => im.cropToBoundingBox(known, 0, 3, 2, 3));
  attempt('crop height', () => im.cropToBoundingBox(known, 3, 0, 2, 3));
  attempt('fit rank', () => im.resizeWithCropOrPad(flat, 2, 3));
  attempt('fit target', () => im.resizeWithCropOrPad(known, 0, 3));
  return { runs };
}

/** Integers of [0, 256) as uint8. */
const bytes = (shape: readonly number[], seed: number): tf.NDArray => new tf.NDArray(tf.uint8, shape, Uint8Array.from(ints(shape, 256, seed).data as Int32Array));

export function image_color(): Program {
  tf.setRandomSeed(9);
  const x = tf.placeholder(tf.float32, [2, 4, 5, 3], { name: 'x' }), u = tf.placeholder(tf.uint8, [4, 5, 3], { name: 'u' }), part = tf.placeholder(tf.float32, [null, null, 3], { name: 'part' });
  const gray = tf.placeholder(tf.float32, [4, 5, 1], { name: 'gray' }), some = tf.placeholder(tf.float32, [null, 5, null], { name: 'some' }), f = tf.placeholder(tf.float32, [], { name: 'f' });
  const values = { x: arr([2, 4, 5, 3], 1, 0, 1) };
  const feed = feedOf([x, values.x], [u, bytes([4, 5, 3], 2)], [part, arr([4, 5, 3], 3, 0, 1)], [gray, arr([4, 5, 1], 4, 0, 1)], [some, arr([4, 5, 1], 5, 0, 1)], [f, 0.4]);
  const d = tf.cast(x, tf.float64), i16 = tf.cast(u, tf.int16).mul(100), outs: unknown[] = [];
  for (const v of [x, u, part]) outs.push([im.adjustBrightness(v, 0.2), im.adjustBrightness(v, f), im.adjustContrast(v, 1.5), im.adjustContrast(v, f), im.randomBrightness(v, 0.3, { seed: 1 }), im.randomContrast(v, 0.2, 1.8)]);
  for (const v of [x, u, part]) outs.push([im.adjustGamma(v), im.adjustGamma(v, 0.5, 2), im.adjustGamma(v, f)]);
  for (const v of [x, u, part]) {
    outs.push([
      im.adjustHue(v, 0.1), im.adjustHue(v, -0.7, { name: 'turned' }), im.adjustHue(v, f), im.adjustSaturation(v, 0.5), im.adjustSaturation(v, f, { name: 'faded' }),
      im.randomHue(v, 0.4, { seed: 2 }), im.randomSaturation(v, 0.5, 1.5, { seed: 3 }),
    ]);
  }
  for (const v of [x, part, d]) outs.push([im.rgbToHsv(v), im.hsvToRgb(v)]);
  for (const v of [x, part, d]) outs.push([im.rgbToYiq(v), im.yiqToRgb(v), im.rgbToYuv(v), im.yuvToRgb(v)]);
  for (const v of [x, u, part]) outs.push([im.rgbToGrayscale(v), im.rgbToGrayscale(v, { name: 'gray_of' })]);
  outs.push([im.grayscaleToRgb(gray), im.grayscaleToRgb(some, { name: 'three' })]);
  for (const v of [x, u, part]) outs.push(im.perImageStandardization(v));
  for (const v of [x, u, i16, d]) {
    for (const t of [tf.float32, tf.float16, tf.uint8, tf.int16, tf.int32, tf.uint16]) {
      if (t === tf.float16 && v.dtype !== tf.float32) continue;
      outs.push(im.convertImageDtype(v, t));
      if (v.dtype !== tf.uint8 && v.dtype !== tf.int16) outs.push(im.convertImageDtype(v, t, { saturate: true, name: 'sat' }));
    }
  }
  const runs: Step[] = [{ fetch: outs, feed }, { fetch: outs.slice(0, 4), feed }];
  const loss = tf.reduceSum(im.rgbToHsv(x).mul(tf.constant([1, 2, 3]))).add(tf.reduceSum(im.adjustBrightness(x, f).mul(im.adjustGamma(x, 0.5)))).add(tf.reduceSum(im.perImageStandardization(x).mul(x)));
  runs.push({ fetch: tf.gradients(loss, [x, f]), feed });
  attempt('contrast gradient', () => tf.gradients(im.adjustContrast(x, 2), x));
  attempt('hsv gradient', () => tf.gradients(im.hsvToRgb(x), x));
  attempt('hue gradient', () => tf.gradients(im.adjustHue(x, 0.1), x));
  attempt('random brightness', () => im.randomBrightness(x, -0.1));
  attempt('random contrast', () => im.randomContrast(x, 0.5, 0.5));
  attempt('random contrast low', () => im.randomContrast(x, -0.5, 0.5));
  attempt('random hue', () => im.randomHue(x, 0.6));
  attempt('random hue low', () => im.randomHue(x, -0.1));
  attempt('random saturation', () => im.randomSaturation(x, 0.5, 0.5));
  attempt('random saturation low', () => im.randomSaturation(x, -0.5, 0.5));
  attempt('gamma', () => im.adjustGamma(x, -1));
  attempt('dtype', () => im.convertImageDtype(x, tf.bool));
  attempt('saturate', () => im.convertImageDtype(i16, tf.uint8, { saturate: true }));
  attempt('channels', () => im.rgbToHsv(tf.zeros([2, 4])));
  attempt('gray', () => im.grayscaleToRgb(x));
  attempt('gray rank', () => im.grayscaleToRgb(tf.zeros([4])));
  attempt('standard rank', () => im.perImageStandardization(tf.zeros([4, 3])));
  attempt('contrast rank', () => im.adjustContrast(tf.zeros([4, 3]), 1));
  runs.push({ fetch: im.adjustGamma(x, f), feed: feedOf([x, values.x], [f, -1]) });
  runs.push({ fetch: im.adjustHue(some, 0.1), feed });
  return { runs };
}

export function image_half(): Program {
  tf.setRandomSeed(13);
  const h = tf.placeholder(tf.float16, [4, 5, 3], { name: 'h' }), f = tf.placeholder(tf.float32, [], { name: 'f' });
  const outs = [im.adjustBrightness(h, 0.2), im.adjustBrightness(h, f), im.adjustContrast(h, 1.5), im.randomBrightness(h, 0.3, { seed: 1 }), im.rgbToHsv(h), im.hsvToRgb(h), im.perImageStandardization(h)];
  outs.push(...[tf.float32, tf.uint8, tf.int16, tf.uint16].map((t) => im.convertImageDtype(h, t)), im.convertImageDtype(h, tf.uint8, { saturate: true }), im.rgbToGrayscale(h));
  const image = new tf.NDArray(tf.float16, [4, 5, 3], Uint16Array.from(arr([4, 5, 3], 3, 0, 1).data as Float32Array, floatToHalf));
  return { runs: [{ fetch: outs, feed: feedOf([h, image], [f, 0.4]) }] };
}

export function image_resize(): Program {
  const M = im.ResizeMethod, r = tf.rawOps;
  const x = tf.placeholder(tf.float32, [2, 4, 5, 3], { name: 'x' }), one = tf.placeholder(tf.float32, [4, 5, 2], { name: 'one' });
  const part = tf.placeholder(tf.float32, [null, null, null, 3], { name: 'part' }), size = tf.placeholder(tf.int32, [2], { name: 'size' });
  const image = arr([2, 4, 5, 3], 1);
  const feed = feedOf([x, image], [one, arr([4, 5, 2], 2)], [part, arr([1, 6, 3, 3], 3)], [size, [3, 7]]), outs: unknown[] = [], tails: tf.Tensor[] = [];
  for (const f of [im.resizeBicubic, im.resizeArea, im.resizeBilinear, im.resizeNearestNeighbor] as (typeof im.resizeBicubic)[]) {
    for (const to of [[3, 7], [8, 10], [4, 5], [1, 1], size]) {
      outs.push(f(x, to), f(x, to, true, 'corners'));
      if (f !== (im.resizeArea as unknown)) outs.push(f(x, to, false, null, true));
    }
    outs.push(f(part, [5, 5]));
    outs.push(f(tf.expandDims(one, 0), [5, 9]));
  }
  for (const method of [M.BILINEAR, M.NEAREST_NEIGHBOR, M.BICUBIC, M.AREA]) {
    for (const v of [x, one, part]) outs.push(im.resizeImages(v, [6, 4], method), im.resize(v, size, method, { alignCorners: true }), im.resizeImages(v, [6, 4], method, { preserveAspectRatio: true }));
    outs.push(im.resizeImageWithPad(x, 7, 6, method), im.resizeImageWithPad(one, 3, 9, method, { alignCorners: true }), im.resizeImageWithPad(part, 5, 8, method, true));
  }
  outs.push(im.resizeImages(x, [4, 5]), im.resizeImages(one, [4, 5]), im.resizeImages(x, [8, 5], { preserveAspectRatio: true, name: 'same' }), im.resize(x, [2, 2], 'bicubic'), im.resize(x, [2, 2], 'nearest'));
  for (const t of [tf.uint8, tf.int32, tf.float64, tf.float16]) {
    const v = tf.cast(x.mul(50).add(60), t);
    outs.push(im.resizeBicubic(v, [3, 7]), im.resizeArea(v, [3, 7]));
  }
  for (const kernelType of ['lanczos1', 'lanczos3', 'lanczos5', 'gaussian', 'box', 'triangle', 'keyscubic', 'mitchellcubic']) {
    for (const to of [[3, 7], [9, 3]] as const) {
      for (const antialias of [true, false]) tails.push(r.ScaleAndTranslate({ images: x, size: to, scale: [to[0] / 4, to[1] / 5], translation: [0.5, -0.25], kernelType, antialias }));
    }
  }
  tails.push(r.ScaleAndTranslate({ images: ints([1, 3, 4, 2], 9, 3), size, scale: [2, 0.5], translation: [0, 0] }));
  const runs: Step[] = [{ fetch: outs, feed }, { fetch: tails, feed }];
  const grads = [
    im.resizeBicubic(x, [3, 7]), im.resizeBicubic(x, [6, 6], { halfPixelCenters: true }), im.resizeBicubic(tf.cast(x, tf.float64), [5, 3], { alignCorners: true }), im.resizeImages(part, [5, 4]), tails[4]!, tails[5]!, tails[26]!,
  ].map((y) => tf.gradients(tf.cast(y.mul(y), tf.float32), [x, part]));
  runs.push({ fetch: grads.map((gs) => gs.filter((g) => g !== null)), feed });
  attempt('area gradient', () => tf.gradients(im.resizeArea(x, [3, 3]), x));
  attempt('method', () => im.resizeImages(x, [3, 3], 9));
  attempt('rank', () => im.resizeImages(tf.zeros([3, 3]), [3, 3]));
  attempt('no shape', () => im.resizeImages(tf.placeholder(tf.float32, { name: 'none' }), [3, 3]));
  attempt('size', () => im.resizeImages(x, [3, 3, 3]));
  attempt('size dtype', () => im.resizeImages(x, [3.5, 3]));
  attempt('pad rank', () => im.resizeImageWithPad(tf.zeros([3, 3]), 3, 3));
  attempt('pad size', () => im.resizeImageWithPad(x, 0, 3));
  attempt('scale rank', () => r.ScaleAndTranslate({ images: one, size: [2, 2], scale: [1, 1], translation: [0, 0] }));
  for (const bad of [{ scale: [0, 1] }, { kernelType: 'cubic' }, { size: [0, 2] }]) runs.push({ fetch: r.ScaleAndTranslate({ images: x, size: [2, 2], scale: [1, 1], translation: [0, 0], ...bad }), feed });
  runs.push({ fetch: im.resizeArea(x, size), feed: feedOf([x, image], [size, [0, 1]]) });
  runs.push({ fetch: im.resizeBicubic(x, [3, 3], { alignCorners: true, halfPixelCenters: true }), feed });
  return { runs };
}

export function image_quality(): Program {
  const x = tf.placeholder(tf.float32, [2, 12, 14, 3], { name: 'x' }), y = tf.placeholder(tf.float32, [2, 12, 14, 3], { name: 'y' }), part = tf.placeholder(tf.float32, [null, null, 14, null], { name: 'part' });
  const u = tf.placeholder(tf.uint8, [12, 14, 3], { name: 'u' }), big = tf.placeholder(tf.float32, [1, 26, 30, 1], { name: 'big' });
  const a = arr([2, 12, 14, 3], 1, 0, 1), b = arr([2, 12, 14, 3], 2, 0, 1);
  const feed = feedOf([x, a], [y, b], [part, b], [u, bytes([12, 14, 3], 3)], [big, arr([1, 26, 30, 1], 4, 0, 1)]);
  const flip = tf.reverse(u, [0]);
  const outs: unknown[] = [im.totalVariation(x), im.totalVariation(x.at(0), { name: 'one' }), im.totalVariation(part), im.sobelEdges(x), im.sobelEdges(part), im.imageGradients(x), im.imageGradients(part)];
  outs.push(im.psnr(x, y, 1), im.psnr(x, part, { maxVal: 2, name: 'near' }), im.psnr(u, flip, 255));
  outs.push(im.ssim(x, y, 1), im.ssim(x, part, 1, { filterSize: 5 }), im.ssim(u, flip, 255, { filterSize: 4, filterSigma: 1, k1: 0.02, k2: 0.05 }));
  outs.push(im.ssimMultiscale(big, big.mul(0.9).add(0.05), 1, { powerFactors: [0.5, 0.5] }), im.ssimMultiscale(x, y, 1, [0.3, 0.7], { filterSize: 5 }), im.ssimMultiscale(x, part, 1, { powerFactors: [1], filterSize: 7 }));
  const runs: Step[] = [{ fetch: outs, feed }];
  runs.push({ fetch: [tf.gradients(im.ssim(x, y, 1, { filterSize: 5 }), x), tf.gradients(im.psnr(x, y, 1), [x, y]), tf.gradients(im.totalVariation(x), x), tf.gradients(im.sobelEdges(x).pow(2), x)], feed });
  attempt('variation rank', () => im.totalVariation(tf.zeros([3, 3])));
  attempt('shapes', () => im.psnr(x, tf.zeros([2, 12, 13, 3]), 1));
  attempt('batches', () => im.ssim(x, tf.zeros([3, 12, 14, 3]), 1));
  attempt('small rank', () => im.ssim(x, tf.zeros([12, 14]), 1));
  attempt('filter', () => im.ssim(x, y, 1, { filterSize: 13 }));
  runs.push({ fetch: im.ssim(part, part, 1, { filterSize: 13 }), feed });
  runs.push({ fetch: im.psnr(x, part, 1), feed: feedOf([x, a], [part, arr([2, 11, 14, 3])]) });
  return { runs };
}

export function image_patches(): Program {
  const x = tf.placeholder(tf.float32, [2, 5, 6, 3], { name: 'x' }), part = tf.placeholder(tf.float32, [null, null, 6, 2], { name: 'part' }), v = tf.placeholder(tf.float32, [null, 3, 4, 5, 2], { name: 'v' });
  const outs: unknown[] = [];
  for (const a of [x, part]) {
    for (const y of [tf.extractImagePatches(a, [1, 2, 3, 1], [1, 2, 1, 1], [1, 1, 2, 1], 'SAME'), im.extractPatches(a, [1, 2, 2, 1], [1, 2, 3, 1], [1, 2, 1, 1], 'VALID')]) outs.push(y, tf.gradients(y.mul(y), a));
  }
  for (const y of [tf.extractVolumePatches(v, [1, 2, 2, 3, 1], [1, 1, 2, 1, 1], 'VALID'), tf.extractVolumePatches(v, [1, 2, 3, 2, 1], [1, 1, 2, 3, 1], 'SAME')]) outs.push(y, tf.gradients(y.mul(y), v));
  const w = tf.placeholder(tf.float32, [3, 3, null, 2], { name: 'w' });
  outs.push(tf.nn.depthwiseConv2d(x, w, [1, 1, 1, 1], 'SAME'));
  const feed = feedOf([x, arr([2, 5, 6, 3], 1)], [part, arr([1, 4, 6, 2], 2)], [v, arr([2, 3, 4, 5, 2], 3)], [w, arr([3, 3, 3, 2], 4)]);
  tf.extractVolumePatches(tf.placeholder(tf.float32, [null, null, 4, 5, 2], { name: 'odd' }), [1, 2, 2, 3, 1], [1, 1, 2, 1, 1], 'VALID');
  return { runs: [{ fetch: outs, feed }] };
}

export function image_boxes(): Program {
  tf.setRandomSeed(11);
  const r = tf.rawOps;
  const x = tf.placeholder(tf.float32, [2, 5, 6, 3], { name: 'x' }), part = tf.placeholder(tf.float32, [null, null, 6, null], { name: 'part' });
  const boxes = tf.placeholder(tf.float32, [4, 4], { name: 'boxes' }), at = tf.placeholder(tf.int32, [4], { name: 'at' }), size = tf.placeholder(tf.int32, [2], { name: 'size' });
  const a = arr([2, 5, 6, 3], 1), corners4 = [[0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [0.9, 0.1, 0.2, 0.6], [-0.2, 0.3, 0.7, 1.3]];
  const fed = (more: { at?: number[]; size?: number[] } = {}): Feed => feedOf([x, a], [part, a], [boxes, corners4], [at, more.at ?? [0, 1, 1, 0]], [size, more.size ?? [3, 2]]);
  const feed = fed(), outs: tf.Tensor[] = [];
  for (const method of ['bilinear', 'nearest'] as const) {
    for (const to of [[3, 4], [1, 1], [7, 1], size]) outs.push(im.cropAndResize(x, boxes, at, to, method), im.cropAndResize(part, boxes, { cropSize: to, method, extrapolationValue: -1.5, boxIndices: at, name: 'crop' }));
  }
  for (const t of [tf.uint8, tf.int32, tf.float16, tf.float64]) outs.push(im.cropAndResize(tf.cast(x.mul(20).add(30), t), boxes, at, [3, 4]));
  const grads: unknown[] = [];
  for (const v of [x, part]) {
    const crops = [im.cropAndResize(v, boxes, at, [3, 4]), im.cropAndResize(v, boxes, at, [1, 1]), im.cropAndResize(v, boxes, at, [2, 1], 'nearest')];
    for (const y of crops.slice(0, v === x ? 3 : 1)) grads.push(tf.gradients(y.mul(y), [v, boxes]));
  }
  const runs: Step[] = [{ fetch: outs, feed }];
  attempt('nearest boxes', () => tf.gradients(im.cropAndResize(x, boxes, at, [2, 2], 'nearest'), boxes)[0]);
  runs.push({ fetch: grads, feed });
  runs.push({ fetch: im.cropAndResize(x, boxes, at, [3, 4]), feed: fed({ at: [0, 1, 2, 0] }) });
  runs.push({ fetch: im.cropAndResize(x, boxes, at, size), feed: fed({ size: [0, 2] }) });
  attempt('crop boxes', () => im.cropAndResize(x, tf.zeros([4, 3]), at, [3, 4]));
  attempt('crop rank', () => im.cropAndResize(x.at(0), boxes, at, [3, 4]));
  attempt('crop indices', () => im.cropAndResize(x, boxes, [0, 1], [3, 4]));
  attempt('crop both', () => im.cropAndResize(x, boxes, at, [3, 4], { boxIndices: at }));
  // non-maximum suppression
  const n = 24, corners = arr([n, 2], 5, 0, 4).data as Float32Array, sides = arr([n, 2], 6, 0.5, 2).data as Float32Array, scores = arr([n], 7, 0, 1);
  const many = new tf.NDArray(tf.float32, [n, 4], Float32Array.from({ length: 4 * n }, (_, k) => { const i = 2 * Math.floor(k / 4) + (k % 2); return k % 4 < 2 ? corners[i]! : corners[i]! + sides[i]!; }));
  const b = tf.constant(many, { name: 'b' }), s = tf.constant(scores, { name: 's' }), m = tf.placeholder(tf.int32, [], { name: 'm' }), nms: unknown[] = [];
  const found = (o: { selectedIndices: tf.Tensor; validOutputs: tf.Tensor }): tf.Tensor[] => [o.selectedIndices, o.validOutputs];
  nms.push(
    im.nonMaxSuppression(b, s, m), im.nonMaxSuppression(b, s, 5, 0.3, 0.2, { name: 'few' }), found(im.nonMaxSuppressionPadded(b, s, 20, 0.2, { padToMaxOutputSize: true })), found(im.nonMaxSuppressionPadded(b, s, m, 0.2, 0.4)),
    im.nonMaxSuppressionWithScores(b, s, m, 0.6, 0.1), im.nonMaxSuppressionWithScores(b, s, 12, 1, 0.05, { softNmsSigma: 0.5 }), r.NonMaxSuppression({ boxes: b, scores: s, maxOutputSize: m, iouThreshold: 0.2 }),
    r.NonMaxSuppressionV2({ boxes: b, scores: s, maxOutputSize: 4, iouThreshold: 0.1 }), Object.values(r.NonMaxSuppressionV5({ boxes: b, scores: s, maxOutputSize: 20, iouThreshold: 0.3, scoreThreshold: 0.3, softNmsSigma: 0.2, padToMaxOutputSize: true })),
  );
  const over = tf.constant(arr([n, n], 8, 0, 1), { name: 'over' });
  nms.push(im.nonMaxSuppressionOverlaps(over, s, 10), im.nonMaxSuppressionOverlaps(over, s, m, 0.9, 0.3, { name: 'lap' }));
  const halves = [tf.cast(b, tf.float16), tf.cast(s, tf.float16)];
  nms.push(r.NonMaxSuppressionV3({ boxes: halves[0]!, scores: halves[1]!, maxOutputSize: m, iouThreshold: tf.cast(0.3, tf.float16), scoreThreshold: tf.cast(0.1, tf.float16) }));
  const stretched = new tf.NDArray(tf.float32, [2 * n, 4], Float32Array.from([...many.data as Float32Array, ...(many.data as Float32Array).map((v) => v * Math.fround(0.2))]));
  const per = tf.reshape(tf.constant(stretched), [2, n, 1, 4]), klass = tf.constant(arr([2, n, 3], 9, 0, 1));
  type Combined = ReturnType<typeof im.combinedNonMaxSuppression>;
  const all = (o: Combined): tf.Tensor[] => [o.nmsedBoxes, o.nmsedScores, o.nmsedClasses, o.validDetections];
  nms.push(all(im.combinedNonMaxSuppression(per, klass, 4, 9)), all(im.combinedNonMaxSuppression(per, klass, 3, 20, 0.2, 0.3, true, false, { name: 'all' })));
  nms.push(all(im.combinedNonMaxSuppression(tf.tile(per, [1, 1, 3, 1]).mul([[[0.1], [0.2], [0.3]]]), klass, 40, 50, 0.6, 0.1, { clipBoxes: false })));
  nms.push(all(im.combinedNonMaxSuppression(tf.placeholderWithDefault(per, [null, null, null, 4]), klass, m, m, { padPerClass: false })));
  runs.push({ fetch: nms, feed: feedOf([m, 6]) });
  runs.push({ fetch: im.nonMaxSuppression(b, s, m, 1.5), feed: feedOf([m, 6]) });
  attempt('nms boxes', () => im.nonMaxSuppression(tf.zeros([3, 5]), tf.zeros([3]), 2));
  attempt('nms scores', () => im.nonMaxSuppression(b, tf.zeros([3]), 2));
  attempt('overlaps', () => im.nonMaxSuppressionOverlaps(tf.zeros([3, 4]), tf.zeros([3]), 2));
  attempt('combined', () => im.combinedNonMaxSuppression(tf.zeros([1, 4, 2, 4]), tf.zeros([1, 4, 3]), 2, 2));
  attempt('combined size', () => im.combinedNonMaxSuppression(tf.zeros([1, 4, 1, 4]), tf.zeros([1, 4, 3]), 2, 0));
  // distorted boxes
  const dim = tf.placeholder(tf.int32, [3], { name: 'dim' }), given = tf.constant([[[0.2, 0.1, 0.7, 0.8], [0.5, 0.5, 0.9, 0.6]]], { name: 'given' });
  const distorted = [
    im.sampleDistortedBoundingBox(dim, given, { seed: 3, seed2: 4 }), im.sampleDistortedBoundingBox(tf.cast(dim, tf.int64), given, 5, { minObjectCovered: 0.7, aspectRatioRange: [0.5, 2], areaRange: [0.2, 0.9], maxAttempts: 20, name: 'crop' }),
    im.sampleDistortedBoundingBox(dim, tf.zeros([1, 0, 4]), { seed2: 7, useImageIfNoBoundingBoxes: true, maxAttempts: 1 }), r.SampleDistortedBoundingBox({ imageSize: dim, boundingBoxes: given, seed: 8, minObjectCovered: 0.3 }),
  ];
  for (const sizes of [[40, 60, 3], [7, 90, 3], [31, 17, 3]]) runs.push({ fetch: distorted.map((o) => Object.values(o)), feed: feedOf([dim, sizes]) });
  runs.push({ fetch: Object.values(im.sampleDistortedBoundingBox(dim, tf.zeros([1, 0, 4]), { seed: 1 })), feed: feedOf([dim, [40, 60, 3]]) });
  runs.push({ fetch: Object.values(im.sampleDistortedBoundingBox(dim, given.mul(2), { seed: 1 })), feed: feedOf([dim, [40, 60, 3]]) });
  attempt('distorted size', () => im.sampleDistortedBoundingBox([3, 4], given));
  attempt('distorted boxes', () => im.sampleDistortedBoundingBox(dim, given.at(0)));
  // drawn boxes, glimpses, patches
  const marks = tf.constant([[[0.1, 0.2, 0.8, 0.9], [-0.5, 0.3, 0.4, 1.5]], [[0.9, 0.9, 0.1, 0.1], [0, 0, 0.5, 0.5]]], { name: 'marks' });
  const draws = [im.drawBoundingBoxes(x, marks), im.drawBoundingBoxes(x.at(null, null, null, [null, 1]), marks, { name: 'gray' }), im.drawBoundingBoxes(x, marks, { colors: [[0.5, 0.25, 1, 0]] })];
  const near = tf.constant([[0, 0], [0.2, -0.1]], { name: 'near' });
  draws.push(im.extractGlimpse(x, [2, 3], near), im.extractGlimpse(x, size, [[2, 2], [3, 3]], { centered: false, normalized: false, name: 'look' }), im.extractGlimpse(x, [3, 3], [[0.5, 0.5], [0.4, 0.6]], { centered: false }));
  draws.push(r.ExtractGlimpse({ input: x, size: [4, 4], offsets: [[0.9, 0.1], [-0.8, -1.2]], uniformNoise: false, noise: 'zero' }), im.extractPatches(x, [1, 2, 3, 1], [1, 2, 1, 1], [1, 1, 2, 1], 'SAME'));
  draws.push(im.extractImagePatches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], 'VALID'));
  const v = tf.reshape(x, [1, 2, 5, 6, 3]);
  draws.push(tf.extractVolumePatches(v, [1, 2, 2, 3, 1], [1, 1, 2, 1, 1], 'VALID'), tf.extractVolumePatches(v, [1, 2, 3, 2, 1], [1, 1, 2, 3, 1], 'SAME', { name: 'cubes' }));
  runs.push({ fetch: draws, feed });
  attempt('draw depth', () => im.drawBoundingBoxes(tf.zeros([1, 2, 3, 2]), marks));
  attempt('glimpse offsets', () => im.extractGlimpse(x, [2, 3], tf.zeros([3, 2])));
  attempt('glimpse noise', () => r.ExtractGlimpse({ input: x, size: [2, 2], offsets: near, noise: 'zero' }));
  return { runs };
}
