// `tf.nn`.
export {
  conv2d, depthwiseConv2dBackpropFilter, depthwiseConv2dBackpropInput, depthwiseConv2dNative, depthwiseConv2dNativeBackpropFilter, depthwiseConv2dNativeBackpropInput,
} from '../ops/nn_conv.ts';
export { atrousConv2dTranspose, conv1d, conv1dTranspose, conv2dBackpropFilter, conv2dBackpropInput, conv2dTranspose, convTranspose } from '../ops/nn_conv_transpose.ts';
export { atrousConv2d, convolution, depthwiseConv2d, pool, separableConv2d, withSpaceToBatch } from '../ops/nn_convolution.ts';
export { spaceToBatch } from '../ops/array_space.ts';
export { dilation2d, erosion2d, localResponseNormalization, lrn } from '../ops/nn_morphology.ts';
export { conv3d, conv3dBackpropFilter, conv3dBackpropFilterV2, conv3dTranspose } from '../ops/nn_conv3d.ts';
export { biasAdd, elu, leakyRelu, relu, relu6, selu, softplus, softsign } from '../ops/nn_activation.ts';
export { avgPool, avgPool1d, avgPool2d, avgPool3d, avgPoolV2, maxPool, maxPool1d, maxPool2d, maxPool3d, maxPoolV2, maxPoolWithArgmax } from '../ops/nn_pool.ts';
export {
  logSoftmax, sigmoidCrossEntropyWithLogits, softmax, softmaxCrossEntropyWithLogits, softmaxCrossEntropyWithLogitsV2, sparseSoftmaxCrossEntropyWithLogits,
} from '../ops/nn_softmax.ts';
export { batchNormWithGlobalNormalization, fusedBatchNorm, weightedMoments } from '../ops/nn_batch_norm.ts';
export { batchNormalization, dropout, l2Loss, l2Normalize, moments } from '../ops/nn_impl.ts';
export { sigmoid, tanh } from '../ops/math_unary.ts';
export { embeddingLookup } from '../ops/embedding_ops.ts';
export { embeddingLookupSparse, safeEmbeddingLookupSparse } from '../ops/embedding_sparse.ts';
export { inTopK, topK } from '../ops/nn_top_k.ts';
export { crelu, logPoissonLoss, normalizeMoments, reluLayer, sufficientStatistics, swish, weightedCrossEntropyWithLogits, xwPlusB, zeroFraction } from '../ops/nn_composed.ts';
export { depthToSpace, spaceToDepth } from '../ops/array_blocks.ts';
export {
  allCandidateSampler, computeAccidentalHits, fixedUnigramCandidateSampler, learnedUnigramCandidateSampler, logUniformCandidateSampler, nceLoss, sampledSoftmaxLoss, uniformCandidateSampler,
} from '../ops/candidate_sampling.ts';
export { fractionalAvgPool, fractionalMaxPool } from '../ops/nn_fractional_pool.ts';
export { collapseRepeated } from '../ops/collapse_repeated.ts';
export { computeAverageLoss, scaleRegularizationLoss } from '../ops/losses/average_loss.ts';
