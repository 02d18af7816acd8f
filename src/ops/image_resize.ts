// Images resized, and their gradients. Follows python/ops/{image_ops_impl,image_grad}.py and core/ops/image_ops.cc (1.15).
import { type DType, float32, float64, int32 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { expandDims, shapeTensor, squeeze } from './array_shape.ts';
import { attrsOf, inScope, int32Vector, scalarOf } from './building.ts';
import { constantValueAsShape } from './constant_value.ts';
import { withDependencies } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { asBatch, check, checkAtLeast3D, dimensionsOf, type Extent, positive } from './image_checks.ts';
import { padToBoundingBox } from './image_crop.ts';
import { maximum, minimum } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { floor, round } from './math_unary.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimOf, intsOf } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';
import './tensor_operators.ts';

const PLACES = ['align_corners', 'half_pixel_centers'] as const;

/** [batch, height, width, channels], height and width from the second input. */
const sized: ShapeFn = (c) => {
  const image = c.withRank(c.input(0), 4), size = c.withRank(c.input(1), 1);
  c.withValue(dimOf(size, 0), 2);
  const v = c.value(1), [height, width] = v ? intsOf(v) : [null, null];
  return [new TensorShape([dimOf(image, 0), height!, width!, dimOf(image, 3)])];
};
/** Height and width of an image: the numbers when both are known, else a slice of its shape. */
function sizeOf(op: Operation): TensorLike {
  const image = op.inputs[0]!, known = [dimOf(image.shape, 1), dimOf(image.shape, 2)];
  return known.includes(null) ? shapeTensor(image).at([1, 3]) : int32Vector(known as number[]);
}
defineOp('ResizeBilinear', { shape: sized, grad: (op, g) => [op1('ResizeBilinearGrad', [g!, op.inputs[0]!], attrsOf(op, PLACES)), null] });
defineOp('ResizeBilinearGrad', { shape: (c) => [c.input(1)] });
defineOp('ResizeNearestNeighbor', { shape: sized, grad: (op, g) => [op1('ResizeNearestNeighborGrad', [g!, sizeOf(op)], attrsOf(op, PLACES)), null] });
defineOp('ResizeNearestNeighborGrad', { shape: sized });
defineOp('ResizeArea', { shape: sized });
const real = new Set<DType>([float32, float64]);
defineOp('ResizeBicubic', { shape: sized, grad: (op, g) => [real.has(op.inputs[0]!.dtype.baseDtype) ? op1('ResizeBicubicGrad', [g!, op.inputs[0]!], attrsOf(op, PLACES)) : null, null] });
defineOp('ResizeBicubicGrad', { shape: (c) => [c.input(1)] });
const FILTER = ['kernel_type', 'antialias'] as const;
defineOp('ScaleAndTranslate', { shape: sized, grad: (op, g) => [op1('ScaleAndTranslateGrad', [g!, op.inputs[0]!, op.inputs[2]!, op.inputs[3]!], attrsOf(op, FILTER)), null, null, null] });
defineOp('ScaleAndTranslateGrad', { shape: (c) => [c.input(1)] });

interface Resize { images: TensorLike; size: TensorLike; alignCorners?: boolean; name?: string | null; halfPixelCenters?: boolean }
const RESIZE = ['images', 'size', 'alignCorners', 'name', 'halfPixelCenters'] as const;
const resizeBy = (type: string) => (p: Resize): Tensor =>
  op1(type, [convertToTensor(p.images, { name: 'images' }), p.size], { align_corners: p.alignCorners ?? false, half_pixel_centers: p.halfPixelCenters ?? false }, p.name);
/** `tf.image.resize_bilinear`: [batch, height, width, channels] of any real dtype to [batch, size[0], size[1], channels] of float32, each pixel from the
 * four nearest by their distance. `alignCorners` (false) keeps the corner pixels, `halfPixelCenters` (false) counts from the middle of the pixels.
 * Errors: ValueError for a wrong rank or size; a run fails with InvalidArgumentError when a size is not positive. */
export const resizeBilinear = api('resizeBilinear', RESIZE, resizeBy('ResizeBilinear'), { required: 2 });
/** `tf.image.resize_nearest_neighbor`: the nearest pixel for each, in the dtype of `images`. Options and errors as `resizeBilinear`. */
export const resizeNearestNeighbor = api('resizeNearestNeighbor', RESIZE, resizeBy('ResizeNearestNeighbor'), { required: 2 });
/** `tf.image.resize_bicubic`: each pixel from sixteen by a cubic, as float32; also in `halfPixelCenters` mode, where pixels beyond the border do not count. */
export const resizeBicubic = api('resizeBicubic', RESIZE, resizeBy('ResizeBicubic'), { required: 2 });
/** `tf.image.resize_area`: each pixel the mean of those it covers, as float32. */
export const resizeArea = api('resizeArea', ['images', 'size', 'alignCorners', 'name'], (p: Omit<Resize, 'halfPixelCenters'>): Tensor => op1('ResizeArea', [p.images, p.size], { align_corners: p.alignCorners ?? false }, p.name), { required: 2 });

// --- by method

/** `tf.image.ResizeMethod`: how `resize` finds pixels. */
export const ResizeMethod = { BILINEAR: 0, NEAREST_NEIGHBOR: 1, BICUBIC: 2, AREA: 3 } as const;
type Method = number | 'bilinear' | 'nearest' | 'bicubic' | 'area';
const METHODS: readonly (readonly [name: string, op: string])[] = [['bilinear', 'ResizeBilinear'], ['nearest', 'ResizeNearestNeighbor'], ['bicubic', 'ResizeBicubic'], ['area', 'ResizeArea']];

interface ByMethod { images: TensorLike; size: TensorLike; method?: Method; alignCorners?: boolean; preserveAspectRatio?: boolean; name?: string | null }
/** The size that keeps the proportions and fits into the one wanted. */
function proportional(images: Tensor, wanted: readonly (number | null)[]): Tensor {
  const [, height, width] = dimensionsOf(images, 4) as [Extent, Extent, Extent];
  const floats = (x: Extent | null): Tensor => castTensor(typeof x === 'number' ? scalarOf(x, int32) : x as Tensor, float32);
  const ratio = (to: number | null, from: Extent): Tensor => floats(to).truediv(floats(from));
  const byHeight = ratio(wanted[0]!, height), byWidth = ratio(wanted[1]!, width), factor = minimum(byHeight, byWidth);
  const scaled = [height, width].map((d) => castTensor(round(factor.mul(floats(d))), int32));
  return convertToTensor(scaled, { dtype: int32, name: 'size' });
}
/** `tf.image.resize` and `tf.image.resize_images`: one image [height, width, channels] or a batch, resized to `size` [height, width] by `method` (BILINEAR);
 * with `preserveAspectRatio` to the largest size of its proportions that fits. Nothing is done when the size is known to be right. The result is float32, but for
 * NEAREST_NEIGHBOR. Errors: ValueError for other ranks, sizes and methods. */
export const resize = api('resizeImages', ['images', 'size', 'method', 'alignCorners', 'preserveAspectRatio', 'name'], (p: ByMethod): Tensor => inScope(p.name, 'resize', [p.images, p.size], () => {
  const given = convertToTensor(p.images, { name: 'images' }), n = given.shape.ndims;
  if (n === null) throw new ValueError("'images' contains no shape.");
  if (n !== 3 && n !== 4) throw new ValueError("'images' must have either 3 or 4 dimensions.");
  const images = n === 3 ? expandDims(given, 0) : given, done = (r: Tensor): Tensor => (n === 3 ? squeeze(r, { axis: [0] }) : r);
  let size: Tensor;
  try {
    size = convertToTensor(p.size, { dtype: int32, name: 'size' });
  } catch (e) {
    if (e instanceof TypeError || e instanceof ValueError) throw new ValueError("'size' must be a 1-D int32 Tensor");
    throw e;
  }
  if (!size.shape.isCompatibleWith([2])) throw new ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width");
  let wanted = constantValueAsShape(size).dims!;
  if (p.preserveAspectRatio) {
    if (wanted.includes(null)) throw new ValueError('None values not supported.');
    size = proportional(images, wanted);
    wanted = constantValueAsShape(size).dims!;
  }
  const [, height, width] = images.shape.dims!;
  if (height !== null && width !== null && height === wanted[0] && width === wanted[1]) return done(images);
  const method = METHODS.find(([name], i) => p.method === name || (p.method ?? 0) === i);
  if (!method) throw new ValueError('Resize method is not implemented.');
  const resized = op1(method[1], [images, size], { align_corners: p.alignCorners ?? false });
  resized.setShape([null, wanted[0]!, wanted[1]!, null]);
  return done(resized);
}), { required: 2 });
/** `tf.image.resize_images`. */
export const resizeImages = resize;

interface WithPad { image: TensorLike; targetHeight: Extent; targetWidth: Extent; method?: Method; alignCorners?: boolean }
/** `tf.image.resize_image_with_pad`: `image` (or a batch) resized by `method` to the largest size of its proportions that fits the target, in zeros. */
export const resizeImageWithPad = api('resizeImageWithPad', ['image', 'targetHeight', 'targetWidth', 'method', 'alignCorners'], (p: WithPad): Tensor => inScope(null, 'resize_image_with_pad', [p.image], () => {
  const { images, done } = asBatch(p.image), asserts = checkAtLeast3D(images);
  asserts.push(...check(positive(p.targetWidth), 'target_width must be > 0.'), ...check(positive(p.targetHeight), 'target_height must be > 0.'));
  const image = withDependencies(asserts, images);
  const [, height, width] = dimensionsOf(image, 4) as [Extent, Extent, Extent];
  const exact = (x: Extent): Tensor => castTensor(typeof x === 'number' ? scalarOf(x, int32) : x, float64);
  const [h, w, toH, toW] = [height, width, p.targetHeight, p.targetWidth].map(exact) as [Tensor, Tensor, Tensor, Tensor];
  const across = w.truediv(toW), down = h.truediv(toH), ratio = maximum(across, down);
  const newH = h.truediv(ratio), newW = w.truediv(ratio);
  const rows = castTensor(floor(newH), int32), columns = castTensor(floor(newW), int32);
  const above = toH.sub(newH).truediv(2), before = toW.sub(newW).truediv(2), whole = [floor(above), floor(before)];
  const [padH, padW] = whole.map((x) => maximum(scalarOf(0, int32), castTensor(x, int32))) as [Tensor, Tensor];
  const resized = resize(image, [rows, columns], p.method ?? 0, { alignCorners: p.alignCorners ?? false });
  const padded = padToBoundingBox(resized, padH, padW, p.targetHeight, p.targetWidth);
  dimensionsOf(padded, 4);
  return done(padded);
}), { required: 3 });
