"""What real TensorFlow 1.15.5's tf.graph_util makes of graphs. Writes cases.json.gz next to itself.

  python make.py        (tensorflow==1.15.5, numpy<1.19, protobuf<3.21 on Python 3.7)
"""
import gzip, json, os
import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
gu = tf.graph_util


def variables():
    x = tf.placeholder(tf.float32, [None, 3], name='x')
    w = tf.get_variable('w', initializer=np.arange(6, dtype=np.float32).reshape(3, 2))
    b = tf.get_variable('b', initializer=np.array([1., 2.], np.float32), use_resource=True)
    n = tf.get_variable('n', initializer=np.float32(3.), use_resource=True)
    t = tf.get_variable('table', initializer=np.arange(8, dtype=np.float32).reshape(4, 2), use_resource=True)
    with tf.device('/cpu:0'):
        y = tf.identity(tf.matmul(x, w) + b * n, name='y')
    rows = tf.gather(t, tf.constant([0, 3]), name='rows')
    tf.cond(tf.constant(True, name='p'), lambda: b + 1., lambda: b, name='c')
    with tf.control_dependencies([y]):
        z = tf.identity(tf.check_numerics(tf.identity(y), 'bad'), name='z')
    tf.identity(z + tf.reduce_sum(rows), name='out')
    tf.constant('unused')


def attempt(f):
    try:
        return {'text': str(f())}
    except Exception as e:
        return {'error': {'class': type(e).__name__, 'message': str(e)}}


def main():
    with tf.Graph().as_default() as g, tf.Session() as sess:
        variables()
        sess.run(tf.global_variables_initializer())
        gd = g.as_graph_def()
        out = {'graph': str(gd), 'extract': [], 'training': [], 'freeze': [], 'cpu': {}, 'shapes': {}}
        for names in (['y'], ['out', 'b/Assign'], ['c/Merge'], ['w', 'x'], [], ['nothing'], 'y'):
            out['extract'].append([names, attempt(lambda: gu.extract_sub_graph(gd, names))])
        for names in (None, ['z'], ['y', 'CheckNumerics']):
            out['training'].append([names, attempt(lambda: gu.remove_training_nodes(gd, names))])
        for names, o in ((['y'], {}), (['rows'], {}), (['c/Merge'], {}), (['out'], {'variable_names_whitelist': ['w', 'b']}), (['y'], {'variable_names_blacklist': ['w']}), (['x'], {}), (['zz'], {})):
            out['freeze'].append([names, o, attempt(lambda: gu.convert_variables_to_constants(sess, gd, names, **o))])
        for n in gd.node:
            out['cpu'][n.name] = [gu.must_run_on_cpu(n), gu.must_run_on_cpu(n, True)]
        for n in ('x', 'y:0', 'w', 'table'):
            out['shapes'][n] = str(gu.tensor_shape_from_node_def_name(g, n))
    with gzip.GzipFile(os.path.join(HERE, 'cases.json.gz'), 'wb', 9, mtime=0) as f:
        f.write(json.dumps(out).encode())


if __name__ == '__main__':
    main()
