// Variable scopes rule by rule: reuse, inheritance, default names, captured scopes, getters, messages.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';

/** Runs a program in a graph of its own. */
const inGraph = <R>(body: (g: tf.Graph) => R): R => new tf.Graph().asDefault(body);
const v = (name = 'w', shape: readonly number[] = [2]): tf.Variable => tf.getVariable(name, shape);

describe('reuse', () => {
  test('a second get in a non-reusing scope fails and says where the first was', () => inGraph(() => {
    v();
    expect(() => v()).toThrow(/^Variable w already exists, disallowed\. Did you mean to set reuse=True or reuse=tf\.AUTO_REUSE in VarScope\? Originally defined at:[\s\S]*variable_scope\.test\.ts/);
  }));
  test('reuse of a missing variable fails and looks for a similar one', () => inGraph(() => {
    tf.variableScope('net', () => tf.variableScope('norm', () => v('gamma')));
    expect(() => tf.variableScope('norm', { reuse: true }, () => v('gamma'))).toThrow(/^Variable norm\/gamma does not exist, or was not created with tf\.get_variable\(\)\. Did you mean to set reuse=tf\.AUTO_REUSE in VarScope\?[\s\S]*net\/norm\/gamma/);
  }));
  test('sticks to inner scopes, false inherits', () => inGraph(() => {
    const w = tf.variableScope('a', () => tf.variableScope('b', () => v()));
    tf.variableScope('a', { reuse: true }, () => tf.variableScope('b', { reuse: false }, () => expect(v()).toBe(w)));
  }));
  test('AUTO_REUSE creates, then shares', () => inGraph(() => {
    const get = (): tf.Variable => tf.variableScope('a', { reuse: tf.AUTO_REUSE }, () => v());
    expect(get()).toBe(get());
  }));
  test('reuse_variables in the middle of a scope', () => inGraph(() => tf.variableScope('a', (vs) => {
    const w = v();
    vs.reuseVariables();
    expect(v()).toBe(w);
  })));
  test('shape and dtype of a shared variable are checked', () => inGraph(() => {
    v();
    const share = <R>(f: () => R): R => tf.variableScope(tf.getVariableScope(), { reuse: true }, f);
    expect(() => share(() => v('w', [3]))).toThrow('Trying to share variable w, but specified shape (3,) and found shape (2,).');
    expect(() => share(() => tf.getVariable('w', [2], tf.float64))).toThrow('Trying to share variable w, but specified dtype float64 and found dtype float32_ref.');
  }));
  test('bad arguments', () => inGraph(() => {
    expect(() => tf.variableScope(null, () => 0)).toThrow('If default_name is None then name_or_scope is required');
    expect(() => tf.variableScope('a', { reuse: 1 as never }, () => 0)).toThrow('The reuse parameter must be True or False or None.');
    expect(() => tf.variableScope(null, 'd', { reuse: true }, () => 0)).toThrow('reuse=True cannot be used without a name_or_scope');
    expect(() => tf.variableScope('a', { resue: true } as never, () => 0)).toThrow(/unexpected keyword argument 'resue'[\s\S]*did you mean reuse/);
    expect(tf.getDefaultGraph().getNameScope()).toBe('');
  }));
});

describe('names', () => {
  test('default names count within their parent and restart when it is re-entered', () => inGraph(() => {
    const layer = (): string => tf.variableScope(null, 'layer', () => v().op.name);
    expect(tf.variableScope('p', () => [layer(), layer(), layer()])).toEqual(['p/layer/w', 'p/layer_1/w', 'p/layer_2/w']);
    expect(tf.variableScope('p', { reuse: true }, () => [layer(), layer()])).toEqual(['p/layer/w', 'p/layer_1/w']);
  }));
  test('a name that is a prefix of another does not disturb it', () => inGraph(() => {
    const enter = (n: string): string => tf.variableScope(null, n, (vs) => vs.name);
    expect(['defaultScope1', 'defaultScope1', 'defaultScope', 'defaultScope1'].map(enter)).toEqual(['defaultScope1', 'defaultScope1_1', 'defaultScope', 'defaultScope1_2']);
  }));
  test('a jump to a captured scope keeps the numbering; its prefix is absolute, its op names relative', () => inGraph(() => {
    const captured = tf.variableScope('far', (vs) => vs);
    tf.variableScope('here', () => {
      expect(tf.variableScope(null, 'd', (vs) => vs.name)).toBe('here/d');
      tf.variableScope(captured, (vs) => {
        expect([vs.name, v().op.name, tf.constant(1.5).op.name]).toEqual(['far', 'far/w', 'here/far/Const']);
      });
      expect(tf.variableScope(null, 'd', (vs) => vs.name)).toBe('here/d_1');
    });
  }));
  test('a second entry shares variables and renames ops', () => inGraph(() => {
    tf.variableScope('net', () => v());
    tf.variableScope('net', { reuse: true }, () => expect([v().op.name, tf.constant(1.5).op.name]).toEqual(['net/w', 'net_1/Const']));
  }));
  test('auxiliary_name_scope=False with the original name scope continues it', () => inGraph(() => {
    const foo = tf.variableScope('foo', (vs) => vs);
    tf.variableScope(foo, { auxiliaryNameScope: false }, (vs) => tf.nameScope(vs.originalNameScope, () => expect(tf.constant(1.5, { name: 'c' }).op.name).toBe('foo/c')));
  }));
  test('get_variable ignores name scopes, tf.Variable ignores variable scopes', () => inGraph(() => {
    tf.nameScope('n', () => {
      expect(v().op.name).toBe('w');
      expect(new tf.Variable([1.5], { name: 'w' }).op.name).toBe('n/w');
    });
  }));
  test('the root scope re-entered opens no name scope', () => inGraph(() => {
    const root = tf.getVariableScope();
    tf.variableScope('a', () => tf.variableScope(root, () => expect([v().op.name, tf.constant(1.5).op.name]).toEqual(['w', 'a/Const'])));
  }));
});

