// Tables between words and their places in a vocabulary, with buckets for words that are not in it. Follows
// python/ops/lookup_ops.py and contrib/lookup/lookup_ops.py (1.15).
import { type DType, int32, int64, string } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { whereV2 } from './array_gather.ts';
import { size as sizeOf } from './array_shape.ts';
import { inScope, scalarOf } from './building.ts';
import { noOp } from './control_flow_ops.ts';
import { constantValue } from './constant_value.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { constructed, KeyValueTensorInitializer, type TableInitializerBase, TextFileIdTableInitializer, TextFileIndex, TextFileStringTableInitializer } from './lookup_initializers.ts';
import { type InitializableLookupTableBase, type Keys, LookupInterface, publicMethods, StaticHashTable } from './lookup_tables.ts';
import { pythonRepr, pythonStr } from './make_array.ts';
import { add } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { notEqual } from './math_logic.ts';
import { range } from './math_sequence.ts';
import { SparseTensor } from './sparse_tensor.ts';
import { asString, stringToHashBucket, stringToHashBucketFast, stringToHashBucketStrong } from './string_ops.ts';
import './tensor_operators.ts';

type Name = string | null;
/** `tf.contrib.lookup.HasherSpec`: the hash function of buckets. */
export class HasherSpec {
  readonly hasher: string;
  readonly key: readonly number[] | null;
  constructor(hasher: string, key: readonly number[] | null) { this.hasher = hasher; this.key = key; }
}
/** `tf.contrib.lookup.FastHashSpec`. */
export const FastHashSpec = new HasherSpec('fasthash', null);
/** `tf.contrib.lookup.StrongHashSpec(key)`: a keyed hash function. Errors: ValueError and TypeError unless the key is two integers. */
export class StrongHashSpec extends HasherSpec {
  constructor(key: readonly number[]) {
    if (key.length !== 2) throw new ValueError(`key must have size 2, got ${key.length}.`);
    if (!key.every(Number.isInteger)) throw new TypeError(`Invalid key ${pythonRepr(key)}. Must be unsigned integer values.`);
    super('stronghash', key);
  }
}

