// Ops that carry boxes of elements on the `wasm` engine: the boxes of kernels/rearrange.ts, copied on the heap.
import { sizeOf } from '../kernels/common.ts';
import { ARRANGEMENTS } from '../kernels/rearrange.ts';
import type { WasmKernel } from './kit.ts';
import { copyBox } from './move.ts';
import { unitOf } from './rows.ts';

const arranged = (op: string): WasmKernel => (k, x, node) => {
  const { shape, first, boxes } = ARRANGEMENTS[op]!({ shapes: x.map((v) => v.shape), numbers: (i) => k.numbers(x[i]!) }, node);
  const out = k.make(x[0]!.type.baseDtype, shape), unit = unitOf(out), bytes = sizeOf(shape) * unit;
  if (first === 'zeros') k.fill(out.address, bytes);
  else if (first === 'input') k.move(out.address, x[0]!.address, bytes);
  for (const b of boxes) copyBox(k, unit, x[b.input]!.address + b.from * unit, b.fromStrides, out.address + b.to * unit, b.toStrides, b.dims);
  return [out];
};
export const rearrangeKernels: readonly (readonly [string, WasmKernel])[] = Object.keys(ARRANGEMENTS).map((op) => [op, arranged(op)]);
