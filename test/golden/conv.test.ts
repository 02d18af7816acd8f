// The conv_* programs of the golden records: convolution, pooling, normalisation.
import * as programs from './programs/conv.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, {
  conv_norm: { relative: 1e-5 },
  conv_pool: { relative: 1e-6 },
  conv_transposed: { relative: 1e-6 },
  conv_dilated: { relative: 1e-6 },
  conv_morphology: { relative: 1e-6 },
});
