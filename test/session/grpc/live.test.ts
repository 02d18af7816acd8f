// The checks against real TensorFlow servers, where TF115_PYTHON and TF12_PYTHON name Pythons with TensorFlow 1.15 and 1.2: `npm run test:grpc` (servers
// listen on all interfaces, so that script gives them a network name space of their own). With TFGRAPH_RECORD=1 what went over the
// wire becomes transcript*.json.gz, which transcript.test.ts replays.
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { grpcMaster } from '../../../src/session/grpc/session.ts';
import { registerMaster } from '../../../src/session/master.ts';
import { checksOf, runCheck, VERSIONS } from './checks.ts';
import { freePort, RealServer } from './real.ts';
import { type Exchange, Wire } from './wire.ts';

registerMaster('grpc', grpcMaster);
const RUNS = VERSIONS.flatMap((v) => [false, true].map((cluster) => ({ ...v, cluster, python: process.env[v.variable] })));
const records = new Map<string, Record<string, readonly Exchange[]>>(VERSIONS.map(({ file }) => [file, {}]));

async function servers(python: string, cluster: boolean): Promise<{ wire: Wire; tasks: Map<string, RealServer> }> {
  const address = async (): Promise<string> => `127.0.0.1:${await freePort()}`;
  const spec: Record<string, string[]> = cluster ? { ps: [await address()], worker: [await address()] } : { localhost: [await address()] };
  const tasks = new Map(Object.keys(spec).map((job) => [job, new RealServer(python, spec, job, 0)]));
  await Promise.all([...tasks.values()].map((s) => s.start()));
  return { tasks, wire: await new Wire(tasks.get(cluster ? 'worker' : 'localhost')!.address).start() };
}

for (const { version, python, cluster, file, old } of RUNS) describe.skipIf(python === undefined)(`real servers of ${version} (cluster: ${cluster})`, () => {
  const record = records.get(file)!;
  let wire: Wire;
  let tasks: Map<string, RealServer>;
  beforeAll(async () => { ({ wire, tasks } = await servers(python!, cluster)); });
  afterAll(async () => {
    wire.stop();
    for (const s of tasks.values()) await s.kill();
  });
  test.each(checksOf(old).filter((c) => (c.cluster ?? false) === cluster))('$name', async (check) => {
    wire.begin();
    await runCheck(check, wire, {
      old,
      kill: async (task) => { if (task === undefined) wire.stop(); await tasks.get(task ?? 'localhost')!.kill(); },
      restart: async (task) => { await tasks.get(task ?? 'localhost')!.start(); if (task === undefined) await wire.start(); },
    });
    if (!check.live) record[check.name] = wire.end();
  });
});
afterAll(() => {
  if (process.env['TFGRAPH_RECORD'] === '1') for (const [file, record] of records) if (Object.keys(record).length > 0) writeFileSync(new URL(file, import.meta.url), gzipSync(JSON.stringify(record), { level: 9 }));
});
