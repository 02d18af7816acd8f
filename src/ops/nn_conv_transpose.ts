// Convolutions made of Conv2D: over one axis, transposed ones, and its gradients by hand. Follows python/ops/nn_ops.py (1.15).
import { ValueError } from '../graph/errors.ts';
import { int32 } from '../graph/dtype.ts';
import { NDArray } from '../graph/ndarray.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, expandDims, shape as shapeOf, squeeze } from './array_ops.ts';
import { batchToSpace, spaceToBatch } from './array_space.ts';
import { inScope, int32Vector } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { convertPadding, type Padding } from './nn_conv.ts';
import { conv3dTranspose } from './nn_conv3d.ts';
import { op1 } from './op_def_library.ts';
import { isChannelsFirst, sequenceOf } from './spatial.ts';

type Sizes = number | readonly number[];

/** The layout of one axis as that of an image of one row. */
function rowFormat(format: string | null | undefined, names: readonly (readonly string[])[]): { data_format: string; axis: number; first: boolean } {
  const first = format !== null && format !== undefined && names[1]!.includes(format);
  if (!first && format !== null && format !== undefined && !names[0]!.includes(format)) throw new ValueError('data_format must be "NWC" or "NCW".');
  return { data_format: first ? 'NCHW' : 'NHWC', axis: first ? 2 : 1, first };
}

interface Conv1dParams {
  value?: TensorLike | null; filters?: TensorLike | null; stride?: Sizes | null; padding?: string | null; useCudnnOnGpu?: boolean | null; dataFormat?: string | null; name?: string | null;
  input?: TensorLike | null; dilations?: Sizes | null;
}
/** `tf.nn.conv1d`: cross-correlation of `value` [batch, width, channels] ('NWC', or 'NCW') with `filters` [width, in, out], as
 * a Conv2D of one row. Errors: ValueError for another data format. */
export const conv1d = api('conv1d', ['value', 'filters', 'stride', 'padding', 'useCudnnOnGpu', 'dataFormat', 'name', 'input', 'dilations'], (p: Conv1dParams): Tensor => {
  const value = p.value ?? p.input!;
  return inScope(p.name, 'conv1d', [value, p.filters], (name) => {
    const { data_format, axis, first } = rowFormat(p.dataFormat, [['NHWC', 'NWC'], ['NCHW', 'NCW']]);
    const strides = [1, ...sequenceOf(p.stride ?? null, 1, first, 'stride')], dilations = [1, ...sequenceOf(p.dilations ?? null, 1, first, 'dilations')];
    const image = expandDims(value, axis), filters = expandDims(p.filters!, 0);
    return squeeze(op1('Conv2D', [image, filters], { strides, padding: p.padding!, use_cudnn_on_gpu: p.useCudnnOnGpu ?? true, data_format, dilations }, name), { axis: [axis] });
  });
}, { required: 0 });

interface TransposeParams { input: TensorLike; filters: TensorLike; outputShape: TensorLike; strides: Sizes; padding?: string; dataFormat?: string | null; dilations?: Sizes | null; name?: string | null }
const ORDER = ['input', 'filters', 'outputShape', 'strides', 'padding', 'dataFormat', 'dilations', 'name'] as const;

/** `tf.nn.conv1d_transpose`: the gradient of `tf.nn.conv1d` by its input, of the shape `outputShape`; `filters` is [width, out, in]. */
export const conv1dTranspose = api('conv1dTranspose', ORDER, (p: TransposeParams): Tensor =>
  inScope(p.name, 'conv1d_transpose', [p.input, p.filters, p.outputShape], (name) => {
    const { data_format, axis, first } = rowFormat(p.dataFormat, [['NWC'], ['NCW']]);
    const strides = [1, ...sequenceOf(p.strides, 1, first, 'stride')], dilations = [1, ...sequenceOf(p.dilations ?? null, 1, first, 'dilations')];
    const image = expandDims(p.input, axis), filters = expandDims(p.filters, 0), { outputShape } = p;
    const ints = (v: readonly number[]): TensorLike => int32Vector(v);
    const parts = outputShape instanceof Tensor ? [outputShape.at([null, axis]), ints([1]), outputShape.at([axis, null])] : [(outputShape as number[]).slice(0, axis), [1], (outputShape as number[]).slice(axis)].map(ints);
    return squeeze(op1('Conv2DBackpropInput', [concat(parts, 0), filters, image], { strides, padding: p.padding ?? 'SAME', data_format, dilations }, name), { axis: [axis] });
  }), { required: 4 });

