// `tf.contrib.framework`.
export { VariableDeviceChooser } from '../ops/contrib/device_chooser.ts';
export { addArgScope, ArgScope, argScope, argScopedArguments, currentArgScope, hasArgScope } from '../ops/contrib/arg_scope.ts';
export { smartCond, smartConstantValue } from '../ops/cond.ts';
export { prependNameScope, stripNameScope } from '../ops/collections.ts';
export * as nest from './contrib_framework_nest.ts';
export { smartCase } from '../ops/case.ts';
export {
  addModelVariable, assertOrGetGlobalStep, assignFromValues, assignFromValuesFn, filterVariables, getLocalVariables, getModelVariables, getTrainableVariables, getUniqueVariable, getVariableFullName, getVariables,
  getVariablesByName, getVariablesBySuffix, globalVariable, localVariable, modelVariable, variable,
} from '../ops/contrib/variables.ts';
export { assertGlobalStep, createGlobalStep, getGlobalStep, getOrCreateGlobalStep } from '../ops/train/global_step.ts';
export { nestedPyFunc as pyFunc } from '../ops/script_ops.ts';
export { assertScalarInt, getGraphFromInputs, getNameScope, getPlaceholders, reduceSumN, removeSqueezableDimensions, withSameShape, withShape } from '../ops/contrib/tensor_checks.ts';
export { convolutionalOrthogonal1d, convolutionalOrthogonal2d, convolutionalOrthogonal3d } from '../ops/contrib/orthogonal.ts';
export { assertSameFloatDtype, assertScalar } from '../ops/check_ops.ts';
export { argsort, sort } from '../ops/array_select.ts';
export { convertToTensorOrSparseTensor, isTensor } from '../ops/static_values.ts';
export { convolutionalDeltaOrthogonal } from '../ops/init_ops.ts';
