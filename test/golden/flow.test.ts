// P1 and P2 for the control-flow programs.
import { afterAll, beforeAll, vi } from 'vitest';
import * as flow from './programs/flow.ts';
import { goldenSuite } from './suite.ts';

// What the programs print belongs to them, not to the test's output.
let printed: ReturnType<typeof vi.spyOn>;
beforeAll(() => { printed = vi.spyOn(console, 'error').mockImplementation(() => undefined); });
afterAll(() => { printed.mockRestore(); });

goldenSuite(flow);
