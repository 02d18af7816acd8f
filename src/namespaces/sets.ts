// `tf.sets`.
export { setDifference, setDifference as difference, setIntersection, setIntersection as intersection, setSize, setSize as size, setUnion, setUnion as union } from '../ops/sets_ops.ts';
