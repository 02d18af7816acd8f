// Max and average pooling and their gradients on the `wasm` engine, channels in vectors, windows clipped at the border:
// the order of kernels/pool.ts. NCHW is turned to NHWC and back.
import type { DeviceNode } from '../engines/engine.ts';
import { sameShape, toNumbers } from '../kernels/common.ts';
import { eachWindow, type Pooling, pooling } from '../kernels/pool.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { MemoryOp, PlainOp, SimdMemoryOp, SimdOp } from '../jit/opcodes.ts';
import { fromNhwc, inLayout, nhwcShape, toNhwc } from './conv.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { gemmType, narrowed, widened } from './matmul.ts';

type FloatType = 'f32' | 'f64';
type Shape4 = readonly [number, number, number, number];
const bytesOf = (t: FloatType): 4 | 8 => (t === 'f32' ? 4 : 8);

/** The format it computes in and the geometry; undefined where the reference kernel is to speak. */
function plan(node: DeviceNode, type: WasmValue['type'], shape: readonly number[]): { readonly t: FloatType; readonly p: Pooling } | undefined {
  const t = gemmType(laneStorage(type.storage));
  if ((t !== 'f32' && t !== 'f64') || shape.includes(0)) return undefined;
  try { return { t, p: pooling(node, shape) }; } catch { return undefined; }
}
const outShape = (p: Pooling): Shape4 => p.out as unknown as Shape4;

/** Calls f for every window: address of its first pixel in `x`, rows, columns, offset of the output in bytes. */
function windowsOf(p: Pooling, size: number, x: number, f: (at: number, rows: number, columns: number, to: number) => void): void {
  eachWindow(p, (image, h0, h1, w0, w1, to) => { f(x + ((image + h0) * p.w.input + w0) * p.c * size, h1 - h0, w1 - w0, to * size); });
}

const forward = (what: 'max' | 'average'): WasmKernel => (k, [a], node) => {
  const made = plan(node, a!.type, a!.shape);
  if (!made) return undefined;
  const { t, p } = made, size = bytesOf(t), ys = outShape(p);
  const out = k.make(a!.type, inLayout(ys, p.nchw));
  const x = toNhwc(k, widened(k, a!), size, nhwcShape(a!.shape, p.nchw), p.nchw), narrow = narrowed(k, out), y = fromNhwc(k, narrow.address, size, ys, p.nchw);
  const code = k.code(`pool.${what}.${t}`, () => forwardFunction(t, what));
  const vectors = Math.ceil((p.c * size) / 16), row = p.w.input * p.c * size;
  windowsOf(p, size, x, (at, rows, columns, to) => { code(vectors, at, rows, columns, row, p.c * size, y.address + to); });
  y.finish();
  narrow.finish();
  return [out];
};

/** Address of the gradient in NHWC, and where the result goes, zeroed. */
function gradient(k: Kit, made: { readonly t: FloatType; readonly p: Pooling }, grad: WasmValue, xs: Shape4, out: WasmValue): { readonly dy: number; readonly dx: number; finish(): void } {
  const { t, p } = made, size = bytesOf(t);
  const dy = toNhwc(k, widened(k, grad), size, outShape(p), p.nchw), narrow = narrowed(k, out), dx = fromNhwc(k, narrow.address, size, xs, p.nchw);
  k.heap.u8.fill(0, dx.address, dx.address + xs[0] * xs[1] * xs[2] * xs[3] * size);
  return { dy, dx: dx.address, finish: () => { dx.finish(); narrow.finish(); } };
}

const avgPoolGrad: WasmKernel = (k, [shape, grad], node) => {
  const given = toNumbers(k.read(shape!)), made = plan(node, grad!.type, given);
  if (!made || !sameShape(grad!.shape, inLayout(outShape(made.p), made.p.nchw))) return undefined;
  const { t, p } = made, size = bytesOf(t), xs: Shape4 = [p.n, p.h.input, p.w.input, p.c];
  const out = k.make(grad!.type, given), g = gradient(k, made, grad!, xs, out);
  const code = k.code(`pool.spread.${t}`, () => spreadFunction(t)), row = p.w.input * p.c * size;
  windowsOf(p, size, g.dx, (at, rows, columns, to) => { code(p.c, at, rows, columns, row, p.c * size, g.dy + to); });
  g.finish();
  return [out];
};

const maxPoolGrad: WasmKernel = (k, [input, output, grad], node) => {
  const made = plan(node, input!.type, input!.shape);
  if (made?.t !== 'f32') return undefined;
  const { p } = made, ys = inLayout(outShape(p), p.nchw);
  if (!sameShape(output!.shape, ys) || !sameShape(grad!.shape, ys)) return undefined;
  const xs: Shape4 = [p.n, p.h.input, p.w.input, p.c], out = k.make(input!.type, input!.shape);
  const x = toNhwc(k, widened(k, input!), 4, xs, p.nchw), g = gradient(k, made, grad!, xs, out);
  const code = k.code('pool.route.f32', routeFunction), row = p.w.input * p.c * 4;
  windowsOf(p, 4, x, (at, rows, columns, to) => { code(p.c, at, rows, columns, row, p.c * 4, g.dy + to, g.dx - x); });
  g.finish();
  return [out];
};

