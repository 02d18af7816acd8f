// Golden programs as real TensorFlow 1.15 runs them with its sessions on a server of ours: programs/oracle.py once more, its
// sessions' target a `tfgraph serve` of this process. Needs TF115_PYTHON.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '../../src/server/serve.ts';
import type { GoldenRecord } from './record.ts';

const python = process.env['TF115_PYTHON'];
const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url));

/** Gives the record of a program; the first call runs all of them. `files`: what the server has, by name. Undefined without a Python. */
export function remotely(names: readonly string[], files: Readonly<Record<string, string>>): ((name: string) => Promise<GoldenRecord>) | undefined {
  if (python === undefined) return undefined;
  let all: Promise<ReadonlyMap<string, GoldenRecord>> | undefined;
  return async (name) => (await (all ??= run(python, names, files))).get(name)!;
}

async function run(interpreter: string, names: readonly string[], files: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, GoldenRecord>> {
  const out = mkdtempSync(join(tmpdir(), 'tfgraph-golden-')), root = join(out, 'root');
  mkdirSync(root);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const server = await serve({ root });
  try {
    const args = [`${PROGRAMS}oracle.py`, '--jobs', '1', '--out', out, '--target', server.target, ...names.map((n) => `${PROGRAMS}${n}.py`)];
    await new Promise<void>((resolve, reject) => {
      const child = spawn(interpreter, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (b: Buffer) => { said = (said + b.toString()).slice(-2000); });
      child.once('error', reject);
      child.once('close', (code) => { if (code === 0) resolve(); else reject(new Error(`oracle.py ended with ${code}: ${said}`)); });
    });
    return new Map(names.map((n) => [n, JSON.parse(readFileSync(join(out, '1.15.5', n, 'record.json'), 'utf8')) as GoldenRecord]));
  } finally {
    await server.stop();
    rmSync(out, { recursive: true });
  }
}
