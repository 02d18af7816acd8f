// The program name_apis.py in tfgraph, part by part.
import * as tf from 'tfgraph';
import { arr, note, type Program } from '../oracle.ts';

/** A Python float with an integral value, where a bare number would be an int. */
const float = (v: number): tf.NDArray => new tf.NDArray(tf.float32, [], Float32Array.of(v));

export function name_apis(): Program {
  const { fill } = tf; // the lint takes a method of that name for an array's
  const x = tf.constant(arr([3, 4], 1), { name: 'x' });
  const i = tf.constant([2, 0, 1], { name: 'i', dtype: tf.int32 });
  const t = [
    tf.reduceSum(x), tf.reduceMean(x, 1), tf.reduceMax(x, { axis: [0], keepDims: true }), tf.reduceProd(x, 0), tf.reduceMin(x), tf.reduceLogsumexp(x, 1),
    tf.argmax(x, 1), tf.argmin(x, 0), tf.reshape(x, [4, 3]), tf.transpose(x), tf.transpose(x, [1, 0]), tf.expandDims(x, 0), tf.squeeze(tf.expandDims(x, 0)),
    tf.concat([x, x], 1), tf.stack([x, x]), tf.pad(x, [[1, 1], [0, 0]]), tf.tile(x, [1, 2]), tf.slice(x, [0, 1], [2, 2]), tf.gather(x, i), tf.oneHot(i, 4),
    tf.cast(x, tf.int32), tf.toFloat(i), tf.toInt32(x), tf.zeros([2]), tf.ones([2, 2]), tf.zerosLike(x), tf.onesLike(x), fill([2], 7), tf.range(3), tf.range(float(1), float(3), 0.5),
    tf.linspace(0, 1, 3), tf.shape(x), tf.size(x), tf.rank(x), tf.clipByValue(x, -0.5, 0.5), tf.where(x.greater(0), x, x.neg()), tf.cumsum(x), tf.reverse(x, [0]),
    tf.nn.relu(x), tf.nn.softmax(x), tf.nn.logSoftmax(x), tf.nn.l2Loss(x), tf.nn.l2Normalize(x, 1), tf.nn.softplus(x), tf.nn.elu(x), tf.sigmoid(x), tf.tanh(x),
    tf.matmul(x, x, { transposeB: true }), tf.addN([x, x]), tf.squaredDifference(x, 1), tf.maximum(x, 0), tf.minimum(x, 0), tf.pow(x, 2), tf.multiply(x, 2), tf.subtract(x, 1), tf.divide(x, 2),
    tf.div(x, 2), tf.add(x, 1), tf.negative(x), tf.floor(x), tf.ceil(x), tf.round(x), tf.sign(x), tf.exp(x), tf.log(tf.abs(x)), tf.sqrt(tf.abs(x)), tf.rsqrt(tf.abs(x)), tf.square(x),
    tf.equal(x, x), tf.logicalAnd(x.greater(0), x.less(1)), tf.logicalNot(x.greater(0)), tf.reduceAny(x.greater(0)), tf.reduceAll(x.greater(0), 1), tf.booleanMask(x, [true, false, true]), tf.eye(2), tf.diag([1, 2]),
    tf.matrixDiag(x), tf.norm(x), tf.globalNorm([x]), tf.clipByNorm(x, 1), tf.tensordot(x, x, [[1], [1]]), tf.einsum('ij,kj->ik', x, x), tf.meshgrid(i, i)[0]!, tf.unique(i).y,
    tf.setdiff1d(i, [1]).out, tf.dynamicPartition(x, [0, 1, 0], 2)[0]!, tf.scatterNd([[1]], [3], [4]), tf.gatherNd(x, [[0, 1]]), tf.sequenceMask([1, 3], 4), tf.invertPermutation(i), tf.confusionMatrix(i, i),
    tf.stopGradient(x), tf.identity(x), tf.split(x, 2, 1)[1]!, tf.split(x, [1, 3], 1)[0]!, tf.unstack(x)[2]!, tf.spaceToDepth(tf.ones([1, 2, 2, 1]), 2), tf.bitcast(x, tf.int32), tf.isNan(x), tf.lgamma(tf.abs(x)), tf.erf(x), tf.cross([1, 2, 3], [3, 2, 1]),
  ];
  note('names', t.map((v) => [v.name, v.op.type]));
  return { runs: [{ fetch: t }] };
}