interface Conv2dTransposeParams extends Omit<TransposeParams, 'input' | 'filters' | 'outputShape' | 'strides'> {
  value?: TensorLike | null; filter?: TensorLike | null; outputShape?: TensorLike | null; strides?: Sizes | null; input?: TensorLike | null; filters?: TensorLike | null;
}
/** `tf.nn.conv2d_transpose`: the gradient of `tf.nn.conv2d` by its input, of the shape `outputShape`; `filter` is [height, width, out, in]. */
export const conv2dTranspose = api('conv2dTranspose', ['value', 'filter', 'outputShape', 'strides', 'padding', 'dataFormat', 'name', 'input', 'filters', 'dilations'], (p: Conv2dTransposeParams): Tensor =>
  inScope(p.name, 'conv2d_transpose', [p.value ?? p.input, p.filter ?? p.filters, p.outputShape], (name) => {
    const data_format = p.dataFormat ?? 'NHWC', first = isChannelsFirst(data_format);
    const strides = sequenceOf(p.strides ?? null, 2, first, 'strides'), dilations = sequenceOf(p.dilations ?? null, 2, first, 'dilations');
    return op1('Conv2DBackpropInput', [p.outputShape!, (p.filter ?? p.filters)!, (p.value ?? p.input)!], { strides, padding: p.padding ?? 'SAME', data_format, dilations }, name);
  }), { required: 0 });

/** `tf.nn.conv_transpose`: the transposed convolution for an `outputShape` of three, four or five numbers.
 * Errors: ValueError for another number. */
export const convTranspose = api('convTranspose', ORDER, (p: TransposeParams): Tensor =>
  inScope(p.name, 'conv_transpose', [p.input, p.outputShape], (name) => {
    const size = p.outputShape instanceof Tensor ? p.outputShape.shape.dims?.[0] ?? null : Array.isArray(p.outputShape) ? p.outputShape.length : null;
    if (size === null) throw new ValueError('output_shape must be a tensor or sized collection.');
    const common = { outputShape: p.outputShape, strides: p.strides, padding: p.padding ?? 'SAME', dataFormat: p.dataFormat ?? null, dilations: p.dilations ?? null, name };
    switch (size) {
      case 3: return conv1dTranspose({ ...common, input: p.input, filters: p.filters });
      case 4: return conv2dTranspose({ ...common, value: p.input, filter: p.filters });
      case 5: return conv3dTranspose({ ...common, value: p.input, filter: p.filters });
      default: throw new ValueError(`output_shape must be of length 3, 4 or 5 but was ${size}.`);
    }
  }), { required: 4 });

interface BackpropInputParams {
  inputSizes: TensorLike; filter?: TensorLike | null; outBackprop?: TensorLike | null; strides?: readonly number[]; padding?: Padding | null; useCudnnOnGpu?: boolean; dataFormat?: string; dilations?: readonly number[];
  name?: string | null; filters?: TensorLike | null;
}
const attrsOf = (p: Pick<BackpropInputParams, 'strides' | 'padding' | 'useCudnnOnGpu' | 'dataFormat' | 'dilations'>): Parameters<typeof op1>[2] => {
  const [padding, explicit_paddings] = convertPadding(p.padding);
  return { strides: p.strides, padding, use_cudnn_on_gpu: p.useCudnnOnGpu ?? true, explicit_paddings, data_format: p.dataFormat ?? 'NHWC', dilations: p.dilations ?? [1, 1, 1, 1] };
};
/** `tf.nn.conv2d_backprop_input`: the gradient of `tf.nn.conv2d` by its input, whose shape is `inputSizes`. */
export const conv2dBackpropInput = api('conv2dBackpropInput', ['inputSizes', 'filter', 'outBackprop', 'strides', 'padding', 'useCudnnOnGpu', 'dataFormat', 'dilations', 'name', 'filters'], (p: BackpropInputParams): Tensor =>
  op1('Conv2DBackpropInput', [p.inputSizes, (p.filter ?? p.filters)!, p.outBackprop!], attrsOf(p), p.name), { required: 1 });

interface BackpropFilterParams { input: TensorLike; filterSizes: TensorLike; outBackprop: TensorLike; strides: readonly number[]; padding: Padding; useCudnnOnGpu?: boolean; dataFormat?: string; dilations?: readonly number[]; name?: string | null }
/** `tf.nn.conv2d_backprop_filter`: the gradient of `tf.nn.conv2d` by its filter, whose shape is `filterSizes`. */
export const conv2dBackpropFilter = api('conv2dBackpropFilter', ['input', 'filterSizes', 'outBackprop', 'strides', 'padding', 'useCudnnOnGpu', 'dataFormat', 'dilations', 'name'], (p: BackpropFilterParams): Tensor =>
  op1('Conv2DBackpropFilter', [p.input, p.filterSizes, p.outBackprop], attrsOf(p), p.name), { required: 5 });

