// Fourier transforms. Follows python/ops/signal/fft_ops.py and core/ops/spectral_ops.cc (1.15).
import { complex64, float32, int32 } from '../graph/dtype.ts';
import { AssertionError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, stack, unstack } from './array_join.ts';
import { expandDims, rank as rankOf, reshape, shape as shapeOf, transpose } from './array_shape.ts';
import { roll } from './array_blocks.ts';
import { ellipsis, pad, tile } from './array_slice.ts';
import { ones, zeros, zerosLike } from './array_values.ts';
import { conj, grad1, inputOf, inScope, int32Vector } from './building.ts';
import { constantValueAsShape } from './constant_value.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { maximum, mod } from './math_binary.ts';
import { cast } from './math_cast.ts';
import { real } from './math_complex.ts';
import { matmul } from './math_linear.ts';
import { reduceProd } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import { exp, reciprocal } from './math_unary.ts';
import { op1 } from './op_def_library.ts';
import { defineOp, type Grad } from './registry.ts';
import { intsOf } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';
import './tensor_operators.ts';

// --- complex ---------------------------------------------------------------------------------------------------------------

interface Complex { input: TensorLike; name?: string | null }
const transform = (name: string, op: string) => api(name, ['input', 'name'], (p: Complex): Tensor => op1(op, [p.input], undefined, p.name), { required: 1, python: name });
/** `tf.fft` (`tf.signal.fft`): the discrete Fourier transform over the last axis, of complex64 or complex128. */
export const fft = transform('fft', 'FFT');
/** `tf.ifft` (`tf.signal.ifft`): its inverse. */
export const ifft = transform('ifft', 'IFFT');
/** `tf.fft2d` (`tf.signal.fft2d`): over the last two axes. */
export const fft2d = transform('fft2d', 'FFT2D');
/** `tf.ifft2d` (`tf.signal.ifft2d`): its inverse. */
export const ifft2d = transform('ifft2d', 'IFFT2D');
/** `tf.fft3d` (`tf.signal.fft3d`): over the last three axes. */
export const fft3d = transform('fft3d', 'FFT3D');
/** `tf.ifft3d` (`tf.signal.ifft3d`): its inverse. */
export const ifft3d = transform('ifft3d', 'IFFT3D');

/** Number of elements that one transform reads. */
const sizeFor = (t: Tensor, rank: number): Tensor => reduceProd(shapeOf(t).at([-rank, null]));
for (const [rank, op, forward, inverse] of [[1, 'FFT', fft, ifft], [2, 'FFT2D', fft2d, ifft2d], [3, 'FFT3D', fft3d, ifft3d]] as const) {
  const shape: ShapeFn = (c) => [c.withRankAtLeast(c.input(0), rank)];
  defineOp(op, { shape, grad: grad1((_, g) => {
    const size = cast(sizeFor(g, rank), g.dtype);
    return [inverse(g).mul(size)];
  }) });
  defineOp(`I${op}`, { shape, grad: grad1((_, g) => {
    const part = cast(cast(sizeFor(g, rank), g.dtype.realDtype).rtruediv(1), g.dtype);
    return [forward(g).mul(part)];
  }) });
}

// --- real ------------------------------------------------------------------------------------------------------------------

