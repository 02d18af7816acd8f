// The public API: `import * as tf from 'tfgraph'`. Names follow TensorFlow 1.15 (docs/API.md); namespaces are the
// modules of src/namespaces. Nothing is defined here.
import './ops/graph_scopes.ts';
import './ops/array_rare.ts';
import './ops/variable_operators.ts';
import './session/evaluator.ts';
import './session/eval.ts';
import './session/variable_eval.ts';

// --- values, graphs -------------------------------------------------------------------------------------------------
export {
  bfloat16, bool, complex128, complex64, DType, float16, float16 as half, float32, float64, float64 as double, int16, int32, int64, int8, qint16, qint32, qint8,
  quint16, quint8, resource, string, uint16, uint32, uint64, uint8, variant,
} from './graph/dtype.ts';
export { Dimension, type ShapeLike, TensorShape } from './graph/shape.ts';
export { type NestedArray, NDArray, type Scalar } from './graph/ndarray.ts';
export { Operation, Tensor } from './graph/tensor.ts';
export { getDefaultGraph, Graph, resetDefaultGraph } from './graph/graph.ts';
export { DeviceSpec } from './graph/device.ts';
export { GraphKeys } from './graph/collections.ts';
export type { AttrValue, GraphDef, NodeDef } from './graph/node_def.ts';
export * as errors from './namespaces/errors.ts';
export { OpError } from './graph/errors.ts';
export { GRAPH_DEF_VERSION, GRAPH_DEF_VERSION_MIN_CONSUMER, GRAPH_DEF_VERSION_MIN_PRODUCER, VERSION } from './graph/version.ts';
export {
  colocateWith, container, controlDependencies, convertToTensor, device, initScope, NameScope, type NameScopeHandle, nameScope, opScope,
} from './ops/framework.ts';
export { registerTensorConversionFunction, type TensorConversionFunction } from './ops/tensor_conversion.ts';
export {
  addCheckNumericsOps, argMax, argMin, asDtype, broadcastStaticShape, convertToTensorOrIndexedSlices, convertToTensorOrSparseTensor, dimensionAtIndex, dimensionValue, getStaticValue, guaranteeConst, isTensor, noRegularizer,
  timestamp, verifyTensorAllFinite,
} from './ops/static_values.ts';
export { confusionMatrix } from './ops/confusion_matrix.ts';
export { addToCollection, addToCollections, getCollection, getCollectionRef } from './ops/collections.ts';
export type { TensorLike } from './ops/convert.ts';
export { IndexedSlices, IndexedSlicesValue } from './ops/indexed_slices.ts';
export { SparseTensor, SparseTensorValue } from './ops/sparse_tensor.ts';
export { sparsePlaceholder, sparseTensorToDense, sparseToDense } from './ops/sparse_ops.ts';
export {
  sparseAdd, sparseConcat, sparseFillEmptyRows, sparseMerge, sparseReduceMax, sparseReduceMaxSparse, sparseReduceSum, sparseReduceSumSparse, sparseReorder, sparseReshape, sparseRetain, sparseSlice,
  sparseTensorDenseMatmul, sparseToIndicator, sparseTranspose,
} from './ops/sparse_math.ts';
export { sparseMask, sparseMaximum, sparseMinimum, sparseResetShape, sparseSoftmax, sparseSplit } from './ops/sparse_split.ts';
export {
  asString, decodeBase64, decodeCsv, decodeRaw, encodeBase64, fingerprint, parseTensor, reduceJoin, regexReplace, serializeTensor, stringJoin, stringStrip, stringToHashBucket, stringToHashBucketFast,
  stringToHashBucketStrong, stringToNumber, substr,
} from './ops/string_ops.ts';
export { stringSplit } from './ops/string_split.ts';
export { initializeAllTables, tablesInitializer } from './ops/lookup_tables.ts';
export type { RaggedTensor } from './ops/ragged_tensor.ts';

// --- arrays ---------------------------------------------------------------------------------------------------------
export {
  checkNumerics, constant, ensureShape, fill, identity, identityN, ones, onesLike, placeholder, placeholderWithDefault, stopGradient, zeros, zerosLike,
} from './ops/array_values.ts';
export { bitcast, expandDims, invertPermutation, rank, reshape, shape, shapeN, size, squeeze, transpose } from './ops/array_shape.ts';
export { concat, split, stack, unstack } from './ops/array_join.ts';
export { ellipsis, newaxis, pad, reverse, reverse as reverseV2, slice, stridedSlice, tile } from './ops/array_slice.ts';
export { booleanMask, dynamicPartition, dynamicStitch, gather, gatherNd, oneHot, scatterNd, setdiff1d, unique, uniqueWithCounts, where, whereV2 } from './ops/array_gather.ts';
export { broadcastDynamicShape, broadcastTo } from './ops/array_broadcast.ts';

