// Pooling over one, two or three spatial axes and its gradients. Follows python/ops/nn_ops.py, nn_grad.py and MaxPoolShape,
// MaxPoolV2Shape, Pool3DShape in core/framework/common_shape_fns.cc (1.15).
import { type DType, int64 } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { expandDims, shape as shapeOf, squeeze, stopGradient, zeros } from './array_ops.ts';
import { inScope } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { windowedSize } from './nn_conv.ts';
import { applyOp, type AttrInput, op1 } from './op_def_library.ts';
import { defineOp, type GradFn } from './registry.ts';
import { intsOf } from './shape_fns.ts';
import type { ShapeContext } from './shape_inference.ts';
import { isChannelsFirst, sequenceOf } from './spatial.ts';

// --- shapes

/** The pooled shape of input 0; channels are pooled too where `ksize` says so. */
function pooled(c: ShapeContext, rank: number, ksize: readonly number[], strides: readonly number[], what: string): TensorShape {
  const x = c.withRank(c.input(0), rank).dims!;
  if (strides.length !== rank) c.fail(`${what} the stride attribute to contain ${rank} values, but got: ${strides.length}`);
  if (ksize.length !== rank) c.fail(`${what.replace('3D ops require', '3D requires')} the ksize attribute to contain ${rank} values, but got: ${ksize.length}`);
  return new TensorShape(x.map((d, i): Dim => (i === 0 ? d : windowedSize(c, d, ksize[i]!, strides[i]!, 1, c.str('padding')))));
}
const poolShape = (c: ShapeContext): TensorShape[] => [pooled(c, 4, c.ints('ksize'), c.ints('strides'), `${c.op.type.startsWith('Avg') ? 'Avg' : 'Max'}Pool requires`)];
const pool3dShape = (c: ShapeContext): TensorShape[] => [pooled(c, 5, c.ints('ksize'), c.ints('strides'), 'Pool3D ops require')];
/** Windows and strides are the last two inputs. */
const poolV2Shape = (c: ShapeContext): TensorShape[] => {
  c.withRank(c.input(0), 4);
  const n = c.numInputs;
  for (const i of [n - 2, n - 1]) c.withValue(c.withRank(c.input(i), 1).dims![0]!, 4);
  const ksize = c.value(n - 2), strides = c.value(n - 1);
  return [ksize && strides ? pooled(c, 4, intsOf(ksize), intsOf(strides), 'MaxPool requires') : UNKNOWN_SHAPE];
};
const inputShape = (rank: number) => (c: ShapeContext): TensorShape[] => [c.withRank(c.input(0), rank)];
/** The output is shaped as input 1, input 2 as input 0. */
const gradGradShape = (shape: (c: ShapeContext) => TensorShape[]) => (c: ShapeContext): TensorShape[] => {
  const out = shape(c);
  c.merge(c.input(0), c.input(2));
  c.merge(c.input(1), out[0]!);
  return out;
};
const shapeInput = (rank: number) => (c: ShapeContext): TensorShape[] => [c.withRank(c.valueAsShape(0), rank)];

// --- op blocks

const ATTRS = ['ksize', 'strides', 'padding', 'data_format'] as const;
function poolAttrs(op: Operation, names: readonly string[] = ATTRS): Record<string, AttrInput> { return Object.fromEntries(names.map((k) => [k, op.attr(k)!])); }
const V2 = ['padding', 'data_format'] as const, ARGMAX = ['ksize', 'strides', 'padding', 'include_batch_in_index'] as const;
const noGradient = (x: Tensor): Tensor => zeros(shapeOf(x), { dtype: x.dtype.baseDtype });

/** The gradient of a pool: `gradOp` of input, output and gradient. */
const maxGrad = (gradOp: string): GradFn => (op, g) => [op1(gradOp, [op.inputs[0]!, op.outputs[0]!, g!], poolAttrs(op))];
/** The gradient of such a gradient: none by input and output, `gradOp` by the gradient. */
const gradOfGrad = (gradOp: string): GradFn => (op, g) => [noGradient(op.inputs[0]!), noGradient(op.inputs[1]!), op1(gradOp, [op.inputs[0]!, op.inputs[1]!, g!], poolAttrs(op))];

