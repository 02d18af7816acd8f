// Fetch structures: what comes back has the structure that was asked for, each element computed once; null stands for
// operations. As session_test.py's testFetch* and the records of TensorFlow 1.15.5 have it, on every engine.
import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import * as tf from 'tfgraph';
import { ENGINES, openSession } from '../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

describe.each(ENGINES)('on %s', (engine) => {
  async function program() {
    const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' });
    const a = tf.reduceSum(x, 1, { name: 'a' });
    const b = tf.multiply(a, 2., { name: 'b' });
    const v = new tf.Variable([1., 2.], { name: 'v' });
    const up = tf.assignAdd(v, [1., 1.], { name: 'up' });
    const init = tf.globalVariablesInitializer();
    const sess = await openSession(engine);
    sess.runSync(init);
    const feed = [[x, [[1, 2, 3], [4, 5, 6]]]] as const;
    /** The result with arrays as lists. */
    const run = (fetch: unknown): unknown => JSON.parse(JSON.stringify(sess.runSync(fetch as tf.Tensor, feed), (_, w: unknown) => (w instanceof tf.NDArray ? w.toArray() : w)));
    return { x, a, b, v, up, init, sess, run, feed };
  }
  const A = [6, 15];
  const B = [12, 30];
  const V = [1, 2];

  type P = Awaited<ReturnType<typeof program>>;
  const structures: readonly (readonly [string, (p: P) => unknown, unknown])[] = [
    ['a tensor', (p) => p.a, A],
    ['a list of one', (p) => [p.a], [A]],
    ['a list', (p) => [p.a, p.b], [A, B]],
    ['a dictionary with a list with a dictionary', (p) => ({ k: p.a, l: [p.b, { m: p.a }] }), { k: A, l: [B, { m: A }] }],
    ['keys in the order given', (p) => ({ z: p.a, a: [p.b, p.a] }), { z: A, a: [B, A] }],
    ['duplicates', (p) => [p.a, p.a, p.b, p.a], [A, A, B, A]],
    ['nothing: a list', () => [], []],
    ['nothing: a dictionary', () => ({}), {}],
    ['nothing in parts', (p) => [[], {}, [p.a]], [[], {}, [A]]],
    ['names of tensors', () => ['a:0', 'b:0'], [A, B]],
    ['the name of an operation', () => 'a', null],
    ['operations', (p) => ['b', p.a.op], [null, null]],
    ['a variable', (p) => p.v, V],
    ['a variable by every name', (p) => [p.v, 'v:0', 'v', 'v/read:0'], [V, V, null, V]],
    ['an operation and a tensor', (p) => [p.init, p.a], [null, A]],
    ['what is fed', (p) => [p.x, p.a], [[[1, 2, 3], [4, 5, 6]], A]],
    ['only what is fed', (p) => [[p.x]], [[[[1, 2, 3], [4, 5, 6]]]]],
    ['nested lists', (p) => [[[p.a]]], [[[A]]]],
    ['slices', () => new tf.IndexedSlices(tf.constant([[1., 2.]]), tf.constant([1], { dtype: tf.int32 }), tf.constant([3, 2], { dtype: tf.int32 })), { values: [[1, 2]], indices: [1], denseShape: [3, 2] }],
    ['slices of unknown shape', () => new tf.IndexedSlices(tf.constant([[1., 2.]]), tf.constant([1], { dtype: tf.int32 })), { values: [[1, 2]], indices: [1], denseShape: null }],
  ];
  test.each(structures)('%s', async (_, fetch, want) => {
    const p = await program();
    expect(p.run(fetch(p))).toEqual(want);
    if (typeof want === 'object' && want !== null && !Array.isArray(want) && 'z' in want) expect(Object.keys(p.run(fetch(p)) as object)).toEqual(Object.keys(want));
  });

  test('a Map keeps its keys, of any type', async () => {
    const p = await program();
    const key = Symbol('k');
    const got = p.sess.runSync(new Map<unknown, tf.Tensor>([[key, p.a], [3, p.b]]), p.feed) as Map<unknown, tf.NDArray>;
    expect([...got.keys()]).toEqual([key, 3]);
    expect(got.get(3)!.toArray()).toEqual(B);
  });

  test('a write fetched by its operation happens; fetched twice, it happens once', async () => {
    const { sess, run, up, v } = await program();
    expect(run([up, up])).toEqual([[2, 3], [2, 3]]);
    expect(run(up.op)).toBe(null);
    expect(run(v)).toEqual([3, 4]);
    expect(await sess.run([up.op, v])).toEqual([null, expect.objectContaining({ shape: [2] })]);
  });

  test('values: scalars as JS values, int64 as numbers while they are exact, strings decoded, bytes kept', async () => {
    const { sess } = await program();
    const big = tf.constant(new tf.NDArray(tf.int64, [], BigInt64Array.of(9007199254740993n)));
    const small = tf.cast(3, tf.int64);
    const s = tf.placeholder(tf.string, []);
    expect(sess.runSync([tf.constant(0.5), tf.constant(true), small, big, tf.constant('é'), tf.constant(1, { dtype: tf.complex64 })])).toEqual([0.5, true, 3, 9007199254740993n, 'é', [1, 0]]);
    const bytes = sess.runSync(tf.identity(s), [[s, Uint8Array.of(0, 255)]]) as tf.NDArray;
    expect((bytes.data as Uint8Array[])[0]).toEqual(Uint8Array.of(0, 255));
  });

  test('results are the caller\'s own: writing into one changes no later one', async () => {
    const { sess, a, feed } = await program();
    const first = sess.runSync(a, feed) as tf.NDArray;
    (first.data as Float32Array).fill(0);
    expect((sess.runSync(a, feed) as tf.NDArray).toArray()).toEqual(A);
  });
});

test('types follow the structure', async () => {
  const x = tf.constant([1., 2.]);
  const sess = await openSession('reference');
  const got = sess.runSync({ t: x, op: x.op, list: [x, x.op] as const });
  expectTypeOf(got.op).toEqualTypeOf<null>();
  expectTypeOf(got.list[1]).toEqualTypeOf<null>();
  expectTypeOf(got.t).toEqualTypeOf<tf.Scalar | tf.NDArray>();
  expect(got.op).toBeNull();
});

test('a tensor marked unfetchable is refused', async () => {
  const c = tf.constant(1., { name: 'c' });
  tf.getDefaultGraph().preventFetching(c.op);
  const sess = await openSession('reference');
  expect(() => sess.runSync(c)).toThrow(tf.errors.InaccessibleTensorError);
  expect(() => sess.runSync(c)).toThrow(/^Operation 'c' has been marked as not fetchable\./);
});
