// `tf.sparse`.
export { sparsePlaceholder as placeholder, sparseTensorToDense as toDense } from '../ops/sparse_ops.ts';
export { SparseTensor } from '../ops/sparse_tensor.ts';
