"""String ops on dense tensors: joins, splits, cases, lengths, substrings, numbers, hashes, bases, raw bytes."""
from oracle import attempt, note

WORDS = ['Hello world', ' a b  c ', '', u'\u00e9t\u00e9 \u4f60\u597d', '1<>2<><>3', 'ABC,def;GHI']


def build(tf):
    s = tf.constant(WORDS, name='s')
    p = tf.placeholder(tf.string, name='p')
    q = tf.placeholder(tf.string, [None, 2], name='q')
    m = tf.constant([['a', 'b', 'c'], ['d', 'e', 'f']], name='m')
    sp = [tf.string_split(s), tf.string_split(s, ''), tf.string_split(s, ',;', skip_empty=False), tf.string_split(s, delimiter=' ', name='named'),
          tf.strings.split(s, result_type='SparseTensor'), tf.strings.split(s, sep='<>'), tf.strings.split(s, ' ', maxsplit=1), tf.strings.split(source=s, name='src')]
    note('split shapes', [[t.indices.shape, t.values.shape, t.dense_shape.shape, t.indices.name] for t in sp])
    dense = [tf.strings.strip(s), tf.string_strip(s), tf.strings.lower(s), tf.strings.upper(s), tf.strings.lower(s, encoding='utf-8'), tf.strings.upper(s, encoding='utf-8'),
             tf.strings.length(s), tf.strings.length(s, unit='UTF8_CHAR'), tf.strings.join([s, 'x', s], separator='-'),
             tf.substr(m, 0, 1), tf.strings.substr(s[:1], 2, 3), tf.strings.substr(s[3:4], 1, 2, unit='UTF8_CHAR'), tf.strings.substr(['abcde', 'fghij'], [1, -2], [2, 5]),
             tf.substr(m, [[0], [1]], [[1], [0]]), tf.substr('abcdef', [0, 3], [2, 9])]
    hashes = [tf.string_to_hash_bucket_fast(s, 1000), tf.strings.to_hash_bucket_fast(s, 2 ** 40), tf.string_to_hash_bucket_strong(s, 1000, [1, 2]),
              tf.strings.to_hash_bucket_strong(s, 2 ** 62, key=[123456789, 987654321]), tf.strings.to_hash_bucket(s, 1000), tf.string_to_hash_bucket(s, 2 ** 40, name='hb'),
              tf.fingerprint(s), tf.fingerprint(tf.constant([[1., 2.], [3., 4.]]), name='fp')]
    many = tf.constant([chr(97 + i % 26) * i for i in list(range(0, 70)) + [100, 127, 128, 129, 200, 255, 256, 300, 1000]], name='many')
    hashes += [tf.strings.to_hash_bucket_fast(many, 2 ** 62), tf.strings.to_hash_bucket_strong(many, 2 ** 62, [7, 8]), tf.strings.to_hash_bucket(many, 2 ** 62), tf.fingerprint(many)]
    numbers = tf.constant(['1', '-2.5', ' 3 ', '1e3', '.5', 'inf', 'nan', '0x10', '+7', '1e-46', '123456789', '3.4028236e38', '16777217', '7.0064923216240862e-46'], name='numbers')
    ints = tf.constant(['1', '-2', ' 3 ', '2147483647', '-2147483648', '007'], name='ints')
    nums = [tf.string_to_number(numbers), tf.strings.to_number(numbers, tf.float64), tf.strings.to_number(ints, tf.int32), tf.string_to_number(ints, out_type=tf.int64, name='n64')]
    reduced = [tf.reduce_join(m), tf.strings.reduce_join(m, 0), tf.strings.reduce_join(m, axis=[1], separator='-', keep_dims=True), tf.reduce_join(m, [0, 1]), tf.reduce_join(m, [1, 0], separator='.'),
               tf.reduce_join(m, -1, keepdims=True), tf.reduce_join(m, reduction_indices=[0], name='rj'), tf.reduce_join(p), tf.reduce_join(q, 1), tf.reduce_join(q, axis=[]),
               tf.strings.unsorted_segment_join(m, [0, 0], 1), tf.strings.unsorted_segment_join(m, [1, 0], 3, separator=','), tf.strings.unsorted_segment_join(['a', 'b', 'c', 'd'], [0, 2, 0, 2], 3, ':', name='usj')]
    b64 = tf.encode_base64(s)
    bases = [b64, tf.encode_base64(s, pad=True), tf.decode_base64(b64), tf.decode_base64(tf.encode_base64(s, True), name='db')]
    raw = tf.constant(['abcdefgh', 'ijklmnop'], name='raw')
    raws = [tf.decode_raw(raw, tf.uint8), tf.decode_raw(raw, tf.int32), tf.decode_raw(raw, tf.int16, little_endian=False), tf.io.decode_raw(raw, tf.float64), tf.decode_raw(bytes=raw, out_type=tf.float32, name='df'),
            tf.decode_raw('', tf.int32), tf.decode_raw(raw, tf.complex64), tf.decode_raw(raw, tf.bool), tf.decode_raw(raw, tf.float16)]
    fmt = [tf.strings.format('a {} b', tf.range(10)), tf.strings.format('{}, {}', [m, 1.5], summarize=1), tf.strings.format('none', []), tf.strings.format('%t%', [tf.constant([True, False])], placeholder='%t%', summarize=-1, name='fm'),
           tf.strings.format('{}', [tf.reshape(tf.range(60), [3, 4, 5])], summarize=1), tf.strings.format('{}', s), tf.strings.format('{}', [tf.constant([1. / 3, 1e10, -0., 123456789.])]), tf.strings.format('{}', tf.constant('text'))]
    strs = [tf.as_string([1, 2]), tf.as_string([1.5, 2.25], precision=2), tf.as_string([True]), tf.as_string([1 + 2j])]
    all_dense = dense + hashes + nums + reduced[:7] + reduced[10:] + bases + raws + fmt + strs
    note('shapes', [[t.name, t.shape] for t in all_dense + reduced[7:10]])
    for label, f in [('format count', lambda: tf.strings.format('{} {}', [1])), ('reduce axis', lambda: tf.reduce_join(m, 5)), ('substr rank', lambda: tf.substr(m, [0], 1)), ('substr shape', lambda: tf.substr(m, [0], [1, 2])),
                     ('split rank', lambda: tf.string_split(m)), ('hash key', lambda: tf.strings.to_hash_bucket_strong(s, 10, [1])), ('buckets', lambda: tf.strings.to_hash_bucket_fast(s, 0)),
                     ('lower float', lambda: tf.strings.lower(1.)), ('unit', lambda: tf.strings.length(s, unit='WORD')), ('raw type', lambda: tf.decode_raw(s, tf.string)), ('result type', lambda: tf.string_split(s, result_type='List')),
                     ('split sep', lambda: tf.string_split(s, 3)), ('number type', lambda: tf.string_to_number(s, tf.uint8)), ('both', lambda: tf.reduce_join(m, axis=0, reduction_indices=1)), ('segment ids', lambda: tf.strings.unsorted_segment_join(m, [0, 0, 0], 1)),
                     ('sep and delimiter', lambda: tf.string_split(s, sep=' ', delimiter=' '))]:
        attempt(label, f)
    bad = tf.placeholder(tf.string, name='bad')
    pos, width = tf.placeholder(tf.int32, name='pos'), tf.placeholder(tf.int32, name='width')
    sub, usub = tf.substr(bad, pos, width, name='sub'), tf.strings.substr(bad, pos, width, unit='UTF8_CHAR', name='usub')
    to_int, to_float, raw32, base = tf.string_to_number(bad, tf.int32, name='ti'), tf.string_to_number(bad, name='tf'), tf.decode_raw(bad, tf.int32, name='r32'), tf.decode_base64(bad, name='b')
    split1, split2 = tf.string_split(bad, pos_sep(tf), name='sp1'), tf.strings.split(bad, 'x', name='sp2')
    rj, seg = tf.reduce_join(bad, pos, name='rj2'), tf.strings.unsorted_segment_join(bad, pos, width, name='seg')
    runs = [{'fetch': sp}, {'fetch': dense}, {'fetch': hashes}, {'fetch': nums}, {'fetch': reduced[:7] + reduced[10:]}, {'fetch': reduced[7:8], 'feed': {p: [['x', 'y'], ['z', 'w']]}}, {'fetch': reduced[8:10], 'feed': {q: [['x', 'y'], ['z', 'w']]}},
            {'fetch': bases}, {'fetch': raws}, {'fetch': fmt}, {'fetch': strs},
            {'fetch': sub, 'feed': {bad: ['abc'], pos: [5], width: [1]}}, {'fetch': sub, 'feed': {bad: ['abc', 'd'], pos: [1, -3], width: [1, 1]}}, {'fetch': sub, 'feed': {bad: ['abc'], pos: 4, width: 1}}, {'fetch': sub, 'feed': {bad: ['abc', 'd'], pos: [0, 0, 0], width: [1, 1, 1]}},
            {'fetch': sub, 'feed': {bad: ['abc'], pos: [0], width: 1}}, {'fetch': sub, 'feed': {bad: [['abc'], ['de']], pos: [0, 1], width: [1, 1]}}, {'fetch': usub, 'feed': {bad: ['abc'], pos: [4], width: [1]}}, {'fetch': usub, 'feed': {bad: [u'a\u00e9\U0001f600b'], pos: [-3], width: [2]}},
            {'fetch': sub, 'feed': {bad: 'abc', pos: 1, width: -1}},
            {'fetch': to_int, 'feed': {bad: ['1', 'x2']}}, {'fetch': to_int, 'feed': {bad: '2147483648'}}, {'fetch': to_int, 'feed': {bad: ''}}, {'fetch': to_int, 'feed': {bad: '1.5'}}, {'fetch': to_float, 'feed': {bad: '1.5f'}}, {'fetch': to_float, 'feed': {bad: '1 2'}}, {'fetch': to_float, 'feed': {bad: ['', '1']}}, {'fetch': to_float, 'feed': {bad: ['  ', '-0x1F', '1.', '-nan', '1E5']}}, {'fetch': to_float, 'feed': {bad: '-Infinity'}}, {'fetch': to_float, 'feed': {bad: '1e'}}, {'fetch': to_int, 'feed': {bad: '+1'}},
            {'fetch': raw32, 'feed': {bad: ['abc']}}, {'fetch': raw32, 'feed': {bad: ['abcd', 'abc']}}, {'fetch': raw32, 'feed': {bad: [['abcd'], ['efgh']]}}, {'fetch': raw32, 'feed': {bad: []}},
            {'fetch': base, 'feed': {bad: 'ab$c'}}, {'fetch': base, 'feed': {bad: 'a'}}, {'fetch': base, 'feed': {bad: 'YQ'}}, {'fetch': base, 'feed': {bad: 'YQ='}}, {'fetch': base, 'feed': {bad: 'YR=='}},
            {'fetch': split1, 'feed': {bad: [['a']]}}, {'fetch': split1, 'feed': {bad: []}}, {'fetch': split2, 'feed': {bad: ['axb', 'xx', '']}},
            {'fetch': rj, 'feed': {bad: [['a', 'b']], pos: 2}}, {'fetch': rj, 'feed': {bad: [['a', 'b']], pos: [0, 0]}}, {'fetch': rj, 'feed': {bad: [['a', 'b']], pos: [0, -2]}}, {'fetch': rj, 'feed': {bad: 'a', pos: []}},
            {'fetch': seg, 'feed': {bad: ['a', 'b'], pos: [0, 3], width: 2}}, {'fetch': seg, 'feed': {bad: ['a', 'b'], pos: [0], width: 2}}, {'fetch': seg, 'feed': {bad: ['a', 'b'], pos: [0, 1], width: 3}}, {'fetch': seg, 'feed': {bad: [['a', 'b'], ['c', 'd']], pos: [[1, 1], [0, 1]], width: 2}}]
    return {'runs': runs}


def pos_sep(tf):
    return tf.constant(',', name='comma')
