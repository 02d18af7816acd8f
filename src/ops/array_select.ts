// Masks, grids, ordering and repetition built of other ops: sequence_mask, meshgrid, sort, argsort, searchsorted, repeat, batch_gather,
// unravel_index, bincount; writes into tensors. Follows array_ops.py, sort_ops.py, math_ops.py (1.15).
import { bool, type DType, int32 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api, isOptions } from './api.ts';
import { publicCall } from '../graph/site.ts';
import { booleanMask, gather, gatherNd } from './array_gather.ts';
import { concat, stack } from './array_join.ts';
import { allAxes, expandDims, rank as rankOf, reshape, shape as shapeOf, size, transpose } from './array_shape.ts';
import { identity, ones, zeros, zerosLike } from './array_values.ts';
import { tile } from './array_slice.ts';
import { grad1, indexTensor, inputOf, inScope, int32Vector, scalarOf } from './building.ts';
import { constantValue } from './constant_value.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { reduceMax } from './math_reduce.ts';
import { topK } from './nn_top_k.ts';
import { op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { dimOf, intsOf, vector } from './shape_fns.ts';
import { castTensor } from './math_cast.ts';
import { checkScatterNd } from './state_ops.ts';
import './tensor_operators.ts';

// --- op blocks -----------------------------------------------------------------------------------------------------

for (const op of ['LowerBound', 'UpperBound']) defineOp(op, { shape: (c) => [c.withRank(c.input(1), 2)] });
defineOp('UnravelIndex', {
  shape: (c) => {
    const s = c.input(0), n = dimOf(c.withRank(c.input(1), 1), 0);
    if (s.dims === null) return [UNKNOWN_SHAPE];
    return [s.dims.length === 0 ? vector(n) : new TensorShape([n, s.dims.reduce<number | null>((a, d) => (a === null || d === null ? null : a * d), 1)])];
  },
});
for (const [op, back] of [['TensorScatterUpdate', 'update'], ['TensorScatterAdd', 'add'], ['TensorScatterSub', 'sub']] as const) {
  defineOp(op, {
    shape: (c) => { checkScatterNd(c, c.input(0)); return [c.input(0)]; },
    grad: grad1((node, g) => {
      const indices = inputOf(node, 1);
      const updates = gatherNd(g, indices);
      if (back !== 'update') return [identity(g), null, back === 'add' ? updates : op1('Neg', [updates])];
      return [op1('TensorScatterUpdate', [identity(g), indices, zerosLike(inputOf(node, 2), g.dtype)]), null, updates];
    }),
  });
}

interface TensorScatter { tensor: TensorLike; indices: TensorLike; updates: TensorLike; name?: string | null }
const TENSOR_SCATTER = ['tensor', 'indices', 'updates', 'name'] as const;
const tensorScatter = (op: string) => (p: TensorScatter): Tensor => op1(op, [p.tensor, p.indices, p.updates], {}, p.name);
/** `tf.tensor_scatter_nd_update` (`tf.tensor_scatter_update`): the tensor with the slices that the last axis of `indices` addresses replaced. */
export const tensorScatterUpdate = api('tensorScatterUpdate', TENSOR_SCATTER, tensorScatter('TensorScatterUpdate'), { required: 3 });
/** `tf.tensor_scatter_nd_add` (`tf.tensor_scatter_add`): the same with updates added, in their order. */
export const tensorScatterAdd = api('tensorScatterAdd', TENSOR_SCATTER, tensorScatter('TensorScatterAdd'), { required: 3 });
/** `tf.tensor_scatter_nd_sub` (`tf.tensor_scatter_sub`): the same with updates subtracted. */
export const tensorScatterSub = api('tensorScatterSub', TENSOR_SCATTER, tensorScatter('TensorScatterSub'), { required: 3 });

/** `tf.batch_gather`: slices of `params` at `indices` [..., n], one list of indices for each member of the batch of its leading dimensions. Errors: ValueError for unknown ranks of
 * `indices` and for those that are too deep. */
export const batchGather = api('batchGather', ['params', 'indices', 'name'], (p: { params: TensorLike; indices: TensorLike; name?: string | null }): Tensor => inScope(p.name, 'BatchGather', [p.params, p.indices], () => {
  const indices = indexTensor(p.indices, 'indices');
  const params = convertToTensor(p.params, { name: 'params' });
  const rank = indices.shape.ndims;
  if (rank === null) throw new ValueError('batch_gather does not allow indices with unknown shape.');
  const batch = rank - 1;
  if (batch < 0) throw new ValueError(`batch_dims = ${batch} must be less than rank(indices) = ${rank}`);
  if (params.shape.ndims !== null && batch >= params.shape.ndims) throw new ValueError(`batch_dims = ${batch} must be less than rank(params) = ${params.shape.ndims}`);
  const [indicesShape, paramsShape] = [shapeOf(indices), shapeOf(params)];
  const dtype = indices.dtype.baseDtype;
  let size = ones([], { dtype });
  const sizes = op1('Cast', [paramsShape], { DstT: dtype });
  // Every index is moved by what lies before its member of the batch.
  let flat = indices;
  for (let dim = batch; dim > 0; dim--) {
    const length = sizes.at(dim - 1);
    size = size.mul(sizes.at(dim));
    const begin = zeros([], { dtype });
    const offsets = op1('Range', [begin, length, ones([], { dtype })]).mul(size);
    const single = (n: number): number[] => Array.from({ length: n }, () => 1);
    const shape = stack([...single(dim - 1), length, ...single(rank - dim)], { axis: 0 });
    flat = flat.add(reshape(offsets, shape));
  }
  const rows = reshape(flat, [-1]);
  const outer = paramsShape.at([batch + 1, null]);
  const inner = op1('Prod', [paramsShape.at([null, batch + 1]), [0]], { keep_dims: false });
  const out = reshape(gather(reshape(params, concat([[inner], outer], 0)), rows), concat([indicesShape, outer], 0));
  out.setShape(indices.shape.slice(0, batch).mergeWith(params.shape.slice(0, batch)).concatenate(indices.shape.slice(batch)).concatenate(params.shape.slice(batch + 1)));
  return out;
}), { required: 2 });

// --- masks and grids -----------------------------------------------------------------------------------------------

/** `tf.sequence_mask`: true for the first lengths[i] places of a last dimension of `maxlen` (default: the greatest length), as `dtype` (bool). */
export const sequenceMask = api('sequenceMask', ['lengths', 'maxlen', 'dtype', 'name'], (p: { lengths: TensorLike; maxlen?: TensorLike | null; dtype?: DType | null; name?: string | null }): Tensor => inScope(p.name, 'SequenceMask', [p.lengths, p.maxlen], () => {
  const lengths = convertToTensor(ints(p.lengths));
  let n: Tensor;
  if (p.maxlen === undefined || p.maxlen === null) {
    const greatest = op1('Max', [lengths, allAxes(lengths)]);
    n = op1('Maximum', [constantNode(scalarOf(0, greatest.dtype)), greatest]);
  } else n = convertToTensor(ints(p.maxlen));
  if (n.shape.ndims !== null && n.shape.ndims !== 0) throw new ValueError('maxlen must be scalar for sequence_mask');
  const from = constantNode(scalarOf(0, n.dtype));
  const row = op1('Range', [from, n, constantNode(scalarOf(1, n.dtype))]);
  const column = op1('Cast', [expandDims(lengths, -1)], { DstT: n.dtype });
  const mask = row.less(column);
  const dtype = p.dtype ?? bool;
  return dtype.baseDtype === bool ? mask : op1('Cast', [mask], { DstT: dtype });
}), { required: 1 });
/** Bare numbers where Python's users write ints. */
function ints(v: TensorLike): TensorLike {
  const isInt = (x: unknown): boolean => (Array.isArray(x) ? x.every(isInt) : typeof x === 'number' && Number.isInteger(x));
  return isInt(v) ? convertToTensor(v, { dtype: int32 }) : v;
}

interface MeshOptions { indexing?: 'xy' | 'ij'; name?: string | null }
/** `tf.meshgrid(*args, indexing='xy', name=None)`: for vectors x, y, ... the coordinates of their grid, one tensor each; with 'xy' the first two dimensions
 * are swapped. Errors: ValueError for another indexing, TypeError for another keyword. */
export function meshgrid(...given: (TensorLike | MeshOptions)[]): Tensor[] {
  return publicCall(meshgrid as (...a: never[]) => unknown, () => {
    const o: MeshOptions = isOptions(given.at(-1)) ? given.pop() as MeshOptions : {};
    for (const k of Object.keys(o)) if (k !== 'indexing' && k !== 'name') throw new TypeError(`'${k}' is an invalid keyword argument for this function`);
    const { indexing = 'xy', name = 'meshgrid' } = o;
    if (indexing !== 'xy' && indexing !== 'ij') throw new ValueError("indexing parameter must be either 'xy' or 'ij'");
    const args = given as TensorLike[];
    return inScope(name, 'meshgrid', args, () => {
      const n = args.length;
      const along = (axis: number): number[] => Array.from({ length: n }, (_, i) => (i === axis ? -1 : 1));
      // stack(x) of one tensor is the tensor.
      const out = args.map((x, i) => reshape(convertToTensor(x), along(i)));
      const sizes = args.map((x) => size(x));
      const dtype = convertToTensor(args[0]!).dtype.baseDtype;
      if (indexing === 'xy' && n > 1) {
        out[0] = reshape(out[0]!, along(1));
        out[1] = reshape(out[1]!, along(0));
        [sizes[0], sizes[1]] = [sizes[1]!, sizes[0]!];
      }
      const factor = ones(sizes as unknown as Tensor, dtype);
      return out.map((x) => x.mul(factor));
    });
  });
}

// --- ordering ------------------------------------------------------------------------------------------------------

type Direction = 'ASCENDING' | 'DESCENDING';
interface Sort { values: TensorLike; axis?: TensorLike; direction?: Direction; name?: string | null; stable?: boolean }
function sorted(p: Sort, positions: boolean): Tensor {
  const direction = p.direction ?? 'ASCENDING';
  if (direction !== 'ASCENDING' && direction !== 'DESCENDING') throw new ValueError(`${String(direction)} should be one of ASCENDING, DESCENDING`);
  const at = convertToTensor(p.axis ?? -1, { name: 'axis', preferred: int32 });
  const fixed = constantValue(at);
  if (at.shape.ndims !== 0 || !fixed) throw new ValueError('axis must be a constant scalar');
  const values = convertToTensor(p.values, { name: 'values' });
  if (direction === 'DESCENDING') return falling(values, intsOf(fixed)[0]!, positions);
  const out = falling(values.neg(), intsOf(fixed)[0]!, positions);
  return positions ? out : out.neg();
}
function falling(values: Tensor, axis: number, positions: boolean): Tensor {
  const k = shapeOf(values).at(axis);
  const r = rankOf(values);
  const n = values.shape.ndims;
  let [input, order]: [Tensor, Tensor | undefined] = [values, undefined];
  if (axis !== -1 && axis + 1 !== n) {
    if (n !== null) {
      const a = axis < 0 ? axis + n : axis;
      order = constantNode(int32Vector(Array.from({ length: n }, (_, i) => (i === a ? n - 1 : i === n - 1 ? a : i))), { name: 'transposition' });
    } else {
      const a = axis < 0 ? r.radd(axis) : convertToTensor(axis, { dtype: int32 });
      const before = op1('Range', [0, a, 1], {}, 'range');
      const end = r.sub(1);
      order = concat([before, [end] as unknown as TensorLike, op1('Range', [a.add(1), r.sub(1), 1], {}, 'range'), [a] as unknown as TensorLike], 0);
    }
    input = transpose(values, order);
  }
  const top = topK(input, k);
  const out = positions ? top.indices : top.values;
  return order ? transpose(out, order) : out;
}
/** `tf.sort`: values in order along `axis` (the last). */
export const sort = api('sort', ['values', 'axis', 'direction', 'name'], (p: Sort): Tensor => inScope(p.name, 'sort', [], () => sorted(p, false)), { required: 1 });
/** `tf.argsort`: the places of the values in that order; equal ones as they stand. */
export const argsort = api('argsort', ['values', 'axis', 'direction', 'stable', 'name'], (p: Sort): Tensor => inScope(p.name, 'argsort', [], () => sorted(p, true)), { required: 1 });

interface Searchsorted { sortedSequence: TensorLike; values: TensorLike; side?: 'left' | 'right'; outType?: DType; name?: string | null }
/** `tf.searchsorted`: where each value would stand in its sorted row, before ('left') or after equal ones. Errors: ValueError for another side. */
export const searchsorted = api('searchsorted', ['sortedSequence', 'values', 'side', 'outType', 'name'], (p: Searchsorted): Tensor => {
  const n = shapeOf(p.sortedSequence).at(-1);
  const m = shapeOf(p.values).at(-1);
  const rows = reshape(p.sortedSequence, [-1, n] as unknown as TensorLike);
  const values = reshape(p.values, [-1, m] as unknown as TensorLike);
  const side = p.side ?? 'left';
  if (side !== 'left' && side !== 'right') throw new ValueError(`side must be either 'right' or 'left'.  Saw: ${String(side)}.`);
  const out = op1(side === 'right' ? 'UpperBound' : 'LowerBound', [rows, values], { out_type: p.outType ?? int32 }, p.name);
  return reshape(out, shapeOf(p.values));
}, { required: 2 });

// --- repetition, counts, places ------------------------------------------------------------------------------------

interface Repeat { input: TensorLike; repeats: TensorLike; axis?: number | null; name?: string | null }
/** `tf.repeat`: each element along `axis` (default: of the flattened tensor) as often as `repeats` says. */
export const repeat = api('repeat', ['input', 'repeats', 'axis', 'name'], (p: Repeat): Tensor => {
  const flat = p.axis === undefined || p.axis === null;
  const input = flat ? reshape(p.input, int32Vector([-1])) : p.input;
  const axis = flat ? 0 : p.axis!;
  return inScope(p.name, 'Repeat', [input, p.repeats], () => {
    let data = convertToTensor(input, { name: 'data' });
    let repeats = convertToTensor(ints(p.repeats), { name: 'repeats' });
    if (repeats.dtype.baseDtype !== int32) repeats = castTensor(repeats, int32);
    if (data.shape.ndims === 0) data = reshape(data, int32Vector([-1]));
    const n = data.shape.ndims;
    const at = axis < 0 && n !== null ? axis + n : axis;
    if (n === null && axis < 0) throw new ValueError("axis may only be negative if rank is known");
    const sizes = shapeOf(data);
    const tiled = (count: Tensor): Tensor => {
      const expanded = expandDims(data, at + 1);
      const multiples = n !== null ? Array.from({ length: n + 1 }, (_, i) => (i === at + 1 ? count : 1)) : undefined;
      if (!multiples) throw new ValueError('repeat needs data of known rank');
      return tile(expanded, multiples as unknown as TensorLike);
    };
    const joinedShape = (): Tensor => concat([sizes.at([null, at]), int32Vector([-1]), sizes.at([at + 1, null])], 0);
    if (repeats.shape.ndims === 0) { const t = tiled(repeats); return reshape(t, joinedShape()); }
    const most = op1('Maximum', [0, op1('Max', [repeats, allAxes(repeats)])]);
    const mask = at + 1 === repeats.shape.ndims ? repeats : op1('BroadcastTo', [repeats, sizes.at([null, at + 1])]);
    const keep = sequenceMask(mask, most);
    const chosen = booleanMask(tiled(most), keep);
    return at === 0 ? chosen : reshape(chosen, joinedShape());
  });
}, { required: 2 });

/** `tf.bincount` (`tf.math.bincount`): how often each integer from 0 occurs, or the sum of its `weights`; at least `minlength`, at most `maxlength` counts, of `dtype` (int32). */
export const bincount = api('bincount', ['arr', 'weights', 'minlength', 'maxlength', 'dtype'], (p: { arr: TensorLike; weights?: TensorLike | null; minlength?: TensorLike | null; maxlength?: TensorLike | null; dtype?: DType }): Tensor => inScope(null, 'bincount', [], () => {
  const a = convertToTensor(p.arr, { name: 'arr', dtype: int32 });
  const some = reduceProdOf(shapeOf(a)).greater(0);
  let n = castTensor(some, int32).mul(reduceMax(a).add(1));
  if (p.minlength !== undefined && p.minlength !== null) n = op1('Maximum', [convertToTensor(p.minlength, { name: 'minlength', dtype: int32 }), n]);
  if (p.maxlength !== undefined && p.maxlength !== null) n = op1('Minimum', [convertToTensor(p.maxlength, { name: 'maxlength', dtype: int32 }), n]);
  if (p.weights !== undefined && p.weights !== null) return op1('UnsortedSegmentSum', [convertToTensor(p.weights, { name: 'weights' }), a, n]);
  return op1('Bincount', [a, n, constantNode([], { dtype: p.dtype ?? int32 })]);
}), { required: 1 });
const reduceProdOf = (t: Tensor): Tensor => op1('Prod', [t, allAxes(t)]);

/** `tf.unravel_index`: coordinates in a tensor of shape `dims` of flat places, one row a dimension. */
export const unravelIndex = api('unravelIndex', ['indices', 'dims', 'name'], (p: { indices: TensorLike; dims: TensorLike; name?: string | null }): Tensor => op1('UnravelIndex', [ints(p.indices), ints(p.dims)], {}, p.name), { required: 2 });

/** `tf.parallel_stack`: tensors of known shapes stacked. Errors: ValueError when a shape is unknown. */
export const parallelStack = api('parallelStack', ['values', 'name'], (p: { values: readonly TensorLike[]; name?: string }): Tensor => inScope(p.name ?? 'parallel_stack', '', [], () => {
  const first = convertToTensor(p.values[0]!);
  const shape = new TensorShape([p.values.length]).concatenate(first.shape);
  return op1('ParallelConcat', [p.values.map((v) => expandDims(v, 0))], { shape });
}), { required: 1 });
