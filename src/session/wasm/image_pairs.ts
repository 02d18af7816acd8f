// Convolutions of images two by two: a tile is one position in both, so that all its rows see the same of the padding.
// Windows are read where the images lie, and what falls on padding is left out: nothing is packed but the filter, and no
// padded copy is made. What padding would add comes at the end (padding.ts).
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { SimdOp } from '../jit/opcodes.ts';
import type { Done, Geometry, Place } from './conv.ts';
import { ADDED, CONTINUED, FRESH, packB, shapeOf, widthOf } from './gemm.ts';
import type { Code, Kit } from './kit.ts';
import { addZeros, firstSeen, isCovered, type Part, partsOf, positionsInside } from './padding.ts';

/** Bytes of a panel of the filter for each k, and the most that two images of results, or one image of what is read, may have. */
const PANEL = 64, MOST = 1 << 18;
/** Depth of a block of the filter's rows: a panel of it stays in the nearest cache. */
const DEPTH = 384;

function arePairs(g: Geometry, size: number, channels: number, results: number): boolean {
  return g.n > 1 && (channels * size) % PANEL === 0 && g.h.output * g.w.output > 0 && 2 * results * size <= MOST && g.h.input * g.w.input * g.ci * size <= MOST && g.h.output * g.w.output * g.co * size <= MOST;
}
/** Whether `forwardByPairs` is for such a convolution. */
export function isPaired(g: Geometry, size: number): boolean { return g.w.dilation === 1 && g.h.taps * g.w.taps > 1 && g.ci > 0 && arePairs(g, size, g.co, g.h.output * g.w.output * g.co); }
/** Whether `gradientByPairs` is. */
export function isPairedGradient(g: Geometry, size: number): boolean { return g.co > 0 && arePairs(g, size, g.ci, g.h.input * g.w.input * g.ci); }

