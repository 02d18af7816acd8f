// The helpers golden programs are written with, as in test/golden/programs/oracle.py: deterministic data, notes,
// attempts; and the comparison of what we build and compute with what real TensorFlow recorded.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as tf from 'tfgraph';

const HERE = fileURLToPath(new URL('.', import.meta.url));

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

/** Test data lo + (hi - lo) * u, computed in double, then float32. */
export function arr(shape: readonly number[], seed = 0, lo = -1, hi = 1): tf.NDArray {
  const n = shape.reduce((a, b) => a * b, 1);
  return new tf.NDArray(tf.float32, shape, Float32Array.from(hash01(n, seed), (u) => lo + (hi - lo) * u));
}
/** Integers in [0, n). */
export function ints(shape: readonly number[], n: number, seed = 0): tf.NDArray {
  const k = shape.reduce((a, b) => a * b, 1);
  return new tf.NDArray(tf.int32, shape, Int32Array.from(hash01(k, seed), (u) => Math.floor(u * n)));
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
/** Records a fact. */
export function note<T>(label: string, value: T): T {
  log.push({ label, value });
  return value;
}
/** Records the result of f, or its error. */
export function attempt(label: string, f: () => unknown): unknown {
  try {
    return note(label, f());
  } catch (e) {
    const err = e as Error;
    log.push({ label, error: { class: err.name, message: err instanceof tf.errors.TfError ? err.text : err.message } });
    return null;
  }
}

export type Feed = [tf.Tensor, tf.NDArray][];
export interface Run { fetch: unknown; feed?: Feed; label?: string }
/** What a program returns: the runs its golden records, in order. */
export interface Program { runs: (Run | 'VARS')[] }

export interface Built { graph: tf.Graph; program: Program; log: LogEntry[] }
/** Builds a program in a fresh graph. */
export function buildProgram(build: () => Program): Built {
  const graph = new tf.Graph();
  log = [];
  const program = graph.asDefault(build);
  return { graph, program, log };
}

// --- what TensorFlow recorded ---------------------------------------------------------------------------------------

interface RecordedArray { dtype: string; shape: number[]; data?: number; strings?: string[] }
export interface RecordedRun { i: number; fetch?: unknown; feed?: [string, RecordedArray][]; result?: unknown; error?: { class: string; message: string }; label?: string }
export interface GoldenRecord {
  last_id: number;
  ops: string[][];
  names_in_use_extra: Record<string, number>;
  collections: Record<string, string[]>;
  log: LogEntry[];
  runs: RecordedRun[];
  blobs: string[];
}
export interface Golden { name: string; graphPb: Uint8Array; record: GoldenRecord; plain: { runs: RecordedRun[]; blobs: string[] } | undefined }

export function loadGolden(name: string): Golden {
  const dir = `${HERE}1.15.5/${name}/`;
  const record = JSON.parse(gunzipSync(readFileSync(`${dir}record.json.gz`)).toString()) as GoldenRecord;
  const plain = existsSync(`${dir}plain.json`) ? JSON.parse(readFileSync(`${dir}plain.json`, 'utf8')) as Golden['plain'] : undefined;
  return { name, graphPb: gunzipSync(readFileSync(`${dir}graph.pb.gz`)), record, plain };
}

/** The recorded result of a run, graph rewriting off where there is such a record. */
export function recordedResult(g: Golden, i: number): unknown {
  const p = g.plain?.runs.find((r) => r.i === i);
  return p ? decode(p.result, g.plain!.blobs) : decode(g.record.runs[i]!.result, g.record.blobs);
}

function decode(v: unknown, blobs: readonly string[]): unknown {
  if (v === null || v === undefined) return null;
  if (Array.isArray(v)) return v.map((x) => decode(x, blobs));
  const o = v as Record<string, unknown>;
  if ('dtype' in o) {
    const a = o as unknown as RecordedArray;
    const bytes = Buffer.from(blobs[a.data!]!, 'base64');
    const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const ctor = { float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array }[a.dtype]!;
    const dtype = { float32: tf.float32, float64: tf.float64, int32: tf.int32, int64: tf.int64, bool: tf.bool }[a.dtype]!;
    return new tf.NDArray(dtype, a.shape, new ctor(copy) as Float32Array);
  }
  const key = Object.keys(o)[0]!;
  if (key === '$dict') return Object.fromEntries((o[key] as [string, unknown][]).map(([k, x]) => [k, decode(x, blobs)]));
  return (o[key] as unknown[]).map((x) => decode(x, blobs));
}

/** `float32[2,?]`, as the records write tensor types. */
export function tensorType(t: tf.Tensor): string {
  return `${t.dtype.name}${t.shape.dims === null ? '[..]' : `[${t.shape.dims.map((d) => d ?? '?').join(',')}]`}`;
}

/** Entries of the unique-name table that are not simply "op name: 1". */
export function namesInUseExtra(graph: tf.Graph): Record<string, number> {
  const low = new Set(graph.getOperations().flatMap((o) => [o.name, o.name.toLowerCase()]));
  return Object.fromEntries([...graph.namesInUse].filter(([k, n]) => !low.has(k) || n !== 1).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Leaves of a nested result, with their paths. */
export function leaves(v: unknown, path = ''): [string, tf.NDArray][] {
  if (v === null || v === undefined) return [];
  if (v instanceof tf.NDArray) return [[path, v]];
  if (typeof v === 'number') return [[path, new tf.NDArray(tf.float32, [], Float32Array.of(v))]];
  if (typeof v === 'boolean') return [[path, new tf.NDArray(tf.bool, [], Uint8Array.of(v ? 1 : 0))]];
  if (Array.isArray(v)) return v.flatMap((x, i) => leaves(x, `${path}[${i}]`));
  return Object.entries(v as object).flatMap(([k, x]) => leaves(x, `${path}.${k}`));
}

/** ||a - b|| and ||b||. */
export function norms(a: tf.NDArray, b: tf.NDArray): { diff: number; norm: number } {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  let d = 0;
  let n = 0;
  for (let i = 0; i < y.length; i++) { d += (x[i]! - y[i]!) ** 2; n += y[i]! ** 2; }
  return { diff: Math.sqrt(d), norm: Math.sqrt(n) };
}
