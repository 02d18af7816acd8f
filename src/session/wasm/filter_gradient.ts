// The filter gradient where one of its factors can be read as vectors from where it lies, so that only the other is packed.
// With many channels that is the windows, in the padded images: tiles of two channels of the output by four vectors of a
// window, sums kept as [output channel][window] until all positions are in. Of small windows it is the output's gradient.
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { Geometry } from './conv.ts';
import { type Frame, frames, isFramed, windowRows } from './frames.ts';
import { CONTINUED, FRESH, shapeOf, widthOf } from './gemm.ts';
import type { Code, Kit } from './kit.ts';
import { copyBox } from './move.ts';
import { MR, packRows } from './pack.ts';

/** Bytes of vectors of a tile, and of a small window; positions that are added up at a time: what tiles read of them stays in the nearest cache. */
const WIDE = 64, SMALL = 128, POSITIONS = 384;

/** Whether rows of windows are whole tiles. */
export function isWide(g: Geometry, size: number): boolean { return isFramed(g) && g.n > 0 && (g.w.taps * g.ci * size) % WIDE === 0; }

/** Neighbouring rows of positions in a frame. */
interface Some { readonly image: number; readonly images: number; readonly row: number; readonly rows: number }
/** All images some at a time, or rows of one image. */
function some(g: Geometry, b: Frame): Some[] {
  const out: Some[] = [], each = b.rows * g.w.output, images = Math.ceil(b.images / Math.ceil(b.images * each / POSITIONS)), rows = Math.ceil(b.rows / Math.ceil(each / POSITIONS));
  if (each <= POSITIONS) for (let image = 0; image < b.images; image += images) out.push({ image, images: Math.min(images, b.images - image), row: 0, rows: b.rows });
  else for (let image = 0; image < b.images; image++) for (let row = 0; row < b.rows; row += rows) out.push({ image, images: 1, row, rows: Math.min(rows, b.rows - row) });
  return out;
}

/** dw = the sums over all positions, in order; by `products` multiplications. */
export function wideFilterGradient(k: Kit, t: 'f32' | 'f64', g: Geometry, products: number, x: number, dy: number, dw: number): void {
  const { h, w, ci, co } = g, size = widthOf(t), run = w.taps * ci * size, K = h.taps * w.taps * ci, ldc = K * size;
  const turned = k.scratch(co * ldc), code = [1, MR].map((rows) => tiles(k, t, rows, true));
  // Each thread has some of the output's channels, and goes over all windows.
  k.divide(co, MR, products, () => (from, channels) => {
    const to = turned + from * ldc, panels = Math.floor(channels / MR);
    let start: number = FRESH;
    frames(k, g, x, size, (b) => {
      const step = w.stride * ci * size, down = h.stride * b.pitch;
      for (const s of some(g, b)) k.call(() => {
        const count = s.images * s.rows * w.output, a = k.scratch(channels * count * size);
        packRows(k, size, channels, count, dy + ((b.first + (s.image * b.rows + s.row) * w.output) * co + from) * size, size, co * size, a, { count: 1, step: 0 }, 0);
        const at = b.address + s.image * b.imageBytes + s.row * down;
        const tile = (height: number, first: number, n: number): void => {
          code[height - 1]!(a + first * count * size, at, to + first * ldc, n, ldc, start, run / WIDE, h.taps, h.dilation * b.pitch - run, s.images, s.rows, w.output * height * size, step, down - w.output * step, b.imageBytes - s.rows * down, height * size, count * height * size);
        };
        if (panels > 0) tile(MR, 0, panels);
        if (channels % MR > 0) tile(1, panels * MR, 1);
        start = CONTINUED;
        return undefined;
      });
    });
  });
  copyBox(k, size, turned, [1, K], dw, [co, 1], [K, co]);
}

/** Whether windows are small, and channels of the output whole tiles. */
export function isSmall(g: Geometry, size: number): boolean { return isFramed(g) && g.h.taps * g.w.taps * g.ci * size <= SMALL && (g.co * size) % WIDE === 0; }
/** Adds to dw the sums over all positions, in order; by `products` multiplications. */
export function smallFilterGradient(k: Kit, t: 'f32' | 'f64', g: Geometry, products: number, x: number, dy: number, dw: number): void {
  const { co } = g, size = widthOf(t), K = g.h.taps * g.w.taps * g.ci, row = K * size, ldc = co * size, code = [1, MR].map((rows) => tiles(k, t, rows, false));
  k.divide(co, WIDE / size, products, () => (from, channels) => {
    const a = k.scratch(POSITIONS * row), panels = Math.floor(K / MR), to = dw + from * size;
    frames(k, g, x, size, (b) => {
      const windows = windowRows(k, g, b, size), all = b.images * b.rows * g.w.output;
      for (let m = 0; m < all; m += POSITIONS) {
        const count = Math.min(POSITIONS, all - m), at = dy + ((b.first + m) * co + from) * size;
        windows(m, count, 1, 0, K, a);
        const tile = (height: number, first: number, n: number): void => {
          code[height - 1]!(a + first * size, at, to + first * ldc, n, ldc, CONTINUED, (channels * size) / WIDE, 1, 0, 1, 1, count * row, ldc, 0, 0, row, height * size);
        };
        if (panels > 0) tile(MR, 0, panels);
        if (K % MR > 0) tile(1, panels * MR, 1);
      }
    });
  });
}

