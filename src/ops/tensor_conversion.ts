// `tf.register_tensor_conversion_function`: objects of users' own classes where a tensor is wanted. Follows
// python/framework/tensor_conversion_registry.py and internal_convert_to_tensor in ops.py (1.15).
import { DType } from '../graph/dtype.ts';
import { RuntimeError, TypeError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { Tensor } from '../graph/tensor.ts';
import { registerConversion } from './convert.ts';
import { pythonRepr } from './make_array.ts';

/** Makes a tensor of a value; `undefined` leaves it to the next function (Python's NotImplemented). */
export type TensorConversionFunction<T> = (value: T, dtype: DType | null, name: string | null, asRef: boolean) => Tensor | undefined;
type Class<T> = abstract new (...args: never[]) => T;

const BASIC: readonly unknown[] = [Number, Boolean, String, BigInt, NDArray];

/** `tf.register_tensor_conversion_function`: objects of a class (or of one of several) become tensors by `conversionFunc`
 * wherever a tensor is wanted; lower `priority` (default 100) comes first, then the earlier registration.
 * Errors: TypeError for what is no class or no function, and for number types; a conversion that returns no tensor or
 * another dtype than asked for is a RuntimeError when it happens. */
export function registerTensorConversionFunction<T>(baseType: Class<T> | readonly Class<T>[], conversionFunc: TensorConversionFunction<T>, priority = 100): void {
  const types: readonly Class<T>[] = Array.isArray(baseType) ? baseType as readonly Class<T>[] : [baseType as Class<T>];
  if (!types.every((t) => typeof t === 'function')) throw new TypeError('base_type must be a type or a tuple of types.');
  if (types.some((t) => BASIC.includes(t))) throw new TypeError('Cannot register conversions for Python numeric types and NumPy scalars and arrays.');
  if (typeof conversionFunc !== 'function') throw new TypeError('conversion_func must be callable.');
  registerConversion((value, { dtype, preferred, name, asRef = false }) => {
    const type = types.find((t) => value instanceof t);
    if (!type) return undefined;
    const convert = (d: DType | null): unknown => conversionFunc(value as T, d, name ?? null, asRef);
    let made: unknown;
    if (dtype === undefined && preferred !== undefined) made = preferring(convert, preferred);
    made ??= convert(dtype ?? null);
    if (made === undefined || made === null) return undefined;
    const what = `${name === undefined ? '' : `${name}: `}Conversion function ${conversionFunc.name || '<lambda>'} for type <class '${type.name}'> returned`;
    if (!(made instanceof Tensor)) throw new RuntimeError(`${what} non-Tensor: ${pythonRepr(made)}`);
    if (dtype && !dtype.isCompatibleWith(made.dtype)) throw new RuntimeError(`${what} incompatible dtype: requested = ${dtype.name}, actual = ${made.dtype.name}`);
    return made;
  }, priority);
}

/** A first try with the dtype that would suit the place; one that cannot be had is no failure, another one is. */
function preferring(convert: (d: DType) => unknown, preferred: DType): unknown {
  let made: unknown;
  try {
    made = convert(preferred);
  } catch (e) {
    if (e instanceof TypeError || e instanceof ValueError) return undefined;
    throw e;
  }
  if (made instanceof Tensor && made.dtype.baseDtype !== preferred.baseDtype) {
    throw new TypeError(`convert_to_tensor did not convert to the preferred dtype: ${made.dtype.baseDtype.str} vs ${preferred.baseDtype.str} `);
  }
  return made;
}
