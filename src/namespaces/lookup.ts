// `tf.lookup`.
export { KeyValueTensorInitializer, TextFileIndex, TextFileInitializer } from '../ops/lookup_initializers.ts';
export { StaticHashTable } from '../ops/lookup_tables.ts';
export { StaticVocabularyTable } from '../ops/lookup_index.ts';
export * as experimental from './lookup_experimental.ts';
