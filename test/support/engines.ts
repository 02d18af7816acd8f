// The engines every promise is tested on, and how to open a session on one of them.
import * as tf from 'tfgraph';
import type { SessionOptions } from '../../src/session/options.ts';

const ALWAYS = ['reference', 'wasm', 'tfjs:cpu', 'tfjs:wasm'] as const;
/** `npm run test:native` adds the engine that needs TensorFlow's library. */
export const ENGINES: readonly string[] = process.env['TFGRAPH_TEST_NATIVE'] === '1' ? [...ALWAYS, 'native'] : ALWAYS;

/** A session on the default graph (or another) that is ready for `runSync` and keeps its warnings to itself. */
export async function openSession(engine: string, options: SessionOptions = {}): Promise<tf.Session> {
  return new tf.Session({ engine, onWarning: () => undefined, ...options }).ready();
}

/** A fetched value as plain nested arrays. */
export function plain(v: unknown): unknown {
  if (v instanceof tf.NDArray) return v.toArray();
  if (Array.isArray(v)) return v.map(plain);
  return v;
}
