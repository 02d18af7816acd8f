// Regenerates src/graph/proto/gen from our .proto files (buf + protoc-gen-es, offline).
// With --check, fails when the committed code differs.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const run = (cmd, args) => execFileSync(cmd, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` } });
run('buf', ['generate']);
if (process.argv.includes('--check')) run('git', ['diff', '--exit-code', '--', 'src/graph/proto/gen']);
