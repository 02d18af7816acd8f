// Random programs whose number of examples is left open.
import * as tf from 'tfgraph';
import { ValueError } from '../../src/graph/errors.ts';
import { Random } from './random.ts';

type Draw = (x: tf.Tensor, r: Random, variable: (shape: readonly number[]) => tf.Tensor) => tf.Tensor | undefined;
const axisOf = (x: tf.Tensor, r: Random): number => r.int(x.shape.ndims!);
/** An axis of known size. */
function known(x: tf.Tensor, r: Random): { axis: number; size: number } | undefined {
  const axes = x.shape.dims!.flatMap((d, axis) => (d !== null && d > 0 ? [{ axis, size: d }] : []));
  return axes.length > 0 ? r.pick(axes) : undefined;
}
const ones = (x: tf.Tensor, at: number, n: number, rest: number): number[] => x.shape.dims!.map((_, i) => (i === at ? n : rest));

const DRAWS: readonly Draw[] = [
  (x) => tf.tanh(x), (x) => tf.negative(x), (x) => tf.nn.relu(x), (x) => tf.square(x).add(1.), (x) => tf.abs(x), (x) => tf.div(x, 4.), (x) => tf.multiply(x, -1.), (x) => tf.cast(tf.cast(x, tf.float64), tf.float32),
  (x) => tf.add(x, tf.tanh(x)), (x) => tf.where(tf.greater(x, 0.), x, tf.negative(x)), (x) => tf.addN([x, tf.sin(x), x]), (x) => tf.subtract(x, tf.onesLike(x)),
  (x, r) => tf.subtract(x, tf.reduceMean(x, axisOf(x, r), true)), (x, r) => tf.multiply(x, tf.reduceSum(x, { axis: axisOf(x, r), keepdims: true })),
  (x, r) => tf.reduceSum(x, { axis: axisOf(x, r) }), (x, r) => tf.reduceMax(x, axisOf(x, r), r.bool()), (x, r) => tf.reduceMean(x, axisOf(x, r), r.bool()), (x, r) => tf.cumsum(x, axisOf(x, r)),
  (x) => tf.nn.softmax(x), (x) => tf.nn.l2Normalize(x, -1),
  (x, r, variable) => { const d = x.shape.dims!.at(-1); return x.shape.ndims === 2 && d ? tf.nn.biasAdd(tf.matmul(x, variable([d, r.between(1, 9)])), variable([0])) : undefined; },
  (x, r) => (x.shape.ndims === 2 ? (r.bool() ? tf.matmul(tf.transpose(x), x) : tf.matmul(x, x, { transposeB: true })) : undefined),
  (x, r, variable) => { const d = x.shape.dims!.at(-1); return x.shape.ndims === 2 && d ? tf.matmul(x, variable([d, r.between(1, 9)])) : undefined; },
  (x, r, variable) => { const d = x.shape.dims!.at(-1); return d ? x.mul(variable([d])) : undefined; },
  (x, r, variable) => { const [, h, w, c] = x.shape.dims!; return x.shape.ndims === 4 && h && w && c ? tf.nn.conv2d(r.bool() ? x : tf.pad(x, [[0, 0], [1, 1], [0, 1], [0, 0]]), variable([3, 3, c, 2]), [1, r.between(1, 2), 1, 1], 'SAME') : undefined; },
  (x, r, variable) => { const [, c, h, w] = x.shape.dims!; return x.shape.ndims === 4 && h && w && c ? tf.nn.conv2d(x, variable([3, 3, c, 2]), [1, 1, r.between(1, 2), 1], 'SAME', { dataFormat: 'NCHW' }) : undefined; },
  (x, r, variable) => {
    const last = r.bool(), c = x.shape.dims![last ? 3 : 1];
    return x.shape.ndims === 4 && c ? tf.nn.fusedBatchNorm(x, variable([c]), variable([c]), { dataFormat: last ? 'NHWC' : 'NCHW' })[0] : undefined;
  },
  (x) => x.mul(tf.nn.l2Loss(x)), (x) => (x.shape.ndims === 4 ? tf.nn.maxPool(x, [1, 1, 2, 2], [1, 1, 1, 1], 'SAME', { dataFormat: 'NCHW' }) : undefined),
  (x, r) => tf.transpose(x, (() => { const p = x.shape.dims!.map((_, i) => i); for (let i = p.length - 1; i > 0; i--) { const j = r.int(i + 1); [p[i], p[j]] = [p[j]!, p[i]!]; } return p; })()),
  (x, r) => tf.reverse(x, [axisOf(x, r)]), (x, r) => tf.tile(x, ones(x, axisOf(x, r), 2, 1)), (x, r) => tf.expandDims(x, axisOf(x, r)), (x) => (x.shape.dims!.includes(1) ? tf.squeeze(x, [x.shape.dims!.indexOf(1)]) : undefined),
  (x, r) => { const b = r.int(2), a = axisOf(x, r); return tf.slice(x, ones(x, a, b, 0), ones(x, a, r.bool() ? -1 : 2, -1)); },
  (x, r) => { const a = axisOf(x, r); return tf.stridedSlice(x, ones(x, a, r.int(2), 0), ones(x, a, r.bool() ? 0 : 3, 0), ones(x, a, r.between(1, 2), 1), { beginMask: 0, endMask: x.shape.dims!.reduce((m: number, _, i) => (i === a && r.bool() ? m : m | (1 << i)), 0) }); },
  (x, r) => { const a = axisOf(x, r); return tf.pad(x, x.shape.dims!.map((_, i) => (i === a ? [r.int(3), r.int(2)] : [0, 0]))); },
  (x, r) => tf.concat([x, tf.tanh(x)], axisOf(x, r)), (x, r) => tf.stack([x, tf.negative(x)], { axis: axisOf(x, r) }),
  (x, r) => { const k = known(x, r); return k && tf.unstack(x, { num: k.size, axis: k.axis })[r.int(k.size)]; },
  (x, r) => { const k = known(x, r); return k && k.size % 2 === 0 ? tf.concat((tf.split(x, 2, k.axis) as tf.Tensor[]).reverse(), k.axis) : undefined; },
  (x, r) => { const k = known(x, r); return k && tf.gather(x, Array.from({ length: 3 }, () => r.int(k.size)), { axis: k.axis }); },
  (x) => { const d = x.shape.dims!.at(-1); return d ? tf.reshape(x, [-1, d]) : undefined; }, (x) => tf.reshape(x, tf.stack([tf.shape(x).at(0) as tf.Tensor, -1])), (x) => tf.reshape(tf.reshape(x, [-1]), tf.shape(x)),
  (x) => tf.multiply(x, tf.rsqrt(tf.cast(tf.size(x), tf.float32).add(1.))), (x) => tf.add(x, tf.fill(tf.shape(x), 0.5)), (x) => tf.add(x, tf.zeros(tf.shape(x))),
  (x, r) => tf.cast(tf.argmax(x, axisOf(x, r)), tf.float32), (x) => tf.oneHot(tf.argmax(x, 0), 4),
];

