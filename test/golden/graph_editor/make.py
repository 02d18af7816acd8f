"""What real TensorFlow 1.15.5's tf.contrib.graph_editor makes of small graphs. Writes cases.json.gz next to itself; the test
restates each scenario under its name.

  python make.py        (tensorflow==1.15.5, numpy<1.19, protobuf<3.21 on Python 3.7)
"""
import gzip, json, os
import tensorflow as tf
ge = tf.contrib.graph_editor

HERE = os.path.dirname(os.path.abspath(__file__))


def base():
    """a, b -> foo/c = a + b -> foo/bar/d = c * b -> e = relu(d), and f waits for foo/c."""
    a = tf.placeholder(tf.float32, [2], name='a')
    b = tf.placeholder(tf.float32, [2], name='b')
    with tf.name_scope('foo'):
        c = tf.add(a, b, name='c')
        with tf.name_scope('bar'):
            d = tf.multiply(c, b, name='d')
    e = tf.nn.relu(d, name='e')
    with tf.control_dependencies([c]):
        f = tf.negative(a, name='f')
    tf.add_to_collection('mine', d)
    tf.add_to_collection('losses', c)
    return a, b, c, d, e, f


names = lambda xs: [x.name for x in xs]
view = lambda v: {'ops': names(v.ops), 'inputs': names(v.inputs), 'outputs': names(v.outputs), 'passthroughs': names(v.passthroughs)}
S = {}
scenario = lambda f: S.setdefault(f.__name__, f)


@scenario
def select(g, a, b, c, d, e, f):
    return [names(ge.select_ops('^foo', graph=g)), names(ge.select_ops('(?#ts)^foo', graph=g)), names(ge.select_ops(a.op, [c, d.op], e)), names(ge.select_ts('^foo', graph=g)),
            names(ge.select_ts(a, [c, d.op])), names(ge.select_ops('', graph=g, positive_filter=lambda o: o.type == 'Placeholder')),
            [names(x) for x in ge.select_ops_and_ts('^foo/c', '(?#ts)^[ab]:', graph=g)], names(ge.get_name_scope_ops(g, 'foo/')), names(ge.filter_ts_from_regex(g, '^foo/bar/d'))]


@scenario
def walks(g, a, b, c, d, e, f):
    cio = ge.ControlOutputs(g)
    s = lambda xs: sorted(names(xs))
    return [s(ge.get_forward_walk_ops(c.op)), s(ge.get_forward_walk_ops([a], control_outputs=cio)), s(ge.get_forward_walk_ops(c.op, inclusive=False, control_outputs=cio)),
            s(ge.get_backward_walk_ops(e)), s(ge.get_backward_walk_ops(f.op, control_inputs=True)), s(ge.get_backward_walk_ops(e.op, inclusive=False, stop_at_ts=[c])),
            s(ge.get_walks_intersection_ops([a], [e])), s(ge.get_walks_union_ops([d.op], [c.op])), s(ge.get_walks_intersection_ops([a], [f], control_ios=cio)),
            names(ge.get_within_boundary_ops(g, d.op, [c.op])), names(ge.get_within_boundary_ops(g, d.op, [c.op], inclusive=False)), names(ge.get_within_boundary_ops(g, d.op, [a.op, b.op], control_ios=cio)),
            [names(x) for x in ge.compute_boundary_ts([c.op, d.op])], names(ge.get_ops_ios(c.op)), names(ge.get_ops_ios(c.op, control_ios=cio)), names(ge.get_consuming_ops([a, b]))]


@scenario
def views(g, a, b, c, d, e, f):
    v = ge.sgv(c.op, d.op)
    return [view(v), view(ge.sgv_scope('foo', g)), view(ge.sgv('^foo', graph=g)), view(ge.sgv(d.op, a)), view(v.remap_inputs([1])), view(v.remap_outputs([d, d])), view(v.remap([b, a], [0])),
            view(v.remap_outputs_to_consumers()), view(v.remap([b], []).remap_default()), view(ge.sgv(e.op, f.op, c.op).remap([], [1]).remove_unused_ops()), names(v.consumers()), v.input_index(b), v.find_op_by_name('foo/c').name]


