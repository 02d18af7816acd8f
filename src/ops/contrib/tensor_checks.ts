// `tf.contrib.framework`: tensors brought to shapes and checked. Follows contrib/framework/python/framework/tensor_util.py and
// contrib/framework/python/ops/ops.py (1.15).
import { int32 } from '../../graph/dtype.ts';
import { TypeError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph, Graph, pythonTypeName } from '../../graph/graph.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { numpyStr } from '../../graph/numpy_repr.ts';
import { TensorShape } from '../../graph/shape.ts';
import { Tensor } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { rank, reshape, shape as shapeOf, size, squeeze } from '../array_shape.ts';
import { identity } from '../array_values.ts';
import { afterOps, inScope, int32Vector } from '../building.ts';
import { assertScalar } from '../check_ops.ts';
import { cond } from '../cond.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { graphFromInputs } from '../graph_from_inputs.ts';
import { assertOp } from '../logging_ops.ts';
import { pythonRepr } from '../make_array.ts';
import { equal, logicalAnd, logicalOr } from '../math_logic.ts';
import { reduceAll, reduceSum } from '../math_reduce.ts';
import { addN } from '../math_sequence.ts';
import { SparseTensor } from '../sparse_tensor.ts';
import '../tensor_operators.ts';

/** `tf.contrib.framework.reduce_sum_n`: the sum of all elements of some tensors. Errors: ValueError without any. */
export const reduceSumN = api('reduceSumN', ['tensors', 'name'], (p: { tensors: readonly Tensor[]; name?: string | null }): Tensor => {
  if (p.tensors.length === 0) throw new ValueError('No tensors provided.');
  return inScope(p.name, 'reduce_sum_n', p.tensors, (scope) => {
    const sums = p.tensors.map((t) => reduceSum(t, { name: `${t.op.name}/sum` }));
    return sums.length === 1 ? sums[0]! : addN(sums, { name: scope });
  });
}, { required: 1 });

