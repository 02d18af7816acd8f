// Restates shape_*.py: static shapes, shapes through constant folding, broadcasting and slices.
import * as tf from 'tfgraph';
import { py } from '../../../src/port_runtime/index.ts';
import { constantValueAsShape } from '../../../src/ops/constant_value.ts';
import { arr, attempt, note, type Program } from '../oracle.ts';

/** Python's whole numbers, where TensorFlow makes int32 constants of them. */
const int = (...v: number[]): tf.NDArray => new tf.NDArray(tf.int32, [v.length], Int32Array.from(v));
const scalar = (v: number): tf.NDArray => new tf.NDArray(tf.int32, [], Int32Array.of(v));

export function shape_values(): Program {
  const x = tf.constant(arr([4, 5, 3], 1), { name: 'x' });
  const d = tf.placeholder(tf.float32, [null, null, 3], { name: 'd' });
  const N: typeof tf.newaxis = tf.newaxis, E: typeof tf.ellipsis = tf.ellipsis;
  const slices: ((t: tf.Tensor) => tf.Tensor)[] = [(t) => t.at(1), (t) => t.at(-1, 2), (t) => t.at([1, 3]), (t) => t.at([null, null, -1]), (t) => t.at(E, 0), (t) => t.at(null, N, [1, null], E), (t) => t.at([3, 0, -2], [null, null, 2]), (t) => t.at(null, [-1, null], [-2, null]),
    (t) => t.at([2, 2]), (t) => t.at(N, E, N), (t) => t.at([10, null]), (t) => t.at([-10, 2], 1, [null, null, -1]), (t) => t.at([tf.constant(scalar(1)), null], 0), (t) => t.at(1, E, 2), (t) => t.at(null, [4, 1, -1], 0)];
  const runs = [...slices.map((f) => f(x)), ...slices.map((f) => f(d))];
  const pair = (): tf.Tensor => tf.constant(int(7, -7));
  const broadcast = [x.add(tf.ones([5, 1])), x.mul(tf.constant([1, 2, 3])), tf.constant(arr([4, 1, 1], 2)).sub(x), x.at([null, 1]).truediv(tf.constant(arr([5, 3], 3, 1, 2))), tf.maximum(x, tf.zeros([1, 5, 1])), tf.constant(2).pow(x.at(null, [null, 1], [null, 1])),
    tf.squaredDifference(x.at(0), x.at(0, 0)), tf.where(x.at(E, 0).greater(0), x.at(E, 1), x.at(E, 2)), tf.floormod(x, 0.3), tf.truediv(pair(), 2), tf.floordiv(pair(), 2), tf.mod(pair(), 3), tf.truncatemod(pair(), 3), tf.div(pair(), 2), tf.atan2(x.at(0), x.at(1))];
  return { runs: [{ fetch: runs.slice(0, 15) }, { fetch: runs.slice(15), feed: [[d, arr([4, 5, 3], 1)]] }, { fetch: broadcast }] };
}

export function shape_fold(): Program {
  const x = tf.placeholder(tf.float32, [null, 4, 6], { name: 'x' });
  const k = tf.placeholder(tf.float32, [2, 3], { name: 'k' });
  const s = tf.shape(x), sk = tf.shape(k);
  const { fill } = tf; // the lint takes a method of that name for an array's
  const ts = [s, sk, s.at(1), s.at([1, null]), s.at(0), sk.at(0).mul(2), sk.at(0).add(sk.at(1)), tf.stack([s.at(0), scalar(8)]), tf.stack([s.at(1), s.at(2)]), tf.concat([s.at([null, 1]), int(24)], 0), tf.concat([sk, int(1)], 0), tf.size(k), tf.rank(x), tf.rank(tf.placeholder(tf.float32)),
    tf.cast(sk, tf.int64), tf.reduceProd(sk), tf.reduceProd(s.at([1, null])), tf.constant(int(1, 2)), tf.range(3), fill([2], scalar(5)), tf.range(tf.rank(k)), tf.identity(sk), tf.reverse(sk, [0]), tf.reshape(sk, [1, 2]), tf.transpose(tf.constant(new tf.NDArray(tf.int32, [1, 2], Int32Array.of(1, 2)))), tf.equal(scalar(1), scalar(1)), tf.zerosLike(k), sk.floordiv(2), tf.shape(x, { outType: tf.int64 }),
    tf.placeholderWithDefault(int(3), [1]), tf.shapeN([x, k])[1]!, tf.unstack(sk)[0]!, tf.ones([2], tf.int32), tf.maximum(sk, 2)];
  note('constant_value', ts.map((t) => [t.name, numbers(tf.getStaticValue(t))]));
  for (const t of ts) {
    if ((t.dtype !== tf.int32 && t.dtype !== tf.int64) || t.shape.ndims !== 1) continue;
    note(`as_shape ${t.name}`, constantValueAsShape(t));
    note(`fill ${t.name}`, tf.fill(t, 0).shape);
  }
  const f = [tf.reshape(x, tf.concat([s.at([null, 1]), int(24)], 0)), tf.reshape(x, [s.at(0).mul(4), 6]), tf.reshape(x, tf.stack([scalar(-1), sk.at(1).mul(2)])), tf.zeros(tf.shape(k)), tf.randomNormal(tf.stack([sk.at(1), sk.at(0)])), tf.tile(k, tf.constant(int(2, 1)).mul(1)), tf.broadcastTo(k, [4, 2, 3]), tf.zeros(s), tf.ones(tf.stack([scalar(2), s.at(1)])), tf.slice(x, [0, 0, 0], tf.stack([scalar(1), s.at(1), scalar(-1)])),
    tf.reshape(tf.range(24), tf.shape(x).at([1, null])), tf.layers.flatten(x), tf.contrib.layers.flatten(x), tf.reshape(x, [-1, x.shape.at(1).mul(x.shape.at(2)).value!]), tf.pad(k, [[0, 1], [tf.rank(k), 0]]), tf.zeros([s.at(1), tf.size(k)])];
  note('results', f.map((t) => [t.name, t.shape]));
  return { runs: [{ fetch: [...f.slice(0, 4), ...f.slice(5, 10)], feed: [[x, new tf.NDArray(tf.float32, [1, 4, 6], new Float32Array(24).fill(1))], [k, [[0, 0, 0], [0, 0, 0]]]] }] };
}

