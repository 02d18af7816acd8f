// Pooling over two or three spatial dimensions, its gradients and the gradients of those on the `wasm` engine, channels in
// vectors where no channel decides for itself: the orders of kernels/pool.ts. Channels first are turned to last and back.
import type { DeviceNode } from '../engines/engine.ts';
import { boolAttr, sameShape, sizeOf, toNumbers, typeAttr } from '../kernels/common.ts';
import { argmaxTargets, eachWindow, NEAR, type Pooling, pooling, sizesFrom } from '../kernels/pool.ts';
import { channelsLast, inLayout } from '../kernels/window.ts';
import { int64 } from '../../graph/dtype.ts';
import { FunctionBuilder, type Label, type Local } from '../jit/function.ts';
import type { MemoryOp, PlainOp, SimdLaneMemoryOp, SimdMemoryOp } from '../jit/opcodes.ts';
import { fromNhwc, toNhwc } from './conv.ts';
import { type GemmType, widthOf } from './gemm.ts';
import { isFloat, keepGreater, lessOp, lowest, number, numberType, scalarOp, splat, vectorOp } from './greatest.ts';
import type { Code, Kit, WasmKernel, WasmValue } from './kit.ts';
import { narrowed, widened } from './matmul.ts';
import { poolBlocks, routeBlocks } from './pool_block.ts';

interface Plan<T extends GemmType = GemmType> { readonly t: T; readonly size: number; readonly p: Pooling }
/** The format it computes in and the geometry; undefined where the reference kernel is to speak. */
function plan(k: Kit, node: DeviceNode, type: WasmValue['type'], shape: readonly number[], sizes: readonly WasmValue[] = []): Plan | undefined {
  const t = numberType(type.storage);
  if (!t || shape.includes(0)) return undefined;
  try { return { t, size: widthOf(t), p: pooling(node, shape, sizesFrom(sizes.map((v) => k.read(v)), 0)) }; } catch { return undefined; }
}
/** Averages and what is near a maximum: of floats. */
const ofFloats = (m: Plan | undefined): Plan<'f32' | 'f64'> | undefined => (m && isFloat(m.t) ? { ...m, t: m.t } : undefined);
/** Spatial dimensions taken together: what turning channels first into last needs to know. */
const flat = (nhwc: readonly number[]): readonly [number, number, number, number] => [nhwc[0]!, sizeOf(nhwc.slice(1, -1)), 1, nhwc[nhwc.length - 1]!];
/** Address of a value's elements in their compute format, channels last. */
function elements(k: Kit, m: Plan, v: WasmValue): number { return toNhwc(k, widened(k, v), m.size, flat(channelsLast(v.shape, m.p.nchw)), m.p.nchw); }
/** Where a result is to be put, channels last, and the step that brings it into the value. */
function target(k: Kit, m: Plan, out: WasmValue): { readonly address: number; finish(): void } {
  const narrow = narrowed(k, out), to = fromNhwc(k, narrow.address, m.size, flat(channelsLast(out.shape, m.p.nchw)), m.p.nchw);
  return { address: to.address, finish: () => { to.finish(); narrow.finish(); } };
}
const cleared = (k: Kit, address: number, bytes: number): void => { k.fill(address, bytes); };

/** Calls the code of a window for every window: `count` vectors or channels, then what `more` adds to the common arguments. */
function everyWindow({ p, size }: Plan, code: Code, count: number, input: number, output: number, ...more: readonly number[]): void {
  const pixel = p.c * size, row = p.w.input * pixel, plane = p.h.input * row;
  eachWindow(p, (first, planes, rows, columns, to) => { code(count, input + first * pixel, planes, rows, columns, plane, row, pixel, output + to * size, ...more); });
}

const forward = (what: 'max' | 'average'): WasmKernel => (k, [a, ...sizes], node) => {
  const m = plan(k, node, a!.type, a!.shape, sizes);
  if (!m || (what === 'average' && !isFloat(m.t))) return undefined;
  const out = k.make(a!.type, inLayout(m.p.out, m.p.nchw)), x = elements(k, m, a!), y = target(k, m, out);
  if (!poolBlocks(k, m.t, what, m.p, x, y.address)) everyWindow(m, k.code(`pool.${what}.${m.t}`, () => forwardFunction(m.t, what)), Math.ceil((m.p.c * m.size) / 16), x, y.address);
  y.finish();
  return [out];
};
const avgPoolGrad: WasmKernel = (k, [shape, grad], node) => {
  const given = toNumbers(k.read(shape!)), m = ofFloats(plan(k, node, grad!.type, given));
  if (!m || !sameShape(grad!.shape, inLayout(m.p.out, m.p.nchw))) return undefined;
  const out = k.make(grad!.type, given), dy = elements(k, m, grad!), dx = target(k, m, out);
  cleared(k, dx.address, out.size * m.size);
  everyWindow(m, k.code(`pool.spread.${m.t}`, () => spreadFunction(m.t)), m.p.c, dx.address, dy);
  dx.finish();
  return [out];
};

