// Measures of images: total variation, edges, gradients, PSNR and SSIM. Follows python/ops/image_ops_impl.py (1.15).
import { float32, int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, stacked, unstack } from './array_join.ts';
import { reshape, shape as shapeOf, shapeN, size } from './array_shape.ts';
import { pad, tile } from './array_slice.ts';
import { constant, identity, zeros } from './array_values.ts';
import { expandDims } from './array_shape.ts';
import { afterOps, inScope, scalarOf } from './building.ts';
import { cond } from './cond.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { ints } from './image_checks.ts';
import { convertImageDtype } from './image_color.ts';
import { assertOp } from './logging_ops.ts';
import { pow, squaredDifference, subtract } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { equal, greaterEqual, notEqual } from './math_logic.ts';
import { reduceAll, reduceAny, reduceMean, reduceProd, reduceSum } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import { abs, log, square } from './math_unary.ts';
import { relu } from './nn_activation.ts';
import { depthwiseConv2d } from './nn_convolution.ts';
import { avgPool } from './nn_pool.ts';
import { softmax } from './nn_softmax.ts';
import './tensor_operators.ts';

/** `tf.image.total_variation`: the sum of the distances of neighbouring pixels of `images` [height, width, channels], or of each image of a batch. Errors: ValueError for another rank. */
export const totalVariation = api('totalVariation', ['images', 'name'], (p: { images: Tensor; name?: string | null }): Tensor => inScope(p.name, 'total_variation', [], () => {
  const { images } = p, n = images.shape.ndims;
  if (n !== 3 && n !== 4) throw new ValueError("'images' must be either 3 or 4-dimensional.");
  const all = Array<null>(n).fill(null), cut = (axis: number, part: readonly [number | null, number | null]): Tensor => images.at(...all.map((_, i) => (i === axis ? part : null)));
  const steps = [n - 3, n - 2].map((axis) => cut(axis, [1, null]).sub(cut(axis, [null, -1]))), axes = n === 3 ? null : ints([1, 2, 3]);
  const [down, across] = steps.map((d) => reduceSum(abs(d), axes));
  return down!.add(across!);
}), { required: 1 });

/** `tf.image.image_gradients`: [dy, dx] of `image` [batch, height, width, channels]: each pixel's successor less the pixel, 0 at the end. Errors: ValueError for another rank. */
export const imageGradients = api('imageGradients', ['image'], (p: { image: Tensor }): [dy: Tensor, dx: Tensor] => {
  const { image } = p;
  if (image.shape.ndims !== 4) throw new ValueError(`image_gradients expects a 4D tensor [batch_size, h, w, d], not ${image.shape}.`);
  const found = shapeOf(image), [batch, height, width, depth] = unstack(found) as [Tensor, Tensor, Tensor, Tensor], one = scalarOf(1, int32);
  const dy = image.at(null, [1, null], null, null).sub(image.at(null, [null, -1], null, null));
  const dx = image.at(null, null, [1, null], null).sub(image.at(null, null, [null, -1], null));
  const ended = (d: Tensor, end: readonly TensorLike[], axis: number): Tensor => {
    const shape = stacked(end);
    return reshape(concat([d, zeros(shape, image.dtype)], axis), found);
  };
  const y = ended(dy, [batch, one, width, depth], 1);
  return [y, ended(dx, [batch, height, one, depth], 2)];
}, { required: 1 });

/** The two Sobel kernels, [3, 3, 1, 2]. */
const SOBEL = [[[[-1, -1]], [[-2, 0]], [[-1, 1]]], [[[0, -2]], [[0, 0]], [[0, 2]]], [[[1, -1]], [[2, 0]], [[1, 1]]]];
/** `tf.image.sobel_edges`: [batch, height, width, channels, 2], the vertical and horizontal changes of `image` [batch, height, width, channels]. */
export const sobelEdges = api('sobelEdges', ['image'], (p: { image: Tensor }): Tensor => {
  const { image } = p, known = image.shape, found = shapeOf(image), kernels = constant(SOBEL, { dtype: image.dtype.baseDtype }), one = scalarOf(1, int32);
  const filters = tile(kernels, [one, one, found.at(-1), one], { name: 'sobel_filters' });
  const padded = pad(image, new NDArray(int32, [4, 2], Int32Array.of(0, 0, 1, 1, 1, 1, 0, 0)), { mode: 'REFLECT' });
  const edges = depthwiseConv2d(padded, filters, [1, 1, 1, 1], 'VALID');
  const out = reshape(edges, concat([found, ints([2])], 0));
  out.setShape(known.concatenate([2]));
  return out;
}, { required: 1 });

