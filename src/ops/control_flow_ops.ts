// NoOp, group, tuple and with_dependencies: ordering without data. Follows python/ops/control_flow_ops.py (1.15).
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, pythonTypeName } from '../graph/graph.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { api, isOptions } from './api.ts';
import { inScope } from './building.ts';
import { convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { pythonStr } from './make_array.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type Grad } from './registry.ts';
import { withExits } from './scope_stack.ts';

defineOp('NoOp', { shape: () => [], grad: null });

/** `tf.no_op`: does nothing; a place to hang control inputs on. */
export const noOp = api('noOp', ['name'], (p: { name?: string | null }): Operation => applyOp('NoOp', [], {}, p.name));

/** What can be grouped: operations, tensors, variables, IndexedSlices, and lists of them. */
export type Groupable = Operation | TensorLike | IndexedSlices | readonly Groupable[];

function opOf(x: unknown): Operation {
  if (x instanceof Operation) return x;
  if (typeof x === 'object' && x !== null && 'device' in x && 'op' in x) return x.op as Operation;
  throw new TypeError(`Expected tf.group() expected Tensor arguments not '${pythonStr(x)}' with type '<class '${pythonTypeName(x)}'>'`);
}

/** `tf.group(...)`: an op that is done when all of its inputs are. Inputs on several devices get one NoOp per device.
 * Errors: TypeError for what is no graph element. */
export function group(...args: (Groupable | { name?: string | null })[]): Operation {
  const last = args[args.length - 1];
  const options = isOptions(last) ? args.pop() as { name?: string | null } : {};
  return inScope(options.name, 'group_deps', args, (scope) => {
    const byDevice = new Map<string, Operation[]>();
    for (const o of (args as unknown[]).flat(Infinity).map(opOf)) byDevice.set(o.device, [...(byDevice.get(o.device) ?? []), o]);
    if (byDevice.size === 0) return applyOp('NoOp', [], {}, scope);
    const graph = getDefaultGraph();
    const join = (device: string, deps: readonly Operation[], name?: string): Operation =>
      withExits([graph.enterControlDependencies(deps), graph.enterDevice(device)], () => applyOp('NoOp', [], {}, name));
    const devices = [...byDevice.keys()].sort();
    if (devices.length === 1) return join(devices[0]!, byDevice.get(devices[0]!)!, scope);
    return join('', devices.map((d) => join(d, byDevice.get(d)!)), scope);
  });
}

/** The tensor, available only after `dependencies` ran: an Identity colocated with it. */
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

/** `tf.tuple`: the same tensors, each available only when all of them (and `controlInputs`) are. null stays null; an
 * operation becomes a group of its own. Errors: ValueError when there is no tensor at all, TypeError for a bad control input. */
export function tuple(tensors: readonly (Operation | TensorLike | IndexedSlices | null)[], options: { name?: string | null; controlInputs?: readonly (Operation | Tensor)[] | null } = {}): (Operation | Grad)[] {
  return inScope(options.name, 'tuple', tensors, () => {
    const converted = tensors.map((t) => (t === null || t instanceof Operation || t instanceof IndexedSlices || isTensorLike(t) ? t : convertToTensor(t)));
    const control = (options.controlInputs ?? []).map((c) => {
      if (c instanceof Tensor) return c.op;
      if (!(c instanceof Operation)) throw new TypeError(`Control input must be Operation or Tensor: ${pythonStr(c)}`);
      return c;
    });
    const gates = [...new Set([...converted.filter((t) => t !== null).map(opOf), ...control])].sort((a, b) => a.id - b.id);
    if (gates.length === 0) throw new ValueError(`Must have at least one Tensor: [${tensors.map(() => 'None').join(', ')}]`);
    const gate = group(...gates);
    return converted.map((t) => (t === null ? null : t instanceof Operation ? withExits([getDefaultGraph().enterControlDependencies([gate])], () => group(t)) : withDependencies([gate], t)));
  });
}
