// Cosine transforms by way of Fourier's, and window functions. Follows python/ops/signal/{dct_ops,window_ops}.py (1.15).
import { bool, type DType, float32, int32 } from '../graph/dtype.ts';
import { NotImplementedError, ValueError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat } from './array_join.ts';
import { expandDims, shape as shapeOf } from './array_shape.ts';
import { ellipsis, pad } from './array_slice.ts';
import { ones } from './array_values.ts';
import { inScope, scalarOf } from './building.ts';
import { cond } from './cond.ts';
import { constantValue } from './constant_value.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { irfft, rfft } from './fft_ops.ts';
import { mod } from './math_binary.ts';
import { cast } from './math_cast.ts';
import { complex, real } from './math_complex.ts';
import { equal } from './math_logic.ts';
import { range } from './math_sequence.ts';
import { cos, exp, rsqrt, sqrt } from './math_unary.ts';
import { NDArray } from '../graph/ndarray.ts';
import './tensor_operators.ts';

interface Dct { input: TensorLike; type?: 1 | 2 | 3; n?: number | null; axis?: number; norm?: 'ortho' | null; name?: string | null }
const ORDER = ['input', 'type', 'n', 'axis', 'norm', 'name'] as const;
/** Errors: NotImplementedError for an axis other than the last, ValueError for other types, norms and lengths. */
function check(p: Dct): void {
  const { type = 2, n = null, axis = -1, norm = null } = p;
  if (axis !== -1) throw new NotImplementedError(`axis must be -1. Got: ${axis}`);
  if (n !== null && n < 1) throw new ValueError('n should be a positive integer or None');
  if (![1, 2, 3].includes(type)) throw new ValueError('Only Types I, II and III (I)DCT are supported.');
  if (type === 1) {
    if (norm === 'ortho') throw new ValueError('Normalization is not supported for the Type-I DCT.');
    const last = (p.input as Tensor).shape.at(-1).value;
    if (last !== null && last < 2) throw new ValueError('Type-I DCT requires the dimension to be greater than one.');
  }
  if (norm !== null && norm !== 'ortho') throw new ValueError(`Unknown normalization. Expected None or 'ortho', got: ${norm as string}`);
}
/** Length of the last axis, or a tensor of it. */
const lastSize = (t: Tensor): number | Tensor => t.shape.at(-1).value || shapeOf(t).at(-1);
const twice = (n: number | Tensor): number | Tensor => (typeof n === 'number' ? 2 * n : n.rmul(2));

function transform(p: Dct, type: 1 | 2 | 3): Tensor {
  return inScope(p.name, 'dct', [p.input], () => {
    let x = convertToTensor(p.input, { dtype: float32 });
    const have = lastSize(x), n = p.n ?? null;
    if (n !== null) {
      if (typeof have === 'number' && n <= have) x = x.at(ellipsis, [0, n]);
      else {
        const rows = x.shape.asList().length;
        x = pad(x, convertToTensor(new NDArray(int32, [rows, 2], Int32Array.from({ length: 2 * rows }, (_, i) => (i === 2 * rows - 1 ? n - Number(have) : 0)))));
      }
    }
    const size = lastSize(x);
    const length = cast(typeof size === 'number' ? scalarOf(size, int32) : size, float32);
    const turns = (sign: 1 | -1): Tensor => {
      const steps = range(length);
      return exp(complex(0, (sign === 1 ? steps : steps.neg()).mul(Math.PI).mul(0.5).truediv(length))).rmul(2);
    };
    /** The first element has a weight of its own. */
    const weights = (first: Tensor, factor: number): Tensor => {
      const rest = first.mul(sqrt(factor));
      return pad(expandDims(first, 0), [[0, typeof size === 'number' ? size - 1 : size.sub(1)]] as unknown as TensorLike, { constantValues: rest });
    };
    if (type === 1) return real(rfft(concat([x, x.at(ellipsis, [-2, 0, -1])], -1)));
    const span = (): TensorLike => [twice(size)] as unknown as TensorLike;
    if (type === 2) {
      const scale = turns(-1);
      const out = real(rfft(x, { fftLength: span() }).at(ellipsis, [null, size]).mul(scale));
      return p.norm === 'ortho' ? out.mul(weights(rsqrt(length).rmul(0.5), 2)) : out;
    }
    x = p.norm === 'ortho' ? x.mul(weights(sqrt(length), 0.5)) : x.mul(length);
    const scale = turns(1);
    return real(irfft(scale.mul(complex(x, 0)), { fftLength: span() })).at(ellipsis, [null, size]);
  });
}
/** `tf.signal.dct` (`tf.spectral.dct`): discrete cosine transform of type I, II (default) or III over the last axis, cut or padded with zeros to `n`; `norm` 'ortho' makes it orthogonal. */
export const dct = api('dct', ORDER, (p: Dct): Tensor => { check(p); return transform(p, p.type ?? 2); }, { required: 1 });
/** `tf.signal.idct` (`tf.spectral.idct`): its inverse, up to the factor that `norm` takes care of. */
export const idct = api('idct', ORDER, (p: Dct): Tensor => { check(p); return transform(p, ([1, 3, 2] as const)[(p.type ?? 2) - 1]!); }, { required: 1 });

interface Window { windowLength: TensorLike; periodic?: TensorLike; dtype?: DType; name?: string | null }
const WINDOW = ['windowLength', 'periodic', 'dtype', 'name'] as const;
const raisedCosine = (name: string, a: number, b: number) => (p: Window): Tensor => {
  const dtype = p.dtype ?? float32;
  if (!dtype.isFloating) throw new ValueError(`dtype must be a floating point type. Found ${dtype.str}`);
  return inScope(p.name, name, [p.windowLength, p.periodic], () => {
    const length = convertToTensor(p.windowLength, { dtype: int32, name: 'window_length' });
    const known = constantValue(length);
    if (known && Number(known.flat(0)) === 1) return ones([1], { dtype });
    const periodic = cast(convertToTensor(p.periodic ?? true, { dtype: bool, name: 'periodic' }), int32);
    const even = mod(length, 2).rsub(1);
    const n = cast(length.add(periodic.mul(even)).sub(1), dtype);
    const count = cast(range(length), dtype);
    const angle = constantNode(scalarOf(2 * Math.PI, dtype)).mul(count).truediv(n);
    const window = (): Tensor => cast(cos(angle).rmul(b).rsub(a), dtype);
    return known ? window() : cond(equal(length, 1), () => ones([1], { dtype }), window) as Tensor;
  });
};
/** `tf.signal.hann_window`: 0.5 - 0.5 cos(2 pi k / n) for k = 0 to `windowLength` - 1; `periodic` (default) or symmetric. Errors: ValueError for dtypes that are not floating. */
export const hannWindow = api('hannWindow', WINDOW, raisedCosine('hann_window', 0.5, 0.5), { required: 1 });
/** `tf.signal.hamming_window`: 0.54 - 0.46 cos(2 pi k / n). */
export const hammingWindow = api('hammingWindow', WINDOW, raisedCosine('hamming_window', 0.54, 0.46), { required: 1 });
