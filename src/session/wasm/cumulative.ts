// Cumsum and Cumprod on the `wasm` engine: with the axis moved to the front, row i + 1 of the sums is row i joined with row
// i of the terms, and row 0 is all zeros (ones). 16-bit floats run in binary32 and round once.
import { boolAttr, sizeOf, stridesOf } from '../kernels/common.ts';
import { scalarOne } from '../kernels/array.ts';
import { JOINS } from '../kernels/scatter.ts';
import { bytesOf, laneStorage } from '../jit/lanes.ts';
import { axisOf, filled, first } from './array.ts';
import type { WasmKernel } from './kit.ts';
import { codeFor, valueBody } from './map.ts';
import { narrowed, widened, wideType } from './matmul.ts';
import { copyBox } from './move.ts';

const scan = (kind: 'Add' | 'Mul'): WasmKernel => (k, [a, d], node) => {
  const { shape } = a!, axis = axisOf(first(k, d!), shape.length);
  if (axis === undefined) return undefined;
  const exclusive = boolAttr(node, 'exclusive', false), backward = boolAttr(node, 'reverse', false);
  const out = k.make(a!.type.baseDtype, shape), wide = wideType(out.type), s = laneStorage(wide.storage), unit = bytesOf(s);
  if (out.size === 0) return [out];
  const to = narrowed(k, out), from = widened(k, a!);
  const n = shape[axis]!, inner = sizeOf(shape.slice(axis + 1)), outer = sizeOf(shape.slice(0, axis)), row = outer * inner;
  const dims = [outer, n, inner], own = stridesOf(dims), turned = [inner, backward ? -row : row, 1]; // as [outer, n, inner] and as [n, outer, inner]
  const sums = k.scratch((n + 1) * row * unit);
  let terms = from;
  if (outer > 1 || backward) {
    terms = k.scratch(n * row * unit);
    copyBox(k, unit, from + (backward ? (n - 1) * inner * unit : 0), [backward ? -inner : inner, n * inner, 1], terms, [row, inner, 1], [n, outer, inner]);
  }
  if (kind === 'Add') k.fill(sums, row * unit);
  else { const ones = filled(k, k.write(scalarOne(wide)), [row]); k.move(sums, ones.address, row * unit); }
  const operand = { address: 0, storage: s, shape: [] };
  codeFor(k, `scan${kind}`, valueBody(JOINS[kind]!, s)!, [s], [operand, operand], [false, false])(n, Math.ceil(row / 4), sums + row * unit, row * unit, sums, row * unit, terms, row * unit);
  const start = sums + (exclusive ? 0 : row * unit) + (backward ? (n - 1) * row * unit : 0);
  copyBox(k, unit, start, turned, to.address, own, dims);
  to.finish();
  return [out];
};

export const cumulativeKernels: readonly (readonly [string, WasmKernel])[] = [['Cumsum', scan('Add')], ['Cumprod', scan('Mul')]];
