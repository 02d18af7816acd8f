// `tf.graph_util`: GraphDefs cut down, variables turned into constants, nodes only training needs taken out.
// Follows python/framework/graph_util_impl.py (1.15).
import { AssertionError, TypeError, ValueError } from '../graph/errors.ts';
import { type DType, int32, string } from '../graph/dtype.ts';
import type { Graph } from '../graph/graph.ts';
import { NDArray } from '../graph/ndarray.ts';
import { attr, type AttrMap, type AttrValue, type GraphDef, type NodeDef } from '../graph/node_def.ts';
import { IndexError, type TensorShape } from '../graph/shape.ts';
import { Operation } from '../graph/tensor.ts';
import { api } from './api.ts';
import { makeArray } from './make_array.ts';

const VARIABLE_OPS = new Set(['Assign', 'AssignAdd', 'AssignSub', 'Queue', 'ScatterAdd', 'ScatterSub', 'ScatterUpdate', 'TruncatedNormal', 'Variable', 'VariableV2']);
const PASS_ON = new Set(['Switch', 'Enter', 'Exit', 'Identity', 'Merge', 'NextIteration']);
const EMPTY_LIBRARY = { function: [], gradient: [] };

/** `tf.graph_util.must_run_on_cpu`: whether a node must run on the CPU (string and int32 constants, a few int32 ops; with
 * `pinVariablesOnCpu`, ops on variables). */
export const mustRunOnCpu = api('mustRunOnCpu', ['node', 'pinVariablesOnCpu'], (p: { node: NodeDef | Operation; pinVariablesOnCpu?: boolean }): boolean => {
  const n = p.node instanceof Operation ? p.node.nodeDef : p.node;
  if (p.pinVariablesOnCpu && VARIABLE_OPS.has(n.op)) return true;
  const dtype = (key: string): DType | undefined => { const a = n.attr[key]; return a?.kind === 'type' ? a.value : undefined; };
  switch (n.op) {
    case 'Const': return dtype('dtype') === string || dtype('dtype') === int32;
    case 'DynamicStitch': case 'ParallelDynamicStitch': return dtype('T') === int32;
    case 'Cast': return dtype('SrcT') === int32;
    default: return false;
  }
}, { required: 1, message: true });

function nodeName(input: string): string { return input.startsWith('^') ? input.slice(1) : input.split(':')[0]!; }
function colocated(n: NodeDef): string[] {
  const c = n.attr['_class'];
  return (c?.kind === 'list' ? c.value.s ?? [] : []).filter((s): s is string => typeof s === 'string' && s.startsWith('loc:@')).map((s) => s.slice(5));
}

/** `tf.graph_util.extract_sub_graph`: the nodes that the given ones need (inputs, control inputs, colocation), in their
 * order. Errors: AssertionError for a name that is not in the graph; TypeError when `destNodes` is a string. */
export const extractSubGraph = api('extractSubGraph', ['graphDef', 'destNodes'], (p: { graphDef: GraphDef; destNodes: readonly string[] }): GraphDef => {
  if (typeof p.destNodes === 'string') throw new TypeError('dest_nodes must be a list.');
  const byName = new Map(p.graphDef.node.map((n) => [n.name, n]));
  for (const d of p.destNodes) if (!byName.has(d)) throw new AssertionError(`${d} is not in graph`);
  const keep = new Set<string>();
  const work = [...p.destNodes];
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    if (keep.has(name)) continue;
    keep.add(name);
    const n = byName.get(name);
    if (n) for (const s of [...n.input.map(nodeName), ...colocated(n)]) if (!keep.has(s)) work.push(s);
  }
  return { node: p.graphDef.node.filter((n) => keep.has(n.name)), versions: p.graphDef.versions, library: p.graphDef.library ?? EMPTY_LIBRARY };
}, { required: 2 });

/** `tf.graph_util.tensor_shape_from_node_def_name`: static shape of a NodeDef input (`a` is `a:0`). */
export const tensorShapeFromNodeDefName = api('tensorShapeFromNodeDefName', ['graph', 'inputName'],
  (p: { graph: Graph; inputName: string }): TensorShape => p.graph.getTensorByName(p.inputName.includes(':') ? p.inputName : `${p.inputName}:0`).shape, { required: 2 });

/** `tf.graph_util.remove_training_nodes`: without CheckNumerics, and with Identity nodes spliced out where no control
 * dependency touches them. The result has nodes only, as in TF. Errors: IndexError for an Identity that loses its input. */
export const removeTrainingNodes = api('removeTrainingNodes', ['inputGraph', 'protectedNodes'], (p: { inputGraph: GraphDef; protectedNodes?: readonly string[] | null }): GraphDef => {
  const kept = new Set(p.protectedNodes ?? []);
  const bare = (s: string): string => s.replace(/^\^/, '');
  const removed = new Set(p.inputGraph.node.filter((n) => n.op === 'CheckNumerics' && !kept.has(n.name)).map((n) => n.name));
  const left = p.inputGraph.node.filter((n) => !removed.has(n.name)).map((n) => ({ ...n, input: n.input.filter((s) => !removed.has(bare(s))) }));
  const controlled = new Set<string>();
  const waited = new Set<string>();
  for (const n of left) for (const s of n.input) if (s.includes('^')) { waited.add(s.replaceAll('^', '')); controlled.add(n.name); }
  const spliced = new Map(left.filter((n) => n.op === 'Identity' && !kept.has(n.name) && !controlled.has(n.name) && !waited.has(n.name)).map((n) => {
    // TF fails so on an Identity whose input was a CheckNumerics.
    if (n.input.length === 0) throw new IndexError('list index (0) out of range');
    return [n.name, n.input[0]!];
  }));
  const follow = (s: string): string => {
    let to = s;
    for (let next = spliced.get(bare(to)); next !== undefined; next = spliced.get(bare(to))) to = next;
    return to;
  };
  return { node: left.filter((n) => !spliced.has(n.name)).map((n) => ({ ...n, input: n.input.map(follow) })), versions: { producer: 0 } };
}, { required: 1, message: true });

