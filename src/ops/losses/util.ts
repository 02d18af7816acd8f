// Collections of losses and their sums. Follows python/ops/losses/util.py (1.15).
import { GraphKeys } from '../../graph/collections.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { constantNode } from '../convert.ts';
import { addN } from '../math_sequence.ts';

/** `tf.losses.add_loss`: adds a loss to a collection (GraphKeys.LOSSES); null adds none. */
export const addLoss = api('addLoss', ['loss', 'lossCollection'], (p: { loss: Tensor; lossCollection?: string | null }): void => {
  const key = p.lossCollection === undefined ? GraphKeys.LOSSES : p.lossCollection;
  if (key) getDefaultGraph().addToCollection(key, p.loss);
}, { required: 1 });
/** `tf.losses.get_losses`: losses of a collection, optionally those whose name matches `scope`. */
export const getLosses = api('getLosses', ['scope', 'lossCollection'], (p: { scope?: string | null; lossCollection?: string }): Tensor[] =>
  getDefaultGraph().getCollection(p.lossCollection ?? GraphKeys.LOSSES, p.scope) as Tensor[]);
/** `tf.losses.get_regularization_losses`: what regularizers of variables gave. */
export const getRegularizationLosses = api('getRegularizationLosses', ['scope'], (p: { scope?: string | null }): Tensor[] =>
  getDefaultGraph().getCollection(GraphKeys.REGULARIZATION_LOSSES, p.scope) as Tensor[]);
/** `tf.losses.get_regularization_loss`: their sum; a constant 0 when there are none. */
export const getRegularizationLoss = api('getRegularizationLoss', ['scope', 'name'], (p: { scope?: string | null; name?: string }): Tensor => {
  const losses = getRegularizationLosses(p.scope ?? null);
  return losses.length > 0 ? addN(losses, { name: p.name ?? 'total_regularization_loss' }) : constantNode(0.0);
});
/** `tf.losses.get_total_loss`: the sum of all losses, with (default) or without the regularization losses. */
export const getTotalLoss = api('getTotalLoss', ['addRegularizationLosses', 'name', 'scope'], (p: { addRegularizationLosses?: boolean; name?: string; scope?: string | null }): Tensor => {
  const scope = p.scope ?? null;
  return addN([...getLosses(scope), ...(p.addRegularizationLosses === false ? [] : getRegularizationLosses(scope))], { name: p.name ?? 'total_loss' });
});
