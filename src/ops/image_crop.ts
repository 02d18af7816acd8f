// Images cropped and padded. Follows python/ops/image_ops_impl.py (1.15).
import { float64, int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { stacked } from './array_join.ts';
import { reshape, shape as shapeOf } from './array_shape.ts';
import { pad, slice } from './array_slice.ts';
import { inScope } from './building.ts';
import { withDependencies } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { asBatch, atLeast, atLeast3D, check, checkAtLeast3D, dimensionsOf, type Extent, half, ints, larger, minus, negated, plus, positive, same, smaller, staticDims } from './image_checks.ts';
import { castTensor } from './math_cast.ts';
import './tensor_operators.ts';

const vector = (sizes: readonly Extent[]): Tensor => stacked(sizes, 0, 'stack', int32);

/** `tf.image.central_crop`: the middle `centralFraction` (in (0, 1]) of the height and width of `image` of rank 3 or 4. Errors: ValueError for another fraction or rank. */
export const centralCrop = api('centralCrop', ['image', 'centralFraction'], (p: { image: TensorLike; centralFraction: number }): Tensor => inScope(null, 'central_crop', [p.image], () => {
  const image = convertToTensor(p.image, { name: 'image' }), fraction = p.centralFraction;
  if (fraction <= 0 || fraction > 1) throw new ValueError('central_fraction must be within (0, 1]');
  if (fraction === 1) return image;
  atLeast3D(image);
  const n = image.shape.ndims;
  if (n !== 3 && n !== 4) throw new ValueError(`\`image\` should either be a Tensor with rank = 3 or rank = 4. Had rank = ${n ?? 'None'}.`);
  const first = n - 3, dims = image.shape.dims!;
  const sizes = [0, 1].map((i): Extent => dims[first + i] ?? shapeOf(image).at(first + i));
  const starts = sizes.map((size): Extent => {
    if (typeof size === 'number') return Math.trunc((size - size * fraction) / 2);
    const exact = castTensor(size, float64);
    return castTensor(exact.sub(exact.mul(fraction)).truediv(2), int32);
  });
  const kept = sizes.map((size, i) => minus(size, typeof starts[i] === 'number' ? starts[i] * 2 : (starts[i] as Tensor).mul(2)));
  const begin = vector(first === 0 ? [...starts, 0] : [0, ...starts, 0]), size = vector(first === 0 ? [...kept, -1] : [-1, ...kept, -1]);
  const cropped = slice(image, begin, size);
  cropped.setShape([...dims.slice(0, first), ...staticDims(kept), dims.at(-1)!]);
  return cropped;
}), { required: 2 });

interface Box { image: TensorLike; offsetHeight: Extent; offsetWidth: Extent; targetHeight: Extent; targetWidth: Extent }
const BOX = ['image', 'offsetHeight', 'offsetWidth', 'targetHeight', 'targetWidth'] as const;

/** `tf.image.pad_to_bounding_box`: `image` (or a batch) in zeros of `targetHeight` by `targetWidth`, `offsetHeight` rows above and
 * `offsetWidth` columns before it. Sizes are numbers or scalar int32 tensors. Errors: ValueError when it does not fit; InvalidArgumentError when only a run can tell. */
export const padToBoundingBox = api('padToBoundingBox', BOX, (p: Box): Tensor => inScope(null, 'pad_to_bounding_box', [p.image], () => {
  const { images, done } = asBatch(p.image), asserts = checkAtLeast3D(images);
  const [batch, height, width, depth] = dimensionsOf(images, 4) as [Extent, Extent, Extent, Extent];
  const after = [minus(minus(p.targetWidth, p.offsetWidth), width), minus(minus(p.targetHeight, p.offsetHeight), height)] as const;
  asserts.push(...check(atLeast(p.offsetHeight, 0), 'offset_height must be >= 0'), ...check(atLeast(p.offsetWidth, 0), 'offset_width must be >= 0'));
  asserts.push(...check(atLeast(after[0], 0), 'width must be <= target - offset'), ...check(atLeast(after[1], 0), 'height must be <= target - offset'));
  const image = withDependencies(asserts, images);
  const paddings = reshape(vector([0, 0, p.offsetHeight, after[1], p.offsetWidth, after[0], 0, 0]), ints([4, 2]));
  const padded = pad(image, paddings);
  padded.setShape(staticDims([batch, p.targetHeight, p.targetWidth, depth]));
  return done(padded);
}), { required: 5 });

/** `tf.image.crop_to_bounding_box`: the box of `targetHeight` by `targetWidth` pixels at (`offsetHeight`, `offsetWidth`). Sizes and errors as `padToBoundingBox`. */
export const cropToBoundingBox = api('cropToBoundingBox', BOX, (p: Box): Tensor => inScope(null, 'crop_to_bounding_box', [p.image], () => {
  const { images, done } = asBatch(p.image), asserts = checkAtLeast3D(images);
  const [batch, height, width, depth] = dimensionsOf(images, 4) as [Extent, Extent, Extent, Extent];
  asserts.push(...check(atLeast(p.offsetWidth, 0), 'offset_width must be >= 0.'), ...check(atLeast(p.offsetHeight, 0), 'offset_height must be >= 0.'));
  asserts.push(...check(positive(p.targetWidth), 'target_width must be > 0.'), ...check(positive(p.targetHeight), 'target_height must be > 0.'));
  asserts.push(...check(atLeast(width, plus(p.targetWidth, p.offsetWidth)), 'width must be >= target + offset.'), ...check(atLeast(height, plus(p.targetHeight, p.offsetHeight)), 'height must be >= target + offset.'));
  const image = withDependencies(asserts, images);
  const begin = vector([0, p.offsetHeight, p.offsetWidth, 0]);
  const cropped = slice(image, begin, vector([-1, p.targetHeight, p.targetWidth, -1]));
  cropped.setShape(staticDims([batch, p.targetHeight, p.targetWidth, depth]));
  return done(cropped);
}), { required: 5 });

interface Target { image: TensorLike; targetHeight: Extent; targetWidth: Extent }
/** `tf.image.resize_with_crop_or_pad`: `image` (or a batch), cropped in the middle or padded evenly with zeros to the target size. */
export const resizeWithCropOrPad = api('resizeImageWithCropOrPad', ['image', 'targetHeight', 'targetWidth'], (p: Target): Tensor => inScope(null, 'resize_image_with_crop_or_pad', [p.image], () => {
  const { images, done } = asBatch(p.image), asserts = checkAtLeast3D(images);
  asserts.push(...check(positive(p.targetWidth), 'target_width must be > 0.'), ...check(positive(p.targetHeight), 'target_height must be > 0.'));
  const image = withDependencies(asserts, images);
  const after = (x: Extent): Extent => (x instanceof Tensor ? withDependencies(asserts, x) : x);
  const targetHeight = after(p.targetHeight), targetWidth = after(p.targetWidth);
  const [, height, width] = dimensionsOf(image, 4) as [Extent, Extent, Extent, Extent];
  const offsets = (target: Extent, size: Extent): [crop: Extent, pad: Extent] => {
    const more = minus(target, size), crop = larger(half(negated(more)), 0);
    return [crop, larger(half(more), 0)];
  };
  const [cropWidth, padWidth] = offsets(targetWidth, width), [cropHeight, padHeight] = offsets(targetHeight, height);
  const cropped = cropToBoundingBox(image, cropHeight, cropWidth, smaller(targetHeight, height), smaller(targetWidth, width));
  const resized = padToBoundingBox(cropped, padHeight, padWidth, targetHeight, targetWidth);
  const [, newHeight, newWidth] = dimensionsOf(resized, 4) as [Extent, Extent, Extent, Extent];
  const right = [...check(same(newHeight, targetHeight), 'resized height is not correct.'), ...check(same(newWidth, targetWidth), 'resized width is not correct.')];
  return done(withDependencies(right, resized));
}), { required: 3 });
/** `tf.image.resize_image_with_crop_or_pad`: the same. */
export const resizeImageWithCropOrPad = resizeWithCropOrPad;
