// How a loop falls into rows that are done some at a time: its axes, those that all operands pass alike taken together, and
// along which of them the rows are counted.
import { collapse } from '../kernels/compute.ts';
import { isWhole, type Operand, stepsOf } from './map.ts';

/** Rows of `each` elements, `total` of them, counted along the axes 0 to `level`. `flat`: every operand is whole or one element. */
export interface Rows { readonly dims: readonly number[]; readonly strides: readonly (readonly number[])[]; readonly level: number; readonly each: number; readonly total: number; readonly flat: boolean }

/** `columns`: elements a row must have, side by side for every operand; 0: as few as there are, at most so many. undefined: there are no such rows. */
export function rowsOf(shape: readonly number[], reads: readonly Operand[], columns: number, most: number): Rows | undefined {
  let n = 1;
  for (const d of shape) n *= d;
  if (n === 0) return undefined;
  const same = reads.map((a) => isWhole(a, shape)), flat = reads.every((a, i) => same[i] || a.shape.every((d) => d === 1));
  let { dims, strides } = flat ? { dims: [n], strides: same.map((s) => [s ? 1 : 0]) } : collapse(shape, reads.map((a) => stepsOf(a, shape)));
  if (columns === 0) {
    let level = dims.length - 1, each = 1;
    while (level > 0 && each * dims[level]! <= most) each *= dims[level--]!;
    return { dims, strides, level, each, total: n / each, flat };
  }
  const inner = dims[dims.length - 1]!;
  if (inner % columns > 0) return undefined;
  if (inner > columns || dims.length === 1) {
    dims = [...dims.slice(0, -1), inner / columns, columns];
    strides = strides.map((s) => [...s.slice(0, -1), s[s.length - 1]! * columns, s[s.length - 1]!]);
  }
  return { dims, strides, level: dims.length - 2, each: columns, total: n / columns, flat };
}
