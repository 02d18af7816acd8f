"""Optimizers of tf.contrib.opt: dense gradients and rows that occur twice, reference and resource variables; decay of some variables, averages."""
from oracle import arr, attempt, note


def build(tf):
    O = tf.contrib.opt
    ids = tf.placeholder(tf.int32, [None], name='ids')
    x = tf.placeholder(tf.float32, [3], name='x')
    runs = []
    for kind in (False, True):
        with tf.variable_scope('resource' if kind else 'ref', use_resource=kind):
            e = tf.get_variable('emb', initializer=arr([6, 2], 1))
            w = tf.get_variable('w', initializer=arr([3], 2))
            b = tf.get_variable('b', initializer=.5)
            step = tf.get_variable('step', initializer=0, trainable=False)
        # Linear: what decays a variable does not wait for those who read it.
        loss = tf.reduce_sum(tf.nn.embedding_lookup(e, ids) * x[:2]) + tf.reduce_sum(w * x) + b * x[0]
        opts = [('adamw', O.AdamWOptimizer(.01, .05)), ('momentumw', O.MomentumWOptimizer(.02, .1, .9)), ('nesterov', O.MomentumWOptimizer(tf.constant(.02), .1, .9, use_nesterov=True, name='NW')), ('lazy', O.LazyAdamOptimizer(.05)), ('nadam', O.NadamOptimizer(.05)),
                ('adamax', O.AdaMaxOptimizer(.05, beta1=.8)), ('extended', O.extend_with_decoupled_weight_decay(tf.train.RMSPropOptimizer)(weight_decay=.1, learning_rate=.05)), ('average', O.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(.1), .5)),
                ('apart', O.MovingAverageOptimizer(tf.train.MomentumOptimizer(.1, .9), .5, num_updates=step, sequential_update=False))]
        steps = [(n, o.minimize(loss, global_step=step, name='train_' + n, var_list=[e, w, b])) for n, o in opts]
        if not kind:
            signs = [('add', O.AddSignOptimizer(.05)), ('power', O.PowerSignOptimizer(.05, base=2., sign_decay_fn=lambda s: 1. / (1. + tf.cast(s, tf.float32))))]
            steps += [(n, o.minimize(loss, global_step=step, var_list=[e, w, b])) for n, o in signs]
            some = O.AdamWOptimizer(.5, .05, name='some')
            steps += [('some', some.minimize(loss, decay_var_list=[w])), ('none', O.MomentumWOptimizer(.5, .05, .1).apply_gradients([(tf.ones([3]), w), (None, b)], decay_var_list=[b]))]
            note('slots', [o.get_slot_names() for _, o in opts[:7]])
            clipped, norm = O.clip_gradients_by_global_norm([(tf.reshape(x, [3]), w), (None, b), (tf.zeros([2]), e)], 2.)
            note('clipped', [[g if g is None else g.name, v.name] for g, v in clipped])
            runs.append({'fetch': [norm, clipped[0][0], clipped[2][0]], 'feed': {x: arr([3], 4, 2., 3.)}})
        init = tf.global_variables_initializer()
        for n, s in steps:
            runs.append({'fetch': init, 'label': n})
            for k, f in enumerate([[1, 3, 1], [0], [5, 5, 5, 2]]):
                runs += [{'fetch': s, 'feed': {ids: f, x: arr([3], 5 + k)}}, {'fetch': [e, w, b]}]
    attempt('decay', lambda: O.AdamWOptimizer())
    return {'runs': runs + ['VARS']}
