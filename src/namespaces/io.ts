// `tf.io`: what is not about files.
export { decodeBase64, decodeCsv, decodeRaw, encodeBase64, parseTensor, serializeTensor } from '../ops/string_ops.ts';
