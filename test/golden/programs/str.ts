// The programs str_*.py in tfgraph: strings.
import * as tf from 'tfgraph';
import { attempt, note, type Program, type Run } from '../oracle.ts';

const WORDS = ['Hello world', ' a b  c ', '', 'été 你好', '1<>2<><>3', 'ABC,def;GHI'];
const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
/** Bytes of a Latin-1 string, one a character. */
const bytes = (...strings: readonly string[]): tf.NDArray => new tf.NDArray(tf.string, [strings.length], strings.map((s) => Uint8Array.from(s, (c) => c.charCodeAt(0))));
const ints = (values: readonly number[] | readonly (readonly number[])[] | number): tf.NDArray => {
  const shape = typeof values === 'number' ? [] : [values.length, ...(Array.isArray(values[0]) ? [(values[0] as number[]).length] : [])];
  return new tf.NDArray(tf.int32, shape, Int32Array.from([values].flat(3) as number[]));
};

export function str_ops(): Program {
  const s = tf.constant(WORDS, { name: 's' });
  const p = tf.placeholder(tf.string, { name: 'p' });
  const q = tf.placeholder(tf.string, [null, 2], 'q');
  const m = tf.constant([['a', 'b', 'c'], ['d', 'e', 'f']], { name: 'm' });
  const sp = [
    tf.stringSplit(s), tf.stringSplit(s, ''), tf.stringSplit(s, ',;', { skipEmpty: false }), tf.stringSplit(s, { delimiter: ' ', name: 'named' }),
    tf.strings.split(s, { resultType: 'SparseTensor' }), tf.strings.split(s, { sep: '<>' }), tf.strings.split(s, ' ', { maxsplit: 1 }), tf.strings.split({ source: s, name: 'src' }),
  ] as tf.SparseTensor[];
  note('split shapes', sp.map((t) => [t.indices.shape, t.values.shape, t.denseShape.shape, t.indices.name]));
  const dense = [
    tf.strings.strip(s), tf.stringStrip(s), tf.strings.lower(s), tf.strings.upper(s), tf.strings.lower(s, { encoding: 'utf-8' }), tf.strings.upper(s, { encoding: 'utf-8' }),
    tf.strings.length(s), tf.strings.length(s, { unit: 'UTF8_CHAR' }), tf.strings.join([s, 'x', s], { separator: '-' }),
    tf.substr(m, 0, 1), tf.strings.substr(s.at([null, 1]), 2, 3), tf.strings.substr(s.at([3, 4]), 1, 2, { unit: 'UTF8_CHAR' }), tf.strings.substr(['abcde', 'fghij'], [1, -2], [2, 5]),
    tf.substr(m, [[0], [1]], [[1], [0]]), tf.substr('abcdef', [0, 3], [2, 9]),
  ];
  const hashes = [
    tf.stringToHashBucketFast(s, 1000), tf.strings.toHashBucketFast(s, 2 ** 40), tf.stringToHashBucketStrong(s, 1000, [1, 2]),
    tf.strings.toHashBucketStrong(s, 2n ** 62n, { key: [123456789, 987654321] }), tf.strings.toHashBucket(s, 1000), tf.stringToHashBucket(s, 2 ** 40, { name: 'hb' }),
    tf.fingerprint(s), tf.fingerprint(tf.constant([[1, 2], [3, 4]]), { name: 'fp' }),
  ];
  const many = tf.constant([...numbers(70), 100, 127, 128, 129, 200, 255, 256, 300, 1000].map((i) => String.fromCharCode(97 + (i % 26)).repeat(i)), { name: 'many' });
  hashes.push(tf.strings.toHashBucketFast(many, 2n ** 62n), tf.strings.toHashBucketStrong(many, 2n ** 62n, [7, 8]), tf.strings.toHashBucket(many, 2n ** 62n), tf.fingerprint(many));
  const reals = tf.constant(['1', '-2.5', ' 3 ', '1e3', '.5', 'inf', 'nan', '0x10', '+7', '1e-46', '123456789', '3.4028236e38', '16777217', '7.0064923216240862e-46'], { name: 'numbers' });
  const integers = tf.constant(['1', '-2', ' 3 ', '2147483647', '-2147483648', '007'], { name: 'ints' });
  const nums = [tf.stringToNumber(reals), tf.strings.toNumber(reals, tf.float64), tf.strings.toNumber(integers, tf.int32), tf.stringToNumber(integers, { outType: tf.int64, name: 'n64' })];
  const reduced = [
    tf.reduceJoin(m), tf.strings.reduceJoin(m, 0), tf.strings.reduceJoin(m, { axis: [1], separator: '-', keepDims: true }), tf.reduceJoin(m, [0, 1]), tf.reduceJoin(m, [1, 0], { separator: '.' }),
    tf.reduceJoin(m, -1, { keepdims: true }), tf.reduceJoin(m, { reductionIndices: [0], name: 'rj' }), tf.reduceJoin(p), tf.reduceJoin(q, 1), tf.reduceJoin(q, { axis: [] }),
    tf.strings.unsortedSegmentJoin(m, [0, 0], 1), tf.strings.unsortedSegmentJoin(m, [1, 0], 3, { separator: ',' }), tf.strings.unsortedSegmentJoin(['a', 'b', 'c', 'd'], [0, 2, 0, 2], 3, ':', { name: 'usj' }),
  ];
  const b64 = tf.encodeBase64(s);
  const bases = [b64, tf.encodeBase64(s, { pad: true }), tf.decodeBase64(b64), tf.decodeBase64(tf.encodeBase64(s, true), { name: 'db' })];
  const raw = tf.constant(['abcdefgh', 'ijklmnop'], { name: 'raw' });
  const raws = [
    tf.decodeRaw(raw, tf.uint8), tf.decodeRaw(raw, tf.int32), tf.decodeRaw(raw, tf.int16, { littleEndian: false }), tf.io.decodeRaw(raw, tf.float64), tf.decodeRaw({ bytes: raw, outType: tf.float32, name: 'df' }),
    tf.decodeRaw('', tf.int32), tf.decodeRaw(raw, tf.complex64), tf.decodeRaw(raw, tf.bool), tf.decodeRaw(raw, tf.float16),
  ];
  const third = 1 / 3;
  const fmt = [
    tf.strings.format('a {} b', tf.range(10)), tf.strings.format('{}, {}', [m, 1.5], { summarize: 1 }), tf.strings.format('none', []), tf.strings.format('%t%', [tf.constant([true, false])], { placeholder: '%t%', summarize: -1, name: 'fm' }),
    tf.strings.format('{}', [tf.reshape(tf.range(60), [3, 4, 5])], { summarize: 1 }), tf.strings.format('{}', s), tf.strings.format('{}', [tf.constant([third, 1e10, -0, 123456789])]), tf.strings.format('{}', tf.constant('text')),
  ];
  const strs = [tf.asString(ints([1, 2])), tf.asString([1.5, 2.25], { precision: 2 }), tf.asString([true]), tf.asString(new tf.NDArray(tf.complex128, [1], Float64Array.of(1, 2)))];
  const all = [...dense, ...hashes, ...nums, ...reduced.slice(0, 7), ...reduced.slice(10), ...bases, ...raws, ...fmt, ...strs];
  note('shapes', [...all, ...reduced.slice(7, 10)].map((t) => [t.name, t.shape]));
  const errors: readonly [string, () => unknown][] = [
    ['format count', () => tf.strings.format('{} {}', [1])], ['reduce axis', () => tf.reduceJoin(m, 5)], ['substr rank', () => tf.substr(m, [0], 1)], ['substr shape', () => tf.substr(m, [0], [1, 2])],
    ['split rank', () => tf.stringSplit(m)], ['hash key', () => tf.strings.toHashBucketStrong(s, 10, [1])], ['buckets', () => tf.strings.toHashBucketFast(s, 0)],
    ['lower float', () => tf.strings.lower(1)], ['unit', () => tf.strings.length(s, { unit: 'WORD' })], ['raw type', () => tf.decodeRaw(s, tf.string)], ['result type', () => tf.stringSplit(s, { resultType: 'List' as never })],
    ['split sep', () => tf.stringSplit(s, 3)], ['number type', () => tf.stringToNumber(s, tf.uint8)], ['both', () => tf.reduceJoin(m, { axis: 0, reductionIndices: 1 })], ['segment ids', () => tf.strings.unsortedSegmentJoin(m, [0, 0, 0], 1)],
    ['sep and delimiter', () => tf.stringSplit(s, { sep: ' ', delimiter: ' ' })],
  ];
  for (const [label, f] of errors) attempt(label, f);
  const bad = tf.placeholder(tf.string, { name: 'bad' });
  const [pos, width] = [tf.placeholder(tf.int32, { name: 'pos' }), tf.placeholder(tf.int32, { name: 'width' })];
  const sub = tf.substr(bad, pos, width, { name: 'sub' }), usub = tf.strings.substr(bad, pos, width, { unit: 'UTF8_CHAR', name: 'usub' });
  const toInt = tf.stringToNumber(bad, tf.int32, { name: 'ti' }), toFloat = tf.stringToNumber(bad, { name: 'tf' }), raw32 = tf.decodeRaw(bad, tf.int32, { name: 'r32' }), base = tf.decodeBase64(bad, { name: 'b' });
  const split1 = tf.stringSplit(bad, tf.constant(',', { name: 'comma' }), { name: 'sp1' }), split2 = tf.strings.split(bad, 'x', { name: 'sp2' });
  const rj = tf.reduceJoin(bad, pos, { name: 'rj2' }), seg = tf.strings.unsortedSegmentJoin(bad, pos, width, { name: 'seg' });
  const of = (fetch: unknown, text: unknown, at?: Parameters<typeof ints>[0], size?: Parameters<typeof ints>[0]): Run => ({
    fetch, feed: [[bad, text], ...(at === undefined ? [] : [[pos, ints(at)]]), ...(size === undefined ? [] : [[width, ints(size)]])] as tf.Feeds,
  });
  const square = [['x', 'y'], ['z', 'w']];
  return {
    runs: [
      { fetch: sp }, { fetch: dense }, { fetch: hashes }, { fetch: nums }, { fetch: [...reduced.slice(0, 7), ...reduced.slice(10)] }, { fetch: reduced.slice(7, 8), feed: [[p, square]] }, { fetch: reduced.slice(8, 10), feed: [[q, square]] },
      { fetch: bases }, { fetch: raws }, { fetch: fmt }, { fetch: strs },
      of(sub, ['abc'], [5], [1]), of(sub, ['abc', 'd'], [1, -3], [1, 1]), of(sub, ['abc'], 4, 1), of(sub, ['abc', 'd'], [0, 0, 0], [1, 1, 1]),
      of(sub, ['abc'], [0], 1), of(sub, [['abc'], ['de']], [0, 1], [1, 1]), of(usub, ['abc'], [4], [1]), of(usub, ['aé😀b'], [-3], [2]), of(sub, 'abc', 1, -1),
      of(toInt, ['1', 'x2']), of(toInt, '2147483648'), of(toInt, ''), of(toInt, '1.5'), of(toFloat, '1.5f'), of(toFloat, '1 2'),
      of(toFloat, ['', '1']), of(toFloat, ['  ', '-0x1F', '1.', '-nan', '1E5']), of(toFloat, '-Infinity'), of(toFloat, '1e'), of(toInt, '+1'),
      of(raw32, ['abc']), of(raw32, ['abcd', 'abc']), of(raw32, [['abcd'], ['efgh']]), of(raw32, new tf.NDArray(tf.string, [0], [])),
      of(base, 'ab$c'), of(base, 'a'), of(base, 'YQ'), of(base, 'YQ='), of(base, 'YR=='),
      of(split1, [['a']]), of(split1, new tf.NDArray(tf.string, [0], [])), of(split2, ['axb', 'xx', '']),
      of(rj, [['a', 'b']], 2), of(rj, [['a', 'b']], [0, 0]), of(rj, [['a', 'b']], [0, -2]), of(rj, 'a', []),
      of(seg, ['a', 'b'], [0, 3], 2), of(seg, ['a', 'b'], [0], 2), of(seg, ['a', 'b'], [0, 1], 3), of(seg, [['a', 'b'], ['c', 'd']], [[1, 1], [0, 1]], 2),
    ],
  };
}

