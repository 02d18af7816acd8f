// Feeds: what may be fed and under which key, how values become arrays (as numpy converts them), and what is refused, in
// the words of TensorFlow 1.15.5. On every engine, as feeds also have to reach the device.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { bitsOf } from '../support/compile.ts';
import { ENGINES, openSession, plain } from '../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

async function program(engine: string) {
  const x = tf.placeholder(tf.float32, [null, 2], { name: 'x' });
  const n = tf.placeholder(tf.int32, [], { name: 'n' });
  const u = tf.placeholder(tf.float32, { name: 'unknown' });
  const bo = tf.placeholder(tf.bool, [2], { name: 'bo' });
  const i8 = tf.placeholder(tf.uint8, [2], { name: 'i8' });
  const d = tf.placeholderWithDefault(tf.constant([1., 2.]), [null], { name: 'd' });
  const v = new tf.Variable([5., 6.], { name: 'v' });
  const y = tf.square(x, { name: 'y' });
  const z = tf.add(y, tf.cast(n, tf.float32), { name: 'z' });
  const w = tf.multiply(v, d, { name: 'w' });
  const other = new tf.Graph().asDefault(() => tf.placeholder(tf.float32, [2], { name: 'ox' }));
  const sess = await openSession(engine);
  sess.runSync(tf.globalVariablesInitializer());
  return { x, n, u, bo, i8, d, v, y, z, w, other, run: (fetch: unknown, feeds?: unknown): unknown => plain(sess.runSync(fetch as tf.Tensor, feeds as never)) };
}
type P = Awaited<ReturnType<typeof program>>;
const X = [[1, 2], [3, 4]];