/** Makes output positions of whole pairs of images. `bias`: a value for each channel that is added to the finished sums; undefined: none. */
export function forwardByPairs(k: Kit, t: 'f32' | 'f64', g: Geometry, x: number, w: number, bias?: number): (from: number, count: number, place: Place, done: Done) => void {
  const { h, w: v, ci, co } = g, size = widthOf(t), run = v.taps * ci, K = h.taps * run, pitch = v.input * ci * size, image = h.input * pitch;
  const each = h.output * v.output, row = v.output * co * size, panelB = K * PANEL, panels = (co * size) / PANEL, code = tiles(k, t);
  const b = packB(k, t, K, co, { address: w, row: co * size, col: size }, { count: 1, step: 0 }, K).address, deep = Math.max(1, Math.floor(DEPTH / run));
  const parts = partsOf(h).flatMap((y) => partsOf(v).map((z) => ({ y, z, ends: endsOf(k, t, g, w, y, z, bias) })));
  const none = k.scratch(co * size);
  k.fill(none, co * size);
  return (from, count, place, done) => {
    for (let n = from / each; n < (from + count) / each; n += 2) {
      const to = place(n * each, 2 * each);
      for (let i = 0; i < h.taps; i += deep) {
        const last = i + deep >= h.taps;
        for (const { y, z, ends } of parts) {
          const tap = Math.max(i, y.tap), runs = z.taps === 0 ? 0 : Math.max(0, Math.min(i + deep, y.tap + y.taps) - tap);
          const at = x + n * image + (y.from * h.stride - h.before + tap * h.dilation) * pitch + (z.from * v.stride - v.before + z.tap) * ci * size;
          code(at, image, b + (tap * run + z.tap * ci) * PANEL, to + y.from * row + z.from * co * size, each * co * size, last ? ends : none, i === 0 ? FRESH : CONTINUED, panels, panelB,
            y.count, z.count, v.stride * ci * size, h.stride * pitch - z.count * v.stride * ci * size, co * size, row - z.count * co * size,
            runs, z.taps * ci * size, h.dilation * pitch - z.taps * ci * size, (run - z.taps * ci) * PANEL);
        }
      }
      done(n * each, 2 * each);
    }
  };
}
/** What the taps on padding add to every channel of these positions, and the bias: in one, as sums are never -0. */
function endsOf(k: Kit, t: 'f32' | 'f64', { h, w: v, ci, co }: Geometry, w: number, y: Part, z: Part, bias: number | undefined): number {
  const row = co * widthOf(t), to = k.scratch(row);
  if (bias === undefined) k.fill(to, row); else k.move(to, bias, row);
  const add = (tap: number, taps: number): void => { if (taps > 0) addZeros(k, t, w + tap * ci * row, 1, 1, taps * ci, row, 0, 0, to); };
  for (let i = 0; i < h.taps; i++) {
    if (i < y.tap || i >= y.tap + y.taps) add(i * v.taps, v.taps);
    else { add(i * v.taps, z.tap); add(i * v.taps + z.tap + z.taps, v.taps - z.tap - z.taps); }
  }
  return to;
}
/** Makes whole pairs of images of the input gradient: tap after tap, the last first, so that an element takes its terms in the order of output positions. */
export function gradientByPairs(k: Kit, t: 'f32' | 'f64', g: Geometry, dy: number, w: number): (from: number, count: number, place: Place, done: Done) => void {
  const { h, w: v, ci, co } = g, size = widthOf(t), pixel = ci * size, pitch = v.input * pixel, image = h.input * pitch, each = h.output * v.output * co * size, panels = pixel / PANEL, code = tiles(k, t);
  const taps = packB(k, t, co, ci, { address: w, row: size, col: co * size }, { count: h.taps * v.taps, step: ci * co * size }, co), none = k.scratch(pixel), covered = isCovered(h) && isCovered(v);
  k.fill(none, pixel);
  const [down, across] = [h, v].map((d) => Array.from({ length: d.taps }, (_, tap) => { const [from, to] = positionsInside(d, tap); return { from, to, seen: firstSeen(d, tap) }; })) as [Range[], Range[]];
  return (from, count, place, done) => {
    for (let n = from; n < from + count; n += 2) {
      const to = place(n, 2);
      if (!covered) k.fill(to, 2 * image);
      for (let tap = h.taps * v.taps - 1; tap >= 0; tap--) {
        const i = Math.floor(tap / v.taps), j = tap % v.taps, [y, z] = [down[i]!, across[j]!];
        const part = (y0: number, y1: number, z0: number, z1: number, start: number): void => {
          if (y0 < y1 && z0 < z1) {
            code(dy + n * each + (y0 * v.output + z0) * co * size, each, taps.address + tap * taps.step, to + (y0 * h.stride - h.before + i * h.dilation) * pitch + (z0 * v.stride - v.before + j * v.dilation) * pixel, image, none, start, panels, co * PANEL,
              y1 - y0, z1 - z0, co * size, (v.output - z1 + z0) * co * size, v.stride * pixel, h.stride * pitch - (z1 - z0) * v.stride * pixel, 1, co * size, 0, 0);
          }
        };
        // Elements that no tap has come to before begin: +0 and a finished sum is that sum.
        part(y.from, y.seen, z.from, z.seen, FRESH);
        part(y.from, y.seen, z.seen, z.to, ADDED);
        part(y.seen, y.to, z.from, z.to, ADDED);
      }
      done(n, 2);
    }
  };
}
/** Positions from, to; those before `seen` see what no later tap does. */
interface Range { readonly from: number; readonly to: number; readonly seen: number }

const KEYS: Readonly<Record<string, string[]>> = { f32: [], f64: [] };
function tiles(k: Kit, t: 'f32' | 'f64'): Code {
  const fused = k.fuses(t);
  return k.code(KEYS[t]![Number(fused)] ??= `conv.pairs.${t}${fused ? '.fused' : ''}`, () => tilesFunction(t, fused));
}
/**
 * Tiles of two rows, one in each of two images: (first factor, bytes from the one row's to the other's, panel of the second
 * factor, sums, bytes from row to row of these, what is added at the end to new sums, how sums start,
 * panels, bytes from panel to panel, rows of positions, columns of them, bytes from column to column and from the end of a row
 * to the next: of the first factor, of the sums, runs of k, bytes of a run of the first factor, from its end to the next: of
 * the first factor, of the second).
 */
