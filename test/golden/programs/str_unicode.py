"""Unicode ops: transcode, decode, encode, split, script; ragged results in their parts, scalars dense."""
from oracle import attempt, note

U8 = [b'G\xc3\xb6\xc3\xb6dnight', b'\xf0\x9f\x98\x8a', b'', b'a\xffb\xc3', b'\xed\xa0\x80x', b'\xe4\xbd\xa0\xe5a', b'\xf5\x80\x80', b'tab\tnew\n\x00nul', b'\xc0\xafz', b'\xf0\x9f\x98', b'\xe2\x28\xa1']
U16 = [b'\x00a\x00\xe9', b'\xd8\x3d\xde\x0a', b'\xd8\x00', b'\x00a\x00', b'\xdc\x00\x00b', b'\xd8\x3d\x00a', b'']
U32 = [b'\x00\x00\x00a\x00\x01\xf6\x0a', b'\x00\x11\x00\x00', b'\x00\x00\xd8\x00', b'\x00\x00\x00', b'']


def build(tf):
    u8, u16, u32 = tf.constant(U8, name='u8'), tf.constant(U16, name='u16'), tf.constant(U32, name='u32')
    runs = []
    transcoded = [tf.strings.unicode_transcode(u8, 'UTF-8', o) for o in ('UTF-8', 'UTF-16-BE', 'UTF-32-BE')]
    transcoded += [tf.strings.unicode_transcode(u16, 'UTF-16-BE', 'UTF-8'), tf.strings.unicode_transcode(u32, 'UTF-32-BE', 'UTF-8'), tf.strings.unicode_transcode(u16, 'UTF-16LE', 'UTF-8'),
                   tf.strings.unicode_transcode(u8, 'UTF-8', 'UTF-8', errors='ignore'), tf.strings.unicode_transcode(u8, 'UTF-8', 'UTF-8', replacement_char=63, replace_control_characters=True),
                   tf.strings.unicode_transcode([b'caf\xe9', b'\x80\x93'], 'latin1', 'UTF-8'), tf.strings.unicode_transcode([b'caf\xe9', b'ok'], 'US-ASCII', 'UTF-8', name='ascii'),
                   tf.strings.unicode_transcode([b'\x93\xfa\x96{', b'\x82'], 'shift-jis', 'UTF-8'), tf.strings.unicode_transcode([b'\x80\x93'], 'windows-1252', 'UTF-8'), tf.strings.unicode_transcode('scalar', 'UTF-8', 'UTF-16-BE')]
    runs.append({'fetch': transcoded})
    decoded = [tf.strings.unicode_decode(u8, 'UTF-8'), tf.strings.unicode_decode(u16, 'UTF-16-BE', errors='ignore'), tf.strings.unicode_decode(u8, 'UTF-8', replacement_char=33, replace_control_characters=True, name='dec')]
    for d in decoded:
        note('decoded', [d.values.name, d.row_splits.name, d.values.shape, d.row_splits.shape])
        runs.append({'fetch': [d.values, d.row_splits]})
    points, starts = tf.strings.unicode_decode_with_offsets(u8, 'UTF-8')
    points16, starts16 = tf.strings.unicode_decode_with_offsets(u16, 'UTF-16-BE', name='off16')
    points32, starts32 = tf.strings.unicode_decode_with_offsets(u32, 'UTF-32-BE', errors='ignore', name='off32')
    note('offsets', [points.values.name, points.row_splits.name, starts.values.name, starts.row_splits.name])
    runs.append({'fetch': [points.values, starts.values, starts.row_splits, points16.values, starts16.values, points32.values, starts32.values]})
    chars = tf.strings.unicode_split(u8, 'UTF-8')
    chars2, at = tf.strings.unicode_split_with_offsets(u8, 'UTF-8', errors='ignore')
    note('split', [chars.values.name, chars.row_splits.name, chars2.values.name, at.values.name])
    runs.append({'fetch': [chars.values, chars.row_splits, chars2.values, at.values]})
    scalar = tf.constant(U8[0], name='scalar')
    dense = [tf.strings.unicode_decode(scalar, 'UTF-8'), tf.strings.unicode_split(scalar, 'UTF-8'), tf.strings.bytes_split(scalar), tf.strings.split(scalar, 'd', result_type='RaggedTensor')]
    dense += list(tf.strings.unicode_decode_with_offsets(scalar, 'UTF-8')) + list(tf.strings.unicode_split_with_offsets(scalar, 'UTF-8'))
    note('dense', [[t.name, t.shape, t.dtype] for t in dense])
    runs.append({'fetch': dense})
    parts = tf.strings.bytes_split(u8)
    words = tf.strings.split(tf.constant(['a b', '', 'c d e']), result_type='RaggedTensor')
    words2 = tf.string_split(tf.constant(['a b', '', 'c d e']), result_type='RaggedTensor')
    note('ragged', [parts.values.name, parts.row_splits.name, words.values.name, words2.row_splits.name])
    runs.append({'fetch': [parts.values, parts.row_splits, words.values, words.row_splits, words2.values, words2.row_splits]})
    encoded = [tf.strings.unicode_encode(points, 'UTF-8'), tf.strings.unicode_encode(points16, 'UTF-16-BE'), tf.strings.unicode_encode([[72, 105], [0x1f600, 233]], 'UTF-8'), tf.strings.unicode_encode([72, 233, 0xd800, -1, 0x110000], 'UTF-32-BE', name='enc'),
               tf.strings.unicode_encode([72, 233, 0xd800], 'UTF-8', errors='ignore'), tf.strings.unicode_encode([72, 0xd800], 'UTF-8', replacement_char=63), tf.strings.unicode_encode([[[72, 105], [66, 67]]], 'UTF-8')]
    note('encoded', [[t.name, t.shape] for t in encoded])
    runs.append({'fetch': encoded})
    script = tf.strings.unicode_script([65, 233, 0x3b1, 0x434, 0x4f60, 0x3042, 0x30a2, 0xac00, 0x5d0, 0x627, 0x905, 0xe01, 49, 0x301, 0x1f600, 0xd800, -1, 0x110000, 0x10ffff, 0x378])
    runs.append({'fetch': script})
    letters = tf.constant(['a', 'b', 'c', 'd', 'e'], name='letters')
    grams = [tf.strings.ngrams(letters, 2), tf.strings.ngrams(letters, [1, 3], separator=''), tf.strings.ngrams(letters, 3, pad_values=('<', '>')), tf.strings.ngrams(letters, 3, pad_values='_', padding_width=1), tf.strings.ngrams(letters, 6),
             tf.strings.ngrams(letters, 6, preserve_short_sequences=True), tf.strings.ngrams([['a', 'b', 'c'], ['d', 'e', 'f']], 2), tf.strings.ngrams([['a', 'b'], ['d', 'e']], 2, pad_values=('L', 'R'), name='ng')]
    note('grams', [[t.name, t.shape] for t in grams])
    runs.append({'fetch': grams})
    gram = tf.strings.ngrams(words, [2, 1], pad_values=('L', 'R'))
    note('gram', [gram.values.name, gram.row_splits.name])
    runs.append({'fetch': [gram.values, gram.row_splits]})
    sparse = tf.strings.split([['a b', 'c'], ['', 'd e f']], result_type='SparseTensor')
    note('sparse', sparse.indices.name)
    runs.append({'fetch': sparse})
    for label, f in [('scalar split', lambda: tf.strings.split('a b c')), ('encode scalar', lambda: tf.strings.unicode_encode(5, 'UTF-8')), ('encode encoding', lambda: tf.strings.unicode_encode([5], 'UTF-7')), ('decode rank', lambda: tf.strings.unicode_decode(tf.placeholder(tf.string), 'UTF-8')), ('errors', lambda: tf.strings.unicode_transcode(u8, 'UTF-8', 'UTF-8', errors='warn')),
                     ('pad', lambda: tf.strings.ngrams(letters, 2, pad_values=3)), ('pad width', lambda: tf.strings.ngrams(letters, 2, pad_values='a', padding_width=0)), ('no pad', lambda: tf.strings.ngrams(letters, 2, padding_width=1)), ('width', lambda: tf.strings.ngrams(letters, 0)), ('gram scalar', lambda: tf.strings.ngrams('a', 1)),
                     ('gram rank', lambda: tf.strings.ngrams(tf.placeholder(tf.string), 1)), ('bytes rank', lambda: tf.strings.bytes_split(tf.placeholder(tf.string)))]:
        attempt(label, f)
    bad = tf.placeholder(tf.string, [None], name='bad')
    runs += [{'fetch': tf.strings.unicode_transcode(bad, 'UTF-8', 'UTF-8', errors='strict', name='strict'), 'feed': {bad: [b'ok', b'a\xff']}}, {'fetch': tf.strings.unicode_decode(bad, 'UTF-8', errors='strict').values, 'feed': {bad: [b'a\xff']}},
             {'fetch': tf.strings.unicode_transcode(bad, 'nonsense', 'UTF-8', name='enc1'), 'feed': {bad: [b'a']}}, {'fetch': tf.strings.unicode_encode([0xd800], 'UTF-8', errors='strict', name='se')}]
    return {'runs': runs}
