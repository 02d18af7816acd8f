// `tf.initializers`.
export {
  constantInitializer as constant, glorotNormalInitializer as glorotNormal, glorotUniformInitializer as glorotUniform, heNormal, heUniform, identityInitializer as identity, lecunNormal, lecunUniform, onesInitializer as ones,
  orthogonalInitializer as orthogonal, randomNormalInitializer as randomNormal, randomUniformInitializer as randomUniform, truncatedNormalInitializer as truncatedNormal, uniformUnitScalingInitializer as uniformUnitScaling,
  varianceScalingInitializer as varianceScaling, zerosInitializer as zeros,
} from '../ops/init_ops.ts';
export { tablesInitializer } from '../ops/lookup_tables.ts';
export { globalVariablesInitializer as globalVariables, localVariablesInitializer as localVariables, variablesInitializer as variables } from '../ops/variables_initializer.ts';
