// Scopes, gradients by name, conversions, seeds, collections: what real TensorFlow 1.15.5 answers, case by case.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { attr } from '../../src/graph/node_def.ts';

/** Runs a program in a graph of its own. */
const inGraph = <R>(body: (g: tf.Graph) => R): R => { const g = new tf.Graph(); return g.asDefault(() => body(g)); };
/** Class and TF's text of what `f` throws. */
function failure(f: () => unknown): string {
  try { f(); } catch (e) { return `${(e as Error).name}: ${(e as tf.errors.TfError).text}`; }
  return 'nothing';
}

describe('name_scope', () => {
  test('as a class is entered again under a new name', () => inGraph(() => {
    const a = new tf.NameScope(null, 'layer');
    expect(a.name).toBe('layer');
    expect([a.enter((s) => s), a.enter((s) => tf.constant(1, { name: s }).op.name)]).toEqual(['layer/', 'layer_1']);
    { using s = a.enter(); expect(s.value).toBe('layer_2/'); }
    expect(tf.getDefaultGraph().getNameScope()).toBe('');
  }));
  test('takes its graph from the values, and refuses those of two graphs', () => {
    const [x, y] = [inGraph(() => tf.constant(1, { name: 'x' })), inGraph(() => tf.constant(1, { name: 'y' }))];
    inGraph((g) => {
      expect(tf.nameScope('s', null, [x], () => tf.getDefaultGraph())).toBe(x.graph);
      expect(tf.getDefaultGraph()).toBe(g);
      expect(failure(() => tf.nameScope('s', null, [x, y], () => 0))).toBe('ValueError: Tensor("y:0", shape=(), dtype=float32) must be from the same graph as Tensor("x:0", shape=(), dtype=float32).');
      expect(failure(() => tf.add(x, y))).toMatch(/must be from the same graph as Tensor\("x:0"/);
    });
  });
  test('a default name that is no string is probably the values', () => inGraph(() => {
    expect(failure(() => tf.nameScope(null, [1] as never, () => 0))).toBe("TypeError: `default_name` type (<class 'list'>) is not a string type. You likely meant to pass this into the `values` kwarg.");
  }));
  test('op_scope has its arguments in another order', () => inGraph(() => {
    expect([tf.opScope(null, 'a', 'b', (s) => s), tf.opScope([tf.constant(1)], null, 'b', (s) => s), failure(() => tf.opScope([1], null))])
      .toEqual(['a/', 'b/', 'ValueError: At least one of name (None) and default_name (None) must be provided.']);
  }));
  test('a graph has scopes of its own, whichever is the default', () => inGraph((g) => {
    const h = new tf.Graph();
    h.nameScope('s', () => {
      expect(tf.constant(1, { name: 'x' }).op.name).toBe('x');
      expect(h.asDefault(() => tf.constant(1, { name: 'x' }).op.name)).toBe('s/x');
    });
    expect([g.size, h.size]).toEqual([1, 1]);
  }));
});

describe('control dependencies', () => {
  test('variables, IndexedSlices and names stand for their ops; what is there already is not listed twice', () => inGraph((g) => {
    const v = new tf.Variable(1, { name: 'v' });
    const slices = new tf.IndexedSlices(tf.constant([1], { name: 'values' }), tf.constant([0], { name: 'indices', dtype: tf.int32 }));
    tf.controlDependencies([v, slices, 'v/Assign', v.op], () => tf.controlDependencies([v], () => {
      expect(tf.constant(1).op.nodeDef.input).toEqual(['^v', '^v/Assign', '^values']);
      expect(tf.initScope(() => tf.constant(1).op.nodeDef.input)).toEqual([]);
    }));
    expect(g.scope.controlDependencies).toEqual([]);
  }));
  test('a bare element is no list', () => inGraph(() => {
    const x = tf.constant(1);
    expect(failure(() => tf.controlDependencies(x.op as never))).toBe("TypeError: 'Operation' object is not iterable");
    expect(failure(() => tf.controlDependencies(x as never))).toMatch(/^TypeError: Tensor objects are only iterable when eager execution is enabled/);
  }));
});

describe('gradient_override_map and registered gradients', () => {
  const run = (t: tf.Tensor): unknown => { using s = new tf.Session({ graph: t.graph, engine: 'reference' }); return s.runSync(t); };

  test('the named gradient is used, marked on the node, and only inside', () => inGraph((g) => {
    tf.RegisterGradient('TestTimesTen')((_, grad) => tf.multiply(grad!, 10));
    const x = tf.constant(3, { name: 'x' });
    const y = g.gradientOverrideMap({ Identity: 'TestTimesTen' }, () => tf.identity(x));
    expect(y.op.attr('_gradient_op_type')).toEqual(attr.s('TestTimesTen'));
    expect(run(tf.gradients(y, x)[0] as tf.Tensor)).toBe(10);
    expect(run(tf.gradients(tf.identity(x), x)[0] as tf.Tensor)).toBe(1);
  }));
  test('NotDifferentiable stops the walk; an unknown name is an error', () => inGraph((g) => {
    tf.NotDifferentiable('TestNothing');
    const x = tf.constant(3, { name: 'x' });
    expect(tf.gradients(g.gradientOverrideMap({ Identity: 'TestNothing' }, () => tf.identity(x)), x)).toEqual([null]);
    const z = g.gradientOverrideMap({ Identity: 'TestMissing' }, () => tf.identity(x, { name: 'z' }));
    expect(failure(() => tf.gradients(z, x))).toBe("LookupError: No gradient defined for operation 'z' (op type: Identity)");
  }));
  test('a name is registered once; op names that have a gradient are taken', () => {
    tf.NoGradient('TestOnce');
    for (const name of ['TestOnce', 'Identity']) {
      expect(failure(() => tf.noGradient(name))).toMatch(new RegExp(`^KeyError: Registering two gradient with name '${name}'! \\(Previous registration was in register `));
    }
    expect([failure(() => tf.RegisterGradient(3 as never)), failure(() => tf.NotDifferentiable(3 as never))]).toEqual(['TypeError: op_type must be a string', 'TypeError: op_type must be a string']);
  });
  test('maps are objects or Maps, and have strings only', () => inGraph((g) => {
    expect(g.gradientOverrideMap(new Map([['Identity', 'Mine']]), () => tf.identity(1)).op.attr('_gradient_op_type')).toEqual(attr.s('Mine'));
    const text = 'TypeError: op_type_map must be a dictionary mapping strings to strings';
    for (const bad of [{ A: 3 }, 3, new Map([[3, 'A']])]) expect(failure(() => g.gradientOverrideMap(bad as never))).toBe(text);
    expect(failure(() => g._kernelLabelMap({ A: 3 } as never))).toBe('TypeError: op_to_kernel_label_map must be a dictionary mapping strings to strings');
    expect(failure(() => g._attrScope(3 as never))).toBe('TypeError: attr_map must be a dictionary mapping strings to AttrValue protocol buffers');
    expect(failure(() => g._attrScope({ a: 3 } as never))).toBe('TypeError: attr_map must be a dictionary mapping strings to AttrValue protocol buffers or callables that emit AttrValue protocol buffers');
  }));
});

test('attr scopes nest, keep what a node has, ask functions, and are taken back by null', () => inGraph((g) => {
  g._attrScope({ _a: attr.s('outer'), _b: (n) => (n.op === 'Const' ? attr.i(1) : null), dtype: attr.s('not over the own one') }, () => {
    const x = tf.constant(1);
    expect([x.op.attr('_a'), x.op.attr('_b'), x.op.attr('dtype')?.kind]).toEqual([attr.s('outer'), attr.i(1), 'type']);
    expect(tf.identity(x).op.attr('_b')).toBeUndefined();
    g._attrScope({ _a: null }, () => expect(tf.constant(1).op.attr('_a')).toBeUndefined());
    expect(failure(() => g._attrScope({ _none: null }))).toBe("KeyError: _none");
  });
  expect(tf.constant(1).op.attr('_a')).toBeUndefined();
  expect(g._kernelLabelMap({ Const: 'special' }, () => tf.constant(1).op.attr('_kernel'))).toEqual(attr.s('special'));
}));

test('a container holds the stateful ops made inside', () => inGraph((g) => {
  const containerOf = (): unknown => new tf.Variable(1).op.getAttr('container');
  expect(tf.container('one', (name) => [name, containerOf(), g.container('two', containerOf), g.container('', containerOf)])).toEqual(['one', 'one', 'two', '']);
  expect(containerOf()).toBe('');
}));

describe('conversion functions', () => {
  class Five { readonly five = 5; }
  tf.registerTensorConversionFunction(Five, (v, dtype, name) => tf.constant(v.five, { dtype: dtype ?? tf.float32, ...(name === null ? {} : { name }) }));

  test('make a tensor of a class and its subclasses wherever one is wanted', () => inGraph(() => {
    class Six extends Five {}
    expect(tf.add(new Five() as never, 1).op.inputs.map((t) => t.name)).toEqual(['Add/x:0', 'Add/y:0']);
    expect(tf.convertToTensor(new Five() as never, { name: 'cv' }).name).toBe('cv:0');
    expect(tf.identity(new Six() as never).dtype).toBe(tf.float32);
  }));
  test('come by priority; undefined leaves the value to the next', () => inGraph(() => {
    class Seven { readonly seven = 7; }
    tf.registerTensorConversionFunction(Seven, () => tf.constant(7, { name: 'second' }));
    tf.registerTensorConversionFunction(Seven, () => undefined, 50);
    expect(tf.convertToTensor(new Seven() as never).op.name).toBe('second');
    tf.registerTensorConversionFunction([Seven], () => tf.constant(7, { name: 'first' }), 10);
    expect(tf.convertToTensor(new Seven() as never).op.name).toBe('first');
  }));
  test('must give a tensor of the dtype asked for', () => inGraph(() => {
    class Bad { readonly bad = true; }
    tf.registerTensorConversionFunction(Bad, function f() { return tf.constant(2); });
    expect(failure(() => tf.convertToTensor(new Bad() as never, tf.int32, { name: 'nm' }))).toBe("RuntimeError: nm: Conversion function f for type <class 'Bad'> returned incompatible dtype: requested = int32, actual = float32");
    expect(failure(() => tf.convertToTensor(new Bad() as never, { preferredDtype: tf.int32 }))).toBe("TypeError: convert_to_tensor did not convert to the preferred dtype: <dtype: 'float32'> vs <dtype: 'int32'> ");
    class Worse { readonly worse = true; }
    tf.registerTensorConversionFunction(Worse, (() => 3) as never);
    expect(failure(() => tf.convertToTensor(new Worse() as never))).toBe("RuntimeError: Conversion function <lambda> for type <class 'Worse'> returned non-Tensor: 3");
  }));
  test('are for classes, not for numbers', () => {
    expect([failure(() => tf.registerTensorConversionFunction(3 as never, () => undefined)), failure(() => tf.registerTensorConversionFunction(Five, 3 as never)), failure(() => tf.registerTensorConversionFunction(Number, () => undefined))]).toEqual([
      'TypeError: base_type must be a type or a tuple of types.', 'TypeError: conversion_func must be callable.', 'TypeError: Cannot register conversions for Python numeric types and NumPy scalars and arrays.',
    ]);
  });
});

test('seeds: modulo 2^31 - 1, the newest op\'s id without an own seed, never (0, 0)', () => inGraph(() => {
  const seeds = [null, 5, -1, 2 ** 31, 2 ** 31 - 1, 2n ** 62n + 7n].map((s) => tf.getSeed(s));
  expect(seeds).toEqual([[null, null], [87654321, 5], [87654321, 2147483646], [87654321, 1], [87654321, 0], [87654321, 8]]);
  for (let i = 0; i < 25; i++) tf.noOp();
  tf.setRandomSeed(0);
  expect([null, 0, 2 ** 31 - 1, -5].map((s) => tf.getSeed(s))).toEqual([[0, 25], [0, 2147483647], [0, 2147483647], [0, 2147483642]]);
  tf.setRandomSeed(-3);
  expect([null, 0, 2 ** 40].map((s) => tf.getSeed(s))).toEqual([[2147483644, 25], [2147483644, 0], [2147483644, 512]]);
}));

test('names are stripped of a scope and put into one', () => {
  const { prependNameScope: p, stripNameScope: s } = tf.contrib.framework;
  expect([s('a/b', 'a'), s('^a/b/c', 'a/b/'), s('loc:@a/b', 'a'), s('c/a/b', 'a'), s('a///b', 'a'), s('ab', 'a'), s('a/b', null)]).toEqual(['b', '^c', 'loc:@b', 'c/a/b', 'b', 'ab', 'a/b']);
  expect([p('b', 'a'), p('^b', 'a/'), p('loc:@b', 'a'), p('a/b', ''), p('x^y', 'a')]).toEqual(['a/b', '^a/b', 'loc:@a/b', 'a/b', 'a/x^y']);
});

test('collections: keys, copies and live lists, clearing, a finalized graph', () => inGraph((g) => {
  tf.addToCollection('a', 1);
  tf.getCollectionRef('b').push(2);
  tf.getCollection('c').push(3);
  expect([g.getAllCollectionKeys(), tf.getCollection('b'), tf.getCollection('c')]).toEqual([['a', 'b'], [2], []]);
  g.clearCollection('a');
  expect(g.getAllCollectionKeys()).toEqual(['b']);
  g.finalize();
  const text = 'RuntimeError: Graph is finalized and cannot be modified.';
  expect([failure(() => g.clearCollection('b')), failure(() => tf.addToCollections(['b', 'x'], 1)), failure(() => tf.constant(1))]).toEqual([text, text, text]);
}));

test('graph.version is the newest op\'s id; edits of old nodes are counted apart', () => inGraph((g) => {
  expect([g.version, g.edits]).toEqual([0, 0]);
  const x = tf.constant([1, 2]);
  expect(failure(() => tf.add(x, [1, 2, 3]))).toMatch(/^ValueError: Dimensions must be equal/);
  expect([g.version, g.lastId]).toEqual([2, 3]); // Const, Add/y, and the Add that was refused
  tf.device('/cpu:0', () => tf.noOp());
  expect([g.version, g.edits]).toEqual([4, 0]);
  x.op._setDevice('/cpu:0');
  expect([g.version, g.edits]).toEqual([4, 1]);
}));