/** MaxPoolGrad and MaxPool3DGrad: into the input's places. */
const maxPoolGrad = (name: 'route' | 'near'): WasmKernel => (k, [input, output, grad, ...sizes], node) => {
  const m = plan(k, node, input!.type, input!.shape, sizes), ys = m && inLayout(m.p.out, m.p.nchw);
  if (!m || (name === 'near' && !isFloat(m.t)) || !sameShape(output!.shape, ys!) || !sameShape(grad!.shape, ys!)) return undefined;
  const out = k.make(input!.type, input!.shape), x = elements(k, m, input!), y = name === 'near' ? elements(k, m, output!) : 0, dy = elements(k, m, grad!), dx = target(k, m, out);
  cleared(k, dx.address, out.size * m.size);
  if (name === 'near' || !routeBlocks(k, m.t, m.p, x, dy, dx.address - x)) everyWindow(m, k.code(`pool.${name}.${m.t}`, () => (name === 'near' && isFloat(m.t) ? nearFunction(m.t) : routeFunction(m.t))), m.p.c, x, dy, dx.address - x, y - dy);
  dx.finish();
  return [out];
};
/** MaxPoolGradGrad: out of the input's places. */
const maxPoolGradGrad: WasmKernel = (k, [input, output, grad, ...sizes], node) => {
  const m = plan(k, node, input!.type, input!.shape, sizes);
  if (!m || !sameShape(output!.shape, inLayout(m.p.out, m.p.nchw)) || !sameShape(grad!.shape, input!.shape)) return undefined;
  const out = k.make(input!.type, output!.shape), x = elements(k, m, input!), y = elements(k, m, output!), g = elements(k, m, grad!), to = target(k, m, out);
  cleared(k, to.address, out.size * m.size);
  everyWindow(m, k.code(`pool.pick.${m.t}`, () => pickFunction(m.t)), m.p.c, x, y, g - x, to.address - y);
  to.finish();
  return [out];
};

const maxPoolWithArgmax: WasmKernel = (k, [a], node) => {
  const m = plan(k, node, a!.type, a!.shape), type = typeAttr(node, 'Targmax', int64);
  if (!m || m.p.nchw) return undefined;
  const { p, size } = m, out = k.make(a!.type, p.out), index = k.make(type, p.out), x = elements(k, m, a!), y = target(k, m, out);
  const perImage = p.h.input * p.w.input * p.c * size, whole = boolAttr(node, 'include_batch_in_index', false), outputs = sizeOf(p.out) / p.n;
  const code = k.code(`pool.argmax.${m.t}.${type.name}`, () => argmaxFunction(m.t, type.size));
  // Images one by one: indices count from the first element of the batch or of the image.
  for (let n = 0; n < p.n; n++) {
    const from = x + n * perImage;
    everyWindow({ ...m, p: { ...p, n: 1 } }, code, p.c, from, y.address + n * outputs * size, whole ? x : from, index.address + n * outputs * type.size, y.address + n * outputs * size);
  }
  y.finish();
  return [out, index];
};
const maxPoolGradWithArgmax: WasmKernel = (k, [input, grad, argmax], node) => {
  const m = plan(k, node, input!.type, input!.shape);
  if (!m || m.p.nchw || !sameShape(grad!.shape, m.p.out) || !sameShape(argmax!.shape, m.p.out)) return undefined;
  const out = k.make(input!.type, input!.shape), g = elements(k, m, grad!), dx = target(k, m, out);
  cleared(k, dx.address, out.size * m.size);
  let at: number[];
  try { at = argmaxTargets(k.numbers(argmax!), m.p, boolAttr(node, 'include_batch_in_index', false)); } catch { return undefined; }
  const places = k.scratch(4 * at.length);
  k.heap.i32.set(at.map((i) => dx.address + i * m.size), places >>> 2);
  k.code(`pool.scatter.${m.t}`, () => scatterFunction(m.t))(at.length, g, places);
  dx.finish();
  return [out];
};

// ---- one window

/** Parameters; `count` vectors or channels from the window's first pixel and the output on. */
const P = { count: 0, first: 1, planes: 2, rows: 3, columns: 4, planeBytes: 5, rowBytes: 6, pixelBytes: 7, output: 8 } as const;
const COMMON = 9;
const windowFunction = (more = 0): FunctionBuilder => new FunctionBuilder(Array.from({ length: COMMON + more }, () => 'i32' as const));

