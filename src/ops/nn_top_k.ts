// Whether a target is among the best predictions. Follows python/ops/nn_ops.py (in_top_k) and core/ops/nn_ops.cc.
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { inScope } from './building.ts';
import type { TensorLike } from './convert.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimOf, vector } from './shape_fns.ts';

defineOp('InTopKV2', {
  shape: (c) => {
    const [predictions, targets] = [c.withRank(c.input(0), 2), c.withRank(c.input(1), 1)];
    return [vector(c.mergeDim(dimOf(predictions, 0), dimOf(targets, 0)))];
  },
  grad: null,
});
/** `tf.nn.in_top_k` (`tf.math.in_top_k`): for each row of `predictions` (float32 `[batch, classes]`) whether the class in `targets`
 * (int32 or int64 `[batch]`) is among the `k` greatest; ties at the border all count. Rows with values that are not finite: false. */
export const inTopK = api('inTopK', ['predictions', 'targets', 'k', 'name'], (p: { predictions: TensorLike; targets: TensorLike; k: TensorLike; name?: string | null }): Tensor =>
  inScope(p.name, 'in_top_k', [], () => op1('InTopKV2', [p.predictions, p.targets, p.k], undefined, p.name)), { required: 3, python: 'in_top_k' });
