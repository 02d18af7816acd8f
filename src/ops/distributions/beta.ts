// The beta distribution. Follows python/ops/distributions/beta.py (1.15).
import { SCALAR_SHAPE, type TensorShape } from '../../graph/shape.ts';
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { whereV2 } from '../array_gather.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { fill, ones, onesLike } from '../array_values.ts';
import { inScope, scalarOf } from '../building.ts';
import { assertLess, assertPositive, assertSameFloatDtype } from '../check_ops.ts';
import { withDependencies } from '../control_flow_ops.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { logicalAnd } from '../math_logic.ts';
import { betainc, xlogy } from '../math_rare.ts';
import { digamma, exp, lgamma, log, log1p } from '../math_unary.ts';
import { randomGamma } from '../random_stateless.ts';
import { type Common, type Count, Distribution, FULLY_REPARAMETERIZED, parametersOf } from './distribution.ts';
import { RegisterKL } from './kullback_leibler.ts';
import { newSeed } from './util.ts';
import '../tensor_operators.ts';

interface Params extends Common { concentration1?: TensorLike; concentration0?: TensorLike }
const ORDER = ['concentration1', 'concentration0', 'validateArgs', 'allowNanStats', 'name'] as const;

/** `tf.distributions.Beta`: density proportional to x^(concentration1 - 1) (1 - x)^(concentration0 - 1) on (0, 1); they broadcast. Errors: ValueError when they are not of one floating dtype. */
export class Beta extends Distribution {
  readonly concentration1: Tensor;
  readonly concentration0: Tensor;
  readonly totalConcentration: Tensor;
  constructor(...args: Args<Params, typeof ORDER>) {
    const p = parametersOf<Params>(ORDER, args, 0, { name: 'Beta' });
    const [one, zero, total, name] = publicCall(Beta as never, () => inScope(p.name, '', [p.concentration1, p.concentration0], (scope) => {
      const checked = (c: TensorLike | null | undefined, as: string): Tensor => {
        const t = convertToTensor(c ?? null as never, { name: as });
        return p.validateArgs ? withDependencies([assertPositive(t, { message: 'Concentration parameter must be positive.' })], t) : t;
      };
      const [a, b] = [checked(p.concentration1, 'concentration1'), checked(p.concentration0, 'concentration0')];
      assertSameFloatDtype([a, b]);
      return [a, b, a.add(b), scope] as const;
    }));
    super({ dtype: total.dtype, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, reparameterizationType: FULLY_REPARAMETERIZED, parameters: { ...p }, graphParents: [one, zero, total], name });
    this.concentration1 = one;
    this.concentration0 = zero;
    this.totalConcentration = total;
  }
  protected static override _paramNames(): readonly string[] { return ['concentration1', 'concentration0']; }

  protected override _batchShape(): TensorShape { return this.totalConcentration.shape; }
  protected override _batchShapeTensor(): Tensor { return shapeOf(this.totalConcentration); }
  protected override _eventShape(): TensorShape { return SCALAR_SHAPE; }
  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const [a, b] = [this.concentration1, this.concentration0].map((c) => onesLike(this.totalConcentration, { dtype: this.dtype }).mul(c)) as [Tensor, Tensor];
    const first = randomGamma({ shape: [n], alpha: a, dtype: this.dtype, seed });
    const second = randomGamma({ shape: [n], alpha: b, dtype: this.dtype, seed: newSeed(seed, 'beta') });
    return first.truediv(first.add(second));
  }
  protected override _logProb(given: Tensor): Tensor {
    const x = this.#checkedSample(given);
    const unnormalized = xlogy(this.concentration1.sub(1), x).add(this.concentration0.sub(1).mul(log1p(x.neg())));
    return unnormalized.sub(this.logNormalization());
  }
  protected override _prob(x: Tensor): Tensor { return exp(this._logProb(x)); }
  protected override _logCdf(x: Tensor): Tensor { return log(this._cdf(x)); }
  protected override _cdf(x: Tensor): Tensor { return betainc(this.concentration1, this.concentration0, x); }
  /** internal: logarithm of the beta function of the concentrations. */
  logNormalization(): Tensor { return lgamma(this.concentration1).add(lgamma(this.concentration0)).sub(lgamma(this.totalConcentration)); }
  protected override _entropy(): Tensor {
    const [a, b, total] = [this.concentration1, this.concentration0, this.totalConcentration];
    return this.logNormalization().sub(a.sub(1).mul(digamma(a))).sub(b.sub(1).mul(digamma(b))).add(total.sub(2).mul(digamma(total)));
  }
  protected override _mean(): Tensor { return this.concentration1.truediv(this.totalConcentration); }
  protected override _variance(): Tensor { return this._mean().mul(this._mean().rsub(1)).truediv(this.totalConcentration.radd(1)); }
  /** Not defined for concentrations up to 1. */
  protected override _mode(): Tensor {
    const mode = this.concentration1.sub(1).truediv(this.totalConcentration.sub(2));
    if (!this.allowNanStats) {
      const above = (c: Tensor, message: string) => assertLess(ones([], { dtype: this.dtype }), c, { message });
      return withDependencies([above(this.concentration1, 'Mode undefined for concentration1 <= 1.'), above(this.concentration0, 'Mode undefined for concentration0 <= 1.')], mode);
    }
    const nan = fill(this.batchShapeTensor(), scalarOf(NaN, this.dtype), { name: 'nan' });
    return whereV2(logicalAnd(this.concentration1.greater(1), this.concentration0.greater(1)), mode, nan);
  }
  #checkedSample(x: Tensor): Tensor {
    if (!this.validateArgs) return x;
    return withDependencies([assertPositive(x, { message: 'sample must be positive' }), assertLess(x, ones([], this.dtype), { message: 'sample must be less than `1`.' })], x);
  }
}

RegisterKL(Beta, Beta)((a, b, name) => inScope(name, 'kl_beta_beta', [a.concentration1, a.concentration0, a.totalConcentration, b.concentration1, b.concentration0, b.totalConcentration], () =>
  b.logNormalization().sub(a.logNormalization()).sub(digamma(a.concentration1).mul(b.concentration1.sub(a.concentration1)))
    .sub(digamma(a.concentration0).mul(b.concentration0.sub(a.concentration0))).add(digamma(a.totalConcentration).mul(b.totalConcentration.sub(a.totalConcentration)))));
