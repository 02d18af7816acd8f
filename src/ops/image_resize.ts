// Images resized, and their gradients. Follows python/ops/{image_ops_impl,image_grad}.py and core/ops/image_ops.cc (1.15).
import { TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { shapeTensor } from './array_shape.ts';
import { attrsOf, int32Vector } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
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

interface Resize { images: TensorLike; size: TensorLike; alignCorners?: boolean; name?: string | null; halfPixelCenters?: boolean }
const RESIZE = ['images', 'size', 'alignCorners', 'name', 'halfPixelCenters'] as const;
const resize = (type: string) => (p: Resize): Tensor =>
  op1(type, [convertToTensor(p.images, { name: 'images' }), p.size], { align_corners: p.alignCorners ?? false, half_pixel_centers: p.halfPixelCenters ?? false }, p.name);
/** `tf.image.resize_bilinear`: [batch, height, width, channels] of any real dtype to [batch, size[0], size[1], channels] of float32, each pixel from the
 * four nearest by their distance. `alignCorners` (false) keeps the corner pixels, `halfPixelCenters` (false) counts from the middle of the pixels.
 * Errors: ValueError for a wrong rank or size; a run fails with InvalidArgumentError when a size is not positive. */
export const resizeBilinear = api('resizeBilinear', RESIZE, resize('ResizeBilinear'), { required: 2 });
/** `tf.image.resize_nearest_neighbor`: the nearest pixel for each, in the dtype of `images`. Options and errors as `resizeBilinear`. */
export const resizeNearestNeighbor = api('resizeNearestNeighbor', RESIZE, resize('ResizeNearestNeighbor'), { required: 2 });
