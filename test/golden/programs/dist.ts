// Restates dist_*.py: tf.distributions.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program } from '../oracle.ts';

const f32 = (shape: readonly number[], ...v: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, Float32Array.from(v));
type Feed = [tf.Tensor, tf.NDArray][];

export function dist_scalar(): Program {
  const d = tf.distributions;
  tf.setRandomSeed(7);
  const x = tf.placeholder(tf.float32, [3], { name: 'x' });
  const p = tf.placeholder(tf.float32, [3], { name: 'p' });
  const w = tf.placeholder(tf.float32, [2, 1], { name: 'w' });

  const n = new d.Normal([.5, -1, 2], w);
  const t = [n.sample(), n.sample(3), n.sample([2, 2], { seed: 5, name: 'draw' }), n.logProb(x), n.prob(x), n.cdf(x), n.logCdf(x), n.survivalFunction(x), n.logSurvivalFunction(x), n.quantile(p),
    n.entropy(), n.mean(), n.variance(), n.stddev(), n.mode(), n.batchShapeTensor(), n.eventShapeTensor(), n.isScalarEvent(), n.isScalarBatch(), n.loc, n.scale, n.prob(.5, { name: 'half' })];
  const u = new d.Uniform([0, .5, -1], [1, 2, 3]);
  t.push(u.sample(2), u.sample([2], { seed: 3 }), u.logProb(x), u.prob(x), u.cdf(x), u.logCdf(x), u.survivalFunction(x), u.logSurvivalFunction(x), u.entropy(), u.mean(), u.variance(), u.stddev(), u.range(), u.low, u.high,
    u.batchShapeTensor(), new d.Uniform().sample(4));
  const la = new d.Laplace([.5, -1, 2], [1, 2, .5]);
  t.push(la.sample(2), la.sample({ seed: 3 }), la.logProb(x), la.prob(x), la.cdf(x), la.logCdf(x), la.survivalFunction(x), la.logSurvivalFunction(x), la.entropy(), la.mean(), la.variance(), la.stddev(), la.mode(),
    la.isScalarBatch(), la.batchShapeTensor());
  const st = new d.StudentT([3, .5, 1.5], [.5, -1, 2], 2);
  t.push(st.sample(2), st.sample(3, { seed: 11 }), st.logProb(x), st.prob(x), st.cdf(x), st.logCdf(x), st.survivalFunction(x), st.entropy(), st.mean(), st.variance(), st.stddev(), st.mode(), st.df, st.eventShapeTensor());
  const ga = new d.Gamma([.5, 1.5, 3], [2, 1, .5]);
  t.push(ga.sample(2), ga.sample([2, 3], { seed: 4 }), ga.logProb(p), ga.prob(p), ga.cdf(p), ga.logCdf(p), ga.survivalFunction(p), ga.entropy(), ga.mean(), ga.variance(), ga.stddev(), ga.mode(), ga.concentration, ga.rate);
  const ex = new d.Exponential(tf.placeholderWithDefault([.5, 1, 2], [3], { name: 'rate' }));
  t.push(ex.sample(2), ex.sample(3, { seed: 8 }), ex.logProb(p), ex.prob(p), ex.cdf(p), ex.logSurvivalFunction(p), ex.survivalFunction(p), ex.entropy(), ex.mean(), ex.variance(), ex.mode(), ex.rate);
  const be = new d.Beta([.5, 1.5, 3], [2, 2, .5]);
  t.push(be.sample(2), be.sample([2, 2], { seed: 9 }), be.logProb(p), be.prob(p), be.cdf(p), be.logCdf(p), be.survivalFunction(p), be.entropy(), be.mean(), be.variance(), be.stddev(), be.mode(), be.totalConcentration, be.batchShapeTensor());
  const i = tf.constant([0, 1, 1], tf.int32, { name: 'i' });
  const b1 = new d.Bernoulli({ logits: [.5, -1, 2] });
  const b2 = new d.Bernoulli({ probs: p, dtype: tf.float32 });
  t.push(b1.sample(4), b1.sample([2, 2], { seed: 2 }), b1.logProb(i), b1.prob(i), b1.entropy(), b1.mean(), b1.variance(), b1.stddev(), b1.mode(), b1.probs, b2.sample(3, { seed: 1 }), b2.logProb(1), b2.logProb([0, 1, 1]), b2.logits, b2.mode(),
    b2.eventShapeTensor(), b2.batchShapeTensor());
  const kl = [n.klDivergence(new d.Normal(0, [1, 2, 3])), n.crossEntropy(new d.Normal(0, 1, { name: 'std' })), ga.klDivergence(new d.Gamma(1, 2)), be.klDivergence(new d.Beta(1, [2, 3, 1])), b1.klDivergence(b2), d.klDivergence(b2, b1, { name: 'mine' }),
    ex.klDivergence(ga), d.klDivergence(n, n, { allowNanStats: false })];
  const all: tf.distributions.Distribution[] = [n, u, la, st, ga, ex, be, b1, b2];
  note('shapes', all.map((q) => [q.batchShape, q.eventShape]));
  note('names', all.map((q) => q.name));
  note('text', [n, u, ex, b1, b2].map(String));
  const loss = tf.reduceSum(n.sample(2, { seed: 1 })).add(tf.reduceSum(be.sample({ seed: 6 }))).add(tf.reduceSum(ga.logProb(p))).add(tf.reduceSum(st.logProb(x))).add(tf.reduceSum(n.logCdf(x)));
  const g = tf.gradients(loss, [w, p, x, be.concentration1, ga.rate, st.df]);
  const scaled = (a: tf.NDArray, by: number): tf.NDArray => new tf.NDArray(tf.float32, a.shape, (a.data as Float32Array).map((v) => by * v));
  const f = (k: number, scale: number): Feed => [[x, scaled(arr([3], k), scale)], [p, arr([3], k + 5, .05, .95)], [w, arr([2, 1], k + 9, .5, 2)]];
  const edges: Feed = [[x, f32([3], -30, 12, 2)], [p, f32([3], .999, 1e-4, .5)], [w, f32([2, 1], 1, 2)]];
  return { runs: [{ fetch: t, feed: f(1, 2) }, { fetch: kl, feed: f(2, 2) }, { fetch: g, feed: f(3, 2) }, { fetch: [n.logCdf(x), n.cdf(x), n.quantile(p), la.logCdf(x), u.prob(x), u.cdf(x), st.cdf(x)], feed: edges }, { fetch: t, feed: f(4, 5) }] };
}

