// The checks against what real TensorFlow 1.15.5 and 1.2.1 answered: no Python is needed. live.test.ts writes the transcripts.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grpcMaster } from '../../../src/session/grpc/session.ts';
import { registerMaster } from '../../../src/session/master.ts';
import { checksOf, runCheck, VERSIONS } from './checks.ts';
import { type Exchange, Wire } from './wire.ts';

registerMaster('grpc', grpcMaster);

describe.each(VERSIONS)('TensorFlow $version', ({ file, old }) => {
  const record = JSON.parse(gunzipSync(readFileSync(new URL(file, import.meta.url))).toString()) as Record<string, readonly Exchange[]>;
  const wire = new Wire();
  beforeAll(async () => { await wire.start(); });
  afterAll(() => { wire.stop(); });

  test.each(checksOf(old).filter((c) => !c.live))('$name', async (check) => {
    wire.begin(record[check.name]);
    await runCheck(check, wire, {
      old,
      kill: async (task) => { if (task === undefined) wire.stop(); },
      restart: async (task) => { if (task === undefined) await wire.start(); },
    });
    expect(wire.left).toEqual([]);
  });
});
