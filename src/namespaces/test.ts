// `tf.test`: are these two graphs the same program?
export { assertEqualGraphDef, assertEquivalent, equivalence } from '../session/equivalence.ts';
export { computeGradient, computeGradientError } from '../session/gradient_checker.ts';
