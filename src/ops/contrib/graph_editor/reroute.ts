// Changing what operations take as inputs: tensors swapped or replaced for all who use them, control inputs added and
// removed. Follows contrib/graph_editor/reroute.py (1.15).
import { TypeError, ValueError } from '../../../graph/errors.ts';
import { pythonTypeName } from '../../../graph/graph.ts';
import { Operation, type Tensor } from '../../../graph/tensor.ts';
import { api } from '../../api.ts';
import { makeView, SubGraphView, type ViewLike } from './subgraph.ts';
import { checkGraphs, getConsumingOps, makeListOfOp, makeListOfT, type OpsLike, type TensorsLike } from './util.ts';

/** Which ends move: those of the second to the first (`a2b`), or both. */
type Mode = 'swap' | 'a2b';

interface RerouteArgs { ts0: TensorsLike; ts1: TensorsLike; canModify?: OpsLike | null; cannotModify?: OpsLike | null }

function rerouteTensors(p: RerouteArgs, mode: Mode): number {
  const [ts0, ts1] = [makeListOfT(p.ts0), makeListOfT(p.ts1)];
  checkCompatible(ts0, ts1);
  const forbidden = p.cannotModify ? new Set(makeListOfOp(p.cannotModify)) : undefined;
  const allowed = p.canModify ? new Set(makeListOfOp(p.canModify)) : undefined;
  const users = (t: Tensor): Operation[] => [...new Set(t.consumers())].filter((op) => (!allowed || allowed.has(op)) && !forbidden?.has(op));
  // Before anything changes: the same tensor may be in several pairs.
  const before = ts0.map((t0, i) => [users(t0), users(ts1[i]!)] as const);
  let changed = 0;
  const replace = (from: Tensor, to: Tensor, ops: readonly Operation[]): void => {
    for (const [op, places] of ops.map((o) => [o, o.inputs.flatMap((t, i) => (t === from ? [i] : []))] as const)) {
      for (const i of places) { op._updateInput(i, to); changed++; }
    }
  };
  ts0.forEach((t0, i) => {
    const t1 = ts1[i]!;
    if (t0 === t1) return;
    replace(t1, t0, before[i]![1]);
    // As in TF, who uses both has t1 twice in the end.
    if (mode === 'swap') replace(t0, t1, before[i]![0]);
  });
  return changed;
}

function checkCompatible(ts0: readonly Tensor[], ts1: readonly Tensor[]): void {
  if (ts0.length !== ts1.length) throw new ValueError(`ts0 and ts1 have different sizes: ${ts0.length} != ${ts1.length}`);
  ts0.forEach((t0, i) => {
    const t1 = ts1[i]!;
    if (!t0.dtype.isCompatibleWith(t1.dtype)) throw new ValueError(`Dtypes <dtype: '${t0.dtype.name}'> and <dtype: '${t1.dtype.name}'> are not compatible.`);
    if (!t0.shape.isCompatibleWith(t1.shape)) throw new ValueError(`Shapes ${t0.shape} and ${t1.shape} are not compatible.`);
  });
}

const TS = ['ts0', 'ts1', 'canModify', 'cannotModify'] as const;
/** `swap_ts`: the users of each tensor of one list get its partner in the other. Value: number of changed inputs.
 * Errors: ValueError for lists that do not fit together. */
export const swapTs = api('swapTs', TS, (p: RerouteArgs): number => rerouteTensors(p, 'swap'), { required: 2 });
/** `reroute_ts`: the users of `ts1` get `ts0`; `ts1` is left without users. */
export const rerouteTs = api('rerouteTs', TS, (p: RerouteArgs): number => rerouteTensors(p, 'a2b'), { required: 2 });

// --- views ---------------------------------------------------------------------------------------------------------

interface Views { sgv0: ViewLike; sgv1: ViewLike }
type Pair = [SubGraphView, SubGraphView];

function inputsOf(a: SubGraphView, b: SubGraphView, mode: Mode): Pair {
  checkGraphs(a, b);
  const canModify = [...a.ops, ...b.ops, ...getConsumingOps(a.passthroughs), ...getConsumingOps(b.passthroughs)];
  rerouteTensors({ ts0: a.inputs, ts1: b.inputs, canModify }, mode);
  remapAfter(a, b, mode);
  return [a, b];
}

