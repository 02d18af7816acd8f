// `tf.import_graph_def`: adds the nodes of a GraphDef to a graph under a prefix. Checks everything before it makes the
// first node, so a refused GraphDef leaves the graph as it was. Knows no op: signatures, shape functions and
// conversion of plain values come from the caller. Follows tensorflow/python/framework/importer.py and
// core/graph/graph_constructor.cc (1.15).
import { InternalFault, NotFoundError, UnimplementedError, TypeError as PyTypeError, ValueError } from './errors.ts';
import { attrEqual } from './attr_equal.ts';
import { applyDeviceStack, canonicalDevice } from './device.ts';
import type { DType } from './dtype.ts';
import type { Graph } from './graph.ts';
import { writeLibrary } from './function_codec.ts';
import { bytesEqual } from './ndarray.ts';
import { WireWriter } from './wire.ts';
import { type AttrMap, type FunctionDef, type FunctionDefLibrary, type GraphDef, type NodeDef, type OpDef, type OpTable, PRODUCER } from './node_def.ts';
import { CONTROL_SLOT, isControlInput, OP_NAME_REGEX, parseInput, parseTensorName, tensorName } from './names.ts';
import { inputTypes, nodeProblems, outputTypes, withDefaults } from './op_def.ts';
import { type TensorShape } from './shape.ts';
import { dataTypeString } from './summarize.ts';
import { Operation, Tensor } from './tensor.ts';
import { adjacency, topologicalOrder } from './traverse.ts';
import { accepts } from './verify.ts';

export interface ImportOptions {
  /** Prefix of all names; default 'import', made unique. '' imports under the names as they are (made unique one by one). */
  readonly name?: string | null;
  /** Inputs of the GraphDef (`a`, `a:1`, `^a`) to be replaced by tensors of the graph (for `^a`: by their operations). */
  readonly inputMap?: ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>> | null;
  /** Names of operations (`a`) and tensors (`a:0`) of the GraphDef to return. */
  readonly returnElements?: readonly string[] | null;
  /** Signatures of the producer: attrs we do not know that have its default are dropped. */
  readonly producerOps?: OpTable;
}

/** What importing needs to know about ops. */
export interface ImportHost {
  readonly opTable: OpTable;
  /** Static shapes of a new node's outputs. */
  readonly inferShapes?: (op: Operation) => readonly TensorShape[];
  /** `tf.convert_to_tensor` for values of `inputMap` that are no tensors. */
  readonly convertToTensor?: (value: unknown) => Tensor;
}

/** A node that passed all checks, ready to be made. */
interface Checked { readonly def: NodeDef; readonly op: OpDef; readonly outputs: readonly DType[] }

/** Adds the nodes of `def` to `graph`; the value is `returnElements` as handles, null when none were asked for. Throws
 * ValueError (TF's texts) for an illegal GraphDef or option, NotFoundError for an unknown op. */
export function importGraphDef(graph: Graph, def: GraphDef, options: ImportOptions, host: ImportHost): (Tensor | Operation)[] | null {
  const rawMap = inputMapEntries(options.inputMap);
  const wanted = options.returnElements ?? null;
  if (wanted && !wanted.every((x) => typeof x === 'string')) throw new PyTypeError('return_elements must be a list of strings.');
  // Both names are taken before anything is checked, as in Python: a failed import has burnt its scope name.
  const scope = graph.enterNameScope(options.name === '' ? null : options.name ?? 'import');
  const prefix = scope.value;
  let inputMap: Map<string, Tensor | Operation>;
  try {
    inputMap = convertInputMap(graph, options.name ?? 'import', rawMap, host);
  } finally { scope.exit(); }
  checkVersions(def);
  const library = new Map((def.library?.function ?? []).map((f) => [f.signature.name, f.signature]));
  for (const f of graph.library.function) if (!library.has(f.signature.name)) library.set(f.signature.name, f.signature);
  const ops: OpTable = { get: (op) => host.opTable.get(op) ?? library.get(op) };
  checkFunctions(graph, def);
  const nodes = options.producerOps ? def.node.map((n) => dropProducerDefaults(n, ops, options.producerOps!)) : def.node;
  const order = checkIndex(nodes, inputMap);
  const checked = order.map((i) => checkNode(nodes[i]!, prefix, ops, Math.min(def.versions.producer, graph.versions.producer)));
  checkEdges(checked, inputMap, prefix);
  const returned = resolveReturns(wanted, checked, inputMap);
  const mark = graph._mark();
  let made: Map<string, Operation>;
  try { made = makeNodes(graph, checked, prefix, inputMap, host); } catch (e) { graph._rollback(mark); throw e; }
  mergeVersions(graph, def);
  if (def.library) addLibrary(graph, def.library);
  checkUnused(inputMap, checked); // TF complains when all nodes are there already, and leaves them
  return returned && returned.map((r) => r(made));
}

