// The tests of a family of golden programs. P1: the graph real TensorFlow 1.15.5 built, node for node and in order, names
// in use, static shapes, collections, facts and messages. P2: what its sessions returned, graph rewriting off. The steps
// run on `reference`, and again on `wasm`, which must give the same bits; and, where TF115_PYTHON names a Python with TensorFlow 1.15,
// real TensorFlow runs them on a server of ours.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { diffGraphDef, printGraphDiff } from '../../src/graph/diff.ts';
import { decodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { distance } from '../../src/session/equivalence/ulp.ts';
import { bitsOf } from '../support/compile.ts';
import { buildProgram, type Built, type Call, errorRecord, type LogEntry, plain, type Program, recording, type Run, type Step } from './oracle.ts';
import { ENGINES } from '../support/engines.ts';
import { remotely } from './remote.ts';
import { asArray, decode, type Golden, type GoldenRecord, leaves, loadGolden, namesInUseExtra, recordedResult, type RecordedRun, tensorType } from './record.ts';

/** What a program leaves out, each with its reason, and how its floats are judged. */
export interface ProgramOptions {
  /** Text files the steps read, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Facts by label: Python's own exceptions, values of Python objects. */
  readonly skipFacts?: Readonly<Record<string, string>>;
  /** Steps by number. */
  readonly skipRuns?: Readonly<Record<number, string>>;
  /** Values by step and path (`2 .con/x:0`). */
  readonly skipValues?: Readonly<Record<string, string>>;
  /** Collections by name. */
  readonly skipCollections?: Readonly<Record<string, string>>;
  /** Bound of floats: units in the last place (elementwise ops; default 8), or relative to the largest element of the value (contractions, reductions, training). */
  readonly ulps?: number;
  readonly relative?: number;
  /** Sums whose terms cancel, by the place a message gives them (`step 2 (bn) [0]`): the largest sum of |terms|, which `relative` is then relative to. */
  readonly terms?: Readonly<Record<string, number>>;
  /** What is left out besides when real TensorFlow is the client of a server: the whole program, steps by number, facts of steps by label. */
  readonly remote?: string | { readonly skipRuns?: Readonly<Record<number, string>>; readonly skipFacts?: Readonly<Record<string, string>> };
  /** Judges what the steps gave in place of the bounds above (training traces have bounds of their own). */
  readonly judge?: (name: string, golden: Golden, built: Built, outcomes: readonly Outcome[]) => void;
}

/** What a step gave. */
export interface Outcome { readonly result?: unknown; readonly error?: unknown; readonly log: readonly LogEntry[] }

/** Declares the tests of some programs, keyed by the names of their records. */
export function goldenSuite(programs: Readonly<Record<string, () => Program>>, options: Readonly<Record<string, ProgramOptions>> = {}): void {
  const recordOf = remotely(Object.keys(programs), Object.assign({}, ...Object.values(options).map((o) => o.files)) as Readonly<Record<string, string>>);
  describe.each(Object.entries(programs))('%s', (name, build) => {
    const o = options[name] ?? {};
    const golden = loadGolden(name);
    const { record } = golden;
    let built: Built | undefined;
    const once = (): Built => (built ??= buildProgram(build));

    test('builds the graph TensorFlow builds, node for node', () => {
      const { graph } = once();
      const diff = diffGraphDef(decodeGraphDef(golden.graphPb), graph.asGraphDef());
      expect(diff.empty, `\n${printGraphDiff(diff)}`).toBe(true);
      expect(graph.getOperations().map((op) => op.name)).toEqual(record.ops.map((op) => op[0]));
      expect(graph.lastId).toBe(record.last_id);
    });
    test('burns the same names', () => { expect(namesInUseExtra(once().graph)).toEqual(record.names_in_use_extra); });
    test('infers the same static shapes and dtypes', () => {
      expect(once().graph.getOperations().map((op) => [op.name, op.type, ...op.outputs.map(tensorType)])).toEqual(record.ops);
    });
    test('fills the same collections', () => {
      const keys = Object.keys(record.collections).filter((k) => !(k in (o.skipCollections ?? {})));
      const { graph } = once();
      expect(Object.fromEntries(keys.map((k) => [k, graph.getCollection(k).map(plain)]))).toEqual(Object.fromEntries(keys.map((k) => [k, record.collections[k]])));
    });
    if (record.log.length > 0) test('records the same facts and messages', () => checkFacts(golden, record.log, once().log, o));
    if (record.runs.length === 0) return;
    let outcomes: Promise<Outcome[]> | undefined;
    const onReference = (): Promise<Outcome[]> => (outcomes ??= replay(golden, once(), 'reference', o));
    test('runs as TensorFlow runs', async () => {
      const got = await onReference();
      if (o.judge) o.judge(name, golden, once(), got);
      else checkSteps(golden, once(), got, o);
    }, 300_000);
    test('runs on wasm with the same bits', async () => {
      const [want, got] = [await onReference(), await replay(golden, buildProgram(build), 'wasm', o)];
      want.forEach((w, i) => { if (!(i in (o.skipRuns ?? {}))) expect(bitsOfOutcome(got[i]!, i, o), `step ${i}`).toEqual(bitsOfOutcome(w, i, o)); });
    }, 300_000);
    if (recordOf) test('real TensorFlow runs it on a server', async ({ task, skip }) => {
      if (typeof o.remote === 'string') {
        Object.assign(task.meta, { program: name, reason: o.remote });
        return skip(o.remote);
      }
      const remote = { ...o, skipRuns: { ...o.skipRuns, ...o.remote?.skipRuns }, skipFacts: { ...o.skipFacts, ...o.remote?.skipFacts } };
      Object.assign(task.meta, { steps: record.runs.length, left: Object.keys(remote.skipRuns).length });
      const theirs = await recordOf(name);
      expect(theirs.ops).toEqual(record.ops);
      if (o.judge) o.judge(name, golden, once(), outcomesOf(theirs));
      else checkOutcomes(golden, once().program, outcomesOf(theirs), remote);
    }, 1_200_000); // the first runs all of the family
    // TensorFlow 2.x under the hood: the values within the same bounds.
    if (ENGINES.includes('native')) test('runs on native as TensorFlow runs', async () => {
      const own = buildProgram(build);
      const got = await replay(golden, own, 'native', o);
      if (o.judge) o.judge(name, golden, own, got);
      else checkSteps(golden, own, got, o);
    }, 300_000);
  });
}

/** Facts by label, in TensorFlow's order. */
export function checkFacts(golden: Golden, want: readonly LogEntry[], have: readonly LogEntry[], o: ProgramOptions): void {
  const queues = new Map<string, LogEntry[]>();
  for (const l of have) queues.set(l.label, [...(queues.get(l.label) ?? []), l]);
  for (const l of want) {
    if (l.label in (o.skipFacts ?? {})) continue;
    const got = queues.get(l.label)?.shift();
    expect(got, `fact '${l.label}' is not recorded`).toBeDefined();
    if (l.error) expect(got, l.label).toEqual({ label: l.label, error: { class: l.error.class, message: l.error.message } });
    else {
      expect(got!.error, l.label).toBeUndefined();
      compare(decode(l.value, golden.record.blobs), got!.value, o, `fact '${l.label}'`);
    }
  }
}

/** Runs the steps in order. */
export async function replay(golden: Golden, { graph, program }: Built, engine: string, o: ProgramOptions = {}): Promise<Outcome[]> {
  const sessions = new Map<string, tf.Session>();
  const session = (name: string): tf.Session => {
    let s = sessions.get(name);
    if (!s) sessions.set(name, s = new tf.Session({ graph, engine, onWarning: () => {}, ...(o.files ? { readFile: fileReader(o.files) } : {}) }));
    return s;
  };
  const out: Outcome[] = [];
  try {
    for (const [i, step] of program.runs.entries()) out.push(await runStep(step, session(golden.record.runs[i]?.session ?? 'main'), graph));
  } finally {
    for (const s of sessions.values()) s.close();
  }
  return out;
}

const fileReader = (files: Readonly<Record<string, string>>) => (name: string): Uint8Array => {
  if (!(name in files)) throw new tf.errors.NotFoundError(`${name}; No such file or directory`);
  return new TextEncoder().encode(files[name]);
};

/** Compares results and errors of the steps, and what the steps added to the graph. */
export function checkSteps(golden: Golden, { graph, program }: Built, outcomes: readonly Outcome[], o: ProgramOptions): void {
  checkOutcomes(golden, program, outcomes, o);
  const added = graph.getOperations().slice(golden.record.ops.length).map((op) => [op.name, op.type]);
  expect(added, 'ops added by the steps').toEqual(golden.record.ops_added_by_runs ?? []);
}

function checkOutcomes(golden: Golden, program: Program, outcomes: readonly Outcome[], o: ProgramOptions): void {
  expect(program.runs.length, 'number of steps').toBe(golden.record.runs.length);
  for (const [i, step] of program.runs.entries()) {
    const want = golden.record.runs[i]!;
    const what = `step ${i}${want.label === undefined ? '' : ` (${want.label})`}`;
    expect(step === 'VARS' ? undefined : step.session, what).toBe(want.session);
    const { result, error, log } = outcomes[i]!;
    if (i in (o.skipRuns ?? {})) continue;
    if (want.error) {
      expect(error && errorRecord(error), what).toEqual({ class: want.error.class, message: want.error.message });
      continue;
    }
    if (error) throw new Error(`${what} failed: ${String(error)}`, { cause: error });
    if (want.log) checkFacts(golden, want.log, log, o);
    compare(recordedResult(golden, i), result, o, what, (path) => `${i} ${path}` in (o.skipValues ?? {}));
  }
}

/** What the steps of a record gave. */
function outcomesOf(record: GoldenRecord): Outcome[] {
  const log = (l: readonly LogEntry[] = []): LogEntry[] => l.map((e) => (e.error ? { label: e.label, error: { class: e.error.class, message: e.error.message } } : { label: e.label, value: decode(e.value, record.blobs) }));
  return record.runs.map((r) => ({ log: log(r.log), ...(r.error ? { error: Object.assign(new Error(r.error.message), { name: r.error.class }) } : { result: decode(r.result, record.blobs) }) }));
}

/** An outcome as text that tells bits apart. */
function bitsOfOutcome({ result, error, log }: Outcome, step: number, o: ProgramOptions): unknown {
  const bits = (v: unknown): unknown => leaves(v).filter(([path]) => !(`${step} ${path}` in (o.skipValues ?? {}))).map(([path, x]) => [path, bitsOf(x)]);
  return { result: bits(result), error: error && errorRecord(error), log: log.map((l) => ({ ...l, value: bits(l.value) })) };
}

async function runStep(step: Step, sess: tf.Session, graph: tf.Graph): Promise<Outcome> {
  const facts: { log: LogEntry[] } = { log: [] };
  try {
    const action = async (): Promise<unknown> => {
      if (step === 'VARS') {
        const vars = graph.getCollection(tf.GraphKeys.GLOBAL_VARIABLES) as tf.Variable[];
        return sess.run(Object.fromEntries(vars.map((v) => [v.name, v])) as tf.Fetchable);
      }
      if ('call' in step) return (step as Call).call(sess);
      return sess.run((step as Run).fetch as tf.Fetchable, (step as Run).feed);
    };
    const r = recording(() => graph.asDefault(() => sess.asDefault(action)));
    facts.log = r.log;
    return { result: await r.value, log: r.log };
  } catch (error) {
    return { error, log: facts.log };
  }
}

/** A complex scalar is a pair of numbers in results, one leaf in records. */
function joinComplex(got: Map<string, unknown>, path: string, want: unknown): void {
  if (!(want instanceof tf.NDArray) || !want.dtype.isComplex || want.ndim > 0 || got.has(path)) return;
  const parts = [`${path}[0]`, `${path}[1]`], pair = parts.map((p) => got.get(p) as number);
  for (const p of parts) got.delete(p);
  got.set(path, new tf.NDArray(want.dtype, [], want.dtype === tf.complex64 ? Float32Array.from(pair) : Float64Array.from(pair)));
}

/** Structures must match leaf by leaf; floats within the program's bound, everything else exactly. */
export function compare(want: unknown, have: unknown, o: ProgramOptions, what: string, skip: (path: string) => boolean = () => false): void {
  const got = new Map<string, unknown>(leaves(have));
  const wanted = leaves(want);
  for (const [path, w] of wanted) joinComplex(got, path, w);
  expect([...got.keys()].sort(), `${what}: structure`).toEqual(wanted.map(([k]) => k).sort());
  for (const [path, w] of wanted) {
    if (skip(path)) continue;
    const h = got.get(path) as Parameters<typeof asArray>[0];
    const place = `${what} ${path}`;
    if (!(w instanceof tf.NDArray)) { expect(h instanceof tf.NDArray ? h.toArray() : h, place).toEqual(w); continue; }
    const a = asArray(h, w.dtype);
    expect(a.dtype.name, place).toBe(w.dtype.name);
    expect(a.shape, place).toEqual(w.shape);
    const d = distance(a, w);
    if (d.differing === 0) continue;
    const inBound = (w.dtype.isFloating || w.dtype.isComplex) &&
      (d.maxAbs <= 2 ** -126 || (o.relative === undefined ? d.maxUlp <= (o.ulps ?? 8) : d.maxAbs <= o.relative * Math.max(d.scale, o.terms?.[place] ?? 0)));
    expect(inBound, `${place}: ${d.differing} of ${d.count} differ, by up to ${d.maxUlp} ulp, ${d.maxAbs} (values up to ${d.scale})\n  have ${JSON.stringify(a.toArray())?.slice(0, 300)}\n  want ${JSON.stringify(w.toArray())?.slice(0, 300)}`).toBe(true);
  }
}

export type { RecordedRun };