export { diag, diagPart, eye, matrixBandPart, matrixDiag, matrixDiagPart, matrixSetDiag, matrixTranspose, trace } from './ops/array_diag.ts';
export { batchToSpace, batchToSpaceNd, requiredSpaceToBatchPaddings, spaceToBatch, spaceToBatchNd } from './ops/array_space.ts';
export { depthToSpace, reverseSequence, roll, spaceToDepth } from './ops/array_blocks.ts';
export { extractImagePatches, extractVolumePatches } from './ops/array_patches.ts';
export {
  argsort, batchGather, bincount, meshgrid, parallelStack, repeat, searchsorted, sequenceMask, sort, tensorScatterAdd, tensorScatterAdd as tensorScatterNdAdd, tensorScatterSub, tensorScatterSub as tensorScatterNdSub,
  tensorScatterUpdate, tensorScatterUpdate as tensorScatterNdUpdate, unravelIndex,
} from './ops/array_select.ts';

// --- math -----------------------------------------------------------------------------------------------------------
export {
  abs, acos, acosh, asin, asinh, atan, atanh, ceil, cos, cosh, digamma, erf, erfc, exp, expm1, floor, isFinite, isInf, isNan, lgamma, log, log1p, logicalNot,
  negative, reciprocal, rint, round, rsqrt, sigmoid, sign, sin, sinh, sqrt, square, tan, tanh,
} from './ops/math_unary.ts';
export {
  add, atan2, div, divide, divNoNan, floorDiv, floordiv, floormod, maximum, minimum, mod, multiply, pow, realdiv, scalarMul, squaredDifference, subtract, truediv,
  truncatediv, truncatemod,
} from './ops/math_binary.ts';
export { equal, greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr, logicalXor, notEqual } from './ops/math_logic.ts';
export { cast, saturateCast, toBfloat16, toComplex128, toComplex64, toDouble, toFloat, toInt32, toInt64 } from './ops/math_cast.ts';
export {
  argmax, argmin, countNonzero, cumprod, cumsum, reduceAll, reduceAny, reduceLogsumexp, reduceMax, reduceMean, reduceMin, reduceProd, reduceSum,
} from './ops/math_reduce.ts';
export { angle, complex, conj, imag, real } from './ops/math_complex.ts';
export { betainc, igamma, igammac, logSigmoid, polygamma, zeta } from './ops/math_rare.ts';
export { histogramFixedWidth, histogramFixedWidthBins } from './ops/math_special.ts';
export {
  segmentMax, segmentMean, segmentMin, segmentProd, sparseSegmentMean, sparseSegmentSqrtN, sparseSegmentSum, unsortedSegmentMax, unsortedSegmentMean, unsortedSegmentMin, unsortedSegmentProd, unsortedSegmentSqrtN,
} from './ops/segment_ops.ts';
export { isNonDecreasing, isStrictlyIncreasing } from './ops/check_monotonic.ts';
export { clipByAverageNorm, clipByGlobalNorm, clipByNorm, globalNorm } from './ops/clip_ops.ts';
export { matmul, sparseMatmul, tensordot } from './ops/math_linear.ts';
export { cross, einsum, lbeta, norm } from './ops/special_math.ts';
export { cholesky, choleskySolve, matrixDeterminant, matrixInverse, matrixSolve, matrixSolveLs, matrixTriangularSolve } from './ops/linalg_ops.ts';
export { qr, selfAdjointEig, selfAdjointEigvals, svd } from './ops/linalg_decompositions.ts';
export { fft, fft2d, fft3d, ifft, ifft2d, ifft3d } from './ops/fft_ops.ts';
export { accumulateN, addN, clipByValue, linspace, linspace as linSpace, range, segmentSum, unsortedSegmentSum } from './ops/math_sequence.ts';
export { randomCrop, randomGamma, randomPoisson } from './ops/random_stateless.ts';
export { multinomial, publicGetSeed as getSeed, randomNormal, randomShuffle, randomUniform, setRandomSeed, truncatedNormal } from './ops/random_ops.ts';

