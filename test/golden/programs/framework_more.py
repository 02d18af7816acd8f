"""contrib.framework's checks and helpers, assert_shapes, conversion hints, orthogonal kernels."""
import numpy as np

from oracle import attempt, note


def build(tf):
    fw = tf.contrib.framework
    a, b = tf.constant([[1., 2.], [3., 4.]], name='a'), tf.constant([1., 2., 3.], name='b')
    p, q, r = tf.placeholder(tf.float32, name='p'), tf.placeholder(tf.float32, [None, 2], name='q'), tf.placeholder(tf.float32, [None, 1], name='r')
    sums = [fw.reduce_sum_n([a, b]), fw.reduce_sum_n([a], name='one')]
    scalar = fw.assert_scalar_int(tf.constant(3), name='si')
    shaped = [fw.with_shape([2, 2], a), fw.with_shape([2, 2], p), fw.with_shape([2, 2], q), fw.with_shape([], tf.constant([5.], name='five')), fw.with_shape([], p), fw.with_shape(tf.constant([2, 2]), a), fw.with_same_shape(a, p), fw.with_same_shape(q, a)]
    squeezed = [fw.remove_squeezable_dimensions(tf.constant([[1.], [2.]], name='pred'), tf.constant([1., 2.])), fw.remove_squeezable_dimensions(b, tf.constant([[1.], [2.], [3.]], name='lab'), name='rs'), fw.remove_squeezable_dimensions(p, b)]
    note('names', [[t.name, t.shape] for t in sums + [scalar] + shaped + [x for s in squeezed for x in s]])
    note('graph', [fw.get_graph_from_inputs([a, b]) is tf.get_default_graph(), fw.get_name_scope(), [x.name for x in fw.get_placeholders(tf.get_default_graph())]])
    with tf.name_scope('outer'):
        note('scope', fw.get_name_scope())
    x, y = tf.placeholder(tf.float32, [None, 3], name='x'), tf.placeholder(tf.float32, [4, None], name='y')
    checks = [tf.debugging.assert_shapes([(x, ('N', 3)), (y, ('N', 'D')), (b, ('D',))]), tf.debugging.assert_shapes([(a, (2, 2)), (b, ('Q',)), (tf.constant(1.), ())], message='static'), tf.debugging.assert_shapes([(x, ('*', 3)), (y, (None, 'K')), (q, ('.', 2))], name='loose'),
              tf.debugging.assert_shapes([(p, ('A', 'B'))], summarize=2)]
    note('checks', [[c.name, c.type] for c in checks])
    for label, f in [('size', lambda: tf.debugging.assert_shapes([(a, (2, 3))], message='msg')), ('symbol', lambda: tf.debugging.assert_shapes([(a, ('N', 'N')), (b, ('N',))])), ('iterable', lambda: tf.debugging.assert_shapes([(a, 2)])), ('star', lambda: tf.debugging.assert_shapes([(a, (2, '*'))])), ('rank', lambda: tf.debugging.assert_shapes([(a, (1, 2, 3))])),
                     ('with_shape', lambda: fw.with_shape([3], a)), ('with_shape rank', lambda: fw.with_shape(np.array([[2]], np.int32), a)), ('with_shape dtype', lambda: fw.with_shape(tf.constant([2.]), a)), ('scalar int', lambda: fw.assert_scalar_int(tf.constant(1.))), ('scalar', lambda: fw.assert_scalar_int(tf.constant([1]))), ('none', lambda: fw.reduce_sum_n([]))]:
        attempt(label, f)
    hints = [tf.convert_to_tensor([1, 2], dtype_hint=tf.float32), tf.convert_to_tensor([1, 2], preferred_dtype=tf.int64, name='pref'), tf.convert_to_tensor(2.5, dtype_hint=tf.int32)]
    note('hints', [[t.name, t.dtype] for t in hints])
    note('static', [tf.get_static_value(a), tf.contrib.util.constant_value(tf.stack([tf.constant(1), tf.shape(q)[1]])) is None])
    tf.set_random_seed(7)
    kernels = [fw.convolutional_orthogonal_1d(seed=1)([3, 2, 3], tf.float32), fw.convolutional_orthogonal_2d(gain=2., seed=2)([2, 2, 2, 2], tf.float32), fw.convolutional_orthogonal_3d(seed=3)([2, 2, 2, 2, 2], tf.float32), fw.convolutional_orthogonal_2d(seed=4)([1, 1, 2, 3], tf.float32)]
    note('kernels', [[k.name, k.shape] for k in kernels])
    for label, f in [('rank1', lambda: fw.convolutional_orthogonal_1d()([3, 2], tf.float32)), ('in', lambda: fw.convolutional_orthogonal_2d()([2, 2, 3, 2], tf.float32)), ('square', lambda: fw.convolutional_orthogonal_2d()([2, 3, 2, 2], tf.float32)), ('rank3', lambda: fw.convolutional_orthogonal_3d()([2, 2, 2, 2], tf.float32))]:
        attempt(label, f)
    v = tf.get_variable('v', [2], synchronization=tf.VariableSynchronization.ON_WRITE, aggregation=tf.VariableAggregation.SUM)
    l = tf.get_local_variable('l', [2], aggregation=tf.VariableAggregation.MEAN)
    note('variables', [v.name, l.name, v.trainable, l.trainable])
    feed = {p: [[1., 2.], [3., 4.]], q: [[1., 2.], [5., 6.]]}
    runs = [{'fetch': sums + [scalar]}, {'fetch': shaped[:4] + shaped[5:], 'feed': feed}, {'fetch': squeezed[:2]}, {'fetch': squeezed[2], 'feed': {p: [[1.], [2.], [3.]]}}, {'fetch': shaped[1], 'feed': {p: [1.]}}, {'fetch': shaped[4], 'feed': {p: [7.]}},
            {'fetch': checks[0], 'feed': {x: np.zeros([4, 3], np.float32), y: np.zeros([4, 3], np.float32)}}, {'fetch': checks[0], 'feed': {x: np.zeros([5, 3], np.float32), y: np.zeros([4, 3], np.float32)}}, {'fetch': checks[3], 'feed': {p: [1.]}}, {'fetch': kernels}]
    return {'runs': runs}
