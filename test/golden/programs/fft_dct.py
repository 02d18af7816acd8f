"""Cosine transforms of every type, length and norm, window functions: nodes, values, gradients, errors."""
from oracle import arr, attempt


def build(tf):
    S = tf.signal
    x = tf.placeholder(tf.float32, [2, 6], name='x')
    late = tf.placeholder(tf.float32, [None, None], name='late')
    n = tf.placeholder(tf.int32, [], name='n')
    t = [S.dct(x), S.dct(x, norm='ortho', name='o'), tf.spectral.dct(x, type=3), S.dct(x, type=3, norm='ortho'), S.dct(x, type=1), S.dct(x, n=4), S.dct(x, type=2, n=9, norm='ortho'), S.idct(x), S.idct(x, norm='ortho'), S.idct(x, type=3), tf.spectral.idct(x, type=1, name='one'),
         S.dct(late), S.dct(late, type=3, norm='ortho'), S.dct([1., 2., 3.]), S.hann_window(5), S.hann_window(6, periodic=False), S.hamming_window(6, name='ham'), S.hann_window(1), S.hamming_window(n, dtype=tf.float64), S.idct(S.dct(x, norm='ortho'), norm='ortho')]
    g = [tf.gradients(tf.square(S.dct(x)), x)[0], tf.gradients(tf.square(S.dct(x, type=3)), x)[0]]
    attempt('axis', lambda: S.dct(x, axis=0))
    attempt('type', lambda: S.dct(x, type=4))
    attempt('n', lambda: S.dct(x, n=0))
    attempt('ortho', lambda: S.dct(x, type=1, norm='ortho'))
    attempt('norm', lambda: S.dct(x, norm='x'))
    attempt('short', lambda: S.dct(tf.zeros([2, 1]), type=1))
    attempt('window', lambda: S.hann_window(4, dtype=tf.int32))
    f = {x: arr([2, 6], 1), late: arr([3, 5], 2), n: 7}
    return {'runs': [{'fetch': t, 'feed': f}, {'fetch': g, 'feed': f}, {'fetch': t[18], 'feed': {n: 1}}]}
