"""The rest of the sparse functions: mask, maximum, minimum, reset_shape, softmax, split, expand_dims, concat that expands, matmul of sparse-ish dense matrices."""
import numpy as np
from oracle import arr, attempt, note


def build(tf):
    v = tf.placeholder(tf.float32, [4], name='v')
    ind = [[0, 0], [0, 2], [1, 1], [2, 0]]
    a = tf.SparseTensor(ind, v, [3, 4])
    b = tf.SparseTensor([[0, 0], [1, 2], [2, 0]], [1., -2., 3.], [3, 4])
    late = tf.sparse_placeholder(tf.float32, name='late')
    c = tf.SparseTensor([[0, 0, 1], [0, 1, 0], [1, 1, 1]], [1., 2., 3.], [2, 2, 2])
    parts = lambda s: [s.indices, s.values, s.dense_shape]
    sl = tf.IndexedSlices(tf.constant(arr([3, 2], 1)), tf.constant([4, 1, 7]), tf.constant([9, 2]))
    m = tf.sparse_mask(sl, [1, 7, 2])
    S = [tf.sparse_maximum(a, b), tf.sparse.minimum(a, b, name='least'), tf.sparse_softmax(a), tf.sparse.softmax(c, name='soft'), tf.sparse_reset_shape(a), tf.sparse.reset_shape(a, [3, 5]), tf.sparse_reset_shape(late), tf.sparse_reset_shape(late, [9, 9]),
         tf.sparse.expand_dims(a), tf.sparse.expand_dims(a, 0, name='front'), tf.sparse.expand_dims(c, axis=-2), tf.sparse_concat(1, [a, b]), tf.sparse_concat(0, [a, tf.SparseTensor([[0, 1]], [5.], [1, 2])], expand_nonconcat_dim=True), tf.sparse.concat(-1, [a, late], expand_nonconcat_dim=True)]
    split = tf.sparse_split(sp_input=a, num_split=2, axis=1) + tf.sparse.split(sp_input=a, num_split=3, axis=1, name='three')
    S += split
    note('static', [s.get_shape() for s in S])
    x = tf.placeholder(tf.float32, [2, 3], name='x')
    mm = [tf.sparse_matmul(x, tf.transpose(x)), tf.sparse_matmul(x, x, transpose_a=True, b_is_sparse=True, name='mm')]
    g = [tf.gradients(S[2].values, v)[0], tf.gradients(tf.square(S[2].values), v)[0], tf.gradients(mm[0], x)[0], tf.gradients(tf.square(mm[1]), x)[0]]
    attempt('both', lambda: tf.sparse_concat(1, [a, b], expand_nonconcat_dims=True))
    attempt('maximum gradient', lambda: tf.gradients(S[0].values, v))
    attempt('too small', lambda: tf.sparse_reset_shape(a, [2, 5]))
    attempt('rank', lambda: tf.sparse_reset_shape(a, [4, 4, 4]))
    attempt('split axis', lambda: tf.sparse_split(sp_input=a, num_split=2))
    attempt('split number', lambda: tf.sparse_split(sp_input=a, axis=0))
    attempt('split positional', lambda: tf.sparse_split(a, 2, 1))
    attempt('not sparse', lambda: tf.sparse_reset_shape(x))
    f = {v: arr([4], 2), x: arr([2, 3], 3), late: tf.SparseTensorValue(np.array([[0, 1], [2, 3]], np.int64), np.array([1., 2.], np.float32), np.array([3, 5], np.int64))}
    bad = [tf.sparse_split(sp_input=a, num_split=4, axis=0)[0].values, tf.sparse_maximum(a, tf.SparseTensor([[0, 0]], [1.], [3, 3])).values, tf.sparse_maximum(a, c).values, tf.sparse_softmax(tf.SparseTensor([[0]], [1.], [3])).values, tf.sparse_reset_shape(late, [2, 9]).dense_shape]
    return {'runs': [{'fetch': [parts(s) for s in S] + [[m.indices, m.values, m.dense_shape], mm], 'feed': f}, {'fetch': g, 'feed': f}] + [{'fetch': q, 'feed': f} for q in bad]}
