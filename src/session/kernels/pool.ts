// Max and average pooling over two or three spatial dimensions, with their gradients and the gradients of those. Max: the
// first maximum of the window in row-major order wins, windows are clipped at the border; three-dimensional max pooling
// sends its gradient to every element within 1e-5 of the maximum, as TF's kernel does. Average: acc = 0, the window's valid
// elements added in row-major order, divided by their number; its gradient adds dy * (1/number) to every valid element.
// Outputs ascend. Follows tensorflow/core/kernels/{maxpooling_op,avgpooling_op,pooling_ops_3d,pooling_ops_common}.cc;
// channels first by transposing.
import { int64 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, fromNumbers, intsAttr, invalid, sameShape, shapeText, sizeOf, toNumbers, typeAttr } from './common.ts';
import { narrow, noKernel, widen } from './compute.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { channelsLast, fromNhwc, inLayout, isNchw, spatialOf, toNhwc, type WindowDim, windows } from './window.ts';

/** Sizes of one pooling; images have one plane. `out` has channels last. */
export interface Pooling { readonly n: number; readonly c: number; readonly d: WindowDim; readonly h: WindowDim; readonly w: WindowDim; readonly out: number[]; readonly nchw: boolean }
/** Windows and strides where they are inputs, not attrs. */
export interface PoolSizes { readonly ksize: readonly number[]; readonly strides: readonly number[] }
const PLANE: WindowDim = { input: 1, taps: 1, stride: 1, dilation: 1, before: 0, output: 1 };
/** How near the maximum an element must be for a share of the gradient, in three dimensions. */
export const NEAR = 1e-5;

export function pooling(node: KernelNode, shape: readonly number[], sizes: PoolSizes = { ksize: intsAttr(node, 'ksize'), strides: intsAttr(node, 'strides') }): Pooling {
  const rank = /3D/.test(node.op) ? 5 : 4;
  if (shape.length !== rank) throw invalid(`tensor_in must be ${rank}-dimensional`);
  const nchw = isNchw(node), { ksize } = sizes;
  if (ksize[nchw ? 1 : rank - 1] !== 1 || ksize[0] !== 1) throw invalid('Pooling is not yet supported on the batch dimension.');
  const [n, ...spatial] = channelsLast(shape, nchw), c = spatial.pop()!;
  const dims = windows(node, spatial, spatialOf(ksize, rank, 'ksize', nchw, 'ksize'), spatialOf(sizes.strides, rank, 'strides', nchw, 'strides'), spatial.map(() => 1), nchw);
  const [d, h, w] = (rank === 5 ? dims : [PLANE, ...dims]) as [WindowDim, WindowDim, WindowDim];
  return { n: n!, c, d, h, w, out: [n!, ...dims.map((x) => x.output), c], nchw };
}
/** The V2 ops take windows and strides as their last two inputs. */
export function sizesFrom(inputs: readonly NDArray[], at: number): PoolSizes | undefined {
  return inputs.length > at ? { ksize: toNumbers(inputs[at]!), strides: toNumbers(inputs[at + 1]!) } : undefined;
}
export const inputShape = (p: Pooling): number[] => [p.n, ...(p.out.length === 5 ? [p.d.input] : []), p.h.input, p.w.input, p.c];

/** For every output position: the clipped window's first pixel, planes, rows and columns, and the offset of the output's channels. */
export function eachWindow(p: Pooling, f: (first: number, planes: number, rows: number, columns: number, to: number) => void): void {
  let to = 0;
  const clip = (x: WindowDim, o: number): [number, number] => {
    const at = o * x.stride - x.before, from = Math.max(at, 0);
    return [from, Math.min(at + x.taps, x.input) - from];
  };
  for (let n = 0; n < p.n; n++) {
    for (let od = 0; od < p.d.output; od++) {
      const [d, planes] = clip(p.d, od);
      for (let oh = 0; oh < p.h.output; oh++) {
        const [h, rows] = clip(p.h, oh);
        for (let ow = 0; ow < p.w.output; ow++, to += p.c) {
          const [w, columns] = clip(p.w, ow);
          f(((n * p.d.input + d) * p.h.input + h) * p.w.input + w, planes, rows, columns, to);
        }
      }
    }
  }
}
/** Calls f with every pixel of every window, in order, and the output's offset. */
function eachPixel(p: Pooling, f: (from: number, to: number, count: number) => void): void {
  eachWindow(p, (first, planes, rows, columns, to) => {
    const count = planes * rows * columns;
    for (let d = 0; d < planes; d++) for (let h = 0; h < rows; h++) for (let w = 0; w < columns; w++) f((first + (d * p.h.input + h) * p.w.input + w) * p.c, to, count);
  });
}

