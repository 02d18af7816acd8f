// One row for every op with a gradient: inputs to differentiate by and how they make the op. Rows of the same op are
// told apart after a colon.
//
// What TensorFlow 1.15 builds is in three cases not the derivative, and so neither is ours; they have no rows: Atan2 of
// operands that broadcast (the gradients keep the broadcast shape), MatrixInverse with adjoint (the gradient is that of the
// plain inverse), SoftmaxCrossEntropyWithLogits of labels that do not sum to 1.
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../src/ops/op_def_library.ts';

export interface GradientRow {
  /** Shapes of the inputs that are differentiated. */
  readonly shapes: readonly (readonly number[])[];
  readonly build: (x: readonly tf.Tensor[]) => tf.Tensor | readonly tf.Tensor[];
  /** Range of values, where the function is smooth. Default [-2, 2]. */
  readonly range?: readonly [number, number];
  /** Inputs by position whose gradient is None, as in TensorFlow. */
  readonly none?: readonly number[];
  /** What of the inputs' shapes must be known while building: `rank` or `all`. Default: nothing. */
  readonly known?: 'rank' | 'all';
  /** The op has no kernel for float64: it runs in float32 (see `single`), with wider steps and bounds. */
  readonly single?: true;
}

const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
const int = (v: number): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
const longs = (...v: number[] | number[][]): tf.Tensor => tf.constant(v, { dtype: tf.int64 });
type Attrs = Parameters<typeof applyOp>[2];

const unary = (op: string, range?: readonly [number, number], attrs: Attrs = {}): GradientRow => ({ shapes: [[2, 3]], build: ([x]) => op1(op, [x!], attrs), ...(range ? { range } : {}) });
/** Square matrices that are far from singular; whose eigenvalues are far apart. */
const wellConditioned = (a: tf.Tensor): tf.Tensor => a.add(tf.constant([[5, 0], [0, 5]], { dtype: a.dtype }));
const spread = (a: tf.Tensor): tf.Tensor => a.add(tf.constant([[20, 0, 0], [0, 50, 0], [0, 0, 90]], { dtype: a.dtype }));
const flat = (op: string): GradientRow => ({ shapes: [[2, 3]], build: ([x]) => op1(op, [x!]), none: [0] });
const binary = (op: string, range?: readonly [number, number]): Record<string, GradientRow> => {
  const row = (a: number[], b: number[]): GradientRow => ({ shapes: [a, b], build: ([x, y]) => op1(op, [x!, y!]), ...(range ? { range } : {}) });
  return { [op]: row([2, 3], [2, 3]), [`${op}: broadcast`]: row([2, 1, 3], [4, 1]), [`${op}: scalar`]: row([2, 3], []) };
};
const reduction = (op: string, range?: readonly [number, number]): Record<string, GradientRow> => {
  const row = (axis: tf.Tensor | (() => tf.Tensor), keep = false): GradientRow => ({ shapes: [[2, 3, 2]], build: ([x]) => op1(op, [x!, typeof axis === 'function' ? axis() : axis], { keep_dims: keep }), ...(range ? { range } : {}) });
  return { [op]: row(() => ints(1)), [`${op}: all axes`]: row(() => ints(0, 1, 2)), [`${op}: kept`]: row(() => ints(0, -1), true), [`${op}: none`]: row(() => tf.constant([], { dtype: tf.int32 })) };
};
/** ?Grad ops of activations: inputs g and the activation's features or outputs. */
const second = (op: string, attrs: Attrs = {}): GradientRow => ({ shapes: [[2, 3], [2, 3]], build: ([g, y]) => op1(op, [g!, y!], attrs) });

const CONV = { strides: [1, 2, 1, 1], padding: 'SAME', data_format: 'NHWC', dilations: [1, 1, 1, 1] } as const;
const DEPTHWISE = { ...CONV, strides: [1, 2, 2, 1] }, CONV3D = { strides: [1, 1, 2, 2, 1], padding: 'SAME' } as const;
const POOL = { ksize: [1, 2, 3, 1], strides: [1, 2, 1, 1], padding: 'SAME', data_format: 'NHWC' } as const;
const NCHW = { strides: [1, 1, 2, 2], padding: 'VALID', data_format: 'NCHW', dilations: [1, 1, 1, 1] } as const;
const pool = (op: string): Record<string, GradientRow> => ({ [op]: { shapes: [[1, 4, 3, 2]], build: ([x]) => op1(op, [x!], POOL) }, [`${op}: valid`]: { shapes: [[2, 3, 3, 1]], build: ([x]) => op1(op, [x!], { ...POOL, padding: 'VALID' }) } });
/** A row whose op runs in float32. */
const single = (shapes: GradientRow['shapes'], build: (x: readonly tf.Tensor[]) => tf.Tensor, more: Partial<GradientRow> = {}): GradientRow => ({ shapes, build: (x) => tf.cast(build(x.map((t) => tf.cast(t, tf.float32))), tf.float64), single: true, ...more });
const FRACTIONAL = { pooling_ratio: [1, 1.4, 1.7, 1], deterministic: true, seed: 3, seed2: 5 } as const;
const POOL3D = { ksize: [1, 2, 2, 2, 1], strides: [1, 2, 2, 2, 1], padding: 'SAME', data_format: 'NDHWC' } as const;
const pool3d = (op: string): Record<string, GradientRow> => {
  const row = (shape: number[], more: Attrs): GradientRow => single([shape], ([x]) => op1(op, [x!], { ...POOL3D, ...more }));
  return { [op]: row([1, 4, 3, 3, 2], {}), [`${op}: channels first`]: row([1, 2, 3, 2, 2], { ksize: [1, 1, 2, 2, 2], strides: [1, 1, 1, 2, 1], padding: 'VALID', data_format: 'NCDHW' }) };
};
/** The gradient of a pool's gradient by the gradient; by what is pooled it is 0. */
const ofPool = (op: string, gradOp: string): Record<string, GradientRow> => {
  const volume = op.endsWith('3D'), attrs = volume ? POOL3D : POOL, input = volume ? [1, 4, 3, 2, 1] : [1, 4, 3, 2], output = volume ? [1, 2, 2, 1, 1] : [1, 2, 3, 2];
  const build = ([x, g]: readonly tf.Tensor[]): tf.Tensor => op1(gradOp, [tf.stopGradient(x!), tf.stopGradient(op1(op, [x!], attrs)), g!], attrs), shapes = [input, gradOp.endsWith('GradGrad') ? input : output];
  return { [gradOp]: volume ? single(shapes, build, { none: [0] }) : { shapes, build, none: [0] } };
};
const complex = (f: (z: tf.Tensor) => tf.Tensor): GradientRow => ({ shapes: [[2, 3]], build: ([x]) => tf.cast(f(tf.cast(x!, tf.complex128).mul(tf.constant(new tf.NDArray(tf.complex128, [], Float64Array.of(0.5, -1.5))))), tf.float64) });
const spd = (x: tf.Tensor): tf.Tensor => x.add(tf.constant([[4, 0, 0], [0, 5, 0], [0, 0, 6]], { dtype: x.dtype })); // well away from singular

