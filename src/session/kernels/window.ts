// The geometry of sliding windows: data formats, padding, output sizes, as convolution and pooling share it.
// Follows tensorflow/core/framework/common_shape_fns.cc (GetWindowedOutputSizeVerbose).
import { NDArray } from '../../graph/ndarray.ts';
import { intsAttr, invalid, stringAttr } from './common.ts';
import { type KernelNode } from './kernel.ts';
import { transpose } from './move.ts';

/** One spatial dimension of a window. */
export interface WindowDim {
  readonly input: number;
  /** Taps of the filter. */
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros in front. */
  readonly before: number;
  readonly output: number;
}

export function isNchw(node: KernelNode): boolean { return stringAttr(node, 'data_format', 'NHWC') === 'NCHW'; }
/** The value in NHWC order (contracts name positions, not layouts: transposing changes no bit). */
export function toNhwc(a: NDArray, nchw: boolean): NDArray { return nchw ? transpose(a, [0, 2, 3, 1]) : a; }
export function fromNhwc(a: NDArray, nchw: boolean): NDArray { return nchw ? transpose(a, [0, 3, 1, 2]) : a; }

/** A list(int) attr of length 4 as [height, width], checked to be 1 on batch and channel. */
export function spatialAttr(node: KernelNode, name: string, nchw: boolean, what: string): [number, number] {
  const v = intsAttr(node, name);
  const a = v.length === 0 ? [1, 1, 1, 1] : v;
  if (a.length !== 4) throw invalid(`Sliding window ${name} field must specify 4 dimensions`);
  const [n, c, h, w] = nchw ? [a[0]!, a[1]!, a[2]!, a[3]!] : [a[0]!, a[3]!, a[1]!, a[2]!];
  if (n !== 1 || c !== 1) throw invalid(`Current implementation does not yet support ${what} in the batch and depth dimensions.`);
  return [h, w];
}

/** Windows over height and width. */
export function windows(node: KernelNode, input: readonly [number, number], taps: readonly [number, number], strides: readonly [number, number], dilations: readonly [number, number], nchw: boolean): [WindowDim, WindowDim] {
  const padding = stringAttr(node, 'padding');
  const explicit = padding === 'EXPLICIT' ? intsAttr(node, 'explicit_paddings') : [];
  const one = (i: 0 | 1): WindowDim => {
    const size = input[i], k = taps[i], stride = strides[i], dilation = dilations[i];
    if (!(stride > 0)) throw invalid(`Stride must be > 0, but got ${stride}`);
    if (!(dilation > 0)) throw invalid(`Dilation rate must be > 0, but got ${dilation}`);
    const reach = (k - 1) * dilation + 1;
    let before: number, output: number;
    switch (padding) {
      case 'VALID': before = 0; output = Math.floor((size - reach + stride) / stride); break;
      case 'SAME':
        output = Math.floor((size + stride - 1) / stride);
        before = Math.floor(Math.max(0, (output - 1) * stride + reach - size) / 2);
        break;
      case 'EXPLICIT': {
        const at = 2 * ((nchw ? 2 : 1) + i);
        before = explicit[at]!;
        output = Math.floor((size + before + explicit[at + 1]! - reach + stride) / stride);
        break;
      }
      default: throw invalid(`Invalid padding ${padding}`);
    }
    if (output < 0) throw invalid(`Computed output size would be negative: ${output} [input_size: ${size}, effective_filter_size: ${reach}, stride: ${stride}]`);
    return { input: size, taps: k, stride, dilation, before, output };
  };
  return [one(0), one(1)];
}
