// Softmax and the cross-entropies as expressions over the contract's Max, exp, Sum and log, in TF's order of steps;
// 16-bit floats run in binary32 throughout and round once at the end.
// Follows tensorflow/core/kernels/{softmax_op_functor,xent_op,sparse_xent_op}.h.
import { NDArray } from '../../graph/ndarray.ts';
import { broadcast, broadcastStrides, invalid, sameShape, shapeText, sizeOf, toNumbers } from './common.ts';
import { asFloat32, evaluate, narrow, roundedOnce, type ValueRow } from './compute.ts';
import * as fn from './elementary.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { gatherBox } from './move.ts';
import { reduceMax, reduceSum } from './reduce.ts';

const row = (float: NonNullable<ValueRow['float']>): ValueRow => ({ float });
const CLASSES = [false, true];

/** x - max(x) along the classes, of a [batch, classes] matrix. */
function shifted(x: NDArray): NDArray { return evaluate('Sub', row((o, a, b) => o.sub(a, b)), [x, reduceMax(x, CLASSES, true)]); }
const exp = (x: NDArray): NDArray => evaluate('Exp', row(fn.expNonPositive), [x]);
const sum = (x: NDArray): NDArray => reduceSum(x, CLASSES, true);

function matrix(a: NDArray): NDArray {
  if (a.shape.length === 0) throw invalid(`logits must have >= 1 dimension, got ${shapeText(a.shape)}`);
  const classes = a.shape[a.shape.length - 1]!;
  return a.reshape([sizeOf(a.shape.slice(0, -1)), classes]);
}
const softmax: Kernel = ([a]) => [roundedOnce(a!, (x) => {
  const e = exp(shifted(matrix(x)));
  return evaluate('Softmax', row((o, v, s) => o.mul(v, o.div(o.c(1), s))), [e, sum(e)]).reshape(x.shape);
})];
const logSoftmax: Kernel = ([a]) => [roundedOnce(a!, (x) => {
  const s = shifted(matrix(x));
  return evaluate('LogSoftmax', row((o, v, t) => o.sub(v, fn.log(o, t))), [s, sum(exp(s))]).reshape(x.shape);
})];

/** loss = Sum(labels * (log(sum) - shifted)); backprop = exp(shifted) / sum - labels. */
const crossEntropy: Kernel = ([logits, labels]) => {
  const shape = broadcast(logits!.shape, labels!.shape);
  if (shape === undefined) throw invalid(`logits and labels must be broadcastable: logits_size=${shapeText(logits!.shape)} labels_size=${shapeText(labels!.shape)}`);
  if (shape.length !== 2) throw invalid('logits and labels must be beither 2-dimensional, or roadcasted to 2-dimensional');
  const dtype = logits!.dtype.baseDtype;
  const [x, y] = [logits!, labels!].map((a) => asFloat32(sameShape(a.shape, shape) ? a : gatherBox(a, shape, broadcastStrides(a.shape, shape)))) as [NDArray, NDArray];
  const s = shifted(x), e = exp(s), total = sum(e);
  const terms = evaluate('Xent', row((o, v, t, l) => o.mul(l, o.sub(fn.log(o, t), v))), [s, total, y]);
  const back = evaluate('Xent', row((o, v, t, l) => o.sub(o.div(v, t), l)), [e, total, y]);
  return [reduceSum(terms, CLASSES), back].map((a) => new NDArray(dtype, a.shape, narrow(dtype, a.data as Float32Array)));
};

const sparseCrossEntropy: Kernel = ([logits, labels]) => {
  if (logits!.shape.length !== 2) throw invalid(`logits must be 2-D, but got shape ${shapeText(logits!.shape)}`);
  if (labels!.shape.length !== 1) throw invalid(`labels must be 1-D, but got shape ${shapeText(labels!.shape)}`);
  const [batch, classes] = logits!.shape as [number, number];
  if (labels!.shape[0] !== batch) throw invalid(`logits and labels must have the same first dimension, got logits shape ${shapeText(logits!.shape)} and labels shape ${shapeText(labels!.shape)}`);
  if (classes <= 0) throw invalid(`Must have at least one class, but got logits shape ${shapeText(logits!.shape)}`);
  const index = toNumbers(labels!);
  const bad = index.find((v) => !(v >= 0 && v < classes));
  if (bad !== undefined) throw invalid(`Received a label value of ${bad} which is outside the valid range of [0, ${classes}).  Label values: ${index.join(' ')}`);
  const dtype = logits!.dtype.baseDtype;
  const x = asFloat32(logits!);
  const s = shifted(x), e = exp(s), total = sum(e);
  const pick = x.dtype.storage === 'f64' ? Float64Array : Float32Array;
  const own = new pick(batch), hot = new pick(batch * classes);
  index.forEach((v, b) => { own[b] = (s.data as Float32Array)[b * classes + v]!; hot[b * classes + v] = 1; });
  const loss = evaluate('SparseXent', row((o, t, v) => o.sub(fn.log(o, t), v)), [total.reshape([batch]), new NDArray(x.dtype, [batch], own)]);
  const back = evaluate('SparseXent', row((o, v, t, l) => o.sub(o.div(v, t), l)), [e, total, new NDArray(x.dtype, [batch, classes], hot)]);
  return [loss, back].map((a) => new NDArray(dtype, a.shape, narrow(dtype, a.data as Float32Array)));
};

export const softmaxKernels: readonly KernelDef[] = [
  { op: 'Softmax', kernel: softmax },
  { op: 'LogSoftmax', kernel: logSoftmax },
  { op: 'SoftmaxCrossEntropyWithLogits', kernel: crossEntropy },
  { op: 'SparseSoftmaxCrossEntropyWithLogits', kernel: sparseCrossEntropy },
];
