// `tf.contrib.framework`.
export { addArgScope, ArgScope, argScope, hasArgScope } from '../ops/contrib/arg_scope.ts';
export { smartCond, smartConstantValue } from '../ops/cond.ts';
export { prependNameScope, stripNameScope } from '../ops/collections.ts';
export * as nest from './contrib_framework_nest.ts';
export { smartCase } from '../ops/case.ts';
