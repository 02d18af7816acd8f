// Restates grad_*.py: gradients of ops, and gradients of one's own.
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program, type Step } from '../oracle.ts';

type Unary = (t: tf.Tensor) => tf.Tensor;

export function grad_array(): Program {
  const x = tf.constant(arr([4, 3], 1), { name: 'x' });
  const p = tf.placeholder(tf.float32, [null, 3], { name: 'p' });
  const k = tf.constant(arr([4, 3], 2), { name: 'k' });
  const sq = tf.square;
  const F: [string, Unary][] = [['sum', (t) => tf.reduceSum(t)], ['sum0', (t) => tf.reduceSum(t, 0)], ['sumk', (t) => tf.reduceSum(t, 1, { keepDims: true }).mul(t)], ['mean', (t) => tf.reduceMean(t)], ['mean1', (t) => tf.reduceMean(t, 1)],
    ['max', (t) => tf.reduceMax(t, 1)], ['min', (t) => tf.reduceMin(t)], ['prod', (t) => tf.reduceProd(t, 0)], ['lse', (t) => tf.reduceLogsumexp(t, 1)],
    ['concat', (t) => sq(tf.concat([t, k, t], 1))], ['concat0', (t) => sq(tf.concat([k, t], 0))], ['split', (t) => sq(tf.split(t, 3, 1)[1]!)], ['splitv', (t) => sq(tf.split(t, [1, 2], 1)[1]!)], ['stack', (t) => sq(tf.stack([t, k], 1))],
    ['unstack', (t) => sq(tf.unstack(t, { axis: 1 })[2]!)], ['slice', (t) => sq(tf.slice(t, [1, 0], [2, 2]))], ['ss', (t) => sq(t.at([1, 3], [null, null, -1]))], ['ss2', (t) => sq(t.at(0))],
    ['pad', (t) => sq(tf.pad(t, [[1, 0], [2, 1]]))], ['mpad', (t) => sq(tf.pad(t, [[1, 1], [1, 1]], 'REFLECT'))], ['tile', (t) => sq(tf.tile(t, [2, 3]))], ['transpose', (t) => tf.transpose(t).mul(tf.transpose(k))], ['reshape', (t) => sq(tf.reshape(t, [-1, 2]))],
    ['expand', (t) => sq(tf.expandDims(t, 1))], ['squeeze', (t) => sq(tf.squeeze(tf.expandDims(t, 0), [0]))], ['gather', (t) => sq(tf.gather(t, [2, 0, 2]))],
    ['gather_nd', (t) => sq(tf.gatherNd(t, [[0, 1], [3, 2]]))], ['where', (t) => tf.where(k.greater(0), t.mul(2), t.mul(t))], ['cumsum', (t) => sq(tf.cumsum(t, 1))], ['reverse', (t) => tf.reverse(t, [0]).mul(k)], ['clip', (t) => tf.clipByValue(t, -.5, .5).mul(k)],
    ['cast', (t) => tf.cast(tf.cast(t, tf.float64).mul(2), tf.float32)], ['add_n', (t) => sq(tf.addN([t, t, k]))], ['identity', (t) => tf.identity(t)], ['stop', (t) => tf.stopGradient(t).mul(t)], ['diag', (t) => sq(tf.matrixDiag(t))],
    ['seg', (t) => sq(tf.segmentSum(t, [0, 0, 1, 1]))], ['useg', (t) => sq(tf.unsortedSegmentSum(t, [1, 0, 1, 2], 3))], ['mask', (t) => sq(tf.booleanMask(t, [true, false, true, true]))], ['topk', (t) => sq(tf.nn.topK(t, 2).values)],
    ['dyn', (t) => sq(tf.dynamicPartition(t, [0, 1, 0, 1], 2)[1]!)], ['onehot', (t) => tf.oneHot([0, 1, 2, 0], 3).mul(t)], ['norm', (t) => tf.norm(t, { axis: 1 })], ['l2n', (t) => tf.nn.l2Normalize(t, 1).mul(k)], ['moments', (t) => tf.nn.moments(t, [0])[1]]];
  const out: Record<string, tf.Tensor> = {};
  for (const [n, f] of F) {
    const g = tf.gradients(f(x), x)[0]!;
    note(n, g);
    out[n] = tf.convertToTensor(g as tf.Tensor);
  }
  const outp: Record<string, tf.Tensor> = {};
  for (const [n, f] of [...F.slice(0, 12), ...F.slice(15, 26)]) outp[n] = tf.convertToTensor(tf.gradients(f(p), p)[0] as tf.Tensor);
  return { runs: [{ fetch: out }, { fetch: outp, feed: [[p, arr([4, 3], 1)]] }] };
}

