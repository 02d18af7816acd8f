export { auc } from '../ops/metrics/auc.ts';
export { meanIou, meanPerClassAccuracy } from '../ops/metrics/classes.ts';
export { falseNegatives, falsePositives, precision, recall, trueNegatives, truePositives } from '../ops/metrics/counts.ts';
export {
  accuracy, mean, meanAbsoluteError, meanCosineDistance, meanRelativeError, meanSquaredError, meanTensor, percentageBelow, rootMeanSquaredError,
} from '../ops/metrics/mean.ts';
export {
  falseNegativesAtThresholds, falsePositivesAtThresholds, precisionAtThresholds, recallAtThresholds, sensitivityAtSpecificity, specificityAtSensitivity, trueNegativesAtThresholds, truePositivesAtThresholds,
} from '../ops/metrics/thresholds.ts';
