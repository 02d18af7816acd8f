// What users see when a run goes wrong, in TensorFlow 1.15.5's words, on every engine: errors of fetches and feeds before
// anything runs, of values that are missing, of kernels. `<at>` stands for the file and line that made the node.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { ENGINES, openSession } from '../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

function program() {
  const x = tf.placeholder(tf.float32, [null, null], { name: 'x' });
  const q = tf.placeholder(tf.float32, { name: 'q' });
  const v = new tf.Variable([1., 2.], { name: 'v' });
  const w = tf.getVariable('w', [2]);
  const other = new tf.Graph().asDefault(() => tf.constant(1., { name: 'oc' }));
  return { x, q, v, w, other };
}
type P = ReturnType<typeof program>;
type Errors = 'TypeError' | 'ValueError' | 'RuntimeError' | 'InvalidArgumentError' | 'FailedPreconditionError';
interface Row { readonly error: Errors; readonly text: string; readonly fetch: (p: P) => unknown; readonly feeds?: (p: P) => readonly (readonly [tf.Tensor, unknown])[]; readonly init?: boolean }

const asInts = (t: tf.Tensor): tf.Tensor => tf.cast(t, tf.int32);
const kernel = (text: string, fetch: Row['fetch'], feeds: NonNullable<Row['feeds']>): Row => ({ error: 'InvalidArgumentError', text, fetch, feeds, init: true });

