// The math_* programs of the golden records. Gradients of Bessel functions are differences of these: floats are judged relative to the largest element.
import * as programs from './programs/math.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { math_rest: { relative: 5e-7, terms: { 'step 2 [3]': 0.4 } } }); // the term: bessel_i1e, TensorFlow's own is off by 1.4e-7 at 8
