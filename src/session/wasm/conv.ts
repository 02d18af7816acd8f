// Convolution and its gradients on the `wasm` engine: windows gathered block by block (never all of them) for the packed
// matrix product. Orders of summation are those of kernels/conv.ts. NCHW is turned to NHWC and back.
import { stridesOf, toNumbers } from '../kernels/common.ts';
import { type KernelNode } from '../kernels/kernel.ts';
import { isNchw, spatialAttr, type WindowDim, windows } from '../kernels/window.ts';
import { FunctionBuilder, type Local } from '../jit/function.ts';
import { laneStorage } from '../jit/lanes.ts';
import type { MemoryOp, PlainOp, SimdOp } from '../jit/opcodes.ts';
import { framePositions, frames, isFramed, paddedExtent, windowColumns, windowRows } from './frames.ts';
import { isSmall, isWide, smallFilterGradient, wideFilterGradient } from './filter_gradient.ts';
import { forwardByPairs, gradientByPairs, isPaired, isPairedGradient } from './image_pairs.ts';
import { addProduct, CONTINUED, gemm, isShallow, type Matrix, packB, packGroups, type PackRows } from './gemm.ts';
import type { Kit, WasmKernel } from './kit.ts';
import { gemmType, narrowed, widened } from './matmul.ts';
import { copyBox } from './move.ts';

export type Shape4 = readonly [number, number, number, number];
const BLOCK_BYTES = 1 << 18; // windows gathered at a time

/** Sizes of one convolution, in NHWC terms. */
export interface Geometry { readonly n: number; readonly ci: number; readonly co: number; readonly h: WindowDim; readonly w: WindowDim }

/** The geometry; undefined where the reference kernel has an error to raise. */
export function geometry(node: KernelNode, x: Shape4, f: readonly number[], nchw: boolean): Geometry | undefined {
  if (f.length !== 4 || x[3] !== f[2] || f[2] === 0) return undefined;
  try {
    const [h, w] = windows(node, [x[1], x[2]], [f[0]!, f[1]!], spatialAttr(node, 'strides', nchw, 'strides'), spatialAttr(node, 'dilations', nchw, 'dilations'), nchw);
    return { n: x[0], ci: x[3], co: f[3]!, h, w };
  } catch {
    return undefined;
  }
}
export function nhwcShape(shape: readonly number[], nchw: boolean): Shape4 { return (nchw ? [shape[0]!, shape[2]!, shape[3]!, shape[1]!] : shape) as unknown as Shape4; }

/** Address of a 4-D array's elements in NHWC order. */
export function toNhwc(k: Kit, address: number, size: number, nhwc: Shape4, nchw: boolean): number {
  const [n, h, w, c] = nhwc;
  if (!nchw || c === 1 || h * w === 1) return address;
  const to = k.scratch(n * h * w * c * size);
  copyBox(k, size, address, [c * h * w, 1, h * w], to, stridesOf([n, h * w, c]), [n, h * w, c]);
  return to;
}
/** Where an NHWC result is to be put, and the step that brings it into the layout of `out`. */
export function fromNhwc(k: Kit, out: number, size: number, nhwc: Shape4, nchw: boolean): { readonly address: number; finish(): void } {
  const [n, h, w, c] = nhwc;
  if (!nchw || c === 1 || h * w === 1) return { address: out, finish: () => undefined };
  const address = k.scratch(n * h * w * c * size);
  return { address, finish: () => { copyBox(k, size, address, [h * w * c, 1, c], out, stridesOf([n, c, h * w]), [n, c, h * w]); } };
}
export function inLayout(nhwc: Shape4, nchw: boolean): number[] { return nchw ? [nhwc[0], nhwc[3], nhwc[1], nhwc[2]] : [...nhwc]; }

export const isPointwise = (g: Geometry): boolean => [g.h, g.w].every((d) => d.taps === 1 && d.stride === 1 && d.before === 0 && d.output === d.input);
export const inside = (g: Geometry, dy: Shape4): boolean => dy[0] === g.n && dy[3] === g.co && dy[1] === g.h.output && dy[2] === g.w.output;

