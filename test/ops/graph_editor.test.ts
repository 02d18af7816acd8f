// tf.contrib.graph_editor against what real TensorFlow made of the same edits (test/golden/graph_editor/make.py; each
// scenario is restated line by line).
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';

const ge = tf.contrib.graphEditor;
interface Recorded { result: unknown; graph: [string, string, string[], string][]; collections: Record<string, string[]> }
const cases = JSON.parse(gunzipSync(readFileSync(new URL('../golden/graph_editor/cases.json.gz', import.meta.url))).toString()) as Record<string, Recorded>;

type Named = { readonly name: string };
const names = (xs: Iterable<Named>): string[] => [...xs].map((x) => x.name);
const sorted = (xs: Iterable<Named>): string[] => names(xs).sort();
const view = (v: InstanceType<typeof ge.SubGraphView>): object => ({ ops: names(v.ops), inputs: names(v.inputs), outputs: names(v.outputs), passthroughs: names(v.passthroughs) });

function base(): [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] {
  const a = tf.placeholder(tf.float32, [2], 'a');
  const b = tf.placeholder(tf.float32, [2], 'b');
  const [c, d] = tf.nameScope('foo', () => {
    const c0 = tf.add(a, b, 'c');
    return [c0, tf.nameScope('bar', () => tf.multiply(c0, b, 'd'))];
  });
  const e = tf.nn.relu(d, 'e');
  const f = tf.controlDependencies([c], () => tf.negative(a, 'f'));
  tf.addToCollection('mine', d);
  tf.addToCollection('losses', c);
  return [a, b, c, d, e, f];
}

