// Restates the scope_* programs of test/golden/programs/*.py, one function each, under the same names.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program } from '../oracle.ts';

const vs = tf.variableScope;
const gv = tf.getVariable;
const ns = tf.nameScope;
type Tensorish = tf.Tensor | tf.Variable;
/** `tf.Variable(...)` for its nodes alone. */
const variable = (initialValue: tf.TensorLike | (() => tf.TensorLike), options: tf.VariableOptions): tf.Variable => new tf.Variable(initialValue, options);

export function scope_names(): Program {
  const put = (label: string): void => {
    const s = tf.getVariableScope();
    note(label, [s.name, s.originalNameScope, gv(`v${label}`, []).name, tf.constant(1., { name: 'c' }).name]);
  };
  const parent = vs('parent', (parent) => {
    for (let i = 0; i < 3; i++) vs(null, { defaultName: 'layer' }, () => put(`6_${i}`));
    vs(null, { defaultName: 'layer_1' }, () => put('6_explicit'));
    return parent;
  });
  vs('parent', () => vs(null, { defaultName: 'layer' }, () => put('7')));
  vs(parent, () => vs(null, { defaultName: 'layer' }, () => put('7b')));
  for (const [i, n] of ['defaultScope1', 'defaultScope', 'defaultScope1', 'defaultScope1_1', 'defaultScope'].entries()) vs(null, { defaultName: n }, () => put(`8_${i}`));
  const outer = vs('outer', (outer) => {
    vs(null, { defaultName: 'inner' }, () => put('9a'));
    vs(null, { defaultName: 'inner' }, () => {
      vs(parent, () => {
        put('9b');
        vs(null, { defaultName: 'layer' }, () => put('9c'));
      });
      put('9d');
    });
    vs(null, { defaultName: 'inner' }, () => put('9e'));
    return outer;
  });
  vs('other', () => {
    vs(outer, () => {
      put('10a');
      vs('sub', () => put('10b'));
    });
    vs('outer', () => put('10c'));
  });
  ns('A', () => {
    const tower = vs('tower', (tower) => { put('11a'); return tower; });
    vs(tower, () => put('11b'));
    vs('tower', () => put('11c'));
    vs(tower, { reuse: tf.getVariableScope().reuse }, () => variable(1.0, { name: 'tv' }));
  });
  vs('r1', () => vs(new tf.VariableScope(false, '', ''), () => put('12a')));
  const root = tf.getVariableScope();
  vs('r2', () => vs(root, () => put('12b')));
  const xyz = vs('x/y/z', (xyz) => { put('slash'); return xyz; });
  vs(xyz, () => put('slash2'));
  vs('m', { defaultName: 'ignored', values: [tf.constant(0.)] }, () => put('named'));
  ns('n1', () => ns('n2', () => {
    vs('v1', () => {
      put('mix');
      variable([1.], { name: 'w' });
    });
    gv('rootv', [1]);
  }));
  note('vars', tf.globalVariables().map((v) => v.name));
  return { runs: [{ fetch: tf.globalVariablesInitializer() }] };
}

/** Python's str() of a reuse flag. */
function str(reuse: unknown): string { return reuse === tf.AUTO_REUSE ? '_ReuseMode.AUTO_REUSE' : reuse === true ? 'True' : 'False'; }

