// Transposed and separable convolutions. Follows python/layers/convolutional.py and python/keras/layers/convolutional.py (1.15).
import type { Tensor } from '../../graph/tensor.ts';
import { ValueError } from '../../graph/errors.ts';
import { api } from '../api.ts';
import { stack } from '../array_join.ts';
import { shape as shapeOf, transpose } from '../array_shape.ts';
import { scalarOf } from '../building.ts';
import { int32 } from '../../graph/dtype.ts';
import type { TensorLike } from '../convert.ts';
import { biasAdd } from '../nn_activation.ts';
import { conv2dTranspose as transposed } from '../nn_conv_transpose.ts';
import { separableConv2d as separable } from '../nn_convolution.ts';
import type { InitializerLike, Regularizer } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { type BiasOptions, Layer, type LayerOptions, type WeightOptions } from './base.ts';
import { type Activation, channelsFirst, channelsOf, type Conv2DOptions, paddingName, refuseActivityRegularizer, type Size, tuple } from './convolutional.ts';
import '../tensor_operators.ts';

/** `tf.layers.Conv2DTranspose`. */
export class Conv2DTranspose extends Layer {
  protected override readonly defaultName = 'conv2d_transpose';
  protected override readonly inputSpec = { ndim: 4 };
  readonly options: Conv2DOptions;
  kernel!: Variable;
  bias: Variable | null = null;
  constructor(o: Conv2DOptions) {
    super(o);
    this.options = o;
  }
  protected override build(x: Tensor): void {
    const o = this.options;
    if (x.shape.ndims !== 4) throw new ValueError(`Inputs should have rank 4. Received input shape: ${x.shape}`);
    const shape = [...tuple(o.kernelSize, 2, 'kernel_size'), o.filters, channelsOf(x, channelsFirst(o.dataFormat))];
    this.kernel = this.addKernel(shape, o);
    this.bias = this.addBias(o.filters, o);
  }
  protected override call(x: Tensor): Tensor {
    const o = this.options, first = channelsFirst(o.dataFormat), padding = paddingName(o.padding);
    const [kernel, strides] = [tuple(o.kernelSize, 2, 'kernel_size'), tuple(o.strides ?? 1, 2, 'strides')];
    const sizes = shapeOf(x);
    const batch = sizes.at(0);
    const space = [sizes.at(first ? 2 : 1), sizes.at(first ? 3 : 2)];
    const extra = (i: number): number => Math.max(kernel[i]! - strides[i]!, 0);
    const out = space.map((d, i) => { const n = d.mul(strides[i]!); return padding === 'VALID' ? n.add(extra(i)) : n; });
    const filters = scalarOf(o.filters, int32);
    const outputShape = stack(first ? [batch, filters, ...out] : [batch, ...out, filters]);
    // On a CPU, Keras turns channels last and back.
    let [input, shape] = [x, outputShape as TensorLike];
    if (first) {
      input = transpose(x, [0, 2, 3, 1]);
      shape = stack([outputShape.at(0), outputShape.at(2), outputShape.at(3), outputShape.at(1)]);
    }
    if (!first) outputShape.at(0); // Keras asks whether it is None
    let y = transposed({ value: input, filter: this.kernel, outputShape: shape, strides: [1, ...strides, 1], padding, dataFormat: 'NHWC' });
    if (first) y = transpose(y, [0, 3, 1, 2]);
    const known = (d: number | null, i: number): number | null => (d === null ? null : d * strides[i]! + (padding === 'VALID' ? extra(i) : 0));
    const dims = x.shape.dims!;
    y.setShape(first ? [dims[0]!, o.filters, known(dims[2]!, 0), known(dims[3]!, 1)] : [dims[0]!, known(dims[1]!, 0), known(dims[2]!, 1), o.filters]);
    if (this.bias) y = biasAdd(y, this.bias, { dataFormat: first ? 'NCHW' : 'NHWC' });
    return o.activation ? o.activation(y) : y;
  }
}

