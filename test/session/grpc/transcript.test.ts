// The checks against what real TensorFlow 1.15.5 answered: no Python is needed. live.test.ts writes the transcript.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grpcMaster } from '../../../src/session/grpc/session.ts';
import { registerMaster } from '../../../src/session/master.ts';
import { CHECKS, runCheck } from './checks.ts';
import { type Exchange, Wire } from './wire.ts';

registerMaster('grpc', grpcMaster);
const record = JSON.parse(gunzipSync(readFileSync(new URL('transcript.json.gz', import.meta.url))).toString()) as Record<string, readonly Exchange[]>;
const wire = new Wire();
beforeAll(async () => { await wire.start(); });
afterAll(() => { wire.stop(); });

test.each(CHECKS.filter((c) => !c.live))('$name', async (check) => {
  wire.begin(record[check.name]);
  await runCheck(check, wire, {
    kill: async (task) => { if (task === undefined) wire.stop(); },
    restart: async (task) => { if (task === undefined) await wire.start(); },
  });
  expect(wire.left).toEqual([]);
});
