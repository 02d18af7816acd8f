"""cond at its borders: control dependencies, devices and colocation across them, structures and operations as results, gradients (nested, inside a branch, sparse, of Merge and Switch by hand), case without default, group and tuple, assert_* in all forms."""
VERSIONS = ('1.15.5',)
from oracle import attempt, note


def build(tf):
    from tensorflow.contrib.framework import smart_case, smart_cond, smart_constant_value
    from tensorflow.python.ops import control_flow_ops
    x = tf.placeholder(tf.float32, [], name='x')
    y = tf.placeholder(tf.float32, [None, 2], name='y')
    p = tf.placeholder(tf.bool, [], name='p')
    v = tf.Variable(2., name='v')
    e = tf.Variable([[1., 2.], [3., 4.], [5., 6.]], name='e')
    outside = tf.add(x, 1., name='outside')

    # Control dependencies across the border, from inside and from outside; devices; colocation.
    def branch():
        with tf.control_dependencies([outside]):
            a = tf.constant(1., name='waits_outside')
            b = tf.add(a, x, name='b')
        with tf.control_dependencies([a]):
            c = tf.constant(2., name='waits_inside')
        with tf.control_dependencies(None):
            d = tf.constant(3., name='escaped')
        with tf.device('/cpu:0'):
            f = tf.multiply(c, outside, name='on_cpu')
        with tf.colocate_with(v):
            h = tf.multiply(f, outside, name='with_v')
        with tf.colocate_with(f):
            i = tf.multiply(h, y, name='with_f')
        return b + d + tf.reduce_sum(i)
    r1 = tf.cond(p, branch, lambda: x, name='border')
    with tf.device('/device:CPU:0'):
        with tf.control_dependencies([outside]):
            r2 = tf.cond(p, lambda: x * 2., lambda: tf.constant(4.), name='deps')

    # Structures, operations, variables, numbers.
    r3 = tf.cond(p, lambda: {'b': x, 'a': [v, 3.]}, lambda: {'b': outside, 'a': [x, v]}, name='dict')
    r4 = tf.cond(p, lambda: [x], lambda: [outside], strict=True, name='strict')
    r5 = tf.cond(p, lambda: tf.assign(v, 5.).op, lambda: tf.no_op(), name='ops')
    r6 = tf.cond(p, lambda: tf.group(tf.assign_add(v, 1.), tf.assign_add(e, e)), lambda: tf.no_op(), name='grouped')
    r7 = tf.cond(tf.constant(True), lambda: 1, lambda: 2, name='known')
    r8 = tf.cond(p, lambda: tf.cond(x > 0., lambda: tf.cond(x > 1., lambda: x, lambda: v + y), lambda: y * v), lambda: y - outside, name='deep')
    note('shapes', [r1.get_shape(), r8.get_shape(), r3['a'][0].get_shape(), r6.get_shape()])

    # Gradients.
    g1 = tf.gradients(r8, [x, y, v])
    g2 = tf.gradients(tf.cond(p, lambda: tf.reduce_sum(tf.gather(e, [0, 2, 0])), lambda: tf.reduce_sum(e * e), name='sparse'), [e], name='gs')
    g3 = tf.cond(p, lambda: tf.gradients(x * x * v, [x, v])[0], lambda: tf.gradients(tf.sin(x), x)[0], name='inside')
    g4 = tf.gradients(tf.gradients(tf.cond(p, lambda: x * x * x, lambda: v * x * x, name='second'), x)[0], [x, v])
    g5 = tf.gradients(tf.cond(p, lambda: tf.stop_gradient(x), lambda: x * x, name='stopped'), x, colocate_gradients_with_ops=True, gate_gradients=True)
    f, t = control_flow_ops.switch(x, p, name='byhand')
    m, mi = control_flow_ops.merge([f * 3., t * 4.], name='byhand_merge')
    g6 = tf.gradients(m, x, name='gh')

    # case, smart_cond.
    c1 = tf.case([(p, lambda: x), (x > 3., lambda: x * 2.), (x < -3., lambda: x * 3.)], name='nodefault')
    c2 = tf.case({p: lambda: x, x > 3.: lambda: outside}, default=lambda: x * 7., exclusive=True, name='bydict')
    c3 = tf.case([(p, lambda: [x])], default=lambda: [outside], strict=True)
    note('smart', [smart_constant_value(tf.constant(False)), smart_constant_value(tf.logical_not(tf.constant(False))), smart_constant_value(1), smart_constant_value(True)])
    c4 = smart_cond(tf.constant(1) > 0, lambda: x, lambda: outside)
    c5 = smart_cond(p, lambda: x, lambda: outside, name='smart')
    c6 = smart_case([(False, lambda: x), (p, lambda: outside)], default=lambda: v * 1.)

    # group, tuple, with_dependencies.
    with tf.device('/cpu:0'):
        w = tf.add(x, 5., name='w')
    gr = tf.group(w, [outside, {'k': v}], name='both_devices')
    gr0 = tf.group(name='empty')
    tu = tf.tuple([x, None, w, outside.op], control_inputs=[gr], name='tup')
    wd = control_flow_ops.with_dependencies([gr], v._ref(), name='wd')
    tn = tf.identity_n([x, y])

    # Asserts.
    A = tf.debugging
    checks = [A.assert_equal(x, outside), A.assert_none_equal(x, 1., summarize=1), A.assert_less(x, outside, message='less!'), A.assert_less_equal(y, x), A.assert_greater(x, -9.), A.assert_greater_equal(y, -9., name='ge'),
              A.assert_negative(x), A.assert_positive(x, message='pos'), A.assert_non_negative(y), A.assert_non_positive(x, data=[y]), A.assert_near(x, outside), A.assert_near(x, outside, rtol=1., atol=2., message='far')]
    u = tf.placeholder(tf.float32, name='u')
    ranks = [A.assert_rank(u, 1), A.assert_rank_at_least(u, 2, message='more'), A.assert_rank_in(u, (0, 2)), A.assert_rank(y, 2), A.assert_rank(u, tf.cast(x, tf.int32))]
    attempt('same', lambda: A.assert_equal(x, x))
    attempt('static equal', lambda: A.assert_equal([1, 2], [1, 3], message='here'))
    attempt('static less', lambda: A.assert_less(tf.constant([1., 2.5]), 2., data=['a', tf.constant([[1, 20], [300, 4]])]))
    attempt('static fine', lambda: A.assert_less([1, 2], 3))
    attempt('rank at least', lambda: A.assert_rank_at_least(y, 3, message='m'))
    attempt('rank in', lambda: A.assert_rank_in(y, (1, 3)))
    attempt('rank in one', lambda: A.assert_rank_in(y, [1]))
    attempt('rank vector', lambda: A.assert_rank(y, [2]))
    attempt('rank type', lambda: A.assert_rank(y, 2.5))
    attempt('type', lambda: A.assert_type(x, tf.int32, message='m'))
    attempt('integer', lambda: A.assert_integer(x))
    attempt('integer fine', lambda: A.assert_integer(3))
    attempt('scalar', lambda: A.assert_scalar(y))
    attempt('scalar fine', lambda: A.assert_scalar(x))
    attempt('same float', lambda: A.assert_same_float_dtype([x, tf.constant(1., tf.float64)]))
    attempt('not float', lambda: A.assert_same_float_dtype([tf.constant(1)]))
    attempt('float', lambda: A.assert_same_float_dtype([x, None], tf.float32).name)
    note('numeric', [A.is_numeric_tensor(x), A.is_numeric_tensor(p), A.is_numeric_tensor(3)])

    # Texts.
    attempt('python bool', lambda: tf.cond(True, lambda: x, lambda: x))
    attempt('number', lambda: tf.cond(1, lambda: x, lambda: x))
    attempt('no true_fn', lambda: tf.cond(p))
    attempt('no false_fn', lambda: tf.cond(p, lambda: x))
    attempt('fn1', lambda: tf.cond(p, fn1=lambda: x, fn2=lambda: outside))
    attempt('both', lambda: tf.cond(p, lambda: x, fn1=lambda: x, fn2=lambda: x))
    attempt('lengths', lambda: tf.cond(p, lambda: [x, x], lambda: [x, x, x]))
    attempt('keys', lambda: tf.cond(p, lambda: {'a': x, 'b': x}, lambda: {'a': x, 'c': x}))
    attempt('list and dict', lambda: tf.cond(p, lambda: [x, x], lambda: {'a': x}))
    attempt('nested', lambda: tf.cond(p, lambda: [x, [x, x]], lambda: [x, x]))
    attempt('dtypes', lambda: tf.cond(p, lambda: x, lambda: tf.constant(1)))
    attempt('op and tensor', lambda: tf.cond(p, lambda: tf.no_op(), lambda: x))
    attempt('nothing', lambda: tf.cond(p, lambda: [], lambda: []))
    attempt('vector', lambda: tf.cond(tf.constant([True, False]), lambda: x, lambda: x))
    attempt('case empty', lambda: tf.case([]))
    attempt('case type', lambda: tf.case(3))
    attempt('case predicate', lambda: tf.case([(x, lambda: x)]))
    attempt('case python', lambda: tf.case([(True, lambda: x)]))
    attempt('case function', lambda: tf.case([(p, x)]))
    attempt('smart predicate', lambda: smart_cond(3, lambda: x, lambda: x))
    attempt('smart function', lambda: smart_cond(True, x, lambda: x))
    attempt('group', lambda: tf.group(x, 3))
    attempt('tuple', lambda: tf.tuple([None]))
    note('contexts', [[o.name, o._get_control_flow_context().name] for o in tf.get_default_graph().get_operations() if o._get_control_flow_context() is not None])
    init = tf.global_variables_initializer()
    runs = []
    for pv in (True, False):
        for xv in (2., .5, -4.):
            fd = {x: xv, p: pv, y: [[1., -2.], [.5, 3.]], u: [1., 2.]}
            R = lambda *fs: runs.extend({'fetch': f, 'feed': fd} for f in fs)
            runs.append({'fetch': init})
            R([r1, r2, r4, r7, r8], r3, g1, g2, [g3, g4, g5, g6, m, mi], c1, c2, [c3, c4, c5, c6], gr, [tu[0], tu[2], wd, tn])
            R(r5, v, r6, [v, e])
            R(*checks)
            R(*ranks)
    return {'runs': runs}
