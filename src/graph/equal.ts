// Are two GraphDefs the same, and if not, what is the first difference? Two notions: TF's own (`EqualGraphDef`: node
// order, order of control inputs, versions and library do not count, nor do internal attrs) and identity (everything
// counts, as if the serialised bytes were compared). A full list of differences is diff.ts.
// Follows core/util/equal_graph_def.cc and tensorflow/python/framework/test_util.py.
import { AssertionError } from './errors.ts';
import { type AttrValue, type FunctionDefLibrary, type GraphDef, type NodeDef, type VersionDef } from './node_def.ts';
import { attrEqual, Hasher, hashAttrMap, tensorEqual } from './attr_equal.ts';
import { isControlInput } from './names.ts';
import { summarizeAttr, summarizeNode } from './summarize.ts';
import { bytesEqual } from './ndarray.ts';
import { WireWriter } from './wire.ts';
import { writeLibrary } from './function_codec.ts';

export interface EqualOptions {
  /** Leave out attrs whose names start with '_' (colocation and other hints). Default true, as TF's tests do. */
  readonly ignoreInternalAttrs?: boolean;
}

/** TF's `EqualGraphDef`: undefined when equal, else TF's text for the first difference. Among nodes of one name in one
 * graph the last counts, as in TF. */
export function graphDefDifference(actual: GraphDef, expected: GraphDef, options: EqualOptions = {}): string | undefined {
  const index = new Map(actual.node.map((n) => [n.name, n]));
  for (const e of expected.node) {
    const a = index.get(e.name);
    if (!a) return `Did not find expected node '${summarizeNode(e)}'`;
    const d = nodeDefDifference(a, e, options);
    if (d !== undefined) return d;
    index.delete(e.name);
  }
  for (const a of index.values()) return `Found unexpected node '${summarizeNode(a)}'`;
  return undefined;
}

/** TF's `EqualNodeDef`. */
export function nodeDefDifference(actual: NodeDef, expected: NodeDef, options: EqualOptions = {}): string | undefined {
  const node = `Node named '${actual.name}'`;
  if (actual.name !== expected.name) return `Actual node name '${actual.name}' is not expected '${expected.name}'`;
  if (actual.op !== expected.op) return `${node} has op '${actual.op}' that is not expected '${expected.op}'`;
  if (actual.device !== expected.device) return `${node} has device '${actual.device}' that is not expected '${expected.device}'`;
  return inputDifference(node, actual.input, expected.input) ?? attrDifference(node, actual, expected, options.ignoreInternalAttrs ?? true);
}

function inputDifference(node: string, actual: readonly string[], expected: readonly string[]): string | undefined {
  if (actual.length !== expected.length) return `${node} has inputs '${actual.join(', ')}' that don't match expected '${expected.join(', ')}'`;
  let i = 0;
  for (; i < actual.length && !isControlInput(actual[i]!); i++) {
    if (plain(actual[i]!) !== plain(expected[i]!)) return `${node} has input ${i} '${actual[i]}' that doesn't match expected '${expected[i]}'`;
  }
  const have = new Set(actual.slice(i));
  for (const e of new Set(expected.slice(i))) if (!have.delete(e)) return `${node} missing expected control input '${e}'`;
  for (const c of have) return `${node} has unexpected control input '${c}'`;
  return undefined;
}

/** `a:0` is `a`. */
function plain(input: string): string { return input.endsWith(':0') ? input.slice(0, -2) : input; }

function attrDifference(node: string, actual: NodeDef, expected: NodeDef, ignoreInternal: boolean): string | undefined {
  const keep = (k: string): boolean => !(ignoreInternal && k.startsWith('_'));
  const left = new Set(Object.keys(actual.attr).filter(keep));
  for (const k of Object.keys(expected.attr).filter(keep).sort()) {
    const e = expected.attr[k]!;
    if (!left.delete(k)) return `${node} missing expected attr '${k}' with value: ${summarizeAttr(e)}`;
    if (!attrEqual(e, actual.attr[k]!)) return `${node} has attr '${k}' with value: ${summarizeAttr(actual.attr[k]!)} that does not match expected: ${summarizeAttr(e)}`;
  }
  for (const k of [...left].sort()) return `${node} has unexpected attr '${k}' with value: ${summarizeAttr(actual.attr[k]!)}`;
  return undefined;
}

/** TF's equality as yes or no. */
export function equalGraphDef(actual: GraphDef, expected: GraphDef, options: EqualOptions = {}): boolean {
  return graphDefDifference(actual, expected, options) === undefined;
}

/** `GraphDefHash`: equal graphs (by `equalGraphDef` with the same options) have equal hashes. 16 hex digits. */
export function hashGraphDef(def: GraphDef, options: EqualOptions = {}): string {
  const keep = (k: string): boolean => !((options.ignoreInternalAttrs ?? true) && k.startsWith('_'));
  const byName = new Map(def.node.map((n) => [n.name, n]));
  const h = new Hasher();
  for (const name of [...byName.keys()].sort()) {
    const n = byName.get(name)!;
    h.string(name);
    h.string(n.op);
    h.string(n.device);
    h.int(n.input.length);
    const first = n.input.findIndex(isControlInput);
    const data = first < 0 ? n.input : n.input.slice(0, first);
    for (const s of data) h.string(plain(s));
    for (const s of [...new Set(n.input.slice(data.length))].sort()) h.string(s);
    hashAttrMap(h, n.attr, keep);
  }
  return h.digest();
}

// --- identity --------------------------------------------------------------------------------------------------------

/** Identity: undefined when the graphs are the same in every respect that serialisation shows (node order, input order,
 * internal attrs, how constants are written, versions, library), else the first difference in words. */