const ROWS: Readonly<Record<string, Row>> = {
  // --- fetches
  'nothing': { error: 'TypeError', text: "Fetch argument None has invalid type <class 'NoneType'>", fetch: () => null },
  'nothing in a list': { error: 'TypeError', text: "Fetch argument None has invalid type <class 'NoneType'>", fetch: () => [null] },
  'nothing in a dictionary': { error: 'TypeError', text: "Fetch argument None has invalid type <class 'NoneType'>", fetch: () => ({ a: null }) },
  'a number': { error: 'TypeError', text: "Fetch argument 3 has invalid type <class 'int'>, must be a string or Tensor. (Can not convert a int into a Tensor or Operation.)", fetch: () => 3 },
  'a number among tensors': { error: 'TypeError', text: "Fetch argument 2.5 has invalid type <class 'float'>, must be a string or Tensor. (Can not convert a float into a Tensor or Operation.)", fetch: (p) => [p.q, 2.5] },
  'a set': { error: 'TypeError', text: "Fetch argument {1, 2} has invalid type <class 'set'>, must be a string or Tensor. (Can not convert a set into a Tensor or Operation.)", fetch: () => new Set([1, 2]) },
  'a name that is not there': { error: 'ValueError', text: "Fetch argument 'nope' cannot be interpreted as a Tensor. (\"The name 'nope' refers to an Operation not in the graph.\")", fetch: () => 'nope' },
  'a tensor name that is not there': { error: 'ValueError', text: "Fetch argument 'nope:0' cannot be interpreted as a Tensor. (\"The name 'nope:0' refers to a Tensor which does not exist. The operation, 'nope', does not exist in the graph.\")", fetch: () => 'nope:0' },
  'an output that is not there': { error: 'ValueError', text: "Fetch argument 'x:3' cannot be interpreted as a Tensor. (\"The name 'x:3' refers to a Tensor which does not exist. The operation, 'x', exists but only has 1 outputs.\")", fetch: () => 'x:3' },
  'a name that is none': { error: 'ValueError', text: "Fetch argument 'x:a' cannot be interpreted as a Tensor. (The name 'x:a' looks a like a Tensor name, but is not a valid one. Tensor names must be of the form \"<op_name>:<output_index>\".)", fetch: () => 'x:a' },
  'a tensor of another graph': { error: 'ValueError', text: "Fetch argument <tf.Tensor 'oc:0' shape=() dtype=float32> cannot be interpreted as a Tensor. (Tensor Tensor(\"oc:0\", shape=(), dtype=float32) is not an element of this graph.)", fetch: (p) => p.other },
  'deep in a structure': { error: 'ValueError', text: "Fetch argument 'zz' cannot be interpreted as a Tensor. (\"The name 'zz' refers to an Operation not in the graph.\")", fetch: (p) => [[p.q], 'zz'] },
  // --- values that are missing
  'an uninitialized variable, fetched': { error: 'FailedPreconditionError', text: 'Attempting to use uninitialized value v\n\t [[{{node _retval_v_0_0}}]]', fetch: (p) => p.v },
  'an uninitialized variable, read': { error: 'FailedPreconditionError', text: 'Attempting to use uninitialized value v\n\t [[node v/read (defined at <at>) ]]', fetch: (p) => p.v.add(1.) },
  'two of them': { error: 'FailedPreconditionError', text: 'Attempting to use uninitialized value v\n\t [[{{node _retval_v_0_0}}]]', fetch: (p) => [p.w, p.v] },
  'a placeholder with a shape': { error: 'InvalidArgumentError', text: "You must feed a value for placeholder tensor 'x' with dtype float and shape [?,?]\n\t [[node x (defined at <at>) ]]", fetch: (p) => tf.matmul(p.x, p.x) },
  'a placeholder without': { error: 'InvalidArgumentError', text: "You must feed a value for placeholder tensor 'q' with dtype float\n\t [[node q (defined at <at>) ]]", fetch: (p) => p.q.add(1.) },
  // --- kernels
  'matmul': kernel('Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]\n\t [[node mm (defined at <at>) ]]', (p) => tf.matmul(p.x, p.x, { name: 'mm' }), (p) => [[p.x, [[1, 2, 3], [4, 5, 6]]]]),
  'reshape': kernel('Input to reshape is a tensor with 3 values, but the requested shape has 4\n\t [[node rs (defined at <at>) ]]', (p) => tf.reshape(p.q, [2, 2], { name: 'rs' }), (p) => [[p.q, [1, 2, 3]]]),
  'gather': kernel('indices[0] = 7 is not in [0, 2)\n\t [[node ga (defined at <at>) ]]', (p) => tf.gather(p.v, asInts(p.q), { name: 'ga' }), (p) => [[p.q, [7]]]),
  'concat': kernel('ConcatOp : Dimensions of inputs should match: shape[0] = [1,2] vs. shape[1] = [1,3]\n\t [[node cc (defined at <at>) ]]', (p) => tf.concat([p.x, tf.ones([1, 3])], 0, { name: 'cc' }), (p) => [[p.x, [[1, 2]]]]),
  'assign': kernel('Assign requires shapes of both tensors to match. lhs shape= [2] rhs shape= [3]\n\t [[node asg (defined at <at>) ]]', (p) => tf.assign(p.v, p.q, { name: 'asg' }), (p) => [[p.q, [1, 2, 3]]]),
  'add': kernel('Incompatible shapes: [3] vs. [2]\n\t [[node ad (defined at <at>) ]]', (p) => tf.add(p.q, [1., 2.], { name: 'ad' }), (p) => [[p.q, [1, 2, 3]]]),
  'slice': kernel('Expected size[0] in [0, 1], but got 3\n\t [[node sl (defined at <at>) ]]', (p) => tf.slice(p.q, [1], [3], { name: 'sl' }), (p) => [[p.q, [1, 2]]]),
  'sparse cross-entropy': kernel('Received a label value of 9 which is outside the valid range of [0, 2).  Label values: 9\n\t [[node ce/ce (defined at <at>) ]]', (p) => tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: asInts(p.q), logits: p.x, name: 'ce' }), (p) => [[p.q, [9]], [p.x, [[1, 2]]]]),
  'split': kernel('Number of ways to split should evenly divide the split dimension, but got split_dim 0 (size = 2) and num_split 3\n\t [[node split (defined at <at>) ]]', (p) => tf.split(p.q, 3)[0], (p) => [[p.q, [1, 2]]]),
  'check_numerics': kernel('bad numbers : Tensor had Inf values\n\t [[node cn (defined at <at>) ]]', (p) => tf.checkNumerics(p.q, 'bad numbers', { name: 'cn' }), (p) => [[p.q, [Infinity]]]),
  'transpose': kernel('1 is missing from {0,0}.\n\t [[node transpose (defined at <at>) ]]', (p) => tf.transpose(p.x, asInts(p.q)), (p) => [[p.x, [[1]]], [p.q, [0, 0]]]),
  'integer division': kernel('Integer division by zero\n\t [[node div (defined at <at>) ]]', (p) => asInts(p.q).div(0), (p) => [[p.q, 1]]),
};

