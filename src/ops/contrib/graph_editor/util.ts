// Lists of operations and tensors, control outputs and placeholder names for the graph editor.
// Follows contrib/graph_editor/util.py (1.15).
import type { DType } from '../../../graph/dtype.ts';
import { TypeError, ValueError } from '../../../graph/errors.ts';
import { GraphKeys } from '../../../graph/collections.ts';
import { Graph, pythonTypeName } from '../../../graph/graph.ts';
import type { ShapeLike } from '../../../graph/shape.ts';
import { Operation, Tensor } from '../../../graph/tensor.ts';
import { placeholder } from '../../array_values.ts';
import { api } from '../../api.ts';

/** What may stand for a list of operations. */
export type OpsLike = Graph | Operation | Iterable<Operation | Tensor>;
/** What may stand for a list of tensors. */
export type TensorsLike = Graph | Tensor | Iterable<Tensor | Operation>;

function isIterable(x: unknown): x is Iterable<unknown> { return typeof x === 'object' && x !== null && !(x instanceof Tensor) && Symbol.iterator in x; }

/** Errors: ValueError when the elements belong to different graphs or there are none; TypeError for other objects. */
export function getUniqueGraph(tops: Iterable<unknown>, noneIfEmpty: true, only?: typeof Operation | typeof Tensor): Graph | null;
export function getUniqueGraph(tops: Iterable<unknown>, noneIfEmpty?: false, only?: typeof Operation | typeof Tensor): Graph;
export function getUniqueGraph(tops: Iterable<unknown>, noneIfEmpty = false, only?: typeof Operation | typeof Tensor): Graph | null {
  let graph: Graph | null = null;
  for (const x of tops) {
    const fits = only ? x instanceof only : x instanceof Operation || x instanceof Tensor;
    if (!fits) throw new TypeError(`Expected a type in (${only ? `<class 'tensorflow.python.framework.ops.${only.name}'>` : "<class 'tensorflow.python.framework.ops.Operation'>, <class 'tensorflow.python.framework.ops.Tensor'>"}), got: <class '${pythonTypeName(x)}'>`);
    const own = (x as Operation | Tensor).graph;
    graph ??= own;
    if (own !== graph) throw new ValueError(`Operation ${String(x)} does not belong to given graph`);
  }
  if (!graph && !noneIfEmpty) throw new ValueError("Can't find the unique graph of an empty list");
  return graph;
}

/** `make_list_of_op`: operations of a graph, of a list, or the one given. Errors: TypeError, ValueError as above. */
export const makeListOfOp = api('makeListOfOp', ['ops', 'checkGraph', 'allowGraph', 'ignoreTs'],
  (p: { ops: OpsLike; checkGraph?: boolean; allowGraph?: boolean; ignoreTs?: boolean }): Operation[] =>
    listOf(p.ops, (g) => g.getOperations(), Operation, p.checkGraph ?? true, p.allowGraph ?? true, p.ignoreTs ?? false), { required: 1 });

/** `make_list_of_t`: tensors of a graph (its outputs), of a list, or the one given. Errors: as `makeListOfOp`. */
export const makeListOfT = api('makeListOfT', ['ts', 'checkGraph', 'allowGraph', 'ignoreOps'],
  (p: { ts: TensorsLike; checkGraph?: boolean; allowGraph?: boolean; ignoreOps?: boolean }): Tensor[] =>
    listOf(p.ts, (g) => g.getOperations().flatMap((op) => [...op.outputs]), Tensor, p.checkGraph ?? true, p.allowGraph ?? true, p.ignoreOps ?? false), { required: 1 });

function listOf<T extends Operation | Tensor>(x: unknown, all: (g: Graph) => T[], kind: { new (...args: never[]): T }, check: boolean, allowGraph: boolean, ignoreOthers: boolean): T[] {
  if (x instanceof Graph) {
    if (!allowGraph) throw new TypeError('allow_graph is False: cannot convert a tf.Graph.');
    return all(x);
  }
  const list = isIterable(x) ? [...x] : [x];
  if (check) getUniqueGraph(list, true, ignoreOthers ? undefined : kind as unknown as typeof Operation);
  return list.filter((e): e is T => e instanceof kind);
}