export function identityDifference(actual: GraphDef, expected: GraphDef): string | undefined {
  const n = Math.min(actual.node.length, expected.node.length);
  for (let i = 0; i < n; i++) {
    const [a, e] = [actual.node[i]!, expected.node[i]!];
    if (a.name !== e.name) return orderDifference(i, actual, expected);
    const d = nodeDefDifference(a, e, { ignoreInternalAttrs: false }) ?? exactInputs(a, e) ?? exactTensors(a, e);
    if (d !== undefined) return d;
  }
  if (expected.node.length > n) return `Did not find expected node '${summarizeNode(expected.node[n]!)}' at the end`;
  if (actual.node.length > n) return `Found unexpected node '${summarizeNode(actual.node[n]!)}' at the end`;
  return versionDifference(actual.versions, expected.versions) ?? libraryDifference(actual.library, expected.library);
}

/** Identity as yes or no. */
export function identicalGraphDef(actual: GraphDef, expected: GraphDef): boolean { return identityDifference(actual, expected) === undefined; }

function orderDifference(i: number, actual: GraphDef, expected: GraphDef): string {
  const [a, e] = [actual.node[i]!, expected.node[i]!];
  const later = actual.node.findIndex((n) => n.name === e.name);
  if (later < 0) return `Did not find expected node '${summarizeNode(e)}' (number ${i})`;
  if (!expected.node.some((n) => n.name === a.name)) return `Found unexpected node '${summarizeNode(a)}' (number ${i})`;
  return `Node number ${i} is '${a.name}' where '${e.name}' is expected (which is number ${later})`;
}

function exactInputs(a: NodeDef, e: NodeDef): string | undefined {
  const i = a.input.findIndex((s, k) => s !== e.input[k]);
  return i < 0 ? undefined : `Node named '${a.name}' has input ${i} '${a.input[i]}' that is written '${e.input[i]}' where expected, in that order`;
}

function exactTensors(a: NodeDef, e: NodeDef): string | undefined {
  for (const k of Object.keys(e.attr)) {
    const [x, y] = [a.attr[k]!, e.attr[k]!];
    if (x.kind === 'tensor' && y.kind === 'tensor' ? !tensorEqual(x.value, y.value, true) : !attrEqual(x, y, true)) {
      return `Node named '${a.name}' has attr '${k}' whose tensor is written in other fields than expected (the values are equal)`;
    }
  }
  return undefined;
}

function versionDifference(a: VersionDef, e: VersionDef): string | undefined {
  const show = (v: VersionDef): string => `{producer: ${v.producer}, min_consumer: ${v.minConsumer ?? 0}, bad_consumers: [${(v.badConsumers ?? []).join(', ')}]}`;
  return show(a) === show(e) ? undefined : `Versions are ${show(a)}, expected ${show(e)}`;
}

function libraryDifference(a: FunctionDefLibrary | undefined, e: FunctionDefLibrary | undefined): string | undefined {
  const bytes = (l: FunctionDefLibrary): Uint8Array => { const w = new WireWriter(); writeLibrary(w, l); return w.finish(); };
  const [x, y] = [a ?? NO_LIBRARY, e ?? NO_LIBRARY];
  for (let i = 0; i < Math.max(x.function.length, y.function.length); i++) {
    const [f, g] = [x.function[i], y.function[i]];
    if (!f || !g || !bytesEqual(bytes({ function: [f], gradient: [] }), bytes({ function: [g], gradient: [] }))) {
      return f?.signature.name === g?.signature.name ? `Function '${f?.signature.name}' differs` : `Function number ${i} is ${name(f?.signature.name)}, expected ${name(g?.signature.name)}`;
    }
  }
  return bytesEqual(bytes(x), bytes(y)) ? undefined : 'Gradients of functions differ';
}
const NO_LIBRARY: FunctionDefLibrary = { function: [], gradient: [] };
const name = (s: string | undefined): string => (s === undefined ? 'absent' : `'${s}'`);

// --- tf.test -----------------------------------------------------------------------------------------------------------

/** Options of `assertEqualGraphDef`, under Python's names. */
export interface AssertEqualOptions {
  /** Treat the random parts of save paths of V2 checkpoints as equal. */
  readonly checkpointV2?: boolean;
  /** Treat randomised shared names of hash tables as equal. */
  readonly hashTableSharedName?: boolean;
}

/** `tf.test.assert_equal_graph_def(actual, expected)`. Throws AssertionError with TF's text. */
export function assertEqualGraphDef(actual: GraphDef, expected: GraphDef, options: AssertEqualOptions = {}): void {
  const d = graphDefDifference(strip(actual, options), strip(expected, options));
  if (d !== undefined) throw new AssertionError(d);
}

const SHARDED_SAVE = /^_temp_[0-9a-z]{32}\/part/;
const TABLE_SHARED_NAME = /^hash_table_[0-9a-z-]+/;

function strip(def: GraphDef, o: AssertEqualOptions): GraphDef {
  if (!o.checkpointV2 && !o.hashTableSharedName) return def;
  const random = (n: NodeDef, k: string, a: AttrValue): boolean => {
    if (o.hashTableSharedName && n.op === 'HashTableV2' && k === 'shared_name' && a.kind === 's') return typeof a.value === 'string' && TABLE_SHARED_NAME.test(a.value);
    return o.checkpointV2 === true && a.kind === 'tensor' && a.value.dtype.storage === 'string' && a.value.data.length === 1
      && SHARDED_SAVE.test(latin1((a.value.data as readonly Uint8Array[])[0]!));
  };
  return { ...def, node: def.node.map((n) => ({ ...n, attr: Object.fromEntries(Object.entries(n.attr).filter(([k, a]) => !random(n, k, a))) })) };
}
function latin1(b: Uint8Array): string { return String.fromCharCode(...b.subarray(0, 64)); }
