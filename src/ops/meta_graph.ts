// `tf.train.export_meta_graph` and `import_meta_graph`: a graph with its collections as a MetaGraphDef, and back, also
// for one name scope. Savers are not here: a SaverDef is kept as data. Follows python/framework/meta_graph.py (1.15).
import { attrEqual } from '../graph/attr_equal.ts';
import { NotImplementedError, ValueError } from '../graph/errors.ts';
import { GraphKeys } from '../graph/collections.ts';
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import type { ImportOptions } from '../graph/importer.ts';
import { decodeMetaGraphDef, encodeMetaGraphDef, metaGraphDefFromText, metaGraphDefToText } from '../graph/meta_graph_codec.ts';
import type { CollectionDef, MetaGraphDef, MetaInfoDef, SaverDef } from '../graph/meta_graph_messages.ts';
import { attr, type AttrValue, type GraphDef, type NodeDef, type OpDef } from '../graph/node_def.ts';
import { encodeUtf8, decodeUtf8 } from '../graph/ndarray.ts';
import { prependNameScope, stripNameScope } from '../graph/scope_names.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { importGraphDef } from './importer.ts';
import { protoFunctions, VARIABLE_COLLECTIONS } from './proto_functions.ts';
import { opDef } from './registry.ts';
import { extraneousSaverNodes } from './saver_nodes.ts';
import type { Variable } from './variables.ts';

/** What we say wrote the file: the TensorFlow whose graphs ours equal. */
const VERSION: MetaInfoDef = { tensorflowVersion: '1.15.5', tensorflowGitVersion: 'v1.15.4-39-g3db52be' };
const UNBOUND = '$unbound_inputs_';

/** Keyword arguments of `tf.train.export_meta_graph`. */
export interface ExportOptions {
  /** Where to write it, if anywhere. */
  readonly filename?: string | null;
  readonly metaInfoDef?: MetaInfoDef | null;
  /** A GraphDebugInfo beside the file: not there. */
  readonly saveDebugInfo?: boolean | null;
  readonly graphDef?: GraphDef | null;
  readonly saverDef?: SaverDef | null;
  /** Names of the collections to keep; default all. */
  readonly collectionList?: readonly string[] | null;
  /** Write text instead of bytes. */
  readonly asText?: boolean;
  readonly graph?: Graph | null;
  /** Only the nodes of this name scope, with its name taken away. */
  readonly exportScope?: string | null;
  readonly clearDevices?: boolean;
  /** Leave out the nodes of savers other than `saverDef`'s. */
  readonly clearExtraneousSavers?: boolean;
  /** Leave out attrs that have their default. */
  readonly stripDefaultAttrs?: boolean;
}

/** `tf.train.export_meta_graph`: a MetaGraphDef of the default graph (or `graph`), with its collections.
 * Errors: NotImplementedError for `filename` where there are no files; ValueError for ops that TensorFlow does not know. */
export const exportMetaGraph = api('exportMetaGraph',
  ['filename', 'metaInfoDef', 'graphDef', 'saverDef', 'collectionList', 'asText', 'graph', 'exportScope', 'clearDevices', 'clearExtraneousSavers', 'stripDefaultAttrs', 'saveDebugInfo'],
  (p: ExportOptions): MetaGraphDef => exportScopedMetaGraph(p).metaGraphDef);

