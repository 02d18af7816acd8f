// What fills lookup tables: tensors and text files. Follows python/ops/lookup_ops.py (1.15).
import { GraphKeys } from '../graph/collections.ts';
import { type DType, int64, string } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import { publicCall } from '../graph/site.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { bind } from './api.ts';
import { inScope, onDevice } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { pythonStr } from './make_array.ts';
import { applyOp } from './op_def_library.ts';
import { initScope } from './variables.ts';
import './lookup_ops.ts';

/** Binds the arguments of a constructor: by position, by name, or both. */
export function constructed<P>(order: readonly string[], required: number, args: readonly unknown[]): P { return bind('__init__', order, new Set(order), args, { required }) as unknown as P; }

/** A table as its initializer sees it. */
export interface Initializable { readonly resourceHandle: Tensor; readonly keyDtype: DType; readonly valueDtype: DType }

/** `tf.contrib.lookup.TableInitializerBase`. */
export abstract class TableInitializerBase {
  readonly keyDtype: DType;
  readonly valueDtype: DType;
  constructor(keyDtype: DType, valueDtype: DType) { this.keyDtype = keyDtype; this.valueDtype = valueDtype; }
  /** The op that fills the table; it is in the collection TABLE_INITIALIZERS. Errors: TypeError when dtypes differ. */
  abstract initialize(table: Initializable): Operation;
  /** internal: the shared name of tables made with it; ''; each its own. */
  get sharedName(): string { return ''; }

  /** internal */
  protected checkDtypes(table: Initializable): void {
    if (this.keyDtype.baseDtype !== table.keyDtype) throw new TypeError(`Invalid key dtype, expected ${table.keyDtype.str} but got ${this.keyDtype.str}.`);
    if (this.valueDtype.baseDtype !== table.valueDtype) throw new TypeError(`Invalid value dtype, expected ${table.valueDtype.str} but got ${this.valueDtype.str}.`);
  }
}

