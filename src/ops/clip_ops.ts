// Clipping of tensors and gradients by norm. Follows python/ops/clip_ops.py (1.15).
import { float32 } from '../graph/dtype.ts';
import { TypeError } from '../graph/errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { stack } from './array_join.ts';
import { rank, size } from './array_shape.ts';
import { where } from './array_gather.ts';
import { identity, onesLike } from './array_values.ts';
import { colocatedWith, inScope } from './building.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { maximum, minimum } from './math_binary.ts';
import { castTensor } from './math_cast.ts';
import { reduceSum } from './math_reduce.ts';
import { range } from './math_sequence.ts';
import { isFinite, rsqrt, sqrt } from './math_unary.ts';
import { op1 } from './op_def_library.ts';
import './tensor_operators.ts';

type Clippable = TensorLike | IndexedSlices;
type Clipped<T> = T extends IndexedSlices ? IndexedSlices : Tensor;
/** The values to clip, and how a result takes the form of what was given. */
const valuesOf = (t: Clippable, name: string): Tensor => convertToTensor(t instanceof IndexedSlices ? t.values : t, { name });
const inFormOf = (t: Clippable, values: Tensor): Tensor | IndexedSlices => (t instanceof IndexedSlices ? new IndexedSlices(values, t.indices, t.denseShape) : values);

interface ByNorm { t: Clippable; clipNorm: TensorLike; axes?: TensorLike | null; name?: string | null }
interface ClipByNorm {
  <T extends Clippable>(t: T, clipNorm: TensorLike, axes?: TensorLike | null | { axes?: TensorLike | null; name?: string | null }, name?: string | null | { name?: string | null }): Clipped<T>;
  (options: ByNorm): Tensor | IndexedSlices;
}
/** `tf.clip_by_norm`: scaled down so that the norm over `axes` (default all) is at most `clipNorm`. */
export const clipByNorm = api('clipByNorm', ['t', 'clipNorm', 'axes', 'name'], (p: ByNorm) => inScope(p.name, 'clip_by_norm', [p.t, p.clipNorm], (scope) => {
  const values = valuesOf(p.t, 't');
  const squares = reduceSum(values.mul(values), p.axes ?? null, true);
  const positive = squares.greater(0);
  const safe = where(positive, squares, onesLike(squares));
  const norm = where(positive, sqrt(safe), squares);
  const scaled = values.mul(p.clipNorm);
  values.shape.mergeWith(scaled.shape);
  return inFormOf(p.t, identity(scaled.truediv(maximum(norm, p.clipNorm)), { name: scope }));
}), { required: 2 }) as unknown as ClipByNorm;

type Listed = readonly (Clippable | null)[];
function checkList(list: unknown): void {
  if (!Array.isArray(list)) throw new TypeError('t_list should be a sequence');
}
const listed = (list: Listed): (Tensor | null)[] => list.map((t, i) => (t === null ? null : valuesOf(t, `t_${i}`)));

/** `tf.global_norm`: the norm of several tensors taken as one vector; nulls are left out. */
export const globalNorm = api('globalNorm', ['tList', 'name'], (p: { tList: Listed; name?: string | null }): Tensor => {
  checkList(p.tList);
  return inScope(p.name, 'global_norm', p.tList, () => {
    const halves = listed(p.tList).flatMap((v) => (v === null ? [] : [colocatedWith(v, () => op1('L2Loss', [v]))]));
    const half = reduceSum(stack(halves));
    return sqrt(half.mul(constantNode(2.0, { dtype: half.dtype })), { name: 'global_norm' });
  });
}, { required: 1 });

/** `tf.clip_by_global_norm`: [list scaled by clipNorm / max(norm, clipNorm), norm]; NaN everywhere when the norm is not finite.
 * `useNorm` is a norm computed before. Errors: TypeError when `tList` is no list. */
export const clipByGlobalNorm = api('clipByGlobalNorm', ['tList', 'clipNorm', 'useNorm', 'name'], (p: { tList: Listed; clipNorm: TensorLike; useNorm?: Tensor | null; name?: string | null }): [(Tensor | IndexedSlices | null)[], Tensor] => {
  checkList(p.tList);
  const norm = p.useNorm ?? globalNorm(p.tList, p.name ?? null);
  return inScope(p.name, 'clip_by_global_norm', [...p.tList, p.clipNorm], (scope) => {
    const inverse = norm.rtruediv(1);
    const finite = minimum(inverse, constantNode(1.0, { dtype: norm.dtype }).truediv(p.clipNorm)).rmul(p.clipNorm);
    const scale = where(isFinite(norm), finite, constantNode(Number.NaN, { dtype: norm.dtype }));
    const clipped = listed(p.tList).map((v, i) => (v === null ? null : colocatedWith(v, () => identity(v.mul(scale), { name: `${scope}_${i}` }))));
    return [clipped.map((v, i) => (v === null ? null : inFormOf(p.tList[i]!, v))), norm];
  });
}, { required: 2 });

/** `tf.clip_by_average_norm`: scaled so that the norm divided by the number of elements is at most `clipNorm`. */
export const clipByAverageNorm = api('clipByAverageNorm', ['t', 'clipNorm', 'name'], (p: { t: TensorLike; clipNorm: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'clip_by_average_norm', [p.t, p.clipNorm], (scope) => {
  const t = convertToTensor(p.t, { name: 't' });
  const count = castTensor(size(t), float32);
  const inverse = rsqrt(reduceSum(t.mul(t), range(rank(t))));
  const scaled = t.mul(p.clipNorm);
  return identity(scaled.mul(minimum(inverse.mul(count), constantNode(1.0).truediv(p.clipNorm))), { name: scope });
}), { required: 2 });
