// `tf.nest`.
export { assertSameStructure, flatten, isNested, mapStructure, packSequenceAs } from '../ops/nest.ts';
