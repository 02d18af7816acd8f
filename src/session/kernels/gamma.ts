// Functions around gamma and zeta, evaluated in binary64 by series and continued fractions and rounded once to the dtype. The methods are
// those of Moshier's Cephes (zeta by Euler and Maclaurin, igam, igamc); betainc is Lentz's continued fraction.
// Follows tensorflow/core/kernels/cwise_op_{zeta,polygamma,igammas,betainc}.cc.
import { NDArray } from '../../graph/ndarray.ts';
import { broadcast, broadcastStrides, invalid, shapeText, sizeOf, stridesOf } from './common.ts';
import { asFloat32, narrow, noKernel, widen } from './compute.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { SCALAR64 } from './scalar.ts';
import { digamma, lgamma } from './special.ts';

export const EPS = 2 ** -53;
export const gammaLn = (x: number): number => lgamma(SCALAR64, x);

/** Bernoulli numbers of the Euler-Maclaurin tail: (2k)! / B2k. */
const TAIL = [12, -720, 30240, -1209600, 47900160, -1892437580.3183792, 74724249600.0, -2950130727918.164, 116467828143500.67, -4597978722407473.0, 1.8152105401943546e17, -7.166165256175667e18];
function zeta(x: number, q: number): number {
  if (x === 1) return Infinity;
  if (!(x > 1)) return NaN;
  if (q <= 0) {
    if (q === Math.floor(q)) return Infinity;
    if (x !== Math.floor(x)) return NaN;
  }
  let s = q ** -x, a = q, b = 0;
  for (let i = 0; i < 9 || a <= 9; i++) {
    a += 1;
    b = a ** -x;
    s += b;
    if (Math.abs(b / s) < EPS) return s;
  }
  const w = a;
  s += (b * w) / (x - 1) - 0.5 * b;
  let factor = 1, k = 0;
  for (const t of TAIL) {
    factor *= x + k;
    b /= w;
    const term = (factor * b) / t;
    s += term;
    if (Math.abs(term / s) < EPS) break;
    factor *= x + k + 1;
    b /= w;
    k += 2;
  }
  return s;
}

function polygamma(n: number, x: number): number {
  if (n < 0 || n !== Math.floor(n)) return NaN;
  if (n === 0) return digamma(SCALAR64, x);
  return (n % 2 === 0 ? -1 : 1) * Math.exp(gammaLn(n + 1)) * zeta(n + 1, x);
}

/** x^a e^-x / Gamma(a). */
const front = (a: number, x: number): number => Math.exp(a * Math.log(x) - x - gammaLn(a));
function series(a: number, x: number): number {
  let r = a, c = 1, sum = 1;
  while (c / sum > EPS) { r += 1; c *= x / r; sum += c; }
  return (sum * front(a, x)) / a;
}
function fraction(a: number, x: number): number {
  let y = 1 - a, z = x + y + 1, c = 0, p2 = 1, q2 = x, p1 = x + 1, q1 = z * x, value = p1 / q1;
  for (let change = 1; change > EPS;) {
    c += 1; y += 1; z += 2;
    const yc = y * c, p = p1 * z - p2 * yc, q = q1 * z - q2 * yc;
    if (q === 0) change = 1;
    else { change = Math.abs((value - p / q) / (p / q)); value = p / q; }
    [p2, p1, q2, q1] = [p1, p, q1, q];
    if (Math.abs(p) > 2 ** 52) { p2 *= 2 ** -52; p1 *= 2 ** -52; q2 *= 2 ** -52; q1 *= 2 ** -52; }
  }
  return value * front(a, x);
}
function igamma(a: number, x: number): number {
  if (x === 0) return 0;
  if (x < 0 || a <= 0 || Number.isNaN(x) || Number.isNaN(a)) return NaN;
  if (x === Infinity) return 1;
  return x > 1 && x > a ? 1 - fraction(a, x) : series(a, x);
}
function igammac(a: number, x: number): number {
  if (x < 0 || a <= 0 || Number.isNaN(x) || Number.isNaN(a)) return NaN;
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  return x < 1 || x < a ? 1 - series(a, x) : fraction(a, x);
}

function betainc(a: number, b: number, x: number): number {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1)) return NaN;
  if (x === 0 || x === 1) return x;
  if (x > (a + 1) / (a + b + 2)) return 1 - betainc(b, a, 1 - x);
  const scale = Math.exp(gammaLn(a + b) - gammaLn(a) - gammaLn(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const tiny = 1e-300;
  let f = 1, c = 1, d = 0;
  for (let i = 0; i < 10_000; i++) {
    const m = i >> 1;
    const t = i === 0 ? 1 : i % 2 === 0 ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)) : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + t * d;
    d = 1 / (d === 0 ? tiny : d);
    c = 1 + t / c;
    if (c === 0) c = tiny;
    f *= c * d;
    if (Math.abs(1 - c * d) < EPS) break;
  }
  return scale * (f - 1);
}

/** A function of numbers at every place of the broadcast. */
export const mapFloats = (f: (...x: number[]) => number): Kernel => (given, node) => {
  const dtype = given[0]!.dtype.baseDtype;
  if (!dtype.isFloating) throw noKernel(node.op, dtype);
  const inputs = given.map((a) => asFloat32(a));
  const shape = inputs.reduce<readonly number[]>((s, a) => {
    const joined = broadcast(s, a.shape);
    if (!joined) throw invalid(`Incompatible shapes: ${shapeText(s)} vs. ${shapeText(a.shape)}`);
    return joined;
  }, []);
  const data = inputs.map((a) => widen(a) as Float64Array), strides = inputs.map((a) => broadcastStrides(a.shape, shape)), own = stridesOf(shape), n = sizeOf(shape);
  const out = data[0] instanceof Float64Array ? new Float64Array(n) : new Float32Array(n);
  for (let i = 0; i < n; i++) out[i] = f(...data.map((d, k) => d[own.reduce((at, s, axis) => at + (Math.floor(i / s) % shape[axis]!) * strides[k]![axis]!, 0)]!));
  return [new NDArray(dtype, shape, narrow(dtype, out))];
};

export const gammaKernels: readonly KernelDef[] = [
  { op: 'Zeta', kernel: mapFloats(zeta) }, { op: 'Polygamma', kernel: mapFloats(polygamma) }, { op: 'Igamma', kernel: mapFloats(igamma) }, { op: 'Igammac', kernel: mapFloats(igammac) }, { op: 'Betainc', kernel: mapFloats(betainc) },
];
