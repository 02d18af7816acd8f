// Python TensorFlow 1 programs -> TypeScript programs that build the same graph. Parse, bind, infer, find what must be
// awaited, emit, lay out; each step is a file of this folder.
import { Emitter } from './emit/emitter.ts';
import { findAsync } from './async.ts';
import { moduleImports } from './imports.ts';
import { Inference } from './infer.ts';
import { layout } from './layout.ts';
import { parsePython } from './lower_stmt.ts';
import { findMistakes } from './mistakes.ts';
import { repair } from './repair.ts';
import { Report } from './report.ts';
import { bind } from './scope.ts';
import type { Module } from './ast.ts';

export interface PortOptions {
  /** Name of the file in reports. */
  readonly file?: string;
  /** Whether tfgraph has a symbol (`nn.conv2d`); all of them by default. */
  readonly hasSymbol?: (path: string) => boolean;
  /** The Python text of an imported module; its signatures are then known. */
  readonly source?: (module: string) => string | undefined;
  /** Where an imported module is in TypeScript (default: `./name.ts`). */
  readonly modulePath?: (module: string) => string | undefined;
}
export interface Ported {
  readonly code: string;
  /** Per line of `code` (from 0), the line of Python it stems from. */
  readonly python: readonly number[];
  readonly report: Report;
}

/** Files longer than this are refused: no program is. */
export const MAX_BYTES = 4 * 2 ** 20;

/** Ports one file. What has no translation is marked in the output and listed in the report; only text that is no text is refused. */
export async function portPython(source: string, options: PortOptions = {}): Promise<Ported> {
  const report = new Report(options.file ?? 'program.py', source);
  const m = await repair(source, report);
  const inf = await analyse(m, options, new Set());
  findMistakes(m, inf, report);
  const emitter = new Emitter(inf, report, {
    hasSymbol: options.hasSymbol ?? (() => true),
    exports: isLibrary(m),
    classCalls: [...inf.bindings.classes.values()].some((c) => c.methods.has('__call__')) || /\blayers\.[A-Z]/.test(source),
  });
  emitter.module(m.body);
  const { text, python } = layout([...moduleImports(emitter, m, options), ...emitter.lines]);
  return { code: text, python, report };
}

/** A file that only defines things, for others to import: whatever it defines is exported. */
const isLibrary = (m: Module): boolean => m.body.every((s) => s.kind !== 'expr' && s.kind !== 'for' && s.kind !== 'while' && s.kind !== 'with');

/** Types of a module, with those of the modules it imports. */
async function analyse(m: Module, options: PortOptions, seen: ReadonlySet<string>): Promise<Inference> {
  const inf = new Inference(bind(m), m.python2 && !usesTrueDivision(m));
  for (const name of importedModules(m)) {
    const source = seen.has(name) ? undefined : options.source?.(name);
    if (source !== undefined) inf.modules.set(name, await analyse(await parsePython(source), options, new Set([...seen, name])));
  }
  inf.run(m);
  findAsync(inf);
  return inf;
}
const usesTrueDivision = (m: Module): boolean => m.body.some((s) => s.kind === 'from' && s.module === '__future__' && s.names.some((n) => n.name === 'division'));

function importedModules(m: Module): Set<string> {
  const out = new Set<string>();
  const visit = (body: Module['body']): void => {
    for (const s of body) {
      if (s.kind === 'import') s.names.forEach((n) => out.add(n.module));
      else if (s.kind === 'from') out.add(s.module);
      else if (s.kind === 'def' || s.kind === 'if' || s.kind === 'try') visit(s.kind === 'if' ? s.tests.flatMap((t) => t.body) : s.body);
    }
  };
  visit(m.body);
  return out;
}
