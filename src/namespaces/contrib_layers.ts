// `tf.contrib.layers`.
export { conv2d, convolution2d, fullyConnected, type Normalizer, varianceScalingInitializer, xavierInitializer } from '../ops/contrib/layers.ts';