describe.each(ENGINES)('on %s', (engine) => {
  const accepted: Readonly<Record<string, readonly [(p: P) => unknown, (p: P) => unknown, unknown]>> = {
    'placeholders': [(p) => p.z, (p) => [[p.x, X], [p.n, 3]], [[4, 7], [12, 19]]],
    'an intermediate tensor instead': [(p) => p.z, (p) => [[p.y, X], [p.n, 3]], [[4, 5], [6, 7]]],
    'and fetched with what follows from it': [(p) => [p.y, p.z], (p) => [[p.y, X], [p.n, 1]], [X, [[2, 3], [4, 5]]]],
    'by names, in an object': [(p) => p.z, () => ({ 'x:0': X, 'n:0': 4 }), [[5, 8], [13, 20]]],
    'in a Map': [(p) => p.z, (p) => new Map<tf.Tensor, unknown>([[p.x, X], [p.n, 0]]), [[1, 4], [9, 16]]],
    'the last of two values for a key': [(p) => p.z, (p) => [[p.x, X], [p.n, 5], ['n:0', 0]], [[1, 4], [9, 16]]],
    'a float for an int is cut': [(p) => p.z, (p) => [[p.x, [[1, 2]]], [p.n, 2.7]], [[3, 6]]],
    'no value where there is a default': [(p) => p.w, () => null, [5, 12]],
    'a value instead of the default': [(p) => p.w, (p) => [[p.d, [3, 4]]], [15, 24]],
    'the read of a variable': [(p) => p.w, () => ({ 'v/read:0': [1, 1] }), [1, 2]],
    'a variable': [(p) => p.w, (p) => [[p.v, [2, 2]]], [2, 4]],
    'any shape where none is declared': [(p) => p.u, (p) => [[p.u, [[1, 2], [3, 4]]]], X],
    'a scalar where none is declared': [(p) => p.u.add(1.), (p) => [[p.u, 5]], 6],
    'numbers for booleans': [(p) => tf.logicalNot(p.bo), (p) => [[p.bo, [1, 0]]], [false, true]],
    'strings for booleans: true unless empty': [(p) => p.bo, (p) => [[p.bo, ['a', '']]], [true, false]],
    'numbers for uint8 wrap': [(p) => tf.cast(p.i8, tf.int32), (p) => [[p.i8, [1, 300]]], [1, 44]],
    'nothing at all': [(p) => tf.reduceSum(p.y, 0), (p) => [[p.x, new tf.NDArray(tf.float32, [0, 2], new Float32Array(0))]], [0, 0]],
    'more than is needed': [(p) => p.y, (p) => [[p.x, X], [p.n, 1], [p.bo, [true, true]]], [[1, 4], [9, 16]]],
  };
  test.each(Object.entries(accepted))('%s', async (_, [fetch, feeds, want]) => {
    const p = await program(engine);
    expect(p.run(fetch(p), feeds(p))).toEqual(want);
  });

  const refused: Readonly<Record<string, readonly ['TypeError' | 'ValueError', string, (p: P) => unknown]>> = {
    'too few dimensions': ['ValueError', "Cannot feed value of shape (2,) for Tensor 'x:0', which has shape '(?, 2)'", (p) => [[p.x, [1, 2]], [p.n, 0]]],
    'a wrong size': ['ValueError', "Cannot feed value of shape (1, 3) for Tensor 'x:0', which has shape '(?, 2)'", (p) => [[p.x, [[1, 2, 3]]], [p.n, 0]]],
    'a list for a scalar': ['ValueError', "Cannot feed value of shape (1,) for Tensor 'n:0', which has shape '()'", (p) => [[p.x, X], [p.n, [1]]]],
    'a word for a number': ['ValueError', "could not convert string to float: 'abc'", (p) => [[p.x, 'abc'], [p.n, 1]]],
    'lists of several lengths': ['ValueError', 'setting an array element with a sequence.', (p) => [[p.x, [[1, 2], [3]]], [p.n, 1]]],
    'a number too large': ['TypeError', "Type of feed value 1099511627776 with type <class 'int'> is not compatible with Tensor type <class 'numpy.int32'>. Try explicitly setting the type of the feed tensor to a larger type (e.g. int64).", (p) => [[p.n, 2 ** 40]]],
    'None: a scalar that is not a number': ['ValueError', "Cannot feed value of shape () for Tensor 'x:0', which has shape '(?, 2)'", (p) => [[p.x, null], [p.n, 1]]],
    'a tensor': ['TypeError', 'The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was Tensor("zeros:0", shape=(2, 2), dtype=float32) which was passed to the feed with key Tensor("x:0", shape=(?, 2), dtype=float32).', (p) => [[p.x, tf.zeros([2, 2])], [p.n, 1]]],
    'the name of an operation': ['TypeError', "Cannot interpret feed_dict key as Tensor: The name 'x' refers to an Operation, not a Tensor. Tensor names must be of the form \"<op_name>:<output_index>\".", () => ({ x: X })],
    'a name that is not there': ['TypeError', "Cannot interpret feed_dict key as Tensor: The name 'nope:0' refers to a Tensor which does not exist. The operation, 'nope', does not exist in the graph.", () => ({ 'nope:0': 1 })],
    'a tensor of another graph': ['TypeError', 'Cannot interpret feed_dict key as Tensor: Tensor Tensor("ox:0", shape=(2,), dtype=float32) is not an element of this graph.', (p) => [[p.other, X]]],
    'a number as key': ['TypeError', 'Cannot interpret feed_dict key as Tensor: Can not convert a int into a Tensor.', () => [[3, X]]],
    'an operation as key': ['TypeError', 'Cannot interpret feed_dict key as Tensor: Can not convert a Operation into a Tensor.', (p) => [[p.x.op, X]]],
  };
  test.each(Object.entries(refused))('refused: %s', async (_, [error, text, feeds]) => {
    const p = await program(engine);
    let caught: unknown;
    try { p.run(p.z, feeds(p)); } catch (e) { caught = e; }
    expect(caught).toBeInstanceOf(tf.errors[error]);
    expect((caught as tf.errors.TfError).text).toBe(text);
  });
});