// --- freezing ------------------------------------------------------------------------------------------------------

/** What freezing needs of a session. */
export interface ValueSource { run(fetches: readonly string[]): Promise<unknown> }
interface FreezeOptions {
  sess: ValueSource;
  inputGraphDef: GraphDef;
  outputNodeNames: readonly string[];
  /** Only these variables. */
  variableNamesWhitelist?: readonly string[] | null;
  /** Not these. */
  variableNamesBlacklist?: readonly string[] | null;
}

/** `tf.graph_util.convert_variables_to_constants`: what the output nodes need, with variables as constants that hold their
 * values in the session. Errors: AssertionError for unknown output nodes; ValueError for a read whose variable cannot be
 * found, and for a gather with batch dimensions; whatever reading the variables throws. */
export const convertVariablesToConstants = api('convertVariablesToConstants', ['sess', 'inputGraphDef', 'outputNodeNames', 'variableNamesWhitelist', 'variableNamesBlacklist'],
  async (p: FreezeOptions): Promise<GraphDef> => {
    const def = extractSubGraph(p.inputGraphDef, p.outputNodeNames);
    const wanted = (n: NodeDef): boolean => (!p.variableNamesWhitelist || p.variableNamesWhitelist.includes(n.name)) && !p.variableNamesBlacklist?.includes(n.name);
    const variables = def.node.filter((n) => ['Variable', 'VariableV2', 'VarHandleOp'].includes(n.op) && wanted(n));
    const carriers = resourceCarriers(def);
    const fetched = variables.length === 0 ? [] : await p.sess.run(variables.map((n) => (n.op === 'VarHandleOp' ? `${n.name}/Read/ReadVariableOp:0` : `${n.name}:0`))) as unknown[];
    const values = new Map(variables.map((n, i) => [n.name, fetched[i]]));
    return { node: def.node.flatMap((n) => frozen(n, values, carriers)), versions: { producer: 0 }, library: def.library ?? EMPTY_LIBRARY };
  }, { required: 3 });

/** The ops that hand a resource from its variable to a read, and the dtype that is read: they will carry values. */
function resourceCarriers(def: GraphDef): Map<string, AttrValue> {
  const byName = new Map(def.node.map((n) => [n.name, n]));
  const out = new Map<string, AttrValue>();
  const source = (n: NodeDef, i = 0): string => (n.input[i] ?? '').split(':')[0]!;
  for (const n of def.node) {
    if (n.op !== 'ReadVariableOp' && n.op !== 'ResourceGather') continue;
    const dtype = n.attr['dtype']!;
    const names = [source(n)];
    while (names.length > 0 && PASS_ON.has(byName.get(names[0]!)?.op ?? '')) {
      const name = names.pop()!;
      const node = byName.get(name)!;
      if (!out.has(name)) { out.set(name, dtype); names.push(source(node)); }
      if (node.op !== 'Merge') continue;
      const other = source(node, 1);
      if (!out.has(other)) { out.set(other, dtype); names.push(source(byName.get(other)!)); }
    }
    for (const s of names) if (byName.get(s)?.op !== 'VarHandleOp') throw new ValueError('Cannot find the variable that is an input to the ReadVariableOp.');
  }
  return out;
}

function constant(name: string, dtype: DType, value: unknown): NodeDef {
  const array = value instanceof NDArray ? value : makeArray(value as number, dtype);
  return { name, op: 'Const', input: [], device: '', attr: { dtype: attr.type(dtype), value: attr.tensor(array) } };
}

function frozen(n: NodeDef, values: ReadonlyMap<string, unknown>, carriers: ReadonlyMap<string, AttrValue>): NodeDef[] {
  const type = (key: string): DType => { const a = n.attr[key]; if (a?.kind !== 'type') throw new ValueError(`Node '${n.name}' has no type attr '${key}'`); return a.value; };
  const like = (op: string, input: readonly string[], attrs: AttrMap): NodeDef => ({ name: n.name, op, input, device: '', attr: n.attr['_class'] ? { ...attrs, _class: n.attr['_class'] } : attrs });
  if (values.has(n.name)) return [constant(n.name, type('dtype'), values.get(n.name))];
  const carried = carriers.get(n.name);
  if (carried) {
    const { _output_shapes: _, ...rest } = n.attr;
    return [{ ...n, device: '', attr: { ...rest, T: carried } }];
  }
  if (n.op === 'ReadVariableOp') return [like('Identity', [n.input[0]!], { T: n.attr['dtype']! })];
  if (n.op !== 'ResourceGather') return [n];
  const batch = n.attr['batch_dims'];
  if (batch?.kind === 'i' && Number(batch.value) !== 0) throw new ValueError('batch_dims != 0 is not supported by freeze_graph.');
  const indices = type('Tindices');
  const axis = constant(`${n.name}/axis`, indices, 0);
  return [axis, like('GatherV2', [n.input[0]!, n.input[1]!, axis.name], { Tparams: n.attr['dtype']!, Tindices: n.attr['Tindices']!, Taxis: n.attr['Tindices']! })];
}
