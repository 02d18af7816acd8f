// A program under comparison: outputs of a graph with their inputs, loss and variables; and what is derived from that.
// Two programs may live in one graph (under two scopes) or in two.
import { GraphKeys } from '../../graph/collections.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import { type Operation, Tensor } from '../../graph/tensor.ts';
import { Variable } from '../../ops/variables.ts';

/** A tensor, or its name (`scores:0`, or `scores` for output 0). */
export type TensorOrName = Tensor | string;

/** One side of a comparison. */
export interface Program {
  /** Default: the graph of the outputs. Needed when the outputs are names. */
  readonly graph?: Graph;
  readonly outputs: TensorOrName | readonly TensorOrName[];
  /** Tensors to feed, in the order in which they correspond to the other program's. Default: every placeholder the
   * outputs and the loss depend on, in node order. */
  readonly inputs?: readonly TensorOrName[];
  /** Scalar that is differentiated and trained on. */
  readonly loss?: TensorOrName;
  /** Variables that gradients and training are about. Default: the trainable ones the loss depends on. */
  readonly variables?: readonly Variable[];
  /** What comes before the names that the other program's variables have, too. Default: found by comparing the names. */
  readonly scope?: string;
}

/** A program with everything looked up. */
export interface Resolved {
  readonly graph: Graph;
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  readonly loss: Tensor | undefined;
  /** Every variable the outputs and the loss depend on. */
  readonly state: readonly Variable[];
  readonly trained: readonly Variable[];
}

const PLACEHOLDERS = new Set(['Placeholder', 'PlaceholderV2']);

/** Looks up names and defaults. Errors: KeyError for unknown names, ValueError when there is no output. */
export function resolveProgram(p: Program): Resolved {
  const given = Array.isArray(p.outputs) ? p.outputs as readonly TensorOrName[] : [p.outputs as TensorOrName];
  const graph = p.graph ?? given.find((t): t is Tensor => t instanceof Tensor)?.graph;
  if (!graph) throw new ValueError('A program given by names needs its graph.', { remedy: 'add { graph }, or give the outputs as tensors' });
  if (given.length === 0) throw new ValueError('A program needs at least one output.');
  const outputs = given.map((t) => tensorOf(graph, t));
  const loss = p.loss === undefined ? undefined : tensorOf(graph, p.loss);
  const cone = coneOf(loss ? [...outputs, loss] : outputs);
  const ops = graph.getOperations().filter((op) => cone.has(op));
  const inputs = p.inputs?.map((t) => tensorOf(graph, t)) ?? ops.filter((op) => PLACEHOLDERS.has(op.type)).map((op) => op.output);
  const state = variablesOf(graph).filter((v) => cone.has(v.op));
  const lossCone = loss ? coneOf([loss]) : cone;
  const trainable = new Set(graph.getCollection(GraphKeys.TRAINABLE_VARIABLES));
  const trained = p.variables ?? state.filter((v) => trainable.has(v) && lossCone.has(v.op));
  return { graph, outputs, inputs, loss, state, trained };
}

function tensorOf(graph: Graph, t: TensorOrName): Tensor {
  if (typeof t !== 'string') return graph.asGraphElement(t, true, false) as Tensor;
  return graph.getTensorByName(t.includes(':') ? t : `${t}:0`);
}

function coneOf(ts: readonly Tensor[]): Set<Operation> {
  const seen = new Set(ts.map((t) => t.op));
  const stack = [...seen];
  for (let op = stack.pop(); op; op = stack.pop()) {
    for (const x of [...op.inputs.map((t) => t.op), ...op.controlInputs]) if (!seen.has(x)) { seen.add(x); stack.push(x); }
  }
  return seen;
}

/** Global and local variables of a graph, in creation order. */
export function variablesOf(graph: Graph): Variable[] {
  const all = [...graph.getCollection(GraphKeys.GLOBAL_VARIABLES), ...graph.getCollection(GraphKeys.LOCAL_VARIABLES)].filter((v): v is Variable => v instanceof Variable);
  return [...new Set(all)].sort((a, b) => a.op.id - b.op.id);
}

/** Which variable of one program stands for which of the other. */
export interface Pairing {
  readonly pairs: readonly { readonly name: string; readonly a: Variable; readonly b: Variable }[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** Pairs variables by their names below the scopes. A scope that is not given is '' when the names agree as they are,
 * else the longest scope that all names of the program share. */
export function pairVariables(a: readonly Variable[], b: readonly Variable[], scopeA: string | undefined, scopeB: string | undefined): Pairing {
  const names = (vs: readonly Variable[]): string[] => vs.map((v) => v.op.name);
  const sameNames = scopeA === undefined && scopeB === undefined && [...names(a)].sort().join('\n') === [...names(b)].sort().join('\n');
  const left = byLocalName(a, scopeA ?? (sameNames ? '' : commonScope(names(a))));
  const right = byLocalName(b, scopeB ?? (sameNames ? '' : commonScope(names(b))));
  const pairs = [...left].flatMap(([name, v]) => { const w = right.get(name); return w ? [{ name, a: v, b: w }] : []; });
  return { pairs, onlyA: [...left].filter(([n]) => !right.has(n)).map(([, v]) => v.op.name), onlyB: [...right].filter(([n]) => !left.has(n)).map(([, v]) => v.op.name) };
}

function byLocalName(vs: readonly Variable[], scope: string): Map<string, Variable> {
  const prefix = scope === '' || scope.endsWith('/') ? scope : `${scope}/`;
  return new Map(vs.map((v) => [v.op.name.startsWith(prefix) ? v.op.name.slice(prefix.length) : v.op.name, v]));
}

function commonScope(names: readonly string[]): string {
  if (names.length === 0) return '';
  let parts = names[0]!.split('/').slice(0, -1);
  for (const n of names) {
    const other = n.split('/');
    let i = 0;
    while (i < parts.length && i < other.length - 1 && parts[i] === other[i]) i++;
    parts = parts.slice(0, i);
  }
  return parts.join('/');
}
