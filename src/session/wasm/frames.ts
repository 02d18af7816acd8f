// Images as convolutions read them: rows with their padding in place, a block at a time. Every window is then runs of
// neighbours at equal distances, and panels of the packed product are read from where they lie: no window is ever
// written out.
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { Geometry } from './conv.ts';
import { type PackRows, turnOver } from './gemm.ts';
import type { Kit } from './kit.ts';
import { copyBox } from './move.ts';

const BLOCK_BYTES = 1 << 18;

/** A block: `rows` rows of output positions in each of `images` images. Bytes from row to row and from image to image of what they read. */
export interface Frame { readonly address: number; readonly pitch: number; readonly imageBytes: number; readonly images: number; readonly rows: number; /** Its first output position. */ readonly first: number }

/** Whether windows are such runs. */
export function isFramed(g: Geometry): boolean { return g.w.dilation === 1 && g.h.output * g.w.output > 0; }
const reach = (d: Geometry['h'], outputs: number): number => (outputs - 1) * d.stride + (d.taps - 1) * d.dilation + 1;
/** Extent of the padded images with all that windows reach and all that is there. */
export function paddedExtent(d: Geometry['h']): number { return Math.max(reach(d, d.output), d.before + d.input); }

/** How images are cut; `bare`: windows are read where the images lie. */
function cut(g: Geometry, size: number): { readonly bare: boolean; readonly pitch: number; readonly rows: number; readonly images: number } {
  const { h, w, ci } = g, width = reach(w, w.output);
  const bare = w.before === 0 && h.before === 0 && width <= w.input && reach(h, h.output) <= h.input;
  const pitch = (bare ? w.input : width) * ci * size, most = Math.floor(BLOCK_BYTES / pitch);
  const rows = reach(h, h.output) <= most ? h.output : Math.max(1, Math.min(h.output, Math.floor((most - reach(h, 1)) / h.stride) + 1));
  return { bare, pitch, rows, images: rows < h.output ? 1 : Math.max(1, Math.min(g.n, Math.floor(most / reach(h, h.output)))) };
}
/** Most output positions in a block. */
export function framePositions(g: Geometry, size: number): number { const { rows, images } = cut(g, size); return images * rows * g.w.output; }

/** Calls f with all blocks of some images in order. */
export function frames(k: Kit, g: Geometry, x: number, size: number, f: (b: Frame) => void, from = 0, to = g.n): void {
  const { h, w, ci } = g, pixel = ci * size, width = reach(w, w.output), { bare, pitch, rows, images } = cut(g, size);
  const inImage = w.input * h.input * pixel, imageBytes = bare ? inImage : reach(h, rows) * pitch;
  const block = bare ? 0 : k.scratch(images * imageBytes);
  const columns = Math.min(w.input, width - w.before);
  // Between the columns of the images lie zeros, in every block the same.
  if (!bare) k.fill(block, images * imageBytes);
  for (let n = from; n < to; n += images) {
    const count = Math.min(images, to - n);
    for (let oh = 0; oh < h.output; oh += rows) {
      const height = Math.min(rows, h.output - oh), first = (n * h.output + oh) * w.output, top = oh * h.stride - h.before;
      if (bare) { f({ address: x + n * inImage + top * pitch, pitch, imageBytes, images: count, rows: height, first }); continue; }
      const need = reach(h, height), begin = Math.max(0, top), above = Math.min(need, begin - top), there = Math.max(0, Math.min(h.input, top + need) - begin);
      for (let i = 0; i < count; i++) {
        const at = block + i * imageBytes;
        k.fill(at, above * pitch);
        k.fill(at + (above + there) * pitch, (need - above - there) * pitch);
      }
      copyBox(k, size, x + n * inImage + begin * w.input * pixel, [inImage / size, w.input * ci, 1], block + above * pitch + w.before * pixel, [imageBytes / size, pitch / size, 1], [count, there, columns * ci]);
      f({ address: block, pitch, imageBytes, images: count, rows: height, first });
    }
  }
}

/** Positions in a block, and the arguments of a walk over them from the m-th on: where it is, columns and rows left, bytes from column to column, and what is added at the end of a row and of an image. */
function walk(g: Geometry, b: Frame, size: number, m: number): number[] {
  const columns = g.w.output, step = g.w.stride * g.ci * size, row = g.h.stride * b.pitch;
  const image = Math.floor(m / (b.rows * columns)), oh = Math.floor(m / columns) % b.rows, ow = m % columns;
  return [b.address + image * b.imageBytes + oh * row + ow * step, columns - ow, b.rows - oh, columns, b.rows, step, row - columns * step, b.imageBytes - b.rows * row];
}
const WALK = { at: 0, columnsLeft: 1, rowsLeft: 2, columns: 3, rows: 4, step: 5, row: 6, image: 7 } as const, WALKED = 8;
/** One position on. */
function next(f: FunctionBuilder, at: Local, columnsLeft: Local, rowsLeft: Local): void {
  f.addLocal(at, WALK.step).get(columnsLeft).i32(1).op('i32.sub').tee(columnsLeft).op('i32.eqz').if(() => {
    f.get(WALK.columns).set(columnsLeft).addLocal(at, WALK.row).get(rowsLeft).i32(1).op('i32.sub').tee(rowsLeft).op('i32.eqz').if(() => {
      f.get(WALK.rows).set(rowsLeft).addLocal(at, WALK.image);
    });
  });
}

