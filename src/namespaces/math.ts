// `tf.math`.
export {
  abs, acos, acosh, asin, asinh, atan, atanh, ceil, cos, cosh, digamma, erf, erfc, exp, expm1, floor, isFinite, isInf, isNan, lgamma, log, log1p, logicalNot, negative, reciprocal, rint, round, rsqrt, sigmoid, sign, sin, sinh,
  sqrt, square, tan, tanh,
} from '../ops/math_unary.ts';
export { add, atan2, divide, divNoNan as divideNoNan, floordiv, floormod, maximum, minimum, mod, multiply, pow, scalarMul, squaredDifference, subtract, truediv } from '../ops/math_binary.ts';
export { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, logicalXor, notEqual } from '../ops/math_logic.ts';
export { argmax, argmin, countNonzero, cumprod, cumsum, reduceAll, reduceAny, reduceLogsumexp, reduceMax, reduceMean, reduceMin, reduceProd, reduceSum } from '../ops/math_reduce.ts';
export { accumulateN, addN, segmentSum, unsortedSegmentSum } from '../ops/math_sequence.ts';
export { segmentMax, segmentMean, segmentMin, segmentProd, unsortedSegmentMax, unsortedSegmentMean, unsortedSegmentMin, unsortedSegmentProd, unsortedSegmentSqrtN } from '../ops/segment_ops.ts';
export { angle, conj, imag, real } from '../ops/math_complex.ts';
export {
  betainc, igamma, igammac, logSigmoid, multiplyNoNan, nextafter, polygamma, polyval, reduceEuclideanNorm, reduceStd, reduceVariance, xdivy, xlogy, zeta,
} from '../ops/math_rare.ts';
export { besselI0, besselI0e, besselI1, besselI1e, cumulativeLogsumexp, reciprocalNoNan } from '../ops/math_special.ts';
export { lbeta } from '../ops/special_math.ts';
export { bincount } from '../ops/array_select.ts';
export { invertPermutation } from '../ops/array_shape.ts';
export { confusionMatrix } from '../ops/confusion_matrix.ts';
export { logSoftmax, softmax } from '../ops/nn_softmax.ts';
export { softplus, softsign } from '../ops/nn_activation.ts';
export { l2Normalize } from '../ops/nn_impl.ts';
export { zeroFraction } from '../ops/nn_composed.ts';
export { inTopK, topK } from '../ops/nn_top_k.ts';
export { isNonDecreasing, isStrictlyIncreasing } from '../ops/check_monotonic.ts';
