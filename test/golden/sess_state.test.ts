// sess_state: initial values that read other variables, state from run to run and per session, variable methods.
import * as programs from './programs/sess_state.ts';
import { goldenSuite } from './suite.ts';

// `init` runs the guards of w and u, which are conditionals over a variable without a value; all later steps need it.
const GUARDS = 'sessions do not run a RefSwitch of an uninitialized variable yet';

goldenSuite(programs, { sess_state: { skipRuns: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [i + 2, GUARDS])) } });
