// Blocks of space into the batch and back on the `wasm` engine: the boxes of kernels/space_to_batch.ts.
import type { DeviceNode } from '../engines/engine.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { type Blocks, boxes, fromBatch, toBatch } from '../kernels/space_to_batch.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { copyBox } from './move.ts';

/** Block sizes, margins and the result's shape; undefined where the reference kernel has an error to raise. */
function plan(k: Kit, inputs: readonly WasmValue[], node: DeviceNode, read: (shape: readonly number[], rest: readonly NDArray[], node: DeviceNode) => Blocks): Blocks | undefined {
  const [x, ...rest] = inputs;
  if (x!.size === 0) return undefined;
  try { return read(x!.shape, rest.map((v) => k.read(v)), node); } catch { return undefined; }
}
const spaceToBatch: WasmKernel = (k, inputs, node) => {
  const x = inputs[0]!, b = plan(k, inputs, node, toBatch);
  if (!b) return undefined;
  const out = k.make(x.type, b.shape), { size } = x.type;
  k.heap.u8.fill(0, out.address, out.address + out.size * size);
  for (const { dims, image, imageStrides, stack, stackStrides } of boxes(x.shape, b.shape, b)) copyBox(k, size, x.address + image * size, imageStrides, out.address + stack * size, stackStrides, dims);
  return [out];
};
const batchToSpace: WasmKernel = (k, inputs, node) => {
  const x = inputs[0]!, b = plan(k, inputs, node, fromBatch);
  if (!b) return undefined;
  const out = k.make(x.type, b.shape), { size } = x.type;
  for (const { dims, image, imageStrides, stack, stackStrides } of boxes(b.shape, x.shape, b)) copyBox(k, size, x.address + stack * size, stackStrides, out.address + image * size, imageStrides, dims);
  return [out];
};

export const spaceToBatchKernels: readonly (readonly [string, WasmKernel])[] = [
  ['SpaceToBatchND', spaceToBatch], ['SpaceToBatch', spaceToBatch], ['BatchToSpaceND', batchToSpace], ['BatchToSpace', batchToSpace],
];
