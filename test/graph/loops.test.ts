// Graphs with while loops: TensorFlow's own program of loops, nested loops and their gradients imports with the order and the
// static shapes TensorFlow gives, prints, verifies, compares and goes out again as it came; running it says that it cannot.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { decodeGraphDef, encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { identityDifference } from '../../src/graph/equal.ts';
import { ancestors, topologicalSort } from '../../src/graph/traverse.ts';
import { verify } from '../../src/graph/verify.ts';
import { opTable } from '../../src/ops/registry.ts';
import { loadGolden, tensorType } from '../golden/record.ts';

const def = decodeGraphDef(loadGolden('flow_while').graphPb);
const imported = (): tf.Graph => {
  const graph = new tf.Graph();
  graph.asDefault(() => tf.importGraphDef(def, { name: '' }));
  return graph;
};
const sorted = (d: tf.GraphDef): tf.NodeDef[] => [...d.node].sort((a, b) => (a.name < b.name ? -1 : 1));
const recorded = JSON.parse(gunzipSync(readFileSync(fileURLToPath(new URL('../golden/graph_def/flow_while.import.json.gz', import.meta.url)))).toString()) as string[][];

describe('a graph with loops', () => {
  test('has them', () => {
    const count = (op: string): number => def.node.filter((n) => n.op === op).length;
    expect(['Enter', 'Merge', 'Switch', 'NextIteration', 'Exit', 'LoopCond'].map(count).every((n) => n > 5)).toBe(true);
    expect(new Set(def.node.flatMap((n) => (n.attr['frame_name'] ? [String(n.attr['frame_name'].value)] : []))).size).toBeGreaterThan(5);
  });
  test('imports in the order and with the static shapes TensorFlow gives', () => {
    expect(imported().getOperations().map((o) => [o.name, ...o.outputs.map(tensorType)])).toEqual(recorded);
  });
  test('verifies, and is refused when the back edge does not come from a NextIteration', () => {
    expect(verify(def, opTable)).toEqual([]);
    const i = def.node.findIndex((n) => n.op === 'NextIteration');
    const broken = { ...def, node: def.node.map((n, k) => (k === i ? { ...n, op: 'Identity' } : n)) };
    expect(verify(broken, opTable).map((p) => p.message).join('\n')).toMatch(/cycle/);
  });
  test('goes out as it came in: bytes, text, import', () => {
    const again = imported().asGraphDef();
    expect(tf.equalGraphDef(def, again)).toBe(true);
    expect(identityDifference(decodeGraphDef(encodeGraphDef(again)), again)).toBeUndefined();
    expect(identityDifference(tf.graphDefFromText(tf.graphDefToText(again)), again)).toBeUndefined();
    const twice = new tf.Graph();
    twice.asDefault(() => tf.importGraphDef(again, { name: '' }));
    expect(tf.equalGraphDef(twice.asGraphDef(), again)).toBe(true);
    expect(identityDifference({ ...again, node: sorted(again) }, { ...def, node: sorted(def) })).toBeUndefined();
    expect(tf.diffGraphDef({ ...again, node: sorted(again) }, { ...def, node: sorted(def) }).empty).toBe(true);
  });
  test('imports under a prefix, with frames and colocation kept', () => {
    const graph = new tf.Graph();
    graph.asDefault(() => tf.importGraphDef(def, { name: 'p' }));
    expect(graph.getOperations().map((o) => o.name)).toEqual(recorded.map(([n]) => `p/${n}`));
    const merge = graph.getOperationByName('p/while/Merge');
    expect(merge.inputs.map((t) => t.name)).toEqual(['p/while/Enter:0', 'p/while/NextIteration:0']);
    expect(graph.getOperationByName('p/while/Enter').getAttr('frame_name')).toBe('while/while_context');
  });
  test('prints and sorts', () => {
    const text = tf.printGraphDef(def);
    expect(text).toMatch(/while\/Merge = Merge\(while\/Enter, while\/NextIteration\)/);
    const order = new Map(topologicalSort(def).map((n, i) => [n.name, i]));
    expect(order.size).toBe(def.node.length);
    expect(order.get('while/Enter')!).toBeLessThan(order.get('while/Merge')!);
    expect(ancestors(def, ['while/Exit']).has('while/NextIteration')).toBe(true);
  });
  test('a run that needs a loop says so; what lies before it runs', () => {
    const graph = imported();
    const sess = new tf.Session({ graph });
    const x: [string, unknown] = ['x:0', [1, 2]];
    expect(() => sess.runSync('while/Exit:0', [x, ['n:0', 2]] as never)).toThrow(/^Node 'while\/.*' \(op: \w+\) belongs to a while loop; sessions cannot run loops yet\./);
    expect((sess.runSync('add:0', [x] as never) as tf.NDArray).toArray()).toEqual([2, 3]);
  });
});

test('nodes imported inside a branch belong to it', () => {
  const inner = new tf.Graph();
  inner.asDefault(() => {
    const a = tf.placeholder(tf.float32, [], { name: 'a' });
    tf.identity(a.mul(tf.constant(2., { name: 'two' })), { name: 'r' });
  });
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const p = tf.placeholder(tf.bool, [], { name: 'p' });
    const x = tf.placeholder(tf.float32, [], { name: 'x' });
    const r = tf.cond(p, () => tf.importGraphDef(inner.asGraphDef(), { name: 'in', inputMap: { 'a:0': x }, returnElements: ['r:0'] })![0] as tf.Tensor, () => x);
    expect(graph.getOperations().filter((o) => o.name.includes('in/')).map((o) => [o.name, o.nodeDef.input])).toEqual([
      ['cond/in/a', ['^cond/switch_t']], ['cond/in/two', ['^cond/switch_t']], ['cond/in/mul', ['cond/Switch_1:1', 'cond/in/two']], ['cond/in/r', ['cond/in/mul']],
    ]);
    expect(graph.getOperationByName('cond/Switch_1').nodeDef.input).toEqual(['x', 'cond/pred_id']);
    expect(graph.getOperations().map((o) => o.name).slice(-3)).toEqual(['cond/Switch_1', 'cond/Switch_2', 'cond/Merge']);
    const sess = new tf.Session({ graph });
    expect([true, false].map((b) => sess.runSync(r, [[p, b], [x, 3]]))).toEqual([6, 3]);
  });
});