export function grad_math(): Program {
  const x = tf.constant(arr([2, 3], 1, 0.2, 0.9), { name: 'x' });
  const y = tf.constant(arr([3], 2, 0.3, 0.8), { name: 'y' });
  const un = ['negative', 'abs', 'square', 'sqrt', 'rsqrt', 'exp', 'log', 'log1p', 'expm1', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'sigmoid', 'reciprocal', 'sign', 'floor', 'ceil', 'round', 'erf', 'erfc', 'lgamma', 'digamma'] as const;
  const bi = ['add', 'subtract', 'multiply', 'divide', 'div', 'pow', 'maximum', 'minimum', 'squaredDifference', 'floordiv', 'mod', 'truediv'] as const;
  const python = (n: string): string => n.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  const out: [string, unknown][] = [];
  for (const n of un) out.push([n, tf.gradients(tf[n](x), x)[0]]);
  for (const n of bi) {
    const g = tf.gradients(tf[n](x, y), [x, y]);
    out.push([`${python(n)}/x`, g[0]], [`${python(n)}/y`, g[1]]);
  }
  out.push(['same', tf.gradients(tf.add(x, x, { name: 'same' }), x)[0]]);
  const nn = ['relu', 'relu6', 'elu', 'softplus', 'softsign', 'selu', 'leakyRelu', 'softmax', 'logSoftmax', 'l2Loss'] as const;
  for (const n of nn) out.push([python(n), tf.gradients((tf.nn[n] as Unary)(x.sub(0.5)).mul(y.at(0)), x)[0]]);
  note('none', out.filter(([, g]) => g === null).map(([n]) => n));
  return { runs: [{ fetch: Object.fromEntries(out.filter(([, g]) => g !== null)) }] };
}

type Gradient = (op: tf.Operation, grad: tf.Tensor | null) => tf.Tensor | null | (tf.Tensor | null)[];
/** Gradients are registered for good: once in a process. */
function registerOnce(name: string, f: Gradient): Gradient {
  try { return tf.RegisterGradient(name)(f); } catch (e) { if (e instanceof tf.errors.KeyError) return f; throw e; }
}
export function grad_custom(): Program {
  const g = tf.getDefaultGraph();
  const rev = registerOnce('Rev2', (_op, grad) => [tf.negative(grad!, { name: 'reversed' })]);
  registerOnce('GuidedRelu', (op, grad) => tf.where(grad!.greater(0), tf.where(op.outputs[0]!.greater(0), grad!, tf.zeros(tf.shape(grad!))), tf.zeros(tf.shape(grad!))));
  const log1pexp = tf.customGradient((x: tf.Tensor) => {
    const e = tf.exp(x);
    return [tf.log(e.radd(1)), (dy: tf.Tensor) => dy.mul(e.radd(1).rtruediv(1).rsub(1))];
  });
  const two = tf.customGradient((x: tf.Tensor, y: tf.Tensor) => [[x.mul(y), x.add(y)] as [tf.Tensor, tf.Tensor], (da: tf.Tensor, db: tf.Tensor) => [da.mul(y).mul(10), db.mul(100)]]);
  const x = new tf.Variable(arr([4], 1, -2, 2), { name: 'x' });
  const a = g.gradientOverrideMap({ Identity: 'Rev2' }, () => tf.identity(x, { name: 'rev' }));
  const [b, bb] = g.gradientOverrideMap({ Relu: 'GuidedRelu' }, () => [
    tf.nn.relu(x, { name: 'guided' }), g.gradientOverrideMap({ Tanh: 'Rev2' }, () => tf.nn.relu(tf.tanh(x), { name: 'nested' })),
  ]) as [tf.Tensor, tf.Tensor];
  const c = log1pexp(x);
  const [d, e] = two(x, tf.constant([1, 2, 3, 4]));
  const st = x.add(tf.stopGradient(tf.round(x).sub(x)));
  attempt('duplicate registration', () => tf.RegisterGradient('Rev2')(rev));
  attempt('bad map', () => g.gradientOverrideMap([[3, 'a']] as never, () => null));
  const s = g.gradientOverrideMap({ Sqrt: 'NotThere' }, () => tf.sqrt(x));
  attempt('missing override', () => tf.gradients(s, x.ref()));
  const w = tf.constant([1, -1, 2, -2], { name: 'w' });
  const out = [a, b, bb, c, d, d.add(e), st].map((t) => tf.gradients(t.mul(w), x.ref())[0]!);
  note('classes', g.getOperations().filter((o) => '_gradient_op_type' in o.nodeDef.attr).map((o) => [o.name, String(o.getAttr('_gradient_op_type'))]));
  const init = tf.globalVariablesInitializer();
  return { runs: [{ fetch: init }, { fetch: out }, { fetch: [c, d, e, st] }] };
}

