// `tf.contrib.framework`.
export { addArgScope, ArgScope, argScope, hasArgScope } from '../ops/contrib/arg_scope.ts';
export { smartCond, smartConstantValue } from '../ops/cond.ts';
export { smartCase } from '../ops/case.ts';
