// Strings in pieces: splits, bytes, n-grams, Unicode characters. Pieces of one string are a vector; pieces of several are
// sparse or ragged. Follows python/ops/ragged/ragged_string_ops.py and string_ops.py (1.15).
import { int32, string } from '../graph/dtype.ts';
import { AttributeError, TypeError, ValueError } from '../graph/errors.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, stack } from './array_join.ts';
import { oneOf, reshape, shape as shapeOf } from './array_shape.ts';
import { inScope } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { expandLast, fromRowSplits, fromRowStarts, fromTensor, fromValueRowIds, RaggedTensor } from './ragged_tensor.ts';
import { defineOp } from './registry.ts';
import { addDims, dimOf, matrix, subtractDims, unchangedShape, unknownOfRank, vector } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';
import { SparseTensor } from './sparse_tensor.ts';
import './tensor_operators.ts';

type Name = string | null;
type Text = TensorLike | RaggedTensor;
const textOf = (input: Text, name: string): Tensor | RaggedTensor => (input instanceof RaggedTensor ? input : convertToTensor(input, { dtype: string, name }));
const scopeValues = (input: Text): readonly unknown[] => (input instanceof RaggedTensor ? input.nestedRowSplits : [input]);

// --- splits --------------------------------------------------------------------------------------------------------

const splitShape: ShapeFn = (c) => { c.withRank(c.input(0), 1); c.withRank(c.input(1), 0); return [matrix(null, 2), vector(null), vector(2)]; };
defineOp('StringSplit', { shape: splitShape, grad: null });
defineOp('StringSplitV2', { shape: splitShape });

type ResultType = 'SparseTensor' | 'RaggedTensor';
interface Pieces { readonly indices: Tensor; readonly values: Tensor; readonly shape: Tensor }
function pieces(op: string, inputs: readonly TensorLike[], attrs: Parameters<typeof applyOp>[2]): Pieces {
  const [indices, values, shape] = applyOp(op, inputs, attrs).outputs;
  return { indices: indices!, values: values!, shape: shape! };
}
const sparse = (p: Pieces): SparseTensor => new SparseTensor(p.indices, p.values, p.shape);
const ragged = (values: Tensor, indices: Tensor, shape: Tensor): RaggedTensor => {
  const ids = indices.at(null, 0);
  return fromValueRowIds(values, ids, shape.at(0));
};
const badResult = (): ValueError => new ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.");

/** `tf.string_split`: the parts of each string of a vector between characters of `sep` (' '), as a SparseTensor of rank 2, or
 * with `resultType: 'RaggedTensor'` as a RaggedTensor; '' gives single bytes. Empty parts are left out unless `skipEmpty` is false. */
export const stringSplit = api('stringSplit', ['source', 'sep', 'skipEmpty', 'delimiter', 'resultType', 'name'], (p: {
  source: TensorLike; sep?: TensorLike | null; skipEmpty?: boolean; delimiter?: TensorLike | null; resultType?: ResultType; name?: Name;
}): SparseTensor | RaggedTensor => inScope(p.name, 'StringSplit', [p.source], () => {
  const delimiter = convertToTensor(oneOf('sep', p.sep, 'delimiter', p.delimiter) ?? ' ', { dtype: string });
  const source = convertToTensor(p.source, { dtype: string });
  const parts = sparse(pieces('StringSplit', [source, delimiter], { skip_empty: p.skipEmpty ?? true }));
  const type = p.resultType ?? 'SparseTensor';
  if (type === 'SparseTensor') return parts;
  if (type !== 'RaggedTensor') throw badResult();
  return ragged(parts.values, parts.indices, parts.denseShape);
}), { required: 1 });

function sparseSplit(input: TensorLike, sep: TensorLike | null, maxsplit: number): SparseTensor {
  const separator = convertToTensor(sep ?? '', { dtype: string });
  return sparse(pieces('StringSplitV2', [convertToTensor(input, { dtype: string }), separator], { maxsplit }));
}
/** `string_split_v2`: a vector of one string's parts, else ragged. */
function raggedSplit(given: Text, sep: TensorLike | null, maxsplit: number): Tensor | RaggedTensor {
  return inScope(null, 'StringSplit', scopeValues(given), () => {
    const input = textOf(given, 'input');
    if (input instanceof RaggedTensor) return input.withFlatValues(raggedSplit(input.flatValues, sep, maxsplit));
    const rank = input.shape.ndims;
    if (rank === 0) return (raggedSplit(stack([input]), sep, maxsplit) as RaggedTensor).row(0);
    if (rank === 1 || rank === null) {
      const parts = sparseSplit(input, sep, maxsplit);
      return ragged(parts.values, parts.indices, parts.denseShape);
    }
    return raggedSplit(fromTensor(input), sep, maxsplit);
  });
}
/** `tf.strings.split`: as Python's str.split: parts between `sep`, or between white space; at most `maxsplit` splits if that is positive.
 * A SparseTensor of one more axis, or with `resultType: 'RaggedTensor'` a RaggedTensor (a vector for one string).
 * Errors: AttributeError for one string and a SparseTensor, as in TensorFlow. */
