"""Convolution and pooling with dilation by way of the batch, depthwise and separable convolution, with gradients."""
from oracle import arr, attempt, note


def build(tf):
    runs = []
    x = tf.placeholder(tf.float32, [2, 7, 8, 3], name='x')
    w = tf.constant(arr([3, 2, 3, 4], 2), name='w')
    feed = {x: arr([2, 7, 8, 3], 1)}
    # all shapes known
    for padding, rate in (('SAME', [2, 3]), ('VALID', [2, 1]), ('SAME', [1, 1])):
        y = tf.nn.convolution(x, w, padding, dilation_rate=rate)
        runs.append({'fetch': [y] + tf.gradients(y * y, [x, w]), 'feed': feed})
    y = tf.nn.atrous_conv2d(x, w, 2, 'SAME', name='atrous')
    runs.append({'fetch': y, 'feed': feed})
    # sizes unknown
    p = tf.placeholder(tf.float32, [None, None, 8, 3], name='p')
    y = tf.nn.atrous_conv2d(p, w, 2, 'SAME')
    runs.append({'fetch': [y] + tf.gradients(y * y, [p, w]), 'feed': {p: arr([2, 5, 8, 3], 3)}})
    y = tf.nn.convolution(p, w, 'VALID', dilation_rate=[2, 2], name='valid')
    runs.append({'fetch': y, 'feed': {p: arr([2, 5, 8, 3], 3)}})
    # channels first: built, not run
    tf.nn.convolution(tf.placeholder(tf.float32, [2, 3, 7, 8]), w, 'SAME', dilation_rate=[2, 2], data_format='NCHW')
    tf.nn.convolution(tf.placeholder(tf.float32, [2, 3, None, 8]), w, 'SAME', dilation_rate=[2, 2], data_format='NCHW', name='first')
    # one and three axes
    s = tf.placeholder(tf.float32, [2, 9, 3], name='s')
    for args in (dict(), dict(strides=[2]), dict(dilation_rate=[2])):
        y = tf.nn.convolution(s, tf.constant(arr([3, 3, 2], 4)), 'SAME', **args)
        runs.append({'fetch': y, 'feed': {s: arr([2, 9, 3], 5)}})
    v = tf.placeholder(tf.float32, [1, 5, 4, 5, 2], name='v')
    for args in (dict(strides=[2, 1, 1]), dict(dilation_rate=[2, 1, 2])):
        y = tf.nn.convolution(v, tf.constant(arr([2, 2, 2, 2, 3], 6)), 'VALID', **args)
        runs.append({'fetch': y, 'feed': {v: arr([1, 5, 4, 5, 2], 7)}})
    # depthwise and separable
    d = tf.constant(arr([3, 3, 3, 2], 8), name='d')
    for args in (dict(strides=[1, 2, 2, 1], padding='SAME'), dict(strides=[1, 1, 1, 1], padding='VALID', rate=[2, 2]), dict(strides=[1, 1, 1, 1], padding='SAME', rate=[1, 2])):
        y = tf.nn.depthwise_conv2d(x, d, **args)
        runs.append({'fetch': [y] + tf.gradients(y * y, [x, d]), 'feed': feed})
    g = tf.gradients(y * y, [x, d], name='first')
    tf.gradients(g[0] * g[0], [x, d], name='second')
    tf.nn.depthwise_conv2d(tf.placeholder(tf.float32, [2, 3, 7, 8]), d, [1, 1, 1, 1], 'SAME', data_format='NCHW', name='dfirst')
    m = tf.constant(arr([1, 1, 6, 4], 9), name='m')
    for args in (dict(), dict(rate=[2, 2])):
        y = tf.nn.separable_conv2d(x, d, m, [1, 1, 1, 1], 'SAME', **args)
        runs.append({'fetch': [y] + tf.gradients(y * y, [x, d, m]), 'feed': feed})
    # pools
    for args in (dict(window_shape=[2, 3], pooling_type='MAX', padding='SAME', strides=[2, 1]), dict(window_shape=[2, 2], pooling_type='AVG', padding='VALID', dilation_rate=[2, 3])):
        y = tf.nn.pool(x, **args)
        runs.append({'fetch': [y] + tf.gradients(y * y, x), 'feed': feed})
    runs.append({'fetch': tf.nn.pool(s, [2], 'MAX', 'VALID', name='one'), 'feed': {s: arr([2, 9, 3], 5)}})
    runs.append({'fetch': tf.nn.pool(v, [2, 2, 2], 'AVG', 'SAME', name='three'), 'feed': {v: arr([1, 5, 4, 5, 2], 7)}})
    # blocks by themselves
    y = tf.space_to_batch(x, [[1, 0], [0, 0]], 2)
    runs.append({'fetch': [y, tf.batch_to_space(y, [[1, 0], [0, 0]], 2)] + tf.gradients(y * y, x), 'feed': feed})
    y = tf.space_to_batch_nd(p, [2, 4], [[0, 1], [2, 2]])
    back = tf.batch_to_space_nd(y, [2, 4], [[0, 1], [2, 2]])
    runs.append({'fetch': [y, back, tf.gradients(back * back, p)[0]], 'feed': {p: arr([2, 5, 8, 3], 3)}})
    for base in (None, [[1, 2], [0, 0]]):
        runs.append({'fetch': list(tf.required_space_to_batch_paddings([5, 6], [2, 4], base))})
    runs.append({'fetch': list(tf.required_space_to_batch_paddings(tf.shape(p)[1:3], [2, 4], [[1, 2], [0, 0]], name='req')), 'feed': {p: arr([2, 5, 8, 3], 3)}})
    # a layer with dilation
    y = tf.layers.conv2d(x, 4, 3, dilation_rate=2, padding='same', kernel_initializer=tf.zeros_initializer(), name='layer')
    note('layer', y.name)
    # messages
    attempt('stride and rate', lambda: tf.nn.convolution(x, w, 'SAME', strides=[2, 2], dilation_rate=[2, 2]))
    attempt('rank', lambda: tf.nn.convolution(tf.zeros([2, 3]), tf.zeros([1, 2]), 'SAME'))
    attempt('channels', lambda: tf.nn.convolution(x, tf.zeros([3, 3, 4, 2]), 'SAME', dilation_rate=[2, 2]))
    attempt('rate 0', lambda: tf.nn.depthwise_conv2d(x, d, [1, 1, 1, 1], 'SAME', rate=[0, 1]))
    attempt('pool same', lambda: tf.nn.pool(x, [2, 2], 'MAX', 'SAME', dilation_rate=[2, 2]))
    attempt('pool strides', lambda: tf.nn.pool(x, [2, 2], 'MAX', 'SAME', strides=[3, 3]))
    attempt('pool kind', lambda: tf.nn.pool(x, [2, 2], 'MIN', 'SAME'))
    attempt('block', lambda: tf.space_to_batch_nd(x, [2, 2], [[0, 0], [0, 0]]))
    attempt('crops', lambda: tf.batch_to_space_nd(x, [2, 1], [[0, 15], [0, 0]]))
    return {'runs': runs}
