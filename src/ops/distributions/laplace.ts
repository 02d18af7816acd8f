// The Laplace distribution. Follows python/ops/distributions/laplace.py (1.15).
import type { Tensor } from '../../graph/tensor.ts';
import { concat } from '../array_join.ts';
import { zerosLike } from '../array_values.ts';
import { abs, exp, log, log1p, sign } from '../math_unary.ts';
import { randomUniform } from '../random_ops.ts';
import type { Count } from './distribution.ts';
import { floatLimits, type LocationArgs, LocationScale } from './scalar_distribution.ts';
import { logCdfLaplace } from './special_math.ts';
import '../tensor_operators.ts';

/** `tf.distributions.Laplace`: density exp(-|x - loc| / scale) / (2 scale); they broadcast. Errors: ValueError when they are not of one floating dtype. */
export class Laplace extends LocationScale {
  constructor(...args: LocationArgs) { super('Laplace', args); }

  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const shape = concat([[n], this.batchShapeTensor()], 0);
    // From the open interval (-1, 1).
    const uniform = randomUniform({ shape, minval: -(1 - 2 ** -(floatLimits(this).fraction + 1)), maxval: 1, dtype: this.dtype, seed });
    return this.loc.sub(this.scale.mul(sign(uniform)).mul(log1p(abs(uniform).neg())));
  }
  protected override _logProb(x: Tensor): Tensor { return abs(this.#z(x)).neg().sub(log(this.scale).radd(Math.log(2))); }
  protected override _prob(x: Tensor): Tensor { return exp(this._logProb(x)); }
  protected override _logCdf(x: Tensor): Tensor { return logCdfLaplace(this.#z(x)); }
  protected override _logSurvivalFunction(x: Tensor): Tensor { return logCdfLaplace(this.#z(x).neg()); }
  protected override _cdf(x: Tensor): Tensor {
    const z = this.#z(x);
    return sign(z).rmul(0.5).mul(exp(abs(z).neg()).rsub(1)).radd(0.5);
  }
  protected override _entropy(): Tensor {
    const scale = this.scale.add(zerosLike(this.loc));
    return log(scale).radd(Math.log(2) + 1);
  }
  protected override _mean(): Tensor { return this.loc.add(zerosLike(this.scale)); }
  protected override _stddev(): Tensor { return this.scale.rmul(Math.sqrt(2)).add(zerosLike(this.loc)); }
  protected override _mode(): Tensor { return this._mean(); }
  #z(x: Tensor): Tensor { return x.sub(this.loc).truediv(this.scale); }
}
