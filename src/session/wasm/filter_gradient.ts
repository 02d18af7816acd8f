// The filter gradient where one of its factors can be read as vectors from where it lies, so that only the other is packed.
// With many channels that is the images: tiles of two channels of the output by four vectors of a pixel, tap by tap over the
// positions that see a pixel there, sums kept as [output channel][window] until all positions are in. Of small windows it
// is the output's gradient.
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { Geometry } from './conv.ts';
import { frames, isFramed, windowRows } from './frames.ts';
import { CONTINUED, FRESH, shapeOf, widthOf } from './gemm.ts';
import { addZeros, positionsInside } from './padding.ts';
import type { Code, Kit } from './kit.ts';
import { copyBox } from './move.ts';
import { MR, packRows } from './pack.ts';

/** Bytes of vectors of a tile, and of a small window; positions that are added up at a time: what tiles read of them stays in the nearest cache. */
const WIDE = 64, SMALL = 128, POSITIONS = 256, SMALL_POSITIONS = 384;

/** Whether pixels are whole tiles. */
export function isWide(g: Geometry, size: number): boolean { return g.n > 0 && g.h.output * g.w.output > 0 && g.ci > 0 && (g.ci * size) % WIDE === 0 && (g.co * size) % 16 === 0; }

/** Neighbouring rows of positions, in some images. */
interface Some { readonly image: number; readonly images: number; readonly row: number; readonly rows: number }
/** All images some at a time, or rows of one image. */
function some({ n, h, w }: Geometry): Some[] {
  const out: Some[] = [], each = h.output * w.output, images = Math.ceil(n / Math.ceil(n * each / POSITIONS)), rows = Math.ceil(h.output / Math.ceil(each / POSITIONS));
  if (each <= POSITIONS) for (let image = 0; image < n; image += images) out.push({ image, images: Math.min(images, n - image), row: 0, rows: h.output });
  else for (let image = 0; image < n; image++) for (let row = 0; row < h.output; row += rows) out.push({ image, images: 1, row, rows: Math.min(rows, h.output - row) });
  return out;
}

/** dw = the sums over all positions, in order; by `products` multiplications. */
export function wideFilterGradient(k: Kit, t: 'f32' | 'f64', g: Geometry, products: number, x: number, dy: number, dw: number): void {
  const { h, w, ci, co } = g, size = widthOf(t), pixel = ci * size, pitch = w.input * pixel, K = h.taps * w.taps * ci, ldc = K * size;
  const turned = k.scratch(co * ldc), code = [1, MR].map((rows) => tiles(k, t, rows, true)), paddingBeside = paddingOf(k, t, g, dy);
  const taps = Array.from({ length: h.taps * w.taps }, (_, tap) => {
    const i = Math.floor(tap / w.taps), j = tap % w.taps, [y, yEnd] = positionsInside(h, i), [z, zEnd] = positionsInside(w, j), isCut = yEnd - y < h.output || zEnd - z < w.output;
    if (isCut) k.code(`conv.filter.begin.${t}`, () => beginFunction(t))(paddingBeside(y, yEnd, z, zEnd), co, turned + tap * pixel, pixel / 16, ldc);
    return { y, yEnd, z, zEnd, isCut, i, j, to: tap * pixel };
  });
  // Each thread has some of the output's channels, and goes over all positions.
  k.divide(co, MR, products, () => (from, channels) => {
    const panels = Math.floor(channels / MR);
    some(g).forEach((s, block) => k.call(() => {
      const count = s.images * s.rows * w.output, a = k.scratch(channels * count * size);
      packRows(k, size, channels, count, dy + (((s.image * h.output + s.row) * w.output) * co + from) * size, size, co * size, a, { count: 1, step: 0 }, 0);
      for (const tap of taps) {
        const { z } = tap, y = Math.max(tap.y, s.row), rows = Math.min(tap.yEnd, s.row + s.rows) - y, columns = tap.zEnd - z;
        if (rows <= 0 || columns <= 0) continue;
        const at = x + (s.image * h.input + y * h.stride - h.before + tap.i * h.dilation) * pitch + (z * w.stride - w.before + tap.j * w.dilation) * pixel, start = block > 0 || tap.isCut ? CONTINUED : FRESH;
        const tile = (height: number, first: number, n: number): void => {
          const one = height * size, row = h.stride * pitch;
          code[height - 1]!(a + first * count * size + ((y - s.row) * w.output + z) * one, at, turned + (from + first) * ldc + tap.to, n, ldc, start, pixel / WIDE, s.images, rows, columns * one, (w.output - columns) * one, (s.rows - rows) * w.output * one,
            w.stride * pixel, row - columns * w.stride * pixel, h.input * pitch - rows * row, one, count * one);
        };
        if (panels > 0) tile(MR, 0, panels);
        if (channels % MR > 0) tile(1, panels * MR, 1);
      }
      return undefined;
    }));
  });
  copyBox(k, size, turned, [1, K], dw, [co, 1], [K, co]);
}
/** The row of what positions outside of y, yEnd and z, zEnd add, whose tap sees padding: sums begin with it. */
function paddingOf(k: Kit, t: 'f32' | 'f64', { n, h, w, co }: Geometry, dy: number): (y: number, yEnd: number, z: number, zEnd: number) => number {
  const row = co * widthOf(t), line = w.output * row, known = new Map<string, number>();
  const sum = (key: string, add: (to: number) => void): number => {
    let to = known.get(key);
    if (to === undefined) { known.set(key, to = k.scratch(row)); k.fill(to, row); add(to); }
    return to;
  };
  const lines = (from: number, to: number): number => sum(`lines ${from} ${to}`, (at) => { if (from < to) addZeros(k, t, dy + from * line, n, to - from, w.output, row, 0, (h.output - to + from) * line, at); });
  const columns = (from: number, to: number): number => sum(`columns ${from} ${to}`, (at) => { if (from < to) addZeros(k, t, dy + from * row, 1, n * h.output, to - from, row, line - (to - from) * row, 0, at); });
  return (y, yEnd, z, zEnd) => sum(`${y} ${yEnd} ${z} ${zEnd}`, (at) => {
    for (const from of [lines(0, y), lines(yEnd, h.output), columns(0, z), columns(zEnd, w.output)]) addZeros(k, t, from, 1, 1, 1, row, 0, 0, at);
  });
}
/** (values, how many, destination, vectors, bytes from one to the next): each in all lanes of its vectors. */
function beginFunction(t: 'f32' | 'f64'): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 5 }, () => 'i32' as const)), to = f.local(), left = f.local(), v = f.local('v128'), size = widthOf(t);
  return f.repeat(1, () => {
    f.get(0).simdMem(size === 4 ? 'v128.load32_splat' : 'v128.load64_splat').set(v).get(2).set(to).get(3).set(left);
    f.repeat(left, () => { f.get(to).get(v).simdMem('v128.store').addConst(to, 16); });
    f.addConst(0, size).addLocal(2, 4);
  });
}

