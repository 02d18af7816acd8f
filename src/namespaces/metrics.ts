export { precisionAtK, precisionAtTopK, recallAtK, recallAtTopK, sparsePrecisionAtK } from '../ops/metrics/at_k.ts';
export { auc } from '../ops/metrics/auc.ts';
export { averagePrecisionAtK, sparseAveragePrecisionAtK } from '../ops/metrics/average_precision.ts';
export { meanIou, meanPerClassAccuracy } from '../ops/metrics/classes.ts';
export { falseNegatives, falsePositives, precision, recall, trueNegatives, truePositives } from '../ops/metrics/counts.ts';
export {
  accuracy, mean, meanAbsoluteError, meanCosineDistance, meanRelativeError, meanSquaredError, meanTensor, percentageBelow, rootMeanSquaredError,
} from '../ops/metrics/mean.ts';
export {
  falseNegativesAtThresholds, falsePositivesAtThresholds, precisionAtThresholds, recallAtThresholds, sensitivityAtSpecificity, specificityAtSensitivity, trueNegativesAtThresholds, truePositivesAtThresholds,
} from '../ops/metrics/thresholds.ts';
