// What a value of a ported program is: Python's types, told apart when the program runs.
import { NDArray } from '../graph/ndarray.ts';
import { Dimension, TensorShape } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';

/** Any value: the boundary to code whose types only Python knew. What the port could infer is typed in its output. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Dynamic = any;

/** Python's None. */
export function isNone(v: unknown): v is null | undefined { return v === null || v === undefined; }
/** Tensors and variables: whatever has TensorFlow's operators. */
export function isSymbolic(v: unknown): boolean {
  return v instanceof Tensor || (typeof v === 'object' && v !== null && 'dtype' in v && 'rsub' in v && !(v instanceof NDArray));
}
export function isPlainObject(v: unknown): v is Record<string, unknown> {
  if (typeof v !== 'object' || v === null) return false;
  const proto: unknown = Object.getPrototypeOf(v);
  return proto === Object.prototype || proto === null;
}
/** A number of Python: JavaScript's numbers, bigints and booleans, and known dimensions. */
export function isNumeric(v: unknown): boolean { return typeof v === 'number' || typeof v === 'bigint' || typeof v === 'boolean' || v instanceof Dimension; }
export function toNumber(v: unknown): number { return v instanceof NDArray ? Number(v.item()) : Number(v); }

/** Python's name of a value's type, for messages. */
export function typeName(v: unknown): string {
  if (v === null || v === undefined) return 'NoneType';
  switch (typeof v) {
    case 'boolean': return 'bool';
    case 'number': return Number.isInteger(v) ? 'int' : 'float';
    case 'bigint': return 'int';
    case 'string': return 'str';
    case 'function': return 'function';
    default:
  }
  if (Array.isArray(v)) return 'list';
  if (v instanceof Map || isPlainObject(v)) return 'dict';
  if (v instanceof Set) return 'set';
  if (v instanceof NDArray) return 'numpy.ndarray';
  return (v as object).constructor.name;
}
export { Dimension, NDArray, TensorShape };
