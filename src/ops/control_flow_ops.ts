// The nodes of dataflow control (Switch, Merge and those of loops), and ordering without data: NoOp, group, tuple and
// with_dependencies. Follows python/ops/{control_flow_ops,control_flow_grad}.py and core/ops/control_flow_ops.cc (1.15).
import { resource } from '../graph/dtype.ts';
import { NotImplementedError, TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, pythonTypeName } from '../graph/graph.ts';
import { SCALAR_SHAPE, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { publicCall } from '../graph/site.ts';
import { outputContext } from '../graph/control_flow_context.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { api, isOptions } from './api.ts';
import { sliceWith } from './array_slice.ts';
import { inScope } from './building.ts';
import { convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { pythonStr } from './make_array.ts';
import { flatten } from './nest.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type Grad, type GradFn } from './registry.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';
import { unchangedShape } from './shape_fns.ts';
import { withExits } from './scope_stack.ts';

// --- Switch and Merge -----------------------------------------------------------------------------------------------

const switchShape: ShapeFn = (c) => { c.withRank(c.input(1), 0); return [c.input(0), c.input(0)]; };

/** What all inputs agree on; unknown where the ranks differ. */
function mergedShape(c: ShapeContext): TensorShape {
  let out = c.input(0);
  for (let i = 1; i < c.numInputs; i++) {
    const s = c.input(i);
    if (out.dims === null || s.dims === null || s.dims.length !== out.dims.length) return UNKNOWN_SHAPE;
    out = new TensorShape(out.dims.map((d, k) => (d === s.dims![k] ? d : null)));
  }
  return out;
}
const mergeShape: ShapeFn = (c) => [mergedShape(c), SCALAR_SHAPE];

/** Gradient of a Switch: a Merge of what comes back from both sides. */
const switchGrad: GradFn = (op, ...grads) => {
  const context = op.controlFlowContext;
  if (context?.kind === 'while') throw loopGradient(op);
  if (context) {
    const { branch } = context as unknown as { branch: 0 | 1 };
    if (grads[1 - branch] === null) {
      if (op.inputs[0]!.dtype === resource) return [merge([grads[branch]!, grads[branch]!], 'cond_resource_grad')[0], null];
      return [null, null];
    }
    return [merge(grads as Tensor[], 'cond_grad')[0], null];
  }
  const back = grads.map((g, i) => switchTensor(g!, op.inputs[1]!)[i]!);
  return [merge(back)[0], null];
};
defineOp('Switch', { shape: switchShape, grad: switchGrad });
defineOp('RefSwitch', { shape: switchShape, grad: switchGrad });

/** Gradient of a Merge: the Switch that sends it back to the side it came from. */
const mergeGrad: GradFn = (op, grad) => {
  const context = outputContext(op.inputs[0]!.op);
  if (context?.kind === 'while') throw loopGradient(op);
  if (context) return switchRefOrTensor(grad!, (context as unknown as { pred: Tensor }).pred, 'cond_grad');
  const from = op.inputs.map((_, i) => op1('Equal', [op.outputs[1]!, i]));
  return from.map((taken) => switchRefOrTensor(grad!, taken)[1]);
};
defineOp('Merge', { shape: mergeShape, grad: mergeGrad });
defineOp('RefMerge', { shape: mergeShape, grad: mergeGrad });

function loopGradient(op: Operation): NotImplementedError {
  return new NotImplementedError('Gradients through while loops are not available yet.', { node: op.name, op: op.type, site: op.site?.location, remedy: 'unroll the loop, or cut the path with tf.stopGradient' });
}

// --- nodes of loops: importable; tf.while_loop makes none yet ---------------------------------------------------------

defineOp('Enter', { shape: (c) => [c.bool('is_constant') ? c.input(0) : UNKNOWN_SHAPE] });
defineOp('RefEnter', { shape: unchangedShape });
defineOp('Exit', { shape: unchangedShape });
defineOp('RefExit', { shape: unchangedShape });
defineOp('NextIteration', { shape: unchangedShape });
defineOp('RefNextIteration', { shape: unchangedShape });
defineOp('LoopCond', { shape: (c) => [c.withRank(c.input(0), 0)], grad: null });
defineOp('RefSelect', {
  shape: (c) => {
    c.withRank(c.input(0), 0);
    const first = c.input(1);
    for (let i = 1; i < c.numInputs; i++) if (!c.input(i).isFullyDefined || !first.equals(c.input(i))) return [UNKNOWN_SHAPE];
    return [first];
  },
});

// The stacks a loop's gradient reads the past iterations from: a handle is a vector of two.
defineOp('StackV2', { shape: () => [new TensorShape([2])] });
defineOp('StackPushV2', { shape: (c) => [c.input(1)] });
defineOp('StackPopV2', { shape: () => [UNKNOWN_SHAPE] });
defineOp('StackCloseV2', { shape: () => [] });

// --- internal builders ------------------------------------------------------------------------------------------------

type Switched<T> = readonly [onFalse: T, onTrue: T];

/** `control_flow_ops.switch`: the value on the side the predicate chooses, nothing on the other. */
export function switchTensor<T extends TensorLike | IndexedSlices>(data: T, pred: TensorLike, name?: string | null): Switched<T extends IndexedSlices ? IndexedSlices : Tensor>;
export function switchTensor(data: TensorLike | IndexedSlices, pred: TensorLike, name?: string | null): Switched<Tensor | IndexedSlices> {
  return inScope(name, 'Switch', [data, pred], (scope) => {
    if (data instanceof IndexedSlices) {
      const p = convertToTensor(pred, { name: 'pred' });
      const parts = [data.values, data.indices, ...(data.denseShape ? [data.denseShape] : [])].map((t) => applyOp('Switch', [t, p]).outputs);
      const side = (i: 0 | 1): IndexedSlices => new IndexedSlices(parts[0]![i]!, parts[1]![i]!, parts[2]?.[i] ?? null);
      return [side(0), side(1)];
    }
    const d = convertToTensor(data, { name: 'data', asRef: true });
    const p = convertToTensor(pred, { name: 'pred' });
    const { outputs } = applyOp('Switch', [d, p], {}, scope);
    return [outputs[0]!, outputs[1]!];
  });
}

/** `_SwitchRefOrTensor`: colocated with its data alone, and a RefSwitch where that is a reference. */
export function switchRefOrTensor(data: Tensor | IndexedSlices, pred: Tensor, name = 'Switch'): Switched<Tensor> {
  const place = data instanceof IndexedSlices ? data.op : data;
  return withExits([pred.graph.enterColocateWith(place, true)], () => {
    if (data instanceof Tensor && data.dtype.isRef) {
      const { outputs } = applyOp('RefSwitch', [data, pred], {}, name);
      return [outputs[0]!, outputs[1]!];
    }
    return switchTensor(data, pred, name) as Switched<Tensor>;
  });
}

/** `control_flow_ops.merge`: the value of an input that is there, and which one that is. */
export function merge(inputs: readonly (Tensor | IndexedSlices)[], name?: string | null): readonly [Tensor, Tensor];
export function merge(inputs: readonly (Tensor | IndexedSlices)[], name?: string | null): readonly [Grad, Tensor] {
  return inScope(name, 'Merge', inputs, (scope) => {
    if (inputs.every((t) => t instanceof Tensor)) {
      const { outputs } = applyOp(inputs.every((t) => t.dtype.isRef) ? 'RefMerge' : 'Merge', [inputs], {}, scope);
      return [outputs[0]!, outputs[1]!];
    }
    const slices = asIndexedSlicesList(inputs);
    const parts = [slices.map((s) => s.values), slices.map((s) => s.indices), ...(slices.every((s) => s.denseShape) ? [slices.map((s) => s.denseShape!)] : [])];
    const merged = parts.map((p) => applyOp('Merge', [p]).outputs);
    return [new IndexedSlices(merged[0]![0]!, merged[1]![0]!, merged[2]?.[0] ?? null), merged[0]![1]!];
  });
}

/** `math_ops._as_indexed_slices_list(optimize=False)`: dense tensors become slices of all their rows; indices of one dtype. */
function asIndexedSlicesList(inputs: readonly (Tensor | IndexedSlices)[]): IndexedSlices[] {
  const all = inputs.map((x) => {
    if (x instanceof IndexedSlices) return x;
    const shape = op1('Shape', [x]);
    const rows = sliceWith(shape, [0]);
    return new IndexedSlices(x, op1('Range', [0, rows, 1], undefined, 'range'), shape);
  });
  const wide = all.some((s) => s.indices.dtype.size === 8);
  const narrow = all.some((s) => s.indices.dtype.size === 4);
  if (!wide || !narrow) return all;
  const target = all.find((s) => s.indices.dtype.size === 8)!.indices.dtype;
  return all.map((s) => (s.indices.dtype === target ? s : new IndexedSlices(s.values, inScope(null, 'Cast', [s.indices], (scope) => op1('Cast', [s.indices], { DstT: target }, scope)), s.denseShape)));
}

// --- ordering -----------------------------------------------------------------------------------------------------------

defineOp('NoOp', { shape: () => [], grad: null });
defineOp('ControlTrigger', { shape: () => [], grad: null });

/** `tf.no_op`: does nothing; a place to hang control inputs on. */
export const noOp = api('noOp', ['name'], (p: { name?: string | null }): Operation => applyOp('NoOp', [], {}, p.name));

/** What can be grouped: operations, tensors, variables, IndexedSlices, and nested structures of them. */
export type Groupable = Operation | TensorLike | IndexedSlices | readonly Groupable[];

function opOf(x: unknown): Operation {
  if (x instanceof Operation) return x;
  if (typeof x === 'object' && x !== null && 'device' in x && 'op' in x) return x.op as Operation;
  throw new TypeError(`Expected tf.group() expected Tensor arguments not '${pythonStr(x)}' with type '<class '${pythonTypeName(x)}'>'`);
}

/** `tf.group(...)`: an op that is done when all of its inputs are. Inputs on several devices get one NoOp per device.
 * Errors: TypeError for what is no graph element. Follows python/ops/control_flow_ops.py. */
export function group(...args: (Groupable | { name?: string | null })[]): Operation {
  return publicCall(group as (...a: never[]) => unknown, () => {
    const last = args[args.length - 1];
    const options = isOptions(last) ? last as { name?: string | null } : {};
    return groupOps(isOptions(last) ? args.slice(0, -1) : args, options.name);
  });
}

function groupOps(inputs: readonly unknown[], name?: string | null): Operation {
  return inScope(name, 'group_deps', inputs, (scope) => {
    const graph = getDefaultGraph();
    if (inputs.length === 0) return applyOp('NoOp', [], {}, scope);
    const byDevice = new Map<string, Operation[]>();
    for (const o of flatten([...inputs], true).map(opOf)) {
      const there = byDevice.get(o.device);
      if (there) there.push(o); else byDevice.set(o.device, [o]);
    }
    const join = (device: string, deps: readonly Operation[], as?: string): Operation =>
      withExits([graph.enterControlDependencies(deps), graph.enterDevice(device)], () => applyOp('NoOp', [], {}, as));
    const devices = [...byDevice.keys()].sort();
    if (devices.length === 1) return join(devices[0]!, byDevice.get(devices[0]!)!, scope);
    return join('', devices.map((d) => join(d, byDevice.get(d)!)), scope);
  });
}

/** `control_flow_ops.with_dependencies`: the tensor, available only after `dependencies` ran; an Identity colocated with it. */
export function withDependencies<T extends TensorLike | IndexedSlices>(dependencies: readonly (Operation | Tensor)[], output: T, name?: string | null): T extends IndexedSlices ? IndexedSlices : Tensor {
  return inScope(name, 'control_dependency', [...dependencies, output], (scope) => {
    const graph = getDefaultGraph();
    return withExits([graph.enterColocateWith(opOf(output)), graph.enterControlDependencies(dependencies)], () => {
      const values = output instanceof IndexedSlices ? output.values : convertToTensor(output);
      const t = op1(values.dtype.isRef ? 'RefIdentity' : 'Identity', [values], {}, scope);
      return (output instanceof IndexedSlices ? new IndexedSlices(t, output.indices, output.denseShape) : t) as T extends IndexedSlices ? IndexedSlices : Tensor;
    });
  });
}

type TupleItem = Operation | TensorLike | IndexedSlices | null;
interface TupleParams { tensors: readonly TupleItem[]; name?: string | null; controlInputs?: readonly (Operation | Tensor)[] | null }

/** `tf.tuple`: the same tensors, each available only when all of them (and `controlInputs`) are. null stays null.
 * Errors: ValueError when there is no tensor at all. Follows python/ops/control_flow_ops.py. */
export const tuple = api('tuple', ['tensors', 'name', 'controlInputs'], (p: TupleParams): (Operation | Grad)[] =>
  inScope(p.name, 'tuple', p.tensors.filter((t): t is Tensor => t instanceof Tensor), () => {
    const converted = p.tensors.map((t) => (t === null || t instanceof Operation || t instanceof IndexedSlices || isTensorLike(t) ? t : convertToTensor(t)));
    const more = (p.controlInputs ?? []).map((c: unknown) => {
      if (c instanceof Tensor || c instanceof Operation) return opOf(c);
      throw new TypeError(`Control input must be Operation or Tensor: ${pythonStr(c)}`);
    });
    const gates = [...new Set([...converted.filter((t) => t !== null).map(opOf), ...more])].sort((a, b) => a.id - b.id);
    if (gates.length === 0) throw new ValueError(`Must have at least one Tensor: [${p.tensors.map(() => 'None').join(', ')}]`);
    const gate = groupOps(gates);
    return converted.map((t) => {
      if (t === null) return null;
      return t instanceof Operation ? withExits([gate.graph.enterControlDependencies([gate])], () => groupOps([t])) : withDependencies([gate], t);
    });
  }), { required: 1 });
