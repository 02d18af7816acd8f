"""tf.metrics.*_at_k: dense and sparse labels, one class, weights, labels out of range, errors."""
from oracle import arr, attempt, ints, note


def build(tf):
    m = tf.metrics
    s = tf.placeholder(tf.float32, [3, 5], name='s')
    l = tf.placeholder(tf.int64, [3], name='l')
    l2 = tf.placeholder(tf.int64, [3, 2], name='l2')
    lu = tf.placeholder(tf.int64, None, name='lu')
    sp = tf.SparseTensor([[0, 0], [0, 1], [1, 0], [2, 0], [2, 1], [2, 2]], tf.constant([0, 3, 1, 4, 2, 0], tf.int64), [3, 3])
    w = tf.constant([1., 0., 2.])
    top = tf.constant([[1, 0], [4, 3], [2, 1]])
    M = [m.recall_at_k(l, s, 2), m.precision_at_k(l2, s, 2), m.recall_at_k(l2, s, 3, class_id=1, weights=w, name='mine'), m.precision_at_k(l, s, 1, class_id=0), m.recall_at_top_k(l2, top), m.precision_at_top_k(l, top, k=2, weights=.5),
         m.recall_at_k(lu, s, 2), m.precision_at_k(sp, s, 2), m.recall_at_k(sp, s, 2, class_id=4), m.sparse_precision_at_k(l2, s, 2, metrics_collections='values', updates_collections='updates'),
         m.average_precision_at_k(l2, s, 3), m.average_precision_at_k(l, s, 1), m.average_precision_at_k(l2, s, 2, weights=w, metrics_collections='values', updates_collections='updates', name='ap'),
         m.average_precision_at_k(sp, s, 3), m.average_precision_at_k(sp, s, 1), m.sparse_average_precision_at_k(lu, s, 2)]
    for c in ('values', 'updates', tf.GraphKeys.METRIC_VARIABLES):
        note(c, [v.name for v in tf.get_collection(c)])
    attempt('k', lambda: m.average_precision_at_k(l, s, 0))
    attempt('labels', lambda: m.recall_at_k(tf.zeros([3, 1, 1], tf.int64), s, 2))
    attempt('weights', lambda: m.precision_at_k(l2, s, 2, weights=tf.zeros([4])))
    attempt('dtype', lambda: m.precision_at_k(tf.zeros([3], tf.int32), s, 2))
    attempt('top k', lambda: m.recall_at_k(l, s, 6))
    init = tf.local_variables_initializer()
    f = lambda i: {s: arr([3, 5], i), l: ints([3], 5, i), l2: ints([3, 2], 7 if i == 2 else 5, i + 5), lu: ints([3] if i == 0 else [3, 2], 5, i + 7)}
    vals, ups = [a for a, _ in M], [b for _, b in M]
    runs = [{'fetch': init}, {'fetch': vals}]
    for i in range(3):
        runs += [{'fetch': ups, 'feed': f(i)}, {'fetch': vals}]
    return {'runs': runs + [{'fetch': {v.name: v for v in tf.local_variables()}}]}
