// The uniform distribution. Follows python/ops/distributions/uniform.py (1.15).
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { type Args, bind } from '../api.ts';
import { broadcastDynamicShape } from '../array_broadcast.ts';
import { whereV2 } from '../array_gather.ts';
import { concat } from '../array_join.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { ones, onesLike, zeros, zerosLike } from '../array_values.ts';
import { inScope } from '../building.ts';
import { assertLess } from '../check_ops.ts';
import type { TensorLike } from '../convert.ts';
import { logicalOr } from '../math_logic.ts';
import { isNan, log, square } from '../math_unary.ts';
import { randomUniform } from '../random_ops.ts';
import { type Common, type Count, FULLY_REPARAMETERIZED, parametersOf } from './distribution.ts';
import { identities, ScalarDistribution } from './scalar_distribution.ts';
import '../tensor_operators.ts';

interface Params extends Common { low?: TensorLike; high?: TensorLike }
const ORDER = ['low', 'high', 'validateArgs', 'allowNanStats', 'name'] as const;
const NAME = ['name'] as const;

/** `tf.distributions.Uniform`: over [low, high), default [0, 1); they broadcast. Errors: ValueError when they are not of one floating dtype. */
export class Uniform extends ScalarDistribution {
  readonly low: Tensor;
  readonly high: Tensor;
  constructor(...args: Args<Params, typeof ORDER>) {
    const p = parametersOf<Params>(ORDER, args, 0, { low: 0, high: 1, name: 'Uniform' });
    const { made: [low, high], name } = publicCall(Uniform as never, () => identities(p, { low: p.low!, high: p.high! }, () => [assertLess(p.low!, p.high!, { message: 'uniform not defined when low >= high.' })]));
    super({ dtype: low!.dtype, reparameterizationType: FULLY_REPARAMETERIZED, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, parameters: { ...p }, graphParents: [low!, high!], name });
    this.low = low!;
    this.high = high!;
  }
  protected static override _paramNames(): readonly string[] { return ['low', 'high']; }
  protected override get _broadcast(): readonly Tensor[] { return [this.low, this.high]; }

  /** high - low. */
  range(...args: Args<{ name?: string }, typeof NAME>): Tensor {
    const p = bind('range', NAME, new Set<string>(NAME), args, {}) as { name?: string };
    return publicCall(this.range as never, () => inScope(this.name, '', [], () => inScope(p.name ?? 'range', '', [this.low, this.high], () => this.high.sub(this.low))));
  }
  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const shape = concat([[n], this.batchShapeTensor()], 0);
    const samples = randomUniform({ shape, dtype: this.dtype, seed });
    return this.low.add(this.range().mul(samples));
  }
  protected override _prob(given: Tensor): Tensor {
    const x = given.mul(ones(this.batchShapeTensor(), { dtype: given.dtype }));
    const nan = isNan(x);
    const outside = logicalOr(x.less(this.low), x.greaterEqual(this.high));
    return whereV2(nan, x, whereV2(outside, zerosLike(x), onesLike(x).truediv(this.range())));
  }
  protected override _cdf(x: Tensor): Tensor {
    const shape = broadcastDynamicShape(shapeOf(x), this.batchShapeTensor());
    const none = zeros(shape, { dtype: this.dtype });
    const all = ones(shape, { dtype: this.dtype });
    const broadcasted = x.mul(all);
    const below = whereV2(x.less(this.low), none, broadcasted.sub(this.low).truediv(this.range()));
    return whereV2(x.greaterEqual(this.high), all, below);
  }
  protected override _entropy(): Tensor { return log(this.range()); }
  protected override _mean(): Tensor { return this.low.add(this.high).truediv(2); }
  protected override _variance(): Tensor { return square(this.range()).truediv(12); }
  protected override _stddev(): Tensor { return this.range().truediv(Math.sqrt(12)); }
}
