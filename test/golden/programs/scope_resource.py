"""Resource variables: nodes of creation, reads and writes, gradients, optimizers, scatter and slices, errors, enable_resource_variables."""
from oracle import arr, attempt, note


def build(tf):
    gv, vs = tf.get_variable, tf.variable_scope
    tf.enable_resource_variables()
    note('enabled', tf.resource_variables_enabled())
    a = tf.Variable([1., 2., 3.], name='a')
    note('kind', [type(a).__name__, a.dtype.name, a.name, a.op.name, a.op.type, a.initializer.name, a.initial_value.name, a.shape])
    b = tf.Variable(lambda: tf.ones([2, 3]), name='b')
    ref = tf.Variable(2., name='ref', use_resource=False)
    with vs('refs', use_resource=False):
        note('scope decides', [type(gv('x', [1], initializer=tf.zeros_initializer())).__name__, type(tf.Variable(1., name='y')).__name__])
    tf.disable_resource_variables()
    note('default', type(gv('plain', [], initializer=tf.zeros_initializer())).__name__)
    cached = gv('cached', [2], initializer=tf.ones_initializer(), use_resource=True, caching_device='/cpu:0')
    con = gv('con', [2], initializer=tf.constant_initializer(0.9), use_resource=True, constraint=lambda v: tf.clip_by_value(v, 0., 1.))
    regs = gv('reg', [2], initializer=tf.ones_initializer(), use_resource=True, regularizer=lambda v: tf.reduce_sum(tf.square(v)))
    n = tf.Variable(0, name='n', use_resource=True)
    with tf.name_scope('use'):
        y = a * 2. + 1. - a
        z = tf.matmul(b, tf.reshape(a, [3, 1])) + b[0, 1:2]
        note('reads', [a.value().name, a.read_value().name, tf.convert_to_tensor(a).name, tf.identity(a).name])
        c = cached + cached
    g = tf.gradients(tf.reduce_sum(z) + tf.reduce_sum(tf.square(a)), [a, b])
    note('gradients', [x.name for x in g])
    table = tf.Variable(arr([4, 2], 5), name='table', use_resource=True)
    rows = tf.gather(table, [2, 0, 2])
    nd = tf.gather_nd(table, [[1, 1], [0, 0]])
    gt = tf.gradients(tf.reduce_sum(rows * rows), table)[0]
    note('sparse gradient', [gt.values.name, gt.indices.name, gt.dense_shape.name])
    w1 = a.assign([4., 5., 6.])
    w2 = tf.assign_add(a, [1., 1., 1.], name='dropped')
    w3 = tf.assign(a, [1., 2., 3.], name='named')
    w4 = a.assign_sub([1., 0., 0.], name='sub', read_value=False)
    w5 = cached.assign_add([1., 1.])
    note('writes', [w1.name, w1.op.name, w2.name, w3.name, w4.name, type(w1).__name__, w1.dtype.name, w1.shape])
    with tf.control_dependencies([w2]):
        after = tf.identity(a, name='after')
        again = a.read_value()
    chained = w1.assign_add([1., 1., 1.])
    sc = [tf.scatter_add(table, [0, 1, 0], [[1., 1.], [2., 2.], [3., 3.]], name='sadd'), table.scatter_sub(tf.IndexedSlices([[1., 1.]], [3])),
          tf.scatter_update(table, [2], [[9., 9.]]), tf.scatter_mul(table, [1], 2.), tf.scatter_div(table, [1], [[2., 4.]]), tf.scatter_max(table, [0], [[0., 5.]]),
          tf.scatter_min(table, [0], [[0., 5.]]), tf.scatter_nd_add(table, [[0, 1]], [7.]), tf.scatter_nd_update(table, [[3]], [[8., 8.]]), tf.scatter_nd_sub(table, [[0]], [[1., 1.]])]
    note('scatter names', [s.op.name for s in sc])
    sl = table[1:3, 0].assign([-1., -2.])
    note('slice', [sl.op.name, table[1:3].name])
    cnt = n.count_up_to(2)
    isin = tf.is_variable_initialized(a)
    rep = tf.report_uninitialized_variables([a, n])
    attempt('assign shape', lambda: a.assign([1., 2.]))
    attempt('assign_add shape', lambda: a.assign_add([1., 2.]))
    attempt('assign dtype', lambda: a.assign(tf.constant([1, 2, 3])))
    attempt('conversion dtype', lambda: tf.convert_to_tensor(a, tf.int32))
    attempt('set_shape', lambda: a.set_shape([3]))
    attempt('scatter type', lambda: table.scatter_add([1.5]))
    loss = tf.reduce_sum(tf.square(a)) + tf.reduce_sum(b * 3.) + tf.reduce_sum(tf.square(con))
    step = tf.Variable(0, name='step', trainable=False, use_resource=True)
    ops = []
    for opt in (tf.train.GradientDescentOptimizer(0.1), tf.train.MomentumOptimizer(0.1, 0.9), tf.train.AdamOptimizer(0.1), tf.train.RMSPropOptimizer(0.1, momentum=0.5),
                tf.train.RMSPropOptimizer(0.1, centered=True, name='Centered'), tf.train.AdagradOptimizer(0.1)):
        ops.append(opt.minimize(loss, var_list=[a, b, con], global_step=step))
    note('steps', [o.name for o in ops])
    init = tf.global_variables_initializer()
    runs = [{'fetch': y}, {'fetch': w4}, {'fetch': rows}, {'fetch': isin}, {'fetch': rep}, {'fetch': cnt}, {'fetch': ops[0]}, {'fetch': sc[0]}, {'fetch': init}, {'fetch': [y, z, c, g, rows, nd, gt]},
            {'fetch': isin}, {'fetch': rep}, {'fetch': w1}, {'fetch': [a]}, {'fetch': w2}, {'fetch': [after]}, {'fetch': again}, {'fetch': w3}, {'fetch': chained}, {'fetch': a}, {'fetch': w4}, {'fetch': a}, {'fetch': w5}, {'fetch': cached}]
    for s in sc:
        runs.append({'fetch': s})
    runs += [{'fetch': sl}, {'fetch': table}, {'fetch': cnt}, {'fetch': cnt}, {'fetch': cnt}, {'fetch': w3}]
    for o in ops:
        runs += [{'fetch': o}, {'fetch': [a, b, con, step]}]
    return {'runs': runs + [{'fetch': regs}]}
