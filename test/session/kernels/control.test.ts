// The text of a failed Assert, as real TensorFlow 1.15.5 wrote it for data of every kind (fixtures/assert.json: summarize, dtype, shape,
// bytes or strings in hexadecimal, text).
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { dtypeFromName } from '../../../src/graph/dtype.ts';
import { fromBytes } from '../../../src/graph/ndarray.ts';
import { applyOp } from '../../../src/ops/op_def_library.ts';

type Row = [summarize: number | null, dtype: string, shape: number[], data: string | string[], text: string];
const rows = JSON.parse(readFileSync(fileURLToPath(new URL('fixtures/assert.json', import.meta.url)), 'utf8')) as Row[];
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

test.each(rows.map((r) => [`${r[1]}[${r[2].join(',')}], summarize ${r[0]}`, r] as const))('%s', (_, [summarize, dtype, shape, data, want]) => {
  const value = typeof data === 'string' ? fromBytes(dtypeFromName(dtype)!, shape, bytes(data)) : new tf.NDArray(tf.string, shape, data.map(bytes));
  const graph = new tf.Graph();
  const op = graph.asDefault(() => { const t = tf.constant(value); return applyOp('Assert', [tf.constant(false), [t, t]], summarize === null ? {} : { summarize }); });
  let text: string | undefined;
  try { new tf.Session({ graph }).runSync(op); } catch (e) { text = (e as tf.errors.InvalidArgumentError).text.split('\n\t')[0]; }
  expect(text).toBe(want);
});
