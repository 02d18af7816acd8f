// What a lint rule sees of a graph and what it reports. Rules are pure functions over the graph: they make no nodes.
import { NDArray } from '../../graph/ndarray.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';

/** One thing that is legal, but probably not meant. */
export interface Finding {
  /** Name of the rule: `trainable-data`, `relu-logits`, `batch-mismatch`, `integral-float`. */
  readonly rule: string;
  /** Graph node the finding is about. */
  readonly node: string;
  /** Its op type. */
  readonly op: string;
  /** `file:line:column` of the call that made the node; undefined in imported graphs. */
  readonly site: string | undefined;
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** A rule of `tf.lint`. */
export interface Rule {
  readonly name: string;
  /** One sentence: what it looks for. */
  readonly about: string;
  readonly check: (g: GraphView) => readonly Finding[];
}

/** Ops whose values come from outside the graph. */
const INPUT_OPS = new Set([
  'Placeholder', 'PlaceholderV2', 'PlaceholderWithDefault', 'IteratorGetNext', 'QueueDequeueV2', 'QueueDequeueManyV2',
  'QueueDequeueUpToV2', 'ReaderReadV2', 'ReaderReadUpToV2', 'StageGet', 'Unstage',
]);
const VARIABLE_OPS = new Set(['VariableV2', 'Variable', 'VarHandleOp']);
/** Ops that hand a tensor on under another name. */
const ALIASES = new Set(['Identity', 'ReadVariableOp', 'StopGradient', 'PreventGradient', 'CheckNumerics', 'EnsureShape', 'Snapshot']);

export function isInput(op: Operation): boolean { return INPUT_OPS.has(op.type); }
export function isVariable(op: Operation): boolean { return VARIABLE_OPS.has(op.type); }
export function isAlias(op: Operation): boolean { return ALIASES.has(op.type); }

/** A graph with the closures that rules share, computed when first asked for. */
export class GraphView {
  readonly graph: Graph;
  readonly ops: readonly Operation[];
  #fromInputs: ReadonlySet<Operation> | undefined;
  #fromVariables: ReadonlySet<Operation> | undefined;

  constructor(graph: Graph) {
    this.graph = graph;
    this.ops = graph.getOperations();
  }
  /** Ops whose value depends on a feed or an input pipeline. */
  get fromInputs(): ReadonlySet<Operation> { return this.#fromInputs ??= dependents(this.ops.filter(isInput)); }
  /** Ops whose value depends on a variable. */
  get fromVariables(): ReadonlySet<Operation> { return this.#fromVariables ??= dependents(this.ops.filter(isVariable)); }
  /** True when neither a feed nor a variable decides the value. */
  isFixed(t: Tensor): boolean { return !this.fromInputs.has(t.op) && !this.fromVariables.has(t.op); }

  finding(rule: string, op: Operation, message: string, remedy: string): Finding {
    return { rule, node: op.name, op: op.type, site: op.site?.location, message, remedy };
  }
}

/** Ops that use the seeds' outputs, directly or not; the seeds included. */
export function dependents(seeds: readonly Operation[]): Set<Operation> {
  const seen = new Set(seeds);
  const stack = [...seeds];
  for (let op = stack.pop(); op; op = stack.pop()) {
    for (const t of op.outputs) for (const c of t.consumers()) if (!seen.has(c)) { seen.add(c); stack.push(c); }
  }
  return seen;
}

/** Ops the seeds need, by data or control; the seeds included. */
export function dependencies(seeds: readonly Operation[]): Set<Operation> {
  const seen = new Set(seeds);
  const stack = [...seeds];
  const visit = (op: Operation): void => { if (!seen.has(op)) { seen.add(op); stack.push(op); } };
  for (let op = stack.pop(); op; op = stack.pop()) {
    for (const t of op.inputs) visit(t.op);
    for (const c of op.controlInputs) visit(c);
  }
  return seen;
}

/** The value of a Const, looked for through aliases. */
export function constOf(t: Tensor | undefined): NDArray | undefined {
  let at = t;
  while (at && isAlias(at.op)) at = at.op.inputs[0];
  const v = at?.op.type === 'Const' ? at.op.attr('value') : undefined;
  return v?.kind === 'tensor' ? v.value : undefined;
}

/** The elements of an integer constant. */
export function constInts(t: Tensor | undefined): number[] | undefined {
  const v = constOf(t);
  return v && v.dtype.isInteger ? Array.from({ length: v.size }, (_, i) => Number(v.flat(i))) : undefined;
}

/** An int attr, 0 when absent. */
export function intAttr(op: Operation, name: string): number {
  const a = op.attr(name);
  return a?.kind === 'i' ? Number(a.value) : 0;
}
export function boolAttr(op: Operation, name: string): boolean {
  const a = op.attr(name);
  return a?.kind === 'b' && a.value;
}
