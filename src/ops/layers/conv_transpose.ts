// Transposed and separable convolutions. Follows python/layers/convolutional.py and python/keras/layers/convolutional.py (1.15).
import type { Tensor } from '../../graph/tensor.ts';
import { ValueError } from '../../graph/errors.ts';
import { api, type Args } from '../api.ts';
import { stack } from '../array_join.ts';
import { expandDims, shape as shapeOf, squeeze, transpose } from '../array_shape.ts';
import { scalarOf } from '../building.ts';
import { int32 } from '../../graph/dtype.ts';
import type { TensorLike } from '../convert.ts';
import { biasAdd } from '../nn_activation.ts';
import { conv2dTranspose as transposed2d } from '../nn_conv_transpose.ts';
import { conv3dTranspose as transposed3d } from '../nn_conv3d.ts';
import { separableConv2d as separable } from '../nn_convolution.ts';
import type { InitializerLike, Regularizer } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { type BiasOptions, Layer, layerOptions, type LayerOptions, type WeightOptions } from './base.ts';
import { type Activation, channelsFirst, channelsOf, type Conv2DOptions, paddingName, refuseActivityRegularizer, type Size, tuple } from './convolutional.ts';
import '../tensor_operators.ts';

const TRANSPOSE = ['filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer', 'activityRegularizer', 'kernelConstraint',
  'biasConstraint', 'trainable', 'name'] as const;
/** What the transposed convolutions share: their variables, and the sizes of their results. */
abstract class ConvTranspose extends Layer {
  protected abstract readonly rank: 2 | 3;
  protected override get defaultName(): string { return `conv${this.rank}d_transpose`; }
  protected override get inputSpec(): { ndim: number } { return { ndim: this.rank + 2 }; }
  readonly options: Conv2DOptions;
  kernel!: Variable;
  bias: Variable | null = null;
  constructor(...args: Args<Conv2DOptions, typeof TRANSPOSE>) {
    const o = layerOptions<Conv2DOptions>(TRANSPOSE, 2, args);
    super(o);
    refuseActivityRegularizer(o.activityRegularizer);
    this.options = o;
  }
  protected override build(x: Tensor): void {
    const o = this.options, n = this.rank;
    if (x.shape.ndims !== n + 2) throw new ValueError(n === 2 ? `Inputs should have rank 4. Received input shape: ${x.shape}` : `('Inputs should have rank 5, received input shape:', '${x.shape}')`);
    this.kernel = this.addKernel([...tuple(o.kernelSize, n, 'kernel_size'), o.filters, channelsOf(x, channelsFirst(o.dataFormat))], o);
    this.bias = this.addBias(o.filters, o);
  }
  protected override call(x: Tensor): Tensor {
    const o = this.options, n = this.rank, first = channelsFirst(o.dataFormat), padding = paddingName(o.padding), at = first ? 2 : 1;
    const kernel = tuple(o.kernelSize, n, 'kernel_size'), strides = tuple(o.strides ?? 1, n, 'strides'), sizes = shapeOf(x), batch = sizes.at(0);
    const space = strides.map((_, i) => sizes.at(at + i)), extra = kernel.map((k, i) => (padding === 'VALID' ? Math.max(k - strides[i]!, 0) : 0));
    const out = space.map((d, i) => { const scaled = d.mul(strides[i]!); return padding === 'VALID' ? scaled.add(extra[i]!) : scaled; });
    const filters = scalarOf(o.filters, int32), shape = stack(first ? [batch, filters, ...out] : [batch, ...out, filters]);
    let y = this.transposed(x, shape, strides, padding, first);
    const dims = x.shape.dims!, known = strides.map((s, i) => { const d = dims[at + i]!; return d === null ? null : d * s + extra[i]!; });
    y.setShape(first ? [dims[0]!, o.filters, ...known] : [dims[0]!, ...known, o.filters]);
    if (this.bias) y = biasAdd(y, this.bias, { dataFormat: first ? 'NCHW' : 'NHWC' });
    return o.activation ? o.activation(y) : y;
  }
  protected abstract transposed(x: Tensor, shape: Tensor, strides: readonly number[], padding: string, first: boolean): Tensor;
}
/** `tf.layers.Conv2DTranspose`: arguments as those of `tf.layers.conv2d_transpose`. */
export class Conv2DTranspose extends ConvTranspose {
  protected override readonly rank = 2;
  protected override transposed(x: Tensor, shape: Tensor, s: readonly number[], padding: string, first: boolean): Tensor {
    const turned = (input: Tensor, outputShape: Tensor): Tensor => transposed2d({ value: input, filter: this.kernel, outputShape, strides: [1, ...s, 1], padding, dataFormat: 'NHWC' });
    if (!first) {
      shape.at(0); // Keras asks whether it is None
      return turned(x, shape);
    }
    // On a CPU, Keras turns channels last and back.
    const input = transpose(x, [0, 2, 3, 1]), sizes = stack([shape.at(0), shape.at(2), shape.at(3), shape.at(1)]);
    return transpose(turned(input, sizes), [0, 3, 1, 2]);
  }
}
/** `tf.layers.Conv3DTranspose`: arguments as those of `tf.layers.conv3d_transpose`. */
export class Conv3DTranspose extends ConvTranspose {
  protected override readonly rank = 3;
  protected override transposed(x: Tensor, outputShape: Tensor, s: readonly number[], padding: string, first: boolean): Tensor {
    return transposed3d({ value: x, filter: this.kernel, outputShape, strides: first ? [1, 1, ...s] : [1, ...s, 1], padding, dataFormat: first ? 'NCDHW' : 'NDHWC' });
  }
}

