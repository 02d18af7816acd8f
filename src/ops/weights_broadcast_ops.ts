// Weights that are broadcast to values: of the same rank, each dimension 1 or equal; or scalars.
// Follows python/ops/weights_broadcast_ops.py (1.15).
import { ValueError } from '../graph/errors.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { concat } from './array_join.ts';
import { expandDims, rank as rankOf, shape as shapeOf, size } from './array_shape.ts';
import { onesLike } from './array_values.ts';
import { afterOps, inScope } from './building.ts';
import { cond } from './cond.ts';
import { constantValue } from './constant_value.ts';
import { noOp } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { assertOp } from './logging_ops.ts';
import { multiply } from './math_binary.ts';
import { equal } from './math_logic.ts';
import { setDifference } from './sets_ops.ts';
import { intsOf } from './shape_fns.ts';

const PREFIX = 'weights can not be broadcast to values.';

/** `assert_broadcastable`: an op that does nothing when the shapes are known to fit, else an assertion.
 * Errors: ValueError when they are known not to. */
export function assertBroadcastable(weights: TensorLike, values: TensorLike): Operation {
  return inScope(null, 'assert_broadcastable', [weights, values], (scope) => {
    const describe = (v: TensorLike, what: string): { t: Tensor; shape: Tensor; rank: Tensor } => inScope(null, what, [v], (own) => {
      const t = convertToTensor(v, { name: own });
      return { t, shape: shapeOf(t, { name: 'shape' }), rank: rankOf(t, { name: 'rank' }) };
    });
    const w = describe(weights, 'weights');
    const known = constantValue(w.rank);
    const v = describe(values, 'values');
    const [wRank, vRank] = [known, constantValue(v.rank)].map((r) => (r === undefined ? undefined : intsOf(r)[0]!));
    if (wRank !== undefined && vRank !== undefined) {
      if (wRank === 0) return noOp({ name: 'static_scalar_check_success' });
      if (wRank !== vRank) throw new ValueError(`${PREFIX} values.rank=${vRank}. weights.rank=${wRank}. values.shape=${v.t.shape}. weights.shape=${w.t.shape}.`);
      const [ws, vs] = [constantValue(w.shape), constantValue(v.shape)];
      if (ws && vs) {
        const [a, b] = [intsOf(ws), intsOf(vs)];
        a.forEach((d, i) => { if (d !== 1 && d !== b[i]) throw new ValueError(`${PREFIX} Mismatch at dim ${i}. values.shape=[${b.join(' ')}] weights.shape=[${a.join(' ')}].`); });
        return noOp({ name: 'static_dims_check_success' });
      }
    }
    const isScalar = equal(0, w.rank, { name: 'is_scalar' });
    const data = [PREFIX, 'weights.shape=', w.t.name, w.shape, 'values.shape=', v.t.name, v.shape, 'is_scalar=', isScalar];
    const valid = cond(isScalar, () => isScalar, () => validNonscalarShape(w.rank, w.shape, v.rank, v.shape), { name: 'is_valid_shape' }) as Tensor;
    return assertOp(valid, data, null, scope);
  });
}

function validNonscalarShape(weightsRank: Tensor, weights: Tensor, valuesRank: Tensor, values: Tensor): Tensor {
  return inScope(null, 'has_valid_nonscalar_shape', [weightsRank, weights, valuesRank, values], (scope) => {
    const sameRank = equal(valuesRank, weightsRank, { name: 'is_same_rank' });
    return cond(sameRank, () => validDims(weights, values), () => sameRank, { name: scope }) as Tensor;
  });
}
/** No dimension of the weights is other than 1 and that of the values. */
function validDims(weights: Tensor, values: Tensor): Tensor {
  return inScope(null, 'has_invalid_dims', [weights, values], (scope) => {
    const column = expandDims(values, -1);
    const valid = concat([column, onesLike(column)], 1);
    const invalid = setDifference(expandDims(weights, -1), valid);
    return equal(0, size(invalid.values, { name: 'num_invalid_dims' }), { name: scope });
  });
}

/** `broadcast_weights`: the weights in the shape of the values. */
export function broadcastWeights(weights: TensorLike, values: TensorLike): Tensor {
  return inScope(null, 'broadcast_weights', [weights, values], (scope) => {
    const v = convertToTensor(values, { name: 'values' });
    const w = convertToTensor(weights, { dtype: v.dtype.baseDtype, name: 'weights' });
    if (w.shape.isFullyDefined && v.shape.isFullyDefined && w.shape.isCompatibleWith(v.shape)) return w;
    return afterOps([assertBroadcastable(w, v)], () => multiply(w, onesLike(v), { name: scope }));
  });
}
