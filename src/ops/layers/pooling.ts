// Pooling layers. Follows python/layers/pooling.py and python/keras/layers/pooling.py (1.15).
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api, type Args } from '../api.ts';
import { expandDims, squeeze } from '../array_shape.ts';
import type { TensorLike } from '../convert.ts';
import { avgPool, avgPool3d, maxPool, maxPool3d } from '../nn_pool.ts';
import { Layer, layerOptions, type LayerOptions } from './base.ts';

type Size = number | readonly number[];
export interface PoolingOptions extends LayerOptions { poolSize: Size; strides: Size; padding?: string; dataFormat?: string }
const PYTHON = { poolSize: 'pool_size', strides: 'strides' } as const;

/** One number for all axes, or one for each. */
function sizes(v: Size, n: number, name: keyof typeof PYTHON): number[] {
  if (typeof v === 'number') return Array.from({ length: n }, () => v);
  if (v.length !== n || !v.every((x) => Number.isInteger(x))) throw new ValueError(`The \`${PYTHON[name]}\` argument must be a tuple of ${n} integers. Received: ${String(v)}`);
  return [...v];
}
const POOLING = ['poolSize', 'strides', 'padding', 'dataFormat', 'name'] as const;
/** What the layers share: sizes for `rank` axes beside batch and channels. */
abstract class Pooling extends Layer {
  protected abstract readonly kind: 'max' | 'average';
  protected abstract readonly axes: 1 | 2 | 3;
  protected override get defaultName(): string { return `${this.kind}_pooling${this.axes}d`; }
  protected override get inputSpec(): { ndim: number } { return { ndim: this.axes + 2 }; }
  readonly options: PoolingOptions;
  constructor(...args: Args<PoolingOptions, typeof POOLING>) {
    const o = layerOptions<PoolingOptions>(POOLING, 2, args);
    super(o);
    this.options = o;
  }
  protected override build(): void { /* no variables */ }
  protected override call(x: Tensor): Tensor {
    const o = this.options, n = this.axes;
    const format = (o.dataFormat ?? 'channels_last').toLowerCase();
    if (format !== 'channels_first' && format !== 'channels_last') throw new ValueError(`The \`data_format\` argument must be one of "channels_first", "channels_last". Received: ${o.dataFormat}`);
    const padding = (o.padding ?? 'valid').toUpperCase();
    if (padding !== 'SAME' && padding !== 'VALID') throw new ValueError(`The \`padding\` argument must be a list/tuple or one of "valid", "same" (or "causal", only for \`Conv1D). Received: ${padding.toLowerCase()}`);
    const first = format === 'channels_first';
    const [size, stride] = [sizes(o.poolSize, n, 'poolSize'), sizes(o.strides, n, 'strides')];
    const around = (v: number[]): number[] => (first ? [1, 1, ...v] : [1, ...v, 1]);
    if (n === 3) return (this.kind === 'max' ? maxPool3d : avgPool3d)(x, around(size), around(stride), padding, { dataFormat: first ? 'NCDHW' : 'NDHWC' });
    const pool = (t: Tensor, k: number[], s: number[]): Tensor => (this.kind === 'max' ? maxPool : avgPool)(t, around(k), around(s), padding, { dataFormat: first ? 'NCHW' : 'NHWC' });
    if (n === 2) return pool(x, size, stride);
    // One axis: as two, the second of size one.
    const axis = first ? 3 : 2;
    return squeeze(pool(expandDims(x, axis), [...size, 1], [...stride, 1]), axis);
  }
}
/** `tf.layers.MaxPooling1D`. */
export class MaxPooling1D extends Pooling { protected override readonly kind = 'max'; protected override readonly axes = 1; }
/** `tf.layers.MaxPooling2D`. */
export class MaxPooling2D extends Pooling { protected override readonly kind = 'max'; protected override readonly axes = 2; }
/** `tf.layers.MaxPooling3D`. */
export class MaxPooling3D extends Pooling { protected override readonly kind = 'max'; protected override readonly axes = 3; }
/** `tf.layers.AveragePooling1D`. */
export class AveragePooling1D extends Pooling { protected override readonly kind = 'average'; protected override readonly axes = 1; }
/** `tf.layers.AveragePooling2D`. */
export class AveragePooling2D extends Pooling { protected override readonly kind = 'average'; protected override readonly axes = 2; }
/** `tf.layers.AveragePooling3D`. */
export class AveragePooling3D extends Pooling { protected override readonly kind = 'average'; protected override readonly axes = 3; }

interface Params { inputs: TensorLike; poolSize: Size; strides: Size; padding?: string; dataFormat?: string; name?: string | null }
const ORDER = ['inputs', ...POOLING] as const;
type PoolFunction = ReturnType<typeof api<Params, typeof ORDER, Tensor>>;
const pooling = (name: string, make: new (o: PoolingOptions) => Layer): PoolFunction => api(name, ORDER, ({ inputs, ...o }: Params): Tensor => new make({ ...o, name: o.name ?? null }).apply(inputs), { required: 3 });
/** `tf.layers.max_pooling1d`: the greatest of each window of `poolSize` steps of [batch, steps, channels]; padding 'valid' or 'same'. */
export const maxPooling1d: PoolFunction = pooling('maxPooling1d', MaxPooling1D);
/** `tf.layers.max_pooling2d`: of [batch, height, width, channels] (or channels first). */
export const maxPooling2d: PoolFunction = pooling('maxPooling2d', MaxPooling2D);
/** `tf.layers.max_pooling3d`. */
export const maxPooling3d: PoolFunction = pooling('maxPooling3d', MaxPooling3D);
/** `tf.layers.average_pooling1d`: means of windows. */
export const averagePooling1d: PoolFunction = pooling('averagePooling1d', AveragePooling1D);
/** `tf.layers.average_pooling2d`. */
export const averagePooling2d: PoolFunction = pooling('averagePooling2d', AveragePooling2D);
/** `tf.layers.average_pooling3d`. */
export const averagePooling3d: PoolFunction = pooling('averagePooling3d', AveragePooling3D);
