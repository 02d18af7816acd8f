// The filter gradient of convolutions with many channels: sums over positions, whose windows are read as vectors from where
// the padded images lie. So only the output's gradient is packed. A tile is two channels of the output by four vectors of a
// window; sums are kept as [output channel][window] until all positions are in.
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { Geometry } from './conv.ts';
import { type Frame, frames, isFramed } from './frames.ts';
import { CONTINUED, FRESH, shapeOf, widthOf } from './gemm.ts';
import type { Code, Kit } from './kit.ts';
import { copyBox } from './move.ts';
import { MR, packRows } from './pack.ts';

/** Bytes of a tile's part of a window; positions that are added up at a time: what tiles read of them stays in the nearest cache. */
const WIDE = 64, POSITIONS = 384;

/** Whether it is for these: rows of windows are whole tiles. */
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
  const turned = k.scratch(co * ldc), code = [1, MR].map((rows) => tiles(k, t, rows));
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
          code[height - 1]!(a + first * count * size, at, to + first * ldc, n, ldc, start, run / WIDE, h.taps, h.dilation * b.pitch - run, s.images, s.rows, w.output * height * size, step, down - w.output * step, b.imageBytes - s.rows * down);
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

const KEYS: Readonly<Record<string, string[]>> = { f32: [], f64: [] };
function tiles(k: Kit, t: 'f32' | 'f64', rows: number): Code {
  const fused = k.fuses(t), key = KEYS[t]![2 * rows + Number(fused)] ??= `conv.filter.${t}.${rows}${fused ? '.fused' : ''}`;
  return k.code(key, () => tilesFunction(t, rows, fused));
}
/**
 * All tiles of a block: (panels of dy, first window, sums, panels of dy, bytes from row to row of the sums, whether they begin
 * at 0, tiles of a row of a window, such rows, from the end of one to the next, images, rows of positions, bytes of a panel for
 * such a row, from position to position, from the end of a row to the next, and of an image).
 */
function tilesFunction(t: 'f32' | 'f64', rows: number, fused: boolean): FunctionBuilder {
  const P = { a: 0, b: 1, c: 2, panels: 3, ldc: 4, start: 5, wide: 6, runs: 7, gapRun: 8, images: 9, rows: 10, columns: 11, step: 12, gapRow: 13, gapImage: 14 } as const;
  const f = new FunctionBuilder(Array.from({ length: 15 }, () => 'i32' as const)), size = widthOf(t), shape = shapeOf(t), stepK = rows * size;
  const sums = Array.from({ length: rows }, () => Array.from({ length: WIDE / 16 }, () => f.local('v128'))), bs = sums[0]!.map(() => f.local('v128')), av = f.local('v128');
  const [a, b, tile, row, wide, left, images, rowsLeft, end] = Array.from({ length: 9 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const eachRow = (body: (s: readonly Local[]) => void): void => {
    f.get(tile).set(row);
    sums.forEach((s, r) => { body(s); if (r < rows - 1) f.addLocal(row, P.ldc); });
  };
  return f.repeat(P.runs, () => {
    f.get(P.wide).set(wide);
    f.repeat(wide, () => {
      f.get(P.a).set(a).get(P.c).set(tile).get(P.panels).set(left);
      f.repeat(left, () => {
        f.get(P.start).if(() => { for (const s of sums.flat()) f.zero().set(s); }, () => {
          eachRow((s) => s.forEach((l, i) => f.get(row).simdMem('v128.load', 16 * i).set(l)));
        });
        f.get(P.b).set(b).get(P.images).set(images);
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
              f.addLocal(b, P.step).get(a).i32(stepK).op('i32.add').tee(a).get(end).op('i32.ne').brIf(again);
            });
            f.addLocal(b, P.gapRow);
          });
          f.addLocal(b, P.gapImage);
        });
        eachRow((s) => s.forEach((l, i) => f.get(row).get(l).simdMem('v128.store', 16 * i)));
        f.get(row).get(P.ldc).op('i32.add').set(tile);
      });
      f.addConst(P.b, WIDE).addConst(P.c, WIDE);
    });
    f.addLocal(P.b, P.gapRun);
  });
}
