// Taking parts of a graph out and joining them. Follows contrib/graph_editor/edit.py (1.15).
import { TypeError } from '../../../graph/errors.ts';
import { type Graph, pythonTypeName } from '../../../graph/graph.ts';
import type { Tensor } from '../../../graph/tensor.ts';
import { placeholder } from '../../array_values.ts';
import { api } from '../../api.ts';
import { removeControlInputs, rerouteInputs, rerouteTs, swapInputs, swapOutputs } from './reroute.ts';
import { checkCios } from './select.ts';
import { makeView, SubGraphView, type ViewLike } from './subgraph.ts';
import { checkGraphs, ControlOutputs, makePlaceholderFromTensor, placeholderName } from './util.ts';

/** `detach_control_inputs`: a view no longer waits for anything outside. */
export const detachControlInputs = api('detachControlInputs', ['sgv'], (p: { sgv: ViewLike }): void => {
  const v = makeView(p.sgv);
  for (const op of v.ops) removeControlInputs(op, op.controlInputs.filter((c) => !v.ops.includes(c)));
}, { required: 1 });

/** `detach_control_outputs`: nothing outside waits for it. Errors: TypeError unless given ControlOutputs. */
export const detachControlOutputs = api('detachControlOutputs', ['sgv', 'controlOutputs'], (p: { sgv: ViewLike; controlOutputs: ControlOutputs }): void => {
  if (!(p.controlOutputs instanceof ControlOutputs)) throw new TypeError(`Expected a util.ControlOutputs, got: <class '${pythonTypeName(p.controlOutputs)}'>`);
  p.controlOutputs.update();
  const v = makeView(p.sgv);
  for (const op of v.ops) for (const c of p.controlOutputs.get(op)) if (!v.ops.includes(c)) removeControlInputs(c, op);
}, { required: 2 });

function inGraph<R>(graph: Graph | null, body: () => R): R { return graph ? graph.asDefault(body) : body(); }

/** `detach_inputs`: placeholders (`geph__*`) take the place of a view's inputs. Value: the view and the placeholders. */
export const detachInputs = api('detachInputs', ['sgv', 'controlInputs'], (p: { sgv: ViewLike; controlInputs?: boolean }): [SubGraphView, Tensor[]] => {
  const v = makeView(p.sgv);
  const made = inGraph(v.graph, () => v.inputs.map((t) => placeholder(t.dtype, null, placeholderName(t))));
  swapInputs(v, made);
  if (p.controlInputs) detachControlInputs(v);
  return [v, made];
}, { required: 1 });

/** `detach_outputs`: placeholders take the place of a view's outputs for those who use them. */
export const detachOutputs = api('detachOutputs', ['sgv', 'controlOutputs'], (p: { sgv: ViewLike; controlOutputs?: ControlOutputs | null }): [SubGraphView, Tensor[]] => {
  const v = makeView(p.sgv);
  const used = v.remapOutputs(v.outputs.flatMap((t, i) => (t.consumers().length > 0 ? [i] : [])));
  const all = new SubGraphView(used.consumers());
  const consumers = all.remapInputs(all.inputs.flatMap((t, i) => (used.outputs.includes(t) ? [i] : [])));
  const made = inGraph(used.graph, () => consumers.inputs.map((t) => makePlaceholderFromTensor(t)));
  swapOutputs(used, made);
  if (p.controlOutputs) detachControlOutputs(used, p.controlOutputs);
  return [used, made];
}, { required: 1 });

interface DetachArgs { sgv: ViewLike; controlInputs?: boolean; controlOutputs?: ControlOutputs | null; controlIos?: ControlOutputs | null }
/** `detach`: both. Value: what was given, the placeholders for inputs, those for outputs. */
export const detach = api('detach', ['sgv', 'controlInputs', 'controlOutputs', 'controlIos'], (p: DetachArgs): [ViewLike, Tensor[], Tensor[]] => {
  const [inputs, outputs] = checkCios(p.controlInputs, p.controlOutputs, p.controlIos);
  const [, ins] = detachInputs(p.sgv, inputs);
  const [, outs] = detachOutputs(p.sgv, outputs);
  return [p.sgv, ins, outs];
}, { required: 1 });

/** `connect`: the outputs of one view become the inputs of the other. Errors: ValueError when they do not fit. */
export const connect = api('connect', ['sgv0', 'sgv1', 'disconnectFirst'], (p: { sgv0: ViewLike; sgv1: ViewLike; disconnectFirst?: boolean }): [SubGraphView, SubGraphView] => {
  const [a, b] = [makeView(p.sgv0), makeView(p.sgv1)];
  checkGraphs(a, b);
  if (p.disconnectFirst) detachOutputs(a);
  rerouteInputs(new SubGraphView([], a.outputs), b);
  return [a, b];
}, { required: 2 });

/** `bypass`: the users of a view's outputs get its inputs; the view itself gets placeholders. */
export const bypass = api('bypass', ['sgv'], (p: { sgv: ViewLike }): [SubGraphView, Tensor[]] => {
  const v = makeView(p.sgv);
  const inputs = [...v.inputs];
  const [, made] = detachInputs(v);
  rerouteTs(inputs, v.outputs);
  return [v, made];
}, { required: 1 });
