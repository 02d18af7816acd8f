// Images flipped and turned. Follows python/ops/image_ops_impl.py (1.15).
import { int32 } from '../graph/dtype.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { reverse } from './array_slice.ts';
import { reshape, shape as shapeOf, transpose as transposeAxes } from './array_shape.ts';
import { inScope, scalarOf } from './building.ts';
import { caseOp } from './case.ts';
import { cond } from './cond.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { atLeast3D, eitherRank, ints } from './image_checks.ts';
import { mod } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { equal, less } from './math_logic.ts';
import { round } from './math_unary.ts';
import { randomUniform } from './random_ops.ts';
import './tensor_operators.ts';

interface Image { image: TensorLike }
interface Seeded extends Image { seed?: number | null }
const ROWS = 0, COLUMNS = 1;

/** The image checked, and whether it is one or a batch. */
function checked(given: TensorLike): { image: Tensor; batch: boolean } {
  const image = atLeast3D(convertToTensor(given, { name: 'image' })), n = image.shape.ndims;
  if (n !== null && n !== 3 && n !== 4) throw eitherRank();
  return { image, batch: n === 4 };
}
function shapedLike(image: Tensor, result: Tensor): Tensor {
  result.setShape(image.shape.ndims === null ? [null, null, null] : image.shape);
  return result;
}

const flip = (axis: number, scope: string) => (p: Image): Tensor => inScope(null, scope, [p.image], () => {
  const { image, batch } = checked(p.image);
  return batch ? reverse(image, ints([axis + 1])) : shapedLike(image, reverse(image, ints([axis])));
});
/** `tf.image.flip_left_right`: the columns of `image` [height, width, channels], or of a batch of images, in reverse. Errors: ValueError for another rank. */
export const flipLeftRight = api('flipLeftRight', ['image'], flip(COLUMNS, 'flip_left_right'), { required: 1 });
/** `tf.image.flip_up_down`: the rows in reverse. */
export const flipUpDown = api('flipUpDown', ['image'], flip(ROWS, 'flip_up_down'), { required: 1 });

const randomFlip = (axis: number, scopeName: string) => (p: Seeded): Tensor => inScope(null, scopeName, [p.image], (scope) => {
  const { image, batch } = checked(p.image), seed = p.seed ?? null;
  if (!batch) {
    const mirror = less(randomUniform([], 0, 1, { seed }), 0.5);
    return shapedLike(image, cond(mirror, () => reverse(image, ints([axis])), () => image, { name: scope }));
  }
  const size = shapeOf(image).at(0), drawn = randomUniform([size], 0, 1, { seed });
  const flips = castTensor(round(reshape(drawn, [size, scalarOf(1, int32), scalarOf(1, int32), scalarOf(1, int32)])), image.dtype);
  const flipped = reverse(image, ints([axis + 1]));
  return flips.mul(flipped).add(flips.rsub(1).mul(image));
});
/** `tf.image.random_flip_left_right`: flipped or not, each image of a batch for itself. */
export const randomFlipLeftRight = api('randomFlipLeftRight', ['image', 'seed'], randomFlip(COLUMNS, 'random_flip_left_right'), { required: 1 });
/** `tf.image.random_flip_up_down`. */
export const randomFlipUpDown = api('randomFlipUpDown', ['image', 'seed'], randomFlip(ROWS, 'random_flip_up_down'), { required: 1 });

/** `tf.image.rot90`: turned counter-clockwise by `k` (1) quarters; `k` may be a scalar int32 tensor. */
export const rot90 = api('rot90', ['image', 'k', 'name'], (p: Image & { k?: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'rot90', [p.image, p.k], (scope) => {
  const image = atLeast3D(convertToTensor(p.image, { name: 'image' })), given = convertToTensor(p.k ?? 1, { dtype: int32, name: 'k' });
  given.shape.withRank(0);
  const k = mod(given, scalarOf(4, int32)), n = image.shape.ndims;
  if (n !== null && n !== 3 && n !== 4) throw eitherRank();
  const first = n === 4 ? 1 : 0, turn = ints(n === 4 ? [0, 2, 1, 3] : [1, 0, 2]);
  const cases = [
    [1, () => transposeAxes(reverse(image, ints([first + 1])), turn)],
    [2, () => reverse(image, ints([first, first + 1]))],
    [3, () => reverse(transposeAxes(image, turn), ints([first + 1]))],
  ] as const;
  const result = caseOp(cases.map(([quarters, f]) => [equal(k, scalarOf(quarters, int32)), f] as const), { default: () => image, exclusive: true, name: scope });
  if (n === 4) result.setShape([result.shape.dims?.[0] ?? null, null, null, result.shape.dims?.[3] ?? null]);
  else result.setShape([null, null, image.shape.at(2).value]);
  return result;
}), { required: 1 });

/** `tf.image.transpose`: rows and columns exchanged. */
export const transpose = api('transpose', ['image', 'name'], (p: Image & { name?: string | null }): Tensor => inScope(p.name, 'transpose', [p.image], () => {
  const { image, batch } = checked(p.image);
  return transposeAxes(image, ints(batch ? [0, 2, 1, 3] : [1, 0, 2]), { name: p.name ?? null });
}), { required: 1 });
/** `tf.image.transpose_image`: the same. */
export const transposeImage = transpose;
