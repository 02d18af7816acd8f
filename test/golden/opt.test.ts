// The opt_* programs of the golden records: optimizers.
import * as programs from './programs/opt.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { opt_rows: { relative: 2e-7 } });