interface TransposeParams extends Omit<Conv2DOptions, 'scope' | 'dtype' | 'dilationRate'> { inputs: TensorLike }
const ORDER = ['inputs', ...TRANSPOSE, 'reuse'] as const;
type TransposeFunction = ReturnType<typeof api<TransposeParams, typeof ORDER, Tensor>>;
const transposing = (name: string, make: new (o: Conv2DOptions) => Layer): TransposeFunction => api(name, ORDER, ({ inputs, ...o }: TransposeParams): Tensor => new make({ ...o, scope: o.name ?? null }).apply(inputs), { required: 3 });
/** `tf.layers.conv2d_transpose`: the transposed convolution; variables `<name>/kernel` [height, width, filters, in] and `<name>/bias`. */
export const conv2dTranspose: TransposeFunction = transposing('conv2dTranspose', Conv2DTranspose);
/** `tf.layers.conv3d_transpose`: the same over three axes; strides of 1 by default. */
export const conv3dTranspose: TransposeFunction = transposing('conv3dTranspose', Conv3DTranspose);

export interface SeparableConv2DOptions extends LayerOptions, BiasOptions {
  filters: number; kernelSize: Size; strides?: Size; padding?: string; dataFormat?: string; dilationRate?: Size; depthMultiplier?: number; activation?: Activation | null;
  depthwiseInitializer?: InitializerLike | null; pointwiseInitializer?: InitializerLike | null; depthwiseRegularizer?: Regularizer | null; pointwiseRegularizer?: Regularizer | null;
  activityRegularizer?: null; depthwiseConstraint?: WeightOptions['constraint']; pointwiseConstraint?: WeightOptions['constraint'];
}
const SEPARABLE = ['filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate', 'depthMultiplier', 'activation', 'useBias', 'depthwiseInitializer', 'pointwiseInitializer',
  'biasInitializer', 'depthwiseRegularizer', 'pointwiseRegularizer', 'biasRegularizer', 'activityRegularizer', 'depthwiseConstraint', 'pointwiseConstraint', 'biasConstraint', 'trainable', 'name'] as const;
