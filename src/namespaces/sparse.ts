// `tf.sparse`.
export { sparsePlaceholder as placeholder, sparseTensorToDense as toDense } from '../ops/sparse_ops.ts';
export { SparseTensor } from '../ops/sparse_tensor.ts';
export {
  fromDense, sparseAdd as add, sparseConcat as concat, sparseEye as eye, sparseFillEmptyRows as fillEmptyRows, sparseMerge as merge, sparseReduceMax as reduceMax, sparseReduceMaxSparse as reduceMaxSparse,
  sparseReduceSum as reduceSum, sparseReduceSumSparse as reduceSumSparse, sparseReorder as reorder, sparseReshape as reshape, sparseRetain as retain, sparseSlice as slice, sparseTensorDenseMatmul as matmul,
  sparseTensorDenseMatmul as sparseDenseMatmul, sparseToIndicator as toIndicator, sparseTranspose as transpose,
} from '../ops/sparse_math.ts';
export { sparseSegmentMean as segmentMean, sparseSegmentSqrtN as segmentSqrtN, sparseSegmentSum as segmentSum } from '../ops/segment_ops.ts';
export {
  sparseExpandDims as expandDims, sparseMask as mask, sparseMaximum as maximum, sparseMinimum as minimum, sparseResetShape as resetShape, sparseSoftmax as softmax, sparseSplit as split,
} from '../ops/sparse_split.ts';
