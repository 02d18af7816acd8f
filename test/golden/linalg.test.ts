// The linalg_* programs of the golden records. Results are sums over a matrix whose errors its condition multiplies: floats are judged relative to the
// largest element.
import * as programs from './programs/linalg.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { linalg_solve: { relative: 2e-6 }, linalg_decomp: { relative: 2e-6 } });
