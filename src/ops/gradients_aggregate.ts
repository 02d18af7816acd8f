// Adding up the gradients that reach one tensor. Follows _AggregatedGrads and _MultiDeviceAddN in
// python/ops/gradients_util.py and aggregate_indexed_slices_gradients in python/eager/backprop.py (1.15).
import { NotImplementedError, ValueError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { concat } from './array_ops.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { op1 } from './op_def_library.ts';
import type { Grad } from './registry.ts';
import { withExits } from './scope_stack.ts';

/** `tf.AggregationMethod`. */
export const AggregationMethod = { ADD_N: 0, DEFAULT: 0, EXPERIMENTAL_TREE: 1, EXPERIMENTAL_ACCUMULATE_N: 2 } as const;
export type AggregationMethod = 0 | 1 | 2;

/** One gradient out of those received; null for none. */
export function aggregate(received: readonly (Tensor | IndexedSlices)[], method: AggregationMethod): Grad {
  if (method !== 0 && method !== 1 && method !== 2) throw new ValueError(`Invalid aggregation_method specified ${String(method)}.`);
  if (received.length < 2) return received[0] ?? null;
  if (received.every((g): g is Tensor => !(g instanceof IndexedSlices))) return method === 0 ? addPerDevice(received) : addAsTree(received);
  return aggregateSlices(received);
}

/** AddN of the tensors of each device, then of the devices' sums; colocated with the first tensor. */
function addPerDevice(tensors: readonly Tensor[]): Tensor {
  const byDevice = new Map<string, Tensor[]>();
  for (const t of tensors) byDevice.set(t.device, [...(byDevice.get(t.device) ?? []), t]);
  const sums = [...byDevice.keys()].sort().map((d) => {
    const list = byDevice.get(d)!;
    return withExits([list[0]!.graph.enterColocateWith(list[0]!, true)], () => addN(list));
  });
  return addN(sums);
}

function addN(tensors: readonly Tensor[]): Tensor { return tensors.length === 1 ? tensors[0]! : op1('AddN', [tensors]); }

/** Running sum in pairs, each colocated with the first. */
function addAsTree(tensors: readonly Tensor[]): Tensor {
  const first = tensors[0]!;
  return withExits([first.graph.enterNameScope(`${first.op.name}_gsum`)], () => tensors.slice(1).reduce((sum, t) => op1('AddN', [[sum, t]]), first));
}

/** Rows of all slices, one after the other; a dense gradient among them makes the result dense in TF. */
function aggregateSlices(received: readonly (Tensor | IndexedSlices)[]): IndexedSlices {
  const slices = received.map((g) => {
    if (g instanceof IndexedSlices) return g;
    throw new NotImplementedError('Adding a dense gradient to an IndexedSlices is not available yet.', { node: g.op.name, op: g.op.type });
  });
  const values = concat(slices.map((s) => s.values), { axis: 0 });
  const indices = concat(slices.map((s) => s.indices), { axis: 0 });
  return new IndexedSlices(values, indices, slices[0]!.denseShape);
}
