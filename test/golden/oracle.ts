// The helpers golden programs are written with, as in test/golden/programs/oracle.py: deterministic data, notes,
// attempts, and what a program returns. Nothing here knows what real TensorFlow recorded (record.ts) or tests (suite.ts).
import * as tf from 'tfgraph';
import { stringRepr } from '../../src/graph/python_repr.ts';

/** n values in [0, 1): integer hash, 24 bits. */
function hash01(n: number, seed: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let h = (Math.imul(i, 2654435761) + Math.imul(seed, 40503) + 12345) >>> 0;
    h = (h ^ (h >>> 15)) >>> 0;
    h = Math.imul(h, 2246822519) >>> 0;
    h = (h ^ (h >>> 13)) >>> 0;
    h = Math.imul(h, 3266489917) >>> 0;
    h = (h ^ (h >>> 16)) >>> 0;
    out[i] = (h >>> 8) / 16777216;
  }
  return out;
}

/** Test data lo + (hi - lo) * u, computed in double, then in the dtype (float32 or float64). */
export function arr(shape: readonly number[], seed = 0, lo = -1, hi = 1, given: tf.DType | 'float32' | 'float64' = tf.float32): tf.NDArray {
  const dtype = tf.asDtype(given);
  const values = hash01(shape.reduce((a, b) => a * b, 1), seed).map((u) => lo + (hi - lo) * u);
  return new tf.NDArray(dtype, shape, dtype === tf.float64 ? values : Float32Array.from(values));
}
/** Integers in [0, n), int32 or int64. */
export function ints(shape: readonly number[], n: number, seed = 0, given: tf.DType | 'int32' | 'int64' = tf.int32): tf.NDArray {
  const dtype = tf.asDtype(given);
  const values = Array.from(hash01(shape.reduce((a, b) => a * b, 1), seed), (u) => Math.floor(u * n));
  return new tf.NDArray(dtype, shape, dtype === tf.int64 ? BigInt64Array.from(values, BigInt) : Int32Array.from(values));
}
/** np.eye(2)[ints([n], 2, seed)] */
export function onehot(n: number, seed: number): tf.NDArray {
  const y = ints([n], 2, seed).data as Int32Array;
  const data = new Float32Array(2 * n);
  y.forEach((c, i) => { data[2 * i + c] = 1; });
  return new tf.NDArray(tf.float32, [n, 2], data);
}

export interface LogEntry { label: string; value?: unknown; error?: { class: string; message: string } }
let log: LogEntry[] = [];
/** The facts recorded by `body`, and what it returned. */
export function recording<T>(body: () => T): { readonly log: LogEntry[]; readonly value: T } {
  const outer = log;
  const mine: LogEntry[] = log = [];
  const end = (): void => { log = outer; };
  try {
    const value = body();
    if (value instanceof Promise) void value.then(end, end); else end();
    return { log: mine, value };
  } catch (e) {
    end();
    throw e;
  }
}
/** Records a fact. */
export function note<T>(label: string, value: T): T {
  log.push({ label, value: plain(value) });
  return value;
}
/** Records the result of f (also when it comes later), or its error. */
export function attempt<T>(label: string, f: () => T): T | null {
  const entry: LogEntry = { label };
  log.push(entry);
  const fail = (e: unknown): null => { entry.error = errorRecord(e); return null; };
  try {
    const v = f();
    if (v instanceof Promise) return v.then((x: unknown) => { entry.value = plain(x); return x; }, fail) as T;
    entry.value = plain(v);
    return v;
  } catch (e) {
    return fail(e);
  }
}
/**
 * Names of the graph's operations under a prefix.
 * @public
 */
export function opnames(prefix = '', graph = tf.getDefaultGraph()): string[] {
  return graph.getOperations().map((o) => o.name).filter((n) => n.startsWith(prefix));
}

/** An error as the records have it: the class and TF's own text, places and traces replaced. */
export function errorRecord(e: unknown): { class: string; message: string } {
  const { name, message } = e as Error;
  const text = e instanceof tf.errors.TfError ? e.text : message;
  return { class: name, message: clean(e instanceof tf.errors.KeyError ? stringRepr(text) : text) }; // Python prints a KeyError's text as a repr
}
/** Replaces what differs between machines and languages: stack frames, files, lines. */
export function clean(text: string): string {
  return text
    .replace(/\n*(?:Original stack trace for|Caused by op) [\s\S]*$/, '\n<TRACEBACK>')
    .replace(/(?:\n {2}at [^\n]*)+/g, '\n  <FRAMES>')
    .replace(/defined at [^\s\])]+:\d+/g, 'defined at <FILE>:<LINE>');
}

/** A value as oracle.py notes it: graph elements by name, shapes as lists, dtypes by name, arrays as they are. */
export function plain(v: unknown): unknown {
  if (v === undefined || v === null) return null;
  if (typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean' || v instanceof tf.NDArray) return v;
  if (v instanceof tf.TensorShape) return v.dims === null ? null : [...v.dims];
  if (v instanceof tf.Dimension) return v.value;
  if (Array.isArray(v)) return v.map(plain);
  if (v instanceof Set) return [...(v as Set<unknown>)].map(plain).sort();
  if (v instanceof Map) return Object.fromEntries([...(v as Map<unknown, unknown>)].map(([k, x]) => [String(plain(k)), plain(x)]));
  if (v instanceof tf.IndexedSlices) return { IndexedSlices: plain([v.indices, v.values, v.denseShape]) };
  if (v instanceof tf.SparseTensor) return { SparseTensor: plain([v.indices, v.values, v.denseShape]) };
  const named = v as { name?: unknown };
  if (typeof named.name === 'string') return named.name;
  if (typeof v === 'object' && Object.getPrototypeOf(v) === Object.prototype) return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)]));
  return String(v);
}

export type Feed = tf.Feeds;
/** One step of a program: a run, any action on a session, or a fetch of all global variables. */
export interface Run { fetch: unknown; feed?: Feed | null | undefined; label?: string; session?: string }
export interface Call { call: (sess: tf.Session) => unknown; label?: string; session?: string }
export type Step = Run | Call | 'VARS';
/** What a program returns: the steps its golden records, in order. */
export interface Program { runs: Step[] }

export interface Built { graph: tf.Graph; program: Program; log: LogEntry[] }
/** Builds a program in a fresh graph. */
export function buildProgram(build: () => Program): Built {
  const graph = new tf.Graph();
  const { log: facts, value: program } = recording(() => graph.asDefault(build));
  return { graph, program, log: facts };
}