/** `tf.contrib.framework.assert_scalar_int`: the tensor, which must be an integer scalar. Errors: ValueError for another dtype or static shape. */
export const assertScalarInt = api('assertScalarInt', ['tensor', 'name'], (p: { tensor: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'assert_scalar_int', [p.tensor], (scope) => {
  const t = convertToTensor(p.tensor);
  if (!t.dtype.baseDtype.isInteger) throw new ValueError(`Expected integer type for ${t.name}, received type: ${t.dtype.str}.`);
  return assertScalar(t, { name: scope });
}), { required: 1 });

/** `tf.contrib.framework.remove_squeezable_dimensions`: predictions and labels, without the last dimension of the one whose rank is one more. */
export const removeSqueezableDimensions = api('removeSqueezableDimensions', ['predictions', 'labels', 'name'], (p: { predictions: TensorLike; labels: TensorLike; name?: string | null }): [Tensor, Tensor] =>
  inScope(p.name, 'remove_squeezable_dimensions', [p.predictions, p.labels], () => {
    const last = (t: Tensor): Tensor => squeeze(t, [-1]);
    const mayBeOne = ({ shape: { dims } }: Tensor): boolean => dims === null || (dims.at(-1) ?? 1) === 1;
    const predictions = convertToTensor(p.predictions), labels = convertToTensor(p.labels);
    const [a, b] = [predictions.shape.ndims, labels.shape.ndims];
    if (a !== null && b !== null) return [a - b === 1 ? last(predictions) : predictions, a - b === -1 ? last(labels) : labels];
    const difference = rank(predictions).sub(rank(labels));
    const first = mayBeOne(predictions) ? cond(equal(1, difference), () => last(predictions), () => predictions) as Tensor : predictions;
    return [first, mayBeOne(labels) ? cond(equal(-1, difference), () => last(labels), () => labels) as Tensor : labels];
  }), { required: 2 });

type Shape = Tensor | NDArray | readonly number[];
function assertShapeOp(expected: TensorLike, tensor: Tensor): ReturnType<typeof assertOp> {
  return inScope(null, 'assert_shape', [tensor], (scope) => {
    const actual = shapeOf(tensor, { name: 'actual' });
    const is = inScope(null, 'is_shape', [tensor], (own) => {
      const count = size(expected);
      const sameRank = inScope(null, 'is_rank', [tensor], (s) => equal(count, rank(tensor, { name: 'actual' }), { name: s }));
      const same = inScope(null, 'shape_tensor_equal', [expected, actual], (s) => reduceAll(logicalOr(equal(expected, -1), equal(expected, actual, { name: 'equal' }), { name: 'exclude_partial_shape' }), { name: s }));
      return logicalAnd(sameRank, same, { name: own });
    });
    return assertOp(is, [`Wrong shape for ${tensor.name} [expected] [actual].`, expected, actual], null, scope);
  });
}
function withShapeOf(given: Shape, tensor: Tensor): Tensor {
  if ((tensor as unknown) instanceof SparseTensor) throw new ValueError('SparseTensor not supported.');
  const dynamic = given instanceof Tensor;
  const array = dynamic ? null : given instanceof NDArray ? given : int32Vector(given);
  const shown = array ? numpyStr(array) : String(given);
  if (dynamic && given.dtype.baseDtype !== int32) throw new ValueError(`Invalid dtype ${given.dtype.str} for shape ${shown} expected of tensor ${tensor.name}.`);
  if (array && array.ndim > 1) throw new ValueError(`Invalid rank ${array.ndim} for shape ${shown} expected of tensor ${tensor.name}.`);
  if (array && array.dtype !== int32) throw new ValueError(`Invalid dtype ${array.dtype.name} for shape ${shown} expected of tensor ${tensor.name}.`);
  const inTensorScope = <R>(body: () => R): R => inScope(`${tensor.op.name}/`, '', [tensor], body);
  const wanted = array ? new TensorShape(Array.from(array.data as Int32Array)) : null;
  if (!tensor.shape.isFullyDefined || dynamic) {
    return inTensorScope(() => {
      if (array?.size === 0) return reshape(tensor, []);
      const result = afterOps([assertShapeOp(dynamic ? given : array!, tensor)], () => identity(tensor));
      if (wanted) result.setShape(wanted);
      return result;
    });
  }
  if (tensor.shape.isCompatibleWith(wanted!)) return tensor;
  if (array!.size === 0 && tensor.shape.isCompatibleWith(new TensorShape([1]))) return inTensorScope(() => reshape(tensor, []));
  throw new ValueError(`Invalid shape for tensor ${tensor.name}, expected ${shown}, got ${tensor.shape}.`);
}
/** `tf.contrib.framework.with_shape`: the tensor with a shape: checked now, or in the run where it is not known; [1] becomes a scalar.
 * Errors: ValueError for another static shape or a shape that is none; InvalidArgumentError in the run. */
export const withShape = api('withShape', ['expectedShape', 'tensor'], (p: { expectedShape: Shape; tensor: Tensor }): Tensor => withShapeOf(p.expectedShape, p.tensor), { required: 2 });
/** `tf.contrib.framework.with_same_shape`: `withShape` with the shape of another tensor. */
export const withSameShape = api('withSameShape', ['expectedTensor', 'tensor'], (p: { expectedTensor: Tensor; tensor: Tensor }): Tensor => inScope(`${p.tensor.op.name}/`, '', [p.expectedTensor, p.tensor], () => {
  const { shape } = p.expectedTensor;
  return withShapeOf(shape.isFullyDefined ? shape.dims as number[] : shapeOf(p.expectedTensor, { name: 'expected_shape' }), p.tensor);
}), { required: 2 });

/** `tf.contrib.framework.get_graph_from_inputs`: the graph of some inputs, which must be the one given if there is one; else the default graph. Errors: ValueError for several graphs. */
export const getGraphFromInputs = api('getGraphFromInputs', ['opInputList', 'graph'], (p: { opInputList: readonly unknown[]; graph?: Graph | null }): Graph => {
  const found = graphFromInputs(p.opInputList);
  if (p.graph && found && found !== p.graph) throw new ValueError(`${pythonRepr(p.opInputList[0])} is not from the passed-in graph.`);
  return p.graph ?? found ?? getDefaultGraph();
}, { required: 1 });
/** `tf.contrib.framework.get_name_scope`: the name scope of the default graph. */
export const getNameScope = api('getNameScope', [], (): string => getDefaultGraph().getNameScope());
/** `tf.contrib.framework.get_placeholders`: the placeholders of a graph. Errors: TypeError for what is no graph. */
export const getPlaceholders = api('getPlaceholders', ['graph'], (p: { graph: Graph }): Tensor[] => {
  if (!(p.graph instanceof Graph)) throw new TypeError(`Input graph needs to be a Graph: ${pythonTypeName(p.graph)}`);
  return p.graph.getOperations().filter((o) => o.type === 'Placeholder').map((o) => o.outputs[0]!);
}, { required: 1 });
