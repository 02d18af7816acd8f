// tfgraph port: a Python TensorFlow 1 program as a TypeScript program that builds the same graph, and the proof of it.
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MAX_BYTES, type Ported, portPython } from '../port/port.ts';
import { reportJson, reportMarkdown, reportText } from '../port/report.ts';
import { compareGraphs, printProof } from '../port/verify.ts';
import { type Command, type Io, NO, type Parsed, UsageError, YES } from './command.ts';
import { loadGraphDef } from './load_graph.ts';
import { buildPorted, graphOfPython } from './port_run.ts';

export const port: Command = {
  name: 'port',
  about: 'Translates a Python TensorFlow 1 program into TypeScript. Exit code 0: all of it, 1: not all, or the graphs differ.',
  positionals: ['program.py'],
  options: {
    out: { type: 'string', short: 'o', value: 'file.ts', about: 'where to write (standard output)' },
    check: { type: 'boolean', about: 'only report' },
    report: { type: 'string', value: 'json|md', about: 'the report on standard output' },
    verify: { type: 'string', value: 'graph', about: 'compare the graph the output builds with this one' },
    python: { type: 'string', value: 'path', about: 'compare with the graph the program builds under this Python, with TensorFlow installed' },
    module: { type: 'string', multiple: true, value: 'name=path.ts', about: 'where an imported module is in TypeScript' },
    json: { type: 'boolean', about: 'the same as --report json' },
  },
  async run(args, io) {
    const input = args.positionals[0]!;
    const source = await readPython(input);
    const out = args.text('out');
    const form = args.flag('json') ? 'json' : args.text('report');
    if (form !== undefined && form !== 'json' && form !== 'md') throw new UsageError(`--report is json or md, not '${form}'`);
    const ported = await translate(args, input, source);
    const { report } = ported;
    if (form !== undefined) io.out(form === 'json' ? reportJson(report) : reportMarkdown(report));
    else io.err(reportText(report));
    if (!args.flag('check')) {
      if (out !== undefined) {
        await mkdir(dirname(resolve(out)), { recursive: true });
        await writeFile(out, ported.code);
        io.err(`${out}: ${ported.code.split('\n').length - 1} lines, ${report.of('untranslated').length} not translated, ${report.of('missing').length} not in tfgraph\n`);
      } else if (form === undefined) io.out(ported.code);
    }
    const equal = await verify(args, io, input, ported);
    return report.complete && equal ? YES : NO;
  },
};

async function translate(args: Parsed, input: string, source: string): Promise<Ported> {
  const modules = new Map(args.all('module').map((m) => {
    const [name, path] = m.split('=', 2);
    if (name === undefined || path === undefined) throw new UsageError(`--module is name=path.ts, not '${m}'`);
    return [name, path];
  }));
  const tf = await import('../index.ts') as Record<string, unknown>;
  const texts = await readModules(dirname(resolve(input)), source);
  return portPython(source, {
    file: basename(input), source: (m) => texts.get(m), modulePath: (m) => modules.get(m),
    hasSymbol: (path) => path.split('.').reduce<unknown>((o, k) => (o as Record<string, unknown> | undefined)?.[k], tf) !== undefined,
  });
}

/** Text of a Python file. Throws UsageError for what is no text, or too long for a program. */
async function readPython(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`${path}: ${found ? 'is no file' : 'no such file'}`, 'give a Python program (.py)');
  if (found.size > MAX_BYTES) throw new UsageError(`${path}: ${found.size} bytes are too many for a program (at most ${MAX_BYTES})`, 'split it, or port the part that builds the graph');
  const bytes = await readFile(path);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.includes('\0')) throw new TypeError('NUL');
    return text;
  } catch {
    throw new UsageError(`${path}: is no text in UTF-8`, 'give a Python program (.py), not a compiled one');
  }
}

/** Texts of the modules beside a program that it imports. */
async function readModules(dir: string, source: string): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  const names = new Set([...source.matchAll(/^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w., ]+))/gm)].flatMap((m) => (m[1] ?? m[2]!).split(',').map((n) => n.trim().split(/\s+as\s+/)[0]!.trim())));
  for (const n of names) {
    const path = join(dir, `${n.replace(/^\./, '').replaceAll('.', '/')}.py`);
    if (existsSync(path) && (await stat(path)).size <= MAX_BYTES) out.set(n, await readFile(path, 'utf8'));
  }
  return out;
}

async function verify(args: Parsed, io: Io, input: string, ported: Ported): Promise<boolean> {
  const [file, python, out] = [args.text('verify'), args.text('python'), args.text('out')];
  if (file === undefined && python === undefined) return true;
  if (out === undefined || args.flag('check')) throw new UsageError('the proof needs the output in a file', 'give -o file.ts, without --check');
  const want = file !== undefined ? await loadGraphDef(file) : await graphOfPython(python!, input);
  const built = await buildPorted(out);
  const proof = compareGraphs(want, built, ported.python, { python: input, typescript: out });
  io.out(printProof(proof));
  return proof.equal;
}
