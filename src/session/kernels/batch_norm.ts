// Batch normalisation: FusedBatchNorm of three versions, BatchNormWithGlobalNormalization, and their gradients, as
// expressions over the contract's Sum. The formulas stand here once for every engine. The fused ops compute in float32
// whatever the images' dtype; NCHW by transposing (TF's CPU kernels refuse it). Of a population's statistics (not
// training) TF's CPU leaves the outputs behind y unwritten: here they are the statistics that were given.
// Follows tensorflow/core/kernels/fused_batch_norm_op.cc, batch_norm_op.h.
import { type DType, float32 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, floatAttr, invalid, sameShape, shapeText, zeros } from './common.ts';
import type { FloatArith } from './arith.ts';
import { asFloat32, evaluate, narrow } from './compute.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { reduceSum } from './reduce.ts';
import { fromNhwc, isNchw, toNhwc } from './window.ts';

/** What the formulas need of an engine: matrices [positions, channels], vectors [channels] and scalars of one float dtype. */
export interface Statistics<V> {
  /** A row of arithmetic, vectors repeated over positions; `key` names it. */
  map(key: string, row: Row, ...inputs: readonly V[]): V;
  /** Over positions. */
  sum(x: V): V;
  scalar(x: number): V;
}
/** The arithmetic the formulas are written in. */
export type Plain<V> = Pick<FloatArith<V, unknown>, 'c' | 'add' | 'sub' | 'mul' | 'div' | 'neg' | 'sqrt'>;
export type Row = <V>(o: Plain<V>, ...x: V[]) => V;

const MUL: Row = (o, a, b) => o.mul(a, b), DIV: Row = (o, a, b) => o.div(a, b), NEG_MUL: Row = (o, a, b) => o.mul(o.neg(a), b);
const RSQRT: Row = (o, v, e) => o.div(o.c(1), o.sqrt(o.add(v, e)));
const DEVIATION: Row = (o, x, m) => { const d = o.sub(x, m); return o.mul(d, d); };
const NORMAL: Row = (o, x, m, f, b) => o.add(o.mul(o.sub(x, m), f), b);
const PRODUCT: Row = (o, g, x, m) => o.mul(g, o.sub(x, m)), SCALED: Row = (o, g, x, m, c) => o.mul(g, o.mul(o.sub(x, m), c));
const SQUARE_MUL: Row = (o, c, p) => o.mul(o.mul(c, c), p), INPUT: Row = (o, g, gm, x, m, c1, c2) => o.mul(c1, o.sub(o.sub(g, gm), o.mul(o.sub(x, m), c2)));
const ZERO: Row = (o) => o.c(0), VARIANCE: Row = (o, c, v, e) => o.div(o.mul(c, o.c(-0.5)), o.add(v, e));

