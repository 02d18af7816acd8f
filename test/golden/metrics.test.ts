// The metrics_* programs of the golden records.
import * as programs from './programs/metrics.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs);
