// Real TensorFlow as a client, 1.15.5 and 1.2.1: client_checks.py runs against a server where the interpreters are given
// (TF115_PYTHON, TF12_PYTHON), and what was said then is replayed here, byte by byte, without them. TFGRAPH_RECORD=1 writes
// the transcripts anew.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Master } from '../../src/server/master.ts';
import { masterOf, serveMaster } from '../../src/server/serve.ts';
import { executorScript } from '../support/executor_script.ts';
import { counter, Recorder, replay } from '../support/transcript.ts';

const here = (file: string): URL => new URL(file, import.meta.url);
const newMaster = async (executors = 2): Promise<Master> => masterOf({ newId: counter(), executors, executorScript: await executorScript() });

describe.each([['1.15.5', 'TF115_PYTHON', 'client_1_15.transcript.gz', 78], ['1.2.1', 'TF12_PYTHON', 'client_1_2.transcript.gz', 75]] as const)('TensorFlow %s', (_, variable, file, checks) => {
  const python = process.env[variable];

  test.skipIf(!python)('every check passes', async () => {
    const master = await newMaster();
    const recorder = new Recorder(master);
    const server = await serveMaster(master, {}, recorder);
    const client = spawn(python!, [fileURLToPath(here('client_checks.py')), server.target], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    client.stdout.on('data', (b: Buffer) => { out += b.toString(); });
    await new Promise((r) => { client.on('close', r); });
    await server.stop();
    const results = out.split('\n').filter((l) => l.startsWith('{')).map((l) => JSON.parse(l) as { check: string; ok: boolean; told: string });
    expect(results.filter((r) => !r.ok).map((r) => `${r.check}: ${r.told}`)).toEqual([]);
    expect(results.length).toBe(checks);
    if (process.env['TFGRAPH_RECORD'] === '1') recorder.save(here(file));
  });

  test.each([0, 2])('what it was answered, it is answered again by %i executors', async (executors) => {
    const master = await newMaster(executors);
    expect(await replay(here(file), master)).toEqual([]);
    await master.close();
  });
});
