// The train_* programs of the golden records: monitored sessions.
import { afterAll, beforeAll, vi } from 'vitest';
import * as programs from './programs/train.ts';
import { goldenSuite } from './suite.ts';

// What the hooks log belongs to them, not to the test's output.
const logged: ReturnType<typeof vi.spyOn>[] = [];
beforeAll(() => { for (const level of ['error', 'warn'] as const) logged.push(vi.spyOn(console, level).mockImplementation(() => undefined)); });
afterAll(() => { for (const l of logged) l.mockRestore(); });

goldenSuite(programs, { train_monitored: { remote: 'its sessions are those the program makes, in its own process' } });