export function dist_vector(): Program {
  const d = tf.distributions;
  tf.setRandomSeed(3);
  const l = tf.placeholder(tf.float32, [2, 3], { name: 'l' });
  const c = tf.placeholder(tf.float32, [2, 3], { name: 'c' });
  const q = tf.placeholder(tf.float32, [2, 3], { name: 'q' });
  const k = tf.constant([2, 0], tf.int32, { name: 'k' });

  const c1 = new d.Categorical({ logits: l });
  const c2 = new d.Categorical({ probs: [.2, .3, .5], dtype: tf.int64, name: 'three' });
  const c3 = new d.Categorical({ logits: tf.zeros([2, 2, 3]), dtype: tf.float32 });
  const t = [c1.sample(4), c1.sample([2, 2], { seed: 5 }), c1.logProb(k), c1.prob(k), c1.prob([[0, 1], [2, 2]]), c1.cdf(k), c1.logCdf(k), c1.survivalFunction(k), c1.entropy(), c1.mode(), c1.eventSize, c1.probs, c1.batchShapeTensor(),
    c1.eventShapeTensor(), c2.sample(3, { seed: 2 }), c2.logProb(1), c2.logProb([0, 1, 2]), c2.entropy(), c2.mode(), c2.cdf([1, 3]), c2.logits, c3.sample({ seed: 4 }), c3.logProb([[0, 1], [2, 0]]), c3.isScalarBatch()];
  const di = new d.Dirichlet(c);
  t.push(di.sample(2), di.sample([2], { seed: 6 }), di.logProb(q), di.prob(q), di.entropy(), di.mean(), di.variance(), di.stddev(), di.covariance(), new d.Dirichlet([1.5, 2, 4]).mode(), new d.Dirichlet([1, 2, 4]).mode(), di.totalConcentration,
    di.batchShapeTensor(), di.eventShapeTensor(), di.isScalarEvent());
  const n = tf.constant([[2, 1, 1], [0, 3, 1]]);
  const dm = new d.DirichletMultinomial(4, c);
  t.push(dm.sample(2), dm.sample(3, { seed: 7 }), dm.logProb(n), dm.prob(n), dm.mean(), dm.variance(), dm.stddev(), dm.covariance(), dm.totalCount, dm.concentration);
  const mu = new d.Multinomial(4, { logits: l });
  const m2 = new d.Multinomial([4, 5], { probs: [[.2, .3, .5], [.1, .1, .8]] });
  t.push(mu.logProb(n), mu.prob(n), mu.mean(), mu.variance(), mu.stddev(), mu.covariance(), mu.batchShapeTensor(), mu.eventShapeTensor(), m2.mean(), m2.variance(), m2.covariance(), m2.logits, m2.logProb([[2, 1, 1], [0, 4, 1]]));
  const kl = [c1.klDivergence(new d.Categorical({ probs: [[.2, .3, .5], [.1, .1, .8]] })), c1.crossEntropy(c2), di.klDivergence(new d.Dirichlet([1, 2, 3])), d.klDivergence(di, di)];
  const all: tf.distributions.Distribution[] = [c1, c2, c3, di, dm, mu, m2];
  note('shapes', all.map((v) => [v.batchShape, v.eventShape]));
  note('text', all.slice(0, 6).map(String));
  attempt('mode of several', () => di.mode());
  const g = tf.gradients(tf.reduceSum(c1.logProb(k)).add(tf.reduceSum(di.logProb(q))).add(tf.reduceSum(di.sample(2, { seed: 1 }).mul(q))).add(tf.reduceSum(dm.logProb(n))).add(tf.reduceSum(mu.logProb(n))).add(tf.reduceSum(c1.entropy())), [l, c, q]);
  const f = (s: number): Feed => [[l, arr([2, 3], s, -2, 2)], [c, arr([2, 3], s + 3, .5, 3)], [q, simplex(arr([2, 3], s + 5, .1, 1))]];
  return { runs: [{ fetch: t, feed: f(1) }, { fetch: kl, feed: f(2) }, { fetch: g, feed: f(3) }, { fetch: t, feed: f(4) }] };
}
/** r / r.sum(1, keepdims=True) of a [2, 3] array, times `by`. */
function simplex(r: tf.NDArray, by = 1): tf.NDArray {
  const v = r.data as Float32Array;
  return f32([2, 3], ...v.map((e, i) => { const at = i - (i % 3); return by * Math.fround(e / Math.fround(Math.fround(v[at]! + v[at + 1]!) + v[at + 2]!)); }));
}