type Scenario = (g: tf.Graph, ...ts: ReturnType<typeof base>) => unknown;
const scenarios: Record<string, Scenario> = {
  select: (g, a, _, c, d, e) => [
    names(ge.selectOps('^foo', { graph: g })), names(ge.selectOps('(?#ts)^foo', { graph: g })), names(ge.selectOps(a.op, [c, d.op], e)), names(ge.selectTs('^foo', { graph: g })),
    names(ge.selectTs(a, [c, d.op])), names(ge.selectOps('', { graph: g, positiveFilter: (o) => o.type === 'Placeholder' })),
    ge.selectOpsAndTs('^foo/c', '(?#ts)^[ab]:', { graph: g }).map(names), names(ge.getNameScopeOps(g, 'foo/')), names(ge.filterTsFromRegex(g, '^foo/bar/d')),
  ],
  walks: (g, a, b, c, d, e, f) => {
    const cio = new ge.ControlOutputs(g);
    return [
      sorted(ge.getForwardWalkOps(c.op)), sorted(ge.getForwardWalkOps([a], { controlOutputs: cio })), sorted(ge.getForwardWalkOps(c.op, { inclusive: false, controlOutputs: cio })),
      sorted(ge.getBackwardWalkOps(e)), sorted(ge.getBackwardWalkOps(f.op, { controlInputs: true })), sorted(ge.getBackwardWalkOps(e.op, { inclusive: false, stopAtTs: [c] })),
      sorted(ge.getWalksIntersectionOps([a], [e])), sorted(ge.getWalksUnionOps([d.op], [c.op])), sorted(ge.getWalksIntersectionOps([a], [f], { controlIos: cio })),
      names(ge.getWithinBoundaryOps(g, d.op, [c.op])), names(ge.getWithinBoundaryOps(g, d.op, [c.op], { inclusive: false })), names(ge.getWithinBoundaryOps(g, d.op, [a.op, b.op], { controlIos: cio })),
      ge.computeBoundaryTs([c.op, d.op]).map(names), names(ge.getOpsIos(c.op)), names(ge.getOpsIos(c.op, { controlIos: cio })), names(ge.getConsumingOps([a, b])),
    ];
  },
  views: (g, a, b, c, d, e, f) => {
    const v = ge.sgv(c.op, d.op);
    return [
      view(v), view(ge.sgvScope('foo', g)), view(ge.sgv('^foo', { graph: g })), view(ge.sgv(d.op, a)), view(v.remapInputs([1])), view(v.remapOutputs([d, d])), view(v.remap([b, a], [0])),
      view(v.remapOutputsToConsumers()), view(v.remap([b], []).remapDefault()), view(ge.sgv(e.op, f.op, c.op).remap([], [1]).removeUnusedOps()), names(v.consumers()), v.inputIndex(b), v.findOpByName('foo/c').name,
    ];
  },
  copy: (_, _a, _b, c, d, e, f) => {
    const [v, info] = ge.copy(ge.sgv(c.op, d.op, f.op), { dstScope: 'x' });
    return [view(v), (info.transformed(d) as Named).name, (info.original(info.transformed(c) as tf.Tensor) as Named).name, info.transformed(e) === null];
  },
  copy_again: (g) => {
    g.collections.clear('mine');
    const [v] = ge.copy(ge.sgvScope('foo', g), { dstScope: 'y', srcScope: 'foo' });
    const [w] = ge.copy(ge.sgvScope('foo', g), { dstScope: 'y', srcScope: 'foo' });
    const [z] = ge.copy(ge.sgvScope('foo', g), { dstScope: 'y', srcScope: 'foo', reuseDstScope: true });
    return [view(v), view(w), view(z)];
  },
  copy_to_graph: (_, _a, _b, _c, d, e, f) => {
    const h = new tf.Graph();
    const [v] = ge.copy(ge.sgv(d.op, e.op), h, 'there');
    const [w] = ge.copy(ge.sgv(f.op), h);
    const ops = h.getOperations();
    return [view(v), view(w), ops.map((o) => [o.name, o.type, [...o.nodeDef.input]]), ops.flatMap((o) => o.outputs.map((t) => String(t.shape))), Object.fromEntries(h.collections.keys().sort().map((k) => [k, names(h.getCollection(k) as Named[])]))];
  },
  copy_replace: (_, a, _b, c, d) => {
    const z = tf.zeros([2], { name: 'z' });
    return view(ge.copyWithInputReplacements(ge.sgv(c.op, d.op), new Map([[a, z]]), { dstScope: 'r' })[0]);
  },
  copy_handler: (g, _a, _b, c, _d, e) => {
    const t = new ge.Transformer();
    t.transformOpHandler = (info, op, ins) => ge.copyOpHandler(info, op, ins, { nodedefFn: (n) => ({ ...n, device: '/gpu:3' }) });
    t.transformExternalInputHandler = ge.keepTIfPossibleHandler;
    return view(t.call(ge.sgv(c.op, e.op), g, 'h')[0]);
  },
  loop: (g) => {
    const [text] = cases['loop']!.result as [string];
    tf.importGraphDef(tf.graphDefFromText(text), { name: '' });
    const [v] = ge.copy(ge.sgvScope('while', g), { dstScope: 'w', srcScope: '' });
    return [text, view(v)];
  },
  replace: (_, a, b, c, _d, e, f) => {
    const z = tf.ones([2], { name: 'z' });
    const r = ge.graphReplace(e, new Map([[a, z]])) as tf.Tensor;
    const s = ge.graphReplace([e, b], new Map([[c, z]]), { dstScope: 's' }) as tf.Tensor[];
    const t = ge.graphReplace(f, new Map([[b, z]]), { dstScope: 't' }) as tf.Tensor;
    return [r.name, names(s), t.name];
  },
  reroute: (_, a, b, c, d) => [ge.rerouteTs([a], [c]), ge.rerouteTs(b, a, { canModify: [c.op] }), ge.rerouteTs(d, a, { cannotModify: [d.op] })],
  swap: (_, a, b, c, _d, e) => [ge.swapTs([a], [b]), ge.swapTs([c, c], [e, e])],
  swap_ios: (_, a, b, c) => {
    const p = tf.nameScope('q', () => tf.subtract(b, a, 'p'));
    tf.identity(p, { name: 'user' });
    return ge.swapIos(ge.sgv(c.op).remapOutputs([0]), ge.sgv(p.op)).map(view);
  },
  reroute_ios: (_, a, b, c) => {
    const p = tf.subtract(b, a, 'p');
    tf.identity(p, { name: 'user' });
    return ge.rerouteIos(ge.sgv(c.op), ge.sgv(p.op)).map(view);
  },
  swap_inputs: (_, _a, b, _c, d, e, f) => {
    const p = tf.subtract(b, b, 'p');
    return [...ge.swapInputs(ge.sgv(e.op), ge.sgv(f.op)), ...ge.rerouteOutputs(ge.sgv(p.op), ge.sgv(d.op))].map(view);
  },
  detach: (g, _a, _b, c, d) => {
    const [v, i, o] = ge.detach(ge.sgv(c.op, d.op), { controlIos: new ge.ControlOutputs(g) });
    return [view(v as InstanceType<typeof ge.SubGraphView>), names(i), names(o)];
  },
  detach_inputs: (_, _a, _b, c, d, _e, f) => {
    const [v, i] = ge.detachInputs(ge.sgv(f.op), { controlInputs: true });
    const [w, o] = ge.detachOutputs(ge.sgv(c.op, d.op));
    return [view(v), names(i), view(w), names(o)];
  },
  connect: (_, _a, _b, c, d, _e, f) => {
    const x = tf.placeholder(tf.float32, [2], 'x');
    const y = tf.exp(x, 'y');
    return [...ge.connect(ge.sgv(c.op).remapOutputs([0]), ge.sgv(y.op)), ...ge.connect(ge.sgv(d.op), ge.sgv(f.op), { disconnectFirst: true })].map(view);
  },
  bypass: (_, _a, _b, _c, d) => {
    const [v, i] = ge.bypass(ge.sgv(d.op).remapInputs([0]));
    return [view(v), names(i)];
  },
  controls: (g, a, _b, c, d, e, f) => {
    ge.addControlInputs(e.op, [f.op, a.op]);
    ge.removeControlInputs(f.op, c.op);
    ge.detachControlInputs(ge.sgv(e.op));
    ge.addControlInputs(d.op, f.op);
    ge.detachControlOutputs(ge.sgv(f.op), new ge.ControlOutputs(g));
    return null;
  },
  placeholders: (_, _a, _b, c, d) => {
    const p = ge.ph(tf.float32);
    const q = ge.ph(tf.int32, [3], { scope: 'k' });
    const r = ge.makePlaceholderFromTensor(c);
    const s = ge.makePlaceholderFromTensor(r, { scope: '' });
    return [p.name, q.name, r.name, s.name, ge.placeholderName(d), ge.placeholderName(d, { scope: 'u' }), ge.placeholderName()];
  },
  errors: (g, a, b, c, d, e, f) => {
    const i = tf.placeholder(tf.int32, [2], 'i');
    const w = tf.placeholder(tf.float32, [3], 'wide');
    const o = new tf.Graph().asDefault(() => tf.constant(1, { name: 'other', dtype: tf.float32 }));
    const attempts: (() => unknown)[] = [
      () => ge.selectOps('x'), () => ge.selectOps(a.op, { foo: 1 } as object), () => ge.rerouteTs([a], [a, b]), () => ge.rerouteTs(a, i), () => ge.rerouteTs(a, w),
      () => ge.sgv(c.op).remapInputs([5]), () => ge.sgv(c.op).remapInputs([0, 0]), () => ge.sgv(c.op).findOpByName('zz'), () => ge.connect(ge.sgv(c.op), ge.sgv(o.op)),
      () => ge.getWithinBoundaryOps(g, d.op, [d.op]), () => ge.removeControlInputs(e.op, c.op), () => ge.addControlInputs(f.op, c.op), () => ge.graphReplace(e, new Map([[i, i]])),
      () => ge.copy(ge.sgv(c.op), { dstScope: 'm', srcScope: 'nope' }), () => ge.copy(ge.sgv(d.op), { dstScope: 'n', srcScope: 'foo' }), () => ge.makeListOfOp(g, { allowGraph: false }),
      () => ge.checkCios({ controlOutputs: new ge.ControlOutputs(g), controlIos: new ge.ControlOutputs(g) }),
    ];
    return attempts.map((f0) => {
      try { f0(); } catch (x) {
        if (x instanceof tf.errors.TfError) return [x.name, x.text];
        throw x;
      }
      return null;
    });
  },
};

test('every scenario is restated', () => { expect(Object.keys(scenarios).sort()).toEqual(Object.keys(cases).sort()); });
test.each(Object.entries(scenarios))('%s', (name, scenario) => {
  const g = new tf.Graph();
  const want = cases[name]!;
  expect(g.asDefault(() => scenario(g, ...base()))).toEqual(want.result);
  expect(g.asGraphDef().node.map((n) => [n.name, n.op, [...n.input], n.device])).toEqual(want.graph);
  expect(Object.fromEntries(g.collections.keys().filter((k) => want.collections[k] || g.getCollection(k).length > 0).sort().map((k) => [k, names(g.getCollection(k) as Named[])]))).toEqual(want.collections);
});
