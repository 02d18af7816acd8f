// The grad_* programs of the golden records: gradients of ops, and gradients of one's own.
import * as programs from './programs/grad.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, {
  grad_array: { relative: 3e-7 },
  // Differences of values near 1 over a width of 0.002.
  grad_checker: { relative: 3e-7, terms: Object.fromEntries(['0 [1]', '2 [1]', '3 [1]', '4 [0][1]', '4 [1][1]'].map((place) => [`step ${place}`, 500])) },
  grad_math: { relative: 1e-6 },
  // The squared output of a batch normalisation hardly depends on the input: its gradient is what is left of terms 700 times as large, summed over 60 places.
  grad_nn: { relative: 3e-7, terms: { 'step 16 (bn) [0]': 83 } },
  grad_custom: { skipFacts: { 'duplicate registration': 'tells where the first registration was' } },
});
