// How calls of generated functions are divided among threads: along what does not change a bit, rows and columns of
// results, never the terms of a sum.
import type { Split } from './threads.ts';

/** Work worth a turn of another thread: products of a matrix multiplication, elements that are moved or computed. */
const PRODUCTS = 1 << 18, ELEMENTS = 1 << 15;

/** `n` things in parts of about one size, none empty: [first, count]. */
export function shares(n: number, parts: number): [number, number][] {
  const out: [number, number][] = [];
  for (let i = 0; i < Math.min(n, parts); i++) {
    const from = Math.floor((n * i) / Math.min(n, parts)), to = Math.floor((n * (i + 1)) / Math.min(n, parts));
    out.push([from, to - from]);
  }
  return out;
}
/** Part of a call: some arguments moved on, one counted anew. */
function part(args: readonly number[], count: number, value: number, moved: readonly (readonly [at: number, by: number])[]): number[] {
  const out = [...args];
  out[count] = value;
  for (const [at, by] of moved) out[at]! += by;
  return out;
}

/** Tiles of a product: (A, B, C, panels of A, depth, bytes of a row of C, start, panels of B, products, steps of A, B, C). */
export function splitTiles(size: number, rows: number, columns: number): Split {
  return (a, parts) => {
    const [, , , panels, depth, ldc, , wide, count, stepA, stepB, stepC] = a as [number, number, number, number, number, number, number, number, number, number, number, number];
    if (panels * rows * wide * columns * depth * count < PRODUCTS) return undefined;
    if (count > 1) {
      // Products one after the other may add to the same rows of C.
      if (count < parts || stepC < (panels * rows - 1) * ldc + wide * columns * size) return undefined;
      return shares(count, parts).map(([from, n]) => part(a, 8, n, [[0, from * stepA], [1, from * stepB], [2, from * stepC]]));
    }
    if (panels >= parts) return shares(panels, parts).map(([from, n]) => part(a, 3, n, [[0, from * rows * depth * size], [2, from * rows * ldc]]));
    if (wide >= parts) return shares(wide, parts).map(([from, n]) => part(a, 7, n, [[1, from * columns * depth * size], [2, from * columns * size]]));
    return undefined;
  };
}

/** Panels that are packed: (groups, source, depth, bytes from line to line, from k to k, destination, matrices, steps of source and destination). */
export function splitPack(size: number, lines: number, width: number): Split {
  return (a, parts) => {
    const [groups, , depth, line, , , count] = a as [number, number, number, number, number, number, number];
    if (groups < parts || groups * width * depth * count < ELEMENTS) return undefined;
    return shares(groups, parts).map(([from, n]) => part(a, 0, n, [[1, from * lines * line], [5, from * width * depth * size]]));
  };
}

/** Rows that are copied: (rows, bytes, source, destination, steps of both). */
export const splitRows: Split = (a, parts) => {
  const [rows, bytes, , , from, to] = a as [number, number, number, number, number, number];
  return rows < parts || rows * bytes < 4 * ELEMENTS ? undefined : shares(rows, parts).map(([first, n]) => part(a, 0, n, [[2, first * from], [3, first * to]]));
};
