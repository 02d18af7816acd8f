// `tf.dtypes`.
export {
  bfloat16, bool, complex128, complex64, DType, float16, float16 as half, float32, float64, float64 as double, int16, int32, int64, int8, qint16, qint32, qint8, quint16, quint8, resource, string, uint16, uint32, uint64, uint8, variant,
} from '../graph/dtype.ts';
export { asDtype } from '../ops/static_values.ts';
export { cast, saturateCast } from '../ops/math_cast.ts';
export { complex } from '../ops/math_complex.ts';
export { asString } from '../ops/string_ops.ts';