// ---- one window: (vectors or channels, first pixel, rows, columns, bytes from row to row, from pixel to pixel, output, ...)

const P = { count: 0, first: 1, rows: 2, columns: 3, rowBytes: 4, pixelBytes: 5, output: 6 } as const;

/** Visits the pixels of a window in row-major order from `from` on. */
function pixels(f: FunctionBuilder, from: Local, body: (at: Local) => void): void {
  const at = f.local(), row = f.local(), i = f.local(), j = f.local();
  f.get(from).set(row).get(P.rows).set(i);
  f.repeat(i, () => {
    f.get(row).set(at).get(P.columns).set(j);
    f.repeat(j, () => { body(at); f.addLocal(at, P.pixelBytes); });
    f.addLocal(row, P.rowBytes);
  });
}
/** The number of elements of the window, as a vector of the format. */
function elements(f: FunctionBuilder, t: FloatType): void {
  f.get(P.rows).get(P.columns).op('i32.mul').op(`${t}.convert_i32_s` as PlainOp).simd(t === 'f32' ? 'f32x4.splat' : 'f64x2.splat');
}

function forwardFunction(t: FloatType, what: 'max' | 'average'): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 7 }, () => 'i32' as const));
  const acc = f.local('v128'), n = f.local('v128'), shape = t === 'f32' ? 'f32x4' : 'f64x2';
  elements(f, t);
  f.set(n);
  return f.repeat(P.count, () => {
    if (what === 'average') f.zero();
    else if (t === 'f32') f.f32(-Infinity).simd('f32x4.splat');
    else f.f64(-Infinity).simd('f64x2.splat');
    f.set(acc);
    pixels(f, P.first, (at) => { f.get(acc).get(at).simdMem('v128.load').simd(`${shape}.${what === 'max' ? 'pmax' : 'add'}` as SimdOp).set(acc); });
    f.get(P.output).get(acc);
    if (what === 'average') f.get(n).simd(`${shape}.div` as SimdOp);
    f.simdMem('v128.store').addConst(P.first, 16).addConst(P.output, 16);
  });
}
/** Adds dy * (1/number) to every pixel of the window, channel by channel. */
function spreadFunction(t: FloatType): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 7 }, () => 'i32' as const));
  const shape = t === 'f32' ? 'f32x4' : 'f64x2', lanes = 16 / bytesOf(t);
  const scale = f.local('v128'), part = f.local('v128'), left = f.local();
  if (t === 'f32') f.f32(1).simd('f32x4.splat'); else f.f64(1).simd('f64x2.splat');
  elements(f, t);
  f.simd(`${shape}.div` as SimdOp).set(scale);
  const step = (load: SimdMemoryOp, bytes: number, store: () => void): void => {
    f.get(P.output).simdMem(load).get(scale).simd(`${shape}.mul` as SimdOp).set(part);
    pixels(f, P.first, (at) => { f.get(at).get(at).simdMem(load).get(part).simd(`${shape}.add` as SimdOp); store(); });
    f.addConst(P.first, bytes).addConst(P.output, bytes);
  };
  f.get(P.count).i32(Math.log2(lanes)).op('i32.shr_u').set(left);
  f.repeat(left, () => { step('v128.load', 16, () => f.simdMem('v128.store')); });
  f.get(P.count).i32(lanes - 1).op('i32.and').set(left);
  return f.repeat(left, () => {
    if (t === 'f32') step('v128.load32_zero', 4, () => f.laneMem('v128.store32_lane', 0));
    else step('v128.load64_zero', 8, () => f.laneMem('v128.store64_lane', 0));
  });
}
/** Adds dy to the pixel of the window that has the first maximum; the last parameter leads from x to dx. */
function routeFunction(): FunctionBuilder {
  const f = new FunctionBuilder(Array.from({ length: 8 }, () => 'i32' as const));
  const toGradient = 7, best = f.local('f32'), x = f.local('f32'), where = f.local();
  const load: MemoryOp = 'f32.load';
  return f.repeat(P.count, () => {
    f.get(P.first).tee(where).mem(load).set(best);
    pixels(f, P.first, (at) => {
      f.get(best).get(at).mem(load).tee(x).op('f32.lt').if(() => { f.get(x).set(best).get(at).set(where); });
    });
    f.get(where).get(toGradient).op('i32.add').tee(where).get(where).mem(load).get(P.output).mem(load).op('f32.add').mem('f32.store');
    f.addConst(P.first, 4).addConst(P.output, 4);
  });
}

export const poolKernels: readonly (readonly [string, WasmKernel])[] = [
  ['MaxPool', forward('max')], ['AvgPool', forward('average')], ['AvgPoolGrad', avgPoolGrad], ['MaxPoolGrad', maxPoolGrad],
];
