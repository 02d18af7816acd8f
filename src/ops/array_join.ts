// Joining and splitting: stack, unstack, concat, split; and the packing of lists that hold tensors, which happens
// wherever a tensor is wanted. Follows array_ops.py (stack, _autopacking_conversion_function, concat, split) and array_grad.py.
import { type DType, int32 } from '../graph/dtype.ts';
import { TypeError, ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { rankTensor, shapeTensor } from './array_shape.ts';
import { grad1, indexTensor, inScope, inputOf, int32Vector, scalarOf } from './building.ts';
import { constantValue } from './constant_value.ts';
import { constantNode, type ConvertOptions, convertToTensor, isTensorLike, registerConversion, type TensorLike } from './convert.ts';
import { IndexedSlices } from './indexed_slices.ts';
import type { ArrayLike } from './make_array.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type Grad } from './registry.ts';
import type { ShapeContext } from './shape_inference.ts';
import { axisFromScalar, concatShape, dimOf, divideDim, intsOf, mergeAll, replaceDim, unknownOfRank } from './shape_fns.ts';

// --- lists that hold tensors ---------------------------------------------------------------------------------------

registerConversion((value, options) => (Array.isArray(value) && options.asRef !== true ? autopack(value as readonly TensorLike[], options) : undefined), 99);

function autopack(list: readonly TensorLike[], options: ConvertOptions): Tensor | undefined {
  const found = dtypeInside(list);
  if (!found) return undefined;
  // A preferred dtype counts too: TF casts the tensors of the list to it where it can.
  const dtype = options.dtype?.baseDtype ?? (options.preferred && numeric(options.preferred) && numeric(found) ? options.preferred.baseDtype : found);
  const packed = pack(dtype === found ? list : castTensors(list, dtype) as readonly TensorLike[], dtype, options.name ?? 'packed');
  return packed instanceof Tensor ? packed : undefined;
}
const numeric = (d: DType): boolean => d.isInteger || d.isFloating;
/** Dtype of the first tensor inside nested lists. */
function dtypeInside(list: readonly TensorLike[]): DType | undefined {
  for (const x of list) {
    if (isTensorLike(x)) return (x as { dtype: DType }).dtype.baseDtype;
    const d = Array.isArray(x) ? dtypeInside(x as readonly TensorLike[]) : undefined;
    if (d) return d;
  }
  return undefined;
}
function castTensors(x: TensorLike, dtype: DType): TensorLike {
  if (Array.isArray(x)) return (x as readonly TensorLike[]).map((y) => castTensors(y, dtype));
  return isTensorLike(x) && (x as { dtype: DType }).dtype.baseDtype !== dtype ? op1('Cast', [x], { DstT: dtype }) : x;
}
/** Pack nodes for (nested) lists that hold tensors; the other elements become Consts named by their index. */
function pack(list: readonly TensorLike[], dtype: DType, name: string): Tensor | readonly TensorLike[] {
  return inScope(name, name, [list], (scope) => {
    let must = false;
    const items = list.map((x, i): TensorLike => {
      if (isTensorLike(x)) {
        must = true;
        const own = (x as { dtype: DType }).dtype;
        if (own.baseDtype !== dtype) throw new TypeError(`Cannot convert a list containing a tensor of dtype ${own.str} to ${dtype.str} (Tensor is: ${String(x)})`);
        return x;
      }
      if (!Array.isArray(x)) return x;
      const inner = pack(x as readonly TensorLike[], dtype, String(i));
      if (inner instanceof Tensor) must = true;
      return inner;
    });
    if (!must) return items;
    return op1('Pack', [items.map((x, i) => (isTensorLike(x) ? x : constantNode(x as ArrayLike, { dtype, name: String(i) })))], undefined, scope);
  });
}

// --- stack, unstack --------------------------------------------------------------------------------------------------

function packAxis(c: ShapeContext, rank: number): number {
  const a = c.int('axis');
  if (a < -rank || a >= rank) c.fail(`Invalid axis: ${a}; must be in [${-rank},${rank})`);
  return a < 0 ? a + rank : a;
}

defineOp('Pack', {
  shape: (c) => {
    const s = mergeAll(c, c.numInputs);
    if (s.dims === null) return [UNKNOWN_SHAPE];
    const dims: Dim[] = [...s.dims];
    dims.splice(packAxis(c, dims.length + 1), 0, c.numInputs);
    return [new TensorShape(dims)];
  },
  grad: grad1((op, g) => applyOp('Unpack', [g], { num: op.getAttr('N') as number, axis: op.getAttr('axis') as number }, 'unstack').outputs),
});
defineOp('Unpack', {
  shape: (c) => {
    const s = c.input(0);
    const n = c.op.outputs.length;
    if (s.dims === null) return c.op.outputs.map(() => UNKNOWN_SHAPE);
    const axis = packAxis(c, s.dims.length);
    c.withValue(s.dims[axis]!, n);
    const out = new TensorShape(s.dims.filter((_, i) => i !== axis));
    return c.op.outputs.map(() => out);
  },
  grad: (op, ...grads) => [stacked(grads as Tensor[], op.getAttr('axis') as number)],
  tfjs: { kernel: 'Unpack', inputs: { value: 0 }, attrs: (n) => ({ axis: attrInt(n.attr['axis']) }), exact: true },
});
function attrInt(a: { kind: string; value: unknown } | undefined): number { return a?.kind === 'i' ? Number(a.value) : 0; }

/** `array_ops.stack`. */
export function stacked(values: readonly TensorLike[], axis = 0, name = 'stack', numbers?: DType): Tensor {
  const preferred = dtypeInside(values) ? undefined : numbers;
  if (axis === 0) {
    try {
      return convertToTensor(values, { name, ...(preferred ? { preferred } : {}) });
    } catch (e) {
      if (!(e instanceof TypeError) && !(e instanceof ValueError)) throw e;
    }
  }
  const first = convertToTensor(values[0]!, { name, ...(preferred ? { preferred } : {}) });
  const n = first.shape.ndims;
  if (n !== null && (axis < -n - 1 || axis >= n + 1)) throw new ValueError(`axis = ${axis} not in [${-n - 1}, ${n + 1})`);
  return op1('Pack', [values], { axis }, name);
}
/** `tf.stack`: tensors of equal shape as one tensor with a new dimension at `axis`. Errors: ValueError for an axis out of range or shapes that differ. */
export const stack = api('stack', ['values', 'axis', 'name'], (p: { values: readonly TensorLike[]; axis?: number; name?: string | null }) =>
  stacked(p.values, p.axis ?? 0, p.name ?? 'stack'), { required: 1 });
/** `tf.unstack`: the parts of a tensor along `axis`, that dimension removed. Errors: ValueError when neither `num` nor the shape says how many. */
export const unstack = api('unstack', ['value', 'num', 'axis', 'name'], (p: { value: TensorLike; num?: number | null; axis?: number; name?: string | null }) => {
  const axis = p.axis ?? 0;
  let { value, num } = p;
  if (num === null || num === undefined) {
    const t = value = convertToTensor(value);
    const n = t.shape.ndims;
    if (n !== null && (axis < -n || axis >= n)) throw new ValueError(`axis = ${axis} not in [${-n}, ${n})`);
    num = dimOf(t.shape, axis);
    if (num === null) throw new ValueError(`Cannot infer num from shape ${t.shape}`);
  }
  return [...applyOp('Unpack', [value], { num, axis }, p.name ?? 'unstack').outputs];
}, { required: 1 });

// --- concat --------------------------------------------------------------------------------------------------------

/** Gradient of a concatenation: a slice for each input. `dim` is the index of the axis among the inputs. */
function concatGrad(op: Operation, grad: Tensor | IndexedSlices, first: number, last: number, dim: number): readonly Grad[] {
  const wrap = (grads: readonly Grad[]): readonly Grad[] => (dim >= last ? [...grads, null] : [null, ...grads]);
  const values = op.inputs.slice(first, last);
  if (values.length === 1) return wrap([grad]);
  if (grad instanceof IndexedSlices) return wrap(sparseConcatGrad(grad, values, inputOf(op, dim)));
  let axis = inputOf(op, dim);
  if (axis.op.type === 'Const' && axis.op.controlFlowContext !== grad.op.controlFlowContext) axis = constantNode(constantValue(axis)!, { dtype: axis.dtype });
  const nonNegative = op1('FloorMod', [axis, rankTensor(values[0]!)], undefined, 'mod');
  const sizes = inputShapes(values);
  if (sizes.length > 16) {
    const along = op1('Slice', [stacked(sizes, 1), [nonNegative, 0], int32Vector([1, -1])]);
    return wrap(applyOp('SplitV', [grad, op1('Squeeze', [along]), nonNegative], { num_split: sizes.length }, 'split').outputs);
  }
  const offsets = applyOp('ConcatOffset', [nonNegative, sizes]).outputs;
  return wrap(sizes.map((s, i) => op1('Slice', [grad, offsets[i]!, s])));
}
/** Shapes of the inputs: Consts as long as all are known, else one ShapeN (after the Consts already made). */
function inputShapes(values: readonly Tensor[]): readonly Tensor[] {
  const sizes: Tensor[] = [];
  for (const x of values) {
    const s = shapeTensor(x);
    if (s.op.type !== 'Const') return applyOp('ShapeN', [values]).outputs;
    sizes.push(s);
  }
  return sizes;
}
/** Rows of a sparse gradient belong to one input each (axis 0), or are cut like the values (other axes). */
function sparseConcatGrad(grad: IndexedSlices, values: readonly Tensor[], axis: Tensor): readonly Grad[] {
  const nonNegative = op1('FloorMod', [axis, rankTensor(values[0]!)], undefined, 'mod');
  const v = constantValue(axis);
  if (!v) throw new ValueError('Can only compute IndexedSlices gradient with statically-known concat_dim');
  let at = Number(v.flat(0));
  if (at < 0) {
    const r = values[0]!.shape.ndims;
    rankTensor(values[0]!);
    if (r === null) throw new ValueError('Can only compute IndexedSlices gradient with negative concat_dim when first value rank is statically-known.');
    at += r;
  }
  const sizes = values.map((x) => shapeTensor(x));
  if (at > 0) {
    const ranks = shapeTensor(sizes[0]!);
    const zerosBefore = op1('Fill', [op1('ExpandDims', [nonNegative, scalarOf(0, int32)]), scalarOf(0, int32)]);
    const zerosAfter = op1('Fill', [ranks.sub(nonNegative).sub(scalarOf(1, int32)), scalarOf(0, int32)]);
    const mask = op1('ConcatV2', [[zerosBefore, int32Vector([1]), zerosAfter], scalarOf(0, int32)], undefined, 'concat');
    let begin = op1('Fill', [ranks, scalarOf(0, int32)]);
    return sizes.map((s) => {
      const rest = op1('Slice', [s, int32Vector([1]), int32Vector([-1])]);
      const part = op1('Slice', [grad.values, begin, op1('ConcatV2', [[int32Vector([-1]), rest], scalarOf(0, int32)], undefined, 'concat')]);
      begin = op1('Add', [begin, s.mul(mask)]);
      return new IndexedSlices(part, grad.indices, s);
    });
  }
  let start = constantNode(scalarOf(0, grad.indices.dtype));
  return sizes.map((s) => {
    let rows = op1('GatherV2', [s, nonNegative, scalarOf(0, int32)]);
    if (rows.dtype !== grad.indices.dtype) rows = op1('Cast', [rows], { DstT: grad.indices.dtype });
    const end = start.add(rows);
    const mine = op1('Where', [op1('LogicalAnd', [grad.indices.greaterEqual(start), grad.indices.less(end)])]);
    const select = op1('Squeeze', [mine], { squeeze_dims: [1] });
    const indices = op1('GatherV2', [grad.indices, select, scalarOf(0, int32)]).sub(start);
    const part = op1('GatherV2', [grad.values, select, scalarOf(0, int32)]);
    start = end;
    return new IndexedSlices(part, indices, s);
  });
}

defineOp('Concat', { shape: (c) => [concatShape(c, 1, c.numInputs, 0)], grad: grad1((op, g) => concatGrad(op, g, 1, op.inputs.length, 0)) });
defineOp('ConcatV2', { shape: (c) => [concatShape(c, 0, c.numInputs - 1, c.numInputs - 1)], grad: grad1((op, g) => concatGrad(op, g, 0, op.inputs.length - 1, op.inputs.length - 1)) });
defineOp('ConcatOffset', { shape: (c) => c.inputs().slice(1).map((t) => t.shape), grad: null });

/** `array_ops.concat`. */
export function concatenated(values: TensorLike | readonly TensorLike[], axis: TensorLike, name = 'concat'): Tensor {
  const list = Array.isArray(values) ? values as readonly TensorLike[] : [values as TensorLike];
  if (list.length !== 1) return op1('ConcatV2', [list, axis], undefined, name);
  return inScope(name, 'concat', [], () => {
    const dim = convertToTensor(axis, { name: 'concat_dim', dtype: int32 });
    if (dim.shape.ndims !== null && dim.shape.ndims !== 0) throw new ValueError(`Shape ${dim.shape} must have rank 0`);
    return op1('Identity', [list[0]!], undefined, name);
  });
}
/** `tf.concat`: tensors joined along an existing axis. Errors: ValueError when ranks or the other sizes differ. */
export const concat = api('concat', ['values', 'axis', 'name'], (p: { values: TensorLike | readonly TensorLike[]; axis: TensorLike; name?: string | null }) =>
  concatenated(p.values, p.axis, p.name ?? 'concat'), { required: 2 });

// --- split ---------------------------------------------------------------------------------------------------------

defineOp('Split', {
  shape: (c) => {
    const s = c.input(1);
    const n = c.op.outputs.length;
    const axis = axisFromScalar(c, 0, s.ndims);
    let out = s.dims === null ? UNKNOWN_SHAPE : unknownOfRank(s.dims.length);
    if (axis !== null) {
      const t = c.withRankAtLeast(s, axis + 1);
      out = replaceDim(t, axis, divideDim(c, dimOf(t, axis), n, '\n\tNumber of ways to split should evenly divide the split dimension'));
    }
    return c.op.outputs.map(() => out);
  },
  grad: (op, ...grads) => [null, concatenated(grads as Tensor[], inputOf(op, 0))],
});
defineOp('SplitV', {
  shape: (c) => {
    const s = c.input(0);
    const n = c.op.outputs.length;
    const axis = axisFromScalar(c, 2, s.ndims);
    if (s.dims === null) return c.op.outputs.map(() => UNKNOWN_SHAPE);
    if (s.dims.length === 0) c.fail("Can't split scalars");
    const sizes = c.value(1);
    if (axis === null) return c.op.outputs.map(() => unknownOfRank(s.dims!.length));
    if (!sizes) return c.op.outputs.map(() => replaceDim(s, axis, null));
    c.withRankAtLeast(s, axis + 1);
    const list = intsOf(sizes);
    if (list.length !== n) c.fail('Length of size_splits should be equal to num_outputs');
    if (list.indexOf(-1) !== list.lastIndexOf(-1)) c.fail('size_splits can only have one -1');
    const total = list.reduce((a, d) => (d === -1 ? a : a + d), 0);
    const whole = s.dims[axis]!;
    if (whole !== null && (list.includes(-1) ? total > whole : total !== whole)) c.fail(`can't split axis of size ${whole} into pieces of size [${list.join(',')}]`);
    return list.map((d) => replaceDim(s, axis, d === -1 ? (whole === null ? null : whole - total) : d));
  },
  grad: (op, ...grads) => [concatenated(grads as Tensor[], inputOf(op, 2)), null, null],
});
/** `tf.split`: `value` in equal parts along `axis` (a number of parts) or in parts of given sizes (one may be -1). Errors: ValueError when they do not add up. */
export const split = api('split', ['value', 'numOrSizeSplits', 'axis', 'num', 'name'], (p: {
  value: TensorLike; numOrSizeSplits: number | TensorLike; axis?: TensorLike; num?: number | null; name?: string | null;
}) => {
  const sizes = indexTensor(p.numOrSizeSplits);
  const axis = p.axis ?? 0;
  const name = p.name ?? 'split';
  if (typeof p.numOrSizeSplits === 'number') return [...applyOp('Split', [axis, p.value], { num_split: p.numOrSizeSplits }, name).outputs];
  if (sizes.shape.ndims === 0) throw new ValueError(`Rank-0 tensors are not supported as the num_or_size_splits argument to split. Argument provided: ${String(p.numOrSizeSplits)}`);
  const num = p.num ?? dimOf(sizes.shape, 0);
  if (num === null) throw new ValueError(`Cannot infer num from shape ${String(p.numOrSizeSplits)}`);
  return [...applyOp('SplitV', [p.value, sizes, axis], { num_split: num }, name).outputs];
}, { required: 2 });

