// Fourier transforms over the last one to three axes, in binary64, rounded once: lines of a power of two by halving, others as convolutions
// of chirps (Bluestein). Follows tensorflow/core/kernels/fft_ops.cc.
import { complex64, float32 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { invalid, shapeText, sizeOf, stridesOf, toNumbers } from './common.ts';
import { cos, sin } from './elementary.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { SCALAR64 } from './scalar.ts';

/** Real and imaginary parts of complex numbers. */
interface Complexes { readonly re: Float64Array; readonly im: Float64Array }
const complexes = (n: number): Complexes => ({ re: new Float64Array(n), im: new Float64Array(n) });
/** e^(i angle). */
const unit = (angle: number): [number, number] => [cos(SCALAR64, angle), sin(SCALAR64, angle)];

export const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));
/** Pairs of places that bits in reverse order exchange, one after the other. */
export function swapsOf(n: number): number[] {
  const out: number[] = [];
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) out.push(i, j);
  }
  return out;
}
/** The turns of all stages as pairs (cosine, sine): those of halves of h numbers stand from number h on. `sign` -1 is the forward transform. */
export function turnsOf(n: number, sign: 1 | -1): Float64Array {
  const out = new Float64Array(2 * n);
  for (let k = 0, half = n >> 1; k < half; k++) out.set(unit((sign * 2 * Math.PI * k) / n), 2 * (half + k));
  for (let half = n >> 2; half >= 1; half >>= 1) for (let k = 0; k < half; k++) out.copyWithin(2 * (half + k), 4 * (half + k), 4 * (half + k) + 2); // the same angles
  return out;
}
/** In place, for n a power of two. Nothing is divided by n. */
type Transform = (line: Complexes) => void;
function halving(n: number, sign: 1 | -1): Transform {
  const swaps = swapsOf(n), turns = turnsOf(n, sign);
  return ({ re, im }) => {
    for (let s = 0; s < swaps.length; s += 2) {
      const [i, j] = [swaps[s]!, swaps[s + 1]!];
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
    for (let half = 1; half < n; half *= 2) for (let at = 0; at < n; at += 2 * half) for (let k = 0; k < half; k++) {
      const c = turns[2 * (half + k)]!, s = turns[2 * (half + k) + 1]!, p = at + k, q = p + half;
      const x = re[q]! * c - im[q]! * s, y = re[q]! * s + im[q]! * c;
      re[q] = re[p]! - x; im[q] = im[p]! - y;
      re[p] = re[p]! + x; im[p] = im[p]! + y;
    }
  };
}
/** The power of two in which a line of n is convolved. */
export function paddedLength(n: number): number {
  let m = 1;
  while (m < 2 * n - 1) m *= 2;
  return m;
}
/** Any length: j k = (j^2 + k^2 - (k - j)^2) / 2 makes of the transform a convolution with a chirp. Both as pairs (real, imaginary): the chirp, and what is convolved with. */
export function chirpOf(n: number, m: number, sign: 1 | -1): { readonly chirp: Float64Array; readonly filter: Float64Array } {
  const chirp = new Float64Array(2 * n), filter = new Float64Array(2 * m);
  for (let k = 0; k < n; k++) {
    const [c, s] = unit((sign * Math.PI * ((k * k) % (2 * n))) / n);
    chirp.set([c, s], 2 * k);
    for (const at of k === 0 ? [0] : [k, m - k]) filter.set([c, -s], 2 * at);
  }
  return { chirp, filter };
}
function chirps(n: number, sign: 1 | -1): Transform {
  const m = paddedLength(n), { chirp, filter } = chirpOf(n, m, sign), [there, back] = [halving(m, -1), halving(m, 1)];
  const [a, b] = [complexes(m), split(filter)];
  there(b);
  return (line) => {
    a.re.fill(0);
    a.im.fill(0);
    for (let k = 0; k < n; k++) {
      const c = chirp[2 * k]!, s = chirp[2 * k + 1]!;
      a.re[k] = line.re[k]! * c - line.im[k]! * s;
      a.im[k] = line.re[k]! * s + line.im[k]! * c;
    }
    there(a);
    for (let i = 0; i < m; i++) [a.re[i], a.im[i]] = [a.re[i]! * b.re[i]! - a.im[i]! * b.im[i]!, a.re[i]! * b.im[i]! + a.im[i]! * b.re[i]!];
    back(a);
    for (let k = 0; k < n; k++) {
      const c = chirp[2 * k]!, s = chirp[2 * k + 1]!;
      line.re[k] = (a.re[k]! * c - a.im[k]! * s) / m;
      line.im[k] = (a.re[k]! * s + a.im[k]! * c) / m;
    }
  };
}
/** Transforms the lines along one axis; backwards, each is divided by its length. */
function along(x: Complexes, shape: readonly number[], axis: number, forward: boolean): void {
  const n = shape[axis]!, step = stridesOf(shape)[axis]!;
  if (n <= 1) return;
  const line = complexes(n), transform = (isPowerOfTwo(n) ? halving : chirps)(n, forward ? -1 : 1);
  for (let start = 0; start < x.re.length; start++) {
    if (Math.floor(start / step) % n !== 0) continue;
    for (let k = 0; k < n; k++) { line.re[k] = x.re[start + k * step]!; line.im[k] = x.im[start + k * step]!; }
    transform(line);
    for (let k = 0; k < n; k++) { x.re[start + k * step] = forward ? line.re[k]! : line.re[k]! / n; x.im[start + k * step] = forward ? line.im[k]! : line.im[k]! / n; }
  }
}
/** The part of an array in [0, size) of every axis, beyond it zeros. */
function box(from: Complexes, shape: readonly number[], size: readonly number[]): Complexes {
  const out = complexes(sizeOf(size)), [a, b] = [stridesOf(shape), stridesOf(size)];
  for (let i = 0; i < out.re.length; i++) {
    let p = 0, inside = true;
    b.forEach((s, d) => { const at = Math.floor(i / s) % size[d]!; if (at >= shape[d]!) inside = false; p += at * a[d]!; });
    if (inside) { out.re[i] = from.re[p]!; out.im[i] = from.im[p]!; }
  }
  return out;
}

/** Numbers from pairs. */
function split(pairs: ArrayLike<number>): Complexes { const n = pairs.length / 2; return { re: Float64Array.from({ length: n }, (_, i) => pairs[2 * i]!), im: Float64Array.from({ length: n }, (_, i) => pairs[2 * i + 1]!) }; }
function read(a: NDArray): Complexes {
  const d = a.data as Float64Array;
  return a.dtype.isComplex ? split(d) : { re: Float64Array.from(d), im: new Float64Array(a.size) };
}
function write(x: Complexes, like: NDArray['dtype'], shape: readonly number[]): NDArray {
  const n = x.re.length, both = like.storage === 'c128' ? new Float64Array(2 * n) : new Float32Array(2 * n);
  for (let i = 0; i < n; i++) { both[2 * i] = x.re[i]!; both[2 * i + 1] = x.im[i]!; }
  return new NDArray(like, shape, both);
}
function checkRank(a: NDArray, rank: number): void { if (a.shape.length < rank) throw invalid(`Input must have rank of at least ${rank} but got: ${shapeText(a.shape)}`); }

const complexTransform = (rank: number, forward: boolean): Kernel => ([a]) => {
  checkRank(a!, rank);
  const x = read(a!), { shape } = a!;
  if (x.re.length > 0) for (let d = shape.length - rank; d < shape.length; d++) along(x, shape, d, forward);
  return [write(x, a!.dtype.baseDtype, shape)];
};
/** Lengths of the transform, checked against the input. */
function lengths(a: NDArray, given: NDArray, rank: number, forward: boolean): number[] {
  checkRank(a, rank);
  if (given.shape.length !== 1 || given.shape[0] !== rank) throw invalid(`fft_length must have shape [${rank}]`);
  const n = toNumbers(given), first = a.shape.length - rank;
  n.forEach((v, i) => {
    const least = !forward && i === rank - 1 ? Math.floor(v / 2) + 1 : v, have = a.shape[first + i]!;
    if (have !== 0 && have < least) throw invalid(`Input dimension ${first + i} must have length of at least ${least} but got: ${have}`);
  });
  return n;
}
export const halved = (n: number): number => (n === 0 ? 0 : Math.floor(n / 2) + 1);

const realTransform = (rank: number): Kernel => ([a, given]) => {
  const n = lengths(a!, given!, rank, true), outer = a!.shape.slice(0, -rank);
  const [full, kept] = [[...outer, ...n], [...outer, ...n.slice(0, -1), halved(n.at(-1)!)]];
  if (a!.size === 0) return [write(complexes(sizeOf(kept)), complex64, kept)];
  const x = box(read(a!), a!.shape, full);
  for (let d = outer.length; d < full.length; d++) along(x, full, d, true);
  return [write(box(x, full, kept), complex64, kept)];
};
/** The other half of the spectrum is the conjugate of this one, backwards. */
const realInverse = (rank: number): Kernel => ([a, given]) => {
  const n = lengths(a!, given!, rank, false), outer = a!.shape.slice(0, -rank), last = n.at(-1)!;
  const [full, part] = [[...outer, ...n], [...outer, ...n.slice(0, -1), Math.floor(last / 2) + 1]];
  if (a!.size === 0) return [new NDArray(float32, full, new Float32Array(sizeOf(full)))];
  const half = box(read(a!), a!.shape, part);
  for (let d = outer.length; d < full.length - 1; d++) along(half, part, d, false);
  const x = box(half, part, full), kept = part.at(-1)!;
  for (let row = 0; row * last < x.re.length; row++) for (let k = kept; k < last; k++) {
    x.re[row * last + k] = half.re[row * kept + last - k]!;
    x.im[row * last + k] = -half.im[row * kept + last - k]!;
  }
  along(x, full, full.length - 1, false);
  return [new NDArray(float32, full, Float32Array.from(x.re))];
};

export const fftKernels: readonly KernelDef[] = ['', '2D', '3D'].flatMap((d, i): KernelDef[] => [
  { op: `FFT${d}`, kernel: complexTransform(i + 1, true) }, { op: `IFFT${d}`, kernel: complexTransform(i + 1, false) }, { op: `RFFT${d}`, kernel: realTransform(i + 1) }, { op: `IRFFT${d}`, kernel: realInverse(i + 1) },
]);
