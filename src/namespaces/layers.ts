// `tf.layers`.
export { Layer } from '../ops/layers/base.ts';
export { InputSpec } from '../ops/layers/input_spec.ts';
export { Conv1D, conv1d, Conv2D, conv2d, Conv3D, conv3d } from '../ops/layers/convolutional.ts';
export { Conv2DTranspose, conv2dTranspose, Conv3DTranspose, conv3dTranspose, SeparableConv1D, separableConv1d, SeparableConv2D, separableConv2d } from '../ops/layers/conv_transpose.ts';
export { Dense, dense } from '../ops/layers/core.ts';
export { Dropout, dropout, Flatten, flatten } from '../ops/layers/dropout.ts';
export { BatchNormalization, batchNormalization } from '../ops/layers/normalization.ts';
export {
  AveragePooling1D, averagePooling1d, AveragePooling2D, averagePooling2d, AveragePooling3D, averagePooling3d, MaxPooling1D, maxPooling1d, MaxPooling2D, maxPooling2d, MaxPooling3D, maxPooling3d,
} from '../ops/layers/pooling.ts';
