// Confusion matrices, and labels brought to the rank of predictions. Follows python/ops/confusion_matrix.py (1.15).
import { type DType, int32, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { rank, squeeze } from './array_shape.ts';
import { stack } from './array_join.ts';
import { onesLike, zeros } from './array_values.ts';
import { inScope } from './building.ts';
import { assertLess, assertNonNegative } from './check_ops.ts';
import { cond } from './cond.ts';
import { withDependencies } from './control_flow_ops.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { maximum } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { equal } from './math_logic.ts';
import { reduceMax } from './math_reduce.ts';
import { sparseAdd } from './sparse_math.ts';
import { SparseTensor } from './sparse_tensor.ts';
import './tensor_operators.ts';

const last = (t: Tensor): Tensor => squeeze(t, [-1]);
/** Whether the last dimension may be 1, so that it may have to go. */
const mayBeOne = (t: Tensor): boolean => { const { dims } = t.shape; return dims === null || dims.at(-1) === null || dims.at(-1) === 1; };

interface Squeezable { labels: TensorLike; predictions: TensorLike; expectedRankDiff?: number; name?: string | null }
/** `tf.contrib.framework.remove_squeezable_dimensions`: [labels, predictions], without the last dimension of the one whose rank is one
 * more than `expectedRankDiff` (0, of predictions over labels) says. Errors: ValueError when that dimension is not 1. */
export const removeSqueezableDimensions = api('removeSqueezableDimensions', ['labels', 'predictions', 'expectedRankDiff', 'name'], (p: Squeezable): [Tensor, Tensor] =>
  inScope(p.name, 'remove_squeezable_dimensions', [p.labels, p.predictions], () => {
    let predictions = convertToTensor(p.predictions);
    let labels = convertToTensor(p.labels);
    const expected = p.expectedRankDiff ?? 0;
    const [a, b] = [predictions.shape.ndims, labels.shape.ndims];
    if (a !== null && b !== null) {
      if (a - b === expected + 1) predictions = last(predictions);
      else if (a - b === expected - 1) labels = last(labels);
      return [labels, predictions];
    }
    const diff = rank(predictions).sub(rank(labels));
    const [p0, l0] = [predictions, labels];
    if (a === null || mayBeOne(predictions)) predictions = cond(equal(expected + 1, diff), () => last(p0), () => p0) as Tensor;
    if (b === null || mayBeOne(labels)) labels = cond(equal(expected - 1, diff), () => last(l0), () => l0) as Tensor;
    return [labels, predictions];
  }), { required: 2 });

interface Confusion { labels: TensorLike; predictions: TensorLike; numClasses?: TensorLike | null; weights?: TensorLike | null; dtype?: DType | null; name?: string | null }
/** internal: the version whose `weights` come before `dtype`. */
export function confusion(p: Confusion): Tensor {
  const dtype = p.dtype ?? int32;
  return inScope(p.name, 'confusion_matrix', [p.predictions, p.labels, p.numClasses, p.weights], () => {
    let [labels, predictions] = removeSqueezableDimensions(convertToTensor(p.labels, { name: 'labels', preferred: int32 }), convertToTensor(p.predictions, { name: 'predictions', preferred: int32 }));
    predictions = castTensor(predictions, int64);
    labels = castTensor(labels, int64);
    labels = withDependencies([assertNonNegative(labels, { message: '`labels` contains negative values' })], labels);
    predictions = withDependencies([assertNonNegative(predictions, { message: '`predictions` contains negative values' })], predictions);
    let classes = p.numClasses ?? null;
    if (classes === null) classes = maximum(reduceMax(predictions), reduceMax(labels)).add(1);
    else {
      const limit = castTensor(classes, int64);
      labels = withDependencies([assertLess(labels, limit, { message: '`labels` out of bound' })], labels);
      predictions = withDependencies([assertLess(predictions, limit, { message: '`predictions` out of bound' })], predictions);
    }
    let weights: Tensor | undefined;
    if (p.weights !== undefined && p.weights !== null) {
      weights = convertToTensor(p.weights, { name: 'weights' });
      if (!predictions.shape.isCompatibleWith(weights.shape)) throw new ValueError(`Shapes ${predictions.shape} and ${weights.shape} are incompatible`);
      weights = castTensor(weights, dtype);
    }
    const shape = stack([classes, classes]);
    const indices = stack([labels, predictions], 1);
    const values = weights ?? onesLike(predictions, dtype);
    const counted = new SparseTensor({ indices, values, denseShape: castTensor(shape, int64) });
    return sparseAdd(zeros(castTensor(shape, int32), dtype), counted) as Tensor;
  });
}
/** `tf.confusion_matrix` (`tf.math.confusion_matrix`): how often each class (row) was predicted as each (column), or the sums of
 * `weights`; `numClasses` by default the largest class plus one; result of `dtype` (int32).
 * Errors: InvalidArgumentError in the run for negative classes and those out of bound. */
export const confusionMatrix = api('confusionMatrix', ['labels', 'predictions', 'numClasses', 'dtype', 'name', 'weights'], (p: Confusion): Tensor => confusion(p), { required: 2 });
