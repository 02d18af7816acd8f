// The programs name_*.py in tfgraph.
import * as tf from 'tfgraph';
import { attrValueToText, nodeDefToText } from '../../../src/graph/graph_def_text.ts';
import { stringRepr } from '../../../src/graph/python_repr.ts';
import { attempt, note, type Program } from '../oracle.ts';

export function name_unique(): Program {
  const c = (n: string): string => tf.constant(1, { name: n }).name;
  note('case', [c('foo'), c('Foo'), c('FOO'), c('foo'), c('foo_1'), c('fOo_1')]);
  note('explicit', [c('a'), c('a'), c('a_1'), c('a'), c('a_1_1'), c('a_1')]);
  const s1 = tf.nameScope('s', (s) => { note('s', [s, c('x'), c('x')]); return s; });
  tf.nameScope('s', (s2) => note('s again', [s2, c('x')]));
  tf.nameScope('S', (s3) => note('S', [s3, c('x')]));
  tf.nameScope(s1, (s4) => {
    note('re-entry', [s4, c('x')]);
    tf.nameScope('in', (s5) => note('in', [s5, c('x')]));
  });
  tf.nameScope(s1, () => tf.nameScope('in', (s6) => note('in again', [s6])));
  note('op named as scope', [c('s'), c('s/in'), c('s/y'), c('q/r'), c('q'), c('q/r')]);
  tf.nameScope('lit', (s) => {
    note('literal', [tf.constant(1, { name: s }).name, s === 'x' ? tf.constant(1, { name: 'lit/' }).name : null, tf.constant(2, { name: 'z/' }).name]);
    tf.nameScope(null, (r) => {
      note('reset', r);
      attempt('literal names are not in the table', () => c('z'));
    });
    tf.nameScope('', (r) => note('reset2', [r, c('z')]));
  });
  attempt('dup literal', () => tf.constant(1, { name: 'z/' }));
  for (const bad of ['_x', 'a b', 'x:0', '-x', '/x', '', 'é', 'a$', '.dot', 'A.b-c\\d', 'x'.repeat(70)]) {
    const shown = stringRepr(bad.slice(0, 10));
    attempt(`op name ${shown}`, () => tf.constant(1, { name: bad }).name);
    attempt(`scope ${shown}`, () => tf.nameScope(bad, (s) => s));
  }
  tf.nameScope('outer', () => attempt('inner scope _x', () => tf.nameScope('_x', (s) => s)));
  attempt('name_scope none', () => tf.nameScope(null, null, [1], (s) => s));
  tf.nameScope(null, 'dflt', [tf.constant(1, { dtype: tf.int32 })], (s) => note('default', s));
  const g = tf.getDefaultGraph();
  note('unique_name', [g.uniqueName('u'), g.uniqueName('u'), g.uniqueName('u', false), g.uniqueName('u')]);
  const x = tf.constant([1, 2], { name: 'x' });
  const y = x.add(1).sub(x.rmul(2).truediv(3));
  const z = [x.neg(), x.abs(), x.pow(2), x.mod(2), x.floordiv(2), x.rsub(1), x.rtruediv(3), x.greater(1), x.lessEqual(x), x.at(0), x.at([null, 1]), x.at(tf.ellipsis, tf.newaxis), tf.notEqual(x, 1), x.rpow(2)];
  note('operators', [y.op.name, y.op.type, ...z.map((t) => [t.op.name, t.op.type])]);
  return { runs: [{ fetch: [y, ...z] }] };
}

