"""tf.distributions of scalars: the methods of every class, in nodes and in values; samples by seed; gradients."""
from oracle import arr, note


def build(tf):
    d = tf.distributions
    tf.set_random_seed(7)
    x = tf.placeholder(tf.float32, [3], name='x')
    p = tf.placeholder(tf.float32, [3], name='p')
    w = tf.placeholder(tf.float32, [2, 1], name='w')

    n = d.Normal([.5, -1., 2.], w)
    t = [n.sample(), n.sample(3), n.sample([2, 2], seed=5, name='draw'), n.log_prob(x), n.prob(x), n.cdf(x), n.log_cdf(x), n.survival_function(x), n.log_survival_function(x), n.quantile(p),
         n.entropy(), n.mean(), n.variance(), n.stddev(), n.mode(), n.batch_shape_tensor(), n.event_shape_tensor(), n.is_scalar_event(), n.is_scalar_batch(), n.loc, n.scale, n.prob(.5, name='half')]
    u = d.Uniform([0., .5, -1.], [1., 2., 3.])
    t += [u.sample(2), u.sample([2], seed=3), u.log_prob(x), u.prob(x), u.cdf(x), u.log_cdf(x), u.survival_function(x), u.log_survival_function(x), u.entropy(), u.mean(), u.variance(), u.stddev(), u.range(), u.low, u.high,
          u.batch_shape_tensor(), d.Uniform().sample(4)]
    la = d.Laplace([.5, -1., 2.], [1., 2., .5])
    t += [la.sample(2), la.sample(seed=3), la.log_prob(x), la.prob(x), la.cdf(x), la.log_cdf(x), la.survival_function(x), la.log_survival_function(x), la.entropy(), la.mean(), la.variance(), la.stddev(), la.mode(),
          la.is_scalar_batch(), la.batch_shape_tensor()]
    st = d.StudentT([3., .5, 1.5], [.5, -1., 2.], 2.)
    t += [st.sample(2), st.sample(3, seed=11), st.log_prob(x), st.prob(x), st.cdf(x), st.log_cdf(x), st.survival_function(x), st.entropy(), st.mean(), st.variance(), st.stddev(), st.mode(), st.df, st.event_shape_tensor()]
    ga = d.Gamma([.5, 1.5, 3.], [2., 1., .5])
    t += [ga.sample(2), ga.sample([2, 3], seed=4), ga.log_prob(p), ga.prob(p), ga.cdf(p), ga.log_cdf(p), ga.survival_function(p), ga.entropy(), ga.mean(), ga.variance(), ga.stddev(), ga.mode(), ga.concentration, ga.rate]
    ex = d.Exponential(tf.placeholder_with_default([.5, 1., 2.], [3], name='rate'))
    t += [ex.sample(2), ex.sample(3, seed=8), ex.log_prob(p), ex.prob(p), ex.cdf(p), ex.log_survival_function(p), ex.survival_function(p), ex.entropy(), ex.mean(), ex.variance(), ex.mode(), ex.rate]
    be = d.Beta([.5, 1.5, 3.], [2., 2., .5])
    t += [be.sample(2), be.sample([2, 2], seed=9), be.log_prob(p), be.prob(p), be.cdf(p), be.log_cdf(p), be.survival_function(p), be.entropy(), be.mean(), be.variance(), be.stddev(), be.mode(), be.total_concentration, be.batch_shape_tensor()]
    i = tf.constant([0, 1, 1], name='i')
    b1 = d.Bernoulli(logits=[.5, -1., 2.])
    b2 = d.Bernoulli(probs=p, dtype=tf.float32)
    t += [b1.sample(4), b1.sample([2, 2], seed=2), b1.log_prob(i), b1.prob(i), b1.entropy(), b1.mean(), b1.variance(), b1.stddev(), b1.mode(), b1.probs, b2.sample(3, seed=1), b2.log_prob(1.), b2.log_prob([0., 1., 1.]), b2.logits, b2.mode(),
          b2.event_shape_tensor(), b2.batch_shape_tensor()]
    kl = [n.kl_divergence(d.Normal(0., [1., 2., 3.])), n.cross_entropy(d.Normal(0., 1., name='std')), ga.kl_divergence(d.Gamma(1., 2.)), be.kl_divergence(d.Beta(1., [2., 3., 1.])), b1.kl_divergence(b2), d.kl_divergence(b2, b1, name='mine'),
          ex.kl_divergence(ga), d.kl_divergence(n, n, allow_nan_stats=False)]
    note('shapes', [[q.batch_shape, q.event_shape] for q in [n, u, la, st, ga, ex, be, b1, b2]])
    note('names', [q.name for q in [n, u, la, st, ga, ex, be, b1, b2]])
    note('text', [str(q) for q in [n, u, ex, b1, b2]])
    loss = tf.reduce_sum(n.sample(2, seed=1)) + tf.reduce_sum(be.sample(seed=6)) + tf.reduce_sum(ga.log_prob(p)) + tf.reduce_sum(st.log_prob(x)) + tf.reduce_sum(n.log_cdf(x))
    g = tf.gradients(loss, [w, p, x, be.concentration1, ga.rate, st.df])
    f = lambda k, scale: {x: scale * arr([3], k), p: arr([3], k + 5, .05, .95), w: arr([2, 1], k + 9, .5, 2.)}
    edges = {x: [-30., 12., 2.], p: [.999, 1e-4, .5], w: [[1.], [2.]]}
    return {'runs': [{'fetch': t, 'feed': f(1, 2.)}, {'fetch': kl, 'feed': f(2, 2.)}, {'fetch': g, 'feed': f(3, 2.)}, {'fetch': [n.log_cdf(x), n.cdf(x), n.quantile(p), la.log_cdf(x), u.prob(x), u.cdf(x), st.cdf(x)], 'feed': edges},
                     {'fetch': t, 'feed': f(4, 5.)}]}