for (const [kind, rank, shape] of [['', 4, poolShape], ['3D', 5, pool3dShape]] as const) {
  const [max, avg] = [`MaxPool${kind}`, `AvgPool${kind}`];
  defineOp(max, { shape, grad: maxGrad(`${max}Grad`) });
  defineOp(`${max}Grad`, { shape: inputShape(rank), grad: gradOfGrad(`${max}GradGrad`) });
  defineOp(`${max}GradGrad`, { shape: gradGradShape(shape), grad: gradOfGrad(`${max}Grad`) });
  defineOp(avg, { shape, grad: (op, g) => [op1(`${avg}Grad`, [shapeOf(op.inputs[0]!), g!], poolAttrs(op))] });
  defineOp(`${avg}Grad`, { shape: shapeInput(rank), grad: (op, g) => [stopGradient(op.inputs[0]!), op1(avg, [g!], poolAttrs(op))] });
}
defineOp('MaxPoolV2', { shape: poolV2Shape, grad: (op, g) => [op1('MaxPoolGradV2', [op.inputs[0]!, op.outputs[0]!, g!, op.inputs[1]!, op.inputs[2]!], poolAttrs(op, V2)), null, null] });
defineOp('MaxPoolGradV2', {
  shape: inputShape(4),
  grad: (op, g) => {
    const [x, y, , ksize, strides] = op.inputs as readonly Tensor[];
    return [noGradient(x!), noGradient(y!), op1('MaxPoolGradGradV2', [x!, y!, g!, ksize!, strides!], poolAttrs(op, V2)), null, null];
  },
});
defineOp('MaxPoolGradGradV2', { shape: gradGradShape(poolV2Shape) });
defineOp('MaxPoolWithArgmax', {
  shape: (c) => { const [s] = poolShape(c); return [s!, s!]; },
  grad: (op, g) => [op1('MaxPoolGradWithArgmax', [op.inputs[0]!, g!, op.outputs[1]!], poolAttrs(op, ARGMAX))],
});
defineOp('MaxPoolGradWithArgmax', { shape: inputShape(4) });
defineOp('MaxPoolGradGradWithArgmax', { shape: (c) => { const s = poolShape(c); c.merge(c.input(0), c.input(1)); c.merge(c.input(2), s[0]!); return s; } });

// --- functions

type Size = number | readonly number[];
interface PoolParams { input: TensorLike; ksize: Size; strides: Size; padding: string; dataFormat?: string | null; name?: string | null }
interface ValueParams extends Omit<PoolParams, 'input'> { value: TensorLike; input?: TensorLike | null }
const ORDER = ['input', 'ksize', 'strides', 'padding', 'dataFormat', 'name'] as const;

/** ksize and strides of `n` spatial axes with those of batch and channel. */
function sizes(p: { ksize: Size; strides: Size }, n: number, format: string): { ksize: number[]; strides: number[] } {
  const first = isChannelsFirst(format);
  return { ksize: sequenceOf(p.ksize, n, first, 'ksize'), strides: sequenceOf(p.strides, n, first, 'strides') };
}
const pool = (op: string, n: number, format: string, scope: string) => (p: PoolParams): Tensor => inScope(p.name, scope, [p.input], (name) => {
  const data_format = p.dataFormat ?? format, s = sizes(p, n, data_format);
  if (scope === 'MaxPool' && s.ksize.includes(0)) throw new ValueError('ksize cannot be zero.');
  return op1(op, [p.input], { ...s, padding: p.padding, data_format }, name);
});
const of = (value: ValueParams): PoolParams => ({ ...value, input: value.value ?? value.input });
const VALUE = ['value', 'ksize', 'strides', 'padding', 'dataFormat', 'name', 'input'] as const;

/** `tf.nn.max_pool`: maximum over windows of `value` [batch, height, width, channels]; `ksize` and `strides` per axis of
 * the data format (or the two spatial ones, or one number for both); padding 'SAME' or 'VALID'. NCHW runs here, unlike on
 * TensorFlow's CPU. Errors: ValueError for a size of 0. */
export const maxPool = api('maxPool', VALUE, (p: ValueParams): Tensor => pool('MaxPool', 2, 'NHWC', 'MaxPool')(of(p)), { required: 4 });
/** `tf.nn.avg_pool`: mean over windows; padding does not count. */
export const avgPool = api('avgPool', VALUE, (p: ValueParams): Tensor => pool('AvgPool', 2, 'NHWC', 'AvgPool')(of(p)), { required: 4 });
/** `tf.nn.avg_pool2d`: the same as `tf.nn.avg_pool`. */
export const avgPool2d = avgPool;
/** `tf.nn.max_pool2d`: `tf.nn.max_pool` of `input`. */
export const maxPool2d = api('maxPool2d', ORDER, pool('MaxPool', 2, 'NHWC', 'MaxPool2d'), { required: 4 });
/** `tf.nn.max_pool3d`: maximum over windows of `input` [batch, depth, height, width, channels] ('NDHWC') or 'NCDHW'. */
export const maxPool3d = api('maxPool3d', ORDER, pool('MaxPool3D', 3, 'NDHWC', 'MaxPool3D'), { required: 4 });
/** `tf.nn.avg_pool3d`: mean over windows of `input` [batch, depth, height, width, channels]; padding does not count. */
export const avgPool3d = api('avgPool3d', ORDER, pool('AvgPool3D', 3, 'NDHWC', 'AvgPool3D'), { required: 4 });

