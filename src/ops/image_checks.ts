// What functions of images share: checks of ranks and sizes (while building where shapes are known, else by asserts), sizes that are
// numbers or tensors. Follows python/ops/image_ops_impl.py (1.15).
import { int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { TensorShape } from '../graph/shape.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { expandDims, rank as rankOf, shape as shapeOf, squeeze } from './array_shape.ts';
import { unstack } from './array_join.ts';
import { int32Vector, scalarOf } from './building.ts';
import { assertEqual, assertGreaterEqual, assertPositive } from './check_ops.ts';
import { withDependencies } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { assertOp } from './logging_ops.ts';
import { maximum, minimum } from './math_binary.ts';
import { equal } from './math_logic.ts';
import './tensor_operators.ts';

// --- sizes

/** A size of an image: a number, or a scalar int32 tensor where only a run knows it. */
export type Extent = number | Tensor;
const value = (x: Extent): TensorLike => (typeof x === 'number' ? scalarOf(x, int32) : x);
/** `x - y` of Python. */
export function minus(x: Extent, y: Extent): Extent {
  if (typeof x === 'number') return typeof y === 'number' ? x - y : y.rsub(x);
  return x.sub(y);
}
/** `x + y`. */
export function plus(x: Extent, y: Extent): Extent {
  if (typeof x === 'number') return typeof y === 'number' ? x + y : y.radd(x);
  return x.add(y);
}
/** `x // 2`. */
export function half(x: Extent): Extent { return typeof x === 'number' ? Math.floor(x / 2) : x.floordiv(2); }
/** `-x`. */
export function negated(x: Extent): Extent { return typeof x === 'number' ? -x : x.neg(); }
/** `x >= y`. */
export function atLeast(x: Extent, y: Extent): boolean | Tensor {
  if (typeof x === 'number') return typeof y === 'number' ? x >= y : y.lessEqual(x);
  return x.greaterEqual(y);
}
/** `x > 0`. */
export function positive(x: Extent): boolean | Tensor { return typeof x === 'number' ? x > 0 : x.greater(0); }
export function larger(x: Extent, y: Extent): Extent { return typeof x === 'number' && typeof y === 'number' ? Math.max(x, y) : maximum(value(x), value(y)); }
export function smaller(x: Extent, y: Extent): Extent { return typeof x === 'number' && typeof y === 'number' ? Math.min(x, y) : minimum(value(x), value(y)); }
export function same(x: Extent, y: Extent): boolean | Tensor { return typeof x === 'number' && typeof y === 'number' ? x === y : equal(value(x), value(y)); }
/** Sizes as a static shape. */
export function staticDims(sizes: readonly Extent[]): (number | null)[] { return sizes.map((d) => (typeof d === 'number' ? d : null)); }

/** Sizes of an image of a rank. */
export function dimensionsOf(image: Tensor, rank: number): Extent[] {
  if (image.shape.isFullyDefined) return image.shape.dims as number[];
  const known = image.shape.withRank(rank).dims!, found = unstack(shapeOf(image), rank);
  return known.map((d, i) => d ?? found[i]!);
}

// --- checks

/** A condition: thrown now when it is known not to hold, else an assert. */
export function check(condition: boolean | Tensor, message: string): Operation[] {
  if (condition instanceof Tensor) return [assertOp(condition, [message])];
  if (!condition) throw new ValueError(message);
  return [];
}
const EITHER_RANK = "'image' must have either 3 or 4 dimensions.";
export function eitherRank(): ValueError { return new ValueError(EITHER_RANK); }

/** Checks that the rank is 3 or more and no size is 0. */
export function checkAtLeast3D(image: Tensor): Operation[] {
  let shape: TensorShape;
  try {
    shape = image.shape.ndims === null ? image.shape.withRank(3) : image.shape.withRankAtLeast(3);
  } catch (e) {
    if (e instanceof ValueError) throw new ValueError("'image' must be at least three-dimensional.");
    throw e;
  }
  if (shape.dims!.includes(0)) throw new ValueError(`all dims of 'image.shape' must be > 0: ${shape}`);
  if (shape.isFullyDefined) return [];
  return [
    assertPositive(shapeOf(image), ["all dims of 'image.shape' must be > 0."]),
    assertGreaterEqual(rankOf(image), scalarOf(3, int32), { message: "'image' must be at least three-dimensional." }),
  ];
}
export function atLeast3D(image: Tensor): Tensor { return withDependencies(checkAtLeast3D(image), image); }

/** The image, checked to have a last dimension of 1. */
export function grayscale(given: TensorLike): Tensor {
  const image = convertToTensor(given);
  let shape: TensorShape;
  try {
    shape = image.shape.ndims === null ? image.shape.withRank(2) : image.shape.withRankAtLeast(2);
  } catch (e) {
    if (e instanceof ValueError) throw new ValueError('A grayscale image must be at least two-dimensional.');
    throw e;
  }
  const last = 'Last dimension of a grayscale image should be size 1.';
  if (shape.isFullyDefined) {
    if (shape.dims!.at(-1) !== 1) throw new ValueError(last);
    return withDependencies([], image);
  }
  return withDependencies([
    assertEqual(shapeOf(image).at(-1), scalarOf(1, int32), { message: last }),
    assertGreaterEqual(rankOf(image), scalarOf(3, int32), { message: 'A grayscale image must be at least two-dimensional.' }),
  ], image);
}

/** One image as a batch of one; `done` takes the batch dimension off again. An image of unknown rank is taken for one of rank 3. */
export function asBatch(given: TensorLike): { readonly images: Tensor; readonly done: (result: Tensor) => Tensor } {
  const image = convertToTensor(given, { name: 'image' }), n = image.shape.ndims;
  if (n === 4) return { images: image, done: (r) => r };
  if (n !== null && n !== 3) throw eitherRank();
  const images = expandDims(image, 0);
  if (n === null) images.setShape([null, null, null, null]);
  return { images, done: (r) => squeeze(r, { axis: [0] }) };
}

/** Axes, begins and sizes as Python's lists of ints. */
export const ints = int32Vector;
