// Regenerates src/graph/proto/gen from our .proto files (buf + protoc-gen-es, offline; settings in buf.gen.yaml).
// With --check nothing is written: the code is generated into a temporary folder, and any difference fails.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OUT = 'src/graph/proto/gen';
const root = fileURLToPath(new URL('../', import.meta.url));

/** @param {string[]} args */
function buf(...args) {
  const PATH = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`;
  execFileSync('buf', args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH } });
}

/** @param {string} dir */
const contents = (dir) => new Map(readdirSync(dir).sort().map((f) => [f, readFileSync(join(dir, f), 'utf8')]));

/** The files that are missing, left over or different in the work tree. */
function stale() {
  const temp = mkdtempSync(join(tmpdir(), 'tfgraph-proto-'));
  try {
    buf('generate', '-o', temp);
    const [want, have] = [contents(join(temp, OUT)), contents(join(root, OUT))];
    return [...new Set([...want.keys(), ...have.keys()])].filter((f) => want.get(f) !== have.get(f));
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

if (!process.argv.includes('--check')) {
  buf('generate');
} else {
  const files = stale();
  if (files.length > 0) {
    console.error(`${OUT} is not what the .proto files generate: ${files.join(', ')}\nRun npm run proto and commit the result.`);
    process.exit(1);
  }
  console.log('proto: generated code is up to date');
}
