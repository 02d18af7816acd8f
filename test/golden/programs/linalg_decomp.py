"""QR, eigenvalues of symmetric matrices, singular values: nodes, values, gradients, errors."""
import numpy as np
from oracle import arr, attempt


def build(tf):
    a = tf.placeholder(tf.float32, [2, 3, 3], name='a')
    s = tf.placeholder(tf.float32, [2, 4, 4], name='s')
    tall = tf.placeholder(tf.float32, [4, 3], name='tall')
    wide = tf.placeholder(tf.float64, [2, 3], name='wide')
    zr = tf.placeholder(tf.float32, [2, 3, 3], name='zr')
    z = tf.complex(zr[0], zr[1])
    h = tf.matmul(z, z, adjoint_b=True)
    l = tf.linalg
    q = tf.qr(a)
    qt = l.qr(tall)
    qf = l.qr(tall, full_matrices=True, name='full')
    qw = l.qr(wide)
    qz = l.qr(z)
    e, v = tf.self_adjoint_eig(s)
    ez, vz = l.eigh(h)
    ev = tf.self_adjoint_eigvals(s, name='values')
    sa, ua, va = tf.svd(a)
    st, ut, vt = l.svd(tall)
    sf, uf, vf = l.svd(tall, full_matrices=True)
    sw, uw, vw = l.svd(wide)
    sz, uz, vz2 = l.svd(z)
    only = l.svd(a, compute_uv=False, name='only')
    diag = lambda x, t: tf.linalg.diag(tf.cast(x, t))
    back = lambda x, u, w, t: tf.matmul(u, tf.matmul(diag(x, t), w, adjoint_b=True))
    t = [q.q, q.r, qt.q, qt.r, qf.q, qf.r, qw.q, qw.r, qz.q, qz.r, e, tf.abs(v), ez, tf.abs(vz), tf.matmul(vz, tf.matmul(diag(ez, tf.complex64), vz, adjoint_b=True)), ev, sa, tf.abs(ua), tf.abs(va), back(sa, ua, va, tf.float32), st, tf.abs(ut), tf.abs(vt),
         back(st, ut, vt, tf.float32), sf, tf.abs(uf[:, :3]), tf.abs(vf), tf.abs(tf.matmul(uf, uf, adjoint_a=True)), sw, tf.abs(uw), back(sw, uw, vw, tf.float64), sz, back(sz, uz, vz2, tf.complex64), only]
    g = [tf.gradients(y, x)[0] for y, x in [(q.r, a), (qt.q, tall), (e, s), (tf.square(tf.square(v)), s), (ev, s), (only, a), ([sa, tf.square(tf.square(ua)), tf.square(tf.square(va))], a), (st, tall), (tf.square(tf.square(vt)), tall), (sw, wide)]]
    attempt('rank', lambda: tf.svd(tf.zeros([3])))
    attempt('square', lambda: tf.self_adjoint_eig(tall))
    attempt('dtype', lambda: tf.qr(tf.constant([[1, 2], [3, 4]])))
    attempt('qr complex', lambda: tf.gradients(tf.real(qz.q), z))
    attempt('qr wide', lambda: tf.gradients(qw.r, wide))
    attempt('qr late', lambda: tf.gradients(tf.qr(tf.placeholder(tf.float32, [None, 3], name='late')).r, tf.get_default_graph().get_tensor_by_name('late:0')))
    attempt('svd complex', lambda: tf.gradients([sz, tf.abs(uz)], z))
    attempt('svd late', lambda: tf.gradients(tf.svd(tf.placeholder(tf.float32, [None, 3], name='late2'))[1], tf.get_default_graph().get_tensor_by_name('late2:0')))
    x = arr([2, 4, 4], 3)
    f = {a: arr([2, 3, 3], 1), s: x + np.transpose(x, [0, 2, 1]), tall: arr([4, 3], 4), wide: arr([2, 3], 5).astype(np.float64), zr: arr([2, 3, 3], 6)}
    f2 = dict(f)
    f2[a] = np.array([[[0., 0., 0.], [0., 0., 0.], [0., 0., 0.]], [[1., 0., 0.], [0., -2., 0.], [0., 0., 3.]]], np.float32)
    f2[s] = np.array([[[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]], [[4., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 3., 0.], [0., 0., 0., 2.]]], np.float32)
    return {'runs': [{'fetch': t, 'feed': f}, {'fetch': g, 'feed': f}, {'fetch': [q.q, q.r, e, ev, sa, only, back(sa, ua, va, tf.float32)], 'feed': f2}]}