function tilesFunction(t: 'f32' | 'f64', fused: boolean): FunctionBuilder {
  const P = { a: 0, apart: 1, b: 2, c: 3, rowC: 4, ends: 5, start: 6, panels: 7, panelB: 8, rows: 9, columns: 10, stepA: 11, gapA: 12, stepC: 13, gapC: 14, runs: 15, run: 16, nextA: 17, nextB: 18 } as const;
  const f = new FunctionBuilder(Array.from({ length: 19 }, () => 'i32' as const)), size = widthOf(t), shape = shapeOf(t), add = `${shape}.add` as SimdOp;
  const sums = [0, 1].map(() => Array.from({ length: PANEL / 16 }, () => f.local('v128'))), bs = sums[0]!.map(() => f.local('v128')), av = f.local('v128');
  const [from, b, c, rows, columns, runs, end, second, row] = Array.from({ length: 9 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const first = f.local();
  const eachRow = (body: (s: readonly Local[]) => void): void => {
    f.get(c).set(row);
    sums.forEach((s, r) => { body(s); if (r === 0) f.addLocal(row, P.rowC); });
  };
  return f.repeat(P.panels, () => {
    f.get(P.a).set(from).get(P.c).set(c).get(P.rows).set(rows);
    f.repeat(rows, () => {
      f.get(P.columns).set(columns);
      f.repeat(columns, () => {
        f.get(P.start).if(() => { for (const s of sums.flat()) f.zero().set(s); }, () => {
          eachRow((s) => s.forEach((l, i) => f.get(row).simdMem('v128.load', 16 * i).set(l)));
        });
        f.get(from).set(first).get(from).get(P.apart).op('i32.add').set(second).get(P.b).set(b).get(P.runs).set(runs);
        // One loop over the k of all runs: the fewer loops lie one in the other, the better is the code that hosts make of the innermost.
        f.get(runs).if(() => {
          f.get(first).get(P.run).op('i32.add').set(end);
          f.loop((again) => {
            bs.forEach((l, i) => f.get(b).simdMem('v128.load', 16 * i).set(l));
            sums.forEach((s, r) => {
              f.get(r === 0 ? first : second).simdMem(size === 4 ? 'v128.load32_splat' : 'v128.load64_splat').set(av);
              s.forEach((l, i) => f.accumulate(l, shape, fused, () => { f.get(av).get(bs[i]!); }));
            });
            f.addConst(b, PANEL).addConst(second, size);
            f.get(first).i32(size).op('i32.add').tee(first).get(end).op('i32.ne').brIf(again);
            f.get(runs).i32(1).op('i32.sub').tee(runs).if(() => {
              f.addLocal(first, P.nextA).addLocal(second, P.nextA).addLocal(b, P.nextB).get(first).get(P.run).op('i32.add').set(end).br(again);
            });
          });
        });
        f.get(P.start).i32(ADDED).op('i32.eq').if(() => {
          eachRow((s) => s.forEach((l, i) => f.get(row).simdMem('v128.load', 16 * i).get(l).simd(add).set(l)));
        }, () => {
          bs.forEach((l, i) => f.get(P.ends).simdMem('v128.load', 16 * i).set(l));
          for (const s of sums) s.forEach((l, i) => f.get(l).get(bs[i]!).simd(add).set(l));
        });
        eachRow((s) => s.forEach((l, i) => f.get(row).get(l).simdMem('v128.store', 16 * i)));
        f.addLocal(from, P.stepA).addLocal(c, P.stepC);
      });
      f.addLocal(from, P.gapA).addLocal(c, P.gapC);
    });
    f.addLocal(P.b, P.panelB).addConst(P.c, PANEL).addConst(P.ends, PANEL);
  });
}
