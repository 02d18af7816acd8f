// Resizing images: values, weights and errors as TensorFlow 1.15.5 gave them.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { f32, i32, nd, run } from './helpers.ts';

// [1, 3, 4, 1], the powers 1.5 of 0 to 11: resized to 5 rows of 3, and as the gradient of an image of that size.
const IMAGE = f32([1, 3, 4, 1], Array.from({ length: 12 }, (_, i) => Math.fround(i ** 1.5)));
const ROWS: readonly (readonly [op: string, alignCorners: boolean, halfPixelCenters: boolean, want: number[]])[] = [
  ['ResizeBilinear', false, false, [0, 1.60947585, 4.4069109, 4.80000019, 8.05531406, 12.1102562, 10.9254837, 15.5902176, 20.7692242, 19.7019348, 25.3032494, 31.3394356, 22.6274166, 28.540926, 34.8628387]],
  ['ResizeNearestNeighbor', false, false, [0, 1, 2.82842708, 0, 1, 2.82842708, 8, 11.1803398, 14.6969385, 8, 11.1803398, 14.6969385, 22.6274166, 27, 31.622776]],
  ['ResizeBilinearGrad', false, false, [0.25, 2.16421366, 6.61036587, 3.59836197, 5.2445755, 8.62291145, 7.19672298, 10.4891491, 17.2458172, 19.5849476, 24.0409279, 34.8628464, 9.79246998, 12.0204601, 17.4314175]],
  ['ResizeNearestNeighborGrad', false, false, [1, 2.82842708, 5.19615221, 19.1803398, 14.6969385, 18.5202599, 0, 0, 0, 49.6274185, 31.622776, 36.482872, 0, 0, 0]],
  ['ResizeBilinear', false, true, [0.166666687, 1.91421354, 4.80153179, 3.51202297, 6.32398415, 10.0341358, 8.53005695, 12.9386387, 17.8830395, 17.4257317, 22.762291, 28.5569305, 23.3561802, 29.311388, 35.6728554]],
  ['ResizeNearestNeighbor', false, true, [0, 2.82842708, 5.19615221, 0, 2.82842708, 5.19615221, 8, 14.6969385, 18.5202599, 22.6274166, 31.622776, 36.482872, 22.6274166, 31.622776, 36.482872]],
  ['ResizeBilinearGrad', false, true, [0.25, 1.59517789, 4.17120838, 0.124999993, 0.797588944, 2.08560395, 12.192627, 16.1732998, 24.0316124, 10.9174767, 12.2130842, 16.1138115, 21.83494, 24.4261513, 32.2276001]],
  ['ResizeNearestNeighborGrad', false, true, [0, 3.82842708, 5.19615221, 0, 0, 0, 8, 25.8772774, 18.5202599, 0, 0, 0, 22.6274166, 58.622776, 36.482872]],
  ['ResizeBilinear', true, false, [0, 1.91421354, 5.19615221, 4, 7.42642641, 11.8582058, 8, 12.9386387, 18.5202599, 15.3137083, 21.1250134, 27.5015659, 22.6274166, 29.311388, 36.482872]],
  ['ResizeNearestNeighbor', true, false, [0, 2.82842708, 5.19615221, 8, 14.6969385, 18.5202599, 8, 14.6969385, 18.5202599, 22.6274166, 31.622776, 36.482872, 22.6274166, 31.622776, 36.482872]],
  ['ResizeBilinearGrad', true, false, [0.333333313, 2.55228472, 6.13896132, 0, 0, 0, 11.7267799, 17.2515182, 23.419239, 0, 0, 0, 31.6274147, 39.0818481, 47.0237999]],
  ['ResizeNearestNeighborGrad', true, false, [0, 3.82842708, 5.19615221, 0, 0, 0, 8, 25.8772774, 18.5202599, 0, 0, 0, 22.6274166, 58.622776, 36.482872]],
];
test.each(ROWS)('%s: align_corners %s, half_pixel_centers %s', (op, align_corners, half_pixel_centers, want) => {
  const second = op === 'ResizeBilinearGrad' ? f32([1, 5, 3, 1], Array<number>(15).fill(1)) : i32([2], [5, 3]);
  expect([...(run(op, [IMAGE, second], { align_corners, half_pixel_centers }).data as Float32Array)]).toEqual(want.map(Math.fround));
});

test('dtypes: bilinear gives float32, the nearest pixel its own; gradients in the dtype of the image', () => {
  const size = i32([2], [1, 2]);
  for (const d of ['uint8', 'int64', 'float16', 'float64']) {
    const x = nd(d, [1, 1, 1, 2], [3, 7]);
    expect([run('ResizeBilinear', [x, size]).dtype.name, run('ResizeBilinear', [x, size]).toArray()]).toEqual(['float32', [[[[3, 7], [3, 7]]]]]);
    expect(run('ResizeNearestNeighbor', [x, size]).dtype.name).toBe(d);
  }
  const sum = run('ResizeNearestNeighborGrad', [nd('uint8', [1, 1, 2, 1], [200, 100]), i32([2], [1, 1])]);
  expect([sum.dtype.name, sum.toArray()]).toEqual(['uint8', [[[[44]]]]]);
  expect(run('ResizeBilinearGrad', [f32([1, 1, 2, 1], [1, 2 ** -12]), nd('float16', [1, 1, 1, 1], [0])]).toArray()).toEqual([[[[1]]]]);
});

test('errors', () => {
  const x = f32([1, 2, 2, 1], [1, 2, 3, 4]), size = i32([2], [2, 2]);
  for (const op of ['ResizeBilinear', 'ResizeNearestNeighbor', 'ResizeNearestNeighborGrad']) {
    expect(() => run(op, [f32([2, 2], [1, 2, 3, 4]), size])).toThrow('input must be 4-dimensional[2,2]');
    expect(() => run(op, [x, i32([], [2])])).toThrow('shape_t must be 1-dimensional[]');
    expect(() => run(op, [x, i32([3], [2, 2, 2])])).toThrow('shape_t must have two elements[3]');
    expect(() => run(op, [x, i32([2], [0, 2])])).toThrow(op.endsWith('Grad') ? "shape_t's elements must be positive" : 'output dimensions must be positive');
    expect(() => run(op, [x, size], { align_corners: true, half_pixel_centers: true })).toThrow('If half_pixel_centers is True, align_corners must be False.');
  }
  expect(() => run('ResizeBilinear', [f32([1, 0, 2, 1], []), size])).toThrow('input image must be of non-zero size');
  expect(() => run('ResizeNearestNeighbor', [f32([1, 2, 2, 0], []), size])).toThrow('image must have at least one channel');
  expect(() => run('ResizeBilinearGrad', [x, f32([2, 2], [1, 2, 3, 4])])).toThrow('original_image must be 4-dimensional[2,2]');
});

test('static shapes', () => new tf.Graph().asDefault(() => {
  const shape = (...dims: (number | null)[]): tf.Tensor => tf.placeholder(tf.float32, dims);
  expect(tf.image.resizeBilinear(shape(null, 3, 3, null), [5, 2]).shape.debug).toBe('[?,5,2,?]');
  expect(tf.image.resizeNearestNeighbor(shape(2, 3, 3, 4), tf.stack([tf.shape(shape(3, null)).at(1), 7])).shape.debug).toBe('[2,?,?,4]');
  expect(() => tf.image.resizeBilinear(shape(2, 3), [5, 2])).toThrow('Shape must be rank 4 but is rank 2');
  expect(() => tf.image.resizeBilinear(tf.placeholder(tf.float32), [5, 2, 3])).toThrow('Dimension must be 2 but is 3');
}));
