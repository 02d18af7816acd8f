// The golden programs as real TensorFlow 1.15 (TF115_PYTHON) runs them, its sessions on `tfgraph serve`: runs those tests and writes
// the table of docs/CONFORMANCE.md. Exit status: 0 all as recorded, 1 not so, 2 no Python.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goldens, withGoldens } from './conformance.mjs';

if (!process.env.TF115_PYTHON) {
  console.error("set TF115_PYTHON to a Python 3.7 with tensorflow==1.15.5 'numpy<1.19' 'protobuf<3.21'");
  process.exit(2);
}
const root = fileURLToPath(new URL('../', import.meta.url)), dir = mkdtempSync(join(tmpdir(), 'tfgraph-golden-')), file = join(dir, 'results.json');
const { status } = spawnSync('npx', ['vitest', 'run', 'test/golden', '-t', 'real TensorFlow runs it on a server', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], { cwd: root, stdio: 'inherit' });
/** @type {{ testResults: { name: string; assertionResults: { status: string; title: string; meta: { steps?: number; left?: number; program?: string; reason?: string } }[] }[] }} */
const results = JSON.parse(readFileSync(file, 'utf8'));
rmSync(dir, { recursive: true });
const rows = results.testResults.flatMap(({ name, assertionResults }) => {
  const tests = assertionResults.filter((t) => t.title === 'real TensorFlow runs it on a server');
  /** @param {'steps' | 'left'} key */
  const sum = (key) => tests.reduce((n, t) => n + (t.meta[key] ?? 0), 0);
  return tests.length === 0 ? [] : [{ family: basename(name, '.test.ts'), goldens: tests.length, passed: tests.filter((t) => t.status === 'passed').length, steps: sum('steps') - sum('left'), left: sum('left'), reasons: tests.flatMap((t) => (t.meta.reason === undefined ? [] : [`\`${t.meta.program}\`: ${t.meta.reason}`])) }];
});
const page = join(root, 'docs/CONFORMANCE.md');
writeFileSync(page, withGoldens(readFileSync(page, 'utf8'), goldens(rows.sort((a, b) => (a.family < b.family ? -1 : 1)))));
console.log('wrote docs/CONFORMANCE.md');
process.exit(status ?? 1);
