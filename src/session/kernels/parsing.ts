// Strings that hold tensors and tables: TensorProtos and CSV. Follows core/kernels/{parse_tensor_op,decode_csv_op}.cc (1.15).
import { type DType, string } from '../../graph/dtype.ts';
import { DecodeError } from '../../graph/errors.ts';
import { decodeTensor, encodeTensor } from '../../graph/attr_codec.ts';
import { allocate, NDArray } from '../../graph/ndarray.ts';
import { dataTypeString } from '../../graph/summarize.ts';
import { setTensorForm } from '../../graph/tensor_codec.ts';
import { attrOf, boolAttr, intsAttr, invalid, shapeText, typeAttr } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { bytesAttr, stringsOf } from './string.ts';
import { parseInteger, parseReal } from './string_number.ts';

const parseTensor: Kernel = ([serialized], node) => {
  if (serialized!.ndim !== 0) throw invalid(`Expected \`serialized\` to be a scalar, got shape: ${shapeText(serialized!.shape)}`);
  const bytes = stringsOf(serialized!)[0]!, wanted = typeAttr(node, 'out_type');
  let a: NDArray;
  try { a = decodeTensor(bytes); } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    throw invalid(`Could not parse \`serialized\` as TensorProto: '${new TextDecoder().decode(bytes)}'`);
  }
  if (a.dtype.baseDtype !== wanted) throw invalid(`Type mismatch between parsed tensor (${dataTypeString(a.dtype)}) and dtype (${dataTypeString(wanted)})`);
  return [a];
};
/** As C++ writes a tensor: raw bytes, strings one by one. */
const serializeTensor: Kernel = ([a]) => {
  const own = new NDArray(a!.dtype, a!.shape, a!.data);
  return [new NDArray(string, [], [encodeTensor(setTensorForm(own, { content: a!.dtype.storage !== 'string' && a!.size > 0, count: a!.dtype.storage === 'string' ? a!.size : 0 }))])];
};

// ---- CSV

const QUOTE = 0x22, NEWLINE = 10, RETURN = 13;
/** The fields of a record, those of the columns in `select` (all, when that is empty). */
function fieldsOf(s: Uint8Array, delimiter: number, quotes: boolean, select: readonly number[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  let at = 0, column = 0;
  const wanted = (): boolean => select.length === 0 || select[out.length] === column;
  while (at < s.length) {
    if (s[at] === NEWLINE || s[at] === RETURN) { at++; continue; }
    const field: number[] = [];
    if (quotes && s[at] === QUOTE) {
      for (at++; at < s.length - 1 && !(s[at] === QUOTE && s[at + 1] === delimiter); at++) {
        if (s[at] === QUOTE && s[++at] !== QUOTE) throw invalid('Quote inside a string has to be escaped by another quote');
        field.push(s[at]!);
      }
      if (!(at < s.length && s[at] === QUOTE && (at === s.length - 1 || s[at + 1] === delimiter))) throw invalid('Quoted field has to end with quote followed by delim or end');
      at += 2;
    } else {
      for (; at < s.length && s[at] !== delimiter; at++) {
        if ((quotes && s[at] === QUOTE) || s[at] === NEWLINE || s[at] === RETURN) throw invalid('Unquoted fields cannot have quotes/CRLFs inside');
        field.push(s[at]!);
      }
      at++;
    }
    const take = wanted();
    column++;
    if (!take) continue;
    out.push(Uint8Array.from(field));
    if (out.length === select.length) return out;
  }
  if (s.length > 0 && s.at(-1) === delimiter && wanted()) out.push(new Uint8Array(0));
  return out;
}
const CSV_NAMES: Readonly<Record<string, string>> = { int32: 'int32', int64: 'int64', float32: 'float', float64: 'double' };
function fieldValue(field: Uint8Array, dtype: DType, text: string): number | bigint | Uint8Array | undefined {
  if (dtype === string) return field;
  return dtype.isInteger ? parseInteger(text, 8 * dtype.size) : parseReal(text, dtype);
}
const decodeCsv: Kernel = ([records, ...defaults], node) => {
  const types = attrOf(node, 'OUT_TYPE', 'list').type ?? [], select = intsAttr(node, 'select_cols'), na = new TextDecoder().decode(bytesAttr(node, 'na_value', ''));
  const quotes = boolAttr(node, 'use_quote_delim', true), delimiter = bytesAttr(node, 'field_delim', ',');
  if (select.length > 0 && select.length !== types.length) throw invalid('select_cols should match output size');
  if (select.some((c, i) => i > 0 && select[i - 1]! >= c)) throw invalid('select_cols should be strictly increasing indices');
  if ((select[0] ?? 0) < 0) throw invalid('select_cols should be non-negative indices');
  if (delimiter.length !== 1) throw invalid('field_delim should be only 1 char');
  defaults.forEach((d, i) => {
    if (d.ndim > 1) throw invalid('Each record default should be at most rank 1');
    if (d.size > 1) throw invalid(`There should only be 1 default per field but field ${i} has ${d.size}`);
  });
  const columns = types.map((t) => allocate(t, records!.size) as unknown[]);
  stringsOf(records!).forEach((record, i) => {
    const fields = fieldsOf(record, delimiter[0]!, quotes, select);
    if (fields.length !== types.length) throw invalid(`Expect ${types.length} fields but have ${fields.length} in record ${i}`);
    fields.forEach((field, f) => {
      const text = new TextDecoder().decode(field), dtype = types[f]!;
      let v: unknown;
      if (field.length === 0 || text === na) {
        if (defaults[f]!.size !== 1) throw invalid(`Field ${f} is required but missing in record ${i}!`);
        v = defaults[f]!.data[0];
      } else {
        v = fieldValue(field, dtype, text);
        if (v === undefined) throw invalid(`Field ${f} in record ${i} is not a valid ${CSV_NAMES[dtype.name]}: ${text}`);
        if (dtype.isInteger && dtype.size < 8) v = Number(v);
      }
      columns[f]![i] = v;
    });
  });
  return types.map((t, f) => new NDArray(t, records!.shape, columns[f] as never));
};

const KERNELS: Readonly<Record<string, Kernel>> = { ParseTensor: parseTensor, SerializeTensor: serializeTensor, DecodeCSV: decodeCsv };
export const parsingKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