/** `get_tensors`: the outputs of all operations of a graph. */
export const getTensors = api('getTensors', ['graph'], (p: { graph: Graph }): Tensor[] => makeListOfT(p.graph), { required: 1 });
/** `get_generating_ops`: the operation of each tensor. */
export const getGeneratingOps = api('getGeneratingOps', ['ts'], (p: { ts: TensorsLike }): Operation[] => makeListOfT(p.ts, { allowGraph: false }).map((t) => t.op), { required: 1 });
/** `get_consuming_ops`: the operations that use one of the tensors, each once. */
export const getConsumingOps = api('getConsumingOps', ['ts'], (p: { ts: TensorsLike }): Operation[] => [...new Set(makeListOfT(p.ts, { allowGraph: false }).flatMap((t) => [...t.consumers()]))], { required: 1 });

/** `ControlOutputs`: which operations wait for which. */
export class ControlOutputs {
  readonly graph: Graph;
  #outputs = new Map<Operation, Operation[]>();
  constructor(graph: Graph) {
    if (!(graph instanceof Graph)) throw new TypeError(`Expected a tf.Graph, got: <class '${pythonTypeName(graph)}'>`);
    this.graph = graph;
    this.update();
  }
  /** Looks at the graph again. */
  update(): this {
    this.#outputs = new Map();
    for (const op of this.graph.getOperations()) {
      for (const c of new Set(op.controlInputs)) {
        const users = this.#outputs.get(c);
        if (users) users.push(op); else this.#outputs.set(c, [op]);
      }
    }
    return this;
  }
  getAll(): ReadonlyMap<Operation, readonly Operation[]> { return this.#outputs; }
  get(op: Operation): readonly Operation[] { return this.#outputs.get(op) ?? []; }
}

/** Errors: ValueError when the views belong to different graphs. */
export function checkGraphs(...views: readonly { readonly graph: Graph | null }[]): void {
  let graph: Graph | null = null;
  views.forEach((v, i) => {
    graph ??= v.graph;
    if (v.graph && v.graph !== graph) throw new ValueError(`Argument[${i}]: Wrong graph!`);
  });
}

export function scopeFinalize(scope: string): string { return scope !== '' && !scope.endsWith('/') ? `${scope}/` : scope; }

interface PlaceholderName { t?: Tensor | null; scope?: string | null; prefix?: string }
/** `placeholder_name`: `geph__x_0` in the scope of the tensor, or in the given one. */
export const placeholderName = api('placeholderName', ['t', 'scope', 'prefix'], (p: PlaceholderName): string => {
  const prefix = p.prefix ?? 'geph';
  const scope = p.scope === undefined || p.scope === null ? null : scopeFinalize(p.scope);
  if (!p.t) return `${scope ?? ''}${prefix}`;
  if (!(p.t instanceof Tensor)) throw new TypeError(`Expected a tf.Tenfor, got: <class '${pythonTypeName(p.t)}'>`);
  const slash = p.t.op.name.lastIndexOf('/') + 1;
  const base = p.t.op.name.slice(slash);
  return `${scope ?? p.t.op.name.slice(0, slash)}${base.startsWith(`${prefix}__`) ? base : `${prefix}__${base}_${p.t.valueIndex}`}`;
});

/** `make_placeholder_from_tensor`: a placeholder of the tensor's dtype and shape, in the default graph. */
export const makePlaceholderFromTensor = api('makePlaceholderFromTensor', ['t', 'scope', 'prefix'],
  (p: { t: Tensor; scope?: string | null; prefix?: string }): Tensor => placeholder(p.t.dtype, p.t.shape, placeholderName({ ...p })), { required: 1 });

/** `make_placeholder_from_dtype_and_shape`, also `ph`. */
export const makePlaceholderFromDtypeAndShape = api('makePlaceholderFromDtypeAndShape', ['dtype', 'shape', 'scope', 'prefix'],
  (p: { dtype: DType; shape?: ShapeLike; scope?: string | null; prefix?: string }): Tensor =>
    placeholder(p.dtype, p.shape ?? null, placeholderName({ scope: p.scope ?? null, ...(p.prefix === undefined ? {} : { prefix: p.prefix }) })), { required: 1 });

export const predefinedCollections: ReadonlySet<string> = new Set(Object.values(GraphKeys));
