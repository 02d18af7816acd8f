// `tf.contrib`.
export * as layers from './contrib_layers.ts';
export * as framework from './contrib_framework.ts';
