"""sparse_softmax_cross_entropy_with_logits on logits of rank above 2, shapes known, in part, and not at all."""
from oracle import arr, ints


def build(tf):
    runs = []
    for name, logits_shape, labels_shape in (('known', [2, 3, 4], [2, 3]), ('part', [None, 3, 4], [None, 3]), ('rank', None, None)):
        logits = tf.placeholder(tf.float32, logits_shape, name=name + '_logits')
        labels = tf.placeholder(tf.int32, labels_shape, name=name + '_labels')
        cost = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)
        g = tf.gradients(cost, logits)[0]
        runs.append({'fetch': [cost, g], 'feed': {logits: arr([2, 3, 4], 1), labels: ints([2, 3], 4, 2)}})
        if name == 'part':
            runs.append({'fetch': cost, 'feed': {logits: arr([2, 3, 4], 1), labels: ints([3, 3], 4, 2)}})
    return {'runs': runs}
