// The Bernoulli distribution. Follows python/ops/distributions/bernoulli.py (1.15).
import { bool, type DType, int32 } from '../../graph/dtype.ts';
import { SCALAR_SHAPE, type TensorShape } from '../../graph/shape.ts';
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { concat } from '../array_join.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { identity, onesLike } from '../array_values.ts';
import { inScope } from '../building.ts';
import type { TensorLike } from '../convert.ts';
import { cast } from '../math_cast.ts';
import { less } from '../math_logic.ts';
import { sigmoid } from '../math_unary.ts';
import { softplus } from '../nn_activation.ts';
import { sigmoidCrossEntropyWithLogits } from '../nn_softmax.ts';
import { randomUniform } from '../random_ops.ts';
import { type Common, type Count, Distribution, NOT_REPARAMETERIZED, parametersOf } from './distribution.ts';
import { RegisterKL } from './kullback_leibler.ts';
import { checkedCast, logitsAndProbs } from './util.ts';
import '../tensor_operators.ts';

interface Params extends Common { logits?: TensorLike | null; probs?: TensorLike | null; dtype?: DType }
const ORDER = ['logits', 'probs', 'dtype', 'validateArgs', 'allowNanStats', 'name'] as const;

/** `tf.distributions.Bernoulli`: 1 with probability `probs`, else 0, as `dtype` (int32); or log-odds `logits`. Errors: ValueError for both or neither. */
export class Bernoulli extends Distribution {
  readonly logits: Tensor;
  readonly probs: Tensor;
  constructor(...args: Args<Params, typeof ORDER>) {
    const p = parametersOf<Params>(ORDER, args, 0, { logits: null, probs: null, dtype: int32, name: 'Bernoulli' });
    const [logits, probs, name] = publicCall(Bernoulli as never, () => inScope(p.name, '', [], (scope) => [...logitsAndProbs({ logits: p.logits, probs: p.probs, validateArgs: p.validateArgs, name: scope }), scope] as const));
    super({ dtype: p.dtype!, reparameterizationType: NOT_REPARAMETERIZED, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, parameters: { ...p }, graphParents: [logits, probs], name });
    this.logits = logits;
    this.probs = probs;
  }
  protected static override _paramNames(): readonly string[] { return ['logits']; }

  protected override _batchShape(): TensorShape { return this.logits.shape; }
  protected override _batchShapeTensor(): Tensor { return shapeOf(this.logits); }
  protected override _eventShape(): TensorShape { return SCALAR_SHAPE; }
  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const shape = concat([[n], this.batchShapeTensor()], 0);
    const uniform = randomUniform(shape, { seed, dtype: this.probs.dtype });
    return cast(less(uniform, this.probs), this.dtype);
  }
  protected override _logProb(given: Tensor): Tensor {
    let event = cast(this.validateArgs ? checkedCast(given, bool) : given, this.logits.dtype);
    let { logits } = this;
    const same = event.shape.isFullyDefined && logits.shape.isFullyDefined && event.shape.equals(logits.shape);
    if (!same) [logits, event] = [onesLike(event).mul(logits), onesLike(logits).mul(event)];
    return sigmoidCrossEntropyWithLogits({ labels: event, logits }).neg();
  }
  protected override _entropy(): Tensor { return this.logits.neg().mul(sigmoid(this.logits).sub(1)).add(softplus(this.logits.neg())); }
  protected override _mean(): Tensor { return identity(this.probs); }
  protected override _variance(): Tensor { return this._mean().mul(this.probs.rsub(1)); }
  protected override _mode(): Tensor { return cast(this.probs.greater(0.5), this.dtype); }
}

RegisterKL(Bernoulli, Bernoulli)((a, b, name) => inScope(name, 'kl_bernoulli_bernoulli', [a.logits, b.logits], () => {
  const delta0 = softplus(b.logits.neg()).sub(softplus(a.logits.neg()));
  const delta1 = softplus(b.logits).sub(softplus(a.logits));
  return sigmoid(a.logits).mul(delta0).add(sigmoid(a.logits.neg()).mul(delta1));
}));