function numeric(a: NDArray, op: string): Float32Array {
  if (a.dtype.isComplex || a.dtype.isBool || a.dtype.storage === 'string') throw noKernel(op, a.dtype);
  return widen(a) as Float32Array;
}
const like = (x: Float32Array, n: number): Float32Array => new (x.constructor as Float32ArrayConstructor)(n);
/** Computed elements, channels last, as a value of the node's layout. */
function result(a: NDArray, shape: readonly number[], x: Float32Array, nchw: boolean): NDArray {
  return fromNhwc(new NDArray(a.dtype.baseDtype, shape, narrow(a.dtype, x)), nchw);
}
function mustHave(a: NDArray, what: string, shape: readonly number[]): void {
  if (!sameShape(a.shape, shape)) throw invalid(`Expected ${what} shape to be ${shapeText(shape)}, but got ${shapeText(a.shape)}`);
}

/** Offsets (channels last) of each window's first maximum. A NaN wins only as the first element (TF's comparison is acc < x). */
function argMax(x: Float32Array, p: Pooling): Int32Array {
  const at = new Int32Array(sizeOf(p.out)).fill(-1);
  eachPixel(p, (from, to) => {
    for (let c = 0; c < p.c; c++) {
      const best = at[to + c]!;
      if (best < 0 || x[best]! < x[from + c]!) at[to + c] = from + c;
    }
  });
  return at;
}

const maxPool: Kernel = (inputs, node) => {
  const a = inputs[0]!, p = pooling(node, a.shape, sizesFrom(inputs, 1));
  const x = numeric(toNhwc(a, p.nchw), node.op), y = like(x, sizeOf(p.out));
  if (a.dtype.isFloating) {
    y.fill(-Infinity);
    eachPixel(p, (from, to) => { for (let c = 0; c < p.c; c++) { const v = x[from + c]!; if (y[to + c]! < v) y[to + c] = v; } });
  } else argMax(x, p).forEach((from, i) => { y[i] = x[from]!; });
  return [result(a, p.out, y, p.nchw)];
};

/** Operands of a gradient: the geometry, input, output and gradient with channels last. */
function gradient(inputs: readonly NDArray[], node: KernelNode, likeInput: boolean): { p: Pooling; x: Float32Array; y: Float32Array; g: Float32Array } {
  const [input, output, grad] = inputs as [NDArray, NDArray, NDArray], p = pooling(node, input.shape, sizesFrom(inputs, 3)), ys = inLayout(p.out, p.nchw);
  mustHave(output, 'orig_output', ys);
  mustHave(grad, 'grad', likeInput ? input.shape : ys);
  const [x, y, g] = [input, output, grad].map((a) => numeric(toNhwc(a, p.nchw), node.op));
  return { p, x: x!, y: y!, g: g! };
}
const maxPoolGrad: Kernel = (inputs, node) => {
  const { p, x, g } = gradient(inputs, node, false), at = argMax(x, p), dx = like(g, x.length);
  for (let i = 0; i < at.length; i++) dx[at[i]!] = dx[at[i]!]! + g[i]!;
  return [result(inputs[0]!, inputShape(p), dx, p.nchw)];
};
/** Every element near the maximum gets the gradient. */
const maxPool3dGrad: Kernel = (inputs, node) => {
  const { p, x, y, g } = gradient(inputs, node, false), dx = like(g, x.length), single = x instanceof Float32Array;
  const near = single ? Math.fround(NEAR) : NEAR, round = single ? Math.fround : (v: number): number => v;
  eachPixel(p, (from, to) => { for (let c = 0; c < p.c; c++) if (Math.abs(round(x[from + c]! - y[to + c]!)) < near) dx[from + c] = dx[from + c]! + g[to + c]!; });
  return [result(inputs[0]!, inputShape(p), dx, p.nchw)];
};
/** What stands in the input's gradient where the window's first element equal to its maximum is; 0 where none is. */
const maxPoolGradGrad: Kernel = (inputs, node) => {
  const { p, x, y, g } = gradient(inputs, node, true), out = like(g, y.length), found = new Uint8Array(y.length);
  eachPixel(p, (from, to) => {
    for (let c = 0; c < p.c; c++) if (found[to + c] === 0 && x[from + c]! === y[to + c]!) { found[to + c] = 1; out[to + c] = g[from + c]!; }
  });
  return [result(inputs[0]!, p.out, out, p.nchw)];
};