/** `meta_graph.export_scoped_meta_graph`: also the variables of the scope, by their names in it. */
export function exportScopedMetaGraph(p: ExportOptions & { readonly unboundInputsColName?: string | null } = {}): { metaGraphDef: MetaGraphDef; variables: Map<string, Variable> } {
  if (p.saveDebugInfo) throw new NotImplementedError('A GraphDebugInfo file cannot be written.', { remedy: 'leave saveDebugInfo out' });
  const graph = p.graph ?? getDefaultGraph();
  const scope = p.exportScope ?? null;
  let def = p.graphDef ?? undefined;
  let exclude: ReadonlySet<string> = new Set();
  if (scope || p.clearExtraneousSavers || p.clearDevices) {
    const unbound: string[] = [];
    const whole = def ?? withShapes(graph);
    if (p.clearExtraneousSavers) exclude = extraneousSaverNodes(whole, p.saverDef ?? undefined);
    def = { ...whole, node: whole.node.filter((n) => included(n.name, scope, exclude)).map((n) => scopedNode(n, scope, unbound, p.clearDevices === true)) };
    const key = p.unboundInputsColName === undefined ? 'unbound_inputs' : p.unboundInputsColName;
    if (key !== null) {
      graph.collections.clear(key);
      for (const u of unbound) graph.addToCollection(key, u);
    }
  }
  const variables = new Map((graph.getCollection(GraphKeys.GLOBAL_VARIABLES, scope) as Variable[]).filter((v) => included(v.name, scope, exclude)).map((v) => [stripNameScope(v.name, scope), v]));
  const metaGraphDef = createMetaGraphDef(p, graph, def ?? withShapes(graph), exclude);
  if (p.filename !== undefined && p.filename !== null) write(p.filename, p.asText === true ? metaGraphDefToText(metaGraphDef) : encodeMetaGraphDef(metaGraphDef));
  return { metaGraphDef, variables };
}

/** `as_graph_def(add_shapes=True)`. */
function withShapes(graph: Graph): GraphDef {
  const shaped = (op: Operation): NodeDef => (op.outputs.length === 0 ? op.nodeDef : { ...op.nodeDef, attr: { ...op.nodeDef.attr, _output_shapes: attr.list({ shape: op.outputs.map((t) => t.shape) }) } });
  return { ...graph.asGraphDef(), node: graph.getOperations().map(shaped) };
}

function included(name: string, scope: string | null, exclude: ReadonlySet<string>): boolean {
  return !exclude.has(name) && (!scope || name.startsWith(scope) || name.startsWith(UNBOUND));
}

function scopedNode(n: NodeDef, scope: string | null, unbound: string[], clearDevices: boolean): NodeDef {
  const input = n.input.map((s) => {
    const bare = s.replace(/^\^+/, '');
    if (!scope || bare.startsWith(scope)) return stripNameScope(s, scope);
    const name = s.startsWith('^') ? `^${UNBOUND}${s.slice(1)}` : `${UNBOUND}${s}`;
    unbound.push(name);
    return name;
  });
  const attrs: Record<string, AttrValue> = { ...n.attr };
  const groups = n.attr['_class'];
  if (groups?.kind === 'list') {
    const s = (groups.value.s ?? []).map(textOf).filter((g) => !scope || (g.split('@')[1] ?? '').startsWith(scope)).map((g) => stripNameScope(g, scope));
    attrs['_class'] = attr.list(s.length > 0 ? { s } : {});
  }
  const frame = n.attr['frame_name'];
  if ((n.op === 'Enter' || n.op === 'RefEnter') && frame?.kind === 's') attrs['frame_name'] = attr.s(stripNameScope(textOf(frame.value), scope));
  return { ...n, name: stripNameScope(n.name, scope), input, attr: attrs, device: clearDevices ? '' : n.device };
}
const textOf = (v: string | Uint8Array): string => (typeof v === 'string' ? v : decodeUtf8(v));