/** A table and buckets for the keys that are not in it. */
abstract class BucketTable extends LookupInterface {
  protected readonly table: InitializableLookupTableBase | null;
  readonly #name: string;
  readonly #buckets: number;
  constructor(keyDtype: DType, table: InitializableLookupTableBase | null, buckets: number, name: Name) {
    super(keyDtype, int64);
    if (!keyDtype.isInteger && keyDtype !== string) throw new TypeError(`Invalid key_dtype, expected integer or string, got ${keyDtype.str}.`);
    this.table = table;
    this.#buckets = buckets;
    this.#name = (name?.replace(/\/+$/, '') || table?.name || 'hash_bucket').split('/').at(-1)!;
  }
  override get name(): string { return this.#name; }
  get resourceHandle(): Tensor | null { return this.table?.resourceHandle ?? null; }
  /** The op that fills the table below; nothing where there is none. */
  get initializer(): Operation { return this.table?.initializer ?? inScope(null, 'init', [], () => noOp()); }
  /** Entries and buckets. */
  override size(name: Name = null): Tensor {
    return inScope(name, `${this.name}_Size`, [], () => (this.table?.size() ?? convertToTensor(scalarOf(0, int64))).add(this.#buckets));
  }
  protected abstract bucketsOf(keys: Tensor, options: { numBuckets: number; name: string }): Tensor;
  /** The values of keys; of those that are not there the number of a bucket behind all entries. Errors: TypeError for another dtype. */
  lookup(keys: Tensor, name?: Name): Tensor;
  lookup(keys: SparseTensor, name?: Name): SparseTensor;
  lookup(keys: Keys, name: Name = null): Keys {
    this.checkKeys(keys);
    let values = keys instanceof SparseTensor ? keys.values : keys;
    const { table } = this;
    if (table?.keyDtype === int64) values = castTensor(values, int64);
    const ids = this.#buckets === 0 ? table!.lookup(values, name) : inScope(name, `${this.name}_Lookup`, [], () => {
      const hashed = this.bucketsOf(values.dtype.baseDtype === string ? values : asString(values), { numBuckets: this.#buckets, name: 'hash_bucket' });
      if (!table) return hashed;
      const found = table.lookup(values);
      const behind = add(hashed, table.size());
      return whereV2(notEqual(found, table.defaultValue), found, behind);
    });
    return keys instanceof SparseTensor ? new SparseTensor(keys.indices, ids, keys.denseShape) : ids;
  }
}

publicMethods(BucketTable, ['size', 'lookup']);

const KEY_DTYPES = [int64, string];
function checkKeyDtype(own: DType, wanted: DType, named: DType): void {
  if (!KEY_DTYPES.includes(own)) throw new TypeError(`Invalid key dtype, expected one of (${KEY_DTYPES.map((d) => d.repr).join(', ')}), but got ${named.str}.`);
  if (own.isInteger !== wanted.isInteger) throw new TypeError(`Invalid key dtype, expected ${wanted.isInteger ? 'integer' : 'non-integer'} but got ${own.str}.`);
}
const checkValueDtype = (d: DType): void => { if (d !== int64) throw new TypeError(`Invalid value dtype, expected ${int64.str} but got ${d.str}.`); };

interface Buckets { table: InitializableLookupTableBase | null; numOovBuckets: number; hasherSpec?: HasherSpec; name?: Name; keyDtype?: DType | null }
/** `tf.contrib.lookup.IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, name, key_dtype)`: ids of a table from keys to int64,
 * and of `numOovBuckets` buckets for other keys; without a table only buckets. */
export class IdTableWithHashBuckets extends BucketTable {
  readonly #spec: HasherSpec;
  constructor(options: Buckets);
  constructor(table: InitializableLookupTableBase | null, numOovBuckets: number, ...rest: readonly (HasherSpec | string | DType | null | Partial<Buckets>)[]);
  constructor(...args: unknown[]) {
    const p = constructed<Buckets>(['table', 'numOovBuckets', 'hasherSpec', 'name', 'keyDtype'], 2, args);
    const { table, hasherSpec = FastHashSpec } = p, keyDtype = p.keyDtype ?? table?.keyDtype ?? string;
    if (table) { checkKeyDtype(table.keyDtype, keyDtype, keyDtype); checkValueDtype(table.valueDtype); } else if (p.numOovBuckets <= 0) throw new ValueError('oov_buckets must be > 0 if no table is supplied.');
    if (!(hasherSpec instanceof HasherSpec)) throw new TypeError(`hasher_spec must be of type HasherSpec, got ${pythonStr(hasherSpec)}`);
    super(keyDtype, table ?? null, p.numOovBuckets, p.name ?? null);
    this.#spec = hasherSpec;
  }
  get init(): Operation { return this.initializer; }
  protected override bucketsOf(keys: Tensor, options: { numBuckets: number; name: string }): Tensor {
    const { hasher, key } = this.#spec;
    if (hasher === 'fasthash') return stringToHashBucketFast(keys, options);
    if (hasher === 'legacy') return stringToHashBucket(keys, options);
    if (hasher === 'stronghash') return stringToHashBucketStrong(keys, { ...options, key: key! });
    throw new ValueError(`Unknown hasher ${hasher}`);
  }
}

interface Vocabulary { initializer: TableInitializerBase | null; numOovBuckets: number; lookupKeyDtype?: DType | null; name?: Name }
/** `tf.lookup.StaticVocabularyTable(initializer, num_oov_buckets, lookup_key_dtype, name)`: ids of a vocabulary, and of buckets for the rest. */
export class StaticVocabularyTable extends BucketTable {
  constructor(options: Vocabulary);
  constructor(initializer: TableInitializerBase | null, numOovBuckets: number, lookupKeyDtype?: DType | null | Partial<Vocabulary>, name?: Name | Partial<Vocabulary>);
  constructor(...args: unknown[]) {
    const p = constructed<Vocabulary>(['initializer', 'numOovBuckets', 'lookupKeyDtype', 'name'], 2, args);
    if (p.numOovBuckets <= 0) throw new ValueError('oov_buckets must be > 0.');
    const { initializer } = p, keyDtype = initializer ? p.lookupKeyDtype ?? initializer.keyDtype : string;
    if (initializer) { checkKeyDtype(initializer.keyDtype, keyDtype, initializer.keyDtype); checkValueDtype(initializer.valueDtype); }
    super(keyDtype, initializer ? new StaticHashTable(initializer, -1) : null, p.numOovBuckets, p.name ?? null);
  }
  protected override bucketsOf(keys: Tensor, options: { numBuckets: number; name: string }): Tensor { return stringToHashBucketFast(keys, options); }
}

// --- tables of vocabularies ----------------------------------------------------------------------------------------

interface FromFile {
  vocabularyFile?: string | Tensor | null; numOovBuckets?: number; vocabSize?: number | null; defaultValue?: TensorLike; hasherSpec?: HasherSpec; keyDtype?: DType; name?: Name;
  keyColumnIndex?: number; valueColumnIndex?: number; delimiter?: string;
}
function checkFile(file: string | Tensor | null | undefined): asserts file is string | Tensor {
  if (file === null || file === undefined || file === '') throw new ValueError('vocabulary_file must be specified and must not be empty.');
}
function checkBuckets(n: number): void { if (n < 0) throw new ValueError(`num_oov_buckets must be greater or equal than 0, got ${n}.`); }
function checkKeys(d: DType): void { if (!d.isInteger && d.baseDtype !== string) throw new TypeError('Only integer and string keys are supported.'); }
type IndexTable = InitializableLookupTableBase | IdTableWithHashBuckets;
const withBuckets = (table: InitializableLookupTableBase, numOovBuckets: number, hasherSpec: HasherSpec, keyDtype: DType): IndexTable => (numOovBuckets > 0 ? new IdTableWithHashBuckets({ table, numOovBuckets, hasherSpec, keyDtype }) : table);

/** `tf.contrib.lookup.index_table_from_file`: from the lines of a file to their numbers; others get `defaultValue` (-1), or a bucket.
 * Errors: ValueError and TypeError for arguments that make no sense. */
export const indexTableFromFile = api('indexTableFromFile', ['vocabularyFile', 'numOovBuckets', 'vocabSize', 'defaultValue', 'hasherSpec', 'keyDtype', 'name', 'keyColumnIndex', 'valueColumnIndex', 'delimiter'], (p: FromFile): IndexTable => {
  const { vocabularyFile: file, numOovBuckets = 0, vocabSize = null, keyDtype = string } = p;
  checkFile(file);
  checkBuckets(numOovBuckets);
  if (vocabSize !== null && vocabSize < 1) throw new ValueError(`vocab_size must be greater than 0, got ${vocabSize}. vocabulary_file: ${String(file instanceof Tensor ? constantValue(file)?.flat(0) ?? '?' : file)}`);
  checkKeys(keyDtype);
  return inScope(p.name, 'string_to_index', [], () => {
    const table = inScope(null, 'hash_table', [], () => new StaticHashTable(new TextFileIdTableInitializer({
      filename: file, vocabSize, keyDtype: keyDtype.isInteger ? int64 : keyDtype, name: 'table_init', keyColumnIndex: p.keyColumnIndex ?? TextFileIndex.WHOLE_LINE,
      valueColumnIndex: p.valueColumnIndex ?? TextFileIndex.LINE_NUMBER, delimiter: p.delimiter ?? '\t',
    }), p.defaultValue ?? -1));
    return withBuckets(table, numOovBuckets, p.hasherSpec ?? FastHashSpec, keyDtype);
  });
});

interface FromTensor { mapping: TensorLike; numOovBuckets?: number; defaultValue?: TensorLike; hasherSpec?: HasherSpec; dtype?: DType; name?: Name }
/** `tf.contrib.lookup.index_table_from_tensor`: from the elements of a vector to their places; others as for `indexTableFromFile`. */
export const indexTableFromTensor = api('indexTableFromTensor', ['mapping', 'numOovBuckets', 'defaultValue', 'hasherSpec', 'dtype', 'name'], (p: FromTensor): IndexTable => {
  const { numOovBuckets = 0, dtype = string } = p;
  if ((p.mapping as unknown) === null) throw new ValueError('mapping must be specified.');
  checkBuckets(numOovBuckets);
  checkKeys(dtype);
  return inScope(p.name, 'string_to_index', [], () => {
    const keys = convertToTensor(p.mapping, { preferred: int32 });
    if (keys.dtype.isInteger !== dtype.isInteger) throw new ValueError(`Expected ${dtype.isInteger ? 'integer' : 'non-integer'}, got ${keys.dtype.str}.`);
    if (!dtype.isInteger && keys.dtype.baseDtype !== dtype) throw new ValueError(`Expected ${dtype.str}, got ${keys.dtype.str}.`);
    const values = castTensor(range(sizeOf(keys)), int64);
    const table = inScope(null, 'hash_table', [], () => {
      const ids = keys.dtype.isInteger ? castTensor(keys, int64) : keys;
      return new StaticHashTable(new KeyValueTensorInitializer(ids, values, ids.dtype.baseDtype, int64, 'table_init'), p.defaultValue ?? -1);
    });
    return withBuckets(table, numOovBuckets, p.hasherSpec ?? FastHashSpec, dtype);
  });
}, { required: 1 });

interface StringFile { vocabularyFile: string | Tensor; vocabSize?: number | null; defaultValue?: TensorLike; name?: Name; keyColumnIndex?: number; valueColumnIndex?: number; delimiter?: string }
/** `tf.contrib.lookup.index_to_string_table_from_file`: from numbers of lines to the lines; others get `defaultValue` ('UNK'). */
export const indexToStringTableFromFile = api('indexToStringTableFromFile', ['vocabularyFile', 'vocabSize', 'defaultValue', 'name', 'keyColumnIndex', 'valueColumnIndex', 'delimiter'], (p: StringFile): StaticHashTable => {
  checkFile(p.vocabularyFile as string | null);
  const vocabSize = p.vocabSize ?? null;
  if (vocabSize !== null && vocabSize < 1) throw new ValueError(`vocab_size must be greater than 0, got ${vocabSize}.`);
  return inScope(p.name, 'index_to_string', [], () => new StaticHashTable(new TextFileStringTableInitializer({
    filename: p.vocabularyFile, vocabSize, name: 'table_init', keyColumnIndex: p.keyColumnIndex ?? TextFileIndex.LINE_NUMBER, valueColumnIndex: p.valueColumnIndex ?? TextFileIndex.WHOLE_LINE, delimiter: p.delimiter ?? '\t',
  }), p.defaultValue ?? 'UNK'));
}, { required: 1 });

interface StringTensor { mapping: TensorLike; defaultValue?: TensorLike; name?: Name }
/** `tf.contrib.lookup.index_to_string_table_from_tensor`: from places to the strings of a vector; others get `defaultValue` ('UNK'). */
export const indexToStringTableFromTensor = api('indexToStringTableFromTensor', ['mapping', 'defaultValue', 'name'], (p: StringTensor): StaticHashTable => {
  if ((p.mapping as unknown) === null) throw new ValueError('mapping must be specified.');
  return inScope(p.name, 'index_to_string', [], () => {
    const words = convertToTensor(p.mapping, { dtype: string });
    const keys = castTensor(range(sizeOf(words)), int64);
    return new StaticHashTable(new KeyValueTensorInitializer(keys, words, int64, string, 'table_init'), p.defaultValue ?? 'UNK');
  });
}, { required: 1 });

interface ToIndex { tensor: Tensor; mapping: TensorLike; defaultValue?: TensorLike; name?: Name }
/** `tf.contrib.lookup.string_to_index`: places of strings in a vector. */
export const stringToIndex = api('stringToIndex', ['tensor', 'mapping', 'defaultValue', 'name'], (p: ToIndex): Tensor =>
  indexTableFromTensor({ mapping: p.mapping, defaultValue: p.defaultValue ?? -1, name: p.name ?? null }).lookup(p.tensor), { required: 2 });
/** `tf.contrib.lookup.index_to_string`: strings at places of a vector. */
export const indexToString = api('indexToString', ['tensor', 'mapping', 'defaultValue', 'name'], (p: ToIndex): Tensor =>
  indexToStringTableFromTensor({ mapping: p.mapping, defaultValue: p.defaultValue ?? 'UNK', name: p.name ?? null }).lookup(p.tensor), { required: 2 });
/** `tf.contrib.lookup.string_to_index_table_from_file`: the old form of `indexTableFromFile`. */
export const stringToIndexTableFromFile = api('stringToIndexTableFromFile', ['vocabularyFile', 'numOovBuckets', 'vocabSize', 'defaultValue', 'hasherSpec', 'name'], (p: FromFile): IndexTable => indexTableFromFile({ ...p, keyDtype: string }));
/** `tf.contrib.lookup.string_to_index_table_from_tensor`: the old form of `indexTableFromTensor`. */
export const stringToIndexTableFromTensor = api('stringToIndexTableFromTensor', ['mapping', 'numOovBuckets', 'defaultValue', 'hasherSpec', 'name'], (p: FromTensor): IndexTable => {
  const [scope, mapping] = inScope(p.name, 'string_to_index', [], (s) => [s, convertToTensor(p.mapping)] as const);
  if (mapping.dtype.baseDtype !== string) throw new ValueError('string_to_index_table_from_tensor requires string.');
  return indexTableFromTensor({ ...p, mapping, name: scope });
}, { required: 1 });
