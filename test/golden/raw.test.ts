// The raw_* programs of the golden records: ops no function of Python's stands for.
import * as programs from './programs/raw.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, {});
