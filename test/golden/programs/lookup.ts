// The programs lookup_*.py in tfgraph: lookup tables.
import * as tf from 'tfgraph';
import { attempt, note, type Program, type Run } from '../oracle.ts';

const { lookup } = tf.contrib;
const int64 = (...v: readonly number[]): tf.NDArray => new tf.NDArray(tf.int64, [v.length], BigInt64Array.from(v, BigInt));
const int32 = (...v: readonly number[]): tf.NDArray => new tf.NDArray(tf.int32, [v.length], Int32Array.from(v));
const minus = (v: number, dtype = tf.int64): tf.NDArray => new tf.NDArray(dtype, [], dtype === tf.int64 ? BigInt64Array.of(BigInt(v)) : Float32Array.of(v));

/** Random names by number while a program is built. */
function numberedNames<R>(body: () => R): R {
  let n = 0;
  Object.defineProperty(globalThis.crypto, 'randomUUID', { configurable: true, value: () => `00000000-0000-4000-8000-${String(n++).padStart(12, '0')}` });
  try { return body(); } finally { delete (globalThis.crypto as { randomUUID?: unknown }).randomUUID; }
}

export function lookup_tables(): Program { return numberedNames(tables); }
function tables(): Program {
  const keys = tf.constant(['emerson', 'lake', 'palmer'], { name: 'names' });
  const init = new tf.lookup.KeyValueTensorInitializer(keys, tf.constant(int64(0, 1, 2)));
  const table = new tf.lookup.StaticHashTable(init, minus(-1));
  const asked = tf.constant([['lake', 'nobody'], ['emerson', 'palmer']], { name: 'asked' });
  const found = table.lookup(asked);
  const sparse = table.lookup(new tf.SparseTensor([[0, 1], [2, 0]], ['lake', 'x'], [3, 2]));
  const fixed = [found, table.size(), sparse, table.lookup(asked, 'named'), table.size('sz')];
  note('static', [table.name, table.keyDtype, table.valueDtype, found.name, found.shape, table.initializer.name, table.resourceHandle.name, table.defaultValue.name, sparse.values.name]);
  const exported = table.export();
  note('exported', exported.map((t) => [t.name, t.shape]));
  const old = new lookup.HashTable(new lookup.KeyValueTensorInitializer([1, 2], ['one', 'two'], tf.int64, tf.string), 'none', { sharedName: 'shared', name: 'old' });
  const again = new lookup.HashTable(new lookup.KeyValueTensorInitializer([1, 2], ['one', 'two'], tf.int64, tf.string, { name: 'kv2' }), 'none', { sharedName: 'shared', name: 'again' });
  note('old', [old.name, old.init.name, again.init.name]);
  const words = lookup.indexTableFromTensor(['a', 'b', 'c'], { numOovBuckets: 2 });
  const plain = lookup.indexTableFromTensor(tf.constant(int64(10, 20)), { dtype: tf.int64, defaultValue: 7, name: 'plain' });
  const strong = lookup.indexTableFromTensor(['a', 'b'], { numOovBuckets: 3, hasherSpec: new lookup.StrongHashSpec([1, 2]) });
  const toWords = lookup.indexToStringTableFromTensor(['zero', 'one'], { defaultValue: '?' });
  const buckets = new lookup.IdTableWithHashBuckets({ table: null, numOovBuckets: 5 });
  const vocabulary = new tf.lookup.StaticVocabularyTable(new tf.lookup.KeyValueTensorInitializer(['x', 'y'], tf.constant(int64(0, 1)), { name: 'voc' }), 4);
  const q = tf.constant(['a', 'c', 'zz', 'yy']);
  const index = [
    words.lookup(q), words.size(), plain.lookup(tf.constant(int64(20, 10, 5))), strong.lookup(q), toWords.lookup(tf.constant(int64(1, 0, 9))), buckets.lookup(q), buckets.size(), vocabulary.lookup(q), vocabulary.size(),
    words.lookup(new tf.SparseTensor([[0], [1]], ['b', 'q'], [2])),
  ];
  note('index', [words.name, plain.name, strong.name, toWords.name, buckets.name, vocabulary.name, (words as InstanceType<typeof lookup.IdTableWithHashBuckets>).init.name, vocabulary.initializer.name]);
  const mutable = new lookup.MutableHashTable(tf.string, tf.int64, minus(-1));
  const add = mutable.insert(['k1', 'k2', 'k1'], [1, 2, 3]);
  const drop = mutable.remove(tf.constant(['k2', 'k9']));
  const got = mutable.lookup(['k1', 'k2']);
  const after = tf.controlDependencies([add], () => mutable.lookup(['k1', 'k2'], 'after'));
  const size = mutable.size();
  const vectors = new lookup.MutableHashTable(tf.int64, tf.float32, [0, 0.5], { name: 'vectors', checkpoint: false });
  const addVectors = vectors.insert(tf.constant(int64(5, 6)), [[1, 2], [3, 4]]);
  const gotVectors = vectors.lookup(tf.constant(int64(5, 7).reshape([2, 1])));
  const dense = new lookup.MutableDenseHashTable(tf.int64, tf.int64, { defaultValue: -1, emptyKey: 0, deletedKey: -2, initialNumBuckets: 4 });
  const dkeys = tf.placeholder(tf.int64, { name: 'dkeys' });
  const [denseAdd, denseGot, denseDrop, denseSize] = [dense.insert(dkeys, dkeys.mul(10)), dense.lookup(dkeys), dense.remove(dkeys), dense.size()];
  const pairs = new tf.lookup.experimental.DenseHashTable(tf.string, tf.float32, { defaultValue: -1, emptyKey: ['', ''], deletedKey: ['-', '-'], initialNumBuckets: 8, name: 'pairs', checkpoint: false });
  const pairAdd = pairs.insertOrAssign([['a', 'b'], ['c', 'd']], [1, 2]);
  const pairGot = pairs.lookup([['c', 'd'], ['a', 'x']]);
  note('mutable', [mutable.name, add.name, drop.name, got.name, got.shape, size.name, vectors.name, gotVectors.shape, dense.name, denseGot.shape, pairGot.shape, pairs.size().name, mutable.export().map((t) => t.name), pairs.export().map((t) => [t.name, t.shape])]);
  const { TABLE_INITIALIZERS, SAVEABLE_OBJECTS } = tf.GraphKeys;
  note('collections', [tf.getCollection(TABLE_INITIALIZERS).length, tf.getCollection(SAVEABLE_OBJECTS).length, (tf.getCollectionRef(TABLE_INITIALIZERS)[0] as tf.Operation).name]);
  const [all, everything] = [tf.tablesInitializer(), tf.initializeAllTables('all')];
  note('init', [all.name, everything.name, all.type]);
  const errors: readonly [string, () => unknown][] = [
    ['keys', () => table.lookup(tf.constant(int32(1)))], ['values', () => new tf.lookup.StaticHashTable(init, 'x')], ['empty', () => lookup.indexTableFromTensor(null as never)], ['buckets', () => lookup.indexTableFromTensor(['a'], { numOovBuckets: -1 })],
    ['float', () => lookup.indexTableFromTensor([1], { dtype: tf.float32 })], ['other', () => lookup.indexTableFromTensor([1, 2])], ['strings', () => lookup.indexTableFromTensor(['a'], { dtype: tf.int64 })], ['none', () => new lookup.IdTableWithHashBuckets(null, 0)],
    ['spec', () => new lookup.IdTableWithHashBuckets(table, 1, { hasherSpec: 'fast' as never })], ['key', () => new lookup.StrongHashSpec([1])], ['keytype', () => new lookup.StrongHashSpec([1.5, 2])], ['oov', () => new tf.lookup.StaticVocabularyTable(init, 0)],
    ['signature', () => mutable.remove(tf.constant(int32(1)))], ['insert', () => mutable.insert([1], [2])], ['dtype', () => new lookup.IdTableWithHashBuckets(toWords, 2)], ['initializer', () => new tf.lookup.KeyValueTensorInitializer(['a'], [1], tf.int64)],
  ];
  for (const [label, f] of errors) attempt(label, f);
  const [badKeys, badValues] = [tf.placeholder(tf.string, { name: 'bad_keys' }), tf.placeholder(tf.int64, { name: 'bad_values' })];
  const badInsert = mutable.insert(badKeys, badValues, 'bad_insert');
  const reinit = tf.rawOps.InitializeTableV2({ tableHandle: table.resourceHandle, keys: tf.constant(['a', 'b']), values: tf.constant(int64(1, 2)), name: 'reinit' });
  const twice = new tf.lookup.StaticHashTable(new tf.lookup.KeyValueTensorInitializer(['d', 'd'], int32(1, 2), { name: 'dup' }), 0, { name: 'twice' });
  const of = (fetch: unknown, ...feed: readonly (readonly [tf.Tensor, unknown])[]): Run => ({ fetch, feed: feed as unknown as tf.Feeds });
  const sorted = async (s: tf.Session): Promise<unknown> => {
    const [k, v] = await s.run(exported) as [tf.NDArray, tf.NDArray];
    const both = Array.from({ length: k.size }, (_, i) => [new tf.NDArray(tf.string, [], [k.data[i] as Uint8Array]), v.flat(i)] as const);
    return [both.sort((a, b) => (String(a[0].flat(0)) < String(b[0].flat(0)) ? -1 : 1))];
  };
  const column = (v: readonly string[]): string[][] => v.map((x) => [x]);
  return {
    runs: [
      { fetch: found }, { fetch: size }, { fetch: table.size() }, { fetch: [all] }, { fetch: fixed }, { fetch: [all] },
      { call: sorted }, { fetch: again.init }, { fetch: old.lookup(tf.constant(int64(2, 3))) }, { fetch: index },
      { fetch: got }, { fetch: [add, after] }, { fetch: [got, size] }, { fetch: drop }, { fetch: [got, size] }, of(badInsert, [badKeys, ['a', 'b']], [badValues, [1]]), { fetch: size }, of(badInsert, [badKeys, column(['n', 'm'])], [badValues, [[4], [5]]]), { fetch: size },
      { fetch: addVectors }, { fetch: [gotVectors, vectors.size()] }, of(denseGot, [dkeys, [1, 2]]), of(denseAdd, [dkeys, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]), of([denseGot, denseSize], [dkeys, [3, 11, 12]]), of(denseDrop, [dkeys, [3, 50]]), of([denseGot, denseSize], [dkeys, [3, 11]]),
      of(denseAdd, [dkeys, [0]]), of(denseGot, [dkeys, [-2]]), of(denseDrop, [dkeys, [0]]), { fetch: pairAdd }, { fetch: [pairGot, pairs.size()] },
      { fetch: reinit }, { fetch: twice.initializer }, { fetch: twice.lookup(tf.constant(['d'])) }, { fetch: size, session: 'other' }, { fetch: found, session: 'other' },
    ],
  };
}

