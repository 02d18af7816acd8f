// Losses over a few sampled classes of many, and what samples them. Follows python/ops/{candidate_sampling_ops,nn_impl}.py and
// core/ops/candidate_sampling_ops.cc (1.15).
import { int32, int64 } from '../graph/dtype.ts';
import { NDArray } from '../graph/ndarray.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, stack } from './array_join.ts';
import { expandDims, reshape, shape as shapeOf } from './array_shape.ts';
import { slice } from './array_slice.ts';
import { ones, onesLike, stopGradient, zerosLike } from './array_values.ts';
import { inScope, int32Vector, scalarOf } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { embeddingLookup } from './embedding_ops.ts';
import { multiply } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { matmul } from './math_linear.ts';
import { log } from './math_unary.ts';
import { sigmoidCrossEntropyWithLogits, softmaxCrossEntropyWithLogitsV2 } from './nn_softmax.ts';
import { applyOp, type AttrInput } from './op_def_library.ts';
import { PartitionedVariable } from './partitioned_variables.ts';
import { getSeed } from './random_ops.ts';
import { defineOp } from './registry.ts';
import { dimOf, matrix, vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';
import { sparseToDense } from './sparse_ops.ts';
import type { Variable } from './variables.ts';
import './tensor_operators.ts';

const sampler: ShapeFn = (c) => {
  const count = vector(c.int('num_sampled'));
  return [count, matrix(dimOf(c.withRank(c.input(0), 2), 0), c.int('num_true')), count];
};
defineOp('LogUniformCandidateSampler', { shape: sampler, grad: null });
defineOp('UniformCandidateSampler', { shape: sampler, grad: null });
for (const op of ['AllCandidateSampler', 'FixedUnigramCandidateSampler', 'LearnedUnigramCandidateSampler', 'ThreadUnsafeUnigramCandidateSampler']) defineOp(op, { shape: sampler, grad: null });
defineOp('ComputeAccidentalHits', { shape: (c) => {
  c.withValue(dimOf(c.withRank(c.input(0), 2), 1), c.int('num_true'));
  c.withRank(c.input(1), 1);
  return [vector(null), vector(null), vector(null)];
}, grad: null });

/** What a candidate sampler returns: classes [numSampled] of int64, how often each true class [batch, numTrue] and each sampled one was to be expected. */
interface Sampled { readonly sampledCandidates: Tensor; readonly trueExpectedCount: Tensor; readonly sampledExpectedCount: Tensor }
interface SamplerParams { trueClasses: TensorLike; numTrue: number; numSampled: number; unique: boolean; rangeMax: number; seed?: number | null; name?: string | null }
const SAMPLER = ['trueClasses', 'numTrue', 'numSampled', 'unique', 'rangeMax', 'seed', 'name'] as const;
const sampled = (type: string) => (p: SamplerParams): Sampled => made(type, p, { range_max: p.rangeMax });
function made(type: string, p: Omit<SamplerParams, 'rangeMax'>, more: Readonly<Record<string, AttrInput>>): Sampled {
  const [seed, seed2] = getSeed(p.seed);
  const o = applyOp(type, [p.trueClasses], { num_true: p.numTrue, num_sampled: p.numSampled, unique: p.unique, ...more, seed, seed2 }, p.name).outputs;
  return { sampledCandidates: o[0]!, trueExpectedCount: o[1]!, sampledExpectedCount: o[2]! };
}
/** `tf.nn.log_uniform_candidate_sampler` (`tf.random.log_uniform_candidate_sampler`): classes below `rangeMax`, small ones oftener, as words by falling frequency.
 * A run fails with InvalidArgumentError when more `unique` classes are wanted than there are. */
export const logUniformCandidateSampler = api('logUniformCandidateSampler', SAMPLER, sampled('LogUniformCandidateSampler'), { required: 5 });
/** `tf.nn.uniform_candidate_sampler` (`tf.random.uniform_candidate_sampler`): every class as likely. */
export const uniformCandidateSampler = api('uniformCandidateSampler', SAMPLER, sampled('UniformCandidateSampler'), { required: 5 });
/** `tf.nn.learned_unigram_candidate_sampler` (`tf.random.learned_unigram_candidate_sampler`): classes as often as they were true in this session's runs so far. */
export const learnedUnigramCandidateSampler = api('learnedUnigramCandidateSampler', SAMPLER, sampled('LearnedUnigramCandidateSampler'), { required: 5 });
interface FixedParams extends SamplerParams { vocabFile?: string; distortion?: number; numReservedIds?: number; numShards?: number; shard?: number; unigrams?: readonly number[] }
/** `tf.nn.fixed_unigram_candidate_sampler` (`tf.random.fixed_unigram_candidate_sampler`): classes by the frequencies `unigrams` to the power `distortion` (1), after `numReservedIds` classes that
 * are never sampled; of `numShards` parts that of number `shard`. A run fails with InvalidArgumentError unless there are `rangeMax` of them; `vocabFile` is not read. */
export const fixedUnigramCandidateSampler = api('fixedUnigramCandidateSampler', ['trueClasses', 'numTrue', 'numSampled', 'unique', 'rangeMax', 'vocabFile', 'distortion', 'numReservedIds', 'numShards', 'shard', 'unigrams', 'seed', 'name'], (p: FixedParams): Sampled =>
  made('FixedUnigramCandidateSampler', p, { range_max: p.rangeMax, vocab_file: p.vocabFile ?? '', distortion: p.distortion ?? 1, num_reserved_ids: p.numReservedIds ?? 0, num_shards: p.numShards ?? 1, shard: p.shard ?? 0, unigrams: p.unigrams ?? [] }), { required: 5 });
/** `tf.nn.all_candidate_sampler` (`tf.random.all_candidate_sampler`): the classes 0 to `numSampled` - 1, each once: no sampling at all. */
export const allCandidateSampler = api('allCandidateSampler', ['trueClasses', 'numTrue', 'numSampled', 'unique', 'seed', 'name'], (p: Omit<SamplerParams, 'rangeMax'>): Sampled => made('AllCandidateSampler', p, {}), { required: 4 });

interface Hits { trueClasses: TensorLike; sampledCandidates: TensorLike; numTrue: number; seed?: number | null; name?: string | null }
/** `tf.nn.compute_accidental_hits`: the places where a sampled class is a true one: rows of `trueClasses`, positions in `sampledCandidates`, and the least float for each. */
export const computeAccidentalHits = api('computeAccidentalHits', ['trueClasses', 'sampledCandidates', 'numTrue', 'seed', 'name'], (p: Hits): { indices: Tensor; ids: Tensor; weights: Tensor } => {
  const [seed, seed2] = getSeed(p.seed);
  const o = applyOp('ComputeAccidentalHits', [p.trueClasses, p.sampledCandidates], { num_true: p.numTrue, seed, seed2 }, p.name).outputs;
  return { indices: o[0]!, ids: o[1]!, weights: o[2]! };
}, { required: 3 });

type Table = TensorLike | PartitionedVariable | readonly (TensorLike | Variable)[];
interface LossParams {
  weights: Table; biases: Table; labels: Tensor; inputs: Tensor; numSampled: number; numClasses: number; numTrue?: number;
  sampledValues?: Sampled | null; removeAccidentalHits?: boolean; partitionStrategy?: 'mod' | 'div'; name?: string | null; seed?: number | null;
}
const LOSS = ['weights', 'biases', 'labels', 'inputs', 'numSampled', 'numClasses', 'numTrue', 'sampledValues', 'removeAccidentalHits', 'partitionStrategy', 'name'] as const;
const int = (v: number): NDArray => scalarOf(v, int32);

/** The sum of each row, as a product with ones: cheaper to differentiate. */
function sumRows(x: Tensor): Tensor {
  const count = stack([shapeOf(x).at(1), int(1)]);
  return reshape(matmul(x, ones(count, x.dtype)), int32Vector([-1]));
}

/** Logits of the true classes (first columns) and of the sampled ones, and labels for them. */
function sampledLogits(p: LossParams, removeAccidentalHits: boolean): [logits: Tensor, labels: Tensor] {
  const numTrue = p.numTrue ?? 1, list = p.weights instanceof PartitionedVariable ? [...p.weights] : Array.isArray(p.weights) ? p.weights as readonly TensorLike[] : [p.weights as TensorLike];
  const lookup = (params: Table, ids: Tensor): Tensor => {
    const rows = embeddingLookup(params, ids, { partitionStrategy: p.partitionStrategy ?? 'mod' });
    return rows.dtype === p.inputs.dtype ? rows : castTensor(rows, p.inputs.dtype);
  };
  return inScope(p.name, 'compute_sampled_logits', [...list, p.biases, p.inputs, p.labels], () => {
    const labels = castTensor(p.labels, int64), flat = reshape(labels, int32Vector([-1]));
    const values = p.sampledValues ?? logUniformCandidateSampler({ trueClasses: labels, numTrue, numSampled: p.numSampled, unique: true, rangeMax: p.numClasses, seed: p.seed ?? null });
    const candidates = stopGradient(values.sampledCandidates), trueCount = stopGradient(values.trueExpectedCount), sampledCount = stopGradient(values.sampledExpectedCount);
    const classes = castTensor(candidates, int64), ids = concat([flat, classes], 0);
    const w = lookup(list as Table, ids);
    const trueW = slice(w, int32Vector([0, 0]), stack([shapeOf(flat).at(0), int(-1)]));
    const sampledW = slice(w, stack([shapeOf(flat).at(0), int(0)]), int32Vector([-1, -1]));
    let sampledOut = matmul(p.inputs, sampledW, { transposeB: true });
    const b = lookup(p.biases, ids);
    let trueB = slice(b, int32Vector([0]), shapeOf(flat));
    const sampledB = slice(b, shapeOf(flat), int32Vector([-1]));
    const width = shapeOf(trueW).at([1, 2]), split = concat([int32Vector([-1, numTrue]), width], 0);
    const dots = multiply(expandDims(p.inputs, 1), reshape(trueW, split));
    let trueOut = reshape(sumRows(reshape(dots, concat([int32Vector([-1]), width], 0))), int32Vector([-1, numTrue]));
    trueB = reshape(trueB, int32Vector([-1, numTrue]));
    trueOut = trueOut.add(trueB);
    sampledOut = sampledOut.add(sampledB);
    if (removeAccidentalHits) sampledOut = sampledOut.add(withoutHits(labels, classes, sampledOut, numTrue, p.numSampled));
    trueOut = trueOut.sub(log(trueCount));
    sampledOut = sampledOut.sub(log(sampledCount));
    return [concat([trueOut, sampledOut], 1), concat([onesLike(trueOut).truediv(numTrue), zerosLike(sampledOut)], 1)];
  });
}
/** The least float where a sampled class is a true one, 0 elsewhere. */
function withoutHits(labels: Tensor, classes: Tensor, logits: Tensor, numTrue: number, numSampled: number): Tensor {
  const { indices, ids, weights } = computeAccidentalHits(labels, classes, numTrue);
  const rows = reshape(indices, int32Vector([-1, 1])), places = reshape(castTensor(ids, int32), int32Vector([-1, 1]));
  const at = concat([rows, places], 1, { name: 'sparse_indices' });
  const shape = concat([shapeOf(labels).at([null, 1]), expandDims(int(numSampled), 0)], 0);
  return sparseToDense(at, shape, weights.dtype === logits.dtype ? weights : castTensor(weights, logits.dtype), { defaultValue: 0, validateIndices: false });
}
const asTensors = (p: LossParams): LossParams => ({ ...p, labels: convertToTensor(p.labels), inputs: convertToTensor(p.inputs) });

/** `tf.nn.nce_loss`: noise-contrastive estimation: for each example the sum of logistic losses over its true classes `labels` [batch, numTrue] and `numSampled`
 * sampled ones. `weights` [numClasses, dim] (or parts of it), `biases` [numClasses], `inputs` [batch, dim]. Without `sampledValues` classes come log-uniformly. */
export const nceLoss = api('nceLoss', LOSS, (p: LossParams): Tensor => {
  const [logits, labels] = sampledLogits({ ...asTensors(p), name: p.name === undefined ? 'nce_loss' : p.name }, p.removeAccidentalHits ?? false);
  return sumRows(sigmoidCrossEntropyWithLogits({ labels, logits, name: 'sampled_losses' }));
}, { required: 6 });
/** `tf.nn.sampled_softmax_loss`: the softmax cross entropy of each example over its true classes and sampled ones; arguments as `nceLoss`. For training alone. */
export const sampledSoftmaxLoss = api('sampledSoftmaxLoss', [...LOSS, 'seed'], (p: LossParams): Tensor => {
  const [logits, given] = sampledLogits({ ...asTensors(p), name: p.name === undefined ? 'sampled_softmax_loss' : p.name }, p.removeAccidentalHits ?? true);
  return softmaxCrossEntropyWithLogitsV2({ labels: stopGradient(given, { name: 'labels_stop_gradient' }), logits });
}, { required: 6 });