export function scope_reuse(): Program {
  const w = vs('a', () => {
    const w = gv('w', [2, 3]);
    attempt('1 twice', () => gv('w', [2, 3]));
    vs('b', () => gv('w', [3]));
    return w;
  });
  vs('a', { reuse: true }, () => {
    note('same', gv('w', [2, 3]) === w);
    attempt('2 missing', () => gv('nope', [1]));
    vs('b', { reuse: false }, (sb) => {
      note('3 child reuse', [sb.reuse, sb.name, sb.originalNameScope]);
      note('3 shared', gv('w').name);
    });
    attempt('shape mismatch', () => gv('w', [3, 2]));
    attempt('dtype mismatch', () => gv('w', [2, 3], tf.float64));
    attempt('default_name under reuse=True argument', () => vs(null, 'd', { reuse: true }));
    vs(null, 'd', (sd) => note('default under inherited reuse', [sd.name, Boolean(sd.reuse)]));
  });
  vs('auto', { reuse: tf.AUTO_REUSE }, (s) => {
    const x = gv('x', [2]);
    note('4 auto shares', gv('x', [2]) === x);
    note('auto repr', str(s.reuse));
    vs('in', (s2) => {
      note('auto inherited', str(s2.reuse));
      gv('y', []);
    });
    vs('in', { reuse: true }, (s3) => {
      note('true under auto', str(s3.reuse));
      attempt('true under auto missing', () => gv('z', []));
    });
  });
  vs('r', (s) => {
    const q = gv('q', [1]);
    s.reuseVariables();
    note('5 reuse_variables', gv('q', [1]) === q);
    attempt('5 missing', () => gv('q2', [1]));
    vs('sub', (s4) => note('sub inherits', s4.reuse));
  });
  vs('r', (s) => {
    note('reentered', s.reuse);
    attempt('exists again', () => gv('q', [1]));
  });
  attempt('bad reuse', () => vs('z', { reuse: 'yes' as unknown as boolean }));
  attempt('bad scope', () => vs(3 as unknown as string));
  attempt('none none', () => vs(null));
  attempt('aux type', () => vs('q', { auxiliaryNameScope: 'no' as unknown as boolean }));
  attempt('unknown shape', () => gv('u', [null, 2]));
  attempt('no shape', () => gv('u2'));
  attempt('const with shape', () => gv('u3', [2], { initializer: tf.constant([1., 2.]) }));
  attempt('dtype vs constant', () => gv('u4', { dtype: tf.float32, initializer: tf.constant([1, 2], { dtype: tf.int32 }) }));
  attempt('bad name', () => gv('a b', [2]));
  attempt('string default initializer', () => gv('u6', [2], tf.string));
  attempt('int default initializer', () => gv('u7', [2], tf.int32));
  attempt('bool default initializer', () => gv('u8', [2], tf.bool));
  attempt('complex default initializer', () => gv('u9', [2], tf.complex64));
  attempt('Variable none', () => new tf.Variable({}));
  attempt('Variable unknown shape', () => new tf.Variable(tf.placeholder(tf.float32, [null])));
  attempt('getter not callable', () => gv('u5', [2], { customGetter: 3 as unknown as tf.CustomGetter }));
  tf.getVariableScope().reuseVariables();
  attempt('root reuse', () => gv('never', [1]));
  return { runs: [] };
}

export function scope_inherit(): Program {
  const reg = (s: number) => (w: tf.Variable): tf.Tensor => tf.multiply(tf.reduceSum(tf.square(w)), s, { name: 'r' });
  vs('t', { initializer: tf.constantInitializer(0.5), regularizer: reg(0.1), dtype: tf.float32 }, () => {
    gv('a', [2]);
    gv('b', [2], { initializer: tf.constantInitializer(1.5), regularizer: reg(0.3) });
    gv('none', [2], { regularizer: () => null });
    vs('u', { initializer: tf.onesInitializer() }, () => {
      gv('a', [1, 2]);
      gv('i', [2], { dtype: tf.int32, regularizer: () => null });
    });
  });
  vs('t', { reuse: true }, () => gv('a', [2], { regularizer: reg(5.) }));
  vs('h', { dtype: tf.float16 }, () => {
    gv('half', [2], { initializer: tf.zerosInitializer() });
    gv('double', [2], { dtype: tf.float64, initializer: tf.zerosInitializer() });
    vs('hh', (hh) => note('dtype', hh.dtype));
  });
  vs('d64', (s) => {
    s.setDtype(tf.float64);
    s.setInitializer(tf.randomUniformInitializer(-1, 1, { seed: 3 }));
    s.setRegularizer(reg(2.));
    gv('x', [3]);
  });
  vs('con', { constraint: (w) => tf.clipByValue(w, 0., 1.) }, () => {
    note('constraint inherited', [gv('x', [1]).constraint !== null]);
    vs('in', (s2) => note('constraint in child', s2.constraint !== null));
  });
  gv('arr', { initializer: [1., 2., 3.] });
  gv('num', { initializer: 3.5 });
  gv('cls', [2, 2], { initializer: tf.zerosInitializer() });
  gv('fn', { initializer: () => tf.ones([3]) });
  gv('untrain', [1], { trainable: false });
  gv('coll', [1], { collections: ['mine', tf.GraphKeys.GLOBAL_VARIABLES] });
  gv('cc', [1], { cachingDevice: '/cpu:0' });
  variable([1, 2], { dtype: tf.int32, name: 'tfv', trainable: false });
  variable(() => tf.ones([2]), { name: 'lam' });
  variable(3, { dtype: tf.float32, name: 'cast' });
  variable([[1., 2.]], { name: 't/a' });
  attempt('get after Variable', () => gv('tfv', [2]));
  attempt('different dtype', () => gv('bad', { dtype: tf.int32, initializer: [1., 2.] }));
  attempt('mixed dtypes', () => tf.losses.getRegularizationLoss());
  const regs = tf.getCollection(tf.GraphKeys.REGULARIZATION_LOSSES) as tf.Tensor[];
  const total = tf.losses.getRegularizationLoss({ scope: 't/' });
  note('reg', tf.getCollection(tf.GraphKeys.REGULARIZATION_LOSSES));
  const init = tf.globalVariablesInitializer();
  return { runs: [{ fetch: init }, { fetch: [total, regs] }, 'VARS', { fetch: tf.reportUninitializedVariables() }] };
}

