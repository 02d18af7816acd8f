// Two-dimensional convolutions and their gradients, NHWC and NCHW. Follows python/ops/nn_ops.py, nn_grad.py and
// core/framework/common_shape_fns.cc (1.15).
import { ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { shape as shapeOf, shapeN } from './array_ops.ts';
import type { TensorLike } from './convert.ts';
import { type AttrInput, op1 } from './op_def_library.ts';
import { defineOp, type TfjsMapping } from './registry.ts';
import { multiplyDims } from './shape_fns.ts';
import type { ShapeContext } from './shape_inference.ts';
import { isChannelsFirst, sequenceOf } from './spatial.ts';

export type DataFormat = 'NHWC' | 'NCHW';
/** Padding: 'SAME', 'VALID', or explicit [before, after] pairs per axis of the data format. */
export type Padding = string | readonly (readonly [number, number])[];

// --- shapes --------------------------------------------------------------------------------------------------------

/** Output size of a window along one axis; null when unknown. */
export function windowedSize(c: ShapeContext, input: Dim, window: Dim, stride: number, dilation: number, padding: string, explicit: readonly number[] = [0, 0]): Dim {
  if (stride <= 0) c.fail(`Stride must be > 0, but got ${stride}`);
  if (padding === 'SAME') return input === null ? null : Math.ceil(input / stride);
  if (input === null || window === null) return null;
  const effective = (window - 1) * dilation + 1;
  const padded = input + explicit[0]! + explicit[1]!;
  if (padded - effective < 0 && padded - effective + stride < 1) c.fail(`Negative dimension size caused by subtracting ${effective} from ${padded}`);
  return Math.floor((padded - effective + stride) / stride);
}

/** Where batch, channel, height and width are. */
export function axesOf(format: string): { n: number; c: number; h: number; w: number } {
  return format === 'NCHW' ? { n: 0, c: 1, h: 2, w: 3 } : { n: 0, h: 1, w: 2, c: 3 };
}

function convShape(c: ShapeContext): TensorShape[] {
  const ax = axesOf(c.str('data_format'));
  const strides = c.ints('strides');
  const dilations = c.ints('dilations');
  if (strides.length !== 4) c.fail(`Conv2D requires the stride attribute to contain 4 values, but got: ${strides.length}`);
  if (dilations.length !== 4) c.fail(`Conv2D requires the dilation attribute to contain 4 values, but got: ${dilations.length}`);
  const x = c.withRank(c.input(0), 4).dims!;
  const f = c.withRank(c.input(1), 4).dims!;
  const [kh, kw, inChannels, outChannels] = f as [Dim, Dim, Dim, Dim];
  const depth = x[ax.c]!;
  if (depth !== null && inChannels !== null && (inChannels === 0 || depth % inChannels !== 0)) c.fail(`Depth of input (${depth}) is not a multiple of input depth of filter (${inChannels})`);
  const padding = c.str('padding');
  const e = c.ints('explicit_paddings');
  const explicit = (axis: number): number[] => (padding === 'EXPLICIT' ? [e[2 * axis]!, e[2 * axis + 1]!] : [0, 0]);
  const out: Dim[] = [null, null, null, null];
  out[ax.n] = x[ax.n]!;
  out[ax.c] = outChannels;
  out[ax.h] = windowedSize(c, x[ax.h]!, kh, strides[ax.h]!, dilations[ax.h]!, padding, explicit(ax.h));
  out[ax.w] = windowedSize(c, x[ax.w]!, kw, strides[ax.w]!, dilations[ax.w]!, padding, explicit(ax.w));
  return [new TensorShape(out)];
}

/** The result's shape is an input's value. */
const shapeFromInput = (i: number) => (c: ShapeContext): TensorShape[] => [c.withRank(c.valueAsShape(i), 4)];

// --- op blocks -----------------------------------------------------------------------------------------------------

const CONV_ATTRS = ['strides', 'padding', 'explicit_paddings', 'use_cudnn_on_gpu', 'data_format', 'dilations'] as const;
function convAttrs(op: Operation): Record<string, AttrInput> { return Object.fromEntries(CONV_ATTRS.map((k) => [k, op.attr(k)!])); }

const tfjsConv = (kernel: string, inputs: TfjsMapping['inputs'], shapeAttr?: string): TfjsMapping => ({
  kernel, inputs, exact: false,
  attrs: (n) => {
    const str = (k: string): string => { const a = n.attr[k]; return a?.kind === 's' ? String(a.value) : ''; };
    const ints = (k: string): number[] => { const a = n.attr[k]; return a?.kind === 'list' ? (a.value.i ?? []).map(Number) : []; };
    if (str('data_format') !== 'NHWC' || str('padding') === 'EXPLICIT') return undefined;
    const common = { strides: [ints('strides')[1], ints('strides')[2]], pad: str('padding').toLowerCase(), dataFormat: 'NHWC', dilations: [ints('dilations')[1], ints('dilations')[2]] };
    if (shapeAttr === undefined) return common;
    const sizes = n.constant(shapeAttr === 'inputShape' ? 0 : 1);
    return sizes ? { ...common, [shapeAttr]: Array.from({ length: sizes.size }, (_, i) => Number(sizes.flat(i))) } : undefined;
  },
});

defineOp('Conv2D', {
  shape: convShape,
  grad: (op, g) => {
    const [x, w] = [op.inputs[0]!, op.inputs[1]!];
    const [xs, ws] = shapeN([x, w]);
    return [op1('Conv2DBackpropInput', [xs!, w, g!], convAttrs(op)), op1('Conv2DBackpropFilter', [x, ws!, g!], convAttrs(op))];
  },
  tfjs: tfjsConv('Conv2D', { x: 0, filter: 1 }),
});
defineOp('Conv2DBackpropInput', {
  shape: shapeFromInput(0),
  grad: (op, g) => [null, op1('Conv2DBackpropFilter', [g!, shapeOf(op.inputs[1]!), op.inputs[2]!], convAttrs(op)), op1('Conv2D', [g!, op.inputs[1]!], convAttrs(op))],
  tfjs: tfjsConv('Conv2DBackpropInput', { filter: 1, dy: 2 }, 'inputShape'),
});
defineOp('Conv2DBackpropFilter', {
  shape: shapeFromInput(1),
  grad: (op, g) => [op1('Conv2DBackpropInput', [shapeOf(op.inputs[0]!), g!, op.inputs[2]!], convAttrs(op)), null, op1('Conv2D', [op.inputs[0]!, g!], convAttrs(op))],
  tfjs: tfjsConv('Conv2DBackpropFilter', { x: 0, dy: 2 }, 'filterShape'),
});

const DEPTHWISE_ATTRS = ['strides', 'padding', 'data_format', 'dilations'] as const;
function depthwiseAttrs(op: Operation): Record<string, AttrInput> { return Object.fromEntries(DEPTHWISE_ATTRS.map((k) => [k, op.attr(k)!])); }
defineOp('DepthwiseConv2dNative', {
  shape: (c) => {
    const ax = axesOf(c.str('data_format'));
    const [strides, dilations] = [c.ints('strides'), c.ints('dilations')];
    const x = c.withRank(c.input(0), 4).dims!;
    const f = c.withRank(c.input(1), 4).dims!;
    const depth = c.mergeDim(x[ax.c]!, f[2]!), out: Dim[] = [null, null, null, null];
    out[ax.n] = x[ax.n]!;
    out[ax.c] = multiplyDims(depth, f[3]!);
    out[ax.h] = windowedSize(c, x[ax.h]!, f[0]!, strides[ax.h]!, dilations[ax.h]!, c.str('padding'));
    out[ax.w] = windowedSize(c, x[ax.w]!, f[1]!, strides[ax.w]!, dilations[ax.w]!, c.str('padding'));
    return [new TensorShape(out)];
  },
  grad: (op, g) => [
    op1('DepthwiseConv2dNativeBackpropInput', [shapeOf(op.inputs[0]!), op.inputs[1]!, g!], depthwiseAttrs(op)),
    op1('DepthwiseConv2dNativeBackpropFilter', [op.inputs[0]!, shapeOf(op.inputs[1]!), g!], depthwiseAttrs(op)),
  ],
});
defineOp('DepthwiseConv2dNativeBackpropInput', {
  shape: shapeFromInput(0),
  grad: (op, g) => [
    null, op1('DepthwiseConv2dNativeBackpropFilter', [g!, shapeOf(op.inputs[1]!), op.inputs[2]!], depthwiseAttrs(op)), op1('DepthwiseConv2dNative', [g!, op.inputs[1]!], depthwiseAttrs(op)),
  ],
});
defineOp('DepthwiseConv2dNativeBackpropFilter', {
  shape: shapeFromInput(1),
  grad: (op, g) => [
    op1('DepthwiseConv2dNativeBackpropInput', [shapeOf(op.inputs[0]!), g!, op.inputs[2]!], depthwiseAttrs(op)), null, op1('DepthwiseConv2dNative', [op.inputs[0]!, g!], depthwiseAttrs(op)),
  ],
});

// --- functions -----------------------------------------------------------------------------------------------------

interface Conv2DParams {
  input: TensorLike;
  filter?: TensorLike | null;
  strides?: number | readonly number[] | null;
  padding?: Padding | null;
  useCudnnOnGpu?: boolean;
  dataFormat?: DataFormat | null;
  dilations?: number | readonly number[] | null;
  name?: string | null;
  filters?: TensorLike | null;
}

/** `tf.nn.conv2d`: cross-correlation of `input` [batch, height, width, channels] with `filter` [height, width, in, out].
 * `strides` and `dilations` follow the data format's order (or give only the two spatial ones). NCHW runs here, unlike on
 * TensorFlow's CPU. Errors: TypeError for contrib's arguments, ValueError for shapes that do not fit. */
export const conv2d = api('conv2d', ['input', 'filter', 'strides', 'padding', 'useCudnnOnGpu', 'dataFormat', 'dilations', 'name', 'filters'], (p: Conv2DParams): Tensor => {
  if (p.filter && p.filters) throw new ValueError("Cannot specify both 'filters' and 'filter'.");
  const [padding, explicit] = convertPadding(p.padding);
  const format = p.dataFormat ?? 'NHWC';
  const first = isChannelsFirst(format);
  return op1('Conv2D', [p.input, (p.filter ?? p.filters)!], {
    strides: sequenceOf(p.strides ?? null, 2, first, 'strides'), padding, use_cudnn_on_gpu: p.useCudnnOnGpu ?? true, explicit_paddings: explicit,
    data_format: format, dilations: sequenceOf(p.dilations ?? null, 2, first, 'dilations'),
  }, p.name);
}, { required: 1 });

interface DepthwiseParams { input: TensorLike; filter: TensorLike; strides: readonly number[]; padding: string; dataFormat?: DataFormat; dilations?: readonly number[]; name?: string | null }
/** `tf.nn.depthwise_conv2d_native`: every input channel with its own filters [height, width, in, multiplier]. */
export const depthwiseConv2dNative = api('depthwiseConv2dNative', ['input', 'filter', 'strides', 'padding', 'dataFormat', 'dilations', 'name'], (p: DepthwiseParams): Tensor =>
  op1('DepthwiseConv2dNative', [p.input, p.filter], { strides: p.strides, padding: p.padding, data_format: p.dataFormat, dilations: p.dilations }, p.name), { required: 4 });

interface DepthwiseInputParams { inputSizes: TensorLike; filter: TensorLike; outBackprop: TensorLike; strides: readonly number[]; padding: string; dataFormat?: DataFormat; dilations?: readonly number[]; name?: string | null }
/** `tf.nn.depthwise_conv2d_native_backprop_input` and `tf.nn.depthwise_conv2d_backprop_input`: the gradient of `depthwiseConv2dNative` by its input, whose shape is `inputSizes`. */
export const depthwiseConv2dNativeBackpropInput = api('depthwiseConv2dNativeBackpropInput', ['inputSizes', 'filter', 'outBackprop', 'strides', 'padding', 'dataFormat', 'dilations', 'name'], (p: DepthwiseInputParams): Tensor =>
  op1('DepthwiseConv2dNativeBackpropInput', [p.inputSizes, p.filter, p.outBackprop], { strides: p.strides, padding: p.padding, data_format: p.dataFormat, dilations: p.dilations }, p.name), { required: 5 });
export const depthwiseConv2dBackpropInput = depthwiseConv2dNativeBackpropInput;
interface DepthwiseFilterParams extends Omit<DepthwiseInputParams, 'inputSizes' | 'filter'> { input: TensorLike; filterSizes: TensorLike }
/** `tf.nn.depthwise_conv2d_native_backprop_filter` and `tf.nn.depthwise_conv2d_backprop_filter`: its gradient by the filter, whose shape is `filterSizes`. */
export const depthwiseConv2dNativeBackpropFilter = api('depthwiseConv2dNativeBackpropFilter', ['input', 'filterSizes', 'outBackprop', 'strides', 'padding', 'dataFormat', 'dilations', 'name'], (p: DepthwiseFilterParams): Tensor =>
  op1('DepthwiseConv2dNativeBackpropFilter', [p.input, p.filterSizes, p.outBackprop], { strides: p.strides, padding: p.padding, data_format: p.dataFormat, dilations: p.dilations }, p.name), { required: 5 });
export const depthwiseConv2dBackpropFilter = depthwiseConv2dNativeBackpropFilter;

export function convertPadding(padding: Padding | null | undefined): [string, number[]] {
  if (padding === 'EXPLICIT') throw new ValueError('"EXPLICIT" is not a valid value for the padding parameter. To use explicit padding, the padding parameter must be a list.');
  if (!Array.isArray(padding)) return [padding as string, []];
  const list = padding as readonly (readonly number[])[];
  list.forEach((d, i) => {
    if (!Array.isArray(d)) throw new ValueError(`When padding is a list, each element of padding must be a list/tuple of size 2. Element with index ${i} of padding is not a list/tuple`);
    if (d.length !== 2) throw new ValueError(`When padding is a list, each element of padding must be a list/tuple of size 2. Element with index ${i} of padding has size ${d.length}`);
  });
  if (list.length !== 4) throw new ValueError(`When padding is a list, it must be of size 4. Got padding of size: ${list.length}`);
  return ['EXPLICIT', list.flatMap((d) => [...d])];
}