const TEXTS = ['hello world', 'aab', '', 'Foo.Bar (baz) [qux]', 'x=12,y=345', 'line one\nline two\r\n', 'été café 你好 😀', 'KELVIN kelvin \u212a', 'a\tb\vc\fd', '$^*+?{}|\\'];
const r = String.raw;
const REPLACE: readonly (readonly [string, string])[] = [
  ['o', '0'], ['a*', 'X'], ['', '-'], ['x*', '-'], [r`(\w+) (\w+)`, r`\2 \1`], [r`[[:alpha:]]+`, 'A'], [r`[^[:alnum:]_]`, '.'], [r`\d+`, '#'], [r`(?i)[A-F]`, '*'], [r`(?i)k`, 'q'], [r`(?P<first>[a-z])(?P<second>[a-z])`, r`\2\1`],
  [r`^line`, 'L'], [r`(?m)^line`, 'L'], [r`(?m)$`, '|'], [r`$`, '|'], [r`\z`, '!'], [r`\A`, '!'], [r`.`, 'd'], [r`(?s).`, 'd'], [r`\s+`, '_'], [r`\S+`, 's'], [r`\W`, 'w'], [r`\b`, '|'], [r`\Bo`, '0'], [r`\p{L}+`, 'L'], [r`\pN`, 'N'], [r`\p{Greek}|\p{Han}`, 'H'], [r`\PL`, 'p'], [r`[^\p{L}\d]`, '.'],
  [r`(?U)l+`, 'L'], [r`l+?`, 'L'], [r`l{1,2}`, 'L'], [r`l{2}`, 'L'], [r`a{0,}`, 'A'], [r`\x6c`, 'L'], [r`\x{1F600}`, ':)'], [r`\154`, 'L'], [r`\Q.\E`, 'dot'], [r`\Q$^*`, 'Q'], [r`[]a]`, 'z'], [r`[a\]]`, 'z'], [r`[\d.-]`, 'z'], [r`\a|\f|\v|\t`, 'T'], [r`(a|ab)(c|bcd)*`, r`[\0]`],
  [r`(?:h|w)(.)`, r`<\1\1>`], [r`(l)|(o)`, r`<\1\2>`], [r`o`, '\\\\'], [r`(?i:h)e`, 'HE'], [r`(?i)h(?-i)E`, 'x'], [r`(a*)*b`, r`[\1]`], [r`(a|b)*`, r`[\1]`], [r`[a-c-e]`, 'r'], [r`|`, 'e'], [r`(|a)+`, 'f'], [r`\.`, r`\0\0`], [r`[[:^digit:]]`, 'n'], ['é', 'e'], ['[à-ÿ]', 'e'], [r`\pZ`, 'z'], [r`a{,2}`, 'lit'], [r`{`, 'br'],
];
const MATCH = ['hello.*', 'a+b', '', '.*', '(?s).*', 'aa', r`x=\d+,y=\d+`, '(?i)HELLO WORLD', 'hello|hello world', '[^a]*', '.*😀', 'hello world\n?', '^aab$', r`\Aaab\z`];
const BAD = ['(', ')', '[', 'a)', '*', '+a', 'a**', 'a{1001}', 'a{2,1}', r`\1`, r`\8`, '(?=a)', '(?!a)', '(?<=a)', '(?<n>a)', '(?P<1>', '(?z)', '[z-a]', r`\p{Foo}`, r`\pX`, 'a\\', r`\x{110000}`, r`\xg`, '(?P=n)', r`\Z`, r`\h`, '(?i', '(?P<n', 'a{1000}{2}', '(((a{100}){100}){100})', r`[\pX]`, '[a', r`[\b]`, r`[a-\d]`, '(?', '(?:', 'x{2}{3}', 'a++', r`\c`, '\\u00e9', '[a-', 'x**', '(?i)(?s', '(?P<name'];

