// sess_state: initial values that read other variables, state from run to run and per session, variable methods.
import * as programs from './programs/sess_state.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs);
