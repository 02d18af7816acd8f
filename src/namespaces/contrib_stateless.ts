// `tf.contrib.stateless`.
export { statelessMultinomial, statelessNormal as statelessRandomNormal, statelessTruncatedNormal, statelessUniform as statelessRandomUniform } from '../ops/random_stateless.ts';
