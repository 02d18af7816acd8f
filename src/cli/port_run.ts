// Running programs to see the graphs they build: a ported program in a child process of Node, a Python program under a
// Python that has TensorFlow.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeGraphDef } from '../graph/graph_def_codec.ts';
import type { GraphDef } from '../graph/node_def.ts';
import type { BuiltGraph } from '../port/verify.ts';
import { UsageError } from './command.ts';

/** Builds a ported program and returns its graph with the lines its nodes were made at. Throws UsageError. */
export async function buildPorted(path: string): Promise<BuiltGraph> {
  const work = await mkdtemp(join(dirname(resolve(path)), '.tfgraph-port-'));
  try {
    const entry = await compile(resolve(path), work, new Map());
    const child = fileURLToPath(new URL('./port_child.js', import.meta.url));
    if (!existsSync(child)) throw new UsageError('the proof runs the built package, not its sources', 'npm run build, then node dist/cli/main.js port ...');
    const result = join(work, 'graph.json');
    await run(process.execPath, ['--enable-source-maps', child, entry, result], path);
    const { graph, sites } = JSON.parse(await readFile(result, 'utf8')) as { graph: string; sites: Record<string, string> };
    return { graph: decodeGraphDef(new Uint8Array(Buffer.from(graph, 'base64'))), sites };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Compiles a TypeScript file and the relative ones it imports into a folder beside it; returns the entry's path. */
async function compile(path: string, work: string, done: Map<string, string>): Promise<string> {
  const known = done.get(path);
  if (known !== undefined) return known;
  const target = join(work, `${done.size}_${basename(path).replace(/\.\w+$/, '')}.mjs`);
  done.set(path, target);
  const ts = await typescript();
  let { outputText } = ts.transpileModule(await readFile(path, 'utf8'), { fileName: path, compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, inlineSourceMap: true, inlineSources: false, sourceRoot: dirname(path) } });
  for (const m of outputText.matchAll(/(?:from|import)\s+['"](\.[^'"]+\.ts)['"]/g)) {
    const to = await compile(resolve(dirname(path), m[1]!), work, done);
    outputText = outputText.replaceAll(m[1]!, `./${basename(to)}`);
  }
  // The package the tool belongs to, wherever the output lies.
  outputText = outputText.replace(/((?:from|import)\s+)['"]tfgraph(\/port-runtime)?['"]/g, (_, head: string, runtime?: string) => `${head}'${new URL(runtime ? '../port_runtime/index.js' : '../index.js', import.meta.url).href}'`);
  await writeFile(target, outputText);
  return target;
}

type TypeScript = typeof import('typescript');
async function typescript(): Promise<TypeScript> {
  try {
    return (await import('typescript')).default as TypeScript;
  } catch {
    throw new UsageError('the proof compiles the output, and the package typescript is not installed', 'npm install --save-dev typescript');
  }
}

const DUMP = `
import os, runpy, sys
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
program, out = sys.argv[1:3]
sys.path.insert(0, os.path.dirname(os.path.abspath(program)))
sys.argv = [program]
import tensorflow as tf
with tf.Graph().as_default() as graph:
    found = runpy.run_path(program, run_name='__port__')
    build = found.get('build')
    if callable(build):
        build(*([tf] if build.__code__.co_argcount else []))
    with open(out, 'wb') as f:
        f.write(graph.as_graph_def().SerializeToString())
`;
/** The graph a Python program builds under a Python with TensorFlow 1: that of its build(), or of its module. */
export async function graphOfPython(python: string, program: string): Promise<GraphDef> {
  const work = await mkdtemp(join(tmpdir(), 'tfgraph-port-'));
  try {
    const [script, out] = [join(work, 'dump.py'), join(work, 'graph.pb')];
    await writeFile(script, DUMP);
    await run(python, [script, resolve(program), out], program);
    return decodeGraphDef(new Uint8Array(await readFile(out)));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs a command to its end. Throws UsageError with the last lines of what it said. */
function run(command: string, args: readonly string[], what: string): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } });
    let err = '';
    child.stderr.on('data', (d: Buffer) => { err = `${err}${d.toString()}`.slice(-4000); });
    child.on('error', (e) => fail(new UsageError(`${command}: ${e.message}`)));
    child.on('close', (code) => { if (code === 0) done(); else fail(new UsageError(`${what} failed to build its graph (exit code ${code}):\n${err.trim().split('\n').filter((l) => !/^\s+at .*node:internal|^Node\.js v/.test(l)).slice(-12).join('\n')}`)); });
  });
}
