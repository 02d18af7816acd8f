// Restates scope_variables.py.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program, type Step } from '../oracle.ts';

const gv = tf.getVariable;
const vs = tf.variableScope;
const parts = (...args: Parameters<typeof gv>): tf.PartitionedVariable => gv<tf.PartitionedVariable>(...args);
/** Python's IndexedSlices holds whatever it is given; the op converts. */
const slices = (values: number[][], indices: number[]): tf.IndexedSlices => new tf.IndexedSlices(values as unknown as tf.Tensor, indices as unknown as tf.Tensor);

export function scope_variables(): Program {
  const order: string[] = [];
  const getter = (tag: string): tf.CustomGetter => (get, name, options) => {
    order.push(`${tag}:${name}`);
    return get(`${name}_${tag}`, options);
  };
  const zeros = { initializer: tf.zerosInitializer() };
  const outer = vs('g', { customGetter: getter('out') }, (outer) => {
    gv('v', [1], zeros);
    vs('h', { customGetter: getter('in') }, () => gv('v', [1], zeros));
    vs('plain', () => gv('v', [1], zeros));
    return outer;
  });
  vs(outer, { customGetter: getter('again'), reuse: tf.AUTO_REUSE }, () => gv('v', [1], zeros));
  note('getters', order);
  note('getter names', tf.globalVariables().map((v) => v.op.name));
  const p1 = tf.variableAxisSizePartitioner(24, { axis: 1 });
  const p2 = tf.minMaxVariablePartitioner({ maxPartitions: 3, axis: 0, minSliceSize: 16 });
  const at = (p: tf.Partitioner, shape: number[], dtype: tf.DType = tf.float32): readonly number[] => p({ shape: new tf.TensorShape(shape), dtype });
  note('partitioners', [at(p1, [2, 9]), at(p1, [2, 9], tf.string), at(tf.variableAxisSizePartitioner(8, { maxShards: 2 }), [5, 1]), at(p2, [5, 4]), at(p2, [2, 4], tf.float64), at(tf.fixedSizePartitioner(4, 1), [2, 3])]);
  attempt('axis size', () => tf.variableAxisSizePartitioner(0));
  attempt('max shards', () => tf.variableAxisSizePartitioner(8, { maxShards: -1 }));
  attempt('min max axis', () => at(tf.minMaxVariablePartitioner({ axis: 2 }), [5, 4]));
  const cols = parts('cols', [2, 5], { initializer: tf.constantInitializer(1.5), partitioner: tf.fixedSizePartitioner(2, 1) });
  const val = parts('val', { initializer: tf.constant(arr([5, 2], 1)), partitioner: tf.fixedSizePartitioner(3) });
  const one = parts('one', [2], { initializer: tf.onesInitializer(), partitioner: tf.fixedSizePartitioner(1) });
  note('partitioned', [...cols, ...val, ...one].map((v) => [v.name, v.shape, v.saveSliceInfo!.spec]));
  note('whole', [cols.name, cols.dtype.name, cols.getShape(), cols.length]);
  const both = tf.matmul(cols, val, { name: 'both' });
  tf.nameScope('again', () => note('as tensor', [tf.convertToTensor(cols).name, cols.asTensor().name, tf.convertToTensor(one).name, tf.identity(one).name]));
  const ups = [...cols.assignAdd(tf.constant(arr([2, 5], 2))), ...val.assign(val), ...cols.assign([tf.zeros([2, 3]), tf.ones([2, 2])])];
  note('updates', ups.map((u) => u.name));
  attempt('unknown shape', () => gv('bad', [null, 2], { partitioner: tf.fixedSizePartitioner(2) }));
  attempt('not a list', () => gv('bad', [4], { partitioner: () => 3 as unknown as number[] }));
  attempt('wrong length', () => gv('bad', [4], { partitioner: () => [1, 2] }));
  attempt('zero', () => gv('bad', [4], { partitioner: () => [0] }));
  attempt('two axes', () => gv('bad', [4, 4], { partitioner: () => [2, 2] }));
  attempt('not callable', () => gv('bad', [4], { partitioner: 3 as unknown as tf.Partitioner }));
  attempt('exists', () => gv('cols', [2, 5], { partitioner: tf.fixedSizePartitioner(2, 1) }));
  vs('', { reuse: true }, () => {
    attempt('never made', () => gv('nothing', [2, 5], { partitioner: tf.fixedSizePartitioner(2, 1) }));
    attempt('other shape', () => gv('cols', [2, 6], { partitioner: tf.fixedSizePartitioner(2, 1) }));
    attempt('other dtype', () => gv('cols', [2, 5], tf.float64, { partitioner: tf.fixedSizePartitioner(2, 1) }));
  });
  attempt('plain name', () => gv('cols', [2, 5]));
  attempt('as reference', () => tf.assign(cols, tf.zeros([2, 5])));
  const lists = tf.createPartitionedVariables([4, 2], [2, 1], tf.onesInitializer(), { name: 'made' });
  note('create_partitioned', lists.map((v) => v.op.name));
  const v = new tf.Variable(arr([4, 2], 3), { name: 'v' });
  note('repr', [String(v), String(v)]);
  const ws = [
    v.assign(tf.ones([4, 2]), { useLocking: true }), v.assignAdd(tf.ones([4, 2]), { name: 'plus' }), v.assignSub(tf.ones([4, 2])), tf.assign(v, tf.zeros([4, 2]), { validateShape: false }),
    tf.assignSub(v, tf.ones([4, 2]), { useLocking: true }), tf.scatterSub(v, [0, 0], [[1., 1.], [2., 2.]]), tf.scatterMul(v, 1, [3., 3.]), tf.scatterDiv(v, [1], 2.), tf.scatterMin(v, [2], [[-5., 5.]]),
    tf.scatterMax(v, [[2], [3]], [[[5., -5.]], [[1., 1.]]]), v.scatterUpdate(slices([[7., 7.]], [3])), v.scatterAdd(slices([[1., 1.]], [3]), { useLocking: true }),
    v.scatterNdAdd([[0, 0], [0, 0]], [1., 2.]), v.scatterNdSub([[1]], [[1., 1.]]), v.scatterNdUpdate([[2, 1]], [4.]), v.at([1, null], 0).assign([1., 2., 3.]), v.at(0).assign([-1., -1.], { name: 'row' }),
    tf.batchScatterUpdate(v, [[0], [1], [1], [0]], [[10.], [20.], [30.], [40.]]),
  ];
  note('write names', ws.map((w) => w.name));
  const op = v.assign(tf.zeros([4, 2]), { readValue: false });
  note('op', [op.constructor.name, op.name]);
  attempt('assign shape', () => v.assign(tf.ones([3])));
  attempt('scatter shape', () => tf.scatterAdd(v, [0], [[1., 2., 3.]]));
  attempt('scatter type', () => v.scatterAdd([1.5] as unknown as tf.IndexedSlices));
  attempt('conversion', () => tf.add(v, tf.constant(1, { dtype: tf.int32 })));
  attempt('convert', () => tf.convertToTensor(v, tf.int32));
  attempt('collections', () => new tf.Variable(1., { collections: 'mine' as unknown as string[] }));
  attempt('constraint', () => new tf.Variable(1., { constraint: 3 as unknown as null }));
  const boxed = inContainer('box', () => new tf.Variable(1., { name: 'boxed' }));
  note('container', boxed.op.getAttr('container'));
  const d0 = tf.device('/device:CPU:0', () => new tf.Variable(1., { name: 'd0' }));
  const init = tf.variablesInitializer([v, d0, boxed], { name: 'devices' });
  note('init of none', tf.variablesInitializer([]).name);
  const asserted = tf.assertVariablesInitialized([v, d0]);
  const some = tf.reportUninitializedVariables([v, boxed], { name: 'report' });
  const none = tf.reportUninitializedVariables([]);
  const every = tf.globalVariablesInitializer();
  tf.addToCollection(tf.GraphKeys.MOVING_AVERAGE_VARIABLES, v);
  note('collections', [[tf.movingAverageVariables, tf.localVariables, tf.modelVariables].map((f) => f().map((x) => x.name)), [tf.globalVariables('g/').map((x) => x.name)]].flat());
  tf.variableOpScope([v], null, 'opscope', (s) => note('op scope', [s.name, tf.constant(1.).name]));
  const runs: Step[] = [{ fetch: asserted }, { fetch: some }, { fetch: none }, { fetch: init }, { fetch: asserted }, { fetch: some }, { fetch: every }, { fetch: [both, tf.convertToTensor(one)] }];
  for (const u of [...ups, ...ws]) runs.push({ fetch: u });
  return { runs: [...runs, { fetch: op }, { fetch: v }, { fetch: lists }] };
}

/** tf.container of the graph. */
function inContainer<R>(name: string, body: () => R): R {
  const e = tf.getDefaultGraph().enterContainer(name);
  try { return body(); } finally { e.exit(); }
}
