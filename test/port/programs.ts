// Golden programs through the port: Python -> TypeScript in build/ported, built and run beside the record of TensorFlow.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as tf from 'tfgraph';
import { diffGraphDef, printGraphDiff } from '../../src/graph/diff.ts';
import { decodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { portPython, type Ported } from '../../src/port/port.ts';
import { setUserGradient } from '../../src/ops/registry.ts';
import { arraysEqual } from '../../src/graph/ndarray.ts';
import { type Built, buildProgram, errorRecord, type Program, recording } from '../golden/oracle.ts';
import { type Golden, leaves, namesInUseExtra, tensorType } from '../golden/record.ts';
import { checkFacts, checkSteps, type Outcome, type ProgramOptions, replay } from '../golden/suite.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where the ported programs are written. */
export const PORTED = `${ROOT}build/ported/`;
export const PROGRAMS = `${ROOT}test/golden/programs/`;
/** Modules of the golden programs that exist in TypeScript. */
const MODULES: Readonly<Record<string, string>> = { oracle: '../../test/golden/oracle.ts' };

/** Names of the programs of a folder: those with a `build`. */
export function programNames(dir = PROGRAMS): string[] {
  return readdirSync(dir).filter((f) => f.endsWith('.py') && /^def build\(/m.test(readFileSync(dir + f, 'utf8'))).map((f) => f.slice(0, -3)).sort();
}
const hasSymbol = (path: string): boolean => path.split('.').reduce<unknown>((o, k) => (o as Record<string, unknown> | undefined)?.[k], tf) !== undefined;

/** Ports a program, or a module that programs import, into build/ported. */
export async function portProgram(name: string, dir = PROGRAMS): Promise<Ported> {
  const source = (m: string): string | undefined => [`${dir}${m}.py`, `${dir}../${m}.py`].filter((p) => existsSync(p)).map((p) => readFileSync(p, 'utf8'))[0];
  const ported = await portPython(source(name)!, { file: `${name}.py`, source, modulePath: (m) => MODULES[m], hasSymbol });
  mkdirSync(PORTED, { recursive: true });
  writeFileSync(`${PORTED}${name}.ts`, ported.code);
  return ported;
}

/** Scripts in the manner of tutorials. */
export const CORPUS = `${ROOT}test/port/corpus/`;
export const corpusNames = (): string[] => readdirSync(CORPUS).filter((f) => f.endsWith('.py')).map((f) => f.slice(0, -3)).sort();
/** Ports a script of the corpus into build/ported. */
export async function portScript(name: string): Promise<Ported & { readonly path: string }> {
  const ported = await portPython(readFileSync(`${CORPUS}${name}.py`, 'utf8'), { file: `${name}.py`, hasSymbol });
  const path = `${PORTED}corpus_${name}.ts`;
  mkdirSync(PORTED, { recursive: true });
  writeFileSync(path, ported.code);
  return { ...ported, path };
}

/** What became of a program: the first thing that differs from TensorFlow's record (or from the hand-written program's bits), or null. */
export interface Verdict { readonly graph: string | null; readonly values: string | null }

/** Builds and runs a ported program against its record; values bit for bit against the program restated by hand, where there is one. */
export async function verdictOf(name: string, golden: Golden, options: ProgramOptions, byHand?: () => Program): Promise<Verdict> {
  let built: Built;
  // Gradients are registered for good, and the program restated by hand may have registered them: forgotten here.
  for (const [, gradient] of readFileSync(`${PORTED}${name}.ts`, 'utf8').matchAll(/\btf\.RegisterGradient\('(\w+)'\)/g)) setUserGradient(gradient!, undefined);
  try {
    const m = await import(/* @vite-ignore */ pathToFileURL(`${PORTED}${name}.ts`).href) as { build: () => Partial<Program> | null | Promise<Partial<Program> | null> };
    const graph = new tf.Graph();
    const { log, value } = recording(() => graph.asDefault(m.build));
    built = { graph, log, program: { runs: (await value)?.runs ?? [] } };
  } catch (e) {
    return { graph: `build() failed: ${text(e)}`, values: 'not built' };
  }
  const graph = graphDifference(built, golden); // before the steps, some of which add nodes
  let values: string | null = null;
  try {
    checkFacts(golden, golden.record.log, built.log, options);
    const got = await replay(golden, built, 'reference');
    if (byHand) values = sameBits(await replay(golden, buildProgram(byHand), 'reference'), got, options);
    else checkSteps(golden, built, got, options);
  } catch (e) {
    values = text(e);
  }
  return { graph, values };
}
/** The first step whose results differ in a bit, or in their error. */
function sameBits(want: readonly Outcome[], have: readonly Outcome[], o: ProgramOptions): string | null {
  if (want.length !== have.length) return `${have.length} steps, not ${want.length}`;
  for (const [i, w] of want.entries()) {
    if (i in (o.skipRuns ?? {})) continue;
    const [a, b] = [w, have[i]!].map(({ result, error }) => (error === undefined ? leaves(result).filter(([path]) => !(`${i} ${path}` in (o.skipValues ?? {}))) : errorRecord(error)));
    if (!same(a, b)) return `step ${i} gives ${JSON.stringify(b)?.slice(0, 200)}, not ${JSON.stringify(a)?.slice(0, 200)}`;
  }
  return null;
}
function same(a: unknown, b: unknown): boolean {
  if (a instanceof tf.NDArray && b instanceof tf.NDArray) return arraysEqual(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
  return Object.is(a, b) || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
const text = (e: unknown): string => (e instanceof tf.errors.TfError ? e.text : e instanceof Error ? e.message : String(e)).split('\n').slice(0, 3).join(' | ');

function graphDifference({ graph }: Built, { graphPb, record }: Golden): string | null {
  const diff = diffGraphDef(decodeGraphDef(graphPb), graph.asGraphDef());
  if (!diff.empty) return printGraphDiff(diff).split('\n').filter((l) => /^[+-](?![+-])/.test(l)).slice(0, 2).join(' | ');
  const ops = graph.getOperations().map((op) => [op.name, op.type, ...op.outputs.map(tensorType)]);
  const k = ops.findIndex((o, i) => JSON.stringify(o) !== JSON.stringify(record.ops[i]));
  if (k >= 0) return `static shape of ${ops[k]!.join(' ')} is ${record.ops[k]!.join(' ')}`;
  if (graph.lastId !== record.last_id) return `last id ${graph.lastId}, not ${record.last_id}`;
  return JSON.stringify(namesInUseExtra(graph)) === JSON.stringify(record.names_in_use_extra) ? null : 'names in use differ';
}

/** A record as oracle.py writes it, outside of test/golden. */
export function loadRecord(dir: string): Golden {
  const read = (f: string): string => (existsSync(`${dir}/${f}`) ? readFileSync(`${dir}/${f}`, 'utf8') : gunzipSync(readFileSync(`${dir}/${f}.gz`)).toString());
  return {
    name: dir.split('/').at(-1)!, graphPb: gunzipSync(readFileSync(`${dir}/graph.pb.gz`)), record: JSON.parse(read('record.json')) as Golden['record'],
    plain: existsSync(`${dir}/plain.json`) ? JSON.parse(read('plain.json')) as Golden['plain'] : undefined,
  };
}
