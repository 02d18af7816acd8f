export { addLoss, getLosses, getRegularizationLoss, getRegularizationLosses, getTotalLoss } from '../ops/losses/util.ts';
export {
  absoluteDifference, computeWeightedLoss, cosineDistance, hingeLoss, huberLoss, logLoss, meanPairwiseSquaredError, meanSquaredError, Reduction, sigmoidCrossEntropy, softmaxCrossEntropy, sparseSoftmaxCrossEntropy,
} from '../ops/losses/losses_impl.ts';