function createMetaGraphDef(p: ExportOptions, graph: Graph, def: GraphDef, exclude: ReadonlySet<string>): MetaGraphDef {
  const given = p.metaInfoDef ?? {};
  const ops = given.strippedOpList?.op?.length ? given.strippedOpList : { op: opsUsedBy(def) };
  const info: MetaInfoDef = { ...given, ...VERSION, strippedOpList: ops, ...(p.stripDefaultAttrs ? { strippedDefaultAttrs: true } : {}) };
  const collections: [string, CollectionDef][] = [];
  for (const key of p.collectionList ?? graph.collections.keys()) {
    const own = p.clearExtraneousSavers === true && key === GraphKeys.SAVERS && p.saverDef ? [p.saverDef] : graph.getCollection(key);
    const c = collectionDef(key, own.filter((x) => included(nameOf(x) ?? UNBOUND, p.exportScope ?? null, exclude)), p.exportScope ?? null);
    if (c) collections.push([key, c]);
  }
  return {
    metaInfoDef: info, graphDef: p.stripDefaultAttrs ? stripDefaultAttrs(def) : def, ...(p.saverDef ? { saverDef: p.saverDef } : {}),
    ...(collections.length > 0 ? { collectionDef: Object.fromEntries(collections) } : {}),
  };
}