interface KeyValues { keys: TensorLike; values: TensorLike; keyDtype?: DType | null; valueDtype?: DType | null; name?: string | null }
/** `tf.lookup.KeyValueTensorInitializer(keys, values, key_dtype, value_dtype, name)`: fills a table with vectors of keys and values. */
export class KeyValueTensorInitializer extends TableInitializerBase {
  readonly #keys: Tensor;
  readonly #values: Tensor;
  readonly #name: string;
  constructor(options: KeyValues);
  constructor(keys: TensorLike, values: TensorLike, keyDtype?: DType | null | Partial<KeyValues>, valueDtype?: DType | null | Partial<KeyValues>, name?: string | null | Partial<KeyValues>);
  constructor(...args: unknown[]) {
    const p = constructed<KeyValues>(['keys', 'values', 'keyDtype', 'valueDtype', 'name'], 2, args);
    const [keys, values] = publicCall(KeyValueTensorInitializer as never, () => [
      convertToTensor(p.keys, { dtype: p.keyDtype ?? undefined, name: 'keys' }), convertToTensor(p.values, { dtype: p.valueDtype ?? undefined, name: 'values' }),
    ] as const);
    super(keys.dtype, values.dtype);
    this.#keys = keys;
    this.#values = values;
    this.#name = p.name ?? 'key_value_init';
  }
  override initialize(table: Initializable): Operation {
    this.checkDtypes(table);
    const op = inScope(this.#name, '', [table.resourceHandle, this.#keys, this.#values], () => applyOp('LookupTableImportV2', [table.resourceHandle, this.#keys, this.#values]));
    getDefaultGraph().addToCollection(GraphKeys.TABLE_INITIALIZERS, op);
    return op;
  }
}

/** `tf.lookup.TextFileIndex`: what stands for a column: the whole line, or the number of the line. */
export const TextFileIndex = { WHOLE_LINE: -2, LINE_NUMBER: -1 } as const;

interface TextFile { filename: string | Tensor; keyDtype: DType; keyIndex: number; valueDtype: DType; valueIndex: number; vocabSize?: number | null; delimiter?: string; name?: string | null }
const TEXT_FILE = ['filename', 'keyDtype', 'keyIndex', 'valueDtype', 'valueIndex', 'vocabSize', 'delimiter', 'name'] as const;
/** `tf.lookup.TextFileInitializer(filename, key_dtype, key_index, value_dtype, value_index, vocab_size, delimiter, name)`: fills a table
 * from a text file, one entry a line: columns between `delimiter` (a tab), or the whole line or its number (TextFileIndex). The session reads
 * the file when the table is initialized. Errors: ValueError for columns that do not suit the dtypes. */
export class TextFileInitializer extends TableInitializerBase {
  readonly #p: TextFile;
  readonly #path: Tensor;
  constructor(options: TextFile);
  constructor(filename: string | Tensor, keyDtype: DType, keyIndex: number, valueDtype: DType, valueIndex: number, ...rest: readonly (number | string | null | Partial<TextFile>)[]);
  constructor(...args: unknown[]) {
    const p = constructed<TextFile>(TEXT_FILE, 5, args);
    const { filename, keyDtype, keyIndex, valueDtype, valueIndex, vocabSize = null } = p;
    if (filename === '') throw new ValueError(`Filename required for ${p.name ?? 'None'}.`);
    if (keyIndex < -2) throw new ValueError(`Invalid key index ${keyIndex}.`);
    if (keyIndex === TextFileIndex.LINE_NUMBER && keyDtype !== int64) throw new ValueError(`Signature mismatch. Keys must be dtype ${int64.str}, got ${keyDtype.str}.`);
    if (keyIndex === TextFileIndex.WHOLE_LINE && !keyDtype.isInteger && keyDtype !== string) throw new ValueError(`Signature mismatch. Keys must be integer or string, got ${keyDtype.str}.`);
    if (valueIndex < -2) throw new ValueError(`Invalid value index ${valueIndex}.`);
    if (valueIndex === TextFileIndex.LINE_NUMBER && valueDtype !== int64) throw new ValueError(`Signature mismatch. Values must be dtype ${int64.str}, got ${valueDtype.str}.`);
    if (valueIndex === TextFileIndex.WHOLE_LINE && valueDtype !== string) throw new ValueError(`Signature mismatch. Values must be dtype ${string.str}, got ${valueDtype.str}.`);
    if (vocabSize !== null && vocabSize <= 0) throw new ValueError(`Invalid vocab_size ${vocabSize}.`);
    super(keyDtype, valueDtype);
    this.#p = p;
    this.#path = publicCall(TextFileInitializer as never, () => initScope(getDefaultGraph(), () => onDevice('CPU', () => convertToTensor(filename, { dtype: string, name: 'asset_path' }))));
  }
  override initialize(table: Initializable): Operation {
    this.checkDtypes(table);
    const { keyIndex, valueIndex, vocabSize, delimiter, name } = this.#p, graph = getDefaultGraph();
    const op = inScope(name, 'text_file_init', [table.resourceHandle], () => applyOp('InitializeTableFromTextFileV2', [table.resourceHandle, this.#path], {
      key_index: keyIndex, value_index: valueIndex, vocab_size: vocabSize ?? -1, delimiter: delimiter ?? '\t',
    }));
    graph.addToCollection(GraphKeys.TABLE_INITIALIZERS, op);
    if (this.#path.op.type === 'Const') graph.addToCollection(GraphKeys.ASSET_FILEPATHS, this.#path);
    return op;
  }
  override get sharedName(): string {
    const { filename, vocabSize, keyIndex, valueIndex } = this.#p;
    return ['hash_table', pythonStr(filename), ...(vocabSize ? [vocabSize] : []), keyIndex, valueIndex].join('_');
  }
}

interface Table { filename: string | Tensor; keyColumnIndex?: number; valueColumnIndex?: number; vocabSize?: number | null; delimiter?: string; name?: string | null; keyDtype?: DType }
const TABLE = ['filename', 'keyColumnIndex', 'valueColumnIndex', 'vocabSize', 'delimiter', 'name'] as const;
type Tail = readonly (number | string | DType | null | Partial<Table>)[];
/** `tf.contrib.lookup.TextFileStringTableInitializer`: from (line numbers as) int64 to (lines as) strings. */
export class TextFileStringTableInitializer extends TextFileInitializer {
  constructor(options: Table);
  constructor(filename: string | Tensor, ...rest: Tail);
  constructor(...args: unknown[]) {
    const p = constructed<Table>(TABLE, 1, args);
    super({
      filename: p.filename, keyDtype: int64, keyIndex: p.keyColumnIndex ?? TextFileIndex.LINE_NUMBER, valueDtype: string, valueIndex: p.valueColumnIndex ?? TextFileIndex.WHOLE_LINE,
      vocabSize: p.vocabSize ?? null, delimiter: p.delimiter ?? '\t', name: p.name ?? 'text_file_string_table_init',
    });
  }
}
/** `tf.contrib.lookup.TextFileIdTableInitializer`: from (lines as) keys to (line numbers as) int64. */
export class TextFileIdTableInitializer extends TextFileInitializer {
  constructor(options: Table);
  constructor(filename: string | Tensor, ...rest: Tail);
  constructor(...args: unknown[]) {
    const p = constructed<Table>([...TABLE, 'keyDtype'], 1, args);
    super({
      filename: p.filename, keyDtype: p.keyDtype ?? string, keyIndex: p.keyColumnIndex ?? TextFileIndex.WHOLE_LINE, valueDtype: int64, valueIndex: p.valueColumnIndex ?? TextFileIndex.LINE_NUMBER,
      vocabSize: p.vocabSize ?? null, delimiter: p.delimiter ?? '\t', name: p.name ?? 'text_file_id_table_init',
    });
  }
}