@scenario
def copy(g, a, b, c, d, e, f):
    v, info = ge.copy(ge.sgv(c.op, d.op, f.op), dst_scope='x')
    return [view(v), info.transformed(d).name, info.original(info.transformed(c)).name, info.transformed(e) is None]


@scenario
def copy_again(g, a, b, c, d, e, f):
    g.clear_collection('mine')
    v, _ = ge.copy(ge.sgv_scope('foo', g), dst_scope='y', src_scope='foo')
    w, _ = ge.copy(ge.sgv_scope('foo', g), dst_scope='y', src_scope='foo')
    z, _ = ge.copy(ge.sgv_scope('foo', g), dst_scope='y', src_scope='foo', reuse_dst_scope=True)
    return [view(v), view(w), view(z)]


@scenario
def copy_to_graph(g, a, b, c, d, e, f):
    h = tf.Graph()
    v, _ = ge.copy(ge.sgv(d.op, e.op), h, 'there')
    w, _ = ge.copy(ge.sgv(f.op), h)
    return [view(v), view(w), [[n.name, n.op, list(n.input)] for n in h.as_graph_def().node], [str(t.shape) for o in h.get_operations() for t in o.outputs], {k: names(h.get_collection(k)) for k in sorted(h.get_all_collection_keys())}]


@scenario
def copy_replace(g, a, b, c, d, e, f):
    z = tf.zeros([2], name='z')
    v, _ = ge.copy_with_input_replacements(ge.sgv(c.op, d.op), {a: z}, dst_scope='r')
    return view(v)


@scenario
def copy_handler(g, a, b, c, d, e, f):
    def nodedef(n):
        n.device = '/gpu:3'
        return n
    t = ge.Transformer()
    t.transform_op_handler = lambda info, op, ins: ge.copy_op_handler(info, op, ins, nodedef_fn=nodedef)
    t.transform_external_input_handler = ge.keep_t_if_possible_handler
    v, _ = t(ge.sgv(c.op, e.op), g, 'h')
    return view(v)


@scenario
def loop(g, a, b, c, d, e, f):
    with tf.Graph().as_default() as h:
        tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2.), [tf.constant(0, name='zero'), tf.placeholder(tf.float32, [2], name='start')])
    tf.import_graph_def(h.as_graph_def(), name='')
    v, _ = ge.copy(ge.sgv_scope('while', g), dst_scope='w', src_scope='')
    return [str(h.as_graph_def()), view(v)]


@scenario
def replace(g, a, b, c, d, e, f):
    z = tf.ones([2], name='z')
    r = ge.graph_replace(e, {a: z})
    s = ge.graph_replace([e, b], {c: z}, dst_scope='s')
    t = ge.graph_replace(f, {b: z}, dst_scope='t')
    return [r.name, names(s), t.name]


@scenario
def reroute(g, a, b, c, d, e, f):
    return [ge.reroute_ts([a], [c]), ge.reroute_ts(b, a, can_modify=[c.op]), ge.reroute_ts(d, a, cannot_modify=[d.op])]


@scenario
def swap(g, a, b, c, d, e, f):
    return [ge.swap_ts([a], [b]), ge.swap_ts([c, c], [e, e])]


@scenario
def swap_ios(g, a, b, c, d, e, f):
    with tf.name_scope('q'):
        p = tf.subtract(b, a, name='p')
    tf.identity(p, name='user')
    v, w = ge.swap_ios(ge.sgv(c.op).remap_outputs([0]), ge.sgv(p.op))
    return [view(v), view(w)]


@scenario
def reroute_ios(g, a, b, c, d, e, f):
    p = tf.subtract(b, a, name='p')
    tf.identity(p, name='user')
    v, w = ge.reroute_ios(ge.sgv(c.op), ge.sgv(p.op))
    return [view(v), view(w)]


@scenario
def swap_inputs(g, a, b, c, d, e, f):
    p = tf.subtract(b, b, name='p')
    v, w = ge.swap_inputs(ge.sgv(e.op), ge.sgv(f.op))
    x, y = ge.reroute_outputs(ge.sgv(p.op), ge.sgv(d.op))
    return [view(v), view(w), view(x), view(y)]


