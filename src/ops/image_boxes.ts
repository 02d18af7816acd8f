// Boxes in images: cut out and resized, suppressed, sampled, drawn; glimpses. Follows python/ops/{image_ops_impl,image_grad}.py and
// core/ops/image_ops.cc (1.15).
import { float16, float32, float64 } from '../graph/dtype.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { oneOf, shapeTensor } from './array_shape.ts';
import { attrsOf, inScope, int32Vector } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimFromScalar, dimOf, intsOf, vector } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';

// --- shapes

/** [batch, height, width, channels], height and width from input `i`. */
function sized(c: ShapeContext, batch: Dim, i: number, channels: Dim): TensorShape {
  c.withValue(dimOf(c.withRank(c.input(i), 1), 0), 2);
  const v = c.value(i), [height, width] = v ? intsOf(v) : [null, null];
  return new TensorShape([batch, height!, width!, channels]);
}
const suppressed = (version: { scalars: number; overlaps?: true; scores?: true; valid?: true }): ShapeFn => (c) => {
  const boxes = c.withRank(c.input(0), 2), scores = c.withRank(c.input(1), 1);
  for (let i = 2; i < 2 + version.scalars; i++) c.withRank(c.input(i), 0);
  c.mergeDim(dimOf(boxes, 0), dimOf(scores, 0));
  if (version.overlaps) c.mergeDim(dimOf(boxes, 0), dimOf(boxes, 1));
  else c.withValue(dimOf(boxes, 1), 4);
  const found = vector(version.valid && c.bool('pad_to_max_output_size') ? dimFromScalar(c, 2) : null);
  return [found, ...(version.scores ? [found] : []), ...(version.valid ? [new TensorShape([])] : [])];
};
const combined: ShapeFn = (c) => {
  const boxes = c.withRank(c.input(0), 4), scores = c.withRank(c.input(1), 3);
  for (let i = 2; i < 6; i++) c.withRank(c.input(i), 0);
  const batch = dimOf(boxes, 0), [each, classes] = [dimOf(boxes, 2), dimOf(scores, 2)];
  c.mergeDim(batch, dimOf(scores, 0));
  c.mergeDim(dimOf(boxes, 1), dimOf(scores, 1));
  c.withValue(dimOf(boxes, 3), 4);
  if (each !== null && classes !== null && each !== 1 && each !== classes) c.fail('third dimension of boxes must be either 1 or equal to the third dimension of scores');
  const total = dimFromScalar(c, 3), perClass = dimFromScalar(c, 2);
  if (total !== null && total <= 0) c.fail('max_total_size should be > 0 ');
  let size: Dim = total;
  if (c.bool('pad_per_class')) {
    if (perClass !== null && perClass <= 0) c.fail('max_output_size_per_class must be > 0 if pad_per_class is set to true ');
    // Sizes that are not known are -1 to TensorFlow.
    const n = Math.min(total ?? -1, (perClass ?? -1) * (classes ?? -1));
    size = n < 0 ? null : n;
  }
  return [new TensorShape([batch, size, 4]), new TensorShape([batch, size]), new TensorShape([batch, size]), vector(batch)];
};
const distorted = (inputs: number): ShapeFn => (c) => {
  const size = c.withRank(c.input(0), 1), boxes = c.withRank(c.input(1), 3);
  if (inputs === 3) c.withRank(c.input(2), 0);
  c.withValue(dimOf(size, 0), 3);
  c.withValue(dimOf(boxes, 2), 4);
  return [vector(3), vector(3), new TensorShape([1, 1, 4])];
};

// --- op blocks

