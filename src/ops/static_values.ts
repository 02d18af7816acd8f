// Small functions about tensors, shapes and dtypes that make no nodes or only one. Follows python/framework/{tensor_util,tensor_shape,dtypes,
// sparse_tensor,ops}.py and python/ops/{array_ops,math_ops,numerics,logging_ops,variable_scope}.py (1.15).
import { type DType, DType as DTypeClass, dtypeFromEnum, dtypeFromName, int64 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { broadcastShapes, Dimension, SCALAR_SHAPE, type TensorShape } from '../graph/shape.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { oneOf } from './array_shape.ts';
import { checkNumerics } from './array_values.ts';
import { afterOps, colocatedWith, grad1, inScope } from './building.ts';
import { constantValue } from './constant_value.ts';
import { group, withDependencies } from './control_flow_ops.ts';
import { convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { pythonRepr } from './make_array.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { unchangedShape } from './shape_fns.ts';
import { SparseTensor, SparseTensorValue } from './sparse_tensor.ts';

/** `tf.as_dtype`: a dtype from itself, its name ('float32', 'float', 'DT_FLOAT') or its number. Errors: TypeError for anything else. */
export const asDtype = api('asDtype', ['typeValue'], (p: { typeValue: DType | string | number }): DType => {
  const v = p.typeValue;
  const found = v instanceof DTypeClass ? v : typeof v === 'number' ? dtypeFromEnum(v) : typeof v === 'string' ? dtypeFromName(v) : undefined;
  if (!found) throw new TypeError(`Cannot convert value ${pythonRepr(v)} to a TensorFlow DType.`);
  return found;
}, { required: 1 });

/** `tf.is_tensor`: tensors, variables, sparse tensors. */
export const isTensor = api('isTensor', ['x'], (p: { x: unknown }): boolean => isTensorLike(p.x) || p.x instanceof SparseTensor || p.x instanceof IndexedSlices, { required: 1 });
/** `tf.get_static_value`: the value of a tensor that does not depend on feeds or variables, as far as building knows it; null otherwise. */
export const getStaticValue = api('getStaticValue', ['tensor', 'partial'], (p: { tensor: Tensor; partial?: boolean }): NDArray | null => constantValue(p.tensor) ?? null, { required: 1 });
/** `tf.dimension_value`: a Dimension's number or null; numbers as they are. */
export const dimensionValue = api('dimensionValue', ['dimension'], (p: { dimension: Dimension | number | null }): number | null => (p.dimension instanceof Dimension ? p.dimension.value : p.dimension), { required: 1 });
/** `tf.dimension_at_index`: the dimension of a shape, unknown when its rank is. */
export const dimensionAtIndex = api('dimensionAtIndex', ['shape', 'index'], (p: { shape: TensorShape; index: number }): Dimension => (p.shape.dims === null ? new Dimension(null) : p.shape.at(p.index)), { required: 2 });
/** `tf.broadcast_static_shape`: the shape two shapes broadcast to. Errors: ValueError when they do not. */
export const broadcastStaticShape = api('broadcastStaticShape', ['shapeX', 'shapeY'], (p: { shapeX: TensorShape; shapeY: TensorShape }): TensorShape => {
  const s = broadcastShapes(p.shapeX, p.shapeY);
  if (!s) throw new ValueError(`Incompatible shapes for broadcasting: ${p.shapeX} and ${p.shapeY}`);
  return s;
}, { required: 2 });

interface Convert { value: unknown; dtype?: DType | null; name?: string | null }
/** `tf.convert_to_tensor_or_sparse_tensor`. Errors: RuntimeError for a sparse tensor of another dtype. */
export const convertToTensorOrSparseTensor = api('convertToTensorOrSparseTensor', ['value', 'dtype', 'name'], (p: Convert): Tensor | SparseTensor => {
  const v = p.value instanceof SparseTensorValue ? SparseTensor.fromValue(p.value as SparseTensorValue<TensorLike>) : p.value;
  if (!(v instanceof SparseTensor)) return convertToTensor(v as TensorLike, { dtype: p.dtype ?? undefined, name: p.name ?? undefined });
  if (p.dtype && !p.dtype.isCompatibleWith(v.dtype)) throw new ValueError(`Sparse dtype: requested = ${p.dtype.name}, actual = ${v.dtype.name}`);
  return v;
}, { required: 1 });
/** `tf.convert_to_tensor_or_indexed_slices`. Errors: ValueError for slices of another dtype. */
export const convertToTensorOrIndexedSlices = api('convertToTensorOrIndexedSlices', ['value', 'dtype', 'name'], (p: Convert): Tensor | IndexedSlices => {
  const v = p.value;
  if (!(v instanceof IndexedSlices)) return convertToTensor(v as TensorLike, { dtype: p.dtype ?? undefined, name: p.name ?? undefined });
  if (p.dtype && !p.dtype.isCompatibleWith(v.values.dtype)) throw new ValueError(`Tensor conversion requested dtype ${p.dtype.name} for Tensor with dtype ${v.values.dtype.name}: ${pythonRepr(String(v))}`);
  return v;
}, { required: 1 });

interface Arg { input: TensorLike; dimension: TensorLike; outputType?: DType; name?: string | null }
const arg = (op: string) => (p: Arg): Tensor => op1(op, [p.input, p.dimension], { output_type: p.outputType ?? int64 }, p.name);
/** `tf.arg_max`: the old form of `tf.argmax`. */
export const argMax = api('argMax', ['input', 'dimension', 'outputType', 'name'], arg('ArgMax'), { required: 2 });
/** `tf.arg_min`. */
export const argMin = api('argMin', ['input', 'dimension', 'outputType', 'name'], arg('ArgMin'), { required: 2 });

defineOp('GuaranteeConst', { shape: unchangedShape, grad: grad1((_, g) => [g]) });
/** `tf.guarantee_const`: a promise that the value does not change from run to run. */
export const guaranteeConst = api('guaranteeConst', ['input', 'name'], (p: { input: TensorLike; name?: string | null }): Tensor => op1('GuaranteeConst', [p.input], {}, p.name), { required: 1 });
defineOp('Timestamp', { shape: () => [SCALAR_SHAPE], grad: null });
/** `tf.timestamp`: seconds since 1970 as float64, when the op runs. */
export const timestamp = api('timestamp', ['name'], (p: { name?: string | null }): Tensor => op1('Timestamp', [], {}, p.name));

interface Finite { t?: TensorLike | null; msg?: string | null; name?: string | null; x?: TensorLike | null; message?: string | null }
/** `tf.verify_tensor_all_finite`: the tensor; a run fails with InvalidArgumentError and `msg` when it holds NaN or infinity. */
export const verifyTensorAllFinite = api('verifyTensorAllFinite', ['t', 'msg', 'name', 'x', 'message'], (p: Finite): Tensor => {
  const given = oneOf('x', p.x, 't', p.t);
  const message = oneOf('message', p.message, 'msg', p.msg);
  return inScope(p.name, 'VerifyFinite', [given], () => {
    const x = convertToTensor(given!, { name: 'x' });
    return colocatedWith(x, () => withDependencies([checkNumerics(x, message ?? '')], x));
  });
});
/** `tf.add_check_numerics_ops`: an op that checks every floating tensor of the graph, one after another. Errors: ValueError when the graph holds conditionals or loops. */
export const addCheckNumericsOps = api('addCheckNumericsOps', [], (): Operation => {
  let last: Tensor[] = [];
  for (const op of getDefaultGraph().getOperations()) {
    op.outputs.forEach((t, i) => {
      if (!['float16', 'float32', 'float64'].includes(t.dtype.name)) return;
      if (op.controlFlowContext !== null) throw new ValueError('`tf.add_check_numerics_ops() is not compatible with TensorFlow control flow operations such as `tf.cond()` or `tf.while_loop()`.');
      last = [afterOps(last, () => checkNumerics(t, `${op.name}:${i}`))];
    });
  }
  return group(...last);
});
/** `tf.no_regularizer`: says that a variable has none, whatever its scope says. */
export function noRegularizer(): null { return null; }
