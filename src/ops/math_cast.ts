// Cast and its public forms. Follows math_ops.py (cast, saturate_cast, to_float ...) and math_grad.py.
import { bfloat16, complex128, complex64, type DType, float16, float32, float64, int32, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { grad1, inputOf, inScope } from './building.ts';
import { convertToTensor, isConvertible, isTensorLike, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { isBareNumber, isIntegral } from './make_array.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { unchangedShape } from './shape_fns.ts';

const CASTABLE: ReadonlySet<DType> = new Set([float16, float32, float64, bfloat16, complex64, complex128]);

defineOp('Cast', {
  shape: unchangedShape,
  grad: grad1((op, g) => {
    const from = inputOf(op, 0).dtype.baseDtype;
    return [CASTABLE.has(from) && CASTABLE.has(g.dtype.baseDtype) ? castTensor(g, from) : null];
  }),
});

/** `math_ops.cast`: the tensor itself when it has the dtype already. */
export function castTensor(x: TensorLike, dtype: DType, name?: string | null): Tensor {
  const base = dtype.baseDtype;
  if ((x instanceof Tensor || isConvertible(x)) && (x as Tensor).dtype === base) return convertToTensor(x);
  return inScope(name, 'Cast', [x], (scope) => {
    const preferred = !isBareNumber(x) ? undefined : isIntegral(x) && !base.isFloating && !base.isComplex ? int32 : float32;
    const t = convertToTensor(x, { name: 'x', preferred });
    return t.dtype.baseDtype === base ? t : op1('Cast', [t], { DstT: base }, scope);
  });
}
/** `tf.cast`: the value in another dtype (truncating floats to ints); the tensor itself when it has that dtype already. IndexedSlices stay sparse. */
export const cast = api('cast', ['x', 'dtype', 'name'], (p: { x: TensorLike | IndexedSlices; dtype: DType; name?: string | null }): Tensor => {
  if (!(p.x instanceof IndexedSlices)) return castTensor(p.x, p.dtype, p.name);
  const { values, indices, denseShape } = p.x;
  return inScope(p.name, 'Cast', [values], (scope) => new IndexedSlices(castTensor(values, p.dtype, scope), indices, denseShape)) as unknown as Tensor;
}, { required: 2 });

/** Smallest and largest value of a dtype, for clamping. */
function limits(d: DType): [number | bigint, number | bigint] {
  const bits = d.size * 8;
  if (d.isInteger) {
    if (bits === 64) return d.isUnsigned ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
    return d.isUnsigned ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  }
  const max: Record<string, number> = { float16: 65504, bfloat16: 3.3895313892515355e38, float32: 3.4028234663852886e38, float64: Number.MAX_VALUE };
  const m = max[d.name];
  if (m === undefined) throw new ValueError(`Cannot find maximum value of ${d.str}.`);
  return [-m, m];
}
/** `tf.saturate_cast`: like `cast`, with values clamped to what the dtype holds. */
export const saturateCast = api('saturateCast', ['value', 'dtype', 'name'], (p: { value: TensorLike; dtype: DType; name?: string | null }) => inScope(p.name, 'saturate_cast', [p.value], (scope) => {
  let v = convertToTensor(p.value, { name: 'value' });
  const [from, to] = [limits(v.dtype.baseDtype), limits(p.dtype.baseDtype)];
  const bound = (x: number | bigint, name: string): Tensor => convertToTensor(typeof x === 'bigint' && v.dtype.baseDtype !== int64 ? Number(x) : x, { dtype: v.dtype.baseDtype, name });
  if (from[0] < to[0]) v = op1('Maximum', [v, bound(to[0], 'min')]);
  if (from[1] > to[1]) v = op1('Minimum', [v, bound(to[1], 'max')]);
  return castTensor(v, p.dtype, scope);
}), { required: 2 });

function caster(name: string, dtype: DType, defaultName: string): typeof toFloat {
  return api(name, ['x', 'name'], (p: { x: TensorLike; name?: string | null }) => castTensor(p.x, dtype, p.name ?? defaultName), { required: 1 });
}
/** `tf.to_float`: cast to float32 (deprecated in TF: use `cast`). */
export const toFloat = api('toFloat', ['x', 'name'], (p: { x: TensorLike; name?: string | null }) => castTensor(p.x, float32, p.name ?? 'ToFloat'), { required: 1 });
/** `tf.to_double`. */
export const toDouble = caster('toDouble', float64, 'ToDouble');
/** `tf.to_int32`. */
export const toInt32 = caster('toInt32', int32, 'ToInt32');
/** `tf.to_int64`. */
export const toInt64 = caster('toInt64', int64, 'ToInt64');
/** `tf.to_bfloat16`. */
export const toBfloat16 = caster('toBfloat16', bfloat16, 'ToBFloat16');
/** `tf.to_complex64`. */
export const toComplex64 = caster('toComplex64', complex64, 'ToComplex64');
/** `tf.to_complex128`. */
export const toComplex128 = caster('toComplex128', complex128, 'ToComplex128');

/** A dtype another operand brings along. */
export function dtypeOfValue(v: unknown): DType | undefined { return isTensorLike(v) ? (v as { dtype?: DType }).dtype?.baseDtype : undefined; }
