// P1 and P2 for the control-flow programs.
import { afterAll, beforeAll, vi } from 'vitest';
import * as flow from './programs/flow.ts';
import { goldenSuite } from './suite.ts';

// What the programs print belongs to them, not to the test's output.
let printed: ReturnType<typeof vi.spyOn>;
beforeAll(() => { printed = vi.spyOn(console, 'error').mockImplementation(() => undefined); });
afterAll(() => { printed.mockRestore(); });

const noKernel = 'UnsortedSegmentSum, which makes slices dense, has no kernel yet';
goldenSuite(flow, {
  // 32 steps for each of six feeds; the gradient with slices is the fifth.
  flow_branches: { skipRuns: Object.fromEntries([0, 1, 2, 3, 4, 5].map((i) => [32 * i + 4, noKernel])) },
});
