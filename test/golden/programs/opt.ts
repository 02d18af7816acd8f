// Restates opt_*.py: optimizers.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program, type Step } from '../oracle.ts';

export function opt_rows(): Program {
  const T = tf.train;
  const ids = tf.placeholder(tf.int32, [null], { name: 'ids' });
  const runs: Step[] = [];
  for (const kind of [false, true]) {
    const e = tf.variableScope(kind ? 'resource' : 'ref', { useResource: kind }, () => tf.getVariable('emb', { initializer: arr([6, 2], 1) }));
    const loss = tf.reduceSum(tf.square(tf.nn.embeddingLookup(e, ids).sub(0.5)));
    const opts: [string, tf.train.Optimizer][] = [['gd', new T.GradientDescentOptimizer(.1)], ['mom', new T.MomentumOptimizer(.1, .9)], ['nesterov', new T.MomentumOptimizer(.1, .9, { useNesterov: true })],
      ['adam', new T.AdamOptimizer(.05)], ['rms', new T.RMSPropOptimizer(.05, { momentum: .3 })], ['centered', new T.RMSPropOptimizer(.05, { centered: true })], ['ada', new T.AdagradOptimizer(.3)]];
    const steps = opts.map(([n, o]) => [n, o.minimize(loss, { name: `train_${n}` })] as const);
    note('slots', opts.map(([, o]) => o.getSlotNames()));
    const init = tf.globalVariablesInitializer();
    for (const [n, s] of steps) {
      runs.push({ fetch: init, label: n });
      for (const f of [[1, 3, 1], [0], [5, 5, 5, 2], [1, 4]]) runs.push({ fetch: s, feed: [[ids, f]] }, { fetch: e });
    }
  }
  return { runs: [...runs, 'VARS'] };
}

export function opt_dense(): Program {
  const T = tf.train;
  const opts: [string, tf.train.Optimizer][] = [['gd', new T.GradientDescentOptimizer(.1)], ['mom', new T.MomentumOptimizer(.1, .9)], ['nes', new T.MomentumOptimizer(.1, .9, { useNesterov: true })], ['adam', new T.AdamOptimizer(.05)],
    ['rms', new T.RMSPropOptimizer(.05)], ['rmsc', new T.RMSPropOptimizer(.05, .8, .5, 1e-6, { centered: true })], ['ada', new T.AdagradOptimizer(.3)], ['adadelta', new T.AdadeltaOptimizer(1, .9, 1e-3)],
    ['ftrl', new T.FtrlOptimizer(.3, { l1RegularizationStrength: .01, l2RegularizationStrength: .02 })], ['pgd', new T.ProximalGradientDescentOptimizer(.1, .05, .02)], ['pada', new T.ProximalAdagradOptimizer(.3, { l1RegularizationStrength: .01 })],
    ['adam2', new T.AdamOptimizer(.05, .8, .99, 1e-3, { name: 'Other' })]];
  const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' });
  const w = new tf.Variable(arr([3, 2], 1), { name: 'w' });
  const b = new tf.Variable(arr([2], 2), { name: 'b' });
  const loss = tf.reduceMean(tf.square(tf.tanh(tf.matmul(x, w).add(b)).sub(0.3)), { name: 'loss' });
  const steps = opts.map(([n, o]) => [n, o.minimize(loss)] as const);
  note('slots', opts.map(([n, o]) => [n, o.getSlotNames(), o.getSlotNames().map((s) => o.getSlot(w, s))]));
  note('names', opts.map(([, o]) => o.getName()));
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [];
  for (const [n, s] of steps) {
    runs.push({ fetch: init, label: n });
    for (let i = 0; i < 5; i++) runs.push({ fetch: [loss], feed: [[x, arr([4, 3], 5 + i)]] }, { fetch: s, feed: [[x, arr([4, 3], 5 + i)]] });
    runs.push({ fetch: [w, b], label: `${n} after` });
  }
  return { runs: [...runs, 'VARS'] };
}

export function opt_sparse(): Program {
  const T = tf.train;
  const ids = tf.placeholder(tf.int32, [null], { name: 'ids' });
  const e = tf.getVariable('emb', { initializer: arr([6, 2], 1) });
  const loss = tf.reduceSum(tf.square(tf.nn.embeddingLookup(e, ids).sub(0.5)));
  const opts: [string, tf.train.Optimizer][] = [['gd', new T.GradientDescentOptimizer(.1)], ['mom', new T.MomentumOptimizer(.1, .9)], ['adam', new T.AdamOptimizer(.05)], ['rms', new T.RMSPropOptimizer(.05, { momentum: .3 })],
    ['ada', new T.AdagradOptimizer(.3)], ['ftrl', new T.FtrlOptimizer(.3)], ['adadelta', new T.AdadeltaOptimizer(1)]];
  const steps = opts.map(([n, o]) => [n, o.minimize(loss)] as const);
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [];
  for (const [n, s] of steps) {
    runs.push({ fetch: init, label: n });
    for (const f of [[1, 3, 1], [0], [5, 5, 5, 2], [1, 4]]) runs.push({ fetch: s, feed: [[ids, f]] }, { fetch: e });
  }
  return { runs: [...runs, 'VARS'] };
}

