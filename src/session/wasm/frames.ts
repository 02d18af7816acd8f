// Images as convolutions read them: rows with their padding in place, a block at a time. Every window is then runs of
// neighbours at equal distances, and panels of the packed product are read from where they lie: no window is ever
// written out.
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { Geometry } from './conv.ts';
import type { PackRows } from './gemm.ts';
import type { Code, Kit } from './kit.ts';
import { copyBox } from './move.ts';
import { panelsFrom, storePairs, storeSingle, storeTurned } from './pack.ts';

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
  return { bare, pitch, rows, images: rows < h.output ? 1 : Math.max(1, Math.min(g.n, Math.floor(most / reach(h, h.output)), Math.floor(BLOCK_BYTES / (h.output * w.output * g.co * size)))) };
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
  const run = g.w.taps * g.ci, tapRow = g.h.dilation * b.pitch, { h, w } = g;
  const columns = w.output, image = b.rows * columns, step = w.stride * g.ci * size, row = h.stride * b.pitch, code: Code[] = [];
  // No lists of arguments: calls are many and short.
  return (m, panels, height, k0, depth, to) => {
    const f = code[height] ??= k.code(ROWS_KEYS[size][height]!, () => rowsFunction(size, height)), tap = Math.floor(k0 / run), into = k0 - tap * run;
    const oh = Math.floor(m / columns) % b.rows, ow = m % columns, at = b.address + Math.floor(m / image) * b.imageBytes + oh * row + ow * step;
    f(at + tap * tapRow + into * size, columns - ow, b.rows - oh, columns, b.rows, step, row - columns * step, b.imageBytes - b.rows * row, panels, depth, run - into, run, tapRow - run * size, to);
  };
}
const ROWS_KEYS = { 4: ['', 'conv.rows.4.1', 'conv.rows.4.2'], 8: ['', 'conv.rows.8.1', 'conv.rows.8.2'] } as const;
/** (walk, panels, depth, elements of the first run and of any other, bytes from the end of a run to the next, destination): the elements of `lines` positions side by side. */
function rowsFunction(size: 4 | 8, lines: number): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: WALKED + 6 }, () => 'i32' as const));
  const P = { panels: WALKED, depth: WALKED + 1, first: WALKED + 2, run: WALKED + 3, gap: WALKED + 4, to: WALKED + 5 } as const, lanes = 16 / size;
  const from = Array.from({ length: lines }, () => f.local()), vectors = from.map(() => f.local('v128')), left = f.local(), count = f.local(), n = f.local();
  const store = (): void => {
    from.forEach((p, i) => f.get(p).simdMem('v128.load').set(vectors[i]!));
    if (lines === 1) f.get(P.to).get(vectors[0]!).simdMem('v128.store'); else storeTurned(f, vectors, P.to, size);
  };
  return f.repeat(P.panels, () => {
    for (const p of from) { f.get(WALK.at).set(p); next(f, WALK.at, WALK.columnsLeft, WALK.rowsLeft); }
    f.get(P.depth).set(left).get(P.first).set(count);
    f.loop((again) => {
      f.get(count).get(left).get(count).get(left).op('i32.lt_s').op('select').tee(count).i32(Math.log2(lanes)).op('i32.shr_u').set(n);
      f.repeat(n, () => {
        store();
        for (const p of from) f.addConst(p, 16);
        f.addConst(P.to, 16 * lines);
      });
      // A vector too much is overwritten by the next run or panel, or lies in the slack.
      f.get(count).i32(lanes - 1).op('i32.and').i32(size).op('i32.mul').tee(n).if(() => {
        store();
        for (const p of from) f.addLocal(p, n);
        f.get(P.to).get(n).i32(lines).op('i32.mul').op('i32.add').set(P.to);
      });
      for (const p of from) f.addLocal(p, P.gap);
      f.get(left).get(count).op('i32.sub').set(left).get(P.run).set(count).get(left).brIf(again);
    });
  });
}