// --- comparisons

/** Shapes of two images and checks that they fit. Errors: ValueError where it is known that they do not. */
function comparable(a: Tensor, b: Tensor): { shapes: readonly [Tensor, Tensor]; checks: Operation[] } {
  const [s, t] = [a.shape.withRankAtLeast(3), b.shape.withRankAtLeast(3)];
  if (s.dims !== null && t.dims !== null) {
    s.slice(-3).assertIsCompatibleWith(t.slice(-3));
    const [more, others] = [s.dims.slice(0, -3).reverse(), t.dims.slice(0, -3).reverse()];
    for (let i = 0; i < Math.min(more.length, others.length); i++) {
      const [x, y] = [more[i]!, others[i]!];
      if (x !== 1 && y !== 1 && x !== null && y !== null && x !== y) throw new ValueError(`Two images are not compatible: ${s} and ${t}`);
    }
  }
  const shapes = shapeN([a, b]) as [Tensor, Tensor], [shapeA, shapeB] = shapes;
  const deep = assertOp(greaterEqual(size(shapeA), scalarOf(3, int32)), shapes, 10);
  return { shapes, checks: [deep, assertOp(reduceAll(equal(shapeA.at([-3, null]), shapeB.at([-3, null]))), shapes, 10)] };
}

interface Two { a: Tensor; b: Tensor; maxVal: TensorLike; name?: string | null }
/** `tf.image.psnr`: the peak signal-to-noise ratio of images [..., height, width, channels], as float32; `maxVal` is the largest possible difference of two pixels. Errors: ValueError for shapes that do not fit. */
export const psnr = api('psnr', ['a', 'b', 'maxVal', 'name'], (p: Two): Tensor => inScope(p.name, 'PSNR', [p.a, p.b], () => {
  const most = convertImageDtype(castTensor(p.maxVal, p.a.dtype.baseDtype), float32), a = convertImageDtype(p.a, float32), b = convertImageDtype(p.b, float32);
  const error = reduceMean(squaredDifference(a, b), ints([-3, -2, -1]));
  const top = log(most).rmul(20).truediv(log(10)), ratio = subtract(top, log(error).rmul(Math.fround(10 / Math.LN10)), { name: 'psnr' });
  const { checks } = comparable(a, b);
  return afterOps(checks, () => identity(ratio));
}), { required: 3 });

interface Ssim { img1: TensorLike; img2: TensorLike; maxVal: TensorLike; filterSize?: number; filterSigma?: number; k1?: number; k2?: number }
type Window = Required<Pick<Ssim, 'filterSize' | 'filterSigma' | 'k1' | 'k2'>>;
const windowOf = (p: Ssim): Window => ({ filterSize: p.filterSize ?? 11, filterSigma: p.filterSigma ?? 1.5, k1: p.k1 ?? 0.01, k2: p.k2 ?? 0.03 });

/** A Gaussian of `size` by `size`, its sum 1. */
function gaussian(count: Tensor, sigma: Tensor): Tensor {
  const wide = castTensor(range(count), sigma.dtype.baseDtype), places = wide.sub(castTensor(count.sub(1), sigma.dtype.baseDtype).truediv(2));
  const squares = square(places), g = squares.mul(square(sigma).rtruediv(-0.5));
  const across = reshape(g, ints([1, -1])), plane = across.add(reshape(g, ints([-1, 1])));
  const weights = softmax(reshape(plane, ints([1, -1])));
  return reshape(weights, [count, count, scalarOf(1, int32), scalarOf(1, int32)]);
}
/** SSIM and contrast-structure of each channel. */
function ssimPerChannel(img1: Tensor, img2: Tensor, maxVal: Tensor, w: Window): [ssim: Tensor, cs: Tensor] {
  const filterSize = constant(w.filterSize, { dtype: int32 }), sigma = constant(w.filterSigma, { dtype: img1.dtype.baseDtype });
  const shapes = shapeN([img1, img2]) as [Tensor, Tensor];
  const checks = shapes.map((s) => assertOp(reduceAll(greaterEqual(s.at([-3, -1]), filterSize)), [s, filterSize], 8));
  const x = afterOps(checks, () => identity(img1)), one = scalarOf(1, int32);
  const plane = gaussian(filterSize, sigma), kernel = tile(plane, [one, one, shapes[0].at(-1), one]);
  const blurred = (v: Tensor): Tensor => {
    const s = shapeOf(v), flat = reshape(v, concat([ints([-1]), s.at([-3, null])], 0));
    const y = depthwiseConv2d(flat, kernel, [1, 1, 1, 1], 'VALID');
    return reshape(y, concat([s.at([null, -3]), shapeOf(y).at([1, null])], 0));
  };
  const c1 = maxVal.rmul(w.k1).pow(2);
  let c2 = maxVal.rmul(w.k2).pow(2);
  const mean0 = blurred(x), mean1 = blurred(img2);
  const num0 = mean0.mul(mean1).mul(2), den0 = square(mean0).add(square(mean1)), luminance = num0.add(c1).truediv(den0.add(c1));
  const num1 = blurred(x.mul(img2)).mul(2), den1 = blurred(square(x).add(square(img2)));
  c2 = c2.mul(1);
  const cs = num1.sub(num0).add(c2).truediv(den1.sub(den0).add(c2));
  const axes = constant([-3, -2], { dtype: int32 });
  const similarity = reduceMean(luminance.mul(cs), axes);
  return [similarity, reduceMean(cs, axes)];
}
const SSIM = ['img1', 'img2', 'maxVal', 'filterSize', 'filterSigma', 'k1', 'k2'] as const;

