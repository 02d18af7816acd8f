// Adding up the gradients that reach one tensor. Follows _AggregatedGrads and _MultiDeviceAddN in
// python/ops/gradients_util.py and aggregate_indexed_slices_gradients in python/eager/backprop.py (1.15).
import { int32, int64 } from '../graph/dtype.ts';
import { UNKNOWN_SHAPE } from '../graph/shape.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { concat } from './array_ops.ts';
import { IndexedSlices } from './indexed_slices.ts';
import './indexed_slices_to_tensor.ts';
import { accumulateN, addN, castTensor } from './math_ops.ts';
import type { Grad } from './registry.ts';
import { withExits } from './scope_stack.ts';

/** `tf.AggregationMethod`. */
export const AggregationMethod = { ADD_N: 0, DEFAULT: 0, EXPERIMENTAL_TREE: 1, EXPERIMENTAL_ACCUMULATE_N: 2 } as const;
export type AggregationMethod = 0 | 1 | 2;

/** One gradient out of those that one output of `op` received; null for none. */
export function aggregate(op: Operation, received: readonly (Tensor | IndexedSlices)[], method: AggregationMethod): Grad {
  if (received.length < 2) return received[0] ?? null;
  if (!received.every((g) => g instanceof Tensor)) return aggregateSlices(received);
  if (method === AggregationMethod.ADD_N) return addPerDevice(received);
  const known = received.reduce((s, t) => s.mergeWith(t.shape), UNKNOWN_SHAPE).isFullyDefined;
  return method === AggregationMethod.EXPERIMENTAL_ACCUMULATE_N && received.length > 2 && known ? accumulateN(received) : addInPairs(op, received);
}

/** AddN of the tensors of each device, then of the devices' sums; colocated with the first tensor. */
function addPerDevice(tensors: readonly Tensor[]): Tensor {
  const byDevice = new Map<string, Tensor[]>();
  for (const t of tensors) {
    const l = byDevice.get(t.device);
    if (l) l.push(t); else byDevice.set(t.device, [t]);
  }
  return addN([...byDevice.keys()].sort().map((d) => {
    const list = byDevice.get(d)!;
    return withExits([list[0]!.graph.enterColocateWith(list[0]!, true)], () => addN(list));
  }));
}

/** A running sum. */
function addInPairs(op: Operation, tensors: readonly Tensor[]): Tensor {
  return withExits([op.graph.enterNameScope(`${op.name}_gradient_sum`)], () => tensors.slice(1).reduce((sum, t) => addN([sum, t]), tensors[0]!));
}

/** Rows of all slices, one after the other; a dense gradient among them makes the result dense. */
function aggregateSlices(received: readonly (Tensor | IndexedSlices)[]): Grad {
  const slices = received.filter((g) => g instanceof IndexedSlices);
  if (slices.length < received.length) return addN(received);
  const mixed = slices.some((s) => s.indices.dtype !== slices[0]!.indices.dtype);
  const indices = slices.map((s) => (mixed && s.indices.dtype === int32 ? castTensor(s.indices, int64) : s.indices));
  const values = concat(slices.map((s) => s.values), { axis: 0 });
  return new IndexedSlices(values, concat(indices, { axis: 0 }), slices[0]!.denseShape);
}
