"""Local response normalisation, grayscale dilation and erosion with their gradients."""
from oracle import arr, attempt


def build(tf):
    runs = []
    x = tf.placeholder(tf.float32, [None, 4, 5, 6], name='x')
    feed = {x: arr([2, 4, 5, 6], 1)}
    for args in (dict(), dict(depth_radius=2, bias=1.5, alpha=0.4, beta=0.75), dict(depth_radius=1, beta=1.0, name='one')):
        y = tf.nn.lrn(x, **args)
        runs.append({'fetch': [y] + tf.gradients(y * y, x), 'feed': feed})
    tf.nn.local_response_normalization(tf.placeholder(tf.float16, None, name='half'), 3)
    f = tf.constant(arr([2, 3, 6], 2), name='f')
    for strides, rates, padding in (([1, 1, 2, 1], [1, 1, 1, 1], 'SAME'), ([1, 1, 1, 1], [1, 2, 1, 1], 'VALID')):
        y = tf.nn.dilation2d(x, f, strides, rates, padding)
        runs.append({'fetch': [y] + tf.gradients(y * y, [x, f]), 'feed': feed})
        runs.append({'fetch': tf.nn.erosion2d(x, f, strides, rates, padding), 'feed': feed})
    tf.nn.dilation2d(tf.placeholder(tf.float32, [3, None, 5, 6], name='p'), f, [1, 1, 1, 1], [1, 1, 1, 1], 'VALID', name='unknown')
    for dtype in (tf.int32, tf.float64, tf.uint8):
        runs.append({'fetch': tf.nn.dilation2d(tf.cast(x * 9, dtype), tf.cast(f * 5, dtype), [1, 1, 1, 1], [1, 1, 1, 1], 'SAME'), 'feed': {x: arr([2, 4, 5, 6], 1, 0, 2)}})
    attempt('depth', lambda: tf.nn.dilation2d(x, tf.zeros([2, 2, 5]), [1, 1, 1, 1], [1, 1, 1, 1], 'SAME'))
    attempt('rank', lambda: tf.nn.lrn(tf.zeros([2, 3])))
    return {'runs': runs}
