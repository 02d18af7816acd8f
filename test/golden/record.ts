// What real TensorFlow made of a golden program, read from test/golden/1.15.5/<name>; and its values compared with ours.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as tf from 'tfgraph';
import { dtypeFromName } from '../../src/graph/dtype.ts';
import { fromBytes } from '../../src/graph/ndarray.ts';
import { asarray } from '../../src/session/feed.ts';
import type { LogEntry } from './oracle.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

interface RecordedArray { dtype: string; shape: number[]; data?: number; strings?: string[] }
export interface RecordedRun {
  i: number; session?: string; label?: string; fetch?: unknown; feed?: [string, RecordedArray][];
  result?: unknown; error?: { class: string; message: string }; log?: LogEntry[];
}
export interface GoldenRecord {
  last_id: number;
  last_id_after_runs?: number;
  ops: string[][];
  ops_added_by_runs?: [string, string][];
  names_in_use_extra: Record<string, number>;
  collections: Record<string, unknown[]>;
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

/** Fields of the named tuples that are objects here; those of other named tuples are lists. */
const NAMED_TUPLES: Readonly<Record<string, readonly string[]>> = {
  SparseTensorValue: ['indices', 'values', 'denseShape'], IndexedSlicesValue: ['values', 'indices', 'denseShape'], P: ['first', 'second'],
};

/** Arrays out of their blobs; structures as we return them (tuples as lists, named tuples as objects). */
export function decode(v: unknown, blobs: readonly string[]): unknown {
  if (v === null || v === undefined) return null;
  if (typeof v !== 'object') return v;
  if (Array.isArray(v)) return v.map((x) => decode(x, blobs));
  const o = v as Record<string, unknown>;
  if (typeof o['dtype'] === 'string' && Array.isArray(o['shape'])) return decodeArray(o as unknown as RecordedArray, blobs);
  if ('text' in o && Object.keys(o).length === 1) return o['text'];
  const key = Object.keys(o)[0];
  if (key === '$dict') return Object.fromEntries((o[key] as [string, unknown][]).map(([k, x]) => [k, decode(x, blobs)]));
  const fields = key && NAMED_TUPLES[key.slice(1)];
  if (fields) return Object.fromEntries(fields.map((f, i) => [f, decode((o[key] as unknown[])[i], blobs)]));
  if (key?.startsWith('$')) return (o[key] as unknown[]).map((x) => decode(x, blobs));
  return Object.fromEntries(Object.entries(o).map(([k, x]) => [k, decode(x, blobs)]));
}

function decodeArray(a: RecordedArray, blobs: readonly string[]): tf.NDArray {
  if (a.strings) return new tf.NDArray(tf.string, a.shape, a.strings.map((s) => new Uint8Array(Buffer.from(s, 'base64'))));
  return fromBytes(dtypeFromName(a.dtype)!, a.shape, new Uint8Array(Buffer.from(blobs[a.data!]!, 'base64')));
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

/** Leaves of a nested result, with their paths. Scalars, which `run` returns as JS values, take the dtype they are compared with. */
export function leaves(v: unknown, path = ''): [string, tf.NDArray | number | bigint | boolean | string][] {
  if (v === null || v === undefined) return [];
  if (v instanceof tf.NDArray || typeof v !== 'object') return [[path, v as tf.NDArray | number]];
  if (Array.isArray(v)) return v.flatMap((x, i) => leaves(x, `${path}[${i}]`));
  if (v instanceof Map) return [...(v as Map<unknown, unknown>)].flatMap(([k, x]) => leaves(x, `${path}.${String(k)}`));
  return Object.entries(v).flatMap(([k, x]) => leaves(x, `${path}.${k}`));
}

/** A value of a result as an array of the wanted dtype. */
export function asArray(v: tf.NDArray | number | bigint | boolean | string, dtype: tf.DType): tf.NDArray {
  return v instanceof tf.NDArray ? v : asarray(v, dtype);
}

/** ||a - b|| and ||b||. */
export function norms(a: tf.NDArray, b: tf.NDArray): { diff: number; norm: number } {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  let d = 0;
  let n = 0;
  for (let i = 0; i < y.length; i++) { d += (x[i]! - y[i]!) ** 2; n += y[i]! ** 2; }
  return { diff: Math.sqrt(d), norm: Math.sqrt(n) };
}
