// Lookup tables in sessions: what a run reads and writes, failed runs, branches, the reference forms of the ops, files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';

const { lookup } = tf.contrib;
const int64 = (...v: readonly number[]): tf.NDArray => new tf.NDArray(tf.int64, [v.length], BigInt64Array.from(v, BigInt));
const values = (v: unknown): unknown => (v instanceof tf.NDArray ? v.toArray() : v);

test('a failed run leaves a table as it was', () => {
  new tf.Graph().asDefault(() => {
    const table = new lookup.MutableHashTable(tf.string, tf.int64, -1);
    const insert = table.insert(['a', 'b'], [1, 2]);
    const x = tf.placeholder(tf.float32, { name: 'x' });
    const fails = tf.controlDependencies([insert], () => tf.checkNumerics(x, 'bad'));
    const found = table.lookup(['a', 'b']);
    using sess = new tf.Session();
    expect(() => sess.runSync([fails], { 'x:0': NaN })).toThrow('bad');
    expect(values(sess.runSync(found))).toEqual([-1, -1]);
    sess.runSync([fails], { 'x:0': 1 });
    expect(values(sess.runSync(found))).toEqual([1, 2]);
    expect(() => sess.runSync([table.remove(tf.constant(['a'])), fails], { 'x:0': NaN })).toThrow('bad');
    expect(values(sess.runSync([found, table.size()])[0])).toEqual([1, 2]);
  });
});

test('a lookup sees the writes it waits for, and no others', () => {
  new tf.Graph().asDefault(() => {
    const table = new lookup.MutableHashTable(tf.int64, tf.float32, 0);
    const one = int64(1);
    const first = table.insert(one, [10]);
    const second = tf.controlDependencies([first], () => table.insert(one, [20]));
    const before = table.lookup(one);
    const between = tf.controlDependencies([first], () => table.lookup(one));
    const after = tf.controlDependencies([second], () => table.lookup(one));
    using sess = new tf.Session();
    expect(sess.runSync([before, between, after, second].slice(0, 3) as tf.Tensor[]).map(values)).toEqual([[0], [10], [20]]);
    expect(values(sess.runSync(before))).toEqual([20]);
    expect(values(sess.runSync(between))).toEqual([10]);
    expect(values(sess.runSync(before))).toEqual([10]);
  });
});

test('a branch that is not taken writes nothing', () => {
  new tf.Graph().asDefault(() => {
    const table = new lookup.MutableHashTable(tf.string, tf.int64, -1);
    const p = tf.placeholder(tf.bool, []);
    const chosen = tf.cond(p, () => tf.controlDependencies([table.insert(['yes'], [1])], () => tf.constant(1)), () => tf.controlDependencies([table.insert(['no'], [2])], () => tf.constant(2)));
    const found = table.lookup(['yes', 'no']);
    using sess = new tf.Session();
    expect(sess.runSync(chosen, [[p, true]])).toBe(1);
    expect(values(sess.runSync(found))).toEqual([1, -1]);
    expect(sess.runSync(chosen, [[p, false]])).toBe(2);
    expect(values(sess.runSync(found))).toEqual([1, 2]);
  });
});

test('the reference forms of the ops', () => {
  new tf.Graph().asDefault(() => {
    const { rawOps } = tf;
    const fixed = rawOps.HashTable({ keyDtype: tf.string, valueDtype: tf.float32, sharedName: 'words' });
    const init = rawOps.InitializeTable({ tableHandle: fixed, keys: ['a', 'b'], values: [1, 2] });
    const found = rawOps.LookupTableFind({ tableHandle: fixed, keys: ['b', 'c'], defaultValue: -1 });
    const mutable = rawOps.MutableHashTable({ keyDtype: tf.int64, valueDtype: tf.int64 });
    const insert = rawOps.LookupTableInsert({ tableHandle: mutable, keys: int64(7), values: int64(70) });
    using sess = new tf.Session();
    expect(() => sess.runSync(found)).toThrow('Table not initialized.');
    sess.runSync([init, insert]);
    expect(values(sess.runSync(found))).toEqual([2, -1]);
    expect(sess.runSync(rawOps.LookupTableSize({ tableHandle: mutable }))).toBe(1);
    const { keys, values: held } = rawOps.LookupTableExport({ tableHandle: mutable, Tkeys: tf.int64, Tvalues: tf.int64 });
    expect(sess.runSync([keys, held]).map(values)).toEqual([[7], [70]]);
    expect(() => sess.runSync(rawOps.LookupTableInsert({ tableHandle: fixed, keys: ['z'], values: [1] }))).toThrow('Insert not supported by InitializableLookupTable implementations');
  });
});

test('tables do not grow, and go with their session', () => {
  new tf.Graph().asDefault(() => {
    const table = new lookup.MutableHashTable(tf.int64, tf.int64, 0);
    const k = tf.placeholder(tf.int64, [null]);
    const insert = table.insert(k, k), remove = table.remove(k);
    const sess = new tf.Session();
    const step = (): void => { sess.runSync(insert, [[k, int64(1, 2, 3)]]); sess.runSync(remove, [[k, int64(2)]]); };
    step();
    step();
    const first = sess.memory();
    for (let i = 0; i < 50; i++) step();
    expect(sess.memory()).toEqual(first);
    sess.close();
    using other = new tf.Session();
    expect(other.runSync(table.size())).toBe(0);
  });
});

test('files are read from the file system, or as the session is told', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tfgraph-lookup-'));
  try {
    writeFileSync(join(dir, 'v.txt'), 'x\ny\n');
    new tf.Graph().asDefault(() => {
      const table = lookup.indexTableFromFile(join(dir, 'v.txt'));
      const found = table.lookup(tf.constant(['y', 'z']));
      using sess = new tf.Session();
      sess.runSync(tf.tablesInitializer());
      expect(values(sess.runSync(found))).toEqual([1, -1]);
      using told = new tf.Session({ readFile: () => new TextEncoder().encode('z\n') });
      told.runSync(tf.tablesInitializer());
      expect(values(told.runSync(found))).toEqual([-1, 0]);
    });
    new tf.Graph().asDefault(() => {
      lookup.indexTableFromFile(join(dir, 'none.txt'));
      using sess = new tf.Session();
      expect(() => sess.runSync(tf.tablesInitializer())).toThrow(`${join(dir, 'none.txt')}; No such file or directory`);
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
