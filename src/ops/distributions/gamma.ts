// The gamma and the exponential distribution. Follows python/ops/distributions/{gamma,exponential}.py (1.15).
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { whereV2 } from '../array_gather.ts';
import { concat } from '../array_join.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { fill, ones } from '../array_values.ts';
import { inScope, scalarOf } from '../building.ts';
import { assertLess, assertPositive, assertSameFloatDtype } from '../check_ops.ts';
import { withDependencies } from '../control_flow_ops.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { igamma, xlogy } from '../math_rare.ts';
import { digamma, lgamma, log, sqrt, square } from '../math_unary.ts';
import { randomGamma } from '../random_stateless.ts';
import { randomUniform } from '../random_ops.ts';
import { type Common, type Count, FULLY_REPARAMETERIZED, type Parameters, parametersOf } from './distribution.ts';
import { RegisterKL } from './kullback_leibler.ts';
import { floatLimits, identities, ScalarDistribution } from './scalar_distribution.ts';
import '../tensor_operators.ts';

interface GammaParams extends Common { concentration: TensorLike; rate: TensorLike }
const GAMMA = ['concentration', 'rate', 'validateArgs', 'allowNanStats', 'name'] as const;
/** Arguments that a subclass was made with, in place of those it hands on. */
const OWN: unique symbol = Symbol('tfgraph.ownParameters');

/** `tf.distributions.Gamma`: density proportional to x^(concentration - 1) exp(-rate x); they broadcast. Errors: ValueError when they are not of one floating dtype. */
export class Gamma extends ScalarDistribution {
  readonly concentration: Tensor;
  readonly rate: Tensor;
  constructor(...args: Args<GammaParams, typeof GAMMA>) {
    const own = (args[0] as { [OWN]?: Parameters } | undefined)?.[OWN];
    const p = parametersOf<GammaParams>(GAMMA, args, 2, { name: 'Gamma' });
    const { made: [concentration, rate], name } = publicCall(Gamma as never, () => identities(p, { concentration: p.concentration, rate: p.rate }, () => [assertPositive(p.concentration), assertPositive(p.rate)]));
    super({ dtype: concentration!.dtype, reparameterizationType: FULLY_REPARAMETERIZED, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, parameters: own ?? { ...p }, graphParents: [concentration!, rate!], name });
    this.concentration = concentration!;
    this.rate = rate!;
  }
  protected static override _paramNames(): readonly string[] { return ['concentration', 'rate']; }
  protected override get _broadcast(): readonly Tensor[] { return [this.concentration, this.rate]; }

  protected override _sampleN(n: Count, seed: number | null): Tensor {
    return randomGamma({ shape: [n], alpha: this.concentration, beta: this.rate, dtype: this.dtype, seed });
  }
  protected override _logProb(given: Tensor): Tensor {
    const x = this.#checkedSample(given);
    const unnormalized = xlogy(this.concentration.sub(1), x).sub(this.rate.mul(x));
    return unnormalized.sub(lgamma(this.concentration).sub(this.concentration.mul(log(this.rate))));
  }
  protected override _cdf(given: Tensor): Tensor {
    const x = this.#checkedSample(given);
    return igamma(this.concentration, this.rate.mul(x));
  }
  protected override _entropy(): Tensor {
    const a = this.concentration;
    return a.sub(log(this.rate)).add(lgamma(a)).add(a.rsub(1).mul(digamma(a)));
  }
  protected override _mean(): Tensor { return this.concentration.truediv(this.rate); }
  protected override _variance(): Tensor { return this.concentration.truediv(square(this.rate)); }
  protected override _stddev(): Tensor { return sqrt(this.concentration).truediv(this.rate); }
  /** (concentration - 1) / rate; not defined for concentrations up to 1. */
  protected override _mode(): Tensor {
    const mode = this.concentration.sub(1).truediv(this.rate);
    if (!this.allowNanStats) return withDependencies([assertLess(ones([], this.dtype), this.concentration, { message: 'mode not defined when any concentration <= 1' })], mode);
    const nan = fill(this.batchShapeTensor(), scalarOf(NaN, this.dtype), { name: 'nan' });
    return whereV2(this.concentration.greater(1), mode, nan);
  }
  #checkedSample(x: Tensor): Tensor {
    assertSameFloatDtype([x], this.dtype);
    return this.validateArgs ? withDependencies([assertPositive(x)], x) : x;
  }
}

RegisterKL(Gamma, Gamma)((a, b, name) => inScope(name, 'kl_gamma_gamma', [a.concentration, a.rate, b.concentration, b.rate], () =>
  a.concentration.sub(b.concentration).mul(digamma(a.concentration)).add(lgamma(b.concentration)).sub(lgamma(a.concentration))
    .add(b.concentration.mul(log(a.rate))).sub(b.concentration.mul(log(b.rate))).add(a.concentration.mul(b.rate.truediv(a.rate).sub(1)))));

interface ExponentialParams extends Common { rate: TensorLike }
const EXPONENTIAL = ['rate', 'validateArgs', 'allowNanStats', 'name'] as const;

/** `tf.distributions.Exponential`: density rate exp(-rate x), a Gamma of concentration 1. */
export class Exponential extends Gamma {
  constructor(...args: Args<ExponentialParams, typeof EXPONENTIAL>) {
    const p = parametersOf<ExponentialParams>(EXPONENTIAL, args, 1, { name: 'Exponential' });
    const made = publicCall(Exponential as never, () => {
      const [rate, name] = inScope(p.name, '', [p.rate], (scope) => [convertToTensor(p.rate, { name: 'rate' }), scope] as const);
      return { concentration: ones([], rate.dtype), rate, name };
    });
    super({ ...made, allowNanStats: p.allowNanStats, validateArgs: p.validateArgs, [OWN]: { ...p } } as GammaParams);
  }
  protected static override _paramNames(): readonly string[] { return ['rate']; }
  protected override _logSurvivalFunction(value: Tensor): Tensor { return this._logProb(value).sub(log(this.rate)); }
  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const shape = concat([[n], shapeOf(this.rate)], 0);
    const uniform = randomUniform({ shape, minval: floatLimits(this).smallest, maxval: 1, seed, dtype: this.dtype });
    return log(uniform).neg().truediv(this.rate);
  }
}
