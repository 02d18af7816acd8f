// Grayscale dilation and its gradients on the `wasm` engine: the rules of kernels/dilation.ts; forward with channels in
// vectors. Which taps of a window are inside is listed once per column and once per row.
import type { DeviceNode } from '../engines/engine.ts';
import { type Dilation, dilation, firstInside, tapsOf } from '../kernels/dilation.ts';
import type { WindowDim } from '../kernels/window.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import type { Storage } from '../../graph/dtype.ts';
import { LOWEST } from '../kernels/reduce.ts';
import type { MemoryOp } from '../jit/opcodes.ts';
import { type GemmType, widthOf } from './gemm.ts';
import { isFloat, keepGreater, lessOp, number, numberType, scalarOp, splat, vectorOp } from './greatest.ts';
import type { Code, Kit, WasmKernel, WasmValue } from './kit.ts';
import { narrowed, widened } from './matmul.ts';

/** `s`: the storage whose width sums wrap to. */
interface Plan { readonly t: GemmType; readonly s: Storage; readonly size: number; readonly g: Dilation }

function plan(node: DeviceNode, input: WasmValue, filter: WasmValue, grad?: WasmValue): Plan | undefined {
  const s = input.type.storage, t = numberType(s);
  if (!t || input.size === 0 || filter.size === 0) return undefined;
  try { return { t, s: isFloat(t) ? t : s, size: widthOf(t), g: dilation(node, input.shape, filter.shape, grad?.shape) }; } catch { return undefined; }
}
/** For each output position: how many taps are inside, where a window without a maximum points, then both offsets of each tap. */
function listOf(d: WindowDim, outputs: readonly number[], input: number, filter: number): number[] {
  return outputs.flatMap((o) => { const taps = tapsOf(d, o); return [taps.length, firstInside(d, o) * input, ...taps.flatMap(([at, tap]) => [at * input, tap * filter])]; });
}
/** Calls the code of a row for every output row: columns, channels (or vectors), image, filter, list of its rows, list of columns, row of y, bytes of a pixel. */
function everyRow(k: Kit, { g, size }: Plan, code: Code, count: number, x: number, f: number, y: number, ...more: readonly number[]): void {
  const { n, c, h, w } = g, pixel = c * size;
  const columns = listOf(w, Array.from({ length: w.output }, (_, i) => i), pixel, pixel);
  const list = k.scratch(4 * columns.length), rows = k.scratch(4 * (2 + 2 * h.taps));
  k.heap.i32.set(columns, list >>> 2);
  for (let i = 0, row = 0; i < n; i++) for (let oh = 0; oh < h.output; oh++, row++) {
    k.heap.i32.set(listOf(h, [oh], w.input * pixel, w.taps * pixel), rows >>> 2);
    code(w.output, count, x + i * h.input * w.input * pixel, f, rows, list, y + row * w.output * pixel, pixel, ...more);
  }
}
const forward: WasmKernel = (k, [input, filter], node) => {
  const p = plan(node, input!, filter!);
  if (!p) return undefined;
  const out = k.make(input!.type, p.g.ys), x = widened(k, input!), f = widened(k, filter!), y = narrowed(k, out);
  everyRow(k, p, k.code(`dilation.${p.s}`, () => forwardFunction(p)), Math.ceil((p.g.c * p.size) / 16), x, f, y.address);
  y.finish();
  return [out];
};
const backward = (byInput: boolean): WasmKernel => (k, [input, filter, grad], node) => {
  const p = plan(node, input!, filter!, grad!);
  if (!p) return undefined;
  const like = byInput ? input! : filter!, out = k.make(like.type, like.shape);
  const x = widened(k, input!), f = widened(k, filter!), dy = widened(k, grad!), to = narrowed(k, out);
  k.fill(to.address, out.size * p.size);
  everyRow(k, p, k.code(`dilation.${byInput ? 'input' : 'filter'}.${p.s}`, () => backwardFunction(p, byInput)), p.g.c, x, f, dy, to.address - (byInput ? x : f));
  to.finish();
  return [out];
};

const P = { columns: 0, count: 1, image: 2, filter: 3, rows: 4, list: 5, own: 6, pixel: 7 } as const;

