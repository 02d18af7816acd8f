// The grad_* programs of the golden records: gradients of single ops.
import * as programs from './programs/grad.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs);
