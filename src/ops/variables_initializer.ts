// Running initializers, and asking which variables have a value. Follows python/ops/variables.py (1.15).
import { string } from '../graph/dtype.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import { NDArray } from '../graph/ndarray.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { booleanMask } from './array_gather.ts';
import { stack } from './array_join.ts';
import { colocatedWith, inScope, onDevice } from './building.ts';
import { group, noOp } from './control_flow_ops.ts';
import { constantNode, type TensorLike } from './convert.ts';
import { logicalNot } from './math_unary.ts';
import { op1 } from './op_def_library.ts';
import { isVariableInitialized } from './state_ops.ts';
import { globalVariables, localVariables, type Variable } from './variables.ts';

/** `tf.variables_initializer`: an op that runs the initializers of some variables. One NoOp, or one per device and one
 * that joins them. */
export const variablesInitializer = api('variablesInitializer', ['varList', 'name'], (p: { varList: readonly Variable[]; name?: string | null }): Operation =>
  initializerGroup(p.varList, p.name ?? 'init'), { required: 1 });
/** `tf.global_variables_initializer`: a NoOp named `init` that runs every initializer. */
export const globalVariablesInitializer = api('globalVariablesInitializer', [], (): Operation => initializerGroup(globalVariables(), 'init'));
/** `tf.local_variables_initializer`. */
export const localVariablesInitializer = api('localVariablesInitializer', [], (): Operation => initializerGroup(localVariables(), 'init'));
/** `tf.initialize_all_variables`, the old name of global_variables_initializer. */
export const initializeAllVariables = globalVariablesInitializer;
/** `tf.initialize_local_variables`, the old name. */
export const initializeLocalVariables = localVariablesInitializer;
/** `tf.initialize_variables`, the old name. */
export const initializeVariables = variablesInitializer;

function initializerGroup(vars: readonly Variable[], name: string): Operation {
  return vars.length === 0 ? noOp({ name }) : group(...vars.map((v) => v.initializer), { name });
}

type Listed = Variable | Tensor;
/** Global and local variables; in a graph without collections (imported), the reference tensors themselves. */
function everyVariable(given: readonly Listed[] | null | undefined): readonly Listed[] {
  const vars = given ?? [...globalVariables(), ...localVariables()];
  if (vars.length > 0) return vars;
  return getDefaultGraph().getOperations().filter((op) => REFERENCES.has(op.type)).map((op) => op.output);
}
const REFERENCES = new Set(['Variable', 'VariableV2', 'AutoReloadVariable']);

/** `tf.report_uninitialized_variables`: names of the variables (default: global and local ones) that have no value yet;
 * the nodes that join the answers lie on the CPU. */
export const reportUninitializedVariables = api('reportUninitializedVariables', ['varList', 'name'], (p: { varList?: readonly Listed[] | null; name?: string | null }): Tensor => {
  const vars = p.varList && p.varList.length === 0 ? [] : everyVariable(p.varList);
  return inScope(p.name ?? 'report_uninitialized_variables', '', [], () => {
    const has = vars.map((v) => isVariableInitialized(v));
    return onDevice('/cpu:0', () => {
      if (vars.length === 0) return constantNode(new NDArray(string, [0], []));
      const missing = logicalNot(stack(has));
      return booleanMask(constantNode(vars.map((v) => v.op.name)), missing);
    });
  });
});

/** `tf.assert_variables_initialized`: a tensor whose computation fails with FailedPreconditionError when one of the
 * variables has no value; null when there is no variable at all. */
export const assertVariablesInitialized = api('assertVariablesInitialized', ['varList'], (p: { varList?: readonly Listed[] | null }): Tensor | null => {
  const vars = everyVariable(p.varList);
  if (vars.length === 0) return null;
  const ranks = vars.map((v) => colocatedWith(v.op, () => op1('Rank', [v as TensorLike])));
  return ranks.length === 1 ? ranks[0]! : stack(ranks);
});