export const stringsSplit = api('stringsSplit', ['input', 'sep', 'maxsplit', 'resultType', 'source', 'name'], (p: {
  input?: TensorLike | null; sep?: TensorLike | null; maxsplit?: number; resultType?: ResultType; source?: TensorLike | null; name?: Name;
}): SparseTensor | RaggedTensor | Tensor => {
  const given = oneOf('input', p.input, 'source', p.source) as TensorLike;
  const type = p.resultType ?? 'SparseTensor', sep = p.sep ?? null, maxsplit = p.maxsplit ?? -1;
  return inScope(p.name, 'StringSplit', [given], () => {
    const input = convertToTensor(given, { dtype: string, name: 'input' });
    if (type === 'SparseTensor' && input.shape.ndims === 1) return sparseSplit(input, sep, maxsplit);
    const parts = raggedSplit(input, sep, maxsplit);
    if (type === 'RaggedTensor') return parts;
    if (type !== 'SparseTensor') throw badResult();
    if (parts instanceof Tensor) throw new AttributeError("'Tensor' object has no attribute 'to_sparse'", { remedy: "one string: resultType: 'RaggedTensor' gives a vector" });
    return parts.toSparse();
  });
}, { python: 'strings_split_v1' });

/** `tf.strings.bytes_split`: strings of one byte: a vector for one string, else a RaggedTensor. Errors: ValueError for an unknown rank. */
export const bytesSplit = api('bytesSplit', ['input', 'name'], (p: { input: Text; name?: Name }): Tensor | RaggedTensor => splitBytes(p.input, p.name), { required: 1, python: 'string_bytes_split' });
function splitBytes(given: Text, name?: Name): Tensor | RaggedTensor {
  return inScope(name, 'StringsByteSplit', scopeValues(given), () => {
    const input = given instanceof RaggedTensor ? given : convertToTensor(given, { name: 'input' });
    if (input instanceof RaggedTensor) return input.withFlatValues(splitBytes(input.flatValues));
    const rank = input.shape.ndims;
    if (rank === null) throw new ValueError('input must have a statically-known rank.');
    if (rank === 0) return (splitBytes(stack([input])) as RaggedTensor).row(0);
    if (rank > 1) return splitBytes(fromTensor(input));
    const p = pieces('StringSplit', [input, ''], { skip_empty: false });
    return ragged(p.values, p.indices, p.shape);
  });
}

// --- n-grams -------------------------------------------------------------------------------------------------------

defineOp('StringNGrams', { shape: (c) => { c.withRank(c.input(0), 1); return [unknownOfRank(1), c.withRank(c.input(1), 1)]; } });
interface NGrams { data: Text; ngramWidth: number | readonly number[]; separator?: string; padValues?: string | readonly [string, string] | null; paddingWidth?: number | null; preserveShortSequences?: boolean; name?: Name }
/** `tf.strings.ngrams`: along the last axis, runs of `ngramWidth` strings (one width or several) joined by `separator`; with
 * `padValues` rows are padded on both sides by `paddingWidth` (as many as are useful) of them. Dense data give dense n-grams.
 * Errors: TypeError and ValueError for paddings and widths that make no sense, and for unknown ranks. */
