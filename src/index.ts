// The public API: `import * as tf from 'tfgraph'`. The only barrel of the project; names follow TensorFlow 1.15.
export {
  bfloat16, bool, complex128, complex64, DType, float16, float32, float64, int16, int32, int64, int8, qint16, qint32, qint8,
  quint16, quint8, resource, string, uint16, uint32, uint64, uint8, variant,
} from './graph/dtype.ts';
export { Dimension, TensorShape } from './graph/shape.ts';
export { NDArray } from './graph/ndarray.ts';
export { Operation, Tensor } from './graph/tensor.ts';
export { getDefaultGraph, Graph, resetDefaultGraph } from './graph/graph.ts';
export { GraphKeys } from './graph/collections.ts';
export * as errors from './graph/errors.ts';
export * from './ops/framework.ts';
