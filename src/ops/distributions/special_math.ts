// Distribution functions of the normal and the Laplace distribution and their inverses, out of small ops; the rational
// approximations are those of Cephes. Follows python/ops/distributions/special_math.py (1.15).
import { float32, float64 } from '../../graph/dtype.ts';
import { TypeError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { fill, zerosLike } from '../array_values.ts';
import { whereV2 } from '../array_gather.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { inScope, scalarOf } from '../building.ts';
import { constantNode } from '../convert.ts';
import { maximum, minimum } from '../math_binary.ts';
import { greater, less } from '../math_logic.ts';
import { abs, erf, erfc, exp, log, log1p, sqrt, square } from '../math_unary.ts';
import '../tensor_operators.ts';

function checkDtype(x: Tensor): void {
  if (x.dtype.baseDtype !== float32 && x.dtype.baseDtype !== float64) throw new TypeError(`x.dtype=${x.dtype.str} is not handled, see docstring for supported types.`);
}

/** P[X < x] of a standard normal X. Errors: TypeError for dtypes other than float32 and float64. */
export function ndtr(x: Tensor): Tensor {
  return inScope('ndtr', '', [x], () => {
    checkDtype(x);
    return area(x);
  });
}
function area(x: Tensor): Tensor {
  const half = constantNode(scalarOf(0.5 * Math.sqrt(2), x.dtype.baseDtype), { name: 'half_sqrt_2' });
  const w = x.mul(half);
  const z = abs(w);
  const y = whereV2(less(z, half), erf(w).radd(1), whereV2(greater(w, 0), erfc(z).rsub(2), erfc(z)));
  return y.rmul(0.5);
}

/** Its logarithm: of the far tails by -P[X > x] and an asymptotic series. */
export function logNdtr(x: Tensor): Tensor {
  return inScope('log_ndtr', '', [x], () => {
    const d = x.dtype.baseDtype;
    if (d !== float32 && d !== float64) throw new TypeError(`x.dtype=${x.dtype.str} is not supported.`);
    const [lower, upper] = d === float64 ? [-20, 8] : [-10, 5];
    return whereV2(greater(x, upper), area(x.neg()).neg(),
      whereV2(greater(x, lower), log(area(maximum(x, lower))), lowerTail(minimum(x, lower))));
  });
}
/** log P[X < x] for x far below zero: three terms of the series. */
function lowerTail(x: Tensor): Tensor {
  const squared = square(x);
  const scale = squared.rmul(-0.5).sub(log(x.neg())).sub(0.5 * Math.log(2 * Math.PI));
  return scale.add(log(series(x)));
}
const DOUBLE_FACTORIALS = [1, 3, 15];
function series(x: Tensor): Tensor {
  const squared = square(x);
  let even = zerosLike(x);
  let odd = zerosLike(x);
  let power = squared;
  DOUBLE_FACTORIALS.forEach((f, i) => {
    const term = power.rtruediv(f);
    if (i % 2 === 0) odd = odd.add(term);
    else even = even.add(term);
    power = power.mul(squared);
  });
  return even.radd(1).sub(odd);
}

// Numerators and denominators, highest power first: of the middle, of the tails, of the far tails.
const P0 = [-59.96335010141079, 98.00107541859997, -56.67628574690703, 13.931260938727968, -1.2391658386738125];
const Q0 = [1, 1.9544885833814176, 4.676279128988815, 86.36024213908905, -225.46268785411937, 200.26021238006066, -82.03722561683334, 15.90562251262117, -1.1833162112133];
const P1 = [4.0554489230596245, 31.525109459989388, 57.16281922464213, 44.08050738932008, 14.684956192885803, 2.1866330685079025, -0.1402560791713545, -0.03504246268278482, -0.0008574567851546854];
const Q1 = [1, 15.779988325646675, 45.39076351288792, 41.3172038254672, 15.04253856929075, 2.504649462083094, -0.14218292285478779, -0.03808064076915783, -0.0009332594808954574];
const P2 = [3.2377489177694603, 6.915228890689842, 3.9388102529247444, 1.3330346081580755, 0.20148538954917908, 0.012371663481782003, 0.00030158155350823543, 2.6580697468673755e-06, 6.239745391849833e-09];
const Q2 = [1, 6.02427039364742, 3.6798356385616087, 1.3770209948908132, 0.21623699359449663, 0.013420400608854318, 0.00032801446468212774, 2.8924786474538068e-06, 6.790194080099813e-09];

/** A polynomial by Horner's rule. */
function polynomial(x: Tensor, highestFirst: readonly number[]): Tensor {
  return highestFirst.reduce((sum, c) => sum.mul(x).radd(c), zerosLike(x));
}

/** The x with P[X < x] = p. Errors: TypeError for dtypes other than float32 and float64. */
export function ndtri(p: Tensor): Tensor {
  return inScope('ndtri', '', [p], () => {
    if (p.dtype.baseDtype !== float32 && p.dtype.baseDtype !== float64) throw new TypeError(`p.dtype=${p.dtype.str} is not handled, see docstring for supported types.`);
    const above = p.greater(-Math.expm1(-2));
    const mirrored = whereV2(above, p.rsub(1), p);
    const none = mirrored.lessEqual(0);
    const q = whereV2(none, fill(shapeOf(p), scalarOf(0.5, p.dtype.baseDtype)), mirrored);
    const w = q.sub(0.5);
    const ww = w.pow(2);
    const middle = w.add(w.mul(ww).mul(polynomial(ww, P0).truediv(polynomial(ww, Q0)))).mul(-Math.sqrt(2 * Math.PI));
    const z = sqrt(log(q).rmul(-2));
    const first = z.sub(log(z).truediv(z));
    const rest = (a: readonly number[], b: readonly number[]): Tensor => polynomial(z.rtruediv(1), a).truediv(polynomial(z.rtruediv(1), b)).truediv(z);
    const [farRest, tailRest] = [rest(P2, Q2), rest(P1, Q1)];
    const [far, tail] = [first.sub(farRest), first.sub(tailRest)];
    let x = whereV2(q.greater(Math.exp(-2)), middle, whereV2(z.greaterEqual(8), far, tail));
    x = whereV2(p.greater(1 - Math.exp(-2)), x, x.neg());
    const one = constantNode(scalarOf(Infinity, p.dtype.baseDtype));
    const infinity = fill(shapeOf(p), one);
    return whereV2(p.lessEqual(0), infinity.neg(), whereV2(p.greaterEqual(1), infinity, x));
  });
}

/** log P[X < x] of a standard Laplace X. */
export function logCdfLaplace(x: Tensor): Tensor {
  return inScope('log_cdf_laplace', '', [x], () => {
    const lower = x.radd(-Math.log(2));
    const tail = exp(abs(x).neg());
    const upper = log1p(tail.rmul(-0.5));
    return whereV2(x.less(0), lower, upper);
  });
}