export function str_regex(): Program {
  const t = tf.constant(TEXTS, { name: 't' });
  const [pattern, rewrite] = [tf.placeholder(tf.string, { name: 'pattern' }), tf.placeholder(tf.string, { name: 'rewrite' })];
  const fixed = [tf.regexReplace(t, 'l+', 'L'), tf.strings.regexReplace(t, 'l', 'L', { replaceGlobal: false }), tf.strings.regexFullMatch(t, 'hello.*'), tf.strings.regexFullMatch(t, { pattern: 'a+b', name: 'fm' })];
  const dynamic = [tf.strings.regexReplace(t, pattern, rewrite, { name: 'rr' }), tf.regexReplace(t, pattern, 'x', false, { name: 'first' }), tf.strings.regexFullMatch(t, pattern, { name: 'full' })] as const;
  note('shapes', [...fixed, ...dynamic].map((x) => [x.name, x.shape, x.op.type]));
  attempt('rank', () => tf.strings.regexReplace(t, ['a'], 'b'));
  attempt('rewrite rank', () => tf.strings.regexReplace(t, 'a', ['b']));
  attempt('match rank', () => tf.strings.regexFullMatch(t, ['a']));
  attempt('text', () => tf.strings.regexFullMatch(1, 'a'));
  const odd = tf.placeholder(tf.string, { name: 'odd' });
  const oddReplace = tf.regexReplace(odd, pattern, rewrite, { name: 'odd_replace' });
  const at = (fetch: unknown, p: unknown, w?: unknown): Run => ({ fetch, feed: [[pattern, p], ...(w === undefined ? [] : [[rewrite, w]])] as tf.Feeds });
  return {
    runs: [
      { fetch: fixed },
      ...REPLACE.map(([p, w]) => at(dynamic.slice(0, 2), p, w)),
      ...MATCH.map((p) => at(dynamic[2], p)),
      ...BAD.map((p) => at(dynamic[2], p)),
      ...([['(', 'x'], ['o', r`\1`], ['(o)', r`\2`], ['o', r`a\x`], ['o', 'a\\'], ['(l)(o)?', r`\0-\2`]] as const).map(([p, w]) => at(dynamic[0], p, w)),
      at(dynamic[0], ['a'], 'x'), at(dynamic[0], 'a', ['x']), at(dynamic[2], ['a']),
      ...['.', 'b', '[^a]', 'a.b', 'é'].map((p): Run => ({ fetch: oddReplace, feed: [[odd, bytes('a\xffb', '\xc3')], [pattern, p], [rewrite, '-']] as tf.Feeds })),
    ],
  };
}

