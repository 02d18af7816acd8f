// Files of src/ over 500 lines fail, over 400 are named. Generated files do not count.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src', import.meta.url));
const long = readdirSync(root, { recursive: true }).map(String).filter((f) => f.endsWith('.ts') && !/(^|[\\/])gen[\\/]/.test(f))
  .map((f) => [f, readFileSync(join(root, f), 'utf8').split('\n').length]).filter(([, n]) => n > 400).sort((a, b) => b[1] - a[1]);
for (const [f, n] of long) console.log(`src/${f}: ${n} lines${n > 500 ? ' (too long: split it)' : ''}`);
if (long.some(([, n]) => n > 500)) process.exit(1);
