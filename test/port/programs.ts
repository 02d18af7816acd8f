// Golden programs through the port: Python -> TypeScript in build/ported, built and run beside the record of TensorFlow.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as tf from 'tfgraph';
import { diffGraphDef, printGraphDiff } from '../../src/graph/diff.ts';
import { decodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { portPython, type Ported } from '../../src/port/port.ts';
import { type Built, type Program, recording } from '../golden/oracle.ts';
import { checkFacts, checkSteps, replay, type ProgramOptions } from '../golden/suite.ts';
import { type Golden, namesInUseExtra, tensorType } from '../golden/record.ts';

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
export const hasSymbol = (path: string): boolean => path.split('.').reduce<unknown>((o, k) => (o as Record<string, unknown> | undefined)?.[k], tf) !== undefined;

/** Ports a program, or a module that programs import, into build/ported. */
export async function portProgram(name: string, dir = PROGRAMS): Promise<Ported> {
  const source = (m: string): string | undefined => [`${dir}${m}.py`, `${dir}../${m}.py`].filter((p) => existsSync(p)).map((p) => readFileSync(p, 'utf8'))[0];
  const ported = await portPython(source(name)!, { file: `${name}.py`, source, modulePath: (m) => MODULES[m], hasSymbol });
  mkdirSync(PORTED, { recursive: true });
  writeFileSync(`${PORTED}${name}.ts`, ported.code);
  return ported;
}

/** What became of a program: the first thing that differs from TensorFlow's record, or null. */
export interface Outcome { readonly graph: string | null; readonly values: string | null }

/** Builds and runs a ported program against its record. */
export async function outcomeOf(name: string, golden: Golden, options: ProgramOptions): Promise<Outcome> {
  let built: Built;
  try {
    const m = await import(/* @vite-ignore */ pathToFileURL(`${PORTED}${name}.ts`).href) as { build: () => Partial<Program> | null | Promise<Partial<Program> | null> };
    const graph = new tf.Graph();
    const { log, value } = recording(() => graph.asDefault(m.build));
    built = { graph, log, program: { runs: (await value)?.runs ?? [] } };
  } catch (e) {
    return { graph: `build() failed: ${text(e)}`, values: 'not built' };
  }
  const graph = graphDifference(built, golden);
  let values: string | null = null;
  try {
    checkFacts(golden, golden.record.log, built.log, options);
    checkSteps(golden, built, await replay(golden, built, 'reference'), options);
  } catch (e) {
    values = text(e);
  }
  return { graph, values };
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
