// Values on their way to a server and back, in every dtype and form; variables.
import * as tf from 'tfgraph';
import { expect } from 'vitest';
import type { Check } from './checks.ts';
import { inGraph, plain } from './check_support.ts';

const bytes = (...b: number[]): Uint8Array => Uint8Array.from(b);
/** Six elements of each dtype, in the array's own form. */
const ELEMENTS: readonly (readonly [tf.DType, tf.NDArray['data']])[] = [
  [tf.float32, Float32Array.of(1.5, -0, Infinity, -Infinity, 1e-45, 3.4e38)], [tf.float64, Float64Array.of(1.5, -0, Infinity, 5e-324, 1e300, -2)],
  [tf.int32, Int32Array.of(0, -1, 2147483647, -2147483648, 5, 6)], [tf.uint8, bytes(0, 1, 127, 128, 254, 255)], [tf.int16, Int16Array.of(0, -1, 32767, -32768, 5, 6)], [tf.int8, Int8Array.of(0, -1, 127, -128, 5, 6)],
  [tf.string, [bytes(), bytes(97), bytes(255, 0), bytes(195, 164), new Uint8Array(200).fill(120), bytes(10)]], [tf.complex64, Float32Array.of(1, 2, -0, 0, 3, -4, 5, 6, 7, 8, 9, 10)],
  [tf.int64, BigInt64Array.of(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 5n, 6n)], [tf.bool, bytes(0, 1, 1, 0, 0, 1)], [tf.bfloat16, Uint16Array.of(0, 0x3f80, 0x8000, 0x7f80, 1, 0xc000)],
  [tf.uint16, Uint16Array.of(0, 1, 32768, 65535, 5, 6)], [tf.complex128, Float64Array.of(1, 2, -0, 0, 3, -4, 5, 6, 7, 8, 9, 10)], [tf.float16, Uint16Array.of(0, 0x3c00, 0x8000, 0x7c00, 1, 0xc000)],
  [tf.uint32, Uint32Array.of(0, 1, 2 ** 31, 2 ** 32 - 1, 5, 6)], [tf.uint64, BigUint64Array.of(0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 5n, 6n)],
  [tf.qint8, Int8Array.of(0, -1, 127, -128, 5, 6)], [tf.quint8, bytes(0, 1, 127, 128, 254, 255)], [tf.qint32, Int32Array.of(0, -1, 2147483647, -2147483648, 5, 6)],
];