/** The views now have each other's inputs; passthrough outputs follow. */
function remapAfter(a: SubGraphView, b: SubGraphView, mode: Mode): void {
  const [a0, b0] = [a.copy(), b.copy()];
  b.inputs = [...a0.inputs];
  b.passthroughs = [...a0.passthroughs];
  if (mode === 'swap') { a.inputs = [...b0.inputs]; a.passthroughs = [...b0.passthroughs]; }
  const update = (x: SubGraphView, y: SubGraphView): void => { y.outputs = y.outputs.map((t) => (x.passthroughs.includes(t) ? y.inputs[x.inputs.indexOf(t)]! : t)); };
  update(a, b);
  if (mode === 'swap') update(b, a);
}

function outputsOf(a: SubGraphView, b: SubGraphView, mode: Mode): Pair {
  checkGraphs(a, b);
  rerouteTensors({ ts0: a.outputs, ts1: b.outputs, cannotModify: [...a.ops, ...b.ops] }, mode);
  return [a, b];
}

const VIEWS = ['sgv0', 'sgv1'] as const;
/** `swap_inputs`: two views trade their inputs. The views given are changed and returned. */
export const swapInputs = api('swapInputs', VIEWS, (p: Views): Pair => inputsOf(makeView(p.sgv0), makeView(p.sgv1), 'swap'), { required: 2 });
/** `reroute_inputs`: the second view takes the inputs of the first. */
export const rerouteInputs = api('rerouteInputs', VIEWS, (p: Views): Pair => inputsOf(makeView(p.sgv0), makeView(p.sgv1), 'a2b'), { required: 2 });
/** `swap_outputs`: two views trade the users of their outputs. */
export const swapOutputs = api('swapOutputs', VIEWS, (p: Views): Pair => outputsOf(makeView(p.sgv0), makeView(p.sgv1), 'swap'), { required: 2 });
/** `reroute_outputs`: the users of the second view's outputs get the first's. */
export const rerouteOutputs = api('rerouteOutputs', VIEWS, (p: Views): Pair => outputsOf(makeView(p.sgv0), makeView(p.sgv1), 'a2b'), { required: 2 });
/** `swap_ios`: both inputs and outputs. */
export const swapIos = api('swapIos', VIEWS, (p: Views): Pair => { const [a, b] = [makeView(p.sgv0), makeView(p.sgv1)]; outputsOf(a, b, 'swap'); return inputsOf(a, b, 'swap'); }, { required: 2 });
/** `reroute_ios`: inputs and outputs of the second are those of the first. */
export const rerouteIos = api('rerouteIos', VIEWS, (p: Views): Pair => { const [a, b] = [makeView(p.sgv0), makeView(p.sgv1)]; outputsOf(a, b, 'a2b'); return inputsOf(a, b, 'a2b'); }, { required: 2 });

// --- control inputs ------------------------------------------------------------------------------------------------

interface ControlArgs { op: Operation; cops: OpsLike }
function checkOp(op: unknown): void { if (!(op instanceof Operation)) throw new TypeError(`Expected a tf.Operation, got: <class '${pythonTypeName(op)}'>`); }

/** `remove_control_inputs`. Errors: ValueError for one that is not there. */
export const removeControlInputs = api('removeControlInputs', ['op', 'cops'], (p: ControlArgs): void => {
  checkOp(p.op);
  const gone = new Set(makeListOfOp(p.cops, { allowGraph: false }));
  for (const c of gone) if (!p.op.controlInputs.includes(c)) throw new ValueError(`${p.op.name} is not a control_input of ${c.name}`);
  p.op._setControlInputs(p.op.controlInputs.filter((c) => !gone.has(c)));
}, { required: 2 });
/** `add_control_inputs`. Errors: ValueError for one that is there already. */
export const addControlInputs = api('addControlInputs', ['op', 'cops'], (p: ControlArgs): void => {
  checkOp(p.op);
  const added = makeListOfOp(p.cops, { allowGraph: false });
  for (const c of added) if (p.op.controlInputs.includes(c)) throw new ValueError(`${c.name} is already a control_input of ${p.op.name}`);
  p.op._addControlInputs(added);
}, { required: 2 });
