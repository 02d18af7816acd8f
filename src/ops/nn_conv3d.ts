// Three-dimensional convolution and its gradients. Follows python/ops/nn_ops.py, nn_grad.py and Conv3DShape in
// core/framework/common_shape_fns.cc (1.15; there the rates of rows and columns are swapped by mistake, here not).
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { shape as shapeOf } from './array_ops.ts';
import { inScope } from './building.ts';
import type { TensorLike } from './convert.ts';
import { windowedSize } from './nn_conv.ts';
import { type AttrInput, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import type { ShapeContext } from './shape_inference.ts';
import { isChannelsFirst, sequenceOf } from './spatial.ts';

function conv3dShape(c: ShapeContext): TensorShape[] {
  const x = c.withRank(c.input(0), 5).dims!, f = c.withRank(c.input(1), 5).dims!, dilations = c.ints('dilations'), strides = c.ints('strides');
  if (dilations.length !== 5) c.fail(`Conv3D requires the dilation attribute to contain 5 values, but got: ${dilations.length}`);
  if (strides.length !== 5) c.fail(`Conv3D requires the stride attribute to contain 5 values, but got: ${strides.length}`);
  const first = isChannelsFirst(c.str('data_format')), at = first ? 2 : 1, depth = x[first ? 1 : 4]!, [inChannels, outChannels] = [f[3]!, f[4]!];
  if (depth !== null && inChannels !== null) {
    if (inChannels === 0) c.fail('Depth of filter must not be 0');
    if (depth % inChannels !== 0) c.fail(`Depth of input (${depth}) is not a multiple of input depth of filter (${inChannels})`);
  }
  const spatial = [0, 1, 2].map((i): Dim => windowedSize(c, x[at + i]!, f[i]!, strides[at + i]!, dilations[at + i]!, c.str('padding')));
  return [new TensorShape(first ? [x[0]!, outChannels, ...spatial] : [x[0]!, ...spatial, outChannels])];
}
const sizesInput = (i: number) => (c: ShapeContext): TensorShape[] => [c.withRank(c.valueAsShape(i), 5)];

const ATTRS = ['strides', 'padding', 'data_format', 'dilations'] as const;
function convAttrs(op: Operation): Record<string, AttrInput> { return Object.fromEntries(ATTRS.map((k) => [k, op.attr(k)!])); }
const byInput = (op: Operation, sizes: Tensor, filter: Tensor, g: Tensor): Tensor => op1('Conv3DBackpropInputV2', [sizes, filter, g], convAttrs(op));
const byFilter = (op: Operation, input: Tensor, sizes: Tensor, g: Tensor): Tensor => op1('Conv3DBackpropFilterV2', [input, sizes, g], convAttrs(op));

defineOp('Conv3D', {
  shape: conv3dShape,
  grad: (op, g) => {
    const [x, w] = op.inputs as readonly [Tensor, Tensor];
    return [byInput(op, shapeOf(x), w, g!), byFilter(op, x, shapeOf(w), g!)];
  },
});
defineOp('Conv3DBackpropInputV2', {
  shape: sizesInput(0),
  grad: (op, g) => [null, byFilter(op, g!, shapeOf(op.inputs[1]!), op.inputs[2]!), op1('Conv3D', [g!, op.inputs[1]!], convAttrs(op))],
});
defineOp('Conv3DBackpropFilterV2', {
  shape: sizesInput(1),
  grad: (op, g) => [byInput(op, shapeOf(op.inputs[0]!), g!, op.inputs[2]!), null, op1('Conv3D', [op.inputs[0]!, g!], convAttrs(op))],
});

interface Conv3dParams { input: TensorLike; filter?: TensorLike | null; strides?: readonly number[]; padding?: string; dataFormat?: string | null; dilations?: readonly number[]; name?: string | null; filters?: TensorLike | null }
/** `tf.nn.conv3d`: cross-correlation of `input` [batch, depth, height, width, channels] with `filter` [depth, height, width,
 * in, out]; `strides` and `dilations` have five numbers. 'NCDHW' and dilations run here, unlike on TensorFlow's CPU. */
export const conv3d = api('conv3d', ['input', 'filter', 'strides', 'padding', 'dataFormat', 'dilations', 'name', 'filters'], (p: Conv3dParams): Tensor =>
  op1('Conv3D', [p.input, (p.filter ?? p.filters)!], { strides: p.strides, padding: p.padding, data_format: p.dataFormat ?? 'NDHWC', dilations: p.dilations ?? [1, 1, 1, 1, 1] }, p.name), { required: 1 });

interface TransposeParams {
  value: TensorLike; filter?: TensorLike | null; outputShape?: TensorLike | null; strides?: number | readonly number[] | null; padding?: string; dataFormat?: string | null; name?: string | null;
  input?: TensorLike | null; filters?: TensorLike | null; dilations?: number | readonly number[] | null;
}
/** `tf.nn.conv3d_transpose`: the gradient of `tf.nn.conv3d` by its input, of the shape `outputShape`; `filter` is [depth,
 * height, width, out, in]. */
export const conv3dTranspose = api('conv3dTranspose', ['value', 'filter', 'outputShape', 'strides', 'padding', 'dataFormat', 'name', 'input', 'filters', 'dilations'], (p: TransposeParams): Tensor =>
  inScope(p.name, 'conv3d_transpose', [p.value ?? p.input, p.outputShape], (name) => {
    const data_format = p.dataFormat ?? 'NDHWC', first = isChannelsFirst(data_format);
    const strides = sequenceOf(p.strides ?? null, 3, first, 'strides'), dilations = sequenceOf(p.dilations ?? null, 3, first, 'dilations');
    return op1('Conv3DBackpropInputV2', [p.outputShape!, (p.filter ?? p.filters)!, p.value ?? p.input!], { strides, padding: p.padding ?? 'SAME', data_format, dilations }, name);
  }), { required: 1 });

interface FilterParams { input: TensorLike; filterSizes: TensorLike; outBackprop: TensorLike; strides: readonly number[]; padding: string; dataFormat?: string; dilations?: readonly number[]; name?: string | null }
/** `tf.nn.conv3d_backprop_filter` and `tf.nn.conv3d_backprop_filter_v2`: the gradient of `tf.nn.conv3d` by its filter, whose shape is `filterSizes`. */
export const conv3dBackpropFilterV2 = api('conv3dBackpropFilterV2', ['input', 'filterSizes', 'outBackprop', 'strides', 'padding', 'dataFormat', 'dilations', 'name'], (p: FilterParams): Tensor =>
  op1('Conv3DBackpropFilterV2', [p.input, p.filterSizes, p.outBackprop], { strides: p.strides, padding: p.padding, data_format: p.dataFormat ?? 'NDHWC', dilations: p.dilations ?? [1, 1, 1, 1, 1] }, p.name), { required: 5 });
export const conv3dBackpropFilter = conv3dBackpropFilterV2;
