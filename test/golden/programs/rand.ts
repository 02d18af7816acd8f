// Restates rand_*.py: random numbers, seeds, initializers.
import * as tf from 'tfgraph';
import { arr, note, type Program } from '../oracle.ts';

/** Names, first and second seeds of the ops chosen. */
const seeds = (ops: readonly tf.Operation[]): unknown[] => ops.map((o) => [o.name, Number(o.getAttr('seed')), Number(o.getAttr('seed2'))]);

export function rand_seeds(): Program {
  tf.randomUniform([3], { name: 'none' });
  const a1 = tf.randomUniform([3], { seed: 1 });
  const a2 = tf.randomNormal([3], { seed: 1 });
  tf.setRandomSeed(777);
  const r = [tf.randomNormal([3]), tf.randomNormal([3]), tf.randomUniform([3], { seed: 42 }), tf.randomUniform([3], { seed: 42 }), tf.randomNormal([2, 2], 1, 3), tf.truncatedNormal([5])];
  tf.constant(0);
  r.push(tf.randomUniform([2]));
  tf.setRandomSeed(0);
  r.push(tf.randomUniform([2], { seed: 0 }), tf.randomUniform([2]));
  tf.setRandomSeed(2 ** 31 + 5);
  r.push(tf.randomUniform([2], { seed: -3 }), tf.randomUniform([2], { seed: 2 ** 31 - 1 }), tf.randomUniform([2]));
  tf.setRandomSeed(null);
  r.push(tf.randomUniform([2], { seed: 7 }));
  note('seeds', seeds(tf.getDefaultGraph().getOperations().filter((o) => ['RandomUniform', 'RandomStandardNormal', 'TruncatedNormal'].includes(o.type))));
  return { runs: [{ fetch: r }, { fetch: r }, { fetch: [r[2], a1, a2] }, { fetch: [r[2], a1, a2, r[0]] }, { fetch: r, session: 'B' }, { fetch: r[0], session: 'C' }, { fetch: r[0], session: 'C' }] };
}

export function rand_init(): Program {
  tf.setRandomSeed(123);
  const C = tf.contrib.layers, I = tf.initializers;
  const list: [string, tf.Initializer | null][] = [['u', tf.randomUniformInitializer(-1, 1)], ['n', tf.randomNormalInitializer(0, .02)], ['t', tf.truncatedNormalInitializer({ stddev: .1, seed: 3 })], ['uu', tf.uniformUnitScalingInitializer(1.3, { seed: 4 })], ['g', null],
    ['gu', tf.glorotUniformInitializer({ seed: 5 })], ['gn', tf.glorotNormalInitializer({ seed: 5 })], ['x', C.xavierInitializer()], ['xn', C.xavierInitializer({ uniform: false, seed: 6 })], ['xc', C.xavierInitializerConv2d()], ['ort', tf.orthogonalInitializer({ seed: 8 })],
    ['c', tf.constantInitializer(.25)], ['o', tf.onesInitializer()], ['z', tf.zerosInitializer()], ['vs_tf', C.varianceScalingInitializer({ seed: 9 })], ['he', I.heNormal({ seed: 10 })], ['lecun', I.lecunUniform({ seed: 11 })]];
  for (const m of ['fan_in', 'fan_out', 'fan_avg'] as const) for (const d of ['truncated_normal', 'uniform', 'untruncated_normal'] as const) list.push([m + d, tf.varianceScalingInitializer(2, m, d, { seed: 12 })]);
  for (const [n, initializer] of list) tf.getVariable(n, n === 'xc' || n === 'gu' ? [3, 3, 2, 4] : [6, 4], { initializer });
  tf.getVariable('id', [3, 4], { initializer: I.identity(2) });
  tf.getVariable('bigz', [40, 30], { initializer: tf.zerosInitializer() });
  tf.getVariable('smallz', [30, 30], { initializer: tf.zerosInitializer() });
  tf.getVariable('bigc', [1001], { initializer: tf.constantInitializer(3) });
  tf.getVariable('bias', [4]);
  tf.getVariable('listc', [2, 3], { initializer: tf.constantInitializer([1, 2, 3, 4, 5, 6]) });
  note('seeds', seeds(tf.getDefaultGraph().getOperations().filter((o) => 'seed2' in o.nodeDef.attr)));
  const init = tf.globalVariablesInitializer();
  return { runs: [{ fetch: init }, 'VARS', { fetch: init }, { fetch: ['g:0', 'n:0'] }] };
}

export function rand_ops(): Program {
  const { float16: half, float64: double } = tf;
  const int32s = (...v: number[]): tf.NDArray => new tf.NDArray(tf.int32, [v.length], Int32Array.from(v));
  const u = tf.randomUniform, n = tf.randomNormal;
  const t: Record<string, tf.Tensor> = {
    u: u([9], { seed: 1 }), u2: u([2, 5], -2, 3, { seed: 2 }), ud: u([5], { dtype: double, seed: 3 }), uh: u([5], { dtype: half, seed: 4 }), ui: u([9], -5, 100, tf.int32, { seed: 5 }), ul: u([5], 0, 10 ** 12, tf.int64, { seed: 6 }),
    n: n([11], { seed: 7 }), nd: n([5], { dtype: double, seed: 8 }), nh: n([5], { dtype: half, seed: 9 }), n2: n([3, 3], 5, .1, { seed: 10 }), tn: tf.truncatedNormal([300], { seed: 11 }), tnd: tf.truncatedNormal([6], { dtype: double, seed: 12 }),
    sh: tf.randomShuffle(tf.range(10), { seed: 13 }), sh2: tf.randomShuffle(tf.constant(arr([4, 2], 1)), { seed: 14 }), mn: tf.multinomial([[.1, .5, .2], [2, 0, 0]], 8, { seed: 15 }), ga: tf.randomGamma([4], [.5, 3], { seed: 16 }), po: tf.randomPoisson(3, int32s(6), { seed: 17 }),
    do: tf.nn.dropout(tf.ones([10]), .5, { seed: 18 }), cr: tf.randomCrop(tf.constant(arr([6, 6], 2)), [2, 3], { seed: 19 }), big: tf.reduceSum(u([5000], { seed: 20 })), empty: u([0], { seed: 21 }),
  };
  t.cat = tf.random.categorical([[0, 1, 2]], 6, { seed: 22 });
  // tf.contrib.stateless has the same functions under older names.
  t.stateless = tf.random.statelessUniform([4], { seed: [1, 2] });
  t.slnormal = tf.random.statelessNormal([4], { seed: [1, 2] });
  return { runs: [{ fetch: t }, { fetch: t }, { fetch: t }, { fetch: t.n, session: 'B' }, { fetch: t, session: 'B' }] };
}
