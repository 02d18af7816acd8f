"""tf.distributions: checks of arguments while building and running, shapes known late, copies, parameters, errors, divergences of one's own."""
from oracle import arr, attempt, note


def build(tf):
    d = tf.distributions
    tf.set_random_seed(5)
    u = tf.placeholder(tf.float32, None, name='u')
    v = tf.placeholder(tf.float32, [None, 3], name='v')
    s = tf.placeholder(tf.int32, None, name='s')
    o = dict(validate_args=True, allow_nan_stats=False)

    late = [d.Normal(u, 1.), d.Categorical(logits=v), d.Categorical(logits=u), d.Dirichlet(v), d.Multinomial(u, probs=v), d.Bernoulli(logits=u)]
    t = [late[0].sample(2), late[0].sample(s), late[0].batch_shape_tensor(), late[0].is_scalar_batch(), late[1].sample(2, seed=1), late[1].batch_shape_tensor(), late[1].event_size, late[1].log_prob(0), late[2].batch_shape_tensor(), late[2].entropy(),
         late[3].mean(), late[3].event_shape_tensor(), late[4].batch_shape_tensor(), late[4].mean(), late[5].log_prob(1), late[5].sample(3, seed=1), late[1].mode(), late[3].covariance()]
    note('late', [[q.batch_shape, q.event_shape] for q in late])
    note('late text', [str(q) for q in late])
    checked = [d.Normal(0., u, **o), d.Uniform(u, 2., **o), d.Gamma(u, 1., **o), d.Beta(u, 2., **o), d.StudentT(u, 0., 1., **o), d.Laplace(0., u, **o), d.Exponential(u, **o), d.Bernoulli(probs=u, validate_args=True)]
    c = [q.mean() for q in checked] + [checked[2].mode(), checked[3].mode(), checked[4].variance(), checked[2].log_prob(u), checked[3].prob(u), checked[7].log_prob(u), checked[7].entropy()]
    w = [d.Dirichlet(v, **o), d.Categorical(probs=v, validate_args=True), d.DirichletMultinomial(u, v, validate_args=True), d.Multinomial(u, probs=v, validate_args=True), d.Categorical(logits=u, validate_args=True)]
    c2 = [w[0].mode(), w[0].log_prob(v), w[1].entropy(), w[1].log_prob(u), w[2].log_prob(v), w[3].log_prob(v), w[2].mean(), w[4].event_size]
    n = d.Normal(1., 2., name='base')
    m = n.copy(scale=3.)
    note('copy', [m.name, m.parameters['loc'], m.parameters['scale'], n.parameters['name'], m.dtype, m.validate_args, m.allow_nan_stats])
    note('kinds', [n.reparameterization_type == d.FULLY_REPARAMETERIZED, d.Bernoulli(logits=0.).reparameterization_type == d.NOT_REPARAMETERIZED, repr(d.FULLY_REPARAMETERIZED)])
    note('text', [str(n), repr(m)])
    note('param shapes', [tf.distributions.Normal.param_static_shapes([2, 3])['loc'], sorted(tf.distributions.StudentT.param_static_shapes([4])), tf.distributions.Bernoulli.param_static_shapes(tf.TensorShape([2]))['logits'], tf.distributions.Exponential.param_shapes([5])['rate'], sorted(tf.distributions.Beta.param_shapes(s))])
    attempt('unknown shape', lambda: tf.distributions.Normal.param_static_shapes(tf.TensorShape([None])))
    attempt('late shape', lambda: tf.distributions.Normal.param_static_shapes(s))
    attempt('no shapes', lambda: tf.distributions.Dirichlet.param_shapes([2]))
    attempt('both', lambda: d.Bernoulli(logits=0., probs=.5))
    attempt('neither', lambda: d.Categorical())
    attempt('int logits', lambda: d.Bernoulli(logits=tf.constant(1)))
    attempt('int probs', lambda: d.Categorical(probs=tf.constant([1, 2])))
    attempt('dtypes', lambda: d.Normal(tf.constant(0., tf.float64), tf.constant(1.)))
    attempt('ints', lambda: d.Uniform(tf.constant(0), tf.constant(1)))
    attempt('classes', lambda: d.Categorical(logits=[1.], validate_args=True))
    attempt('rank', lambda: d.Categorical(logits=1.))
    attempt('low', lambda: d.Uniform(2., 1., validate_args=True))
    attempt('sigma', lambda: d.Normal(0., -1., validate_args=True))
    attempt('quantile', lambda: d.Gamma(1., 1.).quantile(.5))
    attempt('cdf', lambda: d.Bernoulli(logits=0.).cdf(1))
    attempt('covariance', lambda: n.covariance())
    attempt('mean', lambda: d.Categorical(logits=[0., 1.]).mean())
    attempt('sample shape', lambda: n.sample([[1, 2]]))
    attempt('event', lambda: d.Categorical(logits=[0., 1.]).log_prob(tf.constant(True)))
    attempt('kl', lambda: n.kl_divergence(d.Gamma(1., 1.)))
    class Mine(d.Normal):
        pass
    mine = Mine(3., 1.)
    d.RegisterKL(Mine, d.Normal)(lambda a, b, name=None: tf.subtract(a.loc, b.loc, name=name))
    note('own', [d.kl_divergence(mine, n, name='own'), mine.kl_divergence(mine), n.kl_divergence(mine), str(mine)])
    attempt('no kl of two kinds', lambda: d.kl_divergence(mine, d.Uniform()))
    attempt('not callable', lambda: d.RegisterKL(d.Laplace, d.Normal)(3))
    attempt('value dtype', lambda: d.Gamma(tf.constant(1., tf.float64), tf.constant(1., tf.float64)).log_prob(tf.constant(1.)))
    nans = d.kl_divergence(d.Normal(u, 1.), n, allow_nan_stats=False)
    big = d.Normal(tf.constant([0., 1.], tf.float64), tf.constant(2., tf.float64))
    t64 = [big.log_prob([.5, -25.]), big.log_cdf(tf.constant([-50., 3.], tf.float64)), big.quantile([.1, .9]), big.sample(2, seed=3), big.entropy(), d.Exponential(tf.constant(2., tf.float64)).sample(2, seed=1), d.Laplace(tf.constant(2., tf.float64), tf.constant(1., tf.float64)).sample(2, seed=1)]
    q = arr([2, 3], 1, .1, 1.)
    q = q / q.sum(1, keepdims=True)
    return {'runs': [{'fetch': t, 'feed': {u: [4., 5.], v: q, s: 3}}, {'fetch': t[:4], 'feed': {u: 4., s: [2, 1]}}, {'fetch': t64},
                     {'fetch': c[12], 'feed': {u: 1.5}, 'label': 'bad beta sample'}, {'fetch': c[:7] + c[8:11], 'feed': {u: 1.5}}, {'fetch': checked[7].mean(), 'feed': {u: .5}}, {'fetch': c[7], 'feed': {u: 1.5}}, {'fetch': c[0], 'feed': {u: -1.}}, {'fetch': c[1], 'feed': {u: 3.}}, {'fetch': c[2], 'feed': {u: 0.}}, {'fetch': c[4], 'feed': {u: .5}}, {'fetch': c[8], 'feed': {u: .5}},
                     {'fetch': c[9], 'feed': {u: .5}}, {'fetch': c[10], 'feed': {u: .5}}, {'fetch': c[13], 'feed': {u: .5}}, {'fetch': c2[2:4], 'feed': {u: 1., v: q}}, {'fetch': c2[0], 'feed': {v: 3. * q}}, {'fetch': c2[1], 'feed': {v: q}},
                     {'fetch': c2[2], 'feed': {v: [[1., .5, .5]]}}, {'fetch': c2[3], 'feed': {v: q, u: [-1., 0.]}}, {'fetch': c2[3], 'feed': {v: q, u: [.5, 0.]}}, {'fetch': c2[4], 'feed': {v: [[1., 2., 1.]], u: 4.}}, {'fetch': c2[4], 'feed': {v: [[1., 2., 1.]], u: 5.}},
                     {'fetch': c2[5], 'feed': {v: q, u: 1.}}, {'fetch': c2[6], 'feed': {v: q, u: 1.5}}, {'fetch': c2[7], 'feed': {u: [1.]}}, {'fetch': c2[7], 'feed': {u: 1.}}, {'fetch': c2[7], 'feed': {u: [1., 2.]}}, {'fetch': nans, 'feed': {u: float('nan')}}, {'fetch': nans, 'feed': {u: 3.}}]}
