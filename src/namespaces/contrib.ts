// `tf.contrib`.
export * as layers from './contrib_layers.ts';
export * as framework from './contrib_framework.ts';
export * as graphEditor from './contrib_graph_editor.ts';
export * as lookup from './contrib_lookup.ts';
export * as opt from './contrib_opt.ts';
export * as slim from './contrib_slim.ts';
export * as stateless from './contrib_stateless.ts';
export * as util from './contrib_util.ts';
