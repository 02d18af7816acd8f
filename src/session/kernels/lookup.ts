// Ops on lookup tables. The op that makes a table gets what the session has under its name; those that write return the
// table as it is afterwards. Follows core/kernels/{lookup_table_op,lookup_table_init_op,lookup_util}.cc (1.15).
import { type DType, int64, string } from '../../graph/dtype.ts';
import { FailedPreconditionError, UnimplementedError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { dataTypeString } from '../../graph/summarize.ts';
import { floatAttr, fromNumbers, intAttr, invalid, sameShape, shapeText, stringAttr, typeAttr } from './common.ts';
import { type Kernel, type KernelDef, type KernelNode, type KernelState } from './kernel.ts';
import { boxed, holdsTable, keyOf, LookupTable, tableIn, type TableType } from './lookup_table.ts';
import { stringsOf } from './string.ts';
import { parseInteger, parseReal } from './string_number.ts';

// ---- making

function valueShape(node: KernelNode): readonly number[] {
  const s = node.attr['value_shape'];
  return s?.kind === 'shape' ? (s.value.dims ?? []).map((d) => d ?? -1) : [];
}
function checkDense(node: KernelNode, [empty, deleted]: readonly NDArray[]): void {
  const load = floatAttr(node, 'max_load_factor', 0.8), shape = valueShape(node), buckets = intAttr(node, 'initial_num_buckets', 131072);
  if (!(load > 0 && load < 1)) throw invalid(`max_load_factor must be between 0 and 1, got: ${load}`);
  if (shape.length > 1) throw invalid(`Empty value must be a scalar or a vector, got shape ${shapeText(shape)}`);
  if (empty!.ndim > 1) throw invalid(`Empty key must be a scalar or a vector, got shape ${shapeText(empty!.shape)}`);
  if (!sameShape(empty!.shape, deleted!.shape)) throw invalid(`Empty and deleted keys must have same shape, got shapes: ${shapeText(empty!.shape)} and ${shapeText(deleted!.shape)}`);
  if (keyOf(empty!) === keyOf(deleted!)) throw invalid('Empty and deleted keys cannot be equal');
  if (buckets < 4 || (buckets & (buckets - 1)) !== 0) throw invalid(`Number of buckets must be at least 4 and a power of 2, got: ${buckets}`);
}
/** The table the session has, or a new one; its inputs are those of the op and that. */
const make = (kind: TableType['kind']): Kernel => (inputs, node) => {
  const stored = inputs.at(-1)!, dense = kind === 'dense';
  const type: TableType = {
    kind, key: typeAttr(node, 'key_dtype'), value: typeAttr(node, 'value_dtype'), valueShape: valueShape(node),
    keyShape: dense ? inputs[0]!.shape : [], reserved: dense ? [keyOf(inputs[0]!), keyOf(inputs[1]!)] : null,
  };
  if (dense) checkDense(node, inputs);
  if (/OfTensors/.test(node.op) && type.valueShape.length !== 1) throw invalid(`Default value must be a vector, got shape ${shapeText(type.valueShape)}`);
  if (!holdsTable(stored)) return [boxed(LookupTable.empty(type))];
  const have = tableIn(stored).type;
  if (have.key !== type.key || have.value !== type.value) {
    throw invalid(`Conflicting key/value dtypes ${dataTypeString(type.key)}->${dataTypeString(type.value)} with ${dataTypeString(have.key)}-${dataTypeString(have.value)} for table ${stringAttr(node, 'shared_name', node.name)}`);
  }
  return [stored];
};

// ---- using

const find: Kernel = ([table, keys, fallback]) => [tableIn(table!).find(keys!, fallback!)];
const size: Kernel = ([table]) => [fromNumbers(int64, [], [tableIn(table!).size])];
const exported: Kernel = ([table]) => tableIn(table!).export();
const insert: Kernel = ([table, keys, values]) => {
  const t = tableIn(table!);
  if (t.type.kind === 'static') throw new UnimplementedError('Insert not supported by InitializableLookupTable implementations');
  return [boxed(t.insert(keys!, values!))];
};
const imported: Kernel = ([table, keys, values]) => {
  const t = tableIn(table!);
  return [boxed(t.type.kind === 'static' ? t.fill(keys!, values!) : t.insert(keys!, values!, true))];
};
const remove: Kernel = ([table, keys]) => {
  const t = tableIn(table!);
  if (t.type.kind === 'static') throw new UnimplementedError('Remove not supported by InitializableLookupTable implementations');
  return [boxed(t.remove(keys!))];
};

// ---- filling

function fillable(a: NDArray): LookupTable {
  const t = tableIn(a);
  if (t.type.kind !== 'static') throw invalid('Table  is not initializable');
  return t;
}
const initialize: Kernel = ([table, keys, values]) => {
  if (keys!.ndim !== 1) throw invalid(`Keys must be a vector, but received shape${shapeText(keys!.shape)}`);
  if (values!.ndim !== 1) throw invalid(`Values must be a vector, but received shape${shapeText(values!.shape)}`);
  if (keys!.size !== values!.size) throw invalid(`Keys and values must have the same number of elements: ${keys!.size} vs. ${values!.size}`);
  return [boxed(fillable(table!).fill(keys!, values!))];
};

const LINE_NUMBER = -1, WHOLE_LINE = -2;
const NEWLINE = 10, RETURN = 13;
/** Lines without what ends them, and where they end; a last line needs no newline. */
function linesOf(file: Uint8Array): { readonly line: Uint8Array; readonly end: number }[] {
  const out: { line: Uint8Array; end: number }[] = [];
  for (let at = 0; at < file.length;) {
    const i = file.indexOf(NEWLINE, at), end = i < 0 ? file.length : i;
    const line = file.subarray(at, end);
    out.push({ line: line.includes(RETURN) ? line.filter((c) => c !== RETURN) : line, end: at = end + 1 });
  }
  return out;
}
const decoded = (s: Uint8Array): string => new TextDecoder().decode(s);
function field(line: Uint8Array, tokens: readonly string[], n: number, index: number, dtype: DType): number | bigint | Uint8Array {
  if (index === LINE_NUMBER) return BigInt(n);
  const token = index === WHOLE_LINE ? line : new TextEncoder().encode(tokens[index]);
  if (dtype === string) return token;
  const text = decoded(token), v = dtype.isInteger ? parseInteger(text, 8 * dtype.size) : parseReal(text, dtype);
  if (v === undefined) throw invalid(`Field ${text} in line ${n} is not a valid ${dataTypeString(dtype)}.`);
  return dtype.isInteger && dtype.size < 8 ? Number(v) : v;
}
function checkColumns({ key, value }: TableType, keyIndex: number, valueIndex: number): void {
  if (keyIndex === LINE_NUMBER && key !== int64) throw invalid(`Key index for line number requires table key dtype of int64, got ${dataTypeString(key)}`);
  if (keyIndex === WHOLE_LINE && !key.isInteger && key !== string) throw invalid(`Key index for whole line requires string or integer table key, got ${dataTypeString(key)}`);
  if (valueIndex === LINE_NUMBER && value !== int64) throw invalid(`Value index for line number requires table value dtype of int64, got ${dataTypeString(value)}`);
  if (valueIndex === WHOLE_LINE && value !== string) throw invalid(`Value index for whole line requires table value dtype of string, got ${dataTypeString(value)}`);
}
function readFile(name: string, state: KernelState): Uint8Array {
  const read = state.host?.readFile;
  if (!read) throw new UnimplementedError(`This session cannot read files, '${name}' among them.`, { remedy: 'new tf.Session({ readFile: (path) => bytes })' });
  return read(name);
}
const initializeFromFile: Kernel = ([table, filename], node, state) => {
  const t = fillable(table!);
  if (filename!.ndim !== 0) throw invalid(`filename should be a single string, but got ${shapeText(filename!.shape)}`);
  const name = decoded(stringsOf(filename!)[0]!), most = intAttr(node, 'vocab_size', -1), delimiter = stringAttr(node, 'delimiter', '\t');
  if (delimiter.length !== 1) throw invalid('delimiter should be only 1 char');
  if (name === '') throw invalid('filename cannot be empty.');
  const [keyIndex, valueIndex] = [intAttr(node, 'key_index'), intAttr(node, 'value_index')], column = Math.max(keyIndex, valueIndex);
  checkColumns(t.type, keyIndex, valueIndex);
  const keys: unknown[] = [], values: unknown[] = [];
  const lines = linesOf(readFile(name, state));
  for (const [n, { line, end }] of lines.entries()) {
    if (most !== -1 && n >= most) break;
    if (line.length === 0) throw invalid(`Invalid content in ${name}: empty line found at position ${end}.`);
    const tokens = column < 0 ? [] : decoded(line).split(delimiter);
    if (column >= 0 && column >= tokens.length) throw invalid(`Invalid number of columns in ${name} line ${n} (${decoded(line)}) : expected ${column} got ${tokens.length}`);
    keys.push(field(line, tokens, n, keyIndex, t.type.key));
    values.push(field(line, tokens, n, valueIndex, t.type.value));
  }
  if (most !== -1 && keys.length !== most) throw invalid(`Invalid vocab_size in ${name}: expected ${most} but got ${keys.length}`);
  try {
    return [boxed(t.fill(vectorOf(t.type.key, keys), vectorOf(t.type.value, values)))];
  } catch (e) {
    if (e instanceof FailedPreconditionError && t.filled) return [table!]; // from a file, a table that is there is left as it is
    throw e;
  }
};
const HOLDERS: Readonly<Record<string, (x: never) => NDArray['data']>> = {
  i64: (x) => BigInt64Array.from(x), i32: (x) => Int32Array.from(x), f32: (x) => Float32Array.from(x), f64: (x) => Float64Array.from(x), string: (x) => x,
};
function vectorOf(dtype: DType, values: readonly unknown[]): NDArray {
  const holder = HOLDERS[dtype.storage];
  if (!holder) throw invalid(`Data type ${dataTypeString(dtype)} not supported.`);
  return new NDArray(dtype, [values.length], holder(values as never));
}

const both = (op: string, kernel: Kernel, writes?: readonly number[]): KernelDef[] => [op, `${op}V2`].map((name) => ({ op: name, kernel, ...(writes ? { writes } : {}) }));
export const lookupKernels: readonly KernelDef[] = [
  ...both('HashTable', make('static')), ...both('MutableHashTable', make('mutable')), ...both('MutableHashTableOfTensors', make('mutable')), ...both('MutableDenseHashTable', make('dense')),
  ...both('LookupTableFind', find), ...both('LookupTableSize', size), ...both('LookupTableExport', exported),
  ...both('LookupTableInsert', insert, [0]), ...both('LookupTableImport', imported, [0]), { op: 'LookupTableRemoveV2', kernel: remove, writes: [0] },
  ...both('InitializeTable', initialize, [0]), ...both('InitializeTableFromTextFile', initializeFromFile, [0]),
];