/** Where a range of rows goes, and that it is there. */
export type Place = (from: number, count: number) => number;
export type Done = (from: number, count: number) => void;

/** Calls f with ranges of output positions (over all images, or from one to another) small enough for one block. */
export function blocks(g: Geometry, rowBytes: number, f: (first: number, count: number) => void, from = 0, to = g.n * g.h.output * g.w.output): void {
  const most = Math.max(4, Math.floor(BLOCK_BYTES / Math.max(1, rowBytes)) & ~3);
  for (let first = from; first < to; first += most) f(first, Math.min(most, to - first));
}
export function blockBytes(g: Geometry, rowBytes: number): number {
  return Math.min(Math.max(4 * rowBytes, BLOCK_BYTES), g.n * g.h.output * g.w.output * rowBytes);
}
/** Arguments of the window walkers for the positions from `first` on. */
export function walk(g: Geometry, image: number, columns: number, first: number, count: number, size: number): number[] {
  const { h, w, ci } = g, perImage = h.output * w.output;
  const n = Math.floor(first / perImage), oh = Math.floor((first % perImage) / w.output), ow = first % w.output;
  const imageBytes = h.input * w.input * ci * size;
  return [count, image + n * imageBytes, columns, oh, ow, h.output, w.output, h.stride, w.stride, h.before, w.before, h.dilation, w.dilation, h.taps, w.taps, h.input, w.input, ci * size, imageBytes];
}

const conv2d: WasmKernel = (k, [input, filter], node) => {
  if (input!.shape.length !== 4 || filter!.shape.length !== 4) return undefined;
  const nchw = isNchw(node), xs = nhwcShape(input!.shape, nchw);
  const g = geometry(node, xs, filter!.shape, nchw), t = gemmType(laneStorage(input!.type.storage));
  if (!g || (t !== 'f32' && t !== 'f64')) return undefined;
  const size = t === 'f32' ? 4 : 8;
  const ys: Shape4 = [g.n, g.h.output, g.w.output, g.co];
  const out = k.make(input!.type, inLayout(ys, nchw));
  const x = toNhwc(k, widened(k, input!), size, xs, nchw), narrow = narrowed(k, out), y = fromNhwc(k, narrow.address, size, ys, nchw);
  const at = (first: number): number => y.address + first * g.co * size;
  const make = forward(k, t, g, x, widened(k, filter!));
  k.divide(positionsOf(g), unitForward(g, size), productsOf(g), () => (from, count) => { make(from, count, at, () => undefined); });
  y.finish();
  narrow.finish();
  return [out];
};
/** Positions of a 1x1 convolution made at a time by `forward`, and bytes of any that are handed on while the nearest cache has them. */
const AT_A_TIME = 512, HANDED = 1 << 15;
export function mostForward(g: Geometry, size: number): number {
  const row = g.h.taps * g.w.taps * g.ci * size, image = g.h.output * g.w.output;
  return isPointwise(g) ? Math.min(AT_A_TIME, g.n * image) : isPaired(g, size) ? 2 * image : isFramed(g) ? framePositions(g, size) : Math.max(4, blockBytes(g, row) / row);
}
export function positionsOf(g: Geometry): number { return g.n * g.h.output * g.w.output; }
/** Multiplications of a convolution or one of its gradients. */
export function productsOf(g: Geometry): number { return positionsOf(g) * g.h.taps * g.w.taps * g.ci * g.co; }
/** Output positions that `forward` makes together. */
export function unitForward(g: Geometry, size: number): number { return isPointwise(g) || !isFramed(g) ? 4 : imagesForward(g, size) * g.h.output * g.w.output; }
/** Images that it makes together. */
export function imagesForward(g: Geometry, size: number): 1 | 2 { return isPaired(g, size) ? 2 : 1; }
/** Makes output positions in order, some at a time: asks `place` where they go, tells `done` when they are there. */
export function forward(k: Kit, t: 'f32' | 'f64', g: Geometry, x: number, w: number): Making {
  return isPaired(g, t === 'f32' ? 4 : 8) ? inPairs(g.n, g.h.output * g.w.output, forwardByPairs(k, t, g, x, w), () => forwardByPanels(k, t, g, x, w)) : forwardByPanels(k, t, g, x, w);
}
type Making = (from: number, count: number, place: Place, done: Done) => void;
/** Makes images of so many things each two by two, and the last of an odd number of them by itself. */
function inPairs(images: number, each: number, pairs: Making, single: () => Making): Making {
  const one = images % 2 === 1 ? single() : undefined;
  return (from, count, place, done) => {
    const rest = count % (2 * each);
    pairs(from, count - rest, place, done);
    if (rest > 0) one!(from + count - rest, rest, place, done);
  };
}
function forwardByPanels(k: Kit, t: 'f32' | 'f64', g: Geometry, x: number, w: number): Making {
  const size = t === 'f32' ? 4 : 8, K = g.h.taps * g.w.taps * g.ci, row = K * size, ldc = g.co * size;
  const b = packB(k, t, K, g.co, { address: w, row: ldc, col: size }), most = Math.max(64, HANDED / ldc & ~63);
  return (from, some, place, done) => {
    const part = (first: number, count: number, a: Matrix | PackRows): void => {
      const to = place(first, count);
      inCall(k, () => { gemm(k, t, count, a, b, to, ldc); });
      done(first, count);
    };
    const end = from + some, image = g.h.output * g.w.output;
    if (isPointwise(g)) for (let first = from; first < end; first += AT_A_TIME) part(first, Math.min(AT_A_TIME, end - first), { address: x + first * row, row, col: size });
    else if (isFramed(g)) frames(k, g, x, size, (f) => {
      const rows = windowRows(k, g, f, size), all = f.images * f.rows * g.w.output;
      for (let first = 0; first < all; first += most) part(f.first + first, Math.min(most, all - first), (m, ...rest) => { rows(first + m, ...rest); });
    }, from / image, end / image);
    else {
      const gather = k.code('conv.gather', gatherFunction), col = k.scratch(blockBytes(g, row));
      blocks(g, row, (first, count) => {
        gather(...walk(g, x, col, first, count, size));
        part(first, count, { address: col, row, col: size });
      }, from, end);
    }
  };
}
/** Frees the scratch blocks of a part of a kernel as soon as it ends. */
export function inCall(k: Kit, f: () => void): void { k.call(() => { f(); return undefined; }); }

