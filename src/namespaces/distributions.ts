// `tf.distributions`.
export { Distribution, FULLY_REPARAMETERIZED, NOT_REPARAMETERIZED, ReparameterizationType } from '../ops/distributions/distribution.ts';
export { klDivergence, RegisterKL } from '../ops/distributions/kullback_leibler.ts';
export { Bernoulli } from '../ops/distributions/bernoulli.ts';
export { Beta } from '../ops/distributions/beta.ts';
export { Categorical } from '../ops/distributions/categorical.ts';
export { Dirichlet } from '../ops/distributions/dirichlet.ts';
export { DirichletMultinomial } from '../ops/distributions/dirichlet_multinomial.ts';
export { Exponential, Gamma } from '../ops/distributions/gamma.ts';
export { Laplace } from '../ops/distributions/laplace.ts';
export { Multinomial } from '../ops/distributions/multinomial.ts';
export { Normal } from '../ops/distributions/normal.ts';
export { StudentT } from '../ops/distributions/student_t.ts';
export { Uniform } from '../ops/distributions/uniform.ts';
