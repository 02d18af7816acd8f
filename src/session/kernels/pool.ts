// Max and average pooling with their gradients. Max: first maximum of the window in row-major order wins, windows are
// clipped at the border. Average: acc = 0, the window's valid elements added in row-major order, divided by their
// number; its gradient adds dy * (1/number) to every valid element, outputs ascending.
// Follows tensorflow/core/kernels/{maxpooling_op,avgpooling_op,pooling_ops_common}.cc; NCHW by transposing.
import { NDArray } from '../../graph/ndarray.ts';
import { fromNumbers, intsAttr, invalid, sameShape, shapeText, sizeOf, toNumbers, typeAttr } from './common.ts';
import { int64 } from '../../graph/dtype.ts';
import { narrow, noKernel, widen } from './compute.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { fromNhwc, isNchw, spatialAttr, toNhwc, type WindowDim, windows } from './window.ts';

export interface Pooling { readonly n: number; readonly c: number; readonly h: WindowDim; readonly w: WindowDim; readonly out: number[]; readonly nchw: boolean }

export function pooling(node: KernelNode, shape: readonly number[]): Pooling {
  if (shape.length !== 4) throw invalid('tensor_in must be 4-dimensional');
  const nchw = isNchw(node);
  const [n, h, w, c] = nchw ? [shape[0]!, shape[2]!, shape[3]!, shape[1]!] : shape as unknown as [number, number, number, number];
  const k = intsAttr(node, 'ksize');
  if (k[nchw ? 1 : 3] !== 1 || k[0] !== 1) throw invalid('Pooling is not yet supported on the batch dimension.');
  const [hd, wd] = windows(node, [h, w], spatialAttr(node, 'ksize', nchw, 'ksize'), spatialAttr(node, 'strides', nchw, 'strides'), [1, 1], nchw);
  return { n, c, h: hd, w: wd, out: [n, hd.output, wd.output, c], nchw };
}

/** For every output position: the clipped window's rows and columns, and the offset of the output's channels. */
export function eachWindow(p: Pooling, f: (image: number, h0: number, h1: number, w0: number, w1: number, to: number) => void): void {
  let to = 0;
  for (let n = 0; n < p.n; n++) {
    for (let oh = 0; oh < p.h.output; oh++) {
      const h0 = oh * p.h.stride - p.h.before, h1 = Math.min(h0 + p.h.taps, p.h.input);
      for (let ow = 0; ow < p.w.output; ow++, to += p.c) {
        const w0 = ow * p.w.stride - p.w.before, w1 = Math.min(w0 + p.w.taps, p.w.input);
        f(n * p.h.input, Math.max(h0, 0), h1, Math.max(w0, 0), w1, to);
      }
    }
  }
}

function numeric(a: NDArray, op: string): Float32Array {
  if (a.dtype.isComplex || a.dtype.isBool || a.dtype.storage === 'string') throw noKernel(op, a.dtype);
  return widen(a) as Float32Array;
}

/** Offsets (NHWC) of each window's first maximum. A NaN wins only as the first element (TF's comparison is acc < x). */
function argMax(x: Float32Array, p: Pooling): Int32Array {
  const at = new Int32Array(sizeOf(p.out)).fill(-1);
  eachWindow(p, (image, h0, h1, w0, w1, to) => {
    for (let h = h0; h < h1; h++) {
      for (let w = w0; w < w1; w++) {
        const from = ((image + h) * p.w.input + w) * p.c;
        for (let c = 0; c < p.c; c++) {
          const best = at[to + c]!;
          if (best < 0 || x[best]! < x[from + c]!) at[to + c] = from + c;
        }
      }
    }
  });
  return at;
}

const maxPool: Kernel = ([a], node) => {
  const p = pooling(node, a!.shape);
  const x = numeric(toNhwc(a!, p.nchw), node.op);
  const y = new (x.constructor as Float32ArrayConstructor)(sizeOf(p.out));
  const lowest = a!.dtype.isFloating ? -Infinity : undefined;
  if (lowest !== undefined) {
    y.fill(lowest);
    eachWindow(p, (image, h0, h1, w0, w1, to) => {
      for (let h = h0; h < h1; h++) {
        for (let w = w0; w < w1; w++) {
          const from = ((image + h) * p.w.input + w) * p.c;
          for (let c = 0; c < p.c; c++) { const v = x[from + c]!; if (y[to + c]! < v) y[to + c] = v; }
        }
      }
    });
  } else argMax(x, p).forEach((from, i) => { y[i] = x[from]!; });
  return [fromNhwc(new NDArray(a!.dtype.baseDtype, p.out, narrow(a!.dtype, y)), p.nchw)];
};

