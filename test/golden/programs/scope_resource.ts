// Restates scope_resource.py.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program, type Step } from '../oracle.ts';

const gv = tf.getVariable;
const vs = tf.variableScope;
/** `tf.Variable(...)` for its nodes alone. */
const variable = (value: number, options: tf.VariableOptions): tf.Variable => new tf.Variable(value, options);
const className = (v: object): string => v.constructor.name;
/** Python's IndexedSlices holds whatever it is given; the op converts. */
const slices = (values: number[][], indices: number[]): tf.IndexedSlices => new tf.IndexedSlices(values as unknown as tf.Tensor, indices as unknown as tf.Tensor);

export function scope_resource(): Program {
  tf.enableResourceVariables();
  note('enabled', tf.resourceVariablesEnabled());
  const a = new tf.Variable([1., 2., 3.], { name: 'a' });
  note('kind', [className(a), a.dtype.name, a.name, a.op.name, a.op.type, a.initializer.name, a.initialValue.name, a.shape]);
  const b = new tf.Variable(() => tf.ones([2, 3]), { name: 'b' });
  variable(2., { name: 'ref', useResource: false });
  vs('refs', { useResource: false }, () => note('scope decides', [className(gv('x', [1], { initializer: tf.zerosInitializer() })), className(new tf.Variable(1., { name: 'y' }))]));
  tf.disableResourceVariables();
  note('default', className(gv('plain', [], { initializer: tf.zerosInitializer() })));
  const cached = gv('cached', [2], { initializer: tf.onesInitializer(), useResource: true, cachingDevice: '/cpu:0' });
  const con = gv('con', [2], { initializer: tf.constantInitializer(0.9), useResource: true, constraint: (v) => tf.clipByValue(v, 0., 1.) });
  const regs = gv('reg', [2], { initializer: tf.onesInitializer(), useResource: true, regularizer: (v) => tf.reduceSum(tf.square(v)) });
  const n = new tf.Variable(0, { dtype: tf.int32, name: 'n', useResource: true });
  const [y, z, c] = tf.nameScope('use', () => {
    const y = a.mul(2.).add(1.).sub(a);
    const z = tf.matmul(b, tf.reshape(a, [3, 1])).add(b.at(0, [1, 2]));
    note('reads', [a.value().name, a.readValue().name, tf.convertToTensor(a).name, tf.identity(a).name]);
    return [y, z, cached.add(cached)];
  });
  const g = tf.gradients(tf.reduceSum(z).add(tf.reduceSum(tf.square(a))), [a, b]) as tf.Tensor[];
  note('gradients', g.map((x) => x.name));
  const table = new tf.Variable(arr([4, 2], 5), { name: 'table', useResource: true });
  const rows = tf.gather(table, [2, 0, 2]);
  const nd = tf.gatherNd(table, [[1, 1], [0, 0]]);
  const gt = tf.gradients(tf.reduceSum(rows.mul(rows)), table)[0] as tf.IndexedSlices;
  note('sparse gradient', [gt.values.name, gt.indices.name, gt.denseShape!.name]);
  const w1 = a.assign([4., 5., 6.]) as tf.Variable;
  const w2 = tf.assignAdd(a, [1., 1., 1.], { name: 'dropped' });
  const w3 = tf.assign(a, [1., 2., 3.], { name: 'named' });
  const w4 = a.assignSub([1., 0., 0.], { name: 'sub', readValue: false });
  const w5 = cached.assignAdd([1., 1.]);
  note('writes', [w1.name, w1.op.name, w2.name, w3.name, w4.name, `_${className(w1)}`, w1.dtype.name, w1.shape]);
  const [after, again] = tf.controlDependencies([w2], () => [tf.identity(a, { name: 'after' }), a.readValue()]);
  const chained = w1.assignAdd([1., 1., 1.]);
  const sc = [
    tf.scatterAdd(table, [0, 1, 0], [[1., 1.], [2., 2.], [3., 3.]], { name: 'sadd' }), table.scatterSub(slices([[1., 1.]], [3])), tf.scatterUpdate(table, [2], [[9., 9.]]),
    tf.scatterMul(table, [1], 2.), tf.scatterDiv(table, [1], [[2., 4.]]), tf.scatterMax(table, [0], [[0., 5.]]), tf.scatterMin(table, [0], [[0., 5.]]),
    tf.scatterNdAdd(table, [[0, 1]], [7.]), tf.scatterNdUpdate(table, [[3]], [[8., 8.]]), tf.scatterNdSub(table, [[0]], [[1., 1.]]),
  ];
  note('scatter names', sc.map((s) => s.op.name));
  const sl = table.at([1, 3], 0).assign([-1., -2.]);
  note('slice', [sl.op.name, table.at([1, 3]).name]);
  const cnt = n.countUpTo(2);
  const isin = tf.isVariableInitialized(a);
  const rep = tf.reportUninitializedVariables([a, n]);
  attempt('assign shape', () => a.assign([1., 2.]));
  attempt('assign_add shape', () => a.assignAdd([1., 2.]));
  attempt('assign dtype', () => a.assign(tf.constant([1, 2, 3], { dtype: tf.int32 })));
  attempt('conversion dtype', () => tf.convertToTensor(a, tf.int32));
  attempt('set_shape', () => { a.setShape([3]); });
  attempt('scatter type', () => table.scatterAdd([1.5] as unknown as tf.IndexedSlices));
  const loss = tf.reduceSum(tf.square(a)).add(tf.reduceSum(b.mul(3.))).add(tf.reduceSum(tf.square(con)));
  const step = new tf.Variable(0, { dtype: tf.int32, name: 'step', trainable: false, useResource: true });
  const optimizers = [
    new tf.train.GradientDescentOptimizer(0.1), new tf.train.MomentumOptimizer(0.1, 0.9), new tf.train.AdamOptimizer(0.1), new tf.train.RMSPropOptimizer(0.1, { momentum: 0.5 }),
    new tf.train.RMSPropOptimizer(0.1, { centered: true, name: 'Centered' }), new tf.train.AdagradOptimizer(0.1),
  ];
  const ops = optimizers.map((o) => o.minimize(loss, { varList: [a, b, con], globalStep: step }));
  note('steps', ops.map((o) => o.name));
  const init = tf.globalVariablesInitializer();
  const runs: Step[] = [
    { fetch: y }, { fetch: w4 }, { fetch: rows }, { fetch: isin }, { fetch: rep }, { fetch: cnt }, { fetch: ops[0]! }, { fetch: sc[0]! }, { fetch: init }, { fetch: [y, z, c, g, rows, nd, gt] },
    { fetch: isin }, { fetch: rep }, { fetch: w1 }, { fetch: [a] }, { fetch: w2 }, { fetch: [after] }, { fetch: again }, { fetch: w3 }, { fetch: chained }, { fetch: a }, { fetch: w4 }, { fetch: a },
    { fetch: w5 }, { fetch: cached },
  ];
  for (const s of sc) runs.push({ fetch: s });
  runs.push({ fetch: sl }, { fetch: table }, { fetch: cnt }, { fetch: cnt }, { fetch: cnt }, { fetch: w3 });
  for (const o of ops) runs.push({ fetch: o }, { fetch: [a, b, con, step] });
  return { runs: [...runs, { fetch: regs }] };
}
