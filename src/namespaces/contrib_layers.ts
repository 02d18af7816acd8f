// `tf.contrib.layers`.
export type { Normalizer } from '../ops/contrib/layers.ts';
export * from './contrib_slim_layers.ts';
