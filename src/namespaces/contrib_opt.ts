// `tf.contrib.opt`.
export { AdaMaxOptimizer, LazyAdamOptimizer, NadamOptimizer } from '../ops/contrib/opt/adam.ts';
export { clipGradientsByGlobalNorm, MovingAverageOptimizer } from '../ops/contrib/opt/moving_average.ts';
export { AddSignOptimizer, PowerSignOptimizer } from '../ops/contrib/opt/sign.ts';
export { AdamWOptimizer, extendWithDecoupledWeightDecay, MomentumWOptimizer } from '../ops/contrib/opt/weight_decay.ts';