export const ngrams = api('ngrams', ['data', 'ngramWidth', 'separator', 'padValues', 'paddingWidth', 'preserveShortSequences', 'name'], (p: NGrams): Tensor | RaggedTensor => grams(p), { required: 2 });
function grams(p: NGrams): Tensor | RaggedTensor {
  return inScope(p.name, 'StringNGrams', scopeValues(p.data), () => {
    const pads = p.padValues ?? null;
    const [left, right] = pads === null ? ['', ''] : Array.isArray(pads) ? pads as readonly string[] : [pads, pads] as readonly string[];
    if (typeof left !== 'string' || typeof right !== 'string') throw new TypeError('pad_values must be a string, tuple of strings, or None.');
    const width = p.paddingWidth ?? null;
    if (width !== null && width < 1) throw new ValueError('padding_width must be greater than 0.');
    if (width !== null && pads === null) throw new ValueError('pad_values must be provided if padding_width is set.');
    let data = textOf(p.data, 'data');
    let dense: Tensor | undefined;
    if (data instanceof Tensor) {
      dense = concat([shapeOf(data).at([null, -1]), [-1]], 0);
      const rank = data.shape.ndims;
      if (rank === null) throw new ValueError('Rank of data must be known.');
      if (rank === 0) throw new ValueError('Data must have rank>0');
      if (rank === 1) return (grams({ ...p, data: fromRowStarts(data, [0]) }) as RaggedTensor).row(0);
      data = fromTensor(data, rank - 1);
    }
    const asGiven = (x: RaggedTensor): Tensor | RaggedTensor => (dense ? reshape(x.flatValues, dense) : x);
    if (data.raggedRank > 1) return asGiven(data.withValues(grams({ ...p, data: data.values }) as RaggedTensor));
    const widths = typeof p.ngramWidth === 'number' ? [p.ngramWidth] : p.ngramWidth;
    for (const w of widths) if (w < 1) throw new ValueError(`All ngram_widths must be greater than 0. Got ${typeof p.ngramWidth === 'number' ? p.ngramWidth : `[${widths.join(', ')}]`}`);
    const [values, splits] = applyOp('StringNGrams', [data.flatValues, data.rowSplits], {
      separator: p.separator ?? ' ', ngram_widths: widths, left_pad: left, right_pad: right, pad_width: pads === null ? 0 : width ?? -1, preserve_short_sequences: p.preserveShortSequences ?? false,
    }).outputs;
    return asGiven(fromRowSplits(values!, splits!));
  });
}

// --- Unicode -------------------------------------------------------------------------------------------------------

const rowSplits = (c: ShapeContext): ReturnType<typeof vector> => vector(addDims(c.input(0).numElements, 1));
defineOp('UnicodeDecode', { shape: (c) => [rowSplits(c), vector(null)] });
defineOp('UnicodeDecodeWithOffsets', { shape: (c) => [rowSplits(c), vector(null), vector(null)] });
defineOp('UnicodeEncode', { shape: (c) => { c.withRank(c.input(0), 1); const splits = c.withRank(c.input(1), 1); return [vector(subtractDims(c, dimOf(splits, 0), 1))]; } });
defineOp('UnicodeTranscode', { shape: unchangedShape });
defineOp('UnicodeScript', { shape: unchangedShape });

interface Decode { input: Text; inputEncoding: string; errors?: string; replacementChar?: number; replaceControlCharacters?: boolean; name?: Name }
interface Decoded { readonly points: Tensor | RaggedTensor; readonly offsets: Tensor | RaggedTensor | undefined }
function decode(p: Decode, withOffsets: boolean): Decoded {
  let input = p.input instanceof RaggedTensor ? p.input : convertToTensor(p.input, { name: 'input' });
  const rank = input.shape.ndims;
  if (rank === null) throw new ValueError('Rank of `input` must be statically known.');
  if (rank > 1) {
    if (input instanceof Tensor) input = fromTensor(input, rank - 1);
    else if (input.raggedRank < rank - 1) input = input.withFlatValues(fromTensor(input.flatValues, rank - input.raggedRank + 1));
  }
  const flat = reshape(input instanceof RaggedTensor ? input.flatValues : input, [-1]);
  const [splits, points, starts] = applyOp(withOffsets ? 'UnicodeDecodeWithOffsets' : 'UnicodeDecode', [flat], {
    input_encoding: p.inputEncoding, errors: p.errors ?? 'replace', replacement_char: p.replacementChar ?? 0xfffd, replace_control_characters: p.replaceControlCharacters ?? false,
  }).outputs;
  if (rank === 0) return { points: points!, offsets: starts };
  const rows = (values: Tensor): RaggedTensor => { const r = fromRowSplits(values, splits!); return input instanceof RaggedTensor ? input.withFlatValues(r) : r; };
  const first = rows(points!);
  return { points: first, offsets: starts && rows(starts) };
}
const DECODE = ['input', 'inputEncoding', 'errors', 'replacementChar', 'replaceControlCharacters', 'name'] as const;
const SPLIT = ['input', 'inputEncoding', 'errors', 'replacementChar', 'name'] as const;
/** `tf.strings.unicode_decode`: int32 code points: a vector for one string, else a RaggedTensor. `inputEncoding`: 'UTF-8', 'UTF-16-BE',
 * 'UTF-32-BE', or another this host knows; `errors`: 'replace' (by `replacementChar`, 65533), 'ignore' or 'strict'.
 * Errors: InvalidArgumentError in the run for an unknown encoding, and in strict mode for what cannot be decoded. */