/** What lookup_files reads. */
export const FILES: Readonly<Record<string, string>> = {
  'vocab.txt': 'alpha\nbeta\ngamma\n', 'pairs.txt': 'a\t1\nb\t2.5\nc\t3', 'bad.txt': 'a\t1\n\nb\t2\n', 'ints.txt': '1 one\n2 two\n', 'dos.txt': 'x\r\ny\r\n', 'dup.txt': 'a\na\n',
};

export function lookup_files(): Program {
  const { TextFileInitializer, TextFileIndex } = tf.lookup;
  const ids = lookup.indexTableFromFile('vocab.txt', { numOovBuckets: 1 });
  const words = lookup.indexToStringTableFromFile('vocab.txt', { vocabSize: 2, defaultValue: 'none' });
  const table = new tf.lookup.StaticHashTable(new TextFileInitializer('pairs.txt', tf.string, 0, tf.float32, 1), -1);
  const swapped = new tf.lookup.StaticHashTable(new TextFileInitializer('ints.txt', tf.int64, 0, tf.string, 1, { delimiter: ' ', name: 'swapped' }), '?');
  const lines = new lookup.HashTable(new lookup.TextFileIdTableInitializer('dos.txt', { name: 'dos' }), -1, { name: 'lines' });
  note('names', [ids.name, words.name, table.name, swapped.initializer.name, ids.resourceHandle!.name, (tf.getCollection(tf.GraphKeys.ASSET_FILEPATHS) as tf.Tensor[]).map((x) => x.name), tf.getCollection(tf.GraphKeys.TABLE_INITIALIZERS).length, TextFileIndex.WHOLE_LINE, TextFileIndex.LINE_NUMBER]);
  const all = tf.tablesInitializer();
  const make = (name: string, keyIndex: number, valueDtype: tf.DType, valueIndex: number, vocabSize: number | null = null): tf.Operation =>
    new lookup.HashTable(new TextFileInitializer({ filename: name, keyDtype: tf.string, keyIndex, valueDtype, valueIndex, vocabSize }), valueDtype === tf.string ? 'd' : 0, { name: 't' }).init;
  const bad = [make('bad.txt', 0, tf.int64, 1), make('missing.txt', -2, tf.int64, -1), make('pairs.txt', 0, tf.int64, 1), make('pairs.txt', 0, tf.string, 2), make('vocab.txt', -2, tf.int64, -1, 5), make('dup.txt', -2, tf.int64, -1)];
  const text = (key: tf.DType, keyIndex: number, value: tf.DType, valueIndex: number, file = 'a', vocabSize: number | null = null) => (): unknown => new TextFileInitializer({ filename: file, keyDtype: key, keyIndex, valueDtype: value, valueIndex, vocabSize });
  const errors: readonly [string, () => unknown][] = [
    ['empty', text(tf.string, 0, tf.int64, 1, '')], ['index', text(tf.string, -3, tf.int64, 1)], ['line', text(tf.string, -1, tf.int64, 1)], ['whole', text(tf.float32, -2, tf.int64, 1)], ['value', text(tf.string, 0, tf.int64, -3)],
    ['valueline', text(tf.string, 0, tf.string, -1)], ['valuewhole', text(tf.string, 0, tf.int64, -2)], ['size', text(tf.string, 0, tf.int64, 1, 'a', 0)], ['file', () => lookup.indexTableFromFile('')], ['vocab', () => lookup.indexTableFromFile('a', { vocabSize: 0 })],
    ['oov', () => lookup.indexTableFromFile('a', { numOovBuckets: -1 })], ['string', () => lookup.indexToStringTableFromFile(null as never)], ['string size', () => lookup.indexToStringTableFromFile('a', { vocabSize: -1 })], ['key', () => lookup.indexTableFromFile('a', { keyDtype: tf.float32 })],
  ];
  for (const [label, f] of errors) attempt(label, f);
  return {
    runs: [
      { fetch: all },
      { fetch: [ids.lookup(tf.constant(['gamma', 'delta'])), ids.size(), words.lookup(tf.constant(int64(1, 2))), words.size(), table.lookup(tf.constant(['b', 'c', 'd'])), swapped.lookup(tf.constant(int64(2, 3))), lines.lookup(tf.constant(['y', 'x\r']))] },
      { fetch: all }, ...bad.map((fetch): Run => ({ fetch })),
    ],
  };
}
