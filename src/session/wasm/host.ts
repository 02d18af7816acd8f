// Ops that are a loop of bookkeeping, one element after the other, or of iterations that end when they end: the reference kernel runs over the elements where they
// lie on the heap, and its results are written there.
import { NDArray } from '../../graph/ndarray.ts';
import { referenceKernels } from '../kernels/registry.ts';
import type { WasmKernel } from './kit.ts';

export const onHost: WasmKernel = (k, x, node, state) => {
  if (k.isRehearsing) return undefined;
  const out = referenceKernels.get(node.op)!.kernel(x.map((v) => k.look(v)), node, state);
  const { buffer } = k.heap.u8;
  // An input handed on lies on the heap, which may grow while results are written.
  const own = out.map((a): NDArray => ((a.data as Uint8Array).buffer === buffer ? new NDArray(a.dtype, a.shape, (a.data as Uint8Array).slice()) : a));
  return own.map((a) => k.write(a));
};

const OPS = [
  'Range', 'LinSpace', 'InvertPermutation', 'ConcatOffset', 'BroadcastArgs', 'BroadcastGradientArgs', // shapes and indices
  'Unique', 'UniqueWithCounts', 'UniqueV2', 'UniqueWithCountsV2', 'ListDiff', 'CountUpTo', 'ResourceCountUpTo', 'Assert',
  'SparseReorder', 'SparseReshape', 'SparseSlice', 'SparseSliceGrad', 'SparseConcat', 'SparseAdd', 'SparseAddGrad', 'SparseFillEmptyRows', 'SparseFillEmptyRowsGrad',
  'SparseReduceSum', 'SparseReduceMax', 'SparseReduceSumSparse', 'SparseReduceMaxSparse', 'SparseTensorDenseAdd', 'SparseSparseMaximum', 'SparseSparseMinimum', 'SparseSplit', 'SparseSoftmax', 'SparseDenseCwiseAdd', 'SparseMatMul',
  'DenseToDenseSetOperation', 'DenseToSparseSetOperation', 'SparseToSparseSetOperation', 'SetSize',
  'Bincount', 'HistogramFixedWidth', 'Multinomial', 'StatelessMultinomial',
  'MatrixInverse', 'MatrixDeterminant', 'LogMatrixDeterminant', 'MatrixSolve', 'MatrixTriangularSolve', 'MatrixSolveLs', 'Cholesky', 'Lu', 'Qr', 'SelfAdjointEigV2', 'Svd',
  'LogUniformCandidateSampler', 'UniformCandidateSampler', 'ComputeAccidentalHits', 'AllCandidateSampler', 'FixedUnigramCandidateSampler', 'LearnedUnigramCandidateSampler', 'ThreadUnsafeUnigramCandidateSampler',
  'FractionalMaxPool', 'FractionalMaxPoolGrad', 'FractionalAvgPool', 'FractionalAvgPoolGrad', 'RandomGamma', 'RandomPoissonV2',
  'ResizeBicubic', 'ResizeBicubicGrad', 'ResizeArea', 'ScaleAndTranslate', 'ScaleAndTranslateGrad', 'RGBToHSV', 'HSVToRGB', 'AdjustContrastv2', 'AdjustHue', 'AdjustSaturation',
  'CropAndResizeGradBoxes', 'NonMaxSuppression', 'NonMaxSuppressionV2', 'NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'NonMaxSuppressionWithOverlaps',
  'CombinedNonMaxSuppression', 'SampleDistortedBoundingBox', 'SampleDistortedBoundingBoxV2', 'DrawBoundingBoxes', 'DrawBoundingBoxesV2', 'ExtractGlimpse',
  'LowerBound', 'UpperBound', 'UnravelIndex', 'Cross', 'Diag', 'DiagPart',
  'ScatterNdNonAliasingAdd', 'Bucketize', 'InplaceUpdate', 'InplaceAdd', 'InplaceSub', 'DataFormatDimMap', 'DataFormatVecPermute', 'NthElement', 'CompareAndBitpack', 'LeftShift', 'RightShift', 'NextAfter', 'ParallelConcat', 'Empty', 'DeepCopy', 'GuaranteeConst',
  'Zeta', 'Polygamma', 'Igamma', 'Igammac', 'IgammaGradA', 'RandomGammaGrad', 'Betainc', 'CumulativeLogsumexp',
];
export const hostKernels: readonly (readonly [string, WasmKernel])[] = OPS.map((op) => [op, onHost]);
