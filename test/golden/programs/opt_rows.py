"""Optimizers on rows of a table that occur twice: sparse updates of reference and of resource variables."""
from oracle import arr, note


def build(tf):
    T = tf.train
    ids = tf.placeholder(tf.int32, [None], name='ids')
    runs = []
    for kind in (False, True):
        with tf.variable_scope('resource' if kind else 'ref', use_resource=kind):
            e = tf.get_variable('emb', initializer=arr([6, 2], 1))
        loss = tf.reduce_sum(tf.square(tf.nn.embedding_lookup(e, ids) - 0.5))
        opts = [('gd', T.GradientDescentOptimizer(.1)), ('mom', T.MomentumOptimizer(.1, .9)), ('nesterov', T.MomentumOptimizer(.1, .9, use_nesterov=True)),
                ('adam', T.AdamOptimizer(.05)), ('rms', T.RMSPropOptimizer(.05, momentum=.3)), ('centered', T.RMSPropOptimizer(.05, centered=True)), ('ada', T.AdagradOptimizer(.3))]
        steps = [(n, o.minimize(loss, name='train_' + n)) for n, o in opts]
        note('slots', [(o.get_slot_names()) for _, o in opts])
        init = tf.global_variables_initializer()
        for n, s in steps:
            runs.append({'fetch': init, 'label': n})
            for f in ([1, 3, 1], [0], [5, 5, 5, 2], [1, 4]):
                runs += [{'fetch': s, 'feed': {ids: f}}, {'fetch': e}]
    return {'runs': runs + ['VARS']}
