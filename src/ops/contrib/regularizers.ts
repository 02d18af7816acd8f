// Regularizers of contrib.layers. Follows contrib/layers/python/layers/regularizers.py (1.15); JavaScript's 1 and 1.0 are one number, so
// integral scales are taken for floats.
import { GraphKeys } from '../../graph/collections.ts';
import { ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { inScope } from '../building.ts';
import { constantNode, convertToTensor, type TensorLike } from '../convert.ts';
import { multiply } from '../math_binary.ts';
import { reduceSum } from '../math_reduce.ts';
import { addN } from '../math_sequence.ts';
import { abs } from '../math_unary.ts';
import { l2Loss } from '../nn_impl.ts';
import type { Regularizer } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';

type Weights = Tensor | Variable;
type Scale = number | Tensor;
interface Scaled { scale: Scale; scope?: string | null }

function scaled(defaultName: string, period: string, size: (w: Weights) => Tensor): (p: Scaled) => Regularizer {
  return ({ scale, scope }) => {
    if (typeof scale === 'bigint') throw new ValueError(`scale cannot be an integer: ${String(scale)}`);
    if (typeof scale === 'number' && scale < 0) throw new ValueError(`Setting a scale less than 0 on a regularizer: ${scale}${period}`);
    if (scale === 0) return () => null;
    return (w) => inScope(scope, defaultName, [w], (name) => {
      const factor = convertToTensor(scale, { dtype: w.dtype.baseDtype, name: 'scale' });
      return multiply(factor, size(w as Weights), { name });
    });
  };
}
const l1 = scaled('l1_regularizer', '', (w) => reduceSum(abs(w)));
const l2 = scaled('l2_regularizer', '.', (w) => l2Loss(w));

/** `tf.contrib.layers.l1_regularizer`: scale * sum(|w|); none for a scale of 0. Errors: ValueError for a negative scale. */
export const l1Regularizer = api('l1Regularizer', ['scale', 'scope'], l1, { required: 1, python: 'l1_regularizer' });
/** `tf.contrib.layers.l2_regularizer`: scale * sum(w^2) / 2. */
export const l2Regularizer = api('l2Regularizer', ['scale', 'scope'], l2, { required: 1, python: 'l2_regularizer' });
/** `tf.contrib.layers.l1_l2_regularizer`: both, with scales of 1 by default. */
export const l1L2Regularizer = api('l1L2Regularizer', ['scaleL1', 'scaleL2', 'scope'], (p: { scaleL1?: Scale; scaleL2?: Scale; scope?: string | null }): Regularizer => {
  const { scaleL1 = 1, scaleL2 = 1 } = p;
  const scope = p.scope || 'l1_l2_regularizer';
  if (scaleL1 === 0) return l2({ scale: scaleL2, scope });
  if (scaleL2 === 0) return l1({ scale: scaleL1, scope });
  return sumRegularizer([l1({ scale: scaleL1 }), l2({ scale: scaleL2 })], scope)!;
}, { python: 'l1_l2_regularizer' });
/** `tf.contrib.layers.sum_regularizer`: the sum of several; null when there is none. */
export const sumRegularizer = api('sumRegularizer', ['regularizerList', 'scope'], (p: { regularizerList: readonly (Regularizer | null)[]; scope?: string | null }): Regularizer | null => {
  const list = p.regularizerList.filter((r) => r !== null);
  if (list.length === 0) return null;
  return (w) => inScope(p.scope, 'sum_regularizer', [w], (name) => {
    const terms = list.map((r) => r(w)).filter((t) => t !== null);
    return terms.length > 0 ? addN(terms, { name }) : null;
  });
}, { required: 1 });
/** `tf.contrib.layers.apply_regularization`: the sum of a regularizer over `weightsList` (default: the collection WEIGHTS), added to
 * REGULARIZATION_LOSSES. Errors: ValueError without weights and for regularizers that give no scalar. */
export const applyRegularization = api('applyRegularization', ['regularizer', 'weightsList'], (p: { regularizer: Regularizer; weightsList?: readonly Weights[] | null }): Tensor => {
  const graph = getDefaultGraph();
  const weights = p.weightsList && p.weightsList.length > 0 ? p.weightsList : graph.getCollection(GraphKeys.WEIGHTS) as Weights[];
  if (weights.length === 0) throw new ValueError('No weights to regularize.');
  return inScope('get_regularization_penalty', '', weights as TensorLike[], (scope) => {
    const penalties = weights.map((w) => p.regularizer(w as Variable)).map((t) => t ?? constantNode(0.0));
    for (const t of penalties) if (t.shape.ndims !== 0) throw new ValueError(`regularizer must return a scalar Tensor instead of a Tensor with rank ${t.shape.ndims}.`);
    const sum = addN(penalties, { name: scope });
    graph.addToCollection(GraphKeys.REGULARIZATION_LOSSES, sum);
    return sum;
  });
}, { required: 1 });
