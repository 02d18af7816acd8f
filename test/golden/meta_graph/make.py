"""A meta graph with everything in it, as real TensorFlow 1.15.5 writes it: variables of every kind, nested control flow,
collections of every kind, a signature, an asset. Writes all.{pb,pbtxt}.gz next to itself.

  python make.py        (tensorflow==1.15.5, numpy<1.19, protobuf<3.21 on Python 3.7)
"""
import gzip, os
import numpy as np
import tensorflow as tf

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


if __name__ == '__main__':
    with tf.Graph().as_default():
        write('all', everything())
