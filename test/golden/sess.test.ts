// P1 and P2 for sessions: fetches, feeds, errors, callables, partial runs.
import * as sess from './programs/sess.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(sess, {
  sess_errors: { skipRuns: {
    27: 'TensorFlow\'s graph rewriting has swapped the operands: with it off the text is ours, `Incompatible shapes: [3] vs. [2]` (run 27 of the same program with --plain; tested in test/session/cases.test.ts)',
  } },
  sess_callable: { remote: { skipRuns: { 6: 'a failed part of a partial run ends the sessions of a process only: those of a real server go on as well' }, skipFacts: { 'no setup': "a server's text is another: `Must run PartialRunSetup before performing partial runs`, as a real one's" } }, skipFacts: {
    few: 'b and c both have no value, and which one TensorFlow names is a race (b in 82 of 300 calls, c in 218); test/session/callable.test.ts has the text for one',
    'bad feed': 'the value is the print of a Python function; that nothing is thrown is tested in test/session/callable.test.ts',
  } },
});