export const VALUE_CHECKS: readonly Check[] = [
  ...ELEMENTS.map(([dtype, data]): Check => ({
    name: `${dtype.name}, fed and fetched`,
    run: async ({ open }) => {
      const { x, y, graph } = inGraph(() => { const x = tf.placeholder(dtype, [2, 3], { name: 'x' }); return { x, y: tf.identity(x, { name: 'y' }) }; });
      const sess = open(graph);
      const given = new tf.NDArray(dtype, [2, 3], data);
      const got = await sess.run(y, [[x, given]]) as tf.NDArray;
      expect(got.dtype).toBe(dtype);
      expect(got.shape).toEqual([2, 3]);
      expect(got.data).toEqual(data);
    },
  })),
  { name: 'scalars come as JS values', run: async ({ open }) => {
    const { all, graph } = inGraph(() => ({ all: [tf.constant(2.5), tf.constant(2n ** 62n), tf.constant('ä'), tf.constant(true), tf.constant(-7, { dtype: tf.int32 })] }));
    expect(await open(graph).run(all)).toEqual([2.5, 2n ** 62n, 'ä', true, -7]);
  } },
  { name: 'a string that is not UTF-8', run: async ({ open }) => {
    const { x, y, graph } = inGraph(() => { const x = tf.placeholder(tf.string, [], { name: 'x' }); return { x, y: tf.identity(x) }; });
    const got = await open(graph).run(y, [[x, bytes(255, 254)]]) as tf.NDArray;
    expect(got.data).toEqual([bytes(255, 254)]);
  } },
  { name: 'tensors without elements', run: async ({ open }) => {
    const { x, s, y, z, graph } = inGraph(() => {
      const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' }), s = tf.placeholder(tf.string, [0], { name: 's' });
      return { x, s, y: tf.reduceSum(x, 0), z: tf.identity(s) };
    });
    const got = await open(graph).run([y, z, x], [[x, new tf.NDArray(tf.float32, [0, 3], new Float32Array(0))], [s, new tf.NDArray(tf.string, [0], [])]]) as tf.NDArray[];
    expect(got.map(plain)).toEqual([[0, 0, 0], [], []]);
  } },
  { name: 'a tensor inside the graph is fed', run: async ({ open }) => {
    const { a, y, graph } = inGraph(() => { const a = tf.constant(1).mul(3); return { a, y: a.mul(10) }; });
    const sess = open(graph);
    expect([await sess.run(y), await sess.run(y, [[a, 5]])]).toEqual([30, 50]);
  } },
  { name: 'a fed tensor that is fetched never travels', run: async ({ open, wire }) => {
    const { x, graph } = inGraph(() => ({ x: tf.placeholder(tf.float32, [], { name: 'x' }) }));
    expect(await open(graph).run(x, { 'x:0': 3 })).toBe(3);
    expect(wire.calls).toEqual([]);
  } },
  { name: 'structures, names, operations, the same tensor twice', run: async ({ open, wire }) => {
    const { a, b, op, graph } = inGraph(() => ({ a: tf.constant(1, { name: 'a' }), b: tf.constant([2, 3], { name: 'b' }), op: tf.noOp('nothing') }));
    const got = await open(graph).run({ first: a, rest: ['a:0', { b, op }], again: a });
    expect(got).toEqual({ first: 1, rest: [1, { b: expect.anything(), op: null }], again: 1 });
    expect(wire.calls[1]!.request).toMatchObject({ fetch: ['a:0', 'b:0'], target: ['nothing'], storeErrorsInResponseBody: true });
  } },
  { name: 'a variable keeps its value from run to run', run: async ({ open }) => {
    const { v, up, init, graph } = inGraph(() => { const v = tf.getVariable('v', { initializer: tf.constant([1, 2]) }); return { v, up: tf.assignAdd(v, [10, 10]), init: tf.globalVariablesInitializer() }; });
    const sess = open(graph);
    await sess.run(init);
    await sess.run(up);
    await sess.run(up.op);
    expect(plain(await sess.run(v))).toEqual([21, 22]);
  } },
  { name: 'a resource variable', run: async ({ open }) => {
    const { v, up, init, graph } = inGraph(() => { const v = tf.getVariable('v', { initializer: tf.constant(1), useResource: true }); return { v, up: v.assignAdd(5), init: tf.globalVariablesInitializer() }; });
    const sess = open(graph);
    await sess.run(init);
    expect(await sess.run(up)).toBe(6);
    expect(await sess.run(v)).toBe(6);
  } },
  { name: 'initial values: random numbers are TensorFlow\'s bits here too', run: async ({ open }) => {
    const { v, init, graph } = inGraph(() => { tf.setRandomSeed(7); const v = tf.getVariable('random', [4, 3], { initializer: tf.glorotUniformInitializer() }); return { v, init: tf.globalVariablesInitializer() }; });
    const there = open(graph);
    using here = new tf.Session({ graph });
    for (const s of [there, here]) await s.run(init);
    expect((await there.run(v) as tf.NDArray).data).toEqual((await here.run(v) as tf.NDArray).data);
  } },
  { name: 'ten steps of training', run: async ({ open }) => {
    const { x, loss, step, init, w, graph } = inGraph(() => {
      const x = tf.placeholder(tf.float32, [null, 2], { name: 'x' });
      const w = tf.getVariable('w', [2, 1], { initializer: tf.onesInitializer() });
      const loss = tf.reduceMean(tf.square(tf.matmul(x, w).sub(3)));
      return { x, w, loss, step: new tf.train.AdamOptimizer(0.1).minimize(loss), init: tf.globalVariablesInitializer() };
    });
    const there = open(graph);
    using here = new tf.Session({ graph });
    const traces: number[][] = [];
    for (const s of [there, here]) {
      await s.run(init);
      const trace: number[] = [];
      for (let i = 0; i < 10; i++) trace.push((await s.run([loss, step], [[x, [[1, 2], [3, i]]]]))[0] as number);
      traces.push([...trace, ...(await s.run(w) as tf.NDArray).data as Float32Array]);
    }
    traces[0]!.forEach((v, i) => { expect(Math.abs(v - traces[1]![i]!)).toBeLessThanOrEqual(1e-5 * Math.abs(v)); });
  } },
  { name: 'a conditional', run: async ({ open }) => {
    const { p, y, graph } = inGraph(() => { const p = tf.placeholder(tf.bool, [], { name: 'p' }); return { p, y: tf.cond(p, () => tf.constant(1), () => tf.constant(2)) }; });
    const sess = open(graph);
    expect([await sess.run(y, [[p, true]]), await sess.run(y, [[p, false]])]).toEqual([1, 2]);
  } },
  { name: 'a sparse tensor', run: async ({ open }) => {
    const { s, y, graph } = inGraph(() => { const s = tf.sparsePlaceholder(tf.float32, [2, 2]); return { s, y: tf.sparseTensorToDense(s) }; });
    const got = await open(graph).run([y, s], [[s, new tf.SparseTensorValue([[0, 1]], [5], [2, 2])]]) as [tf.NDArray, tf.SparseTensorValue];
    expect(got[0].toArray()).toEqual([[0, 5], [0, 0]]);
  } },
  { name: '1 MB each way', live: true, run: async ({ open }) => { await there(open, 1 << 18); } },
  { name: '64 MB each way', live: true, run: async ({ open }) => { await there(open, 1 << 24); } },
];

async function there(open: Parameters<Check['run']>[0]['open'], n: number): Promise<void> {
  const { x, y, graph } = inGraph(() => { const x = tf.placeholder(tf.float32, [null], { name: 'x' }); return { x, y: tf.identity(x) }; });
  const data = Float32Array.from({ length: n }, (_, i) => i);
  const got = await open(graph).run(y, [[x, new tf.NDArray(tf.float32, [n], data)]]) as tf.NDArray;
  const { buffer, byteOffset, byteLength } = got.data as Float32Array;
  expect(Buffer.compare(Buffer.from(buffer, byteOffset, byteLength), Buffer.from(data.buffer))).toBe(0);
}
