// Copies golden records into test/golden: node scripts/add-golden.mjs --from DIR NAME...
// DIR holds programs/NAME.py and 1.15.5/NAME/{graph.pb.gz, graph.pbtxt.gz, graph.txt[.gz], record.json, plain.json?}, as
// test/golden/programs/oracle.py writes them under real TensorFlow. Text is stored gzipped, without a time stamp.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const golden = fileURLToPath(new URL('../test/golden/', import.meta.url));
const [flag, from, ...names] = process.argv.slice(2);
if (flag !== '--from' || from === undefined || names.length === 0) {
  console.error('usage: node scripts/add-golden.mjs --from DIR NAME...');
  process.exit(2);
}

for (const name of names) {
  const [source, target] = [join(from, '1.15.5', name), join(golden, '1.15.5', name)];
  mkdirSync(target, { recursive: true });
  for (const file of ['graph.pb.gz', 'graph.pbtxt.gz', 'plain.json']) {
    if (existsSync(join(source, file))) cpSync(join(source, file), join(target, file));
  }
  for (const file of ['graph.txt', 'record.json']) {
    if (existsSync(join(source, `${file}.gz`))) cpSync(join(source, `${file}.gz`), join(target, `${file}.gz`));
    else writeFileSync(join(target, `${file}.gz`), gzipSync(readFileSync(join(source, file)), { level: 9 }));
  }
  cpSync(join(from, 'programs', `${name}.py`), join(golden, 'programs', `${name}.py`));
  console.log(`${name}: copied`);
}
