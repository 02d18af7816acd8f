// The thread of an executor as a file that Node can run: Node does not read TypeScript, so its sources are put together once
// for each process of the tests.
import { renameSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('../../', import.meta.url));
let made: Promise<URL> | undefined;

export function executorScript(): Promise<URL> { return made ??= make(); }

async function make(): Promise<URL> {
  const file = `${root}node_modules/.cache/executor.${process.env['VITEST_POOL_ID'] ?? 0}.js`, own = `${file}.${process.pid}`; // there, packages are found
  await build({ input: `${root}src/server/executor_worker.ts`, platform: 'node', external: (id) => !/^[./]/.test(id), output: { file: own, format: 'esm' }, logLevel: 'warn' });
  renameSync(own, file); // another run may be reading it
  return pathToFileURL(file);
}
