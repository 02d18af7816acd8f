// Restates opt_*.py: optimizers.
import * as tf from 'tfgraph';
import { arr, note, type Program, type Step } from '../oracle.ts';

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
