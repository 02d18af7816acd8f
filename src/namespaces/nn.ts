// `tf.nn`.
export { conv2d, depthwiseConv2dNative } from '../ops/nn_conv.ts';
export { biasAdd, elu, leakyRelu, relu, relu6, selu, softplus, softsign } from '../ops/nn_activation.ts';
export { avgPool, avgPool1d, avgPool2d, avgPool3d, avgPoolV2, maxPool, maxPool1d, maxPool2d, maxPool3d, maxPoolV2, maxPoolWithArgmax } from '../ops/nn_pool.ts';
export {
  logSoftmax, sigmoidCrossEntropyWithLogits, softmax, softmaxCrossEntropyWithLogits, softmaxCrossEntropyWithLogitsV2, sparseSoftmaxCrossEntropyWithLogits,
} from '../ops/nn_softmax.ts';
export { batchNormWithGlobalNormalization, fusedBatchNorm, weightedMoments } from '../ops/nn_batch_norm.ts';
export { batchNormalization, dropout, l2Loss, l2Normalize, moments } from '../ops/nn_impl.ts';
export { sigmoid, tanh } from '../ops/math_unary.ts';
export { embeddingLookup } from '../ops/embedding_ops.ts';
export { inTopK, topK } from '../ops/nn_top_k.ts';
export { crelu, logPoissonLoss, normalizeMoments, reluLayer, sufficientStatistics, swish, weightedCrossEntropyWithLogits, xwPlusB, zeroFraction } from '../ops/nn_more.ts';
export { depthToSpace, spaceToBatch, spaceToDepth } from '../ops/array_space.ts';
