// Meta graphs exported from and imported into graphs, against what real TensorFlow made of the same program
// (test/golden/meta_graph/make.py, function `small`).
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { decodeCondContextDef, decodeMetaGraphDef, encodeMetaGraphDef, metaGraphDefToText } from '../../src/graph/meta_graph_codec.ts';
import type { MetaGraphDef } from '../../src/graph/meta_graph_messages.ts';
import { CondContext } from '../../src/ops/cond.ts';
import { type ExportOptions, exportScopedMetaGraph, importScopedMetaGraph } from '../../src/ops/meta_graph.ts';
import { renameContext } from '../../src/ops/proto_functions.ts';

const file = (name: string): Uint8Array => new Uint8Array(gunzipSync(readFileSync(new URL(`../golden/meta_graph/${name}.gz`, import.meta.url))));
const ones = (...shape: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1));

function small(): void {
  const x = tf.nameScope('a', () => tf.device('/gpu:1', () => tf.placeholder(tf.float32, [null, 3], { name: 'x' })));
  const w = tf.getVariable('a/w', { initializer: ones(3, 2) });
  const r = tf.getVariable('a/r', { initializer: ones(2), useResource: true, trainable: false });
  tf.nameScope('b', () => {
    const y = tf.nn.relu(tf.matmul(x, w), { name: 'y' });
    const z = tf.controlDependencies([x.op], () => tf.colocateWith(y, () => tf.add(y, r, { name: 'z' })));
    tf.cond(tf.constant(true, { name: 'p' }), () => z.add(1), () => z);
    const items: [string, unknown][] = [['outputs', z], ['outputs', y], ['ops', y.op], ['numbers', 3], ['numbers', 4], ['words', 'hi'], ['floats', 1.5], ['mixed', 1], ['mixed', 'x']];
    for (const [k, v] of items) tf.addToCollection(k, v);
  });
}
const graph = new tf.Graph();
graph.asDefault(small);

/** Contexts compared as values: TensorFlow writes their maps in any order. */
function split(m: MetaGraphDef): { text: string; contexts: unknown[] } {
  const { cond_context: c, ...rest } = m.collectionDef ?? {};
  const contexts = (c?.bytesList?.value ?? []).map((b) => renameContext(decodeCondContextDef(b), (n) => n));
  return { text: metaGraphDefToText({ ...m, collectionDef: rest }), contexts };
}

describe('export', () => {
  const cases: [string, ExportOptions][] = [
    ['plain', {}], ['devices', { clearDevices: true }], ['stripped', { stripDefaultAttrs: true }], ['list', { collectionList: ['outputs', 'nothing'] }],
    ['scope_a', { exportScope: 'a' }], ['scope_b', { exportScope: 'b', clearDevices: true }],
  ];
  test.each(cases)('%s', (name, options) => {
    const have = split(tf.train.exportMetaGraph({ ...options, graph }));
    const want = split(decodeMetaGraphDef(file(`${name}.pb`)));
    expect(have.text).toBe(want.text);
    expect(have.contexts).toEqual(want.contexts);
  });
  test('to a file, as bytes and as text, and from it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tfgraph-meta-'));
    const fresh = new tf.Graph();
    fresh.asDefault(small);
    for (const asText of [false, true]) {
      const path = join(dir, 'sub', `m${asText}.meta`);
      const m = tf.train.exportMetaGraph(path, { graph: fresh, asText });
      expect(existsSync(path)).toBe(true);
      const g = new tf.Graph();
      expect(g.asDefault(() => tf.train.importMetaGraph(path))).toBeNull();
      const again = tf.train.exportMetaGraph({ graph: g });
      expect(tf.equalGraphDef(again.graphDef!, m.graphDef!, { ignoreInternalAttrs: false })).toBe(true);
      expect(Object.keys(again.collectionDef!).sort()).toEqual(Object.keys(m.collectionDef!).sort());
    }
    expect(() => tf.train.importMetaGraph(join(dir, 'none'))).toThrow(/File .*none does not exist\./);
  });
  test('savers other than the given one can be left out', () => {
    const node = ['save', 'sh'].flatMap((s) => [{ name: `${s}/Const`, op: 'Const', input: [], device: '', attr: {} }, { name: `${s}/SaveV2`, op: 'SaveV2', input: [`${s}/Const`], device: '', attr: {} }]);
    const saverDef = { saveTensorName: 'save/SaveV2:0', restoreOpName: 'save/restore_all', filenameTensorName: 'save/Const:0' };
    const m = exportScopedMetaGraph({ graph: new tf.Graph(), graphDef: { node, versions: { producer: 134 } }, saverDef, clearExtraneousSavers: true }).metaGraphDef;
    expect(m.graphDef!.node.map((n) => n.name)).toEqual(['save/Const', 'save/SaveV2']);
    expect(m.saverDef).toEqual(saverDef);
  });
  test('an op nobody knows', () => {
    expect(() => exportScopedMetaGraph({ graph: new tf.Graph(), graphDef: { node: [{ name: 'a', op: 'Foo', input: [], device: '', attr: {} }], versions: { producer: 1 } } })).toThrow('Op Foo is used by the graph, but is not registered');
  });
});

