// The nn_* programs of the golden records: neural network ops.
import * as programs from './programs/nn.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { nn_rest: { relative: 1e-6 } });
