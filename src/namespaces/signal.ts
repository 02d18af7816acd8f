// `tf.signal`.
export { fft, fft2d, fft3d, fftshift, ifft, ifft2d, ifft3d, ifftshift, irfft, irfft2d, irfft3d, rfft, rfft2d, rfft3d } from '../ops/fft_ops.ts';
export { dct, hammingWindow, hannWindow, idct } from '../ops/dct_ops.ts';
