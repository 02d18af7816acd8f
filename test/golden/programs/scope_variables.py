"""Partitioners and PartitionedVariable in depth, nested getters, tf.Variable methods, scatter and slices on references, initializers over devices, containers."""
from oracle import arr, attempt, note


def build(tf):
    gv, vs = tf.get_variable, tf.variable_scope
    order = []

    def getter(tag):
        def f(getter, name, *args, **kwargs):
            order.append(tag + ':' + name)
            return getter(name + '_' + tag, *args, **kwargs)
        return f
    with vs('g', custom_getter=getter('out')) as outer:
        gv('v', [1], initializer=tf.zeros_initializer())
        with vs('h', custom_getter=getter('in')):
            gv('v', [1], initializer=tf.zeros_initializer())
        with vs('plain'):
            gv('v', [1], initializer=tf.zeros_initializer())
    with vs(outer, custom_getter=getter('again'), reuse=tf.AUTO_REUSE):
        gv('v', [1], initializer=tf.zeros_initializer())
    note('getters', order)
    note('getter names', [v.op.name for v in tf.global_variables()])
    p1 = tf.variable_axis_size_partitioner(24, axis=1)
    p2 = tf.min_max_variable_partitioner(max_partitions=3, axis=0, min_slice_size=16)
    note('partitioners', [p1(tf.TensorShape([2, 9]), tf.float32), p1(tf.TensorShape([2, 9]), tf.string), tf.variable_axis_size_partitioner(8, max_shards=2)(tf.TensorShape([5, 1]), tf.float32),
                          p2(shape=tf.TensorShape([5, 4]), dtype=tf.float32), p2(shape=tf.TensorShape([2, 4]), dtype=tf.float64), tf.fixed_size_partitioner(4, 1)(tf.TensorShape([2, 3]))])
    attempt('axis size', lambda: tf.variable_axis_size_partitioner(0))
    attempt('max shards', lambda: tf.variable_axis_size_partitioner(8, max_shards=-1))
    attempt('min max axis', lambda: tf.min_max_variable_partitioner(axis=2)(shape=tf.TensorShape([5, 4]), dtype=tf.float32))
    cols = gv('cols', [2, 5], initializer=tf.constant_initializer(1.5), partitioner=tf.fixed_size_partitioner(2, 1))
    val = gv('val', initializer=tf.constant(arr([5, 2], 1)), partitioner=tf.fixed_size_partitioner(3))
    one = gv('one', [2], initializer=tf.ones_initializer(), partitioner=tf.fixed_size_partitioner(1))
    note('partitioned', [[v.name, v.shape, v._get_save_slice_info().spec] for v in list(cols) + list(val) + list(one)])
    note('whole', [cols.name, cols.dtype.name, cols.get_shape(), len(cols)])
    both = tf.matmul(cols, val, name='both')
    with tf.name_scope('again'):
        note('as tensor', [tf.convert_to_tensor(cols).name, cols.as_tensor().name, tf.convert_to_tensor(one).name, tf.identity(one).name])
    ups = cols.assign_add(tf.constant(arr([2, 5], 2))) + val.assign(val) + cols.assign([tf.zeros([2, 3]), tf.ones([2, 2])])
    note('updates', [u.name for u in ups])
    attempt('unknown shape', lambda: gv('bad', [None, 2], partitioner=tf.fixed_size_partitioner(2)))
    attempt('not a list', lambda: gv('bad', [4], partitioner=lambda shape, dtype: 3))
    attempt('wrong length', lambda: gv('bad', [4], partitioner=lambda shape, dtype: [1, 2]))
    attempt('zero', lambda: gv('bad', [4], partitioner=lambda shape, dtype: [0]))
    attempt('two axes', lambda: gv('bad', [4, 4], partitioner=lambda shape, dtype: [2, 2]))
    attempt('not callable', lambda: gv('bad', [4], partitioner=3))
    attempt('exists', lambda: gv('cols', [2, 5], partitioner=tf.fixed_size_partitioner(2, 1)))
    with vs('', reuse=True):
        attempt('never made', lambda: gv('nothing', [2, 5], partitioner=tf.fixed_size_partitioner(2, 1)))
        attempt('other shape', lambda: gv('cols', [2, 6], partitioner=tf.fixed_size_partitioner(2, 1)))
        attempt('other dtype', lambda: gv('cols', [2, 5], tf.float64, partitioner=tf.fixed_size_partitioner(2, 1)))
    attempt('plain name', lambda: gv('cols', [2, 5]))
    attempt('as reference', lambda: tf.assign(cols, tf.zeros([2, 5])))
    lists = tf.create_partitioned_variables([4, 2], [2, 1], tf.ones_initializer(), name='made')
    note('create_partitioned', [v.op.name for v in lists])
    v = tf.Variable(arr([4, 2], 3), name='v')
    note('repr', [str(v), repr(v)])
    ws = [v.assign(tf.ones([4, 2]), use_locking=True), v.assign_add(tf.ones([4, 2]), name='plus'), v.assign_sub(tf.ones([4, 2])), tf.assign(v, tf.zeros([4, 2]), validate_shape=False),
          tf.assign_sub(v, tf.ones([4, 2]), use_locking=True), tf.scatter_sub(v, [0, 0], [[1., 1.], [2., 2.]]), tf.scatter_mul(v, 1, [3., 3.]), tf.scatter_div(v, [1], 2.), tf.scatter_min(v, [2], [[-5., 5.]]),
          tf.scatter_max(v, [[2], [3]], [[[5., -5.]], [[1., 1.]]]), v.scatter_update(tf.IndexedSlices([[7., 7.]], [3])), v.scatter_add(tf.IndexedSlices([[1., 1.]], [3]), use_locking=True),
          v.scatter_nd_add([[0, 0], [0, 0]], [1., 2.]), v.scatter_nd_sub([[1]], [[1., 1.]]), v.scatter_nd_update([[2, 1]], [4.]), v[1:, 0].assign([1., 2., 3.]), v[0].assign([-1., -1.], name='row'),
          tf.batch_scatter_update(v, [[0], [1], [1], [0]], [[10.], [20.], [30.], [40.]])]
    note('write names', [w.name for w in ws])
    op = v.assign(tf.zeros([4, 2]), read_value=False)
    note('op', [type(op).__name__, op.name])
    attempt('assign shape', lambda: v.assign(tf.ones([3])))
    attempt('scatter shape', lambda: tf.scatter_add(v, [0], [[1., 2., 3.]]))
    attempt('scatter type', lambda: v.scatter_add([1.5]))
    attempt('conversion', lambda: tf.add(v, tf.constant(1)))
    attempt('convert', lambda: tf.convert_to_tensor(v, tf.int32))
    attempt('collections', lambda: tf.Variable(1., collections='mine'))
    attempt('constraint', lambda: tf.Variable(1., constraint=3))
    with tf.container('box'):
        boxed = tf.Variable(1., name='boxed')
    note('container', boxed.op.get_attr('container'))
    with tf.device('/device:CPU:0'):
        d0 = tf.Variable(1., name='d0')
    init = tf.variables_initializer([v, d0, boxed], name='devices')
    note('init of none', tf.variables_initializer([]).name)
    asserted = tf.assert_variables_initialized([v, d0])
    some = tf.report_uninitialized_variables([v, boxed], name='report')
    none = tf.report_uninitialized_variables([])
    every = tf.global_variables_initializer()
    tf.add_to_collection(tf.GraphKeys.MOVING_AVERAGE_VARIABLES, v)
    note('collections', [[x.name for x in f()] for f in (tf.moving_average_variables, tf.local_variables, tf.model_variables)] + [[x.name for x in tf.global_variables('g/')]])
    with tf.variable_op_scope([v], None, 'opscope') as s:
        note('op scope', [s.name, tf.constant(1.).name])
    runs = [{'fetch': asserted}, {'fetch': some}, {'fetch': none}, {'fetch': init}, {'fetch': asserted}, {'fetch': some}, {'fetch': every}, {'fetch': [both] + [tf.convert_to_tensor(one)]}]
    runs += [{'fetch': u} for u in ups]
    for w in ws:
        runs.append({'fetch': w})
    return {'runs': runs + [{'fetch': op}, {'fetch': v}, {'fetch': lists}]}
