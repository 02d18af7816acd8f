// Copying parts of a graph, into the same or another graph, with handlers that decide what becomes of each operation and
// of what lies outside. Follows contrib/graph_editor/transform.py (1.15).
import { TypeError, ValueError } from '../../../graph/errors.ts';
import { Graph, pythonTypeName } from '../../../graph/graph.ts';
import type { NodeDef } from '../../../graph/node_def.ts';
import { Operation, Tensor } from '../../../graph/tensor.ts';
import { api } from '../../api.ts';
import { inferShapes } from '../../op_def_library.ts';
import { addControlInputs } from './reroute.ts';
import { getWalksIntersectionOps } from './select.ts';
import { makeView, SubGraphView, type ViewLike } from './subgraph.ts';
import { ControlOutputs, getUniqueGraph, makePlaceholderFromTensor, predefinedCollections, scopeFinalize } from './util.ts';

/** What a transform knows while it runs; handlers get it. */
export class TransformState {
  readonly sgv: SubGraphView;
  readonly inputs: ReadonlySet<Tensor>;
  readonly ops: ReadonlySet<Operation>;
  readonly graph: Graph;
  /** Scope names are relative to. */
  readonly scope: string;
  /** Where the copies go. */
  readonly dstGraph: Graph;
  readonly dstScope: string;
  readonly transformedOps = new Map<Operation, Operation>();
  readonly transformedTs = new Map<Tensor, Tensor>();
  /** Inputs that close a cycle, to be connected when everything is there. */
  readonly cyclic: { readonly t: Tensor; readonly standIn: Tensor; readonly consumer: Operation }[] = [];

  constructor(sgv: SubGraphView, dstGraph: Graph, dstScope: string, srcScope: string) {
    this.sgv = sgv;
    this.inputs = new Set(sgv.inputs);
    this.ops = new Set(sgv.ops);
    this.graph = sgv.graph ?? dstGraph;
    this.scope = srcScope;
    this.dstGraph = dstGraph;
    this.dstScope = dstScope;
  }
  /** The name in the destination. Errors: ValueError for a name outside of the source scope. */
  newName(name: string): string {
    if (!name.startsWith(this.scope)) throw new ValueError(`${name} does not belong to source scope: ${this.scope}.`);
    return this.dstScope + name.slice(this.scope.length);
  }
}

// --- handlers ------------------------------------------------------------------------------------------------------

/** `replace_t_with_placeholder_handler`: a placeholder for a tensor from outside. */
export function replaceTWithPlaceholderHandler(info: TransformState, t: Tensor): Tensor { return info.dstGraph.asDefault(() => makePlaceholderFromTensor(t, { scope: info.dstScope })); }
/** `keep_t_if_possible_handler`: the tensor itself within one graph, else a placeholder. */
export function keepTIfPossibleHandler(info: TransformState, t: Tensor): Tensor { return info.graph === info.dstGraph ? t : replaceTWithPlaceholderHandler(info, t); }
/** `assign_renamed_collections_handler`: the copy joins the collections of the original; names that are not TF's own are moved to the destination scope. */
export function assignRenamedCollectionsHandler(info: TransformState, elem: Operation | Tensor, copied: Operation | Tensor): void {
  for (const name of info.graph.collections.keys()) {
    if (info.graph.getCollection(name).includes(elem)) info.dstGraph.addToCollection(predefinedCollections.has(name) ? name : info.newName(name), copied);
  }
}
/** `transform_op_if_inside_handler`: the copy, or outside of the view the operation itself within one graph, else null. */
export function transformOpIfInsideHandler(info: TransformState, op: Operation, keepIfPossible = true): Operation | null {
  if (info.ops.has(op)) return info.transformedOps.get(op) ?? null;
  return keepIfPossible && info.graph === info.dstGraph ? op : null;
}

/** `copy_op_handler`: a copy with the given inputs; `nodedefFn` may change its NodeDef. */
export const copyOpHandler = api('copyOpHandler', ['info', 'op', 'newInputs', 'copyShape', 'nodedefFn'],
  (p: { info: TransformState; op: Operation; newInputs: readonly Tensor[]; copyShape?: boolean; nodedefFn?: ((n: NodeDef) => NodeDef) | null }): [Operation, readonly Tensor[]] => {
    if (typeof p.newInputs === 'boolean') throw new TypeError('the `new_inputs` argument must be an iterable.');
    const { info, op } = p;
    const name = info.dstGraph.uniqueName(info.newName(op.name));
    const def = p.nodedefFn?.({ ...op.nodeDef, name }) ?? { ...op.nodeDef, name };
    const made = info.dstGraph.createOp({
      type: def.op, name: def.name, inputs: p.newInputs, attr: def.attr, device: def.device, outputDtypes: op.outputs.map((t) => t.dtype), controlInputs: [], literal: true, inferShapes,
    });
    if (p.copyShape) made.outputs.forEach((t, i) => t.setShape(op.outputs[i]!.shape));
    return [made, made.outputs];
  }, { required: 3 });

