// Classes sampled for losses over few of many: uniform and log-uniform candidates, and which of them are true by accident. Probabilities
// in binary64, expected counts in binary32. Follows tensorflow/core/kernels/{candidate_sampler_ops,range_sampler}.cc, lib/random/exact_uniform_int.h.
import { float32, int32, int64 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, fromNumbers, intAttr, invalid, toNumbers } from './common.ts';
import * as fn from './elementary.ts';
import type { Kernel, KernelDef } from './kernel.ts';
import { toDouble, Words } from './philox.ts';
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

const candidates = (make: (range: number) => Sampler): Kernel => ([classes], node, state) => {
  const [count, width, unique, range] = [intAttr(node, 'num_sampled'), intAttr(node, 'num_true'), boolAttr(node, 'unique'), intAttr(node, 'range_max')];
  if (classes!.shape.length !== 2) throw invalid('true_classes must be a matrix');
  if (classes!.shape[1] !== width) throw invalid(`true_classes must have num_true columns, expected: ${classes!.shape[1]} was: ${width}`);
  if (unique && count > range) throw invalid("Sampler's range is too small.");
  const { sample, probability } = make(range), words = new Words(reserve(node, state, 512 * count)), used = new Set<number>(), sampled: number[] = [];
  let tries = 0;
  while (sampled.length < count) {
    const v = sample(words);
    tries++;
    if (unique && used.has(v)) continue;
    used.add(v);
    sampled.push(v);
  }
  const counts = (values: number[]): Float32Array => Float32Array.from(values, (v) => expectedCount(probability(v), count, tries));
  return [fromNumbers(int64, [count], sampled), new NDArray(float32, classes!.shape, counts(toNumbers(classes!))), new NDArray(float32, [count], counts(sampled))];
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
  { op: 'LogUniformCandidateSampler', kernel: candidates(logUniform) }, { op: 'UniformCandidateSampler', kernel: candidates(uniform) }, { op: 'ComputeAccidentalHits', kernel: accidentalHits },
];
