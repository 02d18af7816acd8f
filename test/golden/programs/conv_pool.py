"""Pooling over one, two and three axes, with the place of the maximum, gradients and theirs, shapes and messages."""
from oracle import arr, attempt


def build(tf):
    from tensorflow.python.ops import gen_nn_ops
    runs = []
    x = tf.placeholder(tf.float32, [None, 5, 6, 3], name='x')
    feed = {x: arr([2, 5, 6, 3], 1)}
    for i, (f, padding) in enumerate(((tf.nn.max_pool, 'SAME'), (tf.nn.avg_pool, 'VALID'), (tf.nn.avg_pool2d, 'SAME'), (tf.nn.max_pool2d, 'VALID'))):
        y = f(x, [2, 3], [1, 2], padding)
        g = tf.gradients(y * y, x, name='g%d' % i)[0]
        runs.append({'fetch': [y, g, tf.gradients(g * g, x, name='gg%d' % i)[0]], 'feed': feed})
    # shapes
    tf.nn.max_pool(tf.placeholder(tf.float32), 2, 2, 'SAME')
    tf.nn.avg_pool(tf.placeholder(tf.float32, [None, 3, None, None]), [1, 1, 2, 2], [1, 1, 2, 2], 'VALID', data_format='NCHW')
    attempt('ksize zero', lambda: tf.nn.max_pool(x, 0, 1, 'SAME'))
    attempt('length', lambda: tf.nn.max_pool(x, [1, 2, 3], 1, 'SAME'))
    attempt('too big', lambda: tf.nn.avg_pool(x, [1, 7, 2, 1], [1, 1, 1, 1], 'VALID'))
    attempt('stride values', lambda: gen_nn_ops.max_pool(x, [1, 2, 2, 1], [1, 2], 'VALID'))
    attempt('ksize values', lambda: gen_nn_ops.avg_pool(x, [2, 2], [1, 2, 2, 1], 'VALID'))
    attempt('stride 0', lambda: gen_nn_ops.max_pool(x, [1, 2, 2, 1], [1, 0, 1, 1], 'VALID'))
    # one axis
    s = tf.placeholder(tf.float32, [2, 7, 3], name='s')
    for f in (tf.nn.max_pool1d, tf.nn.avg_pool1d):
        y = f(s, 3, 2, 'SAME')
        runs.append({'fetch': [y, tf.gradients(y * y, s)[0]], 'feed': {s: arr([2, 7, 3], 2)}})
    tf.nn.max_pool1d(s, [2], [2], 'VALID', data_format='NCW', name='ncw')
    # three axes
    v = tf.placeholder(tf.float32, [2, 4, 5, None, 2], name='v')
    vf = {v: arr([2, 4, 5, 3, 2], 3)}
    for f, padding in ((tf.nn.max_pool3d, 'SAME'), (tf.nn.avg_pool3d, 'VALID')):
        y = f(v, [2, 3, 2], [2, 2, 1], padding)
        g = tf.gradients(y * y, v)[0]
        runs.append({'fetch': [y, g, tf.gradients(g * g, v)[0]], 'feed': vf})
    tf.nn.avg_pool3d(v, 2, 2, 'SAME', name='cubes')
    tf.nn.max_pool3d(tf.placeholder(tf.float32, [None, 2, 8, 8, 8]), 2, 2, 'SAME', data_format='NCDHW')
    attempt('3d values', lambda: gen_nn_ops.max_pool3d(v, [1, 2, 2, 1], [1, 2, 2, 2, 1], 'VALID'))
    attempt('3d stride values', lambda: gen_nn_ops.avg_pool3d(v, [1, 2, 2, 2, 1], [1, 2], 'VALID'))
    # by rank
    for t in (s, x, v):
        tf.nn.max_pool_v2(t, 2, 2, 'VALID')
        tf.nn.avg_pool_v2(t, 2, 1, 'SAME', name='by_rank')
    attempt('rank 2', lambda: tf.nn.max_pool_v2(tf.zeros([2, 3]), 2, 2, 'VALID'))
    # windows as inputs
    k, st = tf.constant([1, 2, 2, 1], name='k'), tf.placeholder(tf.int32, [4], name='st')
    y = gen_nn_ops.max_pool_v2(x, k, [1, 2, 1, 1], 'SAME')
    g = tf.gradients(y * y, x)[0]
    runs.append({'fetch': [y, g, tf.gradients(g * g, x)[0]], 'feed': feed})
    runs.append({'fetch': gen_nn_ops.max_pool_v2(x, k, st, 'VALID'), 'feed': {x: arr([2, 5, 6, 3], 1), st: [1, 1, 3, 1]}})
    # where the maximum is
    y, at = tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')
    runs.append({'fetch': [y, at, tf.gradients(y * y, x)[0]], 'feed': feed})
    y, at = tf.nn.max_pool_with_argmax(x, [1, 3, 2, 1], [1, 1, 2, 1], 'VALID', include_batch_in_index=True)
    runs.append({'fetch': [y, at], 'feed': feed})
    attempt('argmax NCHW', lambda: tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME', data_format='NCHW'))
    # integers
    for dtype in (tf.int32, tf.int64, tf.uint8, tf.float64):
        i = tf.cast(x * 40, dtype)
        runs.append({'fetch': tf.nn.max_pool(i, 2, 2, 'SAME'), 'feed': {x: arr([2, 5, 6, 3], 1, 0, 3)}})
    return {'runs': runs}