interface Real { inputTensor: TensorLike; fftLength?: TensorLike | null; name?: string | null }
/** The lengths of the transform by the static shape of the input, or at run time. */
function inferLength(t: Tensor, rank: number, inverse: boolean): Tensor {
  const inner = t.shape.slice(-rank);
  if (inner.isFullyDefined) {
    const n = inner.asList() as number[];
    if (inverse) n[n.length - 1] = Math.max(0, 2 * (n.at(-1)! - 1));
    return convertToTensor(int32Vector(n));
  }
  const sizes = shapeOf(t).at([-rank, null]);
  if (!inverse) return sizes;
  const all = unstack(sizes);
  all[all.length - 1] = maximum(0, all.at(-1)!.sub(1).rmul(2));
  return stack(all);
}
/** Zeros behind what is shorter than the transform. */
function padded(t: Tensor, rank: number, length: Tensor, inverse: boolean): Tensor {
  if (t.shape.dims?.includes(0)) return t;
  const known = constantValueAsShape(length);
  if (known.isFullyDefined && t.shape.ndims !== null) {
    const have = t.shape.slice(-known.ndims!);
    if (have.isFullyDefined) {
      const want = known.asList() as number[];
      if (inverse) want[want.length - 1] = Math.floor(want.at(-1)! / 2) + 1;
      const pads = want.map((n, i) => [0, Math.max(n - have.dims![i]!, 0)]);
      if (pads.every(([, n]) => n === 0)) return t;
      const outer = Array.from({ length: Math.max(t.shape.ndims - want.length, 0) }, () => [0, 0]);
      return pad(t, [...outer, ...pads]);
    }
  }
  const all = rankOf(t);
  const sizes = shapeOf(t).at([-rank, null]);
  const outer = zeros([maximum(0, all.sub(rank))], { dtype: length.dtype });
  const wanted = inverse ? concat([length.at([null, -1]), length.at([-1, null]).floordiv(2).add(1)], 0) : length;
  const more = concat([outer, maximum(0, wanted.sub(sizes))], 0);
  return pad(t, stack([zerosLike(more), more], { axis: 1 }));
}
const realTransform = (name: string, op: string, rank: number, inverse: boolean) => api(name, ['inputTensor', 'fftLength', 'name'], (p: Real): Tensor => inScope(p.name, name, [p.inputTensor, p.fftLength], (scope) => {
  const t = convertToTensor(p.inputTensor, { dtype: inverse ? complex64 : float32 });
  t.shape.withRankAtLeast(rank);
  const length = p.fftLength === undefined || p.fftLength === null ? inferLength(t, rank, inverse) : convertToTensor(p.fftLength, { dtype: int32 });
  return op1(op, [padded(t, rank, length, inverse), length], undefined, scope);
}), { required: 1, python: name });
/** `tf.signal.rfft`: the non-negative frequencies of a real signal: complex64 of length `fftLength` / 2 + 1; the input is cut or padded with zeros to `fftLength` (default: its own). */
export const rfft = realTransform('rfft', 'RFFT', 1, false);
/** `tf.signal.irfft`: its inverse, of length `fftLength` (default: 2 (n - 1)). */
export const irfft = realTransform('irfft', 'IRFFT', 1, true);
/** `tf.signal.rfft2d`: over the last two axes. */
export const rfft2d = realTransform('rfft2d', 'RFFT2D', 2, false);
/** `tf.signal.irfft2d`: its inverse. */
export const irfft2d = realTransform('irfft2d', 'IRFFT2D', 2, true);
/** `tf.signal.rfft3d`: over the last three axes. Not differentiable, as in TensorFlow. */
export const rfft3d = realTransform('rfft3d', 'RFFT3D', 3, false);
/** `tf.signal.irfft3d`: its inverse. */
export const irfft3d = realTransform('irfft3d', 'IRFFT3D', 3, true);

