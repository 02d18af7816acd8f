// The programs of the engine suite: small, of every family of ops and every dtype, each with what it must give, computed
// beside it in plain loops over doubles. What an engine cannot run is declared here, with the reason.
import * as tf from 'tfgraph';
import { Random } from './random.ts';

export type Feed = readonly (readonly [tf.Tensor, unknown])[];
export interface Built {
  readonly fetches: readonly (tf.Tensor | tf.Operation)[];
  readonly feeds?: Feed;
  /** Runs, each fetching the same (default 1). */
  readonly runs?: number;
  /** What the fetches of the last run must be, nearly (exactly where they are not floats); undefined: other tests say. */
  readonly want?: readonly unknown[];
}
export interface EngineProgram {
  readonly build: () => Built;
  /** Where its right values are tested, when not here. */
  readonly checkedBy?: string;
  /** Engines that skip it, with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const r = new Random(11);
const array = (...shape: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, r.floats(shape.reduce((a, b) => a * b, 1)));
const list = (a: tf.NDArray): number[] => Array.from(a.data as Float32Array);
const fed = (a: tf.NDArray): tf.Tensor => tf.placeholder(a.dtype, [...a.shape]);
const grads = (y: tf.Tensor, xs: tf.Tensor[], seed?: tf.Tensor): tf.Tensor[] => tf.gradients(y, xs, seed ? [seed] : null) as tf.Tensor[];
const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });

interface Window { readonly n: number; readonly h: number; readonly w: number; readonly c: number; readonly k: number; readonly stride: number; readonly same: boolean }
/** Every (output, window element) pair of a convolution or pool in NHWC; -1 for padding. */
function taps(g: Window, f: (n: number, oh: number, ow: number, kh: number, kw: number, y: number, x: number) => void): [number, number] {
  const out = (d: number): number => (g.same ? Math.ceil(d / g.stride) : Math.ceil((d - g.k + 1) / g.stride));
  const pad = (d: number): number => (g.same ? Math.max(0, (out(d) - 1) * g.stride + g.k - d) >> 1 : 0);
  const [OH, OW, ph, pw] = [out(g.h), out(g.w), pad(g.h), pad(g.w)];
  for (let n = 0; n < g.n; n++) for (let oh = 0; oh < OH; oh++) for (let ow = 0; ow < OW; ow++) for (let kh = 0; kh < g.k; kh++) for (let kw = 0; kw < g.k; kw++) {
    const [y, x] = [oh * g.stride - ph + kh, ow * g.stride - pw + kw];
    if (y >= 0 && y < g.h && x >= 0 && x < g.w) f(n, oh, ow, kh, kw, y, x);
  }
  return [OH, OW];
}

/** A convolution and both its gradients, in NHWC and fed. */
function convolution(g: Window, filters: number): Built {
  const [xv, wv] = [array(g.n, g.h, g.w, g.c), array(g.k, g.k, g.c, filters)];
  const [x, w] = [fed(xv), fed(wv)];
  const y = tf.nn.conv2d(x, w, [1, g.stride, g.stride, 1], g.same ? 'SAME' : 'VALID');
  const dv = array(...(y.shape.dims as number[]));
  const [, OH, OW] = y.shape.dims as number[];
  const [Y, DX, DW] = [new Float64Array(dv.size), new Float64Array(xv.size), new Float64Array(wv.size)];
  const [X, W, D] = [list(xv), list(wv), list(dv)];
  taps(g, (n, oh, ow, kh, kw, iy, ix) => {
    for (let ci = 0; ci < g.c; ci++) for (let co = 0; co < filters; co++) {
      const [xi, wi, yi] = [((n * g.h + iy) * g.w + ix) * g.c + ci, ((kh * g.k + kw) * g.c + ci) * filters + co, ((n * OH! + oh) * OW! + ow) * filters + co];
      Y[yi]! += X[xi]! * W[wi]!;
      DX[xi]! += D[yi]! * W[wi]!;
      DW[wi]! += D[yi]! * X[xi]!;
    }
  });
  return { fetches: [y, ...grads(y, [x, w], tf.constant(dv))], feeds: [[x, xv], [w, wv]], want: [Y, DX, DW] };
}

/** A pool and its gradient. */
function pool(g: Window, kind: 'max' | 'avg'): Built {
  const xv = array(g.n, g.h, g.w, g.c);
  const x = fed(xv);
  const y = (kind === 'max' ? tf.nn.maxPool : tf.nn.avgPool)(x, [1, g.k, g.k, 1], [1, g.stride, g.stride, 1], g.same ? 'SAME' : 'VALID');
  const dv = array(...(y.shape.dims as number[]));
  const [, OH, OW] = y.shape.dims as number[];
  const [X, D] = [list(xv), list(dv)];
  const at = new Map<number, number[]>(); // inputs of every output
  taps(g, (n, oh, ow, _kh, _kw, iy, ix) => {
    for (let c = 0; c < g.c; c++) { const o = ((n * OH! + oh) * OW! + ow) * g.c + c; at.set(o, [...(at.get(o) ?? []), ((n * g.h + iy) * g.w + ix) * g.c + c]); }
  });
  const [Y, DX] = [new Float64Array(dv.size), new Float64Array(xv.size)];
  for (const [o, inputs] of at) {
    const best = inputs.reduce((a, b) => (X[b]! > X[a]! ? b : a));
    Y[o] = kind === 'max' ? X[best]! : inputs.reduce((s, i) => s + X[i]!, 0) / inputs.length;
    if (kind === 'max') DX[best]! += D[o]!; else for (const i of inputs) DX[i]! += D[o]! / inputs.length;
  }
  return { fetches: [y, ...grads(y, [x], tf.constant(dv))], feeds: [[x, xv]], want: [Y, DX] };
}

const softmaxOf = (row: readonly number[]): number[] => { const e = row.map(Math.exp); const s = e.reduce((a, b) => a + b, 0); return e.map((v) => v / s); };
const rowsOf = (a: tf.NDArray): number[][] => { const k = a.shape.at(-1)!; return Array.from({ length: a.size / k }, (_, i) => list(a).slice(i * k, (i + 1) * k)); };

export const enginePrograms: Readonly<Record<string, EngineProgram>> = {
  'conv2d and its gradients, SAME, stride 2': { build: () => convolution({ n: 2, h: 7, w: 6, c: 3, k: 3, stride: 2, same: true }, 4) },
  'conv2d and its gradients, VALID': { build: () => convolution({ n: 1, h: 6, w: 5, c: 2, k: 2, stride: 1, same: false }, 3) },
  'max pool and its gradient': { build: () => pool({ n: 2, h: 5, w: 6, c: 3, k: 3, stride: 2, same: true }, 'max') },
  'average pool and its gradient': { build: () => pool({ n: 2, h: 5, w: 6, c: 3, k: 2, stride: 2, same: false }, 'avg') },
  'softmax and log softmax': {
    build: () => {
      const v = array(4, 5);
      const x = fed(v);
      return { fetches: [tf.nn.softmax(x), tf.nn.logSoftmax(x)], feeds: [[x, v]], want: [rowsOf(v).flatMap(softmaxOf), rowsOf(v).flatMap(softmaxOf).map(Math.log)] };
    },
  },
  'cross-entropies and their gradients': {
    build: () => {
      const [v, labels] = [array(3, 4), [2, 0, 3]];
      const x = fed(v);
      const hot = tf.oneHot(ints(...labels), 4);
      const [sparse, dense, sigmoid] = [
        tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: ints(...labels), logits: x }), tf.nn.softmaxCrossEntropyWithLogitsV2({ labels: hot, logits: x }),
        tf.nn.sigmoidCrossEntropyWithLogits({ labels: hot, logits: x })];
      const loss = rowsOf(v).map((row, i) => -Math.log(softmaxOf(row)[labels[i]!]!));
      const grad = rowsOf(v).flatMap((row, i) => softmaxOf(row).map((p, j) => p - (j === labels[i] ? 1 : 0)));
      const bce = rowsOf(v).flatMap((row, i) => row.map((z, j) => Math.log1p(Math.exp(z)) - (j === labels[i] ? z : 0)));
      return { fetches: [sparse, dense, sigmoid, ...grads(sparse, [x]), ...grads(dense, [x])], feeds: [[x, v]], want: [loss, loss, bce, grad, grad] };
    },
  },
  'reductions over every axis': {
    build: () => {
      const v = array(3, 4);
      const x = fed(v);
      const [rows, all] = [rowsOf(v), list(v)];
      const columns = [0, 1, 2, 3].map((j) => rows.map((row) => row[j]!));
      const sum = (a: number[]): number => a.reduce((p, q) => p + q, 0);
      const prod = (a: number[]): number => a.reduce((p, q) => p * q, 1);
      const index = (a: number[]): number => a.indexOf(Math.max(...a));
      return {
        fetches: [tf.reduceSum(x, 0), tf.reduceSum(x, 1), tf.reduceMean(x), tf.reduceProd(x, [1], { keepdims: true }), tf.reduceMax(x, 0), tf.reduceMin(x), tf.argmax(x, 1), tf.reduceAny(tf.greater(x, 0.5), 0), tf.reduceAll(tf.less(x, 1.))],
        feeds: [[x, v]], want: [columns.map(sum), rows.map(sum), sum(all) / 12, rows.map(prod), columns.map((c) => Math.max(...c)), Math.min(...all), rows.map(index), columns.map((c) => c.some((z) => z > 0.5)), true],
      };
    },
  },
  'a long sum, in blocks': { build: () => { const v = array(2, 5000); const x = fed(v); return { fetches: [tf.reduceSum(x, 1), tf.reduceSum(x)], feeds: [[x, v]], want: [rowsOf(v).map((a) => a.reduce((p, q) => p + q, 0)), list(v).reduce((p, q) => p + q, 0)] }; } },
  'matrix products, plain, transposed and in batches': {
    build: () => {
      const [av, bv] = [array(2, 3, 4), array(2, 3, 4)];
      const [a, b] = [fed(av), fed(bv)];
      const dot = (p: readonly number[], q: readonly number[]): number => p.reduce((s, v, i) => s + v * q[i]!, 0);
      const [P, Q] = [rowsOf(av), rowsOf(bv)];
      const batch = [0, 1].flatMap((n) => [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => dot(P[3 * n + i]!, Q[3 * n + j]!))));
      return { fetches: [tf.matmul(a.at(0), b.at(0), { transposeB: true }), tf.matmul(a, b, { transposeB: true })], feeds: [[a, av], [b, bv]], want: [batch.slice(0, 9), batch] };
    },
  },
  'elementwise chains with broadcasting, and their gradients': {
    build: () => {
      const [xv, bv] = [array(3, 4), array(4)];
      const [x, b] = [fed(xv), fed(bv)];
      const y = tf.nn.relu(tf.sigmoid(x.mul(2.).add(b)).sub(0.5)).truediv(tf.exp(tf.abs(x)));
      const f = (z: number, c: number): number => Math.max(0, 1 / (1 + Math.exp(-(2 * z + c))) - 0.5) / Math.exp(Math.abs(z));
      return { fetches: [y, tf.floor(x.mul(3.)), tf.square(x), tf.maximum(x, b), ...grads(y, [x, b])], feeds: [[x, xv], [b, bv]], want: [list(xv).map((z, i) => f(z, list(bv)[i % 4]!)), list(xv).map((z) => Math.floor(Math.fround(z * 3))), list(xv).map((z) => z * z), list(xv).map((z, i) => Math.max(z, list(bv)[i % 4]!)), undefined, undefined] };
    },
  },
  'data movement': {
    build: () => {
      const v = new tf.NDArray(tf.float32, [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5));
      const x = fed(v);
      return {
        fetches: [tf.pad(x, [[1, 0], [0, 1]]), tf.transpose(x), tf.concat([x, x.neg()], 1), tf.stack([x, x], { axis: 1 }), tf.tile(x, [1, 2]), tf.reverse(x, [0, 1]), tf.gather(x, ints(1, 0, 1)), x.at(1, [null, null, -1]), tf.reshape(x, [3, 2]), tf.unstack(x)[1]!, tf.split(x, 3, 1)[2]!],
        feeds: [[x, v]],
        want: [[0, 0, 0, 0, 0, 1, 2, 0, 3, 4, 5, 0], [0, 3, 1, 4, 2, 5], [0, 1, 2, -0, -1, -2, 3, 4, 5, -3, -4, -5], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 4, 5, 0, 1, 2, 3, 4, 5], [5, 4, 3], [0, 1, 2, 3, 4, 5], [3, 4, 5], [2, 5]],
      };
    },
  },
  'int32: wraps, floors, compares': {
    build: () => {
      const v = new tf.NDArray(tf.int32, [4], Int32Array.of(2147483647, -7, 5, -2147483648));
      const x = fed(v);
      return { fetches: [x.add(1), x.mul(x), x.floordiv(2), x.mod(3), x.neg(), tf.abs(x), x.less(0), tf.cast(x, tf.float32), tf.reduceSum(x), tf.square(x)], feeds: [[x, v]], want: [[-2147483648, -6, 6, -2147483647], [1, 49, 25, 0], [1073741823, -4, 2, -1073741824], [1, 2, 2, 1], [-2147483647, 7, -5, -2147483648], [2147483647, 7, 5, -2147483648], [false, true, false, true], [2147483648, -7, 5, -2147483648], -3, [1, 49, 25, 0]] };
    },
  },
  'int64': {
    build: () => {
      const v = new tf.NDArray(tf.int64, [3], BigInt64Array.of(9007199254740993n, -5n, 7n));
      const x = fed(v);
      return { fetches: [x.add(x), x.mul(3), x.floordiv(2), tf.cast(x, tf.int32), tf.reduceMax(x), tf.reduceSum(x)], feeds: [[x, v]], want: [[18014398509481986n, -10, 14], [27021597764222979n, -15, 21], [4503599627370496, -3, 3], [1, -5, 7], 9007199254740993n, 9007199254740995n] };
    },
  },
  'bool': {
    build: () => {
      const v = new tf.NDArray(tf.bool, [2, 2], Uint8Array.of(1, 0, 1, 1));
      const x = fed(v);
      return { fetches: [tf.logicalNot(x), tf.logicalAnd(x, tf.transpose(x)), tf.reduceAll(x, 1), tf.reduceAny(x), tf.cast(x, tf.float32), tf.reverse(x, [1]), tf.pad(tf.cast(x, tf.int32), [[0, 1], [0, 0]]), tf.where(x, tf.ones([2, 2]), tf.zeros([2, 2]))], feeds: [[x, v]], want: [[false, true, false, false], [true, false, false, true], [false, true], true, [1, 0, 1, 1], [false, true, true, true], [1, 0, 1, 1, 0, 0], [1, 0, 1, 1]] };
    },
  },
  'float64': {
    build: () => {
      const v = new tf.NDArray(tf.float64, [2, 2], Float64Array.of(0.1, 0.2, 0.3, 0.4));
      const x = fed(v);
      return { fetches: [x.add(x), tf.matmul(x, x), tf.exp(x), tf.reduceSum(x), tf.cast(x, tf.float32)], feeds: [[x, v]], want: [[0.2, 0.4, 0.6, 0.8], [0.07, 0.1, 0.15, 0.22], [0.1, 0.2, 0.3, 0.4].map(Math.exp), 1, [0.1, 0.2, 0.3, 0.4]] };
    },
  },
  'float16, uint8, complex64': {
    build: () => {
      const h = tf.constant([0.1, 1.5, 60000], { dtype: tf.float16 });
      const u = tf.constant([250, 3], { dtype: tf.uint8 });
      const z = tf.cast(tf.constant([1.5, -2]), tf.complex64);
      return { fetches: [h.add(h), tf.cast(h, tf.float32), u.add(u), tf.cast(u, tf.float32), z.mul(z)], want: [[0.2, 3, Infinity], [0.1, 1.5, 60000], [244, 6], [250, 3], [[2.25, 0], [4, -0]]] };
    },
  },
  'strings': { build: () => { const x = tf.placeholder(tf.string, [2]); return { fetches: [tf.identity(x), tf.gather(x, ints(1, 0)), tf.concat([x, x], 0), tf.equal(x, 'b'), tf.reshape(x, [2, 1])], feeds: [[x, ['a', 'b']]], want: [['a', 'b'], ['b', 'a'], ['a', 'b', 'a', 'b'], [false, true], ['a', 'b']] }; } },
  'shapes known only in the run': {
    build: () => {
      const x = tf.placeholder(tf.float32, null);
      const to = tf.placeholder(tf.int32, [null]);
      const kept = tf.booleanMask(tf.reshape(x, [-1]), tf.greater(tf.reshape(x, [-1]), 2.), { name: 'kept' });
      return { fetches: [tf.reshape(x, to), kept, tf.shape(kept), tf.where(tf.greater(x, 4.)), tf.reduceSum(kept), tf.expandDims(x, 0), kept.mul(2.), tf.fill(to, 3.)], feeds: [[x, [[1, 2, 3], [4, 5, 6]]], [to, [3, 2]]], want: [[1, 2, 3, 4, 5, 6], [3, 4, 5, 6], [4], [1, 1, 1, 2], 18, [1, 2, 3, 4, 5, 6], [6, 8, 10, 12], [3, 3, 3, 3, 3, 3]] };
    },
  },
  'empty tensors': {
    build: () => { const x = tf.placeholder(tf.float32, [null, 2]); return { fetches: [x.add(1.), tf.reduceSum(x), tf.reduceSum(x, 0), tf.concat([x, tf.ones([1, 2])], 0), tf.matmul(x, tf.ones([2, 3])), tf.transpose(x), tf.reverse(x, [0])], feeds: [[x, new tf.NDArray(tf.float32, [0, 2], new Float32Array(0))]], want: [[], 0, [0, 0], [1, 1], [], [], []] }; },
  },
  'variables of every resident and other dtype': {
    build: () => {
      const [f, i, b, l] = [new tf.Variable([1., 2.]), new tf.Variable([1, 2], { dtype: tf.int32 }), new tf.Variable([true, false]), new tf.Variable(tf.cast([1, 2], tf.int64))];
      return { fetches: [tf.assignAdd(f, [1., 1.]), tf.assignSub(i, [1, 1]), tf.assign(b, tf.logicalNot(b)), tf.assignAdd(l, tf.cast([5, 5], tf.int64)), f.ref(), b.ref()] as tf.Tensor[], runs: 3, want: [[4, 5], [-2, -1], [false, true], [16, 17], [3, 4], [true, false]] };
    },
  },
  ...Object.fromEntries(['GradientDescent', 'Momentum', 'Adam', 'RMSProp', 'Adagrad'].map((name): [string, EngineProgram] => [`training with ${name}`, {
    checkedBy: 'test/golden',
    build: () => {
      const [xv, yv] = [array(6, 3), array(6, 2)];
      const [x, y] = [fed(xv), fed(yv)];
      const [w, b] = [new tf.Variable(array(3, 2)), new tf.Variable(new tf.NDArray(tf.float32, [2], new Float32Array(2)))];
      const loss = tf.reduceMean(tf.square(tf.tanh(tf.nn.biasAdd(tf.matmul(x, w), b)).sub(y)));
      const rate = 0.1;
      const optimizers = { GradientDescent: () => new tf.train.GradientDescentOptimizer(rate), Momentum: () => new tf.train.MomentumOptimizer(rate, 0.9), Adam: () => new tf.train.AdamOptimizer(rate), RMSProp: () => new tf.train.RMSPropOptimizer(rate), Adagrad: () => new tf.train.AdagradOptimizer(rate) };
      const train = optimizers[name as keyof typeof optimizers]().minimize(loss);
      return { fetches: [loss, w.ref(), b.ref(), train], feeds: [[x, xv], [y, yv]], runs: 4 };
    },
  }])),
  'random ops': { checkedBy: 'test/session/kernels', build: () => ({ fetches: [tf.randomUniform([3], { seed: 1 }), tf.randomNormal([3], { seed: 2 }), tf.truncatedNormal([2], { seed: 3 }), tf.randomShuffle(ints(1, 2, 3, 4), { seed: 4 })], runs: 2 }) },
  'rows by index, sizes known only at run time': {
    checkedBy: 'test/session/kernels', build: () => {
      const v = new tf.Variable(array(5, 3)), u = new tf.Variable(array(5, 3), { useResource: true } as never), x = fed(array(6, 3)), ids = ints(4, 0, 0, 2, 4, 1);
      const places = tf.cast(tf.where(tf.greater(tf.reduceSum(x, 1), 0.)), tf.int32), few = tf.gatherNd(x, places);
      const parts = tf.dynamicPartition(x, ints(0, 1, 1, 0, 2, 0), 3);
      const { y: values, idx: index } = tf.unique(ids);
      const noise = tf.randomUniform([6, 3], { seed: 3 });
      return {
        fetches: [places, few, ...parts, values, index, tf.segmentSum(x.add(noise), ints(0, 0, 1, 3, 3, 3)), tf.unsortedSegmentSum(x, ids, 5), tf.oneHot(ids, 4), tf.cumsum(x, { axis: 1, reverse: true }), tf.scatterNd(places, few, [6, 3]),
          tf.scatterAdd(v, ids, x) as tf.Tensor, tf.scatterUpdate(u, ints(1, 3), tf.slice(x, [0, 0], [2, 3])) as tf.Tensor, tf.reverse(x, [1]), tf.reduceAll(tf.isFinite(x)), tf.checkNumerics(x, 'x')],
        feeds: [[x, array(6, 3)]], runs: 2,
      };
    },
  },
  'a conditional': { build: () => { const x = tf.placeholder(tf.float32, [2]); const y = tf.cond(tf.reduceSum(x).greater(0.), () => tf.reverse(x, [0]), () => x.mul(10.)) as tf.Tensor; return { fetches: [y, ...grads(y, [x])], feeds: [[x, [1, 2]]], want: [[2, 1], [1, 1]] }; } },
  'gradients of rows that are read twice': {
    build: () => {
      const v = new tf.Variable([[1., 2.], [3., 4.], [5., 6.]]);
      const [g] = tf.gradients(tf.reduceSum(tf.square(tf.gather(v.ref(), ints(1, 2, 1)))), [v]);
      return { fetches: [tf.convertToTensor(g as tf.TensorLike)], want: [[0, 0, 12, 16, 10, 12]] };
    },
  },
};
