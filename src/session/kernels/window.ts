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

/** Whether channels come before the spatial dimensions (NCHW, NCDHW). */
export function isNchw(node: KernelNode): boolean { return stringAttr(node, 'data_format', 'NHWC').startsWith('NC'); }
/** The value with channels last (contracts name positions, not layouts: transposing changes no bit). */
export function toNhwc(a: NDArray, nchw: boolean): NDArray { return nchw ? transpose(a, [0, ...a.shape.slice(2).map((_, i) => i + 2), 1]) : a; }
export function fromNhwc(a: NDArray, nchw: boolean): NDArray { return nchw ? transpose(a, [0, a.shape.length - 1, ...a.shape.slice(2).map((_, i) => i + 1)]) : a; }
/** A shape with channels last, and back. */
export function channelsLast(shape: readonly number[], nchw: boolean): number[] { return nchw ? [shape[0]!, ...shape.slice(2), shape[1]!] : [...shape]; }
export function inLayout(nhwc: readonly number[], nchw: boolean): number[] { return nchw ? [nhwc[0]!, nhwc[nhwc.length - 1]!, ...nhwc.slice(1, -1)] : [...nhwc]; }

/** A list(int) attr of length 4 as [height, width], checked to be 1 on batch and channel. */
export function spatialAttr(node: KernelNode, name: string, nchw: boolean, what: string): [number, number] {
  const v = intsAttr(node, name);
  return spatialOf(v.length === 0 ? [1, 1, 1, 1] : v, 4, name, nchw, what) as [number, number];
}
/** The spatial ones of `rank` numbers, checked to be 1 on batch and channel. */
export function spatialOf(v: readonly number[], rank: number, name: string, nchw: boolean, what: string): number[] {
  if (v.length !== rank) throw invalid(`Sliding window ${name} field must specify ${rank} dimensions`);
  const [n, ...rest] = channelsLast(v, nchw), c = rest.pop();
  if (n !== 1 || c !== 1) throw invalid(`Current implementation does not yet support ${what} in the batch and depth dimensions.`);
  return rest;
}

/** Windows over the spatial dimensions. */
export function windows<const T extends readonly number[]>(node: KernelNode, input: T, taps: readonly number[], strides: readonly number[], dilations: readonly number[], nchw: boolean): { -readonly [K in keyof T]: WindowDim } {
  const padding = stringAttr(node, 'padding');
  const explicit = padding === 'EXPLICIT' ? intsAttr(node, 'explicit_paddings') : [];
  return input.map((size, i): WindowDim => {
    const k = taps[i]!, stride = strides[i]!, dilation = dilations[i]!;
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
  }) as { -readonly [K in keyof T]: WindowDim };
}
