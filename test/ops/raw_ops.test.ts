// tf.rawOps: a function for every op type, with the parameters of TensorFlow's own (fixtures/api.json.gz).
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';

const python = JSON.parse(gunzipSync(readFileSync(new URL('fixtures/api.json.gz', import.meta.url))).toString()) as Record<string, { f?: [string[], number] }>;
const names = Object.keys(python).filter((n) => n.startsWith('raw_ops.')).map((n) => n.slice('raw_ops.'.length));
type Loose = Record<string, (...args: unknown[]) => unknown>;
const raw = tf.rawOps as unknown as Loose;

/** The keywords an op function names when it is called by position. */
function keywords(op: string): string[] {
  try { raw[op]!(1, 2); } catch (e) { return /possible keys: \[(.*?)\]/.exec((e as Error).message)![1]!.split(', ').map((k) => k.slice(1, -1)); }
  throw new Error(`${op} took arguments by position`);
}

test('every op of TensorFlow 1.15, with its keywords', () => {
  expect(names.filter((n) => !(n in raw))).toEqual([]);
  expect(names.filter((n) => keywords(n).toSorted().join() !== python[`raw_ops.${n}`]!.f![0].toSorted().join())).toEqual([]);
});
test('a node, with TensorFlow\'s names for its constants', () => {
  const y = tf.rawOps.MatMul({ a: [[1, 2]], b: [[3, 4]], transposeB: true });
  expect(y.graph.getOperations().map((o) => o.name)).toEqual(['MatMul/a', 'MatMul/b', 'MatMul']);
  expect(y.op.getAttr('transpose_b')).toBe(true);
});
test('outputs: none, one, a list, several by name', () => {
  expect(tf.rawOps.NoOp()).toBeInstanceOf(tf.Operation);
  expect(tf.rawOps.Split({ axis: 0, value: [1, 2], numSplit: 2 })).toHaveLength(2);
  const { y, idx } = tf.rawOps.Unique({ x: [1, 1, 2] });
  expect([y.op.type, idx.dtype.name]).toEqual(['Unique', 'int32']);
});
test('wrong calls', () => {
  expect(() => raw['Abs']!(1)).toThrow("Abs only takes keyword args (possible keys: ['x', 'name']). Please pass these args as kwargs instead.");
  expect(() => raw['Abs']!({ y: 1 })).toThrow("Abs() got an unexpected keyword argument 'y'");
  expect(() => raw['MatMul']!({ a: 1 })).toThrow("MatMul() missing 1 required positional argument: 'b'");
});