const U8 = ['G\xc3\xb6\xc3\xb6dnight', '\xf0\x9f\x98\x8a', '', 'a\xffb\xc3', '\xed\xa0\x80x', '\xe4\xbd\xa0\xe5a', '\xf5\x80\x80', 'tab\tnew\n\x00nul', '\xc0\xafz', '\xf0\x9f\x98', '\xe2\x28\xa1'];
const U16 = ['\x00a\x00\xe9', '\xd8\x3d\xde\x0a', '\xd8\x00', '\x00a\x00', '\xdc\x00\x00b', '\xd8\x3d\x00a', ''];
const U32 = ['\x00\x00\x00a\x00\x01\xf6\x0a', '\x00\x11\x00\x00', '\x00\x00\xd8\x00', '\x00\x00\x00', ''];
type Ragged = tf.RaggedTensor;
/** The values of a ragged tensor. */
const valuesOf = (t: unknown): tf.Tensor => (t as Ragged).values as tf.Tensor;
const splitsOf = (t: unknown): tf.Tensor => (t as Ragged).rowSplits;

export function str_unicode(): Program {
  const { strings } = tf;
  const [u8, u16, u32] = [tf.constant(bytes(...U8), { name: 'u8' }), tf.constant(bytes(...U16), { name: 'u16' }), tf.constant(bytes(...U32), { name: 'u32' })];
  const runs: Run[] = [];
  const transcoded = ['UTF-8', 'UTF-16-BE', 'UTF-32-BE'].map((o) => strings.unicodeTranscode(u8, 'UTF-8', o));
  transcoded.push(
    strings.unicodeTranscode(u16, 'UTF-16-BE', 'UTF-8'), strings.unicodeTranscode(u32, 'UTF-32-BE', 'UTF-8'), strings.unicodeTranscode(u16, 'UTF-16LE', 'UTF-8'),
    strings.unicodeTranscode(u8, 'UTF-8', 'UTF-8', { errors: 'ignore' }), strings.unicodeTranscode(u8, 'UTF-8', 'UTF-8', { replacementChar: 63, replaceControlCharacters: true }),
    strings.unicodeTranscode(bytes('caf\xe9', '\x80\x93'), 'latin1', 'UTF-8'), strings.unicodeTranscode(bytes('caf\xe9', 'ok'), 'US-ASCII', 'UTF-8', { name: 'ascii' }),
    strings.unicodeTranscode(bytes('\x93\xfa\x96{', '\x82'), 'shift-jis', 'UTF-8'), strings.unicodeTranscode(bytes('\x80\x93'), 'windows-1252', 'UTF-8'), strings.unicodeTranscode('scalar', 'UTF-8', 'UTF-16-BE'),
  );
  runs.push({ fetch: transcoded });
  const decoded = [strings.unicodeDecode(u8, 'UTF-8'), strings.unicodeDecode(u16, 'UTF-16-BE', { errors: 'ignore' }), strings.unicodeDecode(u8, 'UTF-8', { replacementChar: 33, replaceControlCharacters: true, name: 'dec' })] as Ragged[];
  for (const d of decoded) {
    note('decoded', [valuesOf(d).name, d.rowSplits.name, valuesOf(d).shape, d.rowSplits.shape]);
    runs.push({ fetch: [d.values, d.rowSplits] });
  }
  const [points, starts] = strings.unicodeDecodeWithOffsets(u8, 'UTF-8');
  const [points16, starts16] = strings.unicodeDecodeWithOffsets(u16, 'UTF-16-BE', { name: 'off16' });
  const [points32, starts32] = strings.unicodeDecodeWithOffsets(u32, 'UTF-32-BE', { errors: 'ignore', name: 'off32' });
  note('offsets', [valuesOf(points), splitsOf(points), valuesOf(starts), splitsOf(starts)].map((t) => t.name));
  runs.push({ fetch: [valuesOf(points), valuesOf(starts), splitsOf(starts), ...[points16, starts16, points32, starts32].map(valuesOf)] });
  const chars = strings.unicodeSplit(u8, 'UTF-8');
  const [chars2, at] = strings.unicodeSplitWithOffsets(u8, 'UTF-8', { errors: 'ignore' });
  note('split', [valuesOf(chars), splitsOf(chars), valuesOf(chars2), valuesOf(at)].map((t) => t.name));
  runs.push({ fetch: [valuesOf(chars), splitsOf(chars), valuesOf(chars2), valuesOf(at)] });
  const scalar = tf.constant(new tf.NDArray(tf.string, [], [bytes(U8[0]!).data[0] as Uint8Array]), { name: 'scalar' });
  const dense = [strings.unicodeDecode(scalar, 'UTF-8'), strings.unicodeSplit(scalar, 'UTF-8'), strings.bytesSplit(scalar), strings.split(scalar, 'd', { resultType: 'RaggedTensor' })] as tf.Tensor[];
  dense.push(...strings.unicodeDecodeWithOffsets(scalar, 'UTF-8') as tf.Tensor[], ...strings.unicodeSplitWithOffsets(scalar, 'UTF-8') as tf.Tensor[]);
  note('dense', dense.map((t) => [t.name, t.shape, t.dtype]));
  runs.push({ fetch: dense });
  const parts = strings.bytesSplit(u8);
  const words = strings.split(tf.constant(['a b', '', 'c d e']), { resultType: 'RaggedTensor' }) as Ragged;
  const words2 = tf.stringSplit(tf.constant(['a b', '', 'c d e']), { resultType: 'RaggedTensor' }) as Ragged;
  note('ragged', [valuesOf(parts), splitsOf(parts), valuesOf(words), splitsOf(words2)].map((t) => t.name));
  runs.push({ fetch: [parts, words, words2].flatMap((t) => [valuesOf(t), splitsOf(t)]) });
  const encoded = [
    strings.unicodeEncode(points, 'UTF-8'), strings.unicodeEncode(points16, 'UTF-16-BE'), strings.unicodeEncode([[72, 105], [0x1f600, 233]], 'UTF-8'), strings.unicodeEncode([72, 233, 0xd800, -1, 0x110000], 'UTF-32-BE', { name: 'enc' }),
    strings.unicodeEncode([72, 233, 0xd800], 'UTF-8', { errors: 'ignore' }), strings.unicodeEncode([72, 0xd800], 'UTF-8', { replacementChar: 63 }), strings.unicodeEncode([[[72, 105], [66, 67]]], 'UTF-8'),
  ] as tf.Tensor[];
  note('encoded', encoded.map((t) => [t.name, t.shape]));
  runs.push({ fetch: encoded });
  const script = strings.unicodeScript([65, 233, 0x3b1, 0x434, 0x4f60, 0x3042, 0x30a2, 0xac00, 0x5d0, 0x627, 0x905, 0xe01, 49, 0x301, 0x1f600, 0xd800, -1, 0x110000, 0x10ffff, 0x378]);
  runs.push({ fetch: script });
  const letters = tf.constant(['a', 'b', 'c', 'd', 'e'], { name: 'letters' });
  const grams = [
    strings.ngrams(letters, 2), strings.ngrams(letters, [1, 3], { separator: '' }), strings.ngrams(letters, 3, { padValues: ['<', '>'] }), strings.ngrams(letters, 3, { padValues: '_', paddingWidth: 1 }), strings.ngrams(letters, 6),
    strings.ngrams(letters, 6, { preserveShortSequences: true }), strings.ngrams([['a', 'b', 'c'], ['d', 'e', 'f']], 2), strings.ngrams([['a', 'b'], ['d', 'e']], 2, { padValues: ['L', 'R'], name: 'ng' }),
  ] as tf.Tensor[];
  note('grams', grams.map((t) => [t.name, t.shape]));
  runs.push({ fetch: grams });
  const gram = strings.ngrams(words, [2, 1], { padValues: ['L', 'R'] });
  note('gram', [valuesOf(gram).name, splitsOf(gram).name]);
  runs.push({ fetch: [valuesOf(gram), splitsOf(gram)] });
  const sparse = strings.split([['a b', 'c'], ['', 'd e f']], { resultType: 'SparseTensor' }) as tf.SparseTensor;
  note('sparse', sparse.indices.name);
  runs.push({ fetch: sparse });
  const errors: readonly [string, () => unknown][] = [
    ['scalar split', () => strings.split('a b c')], ['encode scalar', () => strings.unicodeEncode(5, 'UTF-8')], ['encode encoding', () => strings.unicodeEncode([5], 'UTF-7')], ['decode rank', () => strings.unicodeDecode(tf.placeholder(tf.string), 'UTF-8')],
    ['errors', () => strings.unicodeTranscode(u8, 'UTF-8', 'UTF-8', { errors: 'warn' })], ['pad', () => strings.ngrams(letters, 2, { padValues: 3 as never })], ['pad width', () => strings.ngrams(letters, 2, { padValues: 'a', paddingWidth: 0 })],
    ['no pad', () => strings.ngrams(letters, 2, { paddingWidth: 1 })], ['width', () => strings.ngrams(letters, 0)], ['gram scalar', () => strings.ngrams('a', 1)],
    ['gram rank', () => strings.ngrams(tf.placeholder(tf.string), 1)], ['bytes rank', () => strings.bytesSplit(tf.placeholder(tf.string))],
  ];
  for (const [label, f] of errors) attempt(label, f);
  const bad = tf.placeholder(tf.string, [null], 'bad');
  return {
    runs: [
      ...runs, { fetch: strings.unicodeTranscode(bad, 'UTF-8', 'UTF-8', { errors: 'strict', name: 'strict' }), feed: [[bad, bytes('ok', 'a\xff')]] }, { fetch: valuesOf(strings.unicodeDecode(bad, 'UTF-8', { errors: 'strict' })), feed: [[bad, bytes('a\xff')]] },
      { fetch: strings.unicodeTranscode(bad, 'nonsense', 'UTF-8', { name: 'enc1' }), feed: [[bad, ['a']]] }, { fetch: strings.unicodeEncode([0xd800], 'UTF-8', { errors: 'strict', name: 'se' }) },
    ],
  };
}