// --- transforms ----------------------------------------------------------------------------------------------------

/** Arrays and plain objects of operations and tensors, and single ones. */
export type Tree = Operation | Tensor | readonly Tree[] | { readonly [key: string]: Tree };

/** `TransformerInfo`: what became of what. */
export class TransformerInfo {
  readonly #info: TransformState;
  readonly #back = new Map<Operation | Tensor, Operation | Tensor>();
  constructor(info: TransformState) {
    this.#info = info;
    for (const [a, b] of [...info.transformedOps, ...info.transformedTs]) this.#back.set(b, a);
  }
  /** The copy of an operation or tensor, or of all in a structure; null (or `missingFn`'s value) where there is none. */
  transformed<T extends Tree>(original: T, missingFn: (x: Operation | Tensor) => unknown = () => null): unknown {
    return mapTree(original, (x) => (x instanceof Operation ? this.#info.transformedOps.get(x) : this.#info.transformedTs.get(x)) ?? missingFn(x));
  }
  /** The other way round. */
  original<T extends Tree>(transformed: T, missingFn: (x: Operation | Tensor) => unknown = () => null): unknown { return mapTree(transformed, (x) => this.#back.get(x) ?? missingFn(x)); }
  toString(): string {
    const { scope, dstScope, graph, dstGraph } = this.#info;
    const lines = ['Transform result info:', graph === dstGraph ? `  Within graph${dstScope === '' ? ' IN-PLACE' : ''}` : '  From one graph to another'];
    if (scope !== '') lines.push(`  Relative to source scope: ${scope}`);
    if (dstScope !== '') lines.push(`  Scope destination: ${dstScope}`);
    return [...lines, 'Operations mapping:', ...[...this.#info.transformedOps].map(([a, b]) => `  ${a.name} => ${b.name}`), ''].join('\n');
  }
}

function mapTree(tree: Tree, f: (x: Operation | Tensor) => unknown): unknown {
  if (tree instanceof Operation || tree instanceof Tensor) return f(tree);
  if (Array.isArray(tree)) return (tree as readonly Tree[]).map((x) => mapTree(x, f));
  if (typeof tree === 'object' && tree !== null) return Object.fromEntries(Object.entries(tree as { [key: string]: Tree }).map(([k, x]) => [k, mapTree(x, f)]));
  throw new TypeError(`Expected a tf.Tensor or a tf.Operation, got a <class '${pythonTypeName(tree)}'>`);
}

/** `Transformer`: copies a view. Its handlers may be replaced before `call`. */
export class Transformer {
  transformOpHandler: (info: TransformState, op: Operation, newInputs: readonly Tensor[]) => readonly [Operation, readonly Tensor[]] = (i, op, ins) => copyOpHandler(i, op, ins);
  transformControlInputHandler: (info: TransformState, op: Operation) => Operation | null = (i, op) => transformOpIfInsideHandler(i, op);
  assignCollectionsHandler: (info: TransformState, elem: Operation | Tensor, copied: Operation | Tensor) => void = assignRenamedCollectionsHandler;
  /** For the inputs of the view. */
  transformExternalInputHandler: (info: TransformState, t: Tensor) => Tensor = replaceTWithPlaceholderHandler;
  /** For tensors from outside that are no inputs of the view. */
  transformExternalHiddenInputHandler: (info: TransformState, t: Tensor) => Tensor = keepTIfPossibleHandler;

  /** Runs the transform. `srcScope` is cut off the names, `dstScope` (made unique unless `reuseDstScope`) put in front.
   * Errors: TypeError for a destination that is no graph; ValueError for operations outside of `srcScope`. */
  call(sgv: ViewLike, dstGraph: Graph, dstScope: string, srcScope = '', reuseDstScope = false): [SubGraphView, TransformerInfo] {
    const view = makeView(sgv);
    if (!(dstGraph instanceof Graph)) throw new TypeError(`Expected a tf.Graph, got: <class '${pythonTypeName(dstGraph)}'>`);
    let to = scopeFinalize(dstScope);
    if (to !== '' && !reuseDstScope) to = scopeFinalize(dstGraph.uniqueName(to.slice(0, -1)));
    const info = new TransformState(view, dstGraph, to, scopeFinalize(srcScope));
    this.#copyOps(info);
    for (const { t, standIn, consumer } of info.cyclic) {
      const op = info.transformedOps.get(consumer)!;
      op._updateInput(op.inputs.indexOf(standIn), info.transformedTs.get(t)!);
    }
    for (const op of view.ops) {
      const control = op.controlInputs.map((c) => this.transformControlInputHandler(info, c)).filter((c) => c !== null);
      addControlInputs(info.transformedOps.get(op)!, control);
    }
    return [viewOf(info), new TransformerInfo(info)];
  }

  /** In the order the originals were made, so that inputs are there but for cycles. */
  #copyOps(info: TransformState): void {
    for (const op of [...info.sgv.ops].sort((a, b) => a.id - b.id)) {
      const [made, outputs] = this.transformOpHandler(info, op, op.inputs.map((t) => this.#input(info, t, op)));
      if (made === op) throw new ValueError('In-place transformation not allowed.');
      info.transformedOps.set(op, made);
      this.assignCollectionsHandler(info, op, made);
      op.outputs.forEach((t, i) => {
        info.transformedTs.set(t, outputs[i]!);
        this.assignCollectionsHandler(info, t, outputs[i]!);
      });
    }
  }

  #input(info: TransformState, t: Tensor, consumer: Operation): Tensor {
    const done = info.transformedTs.get(t);
    if (done) return done;
    if (info.inputs.has(t)) return this.transformExternalInputHandler(info, t);
    if (!info.ops.has(t.op)) return this.transformExternalHiddenInputHandler(info, t);
    // A cycle: something stands in until the tensor is there.
    const standIn = consumer.type === 'Merge' ? this.#input(info, consumer.inputs[0]!, consumer)
      : t.op.type === 'Enter' ? this.#input(info, t.op.inputs[0]!, consumer)
        : info.dstGraph.asDefault(() => makePlaceholderFromTensor(t, { scope: info.dstScope, prefix: 'geph_tmp' }));
    info.cyclic.push({ t, standIn, consumer });
    return standIn;
  }
}

/** The view of the copies, inputs and outputs in the order of the original's. */
function viewOf(info: TransformState): SubGraphView {
  const view = new SubGraphView(info.transformedOps.values());
  const counterparts = (ts: readonly Tensor[], among: readonly Tensor[]): Tensor[] => ts.map((t) => info.transformedTs.get(t)).filter((t) => t !== undefined && among.includes(t)) as Tensor[];
  return view.remap(counterparts(info.sgv.inputs, view.inputs), counterparts(info.sgv.outputs, view.outputs));
}

interface CopyArgs { sgv: ViewLike; dstGraph?: Graph | null; dstScope?: string; srcScope?: string; reuseDstScope?: boolean }
function run(t: Transformer, p: CopyArgs): [SubGraphView, TransformerInfo] {
  const view = makeView(p.sgv);
  const graph = p.dstGraph ?? view.graph;
  return t.call(view, graph as Graph, p.dstScope ?? '', p.srcScope ?? '', p.reuseDstScope ?? false);
}

/** `copy`: a copy of a view, with placeholders for its inputs. Value: the view of the copy and what became of what. */
export const copy = api('copy', ['sgv', 'dstGraph', 'dstScope', 'srcScope', 'reuseDstScope'], (p: CopyArgs) => run(new Transformer(), p), { required: 1 });

/** `copy_with_input_replacements`: a copy with some inputs replaced; the others stay (placeholders in another graph). */
export const copyWithInputReplacements = api('copyWithInputReplacements', ['sgv', 'replacementTs', 'dstGraph', 'dstScope', 'srcScope', 'reuseDstScope'],
  (p: CopyArgs & { replacementTs: ReadonlyMap<Tensor, Tensor> }) => {
    const t = new Transformer();
    t.transformExternalInputHandler = (info, x) => p.replacementTs.get(x) ?? keepTIfPossibleHandler(info, x);
    return run(t, p);
  }, { required: 2 });

interface ReplaceArgs { targetTs: Tensor | readonly Tensor[]; replacementTs: ReadonlyMap<Tensor, Tensor>; dstScope?: string; srcScope?: string; reuseDstScope?: boolean }
/** `graph_replace`: the targets computed anew from the replacements. Targets that do not depend on them stay themselves.
 * Errors: ValueError when none does. */
export const graphReplace = api('graphReplace', ['targetTs', 'replacementTs', 'dstScope', 'srcScope', 'reuseDstScope'], (p: ReplaceArgs): Tensor | Tensor[] => {
  const targets = p.targetTs instanceof Tensor ? [p.targetTs] : p.targetTs;
  const controlIos = new ControlOutputs(getUniqueGraph(targets, false, Tensor));
  const ops = getWalksIntersectionOps([...p.replacementTs.keys()], targets, { controlIos });
  if (ops.length === 0) throw new ValueError('Targets and replacements are not connected!');
  const { targetTs: _, ...rest } = p;
  const [, info] = copyWithInputReplacements({ ...rest, sgv: ops });
  return info.transformed(p.targetTs as Tree, (t) => t) as Tensor | Tensor[];
}, { required: 2 });