/** x - mean, times scale / sqrt(variance + epsilon), plus offset. */
export function normalise<V>(s: Statistics<V>, x: V, mean: V, variance: V, offset: V, scale: V | undefined, epsilon: number): V {
  const inverse = s.map('RsqrtEps', RSQRT, variance, s.scalar(epsilon));
  return s.map('Normal', NORMAL, x, mean, scale === undefined ? inverse : s.map('Mul', MUL, inverse, scale), offset);
}
/** [y, mean, variance for running averages (Bessel's), mean, variance] of n positions. */
export function trainingNorm<V>(s: Statistics<V>, x: V, scale: V, offset: V, epsilon: number, n: number): V[] {
  const part = s.scalar(Math.fround(1 / n));
  const mean = s.map('Mul', MUL, s.sum(x), part);
  const variance = s.map('Mul', MUL, s.sum(s.map('Deviation', DEVIATION, x, mean)), part);
  const unbiased = s.map('Mul', MUL, variance, s.scalar(Math.fround(n / Math.max(n - 1, 1))));
  return [normalise(s, x, mean, variance, offset, scale, epsilon), mean, unbiased, mean, variance];
}
/** Gradients by x, scale and offset when mean and variance are those of x. */
export function trainingNormGrad<V>(s: Statistics<V>, dy: V, x: V, scale: V, mean: V, variance: V, epsilon: number, n: number): V[] {
  const inverse = s.map('RsqrtEps', RSQRT, variance, s.scalar(epsilon));
  const dScale = s.sum(s.map('Scaled', SCALED, dy, x, mean, inverse)), dOffset = s.sum(dy);
  const covariance = s.map('Div', DIV, s.sum(s.map('Product', PRODUCT, dy, x, mean)), s.scalar(n));
  const dyMean = s.map('Mul', MUL, dOffset, s.scalar(Math.fround(1 / n)));
  return [s.map('Input', INPUT, dy, dyMean, x, mean, s.map('Mul', MUL, scale, inverse), s.map('SquareMul', SQUARE_MUL, inverse, covariance)), dScale, dOffset];
}
/** Gradients by x, scale and offset when mean and variance are constants. */
export function frozenNormGrad<V>(s: Statistics<V>, dy: V, x: V, scale: V, mean: V, variance: V, epsilon: number): V[] {
  const inverse = s.map('RsqrtEps', RSQRT, variance, s.scalar(epsilon));
  return [s.map('Mul', MUL, dy, s.map('Mul', MUL, inverse, scale)), s.map('Mul', MUL, s.sum(s.map('Product', PRODUCT, dy, x, mean)), inverse), s.sum(dy)];
}
/** Gradients by input, mean, variance, beta and gamma (0 where there is no gamma). */
export function globalNormGrad<V>(s: Statistics<V>, x: V, mean: V, variance: V, gamma: V, dy: V, epsilon: number, scaled: boolean): V[] {
  const e = s.scalar(epsilon), inverse = s.map('RsqrtEps', RSQRT, variance, e);
  const beta = s.sum(dy), product = s.sum(s.map('Product', PRODUCT, dy, x, mean));
  const withGamma = (c: V): V => (scaled ? s.map('Mul', MUL, c, gamma) : c);
  return [
    s.map('Mul', MUL, dy, withGamma(inverse)), s.map('NegMul', NEG_MUL, beta, withGamma(inverse)),
    s.map('Mul', MUL, product, withGamma(s.map('Variance', VARIANCE, inverse, variance, e))), beta, scaled ? s.map('Mul', MUL, product, inverse) : s.map('Zero', ZERO, gamma),
  ];
}

// ---- the reference engine

const onArrays = (dtype: DType): Statistics<NDArray> => ({
  map: (key, float, ...inputs) => evaluate(key, { float }, inputs),
  sum: (x) => reduceSum(x, [true, false]),
  scalar: (x) => new NDArray(dtype, [], narrow(dtype, dtype.storage === 'f64' ? Float64Array.of(x) : Float32Array.of(x))),
});
const SINGLE = onArrays(float32);

/** How an image of 4 axes becomes a matrix; the checks of TF. */
function matrixOf(a: NDArray, nchw: boolean): NDArray {
  const t = toNhwc(a, nchw), channels = t.shape[3]!;
  return t.reshape([channels === 0 ? 0 : t.size / channels, channels]);
}
const vector = (a: NDArray, what: string): void => { if (a.shape.length !== 1) throw invalid(`${what} must be 1-dimensional${shapeText(a.shape)}`); };
function image(a: NDArray, what: string): void { if (a.shape.length !== 4) throw invalid(`${what} must be 4-dimensional${shapeText(a.shape)}`); }
function perChannel(a: NDArray, x: NDArray, node: KernelNode, what: string): void {
  const channels = x.shape[isNchw(node) ? 1 : 3]!;
  if (a.size !== channels) throw invalid(`${what} must have the same number of elements as the channels of x, got ${a.size} and ${channels}`);
}
function imageOf(y: NDArray, like: NDArray, nchw: boolean): NDArray {
  const d = like.shape, dtype = like.dtype.baseDtype;
  return fromNhwc(new NDArray(dtype, nchw ? [d[0]!, d[2]!, d[3]!, d[1]!] : d, narrow(dtype, y.data as Float32Array)), nchw);
}

