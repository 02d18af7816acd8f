// The base class of tf.distributions: names and scopes of the public methods, static shapes of samples, what stands in where a
// subclass has no method of its own. Follows python/ops/distributions/distribution.py (1.15).
import { type DType, int32 } from '../../graph/dtype.ts';
import { NotImplementedError, ValueError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { type Dim, TensorShape, toShape, UNKNOWN_SHAPE } from '../../graph/shape.ts';
import { publicCall } from '../../graph/site.ts';
import { Tensor } from '../../graph/tensor.ts';
import { type Args, bind } from '../api.ts';
import { concat } from '../array_join.ts';
import { rank, reshape, shape as shapeOf } from '../array_shape.ts';
import { inScope, int32Vector } from '../building.ts';
import { constantValue } from '../constant_value.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { square } from '../math_unary.ts';
import { equal } from '../math_logic.ts';
import { reduceProd } from '../math_reduce.ts';
import { exp, log, log1p, sqrt } from '../math_unary.ts';
import { crossEntropy, klDivergence } from './kullback_leibler.ts';
import { pickVector } from './util.ts';
import '../tensor_operators.ts';

/** `tf.distributions.ReparameterizationType`: how the samples of a distribution depend on its parameters. */
export class ReparameterizationType {
  readonly #type: string;
  constructor(repType: string) { this.#type = repType; }
  toString(): string { return `<Reparameteriation Type: ${this.#type}>`; }
  get repr(): string { return String(this); }
}
/** `tf.distributions.FULLY_REPARAMETERIZED`: gradients flow from the samples to all parameters. */
export const FULLY_REPARAMETERIZED = new ReparameterizationType('FULLY_REPARAMETERIZED');
/** `tf.distributions.NOT_REPARAMETERIZED`: they do not, or not to all. */
export const NOT_REPARAMETERIZED = new ReparameterizationType('NOT_REPARAMETERIZED');

/** How many samples are drawn. */
export type Count = number | Tensor;
/** Arguments a distribution was made with, by name. */
export type Parameters = Readonly<Record<string, unknown>>;
export interface DistributionInit {
  dtype: DType | null;
  reparameterizationType: ReparameterizationType;
  validateArgs: boolean;
  allowNanStats: boolean;
  parameters?: Parameters | null;
  graphParents?: readonly Tensor[] | null;
  name?: string | null;
}
const INIT = ['dtype', 'reparameterizationType', 'validateArgs', 'allowNanStats', 'parameters', 'graphParents', 'name'] as const;
const NAME = ['name'] as const;
const VALUE = ['value', 'name'] as const;
const SAMPLE = ['sampleShape', 'seed', 'name'] as const;
const OTHER = ['other', 'name'] as const;
type NameArgs = Args<{ name?: string }, typeof NAME>;
type ValueArgs = Args<{ value: TensorLike; name?: string }, typeof VALUE>;
type SampleArgs = Args<{ sampleShape?: TensorLike; seed?: number | null; name?: string }, typeof SAMPLE>;
type OtherArgs = Args<{ other: Distribution; name?: string }, typeof OTHER>;
const PARAM_SHAPES = ['sampleShape', 'name'] as const;

type AnyFunction = (...a: never[]) => unknown;
/** What every distribution takes beside its own parameters. */
export interface Common { validateArgs?: boolean; allowNanStats?: boolean; name?: string }
/** Binds the arguments of a constructor; what is left out has its default. */
export function parametersOf<P extends object>(order: readonly string[], args: readonly unknown[], required: number, defaults: Partial<P> & { name: string }): P & Required<Common> {
  return { validateArgs: false, allowNanStats: true, ...defaults, ...bind('__init__', order, new Set(order), args, { required }) } as unknown as P & Required<Common>;
}
/** The first of two ways that there is. */
function either(own: () => Tensor, other: () => Tensor): Tensor {
  try {
    return own();
  } catch (e) {
    if (!(e instanceof NotImplementedError)) throw e;
    try {
      return other();
    } catch (second) {
      throw second instanceof NotImplementedError ? e : second;
    }
  }
}

/**
 * `tf.distributions.Distribution`: a batch of distributions of one kind. Samples have the shape sample shape + batch shape + event shape. Methods
 * open their name scope inside that of the distribution. Subclasses override the methods whose names begin with an underscore; what is missing throws NotImplementedError.
 */
export class Distribution {
  /** Prefix of the names of all its ops (`Normal/`). */
  readonly name: string;
  readonly dtype: DType;
  readonly reparameterizationType: ReparameterizationType;
  /** Whether arguments are checked while running. */
  readonly validateArgs: boolean;
  /** Whether statistics that are not defined are NaN (else a run fails). */
  readonly allowNanStats: boolean;
  /** What it was made with. */
  readonly parameters: Parameters;
  readonly #graphParents: readonly Tensor[];

  constructor(...args: Args<DistributionInit, typeof INIT>) {
    const p = bind('__init__', INIT, new Set<string>(INIT), args, { required: 4 }) as unknown as DistributionInit;
    this.#graphParents = p.graphParents ?? [];
    this.#graphParents.forEach((t: unknown, i) => { if (!(t instanceof Tensor)) throw new ValueError(`Graph parent item ${i} is not a Tensor; ${t === null ? 'None' : String(t)}.`); });
    this.name = p.name?.endsWith('/') ? p.name : inScope(p.name || new.target.name, '', [], (scope) => scope);
    this.dtype = p.dtype as DType;
    this.reparameterizationType = p.reparameterizationType;
    this.validateArgs = p.validateArgs;
    this.allowNanStats = p.allowNanStats;
    this.parameters = p.parameters ?? {};
  }

  /** Shapes of the parameters (int32 tensors by name) of which samples of a given shape are drawn. */
  static paramShapes(...args: Args<{ sampleShape: TensorLike | TensorShape; name?: string }, typeof PARAM_SHAPES>): Record<string, Tensor> {
    const p = bind('param_shapes', PARAM_SHAPES, new Set<string>(PARAM_SHAPES), args, { required: 1 }) as { sampleShape: TensorLike; name?: string };
    return publicCall(this.paramShapes as AnyFunction, () => inScope(p.name ?? 'DistributionParamShapes', '', [p.sampleShape], () => {
      const names = this._paramNames();
      const shape = convertToTensor(p.sampleShape, { dtype: int32 });
      return Object.fromEntries(names.map((n) => [n, shape]));
    }));
  }
  /** The same as static shapes. Errors: ValueError when the shape is not known. */
  static paramStaticShapes(sampleShape: TensorLike | TensorShape): Record<string, TensorShape> {
    return publicCall(this.paramStaticShapes as AnyFunction, () => {
      if (sampleShape instanceof TensorShape && !sampleShape.isFullyDefined) throw new ValueError('TensorShape sample_shape must be fully defined');
      const shapes = this.paramShapes(sampleShape);
      return Object.fromEntries(Object.entries(shapes).map(([name, t]) => {
        const v = constantValue(t);
        if (!v) throw new ValueError('sample_shape must be a fully-defined TensorShape or list/tuple');
        return [name, new TensorShape(v.toArray() as number[])];
      }));
    });
  }
  /** Names of the parameters that have the shape of a sample. */
  protected static _paramNames(): readonly string[] { throw new NotImplementedError('_param_shapes not implemented'); }

  /** A distribution of the same class with the same arguments but those given. */
  copy(overrideParametersKwargs: Parameters = {}): this {
    const Same = this.constructor as new (parameters: Parameters) => this;
    return publicCall(this.copy as AnyFunction, () => new Same({ ...this.parameters, ...overrideParametersKwargs }));
  }

  // --- shapes --------------------------------------------------------------------------------------------------------
  /** Static shape of the batch. */
  get batchShape(): TensorShape { return toShape(this._batchShape()); }
  /** Static shape of one sample of one distribution. */
  get eventShape(): TensorShape { return toShape(this._eventShape()); }
  /** Shape of the batch as an int32 vector. */
  batchShapeTensor(...args: NameArgs): Tensor { return this.#named(this.batchShapeTensor as AnyFunction, 'batch_shape_tensor', args, () => known(this.batchShape, 'batch_shape') ?? this._batchShapeTensor()); }
  /** Shape of one sample of one distribution as an int32 vector. */
  eventShapeTensor(...args: NameArgs): Tensor { return this.#named(this.eventShapeTensor as AnyFunction, 'event_shape_tensor', args, () => known(this.eventShape, 'event_shape') ?? this._eventShapeTensor()); }
  /** Whether a sample is a scalar. */
  isScalarEvent(...args: NameArgs): Tensor { return this.#named(this.isScalarEvent as AnyFunction, 'is_scalar_event', args, () => isScalar(this.eventShape, () => this.eventShapeTensor(), 'is_scalar_event')); }
  /** Whether the batch is one distribution. */
  isScalarBatch(...args: NameArgs): Tensor { return this.#named(this.isScalarBatch as AnyFunction, 'is_scalar_batch', args, () => isScalar(this.batchShape, () => this.batchShapeTensor(), 'is_scalar_batch')); }

  // --- samples and densities -----------------------------------------------------------------------------------------
  /** Samples: shape `sampleShape` (a scalar or vector; default: one sample) + batch shape + event shape. Errors: ValueError for a shape of another rank. */
  sample(...args: SampleArgs): Tensor {
    const p = bind('sample', SAMPLE, new Set<string>(SAMPLE), args, {}) as { sampleShape?: TensorLike; seed?: number | null; name?: string };
    const given = p.sampleShape ?? [];
    return this.#call(this.sample as AnyFunction, p.name ?? 'sample', [given], () => {
      const [shape, n] = asVector(convertToTensor(given, { dtype: int32, name: 'sample_shape' }));
      let samples = this._sampleN(n, p.seed ?? null);
      const rest = shapeOf(samples).at([1, null]);
      samples = reshape(samples, concat([shape, rest], 0));
      this.#setSampleShape(samples, shape);
      return samples;
    });
  }
  /** Logarithm of the density (or mass) at `value`. */
  logProb(...args: ValueArgs): Tensor { return this.#of(this.logProb as AnyFunction, 'log_prob', args, (v) => either(() => this._logProb(v), () => log(this._prob(v)))); }
  /** Density (or mass) at `value`. */
  prob(...args: ValueArgs): Tensor { return this.#of(this.prob as AnyFunction, 'prob', args, (v) => either(() => this._prob(v), () => exp(this._logProb(v)))); }
  /** log P[X <= value]. */
  logCdf(...args: ValueArgs): Tensor { return this.#of(this.logCdf as AnyFunction, 'log_cdf', args, (v) => either(() => this._logCdf(v), () => log(this._cdf(v)))); }
  /** P[X <= value]. */
  cdf(...args: ValueArgs): Tensor { return this.#of(this.cdf as AnyFunction, 'cdf', args, (v) => either(() => this._cdf(v), () => exp(this._logCdf(v)))); }
  /** log P[X > value]. */
  logSurvivalFunction(...args: ValueArgs): Tensor { return this.#of(this.logSurvivalFunction as AnyFunction, 'log_survival_function', args, (v) => either(() => this._logSurvivalFunction(v), () => log1p(this.cdf(v).neg()))); }
  /** P[X > value]. */
  survivalFunction(...args: ValueArgs): Tensor { return this.#of(this.survivalFunction as AnyFunction, 'survival_function', args, (v) => either(() => this._survivalFunction(v), () => this.cdf(v).rsub(1))); }
  /** The x with P[X <= x] = value. */
  quantile(...args: ValueArgs): Tensor { return this.#of(this.quantile as AnyFunction, 'quantile', args, (v) => this._quantile(v)); }

  // --- statistics ----------------------------------------------------------------------------------------------------
  /** Shannon entropy in nats. */
  entropy(...args: NameArgs): Tensor { return this.#named(this.entropy as AnyFunction, 'entropy', args, () => this._entropy()); }
  mean(...args: NameArgs): Tensor { return this.#named(this.mean as AnyFunction, 'mean', args, () => this._mean()); }
  variance(...args: NameArgs): Tensor { return this.#named(this.variance as AnyFunction, 'variance', args, () => either(() => this._variance(), () => square(this._stddev()))); }
  /** Standard deviation. */
  stddev(...args: NameArgs): Tensor { return this.#named(this.stddev as AnyFunction, 'stddev', args, () => either(() => this._stddev(), () => sqrt(this._variance()))); }
  /** Covariance matrices of vector-valued distributions. */
  covariance(...args: NameArgs): Tensor { return this.#named(this.covariance as AnyFunction, 'covariance', args, () => this._covariance()); }
  mode(...args: NameArgs): Tensor { return this.#named(this.mode as AnyFunction, 'mode', args, () => this._mode()); }
  /** H[this, other] = -E[log other(X)]. Errors: as klDivergence. */
  crossEntropy(...args: OtherArgs): Tensor { return this.#with(this.crossEntropy as AnyFunction, 'cross_entropy', args, (other) => this._crossEntropy(other)); }
  /** KL[this, other] = E[log this(X) / other(X)]. Errors: NotImplementedError when no function is registered for the two classes. */
  klDivergence(...args: OtherArgs): Tensor { return this.#with(this.klDivergence as AnyFunction, 'kl_divergence', args, (other) => this._klDivergence(other)); }

  // --- what subclasses override --------------------------------------------------------------------------------------
  protected _batchShape(): TensorShape { return UNKNOWN_SHAPE; }
  protected _eventShape(): TensorShape { return UNKNOWN_SHAPE; }
  protected _batchShapeTensor(): Tensor { return this.#missing('batch_shape_tensor'); }
  protected _eventShapeTensor(): Tensor { return this.#missing('event_shape_tensor'); }
  /** `n` samples in a first axis. */
  protected _sampleN(_n: Count, _seed: number | null): Tensor { return this.#missing('sample_n'); }
  protected _logProb(_value: Tensor): Tensor { return this.#missing('log_prob'); }
  protected _prob(_value: Tensor): Tensor { return this.#missing('prob'); }
  protected _logCdf(_value: Tensor): Tensor { return this.#missing('log_cdf'); }
  protected _cdf(_value: Tensor): Tensor { return this.#missing('cdf'); }
  protected _logSurvivalFunction(_value: Tensor): Tensor { return this.#missing('log_survival_function'); }
  protected _survivalFunction(_value: Tensor): Tensor { return this.#missing('survival_function'); }
  protected _quantile(_value: Tensor): Tensor { return this.#missing('quantile'); }
  protected _entropy(): Tensor { return this.#missing('entropy'); }
  protected _mean(): Tensor { return this.#missing('mean'); }
  protected _variance(): Tensor { return this.#missing('variance'); }
  protected _stddev(): Tensor { return this.#missing('stddev'); }
  protected _covariance(): Tensor { return this.#missing('covariance'); }
  protected _mode(): Tensor { return this.#missing('mode'); }
  protected _crossEntropy(other: Distribution): Tensor { return crossEntropy(this, other, this.allowNanStats); }
  protected _klDivergence(other: Distribution): Tensor { return klDivergence(this, other, { allowNanStats: this.allowNanStats }); }
  #missing(method: string): never { throw new NotImplementedError(`${method} is not implemented: ${this.constructor.name}`); }

  // --- scopes --------------------------------------------------------------------------------------------------------
  /** A body inside the distribution's scope and one of its own. */
  #call(entry: AnyFunction, name: string, values: readonly unknown[], body: () => Tensor): Tensor {
    return publicCall(entry, () => inScope(this.name, '', [], () => inScope(name, '', [...values, ...this.#graphParents], body)));
  }
  #named(entry: AnyFunction, python: string, args: readonly unknown[], body: () => Tensor): Tensor {
    const p = bind(python, NAME, new Set<string>(NAME), args, {}) as { name?: string };
    return this.#call(entry, p.name ?? python, [], body);
  }
  #of(entry: AnyFunction, python: string, args: readonly unknown[], body: (value: Tensor) => Tensor): Tensor {
    const p = bind(python, VALUE, new Set<string>(VALUE), args, { required: 1 }) as { value: TensorLike; name?: string };
    return this.#call(entry, p.name ?? python, [p.value], () => body(convertToTensor(p.value, { name: 'value', preferred: this.dtype })));
  }
  #with(entry: AnyFunction, python: string, args: readonly unknown[], body: (other: Distribution) => Tensor): Tensor {
    const p = bind(python, OTHER, new Set<string>(OTHER), args, { required: 1 }) as { other: Distribution; name?: string };
    return this.#call(entry, p.name ?? python, [], () => body(p.other));
  }

  /** What is known of the shape of samples. */
  #setSampleShape(x: Tensor, sampleShape: Tensor): void {
    const v = constantValue(sampleShape);
    const sample = v ? new TensorShape(v.toArray() as number[]) : UNKNOWN_SHAPE;
    const free = (n: number): Dim[] => Array.from({ length: n }, () => null);
    const [batch, event] = [this.batchShape, this.eventShape];
    let { ndims } = x.shape;
    let [samples, events] = [sample.ndims, event.ndims];
    if (ndims === null && samples !== null && batch.ndims !== null && events !== null) {
      ndims = samples + batch.ndims + events;
      x.setShape(free(ndims));
    }
    if (ndims !== null && samples !== null) x.setShape(sample.concatenate(free(ndims - samples)));
    if (ndims !== null && events !== null) x.setShape(new TensorShape(free(ndims - events)).concatenate(event));
    if (batch.ndims === null) return;
    if (ndims !== null) {
      if (samples === null && events !== null) samples = ndims - batch.ndims - events;
      else if (events === null && samples !== null) events = ndims - batch.ndims - samples;
    }
    if (samples !== null && events !== null) x.setShape(new TensorShape(free(samples)).concatenate(batch).concatenate(free(events)));
  }

  /** Python's `str(d)`. */
  toString(): string {
    const [batch, event] = [this.batchShape, this.eventShape];
    return `tfp.distributions.${this.constructor.name}("${this.name}"${batch.ndims === null ? '' : `, batch_shape=${batch}`}${event.ndims === null ? '' : `, event_shape=${event}`}, dtype=${this.dtype.name})`;
  }
  /** Python's `repr(d)`. */
  get repr(): string { return `<tfp.distributions.${this.constructor.name} '${this.name}' batch_shape=${this.batchShape} event_shape=${this.eventShape} dtype=${this.dtype.name}>`; }
}

/** A shape that is fully known, as a constant. */
function known(shape: TensorShape, name: string): Tensor | undefined {
  return shape.isFullyDefined ? convertToTensor(int32Vector(shape.asList() as number[]), { name }) : undefined;
}
function isScalar(shape: TensorShape, dynamic: () => Tensor, name: string): Tensor {
  if (shape.ndims !== null) return convertToTensor(shape.ndims === 0, { name });
  const t = dynamic();
  const n = t.shape.dims?.[0] ?? null;
  return n === null ? convertToTensor(equal(shapeOf(t).at(0), 0), { name }) : convertToTensor(n === 0, { name });
}
/** A sample shape as a vector, and how many samples it asks for. */
function asVector(x: Tensor): [shape: Tensor, n: Count] {
  const value = constantValue(x);
  const n = value ? (value.data as Int32Array).reduce((a, b) => Math.imul(a, b), 1) : reduceProd(x);
  const { ndims } = x.shape;
  if (ndims === null) {
    const expanded = pickVector(equal(rank(x), 0), int32Vector([1]), shapeOf(x));
    return [reshape(x, expanded), n];
  }
  if (ndims === 0) return [value ? convertToTensor(new NDArray(int32, [1], value.data), { name: 'sample_shape' }) : reshape(x, [1]), n];
  if (ndims !== 1) throw new ValueError('Input is neither scalar nor vector.');
  return [x, n];
}