const KEYS: Readonly<Record<string, string[]>> = { f32: [], f64: [] };
function tiles(k: Kit, t: 'f32' | 'f64', rows: number, packed: boolean): Code {
  const fused = k.fuses(t), key = KEYS[t]![4 * rows + 2 * Number(packed) + Number(fused)] ??= `conv.filter.${t}.${rows}${packed ? '.packed' : ''}${fused ? '.fused' : ''}`;
  return k.code(key, () => tilesFunction(t, rows, packed, fused));
}
/**
 * All tiles of a block: (factor read one by one, factor read as vectors, sums, panels of the first, bytes from row to row of the
 * sums, whether they begin at 0, tiles side by side, rows of these, bytes from the end of one to the next, images, rows of
 * positions, bytes of the first factor for such a row, of the second from position to position, from the end of a row to the
 * next and of an image, of the first from position to position and from panel to panel). `packed`: positions of the first follow
 * one another.
 */
function tilesFunction(t: 'f32' | 'f64', rows: number, packed: boolean, fused: boolean): FunctionBuilder {
  const P = { a: 0, b: 1, c: 2, panels: 3, ldc: 4, start: 5, wide: 6, runs: 7, gapRun: 8, images: 9, rows: 10, columns: 11, step: 12, gapRow: 13, gapImage: 14, stepA: 15, panelA: 16 } as const;
  const f = new FunctionBuilder(Array.from({ length: 17 }, () => 'i32' as const)), size = widthOf(t), shape = shapeOf(t);
  const sums = Array.from({ length: rows }, () => Array.from({ length: WIDE / 16 }, () => f.local('v128'))), bs = sums[0]!.map(() => f.local('v128')), av = f.local('v128');
  const [a, from, b, tile, row, wide, left, images, rowsLeft, end] = Array.from({ length: 10 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const eachRow = (body: (s: readonly Local[]) => void): void => {
    f.get(tile).set(row);
    sums.forEach((s, r) => { body(s); if (r < rows - 1) f.addLocal(row, P.ldc); });
  };
  return f.repeat(P.runs, () => {
    f.get(P.wide).set(wide);
    f.repeat(wide, () => {
      f.get(P.a).set(from).get(P.c).set(tile).get(P.panels).set(left);
      f.repeat(left, () => {
        f.get(P.start).if(() => { for (const s of sums.flat()) f.zero().set(s); }, () => {
          eachRow((s) => s.forEach((l, i) => f.get(row).simdMem('v128.load', 16 * i).set(l)));
        });
        f.get(from).set(a).get(P.b).set(b).get(P.images).set(images);
        f.repeat(images, () => {
          f.get(P.rows).set(rowsLeft);
          f.repeat(rowsLeft, () => {
            f.get(a).get(P.columns).op('i32.add').set(end);
            f.loop((again) => {
              bs.forEach((l, i) => f.get(b).simdMem('v128.load', 16 * i).set(l));
              sums.forEach((s, r) => {
                f.get(a).simdMem(size === 4 ? 'v128.load32_splat' : 'v128.load64_splat', r * size).set(av);
                s.forEach((l, i) => f.accumulate(l, shape, fused, () => { f.get(av).get(bs[i]!); }));
              });
              f.addLocal(b, P.step).get(a);
              (packed ? f.i32(rows * size) : f.get(P.stepA)).op('i32.add').tee(a).get(end).op('i32.ne').brIf(again);
            });
            f.addLocal(b, P.gapRow);
          });
          f.addLocal(b, P.gapImage);
        });
        eachRow((s) => s.forEach((l, i) => f.get(row).get(l).simdMem('v128.store', 16 * i)));
        f.get(row).get(P.ldc).op('i32.add').set(tile).addLocal(from, P.panelA);
      });
      f.addConst(P.b, WIDE).addConst(P.c, WIDE);
    });
    f.addLocal(P.b, P.gapRun);
  });
}
