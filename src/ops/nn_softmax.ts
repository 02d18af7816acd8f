// Softmax and cross-entropies. Follows python/ops/nn_ops.py, nn_impl.py and nn_grad.py (1.15), with their helper nodes.
import { float16, float32, int32 } from '../graph/dtype.ts';
import { InvalidArgumentError, TypeError, ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { concat, expandDims, rank, reshape, shape as shapeOf, slice, squeeze, stopGradient, transpose, where, zerosLike } from './array_ops.ts';
import { inScope } from './building.ts';
import { assertEqual } from './check_ops.ts';
import { constantValue } from './constant_value.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { controlDependencies } from './framework.ts';
import { makeArray } from './make_array.ts';
import { castTensor, matmul, range, reduceSum, subtract } from './math_ops.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp, type GradFn } from './registry.ts';
import { broadcast } from './shape_fns.ts';
import type { ShapeContext } from './shape_inference.ts';
import './tensor_operators.ts';

const int = (n: number | readonly number[]): ReturnType<typeof makeArray> => makeArray(n as number, int32);

const atLeastVector = (c: ShapeContext): TensorShape[] => [c.withRankAtLeast(c.input(0), 1)];
defineOp('Softmax', {
  shape: atLeastVector,
  grad: (op, g) => {
    const softmax = op.outputs[0]!;
    const sum = reduceSum(g!.mul(softmax), -1, { keepdims: true });
    return [g!.sub(sum).mul(softmax)];
  },
  tfjs: { kernel: 'Softmax', inputs: { logits: 0 }, exact: false, attrs: (n) => ({ dim: n.inputShapes[0]!.length - 1 }) },
});
defineOp('LogSoftmax', {
  shape: atLeastVector,
  grad: (op, g) => {
    const softmax = op1('Exp', [op.outputs[0]!]);
    return [g!.sub(reduceSum(g!, -1, { keepdims: true }).mul(softmax))];
  },
});

/** vec [batch] times mat [batch, classes]. */
function broadcastMul(vec: Tensor, mat: Tensor): Tensor { return expandDims(vec, -1).mul(mat); }

function isZero(g: Tensor): boolean {
  if (g.op.type === 'ZerosLike' || g.op.type === 'Zeros') return true;
  const v = constantValue(g);
  if (!v) return false;
  for (let i = 0; i < v.size; i++) if (Number(v.flat(i)) !== 0) return false;
  return true;
}

const xentGrad: GradFn = (op, gradLoss, gradGrad) => {
  const logits = op.inputs[0]!;
  let grad = broadcastMul(gradLoss!, op.outputs[1]!);
  if (gradGrad && !isZero(gradGrad)) {
    const p = op1('Softmax', [logits]);
    const inner = squeeze(matmul(expandDims(gradGrad, 1), expandDims(p, 2)), { axis: [1] });
    grad = grad.add(gradGrad.sub(inner).mul(p));
  }
  return [grad, broadcastMul(gradLoss!, op1('LogSoftmax', [logits]).neg())];
};
defineOp('SoftmaxCrossEntropyWithLogits', {
  shape: (c) => {
    const [a, b] = [c.input(0), c.input(1)];
    const both = a.ndims === 2 && b.ndims === 2 ? broadcast(c, a, b) : broadcast(c, a, b);
    if (both.dims !== null && both.dims.length !== 2) c.fail(`Shape must be broadcasted with rank 2, but is rank ${both.dims.length}`);
    const d: readonly Dim[] = both.dims ?? [null, null];
    return [new TensorShape([d[0]!]), new TensorShape(d)];
  },
  grad: xentGrad,
});
defineOp('SparseSoftmaxCrossEntropyWithLogits', {
  shape: (c) => {
    const logits = c.withRank(c.input(0), 2).dims!;
    const labels = c.withRank(c.input(1), 1).dims!;
    return [new TensorShape([c.mergeDim(logits[0]!, labels[0]!)]), new TensorShape(logits)];
  },
  grad: (op, g) => {
    const message = 'Currently there is no way to take the second derivative of sparse_softmax_cross_entropy_with_logits due to the fused implementation\'s interaction with tf.gradients()';
    return [broadcastMul(g!, op1('PreventGradient', [op.outputs[1]!], { message })), null];
  },
});

interface SoftmaxParams { logits: TensorLike; axis?: number | null; name?: string | null; dim?: number | null }
/** Along the last axis directly; along another one by swapping it there and back. */
function softmaxAlong(op: string, p: SoftmaxParams): Tensor {
  const axis = p.axis ?? p.dim ?? -1;
  const logits = convertToTensor(p.logits);
  const n = logits.shape.ndims;
  if (axis === -1 || axis === (n ?? NaN) - 1) return op1(op, [logits], {}, p.name);
  if (n === null) throw new TypeError("unsupported operand type(s) for -: 'NoneType' and 'int'", { node: logits.op.name, remedy: 'only the last axis (-1) can be taken while the rank is unknown: give the tensor a shape' });
  if (axis < -n || axis >= n) throw new InvalidArgumentError(`Dimension (${axis}) must be in the range [${-n}, ${n}) where ${n} is the number of dimensions in the input.`);
  // A number stays one as long as Python's would.
  const swap = (x: Tensor, at: number | Tensor, last: Tensor, name?: string | null): Tensor => {
    const before = range(at as number);
    const between = range(typeof at === 'number' ? at + 1 : at.add(1), last);
    return transpose(x, concat([before, [last], between, [at]] as never, 0), { name: name ?? null });
  };
  const ndims = rank(logits);
  const dim = axis < 0 ? ndims.radd(axis) : axis;
  const inputRank = rank(logits);
  const at = typeof dim === 'number' ? dim % n : dim.mod(n);
  const swapped = swap(logits, at, subtract(inputRank, 1));
  const out = swap(op1(op, [swapped]), at, subtract(inputRank, 1), p.name);
  out.setShape(logits.shape);
  return out;
}
/** `tf.nn.softmax`: exp(x) / sum(exp(x)) along `axis` (default the last). */
export const softmax = api('softmax', ['logits', 'axis', 'name', 'dim'], (p: SoftmaxParams): Tensor => softmaxAlong('Softmax', p), { required: 1 });
/** `tf.nn.log_softmax`: logits - log(sum(exp(logits))) along `axis` (default the last). */
export const logSoftmax = api('logSoftmax', ['logits', 'axis', 'name', 'dim'], (p: SoftmaxParams): Tensor => softmaxAlong('LogSoftmax', p), { required: 1 });

/** [.., classes] -> [rows, classes]. */
function flattenOuterDims(t: Tensor): Tensor {
  const r = rank(t);
  const lastSize = slice(shapeOf(t), [subtract(r, int(1))] as never, int([1]));
  const out = reshape(t, concat([int([-1]), lastSize], 0));
  const d = t.shape.dims;
  if (d !== null && d.slice(0, -1).every((x) => x !== null)) out.setShape([(d.slice(0, -1) as number[]).reduce((a, b) => a * b, 1), d[d.length - 1]!]);
  return out;
}

interface XentParams { _sentinel?: null; labels?: TensorLike | null; logits?: TensorLike | null; dim?: number | null; axis?: number | null; name?: string | null }
function checkXent(name: string, p: XentParams): { labels: TensorLike; logits: TensorLike } {
  if (p._sentinel !== undefined && p._sentinel !== null) throw new ValueError(`Only call \`${name}\` with named arguments (labels=..., logits=..., ...)`);
  if (p.labels === undefined || p.labels === null || p.logits === undefined || p.logits === null) throw new ValueError('Both labels and logits must be provided.');
  return { labels: p.labels, logits: p.logits };
}

function xentV2(labelsIn: TensorLike, logitsIn: TensorLike, axis: number, name: string | null | undefined): Tensor {
  return inScope(name, 'softmax_cross_entropy_with_logits', [logitsIn, labelsIn], (scope) => {
    const logits = convertToTensor(logitsIn, { name: 'logits' });
    let labels = convertToTensor(labelsIn, { name: 'labels' });
    const half = logits.dtype.name === 'float16' || logits.dtype.name === 'bfloat16';
    let precise = half ? castTensor(logits, float32) : logits;
    labels = castTensor(labels, precise.dtype);
    const inputRank = rank(precise);
    if (axis !== -1) {
      const toEnd = (t: Tensor): Tensor => transpose(t, concat([range(axis), range(int(axis + 1), inputRank), [axis]] as never, 0));
      precise = toEnd(precise);
      labels = toEnd(labels);
    }
    const inputShape = shapeOf(precise);
    precise = flattenOuterDims(precise);
    labels = flattenOuterDims(labels);
    const cost = applyOp('SoftmaxCrossEntropyWithLogits', [precise, labels], {}, scope).outputs[0]!;
    const outputShape = slice(inputShape, int([0]), [subtract(inputRank, int(1))] as never);
    const out = reshape(cost, outputShape);
    const d = logits.shape.dims;
    if (d !== null) out.setShape(d.filter((_, i) => i !== (axis < 0 ? axis + d.length : axis)));
    return half ? castTensor(out, logits.dtype) : out;
  });
}

/** `tf.nn.softmax_cross_entropy_with_logits` of TF 1.x: -sum(labels * log_softmax(logits)) per row; no gradient reaches
 * the labels. `labels` and `logits` [.., classes], given by name. Errors: ValueError when called by position. */
export const softmaxCrossEntropyWithLogits = api('softmaxCrossEntropyWithLogits', ['_sentinel', 'labels', 'logits', 'dim', 'name', 'axis'], (p: XentParams): Tensor => {
  const { labels, logits } = checkXent('softmax_cross_entropy_with_logits', p);
  let scope = '';
  const stopped = inScope(p.name, 'softmax_cross_entropy_with_logits_sg', [logits, labels], (s) => {
    scope = s;
    return stopGradient(labels, { name: 'labels_stop_gradient' });
  });
  return xentV2(stopped, logits, p.axis ?? p.dim ?? -1, scope);
});
interface XentV2Params { labels: TensorLike; logits: TensorLike; axis?: number | null; name?: string | null; dim?: number | null }
/** `tf.nn.softmax_cross_entropy_with_logits_v2`: the same; gradients reach the labels too. */
export const softmaxCrossEntropyWithLogitsV2 = api('softmaxCrossEntropyWithLogitsV2', ['labels', 'logits', 'axis', 'name', 'dim'], (p: XentV2Params): Tensor =>
  xentV2(p.labels, p.logits, p.axis ?? p.dim ?? -1, p.name), { required: 2 });

/** `tf.nn.sparse_softmax_cross_entropy_with_logits`: `labels` are class indices [batch], `logits` [batch, classes].
 * Errors: ValueError for ranks or shapes that do not fit. */
export const sparseSoftmaxCrossEntropyWithLogits = api('sparseSoftmaxCrossEntropyWithLogits', ['_sentinel', 'labels', 'logits', 'name'], (p: XentParams): Tensor => {
  const given = checkXent('sparse_softmax_cross_entropy_with_logits', p);
  return inScope(p.name, 'SparseSoftmaxCrossEntropyWithLogits', [given.labels, given.logits], () => {
    const labels = convertToTensor(given.labels, { preferred: int32 });
    const logits = convertToTensor(given.logits);
    const precise = logits.dtype.baseDtype === float16 ? castTensor(logits, float32) : logits;
    const labelsShape = shapeOf(labels);
    const [l, g] = [labels.shape, logits.shape];
    if (g.ndims === 0) throw new ValueError(`Logits cannot be scalars - received shape ${g}.`);
    if (g.ndims !== null && l.ndims !== null && l.ndims !== g.ndims - 1) throw new ValueError(`Rank mismatch: Rank of labels (received ${l.ndims}) should equal rank of logits minus 1 (received ${g.ndims}).`);
    const outer = g.dims === null ? null : new TensorShape(g.dims.slice(0, -1));
    const known = l.isFullyDefined && outer !== null && outer.isFullyDefined;
    if (known && !l.equals(outer)) throw new ValueError(`Shape mismatch: The shape of labels (received ${l}) should equal the shape of logits except for the last dimension (received ${g}).`);
    // TF names this op by the argument `name`, inside the scope of the same name.
    const cost = (a: Tensor, b: Tensor): Tensor => applyOp('SparseSoftmaxCrossEntropyWithLogits', [a, b], {}, p.name).outputs[0]!;
    const half = (t: Tensor): Tensor => (logits.dtype.baseDtype === float16 ? castTensor(t, float16) : t);
    if (g.ndims === 2) return half(cost(precise, labels));
    const checks = known ? [] : [assertEqual(shapeOf(labels), shapeOf(logits).at([null, -1]))];
    return controlDependencies(checks, () => {
      const classes = shapeOf(logits).at(rank(logits).sub(1));
      const flat = cost(reshape(precise, [-1, classes] as never), reshape(labels, int([-1])));
      const out = reshape(flat, labelsShape);
      out.setShape(l);
      return half(out);
    });
  });
});

/** `tf.nn.sigmoid_cross_entropy_with_logits`: max(x, 0) - x * z + log(1 + exp(-|x|)) for logits x and labels z of one shape. */
export const sigmoidCrossEntropyWithLogits = api('sigmoidCrossEntropyWithLogits', ['_sentinel', 'labels', 'logits', 'name'], (p: XentParams): Tensor => {
  const given = checkXent('sigmoid_cross_entropy_with_logits', p);
  return inScope(p.name, 'logistic_loss', [given.logits, given.labels], (scope) => {
    const logits = convertToTensor(given.logits, { name: 'logits' });
    const labels = convertToTensor(given.labels, { name: 'labels', preferred: logits.dtype.baseDtype });
    if (!labels.shape.isCompatibleWith(logits.shape)) throw new ValueError(`logits and labels must have the same shape (${logits.shape} vs ${labels.shape})`);
    const zero = zerosLike(logits, { dtype: logits.dtype.baseDtype });
    const positive = logits.greaterEqual(zero);
    const relu = where(positive, logits, zero);
    const negAbs = where(positive, logits.neg(), logits);
    return op1('Add', [relu.sub(logits.mul(labels)), op1('Log1p', [op1('Exp', [negAbs])])], {}, scope);
  });
});