describe.each(ENGINES)('on %s', (engine) => {
  test.each(Object.entries(ROWS))('%s', async (_, row) => {
    const p = program();
    const fetch = row.fetch(p);
    const sess = await openSession(engine);
    if (row.init) sess.runSync(tf.globalVariablesInitializer());
    const calls: readonly ((f: tf.Tensor, feeds: never) => unknown)[] = [(f, feeds) => sess.runSync(f, feeds), (f, feeds) => sess.run(f, feeds)];
    for (const call of calls) {
      let error: unknown;
      try { await call(fetch as tf.Tensor, (row.feeds?.(p) ?? []) as never); } catch (e) { error = e; }
      expect(error).toBeInstanceOf(tf.errors[row.error]);
      const e = error as tf.errors.TfError;
      expect(e.text.replace(/defined at [^\n]*errors\.test\.ts:\d+\)/, 'defined at <at>)')).toBe(row.text);
      expect(e.message.startsWith(e.text)).toBe(true);
      if (!(e instanceof tf.errors.OpError)) continue;
      // Ours, below TensorFlow's text: the node, the line of user code, what was asked for.
      const node = /\[\[node ([^ ]+)/.exec(e.text)?.[1];
      if (node !== undefined) expect(e.detail.node).toBe(node);
      expect(e.detail.site).toMatch(/errors\.test\.ts:\d+:\d+$/);
      expect(e.detail.fetches!.length).toBeGreaterThan(0);
      expect(e.message).toContain(`\n\nnode: ${e.detail.node}`);
    }
  });

  test('a closed session', async () => {
    const c = tf.constant(1.);
    const sess = await openSession(engine);
    sess.close();
    expect(sess.closed).toBe(true);
    expect(() => sess.runSync(c)).toThrow(new tf.errors.RuntimeError('Attempted to use a closed Session.'));
    await expect(sess.run(c)).rejects.toThrow('Attempted to use a closed Session.');
    expect(() => sess.explain(c)).toThrow('Attempted to use a closed Session.');
  });

  test('an empty graph', async () => {
    const text = 'The Session graph is empty.  Add operations to the graph before calling run().';
    const sess = await openSession(engine, { graph: new tf.Graph() });
    for (const fetches of [[], 'x:0']) expect(() => sess.runSync(fetches)).toThrow(new tf.errors.RuntimeError(text));
  });
});

describe('what the shapes of a run make wrong is found on every engine, in the same words', () => {
  const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
  const axis = (v: number): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
  // x and y have no static shape; they are fed [2, 3] and [4].
  const programs: Readonly<Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor | readonly tf.Tensor[]>> = {
    'add': (x, y) => x.add(y), 'sub': (x, y) => x.sub(y), 'mul': (x, y) => x.mul(y), 'truediv': (x, y) => x.truediv(y), 'less': (x, y) => tf.less(x, y), 'equal': (x, y) => tf.equal(x, y),
    'logical and': (x, y) => tf.logicalAnd(tf.less(x, 1.), tf.less(y, 1.)),
    'select': (x, y) => tf.where(tf.less(x, 1.), x, y), 'select by rows': (x, y) => tf.where(tf.less(y, 1.), x, x),
    'bias_add': (x, y) => tf.nn.biasAdd(x, y), 'bias_add of a vector': (_, y) => tf.nn.biasAdd(y, tf.ones([4])),
    'reshape': (x) => tf.reshape(x, [4, 2]), 'reshape with -1': (x) => tf.reshape(x, [-1, 4]),
    'expand_dims': (x) => tf.expandDims(x, 5), 'squeeze': (x) => tf.squeeze(x, { axis: [0] }), 'squeeze beyond the rank': (x) => tf.squeeze(x, { axis: [4] }),
    'transpose': (x) => tf.transpose(x, ints(1, 0, 2)), 'transpose twice the same': (x) => tf.transpose(x, ints(0, 0)),
    'tile': (x) => tf.tile(x, ints(2)), 'tile a negative number of times': (x) => tf.tile(x, ints(1, -1)),
    'reverse': (x) => tf.reverse(x, ints(2)), 'reverse an axis twice': (x) => tf.reverse(x, ints(0, -2)),
    'slice': (x) => tf.slice(x, ints(0, 1), ints(2, 3)), 'slice from beyond': (x) => tf.slice(x, ints(3, 0), ints(0, 1)), 'slice of another rank': (x) => tf.slice(x, ints(0), ints(1)),
    'strided slice': (x) => x.at(0, 0, 0), 'strided slice at an index beyond': (x) => x.at(2),
    'pad': (x) => tf.pad(x, [[1, 1]]), 'padV2': (x) => tf.pad(x, [[1, 1]], { constantValues: 2. }),
    'gather': (x) => tf.gather(x, ints(0, 2)), 'gather of a negative index': (x) => tf.gather(x, ints(-1)), 'gather along an axis beyond': (x) => tf.gather(x, ints(0), { axis: 3 }),
    'unstack': (x) => tf.unstack(x, { num: 3 }), 'unstack along an axis beyond': (x) => tf.unstack(x, { num: 2, axis: 2 }),
    'broadcast_to': (x) => tf.broadcastTo(x, ints(2, 4)), 'broadcast_to fewer dimensions': (x) => tf.broadcastTo(x, ints(3)),
    'all': (x) => tf.reduceAll(tf.less(x, 1.), { axis: [2] }), 'any': (x) => tf.reduceAny(tf.less(x, 1.), { axis: [-3] }),
    'sum': (x) => tf.reduceSum(x, axis(2)), 'matmul': (x) => tf.matmul(x, x), 'concat': (x, y) => tf.concat([x, y], 0),
  };
  test.each(Object.entries(programs))('%s', async (name, build) => {
    const [x, y] = [tf.placeholder(tf.float32, null, { name: 'x' }), tf.placeholder(tf.float32, null, { name: 'y' })];
    const fetch = [build(x, y)].flat();
    const texts: unknown[] = [];
    for (const engine of ENGINES) {
      const sess = await openSession(engine);
      try { texts.push(String(sess.runSync([...fetch], [[x, [[1, 2, 3], [4, 5, 6]]], [y, [1, 2, 3, 4]]]))); } catch (e) { texts.push(e instanceof tf.errors.InvalidArgumentError ? e.text : String(e)); }
      sess.close();
      expect(sess.deviceMemory().tensors, engine).toBe(0);
    }
    expect(texts[0], name).toMatch(/\[\[(\{\{)?node /);
    expect(new Set(texts).size, texts.join('\n')).toBe(1);
  });
});

test.each(ENGINES)('shapes that do not fit are found by plans for any shape too, on %s', async (engine) => {
  const [x, y] = [tf.placeholder(tf.float32, null, { name: 'x' }), tf.placeholder(tf.float32, null, { name: 'y' })];
  const fetches = [x.add(y), x.sub(y), x.mul(y), x.truediv(y), tf.less(x, y), tf.equal(x, y), tf.logicalAnd(tf.less(x, 1.), tf.less(y, 1.)), tf.where(tf.less(x, 1.), x, y)];
  const sess = await openSession(engine);
  const vector = (n: number): tf.NDArray => new tf.NDArray(tf.float32, [n], new Float32Array(n));
  for (const f of fetches) {
    for (let n = 1; n <= 12; n++) sess.runSync(f, [[x, vector(n)], [y, vector(n)]]);
    expect(() => sess.runSync(f, [[x, vector(3)], [y, vector(4)]]), f.name).toThrow(tf.errors.InvalidArgumentError);
    expect(() => sess.runSync(f, [[x, vector(3)], [y, vector(4)]]), f.name).toThrow(/Incompatible shapes: \[3\] vs. \[4\]|must have the same size|must match/);
    expect((sess.runSync(f, [[x, vector(5)], [y, vector(5)]]) as tf.NDArray).shape).toEqual([5]);
  }
});

test('eval and run without a session', async () => {
  const c = tf.constant(1.);
  await expect(c.eval()).rejects.toThrow(new tf.errors.ValueError('Cannot evaluate tensor using `eval()`: No default session is registered. Use `with sess.as_default()` or pass an explicit session to `eval(session=sess)`'));
  await expect(c.op.run()).rejects.toThrow(new tf.errors.ValueError('Cannot execute operation using `run()`: No default session is registered. Use `with sess.as_default():` or pass an explicit session to `run(session=sess)`'));
});

test('an operation of another graph is printed as its NodeDef', async () => {
  const { other } = program();
  const sess = await openSession('reference');
  expect(() => sess.runSync(other.op)).toThrow('Fetch argument <tf.Operation \'oc\' type=Const> cannot be interpreted as a Tensor. (Operation name: "oc"\nop: "Const"\nattr {\n  key: "dtype"\n  value {\n    type: DT_FLOAT\n  }\n}\nattr {\n  key: "value"\n  value {\n    tensor {\n      dtype: DT_FLOAT\n      tensor_shape {\n      }\n      float_val: 1.0\n    }\n  }\n}\n is not an element of this graph.)');
});

test('an op without a kernel is an UnimplementedError that names it, before anything runs', async () => {
  const v = new tf.Variable(1., { name: 'v' });
  const inc = tf.assignAdd(v, 1.);
  const graph = tf.getDefaultGraph();
  graph.asDefault(() => { tf.importGraphDef(tf.graphDefFromText('node { name: "odd" op: "AudioSpectrogram" input: "a" attr { key: "window_size" value { i: 4 } } attr { key: "stride" value { i: 2 } } } node { name: "a" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { } float_val: 1 } } } }'), { name: '' }); });
  const sess = await openSession('reference');
  sess.runSync(v.initializer);
  expect(() => sess.runSync([inc, 'odd:0'])).toThrow(tf.errors.UnimplementedError);
  expect(() => sess.runSync('odd:0')).toThrow(/^No OpKernel was registered to support Op 'AudioSpectrogram' used by node odd/);
  expect(sess.runSync(v)).toBe(1);
});