// --- options -------------------------------------------------------------------------------------------------------

function inputMapEntries(m: ImportOptions['inputMap']): [string, unknown][] {
  if (m === undefined || m === null) return [];
  const entries = m instanceof Map ? [...m] as [unknown, unknown][] : typeof m === 'object' ? Object.entries(m) : undefined;
  if (!entries || !entries.every(([k]) => typeof k === 'string')) throw new PyTypeError('input_map must be a dictionary mapping strings to Tensor objects.');
  return entries as [string, unknown][];
}

function convertInputMap(graph: Graph, name: string, entries: readonly [string, unknown][], host: ImportHost): Map<string, Tensor | Operation> {
  const out = new Map<string, Tensor | Operation>();
  const plain = entries.some(([, v]) => !(v instanceof Tensor));
  if (plain && name === '') {
    throw new ValueError('tf.import_graph_def() requires a non-empty `name` if `input_map` contains non-Tensor values. Try calling tf.convert_to_tensor() on `input_map` values before calling tf.import_graph_def().');
  }
  const inner = plain ? graph.enterNameScope('_inputs') : undefined;
  try {
    for (const [k, v] of entries) {
      if (v instanceof Operation) throw new PyTypeError(`Can't convert Operation '${v.name}' to Tensor (target dtype=None, name=None, as_ref=False)`);
      const x = v instanceof Tensor ? v : host.convertToTensor?.(v);
      if (!x) throw new PyTypeError('input_map must be a dictionary mapping strings to Tensor objects.');
      if (x.graph !== graph) throw new ValueError(`input_map: ${x.name} is not an element of this graph.`);
      if (k.startsWith('^')) out.set(k, x.op);
      else {
        const t = parseTensorName(k);
        out.set(tensorName(t.name, t.index), x);
      }
    }
  } finally { inner?.exit(); }
  return out;
}

function checkVersions(def: GraphDef): void {
  const { minConsumer = 0, badConsumers = [] } = def.versions;
  if (minConsumer > PRODUCER) throw new ValueError(`GraphDef min consumer version ${minConsumer} above current version ${PRODUCER} for TensorFlow 1.15.5.  Please upgrade TensorFlow.`);
  if (badConsumers.includes(PRODUCER)) throw new ValueError(`GraphDef disallows consumer version ${PRODUCER}.  Please upgrade TensorFlow: this version is likely buggy.`);
}

function dropProducerDefaults(n: NodeDef, ops: OpTable, producer: OpTable): NodeDef {
  const [mine, theirs] = [ops.get(n.op), producer.get(n.op)];
  if (!mine || !theirs) return n;
  const known = new Set(mine.attr.map((a) => a.name));
  const drop = new Set(theirs.attr.filter((a) => !known.has(a.name) && a.default && n.attr[a.name] && attrEqual(a.default, n.attr[a.name]!)).map((a) => a.name));
  return drop.size === 0 ? n : { ...n, attr: Object.fromEntries(Object.entries(n.attr).filter(([k]) => !drop.has(k))) };
}

// --- checking ------------------------------------------------------------------------------------------------------

