// Random ops, bit for bit TF's: element i of an output always comes from the same counter, whatever computes it. Each
// execution reserves 256 blocks per output element; the position lives in KernelState. Seeds 0, 0: a random stream.
// Normal numbers use this library's own log, sin and cos in binary64, rounded to the format (TF: libm's logf, sincosf).
// Follows tensorflow/core/kernels/{random_op,random_shuffle_op,multinomial_op,stateless_random_ops}.cc,
// core/lib/random/random_distributions.h, core/util/guarded_philox_random.cc.
import { type DType, int64 } from '../../graph/dtype.ts';
import { NDArray, allocate, floatToBfloat16, floatToHalf } from '../../graph/ndarray.ts';
import { fromNumbers, int64Attr, invalid, sameShape, shapeText, sizeOf, toNumber, toNumbers, typeAttr } from './common.ts';
import { asFloat32, narrow, noKernel } from './compute.ts';
import { take } from './array.ts';
import { type FloatArith } from './arith.ts';
import { BLOCK, F32, F64, type Mask } from './blocks.ts';
import * as fn from './elementary.ts';
import { type Kernel, type KernelDef, type KernelNode, type KernelState } from './kernel.ts';
import { Philox, toDouble, toFloat, Words } from './philox.ts';
import { SCALAR32, SCALAR64 } from './scalar.ts';

/** Blocks reserved for each element, so that rejection never runs into a neighbour. */
export const PER_OUTPUT = 256;

/** Takes `blocks` blocks of the node's stream: returns where they start, and leaves the state behind them. */
export function reserve(node: KernelNode, state: KernelState, blocks: number): Philox {
  const at = state.get(() => start(int64Attr(node, 'seed', 0n), int64Attr(node, 'seed2', 0n)));
  state.set(at.clone().skip(blocks));
  return at.clone();
}
function start(seed: bigint, seed2: bigint): Philox {
  if (seed !== 0n || seed2 !== 0n) return Philox.seeded(seed, seed2);
  const w = new Uint32Array(4);
  globalThis.crypto.getRandomValues(w);
  return new Philox([w[0]!, w[1]!], [0, 0, w[2]!, w[3]!]);
}

export function shapeOf(a: NDArray): number[] {
  if (a.shape.length !== 1) throw invalid(`shape must be a vector of {int32,int64}, got shape ${shapeText(a.shape)}`);
  const shape = toNumbers(a);
  shape.forEach((d) => { if (d < 0) throw invalid(`Dimension ${d} must be >= 0`); });
  return shape;
}

// ---- filling an array from a stream

function fillUniform(dtype: DType, shape: number[], p: Philox): NDArray {
  const n = sizeOf(shape), data = allocate(dtype, n), w = new Uint32Array(4);
  if (dtype.storage === 'f64') {
    const d = data as Float64Array;
    for (let i = 0; i < n; i += 2) { p.next(w); d[i] = toDouble(w[0]!, w[1]!); if (i + 1 < n) d[i + 1] = toDouble(w[2]!, w[3]!); }
  } else {
    const one = uniformBits[dtype.storage];
    if (!one) throw noKernel('RandomUniform', dtype);
    const d = data as Float32Array;
    for (let i = 0; i < n; i += 4) { p.next(w); for (let j = 0; j < 4 && i + j < n; j++) d[i + j] = one(w[j]!); }
  }
  return new NDArray(dtype, shape, data);
}
const uniformBits: Readonly<Record<string, (x: number) => number>> = {
  f32: toFloat,
  f16: (x) => floatToHalf((x & 0x3ff) / 1024), // 1.m - 1 is exact
  bf16: (x) => floatToBfloat16((x & 0x7f) / 128),
};

/** Two normal numbers from two uniform ones (Box-Muller; sine first). */
export function boxMuller<V, M>(o: FloatArith<V, M>, u: V, v: V): [V, V] {
  const least = o.c(1e-7);
  const angle = o.wide((w, x) => w.mul(w.c(2 * Math.PI), x), v);
  const radius = o.sqrt(o.mul(o.c(-2), o.wide(fn.log, o.sel(o.lt(u, least), least, u))));
  return [o.mul(fn.sin(o, angle), radius), o.mul(fn.cos(o, angle), radius)];
}
const encoders: Readonly<Record<string, (x: number) => number>> = { f32: (x) => x, f64: (x) => x, f16: floatToHalf, bf16: floatToBfloat16 };

