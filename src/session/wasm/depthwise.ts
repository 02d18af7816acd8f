// Depthwise convolution and its gradients on the `wasm` engine: direct loops with channels in vectors, in the orders of
// kernels/conv.ts. Filters with several outputs per channel work on planes: channel multiplier before channel.
import { stridesOf, toNumbers } from '../kernels/common.ts';
import { isNchw, type WindowDim } from '../kernels/window.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { SimdOp } from '../jit/opcodes.ts';
import type { DeviceNode } from '../engines/engine.ts';
import { fromNhwc, type Geometry, geometry, inLayout, inside, nhwcShape, type Shape4, toNhwc } from './conv.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { gemmType, narrowed, widened } from './matmul.ts';
import { copyBox } from './move.ts';

type FloatType = 'f32' | 'f64';
const ZEROS = 64; // bytes of zeros that padding taps read: as many vectors as a step takes

interface Depthwise { readonly t: FloatType; readonly size: number; readonly g: Geometry; readonly m: number; readonly nchw: boolean; readonly xs: Shape4; readonly ys: Shape4; readonly pixel: number; readonly tap: number }

/** Sizes of the call; undefined where the reference kernel is to speak. */
function plan(node: DeviceNode, type: WasmValue['type'], input: readonly number[], fs: readonly number[], dy?: readonly number[]): Depthwise | undefined {
  if (input.length !== 4 || fs.length !== 4 || (dy && dy.length !== 4)) return undefined;
  const nchw = isNchw(node), xs = nhwcShape(input, nchw), made = geometry(node, xs, fs, nchw), t = gemmType(laneStorage(type.storage));
  if (!made || (t !== 'f32' && t !== 'f64')) return undefined;
  const m = fs[3]!, g = { ...made, co: made.ci * m }, size = t === 'f32' ? 4 : 8;
  if (dy && !inside(g, nhwcShape(dy, nchw))) return undefined;
  return { t, size, g, m, nchw, xs, ys: [g.n, g.h.output, g.w.output, g.co], pixel: g.ci * size, tap: g.co * size };
}
/** Rows of [channel, multiplier] as rows of [multiplier, channel], or the way back. */
function turn(k: Kit, p: Depthwise, rows: number, from: number, to: number, back: boolean): void {
  const { m, g: { ci } } = p, [a, b] = back ? [m, ci] : [ci, m];
  copyBox(k, p.size, from, [ci * m, 1, b], to, stridesOf([rows, b, a]), [rows, b, a]);
}
function planes(k: Kit, p: Depthwise, rows: number, from: number): number {
  if (p.m === 1 || p.g.ci === 1) return from;
  const to = k.scratch(rows * p.tap);
  turn(k, p, rows, from, to, false);
  return to;
}
/** Where rows of planes are to be put, and the step that turns them into `to`. */
function unplaned(k: Kit, p: Depthwise, rows: number, to: number): { readonly address: number; finish(): void } {
  if (p.m === 1 || p.g.ci === 1) return { address: to, finish: () => undefined };
  const address = k.scratch(rows * p.tap);
  return { address, finish: () => { turn(k, p, rows, address, to, true); } };
}
function zeros(k: Kit): number {
  const at = k.scratch(ZEROS);
  k.fill(at, ZEROS);
  return at;
}
const vectorsOf = (p: Depthwise): number => Math.ceil(p.pixel / 16);
const taps = (p: Depthwise): number => p.g.h.taps * p.g.w.taps;
const positions = (p: Depthwise): number => p.g.n * p.g.h.output * p.g.w.output;
/** Calls f for every output row: number, address of its image, input row of its first tap. */
function outputRows(p: Depthwise, x: number, f: (row: number, image: number, ih: number) => void): void {
  const { n, h, w } = p.g;
  for (let i = 0, row = 0; i < n; i++) for (let oh = 0; oh < h.output; oh++) f(row++, x + i * h.input * w.input * p.pixel, oh * h.stride - h.before);
}

