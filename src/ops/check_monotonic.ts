// Whether the elements of a tensor rise. Follows python/ops/check_ops.py (1.15).
import type { Tensor } from '../graph/tensor.ts';
import { TypeError } from '../graph/errors.ts';
import { api } from './api.ts';
import { reshape, shape as shapeOf, size } from './array_shape.ts';
import { stridedSlice } from './array_slice.ts';
import { inScope, int32Vector } from './building.ts';
import { isNumericTensor } from './check_ops.ts';
import { cond } from './cond.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { less, lessEqual } from './math_logic.ts';
import { reduceAll } from './math_reduce.ts';
import './tensor_operators.ts';

/** Differences of neighbours in row-major order; none of fewer than two elements. */
function differences(input: TensorLike): Tensor {
  const x = reshape(input, int32Vector([-1]));
  if (!isNumericTensor(x)) throw new TypeError(`Expected x to be numeric, instead found: ${x}`);
  const short = less(size(x), 2);
  const empty = (): Tensor => convertToTensor([], { dtype: x.dtype.baseDtype });
  const rest = shapeOf(x).sub(1);
  const diff = (): Tensor => { const later = stridedSlice(x, [1], rest.radd([1])); return later.sub(stridedSlice(x, [0], rest)); };
  return cond(short, empty, diff) as Tensor;
}
const monotonic = (name: string, test: typeof less) => (p: { x: TensorLike; name?: string | null }): Tensor => inScope(p.name, name, [p.x], () => {
  const d = differences(p.x);
  return reduceAll(test(convertToTensor(0, { dtype: d.dtype.baseDtype }), d));
});
/** `tf.is_non_decreasing` (`tf.math.is_non_decreasing`): a bool scalar; true of fewer than two elements. */
export const isNonDecreasing = api('isNonDecreasing', ['x', 'name'], monotonic('is_non_decreasing', lessEqual), { required: 1 });
/** `tf.is_strictly_increasing`. */
export const isStrictlyIncreasing = api('isStrictlyIncreasing', ['x', 'name'], monotonic('is_strictly_increasing', less), { required: 1 });
