// Feeds mutated graphs to the readers of GraphDef and MetaGraphDef and prints what came of it:
//   node scripts/fuzz-readers.mjs [--inputs 1000000] [--seed 1] [--from 0]
// Every input is made from its number: a failure names it, and `--from NUMBER --inputs 1` runs it alone. The report is
// one JSON line per 50,000 inputs: counts, the slowest input, the peak memory. Exit code 1 on a crash, a wrong error or a
// value that does not survive writing and reading. The continuous test runs the first 50,000 of seed 1.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values } = parseArgs({ options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' }, from: { type: 'string', default: '0' } } });
const env = { ...process.env, FUZZ_INPUTS: values.inputs, FUZZ_SEED: values.seed, FUZZ_FROM: values.from, FUZZ_REPORT: '1' };
const { status } = spawnSync('npx', ['vitest', 'run', 'test/graph/fuzz.slow.test.ts', '--disable-console-intercept'], { cwd: root, env, stdio: 'inherit' });
process.exitCode = status ?? 1;