const real = new Set<unknown>([float16, float32, float64]);
defineOp('CropAndResize', {
  shape: (c) => {
    const image = c.withRank(c.input(0), 4), boxes = c.withRank(c.input(1), 2), n = c.mergeDim(dimOf(boxes, 0), dimOf(c.withRank(c.input(2), 1), 0));
    c.withValue(dimOf(boxes, 1), 4);
    return [sized(c, n, 3, dimOf(image, 3))];
  },
  grad: (op, g) => {
    const [image, boxes, index] = op.inputs as readonly [Tensor, Tensor, Tensor], T = image.dtype.baseDtype;
    const size = image.shape.isFullyDefined ? int32Vector(image.shape.dims as number[]) : shapeTensor(image);
    const byImage = real.has(T) ? op1('CropAndResizeGradImage', [g!, boxes, index, size], { T, ...attrsOf(op, ['method']) }) : null;
    return [byImage, op1('CropAndResizeGradBoxes', [g!, image, boxes, index]), null, null];
  },
});
defineOp('CropAndResizeGradImage', { shape: (c) => [c.withRank(c.valueAsShape(3), 4)] });
defineOp('CropAndResizeGradBoxes', { shape: (c) => [c.input(2)] });
defineOp('NonMaxSuppression', { shape: suppressed({ scalars: 1 }), grad: null });
defineOp('NonMaxSuppressionV2', { shape: suppressed({ scalars: 2 }), grad: null });
defineOp('NonMaxSuppressionV3', { shape: suppressed({ scalars: 3 }) });
defineOp('NonMaxSuppressionV4', { shape: suppressed({ scalars: 3, valid: true }) });
defineOp('NonMaxSuppressionV5', { shape: suppressed({ scalars: 4, scores: true, valid: true }) });
defineOp('NonMaxSuppressionWithOverlaps', { shape: suppressed({ scalars: 3, overlaps: true }), grad: null });
defineOp('CombinedNonMaxSuppression', { shape: combined });
defineOp('SampleDistortedBoundingBox', { shape: distorted(2), grad: null });
defineOp('SampleDistortedBoundingBoxV2', { shape: distorted(3), grad: null });
defineOp('DrawBoundingBoxes', {
  shape: (c) => {
    const depth = dimOf(c.withRank(c.input(0), 4), 3);
    if (depth !== null && depth !== 1 && depth !== 3 && depth !== 4) c.fail('Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)');
    c.withValue(dimOf(c.withRank(c.input(1), 3), 2), 4);
    return [c.input(0)];
  },
  grad: null,
});
defineOp('DrawBoundingBoxesV2', { shape: (c) => [c.withRankAtLeast(c.input(0), 3)] });
defineOp('ExtractGlimpse', {
  shape: (c) => {
    const input = c.withRank(c.input(0), 4), offsets = c.withRank(c.input(2), 2), batch = c.mergeDim(dimOf(input, 0), dimOf(offsets, 0)), noise = c.str('noise');
    c.withValue(dimOf(offsets, 1), 2);
    if (c.bool('uniform_noise') && noise !== '' && noise !== 'uniform') c.fail('The uniform_noise and noise should not be specified at the same time');
    return [sized(c, batch, 1, dimOf(input, 3))];
  },
  grad: null,
});

// --- functions

interface Crop { image: TensorLike; boxes: TensorLike; boxInd?: TensorLike | null; cropSize: TensorLike; method?: 'bilinear' | 'nearest'; extrapolationValue?: number; name?: string | null; boxIndices?: TensorLike | null }
/** `tf.image.crop_and_resize`: of each box [y1, x1, y2, x2] (as parts of the image's height and width; a box may be turned round or reach beyond) the pixels of image `boxInd[i]`,
 * resized to `cropSize` [height, width], as float32; `extrapolationValue` (0) beyond the image. Errors: ValueError for shapes; a run fails with OutOfRangeError for an index. */
export const cropAndResize = api('cropAndResize', ['image', 'boxes', 'boxInd', 'cropSize', 'method', 'extrapolationValue', 'name', 'boxIndices'], (p: Crop): Tensor =>
  op1('CropAndResize', [p.image, p.boxes, oneOf('box_indices', p.boxIndices, 'box_ind', p.boxInd)!, p.cropSize], { method: p.method ?? 'bilinear', extrapolation_value: p.extrapolationValue ?? 0 }, p.name), { required: 2 });

interface Suppress { boxes: TensorLike; scores: TensorLike; maxOutputSize: TensorLike; iouThreshold?: TensorLike; scoreThreshold?: TensorLike; name?: string | null }
const SUPPRESS = ['boxes', 'scores', 'maxOutputSize', 'iouThreshold', 'scoreThreshold'] as const;
const thresholds = (p: Suppress): [Tensor, Tensor] => {
  const iou = convertToTensor(p.iouThreshold ?? 0.5, { name: 'iou_threshold' });
  return [iou, convertToTensor(p.scoreThreshold ?? -Infinity, { name: 'score_threshold' })];
};
/** `tf.image.non_max_suppression`: indices of at most `maxOutputSize` of `boxes` [n, 4], by falling score, none overlapping a better one by `iouThreshold` (0.5, intersection over union)
 * or more, none of a score of `scoreThreshold` (-Infinity) or less. Errors: ValueError for shapes; a run fails with InvalidArgumentError for a threshold outside [0, 1]. */