/** Visits the pixels of a window in row-major order from `from` on. */
function pixels(f: FunctionBuilder, from: Local, body: (at: Local) => void): void {
  const at = f.local(), plane = f.local(), row = f.local(), d = f.local(), i = f.local(), j = f.local();
  f.get(from).set(plane).get(P.planes).set(d);
  f.repeat(d, () => {
    f.get(plane).set(row).get(P.rows).set(i);
    f.repeat(i, () => {
      f.get(row).set(at).get(P.columns).set(j);
      f.repeat(j, () => { body(at); f.addLocal(at, P.pixelBytes); });
      f.addLocal(row, P.rowBytes);
    });
    f.addLocal(plane, P.planeBytes);
  });
}
/** The number of elements of the window, as a vector of the format. */
function elementCount(f: FunctionBuilder, t: 'f32' | 'f64'): FunctionBuilder {
  return f.get(P.planes).get(P.rows).op('i32.mul').get(P.columns).op('i32.mul').op(`${t}.convert_i32_s` as PlainOp).simd(vectorOp(t, 'splat'));
}

function forwardFunction(t: GemmType, what: 'max' | 'average'): FunctionBuilder {
  const f = windowFunction(), acc = f.local('v128'), n = f.local('v128'), x = f.local('v128'), average = what === 'average' && isFloat(t);
  if (average) elementCount(f, t).set(n);
  return f.repeat(P.count, () => {
    if (average) f.zero().set(acc); else splat(lowest(f, t), t).set(acc);
    pixels(f, P.first, (at) => {
      const load = (): void => { f.get(at).simdMem('v128.load'); };
      if (!average) { keepGreater(f, t, acc, x, load); return; }
      f.get(acc);
      load();
      f.simd(vectorOp(t, 'add')).set(acc);
    });
    f.get(P.output).get(acc);
    if (average) f.get(n).simd(vectorOp(t, 'div'));
    f.simdMem('v128.store').addConst(P.first, 16).addConst(P.output, 16);
  });
}

/** Channels in vectors, the last ones on their own: a step loads with `load`, its `store` writes as many bytes. */
function channels(f: FunctionBuilder, t: 'f32' | 'f64', step: (load: SimdMemoryOp, store: () => void) => void): FunctionBuilder {
  const lanes = 16 / widthOf(t), left = f.local();
  const each = (load: SimdMemoryOp, bytes: number, store: () => void): void => { f.repeat(left, () => { step(load, store); f.addConst(P.first, bytes).addConst(P.output, bytes); }); };
  f.get(P.count).i32(Math.log2(lanes)).op('i32.shr_u').set(left);
  each('v128.load', 16, () => f.simdMem('v128.store'));
  f.get(P.count).i32(lanes - 1).op('i32.and').set(left);
  const bits = 8 * widthOf(t);
  each(`v128.load${bits}_zero` as SimdMemoryOp, widthOf(t), () => f.laneMem(`v128.store${bits}_lane` as SimdLaneMemoryOp, 0));
  return f;
}
/** Adds dy * (1/number) to every pixel of the window. */
function spreadFunction(t: 'f32' | 'f64'): FunctionBuilder {
  const f = windowFunction(), scale = f.local('v128'), part = f.local('v128');
  elementCount(splat(number(f, t, 1), t), t).simd(vectorOp(t, 'div')).set(scale);
  return channels(f, t, (load, store) => {
    f.get(P.output).simdMem(load).get(scale).simd(vectorOp(t, 'mul')).set(part);
    pixels(f, P.first, (at) => { f.get(at).get(at).simdMem(load).get(part).simd(vectorOp(t, 'add')); store(); });
  });
}
/** Adds dy to every pixel near the maximum; the last parameters lead from x to dx and from dy to y. */
function nearFunction(t: 'f32' | 'f64'): FunctionBuilder {
  const f = windowFunction(2), [toGradient, toMaximum] = [COMMON, COMMON + 1], dy = f.local('v128'), y = f.local('v128'), to = f.local();
  return channels(f, t, (load, store) => {
    f.get(P.output).simdMem(load).set(dy).get(P.output).get(toMaximum).op('i32.add').simdMem(load).set(y);
    pixels(f, P.first, (at) => {
      f.get(at).get(toGradient).op('i32.add').tee(to).get(to).simdMem(load);
      f.get(dy).get(at).simdMem(load).get(y).simd(vectorOp(t, 'sub')).simd(vectorOp(t, 'abs'));
      splat(number(f, t, NEAR), t).simd(vectorOp(t, 'lt')).simd('v128.and').simd(vectorOp(t, 'add'));
      store();
    });
  });
}

