// `tf.spectral`.
export { fft, fft2d, fft3d, ifft, ifft2d, ifft3d, irfft, irfft2d, irfft3d, rfft, rfft2d, rfft3d } from '../ops/fft_ops.ts';
export { dct, idct } from '../ops/dct_ops.ts';