export function shape_static(): Program {
  const f = tf.float32, i32 = tf.int32;
  const a = tf.placeholder(f, [null, 3], { name: 'a' });
  const b = tf.placeholder(f, [2, null], { name: 'b' });
  const u = tf.placeholder(f, { name: 'u' });
  const r4 = tf.placeholder(f, [null, 8, null, 3], { name: 'r4' });
  const c = tf.placeholder(f, [4, 1, 5], { name: 'c' });
  const p = (...dims: (number | null)[]): tf.Tensor => tf.placeholder(f, dims);
  const indices = (...dims: (number | null)[]): tf.Tensor => tf.placeholder(i32, dims);
  const N: typeof tf.newaxis = tf.newaxis, E: typeof tf.ellipsis = tf.ellipsis;
  const withShape = (t: tf.Tensor, s: (number | null)[]): tf.Tensor => { t.setShape(s); return t; };
  const tests: Record<string, () => tf.Tensor> = {
    add_ab: () => a.add(b), add_au: () => a.add(u), add_ac: () => a.at(null, N, [null, 1]).add(c), matmul: () => tf.matmul(b, a), matmul_t: () => tf.matmul(a, a, { transposeB: true }),
    bmm: () => tf.matmul(p(null, 2, 3), p(7, 3, null)), reshape1: () => tf.reshape(a, [-1]), reshape2: () => tf.reshape(a, [3, -1]), reshape3: () => tf.reshape(u, [2, -1]),
    reshape4: () => tf.reshape(r4, [-1, 8, tf.shape(r4).at(2), 3]), reshape5: () => tf.reshape(a, tf.shape(b)), reshape6: () => tf.reshape(c, tf.concat([tf.shape(a).at([null, 1]), int(-1)], 0)), reshape7: () => tf.reshape(c, [2, 2, -1]),
    concat0: () => tf.concat([a, a], 0), concat1: () => tf.concat([a, b], 1), concatu: () => tf.concat([a, u], 1), stack: () => tf.stack([a, b]), unstack: () => tf.unstack(c, { axis: 2 })[1]!,
    slice1: () => tf.slice(a, [0, 1], [-1, 2]), slice2: () => tf.slice(a, [1, 0], tf.shape(b)), ss1: () => c.at([1, null], 0, [null, null, 2]), ss2: () => a.at(E, -1), ss3: () => a.at(null, [null, null, -1]), ss4: () => r4.at(null, [1, 7, 2], null, N), ss5: () => a.at(tf.shape(a).at(0).sub(1)), ss6: () => u.at(0),
    sum1: () => tf.reduceSum(r4, [1, 2]), sum2: () => tf.reduceSum(u, 0), sum3: () => tf.reduceMean(r4, [1, 2], { keepDims: true }), sum4: () => tf.reduceMax(r4, tf.placeholder(i32)),
    conv_v: () => tf.nn.conv2d(r4, tf.zeros([3, 3, 3, 4]), [1, 2, 2, 1], 'VALID'), conv_s: () => tf.nn.conv2d(r4, tf.zeros([3, 3, 3, 4]), [1, 2, 2, 1], 'SAME'), pool: () => tf.nn.maxPool(r4, [1, 2, 2, 1], [1, 2, 2, 1], 'VALID'),
    convt: () => tf.nn.conv2dTranspose(r4, tf.zeros([3, 3, 5, 3]), [2, 16, 16, 5], [1, 2, 2, 1]), transpose: () => tf.transpose(r4, [0, 3, 1, 2]), transposeu: () => tf.transpose(u), tp2: () => tf.transpose(r4, indices(4)),
    expand: () => tf.expandDims(a, -1), squeeze: () => tf.squeeze(c), squeeze_a: () => tf.squeeze(p(null, 1, 3)), squeeze_b: () => tf.squeeze(p(null, 1), [1]), tile: () => tf.tile(a, [2, 3]), pad: () => tf.pad(a, [[1, 2], [0, 3]]),
    fill: () => tf.fill(tf.stack([tf.shape(a).at(0), scalar(7)]), 0), zeros: () => tf.zeros([tf.shape(a).at(0), 2]), ones_like: () => tf.onesLike(a), range: () => tf.range(2, 11, 3), rangeu: () => tf.range(tf.shape(a).at(0)), onehot: () => tf.oneHot(indices(null, 2), 5),
    gather: () => tf.gather(c, indices(null, 6)), gathernd: () => tf.gatherNd(c, indices(null, 2)), where1: () => tf.where(a.greater(0)), where3: () => tf.where(a.greater(0), a, a), split: () => tf.split(r4, 4, 1)[2]!, splitv: () => tf.split(a, [1, 2], 1)[1]!,
    boolmask: () => tf.booleanMask(c, [true, false, true, true]), topk: () => tf.nn.topK(a, 2).indices, argmax: () => tf.argmax(r4, 2), cumsum: () => tf.cumsum(a), diag: () => tf.diag(tf.zeros([3])), random: () => tf.randomUniform([tf.shape(b).at(0), 4]), softmax: () => tf.nn.softmax(u),
    xent: () => tf.nn.softmaxCrossEntropyWithLogits({ labels: b, logits: a }), sxent: () => tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: indices(null), logits: a }), s2d: () => tf.spaceToDepth(tf.zeros([1, 4, 4, 2]), 2), bcast: () => tf.broadcastTo(a.at([null, 1]), [5, 3]), size: () => tf.size(c),
    placeholder_with_default: () => tf.placeholderWithDefault(tf.zeros([2, 3]), [null, 3]), cond: () => tf.cond(tf.constant(true), () => tf.zeros([2, 3]), () => tf.zeros([4, 3])), identity_set: () => withShape(tf.identity(u), [null, 9]), maximum: () => tf.maximum(a, tf.zeros([2, 1])), einsum: () => tf.einsum('bij,bjk->bik', p(null, 2, 3), p(null, 3, 4)),
  };
  for (const k of Object.keys(tests).sort()) {
    const t = attempt(k, tests[k]!);
    if (t !== null) note(`${k} shape`, t.shape);
  }
  attempt('set_shape rank', () => a.setShape([1, 2, 3]));
  attempt('set_shape dim', () => a.setShape([null, 4]));
  attempt('ndims', () => py.len(u.shape));
  attempt('as_list', () => u.shape.asList());
  const S = (...dims: (number | null)[]): tf.TensorShape => new tf.TensorShape(dims);
  const any = new tf.TensorShape(null);
  attempt('assert_is_compatible', () => S(1, 2).assertIsCompatibleWith([3, 2]));
  attempt('merge', () => S(1, null).mergeWith([null, 4]));
  attempt('merge bad', () => S(1, null).mergeWith([2, 4]));
  attempt('concatenate', () => S(1).concatenate([null, 2]));
  attempt('fully', () => S(1, null).assertIsFullyDefined());
  attempt('misc', () => [String(any), String(S(1)), S(null, 2).repr, String(S()), S(2, 3).numElements, S(2, 3).slice(1), any.at(0), py.eq(S(1, 2), S(1, 2)), py.eq(S(null), S(null)), S(1, 2).isCompatibleWith([null, 2])]);
  const D = (v: number | null): tf.Dimension => new tf.Dimension(v);
  attempt('dim', () => [String(D(3).add(D(null))), String(D(7).floordiv(2)), py.eq(D(3), 3), py.eq(D(null), 3)]);
  attempt('neg', () => S(-2));
  attempt('with_rank', () => S(1, 2).withRank(3));
  attempt('at least', () => S(1, 2).withRankAtLeast(3));
  return { runs: [] };
}

/** `tolist()` of an array, or null. */
function numbers(a: tf.NDArray | null): unknown {
  const plainly = (v: unknown): unknown => (Array.isArray(v) ? v.map(plainly) : typeof v === 'bigint' ? Number(v) : v);
  return a === null ? null : plainly(a.toArray());
}