const conv2dBackpropInput: WasmKernel = (k, [sizes, filter, grad], node) => {
  if (grad!.shape.length !== 4 || filter!.shape.length !== 4 || sizes!.shape.length !== 1) return undefined;
  const nchw = isNchw(node), given = toNumbers(k.read(sizes!)), dys = nhwcShape(grad!.shape, nchw), fs = filter!.shape;
  if (given.length !== 4 && given.length !== 2) return undefined;
  const xs: Shape4 = given.length === 2 ? [dys[0], given[0]!, given[1]!, fs[2]!] : nhwcShape(given, nchw);
  const g = geometry(node, xs, fs, nchw), t = gemmType(laneStorage(grad!.type.storage));
  if (!g || !inside(g, dys) || (t !== 'f32' && t !== 'f64')) return undefined;
  const size = t === 'f32' ? 4 : 8, K = g.h.taps * g.w.taps * g.ci, row = K * size;
  const out = k.make(grad!.type, inLayout(xs, nchw));
  const dy = toNhwc(k, widened(k, grad!), size, dys, nchw), narrow = narrowed(k, out), dx = fromNhwc(k, narrow.address, size, xs, nchw);
  const w = widened(k, filter!);
  if (isPointwise(g)) { // one term per element, and no sum that began at +0 is -0
    gemm(k, t, positionsOf(g), { address: dy, row: g.co * size, col: size }, packB(k, t, g.co, K, { address: w, row: size, col: g.co * size }), dx.address, row);
  } else {
    const imageBytes = g.h.input * g.w.input * g.ci * size, add = inputGradient(k, t, g, dy, w);
    k.divide(g.n, unitGradient(g, size), productsOf(g), () => (from, count) => { add(from, count, (n) => dx.address + n * imageBytes, () => undefined); });
  }
  dx.finish();
  narrow.finish();
  return [out];
};

