// What a random graph may draw (wide_graph.ts): each a few nodes over what is there, with the attrs TensorFlow allows.
import * as tf from 'tfgraph';
import type { DType } from '../../src/graph/dtype.ts';
import { applyOp, op1 } from '../../src/ops/op_def_library.ts';
import { opDef } from '../../src/ops/registry.ts';
import { referenceKernels } from '../../src/session/kernels/registry.ts';
import { COMPLEX, EVERY, FLOATS, INTEGERS, type WideBuilder } from './wide_graph.ts';

type Draw = (b: WideBuilder) => void;
const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
const int = (v: number): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
const dimsOf = (t: tf.Tensor): number[] => t.shape.dims as number[];

/** Dtypes an op takes for T, of these. */
const allowed = new Map<string, readonly DType[]>();
function takes(op: string, of: readonly DType[] = EVERY): readonly DType[] {
  const key = `${op} ${of.length}`;
  let d = allowed.get(key);
  if (!d) {
    const legal = opDef(op)!.attr.find((a) => a.name === 'T')?.allowed;
    const types = legal?.type;
    allowed.set(key, d = referenceKernels.has(op) ? of.filter((t) => !types || types.includes(t)) : []);
  }
  return d;
}
/** float32 most of the time. */
function dtypeFor(b: WideBuilder, op: string, of: readonly DType[] = EVERY): DType {
  const all = takes(op, of);
  return all.includes(tf.float32) && b.r.bool() ? tf.float32 : b.r.pick(all);
}

const UNARY = 'Abs Neg Sign Square Sqrt Rsqrt Exp Expm1 Log Log1p Tanh Sigmoid Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Erf Erfc Lgamma Reciprocal Floor Ceil Rint Round Relu Relu6 Elu Selu Softplus Softsign'.split(' ');
const BINARY = 'Add AddV2 Sub Mul RealDiv DivNoNan Maximum Minimum SquaredDifference Pow Atan2 Xdivy Xlogy MulNoNan Mod FloorMod FloorDiv'.split(' ');
const WHOLE = new Set(['FloorDiv', 'Mod', 'FloorMod', 'RealDiv', 'Pow']); // on integers: no zeros, no negative exponents
const COMPARE = 'Less LessEqual Greater GreaterEqual Equal NotEqual'.split(' ');
const GRADS = 'TanhGrad SigmoidGrad SqrtGrad RsqrtGrad ReciprocalGrad ReluGrad Relu6Grad EluGrad SeluGrad SoftplusGrad SoftsignGrad'.split(' ');
const REDUCE = 'Sum Mean Prod Max Min'.split(' ');

function axes(b: WideBuilder, rank: number): tf.Tensor { return ints(...b.r.sample(Array.from({ length: rank }, (_, i) => (b.r.bool() ? i : i - rank)), b.r.int(rank + 1))); }
const spatial = (b: WideBuilder): { strides: number[]; dilations: number[] } => {
  const { r } = b, dilated = r.bool(0.2);
  return { strides: [1, dilated ? 1 : r.between(1, 3), dilated ? 1 : r.between(1, 3), 1], dilations: [1, dilated ? r.between(1, 2) : 1, dilated ? r.between(1, 2) : 1, 1] };
};
/** A list over N, H, W, C, in the order of a layout. */
const inLayout = (list: readonly number[], format: string): number[] => (format === 'NCHW' ? [list[0]!, list[3]!, list[1]!, list[2]!] : [...list]);

/** An image and what a convolution of it is told. */
function conv(b: WideBuilder): { x: tf.Tensor; w: tf.Tensor; attrs: Record<string, unknown>; format: string } {
  const { r } = b, format = r.pick(['NHWC', 'NHWC', 'NCHW']), { strides, dilations } = spatial(b), padding = r.pick(['SAME', 'VALID']);
  const dtype = r.bool(0.85) ? tf.float32 : r.pick([tf.float64, tf.float16]);
  const [kh, kw, ci, co] = [r.between(1, 4), r.between(1, 4), r.pick([1, 2, 3, 4, 5, 8, 9]), r.pick([1, 2, 3, 4, 7, 8, 12])];
  const [h, w] = [(kh - 1) * dilations[1]! + r.between(1, 8), (kw - 1) * dilations[2]! + r.between(1, 8)];
  return { x: b.get(inLayout([b.dim() % 5, h, w, ci], format), dtype), w: b.get([kh, kw, ci, co], dtype), format, attrs: { strides: inLayout(strides, format), dilations: inLayout(dilations, format), padding, data_format: format } };
}
function activation(b: WideBuilder, x: tf.Tensor): tf.Tensor { return b.r.pick([tf.nn.relu, tf.tanh, tf.sigmoid, tf.nn.elu, tf.nn.relu6, tf.nn.softplus, (t: tf.Tensor) => t, (t: tf.Tensor) => tf.nn.leakyRelu(t, 0.2)])(x); }

