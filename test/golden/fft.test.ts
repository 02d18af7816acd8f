// The fft_* programs of the golden records: sums over a whole array (the gradient of the sum of an inverse transform is 0 but at one place).
import * as programs from './programs/fft.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { fft_dct: { relative: 3e-6 }, fft_ops: { relative: 2e-6, terms: { 'step 2 [1][0]': 1, 'step 2 [1][1]': 1 } } });
