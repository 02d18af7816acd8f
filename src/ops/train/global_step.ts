// The global step: the one integer scalar that counts training steps. Follows python/training/training_util.py (1.15).
import { GraphKeys } from '../../graph/collections.ts';
import { int64 } from '../../graph/dtype.ts';
import { KeyError, TypeError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph, type Graph } from '../../graph/graph.ts';
import { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { zerosInitializer } from '../init_ops.ts';
import { withExits } from '../scope_stack.ts';
import { getVariable } from '../variable_store.ts';
import { Variable } from '../variables.ts';

interface OfGraph { graph?: Graph | null }

/** `tf.train.assert_global_step`: a scalar variable or tensor of an integer type. Errors: TypeError otherwise. */
export const assertGlobalStep = api('assertGlobalStep', ['globalStepTensor'], (p: { globalStepTensor: unknown }): void => {
  const t = p.globalStepTensor;
  if (!(t instanceof Variable) && !(t instanceof Tensor)) throw new TypeError(`Existing "global_step" must be a Variable or Tensor: ${String(t)}.`);
  if (!t.dtype.baseDtype.isInteger) throw new TypeError(`Existing "global_step" does not have integer type: ${t.dtype.repr}`);
  if (t.shape.ndims !== 0 && t.shape.isFullyDefined) throw new TypeError(`Existing "global_step" is not scalar: ${t.shape}`);
}, { required: 1 });

/** `tf.train.get_global_step`: the item of the collection GLOBAL_STEP, else the tensor `global_step:0`; null when there is neither.
 * Errors: TypeError when it is no integer scalar. */
export const getGlobalStep = api('getGlobalStep', ['graph'], (p: OfGraph): Variable | Tensor | null => {
  const graph = p.graph ?? getDefaultGraph();
  const found = graph.getCollection(GraphKeys.GLOBAL_STEP) as (Variable | Tensor)[];
  if (found.length > 1) {
    console.error('Multiple tensors in global_step collection.');
    return null;
  }
  let step = found[0];
  if (step === undefined) {
    try { step = graph.getTensorByName('global_step:0'); } catch (e) {
      if (e instanceof KeyError) return null;
      throw e;
    }
  }
  assertGlobalStep(step);
  return step;
});

/** `tf.train.create_global_step`: an int64 variable `global_step` of zero, in GLOBAL_VARIABLES and GLOBAL_STEP.
 * Errors: ValueError when there is one already. */
export const createGlobalStep = api('createGlobalStep', ['graph'], (p: OfGraph): Variable => {
  const graph = p.graph ?? getDefaultGraph();
  if (getGlobalStep(graph) !== null) throw new ValueError('"global_step" already exists.');
  return withExits([graph.enterAsDefault(), graph.enterNameScope(null)], () => getVariable(GraphKeys.GLOBAL_STEP, {
    shape: [], dtype: int64, initializer: zerosInitializer(), trainable: false, collections: [GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
  }) as Variable);
});

/** `tf.train.get_or_create_global_step`. */
export const getOrCreateGlobalStep = api('getOrCreateGlobalStep', ['graph'], (p: OfGraph): Variable | Tensor => {
  const graph = p.graph ?? getDefaultGraph();
  return getGlobalStep(graph) ?? createGlobalStep(graph);
});
