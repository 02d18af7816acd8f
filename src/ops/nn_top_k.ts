// The greatest elements, and whether a target is among them. Follows python/ops/nn_ops.py (top_k, in_top_k), nn_grad.py and core/ops/nn_ops.cc.
import { int32, int64 } from '../graph/dtype.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gather, scatterNd } from './array_gather.ts';
import { stack } from './array_join.ts';
import { expandDims, reshape, shape, size } from './array_shape.ts';
import { zeros } from './array_values.ts';
import { inputOf, inScope } from './building.ts';
import type { TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { reduceProd } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimFromScalar, dimOf, replaceDim, vector } from './shape_fns.ts';
import './tensor_operators.ts';

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

defineOp('TopKV2', {
  shape: (c) => {
    const s = c.withRankAtLeast(c.input(0), 1), k = dimFromScalar(c, 1), n = dimOf(s, -1);
    if (n !== null && k !== null && n < k) c.fail(`input must have last dimension >= k = ${k} but is ${n}`);
    const out = replaceDim(s, -1, k);
    return [out, out];
  },
  // The gradient goes to the places the values came from.
  grad: (op, g) => {
    const from = shape(inputOf(op, 0));
    const to = shape(op.outputs[1]!);
    const kept = gather(castTensor(to, int64), size(to).sub(1));
    const rows = reshape(op.outputs[1]!, stack([-1, kept]));
    const width = gather(castTensor(from, int64), size(from).sub(1));
    const count = shape(rows).at(0);
    const starts = expandDims(range(0, castTensor(count, int64).mul(width), width), -1);
    const places = reshape(rows.add(castTensor(starts, int32)), [-1]);
    const spread = scatterNd(expandDims(places, -1), reshape(g!, [-1]), [reduceProd(from)] as unknown as TensorLike);
    return [reshape(spread, from), zeros([], int32)];
  },
});
/** `tf.nn.top_k` (`tf.math.top_k`): `{ values, indices }` of the `k` (1) greatest elements of each row of the last dimension, in falling order, of equal ones
 * the first first. `sorted` false allows another order; there is none here. Errors: ValueError when rows are shorter than k. */
export const topK = api('topK', ['input', 'k', 'sorted', 'name'], (p: { input: TensorLike; k?: TensorLike; sorted?: boolean; name?: string | null }) => {
  const [values, indices] = applyOp('TopKV2', [p.input, p.k ?? 1], { sorted: p.sorted ?? true }, p.name).outputs as readonly [Tensor, Tensor];
  return { values, indices };
}, { required: 1, python: 'top_k' });
