"""Lookup tables: static, mutable, dense, of vectors; index tables with buckets; sparse keys; states and errors."""
import uuid

from oracle import attempt, note


def build(tf):
    numbers = iter(range(100))
    uuid.uuid4 = lambda: '00000000-0000-4000-8000-%012d' % next(numbers)
    lookup = tf.contrib.lookup
    keys = tf.constant(['emerson', 'lake', 'palmer'], name='names')
    init = tf.lookup.KeyValueTensorInitializer(keys, tf.constant([0, 1, 2], tf.int64))
    table = tf.lookup.StaticHashTable(init, -1)
    asked = tf.constant([['lake', 'nobody'], ['emerson', 'palmer']], name='asked')
    found = table.lookup(asked)
    sparse = table.lookup(tf.SparseTensor([[0, 1], [2, 0]], ['lake', 'x'], [3, 2]))
    static = [found, table.size(), sparse, table.lookup(asked, name='named'), table.size(name='sz')]
    note('static', [table.name, table.key_dtype, table.value_dtype, found.name, found.shape, table.initializer.name, table.resource_handle.name, table.default_value.name, sparse.values.name])
    exported = table.export()
    note('exported', [[t.name, t.shape] for t in exported])
    old = lookup.HashTable(lookup.KeyValueTensorInitializer([1, 2], ['one', 'two'], tf.int64, tf.string), 'none', shared_name='shared', name='old')
    again = lookup.HashTable(lookup.KeyValueTensorInitializer([1, 2], ['one', 'two'], tf.int64, tf.string, name='kv2'), 'none', shared_name='shared', name='again')
    note('old', [old.name, old.init.name, again.init.name])
    words = lookup.index_table_from_tensor(['a', 'b', 'c'], num_oov_buckets=2)
    plain = lookup.index_table_from_tensor(tf.constant([10, 20], tf.int64), dtype=tf.int64, default_value=7, name='plain')
    strong = lookup.index_table_from_tensor(['a', 'b'], num_oov_buckets=3, hasher_spec=lookup.StrongHashSpec([1, 2]))
    to_words = lookup.index_to_string_table_from_tensor(['zero', 'one'], default_value='?')
    buckets = lookup.IdTableWithHashBuckets(None, num_oov_buckets=5)
    vocabulary = tf.lookup.StaticVocabularyTable(tf.lookup.KeyValueTensorInitializer(['x', 'y'], tf.constant([0, 1], tf.int64), name='voc'), 4)
    q = tf.constant(['a', 'c', 'zz', 'yy'])
    index = [words.lookup(q), words.size(), plain.lookup(tf.constant([20, 10, 5], tf.int64)), strong.lookup(q), to_words.lookup(tf.constant([1, 0, 9], tf.int64)), buckets.lookup(q), buckets.size(), vocabulary.lookup(q), vocabulary.size(), words.lookup(tf.SparseTensor([[0], [1]], ['b', 'q'], [2]))]
    note('index', [words.name, plain.name, strong.name, to_words.name, buckets.name, vocabulary.name, words.init.name, vocabulary.initializer.name])
    mutable = lookup.MutableHashTable(tf.string, tf.int64, -1)
    add = mutable.insert(['k1', 'k2', 'k1'], [1, 2, 3])
    drop = mutable.remove(tf.constant(['k2', 'k9']))
    got = mutable.lookup(['k1', 'k2'])
    with tf.control_dependencies([add]):
        after = mutable.lookup(['k1', 'k2'], name='after')
    size = mutable.size()
    vectors = lookup.MutableHashTable(tf.int64, tf.float32, [0., 0.5], name='vectors', checkpoint=False)
    add_vectors = vectors.insert(tf.constant([5, 6], tf.int64), [[1., 2.], [3., 4.]])
    got_vectors = vectors.lookup(tf.constant([[5], [7]], tf.int64))
    dense = lookup.MutableDenseHashTable(tf.int64, tf.int64, default_value=-1, empty_key=0, deleted_key=-2, initial_num_buckets=4)
    dkeys = tf.placeholder(tf.int64, name='dkeys')
    dense_add, dense_got, dense_drop, dense_size = dense.insert(dkeys, dkeys * 10), dense.lookup(dkeys), dense.remove(dkeys), dense.size()
    pairs = tf.lookup.experimental.DenseHashTable(tf.string, tf.float32, default_value=-1., empty_key=['', ''], deleted_key=['-', '-'], initial_num_buckets=8, name='pairs', checkpoint=False)
    pair_add = pairs.insert_or_assign([['a', 'b'], ['c', 'd']], [1., 2.])
    pair_got = pairs.lookup([['c', 'd'], ['a', 'x']])
    note('mutable', [mutable.name, add.name, drop.name, got.name, got.shape, size.name, vectors.name, got_vectors.shape, dense.name, dense_got.shape, pair_got.shape, pairs.size().name, [t.name for t in mutable.export()], [[t.name, t.shape] for t in pairs.export()]])
    note('collections', [len(tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS)), len(tf.get_collection(tf.GraphKeys.SAVEABLE_OBJECTS)), tf.get_collection_ref(tf.GraphKeys.TABLE_INITIALIZERS)[0].name])
    tables, all_tables = tf.tables_initializer(), tf.initialize_all_tables('all')
    note('init', [tables.name, all_tables.name, tables.type])
    for label, f in [('keys', lambda: table.lookup(tf.constant([1]))), ('values', lambda: tf.lookup.StaticHashTable(init, 'x')), ('empty', lambda: lookup.index_table_from_tensor(None)), ('buckets', lambda: lookup.index_table_from_tensor(['a'], num_oov_buckets=-1)), ('float', lambda: lookup.index_table_from_tensor([1.], dtype=tf.float32)),
                     ('other', lambda: lookup.index_table_from_tensor([1, 2])), ('strings', lambda: lookup.index_table_from_tensor(['a'], dtype=tf.int64)), ('none', lambda: lookup.IdTableWithHashBuckets(None, 0)), ('spec', lambda: lookup.IdTableWithHashBuckets(table, 1, hasher_spec='fast')), ('key', lambda: lookup.StrongHashSpec([1])), ('keytype', lambda: lookup.StrongHashSpec([1.5, 2])),
                     ('oov', lambda: tf.lookup.StaticVocabularyTable(init, 0)), ('signature', lambda: mutable.remove(tf.constant([1]))), ('insert', lambda: mutable.insert([1], [2])), ('dtype', lambda: lookup.IdTableWithHashBuckets(to_words, 2)), ('initializer', lambda: tf.lookup.KeyValueTensorInitializer(['a'], [1], tf.int64))]:
        attempt(label, f)
    bad_keys, bad_values = tf.placeholder(tf.string, name='bad_keys'), tf.placeholder(tf.int64, name='bad_values')
    bad_insert = mutable.insert(bad_keys, bad_values, name='bad_insert')
    reinit = tf.raw_ops.InitializeTableV2(table_handle=table.resource_handle, keys=tf.constant(['a', 'b']), values=tf.constant([1, 2], tf.int64), name='reinit')
    twice = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(['d', 'd'], [1, 2], name='dup'), 0, name='twice')
    runs = [{'fetch': found}, {'fetch': size}, {'fetch': table.size()}, {'fetch': [tables]}, {'fetch': static}, {'fetch': [tables]}]
    runs += [{'call': lambda s: [sorted(zip(*[x.tolist() for x in s.run(exported)]))]}, {'fetch': again.init}, {'fetch': old.lookup(tf.constant([2, 3], tf.int64))}, {'fetch': index}]
    runs += [{'fetch': got}, {'fetch': [add, after]}, {'fetch': [got, size]}, {'fetch': drop}, {'fetch': [got, size]}, {'fetch': bad_insert, 'feed': {bad_keys: ['a', 'b'], bad_values: [1]}}, {'fetch': size}, {'fetch': bad_insert, 'feed': {bad_keys: [['n'], ['m']], bad_values: [[4], [5]]}}, {'fetch': size}]
    runs += [{'fetch': add_vectors}, {'fetch': [got_vectors, vectors.size()]}, {'fetch': dense_got, 'feed': {dkeys: [1, 2]}}, {'fetch': dense_add, 'feed': {dkeys: list(range(1, 12))}}, {'fetch': [dense_got, dense_size], 'feed': {dkeys: [3, 11, 12]}}, {'fetch': dense_drop, 'feed': {dkeys: [3, 50]}}, {'fetch': [dense_got, dense_size], 'feed': {dkeys: [3, 11]}},
             {'fetch': dense_add, 'feed': {dkeys: [0]}}, {'fetch': dense_got, 'feed': {dkeys: [-2]}}, {'fetch': dense_drop, 'feed': {dkeys: [0]}}, {'fetch': pair_add}, {'fetch': [pair_got, pairs.size()]}]
    runs += [{'fetch': reinit}, {'fetch': twice.initializer}, {'fetch': twice.lookup(tf.constant(['d']))}, {'fetch': size, 'session': 'other'}, {'fetch': found, 'session': 'other'}]
    return {'runs': runs}
