// The Dirichlet-multinomial distribution. Follows python/ops/distributions/dirichlet_multinomial.py (1.15).
import { int32 } from '../../graph/dtype.ts';
import type { TensorShape } from '../../graph/shape.ts';
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { oneHot } from '../array_gather.ts';
import { concat } from '../array_join.ts';
import { reshape, shape as shapeOf } from '../array_shape.ts';
import { ellipsis, newaxis } from '../array_slice.ts';
import { inScope } from '../building.ts';
import { assertPositive } from '../check_ops.ts';
import { withDependencies } from '../control_flow_ops.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { cast } from '../math_cast.ts';
import { reduceSum } from '../math_reduce.ts';
import { exp, log, sqrt } from '../math_unary.ts';
import { randomGamma } from '../random_stateless.ts';
import { multinomial } from '../random_ops.ts';
import { lbeta } from '../special_math.ts';
import { covarianceOf } from './dirichlet.ts';
import { type Common, type Count, Distribution, NOT_REPARAMETERIZED, parametersOf } from './distribution.ts';
import { checkedClasses, checkedCounts, checkedTotals, logCombinations, newSeed } from './util.ts';
import '../tensor_operators.ts';

interface Params extends Common { totalCount: TensorLike; concentration: TensorLike }
const ORDER = ['totalCount', 'concentration', 'validateArgs', 'allowNanStats', 'name'] as const;

/** `tf.distributions.DirichletMultinomial`: counts of K classes in `totalCount` draws, by probabilities that are themselves drawn from a Dirichlet of `concentration` [..., K]. */
export class DirichletMultinomial extends Distribution {
  readonly totalCount: Tensor;
  readonly concentration: Tensor;
  readonly totalConcentration: Tensor;
  constructor(...args: Args<Params, typeof ORDER>) {
    const p = parametersOf<Params>(ORDER, args, 2, { name: 'DirichletMultinomial' });
    const [count, concentration, total, name] = publicCall(DirichletMultinomial as never, () => inScope(p.name, '', [p.totalCount, p.concentration], (scope) => {
      const given = convertToTensor(p.totalCount, { name: 'total_count' });
      const n = p.validateArgs ? checkedCounts(given) : given;
      let c = convertToTensor(p.concentration, { name: 'concentration' });
      if (p.validateArgs) {
        c = checkedClasses(c);
        c = withDependencies([assertPositive(c, { message: 'Concentration parameter must be positive.' })], c);
      }
      return [n, c, reduceSum(c, -1), scope] as const;
    }));
    super({ dtype: concentration.dtype, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, reparameterizationType: NOT_REPARAMETERIZED, parameters: { ...p }, graphParents: [count, concentration], name });
    this.totalCount = count;
    this.concentration = concentration;
    this.totalConcentration = total;
  }

  protected override _batchShape(): TensorShape { return this.totalConcentration.shape; }
  protected override _batchShapeTensor(): Tensor { return shapeOf(this.totalConcentration); }
  protected override _eventShape(): TensorShape { return this.concentration.shape.withRankAtLeast(1).slice(-1); }
  protected override _eventShapeTensor(): Tensor { return shapeOf(this.concentration).at([-1, null]); }
  /** Only for one total count: a scalar. */
  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const draws = cast(this.totalCount, int32);
    const k = this.eventShapeTensor().at(0);
    const logits = reshape(log(randomGamma({ shape: [n], alpha: this.concentration, dtype: this.dtype, seed })), [-1, k]);
    const classes = multinomial({ logits, numSamples: draws, seed: newSeed(seed, 'dirichlet_multinomial') });
    const x = reduceSum(oneHot(classes, k), -2);
    const shape = concat([[n], this.batchShapeTensor(), [k]], 0);
    return cast(reshape(x, shape), this.dtype);
  }
  protected override _logProb(given: Tensor): Tensor {
    const counts = this.validateArgs ? checkedTotals(given, this.totalCount, 'counts last-dimension must sum to `self.total_count`') : given;
    const ordered = lbeta(this.concentration.add(counts)).sub(lbeta(this.concentration));
    return ordered.add(logCombinations(this.totalCount, counts));
  }
  protected override _prob(counts: Tensor): Tensor { return exp(this._logProb(counts)); }
  protected override _mean(): Tensor { return this.totalCount.mul(this.concentration.truediv(this.totalConcentration.at(ellipsis, newaxis))); }
  protected override _covariance(): Tensor {
    const x = this.#varianceScale().mul(this._mean());
    return covarianceOf(x, x, () => this._variance());
  }
  protected override _variance(): Tensor {
    const scale = this.#varianceScale();
    const x = scale.mul(this._mean());
    return x.mul(this.totalCount.mul(scale).sub(x));
  }
  #varianceScale(): Tensor {
    const total = this.totalConcentration.at(ellipsis, newaxis);
    return sqrt(total.truediv(this.totalCount).radd(1).truediv(total.radd(1)));
  }
}