/** Visits the taps of the window of a column, `at` bytes into the pixel: addresses of input and filter. */
function taps(f: FunctionBuilder, at: Local, body: (x: Local, w: Local) => void): void {
  const i = f.local(), j = f.local(), r = f.local(), c = f.local(), row = f.local(), filterRow = f.local(), x = f.local(), w = f.local();
  f.get(P.rows).mem('i32.load').set(i).get(P.rows).i32(8).op('i32.add').set(r);
  f.repeat(i, () => {
    f.get(P.image).get(r).mem('i32.load').op('i32.add').get(at).op('i32.add').set(row).get(P.filter).get(r).mem('i32.load', 4).op('i32.add').get(at).op('i32.add').set(filterRow);
    f.get(P.list).mem('i32.load').set(j).get(P.list).i32(8).op('i32.add').set(c);
    f.repeat(j, () => {
      f.get(row).get(c).mem('i32.load').op('i32.add').set(x).get(filterRow).get(c).mem('i32.load', 4).op('i32.add').set(w);
      body(x, w);
      f.addConst(c, 8);
    });
    f.addConst(r, 8);
  });
}
/** To the next column's list and output. */
function next(f: FunctionBuilder): void {
  f.get(P.list).mem('i32.load').i32(3).op('i32.shl').i32(8).op('i32.add').get(P.list).op('i32.add').set(P.list).addLocal(P.own, P.pixel);
}
/** Sums of small integers wrap as they are stored: shifts that bring a 32-bit sum (or a vector of them) to that. */
const EXCESS: Partial<Record<Storage, readonly [bits: number, sign: 's' | 'u']>> = { i8: [24, 's'], i16: [16, 's'], u8: [24, 'u'], u16: [16, 'u'] };
/** Leaves the lowest value of a storage. */
const start = (f: FunctionBuilder, { t, s }: Plan): FunctionBuilder => number(f, t, Number(LOWEST[s]));

function forwardFunction(p: Plan): FunctionBuilder {
  const { t } = p, excess = EXCESS[p.s];
  const f = new FunctionBuilder(Object.keys(P).map(() => 'i32' as const)), acc = f.local('v128'), sum = f.local('v128'), at = f.local(), left = f.local();
  return f.repeat(P.columns, () => {
    f.i32(0).set(at).get(P.count).set(left);
    f.repeat(left, () => {
      splat(start(f, p), t).set(acc);
      taps(f, at, (x, w) => {
        keepGreater(f, t, acc, sum, () => {
          f.get(x).simdMem('v128.load').get(w).simdMem('v128.load').simd(vectorOp(t, 'add'));
          if (excess) f.i32(excess[0]).simd('i32x4.shl').i32(excess[0]).simd(`i32x4.shr_${excess[1]}`);
        });
      });
      f.get(P.own).get(at).op('i32.add').get(acc).simdMem('v128.store').addConst(at, 16);
    });
    next(f);
  });
}
/** The parameter more leads from the input (or the filter) to its gradient. */
function backwardFunction(p: Plan, byInput: boolean): FunctionBuilder {
  const { t } = p, excess = EXCESS[p.s];
  const f = new FunctionBuilder([...Object.keys(P), 'toGradient'].map(() => 'i32' as const)), toGradient = 8;
  const load: MemoryOp = `${t}.load`, store: MemoryOp = `${t}.store`, add = scalarOp(t, 'add');
  const best = f.local(t), sum = f.local(t), where = f.local(), at = f.local(), left = f.local();
  return f.repeat(P.columns, () => {
    f.i32(0).set(at).get(P.count).set(left);
    f.repeat(left, () => {
      start(f, p).set(best);
      if (byInput) f.get(P.image).get(P.rows).mem('i32.load', 4).op('i32.add').get(P.list).mem('i32.load', 4).op('i32.add'); else f.get(P.filter);
      f.get(at).op('i32.add').set(where);
      taps(f, at, (x, w) => {
        f.get(best).get(x).mem(load).get(w).mem(load).op(add);
        if (excess) f.i32(excess[0]).op('i32.shl').i32(excess[0]).op(`i32.shr_${excess[1]}`);
        f.tee(sum).op(lessOp(t)).if(() => { f.get(sum).set(best).get(byInput ? x : w).set(where); });
      });
      f.get(where).get(toGradient).op('i32.add').tee(where).get(where).mem(load).get(P.own).get(at).op('i32.add').mem(load).op(add).mem(store);
      f.addConst(at, widthOf(t));
    });
    next(f);
  });
}
export const dilationKernels: readonly (readonly [string, WasmKernel])[] = [
  ['Dilation2D', forward], ['Dilation2DBackpropInput', backward(true)], ['Dilation2DBackpropFilter', backward(false)],
];
