"""The gradient of the fused batch normalisation's gradient: training and inference, both layouts, sizes known and not."""
from oracle import arr


def build(tf):
    runs = []
    s, o = tf.placeholder(tf.float32, [4], name='s'), tf.constant(arr([4], 3), name='o')
    m, v = tf.constant(arr([4], 4), name='m'), tf.constant(arr([4], 5, 0.5, 2), name='v')
    for name, batch in (('known', 2), ('batch', None)):
        for training in (True, False):
            with tf.name_scope('%s_%s' % (name, training)):
                x, dy = tf.placeholder(tf.float32, [batch, 3, 2, 4], name='x'), tf.placeholder(tf.float32, [batch, 3, 2, 4], name='dy')
                y = tf.nn.fused_batch_norm(x, s, o, *(() if training else (m, v)), is_training=training)[0]
                g = tf.gradients(y, [x, s, o], dy)
                w = [tf.constant(arr([3, 2, 4], 6), name='wx'), tf.constant(arr([4], 7), name='ws')]
                loss = tf.reduce_sum(g[0] * w[0]) + tf.reduce_sum(g[1] * w[1])
                runs.append({'fetch': tf.gradients(loss, [x, s, dy]), 'feed': {x: arr([2, 3, 2, 4], 1), s: arr([4], 2, 0.5, 1.5), dy: arr([2, 3, 2, 4], 8)}})
    x = tf.placeholder(tf.float32, [2, 4, 3, 2], name='first')
    for args in ((), (m, v)):
        y = tf.nn.fused_batch_norm(x, s, o, *args, data_format='NCHW', is_training=not args)[0]
        g = tf.gradients(y * y, [x, s])
        tf.gradients([g[0], g[1]], [x, s])
    h = tf.cast(tf.placeholder(tf.float32, [2, 3, 2, 4], name='h'), tf.float16)
    g = tf.gradients(tf.nn.fused_batch_norm(h, s, o)[0], [h, s])
    tf.gradients([g[0], g[1]], [h, s])
    return {'runs': runs}