// --- variables, control, gradients ----------------------------------------------------------------------------------
export {
  assign, assignAdd, assignSub, batchScatterUpdate, countUpTo, isVariableInitialized, scatterAdd, scatterDiv, scatterMax, scatterMin, scatterMul, scatterNdAdd,
  scatterNdSub, scatterNdUpdate, scatterSub, scatterUpdate,
} from './ops/state_ops.ts';
export { allVariables, globalVariables, localVariables, modelVariables, movingAverageVariables, trainableVariables, Variable, type VariableOptions } from './ops/variables.ts';
export type { ResourceVariable } from './ops/resource_variable_ops.ts';
export {
  assertVariablesInitialized, globalVariablesInitializer, initializeAllVariables, initializeLocalVariables, initializeVariables, localVariablesInitializer,
  reportUninitializedVariables, variablesInitializer,
} from './ops/variables_initializer.ts';
export {
  AUTO_REUSE, type CustomGetter, disableResourceVariables, enableResourceVariables, getVariableScope, type GetVariableOptions, type Partitioner, type Regularizer,
  resourceVariablesEnabled, variableOpScope, VariableScope, variableScope,
} from './ops/variable_scope.ts';
export { createPartitionedVariables, getLocalVariable, getVariable } from './ops/variable_store.ts';
export { fixedSizePartitioner, minMaxVariablePartitioner, type PartitionedVariable, variableAxisSizePartitioner } from './ops/partitioned_variables.ts';
export { makeTemplate, type Template } from './ops/template.ts';
export {
  constantInitializer, glorotNormalInitializer, glorotUniformInitializer, type Initializer, onesInitializer, orthogonalInitializer, uniformUnitScalingInitializer, randomNormalInitializer, randomUniformInitializer,
  truncatedNormalInitializer, varianceScalingInitializer, zerosInitializer,
} from './ops/init_ops.ts';
export { group, noOp, tuple } from './ops/control_flow_ops.ts';
export { cond, type Merged } from './ops/cond.ts';
export { caseOp as case } from './ops/case.ts';
export { Assert, Print } from './ops/logging_ops.ts';
export { makeNdarray, makeTensorProto } from './ops/tensor_proto.ts';
export { getLogger } from './ops/tf_logging.ts';
export { VariableAggregation, VariableSynchronization } from './ops/variable_sync.ts';
export { print } from './ops/print_v2.ts';
export { type HostFunction, pyFunc } from './ops/script_ops.ts';
export {
  assertEqual, assertGreater, assertGreaterEqual, assertInteger, assertLess, assertLessEqual, assertNear, assertNegative, assertNoneEqual, assertNonNegative,
  assertNonPositive, assertPositive, assertProperIterable, assertRank, assertRankAtLeast, assertRankIn, assertSameFloatDtype, assertScalar, assertType, isNumericTensor,
} from './ops/check_ops.ts';
export { customGradient, gradPassThrough } from './ops/custom_gradient.ts';
export { gradients, UnconnectedGradients } from './ops/gradients_impl.ts';
export { noGradient, noGradient as NoGradient, noGradient as NotDifferentiable, RegisterGradient, type UserGradient } from './ops/gradient_registry.ts';
export { AggregationMethod } from './ops/gradients_aggregate.ts';

// --- sessions -------------------------------------------------------------------------------------------------------
export { getDefaultSession, Session } from './session/session.ts';
export { InteractiveSession } from './session/interactive_session.ts';
export type { Fetchable, Fetched } from './session/fetch.ts';
export type { Feeds, FeedValue } from './session/feed.ts';
export type { SessionOptions } from './session/options.ts';
export { ConfigProto, GPUOptions, GraphOptions, OptimizerOptions } from './session/config.ts';
export { RunMetadata, RunOptions } from './session/run_options.ts';
export type { RunArguments } from './session/run_arguments.ts';
export type { PlannedRun } from './session/planned_run.ts';
export type { StepStats } from './session/step_stats.ts';
export { Timeline } from './session/timeline.ts';
export { registerSessionRunConversionFunctions } from './session/conversions.ts';
export { copyWeights } from './session/copy_weights.ts';

// --- files and tools ------------------------------------------------------------------------------------------------
export { decodeGraphDef as graphDefFromBytes, encodeGraphDef as graphDefToBytes } from './graph/graph_def_codec.ts';
export { graphDefFromText, graphDefToText } from './graph/graph_def_text.ts';
export { graphDefFromJson, graphDefToJson } from './graph/graph_def_json.ts';
export { importGraphDef, verifyGraphDef } from './ops/importer.ts';
export { equalGraphDef } from './graph/equal.ts';
export { diffGraphDef, printGraphDiff } from './graph/diff.ts';
export { printGraphDef, toDot } from './graph/print.ts';
export { readNpy, readNpz, writeNpy, writeNpz } from './graph/npy.ts';
export { type Finding } from './ops/lint/finding.ts';
export { formatFinding, lint } from './ops/lint.ts';

// --- namespaces -----------------------------------------------------------------------------------------------------
export { rawOps } from './ops/raw_ops.ts';
export * as app from './namespaces/app.ts';
export * as io from './namespaces/io.ts';
export * as lookup from './namespaces/lookup.ts';
export * as math from './namespaces/math.ts';
export * as linalg from './namespaces/linalg.ts';
export * as manip from './namespaces/manip.ts';
export * as image from './namespaces/image.ts';
export * as initializers from './namespaces/initializers.ts';
export * as random from './namespaces/random.ts';
export * as bitwise from './namespaces/bitwise.ts';
export * as dtypes from './namespaces/dtypes.ts';
export * as logging from './namespaces/logging.ts';
export * as nest from './namespaces/nest.ts';
export * as nn from './namespaces/nn.ts';
export * as sets from './namespaces/sets.ts';
export * as signal from './namespaces/signal.ts';
export * as sparse from './namespaces/sparse.ts';
export * as spectral from './namespaces/spectral.ts';
export * as strings from './namespaces/strings.ts';
export * as train from './namespaces/train.ts';
export * as losses from './namespaces/losses.ts';
export * as metrics from './namespaces/metrics.ts';
export * as layers from './namespaces/layers.ts';
export * as contrib from './namespaces/contrib.ts';
export * as debugging from './namespaces/debugging.ts';
export * as distributions from './namespaces/distributions.ts';
export * as graphUtil from './namespaces/graph_util.ts';
export * as test from './namespaces/test.ts';
