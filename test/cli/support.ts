// Runs the CLI in process and catches what it writes.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from '../../src/cli/main.ts';

export interface Ran { readonly code: number; readonly out: string; readonly err: string }

export async function tfgraph(...argv: string[]): Promise<Ran> {
  let [out, err] = ['', ''];
  const code = await main(argv, { out: (s) => { out += s; }, err: (s) => { err += s; }, color: false });
  return { code, out, err };
}

/** A recorded graph of TensorFlow 1.15.5. */
export function golden(program: string, file = 'graph.pb.gz'): string {
  return fileURLToPath(new URL(`../golden/1.15.5/${program}/${file}`, import.meta.url));
}

/** A file of the given content in a fresh directory. */
export function tempFile(name: string, content: string | Uint8Array): string {
  const path = join(mkdtempSync(join(tmpdir(), 'tfgraph-cli-')), name);
  writeFileSync(path, content);
  return path;
}
