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

/** A variable of a program: made with `tf.Variable`, or found in an imported graph by its node and its Assign. */
export interface StateVariable {
  /** Full name. */
  readonly name: string;
  readonly ref: Tensor;
  /** Undefined in a graph that was cut down to inference. */
  readonly initializer: Operation | undefined;
  /** Undefined in an imported graph. */
  readonly variable: Variable | undefined;
}

/** A program with everything looked up. */
export interface Resolved {
  readonly graph: Graph;
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  readonly loss: Tensor | undefined;
  /** Every variable the outputs and the loss depend on. */
  readonly state: readonly StateVariable[];
  readonly trained: readonly StateVariable[];
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
  const state = variablesOf(graph).filter((v) => cone.has(v.ref.op));
  const lossCone = loss ? coneOf([loss]) : cone;
  const isTrained = p.variables ? ofOps(p.variables) : trainableIn(graph);
  return { graph, outputs, inputs, loss, state, trained: variablesOf(graph).filter((v) => isTrained(v) && (p.variables || lossCone.has(v.ref.op))) };
}

function ofOps(variables: readonly Variable[]): (v: StateVariable) => boolean {
  const ops = new Set(variables.map((v) => v.op));
  return (v) => ops.has(v.ref.op);
}

/** Trainable variables; in an imported graph those an optimizer updates, or, when there is none, all floating ones. */
function trainableIn(graph: Graph): (v: StateVariable) => boolean {
  const collected = graph.getCollection(GraphKeys.TRAINABLE_VARIABLES).filter((v): v is Variable => v instanceof Variable);
  if (collected.length > 0) return ofOps(collected);
  const updated = new Set(graph.getOperations().filter((op) => /^(Sparse)?Apply[A-Z]/.test(op.type)).map((op) => op.inputs[0]!.op));
  return (v) => !graph.getCollection(GraphKeys.GLOBAL_VARIABLES).includes(v.variable) && (updated.size > 0 ? updated.has(v.ref.op) : v.ref.dtype.isFloating);
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

/** Reference variables of a graph, in creation order. */
export function variablesOf(graph: Graph): StateVariable[] {
  const objects = new Map<Operation, Variable>();
  for (const k of [GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES]) for (const v of graph.getCollection(k)) if (v instanceof Variable) objects.set(v.op, v);
  return graph.getOperations().filter((op) => op.type === 'VariableV2' || op.type === 'Variable').map((op) => {
    const variable = objects.get(op);
    return { name: op.name, ref: op.output, variable, initializer: variable?.initializer ?? initializerOf(op) };
  });
}

/** The Assign that TF makes with a variable. */
function initializerOf(variable: Operation): Operation | undefined {
  const assigns = variable.output.consumers().filter((c) => c.type === 'Assign' && c.inputs[0]!.op === variable);
  return assigns.find((c) => c.name === `${variable.name}/Assign`) ?? assigns[0];
}

/** Which variable of one program stands for which of the other. */
export interface Pairing {
  readonly pairs: readonly { readonly name: string; readonly a: StateVariable; readonly b: StateVariable }[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** Pairs variables by their names below the scopes. A scope that is not given is '' when the names agree as they are,
 * else the longest scope that all names of the program share. */
export function pairVariables(a: readonly StateVariable[], b: readonly StateVariable[], scopeA: string | undefined, scopeB: string | undefined): Pairing {
  const names = (vs: readonly StateVariable[]): string[] => vs.map((v) => v.name);
  const sameNames = scopeA === undefined && scopeB === undefined && [...names(a)].sort().join('\n') === [...names(b)].sort().join('\n');
  const left = byLocalName(a, scopeA ?? (sameNames ? '' : commonScope(names(a))));
  const right = byLocalName(b, scopeB ?? (sameNames ? '' : commonScope(names(b))));
  const pairs = [...left].flatMap(([name, v]) => { const w = right.get(name); return w ? [{ name, a: v, b: w }] : []; });
  return { pairs, onlyA: [...left].filter(([n]) => !right.has(n)).map(([, v]) => v.name), onlyB: [...right].filter(([n]) => !left.has(n)).map(([, v]) => v.name) };
}

function byLocalName(vs: readonly StateVariable[], scope: string): Map<string, StateVariable> {
  const prefix = scope === '' || scope.endsWith('/') ? scope : `${scope}/`;
  return new Map(vs.map((v) => [v.name.startsWith(prefix) ? v.name.slice(prefix.length) : v.name, v]));
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
