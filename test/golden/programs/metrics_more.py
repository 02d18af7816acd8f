"""tf.metrics.*: weights of several ranks, ranks known late, thresholds, auc curves, class means, collections, errors."""
from oracle import arr, attempt, ints, note


def build(tf):
    m = tf.metrics
    y = tf.placeholder(tf.float32, [4, 2], name='y')
    x = tf.placeholder(tf.float32, [4, 2], name='x')
    n = tf.placeholder(tf.float32, [4, 2], name='n')
    u = tf.placeholder(tf.float32, None, name='u')
    uw = tf.placeholder(tf.float32, None, name='uw')
    l = tf.placeholder(tf.int64, [6], name='l')
    p = tf.placeholder(tf.int32, [6], name='p')
    q = tf.placeholder(tf.float32, [6, 1], name='q')
    w = tf.placeholder(tf.float32, [6], name='w')
    t = [.2, .5, .8]
    M = [m.mean(x, weights=tf.constant([[1.], [0.], [2.], [1.]])), m.mean(x, 2., 'values', ['updates', 'more'], 'mine'), m.mean(u, weights=uw), m.mean_tensor(x, weights=tf.constant([[1., 2.]])),
         m.mean_tensor(x, weights=tf.constant([1., 0., 2., 1.])), m.mean_relative_error(y, x, n), m.mean_cosine_distance(y, x, 1, weights=tf.constant([1., 0., 2., 1.])), m.accuracy(u, uw), m.accuracy(l, q),
         m.percentage_below(x, .5, name='below'), m.root_mean_squared_error(y, x, weights=2., metrics_collections='values', updates_collections='updates', name='rmse'),
         m.true_positives(l, p, weights=w), m.true_negatives(l, p), m.false_positives(l, p, name='fp'), m.false_negatives(l, p, weights=2.), m.precision(l, p, w), m.recall(l, p, w, 'values', 'updates'),
         m.true_positives_at_thresholds(l, q, t), m.true_negatives_at_thresholds(l, q, t, weights=w), m.false_positives_at_thresholds(l, q, t, name='at'), m.false_negatives_at_thresholds(l, q, t, updates_collections=['updates']),
         m.precision_at_thresholds(l, q, t), m.recall_at_thresholds(l, q, t, w), m.sensitivity_at_specificity(l, q, .6, num_thresholds=7), m.specificity_at_sensitivity(l, q, .6, w, 7),
         m.auc(l, q, curve='PR', num_thresholds=5), m.auc(l, q, curve='PR', summation_method='careful_interpolation', num_thresholds=5), m.auc(l, q, w, summation_method='minoring', thresholds=[.7, .3]), m.auc(l, q, summation_method='majoring', num_thresholds=4),
         m.mean_iou(tf.reshape(l, [2, 3]), tf.reshape(p, [2, 3]), 3, weights=tf.reshape(w, [2, 3])), m.mean_per_class_accuracy(l, p, 3), m.mean_per_class_accuracy(tf.reshape(l, [2, 3]), tf.reshape(p, [2, 3]), 2, tf.reshape(w, [2, 3]), 'values', 'updates')]
    for c in ('values', 'updates', 'more', tf.GraphKeys.METRIC_VARIABLES, tf.GraphKeys.LOCAL_VARIABLES):
        note(c, [v.name for v in tf.get_collection(c)])
    attempt('shapes', lambda: m.mean_squared_error(y, tf.zeros([3, 2])))
    attempt('weights', lambda: m.mean(x, weights=tf.zeros([3, 1])))
    attempt('rank', lambda: m.mean(x, weights=tf.zeros([4, 2, 1, 1])))
    attempt('count weights', lambda: m.true_positives(l, p, weights=tf.zeros([6, 1, 1])))
    attempt('curve', lambda: m.auc(l, q, curve='X'))
    attempt('method', lambda: m.auc(l, q, summation_method='x'))
    attempt('specificity', lambda: m.sensitivity_at_specificity(l, q, 1.5))
    attempt('sensitivity', lambda: m.specificity_at_sensitivity(l, q, -1))
    attempt('tensor shape', lambda: m.mean_tensor(u))
    attempt('iou', lambda: m.mean_iou(l, tf.zeros([5], tf.int64), 2))
    attempt('per class', lambda: m.mean_per_class_accuracy(l, tf.zeros([5], tf.int64), 2))
    init = tf.local_variables_initializer()
    f = lambda i, a, b: {y: arr([4, 2], i), x: arr([4, 2], i + 9), n: ints([4, 2], 3, i), u: arr(a, i), uw: arr(b, i + 3, 0., 1.), l: ints([6], 2, i), p: ints([6], 2, i + 50), q: arr([6, 1], i, 0., 1.), w: arr([6], i + 7, 0., 1.)}
    late = [a for a in M if a is not M[7]]
    vals, ups = [a for a, _ in late], [b for _, b in late]
    runs = [{'fetch': init}, {'fetch': vals}]
    for a, b in (((5,), (5,)), ((4, 3), (4,)), ((3, 2), (3, 2, 1))):
        runs += [{'fetch': ups, 'feed': f(len(runs), a, b)}, {'fetch': vals}]
    runs += [{'fetch': M[7][1], 'feed': {u: arr(a, 1), uw: arr(b, 1)}} for a, b in (((4, 1), (4,)), ((4,), (4, 1)), ((2, 2), (2, 2)))]
    bad = dict(f(0, (5,), (5,)), **{})
    bad[q] = arr([6, 1], 0, .5, 1.5)
    runs += [{'fetch': M[17][1], 'feed': bad}]
    return {'runs': runs + [{'fetch': {v.name: v for v in tf.local_variables()}}]}
