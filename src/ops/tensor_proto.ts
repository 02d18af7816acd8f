// TensorProtos are NDArrays here: what Const nodes hold and codecs write. Follows python/framework/tensor_util.py (1.15).
import type { DType } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { NDArray } from '../graph/ndarray.ts';
import { api } from './api.ts';
import { type ArrayLike, makeArray, pythonRepr } from './make_array.ts';

interface Proto { values: ArrayLike; dtype?: DType | null; shape?: readonly number[] | null; verifyShape?: boolean; allowBroadcast?: boolean }
/** `tf.make_tensor_proto`: a constant value. `shape`: the elements in another shape, the last one repeated where there are too few; `verifyShape`: it must be theirs;
 * `allowBroadcast`: only a scalar may be repeated. Errors: TypeError and ValueError for values that do not fit. */
export const makeTensorProto = api('makeTensorProto', ['values', 'dtype', 'shape', 'verifyShape', 'allowBroadcast'], (p: Proto): NDArray => {
  const a = makeArray(p.values, p.dtype ?? undefined), shape = p.shape ?? null;
  if (shape === null) return a;
  const same = shape.length === a.ndim && shape.every((d, i) => d === a.shape[i]);
  if (!same && p.allowBroadcast && a.ndim > 0 && a.size !== 1) throw new TypeError(`Expected Tensor's shape: (${shape.join(', ')}), got (${a.shape.join(', ')}).`);
  if (!same && p.verifyShape) throw new TypeError(`Expected Tensor's shape: (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), got (${a.shape.join(', ')}${a.ndim === 1 ? ',' : ''}).`);
  return makeArray(a, undefined, shape);
}, { required: 1 });
/** `tf.make_ndarray`: the value of a TensorProto: itself. Errors: ValueError for what is none. */
export const makeNdarray = api('makeNdarray', ['tensor'], (p: { tensor: NDArray }): NDArray => {
  if (!(p.tensor instanceof NDArray)) throw new ValueError(`Not a TensorProto: ${pythonRepr(p.tensor)}`);
  return p.tensor;
}, { required: 1 });