const load = (t: GemmType): MemoryOp => `${t}.load`, store = (t: GemmType): MemoryOp => `${t}.store`;
/** Leaves the address of the window's first maximum of this channel in `where`, its value in `best`. */
function firstMaximum(f: FunctionBuilder, t: GemmType, best: Local, where: Local, x: Local): void {
  f.get(P.first).tee(where).mem(load(t)).set(best);
  pixels(f, P.first, (at) => {
    f.get(best).get(at).mem(load(t)).tee(x).op(lessOp(t)).if(() => { f.get(x).set(best).get(at).set(where); });
  });
}
/** Adds dy to the pixel of the window that has the first maximum; the first parameter more leads from x to dx. */
function routeFunction(t: GemmType): FunctionBuilder {
  const f = windowFunction(2), toGradient = COMMON, best = f.local(t), x = f.local(t), where = f.local();
  return f.repeat(P.count, () => {
    firstMaximum(f, t, best, where, x);
    f.get(where).get(toGradient).op('i32.add').tee(where).get(where).mem(load(t)).get(P.output).mem(load(t)).op(scalarOp(t, 'add')).mem(store(t));
    f.addConst(P.first, widthOf(t)).addConst(P.output, widthOf(t));
  });
}
/** Writes each maximum and its place, counted in elements from the address in the first parameter more; then come the places' address and where outputs begin. */
function argmaxFunction(t: GemmType, width: number): FunctionBuilder {
  const f = windowFunction(3), [origin, places, outputs] = [COMMON, COMMON + 1, COMMON + 2], best = f.local(t), x = f.local(t), where = f.local(), to = f.local();
  const shift = Math.log2(width) - Math.log2(widthOf(t));
  f.get(P.output).get(outputs).op('i32.sub');
  if (shift < 0) f.i32(-shift).op('i32.shr_u'); else f.i32(shift).op('i32.shl');
  f.get(places).op('i32.add').set(to);
  return f.repeat(P.count, () => {
    firstMaximum(f, t, best, where, x);
    f.get(P.output).get(best).mem(store(t));
    f.get(to).get(where).get(origin).op('i32.sub').i32(Math.log2(widthOf(t))).op('i32.shr_u');
    if (width === 8) f.op('i64.extend_i32_u').mem('i64.store'); else f.mem('i32.store');
    f.addConst(P.first, widthOf(t)).addConst(P.output, widthOf(t)).addConst(to, width);
  });
}
/** Copies what belongs to the first pixel equal to the maximum; the parameters more lead from x to what is copied and from the maximum to its place. */
function pickFunction(t: GemmType): FunctionBuilder {
  const f = windowFunction(2), [toSource, toPlace] = [COMMON, COMMON + 1], y = f.local(t);
  return f.repeat(P.count, () => {
    f.get(P.output).mem(load(t)).set(y);
    f.block((end: Label) => {
      pixels(f, P.first, (at) => {
        f.get(y).get(at).mem(load(t)).op(scalarOp(t, 'eq')).if(() => {
          f.get(P.output).get(toPlace).op('i32.add').get(at).get(toSource).op('i32.add').mem(load(t)).mem(store(t)).br(end);
        });
      });
    });
    f.addConst(P.first, widthOf(t)).addConst(P.output, widthOf(t));
  });
}
/** (gradients, address, addresses they are added at) */
function scatterFunction(t: GemmType): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32']), at = f.local();
  return f.repeat(0, () => {
    f.get(2).mem('i32.load').tee(at).get(at).mem(load(t)).get(1).mem(load(t)).op(scalarOp(t, 'add')).mem(store(t));
    f.addConst(1, widthOf(t)).addConst(2, 4);
  });
}

export const poolKernels: readonly (readonly [string, WasmKernel])[] = [
  ['MaxPool', forward('max')], ['MaxPoolV2', forward('max')], ['MaxPool3D', forward('max')], ['AvgPool', forward('average')], ['AvgPool3D', forward('average')],
  ['AvgPoolGrad', avgPoolGrad], ['AvgPool3DGrad', avgPoolGrad],
  ['MaxPoolGrad', maxPoolGrad('route')], ['MaxPoolGradV2', maxPoolGrad('route')], ['MaxPool3DGrad', maxPoolGrad('near')],
  ['MaxPoolGradGrad', maxPoolGradGrad], ['MaxPoolGradGradV2', maxPoolGradGrad], ['MaxPool3DGradGrad', maxPoolGradGrad],
  ['MaxPoolWithArgmax', maxPoolWithArgmax], ['MaxPoolGradWithArgmax', maxPoolGradWithArgmax],
];
