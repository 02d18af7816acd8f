// The multinomial distribution. Follows python/ops/distributions/multinomial.py (1.15).
import { NotImplementedError } from '../../graph/errors.ts';
import type { TensorShape } from '../../graph/shape.ts';
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { ellipsis, newaxis } from '../array_slice.ts';
import { identity, onesLike } from '../array_values.ts';
import { inScope } from '../building.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { reduceSum } from '../math_reduce.ts';
import { logSoftmax } from '../nn_softmax.ts';
import { covarianceOf } from './dirichlet.ts';
import { type Common, Distribution, NOT_REPARAMETERIZED, parametersOf } from './distribution.ts';
import { checkedCounts, checkedTotals, logCombinations, logitsAndProbs } from './util.ts';
import '../tensor_operators.ts';

interface Params extends Common { totalCount: TensorLike; logits?: TensorLike | null; probs?: TensorLike | null }
const ORDER = ['totalCount', 'logits', 'probs', 'validateArgs', 'allowNanStats', 'name'] as const;

/** `tf.distributions.Multinomial`: counts of K classes in `totalCount` draws, by unnormalised log-probabilities `logits` or by `probs` of shape [..., K].
 * Samples need a loop (`tf.map_fn`) and are not there yet: `sample` throws NotImplementedError. Errors: ValueError for both or neither of logits and probs. */
export class Multinomial extends Distribution {
  readonly totalCount: Tensor;
  readonly logits: Tensor;
  readonly probs: Tensor;
  readonly #mean: Tensor;
  constructor(...args: Args<Params, typeof ORDER>) {
    const p = parametersOf<Params>(ORDER, args, 1, { logits: null, probs: null, name: 'Multinomial' });
    const [count, logits, probs, mean, name] = publicCall(Multinomial as never, () => inScope(p.name, '', [p.totalCount, p.logits, p.probs], (scope) => {
      const given = convertToTensor(p.totalCount, { name: 'total_count' });
      const n = p.validateArgs ? checkedCounts(given) : given;
      const [l, q] = logitsAndProbs({ logits: p.logits, probs: p.probs, multidimensional: true, validateArgs: p.validateArgs, name: scope });
      return [n, l, q, n.at(ellipsis, newaxis).mul(q), scope] as const;
    }));
    super({ dtype: probs.dtype, reparameterizationType: NOT_REPARAMETERIZED, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, parameters: { ...p }, graphParents: [count, logits, probs], name });
    this.totalCount = count;
    this.logits = logits;
    this.probs = probs;
    this.#mean = mean;
  }

  protected override _batchShape(): TensorShape { return this.#mean.shape.withRankAtLeast(1).slice(0, -1); }
  protected override _batchShapeTensor(): Tensor { return shapeOf(this.#mean).at([null, -1]); }
  protected override _eventShape(): TensorShape { return this.#mean.shape.withRankAtLeast(1).slice(-1); }
  protected override _eventShapeTensor(): Tensor { return shapeOf(this.#mean).at([-1, null]); }
  protected override _sampleN(): Tensor { throw new NotImplementedError('Samples of a Multinomial need tf.map_fn, a while loop, which is not there yet.', { remedy: 'draw classes with tf.multinomial and count them' }); }
  protected override _logProb(given: Tensor): Tensor {
    const counts = this.#checkedSample(given);
    const unnormalized = reduceSum(counts.mul(logSoftmax(this.logits)), -1);
    return unnormalized.sub(logCombinations(this.totalCount, this.#checkedSample(given)).neg());
  }
  protected override _mean(): Tensor { return identity(this.#mean); }
  protected override _covariance(): Tensor { return covarianceOf(this.#mean, this.#everywhere(), () => this._variance()); }
  protected override _variance(): Tensor {
    const p = this.#everywhere();
    return this.#mean.sub(this.#mean.mul(p));
  }
  /** Probabilities for every total count. */
  #everywhere(): Tensor { return this.probs.mul(onesLike(this.totalCount).at(ellipsis, newaxis)); }
  #checkedSample(counts: Tensor): Tensor { return this.validateArgs ? checkedTotals(counts, this.totalCount, 'counts must sum to `self.total_count`') : counts; }
}
