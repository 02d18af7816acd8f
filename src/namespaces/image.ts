// `tf.image`.
export { resizeBilinear, resizeNearestNeighbor } from '../ops/image_resize.ts';