const batchNorm = (op: string): Record<string, GradientRow> => ({
  [op]: single([[2, 2, 3, 2], [2], [2]], (x) => applyOp(op, [...x, [], []]).outputs[0]!),
  [`${op}: of a population`]: single([[2, 2, 3, 2], [2], [2]], (x) => applyOp(op, [...x, [0.5, -1], [0.75, 2]], { is_training: false }).outputs[0]!),
});

/** The gradient's own gradient; mean and variance, constants of this op, are those of the batch. */
const batchNormGrad = (op: string, more: () => readonly tf.Tensor[] = () => []): GradientRow => single([[2, 2, 2, 2], [2, 2, 2, 2], [2]], ([g, x, s]) => {
  const [mean, variance] = tf.nn.moments(tf.stopGradient(x!), [0, 1, 2]);
  return applyOp(op, [g!, x!, s!, mean, variance, ...more()]).outputs[0]!;
}, { known: 'rank' });
const HALF_TURN = (): tf.Tensor => tf.constant(new tf.NDArray(tf.complex128, [], Float64Array.of(0.5, -1.5)));
const partRow = (op: string): GradientRow => ({ shapes: [[2, 3]], build: ([x]) => op1(op, [op1('Cast', [x!], { DstT: tf.complex128 }).mul(HALF_TURN()).add(HALF_TURN())], { Tout: tf.float64 }), range: [0.5, 2] });

