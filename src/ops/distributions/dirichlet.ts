// The Dirichlet distribution. Follows python/ops/distributions/dirichlet.py (1.15).
import { int32 } from '../../graph/dtype.ts';
import type { TensorShape } from '../../graph/shape.ts';
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { matrixSetDiag } from '../array_diag.ts';
import { whereV2 } from '../array_gather.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { ellipsis, newaxis } from '../array_slice.ts';
import { fill, ones } from '../array_values.ts';
import { inScope, scalarOf } from '../building.ts';
import { assertLess, assertNear, assertPositive, assertRankAtLeast } from '../check_ops.ts';
import { withDependencies } from '../control_flow_ops.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { cast } from '../math_cast.ts';
import { matmul } from '../math_linear.ts';
import { xlogy } from '../math_rare.ts';
import { reduceAll, reduceSum } from '../math_reduce.ts';
import { digamma, exp, rsqrt } from '../math_unary.ts';
import { randomGamma } from '../random_stateless.ts';
import { lbeta } from '../special_math.ts';
import { type Common, type Count, Distribution, FULLY_REPARAMETERIZED, parametersOf } from './distribution.ts';
import { RegisterKL } from './kullback_leibler.ts';
import '../tensor_operators.ts';

interface Params extends Common { concentration: TensorLike }
const ORDER = ['concentration', 'validateArgs', 'allowNanStats', 'name'] as const;

/** The matrix with x xᵀ, negated, off the diagonal. */
export function covarianceOf(x: Tensor, y: Tensor, variance: () => Tensor): Tensor {
  return matrixSetDiag(matmul(x.at(ellipsis, newaxis), y.at(ellipsis, newaxis, null)).neg(), variance());
}

/** `tf.distributions.Dirichlet`: over vectors of K positive numbers with sum 1, density proportional to the product of x_i^(concentration_i - 1); `concentration` of shape [..., K]. */
export class Dirichlet extends Distribution {
  readonly concentration: Tensor;
  readonly totalConcentration: Tensor;
  constructor(...args: Args<Params, typeof ORDER>) {
    const p = parametersOf<Params>(ORDER, args, 1, { name: 'Dirichlet' });
    const [concentration, total, name] = publicCall(Dirichlet as never, () => inScope(p.name, '', [p.concentration], (scope) => {
      const given = convertToTensor(p.concentration, { name: 'concentration' });
      const c = p.validateArgs ? checkedConcentration(given) : given;
      return [c, reduceSum(c, -1), scope] as const;
    }));
    super({ dtype: concentration.dtype, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, reparameterizationType: FULLY_REPARAMETERIZED, parameters: { ...p }, graphParents: [concentration, total], name });
    this.concentration = concentration;
    this.totalConcentration = total;
  }

  protected override _batchShape(): TensorShape { return this.totalConcentration.shape; }
  protected override _batchShapeTensor(): Tensor { return shapeOf(this.totalConcentration); }
  protected override _eventShape(): TensorShape { return this.concentration.shape.withRankAtLeast(1).slice(-1); }
  protected override _eventShapeTensor(): Tensor { return shapeOf(this.concentration).at([-1, null]); }
  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const gamma = randomGamma({ shape: [n], alpha: this.concentration, dtype: this.dtype, seed });
    return gamma.truediv(reduceSum(gamma, -1, { keepdims: true }));
  }
  protected override _logProb(given: Tensor): Tensor {
    const x = this.#checkedSample(given);
    return reduceSum(xlogy(this.concentration.sub(1), x), -1).sub(lbeta(this.concentration));
  }
  protected override _prob(x: Tensor): Tensor { return exp(this._logProb(x)); }
  protected override _entropy(): Tensor {
    const k = this.#classes();
    return lbeta(this.concentration).add(this.totalConcentration.sub(k).mul(digamma(this.totalConcentration)))
      .sub(reduceSum(this.concentration.sub(1).mul(digamma(this.concentration)), { axis: -1 }));
  }
  protected override _mean(): Tensor { return this.concentration.truediv(this.totalConcentration.at(ellipsis, newaxis)); }
  protected override _covariance(): Tensor {
    const x = this.#varianceScale().mul(this._mean());
    return covarianceOf(x, x, () => this._variance());
  }
  protected override _variance(): Tensor {
    const scale = this.#varianceScale();
    const x = scale.mul(this._mean());
    return x.mul(scale.sub(x));
  }
  /** Not defined for concentrations up to 1. As in TensorFlow, a batch of them cannot tell which members have none. */
  protected override _mode(): Tensor {
    const k = this.#classes();
    const mode = this.concentration.sub(1).truediv(this.totalConcentration.at(ellipsis, newaxis).sub(k));
    if (!this.allowNanStats) return withDependencies([assertLess(ones([], this.dtype), this.concentration, { message: 'Mode undefined when any concentration <= 1' })], mode);
    const nan = fill(shapeOf(mode), scalarOf(NaN, this.dtype), { name: 'nan' });
    return whereV2(reduceAll(this.concentration.greater(1), { axis: -1 }), mode, nan);
  }
  #classes(): Tensor { return cast(this.eventShapeTensor().at(0), this.dtype); }
  #varianceScale(): Tensor { return rsqrt(this.totalConcentration.at(ellipsis, newaxis).radd(1)); }
  #checkedSample(x: Tensor): Tensor {
    if (!this.validateArgs) return x;
    return withDependencies([assertPositive(x, { message: 'samples must be positive' }), assertNear(ones([], { dtype: this.dtype }), reduceSum(x, -1), { message: 'sample last-dimension must sum to `1`' })], x);
  }
}

function checkedConcentration(c: Tensor): Tensor {
  return withDependencies([
    assertPositive(c, { message: 'Concentration parameter must be positive.' }),
    assertRankAtLeast(c, 1, { message: 'Concentration parameter must have >=1 dimensions.' }),
    assertLess(scalarOf(1, int32), shapeOf(c).at(-1), { message: 'Concentration parameter must have event_size >= 2.' }),
  ], c);
}

RegisterKL(Dirichlet, Dirichlet)((a, b, name) => inScope(name, 'kl_dirichlet_dirichlet', [a.concentration, b.concentration], () => {
  const total = digamma(reduceSum(a.concentration, { axis: -1, keepdims: true }));
  const digammas = digamma(a.concentration).sub(total);
  const difference = a.concentration.sub(b.concentration);
  return reduceSum(difference.mul(digammas), { axis: -1 }).sub(lbeta(a.concentration)).add(lbeta(b.concentration));
}));
