// The layers that `tf.contrib.slim` shares with `tf.contrib.layers`.
export {
  conv1d, conv1d as convolution1d, conv2d, conv2d as convolution2d, conv2dInPlane, conv2dInPlane as convolution2dInPlane, conv2dTranspose, conv2dTranspose as convolution2dTranspose, conv3d, conv3d as convolution3d, conv3dTranspose, conv3dTranspose as convolution3dTranspose, convolution, eluLayer as elu, fullyConnected, linear,
  relu6Layer as relu6, reluLayer as relu, separableConv2d, separableConv2d as separableConvolution2d,
} from '../ops/contrib/layers.ts';
export { avgPool2d, avgPool3d, biasAdd, dropout, flatten, maxPool2d, maxPool3d, oneHotEncoding, repeat, softmax, stack } from '../ops/contrib/layers_unweighted.ts';
export { batchNorm } from '../ops/contrib/batch_norm.ts';
export { denseToSparse, imagesToSequence, legacyFullyConnected, legacyLinear, legacyRelu, maxout, sequenceToImages, spatialSoftmax } from '../ops/contrib/layers_legacy.ts';
export { bowEncoder, embeddingLookupUnique, embedSequence, safeEmbeddingLookupSparse } from '../ops/contrib/encoders.ts';
export { groupNorm, instanceNorm, layerNorm, unitNorm } from '../ops/contrib/norms.ts';
export { varianceScalingInitializer, xavierInitializer, xavierInitializer as xavierInitializerConv2d } from '../ops/contrib/initializers.ts';
export { applyRegularization, l1L2Regularizer, l1Regularizer, l2Regularizer, sumRegularizer } from '../ops/contrib/regularizers.ts';
