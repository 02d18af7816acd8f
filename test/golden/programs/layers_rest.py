"""Layers off the beaten track: transposed and separable convolutions of other ranks, classes made by position, in-plane convolutions, group_norm, maxout, sequences of images, spatial_softmax, the legacy layers, bow_encoder."""
from oracle import arr, attempt, ints, note


def build(tf):
    L, C, slim = tf.layers, tf.contrib.layers, tf.contrib.slim
    tf.set_random_seed(31)
    x = tf.placeholder(tf.float32, [2, 6, 6, 4], name='x')
    vol = tf.placeholder(tf.float32, [2, 3, 4, 3, 2], name='vol')
    seq = tf.placeholder(tf.float32, [2, 9, 3], name='seq')
    part = tf.placeholder(tf.float32, [None, None, 6, 4], name='part')
    feed = {x: arr([2, 6, 6, 4], 1), vol: arr([2, 3, 4, 3, 2], 2), seq: arr([2, 9, 3], 3), part: arr([2, 6, 6, 4], 4)}
    outs = [L.conv3d_transpose(vol, 3, 2), L.conv3d_transpose(vol, 2, [2, 3, 2], [2, 1, 2], 'same', activation=tf.nn.relu, use_bias=False, name='up')]
    L.conv3d_transpose(tf.reshape(vol, [2, 2, 3, 4, 3]), 2, 3, 2, data_format='channels_first')
    outs += [L.separable_conv1d(seq, 4, 3), L.separable_conv1d(seq, 2, 2, 2, 'same', depth_multiplier=2, activation=tf.nn.tanh, name='sep'), L.separable_conv1d(seq, 2, 3, dilation_rate=2, use_bias=False)]
    dense = L.Dense(5, tf.nn.relu, True, name='dense_by_place')
    outs += [dense.apply(seq), dense.apply(seq), L.Conv2D(3, 2, 2, 'same', name='conv_by_place').apply(x), L.Conv1D(2, 3).apply(seq), L.Conv2DTranspose(2, 3, 2).apply(x), L.Conv3DTranspose(2, 2, (2, 1, 1), 'same').apply(vol), L.SeparableConv1D(2, 3).apply(seq), L.SeparableConv2D(3, [2, 1], 1, 'same').apply(x)]
    outs += [L.MaxPooling2D(2, 2).apply(x), L.MaxPooling1D(3, 2, 'same').apply(seq), L.AveragePooling3D([1, 2, 3], 1).apply(vol), L.Flatten().apply(x), L.Dropout(.3, None, 5).apply(x, training=True), L.BatchNormalization(-1, .9, 1e-2, name='bn').apply(x, training=True)]
    outs += [C.conv2d_in_plane(x, 3), slim.conv2d_in_plane(x, [2, 1], stride=2, padding='VALID', activation_fn=None, normalizer_fn=slim.batch_norm, scope='plane'), C.conv2d_in_plane(x, 2, biases_initializer=None, variables_collections=['mine'])]
    outs += [C.conv3d_transpose(vol, 3, [2, 2, 1], stride=2), slim.conv3d_transpose(vol, 2, 2, activation_fn=None, normalizer_fn=slim.batch_norm, normalizer_params={'is_training': False}, padding='VALID', scope='deconv')]
    outs += [C.group_norm(x, 2), slim.group_norm(x, 4, -1, (-3, -2), center=False, activation_fn=tf.nn.relu, scope='gn'), C.group_norm(tf.transpose(x, [0, 3, 1, 2]), 2, channels_axis=1, reduction_axes=(2, 3), scale=False), C.group_norm(x, 2, mean_close_to_zero=True, epsilon=1e-3, param_initializers={'beta': tf.constant_initializer(.5)}), C.group_norm(tf.placeholder_with_default(x, [None, 6, 6, 4]), 1)]
    outs += [C.maxout(x, 2), slim.maxout(part, 3, axis=2, scope='most'), C.images_to_sequence(x), slim.images_to_sequence(x, data_format='NCHW', scope='rows', outputs_collections='ends'), C.sequence_to_images(tf.transpose(seq, [1, 0, 2]), 2), slim.sequence_to_images(tf.transpose(seq, [1, 0, 2]), 1, 'channels_first', scope='back')]
    outs += [C.spatial_softmax(x), C.spatial_softmax(part, temperature=.5, name='soft', trainable=False), C.spatial_softmax(tf.transpose(x, [0, 3, 1, 2]), data_format='NCHW')]
    outs += [C.legacy_fully_connected(seq, 3, tf.nn.tanh), C.legacy_relu(tf.reshape(x, [2, 144]), 2, name='old'), C.legacy_linear(part, 2, bias_init=None, weight_regularizer=C.l2_regularizer(.1))]
    ids = tf.constant([[1, 0, 2], [0, 0, 3]], name='ids')
    sparse = C.dense_to_sparse(ids)
    more = C.dense_to_sparse(ids, eos_token=3, scope='without')
    outs += [sparse.indices, sparse.values, more.values, more.dense_shape]
    outs += [C.bow_encoder(ids, 5, 3), C.bow_encoder(ids, 5, 2, sparse_lookup=False, scope='bow'), C.bow_encoder(tf.SparseTensor([[0, 1], [2, 0]], tf.constant([1, 4], tf.int64), [3, 2]), 5, 2)]
    table = tf.get_variable('table', [5, 2])
    sp = tf.SparseTensor([[0, 0], [2, 1]], tf.constant([1, -1], tf.int64), [3, 2])
    outs += [C.safe_embedding_lookup_sparse([table], sp), C.safe_embedding_lookup_sparse([table], sp, tf.SparseTensor(sp.indices, [.5, 2.], sp.dense_shape), 'sum', default_id=3)]
    chooser = slim.VariableDeviceChooser(2, replica=1)
    note('places', [chooser(None) for _ in range(3)])
    note('one place', slim.VariableDeviceChooser(device_type='GPU', device_index=1)(None))
    with slim.arg_scope([slim.conv2d], padding='VALID'):
        note('scope', slim.current_arg_scope() is not None)
    note('spec', [str(L.InputSpec(ndim=3).ndim), L.InputSpec(shape=(None, 4)).ndim, L.InputSpec(min_ndim=2, max_ndim=4).max_ndim])
    attempt('axis', lambda: C.group_norm(x, 2, channels_axis=5))
    attempt('groups', lambda: C.group_norm(x, 5))
    attempt('shared', lambda: C.group_norm(x, 3))
    attempt('overlap', lambda: C.group_norm(x, 2, reduction_axes=(-1, -2)))
    attempt('unknown', lambda: C.group_norm(part, 2))
    attempt('maxout', lambda: C.maxout(x, 3))
    attempt('sequence format', lambda: C.images_to_sequence(x, 'NWC'))
    attempt('transpose format', lambda: C.conv3d_transpose(vol, 2, 2, data_format='NHWC'))
    attempt('softmax format', lambda: C.spatial_softmax(x, data_format='HWC'))
    attempt('legacy rank', lambda: C.legacy_linear(tf.ones([3]), 2))
    attempt('bow', lambda: C.bow_encoder(ids, 0, 2))
    attempt('conv3d rank', lambda: L.conv3d_transpose(x, 2, 2, name='flat'))
    attempt('no units', lambda: L.Dense())
    init = tf.global_variables_initializer()
    runs = [{'fetch': init}, {'fetch': outs, 'feed': feed}]
    loss = tf.add_n([tf.reduce_sum(tf.square(o)) for o in outs[:6] + outs[20:30]])
    runs.append({'fetch': tf.gradients(loss, [x, vol, seq]), 'feed': feed})
    return {'runs': runs}