export function dist_checks(): Program {
  const d = tf.distributions;
  tf.setRandomSeed(5);
  const u = tf.placeholder(tf.float32, { name: 'u' });
  const v = tf.placeholder(tf.float32, [null, 3], { name: 'v' });
  const s = tf.placeholder(tf.int32, { name: 's' });
  const o = { validateArgs: true, allowNanStats: false };

  const l0 = new d.Normal(u, 1);
  const l1 = new d.Categorical({ logits: v });
  const l2 = new d.Categorical({ logits: u });
  const l3 = new d.Dirichlet(v);
  const l4 = new d.Multinomial(u, { probs: v });
  const l5 = new d.Bernoulli({ logits: u });
  const late: tf.distributions.Distribution[] = [l0, l1, l2, l3, l4, l5];
  const int = (x: number): tf.NDArray => new tf.NDArray(tf.int32, [], Int32Array.of(x));
  const t = [l0.sample(2), l0.sample(s), l0.batchShapeTensor(), l0.isScalarBatch(), l1.sample(2, { seed: 1 }), l1.batchShapeTensor(), l1.eventSize, l1.logProb(0), l2.batchShapeTensor(), l2.entropy(),
    l3.mean(), l3.eventShapeTensor(), l4.batchShapeTensor(), l4.mean(), l5.logProb(1), l5.sample(3, { seed: 1 }), l1.mode(), l3.covariance()];
  note('late', late.map((q) => [q.batchShape, q.eventShape]));
  note('late text', late.map(String));
  const checked = [new d.Normal(0, u, o), new d.Uniform(u, 2, o), new d.Gamma(u, 1, o), new d.Beta(u, 2, o), new d.StudentT(u, 0, 1, o), new d.Laplace(0, u, o), new d.Exponential(u, o), new d.Bernoulli({ probs: u, validateArgs: true })] as const;
  const c = [...checked.map((q) => q.mean()), checked[2].mode(), checked[3].mode(), checked[4].variance(), checked[2].logProb(u), checked[3].prob(u), checked[7].logProb(u), checked[7].entropy()];
  const w = [new d.Dirichlet(v, o), new d.Categorical({ probs: v, validateArgs: true }), new d.DirichletMultinomial(u, v, { validateArgs: true }), new d.Multinomial(u, { probs: v, validateArgs: true }), new d.Categorical({ logits: u, validateArgs: true })] as const;
  const c2 = [w[0].mode(), w[0].logProb(v), w[1].entropy(), w[1].logProb(u), w[2].logProb(v), w[3].logProb(v), w[2].mean(), w[4].eventSize];
  const n = new d.Normal(1, 2, { name: 'base' });
  const m = n.copy({ scale: 3 });
  note('copy', [m.name, m.parameters['loc'], m.parameters['scale'], n.parameters['name'], m.dtype, m.validateArgs, m.allowNanStats]);
  note('kinds', [n.reparameterizationType === d.FULLY_REPARAMETERIZED, new d.Bernoulli({ logits: 0 }).reparameterizationType === d.NOT_REPARAMETERIZED, d.FULLY_REPARAMETERIZED.repr]);
  note('text', [String(n), m.repr]);
  note('param shapes', [d.Normal.paramStaticShapes([2, 3])['loc'], Object.keys(d.StudentT.paramStaticShapes([4])).sort(), d.Bernoulli.paramStaticShapes(new tf.TensorShape([2]))['logits'], d.Exponential.paramShapes([5])['rate'],
    Object.keys(d.Beta.paramShapes(s)).sort()]);
  attempt('unknown shape', () => d.Normal.paramStaticShapes(new tf.TensorShape([null])));
  attempt('late shape', () => d.Normal.paramStaticShapes(s));
  attempt('no shapes', () => d.Dirichlet.paramShapes([2]));
  attempt('both', () => new d.Bernoulli({ logits: 0, probs: .5 }));
  attempt('neither', () => new d.Categorical());
  attempt('int logits', () => new d.Bernoulli({ logits: tf.constant(1, tf.int32) }));
  attempt('int probs', () => new d.Categorical({ probs: tf.constant([1, 2], tf.int32) }));
  attempt('dtypes', () => new d.Normal(tf.constant(0, tf.float64), tf.constant(1)));
  attempt('ints', () => new d.Uniform(tf.constant(0, tf.int32), tf.constant(1, tf.int32)));
  attempt('classes', () => new d.Categorical({ logits: [1], validateArgs: true }));
  attempt('rank', () => new d.Categorical({ logits: 1 }));
  attempt('low', () => new d.Uniform(2, 1, { validateArgs: true }));
  attempt('sigma', () => new d.Normal(0, -1, { validateArgs: true }));
  attempt('quantile', () => new d.Gamma(1, 1).quantile(.5));
  attempt('cdf', () => new d.Bernoulli({ logits: 0 }).cdf(1));
  attempt('covariance', () => n.covariance());
  attempt('mean', () => new d.Categorical({ logits: [0, 1] }).mean());
  attempt('sample shape', () => n.sample([[1, 2]]));
  attempt('event', () => new d.Categorical({ logits: [0, 1] }).logProb(tf.constant(true)));
  attempt('kl', () => n.klDivergence(new d.Gamma(1, 1)));
  class Mine extends d.Normal {}
  const mine = new Mine(3, 1);
  d.RegisterKL(Mine, d.Normal)((a, b, name) => tf.subtract(a.loc, b.loc, { name }));
  note('own', [d.klDivergence(mine, n, { name: 'own' }), mine.klDivergence(mine), n.klDivergence(mine), String(mine)]);
  attempt('no kl of two kinds', () => d.klDivergence(mine, new d.Uniform()));
  attempt('not callable', () => d.RegisterKL(d.Laplace, d.Normal)(int(3).item() as never));
  attempt('value dtype', () => new d.Gamma(tf.constant(1, tf.float64), tf.constant(1, tf.float64)).logProb(tf.constant(1)));
  const nans = d.klDivergence(new d.Normal(u, 1), n, { allowNanStats: false });
  const big = new d.Normal(tf.constant([0, 1], tf.float64), tf.constant(2, tf.float64));
  const t64 = [big.logProb([.5, -25]), big.logCdf(tf.constant([-50, 3], tf.float64)), big.quantile([.1, .9]), big.sample(2, { seed: 3 }), big.entropy(), new d.Exponential(tf.constant(2, tf.float64)).sample(2, { seed: 1 }),
    new d.Laplace(tf.constant(2, tf.float64), tf.constant(1, tf.float64)).sample(2, { seed: 1 })];
  const q = arr([2, 3], 1, .1, 1);
  const scalar = (x: number): tf.NDArray => f32([], x);
  const counts = f32([1, 3], 1, 2, 1);
  const at = (x: number): Feed => [[u, scalar(x)]];
  return { runs: [{ fetch: t, feed: [[u, f32([2], 4, 5)], [v, simplex(q)], [s, int(3)]] }, { fetch: t.slice(0, 4), feed: [[u, scalar(4)], [s, new tf.NDArray(tf.int32, [2], Int32Array.of(2, 1))]] }, { fetch: t64 },
    { fetch: c[12], feed: at(1.5), label: 'bad beta sample' }, { fetch: [...c.slice(0, 7), ...c.slice(8, 11)], feed: at(1.5) }, { fetch: checked[7].mean(), feed: at(.5) }, { fetch: c[7], feed: at(1.5) }, { fetch: c[0], feed: at(-1) }, { fetch: c[1], feed: at(3) },
    { fetch: c[2], feed: at(0) }, { fetch: c[4], feed: at(.5) }, { fetch: c[8], feed: at(.5) }, { fetch: c[9], feed: at(.5) }, { fetch: c[10], feed: at(.5) }, { fetch: c[13], feed: at(.5) }, { fetch: c2.slice(2, 4), feed: [[u, scalar(1)], [v, simplex(q)]] },
    { fetch: c2[0], feed: [[v, simplex(q, 3)]] }, { fetch: c2[1], feed: [[v, simplex(q)]] }, { fetch: c2[2], feed: [[v, f32([1, 3], 1, .5, .5)]] }, { fetch: c2[3], feed: [[v, simplex(q)], [u, f32([2], -1, 0)]] }, { fetch: c2[3], feed: [[v, simplex(q)], [u, f32([2], .5, 0)]] },
    { fetch: c2[4], feed: [[v, counts], [u, scalar(4)]] }, { fetch: c2[4], feed: [[v, counts], [u, scalar(5)]] }, { fetch: c2[5], feed: [[v, simplex(q)], [u, scalar(1)]] }, { fetch: c2[6], feed: [[v, simplex(q)], [u, scalar(1.5)]] },
    { fetch: c2[7], feed: [[u, f32([1], 1)]] }, { fetch: c2[7], feed: at(1) }, { fetch: c2[7], feed: [[u, f32([2], 1, 2)]] }, { fetch: nans, feed: at(NaN) }, { fetch: nans, feed: at(3) }] };
}