export const DRAWS: Readonly<Record<string, Draw>> = {
  // --- element by element
  unary: (b) => { const op = b.r.pick(UNARY); b.add(op1(op, [b.some(takes(op))])); },
  chain: (b) => { let x = b.some([tf.float32]); for (let n = b.r.between(2, 6); n > 0; n--) x = b.r.bool() ? op1(b.r.pick(UNARY.filter((op) => takes(op).includes(tf.float32))), [x]) : b.r.pick([tf.add, tf.subtract, tf.multiply, tf.maximum])(x, b.get(b.narrower(dimsOf(x)))); b.add(x); },
  binary: (b) => {
    const op = b.r.pick(BINARY), dtype = dtypeFor(b, op), x = b.some([dtype]);
    if (dtype.isInteger && WHOLE.has(op)) b.add(op1(op, [x, tf.constant(3, { dtype })]));
    else b.add(op1(op, [x, b.get(b.narrower(dimsOf(x)), dtype)]));
  },
  gradientOfActivation: (b) => { const op = b.r.pick(GRADS), dtype = dtypeFor(b, op, FLOATS), x = b.some([dtype]); b.add(op1(op, [x, b.get(dimsOf(x), dtype)])); },
  compare: (b) => { const op = b.r.pick(COMPARE), dtype = dtypeFor(b, op), x = b.some([dtype]); b.add(op1(op, [x, b.get(b.narrower(dimsOf(x)), dtype)])); },
  logic: (b) => { const x = b.some([tf.bool]), y = b.get(b.narrower(dimsOf(x)), tf.bool); b.add(b.r.pick([tf.logicalAnd, tf.logicalOr])(x, y), tf.logicalNot(x)); },
  bits: (b) => { const op = b.r.pick(['BitwiseAnd', 'BitwiseOr', 'BitwiseXor']), dtype = dtypeFor(b, op, INTEGERS), x = b.some([dtype]); b.add(op1(op, [x, b.get(dimsOf(x), dtype)]), op1('Invert', [x])); },
  cast: (b) => { const x = b.some(); b.add(op1('Cast', [x], { DstT: b.r.pick(EVERY) })); },
  casts: (b) => { const x = b.some(); b.add(op1('Cast', [op1('Cast', [x], { DstT: b.r.pick(EVERY) })], { DstT: b.r.pick(EVERY) })); },
  bitcast: (b) => { const x = b.some([tf.int32, tf.uint32]); b.add(op1('Bitcast', [x], { type: b.r.pick([tf.int32, tf.uint32]) })); },
  select: (b) => {
    const x = b.some(), shape = dimsOf(x), y = b.get(shape, x.dtype);
    if (b.r.bool()) b.add(op1('Select', [b.get(b.r.bool(0.3) && shape.length > 0 ? [shape[0]!] : shape, tf.bool), x, y]));
    else b.add(op1('SelectV2', [b.get(b.narrower(shape), tf.bool), x, b.get(b.narrower(shape), x.dtype)]));
  },
  clip: (b) => { const x = b.some([tf.float32, tf.float64, tf.int32]); b.add(tf.clipByValue(x, tf.constant(-1, { dtype: x.dtype }), tf.constant(1, { dtype: x.dtype }))); },
  tests: (b) => { const x = b.some(FLOATS); b.add(tf.isFinite(x), tf.logicalOr(tf.isNan(x), tf.isInf(x))); },
  addN: (b) => { const dtype = dtypeFor(b, 'AddN', [...FLOATS, ...INTEGERS, ...COMPLEX]), x = b.some([dtype]), shape = dimsOf(x); b.add(op1('AddN', [[x, ...Array.from({ length: b.r.between(1, 4) }, () => b.get(shape, dtype))]])); },
  complex: (b) => { const shape = b.shape(), z = op1('Complex', [b.get(shape), b.get(shape)], { Tout: tf.complex64 }); b.add(z, op1('Conj', [z]), op1('ComplexAbs', [z], { Tout: tf.float32 }), tf.real(z), tf.imag(z)); },
  // --- folds of axes
  reduce: (b) => { const op = b.r.pick(REDUCE), dtype = dtypeFor(b, op, [...FLOATS, ...INTEGERS, ...COMPLEX].filter((d) => !(op === 'Max' || op === 'Min') || !d.isComplex)), x = b.some([dtype]); b.add(op1(op, [x, axes(b, dimsOf(x).length)], { keep_dims: b.r.bool() })); },
  reduceBool: (b) => { const x = b.some([tf.bool]); b.add(op1(b.r.pick(['All', 'Any']), [x, axes(b, dimsOf(x).length)], { keep_dims: b.r.bool() })); },
  squareSum: (b) => { const x = b.some([tf.float32]); b.add(tf.reduceSum(tf.square(x)), op1('L2Loss', [x]), tf.reduceMean(tf.multiply(x, x), dimsOf(x).length === 0 ? [] : [-1], true)); },
  moments: (b) => { const x = b.get([b.dim(), b.dim(), b.dim()]), [mean, variance] = tf.nn.moments(x, b.r.pick([[0], [0, 1], [2], [1, 2]]), null, null, true) as [tf.Tensor, tf.Tensor]; b.add(mean, variance, x.sub(mean).mul(tf.rsqrt(variance.add(1e-3)))); },
  argReduce: (b) => { const x = b.get([b.r.between(1, 5), b.r.between(1, 17), b.r.between(1, 5)], b.r.pick([tf.float32, tf.float64, tf.int32, tf.uint8])); b.add(op1(b.r.pick(['ArgMax', 'ArgMin']), [x, int(b.r.int(3))], { output_type: b.r.pick([tf.int32, tf.int64]) })); },
  cumulative: (b) => { const dtype = b.r.pick([tf.float32, tf.float64, tf.int32, tf.int64]), x = b.get([b.dim(), b.dim()], dtype); b.add(op1(b.r.pick(['Cumsum', 'Cumprod']), [x, int(b.r.int(2))], { exclusive: b.r.bool(), reverse: b.r.bool() })); },
  // --- products
  matmul: (b) => {
    const { r } = b, [m, k, n] = [b.dim(), b.dim(), b.dim()], [ta, tb] = [r.bool(), r.bool()], dtype = dtypeFor(b, 'MatMul', [...FLOATS, tf.int32, tf.int64, ...COMPLEX]);
    b.add(op1('MatMul', [b.get(ta ? [k, m] : [m, k], dtype), b.get(tb ? [n, k] : [k, n], dtype)], { transpose_a: ta, transpose_b: tb }));
  },
  dense: (b) => { const [m, k, n] = [b.dim(), b.dim(), b.dim()], x = tf.nn.biasAdd(tf.matmul(b.get([m, k]), b.get([k, n])), b.get([n])); b.add(activation(b, b.r.bool() ? x : x.add(b.get([m, n])))); },
  batchMatmul: (b) => {
    const { r } = b, [m, k, n] = [b.dim(), b.dim(), b.dim()], [ta, tb] = [r.bool(), r.bool()], dtype = dtypeFor(b, 'BatchMatMulV2', [...FLOATS, tf.int32, ...COMPLEX]), batch = b.shape(r.between(0, 2)).map((d) => Math.min(d, 3));
    const op = r.bool() ? 'BatchMatMulV2' : 'BatchMatMul', other = op === 'BatchMatMul' ? batch : b.narrower(batch);
    b.add(op1(op, [b.get([...batch, ...(ta ? [k, m] : [m, k])], dtype), b.get([...other, ...(tb ? [n, k] : [k, n])], dtype)], { adj_x: ta, adj_y: tb }));
  },
  sumOfProducts: (b) => { const [m, n] = [b.dim(), b.dim()]; b.add(tf.addN(Array.from({ length: b.r.between(2, 4) }, () => { const k = b.dim(); return tf.matmul(b.get([m, k]), b.get([k, n])); }))); },
  attention: (b) => { const [h, s, d] = [b.r.between(1, 3), b.r.between(1, 9), b.r.between(1, 9)], q = b.get([h, s, d]), p = tf.nn.softmax(tf.matmul(q, b.get([h, s, d]), { transposeB: true }).mul(0.5)); b.add(tf.matmul(p, b.get([h, s, d]))); },
  // --- layers
  conv2d: (b) => { const { x, w, attrs } = conv(b); b.add(op1('Conv2D', [x, w], attrs as never)); },
  convLayer: (b) => { const { x, w, attrs, format } = conv(b), y = op1('Conv2D', [x, w], attrs as never), c = dimsOf(w)[3]!; b.add(activation(b, op1('BiasAdd', [y, b.get([c], x.dtype)], { data_format: format }))); },
  convGradients: (b) => {
    const { x, w, attrs } = conv(b), y = op1('Conv2D', [x, w], attrs as never), dy = b.get(dimsOf(y), x.dtype);
    if (dimsOf(x).includes(0)) return;
    b.add(op1('Conv2DBackpropInput', [ints(...dimsOf(x)), w, dy], attrs as never), op1('Conv2DBackpropFilter', [x, ints(...dimsOf(w)), dy], attrs as never));
  },
  depthwise: (b) => {
    const { r } = b, s = r.between(1, 2), [h, wd, c, m] = [r.between(3, 8), r.between(3, 8), r.between(1, 5), r.between(1, 3)], x = b.get([2, h, wd, c]), w = b.get([r.between(1, 3), r.between(1, 3), c, m]);
    b.add(op1('DepthwiseConv2dNative', [x, w], { strides: [1, s, s, 1], padding: r.pick(['SAME', 'VALID']) }));
  },
  separable: (b) => { const c = b.r.between(1, 4), x = b.get([1, 6, 5, c]); b.add(tf.nn.separableConv2d(x, b.get([2, 2, c, 2]), b.get([1, 1, 2 * c, 3]), [1, 1, 1, 1], 'SAME')); },
  convTranspose: (b) => { const [ci, co] = [b.r.between(1, 4), b.r.between(1, 4)]; b.add(tf.nn.conv2dTranspose(b.get([2, 3, 4, ci]), b.get([3, 3, co, ci]), [2, 6, 8, co], [1, 2, 2, 1], 'SAME')); },
  conv1d: (b) => { const [ci, co] = [b.r.between(1, 5), b.r.between(1, 5)]; b.add(tf.nn.conv1d(b.get([2, b.r.between(4, 12), ci]), b.get([3, ci, co]), b.r.between(1, 2), 'SAME')); },
  conv3d: (b) => { const { r } = b, [ci, co, s] = [r.between(1, 3), r.between(1, 4), r.between(1, 2)]; b.add(op1('Conv3D', [b.get([1, 4, 3, 5, ci]), b.get([2, 2, r.between(1, 3), ci, co])], { strides: [1, s, 1, s, 1], padding: r.pick(['SAME', 'VALID']) })); },
  pool: (b) => {
    const { r } = b, op = r.pick(['MaxPool', 'AvgPool']), format = op === 'MaxPool' && r.bool(0.3) ? 'NCHW' : 'NHWC', dtype = r.pick([tf.float32, tf.float32, tf.float32, tf.float64, tf.float16]);
    const x = b.get(inLayout([r.between(1, 2), r.between(3, 8), r.between(3, 8), r.between(1, 9)], format), dtype);
    b.add(op1(op, [x], { ksize: inLayout([1, r.between(1, 3), r.between(1, 3), 1], format), strides: inLayout([1, r.between(1, 3), r.between(1, 2), 1], format), padding: r.pick(['SAME', 'VALID']), data_format: format }));
  },
  pool3d: (b) => { b.add(op1(b.r.pick(['MaxPool3D', 'AvgPool3D']), [b.get([1, 4, 3, 4, b.r.between(1, 5)])], { ksize: [1, 2, 2, 2, 1], strides: [1, b.r.between(1, 2), 1, 2, 1], padding: b.r.pick(['SAME', 'VALID']) })); },
  fusedBatchNorm: (b) => {
    const { r } = b, format = r.pick(['NHWC', 'NCHW']), c = r.between(1, 9), x = b.get(inLayout([r.between(1, 3), 3, r.between(1, 4), c], format)), training = r.bool(0.7);
    const stats = training ? [tf.constant([], { dtype: tf.float32 }), tf.constant([], { dtype: tf.float32 })] : [b.get([c]), tf.abs(b.get([c])).add(0.1)];
    b.add(...applyOp(r.pick(['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']), [x, b.get([c]), b.get([c]), ...stats], { is_training: training, data_format: format }).outputs.slice(0, 1));
  },
  batchNorm: (b) => { const c = b.r.between(1, 9), x = b.get([2, 3, 3, c]), [mean, variance] = tf.nn.moments(x, [0, 1, 2]) as [tf.Tensor, tf.Tensor]; b.add(activation(b, tf.nn.batchNormalization(x, mean, variance, b.get([c]), b.get([c]), 1e-3))); },
  layerNorm: (b) => { const n = b.r.between(1, 40), x = b.get([b.dim(), n]), [mean, variance] = tf.nn.moments(x, [1], null, null, true) as [tf.Tensor, tf.Tensor]; b.add(x.sub(mean).mul(tf.rsqrt(variance.add(1e-3))).mul(b.get([n])).add(b.get([n]))); },
  lrn: (b) => { b.add(tf.nn.lrn(b.get([1, 3, 2, b.r.between(1, 8)]), b.r.between(1, 3), 1, 0.5, 0.5)); },
  biasAdd: (b) => { const x = b.get([2, b.dim(), b.dim()]), c = dimsOf(x)[2]!; b.add(tf.nn.biasAdd(x, b.get([c])), op1('BiasAddGrad', [x])); },
  softmax: (b) => { const dtype = b.float(), x = b.get([b.dim(), Math.max(1, b.dim())], dtype); b.add(b.r.pick([tf.nn.softmax, tf.nn.logSoftmax])(x)); },
  crossEntropy: (b) => { const [n, c] = [b.dim(), Math.max(1, b.dim())]; b.add(tf.nn.softmaxCrossEntropyWithLogitsV2({ labels: tf.stopGradient(tf.nn.softmax(b.get([n, c]))), logits: b.get([n, c]) })); },
  sparseCrossEntropy: (b) => { const [n, c] = [b.dim(), Math.max(1, b.dim())]; b.add(tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: b.places([n], c), logits: b.get([n, c]) })); },
  sigmoidCrossEntropy: (b) => { const shape = b.shape(2); b.add(tf.nn.sigmoidCrossEntropyWithLogits({ labels: b.get(shape), logits: b.get(shape) })); },
  dropout: (b) => { b.add(tf.nn.dropout(b.get(b.shape(2)), { rate: 0.4, seed: b.r.int(9) })); },
  lstm: (b) => {
    const [n, d, u] = [b.r.between(1, 5), b.r.between(1, 5), b.r.between(1, 8)], w = b.variable([d + u, 4 * u]).value(), bias = b.variable([4 * u]).value();
    let [c, h] = [b.get([n, u]), b.get([n, u])];
    for (let t = b.r.between(1, 3); t > 0; t--) {
      const [i, j, f, o] = tf.split(tf.nn.biasAdd(tf.matmul(tf.concat([b.get([n, d]), h], 1), w), bias), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      c = c.mul(tf.sigmoid(f.add(1))).add(tf.sigmoid(i).mul(tf.tanh(j)));
      h = tf.tanh(c).mul(tf.sigmoid(o));
    }
    b.add(c, h);
  },
  gru: (b) => {
    const [n, d, u] = [b.r.between(1, 4), b.r.between(1, 4), b.r.between(1, 8)], [g, k] = [b.variable([d + u, 2 * u]).value(), b.variable([d + u, u]).value()];
    let h = b.get([n, u]);
    for (let t = b.r.between(1, 3); t > 0; t--) {
      const x = b.get([n, d]), [r, z] = tf.split(tf.sigmoid(tf.matmul(tf.concat([x, h], 1), g)), 2, 1) as [tf.Tensor, tf.Tensor];
      h = z.mul(h).add(z.rsub(1).mul(tf.tanh(tf.matmul(tf.concat([x, r.mul(h)], 1), k))));
    }
    b.add(h);
  },
  // --- rows by index
  gather: (b) => { const { r } = b, rank = r.between(1, 3), axis = r.int(rank), x = b.get(Array.from({ length: rank }, () => r.between(1, 8)), r.pick([tf.float32, tf.float32, ...EVERY])); b.add(tf.gather(x, b.places(b.shape(r.between(0, 2)), dimsOf(x)[axis]!), { axis })); },
  embedding: (b) => { const [rows, n] = [b.r.between(2, 12), b.dim()], v = b.variable([rows, n]); b.add(tf.nn.embeddingLookup(v, b.places([b.r.between(1, 9)], rows))); },
  gatherNd: (b) => { const x = b.get([4, 5, b.dim()]), i = b.places([b.dim(), 1], 4); b.add(tf.gatherNd(x, tf.concat([i, b.r.bool() ? i : tf.floordiv(i, tf.constant(2, { dtype: i.dtype }))], 1))); },
  scatterNd: (b) => { const n = b.dim(), i = b.places([n, 1], 6); b.add(op1('ScatterNd', [i, b.get([n, 3], b.r.pick([tf.float32, tf.int32])), tf.constant([6, 3], { dtype: i.dtype })])); },
  tensorScatter: (b) => { const x = b.get([6, 3]), n = b.dim(); b.add(op1(b.r.pick(['TensorScatterUpdate', 'TensorScatterAdd', 'TensorScatterSub']), [x, b.places([n, 1], 6), b.get([n, 3])])); },
  segments: (b) => { const { r } = b, n = r.between(1, 9), x = b.get([n, b.dim()], r.pick([tf.float32, tf.float64, tf.int32])); b.add(op1(r.pick(['UnsortedSegmentSum', 'UnsortedSegmentMax', 'UnsortedSegmentProd']), [x, b.places([n], 4), int(4)])); },
  oneHot: (b) => { b.add(tf.oneHot(b.places(b.shape(b.r.between(0, 2)), 5), 5, { onValue: 1, offValue: 0, dtype: b.r.pick([tf.float32, tf.int32]) as never })); },
  topK: (b) => { const { values, indices } = tf.nn.topK(b.get([b.dim(), 6]), 3) as unknown as { values: tf.Tensor; indices: tf.Tensor }; b.add(values, indices); },
  dynamicPartition: (b) => { const n = b.r.between(1, 9), x = b.get([n, 3]), which = tf.cast(b.places([n], 3), tf.int32), parts = tf.dynamicPartition(x, which, 3), at = tf.dynamicPartition(tf.range(n), which, 3); b.add(tf.ensureShape(tf.dynamicStitch(at, parts), [n, 3])); },
  mask: (b) => { const x = b.get([b.r.between(1, 9), 4]); b.add(tf.reduceSum(tf.booleanMask(x, tf.greater(tf.reduceSum(x, 1), 0)), 0)); },
  // --- movement
  reshape: (b) => { const x = b.some(), dims = dimsOf(x), n = dims.reduce((p, q) => p * q, 1), k = b.r.pick([1, 2, 3, 4, 5, 6, 8].filter((d) => n % d === 0)); b.add(n === 0 || b.r.bool(0.3) ? tf.reshape(x, tf.shape(x)) : tf.reshape(x, b.r.bool() ? [-1, k] : [k, n / k])); },
  expand: (b) => { const x = b.some(), y = tf.expandDims(x, b.r.int(dimsOf(x).length + 1)); b.add(y); if (b.r.bool()) b.add(tf.squeeze(y)); },
  transpose: (b) => { const x = b.some(), perm = dimsOf(x).map((_, i) => i); for (let i = perm.length - 1; i > 0; i--) { const j = b.r.int(i + 1); [perm[i], perm[j]] = [perm[j]!, perm[i]!]; } const y = tf.transpose(x, perm); b.add(y); if (b.r.bool(0.3)) b.add(tf.transpose(y)); },
  concat: (b) => { const { r } = b, x = b.some(), dims = dimsOf(x); if (dims.length === 0) return; const axis = r.int(dims.length); b.add(tf.concat([x, ...Array.from({ length: r.between(1, 3) }, () => b.get(dims.map((d, i) => (i === axis ? r.between(0, 4) : d)), x.dtype))], r.bool() ? axis : axis - dims.length)); },
  stack: (b) => { const x = b.some(), dims = dimsOf(x), y = tf.stack([x, b.get(dims, x.dtype), x], b.r.int(dims.length + 1)); b.add(y); if (b.r.bool()) b.add(...tf.unstack(y, 3 === dimsOf(y)[0] ? 3 : null, 0).slice(0, 3)); },
  split: (b) => { const { r } = b, n = r.between(1, 3), axis = r.int(2), k = r.between(1, 4), shape = [b.dim(), b.dim()]; shape[axis] = n * k; const x = b.get(shape, r.pick([tf.float32, ...EVERY])); b.add(...(r.bool() ? applyOp('Split', [int(axis), x], { num_split: n }).outputs : applyOp('SplitV', [x, ints(n * k - 1, 1), int(axis)], { num_split: 2 }).outputs)); },
  splitConcat: (b) => { const x = b.get([b.dim(), 6]), parts = tf.split(x, 3, 1) as tf.Tensor[]; b.add(tf.concat(b.r.bool() ? parts : [activation(b, parts[1]!), parts[0]!, parts[2]!], 1)); },
  slice: (b) => { const x = b.some(), dims = dimsOf(x), begin = dims.map((d) => b.r.int(d + 1)); b.add(tf.slice(x, begin, dims.map((d, i) => (b.r.bool(0.3) ? -1 : b.r.int(d - begin[i]! + 1))))); },
  stridedSlice: (b) => { const { r } = b, x = b.get([r.between(1, 6), r.between(1, 6), r.between(1, 6)], r.pick([tf.float32, tf.float32, ...EVERY])); b.add(r.pick([() => x.at(0), () => x.at([null, null, -1]), () => x.at([null, null, 2], tf.ellipsis, tf.newaxis), () => x.at(tf.ellipsis, -1), () => x.at([1, null], [null, -1]), () => x.at(null, [null, null, -2], [0, 1])])()); },
  pad: (b) => { const { r } = b, x = b.get([b.dim(), b.dim()], r.pick([tf.float32, tf.float32, tf.int32, tf.float64])), p = [[r.int(3), r.int(3)], [r.int(3), r.int(2)]]; b.add(r.bool() ? tf.pad(x, p) : op1('PadV2', [x, tf.constant(p, { dtype: tf.int32 }), tf.constant(2, { dtype: x.dtype })])); },
  mirrorPad: (b) => { b.add(tf.pad(b.get([b.r.between(3, 6), b.r.between(3, 6)]), [[1, 2], [0, 2]], { mode: b.r.pick(['REFLECT', 'SYMMETRIC']) })); },
  tile: (b) => { const x = b.get(b.shape(2).map((d) => Math.min(d, 8)), b.r.pick([tf.float32, tf.float32, ...EVERY])); b.add(tf.tile(x, [b.r.between(1, 3), b.r.between(1, 3)])); },
  broadcast: (b) => { const shape = b.shape(3); b.add(tf.broadcastTo(b.get(b.narrower(shape), b.r.pick([tf.float32, tf.float32, tf.int32, tf.bool, tf.float64])), shape)); },
  reverse: (b) => { const x = b.some(takes('ReverseV2')), rank = dimsOf(x).length; b.add(tf.reverse(x, Array.from({ length: rank }, (_, i) => i).filter(() => b.r.bool()))); },
  roll: (b) => { b.add(tf.roll(b.get([b.r.between(1, 6), 4]), b.r.int(5), 0)); },
  space: (b) => { const x = b.get([1, 4, 4, 4]); b.add(tf.spaceToDepth(x, 2), tf.depthToSpace(x, 2)); },
  like: (b) => { const x = b.some(); b.add(b.r.bool() ? tf.zerosLike(x) : tf.onesLike(x)); },
  shapes: (b) => { const x = b.some(); b.add(tf.shape(x), tf.size(x), tf.fill(tf.shape(x), tf.constant(0.5)).mul(tf.cast(tf.rank(x), tf.float32))); },
  identities: (b) => { const x = b.some(); b.add(op1(b.r.pick(['Identity', 'Snapshot', 'StopGradient', 'PreventGradient']), [x])); },
  twins: (b) => { const x = b.some([tf.float32]); b.add(tf.tanh(x).add(1), tf.tanh(x).add(1), tf.negative(tf.negative(x)), x.mul(1)); },
  band: (b) => { const n = b.r.between(1, 6), x = b.get([n, n]); b.add(tf.matrixBandPart(x, 1, 0), tf.matrixDiagPart(x), tf.matrixTranspose(x)); },
  resize: (b) => { b.add(b.r.pick([tf.image.resizeBilinear, tf.image.resizeNearestNeighbor])(b.get([1, 3, 4, 2]), [b.r.between(2, 6), b.r.between(2, 6)])); },
  // --- random ops, states, conditionals
  random: (b) => {
    const { r } = b, shape = ints(...b.shape(2)), seeds = { seed: r.between(1, 9), seed2: r.between(1, 9) }, dtype = r.pick([tf.float32, tf.float32, tf.float64, tf.float16]);
    b.add(r.bool(0.8) ? op1(r.pick(['RandomUniform', 'RandomStandardNormal', 'TruncatedNormal']), [shape], { ...seeds, dtype }) : op1('RandomUniformInt', [shape, int(-3), int(9)], seeds));
  },
  noise: (b) => { const x = b.get(b.shape(2)), y = x.add(tf.randomNormal(dimsOf(x), { stddev: 0.1, seed: b.r.int(9) })); b.add(y, tf.tanh(y)); },
  shuffle: (b) => { b.add(tf.randomShuffle(b.get([b.r.between(1, 9), 2]), { seed: 3 })); },
  stateless: (b) => { b.add(op1(b.r.pick(['StatelessRandomUniform', 'StatelessRandomNormal']), [ints(...b.shape(2)), ints(b.r.int(9), 5)], { dtype: tf.float32 })); },
  write: (b) => {
    const { r } = b, dtype = r.pick([tf.float32, tf.float32, tf.float64, tf.int32]), v = b.variable(b.shape(r.between(0, 2)), dtype), value = b.get(v.shape.dims as number[], dtype);
    const w = r.pick([tf.assign, tf.assignAdd, tf.assignSub])(v, value);
    const after = tf.controlDependencies([w as tf.Tensor], () => tf.add(v.readValue(), value));
    b.add(after, v.value());
  },
  writeRows: (b) => {
    const { r } = b, n = b.dim(), v = b.variable([6, 3]), at = b.places([n], 6), rows = b.get([n, 3]);
    const w = r.pick([tf.scatterAdd, tf.scatterSub, tf.scatterMul])(v, at, rows);
    b.add(tf.controlDependencies([w as tf.Tensor], () => tf.square(v.readValue())));
  },
  readChain: (b) => { const v = b.variable([b.dim()]), a = v.readValue(), w = tf.assignAdd(v, tf.tanh(a)) as tf.Tensor; b.add(a.mul(2), tf.controlDependencies([w], () => v.readValue().mul(2))); },
  conditional: (b) => {
    const { r } = b, x = b.get(b.shape(2)), shape = dimsOf(x), pred = r.bool() ? b.get([], tf.bool) : tf.greater(tf.reduceSum(x), 0), y = b.get(shape);
    b.add(tf.cond(pred, () => tf.tanh(x).mul(y), () => (r.bool() ? x : tf.nn.relu(y.sub(x)))) as tf.Tensor);
  },
  switchMerge: (b) => {
    const x = b.some(), shape = dimsOf(x), [no, yes] = applyOp('Switch', [x, b.get([], tf.bool)]).outputs as readonly [tf.Tensor, tf.Tensor];
    const merged = op1('Merge', [[tf.identity(no), x.dtype.isFloating ? activation(b, yes) : tf.identity(yes)]]);
    merged.setShape(shape);
    b.add(merged);
  },
};

export const OPTIMIZERS: Readonly<Record<string, () => tf.train.Optimizer>> = {
  gradientDescent: () => new tf.train.GradientDescentOptimizer(0.1), momentum: () => new tf.train.MomentumOptimizer(0.1, 0.9), nesterov: () => new tf.train.MomentumOptimizer(0.1, 0.9, { useNesterov: true }),
  adam: () => new tf.train.AdamOptimizer(0.01), rmsProp: () => new tf.train.RMSPropOptimizer(0.01), centered: () => new tf.train.RMSPropOptimizer(0.01, { centered: true, momentum: 0.5 }), adagrad: () => new tf.train.AdagradOptimizer(0.1),
  adadelta: () => new tf.train.AdadeltaOptimizer(0.5), ftrl: () => new tf.train.FtrlOptimizer(0.1, { l1RegularizationStrength: 0.01 }), proximal: () => new tf.train.ProximalGradientDescentOptimizer(0.1, { l2RegularizationStrength: 0.01 }), proximalAdagrad: () => new tf.train.ProximalAdagradOptimizer(0.1),
  adagradDA: () => new tf.train.AdagradDAOptimizer(0.1, tf.train.getOrCreateGlobalStep()),
};