/** Images of the input gradient that are made together. */
export function unitGradient(g: Geometry, size: number): 1 | 2 { return isPairedGradient(g, size) ? 2 : 1; }
/** Makes images of the input gradient: asks `place` where they go, tells `done` when they are there.
 * Tap after tap where pixels fill a vector and sums are finished in one go, else window after window. */
export function inputGradient(k: Kit, t: 'f32' | 'f64', g: Geometry, dy: number, w: number): Making {
  const size = t === 'f32' ? 4 : 8, bySingles = isShallow(g.co) && g.ci * size > 16 && positionsOf(g) > 0 ? addByTaps : addByWindows;
  return isPairedGradient(g, size) ? inPairs(g.n, 1, gradientByPairs(k, t, g, dy, w), () => bySingles(k, t, g, dy, w)) : bySingles(k, t, g, dy, w);
}

/** What all windows of a block have is made together, then added to the image in the order of positions. */
function addByWindows(k: Kit, t: 'f32' | 'f64', g: Geometry, dy: number, w: number): Making {
  const size = t === 'f32' ? 4 : 8, K = g.h.taps * g.w.taps * g.ci, row = K * size, each = g.h.output * g.w.output, imageBytes = g.h.input * g.w.input * g.ci * size;
  const b = packB(k, t, g.co, K, { address: w, row: size, col: g.co * size }), scatter = k.code(`conv.scatter.${t}`, () => scatterFunction(t));
  return (from, count, place, done) => { for (let n = from, col = k.scratch(blockBytes(g, row)); n < from + count; n++) {
    const image = place(n, 1);
    k.fill(image, imageBytes);
    blocks(g, row, (first, some) => {
      inCall(k, () => { gemm(k, t, some, { address: dy + first * g.co * size, row: g.co * size, col: size }, b, col, row); });
      scatter(...walk(g, image - n * imageBytes, col, first, some, size));
    }, n * each, (n + 1) * each);
    done(n, 1);
  } };
}
/** Without windows: tap after tap, the last first, products are added to where windows read (in images with
 * their padding, which is dropped), image by image. So an element takes its terms in the order of output positions. */
function addByTaps(k: Kit, t: 'f32' | 'f64', g: Geometry, dy: number, w: number): Making {
  const { h, w: v, ci, co } = g, size = t === 'f64' ? 8 : 4, pixel = ci * size, height = paddedExtent(h), width = paddedExtent(v);
  const bare = height === h.input && width === v.input && h.before === 0 && v.before === 0, pitch = width * pixel;
  const taps = packB(k, t, co, ci, { address: w, row: size, col: co * size }, { count: h.taps * v.taps, step: ci * co * size });
  return (from, count, place, done) => { for (let n = from, frame = bare ? 0 : k.scratch(height * pitch); n < from + count; n++) {
    const image = place(n, 1), to = bare ? image : frame;
    k.fill(to, height * pitch);
    inCall(k, () => {
      const a = packGroups(k, t, h.output, v.output, co, { address: dy + n * h.output * v.output * co * size, row: co * size, col: size });
      for (let tap = h.taps * v.taps - 1; tap >= 0; tap--) {
        const i = Math.floor(tap / v.taps), j = tap % v.taps;
        addProduct(k, t, h.output, v.output, a, { ...taps, address: taps.address + tap * taps.step }, to + i * h.dilation * pitch + j * v.dilation * pixel, v.stride * pixel, h.stride * pitch);
      }
    });
    if (!bare) copyBox(k, size, frame + h.before * pitch + v.before * pixel, [pitch / size, 1], image, [v.input * ci, 1], [h.input, v.input * ci]);
    done(n, 1);
  } };
}

