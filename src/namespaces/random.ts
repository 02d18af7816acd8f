// `tf.random`.
export { categorical, multinomial, publicGetSeed as getSeed, randomNormal as normal, randomShuffle as shuffle, randomUniform as uniform, setRandomSeed, truncatedNormal } from '../ops/random_ops.ts';
export { randomGamma as gamma, randomPoisson as poisson, statelessCategorical, statelessMultinomial, statelessNormal, statelessTruncatedNormal, statelessUniform } from '../ops/random_stateless.ts';
export { allCandidateSampler, fixedUnigramCandidateSampler, learnedUnigramCandidateSampler, logUniformCandidateSampler, uniformCandidateSampler } from '../ops/candidate_sampling.ts';