/** Names that tell whether an item belongs to a scope; undefined for items without one. */
function nameOf(x: unknown): string | undefined {
  if (typeof x === 'string') return x;
  const name = typeof x === 'object' && x !== null && 'name' in x ? x.name : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** `meta_graph.add_collection_def`; undefined for an empty one, and for one whose items have no form in a file, as in TF. */
function collectionDef(key: string, items: readonly unknown[], scope: string | null): CollectionDef | undefined {
  if (items.length === 0) return undefined;
  const f = protoFunctions(key);
  if (f && !(items[0] instanceof Uint8Array)) {
    const value = items.map((x) => f.toProto(x as never, scope)).filter((b) => b !== null);
    return { bytesList: value.length > 0 ? { value } : {} };
  }
  const all = <T>(is: (x: unknown) => x is T): readonly T[] | undefined => (items.every(is) ? items as readonly T[] : undefined);
  const first = items[0];
  if (typeof first === 'string' || first instanceof Uint8Array) {
    const value = all((x): x is string | Uint8Array => typeof x === 'string' || x instanceof Uint8Array);
    return value && { bytesList: { value: value.map((x) => (typeof x === 'string' ? encodeUtf8(x) : x)) } };
  }
  if (typeof first === 'bigint' || Number.isInteger(first)) {
    const value = all((x): x is number | bigint => typeof x === 'bigint' || Number.isInteger(x));
    return value ? { int64List: { value } } : floats(items);
  }
  if (typeof first === 'number') return floats(items);
  const value = all((x): x is object => typeof x === 'object' && nameOf(x) !== undefined);
  return value && { nodeList: { value: value.map((x) => nameOf(x)!).filter((n) => !scope || n.startsWith(scope)).map((n) => stripNameScope(n, scope)) } };
}
function floats(items: readonly unknown[]): CollectionDef | undefined {
  return items.every((x) => typeof x === 'number') ? { floatList: { value: items.map(Math.fround) } } : undefined;
}

/** `stripped_op_list_for_graph`: signatures of the ops that the graph and its functions use, by name. */
function opsUsedBy(def: GraphDef): OpDef[] {
  const library = new Map((def.library?.function ?? []).map((f) => [f.signature.name, f]));
  const used = new Set<string>();
  const work: (readonly NodeDef[])[] = [def.node];
  for (let nodes = work.pop(); nodes; nodes = work.pop()) {
    for (const { op } of nodes) {
      if (used.has(op)) continue;
      used.add(op);
      const f = library.get(op);
      if (f) work.push(f.nodeDef);
    }
  }
  const primitive = [...used].filter((op) => !library.has(op) && !['_Arg', '_Retval', '_ListToArray', '_ArrayToList'].includes(op)).sort();
  return primitive.map((op) => {
    const d = opDef(op);
    if (!d) throw new ValueError(`Op ${op} is used by the graph, but is not registered`);
    return d;
  });
}

/** `strip_graph_default_valued_attrs`: a GraphDef without the attrs that have their defaults, functions included. */
export function stripDefaultAttrs(def: GraphDef): GraphDef {
  const own = new Set((def.library?.function ?? []).map((f) => f.signature.name));
  const strip = (n: NodeDef): NodeDef => {
    const d = own.has(n.op) ? undefined : opDef(n.op);
    const defaults = new Map(d?.attr.filter((a) => a.default).map((a) => [a.name, a.default!]));
    const keep = Object.entries(n.attr).filter(([k, v]) => { const x = defaults.get(k); return !x || !attrEqual(v, x); });
    return keep.length === Object.keys(n.attr).length ? n : { ...n, attr: Object.fromEntries(keep) };
  };
  return { ...def, node: def.node.map(strip), ...(def.library ? { library: { ...def.library, function: def.library.function.map((f) => ({ ...f, nodeDef: f.nodeDef.map(strip) })) } } : {}) };
}

// --- import --------------------------------------------------------------------------------------------------------

/** Keyword arguments of `tf.train.import_meta_graph`. */
export interface ImportMetaGraphOptions {
  readonly clearDevices?: boolean;
  /** Name scope to import into; made unique. */
  readonly importScope?: string | null;
  readonly inputMap?: ImportOptions['inputMap'];
  readonly returnElements?: readonly string[] | null;
  /** The graph to import into; default the default graph. */
  readonly graph?: Graph | null;
  /** Collection that names the inputs which must be in `inputMap`. Default 'unbound_inputs'. */
  readonly unboundInputsColName?: string | null;
  /** Whether to restore a collection. Default: all. */
  readonly restoreCollectionsPredicate?: (key: string) => boolean;
}

/** `meta_graph.import_scoped_meta_graph_with_return_elements`: adds the graph to the default graph (or `graph`) and
 * restores its collections; the value has the variables of the scope by their names in it, and what was to be returned.
 * Errors: ValueError for unbound inputs and illegal graphs; KeyError when a collection names what is not there;
 * DecodeError and NotImplementedError for files. */
export function importScopedMetaGraph(metaGraphOrFile: MetaGraphDef | string, p: ImportMetaGraphOptions = {}): { variables: Map<string, Variable>; returned: (Tensor | Operation)[] | null } {
  const m = typeof metaGraphOrFile === 'string' ? readMetaGraphFile(metaGraphOrFile) : metaGraphOrFile;
  const unboundKey = p.unboundInputsColName === undefined ? 'unbound_inputs' : p.unboundInputsColName;
  checkUnbound(m.collectionDef?.[unboundKey ?? ''], p.inputMap);
  const graph = p.graph ?? getDefaultGraph();
  const def = m.graphDef ?? { node: [], versions: { producer: 0 } };
  const bare = p.clearDevices ? { ...def, node: def.node.map((n) => ({ ...n, device: '' })) } : def;
  const scope = graph.uniqueName(p.importScope ?? '', false);
  const returned = graph.asDefault(() => importGraphDef(bare, {
    name: p.importScope || scope, inputMap: p.inputMap ?? null, returnElements: p.returnElements ?? null, producerOpList: m.metaInfoDef?.strippedOpList ?? null,
  }));
  restoreCollections(m, graph, scope, (key) => key !== unboundKey && (p.restoreCollectionsPredicate?.(key) ?? true));
  const vars = graph.getCollection(GraphKeys.GLOBAL_VARIABLES, scope) as Variable[];
  return { variables: new Map(vars.map((v) => [stripNameScope(v.name, scope), v])), returned };
}

/** `tf.train.import_meta_graph`: adds a graph and its collections to the default graph. The value is null: there are no
 * Savers here (the SaverDef of the file is in `metaGraphDef.saverDef`). Errors: as `importScopedMetaGraph`. */
export const importMetaGraph = api('importMetaGraph', ['metaGraphOrFile', 'clearDevices', 'importScope'],
  (p: { metaGraphOrFile: MetaGraphDef | string; clearDevices?: boolean; importScope?: string | null }): null => {
    importScopedMetaGraph(p.metaGraphOrFile, p);
    return null;
  }, { required: 1, message: true });

function checkUnbound(c: CollectionDef | undefined, inputMap: ImportOptions['inputMap']): void {
  const names = (c?.bytesList?.value ?? []).map((b) => decodeUtf8(b)).concat(c?.nodeList?.value ?? []);
  if (names.length === 0) return;
  const given = inputMap ? (inputMap instanceof Map ? [...inputMap.keys()] : Object.keys(inputMap)) : [];
  if (given.length === 0 || [...names].sort().join('\n') !== [...given].sort().join('\n')) {
    throw new ValueError(`Graph contains unbound inputs: ${names.join(',')}. Must provide these inputs through input_map.`);
  }
}

function restoreCollections(m: MetaGraphDef, graph: Graph, scope: string, wanted: (key: string) => boolean): void {
  // Files of TensorFlow before 1.9 do not say which variables are trainable: the collection does, so it comes first.
  const old = m.metaInfoDef?.tensorflowVersion !== undefined && !/^(1\.(9|\d\d)|[2-9])/.test(m.metaInfoDef.tensorflowVersion);
  const first = (k: string): number => (k === GraphKeys.TRAINABLE_VARIABLES ? 0 : 1);
  const entries = Object.entries(m.collectionDef ?? {}).sort(([a], [b]) => first(a) - first(b) || (a < b ? -1 : 1));
  const variables = new Map<string, unknown>();
  for (const [key, c] of entries) {
    if (!wanted(key)) continue;
    const add = (x: unknown): void => graph.addToCollection(key, x);
    const f = protoFunctions(key);
    if (f && c.bytesList) {
      for (const bytes of c.bytesList.value ?? []) {
        if (!VARIABLE_COLLECTIONS.has(key)) { add(graph.asDefault(() => f.fromProto(bytes, scope, graph))); continue; }
        const id = String(bytes);
        if (!variables.has(id)) variables.set(id, f.fromProto(old && key === GraphKeys.TRAINABLE_VARIABLES ? withTrainable(bytes) : bytes, scope, graph));
        add(variables.get(id));
      }
      continue;
    }
    for (const name of c.nodeList?.value ?? []) add(graph.asGraphElement(prependNameScope(name, scope)));
    for (const n of c.int64List?.value ?? []) add(n);
    for (const x of c.floatList?.value ?? []) add(x);
    for (const b of c.bytesList?.value ?? []) add(textOrBytes(b, scope));
    for (const x of c.anyList?.value ?? []) add(x);
  }
}
/** VariableDef with `trainable: true` at its end. */
function withTrainable(bytes: Uint8Array): Uint8Array { return Uint8Array.of(...bytes, 0x38, 1); }
function textOrBytes(b: Uint8Array, scope: string): string | Uint8Array {
  try { return prependNameScope(decodeUtf8(b), scope); } catch { return b; }
}

// --- files ---------------------------------------------------------------------------------------------------------

type Fs = typeof import('node:fs');
function files(): Fs {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (!fs) throw new NotImplementedError('Files cannot be read or written here.', { remedy: 'give and take MetaGraphDefs, and store their bytes yourself' });
  return fs;
}
function write(path: string, content: string | Uint8Array): void {
  const fs = files();
  const dir = path.replace(/[^/\\]*$/, '');
  if (dir !== '') fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path, content);
}

/** `meta_graph.read_meta_graph_file`: binary, or text where it is not binary. Throws ValueError when there is no such
 * file, DecodeError when it is neither. */
export function readMetaGraphFile(path: string): MetaGraphDef {
  const fs = files();
  if (!fs.existsSync(path)) throw new ValueError(`File ${path} does not exist.`);
  const bytes = fs.readFileSync(path);
  try {
    return decodeMetaGraphDef(bytes);
  } catch (binary) {
    // Bytes that could not be text are a damaged binary file: say so.
    if (bytes.subarray(0, 200).some((b) => b < 9)) throw binary;
    return metaGraphDefFromText(decodeUtf8(bytes));
  }
}

