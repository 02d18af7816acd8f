"""What real TensorFlow makes of importing the graph of a golden: names in order, and static shapes.

  python make_import.py NAME > NAME.import.json      (Python 3.7 with tensorflow==1.15.5 'numpy<1.19' 'protobuf<3.21')
"""
import gzip, json, os, sys
import tensorflow as tf

here = os.path.dirname(os.path.abspath(__file__))
gd = tf.GraphDef()
gd.ParseFromString(gzip.open(os.path.join(here, '..', '1.15.5', sys.argv[1], 'graph.pb.gz')).read())


def text(t):
    return '%s%s' % (t.dtype.name, '[..]' if t.shape.ndims is None else '[%s]' % ','.join('?' if d is None else str(d) for d in t.shape.as_list()))


with tf.Graph().as_default() as g:
    tf.import_graph_def(gd, name='')
    json.dump([[o.name] + [text(t) for t in o.outputs] for o in g.get_operations()], sys.stdout)
