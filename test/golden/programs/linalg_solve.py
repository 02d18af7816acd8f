"""Determinants, inverses, solvers, Cholesky and LU: nodes, values in every dtype, gradients, errors."""
import numpy as np
from oracle import arr, attempt


def build(tf):
    a = tf.placeholder(tf.float32, [2, 3, 3], name='a')
    b = tf.placeholder(tf.float32, [2, 3, 2], name='b')
    d = tf.placeholder(tf.float64, [3, 3], name='d')
    zr, zi = tf.placeholder(tf.float32, [2, 3, 3], name='zr'), tf.placeholder(tf.float32, [2, 3, 2], name='zi')
    z, zb = tf.complex(zr[0], zr[1]), tf.complex(zi[0], zi[1])
    u = tf.placeholder(tf.float32, None, name='u')
    tall = tf.placeholder(tf.float32, [4, 3], name='tall')
    late = tf.placeholder(tf.float32, [None, None], name='late')
    spd = tf.matmul(a, a, transpose_b=True) + 2. * tf.eye(3, batch_shape=[2])
    zpd = tf.matmul(z, z, adjoint_b=True) + tf.eye(3, dtype=tf.complex64)
    l = tf.linalg
    slog = l.slogdet(a)
    zlog = l.slogdet(z)
    lu = l.lu(a)
    zlu = l.lu(z, output_idx_type=tf.int64, name='zlu')
    t = [tf.matrix_determinant(a), l.det(d, name='det'), tf.reshape(l.det(z), [1]), slog.sign, slog.log_abs_determinant, tf.reshape(zlog.sign, [1]), tf.reshape(zlog.log_abs_determinant, [1]), l.logdet(spd), tf.matrix_inverse(a), l.inv(d, adjoint=True), l.inv(z), l.inv(z, adjoint=True),
         tf.matrix_solve(a, b), l.solve(a, b, adjoint=True, name='solve'), l.solve(z, zb), l.solve(z, zb, adjoint=True), tf.matrix_triangular_solve(a, b), l.triangular_solve(a, b, lower=False), l.triangular_solve(a, b, adjoint=True, name='tri'),
         l.triangular_solve(z, zb, lower=False, adjoint=True), tf.cholesky(spd), l.cholesky(zpd), tf.cholesky_solve(tf.cholesky(spd), b), l.cholesky_solve(l.cholesky(zpd), zb, name='cs'), lu.lu, lu.p, zlu.lu, zlu.p,
         tf.matrix_solve_ls(a, b), l.lstsq(tall, tf.ones([4, 2]), l2_regularizer=.5), l.lstsq(tf.transpose(tall), tf.ones([3, 2]), name='under'), l.lstsq(tall, tf.ones([4, 1]), fast=False), l.lstsq(tf.transpose(tall), tf.ones([3, 1]), fast=False)]
    ls = [tf.matrix_solve_ls(late, tf.ones([4, 1]), l2_regularizer=.1)]
    g = [tf.gradients(y, x)[0] for y, x in [(tf.matrix_determinant(a), a), (slog.log_abs_determinant, a), (tf.matrix_inverse(a), a), (tf.matrix_solve(a, b), a), (tf.matrix_solve(a, b), b), (l.solve(a, b, adjoint=True), a),
                                            (tf.matrix_triangular_solve(a, b), a), (l.triangular_solve(a, b, lower=False, adjoint=True), a), (l.triangular_solve(a, b), b), (tf.cholesky(spd), a), (l.logdet(spd), a), (tf.matrix_solve_ls(a, b), b),
                                            (l.cholesky_solve(tf.cholesky(spd), b), b), (tf.real(l.inv(z)), z), (tf.real(l.det(z)), z)]]
    attempt('square', lambda: tf.matrix_inverse(b))
    attempt('rank', lambda: tf.matrix_determinant(tf.zeros([3])))
    attempt('rows', lambda: tf.matrix_solve(a, tf.zeros([2, 2, 2])))
    attempt('batch', lambda: tf.matrix_solve(a, tf.zeros([3, 3, 2])))
    attempt('triangle', lambda: tf.matrix_triangular_solve(b, b))
    attempt('dtype', lambda: tf.cholesky(tf.constant([[1, 2], [3, 4]])))
    attempt('dtypes', lambda: tf.matrix_solve(d, b))
    attempt('complex ls', lambda: l.lstsq(tf.zeros([2, 2], tf.complex128), tf.zeros([2, 1], tf.complex128), l2_regularizer=.1))
    attempt('ls gradient', lambda: tf.gradients(tf.raw_ops.MatrixSolveLs(matrix=tall, rhs=tf.ones([4, 1]), l2_regularizer=tf.constant(0., tf.float64), fast=False), tall))
    f = {a: arr([2, 3, 3], 1) + 2 * np.eye(3, dtype=np.float32), b: arr([2, 3, 2], 2), d: arr([3, 3], 3).astype(np.float64) - np.eye(3), zr: arr([2, 3, 3], 4), zi: arr([2, 3, 2], 5), tall: arr([4, 3], 6)}
    sing = {u: [[1., 2.], [2., 4.]]}
    bad = [tf.matrix_inverse(u), tf.matrix_solve(u, tf.ones([2, 1])), list(l.slogdet(u)), l.det(u), tf.cholesky(u), list(l.lu(u)), tf.matrix_triangular_solve(u, tf.ones([2, 1]))]
    return {'runs': [{'fetch': t, 'feed': f}, {'fetch': g, 'feed': f}, {'fetch': ls, 'feed': {late: arr([4, 3], 8)}}] + [{'fetch': q, 'feed': sing} for q in bad] +
                    [{'fetch': bad[6], 'feed': {u: [[1., 0.], [2., 0.]]}}, {'fetch': bad[4], 'feed': {u: [[1., 0.], [2., -1.]]}}, {'fetch': bad[0], 'feed': {u: [[1., 2., 3.], [2., 4., 5.]]}}, {'fetch': bad[1], 'feed': {u: [[1., 2., 3.], [2., 4., 5.], [2., 5., 5.]]}},
                     {'fetch': [bad[0], l.det(u), bad[2], bad[4]], 'feed': {u: np.zeros([0, 0], np.float32)}}, {'fetch': [l.det(u), bad[2]], 'feed': {u: np.zeros([2, 0, 0], np.float32)}}, {'fetch': bad[3], 'feed': {u: [1., 2.]}},
                     {'fetch': bad[1], 'feed': {u: np.ones([2, 2, 2], np.float32)}}]}
