"""Bessel functions, cumulative_logsumexp, reciprocal_no_nan, histograms, batch_gather: nodes, values, gradients, errors."""
import numpy as np
from oracle import arr, attempt, ints


def build(tf):
    x = tf.placeholder(tf.float32, [2, 3], name='x')
    d = tf.placeholder(tf.float64, [4], name='d')
    u = tf.placeholder(tf.float32, None, name='u')
    m = tf.math
    t = [m.bessel_i0(x), m.bessel_i0e(x), m.bessel_i1(x), m.bessel_i1e(x), m.bessel_i0e(d, name='e'), m.bessel_i1e(d), m.bessel_i0(1.5), m.bessel_i1([0., 2.], name='own'),
         m.cumulative_logsumexp(x), m.cumulative_logsumexp(x, 1, exclusive=True), m.cumulative_logsumexp(x, axis=-1, reverse=True, name='back'), m.cumulative_logsumexp(d, exclusive=True, reverse=True), m.cumulative_logsumexp(u, 0),
         m.reciprocal_no_nan(x), m.reciprocal_no_nan([2., 0., -.5]), m.reciprocal_no_nan(d, name='inverse'),
         tf.histogram_fixed_width(x, [-1., 1.], nbins=5), tf.histogram_fixed_width(d, tf.constant([0., 2.], tf.float64), 4, dtype=tf.int64, name='h'), tf.histogram_fixed_width_bins(x, [-1., 1.], nbins=5), tf.histogram_fixed_width_bins(u, [0., 1.]),
         tf.histogram_fixed_width(tf.constant([1, 2, 7]), [0, 8], 4)]
    i = tf.placeholder(tf.int32, [2, 2], name='i')
    j = tf.placeholder(tf.int64, [2, 3, 2], name='j')
    p3 = tf.placeholder(tf.float32, [2, 3, 4], name='p3')
    late = tf.placeholder(tf.int32, [None, 2], name='late')
    b = [tf.batch_gather(x, i), tf.batch_gather(p3, i), tf.batch_gather(p3, j, name='three'), tf.batch_gather(x, late), tf.batch_gather([[1., 2.], [3., 4.]], [[1], [0]]), tf.batch_gather(x[0], [2, 0])]
    attempt('rank', lambda: tf.batch_gather(x, tf.placeholder(tf.int32)))
    attempt('deep', lambda: tf.batch_gather(x, tf.zeros([2, 3, 1], tf.int32)))
    attempt('bins', lambda: tf.histogram_fixed_width(x, [0., 1.], nbins=0))
    attempt('range', lambda: tf.histogram_fixed_width(x, [0., 1., 2.]))
    attempt('axis dtype', lambda: m.cumulative_logsumexp(tf.constant([1, 2])))
    g = [tf.gradients(y, x)[0] for y in [m.bessel_i0(x), m.bessel_i1(x) * 2., m.bessel_i0e(x), m.bessel_i1e(x), m.cumulative_logsumexp(x, 1), -m.cumulative_logsumexp(x, 0, reverse=True, exclusive=False), m.reciprocal_no_nan(x), tf.batch_gather(x, i)]]
    f = {x: arr([2, 3], 1, -2., 2.), d: arr([4], 2, 0., 30.).astype(np.float64), u: arr([5], 3), i: ints([2, 2], 3, 4), j: ints([2, 3, 2], 4, 5).astype(np.int64), p3: arr([2, 3, 4], 6), late: ints([2, 2], 3, 7)}
    f2 = dict(f)
    f2[x] = [[0., -0., 50.], [-.5, 8., -9.]]
    f2[u] = [float('inf'), 1., -1e30]
    f3 = dict(f)
    f3[i] = [[0, 3], [-1, 0]]
    return {'runs': [{'fetch': t + b, 'feed': f}, {'fetch': g, 'feed': f}, {'fetch': t, 'feed': f2}, {'fetch': b[1], 'feed': f3}, {'fetch': tf.histogram_fixed_width(x, [1., 1.]), 'feed': f},
                     {'fetch': m.cumulative_logsumexp(u, 1), 'feed': {u: [1., 2.]}}]}