export function opt_decay(): Program {
  const T = tf.train;
  const s = tf.placeholder(tf.int64, [], { name: 'step' });
  const d = [T.exponentialDecay(.1, s, 10, .9), T.exponentialDecay(.1, s, 10, .9, { staircase: true, name: 'Stair' }), T.inverseTimeDecay(.1, s, 10, .5), T.inverseTimeDecay(.1, s, 10, .5, true), T.naturalExpDecay(.1, s, 10, .5),
    T.polynomialDecay(.1, s, 20, .01), T.polynomialDecay(.1, s, 20, .01, { power: .5 }), T.polynomialDecay(.1, s, 20, .01, { cycle: true }), T.piecewiseConstant(s, [5, 15], [1, .5, .1]),
    T.cosineDecay(.1, s, 30, { alpha: .1 }), T.cosineDecayRestarts(.1, s, 7), T.linearCosineDecay(.1, s, 30), T.noisyLinearCosineDecay(.1, s, 30, { initialVariance: 0 })];
  note('names', d.map((t) => t.name));
  const n = tf.constant([[3, 4], [0, 1]]);
  const cl: tf.Fetchable[] = [tf.clipByNorm(n, 2), tf.clipByNorm(n, 2, { axes: [1] }), tf.clipByAverageNorm(n, .5), tf.clipByValue(n, .5, 3), tf.globalNorm([n, null, n.at(0)])];
  cl.push(...tf.clipByGlobalNorm([n, null, n.at(1)], 1)[0].filter((_, i) => i % 2 === 0) as tf.Tensor[]);
  return { runs: [...[0, 1, 5, 10, 15, 19, 20, 27, 41].map((i): Step => ({ fetch: d, feed: [[s, i]] })), { fetch: cl }] };
}

export function opt_api(): Program {
  const T = tf.train;
  const gs = T.getOrCreateGlobalStep() as tf.Variable;
  note('gs', [gs.name, gs.dtype, tf.getCollection(tf.GraphKeys.GLOBAL_STEP)]);
  const [w, z, q] = tf.variableScope('net', () => [
    tf.getVariable('w', { initializer: arr([2, 2], 1) }), tf.getVariable('z', { initializer: arr([2], 2), trainable: false }), tf.getVariable('q', [2], { initializer: tf.zerosInitializer() }),
  ] as tf.Variable[]) as [tf.Variable, tf.Variable, tf.Variable];
  const x = tf.constant(arr([3, 2], 3));
  const loss = tf.reduceSum(tf.square(tf.matmul(x, w).add(z)));
  const lr = T.exponentialDecay(.1, gs, 2, .5, { staircase: true });
  const o = new T.GradientDescentOptimizer(lr);
  const gv = o.computeGradients(loss);
  note('gv', gv.map(([g, v]) => [g, v]));
  const [clipped, norm] = tf.clipByGlobalNorm(gv.map(([g]) => g).filter((g) => g !== null), 1);
  const t1 = o.applyGradients(clipped.map((g, i) => [g as tf.Tensor, [w][i]!] as const).slice(0, 1), { globalStep: gs, name: 'step' });
  const t2 = new T.AdamOptimizer(.01).minimize(loss, { globalStep: gs, varList: [w, z] });
  const t3 = new T.MomentumOptimizer(.1, .5, { name: 'M' }).minimize(loss, { varList: tf.getCollection(tf.GraphKeys.TRAINABLE_VARIABLES, 'net') as tf.Variable[], gateGradients: 0, colocateGradientsWithOps: true });
  const t4 = new T.AdamOptimizer(.01).minimize(loss, { gateGradients: 2, gradLoss: tf.constant(2), aggregationMethod: 0 as never });
  const ema = new T.ExponentialMovingAverage(.9, { numUpdates: gs });
  const t5 = tf.controlDependencies([t1], () => ema.apply([w, z]));
  const avg = ema.average(w)!;
  note('ema', [avg.name, ema.averageName(w), Object.keys(ema.variablesToRestore()).sort(), ema.average(q)]);
  const ema2 = new T.ExponentialMovingAverage(.5, { zeroDebias: true, name: 'E2' });
  const t6 = ema2.apply([loss]);
  const one = new T.GradientDescentOptimizer(.1);
  attempt('no vars', () => one.minimize(loss, { varList: [] }));
  attempt('no gradients', () => one.minimize(tf.reduceSum(z).mul(0).add(tf.constant(1)), { varList: [q] }));
  attempt('apply none', () => one.applyGradients([[null, w]]));
  attempt('apply empty', () => one.applyGradients([]));
  attempt('apply bad', () => one.applyGradients([[tf.constant(1, { dtype: tf.int32 }), 3 as unknown as tf.Variable]]));
  attempt('slot before', () => one.getSlot(w, 'm'));
  attempt('callable loss', () => one.computeGradients((() => loss) as unknown as tf.Tensor));
  attempt('lr none', () => new T.GradientDescentOptimizer(null as unknown as number).minimize(loss));
  attempt('int loss', () => one.minimize(tf.constant(1, { dtype: tf.int32 })));
  new tf.Graph().asDefault(() => attempt('nothing trainable', () => new T.AdamOptimizer().minimize(tf.constant(1))));
  attempt('second gs', () => T.createGlobalStep());
  const init = tf.globalVariablesInitializer();
  const fetches: unknown[] = [init, [norm, clipped, lr], t1, [w, gs], t5, [w, avg], t5, [lr, gs], t2, t2, [w, gs], t3, t4, w, t6, ema2.average(loss)];
  return { runs: [...fetches.map((fetch): Step => ({ fetch })), 'VARS'] };
}