/** `tf.image.ssim`: the structural similarity of images [..., height, width, channels] in Gaussian windows of `filterSize` (11) and `filterSigma` (1.5), as float32;
 * `maxVal` is the largest possible difference of two pixels. Errors: ValueError for shapes that do not fit; a run fails with InvalidArgumentError for images smaller than the window. */
export const ssim = api('ssim', SSIM, (p: Ssim): Tensor => {
  const [first, second] = [convertToTensor(p.img1), convertToTensor(p.img2)], { checks } = comparable(first, second);
  const checked = afterOps(checks, () => identity(first));
  const most = convertImageDtype(castTensor(p.maxVal, checked.dtype.baseDtype), float32), a = convertImageDtype(checked, float32), b = convertImageDtype(second, float32);
  return reduceMean(ssimPerChannel(a, b, most, windowOf(p))[0], ints([-1]));
}, { required: 3 });

const POWERS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
/** `tf.image.ssim_multiscale`: the product of the similarities of images halved again and again, each to its power of `powerFactors` (five). Arguments and errors as `ssim`. */
export const ssimMultiscale = api('ssimMultiscale', ['img1', 'img2', 'maxVal', 'powerFactors', 'filterSize', 'filterSigma', 'k1', 'k2'], (p: Ssim & { powerFactors?: readonly number[] }): Tensor => inScope(null, 'MS-SSIM', [p.img1, p.img2], () => {
  const first = convertToTensor(p.img1, { name: 'img1' }), second = convertToTensor(p.img2, { name: 'img2' }), { shapes, checks } = comparable(first, second);
  const checked = afterOps(checks, () => identity(first));
  const most = convertImageDtype(castTensor(p.maxVal, checked.dtype.baseDtype), float32);
  let imgs = [convertImageDtype(checked, float32), convertImageDtype(second, float32)];
  const heads = shapes.map((s) => s.at([null, -3]));
  let tails = shapes.map((s) => s.at([-3, null]));
  const divisor = [1, 2, 2, 1], halved = constant(divisor.slice(1), { dtype: int32 }), powers = p.powerFactors ?? POWERS, scores: Tensor[] = [];
  const padded = (images: readonly Tensor[], remainder: Tensor): Tensor[] => {
    const paddings = pad(expandDims(remainder, -1), new NDArray(int32, [2, 2], Int32Array.of(1, 0, 1, 0)));
    return images.map((x) => pad(x, paddings, { mode: 'SYMMETRIC' }));
  };
  let last: Tensor | undefined;
  powers.forEach((_, k) => {
    inScope(null, `Scale${k}`, imgs, () => {
      if (k > 0) {
        const flat = imgs.map((x, i) => reshape(x, concat([ints([-1]), tails[i]!], 0)));
        const remainder = tails[0]!.mod(halved), uneven = reduceAny(notEqual(remainder, scalarOf(0, int32)));
        const even = cond(uneven, () => padded(flat, remainder), () => flat) as unknown as Tensor[];
        const small = even.map((x) => avgPool(x, divisor, divisor, 'VALID'));
        tails = shapeN(small).map((s) => s.at([1, null]));
        imgs = small.map((x, i) => reshape(x, concat([heads[i]!, tails[i]!], 0)));
      }
      const [similarity, cs] = ssimPerChannel(imgs[0]!, imgs[1]!, most, windowOf(p));
      scores.push(relu(cs));
      last = similarity;
    });
  });
  scores.pop(); // of the last scale the whole similarity counts
  const all = stacked([...scores, relu(last!)], -1);
  const product = reduceProd(pow(all, powers), ints([-1]));
  return reduceMean(product, ints([-1]));
}), { required: 3 });
