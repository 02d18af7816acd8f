// The normal distribution. Follows python/ops/distributions/normal.py (1.15).
import type { Tensor } from '../../graph/tensor.ts';
import { concat } from '../array_join.ts';
import { onesLike } from '../array_values.ts';
import { inScope, scalarOf } from '../building.ts';
import { constantNode } from '../convert.ts';
import { squaredDifference } from '../math_binary.ts';
import { log, square } from '../math_unary.ts';
import { randomNormal } from '../random_ops.ts';
import type { Count } from './distribution.ts';
import { RegisterKL } from './kullback_leibler.ts';
import { type LocationArgs, LocationScale } from './scalar_distribution.ts';
import { logNdtr, ndtr, ndtri } from './special_math.ts';
import '../tensor_operators.ts';

/** `tf.distributions.Normal`: mean `loc`, standard deviation `scale`; they broadcast. Errors: ValueError when they are not of one floating dtype. */
export class Normal extends LocationScale {
  constructor(...args: LocationArgs) { super('Normal', args); }

  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const shape = concat([[n], this.batchShapeTensor()], 0);
    return randomNormal({ shape, mean: 0, stddev: 1, dtype: this.loc.dtype, seed }).mul(this.scale).add(this.loc);
  }
  protected override _logProb(x: Tensor): Tensor { return square(this.#z(x)).rmul(-0.5).sub(log(this.scale).radd(0.5 * Math.log(2 * Math.PI))); }
  protected override _logCdf(x: Tensor): Tensor { return logNdtr(this.#z(x)); }
  protected override _cdf(x: Tensor): Tensor { return ndtr(this.#z(x)); }
  protected override _logSurvivalFunction(x: Tensor): Tensor { return logNdtr(this.#z(x).neg()); }
  protected override _survivalFunction(x: Tensor): Tensor { return ndtr(this.#z(x).neg()); }
  protected override _entropy(): Tensor {
    const scale = this.scale.mul(onesLike(this.loc));
    return log(scale).radd(0.5 * Math.log(2 * Math.PI * Math.E));
  }
  protected override _mean(): Tensor { return this.loc.mul(onesLike(this.scale)); }
  protected override _quantile(p: Tensor): Tensor {
    const z = ndtri(p);
    return inScope('reconstruct', '', [z], () => z.mul(this.scale).add(this.loc));
  }
  protected override _stddev(): Tensor { return this.scale.mul(onesLike(this.loc)); }
  protected override _mode(): Tensor { return this._mean(); }
  /** Distance from the mean in standard deviations. */
  #z(x: Tensor): Tensor { return inScope('standardize', '', [x], () => x.sub(this.loc).truediv(this.scale)); }
}

RegisterKL(Normal, Normal)((a, b, name) => inScope(name, 'kl_normal_normal', [a.loc, b.loc], () => {
  const [one, two, half] = [1, 2, 0.5].map((v) => constantNode(scalarOf(v, a.dtype))) as [Tensor, Tensor, Tensor];
  const [ofA, ofB] = [square(a.scale), square(b.scale)];
  const ratio = ofA.truediv(ofB);
  return squaredDifference(a.loc, b.loc).truediv(two.mul(ofB)).add(half.mul(ratio.sub(one).sub(log(ratio))));
}));
