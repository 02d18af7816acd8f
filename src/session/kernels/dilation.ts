// Grayscale dilation (the greatest sum of input and filter in a window) and its gradients. Taps that fall on padding do not
// take part; the accumulator starts at -Inf (integers: the lowest value) and the first greatest sum wins. A gradient whose
// window has no sum above that goes to its first element inside (of the filter: to the first tap).
// Follows tensorflow/core/kernels/dilation_ops.cc.
import { NDArray } from '../../graph/ndarray.ts';
import { intsAttr, invalid, shapeText, sizeOf } from './common.ts';
import { formatOf, narrow, noKernel, widen } from './compute.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { LOWEST } from './reduce.ts';
import { spatialOf, type WindowDim, windows } from './window.ts';

export interface Dilation { readonly n: number; readonly c: number; readonly h: WindowDim; readonly w: WindowDim; readonly ys: readonly number[] }

/** Sizes of input and filter; TF's errors. */
export function dilation(node: KernelNode, xs: readonly number[], fs: readonly number[], grad?: readonly number[]): Dilation {
  if (xs.length !== 4) throw invalid(`input must be 4-dimensional${shapeText(xs)}`);
  if (fs.length !== 3) throw invalid(`filter must be 3-dimensional: ${shapeText(fs)}`);
  if (xs[3] !== fs[2]) throw invalid(`input and filter must have the same depth: ${xs[3]} vs ${fs[2]}`);
  const [h, w] = windows(node, [xs[1]!, xs[2]!], fs, spatialOf(intsAttr(node, 'strides'), 4, 'strides', false, 'strides'), spatialOf(intsAttr(node, 'rates'), 4, 'rates', false, 'rates'), false);
  const ys = [xs[0]!, h.output, w.output, xs[3]!];
  if (grad && (grad.length !== 4 || grad.some((d, i) => d !== ys[i]))) throw invalid('out_backprop has incompatible size.');
  return { n: xs[0]!, c: xs[3]!, h, w, ys };
}
/** Taps of an output position inside the input, ascending: [position, tap]. */
export function tapsOf(d: WindowDim, output: number): [at: number, tap: number][] {
  const out: [number, number][] = [];
  for (let tap = 0; tap < d.taps; tap++) {
    const at = output * d.stride - d.before + tap * d.dilation;
    if (at >= 0 && at < d.input) out.push([at, tap]);
  }
  return out;
}
/** Where a window without a greatest sum sends its gradient. */
export const firstInside = (d: WindowDim, output: number): number => Math.max(0, output * d.stride - d.before);

type Numbers = Float32Array;
function operand(a: NDArray, node: KernelNode): Numbers {
  const { kind } = formatOf(a.dtype);
  if (kind !== 'float' && kind !== 'int') throw noKernel(node.op, a.dtype);
  return (kind === 'int' ? a.data : widen(a)) as Numbers; // small integers wrap as they are stored
}
/** Visits every output element with its offset, and where its greatest sum is: offsets of input and filter, and the sum. */
function eachMaximum(g: Dilation, x: Numbers, f: Numbers, lowest: number, visit: (to: number, input: number, tap: number, sum: number) => void): void {
  const { n, c, h, w } = g, sum = x.slice(0, 1);
  let to = 0;
  for (let i = 0; i < n; i++) for (let oh = 0; oh < h.output; oh++) for (let ow = 0; ow < w.output; ow++) {
    const rows = tapsOf(h, oh), columns = tapsOf(w, ow), first = ((i * h.input + firstInside(h, oh)) * w.input + firstInside(w, ow)) * c;
    for (let k = 0; k < c; k++, to++) {
      let best = lowest, input = first + k, tap = k;
      for (const [ih, a] of rows) for (const [iw, b] of columns) {
        const from = ((i * h.input + ih) * w.input + iw) * c + k, at = (a * w.taps + b) * c + k;
        sum[0] = x[from]! + f[at]!; // rounds or wraps
        if (sum[0]! > best) { best = sum[0]!; input = from; tap = at; }
      }
      visit(to, input, tap, best);
    }
  }
}
const startOf = (a: NDArray): number => LOWEST[a.dtype.storage] as number;
const zeroed = (like: Numbers, n: number): Numbers => new (like.constructor as Float32ArrayConstructor)(n);

const forward: Kernel = ([input, filter], node) => {
  const g = dilation(node, input!.shape, filter!.shape), x = operand(input!, node), y = zeroed(x, sizeOf(g.ys));
  eachMaximum(g, x, operand(filter!, node), startOf(input!), (to, _, __, best) => { y[to] = best; });
  return [new NDArray(input!.dtype.baseDtype, g.ys, narrow(input!.dtype, y))];
};
const backward = (byInput: boolean): Kernel => ([input, filter, grad], node) => {
  const g = dilation(node, input!.shape, filter!.shape, grad!.shape), x = operand(input!, node), f = operand(filter!, node), dy = operand(grad!, node);
  const like = byInput ? input! : filter!, out = zeroed(x, like.size);
  if (out.length > 0) eachMaximum(g, x, f, startOf(input!), (from, at, tap) => { const to = byInput ? at : tap; out[to] = out[to]! + dy[from]!; });
  return [new NDArray(like.dtype.baseDtype, like.shape, narrow(like.dtype, out))];
};
export const dilationKernels: readonly KernelDef[] = [
  { op: 'Dilation2D', kernel: forward }, { op: 'Dilation2DBackpropInput', kernel: backward(true) }, { op: 'Dilation2DBackpropFilter', kernel: backward(false) },
];
