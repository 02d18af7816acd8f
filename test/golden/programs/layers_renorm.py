"""Batch normalization with renorm, with virtual batches and with an adjustment: training, not, and by a feed."""
from oracle import arr, attempt


def build(tf):
    L = tf.layers
    tf.set_random_seed(17)
    x = tf.placeholder(tf.float32, [4, 3, 3, 2], name='x')
    v = tf.placeholder(tf.float32, [4, 5], name='v')
    t = tf.placeholder(tf.bool, [], name='t')
    feed = {x: arr([4, 3, 3, 2], 1, -1, 3), v: arr([4, 5], 2), t: True}
    clip = {'rmin': .5, 'rmax': 2., 'dmax': 1.}
    outs = [L.batch_normalization(x, training=True, renorm=True), L.batch_normalization(v, training=False, renorm=True, name='still'), L.batch_normalization(x, training=t, renorm=True, renorm_clipping=clip, renorm_momentum=.8, momentum=.9, name='fed'),
            L.batch_normalization(tf.transpose(x, [0, 3, 1, 2]), axis=1, training=True, renorm=True, renorm_clipping={'dmax': .25}, scale=False, name='first')]
    outs += [L.batch_normalization(x, training=True, virtual_batch_size=2, name='ghost'), L.batch_normalization(v, training=t, virtual_batch_size=2, momentum=.5, name='ghosts'), L.batch_normalization(v, training=False, virtual_batch_size=2)]
    wide = lambda shape: (tf.fill([shape[0], 1], 1.5), tf.fill([shape[0], 1], -.25))
    outs += [L.batch_normalization(v, training=True, adjustment=wide, name='moved'), L.batch_normalization(v, training=t, adjustment=wide, center=False), L.batch_normalization(v, training=False, adjustment=wide)]
    outs += [tf.contrib.layers.batch_norm(x, renorm=True, renorm_clipping=clip, renorm_decay=.7, scale=True), tf.contrib.slim.batch_norm(v, is_training=t, renorm=True, scope='slim'), tf.contrib.layers.batch_norm(v, adjustment=wide, scope='both')]
    attempt('in place', lambda: tf.contrib.slim.batch_norm(v, renorm=True, updates_collections=None))
    attempt('clip', lambda: L.batch_normalization(v, renorm=True, renorm_clipping={'max': 1.5}))
    attempt('axis', lambda: L.batch_normalization(x, axis=0, virtual_batch_size=2))
    attempt('size', lambda: L.batch_normalization(x, virtual_batch_size=0))
    attempt('both', lambda: L.batch_normalization(x, virtual_batch_size=2, adjustment=wide))
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    g = tf.gradients(tf.add_n([tf.reduce_sum(o ** 3) for o in outs]), [x, v])
    runs = [{'fetch': tf.global_variables_initializer()}, {'fetch': outs, 'feed': feed}, {'fetch': updates, 'feed': feed}, 'VARS', {'fetch': outs, 'feed': feed}, {'fetch': g, 'feed': feed}, {'fetch': updates, 'feed': dict(list(feed.items()) + [(t, False)])}, 'VARS']
    return {'runs': runs}
