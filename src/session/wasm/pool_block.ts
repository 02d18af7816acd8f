// Max and average pooling of images and the gradient of the former, many windows in one call: neighbouring windows that are
// clipped alike at the border run through one loop, their pixels unrolled. The order of kernels/pool.ts.
import type { Pooling } from '../kernels/pool.ts';
import type { WindowDim } from '../kernels/window.ts';
import { splatBytes } from '../jit/expr.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { type GemmType, widthOf } from './gemm.ts';
import { isFloat, keepGreater, lowest, number, splat, vectorOp } from './greatest.ts';
import type { Kit } from './kit.ts';

/** Pixels of a window that are written out one by one. */
const MOST = 25;

/** Neighbouring outputs of one dimension: the first, how many, where the first window begins, elements inside. */
interface Run { first: number; count: number; readonly input: number; readonly taps: number }
function runs(x: WindowDim): Run[] {
  const out: Run[] = [];
  for (let o = 0; o < x.output; o++) {
    const at = o * x.stride - x.before, input = Math.max(at, 0), taps = Math.min(at + x.taps, x.input) - input, last = out[out.length - 1];
    if (last?.taps === taps && input - last.input === last.count * x.stride) last.count++; else out.push({ first: o, count: 1, input, taps });
  }
  return out;
}

const fits = (p: Pooling): boolean => p.d.taps === 1 && p.d.stride === 1 && p.h.taps * p.w.taps <= MOST;
/** Rows of windows; `apart`: each is done before the next one. */
const rowRuns = (p: Pooling, apart: boolean): Run[] =>
  runs(p.h).flatMap((r) => (apart ? Array.from({ length: r.count }, (_, i): Run => ({ ...r, first: r.first + i, count: 1, input: r.input + i * p.h.stride })) : [r]));
/** Pools x into y (channels last); false: windows of more planes or too many pixels. */
export function poolBlocks(k: Kit, t: GemmType, what: 'max' | 'average', p: Pooling, x: number, y: number): boolean {
  if (!fits(p)) return false;
  const size = widthOf(t), pixel = p.c * size, row = p.w.input * pixel, rowOut = p.w.output * pixel, vectors = Math.ceil(pixel / 16);
  // What a vector writes too much the next output overwrites: then outputs must ascend.
  const columns = runs(p.w), rows = rowRuns(p, pixel % 16 > 0);
  for (let image = 0; image < p.n * p.d.output; image++) {
    for (const h of rows) {
      for (const w of columns) {
        const code = k.code(`pool.${what}.${t}.${h.taps}x${w.taps}`, () => blockFunction(t, what, h.taps, w.taps));
        code(h.count, w.count, vectors, x + (image * p.h.input + h.input) * row + w.input * pixel, y + (image * p.h.output + h.first) * rowOut + w.first * pixel, p.h.stride * row, rowOut, p.w.stride * pixel, pixel, row);
      }
    }
  }
  return true;
}

/** (rows of windows, windows of a row, vectors, first pixel, output, bytes from row to row of windows and of outputs, from window to window, from pixel to pixel, from row to row of a window) */
function blockFunction(t: GemmType, what: 'max' | 'average', rows: number, columns: number): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 10 }, () => 'i32' as const));
  const P = { rows: 0, windows: 1, vectors: 2, first: 3, output: 4, stepRow: 5, stepRowOut: 6, step: 7, pixel: 8, row: 9 } as const;
  const acc = f.local('v128'), count = f.local('v128'), v = f.local('v128'), average = what === 'average' && isFloat(t);
  const [x0, y0, x, y, at, windows, left] = Array.from({ length: 7 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local];
  const offsets = Array.from({ length: columns }, (_, j) => { const l = f.local(); f.get(P.pixel).i32(j).op('i32.mul').set(l); return l; });
  if (average) splat(number(f, t, rows * columns), t).set(count);
  return f.repeat(P.rows, () => {
    f.get(P.first).set(x0).get(P.output).set(y0).get(P.windows).set(windows);
    f.repeat(windows, () => {
      f.get(x0).set(x).get(y0).set(y).get(P.vectors).set(left);
      f.repeat(left, () => {
        splat(average ? number(f, t, 0) : lowest(f, t), t).set(acc).get(x).set(at);
        for (let i = 0; i < rows; i++) {
          for (const o of offsets) {
            const load = (): void => { f.get(at).get(o).op('i32.add').simdMem('v128.load'); };
            if (!average) { keepGreater(f, t, acc, v, load); continue; }
            f.get(acc);
            load();
            f.simd(vectorOp(t, 'add')).set(acc);
          }
          if (i < rows - 1) f.addLocal(at, P.row);
        }
        f.get(y).get(acc);
        if (average) f.get(count).simd(vectorOp(t, 'div'));
        f.simdMem('v128.store').addConst(x, 16).addConst(y, 16);
      });
      f.addLocal(x0, P.step).addLocal(y0, P.pixel);
    });
    f.addLocal(P.first, P.stepRow).addLocal(P.output, P.stepRowOut);
  });
}