export const unicodeDecode = api('unicodeDecode', DECODE, (p: Decode): Tensor | RaggedTensor => inScope(p.name, 'UnicodeDecode', scopeValues(p.input), () => decode(p, false).points), { required: 2 });
/** `tf.strings.unicode_decode_with_offsets`: code points, and (int64) the bytes at which they start. */
export const unicodeDecodeWithOffsets = api('unicodeDecodeWithOffsets', DECODE, (p: Decode): [Tensor | RaggedTensor, Tensor | RaggedTensor] => inScope(p.name, 'UnicodeDecodeWithOffsets', scopeValues(p.input), () => {
  const d = decode(p, true);
  return [d.points, d.offsets!];
}), { required: 2 });
const chars = (p: Decode, points: Tensor | RaggedTensor): Tensor | RaggedTensor => encode({ input: expandLast(points), outputEncoding: p.inputEncoding, errors: p.errors, replacementChar: p.replacementChar });
/** `tf.strings.unicode_split`: strings of one character each. */
export const unicodeSplit = api('unicodeSplit', SPLIT, (p: Decode): Tensor | RaggedTensor => inScope(p.name, 'UnicodeSplit', scopeValues(p.input), () => chars(p, decode(p, false).points)), { required: 2 });
/** `tf.strings.unicode_split_with_offsets`: the characters, and (int64) the bytes at which they start. */
export const unicodeSplitWithOffsets = api('unicodeSplitWithOffsets', SPLIT, (p: Decode): [Tensor | RaggedTensor, Tensor | RaggedTensor] => inScope(p.name, 'UnicodeSplitWithOffsets', scopeValues(p.input), () => {
  const d = decode(p, true);
  return [chars(p, d.points), d.offsets!];
}), { required: 2 });

interface Encode { input: Text; outputEncoding: string; errors?: string | undefined; replacementChar?: number | undefined; name?: Name }
/** `tf.strings.unicode_encode`: the strings of code points along the last axis, in 'UTF-8', 'UTF-16-BE' or 'UTF-32-BE'.
 * Errors: ValueError for a scalar or an unknown rank. */
export const unicodeEncode = api('unicodeEncode', ['input', 'outputEncoding', 'errors', 'replacementChar', 'name'], (p: Encode): Tensor | RaggedTensor => encode(p), { required: 2 });
function encode(p: Encode): Tensor | RaggedTensor {
  return inScope(p.name, 'UnicodeEncode', scopeValues(p.input), () => {
    const input = p.input instanceof RaggedTensor ? p.input : convertToTensor(p.input, { preferred: int32 });
    const again = (x: Tensor | RaggedTensor): Tensor | RaggedTensor => encode({ ...p, input: x, name: null });
    const rank = input.shape.ndims;
    if (rank === null) throw new ValueError('Rank of input_tensor must be statically known.');
    if (input instanceof RaggedTensor) {
      if (input.flatValues.shape.ndims! > 1) return input.withFlatValues(again(input.flatValues));
      if (input.values instanceof RaggedTensor) return input.withValues(again(input.values));
      return op1('UnicodeEncode', [input.values, input.rowSplits], { output_encoding: p.outputEncoding, errors: p.errors ?? 'replace', replacement_char: p.replacementChar ?? 0xfffd });
    }
    if (rank === 2) return again(fromTensor(input));
    if (rank > 2) {
      const flat = reshape(input, stack([-1, shapeOf(input).at(-1)]));
      return reshape(again(flat) as Tensor, input.shape.dims!.slice(0, -1) as number[]);
    }
    if (rank === 0) throw new ValueError("input_tensor's rank must be at least 1.");
    const splits = stack([0, shapeOf(input, { outType: int32 }).at(0)]);
    return reshape(again(fromRowSplits(input, splits)) as Tensor, []);
  });
}

interface Transcode extends Decode { outputEncoding: string }
/** `tf.strings.unicode_transcode`: strings from one encoding into 'UTF-8', 'UTF-16-BE' or 'UTF-32-BE'; options as for `unicodeDecode`. */
export const unicodeTranscode = api('unicodeTranscode', ['input', 'inputEncoding', 'outputEncoding', 'errors', 'replacementChar', 'replaceControlCharacters', 'name'], (p: Transcode): Tensor => op1('UnicodeTranscode', [p.input as TensorLike], {
  input_encoding: p.inputEncoding, output_encoding: p.outputEncoding, errors: p.errors ?? 'replace', replacement_char: p.replacementChar ?? 0xfffd, replace_control_characters: p.replaceControlCharacters ?? false,
}, p.name), { required: 3 });
/** `tf.strings.unicode_script`: ICU's numbers of the scripts of code points; -1 for what is no code point. */
export const unicodeScript = api('unicodeScript', ['input', 'name'], (p: { input: TensorLike; name?: Name }): Tensor => op1('UnicodeScript', [p.input], {}, p.name), { required: 1 });

