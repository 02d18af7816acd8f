// `tf.layers`.
export { Layer } from '../ops/layers/base.ts';
export { Conv2D, conv2d } from '../ops/layers/convolutional.ts';
export { Dense, dense } from '../ops/layers/core.ts';
