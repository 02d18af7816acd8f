// Ops that run inside TensorFlow 2.x on a CPU, with the dtypes its kernels take (the union over its kernels' constraints,
// read from TensorFlow 2.16.2's own registry). What is not here runs in steps of the reference kernels: random ops
// (their streams are the session's), strings, CountUpTo (its output has no resource form), Cholesky (2.x does not fail on
// what has none), Digamma and EuclideanNorm (other values at poles and on nothing), Mean of integers (sums and
// counts that wrap, wrap elsewhere), host functions.
import { allDtypes, type DType } from '../../../graph/dtype.ts';
import type { AttrValue } from '../../../graph/node_def.ts';
import type { DeviceNode } from '../engine.ts';

const TYPES: Readonly<Record<string, DType>> = Object.fromEntries(allDtypes().map((d) => [d.name, d]));
const types = (names: string): ReadonlySet<DType> => new Set(names.split(' ').map((n) => TYPES[n]!));

const FLOATS = types('float16 bfloat16 float32 float64');
const REALS = types('float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64');
const NUMBERS = new Set([...REALS, ...types('complex64 complex128')]);
const ANY = new Set([...NUMBERS, ...types('bool')]);
const FIELD = new Set([...FLOATS, ...types('complex64 complex128')]);
const INTS = types('int8 int16 int32 int64 uint8 uint16 uint32 uint64');

/** Dtypes of the first input of each op, and of all others that share its type attr. */
const ROWS: readonly (readonly [ReadonlySet<DType>, string])[] = [
  [ANY, `Identity IdentityN Snapshot StopGradient PreventGradient PlaceholderWithDefault Rank Shape ShapeN Size Squeeze ExpandDims Reshape EnsureShape
    Cast Bitcast ZerosLike OnesLike Transpose ConjugateTranspose Concat ConcatV2 Pack Unpack Split SplitV BroadcastTo Slice StridedSlice StridedSliceGrad Pad PadV2
    MirrorPad Tile Gather GatherV2 GatherNd ReverseV2 Where DynamicPartition Equal NotEqual Select SelectV2`],
  [types('int32 int64 uint8 int8'), 'OneHot'],
  [types('int32'), 'DynamicStitch ParallelDynamicStitch ConcatOffset'],
  [types('int32 int64'), 'Fill ScatterNd SparseToDense InvertPermutation BroadcastGradientArgs BroadcastArgs'],
  [types('bool'), 'LogicalAnd LogicalOr LogicalNot All Any'],
  [NUMBERS, 'AddN AccumulateNV2 AddV2 Sub Mul Div Square BiasAdd BiasAddV1 BiasAddGrad Sum Prod Cumsum Cumprod SegmentSum SegmentProd UnsortedSegmentSum'],
  [types('float16 bfloat16 float32 float64 uint8 int8 int16 int32 int64 complex64 complex128'), 'Add'],
  [REALS, `LeakyRelu LeakyReluGrad TruncateDiv FloorDiv FloorMod Maximum Minimum ReluGrad Relu6Grad Relu Relu6 Less LessEqual Greater GreaterEqual MaxPool MaxPoolGrad
    MaxPoolWithArgmax Max Min SegmentMin SegmentMax ArgMax ArgMin Unique UniqueWithCounts ListDiff`],
  [types('float16 bfloat16 float32 float64 uint8 int8 int16 int32 int64 uint16 complex64 complex128'), 'ClipByValue'],
  [types('float16 bfloat16 float32 float64 int32 int64 complex64 complex128'), 'SquaredDifference'],
  [types('float16 bfloat16 float32 float64 int8 int16 int32 int64'), 'Abs'],
  [types('float16 bfloat16 float32 float64 int32 int64'), 'Round'],
  [types('float32 float64 int32 int64'), 'Mod TruncateMod Range'],
  [types('float16 bfloat16 float32 float64 int8 int16 int32 int64 complex64 complex128'), 'Pow Neg Sign Acos'],
  [types('float16 bfloat16 float32 float64 int16 int32 int64 complex64 complex128'), 'MatMul BatchMatMul BatchMatMulV2'],
  [types('float16 bfloat16 float32 float64 int32'), 'Conv2D'],
  [types('int32'), 'Conv2DBackpropInput'],
  [FIELD, `Mean MulNoNan RealDiv DivNoNan Xdivy Xlogy TanhGrad SigmoidGrad ReciprocalGrad InvGrad SqrtGrad RsqrtGrad Sqrt Rsqrt Reciprocal Inv Exp Expm1 Log Log1p Tanh
    Sigmoid Sin Cos Tan Asin Atan Sinh Cosh Asinh Acosh Atanh`],
  [FLOATS, `CheckNumerics Atan2 EluGrad SeluGrad SoftplusGrad SoftsignGrad Erf Erfc Floor Ceil Elu Selu Softplus Softsign IsNan IsInf IsFinite L2Loss Conv2DBackpropFilter
    DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter AvgPool Softmax LogSoftmax SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits InTopKV2`],
  [types('int32'), 'DepthwiseConv2dNativeBackpropInput AvgPoolGrad'],
  [types('float32 float64'), 'Rint LinSpace Complex'],
  [types('float16 float32 float64'), 'Lgamma'],
  [types('complex64 complex128'), 'Real Imag Angle ComplexAbs Conj'],
  [INTS, 'BitwiseAnd BitwiseOr BitwiseXor Invert'],
  [types('float32 float64 complex64 complex128'), 'MatrixInverse'],
  [ANY, 'Assign AssignVariableOp ScatterUpdate ScatterNdUpdate StridedSliceAssign'],
  [NUMBERS, 'AssignAdd AssignSub ScatterAdd ScatterSub ScatterMul ScatterDiv ScatterNdAdd ScatterNdSub'],
  [REALS, 'ScatterMin ScatterMax'],
  [FIELD, 'ApplyGradientDescent ApplyMomentum ApplyAdam ApplyRMSProp ApplyCenteredRMSProp ApplyAdagrad ApplyAdadelta SparseApplyMomentum SparseApplyAdagrad'],
  [types('float16 float32 float64 complex64 complex128'), 'SparseApplyRMSProp SparseApplyCenteredRMSProp'],
  [FLOATS, 'ApplyFtrl'],
  [types('float16 float32 float64'), 'ApplyAdaMax'],
  [types('float32 float64'), 'ApplyProximalGradientDescent ApplyProximalAdagrad'],
];
/** Updates that TensorFlow makes in place, and has for resources under the same name. */
const UPDATE = /^(Scatter(?!Nd$)|StridedSliceAssign|Apply|SparseApply)/;

