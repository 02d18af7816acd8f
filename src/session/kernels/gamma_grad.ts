// Derivatives by `a` of the incomplete gamma function and of samples of a gamma distribution: the series and the continued fraction of
// gamma.ts, differentiated term by term as they are summed. Follows tensorflow/core/kernels/{cwise_op_igammas,random_op}.cc.
import { EPS, gammaLn, mapFloats } from './gamma.ts';
import { type KernelDef } from './kernel.ts';
import { SCALAR64 } from './scalar.ts';
import { digamma } from './special.ts';

/** A sum and its derivative by `a`, and the derivative of the logarithm of the factor in front. */
interface Sum { readonly value: number; readonly slope: number; readonly front: number; readonly frontSlope: number }
const STEPS = 2000;

/** igamma(a, x) without x^a e^-x / Gamma(a + 1). */
function series(a: number, x: number): Sum {
  let r = a, term = 1, value = 1, termSlope = 0, slope = 0;
  for (let i = 0; i < STEPS; i++) {
    r += 1;
    const q = x / r;
    termSlope = q * termSlope - (x / (r * r)) * term;
    slope += termSlope;
    term *= q;
    value += term;
    if (Math.abs(termSlope) <= EPS * Math.abs(slope)) break;
  }
  return { value, slope, front: a * Math.log(x) - x - gammaLn(a + 1), frontSlope: Math.log(x) - digamma(SCALAR64, a + 1) };
}
/** igammac(a, x) without x^a e^-x / Gamma(a). */
function fraction(a: number, x: number): Sum {
  let y = 1 - a, z = x + y + 1, c = 0;
  let [p2, q2, p1, q1] = [1, x, x + 1, z * x];
  let [dp2, dq2, dp1, dq1] = [0, 0, 0, -x];
  let value = p1 / q1, slope = (dp1 - value * dq1) / q1;
  for (let i = 0; i < STEPS; i++) {
    c += 1; y += 1; z += 2;
    const yc = y * c, p = p1 * z - p2 * yc, q = q1 * z - q2 * yc;
    const dp = dp1 * z - p1 - dp2 * yc + p2 * c, dq = dq1 * z - q1 - dq2 * yc + q2 * c;
    const before = slope;
    if (q !== 0) {
      value = p / q;
      slope = (dp - value * dq) / q;
    }
    [p2, q2, p1, q1, dp2, dq2, dp1, dq1] = [p1, q1, p, q, dp1, dq1, dp, dq];
    if (q !== 0 && Math.abs(slope - before) <= EPS) break;
    if (Math.abs(p) > 2 ** 52) [p2, q2, p1, q1, dp2, dq2, dp1, dq1] = [p2, q2, p1, q1, dp2, dq2, dp1, dq1].map((v) => v * 2 ** -52) as [number, number, number, number, number, number, number, number];
  }
  return { value, slope, front: a * Math.log(x) - x - gammaLn(a), frontSlope: Math.log(x) - digamma(SCALAR64, a) };
}

const outside = (a: number, x: number): boolean => x < 0 || a <= 0 || Number.isNaN(a) || Number.isNaN(x);
const byFraction = (a: number, x: number): boolean => x > 1 && x > a;

function igammaGradA(a: number, x: number): number {
  if (x === 0) return 0;
  if (outside(a, x)) return NaN;
  if (x === Infinity) return 0;
  const s = byFraction(a, x) ? fraction(a, x) : series(a, x);
  const slope = Math.exp(s.front) * (s.value * s.frontSlope + s.slope);
  return byFraction(a, x) ? -slope : slope;
}
/** d/da of a sample x of Gamma(a, 1), by implicit differentiation of igamma(a, x) = const. */
function randomGammaGrad(a: number, x: number): number {
  if (x === 0) return 0;
  if (outside(a, x)) return NaN;
  if (x === Infinity) return 0;
  const s = byFraction(a, x) ? fraction(a, x) : series(a, x);
  const slope = (s.slope + s.value * s.frontSlope) * x;
  return byFraction(a, x) ? slope : -slope / a;
}

export const gammaGradKernels: readonly KernelDef[] = [{ op: 'IgammaGradA', kernel: mapFloats(igammaGradA) }, { op: 'RandomGammaGrad', kernel: mapFloats(randomGammaGrad) }];
