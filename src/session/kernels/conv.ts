// Convolution and its two gradients, and depthwise convolution, on blocks of gathered windows and the contract's GEMM.
//
// Forward: K runs over kernel row, kernel column, input channel; padding taps are +0 and are multiplied like any other.
// Input gradient: dX = +0; for (oh, ow) ascending: dX += (acc = 0; for co: acc += dy*w); taps that fall on padding are
// dropped. Filter gradient: K runs over n, oh, ow, padding taps as +0. NCHW is transposed to NHWC and back (TF's CPU
// kernels refuse it). float16 and bfloat16 run in binary32 and round once.
// Follows tensorflow/core/kernels/conv_ops.cc, conv_grad_ops.cc, depthwise_conv_op.cc.
import { type DType } from '../../graph/dtype.ts';
import { UnimplementedError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { invalid, shapeText, sizeOf, toNumbers } from './common.ts';
import { formatOf, narrow, noKernel, widen } from './compute.ts';
import { gemm } from './gemm.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { fromNhwc, isNchw, spatialAttr, toNhwc, type WindowDim, windows } from './window.ts';

export type Floats = Float32Array | Float64Array;
type Shape4 = readonly [number, number, number, number];
export const BLOCK_FLOATS = 65536; // windows gathered at a time

/** Sizes of one convolution, in NHWC terms. */
export interface Geometry { readonly n: number; readonly ci: number; readonly co: number; readonly h: WindowDim; readonly w: WindowDim }

function geometry(node: KernelNode, x: Shape4, f: readonly number[], nchw: boolean): Geometry {
  const strides = spatialAttr(node, 'strides', nchw, 'strides');
  const dilations = spatialAttr(node, 'dilations', nchw, 'dilations');
  const [h, w] = windows(node, [x[1], x[2]], [f[0]!, f[1]!], strides, dilations, nchw);
  return { n: x[0], ci: x[3], co: f[3]!, h, w };
}

function nhwcShape(shape: readonly number[], nchw: boolean): Shape4 {
  return (nchw ? [shape[0]!, shape[2]!, shape[3]!, shape[1]!] : shape) as unknown as Shape4;
}
export function compute(a: NDArray, op: string): Floats {
  if (formatOf(a.dtype).kind !== 'float') throw noKernel(op, a.dtype);
  return widen(a) as Floats;
}
export function make(like: Floats, n: number): Floats { return like instanceof Float32Array ? new Float32Array(n) : new Float64Array(n); }
export function result(dtype: DType, data: Floats, shape: readonly number[], nchw: boolean): NDArray {
  return fromNhwc(new NDArray(dtype.baseDtype, shape, narrow(dtype, data)), nchw);
}

/** Gathers the windows of output positions first..first+count-1 of one image into rows of kh*kw*ci (padding: +0). */
export function gatherWindows(x: Floats, image: number, g: Geometry, first: number, count: number, col: Floats): void {
  const { h, w, ci } = g;
  const plane = image * h.input * w.input * ci;
  let to = 0;
  for (let p = first; p < first + count; p++) {
    const oh = Math.floor(p / w.output), ow = p - oh * w.output;
    for (let i = 0; i < h.taps; i++) {
      const ih = oh * h.stride - h.before + i * h.dilation;
      const rowInside = ih >= 0 && ih < h.input;
      for (let j = 0; j < w.taps; j++) {
        const iw = ow * w.stride - w.before + j * w.dilation;
        if (rowInside && iw >= 0 && iw < w.input) {
          const from = plane + (ih * w.input + iw) * ci;
          for (let c = 0; c < ci; c++) col[to + c] = x[from + c]!;
        } else for (let c = 0; c < ci; c++) col[to + c] = 0;
        to += ci;
      }
    }
  }
}
/** Adds rows of window gradients back onto the image, positions ascending; padding taps are dropped. */
export function scatterWindows(col: Floats, image: number, g: Geometry, first: number, count: number, dx: Floats): void {
  const { h, w, ci } = g;
  const plane = image * h.input * w.input * ci;
  let from = 0;
  for (let p = first; p < first + count; p++) {
    const oh = Math.floor(p / w.output), ow = p - oh * w.output;
    for (let i = 0; i < h.taps; i++) {
      const ih = oh * h.stride - h.before + i * h.dilation;
      const rowInside = ih >= 0 && ih < h.input;
      for (let j = 0; j < w.taps; j++, from += ci) {
        const iw = ow * w.stride - w.before + j * w.dilation;
        if (!rowInside || iw < 0 || iw >= w.input) continue;
        const to = plane + (ih * w.input + iw) * ci;
        for (let c = 0; c < ci; c++) dx[to + c] = dx[to + c]! + col[from + c]!;
      }
    }
  }
}
/** Calls f with ranges of output positions small enough for one block. */
export function blocks(positions: number, K: number, f: (first: number, count: number) => void): void {
  const most = Math.max(4, Math.floor(BLOCK_FLOATS / Math.max(1, K)) & ~3);
  for (let first = 0; first < positions; first += most) f(first, Math.min(most, positions - first));
}
/** A 1x1 filter with stride 1 and no padding reads the image itself. */
const isPointwise = (g: Geometry): boolean => [g.h, g.w].every((d) => d.taps === 1 && d.stride === 1 && d.before === 0 && d.output === d.input);

const conv2d: Kernel = ([input, filter], node) => {
  const nchw = isNchw(node);
  if (input!.shape.length !== 4) throw invalid(`input must be 4-dimensional${shapeText(input!.shape)}`);
  if (filter!.shape.length !== 4) throw invalid(`filter must be 4-dimensional: ${shapeText(filter!.shape)}`);
  const xs = nhwcShape(input!.shape, nchw), fs = filter!.shape;
  if (fs[2] === 0 || xs[3] % fs[2]! !== 0) throw invalid(`input depth must be evenly divisible by filter depth: ${xs[3]} vs ${fs[2]}`);
  if (xs[3] !== fs[2]) throw new UnimplementedError('Generic conv implementation does not support grouped convolutions for now.');
  const g = geometry(node, xs, fs, nchw);
  const x = compute(toNhwc(input!, nchw), node.op), f = compute(filter!, node.op);
  const K = g.h.taps * g.w.taps * g.ci, positions = g.h.output * g.w.output;
  const y = make(x, g.n * positions * g.co);
  const b = { data: f, offset: 0, row: g.co, col: 1 };
  if (isPointwise(g)) gemm(g.n * positions, g.co, K, { data: x, offset: 0, row: K, col: 1 }, b, y, 0, g.co);
  else {
    const col = make(x, Math.min(BLOCK_FLOATS + 4 * K, positions * K));
    for (let n = 0; n < g.n; n++) {
      blocks(positions, K, (first, count) => {
        gatherWindows(x, n, g, first, count, col);
        gemm(count, g.co, K, { data: col, offset: 0, row: K, col: 1 }, b, y, (n * positions + first) * g.co, g.co);
      });
    }
  }
  return [result(input!.dtype, y, [g.n, g.h.output, g.w.output, g.co], nchw)];
};

/** Checks the gradient's shape, channels last, against the geometry; TF's text. */
export function checkBackprop(label: string, dy: readonly number[], g: { readonly n: number; readonly co: number }, dims: readonly WindowDim[]): void {
  if (dy[0] !== g.n) throw invalid(`${label}: input and out_backprop must have the same batch size. Input batch: ${g.n}, outbackprop batch: ${dy[0]}, batch_dim: 0`);
  if (dy[dy.length - 1] !== g.co) throw invalid(`${label}: filter and out_backprop must have the same out_depth`);
  dims.forEach((d, i) => {
    const have = dy[i + 1]!;
    if (d.output !== have) throw invalid(`${label}: Size of out_backprop doesn't match computed: actual = ${have}, computed = ${d.output} spatial_dim: ${i + 1} input: ${d.input} filter: ${d.taps} output: ${have} stride: ${d.stride} dilation: ${d.dilation}`);
  });
}

const conv2dBackpropInput: Kernel = ([sizes, filter, grad], node) => {
  const nchw = isNchw(node), label = 'Conv2DSlowBackpropInput';
  if (filter!.shape.length !== 4) throw invalid(`${label}: filter must be 4-dimensional`);
  if (grad!.shape.length !== 4) throw invalid(`${label}: out_backprop must be 4-dimensional`);
  const given = toNumbers(sizes!);
  if (sizes!.shape.length !== 1 || (given.length !== 4 && given.length !== 2)) throw invalid(`${label}: input_sizes must be 4-dimensional or 2-dimensional, got: ${shapeText(sizes!.shape)}`);
  const dys = nhwcShape(grad!.shape, nchw), fs = filter!.shape;
  const xs: Shape4 = given.length === 2 ? [dys[0], given[0]!, given[1]!, fs[2]!] : nhwcShape(given, nchw);
  if (xs[3] !== fs[2]) throw invalid(`${label}: input depth must be evenly divisible by filter depth`);
  const g = geometry(node, xs, fs, nchw);
  checkBackprop(label, dys, g, [g.h, g.w]);
  const f = compute(filter!, node.op), dy = compute(toNhwc(grad!, nchw), node.op);
  const K = g.h.taps * g.w.taps * g.ci, positions = g.h.output * g.w.output;
  const dx = make(dy, sizeOf(xs));
  const col = make(dy, Math.min(BLOCK_FLOATS + 4 * K, positions * K));
  const b = { data: f, offset: 0, row: 1, col: g.co };
  for (let n = 0; n < g.n; n++) {
    blocks(positions, K, (first, count) => {
      gemm(count, K, g.co, { data: dy, offset: (n * positions + first) * g.co, row: g.co, col: 1 }, b, col, 0, K);
      scatterWindows(col, n, g, first, count, dx);
    });
  }
  return [result(grad!.dtype, dx, xs, nchw)];
};

const conv2dBackpropFilter: Kernel = ([input, sizes, grad], node) => {
  const nchw = isNchw(node), label = 'Conv2DSlowBackpropFilter';
  if (input!.shape.length !== 4) throw invalid(`${label}: input must be 4-dimensional`);
  if (grad!.shape.length !== 4) throw invalid(`${label}: out_backprop must be 4-dimensional`);
  const fs = toNumbers(sizes!);
  if (fs.length !== 4) throw invalid(`${label}: filter_sizes shape must be rank 4`);
  const xs = nhwcShape(input!.shape, nchw), dys = nhwcShape(grad!.shape, nchw);
  if (xs[3] !== fs[2]) throw invalid(`${label}: input depth must be evenly divisible by filter depth`);
  const g = geometry(node, xs, fs, nchw);
  checkBackprop(label, dys, g, [g.h, g.w]);
  const x = compute(toNhwc(input!, nchw), node.op), dy = compute(toNhwc(grad!, nchw), node.op);
  const K = g.h.taps * g.w.taps * g.ci, positions = g.h.output * g.w.output;
  const dw = make(x, K * g.co);
  const col = make(x, Math.min(BLOCK_FLOATS + 4 * K, positions * K));
  for (let n = 0; n < g.n; n++) {
    blocks(positions, K, (first, count) => {
      gatherWindows(x, n, g, first, count, col);
      gemm(K, g.co, count, { data: col, offset: 0, row: 1, col: K }, { data: dy, offset: (n * positions + first) * g.co, row: g.co, col: 1 }, dw, 0, g.co, true);
    });
  }
  return [new NDArray(input!.dtype.baseDtype, fs, narrow(input!.dtype, dw))];
};

// ---- depthwise: K runs over kernel row and column

/** What each depthwise kernel does for one pair (input position or padding, output position) of one tap. */
type Tap = (x: number, y: number, w: number) => void;

/** Visits (n, oh, ow), in each every tap; x is the input element's offset, -1 on padding. */
function depthwiseTaps(g: Geometry, order: 'output' | 'input', f: Tap): void {
  const { h, w, ci, co } = g;
  for (let n = 0; n < g.n; n++) {
    for (let oh = 0; oh < h.output; oh++) {
      for (let ow = 0; ow < w.output; ow++) {
        const y = ((n * h.output + oh) * w.output + ow) * co;
        for (let i = 0; i < h.taps; i++) {
          const ih = oh * h.stride - h.before + i * h.dilation;
          for (let j = 0; j < w.taps; j++) {
            const iw = ow * w.stride - w.before + j * w.dilation;
            const inside = ih >= 0 && ih < h.input && iw >= 0 && iw < w.input;
            if (inside || order === 'output') f(inside ? ((n * h.input + ih) * w.input + iw) * ci : -1, y, (i * w.taps + j) * co);
          }
        }
      }
    }
  }
}
function depthwiseGeometry(node: KernelNode, xs: Shape4, fs: readonly number[], nchw: boolean): Geometry & { readonly multiplier: number } {
  if (xs[3] !== fs[2]) throw invalid(`input and filter must have the same depth: ${xs[3]} vs ${fs[2]}`);
  return { ...geometry(node, xs, fs, nchw), co: xs[3] * fs[3]!, multiplier: fs[3]! };
}
const rounding = (a: Floats): ((x: number) => number) => (a instanceof Float32Array ? Math.fround : (x) => x);

const depthwise: Kernel = ([input, filter], node) => {
  const nchw = isNchw(node);
  if (input!.shape.length !== 4) throw invalid(`input must be 4-dimensional${shapeText(input!.shape)}`);
  if (filter!.shape.length !== 4) throw invalid(`filter must be 4-dimensional: ${shapeText(filter!.shape)}`);
  const xs = nhwcShape(input!.shape, nchw);
  const g = depthwiseGeometry(node, xs, filter!.shape, nchw), m = g.multiplier;
  const x = compute(toNhwc(input!, nchw), node.op), f = compute(filter!, node.op), r = rounding(x);
  const y = make(x, g.n * g.h.output * g.w.output * g.co);
  depthwiseTaps(g, 'output', (from, to, w) => {
    for (let c = 0; c < g.ci; c++) {
      const v = from < 0 ? 0 : x[from + c]!;
      for (let q = c * m; q < (c + 1) * m; q++) y[to + q] = y[to + q]! + r(v * f[w + q]!);
    }
  });
  return [result(input!.dtype, y, [g.n, g.h.output, g.w.output, g.co], nchw)];
};

const depthwiseBackpropInput: Kernel = ([sizes, filter, grad], node) => {
  const nchw = isNchw(node);
  const xs = nhwcShape(toNumbers(sizes!), nchw);
  const g = depthwiseGeometry(node, xs, filter!.shape, nchw), m = g.multiplier;
  checkBackprop(node.op, nhwcShape(grad!.shape, nchw), g, [g.h, g.w]);
  const f = compute(filter!, node.op), dy = compute(toNhwc(grad!, nchw), node.op), r = rounding(dy);
  const dx = make(dy, sizeOf(xs));
  depthwiseTaps(g, 'input', (to, from, w) => {
    for (let c = 0; c < g.ci; c++) {
      let acc = 0;
      for (let q = c * m; q < (c + 1) * m; q++) acc = r(acc + r(dy[from + q]! * f[w + q]!));
      dx[to + c] = dx[to + c]! + acc;
    }
  });
  return [result(grad!.dtype, dx, xs, nchw)];
};

const depthwiseBackpropFilter: Kernel = ([input, sizes, grad], node) => {
  const nchw = isNchw(node);
  const fs = toNumbers(sizes!), xs = nhwcShape(input!.shape, nchw);
  const g = depthwiseGeometry(node, xs, fs, nchw), m = g.multiplier;
  checkBackprop(node.op, nhwcShape(grad!.shape, nchw), g, [g.h, g.w]);
  const x = compute(toNhwc(input!, nchw), node.op), dy = compute(toNhwc(grad!, nchw), node.op), r = rounding(x);
  const dw = make(x, sizeOf(fs));
  depthwiseTaps(g, 'output', (at, from, w) => {
    for (let c = 0; c < g.ci; c++) {
      const v = at < 0 ? 0 : x[at + c]!;
      for (let q = c * m; q < (c + 1) * m; q++) dw[w + q] = dw[w + q]! + r(v * dy[from + q]!);
    }
  });
  return [new NDArray(input!.dtype.baseDtype, fs, narrow(input!.dtype, dw))];
};

export const convKernels: readonly KernelDef[] = [
  { op: 'Conv2D', kernel: conv2d },
  { op: 'Conv2DBackpropInput', kernel: conv2dBackpropInput },
  { op: 'Conv2DBackpropFilter', kernel: conv2dBackpropFilter },
  { op: 'DepthwiseConv2dNative', kernel: depthwise },
  { op: 'DepthwiseConv2dNativeBackpropInput', kernel: depthwiseBackpropInput },
  { op: 'DepthwiseConv2dNativeBackpropFilter', kernel: depthwiseBackpropFilter },
];
