// `tf.contrib.slim`.
export { VariableDeviceChooser } from '../ops/contrib/device_chooser.ts';
export { addArgScope, argScope, argScopedArguments, argScopeFuncKey, currentArgScope, hasArgScope } from '../ops/contrib/arg_scope.ts';
export * from './contrib_slim_layers.ts';
export { pool } from '../ops/contrib/layers_unweighted.ts';
export {
  addModelVariable, assertOrGetGlobalStep, assignFromValues, assignFromValuesFn, filterVariables, getLocalVariables, getModelVariables, getTrainableVariables, getUniqueVariable, getVariableFullName, getVariables,
  getVariablesByName, getVariablesBySuffix, globalVariable, localVariable, modelVariable, variable,
} from '../ops/contrib/variables.ts';
export { assertGlobalStep, createGlobalStep, getGlobalStep, getOrCreateGlobalStep } from '../ops/train/global_step.ts';