/** Names and references; the value is the order in which to make the nodes. */
function checkIndex(nodes: readonly NodeDef[], inputMap: ReadonlyMap<string, unknown>): readonly number[] {
  const names = new Set<string>();
  for (const n of nodes) {
    if (!OP_NAME_REGEX.test(n.name)) throw new ValueError(`Node '${n.name}': Node name contains invalid characters`);
    if (names.has(n.name)) throw new ValueError(`Node '${n.name}' is not unique`);
    names.add(n.name);
    if (n.op === '') throw new ValueError(`Node '${n.name}' does not specify an operation`);
    let control = false;
    for (const s of n.input) {
      if (isControlInput(s)) control = true;
      else if (control) throw new ValueError(`Node '${n.name}': Control dependencies must come after regular dependencies`);
    }
  }
  for (const n of nodes) {
    for (const s of n.input) {
      if (!names.has(parseInput(s).name) && !inputMap.has(mapKey(s))) throw new ValueError(`Node '${n.name}': Unknown input node '${s}'`);
    }
  }
  // Mapped inputs are there already: they do not order.
  const edges = inputMap.size === 0 ? nodes : nodes.map((n) => ({ ...n, input: n.input.filter((s) => !inputMap.has(mapKey(s))) }));
  const { order, cyclic } = topologicalOrder(adjacency(edges));
  if (cyclic.length > 0) throw new ValueError(`${cyclic.length} nodes in a cycle`, { node: nodes[cyclic[0]!]!.name });
  return order;
}

/** The key of an input in the input map: `a:0`, `^a`. */
function mapKey(input: string): string {
  const { name, index } = parseInput(input);
  return index === CONTROL_SLOT ? input : tensorName(name, index);
}

function checkNode(n: NodeDef, prefix: string, ops: OpTable, producer: number): Checked {
  const op = ops.get(n.op);
  if (!op) throw new NotFoundError(`Op type not registered '${n.op}' in binary running on tfgraph. Make sure the Op and Kernel are registered in the binary running in this process.`, { node: prefix + n.name, op: n.op });
  const def = withDefaults(n, op);
  const [problem] = nodeProblems(def, op, prefix + n.name);
  if (problem !== undefined) throw new ValueError(problem, { node: prefix + n.name, op: n.op });
  const { deprecation } = op;
  if (deprecation && producer >= deprecation.version) {
    throw new UnimplementedError(`Op ${n.op} is not available in GraphDef version ${producer}. It has been removed in version ${deprecation.version}. ${deprecation.explanation}.`, { node: prefix + n.name, op: n.op });
  }
  const outputs = outputTypes(op, def.attr);
  if (!outputs) throw new ValueError(`Output dtypes of node '${n.name}' cannot be worked out from its attrs`, { node: prefix + n.name, op: n.op });
  return { def, op, outputs };
}

function checkEdges(checked: readonly Checked[], inputMap: ReadonlyMap<string, Tensor | Operation>, prefix: string): void {
  const byName = new Map(checked.map((c) => [c.def.name, c]));
  for (const { def, op } of checked) {
    const c = def.attr['_class'];
    for (const s of c?.kind === 'list' ? c.value.s ?? [] : []) {
      if (typeof s === 'string' && s.startsWith('loc:@') && !byName.has(s.slice(5))) throw new ValueError(`Node '${def.name}' expects to be colocated with unknown node '${s.slice(5)}'`);
    }
    const want = inputTypes(op, def.attr)!;
    def.input.forEach((s, i) => {
      if (isControlInput(s)) return;
      const mapped = inputMap.get(mapKey(s));
      const { name, index } = parseInput(s);
      const from = byName.get(name);
      if (!mapped && index >= from!.outputs.length) throw new ValueError(`Node '${def.name}': Connecting to invalid output ${index} of source node ${name} which has ${from!.outputs.length} outputs.`);
      const have = mapped instanceof Tensor ? mapped.dtype : from!.outputs[index]!;
      if (!accepts(want[i]!, have)) {
        throw new ValueError(`Input ${i} of node ${prefix}${def.name} was passed ${dataTypeString(have)} from ${mapped instanceof Tensor ? mapped.name : `${prefix}${name}:${index}`} incompatible with expected ${dataTypeString(want[i]!)}.`, { node: prefix + def.name, op: def.op });
      }
    });
  }
}

type Resolve = (made: ReadonlyMap<string, Operation>) => Tensor | Operation;

function resolveReturns(wanted: readonly string[] | null, checked: readonly Checked[], inputMap: ReadonlyMap<string, Tensor | Operation>): Resolve[] | null {
  if (!wanted) return null;
  const byName = new Map(checked.map((c) => [c.def.name, c]));
  return wanted.map((w) => {
    if (!w.includes(':')) {
      if (!byName.has(w)) throw new ValueError(`Requested return node '${w}' not found in graph def`);
      return (made) => made.get(w)!;
    }
    const { name, index } = parseTensorName(w);
    const mapped = inputMap.get(tensorName(name, index));
    if (mapped) return () => mapped;
    const c = byName.get(name);
    if (!c) throw new ValueError(`Requested return tensor '${tensorName(name, index)}' not found in graph def`);
    if (index < 0 || index >= c.outputs.length) throw new ValueError(`Invalid return output ${index} of node '${name}', which has ${c.outputs.length} output(s)`);
    return (made) => made.get(name)!.outputs[index]!;
  });
}

