// `tf.contrib.layers`.
export type { Normalizer } from '../ops/contrib/layer_scopes.ts';
export * from './contrib_slim_layers.ts';
