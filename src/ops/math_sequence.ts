// Sums of many tensors, ranges, clipping, segment sums. Follows math_ops.py (add_n, accumulate_n, range, linspace),
// clip_ops.py and math_grad.py.
import { bool, type DType, float32, float64, int32, int64 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { type ShapeLike, toShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { gatherRows } from './array_gather.ts';
import { onesLikeTensor, zerosLikeTensor } from './array_values.ts';
import { grad1, inputOf, inScope, scalarOf } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import { isBareNumber, isIntegral } from './make_array.ts';
import { castTensor, dtypeOfValue } from './math_cast.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimFromScalar, mergeAll, subshape, unchangedShape, vector } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';

defineOp('AddN', { shape: (c) => [mergeAll(c, c.numInputs)], grad: grad1((op, g) => op.inputs.map(() => g)) });
const NO_INPUTS = 'inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and shape';
/** `tf.add_n`: the sum of tensors (IndexedSlices are made dense). Errors: ValueError for an empty list, TypeError when dtypes differ. */
export const addN = api('addN', ['inputs', 'name'], (p: { inputs: readonly (TensorLike | IndexedSlices)[]; name?: string | null }) => {
  if (!Array.isArray(p.inputs) || p.inputs.length === 0) throw new ValueError(NO_INPUTS);
  const list = (p.inputs as readonly (TensorLike | IndexedSlices)[]).map((v) => (v instanceof IndexedSlices ? v : convertToTensor(v)));
  if (list.length > 1) return op1('AddN', [list as unknown as readonly TensorLike[]], undefined, p.name);
  const only = list[0]!;
  const t = only instanceof Tensor ? only : convertToTensor(only as unknown as TensorLike);
  return p.name === undefined || p.name === null || p.name === '' ? t : op1('Identity', [t], undefined, p.name);
}, { required: 1 });

defineOp('AccumulateNV2', { shape: (c) => [c.shapeAttr('shape')], grad: grad1((op, g) => op.inputs.map(() => g)) });
/** `tf.accumulate_n`: the sum of tensors of one shape. Errors: ValueError for an empty list or shapes that differ, TypeError when `tensorDtype` is not theirs. */
export const accumulateN = api('accumulateN', ['inputs', 'shape', 'tensorDtype', 'name'], (p: { inputs: readonly TensorLike[]; shape?: ShapeLike; tensorDtype?: DType | null; name?: string | null }) => {
  const bad = (): ValueError => new ValueError('inputs must be a list of at least one Tensor with the same dtype and shape');
  if (!Array.isArray(p.inputs) || p.inputs.length === 0) throw bad();
  const list = (p.inputs as readonly TensorLike[]).map((v) => convertToTensor(v));
  const dtype = list[0]!.dtype;
  if (!list.every((t) => t.dtype === dtype)) throw bad();
  let shape = p.shape === undefined || p.shape === null ? UNKNOWN_SHAPE : toShape(p.shape);
  for (const t of list) shape = shape.mergeWith(t.shape);
  if (p.tensorDtype && p.tensorDtype !== dtype) throw new TypeError(`tensor_dtype is ${p.tensorDtype.str}, but input is of type ${dtype.str}`);
  if (list.length > 1) return op1('AccumulateNV2', [list], { shape }, p.name);
  return p.name === undefined || p.name === null ? list[0]! : op1('Identity', [list[0]!], undefined, p.name);
}, { required: 1 });

// --- ranges --------------------------------------------------------------------------------------------------------

defineOp('Range', {
  shape: (c) => {
    c.withRank(c.input(0), 0, "\n\t for 'start'");
    c.withRank(c.input(1), 0, "\n\t for 'limit'");
    c.withRank(c.input(2), 0, "\n\t for 'delta'");
    const [start, limit, delta] = [c.value(0), c.value(1), c.value(2)].map((v) => (v ? Number(v.flat(0)) : undefined));
    if (start === undefined || limit === undefined || delta === undefined) return [vector(null)];
    if (start > limit && delta > 0) c.fail(`Requires start <= limit when delta > 0: ${start}/${limit}`);
    if (start < limit && delta < 0) c.fail(`Requires start >= limit when delta < 0: ${start}/${limit}`);
    if (delta === 0) c.fail('Requires delta != 0');
    const size = c.dtype(0).isInteger ? Math.floor((Math.abs(limit - start) + Math.abs(delta) - 1) / Math.abs(delta)) : Math.ceil(Math.abs((limit - start) / delta));
    return [vector(size)];
  },
  grad: null,
});
const HIERARCHY: readonly DType[] = [int32, int64, float32, float64];
/**
 * `tf.range`: start, start + delta, ... below `limit`; with one argument from 0. Whole bare numbers are int32, others
 * float32; the widest dtype wins. Errors: ValueError when delta is 0 or points the wrong way.
 */
export const range = api('range', ['start', 'limit', 'delta', 'dtype', 'name'], (p: { start: TensorLike; limit?: TensorLike | null; delta?: TensorLike; dtype?: DType | null; name?: string | null }) => {
  const [first, last] = p.limit === undefined || p.limit === null ? [0, p.start] : [p.start, p.limit];
  const step = p.delta ?? 1;
  return inScope(p.name ?? 'range', 'Range', [first, last, step], (scope) => {
    const end = (v: TensorLike, name: string): Tensor => (p.dtype
      ? convertToTensor(v, { dtype: p.dtype, name })
      : convertToTensor(v, { name, ...(isBareNumber(v) ? { preferred: isIntegral(v) ? int32 : float32 } : {}) }));
    let ends = [end(first, 'start'), end(last, 'limit'), end(step, 'delta')];
    if (!p.dtype) {
      const d = HIERARCHY[Math.max(...ends.map((t) => HIERARCHY.indexOf(t.dtype.baseDtype)))];
      if (d) ends = ends.map((t) => castTensor(t, d));
    }
    return op1('Range', ends, undefined, scope);
  });
}, { required: 1 });

defineOp('LinSpace', {
  shape: (c) => {
    c.withRank(c.input(0), 0, "\n\t for 'start'");
    c.withRank(c.input(1), 0, "\n\t for 'stop'");
    c.withRank(c.input(2), 0, "\n\t for 'num'");
    const n = c.value(2);
    if (!n) return [vector(null)];
    if (Number(n.flat(0)) <= 0) c.fail(`Requires num > 0: ${Number(n.flat(0))}`);
    return [vector(Number(n.flat(0)))];
  },
  grad: null,
});
/** `tf.linspace`: `num` values from `start` to `stop`, both included. Errors: ValueError when num <= 0. */
export const linspace = api('linspace', ['start', 'stop', 'num', 'name'], (p: { start: TensorLike; stop: TensorLike; num: TensorLike; name?: string | null }) =>
  op1('LinSpace', [p.start, p.stop, p.num], undefined, p.name), { required: 3 });

// --- clipping ------------------------------------------------------------------------------------------------------

defineOp('ClipByValue', { shape: unchangedShape });
/** `tf.clip_by_value`: values limited to [clipValueMin, clipValueMax]. IndexedSlices stay sparse. Errors: ValueError when a bound would broadcast the input. */
export const clipByValue = api('clipByValue', ['t', 'clipValueMin', 'clipValueMax', 'name'], (p: { t: TensorLike | IndexedSlices; clipValueMin: TensorLike; clipValueMax: TensorLike; name?: string | null }): Tensor => {
  const sparse = p.t instanceof IndexedSlices ? p.t : undefined;
  const input = sparse ? sparse.values : p.t as TensorLike;
  return inScope(p.name, 'clip_by_value', [input, p.clipValueMin, p.clipValueMax], (scope) => {
    const values = convertToTensor(input, { name: 't', preferred: dtypeOfValue(p.clipValueMin) });
    const low = op1('Minimum', [values, p.clipValueMax]);
    values.shape.mergeWith(low.shape);
    const out = op1('Maximum', [low, p.clipValueMin], undefined, scope);
    values.shape.mergeWith(out.shape);
    return sparse ? new IndexedSlices(out, sparse.indices, sparse.denseShape) as unknown as Tensor : out;
  });
}, { required: 3 });

// --- segments ------------------------------------------------------------------------------------------------------

export const segmentShape: ShapeFn = (c) => { c.withRank(c.input(1), 1); return [vector(null).concatenate(subshape(c.withRankAtLeast(c.input(0), 1), 1))]; };
defineOp('SegmentSum', {
  shape: segmentShape,
  grad: grad1((op, g) => [gatherRows(g, inputOf(op, 1)), null]),
});
/** `tf.segment_sum`: sums of the rows of each segment; ids are sorted and start at 0. */
export const segmentSum = api('segmentSum', ['data', 'segmentIds', 'name'], (p: { data: TensorLike; segmentIds: TensorLike; name?: string | null }) => op1('SegmentSum', [p.data, p.segmentIds], undefined, p.name), { required: 2 });

export const unsortedSegmentShape: ShapeFn = (c) => {
  c.withRank(c.input(2), 0);
  const [data, ids] = [c.input(0), c.input(1)];
  if (ids.dims === null) return [UNKNOWN_SHAPE];
  if (data.dims !== null) {
    c.withRankAtLeast(data, ids.dims.length);
    ids.dims.forEach((d, i) => c.mergeDim(data.dims![i]!, d));
  }
  return [vector(dimFromScalar(c, 2)).concatenate(subshape(data, ids.dims.length))];
};
defineOp('UnsortedSegmentSum', {
  shape: unsortedSegmentShape,
  grad: grad1((op, g) => [gatherKeepingNonNegative(g, inputOf(op, 1)), null, null]),
});
/** Rows of the gradient by id, zero where the id is negative. */
export function gatherKeepingNonNegative(params: Tensor, ids: Tensor, clipped?: Tensor): Tensor { return keepingNonNegative(params, ids, clipped).gathered; }
/** The same with what it is made of: ids with 0 for the negative ones, and where ids are not negative. */
export function keepingNonNegative(params: Tensor, ids: Tensor, clippedIds?: Tensor, mask?: Tensor): { gathered: Tensor; clipped: Tensor; positive: Tensor } {
  const clipped = clippedIds ?? op1('Maximum', [ids, zerosLikeTensor(ids)]);
  const gathered = gatherRows(params, clipped);
  let positive = mask;
  if (!positive) {
    positive = op1('GreaterEqual', [ids, scalarOf(0, ids.dtype.baseDtype)]);
    for (let i = (gathered.shape.ndims ?? 0) - (positive.shape.ndims ?? 0); i > 0; i--) positive = op1('ExpandDims', [positive, scalarOf(-1, int32)]);
    positive = positive.and(onesLikeTensor(gathered, bool));
  }
  return { gathered: op1('Select', [positive, gathered, zerosLikeTensor(gathered)]), clipped, positive };
}
/** `tf.unsorted_segment_sum`: sums of the rows of each of `numSegments` segments; rows with a negative id are left out. */
export const unsortedSegmentSum = api('unsortedSegmentSum', ['data', 'segmentIds', 'numSegments', 'name'], (p: { data: TensorLike; segmentIds: TensorLike; numSegments: TensorLike; name?: string | null }) =>
  op1('UnsortedSegmentSum', [p.data, p.segmentIds, p.numSegments], undefined, p.name), { required: 3 });