const fused = (version: 1 | 3): Kernel => ([x, scale, offset, mean, variance], node) => {
  const nchw = isNchw(node), training = boolAttr(node, 'is_training', true), epsilon = floatAttr(node, 'epsilon', 0.0001);
  image(x!, 'input');
  ([[scale!, 'scale'], [offset!, 'offset'], [mean!, 'estimated_mean'], [variance!, 'estimated_variance']] as const).forEach(([v, what]) => { vector(v, what); });
  perChannel(scale!, x!, node, 'scale');
  perChannel(offset!, x!, node, 'offset');
  if (training) {
    if (mean!.size > 0) throw invalid(`estimated_mean must be empty for training${shapeText(mean!.shape)}`);
    if (variance!.size > 0) throw invalid(`estimated_variance must be empty for training${shapeText(variance!.shape)}`);
  } else {
    perChannel(mean!, x!, node, 'mean');
    perChannel(variance!, x!, node, 'variance');
  }
  const m = asFloat32(matrixOf(x!, nchw));
  const [y, ...statistics] = training ? trainingNorm(SINGLE, m, scale!, offset!, epsilon, m.shape[0]!)
    : [normalise(SINGLE, m, mean!, variance!, offset!, scale!, epsilon), mean!, variance!, mean!, variance!];
  return [imageOf(y!, x!, nchw), ...statistics, ...(version === 3 ? [SINGLE.scalar(0)] : [])];
};
const fusedGrad: Kernel = ([dy, x, scale, mean, variance], node) => {
  const nchw = isNchw(node), training = boolAttr(node, 'is_training', true), epsilon = floatAttr(node, 'epsilon', 0.0001);
  image(dy!, 'input');
  image(x!, 'input');
  ([[scale!, 'scale'], [mean!, 'saved mean'], [variance!, 'saved variance']] as const).forEach(([v, what]) => { vector(v, what); });
  if (!sameShape(x!.shape, dy!.shape)) throw invalid(`x and y_backprop must have same shape, but x has shape ${shapeText(x!.shape)} and y_backprop has shape ${shapeText(dy!.shape)}`);
  ([[scale!, 'scale'], [mean!, 'reserve_space_1'], [variance!, 'reserve_space_2']] as const).forEach(([v, what]) => { perChannel(v, x!, node, what); });
  const zero = SINGLE.scalar(0);
  if (x!.size === 0) return [x!, zeros(float32, scale!.shape), zeros(float32, scale!.shape), zero, zero];
  const g = asFloat32(matrixOf(dy!, nchw)), m = asFloat32(matrixOf(x!, nchw));
  const [dx, dScale, dOffset] = training ? trainingNormGrad(SINGLE, g, m, scale!, mean!, variance!, epsilon, m.shape[0]!) : frozenNormGrad(SINGLE, g, m, scale!, mean!, variance!, epsilon);
  return [imageOf(dx!, x!, nchw), dScale!, dOffset!, zero, zero];
};

const globalAttrs = (node: KernelNode): [epsilon: number, scaled: boolean] => [floatAttr(node, 'variance_epsilon'), boolAttr(node, 'scale_after_normalization')];
const globalNorm: Kernel = ([x, mean, variance, beta, gamma], node) => {
  const [epsilon, scaled] = globalAttrs(node);
  image(x!, 'input');
  ([[mean!, 'mean'], [variance!, 'var'], [beta!, 'beta'], [gamma!, 'gamma']] as const).forEach(([v, what]) => { vector(v, what); perChannel(v, x!, node, what); });
  return [normalise(onArrays(x!.dtype.baseDtype), matrixOf(x!, false), mean!, variance!, beta!, scaled ? gamma! : undefined, epsilon).reshape(x!.shape)];
};
const globalGrad: Kernel = ([x, mean, variance, gamma, dy], node) => {
  const [epsilon, scaled] = globalAttrs(node);
  image(x!, 'input');
  ([[mean!, 'mean'], [variance!, 'var'], [gamma!, 'gamma']] as const).forEach(([v, what]) => { vector(v, what); perChannel(v, x!, node, what); });
  image(dy!, 'out_backprop');
  const [dx, ...rest] = globalNormGrad(onArrays(x!.dtype.baseDtype), matrixOf(x!, false), mean!, variance!, gamma!, matrixOf(dy!, false), epsilon, scaled);
  return [dx!.reshape(x!.shape), ...rest];
};

export const batchNormKernels: readonly KernelDef[] = [
  { op: 'FusedBatchNorm', kernel: fused(1) }, { op: 'FusedBatchNormV2', kernel: fused(1) }, { op: 'FusedBatchNormV3', kernel: fused(3) },
  { op: 'FusedBatchNormGrad', kernel: fusedGrad }, { op: 'FusedBatchNormGradV2', kernel: fusedGrad }, { op: 'FusedBatchNormGradV3', kernel: fusedGrad },
  { op: 'BatchNormWithGlobalNormalization', kernel: globalNorm }, { op: 'BatchNormWithGlobalNormalizationGrad', kernel: globalGrad },
];