interface Recorded {
  label: string; meta: string; options: { import_scope?: string; clear_devices?: boolean; input_map?: number };
  vars?: Record<string, string>; again?: string[]; error?: { class: string; message: string };
  ops: [string, string, string[], string][]; names: Record<string, number>; last_id: number; collections: Record<string, unknown[]>;
}
const recorded = JSON.parse(new TextDecoder().decode(file('imports.json'))) as Recorded[];

describe('import', () => {
  test.each(recorded.map((r) => [r.label, r] as const))('%s', (_, want) => {
    const g = new tf.Graph();
    const inputs = g.asDefault(() => {
      const x = tf.placeholder(tf.float32, [5, 3], { name: 'a/x' });
      const w = tf.placeholder(tf.float32, [3, 2], { name: 'w' });
      const h = tf.getVariable('h', { initializer: ones(2), useResource: true });
      return [['$unbound_inputs_a/x', x], ['$unbound_inputs_a/w/read', w], ['$unbound_inputs_a/r', h.ref()]] as [string, tf.Tensor][];
    });
    let error: unknown;
    try {
      const o = want.options;
      const r = importScopedMetaGraph(decodeMetaGraphDef(file(`${want.meta}.pb`)), {
        graph: g, ...(o.import_scope === undefined ? {} : { importScope: o.import_scope }), ...(o.clear_devices ? { clearDevices: true } : {}),
        ...(o.input_map === undefined ? {} : { inputMap: new Map(inputs.slice(0, o.input_map)) }),
      });
      expect(Object.fromEntries([...r.variables].map(([k, v]) => [k, v.name]))).toEqual(want.vars);
    } catch (e) {
      if (!(e instanceof tf.errors.TfError)) throw e;
      error = { class: e.name, message: e.text };
    }
    expect(error).toEqual(want.error);
    expect(g.getOperations().map((o) => [o.name, o.type, [...o.nodeDef.input], o.device])).toEqual(want.ops);
    expect(g.lastId).toBe(want.last_id);
    expect(Object.fromEntries(g.namesInUse)).toEqual(want.names);
    const show = (v: unknown): unknown => (typeof v === 'object' && v !== null && 'name' in v ? v.name : v);
    const text = (v: unknown): unknown => (typeof v === 'string' ? v.replace(/^b'(.*)'$/, '$1') : v);
    const own = Object.fromEntries(g.collections.keys().filter((k) => !k.startsWith('__')).map((k) => [k, g.getCollection(k).map(show)]));
    const theirs = Object.fromEntries(Object.entries(want.collections).map(([k, v]) => [k, v.map(text)]));
    expect(own).toEqual(theirs);
    if (want.again) expect(Object.keys(tf.train.exportMetaGraph({ graph: g }).collectionDef!).sort()).toEqual(want.again);
  });

  test('imported variables work, each one object in all collections', async () => {
    const g = new tf.Graph();
    const { variables, returned } = importScopedMetaGraph(decodeMetaGraphDef(file('plain.pb')), { graph: g, importScope: 's', returnElements: ['b/z:0', 'b/y'] });
    expect(returned!.map((e) => e.name)).toEqual(['s/b/z:0', 's/b/y']);
    expect(g.getCollection('trainable_variables')[0]).toBe(variables.get('a/w:0'));
    expect(g.getCollection('variables')).toEqual([...variables.values()]);
    const sess = new tf.Session({ graph: g, engine: 'reference' });
    await sess.run(g.asDefault(() => tf.globalVariablesInitializer()));
    const z = await sess.run('s/b/z:0', { 's/a/x:0': [[1, 2, 3]] }) as tf.NDArray;
    expect(z.toArray()).toEqual([[7, 7]]);
    const w = variables.get('a/w:0')!;
    await sess.run(g.asDefault(() => w.assign([[0, 0], [0, 0], [0, 0]])) as tf.Tensor);
    expect((await sess.run(w) as tf.NDArray).toArray()).toEqual([[0, 0], [0, 0], [0, 0]]);
    expect(w.trainable).toBe(true);
    expect(variables.get('a/r:0')!.trainable).toBe(false);
    sess.close();
  });
  test('conditionals are contexts again: gradients go through them', () => {
    const g = new tf.Graph();
    importScopedMetaGraph(decodeMetaGraphDef(file('plain.pb')), { graph: g });
    const contexts = g.getCollection('cond_context') as CondContext[];
    expect(contexts.map((c) => [c.constructor, c.branch])).toEqual([[CondContext, 1], [CondContext, 0]]);
    expect(g.getOperationByName('b/cond/add').controlFlowContext).toBe(contexts[0]);
    const [d] = g.asDefault(() => tf.gradients(g.getTensorByName('b/cond/Merge:0'), g.getTensorByName('b/y:0')));
    expect(d).not.toBeNull();
  });
  test('parts of variables, nested contexts and loops go through unchanged', () => {
    const m = decodeMetaGraphDef(file('all.pb'));
    const g = new tf.Graph();
    importScopedMetaGraph(m, { graph: g });
    const parts = (g.getCollection('variables') as tf.Variable[]).filter((v) => v.saveSliceInfo !== null);
    expect(parts.map((v) => v.saveSliceInfo!.spec)).toEqual(['4 2 0,2:0,2', '4 2 2,2:0,2']);
    const again = tf.train.exportMetaGraph({ graph: g });
    expect(again.collectionDef!['variables']).toEqual(m.collectionDef!['variables']);
    expect(tf.equalGraphDef(again.graphDef!, m.graphDef!, { ignoreInternalAttrs: false })).toBe(true);
    expect(Object.keys(again.collectionDef!).sort()).toEqual(Object.keys(m.collectionDef!).sort());
    const g2 = new tf.Graph();
    importScopedMetaGraph(decodeMetaGraphDef(encodeMetaGraphDef(again)), { graph: g2, importScope: 's' });
    expect(g2.getCollection('while_context')).toMatchObject([{ contextName: 's/while/while_context', loopExitNames: ['s/while/Exit:0', 's/while/Exit_1:0'] }]);
  });
  test('a meta graph alone is an argument, not options', () => {
    const g = new tf.Graph();
    g.asDefault(() => tf.train.importMetaGraph(decodeMetaGraphDef(file('plain.pb'))));
    expect(g.find('b/z')).toBeDefined();
    g.asDefault(() => tf.train.importMetaGraph({ metaGraphOrFile: decodeMetaGraphDef(file('plain.pb')), importScope: 's' }));
    expect(g.find('s/b/z')).toBeDefined();
  });
  test('which collections to restore', () => {
    const g = new tf.Graph();
    importScopedMetaGraph(decodeMetaGraphDef(file('plain.pb')), { graph: g, restoreCollectionsPredicate: (k) => k === 'numbers' });
    expect(g.collections.keys()).toEqual(['numbers']);
  });
});
