"""Batch normalisation: the fused op for training and inference with its gradients, global normalisation, weighted moments."""
from oracle import arr, attempt, note


def build(tf):
    from tensorflow.python.ops import gen_nn_ops
    runs = []
    x = tf.placeholder(tf.float32, [None, 3, 4, 5], name='x')
    scale, offset = tf.constant(arr([5], 2, 0.5, 1.5), name='s'), tf.constant(arr([5], 3), name='o')
    r = tf.constant(arr([3, 4, 5], 7), name='r')
    feed = {x: arr([2, 3, 4, 5], 1)}
    y, mean, var = tf.nn.fused_batch_norm(x, scale, offset, name='train')
    runs.append({'fetch': [y, mean, var], 'feed': feed})
    runs.append({'fetch': tf.gradients(y * r, [x, scale, offset]), 'feed': feed})
    m, v = tf.constant(arr([5], 4), name='m'), tf.constant(arr([5], 5, 0.5, 2), name='v')
    y = tf.nn.fused_batch_norm(x, scale, offset, m, v, epsilon=0.01, is_training=False)[0]
    runs.append({'fetch': y, 'feed': feed})
    runs.append({'fetch': tf.gradients(y * r, [x, scale, offset]), 'feed': feed})
    # float16 images, statistics in float32
    half = tf.cast(x, tf.float16, name='half')
    y, mean, var = tf.nn.fused_batch_norm(half, scale, offset)
    note('dtypes', [y.dtype.name, mean.dtype.name])
    runs.append({'fetch': [mean, var], 'feed': feed})
    # NCHW: built, not run (no kernel on the CPU)
    nchw = tf.placeholder(tf.float32, [2, 5, None, 4], name='nchw')
    tf.gradients(tf.nn.fused_batch_norm(nchw, scale, offset, data_format='NCHW')[0], [nchw, scale])
    tf.gradients(tf.nn.fused_batch_norm(nchw, scale, offset, m, v, data_format='NCHW', is_training=False)[0], [nchw, scale, offset])
    attempt('given while training', lambda: tf.nn.fused_batch_norm(x, scale, offset, mean=m))
    attempt('channels', lambda: tf.nn.fused_batch_norm(x, tf.constant(arr([4], 1)), offset))
    attempt('rank', lambda: tf.nn.fused_batch_norm(tf.placeholder(tf.float32, [2, 3]), scale, offset))
    # the older ops
    old = gen_nn_ops._fused_batch_norm(x, scale, offset, [], [], epsilon=0.1)
    runs.append({'fetch': tf.gradients(old[0] * x, [x, scale, offset]), 'feed': feed})
    for scaled in (True, False):
        runs.append({'fetch': tf.nn.batch_norm_with_global_normalization(x, m, v, offset, scale, 0.02, scaled), 'feed': feed})
    # moments
    w = tf.constant(arr([4, 1], 6, 0.5, 2), name='w')
    for name, keep in (('kept', True), ('gone', False)):
        runs.append({'fetch': list(tf.nn.weighted_moments(x, [0, 2], w, name=name, keep_dims=keep)), 'feed': feed})
    tf.nn.weighted_moments(half, [0, 1, 2], 2.0)
    return {'runs': runs}
