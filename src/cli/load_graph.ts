// Graphs from files: GraphDef as binary protobuf, text or JSON, meta graphs, gzipped or not, and modules that build one. Every mistake in a
// file becomes one line that names the file, the place and the remedy.
import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { TfError } from '../graph/errors.ts';
import { getDefaultGraph, Graph } from '../graph/graph.ts';
import { decodeGraphDef } from '../graph/graph_def_codec.ts';
import { graphDefFromJson } from '../graph/graph_def_json.ts';
import { graphDefFromText } from '../graph/graph_def_text.ts';
import { importGraphDef } from '../graph/importer.ts';
import { decodeMetaGraphDef } from '../graph/meta_graph_codec.ts';
import type { GraphDef } from '../graph/node_def.ts';
import { inferShapes } from '../ops/op_def_library.ts';
import { opTable } from '../ops/registry.ts';
import { UsageError } from './command.ts';

export const FORMS = '.pb, .pbtxt, .json, .meta (also .gz), or a module .js, .mjs, .ts that exports build()';
const MODULES = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts']);
/** Bytes a .gz file may unpack to. */
const MAX_UNPACKED = 2 ** 31 - 1;

/** Reads a graph as a GraphDef. Throws UsageError. */
export async function loadGraphDef(path: string): Promise<GraphDef> {
  if (MODULES.has(extname(path))) return (await loadGraph(path)).asGraphDef();
  return decode(path, await readBytes(path));
}

/** Reads a graph into a Graph; those of modules keep their creation sites and collections. Throws UsageError. */
export async function loadGraph(path: string): Promise<Graph> {
  if (MODULES.has(extname(path))) return buildModule(path);
  const def = decode(path, await readBytes(path));
  await import('../index.ts'); // shape functions and gradients of all ops
  const graph = new Graph();
  try {
    importGraphDef(graph, def, { name: '' }, { opTable, inferShapes });
  } catch (e) {
    throw inFile(path, e, 'the graph can be read but not imported');
  }
  return graph;
}

async function readBytes(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    if ((await stat(path)).isDirectory()) throw new UsageError(`${path} is a directory`, `give a graph file: ${FORMS}`);
    bytes = await readFile(path);
  } catch (e) {
    if (e instanceof UsageError) throw e;
    const code = (e as { code?: string }).code;
    throw new UsageError(code === 'ENOENT' ? `${path}: no such file` : `${path}: cannot be read (${code ?? String(e)})`, `give a graph file: ${FORMS}`);
  }
  if (!path.endsWith('.gz')) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED });
  } catch (e) {
    throw new UsageError(`${path}: damaged or truncated gzip data (${(e as Error).message})`, 'fetch or write the file again');
  }
}

function decode(path: string, bytes: Uint8Array): GraphDef {
  const form = graphForm(path);
  if (!form) throw new UsageError(`${path}: not a known kind of graph file`, `known: ${FORMS}`);
  let def: GraphDef;
  try {
    def = read(form, path, bytes);
  } catch (e) {
    throw inFile(path, e, 'fetch or write the file again');
  }
  if (def.node.length === 0) throw new UsageError(`${path}: holds no graph nodes`, `is it a GraphDef? (${bytes.length} bytes; a SavedModel or checkpoint is another kind of file)`);
  return def;
}

/** Kinds of graph files: bytes, text, JSON (TensorFlow.js models included), meta graphs. */
export type GraphForm = 'pb' | 'pbtxt' | 'json' | 'meta';
/** By the end of the name, .gz aside; undefined for another kind of file. */
export function graphForm(path: string): GraphForm | undefined {
  const end = extname(path.replace(/\.gz$/, '')).slice(1);
  return end === 'prototxt' ? 'pbtxt' : (['pb', 'pbtxt', 'json', 'meta'] as const).find((f) => f === end);
}

function read(form: GraphForm, path: string, bytes: Uint8Array): GraphDef {
  switch (form) {
    case 'pb': return decodeGraphDef(bytes);
    case 'pbtxt': return graphDefFromText(utf8(path, bytes));
    // A TensorFlow.js model leaves its weights out: zeros of their size take their place.
    case 'json': return graphDefFromJson(utf8(path, bytes), { maxBytes: MAX_UNPACKED });
    case 'meta': return decodeMetaGraphDef(bytes).graphDef ?? { node: [], versions: { producer: 0 } };
  }
}

function utf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path}: not UTF-8 text`, 'binary GraphDefs end in .pb');
  }
}

/** An error of the library as one about a file. */
function inFile(path: string, e: unknown, remedy: string): unknown {
  return e instanceof UsageError || !(e instanceof TfError) ? e : new UsageError(`${path}: ${e.text.trim()}`, e.detail.remedy ?? remedy);
}

async function buildModule(path: string): Promise<Graph> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new UsageError(`${path}: no such file`, `give a graph file: ${FORMS}`);
  const graph = new Graph();
  const before = getDefaultGraph().size;
  let m: Record<string, unknown>;
  try {
    m = await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href) as Record<string, unknown>;
  } catch (e) {
    if ((e as { code?: string }).code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new UsageError(`${path}: this Node (${process.version}) does not run TypeScript`, 'compile it to .js, or use Node 22.18 or newer');
    }
    throw new UsageError(`${path}: ${firstLine(e)}`, 'the module must load: run it with node to see where it fails');
  }
  const entry = m['build'] ?? m['default'] ?? m['graph'];
  if (entry instanceof Graph) return entry;
  if (typeof entry === 'function') {
    let result: unknown;
    try {
      result = await graph.asDefault(async () => await (entry as (g: Graph) => unknown)(graph));
    } catch (e) {
      throw new UsageError(`${path}: ${firstLine(e)}${e instanceof TfError && e.detail.site !== undefined ? ` (created at ${e.detail.site})` : ''}`, e instanceof TfError ? e.detail.remedy : undefined);
    }
    const built = result instanceof Graph ? result : graph;
    if (built.size > 0) return built;
    throw new UsageError(`${path}: build() made no nodes in the default graph`, 'build the graph inside build(), with the tfgraph that this command belongs to');
  }
  if (getDefaultGraph().size > before) return getDefaultGraph();
  throw new UsageError(`${path}: exports no build function and no graph`, 'export function build() { ... } that makes the nodes, or export default a tf.Graph');
}

function firstLine(e: unknown): string { return (e instanceof TfError ? e.text : e instanceof Error ? e.message : String(e)).split('\n')[0]!; }
