// `tf.lookup.experimental`.
export { DenseHashTable } from '../ops/lookup_tables.ts';
