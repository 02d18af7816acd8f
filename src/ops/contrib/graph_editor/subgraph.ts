// SubGraphView: a part of a graph as a function of its input tensors. Views only look; reroute.ts and edit.ts change.
// Follows contrib/graph_editor/subgraph.py (1.15).
import { TypeError, ValueError } from '../../../graph/errors.ts';
import { Graph, pythonTypeName } from '../../../graph/graph.ts';
import type { Operation, Tensor } from '../../../graph/tensor.ts';
import { api, isOptions } from '../../api.ts';
import { computeBoundaryTs, getNameScopeOps, getWalksUnionOps, type Selected, selectOpsAndTs, type SelectOptions } from './select.ts';
import { getUniqueGraph, makeListOfOp, makeListOfT, type OpsLike, type TensorsLike } from './util.ts';

/** `tf.contrib.graph_editor.SubGraphView`. Passthrough tensors are inputs and outputs that no operation of it touches. */
export class SubGraphView {
  graph: Graph | null = null;
  ops: Operation[] = [];
  passthroughs: Tensor[] = [];
  inputs: Tensor[] = [];
  outputs: Tensor[] = [];

  constructor(insideOps: OpsLike = [], passthroughTs: TensorsLike = []) {
    const ops = makeListOfOp(insideOps);
    const ts = makeListOfT(passthroughTs);
    if (ops.length + ts.length === 0) return;
    this.graph = getUniqueGraph([...ops, ...ts]);
    this.ops = ops;
    const [inputs, outputs, inside] = computeBoundaryTs(ops);
    const all = new Set([...inputs, ...outputs, ...inside]);
    this.passthroughs = ts.filter((t) => !all.has(t));
    this.inputs = [...inputs, ...this.passthroughs];
    this.outputs = [...outputs, ...this.passthroughs];
  }

  copy(): SubGraphView {
    const v = new SubGraphView();
    v._assignFrom(this);
    return v;
  }
  /** internal: becomes the same view as another. */
  _assignFrom(o: SubGraphView): void {
    this.graph = o.graph;
    this.ops = [...o.ops];
    this.passthroughs = [...o.passthroughs];
    this.inputs = [...o.inputs];
    this.outputs = [...o.outputs];
  }

