// `tf.image`.
export { resize, resizeArea, resizeBicubic, resizeBilinear, resizeImages, resizeImageWithPad, ResizeMethod, resizeNearestNeighbor } from '../ops/image_resize.ts';
export { flipLeftRight, flipUpDown, randomFlipLeftRight, randomFlipUpDown, rot90, transpose, transposeImage } from '../ops/image_flip.ts';
export { centralCrop, cropToBoundingBox, padToBoundingBox, resizeImageWithCropOrPad, resizeWithCropOrPad } from '../ops/image_crop.ts';
export { randomCrop } from '../ops/random_stateless.ts';
export { extractImagePatches, extractPatches } from '../ops/array_patches.ts';
export {
  adjustBrightness, adjustContrast, adjustGamma, adjustHue, adjustSaturation, convertImageDtype, grayscaleToRgb, hsvToRgb, perImageStandardization, randomBrightness, randomContrast,
  randomHue, randomSaturation, rgbToGrayscale, rgbToHsv, rgbToYiq, rgbToYuv, yiqToRgb, yuvToRgb,
} from '../ops/image_color.ts';
export { imageGradients, psnr, sobelEdges, ssim, ssimMultiscale, totalVariation } from '../ops/image_quality.ts';
export {
  combinedNonMaxSuppression, cropAndResize, drawBoundingBoxes, extractGlimpse, nonMaxSuppression, nonMaxSuppressionOverlaps, nonMaxSuppressionPadded, nonMaxSuppressionWithScores,
  sampleDistortedBoundingBox,
} from '../ops/image_boxes.ts';
