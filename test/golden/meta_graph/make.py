"""A meta graph with everything in it, as real TensorFlow 1.15.5 writes it: variables of every kind, nested control flow,
collections of every kind, a signature, an asset. And a small graph exported in every way
(NAME.{pb,pbtxt}.gz), imported in every way (imports.json.gz). Writes next to itself.

  python make.py        (tensorflow==1.15.5, numpy<1.19, protobuf<3.21 on Python 3.7)
"""
import gzip, json, os
import numpy as np
import tensorflow as tf
from tensorflow.python.framework import meta_graph as tf_meta

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, m):
    for ext, data in (('pb', m.SerializeToString(deterministic=True)), ('pbtxt', str(m).encode('utf8'))):
        with open(os.path.join(HERE, '%s.%s.gz' % (name, ext)), 'wb') as f, gzip.GzipFile('', 'wb', 9, f, 0) as z:
            z.write(data)


def everything():
    x = tf.placeholder(tf.float32, [None, 3], name='x')
    w = tf.get_variable('w', initializer=np.ones((3, 2), np.float32))
    tf.get_variable('r', [2], use_resource=True, trainable=False)
    tf.get_variable('p', [4, 2], partitioner=tf.fixed_size_partitioner(2))
    y = tf.nn.relu(tf.matmul(x, w), name='y')
    for name, value in (('outputs', y), ('ops', y.op), ('numbers', 3), ('words', 'h\xe9llo'), ('floats', 1.5)):
        tf.add_to_collection(name, value)
    tf.cond(x[0, 0] > 0, lambda: y + 1, lambda: tf.cond(x[0, 1] > 0, lambda: y, lambda: y * 2))
    tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.cond(i > 1, lambda: a, lambda: a + 1)), [0, y],
                  shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 2])])
    tf.train.Saver()
    info = tf.saved_model.utils.build_tensor_info
    m = tf.train.export_meta_graph()
    m.signature_def['serving_default'].CopyFrom(tf.saved_model.signature_def_utils.build_signature_def({'x': info(x)}, {'y': info(y)}, 'predict'))
    m.meta_info_def.tags.append('serve')
    m.asset_file_def.add(filename='a').tensor_info.name = 'x:0'
    return m


def small():
    """The program that the test restates, and its variables."""
    with tf.name_scope('a'), tf.device('/gpu:1'):
        x = tf.placeholder(tf.float32, [None, 3], name='x')
    w = tf.get_variable('a/w', initializer=np.ones((3, 2), np.float32))
    r = tf.get_variable('a/r', initializer=np.ones((2,), np.float32), use_resource=True, trainable=False)
    with tf.name_scope('b'):
        y = tf.nn.relu(tf.matmul(x, w), name='y')
        with tf.control_dependencies([x.op]), tf.colocate_with(y):
            z = tf.add(y, r, name='z')
        tf.cond(tf.constant(True, name='p'), lambda: z + 1., lambda: z)
    for name, value in (('outputs', z), ('outputs', y), ('ops', y.op), ('numbers', 3), ('numbers', 4), ('words', 'hi'), ('floats', 1.5), ('mixed', 1), ('mixed', 'x')):
        tf.add_to_collection(name, value)


def options():
    yield 'plain', {}
    yield 'devices', {'clear_devices': True}
    yield 'stripped', {'strip_default_attrs': True}
    yield 'list', {'collection_list': ['outputs', 'nothing']}
    yield 'scope_a', {'export_scope': 'a'}
    yield 'scope_b', {'export_scope': 'b', 'clear_devices': True}


def state(g):
    show = lambda v: v.name if hasattr(v, 'name') else v
    return {'ops': [[n.name, n.op, list(n.input), n.device] for n in g.as_graph_def().node], 'names': dict(g._names_in_use), 'last_id': g._last_id,
            'collections': {k: [show(v) for v in g.get_collection(k)] for k in g.get_all_collection_keys()}}


def imports(metas):
    """What importing makes of a new graph that has a node x already."""
    for label, meta, options in (('plain', 'plain', {}), ('scope', 'plain', {'import_scope': 's'}), ('nested scope', 'plain', {'import_scope': 's/t'}), ('devices', 'plain', {'clear_devices': True}),
                                 ('unbound', 'scope_b', {}), ('some bound', 'scope_b', {'input_map': 1}), ('bound', 'scope_b', {'input_map': 3, 'import_scope': 'q'})):
        with tf.Graph().as_default() as g:
            x = tf.placeholder(tf.float32, [5, 3], name='a/x')
            w = tf.placeholder(tf.float32, [3, 2], name='w')
            h = tf.get_variable('h', initializer=np.ones((2,), np.float32), use_resource=True)
            out = {'label': label, 'meta': meta, 'options': dict(options)}
            if 'input_map' in options:
                full = {'$unbound_inputs_a/x': x, '$unbound_inputs_a/w/read': w, '$unbound_inputs_a/r': h.handle, '^$unbound_inputs_a/x': x}
                options = dict(options, input_map=dict(list(full.items())[:options['input_map']]))
            try:
                v = tf_meta.import_scoped_meta_graph(metas[meta], **options)
                out['vars'] = {k: x.name for k, x in v.items()}
                if label == 'plain':
                    again = tf.train.export_meta_graph()
                    out['again'] = sorted(again.collection_def)
            except Exception as e:
                out['error'] = {'class': type(e).__name__, 'message': str(e)}
            out.update(state(g))
            yield out


if __name__ == '__main__':
    with tf.Graph().as_default():
        write('all', everything())
    with tf.Graph().as_default():
        small()
        metas = {}
        for name, o in options():
            metas[name] = tf.train.export_meta_graph(**o)
            write(name, metas[name])
        with gzip.GzipFile(os.path.join(HERE, 'imports.json.gz'), 'wb', 9, mtime=0) as f:
            f.write(json.dumps(list(imports(metas)), indent=1, sort_keys=True, default=str).encode())
