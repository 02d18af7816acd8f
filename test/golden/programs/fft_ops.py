"""Fourier transforms in one to three dimensions, complex and real: nodes, padding, lengths known late, values, gradients, errors."""
import numpy as np
from oracle import arr, attempt


def build(tf):
    S = tf.signal
    r = tf.placeholder(tf.float32, [2, 5, 6], name='r')
    i = tf.placeholder(tf.float32, [2, 5, 6], name='i')
    z = tf.complex(r, i)
    w = tf.complex(tf.cast(r, tf.float64), tf.cast(i, tf.float64))
    late = tf.placeholder(tf.float32, [None, None], name='late')
    n = tf.placeholder(tf.int32, [1], name='n')
    u = tf.placeholder(tf.float32, None, name='u')
    t = [tf.fft(z), tf.ifft(z, name='inv'), tf.fft2d(z), S.ifft2d(z), S.fft3d(z), tf.spectral.ifft3d(z), S.fft(w), S.ifft(w), S.fft2d(w), S.rfft(r), S.rfft(r, [4]), S.rfft(r, [9], name='long'), tf.spectral.rfft2d(r), S.rfft2d(r, [3, 8]), S.rfft3d(r), S.irfft(z), S.irfft(z, [7]),
         S.irfft(z, [14], name='il'), S.irfft2d(z), S.irfft2d(z, [4, 9]), S.irfft3d(z), S.irfft3d(z, [2, 3, 5]), S.fftshift(r), S.fftshift(r, 1), S.ifftshift(r, axes=[0, 2], name='shift'), S.ifftshift(r), S.rfft([1., 2., 3.]), S.irfft(S.rfft(r))]
    L = [S.rfft(late), S.rfft(late, n), S.irfft(tf.cast(late, tf.complex64)), S.irfft(tf.cast(late, tf.complex64), n)]
    g = [tf.gradients(tf.abs(tf.fft(z)), [r, i]), tf.gradients(tf.real(tf.ifft2d(z)), [r, i]), tf.gradients(tf.square(tf.imag(S.fft3d(z))), [r]), tf.gradients(tf.square(tf.abs(S.rfft(r))), [r]), tf.gradients(tf.square(tf.real(S.rfft(r[:, :, :5]))), [r]), tf.gradients(tf.square(tf.abs(S.rfft2d(r))), [r]),
         tf.gradients(tf.square(S.irfft(z)), [r, i]), tf.gradients(tf.square(S.irfft2d(z, [5, 10])), [r, i])]
    attempt('rank', lambda: tf.fft2d(tf.zeros([3], tf.complex64)))
    attempt('length', lambda: S.rfft2d(r, [4]))
    attempt('dtype', lambda: tf.fft(r))
    attempt('3d gradient', lambda: tf.gradients(S.rfft3d(r), r))
    f = {r: arr([2, 5, 6], 1), i: arr([2, 5, 6], 2), late: arr([3, 7], 3), n: [5]}
    bad = [tf.raw_ops.RFFT(input=u, fft_length=[4]), tf.raw_ops.IRFFT2D(input=tf.cast(u, tf.complex64), fft_length=[2, 4]), tf.raw_ops.RFFT(input=late, fft_length=n)]
    return {'runs': [{'fetch': t, 'feed': f}, {'fetch': L, 'feed': f}, {'fetch': g, 'feed': f}, {'fetch': bad[0], 'feed': {u: 1.}}, {'fetch': bad[0], 'feed': {u: [1., 2.]}}, {'fetch': bad[1], 'feed': {u: [[1., 2.]]}}, {'fetch': bad[0], 'feed': {u: np.zeros([0, 4], np.float32)}},
                     {'fetch': bad[2], 'feed': f}]}
