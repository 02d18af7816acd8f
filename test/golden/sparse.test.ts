// The sparse_* programs of the golden records.
import * as programs from './programs/sparse.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { sparse_rest: { relative: 3e-7, skipFacts: { 'maximum gradient': "Python's own: TensorFlow's function takes too few gradients" } } });
