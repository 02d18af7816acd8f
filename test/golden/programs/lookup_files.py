"""Lookup tables that read text files."""
from oracle import attempt, note


def build(tf):
    for name, text in (('vocab.txt', 'alpha\nbeta\ngamma\n'), ('pairs.txt', 'a\t1\nb\t2.5\nc\t3'), ('bad.txt', 'a\t1\n\nb\t2\n'), ('ints.txt', '1 one\n2 two\n'), ('dos.txt', 'x\r\ny\r\n'), ('dup.txt', 'a\na\n')):
        with open(name, 'w', newline='') as f:
            f.write(text)
    lookup = tf.contrib.lookup
    index = tf.lookup.TextFileIndex
    ids = lookup.index_table_from_file('vocab.txt', num_oov_buckets=1)
    words = lookup.index_to_string_table_from_file('vocab.txt', vocab_size=2, default_value='none')
    table = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer('pairs.txt', tf.string, 0, tf.float32, 1), -1.)
    swapped = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer('ints.txt', tf.int64, 0, tf.string, 1, delimiter=' ', name='swapped'), '?')
    lines = lookup.HashTable(lookup.TextFileIdTableInitializer('dos.txt', name='dos'), -1, name='lines')
    note('names', [ids.name, words.name, table.name, swapped.initializer.name, ids.resource_handle.name, [x.name for x in tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)], len(tf.get_collection(tf.GraphKeys.TABLE_INITIALIZERS)), index.WHOLE_LINE, index.LINE_NUMBER])
    tables = tf.tables_initializer()
    make = lambda name, *a, **k: lookup.HashTable(tf.lookup.TextFileInitializer(name, *a, **k), 'd' if a[2] == tf.string else 0, name='t')
    bad = [make('bad.txt', tf.string, 0, tf.int64, 1), make('missing.txt', tf.string, -2, tf.int64, -1), make('pairs.txt', tf.string, 0, tf.int64, 1), make('pairs.txt', tf.string, 0, tf.string, 2), make('vocab.txt', tf.string, -2, tf.int64, -1, vocab_size=5), make('dup.txt', tf.string, -2, tf.int64, -1)]
    for label, f in [('empty', lambda: tf.lookup.TextFileInitializer('', tf.string, 0, tf.int64, 1)), ('index', lambda: tf.lookup.TextFileInitializer('a', tf.string, -3, tf.int64, 1)), ('line', lambda: tf.lookup.TextFileInitializer('a', tf.string, -1, tf.int64, 1)), ('whole', lambda: tf.lookup.TextFileInitializer('a', tf.float32, -2, tf.int64, 1)), ('value', lambda: tf.lookup.TextFileInitializer('a', tf.string, 0, tf.int64, -3)),
                     ('valueline', lambda: tf.lookup.TextFileInitializer('a', tf.string, 0, tf.string, -1)), ('valuewhole', lambda: tf.lookup.TextFileInitializer('a', tf.string, 0, tf.int64, -2)), ('size', lambda: tf.lookup.TextFileInitializer('a', tf.string, 0, tf.int64, 1, vocab_size=0)), ('file', lambda: lookup.index_table_from_file('')), ('vocab', lambda: lookup.index_table_from_file('a', vocab_size=0)),
                     ('oov', lambda: lookup.index_table_from_file('a', num_oov_buckets=-1)), ('string', lambda: lookup.index_to_string_table_from_file(None)), ('string size', lambda: lookup.index_to_string_table_from_file('a', vocab_size=-1)), ('key', lambda: lookup.index_table_from_file('a', key_dtype=tf.float32))]:
        attempt(label, f)
    runs = [{'fetch': tables}, {'fetch': [ids.lookup(tf.constant(['gamma', 'delta'])), ids.size(), words.lookup(tf.constant([1, 2], tf.int64)), words.size(), table.lookup(tf.constant(['b', 'c', 'd'])), swapped.lookup(tf.constant([2, 3], tf.int64)), lines.lookup(tf.constant(['y', 'x\r']))]}, {'fetch': tables}]
    runs += [{'fetch': t.init} for t in bad]
    return {'runs': runs}
