// The layers_* programs of the golden records: layers, losses, metrics.
import * as programs from './programs/layers.ts';
import * as more from './programs/layers_contrib_more.ts';
import * as rest from './programs/layers_rest.ts';
import * as renorm from './programs/layers_renorm.ts';
import { goldenSuite } from './suite.ts';

goldenSuite({ ...programs, ...more, ...rest, ...renorm }, {
  layers_core: { relative: 2e-6 }, layers_losses: { relative: 2e-7 },
  layers_contrib: { relative: 2e-6, skipFacts: { 'not decorated': 'a tuple of the format and the names of a Python module and function' } },
  layers_contrib_more: { relative: 2e-6 },
  layers_rest: { relative: 2e-6 }, layers_renorm: { relative: 1e-5 },
  layers_nn: { relative: 2e-6, skipRuns: { 43: 'top_k without sorting leaves the order open' } },
  // The gradients are small differences of terms near one: what rounding leaves of them is good to four digits.
  layers_bn: { relative: 1e-4, skipRuns: { 8: "TensorFlow's CPU kernel has no NCHW; here it is computed" } },
});
