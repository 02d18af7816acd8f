// Dense layer and flatten. Follows python/layers/core.py and python/keras/layers/core.py (1.15).
import { TypeError, ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api, type Args } from '../api.ts';
import type { TensorLike } from '../convert.ts';
import { tensordot } from '../math_ops.ts';
import { biasAdd } from '../nn_ops.ts';
import { op1 } from '../op_def_library.ts';
import type { Variable } from '../variables.ts';
import { type BiasOptions, type KernelOptions, Layer, layerOptions, type LayerOptions } from './base.ts';
import { refuseActivityRegularizer, type Activation } from './convolutional.ts';

export interface DenseOptions extends LayerOptions, KernelOptions, BiasOptions {
  units: number;
  activation?: Activation | null;
  activityRegularizer?: null;
}

const DENSE = ['units', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'biasRegularizer', 'activityRegularizer', 'kernelConstraint', 'biasConstraint', 'trainable', 'name'] as const;
/** `tf.layers.Dense`: arguments as those of `tf.layers.dense`. */
export class Dense extends Layer {
  protected override readonly defaultName = 'dense';
  protected override readonly inputSpec = { minNdim: 2 };
  readonly options: DenseOptions;
  kernel!: Variable;
  bias: Variable | null = null;
  constructor(...args: Args<DenseOptions, typeof DENSE>) {
    const o = layerOptions<DenseOptions>(DENSE, 1, args);
    super(o);
    refuseActivityRegularizer(o.activityRegularizer);
    this.options = o;
  }

  protected override build(x: Tensor): void {
    const o = this.options;
    if (this.dtype && !this.dtype.isFloating && !this.dtype.isComplex) throw new TypeError(`Unable to build \`Dense\` layer with non-floating point dtype ${this.dtype.str}`);
    const last = x.shape.at(-1).value;
    if (last === null) throw new ValueError('The last dimension of the inputs to `Dense` should be defined. Found `None`.');
    this.kernel = this.addKernel([last, o.units], o);
    this.bias = this.addBias(o.units, o);
  }

  protected override call(x: Tensor): Tensor {
    const rank = x.shape.ndims!;
    let y: Tensor;
    if (rank > 2) {
      y = tensordot(x, this.kernel, [[rank - 1], [0]]);
      y.setShape([...x.shape.asList().slice(0, -1), this.options.units]);
    } else y = op1('MatMul', [x, this.kernel]);
    if (this.bias) y = biasAdd(y, this.bias);
    return this.options.activation ? this.options.activation(y) : y;
  }
}

type DenseParams = Omit<DenseOptions, 'scope' | 'dtype'> & { inputs: TensorLike };

/** `tf.layers.dense`: x * kernel + bias over the last axis; variables `<name>/kernel` [in, units], `<name>/bias`.
 * Errors: ValueError when the last axis of `inputs` is unknown. */
export const dense = api('dense', ['inputs', ...DENSE, 'reuse'], ({ inputs, ...o }: DenseParams): Tensor => new Dense({ ...o, scope: o.name ?? null }).apply(inputs), { required: 2 });
