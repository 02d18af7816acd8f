// `tf.manip`.
export { roll } from '../ops/array_blocks.ts';
export { batchToSpaceNd, spaceToBatchNd } from '../ops/array_space.ts';
export { gatherNd, scatterNd } from '../ops/array_gather.ts';
export { reshape } from '../ops/array_shape.ts';
export { reverse, tile } from '../ops/array_slice.ts';
