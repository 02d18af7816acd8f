"""CSV records and serialized tensors; padded raw bytes through raw_ops."""
from oracle import attempt, note


def build(tf):
    records = tf.constant(['1,2.5,a,7', '-3, 4e1 ,"b,""c""",', '5,NA,,9'], name='records')
    columns = tf.decode_csv(records, [[0], [1.5], ['none'], tf.constant([], tf.int64)][:3] + [tf.constant([8], tf.int64)], na_value='NA')
    some = tf.decode_csv(records, [['x'], [0.]], name='some', na_value='NA', select_cols=[0, 2][:1] + [1])
    note('columns', [[t.name, t.shape, t.dtype] for t in [*columns, *some]])
    bad = tf.placeholder(tf.string, name='bad')
    parsed = tf.decode_csv(bad, [tf.constant([], tf.int32), [0.], ['s']], field_delim=';', name='parsed')
    plain = tf.decode_csv(bad, [['q'], ['r']], use_quote_delim=False, name='plain')
    tensors = [tf.constant([[1, 2], [3, 0x1020304]]), tf.constant(2.5), tf.constant(['a', 'bc']), tf.constant([False, True]), tf.constant([1 + 2j], tf.complex64), tf.constant([], tf.int64)]
    serialized = [tf.serialize_tensor(t) for t in tensors]
    again = [tf.parse_tensor(s, t.dtype) for s, t in zip(serialized, tensors)] + [tf.io.parse_tensor(tf.io.serialize_tensor(tensors[0], name='st'), tf.int32, name='pt')]
    note('tensors', [[t.name, t.shape, t.dtype] for t in serialized + again])
    wrong = tf.parse_tensor(bad, tf.int32, name='wrong')
    padded = [tf.raw_ops.DecodePaddedRaw(input_bytes=['abcd', 'ab', 'abcdefghij'], fixed_length=8, out_type=t) for t in (tf.uint8,)]
    note('padded', [[t.name, t.shape] for t in padded])
    for label, f in [('order', lambda: tf.decode_csv(records, [[1], [2]], select_cols=[1, 0])), ('negative', lambda: tf.decode_csv(records, [[1], [2]], select_cols=[-1, 0])), ('length', lambda: tf.decode_csv(records, [[1]], select_cols=[0, 1])),
                     ('default', lambda: tf.decode_csv(records, [[1, 2]])), ('type', lambda: tf.decode_csv(records, [[True]])), ('fixed', lambda: tf.raw_ops.DecodePaddedRaw(input_bytes=['a'], fixed_length=3, out_type=tf.int16))]:
        attempt(label, f)
    return {'runs': [{'fetch': [*columns, *some]}, {'fetch': serialized[:5]}, {'fetch': again}, {'fetch': padded}, {'fetch': parsed, 'feed': {bad: ['1;2;x', '3;;y']}}, {'fetch': parsed, 'feed': {bad: ';2;x'}}, {'fetch': parsed, 'feed': {bad: ['1;2']}}, {'fetch': parsed, 'feed': {bad: ['1.5;2;x']}},
                     {'fetch': parsed, 'feed': {bad: ['1;z;x']}}, {'fetch': parsed, 'feed': {bad: ['1;2;"x']}}, {'fetch': parsed, 'feed': {bad: ['1;2;"x"y"']}}, {'fetch': parsed, 'feed': {bad: ['1;2;x"y']}}, {'fetch': parsed, 'feed': {bad: ['1;2;"x;y"']}}, {'fetch': plain, 'feed': {bad: ['"a,b"', 'c,']}},
                     {'fetch': wrong, 'feed': {bad: 'nonsense'}}, {'fetch': wrong, 'feed': {bad: ['x']}}, {'fetch': wrong, 'feed': {bad: b'\x08\x01\x12\x00\x2a\x04\x00\x00\x00\x00'}}]}
