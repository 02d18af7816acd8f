// Convolution layers. Follows python/layers/convolutional.py and python/keras/layers/convolutional.py (1.15).
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import type { TensorLike } from '../convert.ts';
import { zerosInitializer } from '../init_ops.ts';
import { makeConvolution } from '../nn_convolution.ts';
import { biasAdd } from '../nn_ops.ts';
import type { InitializerLike, Regularizer, Reuse } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { Layer, type LayerOptions } from './base.ts';

export type Activation = (x: Tensor) => Tensor;
type Size = number | readonly [number, number];

export interface Conv2DOptions extends LayerOptions {
  /** Output channels. */
  filters: number;
  /** [height, width] of the kernel, or one number for both. */
  kernelSize: Size;
  strides?: Size;
  /** 'valid' (default) or 'same', in any case. */
  padding?: string;
  /** 'channels_last' (default, [batch, height, width, channels]) or 'channels_first'. */
  dataFormat?: string;
  dilationRate?: Size;
  activation?: Activation | null;
  useBias?: boolean;
  kernelInitializer?: InitializerLike | null;
  biasInitializer?: InitializerLike | null;
  kernelRegularizer?: Regularizer | null;
  biasRegularizer?: Regularizer | null;
}

/** `tf.layers.Conv2D`. */
export class Conv2D extends Layer {
  protected override readonly defaultName = 'conv2d';
  protected override readonly inputSpec = { ndim: 4 };
  readonly options: Conv2DOptions;
  kernel!: Variable;
  bias: Variable | null = null;
  #convolution!: (x: Tensor, filter: Tensor) => Tensor;

  constructor(o: Conv2DOptions) {
    super(o);
    this.options = o;
  }
  get #format(): 'NCHW' | 'NHWC' {
    const f = (this.options.dataFormat ?? 'channels_last').toLowerCase();
    if (f !== 'channels_first' && f !== 'channels_last') throw new ValueError(`The \`data_format\` argument must be one of "channels_first", "channels_last". Received: ${this.options.dataFormat}`);
    return f === 'channels_first' ? 'NCHW' : 'NHWC';
  }

  protected override build(x: Tensor): void {
    const o = this.options;
    const channels = x.shape.at(this.#format === 'NCHW' ? 1 : -1).value;
    if (channels === null) throw new ValueError('The channel dimension of the inputs should be defined. Found `None`.');
    const shape = [...pair(o.kernelSize, 'kernel_size'), channels, o.filters];
    this.kernel = this.addWeight('kernel', shape, { initializer: o.kernelInitializer ?? null, regularizer: o.kernelRegularizer ?? null });
    if (o.useBias ?? true) this.bias = this.addWeight('bias', [o.filters], { initializer: o.biasInitializer ?? null, regularizer: o.biasRegularizer ?? null });
    const padding = (o.padding ?? 'valid').toUpperCase();
    if (padding !== 'SAME' && padding !== 'VALID') throw new ValueError(`The \`padding\` argument must be a list/tuple or one of "valid", "same" (or "causal", only for \`Conv1D). Received: ${padding.toLowerCase()}`);
    this.#convolution = makeConvolution(x.shape, this.kernel.shape, { padding, strides: pair(o.strides ?? 1, 'strides'), dilationRate: pair(o.dilationRate ?? 1, 'dilation_rate'), dataFormat: this.#format });
  }

  protected override call(x: Tensor): Tensor {
    let y = this.#convolution(x, this.kernel.value());
    if (this.bias) y = biasAdd(y, this.bias, { dataFormat: this.#format });
    return this.options.activation ? this.options.activation(y) : y;
  }
}

/** One number for both axes, or one for each. Throws ValueError with Keras's text. */
function pair(v: Size, name: string): [number, number] {
  if (typeof v === 'number') return [v, v];
  if (!Array.isArray(v) || v.length !== 2 || !v.every((x) => Number.isInteger(x))) throw new ValueError(`The \`${name}\` argument must be a tuple of 2 integers. Received: ${String(v)}`);
  return [v[0]!, v[1]!];
}

interface Conv2DParams {
  inputs: TensorLike; filters: number; kernelSize: Size; strides?: Size; padding?: string; dataFormat?: string; dilationRate?: Size;
  activation?: Activation | null; useBias?: boolean; kernelInitializer?: InitializerLike | null; biasInitializer?: InitializerLike | null;
  kernelRegularizer?: Regularizer | null; biasRegularizer?: Regularizer | null; trainable?: boolean; name?: string | null; reuse?: Reuse | null;
}

/** `tf.layers.conv2d`: 2-D convolution with variables `<name>/kernel` [height, width, in, filters] and `<name>/bias`.
 * `inputs` [batch, height, width, channels] (or channels first); default padding 'valid', no activation.
 * Errors: ValueError when the channel count is unknown or the input is not of rank 4. */
export const conv2d = api('conv2d', ['inputs', 'filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate', 'activation', 'useBias',
  'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer', 'trainable', 'name', 'reuse'],
(p: Conv2DParams): Tensor => new Conv2D({ ...p, biasInitializer: p.biasInitializer ?? zerosInitializer(), scope: p.name ?? null }).apply(p.inputs), { required: 3 });
