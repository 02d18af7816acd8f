"""contrib.layers and slim off the beaten track: other ranks and data formats, batch_norm by moments, weighted, in place and under a condition, depthwise alone, default tower names, collections, weighted sparse lookups."""
from oracle import arr, attempt, note


def build(tf):
    C, slim, n = tf.contrib.layers, tf.contrib.slim, tf.nn
    tf.set_random_seed(23)
    x = tf.placeholder(tf.float32, [2, 6, 6, 3], name='x')
    v = tf.placeholder(tf.float32, [4, 3], name='v')
    t = tf.placeholder(tf.bool, [], name='t')
    seq = tf.reshape(x, [2, 12, 9])
    vol = tf.reshape(x, [2, 3, 4, 3, 3])
    outs = [C.conv1d(seq, 2, 3, stride=2, rate=1), C.conv3d(vol, 2, [2, 1, 2], padding='VALID', activation_fn=None), C.convolution(x, 2, 3, rate=2, scope='dilated'),
            C.separable_conv2d(x, None, 3, 2, stride=2), C.separable_conv2d(x, None, [3, 2], 1, normalizer_fn=slim.batch_norm, normalizer_params={'is_training': False}),
            C.conv2d_transpose(x, 2, [2, 3], stride=[2, 1], padding='VALID', biases_initializer=None, activation_fn=None),
            C.avg_pool3d(vol, 2), C.max_pool3d(vol, [2, 2, 1], stride=1, padding='SAME'), slim.pool(x, [2, 3], 'AVG', stride=[1, 2]), slim.pool(x, 2, 'MAX', dilation_rate=2, scope='wide')]
    with slim.arg_scope([slim.conv2d], padding='VALID', variables_collections={'weights': ['w'], 'biases': ['b']}), slim.arg_scope([slim.model_variable], device='/cpu:0'):
        outs += [slim.repeat(x, 2, slim.conv2d, 2, 2, activation_fn=None), slim.stack(x, slim.conv2d, [(2, [1, 2]), (3, 1)])]
    outs += [slim.stack(v, slim.linear, [2, 3]), slim.repeat(v, 2, slim.fully_connected, 2), slim.linear(v, 2, outputs_collections=['ends', 'more']), slim.relu6(v, 2), C.elu(v, 2, scope='elu')]
    bn = lambda a, **k: C.batch_norm(a, decay=.9, **k)
    outs += [bn(x, batch_weights=[1., .5]), bn(x, batch_weights=[1., .5], is_training=t, updates_collections=None, center=False, scale=True), bn(x, fused=False, updates_collections='mine', is_training=t, variables_collections=['bn']), bn(seq, updates_collections=None, fused=False, data_format='NCHW', scale=True),
             bn(x, updates_collections=None, is_training=t), bn(v, center=False, data_format='NCHW', param_initializers={'moving_mean': tf.constant_initializer(.5)}), bn(x, data_format='NCHW', fused=False, is_training=False), bn(vol, is_training=True, trainable=False)]
    outs += [C.layer_norm(x, begin_norm_axis=2, begin_params_axis=-2, activation_fn=tf.nn.relu, scope='ln'), C.layer_norm(x, center=False, scale=False), C.instance_norm(x, data_format='NCHW', epsilon=.1), C.instance_norm(seq, scale=False),
             C.unit_norm(x, 0), C.unit_norm(x, 2, 1e-3), C.softmax(x), C.bias_add(x, activation_fn=tf.nn.relu, initializer=tf.constant_initializer(.5), data_format='NCHW'), C.one_hot_encoding(tf.constant([2, 0], tf.int64), 3, 2., -1., scope='hot'),
             C.flatten(x, 'ends'), C.dropout(v, tf.constant(1.), is_training=t), C.dropout(v, .5, noise_shape=[4, 1], seed=3), C.embed_sequence([[0, 1], [1, 1]], 3, 2, unique=True)]
    ids = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], tf.constant([1, 2, 1], tf.int64), [3, 2])
    weights = tf.SparseTensor([[0, 0], [0, 1], [2, 0]], [.5, 2., 3.], [3, 2])
    table = tf.constant(arr([4, 2], 3), name='table')
    outs += [n.embedding_lookup_sparse(table, ids, weights, combiner=c) for c in ('sum', 'mean', 'sqrtn')] + [n.embedding_lookup_sparse([table, table], ids, None, 'div', combiner=c) for c in ('sum', 'sqrtn')]
    attempt('format', lambda: C.max_pool2d(x, 2, data_format='NWC'))
    attempt('conv format', lambda: C.conv2d(x, 2, 3, data_format='X'))
    attempt('rank', lambda: C.conv2d(v, 2, 3))
    attempt('stack args', lambda: slim.stack(v, slim.linear, 3))
    attempt('unit norm', lambda: C.unit_norm(v, 2))
    attempt('softmax rank', lambda: C.softmax(tf.ones([3])))
    attempt('embed', lambda: C.embed_sequence([[0]], 3))
    attempt('layer norm', lambda: C.layer_norm(v, begin_norm_axis=2))
    attempt('combiner', lambda: n.embedding_lookup_sparse(table, ids, None, combiner='max'))
    attempt('pool rank', lambda: slim.pool(v, 2, 'MAX'))
    attempt('bias rank', lambda: C.bias_add(v, data_format='NCHW'))
    note('names', [o.name for o in outs])
    note('collections', {k: tf.get_collection(k) for k in ('w', 'b', 'ends', 'more', 'mine', 'bn')})
    init = tf.global_variables_initializer()
    fd = lambda b: {x: arr([2, 6, 6, 3], 1), v: arr([4, 3], 2), t: b}
    return {'runs': [{'fetch': init}, {'fetch': [o for o in outs if not o.name.startswith('BatchNorm_5/')], 'feed': fd(True)}, {'fetch': tf.get_collection('mine'), 'feed': fd(True)}, {'fetch': tf.get_collection('mine'), 'feed': fd(False)}]}
