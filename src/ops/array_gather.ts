// Picking elements by index: gather, gather_nd, scatter_nd, where, boolean_mask, one_hot, dynamic_stitch and
// dynamic_partition, setdiff1d. Follows array_ops.py, array_grad.py and data_flow_grad.py.
import { bool, type DType, float32, int32, int64 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concatenated, stacked } from './array_join.ts';
import { shapeTensor, sizeTensor, transposed } from './array_shape.ts';
import { sliceWith } from './array_slice.ts';
import { filled } from './array_values.ts';
import { colocatedWith, grad1, inScope, inputOf, int32Vector, scalarOf } from './building.ts';
import { constantValue } from './constant_value.ts';
import { convertToTensor, isTensorLike, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { isBareNumber, naturalDtype } from './make_array.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimFromScalar, intsOf, matrix, scalarValue, subshape, unknownOfRank, vector } from './shape_fns.ts';

/** `gen_array_ops.gather_v2` along axis 0. */
export function gatherRows(params: TensorLike, indices: TensorLike): Tensor { return op1('GatherV2', [params, indices, scalarOf(0, int32)]); }
/** `math_ops.range` of int32 ends. */
function rangeTensor(start: TensorLike, limit: TensorLike): Tensor { return op1('Range', [start, limit, scalarOf(1, int32)], undefined, 'range'); }

// --- gather --------------------------------------------------------------------------------------------------------

/** Shape of the gathered-from tensor as int32, computed beside it. */
function paramsShape(params: Tensor): Tensor {
  return colocatedWith(params, () => op1('Cast', [shapeTensor(params, { outType: int64 })], { DstT: int32 }));
}
/** The gradient of rows gathered along axis 0: sparse. */
function rowsGrad(grad: Tensor, indices: Tensor, params: Tensor, size: Tensor): IndexedSlices {
  const tail = sliceWith(params, [[1, null]]);
  const values = op1('Reshape', [grad, concatenated([size, tail], 0)]);
  return new IndexedSlices(values, op1('Reshape', [indices, size]), params);
}

defineOp('Gather', {
  shape: (c) => [c.input(1).concatenate(subshape(c.withRankAtLeast(c.input(0), 1), 1))],
  grad: grad1((op, g) => {
    const params = paramsShape(inputOf(op, 0));
    const indices = inputOf(op, 1);
    return [rowsGrad(g, indices, params, op1('ExpandDims', [sizeTensor(indices), scalarOf(0, int32)])), null];
  }),
});
defineOp('GatherV2', {
  shape: (c) => {
    const params = c.withRankAtLeast(c.input(0), 1);
    const indices = c.input(1);
    c.withRank(c.input(2), 0);
    let batch = c.int('batch_dims');
    const axis = scalarValue(c, 2);
    if (axis === undefined) return [params.dims === null || indices.dims === null ? UNKNOWN_SHAPE : unknownOfRank(params.dims.length + indices.dims.length - 1 - Math.max(batch, 0))];
    c.withRankAtLeast(params, axis < 0 ? -axis : axis + 1);
    c.withRankAtLeast(indices, Math.abs(batch));
    if (batch < 0) batch += indices.ndims ?? 0;
    c.withRankAtLeast(params, batch + 1);
    const out = subshape(params, 0, axis).concatenate(subshape(indices, batch));
    return [axis === -1 ? out : out.concatenate(subshape(params, axis + 1))];
  },
  grad: grad1((op, g) => {
    const params = paramsShape(inputOf(op, 0));
    const [indices, axis] = [inputOf(op, 1), inputOf(op, 2)];
    const size = op1('ExpandDims', [sizeTensor(indices), scalarOf(0, int32)]);
    const at = constantValue(axis);
    let batch = op.getAttr('batch_dims') as number;
    if (batch < 0) batch += indices.shape.ndims ?? 0;
    if (at && Number(at.flat(0)) === 0) return [rowsGrad(g, indices, params, size), null, null];
    const outer = sliceWith(params, [[null, axis]]);
    const inner = sliceWith(sliceWith(params, [[axis, null]]), [[1, null]]);
    const valuesShape = concatenated([outer, int32Vector([-1]), inner], 0);
    const valuesDims = sizeTensor(valuesShape);
    const axisDims = sizeTensor(outer);
    const outerBatches = rangeTensor(scalarOf(0, int32), scalarOf(batch, int32));
    const batchAxes = rangeTensor(scalarOf(batch, int32), axisDims);
    const innerAxes = rangeTensor(axisDims.add(1), valuesDims);
    const values = op1('Reshape', [g, valuesShape]);
    const moved = transposed(values, concatenated([outerBatches, [axisDims], batchAxes, innerAxes], 0));
    const dense = batchGatherGrad(params, moved, indices, batch, sliceWith(params, [axis]));
    return [transposed(dense, concatenated([outerBatches, batchAxes.add(1), int32Vector([batch]), innerAxes], 0)), null, null];
  }),
  tfjs: { kernel: 'GatherV2', inputs: { x: 0, indices: 1 }, exact: true, attrs: (n) => {
    const [axis, batch] = [n.constant(2), n.attr['batch_dims']];
    if (!axis || n.inputDtypes[1] !== int32) return undefined;
    return { axis: Number(axis.flat(0)), batchDims: batch?.kind === 'i' ? Number(batch.value) : 0 };
  } },
});

/** Dense gradient of a gather whose axis comes right after the batch dimensions. */
function batchGatherGrad(params: Tensor, values: Tensor, indices: Tensor, batch: number, dimSize: Tensor): Tensor {
  const size = op1('ExpandDims', [sizeTensor(indices), scalarOf(0, int32)]);
  if (batch === 0) return op1('UnsortedSegmentSum', [values, op1('Reshape', [indices, size]), dimSize]);
  const valuesShape = shapeTensor(values);
  const outer = sliceWith(valuesShape, [[null, batch]]);
  const inner = sliceWith(sliceWith(valuesShape, [[batch, null]]), [[1, null]]);
  const batchSize = op1('Prod', [outer, int32Vector([0])], { keep_dims: false });
  const flatShape = concatenated([int32Vector([-1]), inner], 0);
  const rows = dimSize.mul(batchSize);
  const flat = batchIndices(params, indices, batch);
  const flatValues = op1('Reshape', [values, flatShape]);
  const out = op1('UnsortedSegmentSum', [flatValues, op1('Reshape', [flat, size]), rows]);
  return op1('Reshape', [out, concatenated([outer, flatShape], 0)]);
}
/** Indices with the offset of their batch added. */
function batchIndices(params: Tensor, indices: Tensor, batch: number): Tensor {
  const dtype = indices.dtype.baseDtype;
  const n = indices.shape.ndims!;
  const shape = params.dtype === dtype ? params : op1('Cast', [params], { DstT: dtype });
  let accumulated = filled('ones', [], dtype);
  let out = indices;
  for (let dim = batch; dim > 0; dim--) {
    const value = sliceWith(shape, [dim - 1]);
    accumulated = accumulated.mul(sliceWith(shape, [dim]));
    const [start, step] = [filled('zeros', [], dtype), filled('ones', [], dtype)];
    const along = op1('Range', [start, value, step], undefined, 'range').mul(accumulated);
    const one = scalarOf(1, dtype);
    out = out.add(op1('Reshape', [along, stacked([...Array<typeof one>(dim - 1).fill(one), value, ...Array<typeof one>(n - dim).fill(one)])]));
  }
  return out;
}
/** `tf.gather`: slices of `params` at `indices` (int32 or int64) along `axis` (default: `batchDims`). */
export const gather = api('gather', ['params', 'indices', 'validateIndices', 'name', 'axis', 'batchDims'], (p: {
  params: TensorLike; indices: TensorLike; validateIndices?: boolean | null; name?: string | null; axis?: TensorLike | null; batchDims?: number;
}) => {
  const axis = p.axis ?? p.batchDims ?? 0;
  if (axis === 0 && readsRows(p.params)) return p.params.sparseRead(p.indices, { name: p.name ?? null });
  return op1('GatherV2', [p.params, p.indices, axis], { batch_dims: p.batchDims ?? 0 }, p.name);
}, { required: 2 });

/** What resource variables can do: give rows without being read as a whole. */
interface ReadsRows {
  sparseRead(indices: TensorLike, options: { name?: string | null }): Tensor;
  gatherNd(indices: TensorLike, options: { name?: string | null }): Tensor;
}
function readsRows(v: unknown): v is ReadsRows { return typeof v === 'object' && v !== null && 'sparseRead' in v; }

defineOp('GatherNd', {
  shape: (c) => {
    const params = c.input(0);
    const indices = c.withRankAtLeast(c.input(1), 1);
    const n = indices.dims === null ? null : indices.dims[indices.dims.length - 1]!;
    if (params.dims === null || n === null) return [UNKNOWN_SHAPE];
    if (n > params.dims.length) c.fail(`indices.shape[-1] must be <= params.rank, but saw indices shape: ${indices.debug} and params shape: ${params.debug}`);
    return [subshape(indices, 0, -1).concatenate(subshape(params, n))];
  },
  grad: grad1((op, g) => {
    const [ref, indices] = [inputOf(op, 0), inputOf(op, 1)];
    const shape = shapeTensor(ref, { outType: indices.dtype.baseDtype });
    const d = indices.shape.dims;
    if (d !== null && d.length === 2 && d[1] === 1) return [new IndexedSlices(g, op1('Squeeze', [indices], { squeeze_dims: [-1] }), shape), null];
    return [op1('ScatterNd', [indices, g, shape]), null];
  }),
});
/** `tf.gather_nd`: elements or slices of `params` at the index vectors in the last dimension of `indices`. */
export const gatherNd = api('gatherNd', ['params', 'indices', 'name', 'batchDims'], (p: { params: TensorLike; indices: TensorLike; name?: string | null; batchDims?: number }) => {
  if ((p.batchDims ?? 0) !== 0) throw new ValueError('gather_nd with batch_dims is not available');
  if (readsRows(p.params)) return p.params.gatherNd(p.indices, { name: p.name ?? null });
  return op1('GatherNd', [p.params, p.indices], undefined, p.name);
}, { required: 2 });

defineOp('ScatterNd', {
  shape: (c) => {
    c.withRankAtLeast(c.input(0), 1);
    c.withRankAtLeast(c.input(1), 1);
    c.withRank(c.input(2), 1);
    return [c.valueAsShape(2)];
  },
  grad: grad1((op, g) => [null, op1('GatherNd', [g, inputOf(op, 0)]), null]),
});
/** `tf.scatter_nd`: zeros of `shape` with `updates` added at `indices`. */
export const scatterNd = api('scatterNd', ['indices', 'updates', 'shape', 'name'], (p: { indices: TensorLike; updates: TensorLike; shape: TensorLike; name?: string | null }) =>
  op1('ScatterNd', [p.indices, p.updates, p.shape], undefined, p.name), { required: 3 });

// --- masks ---------------------------------------------------------------------------------------------------------

defineOp('Where', { shape: (c) => [matrix(null, c.input(0).ndims)] });
interface WhereParams { condition: TensorLike; x?: TensorLike | null; y?: TensorLike | null; name?: string | null }
const whereWith = (select: 'Select' | 'SelectV2') => (p: WhereParams): Tensor => {
  const [x, y] = [p.x ?? null, p.y ?? null];
  if (x !== null && y !== null) return op1(select, [p.condition, x, y], undefined, p.name);
  if (x !== null || y !== null) throw new ValueError('x and y must both be non-None or both be None.');
  return inScope(p.name, 'Where', [p.condition], (scope) => op1('Where', [convertToTensor(p.condition, { preferred: bool, name: 'condition' })], undefined, scope));
};
const WHERE = ['condition', 'x', 'y', 'name'] as const;
/** `tf.where`: with `x` and `y`, elements of x where the condition holds, else of y (op Select); alone, the coordinates of true elements. */
export const where = api('where', WHERE, whereWith('Select'), { required: 1 });
/** `tf.where_v2`: like `where`, with numpy's broadcasting (op SelectV2). */
export const whereV2 = api('whereV2', WHERE, whereWith('SelectV2'), { required: 1, python: 'where_v2' });

/** `array_ops.boolean_mask`. */
export function maskedBy(tensor: TensorLike, mask: TensorLike, name = 'boolean_mask', axis = 0): Tensor {
  return inScope(name, name, [tensor, mask], () => {
    let t = convertToTensor(tensor, { name: 'tensor' });
    let m = convertToTensor(mask, { name: 'mask' });
    const n = m.shape.ndims;
    if (n === 0) throw new ValueError('mask cannot be scalar.');
    if (n === null) throw new ValueError('Number of mask dimensions must be specified, even if some dimensions are None.  E.g. shape=[None] is ok, but shape=None is not.');
    const [before, over, after] = [subshape(t.shape, 0, axis), subshape(t.shape, axis, axis + n), subshape(t.shape, axis + n)];
    over.assertIsCompatibleWith(m.shape);
    const leading = op1('Prod', [sliceWith(shapeTensor(t), [[axis, axis + n]]), int32Vector([0])]);
    const parts = [sliceWith(shapeTensor(t), [[null, axis]]), [leading], sliceWith(shapeTensor(t), [[axis + n, null]])];
    t = op1('Reshape', [t, concatenated(parts, 0)]);
    t.setShape(before.concatenate([over.numElements]).concatenate(after));
    m = op1('Reshape', [m, int32Vector([-1])]);
    const rows = op1('Squeeze', [op1('Where', [m])], { squeeze_dims: [1] });
    return op1('GatherV2', [t, rows, scalarOf(axis, int32)]);
  });
}
/** `tf.boolean_mask`: the elements (or slices) where `mask` holds. Errors: ValueError for a scalar mask, one of unknown rank, or one that does not fit. */
export const booleanMask = api('booleanMask', ['tensor', 'mask', 'name', 'axis'], (p: { tensor: TensorLike; mask: TensorLike; name?: string | null; axis?: number | null }) =>
  maskedBy(p.tensor, p.mask, p.name ?? 'boolean_mask', p.axis ?? 0), { required: 2 });

defineOp('OneHot', {
  shape: (c) => {
    const axis = c.int('axis');
    if (axis < -1) c.fail('axis must be >= -1');
    const depth = dimFromScalar(c, 1);
    const s = c.input(0);
    if (s.dims === null) return [UNKNOWN_SHAPE];
    const dims = [...s.dims];
    dims.splice(axis === -1 ? dims.length : axis, 0, depth);
    return [new TensorShape(dims)];
  },
  grad: null,
});
/** `tf.one_hot`: `on_value` (1) at each index and `off_value` (0) elsewhere along a new axis of size `depth`. Errors: TypeError when the dtypes disagree. */
export const oneHot = api('oneHot', ['indices', 'depth', 'onValue', 'offValue', 'axis', 'dtype', 'name'], (p: {
  indices: TensorLike; depth: TensorLike; onValue?: TensorLike | null; offValue?: TensorLike | null; axis?: number | null; dtype?: DType | null; name?: string | null;
}) => inScope(p.name, 'one_hot', [p.indices, p.depth, p.onValue, p.offValue], (scope) => {
  const [on, off] = [p.onValue ?? null, p.offValue ?? null];
  const wanted = p.dtype ?? dtypeOf(on) ?? dtypeOf(off) ?? undefined;
  const seen = (v: TensorLike | null): DType | null => (v === null ? null : convertToTensor(v, { preferred: wanted }).dtype.baseDtype);
  const [onType, offType] = [seen(on), seen(off)];
  if (p.dtype && onType && onType !== p.dtype) throw new TypeError(`dtype ${onType.str} of on_value does not match dtype parameter ${p.dtype.str}`);
  if (p.dtype && offType && offType !== p.dtype) throw new TypeError(`dtype ${offType.str} of off_value does not match dtype parameter ${p.dtype.str}`);
  const dtype = p.dtype ?? onType ?? offType ?? float32;
  const onValue = on ?? convertToTensor(scalarOf(1, dtype), { name: 'on_value' });
  const offValue = off ?? convertToTensor(scalarOf(0, dtype), { name: 'off_value' });
  if ((onType ?? dtype) !== (offType ?? dtype)) throw new TypeError(`dtype ${(onType ?? dtype).str} of on_value does not match dtype ${(offType ?? dtype).str} of off_value`);
  return op1('OneHot', [p.indices, p.depth, onValue, offValue], { axis: p.axis ?? -1, T: dtype }, scope);
}), { required: 2 });
function dtypeOf(v: TensorLike | null): DType | undefined {
  return v === null || isBareNumber(v) ? undefined : isTensorLike(v) ? (v as { dtype?: DType }).dtype?.baseDtype : naturalDtype(v);
}

// --- stitching and sets ----------------------------------------------------------------------------------------------

const stitch = {
  shape: (c) => {
    const n = c.int('N');
    let extra: TensorShape = UNKNOWN_SHAPE;
    let max: number | null = -1;
    for (let i = 0; i < n; i++) {
      const [indices, data] = [c.input(i), c.input(i + n)];
      const v = c.value(i);
      if (!v) max = null;
      if (indices.dims === null) continue;
      if (data.dims !== null) {
        c.withRankAtLeast(data, indices.dims.length);
        indices.dims.forEach((d, k) => c.mergeDim(data.dims![k]!, d));
      }
      extra = c.merge(extra, subshape(data, indices.dims.length));
      if (v && max !== null) max = intsOf(v).reduce((a, b) => Math.max(a, b), max);
    }
    return [vector(max === null ? null : max + 1).concatenate(extra)];
  },
  grad: grad1((op, g) => {
    const n = op.inputs.length / 2;
    return [...Array<null>(n).fill(null), ...op.inputs.slice(0, n).map((i) => gatherRows(g, i))];
  }),
} satisfies Parameters<typeof defineOp>[1];
defineOp('DynamicStitch', stitch);
defineOp('ParallelDynamicStitch', stitch);
/** `tf.dynamic_stitch`: rows of several tensors put at given positions of one; later tensors win. */
export const dynamicStitch = api('dynamicStitch', ['indices', 'data', 'name'], (p: { indices: readonly TensorLike[]; data: readonly TensorLike[]; name?: string | null }) =>
  op1('DynamicStitch', [p.indices, p.data], undefined, p.name), { required: 2 });

defineOp('DynamicPartition', {
  shape: (c) => {
    const [data, parts] = [c.input(0), c.input(1)];
    if (parts.dims === null || data.dims === null) return c.op.outputs.map(() => UNKNOWN_SHAPE);
    c.withRankAtLeast(data, parts.dims.length);
    parts.dims.forEach((d, k) => c.mergeDim(data.dims![k]!, d));
    const out = vector(null).concatenate(subshape(data, parts.dims.length));
    return c.op.outputs.map(() => out);
  },
  grad: (op, ...grads) => {
    const [data, parts] = [inputOf(op, 0), inputOf(op, 1)];
    const num = op.getAttr('num_partitions') as number;
    const prefix = shapeTensor(parts);
    const count = op1('Prod', [prefix, convertToTensor(int32Vector([0]))]);
    const order = op1('Reshape', [rangeTensor(scalarOf(0, int32), count), prefix]);
    const indices = applyOp('DynamicPartition', [order, parts], { num_partitions: num }).outputs;
    const joined = op1('DynamicStitch', [indices, grads as Tensor[]]);
    return [op1('Reshape', [joined, shapeTensor(data)]), null];
  },
});
/** `tf.dynamic_partition`: rows of `data` sorted into `numPartitions` tensors. */
export const dynamicPartition = api('dynamicPartition', ['data', 'partitions', 'numPartitions', 'name'], (p: { data: TensorLike; partitions: TensorLike; numPartitions: number; name?: string | null }) =>
  [...applyOp('DynamicPartition', [p.data, p.partitions], { num_partitions: p.numPartitions }, p.name).outputs], { required: 3 });

defineOp('ListDiff', { shape: (c) => { c.withRank(c.input(0), 1); c.withRank(c.input(1), 1); return [vector(null), vector(null)]; } });
/** `tf.setdiff1d`: the elements of `x` that are not in `y`, and where they were. */
export const setdiff1d = api('setdiff1d', ['x', 'y', 'indexDtype', 'name'], (p: { x: TensorLike; y: TensorLike; indexDtype?: DType | null; name?: string | null }) => {
  const o = applyOp('ListDiff', [p.x, p.y], { out_idx: p.indexDtype ?? int32 }, p.name).outputs;
  return { out: o[0]!, idx: o[1]! };
}, { required: 2 });