export function scope_threads(): Program {
  const g = tf.getDefaultGraph();
  const out: Record<string, unknown> = {};
  const work = (): void => {
    const s = tf.getVariableScope();
    out['name'] = [s.name, s.reuse];
    vs('main', { reuse: true }, () => { out['shared'] = gv('w').name; });
    vs(null, 'layer', () => { out['v'] = gv('x', [1]).name; });
    out['op'] = tf.constant(1.0, { name: 'k' }).name;
  };
  vs('main', { reuse: false }, () => {
    gv('w', [2]);
    vs(null, 'layer', () => gv('x', [1]));
    g.isolated(work); // a new thread, joined
    for (const k of ['name', 'shared', 'v', 'op']) note(k, out[k]);
    tf.getVariableScope().reuseVariables();
    attempt('w', () => gv('w').name);
  });
  return { runs: [] };
}

export function scope_aux(): Program {
  const foo = vs('foo', (foo) => { note('a', tf.constant(0., { name: 'c' }).name); return foo; });
  vs(foo, { auxiliaryNameScope: false }, (f2) => {
    note('b', [tf.constant(0., { name: 'c' }).name, f2.originalNameScope]);
    ns(f2.originalNameScope, () => note('c', tf.constant(0., { name: 'c' }).name));
    note('v', gv('v', [2]).name);
  });
  vs('bar', { auxiliaryNameScope: false }, (bar) => {
    note('d', [tf.constant(0., { name: 'c' }).name, bar.originalNameScope, gv('w', [2]).name]);
    vs('baz', () => note('e', [tf.constant(0., { name: 'c' }).name, gv('w', [2]).name]));
  });
  vs(null, 'dd', { auxiliaryNameScope: false }, (dd) => note('f', [dd.name, tf.constant(0., { name: 'c' }).name]));
  vs(foo, () => vs(foo, () => vs('foo', () => note('g', [gv('g', []).name, tf.constant(0., { name: 'c' }).name]))));

  const block = (x: tf.Tensor, { n }: { n: number }): tf.Tensor => {
    const w = gv('w', [Number(x.shape.at(1)), n], { initializer: tf.onesInitializer() });
    return tf.matmul(x, w, { name: 'mm' });
  };
  const t = tf.makeTemplate('tmpl', block as (x: tf.Tensor) => tf.Tensor, { n: 3 });
  const x = tf.ones([2, 4]);
  const y1 = t(x), y2 = t(x.mul(2));
  const t2 = tf.makeTemplate('tmpl', block as (x: tf.Tensor) => tf.Tensor, { n: 2 });
  const y3 = vs('holder', () => t2(x));
  const u = tf.makeTemplate('uni', block as (x: tf.Tensor) => tf.Tensor, { uniqueName_: 'uni', n: 1 });
  const y4 = u(x);
  note('templates', [y1.name, y2.name, y3.name, y4.name, t.variableScope!.name, t2.variableScope!.name]);
  note('template vars', [...t.variables, ...t2.variables].map((v) => v.name));
  vs('fn', { reuse: tf.AUTO_REUSE }, () => {
    for (let i = 0; i < 2; i++) {
      gv('k', [2]);
      tf.getLocalVariable('lk', [2], { initializer: tf.zerosInitializer() });
    }
  });
  note('local', tf.localVariables().map((v) => v.name));
  const init = tf.globalVariablesInitializer();
  return { runs: [{ fetch: init }, { fetch: [y1, y2, y3, y4] }, { fetch: tf.localVariablesInitializer() }, { fetch: 'fn/lk:0' }] };
}