export function str_parse(): Program {
  const records = tf.constant(['1,2.5,a,7', '-3, 4e1 ,"b,""c""",', '5,NA,,9'], { name: 'records' });
  const int64 = (...v: readonly bigint[]): tf.NDArray => new tf.NDArray(tf.int64, [v.length], BigInt64Array.from(v));
  const first = [ints([0]), [1.5], ['none'], tf.constant(int64())] as const;
  const columns = tf.decodeCsv(records, [...first.slice(0, 3), tf.constant(int64(8n))], { naValue: 'NA' });
  const some = tf.decodeCsv(records, [['x'], [0]], { name: 'some', naValue: 'NA', selectCols: [0, 1] });
  note('columns', [...columns, ...some].map((t) => [t.name, t.shape, t.dtype]));
  const bad = tf.placeholder(tf.string, { name: 'bad' });
  const parsed = tf.decodeCsv(bad, [tf.constant(ints([])), [0], ['s']], { fieldDelim: ';', name: 'parsed' });
  const plain = tf.decodeCsv(bad, [['q'], ['r']], { useQuoteDelim: false, name: 'plain' });
  const tensors = [
    tf.constant(ints([[1, 2], [3, 0x1020304]])), tf.constant(2.5), tf.constant(['a', 'bc']), tf.constant([false, true]), tf.constant(new tf.NDArray(tf.complex64, [1], Float32Array.of(1, 2))), tf.constant(int64()),
  ];
  const serialized = tensors.map((t) => tf.serializeTensor(t));
  const again = [...serialized.map((s, i) => tf.parseTensor(s, tensors[i]!.dtype)), tf.io.parseTensor(tf.io.serializeTensor(tensors[0]!, { name: 'st' }), tf.int32, { name: 'pt' })];
  note('tensors', [...serialized, ...again].map((t) => [t.name, t.shape, t.dtype]));
  const wrong = tf.parseTensor(bad, tf.int32, { name: 'wrong' });
  const padded = [tf.rawOps.DecodePaddedRaw({ inputBytes: ['abcd', 'ab', 'abcdefghij'], fixedLength: 8, outType: tf.uint8 })];
  note('padded', padded.map((t) => [t.name, t.shape]));
  attempt('order', () => tf.decodeCsv(records, [[1], [2]], { selectCols: [1, 0] }));
  attempt('negative', () => tf.decodeCsv(records, [[1], [2]], { selectCols: [-1, 0] }));
  attempt('length', () => tf.decodeCsv(records, [[1]], { selectCols: [0, 1] }));
  attempt('default', () => tf.decodeCsv(records, [ints([1, 2])]));
  attempt('type', () => tf.decodeCsv(records, [[true]]));
  attempt('fixed', () => tf.rawOps.DecodePaddedRaw({ inputBytes: ['a'], fixedLength: 3, outType: tf.int16 }));
  const of = (fetch: unknown, v: unknown): Run => ({ fetch, feed: [[bad, v]] as tf.Feeds });
  const proto = bytes('\x08\x01\x12\x00\x2a\x04\x00\x00\x00\x00').reshape([]);
  return {
    runs: [
      { fetch: [...columns, ...some] }, { fetch: serialized.slice(0, 5) }, { fetch: again }, { fetch: padded }, of(parsed, ['1;2;x', '3;;y']), of(parsed, ';2;x'), of(parsed, ['1;2']), of(parsed, ['1.5;2;x']),
      of(parsed, ['1;z;x']), of(parsed, ['1;2;"x']), of(parsed, ['1;2;"x"y"']), of(parsed, ['1;2;x"y']), of(parsed, ['1;2;"x;y"']), of(plain, ['"a,b"', 'c,']),
      of(wrong, 'nonsense'), of(wrong, ['x']), of(wrong, proto),
    ],
  };
}