const maxPoolGrad: Kernel = ([input, output, grad], node) => {
  const p = pooling(node, input!.shape);
  const dy = toNhwc(grad!, p.nchw);
  if (!sameShape(toNhwc(output!, p.nchw).shape, p.out)) throw invalid(`Expected orig_output shape to be ${shapeText(p.out)}, but got ${shapeText(output!.shape)}`);
  if (!sameShape(dy.shape, p.out)) throw invalid(`Expected grad shape to be ${shapeText(p.out)}, but got ${shapeText(grad!.shape)}`);
  const at = argMax(numeric(toNhwc(input!, p.nchw), node.op), p);
  const g = numeric(dy, node.op);
  const dx = new (g.constructor as Float32ArrayConstructor)(input!.size);
  for (let i = 0; i < at.length; i++) dx[at[i]!] = dx[at[i]!]! + g[i]!;
  return [fromNhwc(new NDArray(input!.dtype.baseDtype, toNhwc(input!, p.nchw).shape, narrow(input!.dtype, dx)), p.nchw)];
};

const maxPoolWithArgmax: Kernel = ([a], node) => {
  const p = pooling(node, a!.shape);
  const x = numeric(a!, node.op);
  const at = argMax(x, p);
  const y = new (x.constructor as Float32ArrayConstructor)(at.length);
  const perImage = p.h.input * p.w.input * p.c, whole = node.attr['include_batch_in_index']?.value === true;
  const index = Array.from(at, (v, i) => { y[i] = x[v]!; return whole ? v : v % perImage; });
  return [new NDArray(a!.dtype.baseDtype, p.out, narrow(a!.dtype, y)), fromNumbers(typeAttr(node, 'Targmax', int64), p.out, index)];
};

const avgPool: Kernel = ([a], node) => {
  const p = pooling(node, a!.shape);
  const x = numeric(toNhwc(a!, p.nchw), node.op);
  const y = new (x.constructor as Float32ArrayConstructor)(sizeOf(p.out));
  eachWindow(p, (image, h0, h1, w0, w1, to) => {
    for (let h = h0; h < h1; h++) {
      for (let w = w0; w < w1; w++) {
        const from = ((image + h) * p.w.input + w) * p.c;
        for (let c = 0; c < p.c; c++) y[to + c] = y[to + c]! + x[from + c]!;
      }
    }
    const count = (h1 - h0) * (w1 - w0);
    for (let c = 0; c < p.c; c++) y[to + c] = y[to + c]! / count;
  });
  return [fromNhwc(new NDArray(a!.dtype.baseDtype, p.out, narrow(a!.dtype, y)), p.nchw)];
};

const avgPoolGrad: Kernel = ([shape, grad], node) => {
  const p = pooling(node, toNumbers(shape!));
  const dy = toNhwc(grad!, p.nchw);
  if (!sameShape(dy.shape, p.out)) throw invalid(`Expected grad shape to be ${shapeText(p.out)}, but got ${shapeText(grad!.shape)}`);
  const g = numeric(dy, node.op);
  const single = g instanceof Float32Array;
  const dx = new (g.constructor as Float32ArrayConstructor)(p.n * p.h.input * p.w.input * p.c);
  eachWindow(p, (image, h0, h1, w0, w1, from) => {
    const part = 1 / ((h1 - h0) * (w1 - w0));
    const scale = single ? Math.fround(part) : part;
    for (let h = h0; h < h1; h++) {
      for (let w = w0; w < w1; w++) {
        const to = ((image + h) * p.w.input + w) * p.c;
        for (let c = 0; c < p.c; c++) {
          const t = g[from + c]! * scale;
          dx[to + c] = dx[to + c]! + (single ? Math.fround(t) : t);
        }
      }
    }
  });
  return [fromNhwc(new NDArray(grad!.dtype.baseDtype, [p.n, p.h.input, p.w.input, p.c], narrow(grad!.dtype, dx)), p.nchw)];
};

export const poolKernels: readonly KernelDef[] = [
  { op: 'MaxPool', kernel: maxPool },
  { op: 'MaxPoolGrad', kernel: maxPoolGrad },
  { op: 'MaxPoolWithArgmax', kernel: maxPoolWithArgmax },
  { op: 'AvgPool', kernel: avgPool },
  { op: 'AvgPoolGrad', kernel: avgPoolGrad },
];