export function scope_getters(): Program {
  const log: string[] = [];
  const g = (tag: string): tf.CustomGetter => (getter, name, options) => {
    log.push(`${tag}:${name}`);
    return tag === 'R' ? getter(name + tag, options) : getter(name, options);
  };
  const summing: tf.CustomGetter = (getter, name, options) => {
    const a = getter(`${name}/0`, options);
    const b = getter(`${name}/1`, options);
    return ns('sum', () => a.add(b));
  };
  vs('o', { customGetter: g('1') }, () => vs('i', { customGetter: g('2') }, () => {
    gv('v', [1], { customGetter: g('3') });
    gv('r', [1], { customGetter: g('R') });
  }));
  note('order', log);
  const t = vs('s', { customGetter: summing }, () => gv<tf.Tensor>('v', [2], { initializer: tf.onesInitializer() }));
  note('sum', t.name);
  const [w, full] = vs('p', { partitioner: tf.fixedSizePartitioner(3) }, () => {
    const w = gv<tf.PartitionedVariable>('w', [7, 2], { initializer: tf.randomUniformInitializer(-1., 1., { seed: 4 }) });
    gv('scalar', []);
    gv('small', [3], { partitioner: tf.minMaxVariablePartitioner({ maxPartitions: 2, minSliceSize: 1 }) });
    const full = tf.convertToTensor(w);
    note('parts', [...w].map((v) => [v.name, v.getShape(), v.saveSliceInfo!.spec]));
    return [w, full];
  });
  vs('p', { partitioner: tf.fixedSizePartitioner(3), reuse: true }, () => {
    const w2 = gv<tf.PartitionedVariable>('w', [7, 2]);
    note('reuse parts', [...w2].map((v) => v.name));
  });
  vs('p', { reuse: true }, () => { attempt('no partitioner', () => gv('w', [7, 2])); });
  vs('q', () => gv('w', [4, 2]));
  vs('q', { reuse: true, partitioner: tf.fixedSizePartitioner(2) }, () => { attempt('partitioner on unpartitioned', () => gv('w', [4, 2])); });
  vs('p', { reuse: true, partitioner: tf.fixedSizePartitioner(2) }, () => { attempt('other part count', () => gv('w', [7, 2])); });
  const emb = tf.nn.embeddingLookup(w, [0, 3, 6], { partitionStrategy: 'div' });
  const embMod = tf.nn.embeddingLookup([gv('e0', { initializer: arr([2, 2], 2) }), gv('e1', { initializer: arr([2, 2], 3) })], [3, 0, 1], { partitionStrategy: 'mod' });
  const [r, y, up] = vs('res', { useResource: true }, () => {
    const r = gv('r', [2], { initializer: tf.onesInitializer() });
    const y = r.mul(2.0).add(r);
    const up = r.assignAdd([1., 2.]);
    vs('in', () => note('resource inherited', gv('k', [1]).constructor.name));
    attempt('resource twice', () => gv('r', [2]));
    return [r, y, up] as [Tensorish, tf.Tensor, Tensorish];
  });
  const init = tf.globalVariablesInitializer();
  return { runs: [{ fetch: y }, { fetch: init }, { fetch: [full, emb, embMod, t] }, { fetch: y }, { fetch: up }, { fetch: [r, y] }, 'VARS'] };
}
