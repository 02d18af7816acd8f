// The host_* programs of the golden records: functions of the program as ops, and tf.print.
import * as programs from './programs/host.ts';
import { goldenSuite } from './suite.ts';

const TRACEBACK = "Python's traceback is part of the message; the classes are tested with our own functions";
goldenSuite(programs, {
  host_functions: {
    remote: "the functions are in the client's process",
    skipFacts: { keyword: 'an object with other keys is a value here', args: "Python's class of a tensor", kwargs: "Python's classes" },
    skipRuns: Object.fromEntries([8, 9, 10, 11, 12, 13].map((i) => [i, TRACEBACK])),
  },
});
