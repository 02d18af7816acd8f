// The categorical distribution. Follows python/ops/distributions/categorical.py (1.15).
import { type DType, int32, int64 } from '../../graph/dtype.ts';
import { TypeError } from '../../graph/errors.ts';
import { SCALAR_SHAPE, type TensorShape } from '../../graph/shape.ts';
import { publicCall } from '../../graph/site.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { where } from '../array_gather.ts';
import { concat } from '../array_join.ts';
import { sequenceMask } from '../array_select.ts';
import { rank, reshape, shape as shapeOf, transpose } from '../array_shape.ts';
import { ellipsis, newaxis } from '../array_slice.ts';
import { identity, ones, onesLike, zerosLike } from '../array_values.ts';
import { inScope, int32Vector, scalarOf } from '../building.ts';
import { constantNode, convertToTensor, type TensorLike } from '../convert.ts';
import { cast } from '../math_cast.ts';
import { argmax, reduceSum } from '../math_reduce.ts';
import { logSoftmax, softmax, sparseSoftmaxCrossEntropyWithLogits } from '../nn_softmax.ts';
import { multinomial } from '../random_ops.ts';
import { type Common, type Count, Distribution, NOT_REPARAMETERIZED, parametersOf } from './distribution.ts';
import { RegisterKL } from './kullback_leibler.ts';
import { checkedCast, checkedClasses, logitsAndProbs } from './util.ts';
import '../tensor_operators.ts';

interface Params extends Common { logits?: TensorLike | null; probs?: TensorLike | null; dtype?: DType }
const ORDER = ['logits', 'probs', 'dtype', 'validateArgs', 'allowNanStats', 'name'] as const;

/** Classes and parameters, each repeated where only the other has the batch. Errors: TypeError for classes that are no numbers. */
function broadcast(given: Tensor, params: Tensor, dtype: DType): [event: Tensor, params: Tensor] {
  if (!given.dtype.isInteger && !given.dtype.isFloating) throw new TypeError(`\`value\` should have integer \`dtype\` or \`self.dtype\` (${dtype.str})`);
  let event = given.dtype.isFloating ? cast(given, int32) : given;
  const batch = params.shape.slice(0, -1);
  if (params.shape.ndims !== null && batch.isFullyDefined && event.shape.isFullyDefined && batch.equals(event.shape)) return [event, params];
  const all = params.mul(onesLike(event.at(ellipsis, newaxis), { dtype: params.dtype }));
  const shape = shapeOf(all).at([null, -1]);
  event = event.mul(ones(shape, { dtype: event.dtype }));
  if (all.shape.ndims !== null) event.setShape(all.shape.slice(0, -1));
  return [event, all];
}

/** `tf.distributions.Categorical`: classes 0 to K - 1 as `dtype` (int32), by unnormalised log-probabilities `logits` or by `probs` of shape [..., K]. Errors: ValueError for both or neither. */
export class Categorical extends Distribution {
  readonly logits: Tensor;
  readonly probs: Tensor;
  /** Number of classes. */
  readonly eventSize: Tensor;
  readonly #batchRank: Tensor;
  readonly #batchShape: Tensor;
  constructor(...args: Args<Params, typeof ORDER>) {
    const p = parametersOf<Params>(ORDER, args, 0, { logits: null, probs: null, dtype: int32, name: 'Categorical' });
    const made = publicCall(Categorical as never, () => inScope(p.name, '', [p.logits, p.probs], (name) => {
      const [given, probs] = logitsAndProbs({ logits: p.logits, probs: p.probs, validateArgs: p.validateArgs, multidimensional: true, name });
      const logits = p.validateArgs ? checkedClasses(given) : given;
      const known = logits.shape.withRankAtLeast(1);
      const int = (v: number, as: string): Tensor => convertToTensor(scalarOf(v, int32), { name: as });
      const batchRank = known.ndims === null ? inScope('batch_rank', '', [], () => rank(logits).sub(1)) : int(known.ndims - 1, 'batch_rank');
      const shape = shapeOf(logits, { name: 'logits_shape' });
      const classes = known.dims?.at(-1) ?? null;
      const eventSize = classes === null ? inScope('event_size', '', [], () => shape.at(batchRank)) : int(classes, 'event_size');
      const batch = known.slice(0, -1);
      const batchShape = batch.isFullyDefined ? constantNode(int32Vector(batch.asList() as number[]), { name: 'batch_shape' }) : inScope('batch_shape', '', [], () => shape.at([null, -1]));
      return { logits, probs, batchRank, eventSize, batchShape, name };
    }));
    super({ dtype: p.dtype!, reparameterizationType: NOT_REPARAMETERIZED, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, parameters: { ...p }, graphParents: [made.logits, made.probs], name: made.name });
    this.logits = made.logits;
    this.probs = made.probs;
    this.eventSize = made.eventSize;
    this.#batchRank = made.batchRank;
    this.#batchShape = made.batchShape;
  }

  protected override _batchShape(): TensorShape { return this.logits.shape.slice(0, -1); }
  protected override _batchShapeTensor(): Tensor { return identity(this.#batchShape); }
  protected override _eventShape(): TensorShape { return SCALAR_SHAPE; }
  protected override _sampleN(n: Count, seed: number | null): Tensor {
    const flat = this.logits.shape.ndims === 2 ? this.logits : reshape(this.logits, [-1, this.eventSize]);
    const count = typeof n === 'number' ? scalarOf(n, int32) : n;
    const draws = transpose(multinomial({ logits: flat, numSamples: count, seed, outputDtype: this.dtype.size > 4 ? int64 : int32 }));
    return cast(reshape(draws, concat([[n], this.batchShapeTensor()], 0)), this.dtype);
  }
  protected override _cdf(given: Tensor): Tensor {
    const [k, probs] = broadcast(this.#checkedClass(given), this.probs, this.dtype.baseDtype);
    const flat = reshape(probs, [-1, this.eventSize]);
    const classes = reshape(k, [-1]);
    const below = where(sequenceMask(classes, this.eventSize), flat, zerosLike(flat));
    const sums = reduceSum(below, { axis: -1 });
    return reshape(sums, shapeOf(k));
  }
  protected override _logProb(given: Tensor): Tensor {
    const [labels, logits] = broadcast(this.#checkedClass(given), this.logits, this.dtype.baseDtype);
    return sparseSoftmaxCrossEntropyWithLogits({ labels, logits }).neg();
  }
  protected override _entropy(): Tensor { return reduceSum(logSoftmax(this.logits).mul(this.probs), { axis: -1 }).neg(); }
  protected override _mode(): Tensor {
    const mode = cast(argmax(this.logits, { axis: this.#batchRank }), this.dtype);
    mode.setShape(this.batchShape);
    return mode;
  }
  #checkedClass(k: Tensor): Tensor { return this.validateArgs ? checkedCast(k, int32) : k; }
}

RegisterKL(Categorical, Categorical)((a, b, name) => inScope(name, 'kl_categorical_categorical', [a.logits, b.logits], () => {
  const delta = logSoftmax(a.logits).sub(logSoftmax(b.logits));
  return reduceSum(softmax(a.logits).mul(delta), { axis: -1 });
}));
