// The rand_* programs of the golden records: random numbers, seeds, initializers.
import * as programs from './programs/rand.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { rand_init: { relative: 4e-7 } });