type Size = number | Tensor;
const plus = (x: Size, y: Size): Size => (x instanceof Tensor ? x.add(y) : y instanceof Tensor ? y.radd(x) : x + y);
const minus = (x: Size, y: Size): Size => (x instanceof Tensor ? x.sub(y) : y instanceof Tensor ? y.rsub(x) : x - y);
const over = (x: Size, n: number): Size => (x instanceof Tensor ? x.floordiv(n) : Math.floor(x / n));
const times = (x: Size, n: number): Size => (x instanceof Tensor ? x.mul(n) : x * n);
/** `(n - x % n) % n`: what x lacks of a multiple of n. */
const lacking = (x: Size, n: number): Size => (x instanceof Tensor ? x.mod(n).rsub(n).mod(n) : (n - x % n) % n);
const pairs = (v: readonly (readonly Size[])[]): TensorLike => (v.flat().some((x) => x instanceof Tensor) ? v as TensorLike : new NDArray(int32, [v.length, 2], Int32Array.from(v.flat() as number[])));

interface AtrousParams { value: TensorLike; filters: TensorLike; outputShape: TensorLike; rate: number; padding: string; name?: string | null }
/** `tf.nn.atrous_conv2d_transpose`: the gradient of `tf.nn.atrous_conv2d` by its input, of the shape `outputShape` [batch, height, width, channels]; `filters` is [height, width, out, in],
 * dilated by `rate`. Errors: ValueError for channels that do not fit, a rate below 1, another padding. */
export const atrousConv2dTranspose = api('atrousConv2dTranspose', ['value', 'filters', 'outputShape', 'rate', 'padding', 'name'], (p: AtrousParams): Tensor => inScope(p.name, 'atrous_conv2d_transpose', [p.value, p.filters, p.outputShape], () => {
  const value = convertToTensor(p.value, { name: 'value' }), filters = convertToTensor(p.filters, { name: 'filters' }), { rate, padding, outputShape: to } = p;
  const [has, wants] = [value.shape.at(3), filters.shape.at(3)];
  if (has.value !== null && wants.value !== null && has.value !== wants.value) throw new ValueError(`value's input channels does not match filters' input channels, ${has} != ${wants}`);
  if (rate < 1) throw new ValueError(`rate ${rate} cannot be less than one`);
  if (rate === 1) return conv2dTranspose(value, filters, to, [1, 1, 1, 1], padding, 'NHWC');
  const shape = Array.isArray(to) && to.every((d) => typeof d === 'number') ? convertToTensor(int32Vector(to), { name: 'output_shape' }) : convertToTensor(to, { name: 'output_shape', preferred: int32 });
  if (!shape.shape.isCompatibleWith([4])) throw new ValueError(`output_shape must have shape (4,), got ${shape.shape}`);
  const sizes: readonly Size[] = Array.isArray(to) ? to as Size[] : [], size = (i: number): Size => (sizes.length > 0 ? sizes[i]! : (to as Tensor).at(i));
  const out = filters.shape.at(2).value;
  if (sizes.length > 0 && out !== null && typeof sizes[3] === 'number' && sizes[3] !== out) throw new ValueError(`output_shape does not match filter's output channels, ${sizes[3]} != ${out}`);
  let [top, bottom, left, right]: Size[] = [0, 0, 0, 0];
  if (padding === 'SAME') {
    const known = filters.shape.isFullyDefined ? filters.shape.dims as number[] : undefined, found = known ? undefined : shapeOf(filters);
    const [height, width] = [0, 1].map((i): Size => known?.[i] ?? found!.at(i)) as [Size, Size];
    const wide = (d: Size): Size => plus(d, times(minus(d, 1), rate - 1));
    const [tall, broad] = [wide(height), wide(width)], rows = minus(tall, 1), columns = minus(broad, 1);
    top = over(rows, 2);
    bottom = minus(rows, top);
    left = over(columns, 2);
    right = minus(columns, left);
  } else if (padding !== 'VALID') throw new ValueError(`padding must be either VALID or SAME: ${padding}`);
  const rows = plus(plus(size(1), top!), bottom!), columns = plus(plus(size(2), left!), right!);
  const below = lacking(rows, rate), beside = lacking(columns, rate);
  const blocks = spaceToBatch(value, pairs([[0, below], [0, beside]]), rate);
  const batch = size(0), inputSizes = [batch instanceof Tensor ? batch.rmul(rate * rate) : rate * rate * batch, over(plus(rows, below), rate), over(plus(columns, beside), rate), size(3)];
  const made = op1('Conv2DBackpropInput', [inputSizes.every((d) => typeof d === 'number') ? int32Vector(inputSizes) : inputSizes as TensorLike, filters, blocks], { strides: [1, 1, 1, 1], padding: 'VALID', data_format: 'NHWC' });
  return batchToSpace(made, pairs([[top!, plus(bottom!, below)], [left!, plus(right!, beside)]]), rate);
}), { required: 5 });