/** Adds dy to the first maximum of each window, `toGradient` bytes from x (channels last); false as above. */
export function routeBlocks(k: Kit, t: GemmType, p: Pooling, x: number, dy: number, toGradient: number): boolean {
  if (!fits(p)) return false;
  const size = widthOf(t), pixel = p.c * size, row = p.w.input * pixel, rowOut = p.w.output * pixel, vectors = Math.ceil(pixel / 16);
  // Where windows overlap, gradients are added in their order.
  const columns = runs(p.w), rows = rowRuns(p, p.h.stride < p.h.taps || p.w.stride < p.w.taps);
  for (let image = 0; image < p.n * p.d.output; image++) {
    for (const h of rows) {
      for (const w of columns) {
        const code = k.code(`pool.route.${t}.${h.taps}x${w.taps}`, () => routeFunction(t, h.taps, w.taps));
        code(h.count, w.count, vectors, x + (image * p.h.input + h.input) * row + w.input * pixel, dy + (image * p.h.output + h.first) * rowOut + w.first * pixel, p.h.stride * row, rowOut, p.w.stride * pixel, pixel, row, toGradient);
      }
    }
  }
  return true;
}

/** Parameters as above, then the way from x to its gradient. Channels behind the last one get +0. */
function routeFunction(t: GemmType, rows: number, columns: number): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 11 }, () => 'i32' as const));
  const P = { rows: 0, windows: 1, vectors: 2, first: 3, output: 4, stepRow: 5, stepRowOut: 6, step: 7, pixel: 8, row: 9, toGradient: 10 } as const;
  const [best, where, v, g, wins] = Array.from({ length: 5 }, () => f.local('v128')) as [Local, Local, Local, Local, Local];
  const [x0, y0, x, y, at, windows, left, bytes] = Array.from({ length: 8 }, () => f.local()) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const lane = t === 'f64' || t === 'i64' ? 'i64x2' : 'i32x4', starts = new Uint8Array((lane === 'i64x2' ? Int32Array.of(0, 0, 8, 8) : Int32Array.of(0, 4, 8, 12)).buffer);
  const place = (n: number): FunctionBuilder => f.v128(splatBytes(lane === 'i64x2' ? 'i64' : 'i32', n));
  const offsets = Array.from({ length: columns }, (_, j) => { const l = f.local(); f.get(P.pixel).i32(j).op('i32.mul').set(l); return l; });
  /** Visits the window's pixels: leaves the address in `at` plus an offset. */
  const eachPixel = (from: Local, body: (n: number, address: () => FunctionBuilder) => void): void => {
    f.get(from).set(at);
    for (let i = 0; i < rows; i++) {
      offsets.forEach((o, j) => { body(i * columns + j, () => f.get(at).get(o).op('i32.add')); });
      if (i < rows - 1) f.addLocal(at, P.row);
    }
  };
  const gradient = f.local();
  return f.repeat(P.rows, () => {
    f.get(P.first).set(x0).get(P.output).set(y0).get(P.windows).set(windows);
    f.repeat(windows, () => {
      f.get(x0).set(x).get(y0).set(y).get(P.pixel).set(bytes).get(P.vectors).set(left);
      f.repeat(left, () => {
        f.get(x).simdMem('v128.load').set(best).v128(new Uint8Array(16)).set(where);
        eachPixel(x, (n, address) => {
          if (n === 0) return;
          address().simdMem('v128.load').set(v).get(best).get(v).simd(vectorOp(t, isFloat(t) ? 'lt' : 'lt_s')).set(wins);
          f.get(v).get(best).get(wins).simd('v128.bitselect').set(best);
          place(n).get(where).get(wins).simd('v128.bitselect').set(where);
        });
        f.get(y).simdMem('v128.load').get(bytes).simd('i32x4.splat').v128(starts).simd('i32x4.gt_s').simd('v128.and').set(g);
        f.get(x).get(P.toGradient).op('i32.add').set(gradient);
        eachPixel(gradient, (n, address) => {
          address();
          address().simdMem('v128.load').get(g).get(where);
          place(n).simd(`${lane}.eq`).simd('v128.and').simd(vectorOp(t, 'add')).simdMem('v128.store');
        });
        f.addConst(x, 16).addConst(y, 16).addConst(bytes, -16);
      });
      f.addLocal(x0, P.step).addLocal(y0, P.pixel);
    });
    f.addLocal(P.first, P.stepRow).addLocal(P.output, P.stepRowOut);
  });
}