export function opt_contrib(): Program {
  const O = tf.contrib.opt;
  const ids = tf.placeholder(tf.int32, [null], { name: 'ids' });
  const x = tf.placeholder(tf.float32, [3], { name: 'x' });
  const runs: Program['runs'] = [];
  for (const kind of [false, true]) {
    const [e, w, b, step] = tf.variableScope(kind ? 'resource' : 'ref', { useResource: kind }, () => [
      tf.getVariable('emb', { initializer: arr([6, 2], 1) }), tf.getVariable('w', { initializer: arr([3], 2) }), tf.getVariable('b', { initializer: .5 }), tf.getVariable('step', { initializer: new tf.NDArray(tf.int32, [], Int32Array.of(0)), trainable: false })] as tf.Variable[]) as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
    // Linear: what decays a variable does not wait for those who read it.
    const loss = tf.reduceSum(tf.nn.embeddingLookup(e, ids).mul(x.at([null, 2]))).add(tf.reduceSum(w.mul(x))).add(b.mul(x.at(0)));
    const opts: [string, tf.train.Optimizer][] = [['adamw', new O.AdamWOptimizer(.01, .05)], ['momentumw', new O.MomentumWOptimizer(.02, .1, .9)], ['nesterov', new O.MomentumWOptimizer(tf.constant(.02), .1, .9, { useNesterov: true, name: 'NW' })],
      ['lazy', new O.LazyAdamOptimizer(.05)], ['nadam', new O.NadamOptimizer(.05)], ['adamax', new O.AdaMaxOptimizer(.05, { beta1: .8 })],
      ['extended', new (O.extendWithDecoupledWeightDecay(tf.train.RMSPropOptimizer))({ weightDecay: .1, learningRate: .05 })], ['average', new O.MovingAverageOptimizer(new tf.train.GradientDescentOptimizer(.1), .5)],
      ['apart', new O.MovingAverageOptimizer(new tf.train.MomentumOptimizer(.1, .9), .5, { numUpdates: step, sequentialUpdate: false })]] as [string, tf.train.Optimizer][];
    const steps: [string, tf.Operation][] = opts.map(([n, o]) => [n, o.minimize(loss, { globalStep: step, name: `train_${n}`, varList: [e, w, b] })]);
    if (!kind) {
      const signs: [string, tf.train.Optimizer][] = [['add', new O.AddSignOptimizer(.05)], ['power', new O.PowerSignOptimizer(.05, { base: 2, signDecayFn: (s: tf.Variable) => tf.cast(s, tf.float32).radd(1).rtruediv(1) })]];
      for (const [n, o] of signs) steps.push([n, o.minimize(loss, { globalStep: step, varList: [e, w, b] })]);
      const some = new O.AdamWOptimizer(.5, .05, { name: 'some' });
      steps.push(['some', some.minimize(loss, { decayVarList: [w] })], ['none', new O.MomentumWOptimizer(.5, .05, .1).applyGradients([[tf.ones([3]), w], [null, b]], { decayVarList: [b] })]);
      note('slots', opts.slice(0, 7).map(([, o]) => o.getSlotNames()));
      const [clipped, norm] = O.clipGradientsByGlobalNorm([[tf.reshape(x, [3]), w], [null, b], [tf.zeros([2]), e]], 2);
      note('clipped', clipped.map(([g, v]) => [g === null ? null : (g as tf.Tensor).name, v.name]));
      runs.push({ fetch: [norm, clipped[0]![0], clipped[2]![0]], feed: [[x, arr([3], 4, 2, 3)]] });
    }
    const init = tf.globalVariablesInitializer();
    for (const [n, s] of steps) {
      runs.push({ fetch: init, label: n });
      [[1, 3, 1], [0], [5, 5, 5, 2]].forEach((f, k) => runs.push({ fetch: s, feed: [[ids, new tf.NDArray(tf.int32, [f.length], Int32Array.from(f))], [x, arr([3], 5 + k)]] }, { fetch: [e, w, b] }));
    }
  }
  attempt('decay', () => new (O.AdamWOptimizer as unknown as new () => object)());
  return { runs: [...runs, 'VARS'] };
}
