// P1 and P2 for name_apis: default names and helper nodes of common calls.
import * as programs from './programs/name_apis.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs);