const conv2dBackpropFilter: WasmKernel = (k, [input, sizes, grad], node) => {
  if (input!.shape.length !== 4 || grad!.shape.length !== 4) return undefined;
  const nchw = isNchw(node), fs = toNumbers(k.read(sizes!)), xs = nhwcShape(input!.shape, nchw), dys = nhwcShape(grad!.shape, nchw);
  const g = geometry(node, xs, fs, nchw), t = gemmType(laneStorage(input!.type.storage));
  if (!g || !inside(g, dys) || (t !== 'f32' && t !== 'f64')) return undefined;
  const size = t === 'f32' ? 4 : 8, out = k.make(input!.type, fs), dw = narrowed(k, out);
  filterGradient(k, t, g, toNhwc(k, widened(k, input!), size, xs, nchw), toNhwc(k, widened(k, grad!), size, dys, nchw), dw.address);
  dw.finish();
  return [out];
};
/** The filter gradient of convolutions with the channels last. */
export function filterGradient(k: Kit, t: 'f32' | 'f64', g: Geometry, x: number, dy: number, dw: number): void {
  const size = t === 'f32' ? 4 : 8, K = g.h.taps * g.w.taps * g.ci, row = K * size, pointwise = isPointwise(g);
  if (!pointwise && isWide(g, size)) { wideFilterGradient(k, t, g, productsOf(g), x, dy, dw); return; }
  k.fill(dw, K * g.co * size);
  if (!pointwise && isSmall(g, size)) { smallFilterGradient(k, t, g, productsOf(g), x, dy, dw); return; }
  if (!pointwise && isFramed(g)) {
    // Each thread has some of a window's elements, and goes over all windows.
    k.divide(K, 4, productsOf(g), () => (from, rows) => {
      frames(k, g, x, size, (f) => {
        inCall(k, () => {
          const count = f.images * f.rows * g.w.output, b = packB(k, t, count, g.co, { address: dy + f.first * g.co * size, row: g.co * size, col: size });
          const columns = windowColumns(k, g, f, size);
          gemm(k, t, rows, (m, ...rest) => { columns(from + m, ...rest); }, b, dw + from * g.co * size, g.co * size, CONTINUED);
        });
      });
    });
    return;
  }
  // Each thread has some of the output's channels, and gathers all windows.
  const gather = k.code('conv.gather', gatherFunction);
  k.divide(g.co, 8, productsOf(g), () => (from, channels) => {
    const col = pointwise ? x : k.scratch(blockBytes(g, row)), own = from * size;
    blocks(g, row, (first, count) => {
      if (!pointwise) gather(...walk(g, x, col, first, count, size));
      inCall(k, () => {
        const b = packB(k, t, count, channels, { address: dy + first * g.co * size + own, row: g.co * size, col: size });
        gemm(k, t, K, { address: pointwise ? x + first * row : col, row: size, col: row }, b, dw + own, g.co * size, CONTINUED);
      });
    });
  });
}

// ---- walking over windows

/** Positions of the parameters. */
const P = { count: 0, image: 1, columns: 2, oh: 3, ow: 4, outH: 5, outW: 6, strideH: 7, strideW: 8, beforeH: 9, beforeW: 10, dilationH: 11, dilationW: 12, tapsH: 13, tapsW: 14, inH: 15, inW: 16, pixel: 17, imageBytes: 18 } as const;

