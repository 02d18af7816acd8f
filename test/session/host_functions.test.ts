// Functions of the program in runs: what they get and give, promises, what they throw, graphs without them; and tf.print.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';

const { errors } = tf;

test('scalars come as values, others as arrays; numbers take the dtype asked for', () => {
  new tf.Graph().asDefault(() => {
    const seen: unknown[] = [];
    const f = tf.pyFunc((...args: unknown[]) => { seen.push(...args); return 2; }, [tf.constant(1.5), tf.constant(true), tf.constant('é'), tf.constant([1, 2])], tf.int64);
    const list = tf.pyFunc(() => [[1, 2], 'x', new Uint8Array([255])], [], [tf.float64, tf.string, tf.string]);
    using sess = new tf.Session();
    expect(sess.runSync(f)).toBe(2);
    expect(seen.slice(0, 3)).toEqual([1.5, true, 'é']);
    expect((seen[3] as tf.NDArray).toArray()).toEqual([1, 2]);
    const [numbers, text, bytes] = sess.runSync(list.map((t) => tf.identity(t))) as [tf.NDArray, string, unknown];
    expect(numbers.toArray()).toEqual([1, 2]);
    expect(numbers.dtype).toBe(tf.float64);
    expect(text).toBe('x');
    expect(bytes).toBeDefined();
  });
});

test('a function is called in every run, a stateless one need not be', () => {
  new tf.Graph().asDefault(() => {
    let n = 0;
    const f = tf.pyFunc(() => ++n, [], tf.int32);
    using sess = new tf.Session();
    expect([sess.runSync(f), sess.runSync(f), sess.runSync([f, tf.identity(f)])]).toEqual([1, 2, [3, 3]]);
  });
});

test('a promise is waited for, in run only', async () => {
  const graph = new tf.Graph();
  const [later, fails] = graph.asDefault(() => [
    tf.pyFunc(async (a: tf.NDArray) => { await Promise.resolve(); return a; }, [tf.constant([1, 2])], tf.float32).add(1), tf.pyFunc(() => Promise.reject(new errors.ValueError('late')), [], tf.float32),
  ] as const);
  using sess = new tf.Session({ graph });
  expect(() => sess.runSync(later)).toThrow("runSync cannot wait for 'PyFunc': its function returned a promise.");
  const both = await Promise.all([sess.run(later), sess.run(later)]);
  expect(both.map((a) => (a as tf.NDArray).toArray())).toEqual([[2, 3], [2, 3]]);
  await expect(sess.run(fails)).rejects.toThrow('ValueError: late');
  expect((await sess.run(later) as tf.NDArray).toArray()).toEqual([2, 3]);
});

test.each([
  [new errors.ValueError('bad value'), errors.InvalidArgumentError, 'ValueError: bad value'],
  [new TypeError('bad type'), errors.InvalidArgumentError, 'TypeError: bad type'],
  [new RangeError('range'), errors.InvalidArgumentError, 'RangeError: range'],
  [new errors.NotImplementedError('not there'), errors.UnimplementedError, 'NotImplementedError: not there'],
  [new Error('else'), errors.UnknownError, 'Error: else'],
])('what a function throws: %s', (thrown, ErrorClass, text) => {
  new tf.Graph().asDefault(() => {
    const f = tf.pyFunc(() => { throw thrown; }, [], tf.float32, { name: 'thrower' });
    using sess = new tf.Session();
    let e: unknown;
    try { sess.runSync(f); } catch (x) { e = x; }
    expect(e).toBeInstanceOf(ErrorClass);
    expect((e as tf.errors.OpError).text.startsWith(`${text}\n\t [[node thrower (defined at `)).toBe(true);
    expect((e as Error & { cause: Error & { cause: unknown } }).cause.cause ?? (e as Error).cause).toBe(thrown);
  });
});

test('a GraphDef holds no functions', () => {
  const graph = new tf.Graph();
  graph.asDefault(() => tf.pyFunc(() => 1, [], tf.float32, { name: 'f' }));
  const other = new tf.Graph();
  other.asDefault(() => { tf.importGraphDef(graph.asGraphDef(), { name: '' }); });
  using sess = new tf.Session({ graph: other });
  expect(() => sess.runSync('f:0')).toThrow('ValueError: callback pyfunc_0 is not found');
});

test('tf.print writes when it runs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tfgraph-print-'));
  const said: string[] = [];
  const spies = (['log', 'error', 'info', 'warn'] as const).map((k) => vi.spyOn(console, k).mockImplementation((t: unknown) => { said.push(`${k}: ${String(t)}`); }));
  try {
    new tf.Graph().asDefault(() => {
      const x = tf.constant([[1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 0, 0, 0, 0.5]]);
      const file = `file://${join(dir, 'out.txt')}`;
      const ops = [tf.print('x', x), tf.print([x.at(0), 's'], { summarize: -1, outputStream: 'stdout' }), tf.print('i', { outputStream: tf.logging.info }), tf.print('a', 1, { outputStream: file, end: ';' }), tf.print(tf.constant(['q', 'r']), { outputStream: file })];
      using sess = new tf.Session();
      for (const op of ops) sess.runSync([op]);
    });
    expect(said).toEqual(['error: x [[1 2 3 ... 5 6 7]\n [0 0 0 ... 0 0 0.5]]', "log: [[1 2 3 4 5 6 7], 's']", 'info: i']);
    expect(readFileSync(join(dir, 'out.txt'), 'utf8')).toBe('a 1;["q" "r"]\n');
  } finally {
    for (const s of spies) s.mockRestore();
    rmSync(dir, { recursive: true });
  }
});