describe('values become arrays as numpy converts them', () => {
  const rows: readonly (readonly [string, tf.DType, unknown, string])[] = [
    ['nested lists', tf.float32, [[1, 2.5], [3, -0]], 'float32[2,2] 1 2.5 3 -0'],
    ['a typed array', tf.float32, Float32Array.of(1, 2), 'float32[2] 1 2'],
    ['a typed array of another type', tf.int32, Float64Array.of(1.9, -1.9), 'int32[2] 1 -1'],
    ['a list of typed arrays', tf.float32, [Int8Array.of(1, 2), Int8Array.of(3, 4)], 'float32[2,2] 1 2 3 4'],
    ['an array of another dtype', tf.float64, new tf.NDArray(tf.int32, [1, 2], Int32Array.of(3, 4)), 'float64[1,2] 3 4'],
    ['a list of arrays', tf.int32, [new tf.NDArray(tf.int32, [2], Int32Array.of(3, 4)), new tf.NDArray(tf.int32, [2], Int32Array.of(5, 6))], 'int32[2,2] 3 4 5 6'],
    ['shape and data', tf.float32, { shape: [2, 1], data: [7, 8] }, 'float32[2,1] 7 8'],
    ['booleans as numbers', tf.float32, [true, false], 'float32[2] 1 0'],
    ['numbers as booleans, NaN being true', tf.bool, [0, -0, 2, NaN], 'bool[4] 0 0 1 1'],
    ['bigints', tf.int64, [9007199254740993n, -1n], 'int64[2] 9007199254740993 -1'],
    ['numbers for int64', tf.int64, [2 ** 40, -1.5], 'int64[2] 1099511627776 -1'],
    ['bigints for float32', tf.float32, [3n], 'float32[1] 3'],
    ['halves, rounded to even', tf.float16, [1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65520, 1e-8], 'float16[5] 15360 15360 15362 31744 0'],
    ['bfloat16', tf.bfloat16, [1, 3.14159], 'bfloat16[2] 16256 16457'],
    ['complex pairs and reals', tf.complex64, new tf.NDArray(tf.float32, [2], Float32Array.of(1, -2)), 'complex64[2] 1 0 -2 0'],
    ['floats for uint8 wrap', tf.uint8, [255.9, 256, -1], 'uint8[3] 255 0 255'],
    ['None in a list of floats', tf.float32, [1, null], 'float32[2] 1 NaN'],
    ['numbers in words', tf.float32, ['1.5', ' -2 ', 'nan'], 'float32[3] 1.5 -2 NaN'],
    ['an empty list', tf.float32, [], 'float32[0] '],
    ['a list of empty lists', tf.float32, [[], []], 'float32[2,0] '],
    ['a shape', tf.int32, new tf.TensorShape([2, 3]), 'int32[2] 2 3'],
  ];
  test.each(rows)('%s', async (_, dtype, value, want) => {
    const x = tf.placeholder(dtype, null);
    const sess = await openSession('reference');
    // Through a node, so that what comes back is what the kernels saw.
    expect(bitsOf(sess.runSync(tf.identity(x), [[x, value]] as never))).toBe(want);
  });

  test('strings and bytes', async () => {
    const s = tf.placeholder(tf.string, null);
    const sess = await openSession('reference');
    const got = sess.runSync(tf.identity(s), [[s, [Uint8Array.of(0, 255), 'é', 3]]]) as tf.NDArray;
    expect((got.data as Uint8Array[]).map((b) => [...b])).toEqual([[0, 255], [0xc3, 0xa9], [0x33]]);
  });

  test.each<[string, tf.DType, unknown, string]>([
    ['None for an int', tf.int32, [1, null], "int() argument must be a string, a bytes-like object or a number, not 'NoneType'"],
    ['a word for an int', tf.int32, ['x'], "invalid literal for int() with base 10: 'x'"],
    ['a list where a number should be', tf.float32, [1, [2]], 'setting an array element with a sequence.'],
    ['arrays that do not fit each other', tf.float32, [Float32Array.of(1, 2), Float32Array.of(1)], 'setting an array element with a sequence.'],
    ['data that is not of its shape', tf.float32, { shape: [3], data: [7, 8] }, 'cannot reshape array of size 2 into shape (3)'],
  ])('refused: %s', async (_, dtype, value, text) => {
    const x = tf.placeholder(dtype, null);
    const sess = await openSession('reference');
    expect(() => sess.runSync(x, [[x, value]] as never)).toThrow(expect.objectContaining({ text }) as Error);
  });

  test('a fed array is read when the run starts: what the caller does to it later has no effect', async () => {
    const x = tf.placeholder(tf.float32, [2]);
    const buffer = Float32Array.of(1, 2);
    for (const engine of ENGINES) {
      const sess = await openSession(engine);
      const run = sess.run(x.mul(2.), [[x, buffer]]);
      buffer.fill(0);
      expect(plain(await run)).toEqual([2, 4]);
      buffer.set([1, 2]);
    }
  });
});

test('a tensor marked unfeedable is refused', async () => {
  const c = tf.constant(1., { name: 'c' });
  tf.getDefaultGraph().preventFeeding(c);
  const sess = await openSession('reference');
  expect(() => sess.runSync(c, [[c, 2]])).toThrow(new tf.errors.ValueError('Tensor Tensor("c:0", shape=(), dtype=float32) may not be fed.', { node: 'c', op: 'Const' }));
});