/** What the separable convolutions share: their variables. */
abstract class SeparableConv extends Layer {
  protected abstract readonly rank: 1 | 2;
  protected override get defaultName(): string { return `separable_conv${this.rank}d`; }
  protected override get inputSpec(): { ndim: number } { return { ndim: this.rank + 2 }; }
  readonly options: SeparableConv2DOptions;
  depthwiseKernel!: Variable;
  pointwiseKernel!: Variable;
  bias: Variable | null = null;
  constructor(...args: Args<SeparableConv2DOptions, typeof SEPARABLE>) {
    const o = layerOptions<SeparableConv2DOptions>(SEPARABLE, 2, args);
    super(o);
    refuseActivityRegularizer(o.activityRegularizer);
    this.options = o;
  }
  protected override build(x: Tensor): void {
    const o = this.options, n = this.rank, channels = channelsOf(x, channelsFirst(o.dataFormat)), multiplier = o.depthMultiplier ?? 1;
    this.depthwiseKernel = this.addWeight('depthwise_kernel', [...tuple(o.kernelSize, n, 'kernel_size'), channels, multiplier], { initializer: o.depthwiseInitializer ?? null, regularizer: o.depthwiseRegularizer ?? null, constraint: o.depthwiseConstraint ?? null });
    this.pointwiseKernel = this.addWeight('pointwise_kernel', [...tuple(1, n, 'kernel_size'), multiplier * channels, o.filters], { initializer: o.pointwiseInitializer ?? null, regularizer: o.pointwiseRegularizer ?? null, constraint: o.pointwiseConstraint ?? null });
    this.bias = this.addBias(o.filters, o);
  }
}
/** `tf.layers.SeparableConv2D`: arguments as those of `tf.layers.separable_conv2d`. */
export class SeparableConv2D extends SeparableConv {
  protected override readonly rank = 2;
  protected override call(x: Tensor): Tensor {
    const o = this.options, first = channelsFirst(o.dataFormat), s = tuple(o.strides ?? 1, 2, 'strides'), dataFormat = first ? 'NCHW' : 'NHWC';
    let y = separable(x, this.depthwiseKernel, this.pointwiseKernel, first ? [1, 1, ...s] : [1, ...s, 1], paddingName(o.padding), { rate: tuple(o.dilationRate ?? 1, 2, 'dilation_rate'), dataFormat });
    if (this.bias) y = biasAdd(y, this.bias, { dataFormat });
    return o.activation ? o.activation(y) : y;
  }
}
/** `tf.layers.SeparableConv1D`: arguments as those of `tf.layers.separable_conv1d`. */
export class SeparableConv1D extends SeparableConv {
  protected override readonly rank = 1;
  protected override call(x: Tensor): Tensor {
    const o = this.options, first = channelsFirst(o.dataFormat), [s] = tuple(o.strides ?? 1, 1, 'strides') as [number], dataFormat = first ? 'NCHW' : 'NHWC', axis = first ? 2 : 1;
    const row = expandDims(x, axis), depthwise = expandDims(this.depthwiseKernel, 0), pointwise = expandDims(this.pointwiseKernel, 0);
    let y = separable(row, depthwise, pointwise, first ? [1, 1, s, s] : [1, s, s, 1], paddingName(o.padding), { rate: [1, ...tuple(o.dilationRate ?? 1, 1, 'dilation_rate')], dataFormat });
    if (this.bias) y = biasAdd(y, this.bias, { dataFormat });
    y = squeeze(y, { axis: [axis] });
    return o.activation ? o.activation(y) : y;
  }
}
type SeparableParams = Omit<SeparableConv2DOptions, 'scope' | 'dtype'> & { inputs: TensorLike };
const SEPARATED = ['inputs', ...SEPARABLE, 'reuse'] as const;
type SeparableFunction = ReturnType<typeof api<SeparableParams, typeof SEPARATED, Tensor>>;
const separating = (name: string, make: new (o: SeparableConv2DOptions) => Layer): SeparableFunction => api(name, SEPARATED, ({ inputs, ...o }: SeparableParams): Tensor => new make({ ...o, scope: o.name ?? null }).apply(inputs), { required: 3 });
/** `tf.layers.separable_conv2d`: a convolution of each channel, then one of 1 x 1 over all of them; variables `depthwise_kernel`, `pointwise_kernel`, `bias`. */
export const separableConv2d: SeparableFunction = separating('separableConv2d', SeparableConv2D);
/** `tf.layers.separable_conv1d`: the same over one axis of [batch, steps, channels]. */
export const separableConv1d: SeparableFunction = separating('separableConv1d', SeparableConv1D);
