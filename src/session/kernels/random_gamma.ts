// Gamma and Poisson variates by rejection: every output has a stretch of the stream of its own. Both compute in binary64.
// Follows tensorflow/core/kernels/{random_op,random_poisson_op}.cc.
import type { DType } from '../../graph/dtype.ts';
import { allocate, NDArray } from '../../graph/ndarray.ts';
import { fromNumbers, sizeOf, toNumbers, typeAttr } from './common.ts';
import { narrow, widen } from './compute.ts';
import * as fn from './elementary.ts';
import { lgamma } from './special.ts';
import type { Kernel, KernelDef } from './kernel.ts';
import { type Philox, toDouble } from './philox.ts';
import { pow } from './pow.ts';
import { boxMuller, PER_OUTPUT, reserve, shapeOf } from './random.ts';
import { SCALAR64 } from './scalar.ts';

/** Draws from blocks of the stream, the last number of a block first. */
function drawer(p: Philox, numbers: (w: Uint32Array) => number[]): () => number {
  const w = new Uint32Array(4);
  let block: number[] = [];
  return () => {
    if (block.length === 0) { p.next(w); block = numbers(w); }
    return block.pop()!;
  };
}
const uniforms = (w: Uint32Array): number[] => [toDouble(w[0]!, w[1]!), toDouble(w[2]!, w[3]!)];
const normals = (w: Uint32Array): number[] => boxMuller(SCALAR64, toDouble(w[0]!, w[1]!), toDouble(w[2]!, w[3]!));

/** One gamma variate of concentration `alpha` (Marsaglia and Tsang; an exponential one for 1); normal and uniform numbers share one stream. */
function gammaOf(alpha: number, p: Philox): number {
  const o = SCALAR64, normal = drawer(p, normals), uniform = drawer(p, uniforms);
  if (alpha === 1) return -fn.log(o, 1 - uniform());
  const small = alpha < 1, d = alpha + (small ? 2 / 3 : -1 / 3), c = 1 / 3 / Math.sqrt(d);
  for (;;) {
    const x = normal(), w = 1 + c * x;
    if (w <= 0) continue;
    const v = w * w * w, u = uniform();
    if (!(u < 1 - 0.0331 * (x * x) * (x * x)) && !(fn.log(o, u) < 0.5 * x * x + d * (1 - v + fn.log(o, v)))) continue;
    return small ? d * v * pow(o, uniform(), 1 / alpha) : d * v;
  }
}

/** One Poisson variate: products of uniform numbers (Knuth) for small rates, transformed rejection (Hörmann) from 10 on. */
function poissonOf(rate: number, p: Philox): number {
  const uniform = drawer(p, uniforms);
  if (rate < 10) {
    const least = fn.exp(SCALAR64, -rate);
    for (let k = 0, product = 1; ; k++) { product *= uniform(); if (product <= least) return k; }
  }
  const logRate = fn.log(SCALAR64, rate), b = 0.931 + 2.53 * Math.sqrt(rate), a = -0.059 + 0.02483 * b, inverse = 1.1239 + 1.1328 / (b - 3.4);
  for (;;) {
    const u = uniform() - 0.5, v = uniform(), shifted = 0.5 - Math.abs(u), k = Math.floor(((2 * a) / shifted + b) * u + rate + 0.43);
    if (shifted >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
    if (k < 0 || (shifted < 0.013 && v > shifted)) continue;
    if (fn.log(SCALAR64, (v * inverse) / (a / (shifted * shifted) + b)) <= -rate + k * logRate - lgamma(SCALAR64, k + 1)) return k;
  }
}

/** `shape` draws for each parameter; the stream goes parameter by parameter. */
function eachParameter(shape: number[], parameters: ArrayLike<number>, stream: Philox, draw: (parameter: number, p: Philox) => number): Float64Array {
  const samples = sizeOf(shape), out = new Float64Array(samples * parameters.length);
  for (let j = 0, o = 0; j < parameters.length; j++) for (let i = 0; i < samples; i++, o++) out[i * parameters.length + j] = draw(parameters[j]!, stream.clone().skip(PER_OUTPUT * o));
  return out;
}
const asArray = (dtype: DType, shape: number[], x: Float64Array): NDArray => {
  if (!dtype.isFloating) return fromNumbers(dtype, shape, Array.from(x));
  return new NDArray(dtype, shape, dtype.storage === 'f64' ? x : narrow(dtype, Float32Array.from(x)));
};

const gamma: Kernel = ([s, alpha], node, state) => {
  const shape = shapeOf(s!), dtype = alpha!.dtype.baseDtype, n = sizeOf(shape);
  if (n === 0 || alpha!.size === 0) return [new NDArray(dtype, [...shape, ...alpha!.shape], allocate(dtype, 0))];
  return [asArray(dtype, [...shape, ...alpha!.shape], eachParameter(shape, widen(alpha!) as Float32Array, reserve(node, state, n * alpha!.size * PER_OUTPUT), gammaOf))];
};
const poisson: Kernel = ([s, rate], node, state) => {
  const shape = shapeOf(s!), dtype = typeAttr(node, 'dtype'), n = sizeOf(shape), all = [...shape, ...rate!.shape];
  if (n === 0 || rate!.size === 0) return [new NDArray(dtype, all, allocate(dtype, 0))];
  const rates = rate!.dtype.isFloating ? widen(rate!) as Float32Array : toNumbers(rate!);
  return [asArray(dtype, all, eachParameter(shape, rates, reserve(node, state, n * rate!.size * PER_OUTPUT), poissonOf))];
};

export const randomGammaKernels: readonly KernelDef[] = [{ op: 'RandomGamma', kernel: gamma }, { op: 'RandomPoissonV2', kernel: poisson }];