export interface Batched { readonly graph: tf.Graph; readonly fetches: readonly tf.Tensor[]; readonly x: tf.Tensor; readonly shape: (n: number) => number[] }
export function openProgram(seed: number): Batched {
  const graph = new tf.Graph(), r = new Random(seed);
  return graph.asDefault(() => {
    const rest = Array.from({ length: r.pick([1, 1, 2, 3, 3]) }, () => r.between(1, 6)), x = tf.placeholder(tf.float32, [null, ...rest], { name: 'x' });
    const variables: tf.Variable[] = [], made: tf.Tensor[] = [x];
    let last = 1;
    const variable = (shape: readonly number[]): tf.Tensor => {
      const own = shape.map((d) => (d === 0 ? last : d));
      last = own.at(-1)!;
      const v = new tf.Variable(new tf.NDArray(tf.float32, own, r.floats(own.reduce((a, b) => a * b, 1))));
      variables.push(v);
      return v.value();
    };
    for (let i = r.between(4, 14); i > 0; i--) {
      const from = r.pick(made.slice(-3));
      if ((from.shape.ndims ?? 0) < 1 || from.shape.ndims! > 5) continue;
      try {
        const y = r.pick(DRAWS)(from, r, variable);
        if (y?.dtype === tf.float32) made.push(y);
      } catch (e) {
        if (!(e instanceof ValueError)) throw e; // known sizes that no number of examples makes fit
      }
    }
    const ends = made.slice(-4), grads: tf.Tensor[] = [];
    try {
      for (const g of tf.gradients(tf.addN(ends.map((t) => tf.reduceMean(tf.tanh(t)))), [x, ...variables])) if (g instanceof tf.Tensor) grads.push(g);
    } catch (e) {
      if (!(e instanceof ValueError)) throw e;
    }
    return { graph, x, fetches: [...new Set([...r.sample(made, 3), ...ends, ...grads])], shape: (n) => [n, ...rest] };
  });
}
