// import_graph_def against what real TensorFlow did (test/golden/graph_def: make.py and make_imports.py).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import type { NodeDef } from '../../src/graph/node_def.ts';
import { cases, type GraphState, type ImportCase } from '../graph/goldens.ts';

const P = 'node { name: "p" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } } ';
const parse = (text: string): ReturnType<typeof tf.graphDefFromText> => tf.graphDefFromText(text);
const classOf = (n: { attr: Readonly<Record<string, { kind: string; value: unknown } | undefined>> }): unknown => { const c = n.attr['_class']; return c?.kind === 'list' ? (c.value as { s?: string[] }).s ?? [] : []; };
const nodes = (g: tf.Graph): unknown[] => g.asGraphDef().node.map((n) => ({ name: n.name, op: n.op, input: [...n.input], device: n.device, class: classOf(n) }));
const error = (e: unknown): { class: string; message: string } => {
  if (!(e instanceof tf.errors.TfError)) throw e;
  return { class: e.name, message: clean(e.text) };
};
/** Where TF names its machine, we name ourselves. */
const clean = (text: string): string => text.replace(/in binary running on \S+\. /, 'in binary running on HOST. ').replace(/ Note that if you are loading[\s\S]*$/, '');
const state = (g: tf.Graph): object => ({ nodes: nodes(g), last_id: g.lastId, names: Object.fromEntries(g.namesInUse), producer: g.versions.producer });

function run(c: ImportCase): { result?: unknown; shapes?: unknown; error?: unknown; state: object } {
  const g = new tf.Graph();
  try {
    const o = c.options;
    const map = o.input_map && new Map(Object.entries(o.input_map));
    const r = g.asDefault(() => tf.importGraphDef(parse(c.text), { ...(o.name === undefined ? {} : { name: o.name }), inputMap: map ?? null, returnElements: o.return_elements ?? null }));
    return { result: r && r.map((x) => x.name), shapes: r && r.map((x) => (x instanceof tf.Tensor ? String(x.shape) : null)), state: state(g) };
  } catch (e) { return { error: error(e), state: state(g) }; }
}

describe('recorded imports', () => {
  test.each(cases.import.map((c, i) => [i, c.error ? c.error.message.slice(0, 60) : 'ok', c] as const))('%i: %s', (_, _text, c) => {
    const have = run(c);
    expect(have.error).toEqual(c.error && { class: c.error.class, message: clean(c.error.message) });
    if (c.error) return;
    expect(have.result ?? null).toEqual(c.result ?? null);
    expect(have.shapes ?? null).toEqual(c.shapes ?? null);
    const { nodes: n, last_id, names, producer } = c as GraphState;
    expect(have.state).toEqual({ nodes: n, last_id, names, producer });
  });
  test('under every kind of scope', () => {
    const g = new tf.Graph();
    const A = cases.scoped.text;
    g.asDefault(() => {
      const a = tf.noOp('a');
      tf.importGraphDef(parse(A), { name: '' });
      tf.importGraphDef(parse(A), { name: '' });
      tf.nameScope('s', () => tf.controlDependencies([a], () => tf.device('/gpu:1', () => tf.importGraphDef(parse(A), { name: 'x' }))));
      tf.importGraphDef(parse(A));
      tf.importGraphDef(parse(A));
      tf.importGraphDef(parse(A), { name: 'import/' });
      tf.nameScope('t', () => tf.importGraphDef(parse(A), { name: '' }));
    });
    const { nodes: n, last_id, names, producer } = cases.scoped;
    expect(state(g)).toEqual({ nodes: n, last_id, names, producer });
  });
});

interface More { label: string; result?: string[] | null; error?: { class: string; message: string }; nodes: [string, string, string[], string, string[]][]; functions: [string, string][]; last_id: number; min_consumer: number }
const more = JSON.parse(readFileSync(new URL('../golden/graph_def/imports.json', import.meta.url), 'utf8')) as More[];

const N = (extra: string): string => `node { name: "n" op: "Neg" input: "p" attr { key: "T" value { type: DT_FLOAT } } ${extra} } `;
const Z = (n: number): string => `attr { key: "zz" value { i: ${n} } }`;
const producerOpList = { op: [{ name: 'Neg', inputArg: [], outputArg: [], attr: [{ name: 'T', type: 'type' }, { name: 'zz', type: 'int', default: { kind: 'i' as const, value: 3 } }] }] };
const F = (op: string): string => `library { function { signature { name: "F" input_arg { name: "x" type: DT_FLOAT } output_arg { name: "y" type: DT_FLOAT } } node_def { name: "y" op: "${op}" input: "x" attr { key: "T" value { type: DT_FLOAT } } } ret { key: "y" value: "y:y:0" } } }`;
const C = 'node { name: "c" op: "F" input: "p" }';
const W = 'node { name: "n" op: "Neg" input: "p" input: "^w" attr { key: "T" value { type: DT_FLOAT } } } ';
const REMOVED = `node { name: "b" op: "BatchNormWithGlobalNormalization" ${'input: "p" '.repeat(5)}attr { key: "T" value { type: DT_FLOAT } } attr { key: "variance_epsilon" value { f: 1 } } attr { key: "scale_after_normalization" value { b: true } } }`;
const D = (device: string): string => `node { name: "d" op: "Neg" input: "p" device: "${device}" attr { key: "T" value { type: DT_FLOAT } } } `;
const imp = (text: string, o: Parameters<typeof tf.importGraphDef>[1] | object = {}): ReturnType<typeof tf.importGraphDef> => tf.importGraphDef(parse(text), o as object);
const one = (): tf.Tensor => tf.constant(1, { name: 'x', dtype: tf.float32 });

