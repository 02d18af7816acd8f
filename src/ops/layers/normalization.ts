// Batch normalization. Follows python/layers/normalization.py and python/keras/layers/normalization.py (1.15).
import { float16, bfloat16, type DType, float32 } from '../../graph/dtype.ts';
import { GraphKeys } from '../../graph/collections.ts';
import { TypeError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import { Operation, Tensor } from '../../graph/tensor.ts';
import { api, type Args } from '../api.ts';
import { reshape, shape as shapeOf } from '../array_shape.ts';
import { identity, onesLike, stopGradient, zerosLike } from '../array_values.ts';
import { afterOps, colocatedWith, inScope } from '../building.ts';
import { smartCond, smartConstantValue } from '../cond.ts';
import { constantNode, convertToTensor, type TensorLike } from '../convert.ts';
import { type Initializer, onesInitializer, zerosInitializer } from '../init_ops.ts';
import { pythonRepr } from '../make_array.ts';
import { maximum, minimum } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { reduceMean } from '../math_reduce.ts';
import { sqrt } from '../math_unary.ts';
import { relu } from '../nn_activation.ts';
import { fusedBatchNorm } from '../nn_batch_norm.ts';
import { batchNormalization as normalized, moments } from '../nn_impl.ts';
import { assign, assignSub } from '../state_ops.ts';
import type { InitializeOptions, InitializerLike, Regularizer, Reuse } from '../variable_scope.ts';
import type { Variable } from '../variables.ts';
import { Layer, layerOptions, type LayerOptions } from './base.ts';
import '../tensor_operators.ts';
import '../variable_operators.ts';

type Training = boolean | Tensor;
/** Bounds of the corrections of batch renormalization: r in [rmin, rmax], d in [-dmax, dmax]. */
export interface RenormClipping { rmin?: number | null; rmax?: number | null; dmax?: number | null }
type OfShape = (shape: readonly number[], options: InitializeOptions) => TensorLike;
type Bounded = Tensor | Variable;
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
  /** Normalizes while training as the averages do that move with `renormMomentum`, within the bounds of `renormClipping`. */
  renorm?: boolean;
  /** One op for the whole where the input allows it (four dimensions, axis 1 or 3). Default true. */
  fused?: boolean | null;
  /** Examples in each of the parts of a batch that are normalized on their own. */
  virtualBatchSize?: number | null;
  /** Of the shape of the input: a scale and an offset of the normalized values before gamma and beta, while training. */
  adjustment?: ((shape: Tensor) => readonly TensorLike[]) | null;
  betaConstraint?: null;
  gammaConstraint?: null;
  renormClipping?: RenormClipping | null;
  renormMomentum?: number;
}