function fillNormal(dtype: DType, shape: number[], p: Philox): NDArray {
  const n = sizeOf(shape), double = dtype.storage === 'f64';
  if (!encoders[dtype.storage]) throw noKernel('RandomStandardNormal', dtype);
  const o = (double ? F64 : F32) as typeof F32;
  const perBlock = double ? 1 : 2; // pairs from one block of words
  const w = new Uint32Array(4), out = o.make(n);
  for (let first = 0; first < n; first += 2 * BLOCK) {
    const count = Math.min(2 * BLOCK, n - first), pairs = Math.ceil(count / 2);
    o.begin(pairs);
    const u = o.buffer(), v = o.buffer();
    for (let i = 0; i < pairs; i += perBlock) {
      p.next(w);
      if (double) { u[i] = toDouble(w[0]!, w[1]!); v[i] = toDouble(w[2]!, w[3]!); continue; }
      u[i] = toFloat(w[0]!); v[i] = toFloat(w[1]!);
      u[i + 1] = toFloat(w[2]!); v[i + 1] = toFloat(w[3]!);
    }
    const [s, c] = boxMuller<Float32Array, Mask>(o, u, v);
    for (let i = 0; i < count; i++) out[first + i] = (i & 1) === 0 ? s[i >> 1]! : c[i >> 1]!;
  }
  return new NDArray(dtype, shape, narrow(dtype, out));
}

/** |z| < 2 by rejection; each group of outputs has its own stretch of the stream. */
function fillTruncated(dtype: DType, shape: number[], p: Philox): NDArray {
  const encode = encoders[dtype.storage];
  if (!encode) throw noKernel('TruncatedNormal', dtype);
  const n = sizeOf(shape), d = allocate(dtype, n) as Float32Array, double = dtype.storage === 'f64';
  const group = double ? 2 : 4;
  for (let i = 0, g = 0; i < n; i += group, g++) {
    const words = new Words(p.clone().skip(BigInt(g) * BigInt((group * PER_OUTPUT) / 4)));
    for (let j = 0; j < group;) {
      const x0 = words.next(), x1 = words.next();
      const z = double ? boxMuller(SCALAR64, toDouble(x0, x1), toDouble(words.next(), words.next())) : boxMuller(SCALAR32, toFloat(x0), toFloat(x1));
      for (let k = 0; k < 2 && j < group; k++) if (Math.abs(z[k]!) < 2) { if (i + j < n) d[i + j] = encode(z[k]!); j++; }
    }
  }
  return new NDArray(dtype, shape, d);
}

// ---- kernels

type Fill = (dtype: DType, shape: number[], p: Philox) => NDArray;
const stateful = (f: Fill): Kernel => ([s], node, state) => {
  const shape = shapeOf(s!), dtype = typeAttr(node, 'dtype');
  return [f(dtype, shape, reserve(node, state, sizeOf(shape) * PER_OUTPUT))];
};
/** The stream of a stateless op: its two seeds mixed into key and counter. */
export function mixed(seed: NDArray): Philox {
  if (!sameShape(seed.shape, [2])) throw invalid(`seed must have shape [2], not ${shapeText(seed.shape)}`);
  const [a, b] = Array.from(seed.data as ArrayLike<number | bigint>, (v) => BigInt.asUintN(64, BigInt(v))) as [bigint, bigint];
  const word = (v: bigint, k: bigint): number => Number((v >> (32n * k)) & 0xffffffffn);
  const mix = new Uint32Array(4);
  new Philox([0x3ec8f720, 0x02461e29], [word(a, 0n), word(a, 1n), word(b, 0n), word(b, 1n)]).next(mix);
  return new Philox([mix[0]!, mix[1]!], [0, 0, mix[2]!, mix[3]!]);
}
const stateless = (f: Fill): Kernel => ([s, seed], node) => [f(typeAttr(node, 'dtype'), shapeOf(s!), mixed(seed!))];

function fillInt(dtype: DType, shape: number[], lo: bigint, hi: bigint, p: Philox): NDArray {
  const n = sizeOf(shape), data = allocate(dtype, n), w = new Uint32Array(4);
  if (dtype.storage === 'i64') {
    const d = data as BigInt64Array, range = BigInt.asUintN(64, hi - lo);
    for (let i = 0; i < n; i += 2) {
      p.next(w);
      for (let j = 0; j < 2 && i + j < n; j++) d[i + j] = lo + ((BigInt(w[2 * j + 1]!) << 32n) | BigInt(w[2 * j]!)) % range;
    }
  } else {
    const d = data as Int32Array, base = Number(lo), range = Number(hi - lo);
    for (let i = 0; i < n; i += 4) { p.next(w); for (let j = 0; j < 4 && i + j < n; j++) d[i + j] = base + (w[j]! % range); }
  }
  return new NDArray(dtype, shape, data);
}
/** Bounds of random integers; any will do for none of them. */
function bounds(min: NDArray, max: NDArray, isEmpty: boolean): [bigint, bigint] {
  for (const [a, name] of [[min, 'minval'], [max, 'maxval']] as const) if (a.shape.length !== 0) throw invalid(`${name} must be 0-D, got shape ${shapeText(a.shape)}`);
  const [lo, hi] = [min, max].map((a) => BigInt((a.data as Int32Array)[0]!)) as [bigint, bigint];
  if (lo >= hi && !isEmpty) throw invalid(`Need minval < maxval, got ${lo} >= ${hi}`);
  return [lo, hi];
}
const randomUniformInt: Kernel = ([s, min, max], node, state) => {
  const shape = shapeOf(s!), [lo, hi] = bounds(min!, max!, sizeOf(shape) === 0);
  return [fillInt(min!.dtype.baseDtype, shape, lo, hi, reserve(node, state, sizeOf(shape) * PER_OUTPUT))];
};

