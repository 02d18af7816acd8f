// Adds the nodes of a client's GraphDef to a session's graph, under the names they have. Refuses what a real server refuses
// (names, references, cycles, attrs and types of known ops), with its texts, before the first node is made; accepts what
// only running decides: ops nobody knows, functions, loops. Infers no shapes but those of sources: a client has done that,
// and plans do it again for the feeds they get. Follows core/graph/graph_constructor.cc and graph_execution_state.cc (1.15).
import { float32, type DType } from '../graph/dtype.ts';
import { InternalFault, InvalidArgumentError, TfError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { addLibrary } from '../graph/importer.ts';
import { CONTROL_SLOT, isControlInput, OP_NAME_REGEX, parseInput } from '../graph/names.ts';
import type { GraphDef, NodeDef, OpDef, OpTable } from '../graph/node_def.ts';
import { inputTypes, nodeProblems, outputTypes, withDefaults } from '../graph/op_def.ts';
import { dataTypeString } from '../graph/summarize.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { adjacency, findCycle, topologicalOrder } from '../graph/traverse.ts';
import { accepts } from '../graph/verify.ts';
import { inferShapes } from '../ops/op_def_library.ts';
import { opTable } from '../ops/registry.ts';

/** Outputs of a node of an unknown op: a client may use any number of them, later ones too. */
const UNKNOWN_OUTPUTS = 16;

/** A node that passed all checks. `op`: undefined for ops nobody knows. */
interface Checked { readonly def: NodeDef; readonly op: OpDef | undefined; readonly outputs: readonly DType[] }

/** Adds the nodes of `def` to the graph, or throws and leaves it as it was. */
export function extendGraph(graph: Graph, def: GraphDef): void {
  const library = new Map([...graph.library.function, ...(def.library?.function ?? [])].map((f) => [f.signature.name, f.signature]));
  const ops: OpTable = { get: (op) => opTable.get(op) ?? library.get(op) };
  const checked = checkIndex(graph, def.node).map((i) => checkNode(def.node[i]!, ops));
  checkEdges(graph, checked);
  if (def.library) addLibrary(graph, def.library);
  makeNodes(graph, checked);
}

/** Names and references; the value is the order in which to make the nodes. */
function checkIndex(graph: Graph, nodes: readonly NodeDef[]): readonly number[] {
  const names = new Set<string>();
  for (const n of nodes) {
    if (!OP_NAME_REGEX.test(n.name)) throw new InvalidArgumentError(`Node '${n.name}': Node name contains invalid characters`);
    if (names.has(n.name)) throw new InvalidArgumentError(`Node '${n.name}' is not unique`);
    if (graph.find(n.name)) throw new InvalidArgumentError(`GraphDef argument to Extend includes node '${n.name}', which was created by a previous call to Create or Extend in this session.`);
    names.add(n.name);
    if (n.op === '') throw new InvalidArgumentError(`Node '${n.name}' does not specify an operation`);
    let control = false;
    for (const s of n.input) {
      if (isControlInput(s)) control = true;
      else if (control) throw new InvalidArgumentError(`Node '${n.name}': Control dependencies must come after regular dependencies`);
    }
  }
  for (const n of nodes) {
    for (const s of n.input) {
      const { name } = parseInput(s);
      if (!names.has(name) && !graph.find(name)) throw new InvalidArgumentError(`Node '${n.name}': Unknown input node '${s}'`);
    }
  }
  const adj = adjacency(nodes);
  const { order, cyclic } = topologicalOrder(adj);
  if (cyclic.length > 0) {
    const cycle = findCycle(adj, cyclic).map((i) => nodes[i]!.name);
    throw new InvalidArgumentError(`Graph is invalid, contains a cycle with ${cycle.length} nodes, including: ${cycle.slice(0, 10).join(', ')}`);
  }
  return order;
}

function checkNode(n: NodeDef, ops: OpTable): Checked {
  const op = ops.get(n.op);
  if (!op) return { def: n, op, outputs: Array<DType>(UNKNOWN_OUTPUTS).fill(float32) };
  const def = withDefaults(n, op);
  const [problem] = nodeProblems(def, op);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  const outputs = outputTypes(op, def.attr);
  if (!outputs) throw new InvalidArgumentError(`Output dtypes of node '${n.name}' cannot be worked out from its attrs`);
  return { def, op, outputs };
}

function checkEdges(graph: Graph, checked: readonly Checked[]): void {
  const byName = new Map(checked.map((c) => [c.def.name, c]));
  for (const { def, op } of checked) {
    const want = op && inputTypes(op, def.attr);
    def.input.forEach((s, i) => {
      if (isControlInput(s)) return;
      const { name, index } = parseInput(s);
      const from = byName.get(name), old = graph.find(name);
      const outputs = from?.outputs ?? old!.outputs.map((t) => t.dtype);
      if (index >= outputs.length) throw new InvalidArgumentError(`Node '${def.name}': Connecting to invalid output ${index} of source node ${name} which has ${outputs.length} outputs.`);
      const known = from ? from.op : opTable.get(old!.type);
      if (!want || !known || accepts(want[i]!, outputs[index]!)) return;
      throw new InvalidArgumentError(`Input ${i} of node ${def.name} was passed ${dataTypeString(outputs[index]!)} from ${name}:${index} incompatible with expected ${dataTypeString(want[i]!)}.`);
    });
  }
}

function makeNodes(graph: Graph, checked: readonly Checked[]): void {
  const late: { readonly op: Operation; readonly index: number; readonly from: string; readonly output: number }[] = [];
  for (const { def, op, outputs } of checked) {
    const inputs: (Tensor | undefined)[] = [];
    const control: Operation[] = [];
    const backEdges: { index: number; from: string; output: number }[] = [];
    for (const s of def.input) {
      const { name, index } = parseInput(s);
      const from = graph.find(name);
      if (index === CONTROL_SLOT) control.push(from!);
      else {
        if (!from) backEdges.push({ index: inputs.length, from: name, output: index });
        inputs.push(from?.outputs[index]);
      }
    }
    // Until its NextIteration is made, a Merge takes its entry twice.
    const entry = inputs.find((t) => t !== undefined);
    if (backEdges.length > 0 && !entry) throw new InternalFault(`'${def.name}' has no input but back edges`);
    const made = graph.createOp({
      type: def.op, name: def.name, inputs: inputs.map((t) => t ?? entry!), attr: def.attr, outputDtypes: outputs, controlInputs: control, device: def.device, literal: true,
      ...(op && def.input.length === 0 ? { inferShapes: sourceShapes } : {}),
    });
    for (const b of backEdges) late.push({ op: made, ...b });
  }
  for (const b of late) b.op._updateInput(b.index, graph.find(b.from)!.outputs[b.output]!);
}

/** Shapes of a node without inputs; what its shape function refuses is the run's to report. */
function sourceShapes(op: Operation): ReturnType<typeof inferShapes> {
  try { return inferShapes(op); } catch (e) {
    if (e instanceof TfError) return [];
    throw e;
  }
}