/** For `count` output positions, row by row of the window: `whole(bytes)` for a run of pixels inside the image, `none(bytes)` for padding. Both move `columns` on. */
type Locals = readonly [Local, Local];
function walker(whole: (f: FunctionBuilder, own: Locals, at: Local, bytes: Local) => void, none: (f: FunctionBuilder, own: Locals, bytes: Local) => void): FunctionBuilder {
  const f = new FunctionBuilder(Object.keys(P).map(() => 'i32' as const));
  const ih = f.local(), iw0 = f.local(), iw = f.local(), i = f.local(), j = f.local(), at = f.local(), rowAt = f.local(), run = f.local(), bytes = f.local(), own = [f.local(), f.local()] as const;
  f.get(P.tapsW).get(P.pixel).op('i32.mul').set(run);
  return f.repeat(P.count, () => {
    f.get(P.oh).get(P.strideH).op('i32.mul').get(P.beforeH).op('i32.sub').set(ih);
    f.get(P.ow).get(P.strideW).op('i32.mul').get(P.beforeW).op('i32.sub').set(iw0);
    f.get(P.tapsH).set(i);
    f.repeat(i, () => {
      f.get(ih).get(P.inH).op('i32.ge_u').if(() => { f.get(run).set(bytes); none(f, own, bytes); }, () => {
        f.get(P.image).get(ih).get(P.inW).op('i32.mul').get(P.pixel).op('i32.mul').op('i32.add').set(rowAt);
        // One run when the whole row of the window is inside and without gaps.
        f.get(P.dilationW).i32(1).op('i32.eq').get(iw0).i32(0).op('i32.ge_s').op('i32.and').get(iw0).get(P.tapsW).op('i32.add').get(P.inW).op('i32.le_s').op('i32.and').if(() => {
          f.get(rowAt).get(iw0).get(P.pixel).op('i32.mul').op('i32.add').set(at).get(run).set(bytes);
          whole(f, own, at, bytes);
        }, () => {
          f.get(iw0).set(iw).get(P.tapsW).set(j);
          f.repeat(j, () => {
            f.get(P.pixel).set(bytes);
            f.get(iw).get(P.inW).op('i32.ge_u').if(() => { none(f, own, bytes); }, () => {
              f.get(rowAt).get(iw).get(P.pixel).op('i32.mul').op('i32.add').set(at);
              whole(f, own, at, bytes);
            });
            f.addLocal(iw, P.dilationW);
          });
        });
      });
      f.addLocal(ih, P.dilationH);
    });
    f.get(P.ow).i32(1).op('i32.add').tee(P.ow).get(P.outW).op('i32.eq').if(() => {
      f.i32(0).set(P.ow).get(P.oh).i32(1).op('i32.add').tee(P.oh).get(P.outH).op('i32.eq').if(() => {
        f.i32(0).set(P.oh).addLocal(P.image, P.imageBytes);
      });
    });
  });
}

/** Copies windows into rows. Runs are copied by whole vectors: what is too much is overwritten by the next run. */
export function gatherFunction(): FunctionBuilder {
  const vectors = (f: FunctionBuilder, [to, left]: Locals, bytes: Local, store: () => void): void => {
    f.get(P.columns).set(to).get(bytes).set(left);
    f.loop((again) => {
      store();
      f.addConst(to, 16);
      f.get(left).i32(16).op('i32.sub').tee(left).i32(0).op('i32.gt_s').brIf(again);
    });
    f.addLocal(P.columns, bytes);
  };
  return walker((f, own, at, bytes) => {
    vectors(f, own, bytes, () => { f.get(own[0]).get(at).simdMem('v128.load').simdMem('v128.store').addConst(at, 16); });
  }, (f, own, bytes) => {
    vectors(f, own, bytes, () => { f.get(own[0]).zero().simdMem('v128.store'); });
  });
}

/** Adds rows back onto the image; what falls on padding is dropped. */
export function scatterFunction(t: 'f32' | 'f64'): FunctionBuilder {
  const size = t === 'f32' ? 4 : 8;
  const [load, store, add, vector] = [`${t}.load` as MemoryOp, `${t}.store` as MemoryOp, `${t}.add` as PlainOp, (t === 'f32' ? 'f32x4.add' : 'f64x2.add') as SimdOp];
  return walker((f, [left], at, bytes) => {
    f.get(bytes).i32(4).op('i32.shr_u').set(left);
    f.repeat(left, () => {
      f.get(at).get(at).simdMem('v128.load').get(P.columns).simdMem('v128.load').simd(vector).simdMem('v128.store');
      f.addConst(at, 16).addConst(P.columns, 16);
    });
    f.get(bytes).i32(15).op('i32.and').i32(size === 4 ? 2 : 3).op('i32.shr_u').set(left);
    f.repeat(left, () => {
      f.get(at).get(at).mem(load).get(P.columns).mem(load).op(add).mem(store);
      f.addConst(at, size).addConst(P.columns, size);
    });
  }, (f, _, bytes) => { f.addLocal(P.columns, bytes); });
}

export const convKernels: readonly (readonly [string, WasmKernel])[] = [
  ['Conv2D', conv2d], ['Conv2DBackpropInput', conv2dBackpropInput], ['Conv2DBackpropFilter', conv2dBackpropFilter],
];