const CLIPS = ['rmax', 'rmin', 'dmax'];
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
  #renorm: { readonly stddev: Variable; readonly mean: Variable; readonly deviation: Variable } | null = null;

  constructor(...args: Args<BatchNormalizationOptions, typeof NORMALIZATION>) {
    const o = layerOptions<BatchNormalizationOptions>(NORMALIZATION, 0, args);
    super(o);
    if (o.renorm && Object.keys(o.renormClipping ?? {}).some((k) => !CLIPS.includes(k))) throw new ValueError(`renorm_clipping ${pythonRepr(o.renormClipping)} contains keys not in ${pythonRepr(CLIPS)}`);
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
    const parts = o.virtualBatchSize ?? null, adjusted = (o.adjustment ?? null) !== null;
    if (parts !== null) {
      if (parts <= 0) throw new ValueError('virtual_batch_size must be a positive integer that divides the true batch size of the input Tensor');
      if (axes.includes(0)) throw new ValueError('When using virtual_batch_size, the batch dimension must be 0 and thus axis cannot include 0');
      if (adjusted) throw new ValueError('When using virtual_batch_size, adjustment cannot be specified');
    }
    const fusable = axes.length === 1 && (axes[0] === 1 || axes[0] === 3) && !o.renorm && parts === null && !adjusted;
    this.#fused = (o.fused ?? true) && dims.length === 4 && fusable;
    const sizes = axes.map((a) => dims[a]!);
    if (sizes.some((d) => d === null)) throw new ValueError(`('Input has undefined \`axis\` dimension. Input shape: ', ${String(x.shape)})`);
    const shape = axes.length === 1 && parts === null ? [sizes[0]!] : dims.map((_, i) => (axes.includes(i) ? dims[i]! : 1));
    if (parts !== null) {
      shape.splice(1, 0, 1);
      this.#axes = axes.map((a) => a + 1); // after the dimension of the parts
    }
    const dtype = this.#paramDtype;
    if (o.scale ?? true) this.gamma = this.addWeight('gamma', shape, { initializer: o.gammaInitializer ?? onesInitializer(), regularizer: o.gammaRegularizer ?? null, dtype });
    else if (this.#fused) this.#constants.gamma = constantNode(1.0, { dtype, shape });
    if (o.center ?? true) this.beta = this.addWeight('beta', shape, { initializer: o.betaInitializer ?? zerosInitializer(), regularizer: o.betaRegularizer ?? null, dtype });
    else if (this.#fused) this.#constants.beta = constantNode(0.0, { dtype, shape });
    this.movingMean = this.addWeight('moving_mean', shape, { initializer: o.movingMeanInitializer ?? zerosInitializer(), trainable: false, dtype });
    this.movingVariance = this.addWeight('moving_variance', shape, { initializer: o.movingVarianceInitializer ?? onesInitializer(), trainable: false, dtype });
    if (!o.renorm) return;
    const variance = o.movingVarianceInitializer ?? onesInitializer();
    const near = (v: Variable, name: string, initializer: InitializerLike): Variable => colocatedWith(v.op, () => this.addWeight(name, shape, { initializer, trainable: false, dtype }));
    const deviation: InitializerLike = (dims: readonly number[], options: InitializeOptions) => sqrt(typeof variance === 'function' ? (variance as OfShape)(dims, options) : (variance as Initializer).initialize(dims, options));
    const stddev = near(this.movingVariance, 'moving_stddev', deviation);
    this.#renorm = { stddev, mean: near(this.movingMean, 'renorm_mean', o.movingMeanInitializer ?? zerosInitializer()), deviation: near(stddev, 'renorm_stddev', deviation) };
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

  /** The corrections r and d of batch renormalization, and the batch's own mean and variance after the averages have moved. */
  #corrections(mean: Tensor, variance: Tensor, training: Training, averages: { readonly mean: Variable; readonly deviation: Variable }): [Tensor, Tensor, Tensor, Tensor] {
    const { epsilon = 1e-3, renormClipping: clip, renormMomentum = 0.99 } = this.options;
    const stddev = sqrt(variance.add(epsilon));
    const usual = maximum(averages.deviation, sqrt(epsilon));
    let r = stddev.truediv(usual), d = mean.sub(averages.mean).truediv(usual);
    const [m, s] = afterOps([r, d], () => [identity(mean), identity(stddev)] as const);
    if ((clip?.rmin ?? null) !== null) r = maximum(r, clip!.rmin!);
    if ((clip?.rmax ?? null) !== null) r = minimum(r, clip!.rmax!);
    if ((clip?.dmax ?? null) !== null) d = minimum(maximum(d, -clip!.dmax!), clip!.dmax!);
    const [wide, moved] = [r, d];
    r = smartCond(training as Tensor, () => wide, () => onesLike(wide)) as Tensor;
    d = smartCond(training as Tensor, () => moved, () => zerosLike(moved)) as Tensor;
    const updates = ([[averages.mean, m], [averages.deviation, s]] as const).map(([v, t]) => {
      const value = identity(t);
      return smartCond(training as Tensor, () => this.#follow(v, value, renormMomentum), () => identity(v)) as Tensor;
    });
    return afterOps(updates, () => [r, d, identity(m), identity(variance)]);
  }
  /** Has the average of the standard deviation follow, and the variance that one. */
  #followStddev(variance: Tensor, momentum: number, stddev: Variable): Tensor {
    const { epsilon = 1e-3 } = this.options;
    const moved = this.#follow(stddev, sqrt(variance.add(epsilon)), momentum);
    const value = relu(moved.mul(moved).sub(epsilon));
    return inScope('AssignNewValue', '', [], (scope) => colocatedWith(this.movingVariance.op, () => assign(this.movingVariance, value, { name: scope }) as Tensor));
  }

  #callPlain(given: Tensor): Tensor {
    const { epsilon = 1e-3, momentum = 0.99, adjustment = null, virtualBatchSize: parts = null } = this.options;
    const training = this.#training, averages = this.#renorm;
    const whole = [-1, ...given.shape.dims!.slice(1)];
    const x = parts === null ? given : reshape(given, [parts, -1, ...whole.slice(1)] as number[]);
    const rank = x.shape.ndims!;
    const reduced = Array.from({ length: rank }, (_, i) => i).filter((i) => !this.#axes.includes(i));
    if (parts !== null) reduced.splice(1, 1);
    const inner = reduced.every((a, i) => a === i) && reduced.length === rank - 1;
    const shape = Array.from({ length: rank }, (_, i) => (i === this.#axes[0] ? x.shape.dims![i]! : 1));
    const spread = <T extends Bounded>(v: T | null): Tensor | T | null => (v !== null && v.shape.ndims !== rank && !inner ? reshape(v, shape) : v);
    let scale: Bounded | null = spread(this.gamma);
    let offset: Bounded | null = spread(this.beta);
    const compose = (first: Tensor, shift: Tensor): void => {
      [scale, offset] = [scale === null ? first : first.mul(scale), scale === null ? shift : shift.mul(scale)].map((t, i) => (i === 1 && offset !== null ? t.add(offset) : t)) as [Tensor, Tensor];
    };
    const known = typeof training === 'boolean' ? training : smartConstantValue(training);
    let mean: Bounded = this.movingMean;
    let variance: Bounded = this.movingVariance;
    if (known !== false) {
      if (adjustment !== null) {
        const [by, to] = adjustment(shapeOf(x)) as [TensorLike, TensorLike];
        const first = smartCond(training as Tensor, () => by, () => onesLike(by)) as Tensor;
        compose(first, smartCond(training as Tensor, () => to, () => zerosLike(to)) as Tensor);
      }
      const [m, v] = moments(castTensor(x, this.#paramDtype), reduced, { keepDims: parts !== null || this.#axes.length > 1 });
      mean = smartCond(training as Tensor, () => m, () => convertToTensor(this.movingMean)) as Tensor;
      variance = smartCond(training as Tensor, () => v, () => convertToTensor(this.movingVariance)) as Tensor;
      let [newMean, newVariance] = parts === null ? [mean, variance] as const : [reduceMean(mean, 1, true), reduceMean(variance, 1, true)] as const;
      if (averages !== null) {
        const [r, d, after, spreadOut] = this.#corrections(newMean, newVariance, training, averages);
        const first = spread(stopGradient(r, { name: 'renorm_r' }))!;
        compose(first, spread(stopGradient(d, { name: 'renorm_d' }))!);
        [newMean, newVariance] = [after, spreadOut];
      }
      this.#update(smartCond(training as Tensor, () => this.#follow(this.movingMean, newMean, momentum), () => this.movingMean));
      this.#update(smartCond(training as Tensor, () => (averages === null ? this.#follow(this.movingVariance, newVariance, momentum) : this.#followStddev(newVariance, momentum, averages.stddev)), () => this.movingVariance));
    }
    const [mu, sigma] = [castTensor(mean, x.dtype), castTensor(variance, x.dtype)];
    if (offset !== null) offset = castTensor(offset, x.dtype);
    if (scale !== null) scale = castTensor(scale, x.dtype);
    const out = normalized(x, spread(mu)!, spread(sigma)!, offset, scale, epsilon);
    out.setShape(x.shape);
    return parts === null ? out : reshape(out, whole as number[]);
  }
}

interface Params extends Omit<BatchNormalizationOptions, 'scope'> { inputs: TensorLike; training?: Training | null; reuse?: Reuse | null }
/** `tf.layers.batch_normalization`: (x - mean) / sqrt(variance + epsilon) * gamma + beta over all axes but `axis`; with `training` the batch's statistics, else the
 * moving averages, which the ops in UPDATE_OPS keep. Variables `<name>/gamma`, `beta`, `moving_mean`, `moving_variance`. Defaults: momentum 0.99, epsilon 0.001.
 * `renorm` corrects the batch's statistics towards their averages; `virtualBatchSize` normalizes parts of the batch
 * on their own. Errors: ValueError for bad axes, unknown sizes, a virtualBatchSize beside an adjustment. */
export const batchNormalization = api('batchNormalization', ['inputs', 'axis', 'momentum', 'epsilon', 'center', 'scale', 'betaInitializer', 'gammaInitializer', 'movingMeanInitializer', 'movingVarianceInitializer', 'betaRegularizer',
  'gammaRegularizer', 'betaConstraint', 'gammaConstraint', 'training', 'trainable', 'name', 'reuse', 'renorm', 'renormClipping', 'renormMomentum', 'fused', 'virtualBatchSize', 'adjustment'], ({ inputs, training, ...o }: Params): Tensor => {
  if (o.axis !== undefined && typeof o.axis !== 'number' && !Array.isArray(o.axis)) throw new TypeError(`axis must be int or list, type given: ${typeof o.axis}`);
  return new BatchNormalization({ ...o, scope: o.name ?? null }).apply(inputs, { training: training ?? false });
}, { required: 1 });
