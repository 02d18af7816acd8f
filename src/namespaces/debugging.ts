// `tf.debugging`.
export {
  assertEqual, assertGreater, assertGreaterEqual, assertInteger, assertLess, assertLessEqual, assertNear, assertNegative, assertNoneEqual, assertNonNegative,
  assertNonPositive, assertPositive, assertProperIterable, assertRank, assertRankAtLeast, assertRankIn, assertSameFloatDtype, assertScalar, assertType, isNumericTensor,
} from '../ops/check_ops.ts';
export { assertShapes } from '../ops/assert_shapes.ts';
export { Assert } from '../ops/logging_ops.ts';
export { checkNumerics } from '../ops/array_values.ts';
export { isFinite, isInf, isNan } from '../ops/math_unary.ts';
export { verifyTensorAllFinite as assertAllFinite } from '../ops/static_values.ts';
export { isNonDecreasing, isStrictlyIncreasing } from '../ops/check_monotonic.ts';