export const nonMaxSuppression = api('nonMaxSuppression', [...SUPPRESS, 'name'], (p: Suppress): Tensor => inScope(p.name, 'non_max_suppression', [], () => op1('NonMaxSuppressionV3', [p.boxes, p.scores, p.maxOutputSize, ...thresholds(p)])), { required: 3 });
/** `tf.image.non_max_suppression_with_scores`: [indices, scores]; with `softNmsSigma` (0) above 0 overlaps lower scores instead. */
export const nonMaxSuppressionWithScores = api('nonMaxSuppressionWithScores', [...SUPPRESS, 'softNmsSigma', 'name'], (p: Suppress & { softNmsSigma?: TensorLike }): [indices: Tensor, scores: Tensor] => inScope(p.name, 'non_max_suppression_with_scores', [], () => {
  const limits = thresholds(p), sigma = convertToTensor(p.softNmsSigma ?? 0, { name: 'soft_nms_sigma' });
  const { outputs } = applyOp('NonMaxSuppressionV5', [p.boxes, p.scores, p.maxOutputSize, ...limits, sigma], { pad_to_max_output_size: false });
  return [outputs[0]!, outputs[1]!];
}), { required: 3 });
/** `tf.image.non_max_suppression_padded`: {selectedIndices, validOutputs}; with `padToMaxOutputSize` zeros follow the indices up to `maxOutputSize`. */
export const nonMaxSuppressionPadded = api('nonMaxSuppressionPadded', [...SUPPRESS, 'padToMaxOutputSize', 'name'], (p: Suppress & { padToMaxOutputSize?: boolean }): { selectedIndices: Tensor; validOutputs: Tensor } => inScope(p.name, 'non_max_suppression_padded', [], () => {
  const { outputs } = applyOp('NonMaxSuppressionV4', [p.boxes, p.scores, p.maxOutputSize, ...thresholds(p)], { pad_to_max_output_size: p.padToMaxOutputSize ?? false });
  return { selectedIndices: outputs[0]!, validOutputs: outputs[1]! };
}), { required: 3 });
interface Overlaps { overlaps: TensorLike; scores: TensorLike; maxOutputSize: TensorLike; overlapThreshold?: TensorLike; scoreThreshold?: TensorLike; name?: string | null }
/** `tf.image.non_max_suppression_overlaps`: the same of a matrix of overlaps [n, n]. */
export const nonMaxSuppressionOverlaps = api('nonMaxSuppressionWithOverlaps', ['overlaps', 'scores', 'maxOutputSize', 'overlapThreshold', 'scoreThreshold', 'name'], (p: Overlaps): Tensor => inScope(p.name, 'non_max_suppression_overlaps', [], () => {
  const overlap = convertToTensor(p.overlapThreshold ?? 0.5, { name: 'overlap_threshold' });
  return op1('NonMaxSuppressionWithOverlaps', [p.overlaps, p.scores, p.maxOutputSize, overlap, p.scoreThreshold ?? -Infinity]);
}), { required: 3 });
interface Combined { boxes: TensorLike; scores: TensorLike; maxOutputSizePerClass: TensorLike; maxTotalSize: TensorLike; iouThreshold?: TensorLike; scoreThreshold?: TensorLike; padPerClass?: boolean; clipBoxes?: boolean; name?: string | null }
/** `tf.image.combined_non_max_suppression`: the best of `boxes` [batch, n, 1 or classes, 4] by `scores` [batch, n, classes], each class for itself: boxes, scores, classes
 * (float32, [batch, maxTotalSize, ...], zeros at the end) and how many there are. `clipBoxes` (true) to [0, 1]; `padPerClass` makes the result no longer than all classes can fill. */
export const combinedNonMaxSuppression = api('combinedNonMaxSuppression', ['boxes', 'scores', 'maxOutputSizePerClass', 'maxTotalSize', 'iouThreshold', 'scoreThreshold', 'padPerClass', 'clipBoxes', 'name'],
  (p: Combined): { nmsedBoxes: Tensor; nmsedScores: Tensor; nmsedClasses: Tensor; validDetections: Tensor } => inScope(p.name, 'combined_non_max_suppression', [], () => {
    const iou = convertToTensor(p.iouThreshold ?? 0.5, { dtype: float32, name: 'iou_threshold' }), least = convertToTensor(p.scoreThreshold ?? -Infinity, { dtype: float32, name: 'score_threshold' });
    const o = applyOp('CombinedNonMaxSuppression', [p.boxes, p.scores, p.maxOutputSizePerClass, p.maxTotalSize, iou, least], { pad_per_class: p.padPerClass ?? false, clip_boxes: p.clipBoxes ?? true }).outputs;
    return { nmsedBoxes: o[0]!, nmsedScores: o[1]!, nmsedClasses: o[2]!, validDetections: o[3]! };
  }), { required: 4 });