/** Keys of the input map that are neither used nor the name of anything in the GraphDef are typos. */
function checkUnused(inputMap: ReadonlyMap<string, unknown>, checked: readonly Checked[]): void {
  if (inputMap.size === 0) return;
  const there = new Set<string>();
  for (const c of checked) {
    there.add(`^${c.def.name}`);
    c.outputs.forEach((_, i) => there.add(tensorName(c.def.name, i)));
    for (const s of c.def.input) there.add(mapKey(s));
  }
  const missing = [...inputMap.keys()].filter((k) => !there.has(k)).sort();
  if (missing.length > 0) throw new ValueError(`Attempted to map inputs that were not found in graph_def: [${missing.join(', ')}]`);
}

// --- making --------------------------------------------------------------------------------------------------------

function makeNodes(graph: Graph, checked: readonly Checked[], prefix: string, inputMap: ReadonlyMap<string, Tensor | Operation>, host: ImportHost): Map<string, Operation> {
  const names = uniqueNames(graph, checked, prefix);
  const nameOf = (n: string): string => names.get(n)!;
  const made = new Map<string, Operation>();
  const backEdges: { op: Operation; index: number; name: string; output: number }[] = [];
  const levels = graph.scope.controlDependencies;
  for (const { def, outputs } of checked) {
    const inputs: (Tensor | undefined)[] = [];
    const control = new Set<Operation>();
    const late: { index: number; name: string; output: number }[] = [];
    def.input.forEach((s, i) => {
      const { name, index } = parseInput(s);
      const mapped = inputMap.get(mapKey(s));
      if (index === CONTROL_SLOT) control.add((mapped as Operation | undefined) ?? made.get(name)!);
      else if (mapped) inputs.push(mapped as Tensor);
      else if (made.has(name)) inputs.push(made.get(name)!.outputs[index]!);
      else { late.push({ index: i, name, output: index }); inputs.push(undefined); }
    });
    // Until its NextIteration is made, a Merge takes its entry twice.
    const entry = inputs.find((t) => t !== undefined);
    if (late.length > 0 && !entry) throw new InternalFault(`import of '${def.name}': no input but back edges`);
    const from = new Set(inputs.map((t) => t?.op));
    for (const l of levels) if (![...from].some((o) => o && l.seen.has(o))) for (const c of l.inputs) if (!from.has(c)) control.add(c);
    const op = graph.createOp({
      type: def.op, name: nameOf(def.name), inputs: inputs.map((t) => t ?? entry!), attr: importedAttrs(def.attr, nameOf), outputDtypes: outputs,
      controlInputs: [...control], literal: true,
      ...(host.inferShapes ? { inferShapes: host.inferShapes } : {}),
    });
    place(graph, op, def);
    setOutputShapes(op, def);
    made.set(def.name, op);
    for (const b of late) backEdges.push({ op, ...b });
  }
  for (const b of backEdges) b.op._updateInput(b.index, made.get(b.name)!.outputs[b.output]!);
  for (const op of made.values()) inheritDevice(graph, op);
  const context = graph.scope.controlFlowContext;
  if (context) {
    for (const op of made.values()) op.controlFlowContext = context;
    for (const op of made.values()) context.addOp(op);
  }
  return made;
}

/** Names for the new nodes: prefixed, with _1, _2, .. where the graph (or the GraphDef itself) has the name already. */
function uniqueNames(graph: Graph, checked: readonly Checked[], prefix: string): Map<string, string> {
  const own = new Set(checked.map((c) => c.def.name));
  const given = new Set<string>();
  const out = new Map<string, string>();
  for (const { def } of checked) {
    const full = prefix + def.name;
    let name = full;
    for (let i = 1; graph.find(name) || given.has(name) || (name !== full && own.has(name)); i++) name = `${full}_${i}`;
    given.add(name);
    out.set(def.name, name);
  }
  return out;
}

