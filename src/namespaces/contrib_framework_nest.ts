// `tf.contrib.framework.nest`.
export {
  assertSameStructure, assertShallowStructure, flatten, flattenDictItems, flattenUpTo, flattenWithJoinedStringPaths, isSequence, mapStructure, mapStructureUpTo, packSequenceAs,
} from '../ops/nest.ts';
