// The head of the output: the file's comment, and the imports its lines need.
import type { Block, Module, Stmt } from './ast.ts';
import { moduleType } from './infer.ts';
import type { Emitter, Line } from './emit/emitter.ts';
import { identifier } from './emit/context.ts';
import type { PortOptions } from './port.ts';

export function moduleImports(e: Emitter, m: Module, options: PortOptions): Line[] {
  const out: Line[] = [];
  const line = (text: string, python = 1): void => { out.push({ text, indent: 0, python }); };
  if (m.doc !== null) for (const l of m.doc.trim().split('\n')) line(`// ${l.trim()}`.trimEnd());
  const used = e.lines.map((l) => l.text).join('\n');
  if (/\btf\./.test(used)) line('import * as tf from \'tfgraph\';');
  const runtime = [...e.imports].filter((n) => n !== 'tf' && new RegExp(`\\b${n}\\.`).test(used)).sort();
  if (runtime.length > 0) line(`import { ${runtime.join(', ')} } from 'tfgraph/port-runtime';`);
  const modules = new Map<string, { path: string; all: Set<string>; names: Set<string>; line: number }>();
  for (const s of imports(m.body)) {
    const list = s.kind === 'import' ? s.names.map((n) => ({ module: n.module, name: null, as: n.as ?? n.module.split('.')[0]! })) : s.kind === 'from' ? s.names.map((n) => ({ module: s.module, name: n.name, as: n.as ?? n.name })) : [];
    for (const n of list) {
      if (moduleType(n.module).k !== 'module') continue;
      const path = options.modulePath?.(n.module) ?? `${n.module.startsWith('.') ? '' : './'}${n.module.replace(/^\./, './').replaceAll('.', '/').replace('//', './').replace(/^\/\//, './')}.ts`;
      const known = modules.get(n.module) ?? { path, all: new Set<string>(), names: new Set<string>(), line: s.line };
      modules.set(n.module, known);
      if (n.name === '*') e.report.add('note', s.line, `from ${n.module} import *`, 'import the names that are used');
      else if (n.name === null) { if (new RegExp(`\\b${n.as}\\.`).test(used)) known.all.add(identifier(n.as)); }
      else if (new RegExp(`\\b${identifier(n.as)}\\b`).test(used)) known.names.add(n.name === n.as ? identifier(n.name) : `${identifier(n.name)} as ${identifier(n.as)}`);
    }
  }
  for (const k of modules.values()) {
    for (const all of k.all) line(`import * as ${all} from '${k.path}';`, k.line);
    if (k.names.size > 0) line(`import { ${[...k.names].sort().join(', ')} } from '${k.path}';`, k.line);
  }
  if (out.length > 0) line('');
  return out;
}

function imports(body: Block): Stmt[] {
  return body.flatMap((s): Stmt[] => (s.kind === 'import' || s.kind === 'from' ? [s] : s.kind === 'if' ? [...s.tests.flatMap((t) => imports(t.body)), ...imports(s.orelse)]
    : s.kind === 'try' ? [...imports(s.body), ...s.handlers.flatMap((h) => imports(h.body))] : 'body' in s ? imports(s.body) : []));
}