function importedAttrs(attrs: AttrMap, nameOf: (n: string) => string): AttrMap {
  let out = attrs;
  const c = attrs['_class'];
  if (c?.kind === 'list' && c.value.s) {
    out = { ...out, _class: { kind: 'list', value: { s: c.value.s.map((s) => (typeof s === 'string' && s.startsWith('loc:@') ? `loc:@${nameOf(s.slice(5))}` : s)) } } };
  }
  if ('_output_shapes' in out) { const { _output_shapes: _, ...rest } = out; out = rest; }
  return out;
}

/** Colocated nodes get their device from their group later; others merge their own with the device scopes. */
function place(graph: Graph, op: Operation, def: NodeDef): void {
  if (groupsOf(def.attr, def.name).length > 0) return;
  op._setDevice(canonicalDevice(def.device));
  applyDeviceStack(graph.scope.devices, op);
}

function groupsOf(attrs: AttrMap, self: string): string[] {
  const c = attrs['_class'];
  return (c?.kind === 'list' ? c.value.s ?? [] : []).filter((s): s is string => typeof s === 'string' && s.startsWith('loc:@') && s.slice(5) !== self).map((s) => s.slice(5));
}

function inheritDevice(graph: Graph, op: Operation): void {
  for (const g of groupsOf(op.nodeDef.attr, op.name)) {
    const device = graph.find(g)?.device ?? '';
    if (device !== '') { op._setDevice(device); return; }
  }
}

function setOutputShapes(op: Operation, def: NodeDef): void {
  const a = def.attr['_output_shapes'];
  const shapes = a?.kind === 'list' ? a.value.shape ?? [] : [];
  if (shapes.length === 0) return;
  if (shapes.length !== op.outputs.length) throw new ValueError(`Node '${def.name}' has ${op.outputs.length} outputs but the _output_shapes attribute specifies shapes for ${shapes.length} outputs`);
  shapes.forEach((s, i) => {
    const t = op.outputs[i]!;
    if (!t.shape.isCompatibleWith(s)) throw new ValueError(`Node '${def.name}' has an _output_shapes attribute inconsistent with the GraphDef for output #${i}: ${t.shape.debug} and ${s.debug} are not compatible`);
    t.setShape(s);
  });
}

function mergeVersions(graph: Graph, def: GraphDef): void {
  const [a, b] = [graph.versions, def.versions];
  const minConsumer = Math.max(a.minConsumer ?? 0, b.minConsumer ?? 0);
  const badConsumers = [...new Set([...(a.badConsumers ?? []), ...(b.badConsumers ?? [])])].sort((x, y) => x - y);
  graph.versions = { producer: Math.min(a.producer, b.producer), ...(minConsumer > 0 ? { minConsumer } : {}), ...(badConsumers.length > 0 ? { badConsumers } : {}) };
}

/** A function may come again, but not as another one. */
function checkFunctions(graph: Graph, def: GraphDef): void {
  if (!def.library?.function.length) return;
  const have = new Map(graph.library.function.map((f) => [f.signature.name, f]));
  const bytes = (f: FunctionDef): Uint8Array => { const w = new WireWriter(); writeLibrary(w, { function: [f], gradient: [] }); return w.finish(); };
  for (const f of def.library.function) {
    const old = have.get(f.signature.name);
    if (old && old !== f && !bytesEqual(bytes(old), bytes(f))) throw new ValueError(`Cannot add function '${f.signature.name}' because a different function with the same name already exists.`);
    have.set(f.signature.name, f);
  }
}

/** Adds functions that the graph does not have yet. */
export function addLibrary(graph: Graph, library: FunctionDefLibrary): void {
  const have = new Set(graph.library.function.map((f) => f.signature.name));
  // Functions need consumers that know them.
  if (library.function.length > 0 && (graph.versions.minConsumer ?? 0) < 12) graph.versions = { ...graph.versions, minConsumer: 12 };
  const gradients = new Set(graph.library.gradient.map((g) => g.functionName));
  graph.library = {
    function: [...graph.library.function, ...library.function.filter((f) => !have.has(f.signature.name))],
    gradient: [...graph.library.gradient, ...library.gradient.filter((g) => !gradients.has(g.functionName))],
  };
}