/** Windows as rows of A: k is (tap row, tap column, channel). */
export function windowRows(k: Kit, g: Geometry, b: Frame, size: 4 | 8): PackRows {
  const run = g.w.taps * g.ci;
  return (m, panels, height, k0, depth, to) => {
    const code = k.code(`conv.rows.${size}.${height}`, () => rowsFunction(size, height)), [at, ...rest] = walk(g, b, size, m);
    for (let i = k0; i < k0 + depth;) {
      const tap = Math.floor(i / run), count = Math.min((tap + 1) * run, k0 + depth) - i;
      code(at! + tap * g.h.dilation * b.pitch + (i - tap * run) * size, ...rest, panels, count, to + (i - k0) * height * size, depth * height * size);
      i += count;
    }
  };
}
/** (walk, panels, elements of a run, destination, bytes from panel to panel): for each element of the run those of `lines` positions side by side. */
function rowsFunction(size: 4 | 8, lines: number): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: WALKED + 4 }, () => 'i32' as const));
  const P = { panels: WALKED, count: WALKED + 1, to: WALKED + 2, step: WALKED + 3 } as const, lanes = 16 / size;
  const from = Array.from({ length: lines }, () => f.local()), to = f.local(), left = f.local();
  return f.repeat(P.panels, () => {
    for (const p of from) { f.get(WALK.at).set(p); next(f, WALK.at, WALK.columnsLeft, WALK.rowsLeft); }
    f.get(P.to).set(to).get(P.count);
    if (lines % lanes === 0) {
      f.i32(size === 4 ? 2 : 1).op('i32.shr_u').set(left);
      f.repeat(left, () => {
        for (let g = 0; g < lines; g += lanes) {
          const rows = from.slice(g, g + lanes).map((p) => { const l = f.local('v128'); f.get(p).simdMem('v128.load').set(l).addConst(p, 16); return l; });
          turnOver(f, rows).forEach((column, j) => { f.get(to).get(column).simdMem('v128.store', (j * lines + g) * size); });
        }
        f.addConst(to, lanes * lines * size);
      });
      f.get(P.count).i32(lanes - 1).op('i32.and');
    }
    f.set(left);
    f.repeat(left, () => {
      from.forEach((p, j) => {
        f.get(to).get(p);
        if (size === 4) f.mem('i32.load').mem('i32.store', 4 * j); else f.mem('i64.load').mem('i64.store', 8 * j);
        f.addConst(p, size);
      });
      f.addConst(to, lines * size);
    });
    f.addLocal(P.to, P.step);
  });
}

/** Windows as columns: rows of A are (tap row, tap column, channel), k is the position. Runs are multiples of four elements. */
export function windowColumns(k: Kit, g: Geometry, b: Frame, size: 4 | 8): PackRows {
  const run = g.w.taps * g.ci;
  return (m, panels, height, k0, depth, to) => {
    const code = k.code(`conv.columns.${size}`, () => columnsFunction(size)), [at, ...rest] = walk(g, b, size, k0);
    for (let i = m; i < m + panels * height;) {
      const tap = Math.floor(i / run), count = Math.min((tap + 1) * run, m + panels * height) - i;
      code(at! + tap * g.h.dilation * b.pitch + (i - tap * run) * size, ...rest, count / height, depth, to + (i - m) * depth * size);
      i += count;
    }
  };
}
/** (walk, panels, positions, destination): four neighbours of every position, panel after panel. */
function columnsFunction(size: 4 | 8): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: WALKED + 3 }, () => 'i32' as const));
  const P = { panels: WALKED, positions: WALKED + 1, to: WALKED + 2 } as const;
  const at = f.local(), columnsLeft = f.local(), rowsLeft = f.local(), left = f.local();
  return f.repeat(P.panels, () => {
    f.get(WALK.at).set(at).get(WALK.columnsLeft).set(columnsLeft).get(WALK.rowsLeft).set(rowsLeft).get(P.positions).set(left);
    f.repeat(left, () => {
      for (let v = 0; v < 4 * size; v += 16) f.get(P.to).get(at).simdMem('v128.load', v).simdMem('v128.store', v);
      f.addConst(P.to, 4 * size);
      next(f, at, columnsLeft, rowsLeft);
    });
    f.addConst(WALK.at, 4 * size);
  });
}
