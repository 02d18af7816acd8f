// Import rules, read from the syntax tree of every source file:
//   no cycles among run-time imports of src/ (groups that hang together only through types are printed, not refused);
//   storeys: graph <- ops <- session <- doors (index, namespaces, cli); `type` imports obey them too;
//   @tensorflow/* only in src/session/engines and src/session/kernels;
//   barrels (`export * from`): the public ones and the doors of op families that are split over several files;
//   `import { type A }` counts as run-time: it leaves an empty import behind, `import type { A }` does not;
//   examples/ and bench/ reach the library as `tfgraph`, as a user does, never through src/.
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../', import.meta.url));
const STOREYS = ['graph', 'ops', 'session'];
const MAY_IMPORT_TENSORFLOW = /^src\/session\/(engines|kernels)\//;
/** Generated JavaScript, which imports nothing of ours. */
const GENERATED = 'src/graph/proto/gen/';
const BARRELS = /^src\/(index\.ts|namespaces\/|ops\/(array|math|nn)_ops\.ts)/;

/** @type {string[]} */
const problems = [];
const src = files('src');
const known = new Set(src);
/** @type {Map<string, Set<string>>} */
const runtime = new Map();
/** @type {Map<string, Set<string>>} */
const all = new Map();

for (const file of src) {
  const [now, ever] = [new Set(), new Set()];
  for (const { spec, kind, star } of imports(file)) {
    if (!spec.startsWith('.')) {
      if (spec.startsWith('@tensorflow/') && !MAY_IMPORT_TENSORFLOW.test(file)) problems.push(`${file}: imports ${spec}; only session/engines and session/kernels may`);
      continue;
    }
    const target = posix.join(posix.dirname(file), spec);
    if (target.startsWith(GENERATED)) continue;
    if (!known.has(target)) { problems.push(`${file}: ${spec} is not a source file of src/`); continue; }
    if (storey(target) > storey(file)) problems.push(`${file}: imports ${target}, a storey above it`);
    if (star && !BARRELS.test(file)) problems.push(`${file}: export * from ${target}; only src/index.ts, src/namespaces/ and the doors of op families are barrels`);
    ever.add(target);
    if (kind !== 'type' && kind !== 'lazy') now.add(target);
  }
  runtime.set(file, now);
  all.set(file, ever);
}
for (const file of [...files('examples'), ...files('bench')]) {
  for (const { spec } of imports(file)) {
    if (spec.startsWith('.') && posix.join(posix.dirname(file), spec).startsWith('src/')) problems.push(`${file}: imports ${spec}; import from 'tfgraph'`);
  }
}
const cycles = components(runtime);
for (const group of cycles) problems.push(`import cycle: ${cycleIn(group, runtime).join(' -> ')}`);

for (const group of components(all)) {
  if (!cycles.some((c) => c.some((f) => group.includes(f)))) console.log(`note: joined by type imports only: ${cycleIn(group, all).join(' -> ')}${group.length > 8 ? ` (a group of ${group.length} files)` : ''}`);
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`imports: ${src.length} files, no cycles, directions kept`);

/** @param {string} dir */
function files(dir) {
  return readdirSync(`${root}${dir}`, { recursive: true }).map((f) => `${dir}/${String(f).replaceAll('\\', '/')}`)
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.d.ts')).sort();
}

/** @param {string} file */
function storey(file) {
  const i = STOREYS.indexOf(/** @type {string} */ (file.split('/')[1]));
  return i < 0 ? STOREYS.length : i;
}

/**
 * Every module a file names. kind: value (it exists at run time), type (erased), lazy (`import()`).
 * @param {string} file
 */
function imports(file) {
  const source = ts.createSourceFile(file, readFileSync(`${root}${file}`, 'utf8'), ts.ScriptTarget.ES2022, false);
  /** @type {{ spec: string, kind: 'value' | 'type' | 'lazy', star: boolean }[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ spec: node.moduleSpecifier.text, kind: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type' : 'value', star: false });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ spec: node.moduleSpecifier.text, kind: node.isTypeOnly ? 'type' : 'value', star: node.exportClause === undefined });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0] && ts.isStringLiteral(node.arguments[0])) {
      found.push({ spec: node.arguments[0].text, kind: 'lazy', star: false });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      found.push({ spec: node.argument.literal.text, kind: 'type', star: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * Tarjan: the groups of more than one file (or a file that imports itself) in which every file reaches every other.
 * @param {Map<string, Set<string>>} graph
 */
function components(graph) {
  /** @type {Map<string, number>} */
  const index = new Map();
  /** @type {Map<string, number>} */
  const low = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {string[][]} */
  const groups = [];
  /** @param {string} file */
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.size - 1);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(at(low, file), at(low, next)));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1 || graph.get(file)?.has(file)) groups.push(group);
  };
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return groups;
}

/**
 * The shortest cycle through the first file of a group.
 * @param {string[]} group
 * @param {Map<string, Set<string>>} graph
 */
function cycleIn(group, graph) {
  const start = group.toSorted()[0] ?? '';
  const paths = [[start]];
  const seen = new Set();
  for (let path = paths.shift(); path; path = paths.shift()) {
    for (const next of graph.get(path.at(-1) ?? '') ?? []) {
      if (next === start) return [...path, start];
      if (group.includes(next) && !seen.has(next)) {
        seen.add(next);
        paths.push([...path, next]);
      }
    }
  }
  return [start];
}

/** @param {Map<string, number>} map @param {string} key */
function at(map, key) {
  return map.get(key) ?? 0;
}
