// Convolution layers. Follows python/layers/convolutional.py and python/keras/layers/convolutional.py (1.15).
import { NotImplementedError, ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api, type Args } from '../api.ts';
import { reshape } from '../array_shape.ts';
import type { TensorLike } from '../convert.ts';
import { makeConvolution } from '../nn_convolution.ts';
import { biasAdd } from '../nn_ops.ts';
import type { Variable } from '../variables.ts';
import { type BiasOptions, type KernelOptions, Layer, layerOptions, type LayerOptions } from './base.ts';
import '../tensor_operators.ts';

export type Activation = (x: Tensor) => Tensor;
export type Size = number | readonly number[];

export interface Conv2DOptions extends LayerOptions, KernelOptions, BiasOptions {
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
  activityRegularizer?: null;
}

const names = (rank: number, first: boolean): string => (rank === 1 ? (first ? 'NCW' : 'NWC') : rank === 2 ? (first ? 'NCHW' : 'NHWC') : first ? 'NCDHW' : 'NDHWC');
/** Whether channels come first. Errors: ValueError for another word. */
export function channelsFirst(format: string | undefined): boolean {
  const f = (format ?? 'channels_last').toLowerCase();
  if (f !== 'channels_first' && f !== 'channels_last') throw new ValueError(`The \`data_format\` argument must be one of "channels_first", "channels_last". Received: ${format}`);
  return f === 'channels_first';
}
/** 'SAME' or 'VALID'. Errors: ValueError for another word. */
export function paddingName(padding: string | undefined): 'SAME' | 'VALID' {
  const p = (padding ?? 'valid').toUpperCase();
  if (p !== 'SAME' && p !== 'VALID') throw new ValueError(`The \`padding\` argument must be a list/tuple or one of "valid", "same" (or "causal", only for \`Conv1D). Received: ${p.toLowerCase()}`);
  return p;
}
/** Number of channels. Errors: ValueError when it is unknown. */
export function channelsOf(x: Tensor, first: boolean): number {
  const n = x.shape.at(first ? 1 : -1).value;
  if (n === null) throw new ValueError('The channel dimension of the inputs should be defined. Found `None`.');
  return n;
}

const CONV = ['filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer', 'activityRegularizer',
  'kernelConstraint', 'biasConstraint', 'trainable', 'name'] as const;
type ConvArgs = Args<Conv2DOptions, typeof CONV>;
/** What the convolutions over one, two and three axes share. */
abstract class Conv extends Layer {
  protected abstract readonly rank: 1 | 2 | 3;
  protected override get defaultName(): string { return `conv${this.rank}d`; }
  protected override get inputSpec(): { ndim: number } { return { ndim: this.rank + 2 }; }
  readonly options: Conv2DOptions;
  kernel!: Variable;
  bias: Variable | null = null;
  #convolution!: (x: Tensor, filter: Tensor) => Tensor;

  constructor(...args: ConvArgs) {
    const o = layerOptions<Conv2DOptions>(CONV, 2, args);
    super(o);
    refuseActivityRegularizer(o.activityRegularizer);
    this.options = o;
  }
  protected override build(x: Tensor): void {
    const o = this.options, n = this.rank, first = channelsFirst(o.dataFormat);
    const shape = [...tuple(o.kernelSize, n, 'kernel_size'), channelsOf(x, first), o.filters];
    this.kernel = this.addKernel(shape, o);
    this.bias = this.addBias(o.filters, o);
    const padding = paddingName(o.padding);
    this.#convolution = makeConvolution(x.shape, this.kernel.shape, { padding, strides: tuple(o.strides ?? 1, n, 'strides'), dilationRate: tuple(o.dilationRate ?? 1, n, 'dilation_rate'), dataFormat: names(n, first) });
  }
  protected override call(x: Tensor): Tensor {
    let y = this.#convolution(x, this.kernel.value());
    const first = channelsFirst(this.options.dataFormat);
    if (this.bias) y = first && this.rank === 1 ? y.add(reshape(this.bias, [1, this.options.filters, 1])) : biasAdd(y, this.bias, { dataFormat: first ? 'NCHW' : 'NHWC' });
    return this.options.activation ? this.options.activation(y) : y;
  }
}
/** `tf.layers.Conv1D`. */
export class Conv1D extends Conv { protected override readonly rank = 1; }
/** `tf.layers.Conv2D`. */
export class Conv2D extends Conv { protected override readonly rank = 2; }
/** `tf.layers.Conv3D`. */
export class Conv3D extends Conv { protected override readonly rank = 3; }

/** One number for all axes, or one for each. Throws ValueError with Keras's text. */
export function tuple(v: Size, n: number, name: string): number[] {
  if (typeof v === 'number') return Array.from({ length: n }, () => v);
  if (!Array.isArray(v) || v.length !== n || !v.every((x) => Number.isInteger(x))) throw new ValueError(`The \`${name}\` argument must be a tuple of ${n} integers. Received: ${String(v)}`);
  return [...v as readonly number[]];
}

interface ConvParams extends Omit<Conv2DOptions, 'scope' | 'dtype'> { inputs: TensorLike }
const ORDER = ['inputs', ...CONV, 'reuse'] as const;
type ConvFunction = ReturnType<typeof api<ConvParams, typeof ORDER, Tensor>>;
const convolutional = (name: string, make: new (o: Conv2DOptions) => Layer): ConvFunction => api(name, ORDER, ({ inputs, ...o }: ConvParams): Tensor => new make({ ...o, scope: o.name ?? null }).apply(inputs), { required: 3 });
/** Keras's losses on activations have no place here. */
export function refuseActivityRegularizer(r: unknown): void { if (r !== undefined && r !== null) throw new NotImplementedError('Layers with an activity_regularizer are not there.'); }

/** `tf.layers.conv1d`: the same over one axis of [batch, steps, channels]. */
export const conv1d: ConvFunction = convolutional('conv1d', Conv1D);
/** `tf.layers.conv2d`: 2-D convolution with variables `<name>/kernel` [height, width, in, filters] and `<name>/bias`.
 * `inputs` [batch, height, width, channels] (or channels first); default padding 'valid', no activation.
 * Errors: ValueError when the channel count is unknown or the input is not of rank 4. */
export const conv2d: ConvFunction = convolutional('conv2d', Conv2D);
/** `tf.layers.conv3d`: the same over three axes. */
export const conv3d: ConvFunction = convolutional('conv3d', Conv3D);
