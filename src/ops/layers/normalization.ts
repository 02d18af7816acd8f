// Batch normalization. Follows python/layers/normalization.py and python/keras/layers/normalization.py (1.15). Batch renormalization, virtual
// batches and adjustments are refused.
import { float16, bfloat16, type DType, float32 } from '../../graph/dtype.ts';
import { GraphKeys } from '../../graph/collections.ts';
import { NotImplementedError, TypeError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import { Operation, Tensor } from '../../graph/tensor.ts';
import { api, type Args } from '../api.ts';
import { reshape } from '../array_shape.ts';
import { colocatedWith, inScope } from '../building.ts';
import { smartCond, smartConstantValue } from '../cond.ts';
import { constantNode, convertToTensor, type TensorLike } from '../convert.ts';
import { onesInitializer, zerosInitializer } from '../init_ops.ts';
import { castTensor } from '../math_cast.ts';
import { fusedBatchNorm } from '../nn_batch_norm.ts';
import { batchNormalization as normalized, moments } from '../nn_impl.ts';
import { assignSub } from '../state_ops.ts';
import type { InitializerLike, Regularizer, Reuse } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { Layer, layerOptions, type LayerOptions } from './base.ts';
import '../tensor_operators.ts';
import '../variable_operators.ts';

type Training = boolean | Tensor;
export interface BatchNormalizationOptions extends LayerOptions {
  /** The axis (or axes) with a mean and a variance of their own. Default the last. */
  axis?: number | readonly number[];
  momentum?: number;
  epsilon?: number;
  center?: boolean;
  scale?: boolean;
  betaInitializer?: InitializerLike | null;
  gammaInitializer?: InitializerLike | null;
  movingMeanInitializer?: InitializerLike | null;
  movingVarianceInitializer?: InitializerLike | null;
  betaRegularizer?: Regularizer | null;
  gammaRegularizer?: Regularizer | null;
  renorm?: boolean;
  /** One op for the whole where the input allows it (four dimensions, axis 1 or 3). Default true. */
  fused?: boolean | null;
  virtualBatchSize?: number | null;
  adjustment?: unknown;
  betaConstraint?: null;
  gammaConstraint?: null;
  renormClipping?: unknown;
  renormMomentum?: number;
}

const NORMALIZATION = ['axis', 'momentum', 'epsilon', 'center', 'scale', 'betaInitializer', 'gammaInitializer', 'movingMeanInitializer', 'movingVarianceInitializer', 'betaRegularizer', 'gammaRegularizer', 'betaConstraint', 'gammaConstraint',
  'renorm', 'renormClipping', 'renormMomentum', 'fused', 'trainable', 'virtualBatchSize', 'adjustment', 'name'] as const;
/** `tf.layers.BatchNormalization`. */
export class BatchNormalization extends Layer {
  protected override readonly defaultName = 'batch_normalization';
  protected override readonly inputSpec = {};
  readonly options: BatchNormalizationOptions;
  gamma: Variable | null = null;
  beta: Variable | null = null;
  movingMean!: Variable;
  movingVariance!: Variable;
  #training: Training = false;
  #axes!: number[];
  #fused = false;
  #constants: { gamma?: Tensor; beta?: Tensor } = {};

  constructor(...args: Args<BatchNormalizationOptions, typeof NORMALIZATION>) {
    const o = layerOptions<BatchNormalizationOptions>(NORMALIZATION, 0, args);
    super(o);
    if (o.renorm || (o.virtualBatchSize ?? null) !== null || (o.adjustment ?? null) !== null) throw new NotImplementedError('Batch normalization with renorm, virtual_batch_size or adjustment is not there.');
    this.options = o;
  }

  /** Applies the layer; with `training` the batch's own statistics are used and the moving averages follow them by ops in UPDATE_OPS. */
  override apply(inputs: TensorLike, o: { training?: Training | null } = {}): Tensor {
    this.#training = o.training ?? false;
    const out = super.apply(inputs);
    const graph = getDefaultGraph();
    const updates = this.#updates.splice(0);
    // The updates of a layer that is not trainable stay out of the collection.
    if (this.trainable) for (const op of updates) if (!graph.getCollection(GraphKeys.UPDATE_OPS).includes(op)) graph.addToCollection(GraphKeys.UPDATE_OPS, op);
    return out;
  }
  readonly #updates: Operation[] = [];

  protected override build(x: Tensor): void {
    const o = this.options;
    const dims = x.shape.dims;
    if (dims === null || dims.length === 0) throw new ValueError(`('Input has undefined rank:', ${x.shape.repr ?? String(x.shape)})`);
    const given = typeof o.axis === 'number' || o.axis === undefined ? [o.axis ?? -1] : [...o.axis];
    const axes = this.#axes = given.map((a) => (a < 0 ? a + dims.length : a));
    for (const a of axes) if (a < 0 || a >= dims.length) throw new ValueError(`Invalid axis: ${a}`);
    if (new Set(axes).size !== axes.length) throw new ValueError(`Duplicate axis: [${axes.join(', ')}]`);
    const fusable = axes.length === 1 && (axes[0] === 1 || axes[0] === 3);
    this.#fused = (o.fused ?? true) && dims.length === 4 && fusable;
    const sizes = axes.map((a) => dims[a]!);
    if (sizes.some((d) => d === null)) throw new ValueError(`('Input has undefined \`axis\` dimension. Input shape: ', ${String(x.shape)})`);
    const shape = axes.length === 1 ? [sizes[0]!] : dims.map((_, i) => (axes.includes(i) ? dims[i]! : 1));
    const dtype = this.#paramDtype;
    if (o.scale ?? true) this.gamma = this.addWeight('gamma', shape, { initializer: o.gammaInitializer ?? onesInitializer(), regularizer: o.gammaRegularizer ?? null, dtype });
    else if (this.#fused) this.#constants.gamma = constantNode(1.0, { dtype, shape });
    if (o.center ?? true) this.beta = this.addWeight('beta', shape, { initializer: o.betaInitializer ?? zerosInitializer(), regularizer: o.betaRegularizer ?? null, dtype });
    else if (this.#fused) this.#constants.beta = constantNode(0.0, { dtype, shape });
    this.movingMean = this.addWeight('moving_mean', shape, { initializer: o.movingMeanInitializer ?? zerosInitializer(), trainable: false, dtype });
    this.movingVariance = this.addWeight('moving_variance', shape, { initializer: o.movingVarianceInitializer ?? onesInitializer(), trainable: false, dtype });
  }
  get #paramDtype(): DType { return this.dtype === float16 || this.dtype === bfloat16 ? float32 : this.dtype ?? float32; }

  protected override call(x: Tensor): Tensor { return this.#fused ? this.#callFused(x) : this.#callPlain(x); }

  #follow(v: Variable, value: Tensor, momentum: number | Tensor): Tensor {
    return inScope('AssignMovingAvg', '', [], (scope) => colocatedWith(v.op, () => {
      let decay = convertToTensor(typeof momentum === 'number' ? 1 - momentum : momentum.rsub(1), { name: 'decay' });
      if (decay.dtype !== v.dtype.baseDtype) decay = castTensor(decay, v.dtype.baseDtype);
      return assignSub(v, v.sub(castTensor(value, v.dtype.baseDtype)).mul(decay), { name: scope }) as Tensor;
    }));
  }
  #update(t: unknown): void { this.#updates.push(t instanceof Operation ? t : (t as Tensor).op); }

  #callFused(x: Tensor): Tensor {
    const { epsilon = 1e-3, momentum: rate = 0.99 } = this.options;
    const training = this.#training;
    const dataFormat = this.#axes[0] === 1 ? 'NCHW' : 'NHWC';
    const [gamma, beta] = [this.gamma ?? this.#constants.gamma!, this.beta ?? this.#constants.beta!];
    const [out, mean, variance] = smartCond(training as Tensor, () => fusedBatchNorm(x, gamma, beta, { epsilon, dataFormat }),
      () => fusedBatchNorm(x, gamma, beta, { mean: this.movingMean, variance: this.movingVariance, epsilon, isTraining: false, dataFormat })) as [Tensor, Tensor, Tensor];
    const known = typeof training === 'boolean' ? training : smartConstantValue(training);
    const momentum = known === null ? smartCond(training as Tensor, () => constantNode(rate), () => constantNode(1.0)) as Tensor : convertToTensor(rate);
    if (known !== false) {
      this.#update(this.#follow(this.movingMean, mean, momentum));
      this.#update(this.#follow(this.movingVariance, variance, momentum));
    }
    return out;
  }

  #callPlain(x: Tensor): Tensor {
    const { epsilon = 1e-3, momentum = 0.99 } = this.options;
    const training = this.#training;
    const rank = x.shape.ndims!;
    const reduced = Array.from({ length: rank }, (_, i) => i).filter((i) => !this.#axes.includes(i));
    const inner = reduced.every((a, i) => a === i) && reduced.length === rank - 1;
    const shape = Array.from({ length: rank }, (_, i) => (i === this.#axes[0] ? x.shape.dims![i]! : 1));
    const spread = <T extends Tensor | Variable>(v: T | null): Tensor | T | null => (v !== null && v.shape.ndims !== rank && !inner ? reshape(v, shape) : v);
    let scale: Tensor | Variable | null = spread(this.gamma);
    let offset: Tensor | Variable | null = spread(this.beta);
    const known = typeof training === 'boolean' ? training : smartConstantValue(training);
    let mean: Tensor | Variable = this.movingMean;
    let variance: Tensor | Variable = this.movingVariance;
    if (known !== false) {
      const [m, v] = moments(castTensor(x, this.#paramDtype), reduced, { keepDims: this.#axes.length > 1 });
      mean = smartCond(training as Tensor, () => m, () => convertToTensor(this.movingMean)) as Tensor;
      variance = smartCond(training as Tensor, () => v, () => convertToTensor(this.movingVariance)) as Tensor;
      for (const [moving, value] of [[this.movingMean, mean], [this.movingVariance, variance]] as const) {
        this.#update(smartCond(training as Tensor, () => this.#follow(moving, value as Tensor, momentum), () => moving));
      }
    }
    const [mu, sigma] = [castTensor(mean, x.dtype), castTensor(variance, x.dtype)];
    if (offset !== null) offset = castTensor(offset, x.dtype);
    if (scale !== null) scale = castTensor(scale, x.dtype);
    const out = normalized(x, spread(mu)!, spread(sigma)!, offset, scale, epsilon);
    out.setShape(x.shape);
    return out;
  }
}

interface Params extends Omit<BatchNormalizationOptions, 'scope'> { inputs: TensorLike; training?: Training | null; reuse?: Reuse | null }
/** `tf.layers.batch_normalization`: (x - mean) / sqrt(variance + epsilon) * gamma + beta over all axes but `axis`; with `training` the batch's statistics, else the
 * moving averages, which the ops in UPDATE_OPS keep. Variables `<name>/gamma`, `beta`, `moving_mean`, `moving_variance`. Defaults: momentum 0.99, epsilon 0.001.
 * Errors: ValueError for bad axes and unknown sizes, NotImplementedError for renorm, virtualBatchSize and adjustment. */
export const batchNormalization = api('batchNormalization', ['inputs', 'axis', 'momentum', 'epsilon', 'center', 'scale', 'betaInitializer', 'gammaInitializer', 'movingMeanInitializer', 'movingVarianceInitializer', 'betaRegularizer',
  'gammaRegularizer', 'betaConstraint', 'gammaConstraint', 'training', 'trainable', 'name', 'reuse', 'renorm', 'renormClipping', 'renormMomentum', 'fused', 'virtualBatchSize', 'adjustment'], ({ inputs, training, ...o }: Params): Tensor => {
  if (o.axis !== undefined && typeof o.axis !== 'number' && !Array.isArray(o.axis)) throw new TypeError(`axis must be int or list, type given: ${typeof o.axis}`);
  return new BatchNormalization({ ...o, scope: o.name ?? null }).apply(inputs, { training: training ?? false });
}, { required: 1 });
