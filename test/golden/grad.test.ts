// The grad_* programs of the golden records: gradients of ops, and gradients of one's own.
import * as programs from './programs/grad.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { grad_array: { relative: 3e-7 }, grad_math: { relative: 1e-6 }, grad_custom: { skipFacts: { 'duplicate registration': 'tells where the first registration was' } } });