const forward: WasmKernel = (k, [input, filter], node) => {
  const p = plan(node, input!.type, input!.shape, filter!.shape);
  if (!p) return undefined;
  const { g: { h, w }, size } = p, out = k.make(input!.type, inLayout(p.ys, p.nchw));
  const x = toNhwc(k, widened(k, input!), size, p.xs, p.nchw), f = planes(k, p, taps(p), widened(k, filter!));
  const narrow = narrowed(k, out), y = fromNhwc(k, narrow.address, size, p.ys, p.nchw), to = unplaned(k, p, positions(p), y.address), zero = zeros(k);
  const code = k.code(`depthwise.forward.${p.t}${k.fuses(p.t) ? '.fused' : ''}`, () => forwardFunction(p.t, k.fuses(p.t)));
  outputRows(p, x, (row, image, ih) => {
    code(w.output, p.m, vectorsOf(p), image, zero, f, to.address + row * w.output * p.tap, ih, -w.before, h.taps, w.taps, h.dilation, w.dilation, h.input, w.input, w.stride, p.pixel, p.tap);
  });
  to.finish();
  y.finish();
  narrow.finish();
  return [out];
};

const backpropFilter: WasmKernel = (k, [input, sizes, grad], node) => {
  const fs = toNumbers(k.read(sizes!)), p = plan(node, input!.type, input!.shape, fs, grad!.shape);
  if (!p) return undefined;
  const { g: { h, w, ci }, size, m } = p, out = k.make(input!.type, fs);
  const x = toNhwc(k, widened(k, input!), size, p.xs, p.nchw), dy = planes(k, p, positions(p), toNhwc(k, widened(k, grad!), size, p.ys, p.nchw));
  const dw = narrowed(k, out), zero = zeros(k), pitch = 16 * vectorsOf(p), sums = k.scratch(taps(p) * m * pitch);
  k.fill(sums, taps(p) * m * pitch);
  const code = k.code(`depthwise.filter.${p.t}${k.fuses(p.t) ? '.fused' : ''}`, () => filterFunction(p.t, k.fuses(p.t)));
  outputRows(p, x, (row, image, ih) => {
    code(w.output, m, vectorsOf(p), image, zero, sums, dy + row * w.output * p.tap, ih, -w.before, h.taps, w.taps, h.dilation, w.dilation, h.input, w.input, w.stride, p.pixel, p.tap);
  });
  copyBox(k, size, sums, [m * pitch / size, 1, pitch / size], dw.address, stridesOf([taps(p), ci, m]), [taps(p), ci, m]);
  dw.finish();
  return [out];
};

/** For each input position: what outputs see it through which taps, outputs ascending. */
function seenBy(d: WindowDim): (readonly (readonly [output: number, tap: number])[])[] {
  return Array.from({ length: d.input }, (_, at) => {
    const pairs: [number, number][] = [];
    for (let tap = d.taps - 1; tap >= 0; tap--) {
      const from = at + d.before - tap * d.dilation;
      if (from >= 0 && from % d.stride === 0 && from / d.stride < d.output) pairs.push([from / d.stride, tap]);
    }
    return pairs;
  });
}

const backpropInput: WasmKernel = (k, [sizes, filter, grad], node) => {
  const given = toNumbers(k.read(sizes!)), p = plan(node, grad!.type, given, filter!.shape, grad!.shape);
  if (!p) return undefined;
  const { g: { n, h, w }, size } = p, out = k.make(grad!.type, given);
  const dy = planes(k, p, positions(p), toNhwc(k, widened(k, grad!), size, p.ys, p.nchw)), f = planes(k, p, taps(p), widened(k, filter!));
  const narrow = narrowed(k, out), dx = fromNhwc(k, narrow.address, size, p.xs, p.nchw);
  // A list per column, and one per row: how many pairs, then bytes into the outputs and bytes into the filter, pair by pair.
  const listOf = (d: WindowDim, output: number, tap: number): number[] => seenBy(d).flatMap((pairs) => [pairs.length, ...pairs.flatMap(([o, t]) => [o * output, t * tap])]);
  const columns = listOf(w, p.tap, p.tap), rows = listOf(h, w.output * p.tap, w.taps * p.tap), list = k.scratch(4 * (columns.length + rows.length));
  k.heap.i32.set(columns, list >>> 2);
  k.heap.i32.set(rows, (list >>> 2) + columns.length);
  const kind = `${p.t}${p.m === 1 ? '.single' : ''}${k.fuses(p.t) ? '.fused' : ''}`, code = k.code(`depthwise.input.${kind}`, () => inputFunction(p.t, p.m === 1, k.fuses(p.t)));
  for (let i = 0; i < n; i++) code(h.input, w.input, p.m, vectorsOf(p), list + 4 * columns.length, list, dy + i * h.output * w.output * p.tap, f, dx.address + i * h.input * w.input * p.pixel, p.pixel);
  dx.finish();
  narrow.finish();
  return [out];
};

// ---- one row of outputs (or of the input gradient)

