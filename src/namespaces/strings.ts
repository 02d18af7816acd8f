// `tf.strings`.
export { asString, stringJoin as join } from '../ops/string_ops.ts';
