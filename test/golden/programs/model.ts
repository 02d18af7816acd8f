// Restates model_*.py: small models and their training.
import * as tf from 'tfgraph';
import { arr, ints, type Program, type Step } from '../oracle.ts';

export function model_linear(): Program {
  tf.setRandomSeed(777);
  const X = tf.placeholder(tf.float32, { shape: [null] });
  const Y = tf.placeholder(tf.float32, { shape: [null] });
  const W = new tf.Variable(tf.randomNormal([1]), { name: 'weight' });
  const b = new tf.Variable(tf.randomNormal([1]), { name: 'bias' });
  const hypothesis = X.mul(W).add(b);
  const cost = tf.reduceMean(tf.square(hypothesis.sub(Y)));
  const train = new tf.train.GradientDescentOptimizer({ learningRate: 0.01 }).minimize(cost);
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [{ fetch: init }];
  const feed: tf.Feeds = [[X, [1, 2, 3]], [Y, [1, 2, 3]]];
  for (let i = 0; i < 6; i++) runs.push({ fetch: [cost, W, b], feed }, { fetch: train, feed });
  return { runs: [...runs, { fetch: hypothesis, feed: [[X, [5, 1.5]]] }] };
}

export function model_dqn(): Program {
  tf.setRandomSeed(14);
  const C = tf.contrib.layers;
  const s = tf.placeholder(tf.float32, [null, 4], { name: 's' }), s2 = tf.placeholder(tf.float32, [null, 4], { name: 's_' });
  const a = tf.placeholder(tf.int32, [null], { name: 'a' });
  const r = tf.placeholder(tf.float32, [null], { name: 'r' }), d = tf.placeholder(tf.float32, [null], { name: 'done' });
  const net = (x: tf.Tensor, scope: string, trainable = true): tf.Tensor => tf.variableScope(scope, () => {
    const variablesCollections = [`${scope}_params`, tf.GraphKeys.GLOBAL_VARIABLES];
    const h = C.fullyConnected(x, 6, { trainable, variablesCollections });
    return C.fullyConnected(h, 2, { activationFn: null, trainable, variablesCollections });
  });
  const q = net(s, 'eval_net'), qn = net(s2, 'target_net', false);
  const t = tf.getCollection('target_net_params') as tf.Variable[], e = tf.getCollection('eval_net_params') as tf.Variable[];
  const replace = t.map((v, i) => tf.assign(v, e[i]!));
  const target = tf.stopGradient(r.add(d.rsub(1).rmul(.9).mul(tf.reduceMax(qn, 1, { name: 'Qmax' }))));
  const chosen = tf.reduceSum(q.mul(tf.oneHot(a, 2)), 1);
  const td = chosen.sub(target);
  const loss = tf.reduceMean(tf.where(tf.abs(td).less(1), tf.square(td).rmul(.5), tf.abs(td).sub(.5)));
  const opt = new tf.train.AdamOptimizer(.01);
  const gv = opt.computeGradients(loss).filter(([g]) => g !== null).map(([g, v]) => [tf.clipByNorm(g as tf.Tensor, 1), v] as const);
  const train = opt.applyGradients(gv);
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [{ fetch: init }, 'VARS', { fetch: replace }];
  for (let i = 0; i < 5; i++) {
    const feed: tf.Feeds = [[s, arr([5, 4], i)], [s2, arr([5, 4], i + 9)], [a, ints([5], 2, i)], [r, arr([5], i)], [d, ints([5], 2, i + 3)]];
    runs.push({ fetch: [loss, td], feed }, { fetch: train, feed });
    if (i === 2) runs.push({ fetch: replace });
  }
  return { runs: [...runs, 'VARS', { fetch: tf.argmax(q, 1), feed: [[s, arr([5, 4], 1)]] }] };
}

