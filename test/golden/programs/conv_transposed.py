"""Convolutions over one, two and three axes, transposed ones, with first and second gradients, shapes and messages."""
from oracle import arr, attempt


def build(tf):
    runs = []
    # one axis
    s = tf.placeholder(tf.float32, [None, 8, 3], name='s')
    f = tf.constant(arr([3, 3, 4], 2), name='f')
    feed = {s: arr([2, 8, 3], 1)}
    for padding, stride in (('SAME', 1), ('VALID', 2)):
        y = tf.nn.conv1d(s, f, stride, padding)
        runs.append({'fetch': [y] + tf.gradients(y * y, [s, f]), 'feed': feed})
    tf.nn.conv1d(tf.placeholder(tf.float32, [2, 3, None]), f, [2], 'SAME', data_format='NCW', name='ncw')
    attempt('format', lambda: tf.nn.conv1d(s, f, 1, 'SAME', data_format='CNW'))
    attempt('stride', lambda: tf.nn.conv1d(s, f, [1, 2], 'SAME'))
    y = tf.nn.conv1d_transpose(tf.constant(arr([2, 4, 4], 3)), f, [2, 8, 3], 2)
    runs.append({'fetch': [y] + tf.gradients(y * y, f)})
    shape = tf.placeholder(tf.int32, [3], name='shape')
    y = tf.nn.conv1d_transpose(tf.constant(arr([2, 4, 4], 3)), f, shape, 2, padding='VALID', name='given')
    runs.append({'fetch': y, 'feed': {shape: [2, 9, 3]}})
    # two axes
    x = tf.placeholder(tf.float32, [None, 4, 5, 3], name='x')
    w = tf.constant(arr([3, 2, 2, 3], 4), name='w')
    xf = {x: arr([2, 4, 5, 3], 5)}
    y = tf.nn.conv2d_transpose(x, w, [2, 8, 10, 2], [2, 2])
    g = tf.gradients(y * y, [x, w])
    runs.append({'fetch': [y] + g, 'feed': xf})
    runs.append({'fetch': tf.gradients(g[0] * g[0], w), 'feed': xf})
    y = tf.nn.conv2d_transpose(x, w, tf.stack([tf.shape(x)[0], 9, 10, 2]), [1, 2, 2, 1], padding='VALID', name='stacked')
    runs.append({'fetch': y, 'feed': xf})
    tf.nn.conv2d_transpose(tf.placeholder(tf.float32, [2, 3, 4, 4]), w, [2, 2, 8, 8], 2, data_format='NCHW')
    back = tf.nn.conv2d_backprop_input([2, 4, 5, 2], w, x, [1, 1, 1, 1], 'SAME')
    runs.append({'fetch': back, 'feed': xf})
    runs.append({'fetch': tf.nn.conv2d_backprop_filter(back, [3, 2, 2, 3], x, [1, 1, 1, 1], [[0, 0], [1, 1], [0, 1], [0, 0]]), 'feed': xf})
    # three axes
    v = tf.placeholder(tf.float32, [None, 3, 4, 5, 2], name='v')
    u = tf.constant(arr([2, 3, 2, 2, 3], 6), name='u')
    vf = {v: arr([2, 3, 4, 5, 2], 7)}
    for padding, strides in (('SAME', [1, 1, 1, 1, 1]), ('VALID', [1, 1, 2, 1, 1])):
        y = tf.nn.conv3d(v, u, strides, padding)
        g = tf.gradients(y * y, [v, u])
        runs.append({'fetch': [y] + g, 'feed': vf})
        runs.append({'fetch': tf.gradients(g[0] * g[0], [v, u]), 'feed': vf})
        runs.append({'fetch': tf.gradients(g[1] * g[1], [v, u]), 'feed': vf})
    tf.nn.conv3d(tf.placeholder(tf.float32, [2, 2, None, 4, 5]), u, [1, 1, 1, 2, 3], 'SAME', data_format='NCDHW', name='ncdhw')
    attempt('3d depth', lambda: tf.nn.conv3d(v, tf.zeros([2, 2, 2, 3, 4]), [1, 1, 1, 1, 1], 'SAME'))
    attempt('3d filter', lambda: tf.nn.conv3d(v, tf.zeros([4, 2, 2, 2, 4]), [1, 1, 1, 1, 1], 'VALID'))
    attempt('3d rank', lambda: tf.nn.conv3d(x, u, [1, 1, 1, 1, 1], 'VALID'))
    y = tf.nn.conv3d_transpose(tf.nn.conv3d(v, u, [1, 2, 1, 2, 1], 'SAME', name='down'), u, [2, 3, 4, 5, 2], [2, 1, 2])
    runs.append({'fetch': [y] + tf.gradients(y, [v, u]), 'feed': vf})
    runs.append({'fetch': tf.nn.conv_transpose(x, w, [2, 4, 5, 2], 1), 'feed': xf})
    attempt('transpose rank', lambda: tf.nn.conv_transpose(x, w, [2, 4], 1))
    # float64 and float16
    d = tf.cast(v, tf.float64)
    runs.append({'fetch': tf.nn.conv3d(d, tf.cast(u, tf.float64), [1, 1, 1, 1, 1], 'SAME'), 'feed': vf})
    return {'runs': runs}
