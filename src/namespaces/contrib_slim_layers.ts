// The layers that `tf.contrib.slim` shares with `tf.contrib.layers`.
export { conv2d, convolution2d, flatten, fullyConnected, varianceScalingInitializer, xavierInitializer } from '../ops/contrib/layers.ts';
export { xavierInitializer as xavierInitializerConv2d } from '../ops/contrib/layers.ts';
export { applyRegularization, l1L2Regularizer, l1Regularizer, l2Regularizer, sumRegularizer } from '../ops/contrib/regularizers.ts';
