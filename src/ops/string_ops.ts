// Op blocks and functions of strings. Follows python/ops/string_ops.py and core/ops/{string_ops,parsing_ops,array_ops}.cc (1.15).
import { type DType, float32, int32 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { SCALAR_SHAPE, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { oneOf, rankTensor } from './array_shape.ts';
import { inScope, int32Vector } from './building.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { range, unsortedSegmentShape } from './math_sequence.ts';
import { isBareNumber } from './make_array.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { broadcast, dimOf, reductionShape, scalarShape, unchangedShape, vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';
import './tensor_operators.ts';

type Name = string | null;
/** A function of one tensor and a name. */
type Unary = ReturnType<typeof api<{ input: TensorLike; name?: Name }, readonly ['input', 'name'], Tensor>>;
const unary = (name: string, op: string, python?: string): Unary => api(name, ['input', 'name'] as const, (p: { input: TensorLike; name?: Name }): Tensor => op1(op, [p.input], {}, p.name), { required: 1, ...(python === undefined ? {} : { python }) });

// --- joining -------------------------------------------------------------------------------------------------------

defineOp('StringJoin', {
  shape: (c) => {
    const shapes = c.inputs().map((t) => t.shape);
    if (shapes.every((s) => s.ndims === 0)) return [SCALAR_SHAPE];
    // An input of unknown rank may still be a scalar, so it says nothing.
    return [shapes.filter((s) => s.ndims !== null && s.ndims !== 0).reduce<TensorShape>((a, b) => c.merge(a, b), UNKNOWN_SHAPE)];
  },
  grad: null,
});
/** `tf.string_join` (`tf.strings.join`): strings of equal shapes (or scalars) joined element by element, with `separator` between. */
export const stringJoin = api('stringJoin', ['inputs', 'separator', 'name'], (p: { inputs: readonly TensorLike[]; separator?: string | null; name?: Name }): Tensor =>
  op1('StringJoin', [p.inputs], { separator: p.separator ?? '' }, p.name), { required: 1 });

defineOp('ReduceJoin', { shape: reductionShape, grad: null });
/** `tf.reduce_join` (`tf.strings.reduce_join`): strings joined along axes, in the order in which `axis` names them; all of
 * them, row by row, without. Errors: OutOfRangeError and InvalidArgumentError in the run for axes out of range or named twice. */
export const reduceJoin = api('reduceJoin', ['inputs', 'axis', 'keepDims', 'separator', 'name', 'reductionIndices', 'keepdims'], (p: {
  inputs: TensorLike; axis?: TensorLike | null; keepDims?: boolean | null; separator?: string; name?: Name; reductionIndices?: TensorLike | null; keepdims?: boolean | null;
}): Tensor => {
  const keep = oneOf('keepdims', p.keepdims, 'keep_dims', p.keepDims) ?? false;
  const axis = oneOf('axis', p.axis, 'reduction_indices', p.reductionIndices);
  return inScope(null, 'ReduceJoin', [p.inputs, axis], () => {
    const inputs = convertToTensor(p.inputs);
    return op1('ReduceJoin', [inputs, axis ?? allAxesBackwards(inputs)], { keep_dims: keep, separator: p.separator ?? '' }, p.name);
  });
}, { required: 1 });
function allAxesBackwards(x: Tensor): Tensor {
  const n = x.shape.ndims;
  return n === null ? range(rankTensor(x).sub(1), -1, -1) : constantNode(int32Vector(Array.from({ length: n }, (_, i) => n - 1 - i)));
}

defineOp('UnsortedSegmentJoin', { shape: unsortedSegmentShape });
/** `tf.strings.unsorted_segment_join`: strings of each of `numSegments` segments joined in their order.
 * Errors: InvalidArgumentError in the run for ids that are negative or too large. */
export const unsortedSegmentJoin = api('unsortedSegmentJoin', ['inputs', 'segmentIds', 'numSegments', 'separator', 'name'], (p: { inputs: TensorLike; segmentIds: TensorLike; numSegments: TensorLike; separator?: string; name?: Name }): Tensor =>
  op1('UnsortedSegmentJoin', [p.inputs, p.segmentIds, p.numSegments], { separator: p.separator ?? '' }, p.name), { required: 3 });

// --- parts of strings ----------------------------------------------------------------------------------------------

defineOp('StringStrip', { shape: unchangedShape });
/** `tf.string_strip` (`tf.strings.strip`): without the white space around. */
export const stringStrip: Unary = unary('stringStrip', 'StringStrip');
defineOp('StringLower', { shape: unchangedShape });
defineOp('StringUpper', { shape: unchangedShape });
type Cased = ReturnType<typeof api<{ input: TensorLike; encoding?: string; name?: Name }, readonly ['input', 'encoding', 'name'], Tensor>>;
const cased = (name: string, op: string): Cased => api(name, ['input', 'encoding', 'name'] as const, (p: { input: TensorLike; encoding?: string; name?: Name }): Tensor => op1(op, [p.input], { encoding: p.encoding ?? '' }, p.name), { required: 1 });
/** `tf.strings.lower`: ASCII letters, or with `encoding: 'utf-8'` all letters, in lower case. */
export const stringLower: Cased = cased('stringLower', 'StringLower');
/** `tf.strings.upper`. */
export const stringUpper: Cased = cased('stringUpper', 'StringUpper');
defineOp('StringLength', { shape: unchangedShape });
/** `tf.strings.length`: int32 lengths in bytes, or with `unit: 'UTF8_CHAR'` in code points. */
export const stringLength = api('stringLength', ['input', 'name', 'unit'], (p: { input: TensorLike; name?: Name; unit?: string }): Tensor => op1('StringLength', [p.input], { unit: p.unit ?? 'BYTE' }, p.name), { required: 1 });

defineOp('Substr', {
  shape: (c) => {
    const [pos, len] = [c.input(1), c.input(2)];
    if (pos.dims !== null && len.dims !== null) {
      c.withRank(pos, len.dims.length);
      if (pos.dims.some((d, i) => d !== len.dims![i])) c.fail(`pos and len shapes must match: ${pos.debug} vs. ${len.debug}`);
    }
    return [broadcast(c, c.input(0), pos)];
  },
});
/** `tf.substr` (`tf.strings.substr`): `len` bytes (or `unit: 'UTF8_CHAR'`: code points) from `pos` on, which counts from
 * the end where it is negative. Errors: InvalidArgumentError in the run for a position outside of its string. */
export const substr = api('substr', ['input', 'pos', 'len', 'name', 'unit'], (p: { input: TensorLike; pos: TensorLike; len: TensorLike; name?: Name; unit?: string }): Tensor =>
  op1('Substr', [p.input, p.pos, p.len], { unit: p.unit ?? 'BYTE', T: isBareNumber(p.pos) && isBareNumber(p.len) ? int32 : undefined }, p.name), { required: 3 });

// --- regular expressions -------------------------------------------------------------------------------------------

const regexShape: ShapeFn = (c) => { for (let i = 1; i < c.numInputs; i++) c.withRank(c.input(i), 0); return [c.input(0)]; };
defineOp('RegexReplace', { shape: regexShape, grad: null });
defineOp('RegexFullMatch', { shape: regexShape });
defineOp('StaticRegexReplace', { shape: unchangedShape });
defineOp('StaticRegexFullMatch', { shape: unchangedShape });
/** `tf.regex_replace` (`tf.strings.regex_replace`): matches of `pattern` (RE2's syntax) replaced by `rewrite`, in which `\1`
 * to `\9` are groups and `\0` the match; all of them, or with `replaceGlobal: false` the first.
 * Errors: InvalidArgumentError in the run for a pattern that is none. */
export const regexReplace = api('regexReplace', ['input', 'pattern', 'rewrite', 'replaceGlobal', 'name'], (p: { input: TensorLike; pattern: TensorLike; rewrite: TensorLike; replaceGlobal?: boolean; name?: Name }): Tensor => {
  const replaceGlobal = p.replaceGlobal ?? true;
  if (typeof p.pattern === 'string' && typeof p.rewrite === 'string') return op1('StaticRegexReplace', [p.input], { pattern: p.pattern, rewrite: p.rewrite, replace_global: replaceGlobal }, p.name);
  return op1('RegexReplace', [p.input, p.pattern, p.rewrite], { replace_global: replaceGlobal }, p.name);
}, { required: 3 });
/** `tf.strings.regex_full_match`: whether the whole string matches `pattern` (RE2's syntax). */
export const regexFullMatch = api('regexFullMatch', ['input', 'pattern', 'name'], (p: { input: TensorLike; pattern: TensorLike; name?: Name }): Tensor =>
  (typeof p.pattern === 'string' ? op1('StaticRegexFullMatch', [p.input], { pattern: p.pattern }, p.name) : op1('RegexFullMatch', [p.input, p.pattern], {}, p.name)), { required: 2 });

// --- numbers and text ----------------------------------------------------------------------------------------------

defineOp('AsString', { shape: unchangedShape, grad: null });
/** `tf.as_string` (`tf.strings.as_string`): numbers and bools as C's printf prints them. `precision`: digits after the point
 * (6); `scientific`: `%e`; `shortest`: `%g`; `width` and `fill` (one of ` `, `0`, `-`, `+`): padding. */
export const asString = api('asString', ['input', 'precision', 'scientific', 'shortest', 'width', 'fill', 'name'], (p: {
  input: TensorLike; precision?: number; scientific?: boolean; shortest?: boolean; width?: number; fill?: string; name?: Name;
}): Tensor => op1('AsString', [p.input], {
  precision: p.precision ?? -1, scientific: p.scientific ?? false, shortest: p.shortest ?? false, width: p.width ?? -1, fill: p.fill ?? '',
}, p.name), { required: 1 });

defineOp('StringToNumber', { shape: unchangedShape });
/** `tf.string_to_number` (`tf.strings.to_number`): numbers of `outType` (float32, float64, int32, int64).
 * Errors: InvalidArgumentError in the run for text that is no such number or too large for an integer. */
export const stringToNumber = api('stringToNumber', ['stringTensor', 'outType', 'name', 'input'], (p: { stringTensor?: TensorLike | null; outType?: DType; name?: Name; input?: TensorLike | null }): Tensor =>
  op1('StringToNumber', [oneOf('input', p.input, 'string_tensor', p.stringTensor) as TensorLike], { out_type: p.outType ?? float32 }, p.name));

defineOp('StringFormat', {
  shape: (c) => {
    const n = c.str('template').split(c.str('placeholder')).length - 1;
    if (n !== c.numInputs) c.fail(`num placeholders in template and num inputs must match: ${n} vs. ${c.numInputs}`);
    return [SCALAR_SHAPE];
  },
});
/** `tf.strings.format`: a scalar string, `template` with each `placeholder` replaced by a tensor as `tf.print` prints it: the
 * first and last `summarize` elements of each axis, all of them for -1. `inputs`: a tensor or a list.
 * Errors: ValueError when there are not as many tensors as placeholders. */
export const stringFormat = api('stringFormat', ['template', 'inputs', 'placeholder', 'summarize', 'name'], (p: { template: string; inputs: TensorLike | readonly TensorLike[]; placeholder?: string; summarize?: number; name?: Name }): Tensor => {
  const inputs = p.inputs instanceof Tensor ? [p.inputs] : p.inputs as readonly TensorLike[];
  const placeholder = p.placeholder ?? '{}';
  const n = p.template.split(placeholder).length - 1;
  if (n !== inputs.length) throw new ValueError(`${n} placeholder(s) in template does not match ${inputs.length} tensor(s) provided as input`);
  return op1('StringFormat', [inputs], { template: p.template, placeholder, summarize: p.summarize ?? 3 }, p.name);
}, { required: 2 });

// --- hashes --------------------------------------------------------------------------------------------------------

defineOp('StringToHashBucket', { shape: unchangedShape, grad: null });
defineOp('StringToHashBucketFast', { shape: unchangedShape, grad: null });
defineOp('StringToHashBucketStrong', { shape: unchangedShape, grad: null });
type Buckets = number | bigint;
/** `tf.string_to_hash_bucket` (`tf.strings.to_hash_bucket`): int64 in [0, numBuckets), by TF's old hash function. */
export const stringToHashBucket = api('stringToHashBucket', ['stringTensor', 'numBuckets', 'name', 'input'], (p: { stringTensor?: TensorLike | null; numBuckets?: Buckets; name?: Name; input?: TensorLike | null }): Tensor =>
  op1('StringToHashBucket', [oneOf('input', p.input, 'string_tensor', p.stringTensor) as TensorLike], { num_buckets: p.numBuckets }, p.name));
/** `tf.string_to_hash_bucket_fast` (`tf.strings.to_hash_bucket_fast`): int64 in [0, numBuckets), FarmHash's Fingerprint64. */
export const stringToHashBucketFast = api('stringToHashBucketFast', ['input', 'numBuckets', 'name'], (p: { input: TensorLike; numBuckets: Buckets; name?: Name }): Tensor => op1('StringToHashBucketFast', [p.input], { num_buckets: p.numBuckets }, p.name), { required: 2 });
/** `tf.string_to_hash_bucket_strong` (`tf.strings.to_hash_bucket_strong`): int64 in [0, numBuckets), SipHash under `key`, two 64-bit
 * integers. Errors: InvalidArgumentError in the run when the key has another length. */
export const stringToHashBucketStrong = api('stringToHashBucketStrong', ['input', 'numBuckets', 'key', 'name'], (p: { input: TensorLike; numBuckets: Buckets; key: readonly Buckets[]; name?: Name }): Tensor =>
  op1('StringToHashBucketStrong', [p.input], { num_buckets: p.numBuckets, key: p.key }, p.name), { required: 3 });

defineOp('Fingerprint', {
  shape: (c) => {
    const data = c.withRankAtLeast(c.input(0), 1);
    c.withRank(c.input(1), 0);
    const method = c.value(1);
    if (method && method.flat(0) !== 'farmhash64') c.fail(`Unsupported method: ${String(method.flat(0))}`);
    return [new TensorShape([dimOf(data, 0), method ? 8 : null])];
  },
});
/** `tf.fingerprint`: uint8 `[n, 8]`, the FarmHash fingerprint of each element along the first axis. */
export const fingerprint = api('fingerprint', ['data', 'method', 'name'], (p: { data: TensorLike; method?: TensorLike; name?: Name }): Tensor => op1('Fingerprint', [p.data, p.method ?? 'farmhash64'], {}, p.name), { required: 1 });

// --- bytes ---------------------------------------------------------------------------------------------------------

defineOp('EncodeBase64', { shape: unchangedShape, grad: null });
defineOp('DecodeBase64', { shape: unchangedShape, grad: null });
/** `tf.encode_base64` (`tf.io.encode_base64`): web-safe base64, with `=` at the end if `pad`. */
export const encodeBase64 = api('encodeBase64', ['input', 'pad', 'name'], (p: { input: TensorLike; pad?: boolean; name?: Name }): Tensor => op1('EncodeBase64', [p.input], { pad: p.pad ?? false }, p.name), { required: 1 });
/** `tf.decode_base64` (`tf.io.decode_base64`). Errors: InvalidArgumentError in the run for what is not base64. */
export const decodeBase64: Unary = unary('decodeBase64', 'DecodeBase64');

defineOp('DecodeRaw', { shape: (c) => [c.input(0).concatenate(vector(null))], grad: null });
/** `tf.decode_raw` (`tf.io.decode_raw`): the bytes of strings of one length as numbers, one more axis.
 * Errors: InvalidArgumentError in the run for lengths that differ or are no multiple of the element's size. */
export const decodeRaw = api('decodeRaw', ['inputBytes', 'outType', 'littleEndian', 'name', 'bytes'], (p: { inputBytes?: TensorLike | null; outType?: DType | null; littleEndian?: boolean; name?: Name; bytes?: TensorLike | null }): Tensor => {
  const input = oneOf('input_bytes', p.inputBytes, 'bytes', p.bytes);
  if (!p.outType) throw new ValueError('decode_raw_v1() missing 1 positional argument: \'out_type\'');
  return op1('DecodeRaw', [input as TensorLike], { out_type: p.outType, little_endian: p.littleEndian ?? true }, p.name);
});
defineOp('DecodePaddedRaw', {
  shape: (c) => {
    const [length, out] = [c.value(1), c.attr('out_type')];
    const size = out.kind === 'type' ? out.value.size : 1;
    const n = length === undefined ? null : Number(length.flat(0));
    if (n !== null && n % size !== 0) c.fail(`Dimension size must be evenly divisible by ${size} but is ${n}`);
    return [c.input(0).concatenate(vector(n === null ? null : n / size))];
  },
});

defineOp('ParseTensor', { shape: () => [UNKNOWN_SHAPE], grad: null });
defineOp('SerializeTensor', { shape: scalarShape });
/** `tf.parse_tensor` (`tf.io.parse_tensor`): the tensor in a serialized TensorProto. Errors: InvalidArgumentError in the run for other bytes or another dtype. */
export const parseTensor = api('parseTensor', ['serialized', 'outType', 'name'], (p: { serialized: TensorLike; outType: DType; name?: Name }): Tensor => op1('ParseTensor', [p.serialized], { out_type: p.outType }, p.name), { required: 2 });
/** `tf.serialize_tensor` (`tf.io.serialize_tensor`): a tensor as a serialized TensorProto. */
export const serializeTensor = api('serializeTensor', ['tensor', 'name'], (p: { tensor: TensorLike; name?: Name }): Tensor => op1('SerializeTensor', [p.tensor], {}, p.name), { required: 1 });

defineOp('DecodeCSV', {
  shape: (c) => {
    for (let i = 1; i < c.numInputs; i++) {
      const d = c.withRankAtMost(c.input(i), 1);
      if ((d.dims?.[0] ?? 0) > 1) c.fail('Shape of a default must be a length-0 or length-1 vector, or a scalar.');
    }
    return c.op.outputs.map(() => c.input(0));
  },
  grad: null,
});
/** `tf.decode_csv` (`tf.io.decode_csv`): the columns of CSV records, one tensor each of the dtype of its default: a scalar, or an empty
 * vector where a value is required. `useQuoteDelim: false` takes quotes as text; `naValue` stands for a missing value too;
 * `selectCols`: only these columns. Errors: ValueError for columns out of order; InvalidArgumentError in the run for records that do not fit. */
export const decodeCsv = api('decodeCsv', ['records', 'recordDefaults', 'fieldDelim', 'useQuoteDelim', 'name', 'naValue', 'selectCols'], (p: {
  records: TensorLike; recordDefaults: readonly TensorLike[]; fieldDelim?: string; useQuoteDelim?: boolean; name?: Name; naValue?: string; selectCols?: readonly number[] | null;
}): Tensor[] => {
  const columns = p.selectCols ?? null;
  if (columns?.some((x, i) => i > 0 && columns[i - 1]! >= x)) throw new ValueError('select_cols is not strictly increasing.');
  if (columns && columns[0]! < 0) throw new ValueError('select_cols contains negative values.');
  if (columns && columns.length !== p.recordDefaults.length) throw new ValueError('Length of select_cols and record_defaults do not match.');
  return [...applyOp('DecodeCSV', [p.records, p.recordDefaults], { field_delim: p.fieldDelim ?? ',', use_quote_delim: p.useQuoteDelim ?? true, na_value: p.naValue ?? '', select_cols: columns ?? [] }, p.name).outputs];
}, { required: 2 });
