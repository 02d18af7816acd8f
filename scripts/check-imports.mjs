// Import rules of src/: no cycles among run-time imports (types vanish), direction graph <- ops <- session <- doors, tfjs only in session/engines and session/kernels, one barrel.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const files = readdirSync(join(root, 'src'), { recursive: true }).map((f) => join('src', String(f)).replaceAll('\\', '/')).filter((f) => f.endsWith('.ts'));
const known = new Set(files);
const problems = [];
const runtime = new Map();

/** Storeys from the ground up; a file may import its own storey and those below. */
const STOREYS = ['graph', 'ops', 'session'];
const storey = (f) => { const i = STOREYS.indexOf(f.split('/')[1]); return i < 0 ? STOREYS.length : i; };

for (const file of files) {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const edges = new Set();
  const statement = /^\s*(import|export)\s+(type\s+)?([^'";]*?)\s*(?:from\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
  for (const m of text.matchAll(statement)) {
    const spec = m[4] ?? m[5];
    if (m[4] !== undefined && m[1] === 'export' && !/\bfrom\b/.test(m[0])) continue;
    if (!spec.startsWith('.')) {
      if (spec.startsWith('@tensorflow/') && !/^src\/session\/(engines|kernels)\//.test(file)) problems.push(`${file}: imports ${spec}; only session/engines and session/kernels may`);
      continue;
    }
    const target = relative(root, normalize(join(root, dirname(file), spec))).replaceAll('\\', '/');
    if (!known.has(target)) { problems.push(`${file}: ${spec} does not exist`); continue; }
    if (storey(target) > storey(file)) problems.push(`${file}: imports ${target}, a storey above it`);
    if (m[1] === 'export' && m[3]?.trim() === '*' && file !== 'src/index.ts' && !file.startsWith('src/namespaces/')) problems.push(`${file}: re-exports ${target}; only src/index.ts and src/namespaces are barrels`);
    const names = m[3] ?? '';
    const typeOnly = m[2] !== undefined || (/^\{/.test(names.trim()) && names.replace(/[{}]/g, '').split(',').filter((n) => n.trim()).every((n) => n.trim().startsWith('type ')));
    if (!typeOnly && m[5] === undefined) edges.add(target);
  }
  runtime.set(file, edges);
}

// Depth-first search for cycles among run-time imports.
const state = new Map();
function visit(file, path) {
  state.set(file, 1);
  for (const t of runtime.get(file) ?? []) {
    if (state.get(t) === 1) problems.push(`import cycle: ${[...path.slice(path.indexOf(t)), t].join(' -> ')}`);
    else if (!state.has(t)) visit(t, [...path, t]);
  }
  state.set(file, 2);
}
for (const f of files) if (!state.has(f)) visit(f, [f]);

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`imports: ${files.length} files, no cycles, directions kept`);
