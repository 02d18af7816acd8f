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

export function model_convnet(): Program {
  tf.setRandomSeed(4);
  const constant = (v: number): tf.Initializer => tf.constantInitializer(v);
  const made = (name: string, shape: number[], stddev: number, wd: number): tf.Variable => {
    const v = tf.getVariable(name, shape, { initializer: tf.truncatedNormalInitializer({ stddev }) }) as tf.Variable;
    if (wd !== 0) tf.addToCollection('losses', tf.multiply(tf.nn.l2Loss(v), wd, { name: 'weight_loss' }));
    return v;
  };
  const images = tf.placeholder(tf.float32, [4, 8, 8, 3], { name: 'images' });
  const labels = tf.placeholder(tf.int32, [4], { name: 'labels' });
  const conv1 = tf.variableScope('conv1', (scope) => {
    const conv = tf.nn.conv2d(images, made('weights', [3, 3, 3, 6], 5e-2, 0), [1, 1, 1, 1], { padding: 'SAME' });
    const b = tf.getVariable('biases', [6], { initializer: constant(0) });
    return tf.nn.relu(tf.nn.biasAdd(conv, b), { name: scope.name });
  });
  const pool1 = tf.nn.maxPool(conv1, { ksize: [1, 3, 3, 1], strides: [1, 2, 2, 1], padding: 'SAME', name: 'pool1' });
  const norm1 = tf.nn.lrn(pool1, 4, { bias: 1, alpha: 0.001 / 9, beta: 0.75, name: 'norm1' });
  const local = tf.variableScope('local', (scope) => {
    const r = tf.reshape(norm1, [4, -1]);
    const w = made('weights', [r.shape.at(1).value!, 10], .04, .004);
    return tf.nn.relu(tf.matmul(r, w).add(tf.getVariable('biases', [10], { initializer: constant(.1) })), { name: scope.name });
  });
  const logits = tf.variableScope('softmax_linear', (scope) =>
    tf.add(tf.matmul(local, made('weights', [10, 3], .1, 0)), tf.getVariable('biases', [3], { initializer: tf.zerosInitializer() }), { name: scope.name }));
  const ce = tf.reduceMean(tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels, logits, name: 'ce_per_example' }), { name: 'ce' });
  tf.addToCollection('losses', ce);
  const total = tf.addN(tf.getCollection('losses') as tf.Tensor[], { name: 'total_loss' });
  const gs = tf.train.getOrCreateGlobalStep();
  const lr = tf.train.exponentialDecay(.1, gs, 2, .9, { staircase: true });
  const opt = new tf.train.GradientDescentOptimizer(lr);
  const app = opt.applyGradients(opt.computeGradients(total), { globalStep: gs as tf.Variable });
  const ema = new tf.train.ExponentialMovingAverage(.99, gs);
  const train = tf.controlDependencies([app], () => ema.apply(tf.trainableVariables()));
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [{ fetch: init }, 'VARS'];
  let feed: tf.Feeds = [];
  for (let i = 0; i < 5; i++) {
    feed = [[images, arr([4, 8, 8, 3], i)], [labels, ints([4], 3, i)]];
    runs.push({ fetch: [total, logits], feed }, { fetch: train, feed });
  }
  return { runs: [...runs, 'VARS', { fetch: tf.nn.inTopK(logits, labels, 1), feed }] };
}

export function model_dcgan(): Program {
  tf.setRandomSeed(9);
  const z = tf.placeholder(tf.float32, [4, 6], { name: 'z' });
  const img = tf.placeholder(tf.float32, [4, 8, 8, 1], { name: 'real' });
  const lrelu = (t: tf.Tensor): tf.Tensor => tf.maximum(t, t.rmul(.2), { name: 'lrelu' });
  const bn = (t: tf.Tensor, isTraining: boolean, scope: string): tf.Tensor => tf.contrib.layers.batchNorm(t, { decay: .9, updatesCollections: null, epsilon: 1e-5, scale: true, isTraining, scope });
  const normal = (name: string, shape: number[]): tf.Variable => tf.getVariable(name, shape, { dtype: tf.float32, initializer: tf.randomNormalInitializer({ stddev: .2 }) }) as tf.Variable;
  const zeros = (name: string, n: number): tf.Variable => tf.getVariable(name, [n], { initializer: tf.constantInitializer(0) }) as tf.Variable;
  const gen = (train = true, reuse = false): tf.Tensor => tf.variableScope('generator', (scope) => {
    if (reuse) scope.reuseVariables();
    let h = tf.variableScope('g_h0_lin', () => tf.matmul(z, normal('Matrix', [6, 32])).add(zeros('bias', 32)));
    h = tf.nn.relu(bn(tf.reshape(h, [-1, 2, 2, 8]), train, 'g_bn0'));
    for (const [i, [s, c]] of ([[4, 4], [8, 1]] as const).entries()) {
      h = tf.variableScope(`g_h${i + 1}`, () => {
        const w = normal('w', [5, 5, c, h.shape.at(-1).value!]);
        const y = tf.nn.conv2dTranspose(h, w, { outputShape: [4, s, s, c], strides: [1, 2, 2, 1] });
        return tf.reshape(tf.nn.biasAdd(y, zeros('biases', c)), y.shape.asList() as number[]);
      });
      if (i === 0) h = tf.nn.relu(bn(h, train, 'g_bn1'));
    }
    return tf.nn.tanh(h);
  });
  const disc = (x: tf.Tensor, reuse = false): [tf.Tensor, tf.Tensor] => tf.variableScope('discriminator', { reuse }, () => {
    const h0 = lrelu(tf.layers.conv2d(x, 4, 5, 2, 'same', { name: 'd_h0' }));
    const h1 = lrelu(bn(tf.layers.conv2d(h0, 8, 5, 2, 'same', { name: 'd_h1' }), true, 'd_bn1'));
    const l = tf.layers.dense(tf.reshape(h1, [4, -1]), 1, { name: 'd_lin' });
    return [tf.nn.sigmoid(l), l];
  });
  const G = gen();
  const [D, Dl] = disc(img);
  const sample = gen(false, true);
  const [D_, Dl_] = disc(G, true);
  const xe = (logits: tf.Tensor, v: number): tf.Tensor => tf.reduceMean(tf.nn.sigmoidCrossEntropyWithLogits({ logits, labels: tf.onesLike(logits).rmul(v) }));
  const dl = xe(Dl, .9).add(xe(Dl_, 0));
  const gl = xe(Dl_, 1);
  const adam = (loss: tf.Tensor, part: string): tf.Operation => new tf.train.AdamOptimizer(2e-3, { beta1: .5 }).minimize(loss, { varList: tf.trainableVariables().filter((v) => v.name.includes(part)) });
  const dOpt = adam(dl, 'd_'), gOpt = adam(gl, 'g_');
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [{ fetch: init }, 'VARS'];
  let noise: tf.NDArray = arr([4, 6], 0), feed: tf.Feeds = [];
  for (let i = 0; i < 3; i++) {
    noise = arr([4, 6], i);
    feed = [[z, noise], [img, arr([4, 8, 8, 1], i + 5)]];
    runs.push({ fetch: [dOpt, dl], feed }, { fetch: [gOpt, gl], feed: [[z, noise]] });
  }
  return { runs: [...runs, { fetch: sample, feed: [[z, noise]] }, { fetch: [D, D_], feed }, 'VARS'] };
}
