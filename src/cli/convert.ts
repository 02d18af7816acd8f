// tfgraph convert: a graph file in another form, whole or in part, with or without what only its makers need.
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { TfError } from '../graph/errors.ts';
import { encodeGraphDef } from '../graph/graph_def_codec.ts';
import { graphDefToJson } from '../graph/graph_def_json.ts';
import { graphDefToText } from '../graph/graph_def_text.ts';
import type { GraphDef, NodeDef } from '../graph/node_def.ts';
import { verify } from '../graph/verify.ts';
import { nearest } from '../ops/api.ts';
import { extractSubGraph } from '../ops/graph_util.ts';
import { stripDefaultAttrs } from '../ops/meta_graph.ts';
import { opTable } from '../ops/registry.ts';
import { type Command, NO, type Parsed, UsageError, YES } from './command.ts';
import { graphForm, loadGraphDef } from './load_graph.ts';

export const convert: Command = {
  name: 'convert',
  about: 'Writes a graph in another form: .pb, .pbtxt or .json, gzipped with .gz. Exit code 0: written, 1: written, but the graph is not legal.',
  positionals: ['graph', 'to'],
  options: {
    output: { type: 'string', value: 'a,b', multiple: true, about: 'only what these nodes need' },
    'strip-shapes': { type: 'boolean', about: 'without the static shapes (_output_shapes)' },
    'clear-devices': { type: 'boolean', about: 'without devices' },
    'strip-default-attrs': { type: 'boolean', about: 'without attrs that have their default' },
    json: { type: 'boolean', about: 'JSON report' },
  },
  async run(args, io) {
    const [from, to] = [args.positionals[0]!, args.positionals[1]!];
    const form = graphForm(to);
    if (!form || form === 'meta') throw new UsageError(`${to}: not a form to write`, 'end the name in .pb, .pbtxt or .json, and .gz to compress');
    const whole = await loadGraphDef(from);
    const def = changed(part(whole, args.list('output'), from), args);
    const bytes = encode(def, form, to);
    try {
      await writeFile(to, bytes);
    } catch (e) {
      throw new UsageError(`${to}: cannot be written (${(e as { code?: string }).code ?? String(e)})`);
    }
    const problems = verify(def, opTable, { allowDefaults: true });
    if (args.flag('json')) io.out(`${JSON.stringify({ from, to, nodes: def.node.length, nodesBefore: whole.node.length, bytes: bytes.length, problems }, null, 2)}\n`);
    else {
      io.out(`${to}: ${def.node.length} nodes${def.node.length === whole.node.length ? '' : ` of ${whole.node.length}`}, ${bytes.length} bytes\n`);
      for (const p of problems.slice(0, 10)) io.out(`not legal: ${p.node}: ${p.message.split('\n')[0]}\n`);
      if (problems.length > 10) io.out(`and ${problems.length - 10} more\n`);
    }
    return problems.length === 0 ? YES : NO;
  },
};

/** What the named nodes need; everything when none are named. */
function part(def: GraphDef, outputs: readonly string[], file: string): GraphDef {
  if (outputs.length === 0) return def;
  const names = def.node.map((n) => n.name);
  const known = new Set(names);
  for (const o of outputs) {
    if (known.has(o.split(':')[0]!)) continue;
    const near = nearest(o, names.slice(0, 5000));
    throw new UsageError(`${file} has no node '${o}'`, near === undefined ? `see tfgraph show ${file}` : `did you mean '${near}'?`);
  }
  const sub = extractSubGraph(def, outputs.map((o) => o.split(':')[0]!));
  return def.library ? sub : { node: sub.node, versions: sub.versions };
}

function changed(def: GraphDef, args: Parsed): GraphDef {
  const stripped = args.flag('strip-default-attrs') ? stripDefaultAttrs(def) : def;
  const [shapes, devices] = [args.flag('strip-shapes'), args.flag('clear-devices')];
  if (!shapes && !devices) return stripped;
  const node = (n: NodeDef): NodeDef => {
    const { _output_shapes: _, ...rest } = n.attr;
    return { ...n, attr: shapes ? rest : n.attr, device: devices ? '' : n.device };
  };
  const library = stripped.library && { ...stripped.library, function: stripped.library.function.map((f) => ({ ...f, nodeDef: f.nodeDef.map(node) })) };
  return { ...stripped, node: stripped.node.map(node), ...(library ? { library } : {}) };
}

function encode(def: GraphDef, form: 'pb' | 'pbtxt' | 'json', to: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = form === 'pb' ? encodeGraphDef(def) : Buffer.from(form === 'pbtxt' ? graphDefToText(def) : `${JSON.stringify(graphDefToJson(def), null, 1)}\n`);
  } catch (e) {
    throw e instanceof TfError ? new UsageError(`${to}: ${e.text}`, 'write it as .pb') : e;
  }
  return to.endsWith('.gz') ? gzipSync(bytes, { level: 9 }) : bytes;
}
