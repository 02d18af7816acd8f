// The graph on its way to a plan: only what one run needs, feeds cut in, variables resolved into values (static single
// assignment). Plain readonly records; every pass takes a Program and returns one.
import { type DType, int32 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import type { NodeDef } from '../../graph/node_def.ts';
import { inputNode, isControlInput, parseInput } from '../../graph/names.ts';
import { type NodeTable, type RewriteLogEntry, type RewriteResult, Rewriting } from '../../graph/rewrite.ts';
import { type TensorShape, UNKNOWN_SHAPE } from '../../graph/shape.ts';

/** A node of a program: a NodeDef whose inputs are values, never references. */
export interface ProgramNode extends NodeDef {
  /** Graph nodes it stands for. */
  readonly from: readonly string[];
  /** Position in the topological order of the graph: ties in scheduling go to the smaller one. */
  readonly at: number;
}

/** Ops that exist only in programs. */
export const ARG = '_Arg'; // a fed value
export const READ = '_Read'; // a variable's value from before the run
export const HAS_VALUE = '_HasValue'; // whether a variable had a value before the run; with an input: whether that is a value
export const LATEST = '_Latest'; // (written, base): written unless it is dead
export const FUSED = '_Fused'; // the nodes of a region, computed in one step
export const GUARD = '_Guard'; // (value, gate?, control inputs): value unless one of the others is dead; strict: it must be a value

/** Static knowledge of one output. */
export interface ValueType { readonly dtype: DType; readonly shape: TensorShape }

/** A value the run is given. */
export interface ProgramFeed { readonly tensor: string; readonly node: string; readonly type: ValueType }

/** A value the caller wants. `value` is a tensor of the program. */
export interface ProgramFetch { readonly tensor: string; readonly value: string }

/** What becomes of a variable when the run succeeds. */
export interface Commit {
  readonly variable: string;
  readonly value: string;
  /** Graph nodes whose writes it contains, in the order of replay. */
  readonly writes: readonly string[];
}

/** Nodes that are computed in one step: what they were in the program before. */
export interface Region {
  readonly nodes: readonly ProgramNode[];
  /** Tensors of the region that others read, in the order of the step's outputs. */
  readonly outputs: readonly string[];
}

export interface Program {
  readonly nodes: NodeTable<ProgramNode>;
  /** Values of Const nodes by node name; kept out of the table. */
  readonly constants: ReadonlyMap<string, NDArray>;
  /** What `_Fused` nodes stand for, by name. */
  readonly regions: ReadonlyMap<string, Region>;
  readonly feeds: readonly ProgramFeed[];
  readonly fetches: readonly ProgramFetch[];
  readonly commits: readonly Commit[];
  /** Nodes that must run though nobody may use their value: the targets of the run. */
  readonly keep: readonly string[];
  /** Nodes that others wait for. */
  readonly awaited: readonly string[];
  /** Outputs of each node. */
  readonly types: ReadonlyMap<string, readonly ValueType[]>;
  /** Whether values can be dead (Switch and Merge). */
  readonly conditional: boolean;
  readonly warnings: readonly string[];
  readonly log: readonly RewriteLogEntry[];
  /** What each pass that changed nodes did to them. */
  readonly edits: readonly ProgramEdit[];
}

/** What a pass did: patches and their undo form, what was known after it, and what its decisions depended on. */
export interface ProgramEdit extends Pick<RewriteResult<ProgramNode>, 'pass' | 'patches' | 'inversePatches' | 'log' | 'looked'>, Pick<Program, 'types' | 'constants'> {
  readonly derived: readonly Derived[];
  readonly weighed: readonly Weighed[];
}
/** What is known of a tensor: its shape, and its value if it is a constant. */
export interface Fact { readonly shape: TensorShape; readonly value: NDArray | undefined }
/** Constants that were made of what was known of other tensors. `how`: the same for what makes the same of the same. */
export interface Derived { readonly constants: readonly string[]; readonly of: readonly string[]; readonly how: string; readonly make: (of: readonly Fact[]) => readonly NDArray[] | undefined }
/** Tensors whose elements were added up, each as often as its number says; whether something was done because that is above zero, or (`tie`) not below. */
export interface Weighed { readonly terms: readonly (readonly [tensor: string, times: number])[]; readonly tie: boolean; readonly done: boolean }

/** Type of a tensor of the program. */
export function typeOf(p: Pick<Program, 'types'>, tensor: string): ValueType | undefined {
  const { name, index } = parseInput(tensor);
  return p.types.get(name)?.[index];
}
export function shapeOf(p: Pick<Program, 'types'>, tensor: string): TensorShape { return typeOf(p, tensor)?.shape ?? UNKNOWN_SHAPE; }

/** Nodes in the order of `at`; inputs come first as far as the graph was in that order. */
export function inOrder(p: Pick<Program, 'nodes'>): ProgramNode[] {
  const all: ProgramNode[] = [];
  for (const k in p.nodes) all.push(p.nodes[k]!);
  return all.sort((a, b) => a.at - b.at);
}

/** Takes over what a rewriting pass did: outside readers follow moved tensors. */
export function adopt(p: Program, r: RewriteResult<ProgramNode>, more: Partial<Program> = {}, told: Partial<Pick<ProgramEdit, 'derived' | 'weighed'>> = {}): Program {
  if (told.weighed === undefined && r.nodes === p.nodes && r.log.length === 0) return Object.keys(more).length === 0 ? p : { ...p, ...more };
  return {
    ...p,
    nodes: r.nodes,
    fetches: p.fetches.map((f) => ({ ...f, value: r.resolve(f.value) })),
    commits: p.commits.map((c) => ({ ...c, value: r.resolve(c.value) })),
    keep: p.keep.map((k) => (r.nodes[k] ? k : inputNode(r.resolve(k)))),
    awaited: p.awaited.map((k) => (r.nodes[k] ? k : inputNode(r.resolve(k)))),
    log: [...p.log, ...r.log],
    edits: [...p.edits, { pass: r.pass, patches: r.patches, inversePatches: r.inversePatches, log: r.log, looked: r.looked, types: more.types ?? p.types, constants: more.constants ?? p.constants, derived: [...told.derived ?? [], ...r.shapes.map(([constant, tensor]) => ofShape(constant, tensor))], weighed: told.weighed ?? [] }],
    ...more,
  };
}

/** A vector of int32 that says a shape. */
function ofShape(constant: string, tensor: string): Derived {
  return { constants: [constant], of: [tensor], how: 'shape', make: ([t]) => [new NDArray(int32, [t!.shape.dims!.length], Int32Array.from(t!.shape.dims as number[]))] };
}

/** Drops nodes nobody needs: not kept, not fetched, not committed, used by no node that stays. */
export function sweep(p: Program): Program {
  const live = new Set<string>();
  const stack: string[] = [];
  const want = (name: string): void => { if (!live.has(name) && p.nodes[name]) { live.add(name); stack.push(name); } };
  for (const f of p.fetches) want(inputNode(f.value));
  for (const c of p.commits) want(inputNode(c.value));
  for (const k of [...p.keep, ...p.awaited]) want(k);
  while (stack.length > 0) for (const s of p.nodes[stack.pop()!]!.input) want(inputNode(s));
  const r = new Rewriting('sweep', p.nodes);
  for (const k in p.nodes) if (!live.has(k)) r.remove(k);
  return adopt(p, r.finish());
}

/** Data inputs of a node, without control inputs. */
export function dataInputs(n: NodeDef): readonly string[] {
  const last = n.input[n.input.length - 1];
  return last !== undefined && isControlInput(last) ? n.input.filter((s) => !isControlInput(s)) : n.input;
}
