// Dropout and flattening. Follows python/layers/core.py and python/keras/layers/core.py (1.15).
import { int32 } from '../../graph/dtype.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api, type Args } from '../api.ts';
import { reshape, shape as shapeOf, transpose } from '../array_shape.ts';
import { identity } from '../array_values.ts';
import { smartCond } from '../cond.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { dropout as dropped } from '../nn_impl.ts';
import { Layer, layerOptions, type LayerOptions } from './base.ts';

type Training = boolean | Tensor;
export interface DropoutOptions extends LayerOptions { rate?: number | Tensor; noiseShape?: TensorLike | readonly (number | null)[] | null; seed?: number | null }
const DROPOUT = ['rate', 'noiseShape', 'seed', 'name'] as const;
/** `tf.layers.Dropout`. */
export class Dropout extends Layer {
  protected override readonly defaultName = 'dropout';
  protected override readonly inputSpec = {};
  readonly options: DropoutOptions;
  #training: Training = false;
  constructor(...args: Args<DropoutOptions, typeof DROPOUT>) {
    const o = layerOptions<DropoutOptions>(DROPOUT, 0, args);
    super(o);
    this.options = o;
  }
  override apply(inputs: TensorLike, o: { training?: Training | null } = {}): Tensor {
    this.#training = o.training ?? false;
    return super.apply(inputs);
  }
  protected override build(): void { /* no variables */ }
  protected override call(x: Tensor): Tensor {
    const { rate = 0.5, noiseShape = null, seed = null } = this.options;
    return smartCond(this.#training as Tensor, () => dropped(x, { noiseShape: noiseOf(x, noiseShape), seed, rate }), () => identity(x)) as Tensor;
  }
}
/** A list as a tensor; null is the size of the input. */
function noiseOf(x: Tensor, given: DropoutOptions['noiseShape']): TensorLike | null {
  if (!Array.isArray(given)) return (given ?? null) as TensorLike | null;
  const sizes = shapeOf(x);
  return convertToTensor(given.map((d: TensorLike | null, i) => d ?? sizes.at(i)), { preferred: int32 });
}
/** `tf.layers.dropout`: with `training` (false; a bool or a tensor) a share `rate` (0.5) of the elements is zeroed and the rest scaled up; else the inputs. */
export const dropout = api('dropout', ['inputs', 'rate', 'noiseShape', 'seed', 'training', 'name'], ({ inputs, training, ...o }: DropoutOptions & { inputs: TensorLike; training?: Training | null }): Tensor =>
  new Dropout({ ...o, name: o.name ?? null }).apply(inputs, { training: training ?? false }), { required: 1 });

interface FlattenOptions extends LayerOptions { dataFormat?: string }
const FLATTEN = ['dataFormat'] as const;
/** `tf.layers.Flatten`. */
export class Flatten extends Layer {
  protected override readonly defaultName = 'flatten';
  protected override readonly inputSpec = { minNdim: 2 };
  readonly options: FlattenOptions;
  constructor(...args: Args<FlattenOptions, typeof FLATTEN>) {
    const o = layerOptions<FlattenOptions>(FLATTEN, 0, args);
    super(o);
    this.options = o;
  }
  protected override build(): void { /* no variables */ }
  protected override call(given: Tensor): Tensor {
    let x = given;
    const n = x.shape.ndims;
    if (this.options.dataFormat === 'channels_first' && n !== null && n > 1) x = transpose(x, [0, ...Array.from({ length: n - 2 }, (_, i) => i + 2), 1]);
    const batch = x.shape.dims?.[0] || shapeOf(x).at(0);
    const out = reshape(x, [batch, -1] as unknown as TensorLike);
    const dims = given.shape.dims;
    if (dims !== null) out.setShape([dims[0]!, dims.slice(1).every((d) => d !== null && d !== 0) ? dims.slice(1).reduce<number>((a, d) => a * d!, 1) : null]);
    return out;
  }
}
/** `tf.layers.flatten`: [batch, everything else]. */
export const flatten = api('flatten', ['inputs', 'name', 'dataFormat'], (p: { inputs: TensorLike; name?: string | null; dataFormat?: string }): Tensor => new Flatten({ name: p.name ?? null, ...(p.dataFormat === undefined ? {} : { dataFormat: p.dataFormat }) }).apply(p.inputs), { required: 1 });