export const gradientRows: Readonly<Record<string, GradientRow>> = {
  // --- one input, element by element
  Abs: unary('Abs'), Neg: unary('Neg'), Sign: unary('Sign'), Square: unary('Square'), Sqrt: unary('Sqrt', [0.5, 3]), Rsqrt: unary('Rsqrt', [0.5, 3]), Exp: unary('Exp'), Expm1: unary('Expm1'),
  Log: unary('Log', [0.5, 3]), Log1p: unary('Log1p', [-0.5, 3]), Tanh: unary('Tanh'), Sigmoid: unary('Sigmoid'), Sin: unary('Sin'), Cos: unary('Cos'), Tan: unary('Tan', [-1, 1]), Asin: unary('Asin', [-0.9, 0.9]),
  Acos: unary('Acos', [-0.9, 0.9]), Atan: unary('Atan'), Sinh: unary('Sinh'), Cosh: unary('Cosh'), Asinh: unary('Asinh'), Acosh: unary('Acosh', [1.5, 4]), Atanh: unary('Atanh', [-0.9, 0.9]), Erf: unary('Erf'), Erfc: unary('Erfc'),
  Lgamma: unary('Lgamma', [0.5, 4]), Reciprocal: unary('Reciprocal', [0.5, 3]), Inv: unary('Inv', [0.5, 3]), Relu: unary('Relu'), Relu6: unary('Relu6', [-4, 10]), Elu: unary('Elu'), Selu: unary('Selu'), Softplus: unary('Softplus'),
  Softsign: unary('Softsign'), LeakyRelu: unary('LeakyRelu', [-2, 2], { alpha: 0.3 }), Identity: unary('Identity'), GuaranteeConst: unary('GuaranteeConst'), CheckNumerics: unary('CheckNumerics', [-2, 2], { message: 'm' }),
  EnsureShape: unary('EnsureShape', [-2, 2], { shape: new tf.TensorShape([2, 3]) }), PlaceholderWithDefault: unary('PlaceholderWithDefault', [-2, 2], { shape: new tf.TensorShape(null) }), L2Loss: unary('L2Loss'),
  Floor: flat('Floor'), Ceil: flat('Ceil'), Rint: flat('Rint'), Round: flat('Round'),
  IdentityN: { shapes: [[2], [3]], build: (x) => applyOp('IdentityN', [x]).outputs },
  Cast: { shapes: [[2, 3]], build: ([x]) => op1('Cast', [op1('Cast', [x!], { DstT: tf.complex128 })], { DstT: tf.float64 }) },
  'Cast: to integers': { shapes: [[2, 3]], build: ([x]) => op1('Cast', [op1('Cast', [x!], { DstT: tf.int32 })], { DstT: tf.float64 }), none: [0] },
  Conj: complex((z) => op1('Conj', [z])),
  // --- two inputs
  ...binary('Add'), ...binary('AddV2'), ...binary('Sub'), ...binary('Mul'), ...binary('RealDiv', [0.5, 3]), ...binary('Div', [0.5, 3]), ...binary('DivNoNan', [0.5, 3]), ...binary('Pow', [0.5, 2]), ...binary('Maximum'), ...binary('Minimum'),
  ...binary('SquaredDifference'), Atan2: binary('Atan2', [0.5, 3])['Atan2']!, ...binary('FloorMod', [0.5, 3]),
  FloorDiv: { shapes: [[3], [3]], build: ([x, y]) => op1('FloorDiv', [x!, y!]), none: [0, 1] }, TruncateDiv: { shapes: [[3], [3]], build: ([x, y]) => op1('TruncateDiv', [op1('Cast', [x!], { DstT: tf.int32 }), op1('Cast', [y!], { DstT: tf.int32 })]), range: [2, 6], none: [0, 1] },
  AddN: { shapes: [[2, 3], [2, 3], [2, 3]], build: (x) => op1('AddN', [x]) }, AccumulateNV2: { shapes: [[2, 3], [2, 3]], build: (x) => op1('AccumulateNV2', [x], { shape: new tf.TensorShape([2, 3]) }) },
  Select: { shapes: [[2, 3], [2, 3]], build: ([x, y]) => op1('Select', [tf.constant([[true, false, true], [false, false, true]]), x!, y!]) }, 'Select: rows': { shapes: [[2, 3], [2, 3]], build: ([x, y]) => op1('Select', [tf.constant([true, false]), x!, y!]) },
  SelectV2: { shapes: [[2, 3], [1]], build: ([x, y]) => op1('SelectV2', [tf.constant([[true], [false]]), x!, y!]) },
  // --- gradients of gradients
  TanhGrad: second('TanhGrad'), SigmoidGrad: second('SigmoidGrad'), SqrtGrad: { ...second('SqrtGrad'), range: [0.5, 2] }, RsqrtGrad: { ...second('RsqrtGrad'), range: [0.5, 2] }, ReciprocalGrad: { ...second('ReciprocalGrad'), range: [0.5, 2] }, InvGrad: { ...second('InvGrad'), range: [0.5, 2] },
  ReluGrad: second('ReluGrad'), Relu6Grad: second('Relu6Grad'), EluGrad: { ...second('EluGrad'), range: [-0.9, 2] }, SoftplusGrad: second('SoftplusGrad'), LeakyReluGrad: second('LeakyReluGrad', { alpha: 0.3 }), BiasAddGrad: { shapes: [[2, 2, 3]], build: ([g]) => op1('BiasAddGrad', [g!]) }, 'BiasAddGrad: NCHW': { shapes: [[2, 3, 2, 1]], build: ([g]) => op1('BiasAddGrad', [g!], { data_format: 'NCHW' }) },
  StridedSliceGrad: { shapes: [[1, 2]], build: ([g]) => op1('StridedSliceGrad', [ints(2, 4), ints(1, 0), ints(2, 4), ints(1, 2), g!]) },
  AvgPoolGrad: { shapes: [[1, 2, 3, 2]], build: ([g]) => op1('AvgPoolGrad', [ints(1, 4, 3, 2), g!], POOL) },
  Conv2DBackpropInput: { shapes: [[2, 2, 2, 3], [1, 2, 4, 3]], build: ([w, g]) => op1('Conv2DBackpropInput', [ints(1, 4, 4, 2), w!, g!], CONV) },
  Conv2DBackpropFilter: { shapes: [[1, 4, 4, 2], [1, 2, 4, 3]], build: ([x, g]) => op1('Conv2DBackpropFilter', [x!, ints(2, 2, 2, 3), g!], CONV) },
  // --- reductions and scans
  ...reduction('Sum'), ...reduction('Mean'), ...reduction('Prod', [0.5, 2]), ...reduction('Max'), ...reduction('Min'),
  Cumsum: { shapes: [[2, 3]], build: ([x]) => op1('Cumsum', [x!, int(1)]) }, 'Cumsum: exclusive, backwards': { shapes: [[2, 3]], build: ([x]) => op1('Cumsum', [x!, int(0)], { exclusive: true, reverse: true }) },
  Cumprod: { shapes: [[2, 3]], build: ([x]) => op1('Cumprod', [x!, int(1)]), range: [0.5, 2] }, 'Cumprod: exclusive, backwards': { shapes: [[2, 3]], build: ([x]) => op1('Cumprod', [x!, int(1)], { exclusive: true, reverse: true }), range: [0.5, 2] },
  ArgMax: { shapes: [[2, 3]], build: ([x]) => op1('Cast', [op1('ArgMax', [x!, int(1)])], { DstT: tf.float64 }), none: [0] }, ArgMin: { shapes: [[2, 3]], build: ([x]) => op1('Cast', [op1('ArgMin', [x!, int(0)])], { DstT: tf.float64 }), none: [0] },
  SegmentSum: { shapes: [[4, 2]], build: ([x]) => op1('SegmentSum', [x!, ints(0, 0, 2, 2)]) }, UnsortedSegmentSum: { shapes: [[4, 2]], build: ([x]) => op1('UnsortedSegmentSum', [x!, ints(2, 0, -1, 2), int(3)]) },
  // --- products
  MatMul: { shapes: [[2, 3], [3, 2]], build: ([a, b]) => op1('MatMul', [a!, b!]) },
  ...Object.fromEntries([[true, false], [false, true], [true, true]].map(([ta, tb]) => [`MatMul: ${ta ? 'a' : ''}${tb ? 'b' : ''} transposed`, { shapes: [ta ? [3, 2] : [2, 3], tb ? [2, 3] : [3, 2]], build: ([a, b]) => op1('MatMul', [a!, b!], { transpose_a: ta!, transpose_b: tb! }) } satisfies GradientRow])),
  BatchMatMul: { shapes: [[2, 2, 3], [2, 3, 2]], build: ([a, b]) => op1('BatchMatMul', [a!, b!]) }, 'BatchMatMul: adjoint': { shapes: [[2, 3, 2], [2, 2, 3]], build: ([a, b]) => op1('BatchMatMul', [a!, b!], { adj_x: true, adj_y: true }) },
  BatchMatMulV2: { shapes: [[2, 1, 2, 3], [2, 3, 2]], build: ([a, b]) => op1('BatchMatMulV2', [a!, b!]) }, MatrixInverse: { shapes: [[3, 3]], build: ([x]) => op1('MatrixInverse', [spd(x!)]), range: [-1, 1] },
  // --- networks
  BiasAdd: { shapes: [[2, 2, 3], [3]], build: ([x, b]) => op1('BiasAdd', [x!, b!]) }, 'BiasAdd: NCHW': { shapes: [[2, 3, 2, 1], [3]], build: ([x, b]) => op1('BiasAdd', [x!, b!], { data_format: 'NCHW' }) },
  Conv2D: { shapes: [[1, 4, 4, 2], [2, 2, 2, 3]], build: ([x, w]) => op1('Conv2D', [x!, w!], CONV) }, 'Conv2D: dilated': { shapes: [[1, 5, 5, 1], [2, 2, 1, 2]], build: ([x, w]) => op1('Conv2D', [x!, w!], { ...CONV, strides: [1, 1, 1, 1], padding: 'VALID', dilations: [1, 2, 2, 1] }) }, 'Conv2D: NCHW': { shapes: [[1, 2, 5, 4], [2, 2, 2, 3]], build: ([x, w]) => op1('Conv2D', [x!, w!], NCHW) },
  DepthwiseConv2dNative: { shapes: [[1, 4, 4, 2], [2, 2, 2, 2]], build: ([x, w]) => op1('DepthwiseConv2dNative', [x!, w!], { ...CONV, strides: [1, 2, 2, 1] }) },
  DepthwiseConv2dNativeBackpropInput: { shapes: [[2, 2, 2, 2], [1, 2, 2, 4]], build: ([w, g]) => op1('DepthwiseConv2dNativeBackpropInput', [ints(1, 4, 4, 2), w!, g!], DEPTHWISE) },
  DepthwiseConv2dNativeBackpropFilter: { shapes: [[1, 4, 4, 2], [1, 2, 2, 4]], build: ([x, g]) => op1('DepthwiseConv2dNativeBackpropFilter', [x!, ints(2, 2, 2, 2), g!], DEPTHWISE) },
  Conv3D: { shapes: [[1, 3, 2, 4, 2], [2, 2, 2, 2, 2]], build: ([x, w]) => op1('Conv3D', [x!, w!], CONV3D) }, 'Conv3D: dilated, channels first': { shapes: [[1, 1, 4, 5, 3], [2, 2, 2, 1, 2]], build: ([x, w]) => op1('Conv3D', [x!, w!], { strides: [1, 1, 1, 2, 1], padding: 'VALID', data_format: 'NCDHW', dilations: [1, 1, 2, 1, 2] }) },
  Conv3DBackpropInputV2: { shapes: [[2, 2, 2, 2, 2], [1, 3, 1, 2, 2]], build: ([w, g]) => op1('Conv3DBackpropInputV2', [ints(1, 3, 2, 4, 2), w!, g!], CONV3D) },
  Conv3DBackpropFilterV2: { shapes: [[1, 3, 2, 4, 2], [1, 3, 1, 2, 2]], build: ([x, g]) => op1('Conv3DBackpropFilterV2', [x!, ints(2, 2, 2, 2, 2), g!], CONV3D) },
  ResizeBilinear: single([[2, 3, 4, 2]], ([x]) => op1('ResizeBilinear', [x!, ints(5, 3)])),
  ResizeNearestNeighbor: { shapes: [[2, 3, 4, 2]], build: ([x]) => op1('ResizeNearestNeighbor', [x!, ints(5, 3)], { half_pixel_centers: true }) },
  FractionalMaxPool: { shapes: [[1, 5, 6, 2]], build: ([x]) => applyOp('FractionalMaxPool', [x!], FRACTIONAL).outputs[0]! }, 'FractionalMaxPool: overlapping': { shapes: [[1, 5, 6, 2]], build: ([x]) => applyOp('FractionalMaxPool', [x!], { ...FRACTIONAL, overlapping: true, pseudo_random: true }).outputs[0]! },
  FractionalAvgPool: { shapes: [[2, 5, 6, 1]], build: ([x]) => applyOp('FractionalAvgPool', [x!], FRACTIONAL).outputs[0]!, known: 'all' },
  ResizeBicubic: single([[2, 3, 4, 2]], ([x]) => op1('ResizeBicubic', [x!, ints(5, 3)])), 'ResizeBicubic: half pixels': single([[1, 3, 4, 1]], ([x]) => op1('ResizeBicubic', [x!, ints(5, 3)], { half_pixel_centers: true })),
  ScaleAndTranslate: single([[1, 4, 3, 2]], ([x]) => op1('ScaleAndTranslate', [x!, ints(3, 5), tf.constant([0.75, 1.5]), tf.constant([0.25, -0.5])], { kernel_type: 'gaussian' })),
  CropAndResize: single([[2, 4, 5, 2], [3, 4]], ([x, d]) => op1('CropAndResize', [x!, op1('Tanh', [d!]).mul(0.01).add(tf.constant([[0.13, 0.22, 0.83, 0.91], [0.71, 0.12, 0.31, 0.63], [0.27, 0.37, 0.57, 0.77]])), ints(1, 0, 1), ints(3, 4)])),
  RGBToHSV: single([[4, 3]], ([x]) => op1('RGBToHSV', [op1('Tanh', [x!]).mul(0.04).add(tf.constant([[0.3, 0.5, 0.8], [0.9, 0.6, 0.4], [0.2, 0.7, 0.45], [0.65, 0.25, 0.85]]))])),
  ExtractImagePatches: { shapes: [[2, 4, 5, 2]], build: ([x]) => op1('ExtractImagePatches', [x!], { ksizes: [1, 2, 3, 1], strides: [1, 2, 1, 1], rates: [1, 1, 2, 1], padding: 'SAME' }) },
  ExtractVolumePatches: { shapes: [[1, 3, 2, 4, 2]], build: ([x]) => op1('ExtractVolumePatches', [x!], { ksizes: [1, 2, 1, 3, 1], strides: [1, 1, 1, 2, 1], padding: 'SAME' }), known: 'all' },
  LRN: single([[1, 2, 1, 4]], ([x]) => op1('LRN', [x!], { depth_radius: 1, bias: 1.5, alpha: 0.5, beta: 0.75 })),
  Dilation2D: { shapes: [[1, 4, 4, 2], [2, 2, 2]], build: ([x, f]) => op1('Dilation2D', [x!, f!], { strides: [1, 2, 1, 1], rates: [1, 1, 2, 1], padding: 'SAME' }) },
  ...batchNorm('FusedBatchNorm'), ...batchNorm('FusedBatchNormV2'), ...batchNorm('FusedBatchNormV3'), FusedBatchNormGrad: batchNormGrad('FusedBatchNormGrad'), FusedBatchNormGradV2: batchNormGrad('FusedBatchNormGradV2'), FusedBatchNormGradV3: batchNormGrad('FusedBatchNormGradV3', () => [tf.constant(0)]), 'FusedBatchNormV3: NCHW': single([[2, 2, 1, 3], [2]], ([x, s]) => applyOp('FusedBatchNormV3', [x!, s!, [1, 2], [], []], { data_format: 'NCHW' }).outputs[0]!, { known: 'rank' }),
  ...Object.fromEntries([true, false].map((scaled) => [`BatchNormWithGlobalNormalization${scaled ? '' : ': without gamma'}`, { shapes: [[2, 1, 3, 2], [2], [2], [2], [2]], range: [0.5, 2], build: (x) => op1('BatchNormWithGlobalNormalization', x, { variance_epsilon: 0.01, scale_after_normalization: scaled }) } satisfies GradientRow])),
  ...pool('MaxPool'), ...pool('AvgPool'), ...pool3d('MaxPool3D'), ...pool3d('AvgPool3D'), ...ofPool('MaxPool', 'MaxPoolGrad'), ...ofPool('MaxPool', 'MaxPoolGradGrad'), ...ofPool('MaxPool3D', 'MaxPool3DGrad'), ...ofPool('MaxPool3D', 'MaxPool3DGradGrad'),
  AvgPool3DGrad: single([[1, 2, 2, 2, 1]], ([g]) => op1('AvgPool3DGrad', [ints(1, 4, 3, 3, 1), g!], POOL3D)),
  MaxPoolV2: { shapes: [[1, 4, 3, 2]], build: ([x]) => op1('MaxPoolV2', [x!, ints(1, 2, 3, 1), ints(1, 2, 1, 1)], { padding: 'SAME' }) },
  MaxPoolGradV2: { shapes: [[1, 4, 3, 2], [1, 2, 3, 2]], build: ([x, g]) => op1('MaxPoolGradV2', [tf.stopGradient(x!), tf.stopGradient(op1('MaxPool', [x!], POOL)), g!, ints(1, 2, 3, 1), ints(1, 2, 1, 1)], { padding: 'SAME' }), none: [0] },
  MaxPoolWithArgmax: { shapes: [[2, 4, 3, 2]], build: ([x]) => applyOp('MaxPoolWithArgmax', [x!], { ksize: POOL.ksize, strides: POOL.strides, padding: 'SAME' }).outputs[0]! }, Softmax: unary('Softmax'), LogSoftmax: unary('LogSoftmax'),
  SoftmaxCrossEntropyWithLogits: { shapes: [[2, 3], [2, 3]], build: ([x, y]) => applyOp('SoftmaxCrossEntropyWithLogits', [x!, op1('Softmax', [y!])]).outputs[0]! }, // its gradient supposes labels that sum to 1
  SparseSoftmaxCrossEntropyWithLogits: { shapes: [[2, 3]], build: ([x]) => applyOp('SparseSoftmaxCrossEntropyWithLogits', [x!, ints(2, 0)]).outputs[0]! },
  // --- shapes and moves
  Reshape: { shapes: [[2, 3]], build: ([x]) => op1('Reshape', [x!, ints(3, -1)]) }, ExpandDims: { shapes: [[2, 3]], build: ([x]) => op1('ExpandDims', [x!, int(1)]) }, Squeeze: { shapes: [[2, 1, 3]], build: ([x]) => op1('Squeeze', [x!], { squeeze_dims: [1] }) },
  Transpose: { shapes: [[2, 3, 2]], build: ([x]) => op1('Transpose', [x!, ints(2, 0, 1)]) }, ConjugateTranspose: complex((z) => op1('ConjugateTranspose', [z, ints(1, 0)])), BroadcastTo: { shapes: [[2, 1]], build: ([x]) => op1('BroadcastTo', [x!, ints(3, 2, 2)]) },
  Fill: { shapes: [[]], build: ([x]) => op1('Fill', [ints(2, 3), x!]) }, Tile: { shapes: [[2, 3]], build: ([x]) => op1('Tile', [x!, ints(2, 3)]), known: 'rank' }, ReverseV2: { shapes: [[2, 3]], build: ([x]) => op1('ReverseV2', [x!, ints(0, 1)]) },
  Concat: { shapes: [[2, 1], [2, 3]], build: (x) => op1('Concat', [int(1), x]) }, ConcatV2: { shapes: [[2, 1], [2, 3]], build: (x) => op1('ConcatV2', [x, int(-1)]) }, 'ConcatV2: of sparse gradients': { shapes: [[2, 3], [3, 3]], build: (x) => op1('ConcatV2', [x.map((t) => op1('GatherV2', [t, ints(1, 0, 1), int(0)])), int(0)]) },
  Pack: { shapes: [[2, 3], [2, 3]], build: (x) => op1('Pack', [x], { axis: 1 }) }, Unpack: { shapes: [[2, 3]], build: ([x]) => applyOp('Unpack', [x!], { axis: 1, num: 3 }).outputs.slice(1) }, Split: { shapes: [[2, 4]], build: ([x]) => applyOp('Split', [int(1), x!], { num_split: 2 }).outputs.slice(1) }, SplitV: { shapes: [[2, 4]], build: ([x]) => applyOp('SplitV', [x!, ints(1, 3), int(1)], { num_split: 2 }).outputs },
  Slice: { shapes: [[3, 4]], build: ([x]) => op1('Slice', [x!, ints(1, 0), ints(2, -1)]) }, StridedSlice: { shapes: [[3, 4]], build: ([x]) => [x!.at([null, null, -2], 1), x!.at(tf.newaxis, 2, [0, 3, 2]), x!.at(tf.ellipsis, -1)] },
  Pad: { shapes: [[2, 3]], build: ([x]) => op1('Pad', [x!, tf.constant([[1, 0], [0, 2]], { dtype: tf.int32 })]) }, PadV2: { shapes: [[2, 3]], build: ([x]) => op1('PadV2', [x!, tf.constant([[1, 0], [0, 2]], { dtype: tf.int32 }), tf.constant(3, { dtype: tf.float64 })]) },
  MirrorPad: { shapes: [[3, 2]], build: ([x]) => op1('MirrorPad', [x!, tf.constant([[1, 2], [0, 1]], { dtype: tf.int32 })], { mode: 'REFLECT' }) }, 'MirrorPad: symmetric': { shapes: [[3, 2]], build: ([x]) => op1('MirrorPad', [x!, tf.constant([[1, 2], [0, 1]], { dtype: tf.int32 })], { mode: 'SYMMETRIC' }) },
  MirrorPadGrad: { shapes: [[6, 3]], build: ([x]) => op1('MirrorPadGrad', [x!, tf.constant([[1, 2], [0, 1]], { dtype: tf.int32 })], { mode: 'SYMMETRIC' }) },
  SegmentMean: { shapes: [[4, 2]], build: ([x]) => op1('SegmentMean', [x!, ints(0, 0, 2, 2)]) }, SegmentMin: { shapes: [[4, 2]], build: ([x]) => op1('SegmentMin', [x!, ints(0, 0, 2, 2)]) }, SegmentMax: { shapes: [[4, 2]], build: ([x]) => op1('SegmentMax', [x!, ints(0, 0, 2, 2)]) },
  ...Object.fromEntries(['Prod', 'Min', 'Max'].map((k): [string, GradientRow] => [`UnsortedSegment${k}`, { shapes: [[4, 2]], build: ([x]) => op1(`UnsortedSegment${k}`, [x!, ints(1, 0, -1, 1), int(2)]), known: 'rank' }])),
  ...Object.fromEntries(['Sum', 'Mean', 'SqrtN'].flatMap((k): [string, GradientRow][] => [
    [`SparseSegment${k}`, { shapes: [[4, 2]], build: ([x]) => op1(`SparseSegment${k}`, [x!, ints(3, 0, 0), ints(0, 0, 1)]) }],
    [`SparseSegment${k}WithNumSegments`, { shapes: [[4, 2]], build: ([x]) => op1(`SparseSegment${k}WithNumSegments`, [x!, ints(3, 0, 0), ints(0, 0, 1), int(3)]) }],
  ])),
  ...Object.fromEntries(['Update', 'Add', 'Sub'].map((k): [string, GradientRow] => [`TensorScatter${k}`, { shapes: [[4, 2], [2, 2]], build: ([x, u]) => op1(`TensorScatter${k}`, [x!, tf.constant([[2], [0]], { dtype: tf.int32 }), u!]) }])),
  TopKV2: { shapes: [[2, 5]], build: ([x]) => applyOp('TopKV2', [x!, int(2)]).outputs[0]! }, TopK: { shapes: [[2, 5]], build: ([x]) => applyOp('TopK', [x!], { k: 2 }).outputs[0]! },
  Roll: { shapes: [[3, 4]], build: ([x]) => op1('Roll', [x!, ints(1, -1), ints(0, 1)]) }, ReverseSequence: { shapes: [[2, 3]], build: ([x]) => op1('ReverseSequence', [x!, ints(2, 3)], { seq_dim: 1, batch_dim: 0 }), known: 'rank' },
  SpaceToBatchND: { shapes: [[1, 3, 2]], build: ([x]) => op1('SpaceToBatchND', [x!, ints(2), tf.constant([[1, 0]], { dtype: tf.int32 })]) }, BatchToSpaceND: { shapes: [[2, 2, 2]], build: ([x]) => op1('BatchToSpaceND', [x!, ints(2), tf.constant([[1, 0]], { dtype: tf.int32 })]) },
  SpaceToBatch: { shapes: [[1, 3, 2, 1]], build: ([x]) => op1('SpaceToBatch', [x!, tf.constant([[1, 0], [0, 0]], { dtype: tf.int32 })], { block_size: 2 }) }, BatchToSpace: { shapes: [[4, 2, 1, 1]], build: ([x]) => op1('BatchToSpace', [x!, tf.constant([[1, 0], [0, 0]], { dtype: tf.int32 })], { block_size: 2 }) },
  SpaceToDepth: { shapes: [[1, 2, 4, 1]], build: ([x]) => op1('SpaceToDepth', [x!], { block_size: 2 }) }, DepthToSpace: { shapes: [[1, 1, 2, 4]], build: ([x]) => op1('DepthToSpace', [x!], { block_size: 2 }) },
  MatrixDiag: { shapes: [[2, 3]], build: ([x]) => op1('MatrixDiag', [x!]) }, MatrixDiagPart: { shapes: [[2, 3, 2]], build: ([x]) => op1('MatrixDiagPart', [x!]) }, 'MatrixDiagPart: square': { shapes: [[2, 3, 3]], build: ([x]) => op1('MatrixDiagPart', [x!]), known: 'all' },
  MatrixSetDiag: { shapes: [[2, 3, 2], [2, 2]], build: ([x, y]) => op1('MatrixSetDiag', [x!, y!]) }, MatrixBandPart: { shapes: [[3, 3]], build: ([x]) => op1('MatrixBandPart', [x!, tf.constant(1, { dtype: tf.int64 }), tf.constant(0, { dtype: tf.int64 })]) },
  NextAfter: { shapes: [[2, 3], [3]], build: ([x, y]) => op1('NextAfter', [x!, y!]) },
  ScatterNdNonAliasingAdd: { shapes: [[4, 2], [3, 2]], build: ([x, u]) => op1('ScatterNdNonAliasingAdd', [x!, tf.constant([[2], [0], [2]], { dtype: tf.int32 }), u!]) },
  Gather: { shapes: [[3, 2]], build: ([x]) => op1('Gather', [x!, ints(2, 0, 2)]) }, GatherV2: { shapes: [[3, 2]], build: ([x]) => op1('GatherV2', [x!, ints(2, 0, 2), int(0)]) }, 'GatherV2: along an axis': { shapes: [[2, 3, 2]], build: ([x]) => op1('GatherV2', [x!, tf.constant([[2, 0], [1, 2]], { dtype: tf.int32 }), int(1)]) }, GatherNd: { shapes: [[3, 2]], build: ([x]) => op1('GatherNd', [x!, tf.constant([[2, 1], [0, 0], [2, 1]], { dtype: tf.int32 })]) },
  ScatterNd: { shapes: [[2, 3]], build: ([x]) => op1('ScatterNd', [tf.constant([[2], [0]], { dtype: tf.int32 }), x!, ints(4, 3)]) }, SparseToDense: { shapes: [[2], []], build: ([x, d]) => op1('SparseToDense', [tf.constant([[0, 1], [1, 0]], { dtype: tf.int32 }), ints(2, 2), x!, d!]) },
  DynamicPartition: { shapes: [[4, 2]], build: ([x]) => applyOp('DynamicPartition', [x!, ints(1, 0, 1, 1)], { num_partitions: 2 }).outputs }, DynamicStitch: { shapes: [[2, 2], [2, 2]], build: (x) => op1('DynamicStitch', [[ints(0, 2), ints(1, 3)], x]) }, ParallelDynamicStitch: { shapes: [[2, 2], [2, 2]], build: (x) => op1('ParallelDynamicStitch', [[ints(0, 2), ints(1, 3)], x]) },
  // --- diagonals, blocks, order
  Diag: { shapes: [[3]], build: ([x]) => op1('Diag', [x!]) }, DiagPart: { shapes: [[2, 3, 2, 3]], build: ([x]) => op1('DiagPart', [x!]) },
  Cross: { shapes: [[2, 3], [2, 3]], build: ([a, b]) => op1('Cross', [a!, b!]) },
  Digamma: unary('Digamma', [0.5, 3]), Polygamma: { shapes: [[3]], build: ([x]) => op1('Polygamma', [tf.constant(1, { dtype: x!.dtype }), x!]), range: [0.5, 3] },
  // --- complex numbers
  Complex: { shapes: [[2, 3], [3]], build: ([x, y]) => op1('Cast', [op1('Complex', [x!, y!], { Tout: tf.complex128 }).mul(HALF_TURN())], { DstT: tf.float64 }) }, Real: partRow('Real'), Imag: partRow('Imag'), ComplexAbs: partRow('ComplexAbs'), Angle: partRow('Angle'),
  // --- safe at zero, gamma
  ...binary('Xlogy', [0.5, 3]), ...binary('Xdivy', [0.5, 3]), ...binary('MulNoNan'), Zeta: { shapes: [[3]], build: ([q]) => op1('Zeta', [tf.constant(2.5, { dtype: q!.dtype }), q!]), range: [0.5, 3] },
  MatrixDeterminant: { shapes: [[2, 3, 3]], build: ([x]) => op1('MatrixDeterminant', [x!]) },
  LogMatrixDeterminant: { shapes: [[2, 2]], build: ([x]) => applyOp('LogMatrixDeterminant', [x!.add(tf.constant([[4, 0], [0, 4]], { dtype: x!.dtype }))]).outputs[1]! },
  MatrixSolve: { shapes: [[2, 2], [2, 3]], build: ([a, b]) => op1('MatrixSolve', [wellConditioned(a!), b!], { adjoint: false }) },
  'MatrixSolve:adjoint': { shapes: [[2, 2], [2, 3]], build: ([a, b]) => op1('MatrixSolve', [wellConditioned(a!), b!], { adjoint: true }) },
  MatrixTriangularSolve: { shapes: [[2, 2], [2, 3]], build: ([a, b]) => op1('MatrixTriangularSolve', [wellConditioned(a!), b!], { lower: true, adjoint: false }) },
  'MatrixTriangularSolve:upper': { shapes: [[2, 2], [2, 3]], build: ([a, b]) => op1('MatrixTriangularSolve', [wellConditioned(a!), b!], { lower: false, adjoint: true }) },
  MatrixSolveLs: { shapes: [[3, 2], [3, 1]], build: ([a, b]) => op1('MatrixSolveLs', [a!, b!, tf.constant(0.5, { dtype: tf.float64 })], { fast: true }), known: 'all' },
  'MatrixSolveLs:wide': { shapes: [[2, 3], [2, 1]], build: ([a, b]) => op1('MatrixSolveLs', [a!, b!, tf.constant(0.5, { dtype: tf.float64 })], { fast: true }), known: 'all' },
  Cholesky: { shapes: [[2, 2]], build: ([a]) => op1('Cholesky', [wellConditioned(tf.matmul(a!, a!, { transposeB: true }))]) },
  Qr: { shapes: [[3, 2]], build: ([a]) => applyOp('Qr', [a!], { full_matrices: false }).outputs, known: 'all' },
  SelfAdjointEigV2: { shapes: [[3, 3]], build: ([a]) => applyOp('SelfAdjointEigV2', [spread(a!.add(tf.matrixTranspose(a!)))], { compute_v: true }).outputs },
  'SelfAdjointEigV2:values': { shapes: [[3, 3]], build: ([a]) => applyOp('SelfAdjointEigV2', [spread(a!.add(tf.matrixTranspose(a!)))], { compute_v: false }).outputs[0]! },
  Svd: { shapes: [[3, 3]], build: ([a]) => { const [s, u, v] = applyOp('Svd', [spread(a!)], { compute_uv: true, full_matrices: false }).outputs; return [s!, tf.square(u!), tf.square(v!)]; }, known: 'all' },
  'Svd:values': { shapes: [[2, 3]], build: ([a]) => applyOp('Svd', [a!], { compute_uv: false, full_matrices: false }).outputs[0]! },
  SparseSoftmax: { shapes: [[4]], build: ([v]) => op1('SparseSoftmax', [longs([0, 0], [0, 2], [1, 1], [1, 2]), v!, longs(2, 3)]) },
  SparseMatMul: single([[2, 3], [3, 2]], ([a, b]) => op1('SparseMatMul', [a!, b!])),
  'SparseMatMul:both': single([[3, 2], [2, 3]], ([a, b]) => op1('SparseMatMul', [a!, b!], { transpose_a: true, transpose_b: true, b_is_sparse: true })),
  ...Object.fromEntries(['FFT', 'IFFT', 'FFT2D', 'IFFT2D', 'FFT3D', 'IFFT3D'].map((op): [string, GradientRow] => [op, { shapes: [[2, 2, 3], [2, 2, 3]], build: ([a, b]) => { const out = op1(op, [tf.complex(a!, b!)]); return [tf.real(out), tf.imag(out)]; } }])),
  RFFT: single([[2, 5]], ([x]) => tf.real(op1('RFFT', [x!, ints(5)]))), 'RFFT:even': single([[2, 4]], ([x]) => tf.imag(op1('RFFT', [x!, ints(4)]))), RFFT2D: single([[3, 4]], ([x]) => tf.real(op1('RFFT2D', [x!, ints(3, 4)]))),
  IRFFT: single([[2, 3], [2, 3]], ([a, b]) => op1('IRFFT', [tf.complex(a!, b!), ints(5)])), IRFFT2D: single([[2, 3], [2, 3]], ([a, b]) => op1('IRFFT2D', [tf.complex(a!, b!), ints(2, 5)])),
  BesselI0e: unary('BesselI0e', [0.5, 3]), BesselI1e: unary('BesselI1e', [0.5, 3]), CumulativeLogsumexp: { shapes: [[2, 3]], build: ([x]) => op1('CumulativeLogsumexp', [x!, int(1)], { exclusive: false, reverse: false }) },
  Igamma: { shapes: [[3], [3]], build: ([a, x]) => op1('Igamma', [a!, x!]), range: [0.5, 3] }, Igammac: { shapes: [[3], [3]], build: ([a, x]) => op1('Igammac', [a!, x!]), range: [0.5, 3] },
  Betainc: { shapes: [[3]], build: ([x]) => op1('Betainc', [tf.constant([1.5, 2, 0.7], { dtype: x!.dtype }), tf.constant([2, 0.8, 1], { dtype: x!.dtype }), x!]), range: [0.2, 0.8] },
  // --- sparse tensors
  SparseReorder: { shapes: [[3]], build: ([v]) => applyOp('SparseReorder', [longs([1, 0], [0, 1], [0, 0]), v!, longs(2, 2)]).outputs[1]! },
  SparseSlice: { shapes: [[3]], build: ([v]) => applyOp('SparseSlice', [longs([0, 0], [0, 2], [1, 1]), v!, longs(2, 3), longs(0, 1), longs(2, 2)]).outputs[1]! },
  SparseAdd: { shapes: [[2], [2]], build: ([a, b]) => applyOp('SparseAdd', [longs([0, 0], [1, 1]), a!, longs(2, 2), longs([0, 1], [1, 1]), b!, longs(2, 2), tf.constant(0, { dtype: a!.dtype })]).outputs[1]! },
  SparseTensorDenseAdd: { shapes: [[2], [2, 2]], build: ([a, b]) => op1('SparseTensorDenseAdd', [longs([0, 0], [1, 1]), a!, longs(2, 2), b!]) },
  SparseFillEmptyRows: { shapes: [[2], []], build: ([v, d]) => applyOp('SparseFillEmptyRows', [longs([0, 0], [2, 1]), v!, longs(4, 2), d!]).outputs[1]! },
  SparseReduceSum: { shapes: [[3]], build: ([v]) => op1('SparseReduceSum', [longs([0, 0], [0, 2], [1, 1]), v!, longs(2, 3), ints(1)]) },
  SparseTensorDenseMatMul: { shapes: [[3], [3, 2]], build: ([v, b]) => op1('SparseTensorDenseMatMul', [longs([0, 0], [0, 2], [1, 1]), v!, longs(2, 3), b!]) },
  'SparseTensorDenseMatMul: adjoint': { shapes: [[3], [2, 2]], build: ([v, b]) => op1('SparseTensorDenseMatMul', [longs([0, 0], [0, 2], [1, 1]), v!, longs(2, 3), b!], { adjoint_a: true, adjoint_b: true }) },
};

/** Ops with a gradient that no row can test, with the reason; it must still hold. */
export const untested: Readonly<Record<string, { readonly why: string; readonly missing?: string }>> = {
  RandomGamma: { why: 'other samples are drawn at another alpha: its gradient is that of the distribution function at the samples (golden dist_scalar)' },
  PreventGradient: { why: 'its gradient function refuses' },
  SparseSparseMaximum: { why: 'its gradient function refuses' }, SparseSparseMinimum: { why: 'its gradient function refuses' }, SparseDenseCwiseAdd: { why: 'its gradient function refuses' },
  Print: { why: 'writes to standard error; its gradient passes on, as that of Identity' },
};
