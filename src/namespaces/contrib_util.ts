// `tf.contrib.util`.
export { getStaticValue as constantValue } from '../ops/static_values.ts';
export { makeNdarray, makeTensorProto } from '../ops/tensor_proto.ts';