const maxPoolWithArgmax: Kernel = ([a], node) => {
  const p = pooling(node, a!.shape);
  if (a!.size === 0) throw invalid('tensor_in must not be empty (2)');
  const x = numeric(a!, node.op), at = argMax(x, p), y = like(x, at.length);
  const perImage = p.h.input * p.w.input * p.c, whole = boolAttr(node, 'include_batch_in_index', false);
  const index = Array.from(at, (v, i) => { y[i] = x[v]!; return whole ? v : v % perImage; });
  return [result(a!, p.out, y, false), fromNumbers(typeAttr(node, 'Targmax', int64), p.out, index)];
};
/** Where each gradient goes, in elements of the input: checked. */
export function argmaxTargets(index: readonly number[], p: Pooling, whole: boolean): number[] {
  const perImage = p.h.input * p.w.input * p.c, outputs = index.length / Math.max(p.n, 1);
  return index.map((v, i) => {
    const image = Math.floor(i / outputs) * perImage, at = whole ? v : v + image, most = p.n * perImage;
    if (!(at >= 0 && at < most)) throw invalid(`Invalid output gradient index: ${at}, 0, ${most}`);
    return at;
  });
}
const maxPoolGradWithArgmax: Kernel = ([input, grad, argmax], node) => {
  const p = pooling(node, input!.shape);
  mustHave(grad!, 'grad', p.out);
  mustHave(argmax!, 'argmax', p.out);
  const g = numeric(grad!, node.op), dx = like(g, input!.size);
  argmaxTargets(toNumbers(argmax!), p, boolAttr(node, 'include_batch_in_index', false)).forEach((at, i) => { dx[at] = dx[at]! + g[i]!; });
  return [result(input!, inputShape(p), dx, false)];
};

const avgPool: Kernel = ([a], node) => {
  const p = pooling(node, a!.shape);
  const x = numeric(toNhwc(a!, p.nchw), node.op), y = like(x, sizeOf(p.out));
  eachPixel(p, (from, to) => { for (let c = 0; c < p.c; c++) y[to + c] = y[to + c]! + x[from + c]!; });
  eachWindow(p, (_, planes, rows, columns, to) => { for (let c = 0; c < p.c; c++) y[to + c] = y[to + c]! / (planes * rows * columns); });
  return [result(a!, p.out, y, p.nchw)];
};
const avgPoolGrad: Kernel = ([shape, grad], node) => {
  const p = pooling(node, toNumbers(shape!));
  mustHave(grad!, 'grad', inLayout(p.out, p.nchw));
  const g = numeric(toNhwc(grad!, p.nchw), node.op), dx = like(g, sizeOf(inputShape(p)));
  const round = g instanceof Float32Array ? Math.fround : (v: number): number => v;
  eachPixel(p, (to, from, count) => {
    const scale = round(1 / count);
    for (let c = 0; c < p.c; c++) dx[to + c] = dx[to + c]! + round(g[from + c]! * scale);
  });
  return [result(grad!, inputShape(p), dx, p.nchw)];
};

export const poolKernels: readonly KernelDef[] = [
  { op: 'MaxPool', kernel: maxPool }, { op: 'MaxPoolV2', kernel: maxPool }, { op: 'MaxPool3D', kernel: maxPool },
  { op: 'MaxPoolGrad', kernel: maxPoolGrad }, { op: 'MaxPoolGradV2', kernel: maxPoolGrad }, { op: 'MaxPool3DGrad', kernel: maxPool3dGrad },
  { op: 'MaxPoolGradGrad', kernel: maxPoolGradGrad }, { op: 'MaxPoolGradGradV2', kernel: maxPoolGradGrad }, { op: 'MaxPool3DGradGrad', kernel: maxPoolGradGrad },
  { op: 'MaxPoolWithArgmax', kernel: maxPoolWithArgmax }, { op: 'MaxPoolGradWithArgmax', kernel: maxPoolGradWithArgmax },
  { op: 'AvgPool', kernel: avgPool }, { op: 'AvgPool3D', kernel: avgPool }, { op: 'AvgPoolGrad', kernel: avgPoolGrad }, { op: 'AvgPool3DGrad', kernel: avgPoolGrad },
];