/** Parameters of the two that walk over an output row; `other` is the filter or its gradient, `own` a row of y or dy. */
const P = { count: 0, m: 1, vectors: 2, image: 3, zero: 4, other: 5, own: 6, ih: 7, iw: 8, tapsH: 9, tapsW: 10, dilationH: 11, dilationW: 12, inH: 13, inW: 14, strideW: 15, pixel: 16, tap: 17 } as const;
const WIDTH = 4; // vectors per step

/** Runs a body over all vectors of a pixel: four at a time, then one by one; it gets the bytes into the pixel. */
function eachVector(f: FunctionBuilder, vectors: Local, body: (at: Local, width: number) => void): void {
  const at = f.local(), left = f.local();
  f.i32(0).set(at).get(vectors).i32(2).op('i32.shr_u').set(left);
  f.repeat(left, () => { body(at, WIDTH); f.addConst(at, 16 * WIDTH); });
  f.get(vectors).i32(WIDTH - 1).op('i32.and').set(left);
  f.repeat(left, () => { body(at, 1); f.addConst(at, 16); });
}
/** acc += load(a) * load(b), vector by vector. */
function multiplyAdd(f: FunctionBuilder, t: FloatType, fused: boolean, acc: readonly Local[], a: Local, b: Local): void {
  acc.forEach((s, v) => f.accumulate(s, t === 'f32' ? 'f32x4' : 'f64x2', fused, () => { f.get(a).simdMem('v128.load', 16 * v).get(b).simdMem('v128.load', 16 * v); }));
}
const locals = (f: FunctionBuilder, n: number): Local[] => Array.from({ length: n }, () => f.local('v128'));

/** The input pixel of a tap, or zeros: `from` = bytes of the row, `outside` = whether the row is padding. */
function pixelAt(f: FunctionBuilder, rowAt: Local, iw: Local, outside: Local, to: Local): void {
  f.get(P.zero).get(rowAt).get(iw).get(P.pixel).op('i32.mul').op('i32.add').get(outside).get(iw).get(P.inW).op('i32.ge_u').op('i32.or').op('select').set(to);
}
/** Address of the input row `ih` (at some bytes of a pixel) and whether it is outside. */
function rowAt(f: FunctionBuilder, ih: Local, at: Local, to: Local, outside: Local): void {
  f.get(P.image).get(ih).get(P.inW).op('i32.mul').get(P.pixel).op('i32.mul').op('i32.add').get(at).op('i32.add').set(to);
  f.get(ih).get(P.inH).op('i32.ge_u').set(outside);
}
const rowFunction = (): FunctionBuilder => new FunctionBuilder(Object.keys(P).map(() => 'i32' as const));

function forwardFunction(t: FloatType, fused: boolean): FunctionBuilder {
  const f = rowFunction();
  const plane = f.local(), filter = f.local(), w = f.local(), ih = f.local(), iw = f.local(), i = f.local(), j = f.local(), row = f.local(), outside = f.local(), x = f.local(), to = f.local();
  return f.repeat(P.count, () => {
    f.get(P.m).set(plane).get(P.other).set(filter).get(P.own).set(to);
    f.repeat(plane, () => {
      eachVector(f, P.vectors, (at, width) => {
        const acc = locals(f, width);
        for (const s of acc) f.zero().set(s);
        f.get(filter).get(at).op('i32.add').set(w).get(P.ih).set(ih).get(P.tapsH).set(i);
        f.repeat(i, () => {
          rowAt(f, ih, at, row, outside);
          f.get(P.iw).set(iw).get(P.tapsW).set(j);
          f.repeat(j, () => {
            pixelAt(f, row, iw, outside, x);
            multiplyAdd(f, t, fused, acc, x, w);
            f.addLocal(iw, P.dilationW).addLocal(w, P.tap);
          });
          f.addLocal(ih, P.dilationH);
        });
        acc.forEach((s, v) => f.get(to).get(at).op('i32.add').get(s).simdMem('v128.store', 16 * v));
      });
      f.addLocal(filter, P.pixel).addLocal(to, P.pixel);
    });
    f.addLocal(P.iw, P.strideW).addLocal(P.own, P.tap);
  });
}