const realShape = (rank: number, forward: boolean): ShapeFn => (c) => {
  const s = c.withRankAtLeast(c.input(0), rank);
  const given = c.withRank(c.input(1), 1);
  c.withValue(given.dims?.[0] ?? null, rank);
  if (s.dims === null) return [s];
  const v = c.value(1);
  const inner = v ? intsOf(v).map((n, i): Dim => (forward && i === rank - 1 && n !== 0 ? Math.floor(n / 2) + 1 : n)) : Array.from({ length: rank }, (): Dim => null);
  return [new TensorShape([...s.dims.slice(0, -rank), ...inner])];
};
/** The frequencies that are their own mirror images count once, all others twice. */
function rfftGrad(op: Operation, g: Tensor, rank: number, inverse: (t: Tensor, length: Tensor) => Tensor): readonly Grad[] {
  const length = inputOf(op, 1);
  const shape = shapeOf(inputOf(op, 0));
  const even = cast(length.at(-1).mod(2).rsub(1), complex64);
  const alternating = (n: Tensor): Tensor => cast(range(n).mod(2).rmul(2).rsub(1), complex64);
  const y0 = g.at(ellipsis, [0, 1]);
  let extra: Tensor;
  if (rank === 1) {
    const ym = g.at(ellipsis, [-1, null]);
    extra = y0.add(even.mul(ym).mul(alternating(shape.at(-1))));
  } else {
    const n = shape.at(-2);
    const index = tile(expandDims(range(n), 0), [n, 1] as unknown as TensorLike);
    const other = transpose(index, [1, 0]);
    const angle = cast(index.mul(other), complex64).rmul(new NDArray(complex64, [], Float32Array.of(0, -2 * Math.PI)));
    const mask = exp(angle.truediv(cast(n, complex64)));
    const wide = reshape(mask, concat([ones([rankOf(y0).sub(2)], { dtype: int32 }), shapeOf(mask)], 0));
    const tiled = tile(wide, concat([shapeOf(y0).at([null, -2]), [1, 1]], 0));
    const first = matmul(tiled, conj(y0));
    const ym = g.at(ellipsis, [-1, null]);
    let last = matmul(tiled, conj(ym));
    const inner = shape.at(-1);
    last = tile(last, concat([ones([rankOf(g).sub(1)], { dtype: int32 }), [inner] as unknown as TensorLike], 0)).mul(alternating(inner));
    extra = first.add(even.mul(last));
  }
  const size = cast(sizeFor(inputOf(op, 0), rank), float32);
  const back = inverse(g, length);
  return [back.mul(size).add(real(extra)).rmul(0.5), null];
}
function irfftGrad(op: Operation, g: Tensor, rank: number, forward: (t: Tensor, length: Tensor) => Tensor): readonly Grad[] {
  const length = inputOf(op, 1);
  const odd = mod(length.at(-1), 2);
  const last = shapeOf(inputOf(op, 0)).at(-1);
  const mask = concat([[1], ones([last.sub(2).add(odd)]).rmul(2), ones([odd.rsub(1)])] as readonly TensorLike[], 0);
  const part = reciprocal(cast(sizeFor(g, rank), float32));
  const through = forward(g, length);
  return [through.mul(cast(part.mul(mask), complex64)), null];
}
for (const [rank, op, forward, inverse] of [[1, 'RFFT', rfft, irfft], [2, 'RFFT2D', rfft2d, irfft2d]] as const) {
  defineOp(op, { shape: realShape(rank, true), grad: grad1((o, g) => rfftGrad(o, g, rank, inverse)) });
  defineOp(`I${op}`, { shape: realShape(rank, false), grad: grad1((o, g) => irfftGrad(o, g, rank, forward)) });
}
defineOp('RFFT3D', { shape: realShape(3, true) });
defineOp('IRFFT3D', { shape: realShape(3, false) });

interface Shift { x: TensorLike; axes?: number | readonly number[] | null; name?: string | null }
const shifted = (name: string, sign: 1 | -1) => api(name, ['x', 'axes', 'name'], (p: Shift): Tensor => inScope(p.name, name, [p.x], (scope) => {
  const x = convertToTensor(p.x);
  const axes = p.axes ?? x.shape.asList().map((_, i) => i);
  const half = (axis: number): number => {
    const n = x.shape.at(axis).value;
    if (n === null) throw new AssertionError(`${name}: the size of axis ${axis} must be known`);
    return sign * Math.floor(n / 2);
  };
  return typeof axes === 'number' ? roll(x, half(axes), axes, { name: scope }) : roll(x, axes.map(half), [...axes], { name: scope });
}), { required: 1, python: name });
/** `tf.signal.fftshift`: moves the zero frequency to the middle of `axes` (default: all). */
export const fftshift = shifted('fftshift', 1);
/** `tf.signal.ifftshift`: undoes it. */
export const ifftshift = shifted('ifftshift', -1);
