"""Gradients of patches of images and volumes; the depth of a depthwise convolution whose filter's is not known."""
from oracle import arr


def build(tf):
    x = tf.placeholder(tf.float32, [2, 5, 6, 3], name='x')
    part = tf.placeholder(tf.float32, [None, None, 6, 2], name='part')
    v = tf.placeholder(tf.float32, [None, 3, 4, 5, 2], name='v')
    feed = {x: arr([2, 5, 6, 3], 1), part: arr([1, 4, 6, 2], 2), v: arr([2, 3, 4, 5, 2], 3)}
    outs = []
    for a in [x, part]:
        for y in [tf.extract_image_patches(a, [1, 2, 3, 1], [1, 2, 1, 1], [1, 1, 2, 1], 'SAME'), tf.image.extract_patches(a, [1, 2, 2, 1], [1, 2, 3, 1], [1, 2, 1, 1], 'VALID')]:
            outs += [y, tf.gradients(y * y, a)]
    for y in [tf.extract_volume_patches(v, [1, 2, 2, 3, 1], [1, 1, 2, 1, 1], 'VALID'), tf.extract_volume_patches(v, [1, 2, 3, 2, 1], [1, 1, 2, 3, 1], 'SAME')]:
        outs += [y, tf.gradients(y * y, v)]
    w = tf.placeholder(tf.float32, [3, 3, None, 2], name='w')
    outs.append(tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], 'SAME'))
    feed[w] = arr([3, 3, 3, 2], 4)
    odd = tf.extract_volume_patches(tf.placeholder(tf.float32, [None, None, 4, 5, 2], name='odd'), [1, 2, 2, 3, 1], [1, 1, 2, 1, 1], 'VALID')
    return {'runs': [{'fetch': outs, 'feed': feed}]}