const restated: Record<string, () => unknown> = {
  producer_default: () => imp(P + N(Z(3)), { producerOpList }),
  producer_other: () => imp(P + N(Z(4)), { producerOpList }),
  control_map: () => { tf.noOp('q'); imp(`${P}${W}node { name: "w" op: "NoOp" }`, { inputMap: new Map([['^w', one()]]) }); },
  control_map_op: () => { const q = tf.noOp('q'); imp(`${P}${W}node { name: "w" op: "NoOp" }`, { inputMap: new Map([['^w', q]]) }); },
  control_map_missing: () => { const x = one(); imp(P + W, { inputMap: new Map([['^w', x], ['p', x]]) }); },
  control_map_unused: () => imp(P + N(''), { inputMap: new Map([['^w', one()]]) }),
  device_scopes: () => tf.device('/job:a/gpu:1', () => tf.device('/cpu:0', () => imp(P + D('/job:w/task:3')))),
  library: () => { imp(P + C + F('Neg')); imp(P + C + F('Neg')); },
  library_conflict: () => { imp(P + C + F('Neg')); imp(P + C + F('Exp')); },
  library_unknown: () => imp(P + C),
  names_taken: () => { tf.noOp('p'); tf.noOp('N'); imp(P + N(''), { name: '' }); tf.noOp('p'); imp(P + N(''), { name: '' }); },
  prefix_taken: () => { tf.noOp('import/p'); imp(P, { name: 'import' }); imp(P, { name: 'x/y' }); imp(P, { name: 'x/y/' }); tf.nameScope('x', () => imp(P, { name: 'y' })); },
  colocated_outside: () => { tf.noOp('o'); imp(P + N('attr { key: "_class" value { list { s: "loc:@o" } } }'), { name: '' }); },
  return_mapped: () => imp(P + N(''), { inputMap: new Map([['p', one()]]), returnElements: ['n:0', 'p:0'] }),
  removed_op: () => imp(`versions { producer: 20 } ${P}${REMOVED}`),
  removed_op_old: () => imp(`versions { producer: 8 } ${P}${REMOVED}`),
  old_bad_consumers: () => imp(`versions { producer: 5 min_consumer: 3 bad_consumers: 7 } ${P}`),
  return_elements_type: () => imp(P, { returnElements: [3] }),
  input_map_type: () => imp(P, { inputMap: 3 }),
  empty: () => imp('', { returnElements: [] }),
};
/** Refused after the nodes were made: TF leaves them there, we do not. */
const CLEAN = new Set(['control_map_unused', 'library_conflict']);

describe('more imports', () => {
  test.each(more.filter((m) => m.label in restated).map((m) => [m.label, m] as const))('%s', (label, want) => {
    const g = new tf.Graph();
    const have: { result?: unknown; error?: unknown } = {};
    try {
      const r = g.asDefault(restated[label]!) as { name: string }[] | null | undefined;
      have.result = Array.isArray(r) ? r.map((x) => x.name) : null;
    } catch (e) { have.error = error(e); }
    expect(have.error).toEqual(want.error && { class: want.error.class, message: clean(want.error.message) });
    if ('result' in have && want.result !== null) expect(have.result).toEqual(want.result);
    if (want.error && CLEAN.has(label)) return;
    expect(nodes(g)).toEqual(want.nodes.map(([name, op, input, device, c]) => ({ name, op, input, device, class: c })));
    expect((g.library.function).map((f) => [f.signature.name, f.nodeDef[0]!.op])).toEqual(want.functions);
    expect([g.lastId, g.versions.minConsumer ?? 0]).toEqual([want.last_id, want.min_consumer]);
  });
  test('only a function of the node is not restated here (its devices)', () => {
    expect(more.map((m) => m.label).filter((l) => !(l in restated))).toEqual(['device_function']);
  });
});

test('a graph is verified without importing it', () => {
  const a = new tf.Graph().asDefault(() => { tf.add(tf.constant(1, { name: 'one' }), 2, { name: 'sum' }); return tf.getDefaultGraph().asGraphDef(); });
  expect(() => tf.verifyGraphDef(a)).not.toThrow();
  const lost = { ...a, node: a.node.filter((n) => n.name !== 'one') };
  expect(() => tf.verifyGraphDef(lost)).toThrow(/^Node 'sum': Unknown input node 'one'\n[^]*> sum = Add/);
});

test('every recorded graph imports and exports itself: nodes, attrs, devices, order', async () => {
  const { golden, programs } = await import('../graph/goldens.ts');
  for (const p of programs) {
    const def = golden(p);
    const g = new tf.Graph();
    g.asDefault(() => tf.importGraphDef(def, { name: '' }));
    // TensorFlow moves a node to the device of what it is colocated with, which it may have left by hand.
    const devices = new Map(def.node.map((n) => [n.name, n.device]));
    const place = (n: NodeDef): string => {
      const loc = n.attr['_class'];
      const first = loc?.kind === 'list' ? loc.value.s?.map(String).find((x) => x.startsWith('loc:@')) : undefined;
      return first === undefined ? n.device : devices.get(first.slice(5)) ?? n.device;
    };
    const want = { ...def, node: def.node.map((n) => ({ ...n, device: place(n) })) };
    expect(tf.equalGraphDef(g.asGraphDef(), want, { ignoreInternalAttrs: false }), p).toBe(true);
  }
});