/** Windows as columns: rows of A are (tap row, tap column, channel), k is the position. */
export function windowColumns(k: Kit, g: Geometry, b: Frame, size: 4 | 8): PackRows {
  const run = g.w.taps * g.ci, tapRow = g.h.dilation * b.pitch, place = (i: number): number => Math.floor(i / run) * tapRow + (i % run) * size;
  return (m, panels, height, k0, depth, to) => {
    const [at, ...rest] = walk(g, b, size, k0), end = m + panels * height;
    for (let i = m; i < end;) {
      const count = Math.min((Math.floor(i / run) + 1) * run, end) - i, channels = count % 8 === 0 ? 8 : count % 4 === 0 ? 4 : 0;
      if (channels !== 0) {
        const code = k.code(COLUMNS_KEYS[size][channels], () => columnsFunction(size, channels));
        code(at! + place(i), ...rest, count / channels, depth, to + (i - m) * depth * size);
        i += count;
      } else { // one panel, even with rows of two runs
        const code = k.code(PANELS_KEYS[size][height]!, () => panelFunction(size, height));
        code(at! + place(i), ...rest, place(i + height - 1) - place(i), depth, to + (i - m) * depth * size);
        i += height;
      }
    }
  };
}
const PANELS_KEYS = { 4: ['', 'conv.panel.4.1', 'conv.panel.4.2'], 8: ['', 'conv.panel.8.1', 'conv.panel.8.2'] } as const;
/** (walk, bytes from the first row to the last, positions, destination): a panel of one row or two. */
function panelFunction(size: 4 | 8, height: number): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: WALKED + 3 }, () => 'i32' as const));
  const P = { apart: WALKED, positions: WALKED + 1, to: WALKED + 2 } as const, [load, store] = size === 4 ? ['i32.load', 'i32.store'] as const : ['i64.load', 'i64.store'] as const;
  return f.repeat(P.positions, () => {
    f.get(P.to).get(WALK.at).mem(load).mem(store);
    if (height > 1) f.get(P.to).get(WALK.at).get(P.apart).op('i32.add').mem(load).mem(store, size);
    f.addConst(P.to, height * size);
    next(f, WALK.at, WALK.columnsLeft, WALK.rowsLeft);
  });
}
const COLUMNS_KEYS = { 4: { 4: 'conv.columns.4.4', 8: 'conv.columns.4.8' }, 8: { 4: 'conv.columns.8.4', 8: 'conv.columns.8.8' } } as const;
/** (walk, groups of channels, positions, destination): neighbours of every position, group after group, in panels of two. */
function columnsFunction(size: 4 | 8, channels: number): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: WALKED + 3 }, () => 'i32' as const));
  const P = { groups: WALKED, positions: WALKED + 1, to: WALKED + 2 } as const;
  const at = f.local(), columnsLeft = f.local(), rowsLeft = f.local(), left = f.local(), second = f.local();
  return f.repeat(P.groups, () => {
    f.get(WALK.at).set(at).get(WALK.columnsLeft).set(columnsLeft).get(WALK.rowsLeft).set(rowsLeft);
    const on = (): void => { next(f, at, columnsLeft, rowsLeft); };
    if (size === 4) {
      const panels = panelsFrom(f, P.to, P.positions, channels / 2, 8);
      f.get(P.positions).i32(1).op('i32.shr_u').set(left);
      f.repeat(left, () => {
        f.get(at).set(second);
        on();
        storePairs(f, second, at, panels);
        on();
      });
      f.get(P.positions).i32(1).op('i32.and').if(() => { storeSingle(f, at, panels); }).get(panels.at(-1)!).set(P.to);
    } else {
      const panels = panelsFrom(f, P.to, P.positions, channels / 2, 16);
      f.get(P.positions).set(left);
      f.repeat(left, () => {
        panels.forEach((p, i) => f.get(p).get(at).simdMem('v128.load', 16 * i).simdMem('v128.store').addConst(p, 16));
        on();
      });
      f.get(panels.at(-1)!).set(P.to);
    }
    f.addConst(WALK.at, channels * size);
  });
}