interface Distort {
  imageSize: TensorLike; boundingBoxes: TensorLike; seed?: number | null; seed2?: number | null; minObjectCovered?: TensorLike; aspectRatioRange?: readonly number[] | null; areaRange?: readonly number[] | null;
  maxAttempts?: number | null; useImageIfNoBoundingBoxes?: boolean | null; name?: string | null;
}
/** `tf.image.sample_distorted_bounding_box`: a random crop {begin, size, bboxes} of an image of `imageSize` [height, width, channels] that covers `minObjectCovered` (0.1) of one of `boundingBoxes`
 * [1, n, 4]; its proportions in `aspectRatioRange` ([0.75, 1.33]), its part of the image in `areaRange` ([0.05, 1]); the whole image when `maxAttempts` (100) find none.
 * Without seeds each session draws others. A run fails with InvalidArgumentError without boxes, unless `useImageIfNoBoundingBoxes`. */
export const sampleDistortedBoundingBox = api('sampleDistortedBoundingBox', ['imageSize', 'boundingBoxes', 'seed', 'seed2', 'minObjectCovered', 'aspectRatioRange', 'areaRange', 'maxAttempts', 'useImageIfNoBoundingBoxes', 'name'],
  (p: Distort): { begin: Tensor; size: Tensor; bboxes: Tensor } => inScope(p.name, 'sample_distorted_bounding_box', [], () => {
    const size = Array.isArray(p.imageSize) && p.imageSize.every((d) => typeof d === 'number') ? int32Vector(p.imageSize) : p.imageSize;
    const attrs = { seed: p.seed ?? 0, seed2: p.seed2 ?? 0, aspect_ratio_range: p.aspectRatioRange ?? undefined, area_range: p.areaRange ?? undefined, max_attempts: p.maxAttempts ?? undefined, use_image_if_no_bounding_boxes: p.useImageIfNoBoundingBoxes ?? undefined };
    const o = applyOp('SampleDistortedBoundingBoxV2', [size, p.boundingBoxes, p.minObjectCovered ?? 0.1], attrs, p.name).outputs;
    return { begin: o[0]!, size: o[1]!, bboxes: o[2]! };
  }), { required: 2 });

interface Draw { images: TensorLike; boxes: TensorLike; name?: string | null; colors?: TensorLike | null }
/** `tf.image.draw_bounding_boxes`: `images` [batch, height, width, 1, 3 or 4] with the frames of `boxes` [batch, n, 4] (parts of height and width), in turn in ten colours or in `colors` [m, depth]. */
export const drawBoundingBoxes = api('drawBoundingBoxes', ['images', 'boxes', 'name', 'colors'], (p: Draw): Tensor =>
  (p.colors === undefined || p.colors === null ? op1('DrawBoundingBoxes', [p.images, p.boxes], {}, p.name) : op1('DrawBoundingBoxesV2', [p.images, p.boxes, p.colors], {}, p.name)), { required: 2 });

interface Glimpse { input: TensorLike; size: TensorLike; offsets: TensorLike; centered?: boolean; normalized?: boolean; uniformNoise?: boolean; name?: string | null }
/** `tf.image.extract_glimpse`: windows of `size` [height, width] of `input` [batch, height, width, channels] around `offsets` [batch, 2]: from the middle (`centered`) and in halves of the image
 * (`normalized`) unless told otherwise. Beyond the image lies noise: of TensorFlow's distribution, but the same in every run. */
export const extractGlimpse = api('extractGlimpse', ['input', 'size', 'offsets', 'centered', 'normalized', 'uniformNoise', 'name'], (p: Glimpse): Tensor =>
  op1('ExtractGlimpse', [p.input, p.size, p.offsets], { centered: p.centered ?? true, normalized: p.normalized ?? true, uniform_noise: p.uniformNoise ?? true }, p.name), { required: 3 });
