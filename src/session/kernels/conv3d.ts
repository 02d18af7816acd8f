// Convolution over three spatial dimensions and its two gradients, plane by plane on the windows of conv.ts: an output
// plane is the sum over the filter's planes, K running on from plane to plane (kernel plane, row, column, input channel).
// Orders are those of two dimensions with output planes outermost; planes of padding are zeros, multiplied like any other.
// Dilations and channels first run here, unlike on TF's CPU. Follows tensorflow/core/kernels/conv_ops_3d.cc,
// conv_grad_ops_3d.cc.
import { UnimplementedError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { intsAttr, invalid, sizeOf, toNumbers } from './common.ts';
import { narrow } from './compute.ts';
import { BLOCK_FLOATS, blocks, checkBackprop, compute, type Floats, gatherWindows, type Geometry, make, result, scatterWindows } from './conv.ts';
import { gemm } from './gemm.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { channelsLast, isNchw, spatialOf, toNhwc, type WindowDim, windows } from './window.ts';

/** Sizes of one convolution; `plane` is that of one plane of `n * d.input` images. */
export interface Volume { readonly n: number; readonly co: number; readonly d: WindowDim; readonly plane: Geometry; readonly ys: readonly number[] }

/** Sizes of input (channels last) and filter; TF's errors. */
export function volume(node: KernelNode, xs: readonly number[], fs: readonly number[], nchw: boolean): Volume {
  const [ci, co] = [fs[3]!, fs[4]!];
  if (ci === 0 || xs[4]! % ci !== 0) throw invalid(`Input depth must be evenly divisible by filter depth: ${xs[4]} vs ${ci}`);
  if (xs[4] !== ci) throw new UnimplementedError('Generic conv implementation does not support grouped convolutions for now.');
  const list = (name: string, what: string): number[] => { const v = intsAttr(node, name); return spatialOf(v.length === 0 ? [1, 1, 1, 1, 1] : v, 5, name, nchw, what); };
  const [d, h, w] = windows(node, [xs[1]!, xs[2]!, xs[3]!], fs, list('strides', 'strides'), list('dilations', 'dilation rates'), nchw);
  return { n: xs[0]!, co, d, plane: { n: xs[0]! * xs[1]!, ci, co, h, w }, ys: [xs[0]!, d.output, h.output, w.output, co] };
}
/** Calls f for every output plane and plane of the filter: numbers of the input plane (-1: padding), the output plane and the filter's. */
export function eachPlane({ n, d }: Volume, f: (input: number, output: number, tap: number) => void): void {
  for (let i = 0; i < n; i++) for (let od = 0; od < d.output; od++) for (let tap = 0; tap < d.taps; tap++) {
    const id = od * d.stride - d.before + tap * d.dilation;
    f(id >= 0 && id < d.input ? i * d.input + id : -1, i * d.output + od, tap);
  }
}
const rank5 = (a: NDArray, text: string): void => { if (a.shape.length !== 5) throw invalid(text); };
const sizesOf = ({ plane: { ci, h, w } }: Volume): { K: number; positions: number } => ({ K: h.taps * w.taps * ci, positions: h.output * w.output });
const columns = (like: Floats, v: Volume): Floats => { const { K, positions } = sizesOf(v); return make(like, Math.min(BLOCK_FLOATS + 4 * K, positions * K)); };
/** Windows of an input plane, or zeros. */
function gather(x: Floats, image: number, v: Volume, first: number, count: number, col: Floats): void {
  if (image < 0) col.fill(0); else gatherWindows(x, image, v.plane, first, count, col);
}

const conv3d: Kernel = ([input, filter], node) => {
  const nchw = isNchw(node);
  rank5(input!, 'input must be 5-dimensional');
  rank5(filter!, 'filter must be 5-dimensional');
  const v = volume(node, channelsLast(input!.shape, nchw), filter!.shape, nchw), { K, positions } = sizesOf(v), { co } = v;
  const x = compute(toNhwc(input!, nchw), node.op), f = compute(filter!, node.op), y = make(x, sizeOf(v.ys)), col = columns(x, v);
  eachPlane(v, (image, out, tap) => {
    blocks(positions, K, (first, count) => {
      gather(x, image, v, first, count, col);
      gemm(count, co, K, { data: col, offset: 0, row: K, col: 1 }, { data: f, offset: tap * K * co, row: co, col: 1 }, y, (out * positions + first) * co, co, tap > 0);
    });
  });
  return [result(input!.dtype, y, v.ys, nchw)];
};

const conv3dBackpropInput: Kernel = ([sizes, filter, grad], node) => {
  const nchw = isNchw(node), label = 'Conv3DBackpropInputOp', given = toNumbers(sizes!);
  if (given.length !== 5) throw invalid(`${label}: input must be 5-dimensional`);
  rank5(filter!, `${label}: filter must be 5-dimensional`);
  rank5(grad!, `${label}: out_backprop must be 5-dimensional`);
  const xs = channelsLast(given, nchw), v = volume(node, xs, filter!.shape, nchw), { K, positions } = sizesOf(v), { co } = v;
  checkBackprop(label, channelsLast(grad!.shape, nchw), v, [v.d, v.plane.h, v.plane.w]);
  const f = compute(filter!, node.op), dy = compute(toNhwc(grad!, nchw), node.op), dx = make(dy, sizeOf(xs)), col = columns(dy, v);
  eachPlane(v, (image, out, tap) => {
    if (image < 0) return;
    blocks(positions, K, (first, count) => {
      gemm(count, K, co, { data: dy, offset: (out * positions + first) * co, row: co, col: 1 }, { data: f, offset: tap * K * co, row: 1, col: co }, col, 0, K);
      scatterWindows(col, image, v.plane, first, count, dx);
    });
  });
  return [result(grad!.dtype, dx, xs, nchw)];
};

const conv3dBackpropFilter: Kernel = ([input, sizes, grad], node) => {
  const nchw = isNchw(node), label = 'Conv3DBackpropFilterOp', fs = toNumbers(sizes!);
  rank5(input!, `${label}: input must be 5-dimensional`);
  if (fs.length !== 5) throw invalid(`${label}: filter must be 5-dimensional`);
  rank5(grad!, `${label}: out_backprop must be 5-dimensional`);
  const v = volume(node, channelsLast(input!.shape, nchw), fs, nchw), { K, positions } = sizesOf(v), { co } = v;
  checkBackprop(label, channelsLast(grad!.shape, nchw), v, [v.d, v.plane.h, v.plane.w]);
  const x = compute(toNhwc(input!, nchw), node.op), dy = compute(toNhwc(grad!, nchw), node.op), dw = make(x, sizeOf(fs)), col = columns(x, v);
  eachPlane(v, (image, out, tap) => {
    blocks(positions, K, (first, count) => {
      gather(x, image, v, first, count, col);
      gemm(K, co, count, { data: col, offset: 0, row: 1, col: K }, { data: dy, offset: (out * positions + first) * co, row: co, col: 1 }, dw, tap * K * co, co, true);
    });
  });
  return [new NDArray(input!.dtype.baseDtype, fs, narrow(input!.dtype, dw))];
};

export const conv3dKernels: readonly KernelDef[] = [
  { op: 'Conv3D', kernel: conv3d }, { op: 'Conv3DBackpropInputV2', kernel: conv3dBackpropInput }, { op: 'Conv3DBackpropFilterV2', kernel: conv3dBackpropFilter },
];
