// Reductions and their gradients, arg-reductions, cumulative sums. Follows math_ops.py (_ReductionDims, reduced_shape)
// and math_grad.py.
import { type DType, int32, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import { SCALAR_SHAPE, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concatenated } from './array_join.ts';
import { allAxes, oneOf, rankTensor, shapeTensor, sizeTensor, transposed } from './array_shape.ts';
import { zerosLikeTensor } from './array_values.ts';
import { colocatedWith, conj, grad1, inputOf, inScope, int32Vector, knownShape, onDevice, scalarOf } from './building.ts';
import { constantValue } from './constant_value.ts';
import { constantNode, convertToTensor, type TensorLike } from './convert.ts';
import { castTensor } from './math_cast.ts';
import { trueDivide } from './math_binary.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type GradFn, type TfjsMapping, type TfjsNode } from './registry.ts';
import { intsOf, reductionShape, scalarValue, unchangedShape, unknownOfRank } from './shape_fns.ts';
import type { ShapeFn } from './shape_inference.ts';

// --- gradients -----------------------------------------------------------------------------------------------------

/** `math_ops.reduced_shape`: the input's shape with 1 for the reduced axes. */
export function reducedShape(shape: TensorLike, axes: TensorLike): Tensor {
  const s = castTensor(shape, int32);
  let a = castTensor(axes, int32);
  const n = sizeTensor(s);
  a = a.add(n).mod(n);
  const count = shapeTensor(a);
  const order = op1('Range', [scalarOf(0, int32), n, scalarOf(1, int32)], undefined, 'range');
  return op1('DynamicStitch', [[order, a], [s, op1('Fill', [count, scalarOf(1, int32)])]]);
}
/** x // max(y, 1). */
function shapeQuotient(x: TensorLike, y: TensorLike): Tensor {
  const divisor = op1('Maximum', [y, scalarOf(1, int32)]);
  return op1('FloorDiv', [x, divisor], undefined, 'floordiv');
}

const CACHE: unique symbol = Symbol('tfgraph.reducedShape');
/** Kept shape and repetitions for static shape and axes; once per pair and graph the nodes are made too, as in TF. */
function staticReduction(shape: readonly number[], axes: readonly number[]): { kept: number[]; repeats: number[] } {
  const cache = getDefaultGraph().extra(CACHE, () => new Map<string, { kept: number[]; repeats: number[] }>());
  const key = `${shape.join(',')};${axes.join(',')}`;
  let r = cache.get(key);
  if (!r) {
    const reduced = new Set(axes.map((a) => (a < 0 ? a + shape.length : a)));
    const kept = shape.map((d, i) => (reduced.has(i) ? 1 : d));
    reducedShape(int32Vector(shape), int32Vector(axes));
    shapeQuotient(int32Vector(shape), int32Vector(kept));
    cache.set(key, r = { kept, repeats: shape.map((d, i) => Math.floor(d / Math.max(kept[i]!, 1))) });
  }
  return r;
}

/** `_SumGrad`: the gradient reshaped to the kept dimensions and tiled. */
function spread(op: Operation, g: Tensor): Tensor {
  const x = inputOf(op, 0);
  const dims = x.shape.dims;
  const value = dims === null ? undefined : constantValue(inputOf(op, 1));
  if (dims !== null && value) {
    const axes = intsOf(value);
    if (value.shape.length === 1 && axes.length === dims.length && axes.every((a, i) => a === i)) {
      const scalar = op1('Reshape', [g, int32Vector(dims.map(() => 1))]);
      return op1('Tile', [scalar, x.shape.isFullyDefined ? constantNode(int32Vector(dims as number[])) : shapeTensor(x)]);
    }
    const shape = knownShape(x);
    if (shape) {
      const { kept, repeats } = staticReduction(shape, axes);
      return op1('Tile', [op1('Reshape', [g, int32Vector(kept)]), int32Vector(repeats)]);
    }
  }
  const shape = shapeTensor(x);
  const [kept, repeats] = colocatedWith(shape, () => {
    const k = reducedShape(shape, inputOf(op, 1));
    return [k, shapeQuotient(shape, k)] as const;
  });
  return op1('Tile', [op1('Reshape', [g, kept]), repeats]);
}
const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const reduceAllOf = (op: string, t: Tensor): Tensor => op1(op, [t, allAxes(t)]);

const meanGrad: GradFn = grad1((op, g) => {
  const sum = spread(op, g);
  const [from, to] = [knownShape(inputOf(op, 0)), knownShape(op.outputs[0]!)];
  let factor: Tensor;
  if (from && to) factor = constantNode(scalarOf(Math.floor(product(from) / Math.max(product(to), 1)), int32), { dtype: sum.dtype.baseDtype });
  else {
    const [si, so] = [shapeTensor(inputOf(op, 0)), shapeTensor(op.outputs[0]!)];
    const all = reduceAllOf('Prod', si);
    factor = shapeQuotient(all, reduceAllOf('Prod', so));
  }
  return [trueDivide(sum, castTensor(factor, sum.dtype)), null];
});
/** Max and Min share the gradient among equal elements. */
const extremeGrad: GradFn = grad1((op, g) => {
  const [x, axes] = [inputOf(op, 0), inputOf(op, 1)];
  const kept = reducedShape(shapeTensor(x), axes);
  const y = op1('Reshape', [op.outputs[0]!, kept]);
  const grad = op1('Reshape', [g, kept]);
  const indicators = castTensor(op1('Equal', [y, x]), grad.dtype);
  const count = op1('Reshape', [op1('Sum', [indicators, axes]), kept]);
  return [trueDivide(indicators, count).mul(grad), null];
});
/** Products of all other elements along the reduced axes, through two cumulative products. */
const prodGrad: GradFn = grad1((op, g) => {
  const [x, axes] = [inputOf(op, 0), inputOf(op, 1)];
  const shape = shapeTensor(x);
  let reduced = op1('Reshape', [axes, int32Vector([-1])]);
  const kept = reducedShape(shape, axes);
  const repeats = shapeQuotient(shape, kept);
  const grad = op1('Tile', [op1('Reshape', [g, kept]), repeats]);
  const [perm, count, rest] = onDevice('/cpu:0', () => {
    const n = rankTensor(x);
    reduced = castTensor(reduced.add(n).mod(n), int32);
    const order = op1('Range', [scalarOf(0, int32), n, scalarOf(1, int32)], undefined, 'range');
    const other = applyOp('ListDiff', [order, reduced], { out_idx: int32 }).outputs[0]!;
    const p = concatenated([reduced, other], 0);
    const size = (i: Tensor): Tensor => reduceAllOf('Prod', op1('GatherV2', [shape, i, scalarOf(0, int32)]));
    const reducedSize = size(reduced);
    return [p, reducedSize, size(other)] as const;
  });
  const permuted = transposed(x, perm);
  const permutedShape = shapeTensor(permuted);
  const flat = op1('Reshape', [permuted, [count, rest]]);
  const left = op1('Cumprod', [flat, scalarOf(0, int32)], { exclusive: true });
  const right = op1('Cumprod', [flat, scalarOf(0, int32)], { exclusive: true, reverse: true });
  const y = op1('Reshape', [conj(left).mul(conj(right)), permutedShape]);
  const out = grad.mul(transposed(y, op1('InvertPermutation', [perm])));
  return [op1('Reshape', [out, shape]), null];
});

// --- blocks --------------------------------------------------------------------------------------------------------

function kernel(name: string, axes = 'axis', exact = false): TfjsMapping {
  return { kernel: name, inputs: { x: 0 }, exact, attrs: (n: TfjsNode) => {
    const v = n.constant(1);
    const keep = n.attr['keep_dims'];
    return v ? { [axes]: intsOf(v), keepDims: keep?.kind === 'b' && keep.value } : undefined;
  } };
}
defineOp('Sum', { shape: reductionShape, grad: grad1((op, g) => [spread(op, g), null]), tfjs: kernel('Sum') });
defineOp('Mean', { shape: reductionShape, grad: meanGrad, tfjs: kernel('Mean') });
defineOp('Prod', { shape: reductionShape, grad: prodGrad, tfjs: kernel('Prod') });
defineOp('Max', { shape: reductionShape, grad: extremeGrad, tfjs: kernel('Max', 'reductionIndices') });
defineOp('Min', { shape: reductionShape, grad: extremeGrad, tfjs: kernel('Min') });
defineOp('All', { shape: reductionShape, tfjs: kernel('All', 'axis', true) });
defineOp('Any', { shape: reductionShape, tfjs: kernel('Any', 'axis', true) });
defineOp('EuclideanNorm', { shape: reductionShape, grad: null });

type Axis = TensorLike | null;
interface Reduce { inputTensor: TensorLike; axis?: Axis; keepdims?: boolean | null; name?: string | null; reductionIndices?: Axis; keepDims?: boolean | null }
type ReduceFunction = ReturnType<typeof api<Reduce, readonly ['inputTensor', 'axis', 'keepdims', 'name', 'reductionIndices', 'keepDims'], Tensor>>;

/** `math_ops.reduce_*`: without `axis` every axis, as a Const in the caller's scope. */
export function reduced(op: string, input: TensorLike, axis: Axis, keepdims = false, name?: string | null): Tensor {
  const axes = axis ?? allAxes(input);
  const out = op1(op, [input, axes], { keep_dims: keepdims }, name);
  if (axis === null && !keepdims && !out.shape.isFullyDefined) out.setShape([]);
  return out;
}
function reducer(name: string, op: string): ReduceFunction {
  return api(name, ['inputTensor', 'axis', 'keepdims', 'name', 'reductionIndices', 'keepDims'] as const, (p: Reduce) =>
    reduced(op, p.inputTensor, oneOf('axis', p.axis, 'reduction_indices', p.reductionIndices), oneOf('keepdims', p.keepdims, 'keep_dims', p.keepDims) ?? false, p.name), { required: 1 });
}
/** `tf.reduce_sum`: sums over `axis` (an int, a list, a tensor; default all); `keepdims` keeps them with size 1. Errors: ValueError for an axis out of range. */
export const reduceSum: ReduceFunction = reducer('reduceSum', 'Sum');
/** `tf.reduce_mean`: means over `axis`. */
export const reduceMean: ReduceFunction = reducer('reduceMean', 'Mean');
/** `tf.reduce_prod`: products over `axis`. */
export const reduceProd: ReduceFunction = reducer('reduceProd', 'Prod');
/** `tf.reduce_max`: maxima over `axis`. */
export const reduceMax: ReduceFunction = reducer('reduceMax', 'Max');
/** `tf.reduce_min`: minima over `axis`. */
export const reduceMin: ReduceFunction = reducer('reduceMin', 'Min');
/** `tf.reduce_all`: logical and over `axis` of a bool tensor. */
export const reduceAll: ReduceFunction = reducer('reduceAll', 'All');
/** `tf.reduce_any`: logical or over `axis` of a bool tensor. */
export const reduceAny: ReduceFunction = reducer('reduceAny', 'Any');
/** `tf.reduce_logsumexp`: log(sum(exp(x))) over `axis` without overflow. */
export const reduceLogsumexp: ReduceFunction = api('reduceLogsumexp', ['inputTensor', 'axis', 'keepdims', 'name', 'reductionIndices', 'keepDims'] as const, (p: Reduce) => {
  const axis = oneOf('axis', p.axis, 'reduction_indices', p.reductionIndices);
  const keep = oneOf('keepdims', p.keepdims, 'keep_dims', p.keepDims) ?? false;
  const x = convertToTensor(p.inputTensor);
  return inScope(p.name, 'ReduceLogSumExp', [x], () => {
    const raw = reduced('Max', x, axis, true);
    const finite = op1('IsFinite', [raw]);
    let top = op1('StopGradient', [op1('Select', [finite, raw, zerosLikeTensor(raw)])]);
    const out = op1('Log', [reduced('Sum', op1('Exp', [op1('Sub', [x, top])]), axis, keep)]);
    if (!keep) top = op1('Reshape', [top, shapeTensor(out)]);
    const result = op1('Add', [out, top]);
    if (axis === null && !keep && !result.shape.isFullyDefined) result.setShape([]);
    return result;
  });
}, { required: 1 });
/** `tf.count_nonzero`: number of elements that are not zero, over `axis`, as `dtype` (int64). */
export const countNonzero = api('countNonzero', ['inputTensor', 'axis', 'keepdims', 'dtype', 'name', 'reductionIndices', 'keepDims', 'input'], (p: {
  inputTensor?: TensorLike; axis?: Axis; keepdims?: boolean | null; dtype?: DType | null; name?: string | null; reductionIndices?: Axis; keepDims?: boolean | null; input?: TensorLike;
}) => {
  const given = oneOf('input', p.inputTensor, 'input_tensor', p.input);
  if (given === null) throw new ValueError('count_nonzero needs an input');
  return inScope(p.name, 'count_nonzero', [given], () => {
    const t = convertToTensor(given, { name: 'input' });
    const zero = constantNode(scalarOf(0, t.dtype.baseDtype), { name: 'zeros' });
    const ones = castTensor(op1('NotEqual', [t, zero]), int64);
    return castTensor(reduced('Sum', ones, oneOf('axis', p.axis, 'reduction_indices', p.reductionIndices), oneOf('keepdims', p.keepdims, 'keep_dims', p.keepDims) ?? false), p.dtype ?? int64);
  });
});

// --- arg reductions, cumulative ----------------------------------------------------------------------------------------

const argShape: ShapeFn = (c) => {
  c.withRank(c.input(1), 0);
  const s = c.input(0);
  if (s.dims === null) return [UNKNOWN_SHAPE];
  const n = s.dims.length;
  if (n <= 1) return [SCALAR_SHAPE];
  const axis = scalarValue(c, 1);
  if (axis === undefined) return [unknownOfRank(n - 1)];
  const at = axis < 0 ? axis + n : axis;
  if (at < 0 || at >= n) c.fail(`Dimension (${axis}) must be in the range [${-n}, ${n}), where ${n} is the number of dimensions in the input.`);
  return [new TensorShape(s.dims.filter((_, i) => i !== at))];
};
for (const op of ['ArgMax', 'ArgMin']) {
  defineOp(op, { shape: argShape, grad: () => [null, null], tfjs: { kernel: op, inputs: { x: 0 }, exact: false, attrs: (n) => { const a = n.constant(1); return a ? { axis: Number(a.flat(0)) } : undefined; } } });
}
interface Arg { input: TensorLike; axis?: TensorLike | null; name?: string | null; dimension?: TensorLike | null; outputType?: DType | null }
type ArgFunction = ReturnType<typeof api<Arg, readonly ['input', 'axis', 'name', 'dimension', 'outputType'], Tensor>>;
function argReducer(name: string, op: string): ArgFunction {
  return api(name, ['input', 'axis', 'name', 'dimension', 'outputType'] as const, (p: Arg) =>
    op1(op, [p.input, oneOf('axis', p.axis, 'dimension', p.dimension) ?? 0], { output_type: p.outputType ?? int64 }, p.name), { required: 1 });
}
/** `tf.argmax`: index of the first largest element along `axis` (0), as int64 or `outputType`. */
export const argmax: ArgFunction = argReducer('argmax', 'ArgMax');
/** `tf.argmin`: index of the first smallest element along `axis` (0). */
export const argmin: ArgFunction = argReducer('argmin', 'ArgMin');

function cumulative(op: string, x: Tensor, axis: TensorLike, exclusive: boolean, reverse: boolean, name?: string | null): Tensor {
  return op1(op, [x, axis], { exclusive, reverse }, name);
}
const flag = (op: Operation, name: string): boolean => op.getAttr(name) as boolean;
defineOp('Cumsum', {
  shape: unchangedShape,
  grad: grad1((op, g) => [cumulative('Cumsum', g, inputOf(op, 1), flag(op, 'exclusive'), !flag(op, 'reverse')), null]),
});
defineOp('Cumprod', {
  shape: unchangedShape,
  grad: grad1((op, g) => {
    const [x, axis] = [inputOf(op, 0), inputOf(op, 1)];
    const [exclusive, reverse] = [flag(op, 'exclusive'), flag(op, 'reverse')];
    const out = cumulative('Cumsum', cumulative('Cumprod', x, axis, exclusive, reverse).mul(g), axis, exclusive, !reverse);
    return [out.truediv(x), null];
  }),
});
interface Cumulate { x: TensorLike; axis?: TensorLike; exclusive?: boolean; reverse?: boolean; name?: string | null }
type CumulateFunction = ReturnType<typeof api<Cumulate, readonly ['x', 'axis', 'exclusive', 'reverse', 'name'], Tensor>>;
function cumulator(name: string, op: string): CumulateFunction {
  return api(name, ['x', 'axis', 'exclusive', 'reverse', 'name'] as const, (p: Cumulate) => inScope(p.name, op, [p.x], (scope) =>
    cumulative(op, convertToTensor(p.x, { name: 'x' }), p.axis ?? 0, p.exclusive ?? false, p.reverse ?? false, scope)), { required: 1 });
}
/** `tf.cumsum`: running sums along `axis`; `exclusive` leaves the element itself out, `reverse` runs from the end. */
export const cumsum: CumulateFunction = cumulator('cumsum', 'Cumsum');
/** `tf.cumprod`: running products. */
export const cumprod: CumulateFunction = cumulator('cumprod', 'Cumprod');