export function model_logistic(): Program {
  tf.setRandomSeed(15);
  const C = tf.contrib.layers;
  const x = tf.placeholder(tf.float32, [null, 6], { name: 'x' });
  const y = tf.placeholder(tf.float32, [null, 1], { name: 'y' });
  const [w, b, logit] = tf.variableScope('logreg', { regularizer: C.l1L2Regularizer(.01, .02) }, () => {
    const k = tf.getVariable('w', [6, 1], { initializer: tf.zerosInitializer() }) as tf.Variable;
    const c = tf.getVariable('b', [1], { initializer: tf.zerosInitializer(), regularizer: C.l2Regularizer(0) }) as tf.Variable;
    return [k, c, tf.matmul(x, k).add(c)] as const;
  });
  const xe = tf.reduceMean(tf.nn.weightedCrossEntropyWithLogits(y, logit, { posWeight: 2 }));
  const cost = xe.add(tf.losses.getRegularizationLoss());
  const t1 = new tf.train.FtrlOptimizer(.5, { l1RegularizationStrength: .001 }).minimize(cost, { varList: [w, b] });
  const rec = tf.variableScope('ae', () => {
    const k = tf.getVariable('k', [6, 3], { initializer: tf.randomNormalInitializer({ stddev: .3 }) });
    const c1 = tf.getVariable('c1', [3], { initializer: tf.zerosInitializer() });
    const c2 = tf.getVariable('c2', [6], { initializer: tf.zerosInitializer() });
    return tf.matmul(tf.tanh(tf.nn.xwPlusB(x, k, c1)), k, { transposeB: true }).add(c2);
  });
  const ae = tf.losses.meanSquaredError(x, rec);
  const t2 = new tf.train.MomentumOptimizer(.1, .9, { useNesterov: true }).minimize(ae, { varList: tf.trainableVariables('ae') });
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [{ fetch: init }, 'VARS'];
  let feed: tf.Feeds = [];
  for (let i = 0; i < 5; i++) {
    feed = [[x, arr([7, 6], i)], [y, ints([7, 1], 2, i)]];
    runs.push({ fetch: [cost, ae], feed }, { fetch: [t1, t2], feed });
  }
  return { runs: [...runs, 'VARS', { fetch: [tf.sigmoid(logit), rec], feed }] };
}

export function model_vae(): Program {
  tf.setRandomSeed(12);
  const x = tf.placeholder(tf.float32, [null, 10], { name: 'x' });
  const [mu, ls] = tf.variableScope('enc', () => {
    const h = tf.layers.dense(x, 8, tf.nn.softplus);
    const m = tf.layers.dense(h, 2, { name: 'mu' });
    return [m, tf.layers.dense(h, 2, { name: 'logsigma2' })] as const;
  });
  const eps = tf.randomNormal(tf.shape(mu), 0, 1, { dtype: tf.float32 });
  const z = mu.add(tf.sqrt(tf.exp(ls)).mul(eps));
  const r = tf.variableScope('dec', () => tf.layers.dense(tf.layers.dense(z, 8, tf.nn.softplus), 10, tf.sigmoid));
  // x * log(1e-10 + r) + (1 - x) * log(1e-10 + 1 - r): the last sum starts with Python's 1e-10 + 1.
  const likely = x.mul(tf.log(r.radd(1e-10)));
  const rec = tf.reduceSum(likely.add(x.rsub(1).mul(tf.log(r.rsub(1e-10 + 1)))), 1).neg();
  const kl = tf.reduceSum(ls.radd(1).sub(tf.square(mu)).sub(tf.exp(ls)), 1).rmul(-0.5);
  const cost = tf.reduceMean(rec.add(kl));
  const train = new tf.train.RMSPropOptimizer(.01, { momentum: .5 }).minimize(cost);
  const init = tf.globalVariablesInitializer();
  const feed: tf.Feeds = [[x, arr([5, 10], 1, 0, 1)]];
  return { runs: [{ fetch: init }, 'VARS', ...Array.from({ length: 5 }, (): Step => ({ fetch: [train, cost], feed })), { fetch: [r, z, mu], feed }, 'VARS'] };
}

export function model_word2vec(): Program {
  tf.setRandomSeed(8);
  const inp = tf.placeholder(tf.int32, [4], { name: 'inputs' }), lab = tf.placeholder(tf.int32, [4, 1], { name: 'labels' });
  const emb = new tf.Variable(tf.randomUniform([20, 5], -1, 1), { name: 'emb' });
  const embed = tf.nn.embeddingLookup(emb, inp);
  const w = new tf.Variable(tf.truncatedNormal([20, 5], { stddev: .4 }));
  const b = new tf.Variable(tf.zeros([20]));
  const sampled = tf.nn.logUniformCandidateSampler(tf.cast(lab, tf.int64), 1, 6, true, 20, { seed: 3 });
  const given = { weights: w, biases: b, labels: lab, inputs: embed, numSampled: 6, numClasses: 20, sampledValues: sampled };
  const loss = tf.reduceMean(tf.nn.nceLoss(given));
  const loss2 = tf.reduceMean(tf.nn.sampledSoftmaxLoss(given));
  const train = new tf.train.GradientDescentOptimizer(.5).minimize(loss);
  const norm = tf.sqrt(tf.reduceSum(tf.square(emb), 1, { keepDims: true }));
  const sim = tf.matmul(tf.nn.embeddingLookup(emb.truediv(norm), tf.constant([1, 2], tf.int32)), emb.truediv(norm), { transposeB: true });
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [{ fetch: init }, 'VARS'];
  for (let i = 0; i < 5; i++) runs.push({ fetch: [train, loss, loss2, Object.values(sampled)], feed: [[inp, ints([4], 20, i)], [lab, ints([4, 1], 20, i + 9)]] });
  return { runs: [...runs, 'VARS', { fetch: sim }] };
}