describe('settings', () => {
  test('initializer and dtype are inherited; explicit ones win; a constant takes no shape', () => inGraph(() => {
    tf.variableScope('a', { dtype: tf.float16, initializer: tf.onesInitializer() }, () => tf.variableScope('b', () => {
      const w = v();
      expect([w.dtype.name, w.initialValue.op.name]).toEqual(['float16_ref', 'a/b/w/Initializer/ones']);
      expect(tf.getVariable('u', [2], tf.float32).dtype.name).toBe('float32_ref');
    }));
    expect(() => tf.getVariable('k', [2], { initializer: [1.5, 2.5] })).toThrow('If initializer is a constant, do not specify shape.');
    expect(() => tf.getVariable('k', { dtype: tf.float64, initializer: new Float32Array(2) })).toThrow("Initializer type '<dtype: 'float32'>' and explicit dtype '<dtype: 'float64'>' don't match.");
    expect(() => tf.getVariable('k')).toThrow('The initializer passed is not valid.');
    expect(() => tf.getVariable('z', [1], tf.complex64)).toThrow("An initializer for variable z of <dtype: 'complex64'> is required");
  }));
  test('a regularizer runs once, colocated, in its own scope', () => inGraph((g) => {
    const regularizer = (t: tf.Variable): tf.Tensor => tf.reduceSum(tf.square(t), { name: 'r' });
    const get = (): tf.Variable => tf.variableScope('a', { reuse: tf.AUTO_REUSE, regularizer }, () => v());
    get();
    get();
    const losses = g.getCollection(tf.GraphKeys.REGULARIZATION_LOSSES) as tf.Tensor[];
    expect(losses.map((l) => [l.name, l.op.getAttr('_class')])).toEqual([['a/w/Regularizer/r:0', ['loc:@a/w']]]);
  }));
  test('custom getters nest as outer(inner) and see reuse too', () => inGraph(() => {
    const calls: string[] = [];
    const getter = (tag: string): tf.CustomGetter => (get, name, o) => { calls.push(tag); return get(`${name}_${tag}`, o); };
    tf.variableScope('a', { customGetter: getter('outer') }, () => tf.variableScope('b', { customGetter: getter('inner') }, () => expect(v().op.name).toBe('a/b/w_inner_outer')));
    expect(calls).toEqual(['inner', 'outer']);
  }));
  test('an async body keeps its scope; its creator goes on', () => inGraph(async () => {
    const late = tf.variableScope('a', async () => { await Promise.resolve(); return v().op.name; });
    expect(v().op.name).toBe('w');
    expect(await late).toBe('a/w');
  }));
});

test('initial values that read variables are made anew behind a guard', () => inGraph(() => {
  const w = v();
  const u = new tf.Variable(w.value(), { name: 'u' });
  const read = u.initializer.inputs[1]!.op;
  expect([read.name, read.type, read.inputs[0]!.op.type]).toEqual([`${w.value().op.name}_u`, 'Identity', 'Merge']);
}));

test('partitioners are called by position or by name', () => {
  const shape = new tf.TensorShape([4, 2]);
  const bySize = tf.variableAxisSizePartitioner(8);
  expect([bySize(shape, tf.float32), bySize({ shape, dtype: tf.float64 }), tf.minMaxVariablePartitioner({ maxPartitions: 3, minSliceSize: 8 })(shape, tf.float32)]).toEqual([[4, 1], [4, 1], [3, 1]]);
  expect([tf.fixedSizePartitioner(2)(shape), tf.fixedSizePartitioner(2, 1)({ shape, dtype: tf.float32 })]).toEqual([[2, 1], [1, 2]]);
  expect(() => (bySize as (...a: unknown[]) => unknown)(shape)).toThrow("_partitioner() missing 1 required positional argument: 'dtype'");
});