@scenario
def detach(g, a, b, c, d, e, f):
    v, i, o = ge.detach(ge.sgv(c.op, d.op), control_ios=ge.ControlOutputs(g))
    return [view(v), names(i), names(o)]


@scenario
def detach_inputs(g, a, b, c, d, e, f):
    v, i = ge.detach_inputs(ge.sgv(f.op), control_inputs=True)
    w, o = ge.detach_outputs(ge.sgv(c.op, d.op))
    return [view(v), names(i), view(w), names(o)]


@scenario
def connect(g, a, b, c, d, e, f):
    x = tf.placeholder(tf.float32, [2], name='x')
    y = tf.exp(x, name='y')
    v, w = ge.connect(ge.sgv(c.op).remap_outputs([0]), ge.sgv(y.op))
    p, q = ge.connect(ge.sgv(d.op), ge.sgv(f.op), disconnect_first=True)
    return [view(v), view(w), view(p), view(q)]


@scenario
def bypass(g, a, b, c, d, e, f):
    v, i = ge.bypass(ge.sgv(d.op).remap_inputs([0]))
    return [view(v), names(i)]


@scenario
def controls(g, a, b, c, d, e, f):
    ge.add_control_inputs(e.op, [f.op, a.op])
    ge.remove_control_inputs(f.op, c.op)
    ge.detach_control_inputs(ge.sgv(e.op))
    ge.add_control_inputs(d.op, f.op)
    ge.detach_control_outputs(ge.sgv(f.op), ge.ControlOutputs(g))
    return None


@scenario
def placeholders(g, a, b, c, d, e, f):
    p = ge.ph(tf.float32)
    q = ge.ph(tf.int32, [3], scope='k')
    r = ge.make_placeholder_from_tensor(c)
    s = ge.make_placeholder_from_tensor(r, scope='')
    return [p.name, q.name, r.name, s.name, ge.placeholder_name(d), ge.placeholder_name(d, scope='u'), ge.placeholder_name()]


@scenario
def errors(g, a, b, c, d, e, f):
    out = []

    def attempt(fn):
        try:
            fn()
            out.append(None)
        except Exception as x:
            out.append([type(x).__name__, str(x)])
    i = tf.placeholder(tf.int32, [2], name='i')
    w = tf.placeholder(tf.float32, [3], name='wide')
    with tf.Graph().as_default():
        o = tf.constant(1., name='other')
    for fn in (lambda: ge.select_ops('x'), lambda: ge.select_ops(a.op, foo=1), lambda: ge.reroute_ts([a], [a, b]), lambda: ge.reroute_ts(a, i), lambda: ge.reroute_ts(a, w),
               lambda: ge.sgv(c.op).remap_inputs([5]), lambda: ge.sgv(c.op).remap_inputs([0, 0]), lambda: ge.sgv(c.op).find_op_by_name('zz'), lambda: ge.connect(ge.sgv(c.op), ge.sgv(o.op)),
               lambda: ge.get_within_boundary_ops(g, d.op, [d.op]), lambda: ge.remove_control_inputs(e.op, c.op), lambda: ge.add_control_inputs(f.op, c.op), lambda: ge.graph_replace(e, {i: i}),
               lambda: ge.copy(ge.sgv(c.op), dst_scope='m', src_scope='nope'), lambda: ge.copy(ge.sgv(d.op), dst_scope='n', src_scope='foo'), lambda: ge.make_list_of_op(g, allow_graph=False), lambda: ge.check_cios(control_outputs=ge.ControlOutputs(g), control_ios=ge.ControlOutputs(g))):
        attempt(fn)
    return out


def main():
    out = {}
    for name, f in S.items():
        with tf.Graph().as_default() as g:
            r = f(g, *base())
            out[name] = {'result': r, 'graph': [[n.name, n.op, list(n.input), n.device] for n in g.as_graph_def().node],
                         'collections': {k: names(g.get_collection(k)) for k in sorted(g.get_all_collection_keys()) if k != 'while_context'}}
    with gzip.GzipFile(os.path.join(HERE, 'cases.json.gz'), 'wb', 9, mtime=0) as f:
        f.write(json.dumps(out).encode())


if __name__ == '__main__':
    main()