const pool1d = (op: string, scope: string) => (p: PoolParams): Tensor => inScope(p.name, scope, [p.input], (name) => {
  const format = p.dataFormat ?? 'NWC', s = sizes(p, 1, format), axis = format === 'NWC' ? 1 : 2;
  const image = expandDims(p.input, axis);
  const out = op1(op, [image], { ksize: [1, ...s.ksize], strides: [1, ...s.strides], padding: p.padding, data_format: format === 'NWC' ? 'NHWC' : 'NCHW' }, name);
  return squeeze(out, { axis: [axis] });
});
/** `tf.nn.max_pool1d`: maximum over windows of `input` [batch, width, channels] ('NWC') or 'NCW'. */
export const maxPool1d = api('maxPool1d', ORDER, pool1d('MaxPool', 'MaxPool1d'), { required: 4 });
/** `tf.nn.avg_pool1d`: mean over windows of `input` [batch, width, channels] ('NWC') or 'NCW'. */
export const avgPool1d = api('avgPool1d', ORDER, pool1d('AvgPool', 'AvgPool1D'), { required: 4 });

/** Picks the op by the rank of the input. */
const poolV2 = (op: string, one: (p: PoolParams) => Tensor) => (p: PoolParams): Tensor => {
  const input = convertToTensor(p.input);
  if (input.shape.ndims === null) throw new ValueError('Cannot take the length of shape with unknown rank.');
  const n = input.shape.ndims - 2, format = p.dataFormat ?? null;
  if (!(n >= 1 && n <= 3)) throw new ValueError(`Input tensor must be of rank 3, 4 or 5 but was ${n + 2}.`);
  const s = sizes(p, n, format ?? '');
  if (n === 1) return one({ ...p, input, ...s });
  return op1(n === 2 ? op : `${op}3D`, [input], { ...s, padding: p.padding, data_format: format ?? (n === 2 ? 'NHWC' : 'NDHWC') }, p.name);
};
/** `tf.nn.max_pool_v2`: max pooling of `input` of rank 3, 4 or 5. Errors: ValueError for other ranks. */
export const maxPoolV2 = api('maxPoolV2', ORDER, poolV2('MaxPool', pool1d('MaxPool', 'MaxPool1d')), { required: 4 });
/** `tf.nn.avg_pool_v2`: average pooling of `input` of rank 3, 4 or 5. Errors: ValueError for other ranks. */
export const avgPoolV2 = api('avgPoolV2', ORDER, poolV2('AvgPool', pool1d('AvgPool', 'AvgPool1D')), { required: 4 });

interface ArgmaxParams extends PoolParams { Targmax?: DType | null; outputDtype?: DType | null; includeBatchInIndex?: boolean }
/** `tf.nn.max_pool_with_argmax`: [maxima, their places in the flattened image (or batch, with `includeBatchInIndex`)] of
 * `input` [batch, height, width, channels]; `ksize` and `strides` have four numbers. Places are int64 or int32 (`Targmax`).
 * Errors: ValueError for another data format. */
export const maxPoolWithArgmax = api('maxPoolWithArgmax', ['input', 'ksize', 'strides', 'padding', 'dataFormat', 'Targmax', 'name', 'outputDtype', 'includeBatchInIndex'], (p: ArgmaxParams): [output: Tensor, argmax: Tensor] => {
  if ((p.dataFormat ?? 'NHWC') !== 'NHWC') throw new ValueError("Data formats other than 'NHWC' are not yet supported");
  const { outputs } = applyOp('MaxPoolWithArgmax', [p.input], {
    ksize: p.ksize as number[], strides: p.strides as number[], padding: p.padding, Targmax: p.outputDtype ?? p.Targmax ?? int64, include_batch_in_index: p.includeBatchInIndex ?? false,
  }, p.name);
  return [outputs[0]!, outputs[1]!];
}, { required: 4 });