const randomShuffle: Kernel = ([a], node, state) => {
  const n = a!.shape[0] ?? 0;
  if (a!.size <= 1 || n <= 1) return [a!];
  return [take(a!, shuffled(n, node, state), [n], 0)];
};
const statelessUniformInt: Kernel = ([s, seed, min, max]) => {
  const shape = shapeOf(s!), [lo, hi] = bounds(min!, max!, sizeOf(shape) === 0);
  return [fillInt(min!.dtype.baseDtype, shape, lo, hi, mixed(seed!))];
};

/** An order of n rows by Fisher-Yates, one word per step. */
export function shuffled(n: number, node: KernelNode, state: KernelState): number[] {
  const words = new Words(reserve(node, state, Math.ceil((n - 1) / 4)));
  const perm = Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const k = i + (words.next() % (n - i));
    [perm[i], perm[k]] = [perm[k]!, perm[i]!];
  }
  return perm;
}

/** Samples classes by unnormalised log-probabilities, row by row, two words a sample. */
const multinomial = (stream: (inputs: readonly NDArray[], node: KernelNode, state: KernelState, blocks: number) => Philox): Kernel => (inputs, node, state) => {
  const [logits, count] = inputs;
  if (logits!.shape.length !== 2) throw invalid(`logits should be a matrix, got shape ${shapeText(logits!.shape)}`);
  if (count!.shape.length !== 0) throw invalid(`num_samples should be a scalar, got shape ${shapeText(count!.shape)}`);
  const samples = toNumber(count!);
  if (samples < 0) throw invalid(`num_samples should be nonnegative, got ${samples}`);
  const [batch, classes] = logits!.shape as [number, number];
  if (classes <= 0) throw invalid(`num_classes should be positive, got ${classes}`);
  const words = new Words(stream(inputs, node, state, batch * Math.ceil(samples / 4) * 4 * 2 * PER_OUTPUT));
  const x = asFloat32(logits!).data as Float32Array;
  const cdf = new Float64Array(classes), out: number[] = [];
  for (let b = 0; b < batch; b++) {
    const row = x.subarray(b * classes, (b + 1) * classes);
    let max = -Infinity, total = 0;
    for (const v of row) if (Number.isFinite(v) && v > max) max = v;
    for (let j = 0; j < classes; j++) {
      if (Number.isFinite(row[j]!)) total += fn.exp(SCALAR64, row[j]! - max);
      cdf[j] = total;
    }
    for (let s = 0; s < samples; s++) {
      const x0 = words.next(), x1 = words.next();
      const find = toDouble(x0, x1) * total;
      let k = 0;
      while (k < classes && cdf[k]! <= find) k++;
      out.push(k);
    }
  }
  return [fromNumbers(typeAttr(node, 'output_dtype', int64), [batch, samples], out)];
};

export const randomKernels: readonly KernelDef[] = [
  { op: 'RandomUniform', kernel: stateful(fillUniform) },
  { op: 'RandomStandardNormal', kernel: stateful(fillNormal) },
  { op: 'TruncatedNormal', kernel: stateful(fillTruncated) },
  { op: 'RandomUniformInt', kernel: randomUniformInt },
  { op: 'RandomShuffle', kernel: randomShuffle },
  { op: 'Multinomial', kernel: multinomial((_, node, state, blocks) => reserve(node, state, blocks)) },
  { op: 'StatelessMultinomial', kernel: multinomial((inputs) => mixed(inputs[2]!)) },
  { op: 'StatelessRandomUniform', kernel: stateless(fillUniform) },
  { op: 'StatelessRandomUniformInt', kernel: statelessUniformInt },
  { op: 'StatelessRandomNormal', kernel: stateless(fillNormal) },
  { op: 'StatelessTruncatedNormal', kernel: stateless(fillTruncated) },
];