/** Whether windows are small, and channels of the output whole tiles. */
export function isSmall(g: Geometry, size: number): boolean { return isFramed(g) && g.h.taps * g.w.taps * g.ci * size <= SMALL && (g.co * size) % WIDE === 0; }
/** Adds to dw the sums over all positions, in order; by `products` multiplications. */
export function smallFilterGradient(k: Kit, t: 'f32' | 'f64', g: Geometry, products: number, x: number, dy: number, dw: number): void {
  const { co } = g, size = widthOf(t), K = g.h.taps * g.w.taps * g.ci, row = K * size, ldc = co * size, code = [1, MR].map((rows) => tiles(k, t, rows, false));
  k.divide(co, WIDE / size, products, () => (from, channels) => {
    const a = k.scratch(SMALL_POSITIONS * row), panels = Math.floor(K / MR), to = dw + from * size;
    frames(k, g, x, size, (b) => {
      const windows = windowRows(k, g, b, size), all = b.images * b.rows * g.w.output;
      for (let m = 0; m < all; m += SMALL_POSITIONS) {
        const count = Math.min(SMALL_POSITIONS, all - m), at = dy + ((b.first + m) * co + from) * size;
        windows(m, count, 1, 0, K, a);
        const tile = (height: number, first: number, n: number): void => {
          code[height - 1]!(a + first * size, at, to + first * ldc, n, ldc, CONTINUED, (channels * size) / WIDE, 1, 1, count * row, 0, 0, ldc, 0, 0, row, height * size);
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
 * sums, whether they begin at 0, tiles side by side, images, rows of positions; bytes of the first factor for such a row, from
 * its end to the next, the same of an image; of the second from position to position, from the end of a row to the next, of an
 * image; of the first from position to position and from panel to panel). `packed`: positions of the first follow one another.
 */
function tilesFunction(t: 'f32' | 'f64', rows: number, packed: boolean, fused: boolean): FunctionBuilder {
  const P = { a: 0, b: 1, c: 2, panels: 3, ldc: 4, start: 5, wide: 6, images: 7, rows: 8, columns: 9, gapRowA: 10, gapImageA: 11, step: 12, gapRow: 13, gapImage: 14, stepA: 15, panelA: 16 } as const;
  const f = new FunctionBuilder(Array.from({ length: 17 }, () => 'i32' as const)), size = widthOf(t), shape = shapeOf(t);
  const sums = Array.from({ length: rows }, () => Array.from({ length: WIDE / 16 }, () => f.local('v128'))), bs = sums[0]!.map(() => f.local('v128')), av = f.local('v128');
  const [a, from, b, tile, row, left, images, rowsLeft, end] = Array.from({ length: 9 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const eachRow = (body: (s: readonly Local[]) => void): void => {
    f.get(tile).set(row);
    sums.forEach((s, r) => { body(s); if (r < rows - 1) f.addLocal(row, P.ldc); });
  };
  return f.repeat(P.wide, () => {
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
          f.addLocal(b, P.gapRow).addLocal(a, P.gapRowA);
        });
        f.addLocal(b, P.gapImage).addLocal(a, P.gapImageA);
      });
      eachRow((s) => s.forEach((l, i) => f.get(row).get(l).simdMem('v128.store', 16 * i)));
      f.get(row).get(P.ldc).op('i32.add').set(tile).addLocal(from, P.panelA);
    });
    f.addConst(P.b, WIDE).addConst(P.c, WIDE);
  });
}
