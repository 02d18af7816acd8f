// `tf.bitwise`.
export { bitwiseAnd, bitwiseOr, bitwiseXor, invert, leftShift, rightShift } from '../ops/math_rare.ts';
