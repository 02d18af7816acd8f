// Local response normalisation over the last axis and its gradient. Channels are taken as rows, [channels, positions]: a
// window of channels is then a sum of shifted copies, ascending, with zeros beyond the ends. The formulas stand here once
// for every engine; float16 computes in float32 and rounds once. Follows tensorflow/core/kernels/lrn_op.cc (whose product
// with a band matrix turns an infinity anywhere among the channels into NaN everywhere; here only its window sees it).
import { NDArray } from '../../graph/ndarray.ts';
import { floatAttr, intAttr, invalid, sameShape, sizeOf } from './common.ts';
import { asFloat32, evaluate, narrow, type ValueRow } from './compute.ts';
import * as fn from './elementary.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { transpose } from './move.ts';
import { pow } from './pow.ts';

type Row = NonNullable<ValueRow['float']>;
/** What the formulas need of an engine: values [channels, positions] of one float dtype, and scalars. */
export interface Bands<V> {
  /** A row of arithmetic over values of one shape and scalars; `key` names it. */
  map(key: string, row: Row, ...inputs: readonly V[]): V;
  /** The value shifted by some channels: a function of the shift, at most `reach` either way, zeros from beyond the ends. */
  shifts(v: V, reach: number): (by: number) => V;
  zeros(like: V): V;
  scalar(x: number): V;
}
export interface LrnAttrs { readonly radius: number; readonly bias: number; readonly alpha: number; readonly beta: number }
export function lrnAttrs(node: KernelNode): LrnAttrs { return { radius: intAttr(node, 'depth_radius', 5), bias: floatAttr(node, 'bias', 1), alpha: floatAttr(node, 'alpha', 1), beta: floatAttr(node, 'beta', 0.5) }; }

const SQUARE: Row = (o, x) => o.mul(x, x), ADD: Row = (o, ...x) => x.slice(1).reduce((sum, v) => o.add(sum, v), x[0]!), SCALE: Row = (o, s, a, b) => o.add(o.mul(s, a), b), MUL: Row = (o, a, b) => o.mul(a, b);
const INVERSE: Row = (o, x, t) => o.mul(x, o.div(o.c(1), t)), RSQRT: Row = (o, x, t) => o.mul(x, o.div(o.c(1), o.sqrt(t))), POWER: Row = (o, x, t, b) => o.mul(x, fn.exp(o, o.mul(fn.log(o, t), b)));
const POW: Row = (o, n, b) => pow(o, n, b);
const OWN: Row = (o, acc, x, ab, n, g, p) => o.sel(o.eq(g, o.c(0)), acc, o.add(acc, o.mul(o.add(o.div(o.mul(x, ab), n), p), g)));
const OTHER: Row = (o, acc, x, ab, n, g) => o.sel(o.eq(g, o.c(0)), acc, o.add(acc, o.mul(o.div(o.mul(x, ab), n), g)));
/** Channels of a window that are joined at a time. */
const AT_ONCE = 6;

/** bias + alpha * the sum of squares in the window. */
function norms<V>(b: Bands<V>, x: V, a: LrnAttrs, reach: number): V {
  const at = b.shifts(b.map('Square', SQUARE, x), reach);
  let sum = b.zeros(x);
  for (let by = -reach; by <= reach; by += AT_ONCE) {
    const shifted = Array.from({ length: Math.min(AT_ONCE, reach - by + 1) }, (_, i) => at(by + i));
    sum = b.map(`Add${shifted.length}`, ADD, sum, ...shifted);
  }
  return b.map('Scale', SCALE, sum, b.scalar(a.alpha), b.scalar(a.bias));
}
const reachOf = (a: LrnAttrs, channels: number): number => Math.min(a.radius, channels - 1);

export function lrn<V>(b: Bands<V>, x: V, a: LrnAttrs, channels: number): V {
  const t = norms(b, x, a, reachOf(a, channels));
  if (a.beta === 1) return b.map('Inverse', INVERSE, x, t);
  return a.beta === 0.5 ? b.map('Rsqrt', RSQRT, x, t) : b.map('Power', POWER, x, t, b.scalar(-a.beta));
}
/** For each channel what every channel of its window passes back, ascending; a gradient of 0 adds nothing. */
export function lrnGrad<V>(b: Bands<V>, g: V, x: V, y: V, a: LrnAttrs, channels: number): V {
  const reach = reachOf(a, channels), norm = norms(b, x, a, reach), power = b.map('Pow', POW, norm, b.scalar(-a.beta));
  const ab = b.map('Mul', MUL, y, b.scalar(Math.fround(Math.fround(-2 * a.alpha) * a.beta)));
  const [abs, ns, gs] = [ab, norm, g].map((v) => b.shifts(v, reach)) as [(by: number) => V, (by: number) => V, (by: number) => V];
  let out = b.zeros(x);
  for (let by = -reach; by <= reach; by++) {
    const operands = [out, x, abs(by), ns(by), gs(by)];
    out = by === 0 ? b.map('Own', OWN, ...operands, power) : b.map('Other', OTHER, ...operands);
  }
  return out;
}

// ---- the reference engine

const onArrays = (like: NDArray): Bands<NDArray> => {
  const make = (n: number): Float32Array => new ((like.data as Float32Array).constructor as Float32ArrayConstructor)(n);
  return {
    map: (key, float, ...inputs) => evaluate(key, { float }, inputs),
    shifts: (v, reach) => {
      const width = v.shape[1]!, padded = make(v.size + 2 * reach * width);
      padded.set(v.data as Float32Array, reach * width);
      return (by) => new NDArray(v.dtype, v.shape, padded.subarray((reach + by) * width, (reach + by) * width + v.size));
    },
    zeros: (v) => new NDArray(v.dtype, v.shape, make(v.size)),
    scalar: (x) => new NDArray(like.dtype, [], make(1).fill(x)),
  };
};
/** [channels, positions], computed in. */
function bands(a: NDArray): NDArray { const c = a.shape[3]!; return transpose(asFloat32(a).reshape([sizeOf(a.shape.slice(0, 3)), c]), [1, 0]); }
function imageOf(y: NDArray, like: NDArray): NDArray {
  const t = transpose(y, [1, 0]);
  return new NDArray(like.dtype.baseDtype, like.shape, narrow(like.dtype, t.data as Float32Array));
}

const forward: Kernel = ([x], node) => {
  if (x!.shape.length !== 4) throw invalid('in must be 4-dimensional');
  if (x!.size === 0) return [x!];
  const m = bands(x!);
  return [imageOf(lrn(onArrays(m), m, lrnAttrs(node), m.shape[0]!), x!)];
};
const backward: Kernel = ([g, x, y], node) => {
  if (g!.shape.length !== 4 || x!.shape.length !== 4) throw invalid('inputs must be 4-dimensional');
  if (!sameShape(g!.shape, x!.shape) || !sameShape(x!.shape, y!.shape)) throw invalid('input_grads, input_image, and out_image should have the same shape');
  if (x!.size === 0) return [x!];
  const m = bands(x!);
  return [imageOf(lrnGrad(onArrays(m), bands(g!), m, bands(y!), lrnAttrs(node), m.shape[0]!), x!)];
};
export const lrnKernels: readonly KernelDef[] = [{ op: 'LRN', kernel: forward }, { op: 'LRNGrad', kernel: backward }];