const KERNELS = new Map<string, ReadonlySet<DType>>();
for (const [dtypes, ops] of ROWS) {
  for (const op of ops.split(/\s+/)) {
    KERNELS.set(op, dtypes);
    if (UPDATE.test(op)) KERNELS.set(`Resource${op}`, dtypes);
    if (op === 'AssignAdd' || op === 'AssignSub') KERNELS.set(`${op}VariableOp`, dtypes);
  }
}

/** Why the op does not run inside TensorFlow with that first input; undefined when it does. */
export function noNativeKernel(op: string, inputDtypes: readonly DType[]): string | undefined {
  const dtypes = KERNELS.get(op);
  if (!dtypes) return `no kernel for ${op} in the native engine`;
  const first = inputDtypes[0];
  return first === undefined || dtypes.has(first) ? undefined : `TensorFlow's ${op} takes no ${first.name}`;
}

/** Whether a cast takes floats to integers other than int32 and int64: what does not fit wraps in TensorFlow 1.15 and not in 2.x. */
export function isWrappingCast(n: DeviceNode): boolean {
  const to = n.attr['DstT'];
  return n.op === 'Cast' && n.inputDtypes[0]!.isFloating && to?.kind === 'type' && to.value.isInteger && to.value.name !== 'int32' && to.value.name !== 'int64';
}

/** Whether a convolution's filter is larger than its image: oneDNN's kernel gives something, TensorFlow nothing. */
export function isEmptyConv(n: DeviceNode): boolean {
  const [image, filter] = n.inputShapes;
  if (!/^(Conv2D|DepthwiseConv2dNative)$/.test(n.op) || image?.length !== 4 || filter?.length !== 4 || text(n.attr['padding']) !== 'VALID') return false;
  const at = text(n.attr['data_format']) === 'NCHW' ? 2 : 1;
  const d = n.attr['dilations'];
  const dilation = (axis: number): number => (d?.kind === 'list' ? Number(d.value.i?.[axis] ?? 1) : 1);
  return [0, 1].some((k) => (filter[k]! - 1) * dilation(at + k) + 1 > image[at + k]!);
}
const text = (a: AttrValue | undefined): string => (a?.kind === 's' ? String(a.value) : '');

/** Whether an op changes its variables in place (assignments give a value instead). */
export function isUpdate(op: string): boolean { return UPDATE.test(op.replace(/^Resource/, '')); }
/** An update's op on resources. */
export function resourceForm(op: string): string { return op.startsWith('Resource') ? op : `Resource${op}`; }
