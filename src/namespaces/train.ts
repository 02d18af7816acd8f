// `tf.train`.
export { type GradAndVar, Optimizer } from '../ops/train/optimizer.ts';
export { GradientDescentOptimizer } from '../ops/train/gradient_descent.ts';
export { MomentumOptimizer } from '../ops/train/momentum.ts';
export { AdamOptimizer } from '../ops/train/adam.ts';
export { AdagradOptimizer, RMSPropOptimizer } from '../ops/train/adaptive.ts';
export { exportMetaGraph, importMetaGraph } from '../ops/meta_graph.ts';