  get connectedInputs(): Tensor[] { return this.inputs.filter((t) => !this.passthroughs.includes(t)); }
  get connectedOutputs(): Tensor[] { return this.outputs.filter((t) => !this.passthroughs.includes(t)); }
  op(i: number): Operation { return this.ops[i]!; }
  isPassthrough(t: Tensor): boolean { return this.passthroughs.includes(t); }
  /** Errors: ValueError when there is no such operation. */
  findOpByName(name: string): Operation {
    const op = this.ops.find((o) => o.name === name);
    if (!op) throw new ValueError(`${name} not in subgraph.`);
    return op;
  }
  /** Errors: ValueError for a tensor that is no input. */
  inputIndex(t: Tensor): number { return this.#index(t, this.inputs, 'inputs'); }
  outputIndex(t: Tensor): number { return this.#index(t, this.outputs, 'outputs'); }
  #index(t: Tensor, list: readonly Tensor[], what: string): number {
    const i = list.indexOf(t);
    if (i < 0) throw new ValueError(`Can't find ${t.name} in ${what} of subgraph.`);
    return i;
  }
  /** The operations outside that use its outputs. */
  consumers(): Operation[] {
    const own = new Set(this.ops);
    return [...new Set(this.outputs.flatMap((t) => t.consumers().filter((op) => !own.has(op))))];
  }

  /** Another choice or order of the inputs and outputs, by index or tensor. Errors: ValueError out of range, and for an
   * input that is named twice. */
  remap(newInputIndices: readonly (number | Tensor)[] | null = null, newOutputIndices: readonly (number | Tensor)[] | null = null): SubGraphView {
    const v = this.copy();
    if (newInputIndices) v.inputs = pick(this.inputs, newInputIndices, false);
    if (newOutputIndices) v.outputs = pick(this.outputs, newOutputIndices, true);
    return v;
  }
  remapInputs(newInputIndices: readonly (number | Tensor)[]): SubGraphView { return this.remap(newInputIndices); }
  remapOutputs(newOutputIndices: readonly (number | Tensor)[]): SubGraphView { return this.remap(null, newOutputIndices); }
  /** Inputs and outputs as a new view of the operations would have them. */
  remapDefault(removeInputMap = true, removeOutputMap = true): SubGraphView {
    const v = this.copy();
    const [inputs, outputs] = computeBoundaryTs(this.ops);
    if (removeInputMap) v.inputs = [...inputs, ...this.passthroughs];
    if (removeOutputMap) v.outputs = [...outputs, ...this.passthroughs];
    return v;
  }
  remapOutputsMakeUnique(): SubGraphView { const v = this.copy(); v.outputs = [...new Set(this.outputs)]; return v; }
  /** Each output as often as it is used. */
  remapOutputsToConsumers(): SubGraphView {
    const v = this.copy();
    v.outputs = [...new Set(this.outputs)].flatMap((t) => t.consumers().map(() => t));
    return v;
  }
  /** Without the operations that lead neither from an input nor to an output. */
  removeUnusedOps(controlInputs = true): SubGraphView {
    const v = this.copy();
    const used = new Set(getWalksUnionOps(this.connectedInputs, this.connectedOutputs, { withinOps: this.ops, controlInputs }));
    v.ops = this.ops.filter((op) => used.has(op));
    return v;
  }

  toString(): string {
    if (!this.graph) return 'SubGraphView: empty';
    const list = (name: string, items: readonly string[]): string => (items.length > 0 ? `** ${name}[${items.length}]:\n${items.map((i) => `  ${i}`).join('\n')}\n` : `** ${name}: empty\n`);
    const tensor = (t: Tensor): string => (this.passthroughs.includes(t) ? `${t.name} *` : t.name);
    return `SubGraphView:\n${list('ops', this.ops.map((o) => o.name))}${list('inputs', this.inputs.map(tensor))}${list('outputs', this.outputs.map(tensor))}`;
  }
}

function pick(list: readonly Tensor[], indices: readonly (number | Tensor)[], repetition: boolean): Tensor[] {
  const numbers = indices.map((i) => {
    if (typeof i === 'number') return i;
    const at = list.indexOf(i);
    if (at < 0) throw new ValueError(`${i.name} is not in list`);
    return at;
  });
  for (const i of numbers) if (!(i >= 0 && i < list.length)) throw new ValueError(`Out of [0, ${list.length}[ range: ${i}`);
  if (!repetition && new Set(numbers).size !== numbers.length) throw new ValueError(`Found repetition in mapping: [${numbers.join(', ')}]`);
  return numbers.map((i) => list[i]!);
}

/** What may stand for a view. */
export type ViewLike = SubGraphView | Selected;
/** `make_view`, also `sgv`: a view of operations and passthrough tensors, chosen as by `selectOpsAndTs`; a view is itself.
 * Errors: TypeError and ValueError as `selectOps`; ValueError `Graph mismatch.` */
export function makeView(...args: (ViewLike | SelectOptions<Operation | Tensor>)[]): SubGraphView {
  const last = args[args.length - 1];
  const options = isOptions(last) ? last as SelectOptions<Operation | Tensor> : {};
  const items = isOptions(last) ? args.slice(0, -1) : args;
  const view = items.length === 1 && items[0] instanceof SubGraphView ? items[0] : new SubGraphView(...selectOpsAndTs(...items as Selected[], options));
  if (options.graph && view.graph && view.graph !== options.graph) {
    if (!(options.graph instanceof Graph)) throw new TypeError(`Expected a tf.Graph, got: <class '${pythonTypeName(options.graph)}'>`);
    throw new ValueError('Graph mismatch.');
  }
  return view;
}

/** `make_view_from_scope`, also `sgv_scope`: a view of a name scope. */
export const makeViewFromScope = api('makeViewFromScope', ['scope', 'graph'], (p: { scope: string; graph: Graph }): SubGraphView => new SubGraphView(getNameScopeOps(p.graph, p.scope)), { required: 2 });
