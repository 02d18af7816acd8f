// The greatest elements, and whether a target is among them. Follows python/ops/nn_ops.py (top_k, in_top_k), nn_grad.py and core/ops/nn_ops.cc.
import { int32, int64 } from '../graph/dtype.ts';
import { TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gatherRows } from './array_gather.ts';
import { stacked } from './array_join.ts';
import { allAxes, shapeTensor, sizeTensor } from './array_shape.ts';
import { sliceWith } from './array_slice.ts';
import { zeros } from './array_values.ts';
import { grad1, inputOf, inScope, scalarOf } from './building.ts';
import type { TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { range } from './math_sequence.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimFromScalar, dimOf, vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';
import './tensor_operators.ts';

const topKShape: ShapeFn = (c) => {
  const s = c.withRankAtLeast(c.input(0), 1), k = c.numInputs > 1 ? dimFromScalar(c, 1) : c.int('k'), last = dimOf(s, -1);
  if (last !== null && k !== null && last < k) c.fail(`input must have last dimension >= k = ${k} but is ${last}`);
  const out = s.dims === null ? UNKNOWN_SHAPE : new TensorShape([...s.dims.slice(0, -1), k]);
  return [out, out];
};
/** Gradients go to the places that the indices name. */
const topKGrad = (op: Operation, g: Tensor): readonly [Tensor, Tensor] => {
  const shape = shapeTensor(inputOf(op, 0)), places = shapeTensor(op.outputs[1]!);
  const last = (s: Tensor): Tensor => gatherRows(castTensor(s, int64), sizeTensor(s).sub(scalarOf(1, int32)));
  const columns = last(places);
  const rows = op1('Reshape', [op.outputs[1]!, stacked([scalarOf(-1, int64), columns])]);
  const width = last(shape), height = sliceWith(shapeTensor(rows), [0]);
  const starts = range(0, castTensor(height, int64).mul(width), width);
  const flat = op1('Reshape', [rows.add(castTensor(op1('ExpandDims', [starts, scalarOf(-1, int32)]), int32)), [-1]]);
  const scattered = op1('ScatterNd', [op1('ExpandDims', [flat, scalarOf(-1, int32)]), op1('Reshape', [g, [-1]]), [op1('Prod', [shape, allAxes(shape)])]]);
  return [op1('Reshape', [scattered, shape]), zeros([], int32)];
};
defineOp('TopKV2', { shape: topKShape, grad: grad1(topKGrad) });
defineOp('TopK', { shape: topKShape, grad: grad1((op, g) => [topKGrad(op, g)[0]]) });

const inTopKShape: ShapeFn = (c) => [vector(c.mergeDim(dimOf(c.withRank(c.input(0), 2), 0), dimOf(c.withRank(c.input(1), 1), 0)))];
defineOp('InTopK', { shape: inTopKShape, grad: null });
defineOp('InTopKV2', { shape: inTopKShape, grad: null });
/** `tf.nn.in_top_k` (`tf.math.in_top_k`): for each row of `predictions` (float32 `[batch, classes]`) whether the class in `targets`
 * (int32 or int64 `[batch]`) is among the `k` greatest; ties at the border all count. Rows with values that are not finite: false. */
export const inTopK = api('inTopK', ['predictions', 'targets', 'k', 'name'], (p: { predictions: TensorLike; targets: TensorLike; k: TensorLike; name?: string | null }): Tensor =>
  inScope(p.name, 'in_top_k', [], () => op1('InTopKV2', [p.predictions, p.targets, p.k], undefined, p.name)), { required: 3, python: 'in_top_k' });

/** `tf.nn.top_k` (`tf.math.top_k`): `{ values, indices }` of the `k` (1) greatest elements of each row of the last dimension, in falling order, of equal ones
 * the first first. `sorted` false allows another order; there is none here. Errors: ValueError when rows are shorter than k. */
export const topK = api('topK', ['input', 'k', 'sorted', 'name'], (p: { input: TensorLike; k?: TensorLike; sorted?: boolean; name?: string | null }) => {
  const [values, indices] = applyOp('TopKV2', [p.input, p.k ?? 1], { sorted: p.sorted ?? true }, p.name).outputs as readonly [Tensor, Tensor];
  return { values, indices };
}, { required: 1, python: 'top_k' });
