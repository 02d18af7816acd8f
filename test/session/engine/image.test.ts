// Image ops of the `wasm` engine against the reference kernels, and what they do with values no picture has.
import { expect, test } from 'vitest';
import { f32, nd, randomF32, run, scalar, vec } from '../kernels/helpers.ts';
import { type Attrs, random, same, sameError } from './compare.ts';

const IMAGES = ['uint8', 'int8', 'int16', 'uint16', 'int32', 'int64', 'float16', 'float32', 'float64'];

test('resizing by interpolation and to the nearest pixel, gradients too', () => {
  for (const attrs of [{}, { align_corners: true }, { half_pixel_centers: true }] as Attrs[]) for (const channels of [1, 3, 4, 7]) for (const [h, w, rows, columns] of [[4, 5, 8, 10], [4, 5, 4, 5], [7, 9, 3, 4], [1, 1, 3, 2], [3, 2, 1, 1], [5, 6, 11, 4]] as const) {
    const size = vec(rows, columns), image = [2, h, w, channels], large = [2, rows, columns, channels];
    for (const d of ['float32', 'float16', 'float64', 'uint8', 'int64']) { same('ResizeBilinear', [random(d, image, 1), size], attrs); same('ResizeNearestNeighbor', [random(d, image, 1), size], attrs); }
    for (const d of ['float32', 'float16', 'float64']) same('ResizeBilinearGrad', [random('float32', large, 2), random(d, image, 1)], attrs);
    for (const d of ['float32', 'float16', 'float64', 'int32', 'uint8']) same('ResizeNearestNeighborGrad', [random(d, large, 2), vec(h, w)], attrs);
  }
  const [got, want] = sameError('ResizeBilinear', [randomF32([1, 2, 2, 1], 1), vec(0, 3)]);
  expect([got, want]).toEqual(Array.from({ length: 2 }, () => 'output dimensions must be positive'));
});
test('colours', () => {
  for (const d of ['float16', 'bfloat16', 'float32', 'float64']) for (const op of ['RGBToHSV', 'HSVToRGB']) { same(op, [random(d, [2, 5, 3], 1)]); same(op, [random(d, [3], 2)]); same(op, [random(d, [0, 3], 1)]); }
  for (const d of ['float16', 'float32']) {
    for (const op of ['AdjustContrastv2', 'AdjustHue', 'AdjustSaturation']) for (const by of [0, 0.3, -1.7, 2.5]) same(op, [random(d, [2, 3, 5, 3], 1), scalar('float32', by)]);
    same('AdjustContrastv2', [random(d, [1, 1, 1, 4], 1), scalar('float32', 2)]);
  }
  expect(sameError('AdjustHue', [randomF32([1, 1, 3], 1), scalar('float32', Infinity)])[0]).toMatch('delta must be a turn of the hue, but it is Infinity');
  expect(sameError('RGBToHSV', [randomF32([1, 1, 4], 1)])[0]).toMatch('input must have 3 channels but input only has 4 channels.');
});
test('filters', () => {
  for (const d of IMAGES) {
    for (const size of [[3, 7], [1, 1], [9, 2]]) {
      for (const attrs of [{}, { align_corners: true }, { half_pixel_centers: true }] as Attrs[]) same('ResizeBicubic', [random(d, [2, 4, 5, 2], 1), vec(...size)], attrs);
      same('ResizeArea', [random(d, [2, 4, 5, 3], 1), vec(...size)]);
      same('ScaleAndTranslate', [random(d, [1, 4, 5, 2], 1), vec(...size), f32([2], [0.5, 1.75]), f32([2], [0.25, -1])], { kernel_type: 'lanczos3' });
    }
  }
  for (const d of ['float32', 'float64']) same('ResizeBicubicGrad', [random('float32', [2, 3, 7, 2], 1), random(d, [2, 4, 5, 2], 2)]);
  same('ScaleAndTranslateGrad', [random('float32', [1, 3, 7, 2], 1), randomF32([1, 4, 5, 2], 2), f32([2], [0.5, 1.75]), f32([2], [0.25, -1])], { kernel_type: 'mitchellcubic', antialias: false });
});
test('boxes cut out', () => {
  const boxes = f32([3, 4], [0.1, 0.2, 0.8, 0.9, 1, 1, 0, 0, -0.5, NaN, 2, 0.5]), index = vec(1, 0, 1);
  for (const d of IMAGES) for (const method of ['bilinear', 'nearest']) same('CropAndResize', [random(d, [2, 4, 5, 2], 1), boxes, index, vec(3, 4)], { method, extrapolation_value: { f: 0.5 } });
  for (const d of ['float16', 'float32', 'float64']) same('CropAndResizeGradImage', [random('float32', [3, 3, 4, 2], 1), boxes, index, vec(2, 4, 5, 2)], { T: nd(d, [], [0]).dtype });
  same('CropAndResizeGradBoxes', [random('float32', [3, 3, 4, 2], 1), randomF32([2, 4, 5, 2], 2), boxes, index]);
  const askew = f32([6, 4], [0.8, 0.9, 0.1, -0.2, 0.3, 0.3, 1.4, 1.2, 1.2, 0, 2, 1, 0, 0, 1, 1, -0.4, -0.3, 1.2, 1.6, 0.5, 0.5, 0.5, 0.5]), of = vec(1, 0, 1, 0, 0, 1);
  for (const depth of [1, 3, 4, 7]) for (const [rows, columns] of [[1, 1], [3, 5], [8, 2]] as const) for (const method of ['bilinear', 'nearest']) {
    same('CropAndResize', [randomF32([2, 6, 7, depth], depth), askew, of, vec(rows, columns)], { method, extrapolation_value: { f: -1.5 } });
    same('CropAndResizeGradImage', [randomF32([6, rows, columns, depth], depth), askew, of, vec(2, 6, 7, depth)], { T: nd('float32', [], [0]).dtype, method });
  }
  expect(sameError('CropAndResize', [randomF32([1, 2, 2, 1], 1), boxes, index, vec(1, 1)])[0]).toMatch('box_index has values outside [0, batch_size)');
});
test('boxes suppressed', () => {
  const corners = randomF32([20, 4], 3), scores = randomF32([20], 4), half = (a: typeof corners) => run('Cast', [a], { DstT: nd('float16', [], [0]).dtype }), s = (v: number) => scalar('float32', v);
  same('NonMaxSuppression', [corners, scores, scalar('int32', 7)]);
  same('NonMaxSuppressionV2', [half(corners), half(scores), scalar('int32', 7), s(0.4)]);
  same('NonMaxSuppressionV3', [corners, scores, scalar('int32', 30), s(0.3), s(-0.5)]);
  same('NonMaxSuppressionV4', [corners, scores, scalar('int32', 30), s(0.3), s(-0.5)], { pad_to_max_output_size: true });
  same('NonMaxSuppressionV5', [corners, scores, scalar('int32', 30), s(0.9), s(-0.5), s(0.5)]);
  // Boxes without area overlap nothing, themselves neither: as in TensorFlow they are chosen again, as often as there is room.
  expect([...(run('NonMaxSuppressionV3', [f32([2, 4], [0, 0, 0, 1, 0, 0, 1, 1]), f32([2], [0.9, 0.5]), scalar('int32', 3), s(0.5), s(0)]).data as Int32Array)]).toEqual([0, 0, 0]);
  expect(run('NonMaxSuppressionV3', [f32([1, 4], [0, 0, 0, 1]), f32([1], [1]), scalar('int32', -1), s(0.5), s(0)]).size).toBe(1);
});
test('patches', () => {
  for (const padding of ['SAME', 'VALID']) {
    for (const d of IMAGES) same('ExtractImagePatches', [random(d, [2, 5, 6, 3], 1)], { ksizes: [1, 3, 2, 1], strides: [1, 2, 1, 1], rates: [1, 1, 1, 1], padding });
    for (const [window, stride, rate] of [[[1, 1], [1, 1], [1, 1]], [[2, 3], [3, 5], [1, 1]], [[3, 3], [1, 2], [2, 3]], [[7, 9], [1, 1], [1, 1]], [[2, 2], [4, 4], [5, 1]]] as const) for (const depth of [0, 1, 4, 17]) {
      same('ExtractImagePatches', [randomF32([2, 5, 6, depth], depth)], { ksizes: [1, ...window, 1], strides: [1, ...stride, 1], rates: [1, ...rate, 1], padding });
    }
    same('ExtractVolumePatches', [randomF32([2, 4, 5, 3, 2], 1)], { ksizes: [1, 3, 2, 3, 1], strides: [1, 2, 2, 3, 1], padding });
  }
});
test('drawn boxes, glimpses, volumes', () => {
  const images = randomF32([2, 5, 6, 3], 1), boxes = f32([2, 2, 4], [0.1, 0.2, 0.8, 0.9, NaN, 0, 1, 1, -1, -1, 2, 2, 0.9, 0.9, 0.1, 0.1]);
  same('DrawBoundingBoxes', [images, boxes]);
  same('DrawBoundingBoxesV2', [images, boxes, f32([1, 4], [0.5, 0.25, 1, 0])]);
  for (const [uniform_noise, noise] of [[true, 'uniform'], [false, 'gaussian'], [false, 'zero'], [false, '']] as const) same('ExtractGlimpse', [images, vec(4, 9), f32([2, 2], [0.9, -1.2, 0, 0])], { uniform_noise, noise });
  for (const d of IMAGES) for (const padding of ['SAME', 'VALID']) same('ExtractVolumePatches', [random(d, [1, 3, 4, 5, 2], 1)], { ksizes: [1, 2, 3, 2, 1], strides: [1, 1, 2, 2, 1], padding });
});
