// P1 and P2 for name_apis, default names and helper nodes of common calls, without the parts whose ops are not there yet.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { decodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { printNode } from '../../src/graph/print.ts';
import { bitsOf } from '../support/compile.ts';
import { MISSING, nameApis } from './programs/name_apis.ts';
import { loadGolden, recordedResult, tensorType } from './record.ts';
import { compare } from './suite.ts';

const golden = loadGolden('name_apis');
const graph = new tf.Graph();
const made = graph.asDefault(nameApis);
const present = (name: string): boolean => !(name.split(/[/:]/)[0]! in MISSING);
const names = golden.record.log[0]!.value as [name: string, type: string][];

test('only the parts named as missing are left out', () => {
  expect(made.length).toBe(names.length);
  expect(names.filter((_, i) => made[i] === null).map(([n]) => n.split(/[/:]/)[0])).toEqual(Object.keys(MISSING));
});
test('builds the nodes TensorFlow builds, in order', () => {
  expect(graph.getOperations().map((op) => printNode(op.nodeDef))).toEqual(decodeGraphDef(golden.graphPb).node.filter((n) => present(n.name)).map(printNode));
});
test('infers the same static shapes and dtypes', () => {
  expect(graph.getOperations().map((op) => [op.name, op.type, ...op.outputs.map(tensorType)])).toEqual(golden.record.ops.filter(([n]) => present(n!)));
});
test('computes what TensorFlow computes', async () => {
  using sess = new tf.Session({ graph, engine: 'reference' });
  using wasm = new tf.Session({ graph, engine: 'wasm' });
  const want = recordedResult(golden, 0) as unknown[];
  const at = made.flatMap((t, i) => (t === null ? [] : [i]));
  const got = await sess.run(at.map((i) => made[i]!));
  at.forEach((i, k) => compare(want[i], got[k], {}, names[i]![0]));
  expect((await wasm.run(at.map((i) => made[i]!))).map(bitsOf)).toEqual(got.map(bitsOf));
});
