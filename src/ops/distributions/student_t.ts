// Student's t distribution. Follows python/ops/distributions/student_t.py (1.15).
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { whereV2 } from '../array_gather.ts';
import { concat } from '../array_join.ts';
import { ellipsis, newaxis } from '../array_slice.ts';
import { fill, identity, ones, onesLike } from '../array_values.ts';
import { scalarOf } from '../building.ts';
import { assertLess, assertPositive } from '../check_ops.ts';
import { withDependencies } from '../control_flow_ops.ts';
import type { TensorLike } from '../convert.ts';
import { greater, less } from '../math_logic.ts';
import { betainc } from '../math_rare.ts';
import { abs, digamma, lgamma, log, log1p, rsqrt, square } from '../math_unary.ts';
import { randomGamma } from '../random_stateless.ts';
import { randomNormal } from '../random_ops.ts';
import { lbeta } from '../special_math.ts';
import { type Common, type Count, FULLY_REPARAMETERIZED, parametersOf } from './distribution.ts';
import { identities, ScalarDistribution } from './scalar_distribution.ts';
import { newSeed } from './util.ts';
import '../tensor_operators.ts';

interface Params extends Common { df: TensorLike; loc: TensorLike; scale: TensorLike }
const ORDER = ['df', 'loc', 'scale', 'validateArgs', 'allowNanStats', 'name'] as const;

/** `tf.distributions.StudentT`: `df` degrees of freedom, shifted by `loc` and scaled by `scale`; they broadcast. Errors: ValueError when they are not of one floating dtype. */
export class StudentT extends ScalarDistribution {
  readonly df: Tensor;
  readonly loc: Tensor;
  readonly scale: Tensor;
  constructor(...args: Args<Params, typeof ORDER>) {
    const p = parametersOf<Params>(ORDER, args, 3, { name: 'StudentT' });
    const { made: [df, loc, scale], name } = publicCall(StudentT as never, () => identities(p, { df: p.df, loc: p.loc, scale: p.scale }, () => [assertPositive(p.df)]));
    super({ dtype: scale!.dtype, reparameterizationType: FULLY_REPARAMETERIZED, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, parameters: { ...p }, graphParents: [df!, loc!, scale!], name });
    this.df = df!;
    this.loc = loc!;
    this.scale = scale!;
  }
  protected static override _paramNames(): readonly string[] { return ['df', 'loc', 'scale']; }
  protected override get _broadcast(): readonly Tensor[] { return [this.df, this.loc, this.scale]; }

  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const shape = concat([[n], this.batchShapeTensor()], 0);
    const normal = randomNormal(shape, { dtype: this.dtype, seed });
    const df = this.df.mul(this.#ones());
    const gamma = randomGamma([n], df.rmul(0.5), { beta: 0.5, dtype: this.dtype, seed: newSeed(seed, 'student_t') });
    return normal.mul(rsqrt(gamma.truediv(df))).mul(this.scale).add(this.loc);
  }
  protected override _logProb(x: Tensor): Tensor {
    const y = x.sub(this.loc).truediv(this.scale);
    const unnormalized = this.df.add(1).rmul(-0.5).mul(log1p(y.pow(2).truediv(this.df)));
    const normalization = log(abs(this.scale)).add(log(this.df).rmul(0.5)).add(0.5 * Math.log(Math.PI)).add(lgamma(this.df.rmul(0.5))).sub(lgamma(this.df.add(1).rmul(0.5)));
    return unnormalized.sub(normalization);
  }
  protected override _cdf(x: Tensor): Tensor {
    const y = x.sub(this.loc).truediv(abs(this.scale));
    const t = this.df.truediv(y.pow(2).add(this.df));
    const below = betainc(this.df.rmul(0.5), 0.5, t).rmul(0.5);
    return whereV2(less(y, 0), below, below.rsub(1));
  }
  protected override _entropy(): Tensor {
    const v = this.#ones().at(ellipsis, newaxis);
    const u = v.mul(this.df.at(ellipsis, newaxis));
    const beta = concat([u, v], -1).truediv(2);
    return log(abs(this.scale)).add(log(this.df).rmul(0.5)).add(lbeta(beta))
      .add(this.df.add(1).rmul(0.5).mul(digamma(this.df.add(1).rmul(0.5)).sub(digamma(this.df.rmul(0.5)))));
  }
  /** `loc`; not defined for up to one degree of freedom. */
  protected override _mean(): Tensor { return this.#whereDefined('mean', this.loc.mul(this.#ones())); }
  /** Infinite for one to two degrees of freedom; not defined below. */
  protected override _variance(): Tensor {
    const denominator = whereV2(greater(this.df, 2), this.df.sub(2), onesLike(this.df));
    const variance = this.#ones().mul(square(this.scale)).mul(this.df).truediv(denominator);
    const finite = this.df.greater(fill(this.batchShapeTensor(), 2));
    return this.#whereDefined('variance', whereV2(finite, variance, fill(this.batchShapeTensor(), scalarOf(Infinity, this.dtype), { name: 'inf' })));
  }
  protected override _mode(): Tensor { return identity(this.loc); }

  #ones(): Tensor { return ones(this.batchShapeTensor(), { dtype: this.dtype }); }
  /** A statistic that takes more than one degree of freedom. */
  #whereDefined(what: string, value: Tensor): Tensor {
    if (!this.allowNanStats) return withDependencies([assertLess(ones([], { dtype: this.dtype }), this.df, { message: `${what} not defined for components of df <= 1` })], value);
    const defined = greater(this.df, this.#ones());
    return whereV2(defined, value, fill(this.batchShapeTensor(), scalarOf(NaN, this.dtype), { name: 'nan' }));
  }
}
