// Orthogonal kernels of convolutions: products of kernels of size two made of random projections. Follows
// ConvolutionOrthogonal1D to 3D in python/ops/init_ops.py (1.15); one procedure for all three.
import { type DType, float32 } from '../../graph/dtype.ts';
import { ValueError } from '../../graph/errors.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { eye, matrixTranspose } from '../array_diag.ts';
import { stack } from '../array_join.ts';
import { expandDims } from '../array_shape.ts';
import { zeros } from '../array_values.ts';
import type { Initializer } from '../init_ops.ts';
import { orthonormal } from '../init_ops.ts';
import { multiply } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { matmul } from '../math_linear.ts';
import { randomNormal } from '../random_ops.ts';
import '../tensor_operators.ts';

/** A kernel: matrices by place, in row-major order. */
interface Kernel { readonly size: number; readonly at: (place: readonly number[]) => Tensor }
const places = (size: number, rank: number): number[][] => (rank === 0 ? [[]] : places(size, rank - 1).flatMap((p) => Array.from({ length: size }, (_, i) => [...p, i])));
function kernelOf(size: number, rank: number, make: (place: readonly number[]) => Tensor): Kernel {
  const made = new Map(places(size, rank).map((p) => [p.join(), make(p)]));
  return { size, at: (p) => made.get(p.join())! };
}

class Orthogonal {
  readonly #rank: number;
  readonly #dtype: DType;
  /** Every random matrix takes the next seed. */
  #seed: number | null;
  constructor(rank: number, dtype: DType, seed: number | null) { this.#rank = rank; this.#dtype = dtype; this.#seed = seed; }
  #next(): void { if (this.#seed) this.#seed++; }
  matrix(n: number): Tensor {
    const q = orthonormal([n, n], this.#dtype, this.#seed);
    this.#next();
    return q;
  }
  #projection(n: number): Tensor {
    const q = this.matrix(n);
    const mask = castTensor(randomNormal([n], { seed: this.#seed }).greater(0), this.#dtype);
    this.#next();
    const c = multiply(q, mask);
    return matmul(c, matrixTranspose(c));
  }
  /** A kernel of size two: products of the projections, one an axis, or of what they leave. */
  block(n: number): Kernel {
    const p = Array.from({ length: this.#rank }, () => this.#projection(n)), unit = eye(n, { dtype: this.#dtype });
    const rank = this.#rank;
    if (rank === 1) return kernelOf(2, 1, ([i]) => (i === 0 ? p[0]! : unit.sub(p[0]!)));
    if (rank === 2) return kernelOf(2, 2, (at) => {
      const [a, b] = at.map((i, k) => (i === 0 ? p[k]! : unit.sub(p[k]!)));
      return matmul(a!, b!);
    });
    // In three dimensions TensorFlow writes the choice out: i p + (1 - i) (1 - p).
    const choice = (i: number, x: Tensor): Tensor => x.rmul(i).add(unit.sub(x).rmul(1 - i));
    return kernelOf(2, 3, (at) => {
      const [a, b, c] = at.map((i, k) => choice(i, p[k]!));
      return matmul(matmul(a!, b!), c!);
    });
  }
  convolved(a: Kernel, b: Kernel, n: number): Kernel {
    return kernelOf(a.size + b.size - 1, this.#rank, (at) => {
      let sum = zeros([n, n], this.#dtype);
      for (const p of places(a.size, this.#rank)) {
        const q = at.map((x, k) => x - p[k]!);
        if (q.every((x) => x >= 0 && x < b.size)) sum = sum.add(matmul(a.at(p), b.at(q)));
      }
      return sum;
    });
  }
  kernel(size: number, inputs: number, outputs: number): Tensor {
    const orth = this.matrix(outputs).at([0, inputs], null);
    if (size === 1) return Array.from({ length: this.#rank }).reduce<Tensor>((t) => expandDims(t, 0), orth);
    let p = this.block(outputs);
    for (let i = 2; i < size; i++) p = this.convolved(p, this.block(outputs), outputs);
    const parts = new Map(places(size, this.#rank).map((at) => [at.join(), matmul(orth, p.at(at))]));
    const stacked = (prefix: readonly number[]): Tensor => (prefix.length === this.#rank ? parts.get(prefix.join())! : stack(Array.from({ length: size }, (_, i) => stacked([...prefix, i]))));
    return stacked([]);
  }
}

interface Params { gain?: number; seed?: number | null; dtype?: DType | null }
const WORDS = ['three', 'four', 'five'];
const orthogonal = (name: string, rank: number): ReturnType<typeof api<Params, readonly ['gain', 'seed', 'dtype'], Initializer>> => api(name, ['gain', 'seed', 'dtype'] as const, (p: Params): Initializer => {
  const state = new Orthogonal(rank, p.dtype ?? float32, p.seed ?? null);
  return {
    initialize: (shape, o = {}) => {
      if (shape.length !== rank + 2) throw new ValueError(`The tensor to initialize must be ${WORDS[rank - 1]}-dimensional`);
      const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!];
      if (inputs > outputs) throw new ValueError('In_filters cannot be greater than out_filters.');
      if (shape.slice(0, rank).some((d) => d !== shape[0])) throw new ValueError('Kernel sizes must be equal.');
      const kernel = state.kernel(shape[0]!, inputs, outputs);
      return kernel.mul(castTensor(p.gain ?? 1, o.dtype ?? p.dtype ?? float32));
    },
  };
});
/** `tf.contrib.framework.convolutional_orthogonal_1d`: a kernel `[size, in, out]` whose convolution keeps lengths, times `gain` (1).
 * Errors: ValueError for another rank, for more input than output filters. */
export const convolutionalOrthogonal1d = orthogonal('convolutionalOrthogonal1d', 1);
/** `tf.contrib.framework.convolutional_orthogonal_2d`: `[size, size, in, out]`. */
export const convolutionalOrthogonal2d = orthogonal('convolutionalOrthogonal2d', 2);
/** `tf.contrib.framework.convolutional_orthogonal_3d`: `[size, size, size, in, out]`. */
export const convolutionalOrthogonal3d = orthogonal('convolutionalOrthogonal3d', 3);
