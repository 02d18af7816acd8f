// npm run test:native: the suites of every promise on the engine `native` too, and the engine's own tests. Without
// TensorFlow's library it says so and succeeds: run `npx tfgraph native install` first. More arguments go to vitest.
// npm run test:native:p3: only that no bit depends on the fetch set, on 10,000 values, a quarter of them in each setting.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const FILES = ['test/golden', 'test/session/native', 'test/session/kernels/oracle.test.ts', ...['engine_suite', 'errors', 'feed', 'fetch', 'read_write', 'write_chains', 'conditional', 'leak', 'fetch_independence'].map((f) => `test/session/${f}.test.ts`)];
/** Thread counts and oneDNN decide bits, so the property must hold under each; the first is the machine's own. */
/** @type {Record<string, string>[]} */
const SETTINGS = [{ TF_NUM_INTRAOP_THREADS: '1' }, { TF_NUM_INTRAOP_THREADS: '2', TF_ENABLE_ONEDNN_OPTS: '0' }, { TF_NUM_INTRAOP_THREADS: '1', TF_ENABLE_ONEDNN_OPTS: '0' }];

if (!installed()) {
  console.log('skipped: the engine native needs TensorFlow\'s library; npx tfgraph native install gets it\n0 passed, 0 failed');
  process.exit(0);
}
const more = process.argv.slice(2);
let runs = 0;
let code = 0;
if (more[0] === '--p3') {
  const TFGRAPH_TEST_NATIVE_COMPARISONS = String(Math.ceil(Number(more.splice(0, 2)[1]) / (2 * (1 + SETTINGS.length))));
  for (const env of [{ TF_NUM_INTRAOP_THREADS: '2' }, ...SETTINGS]) code = vitest(['test/session/native/fetch_independence.test.ts'], [], { ...env, TFGRAPH_TEST_NATIVE_COMPARISONS }) || code;
} else {
  code = vitest(FILES, ['-t', 'native'], {});
  if (more.length === 0) for (const env of SETTINGS) code ||= vitest(['test/session/fetch_independence.test.ts', 'test/session/native/fetch_independence.test.ts'], ['-t', 'native'], env);
}
process.exit(code);

/** The runner's own report of each of its runs goes into the folder named in TFGRAPH_TEST_REPORTS. @param {string[]} files @param {string[]} args @param {Record<string, string>} env */
function vitest(files, args, env) {
  console.log(`\n== ${Object.entries(env).map(([k, v]) => `${k}=${v}`).join(' ') || 'the default settings'}`);
  const reports = process.env.TFGRAPH_TEST_REPORTS;
  const report = reports ? ['--reporter=default', '--reporter=json', `--outputFile.json=${join(reports, `native-${runs++}.json`)}`] : [];
  const r = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...files, ...args, ...report, ...more], { stdio: 'inherit', env: { ...process.env, ...env, TFGRAPH_TEST_NATIVE: '1' } });
  return r.status ?? 1;
}

function installed() {
  if (process.env.TFGRAPH_NATIVE) return true;
  const root = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tfgraph', 'native');
  if (existsSync(root) && readdirSync(root).some((d) => existsSync(join(root, d, 'installed.json')))) return true;
  const require = createRequire(import.meta.url);
  return ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].some((p) => { try { require.resolve(p); return true; } catch { return false; } });
}
