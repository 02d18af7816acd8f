// Losses averaged over a global batch; there is one replica here. Follows python/ops/{nn_impl,losses/util}.py (1.15).
import { float32, int32 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { expandDims, rank as rankOf, shape as shapeOf, squeeze } from '../array_shape.ts';
import { afterOps, int32Vector, scalarOf } from '../building.ts';
import { assertGreaterEqual } from '../check_ops.ts';
import { cond } from '../cond.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { multiply } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { equal } from '../math_logic.ts';
import { reduceSum } from '../math_reduce.ts';
import { broadcastWeights } from '../weights_broadcast_ops.ts';
import '../tensor_operators.ts';

/** Weights of one rank more or less than the losses, brought to theirs. */
function fitted(losses: Tensor, weights: Tensor): Tensor {
  const [n, m] = [losses.shape.ndims, weights.shape.ndims];
  if (m === 0) return weights;
  const wider = (): Tensor => expandDims(weights, int32Vector([-1])), narrower = (): Tensor => squeeze(weights, { axis: [-1] });
  if (n !== null && m !== null) return m - n === 1 ? narrower() : n - m === 1 ? wider() : weights;
  const own = rankOf(weights), diff = own.sub(rankOf(losses));
  const expanded = (): Tensor => cond(equal(diff, scalarOf(-1, int32)), wider, () => weights) as Tensor;
  return cond(equal(own, scalarOf(0, int32)), () => weights, () => cond(equal(diff, scalarOf(1, int32)), narrower, expanded)) as Tensor;
}
interface Average { perExampleLoss: TensorLike; sampleWeight?: TensorLike | null; globalBatchSize?: TensorLike | null }
/** `tf.nn.compute_average_loss`: the sum of `perExampleLoss` (times `sampleWeight`) over `globalBatchSize` (the size of the batch). Errors: ValueError for a scalar loss. */
export const computeAverageLoss = api('computeAverageLoss', ['perExampleLoss', 'sampleWeight', 'globalBatchSize'], (p: Average): Tensor => {
  const loss = convertToTensor(p.perExampleLoss), dtype = loss.dtype.baseDtype, n = loss.shape.ndims, text = 'Invalid value passed for `per_example_loss`. Expected a tensor with at least rank 1';
  if (n === 0) throw new ValueError(`${text}, received: ${String(loss)}`);
  const checks = n === null ? [assertGreaterEqual(rankOf(loss), castTensor(scalarOf(1, int32), int32), { message: `${text}.` })] : [];
  const mean = (): Tensor => {
    let weighted = loss;
    if (p.sampleWeight !== undefined && p.sampleWeight !== null) {
      const wide = castTensor(loss, float32), weights = castTensor(p.sampleWeight, float32);
      weighted = multiply(wide, broadcastWeights(fitted(wide, weights), wide));
    }
    const own = castTensor(weighted, dtype), count = p.globalBatchSize ?? castTensor(shapeOf(own).at(0).mul(1), dtype);
    return reduceSum(own).truediv(count);
  };
  return checks.length > 0 ? afterOps(checks, mean) : mean();
}, { required: 1 });
/** `tf.nn.scale_regularization_loss`: the sum of the loss over the number of replicas, which is 1. */
export const scaleRegularizationLoss = api('scaleRegularizationLoss', ['regularizationLoss'], (p: { regularizationLoss: TensorLike }): Tensor => reduceSum(p.regularizationLoss).truediv(1), { required: 1 });
