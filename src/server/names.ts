// Names in requests to handles of a session's graph, with the texts of core/graph/subgraph.cc (1.15).
import { InvalidArgumentError, NotFoundError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';

/** Resolves a name to a tensor; `x` is `x:0`. */
function tensorOf(graph: Graph, name: string, missing: string, tooLarge: (outputs: number) => string): Tensor {
  const at = name.lastIndexOf(':');
  const [node, index] = at < 0 ? [name, 0] : [name.slice(0, at), /^\d{1,9}$/.test(name.slice(at + 1)) ? Number(name.slice(at + 1)) : -1];
  const op = graph.find(node);
  if (!op || index < 0) throw new NotFoundError(missing);
  const t = op.outputs[index];
  if (!t) throw new InvalidArgumentError(tooLarge(op.outputs.length));
  return t;
}
/** Errors: NotFoundError for an unknown node, InvalidArgumentError for an output it does not have. */
export function feedOf(graph: Graph, name: string): Tensor {
  return tensorOf(graph, name, `FeedInputs: unable to find feed output ${name}`, (n) => `FeedInputs: ${name} should have output index < ${n}`);
}
/** Errors: as `feedOf`. */
export function fetchOf(graph: Graph, name: string): Tensor {
  return tensorOf(graph, name, `FetchOutputs node ${name}: not found`, (n) => (n === 0
    ? `Tried to fetch data for '${name}', which produces no output.  To run to a node but not fetch any data, pass '${name}' as an argument to the 'target_node_names' argument of the Session::Run API.`
    : `FetchOutputs ${name}: output index too large, must be < ${n}`));
}
/** Errors: NotFoundError that lists the unknown nodes. */
export function targetsOf(graph: Graph, names: readonly string[]): Operation[] {
  const found = names.map((n) => graph.find(n.endsWith(':0') ? n.slice(0, -2) : n));
  const unknown = names.filter((_, i) => !found[i]);
  if (unknown.length > 0) throw new NotFoundError(`PruneForTargets: Some target nodes not found: ${unknown.map((n) => `${n} `).join('')}`);
  return found as Operation[];
}
