// The dist_* programs of the golden records. Densities and statistics are chains of elementwise ops, so errors of a few ulp add up: floats
// are judged relative to the largest element; sums of log-gammas that cancel (and their exponentials), to the largest of those.
import * as programs from './programs/dist.ts';
import { goldenSuite } from './suite.ts';

const LGAMMA_OF_9 = 10.6;
/** Log-densities, entropies and divergences of Dirichlets and their like; densities. */
const cancelling = Object.fromEntries([
  ['step 1 [2]', LGAMMA_OF_9],
  ...[0, 3].flatMap((step) => [...[26, 28, 41].map((i) => [`step ${step} [${i}]`, LGAMMA_OF_9]), [`step ${step} [42]`, 0.1 * LGAMMA_OF_9]]),
]) as Record<string, number>;
goldenSuite(programs, {
  dist_scalar: { relative: 1e-6 }, dist_vector: { relative: 1e-6, terms: cancelling },
  dist_checks: { ulps: 16, skipRuns: { 23: 'which of two equal checks fails first', 26: 'which of two slices fails first' } },
});
