// TensorFlow's own Python tests with real TensorFlow 1.15.5 as the client and `tfgraph serve` as the master; writes
// docs/CONFORMANCE.md. Runs where these are given:
//   TF115_PYTHON  a Python with tensorflow 1.15.5
//   TFSUITE       the directory with run_suite.py and conformance.csv
//   TFSUITE_SRC   the test sources (`run_suite.py setup` fills it)
// Options: --list FILE (default conformance.csv), --pool N (default 2), --engine NAME, --results FILE (report on a run made before).
// With patterns (`python/kernel_tests/argmax_op_test.py`) it runs those and prints what fails; the page is left alone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { goldensOf, table, withGoldens } from './conformance.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values: options, positionals: patterns } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'string' }, pool: { type: 'string', default: '2' }, engine: { type: 'string' }, results: { type: 'string' } },
});
const { TF115_PYTHON: python = '', TFSUITE: suite = '', TFSUITE_SRC: sources = '' } = process.env;
if (!suite || (!options.results && (!python || !sources))) {
  console.log('tfsuite: not run; needs TF115_PYTHON, TFSUITE and TFSUITE_SRC (see the head of scripts/tfsuite.mjs)');
  process.exit(0);
}

/** Ops that sessions run, as docs/OPS.md says. */
const runnable = new Set([...readFileSync(join(root, 'docs/OPS.md'), 'utf8').matchAll(/^\| (\w+) \| [^|]*\| [^|]*\| yes \|/gm)].map((m) => m[1]));

const results = options.results ?? run();
const rows = readCsv(results);
const expected = new Map(readCsv(join(suite, 'conformance.csv')).map((r) => [r.id, r]));
if (patterns.length > 0) for (const r of rows.filter((x) => x.status !== 'pass')) console.log(`${r.status} ${r.id}\n    ${r.message}`);
else {
  const file = join(root, 'docs/CONFORMANCE.md');
  writeFileSync(file, withGoldens(page(), goldensOf(readFileSync(file, 'utf8'))));
  console.log('wrote docs/CONFORMANCE.md');
}

/** @typedef {{ id: string; status: string; message: string; ops: string }} Result */

/** Runs the suite; the value is the file with its results. */
function run() {
  const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (build.status !== 0) process.exit(build.status ?? 1);
  const out = join(mkdtempSync(join(tmpdir(), 'tfsuite-')), 'results.csv');
  const command = `exec node ${join(root, 'dist/cli/main.js')} serve --port {port}${options.engine ? ` --engine ${options.engine}` : ''}`;
  const list = patterns.length > 0 ? patterns : ['--list', options.list ?? join(suite, 'conformance.csv')];
  const r = spawnSync(python, [join(suite, 'run_suite.py'), 'run', '--src', sources, '--pool', options.pool, '--out', out, '--server-cmd', command, ...list], { stdio: 'inherit' });
  if (!existsSync(out)) process.exit(r.status ?? 1);
  return out;
}

/** The cause of a failure, in words that many failures share. @param {Result} r */
function cause(r) {
  const m = r.message;
  const op = /No OpKernel was registered to support Op '(\w+)'/.exec(m)?.[1] ?? /\(op: (\w+)\) belongs to a while loop/.exec(m)?.[1];
  if (op) return /while loop/.test(m) ? 'while loops (frames) are not executed yet' : `no kernel: ${op}`;
  const missing = needs(r).filter((o) => !runnable.has(o));
  if (missing.length > 0) return 'another error where a kernel is missing';
  if (r.status === 'timeout' || r.status === 'crash') return r.status;
  return m.replace(/0x[0-9a-f]+/g, '0x').replace(/[-+]?\d+(\.\d+)?(e[-+]?\d+)?/g, '#').slice(0, 110).trim() || '(no message)';
}
/** @param {Result} r */
function needs(r) { return (expected.get(r.id)?.ops ?? r.ops).split(' ').filter((o) => o !== '' && !o.startsWith('(')); }

/** @param {readonly Result[]} list @param {(r: Result) => string} key @returns {[string, Result[]][]} largest groups first */
function grouped(list, key) {
  /** @type {Map<string, Result[]>} */
  const groups = new Map();
  for (const r of list) groups.set(key(r), [...groups.get(key(r)) ?? [], r]);
  return [...groups].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
}

/** The page. */
function page() {
  const all = rows.filter((r) => expected.has(r.id));
  const passed = all.filter((r) => r.status === 'pass');
  const able = all.filter((r) => needs(r).every((o) => runnable.has(o)));
  const good = able.filter((r) => r.status === 'pass');
  const failed = able.filter((r) => r.status !== 'pass');
  const rest = all.filter((r) => r.status !== 'pass' && !able.includes(r));
  /** @param {number} a @param {number} b */
  const percent = (a, b) => `${(100 * a / b).toFixed(1)} %`;
  /** @type {Map<string, Result[]>} */
  const missing = new Map();
  for (const r of rest) for (const o of needs(r)) if (!runnable.has(o)) missing.set(o, [...missing.get(o) ?? [], r]);
  /** @param {string} o */
  const alone = (o) => rest.filter((r) => { const m = needs(r).filter((x) => !runnable.has(x)); return m.length === 1 && m[0] === o; }).length;
  return [
    '# Conformance', '',
    'TensorFlow 1.15\'s own Python tests, with real TensorFlow 1.15.5 as the client and `tfgraph serve` as the master that executes the graphs. A sample of',
    'the methods that pass against a real `tf.train.Server`. Generated: `npm run tfsuite`.', '',
    `- methods run: ${all.length}`,
    `- pass: ${passed.length} (${percent(passed.length, all.length)})`,
    `- **methods whose ops all have kernels: ${good.length} of ${able.length} pass (${percent(good.length, able.length)})**`,
    `- ${rest.length} fail for want of a kernel`, '',
    '## Failures of methods whose ops all have kernels', '',
    ...(failed.length === 0 ? ['None.', ''] : table(['cause', 'methods', 'for example'], grouped(failed, cause).map(([c, l]) => [c, l.length, `\`${l[0].id.split('/').pop()}\``]))),
    '## Ops without a kernel', '', 'Methods that need the op, and those that need no other.',
    ...table(['op', 'methods', 'no other'], [...missing].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1)).map(([o, l]) => [o, l.length, alone(o)])),
    '## Files', '',
    ...table(['file', 'pass', 'of', 'of those with kernels'], grouped(all, (r) => r.id.split('::')[0]).sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([f, l]) => [
      f, l.filter((r) => r.status === 'pass').length, l.length, `${l.filter((r) => good.includes(r)).length} of ${l.filter((r) => able.includes(r)).length}`])),
  ].join('\n').replace(/\n{3,}/g, '\n\n');
}

/** @param {string} file @returns {Result[]} */
function readCsv(file) {
  const text = readFileSync(file, 'utf8');
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let field = '', quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { field += '"'; i++; } else if (c === '"') quoted = false; else field += c;
    } else if (c === '"') quoted = true;
    else if (c === ',' || c === '\n') {
      row.push(field.replace(/\r$/, ''));
      field = '';
      if (c === '\n') { rows.push(row); row = []; }
    } else field += c;
  }
  const [head = [], ...body] = rows;
  return body.filter((r) => r.length === head.length).map((r) => /** @type {Result} */ (/** @type {unknown} */ (Object.fromEntries(head.map((h, i) => [h, r[i]])))));
}
