// P1 and P2 for sessions: fetches, feeds, errors, callables, partial runs.
import * as sess from './programs/sess.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(sess, {});
