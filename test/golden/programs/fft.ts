// Restates fft_*.py: Fourier transforms.
import * as tf from 'tfgraph';
import { arr, attempt, type Program } from '../oracle.ts';

type Feed = [tf.Tensor, tf.NDArray][];
const f32 = (shape: readonly number[], ...v: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from(v));

export function fft_ops(): Program {
  const S = tf.signal;
  const r = tf.placeholder(tf.float32, [2, 5, 6], { name: 'r' });
  const i = tf.placeholder(tf.float32, [2, 5, 6], { name: 'i' });
  const z = tf.complex(r, i);
  const w = tf.complex(tf.cast(r, tf.float64), tf.cast(i, tf.float64));
  const late = tf.placeholder(tf.float32, [null, null], { name: 'late' });
  const n = tf.placeholder(tf.int32, [1], { name: 'n' });
  const u = tf.placeholder(tf.float32, { name: 'u' });
  const t = [tf.fft(z), tf.ifft(z, { name: 'inv' }), tf.fft2d(z), S.ifft2d(z), S.fft3d(z), tf.spectral.ifft3d(z), S.fft(w), S.ifft(w), S.fft2d(w), S.rfft(r), S.rfft(r, [4]), S.rfft(r, [9], { name: 'long' }), tf.spectral.rfft2d(r), S.rfft2d(r, [3, 8]), S.rfft3d(r), S.irfft(z), S.irfft(z, [7]),
    S.irfft(z, [14], { name: 'il' }), S.irfft2d(z), S.irfft2d(z, [4, 9]), S.irfft3d(z), S.irfft3d(z, [2, 3, 5]), S.fftshift(r), S.fftshift(r, 1), S.ifftshift(r, { axes: [0, 2], name: 'shift' }), S.ifftshift(r), S.rfft([1, 2, 3]), S.irfft(S.rfft(r))];
  const L = [S.rfft(late), S.rfft(late, n), S.irfft(tf.cast(late, tf.complex64)), S.irfft(tf.cast(late, tf.complex64), n)];
  const g = [tf.gradients(tf.abs(tf.fft(z)), [r, i]), tf.gradients(tf.real(tf.ifft2d(z)), [r, i]), tf.gradients(tf.square(tf.imag(S.fft3d(z))), [r]), tf.gradients(tf.square(tf.abs(S.rfft(r))), [r]), tf.gradients(tf.square(tf.real(S.rfft(r.at(null, null, [null, 5])))), [r]),
    tf.gradients(tf.square(tf.abs(S.rfft2d(r))), [r]), tf.gradients(tf.square(S.irfft(z)), [r, i]), tf.gradients(tf.square(S.irfft2d(z, [5, 10])), [r, i])];
  attempt('rank', () => tf.fft2d(tf.zeros([3], tf.complex64)));
  attempt('length', () => S.rfft2d(r, [4]));
  attempt('dtype', () => tf.fft(r));
  attempt('3d gradient', () => tf.gradients(S.rfft3d(r), r));
  const f: Feed = [[r, arr([2, 5, 6], 1)], [i, arr([2, 5, 6], 2)], [late, arr([3, 7], 3)], [n, new tf.NDArray(tf.int32, [1], Int32Array.of(5))]];
  const bad = [tf.rawOps.RFFT({ input: u, fftLength: [4] }), tf.rawOps.IRFFT2D({ input: tf.cast(u, tf.complex64), fftLength: [2, 4] }), tf.rawOps.RFFT({ input: late, fftLength: n })] as const;
  return { runs: [{ fetch: t, feed: f }, { fetch: L, feed: f }, { fetch: g, feed: f }, { fetch: bad[0], feed: [[u, f32([], 1)]] }, { fetch: bad[0], feed: [[u, f32([2], 1, 2)]] }, { fetch: bad[1], feed: [[u, f32([1, 2], 1, 2)]] }, { fetch: bad[0], feed: [[u, f32([0, 4])]] }, { fetch: bad[2], feed: f }] };
}

export function fft_dct(): Program {
  const S = tf.signal;
  const x = tf.placeholder(tf.float32, [2, 6], { name: 'x' });
  const late = tf.placeholder(tf.float32, [null, null], { name: 'late' });
  const n = tf.placeholder(tf.int32, [], { name: 'n' });
  const t = [S.dct(x), S.dct(x, { norm: 'ortho', name: 'o' }), tf.spectral.dct(x, { type: 3 }), S.dct(x, { type: 3, norm: 'ortho' }), S.dct(x, { type: 1 }), S.dct(x, { n: 4 }), S.dct(x, { type: 2, n: 9, norm: 'ortho' }), S.idct(x), S.idct(x, { norm: 'ortho' }), S.idct(x, { type: 3 }),
    tf.spectral.idct(x, { type: 1, name: 'one' }), S.dct(late), S.dct(late, { type: 3, norm: 'ortho' }), S.dct([1, 2, 3]), S.hannWindow(5), S.hannWindow(6, { periodic: false }), S.hammingWindow(6, { name: 'ham' }), S.hannWindow(1), S.hammingWindow(n, { dtype: tf.float64 }),
    S.idct(S.dct(x, { norm: 'ortho' }), { norm: 'ortho' })];
  const g = [tf.gradients(tf.square(S.dct(x)), x)[0], tf.gradients(tf.square(S.dct(x, { type: 3 })), x)[0]];
  attempt('axis', () => S.dct(x, { axis: 0 }));
  attempt('type', () => S.dct(x, { type: 4 as 3 }));
  attempt('n', () => S.dct(x, { n: 0 }));
  attempt('ortho', () => S.dct(x, { type: 1, norm: 'ortho' }));
  attempt('norm', () => S.dct(x, { norm: 'x' as 'ortho' }));
  attempt('short', () => S.dct(tf.zeros([2, 1]), { type: 1 }));
  attempt('window', () => S.hannWindow(4, { dtype: tf.int32 }));
  const int = (v: number): tf.NDArray => new tf.NDArray(tf.int32, [], Int32Array.of(v));
  const f: Feed = [[x, arr([2, 6], 1)], [late, arr([3, 5], 2)], [n, int(7)]];
  return { runs: [{ fetch: t, feed: f }, { fetch: g, feed: f }, { fetch: t[18], feed: [[n, int(1)]] }] };
}
