"""tf.distributions of classes and vectors: Categorical, Dirichlet, DirichletMultinomial, Multinomial; samples by seed; gradients."""
from oracle import arr, attempt, note


def build(tf):
    d = tf.distributions
    tf.set_random_seed(3)
    l = tf.placeholder(tf.float32, [2, 3], name='l')
    c = tf.placeholder(tf.float32, [2, 3], name='c')
    q = tf.placeholder(tf.float32, [2, 3], name='q')
    k = tf.constant([2, 0], name='k')

    c1 = d.Categorical(logits=l)
    c2 = d.Categorical(probs=[.2, .3, .5], dtype=tf.int64, name='three')
    c3 = d.Categorical(logits=tf.zeros([2, 2, 3]), dtype=tf.float32)
    t = [c1.sample(4), c1.sample([2, 2], seed=5), c1.log_prob(k), c1.prob(k), c1.prob([[0, 1], [2, 2]]), c1.cdf(k), c1.log_cdf(k), c1.survival_function(k), c1.entropy(), c1.mode(), c1.event_size, c1.probs, c1.batch_shape_tensor(),
         c1.event_shape_tensor(), c2.sample(3, seed=2), c2.log_prob(1), c2.log_prob([0, 1, 2]), c2.entropy(), c2.mode(), c2.cdf([1, 3]), c2.logits, c3.sample(seed=4), c3.log_prob([[0., 1.], [2., 0.]]), c3.is_scalar_batch()]
    di = d.Dirichlet(c)
    t += [di.sample(2), di.sample([2], seed=6), di.log_prob(q), di.prob(q), di.entropy(), di.mean(), di.variance(), di.stddev(), di.covariance(), d.Dirichlet([1.5, 2., 4.]).mode(), d.Dirichlet([1., 2., 4.]).mode(), di.total_concentration, di.batch_shape_tensor(), di.event_shape_tensor(), di.is_scalar_event()]
    n = tf.constant([[2., 1., 1.], [0., 3., 1.]])
    dm = d.DirichletMultinomial(4., c)
    t += [dm.sample(2), dm.sample(3, seed=7), dm.log_prob(n), dm.prob(n), dm.mean(), dm.variance(), dm.stddev(), dm.covariance(), dm.total_count, dm.concentration]
    mu = d.Multinomial(4., logits=l)
    m2 = d.Multinomial([4., 5.], probs=[[.2, .3, .5], [.1, .1, .8]])
    t += [mu.log_prob(n), mu.prob(n), mu.mean(), mu.variance(), mu.stddev(), mu.covariance(), mu.batch_shape_tensor(), mu.event_shape_tensor(), m2.mean(), m2.variance(), m2.covariance(), m2.logits, m2.log_prob([[2., 1., 1.], [0., 4., 1.]])]
    kl = [c1.kl_divergence(d.Categorical(probs=[[.2, .3, .5], [.1, .1, .8]])), c1.cross_entropy(c2), di.kl_divergence(d.Dirichlet([1., 2., 3.])), d.kl_divergence(di, di)]
    note('shapes', [[v.batch_shape, v.event_shape] for v in [c1, c2, c3, di, dm, mu, m2]])
    note('text', [str(v) for v in [c1, c2, c3, di, dm, mu]])
    attempt('mode of several', lambda: di.mode())
    g = tf.gradients(tf.reduce_sum(c1.log_prob(k)) + tf.reduce_sum(di.log_prob(q)) + tf.reduce_sum(di.sample(2, seed=1) * q) + tf.reduce_sum(dm.log_prob(n)) + tf.reduce_sum(mu.log_prob(n)) + tf.reduce_sum(c1.entropy()), [l, c, q])

    def f(s):
        r = arr([2, 3], s + 5, .1, 1.)
        return {l: arr([2, 3], s, -2., 2.), c: arr([2, 3], s + 3, .5, 3.), q: r / r.sum(1, keepdims=True)}
    return {'runs': [{'fetch': t, 'feed': f(1)}, {'fetch': kl, 'feed': f(2)}, {'fetch': g, 'feed': f(3)}, {'fetch': t, 'feed': f(4)}]}
