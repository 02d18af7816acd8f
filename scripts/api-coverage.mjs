// Prints the counts of docs/SYMBOLS.md, and with a namespace (`tf` for the root) what is missing there:
//   npm run api:coverage -- [NAMESPACE...]
import { readFileSync } from 'node:fs';

const rows = readFileSync(new URL('../docs/SYMBOLS.md', import.meta.url), 'utf8').split('\n').filter((l) => l.startsWith('| '));
const start = rows.findIndex((l) => l.startsWith('| namespace'));
const wanted = process.argv.slice(2);
console.log(rows.slice(0, start).join('\n'));
for (const line of rows.slice(start + 1)) {
  const [, ns, same, , missing] = line.split('|').map((c) => c.trim());
  if (wanted.includes(ns)) console.log(`\n${ns}: ${same} the same; missing: ${missing || 'nothing'}`);
}
