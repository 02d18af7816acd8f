"""tf.metrics on resource variables: updates are read when they are used."""
from oracle import arr, ints


def build(tf):
    m = tf.metrics
    l = tf.placeholder(tf.int64, [6], name='l')
    q = tf.placeholder(tf.float32, [6], name='q')
    with tf.variable_scope('r', use_resource=True):
        p = tf.cast(q + .5, tf.int64)
        M = [m.mean(q), m.mean_tensor(q), m.true_positives(l, p), m.precision(l, p), m.true_positives_at_thresholds(l, q, [.2, .5]), m.recall_at_thresholds(l, q, [.2, .5]), m.auc(l, q, num_thresholds=4),
             m.auc(l, q, curve='PR', summation_method='careful_interpolation', num_thresholds=4), m.sensitivity_at_specificity(l, q, .6, num_thresholds=4), m.specificity_at_sensitivity(l, q, .6, num_thresholds=4),
             m.mean_iou(l, p, 2), m.mean_per_class_accuracy(l, p, 2), m.recall_at_k(tf.reshape(l, [3, 2]), tf.reshape(q, [3, 2]), 1), m.average_precision_at_k(tf.reshape(l, [3, 2]), tf.reshape(q, [3, 2]), 2)]
    init = tf.local_variables_initializer()
    vals, ups = [a for a, _ in M], [b for _, b in M]
    runs = [{'fetch': init}]
    for i in range(2):
        runs += [{'fetch': ups, 'feed': {l: ints([6], 2, i), q: arr([6], i, 0., 1.)}}, {'fetch': vals}]
    return {'runs': runs + [{'fetch': {v.name: v for v in tf.local_variables()}}]}