export function name_graph(): Program {
  const g = tf.getDefaultGraph();
  const x = tf.placeholder(tf.float32, [null, 2], { name: 'x' });
  const y = tf.multiply(x, 2, { name: 'y' });
  for (const n of ['x', 'x:0', 'x:1', 'nope', 'nope:0', 'x:y', 'x:0:0', '^x', ':0', 3] as string[]) {
    const shown = typeof n === 'string' ? stringRepr(n) : String(n);
    attempt(`tensor ${shown}`, () => g.getTensorByName(n));
    attempt(`operation ${shown}`, () => g.getOperationByName(n));
    attempt(`element ${shown}`, () => g.asGraphElement(n));
  }
  attempt('element list', () => g.asGraphElement([x]));
  const h = new tf.Graph();
  h.asDefault(() => {
    const z = tf.constant(1, { name: 'z' });
    attempt('other graph add', () => tf.add(x, z));
    attempt('other graph element', () => h.asGraphElement(x));
    tf.importGraphDef(g.asGraphDef(), { returnElements: ['y:0'], name: 'imp', inputMap: { x: tf.ones([1, 2]) } });
    note('import', h.getOperations().map((o) => [o.name, [...o.nodeDef.input]]));
    tf.importGraphDef(g.asGraphDef(), { name: '' });
    tf.importGraphDef(g.asGraphDef());
    tf.importGraphDef(g.asGraphDef(), { name: 'imp' });
    attempt('unused map', () => tf.importGraphDef(g.asGraphDef(), { inputMap: { 'no:0': z } }));
    attempt('missing return', () => tf.importGraphDef(g.asGraphDef(), { returnElements: ['no:0'] }));
    note('import names', h.getOperations().map((o) => o.name));
    h.finalize();
    attempt('finalized', () => tf.constant(2));
    attempt('finalized collection', () => tf.addToCollection('c', 1));
    note('final', h.finalized);
  });
  g.preventFeeding(y);
  note('feedable', [g.isFeedable(x), g.isFeedable(y)]);
  const q = tf.identity(y, { name: 'q' });
  g.preventFetching(q.op);
  tf.addToCollection('mine', x);
  tf.addToCollections(['mine', 'yours', 'yours'], y);
  note('collections', [tf.getCollection('mine'), tf.getCollection('yours'), tf.getCollection('mine', { scope: 'y' }), tf.getCollection('none'), tf.getCollectionRef('mine')]);
  const gd = g.asGraphDef({ addShapes: true });
  note('add_shapes', gd.node.map((n) => [n.name, attrValueToText(n.attr['_output_shapes']!)]));
  note('from_version', g.asGraphDef({ fromVersion: 2 }).node.map((n) => n.name));
  note('props', [g.buildingFunction, g.version, x.op.type, y.consumers().map(String), x.op.outputs, y.op.inputs[1]!.name, String(x), y.repr, nodeDefToText(y.op.nodeDef)]);
  const f: [tf.Tensor, number[][]][] = [[x, [[1, 2]]]];
  return { runs: [{ fetch: y, feed: f }, { fetch: q, feed: f }, { fetch: q.op, feed: f }, { fetch: tf.identity(q, { name: 'r' }), feed: [[y, [[1, 1]]]] }] };
}

export function name_control(): Program {
  const g = tf.getDefaultGraph();
  const [a, b] = [tf.constant(1, { name: 'a' }), tf.constant(2, { name: 'b' })];
  const v = new tf.Variable(3, { name: 'v' });
  const { c1, d1, d2, e, f, d3, no } = tf.controlDependencies([a], () => {
    const c1 = tf.constant(1, { name: 'c1' });
    const inner = tf.controlDependencies([b, v.op], () => {
      const d1 = tf.identity(c1, { name: 'd1' });
      const d2 = tf.identity(a, { name: 'd2' });
      const [e, f] = tf.controlDependencies(null, () => {
        const e = tf.identity(a, { name: 'e' });
        return [e, tf.controlDependencies([e], () => tf.add(c1, 2, { name: 'f' }))] as const;
      });
      tf.getVariable('w', [], { initializer: tf.zerosInitializer() });
      return { d1, d2, e, f, d3: tf.identity(d1, { name: 'd3' }) };
    });
    return { c1, ...inner, no: tf.noOp({ name: 'no' }) };
  });
  note('control', g.getOperations().filter((o) => o.controlInputs.length > 0).map((o) => [o.name, o.controlInputs.map((i) => i.name)]));
  const [k, k2, k4] = g.colocateWith(b.op, () => {
    const k = tf.constant(1, { name: 'k' });
    const k2 = g.colocateWith(a.op, () => {
      const k2 = tf.constant(1, { name: 'k2' });
      tf.device('/cpu:0', () => tf.constant(1, { name: 'k3' }));
      return k2;
    });
    return [k, k2, g.colocateWith(v.op, true, () => tf.constant(1, { name: 'k4' }))] as const;
  });
  const dg = new tf.Graph();
  dg.asDefault(() => {
    tf.device('/job:ps/task:1', () => {
      tf.device('/gpu:0', () => tf.constant(1, { name: 'm1' }));
      tf.device('/task:2', () => tf.constant(1, { name: 'm2' }));
      tf.device(null, () => tf.constant(1, { name: 'm3' }));
      tf.device((op) => (op.type === 'Const' ? '/cpu:0' : '/gpu:1'), () => {
        const m4 = tf.constant(1, { name: 'm4' });
        tf.identity(m4, { name: 'm5' });
      });
      void new tf.Variable(1, { name: 'vv' });
    });
    note('devices', dg.getOperations().filter((o) => o.device !== '').map((o) => [o.name, o.device]));
  });
  attempt('bad device', () => new tf.Graph().asDefault(() => tf.device('/foo:0', () => tf.constant(1).device)));
  const tu = tf.tuple([a, b, null], { name: 'tup', controlInputs: [no] });
  const gr = tf.group(a.op, b.op, { name: 'gr' });
  tf.group({ name: 'empty' });
  const [late, read] = tf.controlDependencies([tf.assign(v, 5)], () => [tf.identity(v, { name: 'late' }), v.readValue()]);
  note('tuple', tu.slice(0, 2));
  attempt('group bad', () => tf.group(3));
  attempt('deps bad', () => tf.controlDependencies([3.5], () => null)); // a Python float
  const init = tf.globalVariablesInitializer();
  return { runs: [{ fetch: init }, { fetch: [c1, d1, d2, e, f, d3, k, k2, k4, ...tu.slice(0, 2)] }, { fetch: read }, { fetch: late }, { fetch: gr }] };
}
