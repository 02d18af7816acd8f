"""tf.test.compute_gradient and compute_gradient_error: Jacobians of dense, sparse and complex gradients, several inputs, feeds beside, errors."""
import numpy as np
from oracle import arr, attempt


def build(tf):
    x = tf.placeholder(tf.float32, [2, 3], name='x')
    w = tf.placeholder(tf.float64, [3], name='w')
    k = tf.placeholder(tf.float32, [], name='k')
    z = tf.placeholder(tf.complex64, [2], name='z')
    y = tf.tanh(x) * k
    s = tf.reduce_sum(tf.square(w)) + w
    rows = tf.gather(x, [1, 1])
    c = z * z
    v = tf.get_variable('v', initializer=arr([2, 2], 1))
    p = tf.matmul(v, x)
    both = tf.matmul(x, tf.reshape(tf.cast(w, tf.float32), [3, 1]))
    T = tf.test
    xv, wv = arr([2, 3], 2), arr([3], 3).astype(np.float64)
    init = tf.global_variables_initializer()
    parts = lambda l: [list(q) for q in l]
    return {'runs': [{'call': lambda sess: list(T.compute_gradient(x, [2, 3], y, [2, 3], x_init_value=xv, extra_feed_dict={k: 2.}))},
                     {'call': lambda sess: list(T.compute_gradient(w, [3], s, [3], wv, delta=1e-4))},
                     {'call': lambda sess: list(T.compute_gradient(x, [2, 3], rows, [2, 3], x_init_value=xv))},
                     {'call': lambda sess: list(T.compute_gradient(x, [2, 3], p, [2, 3], x_init_value=xv, init_targets=[init]))},
                     {'call': lambda sess: parts(T.compute_gradient([x, v], [[2, 3], [2, 2]], p, [2, 3], x_init_value=[xv, arr([2, 2], 5)], extra_feed_dict={x: xv}))},
                     {'call': lambda sess: T.compute_gradient_error(w, [3], s, [3], wv) < 1e-4}, {'call': lambda sess: T.compute_gradient_error([x], [[2, 3]], tf.stop_gradient(x) * x, [2, 3], x_init_value=[xv]) > .5},
                     {'call': lambda sess: attempt('shape', lambda: T.compute_gradient(x, [3, 2], y, [2, 3], x_init_value=xv))},
                     {'call': lambda sess: attempt('dtype', lambda: T.compute_gradient(x, [2, 3], tf.argmax(x, 1), [2], x_init_value=xv))}]}
