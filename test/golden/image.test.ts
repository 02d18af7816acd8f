// The image_* programs of the golden records: tf.image.
import * as programs from './programs/image.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, {
  // Colour spaces are products with a matrix of 3 by 3, standardisation divides by sums.
  image_color: { relative: 1e-6 },
  // Filters are sums of weighted pixels; Lanczos weights are made of sines.
  image_resize: { relative: 1e-6 },
  // SSIM is a mean of similarities in [-1, 1] that nearly cancel.
  image_quality: { relative: 1e-6, terms: { 'step 0 [10]': 1, 'step 0 [11]': 1, 'step 0 [12]': 1, 'step 0 [14]': 1 }, skipRuns: { 2: 'two asserts fail at once', 3: 'an assert and the subtraction fail at once' } },
  // Among the patches is a depthwise convolution, sums of 27 products.
  image_patches: { relative: 1e-6 },
  // TensorFlow rounds every step to float16, we compute in binary32 and round once.
  image_half: { relative: 2 ** -9 },
});