export function grad_rows(): Program {
  const R = tf.rawOps;
  const i32 = (v: number | number[] | number[][]): tf.Tensor => tf.constant(v, tf.int32);
  const i64 = (v: number | number[]): tf.Tensor => tf.constant(v, tf.int64);
  const runs: Step[] = [];
  const both = (name: string, make: (x: tf.Tensor) => tf.Tensor, shape: number[], o: { known?: boolean; values?: tf.NDArray } = {}): void => {
    const x = tf.placeholder(tf.float32, o.known === false ? shape.map(() => null) : shape, { name: `${name}_x` });
    const [y, g] = tf.nameScope(name, () => {
      const made = make(x);
      return [made, tf.gradients(made, x, { gradYs: tf.multiply(made, 0.5, { name: 'half' }) })[0] as tf.Tensor];
    }) as [tf.Tensor, tf.Tensor];
    runs.push({ fetch: [y, g], feed: [[x, o.values ?? arr(shape, runs.length + 1)]] });
  };

  both('roll', (input) => R.Roll({ input, shift: i32([1, -2]), axis: i32([0, 1]) }), [3, 4]);
  both('reverse', (input) => R.ReverseSequence({ input, seqLengths: i64([2, 3, 0]), seqDim: 1, batchDim: 0 }), [3, 4]);
  both('to_batch_nd', (input) => R.SpaceToBatchND({ input, blockShape: i32([2]), paddings: i32([[1, 0]]) }), [1, 3, 2]);
  both('from_batch_nd', (input) => R.BatchToSpaceND({ input, blockShape: i32([2]), crops: i32([[1, 0]]) }), [2, 2, 2]);
  both('to_batch', (input) => R.SpaceToBatch({ input, paddings: i32([[1, 0], [0, 0]]), blockSize: 2 }), [1, 3, 2, 1]);
  both('from_batch', (input) => R.BatchToSpace({ input, crops: i32([[1, 0], [0, 0]]), blockSize: 2 }), [4, 2, 1, 1]);
  both('to_depth', (input) => R.SpaceToDepth({ input, blockSize: 2 }), [1, 2, 4, 1]);
  both('from_depth', (input) => R.DepthToSpace({ input, blockSize: 2 }), [1, 1, 2, 4]);
  both('diag', (diagonal) => R.MatrixDiag({ diagonal }), [2, 3]);
  both('diag_part', (input) => R.MatrixDiagPart({ input }), [2, 3, 3]);
  both('diag_part_of_any', (input) => R.MatrixDiagPart({ input }), [2, 3, 2], { known: false });
  both('set_diag', (input) => R.MatrixSetDiag({ input, diagonal: R.MatrixDiagPart({ input }) }), [2, 3, 2]);
  both('set_diag_of_any', (input) => R.MatrixSetDiag({ input, diagonal: R.MatrixDiagPart({ input }) }), [2, 3, 2], { known: false });
  both('band', (input) => R.MatrixBandPart({ input, numLower: i64(1), numUpper: i64(0) }), [3, 3]);
  both('mirror', (input) => R.MirrorPad({ input, paddings: i32([[1, 0], [2, 1]]), mode: 'REFLECT' }), [2, 3]);

  const [ids, anyIds, count] = [i32([0, 0, 2, 2]), i32([2, 0, -1, 2]), i32(3)];
  const ties = arr([4, 2], 3), t = ties.data as Float32Array;
  t.copyWithin(2, 0, 2);
  for (const op of ['SegmentSum', 'SegmentMean', 'SegmentMin', 'SegmentMax'] as const) both(op, (data) => R[op]({ data, segmentIds: ids }), [4, 2], { values: ties });
  const zero = arr([4, 2], 4), z = zero.data as Float32Array;
  z[0] = z[3] = z[7] = 0;
  for (const op of ['UnsortedSegmentSum', 'UnsortedSegmentProd', 'UnsortedSegmentMin', 'UnsortedSegmentMax'] as const) both(op, (data) => R[op]({ data, segmentIds: anyIds, numSegments: count }), [4, 2], { values: zero });
  for (const op of ['SparseSegmentSum', 'SparseSegmentMean', 'SparseSegmentSqrtN'] as const) {
    both(op, (data) => R[op]({ data, indices: i32([3, 0, 0]), segmentIds: i32([0, 0, 1]) }), [4, 2], { known: op !== 'SparseSegmentMean' });
    both(`${op}Num`, (data) => R[`${op}WithNumSegments`]({ data, indices: i32([3, 0, 0]), segmentIds: i32([0, 0, 1]), numSegments: count }), [4, 2]);
  }
  for (const op of ['TensorScatterUpdate', 'TensorScatterAdd', 'TensorScatterSub'] as const) both(op, (tensor) => R[op]({ tensor, indices: i32([[2], [0]]), updates: tf.slice(tensor, [0, 0], [2, 2]) }), [4, 2]);
  both('top', (input) => R.TopKV2({ input, k: i32(2) }).values, [2, 5]);
  both('top_of_any', (input) => R.TopKV2({ input, k: i32(2) }).values, [2, 5], { known: false });
  return { runs };
}