interface TransposeParams extends Omit<Conv2DOptions, 'scope' | 'dtype' | 'dilationRate'> { inputs: TensorLike }
/** `tf.layers.conv2d_transpose`: the transposed convolution; variables `<name>/kernel` [height, width, filters, in] and `<name>/bias`. */
export const conv2dTranspose = api('conv2dTranspose', ['inputs', 'filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer',
  'activityRegularizer', 'kernelConstraint', 'biasConstraint', 'trainable', 'name', 'reuse'], (p: TransposeParams): Tensor => {
  refuseActivityRegularizer(p.activityRegularizer);
  return new Conv2DTranspose({ ...p, scope: p.name ?? null }).apply(p.inputs);
}, { required: 3 });

export interface SeparableConv2DOptions extends LayerOptions, BiasOptions {
  filters: number; kernelSize: Size; strides?: Size; padding?: string; dataFormat?: string; dilationRate?: Size; depthMultiplier?: number; activation?: Activation | null;
  depthwiseInitializer?: InitializerLike | null; pointwiseInitializer?: InitializerLike | null; depthwiseRegularizer?: Regularizer | null; pointwiseRegularizer?: Regularizer | null;
  activityRegularizer?: null; depthwiseConstraint?: WeightOptions['constraint']; pointwiseConstraint?: WeightOptions['constraint'];
}
/** `tf.layers.SeparableConv2D`. */
export class SeparableConv2D extends Layer {
  protected override readonly defaultName = 'separable_conv2d';
  protected override readonly inputSpec = { ndim: 4 };
  readonly options: SeparableConv2DOptions;
  depthwiseKernel!: Variable;
  pointwiseKernel!: Variable;
  bias: Variable | null = null;
  constructor(o: SeparableConv2DOptions) {
    super(o);
    this.options = o;
  }
  protected override build(x: Tensor): void {
    const o = this.options, channels = channelsOf(x, channelsFirst(o.dataFormat)), multiplier = o.depthMultiplier ?? 1;
    this.depthwiseKernel = this.addWeight('depthwise_kernel', [...tuple(o.kernelSize, 2, 'kernel_size'), channels, multiplier], { initializer: o.depthwiseInitializer ?? null, regularizer: o.depthwiseRegularizer ?? null, constraint: o.depthwiseConstraint ?? null });
    this.pointwiseKernel = this.addWeight('pointwise_kernel', [1, 1, multiplier * channels, o.filters], { initializer: o.pointwiseInitializer ?? null, regularizer: o.pointwiseRegularizer ?? null, constraint: o.pointwiseConstraint ?? null });
    this.bias = this.addBias(o.filters, o);
  }
  protected override call(x: Tensor): Tensor {
    const o = this.options, first = channelsFirst(o.dataFormat), s = tuple(o.strides ?? 1, 2, 'strides'), dataFormat = first ? 'NCHW' : 'NHWC';
    let y = separable(x, this.depthwiseKernel, this.pointwiseKernel, first ? [1, 1, ...s] : [1, ...s, 1], paddingName(o.padding), { rate: tuple(o.dilationRate ?? 1, 2, 'dilation_rate'), dataFormat });
    if (this.bias) y = biasAdd(y, this.bias, { dataFormat });
    return o.activation ? o.activation(y) : y;
  }
}
/** `tf.layers.separable_conv2d`: a convolution of each channel, then one of 1 x 1 over all of them; variables `depthwise_kernel`, `pointwise_kernel`, `bias`. */
export const separableConv2d = api('separableConv2d', ['inputs', 'filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate', 'depthMultiplier', 'activation', 'useBias', 'depthwiseInitializer', 'pointwiseInitializer',
  'biasInitializer', 'depthwiseRegularizer', 'pointwiseRegularizer', 'biasRegularizer', 'activityRegularizer', 'depthwiseConstraint', 'pointwiseConstraint', 'biasConstraint', 'trainable', 'name', 'reuse'],
(p: Omit<SeparableConv2DOptions, 'scope' | 'dtype'> & { inputs: TensorLike }): Tensor => {
  refuseActivityRegularizer(p.activityRegularizer);
  return new SeparableConv2D({ ...p, scope: p.name ?? null }).apply(p.inputs);
}, { required: 3 });
