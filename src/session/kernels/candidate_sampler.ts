// Classes sampled for losses over few of many: uniform, log-uniform, by given frequencies or by those seen so far, and which of them are
// true by accident. Probabilities in binary64, expected counts in binary32. Follows tensorflow/core/kernels/{candidate_sampler_ops,
// range_sampler}.cc, lib/random/{exact_uniform_int.h,distribution_sampler.cc,weighted_picker.cc}.
import { float32, int32, int64 } from '../../graph/dtype.ts';
import { UnimplementedError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { attrOf, boolAttr, floatAttr, fromNumbers, intAttr, intsUpTo, invalid, stringAttr, toNumbers } from './common.ts';
import * as fn from './elementary.ts';
import type { Kernel, KernelDef, KernelNode, KernelState } from './kernel.ts';
import { toDouble, toFloat, Words } from './philox.ts';
import { pow } from './pow.ts';
import { reserve } from './random.ts';
import { SCALAR32, SCALAR64 } from './scalar.ts';

interface Sampler { readonly sample: (words: Words) => number; readonly probability: (value: number) => number }

function logUniform(range: number): Sampler {
  const log = fn.log1p(SCALAR64, range);
  return {
    sample: (words) => {
      const low = words.next();
      return (Math.trunc(fn.exp(SCALAR64, toDouble(low, words.next()) * log)) - 1) % range;
    },
    probability: (v) => Math.fround(fn.log(SCALAR64, (v + 2) / (v + 1)) / log),
  };
}
/** Whole words, the least of them left out so that every remainder is as likely. */
function uniform(range: number): Sampler {
  const n = BigInt(range), left = (n & (n - 1n)) === 0n ? 0n : ((1n << 64n) - 1n) % n + 1n, probability = Math.fround(1 / range);
  const word = (words: Words): bigint => { const low = BigInt(words.next()); return low | (BigInt(words.next()) << 32n); };
  return {
    sample: (words) => {
      let v = word(words);
      while (v < left) v = word(words);
      return Number(v % n);
    },
    probability: () => probability,
  };
}

/** How often a value is expected among the samples, `tries` draws having given them. */
function expectedCount(p: number, count: number, tries: number): number {
  return tries === count ? Math.fround(p * count) : -fn.expm1(SCALAR32, Math.fround(tries * fn.log1p(SCALAR32, -p)));
}

/** A whole number below n, every one as likely. */
function below(words: Words, n: number): number {
  const left = (n & (n - 1)) === 0 ? 0 : (0xffffffff % n) + 1;
  let v = words.next();
  while (v < left) v = words.next();
  return v % n;
}
/** By weights, from two words: a column, and its own value or another's (Walker's aliases). */
function weighted(weights: readonly number[]): Sampler {
  const f = Math.fround, n = weights.length, total = weights.reduce((s, w) => f(s + w), 0), sum = weights.reduce((s, w) => s + w, 0);
  const share = weights.map((w) => (w * n) / sum), other = share.map((_, i) => i), low: number[] = [], high: number[] = [];
  share.forEach((p, i) => (p < 1 ? low : high).push(i));
  while (high.length > 0 && low.length > 0) {
    const l = low.pop()!, h = high.pop()!;
    other[l] = h;
    share[h] = share[h]! - (1 - share[l]!);
    (share[h]! < 1 ? low : high).push(h);
  }
  for (const i of [...high, ...low]) [share[i], other[i]] = [1, i]; // what rounding left over
  return {
    sample: (words) => { const r = toFloat(words.next()), i = below(words, n); return r < f(share[i]!) ? i : other[i]!; },
    probability: (v) => (v >= 0 && v < n ? f(weights[v]! / total) : 0),
  };
}
function fixedUnigram(node: KernelNode): Sampler {
  const given = attrOf(node, 'unigrams', 'list', {}).f ?? [], range = intAttr(node, 'range_max');
  if (stringAttr(node, 'vocab_file', '') !== '') throw new UnimplementedError('vocab_file: frequencies are not read from files, give them as unigrams');
  if (given.length === 0) throw invalid('Must provide either vocab_file or unigrams.');
  const [shards, shard, reserved, distortion] = [intAttr(node, 'num_shards', 1), intAttr(node, 'shard', 0), intAttr(node, 'num_reserved_ids', 0), Math.fround(floatAttr(node, 'distortion', 1))];
  const weights = Array.from({ length: Math.ceil(Math.max(reserved - shard, 0) / shards) }, () => 0), first = weights.length;
  given.forEach((w, i) => { if ((first + i) % shards === shard) weights.push(pow(SCALAR32, Math.fround(w), distortion)); });
  if (weights.length !== range) throw invalid(`range_max is ${range}, but there are ${weights.length} weights`);
  return weighted(weights);
}
/** By how often each class was true so far, and once more. */
function learned(seen: Int32Array): Sampler {
  const total = seen.reduce((a, b) => a + b, 0);
  return {
    sample: (words) => { let at = below(words, total), i = 0; while (at >= seen[i]!) at -= seen[i++]!; return i; },
    probability: (v) => Math.fround((seen[v] ?? 0) / total),
  };
}

/** Draws what the node asks for. */
function draw(node: KernelNode, classes: NDArray, range: number, sampler: () => Sampler, state: KernelState): NDArray[] {
  const [count, width, unique] = [intAttr(node, 'num_sampled'), intAttr(node, 'num_true'), boolAttr(node, 'unique')];
  if (classes.shape.length !== 2) throw invalid('true_classes must be a matrix');
  if (classes.shape[1] !== width) throw invalid(`true_classes must have num_true columns, expected: ${classes.shape[1]} was: ${width}`);
  if (unique && count > range) throw invalid("Sampler's range is too small.");
  const { sample, probability } = sampler(), words = new Words(reserve(node, state, 512 * count)), used = new Set<number>(), sampled: number[] = [];
  let tries = 0;
  while (sampled.length < count) {
    const v = sample(words);
    tries++;
    if (unique && used.has(v)) continue;
    used.add(v);
    sampled.push(v);
  }
  const counts = (values: number[]): Float32Array => Float32Array.from(values, (v) => expectedCount(probability(v), count, tries));
  return [fromNumbers(int64, [count], sampled), new NDArray(float32, classes.shape, counts(toNumbers(classes))), new NDArray(float32, [count], counts(sampled))];
}
const candidates = (make: (range: number, node: KernelNode) => Sampler): Kernel => ([classes], node, state) => {
  const range = intAttr(node, 'range_max');
  return draw(node, classes!, range, () => make(range, node), state);
};
/** What a sampler that learns keeps: its place in the stream, and how often it has seen each class. */
interface Learning { readonly stream?: unknown; readonly seen: Int32Array }
const learning: Kernel = ([classes], node, state) => {
  const range = intAttr(node, 'range_max'), was = state.get((): Learning => ({ seen: new Int32Array(range).fill(1) }));
  let { stream } = was;
  const out = draw(node, classes!, range, () => learned(was.seen), { get: <T>(init: () => T) => (stream ??= init()) as T, set: (v) => { stream = v; } });
  const seen = was.seen.slice();
  for (const v of toNumbers(classes!)) {
    if (v < 0 || v >= range) throw invalid(`true_classes holds ${v}, which is not below range_max ${range}`);
    seen[v] = seen[v]! + 1;
  }
  state.set<Learning>({ stream, seen });
  return out;
};
/** Every class once. */
const allCandidates: Kernel = ([classes], node) => {
  const [count, width] = [intAttr(node, 'num_sampled'), intAttr(node, 'num_true')];
  if (classes!.shape.length !== 2) throw invalid('true_classes must be a matrix');
  if (classes!.shape[1] !== width) throw invalid(`true_classes must have num_true columns, expected: ${classes!.shape[1]} was: ${width}`);
  const ones = (shape: readonly number[], n: number): NDArray => new NDArray(float32, shape, new Float32Array(n).fill(1));
  return [fromNumbers(int64, [count], intsUpTo(count)), ones(classes!.shape, classes!.size), ones([count], count)];
};

const accidentalHits: Kernel = ([classes, sampled], node) => {
  const width = intAttr(node, 'num_true');
  if (classes!.shape.length !== 2 || classes!.shape[1] !== width) throw invalid('true_candidates must be a batch_size * num_true matrix');
  if (sampled!.shape.length !== 1) throw invalid('sampled_candidates must be a vector, which is typically an output from CandidateSampler');
  const at = new Map(toNumbers(sampled!).map((v, i) => [v, i]));
  const hits = toNumbers(classes!).flatMap((v, i) => (at.has(v) ? [[Math.floor(i / width), at.get(v)!] as const] : []));
  return [
    fromNumbers(int32, [hits.length], hits.map(([row]) => row)), fromNumbers(int64, [hits.length], hits.map(([, place]) => place)),
    new NDArray(float32, [hits.length], new Float32Array(hits.length).fill(-3.4028234663852886e38)),
  ];
};

export const candidateSamplerKernels: readonly KernelDef[] = [
  { op: 'LogUniformCandidateSampler', kernel: candidates(logUniform) }, { op: 'UniformCandidateSampler', kernel: candidates(uniform) },
  { op: 'FixedUnigramCandidateSampler', kernel: candidates((_, node) => fixedUnigram(node)) }, { op: 'LearnedUnigramCandidateSampler', kernel: learning }, { op: 'ThreadUnsafeUnigramCandidateSampler', kernel: learning },
  { op: 'AllCandidateSampler', kernel: allCandidates }, { op: 'ComputeAccidentalHits', kernel: accidentalHits },
];