export function grad_nn(): Program {
  const n = tf.nn, q = tf.square;
  const int = (...v: number[]): tf.NDArray => new tf.NDArray(tf.int32, [v.length], Int32Array.from(v));
  const im = tf.constant(arr([2, 6, 5, 3], 1), { name: 'im' });
  const w = tf.constant(arr([3, 3, 3, 2], 2), { name: 'w' });
  const dw = tf.constant(arr([2, 2, 3, 2], 3), { name: 'dw' });
  const b = tf.constant(arr([2], 4), { name: 'b' });
  const a34 = tf.constant(arr([3, 4], 5), { name: 'a34' }), a43 = tf.constant(arr([4, 3], 6), { name: 'a43' });
  const b3 = tf.constant(arr([2, 3, 4], 7), { name: 'b3' });
  const v = tf.constant(arr([1, 4, 4, 3, 2], 8), { name: 'v' });
  const w3 = tf.constant(arr([2, 2, 2, 2, 2], 9), { name: 'w3' });
  const lg = tf.constant(arr([3, 4], 10), { name: 'lg' });
  const lb = tf.constant([[1, 0, 0, 0], [0, .5, .5, 0], [0, 0, 0, 1]], { name: 'lb' });
  const sc = tf.constant([1, 2, .5], { name: 'sc' }), of = tf.constant([0, .1, .2], { name: 'of' });
  const normalized = (): tf.Tensor => { const [mean, variance] = n.moments(im, [0, 1, 2]); return n.batchNormalization(im, mean, variance, of, sc, 1e-3); };
  const L: [string, tf.Tensor, tf.Tensor[]][] = [
    ['mm', q(tf.matmul(a34, a43)), [a34, a43]], ['mm_tn', q(tf.matmul(a43, a43, { transposeA: true })), [a43]], ['mm_nt', q(tf.matmul(a34, a34, { transposeB: true })), [a34]], ['mm_tt', q(tf.matmul(a34, a43, { transposeA: true, transposeB: true })), [a34, a43]],
    ['bmm', q(tf.matmul(b3, b3, { transposeB: true })), [b3]], ['conv_same', q(n.conv2d(im, w, [1, 1, 1, 1], 'SAME')), [im, w]], ['conv_valid2', q(n.conv2d(im, w, [1, 2, 2, 1], 'VALID')), [im, w]], ['depthwise', q(n.depthwiseConv2d(im, dw, [1, 1, 1, 1], 'SAME')), [im, dw]],
    ['convt', q(n.conv2dTranspose(tf.constant(arr([2, 3, 3, 2], 11)), w, [2, 6, 6, 3], [1, 2, 2, 1])), [w]], ['conv3d', q(n.conv3d(v, w3, [1, 1, 1, 1, 1], 'VALID')), [v, w3]],
    ['maxpool', q(n.maxPool(im, [1, 2, 2, 1], [1, 2, 2, 1], 'VALID')), [im]], ['maxpool_same', q(n.maxPool(im, [1, 3, 3, 1], [1, 2, 2, 1], 'SAME')), [im]], ['avgpool', q(n.avgPool(im, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')), [im]],
    ['bias', q(n.biasAdd(n.conv2d(im, w, [1, 1, 1, 1], 'VALID'), b)), [b]], ['fbn', q(n.fusedBatchNorm(im, sc, of)[0].mul(im)), [im, sc, of]], ['fbn_inf', q(n.fusedBatchNorm(im, sc, of, [0, 0, 0], [1, 1, 1], { isTraining: false })[0]), [im, sc, of]],
    ['bn', q(normalized()), [im, sc, of]], ['lrn', q(n.lrn(im, 2, 1, .5, .5)), [im]],
    ['sxent', n.softmaxCrossEntropyWithLogits({ labels: lb, logits: lg }), [lg]], ['spxent', n.sparseSoftmaxCrossEntropyWithLogits({ labels: int(0, 2, 3), logits: lg }), [lg]], ['sgxent', n.sigmoidCrossEntropyWithLogits({ labels: lb, logits: lg }), [lg]], ['wxent', n.weightedCrossEntropyWithLogits(lb, lg, 2), [lg]],
    ['emb', q(n.embeddingLookup(a43, [3, 1, 3])), [a43]], ['l2', n.l2Loss(lg), [lg]],
    ['resize', q(tf.image.resizeBilinear(im, [3, 4])), [im]], ['resize_nn', q(tf.image.resizeNearestNeighbor(im, [9, 9])), [im]], ['s2d', q(tf.spaceToDepth(im.at(null, null, [null, 4]), 2)), [im]], ['atrous', q(n.atrousConv2d(im, w, 2, 'SAME')), [im, w]], ['conv1d', q(n.conv1d(b3, tf.constant(arr([2, 4, 2], 12)), 1, 'VALID')), [b3]],
  ];
  return { runs: L.map(([name, y, xs]) => ({ fetch: tf.gradients(y, xs, { name: `g_${name}` }).map((g) => tf.convertToTensor(g as tf.Tensor)), label: name })) };
}

export function grad_checker(): Program {
  const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
  const w = tf.placeholder(tf.float64, [3], { name: 'w' });
  const k = tf.placeholder(tf.float32, [], { name: 'k' });
  const z = tf.placeholder(tf.complex64, [2], { name: 'z' });
  const y = tf.tanh(x).mul(k);
  const s = tf.reduceSum(tf.square(w)).add(w);
  const rows = tf.gather(x, [1, 1]);
  z.mul(z);
  const v = tf.getVariable('v', { initializer: arr([2, 2], 1) });
  const p = tf.matmul(v, x);
  tf.matmul(x, tf.reshape(tf.cast(w, tf.float32), [3, 1]));
  const T = tf.test;
  const [xv, wv] = [arr([2, 3], 2), new tf.NDArray(tf.float64, [3], Float64Array.from(arr([3], 3).data as Float32Array))];
  const init = tf.globalVariablesInitializer();
  return { runs: [{ call: () => T.computeGradient(x, [2, 3], y, [2, 3], { xInitValue: xv, extraFeedDict: [[k, 2]] }) },
    { call: () => T.computeGradient(w, [3], s, [3], wv, { delta: 1e-4 }) },
    { call: () => T.computeGradient(x, [2, 3], rows, [2, 3], { xInitValue: xv }) },
    { call: () => T.computeGradient(x, [2, 3], p, [2, 3], { xInitValue: xv, initTargets: [init] }) },
    { call: () => T.computeGradient([x, v as unknown as tf.Tensor], [[2, 3], [2, 2]], p, [2, 3], { xInitValue: [xv, arr([2, 2], 5)], extraFeedDict: [[x, xv]] }) },
    { call: async () => await T.computeGradientError(w, [3], s, [3], wv) < 1e-4 }, { call: async () => await T.computeGradientError([x], [[2, 3]], tf.stopGradient(x).mul(x), [2, 3], { xInitValue: [xv] }) > .5 },
    { call: () => attempt('shape', () => T.computeGradient(x, [3, 2], y, [2, 3], { xInitValue: xv })) },
    { call: () => attempt('dtype', () => T.computeGradient(x, [2, 3], tf.argmax(x, 1), [2], { xInitValue: xv })) }] };
}
