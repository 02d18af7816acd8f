"""nn off the beaten track: transposed atrous and hand-written gradients of convolutions, fractional pools, candidate samplers, clipped and safe embedding lookups, average losses, merged labels."""
from oracle import arr, attempt, ints


def build(tf):
    n = tf.nn
    tf.set_random_seed(21)
    x = tf.placeholder(tf.float32, [2, 5, 6, 3], name='x')
    part = tf.placeholder(tf.float32, [None, None, 6, 3], name='part')
    feed = {x: arr([2, 5, 6, 3], 1), part: arr([2, 5, 6, 3], 1)}
    w = tf.constant(arr([3, 2, 4, 3], 2), name='w')
    size = tf.placeholder(tf.int32, [4], name='size')
    feed[size] = [2, 5, 6, 4]
    outs = [n.atrous_conv2d_transpose(x, w, [2, 5, 6, 4], 2, 'SAME'), n.atrous_conv2d_transpose(x, w, [2, 9, 8, 4], 2, 'VALID'), n.atrous_conv2d_transpose(part, w, size, 2, 'SAME', name='up'), n.atrous_conv2d_transpose(x, w, [2, 5, 6, 4], 1, 'SAME'), n.atrous_conv2d_transpose(x, w, [tf.shape(part)[0], 5, 6, 4], 3, 'SAME')]
    d, f = tf.constant(arr([3, 2, 3, 2], 3), name='d'), tf.constant(arr([2, 5, 6, 6], 4), name='f')
    outs += [n.depthwise_conv2d_native_backprop_input([2, 5, 6, 3], d, f, [1, 1, 1, 1], 'SAME'), n.depthwise_conv2d_backprop_input(tf.shape(part), d, f, [1, 1, 1, 1], 'SAME', name='di'), n.depthwise_conv2d_native_backprop_filter(x, [3, 2, 3, 2], f, [1, 1, 1, 1], 'SAME'), n.depthwise_conv2d_backprop_filter(x, [3, 2, 3, 2], f, [1, 1, 1, 1], 'SAME')]
    v, g = tf.reshape(x, [1, 2, 5, 6, 3]), tf.constant(arr([1, 2, 3, 3, 2], 5), name='g')
    outs += [n.conv3d_backprop_filter(v, [2, 3, 2, 3, 2], g, [1, 1, 2, 2, 1], 'SAME'), n.conv3d_backprop_filter_v2(v, [2, 3, 2, 3, 2], g, strides=[1, 1, 2, 2, 1], padding='SAME', name='by_filter')]
    runs = [{'fetch': outs, 'feed': feed}]
    # fractional pools
    pools, grads = [], []
    for pool in (n.fractional_max_pool, n.fractional_avg_pool):
        for pseudo in (False, True):
            for overlap in (False, True):
                y = pool(x, [1., 1.4, 1.7, 1.], pseudo, overlap, True, 5, 9)
                pools.append([y[0], y[1], y[2]])
                grads.append(tf.gradients(y[0] * y[0], x))
        y = pool(tf.cast(x * 20, tf.int32), [1., 1.5, 2., 1.], deterministic=True, seed=3, name='ints')
        pools.append([y[0], y[1], y[2]])
        pool(part, [1., 1.5, 2., 1.])
    runs += [{'fetch': pools, 'feed': feed}, {'fetch': pools[:2], 'feed': feed}, {'fetch': grads, 'feed': feed}]
    runs.append({'fetch': n.fractional_max_pool(x, [1., 1.4, 1.7, 1.], seed=4)[0], 'feed': feed})
    attempt('pool ratio', lambda: n.fractional_max_pool(tf.zeros([2, 2]), [1., 1.5, 1.5, 1.]))
    attempt('pool gradient', lambda: tf.gradients(n.fractional_avg_pool(part, [1., 1.5, 2., 1.])[0], part))
    # samplers
    true = tf.placeholder(tf.int64, [3, 2], name='true')
    samplers = [n.all_candidate_sampler(true, 2, 5, True), n.fixed_unigram_candidate_sampler(true, 2, 4, True, 8, unigrams=[5., 1., 3., .5, 2., 9.], num_reserved_ids=2, seed=3), n.fixed_unigram_candidate_sampler(true, 2, 9, False, 3, distortion=.75, num_shards=2, shard=1, unigrams=[5., 1., 3., .5, 2., 9.], seed=4, name='shard'),
                n.learned_unigram_candidate_sampler(true, 2, 4, True, 9, seed=5), tf.random.learned_unigram_candidate_sampler(true, 2, 6, False, 9, seed=6, name='seen')]
    samplers = [[s[0], s[1], s[2]] for s in samplers]
    for i in range(3):
        runs.append({'fetch': samplers, 'feed': {true: ints([3, 2], 8, i, 'int64')}})
    runs.append({'fetch': n.fixed_unigram_candidate_sampler(true, 2, 4, True, 8)[0], 'feed': {true: ints([3, 2], 8, 0, 'int64')}})
    runs.append({'fetch': n.learned_unigram_candidate_sampler(true, 2, 10, True, 9)[0], 'feed': {true: ints([3, 2], 8, 0, 'int64')}})
    # lookups
    table, other = tf.constant(arr([5, 3], 6), name='table'), tf.constant(arr([4, 3], 7), name='other')
    ids = tf.placeholder(tf.int32, [2, 2], name='ids')
    loose = tf.placeholder(tf.int32, name='loose')
    looked = [n.embedding_lookup(table, ids, max_norm=.8), n.embedding_lookup([table, other], ids, max_norm=.5), n.embedding_lookup(table, loose, max_norm=.7), n.embedding_lookup(table, 3, max_norm=.2), n.embedding_lookup([table, other], ids, 'div', max_norm=1.2, name='div')]
    sp = tf.SparseTensor(tf.constant([[0, 0], [0, 1], [2, 0], [3, 1]], tf.int64), tf.constant([1, -1, 4, 3], tf.int64), tf.constant([4, 2], tf.int64))
    sw = tf.SparseTensor(sp.indices, tf.constant([.5, 1., -2., 3.]), sp.dense_shape)
    deep = tf.sparse_placeholder(tf.int64, [2, None, 2], name='deep')
    for c in ('mean', 'sum', 'sqrtn'):
        looked += [n.safe_embedding_lookup_sparse(table, sp, combiner=c), n.safe_embedding_lookup_sparse([table, other], sp, sw, c, default_id=2, name='with_' + c), n.safe_embedding_lookup_sparse(table, sp, sw, c, partition_strategy='mod', max_norm=.6)]
    looked += [n.safe_embedding_lookup_sparse(table, deep), n.embedding_lookup_sparse(table, tf.SparseTensor(sp.indices, tf.abs(sp.values), sp.dense_shape), sw, combiner='sum', max_norm=.9)]
    runs.append({'fetch': looked, 'feed': {ids: [[0, 3], [3, 1]], loose: [1, 2], deep: ([[0, 0, 1], [1, 2, 0]], [3, 2], [2, 3, 2])}})
    attempt('no weights', lambda: n.safe_embedding_lookup_sparse([], sp))
    attempt('no table', lambda: n.safe_embedding_lookup_sparse(None, sp))
    # losses and labels
    loss, losses = tf.placeholder(tf.float32, [4, 2], name='loss'), tf.placeholder(tf.float64, name='losses')
    rest = [n.compute_average_loss(loss), n.compute_average_loss(loss, [1., 2., 0., 1.]), n.compute_average_loss(loss, tf.ones([4, 2, 1]), 8.), n.compute_average_loss(losses), n.compute_average_loss(losses, .5, 3.), n.scale_regularization_loss(loss), n.scale_regularization_loss([1., 2.])]
    labels, lengths = tf.placeholder(tf.int32, [3, 6], name='labels'), tf.placeholder(tf.int32, [3], name='lengths')
    free = tf.placeholder(tf.int64, [None, None], name='free')
    rest += [n.collapse_repeated(labels, lengths), n.collapse_repeated(free, tf.cast(lengths, tf.int64), name='merged')]
    same = [[1, 1, 2, 2, 2, 3], [0, 0, 0, 0, 0, 0], [4, 5, 5, 4, 4, 1]]
    runs.append({'fetch': rest, 'feed': {loss: arr([4, 2], 8), losses: arr([3, 2], 9, dtype='float64'), labels: same, lengths: [6, 4, 3], free: same}})
    attempt('scalar loss', lambda: n.compute_average_loss(tf.constant(1.)))
    attempt('atrous channels', lambda: n.atrous_conv2d_transpose(x, tf.zeros([3, 2, 4, 2]), [2, 5, 6, 4], 2, 'SAME'))
    attempt('atrous rate', lambda: n.atrous_conv2d_transpose(x, w, [2, 5, 6, 4], 0, 'SAME'))
    attempt('atrous shape', lambda: n.atrous_conv2d_transpose(x, w, [5, 6, 4], 2, 'SAME'))
    attempt('atrous out', lambda: n.atrous_conv2d_transpose(x, w, [2, 5, 6, 3], 2, 'SAME'))
    attempt('atrous padding', lambda: n.atrous_conv2d_transpose(x, w, [2, 5, 6, 4], 2, 'FULL'))
    return {'runs': runs}
