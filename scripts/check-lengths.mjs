// Files of src/ over 500 lines fail, over 400 are named. Generated files do not count.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [SMELL, LIMIT] = [400, 500];
const root = fileURLToPath(new URL('../src/', import.meta.url));
const long = readdirSync(root, { recursive: true }).map((f) => String(f).replaceAll('\\', '/'))
  .filter((f) => f.endsWith('.ts') && !/(^|\/)gen\//.test(f))
  .map((file) => ({ file, lines: readFileSync(root + file, 'utf8').trimEnd().split('\n').length }))
  .filter(({ lines }) => lines > SMELL).sort((a, b) => b.lines - a.lines);
for (const { file, lines } of long) console.log(`src/${file}: ${lines} lines${lines > LIMIT ? ' (too long: split it)' : ''}`);
if (long.some(({ lines }) => lines > LIMIT)) process.exit(1);
console.log(`lengths: no source file over ${LIMIT} lines`);