/** Sums go on in memory: a row of outputs for one tap after the other. Rows of sums are whole vectors. */
function filterFunction(t: FloatType, fused: boolean): FunctionBuilder {
  const f = rowFunction();
  const plane = f.local(), sums = f.local(), dyPlane = f.local(), dy = f.local(), iw0 = f.local(), iw = f.local(), j = f.local(), left = f.local(), row = f.local(), outside = f.local(), x = f.local();
  f.get(P.other).set(sums);
  return f.repeat(P.tapsH, () => {
    f.get(P.iw).set(iw0).get(P.tapsW).set(j);
    f.repeat(j, () => {
      f.get(P.m).set(plane).get(P.own).set(dyPlane);
      f.repeat(plane, () => {
        eachVector(f, P.vectors, (at, width) => {
          const acc = locals(f, width);
          acc.forEach((s, v) => f.get(sums).simdMem('v128.load', 16 * v).set(s));
          rowAt(f, P.ih, at, row, outside);
          f.get(iw0).set(iw).get(dyPlane).get(at).op('i32.add').set(dy).get(P.count).set(left);
          f.repeat(left, () => {
            pixelAt(f, row, iw, outside, x);
            multiplyAdd(f, t, fused, acc, x, dy);
            f.addLocal(iw, P.strideW).addLocal(dy, P.tap);
          });
          acc.forEach((s, v) => f.get(sums).get(s).simdMem('v128.store', 16 * v));
          f.addConst(sums, 16 * width);
        });
        f.addLocal(dyPlane, P.pixel);
      });
      f.addLocal(iw0, P.dilationW);
    });
    f.addLocal(P.ih, P.dilationH);
  });
}

/** (rows, pixels of a row, multiplier, vectors of a pixel, list per row, list per column, outputs, filter, dx, bytes of a pixel). Where there is a `single` plane
 * its products are the terms; a sum that began with +0 is the same with a term of +0 or -0. */
function inputFunction(t: FloatType, single: boolean, fused: boolean): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 10 }, () => 'i32' as const)), A = { rows: 0, count: 1, m: 2, vectors: 3, down: 4, across: 5, dy: 6, filter: 7, dx: 8, pixel: 9 } as const;
  const i = f.local(), j = f.local(), r = f.local(), c = f.local(), dyRow = f.local(), wRow = f.local(), dy = f.local(), w = f.local(), plane = f.local(), end = f.local(), list = f.local(), left = f.local();
  const add = (t === 'f32' ? 'f32x4.add' : 'f64x2.add') as SimdOp;
  /** Where a list ends. */
  const endOf = (l: Local): FunctionBuilder => f.get(l).mem('i32.load').i32(3).op('i32.shl').get(l).op('i32.add').i32(4).op('i32.add');
  return f.repeat(A.rows, () => {
    f.get(A.across).set(list).get(A.count).set(left);
    f.repeat(left, () => {
      endOf(list).set(end);
      eachVector(f, A.vectors, (at, width) => {
        const total = locals(f, width), acc = single ? total : locals(f, width);
        for (const s of total) f.zero().set(s);
        f.get(A.down).mem('i32.load').set(i).get(A.down).i32(4).op('i32.add').set(r);
        f.repeat(i, () => {
          f.get(A.dy).get(r).mem('i32.load').op('i32.add').get(at).op('i32.add').set(dyRow).get(A.filter).get(r).mem('i32.load', 4).op('i32.add').get(at).op('i32.add').set(wRow);
          f.get(list).mem('i32.load').set(j).get(list).i32(4).op('i32.add').set(c);
          f.repeat(j, () => {
            f.get(dyRow).get(c).mem('i32.load').op('i32.add').set(dy).get(wRow).get(c).mem('i32.load', 4).op('i32.add').set(w);
            if (single) multiplyAdd(f, t, fused, total, dy, w);
            else {
              for (const s of acc) f.zero().set(s);
              f.get(A.m).set(plane);
              f.repeat(plane, () => { multiplyAdd(f, t, fused, acc, dy, w); f.addLocal(dy, A.pixel).addLocal(w, A.pixel); });
              total.forEach((s, v) => f.get(s).get(acc[v]!).simd(add).set(s));
            }
            f.addConst(c, 8);
          });
          f.addConst(r, 8);
        });
        total.forEach((s, v) => f.get(A.dx).get(at).op('i32.add').get(s).simdMem('v128.store', 16 * v));
      });
      f.addLocal(A.dx, A.pixel).get(end).set(list);
    });
    endOf(A.down).set(A.down);
  });
}

export const depthwiseKernels: readonly (readonly [string, WasmKernel])[] = [
  ['DepthwiseConv2dNative', forward], ['DepthwiseConv2dNativeBackpropInput', backpropInput], ['DepthwiseConv2dNativeBackpropFilter', backpropFilter],
];
