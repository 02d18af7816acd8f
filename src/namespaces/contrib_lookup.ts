// `tf.contrib.lookup`.
export { KeyValueTensorInitializer, TableInitializerBase, TextFileIdTableInitializer, TextFileIndex, TextFileInitializer, TextFileStringTableInitializer } from '../ops/lookup_initializers.ts';
export { DenseHashTable as MutableDenseHashTable, HashTable, InitializableLookupTableBase, LookupInterface, MutableHashTable } from '../ops/lookup_tables.ts';
export {
  FastHashSpec, HasherSpec, IdTableWithHashBuckets, indexTableFromFile, indexTableFromTensor, indexToString, indexToStringTableFromFile, indexToStringTableFromTensor, stringToIndex,
  stringToIndexTableFromFile, stringToIndexTableFromTensor, StrongHashSpec,
} from '../ops/lookup_index.ts';
